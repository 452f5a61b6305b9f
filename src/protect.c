/* SPDX-License-Identifier: MIT
 *
 * Where a creative result is the faithful one: areas without visible structure, where invention would be grain; writing,
 * where it would be another text; and given rectangles, such as faces. All of it with soft edges, so that no border of
 * the mask shows. Pixels that are calm by themselves are the plain enlargement, even if alone: a faithful result sharpens the
 * little noise that is there, and a creative one makes more of it.
 *
 * Flat is a pixel around which nothing differs by more than a few levels, calm one where it is two. Writing is thin
 * strokes of much contrast on paper: from a stroke's pixel one meets within FV_FIGURE_REACH pixels, on both sides along its row or its column, the
 * lightest (or, of light writing, the darkest) tone that there is around. Twigs, hair and foliage have that contrast too,
 * but no such paper. How much of either there is in the square around a pixel decides; what is taken for writing by
 * mistake is done faithfully, which is no harm.
 *
 * Steps: LUMA keeps one brightness for each source pixel; MARKS finds the figures for the pixels of a row and adds up along
 * it what counts for pixels around; fv_protect_mix adds up the columns and says how much a pixel gets of what. */
#include "protect.h"

#include "pixels.h"
#include "run.h"

/* In 1/257 of an 8-bit level. */
enum {
    FLAT_NONE = 1542, /* 6 levels: where that is the range around a pixel it is not flat; 2 levels: wholly */
    CALM_NONE = 771, /* 3 levels: likewise of calm */
    STROKE = 48 * 257, /* a stroke's least contrast */
    PAPER = 12 * 257, /* what the sides of a stroke may differ from the paper */
    FLAT_LEAST = 20608, /* of 36992, all flat: from there on flat areas are protected */
    STROKES_LEAST = 16, /* of 289: from there on writing is */
};

void fv_protect_luma(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s) - FV_FIGURE_REACH, n = fv_width(r, s) + 2 * FV_FIGURE_REACH;
    uint16_t *rgb = fv_scratch(r, r->plan->rows.rgb), *alpha = fv_scratch(r, r->plan->rows.alpha);
    fv_pixels_load(r->src, left, y, n, rgb, alpha);
    uint16_t *restrict out = (uint16_t *)(void *)fv_row(r, s, y);
    for (int i = 0; i < n; i++) out[i] = (uint16_t)((rgb[3 * i] + 2 * rgb[3 * i + 1] + rgb[3 * i + 2] + 2) >> 2);
}

/* ---- Figures ---- */

static ALWAYS_INLINE uint16_t less(uint16_t a, uint16_t b) { return a > b ? (uint16_t)(a - b) : 0; }

/* The least and the greatest of each column's samples around row y: of the four above, the four below, and the five
 * about it. Rows of LUMA hold FV_FIGURE_REACH samples more at either end, and so do these. */
typedef struct extremes {
    uint16_t *above_low, *above_high, *below_low, *below_high, *five_low, *five_high;
    uint16_t *nine_low, *nine_high; /* of all nine, then of the square around the sample FV_FIGURE_REACH further on */
} extremes;

static extremes extremes_in(uint16_t *rows, size_t stride)
{
    return (extremes){rows,
                      rows + stride,
                      rows + 2 * stride,
                      rows + 3 * stride,
                      rows + 4 * stride,
                      rows + 5 * stride,
                      rows + 6 * stride,
                      rows + 7 * stride};
}

static void find_extremes(const uint16_t *const g[2 * FV_FIGURE_REACH + 1], const extremes *e, int n)
{
    for (int i = 0; i < n; i++) {
        const uint16_t near_low = fv_least(g[2][i], g[3][i]), near_high = fv_most(g[2][i], g[3][i]);
        const uint16_t next_low = fv_least(g[5][i], g[6][i]), next_high = fv_most(g[5][i], g[6][i]);
        e->above_low[i] = fv_least(fv_least(g[0][i], g[1][i]), near_low);
        e->above_high[i] = fv_most(fv_most(g[0][i], g[1][i]), near_high);
        e->below_low[i] = fv_least(next_low, fv_least(g[7][i], g[8][i]));
        e->below_high[i] = fv_most(next_high, fv_most(g[7][i], g[8][i]));
        e->five_low[i] = fv_least(fv_least(near_low, next_low), g[4][i]);
        e->five_high[i] = fv_most(fv_most(near_high, next_high), g[4][i]);
        e->nine_low[i] = fv_least(fv_least(e->above_low[i], e->below_low[i]), g[4][i]);
        e->nine_high[i] = fv_most(fv_most(e->above_high[i], e->below_high[i]), g[4][i]);
    }
}

