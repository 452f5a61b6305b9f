/* SPDX-License-Identifier: MIT
 *
 * Figures of pairs whose figures are known: pictures that D made, and such that something was done to. */
#include <math.h>

#include "pairs.h"

/* ---- Mathematics and colour ---- */

static void test_math(void)
{
    for (double v = 1e-9; v < 1e12; v *= 1.37) {
        TAP_CHECK(near(fv_sqrt(v) * fv_sqrt(v) / v, 1, 4e-15), "sqrt %g", v);
        TAP_CHECK(near(fv_cbrt(v) * fv_cbrt(v) * fv_cbrt(v) / v, 1, 4e-15), "cbrt %g", v);
        TAP_CHECK(near(fv_exp(fv_ln(v)) / v, 1, 1e-12), "exp ln %g", v);
    }
    TAP_CHECK(near(fv_ln(10), 2.302585092994046, 1e-14), "%.17g", fv_ln(10));
    TAP_CHECK(near(fv_exp(1), 2.718281828459045, 1e-13), "%.17g", fv_exp(1));
    for (int d = -720; d <= 720; d++) {
        const double s = fv_sin(d), c = fv_cos(d);
        TAP_CHECK(near(s * s + c * c, 1, 1e-12), "at %d", d);
        TAP_CHECK(near(fv_cos(fv_direction(s, c) - d), 1, 1e-12), "direction of %d is %g", d, fv_direction(s, c));
    }
    TAP_CHECK(near(fv_sin(30), 0.5, 1e-12), "%g", fv_sin(30));
}

