/* SPDX-License-Identifier: MIT
 *
 * What JavaScript calls of the core's WebAssembly. */
#ifndef FV_GLUE_H
#define FV_GLUE_H

#include "fovea.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

#endif
