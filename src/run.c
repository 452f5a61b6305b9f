/* SPDX-License-Identifier: MIT
 *
 * The row engine. A clock t goes down the rows; at each tick every step makes its row t - lag if that row is wanted, out
 * of the rings of the steps before it. So all layers advance together, a few rows apart, the rings stay in the cache,
 * and memory traffic is the picture in and the result out.
 *
 * A step's row y covers the source pixels [left, right): the rectangle and the step's margin, cut at the picture. At the
 * picture's border the ring row repeats its last pixel once, which is all that a 3x3 convolution reads beyond it. Rows
 * above and below the picture are the first and the last one: the row index is clamped. */
#include "run.h"

#include "pixels.h"

typedef struct run {
    const fv_plan *plan;
    const fovea_source *src;
    fovea_target dst;
    fovea_rect rect; /* of the result */
    int x0, x1, y0, y1; /* the source pixels it lies on */
    uint8_t *scratch;
    const fv_tap *tap;
} run;

/* ---- Where rows and pixels are ---- */

static int left_of(const run *r, const fv_step *s) { return fv_max(r->x0 - s->margin_x, 0); }
static int right_of(const run *r, const fv_step *s) { return fv_min(r->x1 + s->margin_x, r->src->picture_w); }
static int clamp_row(const run *r, int y) { return fv_clamp(y, 0, r->src->picture_h - 1); }

static bool wants_row(const run *r, const fv_step *s, int y)
{
    return y >= fv_max(r->y0 - s->margin_y, 0) && y < fv_min(r->y1 + s->margin_y, r->src->picture_h);
}

static uint8_t *row_at(const run *r, const fv_step *s, int y)
{
    return r->scratch + s->ring + (size_t)(clamp_row(r, y) % s->slots) * s->row;
}

/* Pixel x of row y; x may be one beyond the border. */
static uint8_t *pixel_at(const run *r, const fv_step *s, int x, int y)
{
    return row_at(r, s, y) + (size_t)(x - left_of(r, s) + 1) * s->pixel;
}

static void repeat_borders(const run *r, const fv_step *s, int y)
{
    const int left = left_of(r, s), right = right_of(r, s);
    if (left == 0) memcpy(pixel_at(r, s, -1, y), pixel_at(r, s, 0, y), s->pixel);
    if (right == r->src->picture_w) memcpy(pixel_at(r, s, right, y), pixel_at(r, s, right - 1, y), s->pixel);
}

/* ---- Steps ---- */

static void load(const run *r, const fv_step *s, int y)
{
    const int left = left_of(r, s), n = right_of(r, s) - left;
    uint16_t *rgb = (uint16_t *)(void *)(r->scratch + r->plan->load_rgb);
    uint16_t *alpha = (uint16_t *)(void *)(r->scratch + r->plan->load_alpha);
    fv_pixels_load(r->src, left, y, n, rgb, alpha);
    uint16_t *to = (uint16_t *)(void *)pixel_at(r, s, left, y);
    for (int i = 0; i < n; i++) {
        to[4 * i] = rgb[3 * i] >> 4;
        to[4 * i + 1] = rgb[3 * i + 1] >> 4;
        to[4 * i + 2] = rgb[3 * i + 2] >> 4;
        to[4 * i + 3] = 0;
    }
    repeat_borders(r, s, y);
}

static void convolve(const run *r, const fv_step *s, int y)
{
    const fv_step *input = &r->plan->step[s->input];
    const int left = left_of(r, s), n = right_of(r, s) - left;
    const uint8_t *in[3];
    for (int k = 0; k < 3; k++) in[k] = pixel_at(r, input, left - 1, y + k - 1);

    uint8_t *out = pixel_at(r, s, left, y);
    if (s->kind == FV_STEP_HEAD) {
        const uint16_t *in16[3];
        for (int k = 0; k < 3; k++) in16[k] = (const uint16_t *)(const void *)in[k];
        r->plan->kernels.head(&s->conv, in16, out, n);
    } else {
        const uint8_t *add = s->add >= 0 ? pixel_at(r, &r->plan->step[s->add], left, y) : NULL;
        r->plan->kernels.body(&s->conv, in, add, out, n);
    }
    repeat_borders(r, s, y);
    if (r->tap) r->tap->row(r->tap->user, s->input, left, y, n, out, 0);
}

