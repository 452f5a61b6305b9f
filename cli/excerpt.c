/* SPDX-License-Identifier: MIT
 *
 * The picture is decoded twice or three times: to find where most detail is, to look at it as a whole where only that
 * tells which net it needs, and to cut. Memory holds a few rows and the excerpt. */
#define _GNU_SOURCE 1
#include "excerpt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cells.h"
#include "look.h"
#include "picture.h"
#include "rows.h"

/* Source pixels around what is shown: more than any net sees. The cut begins on the grid of a JPEG's blocks. */
#define MARGIN 64
#define GRID 16

/* ---- Finding ----------------------------------------------------------------------------------------------- */

static void set_size(struct excerpt *excerpt, const struct excerpt_job *job, const struct picture_info *info)
{
    int64_t w, h;
    excerpt->width = info->width;
    excerpt->height = info->height;
    size_of(&job->size, info->width, info->height, &w, &h);
    const double across = (double)w / info->width, down = (double)h / info->height;
    excerpt->times = job->size.kind == SIZED_FACTOR ? job->size.a : across > down ? across : down;
}

/* The square of most detail; as large as the sheet has room for. */
static void choose(struct excerpt *excerpt, const struct excerpt_job *job, const struct cells *cells)
{
    int32_t side = job->side, room = (int32_t)(job->most / excerpt->times) / CELL * CELL;
    side = side < room ? side : room > CELL ? room : CELL;
    const int32_t n_w = cells->w < side / CELL ? cells->w : side / CELL, n_h = cells->h < side / CELL ? cells->h : side / CELL;
    struct box *shown = &excerpt->shown;
    double best = -1;
    for (int32_t y = 0; y + n_h <= cells->h; y++)
        for (int32_t x = 0; x + n_w <= cells->w; x++)
            if (cells_sum(cells, x, y, n_w, n_h) > best) {
                best = cells_sum(cells, x, y, n_w, n_h);
                *shown = (struct box){.x = x * CELL, .y = y * CELL};
            }
    shown->w = side < excerpt->width ? side : excerpt->width;
    shown->h = side < excerpt->height ? side : excerpt->height;
    shown->x = shown->x + shown->w > excerpt->width ? excerpt->width - shown->w : shown->x;
    shown->y = shown->y + shown->h > excerpt->height ? excerpt->height - shown->h : shown->y;
}

/* A stretch with its margin, in a picture of `all` pixels that way. */
static void widen(int32_t from, int32_t size, int32_t all, int32_t *start, int32_t *length)
{
    const int32_t end = from + size + MARGIN < all ? from + size + MARGIN : all;
    *start = from > MARGIN ? (from - MARGIN) / GRID * GRID : 0;
    *length = end - *start;
}

static bool find(struct excerpt *excerpt, const struct excerpt_job *job, struct failure *failure)
{
    struct rows rows;
    struct cells cells = {.sums = NULL};
    unsigned char *rgb = NULL;
    bool good = rows_open(&rows, job->source, job->max_pixels, 0, 0, failure);
    const size_t row = 3 * (size_t)rows.info.width;
    if (good) {
        set_size(excerpt, job, &rows.info);
        rgb = malloc(2 * row);
        good = cells_new(&cells, rows.info.width, rows.info.height, failure);
        if (!rgb) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    }
    for (int32_t y = 0; good && rgb && y < rows.info.height; y++) {
        unsigned char *here = rgb + (size_t)(y % 2) * row, *above = rgb + (size_t)((y + 1) % 2) * row;
        good = rows_next_rgb(&rows, here, failure);
        if (good) cells_add_detail(cells_at_row(&cells, y), here, y ? above : NULL, rows.info.width);
    }
    if (failure->outcome == OUTCOME_DONE) {
        cells_add_up(&cells);
        choose(excerpt, job, &cells);
        widen(excerpt->shown.x, excerpt->shown.w, excerpt->width, &excerpt->cut.x, &excerpt->cut.w);
        widen(excerpt->shown.y, excerpt->shown.h, excerpt->height, &excerpt->cut.y, &excerpt->cut.h);
    }
    free(rgb);
    cells_free(&cells);
    rows_close(&rows);
    return failure->outcome == OUTCOME_DONE;
}

