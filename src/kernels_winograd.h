/* SPDX-License-Identifier: MIT
 *
 * 3x3 convolutions with a quarter of the multiplications, to the last bit: Winograd's F(4x4, 3x3) in whole numbers
 * (Winograd 1980, "Arithmetic complexity of computations"; Lavin and Gray 2016, "Fast algorithms for convolutional neural
 * networks"). For sets that multiply 16-bit numbers at least half as fast as bytes.
 *
 * Along one axis, with the points 0, 1, -1, 2, -2 and infinity, six inputs d and three weights g make four outputs y:
 *
 *     v = B d            6 values, |v| <= 10 max |d|
 *     u = G g            6 values, |u| <= 7 max |g|; G is Lavin's times 24, 6, 6, 24, 24 and 6, so all whole
 *     24 y0 = v0 u0 + 4 (v1 u1 + v2 u2) + v3 u3 + v4 u4
 *     12 y1 = 2 (v1 u1 - v2 u2) + (v3 u3 - v4 u4)
 *      6 y2 = (v1 u1 + v2 u2) + (v3 u3 + v4 u4)
 *      6 y3 = (v1 u1 - v2 u2) + 2 (v3 u3 - v4 u4) + v5 u5
 *
 * Both axes nested make a tile of 4 x 4 outputs out of 6 x 6 inputs with 36 products instead of 144. Activations of seven
 * bits and weights of eight leave |v| <= 12700 and |u| <= 6223, so 16 bits hold both. The sums of products may go beyond 32
 * bits and wrap; what counts is that 576 y, the largest multiple at the end, does not (FV_WINOGRAD_SUM_MAX), and is divided
 * without remainder: by a shift, and by 9 as multiplication with its inverse modulo 2^32.
 *
 * A row is taken in chunks of tiles: V (36, tiles, cin) is made once, then for each block of 16 output channels the products
 * M (36, tiles, 16), each of the 36 being a small matrix product, and from these the outputs. A set has its own matrix
 * product, of two blocks at once if it has the registers, and its own rounding; the rest is compiled for each. */
#ifndef FV_KERNELS_WINOGRAD_H
#define FV_KERNELS_WINOGRAD_H

#include "kernels_rows.h"

enum {
    WG_TILE = FV_GROUP, /* outputs of a tile along either axis */
    WG_SIDE = WG_TILE + 2, /* inputs */
    WG_POINTS = WG_SIDE * WG_SIDE,
    WG_BLOCK = 16, /* output channels done at once */
    WG_CHUNK = 12, /* tiles done at once; measured */
    WG_NEXT_SUMS = WG_POINTS * WG_CHUNK * WG_BLOCK, /* from a block's sums to the next one's */
    WG_CHANNELS_MAX = 64,
    WG_TAIL_MAX = 48, /* output channels of a tail */
};

/* ---- Six inputs to six points ---- */

/* The target of all functions here; empty where a set needs none. */
#ifndef WG_ISA
#define WG_ISA
#endif

/* WG_LANES channels. Compilers make vectors of plain loops, but clang, which sees what bytes can amount to, computes a part of it
 * in 32 bits for WebAssembly, and gcc takes vectors of half the size for 32 channels with AVX-512; so these get them made. */
#if defined(__wasm_simd128__)
enum { WG_LANES = 8 };
typedef int16_t wg_words __attribute__((vector_size(16)));
typedef uint8_t wg_bytes __attribute__((vector_size(8)));
#define WG_WIDE(bytes) __builtin_convertvector(bytes, wg_words)
#elif defined(WG_AVX512)
enum { WG_LANES = 32 };
typedef int16_t wg_words __attribute__((vector_size(64)));
typedef uint8_t wg_bytes __attribute__((vector_size(32)));
#define WG_WIDE(bytes) ((wg_words)_mm512_cvtepu8_epi16((__m256i)(bytes)))
#else
enum { WG_LANES = 1 };
typedef int16_t wg_words;
typedef uint8_t wg_bytes;
#define WG_WIDE(bytes) bytes
#endif

/* A function that is not made anew in each instance; a loop that isn't unrolled whole, because the compiler is made to forget its
 * end; and whether outputs are divided by themselves after the rest. For WebAssembly, of which another compiler makes machine code,
 * all the other way round: together 10 % faster. */
#if defined(__wasm_simd128__)
#define WG_ONCE ALWAYS_INLINE
#define WG_FORGET(end)
enum { WG_DIVIDE_LATE = true };
#else
#define WG_ONCE __attribute__((noinline, unused))
#define WG_FORGET(end) __asm__("" : "+r"(end))
enum { WG_DIVIDE_LATE = false };
#endif