/* From the table of Sharma, Wu and Dalal: pairs that wrong implementations get wrong. */
static void test_colour_difference(void)
{
    static const struct {
        fv_lab p, q;
        double e;
    } known[] = {
        {{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},
        {{50, 3.1571, -77.2803}, {50, 0, -82.7485}, 2.8615},
        {{50, -1.3802, -84.2814}, {50, 0, -82.7485}, 1.0000},
        {{50, 0, 0}, {50, -1, 2}, 2.3669},
        {{50, 2.49, -0.001}, {50, -2.49, 0.0009}, 7.1792},
        {{50, 2.49, -0.001}, {50, -2.49, 0.0011}, 7.2195},
        {{50, 2.5, 0}, {50, 0, -2.5}, 4.3065},
        {{50, 2.5, 0}, {73, 25, -18}, 27.1492},
        {{50, 2.5, 0}, {61, -5, 29}, 22.8977},
        {{50, 2.5, 0}, {56, -27, -3}, 31.9030},
        {{50, 2.5, 0}, {58, 24, 15}, 19.4535},
        {{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644},
        {{63.0109, -31.0961, -5.8663}, {62.8187, -29.7946, -4.0864}, 1.2630},
        {{6.7747, -0.2908, -2.4247}, {5.8714, -0.0985, -2.2286}, 0.6377},
        {{2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}, 0.9082},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double there = fv_colour_difference(known[i].p, known[i].q), back = fv_colour_difference(known[i].q, known[i].p);
        TAP_CHECK(near(there, known[i].e, 6e-5) && near(back, known[i].e, 6e-5), "pair %d: %.5f, not %.4f", (int)i, there,
                  known[i].e);
    }
    float table[FV_COLOUR_STEPS + 1];
    fv_colour_table(table);
    const fv_lab white = fv_lab_of(table, (const float[3]){65535, 65535, 65535}),
                 red = fv_lab_of(table, (const float[3]){65535, 0, 0});
    TAP_CHECK(near(white.l, 100, 1e-3) && near(white.a, 0, 0.02) && near(white.b, 0, 0.02), "%g %g %g", white.l, white.a,
              white.b);
    TAP_CHECK(near(red.l, 53.24, 0.01) && near(red.a, 80.09, 0.02) && near(red.b, 67.20, 0.02), "%g %g %g", red.l, red.a,
              red.b);
}

/* ---- Consistency ---- */

static void check_perfect(const char *name, fovea_figures f)
{
    TAP_CHECK(f.psnr >= 100 && f.psnr_y >= 100, "%s: %.2f dB", name, f.psnr);
    TAP_CHECK(f.error_max <= 0 && f.error_p999 <= 0, "%s: error %g", name, f.error_max);
    TAP_CHECK(f.drift_mean <= 0 && f.drift_p99 <= 0, "%s: drift %g", name, f.drift_mean);
    TAP_CHECK(near(f.shift_x, 0, 0.03) && near(f.shift_y, 0, 0.03), "%s: shift %.3f %.3f", name, f.shift_x, f.shift_y);
}

/* The part of large sample i that lies within small samples from .. from + 7, of n, and what it is moved by. */
static double share(int i, int from, int n, int large, double shift)
{
    const double begin = (from + shift) * large / n, end = (fmin(from + 8, n) + shift) * large / n;
    return fmax(fmin(i + 1, end) - fmax(i, begin), 0);
}

/* Greatest difference of the means of a block whose part of the large picture is whole. */
static double block_off(pic small, pic large, double shift)
{
    double worst = 0;
    for (int y = 0; y < small.h; y += 8)
        for (int x = 0; x < small.w; x += 8)
            for (int c = 0; c < 3; c++) {
                double sum = 0, area = 0, own = 0;
                const int right = x + 8 < small.w ? x + 8 : small.w, low = y + 8 < small.h ? y + 8 : small.h;
                for (int j = 0; j < large.h; j++)
                    for (int i = 0; i < large.w; i++) {
                        const double w = share(i, x, small.w, large.w, shift) * share(j, y, small.h, large.h, shift);
                        sum += w * at(large, i, j)[c];
                        area += w;
                    }
                for (int j = y; j < low; j++)
                    for (int i = x; i < right; i++) own += at(small, i, j)[c];
                if (x + shift < 0 || y + shift < 0 || right + shift > small.w || low + shift > small.h) continue;
                worst = fmax(worst, fabs(sum / area - own / ((right - x) * (low - y))));
            }
    return worst;
}

/* The means of blocks, at any factor, of a picture in its place and of one that is looked for elsewhere. */
static void test_blocks(void)
{
    static const int sizes[][4] = {{40, 30, 80, 60}, {31, 22, 93, 66}, {40, 32, 60, 45}, {40, 30, 41, 31}, {33, 29, 88, 47},
                                   {50, 40, 50, 40}, {9, 8, 140, 128}, {1, 1, 3, 2},     {17, 64, 21, 83}};
    static const double shifts[] = {0, 0.4, -1.3, 2};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof shifts / sizeof *shifts; k++) {
            const pic large = pic_pattern(20, 2, sizes[i][2], sizes[i][3]),
                      other = pic_pattern(12, 2, sizes[i][2], sizes[i][3]);
            const pic small = pic_resize(other, sizes[i][0], sizes[i][1], FOVEA_SHRINK_AREA);
            for (int area = 0; area < 2; area++) {
                const fovea_shrink shrink = area ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC;
                const fovea_figures f = run(small, large,
                                            (fovea_pair){.shrink = shrink, .shift_x = shifts[k], .shift_y = shifts[k]});
                const double right = block_off(small, large, shifts[k]);
                TAP_CHECK(near(f.block_max, right, 1e-4), "%dx%d to %dx%d, shift %g: %.6f, not %.6f", small.w, small.h, large.w,
                          large.h, shifts[k], f.block_max, right);
            }
            free(small.rgb);
            free(other.rgb);
            free(large.rgb);
        }
    const pic small = pic_pattern(20, 2, 45, 37), twice = pic_nearest(small, 2);
    TAP_CHECK(figures(small, twice, FOVEA_SHRINK_BICUBIC).block_max <= 0, "each pixel four times");
    free(small.rgb);
    free(twice.rgb);
}

/* Whatever D made of a large picture fits it exactly, at any factor. */
static void test_truth(void)
{
    static const int sizes[][4] = {{40, 30, 80, 60}, {31, 22, 93, 66}, {24, 17, 96, 68}, {40, 30, 60, 45}, {40, 30, 41, 31},
                                   {33, 29, 88, 47}, {50, 40, 50, 40}, {9, 8, 140, 128}, {1, 1, 3, 2},     {3, 40, 7, 93}};
    const char *name;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int n = 0; pattern_make(n, 2, (uint8_t[12]){0}, 2, 2); n++)
            for (int kind = 0; kind < 2; kind++) {
                pic large = pic_new(sizes[i][2], sizes[i][3]);
                name = pattern_make(n, 2, large.rgb, large.w, large.h);
                pic small = pic_resize(large, sizes[i][0], sizes[i][1], (fovea_shrink)kind);
                check_perfect(name, figures(small, large, (fovea_shrink)kind));
                free(small.rgb);
                free(large.rgb);
            }
}

