/* SPDX-License-Identifier: MIT
 *
 * One picture from file to file: decoder, upscaler and encoder, each on threads of its own, bands of rows between
 * them. Memory depends on the width of the picture and not on its height. What one upscaler can't reach is done by
 * several, one after another. */
#ifndef FOVEA_CLI_STREAM_H
#define FOVEA_CLI_STREAM_H

#include "failure.h"
#include "feather.h"
#include "picture.h"

#include "fovea.h"

enum { STREAM_MAX_PASSES = 4 };

struct stream_job {
    struct picture *source;
    const struct picture_target *target;
    /* Each enlarges what the one before made, all but the last by their scale, in 16 bits; the last makes the target's
     * size. They must differ: they work at the same time. */
    fovea_upscaler *upscalers[STREAM_MAX_PASSES];
    int passes;
    /* Not NULL: makes the first pass's result once more; each band of both is shown to `beside`, on that pass's thread. */
    fovea_upscaler *faithful;
    void (*beside)(void *beside_user, int32_t y, int32_t rows, const void *result, const void *faithful, size_t stride);
    void *beside_user;
    /* Not NULL: makes these rectangles of the first pass's result anew, which are mixed over it, in order. */
    fovea_upscaler *over;
    const struct feather *feathers;
    int feathers_count;
    fovea_shrinker *shrinker; /* not NULL: it makes the result, in one pass, in place of the upscalers */
    /* Before each band of the last pass, on the calling thread: rows [from, to) of the result's rows are made next. May
     * be NULL. */
    void (*progress)(void *user, int32_t from, int32_t to, int32_t rows);
    void *user;
    struct stream *running; /* set by stream_run */
};

/* What the first pass will make, its upscaler being there. */
void stream_first_result(const struct stream_job *job, int32_t *w, int32_t *h, fovea_format *format);

/* To be called in the progress of the last upscaler: the encoder goes on with the rows that are there. */
void stream_hand_over(const struct stream_job *job);

/* false: reason set, the target's file is of no use. */
bool stream_run(struct stream_job *job, struct failure *failure);

#endif
