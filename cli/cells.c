/* SPDX-License-Identifier: MIT */
#include "cells.h"

#include <stddef.h>
#include <stdlib.h>

bool cells_new(struct cells *cells, int32_t w, int32_t h, struct failure *failure)
{
    *cells = (struct cells){.w = (w + CELL - 1) / CELL, .h = (h + CELL - 1) / CELL};
    cells->sums = calloc((size_t)(cells->w + 1) * (size_t)(cells->h + 1), sizeof *cells->sums);
    if (!cells->sums) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    return cells->sums != NULL;
}

void cells_free(struct cells *cells)
{
    free(cells->sums);
    cells->sums = NULL;
}

static double *at(const struct cells *cells, int32_t x, int32_t y)
{
    return cells->sums + (size_t)y * (size_t)(cells->w + 1) + x;
}

double *cells_at_row(const struct cells *cells, int32_t y) { return at(cells, 1, y / CELL + 1); }

void cells_add_up(struct cells *cells)
{
    for (int32_t y = 1; y <= cells->h; y++)
        for (int32_t x = 1; x <= cells->w; x++)
            *at(cells, x, y) += *at(cells, x - 1, y) + *at(cells, x, y - 1) - *at(cells, x - 1, y - 1);
}

double cells_sum(const struct cells *cells, int32_t x, int32_t y, int32_t w, int32_t h)
{
    return *at(cells, x + w, y + h) - *at(cells, x, y + h) - *at(cells, x + w, y) + *at(cells, x, y);
}

void cells_add_detail(double *at_row, const unsigned char *rgb, const unsigned char *above, int32_t w)
{
    for (int32_t x = 0; x < w; x++) {
        const int here = rgb[3 * (ptrdiff_t)x + 1];
        at_row[x / CELL] += (x ? abs(here - rgb[3 * (ptrdiff_t)x - 2]) : 0) +
                            (above ? abs(here - above[3 * (ptrdiff_t)x + 1]) : 0);
    }
}
