/* SPDX-License-Identifier: MIT
 *
 * Rows come in and a reduced grey picture is kept; when all have come it is searched at many sizes. Windows of one size
 * (faces_cascade.c) see larger faces in smaller pictures: halves of halves, and between each and the next some sizes by
 * linear interpolation. A face is hit by many windows, a thing that looks like one by few: hits are gathered into groups,
 * and a group counts from LEAST hits on. */
#include "faces.h"
#include "pixels.h"

enum {
    MOST_PIXELS = 3 << 20, /* that are searched; larger pictures are reduced by a whole number */
    CHUNK = 1024, /* pixels of a row that are made grey at a time */
    OCTAVES = 24, /* halves until a side is below FV_FACE */
    LEVELS = 6, /* sizes from one half to the next */
    LEAST = 2, /* hits of a face */
    GROUPS = 1024, /* of hits; what comes after them is not counted */
    NEAR = 4, /* hits of one group differ by no more than 1 / NEAR of their sides */
};

/* 2^(-i / LEVELS), 65536 is 1. */
static const int32_t shrinking[LEVELS] = {65536, 58386, 52016, 46341, 41285, 36781};

typedef struct plane {
    uint8_t *pixels;
    int32_t w, h;
} plane;

/* Sums over hits, in 1/16 pixel of the searched picture. */
typedef struct group {
    int64_t x, y, side;
    int32_t hits, more; /* more: of groups that overlap it */
} group;

/* A size of the picture, made of the next larger plane. */
typedef struct level {
    const plane *from;
    int32_t w, h;
    int64_t across, down; /* pixels of the plane to one of the level, 65536 is 1 */
    int octave;
} level;

struct fovea_faces {
    fovea_allocator allocator;
    int32_t w, h, y; /* y: rows seen */
    fovea_format format;
    int32_t reduced; /* pixels of the picture's to one of the searched picture's, along and down */
    plane planes[OCTAVES];
    uint64_t *sums; /* (planes[0].w) of the rows that become one */
    uint16_t *rgb, *alpha; /* (CHUNK, 3), (CHUNK) */
    uint16_t *between; /* (FV_FACE_TILE_W * 2 + 2) a row between two rows of a plane, 256 to a level */
    fv_face_tile *tile;
    fv_tree *trees; /* (FV_FACES_TREES) */
    group *groups; /* (GROUPS) */
    int32_t group_count, count; /* groups; faces among them: the first ones, the best first. count -1: not searched yet */
};

/* ---- Memory ---- */

static void lay_out(fovea_faces *f, fv_arena *a)
{
    for (int i = 0; i < OCTAVES; i++) f->planes[i].pixels = fv_take(a, (int64_t)f->planes[i].w * f->planes[i].h, 1);
    f->sums = fv_take(a, f->planes[0].w, sizeof *f->sums);
    f->rgb = fv_take(a, 3 * CHUNK, sizeof *f->rgb);
    f->alpha = fv_take(a, CHUNK, sizeof *f->alpha);
    f->between = fv_take(a, 2 * FV_FACE_TILE_W + 2, sizeof *f->between);
    f->tile = fv_take(a, 1, sizeof *f->tile);
    f->trees = fv_take(a, FV_FACES_TREES, sizeof *f->trees);
    f->groups = fv_take(a, GROUPS, sizeof *f->groups);
}

/* Sizes of what is searched; none where a side is too small to hold a face. */
static void plan_planes(fovea_faces *f)
{
    f->reduced = 1;
    while ((int64_t)(f->w / f->reduced) * (f->h / f->reduced) > MOST_PIXELS) f->reduced++;
    int32_t w = f->w / f->reduced, h = f->h / f->reduced;
    for (int i = 0; i < OCTAVES && w >= FV_FACE && h >= FV_FACE; i++, w /= 2, h /= 2) f->planes[i] = (plane){NULL, w, h};
}

