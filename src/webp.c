/* SPDX-License-Identifier: MIT
 *
 * How coarsely a lossy WebP file was coded, out of the head of its VP8 frame (RFC 6386, sections 7, 9.1 to 9.6 and 19.2).
 * Every read is checked; behind the end there are zeros, as the decoder has them. */
#include "base.h"

enum { SEGMENTS = 4, FRAME_HEAD = 10, COARSEST = 127 };

/* The boolean decoder, as far as all chances are one half. */
typedef struct reader {
    const uint8_t *at, *end;
    uint32_t value, range;
    int count;
} reader;

static uint32_t next_byte(reader *r) { return r->at < r->end ? *r->at++ : 0; }

static reader reader_of(const uint8_t *bytes, size_t size)
{
    reader r = {.at = bytes, .end = bytes + size, .range = 255};
    r.value = next_byte(&r) << 8;
    r.value |= next_byte(&r);
    return r;
}

static int read_bit(reader *r)
{
    const uint32_t split = 1 + (r->range - 1) * 128 / 256;
    const int bit = r->value >= split << 8;
    r->value -= bit ? split << 8 : 0;
    r->range = bit ? r->range - split : split;
    for (; r->range < 128; r->range <<= 1) {
        r->value <<= 1;
        if (++r->count < 8) continue;
        r->count = 0;
        r->value |= next_byte(r);
    }
    return bit;
}

static int read_number(reader *r, int bits)
{
    int v = 0;
    while (bits-- > 0) v = 2 * v + read_bit(r);
    return v;
}

/* 0 where it is not there. */
static int read_optional(reader *r, int bits)
{
    if (!read_bit(r)) return 0;
    const int v = read_number(r, bits);
    return read_bit(r) ? -v : v;
}

/* Sum of the quantisers of the segments, absolute or, where *relative is set, against the frame's. */
static int read_segments(reader *r, bool *relative)
{
    const int has_map = read_bit(r), has_data = read_bit(r);
    int sum = 0;
    if (has_data) {
        *relative = !read_bit(r);
        for (int i = 0; i < SEGMENTS; i++) sum += read_optional(r, 7);
        for (int i = 0; i < SEGMENTS; i++) read_optional(r, 6); /* the filter's strength */
    }
    for (int i = 0; has_map && i < SEGMENTS - 1; i++)
        if (read_bit(r)) read_number(r, 8);
    return sum;
}

static void skip_filter(reader *r)
{
    read_number(r, 1 + 6 + 3);
    if (!read_bit(r) || !read_bit(r)) return;
    for (int i = 0; i < 8; i++) read_optional(r, 6);
}

/* The mean quantiser of a key frame, SEGMENTS times, 0 .. SEGMENTS * 127; -1: it is none. */
static int read_frame(const uint8_t *p, size_t size)
{
    if (size <= FRAME_HEAD || p[0] & 1 || p[3] != 0x9d || p[4] != 0x01 || p[5] != 0x2a) return -1;
    reader r = reader_of(p + FRAME_HEAD, size - FRAME_HEAD);
    bool relative = true;
    read_number(&r, 2); /* colour space and clamping */
    int sum = read_bit(&r) ? read_segments(&r, &relative) : 0;
    skip_filter(&r);
    read_number(&r, 2); /* partitions */
    const int base = read_number(&r, 7);
    if (relative) sum += SEGMENTS * base;
    return fv_clamp(sum, 0, SEGMENTS * COARSEST);
}

/* What libwebp (QualityToCompression in its quant_enc.c) would have to be asked for. */
static int quality_of(int quantisers)
{
    const double fine = 1 - (double)quantisers / (SEGMENTS * COARSEST), linear = fine * fine * fine;
    return fv_clamp((int)(100 * (linear < 0.5 ? linear * 1.5 : (linear + 1) / 2) + 0.5), 1, 100);
}

static uint32_t size_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool is(const uint8_t *p, const char *name)
{
    return p[0] == name[0] && p[1] == name[1] && p[2] == name[2] && p[3] == name[3];
}

int32_t fovea_webp_quality(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    if (!p || size < 12 || !is(p, "RIFF") || !is(p + 8, "WEBP")) return 0;
    for (size_t at = 12; size - at >= 8;) {
        const size_t length = size_at(p + at + 4), left = size - at - 8;
        if (is(p + at, "VP8 ")) {
            const int quantisers = read_frame(p + at + 8, length < left ? length : left);
            return quantisers < 0 ? 0 : quality_of(quantisers);
        }
        if (length >= left) return 0;
        at += 8 + length + (length & 1);
    }
    return 0;
}
