/* SPDX-License-Identifier: MIT
 *
 * What a worker's process says to its parent (worker.h). */
#ifndef FOVEA_CLI_SAY_H
#define FOVEA_CLI_SAY_H

#include "worker.h"

/* Once, before all else. */
void say_through(int pipe_end);

void say(const struct worker_message *message);

/* What to know of this picture; cut where a message ends. */
void say_note(const char *text);

#endif
