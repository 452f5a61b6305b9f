/* SPDX-License-Identifier: MIT
 *
 * How far the faithful guarantee reaches (doc/format.md, section 5). */
#ifndef FV_FAITHFUL_H
#define FV_FAITHFUL_H

#include "base.h"

enum {
    FV_SHRINK_REACH = 2, /* source pixels to either side that D reads of the result */
    FV_BLOCK_SIDE = 8, /* source pixels; blocks start at the picture's corner */
    FV_GUARD_REACH = 7, /* source pixels to either side that the halo guard looks at */
    FV_GUARD_TOLERANCE = 257, /* a level; none for nets faithful to areas: they need no overshoot, and often run twice */
};

/* Of one row of a block's source pixels, or of all, one colour. */
typedef struct fv_block_sum {
    int32_t missing; /* what the samples of the result miss of the source, added up */
    int16_t darker, lighter; /* samples that the halo guard lets become darker; lighter */
} fv_block_sum;

#endif
