/* SPDX-License-Identifier: MIT
 *
 * The kernels for WebAssembly, with SIMD and with relaxed SIMD. What a module may use is fixed when it is compiled, so
 * there are two modules, and the page takes the one that its browser accepts.
 *
 * As in kernels_avx512.c, lanes are output channels and a tile of p pixels x z vectors keeps its sums in registers, here
 * only eight: browsers turn these into the 16 registers of x86, and more would be kept in memory.
 * Relaxed SIMD multiplies bytes in fours; it is defined to the last bit because activations have seven bits. Without it,
 * activations are widened to 16 bits and multiplied in pairs. The inner loop must not be unrolled: V8 then runs out of
 * registers and loses a third of the speed. */
#include "kernels_faithful.h"
#include "kernels_rows.h"
#include "kernels_winograd.h"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>

#define UNROLL _Pragma("clang loop unroll(full)")
#define KEEP_ROLLED _Pragma("clang loop unroll(disable)")

enum { SUMS = 8, CHANNELS_MAX = 48 };

typedef enum job { HEAD, BODY, TAIL } job;
typedef enum unit { PAIRS16, PAIRS8, FOURS8 } unit; /* what a step takes of a pixel, and how it lies in memory */

/* Vectors of a tile: pairs of bytes are dear to widen, so they serve more of them. Measured. */
#define VECTORS(u) ((u) == PAIRS8 ? 4 : 2)

typedef struct shape {
    job job;
    unit unit;
    int pixel; /* bytes of an input pixel */
    int cout_pad;
} shape;

typedef struct rows {
    const uint8_t *in[3];
    const uint8_t *add;
    uint8_t *out;
    int32_t *tail; /* of this tile: (p, cout_pad) */
} rows;

/* One step's input of a pixel, in all lanes. */
static ALWAYS_INLINE v128_t broadcast(const uint8_t *p, const unit u)
{
    return u == PAIRS8 ? wasm_u16x8_extend_low_u8x16(wasm_v128_load16_splat(p)) : wasm_v128_load32_splat(p);
}

static ALWAYS_INLINE v128_t dot(v128_t sum, v128_t a, v128_t w, const unit u)
{
#if defined(__wasm_relaxed_simd__)
    if (u == FOURS8) return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(w, a, sum);
#else
    UNUSED(u);
#endif
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(a, w));
}

static ALWAYS_INLINE v128_t scaled(const fv_conv *c, v128_t acc, int o)
{
    return wasm_f32x4_mul(wasm_f32x4_convert_i32x4(acc), wasm_v128_load(c->scale + o));
}

/* After the clamp numbers are small, so adding 1.5 * 2^23 rounds them to even and leaves them in the low bits. */
static ALWAYS_INLINE v128_t quantised(const fv_conv *c, v128_t acc, int o)
{
    const v128_t low = wasm_f32x4_splat((float)-c->zp), high = wasm_f32x4_splat((float)(127 - c->zp));
    const v128_t r = wasm_f32x4_pmin(wasm_f32x4_pmax(scaled(c, acc, o), low), high);
    const v128_t bits = wasm_f32x4_add(r, wasm_f32x4_splat(12582912.0f));
    return wasm_i32x4_sub(bits, wasm_i32x4_splat(0x4b400000 - c->zp));
}

static ALWAYS_INLINE v128_t rounded(v128_t r) { return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(r)); }

/* Eight channels of head or body from o on. */
static ALWAYS_INLINE void put_bytes(const fv_conv *c, v128_t low, v128_t high, int o, uint8_t *out)
{
    const v128_t words = wasm_i16x8_narrow_i32x4(quantised(c, low, o), quantised(c, high, o + 4));
    wasm_v128_store64_lane(out, wasm_u8x16_narrow_i16x8(words, words), 0);
}

/* The skip of eight channels: an activation below 128 and a multiplier of 16 bits, in the low half of a lane. */
static ALWAYS_INLINE void skipped(const fv_conv *c, v128_t *low, v128_t *high, int o, const uint8_t *add)
{
    const v128_t b = wasm_u16x8_load8x8(add), m0 = wasm_v128_load(c->skip + o), m1 = wasm_v128_load(c->skip + o + 4);
    *low = wasm_i32x4_add(*low, wasm_i32x4_dot_i16x8(wasm_u32x4_extend_low_u16x8(b), m0));
    *high = wasm_i32x4_add(*high, wasm_i32x4_dot_i16x8(wasm_u32x4_extend_high_u16x8(b), m1));
}

