/* SPDX-License-Identifier: MIT
 *
 * A short queue of bands of rows between two threads: decoder to upscaler, upscaler to encoder. One side fills, the
 * other takes, in order; whoever is ahead waits. This is what keeps memory flat whatever the height of a picture. */
#ifndef FOVEA_CLI_BANDS_H
#define FOVEA_CLI_BANDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct band {
    unsigned char *pixels; /* rows one after another without gaps */
    int32_t y, rows;
};

#define BANDS_MOST 12

struct bands {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct band slots[BANDS_MOST];
    int count;       /* slots in use */
    int first, full; /* slots[first] and the full - 1 after it hold rows */
    int32_t ready;   /* rows of the band after these that are there already */
    bool ended, aborted;
};

/* Makes count (at most BANDS_MOST) bands of band_bytes each. False: no memory; then there is nothing to free. */
bool bands_make(struct bands *bands, int count, size_t band_bytes);
void bands_free(struct bands *bands);

/* For the side that fills: an empty band, NULL after bands_abort; then fill it and hand it over. */
struct band *bands_empty(struct bands *bands);
void bands_filled(struct bands *bands);
void bands_ready(struct bands *bands, int32_t rows); /* so many rows of it, and not all, are there before it is full */
void bands_end(struct bands *bands); /* nothing comes after this */

/* For the side that takes: the next band, NULL after the last one or after bands_abort; then give it back. With bands_row
 * as soon as row y of it, which is not before its first, is there. */
struct band *bands_next(struct bands *bands);
struct band *bands_row(struct bands *bands, int32_t y);
void bands_taken(struct bands *bands);

/* For both: the work is off; nobody waits any longer. */
void bands_abort(struct bands *bands);

#endif
