/* SPDX-License-Identifier: MIT
 *
 * What an earlier enlargement leaves in a picture. The spectrum above the old sampling rate is nearly empty: power of
 * windows of 32 samples along rows and columns, mean removed, Hann. And places where old samples lay differ from those
 * between: the mean |second difference| of a column or row has a period (Gallagher 2005, "Detection of linear and cubic
 * interpolation in JPEG compressed images"). */
#include "inspect.h"
#include "measure_math.h"

enum {
    ONE = 2048, /* 1 in the tables of waves */
    LIMIT = 32 * FV_LEVEL16, /* of a second difference: hard edges must not drown the rest */
    FIRST_PERIOD = 24, /* of FV_SEGMENT; slower ones are the picture's own */
    JPEG_PERIOD = FV_SEGMENT / 8,
};

void fv_spectrum_prepare(fovea_inspect *in)
{
    for (int i = 0; i < FV_SEGMENT; i++) {
        in->turn[i] = fv_cos(360.0 * i / FV_SEGMENT);
        in->hann[i] = 0.5 - 0.5 * fv_cos(360.0 * i / (FV_SEGMENT - 1));
    }
    for (int k = 0; k < FV_BINS_OF_SPECTRUM; k++)
        for (int i = 0; i < FV_WINDOW; i++) {
            const double window = (0.5 - 0.5 * fv_cos(360.0 * (i + 0.5) / FV_WINDOW)) * ONE,
                         angle = 360.0 * (k + 1) * i / FV_WINDOW;
            in->wave[k][0][i] = (int16_t)fv_floor(window * fv_cos(angle) + 0.5);
            in->wave[k][1][i] = (int16_t)fv_floor(window * fv_sin(angle) + 0.5);
        }
}

/* ---- Power ---- */

static void count_window(fovea_inspect *in, const int16_t *samples)
{
    int16_t centred[FV_WINDOW];
    int32_t sum = 0;
    for (int i = 0; i < FV_WINDOW; i++) sum += samples[i];
    const int32_t mean = (sum + FV_WINDOW / 2) / FV_WINDOW;
    for (int i = 0; i < FV_WINDOW; i++) centred[i] = (int16_t)(samples[i] - mean);
    for (int k = 0; k < FV_BINS_OF_SPECTRUM; k++) {
        int32_t re = 0, im = 0; /* 4095 * 2048 * 32 < 2^29 */
        for (int i = 0; i < FV_WINDOW; i++) {
            re += in->wave[k][0][i] * centred[i];
            im += in->wave[k][1][i] * centred[i];
        }
        const int64_t r = re / ONE, j = im / ONE;
        in->counts.power[k] += (uint64_t)(r * r + j * j);
    }
    in->counts.windows++;
}

static void count_row_windows(fovea_inspect *in, const int16_t *row)
{
    for (int x = 0; x + FV_WINDOW <= in->w; x += FV_WINDOW) count_window(in, row + x);
}

static void count_column_windows(fovea_inspect *in)
{
    for (int x = 0; x < in->w; x += in->every) {
        int16_t down[FV_WINDOW]; /* a multiple of FV_WINDOW rows has been seen: the ring begins with the oldest */
        for (int i = 0; i < FV_WINDOW; i++) down[i] = in->luma[(size_t)i * (size_t)in->w + (size_t)x];
        count_window(in, down);
    }
}

/* ---- Periods ---- */

/* The power of one segment about its mean, as a share of its variance. */
static void add_segment(const fovea_inspect *in, fv_periods *p, const double *v)
{
    double mean = 0, variance = 0;
    for (int i = 0; i < FV_SEGMENT; i++) mean += v[i] / FV_SEGMENT;
    for (int i = 0; i < FV_SEGMENT; i++) variance += (v[i] - mean) * (v[i] - mean) / FV_SEGMENT;
    for (int k = 0; k <= FV_SEGMENT / 2; k++) {
        double re = 0, im = 0;
        for (int i = 0; i < FV_SEGMENT; i++) {
            const double a = (v[i] - mean) * in->hann[i];
            re += a * in->turn[k * i % FV_SEGMENT];
            im += a * in->turn[(k * i + FV_SEGMENT / 4) % FV_SEGMENT];
        }
        p->power[k] += (re * re + im * im) / (variance + 1e-4);
    }
    p->segments++;
}

