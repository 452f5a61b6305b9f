/* SPDX-License-Identifier: MIT
 *
 * Figures about a pair of pictures (include/fovea_measure.h): what the parts of it share.
 *
 *     measure.c         rows in, whose turn it is, memory, figures out
 *     measure_shrink.c  D(large) row by row; consistency, shift, colour drift
 *     measure_detail.c  E(D(large)): invented detail
 *     measure_edges.c   large beside small: halos, grain, clipping
 *     measure_colour.c  how different two colours look
 *
 * Samples are 16-bit in rings, as in the row engine; a ring holds the last rows of a picture and row y is at y modulo
 * its height. "Level" means 8-bit level, FV_LEVEL of the working unit. */
#ifndef FV_MEASURE_H
#define FV_MEASURE_H

#include "base.h"
#include "resize.h"

#define FV_LEVEL 257.0

enum {
    FV_SHIFT_REACH = 2, /* shifts looked for, small pixels */
    FV_SHIFTS = (2 * FV_SHIFT_REACH + 1) * (2 * FV_SHIFT_REACH + 1),
    FV_EDGE_ABOVE = 5,
    FV_EDGE_BELOW = 6, /* small rows around the one whose edges are looked at */
    FV_SMALL_ROWS = 32, /* in the ring */
    FV_SOLVE_REACH = 8, /* rows of E on each side; it falls below 1e-4 there */
    FV_OVERLAP = 5, /* D rows this far apart share no sample */
    FV_COVER = 3, /* small rows on each side whose D rows touch the large rows under one */
    FV_SHRUNK_ROWS = 32, /* rings of what is made from D rows */
    FV_LINES = 64, /* lines of D's vertical axis that are kept */
    FV_BINS = 4096,
    FV_COLOUR_STEPS = 4096,
    FV_BLOCK = 8, /* side of a JPEG's block */
    FV_BLOCK_ROWS = 2, /* rows of blocks that large rows belong to at a time */
};

/* ---- One axis of D ---- */

/* Line i: D's sample i is the sum of w[j] * sample[first + j], j < count, as fv_axis_line gives it. Slot i % slots holds
 * it: all lines of the horizontal axis are kept, a few of the vertical one. */
typedef struct fv_lines {
    fv_axis axis;
    int slots, taps;
    int64_t made; /* lines 0 .. made - 1 */
    int64_t *first; /* (slots) */
    int32_t *count; /* (slots) */
    int16_t *w; /* (slots, taps), of FV_RESIZE_ONE */
} fv_lines;

void fv_lines_make(fv_lines *l, int64_t upto); /* lines below upto, or all that there are */
static inline int64_t fv_line_first(const fv_lines *l, int64_t i) { return l->first[i % l->slots]; }
static inline int64_t fv_line_end(const fv_lines *l, int64_t i) { return l->first[i % l->slots] + l->count[i % l->slots]; }
static inline const int16_t *fv_line_w(const fv_lines *l, int64_t i) { return l->w + i % l->slots * l->taps; }

/* The weight of large sample at in line i. */
static inline double fv_line_at(const fv_lines *l, int64_t i, int64_t at)
{
    if (at < fv_line_first(l, i) || at >= fv_line_end(l, i)) return 0;
    return fv_line_w(l, i)[at - fv_line_first(l, i)] * (1.0 / FV_RESIZE_ONE);
}

/* First large sample whose centre lies in small sample i or later, 0 .. axis.in. */
int64_t fv_lines_under(const fv_lines *l, int64_t i);

/* ---- Sums ---- */

typedef struct fv_histogram {
    uint64_t *bins; /* (FV_BINS); the last one takes all that is larger */
    double per_unit; /* bins in a unit of what is counted */
} fv_histogram;

static inline void fv_count(fv_histogram *h, double v)
{
    const double at = v * h->per_unit;
    h->bins[at < FV_BINS - 1 ? (int)at : FV_BINS - 1]++;
}

typedef struct fv_sums {
    double squares, squares_y, drift; /* squares: levels^2 */
    uint64_t pixels;
    double worst, block_worst;
    double shift[FV_SHIFTS]; /* of squared differences of Y at each shift */
    double gxx, gxy, gyy, gxd, gyd; /* of gradients and differences */
    double invented, determined; /* levels^2 */
    uint64_t detail_pixels;
    double grain_large, grain_small;
    uint64_t edges, halos, flat, clipped;
    double halo_worst;
} fv_sums;

