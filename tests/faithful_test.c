/* SPDX-License-Identifier: MIT
 *
 * What the faithful guarantee promises, measured on the nets that ship: shrunk again the result is the source, flat stays
 * exactly flat, and beside an edge nothing goes beyond the plateau. D here is tests/patterns.h's in doubles, not the
 * engine's. Usage: faithful_test [-v prints the figures] [MODEL...: without, all faithful nets in models/] */
#include <dirent.h>
#include <math.h>

#include "fovea.h"
#include "net.h"
#include "patterns.h"
#include "tap.h"

enum { W = 96, H = 80, MAX_SCALE = 4 };

static int verbose;

typedef struct upscaled {
    uint8_t small[3 * W * H], large[3 * W * H * MAX_SCALE * MAX_SCALE];
    int s;
} upscaled;

static void run(fovea_upscaler *up, upscaled *u)
{
    const fovea_source src = {u->small, 3 * W, FOVEA_FORMAT_RGB8, 0, 0, W, H, W, H, 0, 0};
    const fovea_target dst = {u->large, (size_t)(3 * W * u->s), FOVEA_FORMAT_RGB8};
    fovea_error error;
    TAP_CHECK(fovea_upscale(up, &src, &dst, &error) == FOVEA_OK, "%s", error.message);
}

/* dB between D(large) and small, in 8-bit levels. */
static double consistency(const upscaled *u, fovea_shrink kind)
{
    static uint8_t again[3 * W * H];
    double sum = 0;
    pattern_shrink(u->large, W * u->s, H * u->s, again, W, H, kind);
    for (int i = 0; i < 3 * W * H; i++) sum += (again[i] - u->small[i]) * (again[i] - u->small[i]);
    return sum > 0 ? 10 * log10(255.0 * 255 * 3 * W * H / sum) : 99;
}

/* ---- Shrinks back ---- */

/* What must be reached. Detail at the limit of the grid in full contrast needs more passes than are made, or values
 * beyond black and white. */
static double promised(const char *what)
{
    static const struct {
        const char *what;
        double db;
    } hard[] = {{"checker 1", 34}, {"checker 4", 33}, {"lines 63", 39},
                {"saturated", 32}, {"text", 31},      {"text in colour", 39}};
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        if (strcmp(what, hard[i].what) == 0) return hard[i].db;
    return 50;
}

/* By the area average, the D of nets for screens: the picture is the grid's own, so what is at its limit is out of reach. */
static double promised_area(const char *what)
{
    static const struct {
        const char *what;
        double db;
    } hard[] = {{"checker 4", 39}, {"saturated", 36}, {"text", 31}, {"text in colour", 39}};
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        if (strcmp(what, hard[i].what) == 0) return hard[i].db;
    return 40;
}

/* Greatest difference of the means of an 8x8 block, in levels. */
static double block_error(const upscaled *u)
{
    const int s = u->s;
    double worst = 0;
    for (int y = 0; y < H; y += 8)
        for (int x = 0; x < W; x += 8)
            for (int c = 0; c < 3; c++) {
                int sum = 0, count = 0;
                for (int j = s * y; j < s * (y + 8) && j < s * H; j++)
                    for (int i = s * x; i < s * (x + 8) && i < s * W; i++, count++)
                        sum += u->large[3 * (j * s * W + i) + c] - u->small[3 * (j / s * W + i / s) + c];
                worst = fmax(worst, fabs((double)sum / count));
            }
    return worst;
}

/* What the net's kind promises of a small picture made by its D. */
static void check_kept(const upscaled *u, fovea_keeps keeps, const char *name, const char *what)
{
    if (keeps == FOVEA_KEEPS_BLOCKS) {
        const double off = block_error(u);
        if (verbose) printf("# %s, %s: blocks within %.2f levels\n", name, what, off);
        TAP_CHECK(off <= 1, "%s, %s: a block's mean is off by %.2f levels", name, what, off);
        return;
    }
    const bool area = keeps == FOVEA_KEEPS_AREAS;
    const double db = consistency(u, area ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC);
    if (verbose) printf("# %s, %s, made by D: %.1f dB\n", name, what, db);
    TAP_CHECK(db >= (area ? promised_area : promised)(what), "%s, %s: shrinks back to %.1f dB", name, what, db);
}

