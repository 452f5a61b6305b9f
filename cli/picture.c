/* SPDX-License-Identifier: MIT
 *
 * libvips decodes lazily: an opened image is a recipe, and asking for a region runs it. We ask for rows strictly from
 * the top, so that it can stream (VIPS_ACCESS_SEQUENTIAL) and memory stays flat. Pictures that lie on their side or
 * head (EXIF) can't be streamed: their rows are first laid out in memory, or in a mapped file when that is too much.
 *
 * Errors of libvips go into one buffer for the whole process, so texts of two threads can mix; the outcome can't. */
#define _GNU_SOURCE 1
#include "picture.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gmodule.h>

#include "picture_vips.h"
#include "pnm.h"
#include "profile.h"
#include "room.h"

/* Decoded pictures up to this size are turned in memory. */
#define TURN_IN_MEMORY ((uint64_t)128 << 20)

/* And kept up to this size, to be read twice. */
#define KEEP_MOST ((uint64_t)16 << 20)

/* Rows asked for at once. A row of a turned picture is a column of what was decoded: each step goes over all of it. */
#define STREAM_STEP 16
#define TURNED_STEP 128

/* ---- The library ------------------------------------------------------------------------------------------- */

static atomic_bool damaged;

/* Not what libvips tells of broken modules and the like, but for this: libjpeg goes on where data is missing, and warns. What it
 * says of bytes too many, which cost nothing, is left out. */
static void overhear(const char *domain, GLogLevelFlags level, const char *message, void *user)
{
    (void)domain, (void)level, (void)user;
    static const char *const signs[] = {"remature end", "bad Huffman", "nstead of RST", "nvalid JPEG",
                                        "nconsistent progression"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strstr(message, signs[i])) damaged = true;
}

bool picture_was_damaged(void) { return damaged; }

/* libvips keeps the codecs with many libraries behind them in modules, and would load all of these when it starts: 15 of
 * its 17 ms. It looks for them below VIPSHOME, so for that time it finds none. */
static int start_without_modules(const char *program)
{
    if (getenv("VIPSHOME")) return vips_init(program); /* somebody's own libvips */
    setenv("VIPSHOME", "/nowhere", 1);
    int bad = vips_init(program);
    unsetenv("VIPSHOME");
    return bad;
}

bool picture_start(const char *program)
{
    /* What doesn't fit into memory is told of while it is loaded; a picture that needs it says so itself. */
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, overhear, NULL);
    g_log_set_handler("GModule", G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING, overhear, NULL);
    if (start_without_modules(program)) return false;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    /* Decoders that their authors do not call safe for files from strangers, except two that people do use; all of
     * them run in a sandboxed process anyway. */
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoadJxl", FALSE);
    vips_operation_block_set("VipsForeignLoadPpm", FALSE);
    vips_operation_block_set("VipsForeignSaveJxl", FALSE);
    return true;
}

/* The folder of modules is beside the library. */
static void load_module(const char *name)
{
    Dl_info library;
    if (!dladdr((void *)(uintptr_t)vips_init, &library) || !library.dli_fname) return;
    char *folder = g_path_get_dirname(library.dli_fname);
    char *path = g_strdup_printf("%s/vips-modules-%d.%d/vips-%s.so", folder, vips_version(0), vips_version(1), name);
    g_module_open(path, G_MODULE_BIND_LAZY);
    g_free(path);
    g_free(folder);
}

void picture_prepare(enum format format)
{
    const bool heif = format == FORMAT_HEIC || format == FORMAT_AVIF;
    if (heif && !vips_type_find("VipsOperation", "heifload_source")) load_module("heif");
    if (format == FORMAT_JXL && !vips_type_find("VipsOperation", "jxlload_source")) load_module("jxl");
}

static void (*end_without_memory)(void);

static void last_words(const char *domain, GLogLevelFlags level, const char *message, void *user)
{
    (void)domain, (void)level, (void)user;
    if (strstr(message, "failed to allocate") || strstr(message, "creating thread")) end_without_memory();
}

