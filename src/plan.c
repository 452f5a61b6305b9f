/* SPDX-License-Identifier: MIT
 *
 * Layers to steps: who reads whom, how far behind each runs, how many rows it keeps, and the weights packed for the
 * kernels; plan_scratch.c knows where everything lies. All the arithmetic of the layout is in the two, so that run.c only
 * follows it.
 *
 * Steps in the order they run within one tick: LOAD; HEAD, BODY..., TAIL, of an ensemble eight times and then MEAN; ANCHOR; with a
 * guarantee SOURCE, BOUNDS, COMPOSE, and for each pass SHRINK, ENLARGE and CORRECT (of blocks SUMS, OFFSETS and MOVE); then
 * ALPHA, STORE and RESIZE. A convolution reads one row below its own, so layer i lags i + 1 rows behind LOAD; rows out of the
 * source alone are made as late as their readers allow, which keeps their rings short.
 *
 * Creative mode has the layers of two nets, which read the same LOAD and ANCHOR; whose rows would be ready sooner starts
 * later, so that nothing has to wait for the other but what LOAD keeps. Behind the passes come the second net's COMPOSE,
 * DRIFT, TINT, LUMA and MARKS, and STORE blends. */
#include "plan.h"

#include "blend.h"
#include "faithful.h"
#include "pack.h"
#include "protect.h"

/* The layers of a net in all its ways, and MEAN. */
static size_t net_steps(const fovea_model *m) { return (size_t)m->ways * (size_t)m->layers + 1; }

/* LOAD, a net, ANCHOR; SOURCE, BOUNDS, COMPOSE and three a pass; ALPHA, STORE, RESIZE; five more of creative mode, and the
 * other net. Behind them the packed weights start. */
static size_t steps_size(const fovea_model *m, const fovea_model *creative)
{
    const size_t more = creative ? net_steps(creative) + 5 : 0;
    const size_t steps = net_steps(m) + 2 + 3 + 3 * (size_t)m->passes + 3 + more;
    return fv_round_up(sizeof(fv_plan) + steps * sizeof(fv_step), FV_ALIGN);
}

static size_t packed_size(const fovea_model *m, const fv_kernels *k)
{
    size_t size = 0;
    for (int i = 0; i < m->layers; i++) size += fv_packed_size(&m->layer[i], k);
    return size * (size_t)m->ways;
}

/* ---- D ---- */

/* The weights of source pixel 100 of a long row: those of every pixel. */
static fv_shrink make_shrink(fovea_shrink kind, int scale)
{
    enum { PIXEL = 100, LONG = 1000 };
    int64_t first;
    fv_shrink d;
    d.taps = fv_axis_line((fv_axis){.kind = kind, .in = LONG * scale, .out = LONG}, PIXEL, &first, d.weights);
    d.first = (int)first - PIXEL * scale;
    return d;
}

/* ---- Steps ---- */

enum { LOAD = 0 }; /* the first step */

/* Steps are added in the order they run; each returns its index. `slots` is what a ring needs where the clock goes on row by
 * row; a step that makes a group of rows has made the last of them when the first is read. */
static int add_step(fv_plan *p, fv_step s)
{
    p->step[p->steps] = s;
    if (!s.parts) p->step[p->steps].parts = 1;
    if (s.room_x < s.margin_x) p->step[p->steps].room_x = s.margin_x;
    p->step[p->steps].slots = s.before ? p->step[s.before].slots : s.slots + p->group - 1;
    return p->steps++;
}

/* Layers of one width and without skips take turns on two rings, even and odd ones. By the time that a layer makes its row
 * y, row y of the layer before last has had its last reader and lies in the cache, to be overwritten. */
static bool take_turns(const fovea_model *m)
{
    for (int i = 0; i < m->layers - 1; i++)
        if (m->layer[i].skip || m->layer[i].cout != m->layer[0].cout) return false;
    return !m->layer[m->layers - 1].skip;
}

/* Slots of a head's or body's ring. In turns, the first layer of a ring is two rows ahead of the next and so on, and the
 * last one has three. */
static int layer_slots(const fovea_model *m, bool turns) { return turns ? m->layers / 2 * 2 + 1 : 3; }

