/* SPDX-License-Identifier: MIT
 *
 * The size is checked before anything else: it says whether the nets have anything to do. */
#define _GNU_SOURCE 1
#include "goal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "png_chunks.h"
#include "say.h"
#include "stream.h"
#include "tiff.h"

/* ---- What is lost ------------------------------------------------------------------------------------------ */

static void say_depth(const struct picture_info *info, int from, int to)
{
    char text[80];
    if (info->format < FOVEA_FORMAT_G16 || from <= to) return;
    snprintf(text, sizeof text, "%d bits a channel become %d: the format holds no more", from, to);
    say_note(text);
}

/* What the format of the result can't hold of this picture: said before it is lost. */
static void say_losses(const struct worker_job *job, const struct picture_info *info)
{
    if (!job->strip && job->source_format == FORMAT_TIFF && tiff_look(job->source) & TIFF_CAMERA)
        say_note("without its camera data, author and date: they are not taken out of TIFF files");
    const struct format_info *about = format_about(job->target_format);
    say_depth(info, format_about(job->source_format)->bits == 12 ? 12 : 16, about->bits);
    if ((int)info->format % 2 == 0 && !about->alpha) say_note("transparency becomes white: the format holds none");
    const int held = info->metadata | (job->size.dots > 0 ? METADATA_DOTS : 0), lost = held & ~about->metadata;
    if (job->strip) return;
    if (lost & METADATA_GREY) say_note("without its profile: the format makes colours of grey pixels, and it is one for grey");
    struct png_chunks chunks = {.text = false};
    if (job->source_format == FORMAT_PNG && job->target_format != FORMAT_PNG) png_chunks_read(job->source, &chunks);
    free(chunks.bytes);
    if (chunks.colours)
        say_note("its colours will look different: what gAMA, cHRM or cICP say of them is not written in this format");
    if (!(lost & ~METADATA_GREY) && !chunks.text) return;
    char text[120];
    snprintf(text, sizeof text, "without its%s%s%s%s%s: not written in this format", lost & METADATA_EXIF ? " EXIF" : "",
             lost & METADATA_XMP ? " XMP" : "", lost & METADATA_IPTC ? " IPTC" : "", chunks.text ? " text" : "",
             lost & METADATA_DOTS ? " dots per inch" : "");
    say_note(text);
}

/* Bare numbers are taken for sRGB by whoever opens the file. */
static void say_stripped(const struct worker_job *job, const struct picture *picture)
{
    char name[64], text[160];
    if (!job->strip || !picture_profile(picture, name, sizeof name) || strcasestr(name, "sRGB")) return;
    snprintf(text, sizeof text, "its colours will look different: its profile (%s) is left out", name);
    say_note(text);
}

/* A file that nobody reads rightly would be no result. */
static void keep_profile(const struct picture *picture, struct picture_target *target)
{
    if (target->format != FORMAT_JXL || target->lossless || target->strip || picture_jxl_keeps_profile(picture)) return;
    target->lossless = true;
    say_note("without loss, and so larger: a lossy JPEG XL would be read without its colour profile");
}

/* ---- The size ---------------------------------------------------------------------------------------------- */

/* A size that is no enlargement: only on demand, and then without a net. */
static void check_shrink(const struct worker_job *job, const struct picture_info *info, int64_t w, int64_t h,
                         struct failure *failure)
{
    if (!job->allow_shrink)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is no larger than the picture, which has %dx%d (see --allow-shrink)",
                    (long long)w, (long long)h, info->width, info->height);
    else if (64 * w < info->width || 64 * h < info->height)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is less than a 64th of the picture", (long long)w, (long long)h);
}

/* Passes of the nets until w x h is reached. */
static int count_passes(const struct worker_job *job, const struct picture_info *info, int64_t w, int64_t h,
                        struct failure *failure)
{
    int64_t reach = 1;
    int passes = 0;
    for (; passes < STREAM_MAX_PASSES && (w > reach * info->width || h > reach * info->height); passes++)
        reach *= (passes ? job->choice.later : job->choice.net)->info.scale;
    if (w > reach * info->width || h > reach * info->height || w > SIZE_MOST_TIMES * (int64_t)info->width ||
        h > SIZE_MOST_TIMES * (int64_t)info->height)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is more than %d times the picture", (long long)w, (long long)h,
                    SIZE_MOST_TIMES);
    return passes;
}

/* The result's size, and in how many passes the net reaches it; 0: it is no enlargement. */
static bool plan_size(const struct worker_job *job, const struct picture_info *info, int32_t *width, int32_t *height,
                      int *passes, struct failure *failure)
{
    const struct format_info *about = format_about(job->target_format);
    int64_t w, h;
    size_of(&job->size, info->width, info->height, &w, &h);
    *passes = 0;
    if (w < info->width || h < info->height || (w == info->width && h == info->height))
        check_shrink(job, info, w, h, failure);
    else
        *passes = count_passes(job, info, w, h, failure);
    if ((w > h ? w : h) > about->max_side)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is more than the %d pixels a side that %s holds; use -f %s",
                    (long long)w, (long long)h, about->max_side, about->name,
                    format_for_side(job->target_format, w > h ? w : h));
    *width = (int32_t)w;
    *height = (int32_t)h;
    return failure->outcome == OUTCOME_DONE;
}

/* ---- Both -------------------------------------------------------------------------------------------------- */

static void say_passes(const struct choice *choice, int passes)
{
    char text[120], how[40] = ", the first one creative";
    if (!choice->creative) snprintf(how, sizeof how, " of %dx each", choice->net->info.scale);
    snprintf(text, sizeof text, "in %d passes%s: beyond the first more is invented than preserved", passes, how);
    say_note(text);
}

bool goal_set(const struct worker_job *job, const struct picture_info *info, const struct picture *picture,
              struct picture_target *target, int *passes, struct failure *failure)
{
    const struct format_info *about = format_about(job->target_format);
    int32_t width, height;
    if (!plan_size(job, info, &width, &height, passes, failure)) return false;
    if (job->lossless && !about->lossless) {
        failure_set(failure, OUTCOME_FAILED, "--lossless: %s is not written without loss; use -f png, webp, jxl or tiff",
                    about->name);
        return false;
    }
    bool deep = info->format >= FOVEA_FORMAT_G16 && about->bits > 8;
    int channels = (int)info->format % (FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8);
    *target = (struct picture_target){
        .fd = job->target,
        .format = job->target_format,
        .quality = job->quality,
        .lossless = job->lossless ||
                    (job->keeps_lossless && job->target_format == FORMAT_WEBP && format_is_lossless_webp(job->source)),
        .strip = job->strip,
        .dots = job->size.dots,
        .width = width,
        .height = height,
        .rows = (enum fovea_format)(channels + (deep ? FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8 : 0)),
    };
    if (*passes > 1) say_passes(&job->choice, *passes);
    say_losses(job, info);
    say_stripped(job, picture);
    keep_profile(picture, target);
    return true;
}
