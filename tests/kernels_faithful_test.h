/* SPDX-License-Identifier: MIT
 *
 * The kernels of the faithful guarantee and of the creative blend (kernels_faithful.h) against doc/format.md, sections 5 and 8, in
 * 64-bit arithmetic. Part
 * of kernels_test.c. */
#ifndef KERNELS_FAITHFUL_TEST_H
#define KERNELS_FAITHFUL_TEST_H

enum { MAX_SHRINK = 24, SHRINK_ONE = 16384 };

/* [s - 2][d], a = -2, as in doc/format.md: none has greater magnitudes. */
static const int16_t sharp_weights[3][4][4] = {
    {{-384, 1792, 3840, -1152}, {-1152, 3840, 1792, -384}},
    {{-607, 2276, 3641, -1214}, {0, 4096, 0, 0}, {-1214, 3641, 2276, -607}},
    {{-720, 2496, 3520, -1200}, {-112, 960, 4032, -784}, {-784, 4032, 960, -112}, {-1200, 3520, 2496, -720}},
};

static const int16_t *some_weights(void)
{
    const uint32_t s = rnd() % 3, d = rnd() % (s + 2);
    return rnd() % 2 ? sharp_weights[s][d] : anchor_weights[s][d];
}

static int64_t clip16(int64_t v) { return v < 0 ? 0 : v > 65535 ? 65535 : v; }

/* Weights that sum to SHRINK_ONE, some negative, sums of products within 32 bits as those of the format are. */
static void shrink_weights(int16_t *w, int taps)
{
    int rest = SHRINK_ONE;
    for (int j = 0; j < taps - 1; j++) {
        w[j] = (int16_t)((int)(rnd() % (uint32_t)(24000 / taps)) - 3000 / taps);
        rest -= w[j];
    }
    w[taps - 1] = (int16_t)rest;
}

/* count samples, sometimes only the least and the greatest. */
static uint16_t *samples16(size_t count)
{
    uint16_t *p = page_take(count * 2, 2, FV_SLACK);
    const bool extreme = rnd() % 2;
    for (size_t i = 0; i < count; i++) p[i] = (uint16_t)(extreme ? rnd() % 2 * 65535 : rnd());
    return p;
}

/* Limits of count samples, the lower nowhere above the upper. */
static void limits16(size_t count, const uint16_t **low, const uint16_t **high)
{
    uint16_t *a = samples16(count), *b = samples16(count);
    for (size_t i = 0; i < count; i++) b[i] = a[i] > b[i] ? a[i] : b[i];
    *low = a;
    *high = b;
}

static int32_t *values32(size_t count, int32_t low, int32_t high)
{
    int32_t *p = page_take(count * 4, 4, FV_SLACK);
    for (size_t i = 0; i < count; i++) p[i] = low + (int32_t)(rnd() % (uint32_t)(high - low + 1));
    return p;
}

static void shrink_column_check(const sets *all, int taps, int n)
{
    const size_t mark = page_mark();
    int16_t w[MAX_SHRINK];
    const uint16_t *from[MAX_SHRINK];
    shrink_weights(w, taps);
    for (int j = 0; j < taps; j++) from[j] = samples16((size_t)n);
    for (int i = 0; i < all->count; i++) {
        guarded g;
        int32_t *out = guard_take(&g, (size_t)n * 4, 4, 0);
        all->k[i].shrink_column(from, w, taps, out, n);
        CHECK(guard_whole(&g), "%s: shrink_column taps %d n %d: wrote outside", all->k[i].name, taps, n);
        for (int v = 0; v < n; v++) {
            int64_t sum = SHRINK_ONE / 2;
            for (int j = 0; j < taps; j++) sum += (int64_t)w[j] * from[j][v];
            if (!CHECK_QUIET(out[v] == floor_div(sum, SHRINK_ONE), "%s: shrink_column taps %d n %d value %d: %d",
                             all->k[i].name, taps, n, v, out[v]))
                break;
        }
    }
    page_back(mark);
}

