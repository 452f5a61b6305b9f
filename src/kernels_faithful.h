/* SPDX-License-Identifier: MIT
 *
 * The element-by-element kernels of the faithful guarantee, and of the creative blend, written once like those of
 * kernels_rows.h. What they compute and why is in faithful.c and blend.c, and in doc/format.md, sections 5 and 8. */
#ifndef FV_KERNELS_FAITHFUL_H
#define FV_KERNELS_FAITHFUL_H

#include "kernels.h"

static ALWAYS_INLINE int32_t faithful_clip16(int32_t v) { return v < 0 ? 0 : v > 65535 ? 65535 : v; }

/* Four taps at a time, so that a sum goes to memory and back only once every four; beyond the last tap weights are 0. */
#define FAITHFUL_TAPS(rows, w, taps, j) \
    const int k1 = fv_min((j) + 1, (taps) - 1), k2 = fv_min((j) + 2, (taps) - 1), k3 = fv_min((j) + 3, (taps) - 1); \
    const int32_t w0 = (w)[j], w1 = (j) + 1 < (taps) ? (w)[k1] : 0, w2 = (j) + 2 < (taps) ? (w)[k2] : 0; \
    const int32_t w3 = (j) + 3 < (taps) ? (w)[k3] : 0

static ALWAYS_INLINE void faithful_shrink_column(const uint16_t *const *rows, const int16_t *w, int taps, int32_t *restrict out,
                                                 int n)
{
    for (int j = 0; j < taps; j += 4) {
        FAITHFUL_TAPS(rows, w, taps, j);
        const uint16_t *r0 = rows[j], *r1 = rows[k1], *r2 = rows[k2], *r3 = rows[k3];
        const int32_t shift = j + 4 < taps ? 0 : 14;
        if (j == 0)
            for (int i = 0; i < n; i++) out[i] = (8192 + w0 * r0[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i]) >> shift;
        else
            for (int i = 0; i < n; i++) out[i] = (out[i] + w0 * r0[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i]) >> shift;
    }
}

static ALWAYS_INLINE void faithful_shrink_row(const int32_t *const *rows, const int16_t *w, int taps,
                                              const uint16_t *restrict x, int32_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) out[i] = 8192;
    for (int j = 0; j < taps; j += 4) {
        FAITHFUL_TAPS(rows, w, taps, j);
        const int32_t *r0 = rows[j], *r1 = rows[k1], *r2 = rows[k2], *r3 = rows[k3];
        for (int i = 0; i < n; i++) out[i] += w0 * r0[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i];
    }
    for (int i = 0; i < n; i++) out[i] = x[i] - faithful_clip16(out[i] >> 14);
}

/* Four values at once, of which as many are a pixel's as it has channels. The compilers' vectors, as loops of four stay loops. */
typedef uint32_t faithful_four __attribute__((vector_size(16)));
typedef int32_t faithful_signed_four __attribute__((vector_size(16)));
typedef uint16_t faithful_narrow_four __attribute__((vector_size(8)));

static ALWAYS_INLINE faithful_narrow_four faithful_clip_four(faithful_signed_four v)
{
    v &= ~(v >> 31);
    v |= v > 65535;
    return __builtin_convertvector(v, faithful_narrow_four);
}

/* Unsigned, as what is no channel of the pixel may be anything. */
static ALWAYS_INLINE void faithful_resize_row(const int32_t *in, int channels, const int32_t *at, const int16_t *w, int taps,
                                              uint16_t *out, int n)
{
    for (int i = 0; i < n; i++, w += taps, out += channels) {
        const int32_t *from = in + (size_t)at[i] * (size_t)channels;
        faithful_four sum = {8192, 8192, 8192, 8192}, tap;
        for (int j = 0; j < taps; j++, from += channels) {
            memcpy(&tap, from, sizeof tap);
            sum += tap * (uint32_t)w[j];
        }
        const faithful_narrow_four clipped = faithful_clip_four((faithful_signed_four)sum >> 14);
        memcpy(out, &clipped, sizeof clipped);
    }
}

static ALWAYS_INLINE int32_t faithful_enlarged(int32_t h0, int32_t h1, int32_t h2, int32_t h3, const int16_t w[4])
{
    return (w[0] * h0 + w[1] * h1 + w[2] * h2 + w[3] * h3 + 2048) >> 12;
}

