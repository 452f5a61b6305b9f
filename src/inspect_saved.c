/* SPDX-License-Identifier: MIT
 *
 * Whether the pixels were a JPEG file once, whatever they are kept in now. The coefficients of its 8x8 blocks were whole
 * multiples of a step for each frequency, and transformed again on the same grid they still lie near those: rounding to
 * 8-bit pixels moved them by some 0.3. From where they lie come the steps, and from these the quality (Z. Fan,
 * R. L. de Queiroz, 2003, "Identification of bitmap compression history: JPEG detection and quantizer estimation"; here
 * a step is tried by the characteristic function at its frequency). Pixels that were enlarged, shrunk or moved off the
 * grid since tell nothing. */
#include "inspect.h"
#include "measure_math.h"

enum {
    SIDE = FV_INSPECT_BLOCK,
    LEVEL = 8, /* bins a level */
    BLOCKS = 4096, /* with any detail: more tell nothing new */
    LEAST = 2, /* steps that are tried; a step of 1 is nothing but the rounding */
    MOST = 80,
    SAMPLES = 8, /* fewer tell nothing of a step */
    STEPS = 4, /* so many frequencies must show one */
};

static const double certain = 5; /* standard deviations above what no step would bring */
static const double near_multiples = 0.45; /* mean cosine; 1: all lie on multiples, 0: anywhere */

/* ---- Coefficients ---- */

/* 1024 cos(i pi / 16) / 2, and at 0 that over sqrt(2): the rows of an orthonormal DCT. */
enum { C0 = 362, C1 = 502, C2 = 473, C3 = 426, C5 = 284, C6 = 196, C7 = 100 };

/* The lowest four of eight samples, `apart` apart, times 1024. */
static inline void lowest_four(const int32_t *p, size_t apart, int32_t *out)
{
    int32_t sum[4], difference[4];
    for (size_t i = 0; i < 4; i++) {
        sum[i] = p[i * apart] + p[(7 - i) * apart];
        difference[i] = p[i * apart] - p[(7 - i) * apart];
    }
    out[0] = C0 * (sum[0] + sum[1] + sum[2] + sum[3]);
    out[1] = C1 * difference[0] + C3 * difference[1] + C5 * difference[2] + C7 * difference[3];
    out[2] = C2 * (sum[0] - sum[3]) + C6 * (sum[1] - sum[2]);
    out[3] = C3 * difference[0] - C7 * difference[1] - C1 * difference[2] - C5 * difference[3];
}

/* Rows and columns of the lowest frequencies, in zigzag order. */
static const uint8_t places[FV_JPEG_LOW][2] = {{0, 1}, {1, 0}, {2, 0}, {1, 1}, {0, 2}, {0, 3}, {1, 2}, {2, 1}, {3, 0}};

/* Counts the block whose first sample is at p; of luma in 1/16 level (12 bits), so nothing exceeds 2^29. */
static void count_block(fovea_inspect *in, const int16_t *p)
{
    int32_t along[SIDE][4], down[4][4]; /* down[u][v]: frequency u along, v down */
    for (size_t y = 0; y < SIDE; y++) {
        int32_t row[SIDE], out[4];
        for (size_t x = 0; x < SIDE; x++) row[x] = p[y * (size_t)in->w + x];
        lowest_four(row, 1, out);
        for (size_t u = 0; u < 4; u++) along[y][u] = out[u] >> 6;
    }
    for (size_t u = 0; u < 4; u++) lowest_four(&along[0][u], 4, down[u]);
    bool detail = false;
    for (int i = 0; i < FV_JPEG_LOW; i++) {
        const int32_t bin = (fv_size(down[places[i][1]][places[i][0]]) + (1 << 14)) >> 15; /* 2^18 is a level */
        if (bin < FV_SAVED_BINS) in->saved[i * FV_SAVED_BINS + bin]++;
        detail |= bin >= LEVEL;
    }
    in->saved_blocks += detail;
}

bool fv_saved_is_known(const fovea_inspect *in) { return in->saved_blocks >= BLOCKS; }

void fv_saved_row(fovea_inspect *in)
{
    if (in->y % SIDE || fv_saved_is_known(in)) return;
    const int16_t *top = fv_luma_row(in, in->y - SIDE); /* rows of one grid row follow each other in the ring */
    for (int x = 0; x + SIDE <= in->w; x += SIDE) count_block(in, top + x);
}

/* ---- Steps ---- */

/* How sure it is that coefficients are multiples of a step: the mean cosine, 0 where it may be chance. */
static double mean_cosine(const uint32_t *bins, const double *wave, int step)
{
    double sum = 0, count = 0;
    /* Nearer to 0 anything would lie near a multiple; from a quarter on, what has no steps lies between them first. */
    const int period = LEVEL * step, first = period / 4;
    for (int b = first, at = first; b < FV_SAVED_BINS; b++) {
        sum += bins[b] * wave[at];
        count += bins[b];
        if (++at == period) at = 0;
    }
    /* Of anything without a period the sum has a variance of half its count. */
    return count >= SAMPLES && sum >= certain * fv_sqrt(count / 2) ? sum / count : 0;
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

static void find_steps(const fovea_inspect *in, int *steps)
{
    double means[FV_JPEG_LOW][MOST + 1], wave[LEVEL * MOST];
    for (int step = LEAST; step <= MOST; step++) {
        for (int b = 0; b < LEVEL * step; b++) wave[b] = fv_cos(360.0 * b / (LEVEL * step));
        for (int i = 0; i < FV_JPEG_LOW; i++) means[i][step] = mean_cosine(in->saved + i * FV_SAVED_BINS, wave, step);
    }
    for (int i = 0; i < FV_JPEG_LOW; i++) steps[i] = largest_step(means[i]);
}

/* ---- Quality ---- */

int32_t fv_saved_quality(const fovea_inspect *in)
{
    int steps[FV_JPEG_LOW], count = 0;
    find_steps(in, steps);
    for (int i = 0; i < FV_JPEG_LOW; i++) count += steps[i] > 0;
    return count < STEPS ? 0 : fv_jpeg_low_quality(steps);
}
