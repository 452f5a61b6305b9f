/* SPDX-License-Identifier: MIT
 *
 * One picture comes down row by row; of it the newest 32 rows of luma are kept, and counts. What needs a row below waits
 * for it: with row y the edges and the noise of row y - 1 are counted. */
#include "inspect.h"
#include "measure_math.h"
#include "pixels.h"

enum {
    SMOOTH = 2 * FV_LEVEL16, /* what passes for flat in pictures that were compressed */
    STRONG = 24 * FV_LEVEL16, /* a difference that an eye takes for an edge */
    STEP_SIDES = 3 * FV_LEVEL16, /* how flat it must be beside a hard step */
    FAINT = 6 * FV_LEVEL16, /* a border of a box may be as faint as this */
    LONG = 32, /* pixels of a line that is straight on purpose */
    GREY = 10, /* levels between the channels of what passes for grey */
    RANGE = 48 * FV_LEVEL16, /* across an edge whose width is taken */
    REACH = 4, /* half the pixels that an edge is looked for in */
    SPECTRUM_PIXELS = 4000000, /* larger pictures are looked at in part */
};

/* ---- Memory ---- */

/* Hands out parts of one block; counts only, while base is NULL. */
static void *part(uint8_t *base, size_t *used, bool *fits, int64_t count, size_t size)
{
    void *memory = base ? base + *used : NULL;
    *fits &= fv_add_size(used, (size_t)count, size);
    *used = fv_round_up(*used, FV_ALIGN);
    return memory;
}

static size_t lay_out(fovea_inspect *in, uint8_t *base, bool *fits)
{
    const int64_t w = in->w;
    size_t used = fv_round_up(sizeof *in, FV_ALIGN);
    in->rgb = part(base, &used, fits, 3 * w, sizeof *in->rgb);
    in->alpha = part(base, &used, fits, w, sizeof *in->alpha);
    in->now = part(base, &used, fits, 3 * w, 1);
    in->before = part(base, &used, fits, 3 * w, 1);
    in->luma = part(base, &used, fits, FV_WINDOW * w, sizeof *in->luma);
    in->column = part(base, &used, fits, w, sizeof *in->column);
    in->block = part(base, &used, fits, w / FV_INSPECT_BLOCK + 1, sizeof *in->block);
    in->clipped = part(base, &used, fits, w / FV_INSPECT_BLOCK + 1, 1);
    in->lines = part(base, &used, fits, w, sizeof *in->lines);
    in->cells = part(base, &used, fits, FV_CELLS, sizeof *in->cells);
    in->table = part(base, &used, fits, 2 * FV_COLOURS, sizeof *in->table);
    return used;
}

static int32_t lines_apart(int32_t w, int32_t h)
{
    int32_t every = 1;
    while ((int64_t)w * h / every > SPECTRUM_PIXELS) every++;
    return every;
}

fovea_status fovea_inspect_new(int32_t picture_w, int32_t picture_h, fovea_format format, const fovea_options *options,
                               fovea_inspect **out, fovea_error *error)
{
    fovea_options o;
    if (!out) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no place for the result");
    *out = NULL;
    const fovea_status status = fv_reader_check(picture_w, picture_h, format, options, &o, error);
    if (status) return status;
    fovea_inspect start = {.allocator = o.allocator, .w = picture_w, .h = picture_h, .format = format,
                           .every = lines_apart(picture_w, picture_h)};
    bool fits = true;
    const size_t size = lay_out(&start, NULL, &fits);
    if (!fits || (o.max_memory && size > o.max_memory)) return fv_fail(error, FOVEA_ERROR_LIMIT, "more than max_memory");
    fovea_inspect *in = fv_new(&o.allocator, size);
    if (!in) return fv_fail(error, FOVEA_ERROR_MEMORY, "no memory");
    *in = start;
    lay_out(in, (uint8_t *)in, &fits);
    fv_spectrum_prepare(in);
    *out = in;
    return fv_ok(error);
}

void fovea_inspect_free(fovea_inspect *in)
{
    if (!in) return;
    const fovea_allocator allocator = in->allocator;
    fv_delete(&allocator, in);
}

/* ---- A row as it is seen: on white, at 8 bits, and its luma ---- */

