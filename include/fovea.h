/* SPDX-License-Identifier: MIT
 *
 * fovea: sharp larger pictures on any CPU. The whole public interface of the library: pictures made larger and smaller
 * here; figures, inspection and advice in the headers that it includes at its end.
 *
 *     fovea_model *model;
 *     fovea_upscaler *up;
 *     fovea_error error;
 *     if (fovea_model_new(bytes, size, NULL, &model, &error)) ...
 *     if (fovea_upscaler_new(model, fovea_options(.threads = 2), &up, &error)) ...
 *     fovea_source src = {pixels, stride, FOVEA_FORMAT_RGB8, 0, 0, w, h, w, h, 0, 0};
 *     fovea_target dst = {result, result_stride, FOVEA_FORMAT_RGB8};
 *     if (fovea_upscale(up, &src, &dst, &error)) ...
 *
 * The same model and the same pixels give the same result, byte for byte, on every processor, with any number of
 * threads and cut into any rectangles (doc/format.md defines it), as long as the calling thread rounds floats to nearest, as
 * programs do that never call fesetround; what would give other bytes is refused (ARGUMENT).
 *
 * The library opens no file, prints nothing, never exits and keeps no global state. Functions that can fail return a
 * fovea_status; where they take a fovea_error *, it may be NULL, and is filled on failure and on success alike.
 */
#ifndef FOVEA_H
#define FOVEA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(FOVEA_BUILD_SHARED) && defined(__GNUC__)
#define FOVEA_API __attribute__((visibility("default")))
#else
#define FOVEA_API
#endif

#define FOVEA_VERSION_MAJOR 0
#define FOVEA_VERSION_MINOR 1
#define FOVEA_VERSION_PATCH 0

/* ---- Status ------------------------------------------------------------------------------------------------ */

typedef enum fovea_status {
    FOVEA_OK = 0,
    FOVEA_ERROR_ARGUMENT,        /* a pointer, size, format or rectangle that makes no sense */
    FOVEA_ERROR_MEMORY,          /* the allocator gave nothing */
    FOVEA_ERROR_LIMIT,           /* more than fovea_options.max_memory, or a picture above FOVEA_MAX_SIDE */
    FOVEA_ERROR_CANCELLED,       /* the progress callback returned nonzero; the target's content is undefined */
    FOVEA_ERROR_MODEL_TRUNCATED, /* it ends within its head, or within what its size field counts and its layers need */
    FOVEA_ERROR_MODEL_MAGIC,     /* not a model file */
    FOVEA_ERROR_MODEL_VERSION,   /* a model file of another version */
    FOVEA_ERROR_MODEL_SIZE,      /* its size field is not its size: cut off, or added to */
    FOVEA_ERROR_MODEL_CRC,       /* its checksum is wrong: damaged */
    FOVEA_ERROR_MODEL_HEADER,    /* a header field outside what doc/format.md allows */
    FOVEA_ERROR_MODEL_LAYER,     /* a layer's field outside what doc/format.md allows */
    FOVEA_ERROR_MODEL_VALUE,     /* weights, biases or scales that break a limit of doc/format.md */
    FOVEA_ERROR_MODEL_TRAILING,  /* bytes after the last layer */
    FOVEA_ERROR_JPEG,            /* no JPEG file, or one that breaks its format before its first scan */
} fovea_status;

/* What went wrong. message is a constant ASCII string without a full stop, never NULL. offset is the byte of the model
 * or JPEG file where a FOVEA_ERROR_MODEL_* or FOVEA_ERROR_JPEG was found, otherwise 0. */
typedef struct fovea_error {
    fovea_status status;
    uint64_t offset;
    const char *message;
} fovea_error;

/* "FOVEA_ERROR_MEMORY" and so on; "unknown status" for a value outside the enum. Any thread. */
FOVEA_API const char *fovea_status_name(fovea_status status);

/* "0.1.0", the library's version at run time. Any thread. */
FOVEA_API const char *fovea_version(void);

/* ---- Options ----------------------------------------------------------------------------------------------- */

