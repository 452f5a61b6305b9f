/* SPDX-License-Identifier: MIT
 *
 * The row engine. A clock t goes down the rows; at each tick every step makes its row t - lag if that row is wanted, out
 * of the rings of the steps before it. So all layers advance together, a few rows apart, the rings stay in the cache,
 * and memory traffic is the picture in and the result out.
 *
 * Borders repeat the edge: at the picture's border a ring row repeats its last pixel once, which is all that a 3x3
 * convolution reads beyond it; rows above and below the picture are the first and the last one, by clamping the index. */
#include "run.h"

#include "faithful.h"
#include "pixels.h"

static void repeat_borders(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s), right = fv_right(r, s);
    if (left == 0) memcpy(fv_pixel(r, s, -1, y), fv_pixel(r, s, 0, y), s->pixel);
    if (right == r->src->picture_w) memcpy(fv_pixel(r, s, right, y), fv_pixel(r, s, right - 1, y), s->pixel);
}

static void load(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s), n = fv_width(r, s);
    uint16_t *rgb = fv_scratch(r, r->plan->rows.rgb), *alpha = fv_scratch(r, r->plan->rows.alpha);
    fv_pixels_load(r->src, left, y, n, rgb, alpha);
    uint16_t *to = (uint16_t *)(void *)fv_pixel(r, s, left, y);
    for (int i = 0; i < n; i++) {
        to[4 * i] = rgb[3 * i] >> 4;
        to[4 * i + 1] = rgb[3 * i + 1] >> 4;
        to[4 * i + 2] = rgb[3 * i + 2] >> 4;
        to[4 * i + 3] = 0;
    }
    repeat_borders(r, s, y);
}

static void convolve(const fv_walk *r, const fv_step *s, int y)
{
    const fv_step *input = &r->plan->step[s->input];
    const int left = fv_left(r, s), n = fv_width(r, s);
    const uint8_t *in[3];
    for (int k = 0; k < 3; k++) in[k] = fv_pixel(r, input, left - 1, y + k - 1);

    uint8_t *out = fv_pixel(r, s, left, y);
    if (s->kind == FV_STEP_HEAD) {
        const uint16_t *in16[3];
        for (int k = 0; k < 3; k++) in16[k] = (const uint16_t *)(const void *)in[k];
        r->plan->kernels.head(&s->conv, in16, out, n);
    } else {
        const uint8_t *add = s->add >= 0 ? fv_pixel(r, &r->plan->step[s->add], left, y) : NULL;
        r->plan->kernels.body(&s->conv, in, add, out, n);
    }
    repeat_borders(r, s, y);
    if (r->tap) r->tap->row(r->tap->user, s->layer, left, y, n, out, 0);
}

/* The rows that rows y ... y + rows - 1 of s read. Those below may not be there yet. */
static void rows_around(const fv_walk *r, const fv_step *s, int y, int rows, const uint8_t *in[FV_GROUP + 2])
{
    const fv_step *input = &r->plan->step[s->input];
    const int left = fv_left(r, s);
    for (int k = 0; k < FV_GROUP + 2; k++) in[k] = fv_pixel(r, input, left - 1, y + fv_min(k, rows + 1) - 1);
}

/* Rows y ... y + rows - 1 of a body at once. */
static void convolve_rows(const fv_walk *r, const fv_step *s, int y, int rows)
{
    const int left = fv_left(r, s), n = fv_width(r, s);
    const uint8_t *in[FV_GROUP + 2], *add[FV_GROUP] = {NULL};
    uint8_t *out[FV_GROUP] = {NULL};
    rows_around(r, s, y, rows, in);
    for (int k = 0; k < rows; k++) {
        out[k] = fv_pixel(r, s, left, y + k);
        if (s->add >= 0) add[k] = fv_pixel(r, &r->plan->step[s->add], left, y + k);
    }
    r->plan->kernels.body_rows(&s->conv, in, add, out, rows, n, fv_scratch(r, r->plan->rows.work));
    for (int k = 0; k < rows; k++) {
        repeat_borders(r, s, y + k);
        if (r->tap) r->tap->row(r->tap->user, s->layer, left, y + k, n, out[k], 0);
    }
}

static void tail(const fv_walk *r, const fv_step *s, int y)
{
    const fv_step *input = &r->plan->step[s->input];
    const int left = fv_left(r, s), n = fv_width(r, s);
    const uint8_t *in[3];
    int32_t *out[4];
    for (int k = 0; k < 3; k++) in[k] = fv_pixel(r, input, left - 1, y + k - 1);
    for (int dy = 0; dy < r->plan->scale; dy++) out[dy] = fv_part(r, s, left, y, dy);
    r->plan->kernels.tail(&s->conv, in, out, n);
    if (r->tap) r->tap->row(r->tap->user, s->layer, left, y, n, out[0], s->row / (size_t)r->plan->scale);
}

