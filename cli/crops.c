/* SPDX-License-Identifier: MIT
 *
 * Both pictures are read twice: once to sum up difference and detail in cells of 32 x 32 pixels, of which a crop is a
 * square, and once to cut. Two crops of three are where the pictures differ most, the rest where detail is; none
 * overlap. */
#define _GNU_SOURCE 1
#include "crops.h"

#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "rows.h"

struct pictures {
    struct rows rows[2];
    unsigned char *rgb[2];   /* a row of each */
    unsigned char *above[2]; /* and the one before */
};

struct sums {
    struct cells difference, detail;
    int32_t n_w, n_h; /* cells of a crop */
};

/* ---- Both pictures ----------------------------------------------------------------------------------------- */

static void pictures_close(struct pictures *pictures)
{
    for (int i = 0; i < 2; i++) {
        rows_close(&pictures->rows[i]);
        free(pictures->rgb[i]);
        free(pictures->above[i]);
    }
}

/* w, h: what both are enlarged to where they are smaller; 0: as they are. */
static bool pictures_open(struct pictures *pictures, const int *fds, int32_t w, int32_t h, const bool *enlarged,
                          uint64_t max_pixels, struct failure *failure)
{
    *pictures = (struct pictures){0};
    for (int i = 0; i < 2; i++) {
        bool larger = w && enlarged[i];
        struct failure own = FAILURE_NONE;
        if (!rows_open(&pictures->rows[i], fds[i], max_pixels, larger ? w : 0, larger ? h : 0, &own))
            return failure_blame(failure, i + 1, &own);
        pictures->rgb[i] = malloc(3 * (size_t)pictures->rows[i].info.width);
        pictures->above[i] = calloc(3, (size_t)pictures->rows[i].info.width);
        if (!pictures->rgb[i] || !pictures->above[i]) {
            failure_set(failure, OUTCOME_RESOURCES, "no memory");
            return false;
        }
    }
    return true;
}

static bool pictures_next(struct pictures *pictures, struct failure *failure)
{
    for (int i = 0; i < 2; i++) {
        unsigned char *old = pictures->above[i];
        pictures->above[i] = pictures->rgb[i];
        pictures->rgb[i] = old;
        struct failure own = FAILURE_NONE;
        if (!rows_next_rgb(&pictures->rows[i], pictures->rgb[i], &own)) return failure_blame(failure, i + 1, &own);
    }
    return true;
}

/* Wider by a tenth and lower by as much: no plain enlargement makes one of the other. */
static bool is_flatter(const struct picture_info *a, const struct picture_info *b)
{
    return 10 * (int64_t)a->width > 11 * (int64_t)b->width && 11 * (int64_t)a->height < 10 * (int64_t)b->height;
}

static bool get_sizes(struct crops *crops, const int *fds, uint64_t max_pixels, struct failure *failure)
{
    struct pictures pictures;
    bool good = pictures_open(&pictures, fds, 0, 0, NULL, max_pixels, failure);
    if (good) {
        const struct picture_info *a = &pictures.rows[0].info, *b = &pictures.rows[1].info;
        if (is_flatter(a, b) || is_flatter(b, a))
            failure_set(failure, OUTCOME_FAILED,
                        "the pictures are of other shapes, %dx%d and %dx%d: there is nothing to compare", a->width, a->height,
                        b->width, b->height);
        crops->w = a->width > b->width ? a->width : b->width;
        crops->h = a->height > b->height ? a->height : b->height;
        crops->enlarged[0] = a->width < crops->w || a->height < crops->h;
        crops->enlarged[1] = b->width < crops->w || b->height < crops->h;
    }
    pictures_close(&pictures);
    return good && failure->outcome == OUTCOME_DONE;
}

/* ---- Cells ------------------------------------------------------------------------------------------------- */

static int distance(int a, int b) { return a > b ? a - b : b - a; }

static void add_difference(double *at_row, const struct pictures *pictures, int32_t w)
{
    for (size_t i = 0; i < 3 * (size_t)w; i++) at_row[i / 3 / CELL] += distance(pictures->rgb[0][i], pictures->rgb[1][i]);
}

static bool sum_cells(struct sums *sums, const struct crops *crops, const int *fds, uint64_t max_pixels,
                      struct failure *failure)
{
    struct pictures pictures;
    bool good = pictures_open(&pictures, fds, crops->w, crops->h, crops->enlarged, max_pixels, failure);
    for (int32_t y = 0; good && y < crops->h; y++) {
        good = pictures_next(&pictures, failure);
        if (good) add_difference(cells_at_row(&sums->difference, y), &pictures, crops->w);
        for (int i = 0; good && i < 2; i++)
            cells_add_detail(cells_at_row(&sums->detail, y), pictures.rgb[i], y ? pictures.above[i] : NULL, crops->w);
    }
    pictures_close(&pictures);
    cells_add_up(&sums->difference);
    cells_add_up(&sums->detail);
    return good;
}

