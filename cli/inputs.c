/* SPDX-License-Identifier: MIT
 *
 * In folders only files that start like a picture are taken: what else lies there is nobody's mistake. Links to folders
 * are not followed (they make loops), hidden files are left alone, and so is the folder that results go to. Where
 * results land beside their sources, a file named like a result is one: a second run must not enlarge it again.
 *
 * A shard is chosen by a hash of the picture's place below the folder named, so machines that list a folder at
 * different times, while results appear in it, still agree on who does what. */
#define _GNU_SOURCE 1
#include "inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "place.h"
#include "report.h"
#include "sample.h"

#define MAX_DEPTH 64

struct walk {
    struct inputs *inputs;
    const struct options *options;
    struct stat output; /* the folder of -o */
    bool has_output;
    bool beside; /* results land among the pictures of this folder */
    int *unreadable;
};

static void add(struct inputs *inputs, const char *path, const char *below)
{
    if (inputs->count == inputs->room) {
        int room = inputs->room ? inputs->room * 2 : 64;
        struct input *list = realloc(inputs->list, (size_t)room * sizeof *list);
        if (!list) {
            inputs->failed = true;
            return;
        }
        inputs->list = list;
        inputs->room = room;
    }
    struct input input = {strdup(path), strdup(below), NULL};
    inputs->list[inputs->count++] = input;
    inputs->failed = inputs->failed || !input.path || !input.below;
}

static void forget(struct input *input)
{
    free(input->path);
    free(input->below);
    free(input->twin);
}

/* FORMAT_UNKNOWN also where it can't be opened, and of anything but a file: opening a pipe is seen at its other end. */
static enum format format_at(const char *path, bool *opened)
{
    struct stat about;
    const int fd = stat(path, &about) || !S_ISREG(about.st_mode) ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const enum format format = fd < 0 ? FORMAT_UNKNOWN : format_of_file(fd);
    if (fd >= 0) close(fd);
    *opened = fd >= 0;
    return format;
}

static bool starts_like_picture(const char *path)
{
    bool opened;
    const enum format format = format_at(path, &opened);
    return !opened || /* to be reported when its turn comes */
           (format != FORMAT_UNKNOWN && format != FORMAT_PDF && format != FORMAT_SVG);
}

/* Not a picture to be enlarged. */
static void pass(struct inputs *inputs, const struct options *options, const char *path)
{
    inputs->passed++;
    if (options->verbose) report_line(path, "passed over: named like a result");
}

static void walk_folder(struct walk *walk, const char *path, const char *below, int depth);

/* The names in a folder, in the order of their bytes. */
struct names {
    struct dirent **list;
    int count;
};

static bool named_like_picture(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && format_by_extension(dot + 1) != FORMAT_UNKNOWN;
}

/* Is there a picture called like the first `size` characters of the name, which it may be a result of? 0: no such characters. */
static bool has_source(const struct names *names, const char *name, size_t size)
{
    int low = 0, high = size ? names->count : 0;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const char *one = names->list[middle]->d_name;
        const int order = strncmp(one, name, size);
        if (order < 0 || (order == 0 && (unsigned char)one[size] < '.'))
            low = middle + 1;
        else
            high = middle;
    }
    for (; size && low < names->count; low++) {
        const char *one = names->list[low]->d_name;
        if (strncmp(one, name, size) || one[size] != '.') return false;
        if (strrchr(one, '.') == one + size && named_like_picture(one)) return true;
    }
    return false;
}

