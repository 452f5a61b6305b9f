/* SPDX-License-Identifier: MIT
 *
 * libFuzzer target for what the command itself reads of a picture's file beside the pixels: the first bytes and PNG's
 * chunks, a TIFF's directory, a PNM's head, the profile's name, XMP and IPTC. What comes out must be text of one line, or stay within its bounds. */
#define _GNU_SOURCE 1
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "metadata.h"
#include "png_chunks.h"
#include "pnm.h"
#include "profile.h"
#include "tiff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(cond) \
    do { \
        if (!(cond)) { \
            dprintf(2, "fuzz_metadata: line %d: %s\n", __LINE__, #cond); \
            abort(); \
        } \
    } while (0)

static void check_file(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    EXPECT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    const enum format format = format_of_file(fd);
    EXPECT(format >= FORMAT_UNKNOWN && format_about(format)->name);
    format_is_animated_png(fd);
    tiff_look(fd);
    const int white = pnm_white(fd);
    EXPECT(white >= 0 && white <= 65535);
    format_is_lossless_webp(fd);
    struct png_chunks chunks;
    png_chunks_read(fd, &chunks);
    EXPECT(chunks.size <= size && (chunks.bytes || !chunks.size));
    free(chunks.bytes);
    EXPECT(lseek(fd, 0, SEEK_CUR) == (off_t)size);
    close(fd);
}

static void check_exif(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    EXPECT(copy);
    memcpy(copy, data, size);
    metadata_drop_thumbnail(copy, size);
    free(copy);
}

static void check_profile(const uint8_t *data, size_t size)
{
    char name[64];
    profile_name(data, size, name, sizeof name);
    const size_t length = strnlen(name, sizeof name);
    EXPECT(length > 0 && length < sizeof name);
    for (size_t i = 0; i < length; i++) EXPECT(name[i] >= ' ' && name[i] <= '~');
}

static void check_xmp(const uint8_t *data, size_t size)
{
    size_t fixed_size, again_size;
    char *fixed = metadata_fix_xmp((const char *)data, size, 4321, 1234, &fixed_size);
    EXPECT(fixed && fixed_size <= 4 * size);
    const bool previews = size && memmem(data, size, "Thumbnails>", 11); /* around one cut out another may come together */
    char *again = metadata_fix_xmp(fixed, fixed_size, 4321, 1234, &again_size); /* what is right stays so */
    EXPECT(again && (previews || (again_size == fixed_size && !memcmp(again, fixed, fixed_size))));
    free(again);
    free(fixed);
}

static void check_iptc(const uint8_t *data, size_t size)
{
    static const enum format formats[] = {FORMAT_JPEG, FORMAT_TIFF};
    for (size_t i = 0; i < 2; i++) {
        size_t fixed_size = 0;
        unsigned char *fixed = metadata_fix_iptc(data, size, formats[i], &fixed_size);
        EXPECT(!fixed || (fixed_size > 0 && fixed_size <= 4 * size + 32));
        for (size_t at = 0; fixed && at < fixed_size; at++) { /* all of it is ours to read */
            static volatile unsigned char last;
            last = fixed[at];
            (void)last;
        }
        free(fixed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_file(data, size);
    check_exif(data, size);
    check_profile(data, size);
    check_xmp(data, size);
    check_iptc(data, size);
    return 0;
}
