/* SPDX-License-Identifier: MIT
 *
 * Test pictures made by code, each aimed at one way an upscaler goes wrong: halos at edges, mangled text, aliasing,
 * banding, grain on flat areas, bleeding colours. Every function fills an RGB8 buffer of w x h pixels without padding.
 * The same bytes on every machine: no C library mathematics, no state.
 *
 * Edges, lines and gratings come at any angle and phase, in two kinds. Pixel-sharp ones decide each pixel by its
 * centre, as screens and pixel art do. What a camera or an editor would give is D-made: fill a larger picture and
 * shrink it with pattern_shrink, the resampler that the promise of doc/design.md names. */
#ifndef TESTS_PATTERNS_H
#define TESTS_PATTERNS_H

#include <stdlib.h>
#include <string.h>

#include "resize.h"

typedef struct pattern_colour {
    uint8_t r, g, b;
} pattern_colour;

static const pattern_colour pattern_black = {0, 0, 0}, pattern_white = {255, 255, 255}, pattern_dark = {40, 40, 40},
                            pattern_light = {210, 210, 210}, pattern_grey = {128, 128, 128};

static inline void pattern_put(uint8_t *rgb, size_t pixel, pattern_colour c)
{
    rgb[3 * pixel] = c.r;
    rgb[3 * pixel + 1] = c.g;
    rgb[3 * pixel + 2] = c.b;
}

/* a where share is 0, b where it is 1. */
static inline pattern_colour pattern_mix(pattern_colour a, pattern_colour b, double share)
{
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return (pattern_colour){(uint8_t)(a.r + (b.r - a.r) * share + 0.5), (uint8_t)(a.g + (b.g - a.g) * share + 0.5),
                            (uint8_t)(a.b + (b.b - a.b) * share + 0.5)};
}

static inline int64_t pattern_floor(double v)
{
    const int64_t whole = (int64_t)v;
    return (double)whole > v ? whole - 1 : whole;
}

/* sin(2 pi t), within 1e-9. */
static inline double pattern_wave(double t)
{
    t -= (double)pattern_floor(t);
    const double sign = t > 0.5 ? -1 : 1, half = t > 0.5 ? t - 0.5 : t,
                 x = (half > 0.25 ? 0.5 - half : half) * 6.283185307179586;
    double term = x, sum = x;
    for (int k = 1; k < 8; k++) {
        term *= -x * x / (2 * k * (2 * k + 1));
        sum += term;
    }
    return sign * sum;
}

/* How far the centre of pixel (x, y) lies from the line through the picture's middle, moved by phase pixels along its
 * normal. The normal points to `degrees`: 0 right, 90 down. */
static inline double pattern_distance(int x, int y, int w, int h, double degrees, double phase)
{
    const double nx = pattern_wave(degrees / 360 + 0.25), ny = pattern_wave(degrees / 360);
    return (x + 0.5 - w / 2.0) * nx + (y + 0.5 - h / 2.0) * ny - phase;
}

/* ---- The pictures ---- */

static inline void pattern_flat(uint8_t *rgb, int w, int h, pattern_colour c)
{
    for (size_t i = 0; i < (size_t)w * (size_t)h; i++) pattern_put(rgb, i, c);
}

/* a before the line, b behind it, nothing between: pixel-sharp. */
static inline void pattern_edge(uint8_t *rgb, int w, int h, double degrees, double phase, pattern_colour a, pattern_colour b)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x, pattern_distance(x, y, w, h, degrees, phase) < 0 ? a : b);
}

/* The same edge with a ramp of `width` pixels: a lens out of focus. */
static inline void pattern_ramp(uint8_t *rgb, int w, int h, double degrees, double phase, double width, pattern_colour a,
                                pattern_colour b)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x,
                        pattern_mix(a, b, pattern_distance(x, y, w, h, degrees, phase) / width + 0.5));
}

/* From a to b over the whole picture. */
static inline void pattern_gradient(uint8_t *rgb, int w, int h, double degrees, pattern_colour a, pattern_colour b)
{
    pattern_ramp(rgb, w, h, degrees, 0, w > h ? w : h, a, b);
}

/* A sine of `period` pixels; 2 is the finest there is. */
static inline void pattern_grating(uint8_t *rgb, int w, int h, double degrees, double phase, double period, pattern_colour a,
                                   pattern_colour b)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x,
                        pattern_mix(a, b, 0.5 + 0.5 * pattern_wave(pattern_distance(x, y, w, h, degrees, phase) / period)));
}

