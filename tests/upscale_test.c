/* SPDX-License-Identifier: MIT
 *
 * The engine from the public side: a result does not depend on rectangles, strips, threads or instruction sets;
 * constants come back. Random nets and pictures from a seed: upscale_test [seed] */
#include <math.h>

#include "anchor.h"
#include "cpu.h"
#include "picture.h"
#include "plan.h"

/* The weights once more, from Keys' formula (doc/format.md, sections 2 and 5). */
static double keys(double a, double t)
{
    return t <= 1 ? (a + 2) * t * t * t - (a + 3) * t * t + 1 : t < 2 ? a * (t * t * t - 5 * t * t + 8 * t - 4) : 0;
}

static void check_weights(double a, const fv_anchor *(*get)(int s))
{
    for (int s = 2; s <= 4; s++)
        for (int d = 0; d < s; d++) {
            const double f = (2.0 * d + 1 - s) / (2.0 * s), b = floor(f), u = f - b;
            const double w[4] = {keys(a, 1 + u), keys(a, u), keys(a, 1 - u), keys(a, 2 - u)};
            int q[4], sum = 0, largest = 0;
            for (int j = 0; j < 4; j++) {
                q[j] = (int)floor(w[j] * 4096 + 0.5);
                sum += q[j];
                if (q[j] > q[largest]) largest = j;
            }
            q[largest] += 4096 - sum;
            const fv_anchor *got = get(s);
            TAP_CHECK(got->base[d] == (int)b + 1, "a %g: base of %d/%d", a, d, s);
            for (int j = 0; j < 4; j++) TAP_CHECK(got->weights[d][j] == q[j], "a %g: s %d d %d tap %d", a, s, d, j);
        }
}

static void check_tiling(const fovea_model *model, const picture *src, const picture *expected, const fovea_options *options)
{
    fovea_upscaler *up = upscaler(model, options);
    picture got = upscale(up, src);
    TAP_CHECK(same(&got, expected), "%dx%d threads %d strip %d cpu_disable %#x", src->w, src->h, options->threads,
              options->strip_width, options->cpu_disable);
    memset(got.pixels, 0x5a, got.stride * (size_t)got.h);

    const int tile_w = net_between(&seed, 1, got.w), tile_h = net_between(&seed, (got.h + 5) / 6, got.h);
    const int step = fv_max(tile_w, got.w / 7 + 1);
    for (int y = 0; y < got.h; y += tile_h)
        for (int x = 0; x < got.w; x += step)
            upscale_rect(up, src, (fovea_rect){x, y, fv_min(step, got.w - x), fv_min(tile_h, got.h - y)}, &got);
    TAP_CHECK(same(&got, expected), "%dx%d in tiles %dx%d, strip %d, format %d", src->w, src->h, step, tile_h,
              options->strip_width, src->format);

    memset(got.pixels, 0x5a, got.stride * (size_t)got.h);
    upscale_columns(up, src, step, tile_h, &got);
    TAP_CHECK(same(&got, expected), "%dx%d in columns of %dx%d, strip %d, format %d", src->w, src->h, step, tile_h,
              options->strip_width, src->format);
    free(got.pixels);
    fovea_upscaler_free(up);
}

/* Multiply-adds: plain C under a sanitizer does about a hundred million a second. */
static double work(net_shape s, int w, int h)
{
    return 9.0 * s.channels * s.channels * (s.layers - 1) * (s.ensemble ? 8 : 1) * w * h;
}

static double most_work(void) { return tap_soak() ? 400e6 : tap_brief() ? 3e6 : tap_slowed() ? 6e6 : 40e6; }

