/* SPDX-License-Identifier: MIT
 *
 * Layers to steps: who reads whom, how far behind each runs, how many rows it keeps, where everything lies in a
 * thread's scratch memory, and the weights packed for the kernels. All the arithmetic of the layout is here, so that
 * run.c only follows it.
 *
 * Steps in the order they run within one tick: LOAD, HEAD, BODY..., TAIL, ANCHOR, COMPOSE. A convolution reads one row
 * below its own, so layer i lags i + 1 rows behind LOAD; the anchor's rows are made as late as COMPOSE allows. */
#include "plan.h"

#include "pixels.h"

/* Rings of one thread should stay in a core's own cache. */
enum { CACHE_BUDGET = 768 << 10, MIN_STRIP = 256, MAX_STRIP = 1024 };

/* ---- Packed weights: head, body and tail alike ---- */

static int padded_cin(const fv_layer *l) { return l->type == FV_LAYER_HEAD ? 4 : l->cin; }
static int padded_cout(const fv_layer *l) { return (int)fv_round_up((size_t)l->cout, 16); }

static fv_pack layer_pack(const fv_kernels *k, const fv_layer *l)
{
    return l->type == FV_LAYER_HEAD ? FV_PACK_S16X2 : k->pack;
}

static size_t weights_size(const fv_layer *l, fv_pack pack)
{
    const size_t count = 9 * (size_t)padded_cin(l) * (size_t)padded_cout(l);
    return fv_round_up(pack == FV_PACK_S16X2 ? 2 * count : count, FV_ALIGN);
}

/* Bytes of weights, bias, scale and skip of one layer, each from a multiple of FV_ALIGN. */
static size_t packed_size(const fv_layer *l, fv_pack pack)
{
    return weights_size(l, pack) + 3 * fv_round_up(4 * (size_t)padded_cout(l), FV_ALIGN);
}

static void pack_weights(const fv_layer *l, fv_pack pack, void *to)
{
    const int group = pack == FV_PACK_S16X2 ? 2 : 4, groups = padded_cin(l) / group, cout_pad = padded_cout(l);
    for (int o = 0; o < l->cout; o++)
        for (int k = 0; k < 9; k++)
            for (int i = 0; i < l->cin; i++) {
                const int8_t w = l->weights[(o * 9 + k) * l->cin + i];
                const int at = ((k * groups + i / group) * cout_pad + o) * group + i % group;
                if (pack == FV_PACK_S16X2)
                    ((int16_t *)to)[at] = w;
                else
                    ((int8_t *)to)[at] = w;
            }
}

static fv_conv make_conv(const fv_layer *l, fv_pack pack, uint8_t *to)
{
    const int cout_pad = padded_cout(l);
    const size_t row = fv_round_up(4 * (size_t)cout_pad, FV_ALIGN);
    uint8_t *const weights = to;
    int32_t *const bias = (int32_t *)(void *)(to + weights_size(l, pack));
    float *const scale = (float *)(void *)((uint8_t *)bias + row);
    int32_t *const skip = (int32_t *)(void *)((uint8_t *)scale + row);
    pack_weights(l, pack, weights);
    for (int o = 0; o < cout_pad; o++) {
        const bool real = o < l->cout;
        bias[o] = real ? l->bias[o] : 0;
        scale[o] = real ? l->scale[o] : 1;
        skip[o] = real && l->skip ? l->m[o] : 0;
    }
    return (fv_conv){.cin = padded_cin(l), .cout = l->cout, .cout_pad = cout_pad, .zp = l->zp, .weights = weights,
                     .bias = bias, .scale = scale, .skip = l->skip ? skip : NULL};
}

/* ---- Steps ---- */

static void add_layers(fv_plan *p, const fovea_model *m)
{
    static const fv_step_kind kinds[] = {[FV_LAYER_HEAD] = FV_STEP_HEAD, [FV_LAYER_BODY] = FV_STEP_BODY,
                                         [FV_LAYER_TAIL] = FV_STEP_TAIL};
    uint8_t *packed = (uint8_t *)p + fv_round_up(sizeof *p + (size_t)p->steps * sizeof(fv_step), FV_ALIGN);
    for (int i = 0; i < m->layers; i++) {
        const fv_layer *l = &m->layer[i];
        const fv_pack pack = layer_pack(&p->kernels, l);
        p->step[i + 1] = (fv_step){
            .kind = kinds[l->type],
            .input = i,
            .add = l->skip ? i + 1 - l->skip : -1,
            .lag = i + 1,
            .margin_x = m->layers - 1 - i,
            .margin_y = m->layers - 1 - i,
            .slots = l->type == FV_LAYER_TAIL ? 1 : 3,
            .pixel = l->type == FV_LAYER_TAIL ? sizeof(int32_t) * (size_t)l->cout : (size_t)l->cout,
            .conv = make_conv(l, pack, packed),
        };
        packed += packed_size(l, pack);
        if (l->skip) {
            fv_step *added = &p->step[i + 1 - l->skip];
            added->slots = fv_max(added->slots, l->skip + 1);
        }
    }
}