static void shrink_row_check(const sets *all, int taps, int n)
{
    const size_t mark = page_mark();
    int16_t w[MAX_SHRINK];
    const int32_t *from[MAX_SHRINK];
    shrink_weights(w, taps);
    for (int j = 0; j < taps; j++) from[j] = values32((size_t)n, -9000, 75000);
    const uint16_t *x = samples16((size_t)n);
    for (int i = 0; i < all->count; i++) {
        guarded g;
        int32_t *out = guard_take(&g, (size_t)n * 4, 4, 0);
        all->k[i].shrink_row(from, w, taps, x, out, n);
        CHECK(guard_whole(&g), "%s: shrink_row taps %d n %d: wrote outside", all->k[i].name, taps, n);
        for (int v = 0; v < n; v++) {
            int64_t sum = SHRINK_ONE / 2;
            for (int j = 0; j < taps; j++) sum += (int64_t)w[j] * from[j][v];
            if (!CHECK_QUIET(out[v] == x[v] - clip16(floor_div(sum, SHRINK_ONE)), "%s: shrink_row taps %d n %d value %d: %d",
                             all->k[i].name, taps, n, v, out[v]))
                break;
        }
    }
    page_back(mark);
}

static void resize_row_check(const sets *all, int taps, int n)
{
    const size_t mark = page_mark();
    const int channels = 1 + (int)(rnd() % 4), pixels = taps + (int)(rnd() % (uint32_t)(2 * n));
    const int32_t *in = values32((size_t)(pixels * channels), -9000, 75000);
    int32_t *at = values32((size_t)n, 0, pixels - taps);
    int16_t *w = page_take((size_t)(n * taps) * 2, 2, 0);
    for (int i = 0; i < n; i++) shrink_weights(w + i * taps, taps);
    at[n - 1] = pixels - taps; /* the last of what may be read */
    for (int i = 0; i < all->count; i++) {
        guarded g;
        uint16_t *out = guard_take(&g, (size_t)(n * channels) * 2, 2, FV_SLACK);
        all->k[i].resize_row(in, channels, at, w, taps, out, n);
        CHECK(guard_whole(&g), "%s: resize_row taps %d n %d: wrote outside", all->k[i].name, taps, n);
        for (int v = 0; v < n * channels; v++) {
            int64_t sum = SHRINK_ONE / 2;
            for (int j = 0; j < taps; j++)
                sum += (int64_t)w[v / channels * taps + j] * in[(at[v / channels] + j) * channels + v % channels];
            if (!CHECK_QUIET(out[v] == clip16(floor_div(sum, SHRINK_ONE)),
                             "%s: resize_row channels %d taps %d n %d value %d: %d", all->k[i].name, channels, taps, n, v,
                             out[v]))
                break;
        }
    }
    page_back(mark);
}

static void enlarge_row_check(const sets *all, int n)
{
    const size_t mark = page_mark();
    const int32_t *in = values32((size_t)n + 9, -65535, 65535);
    const int16_t *w = some_weights();
    for (int i = 0; i < all->count; i++) {
        guarded g;
        int32_t *out = guard_take(&g, (size_t)n * 4, 4, 0);
        all->k[i].enlarge_row(in, w, out, n);
        CHECK(guard_whole(&g), "%s: enlarge_row n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            int64_t sum = 2048;
            for (int j = 0; j < 4; j++) sum += (int64_t)w[j] * in[v + 3 * j];
            if (!CHECK_QUIET(out[v] == floor_div(sum, 4096), "%s: enlarge_row n %d value %d: %d", all->k[i].name, n, v, out[v]))
                break;
        }
    }
    page_back(mark);
}

static void small_check(const sets *all, int n)
{
    const size_t mark = page_mark();
    int32_t *in = values32((size_t)n + 9, -FV_SMALL, FV_SMALL - 1);
    const int16_t *w = some_weights();
    const bool extreme = rnd() % 2;
    for (int i = 0; extreme && i < n + 9; i++) in[i] = w[i / 3 % 4] < 0 ? -FV_SMALL : FV_SMALL - 1;
    const int off = (int)(rnd() % (uint32_t)n), kept = in[off];
    for (int i = 0; i < all->count; i++) {
        guarded g;
        int16_t *out = guard_take(&g, (size_t)n * 2, 2, 0);
        all->k[i].enlarge_small(in, w, out, n);
        CHECK(guard_whole(&g), "%s: enlarge_small n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            int64_t sum = 2048;
            for (int j = 0; j < 4; j++) sum += (int64_t)w[j] * in[v + 3 * j];
            if (!CHECK_QUIET(out[v] == floor_div(sum, 4096), "%s: enlarge_small n %d value %d: %d", all->k[i].name, n, v,
                             out[v]))
                break;
        }
        CHECK(all->k[i].all_small(in, n), "%s: all_small n %d", all->k[i].name, n);
        in[off] = i % 2 ? FV_SMALL : -FV_SMALL - 1;
        CHECK(!all->k[i].all_small(in, n), "%s: all_small n %d, value %d is not", all->k[i].name, n, off);
        in[off] = kept;
    }
    page_back(mark);
}