void picture_on_no_memory(void (*end)(void))
{
    end_without_memory = end;
    g_log_set_handler("GLib", G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL, last_words, NULL);
}

const char *picture_library(void)
{
    static char text[64];
    snprintf(text, sizeof text, "libvips %d.%d.%d", vips_version(0), vips_version(1), vips_version(2));
    return text;
}

void picture_thread_end(void) { vips_thread_shutdown(); }

/* Whether there is hardly any memory to be had: then what a library says of a picture may only mean that. */
static bool memory_is_short(void)
{
    const size_t some = (size_t)32 << 20;
    void *memory = mmap(NULL, some, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return true;
    munmap(memory, some);
    return false;
}

bool picture_fail(struct failure *failure, enum outcome outcome, const char *what)
{
    char text[160];
    g_strlcpy(text, vips_error_buffer(), sizeof text);
    vips_error_clear();
    g_strchomp(text);
    for (char *at = text; *at; at++)
        if (*at == '\n') *at = ';';
    static const char *const poor[] = {"out of memory", "nsufficient memory", "annot allocate memory", "creating thread"};
    for (size_t i = 0; i < sizeof poor / sizeof *poor; i++)
        if (strstr(text, poor[i])) outcome = OUTCOME_RESOURCES;
    if (outcome != OUTCOME_RESOURCES && memory_is_short()) {
        outcome = OUTCOME_RESOURCES;
        what = "no memory";
    }
    failure_set(failure, outcome, *text ? "%s (%s)" : "%s", what, text);
    return false;
}

void picture_replace(VipsImage **image, VipsImage *made)
{
    g_object_unref(*image);
    *image = made;
}

/* ---- Opening ----------------------------------------------------------------------------------------------- */

static bool refuse_moving(struct picture *picture, enum format format, struct failure *failure)
{
    int pages = vips_image_get_n_pages(picture->image);
    if (pages <= 1) return true;
    if (format == FORMAT_TIFF || format == FORMAT_HEIC || format == FORMAT_AVIF) {
        snprintf(picture->note, sizeof picture->note, "only the first of its %d pictures is taken", pages);
        return true;
    }
    failure_set(failure, OUTCOME_FAILED, "moving pictures are not enlarged (it has %d frames)", pages);
    return false;
}

static bool cmyk_to_rgb(struct picture *picture, struct failure *failure)
{
    VipsImage *rgb;
    int depth = vips_image_get_format(picture->image) == VIPS_FORMAT_USHORT ? 16 : 8;
    if (vips_icc_transform(picture->image, &rgb, "srgb", "embedded", TRUE, "input_profile", "cmyk", "depth", depth, NULL))
        return picture_fail(failure, OUTCOME_FAILED, "its CMYK colours can't be converted");
    picture_replace(&picture->image, rgb);
    snprintf(picture->note, sizeof picture->note, "CMYK colours converted to sRGB");
    return true;
}

static bool check_kind(struct picture *picture, struct failure *failure)
{
    VipsImage *image = picture->image;
    if (vips_image_get_interpretation(image) == VIPS_INTERPRETATION_CMYK && !cmyk_to_rgb(picture, failure)) return false;
    image = picture->image;
    int bands = vips_image_get_bands(image);
    VipsBandFormat depth = vips_image_get_format(image);
    if (vips_image_get_coding(image) != VIPS_CODING_NONE) {
        failure_set(failure, OUTCOME_FAILED, "its colour space (%s) is not supported",
                    vips_enum_nick(VIPS_TYPE_INTERPRETATION, (int)vips_image_get_interpretation(image)));
        return false;
    }
    if (depth != VIPS_FORMAT_UCHAR && depth != VIPS_FORMAT_USHORT) {
        failure_set(failure, OUTCOME_FAILED, "only 8 and 16 bit samples are supported, not %s",
                    vips_enum_nick(VIPS_TYPE_BAND_FORMAT, (int)depth));
        return false;
    }
    switch (vips_image_get_interpretation(image)) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16:
    case VIPS_INTERPRETATION_MULTIBAND:
        if (bands >= 1 && bands <= 4) return true;
        failure_set(failure, OUTCOME_FAILED, "%d channels are not supported", bands);
        return false;
    default:
        failure_set(failure, OUTCOME_FAILED, "its colour space (%s) is not supported",
                    vips_enum_nick(VIPS_TYPE_INTERPRETATION, (int)vips_image_get_interpretation(image)));
        return false;
    }
}

