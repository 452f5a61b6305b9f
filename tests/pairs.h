/* SPDX-License-Identifier: MIT
 *
 * Pairs of pictures, small and large, and their figures: what tests of measure.h do all the time. */
#ifndef TESTS_PAIRS_H
#define TESTS_PAIRS_H

#include "measure.h"
#include "measure_math.h"
#include "patterns.h"
#include "tap.h"

typedef struct pic {
    int w, h;
    uint8_t *rgb;
} pic;

static inline pic pic_new(int w, int h) { return (pic){w, h, calloc(3 * (size_t)w * (size_t)h, 1)}; }

static inline pic pic_copy(pic p)
{
    pic copy = pic_new(p.w, p.h);
    memcpy(copy.rgb, p.rgb, 3 * (size_t)p.w * (size_t)p.h);
    return copy;
}

static inline pic pic_nearest(pic p, int s)
{
    pic made = pic_new(s * p.w, s * p.h);
    pattern_nearest(p.rgb, p.w, p.h, s, made.rgb);
    return made;
}

static inline pic pic_resize(pic p, int w, int h, fovea_shrink kind)
{
    pic made = pic_new(w, h);
    pattern_shrink(p.rgb, p.w, p.h, made.rgb, w, h, kind);
    return made;
}

static inline pic pic_pattern(int n, int unit, int w, int h)
{
    pic p = pic_new(w, h);
    pattern_make(n, unit, p.rgb, w, h);
    return p;
}

static inline uint8_t *at(pic p, int x, int y) { return p.rgb + 3 * ((size_t)y * (size_t)p.w + (size_t)x); }

/* Everything `right` and `down` of where it was, whole pixels, the border repeated. */
static inline pic pic_moved(pic p, int right, int down)
{
    pic moved = pic_new(p.w, p.h);
    for (int y = 0; y < p.h; y++)
        for (int x = 0; x < p.w; x++)
            memcpy(at(moved, x, y), at(p, fv_clamp(x - right, 0, p.w - 1), fv_clamp(y - down, 0, p.h - 1)), 3);
    return moved;
}

/* The maps of a run, when asked for. */
typedef struct maps {
    int w, next[2];
    float *values[2];
    bool in_order;
} maps;

static inline void keep_row(void *user, fovea_map what, int32_t y, const float *values)
{
    maps *m = user;
    m->in_order &= y == m->next[what]++;
    memcpy(m->values[what] + (size_t)y * (size_t)m->w, values, (size_t)m->w * sizeof *values);
}

static inline fovea_figures run(pic small, pic large, fovea_pair pair)
{
    fovea_measure *m;
    fovea_error error;
    fovea_figures f = {.struct_size = sizeof f};
    pair.struct_size = sizeof pair;
    pair.small_w = small.w;
    pair.small_h = small.h;
    pair.large_w = large.w;
    pair.large_h = large.h;
    pair.small_format = pair.large_format = FOVEA_FORMAT_RGB8;
    if (!TAP_CHECK(!fovea_measure_new(&pair, NULL, &m, &error), "%s", error.message)) return f;
    int s = 0, l = 0;
    for (fovea_want want; (want = fovea_measure_wants(m)) != FOVEA_WANT_NOTHING;)
        fovea_measure_row(m, want == FOVEA_WANT_SMALL ? at(small, 0, s++) : at(large, 0, l++));
    TAP_CHECK(s == small.h && l == large.h, "took %d of %d and %d of %d rows", s, small.h, l, large.h);
    fovea_measure_get_figures(m, &f);
    fovea_measure_free(m);
    return f;
}

static inline fovea_figures figures(pic small, pic large, fovea_shrink shrink)
{
    return run(small, large, (fovea_pair){.shrink = shrink});
}

static inline bool near(double v, double wanted, double within) { return v >= wanted - within && v <= wanted + within; }

#endif
