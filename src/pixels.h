/* SPDX-License-Identifier: MIT
 *
 * Rows of the caller's pictures in and out of the working form: 16-bit samples, three colours, alpha beside them. */
#ifndef FV_PIXELS_H
#define FV_PIXELS_H

#include "base.h"

/* How far the colour of a fully transparent pixel is looked for (doc/format.md, section 3). */
enum { FV_FILL_REACH = 4 };

/* Added to a format with alpha: alpha alone, a grey picture among the other samples. Never in what a caller gives. */
enum { FV_ALPHA_ALONE = 32 };

/* A format is its number of channels, plus 16 where samples have 16 bits. */
static inline int fv_format_channels(fovea_format f) { return (int)f & 15; } /* as they lie in memory */
static inline int fv_format_sample(fovea_format f) { return (int)f & 16 ? 2 : 1; } /* bytes */
/* Bytes from pixel to pixel. */
static inline size_t fv_format_pixel(fovea_format f) { return (size_t)(fv_format_channels(f) * fv_format_sample(f)); }
static inline bool fv_format_alone(fovea_format f) { return (int)f & FV_ALPHA_ALONE; }
static inline bool fv_format_grey(fovea_format f) { return fv_format_channels(f) <= 2 || fv_format_alone(f); }
static inline bool fv_format_alpha(fovea_format f) { return fv_format_channels(f) % 2 == 0 && !fv_format_alone(f); }
/* Samples of a pixel that are meant. */
static inline int fv_format_values(fovea_format f) { return fv_format_alone(f) ? 1 : fv_format_channels(f); }

static inline bool fv_format_valid(fovea_format f)
{
    return (uint32_t)f < 32 && fv_format_channels(f) >= 1 && fv_format_channels(f) <= 4;
}

/* Pixels x .. x + n - 1 of picture row y, coordinates outside the picture clamped to it. rgb: (n, 3); alpha: (n), not
 * touched where the format has none. src holds what is read: the window asked for and FV_FILL_REACH around it. */
void fv_pixels_load(const fovea_source *src, int x, int y, int n, uint16_t *rgb, uint16_t *alpha);

/* A row of the result, (n, s, 3), apart into its phases, s of (n, 3), and back. Two bytes behind each pixel written may be
 * written too, which is of the next pixel or slack; they may be read behind the last. */
void fv_phases_split(const uint16_t *row, int s, uint16_t *const phase[4], int n);
void fv_phases_join(const uint16_t *const phase[4], int s, uint16_t *row, int n);

#endif
