/* SPDX-License-Identifier: MIT
 *
 * fovea_faces: a portrait in many places, sizes and formats; the table; what has no face; hostile sizes; refusals. The
 * numbers of the portrait are the same on every processor. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "faces.h"
#include "tap.h"

#include "fovea.h"

enum { SIDE = 96 }; /* of tests/files/face.pgm */

static uint8_t portrait[SIDE][SIDE];
static const fovea_face known = {{36, 21, 34, 34}, 15}; /* in it */

static void load_portrait(void)
{
    FILE *file = fopen("tests/files/face.pgm", "rb");
    bool good = file && fseek(file, -(long)sizeof portrait, SEEK_END) == 0 &&
                fread(portrait, 1, sizeof portrait, file) == sizeof portrait;
    TAP_CHECK(good, "tests/files/face.pgm can't be read");
    if (file) fclose(file);
}

/* ---- A picture made here ---- */

typedef struct canvas {
    int w, h;
    uint8_t *grey;
} canvas;

static canvas canvas_new(int w, int h)
{
    canvas c = {w, h, malloc((size_t)w * (size_t)h)};
    memset(c.grey, 128, (size_t)w * (size_t)h);
    return c;
}

static void put_portrait(canvas *c, int x, int y, int times)
{
    for (int j = 0; j < SIDE * times; j++)
        for (int i = 0; i < SIDE * times; i++)
            c->grey[(size_t)(y + j) * (size_t)c->w + (size_t)(x + i)] = portrait[j / times][i / times];
}

static void *in_format(const canvas *c, fovea_format format, int alpha)
{
    const size_t pixels = (size_t)c->w * (size_t)c->h;
    const int channels = (int)format & 15, colours = channels > 2 ? 3 : 1;
    const bool deep = (int)format & 16;
    uint8_t *out = malloc(pixels * fovea_format_size(format));
    for (size_t i = 0; i < pixels; i++)
        for (int k = 0; k < channels; k++) {
            const int v = k < colours ? c->grey[i] : alpha;
            const size_t at = i * (size_t)channels + (size_t)k;
            if (deep)
                ((uint16_t *)(void *)out)[at] = (uint16_t)(257 * v);
            else
                out[at] = (uint8_t)v;
        }
    return out;
}

static int find(const void *pixels, int w, int h, fovea_format format, fovea_face *list)
{
    fovea_faces *faces;
    fovea_error error;
    int32_t count = -1, again = -1;
    if (!TAP_CHECK(!fovea_faces_new(w, h, format, NULL, &faces, &error), "%dx%d: %s", w, h, error.message)) return -1;
    for (int y = 0; y < h; y++) {
        const void *row = (const uint8_t *)pixels + (size_t)y * (size_t)w * fovea_format_size(format);
        if (y < 3) TAP_CHECK(fovea_faces_get(faces, list, FOVEA_FACES, &count) == FOVEA_ERROR_ARGUMENT, "asked too early");
        if (fovea_faces_row(faces, row)) TAP_CHECK(false, "row %d", y);
    }
    TAP_CHECK(fovea_faces_row(faces, pixels) == FOVEA_ERROR_ARGUMENT, "a row too many");
    TAP_CHECK(!fovea_faces_get(faces, list, FOVEA_FACES, &count) && !fovea_faces_get(faces, NULL, 0, &again) && count == again,
              "%d, then %d", count, again);
    for (int i = 0; i < count; i++) {
        const fovea_rect r = list[i].rect;
        TAP_CHECK(r.x >= 0 && r.y >= 0 && r.w > 0 && r.h > 0 && r.x <= w - r.w && r.y <= h - r.h, "face %d leaves the picture",
                  i);
        TAP_CHECK(list[i].score > 0 && (!i || list[i].rect.w != list[i - 1].rect.w || list[i].rect.x != list[i - 1].rect.x ||
                                        list[i].rect.y != list[i - 1].rect.y),
                  "face %d", i);
    }
    fovea_faces_free(faces);
    return count;
}

static int find_in(const canvas *c, fovea_face *list) { return find(c->grey, c->w, c->h, FOVEA_FORMAT_G8, list); }

/* Does one of them lie where the portrait at (x, y) has its face? */
static bool has(const fovea_face *list, int count, int x, int y, int times)
{
    const int middle_x = x + times * (known.rect.x + known.rect.w / 2),
              middle_y = y + times * (known.rect.y + known.rect.h / 2);
    for (int i = 0; i < count; i++) {
        const fovea_rect r = list[i].rect;
        if (abs(r.x + r.w / 2 - middle_x) <= 4 * times && abs(r.y + r.h / 2 - middle_y) <= 4 * times &&
            abs(r.w - times * known.rect.w) <= 14 * times)
            return true;
    }
    return false;
}

/* ---- What must be found ---- */