static void tail(const run *r, const fv_step *s, int y)
{
    const fv_step *input = &r->plan->step[s->input];
    const int scale = r->plan->scale;
    const uint8_t *in[3];
    int32_t *out[4];
    for (int k = 0; k < 3; k++) in[k] = pixel_at(r, input, r->x0 - 1, y + k - 1);
    const size_t stride = s->row / (size_t)scale;
    for (int dy = 0; dy < scale; dy++) out[dy] = (int32_t *)(void *)(row_at(r, s, y) + (size_t)dy * stride);
    r->plan->kernels.tail(&s->conv, in, out, r->x1 - r->x0);
    if (r->tap) r->tap->row(r->tap->user, s->input, r->x0, y, r->x1 - r->x0, out[0], stride);
}

static void anchor(const run *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int n = r->x1 - r->x0;
    uint16_t *rgb = (uint16_t *)(void *)(r->scratch + p->load_rgb);
    uint8_t *row = row_at(r, s, y);
    uint16_t *alpha = (uint16_t *)(void *)(row + p->anchor_row.samples);
    fv_pixels_load(r->src, r->x0 - FV_ANCHOR_REACH, y, n + 2 * FV_ANCHOR_REACH, rgb, alpha);
    p->kernels.anchor_row(rgb, p->anchor->weights, p->anchor->base, p->scale, 3, (int32_t *)(void *)row, n);
    if (fv_format_alpha(r->src->format))
        p->kernels.anchor_row(alpha, p->anchor->weights, p->anchor->base, p->scale, 1,
                              (int32_t *)(void *)(row + p->anchor_row.alpha), n);
}

/* ---- Compose: one row of the result ---- */

/* The four rows that the anchor's taps of phase dy read around source row y. */
static void anchor_taps(const run *r, const fv_step *s, int y, int dy, const uint8_t *taps[4])
{
    const fv_step *rows = &r->plan->step[s->add];
    const int first = y - FV_ANCHOR_REACH + r->plan->anchor->base[dy];
    for (int j = 0; j < 4; j++) taps[j] = row_at(r, rows, first + j);
}

static void round_row(const fv_plan *p, int sample, const int32_t *values, void *out, int n)
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

/* Clamps (n, s) alpha values to the range of the samples their taps read. */
static void limit_alpha(const run *r, const uint8_t *const taps[4], int32_t *values)
{
    const fv_plan *p = r->plan;
    for (int i = 0; i < (r->x1 - r->x0) * p->scale; i++) {
        const int first = i / p->scale + p->anchor->base[i % p->scale];
        int low = 65535, high = 0;
        for (int j = 0; j < 4; j++) {
            const uint16_t *samples = (const uint16_t *)(const void *)(taps[j] + p->anchor_row.samples);
            for (int k = first; k < first + 4; k++) {
                low = fv_min(low, samples[k]);
                high = fv_max(high, samples[k]);
            }
        }
        values[i] = fv_clamp(values[i], 64 * low, 64 * high);
    }
}

/* Sample of `sample` bytes number i, from one array to another. */
static void copy_samples(const uint8_t *from, size_t from_step, uint8_t *to, size_t to_step, size_t bytes, int n)
{
    for (int i = 0; i < n; i++) memcpy(to + (size_t)i * to_step, from + (size_t)i * from_step, bytes);
}