/* The layers of a net, mirrored in one of the ways; returns the step of its tail. The rest as of add_net. */
static int add_layers(fv_plan *p, const fovea_model *m, int way, int delay, int around, uint8_t **packed)
{
    static const fv_step_kind kinds[] = {
        [FV_LAYER_HEAD] = FV_STEP_HEAD, [FV_LAYER_BODY] = FV_STEP_BODY, [FV_LAYER_TAIL] = FV_STEP_TAIL};
    const int head = p->steps;
    const bool turns = take_turns(m);
    for (int i = 0; i < m->layers; i++) {
        const fv_layer *l = &m->layer[i];
        const bool is_tail = l->type == FV_LAYER_TAIL;
        const int margin = m->layers - 1 - i + around, added = l->skip ? head + i - l->skip : -1;
        const size_t pixel = is_tail ? sizeof(int32_t) * (size_t)l->cout : (size_t)l->cout;
        add_step(p, (fv_step){.kind = kinds[l->type],
                              .input = i ? p->steps - 1 : LOAD,
                              .add = added,
                              .layer = i,
                              .lag = delay + i + 1,
                              .margin_x = margin,
                              .margin_y = margin,
                              .slots = is_tail ? 1 : layer_slots(m, turns),
                              .parts = is_tail ? p->scale : 1,
                              .pixel = pixel,
                              .before = turns && !is_tail && i >= 2 ? head + i - 2 : 0,
                              .conv = fv_pack_layer(l, way, &p->kernels, *packed)});
        if (l->skip) p->step[added].slots = fv_max(p->step[added].slots, l->skip + p->group);
        *packed += fv_packed_size(l, &p->kernels);
    }
    return p->steps - 1;
}

/* A net, which starts `delay` ticks late; returns the step that holds what its tail gives, or the tails of an ensemble on average.
 * `around`: source pixels that are needed of the net's result beyond the rectangle; `packed`: where its weights go, moved on
 * behind them. */
static int add_net(fv_plan *p, const fovea_model *m, int delay, int around, uint8_t **packed)
{
    const int tail = add_layers(p, m, 0, delay, around, packed);
    if (m->ways == 1) return tail;
    for (int way = 1; way < m->ways; way++) add_layers(p, m, way, delay, around, packed);
    fv_step mean = p->step[tail];
    mean.kind = FV_STEP_MEAN;
    mean.input = mean.before = tail;
    mean.add = p->steps - 1;
    mean.conv = (fv_conv){0};
    return add_step(p, mean);
}

/* A step that holds s rows of (s, n, 3) u16 of the result. */
static int add_result(fv_plan *p, fv_step_kind kind, int input, int add, int lag, int margin, int slots)
{
    const size_t s = (size_t)p->scale;
    return add_step(p, (fv_step){.kind = kind,
                                 .input = input,
                                 .add = add,
                                 .lag = lag,
                                 .margin_x = margin,
                                 .margin_y = margin,
                                 .slots = slots,
                                 .parts = p->scale * p->scale,
                                 .pixel = s * s * 3 * sizeof(uint16_t)});
}

/* Source pixels to either side of a corrected one that a pass looks at, and that all of them do. */
static int pass_reach(const fv_plan *p)
{
    return p->keeps == FOVEA_KEEPS_BLOCKS ? FV_BLOCK_SIDE - 1 : FV_SHRINK_REACH + FV_ANCHOR_REACH;
}
int fv_passes_reach(const fv_plan *p) { return p->passes * pass_reach(p); }

/* How far ahead of the first pass's own row it asks what the halo guard allows. */
static int bounds_reach(const fv_plan *p) { return p->keeps == FOVEA_KEEPS_BLOCKS ? pass_reach(p) : 0; }

/* The range that the halo guard allows, for the first pass and all that follow; that has this lag and margin. */
static void add_bounds(fv_plan *p, int lag, int margin)
{
    const int kept = fv_passes_reach(p) - pass_reach(p) + bounds_reach(p);
    const int source = add_step(p, (fv_step){.kind = FV_STEP_SOURCE,
                                             .input = -1,
                                             .add = -1,
                                             .lag = lag - FV_GUARD_REACH,
                                             .margin_x = margin,
                                             .margin_y = margin + FV_GUARD_REACH,
                                             .slots = 2 * FV_GUARD_REACH + 1,
                                             .pixel = 3 * sizeof(uint16_t)});
    p->bounds = add_step(p, (fv_step){.kind = FV_STEP_BOUNDS,
                                      .input = source,
                                      .add = -1,
                                      .lag = lag,
                                      .margin_x = margin,
                                      .margin_y = margin,
                                      .slots = kept + 1,
                                      .parts = 2,
                                      .pixel = 2 * 3 * sizeof(uint16_t)});
}

