/* SPDX-License-Identifier: MIT
 *
 * The kernels for 64-bit ARM: with the dot product instruction sdot where the processor has it, and with plain NEON.
 * Activations have seven bits, so both may read them as signed.
 *
 * As in kernels_avx512.c, lanes are output channels, four in a vector, and a tile of p pixels x 16 channels keeps its sums
 * in registers. sdot multiplies by one of four groups of four bytes in a register, so a step takes 16 input channels: one
 * load a pixel, and one for each vector of weights, shared by the pixels. Plain NEON multiplies a group that is repeated
 * in all lanes; two products of 7 by 8 bits fit into 16, two of which are then added to a sum of 32, so a vector of sums
 * holds two channels in two halves each. */
#include "kernels_rows.h"

#if defined(__aarch64__) && defined(__ARM_NEON) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <arm_neon.h>

#if defined(__clang__)
#define DOTPROD TARGET("dotprod")
#else
#define DOTPROD TARGET("arch=armv8.2-a+dotprod")
#endif

enum { BLOCK = 16, CHANNELS_MAX = 48, DOT_PIXELS = 4, PLAIN_PIXELS = 2, HEAD_PIXELS = 4 };

typedef enum job { HEAD, BODY, TAIL } job;

typedef struct rows {
    const uint8_t *in[3];
    const uint8_t *add;
    uint8_t *out;
    int32_t *tail; /* of this tile: (p, cout_pad) */
} rows;

/* ---- Out of the sums ---- */

static ALWAYS_INLINE float32x4_t scaled(const fv_conv *c, int32x4_t acc, int o)
{
    return vmulq_f32(vcvtq_f32_s32(acc), vld1q_f32(c->scale + o));
}

static ALWAYS_INLINE int16x4_t quantised(const fv_conv *c, int32x4_t acc, int o)
{
    const float32x4_t low = vdupq_n_f32((float)-c->zp), high = vdupq_n_f32((float)(127 - c->zp));
    const int32x4_t q = vcvtnq_s32_f32(vminq_f32(vmaxq_f32(scaled(c, acc, o), low), high));
    return vmovn_s32(vaddq_s32(q, vdupq_n_s32(c->zp)));
}

/* 16 channels from o on of pixel x, the i-th of its tile. */
static ALWAYS_INLINE void put(const fv_conv *c, const rows *r, const job kind, int x, int i, int o, int32x4_t a0,
                              int32x4_t a1, int32x4_t a2, int32x4_t a3)
{
    if (kind == TAIL) {
        int32_t *t = r->tail + i * c->cout_pad + o;
        vst1q_s32(t, vcvtnq_s32_f32(scaled(c, a0, o)));
        vst1q_s32(t + 4, vcvtnq_s32_f32(scaled(c, a1, o + 4)));
        vst1q_s32(t + 8, vcvtnq_s32_f32(scaled(c, a2, o + 8)));
        vst1q_s32(t + 12, vcvtnq_s32_f32(scaled(c, a3, o + 12)));
        return;
    }
    const ptrdiff_t at = (ptrdiff_t)(x + i) * c->cout_pad + o;
    if (kind == BODY && r->add) {
        const uint8x16_t b = vld1q_u8(r->add + at);
        const uint16x8_t b0 = vmovl_u8(vget_low_u8(b)), b1 = vmovl_u8(vget_high_u8(b));
        a0 = vmlaq_s32(a0, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(b0))), vld1q_s32(c->skip + o));
        a1 = vmlaq_s32(a1, vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(b0))), vld1q_s32(c->skip + o + 4));
        a2 = vmlaq_s32(a2, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(b1))), vld1q_s32(c->skip + o + 8));
        a3 = vmlaq_s32(a3, vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(b1))), vld1q_s32(c->skip + o + 12));
    }
    const int16x8_t q0 = vcombine_s16(quantised(c, a0, o), quantised(c, a1, o + 4));
    const int16x8_t q1 = vcombine_s16(quantised(c, a2, o + 8), quantised(c, a3, o + 12));
    vst1q_u8(r->out + at, vreinterpretq_u8_s8(vcombine_s8(vmovn_s16(q0), vmovn_s16(q1))));
}

