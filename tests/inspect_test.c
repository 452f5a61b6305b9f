/* SPDX-License-Identifier: MIT
 *
 * fovea_inspect on pictures made here: what it must count exactly, what it must find out, what it must refuse. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#include "fovea.h"
#include "inspect.h"
#include "inspect_figures.h"
#include "jpeg_block.h"

enum { W = 384, H = 320 };

static uint32_t state;

static int noise(int range)
{
    state = state * 1664525 + 1013904223;
    return (int)((state >> 8) % (uint32_t)range);
}

/* Sum of uniform numbers: near enough normal, with the given deviation in levels. */
static double normal(double deviation)
{
    double sum = 0;
    for (int i = 0; i < 12; i++) sum += noise(65536) / 65536.0 - 0.5;
    return sum * deviation;
}

static fovea_traits look(const void *pixels, int w, int h, fovea_format format)
{
    fovea_inspect *in;
    fovea_error error;
    fovea_traits t = {.struct_size = sizeof t};
    if (!TAP_CHECK(!fovea_inspect_new(w, h, format, NULL, &in, &error), "%s", error.message)) return t;
    for (int y = 0; y < h; y++)
        TAP_CHECK(!fovea_inspect_row(in, (const uint8_t *)pixels + (size_t)y * (size_t)w * fovea_format_size(format)), "row %d",
                  y);
    TAP_CHECK(fovea_inspect_row(in, pixels) == FOVEA_ERROR_ARGUMENT, "a row too many");
    TAP_CHECK(!fovea_inspect_get_traits(in, &t) && t.width == w && t.height == h && t.rows == h, "%dx%d", t.width, t.height);
    fovea_inspect_free(in);
    return t;
}

static uint8_t picture[H][W];

static void test_flat(void)
{
    memset(picture, 117, sizeof picture);
    const fovea_traits t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.colours == 1 && t.common > 0.9999 && t.grey > 0.9999 && t.strong <= 0 && t.noise <= 0, "colours %d", t.colours);
    const double inner = (double)(W - 1) * (H - 1) / ((double)W * H);
    TAP_CHECK(t.flat > inner - 1e-9 && t.flat < inner + 1e-9 && t.edge_width <= 0, "flat %f", t.flat);
}

static void test_noise(void)
{
    for (int deviation = 1; deviation <= 16; deviation *= 2) {
        state = 7;
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) picture[y][x] = (uint8_t)(60 + x / 4 + normal(deviation) + 0.5);
        const fovea_traits t = look(picture, W, H, FOVEA_FORMAT_G8);
        TAP_CHECK(t.noise > 0.8 * deviation && t.noise < 1.25 * deviation + 0.3, "noise %d: %f", deviation, t.noise);
        TAP_CHECK(t.grain <= t.noise && t.grain >= t.noise, "noise %d is taken for texture", deviation);
        TAP_CHECK(t.content == FOVEA_CONTENT_PHOTO, "noise %d is taken for %d", deviation, (int)t.content);
    }
}

/* Noise that was smoothed, as leaves and sand are by a lens, is as strong as noise and is none. */
static void test_texture(void)
{
    static int grains[H + 2][W + 2];
    state = 7;
    for (int y = 0; y < H + 2; y++)
        for (int x = 0; x < W + 2; x++) grains[y][x] = noise(240);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            picture[y][x] = (uint8_t)(5 + (grains[y][x] + grains[y][x + 1] + grains[y + 1][x] + grains[y + 1][x + 1]) / 4);
    const fovea_traits t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.noise > 3 && t.grain <= 0, "texture of %f levels is taken for noise of %f", t.noise, t.grain);
}

/* Boxes with borders, and smoothed strokes in them. */
static void test_screen(void)
{
    static const uint8_t strokes[] = {150, 20, 170};
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            picture[y][x] = x % 96 < 2 || y % 40 < 2 ? 90 : y % 40 < 10 && x % 7 < 3 ? strokes[x % 7] : 245;
    fovea_traits t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.content == FOVEA_CONTENT_SCREEN && t.colours == 5 && t.straight > 1, "content %d, straight %f", (int)t.content,
              t.straight);
    /* The same under grain is no screen any more: the net for screens would keep the grain as if it were drawn. */
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) picture[y][x] = (uint8_t)(picture[y][x] - noise(8));
    t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.content != FOVEA_CONTENT_SCREEN, "with grain: straight %f, flat %f", t.straight, t.flat);
}

