/* SPDX-License-Identifier: MIT
 *
 * The one antialiased resampler: D of the faithful guarantee, and exact target sizes. Separable; one axis is described
 * by the weights of each result sample, in integers, so every machine computes the same. */
#ifndef FV_RESIZE_H
#define FV_RESIZE_H

#include "base.h"

enum { FV_RESIZE_ONE = 1 << 14 }; /* the weights of one result sample sum to this */

/* Keys' cubic, a = -0.5. */
double fv_keys(double t);

/* One axis, from `in` samples to `out`; the result's are centred `shift` of themselves further along than an enlargement's. */
typedef struct fv_axis {
    fovea_shrink kind; /* bicubic: Keys, a = -0.5, widened by the factor when shrinking, the field's standard; or the average */
    int64_t in, out;
    double shift; /* 0 but where figures are taken of a picture that lies off */
} fv_axis;

/* Can a side of `large` pixels become one of `small`? No more than 64 times less. */
static inline bool fv_shrink_valid(int32_t large, int32_t small)
{
    return small >= 1 && large >= small && large <= 64 * (int64_t)small;
}

/* Weights a result sample has at most. in <= 64 * out. */
int fv_axis_taps(fv_axis a);

/* Result sample i is the sum over j < taps of w[j] * sample[first + j], divided by FV_RESIZE_ONE, where samples outside
 * 0 .. in - 1 repeat the border. Returns taps <= fv_axis_taps(a) and fills w[0 .. taps - 1]; *first may be negative. */
int fv_axis_weights(fv_axis a, int64_t i, int64_t *first, int16_t *w);

/* The same with what lies outside folded into the border's sample and without the zeros at either end, so that all of first ..
 * first + count - 1 lie within 0 .. in - 1. Returns count; w has room for fv_axis_taps(a). */
int fv_axis_line(fv_axis a, int64_t i, int64_t *first, int16_t *w);

#endif
