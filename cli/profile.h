/* SPDX-License-Identifier: MIT
 *
 * The name of a colour profile, for people. */
#ifndef FOVEA_CLI_PROFILE_H
#define FOVEA_CLI_PROFILE_H

#include <stddef.h>

/* What an ICC profile of size bytes calls itself, in printable ASCII; "unnamed" where it does not say. */
void profile_name(const unsigned char *bytes, size_t size, char *name, size_t room);

#endif