/* Rings that get finer outwards, down to a period of `finest` pixels at the middle of the shorter sides. */
static inline void pattern_zone(uint8_t *rgb, int w, int h, double finest, pattern_colour a, pattern_colour b)
{
    const double side = w < h ? w : h;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const double dx = x + 0.5 - w / 2.0, dy = y + 0.5 - h / 2.0;
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x,
                        pattern_mix(a, b, 0.5 + 0.5 * pattern_wave((dx * dx + dy * dy) / (side * finest))));
        }
}

/* Squares of `cell` pixels. */
static inline void pattern_checker(uint8_t *rgb, int w, int h, int cell, pattern_colour a, pattern_colour b)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x, (x / cell + y / cell) % 2 ? b : a);
}

/* Lines of b, `width` pixels thick, every `spacing` pixels, pixel-sharp. */
static inline void pattern_lines(uint8_t *rgb, int w, int h, double degrees, double spacing, double width, pattern_colour a,
                                 pattern_colour b)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const double at = pattern_distance(x, y, w, h, degrees, 0) / spacing;
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x, (at - (double)pattern_floor(at)) * spacing < width ? b : a);
        }
}

/* A disc of b: an edge of every angle at once. */
static inline void pattern_disc(uint8_t *rgb, int w, int h, double radius, pattern_colour a, pattern_colour b)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const double dx = x + 0.5 - w / 2.0, dy = y + 0.5 - h / 2.0;
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x, dx * dx + dy * dy < radius * radius ? b : a);
        }
}

/* The corners of the colour cube side by side in squares of `cell` pixels: the hardest colour edges there are. */
static inline void pattern_saturated(uint8_t *rgb, int w, int h, int cell)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int n = (x / cell * 5 + y / cell * 3) % 8;
            const pattern_colour c = {n & 1 ? 255 : 0, n & 2 ? 255 : 0, n & 4 ? 255 : 0};
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x, c);
        }
}

/* Letters and digits, 5 x 7 dots each, a dot being `dot` x `dot` pixels. */
static inline void pattern_text(uint8_t *rgb, int w, int h, int dot, pattern_colour paper, pattern_colour ink)
{
    /* One number a row of dots, the leftmost dot being 16. */
    static const uint8_t glyphs[][7] = {
        {14, 17, 17, 31, 17, 17, 17}, {30, 17, 17, 30, 17, 17, 30}, {14, 17, 16, 16, 16, 17, 14}, /* A B C */
        {31, 16, 16, 30, 16, 16, 31}, {17, 17, 17, 31, 17, 17, 17}, {17, 18, 20, 24, 20, 18, 17}, /* E H K */
        {17, 27, 21, 21, 17, 17, 17}, {14, 17, 17, 17, 17, 17, 14}, {15, 16, 16, 14, 1, 1, 30},   /* M O S */
        {17, 17, 10, 4, 10, 17, 17},  {31, 1, 2, 4, 8, 16, 31},     {0, 0, 14, 1, 15, 17, 15},    /* X Z a */
        {0, 0, 14, 17, 31, 16, 14},   {0, 0, 15, 17, 15, 1, 14},    {0, 0, 26, 21, 21, 21, 21},   /* e g m */
        {6, 8, 8, 28, 8, 8, 8},       {4, 12, 4, 4, 4, 4, 14},      {14, 17, 1, 6, 1, 17, 14},    /* f 1 3 */
        {14, 17, 17, 14, 17, 17, 14}, {0, 4, 0, 0, 0, 4, 0},        {0, 0, 0, 0, 0, 0, 0},        /* 8 : blank */
    };
    const int count = (int)(sizeof glyphs / sizeof *glyphs);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int column = x / dot, row = y / dot, gx = column % 6, gy = row % 9;
            const int n = (column / 6 * 5 + row / 9 * 4) % count;
            const int on = gx < 5 && gy >= 1 && gy < 8 && glyphs[n][gy - 1] >> (4 - gx) & 1;
            pattern_put(rgb, (size_t)y * (size_t)w + (size_t)x, on ? ink : paper);
        }
}

