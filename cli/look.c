/* SPDX-License-Identifier: MIT
 *
 * Only a part of the file is read for its head: first what nearly always does, then, where much metadata comes before
 * the frame, HEAD_MOST. What is still not known then is not needed. */
#define _GNU_SOURCE 1
#include "look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HEAD_FIRST ((size_t)64 << 10)
#define HEAD_MOST ((size_t)16 << 20)
#define ROWS 16

/* ---- The head ---------------------------------------------------------------------------------------------- */

static size_t read_start(int fd, unsigned char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, bytes + done, size - done, (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += (size_t)got;
    }
    return done;
}

/* false: more bytes may tell more. */
static bool read_jpeg(struct look *look, const unsigned char *bytes, size_t size)
{
    look->jpeg = (fovea_jpeg){.struct_size = sizeof look->jpeg};
    look->is_jpeg = !fovea_jpeg_read(bytes, size, &look->jpeg, NULL);
    return !look->is_jpeg || look->jpeg.whole;
}

static bool read_webp(struct look *look, const unsigned char *bytes, size_t size)
{
    look->webp_quality = fovea_webp_quality(bytes, size);
    return look->webp_quality > 0;
}

static bool read_head(struct look *look, int fd, enum format format, size_t size)
{
    unsigned char *bytes = malloc(size);
    if (!bytes) return true;
    const size_t got = read_start(fd, bytes, size);
    const bool enough = format == FORMAT_JPEG ? read_jpeg(look, bytes, got) : read_webp(look, bytes, got);
    free(bytes);
    return enough || got < size;
}

void look_head(struct look *look, int fd, enum format format)
{
    *look = (struct look){.is_jpeg = false};
    const bool lossy = format == FORMAT_JPEG || (format == FORMAT_WEBP && !format_is_lossless_webp(fd));
    if (lossy && !read_head(look, fd, format, HEAD_FIRST)) read_head(look, fd, format, HEAD_MOST);
}

bool look_head_decides(const struct look *look)
{
    return look->is_jpeg && look->jpeg.quality && look->jpeg.quality < LOOK_GOOD_JPEG;
}

/* ---- The pixels -------------------------------------------------------------------------------------------- */

static void set_error(struct failure *failure, const fovea_error *error)
{
    failure_set(failure, error->status == FOVEA_ERROR_MEMORY ? OUTCOME_RESOURCES : OUTCOME_FAILED, "%s", error->message);
}

/* faces may be NULL. */
static bool feed(fovea_inspect *inspect, fovea_faces *faces, struct picture *picture, const struct picture_info *info,
                 unsigned char *rows, struct failure *failure)
{
    const size_t stride = (size_t)info->width * fovea_format_size(info->format);
    for (int32_t y = 0; y < info->height; y += ROWS) {
        const int32_t count = info->height - y < ROWS ? info->height - y : ROWS;
        if (!picture_read(picture, count, rows, failure)) return false;
        for (int32_t i = 0; i < count; i++) {
            fovea_inspect_row(inspect, rows + (size_t)i * stride);
            if (faces) fovea_faces_row(faces, rows + (size_t)i * stride);
        }
    }
    return true;
}

bool look_pixels(struct look *look, struct picture *picture, bool wants_faces, struct failure *failure)
{
    struct picture_info info;
    fovea_inspect *inspect = NULL;
    fovea_faces *faces = NULL;
    fovea_error error = {.message = ""};
    picture_get_info(picture, &info);
    unsigned char *rows = malloc(ROWS * (size_t)info.width * fovea_format_size(info.format));
    if (fovea_inspect_new(info.width, info.height, info.format, NULL, &inspect, &error) ||
        (wants_faces && fovea_faces_new(info.width, info.height, info.format, NULL, &faces, &error)))
        set_error(failure, &error);
    if (!rows) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    look->traits = (fovea_traits){.struct_size = sizeof look->traits};
    look->has_traits = failure->outcome == OUTCOME_DONE && feed(inspect, faces, picture, &info, rows, failure) &&
                       !fovea_inspect_get_traits(inspect, &look->traits);
    look->saved_quality = look->traits.saved_quality;
    look->has_faces = look->has_traits && faces && !fovea_faces_get(faces, look->faces, FOVEA_FACES, &look->face_count);
    fovea_inspect_free(inspect);
    fovea_faces_free(faces);
    free(rows);
    return look->has_traits;
}

/* Row by row until the kind is known, or all that is left is that it may be a screen or drawn. */
static bool glance(struct look *look, fovea_inspect *inspect, struct picture *picture, const struct picture_info *info,
                   unsigned char *rows, struct failure *failure)
{
    const size_t stride = (size_t)info->width * fovea_format_size(info->format);
    int32_t enough = 0;
    for (int32_t y = 0; y < info->height && !enough; y += ROWS) {
        const int32_t count = info->height - y < ROWS ? info->height - y : ROWS;
        if (!picture_read(picture, count, rows, failure)) return false;
        for (int32_t i = 0; i < count; i++) fovea_inspect_glance(inspect, rows + (size_t)i * stride, &enough);
    }
    look->no_screen = enough;
    look->saved_quality = fovea_inspect_saved_quality(inspect);
    return true;
}

