/* SPDX-License-Identifier: MIT
 *
 * Runs in the parent, outside the sandbox: so it only compares bytes at fixed places and follows no pointer or count
 * out of a file, except the chunk lengths of PNG and WebP, which can only move a read offset forward. (Of a TIFF file the parent
 * looks at its directory as well, no more than so many entries: tiff.c.) */
#define _GNU_SOURCE 1
#include "format.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#define ANY_SIDE INT32_MAX

static const struct format_info formats[FORMAT_COUNT] = {
    [FORMAT_UNKNOWN] = {"unknown", "", .read = false},
    [FORMAT_JPEG] = {"JPEG", "jpg jpeg jpe", true, true, 8, false, false, 7 | 8 | 16, 90, 65535},
    [FORMAT_PNG] = {"PNG", "png", true, true, 16, true, true, 3 | 8 | 16, 0, 1000000},
    [FORMAT_WEBP] = {"WebP", "webp", true, true, 8, true, true, 3 | 8, 80, 16383},
    [FORMAT_AVIF] = {"AVIF", "avif", true, true, 12, true, false, 3 | 8, 80, 16384},
    [FORMAT_TIFF] = {"TIFF", "tif tiff", true, true, 16, true, true, 6 | 8 | 16, 0, ANY_SIDE},
    [FORMAT_JXL] = {"JPEG XL", "jxl", true, true, 16, true, true, 16, 90, 1 << 20},
    [FORMAT_GIF] = {"GIF", "gif", .read = true},
    [FORMAT_HEIC] = {"HEIC", "heic", .read = true, .bits = 12},
    [FORMAT_PNM] = {"PNM", "ppm", .read = true},
    [FORMAT_BMP] = {"BMP", "bmp", .read = false},
    [FORMAT_JP2] = {"JPEG 2000", "jp2", .read = false},
    [FORMAT_PSD] = {"Photoshop", "psd", .read = false},
    [FORMAT_PDF] = {"PDF", "pdf", .read = false},
    [FORMAT_SVG] = {"SVG", "svg", .read = false},
};

const struct format_info *format_about(enum format format) { return &formats[format]; }

const char *format_for_side(enum format instead_of, int64_t side)
{
    static const enum format small[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_TIFF}, exact[] = {FORMAT_PNG, FORMAT_TIFF};
    const bool lossless = formats[instead_of].quality == 0;
    const enum format *list = lossless ? exact : small;
    while (*list != FORMAT_TIFF && side > formats[*list].max_side) list++;
    return *list == FORMAT_JPEG ? "jpg" : *list == FORMAT_PNG ? "png" : "tiff";
}

static const struct {
    enum format format;
    int offset, length;
    const char *bytes;
} magics[] = {
    {FORMAT_JPEG, 0, 3, "\xff\xd8\xff"},
    {FORMAT_PNG, 0, 8, "\x89PNG\r\n\x1a\n"},
    {FORMAT_WEBP, 8, 4, "WEBP"},
    {FORMAT_AVIF, 4, 8, "ftypavif"},
    {FORMAT_AVIF, 4, 8, "ftypavis"},
    {FORMAT_HEIC, 4, 7, "ftyphei"},
    {FORMAT_HEIC, 4, 7, "ftyphev"},
    {FORMAT_HEIC, 4, 8, "ftypmif1"},
    {FORMAT_HEIC, 4, 8, "ftypmsf1"},
    {FORMAT_TIFF, 0, 4, "II*\0"},
    {FORMAT_TIFF, 0, 4, "MM\0*"},
    {FORMAT_TIFF, 0, 4, "II+\0"},
    {FORMAT_TIFF, 0, 4, "MM\0+"},
    {FORMAT_JXL, 0, 2, "\xff\x0a"},
    {FORMAT_JXL, 0, 12, "\0\0\0\x0cJXL \r\n\x87\n"},
    {FORMAT_GIF, 0, 4, "GIF8"},
    {FORMAT_BMP, 0, 2, "BM"},
    {FORMAT_JP2, 4, 8, "jP  \r\n\x87\n"},
    {FORMAT_JP2, 0, 4, "\xff\x4f\xff\x51"},
    {FORMAT_PSD, 0, 4, "8BPS"},
    {FORMAT_PDF, 0, 5, "%PDF-"},
    {FORMAT_SVG, 0, 4, "<svg"},
};

enum format format_of_file(int fd)
{
    unsigned char head[16] = {0};
    ssize_t got = pread(fd, head, sizeof head, 0);
    if (got < 2) return FORMAT_UNKNOWN;
    if (head[0] == 'P' && head[1] >= '1' && head[1] <= '6' && got > 2 && strchr(" \t\r\n#", head[2])) return FORMAT_PNM;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (!memcmp(head + magics[i].offset, magics[i].bytes, (size_t)magics[i].length)) return magics[i].format;
    return FORMAT_UNKNOWN;
}

bool format_is_animated_png(int fd)
{
    off_t offset = 8;
    for (int chunks = 0; chunks < 1000; chunks++) {
        unsigned char head[8];
        if (pread(fd, head, sizeof head, offset) != (ssize_t)sizeof head || !memcmp(head + 4, "IDAT", 4)) return false;
        if (!memcmp(head + 4, "acTL", 4)) return true;
        offset += 12 + (((off_t)head[0] << 24) | (head[1] << 16) | (head[2] << 8) | head[3]);
    }
    return false;
}

bool format_is_lossless_webp(int fd)
{
    if (format_of_file(fd) != FORMAT_WEBP) return false;
    off_t offset = 12; /* behind "RIFF", the file's length and "WEBP" */
    for (int chunks = 0; chunks < 1000; chunks++) {
        unsigned char head[8];
        if (pread(fd, head, sizeof head, offset) != (ssize_t)sizeof head || !memcmp(head, "VP8 ", 4)) return false;
        if (!memcmp(head, "VP8L", 4)) return true;
        const off_t length = ((off_t)head[7] << 24) | (head[6] << 16) | (head[5] << 8) | head[4];
        offset += 8 + length + length % 2;
    }
    return false;
}

enum format format_by_extension(const char *extension)
{
    size_t length = strlen(extension);
    for (int i = 0; i < FORMAT_COUNT; i++) {
        if (!formats[i].write) continue;
        for (const char *word = formats[i].extensions; *word;) {
            size_t size = strcspn(word, " ");
            if (size == length && !strncasecmp(word, extension, size)) return (enum format)i;
            word += size + strspn(word + size, " ");
        }
    }
    return FORMAT_UNKNOWN;
}