/* Instruction sets, as bits. Plain C is always there and has no bit. */
typedef enum fovea_cpu {
    FOVEA_CPU_AVX2 = 1 << 0,
    FOVEA_CPU_AVXVNNI = 1 << 1,
    FOVEA_CPU_AVX512VNNI = 1 << 2,
    FOVEA_CPU_NEON = 1 << 3,
    FOVEA_CPU_DOTPROD = 1 << 4,
    FOVEA_CPU_I8MM = 1 << 5,
    FOVEA_CPU_SIMD128 = 1 << 6,
    FOVEA_CPU_RELAXED_SIMD = 1 << 7,
} fovea_cpu;

/* Where memory comes from. alloc returns size bytes aligned for any type, or NULL. Both are called only inside
 * fovea_*_new, fovea_*_free and fovea_probe_run, on the calling thread. */
typedef struct fovea_allocator {
    void *(*alloc)(void *user, size_t size);
    void (*free)(void *user, void *memory);
    void *user;
} fovea_allocator;

typedef enum fovea_mode {
    /* What the model promises: shrunk again, the result is the source, and there are no halos. Where one stands against the other,
     * beside edges of high contrast, the second wins. */
    FOVEA_MODE_FAITHFUL = 0,
    FOVEA_MODE_NET_ALONE = 1, /* the net's result without that, for measurements */
} fovea_mode;

struct fovea_model;
struct fovea_rect;

/* Zero in every member is the default. Make one with fovea_options(...); it is copied, so it may be gone after. */
typedef struct fovea_options {
    size_t struct_size; /* sizeof(fovea_options); set by the macro */
    fovea_allocator allocator; /* zero: malloc and free (in WebAssembly there is no default) */
    int32_t threads; /* 0: one a processor; 1: only the calling thread; at most 64 */
    uint32_t cpu_disable; /* fovea_cpu bits not to use, for tests and measurements */
    uint64_t max_memory; /* bytes the upscaler may take; 0: no limit */
    int32_t strip_width; /* source pixels computed side by side; 0: chosen for the caches; 16 .. 8192 */
    fovea_mode mode;
    /* Called now and then during fovea_upscale, fovea_upscale_rect and fovea_upscale_below, from the calling thread only,
     * with done rising from 0 to total (any unit). Nonzero cancels. */
    int (*progress)(void *user, uint64_t done, uint64_t total);
    void *progress_user;
    /* Creative mode: a second net, of a creative kind and of the same scale, whose detail is blended into the faithful
     * result of the first, which must be of another kind and have a guarantee to give (doc/format.md, section 8). NULL: no
     * creative mode, and then strength and protect_count must be 0. Only looked at during fovea_upscaler_new. */
    const struct fovea_model *creative;
    int32_t strength; /* 0 .. 100: how much of it; 0: the faithful result, byte for byte */
    int32_t protect_count; /* 0 .. FOVEA_MAX_PROTECTED */
    /* (protect_count) rectangles of the source picture, in pixels, that get the faithful result in every pixel they hold, byte
     * for byte (in a result of another size than scale times the source's, but for its outermost pixels, into which the shrink
     * takes of those outside); around them the creative one sets in softly. They may reach beyond the picture. */
    const struct fovea_rect *protect;
} fovea_options;

#define FOVEA_MAX_PROTECTED 1024

/* fovea_options(.threads = 2): a pointer to options that last to the end of the block. C only; in C++ fill a zeroed
 * struct and set struct_size. */
#ifndef __cplusplus
#define fovea_options(...) (&(const struct fovea_options){.struct_size = sizeof(struct fovea_options), __VA_ARGS__})
#endif

/* ---- Model ------------------------------------------------------------------------------------------------- */

/* A validated net. Immutable: any number of threads and upscalers may use one. */
typedef struct fovea_model fovea_model;

