/* SPDX-License-Identifier: MIT
 *
 * What the processes that look at pictures (worker.h, apart.h) have in common: how each begins, and what its end means. */
#ifndef FOVEA_CLI_CHILD_H
#define FOVEA_CLI_CHILD_H

#include "failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Right after the fork, in the child: ends with its parent, leaves the terminal's signals to it, closes what is not its own
 * (unneeded: descriptors, -1 ends the list), says nothing (talkative: but for what libraries print), takes no more than
 * max_memory bytes (0: what there is). The sandbox is entered later, when decoders are loaded. */
void child_settle(pid_t parent, const int *unneeded, uint64_t max_memory, bool talkative);

/* What a child that ended without a result died of, by its status from waitpid. memory_limited: it was not allowed to take what
 * it wants. */
void child_death(int status, bool memory_limited, struct failure *failure);

#endif
