/* SPDX-License-Identifier: MIT
 *
 * Creative mode: the goldens of train/creative.py with ==, for each instruction set; a result does not depend on
 * rectangles, strips or threads; where it is protected, or has no strength, it is the faithful one.
 * Usage: creative_test [folder with golden/] [seed] */
#include <dirent.h>

#include "cpu.h"
#include "golden.h"

static char folder[2048] = "tests/golden/creative";

/* ---- Goldens ---- */

enum { MOST_RECTS = 8 };

typedef struct wish {
    int strength, count;
    fovea_rect rects[MOST_RECTS];
} wish;

static wish read_wish(const char *stem)
{
    char path[4096];
    wish w = {0};
    snprintf(path, sizeof path, "%s/%s.wish", folder, stem);
    FILE *f = fopen(path, "r");
    TAP_CHECK(f && fscanf(f, "%d", &w.strength) == 1, "%s", path);
    for (fovea_rect r; f && w.count < MOST_RECTS && fscanf(f, "%d %d %d %d", &r.x, &r.y, &r.w, &r.h) == 4;)
        w.rects[w.count++] = r;
    if (f) fclose(f);
    return w;
}

static fovea_model *read_model(const char *stem, const char *end)
{
    char path[4096];
    const char *dash = strchr(strchr(stem, '-') + 1, '-');
    snprintf(path, sizeof path, "%s/%.*s%s", folder, (int)(dash - stem), stem, end);
    net_bytes n = net_read(path);
    fovea_model *m = NULL;
    fovea_error error = {.message = "no such file"};
    TAP_CHECK(n.bytes && fovea_model_new(n.bytes, n.size, NULL, &m, &error) == FOVEA_OK, "%s: %s", path, error.message);
    free(n.bytes);
    return m;
}

static void check_golden(const char *stem, const picture *in, const picture *wanted, const fovea_model *m, const fovea_model *c,
                         uint32_t disable)
{
    const wish w = read_wish(stem);
    fovea_upscaler *up = upscaler(m, fovea_options(.threads = 1, .cpu_disable = disable, .creative = c, .strength = w.strength,
                                                   .protect = w.rects, .protect_count = w.count));
    picture got = new_picture(wanted->format, wanted->w, wanted->h, 0);
    fovea_source source = whole_of(in);
    fovea_target target = target_of(&got);
    fovea_error error;
    source.result_w = wanted->w;
    source.result_h = wanted->h;
    TAP_CHECK(fovea_upscale(up, &source, &target, &error) == FOVEA_OK, "%s", error.message);
    TAP_CHECK(same(&got, wanted), "%s without sets %#x: another result", stem, disable);
    free(got.pixels);
    fovea_upscaler_free(up);
}

static void check_case(const char *stem)
{
    static const char *const whats[] = {"out", "sized"};
    const uint32_t cpu = fv_cpu_detect();
    char path[4096];
    fovea_model *m = read_model(stem, ".fovea"), *c = read_model(stem, ".creative.fovea");
    picture in = golden_read(folder, stem, "in");
    for (int i = 0; i < 2; i++) {
        if (!golden_find(folder, stem, whats[i], path)) continue;
        picture wanted = golden_read(folder, stem, whats[i]);
        check_golden(stem, &in, &wanted, m, c, ~0u);
        for (uint32_t bit = 1; bit && bit <= cpu; bit <<= 1) /* each set and those before it */
            if (cpu & bit) check_golden(stem, &in, &wanted, m, c, ~(2 * bit - 1));
        free(wanted.pixels);
    }
    free(in.pixels);
    fovea_model_free(m);
    fovea_model_free(c);
}

static void test_goldens(void)
{
    int cases = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *end = strstr(e->d_name, ".in.p");
        char stem[512];
        if (!end) continue;
        snprintf(stem, sizeof stem, "%.*s", (int)(end - e->d_name), e->d_name);
        check_case(stem);
        cases++;
    }
    if (d) closedir(d);
    TAP_CHECK(cases >= 20, "%d cases in %s", cases, folder);
}

/* ---- Any cut, any set ---- */

static fovea_model *faithful_model(int scale, int layers, int passes, int keeps)
{
    return random_model((net_shape){.scale = scale, .channels = 16, .layers = layers, .passes = passes, .keeps = keeps});
}

static fovea_model *creative_model(int scale, int layers)
{
    net_bytes n = net_make((net_shape){.scale = scale, .channels = 16, .layers = layers, .skip = layers > 4 ? 2 : 0, .zp = 90},
                           net_random(&seed));
    fovea_model *model;
    n.bytes[21] = (uint8_t)(FOVEA_KIND_CREATIVE_PHOTO + layers % 2);
    net_seal(&n);
    TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &model, NULL) == FOVEA_OK, "a creative net");
    free(n.bytes);
    return model;
}