/* The rectangle's pixels of a row: colours from values at pixel `skip`, alpha from the anchor. */
static void compose_alpha(const run *r, const uint8_t *const taps[4], int dy, int32_t *values, int colours, int skip,
                          uint8_t *to)
{
    const fv_plan *p = r->plan;
    const size_t sample = (size_t)fv_format_sample(r->dst.format), pixel = sample * (size_t)(colours + 1);
    const int w = r->rect.w, n = (r->x1 - r->x0) * p->scale;
    uint8_t *rounded = r->scratch + p->colours, *alpha = r->scratch + p->alphas;
    round_row(p, (int)sample, values + skip * colours, rounded, w * colours);

    const int32_t *h[4];
    for (int j = 0; j < 4; j++) h[j] = (const int32_t *)(const void *)(taps[j] + p->anchor_row.alpha);
    p->kernels.anchor_column(h, p->anchor->weights[dy], NULL, values, n);
    limit_alpha(r, taps, values);
    round_row(p, (int)sample, values + skip, alpha, w);

    copy_samples(rounded, sample * (size_t)colours, to, pixel, sample * (size_t)colours, w);
    copy_samples(alpha, sample, to + sample * (size_t)colours, pixel, sample, w);
}

static void compose_row(const run *r, const fv_step *s, int y, int dy)
{
    const fv_plan *p = r->plan;
    const fv_step *net = &p->step[s->input];
    const int n = (r->x1 - r->x0) * p->scale, skip = r->rect.x - r->x0 * p->scale;
    const size_t to_row = (size_t)(y * p->scale + dy - r->rect.y);
    uint8_t *to = (uint8_t *)r->dst.pixels + to_row * r->dst.stride;
    int32_t *values = (int32_t *)(void *)(r->scratch + p->values);

    const uint8_t *taps[4];
    const int32_t *h[4];
    anchor_taps(r, s, y, dy, taps);
    for (int j = 0; j < 4; j++) h[j] = (const int32_t *)(const void *)taps[j];
    const uint8_t *t = row_at(r, net, y) + (size_t)dy * (net->row / (size_t)p->scale);
    p->kernels.anchor_column(h, p->anchor->weights[dy], (const int32_t *)(const void *)t, values, 3 * n);

    const int colours = fv_format_grey(r->dst.format) ? 1 : 3;
    if (colours == 1) to_grey(values, n);
    if (fv_format_alpha(r->dst.format))
        compose_alpha(r, taps, dy, values, colours, skip, to);
    else
        round_row(p, fv_format_sample(r->dst.format), values + skip * colours, to, r->rect.w * colours);
}

static void compose(const run *r, const fv_step *s, int y)
{
    for (int dy = 0; dy < r->plan->scale; dy++) {
        const int row = y * r->plan->scale + dy;
        if (row >= r->rect.y && row < r->rect.y + r->rect.h) compose_row(r, s, y, dy);
    }
}

/* ---- ---- */

static void make_row(const run *r, const fv_step *s, int y)
{
    switch (s->kind) {
    case FV_STEP_LOAD: load(r, s, y); break;
    case FV_STEP_HEAD:
    case FV_STEP_BODY: convolve(r, s, y); break;
    case FV_STEP_TAIL: tail(r, s, y); break;
    case FV_STEP_ANCHOR: anchor(r, s, y); break;
    case FV_STEP_COMPOSE: compose(r, s, y); break;
    }
}

void fv_run(const fv_plan *p, const fovea_source *src, fovea_rect rect, const fovea_target *dst, uint8_t *scratch,
            const fv_tap *tap)
{
    const int s = p->scale;
    const run r = {
        .plan = p,
        .src = src,
        .dst = *dst,
        .rect = rect,
        .x0 = rect.x / s,
        .x1 = (rect.x + rect.w + s - 1) / s,
        .y0 = rect.y / s,
        .y1 = (rect.y + rect.h + s - 1) / s,
        .scratch = scratch,
        .tap = tap,
    };
    const int last_lag = p->step[p->steps - 1].lag;
    for (int t = fv_max(r.y0 - p->margin, 0); t < r.y1 + last_lag; t++)
        for (int i = 0; i < p->steps; i++) {
            const fv_step *step = &p->step[i];
            if (wants_row(&r, step, t - step->lag)) make_row(&r, step, t - step->lag);
        }
}
