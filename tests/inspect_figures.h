/* SPDX-License-Identifier: MIT
 *
 * The figures of fovea_traits once more, from the whole picture and in the plainest way: what include/fovea_inspect.h says,
 * with the limits in 1/16 level that src/inspect.c names. No code of src/ is used. */
#ifndef TESTS_INSPECT_FIGURES_H
#define TESTS_INSPECT_FIGURES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fovea.h"
#include "tap.h"

enum { FIGURES_W = 400, FIGURES_H = 400 }; /* at most */

/* A picture in colour at 8 bits, and its luma in 1/16 level. */
typedef struct seen {
    int w, h;
    uint8_t rgb[FIGURES_H][FIGURES_W][3];
    int luma[FIGURES_H][FIGURES_W];
} seen;

static void see_luma(seen *p)
{
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            const uint8_t *v = p->rgb[y][x];
            p->luma[y][x] = (77 * v[0] + 150 * v[1] + 29 * v[2]) * 257 / 4096;
        }
}

/* ---- Colours and pixels ---- */

static int spread(const uint8_t *v)
{
    const int most = v[0] > v[1] ? v[0] : v[1], least = v[0] < v[1] ? v[0] : v[1];
    return (most > v[2] ? most : v[2]) - (least < v[2] ? least : v[2]);
}

static int down_order(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }

static void figure_pixels(const seen *p, fovea_traits *t)
{
    static uint8_t known[1 << 21];
    static int cells[1 << 15];
    const double pixels = (double)p->w * p->h;
    int flat = 0, smooth = 0, grey = 0, bright = 0, dark = 0, common = 0;
    memset(known, 0, sizeof known);
    memset(cells, 0, sizeof cells);
    t->colours = 0;
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            const uint8_t *v = p->rgb[y][x];
            const int colour = v[0] << 16 | v[1] << 8 | v[2], luma = p->luma[y][x];
            t->colours += !(known[colour / 8] >> colour % 8 & 1);
            known[colour / 8] |= (uint8_t)(1 << colour % 8);
            cells[v[0] / 8 * 1024 + v[1] / 8 * 32 + v[2] / 8]++;
            grey += spread(v) <= 10;
            bright += spread(v) <= 30 && luma >= 200 * 16;
            dark += luma < 100 * 16;
            if (x == 0 || y == 0) continue;
            flat += !memcmp(v, p->rgb[y][x - 1], 3) && !memcmp(v, p->rgb[y - 1][x], 3);
            smooth += abs(luma - p->luma[y][x - 1]) <= 32 && abs(luma - p->luma[y - 1][x]) <= 32;
        }
    if (t->colours > 4096) t->colours = 4096;
    qsort(cells, 1 << 15, sizeof *cells, down_order);
    for (int i = 0; i < 8; i++) common += cells[i];
    t->common = common / pixels;
    t->flat = flat / pixels;
    t->smooth = smooth / pixels;
    t->grey = grey / pixels;
    t->bright = bright / pixels;
    t->dark = dark / pixels;
}

/* ---- Edges ---- */

/* Luma at (x, y), or with the axes exchanged. */
static int along(const seen *p, bool turned, int x, int y) { return turned ? p->luma[x][y] : p->luma[y][x]; }

/* Of the step from x - 1 to x; 0: there is none. */
static int sign_of_step(const seen *p, bool turned, int x, int y)
{
    const int a = along(p, turned, x - 2, y), b = along(p, turned, x - 1, y), c = along(p, turned, x, y),
              d = along(p, turned, x + 1, y);
    return abs(b - a) > 48 || abs(d - c) > 48 || abs(c - b) < 24 * 16 ? 0 : c > b ? 1 : -1;
}

static void figure_steps(const seen *p, fovea_traits *t)
{
    int strong = 0, steps = 0, aligned = 0;
    for (int turned = 0; turned < 2; turned++) {
        const int w = turned ? p->h : p->w, h = turned ? p->w : p->h;
        for (int y = 0; y < h; y++)
            for (int x = 2; x + 1 < w; x++) {
                const int sign = sign_of_step(p, turned, x, y);
                strong += abs(along(p, turned, x, y) - along(p, turned, x - 1, y)) >= 24 * 16;
                steps += sign != 0;
                aligned += sign != 0 && y > 0 && sign_of_step(p, turned, x, y - 1) == sign;
            }
    }
    t->strong = strong / (2.0 * p->w * p->h);
    t->steps = strong ? (double)steps / strong : 0;
    t->aligned = strong ? (double)aligned / strong : 0;
}

