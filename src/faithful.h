/* SPDX-License-Identifier: MIT
 *
 * How far the faithful guarantee reaches (doc/format.md, section 5). */
#ifndef FV_FAITHFUL_H
#define FV_FAITHFUL_H

enum {
    FV_SHRINK_REACH = 2, /* source pixels to either side that D reads of the result */
    FV_BLOCK_SIDE = 8, /* source pixels; blocks start at the picture's corner */
    FV_GUARD_REACH = 7, /* source pixels to either side that the halo guard looks at */
};

#endif