static void check_tiling(const fovea_model *model, const picture *src, const picture *expected, const fovea_options *options)
{
    fovea_upscaler *up = upscaler(model, options);
    picture got = upscale(up, src);
    TAP_CHECK(same(&got, expected), "%dx%d threads %d strip %d cpu_disable %#x", src->w, src->h, options->threads,
              options->strip_width, options->cpu_disable);
    memset(got.pixels, 0x5a, got.stride * (size_t)got.h);
    const int w = fv_max(net_between(&seed, 1, got.w), got.w / 5 + 1), h = net_between(&seed, (got.h + 4) / 5, got.h);
    for (int y = 0; y < got.h; y += h)
        for (int x = 0; x < got.w; x += w)
            upscale_rect(up, src, (fovea_rect){x, y, fv_min(w, got.w - x), fv_min(h, got.h - y)}, &got);
    TAP_CHECK(same(&got, expected), "%dx%d in tiles %dx%d, strip %d, format %d", src->w, src->h, w, h, options->strip_width,
              src->format);
    memset(got.pixels, 0x5a, got.stride * (size_t)got.h);
    upscale_columns(up, src, w, h, &got);
    TAP_CHECK(same(&got, expected), "%dx%d in columns of %dx%d", src->w, src->h, w, h);
    free(got.pixels);
    fovea_upscaler_free(up);
}

/* Of so little contrast that much of it is calm, more or less. */
static void fade(picture *p)
{
    const int sample = p->format & 16 ? 2 : 1;
    for (size_t i = 0; i < p->stride * (size_t)p->h; i++)
        if (sample == 1 || i % 2) p->pixels[i] = (uint8_t)(100 + (p->pixels[i] >> 6));
}

static void test_any_cut_any_set(void)
{
    static const int sizes[][2] = {{1, 1}, {1, 9}, {7, 2}, {17, 9}, {33, 64}, {90, 41}, {131, 30}, {19, 150}};
    static const int nets[][5] = {{2, 3, 2, 0, 6}, {2, 9, 1, 2, 3}, {3, 2, 1, 1, 12}, {4, 4, 4, 0, 2}, {2, 2, 1, 0, 40}};
    const uint32_t cpu = fv_cpu_detect();
    for (int round = 0; round < tap_rounds(1, 20); round++)
        for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
            fovea_model *m = faithful_model(nets[i][0], nets[i][1], nets[i][2], nets[i][3]),
                        *c = creative_model(nets[i][0], nets[i][4]);
            for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
                if ((tap_brief() || tap_slowed()) && sizes[j][0] * sizes[j][1] > 2200) continue;
                picture src = random_picture(formats[net_random(&seed) % 8], sizes[j][0], sizes[j][1]);
                if (net_random(&seed) % 2) fade(&src);
                const fovea_rect rects[2] = {{5, -3, 9, 11},
                                             {net_between(&seed, -9, src.w), net_between(&seed, -9, src.h), 4, 30}};
                const int strength = net_between(&seed, 1, 100), count = net_between(&seed, 0, 2);
#define WISH .creative = c, .strength = strength, .protect = rects, .protect_count = count
                fovea_upscaler *plain = upscaler(m, fovea_options(.threads = 1, .cpu_disable = tap_brief() ? 0 : ~0u, WISH));
                picture expected = upscale(plain, &src);
                fovea_upscaler_free(plain);
                if (!tap_brief()) check_tiling(m, &src, &expected, fovea_options(.threads = 1, WISH));
                check_tiling(m, &src, &expected, fovea_options(.threads = 3, .strip_width = 16, WISH));
                check_tiling(m, &src, &expected, fovea_options(.threads = 2, .strip_width = net_between(&seed, 16, 90), WISH));
                for (uint32_t bit = 1; bit && bit <= cpu && !tap_brief(); bit <<= 1)
                    if (cpu & bit) check_tiling(m, &src, &expected, fovea_options(.threads = 1, .cpu_disable = bit, WISH));
#undef WISH
                free(src.pixels);
                free(expected.pixels);
            }
            fovea_model_free(m);
            fovea_model_free(c);
        }
}

/* ---- The faithful result, where that is promised ---- */

static picture made(const fovea_model *m, const picture *src, const fovea_options *options)
{
    fovea_upscaler *up = upscaler(m, options);
    picture p = upscale(up, src);
    fovea_upscaler_free(up);
    return p;
}

