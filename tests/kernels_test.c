/* SPDX-License-Identifier: MIT
 *
 * Every kernel of every instruction set this processor has, against plain C, and plain C against doc/format.md written
 * down once more in 64-bit arithmetic on unpacked weights. Rows start anywhere and end at a page that must not be
 * touched; what stands around an output must still be there afterwards.
 *
 *     kernels_test [SEED]       FOVEA_SOAK=1 for many more cases
 *     kernels_test --bench      speeds, and their share of this processor's dot products
 *
 * Also compiles freestanding for WebAssembly: see kernels_test.mjs. */
#if __STDC_HOSTED__
#define _GNU_SOURCE
#endif
#include "cpu.h"
#include "kernels.h"
#include "probe.h"

#include "kernels_test.h"

enum { MAX_N = 330, MAX_C = 128, MAX_TAP = 9 * MAX_C };

/* ---- One convolution, its weights as in the file and packed ---- */

typedef enum job { HEAD, BODY, TAIL } job;
static const char *const job_name[] = {"head", "body", "tail"};

typedef struct conv {
    job job;
    int cin, cin_pad, cout, cout_pad, zp, s;
    bool skip;
    int8_t w[MAX_C * MAX_TAP]; /* (cout, 9, cin) */
    int32_t bias[MAX_C], m[MAX_C];
    float scale[MAX_C];
} conv;

typedef enum style { RANDOM, EXTREME, TIES, TINY, HUGE_SCALE, STYLES } style;
static const char *const style_name[] = {"random", "extreme", "ties", "tiny scales", "huge scales"};

static void conv_fill(conv *c, job kind, int cin, int cout, bool skip, style how)
{
    *c = (conv){.job = kind, .cin = cin, .cout = cout, .skip = skip};
    c->cin_pad = kind == HEAD ? 4 : cin;
    c->cout_pad = (cout + 15) / 16 * 16;
    c->zp = kind == TAIL ? 0 : how == RANDOM ? (int)(rnd() % 128) : how == EXTREME ? (rnd() % 2 ? 127 : 0) : (int)(rnd() % 4);
    c->s = cout == 12 ? 2 : cout == 27 ? 3 : 4;
    const int64_t top = kind == HEAD ? 4095 : 127, taps = 9 * cin;
    for (int o = 0; o < cout; o++) {
        int8_t *w = c->w + o * taps;
        const int sign = rnd() % 2 ? 1 : -1, most = how == EXTREME ? 127 : 1 + (int)(rnd() % 127);
        int64_t sum = 0;
        for (int i = 0; i < taps; i++) {
            w[i] = (int8_t)(how == EXTREME ? (o % 3 == 0 ? sign
                                              : i % 2    ? 1
                                                         : -1) *
                                                 127
                                           : (int)(rnd() % 255) * most / 127 - most);
            sum += w[i] < 0 ? -w[i] : w[i];
        }
        for (int i = 0; sum * top >= 1 << 24; i = (i + 1) % (int)taps) { /* what the loader would refuse */
            sum -= w[i] > 0 ? w[i] : -w[i];
            w[i] = 0;
        }
        int64_t room = (1 << 24) - 1 - sum * top;
        if (skip) {
            const int64_t most_m = room / 127 < 32767 ? room / 127 : 32767;
            const int64_t m = how == EXTREME ? most_m : rnd() % (uint32_t)(most_m + 1);
            c->m[o] = (int32_t)(rnd() % 2 ? m : -m);
            room -= m * 127;
        }
        const int64_t bias = how == EXTREME ? room : (int64_t)(rnd() % (uint32_t)(room + 1)) >> rnd() % 24;
        c->bias[o] = (int32_t)(rnd() % 2 ? bias : -bias);
        const float width = (float)(sum * top + room) + 1.0f;
        switch (how) {
        case TIES: c->scale[o] = 0.5f / (float)(1u << rnd() % 14); break;
        case TINY: c->scale[o] = 1.17549435e-38f * (float)(1 + rnd() % 3); break;
        case HUGE_SCALE: c->scale[o] = kind == TAIL ? 1.0f : 3.0e38f; break;
        default: c->scale[o] = (float)(1 + rnd() % 100000) * (kind == TAIL ? 4e-4f : 0.02f) / width; break;
        }
        if (kind == TAIL && how == RANDOM) c->scale[o] *= (float)(1u << rnd() % 20);
    }
}

