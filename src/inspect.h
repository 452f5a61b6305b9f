/* SPDX-License-Identifier: MIT
 *
 * State of fovea_inspect, shared by the files that each gather one kind of figure: counts of pixels and edges
 * (inspect.c), what lies between and beside the edges (inspect_drawn.c), spectrum and periods (inspect_spectrum.c), an
 * earlier JPEG file (inspect_saved.c), what they mean (inspect_judge.c). All that is gathered is whole numbers, so the order
 * of rows and the processor change nothing. */
#ifndef FV_INSPECT_H
#define FV_INSPECT_H

#include "base.h"
#include "jpeg.h"

enum {
    FV_WINDOW = 32, /* samples of a spectrum */
    FV_BINS_OF_SPECTRUM = FV_WINDOW / 2,
    FV_SEGMENT = 128, /* samples in which a period is looked for */
    FV_PERIODS = 4,
    FV_INSPECT_BLOCK = 8,
    FV_NOISE_BINS = 4096, /* 1/16 level each */
    FV_ALIKE_BINS = FV_NOISE_BINS / 16,
    FV_WIDTH_BINS = 64,
    FV_CELLS = 1 << 15, /* colours of 5 bits a channel */
    FV_COLOURS = 4096, /* counted up to this many */
    FV_LEVEL16 = 16, /* luma is in 1/16 of an 8-bit level */
    FV_SAVED_BINS = 512, /* 1/4 level each */
    FV_SAVED_GRIDS = 64, /* where an 8x8 grid may begin */
};

/* Where a period shows: |second difference| along an axis, a number for each column or row. */
typedef struct fv_periods {
    double power[FV_SEGMENT / 2 + 1];
    int segments;
} fv_periods;

/* A line that is being followed along one axis: the difference across it, and for how long it has been the same. */
typedef struct fv_line {
    int32_t across, length;
} fv_line;

/* |coefficient| of the blocks of a grid, by frequency; no count goes beyond INT16_MAX. */
typedef struct fv_saved_counts {
    int16_t bins[FV_JPEG_LOW][FV_SAVED_BINS];
} fv_saved_counts;

/* Of the values v that noise is measured on: sums of 2 v[x] v[x + 1], and of v[x]^2 + v[x + 1]^2. */
typedef struct fv_alike {
    int64_t products;
    uint64_t squares;
} fv_alike;

typedef struct fv_counts {
    uint64_t pixels, grey, flat, smooth, strong, steps, aligned, straight, bright, dark;
    uint64_t texture, rings, ring_edges;
    uint64_t grid, grid_places, off_grid, off_grid_places; /* |difference| across the 8x8 grid and elsewhere */
    uint64_t noise[FV_NOISE_BINS], noise_blocks;
    fv_alike alike[FV_ALIKE_BINS];
    uint64_t widths[FV_WIDTH_BINS], edges;
    uint64_t power[FV_BINS_OF_SPECTRUM], windows;
} fv_counts;

struct fovea_inspect {
    fovea_allocator allocator;
    int32_t w, h, y; /* y: rows seen */
    fovea_format format;
    int32_t every; /* spectra of large pictures: each so many lines */
    bool glanced; /* only flat pixels and coefficients are counted */
    fv_counts counts;
    int32_t colours; /* seen so far */
    int16_t wave[FV_BINS_OF_SPECTRUM][2][FV_WINDOW]; /* cosine and sine under a Hann window, 2048 is 1 */
    double hann[FV_SEGMENT], turn[FV_SEGMENT]; /* turn[i] = cos(i of FV_SEGMENT parts of a circle) */
    fv_periods rows_periods; /* down the picture; along it they are made at the end */
    double segment[FV_SEGMENT]; /* the newest rows' sums */
    /* one value a column unless said otherwise */
    uint16_t *rgb, *alpha; /* the row that came, 16 bits */
    uint32_t *now, *before; /* this row and the one above at 8 bits a channel, 0xrrggbb */
    int16_t *luma; /* (FV_WINDOW, w): the newest rows, row y at y % FV_WINDOW */
    uint64_t *column; /* sums of |second difference| along the rows */
    uint32_t *block; /* sums of one row of blocks, the same of neighbours, then whether they are clipped */
    fv_alike *alike;
    uint8_t *clipped;
    fv_line *lines; /* down the picture, between a column and the one before */
    uint32_t *cells; /* (FV_CELLS) */
    uint32_t *table; /* (2 * FV_COLOURS) colour + 1, 0 where free */
    fv_saved_counts *saved; /* (FV_SAVED_GRIDS): the grid whose blocks begin at (x, y) modulo 8 is 8 y + x */
    uint32_t saved_blocks; /* of the first grid, with any detail */
};

static inline const int16_t *fv_luma_row(const fovea_inspect *in, int y)
{
    return in->luma + (size_t)(y % FV_WINDOW) * (size_t)in->w;
}

static inline int fv_size(int v) { return v < 0 ? -v : v; }

/* inspect_spectrum.c */
void fv_spectrum_prepare(fovea_inspect *in);
void fv_spectrum_row(fovea_inspect *in); /* the newest row is in->y - 1 */
void fv_spectrum_figures(const fovea_inspect *in, fovea_traits *traits);

/* inspect_drawn.c */
void fv_drawn_row(fovea_inspect *in); /* the newest row is in->y - 1 */

/* inspect_saved.c */
void fv_saved_row(fovea_inspect *in); /* the newest row is in->y - 1 */
bool fv_saved_is_known(const fovea_inspect *in); /* rows to come change nothing */
int32_t fv_saved_quality(const fovea_inspect *in);

/* inspect_judge.c */
void fv_judge(fovea_traits *traits);
bool fv_can_be_drawn(const fovea_inspect *in); /* a screen or art, by the flat pixels so far, if all the rest are flat */

#endif
