/* SPDX-License-Identifier: MIT
 *
 * What a picture is: the head of its JPEG or WebP file, its traits, its faces. Part of fovea.h, which includes it. */
#ifndef FOVEA_INSPECT_H
#define FOVEA_INSPECT_H

#include "fovea.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- JPEG -------------------------------------------------------------------------------------------------- */

/* What the bytes of a JPEG file tell before its first scan. Nothing is decoded. */
typedef struct fovea_jpeg {
    size_t struct_size; /* set by the caller to sizeof(fovea_jpeg) before the call */
    int32_t whole; /* 1: everything before the first scan has been seen; 0: the bytes ended sooner */
    int32_t width, height; /* as stored, before any orientation tag; 0: not known */
    int32_t components, depth; /* 1 grey, 3 colour, 4 CMYK; bits of a sample */
    int32_t progressive, lossless; /* 0 or 1 */
    int32_t chroma_x, chroma_y; /* luma samples to one of chroma: 2, 2 is 4:2:0 */
    /* 1 .. 100: how libjpeg would have been told to make the tables of the first and the second component; where it makes
     * no such table (exact is 0), the quality whose table is nearest by the mean ratio of the 64 entries. 0: not known. */
    int32_t quality, chroma_quality;
    int32_t exact;
    /* As quality, by the nine lowest frequencies alone: what fovea_traits.saved_quality sees of the table. 0: not known, or
     * like no quality. */
    int32_t low_quality;
} fovea_jpeg;

/* Reads the first size bytes of a file; more than its first 64 KiB are needed only where much metadata comes first. Takes
 * no memory. Fills *info up to info->struct_size; on failure everything in it is 0.
 * Errors: ARGUMENT, JPEG. Any thread. Source: ITU-T T.81; the scaling of its tables is libjpeg's. */
FOVEA_API fovea_status fovea_jpeg_read(const void *bytes, size_t size, fovea_jpeg *info, fovea_error *error);

/* ---- WebP -------------------------------------------------------------------------------------------------- */

/* 1 .. 100: the quality that libwebp would have been asked for to code a lossy WebP file as coarsely as this one, mostly
 * within 10, from 80 on within 5; 0: lossless, no WebP file, or its frame begins behind the first size bytes (64 KiB nearly
 * always do). Takes no memory. Any thread. */
FOVEA_API int32_t fovea_webp_quality(const void *bytes, size_t size);

/* ---- Inspect ----------------------------------------------------------------------------------------------- */

/* Figures about one picture, read row by row from the top; memory does not grow with its height:
 *
 *     fovea_inspect *in;
 *     fovea_inspect_new(w, h, FOVEA_FORMAT_RGB8, NULL, &in, &error);
 *     for (y = 0; y < h; y++) fovea_inspect_row(in, next_row());
 *     fovea_inspect_get_traits(in, &traits);
 *
 * In 8-bit levels (255 is white, whatever the depth), on sample values as they are; alpha: the picture as seen on white.
 * All that is counted is whole numbers: every processor tells the same. */
typedef struct fovea_inspect fovea_inspect;

/* What a picture shows. */
typedef enum fovea_content {
    FOVEA_CONTENT_UNKNOWN = 0, /* too small to tell */
    FOVEA_CONTENT_PHOTO = 1,
    FOVEA_CONTENT_SCREEN = 2, /* rendered: user interfaces, text, charts */
    FOVEA_CONTENT_ART = 3, /* drawn: flat colours, lines */
    FOVEA_CONTENT_DOCUMENT = 4, /* paper: scanned or photographed text */
} fovea_content;

