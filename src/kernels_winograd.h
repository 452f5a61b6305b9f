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
    WG_CHANNELS_MAX = 128,
    WG_TAIL_MAX = 48, /* output channels of a tail */
};

/* ---- Six inputs to six points ---- */

/* WG_LANES channels. Compilers make vectors of plain loops, but clang, which sees what bytes can amount to, computes a part of it
 * in 32 bits, so it gets them made. */
#if defined(__wasm_simd128__)
enum { WG_LANES = 8 };
typedef int16_t wg_words __attribute__((vector_size(16)));
typedef uint8_t wg_bytes __attribute__((vector_size(8)));
#define WG_WIDE(bytes) __builtin_convertvector(bytes, wg_words)
#else
enum { WG_LANES = 1 };
typedef int16_t wg_words;
typedef uint8_t wg_bytes;
#define WG_WIDE(bytes) bytes
#endif

static ALWAYS_INLINE wg_words wg_of_bytes(const uint8_t *p)
{
    wg_bytes v;
    memcpy(&v, p, sizeof v);
    return WG_WIDE(v);
}

static ALWAYS_INLINE wg_words wg_of_words(const int16_t *p)
{
    wg_words v;
    memcpy(&v, p, sizeof v);
    return v;
}

static ALWAYS_INLINE void wg_keep(int16_t *p, wg_words v) { memcpy(p, &v, sizeof v); }

