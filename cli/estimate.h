/* SPDX-License-Identifier: MIT
 *
 * How large the file of a result will be, before anything is decoded: the source's own file tells how much there is in
 * the picture. Within a factor of 2 for most pictures; doc/design.md has the measurements behind it. */
#ifndef FOVEA_CLI_ESTIMATE_H
#define FOVEA_CLI_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#include "format.h"

struct estimate_side {
    enum format format;
    int32_t width, height;
    int channels, bits; /* of a sample: 8 or 16 */
    int quality;        /* of a lossy file; 0: not known, of a result its format's default */
    bool lossless;      /* WebP and JPEG XL */
};

/* Bytes of the result's file; source_bytes is what the source's file has. */
uint64_t estimate_bytes(const struct estimate_side *source, uint64_t source_bytes, const struct estimate_side *result);

/* "840 bytes", "12 KB", "3.4 MB": powers of 1000. */
void estimate_words(uint64_t bytes, char *words, int room);

#endif
