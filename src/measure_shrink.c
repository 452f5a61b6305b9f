/* SPDX-License-Identifier: MIT
 *
 * D(large) in exact integers: each large row is shrunk horizontally when it comes, and a D row is made as soon as the
 * rows under it are there. Then it is compared with the small row: difference, shift, colour.
 *
 * A shift is looked for in two ways. Squared differences at whole shifts find the place and, by the parabola through
 * the least one and its neighbours, a fraction; that is biased by up to a quarter of a pixel. Below half a pixel the
 * straight line fitted through difference against gradient is better (Lucas and Kanade 1981). Either is exact only at
 * 0: who needs it exactly measures again with the shift that was found, once or twice. */
#include "measure.h"
#include "measure_math.h"

/* ---- Lines ---- */

static int64_t within(int64_t at, int64_t n) { return at < 0 ? 0 : at >= n ? n - 1 : at; }

void fv_lines_make(fv_lines *l, int64_t upto)
{
    for (; l->made < upto && l->made < l->axis.out; l->made++) {
        const int64_t at = l->made % l->slots;
        l->count[at] = fv_axis_line(l->axis, l->made, &l->first[at], l->w + at * l->taps);
    }
}

int64_t fv_lines_under(const fv_lines *l, int64_t i)
{
    const double at = ((double)i + l->axis.shift) * (double)l->axis.in / (double)l->axis.out - 0.5;
    const int64_t up = -(int64_t)fv_floor(-at);
    return up < 0 ? 0 : up > l->axis.in ? l->axis.in : up;
}

/* ---- Blocks ---- */

/* Where the block that starts at small sample `at` begins, or ends, in the large picture. */
static double block_begin(const fv_lines *l, int at)
{
    return ((double)at + l->axis.shift) * (double)l->axis.in / (double)l->axis.out;
}

static double block_end(const fv_lines *l, int at) { return block_begin(l, (int)within(at + FV_BLOCK, l->axis.out + 1)); }

/* The part of large sample `at` that lies between from and to. */
static double part(int64_t at, double from, double to)
{
    const double begin = from > (double)at ? from : (double)at, end = to < (double)at + 1 ? to : (double)at + 1;
    return end > begin ? end - begin : 0;
}

static double *block_sums(const fovea_measure *m, int block_row)
{
    return m->blocks + (size_t)(block_row % FV_BLOCK_ROWS) * 3 * (size_t)m->blocks_across;
}

/* A large row's samples, weighted, to the sums of one row of blocks. */
static void add_to_blocks(const fovea_measure *m, const uint16_t *rgb, double weight, double *sums)
{
    for (int b = 0; b < m->blocks_across; b++, sums += 3) {
        const double begin = block_begin(&m->x, b * FV_BLOCK), end = block_end(&m->x, b * FV_BLOCK);
        const int64_t first = within((int64_t)fv_floor(begin), m->lw), last = within(-(int64_t)fv_floor(-end) - 1, m->lw);
        double sum[3] = {0};
        for (int64_t j = first; j <= last; j++) {
            const double w = part(j, begin, end);
            for (int c = 0; c < 3; c++) sum[c] += w * rgb[3 * j + c];
        }
        for (int c = 0; c < 3; c++) sums[c] += weight * sum[c];
    }
}

/* A row is at most as high as a small one, so no more than two rows of blocks share it. Those above are done with. */
static void add_large_row(const fovea_measure *m, const uint16_t *rgb)
{
    const int64_t row = (int64_t)fv_floor((double)m->large_in * m->sh / m->lh - m->y.axis.shift);
    const int at = (int)within(row, m->sh), first = fv_max(at, m->shrunk) / FV_BLOCK;
    for (int k = first; k <= fv_min(at + 1, m->sh - 1) / FV_BLOCK; k++) {
        const double weight = part(m->large_in, block_begin(&m->y, k * FV_BLOCK), block_end(&m->y, k * FV_BLOCK));
        if (weight > 0) add_to_blocks(m, rgb, weight, block_sums(m, k));
    }
}

