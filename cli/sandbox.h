/* SPDX-License-Identifier: MIT
 *
 * What the command gives up before it looks at a picture, so that not even a decoder taken over by a picture can take
 * it back: talking to anybody, starting programs, opening files. Kernel interfaces alone, no library. */
#ifndef FOVEA_CLI_SANDBOX_H
#define FOVEA_CLI_SANDBOX_H

#include <stdbool.h>
#include <stdio.h>

enum sandbox {
    SANDBOX_PRIVATE = 1, /* seccomp: no socket, no program */
    SANDBOX_FILES = 2,   /* Landlock: nothing written but what is open already, nothing read outside the system's folders */
    SANDBOX_ALL = 3,
};

/* Why nothing was decoded where less of it holds than was found out before. */
#define SANDBOX_LESS "not decoded: a protection that held before does not hold now"

/* No sockets and no programs from now on, for this process and all it forks. */
int sandbox_enter_private(void);

/* The above, and no files, no processes and nothing else that a decoder has no use for. */
int sandbox_enter_worker(void);

/* What a worker can have here, found out in a process that is thrown away. tempt: it also tries what must not work, to
 * be quite sure. Before any thread is started. */
int sandbox_probe(bool tempt);

/* "sockets and programs refused (seccomp), ..." */
void sandbox_describe(int holds, FILE *out);

/* Asks the kernel to end this process, and not its parent, when memory runs out. */
void sandbox_volunteer(void);

#endif