static void walk_entry(struct walk *walk, const char *folder, const char *below, const struct names *names, const char *name,
                       int depth)
{
    char *path = NULL, *deeper = NULL;
    struct stat about;
    const char *slash = folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/";
    if (asprintf(&path, "%s%s%s", folder, slash, name) < 0) path = NULL;
    const bool link = path && !lstat(path, &about) && S_ISLNK(about.st_mode), there = path && !stat(path, &about);
    if (!path) {
        walk->inputs->failed = true;
    } else if (there && S_ISDIR(about.st_mode)) {
        bool ours = walk->has_output && about.st_dev == walk->output.st_dev && about.st_ino == walk->output.st_ino;
        if (!link && !ours && asprintf(&deeper, "%s%s/", below, name) >= 0) walk_folder(walk, path, deeper, depth + 1);
    } else if (there && S_ISREG(about.st_mode) && starts_like_picture(path)) {
        const size_t ours = walk->beside ? place_own_source_size(walk->options, name) : 0;
        if (walk->options->command != COMMAND_UPSCALE)
            add(walk->inputs, path, below);
        else if (sample_is_sheet(name) || has_source(names, name, ours) || has_source(names, name, place_source_size(name)))
            pass(walk->inputs, walk->options, path);
        else
            add(walk->inputs, path, below);
    } else if (link && !there && named_like_picture(name)) {
        add(walk->inputs, path, below); /* leads nowhere: to be reported when its turn comes */
    }
    free(deeper);
    free(path);
}

static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void walk_folder(struct walk *walk, const char *path, const char *below, int depth)
{
    struct names names = {NULL, -1};
    if (depth < MAX_DEPTH)
        names.count = scandir(path, &names.list, visible, by_bytes);
    else
        errno = ELOOP;
    if (names.count < 0) {
        report_line(path, strerror(errno));
        ++*walk->unreadable;
        return;
    }
    for (int i = 0; i < names.count; i++) walk_entry(walk, path, below, &names, names.list[i]->d_name, depth);
    for (int i = 0; i < names.count; i++) free(names.list[i]);
    free(names.list);
}

/* ---- Twins ------------------------------------------------------------------------------------------------- */

struct planned {
    char *path; /* of the result */
    int place;
};

static int by_path(const void *a, const void *b)
{
    const struct planned *one = a, *two = b;
    int order = strcmp(one->path, two->path);
    return order ? order : (one->place > two->place) - (one->place < two->place);
}

static int by_name(const void *a, const void *b)
{
    const struct planned *one = a, *two = b;
    return strcmp(one->path, two->path);
}

/* A picture that is another's result by name is none to be enlarged: "fovea *.png" run again. With --overwrite it would be
 * replaced, so there it counts as a picture that somebody named, and that is refused. */
static void pass_results(struct inputs *inputs, const struct options *options, const struct planned *plans, int count)
{
    int kept = 0;
    for (int i = 0; i < inputs->count; i++) {
        struct input *input = &inputs->list[i];
        const struct planned key = {input->path, -1};
        const struct planned *found = bsearch(&key, plans, (size_t)count, sizeof *plans, by_name);
        if (found && found->place != i) {
            pass(inputs, options, input->path);
            forget(input);
        } else {
            inputs->list[kept++] = *input;
        }
    }
    inputs->count = kept;
}

/* Two pictures of a run whose results get one name ("a.jpg" and "a.png" as WebP): the later one is told so, instead
 * of being skipped as done or replacing the other's result. */
static void find_twins(struct inputs *inputs, const struct options *options)
{
    struct planned *plans = calloc((size_t)inputs->count + 1, sizeof *plans);
    int count = 0;
    for (int i = 0; plans && i < inputs->count; i++) {
        struct input *input = &inputs->list[i];
        bool opened;
        const enum format format = format_at(input->path, &opened);
        char *path = format == FORMAT_UNKNOWN ? NULL : place_path(options, input, format);
        if (path) plans[count++] = (struct planned){path, i};
    }
    if (plans) qsort(plans, (size_t)count, sizeof *plans, by_path);
    for (int i = 1, first = 0; i < count; i++) {
        if (strcmp(plans[i].path, plans[first].path))
            first = i;
        else if (!(inputs->list[plans[i].place].twin = strdup(inputs->list[plans[first].place].path)))
            inputs->failed = true;
    }
    if (plans && !options->overwrite) pass_results(inputs, options, plans, count);
    for (int i = 0; i < count; i++) free(plans[i].path);
    inputs->failed = inputs->failed || !plans;
    free(plans);
}

