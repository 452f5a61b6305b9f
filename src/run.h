/* SPDX-License-Identifier: MIT
 *
 * One rectangle of the result through a plan, row by row from its top down. Takes no memory. */
#ifndef FV_RUN_H
#define FV_RUN_H

#include "plan.h"

/* For tests: called with every row that a head, body or tail makes. x, y, n: which source pixels; row: (n, cout) u8, or
 * of a tail the s rows of (n, 3s) s32, `stride` bytes apart. */
typedef struct fv_tap {
    void (*row)(void *user, int layer, int x, int y, int n, const void *row, size_t stride);
    void *user;
} fv_tap;

/* The source pixels [first, last) along one axis that the result's samples [from, from + count) of `result` are made
 * from, the picture having `picture` and the net's result scale times as many. */
void fv_run_span(const fv_plan *p, int picture, int result, int from, int count, int *first, int *last);

/* A rectangle under way. */
typedef struct fv_walk {
    const fv_plan *plan;
    const fovea_source *src;
    fovea_target dst;
    fovea_rect rect; /* of the result, down to the last row that was asked for */
    int x0, x1, y0, y1; /* the source pixels it is made from */
    int tick; /* of the clock, the next one */
    fovea_rect net; /* the pixels of the net's result that STORE writes: rect itself, or all there are, to be resized */
    bool sized; /* the result is not the net's own size: RESIZE writes the target */
    fv_axis across, down; /* sized: from the net's result to the result */
    int next; /* sized: the next row of the result */
    uint8_t *scratch;
    const fv_tap *tap;
} fv_walk;

/* rect: pixels of the result, made from at most plan->strip_width source pixels across; its height is not looked at.
 * src holds what it needs, its result_w x result_h filled in, and stays until the last row; dst's first byte is rect's
 * top left pixel; scratch: plan->scratch_size bytes, aligned to FV_ALIGN, one a walk, any content; tap may be NULL. */
void fv_run_begin(fv_walk *r, const fv_plan *p, const fovea_source *src, fovea_rect rect, const fovea_target *dst,
                  uint8_t *scratch, const fv_tap *tap);

/* Makes the next `rows` >= 1 rows. A result of the net's own size stops only below all rows of a source pixel, except
 * for good. */
void fv_run_rows(fv_walk *r, int rows);

/* The rows after the last ones belong to another rectangle, right below, of the same width: src holds what that one needs,
 * and dst's first byte is its top left pixel. The last rows must not have been for good. */
void fv_run_go_on(fv_walk *r, const fovea_source *src, const fovea_target *dst);

/* ---- What the steps share ---- */

/* A step's rows cover the source pixels [left, right): the rectangle and the step's margin, cut at the picture. */
static inline int fv_left(const fv_walk *r, const fv_step *s) { return fv_max(r->x0 - s->margin_x, 0); }
static inline int fv_right(const fv_walk *r, const fv_step *s) { return fv_min(r->x1 + s->margin_x, r->src->picture_w); }
static inline int fv_width(const fv_walk *r, const fv_step *s) { return fv_right(r, s) - fv_left(r, s); }

/* The (1, 3) value at `from`, `count` times from `to` on: how the picture's border is repeated. */
static inline void fv_repeat_pixel(int32_t *to, const int32_t *from, int count)
{
    for (int i = 0; i < count; i++) memcpy(to + 3 * i, from, 3 * sizeof *to);
}

/* Row y of a step's ring; rows above and below the picture are the first and the last one. */
static inline uint8_t *fv_row(const fv_walk *r, const fv_step *s, int y)
{
    return r->scratch + s->ring + (size_t)(fv_clamp(y, 0, r->src->picture_h - 1) % s->slots) * s->row;
}

/* Pixel x of a ring row whose pixels lie one after another; x may be one beyond the row's ends. */
static inline uint8_t *fv_pixel(const fv_walk *r, const fv_step *s, int x, int y)
{
    return fv_row(r, s, y) + (size_t)(x - fv_left(r, s) + 1) * s->pixel;
}

/* Part k of a step's row y, from pixel x on. */
static inline void *fv_part(const fv_walk *r, const fv_step *s, int x, int y, int k)
{
    const size_t parts = (size_t)s->parts;
    const int first = fv_max(r->x0 - s->room_x, 0);
    return fv_row(r, s, y) + (size_t)k * (s->row / parts) + (size_t)(x - first) * (s->pixel / parts);
}

/* Phase dx of row dy of a step that holds the result's rows phase by phase. */
static inline void *fv_phase(const fv_walk *r, const fv_step *s, int x, int y, int dy, int dx)
{
    return fv_part(r, s, x, y, dy * r->plan->scale + dx);
}

/* Single rows of the scratch. */
static inline void *fv_scratch(const fv_walk *r, size_t at) { return r->scratch + at; }

/* Part k of the four rows of a step that the anchor's taps of phase dy read around source row y, from pixel x on. */
static inline void fv_taps(const fv_walk *r, const fv_step *rows, int x, int y, int dy, int k, const int32_t *taps[4])
{
    const int first = y - FV_ANCHOR_REACH + r->plan->anchor->base[dy];
    for (int j = 0; j < 4; j++) taps[j] = fv_part(r, rows, x, first + j, k);
}

/* The steps that other files make; each makes row y of s. */
void fv_faithful_bounds(const fv_walk *r, const fv_step *s, int y);
void fv_faithful_shrink(const fv_walk *r, const fv_step *s, int y);
void fv_faithful_enlarge(const fv_walk *r, const fv_step *s, int y);
void fv_faithful_correct(const fv_walk *r, const fv_step *s, int y);
void fv_blocks_sums(const fv_walk *r, const fv_step *s, int y);
void fv_blocks_offsets(const fv_walk *r, const fv_step *s, int y);
void fv_blocks_move(const fv_walk *r, const fv_step *s, int y);
void fv_blend_drift(const fv_walk *r, const fv_step *s, int y);
void fv_blend_tint(const fv_walk *r, const fv_step *s, int y);
void fv_protect_luma(const fv_walk *r, const fv_step *s, int y);
void fv_protect_marks(const fv_walk *r, const fv_step *s, int y);
void fv_store_alpha(const fv_walk *r, const fv_step *s, int y);
void fv_store(const fv_walk *r, const fv_step *s, int y);
void fv_resize(fv_walk *r, const fv_step *s, int y);
void fv_resize_columns(const fv_walk *r); /* once, before the first row */

/* What the values of a row get, 0 .. 4096 each: (n, 3), those of each phase, of the creative net's result; and, from the
 * mixture with that, (n, s, 3) of the plain enlargement; NULL: none does. */
typedef struct fv_mix {
    const uint16_t *creative, *plain;
} fv_mix;

/* Of row y; until the next is asked for. */
fv_mix fv_protect_mix(const fv_walk *r, int y);

/* Phase dx of row dy of the mixture of both nets for source row y, s being STORE: (n, 3), until its next row is asked for. */
const uint16_t *fv_blend_phase(const fv_walk *r, const fv_step *s, int y, int dy, int dx, const uint16_t *creative);

/* The plain enlargement into all phases of a row of it, (n, s, 3), in place. */
void fv_blend_plain(const fv_walk *r, int y, int dy, const uint16_t *plain, uint16_t *row);

/* n values of row dy for source row y, from pixel x on: the anchor down the columns and the net (or NULL), in 1/64 level. */
void fv_compose(const fv_walk *r, const fv_step *tail, const fv_step *anchor, int x, int n, int y, int dy, int32_t *values);

#endif
