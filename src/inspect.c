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

static void lay_out(fovea_inspect *in, fv_arena *a)
{
    const int64_t w = in->w;
    in->rgb = fv_take(a, 3 * w, sizeof *in->rgb);
    in->alpha = fv_take(a, w, sizeof *in->alpha);
    in->now = fv_take(a, w, sizeof *in->now);
    in->before = fv_take(a, w, sizeof *in->before);
    in->luma = fv_take(a, FV_WINDOW * w, sizeof *in->luma);
    in->column = fv_take(a, w, sizeof *in->column);
    in->block = fv_take(a, w / FV_INSPECT_BLOCK + 1, sizeof *in->block);
    in->alike = fv_take(a, w / FV_INSPECT_BLOCK + 1, sizeof *in->alike);
    in->clipped = fv_take(a, w / FV_INSPECT_BLOCK + 1, 1);
    in->lines = fv_take(a, w, sizeof *in->lines);
    in->cells = fv_take(a, FV_CELLS, sizeof *in->cells);
    in->table = fv_take(a, 2 * FV_COLOURS, sizeof *in->table);
    in->saved = fv_take(a, FV_SAVED_GRIDS, sizeof *in->saved);
}

static int32_t lines_apart(int32_t w, int32_t h) { return (int32_t)((int64_t)w * h / (SPECTRUM_PIXELS + 1)) + 1; }

