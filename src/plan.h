/* SPDX-License-Identifier: MIT
 *
 * A model made into steps for this processor's kernels. A step makes one row of something from rows of the steps before
 * it; run.c walks down the picture and lets each step make its row as soon as it can. */
#ifndef FV_PLAN_H
#define FV_PLAN_H

#include "anchor.h"
#include "kernels.h"
#include "model.h"
#include "resize.h"

/* n: the source pixels of the row; s: the scale. Pixels of the result whose column is s x + d are of phase d; between COMPOSE
 * and STORE each phase of a row lies by itself, so that all which is done there runs along memory. */
typedef enum fv_step_kind {
    FV_STEP_LOAD, /* source window -> (n, 4) u16, 12 bits: what the head reads */
    FV_STEP_HEAD, /* -> (n, cout) u8 */
    FV_STEP_BODY, /* -> (n, cout) u8 */
    FV_STEP_TAIL, /* -> s rows of (n, s, 3) s32, 1/64 level */
    FV_STEP_MEAN, /* of the tails of an ensemble, in place in the first one's rows */
    FV_STEP_ANCHOR, /* source window -> (n, s, 3) s32, 1/64 level: enlarged along the row */
    FV_STEP_COMPOSE, /* anchor down the columns + tail -> s rows of (s, n, 3) u16; faithful only, as all up to MOVE */
    FV_STEP_SOURCE, /* source window -> (n + 2 reach, 3) u16, what the halo guard looks at */
    FV_STEP_BOUNDS, /* -> (2, n, 3) u16, the least and the greatest that the halo guard allows */
    FV_STEP_SHRINK, /* what D of the rows before misses of the source -> (n + 4, 3) s32, then 1 if all are
                       small (FV_SMALL), otherwise 0 */
    FV_STEP_ENLARGE, /* that enlarged along the row -> (s, n, 3) s16 */
    FV_STEP_CORRECT, /* the rows before + that, within the bounds, in place */
    FV_STEP_SUMS, /* blocks instead: what the rows before miss of the source, added up over each block's columns ->
                     (blocks, 3) fv_block_sum */
    FV_STEP_OFFSETS, /* what moves the block that the row goes through -> (n, 3) s32 */
    FV_STEP_MOVE, /* the rows before + that, within the bounds, in place */
    FV_STEP_DRIFT, /* by how much the creative rows miss the colours of the corrected, smoothed along the row -> (n, 3) s32;
                      creative only, as all up to MARKS */
    FV_STEP_TINT, /* that smoothed down the columns, enlarged along the row -> (s, n, 3) s32 */
    FV_STEP_LUMA, /* source window -> (n + 2 reach) u16, what the protection looks at */
    FV_STEP_MARKS, /* what is flat and what is written, added up along the row; what is calm -> (2, n) u32 */
    FV_STEP_ALPHA, /* source window -> (n + 4) u16, alpha from x - 2 on */
    FV_STEP_STORE, /* -> the target; sized: s rows of (n, s, channels) u16 */
    FV_STEP_RESIZE, /* rows of STORE -> the target; only for a result that is not s times the picture */
} fv_step_kind;

/* While the clock reads t, a step makes source row t - lag; so a step may read row y + k of another when its own lag is
 * at least k more. Where the plan's group is more than 1 the clock goes on by as many ticks at once, each step making its rows
 * of all of them. A ring keeps the last `slots` rows, row y in slot y % slots. */
typedef struct fv_step {
    fv_step_kind kind;
    int input; /* index of the step it reads */
    int add; /* index of a second one, or -1; body: what its skip adds; MEAN: the last tail, all being as far apart */
    int layer; /* head, body, tail: which of its net */
    bool colours; /* of the guarantee or the creative result, which alpha has no part in */
    int lag;
    int margin_x, margin_y; /* source pixels that others need of it beyond the rectangle */
    int slots;
    int before; /* head, body: the layer before last, whose ring this one takes turns on; MEAN, CORRECT, MOVE: the TAIL or COMPOSE
                   whose rows it changes in place; 0: it has its own */
    int room_x; /* the margin that its ring has room for, margin_x or more */
    int parts; /* of a row, one after another: rows of the result, phases, or 1 */
    size_t pixel; /* bytes a source pixel, all parts together */
    size_t row; /* bytes from slot to slot */
    size_t ring; /* where the ring starts in a scratch */
    fv_conv conv; /* head, body, tail */
    const fv_anchor *enlarge; /* ENLARGE, CORRECT: weights that what is missing is enlarged with */
} fv_step;

