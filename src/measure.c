/* SPDX-License-Identifier: MIT
 *
 * Two pictures come down together, row by row. Of each only so many rows are kept as the slowest of the parts still
 * needs; a new large row is asked for once the small rows beside it are there, and after each row every part does what
 * can be done. Nothing depends on the height, so a scan of a metre measures in the memory of a stamp of its width. */
#include "measure.h"
#include "measure_math.h"
#include "pixels.h"

enum {
    LARGE_ROWS = 15, /* kept, in small rows: FV_COVER + FV_SOLVE_REACH + what one D row reads, rounded up */
    LINES_AHEAD = 24, /* of D's vertical axis, before they are used */
};

/* ---- Memory ---- */

static void lay_out_lines(fv_lines *l, fv_arena *a)
{
    l->first = fv_take(a, l->slots, sizeof *l->first);
    l->count = fv_take(a, l->slots, sizeof *l->count);
    l->w = fv_take(a, (int64_t)l->slots * l->taps, sizeof *l->w);
}

static void lay_out_sums(fovea_measure *m, fv_arena *a)
{
    m->error.bins = fv_take(a, FV_BINS, sizeof *m->error.bins);
    m->drift.bins = fv_take(a, FV_BINS, sizeof *m->drift.bins);
    m->halo.bins = fv_take(a, FV_BINS, sizeof *m->halo.bins);
    m->colours = fv_take(a, FV_COLOUR_STEPS + 1, sizeof *m->colours);
    m->blocks = fv_take(a, FV_BLOCK_ROWS * 3 * (int64_t)m->blocks_across, sizeof *m->blocks);
    m->small_blocks = fv_take(a, 3 * (int64_t)m->blocks_across, sizeof *m->small_blocks);
}

/* What the figures beyond consistency and shift need. */
static void lay_out_rest(fovea_measure *m, fv_arena *a)
{
    const int64_t sw = m->sw, lw = m->lw;
    m->band = fv_take(a, sw * (FV_OVERLAP + 1), sizeof *m->band);
    m->columns = fv_take(a, lw, sizeof *m->columns);
    m->pairs = fv_take(a, FV_LINES * (FV_OVERLAP + 1), sizeof *m->pairs);
    m->coefficients = fv_take(a, FV_SHRUNK_ROWS * sw, sizeof *m->coefficients);
    m->solution = fv_take(a, FV_SHRUNK_ROWS * sw, sizeof *m->solution);
    m->mix = fv_take(a, sw, sizeof *m->mix);
    m->enlarged = fv_take(a, lw, sizeof *m->enlarged);
    m->mean = fv_take(a, sw, sizeof *m->mean);
    m->least = fv_take(a, 3 * sw, sizeof *m->least);
    m->most = fv_take(a, 3 * sw, sizeof *m->most);
    m->window = fv_take(a, 3 * sw, sizeof *m->window);
}

static void lay_out(fovea_measure *m, fv_arena *a)
{
    const int64_t sw = m->sw;
    lay_out_lines(&m->x, a);
    lay_out_lines(&m->y, a);
    lay_out_sums(m, a);
    m->small = fv_take(a, FV_SMALL_ROWS * 3 * sw, sizeof *m->small);
    m->small_y = fv_take(a, FV_SMALL_ROWS * sw, sizeof *m->small_y);
    m->large = fv_take(a, m->large_rows * 3 * (int64_t)m->lw, sizeof *m->large);
    m->under = fv_take(a, sw + 1, sizeof *m->under);
    m->across = fv_take(a, m->across_rows * 3 * sw, sizeof *m->across);
    m->sum_row = fv_take(a, 3 * sw, sizeof *m->sum_row);
    m->row = fv_take(a, 3 * sw, sizeof *m->row);
    m->row_y = fv_take(a, sw, sizeof *m->row_y);
    m->map_row = fv_take(a, sw, sizeof *m->map_row);
    m->shrunk_y = fv_take(a, FV_SHRUNK_ROWS * sw, sizeof *m->shrunk_y);
    if (!m->pair.brief) lay_out_rest(m, a);
}

/* ---- New ---- */

static bool pair_read(const fovea_pair *given, fovea_pair *out)
{
    *out = (fovea_pair){.struct_size = sizeof *out};
    return fv_struct_read(given, offsetof(fovea_pair, shrink), out, sizeof *out);
}

static bool shift_valid(double s) { return s >= -FV_SHIFT_REACH && s <= FV_SHIFT_REACH; } /* no NaN */

