/* SPDX-License-Identifier: MIT
 *
 * How far the faithful guarantee reaches (doc/format.md, section 5). */
#ifndef FV_FAITHFUL_H
#define FV_FAITHFUL_H

enum {
    FV_SHRINK_REACH = 2, /* source pixels to either side that D reads of the result */
    FV_PASS_REACH = 4, /* that a pass reads: D's reach and the enlargement's */
    FV_GUARD_REACH = 7, /* that the halo guard looks at */
};

#endif