/* What a pass adds to the rows of `input`, for a correcting step of this lag and margin: each row of it is made as soon as
 * can be. */
static int add_offsets(fv_plan *p, int input, int lag, int margin)
{
    const int reach = pass_reach(p);
    const int sums = add_step(p, (fv_step){.kind = FV_STEP_SUMS,
                                           .input = input,
                                           .add = -1,
                                           .lag = lag - reach,
                                           .margin_x = margin,
                                           .margin_y = margin + reach,
                                           .slots = 2 * reach + 1,
                                           .pixel = 3 * sizeof(fv_block_sum) / FV_BLOCK_SIDE});
    return add_step(p, (fv_step){.kind = FV_STEP_OFFSETS,
                                 .input = sums,
                                 .add = -1,
                                 .lag = lag,
                                 .margin_x = margin,
                                 .margin_y = margin,
                                 .slots = 1,
                                 .pixel = 3 * sizeof(int32_t)});
}

static int add_enlarged(fv_plan *p, int input, int lag, int margin, const fv_anchor *enlarge)
{
    const int reach = FV_ANCHOR_REACH, slots = 2 * reach + 1;
    const int shrink = add_step(p, (fv_step){.kind = FV_STEP_SHRINK,
                                             .input = input,
                                             .add = -1,
                                             .lag = lag - reach,
                                             .margin_x = margin + reach,
                                             .margin_y = margin + reach,
                                             .slots = slots,
                                             .pixel = 3 * sizeof(int32_t)});
    return add_step(p, (fv_step){.kind = FV_STEP_ENLARGE,
                                 .input = shrink,
                                 .add = -1,
                                 .lag = lag - reach,
                                 .margin_x = margin,
                                 .margin_y = margin + reach,
                                 .slots = slots,
                                 .parts = p->scale,
                                 .pixel = (size_t)p->scale * 3 * sizeof(int16_t),
                                 .enlarge = enlarge});
}

/* What is missing of areas is spread smoothly first, and then as it is: each sample as many times as it has pixels in the
 * result, which makes good for it exactly where nothing is in the way. */
static const fv_anchor *pass_weights(const fv_plan *p, int pass)
{
    if (p->keeps != FOVEA_KEEPS_AREAS) return fv_anchor_get_sharp(p->scale);
    return pass < p->passes - 1 ? p->anchor : fv_anchor_get_nearest();
}

/* In place: all that a pass reads of a row it has read when the row is corrected. */
static int add_correct(fv_plan *p, int compose, int input, int add, int lag, int margin)
{
    fv_step s = p->step[compose];
    s.kind = p->keeps == FOVEA_KEEPS_BLOCKS ? FV_STEP_MOVE : FV_STEP_CORRECT;
    s.before = compose;
    s.input = input;
    s.add = add;
    s.lag = lag;
    s.margin_x = s.margin_y = margin;
    s.enlarge = p->step[add].enlarge;
    return add_step(p, s);
}

static void for_colours(fv_plan *p, int from, int to)
{
    for (int i = from; i <= to; i++) p->step[i].colours = true;
}

/* The passes; returns the step that holds the last `kept` rows of the corrected result, `around` source pixels wider than
 * the rectangle. */
static int add_passes(fv_plan *p, int tail, int anchor, int around, int kept)
{
    const int reach = pass_reach(p), ahead = reach - bounds_reach(p);
    int margin = around + fv_passes_reach(p), lag = p->step[tail].lag;
    add_bounds(p, lag + ahead, margin - ahead);
    const int compose = add_result(p, FV_STEP_COMPOSE, tail, anchor, lag, margin, fv_passes_reach(p) + kept);
    int y = compose;
    for (int pass = 0; pass < p->passes; pass++) {
        margin -= reach;
        lag += reach;
        const int add = p->keeps == FOVEA_KEEPS_BLOCKS ? add_offsets(p, y, lag, margin)
                                                       : add_enlarged(p, y, lag, margin, pass_weights(p, pass));
        y = add_correct(p, compose, y, add, lag, margin);
    }
    return y;
}

/* Source pixels around a rectangle that its result depends on, the net's reach being `layers`. */
static int result_reach(const fv_plan *p, int layers)
{
    return fv_passes_reach(p) + fv_max(layers, FV_GUARD_REACH + bounds_reach(p) - pass_reach(p));
}

