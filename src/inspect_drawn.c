/* SPDX-License-Identifier: MIT
 *
 * What lies between the edges of a picture and beside them. Between those of drawings there is nothing or a slope, between
 * those of photographs texture. Beside an edge that was drawn at this size it is flat up to the edge; bicubic and Lanczos
 * filters, which make pictures smaller, go a little the other way first. */
#include "inspect.h"

enum {
    BEND = 3 * FV_LEVEL16, /* of luma at a pixel: more than slopes have */
    EDGE = 24 * FV_LEVEL16, /* a difference that is no texture */
    RANGE = 48 * FV_LEVEL16, /* across an edge beside which rings are looked for */
    RING = 2 * FV_LEVEL16,
    ROOM = 12 * FV_LEVEL16, /* without it black or white cut a ring off */
    WHITE = 255 * FV_LEVEL16,
};

/* A faint edge of a drawing is flat within two pixels; texture is not. */
static void count_texture(fovea_inspect *in, const int16_t *p)
{
    uint32_t texture = 0;
    for (int x = 2; x < in->w - 2; x++) {
        const int before = fv_size(p[x - 1] - p[x - 2]), after = fv_size(p[x + 2] - p[x + 1]);
        const int left = fv_size(p[x] - p[x - 1]), right = fv_size(p[x + 1] - p[x]);
        const int most = fv_max(fv_max(before, left), fv_max(right, after));
        const int least = fv_min(fv_min(before, left), fv_min(right, after));
        texture += fv_size(p[x + 1] - 2 * p[x] + p[x - 1]) >= BEND && most < EDGE && least > 0 ? 1 : 0;
    }
    in->counts.texture += texture;
}

/* From flat a, b over c to d: 1 where c goes the other way before an edge, -1 where it does not, 0 where there is none. */
static int ring(int a, int b, int c, int d)
{
    const int step = d - b, up = step > 0 ? 1 : -1, room = up > 0 ? b : WHITE - b, away = up * (b - c);
    const int edge = a == b && fv_size(step) >= RANGE && room >= ROOM ? 1 : 0;
    const int rings = away >= RING && 4 * away <= fv_size(step) ? 1 : 0, clean = away <= 0 ? 1 : 0;
    return edge * (rings - clean);
}

/* Both ways through the four samples of w places, each in a row of its own. */
static void count_rings(fovea_inspect *in, const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int w)
{
    uint32_t rings = 0, edges = 0;
    for (int x = 0; x < w; x++) {
        const int onward = ring(a[x], b[x], c[x], d[x]), back = ring(d[x], c[x], b[x], a[x]);
        rings += (onward > 0 ? 1u : 0u) + (back > 0 ? 1u : 0u);
        edges += (onward ? 1u : 0u) + (back ? 1u : 0u);
    }
    in->counts.rings += rings;
    in->counts.ring_edges += edges;
}

void fv_drawn_row(fovea_inspect *in)
{
    const int y = in->y - 1;
    const int16_t *p = fv_luma_row(in, y);
    count_texture(in, p);
    count_rings(in, p, p + 1, p + 2, p + 3, in->w - 3);
    if (y < 3) return;
    count_rings(in, fv_luma_row(in, y - 3), fv_luma_row(in, y - 2), fv_luma_row(in, y - 1), p, in->w);
}
