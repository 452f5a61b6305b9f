/* SPDX-License-Identifier: MIT
 *
 * Reading turned round (picture.c): the encoder asks an image of ours for regions, and we hand out the rows that the
 * upscaler made. libvips is limited to one thread for that, which makes its requests come in order. It costs nothing:
 * encoders are single-threaded themselves, and the upscaler has threads of its own. */
#define _GNU_SOURCE 1
#include "picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "picture_vips.h"
#include "png_chunks.h"
#include "profile.h"

/* The rows on their way into the encoder. */
struct feed {
    picture_row *row;
    void *user;
    int32_t next; /* the row that must be asked for now */
    bool stopped;
};

/* libvips asks for a region of our image. */
static int give_region(VipsRegion *region, void *sequence, void *a, void *b, gboolean *stop)
{
    (void)sequence, (void)b, (void)stop;
    struct feed *feed = a;
    const VipsRect *area = &region->valid;
    if (area->top != feed->next || area->left != 0 || area->width != region->im->Xsize) {
        vips_error("fovea", "rows asked for out of order");
        return -1;
    }
    for (int y = area->top; y < VIPS_RECT_BOTTOM(area); y++, feed->next++)
        if (!feed->row(feed->user, y, picture_row_at(region, y))) {
            feed->stopped = true;
            return -1;
        }
    return 0;
}

/* Pixels a millimetre. Most formats always tell, and libvips' 1 for "not known" would make posters: then what screens have. */
static void set_resolution(VipsImage *image, const struct picture_target *target)
{
    const bool unknown = image->Xres == 1 && image->Yres == 1;
    if (target->dots > 0 || unknown) image->Xres = image->Yres = (target->dots > 0 ? target->dots : 72) / 25.4;
}

static VipsImage *image_of_rows(const struct picture *source, const struct picture_target *target, struct feed *feed)
{
    bool deep = target->rows >= FOVEA_FORMAT_G16;
    int bands = (int)target->rows - (deep ? FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8 : 0);
    VipsInterpretation kind = bands > 2 ? (deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB)
                                        : (deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W);
    VipsImage *image = vips_image_new();
    vips_image_init_fields(image, target->width, target->height, bands, deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR,
                           VIPS_CODING_NONE, kind, 1.0, 1.0);
    if (!target->strip) {
        picture_copy_metadata(source->facts, image, 1);
        picture_fit_metadata(image, target->format);
    }
    set_resolution(image, target);
    if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_FATSTRIP, NULL) ||
        vips_image_generate(image, NULL, give_region, NULL, feed, NULL))
        g_clear_object(&image);
    return image;
}

/* The file behind the encoder. errno of a write that failed is kept: a full disk is not the picture's fault. */
struct sink {
    int fd, error;
    struct png_chunks chunks; /* to be put in at PNG_CHUNKS_OFFSET */
    gint64 left; /* bytes until then */
};

static bool write_all(struct sink *sink, const void *data, size_t length)
{
    const bool good = output_write(sink->fd, data, length);
    if (!good) sink->error = errno;
    return good;
}

static gint64 sink_write(VipsTargetCustom *target, const void *data, gint64 length, void *user)
{
    (void)target;
    struct sink *sink = user;
    const gint64 before = VIPS_MIN(sink->left, length);
    sink->left -= before;
    if (!write_all(sink, data, (size_t)before)) return -1;
    if (before && !sink->left && !write_all(sink, sink->chunks.bytes, sink->chunks.size)) return -1;
    return write_all(sink, (const char *)data + before, (size_t)(length - before)) ? length : -1;
}

static gint64 sink_read(VipsTargetCustom *target, void *data, gint64 length, void *user)
{
    (void)target;
    return read(((struct sink *)user)->fd, data, (size_t)length);
}

static gint64 sink_seek(VipsTargetCustom *target, gint64 offset, int whence, void *user)
{
    (void)target;
    return lseek(((struct sink *)user)->fd, offset, whence);
}

static VipsTarget *target_of_sink(struct sink *sink)
{
    VipsTargetCustom *target = vips_target_custom_new();
    g_signal_connect(target, "write", G_CALLBACK(sink_write), sink);
    g_signal_connect(target, "read", G_CALLBACK(sink_read), sink);
    g_signal_connect(target, "seek", G_CALLBACK(sink_seek), sink);
    return VIPS_TARGET(target);
}