static int add_anchor(fv_plan *p, int first_reader, int last_reader, int around)
{
    return add_step(p, (fv_step){.kind = FV_STEP_ANCHOR,
                                 .input = -1,
                                 .add = -1,
                                 .lag = first_reader - FV_ANCHOR_REACH,
                                 .margin_x = around,
                                 .margin_y = around + FV_ANCHOR_REACH,
                                 .slots = 2 * FV_ANCHOR_REACH + 1 + last_reader - first_reader,
                                 .pixel = (size_t)p->scale * 3 * sizeof(int32_t)});
}

/* ALPHA, STORE and RESIZE: the end of every plan. */
static void add_end(fv_plan *p, int input, int add, int lag)
{
    const size_t s = (size_t)p->scale;
    add_step(p, (fv_step){.kind = FV_STEP_ALPHA,
                          .input = -1,
                          .add = -1,
                          .lag = lag - FV_ANCHOR_REACH,
                          .margin_y = FV_ANCHOR_REACH,
                          .slots = 2 * FV_ANCHOR_REACH + 1,
                          .pixel = sizeof(uint16_t)});
    const int store = add_step(p, (fv_step){.kind = FV_STEP_STORE,
                                            .input = input,
                                            .add = add,
                                            .lag = lag,
                                            .slots = FV_RESIZE_ROWS,
                                            .parts = p->scale,
                                            .pixel = s * s * 4 * sizeof(uint16_t)});
    add_step(p, (fv_step){.kind = FV_STEP_RESIZE, .input = store, .add = -1, .lag = lag});
}

static void add_load(fv_plan *p, int delay, int margin)
{
    add_step(p, (fv_step){.kind = FV_STEP_LOAD,
                          .input = -1,
                          .add = -1,
                          .margin_x = margin,
                          .margin_y = margin,
                          .slots = 3 + delay,
                          .pixel = 4 * sizeof(uint16_t)});
}

static void add_steps(fv_plan *p, const fovea_model *m)
{
    const int around = fv_passes_reach(p);
    uint8_t *packed = (uint8_t *)p + steps_size(m, NULL);
    add_load(p, 0, m->layers + around);
    int input = add_net(p, m, 0, around, &packed);
    int add = add_anchor(p, m->layers, m->layers, around);
    if (p->passes) {
        input = add_passes(p, input, add, 0, 1);
        add = -1;
    }
    add_end(p, input, add, p->step[input].lag);
    p->margin = result_reach(p, m->layers);
}

/* ---- Creative mode ---- */

/* Mark, from the source alone, what is protected, for STORE at this lag. */
static int add_marks(fv_plan *p, int lag)
{
    const int luma = add_step(p, (fv_step){.kind = FV_STEP_LUMA,
                                           .input = -1,
                                           .add = -1,
                                           .lag = lag - FV_MARKS_REACH - FV_FIGURE_REACH,
                                           .margin_x = FV_MARKS_REACH,
                                           .margin_y = FV_MARKS_REACH + FV_FIGURE_REACH,
                                           .slots = 2 * FV_FIGURE_REACH + 1,
                                           .pixel = sizeof(uint16_t)});
    return add_step(p, (fv_step){.kind = FV_STEP_MARKS,
                                 .input = luma,
                                 .add = -1,
                                 .lag = lag - FV_MARKS_REACH,
                                 .margin_y = FV_MARKS_REACH,
                                 .slots = 2 * FV_MARKS_REACH + 1,
                                 .parts = 2,
                                 .pixel = 2 * sizeof(uint32_t)});
}

/* By how much the rows of `creative` miss the colours of those of `faithful`; both are made in the same tick. */
static int add_tint(fv_plan *p, int faithful, int creative, int lag)
{
    const int drift = add_step(p, (fv_step){.kind = FV_STEP_DRIFT,
                                            .input = faithful,
                                            .add = creative,
                                            .lag = lag,
                                            .margin_x = FV_ANCHOR_REACH,
                                            .margin_y = FV_BLEND_REACH,
                                            .slots = 2 * FV_DRIFT_REACH + 1,
                                            .pixel = 3 * sizeof(int32_t)});
    return add_step(p, (fv_step){.kind = FV_STEP_TINT,
                                 .input = drift,
                                 .add = -1,
                                 .lag = lag + FV_DRIFT_REACH,
                                 .margin_y = FV_ANCHOR_REACH,
                                 .slots = 2 * FV_ANCHOR_REACH + 1,
                                 .parts = p->scale,
                                 .pixel = (size_t)p->scale * 3 * sizeof(int32_t)});
}

