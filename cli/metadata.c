/* SPDX-License-Identifier: MIT
 *
 * XMP is XML, but a property is only ever written in two ways, NAME="value" and <NAME>value</NAME>, and the ones that
 * matter here hold a number: so they are found as text. What looks different is left as it is. */
#define _GNU_SOURCE 1
#include "metadata.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number that text holds as the value of a property whose name ends there, and its length; 0: it is none. */
static size_t value_at(const char *text, size_t room, const char **value)
{
    size_t skip = room >= 2 && text[0] == '=' && (text[1] == '"' || text[1] == '\'') ? 2 : room && text[0] == '>' ? 1 : 0;
    size_t length = 0;
    *value = text + skip;
    while (skip && skip + length < room && text[skip + length] >= '0' && text[skip + length] <= '9') length++;
    return length;
}

/* The length of an element of previews that begins here; 0: none does. ends: of which kinds there may be another end. */
static size_t previews_at(const char *text, size_t room, bool ends[2])
{
    static const char *const tags[2][2] = {{"<xmp:Thumbnails>", "</xmp:Thumbnails>"},
                                           {"<xap:Thumbnails>", "</xap:Thumbnails>"}};
    for (int i = 0; i < 2; i++) {
        const size_t begin = strlen(tags[i][0]), end = strlen(tags[i][1]);
        if (!ends[i] || room < begin || memcmp(text, tags[i][0], begin)) continue;
        const char *found = memmem(text, room, tags[i][1], end);
        if (found) return (size_t)(found - text) + end;
        ends[i] = false;
    }
    return 0;
}

char *metadata_fix_xmp(const char *xmp, size_t size, int32_t width, int32_t height, size_t *fixed_size)
{
    const struct {
        const char *name;
        int32_t value;
    } facts[] = {
        {"tiff:Orientation", 1},         {"tiff:ImageWidth", width},       {"tiff:ImageLength", height},
        {"exif:PixelXDimension", width}, {"exif:PixelYDimension", height},
    };
    char *fixed = NULL;
    bool ends[2] = {true, true};
    FILE *out = open_memstream(&fixed, fixed_size);
    for (size_t at = 0; out && at < size;) {
        size_t length = 0, step = 1;
        const char *value;
        const size_t previews = previews_at(xmp + at, size - at, ends);
        if (previews) {
            at += previews;
            continue;
        }
        for (size_t i = 0; i < sizeof facts / sizeof *facts && !length; i++) {
            size_t name = strlen(facts[i].name);
            if (size - at < name || memcmp(xmp + at, facts[i].name, name)) continue;
            length = value_at(xmp + at + name, size - at - name, &value);
            if (!length) continue;
            fwrite(xmp + at, 1, (size_t)(value - (xmp + at)), out);
            fprintf(out, "%d", facts[i].value);
            step = (size_t)(value - (xmp + at)) + length;
        }
        if (!length) putc(xmp[at], out);
        at += step;
    }
    if (out && fclose(out)) {
        free(fixed);
        fixed = NULL;
    }
    return fixed;
}

/* ---- IPTC -------------------------------------------------------------------------------------------------- */

static const unsigned char photoshop[] = "Photoshop 3.0"; /* with its terminating zero */
#define PHOTOSHOP_IPTC 0x0404
static const unsigned char iptc_block[] = {'8', 'B', 'I', 'M', PHOTOSHOP_IPTC >> 8, PHOTOSHOP_IPTC & 0xff, 0, 0};

static size_t be32(const unsigned char *at) { return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]; }

/* One of Photoshop's blocks: "8BIM", its number, a Pascal string, the length of its data, and these; the string and they are
 * padded to even lengths. */
struct block {
    unsigned number;
    size_t data, size, next; /* places and a length among all blocks */
};

static bool block_at(const unsigned char *blocks, size_t size, size_t at, struct block *block)
{
    if (at > size || size - at < 12 || memcmp(blocks + at, "8BIM", 4)) return false;
    block->number = (unsigned)blocks[at + 4] << 8 | blocks[at + 5];
    block->data = at + 6 + ((blocks[at + 6] + 2u) & ~1u) + 4;
    if (block->data > size || be32(blocks + block->data - 4) > size - block->data) return false;
    block->size = be32(blocks + block->data - 4);
    block->next = block->data + ((block->size + 1) & ~(size_t)1);
    return true;
}

/* The bare record among Photoshop's blocks. */
static const unsigned char *find_iptc(const unsigned char *blocks, size_t size, size_t *found_size)
{
    struct block block;
    for (size_t at = sizeof photoshop; block_at(blocks, size, at, &block); at = block.next) {
        *found_size = block.size;
        if (block.number == PHOTOSHOP_IPTC) return blocks + block.data;
    }
    return NULL;
}