static ALWAYS_INLINE WG_ISA wg_words wg_of_bytes(const uint8_t *p)
{
    wg_bytes v;
    memcpy(&v, p, sizeof v);
    return WG_WIDE(v);
}

static ALWAYS_INLINE WG_ISA wg_words wg_of_words(const int16_t *p)
{
    wg_words v;
    memcpy(&v, p, sizeof v);
    return v;
}

static ALWAYS_INLINE WG_ISA void wg_keep(int16_t *p, wg_words v) { memcpy(p, &v, sizeof v); }

/* to[i * step + c] = (B d)[i] of p[k][c], for n channels c. */
#define WG_POINTS_OF(name, type, get) \
    static ALWAYS_INLINE WG_ISA void name(const type *restrict p0, const type *restrict p1, const type *restrict p2, \
                                          const type *restrict p3, const type *restrict p4, const type *restrict p5, \
                                          int16_t *restrict to, const ptrdiff_t step, const int n) \
    { \
        for (int c = 0; c < n; c += WG_LANES) { \
            const wg_words d0 = get(p0 + c), d1 = get(p1 + c), d2 = get(p2 + c), d3 = get(p3 + c), d4 = get(p4 + c); \
            const wg_words d5 = get(p5 + c), d42 = (wg_words)(d4 - d2), d31 = (wg_words)(d3 - d1); \
            const wg_words even = (wg_words)(d4 - 4 * d2), odd = (wg_words)(d3 - 4 * d1); \
            wg_keep(to + c, (wg_words)(4 * (d0 - d2) + d42)); \
            wg_keep(to + step + c, (wg_words)(even + odd)); \
            wg_keep(to + 2 * step + c, (wg_words)(even - odd)); \
            wg_keep(to + 3 * step + c, (wg_words)(d42 + 2 * d31)); \
            wg_keep(to + 4 * step + c, (wg_words)(d42 - 2 * d31)); \
            wg_keep(to + 5 * step + c, (wg_words)(d5 - d3 - 4 * d31)); \
        } \
    }
WG_POINTS_OF(wg_points_along, uint8_t, wg_of_bytes)
WG_POINTS_OF(wg_points_down, int16_t, wg_of_words)

/* V of the tile whose first output is pixel x of n: to + (point * WG_CHUNK) * cin. Beyond pixel n nothing is read. */
static ALWAYS_INLINE WG_ISA void wg_points(const uint8_t *const in[WG_SIDE], int x, int n, int16_t *to, const int cin)
{
    int16_t rows[WG_POINTS * WG_CHANNELS_MAX];
    const ptrdiff_t row = (ptrdiff_t)WG_SIDE * cin, step = (ptrdiff_t)WG_SIDE * WG_CHUNK * cin;
    ptrdiff_t at[WG_SIDE];
    for (int j = 0; j < WG_SIDE; j++) at[j] = (ptrdiff_t)fv_min(x + j, n + 1) * cin;
    for (int k = 0; k < WG_SIDE; k++) {
        const uint8_t *d = in[k];
        wg_points_along(d + at[0], d + at[1], d + at[2], d + at[3], d + at[4], d + at[5], rows + k * row, cin, cin);
    }
    for (int j = 0; j < WG_SIDE; j++) {
        const int16_t *d = rows + j * cin;
        wg_points_down(d, d + row, d + 2 * row, d + 3 * row, d + 4 * row, d + 5 * row, to + j * WG_CHUNK * cin, step, cin);
    }
}

/* ---- Six sums to four outputs ---- */

/* The four outputs of m[k][c], multiplied by 24, 12, 6 and 6, are put. */
#define WG_OUTPUTS_OF(m, put) \
    for (int c_ = 0; c_ < WG_BLOCK; c_++) { \
        const uint32_t m1 = m(1)[c_], m2 = m(2)[c_], m3 = m(3)[c_], m4 = m(4)[c_]; \
        const uint32_t a = m1 + m2, b = m1 - m2, c = m3 + m4, d = m3 - m4; \
        put(0, m(0)[c_] + 4 * a + c); \
        put(1, 2 * b + d); \
        put(2, a + c); \
        put(3, b + 2 * d + m(5)[c_]); \
    }

/* y / 9 / 2^twos, which leaves no remainder. */
static ALWAYS_INLINE WG_ISA int32_t wg_divided(uint32_t y, int twos)
{
    return (int32_t)((uint32_t)((int32_t)y >> twos) * UINT32_C(0x38e38e39));
}

