/* SPDX-License-Identifier: MIT
 *
 * 3x3 convolutions with a quarter of the multiplications, to the last bit: Winograd's F(4x4, 3x3) in whole numbers
 * (Winograd 1980, "Arithmetic complexity of computations"; Lavin and Gray 2016, "Fast algorithms for convolutional neural
 * networks"). For sets whose dot product of bytes is no faster than that of 16-bit numbers.
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
 * product and its own rounding; the rest is compiled for each. */
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
    WG_CHANNELS_MAX = 128,
    WG_TAIL_MAX = 48, /* output channels of a tail */
};

/* ---- Six inputs to six points ---- */

/* WG_LANES channels. Compilers make vectors of plain loops, but clang, which sees what bytes can amount to, computes a part of it
 * in 32 bits for WebAssembly, and gcc takes vectors of half the size for 32 channels with AVX-512; so these get them made. */
#if defined(__wasm_simd128__)
enum { WG_LANES = 8 };
#define WG_WIDE(bytes) __builtin_convertvector(bytes, wg_words)
#elif defined(WG_AVX512)
enum { WG_LANES = 32 };
#define WG_WIDE(bytes) ((wg_words)_mm512_cvtepu8_epi16((__m256i)(bytes)))
#endif

/* The target of all functions here; empty where a set needs none. */
#ifndef WG_ISA
#define WG_ISA
#endif

/* to[i * step + c] = (B d)[i] of p[k][c], for n channels c. */
#define WG_POINTS_OF(name, type, words, lanes, get, keep) \
    static ALWAYS_INLINE WG_ISA void name(const type *restrict p0, const type *restrict p1, const type *restrict p2, \
                                          const type *restrict p3, const type *restrict p4, const type *restrict p5, \
                                          int16_t *restrict to, const ptrdiff_t step, const int n) \
    { \
        for (int c = 0; c < n; c += lanes) { \
            const words d0 = get(p0 + c), d1 = get(p1 + c), d2 = get(p2 + c), d3 = get(p3 + c), d4 = get(p4 + c); \
            const words d5 = get(p5 + c), d42 = (words)(d4 - d2), d31 = (words)(d3 - d1); \
            const words even = (words)(d4 - 4 * d2), odd = (words)(d3 - 4 * d1); \
            keep(to + c, (words)(4 * (d0 - d2) + d42)); \
            keep(to + step + c, (words)(even + odd)); \
            keep(to + 2 * step + c, (words)(even - odd)); \
            keep(to + 3 * step + c, (words)(d42 + 2 * d31)); \
            keep(to + 4 * step + c, (words)(d42 - 2 * d31)); \
            keep(to + 5 * step + c, (words)(d5 - d3 - 4 * d31)); \
        } \
    }
#define WG_GET(p) (*(p))
#define WG_KEEP(p, v) *(p) = v
WG_POINTS_OF(wg_along, uint8_t, int16_t, 1, WG_GET, WG_KEEP)
WG_POINTS_OF(wg_down, int16_t, int16_t, 1, WG_GET, WG_KEEP)

#if defined(WG_WIDE)
typedef int16_t wg_words __attribute__((vector_size(2 * WG_LANES)));
typedef uint8_t wg_bytes __attribute__((vector_size(WG_LANES)));

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

WG_POINTS_OF(wg_along_wide, uint8_t, wg_words, WG_LANES, wg_of_bytes, wg_keep)
WG_POINTS_OF(wg_down_wide, int16_t, wg_words, WG_LANES, wg_of_words, wg_keep)
#else
enum { WG_LANES = 1 };
#define wg_along_wide wg_along
#define wg_down_wide wg_down
#endif

