/* SPDX-License-Identifier: MIT
 *
 * The picture itself, dark and grey, glows from red over yellow to white where detail was invented, and is blue where
 * it doesn't shrink back. Below the picture stands what the colours mean. Small maps are magnified. */
#include "heatmap.h"

#include <stdlib.h>
#include <string.h>

#include "drawing.h"
#include "picture.h"

#define SIDE 2048         /* the map's longest, before it is magnified */
#define MAGNIFIED 512     /* a map is magnified until its longer side has at least this */
#define INVENTED_FULL 24.0f /* levels of the brightest glow */
#define ERROR_SEEN 2.0f   /* levels up to which an error isn't shown */
#define ERROR_FULL 16.0f
#define LEGEND 48         /* rows of it */
#define LEGEND_WIDTH 470

int32_t heatmap_cells(int32_t small_w, int32_t small_h, int32_t *w, int32_t *h)
{
    const int32_t longest = small_w > small_h ? small_w : small_h, k = (longest + SIDE - 1) / SIDE;
    *w = (small_w + k - 1) / k;
    *h = (small_h + k - 1) / k;
    return k;
}

bool heatmap_new(struct heatmap *map, int32_t small_w, int32_t small_h, struct failure *failure)
{
    *map = (struct heatmap){.small_w = small_w};
    map->k = heatmap_cells(small_w, small_h, &map->w, &map->h);
    size_t cells = (size_t)map->w * (size_t)map->h;
    map->ground = calloc(cells, sizeof *map->ground);
    map->error = calloc(cells, sizeof *map->error);
    map->invented = calloc(cells, sizeof *map->invented);
    if (map->ground && map->error && map->invented) return true;
    heatmap_free(map);
    failure_set(failure, OUTCOME_RESOURCES, "no memory for the map");
    return false;
}

void heatmap_free(struct heatmap *map)
{
    free(map->ground);
    free(map->error);
    free(map->invented);
    *map = (struct heatmap){0};
}

/* Brightness of a pixel in levels: green is near enough for a ground. */
static float brightness(const void *pixels, int32_t x, fovea_format format)
{
    bool deep = format >= FOVEA_FORMAT_G16;
    int channels = (int)format - (deep ? FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8 : 0);
    size_t at = (size_t)x * (size_t)channels + (channels >= 3 ? 1 : 0);
    if (!deep) return (float)((const unsigned char *)pixels)[at];
    uint16_t v;
    memcpy(&v, (const unsigned char *)pixels + 2 * at, sizeof v);
    return (float)v / 257.0f;
}

void heatmap_ground(struct heatmap *map, int32_t y, const void *pixels, fovea_format format)
{
    float *row = map->ground + (size_t)(y / map->k) * (size_t)map->w;
    for (int32_t x = 0; x < map->small_w; x++) row[x / map->k] += brightness(pixels, x, format) / (float)(map->k * map->k);
}

void heatmap_values(void *user, fovea_map what, int32_t y, const float *values)
{
    struct heatmap *map = user;
    size_t first = (size_t)(y / map->k) * (size_t)map->w;
    for (int32_t x = 0; x < map->small_w; x++) {
        size_t at = first + (size_t)(x / map->k);
        if (what == FOVEA_MAP_ERROR)
            map->error[at] = values[x] > map->error[at] ? values[x] : map->error[at];
        else
            map->invented[at] += values[x] * values[x] / (float)(map->k * map->k);
    }
}

/* ---- Colours ----------------------------------------------------------------------------------------------- */

static float at_most_one(float v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

/* Root, so that little is seen too. */
static float root(float v)
{
    float r = v > 1 ? v : 1;
    for (int i = 0; i < 12; i++) r = 0.5f * (r + v / r);
    return v > 0 ? r : 0;
}

/* glow and cold: 0 .. 1. */
static struct colour heat(float ground, float glow, float cold)
{
    float base = ground * 0.35f, left = 1 - glow;
    float r = base * left + 255 * at_most_one(2.2f * glow), g = base * left + 255 * at_most_one(1.6f * glow - 0.5f),
          b = base * left + 255 * at_most_one(3 * glow - 2);
    r = r * (1 - cold) + 30 * cold;
    g = g * (1 - cold) + 120 * cold;
    b = b * (1 - cold) + 255 * cold;
    return (struct colour){(unsigned char)(r > 255 ? 255 : r), (unsigned char)(g > 255 ? 255 : g),
                           (unsigned char)(b > 255 ? 255 : b)};
}

static struct colour cell_colour(const struct heatmap *map, size_t at)
{
    float glow = at_most_one(root(map->invented[at]) / INVENTED_FULL);
    float cold = map->is_creative ? 0 : at_most_one((map->error[at] - ERROR_SEEN) / (ERROR_FULL - ERROR_SEEN));
    return heat(map->ground[at], glow, cold > 0 ? 0.3f + 0.7f * cold : 0);
}

static void draw_legend(struct drawing *drawing, int32_t top, bool is_creative)
{
    for (int32_t x = 0; x < 120; x++)
        for (int32_t y = 0; y < 14; y++) {
            float t = (float)x / 119;
            drawing_put(drawing, 8 + x, top + 6 + y, heat(80, t, 0));
            if (!is_creative) drawing_put(drawing, 8 + x, top + 27 + y, heat(80, 0, t > 0 ? 0.3f + 0.7f * t : 0));
        }
    drawing_text(drawing, 136, top + 6, 2, is_creative ? "made up: 0 .. 24 levels" : "invented: 0 .. 24 levels",
                 (struct colour){230, 230, 230});
    if (!is_creative) drawing_text(drawing, 136, top + 27, 2, "off: 2 .. 16 levels", (struct colour){230, 230, 230});
}

bool heatmap_write(const struct heatmap *map, int fd, struct failure *failure)
{
    int32_t longest = map->w > map->h ? map->w : map->h, times = (MAGNIFIED + longest - 1) / longest;
    int32_t w = map->w * times, h = map->h * times;
    struct drawing drawing;
    if (!drawing_new(&drawing, w > LEGEND_WIDTH ? w : LEGEND_WIDTH, h + LEGEND, (struct colour){20, 20, 20}, failure))
        return false;
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++)
            drawing_put(&drawing, x, y, cell_colour(map, (size_t)(y / times) * (size_t)map->w + (size_t)(x / times)));
    draw_legend(&drawing, h, map->is_creative);
    bool good = drawing_write(&drawing, fd, failure);
    drawing_free(&drawing);
    return good;
}