/* Adds noise of about `sigma` levels to each sample: the sum of four uniform numbers. */
static inline void pattern_add_noise(uint8_t *rgb, int w, int h, double sigma, uint64_t seed)
{
    seed = seed * 2 + 1;
    for (size_t i = 0; i < 3 * (size_t)w * (size_t)h; i++) {
        double sum = 0;
        for (int k = 0; k < 4; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            sum += (double)(seed >> 33) / 2147483648.0 - 0.5;
        }
        const int64_t v = pattern_floor(rgb[i] + sum * sigma * 1.7320508075688772 + 0.5);
        rgb[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

/* ---- Shrinking and enlarging ---- */

/* One axis of D over rows of `lanes` samples: in and out are spaced `step` samples along the axis. */
static inline void pattern_shrink_axis(fv_axis a, const double *in, double *out, size_t lanes, size_t lane_step, size_t in_step,
                                       size_t out_step)
{
    int16_t *weights = malloc((size_t)fv_axis_taps(a) * sizeof *weights);
    for (int64_t i = 0; i < a.out; i++) {
        int64_t first;
        const int taps = fv_axis_weights(a, i, &first, weights);
        for (size_t l = 0; l < lanes; l++) {
            double sum = 0;
            for (int j = 0; j < taps; j++) {
                const int64_t at = first + j < 0 ? 0 : first + j >= a.in ? a.in - 1 : first + j;
                sum += weights[j] * in[(size_t)at * in_step + l * lane_step];
            }
            out[(size_t)i * out_step + l * lane_step] = sum / FV_RESIZE_ONE;
        }
    }
    free(weights);
}

/* Every pixel s x s times: large is s * w x s * h. */
static inline void pattern_nearest(const uint8_t *small, int w, int h, int s, uint8_t *large)
{
    for (int y = 0; y < s * h; y++)
        for (int x = 0; x < s * w; x++)
            memcpy(large + 3 * ((size_t)y * (size_t)(s * w) + (size_t)x),
                   small + 3 * ((size_t)(y / s) * (size_t)w + (size_t)(x / s)), 3);
}

/* small (sw x sh) = D(large), rounded once at the end and clipped. Also enlarges: then D is plain bicubic or, for area,
 * a box of one pixel, which is near to bilinear. */
static inline void pattern_shrink(const uint8_t *large, int lw, int lh, uint8_t *small, int sw, int sh, fovea_shrink kind)
{
    const size_t in_row = 3 * (size_t)lw, out_row = 3 * (size_t)sw;
    double *from = malloc(in_row * (size_t)lh * sizeof *from), *across = malloc(out_row * (size_t)lh * sizeof *across);
    double *down = malloc(out_row * (size_t)sh * sizeof *down);
    for (size_t i = 0; i < in_row * (size_t)lh; i++) from[i] = large[i];
    for (int y = 0; y < lh; y++)
        pattern_shrink_axis((fv_axis){.kind = kind, .in = lw, .out = sw}, from + (size_t)y * in_row,
                            across + (size_t)y * out_row, 3, 1, 3, 3);
    pattern_shrink_axis((fv_axis){.kind = kind, .in = lh, .out = sh}, across, down, out_row, 1, out_row, out_row);
    for (size_t i = 0; i < out_row * (size_t)sh; i++) {
        const double v = down[i] + 0.5;
        small[i] = (uint8_t)(v < 0 ? 0 : v >= 256 ? 255 : (int)v);
    }
    free(from);
    free(across);
    free(down);
}

/* sin(pi t) / (pi t) times the same of t / 3. */
static inline double pattern_lanczos(double t)
{
    if (t > -1e-9 && t < 1e-9) return 1;
    if (t <= -3 || t >= 3) return 0;
    return 3 * pattern_wave(t / 2) * pattern_wave(t / 6) / (9.8696044010893586 * t * t);
}

/* One axis of the plain Lanczos enlargement, arguments as in pattern_shrink_axis. */
static inline void pattern_lanczos_axis(int n, int s, const double *in, double *out, size_t lanes, size_t lane_step,
                                        size_t in_step, size_t out_step)
{
    for (int i = 0; i < n * s; i++) {
        const double centre = (i + 0.5) / s - 0.5;
        const int first = (int)pattern_floor(centre) - 2;
        double weights[6], total = 0;
        for (int j = 0; j < 6; j++) total += weights[j] = pattern_lanczos(first + j - centre);
        for (size_t l = 0; l < lanes; l++) {
            double sum = 0;
            for (int j = 0; j < 6; j++) {
                const int at = first + j < 0 ? 0 : first + j >= n ? n - 1 : first + j;
                sum += weights[j] * in[(size_t)at * in_step + l * lane_step];
            }
            out[(size_t)i * out_step + l * lane_step] = sum / total;
        }
    }
}

/* The plain Lanczos enlargement of three lobes, rounded and clipped: what most programs offer as their best. */
static inline void pattern_enlarge_lanczos(const uint8_t *small, int w, int h, int s, uint8_t *large)
{
    const size_t in_row = 3 * (size_t)w, out_row = in_row * (size_t)s;
    double *from = malloc(in_row * (size_t)h * sizeof *from), *across = malloc(out_row * (size_t)h * sizeof *across);
    double *down = malloc(out_row * (size_t)(s * h) * sizeof *down);
    for (size_t i = 0; i < in_row * (size_t)h; i++) from[i] = small[i];
    for (int y = 0; y < h; y++) pattern_lanczos_axis(w, s, from + (size_t)y * in_row, across + (size_t)y * out_row, 3, 1, 3, 3);
    pattern_lanczos_axis(h, s, across, down, out_row, 1, out_row, out_row);
    for (size_t i = 0; i < out_row * (size_t)(s * h); i++) {
        const double v = down[i] + 0.5;
        large[i] = (uint8_t)(v < 0 ? 0 : v >= 256 ? 255 : (int)v);
    }
    free(from);
    free(across);
    free(down);
}

/* ---- All of them by number ---- */

/* Picture n of the set, at w x h, where something `unit` pixels wide is a source pixel (1 for a source; 2 for what
 * pattern_shrink makes a source of at half the size). Returns its name, NULL when there is no n. */
static inline const char *pattern_make(int n, int unit, uint8_t *rgb, int w, int h)
{
    const double u = unit;
    const pattern_colour red = {230, 20, 30}, blue = {10, 40, 220}, skin = {224, 172, 138}, sky = {120, 170, 230};
    switch (n) {
    case 0: pattern_flat(rgb, w, h, skin); return "flat skin";
    case 1: pattern_edge(rgb, w, h, 0, 0, pattern_dark, pattern_light); return "edge 0";
    case 2: pattern_edge(rgb, w, h, 0, 0.37 * u, pattern_dark, pattern_light); return "edge 0 phase .37";
    case 3: pattern_edge(rgb, w, h, 90, 0.5 * u, pattern_light, pattern_dark); return "edge 90 phase .5";
    case 4: pattern_edge(rgb, w, h, 45, 0, pattern_dark, pattern_light); return "edge 45";
    case 5: pattern_edge(rgb, w, h, 7, 0.2 * u, pattern_dark, pattern_light); return "edge 7";
    case 6: pattern_edge(rgb, w, h, 83, 0.7 * u, pattern_dark, pattern_light); return "edge 83";
    case 7: pattern_edge(rgb, w, h, 26.565, 0, red, blue); return "edge 26 red blue";
    case 8: pattern_edge(rgb, w, h, 112, 0.25 * u, pattern_black, pattern_white); return "edge 112 black white";
    case 9: pattern_disc(rgb, w, h, (w < h ? w : h) * 0.35, pattern_dark, pattern_light); return "disc";
    case 10: pattern_ramp(rgb, w, h, 30, 0, 6 * u, pattern_dark, pattern_light); return "ramp";
    case 11: pattern_gradient(rgb, w, h, 0, pattern_black, pattern_white); return "gradient grey";
    case 12: pattern_gradient(rgb, w, h, 60, sky, pattern_white); return "gradient sky";
    case 13: pattern_grating(rgb, w, h, 0, 0, 2.2 * u, pattern_dark, pattern_light); return "grating 2.2";
    case 14: pattern_grating(rgb, w, h, 35, 0.3, 3 * u, pattern_dark, pattern_light); return "grating 3";
    case 15: pattern_grating(rgb, w, h, 90, 0, 8 * u, red, blue); return "grating 8";
    case 16: pattern_zone(rgb, w, h, 2 * u, pattern_dark, pattern_light); return "zone plate";
    case 17: pattern_checker(rgb, w, h, unit, pattern_dark, pattern_light); return "checker 1";
    case 18: pattern_checker(rgb, w, h, 4 * unit, pattern_black, pattern_white); return "checker 4";
    case 19: pattern_lines(rgb, w, h, 0, 9 * u, u, pattern_light, pattern_dark); return "lines 0";
    case 20: pattern_lines(rgb, w, h, 63, 9 * u, u, pattern_white, pattern_black); return "lines 63";
    case 21: pattern_saturated(rgb, w, h, 8 * unit); return "saturated";
    case 22: pattern_text(rgb, w, h, unit, pattern_white, pattern_black); return "text";
    case 23: pattern_text(rgb, w, h, 2 * unit, sky, pattern_dark); return "text in colour";
    case 24:
        pattern_flat(rgb, w, h, pattern_grey);
        pattern_add_noise(rgb, w, h, 3, 1);
        return "grain";
    default: return NULL;
    }
}

#endif