static ALWAYS_INLINE void faithful_enlarge_row(const int32_t *restrict in, const int16_t w[4], int32_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) out[i] = faithful_enlarged(in[i], in[i + 3], in[i + 6], in[i + 9], w);
}

static ALWAYS_INLINE bool faithful_all_small(const int32_t *in, int n)
{
    int32_t seen = 0;
    for (int i = 0; i < n; i++) seen |= in[i] ^ (in[i] >> 31);
    return seen < FV_SMALL;
}

static ALWAYS_INLINE void faithful_enlarge_small(const int32_t *restrict in, const int16_t w[4], int16_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) out[i] = (int16_t)faithful_enlarged(in[i], in[i + 3], in[i + 6], in[i + 9], w);
}

static ALWAYS_INLINE void faithful_correct(uint16_t *restrict y, const int32_t *const h[4], const int16_t w[4],
                                           const uint16_t *restrict low, const uint16_t *restrict high, int n)
{
    const int32_t *h0 = h[0], *h1 = h[1], *h2 = h[2], *h3 = h[3];
    if (low)
        for (int i = 0; i < n; i++) {
            const int32_t v = y[i] + faithful_enlarged(h0[i], h1[i], h2[i], h3[i], w);
            y[i] = (uint16_t)(v < low[i] ? low[i] : v > high[i] ? high[i] : v);
        }
    else
        for (int i = 0; i < n; i++) y[i] = (uint16_t)faithful_clip16(y[i] + faithful_enlarged(h0[i], h1[i], h2[i], h3[i], w));
}

static ALWAYS_INLINE void faithful_correct_small(uint16_t *restrict y, const int16_t *const h[4], const int16_t w[4],
                                                 const uint16_t *restrict low, const uint16_t *restrict high, int n)
{
    const int16_t *h0 = h[0], *h1 = h[1], *h2 = h[2], *h3 = h[3];
    for (int i = 0; i < n; i++) {
        const int32_t v = y[i] + faithful_enlarged(h0[i], h1[i], h2[i], h3[i], w);
        y[i] = (uint16_t)(v < low[i] ? low[i] : v > high[i] ? high[i] : v);
    }
}

static ALWAYS_INLINE void faithful_move(uint16_t *restrict y, const int32_t *restrict by, const uint16_t *restrict low,
                                        const uint16_t *restrict high, int n)
{
    for (int i = 0; i < n; i++) {
        const int32_t v = y[i] + by[i];
        y[i] = (uint16_t)(v < low[i] ? low[i] : v > high[i] ? high[i] : v);
    }
}

static ALWAYS_INLINE void faithful_mix(uint16_t *restrict to, const uint16_t *restrict from, const uint16_t *restrict mix,
                                       int n)
{
    for (int i = 0; i < n; i++) to[i] = (uint16_t)(to[i] + ((mix[i] * (from[i] - to[i]) + 2048) >> 12));
}

/* The guard works in u16 alone, with all ones for true, so that a vector holds as many values as it can; the runs are
 * written out because compilers vectorise straight lines, not loops within loops. */
static ALWAYS_INLINE uint16_t least5(const uint16_t *p)
{
    return fv_least(fv_least(fv_least(p[-6], p[-3]), fv_least(p[0], p[3])), p[6]);
}
static ALWAYS_INLINE uint16_t most5(const uint16_t *p)
{
    return fv_most(fv_most(fv_most(p[-6], p[-3]), fv_most(p[0], p[3])), p[6]);
}
static ALWAYS_INLINE uint16_t at_most(uint16_t a, uint16_t b) { return a <= b ? 0xffff : 0; }

/* Values that are added up at a time, so that their sums stay in registers; three times as many are a block's row. GCC 12 makes
 * nothing good of 32. */
#define ADD_BLOCK 8

