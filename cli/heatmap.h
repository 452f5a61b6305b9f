/* SPDX-License-Identifier: MIT
 *
 * The heat map: where a result has detail that its source doesn't tell, and where it doesn't shrink back. */
#ifndef FOVEA_CLI_HEATMAP_H
#define FOVEA_CLI_HEATMAP_H

#include "failure.h"

#include <stdbool.h>
#include <stdint.h>

#include "fovea.h"

/* Cells of k x k pixels of the small picture, so that the map of a huge one is no larger than a screen or two. */
struct heatmap {
    int32_t small_w, k, w, h;
    float *ground, *error, *invented; /* (h, w): sum of brightness, greatest error, sum of squares; levels */
    bool is_creative; /* errors are not drawn: what is invented on purpose does not shrink back */
};

/* The cells of the map of a picture, *w x *h, each of k x k pixels; returns k. */
int32_t heatmap_cells(int32_t small_w, int32_t small_h, int32_t *w, int32_t *h);

bool heatmap_new(struct heatmap *map, int32_t small_w, int32_t small_h, struct failure *failure);
void heatmap_free(struct heatmap *map);

/* Row y of the small picture: the map is drawn on it. */
void heatmap_ground(struct heatmap *map, int32_t y, const void *pixels, fovea_format format);

/* For fovea_pair.map; user is the heatmap. */
void heatmap_values(void *user, fovea_map what, int32_t y, const float *values);

/* A PNG into the file fd. */
bool heatmap_write(const struct heatmap *map, int fd, struct failure *failure);

#endif