enum {
    FV_MAX_RESIZE_TAPS = 18, /* of the bicubic from 4 to 1 */
    FV_RESIZE_ROWS = 7, /* source rows that a result row is made from, at most */
};

/* D for this scale: the same weights at every pixel. */
typedef struct fv_shrink {
    int taps;
    int first; /* of the result's samples, relative to s times the source pixel */
    int16_t weights[FV_MAX_SHRINK_TAPS]; /* (taps) */
} fv_shrink;

/* A scratch's single rows: offsets in bytes. */
typedef struct fv_rows {
    size_t rgb, alpha; /* loaded source: (., 3), (.) u16 */
    size_t values; /* (n, s, 3) s32: a row on its way to the target */
    size_t colours, alphas; /* rounded samples, before they are interleaved */
    size_t shrunk; /* faithful: s of (., 3) s32, D down the columns */
    size_t sums, rooms; /* faithful to blocks: (., 3) s32, samples of the result added up, and how many can move */
    size_t enlarged; /* faithful to pixels: 5 of (n, 3) s32, a phase of what is missing, enlarged */
    size_t composed, joined; /* faithful: (n, s, 3) u16, before its phases are taken apart; when they are together again */
    size_t resized, samples; /* sized: a row (n, s, 4) s32 weighted down; the result's (4 n) u16 */
    size_t at, weights; /* sized: (n s) s32, (n s, taps) s16 along the row */
    size_t work; /* of kernels that make a group of rows */
    size_t inside; /* faithful: (n + 2 reach, 3) u16, all ones within the picture */
    size_t drift; /* creative: (., 3) s32, a row being smoothed */
    size_t tinted; /* creative: (n, 3) u16, a phase of the creative row in the faithful colours */
    size_t blended; /* creative: s of (strip_width, 3) u16, the phases of the row made of both */
    size_t shares; /* creative: (2, strip_width) s32, how much a pixel gets of it, and of the plain enlargement */
    size_t mix; /* creative: (strip_width, 3), then (strip_width, s, 3) u16, the same for values */
    size_t marks, calm, extremes; /* creative: (.) u32 each and FV_EXTREMES (.) u16 on the way to MARKS */
} fv_rows;

/* What creative mode adds (blend.c, protect.c); strength 0: there is none. */
typedef struct fv_creative {
    int strength; /* 1 .. 100 */
    int anchor, tint, marks; /* steps */
    const fovea_rect *protect; /* (protect_count) in source pixels, in the plan's block */
    int protect_count;
} fv_creative;

typedef struct fv_plan {
    fovea_allocator allocator;
    fv_kernels kernels;
    const fv_anchor *anchor;
    fv_shrink shrink;
    fovea_shrink kind; /* of D, and of what makes a result of another size than the net's */
    int scale;
    int passes; /* consistency passes; 0: the net's result as it is, no guard either */
    fovea_keeps keeps;
    uint16_t tolerance; /* the halo guard's */
    int bounds; /* with passes: the step of the halo guard's ranges */
    int margin; /* source pixels around a rectangle that its result depends on */
    int group; /* ticks that are done at once: 1, or FV_GROUP for kernels that make so many rows */
    int strip_width; /* widest rectangle run.c takes at once, source pixels */
    size_t scratch_size; /* bytes of memory a thread needs to run it */
    fv_rows rows;
    fv_creative creative;
    size_t memory; /* bytes of this block */
    int steps;
    fv_step step[]; /* (steps), followed in the same block by the packed weights and the protected rectangles */
} fv_plan;

typedef struct fv_plan_options {
    uint32_t cpu; /* fovea_cpu bits to use */
    int strip_width; /* 0: chosen */
    uint64_t max_memory; /* of the plan itself; 0: no limit */
    bool net_alone; /* no passes and no guard, whatever the model says */
    /* Creative mode: a second net of the same scale, the first having passes; NULL: none. */
    const fovea_model *creative;
    int strength; /* 1 .. 100 */
    const fovea_rect *protect; /* (protect_count) */
    int protect_count;
} fv_plan_options;

/* Errors: MEMORY, LIMIT; then *out is NULL. What options point at may be gone afterwards. */
fovea_status fv_plan_new(const fovea_model *m, fv_plan_options options, const fovea_allocator *a, fv_plan **out);

void fv_plan_free(fv_plan *p);

/* Chooses the width of strips, unless it is given, and the places in a thread's scratch; the steps are there. False: it is
 * more than there can be. plan_scratch.c. */
bool fv_plan_lay_out(fv_plan *p, int strip_width);

/* Source pixels to either side of one that all consistency passes together look at. */
int fv_passes_reach(const fv_plan *p);

#endif