/* What fv_conv points at, in the layout of a set. */
static fv_conv conv_pack(const conv *c, fv_pack pack)
{
    if (c->job == HEAD) pack = FV_PACK_S16X2;
    const int group = pack == FV_PACK_S16X2 ? 2 : pack == FV_PACK_S8X4 ? 4 : 8, size = pack == FV_PACK_S16X2 ? 2 : 1;
    const size_t bytes = (size_t)(9 * c->cin_pad * c->cout_pad * size);
    uint8_t *packed = page_take(bytes, FV_ALIGN, 0);
    size_t at = 0;
    for (int k = 0; k < 9; k++)
        for (int g = 0; g < c->cin_pad / group; g++)
            for (int o = 0; o < c->cout_pad; o++)
                for (int j = 0; j < group; j++, at++) {
                    const int i = g * group + j;
                    const int8_t w = o < c->cout && i < c->cin ? c->w[(o * 9 + k) * c->cin + i] : 0;
                    if (size == 1)
                        ((int8_t *)packed)[at] = w;
                    else
                        ((int16_t *)packed)[at] = w;
                }
    int32_t *bias = page_take((size_t)c->cout_pad * 4, FV_ALIGN, 0);
    float *scale = page_take((size_t)c->cout_pad * 4, FV_ALIGN, 0);
    int32_t *m = c->skip ? page_take((size_t)c->cout_pad * 4, FV_ALIGN, 0) : NULL;
    for (int o = 0; o < c->cout_pad; o++) {
        bias[o] = o < c->cout ? c->bias[o] : 0;
        scale[o] = o < c->cout ? c->scale[o] : 1.0f;
        if (c->job != TAIL && scale[o] > FV_SCALE_MAX) scale[o] = FV_SCALE_MAX;
        if (m) m[o] = c->m[o];
    }
    return (fv_conv){c->cin_pad, c->cout, c->cout_pad, c->zp, packed, bias, scale, m, NULL};
}

/* ---- doc/format.md, section 2, once more ---- */

/* A double holds the product of two binary32 numbers exactly; the conversion rounds it once. */
static float times(int64_t acc, float scale) { return (float)((double)acc * (double)scale); }

static int64_t nearest_even(double r)
{
    const int64_t down = (int64_t)r - (r < (double)(int64_t)r);
    const double rest = r - (double)down;
    return rest > 0.5 || (rest == 0.5 && down % 2 != 0) ? down + 1 : down;
}

static int64_t wanted(const conv *c, const uint16_t *const in[3], const uint8_t *add, int x, int o)
{
    int64_t acc = c->bias[o];
    for (int ky = 0; ky < 3; ky++)
        for (int kx = 0; kx < 3; kx++)
            for (int i = 0; i < c->cin; i++)
                acc += (int64_t)c->w[(o * 9 + ky * 3 + kx) * c->cin + i] * in[ky][(x + kx) * c->cin_pad + i];
    if (c->skip) acc += (int64_t)c->m[o] * add[x * c->cout + o];
    double r = times(acc, c->scale[o]);
    if (c->job == TAIL) return nearest_even(r);
    if (r < -c->zp) r = -c->zp;
    if (r > 127 - c->zp) r = 127 - c->zp;
    return nearest_even(r) + c->zp;
}

/* ---- Convolutions ---- */

static conv net;
static uint16_t source[3][(MAX_N + 2) * MAX_C];
static uint8_t source_add[MAX_N * MAX_C];
static int32_t want[MAX_N * MAX_C];