static void correct_small_check(const sets *all, int n)
{
    const size_t mark = page_mark();
    const uint16_t *y = samples16((size_t)n), *low, *high;
    limits16((size_t)n, &low, &high);
    const int16_t *h[4], *w = some_weights();
    for (int j = 0; j < 4; j++) h[j] = (const int16_t *)samples16((size_t)n);
    for (int i = 0; i < all->count; i++) {
        guarded g;
        uint16_t *out = guard_take(&g, (size_t)n * 2, 2, 0);
        memcpy(out, y, (size_t)n * 2);
        all->k[i].correct_small(out, h, w, low, high, n);
        CHECK(guard_whole(&g), "%s: correct_small n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            int64_t sum = 2048;
            for (int j = 0; j < 4; j++) sum += (int64_t)w[j] * h[j][v];
            const int64_t whole = y[v] + floor_div(sum, 4096);
            const int64_t right = whole < low[v] ? low[v] : whole > high[v] ? high[v] : whole;
            if (!CHECK_QUIET(out[v] == right, "%s: correct_small n %d value %d: %d", all->k[i].name, n, v, out[v])) break;
        }
    }
    page_back(mark);
}

static void correct_check(const sets *all, int n, bool limited)
{
    const size_t mark = page_mark();
    const uint16_t *y = samples16((size_t)n), *low = NULL, *high = NULL;
    if (limited) limits16((size_t)n, &low, &high);
    const int32_t *h[4];
    for (int j = 0; j < 4; j++) h[j] = values32((size_t)n, -130000, 130000);
    const int16_t *w = some_weights();
    for (int i = 0; i < all->count; i++) {
        guarded g;
        uint16_t *out = guard_take(&g, (size_t)n * 2, 2, 0);
        memcpy(out, y, (size_t)n * 2);
        all->k[i].correct(out, h, w, low, high, n);
        CHECK(guard_whole(&g), "%s: correct n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            int64_t sum = 2048;
            for (int j = 0; j < 4; j++) sum += (int64_t)w[j] * h[j][v];
            const int64_t whole = clip16(y[v] + floor_div(sum, 4096));
            const int64_t right = !limited ? whole : whole < low[v] ? low[v] : whole > high[v] ? high[v] : whole;
            if (!CHECK_QUIET(out[v] == right, "%s: correct n %d value %d: %d", all->k[i].name, n, v, out[v])) break;
        }
    }
    page_back(mark);
}

static void add_limited_check(const sets *all, int phases, int n)
{
    const size_t mark = page_mark();
    const uint16_t *y[16], *low, *high;
    limits16((size_t)n, &low, &high);
    for (int p = 0; p < phases; p++) {
        uint16_t *row = samples16((size_t)n);
        for (int i = 0; i < n; i++) row[i] = rnd() % 3 ? row[i] : rnd() % 2 ? low[i] : high[i];
        y[p] = row;
    }
    for (int i = 0; i < all->count; i++) {
        guarded a, b;
        int32_t *sum = guard_take(&a, (size_t)n * 4, 4, 0), *room = guard_take(&b, (size_t)n * 4, 4, 0);
        all->k[i].add_limited(y, phases, low, high, sum, room, n);
        CHECK(guard_whole(&a) && guard_whole(&b), "%s: add_limited n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            int right = 0, lighter = 0, darker = 0;
            for (int p = 0; p < phases; p++) {
                const int limited = y[p][v] < low[v] ? low[v] : y[p][v] > high[v] ? high[v] : y[p][v];
                right += limited;
                lighter += limited < high[v];
                darker += limited > low[v];
            }
            if (!CHECK_QUIET(sum[v] == right && room[v] == lighter + 65536 * darker, "%s: add_limited n %d value %d: %d %x",
                             all->k[i].name, n, v, sum[v], (unsigned)room[v]))
                break;
        }
    }
    page_back(mark);
}

