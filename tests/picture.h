/* SPDX-License-Identifier: MIT
 *
 * Random pictures and nets for tests of the public interface, and the calls they make all the time. The numbers come
 * from `seed`, which a test may set. */
#ifndef TESTS_PICTURE_H
#define TESTS_PICTURE_H

#include "fovea.h"
#include "net.h"
#include "tap.h"

static uint64_t seed = 20261;

/* ---- Pictures ---- */

typedef struct picture {
    fovea_format format;
    int w, h;
    size_t stride;
    uint8_t *pixels;
} picture;

static const fovea_format formats[] = {
    FOVEA_FORMAT_G8,  FOVEA_FORMAT_GA8,  FOVEA_FORMAT_RGB8,  FOVEA_FORMAT_RGBA8,
    FOVEA_FORMAT_G16, FOVEA_FORMAT_GA16, FOVEA_FORMAT_RGB16, FOVEA_FORMAT_RGBA16,
};

/* Exactly as many bytes as the rows need, so that a sanitizer sees a read beyond them. */
static inline picture new_picture(fovea_format format, int w, int h, size_t padding)
{
    picture p = {format, w, h, (size_t)w * fovea_format_size(format) + padding, NULL};
    p.pixels = malloc(p.stride * (size_t)h);
    memset(p.pixels, 0xa5, p.stride * (size_t)h);
    return p;
}

/* Smooth, noisy and hard-edged parts; alpha with holes, every other time opaque but for a third. */
static inline picture random_picture(fovea_format format, int w, int h)
{
    picture p = new_picture(format, w, h, 2 * (net_random(&seed) % 9));
    const int channels = format & 15, wide = format & 16, block = 1 << net_between(&seed, 0, 4);
    const bool alpha = channels % 2 == 0, opaque = net_random(&seed) % 2;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int c = 0; c < channels; c++) {
                int v = (x / block + y / block + c) % 3 ? (x * 997 + y * 331 + c * 5000) & 65535
                                                        : (int)(net_random(&seed) & 65535);
                if (alpha && c == channels - 1 && (x / block * 7 + y / block * 3) % 4 == 0) v = 0;
                if (alpha && c == channels - 1 && opaque && 3 * x >= w) v = 65535;
                uint8_t *at = p.pixels + (size_t)y * p.stride + (size_t)(x * channels + c) * (wide ? 2 : 1);
                const uint16_t v16 = (uint16_t)v;
                if (wide)
                    memcpy(at, &v16, 2);
                else
                    *at = (uint8_t)(v >> 8);
            }
    return p;
}

static inline fovea_source whole_of(const picture *p)
{
    return (fovea_source){p->pixels, p->stride, p->format, 0, 0, p->w, p->h, p->w, p->h, 0, 0};
}

static inline fovea_target target_of(const picture *p) { return (fovea_target){p->pixels, p->stride, p->format}; }

static inline int same(const picture *a, const picture *b)
{
    for (int y = 0; y < a->h; y++)
        if (memcmp(a->pixels + (size_t)y * a->stride, b->pixels + (size_t)y * b->stride,
                   (size_t)a->w * fovea_format_size(a->format)))
            return 0;
    return 1;
}

/* ---- Models and upscalers ---- */

static inline fovea_model *random_model(net_shape shape)
{
    net_bytes n = net_make(shape, net_random(&seed));
    fovea_model *model;
    fovea_error error;
    TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &model, &error) == FOVEA_OK, "%s at %llu", error.message,
              (unsigned long long)error.offset);
    free(n.bytes);
    return model;
}

static inline fovea_upscaler *upscaler(const fovea_model *model, const fovea_options *options)
{
    fovea_upscaler *up;
    fovea_error error;
    TAP_CHECK(fovea_upscaler_new(model, options, &up, &error) == FOVEA_OK, "%s", error.message);
    return up;
}

static inline int scale_of(const fovea_upscaler *up)
{
    fovea_upscaler_info info = {.struct_size = sizeof info};
    TAP_CHECK(fovea_upscaler_get_info(up, &info) == FOVEA_OK, "info");
    return info.scale;
}

static inline picture upscale(fovea_upscaler *up, const picture *src)
{
    const int s = scale_of(up);
    picture out = new_picture(src->format, src->w * s, src->h * s, 0);
    fovea_source source = whole_of(src);
    fovea_target target = target_of(&out);
    fovea_error error;
    TAP_CHECK(fovea_upscale(up, &source, &target, &error) == FOVEA_OK, "%s", error.message);
    return out;
}

/* A copy of just the window of src, so that nothing outside it can be read. */
static inline picture cut(const picture *src, fovea_rect r)
{
    const size_t size = fovea_format_size(src->format);
    picture p = new_picture(src->format, r.w, r.h, 0);
    for (int y = 0; y < r.h; y++)
        memcpy(p.pixels + (size_t)y * p.stride, src->pixels + (size_t)(y + r.y) * src->stride + (size_t)r.x * size,
               (size_t)r.w * size);
    return p;
}

/* rect of src's result from exactly the window it needs, written into its place in out. */
static inline void upscale_part(fovea_upscaler *up, const picture *src, fovea_rect rect, picture *out, bool below)
{
    fovea_rect need;
    TAP_CHECK(fovea_rect_source_sized(up, src->w, src->h, out->w, out->h, rect, &need) == FOVEA_OK, "rect_source");
    picture window = cut(src, need);
    fovea_source source = {window.pixels, window.stride, src->format, need.x, need.y, need.w,
                           need.h,        src->w,        src->h,      out->w, out->h};
    fovea_target target = target_of(out);
    target.pixels = out->pixels + (size_t)rect.y * out->stride + (size_t)rect.x * fovea_format_size(out->format);
    fovea_error error;
    TAP_CHECK((below ? fovea_upscale_below : fovea_upscale_rect)(up, &source, rect, &target, &error) == FOVEA_OK, "%s",
              error.message);
    free(window.pixels);
}

static inline void upscale_rect(fovea_upscaler *up, const picture *src, fovea_rect rect, picture *out)
{
    upscale_part(up, src, rect, out, false);
}

/* All of out in columns w wide, each in rectangles of height h that follow one another. */
static inline void upscale_columns(fovea_upscaler *up, const picture *src, int w, int h, picture *out)
{
    for (int x = 0; x < out->w; x += w)
        for (int y = 0; y < out->h; y += h)
            upscale_part(up, src, (fovea_rect){x, y, fv_min(w, out->w - x), fv_min(h, out->h - y)}, out, true);
}

#endif