static void source_fill(const conv *c, int n, style how)
{
    const uint32_t top = c->job == HEAD ? 4096 : 128;
    const bool full = how == EXTREME && rnd() % 2;
    for (int ky = 0; ky < 3; ky++)
        for (int i = 0; i < (n + 2) * c->cin_pad; i++)
            source[ky][i] = (uint16_t)(full ? top - 1 : how == EXTREME ? rnd() % 2 * (top - 1) : rnd() % top);
    for (int i = 0; i < n * c->cout; i++) source_add[i] = (uint8_t)(full ? 127 : rnd() % 128);
}

/* n pixels with the kernels k, compared with want. */
static void conv_run(const fv_kernels *k, const conv *c, const fv_conv *packed, int n, const char *what)
{
    const size_t mark = page_mark();
    const int bytes = c->job == HEAD ? 2 : 1;
    const uint8_t *in8[3];
    const uint16_t *in16[3];
    for (int ky = 0; ky < 3; ky++) {
        const size_t count = (size_t)((n + 2) * c->cin_pad);
        uint8_t *row = page_take(count * (size_t)bytes, (size_t)bytes, FV_SLACK);
        for (size_t i = 0; i < count; i++)
            if (bytes == 2)
                ((uint16_t *)(void *)row)[i] = source[ky][i];
            else
                row[i] = (uint8_t)source[ky][i];
        in8[ky] = row;
        in16[ky] = (const uint16_t *)(const void *)row;
    }
    uint8_t *add = NULL;
    if (c->skip) {
        add = page_take((size_t)(n * c->cout), 1, FV_SLACK);
        memcpy(add, source_add, (size_t)(n * c->cout));
    }
    if (c->job == TAIL) {
        const int row = 3 * c->s;
        int32_t *out[4] = {NULL};
        guarded g[4];
        for (int dy = 0; dy < c->s; dy++) out[dy] = guard_take(&g[dy], (size_t)(n * row) * 4, 4, FV_SLACK);
        k->tail(packed, in8, out, n);
        for (int dy = 0; dy < c->s; dy++) {
            CHECK(guard_whole(&g[dy]), "%s: %s n %d: wrote outside row %d", k->name, what, n, dy);
            for (int i = 0; i < n * row; i++) {
                const int32_t w = want[i / row * c->cout + dy * row + i % row];
                if (!CHECK_QUIET(out[dy][i] == w, "%s: %s n %d row %d value %d: %d, not %d", k->name, what, n, dy, i,
                                 out[dy][i], w))
                    break;
            }
        }
    } else {
        guarded g;
        uint8_t *out = guard_take(&g, (size_t)(n * c->cout), 1, 0);
        if (c->job == HEAD)
            k->head(packed, in16, out, n);
        else
            k->body(packed, in8, add, out, n);
        CHECK(guard_whole(&g), "%s: %s n %d: wrote outside", k->name, what, n);
        for (int i = 0; i < n * c->cout; i++)
            if (!CHECK_QUIET(out[i] == want[i], "%s: %s n %d pixel %d channel %d: %d, not %d", k->name, what, n, i / c->cout,
                             i % c->cout, out[i], want[i]))
                break;
    }
    page_back(mark);
}

static void conv_check(const sets *all, job kind, int cin, int cout, bool skip, style how, bool every_n)
{
    const int n_max = every_n ? 70 : soak() ? MAX_N : 45 + (int)(rnd() % 64);
    const size_t mark = page_mark();
    conv_fill(&net, kind, cin, cout, skip, how);
    source_fill(&net, n_max, how);
    const uint16_t *const in[3] = {source[0], source[1], source[2]};
    for (int x = 0; x < n_max; x++)
        for (int o = 0; o < cout; o++) want[x * cout + o] = (int32_t)wanted(&net, in, source_add, x, o);
    char what[64];
    text(what, sizeof what, "%s %d>%d%s, %s", job_name[kind], cin, cout, skip ? " skip" : "", style_name[how]);
    for (int i = 0; i < all->count; i++) {
        const fv_kernels *k = &all->k[i];
        const fv_conv packed = conv_pack(&net, k->pack);
        for (int n = every_n ? 1 : n_max; n <= n_max; n += i == 0 ? 23 : 1) conv_run(k, &net, &packed, n, what);
        if (!every_n) conv_run(k, &net, &packed, 1 + (int)(rnd() % (uint32_t)n_max), what);
    }
    page_back(mark);
}