/* Eight channels from o on of pixel x, the i-th of its tile. */
static ALWAYS_INLINE void put(const fv_conv *c, const rows *r, int x, int i, int o, v128_t low, v128_t high, const shape s)
{
    const int at = (x + i) * s.cout_pad + o;
    if (s.job == TAIL) {
        wasm_v128_store(r->tail + i * s.cout_pad + o, rounded(scaled(c, low, o)));
        wasm_v128_store(r->tail + i * s.cout_pad + o + 4, rounded(scaled(c, high, o + 4)));
        return;
    }
    if (s.job == BODY && r->add) skipped(c, &low, &high, o, r->add + at);
    put_bytes(c, low, high, o, r->out + at);
}

/* Pixels x ... x + p - 1, output channels o ... o + 4 z - 1. */
static ALWAYS_INLINE void tile(const fv_conv *c, const rows *r, int x, int o, const int p, const int z, const shape s)
{
    v128_t sum[SUMS], w[SUMS];
    UNROLL for (int k = 0; k < p * z; k++) sum[k] = wasm_v128_load(c->bias + o + 4 * (k % z));
    const uint8_t *weights = (const uint8_t *)c->weights + 4 * o;
    for (int ky = 0; ky < 3; ky++) {
        const uint8_t *a = r->in[ky] + x * s.pixel;
        const uint8_t *const end = a + 3 * s.pixel;
        KEEP_ROLLED do
        {
            UNROLL for (int j = 0; j < z; j++) w[j] = wasm_v128_load(weights + 16 * j);
            UNROLL for (int i = 0; i < p; i++)
            {
                const v128_t in = broadcast(a + i * s.pixel, s.unit);
                UNROLL for (int j = 0; j < z; j++) sum[i * z + j] = dot(sum[i * z + j], in, w[j], s.unit);
            }
            weights += 4 * s.cout_pad;
            a += s.unit == PAIRS8 ? 2 : 4;
        }
        while (a != end);
    }
    UNROLL for (int k = 0; k < p * z; k += 2) put(c, r, x, k / z, o + 4 * (k % z), sum[k], sum[k + 1], s);
}

/* Head and body. A row that is no multiple of p ends with a tile moved back over pixels already done, which come out the
 * same. */
static ALWAYS_INLINE void all(const fv_conv *c, const rows *r, int n, const shape s)
{
    const int z = VECTORS(s.unit), p = SUMS / z;
    for (int o = 0; o < s.cout_pad; o += 4 * z) {
        int x = 0;
        for (; n >= p && n > x; x += p) tile(c, r, fv_min(x, n - p), o, p, z, s);
        for (; n > x; x++) tile(c, r, x, o, 1, z, s);
    }
}

static ALWAYS_INLINE void tail(const fv_conv *c, const rows *r, int32_t *const out[4], int n, const unit u, const int pixel)
{
    const int s = c->cout == 12 ? 2 : c->cout == 27 ? 3 : 4, z = VECTORS(u), most = SUMS / z;
    int32_t t[SUMS / 2 * CHANNELS_MAX + 4];
    rows to = *r;
    to.tail = t;
    const shape sh = {TAIL, u, pixel, c->cout_pad};
    const int p = n >= most ? most : 1;
    for (int x = 0; x < n; x += p) {
        const int first = fv_min(x, n - p);
        for (int o = 0; o < c->cout; o += 4 * z)
            if (p == most)
                tile(c, &to, first, o, most, z, sh);
            else
                tile(c, &to, first, o, 1, z, sh);
        rows_tail_put(t, c->cout_pad, s, out, first, p);
    }
}

/* ---- Instances: the shapes of the nets, and one for all others ---- */

static void head_simd128(const fv_conv *c, const uint16_t *const in[3], uint8_t *out, int n)
{
    const rows r = {{(const uint8_t *)in[0], (const uint8_t *)in[1], (const uint8_t *)in[2]}, NULL, out, NULL};
    all(c, &r, n, (shape){HEAD, PAIRS16, 8, c->cout_pad});
}

#define INSTANCES(set, u) \
    static void body_##set(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, add, out, NULL}; \
        if (c->cin == 32 && c->cout == 32) \
            all(c, &r, n, (shape){BODY, u, 32, 32}); \
        else if (c->cin == 64 && c->cout == 64) \
            all(c, &r, n, (shape){BODY, u, 64, 64}); \
        else \
            all(c, &r, n, (shape){BODY, u, c->cin, c->cout}); \
    } \
    static void tail_##set(const fv_conv *c, const uint8_t *const in[3], int32_t *const out[4], int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, NULL, NULL, NULL}; \
        if (c->cin == 32) \
            tail(c, &r, out, n, u, 32); \
        else if (c->cin == 64) \
            tail(c, &r, out, n, u, 64); \
        else \
            tail(c, &r, out, n, u, c->cin); \
    }

INSTANCES(simd128, PAIRS8)
#if defined(__wasm_relaxed_simd__)
INSTANCES(relaxed, FOURS8)
#endif