static void move_check(const sets *all, int n)
{
    const size_t mark = page_mark();
    const uint16_t *y = samples16((size_t)n), *low, *high;
    limits16((size_t)n, &low, &high);
    const int32_t *by = values32((size_t)n, -65535, 65535);
    for (int i = 0; i < all->count; i++) {
        guarded g;
        uint16_t *out = guard_take(&g, (size_t)n * 2, 2, 0);
        memcpy(out, y, (size_t)n * 2);
        all->k[i].move(out, by, low, high, n);
        CHECK(guard_whole(&g), "%s: move n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            const int whole = y[v] + by[v], right = whole < low[v] ? low[v] : whole > high[v] ? high[v] : whole;
            if (!CHECK_QUIET(out[v] == right, "%s: move n %d value %d: %d", all->k[i].name, n, v, out[v])) break;
        }
    }
    page_back(mark);
}

static void mix_check(const sets *all, int n)
{
    const size_t mark = page_mark();
    const uint16_t *to = samples16((size_t)n), *from = samples16((size_t)n);
    uint16_t *mix = samples16((size_t)n);
    for (int i = 0; i < n; i++) mix[i] = mix[i] == 65535 ? 4096 : mix[i] % 4097;
    for (int i = 0; i < all->count; i++) {
        guarded g;
        uint16_t *out = guard_take(&g, (size_t)n * 2, 2, 0);
        memcpy(out, to, (size_t)n * 2);
        all->k[i].mix(out, from, mix, n);
        CHECK(guard_whole(&g), "%s: mix n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++) {
            const int64_t right = to[v] + floor_div((int64_t)mix[v] * (from[v] - to[v]) + 2048, 4096);
            if (!CHECK_QUIET(out[v] == right, "%s: mix n %d value %d: %d", all->k[i].name, n, v, out[v])) break;
        }
    }
    page_back(mark);
}

/* Nothing, a step of some height, or a bit of noise on the sample before: plateaus, edges and what is neither. */
static int wander(int v)
{
    const uint32_t kind = rnd() % 16;
    if (kind < 8) return v;
    if (kind < 12) return (int)clip16(v + (int)(rnd() % 601) - 300);
    return kind < 14 ? (int)clip16(v + (int)(rnd() % 16001) - 8000) : (int)(rnd() % 4 ? rnd() % 65536 : rnd() % 2 * 65535);
}

/* Greatest less least of the seven samples in the middle of a line. */
static int contrast_7(const int line[15])
{
    int least7 = 65535, most7 = 0;
    for (int k = 4; k <= 10; k++) {
        least7 = line[k] < least7 ? line[k] : least7;
        most7 = line[k] > most7 ? line[k] : most7;
    }
    return most7 - least7;
}

/* Whether a sample is like a plateau of a line, or between two: line[7] is itself, seven more on either side. */
static bool is_like_plateau(const int line[15], const bool within[15])
{
    int lowest = 65536, highest = -1;
    for (int o = 0; o < 12; o++) {
        int least4 = 65535, most4 = 0;
        for (int k = o; k < o + 4; k++) {
            least4 = line[k] < least4 ? line[k] : least4;
            most4 = line[k] > most4 ? line[k] : most4;
        }
        if (most4 - least4 > 514 || !within[o] || !within[o + 3]) continue;
        lowest = line[o] < lowest ? line[o] : lowest;
        highest = line[o] > highest ? line[o] : highest;
    }
    const int near = contrast_7(line) >> 3;
    return highest >= 0 && line[7] >= lowest - near && line[7] <= highest + near;
}

/* Whether the middle of a line stands out from both samples beside it. */
static bool stands_out(const int line[15])
{
    const int below = line[6] < line[8] ? line[6] : line[8], above = line[6] < line[8] ? line[8] : line[6];
    return line[7] - above >= 12336 || below - line[7] >= 12336;
}