typedef struct fovea_traits {
    size_t struct_size; /* set by the caller to sizeof(fovea_traits) before the call */
    int32_t width, height, rows; /* rows: seen so far */
    fovea_content content;
    int32_t was_enlarged; /* 1: somebody's tool has enlarged it before; 0: nothing tells of it */
    double enlarged_score; /* above 0 where was_enlarged; the natural logarithm of the odds */

    int32_t colours; /* distinct colours at 8 bits; 4096: that many or more */
    double common; /* share of the pixels in the 8 commonest colours, of 5 bits a channel */
    double flat; /* share of the pixels that are exactly the one before and the one above */
    double smooth; /* the same within 2 levels of luma */
    double grey, bright, dark; /* shares: channels within 10 levels; pale and luma above 200; luma below 100 */

    /* Edges: neighbours that differ by 24 levels or more, along rows and columns. */
    double strong; /* share of all pairs of neighbours */
    double steps; /* of those: a step of one pixel, flat before and after it */
    double aligned; /* of those: a step that goes on in the next row or column, as borders of boxes do */
    /* Pixels on straight lines along the axes, 32 or more of them with the same step of 6 levels or more across, over
     * width and height together. */
    double straight;
    /* Pixels that the sharpest tenth of the edges of 48 levels or more take: 1 is a hard step, 0: there is no edge. */
    double edge_width;

    double noise; /* standard deviation of luma in the quietest tenth of all 8x8 blocks, levels (Immerkaer 1996) */
    double blocks; /* difference across the 8x8 grid over that beside it: 1 none, JPEG's blocks above */

    /* Mean power at k/32 of the sampling rate, k = 1 .. 16, of rows and columns: ln(levels^2 + 8). */
    double spectrum[16];
    /* ln of the peaks, over the median, of the spectrum of |second difference| by column and row (Gallagher 2005):
     * anywhere but at multiples of 1/8; at 1/4; 3/8; 1/2. Only where has_periods is 1: a side of 130 pixels or more. */
    double periods[4];
    int32_t has_periods;

    /* 1 .. 100: its pixels were once a JPEG file of about this quality, by the multiples that the lowest coefficients of
     * luma lie on, wherever its 8x8 grid begins (the picture may have been cut out since); 0: nothing tells of it. The file
     * that they come from may be one itself: see fovea_inspect_worse_quality. */
    int32_t saved_quality;

    /* Share of the pixels that are not flat where luma bends by 3 levels or more, no two neighbours being alike or 24 apart. */
    double texture;
    /* Of the edges of 48 levels or more, next to two pixels exactly alike that are neither black nor white: share where luma
     * goes the other way first, by 2 levels or more. So do pictures that a bicubic or Lanczos filter made smaller. */
    double rings;
    int32_t rendered; /* 1: SCREEN or ART, and at the size it was drawn at: the nets for screens do it best */
    /* noise where that is what it is: next pixels of what it is measured on have nothing in common but the measure. 0 where they
     * have, as in leaves, sand or fur that is fine everywhere. */
    double grain;
} fovea_traits;

/* Takes all memory, 800 KB and about 100 bytes a column. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one fovea_inspect, one call at a time. */
FOVEA_API fovea_status fovea_inspect_new(int32_t picture_w, int32_t picture_h, fovea_format format,
                                         const fovea_options *options, fovea_inspect **out, fovea_error *error);

/* Frees; NULL is allowed. */
FOVEA_API void fovea_inspect_free(fovea_inspect *in);

/* The next row, picture_w pixels without gaps; read only during the call. Errors: ARGUMENT, also after the last row. */
FOVEA_API fovea_status fovea_inspect_row(fovea_inspect *in, const void *pixels);

/* Where all that is wanted to know is the kind of net, instead of fovea_inspect_row, in half its time or, the larger the
 * picture, far less: takes the next row; *enough is 1 as soon as the content can't be SCREEN or ART and
 * fovea_inspect_saved_quality can't change whatever the rows below are (photographs: after three fifths of them, small ones
 * after all), else 0. After all rows still 0: it may be one, and takes a new fovea_inspect to tell. One object is either
 * glanced at or looked at. Errors: ARGUMENT, also after the last row. */
FOVEA_API fovea_status fovea_inspect_glance(fovea_inspect *in, const void *pixels, int32_t *enough);

/* fovea_traits.saved_quality, by the rows that were looked or glanced at so far; takes some milliseconds. */
FOVEA_API int32_t fovea_inspect_saved_quality(const fovea_inspect *in);

/* The quality that a picture is to be treated for: that of its JPEG file (NULL: it is none), or the one that its pixels were
 * saved at before, where that is clearly worse than the file's own table. 0: not known. */
FOVEA_API int32_t fovea_inspect_worse_quality(const fovea_jpeg *jpeg, int32_t saved_quality);

