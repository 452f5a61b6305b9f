/* SPDX-License-Identifier: MIT
 *
 * A picture file as rows from the top, one at a time. */
#ifndef FOVEA_CLI_ROWS_H
#define FOVEA_CLI_ROWS_H

#include "failure.h"
#include "picture.h"

struct rows {
    struct picture *picture;
    struct picture_info info;
    size_t stride;
    unsigned char *pixels; /* a few rows */
    int32_t next, read;
};

/* fd: a file that can seek; it is read from its start. width, height: enlarged to that when not 0. Failure: reason set,
 * and rows_close is allowed all the same. */
bool rows_open(struct rows *rows, int fd, uint64_t max_pixels, int32_t width, int32_t height, struct failure *failure);
void rows_close(struct rows *rows);

/* The next row, in info.format; NULL: reason set. */
const unsigned char *rows_next(struct rows *rows, struct failure *failure);

/* The same as 8-bit RGB, seen on white; false: reason set. rgb: info.width pixels. */
bool rows_next_rgb(struct rows *rows, unsigned char *rgb, struct failure *failure);

#endif
