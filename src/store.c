/* SPDX-License-Identifier: MIT
 *
 * The last step: rows of the result, rounded to the target's depth, grey made of the three colours, alpha enlarged
 * beside them (doc/format.md, sections 2 and 3). */
#include "pixels.h"
#include "run.h"

void fv_compose(const fv_walk *r, const fv_step *tail, const fv_step *anchor, int x, int n, int y, int dy,
                int32_t *values)
{
    const fv_plan *p = r->plan;
    const int32_t *h[4];
    fv_taps(r, anchor, x, y, dy, h);
    const void *t = fv_subrow(r, tail, x, y, dy);
    p->kernels.anchor_column(h, p->anchor->weights[dy], t, values, n);
}

void fv_store_alpha(const fv_walk *r, const fv_step *s, int y)
{
    if (!fv_format_alpha(r->src->format)) return;
    const fv_plan *p = r->plan;
    const int n = r->x1 - r->x0;
    uint8_t *row = fv_row(r, s, y);
    uint16_t *samples = (uint16_t *)(void *)(row + p->alpha_samples), *rgb = fv_scratch(r, p->rows.rgb);
    fv_pixels_load(r->src, r->x0 - FV_ANCHOR_REACH, y, n + 2 * FV_ANCHOR_REACH, rgb, samples);
    p->kernels.anchor_row(samples, p->anchor->weights, p->anchor->base, p->scale, 1, (int32_t *)(void *)row, n);
}

static void round_values(const fv_plan *p, size_t sample, const int32_t *values, void *out, int n)
{
    if (sample == 1)
        p->kernels.round8(values, out, n);
    else
        p->kernels.round16(values, out, n);
}

/* values: (n, 3) to (n), in place. */
static void to_grey(int32_t *values, int n)
{
    for (int i = 0; i < n; i++)
        values[i] = (values[3 * i] + 2 * values[3 * i + 1] + values[3 * i + 2] + 2) >> 2;
}

/* Row dy of alpha for source row y: (n) values, clamped to the range of the samples their taps read. */
static void alpha_values(const fv_walk *r, const fv_step *s, int y, int dy, int32_t *values, int n)
{
    const fv_plan *p = r->plan;
    const int32_t *h[4];
    const uint16_t *samples[4];
    fv_taps(r, s, r->x0, y, dy, h);
    for (int j = 0; j < 4; j++) samples[j] = (const uint16_t *)(const void *)((const uint8_t *)h[j] + p->alpha_samples);
    p->kernels.anchor_column(h, p->anchor->weights[dy], NULL, values, n);
    for (int i = 0; i < n; i++) {
        const int first = i / p->scale + p->anchor->base[i % p->scale];
        int low = 65535, high = 0;
        for (int j = 0; j < 4; j++)
            for (int k = first; k < first + 4; k++) {
                low = fv_min(low, samples[j][k]);
                high = fv_max(high, samples[j][k]);
            }
        values[i] = fv_clamp(values[i], 64 * low, 64 * high);
    }
}

/* n pieces of `bytes` bytes from one array to another. */
static void copy_pieces(const uint8_t *from, size_t from_step, uint8_t *to, size_t to_step, size_t bytes, int n)
{
    for (int i = 0; i < n; i++) memcpy(to + (size_t)i * to_step, from + (size_t)i * from_step, bytes);
}

/* The rectangle's pixels of a row with alpha; skip: result pixels before the rectangle's first. */
static void store_with_alpha(const fv_walk *r, const fv_step *alpha, int y, int dy, int32_t *values, int colours,
                             int skip, uint8_t *to)
{
    const fv_plan *p = r->plan;
    const size_t sample = (size_t)fv_format_sample(r->dst.format), pixel = sample * (size_t)(colours + 1);
    const int w = r->rect.w;
    uint8_t *rounded = fv_scratch(r, p->rows.colours), *alphas = fv_scratch(r, p->rows.alphas);
    round_values(p, sample, values + skip * colours, rounded, w * colours);
    alpha_values(r, alpha, y, dy, values, (r->x1 - r->x0) * p->scale);
    round_values(p, sample, values + skip, alphas, w);
    copy_pieces(rounded, sample * (size_t)colours, to, pixel, sample * (size_t)colours, w);
    copy_pieces(alphas, sample, to + sample * (size_t)colours, pixel, sample, w);
}

/* values: (n, s, 3) in 1/64 level, row dy of source row y. */
static void store_row(const fv_walk *r, const fv_step *alpha, int y, int dy, int32_t *values)
{
    const fv_plan *p = r->plan;
    const int skip = r->rect.x - r->x0 * p->scale, colours = fv_format_grey(r->dst.format) ? 1 : 3;
    uint8_t *to = (uint8_t *)r->dst.pixels + (size_t)(y * p->scale + dy - r->rect.y) * r->dst.stride;
    if (colours == 1) to_grey(values, (r->x1 - r->x0) * p->scale);
    if (fv_format_alpha(r->dst.format))
        store_with_alpha(r, alpha, y, dy, values, colours, skip, to);
    else
        round_values(p, (size_t)fv_format_sample(r->dst.format), values + skip * colours, to, r->rect.w * colours);
}

/* s->input: the last rows before the target, or without passes the tail; s->add: with passes the guard's source rows,
 * otherwise the anchor; the step before s is always ALPHA. */
void fv_store(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const fv_step *input = &p->step[s->input], *add = &p->step[s->add];
    const int n = r->x1 - r->x0;
    int32_t *values = fv_scratch(r, p->rows.values);
    uint16_t *low = fv_scratch(r, p->rows.low), *high = fv_scratch(r, p->rows.high);
    if (p->passes) fv_faithful_guard(r, add, y, low, high);
    for (int dy = 0; dy < p->scale; dy++) {
        const int row = y * p->scale + dy;
        if (row < r->rect.y || row >= r->rect.y + r->rect.h) continue;
        if (p->passes)
            p->kernels.limit((const uint16_t *)(const void *)fv_subrow(r, input, r->x0, y, dy), low, high, p->scale,
                             values, n);
        else
            fv_compose(r, input, add, r->x0, 3 * p->scale * n, y, dy, values);
        store_row(r, s - 1, y, dy, values);
    }
}