/* Runs of 32 pixels or more with the same border of 6 levels or more on one side. */
static void figure_straight(const seen *p, fovea_traits *t)
{
    int straight = 0;
    for (int turned = 0; turned < 2; turned++) {
        const int w = turned ? p->h : p->w, h = turned ? p->w : p->h;
        for (int y = 1; y < h; y++) {
            int run = 0, before = 0;
            for (int x = 0; x <= w; x++) {
                const int across = x < w ? along(p, turned, x, y) - along(p, turned, x, y - 1) : 0;
                const bool border = abs(across) >= 6 * 16, same = run > 0 && abs(across - before) <= 32;
                if (!border || !same) {
                    straight += run >= 32 ? run : 0;
                    run = 0;
                }
                run += border;
                before = across;
            }
        }
    }
    t->straight = (double)straight / (p->w + p->h);
}

static void figure_edge_width(const seen *p, fovea_traits *t)
{
    int bins[64] = {0}, edges = 0, i = 0, sum = 0;
    for (int turned = 0; turned < 2; turned++) {
        const int w = turned ? p->h : p->w, h = turned ? p->w : p->h;
        for (int y = 0; y < h; y++)
            for (int x = 4; x + 4 < w; x++) {
                const int range = abs(along(p, turned, x + 4, y) - along(p, turned, x - 4, y));
                int most = 0, middle = 0;
                for (int k = x - 4; k < x + 4; k++) {
                    const int d = abs(along(p, turned, k + 1, y) - along(p, turned, k, y));
                    most = d > most ? d : most;
                    middle = (k == x || k == x - 1) && d > middle ? d : middle;
                }
                if (range < 48 * 16 || middle < most) continue;
                bins[most >= range ? 63 : most * 64 / range]++;
                edges++;
            }
    }
    while (i < 63 && (sum += bins[i]) < 0.9 * edges) i++;
    t->edge_width = edges ? 64 / (i + 0.5) : 0;
}

/* ---- Noise and blocks ---- */

static int mask(const seen *p, int x, int y)
{
    static const int weights[3][3] = {{1, -2, 1}, {-2, 4, -2}, {1, -2, 1}};
    int v = 0;
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++) v += weights[j][i] * p->luma[y + j - 1][x + i - 1];
    return v;
}

/* The correlation of neighbours in the blocks up to a bin, in sixteens: of noise its measure makes it -2/3. */
static bool is_noise(const double (*sums)[2], int bin)
{
    double products = 0, squares = 0;
    for (int i = 0; i < (bin / 16 + 1) * 16; i++) products += sums[i][0], squares += sums[i][1];
    return 2 * products <= -0.46 * squares;
}

/* Blocks whose last row has one below it; where black or white cut the noise off they don't count. */
static void figure_noise(const seen *p, fovea_traits *t)
{
    static int bins[4096];
    static double sums[4096][2];
    int blocks = 0, i = 0, sum = 0;
    memset(bins, 0, sizeof bins);
    memset(sums, 0, sizeof sums);
    for (int top = 0; top + 8 < p->h; top += 8)
        for (int left = 0; left + 8 <= p->w; left += 8) {
            int of_block = 0, clipped = 0;
            double products = 0, squares = 0;
            for (int y = top ? top : 1; y < top + 8; y++)
                for (int x = left ? left : 1; x < left + 8 && x + 1 < p->w; x++) {
                    const int now = mask(p, x, y), level = now / 16;
                    const bool is_last = x + 1 == left + 8 || x + 2 == p->w;
                    const int next = is_last ? 0 : mask(p, x + 1, y) / 16;
                    of_block += abs(now);
                    if (!is_last) products += level * next, squares += level * level + next * next;
                    clipped += p->luma[y][x] < 3 * 16 || p->luma[y][x] > 252 * 16;
                }
            if (clipped) continue;
            const int bin = of_block / 64 > 4095 ? 4095 : of_block / 64;
            bins[bin]++;
            sums[bin][0] += products, sums[bin][1] += squares;
            blocks++;
        }
    while (i < 4095 && (sum += bins[i]) < 0.1 * blocks) i++;
    t->noise = i * 1.16 * sqrt(acos(-1) / 2) / 6 / 16;
    t->grain = is_noise(sums, i) ? t->noise : 0;
}

static int jump(const seen *p, int x, int y)
{
    const int d = abs(p->luma[y][x] - p->luma[y][x - 1]);
    return d < 24 * 16 ? d : 24 * 16;
}

static void figure_blocks(const seen *p, fovea_traits *t)
{
    double across = 0, beside = 0;
    for (int y = 0; y < p->h; y++)
        for (int x = 8; x + 3 < p->w; x += 8) {
            across += jump(p, x, y);
            beside += (jump(p, x - 2, y) + jump(p, x + 3, y)) / 2.0;
        }
    t->blocks = beside > 0 ? across / beside : 1;
}

/* ---- Spectrum ---- */

/* Power of n samples at k of n periods, under the window. */
static double power_at(const double *v, const double *window, int n, int k)
{
    double mean = 0, re = 0, im = 0;
    for (int i = 0; i < n; i++) mean += v[i] / n;
    for (int i = 0; i < n; i++) {
        re += (v[i] - mean) * window[i] * cos(2 * acos(-1) * k * i / n);
        im += (v[i] - mean) * window[i] * sin(2 * acos(-1) * k * i / n);
    }
    return re * re + im * im;
}

