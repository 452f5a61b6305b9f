/* SPDX-License-Identifier: MIT
 *
 * --sample: one picture first. A sheet shows its most detailed part before and after, in each mode on offer; a line
 * says what the whole batch would take; then the user decides. */
#ifndef FOVEA_CLI_SAMPLE_H
#define FOVEA_CLI_SAMPLE_H

#include "inputs.h"
#include "net.h"
#include "options.h"
#include "target.h"

/* Do the other options go with --sample? false: a line was printed. */
bool sample_check(const struct options *options);

/* threads: of the batch. true: go on with all of them; false: end with *status. */
bool sample_run(const struct options *options, const struct net_set *nets, int threads, const struct inputs *inputs,
                const struct sources *sources, int *status);

/* Is this what a sheet is called? Then it is no picture to enlarge. */
bool sample_is_sheet(const char *name);

#endif
