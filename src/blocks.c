/* SPDX-License-Identifier: MIT
 *
 * What a net for JPEG pictures promises. Single samples are off by JPEG's noise, but the mean of a block is not, so the mean
 * of what the result has in place of an 8x8 block of source pixels must be the block's own. Each pass moves the blocks that
 * are off by more than half a level, each as a whole, and only within what the halo guard allows: what some of its samples
 * cannot take the others take. Every source sample lies within its own range, so the block's mean can always be had, and a
 * pass is a step of Newton's method on a concave function: it never goes too far (doc/format.md, section 5).
 *
 * Steps: SUMS adds a row's samples up over the columns of each block; OFFSETS knows, when the last row of a block has come,
 * by how much to move it; MOVE does so. From the second pass on, blocks that stayed in the pass before stay for good. */
#include "faithful.h"
#include "pixels.h"
#include "run.h"

static int block_start(int at) { return at & ~(FV_BLOCK_SIDE - 1); }
static int block_end(int at, int picture) { return fv_min(block_start(at) + FV_BLOCK_SIDE, picture); }

/* What moved the rows that s reads, from pixel x on, in the pass before; NULL in the first pass. */
static const int32_t *moved_before(const fv_walk *r, const fv_step *s, int x, int y)
{
    const fv_step *from = &r->plan->step[s->input];
    return from->kind == FV_STEP_MOVE ? fv_part(r, &r->plan->step[from->add], x, y, 0) : NULL;
}

static bool stays(const int32_t offset[3]) { return !(offset[0] | offset[1] | offset[2]); }

/* ---- Sums ---- */

/* Those of the block that pixel x lies in, of row y. */
static fv_block_sum *block_sums(const fv_walk *r, const fv_step *s, int x, int y)
{
    return (fv_block_sum *)(void *)fv_row(r, s, y) + 3 * (x / FV_BLOCK_SIDE - fv_left(r, s) / FV_BLOCK_SIDE);
}

/* The result's samples for source pixels [x, x + n) of row y, added up for each, and how many of them have room. */
static void add_samples(const fv_walk *r, const fv_step *from, int x, int n, int y, int32_t *sums, int32_t *rooms)
{
    const fv_plan *p = r->plan;
    const fv_step *bounds = &p->step[p->bounds];
    const uint16_t *phases[16];
    for (int k = 0; k < p->scale * p->scale; k++) phases[k] = fv_part(r, from, x, y, k);
    p->kernels.add_limited(phases, p->scale * p->scale, fv_part(r, bounds, x, y, 0), fv_part(r, bounds, x, y, 1), sums, rooms,
                           3 * n);
}

/* The three colours of n pixels in a row. */
static void add_up(const fv_walk *r, const uint16_t *source, const int32_t *sums, const int32_t *rooms, int n,
                   fv_block_sum out[3])
{
    const int samples = r->plan->scale * r->plan->scale;
    for (int c = 0; c < 3; c++) {
        fv_block_sum sum = {0};
        int32_t room = 0;
        for (int i = c; i < 3 * n; i += 3) {
            sum.missing += samples * source[i] - sums[i];
            room += rooms[i];
        }
        sum.lighter = (int16_t)(room & 0xffff);
        sum.darker = (int16_t)(room >> 16);
        out[c] = sum;
    }
}

void fv_blocks_sums(const fv_walk *r, const fv_step *s, int y)
{
    const fv_step *from = &r->plan->step[s->input];
    const int left = fv_left(r, s), right = fv_right(r, s), picture = r->src->picture_w;
    const int first = block_start(left), last = block_end(right - 1, picture);
    int32_t *sums = fv_scratch(r, r->plan->rows.sums), *rooms = fv_scratch(r, r->plan->rows.rooms);
    uint16_t *source = fv_scratch(r, r->plan->rows.rgb);
    const int32_t *before = moved_before(r, s, left, y);
    fv_pixels_load(r->src, first, y, last - first, source, fv_scratch(r, r->plan->rows.alpha));
    if (!before) add_samples(r, from, first, last - first, y, sums, rooms);
    for (int x = first; x < last; x += FV_BLOCK_SIDE) {
        const int at = 3 * (x - first), n = block_end(x, picture) - x;
        fv_block_sum *out = block_sums(r, s, x, y);
        if (before && stays(before + 3 * (fv_max(x, left) - left))) {
            memset(out, 0, 3 * sizeof *out);
            continue;
        }
        if (before) add_samples(r, from, x, n, y, sums + at, rooms + at);
        add_up(r, source + at, sums + at, rooms + at, n, out);
    }
}

