/* SPDX-License-Identifier: MIT
 *
 * Creative mode: the results of two nets made into one. F is the faithful result, corrected and guarded; C is what a net
 * with imagination made of the same source. The creative result is F where it is protected (protect.c), C where it is
 * not, and a mixture between.
 *
 * A creative net drifts: its areas come out a little lighter or bluer than they were. So C is first given F's colours:
 * the low frequencies of F - C, smoothed over about 15 source pixels, are added to it, and what it invents beside edges
 * and in texture is left. Smoothing is a tent along the rows, then down the columns, then the anchor's enlargement; all of
 * it is integers, and reaches only FV_BLEND_REACH source pixels. What is calm gets the plain enlargement at last.
 *
 * Steps: DRIFT makes the mean of F - C at each source pixel, smoothed along the row; TINT smooths it down the columns and
 * enlarges it along the row; STORE asks fv_blend_phase and fv_blend_plain for the rest. */
#include "blend.h"

#include "pixels.h"
#include "run.h"

/* ---- Drift ---- */

/* v / count rounded to the nearest, halves up, of values of |v| <= count * 65535. They are made positive, so that a
 * product with the reciprocal, exact for all 32 bits where count is 4, 9 or 16, is the quotient's floor. */
static void divide(int32_t *restrict v, int count, int n)
{
    const uint64_t reciprocal = ((1ull << 33) + (uint32_t)count - 1) / (uint32_t)count;
    const uint32_t up = (uint32_t)(65536 * count + count / 2);
    for (int i = 0; i < n; i++) v[i] = (int32_t)(((uint32_t)v[i] + up) * reciprocal >> 33) - 65536;
}

static void add_differences(const uint16_t *restrict f, const uint16_t *restrict c, int32_t *restrict sums, int n)
{
    for (int i = 0; i < n; i++) sums[i] += f[i] - c[i];
}

/* out: (n, 3), the means of F - C over the scale^2 pixels that belong to each source pixel of [left, left + n). */
static void mean_differences(const fv_walk *r, const fv_step *s, int left, int n, int y, int32_t *out)
{
    const fv_plan *p = r->plan;
    const int parts = p->scale * p->scale;
    memset(out, 0, 3 * (size_t)n * sizeof *out);
    for (int k = 0; k < parts; k++)
        add_differences(fv_part(r, &p->step[s->input], left, y, k), fv_part(r, &p->step[s->add], left, y, k), out, 3 * n);
    divide(out, parts, 3 * n);
}

/* Each of `count` values becomes the sum of itself and the seven that are 1 .. 7 pixels on, in place. */
static void add_eight(int32_t *v, int count)
{
    for (int step = 3; step <= 12; step *= 2)
        for (int i = 0; i < count - step; i++) v[i] += v[i + step];
}

/* A tent is a box of eight upon a box of eight. */
void fv_blend_drift(const fv_walk *r, const fv_step *s, int y)
{
    const int w = r->src->picture_w, first = fv_left(r, s), end = fv_right(r, s);
    const int left = fv_max(first - FV_DRIFT_REACH, 0), right = fv_min(end + FV_DRIFT_REACH, w);
    const int before = left - (first - FV_DRIFT_REACH), behind = end + FV_DRIFT_REACH - right;
    int32_t *row = fv_scratch(r, r->plan->rows.drift), *known = row + 3 * before;
    mean_differences(r, s, left, right - left, y, known);
    fv_repeat_pixel(row, known, before);
    fv_repeat_pixel(known + 3 * (right - left), known + 3 * (right - left - 1), behind);
    add_eight(row, 3 * (end - first + 2 * FV_DRIFT_REACH));
    add_eight(row, 3 * (end - first + FV_DRIFT_REACH));
    memcpy(fv_row(r, s, y), row, 3 * (size_t)(end - first) * sizeof *row);
}

/* The tent down the columns without products: its rows are counted once for each of the eight boxes that hold them. */
static void smooth_columns(const int32_t *const rows[2 * FV_DRIFT_REACH + 1], int32_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t box = rows[FV_DRIFT_REACH][i], sum = box;
        for (int k = 1; k <= FV_DRIFT_REACH; k++) {
            box += rows[FV_DRIFT_REACH - k][i] + rows[FV_DRIFT_REACH + k][i];
            sum += box;
        }
        out[i] = (sum + 2048) >> 12;
    }
}

void fv_blend_tint(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const fv_step *drift = &p->step[s->input];
    const int left = fv_left(r, s), right = fv_right(r, s), first = fv_left(r, drift), end = fv_right(r, drift);
    const int32_t *rows[2 * FV_DRIFT_REACH + 1];
    for (int j = 0; j <= 2 * FV_DRIFT_REACH; j++)
        rows[j] = (const int32_t *)(const void *)fv_row(r, drift, y + j - FV_DRIFT_REACH);
    const int before = first - (left - FV_ANCHOR_REACH), behind = right + FV_ANCHOR_REACH - end;
    int32_t *row = fv_scratch(r, p->rows.drift), *known = row + 3 * before;
    smooth_columns(rows, known, 3 * (end - first));
    fv_repeat_pixel(row, known, before);
    fv_repeat_pixel(known + 3 * (end - first), known + 3 * (end - first - 1), behind);
    for (int dx = 0; dx < p->scale; dx++)
        p->kernels.enlarge_row(row + 3 * p->anchor->base[dx], p->anchor->weights[dx], fv_part(r, s, left, y, dx),
                               3 * (right - left));
}

/* ---- Blend ---- */

const uint16_t *fv_blend_phase(const fv_walk *r, const fv_step *s, int y, int dy, int dx, const uint16_t *creative)
{
    const fv_plan *p = r->plan;
    const int n = 3 * (r->x1 - r->x0);
    const int32_t *tint[4];
    uint16_t *tinted = fv_scratch(r, p->rows.tinted), *blended = fv_scratch(r, p->rows.blended);
    blended += 3 * p->strip_width * dx;
    fv_taps(r, &p->step[p->creative.tint], r->x0, y, dy, dx, tint);
    memcpy(tinted, fv_phase(r, &p->step[s->add], r->x0, y, dy, dx), (size_t)n * sizeof *tinted);
    p->kernels.correct(tinted, tint, p->anchor->weights[dy], NULL, NULL, n);
    memcpy(blended, fv_phase(r, &p->step[s->input], r->x0, y, dy, dx), (size_t)n * sizeof *blended);
    p->kernels.mix(blended, tinted, creative, n);
    return blended;
}

void fv_blend_plain(const fv_walk *r, int y, int dy, const uint16_t *plain, uint16_t *row)
{
    const fv_plan *p = r->plan;
    const int n = 3 * p->scale * (r->x1 - r->x0);
    int32_t *enlarged = fv_scratch(r, p->rows.values);
    uint16_t *rounded = fv_scratch(r, p->rows.composed);
    fv_compose(r, NULL, &p->step[p->creative.anchor], r->x0, n, y, dy, enlarged);
    p->kernels.round16(enlarged, rounded, n);
    p->kernels.mix(row, rounded, plain, n);
}
