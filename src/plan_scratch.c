/* SPDX-License-Identifier: MIT
 *
 * A thread's memory: how wide a strip is, where the rings of all steps lie, and single rows beside them. */
#include "blend.h"
#include "faithful.h"
#include "plan.h"
#include "protect.h"

/* Bytes of rings for one thread: a core's part of the third-level cache. A layer reads its rows in order and multiplies each
 * byte by many weights, so it hardly matters from which cache they come, but wider strips repeat fewer margins. */
enum { CACHE_BUDGET = 4 << 20, MIN_STRIP = 256, MAX_STRIP = 1024 };

static size_t ring_bytes_per_pixel(const fv_plan *p)
{
    size_t bytes = 0;
    for (int i = 0; i < p->steps; i++)
        if (p->step[i].kind != FV_STEP_STORE && !p->step[i].before) /* STORE's is mostly not used */
            bytes += p->step[i].pixel * (size_t)p->step[i].slots;
    return bytes;
}

/* Two nets have twice the rings and wider margins: there a wider strip gains more than the cache loses. */
static int choose_strip_width(const fv_plan *p)
{
    const size_t budget = p->creative.strength ? 2 * CACHE_BUDGET : CACHE_BUDGET;
    const int fits = (int)(budget / ring_bytes_per_pixel(p));
    return fv_clamp(fits / 16 * 16, MIN_STRIP, MAX_STRIP);
}

/* Where the next bytes are. With 32 bits a deep ensemble can be beyond them all: then *at stays at SIZE_MAX. */
static size_t take(size_t *at, size_t bytes)
{
    const size_t start = *at;
    if (!fv_add_size(at, 1, fv_round_up(bytes + FV_SLACK, FV_ALIGN))) *at = SIZE_MAX;
    return start;
}

/* Bytes of one ring row with room for `pixels` pixels; parts each have their own slack. */
static size_t row_size(const fv_step *s, size_t pixels)
{
    const size_t parts = (size_t)s->parts;
    switch (s->kind) {
    case FV_STEP_ALPHA:
    case FV_STEP_SHRINK: return fv_round_up(s->pixel * (pixels + 2 * FV_ANCHOR_REACH) + FV_SLACK, FV_ALIGN);
    case FV_STEP_SUMS: /* of blocks: a part of one at either end */
        return fv_round_up(s->pixel * (pixels + 2 * FV_BLOCK_SIDE) + FV_SLACK, FV_ALIGN);
    case FV_STEP_SOURCE: return fv_round_up(s->pixel * (pixels + 2 * FV_GUARD_REACH) + FV_SLACK, FV_ALIGN);
    case FV_STEP_LUMA: return fv_round_up(s->pixel * (pixels + 2 * FV_FIGURE_REACH) + FV_SLACK, FV_ALIGN);
    default: return parts * fv_round_up(s->pixel / parts * pixels + FV_SLACK, FV_ALIGN);
    }
}

/* A ring row has room for the strip, the margins and one repeated pixel at either border. Of layers that take turns the
 * first has the widest margins. */
static void lay_out_rings(fv_plan *p, size_t *at)
{
    for (int i = 0; i < p->steps; i++) {
        fv_step *s = &p->step[i];
        if (s->before) {
            s->row = p->step[s->before].row;
            s->ring = p->step[s->before].ring;
            continue;
        }
        s->row = row_size(s, (size_t)p->strip_width + 2 * (size_t)s->margin_x + 2);
        s->ring = take(at, s->row * (size_t)s->slots);
    }
}

/* What kernels of a group of rows need, for the widest of the layers. */
static size_t work_size(const fv_plan *p)
{
    int cin = 0;
    for (int i = 0; i < p->steps; i++)
        if (p->step[i].conv.winograd) cin = fv_max(cin, p->step[i].conv.cin);
    return cin ? FV_WINOGRAD_WORK(cin) : 0;
}

static void lay_out_guarantee(fv_plan *p, size_t around, size_t *at)
{
    const size_t s = (size_t)p->scale;
    p->rows.shrunk = take(at, s * (around + 2 * FV_SHRINK_REACH) * 3 * sizeof(int32_t));
    p->rows.sums = take(at, around * 3 * sizeof(int32_t));
    p->rows.rooms = take(at, around * 3 * sizeof(int32_t));
    p->rows.enlarged = take(at, (2 * FV_ANCHOR_REACH + 1) * around * 3 * sizeof(int32_t));
    p->rows.composed = take(at, around * s * 3 * sizeof(uint16_t));
    p->rows.joined = take(at, around * s * 3 * sizeof(uint16_t));
    p->rows.inside = take(at, (around + 2 * FV_GUARD_REACH) * 3 * sizeof(uint16_t));
}

static void lay_out_creative(fv_plan *p, size_t *at)
{
    const size_t strip = (size_t)p->strip_width;
    p->rows.drift = take(at, (strip + 2 * FV_BLEND_REACH) * 3 * sizeof(int32_t));
    p->rows.tinted = take(at, strip * 3 * sizeof(uint16_t));
    p->rows.blended = take(at, strip * (size_t)p->scale * 3 * sizeof(uint16_t));
    p->rows.shares = take(at, 2 * strip * sizeof(int32_t));
    p->rows.mix = take(at, (1 + (size_t)p->scale) * strip * 3 * sizeof(uint16_t));
    p->rows.marks = take(at, (strip + 2 * FV_MARKS_REACH) * sizeof(uint32_t));
    p->rows.calm = take(at, (strip + 2 * FV_MARKS_REACH) * sizeof(uint32_t));
    p->rows.extremes = take(at, FV_EXTREMES * p->step[p->step[p->creative.marks].input].row);
}

bool fv_plan_lay_out(fv_plan *p, int strip_width)
{
    p->strip_width = strip_width ? strip_width : choose_strip_width(p);
    const size_t strip = (size_t)p->strip_width, s = (size_t)p->scale;
    const size_t blended = strip + (p->creative.strength ? 2 * FV_BLEND_REACH : 0);
    const size_t loaded = strip + 2 * ((size_t)p->margin + FV_GUARD_REACH);
    const size_t around = blended + 2 * (size_t)fv_passes_reach(p) + 2 * FV_ANCHOR_REACH;
    size_t at = 0;
    lay_out_rings(p, &at);
    p->rows = (fv_rows){
        .rgb = take(&at, loaded * 3 * sizeof(uint16_t)),
        .alpha = take(&at, loaded * sizeof(uint16_t)),
        .values = take(&at, around * s * 3 * sizeof(int32_t)),
        .colours = take(&at, strip * s * 3 * sizeof(uint16_t)),
        .alphas = take(&at, strip * s * sizeof(uint16_t)),
        .resized = take(&at, (strip * s + 2 * FV_MAX_RESIZE_TAPS) * 4 * sizeof(int32_t)),
        .samples = take(&at, strip * s * 4 * sizeof(uint16_t)),
        .at = take(&at, strip * s * sizeof(int32_t)),
        .weights = take(&at, strip * s * FV_MAX_RESIZE_TAPS * sizeof(int16_t)),
    };
    p->rows.work = take(&at, work_size(p));
    if (p->passes) lay_out_guarantee(p, around, &at);
    if (p->creative.strength) lay_out_creative(p, &at);
    p->scratch_size = at;
    return at < SIZE_MAX;
}
