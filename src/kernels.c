/* SPDX-License-Identifier: MIT
 *
 * The kernels in plain C: the definition of right, and the way to the faster ones. Nothing here is written for speed;
 * it is written to be compared with doc/format.md line by line. */
#include "kernels.h"

#include "kernels_faithful.h"
#include "kernels_rows.h"

static void head_plain(const fv_conv *c, const uint16_t *const in[3], uint8_t *out, int n)
{
    const int16_t *w = c->weights;
    for (int x = 0; x < n; x++)
        for (int o = 0; o < c->cout; o++) {
            int32_t acc = c->bias[o];
            for (int k = 0; k < 9; k++)
                for (int i = 0; i < 4; i++)
                    acc += w[((k * 2 + i / 2) * c->cout_pad + o) * 2 + i % 2] * in[k / 3][(x + k % 3) * 4 + i];
            out[x * c->cout + o] = fv_requantise(acc, c->scale[o], c->zp);
        }
}

/* Output channel o of the 3x3 convolution at pixel x, bias included; FV_PACK_S8X4. */
static inline int32_t accumulate(const fv_conv *c, const uint8_t *const in[3], int x, int o)
{
    const int8_t *w = c->weights;
    const int groups = c->cin / 4;
    int32_t acc = c->bias[o];
    for (int k = 0; k < 9; k++) {
        const uint8_t *a = in[k / 3] + (x + k % 3) * c->cin;
        for (int g = 0; g < groups; g++) {
            const int8_t *wg = w + ((k * groups + g) * c->cout_pad + o) * 4;
            acc += wg[0] * a[4 * g] + wg[1] * a[4 * g + 1] + wg[2] * a[4 * g + 2] + wg[3] * a[4 * g + 3];
        }
    }
    return acc;
}

static void body_plain(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n)
{
    for (int x = 0; x < n; x++)
        for (int o = 0; o < c->cout; o++) {
            int32_t acc = accumulate(c, in, x, o);
            if (c->skip) acc += c->skip[o] * add[x * c->cout + o];
            out[x * c->cout + o] = fv_requantise(acc, c->scale[o], c->zp);
        }
}

static void tail_plain(const fv_conv *c, const uint8_t *const in[3], int32_t *const out[4], int n)
{
    const int s = c->cout == 12 ? 2 : c->cout == 27 ? 3 : 4, row = 3 * s;
    for (int x = 0; x < n; x++)
        for (int o = 0; o < c->cout; o++)
            out[o / row][x * row + o % row] = fv_round_even((float)accumulate(c, in, x, o) * c->scale[o]);
}

static void anchor_row_plain(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels, int32_t *out,
                             int n)
{
    rows_anchor_row(in, w, base, s, channels, out, n);
}

static void anchor_column_plain(const int32_t *const h[4], const int16_t w[4], const int32_t *t, int32_t *out, int n)
{
    rows_anchor_column(h, w, t, out, n);
}

static void round8_plain(const int32_t *in, uint8_t *out, int n) { rows_round8(in, out, n); }
static void round16_plain(const int32_t *in, uint16_t *out, int n) { rows_round16(in, out, n); }
static void narrow8_plain(const uint16_t *in, uint8_t *out, int n) { rows_narrow8(in, out, n); }

FV_FAITHFUL_KERNELS(, plain);

void fv_kernels_init_plain(fv_kernels *k)
{
    *k = (fv_kernels){
        .name = "plain",
        .pack = FV_PACK_S8X4,
        .head = head_plain,
        .body = body_plain,
        .tail = tail_plain,
        .anchor_row = anchor_row_plain,
        .anchor_column = anchor_column_plain,
        .round8 = round8_plain,
        .round16 = round16_plain,
        .narrow8 = narrow8_plain,
    };
    init_faithful_plain(k);
}

void fv_kernels_init(fv_kernels *k, uint32_t cpu)
{
    fv_kernels_init_plain(k);
    fv_kernels_init_avx2(k, cpu);
    fv_kernels_init_avx512(k, cpu);
    fv_kernels_init_neon(k, cpu);
    fv_kernels_init_wasm(k, cpu);
}