fovea_status fovea_faces_new(int32_t picture_w, int32_t picture_h, fovea_format format, const fovea_options *options,
                             fovea_faces **out, fovea_error *error)
{
    fovea_options o;
    if (!out) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no place for the result");
    *out = NULL;
    fovea_status status = fv_reader_check(picture_w, picture_h, format, options, &o, error);
    if (status) return status;
    fovea_faces start = {.allocator = o.allocator, .w = picture_w, .h = picture_h, .format = format, .count = -1};
    plan_planes(&start);
    fv_arena a = fv_arena_counts(sizeof start);
    lay_out(&start, &a);
    status = fv_arena_open(&a, sizeof start, &o, error);
    if (status) return status;
    fovea_faces *f = (fovea_faces *)(void *)a.base;
    *f = start;
    lay_out(f, &a);
    fv_faces_unpack(f->trees);
    *out = f;
    return fv_ok(error);
}

void fovea_faces_free(fovea_faces *f)
{
    if (!f) return;
    const fovea_allocator allocator = f->allocator;
    fv_delete(&allocator, f);
}

/* ---- Rows: grey on white, averaged ---- */

static uint32_t luma_of(const fovea_faces *f, int i)
{
    const uint16_t *c = f->rgb + 3 * i;
    const uint32_t luma = (77u * c[0] + 150u * c[1] + 29u * c[2]) >> 8;
    if (!fv_format_alpha(f->format)) return luma;
    const uint32_t alpha = f->alpha[i];
    return (luma * alpha + 65535u * (65535u - alpha)) / 65535u;
}

static void add_row(fovea_faces *f, const void *pixels)
{
    const fovea_source src = {pixels, (size_t)f->w * fovea_format_size(f->format), f->format, 0, 0, f->w, 1, f->w, 1, 0, 0};
    const int32_t used = f->planes[0].w * f->reduced;
    int32_t at = 0, inside = 0; /* the sum that comes next, and how many of its pixels have come */
    for (int32_t x = 0; x < used; x += CHUNK) {
        const int n = fv_min(CHUNK, used - x);
        fv_pixels_load(&src, x, 0, n, f->rgb, f->alpha);
        for (int i = 0; i < n; i++) {
            f->sums[at] += luma_of(f, i);
            if (++inside == f->reduced) inside = 0, at++;
        }
    }
}

static void end_row(fovea_faces *f, int32_t row)
{
    const plane *p = &f->planes[0];
    const uint64_t unit = 257 * (uint64_t)f->reduced * (uint64_t)f->reduced;
    for (int32_t x = 0; x < p->w; x++)
        p->pixels[(size_t)row * (size_t)p->w + (size_t)x] = (uint8_t)((f->sums[x] + unit / 2) / unit);
    memset(f->sums, 0, (size_t)p->w * sizeof *f->sums);
}

fovea_status fovea_faces_row(fovea_faces *f, const void *pixels)
{
    if (!f || !pixels || f->y >= f->h) return FOVEA_ERROR_ARGUMENT;
    if (f->y < f->planes[0].h * f->reduced) {
        add_row(f, pixels);
        if ((f->y + 1) % f->reduced == 0) end_row(f, f->y / f->reduced);
    }
    f->y++;
    return FOVEA_OK;
}

/* ---- The pyramid ---- */

