/* SPDX-License-Identifier: MIT
 *
 * What makes faithful a promise. The net's result y is a good guess; D(y), shrunk the way small pictures are made, must
 * be the picture x that was given. Each pass finds what is missing, e = x - D(y), enlarges it as the anchor does or sharper, and
 * adds it: y <- clip(y + U(e)). This is iterative back-projection (Irani and Peleg, 1991) with a fixed number of passes,
 * each of which reaches only FV_PASS_REACH source pixels, so rectangles stay exact.
 *
 * A net for JPEG pictures keeps less: their samples are off by JPEG's noise, but the mean of a block is not. There a pass
 * only moves blocks whose mean is off, and each as a whole; what its black or white samples cannot take the others take.
 *
 * Each pass ends with the halo guard: next to an edge, on the side that is flat in the source, the result may not go beyond
 * what the source shows nearby; where the source is exactly flat, the result is exactly that. Thin lines and texture, where
 * the samples understate the peaks, are left alone. Where guard and pass disagree the guard wins, and the next pass looks
 * for what is missing elsewhere: projections onto two convex sets in turn (Youla and Webb, 1982).
 *
 * Steps: SOURCE keeps the source rows that the guard looks at, BOUNDS the ranges it allows; SHRINK makes rows of U(e)
 * enlarged along the row, or of e added up over each block's columns; CORRECT goes on down the columns, adds it, and limits
 * the sum to those ranges. */
#include "faithful.h"

#include "pixels.h"
#include "run.h"

/* The result's rows that D reads for source row y; beyond the picture the border row repeats. */
static void shrink_rows(const fv_walk *r, const fv_step *from, int x, int y, const uint16_t *rows[FV_MAX_SHRINK_TAPS])
{
    const int s = r->plan->scale, last = r->src->picture_h * s - 1;
    for (int j = 0; j < r->plan->shrink.taps; j++) {
        const int row = fv_clamp(y * s + r->plan->shrink.first + j, 0, last);
        rows[j] = (const uint16_t *)(const void *)fv_subrow(r, from, x, row / s, row % s);
    }
}

/* (n, 3) values at p: the first pixel `count` times more in front of them, or the last one behind. */
static void repeat_first(int32_t *p, int count)
{
    for (int i = 1; i <= count; i++) memcpy(p - 3 * i, p, 3 * sizeof *p);
}

static void repeat_last(int32_t *p, int n, int count)
{
    for (int i = n; i < n + count; i++) memcpy(p + 3 * i, p + 3 * (n - 1), 3 * sizeof *p);
}

/* e = x - D(y) for the source pixels [left, right) of row y, in (right - left, 3) of rows.missing after the first two
 * pixels, which like the two behind repeat the picture's border where there is one. */
static void find_missing(const fv_walk *r, const fv_step *from, int left, int right, int y)
{
    const fv_plan *p = r->plan;
    const int s = p->scale, w = r->src->picture_w, n = right - left;
    const int from_left = fv_left(r, from), from_right = fv_right(r, from);
    const uint16_t *rows[FV_MAX_SHRINK_TAPS];
    shrink_rows(r, from, from_left, y, rows);

    const int border = FV_SHRINK_REACH * s + FV_MAX_SHRINK_TAPS; /* more than any tap lies outside */
    int32_t *shrunk = (int32_t *)fv_scratch(r, p->rows.shrunk) + 3 * border;
    p->kernels.shrink_column(rows, p->shrink.weights, p->shrink.taps, shrunk, 3 * s * (from_right - from_left));
    if (from_left == 0) repeat_first(shrunk, border);
    if (from_right == w) repeat_last(shrunk, s * (from_right - from_left), border);

    uint16_t *x = fv_scratch(r, p->rows.rgb), *alpha = fv_scratch(r, p->rows.alpha);
    fv_pixels_load(r->src, left, y, n, x, alpha);
    int32_t *missing = (int32_t *)fv_scratch(r, p->rows.missing) + 3 * FV_ANCHOR_REACH;
    p->kernels.shrink_row(shrunk + 3 * (s * (left - from_left) + p->shrink.first), p->shrink.weights, p->shrink.taps, s,
                          x, missing, n);
    if (left == 0) repeat_first(missing, FV_ANCHOR_REACH);
    if (right == w) repeat_last(missing, n, FV_ANCHOR_REACH);
}

/* ---- All pixels kept ---- */

