/* SPDX-License-Identifier: MIT
 *
 * Metadata that describes the pixels, and so is wrong once there are other pixels: put right in the bytes themselves.
 * (The rest of EXIF is libvips' affair.) */
#ifndef FOVEA_CLI_METADATA_H
#define FOVEA_CLI_METADATA_H

#include <stddef.h>
#include <stdint.h>

#include "format.h"

/* Cuts the thumbnail, a picture of what was, out of an EXIF block in place (with or without its "Exif" head): nobody finds it
 * any more, and its bytes are gone. */
void metadata_drop_thumbnail(unsigned char *exif, size_t size);

/* XMP that says upright, and this size, and shows no preview of what was. The new packet, to be freed; NULL: no memory. */
char *metadata_fix_xmp(const char *xmp, size_t size, int32_t width, int32_t height, size_t *fixed_size);

/* IPTC as it stands in a JPEG (in Photoshop's blocks, as libvips hands it on) or bare: as this format's encoder wants
 * it, without Photoshop's thumbnails. To be freed; NULL: nothing to change, or no memory. */
unsigned char *metadata_fix_iptc(const unsigned char *iptc, size_t size, enum format format, size_t *fixed_size);

#endif
