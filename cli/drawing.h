/* SPDX-License-Identifier: MIT
 *
 * Small pictures that the command draws itself, maps and sheets: pixels, text, and a PNG of it. */
#ifndef FOVEA_CLI_DRAWING_H
#define FOVEA_CLI_DRAWING_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct colour {
    unsigned char r, g, b;
};

struct drawing {
    int32_t w, h;
    unsigned char *rgb; /* (h, w, 3) */
};

bool drawing_new(struct drawing *drawing, int32_t w, int32_t h, struct colour colour, struct failure *failure);
void drawing_free(struct drawing *drawing);

/* What falls beside the drawing is left out. */
void drawing_put(struct drawing *drawing, int32_t x, int32_t y, struct colour colour);
void drawing_copy(struct drawing *to, int32_t x, int32_t y, const struct drawing *from);

/* Dots of size x size pixels, 5 x 7 of them a letter, 6 wide with its gap. What is not printable ASCII shows as '?'.
 * Text that would not fit is cut. */
void drawing_text(struct drawing *drawing, int32_t x, int32_t y, int32_t size, const char *text, struct colour colour);

/* A PNG into the file fd, from its start. */
bool drawing_write(const struct drawing *drawing, int fd, struct failure *failure);

#endif