/* Reads rows [y, y + rows) of image, which must follow the ones read before, step at a time. */
static bool read_rows(VipsImage *image, VipsRegion *region, int32_t y, int32_t rows, int step, unsigned char *pixels,
                      struct failure *failure)
{
    while (rows > 0) {
        VipsRect area = {0, y, vips_image_get_width(image), VIPS_MIN(rows, step)};
        if (vips_region_prepare(region, &area)) return picture_fail(failure, OUTCOME_UNREADABLE, "damaged or cut short");
        for (int row = 0; row < area.height; row++, pixels += picture_row_bytes(image))
            memcpy(pixels, picture_row_at(region, y + row), picture_row_bytes(image));
        y += area.height;
        rows -= area.height;
    }
    return true;
}

static unsigned char *room_for_rows(struct picture *picture, int scratch, struct failure *failure)
{
    uint64_t size = (uint64_t)picture_row_bytes(picture->image) * (uint64_t)vips_image_get_height(picture->image);
    bool on_disk = size > TURN_IN_MEMORY && scratch >= 0;
    int error = size > SIZE_MAX / 2 ? ENOMEM : on_disk ? posix_fallocate(scratch, 0, (off_t)size) : 0;
    if (!error) {
        void *rows = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, on_disk ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS,
                          on_disk ? scratch : -1, 0);
        if (rows != MAP_FAILED) {
            picture->turned = rows;
            picture->turned_size = (size_t)size;
            return rows;
        }
        error = errno;
    }
    failure_set(failure, OUTCOME_RESOURCES, "no room to turn it upright: %s", strerror(error));
    return NULL;
}

/* Lays the rows out where they can be read in any order, and turns them. */
static bool turn(struct picture *picture, int scratch, struct failure *failure)
{
    VipsImage *image = picture->image, *flat, *upright;
    unsigned char *rows = room_for_rows(picture, scratch, failure);
    VipsRegion *region = rows ? vips_region_new(image) : NULL;
    bool good = region && read_rows(image, region, 0, vips_image_get_height(image), STREAM_STEP, rows, failure);
    if (region) g_object_unref(region);
    if (!good) return picture_fail(failure, OUTCOME_RESOURCES, "no memory"); /* unless there is a reason already */
    flat = vips_image_new_from_memory(rows, picture->turned_size, vips_image_get_width(image), vips_image_get_height(image),
                                      vips_image_get_bands(image), vips_image_get_format(image));
    if (!flat) return picture_fail(failure, OUTCOME_RESOURCES, "no memory");
    flat->Type = image->Type;
    picture_copy_metadata(image, flat, vips_image_get_orientation(image));
    picture_replace(&picture->image, flat);
    const bool on_its_side = vips_image_get_orientation(flat) >= 5;
    if (vips_autorot(flat, &upright, NULL)) return picture_fail(failure, OUTCOME_FAILED, "can't turn it upright");
    picture_replace(&picture->image, upright);
    picture->on_its_side = on_its_side;
    return true;
}

/* Orientation 2 is a mirror image: each row for itself, so it streams. */
static bool make_upright(struct picture *picture, int scratch, struct failure *failure)
{
    int orientation = vips_image_get_orientation(picture->image);
    if (orientation == 1) return true;
    if (orientation != 2) return turn(picture, scratch, failure);
    VipsImage *upright;
    if (vips_autorot(picture->image, &upright, NULL)) return picture_fail(failure, OUTCOME_FAILED, "can't turn it upright");
    picture_replace(&picture->image, upright);
    return true;
}