/* A colour that is two levels off everywhere. */
static void test_offset(void)
{
    pic large = pic_pattern(12, 1, 80, 64), small = pic_resize(large, 40, 32, FOVEA_SHRINK_BICUBIC), off = pic_copy(small);
    for (int i = 0; i < 40 * 32; i++) off.rgb[3 * i] = (uint8_t)(off.rgb[3 * i] - 2);
    const fovea_figures f = figures(off, large, FOVEA_SHRINK_BICUBIC);
    TAP_CHECK(near(f.psnr, 10 * fv_ln(65025 / (4.0 / 3)) / fv_ln(10), 1e-6), "%.6f", f.psnr);
    TAP_CHECK(near(f.psnr_y, 10 * fv_ln(65025 / (0.598 * 0.598)) / fv_ln(10), 1e-6), "%.6f", f.psnr_y);
    TAP_CHECK(near(f.error_max, 2, 1e-9) && near(f.error_p999, 2, 1e-9), "%g %g", f.error_max, f.error_p999);
    TAP_CHECK(f.drift_mean > 0.3 && f.drift_mean < 2 && f.drift_p99 >= f.drift_mean, "%g %g", f.drift_mean, f.drift_p99);
    free(off.rgb);

    pic one = pic_copy(small); /* a single sample in 3840 is beyond the 99.9th percentile */
    at(one, 20, 16)[1] = (uint8_t)(at(one, 20, 16)[1] - 77);
    const fovea_figures g = figures(one, large, FOVEA_SHRINK_BICUBIC);
    TAP_CHECK(near(g.error_max, 77, 1e-9) && g.error_p999 <= 0, "%g %g", g.error_max, g.error_p999);
    free(one.rgb);
    free(small.rgb);
    free(large.rgb);
}

/* ---- Shift ---- */

static void test_shift(void)
{
    pic scene = pic_pattern(22, 4, 360, 300); /* text, four pixels a dot */
    pattern_add_noise(scene.rgb, 360, 300, 4, 9);
    pic small = pic_resize(scene, 90, 75, FOVEA_SHRINK_BICUBIC);
    static const int moves[][2] = {{0, 0}, {1, 0}, {0, -1}, {2, 2}, {-3, 1}, {4, 0}, {-8, 4}, {6, -7}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        pic large = pic_moved(scene, moves[i][0], moves[i][1]);
        const double x = moves[i][0] / 4.0, y = moves[i][1] / 4.0;
        const fovea_figures f = run(small, large, (fovea_pair){.brief = 1});
        const bool little = near(x, 0, 0.6) && near(y, 0, 0.6);
        TAP_CHECK(near(f.shift_x, x, little ? 0.07 : 0.5) && near(f.shift_y, y, little ? 0.07 : 0.5),
                  "moved %g %g, found %.3f %.3f", x, y, f.shift_x, f.shift_y);
        fovea_figures g = run(small, large, (fovea_pair){.brief = 1, .shift_x = f.shift_x, .shift_y = f.shift_y});
        g = run(small, large, (fovea_pair){.brief = 1, .shift_x = g.shift_x, .shift_y = g.shift_y});
        TAP_CHECK(near(g.shift_x, x, 0.03) && near(g.shift_y, y, 0.03), "moved %g %g, refined %.3f %.3f", x, y, g.shift_x,
                  g.shift_y);
        const fovea_figures h = run(small, large, (fovea_pair){.shift_x = x, .shift_y = y});
        TAP_CHECK(h.psnr > 38 && h.psnr >= f.psnr, "moved %g %g: %.1f dB, moved back %.1f dB", x, y, f.psnr, h.psnr);
        free(large.rgb);
    }
    free(small.rgb);
    free(scene.rgb);
    pic flat = pic_pattern(0, 1, 80, 80), half = pic_resize(flat, 40, 40, FOVEA_SHRINK_BICUBIC);
    const fovea_figures f = figures(half, flat, FOVEA_SHRINK_BICUBIC);
    TAP_CHECK(near(f.shift_x, 0, 0) && near(f.shift_y, 0, 0), "flat: %g %g", f.shift_x, f.shift_y);
    free(flat.rgb);
    free(half.rgb);
}

