/* SPDX-License-Identifier: MIT
 *
 * What the bytes of a JPEG file tell before its first scan (ITU-T T.81, annex B): frame, sampling, quantisation tables.
 * Nothing is decoded. Everything in the file is somebody's claim: each length is checked against the segment, each
 * segment against the bytes there are, and the state is one struct of fixed size. */
#include "jpeg.h"

#include "base.h"

enum { TABLES = 4, COMPONENTS = 4, QUALITIES = 100 };

static const double like_none = 1.4; /* a mean ratio of steps; those of 53 real files stay below 1.1 */

/* The tables of T.81, annex K.1, in the order of the file (zigzag), which libjpeg scales by a quality. */
static const uint8_t standard[2][64] = {
    {16, 11,  12, 14, 12, 10, 16,  14,  13,  14, 18, 17,  16,  19,  24,  40,  26, 24,  22,  22, 24, 49,
     35, 37,  29, 40, 58, 51, 61,  60,  57,  51, 56, 55,  64,  72,  92,  78,  64, 68,  87,  69, 55, 56,
     80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99},
    {17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99,
     99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
     99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99},
};

typedef struct jpeg {
    const uint8_t *bytes;
    size_t size, at;
    fovea_jpeg info;
    uint16_t table[TABLES][64];
    bool has_table[TABLES];
    uint8_t table_of[COMPONENTS];
    uint8_t h[COMPONENTS], v[COMPONENTS];
} jpeg;

static unsigned two_bytes(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }

/* ---- Quality ---- */

/* libjpeg's jpeg_quality_scaling and jpeg_add_quant_table. */
static unsigned scaled(int base, int quality, bool baseline)
{
    const int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    return (unsigned)fv_clamp((base * percent + 50) / 100, 1, baseline ? 255 : 32767);
}

static bool is_scaled(const uint16_t *table, int kind, int quality, bool baseline)
{
    for (int i = 0; i < 64; i++)
        if (table[i] != scaled(standard[kind][i], quality, baseline)) return false;
    return true;
}

/* How far the mean ratio of a table to the one of that quality is from 1, in 1/65536; ratios below 1 count inverted. */
static uint64_t distance(const uint16_t *table, int kind, int quality)
{
    uint64_t sum = 0;
    for (int i = 0; i < 64; i++) sum += ((uint64_t)table[i] << 16) / scaled(standard[kind][i], quality, false);
    sum /= 64;
    return sum >= 65536 ? sum - 65536 : sum ? ((uint64_t)1 << 32) / sum - 65536 : UINT64_MAX;
}

static bool is_libjpegs(const uint16_t *table, int kind, int quality)
{
    return is_scaled(table, kind, quality, true) || is_scaled(table, kind, quality, false);
}

/* The quality 1 .. 100 that a table stands for; *exact: libjpeg makes this very table for it. Of several qualities with
 * the same table (the lowest ones, cut at 255) first, else the highest. */
static int quality_of(const uint16_t *table, int kind, int first, int32_t *exact)
{
    int best = 1;
    *exact = 1;
    if (is_libjpegs(table, kind, first)) return first;
    for (int q = QUALITIES; q >= 1; q--)
        if (is_libjpegs(table, kind, q)) return q;
    for (int q = 2; q <= QUALITIES; q++)
        if (distance(table, kind, q) < distance(table, kind, best)) best = q;
    *exact = 0;
    return best;
}

/* The mean ratio of these steps to libjpeg's, 1 where they are the same. */
static double low_distance(const int *steps, int quality)
{
    double sum = 0, count = 0;
    for (int i = 0; i < FV_JPEG_LOW; i++) {
        const double made = scaled(standard[0][1 + i], quality, false), found = steps[i];
        if (!steps[i]) continue;
        sum += made > found ? made / found : found / made;
        count++;
    }
    return count > 0 ? sum / count : like_none;
}

int32_t fv_jpeg_low_quality(const int steps[FV_JPEG_LOW])
{
    int best = QUALITIES;
    for (int q = QUALITIES - 1; q >= 1; q--)
        if (low_distance(steps, q) < low_distance(steps, best)) best = q;
    return low_distance(steps, best) < like_none ? best : 0;
}

/* The same of a table. */
static int32_t low_quality_of(const uint16_t *table)
{
    int steps[FV_JPEG_LOW];
    for (int i = 0; i < FV_JPEG_LOW; i++) steps[i] = table[1 + i];
    return fv_jpeg_low_quality(steps);
}

/* ---- Segments ---- */

static const char *read_tables(jpeg *j, const uint8_t *p, size_t size)
{
    while (size > 0) {
        const unsigned id = p[0] & 15, bytes = p[0] >> 4 ? 2 : 1;
        if (id >= TABLES || p[0] >> 4 > 1) return "a quantisation table of a kind that does not exist";
        if (size < 1 + 64 * (size_t)bytes) return "a quantisation table is cut short";
        for (size_t i = 0; i < 64; i++) {
            j->table[id][i] = (uint16_t)(bytes == 2 ? two_bytes(p + 1 + 2 * i) : p[1 + i]);
            if (!j->table[id][i]) return "a quantisation table holds a zero";
        }
        j->has_table[id] = true;
        p += 1 + 64 * (size_t)bytes;
        size -= 1 + 64 * (size_t)bytes;
    }
    return NULL;
}

