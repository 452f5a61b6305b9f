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
#include <sys/types.h>

struct apart_limits {
    double timeout;      /* seconds, of all of it: it says nothing before its end */
    uint64_t max_memory; /* bytes; 0: what there is */
    int protections;     /* that must hold (sandbox.h), or nothing is decoded */
    const int *unneeded; /* descriptors of others, which it must not have, -1 ends the list; NULL: there are none */
};

/* Of a process that is alone with its command. */
struct apart_limits apart_limits_of(const struct options *options);

/* Runs in the child. What it leaves at result goes to the parent. false: reason set. */
typedef bool apart_work(void *job, void *result, struct failure *failure);

/* A child at work. Whoever waits for several looks at pid, pipe and end; the rest is apart.c's. */
struct apart {
    pid_t pid;  /* 0: none */
    int pipe;   /* where it can be heard */
    double end; /* by clock.h: later it is given up */
    unsigned char *said;
    size_t heard, size;
    void *result;
    bool has_ended, memory_limited;
};

/* Forks, and begins to work. size bytes at result are the child's, who may have been taken over; they are not touched before
 * apart_end. false: reason set, and there is no child. */
bool apart_start(struct apart *apart, apart_work *work, void *job, struct apart_limits limits, void *result, size_t size,
                 struct failure *failure);

/* When its pipe can be read: does so, without waiting. true: that was all. */
bool apart_listen(struct apart *apart);

/* Ends the child, which is given up where it had not said all. false: reason set, also when it died. */
bool apart_end(struct apart *apart, struct failure *failure);

/* All three, for whoever has nothing else to do. */
bool apart_run(apart_work *work, void *job, struct apart_limits limits, void *result, size_t size, struct failure *failure);

#endif
