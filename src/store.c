/* SPDX-License-Identifier: MIT
 *
 * The last step: rows of the result, rounded to the target's depth, grey made of the three colours, alpha beside them as
 * it is or, in a walk of its own, as the net enlarges it (doc/format.md, sections 2 and 3). */
#include "pixels.h"
#include "run.h"

void fv_compose(const fv_walk *r, const fv_step *tail, const fv_step *anchor, int x, int n, int y, int dy, int32_t *values)
{
    const fv_plan *p = r->plan;
    const int32_t *h[4];
    fv_taps(r, anchor, x, y, dy, 0, h);
    const int32_t *t = tail ? fv_part(r, tail, x, y, dy) : NULL;
    p->kernels.anchor_column(h, p->anchor->weights[dy], t, values, n);
}

void fv_store_alpha(const fv_walk *r, const fv_step *s, int y)
{
    const bool alone = fv_format_alone(r->src->format);
    if (!alone && !fv_format_alpha(r->src->format)) return;
    const int n = r->x1 - r->x0 + 2 * FV_ANCHOR_REACH;
    uint16_t *samples = (uint16_t *)(void *)fv_row(r, s, y), *rgb = fv_scratch(r, r->plan->rows.rgb);
    fv_pixels_load(r->src, r->x0 - FV_ANCHOR_REACH, y, n, rgb, samples);
    for (int i = 0; alone && i < n; i++) samples[i] = rgb[3 * i];
}

static void round_values(const fv_plan *p, size_t sample, const int32_t *values, void *out, int n)
{
    if (sample == 1)
        p->kernels.round8(values, out, n);
    else
        p->kernels.round16(values, out, n);
}

/* values: (n, 3) to (n), in place. The sum of what a strange net gives needs more than 32 bits. */
static void to_grey(int32_t *values, int n)
{
    for (int i = 0; i < n; i++) {
        const int32_t *v = values + 3 * i;
        values[i] = (int32_t)(((int64_t)v[0] + 2 * (int64_t)v[1] + v[2] + 2) >> 2);
    }
}

/* What the 3x3 samples of alpha around one are. */
typedef enum alpha_kind {
    ALPHA_SOFT,
    ALPHA_FLAT, /* one value */
    ALPHA_STAIR, /* opaque or clear, nothing between and no straight edge: a mask without soft edges */
} alpha_kind;

/* rows: y - 1, y and y + 1, from pixel x - 1 on. */
static alpha_kind alpha_around(const uint16_t *const rows[3])
{
    bool flat = true, hard = true, rows_alike = true, columns_alike = true;
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < 3; k++) {
            const uint16_t v = rows[j][k];
            flat = flat && v == rows[0][0];
            hard = hard && (v == 0 || v == 65535);
            rows_alike = rows_alike && v == rows[0][k];
            columns_alike = columns_alike && v == rows[j][0];
        }
    return flat ? ALPHA_FLAT : hard && !rows_alike && !columns_alike ? ALPHA_STAIR : ALPHA_SOFT;
}

/* The anchor alone: row dy of one source pixel, (s). rows: y - 2 .. y + 2, from pixel x - 2 on. */
static void plain_alpha(const fv_plan *p, const uint16_t *const rows[5], int dy, int32_t *values)
{
    const fv_anchor *a = p->anchor;
    int32_t across[4][4];
    const int32_t *h[4];
    for (int j = 0; j < 4; j++) {
        h[j] = across[j];
        p->kernels.anchor_row(rows[a->base[dy] + j], a->weights, a->base, p->scale, 1, across[j], 1);
    }
    p->kernels.anchor_column(h, a->weights[dy], NULL, values, p->scale);
}

/* values: (n, s), row dy of alpha alone for source row y, as the net has it. What is opaque, or clear, around it stays wholly
 * so; and stairs are not what a net has learned from. */
static void settle_alpha(const fv_walk *r, const fv_step *s, int y, int dy, int32_t *values)
{
    const fv_plan *p = r->plan;
    const uint16_t *rows[5];
    for (int k = 0; k < 5; k++) rows[k] = (const uint16_t *)(const void *)fv_row(r, s, y + k - FV_ANCHOR_REACH);
    for (int i = 0; i < r->x1 - r->x0; i++, values += p->scale) {
        const uint16_t *const near[3] = {rows[1] + 1, rows[2] + 1, rows[3] + 1};
        const alpha_kind kind = alpha_around(near);
        if (kind == ALPHA_STAIR) plain_alpha(p, rows, dy, values);
        for (int d = 0; kind == ALPHA_FLAT && d < p->scale; d++) values[d] = 64 * near[1][1];
        for (int k = 0; k < 5; k++) rows[k]++;
    }
}

/* (n) values of alpha beside the colours of source row y: each source sample's own. Where they differ it is to be made alone. */
static void repeat_alpha(const fv_walk *r, const fv_step *s, int y, int32_t *values, int n)
{
    const uint16_t *samples = (const uint16_t *)(const void *)fv_row(r, s, y);
    for (int i = 0; i < n; i++) values[i] = 64 * samples[i / r->plan->scale + FV_ANCHOR_REACH];
}