/* ---- Offsets ---- */

/* By what to move a block of so many samples, so that its mean is off by half a level at most. */
static int32_t block_offset(fv_block_sum sum, int samples)
{
    const bool darker = sum.missing < 0;
    const int32_t beyond = (darker ? -sum.missing : sum.missing) - 128 * samples;
    const int32_t room = darker ? sum.darker : sum.lighter;
    if (beyond <= 0 || room == 0) return 0;
    const int32_t offset = fv_min((beyond + room - 1) / room, 65535);
    return darker ? -offset : offset;
}

/* Of the block at pixel x, whose rows are in `sums` from `top` on. */
static void find_offset(const fv_walk *r, const fv_step *sums, int x, int top, int rows, int32_t offset[3])
{
    const int columns = block_end(x, r->src->picture_w) - block_start(x), samples = r->plan->scale * r->plan->scale;
    for (int c = 0; c < 3; c++) {
        fv_block_sum sum = {0};
        for (int j = 0; j < rows; j++) {
            const fv_block_sum *row = block_sums(r, sums, x, top + j) + c;
            sum.missing += row->missing;
            sum.darker = (int16_t)(sum.darker + row->darker);
            sum.lighter = (int16_t)(sum.lighter + row->lighter);
        }
        offset[c] = block_offset(sum, samples * rows * columns);
    }
}

/* The same for all rows of a block, so found for the first and handed down. */
void fv_blocks_offsets(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s), right = fv_right(r, s), top = block_start(y);
    const int rows = block_end(y, r->src->picture_h) - top;
    int32_t *offsets = fv_part(r, s, left, y, 0);
    if (y != top && y != r->y0 - s->margin_y) {
        if (s->slots > 1) memcpy(offsets, fv_part(r, s, left, y - 1, 0), 3 * (size_t)(right - left) * sizeof *offsets);
        return;
    }
    for (int x = left; x < right;) {
        const int end = fv_min(block_end(x, r->src->picture_w), right);
        int32_t offset[3];
        find_offset(r, &r->plan->step[s->input], x, top, rows, offset);
        for (; x < end; x++) memcpy(offsets + 3 * (x - left), offset, sizeof offset);
    }
}

/* ---- Move ---- */

static void move(const fv_walk *r, const fv_step *s, int x, int n, int y, const int32_t *by)
{
    const fv_plan *p = r->plan;
    const fv_step *bounds = &p->step[p->bounds];
    for (int k = 0; k < p->scale * p->scale; k++)
        p->kernels.move(fv_part(r, s, x, y, k), by, fv_part(r, bounds, x, y, 0), fv_part(r, bounds, x, y, 1), 3 * n);
}

void fv_blocks_move(const fv_walk *r, const fv_step *s, int y)
{
    const int left = fv_left(r, s), right = fv_right(r, s);
    const int32_t *by = fv_part(r, &r->plan->step[s->add], left, y, 0);
    if (r->plan->step[s->input].kind == FV_STEP_COMPOSE) { /* not yet within the bounds */
        move(r, s, left, right - left, y, by);
        return;
    }
    for (int x = left, end; x < right; x = end) {
        end = fv_min(block_end(x, r->src->picture_w), right);
        if (!stays(by + 3 * (x - left))) move(r, s, x, end - x, y, by + 3 * (x - left));
    }
}