/* Each sample becomes the extreme of itself and the eight behind it, in place; the last eight are of no use then. */
static void widen_to_nine(uint16_t *restrict low, uint16_t *restrict high, int n)
{
    for (int step = 1; step <= 4; step *= 2)
        for (int i = 0; i < n - step; i++) {
            low[i] = fv_least(low[i], low[i + step]);
            high[i] = fv_most(high[i], high[i + step]);
        }
    for (int i = 0; i < n - 1; i++) {
        low[i] = fv_least(low[i], low[i + 1]);
        high[i] = fv_most(high[i], high[i + 1]);
    }
}

static ALWAYS_INLINE uint16_t least5(const uint16_t *p)
{
    return fv_least(fv_least(fv_least(p[-2], p[-1]), fv_least(p[1], p[2])), p[0]);
}
static ALWAYS_INLINE uint16_t most5(const uint16_t *p)
{
    return fv_most(fv_most(fv_most(p[-2], p[-1]), fv_most(p[1], p[2])), p[0]);
}
static ALWAYS_INLINE uint16_t least4(const uint16_t *p) { return fv_least(fv_least(p[0], p[1]), fv_least(p[2], p[3])); }
static ALWAYS_INLINE uint16_t most4(const uint16_t *p) { return fv_most(fv_most(p[0], p[1]), fv_most(p[2], p[3])); }

/* 1 for a stroke's pixel g between low0 and high0, the extremes on one side of it, and low1 and high1 on the other. */
static ALWAYS_INLINE uint32_t is_stroke(uint16_t g, uint16_t low0, uint16_t high0, uint16_t low1, uint16_t high1,
                                        uint16_t lightest, uint16_t darkest)
{
    const uint16_t light = fv_least(high0, high1), dark = fv_most(low0, low1);
    const uint32_t on_paper = (less(light, g) >= STROKE) & (lightest - light <= PAPER);
    const uint32_t on_ink = (less(g, dark) >= STROKE) & (dark - darkest <= PAPER);
    return on_paper | on_ink;
}

/* marks: (n), how flat a pixel is, 0 .. 128, and 65536 more for a stroke's; calm: (n), how calm, 0 .. FV_PROTECT_FULL. row, e:
 * from FV_FIGURE_REACH pixels before the first on. */
static void find_marks(const uint16_t *restrict row, const extremes *e, uint32_t *restrict marks, uint32_t *restrict calm,
                       int n)
{
    for (int i = 0; i < n; i++) {
        const int at = i + FV_FIGURE_REACH;
        const uint16_t *g = row + at;
        const uint16_t range = (uint16_t)(most5(e->five_high + at) - least5(e->five_low + at));
        const uint16_t flat = fv_least(less(FLAT_NONE, range) >> 3, 128);
        const uint32_t across = is_stroke(*g, least4(g - 4), most4(g - 4), least4(g + 1), most4(g + 1), e->nine_high[i],
                                          e->nine_low[i]);
        const uint32_t down = is_stroke(*g, e->above_low[at], e->above_high[at], e->below_low[at], e->below_high[at],
                                        e->nine_high[i], e->nine_low[i]);
        marks[i] = flat | (across | down) << 16;
        calm[i] = fv_least(less(CALM_NONE, range), FV_PROTECT_FULL);
    }
}

/* Each of `count` values becomes the sum of itself and the sixteen behind it, in place. */
static void add_seventeen(uint32_t *restrict v, uint32_t *restrict out, int count)
{
    const int n = count - 2 * FV_MARKS_REACH;
    for (int i = 0; i < n; i++) out[i] = v[i + 2 * FV_MARKS_REACH];
    for (int step = 1; step <= 8; step *= 2)
        for (int i = 0; i < count - step; i++) v[i] += v[i + step];
    for (int i = 0; i < n; i++) out[i] += v[i];
}