static void convs(const sets *all)
{
    static const int channels[] = {16, 32, 48, 64, 80, 128}, tails[] = {12, 27, 48};
    const int rounds = soak() ? 12 : 1, count = sizeof channels / sizeof *channels;
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < count; i++)
            for (style how = RANDOM; how < STYLES; how++) {
                const bool every = how == RANDOM && channels[i] <= 64;
                conv_check(all, HEAD, 3, channels[i], false, how, every);
                for (int t = 0; t < 3; t++) conv_check(all, TAIL, channels[i], tails[t], false, how, every);
                for (int j = 0; j < count; j++) {
                    const bool main_shape = i == j && channels[i] % 32 == 0;
                    if (!main_shape && how > EXTREME && !soak()) continue;
                    conv_check(all, BODY, channels[i], channels[j], false, how, every && main_shape);
                    if (main_shape || soak()) conv_check(all, BODY, channels[i], channels[j], true, how, every);
                }
            }
}

#include "kernels_winograd_test.h"

/* ---- Rows ---- */

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* [s - 2][d], as in doc/format.md */
static const int16_t anchor_weights[3][4][4] = {
    {{-96, 928, 3552, -288}, {-288, 3552, 928, -96}},
    {{-152, 1365, 3186, -303}, {0, 4096, 0, 0}, {-303, 3186, 1365, -152}},
    {{-180, 1596, 2980, -300}, {-28, 372, 3948, -196}, {-196, 3948, 372, -28}, {-300, 2980, 1596, -180}},
};

static void anchor_row_check(const sets *all, int s, int channels, int n, bool real)
{
    int16_t w[4][4];
    uint8_t base[4];
    const bool extreme = rnd() % 2;
    for (int d = 0; d < s; d++) {
        memcpy(w[d], anchor_weights[s - 2][d], sizeof w[d]);
        base[d] = 2 * d + 1 >= s;
        if (!real) { /* any weights with this sum */
            base[d] = rnd() % 2;
            for (int j = 0; j < 3; j++) w[d][j] = (int16_t)((int)(rnd() % 8193) - 4096);
            w[d][3] = (int16_t)(4096 - w[d][0] - w[d][1] - w[d][2]);
        }
    }
    const size_t mark = page_mark();
    uint16_t *in = page_take((size_t)((n + 4) * channels) * 2, 2, FV_SLACK);
    for (int i = 0; i < (n + 4) * channels; i++) in[i] = (uint16_t)(extreme ? rnd() % 2 * 65535 : rnd());
    for (int i = 0; i < all->count; i++) {
        guarded g;
        int32_t *out = guard_take(&g, (size_t)(n * s * channels) * 4, 4, 0);
        all->k[i].anchor_row(in, (const int16_t(*)[4])w, base, s, channels, out, n);
        CHECK(guard_whole(&g), "%s: anchor_row s %d channels %d n %d: wrote outside", all->k[i].name, s, channels, n);
        for (int v = 0; v < n * s * channels; v++) {
            const int x = v / channels / s, d = v / channels % s, c = v % channels;
            int64_t sum = 32;
            for (int j = 0; j < 4; j++) sum += (int64_t)w[d][j] * in[(x + base[d] + j) * channels + c];
            if (!CHECK_QUIET(out[v] == floor_div(sum, 64), "%s: anchor_row s %d channels %d n %d value %d: %d", all->k[i].name,
                             s, channels, n, v, out[v]))
                break;
        }
    }
    page_back(mark);
}

