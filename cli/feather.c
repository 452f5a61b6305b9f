/* SPDX-License-Identifier: MIT */
#include "feather.h"

#define FULL 4096 /* of the new */
#define SHARE 8   /* of the shorter side that the border takes */

static int32_t lesser(int32_t a, int32_t b) { return a < b ? a : b; }

/* How much of the new there is at coordinate `at` of a side from `first` on, `size` long, in a picture's side of `whole`. */
static int32_t weight(int32_t at, int32_t first, int32_t size, int32_t whole, int32_t border)
{
    const int32_t before = first > 0 ? at - first + 1 : border;
    const int32_t behind = first + size < whole ? first + size - at : border;
    return (int32_t)((int64_t)lesser(lesser(before, behind), border) * FULL / border);
}

static int32_t mixed(int32_t to, int32_t from, int32_t share) { return to + ((share * (from - to) + FULL / 2) >> 12); }

static void mix8(uint8_t *restrict to, const uint8_t *restrict from, int channels, int32_t share)
{
    for (int c = 0; c < channels; c++) to[c] = (uint8_t)mixed(to[c], from[c], share);
}

static void mix16(uint16_t *restrict to, const uint16_t *restrict from, int channels, int32_t share)
{
    for (int c = 0; c < channels; c++) to[c] = (uint16_t)mixed(to[c], from[c], share);
}

void feather_mix(const struct feather *feather, fovea_rect part, fovea_format format, const void *from, size_t from_stride,
                 void *to, size_t to_stride)
{
    const fovea_rect r = feather->rect;
    const int32_t border = lesser(r.w, r.h) / SHARE + 1;
    const size_t pixel = fovea_format_size(format);
    const bool is_deep = format >= FOVEA_FORMAT_G16;
    const int channels = (int)(is_deep ? pixel / 2 : pixel);
    for (int32_t y = part.y; y < part.y + part.h; y++) {
        uint8_t *a = (uint8_t *)to + (size_t)(y - part.y) * to_stride;
        const uint8_t *b = (const uint8_t *)from + (size_t)(y - part.y) * from_stride;
        const int32_t down = weight(y, r.y, r.h, feather->picture_h, border);
        for (int32_t x = part.x; x < part.x + part.w; x++, a += pixel, b += pixel) {
            const int32_t share = lesser(down, weight(x, r.x, r.w, feather->picture_w, border));
            if (is_deep)
                mix16((uint16_t *)(void *)a, (const uint16_t *)(const void *)b, channels, share);
            else
                mix8(a, b, channels, share);
        }
    }
}
