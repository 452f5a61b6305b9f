/* SPDX-License-Identifier: MIT
 *
 * What libvips knows of a picture beside its pixels, on its way to other pixels: what describes the file that was read is left, what
 * describes the picture is put right (metadata.h). */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "metadata.h"
#include "picture_vips.h"

/* Describes the file that was read, not the picture. */
static const char *const stale[] = {
    /* clang-format off */
    "width", "height", "bands", "format", "coding", "interpretation", "xoffset", "yoffset", "xres", "yres", "filename",
    "vips-loader", "n-pages", "page-height", "n-subifds", "bits-per-sample", "concurrency", "vips-sequential",
    "palette-bit-depth", "background", "interlaced", "jpeg-multiscan", "jpeg-chroma-subsample", "jpeg-thumbnail-data",
    "loop", "delay", "gif-delay", "gif-loop", "gif-palette", "heif-compression", "heif-primary", "heif-bitdepth",
    "orientation", "exif-ifd0-Orientation",
    /* clang-format on */
};

static bool is_stale(const char *name)
{
    for (size_t i = 0; i < sizeof stale / sizeof *stale; i++)
        if (!strcmp(name, stale[i])) return true;
    return !strncmp(name, "exif-ifd1-", 10); /* the embedded thumbnail and what describes it */
}

/* EXIF without the thumbnail of what was. libvips makes fields of all that is in a block it is given. */
static void copy_exif(const GValue *value, VipsImage *to)
{
    size_t size;
    const void *exif = vips_value_get_blob(value, &size);
    unsigned char *fixed = malloc(size);
    if (!fixed) return;
    metadata_drop_thumbnail(memcpy(fixed, exif, size), size);
    vips_image_set_blob_copy(to, VIPS_META_EXIF_NAME, fixed, size);
    free(fixed);
}

static void *copy_field(VipsImage *from, const char *name, GValue *value, void *to)
{
    (void)from;
    if (!strcmp(name, VIPS_META_EXIF_NAME))
        copy_exif(value, to);
    else if (!is_stale(name))
        vips_image_set(to, name, value);
    return NULL;
}

/* Pixels a millimetre of this axis ('X', 'Y') by the EXIF block, 0 if it does not tell. */
static double exif_resolution(const VipsImage *image, char axis)
{
    char name[] = "exif-ifd0-?Resolution";
    name[10] = axis;
    const char *value, *unit;
    if (!vips_image_get_typeof(image, name) || !vips_image_get_typeof(image, "exif-ifd0-ResolutionUnit") ||
        vips_image_get_string(image, name, &value) || vips_image_get_string(image, "exif-ifd0-ResolutionUnit", &unit))
        return 0;
    unsigned over, under; /* "240/1 (...)", and a unit of "2 (...)" or "3 (...)": an inch or a centimetre */
    if (sscanf(value, "%u/%u", &over, &under) != 2 || !under || (*unit != '2' && *unit != '3')) return 0;
    return (double)over / under / (*unit == '2' ? 25.4 : 10);
}

/* libvips takes the resolution from EXIF where the format has a place of its own for it, which WebP and AVIF have not. */
static void copy_resolution(const VipsImage *from, VipsImage *to)
{
    const double x = exif_resolution(from, 'X'), y = exif_resolution(from, 'Y');
    const bool told = from->Xres != 1 || from->Yres != 1;
    to->Xres = told || x <= 0 || y <= 0 ? from->Xres : x;
    to->Yres = told || x <= 0 || y <= 0 ? from->Yres : y;
}

void picture_copy_metadata(const VipsImage *from, VipsImage *to, int orientation)
{
    vips_image_map((VipsImage *)(uintptr_t)from, copy_field, to);
    copy_resolution(from, to);
    vips_image_set_int(to, VIPS_META_ORIENTATION, orientation);
}

/* 72 dots to an inch is what libvips says of a PNG that tells nothing, and 25.4 of others. */
static bool tells_dots(const VipsImage *image)
{
    const double dots = 25.4 * image->Xres;
    return image->Xres != 1 && (dots < 71 || dots > 73);
}

int picture_metadata(const VipsImage *image)
{
    return (vips_image_get_typeof(image, VIPS_META_EXIF_NAME) ? METADATA_EXIF : 0) |
           (vips_image_get_typeof(image, VIPS_META_XMP_NAME) ? METADATA_XMP : 0) |
           (vips_image_get_typeof(image, VIPS_META_IPTC_NAME) ? METADATA_IPTC : 0) | (tells_dots(image) ? METADATA_DOTS : 0) |
           (vips_image_get_typeof(image, VIPS_META_ICC_NAME) ? METADATA_GREY : 0);
}

/* ---- For a file -------------------------------------------------------------------------------------------- */

void picture_drop_fields(VipsImage *image, const char *prefix)
{
    gchar **fields = vips_image_get_fields(image);
    for (gchar **field = fields; field && *field; field++)
        if (g_str_has_prefix(*field, prefix)) vips_image_remove(image, *field);
    g_strfreev(fields);
}

static void fix_xmp(VipsImage *image)
{
    const void *xmp;
    size_t size, fixed_size;
    if (!vips_image_get_typeof(image, VIPS_META_XMP_NAME) || vips_image_get_blob(image, VIPS_META_XMP_NAME, &xmp, &size))
        return;
    char *fixed = metadata_fix_xmp(xmp, size, vips_image_get_width(image), vips_image_get_height(image), &fixed_size);
    if (fixed) vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, fixed, fixed_size);
    free(fixed);
}

static void fix_iptc(VipsImage *image, enum format format)
{
    const void *iptc;
    size_t size, fixed_size;
    if (!vips_image_get_typeof(image, VIPS_META_IPTC_NAME) || vips_image_get_blob(image, VIPS_META_IPTC_NAME, &iptc, &size))
        return;
    unsigned char *fixed = metadata_fix_iptc(iptc, size, format, &fixed_size);
    if (fixed) vips_image_set_blob_copy(image, VIPS_META_IPTC_NAME, fixed, fixed_size);
    free(fixed);
}

/* EXIF that says nothing of the colours is given "not calibrated" by libexif; without a profile they are sRGB. */
static void say_srgb(VipsImage *image)
{
    const char *const field = "exif-ifd2-ColorSpace";
    if (!vips_image_get_typeof(image, VIPS_META_ICC_NAME) && !vips_image_get_typeof(image, field))
        vips_image_set_string(image, field, "1");
}

void picture_fit_metadata(VipsImage *image, enum format format)
{
    fix_xmp(image);
    fix_iptc(image, format);
    if (vips_image_get_bands(image) < 3 && !(format_about(format)->metadata & METADATA_GREY))
        vips_image_remove(image, VIPS_META_ICC_NAME);
    say_srgb(image);
}
