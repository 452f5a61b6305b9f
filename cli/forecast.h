/* SPDX-License-Identifier: MIT
 *
 * What a whole batch comes to, before its first picture: how many, how large, how much disk. */
#ifndef FOVEA_CLI_FORECAST_H
#define FOVEA_CLI_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "inputs.h"
#include "net.h"
#include "options.h"
#include "target.h"

struct forecast {
    int pictures;          /* whose result is not there yet, and may be made */
    int looked_at, failed; /* of those: heads read, and those that can't be enlarged */
    double pixels, result_pixels, bytes; /* of all of them; from those looked at */
};

/* Reads the heads of some of the pictures, spread over all; each in a worker of its own. */
void forecast_make(struct forecast *forecast, const struct options *options, const struct net_set *nets,
                   const struct inputs *inputs, const struct sources *sources);

/* "40 s", "12 min", "3 h 20 min". */
void forecast_time(double seconds, char *words, int room);

#endif
