/* SPDX-License-Identifier: MIT
 *
 * What a creative net made up: its result against the faithful one that the same nets make of the same picture, pixel by
 * pixel. That is the true difference, not a guess from the source. */
#ifndef FOVEA_CLI_INVENTED_H
#define FOVEA_CLI_INVENTED_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fovea.h"

struct invention {
    int32_t is_known;
    double rms;       /* of all samples, levels of 255 */
    double unchanged; /* share of the pixels that are the faithful result's */
};

/* The differences by cells of the source picture, as large as those of a map (heatmap.h). */
struct invented {
    int32_t w, h;             /* cells */
    int32_t large_w, large_h; /* of the results that are compared */
    fovea_format format;
    float *squares; /* (h, w) sums of squares, levels^2 */
    float *samples; /* (h, w) how many */
    double total;
    uint64_t pixels, unchanged;
};

bool invented_new(struct invented *invented, int32_t small_w, int32_t small_h, int32_t large_w, int32_t large_h,
                  fovea_format format, struct failure *failure);
void invented_free(struct invented *invented);

/* Rows [y, y + rows) of either result, from the top, each row once; user: a struct invented. */
void invented_rows(void *user, int32_t y, int32_t rows, const void *creative, const void *faithful, size_t stride);

struct invention invented_sum(const struct invented *invented);

/* Mean squares by cell, smoothed, as floats, to an empty file; fd -1: nothing is written. */
bool invented_write(const struct invented *invented, int fd, struct failure *failure);

/* `count` of them from the file's start, whoever wrote it: what is no number above 0 becomes 0. */
bool invented_read(int fd, float *squares, size_t count, struct failure *failure);

#endif