/* A disc and a bar with soft borders on a flat ground: what a renderer draws, 255 times its share of each pixel. */
static int drawn(int x, int y)
{
    const double distance = 90 - hypot(x - 150, y - 150), bar = 12 - fabs(x - 0.3 * y - 250);
    const double share = fmax(fmin(distance + 0.5, 1), 0);
    return (int)(60 + 120 * share + 50 * fmax(fmin(bar + 0.5, 1), 0) * (1 - share) + 0.5);
}

static void test_drawn(void)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) picture[y][x] = (uint8_t)drawn(x, y);
    fovea_traits t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.content == FOVEA_CONTENT_ART && t.rendered == 1, "drawn: content %d, rings %f", (int)t.content, t.rings);
    TAP_CHECK(t.rings <= 0 && t.texture <= 0, "drawn: rings %f, texture %f", t.rings, t.texture);
    /* A filter with negative weights on either side, as those that make pictures smaller have. */
    static const int weights[] = {-1, 14, -1};
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            int sum = 0;
            for (int i = 0; i < 9; i++) sum += weights[i / 3] * weights[i % 3] * drawn(x + i % 3 - 1, y + i / 3 - 1);
            picture[y][x] = (uint8_t)((sum + 72) / 144);
        }
    t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.content == FOVEA_CONTENT_ART && t.rings > 0.3 && !t.rendered, "filtered: content %d, rings %f", (int)t.content,
              t.rings);
    /* A photograph cut out: texture in the disc. */
    state = 5;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const int inside = hypot(x - 150, y - 150) < 88;
            picture[y][x] = (uint8_t)(inside ? 120 + x / 4 + (int)normal(5) : drawn(x, y));
        }
    t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.flat > 0.62 && t.smooth > 0.7 && t.texture > 0.3, "cut out: flat %f, smooth %f, texture %f", t.flat, t.smooth,
              t.texture);
    TAP_CHECK(t.content == FOVEA_CONTENT_PHOTO && !t.rendered, "cut out: content %d", (int)t.content);
}

/* A texture whose neighbours differ; enlarged twice by straight lines between samples, it has gaps in its spectrum. */
static void test_enlarged(void)
{
    static int small[H / 2 + 1][W / 2 + 1];
    state = 3;
    for (int y = 0; y <= H / 2; y++)
        for (int x = 0; x <= W / 2; x++) small[y][x] = 128 + (x / 9 + y / 7) % 5 * 12 + (int)normal(14);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const int i = x / 2, j = y / 2, a = x % 2, b = y % 2;
            const int sum = small[j][i] * (2 - a) * (2 - b) + small[j][i + 1] * a * (2 - b) + small[j + 1][i] * (2 - a) * b +
                            small[j + 1][i + 1] * a * b;
            picture[y][x] = (uint8_t)(sum / 4 < 0 ? 0 : sum / 4 > 255 ? 255 : sum / 4);
        }
    fovea_traits t = look(picture, W, H, FOVEA_FORMAT_G8);
    TAP_CHECK(t.was_enlarged && t.enlarged_score > 0, "enlarged: score %f", t.enlarged_score);
    for (int y = 0; y < H / 2; y++)
        for (int x = 0; x < W / 2; x++) picture[y][x] = (uint8_t)small[y][x];
    static uint8_t half[H / 2][W / 2];
    for (int y = 0; y < H / 2; y++) memcpy(half[y], picture[y], W / 2);
    t = look(half, W / 2, H / 2, FOVEA_FORMAT_G8);
    TAP_CHECK(!t.was_enlarged && t.enlarged_score < 0, "not enlarged: score %f", t.enlarged_score);
}

/* Member by member as far as they lie close: what fills the gaps between them means nothing. */
static bool same_traits(const fovea_traits *a, const fovea_traits *b)
{
#define SAME(first, last) \
    (!memcmp(&a->first, &b->first, offsetof(fovea_traits, last) + sizeof a->last - offsetof(fovea_traits, first)))
    return SAME(struct_size, was_enlarged) && SAME(enlarged_score, colours) && SAME(common, saved_quality);
#undef SAME
}