static void test_portrait(void)
{
    static const fovea_format formats[] = {FOVEA_FORMAT_G8,  FOVEA_FORMAT_GA8,  FOVEA_FORMAT_RGB8,  FOVEA_FORMAT_RGBA8,
                                           FOVEA_FORMAT_G16, FOVEA_FORMAT_GA16, FOVEA_FORMAT_RGB16, FOVEA_FORMAT_RGBA16};
    canvas c = canvas_new(SIDE, SIDE);
    fovea_face list[FOVEA_FACES];
    put_portrait(&c, 0, 0, 1);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        void *pixels = in_format(&c, formats[i], 255);
        const int count = find(pixels, SIDE, SIDE, formats[i], list);
        TAP_CHECK(count == 1 && !memcmp(list, &known, sizeof known), "format %d: %d faces, %d %d %d %d, score %d",
                  (int)formats[i], count, list[0].rect.x, list[0].rect.y, list[0].rect.w, list[0].rect.h, list[0].score);
        free(pixels);
    }
    void *unseen = in_format(&c, FOVEA_FORMAT_RGBA8, 0);
    TAP_CHECK(find(unseen, SIDE, SIDE, FOVEA_FORMAT_RGBA8, list) == 0, "a transparent face");
    free(unseen);
    free(c.grey);
}

static void test_places(void)
{
    canvas c = canvas_new(700, 500);
    fovea_face list[FOVEA_FACES];
    put_portrait(&c, 11, 7, 1);
    put_portrait(&c, 203, 5, 2);
    put_portrait(&c, 410, 200, 3);
    put_portrait(&c, 604, 0, 1); /* to the right border */
    const int count = find_in(&c, list);
    TAP_CHECK(count == 4, "%d faces", count);
    TAP_CHECK(has(list, count, 11, 7, 1) && has(list, count, 203, 5, 2) && has(list, count, 410, 200, 3) &&
                  has(list, count, 604, 0, 1),
              "not where they are");
    free(c.grey);
}

/* Above 3 million pixels every second one is enough. */
static void test_reduced(void)
{
    canvas c = canvas_new(2201, 1801);
    fovea_face list[FOVEA_FACES];
    put_portrait(&c, 1501, 1001, 3);
    const int count = find_in(&c, list);
    TAP_CHECK(count == 1 && has(list, count, 1501, 1001, 3), "%d faces, %d %d %d", count, list[0].rect.x, list[0].rect.y,
              list[0].rect.w);
    free(c.grey);
}

/* More faces than are told of: the surest come, in order. */
static void test_many(void)
{
    enum { ACROSS = 9, DOWN = 8 };
    canvas c = canvas_new(ACROSS * SIDE, DOWN * SIDE);
    fovea_face list[FOVEA_FACES];
    for (int i = 0; i < ACROSS * DOWN; i++) put_portrait(&c, i % ACROSS * SIDE, i / ACROSS * SIDE, 1);
    const int count = find_in(&c, list);
    TAP_CHECK(count == FOVEA_FACES, "%d faces", count);
    free(c.grey);
}

/* Rows of two pictures in turn do not mix. */
static void test_two(void)
{
    static const uint8_t flat[SIDE];
    fovea_faces *one, *two;
    int32_t ones = -1, twos = -1;
    fovea_face list[2];
    TAP_CHECK(!fovea_faces_new(SIDE, SIDE, FOVEA_FORMAT_G8, NULL, &one, NULL) &&
                  !fovea_faces_new(SIDE, SIDE, FOVEA_FORMAT_G8, NULL, &two, NULL),
              "two at a time");
    for (int y = 0; y < SIDE; y++) {
        fovea_faces_row(one, portrait[y]);
        fovea_faces_row(two, flat);
    }
    TAP_CHECK(!fovea_faces_get(one, list, 2, &ones) && !fovea_faces_get(two, NULL, 0, &twos) && ones == 1 && twos == 0,
              "%d and %d", ones, twos);
    TAP_CHECK(!memcmp(list, &known, sizeof known), "another face");
    fovea_faces_free(one);
    fovea_faces_free(two);
}

/* ---- What must not ---- */

static void test_nothing(void)
{
    canvas c = canvas_new(400, 300);
    fovea_face list[FOVEA_FACES];
    uint32_t state = 9;
    TAP_CHECK(find_in(&c, list) == 0, "a face in grey");
    for (int i = 0; i < c.w * c.h; i++) {
        state = state * 1664525 + 1013904223;
        c.grey[i] = (uint8_t)(state >> 24);
    }
    TAP_CHECK(find_in(&c, list) == 0, "a face in noise");
    for (int i = 0; i < c.w * c.h; i++) c.grey[i] = (i % c.w / 8 + i / c.w / 8) % 2 ? 255 : 0;
    TAP_CHECK(find_in(&c, list) == 0, "a face on a chessboard");
    for (int i = 0; i < c.w * c.h; i++) c.grey[i] = (uint8_t)(i % c.w / 2 + i / c.w / 8);
    TAP_CHECK(find_in(&c, list) == 0, "a face in a ramp");
    free(c.grey);
}