typedef enum fovea_kind {
    FOVEA_KIND_PHOTO = 0,
    FOVEA_KIND_PHOTO_JPEG = 1,
    FOVEA_KIND_SCREEN = 2,
    FOVEA_KIND_CREATIVE_PHOTO = 3,
    FOVEA_KIND_CREATIVE_ART = 4,
    FOVEA_KIND_CREATIVE_FACE = 5, /* for faces alone, in the result of another creative one */
} fovea_kind;

typedef enum fovea_effort {
    FOVEA_EFFORT_FAST = 0,
    FOVEA_EFFORT_STANDARD = 1,
    FOVEA_EFFORT_BEST = 2,
} fovea_effort;

/* What the faithful guarantee keeps of the source (doc/format.md, section 5). */
typedef enum fovea_keeps {
    FOVEA_KEEPS_PIXELS = 0, /* each pixel, the result being shrunk by antialiased bicubic */
    FOVEA_KEEPS_AREAS = 1, /* each pixel, as the average of the result's pixels over it */
    FOVEA_KEEPS_BLOCKS = 2, /* the means of blocks of 8x8 pixels, within a level: all that JPEG leaves certain */
} fovea_keeps;

typedef struct fovea_model_info {
    size_t struct_size; /* set by the caller to sizeof(fovea_model_info) before the call */
    char name[32]; /* ASCII, ends with 0 */
    int32_t scale; /* 2, 3 or 4 */
    fovea_kind kind;
    fovea_effort effort;
    int32_t layers;
    uint64_t macs_per_pixel; /* multiply-adds for each source pixel, the net alone; of an ensemble all eight */
    fovea_keeps keeps;
    int32_t passes; /* of the guarantee; 0: it gives none, and keeps tells nothing */
} fovea_model_info;

/* Bytes that fovea_model_peek wants. */
#define FOVEA_MODEL_HEAD 64

/* Checks size bytes of a .fovea file (doc/format.md) and makes *out from them. The bytes are copied: they may be gone
 * afterwards. Of options, only the allocator is used; options may be NULL.
 * Errors: ARGUMENT, MEMORY, MODEL_*; then *out is NULL. Any thread. */
FOVEA_API fovea_status fovea_model_new(const void *bytes, size_t size, const fovea_options *options, fovea_model **out,
                                       fovea_error *error);

/* What the first FOVEA_MODEL_HEAD bytes of a model say it is, without looking at its layers, so that one of many is chosen before it is read:
 * fills *info up to info->struct_size, macs_per_pixel with 0. Says nothing of the rest of the file, not even whether it is damaged.
 * Errors: ARGUMENT, MODEL_TRUNCATED, MODEL_MAGIC, MODEL_VERSION, MODEL_HEADER; then *info is as it was. Any thread. */
FOVEA_API fovea_status fovea_model_peek(const void *bytes, size_t size, fovea_model_info *info, fovea_error *error);

/* Frees a model; NULL is allowed. Upscalers made from it go on. */
FOVEA_API void fovea_model_free(fovea_model *model);

/* Fills *info up to info->struct_size. Errors: ARGUMENT. Any thread. */
FOVEA_API fovea_status fovea_model_get_info(const fovea_model *model, fovea_model_info *info);

/* ---- Pictures ---------------------------------------------------------------------------------------------- */

/* Channels interleaved, straight (not premultiplied) alpha last, 16-bit samples in the machine's byte order and aligned
 * to 2 bytes. */
typedef enum fovea_format {
    FOVEA_FORMAT_G8 = 1,
    FOVEA_FORMAT_GA8 = 2,
    FOVEA_FORMAT_RGB8 = 3,
    FOVEA_FORMAT_RGBA8 = 4,
    FOVEA_FORMAT_G16 = 17,
    FOVEA_FORMAT_GA16 = 18,
    FOVEA_FORMAT_RGB16 = 19,
    FOVEA_FORMAT_RGBA16 = 20,
} fovea_format;

/* Bytes of one pixel, 0 for an unknown format. Any thread. */
FOVEA_API size_t fovea_format_size(fovea_format format);

/* Longest side of a source picture, in pixels. */
#define FOVEA_MAX_SIDE (1 << 24)

