/* SPDX-License-Identifier: MIT
 *
 * The child's own work, from the open file to the result. It says what it has to say, the result last, through the pipe. */
#define _GNU_SOURCE 1
#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "estimate.h"
#include "goal.h"
#include "heads.h"
#include "look.h"
#include "picture.h"
#include "room.h"
#include "sandbox.h"
#include "say.h"
#include "stream.h"

#define PROGRESS_EVERY 0.1 /* seconds */

/* ---- What the child says ----------------------------------------------------------------------------------- */

_Noreturn void work_without_memory(void)
{
    struct worker_message message = {.said = WORKER_RESULT, .outcome = OUTCOME_RESOURCES, .text = "no memory"};
    say(&message);
    _exit(0);
}

struct progress {
    const struct stream_job *stream;
    int32_t from, to, rows; /* of the band being made */
    double last;
};

static void begin_band(void *user, int32_t from, int32_t to, int32_t rows)
{
    struct progress *progress = user;
    progress->from = from;
    progress->to = to;
    progress->rows = rows;
}

static int within_band(void *user, uint64_t done, uint64_t total)
{
    struct progress *progress = user;
    double time = clock_seconds();
    stream_hand_over(progress->stream);
    if (time - progress->last < PROGRESS_EVERY || progress->rows == 0 || total == 0) return 0;
    progress->last = time;
    double rows = progress->from + (double)(progress->to - progress->from) * (double)done / (double)total;
    struct worker_message message = {.said = WORKER_PROGRESS, .done = (uint32_t)rows, .total = (uint32_t)progress->rows};
    say(&message);
    return 0;
}

/* ---- What the child does ----------------------------------------------------------------------------------- */

/* The same resampler as everywhere, of the net's kind: what D makes of the picture. */
static bool make_shrinker(const struct worker_job *job, const struct picture_info *info, const struct picture_target *target,
                          struct stream_job *stream, struct failure *failure)
{
    fovea_error error;
    stream->passes = 1;
    fovea_status status = fovea_shrinker_new(
        fovea_shrink_job(.source_w = info->width, .source_h = info->height, .result_w = target->width,
                         .result_h = target->height, .source_format = info->format, .result_format = target->rows,
                         .shrink = job->choice.net->info.keeps == FOVEA_KEEPS_AREAS ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC),
        fovea_options(.max_memory = job->max_memory), &stream->shrinker, &error);
    if (status)
        failure_set(failure, status == FOVEA_ERROR_ARGUMENT ? OUTCOME_FAILED : OUTCOME_RESOURCES, "%s (%s)", error.message,
                    fovea_status_name(status));
    return !status;
}

/* ---- What to expect ---------------------------------------------------------------------------------------- */

/* Bytes that the result's file will have, about. */
static uint64_t predict(const struct worker_job *job, const struct look *look, const struct picture_info *info,
                        const struct picture_target *target)
{
    struct stat about = {0};
    fstat(job->source, &about);
    const int deep = FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8;
    struct estimate_side source = {.format = job->source_format,
                                   .width = info->width,
                                   .height = info->height,
                                   .channels = (int)info->format % deep,
                                   .bits = info->format >= FOVEA_FORMAT_G16 ? 16 : 8,
                                   .lossless = format_is_lossless_webp(job->source)};
    struct estimate_side result = {.format = target->format,
                                   .width = target->width,
                                   .height = target->height,
                                   .channels = (int)target->rows % deep,
                                   .bits = target->rows >= FOVEA_FORMAT_G16 ? 16 : 8,
                                   .quality = target->quality,
                                   .lossless = target->lossless};
    if (!result.quality) result.quality = format_about(result.format)->quality;
    if (look->is_jpeg) source.quality = look->jpeg.quality;
    return estimate_bytes(&source, (uint64_t)about.st_size, &result);
}

