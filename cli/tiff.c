/* SPDX-License-Identifier: MIT
 *
 * A directory is a count and as many entries in the order of their tags: tag, type, count, value. TIFF has 2 bytes for the
 * directory's count and 4 for counts and values, BigTIFF 8 for each. */
#define _GNU_SOURCE 1
#include "tiff.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define MOST_ENTRIES 4096 /* a directory has dozens; the count may be anything */

struct tiff {
    int fd;
    bool high_first; /* of the bytes of a number */
    int wide;        /* bytes of a value */
};

static uint64_t number_at(const struct tiff *tiff, const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)p[i] << 8 * (tiff->high_first ? bytes - 1 - i : i);
    return value;
}

/* The number of so many bytes at a place of the file. */
static bool read_number(const struct tiff *tiff, uint64_t at, int bytes, uint64_t *value)
{
    unsigned char p[8];
    if (at > INT64_MAX || pread(tiff->fd, p, (size_t)bytes, (off_t)at) != bytes) return false;
    *value = number_at(tiff, p, bytes);
    return true;
}

/* The first directory's place and the number of its entries, which follow it. */
static bool find_directory(struct tiff *tiff, const unsigned char head[16], uint64_t *at, uint64_t *count)
{
    tiff->high_first = head[0] == 'M';
    const uint64_t version = number_at(tiff, head + 2, 2);
    tiff->wide = version == 43 ? 8 : 4;
    *at = number_at(tiff, head + tiff->wide, tiff->wide);
    const int counted = version == 43 ? 8 : 2;
    if ((version != 42 && version != 43) || !read_number(tiff, *at, counted, count)) return false;
    *at += (uint64_t)counted;
    return true;
}

static int look_at_entries(const struct tiff *tiff, uint64_t at, uint64_t count)
{
    enum { MAKE = 271, MODEL = 272, DATE = 306, ARTIST = 315, COPYRIGHT = 33432, EXIF = 34665, GPS = 34853 };
    enum { KIND = 254, PARTS = 330, DNG_VERSION = 50706 };
    const size_t size = (size_t)(4 + 2 * tiff->wide);
    unsigned char entry[20];
    bool small = false;
    int told = 0;
    count = count < MOST_ENTRIES ? count : MOST_ENTRIES;
    for (; count > 0 && at <= INT64_MAX && pread(tiff->fd, entry, size, (off_t)at) == (ssize_t)size; count--, at += size)
        switch (number_at(tiff, entry, 2)) {
        case MAKE:
        case MODEL:
        case DATE:
        case ARTIST:
        case COPYRIGHT:
        case EXIF:
        case GPS: told |= TIFF_CAMERA; break;
        case DNG_VERSION: told |= TIFF_RAW; break;
        case KIND: small = number_at(tiff, entry + 4 + tiff->wide, 4) & 1; break;
        case PARTS: told |= small ? TIFF_RAW : 0; break;
        default: break;
        }
    return told;
}

int tiff_look(int fd)
{
    struct tiff tiff = {.fd = fd};
    unsigned char head[16] = {0};
    uint64_t at, count;
    if (pread(fd, head, sizeof head, 0) < 12 || !find_directory(&tiff, head, &at, &count)) return 0;
    const bool canon = at == 16 + 2 && !memcmp(head + 8, "CR\2", 4); /* CR2 */
    return look_at_entries(&tiff, at, count) | (canon ? TIFF_RAW : 0);
}