/* ---- Halos ---- */

/* Edges of all angles and phases, pixel-sharp and made by D: none in the truth and in nearest neighbour, the known few
 * per cent in bicubic, none at all in a ramp. */
static void test_edges(void)
{
    const int s = 4, w = 48, h = 40;
    for (int angle = 0; angle < 360; angle += 15)
        for (double phase = 0; phase < 1; phase += 0.3) {
            pic sharp = pic_new(w, h), large = pic_new(s * w, s * h);
            pattern_edge(sharp.rgb, w, h, angle, phase, pattern_dark, pattern_light);
            pattern_edge(large.rgb, s * w, s * h, angle, phase * s, pattern_dark, pattern_light);
            pic made = pic_resize(large, w, h, FOVEA_SHRINK_BICUBIC), nearest = pic_nearest(sharp, s);
            pic bicubic = pic_resize(sharp, s * w, s * h, FOVEA_SHRINK_BICUBIC),
                soft = pic_resize(made, s * w, s * h, FOVEA_SHRINK_BICUBIC);

            fovea_figures f = figures(made, large, FOVEA_SHRINK_BICUBIC);
            TAP_CHECK(f.edges > 15 && f.halos == 0 && f.halo_max <= 0, "truth %d %.1f: %d edges, %g %%", angle, phase,
                      (int)f.edges, f.halo_max);
            f = figures(sharp, nearest, FOVEA_SHRINK_AREA);
            TAP_CHECK(f.edges > 15 && f.halos == 0, "nearest %d %.1f: %d edges, %g %%", angle, phase, (int)f.edges, f.halo_max);
            f = figures(sharp, bicubic, FOVEA_SHRINK_BICUBIC);
            TAP_CHECK(f.edges > 15 && f.halos > f.edges / 2 && f.halo_max > 5 && f.halo_max < 14,
                      "bicubic %d %.1f: %d edges, %g %%", angle, phase, (int)f.edges, f.halo_max);
            f = figures(made, soft, FOVEA_SHRINK_BICUBIC);
            TAP_CHECK(f.edges > 15 && f.halo_max < 8, "bicubic of D %d %.1f: %d edges, %g %%", angle, phase, (int)f.edges,
                      f.halo_max);
            free(sharp.rgb);
            free(large.rgb);
            free(made.rgb);
            free(nearest.rgb);
            free(bicubic.rgb);
            free(soft.rgb);
        }
}

/* A vertical step in one channel, with a line of known overshoot beside it. */
static void test_known_overshoot(void)
{
    for (int over = 0; over <= 40; over += 8)
        for (int turned = 0; turned < 2; turned++) {
            pic small = pic_new(32, 32), large;
            pattern_edge(small.rgb, 32, 32, turned ? 90 : 0, 0, (pattern_colour){60, 90, 90}, (pattern_colour){160, 90, 90});
            large = pic_nearest(small, 3);
            for (int i = 0; i < 96; i++) {
                uint8_t *line = turned ? at(large, i, 49) : at(large, 49, i);
                line[0] = (uint8_t)(line[0] + over);
            }
            const fovea_figures f = figures(small, large, FOVEA_SHRINK_AREA);
            TAP_CHECK(f.edges == 30 && near(f.halo_max, over, 1e-6) && near(f.halo_p99, over, 0.07),
                      "%d edges, %g %g %%, not %d", (int)f.edges, f.halo_max, f.halo_p99, over);
            TAP_CHECK(f.halos == (over ? 30u : 0u), "%d halos", (int)f.halos);
            free(small.rgb);
            free(large.rgb);
        }
}

