/* SPDX-License-Identifier: MIT
 *
 * What makes faithful a promise. The net's result y is a good guess; D(y), shrunk the way small pictures are made, must
 * be the picture x that was given. Each pass finds what is missing, e = x - D(y), enlarges it as the anchor does or sharper, and
 * adds it: y <- clip(y + U(e)). This is iterative back-projection (Irani and Peleg, 1991) with a fixed number of passes,
 * each of which reaches only a few source pixels, so rectangles stay exact.
 *
 * A net for JPEG pictures keeps less: the means of blocks (blocks.c).
 *
 * Each pass ends with the halo guard: next to an edge, on the side that is flat in the source, the result may not go beyond
 * what the source shows nearby; where the source is exactly flat, the result is exactly that. Thin lines and texture, where
 * the samples understate the peaks, are left alone. Where guard and pass disagree the guard wins, and the next pass looks
 * for what is missing elsewhere: projections onto two convex sets in turn (Youla and Webb, 1982).
 *
 * Steps: SOURCE keeps the source rows that the guard looks at, BOUNDS the ranges it allows; SHRINK makes rows of e;
 * ENLARGE enlarges e along the row; CORRECT goes on down the columns, adds it, and limits the sum to those ranges. e fits
 * into 17 bits and is mostly tiny: ENLARGE has 16, and where they don't do, CORRECT finds out and takes the long way. */
#include "faithful.h"

#include "pixels.h"
#include "run.h"

/* The first phases of the result's rows that D reads for source row y; beyond the picture the border row repeats. */
static void shrink_rows(const fv_walk *r, const fv_step *from, int x, int y, const uint16_t *rows[FV_MAX_SHRINK_TAPS])
{
    const int s = r->plan->scale, last = r->src->picture_h * s - 1;
    for (int j = 0; j < r->plan->shrink.taps; j++) {
        const int row = fv_clamp(y * s + r->plan->shrink.first + j, 0, last);
        rows[j] = fv_phase(r, from, x, row / s, row % s, 0);
    }
}

/* D down the columns for source row y, a phase after the other: column[dx] points at pixel from_left. The picture's border
 * repeats to either side of it. */
static void shrink_columns(const fv_walk *r, const fv_step *from, int y, int32_t *column[4])
{
    const fv_plan *p = r->plan;
    const int s = p->scale, left = fv_left(r, from), right = fv_right(r, from), n = right - left;
    const size_t phase = from->row / (size_t)from->parts / sizeof(uint16_t);
    const uint16_t *rows[FV_MAX_SHRINK_TAPS];
    shrink_rows(r, from, left, y, rows);
    for (int dx = 0; dx < s; dx++) {
        column[dx] = (int32_t *)fv_scratch(r, p->rows.shrunk) + 3 * (dx * (n + 2 * FV_SHRINK_REACH) + FV_SHRINK_REACH);
        p->kernels.shrink_column(rows, p->shrink.weights, p->shrink.taps, column[dx], 3 * n);
        for (int j = 0; j < p->shrink.taps; j++) rows[j] += phase;
    }
    for (int dx = 0; dx < s; dx++) {
        if (left == 0) fv_repeat_pixel(column[dx] - 3 * FV_SHRINK_REACH, column[0], FV_SHRINK_REACH);
        if (right == r->src->picture_w) fv_repeat_pixel(column[dx] + 3 * n, column[s - 1] + 3 * (n - 1), FV_SHRINK_REACH);
    }
}

/* missing: (n, 3), e = x - D(y) for the source pixels [left, left + n) of row y. */
static void find_missing(const fv_walk *r, const fv_step *from, int left, int n, int y, int32_t *missing)
{
    const fv_plan *p = r->plan;
    const int s = p->scale;
    int32_t *column[4];
    const int32_t *taps[FV_MAX_SHRINK_TAPS];
    shrink_columns(r, from, y, column);
    for (int k = 0; k < p->shrink.taps; k++) {
        const int at = FV_SHRINK_REACH * s + p->shrink.first + k; /* from two source pixels before on, so never below 0 */
        taps[k] = column[at % s] + 3 * (left - fv_left(r, from) + at / s - FV_SHRINK_REACH);
    }
    uint16_t *x = fv_scratch(r, p->rows.rgb), *alpha = fv_scratch(r, p->rows.alpha);
    fv_pixels_load(r->src, left, y, n, x, alpha);
    p->kernels.shrink_row(taps, p->shrink.weights, p->shrink.taps, x, missing, 3 * n);
}

/* What the halo guard allows from pixel x on. */
typedef struct fv_limits {
    const uint16_t *low, *high; /* (., 3) */
} fv_limits;

static fv_limits limits_of(const fv_walk *r, int x, int y)
{
    const fv_step *bounds = &r->plan->step[r->plan->bounds];
    return (fv_limits){fv_part(r, bounds, x, y, 0), fv_part(r, bounds, x, y, 1)};
}

static void correct_phase(const fv_walk *r, const fv_step *s, int y, int dy, int dx, const int32_t *const h[4],
                          const int16_t w[4])
{
    const int left = fv_left(r, s);
    const fv_limits limits = limits_of(r, left, y);
    r->plan->kernels.correct(fv_phase(r, s, left, y, dy, dx), h, w, limits.low, limits.high, 3 * fv_width(r, s));
}

