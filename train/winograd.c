/* SPDX-License-Identifier: MIT
 *
 * 3x3 convolutions for training on CPUs, forward and backward, by Winograd's F(4x4, 3x3) (A. Lavin and S. Gray, 2016, "Fast
 * algorithms for convolutional neural networks"): a quarter of the multiplications of the direct form. Only train/winograd.py
 * calls this; the product never does.
 *
 * Pictures are float (height, width, channels). Each is copied once with its border, cut into tiles of 4x4 results (6x6
 * sources), and 24 tiles at a time pass through: transform, 36 products of matrices, transform back. So everything between
 * stays in the second-level cache. Vectors are GCC's, 16 floats wide where the machine has AVX-512 and eight elsewhere.
 *
 * cin and cout are multiples of winograd_step(). Results depend on the number of threads only in the order in which the gradients of the
 * weights are added.
 */

#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
#define BYTES 64
#else
#define BYTES 32
#endif

typedef float vec __attribute__((vector_size(BYTES), aligned(4), may_alias));
typedef float wide __attribute__((vector_size(BYTES)));
typedef int mask __attribute__((vector_size(BYTES)));

/* Keeps gcc from reading a vector from memory again at each use: loads are the bottleneck of the products. */
#ifdef __AVX__
#define IN_REGISTER(v) __asm__("" : "+v"(v))
#else
#define IN_REGISTER(v) ((void)(v))
#endif

enum {
    LANES = BYTES / 4,
    BLOCK = 24, /* tiles that pass through together */
    TILES = BYTES == 64 ? 12 : 6, /* of them in registers at once, by two vectors of channels */
    ROWS = BYTES == 64 ? 8 : 4,   /* the same for the gradients of the weights */
    POINTS = 36, /* of a transformed tile */
    SLACK = 16, /* floats between the planes of a block, so that they don't share cache sets */
};

typedef struct {
    int height, width;    /* of the picture */
    int rows, columns;    /* tiles */
    int stride;           /* pixels of a padded row */
} grid;

static grid grid_of(int height, int width)
{
    grid g = {height, width, (height + 3) / 4, (width + 3) / 4, 0};
    g.stride = 4 * g.columns + 2;
    return g;
}

static size_t padded_floats(grid g, int channels)
{
    return (size_t)(4 * g.rows + 2) * (size_t)g.stride * (size_t)channels;
}

static size_t block_floats(int channels)
{
    return POINTS * (size_t)(BLOCK * channels + SLACK);
}

static int clamp(int value, int end)
{
    return value < 0 ? 0 : value >= end ? end - 1 : value;
}

/* The picture with a border of one pixel before and what the tiles need behind, zeros or the nearest pixel. */
static void pad(float *to, const float *from, grid g, int channels, int repeat)
{
    size_t pixel = sizeof(float) * (size_t)channels;
    for (int y = -1; y <= 4 * g.rows; y++) {
        for (int x = -1; x <= 4 * g.columns; x++, to += channels) {
            int inside = y >= 0 && y < g.height && x >= 0 && x < g.width;
            if (inside || repeat)
                memcpy(to, from + ((size_t)clamp(y, g.height) * g.width + clamp(x, g.width)) * channels, pixel);
            else
                memset(to, 0, pixel);
        }
    }
}

/* B^T d of one line. */
static inline void into(const wide *d, wide *t)
{
    wide a = d[4] - 4 * d[2], b = d[3] - 4 * d[1], c = d[4] - d[2], e = 2 * (d[3] - d[1]);
    t[0] = 4 * d[0] - 5 * d[2] + d[4];
    t[1] = a + b;
    t[2] = a - b;
    t[3] = c + e;
    t[4] = c - e;
    t[5] = 4 * d[1] - 5 * d[3] + d[5];
}

/* A^T m of one line. */
static inline void back(const wide m[6], wide y[4])
{
    wide s = m[1] + m[2], d = m[1] - m[2], p = m[3] + m[4], q = m[3] - m[4];
    y[0] = m[0] + s + p;
    y[1] = d + 2 * q;
    y[2] = s + 4 * p;
    y[3] = d + 8 * q + m[5];
}

