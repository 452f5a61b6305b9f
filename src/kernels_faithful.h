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

static ALWAYS_INLINE int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }
static ALWAYS_INLINE int32_t most(int32_t a, int32_t b) { return a > b ? a : b; }

/* Element i of a row is channel i % 3 of pixel i/3 - 5, so the own pixel of value i stands at i + 15; row 5 is its own.
 * One direction at a time, because flatness along a thin line says nothing about the sides of the line: what is 3 values
 * apart along the row or one row apart down the column. */
static ALWAYS_INLINE int32_t faithful_range(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return most(most(a, b), most(c, d)) - least(least(a, b), least(c, d));
}

/* 1 if the run a, b, c, d is flat and like the pixel itself. */
static ALWAYS_INLINE int32_t faithful_run(int32_t a, int32_t b, int32_t c, int32_t d, int32_t own, int32_t near)
{
    return (faithful_range(a, b, c, d) <= 514) & (a - own <= near) & (own - a <= near);
}

static ALWAYS_INLINE int32_t faithful_row_plateau(const uint16_t *p, const uint16_t *inside)
{
    const int32_t own = p[0], contrast = most(faithful_range(p[-6], p[-3], p[3], p[6]),
                                              most(faithful_range(p[-6], p[-3], p[3], own), faithful_range(p[-3], p[3], p[6], own)));
    int32_t flat = 0;
    for (int o = -15; o <= 6; o += 3)
        flat |= faithful_run(p[o], p[o + 3], p[o + 6], p[o + 9], own, contrast >> 3) & inside[o] & inside[o + 9];
    return flat & (contrast >= 6168);
}

static ALWAYS_INLINE int32_t faithful_column_plateau(const uint16_t *const rows[11], int at, int above, int below)
{
    const int32_t own = rows[5][at], a = rows[3][at], b = rows[4][at], c = rows[6][at], d = rows[7][at];
    const int32_t contrast = most(faithful_range(a, b, c, d), most(faithful_range(a, b, c, own), faithful_range(b, c, d, own)));
    int32_t flat = 0;
    for (int o = above; o <= below; o++)
        flat |= faithful_run(rows[5 + o][at], rows[6 + o][at], rows[7 + o][at], rows[8 + o][at], own, contrast >> 3);
    return flat & (contrast >= 6168);
}

static ALWAYS_INLINE void faithful_bounds(const uint16_t *const rows[11], const uint16_t *restrict inside, int above,
                                          int below, uint16_t *restrict low, uint16_t *restrict high, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t lo = 65535, hi = 0;
        for (int j = 3; j <= 7; j++)
            for (int k = -6; k <= 6; k += 3) {
                const int32_t v = rows[j][i + 15 + k];
                lo = least(lo, v);
                hi = most(hi, v);
            }
        const int32_t plateau = faithful_row_plateau(rows[5] + i + 15, inside + i + 15) |
                                faithful_column_plateau(rows, i + 15, above, below);
        const int32_t contrast = hi - lo, tolerance = contrast ? most(257, contrast >> 7) : 0;
        const int32_t guarded = (contrast == 0) | plateau;
        low[i] = guarded ? (uint16_t)most(lo - tolerance, 0) : 0;
        high[i] = guarded ? (uint16_t)least(hi + tolerance, 65535) : 65535;
    }
}

static ALWAYS_INLINE void faithful_limit(const uint16_t *restrict y, const uint16_t *restrict low,
                                         const uint16_t *restrict high, int s, int32_t *restrict out, int n)
{
    for (int i = 0; i < n; i++)
        for (int d = 0; d < s; d++)
            for (int c = 0; c < 3; c++) {
                const int at = 3 * (s * i + d) + c;
                const int32_t v = most(y[at], low[3 * i + c]);
                out[at] = 64 * least(v, high[3 * i + c]);
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
    static ISA void bounds_##set(const uint16_t *const from[11], const uint16_t *inside, int above, int below,         \
                                 uint16_t *low, uint16_t *high, int n)                                                 \
    {                                                                                                                  \
        if (above == -5 && below == 2)                                                                                 \
            faithful_bounds(from, inside, -5, 2, low, high, n);                                                        \
        else                                                                                                           \
            faithful_bounds(from, inside, above, below, low, high, n);                                                 \
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
