/* SPDX-License-Identifier: MIT
 *
 * The shrinker against doc/format.md, section 7, written out once more below in the plainest way; that a copy is a copy,
 * a constant stays one and transparent pixels do not bleed; its memory and its errors. Usage: shrink_test [seed] */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fovea.h"
#include "pixels.h"
#include "resize.h"
#include "tap.h"

static uint32_t state = 1;

static uint32_t rnd(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

typedef struct pic {
    int w, h, channels, sample;
    uint16_t *v; /* 16 bits whatever the sample */
} pic;

static pic make(int w, int h, int channels, int sample)
{
    pic p = {w, h, channels, sample, calloc((size_t)w * (size_t)h * (size_t)channels, 2)};
    for (int i = 0; i < w * h * channels; i++) {
        const uint32_t r = rnd() % 8;
        const uint32_t v = r == 0 ? 0 : r == 1 ? 255 : rnd() & 255;
        p.v[i] = (uint16_t)(sample == 1 ? v * 257 : r == 0 ? 0 : r == 1 ? 65535 : rnd() & 65535);
    }
    return p;
}

static fovea_format format_of(int channels, int sample) { return (fovea_format)(channels + (sample == 2 ? 16 : 0)); }

/* Through the library; NULL when refused. Result samples as they are stored. */
static uint16_t *shrink(const pic *p, int w, int h, int sample, fovea_shrink kind)
{
    fovea_shrinker *s;
    fovea_error error;
    const fovea_shrink_job *job = fovea_shrink_job(.source_w = p->w, .source_h = p->h, .result_w = w, .result_h = h,
                                                   .source_format = format_of(p->channels, p->sample),
                                                   .result_format = format_of(p->channels, sample), .shrink = kind);
    if (!TAP_CHECK(fovea_shrinker_new(job, NULL, &s, &error) == FOVEA_OK, "%s", error.message)) return NULL;
    const size_t in = (size_t)p->w * (size_t)p->channels, out = (size_t)w * (size_t)p->channels;
    uint8_t *row8 = malloc(2 * in), *got8 = malloc(2 * out);
    uint16_t *all = malloc(out * (size_t)h * 2);
    int y = 0;
    for (int i = 0; i < h; i++) {
        while (!fovea_shrinker_ready(s)) {
            for (size_t k = 0; k < in && p->sample == 1; k++) row8[k] = (uint8_t)(p->v[(size_t)y * in + k] / 257);
            if (p->sample == 2) memcpy(row8, p->v + (size_t)y * in, 2 * in);
            if (!TAP_CHECK(y < p->h && fovea_shrinker_put(s, row8) == FOVEA_OK, "row %d of %d", y, p->h)) goto end;
            y++;
        }
        TAP_CHECK(fovea_shrinker_put(s, row8) == FOVEA_ERROR_ARGUMENT, "put while a row waits");
        TAP_CHECK(fovea_shrinker_take(s, got8) == FOVEA_OK, "take");
        for (size_t k = 0; k < out; k++) all[(size_t)i * out + k] = sample == 1 ? got8[k] : ((uint16_t *)(void *)got8)[k];
    }
    TAP_CHECK(!fovea_shrinker_ready(s) && fovea_shrinker_take(s, got8) == FOVEA_ERROR_ARGUMENT, "nothing after the end");
end:
    free(row8);
    free(got8);
    fovea_shrinker_free(s);
    return all;
}

static int clamp(int64_t v, int n) { return v < 0 ? 0 : v >= n ? n - 1 : (int)v; }

/* ---- The definition ---- */

static uint16_t wanted(const pic *p, fv_axis ax, fv_axis ay, int x, int y, int c)
{
    int16_t wx[300], wy[300];
    int64_t fx, fy, n = 0, a = 0;
    const int tx = fv_axis_weights(ax, x, &fx, wx), ty = fv_axis_weights(ay, y, &fy, wy);
    const int alpha = p->channels % 2 == 0 ? p->channels - 1 : -1;
    for (int i = 0; i < ty; i++)
        for (int j = 0; j < tx; j++) {
            const uint16_t *at = p->v + ((size_t)clamp(fy + i, p->h) * (size_t)p->w + (size_t)clamp(fx + j, p->w)) *
                                            (size_t)p->channels;
            const int64_t w = (int64_t)wy[i] * wx[j];
            n += w * at[c] * (alpha >= 0 && c != alpha ? at[alpha] : 1);
            a += w * (alpha >= 0 ? at[alpha] : 1);
        }
    int64_t v = alpha < 0 || c == alpha ? (n + (1 << 27)) >> 28 : n > 0 && a > 0 ? (n + a / 2) / a : 0;
    return (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
}

static void test_definition(void)
{
    for (int round = 0; round < (tap_soak() ? 3000 : 300); round++) {
        const int w = 1 + (int)(rnd() % 60), h = 1 + (int)(rnd() % 60), channels = 1 + (int)(rnd() % 4);
        const int rw = 1 + (int)(rnd() % (uint32_t)w), rh = 1 + (int)(rnd() % (uint32_t)h);
        const int in = 1 + (int)(rnd() % 2), out = 1 + (int)(rnd() % 2);
        const fovea_shrink kind = rnd() % 2 ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC;
        const fv_axis ax = {.kind = (fovea_shrink)kind, .in = w, .out = rw},
                      ay = {.kind = (fovea_shrink)kind, .in = h, .out = rh};
        pic p = make(w, h, channels, in);
        uint16_t *got = shrink(&p, rw, rh, out, kind);
        int off = 0;
        for (int i = 0; got && i < rw * rh * channels; i++) {
            const uint16_t v = wanted(&p, ax, ay, i / channels % rw, i / channels / rw, i % channels);
            off += got[i] != (out == 1 ? (v + 128) / 257 : v);
        }
        TAP_CHECK(off == 0, "%dx%d to %dx%d, %d channels, kind %d: %d samples differ", w, h, rw, rh, channels, (int)kind, off);
        free(got);
        free(p.v);
    }
}

/* The same size is a copy; 64 times smaller works too; a constant stays one. */
static void test_extremes(void)
{
    for (int channels = 1; channels <= 4; channels++)
        for (int kind = 0; kind < 2; kind++) {
            pic p = make(37, 21, channels, 2);
            for (int i = 0; channels % 2 == 0 && i < 37 * 21; i++)
                p.v[i * channels + channels - 1] = (uint16_t)(p.v[i * channels + channels - 1] | 1);
            uint16_t *got = shrink(&p, 37, 21, 2, (fovea_shrink)kind);
            TAP_CHECK(got && !memcmp(got, p.v, (size_t)(37 * 21 * channels) * 2), "a copy, %d channels, kind %d", channels,
                      kind);
            free(got);
            free(p.v);
            p = make(640, 130, channels, 2);
            for (int i = 0; i < 640 * 130 * channels; i++) p.v[i] = (uint16_t)(12345 + 1000 * (i % channels));
            got = shrink(&p, 10, 3, 2, (fovea_shrink)kind);
            int off = 0;
            for (int i = 0; got && i < 30 * channels; i++) off += got[i] != 12345 + 1000 * (i % channels);
            TAP_CHECK(off == 0, "a constant, %d channels, kind %d: %d off", channels, kind, off);
            free(got);
            free(p.v);
        }
}

/* Red, opaque on the left, beside green that nobody sees. */
static void test_fringe(void)
{
    pic p = make(64, 16, 4, 1);
    for (int i = 0; i < 64 * 16; i++) {
        const int seen = i % 64 < 29;
        const uint16_t pixel[4] = {seen ? 65535 : 0, seen ? 0 : 65535, 0, seen ? 65535 : 0};
        memcpy(p.v + 4 * i, pixel, sizeof pixel);
    }
    uint16_t *got = shrink(&p, 19, 5, 1, FOVEA_SHRINK_BICUBIC);
    int off = 0, partial = 0;
    for (int i = 0; got && i < 19 * 5; i++) {
        partial += got[4 * i + 3] > 0 && got[4 * i + 3] < 255;
        off += got[4 * i + 3] > 0 && (got[4 * i] < 253 || got[4 * i + 1] > 2 || got[4 * i + 2] > 2);
    }
    TAP_CHECK(off == 0 && partial > 0, "%d of the visible pixels have a fringe, %d partial", off, partial);
    free(got);
    free(p.v);
}

static void *no_memory(void *user, size_t size)
{
    (void)user, (void)size;
    return NULL;
}

static void nothing(void *user, void *memory) { (void)user, (void)memory; }

static void test_errors(void)
{
#define GOOD \
    .source_w = 64, .source_h = 64, .result_w = 1, .result_h = 1, .source_format = FOVEA_FORMAT_RGB8, \
    .result_format = FOVEA_FORMAT_RGB8
#define CASE(w0, h0, w1, h1, from, to) \
    {.struct_size = sizeof(fovea_shrink_job), \
     .source_w = w0, \
     .source_h = h0, \
     .result_w = w1, \
     .result_h = h1, \
     .source_format = from, \
     .result_format = to}
    const fovea_shrink_job wrong[] = {
        {GOOD, .struct_size = 0},
        {GOOD, .struct_size = sizeof(fovea_shrink_job), .shrink = (fovea_shrink)2},
        CASE(65, 1, 1, 1, FOVEA_FORMAT_G8, FOVEA_FORMAT_G8),
        CASE(4, 4, 5, 4, FOVEA_FORMAT_G8, FOVEA_FORMAT_G8),
        CASE(4, 4, 4, 0, FOVEA_FORMAT_G8, FOVEA_FORMAT_G8),
        CASE(4, 4, 4, 4, FOVEA_FORMAT_G8, FOVEA_FORMAT_GA8),
        CASE(4, 4, 4, 4, (fovea_format)5, (fovea_format)5),
    };
    fovea_shrinker *s = (fovea_shrinker *)1;
    fovea_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        s = (fovea_shrinker *)1;
        TAP_CHECK(fovea_shrinker_new(&wrong[i], NULL, &s, &error) == FOVEA_ERROR_ARGUMENT && !s, "case %zu", i);
    }
    TAP_CHECK(fovea_shrinker_new(NULL, NULL, &s, NULL) == FOVEA_ERROR_ARGUMENT, "no job");
    TAP_CHECK(fovea_shrinker_new(fovea_shrink_job(GOOD), NULL, NULL, NULL) == FOVEA_ERROR_ARGUMENT, "no place");
    TAP_CHECK(fovea_shrinker_new(fovea_shrink_job(GOOD), fovea_options(.allocator = {no_memory, nothing, NULL}), &s, &error) ==
                      FOVEA_ERROR_MEMORY &&
                  !s,
              "no memory");
    TAP_CHECK(fovea_shrinker_new(fovea_shrink_job(GOOD), fovea_options(.max_memory = 100), &s, &error) == FOVEA_ERROR_LIMIT &&
                  !s,
              "little memory");
    for (int above = 0; above < 2; above++)
        for (int high = 0; high < 2; high++) {
            const int32_t w = high ? 1 : FOVEA_MAX_SIDE + above, h = high ? FOVEA_MAX_SIDE + above : 1;
            const fovea_shrink_job *job = fovea_shrink_job(.source_w = w, .source_h = h, .result_w = (w + 63) / 64,
                                                           .result_h = (h + 63) / 64, .source_format = FOVEA_FORMAT_G8,
                                                           .result_format = FOVEA_FORMAT_G8);
            TAP_CHECK(fovea_shrinker_new(job, NULL, &s, &error) == (above ? FOVEA_ERROR_LIMIT : FOVEA_OK) &&
                          (s == NULL) == above,
                      "%dx%d", w, h);
            fovea_shrinker_free(s);
        }
    TAP_CHECK(!fovea_shrinker_ready(NULL) && fovea_shrinker_put(NULL, &error) == FOVEA_ERROR_ARGUMENT &&
                  fovea_shrinker_take(NULL, &error) == FOVEA_ERROR_ARGUMENT,
              "NULL");
    fovea_shrinker_free(NULL);
}

int main(int count, char **words)
{
    state = count > 1 ? (uint32_t)strtoul(words[1], NULL, 0) : (uint32_t)time(NULL);
    tap_note("seed %u", state);
    test_definition();
    test_extremes();
    test_fringe();
    test_errors();
    return tap_done("shrink_test");
}
