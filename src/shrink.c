/* SPDX-License-Identifier: MIT
 *
 * A picture made smaller (doc/format.md, section 7). A source row is weighted along itself when it comes, into a ring of
 * as many rows as a result row is made of; sums stay whole until the one rounding at the end, so 64 bits hold them:
 * 16 of the sample, 16 of its alpha, 14 and 14 of the weights, and what the negative weights add. */
#include "pixels.h"
#include "resize.h"

enum { SHIFT = 28 }; /* two axes of FV_RESIZE_ONE */

struct fovea_shrinker {
    fovea_allocator allocator;
    fovea_shrink_job job;
    fv_axis x, y;
    int channels, taps_x, taps_y;
    int32_t put, taken; /* rows of the source and of the result so far */
    int32_t begin, end; /* source rows of the next result row */
    int32_t *first, *count; /* (result_w): source pixels of each result pixel */
    int16_t *across; /* (result_w, taps_x): their weights */
    int16_t *down; /* (taps_y): of the next result row */
    uint32_t *samples; /* (source_w, channels): a source row; colours times alpha where there is one */
    int64_t *ring; /* (taps_y, result_w, channels) */
    int64_t *sums; /* (result_w, channels) */
};

/* ---- Weights ---- */

static void prepare_row(fovea_shrinker *s)
{
    int64_t first;
    if (s->taken == s->job.result_h) return;
    const int count = fv_axis_line(s->y, s->taken, &first, s->down);
    s->begin = (int32_t)first;
    s->end = s->begin + count;
}

static void prepare_columns(fovea_shrinker *s)
{
    for (int32_t i = 0; i < s->job.result_w; i++) {
        int64_t first;
        int16_t *w = s->across + (size_t)i * (size_t)s->taps_x;
        s->count[i] = fv_axis_line(s->x, i, &first, w);
        s->first[i] = (int32_t)first;
    }
}

/* ---- New ---- */

static bool job_read(const fovea_shrink_job *given, fovea_shrink_job *out)
{
    *out = (fovea_shrink_job){.struct_size = sizeof *out};
    return fv_struct_read(given, offsetof(fovea_shrink_job, shrink), out, sizeof *out);
}

static const char *check_job(const fovea_shrink_job *j)
{
    if (!fv_shrink_valid(j->source_w, j->result_w) || !fv_shrink_valid(j->source_h, j->result_h))
        return "each side of the result must be 1 to 64 times smaller than the source's";
    if (!fv_format_valid(j->source_format) || !fv_format_valid(j->result_format)) return "an unknown pixel format";
    if (fv_format_channels(j->source_format) != fv_format_channels(j->result_format)) return "other channels";
    if (j->shrink != FOVEA_SHRINK_BICUBIC && j->shrink != FOVEA_SHRINK_AREA) return "an unknown way to shrink";
    return NULL;
}

/* Counts stay below 2^63: 2^24 pixels of 4 channels in at most 258 rows. */
static void lay_out(fovea_shrinker *s, fv_arena *a)
{
    const int64_t w = s->job.result_w, c = s->channels;
    s->first = fv_take(a, w, sizeof *s->first);
    s->count = fv_take(a, w, sizeof *s->count);
    s->across = fv_take(a, w * s->taps_x, sizeof *s->across);
    s->down = fv_take(a, s->taps_y, sizeof *s->down);
    s->samples = fv_take(a, s->job.source_w * c, sizeof *s->samples);
    s->ring = fv_take(a, s->taps_y * w * c, sizeof *s->ring);
    s->sums = fv_take(a, w * c, sizeof *s->sums);
}

fovea_status fovea_shrinker_new(const fovea_shrink_job *given, const fovea_options *options, fovea_shrinker **out,
                                fovea_error *error)
{
    fovea_options o;
    fovea_shrinker start = {.put = 0};
    if (!out) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no place for the shrinker");
    *out = NULL;
    if (!fv_options_read(options, &o)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "options that make no sense");
    if (!job_read(given, &start.job)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "a job that makes no sense");
    if (!fv_rounds_to_nearest()) return fv_fail_rounding(error);
    const char *wrong = check_job(&start.job);
    if (wrong) return fv_fail(error, FOVEA_ERROR_ARGUMENT, wrong);
    if (start.job.source_w > FOVEA_MAX_SIDE || start.job.source_h > FOVEA_MAX_SIDE)
        return fv_fail(error, FOVEA_ERROR_LIMIT, "a picture above the largest side");

    const fovea_shrink kind = start.job.shrink;
    start.allocator = o.allocator;
    start.x = (fv_axis){.kind = kind, .in = start.job.source_w, .out = start.job.result_w};
    start.y = (fv_axis){.kind = kind, .in = start.job.source_h, .out = start.job.result_h};
    start.channels = fv_format_channels(start.job.source_format);
    start.taps_x = fv_axis_taps(start.x);
    start.taps_y = fv_axis_taps(start.y);
    fv_arena a = fv_arena_counts(sizeof start);
    lay_out(&start, &a);
    const fovea_status status = fv_arena_open(&a, sizeof start, &o, error);
    if (status) return status;
    fovea_shrinker *s = (fovea_shrinker *)(void *)a.base;
    *s = start;
    lay_out(s, &a);
    prepare_columns(s);
    prepare_row(s);
    *out = s;
    return fv_ok(error);
}