static void test_consistency(fovea_upscaler *up, int s, fovea_keeps keeps, const char *name)
{
    static upscaled u;
    static uint8_t original[3 * W * H * MAX_SCALE * MAX_SCALE];
    u.s = s;
    const char *what;
    for (int n = 0; (what = pattern_make(n, s, original, W * s, H * s)); n++) {
        pattern_shrink(original, W * s, H * s, u.small, W, H,
                       keeps == FOVEA_KEEPS_AREAS ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC);
        run(up, &u);
        check_kept(&u, keeps, name, what);
    }
}

/* ---- Flat stays flat ---- */

static int flat_around(const uint8_t *small, int x, int y, int c)
{
    for (int j = -2; j <= 2; j++)
        for (int i = -2; i <= 2; i++) {
            const int xx = fv_clamp(x + i, 0, W - 1), yy = fv_clamp(y + j, 0, H - 1);
            if (small[3 * (yy * W + xx) + c] != small[3 * (y * W + x) + c]) return 0;
        }
    return 1;
}

static void test_flat(fovea_upscaler *up, int s, const char *name)
{
    static upscaled u;
    u.s = s;
    const char *what;
    long flats = 0;
    for (int n = 0; (what = pattern_make(n, 1, u.small, W, H)); n++) {
        run(up, &u);
        long wrong = 0;
        for (int i = 0; i < 3 * W * H; i++) {
            const int x = i / 3 % W, y = i / 3 / W, c = i % 3;
            if (!flat_around(u.small, x, y, c)) continue;
            flats++;
            for (int k = 0; k < s * s; k++) wrong += u.large[3 * ((y * s + k / s) * W * s + x * s + k % s) + c] != u.small[i];
        }
        TAP_CHECK(wrong == 0, "%s, %s: %ld samples of flat places are not flat", name, what, wrong);
    }
    TAP_CHECK(flats > 10000, "only %ld flat samples seen", flats);
}

/* ---- No halos ---- */

/* How far v lies beyond [low, high]. */
static double beyond(double v, double low, double high) { return v > high ? v - high : v < low ? low - v : 0; }

/* What the result adds beyond the plateaus at (x, y) and beyond the source's own overshoot nearby. */
static double added(const upscaled *u, int x, int y, double low, double high)
{
    double own = 0, worst = 0;
    for (int j = -2; j <= 2; j++)
        for (int i = -2; i <= 2; i++) {
            const int xx = fv_clamp(x + i, 0, W - 1), yy = fv_clamp(y + j, 0, H - 1);
            own = fmax(own, beyond(u->small[3 * (yy * W + xx)], low, high));
        }
    for (int k = 0; k < u->s * u->s; k++)
        worst = fmax(worst, beyond(u->large[3 * ((y * u->s + k / u->s) * W * u->s + x * u->s + k % u->s)], low, high));
    return worst - own;
}

/* The greatest overshoot over a set of pictures, as a share of the step: ours, and what plain enlargements of the same
 * sources have. */
typedef struct overshoot {
    double fovea, bicubic, lanczos;
} overshoot;

/* Of the large picture in u, in levels; a and b are the plateaus. */
static double greatest_added(const upscaled *u, pattern_colour a, pattern_colour b)
{
    const double low = fmin(a.r, b.r), high = fmax(a.r, b.r);
    double worst = 0;
    for (int y = 8; y < H - 8; y++)
        for (int x = 8; x < W - 8; x++) worst = fmax(worst, added(u, x, y, low, high));
    return worst;
}