/* The nets' results are ready in the same tick, `lag`. */
static void add_creative_steps(fv_plan *p, const fovea_model *m, const fovea_model *other)
{
    const int around = fv_passes_reach(p), lag = fv_max(m->layers + around, other->layers);
    const int late = lag - m->layers - around, other_late = lag - other->layers;
    uint8_t *packed = (uint8_t *)p + steps_size(m, other);
    add_load(p, fv_max(late, other_late), lag + FV_BLEND_REACH);
    const int tail = add_net(p, m, late, around + FV_BLEND_REACH, &packed);
    const int other_tail = add_net(p, other, other_late, FV_BLEND_REACH, &packed);
    for_colours(p, tail + 1, other_tail);
    const int anchor = add_anchor(p, lag - around, lag + FV_BLEND_REACH, around + FV_BLEND_REACH);
    const int faithful = add_passes(p, tail, anchor, FV_BLEND_REACH, FV_BLEND_REACH + 1);
    const int creative = add_result(p, FV_STEP_COMPOSE, other_tail, anchor, lag, FV_BLEND_REACH, FV_BLEND_REACH + 1);
    p->creative.anchor = anchor;
    p->creative.tint = add_tint(p, faithful, creative, lag);
    p->creative.marks = add_marks(p, lag + FV_BLEND_REACH);
    for_colours(p, creative, p->creative.marks);
    add_end(p, faithful, creative, lag + FV_BLEND_REACH);
    p->margin = fv_max(result_reach(p, m->layers), other->layers) + FV_BLEND_REACH;
}

/* Behind the weights; the caller's may be gone afterwards. */
static void keep_protected(fv_plan *p, const fv_plan_options *options, uint8_t *to)
{
    const size_t bytes = (size_t)options->protect_count * sizeof *options->protect;
    if (bytes) memcpy(to, options->protect, bytes);
    p->creative = (fv_creative){.strength = options->strength,
                                .protect = (const fovea_rect *)(const void *)to,
                                .protect_count = options->protect_count};
}

/* ---- The whole ---- */

static bool in_groups(const fovea_model *m, const fv_kernels *k)
{
    for (int i = 0; i < m->layers; i++)
        if (fv_packed_in_groups(&m->layer[i], k)) return true;
    return false;
}

fovea_status fv_plan_new(const fovea_model *m, fv_plan_options options, const fovea_allocator *a, fv_plan **out)
{
    const fovea_model *creative = options.creative;
    fv_kernels kernels;
    fv_kernels_init(&kernels, options.cpu);
    const size_t nets = steps_size(m, creative) + packed_size(m, &kernels) + (creative ? packed_size(creative, &kernels) : 0);
    const size_t size = nets + (creative ? (size_t)options.protect_count * sizeof *options.protect : 0);

    *out = NULL;
    if (options.max_memory && size > options.max_memory) return FOVEA_ERROR_LIMIT;
    fv_plan *p = *out = fv_new(a, size);
    if (!p) return FOVEA_ERROR_MEMORY;
    p->allocator = *a;
    p->memory = size;
    p->kernels = kernels;
    p->group = in_groups(m, &kernels) || (creative && in_groups(creative, &kernels)) ? FV_GROUP : 1;
    p->anchor = fv_anchor_get(m->scale);
    p->scale = m->scale;
    p->passes = options.net_alone ? 0 : m->passes;
    p->keeps = m->keeps;
    p->tolerance = m->keeps == FOVEA_KEEPS_AREAS ? 0 : FV_GUARD_TOLERANCE;
    p->kind = m->keeps == FOVEA_KEEPS_AREAS ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC;
    p->shrink = make_shrink(p->kind, m->scale);
    if (creative) {
        keep_protected(p, &options, (uint8_t *)p + nets);
        add_creative_steps(p, m, creative);
    } else {
        add_steps(p, m);
    }
    if (fv_plan_lay_out(p, options.strip_width)) return FOVEA_OK;
    fv_plan_free(p);
    *out = NULL;
    return FOVEA_ERROR_MEMORY;
}

void fv_plan_free(fv_plan *p)
{
    if (!p) return;
    const fovea_allocator allocator = p->allocator;
    fv_delete(&allocator, p);
}