void fovea_shrinker_free(fovea_shrinker *s)
{
    if (!s) return;
    const fovea_allocator allocator = s->allocator;
    fv_delete(&allocator, s);
}

/* ---- Rows ---- */

int fovea_shrinker_ready(const fovea_shrinker *s) { return s && s->taken < s->job.result_h && s->put >= s->end; }

/* A source row as 16-bit samples, colours times their alpha. */
static void load_row(fovea_shrinker *s, const void *pixels)
{
    const size_t count = (size_t)s->job.source_w * (size_t)s->channels;
    const uint8_t *bytes = pixels;
    const uint16_t *words = pixels;
    if (fv_format_sample(s->job.source_format) == 1)
        for (size_t i = 0; i < count; i++) s->samples[i] = bytes[i] * 257u;
    else
        for (size_t i = 0; i < count; i++) s->samples[i] = words[i];
    if (!fv_format_alpha(s->job.source_format)) return;
    const int colours = s->channels - 1;
    for (uint32_t *p = s->samples; p < s->samples + count; p += s->channels)
        for (int c = 0; c < colours; c++) p[c] *= p[colours];
}

fovea_status fovea_shrinker_put(fovea_shrinker *s, const void *pixels)
{
    if (!s || !pixels || fovea_shrinker_ready(s) || s->put >= s->job.source_h) return FOVEA_ERROR_ARGUMENT;
    const int n = s->channels;
    int64_t *out = s->ring + (size_t)(s->put % s->taps_y) * (size_t)s->job.result_w * (size_t)n;
    if (s->put++ < s->begin) return FOVEA_OK; /* between two result rows of the area kind there may be rows of neither */
    load_row(s, pixels);
    for (int32_t i = 0; i < s->job.result_w; i++, out += n) {
        const uint32_t *from = s->samples + (size_t)s->first[i] * (size_t)n;
        const int16_t *w = s->across + (size_t)i * (size_t)s->taps_x;
        for (int c = 0; c < n; c++) {
            int64_t sum = 0;
            for (int32_t j = 0; j < s->count[i]; j++) sum += w[j] * (int64_t)from[(size_t)j * (size_t)n + (size_t)c];
            out[c] = sum;
        }
    }
    return FOVEA_OK;
}

static uint16_t clip(int64_t v) { return (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v); }

/* Sums over both axes to samples, in place of the sums: colours are divided by the alpha they were weighted with. */
static uint16_t sample_of(const int64_t *pixel, int c, int alpha)
{
    const int64_t half = (int64_t)1 << (SHIFT - 1);
    if (alpha < 0 || c == alpha) return clip((pixel[c] + half) >> SHIFT);
    return pixel[alpha] > 0 && pixel[c] > 0 ? clip((pixel[c] + pixel[alpha] / 2) / pixel[alpha]) : 0;
}

fovea_status fovea_shrinker_take(fovea_shrinker *s, void *pixels)
{
    if (!pixels || !fovea_shrinker_ready(s)) return FOVEA_ERROR_ARGUMENT;
    const int n = s->channels, alpha = fv_format_alpha(s->job.source_format) ? n - 1 : -1;
    const size_t count = (size_t)s->job.result_w * (size_t)n;
    memset(s->sums, 0, count * sizeof *s->sums);
    for (int32_t j = s->begin; j < s->end; j++) {
        const int64_t *row = s->ring + (size_t)(j % s->taps_y) * count, weight = s->down[j - s->begin];
        for (size_t i = 0; i < count; i++) s->sums[i] += weight * row[i];
    }
    const bool deep = fv_format_sample(s->job.result_format) == 2;
    for (size_t i = 0; i < count; i++) {
        const int c = (int)(i % (size_t)n);
        const uint16_t v = sample_of(s->sums + i - (size_t)c, c, alpha);
        if (deep)
            ((uint16_t *)pixels)[i] = v;
        else
            ((uint8_t *)pixels)[i] = (uint8_t)((v + 128u) / 257u);
    }
    s->taken++;
    prepare_row(s);
    return FOVEA_OK;
}