/* ---- The whole ---- */

struct fovea_measure {
    fovea_allocator allocator;
    fovea_pair pair;
    int32_t sw, sh, lw, lh;
    fv_sums sums;
    fv_histogram error, drift, halo;

    int32_t small_in, large_in; /* rows seen */
    int32_t shrunk; /* D rows made */
    int32_t solved, detailed; /* rows of E's coefficients made; small rows whose large rows have been compared with E */
    int32_t edged; /* small rows whose edges have been looked at */

    uint16_t *small; /* (FV_SMALL_ROWS, sw, 3) */
    float *small_y; /* (FV_SMALL_ROWS, sw) */
    uint16_t *large; /* (large_rows, lw, 3); a single row when brief */
    int32_t large_rows, across_rows;
    int64_t *under; /* (sw + 1) fv_lines_under of the horizontal axis */

    fv_lines x, y;
    int32_t *across; /* (across_rows, sw, 3): large rows shrunk horizontally, times FV_RESIZE_ONE */
    double *sum_row; /* (sw, 3): a D row in the making */
    float *row; /* (sw, 3): it, rounded as the small picture is */
    float *row_y; /* (sw): its Y, levels */
    float *map_row; /* (sw) */
    int32_t blocks_across; /* (sw + 7) / 8 */
    double *blocks; /* (FV_BLOCK_ROWS, blocks_across, 3): sums of the large picture's samples in the place of a block */
    double *small_blocks; /* (blocks_across, 3): of the small one's */
    float *colours; /* (FV_COLOUR_STEPS + 1) */

    float *shrunk_y; /* (FV_SHRUNK_ROWS, sw): Y of D rows, not rounded, levels */
    float *band; /* (sw, FV_OVERLAP + 1): the factors of D S D' of the horizontal axis */
    float *columns; /* (lw): S of the horizontal axis */
    double *pairs; /* (FV_LINES, FV_OVERLAP + 1): D S D' of the vertical axis, row i and those before it */
    int32_t paired; /* rows of it made */
    float *coefficients; /* (FV_SHRUNK_ROWS, sw): D rows solved horizontally */
    float *solution; /* (FV_SHRUNK_ROWS, sw): and vertically */
    float *mix; /* (sw) */
    float *enlarged; /* (lw): a row of E */
    float *mean; /* (sw): 5x5 means of shrunk_y */

    uint16_t *least, *most; /* (sw, 3): over five small rows, then over 5x5 pixels */
    uint16_t *window; /* (sw, 3) */
};

static inline const uint16_t *fv_small_row(const fovea_measure *m, int y)
{
    return m->small + (size_t)(y % FV_SMALL_ROWS) * 3 * (size_t)m->sw;
}

static inline const float *fv_small_y_row(const fovea_measure *m, int y)
{
    return m->small_y + (size_t)(y % FV_SMALL_ROWS) * (size_t)m->sw;
}

static inline const uint16_t *fv_large_row(const fovea_measure *m, int y)
{
    return m->large + (size_t)(y % m->large_rows) * 3 * (size_t)m->lw;
}

static inline float fv_luma(const uint16_t *p) { return 0.299f * (float)p[0] + 0.587f * (float)p[1] + 0.114f * (float)p[2]; }

/* ---- The parts ---- */

void fv_shrink_large_row(fovea_measure *m, const uint16_t *rgb); /* horizontally, as row large_in */
bool fv_shrink_ready(const fovea_measure *m); /* can the next D row be made? */
void fv_shrink_next(fovea_measure *m);
void fv_shift_estimate(const fovea_measure *m, double *x, double *y);

void fv_detail_prepare(fovea_measure *m); /* the horizontal factors */
void fv_detail_shrunk(fovea_measure *m, int y); /* D row y is in shrunk_y */
bool fv_detail_step(fovea_measure *m); /* false: no more can be done for now */

void fv_edges_row(fovea_measure *m, int y);

typedef struct fv_lab {
    double l, a, b;
} fv_lab;

void fv_colour_table(float *table); /* (FV_COLOUR_STEPS + 1): sRGB to linear light */
fv_lab fv_lab_of(const float *table, const float rgb[3]); /* 0 .. 65535 */
double fv_colour_difference(fv_lab p, fv_lab q);

#endif