static void test_any_cut_any_set(void)
{
    static const int sizes[][2] = {{1, 1},   {1, 7},   {9, 1},   {2, 2},    {3, 5},   {17, 9},
                                   {33, 64}, {100, 3}, {70, 41}, {131, 90}, {19, 230}};
    static const net_shape shapes[] = {
        {2, 32, 6, 0, 0, 2, 0, 0},   {2, 16, 3, 0, 90, 0, 0, 0}, {3, 48, 5, 2, 0, 1, 0, 0}, {4, 32, 8, 3, 127, 2, 0, 0},
        {2, 64, 6, 2, 0, 4, 1, 0},   {3, 16, 2, 0, 10, 3, 1, 0}, {3, 16, 2, 0, 0, 0, 0, 0}, {4, 128, 4, 1, 5, 1, 1, 0},
        {2, 16, 2, 0, 127, 1, 0, 0}, {3, 32, 4, 0, 3, 2, 0, 0},  {4, 16, 3, 0, 0, 4, 0, 0}, {2, 16, 3, 0, 0, 1, 2, 0},
        {3, 16, 3, 0, 0, 2, 2, 0},   {4, 16, 2, 0, 7, 4, 2, 0},  {2, 32, 4, 0, 0, 1, 0, 1}, {3, 16, 4, 2, 9, 0, 1, 1},
    };
    const uint32_t cpu = fv_cpu_detect();
    const int rounds = tap_rounds(1, 40);
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            fovea_model *model = random_model(shapes[i]);
            for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
                if (work(shapes[i], sizes[j][0], sizes[j][1]) > most_work()) continue;
                const fovea_format format = formats[net_random(&seed) % 8];
                picture src = random_picture(format, sizes[j][0], sizes[j][1]);
                fovea_upscaler *plain = upscaler(model, fovea_options(.threads = 1, .cpu_disable = tap_brief() ? 0 : ~0u));
                picture expected = upscale(plain, &src);
                fovea_upscaler_free(plain);
                if (!tap_brief()) check_tiling(model, &src, &expected, fovea_options(.threads = 1));
                check_tiling(model, &src, &expected, fovea_options(.threads = 3, .strip_width = 16));
                check_tiling(model, &src, &expected, fovea_options(.threads = 2, .strip_width = net_between(&seed, 16, 90)));
                for (uint32_t bit = 1; bit && bit <= cpu && !tap_brief(); bit <<= 1)
                    if (cpu & bit) check_tiling(model, &src, &expected, fovea_options(.threads = 1, .cpu_disable = bit));
                free(src.pixels);
                free(expected.pixels);
            }
            fovea_model_free(model);
        }
}

static picture mirrored(const picture *p, bool across, bool down)
{
    picture out = new_picture(p->format, p->w, p->h, 0);
    const size_t pixel = fovea_format_size(p->format);
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++)
            memcpy(out.pixels + (size_t)(down ? p->h - 1 - y : y) * out.stride + (size_t)(across ? p->w - 1 - x : x) * pixel,
                   p->pixels + (size_t)y * p->stride + (size_t)x * pixel, pixel);
    return out;
}

/* Whichever way a picture is mirrored, an ensemble makes the same of it, as the anchor does; a single net doesn't. */
static void test_mirrored(void)
{
    for (int scale = 2; scale <= 4; scale++)
        for (int ensemble = 0; ensemble < 2; ensemble++) {
            fovea_model *model = random_model((net_shape){.scale = scale, .channels = 32, .layers = 4, .ensemble = ensemble});
            fovea_model_info info = {.struct_size = sizeof info};
            TAP_CHECK(fovea_model_get_info(model, &info) == FOVEA_OK, "info");
            const uint64_t once = 9 * (3 * 32 + 2 * 32 * 32 + 32 * 3 * (uint64_t)(scale * scale));
            TAP_CHECK(info.macs_per_pixel == (ensemble ? 8 * once : once), "multiply-adds");
            fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1));
            picture src = random_picture(FOVEA_FORMAT_RGB16, 21, 13), wanted = upscale(up, &src);
            for (int way = 1; way < 4; way++) {
                picture turned = mirrored(&src, way & 1, way & 2), made = upscale(up, &turned);
                picture back = mirrored(&made, way & 1, way & 2);
                TAP_CHECK(same(&back, &wanted) == (ensemble == 1), "scale %d, way %d, ensemble %d", scale, way, ensemble);
                free(turned.pixels), free(made.pixels), free(back.pixels);
            }
            free(src.pixels), free(wanted.pixels);
            fovea_upscaler_free(up);
            fovea_model_free(model);
        }
}