bool look_for_kind(struct look *look, struct picture *picture, struct failure *failure)
{
    struct picture_info info;
    fovea_inspect *inspect = NULL;
    fovea_error error = {.message = ""};
    picture_get_info(picture, &info);
    unsigned char *rows = malloc(ROWS * (size_t)info.width * fovea_format_size(info.format));
    if (fovea_inspect_new(info.width, info.height, info.format, NULL, &inspect, &error)) set_error(failure, &error);
    if (!rows) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    const bool good = failure->outcome == OUTCOME_DONE && glance(look, inspect, picture, &info, rows, failure);
    fovea_inspect_free(inspect);
    free(rows);
    return good && (look->no_screen || (picture_rewind(picture, failure) && look_pixels(look, picture, false, failure)));
}

/* ---- Quality ----------------------------------------------------------------------------------------------- */

int look_quality(const struct look *look)
{
    return fovea_inspect_worse_quality(look->is_jpeg ? &look->jpeg : NULL, look->saved_quality);
}

/* "JPEG quality 92", "JPEG quality 92, before of about 50", "was a JPEG of quality about 50", "WebP quality about 20". */
static void say_quality(const struct look *look, char *text, size_t room)
{
    const int file = look->is_jpeg ? look->jpeg.quality : 0, worse = look_quality(look);
    if (look_losses(look) != worse)
        snprintf(text, room, "WebP quality about %d", look->webp_quality);
    else if (!file)
        snprintf(text, room, "was a JPEG of quality about %d", worse);
    else if (worse == file)
        snprintf(text, room, "JPEG quality %d", file);
    else
        snprintf(text, room, "JPEG quality %d, before of about %d", file, worse);
}

/* The two limits are where the nets for clean and for JPEG pictures are equally near to the truth: there both lost the same. */
int look_losses(const struct look *look)
{
    const int quality = look_quality(look), like = look->webp_quality + LOOK_CLEAN_JPEG - LOOK_CLEAN_WEBP;
    return !look->webp_quality || (quality && quality < like) ? quality : like < 100 ? like : 100;
}

bool look_is_poor(const struct look *look)
{
    const int losses = look_losses(look);
    return losses && losses < LOOK_CLEAN_JPEG;
}

/* ---- Faces ------------------------------------------------------------------------------------------------- */

int32_t look_smallest_face(const struct look *look)
{
    int32_t least = 0;
    for (int32_t i = 0; i < look->face_count; i++)
        if (!least || look->faces[i].rect.w < least) least = look->faces[i].rect.w;
    return least;
}

/* ---- What follows ------------------------------------------------------------------------------------------ */

const char *look_content_name(fovea_content content)
{
    static const char *const names[] = {"unknown", "photo", "screen", "art", "document"};
    return (unsigned)content < sizeof names / sizeof *names ? names[content] : "unknown";
}

fovea_kind look_kind(const struct look *look, char *reason, size_t room)
{
    const fovea_traits *t = &look->traits;
    const int quality = look_quality(look);
    char text[80];
    if (quality) say_quality(look, text, sizeof text);
    if (look_head_decides(look)) {
        snprintf(reason, room, "%s, below %d", text, LOOK_CLEAN_JPEG);
        return FOVEA_KIND_PHOTO_JPEG;
    }
    const bool screen = t->content == FOVEA_CONTENT_SCREEN;
    if (look->has_traits && t->rendered && (screen || !look_is_poor(look))) {
        snprintf(reason, room, "%s: %.0f %% of it flat, %d%s colours", screen ? "a screen" : "drawn", 100 * t->flat, t->colours,
                 t->colours >= 4096 ? " or more" : "");
        return FOVEA_KIND_SCREEN;
    }
    if (quality && quality < LOOK_CLEAN_JPEG) {
        snprintf(reason, room, "%s, below %d", text, LOOK_CLEAN_JPEG);
        return FOVEA_KIND_PHOTO_JPEG;
    }
    if (look_is_poor(look)) {
        snprintf(reason, room, "WebP quality about %d, below %d", look->webp_quality, LOOK_CLEAN_WEBP);
        return FOVEA_KIND_PHOTO_JPEG;
    }
    if (quality)
        snprintf(reason, room, "%s", text);
    else if (look->has_traits && screen)
        snprintf(reason, room, "a screen that was made smaller");
    else if (look->has_traits || look->no_screen)
        snprintf(reason, room, "no compressed source, no screen");
    else
        snprintf(reason, room, "no compressed source");
    return FOVEA_KIND_PHOTO;
}

/* ---- Creative? --------------------------------------------------------------------------------------------- */

bool look_is_creative(const struct look *look, char *reason, size_t room)
{
    const fovea_traits *t = &look->traits;
    const fovea_gain gain = fovea_inspect_gain(look->has_traits ? t : NULL, look_losses(look));
    const char *text = fovea_advice_gain_text((int32_t)gain);
    char quality[80];
    switch (gain) {
    case FOVEA_GAIN_COMPRESSED:
        say_quality(look, quality, sizeof quality);
        snprintf(reason, room, "%s: %s", text, quality);
        break;
    case FOVEA_GAIN_SOFT: snprintf(reason, room, "%s: its sharpest edges are %.1f pixels wide", text, t->edge_width); break;
    case FOVEA_GAIN_NOISY: snprintf(reason, room, "%s: %.1f levels", text, t->grain); break;
    default: snprintf(reason, room, "%s", text);
    }
    return gain >= FOVEA_GAIN_DRAWN;
}

fovea_kind look_creative_kind(const struct look *look, fovea_kind otherwise)
{
    return look->has_traits && look->traits.content == FOVEA_CONTENT_ART ? FOVEA_KIND_CREATIVE_ART : otherwise;
}