static const char *check_pair(const fovea_pair *p)
{
    if (!fv_shrink_valid(p->large_w, p->small_w) || !fv_shrink_valid(p->large_h, p->small_h))
        return "each side of the large picture must be 1 to 64 times the small one's";
    if (!fovea_format_size(p->small_format) || !fovea_format_size(p->large_format)) return "an unknown pixel format";
    if (p->shrink != FOVEA_SHRINK_BICUBIC && p->shrink != FOVEA_SHRINK_AREA) return "an unknown way to shrink";
    if (!shift_valid(p->shift_x) || !shift_valid(p->shift_y)) return "a shift beyond 2 pixels";
    return NULL;
}

static void prepare_axes(fovea_measure *m)
{
    const fovea_shrink kind = m->pair.shrink;
    const fv_axis x = {.kind = kind, .in = m->lw, .out = m->sw, .shift = m->pair.shift_x};
    const fv_axis y = {.kind = kind, .in = m->lh, .out = m->sh, .shift = m->pair.shift_y};
    m->x = (fv_lines){.axis = x, .slots = m->sw, .taps = fv_axis_taps(x)};
    m->y = (fv_lines){.axis = y, .slots = FV_LINES, .taps = fv_axis_taps(y)};
    m->across_rows = m->y.taps + 2;
    m->large_rows = m->pair.brief ? 1 : (int32_t)((int64_t)LARGE_ROWS * m->lh / m->sh) + 4;
}

static void prepare_tables(fovea_measure *m)
{
    fv_lines_make(&m->x, m->sw);
    fv_lines_make(&m->y, LINES_AHEAD);
    for (int i = 0; i <= m->sw; i++) m->under[i] = fv_lines_under(&m->x, i);
    m->error.per_unit = m->halo.per_unit = 16;
    m->drift.per_unit = 40;
    fv_colour_table(m->colours);
    if (!m->pair.brief) fv_detail_prepare(m);
}

fovea_status fovea_measure_new(const fovea_pair *pair, const fovea_options *options, fovea_measure **out, fovea_error *error)
{
    fovea_options o;
    fovea_pair p;
    if (!out) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "nowhere to put the measure");
    *out = NULL;
    if (!fv_options_read(options, &o)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "unusable options");
    if (!pair_read(pair, &p)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "unusable pair");
    const char *wrong = check_pair(&p);
    if (wrong) return fv_fail(error, FOVEA_ERROR_ARGUMENT, wrong);
    if (p.large_w > FOVEA_MAX_SIDE || p.large_h > FOVEA_MAX_SIDE)
        return fv_fail(error, FOVEA_ERROR_LIMIT, "the picture is too large");

    fovea_measure plan = {
        .allocator = o.allocator, .pair = p, .sw = p.small_w, .sh = p.small_h, .lw = p.large_w, .lh = p.large_h};
    plan.blocks_across = (p.small_w - 1) / FV_BLOCK + 1;
    prepare_axes(&plan);
    fv_arena a = fv_arena_counts(sizeof plan);
    lay_out(&plan, &a);
    const fovea_status status = fv_arena_open(&a, sizeof plan, &o, error);
    if (status) return status;
    fovea_measure *m = (fovea_measure *)(void *)a.base;
    *m = plan;
    lay_out(m, &a);
    prepare_tables(m);
    *out = m;
    return fv_ok(error);
}

void fovea_measure_free(fovea_measure *m)
{
    if (!m) return;
    const fovea_allocator allocator = m->allocator;
    fv_delete(&allocator, m);
}

/* ---- Rows ---- */

static fovea_want wants(const fovea_measure *m)
{
    const int beside = fv_max(m->edged + FV_EDGE_BELOW + 2, m->shrunk + FV_SHIFT_REACH + 2);
    if (m->small_in < fv_min(beside, m->sh)) return FOVEA_WANT_SMALL;
    if (m->large_in < m->lh) return FOVEA_WANT_LARGE;
    return m->small_in < m->sh ? FOVEA_WANT_SMALL : FOVEA_WANT_NOTHING;
}

fovea_want fovea_measure_wants(const fovea_measure *m) { return m ? wants(m) : FOVEA_WANT_NOTHING; }

/* A row as 16-bit RGB, seen on white. */
static void read_row(const void *pixels, fovea_format format, int w, uint16_t *rgb)
{
    const int channels = fv_format_channels(format);
    const bool deep = fv_format_sample(format) == 2;
    const uint8_t *narrow = pixels;
    const uint16_t *wide = pixels;
    for (int64_t x = 0, at = 0; x < w; x++, at += channels) {
        uint32_t p[4] = {0};
        for (int c = 0; c < channels; c++) p[c] = deep ? wide[at + c] : narrow[at + c] * 257u;
        const uint32_t alpha = fv_format_alpha(format) ? p[channels - 1] : 65535, white = 65535 - alpha;
        for (int c = 0; c < 3; c++) {
            const uint32_t v = p[channels > 2 ? c : 0];
            rgb[3 * x + c] = alpha == 65535 ? (uint16_t)v : (uint16_t)((v * alpha + 32767) / 65535 + white);
        }
    }
}