static void enlarge_missing(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), right = fv_right(r, s);
    const int missing_left = fv_max(left - FV_ANCHOR_REACH, 0);
    const int missing_right = fv_min(right + FV_ANCHOR_REACH, r->src->picture_w);
    find_missing(r, &p->step[s->input], missing_left, missing_right, y);

    const int32_t *missing = (const int32_t *)fv_scratch(r, p->rows.missing) + 3 * FV_ANCHOR_REACH;
    p->kernels.enlarge_row(missing + 3 * (left - FV_ANCHOR_REACH - missing_left), p->correction->weights,
                           p->correction->base, p->scale, (int32_t *)(void *)fv_row(r, s, y), right - left);
}

static void correct_pixels(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), n = 3 * p->scale * fv_width(r, s);
    for (int dy = 0; dy < p->scale; dy++) {
        const int32_t *h[4];
        fv_taps(r, &p->step[s->add], left, y, dy, h);
        const void *before = fv_subrow(r, &p->step[s->input], left, y, dy);
        p->kernels.correct(before, h, p->correction->weights[dy], (uint16_t *)(void *)fv_subrow(r, s, left, y, dy), n);
    }
}

/* ---- Blocks kept ---- */

static int block_start(int at) { return at & ~(FV_BLOCK_SIDE - 1); }
static int block_end(int at, int picture) { return fv_min(block_start(at) + FV_BLOCK_SIDE, picture); }

static void add_pixel(fv_block_sum *sum, int32_t source, int32_t missing)
{
    const int32_t shrunk = source - missing;
    sum->missing += missing;
    sum->darker = (int16_t)(sum->darker + (shrunk >= 257));
    sum->lighter = (int16_t)(sum->lighter + (shrunk <= 65535 - 257));
}

static void add_row(fv_block_sum *sum, const fv_block_sum *row)
{
    sum->missing += row->missing;
    sum->darker = (int16_t)(sum->darker + row->darker);
    sum->lighter = (int16_t)(sum->lighter + row->lighter);
}

/* Each pixel of the row holds the sums over its block's columns. */
static void add_up_missing(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s), right = fv_right(r, s);
    const int first = block_start(left), last = block_end(right - 1, r->src->picture_w);
    find_missing(r, &r->plan->step[s->input], first, last, y);

    const int32_t *missing = (const int32_t *)fv_scratch(r, r->plan->rows.missing) + 3 * FV_ANCHOR_REACH;
    const uint16_t *source = fv_scratch(r, r->plan->rows.rgb); /* as find_missing loaded it */
    fv_block_sum *out = (fv_block_sum *)(void *)fv_row(r, s, y);
    for (int x = first; x < last; x += FV_BLOCK_SIDE) {
        fv_block_sum sum[3] = {{0}};
        for (int i = x - first; i < fv_min(x + FV_BLOCK_SIDE, last) - first; i++)
            for (int c = 0; c < 3; c++) add_pixel(&sum[c], source[3 * i + c], missing[3 * i + c]);
        for (int i = fv_max(x, left); i < fv_min(x + FV_BLOCK_SIDE, right); i++)
            memcpy(out + 3 * (i - left), sum, sizeof sum);
    }
}

/* By what to move a block of `count` pixels, so that its mean is off by half a level at most. */
static int32_t block_offset(fv_block_sum sum, int count)
{
    const bool darker = sum.missing < 0;
    const int32_t beyond = fv_max((darker ? -sum.missing : sum.missing) - 128 * count, 0);
    const int32_t room = darker ? sum.darker : sum.lighter, movable = room ? room : count;
    const int32_t offset = fv_min((beyond + movable - 1) / movable, 65535);
    return darker ? -offset : offset;
}

/* offsets: (n, s, 3) for the pixels [left, left + n) of row y. */
static void find_offsets(const fv_walk *r, const fv_step *sums, int left, int n, int y, int32_t *offsets)
{
    const int s = r->plan->scale, top = block_start(y), rows = block_end(y, r->src->picture_h) - top;
    const fv_block_sum *row[FV_BLOCK_SIDE];
    for (int j = 0; j < rows; j++) row[j] = (const fv_block_sum *)(const void *)fv_row(r, sums, top + j);
    for (int i = 0, next; i < n; i = next) {
        const int end = block_end(left + i, r->src->picture_w), columns = end - block_start(left + i);
        int32_t offset[3];
        next = fv_min(end - left, n);
        for (int c = 0; c < 3; c++) {
            fv_block_sum sum = {0};
            for (int j = 0; j < rows; j++) add_row(&sum, &row[j][3 * i + c]);
            offset[c] = block_offset(sum, rows * columns);
        }
        for (int k = s * i; k < s * next; k++) memcpy(offsets + 3 * k, offset, sizeof offset);
    }
}

