/* SPDX-License-Identifier: MIT
 *
 * Where to look when two pictures are compared: the places where they differ most, and where most detail is. */
#ifndef FOVEA_CLI_CROPS_H
#define FOVEA_CLI_CROPS_H

#include "drawing.h"
#include "failure.h"

#include <stdbool.h>
#include <stdint.h>

enum { CROPS_MOST = 8 };

struct crop {
    int32_t x, y;
    bool for_detail;   /* chosen for its detail, not for the difference */
    double difference; /* mean of |A - B| over all samples of it, levels */
    struct drawing a, b;
};

struct crops {
    int32_t w, h; /* of both pictures, the smaller one enlarged */
    bool enlarged[2];
    int32_t side_w, side_h; /* of a crop */
    int count;
    struct crop crops[CROPS_MOST];
};

/* side: of a crop, a multiple of 32. a, b: files that can seek. In a process of its own, please. false: reason set;
 * crops_free is allowed all the same. */
bool crops_make(struct crops *crops, int a, int b, int32_t side, int count, uint64_t max_pixels, struct failure *failure);
void crops_free(struct crops *crops);

#endif