static bool check_size(struct picture *picture, uint64_t max_pixels, struct failure *failure)
{
    uint64_t width = (uint64_t)vips_image_get_width(picture->image);
    uint64_t height = (uint64_t)vips_image_get_height(picture->image);
    if (width * height <= max_pixels) return true;
    failure_set(failure, OUTCOME_FAILED, "%llu x %llu pixels are more than --max-pixels %llu", (unsigned long long)width,
                (unsigned long long)height, (unsigned long long)max_pixels);
    return false;
}

static bool open_source(struct picture *picture, int fd, struct failure *failure)
{
    picture->source = vips_source_new_from_descriptor(fd);
    if (picture->source)
        picture->image = vips_image_new_from_source(picture->source, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                                    VIPS_FAIL_ON_ERROR, NULL);
    if (!picture->image) return picture_fail(failure, OUTCOME_UNREADABLE, "not a whole picture of a kind that can be read");
    return true;
}

/* White is to be white: 255, or 65535 where samples have two bytes. */
static bool stretch_pnm(struct picture *picture, struct failure *failure)
{
    const int white = picture->kind == FORMAT_PNM ? pnm_white(picture->fd) : 0, full = white > 255 ? 65535 : 255;
    VipsImage *stretched = NULL, *whole = NULL;
    if (!white || white == full) return true;
    /* The cast cuts off fractions. */
    const bool bad = vips_linear1(picture->image, &stretched, (double)full / white, 0.5, NULL) ||
                     vips_cast(stretched, &whole, full > 255 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, NULL);
    g_clear_object(&stretched);
    if (bad) return picture_fail(failure, OUTCOME_FAILED, "its samples can't be stretched to white");
    picture_replace(&picture->image, whole);
    return true;
}

static bool open_up(struct picture *picture, struct failure *failure)
{
    if (!open_source(picture, picture->fd, failure) || !check_size(picture, picture->max_pixels, failure) ||
        !refuse_moving(picture, picture->kind, failure) || !stretch_pnm(picture, failure) || !check_kind(picture, failure) ||
        !make_upright(picture, picture->scratch, failure))
        return false;
    picture->facts = vips_image_new();
    picture_copy_metadata(picture->image, picture->facts, 1);
    if (picture->on_its_side) {
        const double across = picture->facts->Yres;
        picture->facts->Yres = picture->facts->Xres;
        picture->facts->Xres = across;
    }
    return true;
}

/* All but what picture_open was told. */
static void let_go(struct picture *picture)
{
    g_clear_object(&picture->region);
    g_clear_object(&picture->image);
    g_clear_object(&picture->facts);
    g_clear_object(&picture->source);
    if (picture->turned) munmap(picture->turned, picture->turned_size);
    free(picture->kept);
    picture->turned = NULL;
    picture->kept = NULL;
    picture->next = picture->decoded = 0;
}

struct picture *picture_open(int fd, enum format format, int scratch, uint64_t max_pixels, struct failure *failure)
{
    struct picture *picture = calloc(1, sizeof *picture);
    if (!picture) {
        failure_set(failure, OUTCOME_RESOURCES, "no memory");
        return NULL;
    }
    picture->fd = fd;
    picture->kind = format;
    picture->scratch = scratch;
    picture->max_pixels = max_pixels;
    if (open_up(picture, failure)) return picture;
    picture_close(picture);
    return NULL;
}

void picture_close(struct picture *picture)
{
    if (!picture) return;
    let_go(picture);
    free(picture);
}

void picture_get_info(const struct picture *picture, struct picture_info *info)
{
    info->width = vips_image_get_width(picture->image);
    info->height = vips_image_get_height(picture->image);
    int deep = vips_image_get_format(picture->image) == VIPS_FORMAT_USHORT ? FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8 : 0;
    info->format = (enum fovea_format)(vips_image_get_bands(picture->image) + deep);
    info->metadata = picture_metadata(picture->facts);
    if (info->metadata & METADATA_GREY && vips_image_get_bands(picture->image) > 2) info->metadata &= ~METADATA_GREY;
    memcpy(info->note, picture->note, sizeof info->note);
}

