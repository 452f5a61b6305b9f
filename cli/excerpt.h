/* SPDX-License-Identifier: MIT
 *
 * The most detailed part of a picture, as a picture of its own: what --sample enlarges. */
#ifndef FOVEA_CLI_EXCERPT_H
#define FOVEA_CLI_EXCERPT_H

#include "failure.h"
#include "format.h"
#include "size.h"

#include <stdbool.h>
#include <stdint.h>

#include "fovea.h"

struct excerpt_job {
    int source, target; /* files that can seek; the excerpt becomes a PNG with the source's depth, channels and profile */
    enum format format; /* of the source */
    struct size size;
    int32_t side, most; /* of the square to be shown: pixels of the source, of the result at most */
    bool looks;         /* find out the kind of net that the whole picture asks for */
    uint64_t max_pixels;
};

struct box {
    int32_t x, y, w, h;
};

struct excerpt {
    int32_t width, height; /* of the whole picture */
    double times;          /* how much larger it shall become */
    struct box cut;        /* what is in the file: what is shown, and around it all that a net can see of it */
    struct box shown;
    fovea_kind kind;
    char reason[120]; /* for the kind */
};

/* In a process of its own (apart.h). false: reason set. */
bool excerpt_make(void *job, void *excerpt, struct failure *failure);

/* Does it make sense? It comes from a process that has decoded a picture. */
bool excerpt_is_sane(struct excerpt *excerpt);

#endif