static void correct_blocks(const fv_walk *r, const fv_step *s, int y)
{
    static const int16_t as_it_is[4] = {4096, 0, 0, 0};
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), n = fv_width(r, s);
    int32_t *offsets = fv_scratch(r, p->rows.offsets);
    find_offsets(r, &p->step[s->add], left, n, y, offsets);
    const int32_t *const taps[4] = {offsets, offsets, offsets, offsets};
    for (int dy = 0; dy < p->scale; dy++)
        p->kernels.correct((const void *)fv_subrow(r, &p->step[s->input], left, y, dy), taps, as_it_is,
                           (uint16_t *)(void *)fv_subrow(r, s, left, y, dy), 3 * p->scale * n);
}

/* ---- Halo guard ---- */

/* All ones for every value of a row of the guard's source that is of the picture, 0 for the repeated border. */
static const uint16_t *mark_inside(const fv_walk *r, int first, int n)
{
    uint16_t *inside = fv_scratch(r, r->plan->rows.inside);
    const int left = fv_clamp(-first, 0, n), right = fv_clamp(r->src->picture_w - first, left, n);
    memset(inside, 0, 3 * (size_t)left * sizeof *inside);
    memset(inside + 3 * left, 0xff, 3 * (size_t)(right - left) * sizeof *inside);
    memset(inside + 3 * right, 0, 3 * (size_t)(n - right) * sizeof *inside);
    return inside;
}

/* from: (n, 3), each pixel s times in out: (n, s, 3). Four values at a time; the last is overwritten or slack. */
static void repeat_pixels(const uint16_t *from, int s, uint16_t *out, int n)
{
    for (int i = 0; i < n; i++)
        for (int d = 0; d < s; d++) memcpy(out + 3 * (s * i + d), from + 3 * i, 4 * sizeof *out);
}

/* A row of BOUNDS: low (n, s, 3), high (n, s, 3). */
void fv_faithful_bounds(const fv_walk *r, const fv_step *s, int y)
{
    const fv_step *source = &r->plan->step[s->input];
    const uint16_t *rows[2 * FV_GUARD_REACH + 1];
    uint16_t within[2 * FV_GUARD_REACH - 2]; /* where a run of four rows starts */
    for (int j = -FV_GUARD_REACH; j <= FV_GUARD_REACH; j++)
        rows[j + FV_GUARD_REACH] = (const uint16_t *)(const void *)fv_row(r, source, y + j);
    for (int j = -FV_GUARD_REACH; j <= FV_GUARD_REACH - 3; j++)
        within[j + FV_GUARD_REACH] = y + j >= 0 && y + j + 3 < r->src->picture_h ? 0xffff : 0;
    const int n = fv_width(r, s);
    const uint16_t *inside = mark_inside(r, fv_left(r, s) - FV_GUARD_REACH, n + 2 * FV_GUARD_REACH);
    uint16_t *low = fv_scratch(r, r->plan->rows.low), *high = fv_scratch(r, r->plan->rows.high);
    r->plan->kernels.bounds(rows, inside, within, low, high, 3 * n);
    uint16_t *out = (uint16_t *)(void *)fv_row(r, s, y);
    repeat_pixels(low, r->plan->scale, out, n);
    repeat_pixels(high, r->plan->scale, out + 3 * r->plan->scale * n, n);
}

/* Limits the rows that s holds for source row y. */
static void limit(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const fv_step *bounds = &p->step[p->bounds];
    const int left = fv_left(r, s), pixel = 3 * p->scale;
    const uint16_t *low = (const uint16_t *)(const void *)fv_row(r, bounds, y) + pixel * (left - fv_left(r, bounds));
    const uint16_t *high = low + pixel * fv_width(r, bounds);
    for (int dy = 0; dy < p->scale; dy++)
        p->kernels.limit((uint16_t *)(void *)fv_subrow(r, s, left, y, dy), low, high, pixel * fv_width(r, s));
}

/* ---- Either ---- */

void fv_faithful_shrink(const fv_walk *r, const fv_step *s, int y)
{
    (r->plan->keeps == FOVEA_KEEPS_BLOCKS ? add_up_missing : enlarge_missing)(r, s, y);
}

void fv_faithful_correct(const fv_walk *r, const fv_step *s, int y)
{
    (r->plan->keeps == FOVEA_KEEPS_BLOCKS ? correct_blocks : correct_pixels)(r, s, y);
    limit(r, s, y);
}