static void load_row(fovea_inspect *in, const void *pixels)
{
    const fovea_source src = {pixels, (size_t)in->w * fovea_format_size(in->format), in->format, 0, 0, in->w, 1, in->w, 1, 0, 0};
    uint8_t *const spare = in->before;
    in->before = in->now;
    in->now = spare;
    fv_pixels_load(&src, 0, 0, in->w, in->rgb, in->alpha);
    int16_t *luma = in->luma + (size_t)(in->y % FV_WINDOW) * (size_t)in->w;
    for (int x = 0; x < in->w; x++) {
        uint32_t c[3];
        for (int i = 0; i < 3; i++) {
            c[i] = in->rgb[3 * x + i];
            if (fv_format_alpha(in->format)) c[i] = (c[i] * in->alpha[x] + 65535u * (65535u - in->alpha[x])) / 65535u;
            in->now[3 * x + i] = (uint8_t)(c[i] >> 8);
        }
        luma[x] = (int16_t)((77 * c[0] + 150 * c[1] + 29 * c[2]) >> 12);
    }
}

/* ---- Colours ---- */

static void note_colour(fovea_inspect *in, uint32_t colour)
{
    uint32_t at = colour * 2654435761u >> 19; /* 13 bits: the size of the table */
    while (in->table[at] && in->table[at] != colour + 1) at = (at + 1) % (2 * FV_COLOURS);
    if (in->table[at]) return;
    in->table[at] = colour + 1;
    in->colours++;
}

static void count_colours(fovea_inspect *in)
{
    fv_counts *n = &in->counts;
    const int16_t *luma = fv_luma_row(in, in->y);
    for (int x = 0; x < in->w; x++) {
        const uint8_t *p = in->now + 3 * x;
        const int most = fv_max(p[0], fv_max(p[1], p[2])), least = fv_min(p[0], fv_min(p[1], p[2]));
        n->grey += most - least <= GREY;
        n->bright += luma[x] >= 200 * FV_LEVEL16 && most - least <= 3 * GREY;
        n->dark += luma[x] < 100 * FV_LEVEL16;
        in->cells[(uint32_t)(p[0] >> 3) << 10 | (uint32_t)(p[1] >> 3) << 5 | p[2] >> 3]++;
        if (in->colours < FV_COLOURS && (!x || p[0] != p[-3] || p[1] != p[-2] || p[2] != p[-1]))
            note_colour(in, (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]);
    }
    n->pixels += (uint64_t)in->w;
}

/* ---- Flat and stepped places ---- */

static bool same_colour(const uint8_t *a, const uint8_t *b) { return a[0] == b[0] && a[1] == b[1] && a[2] == b[2]; }

static void count_flat(fovea_inspect *in)
{
    const int16_t *luma = fv_luma_row(in, in->y), *above = fv_luma_row(in, in->y + FV_WINDOW - 1);
    for (int x = 1; in->y > 0 && x < in->w; x++) {
        const uint8_t *p = in->now + 3 * x;
        in->counts.flat += same_colour(p, p - 3) && same_colour(p, in->before + 3 * x);
        in->counts.smooth += fv_size(luma[x] - luma[x - 1]) <= SMOOTH && fv_size(luma[x] - above[x]) <= SMOOTH;
    }
}

/* A step of one pixel between a[1] and a[2], flat before and after it: its sign, else 0. */
static int step(int a, int b, int c, int d)
{
    if (fv_size(c - b) < STRONG || fv_size(b - a) > STEP_SIDES || fv_size(d - c) > STEP_SIDES) return 0;
    return c > b ? 1 : -1;
}

/* Steps along row y, aligned where the row above has the same. */
static void count_steps_along(fovea_inspect *in, int y)
{
    const int16_t *p = fv_luma_row(in, y), *q = fv_luma_row(in, y + FV_WINDOW - 1);
    for (int x = 2; x < in->w - 1; x++) {
        const int here = step(p[x - 2], p[x - 1], p[x], p[x + 1]);
        in->counts.strong += fv_size(p[x] - p[x - 1]) >= STRONG;
        in->counts.steps += here != 0;
        in->counts.aligned += here && y > 0 && here == step(q[x - 2], q[x - 1], q[x], q[x + 1]);
    }
}