fovea_status fovea_inspect_new(int32_t picture_w, int32_t picture_h, fovea_format format, const fovea_options *options,
                               fovea_inspect **out, fovea_error *error)
{
    fovea_options o;
    if (!out) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no place for the result");
    *out = NULL;
    fovea_status status = fv_reader_check(picture_w, picture_h, format, options, &o, error);
    if (status) return status;
    fovea_inspect start = {
        .allocator = o.allocator, .w = picture_w, .h = picture_h, .format = format, .every = lines_apart(picture_w, picture_h)};
    fv_arena a = fv_arena_counts(sizeof start);
    lay_out(&start, &a);
    status = fv_arena_open(&a, sizeof start, &o, error);
    if (status) return status;
    fovea_inspect *in = (fovea_inspect *)(void *)a.base;
    *in = start;
    lay_out(in, &a);
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

static void put_on_white(fovea_inspect *in)
{
    for (int i = 0; i < 3 * in->w; i++) {
        const uint32_t alpha = in->alpha[i / 3];
        in->rgb[i] = (uint16_t)((in->rgb[i] * alpha + 65535u * (65535u - alpha)) / 65535u);
    }
}

static void load_colours(fovea_inspect *in, const void *pixels)
{
    const fovea_source src = {pixels, (size_t)in->w * fovea_format_size(in->format), in->format, 0, 0, in->w, 1, in->w, 1, 0,
                              0};
    uint32_t *const spare = in->before;
    in->before = in->now;
    in->now = spare;
    fv_pixels_load(&src, 0, 0, in->w, in->rgb, in->alpha);
    if (fv_format_alpha(in->format)) put_on_white(in);
    const uint16_t *rgb = in->rgb;
    uint32_t *restrict now = in->now;
    for (int x = 0, w = in->w; x < w; x++, rgb += 3)
        now[x] = (uint32_t)(rgb[0] >> 8) << 16 | (uint32_t)(rgb[1] & 0xff00) | rgb[2] >> 8;
}

static void make_luma(fovea_inspect *in)
{
    const uint16_t *rgb = in->rgb;
    int16_t *restrict luma = in->luma + (size_t)(in->y % FV_WINDOW) * (size_t)in->w;
    for (int x = 0, w = in->w; x < w; x++, rgb += 3) luma[x] = (int16_t)((77u * rgb[0] + 150u * rgb[1] + 29u * rgb[2]) >> 12);
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
    const int16_t *luma = fv_luma_row(in, in->y);
    uint32_t grey = 0, bright = 0, dark = 0;
    for (int x = 0; x < in->w; x++) {
        const uint32_t colour = in->now[x];
        const int r = (int)(colour >> 16), g = (int)(colour >> 8 & 255), b = (int)(colour & 255);
        const int most = fv_max(r, fv_max(g, b)), least = fv_min(r, fv_min(g, b));
        grey += most - least <= GREY;
        bright += luma[x] >= 200 * FV_LEVEL16 && most - least <= 3 * GREY;
        dark += luma[x] < 100 * FV_LEVEL16;
        uint32_t *cell = &in->cells[(colour >> 19) << 10 | (colour >> 11 & 31) << 5 | (colour >> 3 & 31)];
        *cell += *cell < UINT32_MAX;
        if (in->colours < FV_COLOURS && (!x || colour != in->now[x - 1])) note_colour(in, colour);
    }
    in->counts.grey += grey;
    in->counts.bright += bright;
    in->counts.dark += dark;
    in->counts.pixels += (uint64_t)in->w;
}

/* ---- Flat and stepped places ---- */

/* Counted without branches, here and below, so that compilers make vectors of it. */
static void count_flat(fovea_inspect *in)
{
    const uint32_t *now = in->now, *before = in->before;
    uint32_t flat = 0;
    for (int x = 1; x < in->w; x++) flat += ((now[x] ^ now[x - 1]) | (now[x] ^ before[x])) ? 0 : 1;
    in->counts.flat += flat;
}

static void count_smooth(fovea_inspect *in)
{
    const int16_t *luma = fv_luma_row(in, in->y), *above = fv_luma_row(in, in->y + FV_WINDOW - 1);
    uint32_t smooth = 0;
    for (int x = 1; x < in->w; x++)
        smooth += fv_max(fv_size(luma[x] - luma[x - 1]), fv_size(luma[x] - above[x])) <= SMOOTH ? 1 : 0;
    in->counts.smooth += smooth;
}

/* A step of one pixel between b and c, flat before and after it: its sign, else 0. */
static int step(int a, int b, int c, int d)
{
    const int sides = fv_max(fv_size(b - a), fv_size(d - c)), up = c - b >= STRONG ? 1 : 0, down = b - c >= STRONG ? 1 : 0;
    return sides <= STEP_SIDES ? up - down : 0;
}

static void note_steps(fovea_inspect *in, uint32_t strong, uint32_t steps, uint32_t aligned)
{
    in->counts.strong += strong;
    in->counts.steps += steps;
    in->counts.aligned += aligned;
}

/* Steps along row y, aligned where the row above has the same. */
static void count_steps_along(fovea_inspect *in, int y)
{
    const int16_t *p = fv_luma_row(in, y), *q = fv_luma_row(in, y + FV_WINDOW - 1);
    uint32_t strong = 0, steps = 0, aligned = 0;
    for (int x = 2; x < in->w - 1; x++) {
        const int here = step(p[x - 2], p[x - 1], p[x], p[x + 1]);
        strong += fv_size(p[x] - p[x - 1]) >= STRONG ? 1 : 0;
        steps += here ? 1 : 0;
        aligned += here * step(q[x - 2], q[x - 1], q[x], q[x + 1]) > 0 ? 1 : 0;
    }
    note_steps(in, strong, steps, y > 0 ? aligned : 0);
}

/* Steps down the columns, from row y - 1 to y; needs the row below. */
static void count_steps_down(fovea_inspect *in, int y)
{
    const int16_t *a = fv_luma_row(in, y - 2), *b = fv_luma_row(in, y - 1), *c = fv_luma_row(in, y),
                  *d = fv_luma_row(in, y + 1);
    uint32_t strong = 0, steps = 0, aligned = 0;
    for (int x = 0; x < in->w; x++) {
        strong += fv_size(c[x] - b[x]) >= STRONG ? 1 : 0;
        steps += step(a[x], b[x], c[x], d[x]) ? 1 : 0;
    }
    for (int x = 1; x < in->w; x++)
        aligned += step(a[x], b[x], c[x], d[x]) * step(a[x - 1], b[x - 1], c[x - 1], d[x - 1]) > 0 ? 1 : 0;
    note_steps(in, strong, steps, aligned);
}

/* ---- Straight lines ---- */

/* The length of a line followed by one pixel more, where the difference across it is d. */
static int followed(fv_line line, int d)
{
    const int fresh = fv_size(d) >= FAINT ? 1 : 0;
    return fv_size(d - line.across) <= SMOOTH ? fresh * (line.length + 1) : fresh;
}

/* How many pixels of a long line the newest of `length` adds. */
static int added(int length) { return length == LONG ? LONG : length > LONG ? 1 : 0; }

static void count_lines(fovea_inspect *in)
{
    const int16_t *row = fv_luma_row(in, in->y), *above = fv_luma_row(in, in->y + FV_WINDOW - 1);
    fv_line *down = in->lines, along = {0, 0};
    uint32_t straight = 0;
    for (int x = 1; x < in->w; x++) {
        const int d = row[x] - row[x - 1], length = followed(down[x], d);
        down[x] = (fv_line){d, length};
        straight += (uint32_t)added(length);
    }
    for (int x = 0; in->y > 0 && x < in->w; x++) {
        const int d = row[x] - above[x];
        along = (fv_line){d, followed(along, d)};
        straight += (uint32_t)added(along.length);
    }
    in->counts.straight += straight;
}

/* ---- Edges ---- */

/* An edge in the middle of 2 REACH + 1 samples: the greatest difference of neighbours, as a share of all of it. */
static void count_edge(fovea_inspect *in, const int16_t *at)
{
    const int range = fv_size(at[REACH] - at[-REACH]);
    int greatest = 0;
    for (int i = -REACH; i < REACH; i++) {
        const int d = fv_size(at[i + 1] - at[i]);
        greatest = fv_max(greatest, d);
    }
    if (fv_size(at[1] - at[0]) != greatest && fv_size(at[0] - at[-1]) != greatest) return;
    in->counts.widths[fv_min(greatest * FV_WIDTH_BINS / range, FV_WIDTH_BINS - 1)]++;
    in->counts.edges++;
}

static void count_edges(fovea_inspect *in)
{
    const int16_t *row = fv_luma_row(in, in->y);
    for (int x = REACH; x < in->w - REACH; x++)
        if (fv_size(row[x + REACH] - row[x - REACH]) >= RANGE) count_edge(in, row + x);
    if (in->y < 2 * REACH) return;
    const int16_t *top = fv_luma_row(in, in->y - 2 * REACH);
    for (int x = 0; x < in->w; x++) {
        if (fv_size(row[x] - top[x]) < RANGE) continue;
        int16_t down[2 * REACH + 1]; /* the samples lie in a ring: a small copy */
        for (int i = 0; i <= 2 * REACH; i++) down[i] = fv_luma_row(in, in->y - 2 * REACH + i)[x];
        count_edge(in, down + REACH);
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
            const int bin = fv_min((int)(in->block[b] / (FV_INSPECT_BLOCK * FV_INSPECT_BLOCK)), FV_NOISE_BINS - 1);
            fv_alike *alike = &in->counts.alike[bin / (FV_NOISE_BINS / FV_ALIKE_BINS)];
            in->counts.noise[bin]++;
            in->counts.noise_blocks++;
            alike->products += in->alike[b].products;
            alike->squares += in->alike[b].squares;
        }
        in->block[b] = 0;
        in->alike[b] = (fv_alike){0};
        in->clipped[b] = 0;
    }
}

