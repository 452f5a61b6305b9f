/* SPDX-License-Identifier: MIT
 *
 * The promise in numbers (doc/report.md). Invented detail, grain and clipping are told but not judged: a
 * true large photograph has detail that its small one doesn't tell, and whether it is right nobody can see from there. */
#define _GNU_SOURCE 1
#include "figures.h"

#include <math.h>
#include <stdlib.h>

#include "report.h"

#define DRIFT_MEAN 0.5
#define DRIFT_P99 2.0
/* Of a result in a lossy format, whose colours come in steps and at half the resolution; 1 is what can just be seen side by side. */
#define DRIFT_MEAN_LOSSY 1.0
#define DRIFT_P99_LOSSY 3.0
#define HALOS 0.01 /* of all edges */
#define BLOCK_MEAN 1.0 /* levels */
#define BLOCK_COLOUR 2.0 /* levels */
/* What a JPEG file of whatever quality may cost a block of one colour, levels of blue: half a step of Y and of Cb, times 1.772. The steps of
 * WebP and AVIF are no finer. */
#define LOSSY_STEPS 1.4
#define PLACE 0.1 /* small pixels */

/* ---- Judging ----------------------------------------------------------------------------------------------- */

/* Rounding to whole pixels may cost one of the large picture on each side; more is a stretched picture. */
static bool same_shape(const struct pair_result *pair)
{
    double across = (double)pair->large_w / pair->small_w, down = (double)pair->large_h / pair->small_h;
    double larger = across > down ? across : down;
    return fabs(across - down) * (pair->small_w < pair->small_h ? pair->small_w : pair->small_h) <= larger;
}

static double block_limit(const struct pair_result *pair) { return BLOCK_MEAN + (pair->large_lossy ? LOSSY_STEPS : 0); }

static bool consistent(const struct pair_result *pair)
{
    if (pair->blocks) return pair->figures.block_max <= block_limit(pair);
    return pair->figures.psnr >= (pair->shrink == FOVEA_SHRINK_AREA ? FIGURES_PSNR_AREA : FIGURES_PSNR_BICUBIC);
}

static double mean_limit(const struct pair_result *pair) { return pair->large_lossy ? DRIFT_MEAN_LOSSY : DRIFT_MEAN; }

/* JPEG's noise is in the colours too: where it was not kept, they are those of the blocks. */
static bool colours_kept(const struct pair_result *pair)
{
    const fovea_figures *f = &pair->figures;
    if (pair->blocks) return f->block_max <= fmax(BLOCK_COLOUR, block_limit(pair));
    return f->drift_mean <= mean_limit(pair) && f->drift_p99 <= (pair->large_lossy ? DRIFT_P99_LOSSY : DRIFT_P99);
}

bool figures_keep_blocks(const struct pair_result *pair)
{
    return pair->figures.block_max <= block_limit(pair) && pair->figures.psnr >= FIGURES_PSNR_JPEG;
}

static double halo_share(const fovea_figures *f) { return f->edges ? (double)f->halos / (double)f->edges : 0; }

struct verdict figures_judge(const struct pair_result *pair)
{
    const fovea_figures *f = &pair->figures;
    struct verdict v = {.enlargement = pair->enlargement};
    if (!v.enlargement) return v;
    v.shape = same_shape(pair);
    v.place = f->shift_x * f->shift_x + f->shift_y * f->shift_y <= PLACE * PLACE || pair->unmoved_psnr <= 0;
    v.consistent = consistent(pair);
    v.halos = halo_share(f) <= HALOS;
    v.colours = colours_kept(pair);
    v.faithful = v.shape && v.place && v.consistent && v.halos && v.colours;
    return v;
}

/* ---- Words ------------------------------------------------------------------------------------------------- */

static int whole_levels(double levels) { return (int)(levels + 0.999); }

static const char *d_name(fovea_shrink shrink) { return shrink == FOVEA_SHRINK_AREA ? "area" : "bicubic"; }

/* Where only the means of blocks were promised. */
static void say_blocks(const struct pair_result *pair, char *text, size_t size)
{
    const double worst = pair->figures.block_max;
    if (consistent(pair))
        snprintf(text, size,
                 "shrinks back to your picture less its compression's noise: the means of its blocks within %.1f levels",
                 worst);
    else
        snprintf(text, size, "does not shrink back to your picture: the mean of a block is %.2f levels off", worst);
}