/* A y of one line: what `back` does, transposed. */
static inline void back_transposed(const wide *y, wide *m)
{
    wide even = y[0] + y[2], odd = y[1] + y[3], even4 = y[0] + 4 * y[2], odd8 = 2 * y[1] + 8 * y[3];
    m[0] = y[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = even4 + odd8;
    m[4] = even4 - odd8;
    m[5] = y[3];
}

/* Tiles first..first+count-1 of a padded picture, `side` pixels each from the corner of their 6x6 moved in by `inset`, through `line`
 * both ways -> v (36, BLOCK, channels), 0 beyond count. */
static inline __attribute__((always_inline)) void transform_tiles(const float *padded, grid g, int channels, int first, int count, int side,
                                                                  int inset, void (*line)(const wide *, wide *), float *v)
{
    size_t plane = (size_t)(BLOCK * channels + SLACK), row = (size_t)g.stride * channels;
    for (int t = 0; t < count; t++) {
        int top = (first + t) / g.columns * 4 + inset, left = (first + t) % g.columns * 4 + inset;
        const float *corner = padded + (size_t)top * row + (size_t)left * channels;
        for (int c = 0; c < channels; c += LANES) {
            wide lines[6][6], in[6], out[6];
            for (int x = 0; x < side; x++) {
                for (int y = 0; y < side; y++)
                    in[y] = *(const vec *)(corner + y * row + (size_t)x * channels + c);
                line(in, out);
                for (int y = 0; y < 6; y++)
                    lines[y][x] = out[y];
            }
            float *to = v + (size_t)t * channels + c;
            for (int y = 0; y < 6; y++) {
                line(lines[y], out);
                for (int x = 0; x < 6; x++)
                    *(vec *)(to + (size_t)(6 * y + x) * plane) = out[x];
            }
        }
    }
    for (int p = 0; p < POINTS && count < BLOCK; p++)
        memset(v + p * plane + (size_t)count * channels, 0, sizeof(float) * (size_t)((BLOCK - count) * channels));
}

/* Of sources, 6x6 each. */
static void transform_sources(const float *padded, grid g, int channels, int first, int count, float *v)
{
    transform_tiles(padded, g, channels, first, count, 6, 0, into, v);
}

/* Of gradients, 4x4 each. */
static void transform_gradients(const float *padded, grid g, int channels, int first, int count, float *d)
{
    transform_tiles(padded, g, channels, first, count, 4, 1, back_transposed, d);
}

/* m (BLOCK, cout) = v (BLOCK, cin) u (cin, cout). */
static void multiply(const float *restrict v, const float *restrict u, float *restrict m, int cin, int cout)
{
    for (int k = 0; k < cout; k += 2 * LANES) {
        for (int t = 0; t < BLOCK; t += TILES) {
            wide sum[TILES][2] = {{{0}}};
            for (int c = 0; c < cin; c++) {
                wide left = *(const vec *)(u + (size_t)c * cout + k), right = *(const vec *)(u + (size_t)c * cout + k + LANES);
                IN_REGISTER(left);
                IN_REGISTER(right);
                for (int i = 0; i < TILES; i++) {
                    float x = v[(size_t)(t + i) * cin + c];
                    sum[i][0] += x * left;
                    sum[i][1] += x * right;
                }
            }
            for (int i = 0; i < TILES; i++) {
                *(vec *)(m + (size_t)(t + i) * cout + k) = sum[i][0];
                *(vec *)(m + (size_t)(t + i) * cout + k + LANES) = sum[i][1];
            }
        }
    }
}

/* du (cin, cout) += v^T (cin, BLOCK) d (BLOCK, cout). */
static void multiply_transposed(const float *restrict v, const float *restrict d, float *restrict du, int cin, int cout)
{
    for (int k = 0; k < cout; k += 2 * LANES) {
        for (int c = 0; c < cin; c += ROWS) {
            wide sum[ROWS][2];
            for (int i = 0; i < ROWS; i++) {
                sum[i][0] = *(const vec *)(du + (size_t)(c + i) * cout + k);
                sum[i][1] = *(const vec *)(du + (size_t)(c + i) * cout + k + LANES);
            }
            for (int t = 0; t < BLOCK; t++) {
                wide left = *(const vec *)(d + (size_t)t * cout + k), right = *(const vec *)(d + (size_t)t * cout + k + LANES);
                IN_REGISTER(left);
                IN_REGISTER(right);
                for (int i = 0; i < ROWS; i++) {
                    float x = v[(size_t)t * cin + c + i];
                    sum[i][0] += x * left;
                    sum[i][1] += x * right;
                }
            }
            for (int i = 0; i < ROWS; i++) {
                *(vec *)(du + (size_t)(c + i) * cout + k) = sum[i][0];
                *(vec *)(du + (size_t)(c + i) * cout + k + LANES) = sum[i][1];
            }
        }
    }
}

/* m (36, BLOCK, cout) -> y, plus bias and skip, through a ReLU if asked. */
static void transform_results(const float *m, grid g, int cout, int first, int count, const float *bias, const float *skip,
                              int relu, float *y)
{
    size_t plane = (size_t)(BLOCK * cout + SLACK);
    for (int t = 0; t < count; t++) {
        int top = (first + t) / g.columns * 4, left = (first + t) % g.columns * 4;
        for (int k = 0; k < cout; k += LANES) {
            wide lines[4][6], in[6], out[4];
            const float *from = m + (size_t)t * cout + k;
            for (int x = 0; x < 6; x++) {
                for (int i = 0; i < 6; i++)
                    in[i] = *(const vec *)(from + (size_t)(6 * i + x) * plane);
                back(in, out);
                for (int i = 0; i < 4; i++)
                    lines[i][x] = out[i];
            }
            wide plus = {0};
            if (bias)
                plus = *(const vec *)(bias + k);
            for (int i = 0; i < 4 && top + i < g.height; i++) {
                back(lines[i], out);
                for (int x = 0; x < 4 && left + x < g.width; x++) {
                    size_t at = ((size_t)(top + i) * g.width + left + x) * cout + k;
                    wide value = out[x] + plus;
                    if (skip)
                        value += *(const vec *)(skip + at);
                    *(vec *)(y + at) = relu ? (wide)((mask)value & (value > 0)) : value;
                }
            }
        }
    }
}

static const float G[6][3] = {{1 / 4.0f, 0, 0}, {-1 / 6.0f, -1 / 6.0f, -1 / 6.0f}, {-1 / 6.0f, 1 / 6.0f, -1 / 6.0f},
                              {1 / 24.0f, 1 / 12.0f, 1 / 6.0f}, {1 / 24.0f, -1 / 12.0f, 1 / 6.0f}, {0, 0, 1}};

/* weight (cout, cin, 3, 3) -> u (36, cin, cout) = G g G^T; `turned`: u (36, cout, cin) of the kernel that takes gradients back. */
static void transform_weights(const float *weight, int cin, int cout, int turned, float *u)
{
    for (int k = 0; k < cout; k++) {
        for (int c = 0; c < cin; c++) {
            const float *g = weight + ((size_t)k * cin + c) * 9;
            size_t at = turned ? (size_t)k * cin + c : (size_t)c * cout + k;
            float half[6][3];
            for (int i = 0; i < 6; i++)
                for (int x = 0; x < 3; x++) {
                    half[i][x] = 0;
                    for (int y = 0; y < 3; y++)
                        half[i][x] += G[i][y] * (turned ? g[8 - 3 * y - x] : g[3 * y + x]);
                }
            for (int i = 0; i < 6; i++)
                for (int j = 0; j < 6; j++)
                    u[(size_t)(6 * i + j) * cin * cout + at] = half[i][0] * G[j][0] + half[i][1] * G[j][1] + half[i][2] * G[j][2];
        }
    }
}

/* du (36, cin, cout) -> dw (cout, cin, 3, 3) = G^T du G. */
static void gradient_of_weights(const float *du, int cin, int cout, float *dw)
{
    for (int k = 0; k < cout; k++)
        for (int c = 0; c < cin; c++) {
            float half[3][6] = {{0}};
            for (int i = 0; i < 6; i++)
                for (int j = 0; j < 6; j++)
                    for (int y = 0; y < 3; y++)
                        half[y][j] += G[i][y] * du[(size_t)(6 * i + j) * cin * cout + (size_t)c * cout + k];
            for (int y = 0; y < 3; y++)
                for (int x = 0; x < 3; x++) {
                    float sum = 0;
                    for (int j = 0; j < 6; j++)
                        sum += half[y][j] * G[j][x];
                    dw[((size_t)k * cin + c) * 9 + 3 * y + x] = sum;
                }
        }
}

/* Has the lines of memory fetched that a block's results go to, while the products are made. */
static void fetch_results(const float *y, grid g, int cout, int first, int count)
{
    for (int t = 0; t < count; t++) {
        int top = (first + t) / g.columns * 4, left = (first + t) % g.columns * 4;
        for (int i = 0; i < 4 && top + i < g.height; i++) {
            const float *row = y + ((size_t)(top + i) * g.width + left) * cout;
            for (int k = 0; k < 4 * cout; k += 2 * LANES)
                __builtin_prefetch(row + k, 1);
        }
    }
}

/* One padded picture through u (36, cin, cout). v and m are scratch. */
static void convolve(const float *padded, grid g, int cin, int cout, const float *u, const float *bias, const float *skip,
                     int relu, float *v, float *m, float *y)
{
    int tiles = g.rows * g.columns;
    for (int first = 0; first < tiles; first += BLOCK) {
        int count = tiles - first < BLOCK ? tiles - first : BLOCK;
        fetch_results(y, g, cout, first, count);
        transform_sources(padded, g, cin, first, count, v);
        for (int p = 0; p < POINTS; p++)
            multiply(v + (size_t)p * (BLOCK * cin + SLACK), u + (size_t)p * cin * cout, m + (size_t)p * (BLOCK * cout + SLACK), cin, cout);
        transform_results(m, g, cout, first, count, bias, skip, relu, y);
    }
}

/* du (36, cin, cout) += what one picture's padded source and padded gradient say. */
static void collect(const float *source, const float *gradient, grid g, int cin, int cout, float *v, float *d, float *du)
{
    int tiles = g.rows * g.columns;
    for (int first = 0; first < tiles; first += BLOCK) {
        int count = tiles - first < BLOCK ? tiles - first : BLOCK;
        transform_sources(source, g, cin, first, count, v);
        transform_gradients(gradient, g, cout, first, count, d);
        for (int p = 0; p < POINTS; p++)
            multiply_transposed(v + (size_t)p * (BLOCK * cin + SLACK), d + (size_t)p * (BLOCK * cout + SLACK), du + (size_t)p * cin * cout, cin, cout);
    }
}

/* dz (pixels, cout) = dy where y > 0, or everywhere if y is NULL; db += its sums. */
static void through_relu(const float *dy, const float *y, size_t pixels, int cout, float *dz, float *db)
{
    enum { CHUNK = 64 }; /* pixels, so that a chunk stays in the first cache while its channels are gone through */
    for (size_t first = 0; first < pixels; first += CHUNK) {
        size_t end = first + CHUNK < pixels ? first + CHUNK : pixels;
        for (int k = 0; k < cout; k += LANES) {
            wide sum = *(const vec *)(db + k);
            for (size_t at = first * (size_t)cout + k; at < end * (size_t)cout; at += (size_t)cout) {
                wide value = *(const vec *)(dy + at);
                if (y)
                    value = (wide)((mask)value & (*(const vec *)(y + at) > 0));
                *(vec *)(dz + at) = value;
                sum += value;
            }
            *(vec *)(db + k) = sum;
        }
    }
}

static float *floats(size_t count)
{
    float *memory = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
    if (!memory)
        abort();
    return memory;
}

/* What the numbers of channels are multiples of. */
int winograd_step(void)
{
    return 2 * LANES;
}

/* y (n, height, width, cout) = x (n, height, width, cin) * weight (cout, cin, 3, 3) + bias [+ skip, shaped as y], through a
 * ReLU if asked. repeat: the border is the nearest pixel, else zeros. */
void winograd_forward(const float *x, const float *weight, const float *bias, const float *skip, int n, int height, int width,
                      int cin, int cout, int relu, int repeat, int threads, float *y)
{
    grid g = grid_of(height, width);
    float *u = floats((size_t)POINTS * cin * cout);
    transform_weights(weight, cin, cout, 0, u);
#pragma omp parallel num_threads(threads)
    {
        float *padded = floats(padded_floats(g, cin)), *v = floats(block_floats(cin)), *m = floats(block_floats(cout));
#pragma omp for schedule(static)
        for (int i = 0; i < n; i++) {
            size_t pixels = (size_t)height * width, out = (size_t)i * pixels * cout;
            pad(padded, x + (size_t)i * pixels * cin, g, cin, repeat);
            convolve(padded, g, cin, cout, u, bias, skip ? skip + out : NULL, relu, v, m, y + out);
        }
        free(padded), free(v), free(m);
    }
    free(u);
}

/* What winograd_backward makes of the pictures from first up to end: their dz and dx, and du (36, cin, cout) and db, which start
 * at zero. u is the turned kernel. */
static void backward_of(int first, int end, const float *x, const float *y, const float *dy, grid g, int cin, int cout, int repeat,
                        const float *u, float *dz, float *dx, float *du, float *db)
{
    int wider = cin > cout ? cin : cout;
    size_t pixels = (size_t)g.height * g.width;
    float *source = floats(padded_floats(g, cin)), *gradient = floats(padded_floats(g, cout));
    float *v = floats(block_floats(wider)), *m = floats(block_floats(wider));
    memset(du, 0, sizeof(float) * POINTS * (size_t)cin * cout);
    memset(db, 0, sizeof(float) * (size_t)cout);
    for (int i = first; i < end; i++) {
        size_t in = (size_t)i * pixels * cin, out = (size_t)i * pixels * cout;
        through_relu(dy + out, y ? y + out : NULL, pixels, cout, dz + out, db);
        pad(source, x + in, g, cin, repeat);
        pad(gradient, dz + out, g, cout, 0);
        if (dx)
            convolve(gradient, g, cout, cin, u, NULL, NULL, 0, v, m, dx + in);
        collect(source, gradient, g, cin, cout, v, m, du);
    }
    free(source), free(gradient), free(v), free(m);
}

/* Gradients of the above: dz (as y) before the ReLU, which is also the skip's; dx (as x, or NULL if nobody asks); dw; db. What
 * flows into a repeated border is left out of dx. Each of `threads` parts of the batch has sums of its own, added in order: the
 * result does not depend on how many threads there really are. */
void winograd_backward(const float *x, const float *weight, const float *y, const float *dy, int n, int height, int width,
                       int cin, int cout, int relu, int repeat, int threads, float *dz, float *dx, float *dw, float *db)
{
    grid g = grid_of(height, width);
    size_t size = (size_t)POINTS * cin * cout;
    float *u = floats(size), *du = floats(size * threads), *sums = floats((size_t)threads * cout);
    transform_weights(weight, cin, cout, 1, u);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int part = 0; part < threads; part++)
        backward_of(part * n / threads, (part + 1) * n / threads, x, relu ? y : NULL, dy, g, cin, cout, repeat, u, dz, dx,
                    du + part * size, sums + part * cout);
    memset(db, 0, sizeof(float) * (size_t)cout);
    for (int part = 0; part < threads; part++)
        for (int k = 0; k < cout; k++)
            db[k] += sums[part * cout + k];
    for (int part = 1; part < threads; part++)
        for (size_t k = 0; k < size; k++)
            du[k] += du[part * size + k];
    gradient_of_weights(du, cin, cout, dw);
    free(u), free(du), free(sums);
}
