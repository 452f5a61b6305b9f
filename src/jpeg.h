/* SPDX-License-Identifier: MIT */
#ifndef FV_JPEG_H
#define FV_JPEG_H

#include "base.h"

enum { FV_JPEG_LOW = 9 }; /* the lowest frequencies of a block but its mean: places 1 .. 9 in zigzag order */

/* 1 .. 100: the quality at which libjpeg's steps for luma are nearest to these, by the mean ratio; a step of 0 is not known.
 * 0: they are like those of no quality, or none is known. */
int32_t fv_jpeg_low_quality(const int steps[FV_JPEG_LOW]);

#endif