/* n pieces of `bytes` bytes from one array to another. */
static void copy_pieces(const uint8_t *from, size_t from_step, uint8_t *to, size_t to_step, size_t bytes, int n)
{
    for (int i = 0; i < n; i++) memcpy(to + (size_t)i * to_step, from + (size_t)i * from_step, bytes);
}

/* Where row dy of the net's result for source row y goes. */
static uint8_t *stored_row(const fv_walk *r, const fv_step *s, int y, int dy)
{
    if (r->sized) return fv_part(r, s, r->x0, y, dy);
    return (uint8_t *)r->dst.pixels + (size_t)(y * r->plan->scale + dy - r->rect.y) * r->dst.stride;
}

/* Bytes of a sample of it. */
static size_t stored_sample(const fv_walk *r) { return r->sized ? 2 : (size_t)fv_format_sample(r->dst.format); }

/* The pixels of a row with alpha; skip: pixels of the net's result before the first that is stored. */
static void store_with_alpha(const fv_walk *r, const fv_step *s, int y, int32_t *values, int colours, int skip, uint8_t *to)
{
    const fv_plan *p = r->plan;
    const size_t sample = stored_sample(r), pixel = sample * (size_t)(colours + 1);
    const int w = r->net.w;
    uint8_t *rounded = fv_scratch(r, p->rows.colours), *alphas = fv_scratch(r, p->rows.alphas);
    round_values(p, sample, values + skip * colours, rounded, w * colours);
    repeat_alpha(r, s - 1, y, values, (r->x1 - r->x0) * p->scale);
    round_values(p, sample, values + skip, alphas, w);
    copy_pieces(rounded, sample * (size_t)colours, to, pixel, sample * (size_t)colours, w);
    copy_pieces(alphas, sample, to + sample * (size_t)colours, pixel, sample, w);
}

/* Alpha alone, among the colours that are there; a row to be resized holds nothing else. */
static void store_alone(const fv_walk *r, int32_t *values, int skip, uint8_t *to)
{
    const size_t sample = stored_sample(r), pixel = r->sized ? sample : fv_format_pixel(r->dst.format);
    uint8_t *alphas = fv_scratch(r, r->plan->rows.alphas);
    round_values(r->plan, sample, values + skip, alphas, r->net.w);
    copy_pieces(alphas, sample, to + pixel - sample, pixel, sample, r->net.w);
}

/* values: (n, s, 3) in 1/64 level, row dy of source row y. */
static void store_row(const fv_walk *r, const fv_step *s, int y, int dy, int32_t *values)
{
    const fv_plan *p = r->plan;
    const int skip = r->net.x - r->x0 * p->scale, n = (r->x1 - r->x0) * p->scale,
              colours = fv_format_grey(r->dst.format) ? 1 : 3;
    uint8_t *to = stored_row(r, s, y, dy);
    if (colours == 1) to_grey(values, n);
    if (fv_format_alone(r->dst.format)) {
        settle_alpha(r, s - 1, y, dy, values);
        store_alone(r, values, skip, to);
    } else if (fv_format_alpha(r->dst.format))
        store_with_alpha(r, s, y, values, colours, skip, to);
    else
        round_values(p, stored_sample(r), values + skip * colours, to, r->net.w * colours);
}

/* Row dy for source row y with passes, (n, scale, 3). s->input and s->add: the corrected rows; in creative mode either net's. */
static const uint16_t *join_row(const fv_walk *r, const fv_step *s, const fv_mix *mix, int y, int dy)
{
    const fv_plan *p = r->plan;
    const fv_step *input = &p->step[s->input];
    const uint16_t *phase[4] = {NULL};
    uint16_t *joined = fv_scratch(r, p->rows.joined);
    for (int dx = 0; dx < p->scale; dx++)
        phase[dx] = mix ? fv_blend_phase(r, s, y, dy, dx, mix->creative) : fv_phase(r, input, r->x0, y, dy, dx);
    fv_phases_join(phase, p->scale, joined, r->x1 - r->x0);
    if (mix && mix->plain) fv_blend_plain(r, y, dy, mix->plain, joined);
    return joined;
}

/* What needs no more than other samples. */
static void store_joined(const fv_walk *r, const fv_step *s, int y, int dy, const uint16_t *joined)
{
    const int count = 3 * r->net.w;
    const uint16_t *from = joined + 3 * (r->net.x - r->x0 * r->plan->scale);
    if (stored_sample(r) == 1)
        r->plan->kernels.narrow8(from, stored_row(r, s, y, dy), count);
    else
        memcpy(stored_row(r, s, y, dy), from, (size_t)count * sizeof *from);
}

static void store_corrected(const fv_walk *r, const fv_step *s, const fv_mix *mix, int y, int dy, int32_t *values)
{
    const uint16_t *joined = join_row(r, s, mix, y, dy);
    if (fv_format_channels(r->dst.format) == 3) {
        store_joined(r, s, y, dy, joined);
        return;
    }
    for (int i = 0; i < 3 * r->plan->scale * (r->x1 - r->x0); i++) values[i] = 64 * joined[i];
    store_row(r, s, y, dy, values);
}

