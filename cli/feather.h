/* SPDX-License-Identifier: MIT
 *
 * A rectangle of a picture done anew is mixed over the old one with a soft border, so that no seam shows. What a pixel
 * becomes depends on its place alone, not on which part of the rectangle is mixed at a time. */
#ifndef FOVEA_CLI_FEATHER_H
#define FOVEA_CLI_FEATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fovea.h"

/* Within an eighth of the shorter side the new gives way to the old, in even steps, except at the picture's own border. */
struct feather {
    fovea_rect rect; /* within the picture */
    int32_t picture_w, picture_h;
};

/* Mixes a part of the rectangle: from and to are its pixels, in rows of so many bytes. */
void feather_mix(const struct feather *feather, fovea_rect part, fovea_format format, const void *from, size_t from_stride,
                 void *to, size_t to_stride);

#endif
