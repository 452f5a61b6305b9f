/* SPDX-License-Identifier: MIT
 *
 * Weights of the resampler (doc/format.md, sections 5 to 7). They are computed in binary64 with +, -, * and / alone, which
 * IEEE 754 rounds the same everywhere, then rounded to integers whose sum is made exact in the largest. */
#include "resize.h"

double fv_keys(double t)
{
    if (t < 0) t = -t;
    if (t <= 1) return (1.5 * t - 2.5) * t * t + 1;
    if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
    return 0;
}

static double factor_of(fv_axis a) { return (double)a.in / (double)a.out; }

/* How many input samples one step of the kernel spans: more than one only when shrinking. */
static double stretch_of(fv_axis a) { return a.in > a.out ? factor_of(a) : 1; }

/* Half of what a result sample reads, in input samples. */
static double reach_of(fv_axis a) { return a.kind == FOVEA_SHRINK_BICUBIC ? 2 * stretch_of(a) : stretch_of(a) / 2; }

int fv_axis_taps(fv_axis a) { return (int)fv_floor(2 * reach_of(a)) + 2; }

/* What input sample k counts towards a result sample centred at `centre`, not normalised. */
static double weight_at(fv_axis a, double centre, double k)
{
    const double t = k - centre;
    if (a.kind == FOVEA_SHRINK_BICUBIC) return fv_keys(t / stretch_of(a));
    const double half = stretch_of(a) / 2;
    const double left = t - 0.5 > -half ? t - 0.5 : -half, right = t + 0.5 < half ? t + 0.5 : half;
    return right > left ? right - left : 0;
}

int fv_axis_weights(fv_axis a, int64_t i, int64_t *first, int16_t *w)
{
    const double centre = ((double)i + 0.5 + a.shift) * factor_of(a) - 0.5;
    const int taps = fv_axis_taps(a);
    const double from = fv_floor(centre - reach_of(a) + 0.5);
    double sum = 0;
    for (int j = 0; j < taps; j++) sum += weight_at(a, centre, from + j);

    int total = 0, largest = 0;
    for (int j = 0; j < taps; j++) {
        w[j] = (int16_t)fv_floor(weight_at(a, centre, from + j) / sum * FV_RESIZE_ONE + 0.5);
        total += w[j];
        if (w[j] > w[largest]) largest = j;
    }
    w[largest] = (int16_t)(w[largest] + FV_RESIZE_ONE - total);
    *first = (int64_t)from;
    return taps;
}

static int64_t within(int64_t at, int64_t low, int64_t high) { return at < low ? low : at > high ? high : at; }

int fv_axis_line(fv_axis a, int64_t i, int64_t *first, int16_t *w)
{
    int64_t from;
    int taps = fv_axis_weights(a, i, &from, w), skip = 0;
    while (taps > 1 && !w[taps - 1]) taps--;
    while (skip < taps - 1 && !w[skip]) skip++;
    const int64_t begin = within(from + skip, 0, a.in - 1), last = within(from + taps - 1, 0, a.in - 1);
    for (int j = 0; j < taps; j++) {
        const int64_t at = within(from + j, begin, last) - begin;
        const int16_t weight = w[j];
        w[j] = 0; /* at <= j: what is added to has been read before */
        w[at] = (int16_t)(w[at] + weight);
    }
    *first = begin;
    return (int)(last - begin) + 1;
}