/* Enlarges the small picture in u; where the figures are shown, in the plain ways first. Returns our overshoot in levels. */
static double compare_overshoot(fovea_upscaler *up, upscaled *u, pattern_colour a, pattern_colour b, overshoot *seen)
{
    const double step = fabs((double)a.r - b.r);
    if (verbose) {
        pattern_shrink(u->small, W, H, u->large, W * u->s, H * u->s, FOVEA_SHRINK_BICUBIC);
        seen->bicubic = fmax(seen->bicubic, greatest_added(u, a, b) / step);
        pattern_enlarge_lanczos(u->small, W, H, u->s, u->large);
        seen->lanczos = fmax(seen->lanczos, greatest_added(u, a, b) / step);
    }
    run(up, u);
    const double worst = greatest_added(u, a, b);
    seen->fovea = fmax(seen->fovea, worst / step);
    return worst;
}

/* Fills the small picture in u: pixel-sharp, or D-made of one s times as large. */
static void make_edge(upscaled *u, double degrees, double phase, int sharp, pattern_colour a, pattern_colour b)
{
    static uint8_t original[3 * W * H * MAX_SCALE * MAX_SCALE];
    const int s = u->s;
    pattern_edge(sharp ? u->small : original, sharp ? W : W * s, sharp ? H : H * s, degrees, sharp ? phase : phase * s, a, b);
    if (!sharp) pattern_shrink(original, W * s, H * s, u->small, W, H, FOVEA_SHRINK_BICUBIC);
}

static void make_text(upscaled *u, int dot, int sharp, pattern_colour paper, pattern_colour ink)
{
    static uint8_t original[3 * W * H * MAX_SCALE * MAX_SCALE];
    const int s = u->s;
    pattern_text(sharp ? u->small : original, sharp ? W : W * s, sharp ? H : H * s, sharp ? dot : dot * s, paper, ink);
    if (!sharp) pattern_shrink(original, W * s, H * s, u->small, W, H, FOVEA_SHRINK_BICUBIC);
}

static void tell_overshoot(const char *name, const char *what, int sharp, const overshoot *seen)
{
    if (verbose)
        printf("# %s, %s %s: overshoot %.2f %% of the step; bicubic %.2f %%, Lanczos %.2f %%\n", name,
               sharp ? "sharp" : "D-made", what, 100 * seen->fovea, 100 * seen->bicubic, 100 * seen->lanczos);
}

static const pattern_colour pairs[][2] = {
    {{40, 40, 40}, {210, 210, 210}}, {{100, 100, 100}, {140, 140, 140}}, {{30, 200, 90}, {225, 20, 40}}};

static void test_halos(fovea_upscaler *up, int s, const char *name)
{
    static upscaled u;
    u.s = s;
    const int angles = tap_soak() ? 72 : tap_slowed() ? 4 : 12, phases = tap_soak() ? 8 : tap_slowed() ? 2 : 3;
    for (int sharp = 0; sharp < 2; sharp++) {
        overshoot seen = {0, 0, 0};
        for (int i = 0; i < angles; i++)
            for (int k = 0; k < phases; k++) {
                const pattern_colour *pair = pairs[(i + k) % 3];
                const double degrees = 360.0 / angles * i + (i % 2 ? 3.7 : 0), phase = (double)k / phases;
                make_edge(&u, degrees, phase, sharp, pair[0], pair[1]);
                const double worst = compare_overshoot(up, &u, pair[0], pair[1], &seen),
                             step = fabs((double)pair[0].r - pair[1].r);
                TAP_CHECK(worst <= fmax(1, 0.01 * step),
                          "x%d, %s edge at %.1f degrees, phase %.2f, step %.0f: overshoot %.0f levels", s,
                          sharp ? "sharp" : "D-made", degrees, phase, step, worst);
            }
        tell_overshoot(name, "edges", sharp, &seen);
    }
}

/* Letters. Where strokes are thick enough for plateaus (D makes edges softer, so there they must be thicker) the bound holds
 * along their edges and at their corners; thinner strokes are lines, whose peaks a small picture understates: told, and not
 * judged. */
