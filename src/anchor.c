/* SPDX-License-Identifier: MIT
 *
 * The anchor's weights, as doc/format.md lists them. upscale_test computes them again from the formula. */
#include "anchor.h"

const fv_anchor *fv_anchor_get(int s)
{
    static const fv_anchor anchors[3] = {
        {{{-96, 928, 3552, -288}, {-288, 3552, 928, -96}}, {0, 1}},
        {{{-152, 1365, 3186, -303}, {0, 4096, 0, 0}, {-303, 3186, 1365, -152}}, {0, 1, 1}},
        {{{-180, 1596, 2980, -300}, {-28, 372, 3948, -196}, {-196, 3948, 372, -28}, {-300, 2980, 1596, -180}},
         {0, 0, 1, 1}},
    };
    return &anchors[s - 2];
}