/* Steps down the columns, from row y - 1 to y; needs the row below. */
static void count_steps_down(fovea_inspect *in, int y)
{
    const int16_t *a = fv_luma_row(in, y - 2), *b = fv_luma_row(in, y - 1), *c = fv_luma_row(in, y), *d = fv_luma_row(in, y + 1);
    int left = 0;
    for (int x = 0; x < in->w; x++) {
        const int here = step(a[x], b[x], c[x], d[x]);
        in->counts.strong += fv_size(c[x] - b[x]) >= STRONG;
        in->counts.steps += here != 0;
        in->counts.aligned += here && here == left;
        left = here;
    }
}

/* ---- Straight lines ---- */

/* Follows a line by one pixel, where the difference across it is d; how many pixels of a long line that adds. */
static uint64_t follow(fv_line *line, int d)
{
    const bool on = fv_size(d) >= FAINT && fv_size(d - line->across) <= SMOOTH;
    line->length = on ? line->length + 1 : fv_size(d) >= FAINT;
    line->across = d;
    return line->length == LONG ? LONG : line->length > LONG;
}

static void count_lines(fovea_inspect *in)
{
    const int16_t *row = fv_luma_row(in, in->y), *above = fv_luma_row(in, in->y + FV_WINDOW - 1);
    fv_line along = {0, 0};
    for (int x = 0; x < in->w; x++) {
        if (in->y > 0) in->counts.straight += follow(&along, row[x] - above[x]);
        if (x > 0) in->counts.straight += follow(&in->lines[x], row[x] - row[x - 1]);
    }
}

/* ---- Edges ---- */

/* An edge in the middle of 2 REACH + 1 samples: the greatest difference of neighbours, as a share of all of it. */
static void count_edge(fovea_inspect *in, const int16_t *at, ptrdiff_t stride)
{
    const int range = fv_size(at[REACH * stride] - at[-REACH * stride]);
    if (range < RANGE) return;
    int greatest = 0;
    for (int i = -REACH; i < REACH; i++) {
        const int d = fv_size(at[(i + 1) * stride] - at[i * stride]);
        greatest = fv_max(greatest, d);
    }
    if (fv_size(at[stride] - at[0]) != greatest && fv_size(at[0] - at[-stride]) != greatest) return;
    in->counts.widths[fv_min(greatest * FV_WIDTH_BINS / range, FV_WIDTH_BINS - 1)]++;
    in->counts.edges++;
}

static void count_edges(fovea_inspect *in)
{
    const int16_t *row = fv_luma_row(in, in->y);
    for (int x = REACH; x < in->w - REACH; x++) count_edge(in, row + x, 1);
    if (in->y < 2 * REACH) return;
    /* Down a column the samples lie in a ring: a small copy. */
    for (int x = 0; x < in->w; x++) {
        int16_t down[2 * REACH + 1];
        for (int i = 0; i <= 2 * REACH; i++) down[i] = fv_luma_row(in, in->y - 2 * REACH + i)[x];
        count_edge(in, down + REACH, 1);
    }
}

/* ---- Noise and blocks ---- */

/* |difference| across column x of the 8x8 grid and beside it: the excess over its neighbours is what compression left. */
static void count_grid(fovea_inspect *in)
{
    const int16_t *p = fv_luma_row(in, in->y);
    fv_counts *n = &in->counts;
    for (int x = FV_INSPECT_BLOCK; x + 3 < in->w; x += FV_INSPECT_BLOCK) {
        n->grid += (uint64_t)fv_min(fv_size(p[x] - p[x - 1]), STRONG);
        n->off_grid += (uint64_t)(fv_min(fv_size(p[x - 2] - p[x - 3]), STRONG) + fv_min(fv_size(p[x + 3] - p[x + 2]), STRONG));
        n->grid_places++;
        n->off_grid_places += 2;
    }
}

static void end_noise_blocks(fovea_inspect *in)
{
    for (int b = 0; b < in->w / FV_INSPECT_BLOCK; b++) {
        if (!in->clipped[b]) {
            in->counts.noise[fv_min((int)(in->block[b] / (FV_INSPECT_BLOCK * FV_INSPECT_BLOCK)), FV_NOISE_BINS - 1)]++;
            in->counts.noise_blocks++;
        }
        in->block[b] = 0;
        in->clipped[b] = 0;
    }
}

/* |mask| of row y, where the mask 1 -2 1 / -2 4 -2 / 1 -2 1 answers neither to slopes nor to straight edges along the
 * axes (Immerkaer 1996); for noise of deviation s its mean size is 6 s sqrt(2 / pi). */
