/* SPDX-License-Identifier: MIT
 *
 * The pictures of a run: those named, and with -r those found in the folders named, in an order that does not depend
 * on the disk. */
#ifndef FOVEA_CLI_INPUTS_H
#define FOVEA_CLI_INPUTS_H

#include <stdbool.h>

#include "options.h"

struct input {
    char *path;
    char *below;    /* folders between the one named and the picture: "", "a/", "a/b/"; kept below -o */
    char *twin;     /* an earlier picture whose result would get the same name, NULL: none */
};

struct inputs {
    struct input *list;
    int count, room;
    int passed; /* files in folders that look like results of an earlier run */
    bool failed; /* no memory */
};

/* false: no memory. Folders that can't be read are reported and left out; their number is added to *unreadable. */
bool inputs_collect(struct inputs *inputs, const struct options *options, int *unreadable);
void inputs_free(struct inputs *inputs);

/* Keeps the pictures of the shard that --shard names, or with -r the variables of a scheduler: each picture belongs to
 * one shard, whatever else is there. false: a line was printed. */
bool inputs_shard(struct inputs *inputs, const struct options *options);

#endif