/* Before any work: is there room, and what will come of it? */
static bool foresee(const struct worker_job *job, const struct look *look, const struct picture_info *info,
                    const struct picture_target *target, uint64_t *bytes, struct failure *failure)
{
    char needed[24], room[24], text[200];
    *bytes = predict(job, look, info, target);
    estimate_words(*bytes, needed, sizeof needed);
    estimate_words(job->room, room, sizeof room);
    if (*bytes > job->room) {
        failure_set(failure, OUTCOME_RESOURCES, "the result would fill the disk: about %s are needed, %s are free", needed,
                    room);
        return false;
    }
    fovea_expectation expected = fovea_advice_expect_of(
        fovea_advice_facts(.source_w = info->width, .source_h = info->height, .result_w = target->width,
                           .result_h = target->height, .jpeg_quality = look_losses(look),
                           .was_enlarged = look->has_traits && look->traits.was_enlarged,
                           .is_noisy = look->has_traits && look->traits.grain >= FOVEA_NOISY));
    snprintf(text, sizeof text, "%dx%d, about %s; expect %s: %s", target->width, target->height, needed,
             fovea_advice_expectation_name(expected), fovea_advice_expectation_text(expected));
    if (job->curious) say_note(text);
    return true;
}

static bool make_upscaler(const struct worker_job *job, const struct net_choice *net, fovea_options options,
                          fovea_upscaler **out, struct failure *failure)
{
    fovea_error error;
    const fovea_model *model = net_model(net, failure);
    if (!model) return false;
    options.struct_size = sizeof options;
    options.threads = job->threads;
    options.max_memory = job->max_memory;
    options.allocator = room_allocator;
    fovea_status status = fovea_upscaler_new(model, &options, out, &error);
    if (status)
        failure_set(failure, status == FOVEA_ERROR_MEMORY || status == FOVEA_ERROR_LIMIT ? OUTCOME_RESOURCES : OUTCOME_FAILED,
                    "%s (%s)", error.message, fovea_status_name(status));
    return !status;
}

/* A creative net beside the faithful one, but for these faces. */
static bool make_creative(const struct worker_job *job, const struct net_choice *net, const struct heads *heads,
                          fovea_options *options, struct failure *failure)
{
    options->creative = net_model(net, failure);
    options->strength = job->strength;
    options->protect = heads->kept;
    options->protect_count = heads->kept_count;
    return options->creative != NULL;
}

/* An upscaler for each pass; only the last tells of its progress. The first one may be creative, another then does the
 * faces that are to be enhanced; and where it is to be known what was invented, the faithful one works beside it. */
static bool make_upscalers(const struct worker_job *job, const struct heads *heads, struct stream_job *stream,
                           struct progress *progress, struct failure *failure)
{
    const struct choice *choice = &job->choice;
    bool good = true;
    for (int i = 0; i < stream->passes && good; i++) {
        fovea_options options = {.progress = i == stream->passes - 1 ? within_band : NULL, .progress_user = progress};
        if (i == 0 && choice->creative) good = make_creative(job, choice->creative, heads, &options, failure);
        good = good && make_upscaler(job, i ? choice->later : choice->net, options, &stream->upscalers[i], failure);
    }
    if (good && heads->enhanced_count) {
        fovea_options options = {.progress = NULL};
        good = make_creative(job, choice->face, heads, &options, failure) &&
               make_upscaler(job, choice->net, options, &stream->over, failure);
    }
    if (good && choice->creative && job->measures)
        good = make_upscaler(job, choice->net, (fovea_options){.progress = NULL}, &stream->faithful, failure);
    return good;
}

static void free_upscalers(struct stream_job *stream)
{
    fovea_upscaler_free(stream->over);
    fovea_upscaler_free(stream->faithful);
    for (int i = 0; i < stream->passes; i++) fovea_upscaler_free(stream->upscalers[i]);
}

/* On the disk before it gets its name: a power cut must not leave a name without its content. */
static void finish_file(int fd, struct worker_message *result, struct failure *failure)
{
    struct stat about;
    if (fsync(fd) && errno != EINVAL && errno != EROFS)
        failure_set(failure, OUTCOME_RESOURCES, "can't write the result: %s", strerror(errno));
    if (fstat(fd, &about) == 0) result->bytes = (uint64_t)about.st_size;
}

/* ---- The net ---- */

static bool wants_faces(const struct worker_job *job)
{
    return job->keeps_faces && job->strength > 0 && !job->dry_run && job->wish.creative != NET_CREATIVE_NEVER;
}