static void test_text(fovea_upscaler *up, int s, const char *name)
{
    static const int dots[] = {1, 2, 3, 6, 10, 12};
    static upscaled u;
    u.s = s;
    for (int sharp = 0; sharp < 2; sharp++) {
        overshoot thick = {0, 0, 0}, thin = {0, 0, 0};
        for (int i = 0; i < 12; i++) {
            const pattern_colour paper = pairs[i % 3][i % 2], ink = pairs[i % 3][1 - i % 2];
            const int dot = dots[i / 2], has_plateaus = dot >= (sharp ? 6 : 10);
            make_text(&u, dot, sharp, paper, ink);
            const double worst = compare_overshoot(up, &u, paper, ink, has_plateaus ? &thick : &thin);
            TAP_CHECK(!has_plateaus || worst <= fmax(1, 0.01 * fabs((double)paper.r - ink.r)),
                      "%s, %s text of %d pixels: overshoot %.0f levels", name, sharp ? "sharp" : "D-made", dot, worst);
        }
        tell_overshoot(name, "text", sharp, &thick);
        tell_overshoot(name, "thin text", sharp, &thin);
    }
}

/* ---- ---- */

static void test_model(const char *path)
{
    net_bytes n = net_read(path);
    fovea_model *model;
    fovea_error error;
    if (!TAP_CHECK(n.bytes && fovea_model_new(n.bytes, n.size, NULL, &model, &error) == FOVEA_OK, "%s", path)) return;
    TAP_CHECK(n.bytes[24] > 0, "%s makes no promise", path);
    fovea_model_info info = {.struct_size = sizeof info};
    fovea_model_get_info(model, &info);
    fovea_upscaler *up;
    TAP_CHECK(fovea_upscaler_new(model, fovea_options(.threads = 1), &up, &error) == FOVEA_OK, "%s", error.message);
    test_consistency(up, info.scale, info.keeps, info.name);
    test_flat(up, info.scale, info.name);
    test_halos(up, info.scale, info.name);
    test_text(up, info.scale, info.name);
    fovea_upscaler_free(up);
    fovea_model_free(model);
    free(n.bytes);
}

/* But for the soak, photo's ensemble for 4x stands for all; and where each step is slow, the fast net of each scale, and of the kinds
 * that have none, the standard one at 2x. */
static int takes_long(const net_bytes *n)
{
    const int ensemble = n->bytes[25], scale = n->bytes[20], kind = n->bytes[21], effort = n->bytes[22];
    const int quick = effort == FOVEA_EFFORT_FAST ||
                      (kind != FOVEA_KIND_PHOTO && effort == FOVEA_EFFORT_STANDARD && scale == 2);
    return (tap_slowed() && !quick) || (ensemble && (scale != 4 || kind != FOVEA_KIND_PHOTO) && !tap_soak());
}

/* Creative nets promise nothing by themselves; what a blend with one keeps is in creative_test.c. */
static int promises(const net_bytes *n) { return n->size > 64 && n->bytes[21] < FOVEA_KIND_CREATIVE_PHOTO; }

static void test_shipped(void)
{
    DIR *folder = opendir("models");
    for (struct dirent *e; folder && (e = readdir(folder));) {
        const size_t length = strlen(e->d_name);
        char path[512];
        snprintf(path, sizeof path, "models/%s", e->d_name);
        net_bytes n = {0};
        if (length > 6 && strcmp(e->d_name + length - 6, ".fovea") == 0) n = net_read(path);
        if (promises(&n) && !takes_long(&n)) test_model(path);
        free(n.bytes);
    }
    if (folder) closedir(folder);
}

int main(int argc, char **argv)
{
    int given = 0;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-v") == 0) verbose = 1;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-v") != 0) test_model(argv[i]), given++;
    if (!given) test_shipped();
    return tap_done("faithful");
}
