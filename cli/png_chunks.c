/* SPDX-License-Identifier: MIT
 *
 * PNG, third edition (W3C 2025): a chunk is its length, four letters, that many bytes, and a CRC of letters and bytes. */
#define _GNU_SOURCE 1
#include "png_chunks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_BYTES ((size_t)16 << 20)
#define MOST_CHUNKS (1 << 20)

enum kind {
    OTHER,
    PROFILE,
    COLOURS,
    TEXT,
};

static const struct {
    char name[5];
    enum kind kind;
} known[] = {{"iCCP", PROFILE}, {"cICP", COLOURS}, {"sRGB", COLOURS}, {"gAMA", COLOURS}, {"cHRM", COLOURS},
             {"mDCV", COLOURS}, {"cLLI", COLOURS}, {"tEXt", TEXT},    {"zTXt", TEXT},    {"iTXt", TEXT}};

enum { KNOWN = sizeof known / sizeof *known };

/* Texts that programs write about themselves. */
static const char *const dull[] = {"Software", "date:create", "date:modify", "date:timestamp"};

/* A walk over the file, once for the colours, once for the texts. */
struct walk {
    int fd;
    enum kind wanted;
    unsigned seen; /* bits 1 << index of known: of colours the first counts */
    struct png_chunks *out;
};

static uint32_t number(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t crc32(const unsigned char *p, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
    }
    return ~crc;
}

static bool read_all(int fd, void *bytes, size_t size, off_t at)
{
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(fd, (char *)bytes + done, size - done, at + (off_t)done);
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

/* The text's key is `key`; a key ends with a zero. */
static bool has_key(const unsigned char *body, size_t length, const char *key)
{
    const size_t size = strlen(key) + 1;
    return length >= size && !memcmp(body, key, size);
}

static bool is_dull(const unsigned char *body, size_t length)
{
    for (size_t i = 0; i < sizeof dull / sizeof *dull; i++)
        if (has_key(body, length, dull[i])) return true;
    return false;
}

/* Whether this chunk says what every sRGB picture's would. */
static bool is_srgb(const char *name, const unsigned char *body, size_t length)
{
    static const uint32_t primaries[8] = {31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000};
    if (!strcmp(name, "gAMA")) return length == 4 && labs((long)number(body) - 45455) <= 100;
    if (!strcmp(name, "cICP")) return length == 4 && body[0] == 1 && body[1] == 13 && body[3] == 1;
    if (strcmp(name, "cHRM")) return true; /* the others only explain */
    for (size_t i = 0; i < 8; i++)
        if (length != 32 || labs((long)number(body + 4 * i) - (long)primaries[i]) > 100) return false;
    return true;
}

/* Takes the chunk at `at` along, if it is whole and there is room. */
static void take(struct walk *w, int index, off_t at, size_t length)
{
    struct png_chunks *out = w->out;
    if (length > MOST_BYTES || length + 12 > MOST_BYTES - out->size) return;
    const size_t size = length + 12;
    unsigned char *bytes = realloc(out->bytes, out->size + size);
    if (!bytes) return;
    unsigned char *chunk = bytes + out->size, *body = chunk + 8;
    out->bytes = bytes;
    if (!read_all(w->fd, chunk, size, at) || crc32(chunk + 4, length + 4) != number(body + length)) return;
    if (w->wanted == TEXT && has_key(body, length, "XML:com.adobe.xmp")) return; /* libvips knows it */
    out->text |= w->wanted == TEXT && !is_dull(body, length);
    out->colours |= w->wanted == COLOURS && !is_srgb(known[index].name, body, length);
    w->seen |= 1u << index;
    out->size += size;
}

static int find(const unsigned char *name)
{
    for (int i = 0; i < KNOWN; i++)
        if (!memcmp(known[i].name, name, 4)) return i;
    return -1;
}

static void walk(struct walk *w)
{
    unsigned char head[8];
    off_t at = 8;
    for (int i = 0; i < MOST_CHUNKS && read_all(w->fd, head, sizeof head, at) && memcmp(head + 4, "IEND", 4); i++) {
        const size_t length = number(head);
        const int index = find(head + 4);
        const enum kind kind = index < 0 ? OTHER : known[index].kind;
        if (kind == PROFILE) w->seen |= 1u << index;
        if (kind == w->wanted && (kind == TEXT || !(w->seen & 1u << index))) take(w, index, at, length);
        if (w->wanted == COLOURS && !memcmp(head + 4, "IDAT", 4)) return; /* they stand before the pixels */
        at += (off_t)length + 12;
    }
}

static bool saw(const struct walk *w, const char *name) { return w->seen & 1u << find((const unsigned char *)name); }

void png_chunks_read(int fd, struct png_chunks *chunks)
{
    unsigned char signature[8];
    *chunks = (struct png_chunks){NULL, 0, false, false};
    if (!read_all(fd, signature, sizeof signature, 0) || memcmp(signature, "\x89PNG\r\n\x1a\n", 8)) return;
    struct walk w = {.fd = fd, .wanted = COLOURS, .out = chunks};
    walk(&w);
    /* In order of rank: cICP, the profile, sRGB, the rest. */
    if (!saw(&w, "cICP") && (saw(&w, "iCCP") || saw(&w, "sRGB"))) chunks->colours = false;
    w.wanted = TEXT;
    walk(&w);
}
