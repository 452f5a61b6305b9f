/* SPDX-License-Identifier: MIT
 *
 * Work on pictures of strangers, done in a process of its own: what a decoder does there it does to itself. */
#ifndef FOVEA_CLI_APART_H
#define FOVEA_CLI_APART_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

/* Runs in the child. What it leaves at result goes to the parent. false: reason set. */
typedef bool apart_work(void *job, void *result, struct failure *failure);

/* Forks, works, waits for timeout seconds. size bytes at result are the child's. false: reason set, also when the child
 * died or was ended because it took longer. */
bool apart_run(apart_work *work, void *job, double timeout, void *result, size_t size, struct failure *failure);

#endif