/* Whether all of the block that starts there has something to be compared with; a moved picture's border has not. */
static bool is_whole(const fv_lines *l, int at) { return block_begin(l, at) >= 0 && block_end(l, at) <= (double)l->axis.in; }

static void add_small_row(const fovea_measure *m, const uint16_t *small)
{
    for (int i = 0; i < m->sw; i++)
        for (int c = 0; c < 3; c++) m->small_blocks[3 * (i / FV_BLOCK) + c] += small[3 * i + c];
}

/* The row of blocks whose last small row is y. */
static void end_blocks(fovea_measure *m, int y)
{
    const int top = y / FV_BLOCK * FV_BLOCK;
    const double area = (double)m->lw / m->sw * ((double)m->lh / m->sh);
    double *large = block_sums(m, y / FV_BLOCK);
    for (int b = 0; b < m->blocks_across && is_whole(&m->y, top); b++) {
        if (!is_whole(&m->x, b * FV_BLOCK)) continue;
        const int pixels = (y - top + 1) * fv_min(FV_BLOCK, m->sw - b * FV_BLOCK);
        for (int c = 0; c < 3; c++) {
            const double mean = fv_abs(large[3 * b + c] / area - m->small_blocks[3 * b + c]) / (pixels * FV_LEVEL);
            m->sums.block_worst = mean > m->sums.block_worst ? mean : m->sums.block_worst;
        }
    }
    memset(large, 0, 3 * (size_t)m->blocks_across * sizeof *large);
    memset(m->small_blocks, 0, 3 * (size_t)m->blocks_across * sizeof *m->small_blocks);
}

/* ---- D rows ---- */

void fv_shrink_large_row(fovea_measure *m, const uint16_t *rgb)
{
    add_large_row(m, rgb);
    int32_t *to = m->across + (size_t)(m->large_in % m->across_rows) * 3 * (size_t)m->sw;
    for (int i = 0; i < m->sw; i++) {
        const uint16_t *p = rgb + 3 * fv_line_first(&m->x, i);
        const int16_t *w = fv_line_w(&m->x, i);
        const int count = m->x.count[i];
        int32_t r = 0, g = 0, b = 0;
        for (int j = 0; j < count; j++) {
            r += w[j] * p[3 * j];
            g += w[j] * p[3 * j + 1];
            b += w[j] * p[3 * j + 2];
        }
        to[3 * i] = r;
        to[3 * i + 1] = g;
        to[3 * i + 2] = b;
    }
}

bool fv_shrink_ready(const fovea_measure *m)
{
    return m->shrunk < m->sh && m->small_in > fv_min(m->shrunk + FV_SHIFT_REACH, m->sh - 1) &&
           m->large_in >= fv_line_end(&m->y, m->shrunk);
}

/* D row y into m->row, neither rounded nor clipped. */
static void make_row(fovea_measure *m, int y)
{
    const int n = 3 * m->sw;
    const int16_t *w = fv_line_w(&m->y, y);
    for (int i = 0; i < n; i++) m->sum_row[i] = 0;
    for (int64_t j = fv_line_first(&m->y, y); j < fv_line_end(&m->y, y); j++, w++) {
        const int32_t *from = m->across + (size_t)(j % m->across_rows) * (size_t)n;
        const double weight = *w;
        for (int i = 0; i < n; i++) m->sum_row[i] += weight * from[i]; /* whole numbers below 2^53: exact */
    }
    for (int i = 0; i < n; i++) m->sum_row[i] *= 1.0 / FV_RESIZE_ONE / FV_RESIZE_ONE;
}

/* As a picture of the small one's depth has it. */
static float round_sample(double v, bool deep)
{
    v = v < 0 ? 0 : v > 65535 ? 65535 : v;
    return deep ? (float)(int)(v + 0.5) : (float)((int)((v + 128.5) / 257) * 257);
}