void fv_protect_marks(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const fv_step *luma = &p->step[s->input];
    const int first = fv_left(r, luma), n = fv_width(r, luma); /* FV_MARKS_REACH more than s has, cut at the picture */
    const int before = FV_MARKS_REACH - (fv_left(r, s) - first), behind = FV_MARKS_REACH - (first + n - fv_right(r, s));
    const uint16_t *g[2 * FV_FIGURE_REACH + 1];
    for (int j = 0; j <= 2 * FV_FIGURE_REACH; j++)
        g[j] = (const uint16_t *)(const void *)fv_row(r, luma, y + j - FV_FIGURE_REACH);
    const extremes e = extremes_in(fv_scratch(r, p->rows.extremes), luma->row / sizeof(uint16_t));
    find_extremes(g, &e, n + 2 * FV_FIGURE_REACH);
    widen_to_nine(e.nine_low, e.nine_high, n + 2 * FV_FIGURE_REACH);

    uint32_t *marks = fv_scratch(r, p->rows.marks), *known = marks + before, *calm = fv_scratch(r, p->rows.calm);
    find_marks(g[FV_FIGURE_REACH], &e, known, calm, n);
    memcpy(fv_part(r, s, fv_left(r, s), y, 1), calm + (fv_left(r, s) - first), (size_t)fv_width(r, s) * sizeof *calm);
    for (int i = 0; i < before; i++) marks[i] = known[0];
    for (int i = 0; i < behind; i++) known[n + i] = known[n - 1];
    add_seventeen(marks, (uint32_t *)(void *)fv_row(r, s, y), before + n + behind);
}

/* ---- The mask ---- */

/* How far coordinate `at` lies outside [from, from + size). */
static int outside(int at, int from, int size) { return fv_max(fv_max(from - at, at - (from + size - 1)), 0); }

static void protect_rectangle(const fv_walk *r, fovea_rect rect, int y, int32_t *mask)
{
    const int down = outside(y, rect.y, rect.h);
    if (down >= FV_PROTECT_FADE) return;
    const int from = fv_max(rect.x - FV_PROTECT_FADE, r->x0), to = fv_min(rect.x + rect.w + FV_PROTECT_FADE, r->x1);
    for (int x = from; x < to; x++) {
        const int far = fv_max(down, outside(x, rect.x, rect.w));
        mask[x - r->x0] = fv_max(mask[x - r->x0], FV_PROTECT_FULL - FV_PROTECT_FULL / FV_PROTECT_FADE * far);
    }
}

/* sums: (n), the marks of the square around each pixel. */
static void protect_found(const uint32_t *restrict sums, int32_t *restrict mask, int n)
{
    for (int i = 0; i < n; i++) {
        const int32_t flat = ((int32_t)(sums[i] & 65535) - FLAT_LEAST) >> 6;
        const int32_t strokes = ((int32_t)(sums[i] >> 16) - STROKES_LEAST) * 8;
        const int32_t more = flat > strokes ? flat : strokes;
        mask[i] = more < 0 ? 0 : more > FV_PROTECT_FULL ? FV_PROTECT_FULL : more;
    }
}

/* Each of n numbers `times` times. */
static void repeat(const int32_t *restrict from, int times, uint16_t *restrict to, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < times; k++) to[times * i + k] = (uint16_t)from[i];
}

fv_mix fv_protect_mix(const fv_walk *r, int y)
{
    const fv_plan *p = r->plan;
    const fv_step *marks = &p->step[p->creative.marks];
    const int n = r->x1 - r->x0, strength = p->creative.strength;
    int32_t *restrict creative = fv_scratch(r, p->rows.shares), *restrict plain = creative + p->strip_width;
    uint16_t *mix = fv_scratch(r, p->rows.mix), *mix_plain = mix + 3 * p->strip_width;
    uint32_t *restrict sums = fv_scratch(r, p->rows.marks);
    const uint32_t *restrict calm = fv_part(r, marks, r->x0, y, 1);
    uint32_t seen = 0;
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int j = -FV_MARKS_REACH; j <= FV_MARKS_REACH; j++) {
        const uint32_t *restrict row = (const uint32_t *)(const void *)fv_row(r, marks, y + j);
        for (int i = 0; i < n; i++) sums[i] += row[i];
    }
    protect_found(sums, creative, n);
    memset(plain, 0, (size_t)n * sizeof *plain);
    for (int i = 0; i < p->creative.protect_count; i++) protect_rectangle(r, p->creative.protect[i], y, plain);
    for (int i = 0; i < n; i++) {
        const int32_t given = plain[i], covered = creative[i] > given ? creative[i] : given;
        creative[i] = (int32_t)((uint32_t)(strength * (FV_PROTECT_FULL - covered) * 16 + 50) / 100u);
        plain[i] = (int32_t)(((uint32_t)(strength * (FV_PROTECT_FULL - given)) * calm[i] + 800) / 1600u);
        seen |= (uint32_t)plain[i];
    }
    repeat(creative, 3, mix, n);
    if (seen) repeat(plain, 3 * p->scale, mix_plain, n);
    return (fv_mix){mix, seen ? mix_plain : NULL};
}