/* Adds |mask| of `count` places of row b to block i, where the mask 1 -2 1 / -2 4 -2 / 1 -2 1 answers neither to slopes nor to
 * straight edges along the axes (Immerkaer 1996); for noise of deviation s its mean size is 6 s sqrt(2 / pi). */
static inline void add_noise(fovea_inspect *in, int i, const int16_t *a, const int16_t *b, const int16_t *c, int count)
{
    uint32_t sum = 0, squares = 0;
    int least = 255 * FV_LEVEL16, most = 0, products = 0, fine[FV_INSPECT_BLOCK]; /* whole levels: 2040 at most */
    for (int x = 0; x < count; x++) {
        const int v = a[x - 1] - 2 * a[x] + a[x + 1] - 2 * (b[x - 1] - 2 * b[x] + b[x + 1]) + c[x - 1] - 2 * c[x] + c[x + 1];
        sum += (uint32_t)fv_size(v);
        fine[x] = v / FV_LEVEL16;
        least = fv_min(least, b[x]);
        most = fv_max(most, b[x]);
    }
    for (int x = 1; x < count; x++) {
        products += 2 * fine[x - 1] * fine[x];
        squares += (uint32_t)(fine[x - 1] * fine[x - 1] + fine[x] * fine[x]);
    }
    in->block[i] += sum;
    in->alike[i].products += products;
    in->alike[i].squares += squares;
    in->clipped[i] |= least < 3 * FV_LEVEL16 || most > 252 * FV_LEVEL16;
}