static void anchor_column_check(const sets *all, int n, bool with_tail)
{
    const size_t mark = page_mark();
    int16_t w[4] = {(int16_t)(rnd() % 4097), (int16_t)(rnd() % 4097), (int16_t)-(int)(rnd() % 2049)};
    w[3] = (int16_t)(4096 - w[0] - w[1] - w[2]);
    int32_t *h[4];
    for (int j = 0; j < 4; j++) {
        h[j] = page_take((size_t)n * 4, 4, FV_SLACK);
        for (int i = 0; i < n; i++) h[j][i] = (int32_t)(rnd() % 6000000) - 900000;
    }
    int32_t *t = page_take((size_t)n * 4, 4, FV_SLACK);
    for (int i = 0; i < n; i++) t[i] = (int32_t)(rnd() % (1u << 31)) - (1 << 30);
    const int32_t *const rows[4] = {h[0], h[1], h[2], h[3]};
    for (int i = 0; i < all->count; i++) {
        guarded g;
        int32_t *out = guard_take(&g, (size_t)n * 4, 4, 0);
        all->k[i].anchor_column(rows, w, with_tail ? t : NULL, out, n);
        CHECK(guard_whole(&g), "%s: anchor_column n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            int64_t sum = 2048;
            for (int j = 0; j < 4; j++) sum += (int64_t)w[j] * h[j][v];
            const int64_t r = floor_div(sum, 4096) + (with_tail ? t[v] : 0);
            if (!CHECK_QUIET(out[v] == r, "%s: anchor_column n %d value %d: %d", all->k[i].name, n, v, out[v])) break;
        }
    }
    page_back(mark);
}

