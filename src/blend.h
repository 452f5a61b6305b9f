/* SPDX-License-Identifier: MIT
 *
 * How far the creative blend reaches (doc/format.md, section 8). */
#ifndef FV_BLEND_H
#define FV_BLEND_H

#include "anchor.h"

enum {
    FV_DRIFT_REACH = 7, /* source pixels to either side that are smoothed into one */
    FV_BLEND_REACH = FV_DRIFT_REACH + FV_ANCHOR_REACH, /* that a pixel takes into account of either net's result */
};

#endif