/* to[i * step + c] = (B d)[i] of p[k][c], for n channels c. */
#define WG_POINTS_OF(name, type, get) \
    static ALWAYS_INLINE void name(const type *restrict p0, const type *restrict p1, const type *restrict p2, \
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
static ALWAYS_INLINE void wg_points(const uint8_t *const in[WG_SIDE], int x, int n, int16_t *to, const int cin)
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

/* y[i][c], multiplied by 24, 12, 6 and 6, of m[k][c]. */
#define WG_OUTPUTS_OF(m, y) \
    for (int c_ = 0; c_ < WG_BLOCK; c_++) { \
        const uint32_t m1 = m(1)[c_], m2 = m(2)[c_], m3 = m(3)[c_], m4 = m(4)[c_]; \
        const uint32_t a = m1 + m2, b = m1 - m2, c = m3 + m4, d = m3 - m4; \
        y(0)[c_] = m(0)[c_] + 4 * a + c; \
        y(1)[c_] = 2 * b + d; \
        y(2)[c_] = a + c; \
        y(3)[c_] = b + 2 * d + m(5)[c_]; \
    }

/* The sums of products of a tile, `step` apart, to (4, 4, WG_BLOCK) outputs. */
static ALWAYS_INLINE void wg_outputs(const uint32_t *restrict sums, ptrdiff_t step, int32_t *restrict out)
{
    static const uint8_t twos[WG_TILE] = {3, 2, 1, 1}; /* in 24, 12, 6, 6; and each has a 3 */
    uint32_t rows[WG_TILE][WG_SIDE][WG_BLOCK], y[WG_TILE][WG_BLOCK];
    for (int j = 0; j < WG_SIDE; j++) {
#define SUMS(k) (sums + (k * WG_SIDE + j) * step)
#define ROWS(i) rows[i][j]
        WG_OUTPUTS_OF(SUMS, ROWS)
    }
    for (int i = 0; i < WG_TILE; i++) {
#define ROW(k) rows[i][k]
#define OUTPUT(k) y[k]
        WG_OUTPUTS_OF(ROW, OUTPUT)
        for (int j = 0; j < WG_TILE; j++)
            for (int c = 0; c < WG_BLOCK; c++)
                out[(i * WG_TILE + j) * WG_BLOCK + c] = (int32_t)((uint32_t)((int32_t)y[j][c] >> (twos[i] + twos[j])) *
                                                                  UINT32_C(0x38e38e39));
    }
#undef SUMS
#undef ROWS
#undef ROW
#undef OUTPUT
}

/* ---- The kernel ---- */

/* The sums of `tiles` tiles and WG_BLOCK output channels at one point: sums (tiles, WG_BLOCK), v (tiles, cin), u (cin/2,
 * WG_BLOCK, 2). */
typedef void wg_multiply_fn(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin);

/* Channels o ... o + 15 of one pixel, whose products sum to `sums`: bias, skip, rounding. add: NULL, no skip. */
typedef void wg_put_fn(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out);

/* The same of a tail: bias, rounding, to 16 values of its own. */
typedef void wg_round_fn(const fv_conv *c, const int32_t *sums, int o, int32_t *out);

/* A set's own parts, and where the rows go: of a body add and out, of a tail `tail`. */
typedef struct wg_job {
    wg_multiply_fn *multiply;
    wg_put_fn *put;
    wg_round_fn *round;
    const uint8_t *const *add;
    uint8_t *const *out;
    int32_t *const (*tail)[4];
} wg_job;

/* cout: a multiple of WG_BLOCK. */
static ALWAYS_INLINE void wg_rows(const fv_conv *c, const uint8_t *const in[WG_SIDE], const wg_job job, int count, int n,
                                  void *work, const int cin, const int cout)
{
    enum { ROW = WG_CHUNK * WG_TILE, TAIL_VALUES = WG_TILE * ROW * WG_TAIL_MAX };
    _Static_assert(WG_POINTS * WG_CHUNK * (2 * 1 + 4 * WG_BLOCK) + 4 * TAIL_VALUES == FV_WINOGRAD_WORK(1),
                   "V, M, a tail's values");
    int16_t *const v = work;
    uint32_t *const sums = (uint32_t *)(void *)(v + (ptrdiff_t)WG_POINTS * WG_CHUNK * cin);
    int32_t *const values = (int32_t *)(sums + WG_POINTS * WG_CHUNK * WG_BLOCK); /* (WG_TILE, ROW, cout) */
    for (int x0 = 0; x0 < n; x0 += WG_TILE * WG_CHUNK) {
        const int tiles = fv_min((n - x0 + WG_TILE - 1) / WG_TILE, WG_CHUNK);
        for (int t = 0; t < tiles; t++) wg_points(in, x0 + t * WG_TILE, n, v + (ptrdiff_t)t * cin, cin);
        for (int o = 0; o < cout; o += WG_BLOCK) {
            const int16_t *u = c->winograd + (ptrdiff_t)o * WG_POINTS * cin;
            for (int k = 0; k < WG_POINTS; k++)
                job.multiply(v + (ptrdiff_t)k * WG_CHUNK * cin, u + (ptrdiff_t)k * cin * WG_BLOCK,
                             sums + k * WG_CHUNK * WG_BLOCK, tiles, cin);
            for (int t = 0; t < tiles; t++) {
                int32_t y[WG_TILE * WG_TILE * WG_BLOCK];
                wg_outputs(sums + t * WG_BLOCK, WG_CHUNK * WG_BLOCK, y);
                const int x = x0 + t * WG_TILE, columns = fv_min(n - x, WG_TILE);
                for (int i = 0; i < count; i++)
                    for (int j = 0; j < columns; j++) {
                        const int32_t *const pixel = y + (i * WG_TILE + j) * WG_BLOCK;
                        const ptrdiff_t at = (ptrdiff_t)(x + j) * cout + o;
                        if (job.tail)
                            job.round(c, pixel, o, values + (ptrdiff_t)(i * ROW - x0) * cout + at);
                        else
                            job.put(c, pixel, o, job.add[i] ? job.add[i] + at : NULL, job.out[i] + at);
                    }
            }
        }
        const int scale = c->cout == 12 ? 2 : c->cout == 27 ? 3 : 4;
        for (int i = 0; job.tail && i < count; i++)
            rows_tail_put(values + (ptrdiff_t)i * ROW * cout, cout, scale, job.tail[i], x0, fv_min(n - x0, ROW));
    }
}

/* A set's kernels, out of its multiply, put_pixel and round_pixel: the shapes of the nets, and one for all others. */
#define FV_WINOGRAD_KERNELS(isa, set) \
    static isa void body_rows_##set(const fv_conv *c, const uint8_t *const in[FV_GROUP + 2], \
                                    const uint8_t *const add[FV_GROUP], uint8_t *const out[FV_GROUP], int count, int n, \
                                    void *work) \
    { \
        const wg_job wg = {.multiply = multiply, .put = put_pixel, .add = add, .out = out}; \
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
        const wg_job wg = {.multiply = multiply, .round = round_pixel, .tail = out}; \
        if (c->cin == 32) \
            wg_rows(c, in, wg, count, n, work, 32, c->cout_pad); \
        else if (c->cin == 64) \
            wg_rows(c, in, wg, count, n, work, 64, c->cout_pad); \
        else \
            wg_rows(c, in, wg, count, n, work, c->cin, c->cout_pad); \
    }

#endif
