/* SPDX-License-Identifier: MIT
 *
 * The part is enlarged by the very workers of a batch, with all that its net can see around it, so that the sheet shows
 * what the result will have there, as its format keeps it. What that takes of the processor gives the time for all. */
#define _GNU_SOURCE 1
#include "sample.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"
#include "estimate.h"
#include "excerpt.h"
#include "forecast.h"
#include "format.h"
#include "job.h"
#include "panels.h"
#include "picture.h"
#include "place.h"
#include "report.h"
#include "source.h"

#define SIDE 512  /* of the part, in pixels of the source */
#define MOST 2048 /* of the enlarged part */
#define TRIES 16  /* pictures, before giving up */
#define SHEET "fovea-sample"
#define SHEETS 1000

struct sample {
    const struct options *options;
    const struct net_set *nets;
    int threads;
    const struct input *input;
    enum format from, to;
    mode_t permissions; /* the source's */
    int excerpt;
    struct excerpt about;
    int count; /* of modes */
    const char *names[PANELS_MOST];
    int results[PANELS_MOST];
    double cost[PANELS_MOST]; /* seconds of a processor for a pixel of the source */
    char *sheet;
};

bool sample_check(const struct options *options)
{
    if (!options->sample) return true;
    for (int i = 0; i < options->pictures_count; i++)
        if (!strcmp(options->pictures[i], "-")) {
            report_error("--sample: not for standard input, which can't be read twice");
            return false;
        }
    if (options->output && !strcmp(options->output, "-"))
        report_error("--sample: its sheet goes beside the results, and -o - has none");
    else if (options->dry_run)
        report_error("--sample and --dry-run contradict each other");
    else
        return true;
    return false;
}

bool sample_is_sheet(const char *name)
{
    const size_t size = strlen(SHEET);
    if (strncmp(name, SHEET, size)) return false;
    name += size;
    if (*name == '-') name += 1 + strspn(name + 1, "0123456789");
    return !strcmp(name, ".png");
}

/* ---- Making ------------------------------------------------------------------------------------------------ */

static int file_in_memory(struct failure *failure)
{
    int fd = memfd_create("sample", MFD_CLOEXEC);
    if (fd < 0) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    return fd;
}

static bool make_excerpt(struct sample *sample, int source, struct failure *failure)
{
    const struct options *options = sample->options;
    struct excerpt_job job = {
        .source = source,
        .target = sample->excerpt = file_in_memory(failure),
        .format = sample->from,
        .size = options->size,
        .side = SIDE,
        .most = MOST,
        .looks = use_wish(options, sample->nets).open,
        .max_pixels = options->max_pixels,
    };
    if (job.target < 0 ||
        !apart_run(excerpt_make, &job, apart_limits_of(options), &sample->about, sizeof sample->about, failure))
        return false;
    if (!excerpt_is_sane(&sample->about)) failure_set(failure, OUTCOME_FAILED, "its decoder told nonsense");
    return failure->outcome == OUTCOME_DONE;
}

/* The wish, with what the whole picture said: its part may look otherwise, and is no JPEG any more. */
static struct net_wish wish_of(const struct sample *sample, const struct options *options)
{
    struct net_wish wish = use_wish(options, sample->nets);
    if (wish.open && net_choose(sample->nets, sample->about.times, sample->about.kind)) wish.kind = sample->about.kind;
    wish.open = false;
    return wish;
}