static void halve(const plane *from, const plane *to)
{
    for (int32_t y = 0; y < to->h; y++) {
        const uint8_t *a = from->pixels + (size_t)(2 * y) * (size_t)from->w, *b = a + from->w;
        uint8_t *out = to->pixels + (size_t)y * (size_t)to->w;
        for (int32_t x = 0; x < to->w; x++) out[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
    }
}

/* The plane's place of a level's pixel: centres lie over centres. 65536 to a pixel. */
static int64_t place_of(int32_t i, int64_t step, int32_t size)
{
    const int64_t at = ((2 * i + 1) * step - 65536) >> 1, last = (int64_t)(size - 1) << 16;
    return at < 0 ? 0 : at > last ? last : at;
}

/* Columns x0 .. x1 of the plane at row y, between two rows: 256 to a level. */
static void mix_rows(const plane *p, int64_t y, int32_t x0, int32_t x1, uint16_t *out)
{
    const int32_t row = (int32_t)(y >> 16), part_below = (int32_t)(y >> 8 & 255);
    const uint8_t *a = p->pixels + (size_t)row * (size_t)p->w + x0, *b = row + 1 < p->h ? a + p->w : a;
    for (int32_t x = 0; x <= x1 - x0; x++) out[x] = (uint16_t)(a[x] * (256 - part_below) + b[x] * part_below);
}

/* Integral pictures of w x h pixels of the level from (x, y) on. */
static void fill_tile(fovea_faces *f, const level *l, int32_t x, int32_t y, int w, int h)
{
    const plane *p = l->from;
    uint16_t at[FV_FACE_TILE_W];
    uint8_t part_right[FV_FACE_TILE_W];
    const int32_t x0 = (int32_t)(place_of(x, l->across, p->w) >> 16);
    const int32_t x1 = fv_min((int32_t)(place_of(x + w - 1, l->across, p->w) >> 16) + 1, p->w - 1);
    for (int i = 0; i < w; i++) {
        const int64_t place = place_of(x + i, l->across, p->w);
        at[i] = (uint16_t)((place >> 16) - x0);
        part_right[i] = (uint8_t)(place >> 8 & 255);
    }
    for (int i = 0; i < FV_FACE_TILE_W; i++) f->tile->sums[i] = f->tile->squares[i] = 0;
    for (int j = 0; j < h; j++) {
        mix_rows(p, place_of(y + j, l->down, p->h), x0, x1, f->between);
        f->between[x1 - x0 + 1] = f->between[x1 - x0];
        uint32_t *s = f->tile->sums + j * FV_FACE_TILE_W, *q = f->tile->squares + j * FV_FACE_TILE_W, sum = 0, square = 0;
        s[FV_FACE_TILE_W] = q[FV_FACE_TILE_W] = 0;
        for (int i = 0; i < w; i++) {
            const uint16_t *b = f->between + at[i];
            const uint32_t v = (uint32_t)(b[0] * (256 - part_right[i]) + b[1] * part_right[i] + 32768) >> 16;
            const int place = fv_face_at(i + 1, 0);
            sum += v;
            square += v * v;
            s[FV_FACE_TILE_W + place] = s[place] + sum;
            q[FV_FACE_TILE_W + place] = q[place] + square;
        }
    }
}

/* ---- Groups of hits ---- */

static int64_t distance(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

static bool is_near(const group *g, int64_t x, int64_t y, int64_t side)
{
    const int64_t n = g->hits, least = side * n < g->side ? side * n : g->side;
    return NEAR * distance(x * n, g->x) <= least && NEAR * distance(y * n, g->y) <= least &&
           NEAR * distance(side * n, g->side) <= least;
}

static void add_hit(fovea_faces *f, const level *l, int32_t x, int32_t y)
{
    const int64_t px = (x * l->across << l->octave) >> 12, py = (y * l->down << l->octave) >> 12;
    const int64_t side = (FV_FACE * l->across << l->octave) >> 12;
    group *g = f->groups, *end = g + f->group_count;
    while (g < end && !is_near(g, px, py, side)) g++;
    if (g == f->groups + GROUPS) return;
    if (g == end) f->group_count++;
    g->x += px;
    g->y += py;
    g->side += side;
    g->hits++;
}

/* Is the middle of one in the other? Means that both are of one face. */
static bool overlap(const group *a, const group *b)
{
    const int64_t ax = a->x / a->hits, ay = a->y / a->hits, as = a->side / a->hits;
    const int64_t bx = b->x / b->hits, by = b->y / b->hits, bs = b->side / b->hits;
    const int64_t reach = (as > bs ? as : bs) / 2;
    return distance(ax + as / 2, bx + bs / 2) < reach && distance(ay + as / 2, by + bs / 2) < reach;
}

/* The best first; equal ones as they were found. */
static void sort_groups(group *groups, int32_t count)
{
    for (int32_t i = 1; i < count; i++) {
        const group one = groups[i];
        int32_t j = i;
        for (; j > 0 && groups[j - 1].hits < one.hits; j--) groups[j] = groups[j - 1];
        groups[j] = one;
    }
}

/* Of groups that overlap the best stays and takes the others' hits; then those with too few go. */
static void choose_faces(fovea_faces *f)
{
    int32_t kept = 0;
    sort_groups(f->groups, f->group_count);
    for (int32_t i = 0; i < f->group_count; i++) {
        const group one = f->groups[i];
        int32_t j = 0;
        while (j < kept && !overlap(&f->groups[j], &one)) j++;
        if (j == kept)
            f->groups[kept++] = one;
        else
            f->groups[j].more += one.hits;
    }
    f->count = 0;
    for (int32_t i = 0; i < kept && f->count < FOVEA_FACES; i++)
        if (f->groups[i].hits + f->groups[i].more >= LEAST) f->groups[f->count++] = f->groups[i];
}

/* ---- The search ---- */

static void search_tile(fovea_faces *f, const level *l, int32_t x, int32_t y)
{
    const int w = fv_min(FV_FACE_TILE_W - 1, l->w - x), h = fv_min(FV_FACE_TILE_H - 1, l->h - y);
    uint8_t found[FV_FACE_ACROSS];
    fill_tile(f, l, x, y, w, h);
    const int across = (w - FV_FACE) / FV_FACE_STEP + 1, down = (h - FV_FACE) / FV_FACE_STEP + 1;
    for (int j = 0; j < down; j++) {
        const int hits = fv_faces_judge(f->trees, f->tile, FV_FACE_STEP * j, across, found);
        for (int i = 0; i < hits; i++) add_hit(f, l, x + FV_FACE_STEP * found[i], y + FV_FACE_STEP * j);
    }
}

static void search_level(fovea_faces *f, const level *l)
{
    for (int32_t y = 0; y + FV_FACE <= l->h; y += FV_FACE_STEP * FV_FACE_DOWN)
        for (int32_t x = 0; x + FV_FACE <= l->w; x += FV_FACE_STEP * FV_FACE_ACROSS) search_tile(f, l, x, y);
}

static void search(fovea_faces *f)
{
    for (int o = 0; o < OCTAVES && f->planes[o].w; o++) {
        const plane *p = &f->planes[o];
        if (o) halve(p - 1, p);
        for (int i = 0; i < LEVELS; i++) {
            level l = {.from = p,
                       .w = (int32_t)((int64_t)p->w * shrinking[i] >> 16),
                       .h = (int32_t)((int64_t)p->h * shrinking[i] >> 16),
                       .octave = o};
            if (l.w < FV_FACE || l.h < FV_FACE) break;
            l.across = ((int64_t)p->w << 16) / l.w;
            l.down = ((int64_t)p->h << 16) / l.h;
            search_level(f, &l);
        }
    }
    choose_faces(f);
}

/* A group's mean in pixels of the picture, within it. */
static fovea_face face_of(const fovea_faces *f, const group *g)
{
    const int64_t unit = 16 * (int64_t)g->hits, r = f->reduced;
    const int64_t x = g->x * r / unit, y = g->y * r / unit, side = g->side * r / unit;
    const int64_t w = x + side > f->w ? f->w - x : side, h = y + side > f->h ? f->h - y : side;
    return (fovea_face){{(int32_t)x, (int32_t)y, (int32_t)w, (int32_t)h}, g->hits + g->more};
}

fovea_status fovea_faces_get(fovea_faces *f, fovea_face *list, int32_t room, int32_t *count)
{
    if (!f || !count || room < 0 || (room && !list) || f->y < f->h) return FOVEA_ERROR_ARGUMENT;
    if (f->count < 0) search(f);
    *count = f->count;
    for (int32_t i = 0; i < f->count && i < room; i++) list[i] = face_of(f, &f->groups[i]);
    return FOVEA_OK;
}