/* ---- All --------------------------------------------------------------------------------------------------- */

bool inputs_collect(struct inputs *inputs, const struct options *options, int *unreadable)
{
    struct walk walk = {.inputs = inputs, .options = options, .unreadable = unreadable};
    *inputs = (struct inputs){.count = 0};
    walk.has_output = options->output && options->output_is_folder && stat(options->output, &walk.output) == 0;
    for (int i = 0; i < options->pictures_count; i++) {
        struct stat about;
        const char *name = options->pictures[i];
        if (!options->recursive || !strcmp(name, "-") || stat(name, &about) || !S_ISDIR(about.st_mode)) {
            add(inputs, name, "");
            continue;
        }
        walk.beside = !options->output ||
                      (walk.has_output && about.st_dev == walk.output.st_dev && about.st_ino == walk.output.st_ino);
        walk_folder(&walk, name, "", 0);
    }
    if (!inputs->failed && inputs->count > 1 && options->command == COMMAND_UPSCALE) find_twins(inputs, options);
    return !inputs->failed;
}

void inputs_free(struct inputs *inputs)
{
    for (int i = 0; i < inputs->count; i++) forget(&inputs->list[i]);
    free(inputs->list);
    *inputs = (struct inputs){.count = 0};
}

/* FNV-1a. */
static uint64_t hash(uint64_t value, const char *text)
{
    for (; *text; text++) value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    return value;
}

/* A variable that holds a whole number; otherwise when it is not there. */
static int variable(const char *name, int otherwise)
{
    const char *text = getenv(name);
    char *end;
    long value = text ? strtol(text, &end, 10) : 0;
    return text && end != text && !*end && value >= 0 && value < 1000000000 ? (int)value : otherwise;
}

/* Slurm arrays, AWS Batch arrays, Kubernetes indexed jobs (which do not tell how many they are: --shard /N). */
static void ask_scheduler(int *index, int *count)
{
    int step = variable("SLURM_ARRAY_TASK_STEP", 1), first = variable("SLURM_ARRAY_TASK_MIN", 0);
    int task = variable("SLURM_ARRAY_TASK_ID", -1), number = variable("SLURM_ARRAY_TASK_COUNT", 0);
    if (task >= first && step > 0) {
        *index = (task - first) / step;
    } else {
        *index = variable("AWS_BATCH_JOB_ARRAY_INDEX", variable("JOB_COMPLETION_INDEX", -1));
        number = variable("AWS_BATCH_JOB_ARRAY_SIZE", 0);
    }
    *count = *count ? *count : number;
}

/* The variables count only with -r: a job that names its pictures one by one has divided the work already. */
bool inputs_shard(struct inputs *inputs, const struct options *options)
{
    int index = options->shard_index, count = options->shard_count, kept = 0;
    if ((count && index < 0) || (!count && options->recursive)) {
        ask_scheduler(&index, &count);
        if (!options->shard_count && (index < 0 || count < 1)) return true;
        if (index < 0 || index >= count) {
            report_error("--shard /%d: no scheduler's variable says which one this is", count);
            return false;
        }
        report_error("part %d of %d, as the scheduler's variables say", index + 1, count);
    } else if (!count) {
        return true;
    }
    for (int i = 0; i < inputs->count; i++) {
        struct input *input = &inputs->list[i];
        uint64_t value = hash(hash(0xcbf29ce484222325u, input->below), output_base(input->path));
        if ((int)((value ^ value >> 32) % (uint64_t)count) == index) {
            inputs->list[kept++] = *input;
            continue;
        }
        forget(input);
    }
    inputs->count = kept;
    return true;
}
