/* SPDX-License-Identifier: MIT
 *
 * Heads of JPEG files: made here, good and bad, and real ones out of tests/files. */
#include <stdbool.h>
#include <string.h>

#include "tap.h"

#include "fovea.h"

/* The tables of T.81, K.1, in rows: the order that the standard prints, not that of the file. */
static const int printed[2][64] = {
    {16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
     69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
     81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99},
    {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
     99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
     99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99},
};

typedef struct head {
    uint8_t bytes[4096];
    size_t size;
} head;

static void put(head *h, const void *bytes, size_t size)
{
    memcpy(h->bytes + h->size, bytes, size);
    h->size += size;
}

static void put_byte(head *h, int byte) { put(h, &(uint8_t){(uint8_t)byte}, 1); }

static void put_segment(head *h, int marker, int payload)
{
    put_byte(h, 0xFF);
    put_byte(h, marker);
    put_byte(h, (payload + 2) >> 8);
    put_byte(h, (payload + 2) & 255);
}

/* A table in the order of the file: along the diagonals, up and down in turn. */
static void put_table(head *h, int id, const int *rows, bool deep)
{
    put_segment(h, 0xDB, deep ? 129 : 65);
    put_byte(h, id | (deep ? 16 : 0));
    for (int diagonal = 0; diagonal < 15; diagonal++)
        for (int k = 0; k < 8; k++) {
            const int y = diagonal % 2 ? k : diagonal - k, x = diagonal - y;
            if (x < 0 || x > 7 || y < 0 || y > 7) continue;
            if (deep) put_byte(h, rows[8 * y + x] >> 8);
            put_byte(h, rows[8 * y + x] & 255);
        }
}

/* libjpeg's rule: doc "cjpeg -quality". */
static void scale(const int *base, int quality, int most, int *rows)
{
    const int percent = quality < 50 ? 5000 / quality : 200 - quality * 2;
    for (int i = 0; i < 64; i++) {
        const int v = (base[i] * percent + 50) / 100;
        rows[i] = v < 1 ? 1 : v > most ? most : v;
    }
}

static void put_frame(head *h, int marker, int components, int sampling)
{
    put_segment(h, marker, 6 + 3 * components);
    put(h, (const uint8_t[]){8, 0, 100, 1, 44, (uint8_t)components}, 6);
    for (int i = 0; i < components; i++) {
        put_byte(h, i + 1);
        put_byte(h, i ? 0x11 : sampling);
        put_byte(h, i > 0);
    }
}

static head make(int quality, int most, int marker, int components, int sampling)
{
    head h = {.size = 0};
    int rows[64];
    put(&h, (const uint8_t[]){0xFF, 0xD8}, 2);
    put_segment(&h, 0xE0, 5);
    put(&h, "JFIF", 5);
    for (int kind = 0; kind < 2; kind++) {
        scale(printed[kind], quality, most, rows);
        put_table(&h, kind, rows, most > 255);
    }
    put_frame(&h, marker, components, sampling);
    put(&h, (const uint8_t[]){0xFF, 0xDA, 0, 8}, 4);
    return h;
}

static fovea_jpeg info_of(const head *h, size_t size, fovea_status *status)
{
    fovea_jpeg info = {.struct_size = sizeof info};
    fovea_error error;
    *status = fovea_jpeg_read(h->bytes, size, &info, &error);
    TAP_CHECK(error.status == *status && error.message && error.offset <= size, "the error is not filled");
    return info;
}

static void test_qualities(void)
{
    for (int most = 255; most <= 32767; most += 32512)
        for (int q = 1; q <= 100; q++) {
            const head h = make(q, most, 0xC0, 3, 0x22);
            fovea_status status;
            const fovea_jpeg info = info_of(&h, h.size, &status);
            TAP_CHECK(!status && info.quality == q && info.chroma_quality == q && info.exact == 1, "quality %d: told %d, %d", q,
                      info.quality, info.chroma_quality);
        }
}

/* Tables that libjpeg never makes: each entry a little off, or the luma table in the place of both. */
static void test_near_tables(void)
{
    for (int q = 10; q <= 95; q += 5) {
        head h = {.size = 0};
        int rows[64];
        put(&h, (const uint8_t[]){0xFF, 0xD8}, 2);
        scale(printed[0], q, 255, rows);
        for (int i = 0; i < 64; i++) {
            const int off = 1 + rows[i] / 12;
            rows[i] += i % 3 == 1 && rows[i] + off < 256 ? off : i % 3 == 2 && rows[i] > 2 ? -off : 0;
        }
        put_table(&h, 0, rows, false);
        put_table(&h, 1, rows, false);
        put_frame(&h, 0xC0, 3, 0x21);
        put(&h, (const uint8_t[]){0xFF, 0xDA}, 2);
        fovea_status status;
        const fovea_jpeg info = info_of(&h, h.size, &status);
        TAP_CHECK(!status && abs(info.quality - q) <= 3 && abs(info.chroma_quality - q) <= 3 && !info.exact,
                  "near quality %d: told %d and %d, exact %d", q, info.quality, info.chroma_quality, info.exact);
    }
}

