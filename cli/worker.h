/* SPDX-License-Identifier: MIT
 *
 * The forked process that does one picture: decode, enlarge, encode. It gets open files and a pipe, no names and no
 * folder; what it says through the pipe is all that the parent believes of it, and its death is one clear line. */
#ifndef FOVEA_CLI_WORKER_H
#define FOVEA_CLI_WORKER_H

#include "choice.h"
#include "failure.h"
#include "format.h"
#include "invented.h"
#include "size.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct worker_job {
    int source, target, scratch; /* scratch may be -1 */
    enum format source_format, target_format;
    int quality;
    bool lossless, strip;
    bool keeps_lossless; /* WebP that was lossless is so again */
    bool talkative; /* what libraries print is shown */
    bool allow_shrink; /* the result may be no larger than the picture */
    bool dry_run;   /* no further than the picture's header; target is -1 */
    int sandbox;    /* the protections that must hold (sandbox.h), or nothing is decoded */
    const struct net_set *nets;
    struct net_wish wish;
    int strength;         /* of a creative result */
    bool keeps_faces;     /* a creative result shows them as the faithful one does */
    struct choice choice; /* the mode and nets for this picture: the worker's own */
    bool shows_net; /* the choice of the net is shown: look at the picture even where it changes nothing */
    bool measures;  /* how much of a creative result is invented is wanted */
    int map;        /* an empty file for where (invented.h), or -1 */
    struct size size;
    int32_t threads;
    uint64_t max_pixels, max_memory;
    uint64_t room;  /* free bytes where the result goes; UINT64_MAX: not known */
    bool curious;   /* say before the work what to expect */
};

enum worker_said { WORKER_PROGRESS, WORKER_NOTE, WORKER_RESULT };

/* Small enough that a pipe takes it in one piece. */
struct worker_message {
    int32_t said;
    uint32_t done, total; /* PROGRESS: rows of the result */
    int32_t source_width, source_height, width, height; /* RESULT, when known */
    int32_t outcome;      /* RESULT: enum outcome */
    int32_t threads;
    int32_t faces;        /* RESULT: of a creative one, kept as the faithful result has them; -1: not looked for */
    int32_t enhanced;     /* RESULT: and those that the net for faces did */
    int32_t damaged;      /* RESULT: its decoder had to make up parts of it */
    double seconds;
    uint64_t bytes; /* RESULT: of the file made, of a dry run as predicted */
    int32_t net, creative; /* RESULT: their places in the set; creative: -1 when the result is faithful */
    int32_t face;         /* RESULT: likewise, that for faces; -1 where it did none */
    char reason[120], mode_reason[120]; /* RESULT: why this net; why this mode, empty when nobody asked */
    struct invention invention; /* RESULT: of a creative result, when wanted */
    char kernels[32];
    char text[240]; /* RESULT: why not; NOTE: what to know */
};

/* Forks. pipe: where its messages come from. unneeded: descriptors that it must not have, -1 ends the list. The pid, or
 * -1 with the reason set. */
pid_t worker_start(const struct worker_job *job, int *pipe, const int *unneeded, struct failure *failure);

/* The next message; false at the end of the pipe or when it is no message. */
bool worker_hear(int pipe, struct worker_message *message);

#endif