/* ---- Comparison ---- */

/* One pixel: d is D's, s the small one's. Returns the greatest difference, in levels. */
static double compare_pixel(fovea_measure *m, const float *d, const uint16_t *s)
{
    double greatest = 0, diff[3];
    for (int c = 0; c < 3; c++) {
        diff[c] = ((double)d[c] - s[c]) * (1 / FV_LEVEL);
        const double size = fv_abs(diff[c]);
        m->sums.squares += size * size;
        fv_count(&m->error, size);
        greatest = size > greatest ? size : greatest;
    }
    const double y = 0.299 * diff[0] + 0.587 * diff[1] + 0.114 * diff[2];
    m->sums.squares_y += y * y;
    m->sums.pixels++;
    m->sums.worst = greatest > m->sums.worst ? greatest : m->sums.worst;
    return greatest;
}

static void compare_colour(fovea_measure *m, const float *d, const uint16_t *s)
{
    const float colour[3] = {s[0], s[1], s[2]};
    const double e = fv_colour_difference(fv_lab_of(m->colours, d), fv_lab_of(m->colours, colour));
    m->sums.drift += e;
    fv_count(&m->drift, e);
}

/* Small pixels at each end of an axis that a moved picture has nothing to compare with. */
static int blind(const fv_lines *l)
{
    const int margin = 2 - (int)fv_floor(-fv_abs(l->axis.shift));
    return fv_abs(l->axis.shift) > 0 && l->axis.out > 4 * margin ? margin : 0;
}

static void compare_row(fovea_measure *m, int y)
{
    const uint16_t *small = fv_small_row(m, y);
    const int left = blind(&m->x), top = blind(&m->y);
    for (int i = 0; i < m->sw; i++) m->map_row[i] = 0;
    for (int i = left; i < m->sw - left && y >= top && y < m->sh - top; i++) {
        const double e = compare_pixel(m, m->row + 3 * i, small + 3 * i);
        m->map_row[i] = (float)e;
        if (m->pair.brief) continue;
        if (e > 0)
            compare_colour(m, m->row + 3 * i, small + 3 * i);
        else
            fv_count(&m->drift, 0);
    }
    add_small_row(m, small);
    if (y % FV_BLOCK == FV_BLOCK - 1 || y == m->sh - 1) end_blocks(m, y);
    if (m->pair.map) m->pair.map(m->pair.map_user, FOVEA_MAP_ERROR, y, m->map_row);
}

/* ---- Shift ---- */

static void sum_shifts(fovea_measure *m, int y)
{
    const float *d = m->row_y;
    for (int ky = -FV_SHIFT_REACH; ky <= FV_SHIFT_REACH; ky++) {
        const float *s = fv_small_y_row(m, y - ky);
        double sum[5] = {0};
        for (int x = 2; x < m->sw - 2; x++)
            for (int k = 0; k < 5; k++) {
                const float diff = d[x] - s[x + 2 - k];
                sum[k] += diff * diff;
            }
        for (int k = 0; k < 5; k++) m->sums.shift[(ky + 2) * 5 + k] += sum[k];
    }
}

static void sum_gradients(fovea_measure *m, int y)
{
    const float *d = m->row_y, *s = fv_small_y_row(m, y), *above = fv_small_y_row(m, y - 1), *below = fv_small_y_row(m, y + 1);
    const float *above2 = fv_small_y_row(m, y - 2), *below2 = fv_small_y_row(m, y + 2);
    double gxx = 0, gxy = 0, gyy = 0, gxd = 0, gyd = 0;
    for (int x = 2; x < m->sw - 2; x++) {
        /* five samples: with three, fine detail seems to move a third more than it does */
        const double gx = (8 * (s[x + 1] - s[x - 1]) - (s[x + 2] - s[x - 2])) / 12, diff = d[x] - s[x];
        const double gy = (8 * (below[x] - above[x]) - (below2[x] - above2[x])) / 12;
        gxx += gx * gx;
        gxy += gx * gy;
        gyy += gy * gy;
        gxd += gx * diff;
        gyd += gy * diff;
    }
    m->sums.gxx += gxx;
    m->sums.gxy += gxy;
    m->sums.gyy += gyy;
    m->sums.gxd += gxd;
    m->sums.gyd += gyd;
}