/* A constant picture comes back exactly: every size from 1x1 to 9x9, 8 and 16 bits, each format. */
static void test_constants(void)
{
    const int rounds = tap_rounds(4, 200);
    for (int scale = 2; scale <= 4; scale++) {
        fovea_model *model = random_model((net_shape){
            .scale = scale, .channels = 32, .layers = 5, .skip = 2, .zp = 40, .passes = scale - 2, .keeps = scale - 2});
        fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1));
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < 81; i++) {
                const fovea_format format = formats[net_random(&seed) % 8];
                picture src = new_picture(format, 1 + i % 9, 1 + i / 9, 0);
                const size_t pixel = fovea_format_size(format), sample = format & 16 ? 2 : 1;
                uint8_t colour[8];
                for (size_t b = 0; b < pixel; b++)
                    colour[b] = (uint8_t)(round % 3 ? net_random(&seed) : net_random(&seed) % 2 ? 255 : 0);
                if ((format & 15) % 2 == 0) colour[pixel - sample] |= 1; /* visible: otherwise its colour is not kept */
                for (size_t b = 0; b < src.stride * (size_t)src.h; b++) src.pixels[b] = colour[b % pixel];
                picture out = upscale(up, &src);
                int right = 1;
                for (size_t b = 0; b < out.stride * (size_t)out.h; b++) right &= out.pixels[b] == colour[b % pixel];
                TAP_CHECK(right, "scale %d, format %d, %dx%d", scale, format, src.w, src.h);
                free(src.pixels);
                free(out.pixels);
            }
        fovea_upscaler_free(up);
        fovea_model_free(model);
    }
}

/* ---- Any size ---- */

static uint16_t sample_at(const picture *p, size_t i)
{
    uint16_t v;
    memcpy(&v, p->pixels + 2 * i, 2);
    return v;
}

/* doc/format.md, section 6, one sample at a time: down the columns, then along the row. */
static int resized_sample(const picture *net, const picture *out, fovea_shrink kind, int x, int y, int c)
{
    const fv_axis across = {.kind = kind, .in = net->w, .out = out->w}, down = {.kind = kind, .in = net->h, .out = out->h};
    const int channels = net->format & 15;
    int16_t wx[FV_MAX_RESIZE_TAPS], wy[FV_MAX_RESIZE_TAPS];
    int64_t fx, fy, sum = 8192;
    const int nx = fv_axis_weights(across, x, &fx, wx), ny = fv_axis_weights(down, y, &fy, wy);
    for (int i = 0; i < nx; i++) {
        const int col = fv_clamp((int)fx + i, 0, net->w - 1);
        int64_t column = 8192;
        for (int j = 0; j < ny; j++) {
            const int row = fv_clamp((int)fy + j, 0, net->h - 1);
            column += wy[j] *
                      (int64_t)sample_at(net, ((size_t)row * (size_t)net->w + (size_t)col) * (size_t)channels + (size_t)c);
        }
        sum += wx[i] * (column >> 14);
    }
    return fv_clamp((int)(sum >> 14), 0, 65535);
}

static picture resize_slowly(const picture *net, fovea_shrink kind, fovea_format format, int w, int h)
{
    picture out = new_picture(format, w, h, 0);
    const int channels = format & 15;
    for (int i = 0; i < w * h * channels; i++) {
        const uint16_t v = (uint16_t)resized_sample(net, &out, kind, i / channels % w, i / channels / w, i % channels);
        if (format & 16)
            memcpy(out.pixels + 2 * i, &v, 2);
        else
            out.pixels[i] = (uint8_t)((v + 128) / 257);
    }
    return out;
}

