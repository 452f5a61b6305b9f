/* SPDX-License-Identifier: MIT
 *
 * Where the result of a picture goes, and whether it may: never onto a source, and not onto what is there already unless
 * the user says so. */
#ifndef FOVEA_CLI_TARGET_H
#define FOVEA_CLI_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

#include "inputs.h"
#include "options.h"
#include "output.h"

struct file_id {
    dev_t device;
    ino_t inode;
};

/* The files that all sources of a run are. */
struct sources {
    struct file_id *list; /* sorted */
    int count;
};

/* false: no memory. */
bool sources_note(struct sources *sources, const struct inputs *inputs);
void sources_free(struct sources *sources);

/* Is there anything at path that must not or need not be replaced? Then reason set. */
bool target_check(const struct sources *sources, const struct options *options, const char *path, struct failure *failure);

struct target {
    struct output output;
    char *path;     /* to be shown; NULL where it goes to standard output */
    bool to_stdout; /* from a nameless file, when it is whole */
};

extern const struct target target_none;

/* The path of the result of input, whose format is from, in target->path, and the file (of mode) that it becomes; none
 * for --dry-run. false: reason set; target_leave is allowed all the same. */
bool target_open(struct target *target, const struct sources *sources, const struct options *options, const struct input *input,
                 enum format from, mode_t mode, struct failure *failure);

/* All that it holds, given back; what has no name by now is gone. */
void target_leave(struct target *target);

#endif
