/* SPDX-License-Identifier: MIT
 *
 * What picture.c (reading), picture_write.c and picture_metadata.c share of libvips. Nobody else includes it. */
#ifndef FOVEA_CLI_PICTURE_VIPS_H
#define FOVEA_CLI_PICTURE_VIPS_H

#include "picture.h"

#include <vips/vips.h>

struct picture {
    VipsSource *source;
    VipsImage *image;   /* what rows are read from: 8 or 16 bit, 1 to 4 bands, upright */
    VipsImage *facts;   /* its metadata: libvips changes those of image while it decodes, on another thread */
    VipsRegion *region;
    int32_t next;       /* row to be read */
    int32_t decoded;    /* rows that were read of image */
    unsigned char *kept; /* they, or NULL */
    int fd, scratch;
    enum format kind;
    uint64_t max_pixels;
    void *turned;       /* the rows of a picture that had to be turned */
    size_t turned_size;
    bool on_its_side;   /* it was turned by a quarter */
    char note[160];
};

/* The library's own words, as one line, into the failure. Always false. */
bool picture_fail(struct failure *failure, enum outcome outcome, const char *what);

/* Puts made in the place of *image. */
void picture_replace(VipsImage **image, VipsImage *made);

/* Profile, EXIF, XMP, IPTC, comments and dots per inch. */
void picture_copy_metadata(const VipsImage *from, VipsImage *to, int orientation);

/* What there is of METADATA_* (format.h). */
int picture_metadata(const VipsImage *image);

/* Metadata copied to an image of other pixels, made true of them and such as this format's encoder takes it. */
void picture_fit_metadata(VipsImage *image, enum format format);

/* The fields whose names begin so. */
void picture_drop_fields(VipsImage *image, const char *prefix);

static inline size_t picture_row_bytes(const VipsImage *image)
{
    return (size_t)vips_image_get_width(image) * (size_t)vips_image_get_bands(image) *
           (vips_image_get_format(image) == VIPS_FORMAT_USHORT ? 2 : 1);
}

/* VIPS_REGION_ADDR for whole rows, without its sign conversions. */
static inline unsigned char *picture_row_at(const VipsRegion *region, int y)
{
    return region->data + (ptrdiff_t)(y - region->valid.top) * region->bpl;
}

#endif
