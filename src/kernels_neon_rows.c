/* SPDX-License-Identifier: MIT
 *
 * Four rows at once for 64-bit ARM without a dot product of bytes (Cortex-A53, A72 ...): smlal multiplies four 16-bit numbers in one
 * instruction where smull, smlal and sadalp take three for 16 bytes, but only a quarter of the products is left. */
#include "kernels_neon.h"
#include "kernels_winograd.h"

#if defined(FV_NEON)

enum { TILES = 4 };

#define EACH(DO) DO(0) DO(1) DO(2) DO(3)

/* Weights lie in pairs of input channels; loading them apart gives a vector of output channels for each. */
static ALWAYS_INLINE void multiply_few(const int16_t *v, const int16_t *u, uint32_t *sums, int cin, const int p)
{
#define ZERO(i) int32x4_t a##i = vdupq_n_s32(0), b##i = a##i, c##i = a##i, d##i = a##i;
    EACH(ZERO)
    for (int k = 0; k < cin; k += 4) {
#define LOAD(i) const int16x4_t in##i = vld1_s16(v + (i < p ? i * cin : 0) + k);
        EACH(LOAD)
#define CHANNEL(i, lane, number) \
    if (i < p) { \
        a##i = vmlal_lane_s16(a##i, vget_low_s16(first.val[number]), in##i, lane); \
        b##i = vmlal_high_lane_s16(b##i, first.val[number], in##i, lane); \
        c##i = vmlal_lane_s16(c##i, vget_low_s16(second.val[number]), in##i, lane); \
        d##i = vmlal_high_lane_s16(d##i, second.val[number], in##i, lane); \
    }
#define PAIR(lane0, lane1) \
    { \
        const int16x8x2_t first = vld2q_s16(u), second = vld2q_s16(u + WG_BLOCK); \
        CHANNEL(0, lane0, 0) \
        CHANNEL(1, lane0, 0) \
        CHANNEL(2, lane0, 0) \
        CHANNEL(3, lane0, 0) \
        CHANNEL(0, lane1, 1) CHANNEL(1, lane1, 1) CHANNEL(2, lane1, 1) CHANNEL(3, lane1, 1) u += 2 * WG_BLOCK; \
    }
        PAIR(0, 1)
        PAIR(2, 3)
    }
#define KEEP(i) \
    if (i < p) { \
        vst1q_u32(sums + i * WG_BLOCK, vreinterpretq_u32_s32(a##i)); \
        vst1q_u32(sums + i * WG_BLOCK + 4, vreinterpretq_u32_s32(b##i)); \
        vst1q_u32(sums + i * WG_BLOCK + 8, vreinterpretq_u32_s32(c##i)); \
        vst1q_u32(sums + i * WG_BLOCK + 12, vreinterpretq_u32_s32(d##i)); \
    }
    EACH(KEEP)
}

static ALWAYS_INLINE void multiply(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin)
{
    const int p = tiles >= TILES ? TILES : 1;
    for (int t = 0; t < tiles; t += p) {
        const int first = fv_min(t, tiles - p);
        if (p == TILES)
            multiply_few(v + first * cin, u, sums + first * WG_BLOCK, cin, TILES);
        else
            multiply_few(v + first * cin, u, sums + first * WG_BLOCK, cin, 1);
    }
}

static ALWAYS_INLINE int32x4_t with_bias(const fv_conv *c, const int32_t *sums, int o)
{
    return vaddq_s32(vld1q_s32(sums), vld1q_s32(c->bias + o));
}

static ALWAYS_INLINE void put_pixel(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out)
{
    neon_put(c, o, add, out, with_bias(c, sums, o), with_bias(c, sums + 4, o + 4), with_bias(c, sums + 8, o + 8),
             with_bias(c, sums + 12, o + 12));
}

static ALWAYS_INLINE void round_pixel(const fv_conv *c, const int32_t *sums, int o, int32_t *out)
{
    neon_round(c, o, out, with_bias(c, sums, o), with_bias(c, sums + 4, o + 4), with_bias(c, sums + 8, o + 8),
               with_bias(c, sums + 12, o + 12));
}

FV_WINOGRAD_KERNELS(, neon, multiply, NULL, NULL)

void fv_kernels_init_neon_rows(fv_kernels *k)
{
    k->body_rows = body_rows_neon;
    k->tail_rows = tail_rows_neon;
}

#else

typedef int fv_no_neon_rows; /* a translation unit must not be empty */

#endif