bool picture_profile(const struct picture *picture, char *name, size_t room)
{
    const void *bytes;
    size_t size;
    if (!vips_image_get_typeof(picture->image, VIPS_META_ICC_NAME) ||
        vips_image_get_blob(picture->image, VIPS_META_ICC_NAME, &bytes, &size))
        return false;
    profile_name(bytes, size, name, room);
    return true;
}

/* Not vips_resize: in libvips 8.14 it moves what it enlarges by half a pixel of the result. */
bool picture_enlarge(struct picture *picture, int32_t width, int32_t height, struct failure *failure)
{
    VipsImage *large;
    double across = (double)width / vips_image_get_width(picture->image);
    double down = (double)height / vips_image_get_height(picture->image);
    VipsInterpolate *bicubic = vips_interpolate_new("bicubic");
    VipsArrayInt *area = vips_array_int_newv(4, 0, 0, width, height);
    int bad = !bicubic || vips_affine(picture->image, &large, across, 0, 0, down, "interpolate", bicubic, "oarea", area, "odx",
                                      (across - 1) / 2, "ody", (down - 1) / 2, "extend", VIPS_EXTEND_COPY, NULL);
    vips_area_unref(VIPS_AREA(area));
    g_clear_object(&bicubic);
    if (bad) return picture_fail(failure, OUTCOME_FAILED, "can't be enlarged");
    picture_replace(&picture->image, large);
    return true;
}

void picture_keep(struct picture *picture)
{
    uint64_t size = (uint64_t)picture_row_bytes(picture->image) * (uint64_t)vips_image_get_height(picture->image);
    if (!picture->turned && size <= KEEP_MOST) picture->kept = room_new((size_t)size);
}

bool picture_rewind(struct picture *picture, struct failure *failure)
{
    g_clear_object(&picture->region); /* it belongs to this thread */
    picture->next = 0;
    if (picture->kept || picture->turned) return true;
    let_go(picture);
    if (lseek(picture->fd, 0, SEEK_SET) == 0) return open_up(picture, failure);
    failure_set(failure, OUTCOME_UNREADABLE, "can't be read twice");
    return false;
}

/* The next rows, of those that were kept; how many. */
static int32_t read_kept(struct picture *picture, int32_t rows, unsigned char *pixels)
{
    const size_t row_bytes = picture_row_bytes(picture->image);
    const int32_t there = picture->kept ? picture->decoded - picture->next : 0, count = rows < there ? rows : there;
    if (count > 0) memcpy(pixels, picture->kept + (size_t)picture->next * row_bytes, (size_t)count * row_bytes);
    picture->next += count;
    return count;
}

static bool decode_rows(struct picture *picture, int32_t rows, unsigned char *pixels, struct failure *failure)
{
    const size_t row_bytes = picture_row_bytes(picture->image);
    int step = picture->turned ? TURNED_STEP : STREAM_STEP;
    if (!picture->region && !(picture->region = vips_region_new(picture->image))) /* not earlier: it is its thread's */
        return picture_fail(failure, OUTCOME_RESOURCES, "no memory");
    if (!read_rows(picture->image, picture->region, picture->next, rows, step, pixels, failure)) return false;
    if (picture->kept) memcpy(picture->kept + (size_t)picture->next * row_bytes, pixels, (size_t)rows * row_bytes);
    picture->next += rows;
    picture->decoded = picture->next;
    return true;
}

bool picture_read(struct picture *picture, int32_t rows, unsigned char *pixels, struct failure *failure)
{
    const int32_t kept = read_kept(picture, rows, pixels);
    return kept == rows ||
           decode_rows(picture, rows - kept, pixels + (size_t)kept * picture_row_bytes(picture->image), failure);
}
