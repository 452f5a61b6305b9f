/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "invented.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heatmap.h"
#include "output.h"

#define DEEP (FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8)

bool invented_new(struct invented *invented, int32_t small_w, int32_t small_h, int32_t large_w, int32_t large_h,
                  fovea_format format, struct failure *failure)
{
    *invented = (struct invented){.large_w = large_w, .large_h = large_h, .format = format};
    heatmap_cells(small_w, small_h, &invented->w, &invented->h);
    const size_t cells = (size_t)invented->w * (size_t)invented->h;
    invented->squares = calloc(cells, sizeof *invented->squares);
    invented->samples = calloc(cells, sizeof *invented->samples);
    if (invented->squares && invented->samples) return true;
    failure_set(failure, OUTCOME_RESOURCES, "no memory for the map");
    return false;
}

void invented_free(struct invented *invented)
{
    free(invented->squares);
    free(invented->samples);
    *invented = (struct invented){.w = 0};
}

/* ---- Comparing --------------------------------------------------------------------------------------------- */

static double sample_at(const unsigned char *row, size_t at, bool deep)
{
    uint16_t v;
    if (!deep) return row[at];
    memcpy(&v, row + 2 * at, sizeof v);
    return v / 257.0;
}

static void compare_row(struct invented *invented, int32_t y, const unsigned char *a, const unsigned char *b)
{
    const bool deep = invented->format >= FOVEA_FORMAT_G16;
    const int channels = (int)invented->format % DEEP;
    const size_t size = fovea_format_size(invented->format),
                 row = (size_t)((int64_t)y * invented->h / invented->large_h) * (size_t)invented->w;
    for (int32_t x = 0; x < invented->large_w; x++) {
        const size_t first = (size_t)x * (size_t)channels, cell = row + (size_t)((int64_t)x * invented->w / invented->large_w);
        invented->samples[cell] += (float)channels;
        if (!memcmp(a + (size_t)x * size, b + (size_t)x * size, size)) {
            invented->unchanged++;
            continue;
        }
        double sum = 0;
        for (int c = 0; c < channels; c++) {
            const double d = sample_at(a, first + (size_t)c, deep) - sample_at(b, first + (size_t)c, deep);
            sum += d * d;
        }
        invented->squares[cell] += (float)sum;
        invented->total += sum;
    }
    invented->pixels += (uint64_t)invented->large_w;
}

void invented_rows(void *user, int32_t y, int32_t rows, const void *creative, const void *faithful, size_t stride)
{
    const unsigned char *a = creative, *b = faithful;
    for (int32_t i = 0; i < rows; i++) compare_row(user, y + i, a + (size_t)i * stride, b + (size_t)i * stride);
}

struct invention invented_sum(const struct invented *invented)
{
    if (!invented->pixels) return (struct invention){.is_known = 0};
    const double pixels = (double)invented->pixels, samples = pixels * ((int)invented->format % DEEP);
    return (struct invention){1, sqrt(invented->total / samples), (double)invented->unchanged / pixels};
}

/* ---- The file ---------------------------------------------------------------------------------------------- */

/* The mean of a cell and its neighbours. */
static float smoothed(const struct invented *invented, int32_t x, int32_t y)
{
    double squares = 0, samples = 0;
    for (int32_t j = y > 0 ? y - 1 : 0; j <= y + 1 && j < invented->h; j++)
        for (int32_t i = x > 0 ? x - 1 : 0; i <= x + 1 && i < invented->w; i++) {
            squares += invented->squares[(size_t)j * (size_t)invented->w + (size_t)i];
            samples += invented->samples[(size_t)j * (size_t)invented->w + (size_t)i];
        }
    return samples > 0 ? (float)(squares / samples) : 0;
}

bool invented_write(const struct invented *invented, int fd, struct failure *failure)
{
    float *row = fd >= 0 && invented->pixels ? malloc((size_t)invented->w * sizeof *row) : NULL;
    bool good = true;
    for (int32_t y = 0; row && good && y < invented->h; y++) {
        for (int32_t x = 0; x < invented->w; x++) row[x] = smoothed(invented, x, y);
        good = output_write(fd, row, (size_t)invented->w * sizeof *row);
    }
    free(row);
    if (!good) failure_set(failure, OUTCOME_RESOURCES, "can't keep the map: %s", strerror(errno));
    return good;
}

bool invented_read(int fd, float *squares, size_t count, struct failure *failure)
{
    unsigned char *bytes = (unsigned char *)squares;
    for (size_t done = 0; done < count * sizeof *squares;) {
        const ssize_t got = pread(fd, bytes + done, count * sizeof *squares - done, (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            failure_set(failure, OUTCOME_FAILED, "what was invented is not known");
            return false;
        }
        done += (size_t)got;
    }
    for (size_t i = 0; i < count; i++)
        if (!(squares[i] > 0 && squares[i] < 65536)) squares[i] = 0;
    return true;
}