/* What D misses from pixel x on, in the row that SHRINK made; those beyond the picture repeat its border. */
static int32_t *missing_from(const fv_walk *r, const fv_step *s, int x, int y)
{
    return fv_part(r, s, x + FV_ANCHOR_REACH, y, 0);
}

/* Behind them, where the row has room for two more pixels: whether they are all small. */
static int32_t *are_small(const fv_walk *r, const fv_step *s, int y)
{
    return missing_from(r, s, fv_right(r, s) + FV_ANCHOR_REACH, y);
}

void fv_faithful_shrink(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s), right = fv_right(r, s), last = right - 1;
    int32_t *missing = missing_from(r, s, left, y);
    find_missing(r, &r->plan->step[s->input], left, right - left, y, missing);
    if (left == 0) fv_repeat_pixel(missing - 3 * FV_ANCHOR_REACH, missing, FV_ANCHOR_REACH);
    if (right == r->src->picture_w) fv_repeat_pixel(missing + 3 * (right - left), missing_from(r, s, last, y), FV_ANCHOR_REACH);
    *are_small(r, s, y) = r->plan->kernels.all_small(missing, 3 * (right - left));
}

/* The first tap of phase dx at pixel x, of what `missing` has. */
static const int32_t *missing_taps(const fv_walk *r, const fv_step *missing, const fv_anchor *enlarge, int x, int y, int dx)
{
    return missing_from(r, missing, x, y) + 3 * (enlarge->base[dx] - FV_ANCHOR_REACH);
}

/* Made even of differences that are not small; then CORRECT does not look at it. */
void fv_faithful_enlarge(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), n = 3 * fv_width(r, s);
    for (int dx = 0; dx < p->scale; dx++)
        p->kernels.enlarge_small(missing_taps(r, &p->step[s->input], s->enlarge, left, y, dx), s->enlarge->weights[dx],
                                 fv_part(r, s, left, y, dx), n);
}

/* Whether ENLARGE could hold all that row y of s is made from. */
static bool around_small(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const fv_step *missing = &p->step[p->step[s->add].input];
    for (int k = -FV_ANCHOR_REACH; k <= FV_ANCHOR_REACH; k++)
        if (!*are_small(r, missing, y + k)) return false;
    return true;
}

/* Phase by phase, so that what all rows of the result share of the phase stays in the nearest cache. */
static void correct_small(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), n = 3 * fv_width(r, s);
    const fv_limits limits = limits_of(r, left, y);
    for (int dx = 0; dx < p->scale; dx++)
        for (int dy = 0; dy < p->scale; dy++) {
            const int16_t *h[4];
            for (int j = 0; j < 4; j++)
                h[j] = fv_part(r, &p->step[s->add], left, y - FV_ANCHOR_REACH + s->enlarge->base[dy] + j, dx);
            p->kernels.correct_small(fv_phase(r, s, left, y, dy, dx), h, s->enlarge->weights[dy], limits.low, limits.high, n);
        }
}

/* The same in 32 bits, enlarged anew: where the net's result is off by more than 63 levels. */
static void correct_large(const fv_walk *r, const fv_step *s, int y)
{
    enum { ROWS = 2 * FV_ANCHOR_REACH + 1 };
    const fv_plan *p = r->plan;
    const fv_step *missing = &p->step[p->step[s->add].input];
    const int left = fv_left(r, s), n = 3 * fv_width(r, s);
    int32_t *rows[ROWS];
    for (int dx = 0; dx < p->scale; dx++) {
        for (int k = 0; k < ROWS; k++) {
            rows[k] = (int32_t *)fv_scratch(r, p->rows.enlarged) + k * n;
            p->kernels.enlarge_row(missing_taps(r, missing, s->enlarge, left, y + k - FV_ANCHOR_REACH, dx),
                                   s->enlarge->weights[dx], rows[k], n);
        }
        for (int dy = 0; dy < p->scale; dy++) {
            const int32_t *h[4];
            for (int j = 0; j < 4; j++) h[j] = rows[s->enlarge->base[dy] + j];
            correct_phase(r, s, y, dy, dx, h, s->enlarge->weights[dy]);
        }
    }
}

void fv_faithful_correct(const fv_walk *r, const fv_step *s, int y)
{
    (around_small(r, s, y) ? correct_small : correct_large)(r, s, y);
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

/* A row of BOUNDS: low (n, 3), high (n, 3). */
void fv_faithful_bounds(const fv_walk *r, const fv_step *s, int y)
{
    const fv_step *source = &r->plan->step[s->input];
    const uint16_t *rows[2 * FV_GUARD_REACH + 1];
    uint16_t within[2 * FV_GUARD_REACH - 2]; /* where a run of four rows starts */
    for (int j = -FV_GUARD_REACH; j <= FV_GUARD_REACH; j++)
        rows[j + FV_GUARD_REACH] = (const uint16_t *)(const void *)fv_row(r, source, y + j);
    for (int j = -FV_GUARD_REACH; j <= FV_GUARD_REACH - 3; j++)
        within[j + FV_GUARD_REACH] = y + j >= 0 && y + j + 3 < r->src->picture_h ? 0xffff : 0;
    const int left = fv_left(r, s), n = fv_width(r, s);
    const uint16_t *inside = mark_inside(r, left - FV_GUARD_REACH, n + 2 * FV_GUARD_REACH);
    uint16_t *low = fv_part(r, s, left, y, 0), *high = fv_part(r, s, left, y, 1);
    r->plan->kernels.bounds(rows, inside, within, r->plan->tolerance, low, high, 3 * n);
}