static const char *read_frame(jpeg *j, unsigned marker, const uint8_t *p, size_t size)
{
    if (j->info.components) return "two frames";
    if (size < 6 || !p[5] || size != 6 + 3 * (size_t)p[5]) return "a frame header of the wrong length";
    j->info.height = (int32_t)two_bytes(p + 1); /* 0: told after the first scan */
    j->info.width = (int32_t)two_bytes(p + 3);
    if (!j->info.width) return "a frame without width";
    const int kept = fv_min(p[5], COMPONENTS);
    for (int i = 0; i < kept; i++) {
        const uint8_t *c = p + 6 + 3 * i;
        j->h[i] = c[1] >> 4;
        j->v[i] = c[1] & 15;
        j->table_of[i] = c[2];
        if (j->h[i] < 1 || j->h[i] > 4 || j->v[i] < 1 || j->v[i] > 4) return "a sampling factor outside 1 to 4";
        if (c[2] >= TABLES) return "a component without a possible quantisation table";
    }
    j->info.components = p[5];
    j->info.depth = p[0];
    j->info.progressive = (marker & 3) == 2;
    j->info.lossless = (marker & 3) == 3;
    return NULL;
}

static bool is_frame(unsigned marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* ---- The file ---- */

/* The next marker, or 0 where the bytes end before it. Any number of 0xFF may come first. */
static unsigned next_marker(jpeg *j, const char **wrong)
{
    if (j->at < j->size && j->bytes[j->at] != 0xFF) {
        *wrong = "something between its segments";
        return 0;
    }
    while (j->at < j->size && j->bytes[j->at] == 0xFF) j->at++;
    if (j->at == j->size) return 0;
    const unsigned marker = j->bytes[j->at++];
    if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD9)) *wrong = "a marker out of place";
    return marker;
}

/* One segment; false at the first scan, at the end of the bytes, or where something is wrong. */
static bool read_segment(jpeg *j, const char **wrong)
{
    const unsigned marker = next_marker(j, wrong);
    if (!marker || *wrong) return false;
    if (marker == 0xDA) {
        j->info.whole = 1;
        if (!j->info.components) *wrong = "a scan before any frame";
        return false;
    }
    if (j->size - j->at < 2) return false;
    const size_t length = two_bytes(j->bytes + j->at);
    if (length < 2) {
        *wrong = "a segment without length";
        return false;
    }
    const uint8_t *payload = j->bytes + j->at + 2;
    if (length > j->size - j->at) return false;
    if (marker == 0xDB) *wrong = read_tables(j, payload, length - 2);
    if (is_frame(marker)) *wrong = read_frame(j, marker, payload, length - 2);
    j->at += length;
    return !*wrong;
}

static void judge(jpeg *j)
{
    fovea_jpeg *info = &j->info;
    const int colour = info->components >= 3;
    if (!info->components) return;
    info->chroma_x = info->chroma_y = 1;
    if (colour && j->h[1] && j->v[1]) { /* rounded down, as odd factors such as 3:2 are */
        info->chroma_x = fv_max(j->h[0] / j->h[1], 1);
        info->chroma_y = fv_max(j->v[0] / j->v[1], 1);
    }
    if (info->lossless || !j->has_table[j->table_of[0]]) return;
    info->quality = quality_of(j->table[j->table_of[0]], 0, QUALITIES, &info->exact);
    info->low_quality = low_quality_of(j->table[j->table_of[0]]);
    if (!colour || !j->has_table[j->table_of[1]]) return;
    int32_t exact;
    /* Some encoders use one table for all: it is then no chroma table. */
    bool shared = true;
    for (int i = 0; i < 64; i++) shared &= j->table[j->table_of[0]][i] == j->table[j->table_of[1]][i];
    info->chroma_quality = quality_of(j->table[j->table_of[1]], shared ? 0 : 1, info->quality, &exact);
    info->exact &= exact;
}

fovea_status fovea_jpeg_read(const void *bytes, size_t size, fovea_jpeg *info, fovea_error *error)
{
    if (!fv_struct_usable(info)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "info or its struct_size is missing");
    fv_struct_give(&(fovea_jpeg){0}, sizeof *info, info);
    if (!bytes) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no bytes");
    jpeg j = {.bytes = bytes, .size = size, .at = 2};
    const char *wrong = size < 2 || j.bytes[0] != 0xFF || j.bytes[1] != 0xD8 ? "not a JPEG file" : NULL;
    while (!wrong && read_segment(&j, &wrong)) continue;
    if (wrong) return fv_fail_at(error, FOVEA_ERROR_JPEG, j.at < size ? j.at : size, wrong);
    judge(&j);
    fv_struct_give(&j.info, sizeof j.info, info);
    return fv_ok(error);
}
