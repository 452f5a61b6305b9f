/* SPDX-License-Identifier: MIT */
#include "panels.h"

#include <math.h>
#include <string.h>

#include "drawing.h"
#include "rows.h"

#define GAP 12
#define LETTER 12 /* of text of size 2, with its gap */
#define LINE 28

static const struct colour paper = {24, 24, 24}, ink = {235, 235, 235}, faint = {150, 150, 150};

/* What is shown, in pixels of the result. */
static struct box box_of(const struct excerpt *about, const struct picture_info *result)
{
    const struct box *cut = &about->cut, *shown = &about->shown;
    const double across = (double)result->width / cut->w, down = (double)result->height / cut->h;
    struct box box = {.x = (int32_t)lround(across * (shown->x - cut->x)),
                      .y = (int32_t)lround(down * (shown->y - cut->y)),
                      .w = (int32_t)lround(across * shown->w),
                      .h = (int32_t)lround(down * shown->h)};
    box.w = box.w < 1 ? 1 : box.w > result->width - box.x ? result->width - box.x : box.w;
    box.h = box.h < 1 ? 1 : box.h > result->height - box.y ? result->height - box.y : box.h;
    return box;
}

static bool get_size(int fd, struct picture_info *info, struct failure *failure)
{
    struct rows rows;
    const bool good = rows_open(&rows, fd, UINT64_MAX, 0, 0, failure);
    *info = rows.info;
    rows_close(&rows);
    return good;
}

/* The part box of the picture on fd, enlarged plainly to size (NULL: as it is), to x, y of the sheet. */
static bool put_picture(struct drawing *sheet, int32_t x, int32_t y, int fd, const struct box *box,
                        const struct picture_info *size, struct failure *failure)
{
    struct rows rows;
    struct drawing row = {.rgb = NULL}, part = {.w = box->w, .h = 1};
    bool good = rows_open(&rows, fd, UINT64_MAX, size ? size->width : 0, size ? size->height : 0, failure) &&
                drawing_new(&row, rows.info.width, 1, paper, failure);
    if (good && (rows.info.width < box->x + box->w || rows.info.height < box->y + box->h)) {
        failure_set(failure, OUTCOME_FAILED, "the sample has another size than promised");
        good = false;
    }
    for (int32_t at = 0; good && at < box->y + box->h; at++) {
        good = rows_next_rgb(&rows, row.rgb, failure);
        part.rgb = row.rgb + 3 * (size_t)box->x;
        if (good && at >= box->y) drawing_copy(sheet, x, y + at - box->y, &part);
    }
    drawing_free(&row);
    rows_close(&rows);
    return good;
}

/* The end of a name tells more than its beginning. */
static void put_head(struct drawing *sheet, const struct panels_job *job)
{
    char text[4400];
    const struct box *shown = &job->about->shown;
    snprintf(text, sizeof text, "%s, %dx%d at %d,%d", job->picture, shown->w, shown->h, shown->x, shown->y);
    const int size = (int)strlen(text), room = (sheet->w - 2 * GAP) / LETTER;
    drawing_text(sheet, GAP, GAP, 2, text + (size > room ? size - room : 0), ink);
}

bool panels_draw(void *user, void *nothing, struct failure *failure)
{
    const struct panels_job *job = user;
    struct drawing sheet;
    struct picture_info result;
    (void)nothing;
    if (!get_size(job->results[0], &result, failure)) return false;
    const struct box box = box_of(job->about, &result);
    const int32_t step = (box.w > 14 * LETTER ? box.w : 14 * LETTER) + GAP, top = GAP + 2 * LINE;
    if (!drawing_new(&sheet, GAP + (1 + job->count) * step, top + box.h + GAP, paper, failure)) return false;
    put_head(&sheet, job);
    for (int i = 0; i <= job->count && failure->outcome == OUTCOME_DONE; i++) {
        const int32_t x = GAP + i * step;
        drawing_text(&sheet, x, GAP + LINE, 2, i ? job->names[i - 1] : "plain bicubic", faint);
        put_picture(&sheet, x, top, i ? job->results[i - 1] : job->excerpt, &box, i ? NULL : &result, failure);
    }
    const bool good = failure->outcome == OUTCOME_DONE && drawing_write(&sheet, job->sheet, failure);
    drawing_free(&sheet);
    return good;
}
