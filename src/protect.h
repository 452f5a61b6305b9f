/* SPDX-License-Identifier: MIT
 *
 * How far the protection looks (doc/format.md, section 8). */
#ifndef FV_PROTECT_H
#define FV_PROTECT_H

enum {
    FV_FIGURE_REACH = 4, /* source pixels to either side that decide whether one is flat or written */
    FV_MARKS_REACH = 8, /* that are added up around one */
    FV_PROTECT_FADE = 8, /* source pixels around a rectangle in which its protection ends */
    FV_PROTECT_FULL = 256,
    FV_EXTREMES = 8, /* rows that the figures of one row are made with */
};

#endif
