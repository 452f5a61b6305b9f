/* SPDX-License-Identifier: MIT
 *
 * Whether the pixels were a JPEG file once, whatever they are kept in now. The coefficients of its 8x8 blocks were whole
 * multiples of a step for each frequency, and transformed again on the same grid they still lie near those: rounding to
 * 8-bit pixels moved them by some 0.3. From where they lie come the steps, and from these the quality (Z. Fan,
 * R. L. de Queiroz, 2003, "Identification of bitmap compression history: JPEG detection and quantizer estimation"; here
 * a step is tried by the characteristic function at its frequency). Of a picture that was cut out since the grid begins
 * anywhere, so all 64 are looked at. Pixels that were enlarged or shrunk since tell nothing. */
#include "inspect.h"
#include "measure_math.h"

enum {
    SIDE = FV_INSPECT_BLOCK,
    GRIDS = FV_SAVED_GRIDS,
    LEVEL = 4, /* bins a level */
    BLOCKS = 4096, /* with any detail: more tell nothing new */
    LEAST = 2, /* steps that are tried; a step of 1 is nothing but the rounding */
    MOST = 80,
    SAMPLES = 8, /* fewer tell nothing of a step */
    STEPS = 4, /* so many frequencies must show one */
    ONE = 127, /* 1 in a wave: FV_SAVED_BINS * INT16_MAX * ONE is below 2^31 */
    AT_ONCE = 64, /* blocks, each a column further than the one before */
};

static const double certain = 5; /* standard deviations above what no step would bring */
static const double near_multiples = 0.44; /* mean cosine; 1: all lie on multiples, 0: anywhere */
static const double lead = 1; /* by so much a cut-out picture's grid is surer than any other */

/* ---- Coefficients ---- */

/* 1024 cos(i pi / 16) / 2, and at 0 that over sqrt(2): the rows of an orthonormal DCT. */
enum { C0 = 362, C1 = 502, C2 = 473, C3 = 426, C5 = 284, C6 = 196, C7 = 100 };

/* The lowest four of eight samples, times 1024. */
static inline void lowest_four(const int32_t p[SIDE], int32_t out[4])
{
    const int32_t s0 = p[0] + p[7], s1 = p[1] + p[6], s2 = p[2] + p[5], s3 = p[3] + p[4];
    const int32_t d0 = p[0] - p[7], d1 = p[1] - p[6], d2 = p[2] - p[5], d3 = p[3] - p[4];
    out[0] = C0 * (s0 + s1 + s2 + s3);
    out[1] = C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3;
    out[2] = C2 * (s0 - s3) + C6 * (s1 - s2);
    out[3] = C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3;
}

/* Rows and columns of the lowest frequencies, in zigzag order. */
static const uint8_t places[FV_JPEG_LOW][2] = {{0, 1}, {1, 0}, {2, 0}, {1, 1}, {0, 2}, {0, 3}, {1, 2}, {2, 1}, {3, 0}};

typedef uint16_t fv_saved_bins[4][4][AT_ONCE]; /* of a frequency down, one along, and a block */

/* The bins of n blocks whose last row is the newest, from column x on; luma has 12 bits, so nothing exceeds 2^29. */
static void transform(const fovea_inspect *in, int x, int n, fv_saved_bins bins)
{
    const int16_t *rows[SIDE];
    int32_t down[4][AT_ONCE + SIDE] = {{0}};
    for (int i = 0; i < SIDE; i++) rows[i] = fv_luma_row(in, in->y - SIDE + i) + x;
    for (int k = 0; k < n + SIDE - 1; k++) {
        int32_t column[SIDE], out[4];
        for (int i = 0; i < SIDE; i++) column[i] = rows[i][k];
        lowest_four(column, out);
        for (int v = 0; v < 4; v++) down[v][k] = out[v] >> 6;
    }
    for (int v = 0; v < 4; v++)
        for (int k = 0; k < AT_ONCE; k++) {
            int32_t out[4];
            lowest_four(down[v] + k, out);
            for (int u = 0; u < 4; u++) bins[v][u][k] = (uint16_t)((fv_size(out[u]) + (1 << 15)) >> 16); /* 2^18 is a level */
        }
}

/* Block k of these; whether it has any detail. */
static bool count_block(fv_saved_counts *counts, fv_saved_bins bins, int k)
{
    bool detail = false;
    for (int i = 0; i < FV_JPEG_LOW; i++) {
        const int bin = bins[places[i][0]][places[i][1]][k];
        if (bin < FV_SAVED_BINS && counts->bins[i][bin] < INT16_MAX) counts->bins[i][bin]++;
        detail |= bin >= LEVEL;
    }
    return detail;
}

bool fv_saved_is_known(const fovea_inspect *in) { return in->saved_blocks >= BLOCKS; }