static void add_steps(fv_plan *p, const fovea_model *m)
{
    const int layers = m->layers, tail = layers;
    p->step[0] = (fv_step){.kind = FV_STEP_LOAD, .input = -1, .add = -1, .lag = 0, .margin_x = layers,
                           .margin_y = layers, .slots = 3, .pixel = 4 * sizeof(uint16_t)};
    add_layers(p, m);
    p->step[tail + 1] = (fv_step){.kind = FV_STEP_ANCHOR, .input = -1, .add = -1, .lag = layers - FV_ANCHOR_REACH,
                                  .margin_y = FV_ANCHOR_REACH, .slots = 2 * FV_ANCHOR_REACH + 1};
    p->step[tail + 2] = (fv_step){.kind = FV_STEP_COMPOSE, .input = tail, .add = tail + 1, .lag = layers};
}

/* ---- Memory of a thread ---- */

static size_t ring_bytes_per_pixel(const fv_plan *p)
{
    size_t bytes = 0;
    for (int i = 0; i < p->steps; i++) bytes += p->step[i].pixel * (size_t)p->step[i].slots;
    return bytes;
}

static int choose_strip_width(const fv_plan *p)
{
    const int fits = (int)(CACHE_BUDGET / ring_bytes_per_pixel(p));
    return fv_clamp(fits / 16 * 16, MIN_STRIP, MAX_STRIP);
}

static size_t take(size_t *at, size_t bytes)
{
    const size_t start = *at;
    *at += fv_round_up(bytes + FV_SLACK, FV_ALIGN);
    return start;
}

static void lay_out_anchor_row(fv_plan *p)
{
    const size_t strip = (size_t)p->strip_width, s = (size_t)p->scale;
    size_t at = 0;
    take(&at, strip * s * 3 * sizeof(int32_t));
    p->anchor_row.alpha = take(&at, strip * s * sizeof(int32_t));
    p->anchor_row.samples = take(&at, (strip + 2 * FV_ANCHOR_REACH) * sizeof(uint16_t));
    p->anchor_row.size = at;
}

/* A ring row has room for the strip, the margins and one repeated pixel at either border. */
static void lay_out_rings(fv_plan *p, size_t *at)
{
    for (int i = 0; i < p->steps; i++) {
        fv_step *s = &p->step[i];
        const size_t pixels = (size_t)p->strip_width + 2 * (size_t)s->margin_x + 2;
        if (s->kind == FV_STEP_ANCHOR)
            s->row = p->anchor_row.size;
        else if (s->kind == FV_STEP_TAIL) /* each of its s rows has its own slack */
            s->row = (size_t)p->scale * fv_round_up(s->pixel / (size_t)p->scale * pixels + FV_SLACK, FV_ALIGN);
        else
            s->row = fv_round_up(s->pixel * pixels + FV_SLACK, FV_ALIGN);
        s->ring = take(at, s->row * (size_t)s->slots);
    }
}

static void lay_out_scratch(fv_plan *p)
{
    const size_t strip = (size_t)p->strip_width, s = (size_t)p->scale;
    const size_t loaded = strip + 2 * (size_t)p->margin + 2 * FV_ANCHOR_REACH;
    size_t at = 0;
    lay_out_anchor_row(p);
    lay_out_rings(p, &at);
    p->load_rgb = take(&at, loaded * 3 * sizeof(uint16_t));
    p->load_alpha = take(&at, loaded * sizeof(uint16_t));
    p->values = take(&at, strip * s * 3 * sizeof(int32_t));
    p->colours = take(&at, strip * s * 4 * sizeof(uint16_t));
    p->alphas = take(&at, strip * s * sizeof(uint16_t));
    p->scratch_size = at;
}

/* ---- ---- */

fovea_status fv_plan_new(const fovea_model *m, uint32_t cpu, int strip_width, const fovea_allocator *a, fv_plan **out)
{
    fv_kernels kernels;
    fv_kernels_init(&kernels, cpu);
    const int steps = m->layers + 3;
    size_t size = fv_round_up(sizeof(fv_plan) + (size_t)steps * sizeof(fv_step), FV_ALIGN);
    for (int i = 0; i < m->layers; i++) size += packed_size(&m->layer[i], layer_pack(&kernels, &m->layer[i]));

    fv_plan *p = *out = fv_new(a, size);
    if (!p) return FOVEA_ERROR_MEMORY;
    p->allocator = *a;
    p->memory = size;
    p->kernels = kernels;
    p->anchor = fv_anchor_get(m->scale);
    p->scale = m->scale;
    p->steps = steps;
    add_steps(p, m);
    p->margin = fv_max(m->layers, FV_ANCHOR_REACH);
    p->strip_width = strip_width ? strip_width : choose_strip_width(p);
    lay_out_scratch(p);
    return FOVEA_OK;
}

void fv_plan_free(fv_plan *p)
{
    if (!p) return;
    const fovea_allocator allocator = p->allocator;
    fv_delete(&allocator, p);
}