/* The formats of one picture tell the same. */
static void test_formats(void)
{
    static uint16_t deep[H][W][4];
    static uint8_t shallow[H][W][3];
    state = 5;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int c = 0; c < 4; c++) {
                const int v = c == 3 ? 255 : (x * (c + 1) / 3 + y / (c + 1) + noise(9)) % 256;
                deep[y][x][c] = (uint16_t)(257 * v);
                if (c < 3) shallow[y][x][c] = (uint8_t)v;
            }
    const fovea_traits a = look(deep, W, H, FOVEA_FORMAT_RGBA16), b = look(shallow, W, H, FOVEA_FORMAT_RGB8);
    TAP_CHECK(same_traits(&a, &b), "16 bits with alpha differ from 8 bits: %f, %f", a.noise, b.noise);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) deep[y][x][3] = 0;
    const fovea_traits none = look(deep, W, H, FOVEA_FORMAT_RGBA16);
    TAP_CHECK(none.colours == 1 && none.bright > 0.9999, "fully transparent is white: %d colours", none.colours);
}

/* ---- Every figure ---- */

typedef enum drawing { FEW_COLOURS, MANY_COLOURS, NOISY, DRAWINGS } drawing;

/* Boxes, 45 x 52 pixels: flat, shaded with noise in some of them, or stripes, noisy and with soft borders. */
static void draw_boxes(seen *p, drawing as)
{
    uint8_t colours[64][3];
    for (int i = 0; i < 64; i++)
        for (int c = 0; c < 3; c++) colours[i][c] = (uint8_t)(i % 4 == 0 ? 4 * i : noise(256));
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            const int box = (x / 45 + (as == NOISY ? 0 : y / 52 * 9)) % 64, soft = as == NOISY ? 2 + box % 5 : box % 3;
            const int faint = x % 45 == 20 ? 5 + box % 4 : 0, shade = as == FEW_COLOURS ? 0 : x % 45 / 8 + y % 52 / 9;
            for (int c = 0; c < 3; c++) {
                const int here = colours[box][c], before = x < 45 ? here : colours[(box + 63) % 64][c];
                int v = x % 45 < soft ? before + (here - before) * (1 + x % 45) / (1 + soft) : here;
                v += as == NOISY ? noise(9) : faint + shade + (as == MANY_COLOURS && box % 4 == 3 ? noise(2 + box) : 0);
                p->rgb[y][x][c] = (uint8_t)(v > 255 ? 255 : v);
            }
        }
}

static void test_figures(void)
{
    static const int sizes[][2] = {{400, 400}, {203, 171}, {129, 131}, {130, 97}, {64, 72}, {9, 33}, {8, 8}, {3, 3}, {1, 40}};
    static seen p;
    static uint8_t pixels[FIGURES_W * FIGURES_H * 3];
    for (int as = 0; as < DRAWINGS; as++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            state = (uint32_t)(100 + i);
            p.w = sizes[i][0], p.h = sizes[i][1];
            draw_boxes(&p, (drawing)as);
            for (int y = 0; y < p.h; y++) memcpy(pixels + (size_t)(3 * p.w * y), p.rgb[y], (size_t)(3 * p.w));
            const fovea_traits told = look(pixels, p.w, p.h, FOVEA_FORMAT_RGB8);
            check_figures(&told, &p);
        }
}

/* ---- Saved before ---- */

static void compress(int quality, int left, int top)
{
    for (int y = top; y + 8 <= H; y += 8)
        for (int x = left; x + 8 <= W; x += 8) jpeg_block(&picture[y][x], W, quality);
}

