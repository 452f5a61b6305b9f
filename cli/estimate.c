/* SPDX-License-Identifier: MIT
 *
 * Everything goes by one figure: what a picture takes as a JPEG of quality 90, in bits a pixel. The source's file gives
 * it for the source, by its format and quality; an enlargement has less for each pixel; each format of the result takes
 * a power of it. All constants are fitted to measurements (doc/design.md, "Predicted sizes"). */
#include "estimate.h"

#include <math.h>
#include <stdio.h>

#define SPARSER 0.45       /* an enlargement s times has s^-0.45 of the bits for each pixel */
#define TYPICAL 2.5        /* of a photograph whose file tells nothing */
#define FIXED 700          /* bytes that any file has */
#define MOST 0.97          /* of the raw samples, for what is compressed without loss */

/* ---- Quality ----------------------------------------------------------------------------------------------- */

struct point {
    int quality;
    double rate;
};

/* Between two points the rate runs straight in its logarithm. */
static double rate_at(const struct point *points, int quality)
{
    const struct point *p = points;
    if (quality <= p->quality) return p->rate;
    while (p[1].quality && p[1].quality < quality) p++;
    if (!p[1].quality) return p->rate;
    const double share = (double)(quality - p->quality) / (p[1].quality - p->quality);
    return p->rate * pow(p[1].rate / p->rate, share);
}

/* Bits at a quality against those at the first column's reference: JPEG 90, WebP 80, AVIF 80, JPEG XL 90. */
static const struct point jpeg_rates[] = {{10, 0.14}, {40, 0.41}, {60, 0.50}, {75, 0.62}, {80, 0.70},
                                          {90, 1.0},  {95, 1.62}, {100, 3.3}, {0, 0}};
static const struct point webp_rates[] = {{10, 0.35}, {40, 0.59}, {60, 0.73}, {80, 1.0},
                                          {90, 1.6},  {95, 2.1},  {100, 2.9}, {0, 0}};
static const struct point avif_rates[] = {{10, 0.2}, {40, 0.52}, {60, 0.73}, {80, 1.0},
                                          {90, 1.6}, {95, 2.2},  {100, 4.3}, {0, 0}};
static const struct point jxl_rates[] = {{10, 0.2}, {40, 0.38}, {60, 0.48}, {80, 0.70},
                                         {90, 1.0}, {95, 1.45}, {100, 3.6}, {0, 0}};

/* ---- Formats ----------------------------------------------------------------------------------------------- */

/* A format takes scale * j^power bits a pixel, where j is what JPEG 90 takes. */
struct law {
    double scale, power;
    const struct point *rates; /* NULL: without loss */
    int reference;             /* the quality that scale and power are for */
};

static struct law law_of(const struct estimate_side *side)
{
    switch (side->lossless ? FORMAT_PNG : side->format) {
    case FORMAT_JPEG: return (struct law){1, 1, jpeg_rates, 90};
    case FORMAT_WEBP: return (struct law){0.28, 1.5, webp_rates, 80};
    case FORMAT_AVIF:
    case FORMAT_HEIC: return (struct law){0.30, 1.5, avif_rates, 80};
    case FORMAT_JXL: return (struct law){0.42, 1.4, jxl_rates, 90};
    case FORMAT_GIF: return (struct law){0.85, 1.35, NULL, 0}; /* a byte stands for a colour */
    case FORMAT_TIFF: return (struct law){4.7, 1.3, NULL, 0};
    default: return (struct law){side->lossless ? 2.6 : 4.0, 1.35, NULL, 0};
    }
}

/* Bits a pixel as they lie in memory. */
static double raw_bits(const struct estimate_side *side) { return (double)side->channels * side->bits; }

/* The lower half of 16 bits is noise that no format makes smaller. */
static double noise_bits(const struct estimate_side *side) { return side->bits > 8 ? 8.0 * side->channels : 0; }

/* Is a picture of these bits a pixel compressed at all? What is not tells nothing of its content. */
static bool tells(const struct estimate_side *side, double bits)
{
    return side->format != FORMAT_PNM && bits < MOST * raw_bits(side);
}

/* What the source takes as a JPEG of quality 90. */
static double content_of(const struct estimate_side *source, double bits)
{
    const struct law law = law_of(source);
    if (!tells(source, bits)) return TYPICAL;
    if (law.rates)
        bits /= rate_at(law.rates, source->quality ? source->quality : law.reference);
    else
        bits = fmax(bits - noise_bits(source), bits / 8);
    return pow(bits / law.scale, 1 / law.power);
}

uint64_t estimate_bytes(const struct estimate_side *source, uint64_t source_bytes, const struct estimate_side *result)
{
    const double pixels = (double)source->width * source->height, more = (double)result->width * result->height;
    const double times = sqrt(more / pixels), payload = fmax((double)source_bytes - FIXED, (double)source_bytes / 8);
    const double content = content_of(source, payload * 8 / pixels) * pow(times, -SPARSER);
    const struct law law = law_of(result);
    double bits = law.scale * pow(content, law.power);
    if (law.rates)
        bits *= rate_at(law.rates, result->quality ? result->quality : law.reference);
    else
        bits = fmin(bits + noise_bits(result), MOST * raw_bits(result));
    return (uint64_t)(bits * more / 8) + FIXED;
}

void estimate_words(uint64_t bytes, char *words, int room)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 999.5 && unit < 4; unit++) value /= 1000;
    snprintf(words, (size_t)room, "%.*f %s", unit && value < 9.95 ? 1 : 0, value, units[unit]);
}