static void test_protected(void)
{
    for (int scale = 2; scale <= 4; scale++) {
        fovea_model *m = faithful_model(scale, 4, 1, scale % 3), *c = creative_model(scale, 7);
        for (int i = 0; i < 8; i++) {
            picture src = random_picture(formats[i], 61, 44);
            const fovea_rect all = {-5, -5, 80, 70}, part = {11, 9, 20, 17},
                             here = {11 * scale, 9 * scale, 20 * scale, 17 * scale};
            picture faithful = made(m, &src, fovea_options(.threads = 1)),
                    none = made(m, &src, fovea_options(.threads = 1, .creative = c));
            picture whole = made(
                m, &src, fovea_options(.threads = 1, .creative = c, .strength = 100, .protect = &all, .protect_count = 1));
            picture some = made(
                m, &src, fovea_options(.threads = 1, .creative = c, .strength = 100, .protect = &part, .protect_count = 1));
            picture free_of = made(m, &src, fovea_options(.threads = 1, .creative = c, .strength = 100));
            picture a = cut(&some, here), b = cut(&faithful, here), d = cut(&free_of, here);
            TAP_CHECK(same(&none, &faithful), "x%d, format %d: strength 0 invents", scale, src.format);
            TAP_CHECK(same(&whole, &faithful), "x%d, format %d: a protected picture is not the faithful one", scale,
                      src.format);
            TAP_CHECK(same(&a, &b), "x%d, format %d: a protected rectangle is not the faithful one", scale, src.format);
            TAP_CHECK(!same(&some, &faithful) && !same(&d, &b), "x%d, format %d: nothing is invented", scale, src.format);
            free(src.pixels), free(faithful.pixels), free(none.pixels), free(whole.pixels), free(some.pixels),
                free(free_of.pixels);
            free(a.pixels), free(b.pixels), free(d.pixels);
        }
        fovea_model_free(m);
        fovea_model_free(c);
    }
}

/* A picture of noise with a rectangle of it made by `make` from the place in it. */
static picture with_patch(fovea_rect patch, uint8_t (*make)(int x, int y))
{
    picture p = new_picture(FOVEA_FORMAT_RGB8, 120, 90, 0);
    for (int y = 0; y < p.h; y++)
        for (int x = 0; x < p.w; x++)
            for (int c = 0; c < 3; c++) {
                const bool within = x >= patch.x && y >= patch.y && x < patch.x + patch.w && y < patch.y + patch.h;
                p.pixels[(size_t)y * p.stride + (size_t)(3 * x + c)] = within ? make(x, y) : (uint8_t)net_random(&seed);
            }
    return p;
}

static uint8_t sky(int x, int y) { return (uint8_t)(120 + (x + y) / 24); }
static uint8_t letters(int x, int y) { return x % 4 == 1 || y % 9 == 0 ? 40 : (uint8_t)(200 + (x * 7 + y * 5) % 9); }
static uint8_t weak_letters(int x, int y) { return x % 4 == 1 ? 160 : (uint8_t)(200 + (x * 7 + y * 5) % 9); }
static uint8_t texture(int x, int y) { return (uint8_t)((x * 89 + y * 57 + x * y * 13) % 200); }

/* Found without being told: a sky and writing, but no texture and no faint lines. What is protected owes nothing to the net
 * that invents, so another one changes nothing; writing is the faithful result, and a sky, which is calm, the plain one. */
static void test_found(void)
{
    static const struct {
        const char *name;
        uint8_t (*make)(int x, int y);
        bool invents, is_faithful;
    } patches[] = {{"sky", sky, false, false},
                   {"letters", letters, false, true},
                   {"faint lines", weak_letters, true, false},
                   {"texture", texture, true, false}};
    fovea_model *m = faithful_model(2, 5, 2, 0), *c = creative_model(2, 8), *other = creative_model(2, 8);
    for (size_t i = 0; i < sizeof patches / sizeof *patches; i++) {
        const fovea_rect middle = {2 * 43, 2 * 33, 2 * 34, 2 * 24};
        const fovea_options *const ways[] = {fovea_options(.threads = 1),
                                             fovea_options(.threads = 1, .creative = c, .strength = 100),
                                             fovea_options(.threads = 1, .creative = other, .strength = 100)};
        picture src = with_patch((fovea_rect){30, 20, 60, 50}, patches[i].make), part[3];
        for (int k = 0; k < 3; k++) {
            picture whole = made(m, &src, ways[k]);
            part[k] = cut(&whole, middle);
            free(whole.pixels);
        }
        TAP_CHECK(same(&part[1], &part[2]) != patches[i].invents, "%s: %s is invented", patches[i].name,
                  patches[i].invents ? "nothing" : "something");
        TAP_CHECK(!patches[i].is_faithful || same(&part[0], &part[1]), "%s: not the faithful result", patches[i].name);
        free(src.pixels), free(part[0].pixels), free(part[1].pixels), free(part[2].pixels);
    }
    fovea_model_free(other);
    fovea_model_free(m);
    fovea_model_free(c);
}