static void check_size(const fovea_model *model, const picture *src, const picture *net, int w, int h)
{
    fovea_model_info info = {.struct_size = sizeof info};
    TAP_CHECK(fovea_model_get_info(model, &info) == FOVEA_OK, "info");
    const fovea_shrink kind = info.keeps == FOVEA_KEEPS_AREAS ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC;
    picture expected = resize_slowly(net, kind, src->format, w, h), got = new_picture(src->format, w, h, 0);
    const uint32_t cpu = fv_cpu_detect();
    for (int i = -1; i < 32; i++) { /* all sets off, then every one that there is; others would be the same again */
        const uint32_t off = tap_brief() ? 0 : i < 0 ? ~0u : 1u << i;
        if (tap_brief() ? i > 1 : i > 0 && !(cpu & off)) continue; /* brief: numbers of threads alone */
        const int cut_like = (i + 3) % 3;
        fovea_upscaler *up = upscaler(
            model, fovea_options(.threads = 1 + cut_like, .strip_width = cut_like ? 16 + 9 * cut_like : 0, .cpu_disable = off));
        fovea_source source = whole_of(src);
        fovea_target target = target_of(&got);
        fovea_error error;
        source.result_w = w;
        source.result_h = h;
        memset(got.pixels, 0x5a, got.stride * (size_t)h);
        TAP_CHECK(fovea_upscale(up, &source, &target, &error) == FOVEA_OK, "%s", error.message);
        TAP_CHECK(same(&got, &expected), "%dx%d to %dx%d, format %d", src->w, src->h, w, h, src->format);

        const fovea_rect rect = {w / 3, h / 4, (w + 1) / 2, (h + 1) / 2};
        fovea_rect need;
        TAP_CHECK(fovea_rect_source_sized(up, src->w, src->h, w, h, rect, &need) == FOVEA_OK, "rect_source_sized");
        picture window = cut(src, need), part = new_picture(src->format, rect.w, rect.h, 0), right = cut(&expected, rect);
        source = (fovea_source){window.pixels, window.stride, src->format, need.x, need.y, need.w,
                                need.h,        src->w,        src->h,      w,      h};
        target = target_of(&part);
        TAP_CHECK(fovea_upscale_rect(up, &source, rect, &target, &error) == FOVEA_OK, "%s", error.message);
        TAP_CHECK(same(&part, &right), "a part of %dx%d to %dx%d, format %d", src->w, src->h, w, h, src->format);
        free(window.pixels), free(part.pixels), free(right.pixels);
        /* One at a time, too, where a walk goes on below: some rows then only had to wait. */
        for (int rows = i ? (h + 2) / 3 : 1; rows <= h; rows += (h + 2) / 3) {
            memset(got.pixels, 0x5a, got.stride * (size_t)h);
            upscale_columns(up, src, (w + 1) / 2, rows, &got);
            TAP_CHECK(same(&got, &expected), "%dx%d to %dx%d in columns, %d rows at a time, format %d", src->w, src->h, w, h,
                      rows, src->format);
        }
        fovea_upscaler_free(up);
    }
    free(expected.pixels), free(got.pixels);
}

/* A rectangle below the last one is made without the rows above it, so what stands there is of no account. Below another
 * one everything is made. */
static void test_below(void)
{
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 4, .passes = 2});
    fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1));
    picture src = random_picture(FOVEA_FORMAT_RGB8, 40, 60), right = upscale(up, &src),
            got = new_picture(FOVEA_FORMAT_RGB8, 80, 120, 0);
    picture spoilt = cut(&src, (fovea_rect){0, 0, 40, 60});
    memset(spoilt.pixels, 0, 20 * spoilt.stride);
    const fovea_rect upper = {8, 10, 50, 30}, lower = {8, 40, 50, 30};
    picture above = cut(&right, upper), expected = cut(&right, lower);
    for (int between = 0; between < 2; between++) {
        upscale_rect(up, &src, upper, &got);
        if (between) upscale_rect(up, &src, (fovea_rect){8, 12, 50, 28}, &got);
        if (between) upscale_rect(up, &src, (fovea_rect){0, 0, 80, 7}, &got);
        upscale_part(up, &spoilt, lower, &got, true);
        picture a = cut(&got, upper), b = cut(&got, lower);
        TAP_CHECK(same(&a, &above), "the upper rectangle");
        TAP_CHECK(same(&b, &expected) == !between, "the lower rectangle, %d between", between);
        free(a.pixels), free(b.pixels);
    }
    free(src.pixels), free(right.pixels), free(got.pixels), free(spoilt.pixels), free(above.pixels), free(expected.pixels);
    fovea_upscaler_free(up);
    fovea_model_free(model);
}

static int cancel_when(void *user, uint64_t done, uint64_t total)
{
    (void)total;
    return *(bool *)user && done > 0;
}

