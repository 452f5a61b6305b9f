/* SPDX-License-Identifier: MIT
 *
 * ICC.1:2010, 7.3 and 10.13; the older "desc" type of ICC.1:2001, 6.5.17. The bytes are a stranger's: each offset is
 * compared with what is there before it is followed. */
#include "profile.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HEADER 128
#define MOST_TAGS 100

static uint32_t four(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Every step-th byte from p on, as far as it is printable. */
static void copy(const unsigned char *p, size_t count, size_t step, char *name, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < count && used + 1 < room; i += step) {
        const unsigned char c = p[i + step - 1];
        if (!c) break;
        name[used++] = c >= ' ' && c < 127 && (step == 1 || !p[i]) ? (char)c : '?';
    }
    if (used) name[used] = 0;
}

static void read_name(const unsigned char *tag, size_t size, char *name, size_t room)
{
    if (size >= 12 && !memcmp(tag, "desc", 4)) {
        const uint32_t count = four(tag + 8);
        copy(tag + 12, count < size - 12 ? count : size - 12, 1, name, room);
    } else if (size >= 28 && !memcmp(tag, "mluc", 4) && four(tag + 8) > 0) {
        const uint32_t length = four(tag + 20), offset = four(tag + 24); /* of the first language, UTF-16 */
        if (offset <= size && length <= size - offset) copy(tag + offset, length & ~1u, 2, name, room);
    }
}

void profile_name(const unsigned char *bytes, size_t size, char *name, size_t room)
{
    snprintf(name, room, "unnamed");
    if (size < HEADER + 4) return;
    uint32_t count = four(bytes + HEADER);
    if (count > MOST_TAGS) count = MOST_TAGS;
    for (uint32_t i = 0; i < count && HEADER + 4 + 12 * ((size_t)i + 1) <= size; i++) {
        const unsigned char *entry = bytes + HEADER + 4 + 12 * (size_t)i;
        const uint32_t offset = four(entry + 4), length = four(entry + 8);
        if (memcmp(entry, "desc", 4) || offset > size || length > size - offset) continue;
        read_name(bytes + offset, length, name, room);
        return;
    }
}
