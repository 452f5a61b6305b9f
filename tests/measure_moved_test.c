/* SPDX-License-Identifier: MIT
 *
 * Figures of pairs that lie elsewhere: upside down, the other way round, or where shift_x and shift_y say. */
#include "pairs.h"

static pic flipped(pic p, bool across)
{
    pic other = pic_new(p.w, p.h);
    for (int y = 0; y < p.h; y++)
        for (int x = 0; x < p.w; x++) memcpy(at(other, x, y), across ? at(p, p.w - 1 - x, y) : at(p, x, p.h - 1 - y), 3);
    return other;
}

/* A pattern with a flat corner, and it three times as large under noise. */
static void check_flipped(int pattern)
{
    pic small = pic_pattern(pattern, 2, 44, 60);
    for (int y = 45; y < 60; y++)
        for (int x = 20; x < 44; x++) memcpy(at(small, x, y), (const uint8_t[3]){60, 100, 140}, 3);
    pic large = pic_nearest(small, 3);
    pattern_add_noise(large.rgb, large.w, large.h, 3, 5);
    const fovea_figures f = figures(small, large, FOVEA_SHRINK_BICUBIC);
    for (int across = 0; across < 2; across++) {
        pic s = flipped(small, across), l = flipped(large, across);
        const fovea_figures g = figures(s, l, FOVEA_SHRINK_BICUBIC);
        TAP_CHECK(f.flat == g.flat && f.edges == g.edges && f.halos == g.halos, "pattern %d: %d flat, %d; %d edges, %d",
                  pattern, (int)f.flat, (int)g.flat, (int)f.edges, (int)g.edges);
        TAP_CHECK(near(g.halo_max, f.halo_max, 1e-9) && near(g.clipped, f.clipped, 1e-12) && near(g.grain, f.grain, 1e-9),
                  "pattern %d: halo %g, %g, grain %g, %g", pattern, f.halo_max, g.halo_max, f.grain, g.grain);
        TAP_CHECK(near(g.psnr, f.psnr, 1e-9) && near(g.psnr_y, f.psnr_y, 1e-6) && near(g.drift_mean, f.drift_mean, 1e-6),
                  "pattern %d: %g dB, %g", pattern, f.psnr, g.psnr);
        TAP_CHECK(near(g.invented, f.invented, 1e-5) && near(g.invented_rms, f.invented_rms, 1e-5), "pattern %d: %g, %g",
                  pattern, f.invented, g.invented);
        TAP_CHECK(near(g.shift_x, across ? -f.shift_x : f.shift_x, 1e-6) &&
                      near(g.shift_y, across ? f.shift_y : -f.shift_y, 1e-6),
                  "pattern %d: shift %g %g, %g %g", pattern, f.shift_x, f.shift_y, g.shift_x, g.shift_y);
        free(s.rgb), free(l.rgb);
    }
    free(small.rgb), free(large.rgb);
}

/* Moved by whole small pixels and measured there, all but the border is as it was. */
static void test_moved(void)
{
    pic small = pic_pattern(15, 1, 40, 40), large = pic_nearest(small, 3);
    const fovea_figures f = figures(small, large, FOVEA_SHRINK_BICUBIC);
    for (int by = -2; by <= 2; by++) {
        pic moved = pic_moved(large, 3 * by, 3 * by);
        const fovea_figures g = run(small, moved, (fovea_pair){.shift_x = by, .shift_y = by});
        TAP_CHECK(near(g.invented, f.invented, 0.02) && near(g.invented_rms, f.invented_rms, 0.2), "by %d: %g, not %g", by,
                  g.invented, f.invented);
        const fovea_figures area = run(small, moved, (fovea_pair){.shrink = FOVEA_SHRINK_AREA, .shift_x = by, .shift_y = by});
        TAP_CHECK(area.psnr >= 100 && area.invented < 1e-6, "by %d, area: %g dB, %g", by, area.psnr, area.invented);
        free(moved.rgb);
    }
    free(small.rgb), free(large.rgb);
}

/* Of one grey in 16 bits and another; sizes: those of the small picture, of the large one, 64 at most across. */
static fovea_figures run_constant(const int sizes[4], double shift, uint16_t small, uint16_t large)
{
    uint16_t small_row[64], large_row[64];
    for (int i = 0; i < 64; i++) small_row[i] = small, large_row[i] = large;
    const fovea_pair *pair = fovea_pair(.small_w = sizes[0], .small_h = sizes[1], .small_format = FOVEA_FORMAT_G16,
                                        .large_w = sizes[2], .large_h = sizes[3], .large_format = FOVEA_FORMAT_G16,
                                        .shift_x = shift, .shift_y = -shift);
    fovea_measure *m;
    fovea_error error;
    fovea_figures f = {.struct_size = sizeof f};
    if (!TAP_CHECK(!fovea_measure_new(pair, NULL, &m, &error), "%s", error.message)) return f;
    for (fovea_want want; (want = fovea_measure_wants(m)) != FOVEA_WANT_NOTHING;)
        fovea_measure_row(m, want == FOVEA_WANT_SMALL ? small_row : large_row);
    fovea_measure_get_figures(m, &f);
    fovea_measure_free(m);
    return f;
}

/* The weights around a moved centre sum to 1, so a grey is the same wherever it is looked for; of one pixel, too. */
static void test_grey(void)
{
    static const int sizes[][4] = {{20, 17, 31, 40}, {16, 16, 64, 48}, {1, 1, 2, 2}};
    for (int i = 0; i < 6; i++)
        for (double shift = -0.7; shift < 1; shift += 0.1) {
            const int darker = i % 2 * 999;
            const fovea_figures f = run_constant(sizes[i / 2], shift, (uint16_t)(51234 - darker), 51234);
            TAP_CHECK(near(f.error_max, darker / 257.0, 1e-9) && (f.drift_mean > 0.1) == (darker > 0), "%d, shift %.1f: %g", i,
                      shift, f.error_max);
        }
}

int main(void)
{
    for (int pattern = 0; pattern < 24; pattern += 4) check_flipped(pattern);
    test_moved();
    test_grey();
    return tap_done("measure_moved");
}
