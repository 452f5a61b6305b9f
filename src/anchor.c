/* SPDX-License-Identifier: MIT
 *
 * The anchor's weights and the sharper ones, as doc/format.md lists them. upscale_test computes them again from the formula. */
#include "anchor.h"

const fv_anchor *fv_anchor_get(int s)
{
    static const fv_anchor anchors[3] = {
        {{{-96, 928, 3552, -288}, {-288, 3552, 928, -96}}, {0, 1}},
        {{{-152, 1365, 3186, -303}, {0, 4096, 0, 0}, {-303, 3186, 1365, -152}}, {0, 1, 1}},
        {{{-180, 1596, 2980, -300}, {-28, 372, 3948, -196}, {-196, 3948, 372, -28}, {-300, 2980, 1596, -180}}, {0, 0, 1, 1}},
    };
    return &anchors[s - 2];
}

const fv_anchor *fv_anchor_get_sharp(int s)
{
    static const fv_anchor sharp[3] = {
        {{{-384, 1792, 3840, -1152}, {-1152, 3840, 1792, -384}}, {0, 1}},
        {{{-607, 2276, 3641, -1214}, {0, 4096, 0, 0}, {-1214, 3641, 2276, -607}}, {0, 1, 1}},
        {{{-720, 2496, 3520, -1200}, {-112, 960, 4032, -784}, {-784, 4032, 960, -112}, {-1200, 3520, 2496, -720}},
         {0, 0, 1, 1}},
    };
    return &sharp[s - 2];
}

const fv_anchor *fv_anchor_get_nearest(void)
{
    static const fv_anchor nearest = {{{0, 0, 4096, 0}, {0, 0, 4096, 0}, {0, 0, 4096, 0}, {0, 0, 4096, 0}}, {0, 0, 0, 0}};
    return &nearest;
}