/* Seconds of processors that ended children have used. */
static double used(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static bool enlarge(struct sample *sample, enum mode mode, const char *name, struct failure *failure)
{
    struct options options = *sample->options;
    struct worker_message result;
    const double before = used();
    options.mode = mode;
    struct worker_job job = job_of(&options, sample->nets, FORMAT_PNG, sample->to);
    job.source = sample->excerpt;
    job.target = sample->results[sample->count] = file_in_memory(failure);
    job.wish = wish_of(sample, &options);
    job.size = (struct size){SIZED_FACTOR, sample->about.times, 0, 0};
    job.threads = sample->threads;
    job.curious = false;
    if (job.target < 0 || lseek(job.source, 0, SEEK_SET) != 0 || !job_run(&job, options.timeout, &result, failure))
        return false;
    sample->cost[sample->count] = (used() - before) / ((double)sample->about.cut.w * sample->about.cut.h);
    sample->names[sample->count++] = name;
    return true;
}

/* Is there a net for creative results, and does the use allow them? */
static bool offers_creative(const struct sample *sample)
{
    const struct options *options = sample->options;
    if (fovea_advice_use(options->use)->refuses_creative && !options->force_creative) return false;
    return use_has_creative(sample->nets);
}

static bool enlarge_all(struct sample *sample, struct failure *failure)
{
    return enlarge(sample, MODE_FAITHFUL, "faithful", failure) &&
           (!offers_creative(sample) || enlarge(sample, MODE_CREATIVE, "creative", failure));
}

/* ---- The sheet --------------------------------------------------------------------------------------------- */

/* A name that is free, beside the results, with the folders it needs. */
static char *name_sheet(const struct sample *sample, struct failure *failure)
{
    char *target = place_path(sample->options, sample->input, sample->from), *path = NULL;
    char *folder = target ? output_folder(target) : NULL;
    if (target && *sample->input->below) place_make_folders(sample->options, target, failure);
    for (int i = 1; folder && i < SHEETS && failure->outcome == OUTCOME_DONE; i++) {
        struct stat about;
        char number[16] = "";
        if (i > 1) snprintf(number, sizeof number, "-%d", i);
        const int size = !strcmp(folder, ".") ? asprintf(&path, SHEET "%s.png", number)
                                              : asprintf(&path, "%s/" SHEET "%s.png", folder, number);
        if (size < 0) path = NULL;
        if (!path || lstat(path, &about)) break;
        free(path);
        path = NULL;
    }
    if (!path) failure_set(failure, OUTCOME_RESOURCES, "no name is free for the sample's sheet");
    free(target);
    free(folder);
    return path;
}

static bool write_sheet(struct sample *sample, struct failure *failure)
{
    struct output sheet;
    char nothing = 0;
    sample->sheet = name_sheet(sample, failure);
    char *path = sample->sheet ? strdup(sample->sheet) : NULL;
    if (!path || !output_open(&sheet, path, sample->permissions, false, failure)) return false;
    struct panels_job job = {.excerpt = sample->excerpt,
                             .count = sample->count,
                             .picture = output_base(sample->input->path),
                             .about = &sample->about,
                             .sheet = sheet.fd};
    memcpy(job.results, sample->results, sizeof job.results);
    memcpy(job.names, sample->names, sizeof job.names);
    if (apart_run(panels_draw, &job, apart_limits_of(sample->options), &nothing, sizeof nothing, failure))
        output_publish(&sheet, failure);
    output_discard(&sheet);
    return failure->outcome == OUTCOME_DONE;
}

/* Excerpt, results and sheet of one picture. false: reason set. */
static bool make(struct sample *sample, const struct sources *sources, struct failure *failure)
{
    struct stat about;
    char *path = NULL;
    int source = source_open(sample->input->path, &about, (struct source_wait){NULL, sample->options->timeout}, failure);
    if (source < 0) return false;
    sample->from = format_of_file(source);
    picture_prepare(sample->from);
    sample->to = place_format(sample->options, sample->from);
    sample->permissions = about.st_mode;
    bool good = source_check(source, sample->from, failure);
    if (good && !(path = place_path(sample->options, sample->input, sample->from)))
        failure_set(failure, OUTCOME_RESOURCES, "no memory");
    good = path && target_check(sources, sample->options, path, failure) && make_excerpt(sample, source, failure) &&
           enlarge_all(sample, failure) && write_sheet(sample, failure);
    free(path);
    close(source);
    return good;
}

static void forget(struct sample *sample)
{
    if (sample->excerpt >= 0) close(sample->excerpt);
    for (int i = 0; i < PANELS_MOST; i++)
        if (sample->results[i] >= 0) close(sample->results[i]);
    free(sample->sheet);
}

static struct sample blank(const struct sample *from, const struct input *input)
{
    struct sample sample = *from;
    sample.input = input;
    sample.excerpt = -1;
    for (int i = 0; i < PANELS_MOST; i++) sample.results[i] = -1;
    return sample;
}

/* ---- Words ------------------------------------------------------------------------------------------------- */

static void say_sample(const struct sample *sample)
{
    char text[400];
    const struct box *shown = &sample->about.shown;
    snprintf(text, sizeof text, "%.200s, %dx%d at %d,%d: plain bicubic", output_base(sample->input->path), shown->w, shown->h,
             shown->x, shown->y);
    for (int i = 0; i < sample->count; i++) {
        size_t size = strlen(text);
        snprintf(text + size, sizeof text - size, " | %s", sample->names[i]);
    }
    report_line(sample->sheet, text);
}

static void say_forecast(const struct sample *sample, const struct forecast *forecast)
{
    char time[32], bytes[24], free_bytes[24];
    char *folder = output_folder(sample->sheet);
    const uint64_t room = output_room(-1, folder);
    fprintf(stderr, "%d picture%s, %.1f megapixels to %.1f: about", forecast->pictures, forecast->pictures == 1 ? "" : "s",
            forecast->pixels / 1e6, forecast->result_pixels / 1e6);
    for (int i = 0; i < sample->count; i++) {
        forecast_time(sample->cost[i] * forecast->pixels / sample->threads, time, sizeof time);
        fprintf(stderr, "%s %s %s", i ? "," : "", time, sample->count > 1 ? sample->names[i] : "");
    }
    estimate_words((uint64_t)forecast->bytes, bytes, sizeof bytes);
    estimate_words(room, free_bytes, sizeof free_bytes);
    fprintf(stderr, "%swith %d thread%s, about %s", sample->count > 1 ? " " : "", sample->threads,
            sample->threads == 1 ? "" : "s", bytes);
    if (room != UINT64_MAX)
        fprintf(stderr, forecast->bytes > (double)room ? ", but only %s are free" : " of %s free", free_bytes);
    putc('\n', stderr);
    if (forecast->failed) fprintf(stderr, "%d of %d looked at can't be enlarged\n", forecast->failed, forecast->looked_at);
    free(folder);
}

static bool ask(const struct sample *sample, int count)
{
    char answer[16];
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        fputs("stopped after the sample; without --sample they are all done\n", stderr);
        return false;
    }
    const enum net_creative creative = use_wish(sample->options, sample->nets).creative;
    fprintf(stderr, "go on with %s, %s? [y/N] ", count == 1 ? "it" : "all of them",
            creative == NET_CREATIVE_ALWAYS  ? "creative"
            : creative == NET_CREATIVE_NEVER ? "faithful"
                                             : "each as it wants");
    fflush(stderr);
    return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

/* ---- The run ----------------------------------------------------------------------------------------------- */

bool sample_run(const struct options *options, const struct net_set *nets, int threads, const struct inputs *inputs,
                const struct sources *sources, int *status)
{
    const struct sample common = {.options = options, .nets = nets, .threads = threads};
    struct forecast forecast;
    int tries = 0;
    *status = 0;
    for (int i = 0; i < inputs->count && tries < TRIES; i++) {
        struct failure failure = FAILURE_NONE;
        struct sample sample = blank(&common, &inputs->list[i]);
        bool made = !inputs->list[i].twin && make(&sample, sources, &failure), go_on = false;
        if (made) {
            say_sample(&sample);
            forecast_make(&forecast, options, nets, inputs, sources);
            say_forecast(&sample, &forecast);
            go_on = ask(&sample, forecast.pictures);
        }
        forget(&sample);
        if (made) {
            *status = 0;
            return go_on;
        }
        if (failure.outcome == OUTCOME_DONE || failure.outcome == OUTCOME_SKIPPED) continue;
        report_line(inputs->list[i].path, failure.text);
        *status = outcome_status(failure.outcome);
        if (*status == 4) return false;
        tries++;
    }
    if (!tries) fputs("nothing to be done\n", stderr);
    return false;
}