static void say_consistency(const struct pair_result *pair, char *text, size_t size)
{
    const fovea_figures *f = &pair->figures;
    int levels = whole_levels(f->error_p999);
    const char *moved = pair->unmoved_psnr > 0 ? ", once moved back" : "";
    if (f->error_max <= 0)
        snprintf(text, size, "shrinks back to exactly your picture%s", moved);
    else if (pair->blocks)
        say_blocks(pair, text, size);
    else if (consistent(pair))
        snprintf(text, size, "shrinks back to your picture within %d level%s%s", levels ? levels : 1, levels > 1 ? "s" : "",
                 moved);
    else
        snprintf(text, size, "does not shrink back to your picture: %d levels off%s", levels, moved);
}

static void say_halos(const struct pair_result *pair, char *text, size_t size)
{
    const fovea_figures *f = &pair->figures;
    if (!f->halos)
        snprintf(text, size, "no halos");
    else if (halo_share(f) <= HALOS)
        snprintf(text, size, "hardly any halos");
    else
        snprintf(text, size, "halos at %.0f %% of the edges", 100 * halo_share(f));
}

static void say_colours(const struct pair_result *pair, char *text, size_t size)
{
    const fovea_figures *f = &pair->figures;
    bool kept = figures_judge(pair).colours, mean = f->drift_mean > mean_limit(pair);
    snprintf(text, size, kept ? "colours unchanged" : mean ? "colours changed" : "colours changed in places");
}

static void say_place(const struct pair_result *pair, char *text, size_t size)
{
    const fovea_figures *f = &pair->figures;
    if (figures_judge(pair).place)
        snprintf(text, size, "in its place");
    else
        snprintf(text, size, "shifted by %.2f pixels to the %s and %.2f %s", fabs(f->shift_x),
                 f->shift_x < 0 ? "left" : "right", fabs(f->shift_y), f->shift_y < 0 ? "up" : "down");
}

static void say_shape(const struct pair_result *pair, char *text, size_t size)
{
    double across = (double)pair->large_w / pair->small_w, down = (double)pair->large_h / pair->small_h;
    if (same_shape(pair))
        snprintf(text, size, "the same shape");
    else
        snprintf(text, size, "stretched: %.3f times as wide, %.3f times as high", across, down);
}

void figures_sentence(const struct pair_result *pair, char *text, size_t size)
{
    char consistency[160], halos[60], colours[60], place[100], shape[100];
    struct verdict v = figures_judge(pair);
    if (!v.enlargement) {
        snprintf(text, size, "is no enlargement");
        return;
    }
    say_consistency(pair, consistency, sizeof consistency);
    say_halos(pair, halos, sizeof halos);
    say_colours(pair, colours, sizeof colours);
    say_place(pair, place, sizeof place);
    say_shape(pair, shape, sizeof shape);
    snprintf(text, size, "%s; %s; %s%s%s%s%s", consistency, halos, colours, v.place ? "" : "; ", v.place ? "" : place,
             v.shape ? "" : "; ", v.shape ? "" : shape);
}

/* ---- Lines ------------------------------------------------------------------------------------------------- */

static void put_line(FILE *out, int good, const char *text, const char *detail)
{
    fprintf(out, "  %s %s%s%s%s\n",
            good < 0 ? "   "
            : good   ? "ok "
                     : "NO ",
            text, *detail ? " (" : "", detail, *detail ? ")" : "");
}

static void put_rest(const fovea_figures *f, FILE *out)
{
    char text[120], detail[120];
    snprintf(text, sizeof text, "invented detail: %.0f %% of all detail", 100 * f->invented);
    snprintf(detail, sizeof detail, "%.2f levels; nobody can tell from the small picture whether it is right", f->invented_rms);
    put_line(out, -1, text, detail);
    if (!f->flat)
        snprintf(text, sizeof text, "grain: no flat areas to see it in");
    else
        snprintf(text, sizeof text, "grain added to flat areas: %.2f levels", f->grain);
    put_line(out, -1, text, "");
    if (f->clipped > 0)
        snprintf(text, sizeof text, "clipped: %.3g %% of the pixels reach black or white that their source doesn't",
                 100 * f->clipped);
    else
        snprintf(text, sizeof text, "clipped: nothing");
    put_line(out, -1, text, "");
}

static void put_consistency(const struct pair_result *pair, bool good, FILE *out)
{
    char text[160], detail[160];
    const fovea_figures *f = &pair->figures;
    say_consistency(pair, text, sizeof text);
    int used = snprintf(detail, sizeof detail, "%.1f dB, Y %.1f dB, worst %.0f, by %s", f->psnr, f->psnr_y, f->error_max,
                        d_name(pair->shrink));
    if (pair->unmoved_psnr > 0)
        snprintf(detail + used, sizeof detail - (size_t)used, "; %.1f dB where it is", pair->unmoved_psnr);
    put_line(out, good, text, detail);
}