/* Must the pixels be looked at, to choose or for the faces? For a dry run the head has to do, but for the mode. */
static bool wants_look(const struct worker_job *job, const struct look *look)
{
    if (job->wish.creative == NET_CREATIVE_BY_PICTURE || wants_faces(job)) return true;
    return job->wish.open && !job->dry_run && !look_head_decides(look) &&
           (job->shows_net || net_exists(job->nets, FOVEA_KIND_SCREEN));
}

/* Creative mode has use for all figures. */
static bool look_at(const struct worker_job *job, struct picture *picture, struct look *look, struct failure *failure)
{
    picture_keep(picture);
    bool seen = job->wish.creative == NET_CREATIVE_NEVER ? look_for_kind(look, picture, failure)
                                                         : look_pixels(look, picture, wants_faces(job), failure);
    return seen && picture_rewind(picture, failure);
}

static double times_of(const struct worker_job *job, const struct picture_info *info)
{
    int64_t w, h;
    if (job->size.kind == SIZED_FACTOR) return job->size.a;
    size_of(&job->size, info->width, info->height, &w, &h);
    double x = (double)w / info->width, y = (double)h / info->height;
    return x > y ? x : y;
}

/* Mode and nets, and in result which and why. */
static bool choose(struct worker_job *job, const struct look *look, const struct picture_info *info,
                   struct worker_message *result, struct failure *failure)
{
    struct choice *choice = &job->choice;
    if (!choice_make(choice, job->nets, &job->wish, times_of(job, info), look, failure)) return false;
    result->net = (int32_t)(choice->net - job->nets->list);
    snprintf(result->reason, sizeof result->reason, "%s", choice->reason);
    snprintf(result->mode_reason, sizeof result->mode_reason, "%s", choice->mode_reason);
    if (choice->stands_in) {
        char text[200];
        snprintf(text, sizeof text, "done by the %s net: %s", net_kind_name((int)choice->net->info.kind), choice->reason);
        say_note(text);
    }
    return true;
}

/* What is done with the faces, and in result how many there are of each. */
static void sort_faces(const struct worker_job *job, const struct look *look, const struct picture_info *info,
                       struct heads *heads, struct worker_message *result)
{
    const struct choice *choice = &job->choice;
    *heads = (struct heads){.kept_count = 0};
    if (!choice->creative || !look->has_faces) return;
    heads_sort(heads, look, info->width, info->height, choice->face != NULL);
    result->faces = heads->kept_count;
    result->enhanced = heads->enhanced_count;
    if (heads->enhanced_count) result->face = (int32_t)(choice->face - job->nets->list);
}

/* Where the enhanced faces go in the first pass's result. */
static void place_faces(const struct heads *heads, const struct picture_info *info, struct feather feathers[FOVEA_FACES],
                        struct stream_job *stream)
{
    int32_t w, h;
    fovea_format format;
    if (!stream->over) return;
    stream_first_result(stream, &w, &h, &format);
    for (int i = 0; i < heads->enhanced_count; i++)
        feathers[i] = (struct feather){heads_in_result(heads->enhanced[i], info->width, info->height, w, h), w, h};
    stream->feathers = feathers;
    stream->feathers_count = heads->enhanced_count;
}

/* What the first pass invents is kept account of, where that is wanted. */
static bool watch(const struct picture_info *info, struct stream_job *stream, struct invented *invented,
                  struct failure *failure)
{
    if (!stream->faithful) return true;
    int32_t w, h;
    fovea_format format;
    stream_first_result(stream, &w, &h, &format);
    stream->beside = invented_rows;
    stream->beside_user = invented;
    return invented_new(invented, info->width, info->height, w, h, format, failure);
}

/* One picture on its way: what was found out, what was chosen, what is at work. */
struct enlargement {
    struct worker_job job; /* with the nets for this picture */
    struct picture_info info;
    struct picture_target target;
    struct heads heads;
    struct feather feathers[FOVEA_FACES];
    struct progress progress;
    struct invented invented;
    struct stream_job stream;
};