/* Of row y, without its ends. */
static void count_noise(fovea_inspect *in, int y)
{
    const int16_t *a = fv_luma_row(in, y - 1), *b = fv_luma_row(in, y), *c = fv_luma_row(in, y + 1);
    const int blocks = in->w / FV_INSPECT_BLOCK, end = fv_min(blocks * FV_INSPECT_BLOCK, in->w - 1);
    for (int i = 0; i < blocks; i++) {
        const int from = i ? i * FV_INSPECT_BLOCK : 1, count = fv_min((i + 1) * FV_INSPECT_BLOCK, end) - from;
        if (count == FV_INSPECT_BLOCK) /* a number that compilers can count on */
            add_noise(in, i, a + from, b + from, c + from, FV_INSPECT_BLOCK);
        else
            add_noise(in, i, a + from, b + from, c + from, count);
    }
    if (y % FV_INSPECT_BLOCK == FV_INSPECT_BLOCK - 1) end_noise_blocks(in);
}

/* ---- Rows ---- */

fovea_status fovea_inspect_row(fovea_inspect *in, const void *pixels)
{
    if (!in || !pixels || in->y >= in->h || in->glanced) return FOVEA_ERROR_ARGUMENT;
    load_colours(in, pixels);
    make_luma(in);
    count_colours(in);
    if (in->y > 0) {
        count_flat(in);
        count_smooth(in);
    }
    count_steps_along(in, in->y);
    if (in->y >= 3) count_steps_down(in, in->y - 1);
    count_lines(in);
    count_edges(in);
    count_grid(in);
    if (in->y >= 2) count_noise(in, in->y - 1);
    in->y++;
    fv_drawn_row(in);
    fv_spectrum_row(in);
    fv_saved_row(in);
    return FOVEA_OK;
}

fovea_status fovea_inspect_glance(fovea_inspect *in, const void *pixels, int32_t *enough)
{
    if (!in || !pixels || !enough || in->y >= in->h || (in->y > 0 && !in->glanced)) return FOVEA_ERROR_ARGUMENT;
    in->glanced = true;
    load_colours(in, pixels);
    if (!fv_saved_is_known(in)) make_luma(in);
    if (in->y > 0) count_flat(in);
    in->y++;
    fv_saved_row(in);
    *enough = !fv_can_be_drawn(in) && (fv_saved_is_known(in) || in->y == in->h);
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

int32_t fovea_inspect_saved_quality(const fovea_inspect *in) { return in ? fv_saved_quality(in) : 0; }

/* The correlation of neighbours in blocks up to this bin of noise: -2/3 where the pixels are independent, as the mask makes it;
 * JPEG at 90 brings it to -0.5, and in pictures that are fine texture all over it is -0.3 to -0.43. */
static bool is_grain(const fv_counts *n, int bin)
{
    fv_alike all = {0};
    for (int i = 0; i <= bin / (FV_NOISE_BINS / FV_ALIKE_BINS); i++) {
        all.products += n->alike[i].products;
        all.squares += n->alike[i].squares;
    }
    return (double)all.products <= -0.46 * (double)all.squares;
}

fovea_status fovea_inspect_get_traits(const fovea_inspect *in, fovea_traits *traits)
{
    if (!in || in->glanced || !fv_struct_usable(traits)) return FOVEA_ERROR_ARGUMENT;
    const fv_counts *n = &in->counts;
    const int quiet = quantile(n->noise, FV_NOISE_BINS, n->noise_blocks, 0.1);
    fovea_traits t = {
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
        .texture = ratio(n->texture, n->pixels - n->flat),
        .rings = ratio(n->rings, n->ring_edges),
    };
    t.grain = is_grain(n, quiet) ? t.noise : 0;
    t.saved_quality = fv_saved_quality(in);
    fv_spectrum_figures(in, &t);
    fv_judge(&t);
    fv_struct_give(&t, sizeof t, traits);
    return FOVEA_OK;
}
