/* SPDX-License-Identifier: MIT
 *
 * A picture in cells of 32 x 32 pixels, each with a sum of something; any rectangle of cells is summed up at once. */
#ifndef FOVEA_CLI_CELLS_H
#define FOVEA_CLI_CELLS_H

#include "failure.h"

#include <stdbool.h>
#include <stdint.h>

enum { CELL = 32 };

struct cells {
    int32_t w, h; /* cells */
    double *sums; /* (h + 1, w + 1): of each cell, after cells_add_up of all cells above and to the left */
};

/* For a picture of w x h pixels; all sums 0. false: reason set; cells_free is allowed all the same. */
bool cells_new(struct cells *cells, int32_t w, int32_t h, struct failure *failure);
void cells_free(struct cells *cells);

/* The cells that row y of the picture crosses, from the left. Before cells_add_up. */
double *cells_at_row(const struct cells *cells, int32_t y);

/* Once, when all is in. */
void cells_add_up(struct cells *cells);

/* Of w x h cells from cell x, y on. */
double cells_sum(const struct cells *cells, int32_t x, int32_t y, int32_t w, int32_t h);

/* Steps from each pixel of a row to the one before it and the one above (NULL: there is none), in green, are added to
 * the cells of the row. rgb, above: w pixels. */
void cells_add_detail(double *at_row, const unsigned char *rgb, const unsigned char *above, int32_t w);

#endif
