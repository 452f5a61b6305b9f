/* SPDX-License-Identifier: MIT
 *
 * --report, --map and --strict: a result measured against its source, as it stands in its file, so that what an encoder
 * lost counts too. */
#ifndef FOVEA_CLI_PROOF_H
#define FOVEA_CLI_PROOF_H

#include "failure.h"
#include "options.h"
#include "output.h"
#include "pair.h"

struct proof {
    struct failure failure; /* it could not be measured */
    const char *lossy;      /* the format, where its encoder may be to blame; NULL: it loses nothing */
    struct pair_result pair;
    struct apart apart; /* who measures */
    struct output map;  /* closed: none */
};

bool proof_wanted(const struct options *options);

/* Before the work: can the map be written, beside a picture that is open as source and whose result goes to this path (NULL: to
 * standard output)? false: reason set. */
bool proof_may_draw(const struct options *options, int source, const char *result, struct failure *failure);

/* Begins to measure: listen to proof->apart, then proof_end. source, result: files that can seek, open until then. invented: what
 * was, of a creative result (pair.h), or -1. unneeded: as in apart.h. false: it was not begun, and that is all of the proof. */
bool proof_begin(struct proof *proof, const struct options *options, int source, int result, fovea_keeps keeps, int invented,
                 const int *unneeded);

/* Writes the map. */
void proof_end(struct proof *proof);

/* As if it had never begun. */
void proof_abandon(struct proof *proof);

/* Says in words what --report asks for, and a line about what was not kept under --strict. false: it is not faithful. */
bool proof_tell(const struct proof *proof, const struct options *options, const char *result);

#endif
