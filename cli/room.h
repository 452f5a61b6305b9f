/* SPDX-License-Identifier: MIT
 *
 * Memory for pixels: as malloc's, given back with free, but in huge pages where that pays and the system has them. */
#ifndef FOVEA_CLI_ROOM_H
#define FOVEA_CLI_ROOM_H

#include <stddef.h>

#include "fovea.h"

/* NULL: no memory. Huge pages are not in use before something is written there; up to 2 MiB more are then taken. */
void *room_new(size_t bytes);

/* The same for the engine. */
extern const fovea_allocator room_allocator;

#endif