static ALWAYS_INLINE void add_limited_block(const uint16_t *const *y, int phases, const uint16_t *restrict low,
                                            const uint16_t *restrict high, int32_t *restrict sum, int32_t *restrict room,
                                            int at, int n)
{
    int32_t total[ADD_BLOCK] = {0};
    uint16_t lighter[ADD_BLOCK] = {0}, darker[ADD_BLOCK] = {0};
    for (int p = 0; p < phases; p++)
        for (int i = 0; i < n; i++) {
            const uint16_t v = fv_least(fv_most(y[p][at + i], low[at + i]), high[at + i]);
            total[i] += v;
            lighter[i] = (uint16_t)(lighter[i] + (v != high[at + i]));
            darker[i] = (uint16_t)(darker[i] + (v != low[at + i]));
        }
    for (int i = 0; i < n; i++) {
        sum[at + i] = total[i];
        room[at + i] = lighter[i] + 65536 * darker[i];
    }
}

static ALWAYS_INLINE void faithful_add_limited(const uint16_t *const *y, int phases, const uint16_t *low, const uint16_t *high,
                                               int32_t *sum, int32_t *room, int n)
{
    int i = 0;
    for (; i <= n - ADD_BLOCK; i += ADD_BLOCK) add_limited_block(y, phases, low, high, sum, room, i, ADD_BLOCK);
    if (i < n && i > 0) /* some once more */
        add_limited_block(y, phases, low, high, sum, room, n - ADD_BLOCK, ADD_BLOCK);
    else if (i < n)
        add_limited_block(y, phases, low, high, sum, room, i, n - i);
}

/* The least and the greatest of the flat runs seen so far; none: 65535 and 0. */
typedef struct plateaus {
    uint16_t least, most;
} plateaus;

/* Takes in the run a, b, c, d where it is flat and allowed. */
static ALWAYS_INLINE void add_run(plateaus *p, uint16_t a, uint16_t b, uint16_t c, uint16_t d, uint16_t allowed)
{
    const uint16_t range = (uint16_t)(fv_most(fv_most(a, b), fv_most(c, d)) - fv_least(fv_least(a, b), fv_least(c, d)));
    const uint16_t flat = at_most(range, 514) & allowed;
    p->least = fv_least(p->least, a | (uint16_t)~flat);
    p->most = fv_most(p->most, a & flat);
}

/* All ones if the pixel is like a plateau, or between two. own - near .. own + near must meet the range of the plateaus. */
static ALWAYS_INLINE uint16_t is_level(plateaus p, uint16_t own, uint16_t contrast)
{
    const uint16_t near = contrast >> 3;
    const uint16_t above = (uint16_t)(own + fv_least(near, (uint16_t)(65535 - own))),
                   below = (uint16_t)(own - fv_least(own, near));
    return at_most(p.least, above) & at_most(below, p.most);
}

/* The greatest less the least of seven samples in succession. */
#define CONTRAST7(at) \
    (uint16_t)(fv_most(fv_most(fv_most(at(0), at(1)), fv_most(at(2), at(3))), fv_most(fv_most(at(4), at(5)), at(6))) - \
               fv_least(fv_least(fv_least(at(0), at(1)), fv_least(at(2), at(3))), fv_least(fv_least(at(4), at(5)), at(6))))

static ALWAYS_INLINE uint16_t row_contrast(const uint16_t *p)
{
#define AT(k) p[3 * (k) - 9]
    return CONTRAST7(AT);
#undef AT
}

static ALWAYS_INLINE uint16_t column_contrast(const uint16_t *const rows[15], int at)
{
#define AT(k) rows[(k) + 4][at]
    return CONTRAST7(AT);
#undef AT
}

/* What several values of a row look at, found once for a block of them: of the flat run that starts at the row's value i,
 * and of the five values from two rows above to two rows below it. */
enum { GUARD_BLOCK = 192, GUARD_SEEN = GUARD_BLOCK + 33 };

typedef struct guard_seen {
    uint16_t run_least[GUARD_SEEN], run_most[GUARD_SEEN], least[GUARD_SEEN], most[GUARD_SEEN];
} guard_seen;