/* Rows y ... y + rows - 1 of a tail at once. */
static void tail_rows(const fv_walk *r, const fv_step *s, int y, int rows)
{
    const int left = fv_left(r, s), n = fv_width(r, s), scale = r->plan->scale;
    const uint8_t *in[FV_GROUP + 2];
    int32_t *out[FV_GROUP][4] = {{NULL}};
    rows_around(r, s, y, rows, in);
    for (int k = 0; k < rows; k++)
        for (int dy = 0; dy < scale; dy++) out[k][dy] = fv_part(r, s, left, y + k, dy);
    r->plan->kernels.tail_rows(&s->conv, in, out, rows, n, fv_scratch(r, r->plan->rows.work));
    for (int k = 0; r->tap && k < rows; k++)
        r->tap->row(r->tap->user, s->layer, left, y + k, n, out[k][0], s->row / (size_t)scale);
}

static void mean(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), n = 3 * p->scale * fv_width(r, s), apart = (s->add - s->input) / (FV_ENSEMBLE - 1);
    for (int dy = 0; dy < p->scale; dy++) {
        int32_t *sum = fv_part(r, s, left, y, dy);
        for (int way = 1; way < FV_ENSEMBLE; way++) {
            const int32_t *more = fv_part(r, &p->step[s->input + way * apart], left, y, dy);
            for (int i = 0; i < n; i++) sum[i] += more[i];
        }
        for (int i = 0; i < n; i++) sum[i] = (sum[i] + FV_ENSEMBLE / 2) >> 3;
    }
}

static void anchor(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), n = fv_width(r, s);
    uint16_t *rgb = fv_scratch(r, p->rows.rgb), *alpha = fv_scratch(r, p->rows.alpha);
    fv_pixels_load(r->src, left - FV_ANCHOR_REACH, y, n + 2 * FV_ANCHOR_REACH, rgb, alpha);
    p->kernels.anchor_row(rgb, p->anchor->weights, p->anchor->base, p->scale, 3, (int32_t *)(void *)fv_row(r, s, y), n);
}

static void compose(const fv_walk *r, const fv_step *s, int y)
{
    const fv_plan *p = r->plan;
    const int left = fv_left(r, s), width = fv_width(r, s), n = 3 * p->scale * width;
    int32_t *values = fv_scratch(r, p->rows.values);
    uint16_t *composed = fv_scratch(r, p->rows.composed), *phase[4];
    for (int dy = 0; dy < p->scale; dy++) {
        fv_compose(r, &p->step[s->input], &p->step[s->add], left, n, y, dy, values);
        p->kernels.round16(values, composed, n);
        for (int dx = 0; dx < p->scale; dx++) phase[dx] = fv_phase(r, s, left, y, dy, dx);
        fv_phases_split(composed, p->scale, phase, width);
    }
}

static void keep_source(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s) - FV_GUARD_REACH, n = fv_width(r, s) + 2 * FV_GUARD_REACH;
    fv_pixels_load(r->src, left, y, n, (uint16_t *)(void *)fv_row(r, s, y), fv_scratch(r, r->plan->rows.alpha));
}

static void make_row(fv_walk *r, const fv_step *s, int y)
{
    switch (s->kind) {
    case FV_STEP_LOAD: load(r, s, y); break;
    case FV_STEP_HEAD:
    case FV_STEP_BODY: convolve(r, s, y); break;
    case FV_STEP_TAIL: tail(r, s, y); break;
    case FV_STEP_MEAN: mean(r, s, y); break;
    case FV_STEP_ANCHOR: anchor(r, s, y); break;
    case FV_STEP_COMPOSE: compose(r, s, y); break;
    case FV_STEP_SOURCE: keep_source(r, s, y); break;
    case FV_STEP_BOUNDS: fv_faithful_bounds(r, s, y); break;
    case FV_STEP_SHRINK: fv_faithful_shrink(r, s, y); break;
    case FV_STEP_ENLARGE: fv_faithful_enlarge(r, s, y); break;
    case FV_STEP_CORRECT: fv_faithful_correct(r, s, y); break;
    case FV_STEP_SUMS: fv_blocks_sums(r, s, y); break;
    case FV_STEP_OFFSETS: fv_blocks_offsets(r, s, y); break;
    case FV_STEP_MOVE: fv_blocks_move(r, s, y); break;
    case FV_STEP_DRIFT: fv_blend_drift(r, s, y); break;
    case FV_STEP_TINT: fv_blend_tint(r, s, y); break;
    case FV_STEP_LUMA: fv_protect_luma(r, s, y); break;
    case FV_STEP_MARKS: fv_protect_marks(r, s, y); break;
    case FV_STEP_ALPHA: fv_store_alpha(r, s, y); break;
    case FV_STEP_STORE: fv_store(r, s, y); break;
    case FV_STEP_RESIZE: fv_resize(r, s, y); break;
    }
}

