/* SPDX-License-Identifier: MIT
 *
 * fovea verify SMALL LARGE: is LARGE a faithful enlargement of SMALL, whoever made it? */
#ifndef FOVEA_CLI_VERIFY_H
#define FOVEA_CLI_VERIFY_H

#include "options.h"

/* The exit status: 0 yes, 5 no, 1 could not be measured, 3 not readable, 4 no memory or disk. */
int verify_run(const struct options *options);

#endif
