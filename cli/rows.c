/* SPDX-License-Identifier: MIT
 *
 * The decoder is asked for several rows at once, since each request has its price. */
#define _GNU_SOURCE 1
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 16

bool rows_open(struct rows *rows, int fd, uint64_t max_pixels, int32_t width, int32_t height, struct failure *failure)
{
    *rows = (struct rows){0};
    enum format format = format_of_file(fd);
    if (format == FORMAT_UNKNOWN || !format_about(format)->read)
        failure_set(failure, OUTCOME_UNREADABLE, "is not a picture of a kind that can be read");
    else if (lseek(fd, 0, SEEK_SET) != 0)
        failure_set(failure, OUTCOME_UNREADABLE, "can't be read twice");
    else
        rows->picture = picture_open(fd, format, -1, max_pixels, failure);
    if (!rows->picture || (width && !picture_enlarge(rows->picture, width, height, failure))) return false;
    picture_get_info(rows->picture, &rows->info);
    rows->stride = (size_t)rows->info.width * fovea_format_size(rows->info.format);
    rows->pixels = malloc(ROWS * rows->stride);
    if (!rows->pixels) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    return rows->pixels != NULL;
}

void rows_close(struct rows *rows)
{
    picture_close(rows->picture);
    free(rows->pixels);
}

const unsigned char *rows_next(struct rows *rows, struct failure *failure)
{
    if (rows->next == rows->read) {
        int32_t count = rows->info.height - rows->read < ROWS ? rows->info.height - rows->read : ROWS;
        if (count < 1 || !picture_read(rows->picture, count, rows->pixels, failure)) return NULL;
        rows->read += count;
    }
    int32_t in_buffer = rows->next++ % ROWS;
    return rows->pixels + (size_t)in_buffer * rows->stride;
}

static unsigned char sample(const unsigned char *row, size_t at, bool deep)
{
    uint16_t wide;
    if (!deep) return row[at];
    memcpy(&wide, row + 2 * at, sizeof wide);
    return (unsigned char)((wide + 128u) / 257);
}

bool rows_next_rgb(struct rows *rows, unsigned char *rgb, struct failure *failure)
{
    const unsigned char *row = rows_next(rows, failure);
    if (!row) return false;
    bool deep = rows->info.format >= FOVEA_FORMAT_G16;
    size_t channels = (size_t)rows->info.format - (deep ? (size_t)(FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8) : 0);
    for (size_t x = 0; x < (size_t)rows->info.width; x++) {
        unsigned alpha = channels % 2 == 0 ? sample(row, (x + 1) * channels - 1, deep) : 255;
        for (size_t c = 0; c < 3; c++) {
            unsigned v = sample(row, x * channels + (channels >= 3 ? c : 0), deep);
            rgb[3 * x + c] = (unsigned char)((v * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
    return true;
}