static void figure_spectrum(const seen *p, fovea_traits *t)
{
    double window[32], power[16] = {0};
    int windows = 0;
    for (int i = 0; i < 32; i++) window[i] = 0.5 - 0.5 * cos(2 * acos(-1) * (i + 0.5) / 32);
    for (int turned = 0; turned < 2; turned++) {
        const int w = turned ? p->h : p->w, h = turned ? p->w : p->h;
        for (int y = 0; y < h; y++)
            for (int x = 0; x + 32 <= w; x += 32, windows++) {
                double v[32];
                for (int i = 0; i < 32; i++) v[i] = along(p, turned, x + i, y) / 16.0;
                for (int k = 0; k < 16; k++) power[k] += power_at(v, window, 32, k + 1);
            }
    }
    for (int k = 0; k < 16; k++) t->spectrum[k] = windows ? log(power[k] / windows + 8) : 0;
}

static int up_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Peaks from 24/128 on, over the median from 20/128 on. */
static void figure_peaks(const double power[65], double periods[4])
{
    double sorted[45], peaks[4] = {0};
    memcpy(sorted, power + 20, sizeof sorted);
    qsort(sorted, 45, sizeof *sorted, up_order);
    for (int k = 24; k <= 64; k++) {
        const int eighth = (k + 8) / 16, which = abs(k - 16 * eighth) > 1 ? 0 : eighth - 1;
        if (power[k] > peaks[which]) peaks[which] = power[k];
    }
    for (int i = 0; i < 4; i++) periods[i] = log(peaks[i] / (sorted[22] + 1e-9) + 1e-3);
}

/* |Second difference| at x, the mean over an axis; of 32 levels at most. */
static double bend(const seen *p, bool turned, int x)
{
    const int h = turned ? p->w : p->h;
    double sum = 0;
    for (int y = 0; y < h; y++) {
        const int d = abs(along(p, turned, x - 1, y) - 2 * along(p, turned, x, y) + along(p, turned, x + 1, y));
        sum += d < 512 ? d : 512;
    }
    return sum / h / 16;
}

static void figure_periods(const seen *p, fovea_traits *t)
{
    double window[128], power[65] = {0};
    int axes = 0;
    for (int i = 0; i < 128; i++) window[i] = 0.5 - 0.5 * cos(2 * acos(-1) * i / 127);
    for (int turned = 0; turned < 2; turned++) {
        const int w = turned ? p->h : p->w, segments = w >= 130 ? (w - 2 - 64) / 64 : 0;
        for (int s = 0; s < segments; s++) {
            double v[128], mean = 0, variance = 1e-4;
            for (int i = 0; i < 128; i++) v[i] = bend(p, turned, 1 + 64 * s + i), mean += v[i] / 128;
            for (int i = 0; i < 128; i++) variance += (v[i] - mean) * (v[i] - mean) / 128;
            for (int k = 0; k < 65; k++) power[k] += power_at(v, window, 128, k) / variance / segments;
        }
        axes += segments > 0;
    }
    t->has_periods = axes > 0;
    for (int k = 0; axes && k < 65; k++) power[k] /= axes;
    if (axes) figure_peaks(power, t->periods);
}

static void check_figures(const fovea_traits *told, seen *p)
{
    fovea_traits t = {.struct_size = sizeof t};
    see_luma(p);
    figure_pixels(p, &t);
    figure_steps(p, &t);
    figure_straight(p, &t);
    figure_edge_width(p, &t);
    figure_noise(p, &t);
    figure_blocks(p, &t);
    figure_spectrum(p, &t);
    figure_periods(p, &t);
#define SAME(figure, by) \
    TAP_CHECK(fabs(told->figure - t.figure) <= by, "%dx%d: " #figure " is %f, not %f", p->w, p->h, t.figure, told->figure)
    TAP_CHECK(told->colours == t.colours, "%dx%d: %d colours, not %d", p->w, p->h, t.colours, told->colours);
    SAME(common, 1e-12), SAME(flat, 1e-12), SAME(smooth, 1e-12), SAME(grey, 1e-12), SAME(bright, 1e-12), SAME(dark, 1e-12);
    SAME(strong, 1e-12), SAME(steps, 1e-12), SAME(aligned, 1e-12), SAME(straight, 1e-12), SAME(edge_width, 1e-12);
    SAME(noise, 1e-6), SAME(grain, 1e-6), SAME(blocks, 1e-9);
    for (int k = 0; k < 16; k++) SAME(spectrum[k], 0.03); /* the library's is in whole numbers */
    TAP_CHECK(told->has_periods == t.has_periods, "%dx%d: periods %d", p->w, p->h, told->has_periods);
    for (int k = 0; k < 4; k++) SAME(periods[k], 1e-6);
#undef SAME
}

#endif