/* The blocks that end in the newest row, each column's: those of eight grids. */
void fv_saved_row(fovea_inspect *in)
{
    if (in->y < SIDE || fv_saved_is_known(in)) return;
    fv_saved_counts *grids = in->saved + in->y % SIDE * SIDE;
    for (int x = 0; x + SIDE <= in->w; x += AT_ONCE) {
        fv_saved_bins bins;
        const int n = fv_min(AT_ONCE, in->w - SIDE + 1 - x);
        transform(in, x, n, bins);
        for (int k = 0; k < n; k++) {
            const bool detail = count_block(grids + k % SIDE, bins, k);
            in->saved_blocks += detail && in->y % SIDE == 0 && k % SIDE == 0 ? 1 : 0;
        }
    }
}

/* ---- Steps ---- */

static void make_wave(int16_t wave[FV_SAVED_BINS], int step)
{
    const int period = LEVEL * step;
    for (int b = 0; b < FV_SAVED_BINS; b++)
        wave[b] = (int16_t)(b < period ? fv_floor(ONE * fv_cos(360.0 * b / period) + 0.5) : wave[b - period]);
}

/* How sure it is that coefficients are multiples of a step: the mean cosine, 0 where it may be chance. */
static double mean_cosine(const int16_t *bins, const int16_t *wave, int step)
{
    int32_t sum = 0, count = 0;
    /* Nearer to 0 anything would lie near a multiple; from a quarter on, what has no steps lies between them first. */
    for (int b = LEVEL * step / 4; b < FV_SAVED_BINS; b++) {
        sum += bins[b] * wave[b];
        count += bins[b];
    }
    /* Of anything without a period the sum has a variance of half its count. */
    return count >= SAMPLES && sum >= ONE * certain * fv_sqrt(count / 2.0) ? (double)sum / ONE / count : 0;
}

/* The largest step that explains a frequency nearly as well as the best one: its divisors do so, too. 0: there is none. */
static int largest_step(const double *means)
{
    double most = near_multiples;
    for (int step = LEAST; step <= MOST; step++) most = means[step] > most ? means[step] : most;
    int found = 0;
    for (int step = LEAST; step <= MOST; step++)
        if (means[step] >= near_multiples && means[step] >= 0.75 * most) found = step;
    return found;
}

/* How many frequencies show one. */
static int find_steps(const fv_saved_counts *counts, int steps[FV_JPEG_LOW])
{
    double means[FV_JPEG_LOW][MOST + 1];
    int16_t wave[FV_SAVED_BINS];
    for (int step = LEAST; step <= MOST; step++) {
        make_wave(wave, step);
        for (int i = 0; i < FV_JPEG_LOW; i++) means[i][step] = mean_cosine(counts->bins[i], wave, step);
    }
    int count = 0;
    for (int i = 0; i < FV_JPEG_LOW; i++) {
        steps[i] = largest_step(means[i]);
        count += steps[i] > 0;
    }
    return count;
}

/* ---- Grids ---- */

/* For each grid but the first, how sure it is: its surest steps' mean cosines, added up over the frequencies that show one. */
static void add_surest(const fovea_inspect *in, double sums[GRIDS])
{
    double surest[GRIDS][FV_JPEG_LOW] = {{0}};
    int16_t wave[FV_SAVED_BINS];
    for (int step = LEAST; step <= MOST; step++) {
        make_wave(wave, step);
        for (int g = 1; g < GRIDS; g++)
            for (int i = 0; i < FV_JPEG_LOW; i++) {
                const double mean = mean_cosine(in->saved[g].bins[i], wave, step);
                surest[g][i] = mean > surest[g][i] ? mean : surest[g][i];
            }
    }
    for (int g = 1; g < GRIDS; g++) {
        sums[g] = 0;
        for (int i = 0; i < FV_JPEG_LOW; i++) sums[g] += surest[g][i] >= near_multiples ? surest[g][i] : 0;
    }
}

/* The grid of a picture that was cut out beside it; 0: there is none. What was drawn may show steps, but on many grids alike,
 * and the best of 63 by chance does not stand out. */
static int cut_grid(const fovea_inspect *in)
{
    double sums[GRIDS], second = 0;
    int best = 1;
    add_surest(in, sums);
    for (int g = 2; g < GRIDS; g++) best = sums[g] > sums[best] ? g : best;
    for (int g = 1; g < GRIDS; g++) second = g != best && sums[g] > second ? sums[g] : second;
    return sums[best] >= second + lead ? best : 0;
}

/* ---- Quality ---- */

static int32_t quality_on(const fv_saved_counts *counts)
{
    int steps[FV_JPEG_LOW];
    return find_steps(counts, steps) < STEPS ? 0 : fv_jpeg_low_quality(steps);
}

/* Cut out and saved again, a picture shows two grids: the worse file counts. */
int32_t fv_saved_quality(const fovea_inspect *in)
{
    const int grid = cut_grid(in);
    const int32_t first = quality_on(in->saved), cut = grid ? quality_on(in->saved + grid) : 0;
    return first && cut ? fv_min(first, cut) : fv_max(first, cut);
}
