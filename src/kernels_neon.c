/* SPDX-License-Identifier: MIT
 *
 * The kernels for 64-bit ARM: with the matrix product smmla or the dot product sdot where the processor has it, and with
 * plain NEON. Activations have seven bits, so all may read them as signed.
 *
 * As in kernels_avx512.c, lanes are output channels, four in a vector, and a tile of p pixels x 16 channels keeps its sums
 * in registers. sdot multiplies by one of four groups of four bytes in a register, so a step takes 16 input channels: one
 * load a pixel, and one for each vector of weights, shared by the pixels. smmla multiplies eight input channels of two
 * pixels by those of two output channels, 32 products in one instruction; its sums are two by two. Plain NEON multiplies
 * a group that is repeated in all lanes; two products of 7 by 8 bits fit into 16, two of which are then added to a sum of
 * 32, so a vector of sums holds two channels in two halves each. */
#include "kernels_faithful.h"
#include "kernels_neon.h"
#include "kernels_rows.h"

#if defined(FV_NEON)

#if defined(__clang__)
#define DOTPROD TARGET("dotprod")
#define I8MM TARGET("i8mm")
#else
#define DOTPROD TARGET("arch=armv8.2-a+dotprod")
#define I8MM TARGET("arch=armv8.2-a+i8mm")
#endif

enum { BLOCK = 16, CHANNELS_MAX = 48, PIXELS_MAX = 6, HEAD_PIXELS = 4 };

typedef enum job { HEAD, BODY, TAIL } job;
typedef enum way { PLAIN, DOT, MATRIX } way; /* to multiply */

typedef struct rows {
    const uint8_t *in[3];
    const uint8_t *add;
    uint8_t *out;
    int32_t *tail; /* of this tile: (p, cout_pad) */
} rows;

/* ---- Out of the sums ---- */

/* 16 channels from o on of pixel x, the i-th of its tile. */
static ALWAYS_INLINE void put(const fv_conv *c, const rows *r, const job kind, int x, int i, int o, int32x4_t a0, int32x4_t a1,
                              int32x4_t a2, int32x4_t a3)
{
    if (kind == TAIL) {
        int32_t *t = r->tail + i * c->cout_pad + o;
        neon_round(c, o, t, a0, a1, a2, a3);
        return;
    }
    const ptrdiff_t at = (ptrdiff_t)(x + i) * c->cout_pad + o;
    neon_put(c, o, kind == BODY && r->add ? r->add + at : NULL, r->out + at, a0, a1, a2, a3);
}

/* ---- Tiles: pixels x ... x + p - 1, output channels o ... o + 15 ----
 *
 * Sums are variables, because gcc would keep an array of them in memory; conditions on i are decided by the compiler. */

#define START(i) \
    int32x4_t a##i = vld1q_s32(c->bias + o), b##i = vld1q_s32(c->bias + o + 4), c##i = vld1q_s32(c->bias + o + 8), \
              d##i = vld1q_s32(c->bias + o + 12);
