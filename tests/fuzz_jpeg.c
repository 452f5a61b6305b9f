/* SPDX-License-Identifier: MIT
 *
 * libFuzzer target for what is read of JPEG and WebP files: any bytes give an error or figures within their ranges, and what a
 * prefix tells, the whole file tells too. `./dev fuzz` runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fovea.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(cond) \
    do { \
        if (!(cond)) { \
            fprintf(stderr, "fuzz_jpeg: line %d: %s\n", __LINE__, #cond); \
            abort(); \
        } \
    } while (0)

static fovea_status read_checked(const uint8_t *data, size_t size, fovea_jpeg *info)
{
    fovea_error error;
    *info = (fovea_jpeg){.struct_size = sizeof *info};
    const fovea_status status = fovea_jpeg_read(data, size, info, &error);
    EXPECT(status == error.status && error.message && error.offset <= size);
    EXPECT(status == FOVEA_OK || status == FOVEA_ERROR_JPEG);
    EXPECT(info->quality >= 0 && info->quality <= 100 && info->chroma_quality >= 0 && info->chroma_quality <= 100);
    EXPECT(info->width >= 0 && info->width <= 65535 && info->height >= 0 && info->height <= 65535);
    EXPECT(info->components >= 0 && info->components <= 255 && info->depth >= 0 && info->depth <= 255);
    EXPECT(info->chroma_x >= 0 && info->chroma_x <= 4 && info->chroma_y >= 0 && info->chroma_y <= 4);
    EXPECT(!status || (!info->whole && !info->width && !info->components && !info->quality));
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fovea_jpeg whole, part;
    const fovea_status status = read_checked(data, size, &whole);
    /* An exact copy, so that the address sanitizer sees one byte too many. */
    const size_t less = size / 2;
    uint8_t *copy = malloc(less ? less : 1);
    if (!copy) return 0;
    if (less) memcpy(copy, data, less);
    const fovea_status before = read_checked(copy, less, &part);
    if (!status && part.components) EXPECT(part.width == whole.width && part.components == whole.components);
    if (!before && part.whole) EXPECT(!status && !memcmp(&part, &whole, sizeof part));
    const int32_t quality = fovea_webp_quality(copy, less);
    EXPECT(quality >= 0 && quality <= 100);
    free(copy);
    return 0;
}