/* ---- Four rows of a body at once ----
 *
 * Two and a half to three times as fast as one after the other, with relaxed SIMD, too, unless that becomes an instruction for
 * four bytes at a time (VNNI, ARM's dot product). A module can't tell, so the relaxed set has none of these, and the page finds
 * out which of the two sets is faster (web/worker.js). */

/* p tiles' sums of 16 channels, in registers as in tile(). */
static ALWAYS_INLINE void multiply_few(const int16_t *v, const int16_t *u, uint32_t *sums, int cin, const int p)
{
    enum { Z = WG_BLOCK / 4 };
    v128_t sum[SUMS], w[Z];
    UNROLL for (int k = 0; k < p * Z; k++) sum[k] = wasm_i32x4_splat(0);
    const int16_t *const end = v + cin;
    KEEP_ROLLED do
    {
        UNROLL for (int j = 0; j < Z; j++) w[j] = wasm_v128_load(u + 8 * j);
        UNROLL for (int i = 0; i < p; i++)
        {
            const v128_t two = wasm_v128_load32_splat(v + i * cin);
            UNROLL for (int j = 0; j < Z; j++) sum[i * Z + j] = dot(sum[i * Z + j], two, w[j], PAIRS16);
        }
        u += 2 * WG_BLOCK;
        v += 2;
    }
    while (v != end);
    UNROLL for (int k = 0; k < p * Z; k++) wasm_v128_store(sums + 4 * k, sum[k]);
}

static ALWAYS_INLINE void multiply(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin)
{
    int t = 0;
    for (; t < tiles - 1; t += 2) multiply_few(v + t * cin, u, sums + t * WG_BLOCK, cin, 2);
    if (t < tiles) multiply_few(v + t * cin, u, sums + t * WG_BLOCK, cin, 1);
}

static ALWAYS_INLINE void put_pixel(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out)
{
    for (int i = 0; i < WG_BLOCK; i += 8, o += 8) {
        v128_t low = wasm_i32x4_add(wasm_v128_load(sums + i), wasm_v128_load(c->bias + o));
        v128_t high = wasm_i32x4_add(wasm_v128_load(sums + i + 4), wasm_v128_load(c->bias + o + 4));
        if (add) skipped(c, &low, &high, o, add + i);
        put_bytes(c, low, high, o, out + i);
    }
}

static ALWAYS_INLINE void round_pixel(const fv_conv *c, const int32_t *sums, int o, int32_t *out)
{
    for (int i = 0; i < WG_BLOCK; i += 4) {
        const v128_t sum = wasm_i32x4_add(wasm_v128_load(sums + i), wasm_v128_load(c->bias + o + i));
        wasm_v128_store(out + i, rounded(scaled(c, sum, o + i)));
    }
}

FV_WINOGRAD_KERNELS(, simd128, multiply, NULL, NULL)

/* ---- The anchor ---- */

/* Three channels. A result pixel takes two loads: the first and second tap, the third and fourth; the shuffle puts the
 * two samples of a channel side by side for the dot product. That one is signed, so samples go in less 2^15, which the
 * weights, whose sum is 4096, turn into 2^27. Four values are stored, the last of them overwritten by the next pixel, so
 * the last pixel is left to the plain loop. The compiler does well enough with the other rows. */
static void anchor_row_simd128(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels, int32_t *out,
                               int n)
{
    if (channels != 3) {
        rows_anchor_row(in, w, base, s, channels, out, n);
        return;
    }
    const v128_t sign = wasm_i16x8_splat(INT16_MIN), round = wasm_i32x4_splat((4096 << 15) + 32);
    v128_t w01[4], w23[4];
    for (int d = 0; d < s; d++) {
        w01[d] = wasm_v128_load32_splat(w[d]);
        w23[d] = wasm_v128_load32_splat(w[d] + 2);
    }
    for (int i = 0; i < n - 1; i++)
        for (int d = 0; d < s; d++) {
            const uint16_t *p = in + (i + base[d]) * 3;
            const v128_t a = wasm_v128_xor(wasm_v128_load(p), sign), b = wasm_v128_xor(wasm_v128_load(p + 6), sign);
            const v128_t sum = wasm_i32x4_add(wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(a, a, 0, 3, 1, 4, 2, 5, 2, 5), w01[d]),
                                              wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(b, b, 0, 3, 1, 4, 2, 5, 2, 5), w23[d]));
            wasm_v128_store(out + (i * s + d) * 3, wasm_i32x4_shr(wasm_i32x4_add(sum, round), 6));
        }
    rows_anchor_row(in + (n - 1) * 3, w, base, s, 3, out + (n - 1) * s * 3, 1);
}

/* ---- The faithful guarantee in 16 bits ----
 *
 * As in kernels_avx512.c: the dot product multiplies two neighbours by two weights and adds both products, so rows are taken
 * two at a time, their values interleaved. The last values of a row are left to the plain loops. */