/* V of the tile whose first output is pixel x of n: to + (point * WG_CHUNK) * cin. Beyond pixel n nothing is read. */
static ALWAYS_INLINE WG_ISA void wg_points(const uint8_t *const in[WG_SIDE], int x, int n, int16_t *to, const int cin)
{
    int16_t rows[WG_POINTS * WG_CHANNELS_MAX];
    const ptrdiff_t row = (ptrdiff_t)WG_SIDE * cin, step = (ptrdiff_t)WG_SIDE * WG_CHUNK * cin;
    ptrdiff_t at[WG_SIDE];
    for (int j = 0; j < WG_SIDE; j++) at[j] = (ptrdiff_t)fv_min(x + j, n + 1) * cin;
    for (int k = 0; k < WG_SIDE; k++) {
        const uint8_t *d = in[k];
        (WG_LANES > 16 && cin % WG_LANES ? wg_along : wg_along_wide)(d + at[0], d + at[1], d + at[2], d + at[3], d + at[4],
                                                                     d + at[5], rows + k * row, cin, cin);
    }
    for (int j = 0; j < WG_SIDE; j++) {
        const int16_t *d = rows + j * cin;
        (WG_LANES > 16 && cin % WG_LANES ? wg_down : wg_down_wide)(d, d + row, d + 2 * row, d + 3 * row, d + 4 * row,
                                                                   d + 5 * row, to + j * WG_CHUNK * cin, step, cin);
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

/* Row i of a tile: out (4, WG_BLOCK). A constant i makes the shifts constants. */
static ALWAYS_INLINE WG_ISA void wg_outputs_along(uint32_t row[restrict WG_SIDE][WG_BLOCK], const int i, int32_t *restrict out)
{
    static const int twos[WG_TILE] = {3, 2, 1, 1}; /* in 24, 12, 6, 6; and each has a 3 */
#define ROW(k) row[k]
#define OUTPUT(k, value) out[k * WG_BLOCK + c_] = wg_divided(value, twos[i] + twos[k])
    WG_OUTPUTS_OF(ROW, OUTPUT)
#undef ROW
#undef OUTPUT
}

/* The sums of products of a tile to (4, 4, WG_BLOCK) outputs. */
static __attribute__((noinline, unused)) WG_ISA void wg_outputs(const uint32_t *restrict sums, int32_t *restrict out)
{
    uint32_t rows[WG_TILE][WG_SIDE][WG_BLOCK];
    for (int j = 0; j < WG_SIDE; j++) {
#define SUMS(k) (sums + (k * WG_SIDE + j) * WG_CHUNK * WG_BLOCK)
#define ROWS(k, value) rows[k][j][c_] = value
        WG_OUTPUTS_OF(SUMS, ROWS)
#undef SUMS
#undef ROWS
    }
    wg_outputs_along(rows[0], 0, out);
    wg_outputs_along(rows[1], 1, out + WG_TILE * WG_BLOCK);
    wg_outputs_along(rows[2], 2, out + 2 * WG_TILE * WG_BLOCK);
    wg_outputs_along(rows[3], 3, out + 3 * WG_TILE * WG_BLOCK);
}

/* ---- The kernel ---- */

/* A number or pointer the compiler forgets what it knows of: clang would unroll the loop up to it whole, in each instance. */
#define WG_UNKNOWN(value) __asm__("" : "+r"(value))

/* The sums of `tiles` tiles and WG_BLOCK output channels at one point: sums (tiles, WG_BLOCK), v (tiles, cin), u (cin/2,
 * WG_BLOCK, 2). Of two blocks at once, if the set has that: the second's u is WG_POINTS * cin * WG_BLOCK, its sums are
 * WG_NEXT_SUMS further on. */
typedef void wg_multiply_fn(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin);

/* Channels o ... o + 15 of one pixel, whose products sum to `sums`: bias, skip, rounding. add: NULL, no skip. */
typedef void wg_put_fn(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out);

/* The same of a tail: bias, rounding, to 16 values of its own. */
typedef void wg_round_fn(const fv_conv *c, const int32_t *sums, int o, int32_t *out);

/* A set's own parts, and where the rows go: of a body add and out, of a tail `tail`. */
typedef struct wg_job {
    wg_multiply_fn *multiply, *multiply_two; /* the second may be NULL */
    wg_put_fn *put;
    wg_round_fn *round;
    const uint8_t *const *add;
    uint8_t *const *out;
    int32_t *const (*tail)[4];
} wg_job;

/* Output channels o ... o + 15 of the tile whose first pixel is x, the chunk's first being x0. values: (WG_TILE, WG_CHUNK *
 * WG_TILE, cout), a tail's. */
static ALWAYS_INLINE WG_ISA void wg_put(const fv_conv *c, const uint32_t *sums, const wg_job *job, int32_t *values, int x0,
                                        int x, int o, int count, int n, const int cout)
{
    int32_t y[WG_TILE * WG_TILE * WG_BLOCK];
    wg_outputs(sums, y);
    const int columns = fv_min(n - x, WG_TILE);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < columns; j++) {
            const int32_t *const pixel = y + (i * WG_TILE + j) * WG_BLOCK;
            const ptrdiff_t at = (ptrdiff_t)(x + j) * cout + o;
            if (job->tail)
                job->round(c, pixel, o, values + (ptrdiff_t)(i * WG_CHUNK * WG_TILE - x0) * cout + at);
            else
                job->put(c, pixel, o, job->add[i] ? job->add[i] + at : NULL, job->out[i] + at);
        }
}

/* A chunk of tiles of `blocks` blocks (1 or 2) from channel o on; v, sums: as in wg_rows. */
static ALWAYS_INLINE WG_ISA void wg_blocks(const fv_conv *c, const wg_job *job, const int16_t *v, uint32_t *sums,
                                           int32_t *values, int x0, int tiles, int o, int count, int n, const int cin,
                                           const int cout, const int blocks)
{
    const int16_t *u = c->winograd + (ptrdiff_t)o * WG_POINTS * cin;
    int points = WG_POINTS;
    WG_UNKNOWN(points);
    for (int k = 0; k < points; k++, v += WG_CHUNK * cin, u += WG_BLOCK * cin)
        if (blocks == 2)
            job->multiply_two(v, u, sums + k * WG_CHUNK * WG_BLOCK, tiles, cin);
        else
            job->multiply(v, u, sums + k * WG_CHUNK * WG_BLOCK, tiles, cin);
    for (int t = 0; t < tiles; t++)
        for (int b = 0; b < blocks; b++)
            wg_put(c, sums + b * WG_NEXT_SUMS + t * WG_BLOCK, job, values, x0, x0 + t * WG_TILE, o + b * WG_BLOCK, count, n,
                   cout);
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
    int32_t *const values = (int32_t *)(sums + 2 * WG_NEXT_SUMS);
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

/* A set's kernels, out of its multiplications of one and of two blocks, put_pixel and round_pixel: the shapes of the nets, and one
 * for all others. */
#define FV_WINOGRAD_KERNELS(isa, set, one, two) \
    static isa void body_rows_##set(const fv_conv *c, const uint8_t *const in[FV_GROUP + 2], \
                                    const uint8_t *const add[FV_GROUP], uint8_t *const out[FV_GROUP], int count, int n, \
                                    void *work) \
    { \
        const wg_job wg = {.multiply = one, .multiply_two = two, .put = put_pixel, .add = add, .out = out}; \
        if (c->cin == 32 && c->cout == 32) \
            wg_rows(c, in, wg, count, n, work, 32, 32); \
        else if (c->cin == 64 && c->cout == 64) \
            wg_rows(c, in, wg, count, n, work, 64, 64); \
        else \
            wg_rows(c, in, wg, count, n, work, c->cin, c->cout); \
    } \
    static isa void tail_rows_##set(const fv_conv *c, const uint8_t *const in[FV_GROUP + 2], int32_t *const out[FV_GROUP][4], \
                                    int count, int n, void *work) \
    { \
        const wg_job wg = {.multiply = one, .multiply_two = two, .round = round_pixel, .tail = out}; \
        if (c->cin == 32) \
            wg_rows(c, in, wg, count, n, work, 32, c->cout_pad); \
        else if (c->cin == 64) \
            wg_rows(c, in, wg, count, n, work, 64, c->cout_pad); \
        else \
            wg_rows(c, in, wg, count, n, work, c->cin, c->cout_pad); \
    }

#endif
