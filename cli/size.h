/* SPDX-License-Identifier: MIT
 *
 * How large the result shall be, in the words of -s and --to, and what that is for one picture. */
#ifndef FOVEA_CLI_SIZE_H
#define FOVEA_CLI_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum size_kind {
    SIZED_FACTOR, /* a times */
    SIZED_BOX,    /* the largest that fits inside a x b pixels */
    SIZED_SHEET,  /* likewise, or inside b x a where the picture stands the other way */
    SIZED_LONG,   /* the longer side is a pixels; likewise the others */
    SIZED_SHORT,
    SIZED_WIDTH,
    SIZED_HEIGHT,
    SIZED_PIXELS, /* as near to a pixels in all as whole sides come */
};

struct size {
    enum size_kind kind;
    double a, b;
    double dots; /* to an inch, where a sheet of paper is meant; else 0 */
};

#define SIZE_MOST_TIMES 16 /* the picture */

/* The value of -s: a number above 1 and up to that. */
bool size_parse_factor(const char *text, struct size *size);

/* The value of --to: 4k 8k WxH long=PX short=PX width=PX height=PX mp=N 30x20cm@300 12x8in@300. */
bool size_parse_target(const char *text, struct size *size);

/* The result of a width x height picture: its own proportions, rounded to whole pixels, at least 1. */
void size_of(const struct size *size, int32_t width, int32_t height, int64_t *result_width, int64_t *result_height);

/* "-2x", "-2.5x", "-3840x2160", "-long3000": what a result is called by. */
void size_suffix(const struct size *size, char *suffix, size_t room);

/* Are these `length` characters what size_suffix makes of some size, without the dash? */
bool size_is_suffix(const char *text, size_t length);

#endif