static int bend(int a, int b, int c) { return fv_min(fv_size(a - 2 * b + c), LIMIT); }

static void count_columns(fovea_inspect *in, const int16_t *row)
{
    for (int x = 1; x < in->w - 1; x++) in->column[x] += (uint64_t)bend(row[x - 1], row[x], row[x + 1]);
}

/* The sum for row y, and a segment whenever half of one has come anew. */
static void count_rows(fovea_inspect *in, int y)
{
    const int16_t *a = fv_luma_row(in, y - 1), *b = fv_luma_row(in, y), *c = fv_luma_row(in, y + 1);
    uint64_t sum = 0;
    for (int x = 0; x < in->w; x++) sum += (uint64_t)bend(a[x], b[x], c[x]);
    const int n = y - 1, half = FV_SEGMENT / 2; /* values before this one */
    in->segment[n < FV_SEGMENT ? n : half + n % half] = (double)sum / in->w / FV_LEVEL16;
    if (n + 1 < FV_SEGMENT || (n + 1) % half) return;
    add_segment(in, &in->rows_periods, in->segment);
    for (int i = 0; i < half; i++) in->segment[i] = in->segment[half + i];
}

void fv_spectrum_row(fovea_inspect *in)
{
    const int y = in->y - 1;
    const int16_t *row = fv_luma_row(in, y);
    if (y % in->every == 0) count_row_windows(in, row);
    if (in->y % FV_WINDOW == 0) count_column_windows(in);
    count_columns(in, row);
    if (y >= 2) count_rows(in, y - 1);
}

/* ---- Figures ---- */

static fv_periods columns_periods(const fovea_inspect *in)
{
    fv_periods p = {.segments = 0};
    double v[FV_SEGMENT];
    for (int from = 1; from + FV_SEGMENT < in->w; from += FV_SEGMENT / 2) {
        for (int i = 0; i < FV_SEGMENT; i++) v[i] = (double)in->column[from + i] / in->y / FV_LEVEL16;
        add_segment(in, &p, v);
    }
    return p;
}

static double median_of(const double *from, int count)
{
    double sorted[FV_SEGMENT];
    for (int i = 0; i < count; i++) {
        int at = i;
        for (; at > 0 && sorted[at - 1] > from[i]; at--) sorted[at] = sorted[at - 1];
        sorted[at] = from[i];
    }
    return sorted[count / 2];
}

/* Peaks over the median: anywhere but near multiples of 1/8, which JPEG makes too; then at 1/4, 3/8 and 1/2. */
static void figure_periods(const double *power, double *periods)
{
    const double median = median_of(power + FIRST_PERIOD - 4, FV_SEGMENT / 2 + 1 - (FIRST_PERIOD - 4)) + 1e-9;
    double peaks[FV_PERIODS] = {0};
    for (int k = FIRST_PERIOD; k <= FV_SEGMENT / 2; k++) {
        const int nearest = (k + JPEG_PERIOD / 2) / JPEG_PERIOD, off = fv_size(k - nearest * JPEG_PERIOD);
        const int which = off > 1 ? 0 : nearest - 1;
        if (which < FV_PERIODS && power[k] > peaks[which]) peaks[which] = power[k];
    }
    for (int i = 0; i < FV_PERIODS; i++) periods[i] = fv_ln(peaks[i] / median + 1e-3);
}

void fv_spectrum_figures(const fovea_inspect *in, fovea_traits *traits)
{
    const double unit = FV_LEVEL16 * FV_LEVEL16, windows = (double)in->counts.windows;
    if (!in->counts.windows) return;
    for (int k = 0; k < FV_BINS_OF_SPECTRUM; k++) traits->spectrum[k] = fv_ln((double)in->counts.power[k] / windows / unit + 8);
    const fv_periods *down = &in->rows_periods, along = columns_periods(in);
    const int axes = (down->segments > 0) + (along.segments > 0);
    double power[FV_SEGMENT / 2 + 1];
    if (!axes) return;
    for (int k = 0; k <= FV_SEGMENT / 2; k++)
        power[k] = ((down->segments ? down->power[k] / down->segments : 0) +
                    (along.segments ? along.power[k] / along.segments : 0)) /
                   axes;
    figure_periods(power, traits->periods);
    traits->has_periods = 1;
}
