/* SPDX-License-Identifier: MIT
 *
 * Picture rows into the working form. An 8-bit sample v becomes v * 257, so that 255 is 65535; grey becomes three equal
 * colours, and so does alpha where it is alone; the colour of a transparent pixel, which nobody chose, is taken from its
 * visible neighbours. */
#include "pixels.h"

static const uint8_t *pixel_at(const fovea_source *src, int x, int y)
{
    return (const uint8_t *)src->pixels + (size_t)(y - src->y) * src->stride +
           (size_t)(x - src->x) * fv_format_pixel(src->format);
}

/* count samples to 16 bits. */
static void widen(const uint8_t *from, int sample, uint16_t *to, int count)
{
    if (sample == 2)
        memcpy(to, from, 2 * (size_t)count);
    else
        for (int i = 0; i < count; i++) to[i] = (uint16_t)(from[i] * 257);
}

/* One pixel's channels as 16-bit samples. */
static void get_pixel(const fovea_source *src, int x, int y, uint16_t p[4])
{
    widen(pixel_at(src, x, y), fv_format_sample(src->format), p, fv_format_channels(src->format));
}

/* The mean colour of what is visible in the window of radius r around (x, y), false if nothing is. */
static bool mean_visible(const fovea_source *src, int x, int y, int r, uint16_t *colour)
{
    const int colours = fv_format_channels(src->format) - 1;
    uint32_t sum[3] = {0}, n = 0;
    for (int j = fv_max(y - r, 0); j <= fv_min(y + r, src->picture_h - 1); j++)
        for (int i = fv_max(x - r, 0); i <= fv_min(x + r, src->picture_w - 1); i++) {
            uint16_t p[4];
            get_pixel(src, i, j, p);
            if (!p[colours]) continue;
            for (int c = 0; c < colours; c++) sum[c] += p[c];
            n++;
        }
    for (int c = 0; c < colours && n; c++) colour[c] = (uint16_t)((sum[c] + n / 2) / n);
    return n > 0;
}

/* Whether anything within reach of row y is visible in column x; nothing is beside the picture. */
static bool column_visible(const fovea_source *src, int x, int y)
{
    if (x < 0 || x >= src->picture_w) return false;
    const int colours = fv_format_channels(src->format) - 1;
    for (int j = fv_max(y - FV_FILL_REACH, 0); j <= fv_min(y + FV_FILL_REACH, src->picture_h - 1); j++) {
        uint16_t p[4];
        get_pixel(src, x, j, p);
        if (p[colours]) return true;
    }
    return false;
}

/* What is visible around a pixel on its way along row y: bit b of `columns` is for the column `next` - 1 - b. */
typedef struct view {
    uint32_t columns;
    int next;
} view;

/* Whether anything within reach of pixel x is visible: what makes wide clear areas cheap, for it looks at each column once. x
 * never falls. */
static bool any_visible(const fovea_source *src, int x, int y, view *v)
{
    v->next = fv_max(v->next, x - FV_FILL_REACH);
    for (; v->next <= x + FV_FILL_REACH; v->next++) v->columns = v->columns << 1 | column_visible(src, v->next, y);
    return (v->columns & ((1u << (2 * FV_FILL_REACH + 1)) - 1)) != 0;
}

static void fill_transparent(const fovea_source *src, int x, int y, view *v, uint16_t *colour)
{
    memset(colour, 0, sizeof *colour * (size_t)(fv_format_channels(src->format) - 1));
    if (!any_visible(src, x, y, v)) return;
    for (int r = 1; r <= FV_FILL_REACH && !mean_visible(src, x, y, r, colour); r++) {
    }
}

/* n pixels within the picture and the window. */
static void load_inside(const fovea_source *src, int x, int y, int n, uint16_t *rgb, uint16_t *alpha)
{
    const int channels = fv_format_channels(src->format), sample = fv_format_sample(src->format);
    const uint8_t *from = pixel_at(src, x, y);
    if (channels == 3) {
        widen(from, sample, rgb, 3 * n);
        return;
    }
    view around = {0, x - FV_FILL_REACH};
    for (int i = 0; i < n; i++) {
        uint16_t p[4] = {0};
        widen(from + i * channels * sample, sample, p, channels);
        if (fv_format_alpha(src->format)) {
            alpha[i] = p[channels - 1];
            if (!alpha[i]) fill_transparent(src, x + i, y, &around, p);
        }
        const int grey = fv_format_alone(src->format) ? channels - 1 : 0;
        for (int c = 0; c < 3; c++) rgb[3 * i + c] = p[fv_format_grey(src->format) ? grey : c];
    }
}

/* Repeats pixel `from` as pixel `to`. alpha may be NULL. */
static void copy_pixel(uint16_t *rgb, uint16_t *alpha, int from, int to)
{
    memcpy(rgb + 3 * to, rgb + 3 * from, 3 * sizeof *rgb);
    if (alpha) alpha[to] = alpha[from];
}

void fv_pixels_load(const fovea_source *src, int x, int y, int n, uint16_t *rgb, uint16_t *alpha)
{
    y = fv_clamp(y, 0, src->picture_h - 1);
    const int from = fv_clamp(x, 0, src->picture_w - 1), to = fv_clamp(x + n - 1, 0, src->picture_w - 1) + 1;
    const bool has_alpha = fv_format_alpha(src->format);
    const int left = from - x; /* pixels before the picture's first */
    uint16_t *const first = rgb + 3 * left;
    load_inside(src, from, y, to - from, first, has_alpha ? alpha + left : NULL);

    for (int i = 0; i < left; i++) copy_pixel(rgb, has_alpha ? alpha : NULL, left, i);
    for (int i = left + to - from; i < n; i++) copy_pixel(rgb, has_alpha ? alpha : NULL, left + to - from - 1, i);
}

/* Four samples at a time, which is one move; the compiler knows the scale, and that pointers of its own stay as they are. */
static ALWAYS_INLINE void split(const uint16_t *row, const int s, uint16_t *const phase[4], int n)
{
    uint16_t *to[4];
    for (int d = 0; d < s; d++) to[d] = phase[d];
    for (int i = 0; i < n; i++)
        for (int d = 0; d < s; d++) memcpy(to[d] + 3 * i, row + 3 * (s * i + d), 4 * sizeof *row);
}

static ALWAYS_INLINE void join(const uint16_t *const phase[4], const int s, uint16_t *row, int n)
{
    const uint16_t *from[4];
    for (int d = 0; d < s; d++) from[d] = phase[d];
    for (int i = 0; i < n; i++)
        for (int d = 0; d < s; d++) memcpy(row + 3 * (s * i + d), from[d] + 3 * i, 4 * sizeof *row);
}

void fv_phases_split(const uint16_t *row, int s, uint16_t *const phase[4], int n)
{
    switch (s) {
    case 2: split(row, 2, phase, n); break;
    case 3: split(row, 3, phase, n); break;
    default: split(row, 4, phase, n); break;
    }
}

void fv_phases_join(const uint16_t *const phase[4], int s, uint16_t *row, int n)
{
    switch (s) {
    case 2: join(phase, 2, row, n); break;
    case 3: join(phase, 3, row, n); break;
    default: join(phase, 4, row, n); break;
    }
}