static void test_frames(void)
{
    static const struct {
        int marker, components, sampling, x, y, progressive, lossless;
    } cases[] = {
        {0xC0, 3, 0x22, 2, 2, 0, 0}, {0xC0, 3, 0x21, 2, 1, 0, 0}, {0xC2, 3, 0x12, 1, 2, 1, 0}, {0xC1, 3, 0x41, 4, 1, 0, 0},
        {0xC0, 1, 0x22, 1, 1, 0, 0}, {0xC2, 3, 0x11, 1, 1, 1, 0}, {0xC3, 3, 0x11, 1, 1, 0, 1}, {0xCA, 4, 0x11, 1, 1, 1, 0},
        {0xC5, 3, 0x11, 1, 1, 0, 0}, {0xC7, 3, 0x11, 1, 1, 0, 1}, {0xCD, 3, 0x11, 1, 1, 0, 0}, {0xCF, 3, 0x11, 1, 1, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const head h = make(80, 255, cases[i].marker, cases[i].components, cases[i].sampling);
        fovea_status status;
        const fovea_jpeg info = info_of(&h, h.size, &status);
        TAP_CHECK(!status && info.whole && info.width == 300 && info.height == 100 && info.depth == 8, "case %zu", i);
        TAP_CHECK(info.components == cases[i].components && info.chroma_x == cases[i].x && info.chroma_y == cases[i].y,
                  "case %zu: %d components, %dx%d", i, info.components, info.chroma_x, info.chroma_y);
        TAP_CHECK(info.progressive == cases[i].progressive && info.lossless == cases[i].lossless, "case %zu", i);
        TAP_CHECK(info.quality == (cases[i].lossless ? 0 : 80), "case %zu: quality %d", i, info.quality);
        TAP_CHECK((info.chroma_quality != 0) == (cases[i].components > 1 && !cases[i].lossless), "case %zu", i);
    }
}

/* These are the only markers from 0xC0 to 0xCF that are no frames. */
static void test_no_frames(void)
{
    for (size_t i = 0; i < 3; i++) {
        const int marker = (const int[]){0xC4, 0xC8, 0xCC}[i];
        const head h = make(80, 255, marker, 3, 0x22);
        fovea_status status;
        info_of(&h, h.size, &status);
        TAP_CHECK(status == FOVEA_ERROR_JPEG, "0x%X was taken for a frame", (unsigned)marker);
    }
}

/* A head cut anywhere is no error: it tells what it holds, and what is behind it is not looked at. */
static void test_prefixes(void)
{
    const head h = make(60, 255, 0xC0, 3, 0x22);
    fovea_status status;
    for (size_t size = 2; size <= h.size; size++) {
        head cut = {.size = size}; /* zeros behind it: no marker */
        memcpy(cut.bytes, h.bytes, size);
        const fovea_jpeg info = info_of(&cut, size, &status);
        TAP_CHECK(!status && info.whole == (size >= h.size - 2), "%zu bytes: status %d, whole %d", size, (int)status,
                  info.whole);
        TAP_CHECK(info.components == (size >= h.size - 4 ? 3 : 0), "%zu bytes: %d components", size, info.components);
        TAP_CHECK(info.quality == (info.components ? 60 : 0), "%zu bytes: quality %d", size, info.quality);
    }
    for (size_t size = 0; size < 2; size++) {
        info_of(&h, size, &status);
        TAP_CHECK(status == FOVEA_ERROR_JPEG, "%zu bytes", size);
    }
}

static void bad(const char *what, head h, size_t at, int byte)
{
    fovea_status status;
    h.bytes[at] = (uint8_t)byte;
    const fovea_jpeg info = info_of(&h, h.size, &status);
    TAP_CHECK(status == FOVEA_ERROR_JPEG && !info.whole && !info.quality && !info.width, "%s: status %d", what, (int)status);
}

static void test_bad(void)
{
    const head h = make(60, 255, 0xC0, 3, 0x22);
    const size_t table = 11, frame = table + 2 * 69; /* their 0xFF */
    bad("no SOI", h, 1, 0xD7);
    bad("no marker", h, table, 0);
    bad("a restart marker", h, table + 1, 0xD0);
    bad("an end before the scan", h, table + 1, 0xD9);
    bad("a marker below all", h, table + 1, 0x02);
    bad("a table of length 0", h, table + 3, 1);
    bad("a table too short", h, table + 3, 60);
    bad("a table too short by a byte", h, table + 3, 66);
    bad("a table's number", h, table + 4, 4);
    bad("a table's depth", h, table + 4, 0x20);
    bad("an 8-bit table said to have 16", h, table + 4, 0x10);
    bad("a zero in a table", h, table + 20, 0);
    bad("a frame too long", h, frame + 3, 18);
    bad("components", h, frame + 9, 4);
    bad("no component", h, frame + 9, 0);
    bad("sampling 0", h, frame + 11, 0x02);
    bad("sampling 5", h, frame + 11, 0x25);
    bad("a table that can't be", h, frame + 12, 9);
    bad("two frames", h, 3, 0xC0);
    head none = {.size = 0};
    put(&none, (const uint8_t[]){0xFF, 0xD8, 0xFF, 0xDA}, 4);
    bad("a scan before any frame", none, 0, 0xFF);
    head wide = h;
    wide.bytes[frame + 7] = wide.bytes[frame + 8] = 0;
    bad("no width", wide, 0, 0xFF);
    fovea_jpeg before = {.struct_size = sizeof before, .width = 7};
    TAP_CHECK(fovea_jpeg_read(NULL, 1, &before, NULL) == FOVEA_ERROR_ARGUMENT && !before.width, "NULL");
    TAP_CHECK(fovea_jpeg_read("x", 1, NULL, NULL) == FOVEA_ERROR_ARGUMENT, "no place for the answer");
}

static void test_short_struct(void)
{
    const head h = make(60, 255, 0xC0, 3, 0x22);
    fovea_jpeg info = {.struct_size = offsetof(fovea_jpeg, components), .components = 77};
    TAP_CHECK(!fovea_jpeg_read(h.bytes, h.size, &info, NULL) && info.width == 300 && info.components == 77, "%d, %d",
              info.width, info.components);
    info = (fovea_jpeg){.struct_size = sizeof info.struct_size, .width = 77};
    TAP_CHECK(!fovea_jpeg_read(h.bytes, h.size, &info, NULL) && info.width == 77, "%d", info.width);
    info.struct_size--;
    TAP_CHECK(fovea_jpeg_read(h.bytes, h.size, &info, NULL) == FOVEA_ERROR_ARGUMENT, "a struct without room for its size");
}

/* One table for all is no chroma table; one that differs in its last step alone is one. */
static void test_shared_table(void)
{
    for (int last = 99; last <= 100; last++) {
        head h = {.size = 0};
        int rows[64];
        put(&h, (const uint8_t[]){0xFF, 0xD8}, 2);
        scale(printed[0], 50, 255, rows);
        put_table(&h, 0, rows, false);
        rows[63] = last;
        put_table(&h, 1, rows, false);
        put_frame(&h, 0xC0, 3, 0x11);
        fovea_status status;
        const fovea_jpeg info = info_of(&h, h.size, &status);
        TAP_CHECK(info.exact == (last == 99), "last step %d: exact %d", last, info.exact);
        TAP_CHECK((info.chroma_quality == 50) == (last == 99), "last step %d: told %d", last, info.chroma_quality);
    }
}

static void test_files(void)
{
    static const struct {
        const char *name;
        int components, progressive;
    } files[] = {{"gray8.jpg", 1, 0},
                 {"progressive.jpg", 3, 1},
                 {"cmyk_noicc.jpg", 4, 0},
                 {"icc_displayp3.jpg", 3, 0},
                 {"photo_smallface_alla.jpg", 3, 1}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        static uint8_t bytes[1 << 18];
        char path[200];
        snprintf(path, sizeof path, "tests/files/%s", files[i].name);
        FILE *file = fopen(path, "rb");
        if (!TAP_CHECK(file != NULL, "%s can't be read", path)) continue;
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        fovea_jpeg info = {.struct_size = sizeof info};
        TAP_CHECK(!fovea_jpeg_read(bytes, size, &info, NULL) && info.whole && info.quality > 0, "%s", path);
        TAP_CHECK(info.components == files[i].components && info.progressive == files[i].progressive,
                  "%s: %d components, progressive %d", path, info.components, info.progressive);
        tap_note("%s: %dx%d, quality %d/%d, exact %d, chroma %dx%d", path, info.width, info.height, info.quality,
                 info.chroma_quality, info.exact, info.chroma_x, info.chroma_y);
    }
}

/* ---- WebP ---- */

/* RFC 6386, section 7.3, for chances of one half. */
typedef struct writer {
    uint8_t bytes[256];
    size_t size;
    uint32_t range, bottom;
    int left;
} writer;

static void carry(writer *w)
{
    size_t at = w->size;
    while (at > 0 && w->bytes[--at] == 255) w->bytes[at] = 0;
    w->bytes[at]++;
}

static void put_bit(writer *w, int bit)
{
    const uint32_t split = 1 + (w->range - 1) * 128 / 256;
    if (bit) {
        if (w->bottom + split < w->bottom) carry(w);
        w->bottom += split;
        w->range -= split;
    } else {
        w->range = split;
    }
    for (; w->range < 128; w->range <<= 1) {
        if (w->bottom >> 31) carry(w);
        w->bottom <<= 1;
        if (--w->left) continue;
        w->bytes[w->size++] = (uint8_t)(w->bottom >> 24);
        w->bottom &= 0xffffff;
        w->left = 8;
    }
}

static void put_number(writer *w, int value, int bits)
{
    while (bits-- > 0) put_bit(w, value >> bits & 1);
}

static void put_optional(writer *w, int value, int bits)
{
    put_bit(w, value != 0);
    if (!value) return;
    put_number(w, value < 0 ? -value : value, bits);
    put_bit(w, value < 0);
}

/* The head of a lossy file. segments: NULL for none, else four quantisers, absolute or against the base. */
static size_t make_webp(uint8_t *file, size_t before, int base, const int *segments, bool absolute, bool filter_deltas)
{
    static const uint8_t start[] = {0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0};
    writer w = {.range = 255, .left = 24};
    put_number(&w, 0, 2);
    put_bit(&w, segments != NULL);
    if (segments) {
        put_number(&w, 3, 2);
        put_bit(&w, absolute);
        for (int i = 0; i < 4; i++) put_optional(&w, segments[i], 7);
        for (int i = 0; i < 4; i++) put_optional(&w, 3 * i, 6);
        for (int i = 0; i < 3; i++) {
            put_bit(&w, i == 1);
            if (i == 1) put_number(&w, 201, 8);
        }
    }
    put_number(&w, 0x2a5, 10);
    put_bit(&w, filter_deltas);
    if (filter_deltas) {
        put_bit(&w, 1);
        for (int i = 0; i < 8; i++) put_optional(&w, i - 4, 6);
    }
    put_number(&w, 2, 2);
    put_number(&w, base, 7);
    put_number(&w, 0, 32); /* pushes the rest out */
    memset(file, 0, 12 + before + 8);
    memcpy(file, "RIFF????WEBP", 12);
    size_t at = 12;
    if (before) {
        memcpy(file + at, "JUNK", 4);
        const size_t length = before - 8;
        for (int i = 0; i < 4; i++) file[at + 4 + (size_t)i] = (uint8_t)(length >> 8 * i);
        at += before;
    }
    memcpy(file + at, "VP8 ", 4);
    file[at + 4] = (uint8_t)(sizeof start + w.size);
    memcpy(file + at + 8, start, sizeof start);
    memcpy(file + at + 8 + sizeof start, w.bytes, w.size);
    return at + 8 + sizeof start + w.size;
}

/* 100 (x + 1) / 2 or 150 x, x the cube of 1 - q / 127: by hand for mean quantisers q. */
static void test_webp(void)
{
    static const int segments[3][4] = {{10, 20, 30, 40}, {-5, 0, 7, -2}, {127, 127, 127, 127}};
    static const struct {
        int base, segments, quality;
        bool absolute;
    } cases[] = {{0, -1, 100, false}, {127, -1, 1, false}, {25, -1, 76, false}, {60, -1, 22, false},
                 {90, 0, 76, true},   {25, 1, 76, false},  {0, 2, 1, true},     {100, 2, 1, false}};
    static uint8_t file[80000];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 4; k++) {
            const int *own = cases[i].segments < 0 ? NULL : segments[cases[i].segments];
            const size_t size = make_webp(file, k & 1 ? 70000 : 0, cases[i].base, own, cases[i].absolute, k & 2);
            const int32_t got = fovea_webp_quality(file, size);
            TAP_CHECK(got == cases[i].quality, "case %zu, %d: %d", i, k, got);
            for (size_t less = 0; less < size; less += k & 1 ? 997 : 1) {
                uint8_t *part = malloc(less ? less : 1);
                memcpy(part, file, less);
                const int32_t told = fovea_webp_quality(part, less);
                TAP_CHECK(told >= 0 && told <= 100, "%zu bytes: %d", less, told);
                free(part);
            }
        }
    const size_t size = make_webp(file, 0, 25, NULL, false, false);
    TAP_CHECK(!fovea_webp_quality(NULL, size) && !fovea_webp_quality(file + 1, size - 1), "no file");
    file[20] |= 1;
    TAP_CHECK(!fovea_webp_quality(file, size), "no key frame");
    file[20] &= 0xfe;
    file[15] = 'L';
    TAP_CHECK(!fovea_webp_quality(file, size), "lossless");
}

int main(void)
{
    test_qualities();
    test_near_tables();
    test_frames();
    test_no_frames();
    test_prefixes();
    test_bad();
    test_short_struct();
    test_shared_table();
    test_files();
    test_webp();
    return tap_done("jpeg_test");
}