/* w x h pixels with the top left one at (x, y). */
typedef struct fovea_rect {
    int32_t x, y, w, h;
} fovea_rect;

/* A window of the source picture: w x h pixels of which the first stands at (x, y) of a picture of
 * picture_w x picture_h. Only the picture's border is a border; the window's is not. Read only during a call.
 *
 * result_w x result_h is the size of the whole result: 0 x 0 for the model's scale times the picture, otherwise anything
 * from the picture's own size up to that, each side by itself, shrunk from the model's result by the exact resampler of
 * doc/format.md, section 6. */
typedef struct fovea_source {
    const void *pixels;
    size_t stride; /* bytes from row to row, at least w * fovea_format_size(format) */
    fovea_format format;
    int32_t x, y, w, h;
    int32_t picture_w, picture_h;
    int32_t result_w, result_h;
} fovea_source;

/* Where the result goes: its first byte is the top left pixel of the rectangle asked for. The channels must be those of
 * the source; the depth may differ. Must not overlap the source. */
typedef struct fovea_target {
    void *pixels;
    size_t stride; /* bytes from row to row */
    fovea_format format;
} fovea_target;

/* ---- Upscaler ---------------------------------------------------------------------------------------------- */

/* A model made ready for this processor, with the memory and the threads to run it. Holds its own copy of what it needs
 * of the model. One call at a time; different upscalers are independent. */
typedef struct fovea_upscaler fovea_upscaler;

/* All memory the upscaler will ever need is taken here. It does not depend on the picture's size.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Where fewer threads than asked for can be started, it works with
 * those; they block all signals but those of their own faults. Any thread. */
FOVEA_API fovea_status fovea_upscaler_new(const fovea_model *model, const fovea_options *options, fovea_upscaler **out,
                                          fovea_error *error);

/* Ends the threads and frees; NULL is allowed. Threads don't come along through fork: a child may neither use nor free an upscaler
 * of more than one thread that its parent made. */
FOVEA_API void fovea_upscaler_free(fovea_upscaler *up);

/* Another progress callback (as fovea_options has it; NULL: none) for the calls to come. Not during one. */
FOVEA_API void fovea_upscaler_set_progress(fovea_upscaler *up, int (*progress)(void *user, uint64_t done, uint64_t total),
                                           void *user);

typedef struct fovea_upscaler_info {
    size_t struct_size; /* set by the caller to sizeof(fovea_upscaler_info) before the call */
    int32_t scale;
    int32_t threads; /* at work, the calling one included */
    int32_t strip_width; /* source pixels */
    uint32_t cpu; /* fovea_cpu bits in use */
    const char *kernels; /* "plain", "avx2", "avx512vnni", ... : the set of the convolutions */
    /* Bytes taken from the allocator, without some tens for each block; that many as max_memory are enough. */
    uint64_t memory;
} fovea_upscaler_info;

/* Fills *info up to info->struct_size. Errors: ARGUMENT. */
FOVEA_API fovea_status fovea_upscaler_get_info(const fovea_upscaler *up, fovea_upscaler_info *info);

/* Which window of a picture_w x picture_h source the rectangle rect of the result is made from. rect lies within
 * picture_w*scale x picture_h*scale. Errors: ARGUMENT, LIMIT. */
FOVEA_API fovea_status fovea_rect_source(const fovea_upscaler *up, int32_t picture_w, int32_t picture_h, fovea_rect rect,
                                         fovea_rect *need);

/* The same for a result of result_w x result_h; 0 x 0 as in fovea_source. */
FOVEA_API fovea_status fovea_rect_source_sized(const fovea_upscaler *up, int32_t picture_w, int32_t picture_h, int32_t result_w,
                                               int32_t result_h, fovea_rect rect, fovea_rect *need);

/* Makes the rectangle rect of the result, the very pixels that the whole picture would have there. src must hold at
 * least the window of fovea_rect_source, for a result of another size that of fovea_rect_source_sized. Takes no memory. Errors: ARGUMENT, LIMIT, CANCELLED. */