/* ---- Choosing ---------------------------------------------------------------------------------------------- */

static bool overlaps(const struct crops *crops, int32_t x, int32_t y)
{
    for (int i = 0; i < crops->count; i++)
        if (distance(crops->crops[i].x, x * CELL) < crops->side_w && distance(crops->crops[i].y, y * CELL) < crops->side_h)
            return true;
    return false;
}

/* Adds the best place that is free. */
static void choose(struct crops *crops, const struct sums *sums, bool for_detail)
{
    const struct cells *cells = for_detail ? &sums->detail : &sums->difference;
    double best = -1;
    struct crop crop = {.for_detail = for_detail};
    for (int32_t y = 0; y + sums->n_h <= cells->h; y++)
        for (int32_t x = 0; x + sums->n_w <= cells->w; x++) {
            double score = cells_sum(cells, x, y, sums->n_w, sums->n_h);
            if (score <= best || overlaps(crops, x, y)) continue;
            best = score;
            crop.x = x * CELL;
            crop.y = y * CELL;
        }
    if (best < 0 || (!for_detail && best <= 0)) return;
    crop.x = crop.x + crops->side_w > crops->w ? crops->w - crops->side_w : crop.x;
    crop.y = crop.y + crops->side_h > crops->h ? crops->h - crops->side_h : crop.y;
    crops->crops[crops->count++] = crop;
}

static bool choose_all(struct crops *crops, const int *fds, int32_t side, int count, uint64_t max_pixels,
                       struct failure *failure)
{
    struct sums sums = {.n_w = 0};
    crops->side_w = crops->w < side ? crops->w : side;
    crops->side_h = crops->h < side ? crops->h : side;
    bool good = cells_new(&sums.difference, crops->w, crops->h, failure) &&
                cells_new(&sums.detail, crops->w, crops->h, failure);
    sums.n_w = sums.difference.w < side / CELL ? sums.difference.w : side / CELL;
    sums.n_h = sums.difference.h < side / CELL ? sums.difference.h : side / CELL;
    good = good && sum_cells(&sums, crops, fds, max_pixels, failure);
    for (int i = 0; good && i < count; i++) choose(crops, &sums, i % 3 == 2);
    cells_free(&sums.difference);
    cells_free(&sums.detail);
    return good;
}

/* ---- Cutting ----------------------------------------------------------------------------------------------- */

static void cut_row(struct crop *crop, const struct pictures *pictures, int32_t y)
{
    size_t width = 3 * (size_t)crop->a.w, to = (size_t)(y - crop->y) * width, from = 3 * (size_t)crop->x;
    if (y < crop->y || y >= crop->y + crop->a.h) return;
    memcpy(crop->a.rgb + to, pictures->rgb[0] + from, width);
    memcpy(crop->b.rgb + to, pictures->rgb[1] + from, width);
}

static void measure_crop(struct crop *crop)
{
    size_t size = 3 * (size_t)crop->a.w * (size_t)crop->a.h;
    double sum = 0;
    for (size_t i = 0; i < size; i++) sum += distance(crop->a.rgb[i], crop->b.rgb[i]);
    crop->difference = sum / (double)size;
}

static bool cut(struct crops *crops, const int *fds, uint64_t max_pixels, struct failure *failure)
{
    struct pictures pictures;
    const struct colour black = {0, 0, 0};
    bool good = pictures_open(&pictures, fds, crops->w, crops->h, crops->enlarged, max_pixels, failure);
    for (int i = 0; good && i < crops->count; i++)
        good = drawing_new(&crops->crops[i].a, crops->side_w, crops->side_h, black, failure) &&
               drawing_new(&crops->crops[i].b, crops->side_w, crops->side_h, black, failure);
    for (int32_t y = 0; good && y < crops->h; y++) {
        good = pictures_next(&pictures, failure);
        for (int i = 0; good && i < crops->count; i++) cut_row(&crops->crops[i], &pictures, y);
    }
    for (int i = 0; good && i < crops->count; i++) measure_crop(&crops->crops[i]);
    pictures_close(&pictures);
    return good;
}

bool crops_make(struct crops *crops, int a, int b, int32_t side, int count, uint64_t max_pixels, struct failure *failure)
{
    const int fds[2] = {a, b};
    *crops = (struct crops){0};
    return get_sizes(crops, fds, max_pixels, failure) && choose_all(crops, fds, side, count, max_pixels, failure) &&
           cut(crops, fds, max_pixels, failure);
}

void crops_free(struct crops *crops)
{
    for (int i = 0; i < crops->count; i++) {
        drawing_free(&crops->crops[i].a);
        drawing_free(&crops->crops[i].b);
    }
}
