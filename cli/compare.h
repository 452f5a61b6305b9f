/* SPDX-License-Identifier: MIT
 *
 * fovea compare A B: the same crops of two pictures side by side, or under a divider to drag. */
#ifndef FOVEA_CLI_COMPARE_H
#define FOVEA_CLI_COMPARE_H

#include "options.h"

/* The exit status: 0, 1 could not be made, 2 usage, 3 not readable, 4 no memory or disk. */
int compare_run(const struct options *options);

#endif