/* JPEG holds no transparency: what was see-through becomes paper. */
static bool flatten(VipsImage **image)
{
    VipsImage *flat;
    VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
    int bad = vips_flatten(*image, &flat, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    if (!bad) picture_replace(image, flat);
    return !bad;
}

/* Measured on photographs and screens: against level 5, 1 to 3 % larger in 70 % of the time, and the encoder is what a large PNG
 * waits for. */
#define PNG_COMPRESSION 4

static int encode(VipsImage *image, const struct picture_target *target, VipsTarget *out)
{
    int quality = target->quality ? target->quality : format_about(target->format)->quality;
    gboolean strip = target->strip, lossless = target->lossless;
    guint64 size = (guint64)picture_row_bytes(image) * (guint64)vips_image_get_height(image);
    switch (target->format) {
    case FORMAT_JPEG: return vips_jpegsave_target(image, out, "Q", quality, "strip", strip, NULL);
    case FORMAT_PNG:
        return vips_pngsave_target(image, out, "compression", PNG_COMPRESSION, "filter", VIPS_FOREIGN_PNG_FILTER_PAETH, "strip",
                                   strip, NULL);
    case FORMAT_WEBP: /* its colours are at half resolution: the smart choice of them keeps thin coloured lines */
        return vips_webpsave_target(image, out, "Q", quality, "lossless", lossless, "smart-subsample", !lossless, "strip",
                                    strip, NULL);
    case FORMAT_AVIF:
        return vips_heifsave_target(image, out, "Q", quality, "lossless", lossless, "compression",
                                    VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "strip", strip, NULL);
    case FORMAT_JXL: return vips_jxlsave_target(image, out, "Q", quality, "lossless", lossless, "strip", strip, NULL);
    case FORMAT_TIFF:
        return vips_tiffsave_target(image, out, "compression", VIPS_FOREIGN_TIFF_COMPRESSION_LZW, "predictor",
                                    VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "bigtiff", size > (guint64)3 << 30, "strip", strip,
                                    NULL);
    default: vips_error("fovea", "no encoder for this format"); return -1;
    }
}

/* libjxl keeps lossy pixels in colours of its own. A profile that it has no name for is in the file, but its decoder hands out
 * linear light instead; which those are only it knows, so a small picture is sent through. */
bool picture_jxl_keeps_profile(const struct picture *source)
{
    const void *profile, *kept;
    void *file = NULL;
    size_t size, file_size = 0;
    char name[64] = "";
    VipsImage *black = NULL, *tagged = NULL, *back = NULL;
    if (!vips_image_get_typeof(source->facts, VIPS_META_ICC_NAME) ||
        vips_image_get_blob(source->facts, VIPS_META_ICC_NAME, &profile, &size))
        return true;
    const bool grey = vips_image_get_bands(source->image) < 3;
    bool good = !vips_black(&black, 8, 8, "bands", grey ? 1 : 3, NULL) &&
                !vips_copy(black, &tagged, "interpretation", grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
    if (good) vips_image_set_blob_copy(tagged, VIPS_META_ICC_NAME, profile, size);
    good = good && !vips_jxlsave_buffer(tagged, &file, &file_size, NULL) && !vips_jxlload_buffer(file, file_size, &back, NULL);
    if (good && vips_image_get_typeof(back, VIPS_META_ICC_NAME) && !vips_image_get_blob(back, VIPS_META_ICC_NAME, &kept, &size))
        profile_name(kept, size, name, sizeof name);
    vips_error_clear();
    g_clear_object(&back);
    g_clear_object(&tagged);
    g_clear_object(&black);
    g_free(file);
    return !strstr(name, "_Lin"); /* RGB_D65_SRG_Rel_Lin: libjxl's names end in the transfer function */
}

bool picture_write(const struct picture *source, const struct picture_target *target, picture_row *row, void *user,
                   struct failure *failure)
{
    struct feed feed = {.row = row, .user = user};
    struct sink sink = {.fd = target->fd, .left = PNG_CHUNKS_OFFSET};
    VipsImage *image = image_of_rows(source, target, &feed);
    if (image && !target->strip && target->format == FORMAT_PNG && source->kind == FORMAT_PNG) {
        picture_drop_fields(image, "png-comment-"); /* chunks go there instead */
        png_chunks_read(source->fd, &sink.chunks);
    }
    VipsTarget *out = target_of_sink(&sink);
    bool good = image && (format_about(target->format)->alpha || !vips_image_hasalpha(image) || flatten(&image)) &&
                encode(image, target, out) == 0;
    if (!good && sink.error)
        failure_set(failure, output_outcome(sink.error), "can't write the result: %s", strerror(sink.error));
    else if (!good && !feed.stopped)
        picture_fail(failure, OUTCOME_FAILED, "the encoder failed");
    g_clear_object(&image);
    g_object_unref(out);
    free(sink.chunks.bytes);
    return good;
}
