/* SPDX-License-Identifier: MIT
 *
 * Pictures of golden/: Netpbm, P5, P6 and P7 with 8 or 16 bits. */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "picture.h"

static inline int header_value(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    return at ? atoi(at + strlen(key)) : 0;
}

/* Returns the offset of the pixels, 0 if it is no such file. */
static inline size_t read_header(const net_bytes *n, picture *p, int *channels, int *maxval)
{
    char header[256] = {0};
    memcpy(header, n->bytes, n->size < 255 ? n->size : 255);
    if (header[0] == 'P' && header[1] == '7') {
        const char *end = strstr(header, "ENDHDR\n");
        p->w = header_value(header, "WIDTH ");
        p->h = header_value(header, "HEIGHT ");
        *channels = header_value(header, "DEPTH ");
        *maxval = header_value(header, "MAXVAL ");
        return end ? (size_t)(end - header) + 7 : 0;
    }
    int used = 0;
    *channels = header[1] == '5' ? 1 : 3;
    return sscanf(header + 2, "%d %d %d%n", &p->w, &p->h, maxval, &used) == 3 ? (size_t)used + 3 : 0;
}

static inline picture read_picture(const char *path)
{
    picture p = {0};
    net_bytes n = net_read(path);
    int channels = 0, maxval = 0;
    const size_t start = n.bytes ? read_header(&n, &p, &channels, &maxval) : 0;
    const size_t sample = maxval > 255 ? 2 : 1;
    p.stride = (size_t)p.w * (size_t)channels * sample;
    const size_t size = p.stride * (size_t)p.h;
    if (!TAP_CHECK(start && n.size == start + size, "%s is not a picture", path)) exit(tap_done("golden"));
    p.format = (fovea_format)(channels + (sample == 2 ? 16 : 0));
    p.pixels = malloc(size);
    for (size_t i = 0; i < size; i++) /* Netpbm's 16 bits come high byte first */
        p.pixels[i] = n.bytes[start + (sample == 2 ? i ^ 1 : i)];
    free(n.bytes);
    return p;
}

/* FOLDER/STEM.WHAT.* into *path; 0 if there is none. */
static inline int golden_find(const char *folder, const char *stem, const char *what, char path[4096])
{
    static const char *const ends[] = {"ppm", "pgm", "pam"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, 4096, "%s/%s.%s.%s", folder, stem, what, ends[i]);
        FILE *f = fopen(path, "rb");
        if (!f) continue;
        fclose(f);
        return 1;
    }
    return 0;
}

/* The same picture read; its rows have no padding. */
static inline picture golden_read(const char *folder, const char *stem, const char *what)
{
    char path[4096];
    if (!TAP_CHECK(golden_find(folder, stem, what, path), "%s has no %s picture", stem, what)) exit(tap_done("golden"));
    return read_picture(path);
}

#endif
