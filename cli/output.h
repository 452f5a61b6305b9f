/* SPDX-License-Identifier: MIT
 *
 * The file a result becomes. Until it is whole it has no name at all (O_TMPFILE), or, where the file system can't do
 * that, an unguessable name beside the target; then it gets the target's name in one step that never replaces another
 * file unless --overwrite asks for it. Whatever kills the command, nothing half-written stands under the target's name. */
#ifndef FOVEA_CLI_OUTPUT_H
#define FOVEA_CLI_OUTPUT_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct output {
    int fd;        /* read and write; -1 when closed */
    int folder;    /* the target's folder, for the calls that end in "at" */
    char *path;    /* the target, as shown */
    const char *base; /* its last part */
    char *temporary; /* the name it has until it is whole, NULL when it has none */
    bool overwrite;
    bool skip; /* if somebody else has made it by the time this one is whole, that is as good */
};

/* What an errno of writing means: no room is OUTCOME_RESOURCES, anything else OUTCOME_FAILED. */
enum outcome output_outcome(int error);

/* Writes all of it. false: errno says why. */
bool output_write(int fd, const void *bytes, size_t size);

/* Creates the file for path (owned by output afterwards). mode: who may read and write the result. Failure: reason set,
 * nothing left behind, path freed. */
bool output_open(struct output *output, char *path, mode_t mode, bool overwrite, struct failure *failure);

/* May this path, which the user named, become a file? Not one of the open pictures (-1: none), nor, unless overwrite, anything
 * that is there already; and its folder has to be one. false: reason set. */
bool output_may_name(const char *path, bool overwrite, const int pictures[2], struct failure *failure);

/* Do both paths name one place, whether or not something is there? */
bool output_same_place(const char *a, const char *b);

/* output_open for a path that output_may_name. */
bool output_open_named(struct output *output, const char *path, bool overwrite, const int pictures[2], struct failure *failure);

/* Gives the file its name. Failure: reason set, nothing left behind. Closes and frees either way. Killed in the middle, where there
 * is neither renameat2 nor linkat (FAT), it leaves an empty file of that name. */
bool output_publish(struct output *output, struct failure *failure);

/* The file is not wanted any more: gone without a trace. */
void output_discard(struct output *output);

/* A nameless file for what does not fit into memory, in folder; -1: none to be had. */
int output_scratch(const char *folder);

/* "photos/a.jpg" -> "photos", "a.jpg" -> "."; to be freed. NULL: no memory. */
char *output_folder(const char *path);

/* The part after the last slash. */
const char *output_base(const char *path);

/* Free bytes where the open file fd lies, or in folder when it is -1; UINT64_MAX: not known. What --overwrite replaces
 * counts as taken: it stays until the new one is whole. */
uint64_t output_room(int fd, const char *folder);

#endif