static void take_small(fovea_measure *m, const void *pixels)
{
    const size_t at = (size_t)(m->small_in % FV_SMALL_ROWS) * (size_t)m->sw;
    read_row(pixels, m->pair.small_format, m->sw, m->small + 3 * at);
    for (int i = 0; i < m->sw; i++)
        m->small_y[at + (size_t)i] = fv_luma(m->small + 3 * (at + (size_t)i)) * (float)(1 / FV_LEVEL);
    m->small_in++;
}

static void take_large(fovea_measure *m, const void *pixels)
{
    uint16_t *rgb = m->large + (size_t)(m->large_in % m->large_rows) * 3 * (size_t)m->lw;
    read_row(pixels, m->pair.large_format, m->lw, rgb);
    fv_shrink_large_row(m, rgb);
    m->large_in++;
}

static bool edges_ready(const fovea_measure *m)
{
    return m->edged < m->sh && m->small_in > fv_min(m->edged + FV_EDGE_BELOW, m->sh - 1) &&
           m->large_in >= fv_lines_under(&m->y, m->edged + FV_EDGE_BELOW);
}

/* Whatever can be done now. */
static void advance(fovea_measure *m)
{
    while (fv_shrink_ready(m)) {
        const int y = m->shrunk;
        fv_lines_make(&m->y, y + LINES_AHEAD);
        fv_shrink_next(m);
        if (m->pair.brief) continue;
        fv_detail_shrunk(m, y);
        while (fv_detail_step(m)) continue;
    }
    for (; edges_ready(m); m->edged++)
        if (!m->pair.brief) fv_edges_row(m, m->edged);
}

fovea_status fovea_measure_row(fovea_measure *m, const void *pixels)
{
    const fovea_want want = fovea_measure_wants(m);
    if (want == FOVEA_WANT_NOTHING || !pixels) return FOVEA_ERROR_ARGUMENT;
    if (want == FOVEA_WANT_SMALL)
        take_small(m, pixels);
    else
        take_large(m, pixels);
    advance(m);
    return FOVEA_OK;
}

/* ---- Figures ---- */

static double psnr(double squares, double count)
{
    const double mean = count > 0 ? squares / count : 0;
    return mean > 65025e-10 ? 10 / 2.302585092994046 * fv_ln(65025 / mean) : 100;
}

/* The value of the bin that the share of all reaches. */
static double quantile(const fv_histogram *h, double share)
{
    uint64_t all = 0, seen = 0;
    for (int i = 0; i < FV_BINS; i++) all += h->bins[i];
    for (int i = 0; i < FV_BINS; i++) {
        seen += h->bins[i];
        if ((double)seen >= share * (double)all) return i / h->per_unit;
    }
    return 0;
}

static double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

fovea_status fovea_measure_get_figures(const fovea_measure *m, fovea_figures *figures)
{
    if (!m || !fv_struct_usable(figures)) return FOVEA_ERROR_ARGUMENT;
    const fv_sums *s = &m->sums;
    fovea_figures f = {
        .psnr = psnr(s->squares, 3 * (double)s->pixels),
        .psnr_y = psnr(s->squares_y, (double)s->pixels),
        .error_p999 = quantile(&m->error, 0.999),
        .error_max = s->worst,
        .block_max = s->block_worst,
        .drift_mean = ratio(s->drift, (double)s->pixels),
        .drift_p99 = quantile(&m->drift, 0.99),
        .edges = s->edges,
        .halos = s->halos,
        .halo_max = s->halo_worst,
        .halo_p99 = quantile(&m->halo, 0.99),
        .invented = ratio(s->invented, s->invented + s->determined),
        .invented_rms = fv_sqrt(ratio(s->invented, (double)s->detail_pixels)),
        .grain = fv_sqrt(ratio(s->grain_large - s->grain_small, (double)s->flat)),
        .flat = s->flat,
        .clipped = ratio((double)s->clipped, (double)m->lw * m->lh),
    };
    fv_shift_estimate(m, &f.shift_x, &f.shift_y);
    fv_struct_give(&f, sizeof f, figures);
    return FOVEA_OK;
}