/* What a walk left is of no use to a picture of another size or format, nor is what a cancelled walk left to any. */
static void test_not_below(void)
{
    static const struct {
        fovea_format format;
        int w, h, out_w, out_h;
        bool cancelled;
    } cases[] = {
        {FOVEA_FORMAT_RGB16, 40, 60, 80, 120, false}, {FOVEA_FORMAT_RGB8, 41, 60, 80, 120, false},
        {FOVEA_FORMAT_RGB8, 40, 61, 80, 120, false},  {FOVEA_FORMAT_RGB8, 40, 60, 79, 120, false},
        {FOVEA_FORMAT_RGB8, 40, 60, 80, 119, false},  {FOVEA_FORMAT_RGB8, 40, 60, 80, 120, true},
    };
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 4, .passes = 2});
    bool cancel = false;
    fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1, .progress = cancel_when, .progress_user = &cancel)),
                   *fresh = upscaler(model, fovea_options(.threads = 1));
    picture src = random_picture(FOVEA_FORMAT_RGB8, 40, 60), out = new_picture(FOVEA_FORMAT_RGB8, 80, 120, 0);
    const fovea_source source = whole_of(&src);
    const fovea_target target = target_of(&out);
    const fovea_rect upper = {8, 0, 40, 40}, lower = {8, 40, 40, 30};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        picture other = random_picture(cases[i].format, cases[i].w, cases[i].h),
                whole = new_picture(other.format, cases[i].out_w, cases[i].out_h, 0);
        upscale_rect(fresh, &other, lower, &whole);
        picture expected = cut(&whole, lower);
        upscale_rect(up, &src, upper, &out);
        cancel = cases[i].cancelled;
        TAP_CHECK(!cancel || fovea_upscale(up, &source, &target, NULL) == FOVEA_ERROR_CANCELLED, "not cancelled");
        cancel = false;
        memset(whole.pixels, 0, whole.stride * (size_t)whole.h);
        upscale_part(up, &other, lower, &whole, true);
        picture got = cut(&whole, lower);
        TAP_CHECK(same(&got, &expected), "case %zu goes on where it can't", i);
        free(other.pixels), free(whole.pixels), free(expected.pixels), free(got.pixels);
    }
    free(src.pixels), free(out.pixels);
    fovea_upscaler_free(up), fovea_upscaler_free(fresh);
    fovea_model_free(model);
}

static void test_any_size(void)
{
    for (int scale = 2; scale <= 4; scale++) {
        fovea_model *model = random_model(
            (net_shape){.scale = scale, .channels = 16, .layers = 3, .passes = scale - 2, .keeps = 4 - scale});
        for (int round = 0; round < tap_rounds(tap_brief() ? 2 : 6, 60); round++) {
            picture src = random_picture(formats[net_random(&seed) % 8], net_between(&seed, 1, 60), net_between(&seed, 1, 50));
            picture net = new_picture((fovea_format)(src.format | 16), src.w * scale, src.h * scale, 0);
            fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1));
            fovea_source source = whole_of(&src);
            fovea_target target = target_of(&net);
            TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_OK, "the net's own size");
            source.result_w = src.w - 1;
            source.result_h = src.h;
            TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_ERROR_ARGUMENT, "smaller than the picture");
            source.result_w = src.w * scale + 1;
            TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_ERROR_ARGUMENT, "larger than the net's");
            fovea_upscaler_free(up);
            check_size(model, &src, &net, net_between(&seed, src.w, net.w), net_between(&seed, src.h, net.h));
            if (net.h > src.h) check_size(model, &src, &net, net.w, net_between(&seed, src.h, net.h - 1));
            check_size(model, &src, &net, src.w, src.h);
            free(src.pixels), free(net.pixels);
        }
        fovea_model_free(model);
    }
}

/* 8-bit pictures as 16-bit ones (v * 257) give the same work; a 16-bit target rounds to the 8-bit one. */
static void test_depths(void)
{
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 4, .zp = 0});
    fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1));
    picture narrow = random_picture(FOVEA_FORMAT_RGB8, 23, 11), wide = new_picture(FOVEA_FORMAT_RGB16, 23, 11, 0);
    for (int y = 0; y < 11; y++)
        for (int i = 0; i < 69; i++) {
            const uint16_t v = (uint16_t)(narrow.pixels[(size_t)y * narrow.stride + (size_t)i] * 257);
            memcpy(wide.pixels + (size_t)y * wide.stride + 2 * (size_t)i, &v, 2);
        }
    picture a = upscale(up, &narrow), b = new_picture(FOVEA_FORMAT_RGB8, 46, 22, 0), c = upscale(up, &wide);
    fovea_source source = whole_of(&wide);
    fovea_target target = target_of(&b);
    TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_OK, "16 to 8");
    TAP_CHECK(same(&a, &b), "8-bit source and 16-bit source differ");
    int near = 1;
    for (size_t i = 0; i < 46 * 22 * 3; i++) {
        uint16_t v;
        memcpy(&v, c.pixels + 2 * i, 2);
        near &= abs(v - a.pixels[i] * 257) <= 129;
    }
    TAP_CHECK(near, "16-bit result is not the 8-bit one");
    free(narrow.pixels), free(wide.pixels), free(a.pixels), free(b.pixels), free(c.pixels);
    fovea_upscaler_free(up);
    fovea_model_free(model);
}

