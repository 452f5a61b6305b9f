/* SPDX-License-Identifier: MIT
 *
 * A model made into steps for this processor's kernels. A step makes one row of something from rows of the steps before
 * it; run.c walks down the picture and lets each step make its row as soon as it can. */
#ifndef FV_PLAN_H
#define FV_PLAN_H

#include "anchor.h"
#include "kernels.h"
#include "model.h"

typedef enum fv_step_kind {
    FV_STEP_LOAD, /* source window -> (n, 4) u16, 12 bits: what the head reads */
    FV_STEP_HEAD, /* -> (n, cout) u8 */
    FV_STEP_BODY, /* -> (n, cout) u8 */
    FV_STEP_TAIL, /* -> s rows of (n, 3s) s32, 1/64 level, one after another */
    FV_STEP_ANCHOR, /* source window -> fv_anchor_row_layout */
    FV_STEP_COMPOSE, /* anchor down the columns + tail -> the target */
} fv_step_kind;

/* While the clock reads t, a step makes source row t - lag; so a step may read row y + k of another when its own lag is
 * at least k more. A ring keeps the last `slots` rows, row y in slot y % slots. */
typedef struct fv_step {
    fv_step_kind kind;
    int input; /* index of the step it reads */
    int add; /* body: index of the step its skip adds, or -1 */
    int lag;
    int margin_x, margin_y; /* source pixels that others need of it beyond the rectangle */
    int slots;
    size_t pixel; /* bytes a source pixel */
    size_t row; /* bytes from slot to slot */
    size_t ring; /* where the ring starts in a scratch */
    fv_conv conv; /* head, body, tail */
} fv_step;

/* Bytes of one row that FV_STEP_ANCHOR makes for strips of up to strip_width pixels: (n, s, 3) s32 colours, then at
 * `alpha` (n, s) s32, then at `samples` (n + 4) u16, the row's alpha as it was from pixel x - 2 on. */
typedef struct fv_anchor_row_layout {
    size_t alpha, samples, size;
} fv_anchor_row_layout;

typedef struct fv_plan {
    fovea_allocator allocator;
    fv_kernels kernels;
    const fv_anchor *anchor;
    int scale;
    int margin; /* source pixels around a rectangle that its result depends on */
    int strip_width; /* widest rectangle run.c takes at once, source pixels */
    fv_anchor_row_layout anchor_row;
    size_t scratch_size; /* bytes of memory a thread needs to run it */
    size_t load_rgb, load_alpha, values, colours, alphas; /* a scratch's single rows, see run.c */
    size_t memory; /* bytes of this block */
    int steps;
    fv_step step[]; /* (steps), followed in the same block by the packed weights */
} fv_plan;

/* strip_width 0: chosen. Errors: MEMORY; then *out is NULL. */
fovea_status fv_plan_new(const fovea_model *m, uint32_t cpu, int strip_width, const fovea_allocator *a, fv_plan **out);

void fv_plan_free(fv_plan *p);

#endif
