/* SPDX-License-Identifier: MIT
 *
 * The element-by-element kernels, written once. kernels.c compiles them for the base instruction set; the other sets
 * compile the very same source inside functions marked TARGET(...), where the compiler vectorises it wider. All integer,
 * so there is nothing to differ. */
#ifndef FV_KERNELS_ROWS_H
#define FV_KERNELS_ROWS_H

#include "kernels.h"

static ALWAYS_INLINE void rows_anchor_row_n(const uint16_t *restrict in, const int16_t w[][4], const uint8_t *base, int s,
                                            const int channels, int32_t *restrict out, int n)
{
    for (int d = 0; d < s; d++) {
        const int w0 = w[d][0], w1 = w[d][1], w2 = w[d][2], w3 = w[d][3];
        const uint16_t *p = in + base[d] * channels;
        int32_t *o = out + d * channels;
        for (int i = 0; i < n; i++)
            for (int c = 0; c < channels; c++) {
                const uint16_t *q = p + i * channels + c;
                const int32_t sum = w0 * q[0] + w1 * q[channels] + w2 * q[2 * channels] + w3 * q[3 * channels];
                o[i * s * channels + c] = (sum + 32) >> 6;
            }
    }
}

static ALWAYS_INLINE void rows_anchor_row(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels,
                                          int32_t *out, int n)
{
    if (channels == 3)
        rows_anchor_row_n(in, w, base, s, 3, out, n);
    else
        rows_anchor_row_n(in, w, base, s, 1, out, n);
}

/* The sum of four products needs 36 bits; h = 64 q + e keeps both halves within 32 (doc/format.md, anchor). */
static ALWAYS_INLINE int32_t rows_column(int32_t h0, int32_t h1, int32_t h2, int32_t h3, const int16_t w[4])
{
    const int32_t high = w[0] * (h0 >> 6) + w[1] * (h1 >> 6) + w[2] * (h2 >> 6) + w[3] * (h3 >> 6);
    const int32_t low = w[0] * (h0 & 63) + w[1] * (h1 & 63) + w[2] * (h2 & 63) + w[3] * (h3 & 63);
    return (high + ((low + 2048) >> 6)) >> 6;
}

static ALWAYS_INLINE void rows_anchor_column(const int32_t *const h[4], const int16_t w[4], const int32_t *t,
                                             int32_t *restrict out, int n)
{
    const int32_t *h0 = h[0], *h1 = h[1], *h2 = h[2], *h3 = h[3];
    if (t)
        for (int i = 0; i < n; i++) out[i] = rows_column(h0[i], h1[i], h2[i], h3[i], w) + t[i];
    else
        for (int i = 0; i < n; i++) out[i] = rows_column(h0[i], h1[i], h2[i], h3[i], w);
}

static ALWAYS_INLINE int32_t rows_clip(int32_t v, int32_t high) { return v < 0 ? 0 : v > high ? high : v; }

static ALWAYS_INLINE void rows_round8(const int32_t *restrict in, uint8_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) {
        const uint32_t level = (uint32_t)(rows_clip(in[i], 65535 * 64) + 8224) >> 6;
        out[i] = (uint8_t)((level * 65281u) >> 24); /* level / 257, exact below 65793 */
    }
}

static ALWAYS_INLINE void rows_round16(const int32_t *restrict in, uint16_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) out[i] = (uint16_t)(rows_clip(in[i] + 32, 65535 * 64 + 63) >> 6);
}

static ALWAYS_INLINE void rows_narrow8(const uint16_t *restrict in, uint8_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) {
        const uint16_t up = in[i] < 65535 - 128 ? in[i] + 128 : 65535;
        out[i] = (uint8_t)((uint16_t)((up * 65281u) >> 16) >> 8); /* up / 257, in 16 bits all the way */
    }
}

/* The tail's channels do not fall into the rows of the result in whole vectors, so the vector kernels make a tile of p
 * pixels in t, (p, cout_pad) and 4 values to spare, and it is copied from there, four values at a time. What is too much
 * on the right is overwritten by the next pixel, or is slack. */
static ALWAYS_INLINE void rows_tail_put(const int32_t *t, int cout_pad, const int s, int32_t *const out[4], int x, int p)
{
    const int row = 3 * s;
    for (int i = 0; i < p; i++)
        for (int dy = 0; dy < s; dy++) {
            const int32_t *from = t + i * cout_pad + dy * row;
            int32_t *to = out[dy] + (ptrdiff_t)(x + i) * row;
            memcpy(to, from, 16);
            memcpy(to + 4, from + 4, 16);
            if (row > 8) memcpy(to + 8, from + 8, 16);
        }
}

#endif