/* A soft texture, the same for the same seed; compressed at this quality unless it is 0, from (left, top) on. */
static void draw_texture(int quality, int left, int top)
{
    state = 11;
    double row[W] = {0};
    for (int y = 0; y < H; y++) {
        double before = 0;
        for (int x = 0; x < W; x++) {
            before = 0.8 * before + normal(9);
            row[x] = 0.8 * row[x] + 0.6 * before;
            const double value = 128 + row[x];
            picture[y][x] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
    }
    if (quality) compress(quality, left, top);
}

/* A picture of one frequency: each of its blocks has this coefficient, in 1/4 level, and no other of the lowest nine. */
static void test_coefficients(int left, int top)
{
    static const int zigzag[FV_JPEG_LOW][2] = {{0, 1}, {1, 0}, {2, 0}, {1, 1}, {0, 2}, {0, 3}, {1, 2}, {2, 1}, {3, 0}};
    for (int i = 0; i < FV_JPEG_LOW; i++) {
        fovea_inspect *in;
        fovea_error error;
        uint16_t row[W]; /* 256: a level of luma; at 8 bits it would be rounded */
        if (!TAP_CHECK(!fovea_inspect_new(W, H, FOVEA_FORMAT_G16, NULL, &in, &error), "%s", error.message)) return;
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++)
                row[x] = (uint16_t)(256 * (128 + 100 * basis(zigzag[i][0], (y + 8 - top) % 8) *
                                                     basis(zigzag[i][1], (x + 8 - left) % 8)));
            TAP_CHECK(!fovea_inspect_row(in, row), "row %d", y);
        }
        for (int k = 0; k < FV_JPEG_LOW; k++) {
            const int middle = k == i ? 4 * 100 : 0;
            int near = 0;
            for (int bin = middle ? middle - 1 : 0; bin <= middle + 1; bin++) near += in->saved[8 * top + left].bins[k][bin];
            TAP_CHECK(near == (W - left) / 8 * ((H - top) / 8), "frequency %d in place %d: %d blocks", i, k, near);
        }
        fovea_inspect_free(in);
    }
}

static void test_saved(void)
{
    static const int qualities[] = {10, 25, 50, 60, 75, 80, 85, 90};
    for (size_t i = 0; i < sizeof qualities / sizeof *qualities; i++) {
        draw_texture(qualities[i], 0, 0);
        const int told = look(picture, W, H, FOVEA_FORMAT_G8).saved_quality;
        TAP_CHECK(abs(told - qualities[i]) <= 2, "saved at %d: %d", qualities[i], told);
        fovea_inspect *in;
        fovea_error error;
        int32_t enough;
        if (!TAP_CHECK(!fovea_inspect_new(W, H, FOVEA_FORMAT_G8, NULL, &in, &error), "%s", error.message)) return;
        for (int y = 0; y < H; y++) TAP_CHECK(!fovea_inspect_glance(in, picture[y], &enough), "row %d", y);
        TAP_CHECK(fovea_inspect_saved_quality(in) == told, "a glance tells the same");
        fovea_inspect_free(in);
    }
    draw_texture(50, 0, 0);
    compress(95, 0, 0);
    const int twice = look(picture, W, H, FOVEA_FORMAT_G8).saved_quality;
    TAP_CHECK(abs(twice - 50) <= 2, "saved at 50, then at 95: %d", twice);
    draw_texture(0, 0, 0);
    TAP_CHECK(!look(picture, W, H, FOVEA_FORMAT_G8).saved_quality, "never saved");
    TAP_CHECK(!fovea_inspect_saved_quality(NULL), "nothing looked at");
}

/* Cut out of a picture that was saved: each column and each row of the grid begins it once. */
static void test_cut_out(void)
{
    for (int left = 0; left < 8; left++) {
        const int top = (3 * left + 5) % 8, quality = 20 + 9 * left;
        draw_texture(quality, left, top);
        int told = look(picture, W, H, FOVEA_FORMAT_G8).saved_quality;
        TAP_CHECK(abs(told - quality) <= 2, "saved at %d on (%d, %d): %d", quality, left, top, told);
        compress(95, 0, 0);
        told = look(picture, W, H, FOVEA_FORMAT_G8).saved_quality;
        TAP_CHECK(quality > 60 || abs(told - quality) <= 2, "then at 95: %d", told);
    }
    /* Pixel art has steps as well, but on many grids alike. */
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) picture[y][x] = (uint8_t)(40 + 48 * ((x / 16 * 2 + y / 16 * 3) % 5));
    TAP_CHECK(!look(picture, W, H, FOVEA_FORMAT_G8).saved_quality, "pixel art");
}