static void round_check(const sets *all, int n, int from)
{
    const size_t mark = page_mark();
    int32_t *in = page_take((size_t)n * 4, 4, FV_SLACK);
    for (int i = 0; i < n; i++) /* a run through the range, its neighbourhood, and anything */
        in[i] = from >= 0   ? from + i
                : rnd() % 4 ? (int32_t)(rnd() % 4400000) - 100000
                            : (int32_t)((int64_t)(rnd() % 2150000000u) - 1075000000);
    for (int i = 0; i < all->count; i++) {
        guarded g;
        uint8_t *out8 = guard_take(&g, (size_t)n, 1, 0);
        all->k[i].round8(in, out8, n);
        CHECK(guard_whole(&g), "%s: round8 n %d: wrote outside", all->k[i].name, n);
        uint16_t *out16 = guard_take(&g, (size_t)n * 2, 2, 0);
        all->k[i].round16(in, out16, n);
        CHECK(guard_whole(&g), "%s: round16 n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            const int64_t z = in[v], level = floor_div(z + 32, 64);
            const int64_t z8 = z < 0 ? 0 : z > 4194240 ? 4194240 : z;
            if (!CHECK_QUIET(out8[v] == (z8 + 8224) / 16448, "%s: round8 of %d: %d", all->k[i].name, in[v], out8[v])) break;
            if (!CHECK_QUIET(out16[v] == (level < 0       ? 0
                                          : level > 65535 ? 65535
                                                          : level),
                             "%s: round16 of %d: %d", all->k[i].name, in[v], out16[v]))
                break;
        }
        uint8_t *narrowed = guard_take(&g, (size_t)n, 1, 0);
        all->k[i].narrow8(out16, narrowed, n);
        CHECK(guard_whole(&g), "%s: narrow8 n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++)
            if (!CHECK_QUIET(narrowed[v] == (out16[v] + 128) / 257, "%s: narrow8 of %d: %d", all->k[i].name, out16[v],
                             narrowed[v]))
                break;
    }
    page_back(mark);
}

static void rows(const sets *all)
{
    const int rounds = soak() ? 20 : 2;
    for (int n = 1; n <= 80; n++)
        for (int round = 0; round < rounds; round++) {
            const int wide = n <= 70 ? n : 71 + (int)(rnd() % (MAX_N - 71));
            for (int s = 2; s <= 4; s++) {
                anchor_row_check(all, s, 3, wide, round % 2 == 0);
                anchor_row_check(all, s, 1, wide, round % 2 == 0);
            }
            anchor_column_check(all, wide, true);
            anchor_column_check(all, wide, false);
            round_check(all, wide, -1);
        }
    const int step = soak() ? 4096 : 65536; /* every value a result can have, or stretches of them */
    for (int from = 0; from < 4194240 + 4096; from += step) round_check(all, 4096, from);
}

#include "kernels_faithful_test.h"

/* ---- Tables ---- */

static void tables(const sets *all)
{
    const fv_kernels *plain = &all->k[0];
    CHECK(same_text(plain->name, "plain") && plain->cpu == 0, "the first table is plain C");
    for (int i = 1; i < all->count; i++) {
        const fv_kernels *k = &all->k[i];
        CHECK(same_text(k->name, all->name[i]), "%s is called %s", all->name[i], k->name);
        CHECK((k->cpu & ~all->cpu[i]) == 0, "%s uses %x of %x", k->name, (unsigned)k->cpu, (unsigned)all->cpu[i]);
        CHECK(k->body != plain->body && k->head != plain->head && k->tail != plain->tail, "%s is plain C", k->name);
    }
}

static void kernels_test(const sets *all)
{
    tables(all);
    rows(all);
    faithful(all);
    convs(all);
    four_rows(all);
}

/* ---- Start ---- */

#if __STDC_HOSTED__
#include <time.h>

#include "kernels_bench.h"

int main(int argc, char **argv)
{
    pool_open();
    const sets all = sets_make(fv_cpu_detect());
    if (argc > 1 && same_text(argv[1], "--bench")) return bench(&all);
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
    rnd_seed(seed);
    for (int i = 0; i < all.count; i++) tap_note("%s, seed %llu", all.k[i].name, (unsigned long long)seed);
    kernels_test(&all);
    return tap_done("kernels");
}

#else

/* The number of checks, or minus the number of failures. */
__attribute__((export_name("kernels_test"))) int kernels_test_wasm(unsigned seed)
{
    pool_open();
    const sets all = sets_make(fv_cpu_detect());
    rnd_seed(seed);
    kernels_test(&all);
    return failures ? (int)-failures : (int)checks;
}

/* Runs a body, for kernels_test.mjs to time: channels to channels, ROWS rows of n pixels, times over. At once by the best set
 * that can, or one after the other by the best of all. */
__attribute__((export_name("kernels_bench"))) void kernels_bench_wasm(int channels, int n, int times, int at_once)
{
    pool_open();
    const sets all = sets_make(fv_cpu_detect());
    const fv_kernels *k = &all.k[all.count - 1];
    while (at_once && !k->body_rows) k--;
    const size_t mark = page_mark();
    conv_fill(&net, BODY, channels, channels, false, RANDOM);
    fv_conv packed = conv_pack(&net, k->pack);
    packed.winograd = pack_points(&net);
    const uint8_t *in[ROWS_READ], *const add[ROWS] = {NULL};
    uint8_t *out[ROWS];
    for (int i = 0; i < ROWS_READ; i++) in[i] = page_take((size_t)((n + 2) * channels), FV_ALIGN, FV_SLACK);
    for (int i = 0; i < ROWS; i++) out[i] = page_take((size_t)(n * channels), FV_ALIGN, 0);
    void *work = page_take(FV_WINOGRAD_WORK(channels), FV_ALIGN, 0);
    for (int i = 0; i < times; i++)
        if (at_once)
            k->body_rows(&packed, in, add, out, ROWS, n, work);
        else
            for (int y = 0; y < ROWS; y++) k->body(&packed, in + y, NULL, out[y], n);
    page_back(mark);
}

#endif