static void test_sizes(void)
{
    static const int sizes[][2] = {{1, 1},     {1, 5000},  {5000, 1},    {19, 19},     {20, 20},
                                   {21, 20},   {20, 4000}, {4000, 20},   {255, 127},   {256, 128},
                                   {257, 129}, {274, 146}, {200000, 20}, {20, 200000}, {4000000, 1}};
    fovea_face list[FOVEA_FACES];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int w = sizes[i][0], h = sizes[i][1];
        uint8_t *pixels = calloc((size_t)w * (size_t)h, 1);
        for (int k = 0; k < w * h; k += 3) pixels[k] = (uint8_t)k;
        TAP_CHECK(find(pixels, w, h, FOVEA_FORMAT_G8, list) >= 0, "%dx%d", w, h);
        free(pixels);
    }
}

/* ---- The table ---- */

static int column_of(int at)
{
    return at % FV_FACE_TILE_W % (FV_FACE_TILE_W / 2) * 2 + at % FV_FACE_TILE_W / (FV_FACE_TILE_W / 2);
}

static bool is_inside(const uint16_t *at)
{
    const int left = column_of(at[0]), right = column_of(at[3]), top = at[0] / FV_FACE_TILE_W, bottom = at[3] / FV_FACE_TILE_W;
    return left < right && right <= FV_FACE && top < bottom && bottom <= FV_FACE && at[1] == fv_face_at(right, top) &&
           at[2] == fv_face_at(left, bottom);
}

static void test_table(void)
{
    fv_tree *trees = malloc(FV_FACES_TREES * sizeof *trees);
    int count = 0, bad = 0;
    fv_faces_unpack(trees);
    for (int i = 0; i < FV_FACES_STAGES; i++) count += fv_faces_stages[i].trees;
    TAP_CHECK(count == FV_FACES_TREES, "%d trees", count);
    for (int i = 0; i < FV_FACES_TREES; i++) {
        const fv_feature *features[] = {&trees[i].first, &trees[i].second};
        for (int k = 0; k < 2; k++)
            bad += !is_inside(features[k]->at[0]) || !is_inside(features[k]->at[1]) || features[k]->weight[1] < 2 ||
                   (features[k]->weight[2] && !is_inside(features[k]->at[2]));
        bad += trees[i].leaf <= 0 || trees[i].below <= 0 || trees[i].above <= 0;
    }
    TAP_CHECK(!bad, "%d features that leave the window", bad);
    free(trees);
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

static void test_errors(void)
{
    fovea_faces *f = (fovea_faces *)&taken;
    fovea_error error;
    int32_t count;
    TAP_CHECK(fovea_faces_new(0, 5, FOVEA_FORMAT_G8, NULL, &f, &error) == FOVEA_ERROR_ARGUMENT && !f, "no width");
    TAP_CHECK(fovea_faces_new(5, -1, FOVEA_FORMAT_G8, NULL, &f, &error) == FOVEA_ERROR_ARGUMENT && !f, "no height");
    TAP_CHECK(fovea_faces_new(5, 5, (fovea_format)9, NULL, &f, &error) == FOVEA_ERROR_ARGUMENT && !f, "a format");
    TAP_CHECK(fovea_faces_new(5, 5, FOVEA_FORMAT_G8, NULL, NULL, &error) == FOVEA_ERROR_ARGUMENT, "no place");
    TAP_CHECK(fovea_faces_new(5, FOVEA_MAX_SIDE + 1, FOVEA_FORMAT_G8, NULL, &f, &error) == FOVEA_ERROR_LIMIT && !f, "a side");
    TAP_CHECK(fovea_faces_new(90, 90, FOVEA_FORMAT_G8, fovea_options(.max_memory = 1000), &f, &error) == FOVEA_ERROR_LIMIT &&
                  !f,
              "max_memory");
    TAP_CHECK(
        !fovea_faces_new(FOVEA_MAX_SIDE, FOVEA_MAX_SIDE, FOVEA_FORMAT_RGBA16, fovea_options(.max_memory = 6000000), &f, &error),
        "the largest picture: %s", error.message);
    fovea_faces_free(f);
    for (allowed = 0; allowed < 2; allowed++) {
        const fovea_options *options = fovea_options(.allocator = {alloc, release, NULL});
        const fovea_status status = fovea_faces_new(5, 5, FOVEA_FORMAT_G8, options, &f, &error);
        TAP_CHECK(status == (allowed ? FOVEA_OK : FOVEA_ERROR_MEMORY) && (f != NULL) == (allowed > 0), "%d allowed", allowed);
        TAP_CHECK(fovea_faces_row(f, NULL) == FOVEA_ERROR_ARGUMENT, "no row");
        TAP_CHECK(fovea_faces_get(f, NULL, 1, &count) == FOVEA_ERROR_ARGUMENT, "no list");
        TAP_CHECK(fovea_faces_get(f, NULL, -1, &count) == FOVEA_ERROR_ARGUMENT, "no room");
        TAP_CHECK(fovea_faces_get(f, NULL, 0, NULL) == FOVEA_ERROR_ARGUMENT, "no count");
        fovea_faces_free(f);
        TAP_CHECK(taken == 0, "%d allocations left", taken);
    }
    fovea_faces_free(NULL);
}

int main(void)
{
    load_portrait();
    test_portrait();
    test_places();
    test_reduced();
    test_many();
    test_two();
    test_nothing();
    test_sizes();
    test_table();
    test_errors();
    return tap_done("faces_test");
}