/* Row i of a tile: out (4, WG_BLOCK). */
static ALWAYS_INLINE WG_ISA void wg_outputs_along(uint32_t row[restrict WG_SIDE][WG_BLOCK], const int i, int32_t *restrict out)
{
    static const int twos[WG_TILE] = {3, 2, 1, 1}; /* in 24, 12, 6, 6; and each has a 3 */
#define ROW(k) row[k]
#define OUTPUT(k, value) out[k * WG_BLOCK + c_] = WG_DIVIDE_LATE ? (int32_t)(value) : wg_divided(value, twos[i] + twos[k])
    WG_OUTPUTS_OF(ROW, OUTPUT)
    for (int k = 0; k < (WG_DIVIDE_LATE ? WG_TILE : 0); k++)
        for (int c = 0; c < WG_BLOCK; c++)
            out[k * WG_BLOCK + c] = wg_divided((uint32_t)out[k * WG_BLOCK + c], twos[i] + twos[k]);
#undef ROW
#undef OUTPUT
}

/* The sums of products of a tile to (4, 4, WG_BLOCK) outputs. */
static WG_ONCE WG_ISA void wg_outputs(const uint32_t *restrict sums, int32_t *restrict out)
{
    uint32_t rows[WG_TILE][WG_SIDE][WG_BLOCK];
    for (int j = 0; j < WG_SIDE; j++) {
#define SUMS(k) (sums + (k * WG_SIDE + j) * WG_CHUNK * WG_BLOCK)
#define ROWS(k, value) rows[k][j][c_] = value
        WG_OUTPUTS_OF(SUMS, ROWS)
#undef SUMS
#undef ROWS
    }
    for (int i = 0; i < WG_TILE; i++) wg_outputs_along(rows[i], i, out + i * WG_TILE * WG_BLOCK);
}

/* ---- The kernel ---- */

/* The sums of `tiles` tiles and WG_BLOCK output channels at one point: sums (tiles, WG_BLOCK), v (tiles, cin), u (cin/2,
 * WG_BLOCK, 2). Of two blocks at once, if the set has that: the second's u is WG_POINTS * cin * WG_BLOCK, its sums are
 * WG_NEXT_SUMS further on. */
typedef void wg_multiply_fn(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin);

/* Channels o ... o + 15 of one pixel, whose products sum to `sums`: bias, skip, rounding. add: NULL, no skip. */
typedef void wg_put_fn(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out);

/* The same of four pixels, one after the other in `sums`, and cout apart in add and out. */
typedef void wg_put_four_fn(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out, ptrdiff_t cout);

/* The same of a pixel of a tail: bias, rounding, to 16 values of its own. */
typedef void wg_round_fn(const fv_conv *c, const int32_t *sums, int o, int32_t *out);

/* A set's own parts, and where the rows go: of a body add and out, of a tail `tail`. */
typedef struct wg_job {
    wg_multiply_fn *multiply, *multiply_two; /* the second may be NULL */
    wg_put_fn *put;
    wg_put_four_fn *put_four; /* may be NULL */
    wg_round_fn *round;
    const uint8_t *const *add;
    uint8_t *const *out;
    int32_t *const (*tail)[4];
} wg_job;

/* y: (WG_TILE, WG_TILE, WG_BLOCK), channels o ... o + 15 of the tile whose first pixel is x. */
static ALWAYS_INLINE WG_ISA void wg_put_body(const fv_conv *c, const int32_t *y, const wg_job *job, int x, int o, int count,
                                             int n, const int cout)
{
    const ptrdiff_t at = (ptrdiff_t)x * cout + o;
    for (int i = 0; i < count; i++, y += WG_TILE * WG_BLOCK) {
        const uint8_t *const add = job->add[i] ? job->add[i] + at : NULL;
        uint8_t *const out = job->out[i] + at;
        if (job->put_four && n - x >= WG_TILE)
            job->put_four(c, y, o, add, out, cout);
        else
            for (int j = 0; j < fv_min(n - x, WG_TILE); j++)
                job->put(c, y + j * WG_BLOCK, o, add ? add + j * cout : NULL, out + j * cout);
    }
}

/* The same of a tail, to the chunk's values; x: from its first pixel on. Beyond the row's end they mean nothing. */
static ALWAYS_INLINE WG_ISA void wg_put_tail(const fv_conv *c, const int32_t *y, const wg_job *job, int32_t *values, int x,
                                             int o, int count, const int cout)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < WG_TILE; j++, y += WG_BLOCK)
            job->round(c, y, o, values + (ptrdiff_t)(i * WG_CHUNK * WG_TILE + x + j) * cout + o);
}