enum { WORDS = 8 };

static v128_t two_weights(int first, int second)
{
    return wasm_i32x4_splat((int32_t)((uint32_t)(uint16_t)first | (uint32_t)second << 16));
}

static ALWAYS_INLINE v128_t low_half(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
static ALWAYS_INLINE v128_t high_half(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
static ALWAYS_INLINE v128_t add_products(v128_t sum, v128_t a, v128_t w)
{
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(a, w));
}

/* Samples go in less 2^15, which the sum of the weights makes up for. */
static void shrink_column_simd128(const uint16_t *const *from, const int16_t *w, int taps, int32_t *out, int n)
{
    const v128_t sign = wasm_i16x8_splat(INT16_MIN);
    const uint16_t *rest[FV_MAX_SHRINK_TAPS];
    int32_t sum = 0, i = 0;
    for (int j = 0; j < taps; j++) sum += w[j];
    for (; i <= n - WORDS; i += WORDS) {
        v128_t low = wasm_i32x4_splat(8192 + 32768 * sum), high = low;
        for (int j = 0; j < taps; j += 2) {
            const bool both = j + 1 < taps;
            const v128_t a = wasm_v128_xor(wasm_v128_load(from[j] + i), sign);
            const v128_t b = wasm_v128_xor(wasm_v128_load(from[both ? j + 1 : j] + i), sign);
            const v128_t two = two_weights(w[j], both ? w[j + 1] : 0);
            low = add_products(low, low_half(a, b), two);
            high = add_products(high, high_half(a, b), two);
        }
        wasm_v128_store(out + i, wasm_i32x4_shr(low, 14));
        wasm_v128_store(out + i + WORDS / 2, wasm_i32x4_shr(high, 14));
    }
    for (int j = 0; j < taps; j++) rest[j] = from[j] + i;
    faithful_shrink_column(rest, w, taps, out + i, n - i);
}

/* y goes into the sums as y * 4096 + 2048. */
static void correct_small_simd128(uint16_t *y, const int16_t *const h[4], const int16_t w[4], const uint16_t *low,
                                  const uint16_t *high, int n)
{
    const v128_t half = wasm_i16x8_splat(INT16_MIN), w01 = two_weights(w[0], w[1]), w23 = two_weights(w[2], w[3]);
    int i = 0;
    for (; i <= n - WORDS; i += WORDS) {
        const v128_t own = wasm_v128_load(y + i), h0 = wasm_v128_load(h[0] + i), h1 = wasm_v128_load(h[1] + i);
        const v128_t h2 = wasm_v128_load(h[2] + i), h3 = wasm_v128_load(h[3] + i);
        v128_t a = wasm_u32x4_shr(low_half(half, own), 4), b = wasm_u32x4_shr(high_half(half, own), 4);
        a = add_products(add_products(a, low_half(h0, h1), w01), low_half(h2, h3), w23);
        b = add_products(add_products(b, high_half(h0, h1), w01), high_half(h2, h3), w23);
        const v128_t sum = wasm_u16x8_narrow_i32x4(wasm_i32x4_shr(a, 12), wasm_i32x4_shr(b, 12));
        wasm_v128_store(y + i, wasm_u16x8_min(wasm_u16x8_max(sum, wasm_v128_load(low + i)), wasm_v128_load(high + i)));
    }
    const int16_t *const rest[4] = {h[0] + i, h[1] + i, h[2] + i, h[3] + i};
    faithful_correct_small(y + i, rest, w, low + i, high + i, n - i);
}

void fv_kernels_init_wasm(fv_kernels *k, uint32_t cpu)
{
    if (!(cpu & FOVEA_CPU_SIMD128)) return;
    k->name = "simd128";
    k->cpu |= FOVEA_CPU_SIMD128;
    k->pack = FV_PACK_S16X2;
    k->head = head_simd128;
    k->body = body_simd128;
    k->body_rows = body_rows_simd128;
    k->tail = tail_simd128;
    k->tail_rows = tail_rows_simd128;
    k->anchor_row = anchor_row_simd128;
    k->shrink_column = shrink_column_simd128;
    k->correct_small = correct_small_simd128;
#if defined(__wasm_relaxed_simd__)
    if (!(cpu & FOVEA_CPU_RELAXED_SIMD)) return;
    k->name = "relaxed";
    k->cpu |= FOVEA_CPU_RELAXED_SIMD;
    k->pack = FV_PACK_S8X4;
    k->body = body_relaxed;
    k->body_rows = NULL;
    k->tail_rows = NULL;
    k->tail = tail_relaxed;
#endif
}

#else

void fv_kernels_init_wasm(fv_kernels *k, uint32_t cpu)
{
    UNUSED(k);
    UNUSED(cpu);
}

#endif