/* All that is decided before any work, and what of it is said; false: failed, or no more was wanted. */
static bool prepare(struct enlargement *e, struct picture *picture, const struct look *look, struct worker_message *result,
                    struct failure *failure)
{
    picture_get_info(picture, &e->info);
    result->source_width = e->info.width;
    result->source_height = e->info.height;
    if (*e->info.note) say_note(e->info.note);
    if (!choose(&e->job, look, &e->info, result, failure) ||
        !goal_set(&e->job, &e->info, picture, &e->target, &e->stream.passes, failure))
        return false;
    result->width = e->target.width;
    result->height = e->target.height;
    struct choice *choice = &e->job.choice;
    if (e->stream.passes == 0) choice->creative = NULL;
    result->creative = choice->creative ? (int32_t)(choice->creative - e->job.nets->list) : -1;
    sort_faces(&e->job, look, &e->info, &e->heads, result);
    return foresee(&e->job, look, &e->info, &e->target, &result->bytes, failure) && !e->job.dry_run;
}

static void shrink(struct enlargement *e, struct worker_message *result, struct failure *failure)
{
    snprintf(result->kernels, sizeof result->kernels, "plain");
    result->threads = 1;
    if (make_shrinker(&e->job, &e->info, &e->target, &e->stream, failure) && stream_run(&e->stream, failure))
        finish_file(e->job.target, result, failure);
    fovea_shrinker_free(e->stream.shrinker);
}

static void enlarge(struct enlargement *e, struct worker_message *result, struct failure *failure)
{
    if (make_upscalers(&e->job, &e->heads, &e->stream, &e->progress, failure) &&
        watch(&e->info, &e->stream, &e->invented, failure)) {
        fovea_upscaler_info about = {.struct_size = sizeof about};
        fovea_upscaler_get_info(e->stream.upscalers[0], &about);
        snprintf(result->kernels, sizeof result->kernels, "%s", about.kernels);
        result->threads = about.threads;
        place_faces(&e->heads, &e->info, e->feathers, &e->stream);
        if (stream_run(&e->stream, failure)) {
            result->invention = invented_sum(&e->invented);
            invented_write(&e->invented, e->job.map, failure);
            finish_file(e->job.target, result, failure);
        }
    }
    invented_free(&e->invented);
    free_upscalers(&e->stream);
}

static void resize(const struct worker_job *job, struct picture *picture, const struct look *look,
                   struct worker_message *result, struct failure *failure)
{
    struct enlargement e = {.job = *job, .invented = {.w = 0}};
    e.stream = (struct stream_job){.source = picture, .target = &e.target, .progress = begin_band, .user = &e.progress};
    e.progress.stream = &e.stream;
    if (!prepare(&e, picture, look, result, failure)) return;
    result->bytes = 0; /* what was foreseen; the file's own come at the end */
    if (e.stream.passes)
        enlarge(&e, result, failure);
    else
        shrink(&e, result, failure);
}

void work(const struct worker_job *job, int pipe_end)
{
    say_through(pipe_end);
    struct worker_message result = {.said = WORKER_RESULT, .net = -1, .creative = -1, .face = -1, .faces = -1};
    struct look look;
    struct failure failure = FAILURE_NONE;
    double begin = clock_seconds();
    /* Not earlier: decoders must be loaded. Not later: nothing has been decoded so far. */
    if ((sandbox_enter_worker() & job->sandbox) != job->sandbox) failure_set(&failure, OUTCOME_FAILED, SANDBOX_LESS);
    struct picture *picture = failure.outcome != OUTCOME_DONE
                                  ? NULL
                                  : picture_open(job->source, job->source_format, job->scratch, job->max_pixels, &failure);
    look_head(&look, job->source, job->source_format);
    if (picture && (!wants_look(job, &look) || look_at(job, picture, &look, &failure)))
        resize(job, picture, &look, &result, &failure);
    picture_close(picture);
    if (failure.outcome == OUTCOME_DONE && picture_was_damaged()) {
        result.damaged = 1;
        say_note(PICTURE_DAMAGED);
    }
    result.seconds = clock_seconds() - begin;
    result.outcome = (int32_t)failure.outcome;
    snprintf(result.text, sizeof result.text, "%s", failure.text);
    say(&result);
}