FOVEA_API fovea_status fovea_upscale_rect(fovea_upscaler *up, const fovea_source *src, fovea_rect rect, const fovea_target *dst,
                                          fovea_error *error);

/* The same, for rectangles of one picture made one after another from the top down: where rect stands right below the
 * rectangle made last, of the same x and w, with one thread and at most info.strip_width source pixels across (eight fewer
 * for a result of another size than scale times the source's), what the rows above left in the upscaler is used instead of
 * made again. The caller answers for its being the same picture. */
FOVEA_API fovea_status fovea_upscale_below(fovea_upscaler *up, const fovea_source *src, fovea_rect rect,
                                           const fovea_target *dst, fovea_error *error);

/* How many rows of the rectangle at work, from its top, have their final values in the target: to be asked within progress,
 * so that somebody can go on with them; where alpha varies none has before all colours are done. 0 outside of it. */
FOVEA_API int32_t fovea_upscaler_finished(const fovea_upscaler *up);

/* The whole result: src must hold the whole picture. Errors: ARGUMENT, LIMIT, CANCELLED. */
FOVEA_API fovea_status fovea_upscale(fovea_upscaler *up, const fovea_source *src, const fovea_target *dst, fovea_error *error);

/* ---- Shrinking --------------------------------------------------------------------------------------------- */

/* A picture made smaller by the exact resampler (doc/format.md, section 7), row by row from the top, so that memory does
 * not grow with its height:
 *
 *     for (y = 0; y < result_h; y++) {
 *         while (!fovea_shrinker_ready(s)) fovea_shrinker_put(s, next_source_row());
 *         fovea_shrinker_take(s, result_row(y));
 *     }
 *
 * The same pixels give the same result everywhere. Straight alpha: colours count as much as they are visible, so nothing
 * bleeds out of transparent pixels. */
typedef struct fovea_shrinker fovea_shrinker;

typedef enum fovea_shrink {
    FOVEA_SHRINK_BICUBIC = 0, /* antialiased, a = -0.5: photographs */
    FOVEA_SHRINK_AREA = 1, /* the average: screens, pixel art */
} fovea_shrink;

typedef struct fovea_shrink_job {
    size_t struct_size; /* sizeof(fovea_shrink_job); set by the macro */
    int32_t source_w, source_h; /* each side 1 .. 64 times the result's; the same size is a copy,
                                  * but that what is clear becomes black */
    int32_t result_w, result_h;
    fovea_format source_format, result_format; /* of the same channels; the depth may differ */
    fovea_shrink shrink;
} fovea_shrink_job;

/* As fovea_options(...) does, a pointer to a job that lasts to the end of the block. */
#ifndef __cplusplus
#define fovea_shrink_job(...) (&(const struct fovea_shrink_job){.struct_size = sizeof(struct fovea_shrink_job), __VA_ARGS__})
#endif

/* Takes all memory. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one shrinker, one call at a time. */
FOVEA_API fovea_status fovea_shrinker_new(const fovea_shrink_job *job, const fovea_options *options, fovea_shrinker **out,
                                          fovea_error *error);

/* Frees; NULL is allowed. */
FOVEA_API void fovea_shrinker_free(fovea_shrinker *s);

/* Nonzero when a row of the result can be taken; otherwise a row of the source is wanted, until all of the result has
 * been taken. 0 for NULL. */
FOVEA_API int fovea_shrinker_ready(const fovea_shrinker *s);

/* The next row of the source, (source_w) pixels; read only during the call. Errors: ARGUMENT, also when a row of the
 * result is waiting or all rows have come. */
FOVEA_API fovea_status fovea_shrinker_put(fovea_shrinker *s, const void *pixels);

/* The next row of the result into pixels, (result_w). Errors: ARGUMENT, also when none is ready. */
FOVEA_API fovea_status fovea_shrinker_take(fovea_shrinker *s, void *pixels);

#ifdef __cplusplus
}
#endif

#include "fovea_advice.h"
#include "fovea_inspect.h"
#include "fovea_measure.h"

#endif