/* Makes those of rows y ... y + rows - 1 that are wanted. No step is further ahead of the last one than its margin, so no row is
 * made that a rectangle ending here would not need, and the walk can go on below it. */
static void make_rows(fv_walk *r, const fv_step *s, int y, int rows)
{
    const int first = fv_max(y, fv_max(r->y0 - s->margin_y, 0)), end = fv_min(y + rows, r->src->picture_h);
    if (first >= end || (s->colours && fv_format_alone(r->dst.format))) return;
    if (s->conv.winograd)
        (s->kind == FV_STEP_TAIL ? tail_rows : convolve_rows)(r, s, first, end - first);
    else
        for (int i = first; i < end; i++) make_row(r, s, i);
}

/* The first tick at which a step has a row to make. */
static int first_tick(const fv_walk *r)
{
    int first = r->y0;
    for (int i = 0; i < r->plan->steps; i++) {
        const fv_step *s = &r->plan->step[i];
        first = fv_min(first, fv_max(r->y0 - s->margin_y, 0) + s->lag);
    }
    return first;
}

void fv_run_span(const fv_plan *p, int picture, int result, int from, int count, int *first, int *last)
{
    const int scale = p->scale;
    if (result == picture * scale) {
        *first = from / scale;
        *last = (from + count - 1) / scale + 1;
        return;
    }
    const fv_axis axis = {.kind = p->kind, .in = (int64_t)picture * scale, .out = result};
    int16_t w[FV_MAX_RESIZE_TAPS];
    int64_t top, bottom;
    fv_axis_weights(axis, from, &top, w);
    const int taps = fv_axis_weights(axis, from + count - 1, &bottom, w);
    *first = fv_clamp((int)top, 0, picture * scale - 1) / scale;
    *last = fv_clamp((int)bottom + taps - 1, 0, picture * scale - 1) / scale + 1;
}

void fv_run_begin(fv_walk *r, const fv_plan *p, const fovea_source *src, fovea_rect rect, const fovea_target *dst,
                  uint8_t *scratch, const fv_tap *tap)
{
    const int s = p->scale;
    *r = (fv_walk){.plan = p, .src = src, .dst = *dst, .rect = rect, .net = rect, .scratch = scratch, .tap = tap};
    fv_run_span(p, src->picture_w, src->result_w, rect.x, rect.w, &r->x0, &r->x1);
    fv_run_span(p, src->picture_h, src->result_h, rect.y, 1, &r->y0, &r->y1);
    r->rect.h = 0;
    r->sized = src->result_w != src->picture_w * s || src->result_h != src->picture_h * s;
    if (r->sized) {
        r->net = (fovea_rect){r->x0 * s, r->y0 * s, (r->x1 - r->x0) * s, 0};
        r->across = (fv_axis){.kind = p->kind, .in = (int64_t)src->picture_w * s, .out = src->result_w};
        r->down = (fv_axis){.kind = p->kind, .in = (int64_t)src->picture_h * s, .out = src->result_h};
        r->next = rect.y;
        fv_resize_columns(r);
    }
    r->tick = first_tick(r);
}

void fv_run_go_on(fv_walk *r, const fovea_source *src, const fovea_target *dst)
{
    r->src = src;
    r->dst = *dst;
    r->rect.y += r->rect.h;
    r->rect.h = 0;
    if (!r->sized) r->net.y = r->rect.y;
}

void fv_run_rows(fv_walk *r, int rows)
{
    const fv_plan *p = r->plan;
    const fv_step *last = &p->step[p->steps - 1];
    int first;
    r->rect.h += rows;
    fv_run_span(p, r->src->picture_h, r->src->result_h, r->rect.y + r->rect.h - 1, 1, &first, &r->y1);
    r->net.h = r->sized ? r->y1 * p->scale - r->net.y : r->rect.h;
    fv_resize(r, last, r->tick - 1 - last->lag); /* rows that only had to wait */
    for (const int end = r->y1 + last->lag; r->tick < end;) {
        /* The first one may be smaller, so that others end with a piece. */
        const int group = (end - r->tick - 1) % p->group + 1;
        for (int i = 0; i < p->steps; i++) make_rows(r, &p->step[i], r->tick - p->step[i].lag, group);
        r->tick += group;
    }
}
