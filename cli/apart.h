/* SPDX-License-Identifier: MIT
 *
 * Work on pictures of strangers, done in a process of its own: what a decoder does there it does to itself. */
#ifndef FOVEA_CLI_APART_H
#define FOVEA_CLI_APART_H

#include "failure.h"
#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct apart_limits {
    double timeout;      /* seconds, of all of it: it says nothing before its end */
    uint64_t max_memory; /* bytes; 0: what there is */
};

struct apart_limits apart_limits_of(const struct options *options);

/* Runs in the child. What it leaves at result goes to the parent. false: reason set. */
typedef bool apart_work(void *job, void *result, struct failure *failure);

/* Forks, works, waits. size bytes at result are the child's, who may have been taken over. false: reason set, also when the child
 * died or was ended because it took too long. */
bool apart_run(apart_work *work, void *job, struct apart_limits limits, void *result, size_t size, struct failure *failure);

#endif