/* The straight line through difference against gradient; an axis without gradient has no say. */
static void fit_gradients(const fv_sums *s, double *x, double *y)
{
    const double size = s->gxx + s->gyy, determinant = s->gxx * s->gyy - s->gxy * s->gxy;
    *x = *y = 0;
    if (determinant > 1e-4 * size * size) {
        *x = -(s->gxd * s->gyy - s->gyd * s->gxy) / determinant;
        *y = -(s->gyd * s->gxx - s->gxd * s->gxy) / determinant;
    } else if (s->gxx > s->gyy) {
        *x = -s->gxd / s->gxx;
    } else if (s->gyy > 0) {
        *y = -s->gyd / s->gyy;
    }
}

/* Where between its neighbours the least of three lies, -0.5 .. 0.5. */
static double parabola(double before, double least, double after)
{
    const double bend = before - 2 * least + after;
    return bend > 0 ? 0.5 * (before - after) / bend : 0;
}

static double fraction(const double *least, int step, int place)
{
    return place == 0 || place == 2 * FV_SHIFT_REACH ? 0 : parabola(least[-step], least[0], least[step]);
}

static double limit(double shift)
{
    return shift < -FV_SHIFT_REACH ? -FV_SHIFT_REACH : shift > FV_SHIFT_REACH ? FV_SHIFT_REACH : shift;
}

void fv_shift_estimate(const fovea_measure *m, double *x, double *y)
{
    const double *s = m->sums.shift;
    int best = FV_SHIFTS / 2;
    for (int k = 0; k < FV_SHIFTS; k++)
        if (s[k] < s[best]) best = k;
    const int kx = best % 5, ky = best / 5;
    *x = kx - 2 + fraction(s + best, 1, kx);
    *y = ky - 2 + fraction(s + best, 5, ky);
    if (best == FV_SHIFTS / 2) {
        double fx, fy;
        fit_gradients(&m->sums, &fx, &fy);
        if (fv_abs(fx) < 0.75 && fv_abs(fy) < 0.75) {
            *x = fx;
            *y = fy;
        }
    }
    *x = limit(*x + m->pair.shift_x);
    *y = limit(*y + m->pair.shift_y);
}

/* ---- The next D row ---- */

static float luma_of(const double rgb[3])
{
    return (float)((0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) * (1 / FV_LEVEL));
}

void fv_shrink_next(fovea_measure *m)
{
    const int y = m->shrunk;
    const bool deep = ((int)m->pair.small_format & 16) != 0;
    float *luma = m->shrunk_y + (size_t)(y % FV_SHRUNK_ROWS) * (size_t)m->sw;
    make_row(m, y);
    for (int i = 0; i < 3 * m->sw; i++) m->row[i] = round_sample(m->sum_row[i], deep);
    for (int i = 0; i < m->sw; i++) {
        luma[i] = luma_of(m->sum_row + 3 * i);
        m->row_y[i] = luma_of((const double[3]){(double)m->row[3 * i], (double)m->row[3 * i + 1], (double)m->row[3 * i + 2]});
    }
    compare_row(m, y);
    if (y >= FV_SHIFT_REACH && y < m->sh - FV_SHIFT_REACH && m->sw > 2 * FV_SHIFT_REACH) {
        sum_shifts(m, y);
        sum_gradients(m, y);
    }
    m->shrunk++;
}
