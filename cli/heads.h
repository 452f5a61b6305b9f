/* SPDX-License-Identifier: MIT
 *
 * What a creative result does with each face that was found: it gets the faithful result, or where that was asked for and
 * the face is large and sure enough, a net made for faces. */
#ifndef FOVEA_CLI_HEADS_H
#define FOVEA_CLI_HEADS_H

#include <stdbool.h>
#include <stdint.h>

#include "look.h"

#include "fovea.h"

/* A face has so many pixels from the brows to the chin, and was seen by so many windows (fovea_face), or it is kept. Below
 * that size the net has nothing to go by and gives eyes another look; what few windows see is often no face. */
#define HEADS_SAFE_SIDE 80
#define HEADS_SAFE_SCORE 5

/* Rectangles of the source picture: each face with its hair, ears and chin. */
struct heads {
    fovea_rect kept[FOVEA_FACES], enhanced[FOVEA_FACES];
    int32_t kept_count, enhanced_count;
};

/* enhances: is there a net for faces, and shall it do those that are safe? All others are kept. */
void heads_sort(struct heads *heads, const struct look *look, int32_t width, int32_t height, bool enhances);

/* The same rectangle of a result of result_w x result_h: every pixel that the source's rectangle has a part in. */
fovea_rect heads_in_result(fovea_rect rect, int32_t width, int32_t height, int32_t result_w, int32_t result_h);

#endif
