/* SPDX-License-Identifier: MIT
 *
 * One picture from file to file: decoder, upscaler and encoder, each on threads of its own, bands of rows between
 * them. Memory depends on the width of the picture and not on its height. */
#ifndef FOVEA_CLI_STREAM_H
#define FOVEA_CLI_STREAM_H

#include "failure.h"
#include "picture.h"

#include "fovea.h"

struct stream_job {
    struct picture *source;
    const struct picture_target *target;
    fovea_upscaler *upscaler;
    /* Before each band, on the calling thread: rows [from, to) of the result's rows are made next. May be NULL. */
    void (*progress)(void *user, int32_t from, int32_t to, int32_t rows);
    void *user;
};

/* false: reason set, the target's file is of no use. */
bool stream_run(const struct stream_job *job, struct failure *failure);

#endif