void figures_lines(const struct pair_result *pair, FILE *out)
{
    char text[120], detail[120];
    const fovea_figures *f = &pair->figures;
    struct verdict v = figures_judge(pair);
    if (!v.enlargement) {
        put_line(out, 0, "the large picture is smaller than the small one, or more than 64 times as large", "");
        return;
    }
    say_shape(pair, text, sizeof text);
    put_line(out, v.shape, text, "");
    say_place(pair, text, sizeof text);
    snprintf(detail, sizeof detail, "shift %+.2f, %+.2f", f->shift_x, f->shift_y);
    put_line(out, v.place, text, detail);
    put_consistency(pair, v.consistent, out);
    say_halos(pair, text, sizeof text);
    snprintf(detail, sizeof detail, "%llu edges; overshoot up to %.1f %% of the step, 99 %% below %.1f %%",
             (unsigned long long)f->edges, f->halo_max, f->halo_p99);
    put_line(out, v.halos, text, f->edges ? detail : "there are no clear edges to see them at");
    say_colours(pair, text, sizeof text);
    snprintf(detail, sizeof detail, "CIEDE2000 mean %.2f, 99 %% below %.2f", f->drift_mean, f->drift_p99);
    put_line(out, v.colours, text, detail);
    put_rest(f, out);
}

/* ---- JSON -------------------------------------------------------------------------------------------------- */

static void put_flag(FILE *out, const char *name, bool value) { fprintf(out, ",\"%s\":%s", name, value ? "true" : "false"); }

static void put_verdict(const struct verdict *v, FILE *out)
{
    fprintf(out, ",\"faithful\":%s,\"kept\":{\"enlargement\":%s", v->faithful ? "true" : "false",
            v->enlargement ? "true" : "false");
    put_flag(out, "shape", v->shape);
    put_flag(out, "place", v->place);
    put_flag(out, "consistency", v->consistent);
    put_flag(out, "halos", v->halos);
    put_flag(out, "colours", v->colours);
    fputs("}", out);
}

static void put_figures(const struct pair_result *pair, FILE *out)
{
    const fovea_figures *f = &pair->figures;
    fprintf(out, ",\"consistency\":{\"shrink\":\"%s\",\"psnr\":%.3f,\"psnr_y\":%.3f", d_name(pair->shrink), f->psnr, f->psnr_y);
    if (pair->other_psnr > 0) fprintf(out, ",\"psnr_other_shrink\":%.3f", pair->other_psnr);
    if (pair->unmoved_psnr > 0) fprintf(out, ",\"psnr_unmoved\":%.3f", pair->unmoved_psnr);
    fprintf(out, ",\"p999\":%.4f,\"max\":%.4f,\"block_max\":%.4f}", f->error_p999, f->error_max, f->block_max);
    fprintf(out, ",\"shift\":{\"x\":%.3f,\"y\":%.3f}", f->shift_x, f->shift_y);
    fprintf(out, ",\"halo\":{\"edges\":%llu,\"halos\":%llu,\"max\":%.3f,\"p99\":%.4f}", (unsigned long long)f->edges,
            (unsigned long long)f->halos, f->halo_max, f->halo_p99);
    fprintf(out, ",\"colour\":{\"mean\":%.4f,\"p99\":%.3f}", f->drift_mean, f->drift_p99);
    fprintf(out, ",\"invented\":{\"share\":%.5f,\"rms\":%.4f}", f->invented, f->invented_rms);
    fprintf(out, ",\"grain\":{\"sigma\":%.4f,\"flat_pixels\":%llu},\"clipped\":%.7f", f->grain, (unsigned long long)f->flat,
            f->clipped);
}

static void put_picture(FILE *out, const char *name, const char *file, int32_t w, int32_t h)
{
    fprintf(out, "\"%s\":{\"file\":", name);
    report_json(file, out);
    fprintf(out, ",\"width\":%d,\"height\":%d}", w, h);
}

void figures_members(const struct pair_result *pair, const char *small, const char *large, FILE *out)
{
    char text[400];
    struct verdict v = figures_judge(pair);
    put_picture(out, "small", small, pair->small_w, pair->small_h);
    fputs(",", out);
    put_picture(out, "large", large, pair->large_w, pair->large_h);
    put_verdict(&v, out);
    if (v.enlargement) put_figures(pair, out);
    figures_sentence(pair, text, sizeof text);
    fputs(",\"words\":", out);
    report_json(text, out);
}

void figures_json(const struct pair_result *pair, const char *small, const char *large, FILE *out)
{
    fputs("{", out);
    figures_members(pair, small, large, out);
    fputs("}\n", out);
}
