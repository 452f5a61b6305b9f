/* SPDX-License-Identifier: MIT
 *
 * The nets that are part of the command. The build writes nets.c out of models/ with embed.py; nothing is looked up on
 * disk when the command runs. Which net is for what is asked of the nets themselves, never of their names. */
#ifndef FOVEA_CLI_NETS_H
#define FOVEA_CLI_NETS_H

#include <stddef.h>

struct net {
    const char *name; /* the file's stem, for people */
    const unsigned char *bytes;
    size_t size;
};

extern const struct net nets[];
extern const size_t nets_count;

#endif
