/* SPDX-License-Identifier: MIT
 *
 * The pictures of a run, each in a worker of its own. One that fails never stops the rest. */
#ifndef FOVEA_CLI_BATCH_H
#define FOVEA_CLI_BATCH_H

#include "net.h"
#include "options.h"

/* The exit status of the command. */
int batch_run(const struct options *options, const struct net_set *nets);

#endif