static uint8_t noise(int x, int y) { return (uint8_t)(120 + (x * 2897 + y * 7919 + x * y * 104729) % 97 % 3); }

/* Mean square around the mean. */
static double energy(const picture *p)
{
    double sum = 0, squares = 0, count = 3.0 * p->w * p->h;
    for (int y = 0; y < p->h; y++)
        for (int k = 0; k < 3 * p->w; k++) {
            const double v = p->pixels[(size_t)y * p->stride + (size_t)k];
            sum += v;
            squares += v * v;
        }
    return squares / count - sum / count * (sum / count);
}

/* Noise of a level or two does not grow, whatever the nets make of it. */
static void test_calm(void)
{
    for (int scale = 2; scale <= 4; scale++) {
        fovea_model *m = faithful_model(scale, 5, 2, 0), *c = creative_model(scale, 8);
        picture src = with_patch((fovea_rect){30, 20, 60, 50}, noise);
        picture faithful = made(m, &src, fovea_options(.threads = 1));
        picture creative = made(m, &src, fovea_options(.threads = 1, .creative = c, .strength = 100));
        const fovea_rect middle = {43, 33, 34, 24}, enlarged = {43 * scale, 33 * scale, 34 * scale, 24 * scale};
        picture own = cut(&src, middle), sure = cut(&faithful, enlarged), calm = cut(&creative, enlarged);
        TAP_CHECK(energy(&calm) <= energy(&own), "x%d: noise of %.3f becomes %.3f", scale, energy(&own), energy(&calm));
        TAP_CHECK(energy(&sure) > energy(&calm), "x%d: the faithful result has %.3f, no more than %.3f", scale, energy(&sure),
                  energy(&calm));
        free(src.pixels), free(faithful.pixels), free(creative.pixels), free(own.pixels), free(sure.pixels), free(calm.pixels);
        fovea_model_free(m);
        fovea_model_free(c);
    }
}

static void test_constants(void)
{
    for (int scale = 2; scale <= 4; scale++) {
        fovea_model *m = faithful_model(scale, 3, 1, 2 - scale / 2), *c = creative_model(scale, 5);
        fovea_upscaler *up = upscaler(m, fovea_options(.threads = 1, .creative = c, .strength = 100));
        for (int i = 0; i < tap_rounds(200, 2000); i++) {
            picture src = new_picture(formats[net_random(&seed) % 8], net_between(&seed, 1, 21), net_between(&seed, 1, 21), 0);
            const size_t pixel = fovea_format_size(src.format);
            uint8_t colour[8];
            for (size_t k = 0; k < pixel; k++) colour[k] = (uint8_t)net_random(&seed);
            if ((src.format & 15) % 2 == 0) colour[pixel - 1] = 200; /* alpha */
            for (size_t k = 0; k < src.stride * (size_t)src.h; k++) src.pixels[k] = colour[k % pixel];
            picture out = upscale(up, &src);
            int right = 1;
            for (size_t k = 0; k < out.stride * (size_t)out.h; k++) right &= out.pixels[k] == colour[k % pixel];
            TAP_CHECK(right, "x%d, format %d, %dx%d", scale, src.format, src.w, src.h);
            free(src.pixels), free(out.pixels);
        }
        fovea_upscaler_free(up);
        fovea_model_free(m);
        fovea_model_free(c);
    }
}

/* ---- Refusals ---- */

static void check_refused(const fovea_model *m, const fovea_options *options, const char *what)
{
    fovea_upscaler *up = (void *)&up;
    fovea_error error = {.message = ""};
    TAP_CHECK(fovea_upscaler_new(m, options, &up, &error) == FOVEA_ERROR_ARGUMENT && !up && *error.message, "%s: accepted",
              what);
}

