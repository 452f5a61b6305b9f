/* SPDX-License-Identifier: MIT
 *
 * fovea inspect: what a picture is, what to expect at which size, what would be done, and the tips that apply. */
#ifndef FOVEA_CLI_DESCRIBE_H
#define FOVEA_CLI_DESCRIBE_H

#include "options.h"

/* The exit status of the command. */
int describe_run(const struct options *options);

#endif
