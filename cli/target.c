/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "source.h"

const struct target target_none = {.output = {.fd = -1, .folder = -1}};

/* ---- Sources ----------------------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
    const struct file_id *one = a, *two = b;
    if (one->device != two->device) return one->device < two->device ? -1 : 1;
    return one->inode < two->inode ? -1 : one->inode > two->inode;
}

bool sources_note(struct sources *sources, const struct inputs *inputs)
{
    struct stat about;
    *sources = (struct sources){.list = calloc((size_t)inputs->count + 1, sizeof *sources->list)};
    if (!sources->list) return false;
    for (int i = 0; i < inputs->count; i++)
        if (stat(inputs->list[i].path, &about) == 0)
            sources->list[sources->count++] = (struct file_id){about.st_dev, about.st_ino};
    qsort(sources->list, (size_t)sources->count, sizeof *sources->list, compare_ids);
    return true;
}

void sources_free(struct sources *sources)
{
    free(sources->list);
    *sources = (struct sources){.count = 0};
}

/* ---- Targets ----------------------------------------------------------------------------------------------- */

bool target_check(const struct sources *sources, const struct options *options, const char *path, struct failure *failure)
{
    struct stat about;
    if (stat(path, &about)) {
        if (errno == ENAMETOOLONG) failure_set(failure, OUTCOME_FAILED, "can't name the result: %s", strerror(errno));
        if (lstat(path, &about) == 0) failure_set(failure, OUTCOME_FAILED, "the result's name is taken by a broken link");
        return failure->outcome == OUTCOME_DONE;
    }
    struct file_id id = {about.st_dev, about.st_ino};
    if (bsearch(&id, sources->list, (size_t)sources->count, sizeof id, compare_ids))
        failure_set(failure, OUTCOME_FAILED, "the result would replace a source: choose another name with -o or --suffix");
    else if (!S_ISREG(about.st_mode))
        failure_set(failure, OUTCOME_FAILED, "the result's name is taken by something that is not a file");
    else if (options->skip_existing)
        failure_set(failure, OUTCOME_SKIPPED, "skipped: its result is there");
    else if (!options->overwrite)
        failure_set(failure, OUTCOME_FAILED, "its result is there already (--overwrite replaces it, --skip-existing passes)");
    return failure->outcome == OUTCOME_DONE;
}

static bool open_stdout(struct target *target, const struct options *options, struct failure *failure)
{
    target->to_stdout = true;
    if (options->dry_run) return true;
    target->output.fd = output_scratch(source_temporary_folder());
    if (target->output.fd < 0) failure_set(failure, OUTCOME_RESOURCES, "no temporary file: %s", strerror(errno));
    return target->output.fd >= 0;
}

/* For a dry run: can there be a file in the result's folder? Folders below -o are still to be made. */
static bool could_write(const struct options *options, const char *path, struct failure *failure)
{
    char *folder = output_folder(path);
    if (!folder)
        failure_set(failure, OUTCOME_RESOURCES, "no memory");
    else if (access(folder, W_OK | X_OK) && !(errno == ENOENT && options->output_is_folder))
        failure_set(failure, OUTCOME_FAILED, "can't write into %.150s: %s", folder, strerror(errno));
    free(folder);
    return failure->outcome == OUTCOME_DONE;
}

bool target_open(struct target *target, const struct sources *sources, const struct options *options, const struct input *input,
                 enum format from, mode_t mode, struct failure *failure)
{
    *target = target_none;
    if (options->output && !strcmp(options->output, "-")) return open_stdout(target, options, failure);
    target->path = place_path(options, input, from);
    if (!target->path)
        failure_set(failure, OUTCOME_RESOURCES, "no memory");
    else if (input->twin)
        failure_set(failure, OUTCOME_FAILED, "its result would have the name of that of %.150s; see --name, or take another -o",
                    input->twin);
    if (failure->outcome != OUTCOME_DONE || !target_check(sources, options, target->path, failure)) return false;
    if (options->dry_run) return could_write(options, target->path, failure);
    char *path = strdup(target->path);
    if (!path) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    if (!path || (*input->below && !place_make_folders(options, path, failure))) {
        free(path);
        return false;
    }
    if (!output_open(&target->output, path, mode, options->overwrite, failure)) return false;
    target->output.skip = options->skip_existing;
    return true;
}

void target_leave(struct target *target)
{
    output_discard(&target->output);
    free(target->path);
    *target = target_none;
}