static void test_refusals(void)
{
    fovea_model *m = faithful_model(2, 3, 2, 0), *c = creative_model(2, 4), *larger = creative_model(3, 4),
                *loose = faithful_model(2, 3, 0, 0);
    enum { MOST = FOVEA_MAX_SIDE };
    const fovea_rect good[] = {{MOST, -MOST, MOST, 1}, {-MOST, MOST, 1, MOST}};
    const fovea_rect bad[] = {{0, 0, 0, 5},         {0, 0, 5, 0},         {0, 0, MOST + 1, 1}, {0, 0, 1, MOST + 1},
                              {-MOST - 1, 0, 1, 1}, {0, -MOST - 1, 1, 1}, {MOST + 1, 0, 1, 1}, {0, MOST + 1, 1, 1}};
    check_refused(m, fovea_options(.creative = larger, .strength = 50), "another scale");
    check_refused(m, fovea_options(.creative = m, .strength = 50), "a faithful net in place of a creative one");
    check_refused(c, fovea_options(.creative = c, .strength = 50), "a creative net in place of a faithful one");
    check_refused(loose, fovea_options(.creative = c, .strength = 50), "a net without a guarantee");
    check_refused(m, fovea_options(.creative = c, .strength = -1), "strength -1");
    check_refused(m, fovea_options(.creative = c, .strength = 101), "strength 101");
    check_refused(m, fovea_options(.strength = 50), "strength of nothing");
    check_refused(m, fovea_options(.protect = good, .protect_count = 1), "protected from nothing");
    check_refused(m, fovea_options(.creative = c, .strength = 50, .mode = FOVEA_MODE_NET_ALONE), "net alone");
    check_refused(m, fovea_options(.creative = c, .strength = 50, .protect = good, .protect_count = -1), "-1 rectangles");
    check_refused(m, fovea_options(.creative = c, .strength = 50, .protect = good, .protect_count = FOVEA_MAX_PROTECTED + 1),
                  "too many rectangles");
    check_refused(m, fovea_options(.creative = c, .strength = 50, .protect_count = 1), "rectangles nowhere");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const fovea_rect one_bad[] = {i % 2 ? bad[i] : good[0], good[1], i % 2 ? good[0] : bad[i]};
        check_refused(m, fovea_options(.creative = c, .strength = 50, .protect = one_bad, .protect_count = 3),
                      "a rectangle that is empty, vast or far");
    }
    fovea_upscaler_free(upscaler(m, fovea_options(.creative = c, .strength = 50, .protect = good, .protect_count = 2)));
    fovea_model_free(m), fovea_model_free(c), fovea_model_free(larger), fovea_model_free(loose);
}

/* ---- Memory ---- */

typedef struct account {
    int left, held; /* allocations that still succeed; blocks that are out */
    size_t bytes;
} account;

static void *counted_alloc(void *user, size_t size)
{
    account *a = user;
    if (a->left-- <= 0) return NULL;
    a->held++;
    a->bytes += size;
    return malloc(size);
}

static void counted_free(void *user, void *memory)
{
    ((account *)user)->held--;
    free(memory);
}

static void test_memory(void)
{
    fovea_model *m = faithful_model(2, 3, 2, 0), *c = creative_model(2, 6);
    const fovea_rect rects[] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    bool made_one = false;
    for (int n = 0; n < 40 && !made_one; n++) {
        account a = {.left = n};
        fovea_upscaler *up;
        const fovea_status status = fovea_upscaler_new(m,
                                                       fovea_options(.allocator = {counted_alloc, counted_free, &a},
                                                                     .threads = 2, .creative = c, .strength = 70,
                                                                     .protect = rects, .protect_count = 2),
                                                       &up, NULL);
        made_one = status == FOVEA_OK;
        TAP_CHECK(made_one ? up != NULL : status == FOVEA_ERROR_MEMORY && !up, "allocation %d", n);
        fovea_upscaler_info info = {.struct_size = sizeof info};
        if (made_one)
            TAP_CHECK(!fovea_upscaler_get_info(up, &info) && info.memory <= a.bytes && info.memory > a.bytes / 2 &&
                          info.scale == 2,
                      "info");
        fovea_upscaler_free(up);
        TAP_CHECK(a.held == 0, "allocation %d: %d blocks lost", n, a.held);
    }
    TAP_CHECK(made_one, "no upscaler at all");
    fovea_model_free(m), fovea_model_free(c);
}

int main(int argc, char **argv)
{
    if (argc > 1) snprintf(folder, sizeof folder, "%s/golden/creative", argv[1]);
    if (argc > 2) seed = strtoull(argv[2], NULL, 10) * 2 + 1;
    tap_note("seed %llu", (unsigned long long)seed / 2);
    test_any_cut_any_set();
    test_refusals();
    test_memory();
    if (!tap_brief()) {
        test_goldens();
        test_protected();
        test_found();
        test_calm();
        test_constants();
    }
    return tap_done("creative");
}