static void count_noise(fovea_inspect *in, int y)
{
    const int16_t *a = fv_luma_row(in, y - 1), *b = fv_luma_row(in, y), *c = fv_luma_row(in, y + 1);
    for (int x = 1; x < in->w - 1; x++) {
        const int i = x / FV_INSPECT_BLOCK;
        const int v = a[x - 1] - 2 * a[x] + a[x + 1] - 2 * (b[x - 1] - 2 * b[x] + b[x + 1]) + c[x - 1] - 2 * c[x] + c[x + 1];
        in->block[i] += (uint32_t)fv_size(v);
        in->clipped[i] |= b[x] < 3 * FV_LEVEL16 || b[x] > 252 * FV_LEVEL16;
    }
    if (y % FV_INSPECT_BLOCK == FV_INSPECT_BLOCK - 1) end_noise_blocks(in);
}

/* ---- Rows ---- */

fovea_status fovea_inspect_row(fovea_inspect *in, const void *pixels)
{
    if (!in || !pixels || in->y >= in->h) return FOVEA_ERROR_ARGUMENT;
    load_row(in, pixels);
    count_colours(in);
    count_flat(in);
    count_steps_along(in, in->y);
    if (in->y >= 3) count_steps_down(in, in->y - 1);
    count_lines(in);
    count_edges(in);
    count_grid(in);
    if (in->y >= 2) count_noise(in, in->y - 1);
    in->y++;
    fv_spectrum_row(in);
    return FOVEA_OK;
}

/* ---- Figures ---- */

static double ratio(uint64_t part_of, uint64_t whole) { return whole ? (double)part_of / (double)whole : 0; }

/* The bin at which the given share of all is reached. */
static int quantile(const uint64_t *bins, int count, uint64_t all, double share)
{
    double left = share * (double)all;
    int i = 0;
    while (i < count - 1 && (left -= (double)bins[i]) > 0) i++;
    return i;
}

/* Share of the pixels in the 8 commonest cells. */
static double commonest(const fovea_inspect *in)
{
    uint32_t most[8] = {0};
    uint64_t sum = 0;
    for (int i = 0; i < FV_CELLS; i++) {
        uint32_t v = in->cells[i];
        for (int k = 0; k < 8 && v; k++)
            if (v > most[k]) {
                const uint32_t smaller = most[k];
                most[k] = v;
                v = smaller;
            }
    }
    for (int k = 0; k < 8; k++) sum += most[k];
    return ratio(sum, in->counts.pixels);
}

fovea_status fovea_inspect_get_traits(const fovea_inspect *in, fovea_traits *traits)
{
    if (!in || !traits || traits->struct_size < sizeof traits->struct_size) return FOVEA_ERROR_ARGUMENT;
    const fv_counts *n = &in->counts;
    const double quiet = quantile(n->noise, FV_NOISE_BINS, n->noise_blocks, 0.1);
    fovea_traits t = {
        .struct_size = traits->struct_size,
        .width = in->w,
        .height = in->h,
        .rows = in->y,
        .colours = in->colours,
        .common = commonest(in),
        .flat = ratio(n->flat, n->pixels),
        .smooth = ratio(n->smooth, n->pixels),
        .strong = ratio(n->strong, 2 * n->pixels),
        .steps = ratio(n->steps, n->strong),
        .aligned = ratio(n->aligned, n->strong),
        .straight = ratio(n->straight, (uint64_t)in->w + (uint64_t)in->y),
        .grey = ratio(n->grey, n->pixels),
        .bright = ratio(n->bright, n->pixels),
        .dark = ratio(n->dark, n->pixels),
        /* sqrt(pi / 2) / 6, and 1.16 because the quietest tenth of equal blocks lies that much below their mean */
        .noise = quiet * 0.20888569 * 1.16 / FV_LEVEL16,
        .edge_width = n->edges ? FV_WIDTH_BINS / (quantile(n->widths, FV_WIDTH_BINS, n->edges, 0.9) + 0.5) : 0,
        .blocks = n->off_grid ? ratio(n->grid, n->grid_places) / ratio(n->off_grid, n->off_grid_places) : 1,
    };
    fv_spectrum_figures(in, &t);
    fv_judge(&t);
    memcpy(traits, &t, t.struct_size < sizeof t ? t.struct_size : sizeof t);
    return FOVEA_OK;
}