static ALWAYS_INLINE void look_around(const uint16_t *const rows[15], const uint16_t *restrict inside, int first, int count,
                                      guard_seen *restrict seen)
{
    const uint16_t *a = rows[5] + first, *b = rows[6] + first, *p = rows[7] + first, *c = rows[8] + first, *d = rows[9] + first;
    for (int i = 0; i < count; i++) {
        plateaus run = {65535, 0};
        add_run(&run, p[i], p[i + 3], p[i + 6], p[i + 9], inside[first + i] & inside[first + i + 9]);
        seen->run_least[i] = run.least;
        seen->run_most[i] = run.most;
        seen->least[i] = fv_least(fv_least(fv_least(a[i], b[i]), fv_least(c[i], d[i])), p[i]);
        seen->most[i] = fv_most(fv_most(fv_most(a[i], b[i]), fv_most(c[i], d[i])), p[i]);
    }
}

/* One direction at a time, because flatness along a thin line says nothing about the sides of the line. */
static ALWAYS_INLINE uint16_t row_level(const uint16_t *p, const uint16_t *run_least, const uint16_t *run_most,
                                        uint16_t contrast)
{
    plateaus seen = {65535, 0};
#define RUN(o) seen.least = fv_least(seen.least, run_least[3 * (o)]), seen.most = fv_most(seen.most, run_most[3 * (o)])
    RUN(0), RUN(1), RUN(2), RUN(3), RUN(4), RUN(5), RUN(6), RUN(7), RUN(8), RUN(9), RUN(10), RUN(11);
#undef RUN
    return is_level(seen, p[0], contrast);
}

static ALWAYS_INLINE uint16_t column_level(const uint16_t *const rows[15], int at, const uint16_t within[12], uint16_t contrast)
{
    plateaus seen = {65535, 0};
#define RUN(o) add_run(&seen, rows[o][at], rows[(o) + 1][at], rows[(o) + 2][at], rows[(o) + 3][at], within[o])
    RUN(0), RUN(1), RUN(2), RUN(3), RUN(4), RUN(5), RUN(6), RUN(7), RUN(8), RUN(9), RUN(10), RUN(11);
#undef RUN
    return is_level(seen, rows[7][at], contrast);
}

/* All ones for a sample of a line one sample thin: beyond both its neighbours by 48 levels. */
static ALWAYS_INLINE uint16_t thin(uint16_t before, uint16_t own, uint16_t behind)
{
    const uint16_t below = fv_least(before, behind), above = fv_most(before, behind);
    return at_most(12336, (uint16_t)(own - fv_least(own, above))) | at_most(12336, (uint16_t)(below - fv_least(below, own)));
}

/* All ones for a sample in a flat area, and on the flat side of an edge; a plateau along a thin line is no side. */
static ALWAYS_INLINE uint16_t is_flat(const uint16_t *const rows[15], int at, const uint16_t *run_least,
                                      const uint16_t *run_most, const uint16_t within[12])
{
    const uint16_t *p = rows[7] + at, row = row_contrast(p), column = column_contrast(rows, at);
    const uint16_t thin_in_row = thin(p[-3], p[0], p[3]), thin_in_column = thin(rows[6][at], p[0], rows[8][at]);
    const uint16_t level_row = row_level(p, run_least, run_most, row), level_column = column_level(rows, at, within, column);
    const uint16_t side_in_row = at_most(6168, row) & (uint16_t)~thin_in_column;
    const uint16_t side_in_column = at_most(6168, column) & (uint16_t)~thin_in_row;
    return (level_row & (level_column | side_in_row)) | (level_column & side_in_column);
}

/* Values first ... last - 1, at most GUARD_BLOCK. */
static ALWAYS_INLINE void bounds_block(const uint16_t *const rows[15], const uint16_t *restrict inside,
                                       const uint16_t within[12], uint16_t tolerance, uint16_t *restrict low,
                                       uint16_t *restrict high, int first, int last)
{
    guard_seen seen;
    look_around(rows, inside, first, last - first + 33, &seen);
    for (int i = first; i < last; i++) {
        const int at = i + 21;
        const uint16_t lo = least5(seen.least + (at - first)), hi = most5(seen.most + (at - first));
        const uint16_t contrast = (uint16_t)(hi - lo);
        const uint16_t beyond = (tolerance & (uint16_t)~at_most(contrast, 0)) + (tolerance & at_most(61680, contrast));
        const uint16_t *run_least = seen.run_least + (i - first), *run_most = seen.run_most + (i - first);
        const uint16_t guarded = at_most(contrast, 0) | is_flat(rows, at, run_least, run_most, within);
        low[i] = (uint16_t)(lo - fv_least(lo, beyond)) & guarded;
        high[i] = (uint16_t)(hi + fv_least((uint16_t)(65535 - hi), beyond)) | (uint16_t)~guarded;
    }
}