/* ---- Detail ---- */

static void test_detail(void)
{
    /* What a pseudo-inverse makes has nothing that its source does not tell: bicubic D of a bicubic enlargement of a
     * smooth picture, area D of nearest neighbour. */
    pic small = pic_pattern(15, 1, 60, 60), nearest = pic_nearest(small, 3);
    fovea_figures f = figures(small, nearest, FOVEA_SHRINK_AREA);
    TAP_CHECK(f.invented < 1e-6 && f.invented_rms < 1e-3, "nearest, area: %g", f.invented);
    f = figures(small, nearest, FOVEA_SHRINK_BICUBIC);
    TAP_CHECK(f.invented > 0.01, "nearest, bicubic: %g", f.invented);
    pic bicubic = pic_resize(small, 180, 180, FOVEA_SHRINK_BICUBIC);
    f = figures(small, bicubic, FOVEA_SHRINK_BICUBIC);
    TAP_CHECK(f.invented < 2e-3, "bicubic: %g", f.invented);

    /* A checkerboard of the finest kind added to it is gone after D: all of it is invented, and its energy is known. */
    pic added = pic_copy(bicubic);
    for (int y = 0; y < 180; y++)
        for (int x = 0; x < 180; x++)
            for (int c = 0; c < 3; c++) {
                uint8_t *v = at(added, x, y) + c;
                *v = (uint8_t)fv_clamp(*v + ((x + y) % 2 ? 10 : -10), 0, 255);
            }
    maps m = {.w = 60, .values = {calloc(3600, 4), calloc(3600, 4)}, .in_order = true};
    f = run(small, added, (fovea_pair){.map = keep_row, .map_user = &m});
    TAP_CHECK(near(f.invented_rms, 10, 0.7), "checkerboard of 10: %g levels", f.invented_rms);
    TAP_CHECK(m.in_order && m.next[0] == 60 && m.next[1] == 60, "maps: %d and %d rows", m.next[0], m.next[1]);
    for (int i = 0; i < 60; i++)
        TAP_CHECK(near((double)m.values[FOVEA_MAP_INVENTED][i * 61], 10, 1.5), "%d: %g", i, (double)m.values[1][i * 61]);
    free(m.values[0]);
    free(m.values[1]);
    free(added.rgb);
    free(bicubic.rgb);
    free(nearest.rgb);
    free(small.rgb);
}

/* A flat picture has none, whatever the factor and the border. */
static void test_flat_detail(void)
{
    static const int sizes[][4] = {{20, 20, 40, 40}, {20, 20, 33, 47}, {20, 20, 21, 320}, {7, 5, 21, 10}, {1, 1, 5, 5}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int kind = 0; kind < 2; kind++) {
            pic large = pic_pattern(0, 1, sizes[i][2], sizes[i][3]), small = pic_pattern(0, 1, sizes[i][0], sizes[i][1]);
            const fovea_figures f = figures(small, large, (fovea_shrink)kind);
            TAP_CHECK(f.invented_rms < 0.02, "size %d, kind %d: %g levels", (int)i, kind, f.invented_rms);
            TAP_CHECK(f.psnr >= 100 && f.grain <= 0.01 && f.clipped <= 0, "%g %g", f.grain, f.clipped);
            free(small.rgb);
            free(large.rgb);
        }
}

/* ---- Grain and clipping ---- */

