/* SPDX-License-Identifier: MIT
 *
 * The element-by-element kernels of the faithful guarantee, written once like those of kernels_rows.h. What they compute
 * and why is in faithful.c and in doc/format.md, section 5. */
#ifndef FV_KERNELS_FAITHFUL_H
#define FV_KERNELS_FAITHFUL_H

#include "kernels.h"

static ALWAYS_INLINE int32_t faithful_clip16(int32_t v) { return v < 0 ? 0 : v > 65535 ? 65535 : v; }

static ALWAYS_INLINE void faithful_shrink_column(const uint16_t *const *rows, const int16_t *w, int taps,
                                                 int32_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) out[i] = 8192;
    for (int j = 0; j < taps; j++) {
        const uint16_t *row = rows[j];
        const int32_t wj = w[j];
        for (int i = 0; i < n; i++) out[i] += wj * row[i];
    }
    for (int i = 0; i < n; i++) out[i] >>= 14;
}

static ALWAYS_INLINE void faithful_shrink_row(const int32_t *restrict in, const int16_t *w, int taps, int s,
                                              const uint16_t *restrict x, int32_t *restrict out, int n)
{
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            const int32_t *p = in + 3 * s * i + c;
            int32_t sum = 8192;
            for (int j = 0; j < taps; j++) sum += w[j] * p[3 * j];
            out[3 * i + c] = x[3 * i + c] - faithful_clip16(sum >> 14);
        }
}

static ALWAYS_INLINE void faithful_enlarge_row(const int32_t *restrict in, const int16_t w[][4], const uint8_t *base,
                                               int s, int32_t *restrict out, int n)
{
    for (int d = 0; d < s; d++) {
        const int32_t w0 = w[d][0], w1 = w[d][1], w2 = w[d][2], w3 = w[d][3];
        const int32_t *p = in + 3 * base[d];
        int32_t *o = out + 3 * d;
        for (int i = 0; i < n; i++)
            for (int c = 0; c < 3; c++) {
                const int32_t *q = p + 3 * i + c;
                o[3 * s * i + c] = (w0 * q[0] + w1 * q[3] + w2 * q[6] + w3 * q[9] + 2048) >> 12;
            }
    }
}

static ALWAYS_INLINE void faithful_correct(const uint16_t *restrict y, const int32_t *const h[4], const int16_t w[4],
                                           uint16_t *restrict out, int n)
{
    const int32_t *h0 = h[0], *h1 = h[1], *h2 = h[2], *h3 = h[3];
    const int32_t w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    for (int i = 0; i < n; i++)
        out[i] = (uint16_t)faithful_clip16(y[i] + ((w0 * h0[i] + w1 * h1[i] + w2 * h2[i] + w3 * h3[i] + 2048) >> 12));
}

/* The guard works in u16 alone, with all ones for true, so that a vector holds as many values as it can; the runs are
 * written out because compilers vectorise straight lines, not loops within loops. */
static ALWAYS_INLINE uint16_t least(uint16_t a, uint16_t b) { return a < b ? a : b; }
static ALWAYS_INLINE uint16_t most(uint16_t a, uint16_t b) { return a > b ? a : b; }
static ALWAYS_INLINE uint16_t least5(const uint16_t *p) { return least(least(least(p[-6], p[-3]), least(p[0], p[3])), p[6]); }
static ALWAYS_INLINE uint16_t most5(const uint16_t *p) { return most(most(most(p[-6], p[-3]), most(p[0], p[3])), p[6]); }
static ALWAYS_INLINE uint16_t apart(uint16_t a, uint16_t b) { return (uint16_t)(most(a, b) - least(a, b)); }
static ALWAYS_INLINE uint16_t at_most(uint16_t a, uint16_t b) { return a <= b ? 0xffff : 0; }

/* All ones if the run a, b, c, d is flat and like the pixel itself. */
static ALWAYS_INLINE uint16_t plateau_run(uint16_t a, uint16_t b, uint16_t c, uint16_t d, uint16_t own, uint16_t near)
{
    const uint16_t range = (uint16_t)(most(most(a, b), most(c, d)) - least(least(a, b), least(c, d)));
    return at_most(range, 514) & at_most(apart(a, own), near);
}

/* One direction at a time, because flatness along a thin line says nothing about the sides of the line. */
static ALWAYS_INLINE uint16_t row_plateau(const uint16_t *p, const uint16_t *inside)
{
    const uint16_t own = p[0], contrast = (uint16_t)(most5(p) - least5(p)), near = contrast >> 3;
#define RUN(o) (plateau_run(p[o], p[(o) + 3], p[(o) + 6], p[(o) + 9], own, near) & inside[o] & inside[(o) + 9])
    return at_most(6168, contrast) & (RUN(-15) | RUN(-12) | RUN(-9) | RUN(-6) | RUN(-3) | RUN(0) | RUN(3) | RUN(6));
#undef RUN
}