static void test_worse_quality(void)
{
    static const struct {
        int file, low, saved, worse;
    } cases[] = {{80, 80, 0, 80},  {95, 95, 50, 50}, {50, 50, 95, 50}, {92, 92, 87, 92}, {92, 92, 86, 86},
                 {66, 52, 52, 66}, {66, 52, 40, 40}, {80, 0, 76, 80},  {80, 0, 70, 70},  {0, 0, 70, 70}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fovea_jpeg jpeg = {.struct_size = sizeof jpeg, .quality = cases[i].file, .low_quality = cases[i].low};
        const int worse = fovea_inspect_worse_quality(&jpeg, cases[i].saved);
        TAP_CHECK(worse == cases[i].worse, "file %d, saved %d: %d", cases[i].file, cases[i].saved, worse);
    }
    TAP_CHECK(!fovea_inspect_worse_quality(NULL, 0) && fovea_inspect_worse_quality(NULL, 50) == 50, "no JPEG file");
}

static void test_small(void)
{
    static const uint8_t any[200 * 200 * 4];
    for (int h = 1; h <= 40; h += h < 10 ? 1 : 10)
        for (int w = 1; w <= 40; w += w < 10 ? 1 : 10) {
            const fovea_traits t = look(any, w, h, FOVEA_FORMAT_RGB8);
            TAP_CHECK((t.content == FOVEA_CONTENT_UNKNOWN) == (w < 16 || h < 16) && !t.was_enlarged, "%dx%d: %d", w, h,
                      (int)t.content);
        }
    look(any, 200, 1, FOVEA_FORMAT_RGBA8);
    look(any, 1, 200, FOVEA_FORMAT_GA8);
}

/* ---- Refusals ---- */

static int allowed, taken;

static void *alloc(void *user, size_t size)
{
    (void)user;
    if (taken >= allowed) return NULL;
    taken++;
    return malloc(size);
}

static void release(void *user, void *memory)
{
    (void)user;
    taken--;
    free(memory);
}

/* The rows after which a glance at the picture has seen enough; 0: it never has. */
static int rows_until_enough(void)
{
    fovea_inspect *in;
    fovea_error error;
    int32_t enough = 0, told = 0;
    if (!TAP_CHECK(!fovea_inspect_new(W, H, FOVEA_FORMAT_G8, NULL, &in, &error), "%s", error.message)) return -1;
    for (int y = 0; y < H; y++) {
        TAP_CHECK(!fovea_inspect_glance(in, picture[y], &enough), "row %d", y);
        TAP_CHECK(enough == (told > 0 ? 1 : enough), "row %d: enough stays enough", y);
        if (enough && !told) told = y + 1;
    }
    TAP_CHECK(fovea_inspect_glance(in, picture[0], &enough) == FOVEA_ERROR_ARGUMENT, "a row too many");
    fovea_inspect_free(in);
    return told;
}

/* Blocks with detail, 4096 of which are enough, as soon as no screen can come any more. */
static void glance_at_large(void)
{
    enum { WIDE = 2048, HIGH = 400 };
    static uint8_t row[WIDE];
    for (int detail = 0; detail <= 1; detail++) {
        fovea_inspect *in;
        fovea_error error;
        int32_t enough = 0, y = 0;
        if (!TAP_CHECK(!fovea_inspect_new(WIDE, HIGH, FOVEA_FORMAT_G8, NULL, &in, &error), "%s", error.message)) return;
        for (; y < HIGH && !enough; y++) {
            for (int x = 0; x < WIDE; x++) row[x] = (uint8_t)(120 + (x + y) % 2 + (detail ? x / 4 % 5 * 9 : 0));
            TAP_CHECK(!fovea_inspect_glance(in, row, &enough), "row %d", y);
        }
        TAP_CHECK(enough && y == (detail ? HIGH * 6 / 10 + 1 : HIGH), "detail %d: enough after %d rows", detail, y);
        fovea_inspect_free(in);
    }
}