static void test_grain(void)
{
    for (int sigma = 0; sigma <= 6; sigma += 2) {
        pic small = pic_pattern(1, 1, 80, 80), large = pic_nearest(small, 3);
        pattern_add_noise(large.rgb, 240, 240, sigma, 5);
        const fovea_figures f = figures(small, large, FOVEA_SHRINK_BICUBIC);
        /* Y of three channels of independent noise: sqrt(.299^2 + .587^2 + .114^2) = 0.668 */
        TAP_CHECK(near(f.grain, 0.668 * sigma, 0.02 + 0.03 * sigma), "sigma %d: %g", sigma, f.grain);
        TAP_CHECK(f.flat == 80 * 76, "%d flat pixels", (int)f.flat);
        free(small.rgb);
        free(large.rgb);
    }
    pic noisy = pic_pattern(24, 1, 60, 60), same = pic_nearest(noisy, 2);
    const fovea_figures f = figures(noisy, same, FOVEA_SHRINK_AREA);
    TAP_CHECK(f.grain <= 0.01, "the source's own noise: %g", f.grain);
    free(noisy.rgb);
    free(same.rgb);
}

static void test_clipped(void)
{
    pic small = pic_pattern(12, 1, 50, 50), large = pic_nearest(small, 2);
    for (int i = 0; i < 200; i++) large.rgb[3 * (5000 + 7 * i) + i % 3] = i % 2 ? 255 : 0;
    fovea_figures f = figures(small, large, FOVEA_SHRINK_BICUBIC);
    TAP_CHECK(near(f.clipped, 0.02, 0.0021) && f.clipped > 0.0179, "%g", f.clipped);
    pattern_edge(small.rgb, 50, 50, 20, 0, pattern_black, pattern_white);
    pattern_edge(large.rgb, 100, 100, 20, 0, pattern_black, pattern_white);
    f = figures(small, large, FOVEA_SHRINK_BICUBIC);
    TAP_CHECK(f.clipped <= 0, "black and white in the source too: %g", f.clipped);
    free(small.rgb);
    free(large.rgb);
}

/* ---- Formats and arguments ---- */

/* The same pair as 8 and 16 bits, grey and with alpha. */
static fovea_figures run_grey(fovea_format small_format, fovea_format large_format)
{
    fovea_figures f = {.struct_size = sizeof f};
    fovea_measure *m;
    uint16_t row[4 * 64];
    if (fovea_measure_new(fovea_pair(.small_w = 30, .small_h = 30, .small_format = small_format, .large_w = 60, .large_h = 60,
                                     .large_format = large_format),
                          NULL, &m, NULL))
        return f;
    for (fovea_want want; (want = fovea_measure_wants(m)) != FOVEA_WANT_NOTHING;) {
        const fovea_format format = want == FOVEA_WANT_SMALL ? small_format : large_format;
        const int channels = (int)format & 15, w = want == FOVEA_WANT_SMALL ? 30 : 60;
        for (int x = 0; x < w; x++)
            for (int c = 0; c < channels; c++) {
                const int alpha = channels % 2 == 0 && c == channels - 1, v = alpha ? 255 : 7 * (x * 60 / w) % 250;
                if ((int)format & 16)
                    row[x * channels + c] = (uint16_t)(v * 257);
                else
                    ((uint8_t *)row)[x * channels + c] = (uint8_t)v;
            }
        fovea_measure_row(m, row);
    }
    fovea_measure_get_figures(m, &f);
    fovea_measure_free(m);
    return f;
}

static void test_formats(void)
{
    static const fovea_format formats[] = {FOVEA_FORMAT_G8,  FOVEA_FORMAT_GA8,  FOVEA_FORMAT_RGB8,  FOVEA_FORMAT_RGBA8,
                                           FOVEA_FORMAT_G16, FOVEA_FORMAT_GA16, FOVEA_FORMAT_RGB16, FOVEA_FORMAT_RGBA16};
    const fovea_figures first = run_grey(FOVEA_FORMAT_RGB8, FOVEA_FORMAT_RGB8);
    TAP_CHECK(first.psnr > 5 && first.psnr < 100, "%g", first.psnr);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            const fovea_figures f = run_grey(formats[i], formats[j]);
            TAP_CHECK(near(f.psnr, first.psnr, i < 4 ? 1e-9 : 0.5) && near(f.invented, first.invented, 1e-9), "%d %d: %g %g", i,
                      j, f.psnr, f.invented);
        }
}