/* Fills *traits up to traits->struct_size, from the rows seen so far. Errors: ARGUMENT, also after a glance. */
FOVEA_API fovea_status fovea_inspect_get_traits(const fovea_inspect *in, fovea_traits *traits);

/* Levels of grain from which on a picture counts as noisy. */
#define FOVEA_NOISY 3

/* Whether a picture gains more from a creative net than it loses, and what tells so. */
typedef enum fovea_gain {
    FOVEA_GAIN_UNKNOWN = 0, /* it does not: nothing is known of it */
    FOVEA_GAIN_CLEAN = 1, /* nor does a photograph without damage */
    FOVEA_GAIN_SCREEN = 2, /* nor these two: their letters must stay what they are */
    FOVEA_GAIN_DOCUMENT = 3,
    FOVEA_GAIN_CRISP = 4, /* nor what was drawn at this size: its lines are exact as they are */
    FOVEA_GAIN_DRAWN = 5, /* from here on it does */
    FOVEA_GAIN_COMPRESSED = 6, /* a photograph, and of those the first that holds: JPEG of a quality below 75 */
    FOVEA_GAIN_BLOCKS = 7, /* JPEG's blocks show */
    FOVEA_GAIN_ENLARGED = 8,
    FOVEA_GAIN_SOFT = 9, /* its sharpest edges are 2 pixels wide or more */
    FOVEA_GAIN_NOISY = 10, /* grain of 3 levels or more */
    FOVEA_GAIN_OLD = 11, /* without colour, no side above 1000 pixels; a level of grain, or edges of 1.5 pixels or more */
} fovea_gain;
#define FOVEA_GAINS 12

/* By the traits of all rows of a picture (NULL: not looked at) and the JPEG quality that it is to be treated for
 * (fovea_inspect_worse_quality; 0: not known). Any thread. */
FOVEA_API fovea_gain fovea_inspect_gain(const fovea_traits *traits, int32_t jpeg_quality);

/* ---- Faces ------------------------------------------------------------------------------------------------- */

/* Where a picture shows faces that look at the camera, from about 20 pixels a side on:
 *
 *     fovea_faces *faces;
 *     fovea_face list[FOVEA_FACES];
 *     fovea_faces_new(w, h, FOVEA_FORMAT_RGB8, NULL, &faces, &error);
 *     for (y = 0; y < h; y++) fovea_faces_row(faces, next_row());
 *     fovea_faces_get(faces, list, FOVEA_FACES, &count);
 *
 * A grey copy is kept, reduced by a whole number where the picture has more than 3 million pixels; the smallest face
 * that is found grows with that number. It finds most and not all, and now and then what is none: good enough to be
 * careful with a region, not to count people, and it knows nobody. Every processor finds the same. Source: the cascade
 * of Viola and Jones (2001) as trained by Lienhart. */
typedef struct fovea_faces fovea_faces;

#define FOVEA_FACES 64 /* at most so many of a picture, the surest */

typedef struct fovea_face {
    fovea_rect rect; /* a square from the brows to the chin, within the picture; hair and ears are outside */
    int32_t score; /* windows that saw it; above 0, and higher is surer */
} fovea_face;

/* Takes all memory, at most about 6 MB. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one fovea_faces, one call at a time. */
FOVEA_API fovea_status fovea_faces_new(int32_t picture_w, int32_t picture_h, fovea_format format, const fovea_options *options,
                                       fovea_faces **out, fovea_error *error);

/* Frees; NULL is allowed. */
FOVEA_API void fovea_faces_free(fovea_faces *faces);

/* The next row, picture_w pixels without gaps; read only during the call. Errors: ARGUMENT, also after the last row. */
FOVEA_API fovea_status fovea_faces_row(fovea_faces *faces, const void *pixels);

/* Writes the first room faces, the surest first, and to *count how many there are. The first call searches, which takes
 * about a tenth of a second a million pixels. list may be NULL where room is 0. Errors: ARGUMENT, also before the last row
 * has come. */
FOVEA_API fovea_status fovea_faces_get(fovea_faces *faces, fovea_face *list, int32_t room, int32_t *count);

#ifdef __cplusplus
}
#endif
#endif