#define PUT(i) \
    if (i < p) put(c, r, kind, x, i, o, a##i, b##i, c##i, d##i);

/* Assembler, because clang before 16 has the intrinsics only for files compiled with the extension; volatile, because gcc
 * would load all weights of a step before the first product and run out of registers. */
#define SDOT(sum, w, four, lane) __asm__ volatile("sdot %0.4s, %1.16b, %2.4b[" #lane "]" : "+w"(sum) : "w"(w), "w"(four))

static ALWAYS_INLINE void tile_dot(const fv_conv *c, const rows *r, const job kind, int x, int o, const int p, const int pixel)
{
    START(0) START(1) START(2) START(3) const int8_t *w = (const int8_t *)c->weights + 4 * o;
    const ptrdiff_t step = 4 * c->cout_pad;
    for (int ky = 0; ky < 3; ky++) {
        const uint8_t *a = r->in[ky] + (ptrdiff_t)x * pixel;
        const uint8_t *const end = a + 3 * pixel;
        do {
#define LOAD(i) const uint8x16_t in##i = vld1q_u8(a + (i < p ? i * pixel : 0));
            LOAD(0)
            LOAD(1)
            LOAD(2)
            LOAD(3)
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

/* Letter: two output channels; number: two pixels. A sum has the first channel and the second for one pixel, then for the
 * other. */
#define SMMLA(sum, a, w) __asm__ volatile("smmla %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(a), "w"(w))

static ALWAYS_INLINE int32x4_t two_biases(const int32_t *bias)
{
    const int32x2_t two = vld1_s32(bias);
    return vcombine_s32(two, two);
}

/* The first or second pixel's four channels, out of the sums of two and two. */
static ALWAYS_INLINE int32x4_t of_pixel(const int second, int32x4_t a, int32x4_t b)
{
    return second ? vcombine_s32(vget_high_s32(a), vget_high_s32(b)) : vcombine_s32(vget_low_s32(a), vget_low_s32(b));
}

static ALWAYS_INLINE void tile_matrix(const fv_conv *c, const rows *r, const job kind, int x, int o, const int p,
                                      const int pixel)
{
#define START_PAIR(i) \
    int32x4_t a##i = two_biases(c->bias + o), b##i = two_biases(c->bias + o + 2), c##i = two_biases(c->bias + o + 4), \
              d##i = two_biases(c->bias + o + 6), e##i = two_biases(c->bias + o + 8), f##i = two_biases(c->bias + o + 10), \
              g##i = two_biases(c->bias + o + 12), h##i = two_biases(c->bias + o + 14);
    START_PAIR(0) START_PAIR(1) START_PAIR(2) const uint8_t *w = (const uint8_t *)c->weights + 8 * o;
    const ptrdiff_t step = 8 * c->cout_pad;
    for (int ky = 0; ky < 3; ky++) {
        const uint8_t *a = r->in[ky] + (ptrdiff_t)x * pixel;
        const uint8_t *const end = a + 3 * pixel;
        do {
#define LOAD_PAIR(i) \
    const uint8x16_t in##i = vcombine_u8(vld1_u8(a + (2 * i < p ? 2 * i * pixel : 0)), \
                                         vld1_u8(a + (2 * i + 1 < p ? (2 * i + 1) * pixel : 0)));
            LOAD_PAIR(0)
            LOAD_PAIR(1)
            LOAD_PAIR(2)
#define CHANNELS(letter, at) \
    { \
        const uint8x16_t v = vld1q_u8(w + at); \
        SMMLA(letter##0, in0, v); \
        if (p > 2) SMMLA(letter##1, in1, v); \
        if (p > 4) SMMLA(letter##2, in2, v); \
    }
            CHANNELS(a, 0)
            CHANNELS(b, 16)
            CHANNELS(c, 32)
            CHANNELS(d, 48)
            CHANNELS(e, 64)
            CHANNELS(f, 80)
            CHANNELS(g, 96)
            CHANNELS(h, 112)
            w += step;
            a += 8;
        } while (a != end);
    }
#define PUT_ONE(i, second) \
    if (2 * i + second < p) \
        put(c, r, kind, x, 2 * i + second, o, of_pixel(second, a##i, b##i), of_pixel(second, c##i, d##i), \
            of_pixel(second, e##i, f##i), of_pixel(second, g##i, h##i));
    PUT_ONE(0, 0)
    PUT_ONE(0, 1)
    PUT_ONE(1, 0)
    PUT_ONE(1, 1)
    PUT_ONE(2, 0)
    PUT_ONE(2, 1)
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
    letter##i##low = vpadalq_s16( \
        letter##i##low, vmlal_s8(vmull_s8(vget_low_s8(v##0), vget_low_s8(first)), vget_low_s8(v##1), vget_low_s8(second))); \
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
        for (; n >= HEAD_PIXELS && n > x; x += HEAD_PIXELS) tile_head(c, &r, fv_min(x, n - HEAD_PIXELS), o, HEAD_PIXELS);
        for (; n > x; x++) tile_head(c, &r, x, o, 1);
    }
}

static ALWAYS_INLINE void tile(const fv_conv *c, const rows *r, const job kind, const way by, int x, int o, const int p,
                               const int pixel)
{
    if (by == MATRIX)
        tile_matrix(c, r, kind, x, o, p, pixel);
    else if (by == DOT)
        tile_dot(c, r, kind, x, o, p, pixel);
    else
        tile_plain(c, r, kind, x, o, p, pixel);
}

/* Of a tile: as many as leave registers for what is multiplied. */
static ALWAYS_INLINE int pixels(const way by) { return by == MATRIX ? 6 : by == DOT ? 4 : 2; }

static ALWAYS_INLINE void body(const fv_conv *c, const rows *r, int n, const way by, const int pixel)
{
    const int p = pixels(by);
    for (int o = 0; o < c->cout_pad; o += BLOCK) {
        int x = 0;
        for (; n >= p && n > x; x += p) tile(c, r, BODY, by, fv_min(x, n - p), o, p, pixel);
        for (; n > x; x++) tile(c, r, BODY, by, x, o, 1, pixel);
    }
}

static ALWAYS_INLINE void tail(const fv_conv *c, const rows *r, int32_t *const out[4], int n, const way by, const int pixel)
{
    const int s = c->cout == 12 ? 2 : c->cout == 27 ? 3 : 4, most = pixels(by);
    int32_t t[PIXELS_MAX * CHANNELS_MAX + 4];
    rows to = *r;
    to.tail = t;
    const int p = n >= most ? most : 1;
    for (int x = 0; x < n; x += p) {
        const int first = fv_min(x, n - p);
        for (int o = 0; o < c->cout_pad; o += BLOCK)
            if (p == most)
                tile(c, &to, TAIL, by, first, o, most, pixel);
            else
                tile(c, &to, TAIL, by, first, o, 1, pixel);
        rows_tail_put(t, c->cout_pad, s, out, first, p);
    }
}

#define INSTANCES(set, by, isa) \
    static isa void body_##set(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, add, out, NULL}; \
        if (c->cin == 32) \
            body(c, &r, n, by, 32); \
        else if (c->cin == 64) \
            body(c, &r, n, by, 64); \
        else \
            body(c, &r, n, by, c->cin); \
    } \
    static isa void tail_##set(const fv_conv *c, const uint8_t *const in[3], int32_t *const out[4], int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, NULL, NULL, NULL}; \
        tail(c, &r, out, n, by, c->cin); \
    }

INSTANCES(neon, PLAIN, )
INSTANCES(dotprod, DOT, DOTPROD)
INSTANCES(i8mm, MATRIX, I8MM)

/* ---- The anchor ---- */

/* Three channels: four values at a time, the last of which the next pixel overwrites; the last pixel is left to the plain
 * loop. The compiler does well enough with the other rows. */
static void anchor_row_neon(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels, int32_t *out,
                            int n)
{
    if (channels != 3) {
        rows_anchor_row(in, w, base, s, channels, out, n);
        return;
    }
    for (int i = 0; i < n - 1; i++)
        for (int d = 0; d < s; d++) {
            const uint16_t *p = in + (i + base[d]) * 3;
            int32x4_t sum = vdupq_n_s32(32);
            for (int j = 0; j < 4; j++) sum = vmlaq_n_s32(sum, vreinterpretq_s32_u32(vmovl_u16(vld1_u16(p + 3 * j))), w[d][j]);
            vst1q_s32(out + (i * s + d) * 3, vshrq_n_s32(sum, 6));
        }
    rows_anchor_row(in + (n - 1) * 3, w, base, s, 3, out + (ptrdiff_t)(n - 1) * s * 3, 1);
}

/* ---- The faithful guarantee in 16 bits ----
 *
 * smlal multiplies words and adds the products to sums of 32 bits. The last values of a row are left to the plain loops. */

enum { WORDS = 8 };

/* Samples go in less 2^15, which the sum of the weights makes up for. */
static void shrink_column_neon(const uint16_t *const *from, const int16_t *w, int taps, int32_t *out, int n)
{
    const uint16x8_t sign = vdupq_n_u16(0x8000);
    const uint16_t *rest[FV_MAX_SHRINK_TAPS];
    int32_t sum = 0, i = 0;
    for (int j = 0; j < taps; j++) sum += w[j];
    for (; i <= n - WORDS; i += WORDS) {
        int32x4_t low = vdupq_n_s32(8192 + 32768 * sum), high = low;
        for (int j = 0; j < taps; j++) {
            const int16x8_t a = vreinterpretq_s16_u16(veorq_u16(vld1q_u16(from[j] + i), sign));
            low = vmlal_n_s16(low, vget_low_s16(a), w[j]);
            high = vmlal_high_n_s16(high, a, w[j]);
        }
        vst1q_s32(out + i, vshrq_n_s32(low, 14));
        vst1q_s32(out + i + WORDS / 2, vshrq_n_s32(high, 14));
    }
    for (int j = 0; j < taps; j++) rest[j] = from[j] + i;
    faithful_shrink_column(rest, w, taps, out + i, n - i);
}

/* y goes into the sums as y * 4096; the shift rounds. */
static void correct_small_neon(uint16_t *y, const int16_t *const h[4], const int16_t w[4], const uint16_t *low,
                               const uint16_t *high, int n)
{
    int i = 0;
    for (; i <= n - WORDS; i += WORDS) {
        const uint16x8_t own = vld1q_u16(y + i);
        int32x4_t a = vreinterpretq_s32_u32(vshll_n_u16(vget_low_u16(own), 12));
        int32x4_t b = vreinterpretq_s32_u32(vshll_high_n_u16(own, 12));
        for (int j = 0; j < 4; j++) {
            const int16x8_t v = vld1q_s16(h[j] + i);
            a = vmlal_n_s16(a, vget_low_s16(v), w[j]);
            b = vmlal_high_n_s16(b, v, w[j]);
        }
        const uint16x8_t sum = vcombine_u16(vqrshrun_n_s32(a, 12), vqrshrun_n_s32(b, 12));
        vst1q_u16(y + i, vminq_u16(vmaxq_u16(sum, vld1q_u16(low + i)), vld1q_u16(high + i)));
    }
    const int16_t *const rest[4] = {h[0] + i, h[1] + i, h[2] + i, h[3] + i};
    faithful_correct_small(y + i, rest, w, low + i, high + i, n - i);
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
    fv_kernels_init_neon_rows(k);
    k->anchor_row = anchor_row_neon;
    k->shrink_column = shrink_column_neon;
    k->correct_small = correct_small_neon;
    if (!(cpu & FOVEA_CPU_DOTPROD)) return;
    k->name = "dotprod";
    k->cpu |= FOVEA_CPU_DOTPROD;
    k->body = body_dotprod;
    k->body_rows = NULL;
    k->tail_rows = NULL;
    k->tail = tail_dotprod;
    if (!(cpu & FOVEA_CPU_I8MM)) return;
    k->name = "i8mm";
    k->cpu |= FOVEA_CPU_I8MM;
    k->pack = FV_PACK_S8X8;
    k->body = body_i8mm;
    k->tail = tail_i8mm;
}

#else

void fv_kernels_init_neon(fv_kernels *k, uint32_t cpu)
{
    UNUSED(k);
    UNUSED(cpu);
}

#endif