/* Without passes; s->input and s->add: tail and anchor. */
static void store_composed(const fv_walk *r, const fv_step *s, int y, int dy, int32_t *values)
{
    const fv_plan *p = r->plan;
    fv_compose(r, &p->step[s->input], &p->step[s->add], r->x0, 3 * p->scale * (r->x1 - r->x0), y, dy, values);
    store_row(r, s, y, dy, values);
}

/* The step before s is always ALPHA. */
void fv_store(const fv_walk *r, const fv_step *s, int y)
{
    int32_t *values = fv_scratch(r, r->plan->rows.values);
    const bool creative = r->plan->creative.strength > 0 && !fv_format_alone(r->dst.format);
    const fv_mix mix = creative ? fv_protect_mix(r, y) : (fv_mix){NULL, NULL};
    for (int dy = 0; dy < r->plan->scale; dy++) {
        const int row = y * r->plan->scale + dy;
        if (row < r->net.y || row >= r->net.y + r->net.h) continue;
        if (r->plan->passes)
            store_corrected(r, s, creative ? &mix : NULL, y, dy, values);
        else
            store_composed(r, s, y, dy, values);
    }
}

/* ---- A result of another size (doc/format.md, section 6) ---- */

void fv_resize_columns(const fv_walk *r)
{
    int32_t *at = fv_scratch(r, r->plan->rows.at);
    int16_t *weights = fv_scratch(r, r->plan->rows.weights);
    const int taps = fv_axis_taps(r->across);
    for (int i = 0; i < r->rect.w; i++) {
        int64_t first;
        fv_axis_weights(r->across, r->rect.x + i, &first, weights + i * taps);
        at[i] = (int32_t)(first - r->net.x) + FV_MAX_RESIZE_TAPS;
    }
}

/* Net rows weighted down the columns into rows.resized: (net.w, channels) after FV_MAX_RESIZE_TAPS pixels, which like as
 * many behind repeat the picture's border where there is one. */
static int32_t *weigh_rows(const fv_walk *r, const fv_step *rows, int row, int channels)
{
    const int s = r->plan->scale, last = r->src->picture_h * s - 1, count = r->net.w * channels;
    int16_t w[FV_MAX_RESIZE_TAPS];
    const uint16_t *from[FV_MAX_RESIZE_TAPS];
    int64_t first;
    const int taps = fv_axis_weights(r->down, row, &first, w);
    for (int j = 0; j < taps; j++) {
        const int net_row = fv_clamp((int)first + j, r->net.y, fv_min(r->net.y + r->net.h - 1, last));
        from[j] = fv_part(r, rows, r->x0, net_row / s, net_row % s);
    }
    int32_t *padded = fv_scratch(r, r->plan->rows.resized), *out = padded + FV_MAX_RESIZE_TAPS * channels;
    r->plan->kernels.shrink_column(from, w, taps, out, count);
    for (int i = 0; i < FV_MAX_RESIZE_TAPS * channels; i++) {
        padded[i] = out[i % channels];
        out[count + i] = out[count - channels + i % channels];
    }
    return padded;
}

/* n samples to every `step`-th of a row's. */
static void put_samples(const uint16_t *samples, int n, int sample, uint8_t *row, int step)
{
    if (sample == 1)
        for (int i = 0; i < n; i++) row[i * step] = (uint8_t)((samples[i] + 128u) / 257u);
    else
        copy_pieces((const uint8_t *)samples, 2, row, 2 * (size_t)step, 2, n);
}

static void resize_row(const fv_walk *r, const fv_step *rows, int row)
{
    const fovea_format format = r->dst.format;
    const int channels = fv_format_values(format), step = fv_format_alone(format) ? fv_format_channels(format) : 1;
    uint8_t *to = (uint8_t *)r->dst.pixels + (size_t)(row - r->rect.y) * r->dst.stride;
    uint16_t *samples = fv_scratch(r, r->plan->rows.samples);
    const int32_t *in = weigh_rows(r, rows, row, channels);
    r->plan->kernels.resize_row(in, channels, fv_scratch(r, r->plan->rows.at), fv_scratch(r, r->plan->rows.weights),
                                fv_axis_taps(r->across), samples, r->rect.w);
    put_samples(samples, r->rect.w * channels, fv_format_sample(format), to + (step - 1) * fv_format_sample(format), step);
}

/* Every row of the result whose last source row is y. */
void fv_resize(fv_walk *r, const fv_step *s, int y)
{
    if (!r->sized) return;
    for (; r->next < r->rect.y + r->rect.h; r->next++) {
        int first, last;
        fv_run_span(r->plan, r->src->picture_h, r->src->result_h, r->next, 1, &first, &last);
        if (last - 1 > y) return;
        resize_row(r, &r->plan->step[s->input], r->next);
    }
}