static ALWAYS_INLINE uint16_t column_plateau(const uint16_t *const rows[11], int at, const uint16_t within[8])
{
    const uint16_t own = rows[5][at], a = rows[3][at], b = rows[4][at], c = rows[6][at], d = rows[7][at];
    const uint16_t contrast = (uint16_t)(most(most(most(a, b), most(c, d)), own) - least(least(least(a, b), least(c, d)), own));
    const uint16_t near = contrast >> 3;
#define RUN(o) (plateau_run(rows[o][at], rows[(o) + 1][at], rows[(o) + 2][at], rows[(o) + 3][at], own, near) & within[o])
    return at_most(6168, contrast) & (RUN(0) | RUN(1) | RUN(2) | RUN(3) | RUN(4) | RUN(5) | RUN(6) | RUN(7));
#undef RUN
}

static ALWAYS_INLINE void faithful_bounds(const uint16_t *const rows[11], const uint16_t *restrict inside,
                                          const uint16_t within[8], uint16_t *restrict low, uint16_t *restrict high, int n)
{
    for (int i = 0; i < n; i++) {
        const int at = i + 15;
        uint16_t lo = least(least5(rows[3] + at), least5(rows[4] + at)), hi = most(most5(rows[3] + at), most5(rows[4] + at));
        lo = least(lo, least(least5(rows[5] + at), least(least5(rows[6] + at), least5(rows[7] + at))));
        hi = most(hi, most(most5(rows[5] + at), most(most5(rows[6] + at), most5(rows[7] + at))));
        const uint16_t contrast = (uint16_t)(hi - lo);
        const uint16_t tolerance = contrast ? most(257, contrast >> 7) : 0;
        const uint16_t guarded = at_most(contrast, 0) | row_plateau(rows[5] + at, inside + at) | column_plateau(rows, at, within);
        low[i] = (uint16_t)(lo - least(lo, tolerance)) & guarded;
        high[i] = (uint16_t)(hi + least((uint16_t)(65535 - hi), tolerance)) | (uint16_t)~guarded;
    }
}

static ALWAYS_INLINE void faithful_limit(const uint16_t *restrict y, const uint16_t *restrict low,
                                         const uint16_t *restrict high, int s, int32_t *restrict out, int n)
{
    for (int i = 0; i < n; i++)
        for (int d = 0; d < s; d++)
            for (int c = 0; c < 3; c++) {
                const int at = 3 * (s * i + d) + c;
                out[at] = 64 * least(most(y[at], low[3 * i + c]), high[3 * i + c]);
            }
}

/* The set's functions, compiled with its TARGET, and one that puts them into the table. */
#define FV_FAITHFUL_KERNELS(ISA, set)                                                                                  \
    static ISA void shrink_column_##set(const uint16_t *const *from, const int16_t *w, int taps, int32_t *out, int n)  \
    {                                                                                                                  \
        faithful_shrink_column(from, w, taps, out, n);                                                                 \
    }                                                                                                                  \
    static ISA void shrink_row_##set(const int32_t *in, const int16_t *w, int taps, int s, const uint16_t *x,          \
                                     int32_t *out, int n)                                                              \
    {                                                                                                                  \
        if (s == 2 && taps == 8)                                                                                       \
            faithful_shrink_row(in, w, 8, 2, x, out, n);                                                               \
        else                                                                                                           \
            faithful_shrink_row(in, w, taps, s, x, out, n);                                                            \
    }                                                                                                                  \
    static ISA void enlarge_row_##set(const int32_t *in, const int16_t w[][4], const uint8_t *base, int s,             \
                                      int32_t *out, int n)                                                             \
    {                                                                                                                  \
        if (s == 2)                                                                                                    \
            faithful_enlarge_row(in, w, base, 2, out, n);                                                              \
        else                                                                                                           \
            faithful_enlarge_row(in, w, base, s, out, n);                                                              \
    }                                                                                                                  \
    static ISA void correct_##set(const uint16_t *y, const int32_t *const h[4], const int16_t w[4], uint16_t *out,     \
                                  int n)                                                                               \
    {                                                                                                                  \
        faithful_correct(y, h, w, out, n);                                                                             \
    }                                                                                                                  \
    static ISA void bounds_##set(const uint16_t *const from[11], const uint16_t *inside, const uint16_t within[8],     \
                                 uint16_t *low, uint16_t *high, int n)                                                 \
    {                                                                                                                  \
        faithful_bounds(from, inside, within, low, high, n);                                                           \
    }                                                                                                                  \
    static ISA void limit_##set(const uint16_t *y, const uint16_t *low, const uint16_t *high, int s, int32_t *out,     \
                                int n)                                                                                 \
    {                                                                                                                  \
        if (s == 2)                                                                                                    \
            faithful_limit(y, low, high, 2, out, n);                                                                   \
        else                                                                                                           \
            faithful_limit(y, low, high, s, out, n);                                                                   \
    }                                                                                                                  \
    static void init_faithful_##set(fv_kernels *k)                                                                     \
    {                                                                                                                  \
        k->shrink_column = shrink_column_##set;                                                                        \
        k->shrink_row = shrink_row_##set;                                                                              \
        k->enlarge_row = enlarge_row_##set;                                                                            \
        k->correct = correct_##set;                                                                                    \
        k->bounds = bounds_##set;                                                                                      \
        k->limit = limit_##set;                                                                                        \
    }                                                                                                                  \
    struct set_has_semicolon_##set

#endif
