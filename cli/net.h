/* SPDX-License-Identifier: MIT
 *
 * Which of the embedded nets does the work. Nets are asked what they are for; their names are for people only. */
#ifndef FOVEA_CLI_NET_H
#define FOVEA_CLI_NET_H

#include "failure.h"

#include <stdbool.h>

#include "fovea.h"

#define NET_EFFORT_DEFAULT (-1) /* standard, or the nearest there is */

struct net_choice {
    fovea_model *model;
    fovea_model_info info;
    bool fell_back; /* there is no net of the default effort */
};

/* The net that enlarges pictures of this kind scale times. effort: a fovea_effort, which must be there, or
 * NET_EFFORT_DEFAULT. false: reason set. model is to be freed. */
bool net_choose(struct net_choice *choice, int scale, fovea_kind kind, int effort, struct failure *failure);

const char *net_effort_name(int effort);
const char *net_kind_name(int kind);

/* How many there are, and number i < net_count() of them; choice->model is to be freed. false: it is damaged. */
int net_count(void);
bool net_open(int i, struct net_choice *choice, const char **name);

/* A line for each net. false: one of them is damaged. */
bool net_list(FILE *out);

#endif
