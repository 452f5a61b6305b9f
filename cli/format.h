/* SPDX-License-Identifier: MIT
 *
 * Picture formats: told from the first bytes of a file, never from its name; and what each can hold when it is
 * written. One table, so that what is refused is refused before the work. */
#ifndef FOVEA_CLI_FORMAT_H
#define FOVEA_CLI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum format {
    FORMAT_UNKNOWN,
    FORMAT_JPEG,
    FORMAT_PNG,
    FORMAT_WEBP,
    FORMAT_AVIF,
    FORMAT_TIFF,
    FORMAT_JXL,
    FORMAT_GIF,
    FORMAT_HEIC,
    FORMAT_PNM,
    FORMAT_BMP,
    FORMAT_JP2,
    FORMAT_PSD,
    FORMAT_PDF,
    FORMAT_SVG,
    FORMAT_COUNT,
};

/* DOTS: to an inch. GREY: a profile of grey pixels, beside which a format has to keep them grey. */
enum { METADATA_EXIF = 1, METADATA_XMP = 2, METADATA_IPTC = 4, METADATA_DOTS = 8, METADATA_GREY = 16 };

struct format_info {
    const char *name;
    const char *extensions; /* the first is the one we give; separated by spaces */
    bool read, write;
    int bits;         /* a sample has at most, where it is read or written: 8, 12, 16 */
    bool alpha;       /* holds transparency */
    bool lossless;    /* can keep every value */
    int metadata;     /* METADATA_* that its encoder writes; profiles of colours all of them do */
    int quality;      /* the default, 0 where there is no such thing */
    int32_t max_side; /* longest side that can be written */
};

const struct format_info *format_about(enum format format);

/* The name of a format to use in place of one whose max_side is below side. */
const char *format_for_side(enum format instead_of, int64_t side);

/* What the file open on fd starts like. Leaves the file's position alone. */
enum format format_of_file(int fd);

/* PNG that moves: its first frame looks like any PNG, so the file has to be asked. */
bool format_is_animated_png(int fd);

/* WebP that kept every pixel. */
bool format_is_lossless_webp(int fd);

/* "jpg", "JPEG", "png", ...: a format that can be written, else FORMAT_UNKNOWN. */
enum format format_by_extension(const char *extension);

#endif
