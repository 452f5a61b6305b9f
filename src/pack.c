/* SPDX-License-Identifier: MIT
 *
 * A layer's numbers the way a kernel set wants them: weights in the order its inner loop reads them, everything padded to
 * whole vectors of output channels. */
#include "pack.h"

#include "kernels_winograd.h"

static int padded_cin(const fv_layer *l) { return l->type == FV_LAYER_HEAD ? 4 : l->cin; }
static int padded_cout(const fv_layer *l) { return (int)fv_round_up((size_t)l->cout, 16); }

static fv_pack layer_pack(const fv_kernels *k, const fv_layer *l) { return l->type == FV_LAYER_HEAD ? FV_PACK_S16X2 : k->pack; }

static size_t weights_size(const fv_layer *l, fv_pack pack)
{
    const size_t count = 9 * (size_t)padded_cin(l) * (size_t)padded_cout(l);
    return fv_round_up(pack == FV_PACK_S16X2 ? 2 * count : count, FV_ALIGN);
}

static size_t row_size(const fv_layer *l) { return fv_round_up(4 * (size_t)padded_cout(l), FV_ALIGN); }

/* ---- Mirrored ---- */

/* Where in a square of n x n that which is mirrored in a way has its entry `at` from (doc/format.md, section 2). */
static int mirrored(int way, int n, int at)
{
    const int y = way & 2 ? n - 1 - at / n : at / n, x = way & 1 ? n - 1 - at % n : at % n;
    return way & 4 ? x * n + y : y * n + x;
}

/* A layer's channels and taps in one of the ways. */
typedef struct source_order {
    int channel[FV_MAX_CHANNELS]; /* of the file, for each output channel */
    int tap[9];
} source_order;

static source_order order_of(const fv_layer *l, int way)
{
    source_order order;
    const int scale = l->cout == 3 * 2 * 2 ? 2 : l->cout == 3 * 3 * 3 ? 3 : 4; /* a tail's */
    for (int k = 0; k < 9; k++) order.tap[k] = mirrored(way, 3, k);
    for (int o = 0; o < l->cout; o++) order.channel[o] = l->type == FV_LAYER_TAIL ? 3 * mirrored(way, scale, o / 3) + o % 3 : o;
    return order;
}

static int8_t weight_at(const fv_layer *l, const source_order *order, int o, int k, int i)
{
    return l->weights[(order->channel[o] * 9 + order->tap[k]) * l->cin + i];
}

/* ---- Row by row ---- */

static void pack_weights(const fv_layer *l, const source_order *order, fv_pack pack, void *to)
{
    const int group = pack == FV_PACK_S16X2 ? 2 : pack == FV_PACK_S8X4 ? 4 : 8;
    const int groups = padded_cin(l) / group, cout_pad = padded_cout(l);
    for (int o = 0; o < l->cout; o++)
        for (int k = 0; k < 9; k++)
            for (int i = 0; i < l->cin; i++) {
                const int8_t w = weight_at(l, order, o, k, i);
                const int at = ((k * groups + i / group) * cout_pad + o) * group + i % group;
                if (pack == FV_PACK_S16X2)
                    ((int16_t *)to)[at] = w;
                else
                    ((int8_t *)to)[at] = w;
            }
}

/* ---- Winograd ---- */

bool fv_packed_in_groups(const fv_layer *l, const fv_kernels *k)
{
    if (!k->body_rows || l->type == FV_LAYER_HEAD || !wg_has(l->type == FV_LAYER_TAIL, l->cin, l->cout)) return false;
    for (int o = 0; o < l->cout; o++) {
        int32_t above = 0, below = 0; /* the weights' own sums, by sign: at most 9 * 128 * 127 */
        for (int i = 0; i < 9 * l->cin; i++) {
            const int8_t w = l->weights[o * 9 * l->cin + i];
            if (w > 0)
                above += w;
            else
                below -= w;
        }
        if (fv_max(above, below) > FV_WINOGRAD_SUM_MAX) return false;
    }
    return true;
}

static size_t winograd_size(const fv_layer *l, const fv_kernels *k)
{
    return fv_packed_in_groups(l, k) ? sizeof(int16_t) * WG_POINTS * (size_t)l->cin * (size_t)padded_cout(l) : 0;
}

/* U = G w G', s16 [cout / 16][36][cin / 2][16][2]. */
static void pack_winograd(const fv_layer *l, const source_order *order, int16_t *to)
{
    static const int16_t g[WG_SIDE][3] = {{6, 0, 0}, {-1, -1, -1}, {-1, 1, -1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 6}};
    for (int o = 0; o < l->cout; o++)
        for (int i = 0; i < l->cin; i++)
            for (int p = 0; p < WG_POINTS; p++) {
                const int16_t *down = g[p / WG_SIDE], *along = g[p % WG_SIDE];
                int sum = 0;
                for (int k = 0; k < 9; k++) sum += down[k / 3] * along[k % 3] * weight_at(l, order, o, k, i);
                const int block = (o / WG_BLOCK * WG_POINTS + p) * (l->cin / 2) + i / 2;
                to[(block * WG_BLOCK + o % WG_BLOCK) * 2 + i % 2] = (int16_t)sum;
            }
}

/* ---- The whole ---- */

size_t fv_packed_size(const fv_layer *l, const fv_kernels *k)
{
    const size_t winograd = winograd_size(l, k);
    return (winograd ? winograd : weights_size(l, layer_pack(k, l))) + 3 * row_size(l);
}

fv_conv fv_pack_layer(const fv_layer *l, int way, const fv_kernels *k, uint8_t *to)
{
    const source_order order = order_of(l, way);
    const int cout_pad = padded_cout(l);
    const size_t winograd = winograd_size(l, k);
    const fv_pack pack = layer_pack(k, l);
    int32_t *const bias = (int32_t *)(void *)(to + (winograd ? winograd : weights_size(l, pack)));
    float *const scale = (float *)(void *)((uint8_t *)bias + row_size(l));
    int32_t *const skip = (int32_t *)(void *)((uint8_t *)scale + row_size(l));
    if (winograd)
        pack_winograd(l, &order, (int16_t *)(void *)to);
    else
        pack_weights(l, &order, pack, to);
    for (int o = 0; o < cout_pad; o++) {
        const bool real = o < l->cout;
        bias[o] = real ? l->bias[order.channel[o]] : 0;
        scale[o] = real ? l->scale[order.channel[o]] : 1;
        if (l->type != FV_LAYER_TAIL && scale[o] > FV_SCALE_MAX) scale[o] = FV_SCALE_MAX;
        skip[o] = real && l->skip ? l->m[o] : 0;
    }
    return (fv_conv){.cin = padded_cin(l),
                     .cout = l->cout,
                     .cout_pad = cout_pad,
                     .zp = l->zp,
                     .weights = winograd ? NULL : to,
                     .bias = bias,
                     .scale = scale,
                     .skip = l->skip ? skip : NULL,
                     .winograd = winograd ? (const int16_t *)(const void *)to : NULL};
}
