/* SPDX-License-Identifier: MIT
 *
 * Opening what the user named: a file, or "-" and pipes, which are read to their end first. */
#ifndef FOVEA_CLI_SOURCE_H
#define FOVEA_CLI_SOURCE_H

#include "failure.h"
#include "format.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>

/* How a pipe is waited for. */
struct source_wait {
    const sigset_t *signals; /* blocked while waiting; NULL: as they are. One that is caught ends it */
    double timeout;          /* seconds without a byte */
};

/* A descriptor that can seek, or -1 with the reason set. about: of the file; an ordinary one's mode for a pipe. */
int source_open(const char *name, struct stat *about, struct source_wait wait, struct failure *failure);

/* The same for a file that will be read more than once, and which source_check is content with; a pipe is refused. */
int source_open_file(const char *name, struct failure *failure);

/* Can this format be read, and is it one picture? false: reason set. */
bool source_check(int fd, enum format format, struct failure *failure);

/* Where files that need no name go. */
const char *source_temporary_folder(void);

#endif