/* ---- Tiles: pixels x ... x + p - 1, output channels o ... o + 15 ----
 *
 * Sums are variables, because gcc would keep an array of them in memory; conditions on i are decided by the compiler. */

#define START(i) \
    int32x4_t a##i = vld1q_s32(c->bias + o), b##i = vld1q_s32(c->bias + o + 4), c##i = vld1q_s32(c->bias + o + 8), \
              d##i = vld1q_s32(c->bias + o + 12);
#define PUT(i) \
    if (i < p) put(c, r, kind, x, i, o, a##i, b##i, c##i, d##i);

/* Assembler, because clang before 16 has the intrinsic only for files compiled with the extension. */
#define SDOT(sum, w, four, lane) __asm__("sdot %0.4s, %1.16b, %2.4b[" #lane "]" : "+w"(sum) : "w"(w), "w"(four))

static ALWAYS_INLINE void tile_dot(const fv_conv *c, const rows *r, const job kind, int x, int o, const int p,
                                   const int pixel)
{
    START(0) START(1) START(2) START(3) const int8_t *w = (const int8_t *)c->weights + 4 * o;
    const ptrdiff_t step = 4 * c->cout_pad;
    for (int ky = 0; ky < 3; ky++) {
        const uint8_t *a = r->in[ky] + (ptrdiff_t)x * pixel;
        const uint8_t *const end = a + 3 * pixel;
        do {
#define LOAD(i) const uint8x16_t in##i = vld1q_u8(a + (i < p ? i * pixel : 0));
            LOAD(0)
            LOAD(1) LOAD(2) LOAD(3)
#define DOT(i, lane) \
    if (i < p) { \
        SDOT(a##i, w0, in##i, lane); \
        SDOT(b##i, w1, in##i, lane); \
        SDOT(c##i, w2, in##i, lane); \
        SDOT(d##i, w3, in##i, lane); \
    }
#define GROUP(lane) \
    { \
        const int8x16_t w0 = vld1q_s8(w), w1 = vld1q_s8(w + 16), w2 = vld1q_s8(w + 32), w3 = vld1q_s8(w + 48); \
        DOT(0, lane) DOT(1, lane) DOT(2, lane) DOT(3, lane) w += step; \
    }
                GROUP(0) GROUP(1) GROUP(2) GROUP(3) a += 16;
        } while (a != end);
    }
    PUT(0) PUT(1) PUT(2) PUT(3)
}

static ALWAYS_INLINE int8x16_t four_times(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

static ALWAYS_INLINE void tile_plain(const fv_conv *c, const rows *r, const job kind, int x, int o, const int p,
                                     const int pixel)
{
    /* letter: four channels, low: the first two of them; each sum is that of two lanes */
#define START_HALVES(i) \
    int32x4_t a##i##low = vdupq_n_s32(0), a##i##high = a##i##low, b##i##low = a##i##low, b##i##high = a##i##low, \
              c##i##low = a##i##low, c##i##high = a##i##low, d##i##low = a##i##low, d##i##high = a##i##low;
    START_HALVES(0) START_HALVES(1) const int8_t *w = (const int8_t *)c->weights + 4 * o;
    const ptrdiff_t step = 4 * c->cout_pad;
    for (int ky = 0; ky < 3; ky++) {
        const uint8_t *a = r->in[ky] + (ptrdiff_t)x * pixel;
        const uint8_t *const end = a + 3 * pixel;
        do {
#define MULTIPLY(letter, i, v, first, second) \
    letter##i##low = vpadalq_s16(letter##i##low, vmlal_s8(vmull_s8(vget_low_s8(v##0), vget_low_s8(first)), \
                                                          vget_low_s8(v##1), vget_low_s8(second))); \
    letter##i##high = vpadalq_s16(letter##i##high, vmlal_high_s8(vmull_high_s8(v##0, first), v##1, second));
#define QUARTER(letter, at) \
    { \
        const int8x16_t v0 = vld1q_s8(w + at), v1 = vld1q_s8(w + step + at); \
        MULTIPLY(letter, 0, v, first0, second0) \
        if (p > 1) { \
            MULTIPLY(letter, 1, v, first1, second1) \
        } \
    }
            const int8x16_t first0 = four_times(a), second0 = four_times(a + 4);
            const int8x16_t first1 = p > 1 ? four_times(a + pixel) : first0;
            const int8x16_t second1 = p > 1 ? four_times(a + pixel + 4) : second0;
            QUARTER(a, 0)
            QUARTER(b, 16)
            QUARTER(c, 32)
            QUARTER(d, 48)
            w += 2 * step;
            a += 8;
        } while (a != end);
    }
#define FINISH(i) \
    if (i < p) { \
        START(i) \
        a##i = vaddq_s32(a##i, vpaddq_s32(a##i##low, a##i##high)); \
        b##i = vaddq_s32(b##i, vpaddq_s32(b##i##low, b##i##high)); \
        c##i = vaddq_s32(c##i, vpaddq_s32(c##i##low, c##i##high)); \
        d##i = vaddq_s32(d##i, vpaddq_s32(d##i##low, d##i##high)); \
        PUT(i) \
    }
    FINISH(0)
    FINISH(1)
}

/* The head's weights lie in pairs, (cout, 2); loading them apart gives a vector of channels for each input channel. The
 * fourth input channel has weights 0 and is left out. */
static ALWAYS_INLINE void tile_head(const fv_conv *c, const rows *r, int x, int o, const int p)
{
    const job kind = HEAD;
    START(0) START(1) START(2) START(3) const int16_t *w = (const int16_t *)c->weights + 2 * o;
    const ptrdiff_t step = 2 * c->cout_pad;
    for (int ky = 0; ky < 3; ky++)
        for (int kx = 0; kx < 3; kx++) {
            const int16_t *a = (const int16_t *)(const void *)r->in[ky] + (ptrdiff_t)(x + kx) * 4;
            const int16x8x2_t u = vld2q_s16(w), v = vld2q_s16(w + 16);
            const int16x8_t u2 = vld2q_s16(w + step).val[0], v2 = vld2q_s16(w + step + 16).val[0];
#define CHANNEL(i, first, second, lane) \
    a##i = vmlal_lane_s16(a##i, vget_low_s16(first), in, lane); \
    b##i = vmlal_high_lane_s16(b##i, first, in, lane); \
    c##i = vmlal_lane_s16(c##i, vget_low_s16(second), in, lane); \
    d##i = vmlal_high_lane_s16(d##i, second, in, lane);
#define TAP(i) \
    if (i < p) { \
        const int16x4_t in = vld1_s16(a + i * 4); \
        CHANNEL(i, u.val[0], v.val[0], 0) \
        CHANNEL(i, u.val[1], v.val[1], 1) \
        CHANNEL(i, u2, v2, 2) \
    }
            TAP(0)
            TAP(1)
            TAP(2)
            TAP(3)
            w += 2 * step;
        }
    PUT(0) PUT(1) PUT(2) PUT(3)
}

/* ---- Rows of tiles. One that is no multiple of p ends with a tile moved back over pixels already done, which come out
 * the same. ---- */

static void head_neon(const fv_conv *c, const uint16_t *const in[3], uint8_t *out, int n)
{
    const rows r = {{(const uint8_t *)in[0], (const uint8_t *)in[1], (const uint8_t *)in[2]}, NULL, out, NULL};
    for (int o = 0; o < c->cout_pad; o += BLOCK) {
        int x = 0;
        for (; n >= HEAD_PIXELS && n > x; x += HEAD_PIXELS)
            tile_head(c, &r, fv_min(x, n - HEAD_PIXELS), o, HEAD_PIXELS);
        for (; n > x; x++) tile_head(c, &r, x, o, 1);
    }
}

static ALWAYS_INLINE void tile(const fv_conv *c, const rows *r, const job kind, const bool dot, int x, int o,
                               const int p, const int pixel)
{
    if (dot)
        tile_dot(c, r, kind, x, o, p, pixel);
    else
        tile_plain(c, r, kind, x, o, p, pixel);
}

static ALWAYS_INLINE void body(const fv_conv *c, const rows *r, int n, const bool dot, const int pixel)
{
    const int p = dot ? DOT_PIXELS : PLAIN_PIXELS;
    for (int o = 0; o < c->cout_pad; o += BLOCK) {
        int x = 0;
        for (; n >= p && n > x; x += p) tile(c, r, BODY, dot, fv_min(x, n - p), o, p, pixel);
        for (; n > x; x++) tile(c, r, BODY, dot, x, o, 1, pixel);
    }
}

static ALWAYS_INLINE void tail(const fv_conv *c, const rows *r, int32_t *const out[4], int n, const bool dot,
                               const int pixel)
{
    const int s = c->cout == 12 ? 2 : c->cout == 27 ? 3 : 4, most = dot ? DOT_PIXELS : PLAIN_PIXELS;
    int32_t t[DOT_PIXELS * CHANNELS_MAX + 4];
    rows to = *r;
    to.tail = t;
    const int p = n >= most ? most : 1;
    for (int x = 0; x < n; x += p) {
        const int first = fv_min(x, n - p);
        for (int o = 0; o < c->cout_pad; o += BLOCK)
            if (p == most)
                tile(c, &to, TAIL, dot, first, o, most, pixel);
            else
                tile(c, &to, TAIL, dot, first, o, 1, pixel);
        rows_tail_put(t, c->cout_pad, s, out, first, p);
    }
}

#define INSTANCES(set, dot, isa) \
    static isa void body_##set(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, add, out, NULL}; \
        if (c->cin == 32) \
            body(c, &r, n, dot, 32); \
        else if (c->cin == 64) \
            body(c, &r, n, dot, 64); \
        else \
            body(c, &r, n, dot, c->cin); \
    } \
    static isa void tail_##set(const fv_conv *c, const uint8_t *const in[3], int32_t *const out[4], int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, NULL, NULL, NULL}; \
        tail(c, &r, out, n, dot, c->cin); \
    }

INSTANCES(neon, false, )
INSTANCES(dotprod, true, DOTPROD)

/* ---- The anchor ---- */

/* Three channels: four values at a time, the last of which the next pixel overwrites; the last pixel is left to the plain
 * loop. The compiler does well enough with the other rows. */
static void anchor_row_neon(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels,
                            int32_t *out, int n)
{
    if (channels != 3) {
        rows_anchor_row(in, w, base, s, channels, out, n);
        return;
    }
    for (int i = 0; i < n - 1; i++)
        for (int d = 0; d < s; d++) {
            const uint16_t *p = in + (i + base[d]) * 3;
            int32x4_t sum = vdupq_n_s32(32);
            for (int j = 0; j < 4; j++)
                sum = vmlaq_n_s32(sum, vreinterpretq_s32_u32(vmovl_u16(vld1_u16(p + 3 * j))), w[d][j]);
            vst1q_s32(out + (i * s + d) * 3, vshrq_n_s32(sum, 6));
        }
    rows_anchor_row(in + (n - 1) * 3, w, base, s, 3, out + (ptrdiff_t)(n - 1) * s * 3, 1);
}

void fv_kernels_init_neon(fv_kernels *k, uint32_t cpu)
{
    if (!(cpu & FOVEA_CPU_NEON)) return;
    k->name = "neon";
    k->cpu |= FOVEA_CPU_NEON;
    k->pack = FV_PACK_S8X4;
    k->head = head_neon;
    k->body = body_neon;
    k->tail = tail_neon;
    k->anchor_row = anchor_row_neon;
    if (!(cpu & FOVEA_CPU_DOTPROD)) return;
    k->name = "dotprod";
    k->cpu |= FOVEA_CPU_DOTPROD;
    k->body = body_dotprod;
    k->tail = tail_dotprod;
}

#else

void fv_kernels_init_neon(fv_kernels *k, uint32_t cpu)
{
    UNUSED(k);
    UNUSED(cpu);
}

#endif