/* ---- Looking and cutting ----------------------------------------------------------------------------------- */

static struct picture *open_again(const struct excerpt_job *job, struct failure *failure)
{
    if (lseek(job->source, 0, SEEK_SET) == 0) return picture_open(job->source, job->format, -1, job->max_pixels, failure);
    failure_set(failure, OUTCOME_UNREADABLE, "can't be read twice");
    return NULL;
}

static bool look(struct excerpt *excerpt, const struct excerpt_job *job, struct failure *failure)
{
    struct look look;
    look_head(&look, job->source, job->format);
    if (!look_head_decides(&look)) {
        struct picture *picture = open_again(job, failure);
        const bool good = picture && look_for_kind(&look, picture, failure);
        picture_close(picture);
        if (!good) return false;
    }
    excerpt->kind = look_kind(&look, excerpt->reason, sizeof excerpt->reason);
    return true;
}

struct pixels {
    unsigned char *all;
    size_t stride;
};

static bool give_row(void *user, int32_t y, unsigned char *row)
{
    const struct pixels *pixels = user;
    memcpy(row, pixels->all + (size_t)y * pixels->stride, pixels->stride);
    return true;
}

static bool read_cut(struct pixels *pixels, struct picture *picture, const struct box *cut, const struct picture_info *info,
                     struct failure *failure)
{
    const size_t size = fovea_format_size(info->format);
    unsigned char *row = malloc((size_t)info->width * size);
    pixels->stride = (size_t)cut->w * size;
    pixels->all = malloc((size_t)cut->h * pixels->stride);
    if (!row || !pixels->all) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    for (int32_t y = 0; failure->outcome == OUTCOME_DONE && y < cut->y + cut->h; y++)
        if (picture_read(picture, 1, row, failure) && y >= cut->y)
            memcpy(pixels->all + (size_t)(y - cut->y) * pixels->stride, row + (size_t)cut->x * size, pixels->stride);
    free(row);
    return failure->outcome == OUTCOME_DONE;
}

static bool cut_out(const struct excerpt *excerpt, const struct excerpt_job *job, struct failure *failure)
{
    struct picture_info info;
    struct pixels pixels = {NULL, 0};
    struct picture *picture = open_again(job, failure);
    if (!picture) return false;
    picture_get_info(picture, &info);
    const struct picture_target target = {
        .fd = job->target, .format = FORMAT_PNG, .width = excerpt->cut.w, .height = excerpt->cut.h, .rows = info.format};
    bool good = read_cut(&pixels, picture, &excerpt->cut, &info, failure) &&
                picture_write(picture, &target, give_row, &pixels, failure);
    free(pixels.all);
    picture_close(picture);
    return good;
}

bool excerpt_make(void *user, void *result, struct failure *failure)
{
    const struct excerpt_job *job = user;
    struct excerpt *excerpt = result;
    *excerpt = (struct excerpt){.kind = FOVEA_KIND_PHOTO};
    return find(excerpt, job, failure) && (!job->looks || look(excerpt, job, failure)) && cut_out(excerpt, job, failure);
}

static bool is_within(const struct box *box, const struct box *in)
{
    return box->w > 0 && box->h > 0 && box->x >= in->x && box->y >= in->y && box->w <= in->x + in->w - box->x &&
           box->h <= in->y + in->h - box->y;
}

bool excerpt_is_sane(struct excerpt *excerpt)
{
    const struct box all = {0, 0, excerpt->width, excerpt->height};
    excerpt->reason[sizeof excerpt->reason - 1] = 0;
    return isfinite(excerpt->times) && excerpt->times > 0 && is_within(&excerpt->cut, &all) &&
           is_within(&excerpt->shown, &excerpt->cut);
}