static void test_arguments(void)
{
    const fovea_pair good = {.struct_size = sizeof good,
                             .small_w = 8,
                             .small_h = 8,
                             .small_format = FOVEA_FORMAT_RGB8,
                             .large_w = 16,
                             .large_h = 16,
                             .large_format = FOVEA_FORMAT_RGB8};
    fovea_measure *m;
    fovea_error error;
    fovea_pair p = good;
    TAP_CHECK(fovea_measure_new(NULL, NULL, &m, NULL) == FOVEA_ERROR_ARGUMENT && !m, "no pair");
    TAP_CHECK(fovea_measure_new(&good, NULL, NULL, NULL) == FOVEA_ERROR_ARGUMENT, "no result");
#define REFUSED(change) \
    p = good; \
    p.change; \
    TAP_CHECK(fovea_measure_new(&p, NULL, &m, &error) == FOVEA_ERROR_ARGUMENT && !m && error.message, #change)
    REFUSED(struct_size = 0);
    REFUSED(large_w = 7);
    REFUSED(large_h = 8 * 64 + 1);
    REFUSED(small_w = 0);
    REFUSED(small_h = -3);
    REFUSED(small_format = (fovea_format)0);
    REFUSED(large_format = (fovea_format)99);
    REFUSED(shrink = (fovea_shrink)7);
    REFUSED(shift_x = 2.5);
    REFUSED(shift_y = 0.0 / (p.large_w - 16.0));
#undef REFUSED
    p = good;
    p.small_w = p.large_w = FOVEA_MAX_SIDE + 1;
    TAP_CHECK(fovea_measure_new(&p, NULL, &m, &error) == FOVEA_ERROR_LIMIT && !m, "too wide");
    TAP_CHECK(fovea_measure_new(&good, fovea_options(.max_memory = 1000), &m, &error) == FOVEA_ERROR_LIMIT && !m, "max_memory");
    TAP_CHECK(fovea_measure_wants(NULL) == FOVEA_WANT_NOTHING, "nothing");
    TAP_CHECK(fovea_measure_row(NULL, "") == FOVEA_ERROR_ARGUMENT, "nothing");
    fovea_measure_free(NULL);
    TAP_CHECK(!fovea_measure_new(&good, NULL, &m, &error), "%s", error.message);
    TAP_CHECK(fovea_measure_row(m, NULL) == FOVEA_ERROR_ARGUMENT, "no pixels");
    fovea_figures f = {.struct_size = sizeof f};
    TAP_CHECK(!fovea_measure_get_figures(m, &f) && near(f.drift_mean, 0, 0) && near(f.shift_x, 0, 0), "before the first row");
    f.struct_size = 0;
    TAP_CHECK(fovea_measure_get_figures(m, &f) == FOVEA_ERROR_ARGUMENT, "no size");
    fovea_measure_free(m);
}

/* Half a gigabyte of rows in what a few rows take. */
static void *count_alloc(void *user, size_t size)
{
    *(size_t *)user += size;
    return malloc(size);
}

static void count_free(void *user, void *memory)
{
    UNUSED(user);
    free(memory);
}

static void test_memory(void)
{
    size_t bytes[2] = {0};
    for (int i = 0; i < 2; i++) {
        fovea_measure *m;
        const int h = i ? 1000000 : 1000;
        fovea_measure_new(fovea_pair(.small_w = 500, .small_h = h, .small_format = FOVEA_FORMAT_RGB8, .large_w = 1000,
                                     .large_h = 2 * h, .large_format = FOVEA_FORMAT_RGB8),
                          fovea_options(.allocator = {count_alloc, count_free, &bytes[i]}), &m, NULL);
        fovea_measure_free(m);
    }
    TAP_CHECK(bytes[0] && bytes[0] == bytes[1] && bytes[0] < 2000000, "%zu and %zu bytes", bytes[0], bytes[1]);
}

int main(void)
{
    test_math();
    test_colour_difference();
    test_blocks();
    test_truth();
    test_offset();
    test_shift();
    test_edges();
    test_known_overshoot();
    test_detail();
    test_flat_detail();
    test_grain();
    test_clipped();
    test_formats();
    test_arguments();
    test_memory();
    return tap_done("measure_test");
}
