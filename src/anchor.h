/* SPDX-License-Identifier: MIT
 *
 * The plain enlargement that the net's output is added to: integer Keys bicubic, a = -0.5 (doc/format.md, Anchor). */
#ifndef FV_ANCHOR_H
#define FV_ANCHOR_H

#include "base.h"

/* Source pixels that a result pixel's taps reach to either side of its own. */
enum { FV_ANCHOR_REACH = 2 };

typedef struct fv_anchor {
    int16_t weights[4][4]; /* (s, tap), Q12, each row sums to 4096 */
    uint8_t base[4]; /* (s): b + 1, the first tap relative to source pixel x - 2 */
} fv_anchor;

/* The anchor of scale s = 2, 3 or 4. */
const fv_anchor *fv_anchor_get(int s);

/* The same with a = -2. What this enlarges comes back nearly as it was when it is shrunk again by the antialiased bicubic, so a
 * pass of the guarantee that adds it leaves little to the next. */
const fv_anchor *fv_anchor_get_sharp(int s);

/* Each sample repeated, at any scale: what this enlarges comes back as it was when it is shrunk again by areas. */
const fv_anchor *fv_anchor_get_nearest(void);

#endif