static void bounds_check(const sets *all, int n)
{
    const size_t mark = page_mark(), width = (size_t)(n / 3 + 1 + 14) * 3;
    uint16_t *from[15], *inside = samples16(width), within[12];
    const int first = (int)(rnd() % 15), last = 7 + (int)(rnd() % 8); /* rows within the picture; the own one is */
    const int left = (int)(rnd() % 8), right = (int)width / 3 - (int)(rnd() % 8);
    for (int k = 0; k < 15; k++) {
        from[k] = samples16(width);
        for (size_t i = 0; i < width; i++) {
            const int before = i >= 3 ? from[k][i - 3] : (int)(rnd() % 65536);
            from[k][i] = (uint16_t)(k > 0 && rnd() % 2 ? from[k - 1][i] : rnd() % 3 == 0 ? wander(before) : before);
        }
    }
    for (size_t i = 0; i < width; i++) inside[i] = (int)(i / 3) >= left && (int)(i / 3) < right ? 0xffff : 0;
    const uint16_t near = rnd() % 2 ? 257 : (uint16_t)(rnd() % 1000);
    for (int k = 0; k < 12; k++) within[k] = k >= fv_min(first, 7) && k + 3 <= last ? 0xffff : 0;

    uint16_t *low_right = page_take((size_t)n * 2, 2, 0), *high_right = page_take((size_t)n * 2, 2, 0);
    for (int v = 0; v < n; v++) {
        int across[15], down[15], lo = 65535, hi = 0;
        bool across_within[15], down_within[15];
        for (int k = 0; k < 15; k++) {
            across[k] = from[7][v + 3 * k];
            across_within[k] = inside[v + 3 * k] != 0;
            down[k] = from[k][v + 21];
            down_within[k] = k >= fv_min(first, 7) && k <= last;
        }
        for (int k = 5; k <= 9; k++)
            for (int x = -2; x <= 2; x++) {
                const int sample = from[k][v + 21 + 3 * x];
                lo = sample < lo ? sample : lo;
                hi = sample > hi ? sample : hi;
            }
        const int tolerance = (int)near * (hi == lo ? 0 : hi - lo >= 61680 ? 2 : 1);
        const bool row = is_like_plateau(across, across_within), column = is_like_plateau(down, down_within);
        const bool limited = hi == lo || (row && column) || (row && contrast_7(across) >= 6168 && !stands_out(down)) ||
                             (column && contrast_7(down) >= 6168 && !stands_out(across));
        low_right[v] = (uint16_t)(limited ? clip16(lo - tolerance) : 0);
        high_right[v] = (uint16_t)(limited ? clip16(hi + tolerance) : 65535);
    }
    const uint16_t *from_rows[15];
    for (int k = 0; k < 15; k++) from_rows[k] = from[k];
    for (int i = 0; i < all->count; i++) {
        guarded a, b;
        uint16_t *low = guard_take(&a, (size_t)n * 2, 2, 0), *high = guard_take(&b, (size_t)n * 2, 2, 0);
        all->k[i].bounds(from_rows, inside, within, near, low, high, n);
        CHECK(guard_whole(&a) && guard_whole(&b), "%s: bounds n %d: wrote outside", all->k[i].name, n);
        for (int v = 0; v < n; v++)
            if (!CHECK_QUIET(low[v] == low_right[v] && high[v] == high_right[v], "%s: bounds n %d value %d: %d %d, not %d %d",
                             all->k[i].name, n, v, low[v], high[v], low_right[v], high_right[v]))
                break;
    }
    page_back(mark);
}

static void faithful(const sets *all)
{
    for (int n = 1; n <= 80; n++) {
        const int wide = n <= 70 ? n : 71 + (int)(rnd() % (MAX_N - 71)), rounds = soak() ? 10 : 1;
        for (int round = 0; round < rounds; round++) {
            shrink_column_check(all, 2 + (int)(rnd() % (MAX_SHRINK - 1)), wide);
            shrink_row_check(all, 2 + (int)(rnd() % (MAX_SHRINK - 1)), wide);
            resize_row_check(all, 1 + (int)(rnd() % 18), wide);
            enlarge_row_check(all, wide);
            small_check(all, wide);
            correct_small_check(all, wide);
            correct_check(all, wide, true);
            correct_check(all, wide, false);
            add_limited_check(all, 1 + (int)(rnd() % 16), wide);
            move_check(all, wide);
            mix_check(all, wide);
            bounds_check(all, wide);
        }
    }
}

#endif