/* All but the thumbnails of what was. NULL: there are none. */
static unsigned char *without_thumbnails(const unsigned char *blocks, size_t size, size_t *fixed_size)
{
    enum { OLD = 1033, NEW = 1036 };
    struct block block;
    unsigned char *fixed = malloc(size);
    size_t at = sizeof photoshop, kept = at;
    if (!fixed) return NULL;
    memcpy(fixed, blocks, kept);
    for (; block_at(blocks, size, at, &block); at = block.next) {
        const size_t end = block.next < size ? block.next : size;
        if (block.number == OLD || block.number == NEW) continue;
        memcpy(fixed + kept, blocks + at, end - at);
        kept += end - at;
    }
    if (at < size) {
        memcpy(fixed + kept, blocks + at, size - at);
        kept += size - at;
    }
    *fixed_size = kept;
    if (kept < size) return fixed;
    free(fixed);
    return NULL;
}

/* The length of the datasets of a bare record: what a TIFF holds can be longer. */
static size_t iptc_length(const unsigned char *iptc, size_t size)
{
    size_t at = 0;
    while (size - at >= 5 && iptc[at] == 0x1c) {
        size_t length = (size_t)iptc[at + 3] << 8 | iptc[at + 4];
        if (length & 0x8000 || length > size - at - 5) break;
        at += 5 + length;
    }
    return at;
}

/* For a TIFF: libvips counts four bytes where libtiff since 4.5 counts one, so three quarters would be lost. */
static unsigned char *stretch(const unsigned char *iptc, size_t size, size_t *fixed_size)
{
    unsigned char *fixed = calloc(size, 4);
    *fixed_size = size * 4;
    return fixed ? memcpy(fixed, iptc, size) : NULL;
}

static unsigned char *wrap(const unsigned char *iptc, size_t size, size_t *fixed_size)
{
    unsigned char *fixed = calloc(1, sizeof photoshop + sizeof iptc_block + 4 + size + 1), *at = fixed;
    if (!fixed) return NULL;
    at = (unsigned char *)mempcpy(at, photoshop, sizeof photoshop);
    at = (unsigned char *)mempcpy(at, iptc_block, sizeof iptc_block);
    for (int shift = 24; shift >= 0; shift -= 8) *at++ = (unsigned char)(size >> shift);
    memcpy(at, iptc, size);
    *fixed_size = (size_t)(at - fixed) + ((size + 1) & ~(size_t)1);
    return fixed;
}

unsigned char *metadata_fix_iptc(const unsigned char *iptc, size_t size, enum format format, size_t *fixed_size)
{
    bool wrapped = size >= sizeof photoshop && !memcmp(iptc, photoshop, sizeof photoshop);
    if (wrapped && format == FORMAT_JPEG) return without_thumbnails(iptc, size, fixed_size);
    size_t bare_size = wrapped ? 0 : iptc_length(iptc, size);
    const unsigned char *bare = wrapped ? find_iptc(iptc, size, &bare_size) : iptc;
    if (!bare || !bare_size) return NULL;
    return format == FORMAT_JPEG ? wrap(bare, bare_size, fixed_size) : stretch(bare, bare_size, fixed_size);
}

/* ---- EXIF -------------------------------------------------------------------------------------------------- */

/* A block in memory; what lies beyond its end is 0. */
struct exif {
    unsigned char *bytes; /* from the TIFF header on, which offsets count from */
    size_t size;
};

static uint32_t number_at(const struct exif *exif, size_t at, int bytes)
{
    uint32_t value = 0;
    if (at > exif->size || exif->size - at < (size_t)bytes) return 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint32_t)exif->bytes[at + (size_t)i] << 8 * (exif->bytes[0] == 'M' ? bytes - 1 - i : i);
    return value;
}

static void wipe(const struct exif *exif, size_t at, size_t count)
{
    if (at > 0 && at < exif->size) memset(exif->bytes + at, 0, count < exif->size - at ? count : exif->size - at);
}

/* The directory's one number of a tag, 0 if it has none or several. */
static uint32_t find_tag(const struct exif *exif, size_t directory, uint32_t tag)
{
    enum { SHORT = 3 };
    for (size_t left = number_at(exif, directory, 2), at = directory + 2; left > 0; left--, at += 12)
        if (number_at(exif, at, 2) == tag)
            return number_at(exif, at + 4, 4) != 1 ? 0 : number_at(exif, at + 8, number_at(exif, at + 2, 2) == SHORT ? 2 : 4);
    return 0;
}

/* EXIF 2.3, 4.5: the second directory describes the thumbnail, a JPEG file, or pixels in one strip (of several nothing leads
 * there any more, and libvips writes only what something leads to). */
void metadata_drop_thumbnail(unsigned char *exif, size_t size)
{
    enum { JPEG = 0x0201, JPEG_BYTES = 0x0202, STRIP = 0x0111, STRIP_BYTES = 0x0117 };
    const size_t head = size >= 6 && !memcmp(exif, "Exif\0", 6) ? 6 : 0;
    const struct exif block = {exif + head, size - head};
    const size_t first = number_at(&block, 4, 4), link = first + 2 + 12 * (size_t)number_at(&block, first, 2);
    const size_t second = number_at(&block, link, 4);
    if (!first || !second) return;
    wipe(&block, find_tag(&block, second, JPEG), find_tag(&block, second, JPEG_BYTES));
    wipe(&block, find_tag(&block, second, STRIP), find_tag(&block, second, STRIP_BYTES));
    wipe(&block, second, 2 + 12 * (size_t)number_at(&block, second, 2));
    wipe(&block, link, 4);
}