/* One or two blocks of a chunk, from channel o on: x0, tiles, v, sums, values as in wg_rows. */
static ALWAYS_INLINE WG_ISA void wg_blocks(const fv_conv *c, const wg_job *job, const int16_t *v, uint32_t *sums,
                                           int32_t *values, int x0, int tiles, int o, int count, int n, const int cin,
                                           const int cout, const int blocks)
{
    const int16_t *u = c->winograd + (ptrdiff_t)o * WG_POINTS * cin;
    int points = WG_POINTS;
    WG_FORGET(points);
    for (int k = 0; k < points; k++, v += WG_CHUNK * cin, u += WG_BLOCK * cin)
        if (blocks == 2)
            job->multiply_two(v, u, sums + k * WG_CHUNK * WG_BLOCK, tiles, cin);
        else
            job->multiply(v, u, sums + k * WG_CHUNK * WG_BLOCK, tiles, cin);
    for (int t = 0; t < tiles; t++)
        for (int b = 0; b < blocks; b++) {
            int32_t y[WG_TILE * WG_TILE * WG_BLOCK];
            wg_outputs(sums + b * WG_NEXT_SUMS + t * WG_BLOCK, y);
            if (job->tail)
                wg_put_tail(c, y, job, values, t * WG_TILE, o + b * WG_BLOCK, count, cout);
            else
                wg_put_body(c, y, job, x0 + t * WG_TILE, o + b * WG_BLOCK, count, n, cout);
        }
}

/* cout: a multiple of WG_BLOCK. */
static ALWAYS_INLINE WG_ISA void wg_rows(const fv_conv *c, const uint8_t *const in[WG_SIDE], const wg_job job, int count, int n,
                                         void *work, const int cin, const int cout)
{
    enum { ROW = WG_CHUNK * WG_TILE, TAIL_VALUES = WG_TILE * ROW * WG_TAIL_MAX };
    _Static_assert(WG_POINTS * WG_CHUNK * 2 + 4 * 2 * WG_NEXT_SUMS + 4 * TAIL_VALUES == FV_WINOGRAD_WORK(1),
                   "V, M of two blocks, a tail's values");
    int16_t *const v = work;
    uint32_t *const sums = (uint32_t *)(void *)(v + (ptrdiff_t)WG_POINTS * WG_CHUNK * cin);
    int32_t *const values = (int32_t *)(sums + 2 * WG_NEXT_SUMS); /* (WG_TILE, ROW, cout), of a tail */
    for (int x0 = 0; x0 < n; x0 += ROW) {
        const int tiles = fv_min((n - x0 + WG_TILE - 1) / WG_TILE, WG_CHUNK);
        for (int t = 0; t < tiles; t++) wg_points(in, x0 + t * WG_TILE, n, v + (ptrdiff_t)t * cin, cin);
        int o = 0;
        for (; job.multiply_two && o + 2 * WG_BLOCK <= cout; o += 2 * WG_BLOCK)
            wg_blocks(c, &job, v, sums, values, x0, tiles, o, count, n, cin, cout, 2);
        for (; o < cout; o += WG_BLOCK) wg_blocks(c, &job, v, sums, values, x0, tiles, o, count, n, cin, cout, 1);
        const int scale = c->cout == 12 ? 2 : c->cout == 27 ? 3 : 4;
        for (int i = 0; job.tail && i < count; i++)
            rows_tail_put(values + (ptrdiff_t)i * ROW * cout, cout, scale, job.tail[i], x0, fv_min(n - x0, ROW));
    }
}

/* Whether a layer has a kernel: the shapes of the nets, sizes known when it's compiled. One for any sizes was measured: 48 > 48 took
 * as long as row by row with AVX2, twice as long with AVX512-VNNI; 16 > 16 two to four times as long. */
static inline bool wg_has(bool tail, int cin, int cout) { return (cin == 32 || cin == 64) && (tail || cout == cin); }

/* A set's kernels, out of its multiplications of one and of two blocks, put_pixel, what puts four pixels, and round_pixel. */
#define FV_WINOGRAD_KERNELS(isa, set, one, two, four) \
    static isa void body_rows_##set(const fv_conv *c, const uint8_t *const in[FV_GROUP + 2], \
                                    const uint8_t *const add[FV_GROUP], uint8_t *const out[FV_GROUP], int count, int n, \
                                    void *work) \
    { \
        const wg_job wg = {.multiply = one, .multiply_two = two, .put = put_pixel, .put_four = four, .add = add, .out = out}; \
        if (c->cin == 32) \
            wg_rows(c, in, wg, count, n, work, 32, 32); \
        else \
            wg_rows(c, in, wg, count, n, work, 64, 64); \
    } \
    static isa void tail_rows_##set(const fv_conv *c, const uint8_t *const in[FV_GROUP + 2], int32_t *const out[FV_GROUP][4], \
                                    int count, int n, void *work) \
    { \
        const wg_job wg = {.multiply = one, .multiply_two = two, .round = round_pixel, .tail = out}; \
        if (c->cin == 32) \
            wg_rows(c, in, wg, count, n, work, 32, c->cout_pad); \
        else \
            wg_rows(c, in, wg, count, n, work, 64, c->cout_pad); \
    }

#endif