static ALWAYS_INLINE void faithful_bounds(const uint16_t *const rows[15], const uint16_t *inside, const uint16_t within[12],
                                          uint16_t tolerance, uint16_t *low, uint16_t *high, int n)
{
    for (int i = 0; i < n; i += GUARD_BLOCK)
        bounds_block(rows, inside, within, tolerance, low, high, i, fv_min(i + GUARD_BLOCK, n));
}

/* The set's functions, compiled with its TARGET, and one that puts them into the table. */
#define FV_FAITHFUL_KERNELS(ISA, set) \
    static ISA void shrink_column_##set(const uint16_t *const *from, const int16_t *w, int taps, int32_t *out, int n) \
    { \
        faithful_shrink_column(from, w, taps, out, n); \
    } \
    static ISA void shrink_row_##set(const int32_t *const *from, const int16_t *w, int taps, const uint16_t *x, int32_t *out, \
                                     int n) \
    { \
        faithful_shrink_row(from, w, taps, x, out, n); \
    } \
    static ISA void resize_row_##set(const int32_t *in, int channels, const int32_t *at, const int16_t *w, int taps, \
                                     uint16_t *out, int n) \
    { \
        faithful_resize_row(in, channels, at, w, taps, out, n); \
    } \
    static ISA void enlarge_row_##set(const int32_t *in, const int16_t w[4], int32_t *out, int n) \
    { \
        faithful_enlarge_row(in, w, out, n); \
    } \
    static ISA void correct_##set(uint16_t *y, const int32_t *const h[4], const int16_t w[4], const uint16_t *low, \
                                  const uint16_t *high, int n) \
    { \
        faithful_correct(y, h, w, low, high, n); \
    } \
    static ISA bool all_small_##set(const int32_t *in, int n) { return faithful_all_small(in, n); } \
    static ISA void enlarge_small_##set(const int32_t *in, const int16_t w[4], int16_t *out, int n) \
    { \
        faithful_enlarge_small(in, w, out, n); \
    } \
    static ISA void correct_small_##set(uint16_t *y, const int16_t *const h[4], const int16_t w[4], const uint16_t *low, \
                                        const uint16_t *high, int n) \
    { \
        faithful_correct_small(y, h, w, low, high, n); \
    } \
    static ISA void add_limited_##set(const uint16_t *const *y, int phases, const uint16_t *low, const uint16_t *high, \
                                      int32_t *sum, int32_t *room, int n) \
    { \
        faithful_add_limited(y, phases, low, high, sum, room, n); \
    } \
    static ISA void move_##set(uint16_t *y, const int32_t *by, const uint16_t *low, const uint16_t *high, int n) \
    { \
        faithful_move(y, by, low, high, n); \
    } \
    static ISA void mix_##set(uint16_t *to, const uint16_t *from, const uint16_t *mix, int n) \
    { \
        faithful_mix(to, from, mix, n); \
    } \
    static ISA void bounds_##set(const uint16_t *const from[15], const uint16_t *inside, const uint16_t within[12], \
                                 uint16_t tolerance, uint16_t *low, uint16_t *high, int n) \
    { \
        faithful_bounds(from, inside, within, tolerance, low, high, n); \
    } \
    static void init_faithful_##set(fv_kernels *k) \
    { \
        k->shrink_column = shrink_column_##set; \
        k->shrink_row = shrink_row_##set; \
        k->resize_row = resize_row_##set; \
        k->enlarge_row = enlarge_row_##set; \
        k->correct = correct_##set; \
        k->all_small = all_small_##set; \
        k->enlarge_small = enlarge_small_##set; \
        k->correct_small = correct_small_##set; \
        k->add_limited = add_limited_##set; \
        k->move = move_##set; \
        k->mix = mix_##set; \
        k->bounds = bounds_##set; \
    } \
    struct set_has_semicolon_##set

#endif