/* What transparent pixels hide has no say in what is seen. */
static void test_hidden_colours(void)
{
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 32, .layers = 4, .zp = 0, .passes = 2});
    fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1));
    picture a = random_picture(FOVEA_FORMAT_RGBA8, 40, 30), b = cut(&a, (fovea_rect){0, 0, 40, 30});
    int hidden = 0;
    for (int i = 0; i < 40 * 30; i++)
        if (b.pixels[4 * i + 3] == 0) {
            b.pixels[4 * i] = (uint8_t)net_random(&seed);
            b.pixels[4 * i + 1] ^= 0xff;
            hidden++;
        }
    TAP_CHECK(hidden > 0, "the picture has no holes");
    picture x = upscale(up, &a), y = upscale(up, &b);
    TAP_CHECK(same(&x, &y), "a hidden colour shows");
    free(a.pixels), free(b.pixels), free(x.pixels), free(y.pixels);
    fovea_upscaler_free(up);
    fovea_model_free(model);
}

/* ---- Rows that are finished before the rest ---- */

typedef struct watch {
    const fovea_upscaler *up;
    const uint8_t *target;
    uint8_t *seen; /* rows as they were when they were said to be finished */
    size_t stride;
    int32_t rows, early; /* finished so far; and before the last call */
    int fell;
} watch;

static int on_progress(void *user, uint64_t done, uint64_t total)
{
    watch *w = user;
    const int32_t rows = fovea_upscaler_finished(w->up);
    w->fell += rows < w->rows;
    if (done < total) w->early = rows;
    if (rows > w->rows) {
        memcpy(w->seen + (size_t)w->rows * w->stride, w->target + (size_t)w->rows * w->stride,
               (size_t)(rows - w->rows) * w->stride);
        w->rows = rows;
    }
    return 0;
}

static void check_finished(const fovea_model *model, const picture *src, int threads, int strip, fovea_rect r)
{
    watch w = {.rows = 0};
    fovea_upscaler *up = upscaler(
        model, fovea_options(.threads = threads, .strip_width = strip, .progress = on_progress, .progress_user = &w));
    fovea_error error;
    w.up = up;
    w.stride = (size_t)r.w * fovea_format_size(src->format);
    uint8_t *target = malloc(w.stride * (size_t)r.h);
    w.target = target;
    w.seen = malloc(w.stride * (size_t)r.h);
    const fovea_source source = {src->pixels, src->stride, src->format, 0, 0, src->w, src->h, src->w, src->h, 0, 0};
    const fovea_target to = {target, w.stride, src->format};
    TAP_CHECK(fovea_upscaler_finished(up) == 0, "nothing is at work");
    TAP_CHECK(!fovea_upscale_rect(up, &source, r, &to, &error), "%s", error.message);
    TAP_CHECK(w.rows == r.h && !w.fell, "%d threads, strip %d: %d of %d rows", threads, strip, w.rows, r.h);
    TAP_CHECK(threads > 1 || r.h <= 64 || w.early > 0, "%d threads, strip %d: all rows came at once", threads, strip);
    TAP_CHECK(!memcmp(w.seen, target, w.stride * (size_t)r.h), "%d threads, strip %d: a finished row changed", threads, strip);
    TAP_CHECK(fovea_upscaler_finished(up) == 0 && fovea_upscaler_finished(NULL) == 0, "nothing is at work any more");
    free(target), free(w.seen);
    fovea_upscaler_free(up);
}

static void test_finished(void)
{
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0, .passes = 2});
    picture src = random_picture(FOVEA_FORMAT_RGB8, 90, 210);
    for (int threads = 1; threads <= 3; threads++)
        for (int strip = 16; strip <= 128; strip += 56) {
            check_finished(model, &src, threads, strip, (fovea_rect){0, 0, 180, 420});
            check_finished(model, &src, threads, strip, (fovea_rect){7, 33, 101, 301});
            check_finished(model, &src, threads, strip, (fovea_rect){0, 419, 180, 1});
        }
    free(src.pixels);
    fovea_model_free(model);
}

int main(int argc, char **argv)
{
    if (argc > 1) seed = strtoull(argv[1], NULL, 10) * 2 + 1;
    tap_note("seed %llu", (unsigned long long)seed / 2);
    test_any_cut_any_set();
    test_below();
    test_not_below();
    test_any_size();
    test_finished();
    if (!tap_brief()) {
        check_weights(-0.5, fv_anchor_get);
        check_weights(-2, fv_anchor_get_sharp);
        test_mirrored();
        test_constants();
        test_depths();
        test_hidden_colours();
    }
    return tap_done("upscale");
}
