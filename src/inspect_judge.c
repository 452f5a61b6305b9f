/* SPDX-License-Identifier: MIT
 *
 * What the figures mean. The limits of the kinds lie in the gaps between labelled pictures (bench/inspect/README.md has
 * the table); where there is doubt a picture is a photo, because the net for screens hurts photographs most. */
#include "inspect.h"

enum { SMALLEST = 16, SMALLEST_SPECTRUM = 64 }; /* shorter sides tell nothing */

static const double screen_flat = 0.4, art_flat = 0.62; /* the least share of flat pixels in each */
static const double drawn_texture = 0.15; /* art has less, photographs cut out on white have more */
static const double shrunk_rings = 0.15; /* what was made smaller has more */

/* Rendered: most of it exactly flat, few colours make it up, and straight lines along the axes or the upright strokes of
 * letters. Of steps alone only enlarged pixel art is made. */
static bool is_screen(const fovea_traits *t)
{
    const bool lines = t->straight >= 1 && t->common >= 0.65;
    const bool letters = t->aligned >= 0.045 && t->strong >= 0.02 && t->common >= 0.9 && t->flat >= 0.7;
    return t->flat >= screen_flat && t->aligned < 0.8 && (lines || letters);
}

bool fv_can_be_drawn(const fovea_inspect *in)
{
    const uint64_t w = (uint64_t)in->w, to_come = w * (uint64_t)(in->h - in->y);
    return (double)(in->counts.flat + to_come) / (double)(w * (uint64_t)in->h) >= screen_flat;
}

/* Drawn: exactly flat between its edges, or nearly. */
static bool is_art(const fovea_traits *t) { return t->flat >= art_flat && t->smooth >= 0.7 && t->texture < drawn_texture; }

/* Paper: pale nearly everywhere, with many strong edges; grain and shade keep it from being exactly flat. */
static bool is_document(const fovea_traits *t)
{
    return t->bright >= 0.55 && t->common >= 0.5 && t->strong >= 0.05 && t->dark <= 0.3 && t->flat < 0.6;
}

static fovea_content content_of(const fovea_traits *t)
{
    if (t->width < SMALLEST || t->rows < SMALLEST) return FOVEA_CONTENT_UNKNOWN;
    return is_screen(t)     ? FOVEA_CONTENT_SCREEN
           : is_art(t)      ? FOVEA_CONTENT_ART
           : is_document(t) ? FOVEA_CONTENT_DOCUMENT
                            : FOVEA_CONTENT_PHOTO;
}

/* Logistic regression over spectrum and periods, fitted by bench/inspect/fit.py; the constant is moved by half a unit
 * so that fewer untouched pictures are suspected. It knows little of smooth pictures that were enlarged much; but of all
 * untouched ones looked at none had its sharpest edges wider than 1.8 pixels. */
static double enlarged_score(const fovea_traits *t)
{
    static const double by_frequency[16] = {-0.1077, -0.3963, 1.2427,  0.4792,  -0.1981, 0.3763,  0.4192,  -0.1443,
                                            -0.537,  -0.9133, -0.6691, -0.5573, -0.1198, -0.5537, -0.4725, -0.7104};
    static const double by_period[4] = {1.484, -0.8565, 0.5433, -0.481};
    double score = 6.3369 - 0.5;
    for (int k = 0; k < 16; k++) score += by_frequency[k] * t->spectrum[k];
    for (int k = 0; k < 4; k++) score += by_period[k] * t->periods[k];
    return score + (t->edge_width > 2 ? 2 * (t->edge_width - 2) : 0);
}

void fv_judge(fovea_traits *t)
{
    t->content = content_of(t);
    t->rendered = (t->content == FOVEA_CONTENT_SCREEN || t->content == FOVEA_CONTENT_ART) && t->rings < shrunk_rings;
    if (t->width < SMALLEST_SPECTRUM || t->rows < SMALLEST_SPECTRUM || !t->has_periods) return;
    t->enlarged_score = enlarged_score(t);
    t->was_enlarged = t->enlarged_score > 0;
}

/* ---- Saved before ---- */

enum { DOUBT = 5 }; /* of their own tables pixels tell 3 less at most, turned ones too */

int32_t fovea_inspect_worse_quality(const fovea_jpeg *given, int32_t saved_quality)
{
    fovea_jpeg jpeg = {0};
    if (given) fv_struct_take(given, &jpeg, sizeof jpeg);
    const int32_t own = jpeg.low_quality ? jpeg.low_quality : jpeg.quality;
    return saved_quality > 0 && (!own || saved_quality < own - DOUBT) ? saved_quality : jpeg.quality;
}

/* ---- Creative? ---- */

enum { POOR_JPEG = 75, OLD_SIDE = 1000 }; /* below it blocks and rings are seen; pixels: an old print, scanned for the web */

/* Without colour alone tells nothing: many a clean picture is. */
static bool is_old(const fovea_traits *t)
{
    return t->grey >= 0.95 && fv_max(t->width, t->height) <= OLD_SIDE && (t->grain >= 1 || t->edge_width >= 1.5);
}

/* What there is to be made good in a photograph. */
static fovea_gain photo_gain(const fovea_traits *t, int32_t jpeg_quality)
{
    if (jpeg_quality > 0 && jpeg_quality < POOR_JPEG) return FOVEA_GAIN_COMPRESSED;
    if (t->blocks >= 1.4) return FOVEA_GAIN_BLOCKS;
    if (t->was_enlarged) return FOVEA_GAIN_ENLARGED;
    if (t->edge_width >= 2) return FOVEA_GAIN_SOFT;
    if (t->grain >= FOVEA_NOISY) return FOVEA_GAIN_NOISY;
    return is_old(t) ? FOVEA_GAIN_OLD : FOVEA_GAIN_CLEAN;
}

fovea_gain fovea_inspect_gain(const fovea_traits *given, int32_t jpeg_quality)
{
    fovea_traits t = {0};
    if (given) fv_struct_take(given, &t, sizeof t);
    switch (t.content) {
    case FOVEA_CONTENT_PHOTO: return photo_gain(&t, jpeg_quality);
    case FOVEA_CONTENT_SCREEN: return FOVEA_GAIN_SCREEN;
    case FOVEA_CONTENT_DOCUMENT: return FOVEA_GAIN_DOCUMENT;
    case FOVEA_CONTENT_ART: return t.rendered ? FOVEA_GAIN_CRISP : FOVEA_GAIN_DRAWN;
    default: return FOVEA_GAIN_UNKNOWN;
    }
}