static void test_glance(void)
{
    /* A screen must be flat for 0.4 of its pixels, and no row has more than W - 1 flat ones. */
    for (int noisy = 0; noisy <= H; noisy += 32) {
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) picture[y][x] = y < noisy ? (uint8_t)((x + y) % 2 ? 10 + y % 200 : 250) : 117;
        const int rows = rows_until_enough(), most = H * 6 / 10; /* rows that need not be flat; the one below them is not */
        TAP_CHECK(rows == (noisy < most ? 0 : H), "%d noisy rows: enough after %d", noisy,
                  rows); /* too small to know its past sooner */
        if (rows) TAP_CHECK(look(picture, W, H, FOVEA_FORMAT_G8).content != FOVEA_CONTENT_SCREEN, "%d noisy rows", noisy);
    }
    glance_at_large();
    fovea_inspect *in;
    fovea_error error;
    int32_t enough;
    fovea_traits t = {.struct_size = sizeof t};
    if (!TAP_CHECK(!fovea_inspect_new(W, H, FOVEA_FORMAT_G8, NULL, &in, &error), "%s", error.message)) return;
    TAP_CHECK(fovea_inspect_glance(in, NULL, &enough) == FOVEA_ERROR_ARGUMENT, "no row");
    TAP_CHECK(fovea_inspect_glance(in, picture[0], NULL) == FOVEA_ERROR_ARGUMENT, "no answer");
    TAP_CHECK(!fovea_inspect_row(in, picture[0]) && fovea_inspect_glance(in, picture[1], &enough) == FOVEA_ERROR_ARGUMENT,
              "looked, then glanced");
    fovea_inspect_free(in);
    if (!TAP_CHECK(!fovea_inspect_new(W, H, FOVEA_FORMAT_G8, NULL, &in, &error), "%s", error.message)) return;
    TAP_CHECK(!fovea_inspect_glance(in, picture[0], &enough) && fovea_inspect_row(in, picture[1]) == FOVEA_ERROR_ARGUMENT,
              "glanced, then looked");
    TAP_CHECK(fovea_inspect_get_traits(in, &t) == FOVEA_ERROR_ARGUMENT, "traits after a glance");
    fovea_inspect_free(in);
}

static void test_errors(void)
{
    fovea_inspect *in = (fovea_inspect *)&state;
    fovea_error error;
    TAP_CHECK(fovea_inspect_new(0, 5, FOVEA_FORMAT_G8, NULL, &in, &error) == FOVEA_ERROR_ARGUMENT && !in, "no width");
    TAP_CHECK(fovea_inspect_new(5, 5, (fovea_format)9, NULL, &in, &error) == FOVEA_ERROR_ARGUMENT && !in, "a format");
    TAP_CHECK(fovea_inspect_new(5, 5, FOVEA_FORMAT_G8, NULL, NULL, &error) == FOVEA_ERROR_ARGUMENT, "no place");
    TAP_CHECK(fovea_inspect_new(FOVEA_MAX_SIDE + 1, 5, FOVEA_FORMAT_G8, NULL, &in, &error) == FOVEA_ERROR_LIMIT && !in,
              "a side");
    TAP_CHECK(fovea_inspect_new(5, 5, FOVEA_FORMAT_G8, fovea_options(.max_memory = 1000), &in, &error) == FOVEA_ERROR_LIMIT &&
                  !in,
              "max_memory");
    for (allowed = 0; allowed < 2; allowed++) {
        const fovea_options *options = fovea_options(.allocator = {alloc, release, NULL});
        const fovea_status status = fovea_inspect_new(5, 5, FOVEA_FORMAT_G8, options, &in, &error);
        TAP_CHECK(status == (allowed ? FOVEA_OK : FOVEA_ERROR_MEMORY) && (in != NULL) == (allowed > 0), "%d allowed", allowed);
        TAP_CHECK(fovea_inspect_row(in, NULL) == FOVEA_ERROR_ARGUMENT, "no row");
        TAP_CHECK(fovea_inspect_get_traits(in, NULL) == FOVEA_ERROR_ARGUMENT, "no traits");
        fovea_traits none = {.struct_size = sizeof none};
        TAP_CHECK(!in || (!fovea_inspect_get_traits(in, &none) && none.rows == 0 && none.content == FOVEA_CONTENT_UNKNOWN),
                  "no rows");
        fovea_inspect_free(in);
        TAP_CHECK(taken == 0, "%d allocations left", taken);
    }
    fovea_inspect_free(NULL);
}

int main(void)
{
    test_flat();
    test_noise();
    test_texture();
    test_screen();
    test_drawn();
    test_enlarged();
    test_formats();
    test_figures();
    test_coefficients(0, 0);
    test_coefficients(3, 5);
    test_saved();
    test_cut_out();
    test_worse_quality();
    test_small();
    test_glance();
    test_errors();
    return tap_done("inspect_test");
}
