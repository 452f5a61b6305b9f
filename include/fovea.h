/* SPDX-License-Identifier: MIT
 *
 * fovea: sharp larger pictures on any CPU. The whole public interface of the library.
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
 * threads and cut into any rectangles (doc/format.md defines it).
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
    FOVEA_ERROR_MODEL_TRUNCATED, /* the model file ends too early */
    FOVEA_ERROR_MODEL_MAGIC,     /* not a model file */
    FOVEA_ERROR_MODEL_VERSION,   /* a model file of another version */
    FOVEA_ERROR_MODEL_SIZE,      /* its size field is not its size */
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
 * fovea_*_new and fovea_*_free, on the calling thread. */
typedef struct fovea_allocator {
    void *(*alloc)(void *user, size_t size);
    void (*free)(void *user, void *memory);
    void *user;
} fovea_allocator;

typedef enum fovea_mode {
    FOVEA_MODE_FAITHFUL = 0, /* what the model promises: shrunk again, the result is the source; no halos */
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
    /* Called now and then during fovea_upscale and fovea_upscale_rect, from the calling thread only, with done rising
     * from 0 to total (any unit). Nonzero cancels. */
    int (*progress)(void *user, uint64_t done, uint64_t total);
    void *progress_user;
    /* Creative mode: a second net, of a creative kind and of the same scale, whose detail is blended into the faithful
     * result of the first, which must be of another kind and have a guarantee to give (doc/format.md, section 8). NULL: no
     * creative mode, and then the other three must be 0. Only looked at during fovea_upscaler_new. */
    const struct fovea_model *creative;
    int32_t strength; /* 0 .. 100: how much of it; 0: the faithful result, byte for byte */
    int32_t protect_count; /* 0 .. FOVEA_MAX_PROTECTED */
    /* (protect_count) rectangles of the source picture, in pixels, that get the faithful result, byte for byte, in every
     * pixel they hold; around them the creative one sets in softly. They may reach beyond the picture. */
    const struct fovea_rect *protect;
} fovea_options;

#define FOVEA_MAX_PROTECTED 1024

/* fovea_options(.threads = 2): a pointer to options that last to the end of the block. C only; in C++ fill a zeroed
 * struct and set struct_size. */
#define fovea_options(...) (&(const struct fovea_options){.struct_size = sizeof(struct fovea_options), __VA_ARGS__})

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
    FOVEA_KEEPS_BLOCKS = 2, /* the means of 8x8 pixels, within a level: all that JPEG leaves certain */
} fovea_keeps;

typedef struct fovea_model_info {
    size_t struct_size; /* set by the caller to sizeof(fovea_model_info) before the call */
    char name[32]; /* ASCII, ends with 0 */
    int32_t scale; /* 2, 3 or 4 */
    fovea_kind kind;
    fovea_effort effort;
    int32_t layers;
    uint64_t macs_per_pixel; /* multiply-adds for each source pixel, the net alone */
    fovea_keeps keeps;
} fovea_model_info;

/* Checks size bytes of a .fovea file (doc/format.md) and makes *out from them. The bytes are copied: they may be gone
 * afterwards. Of options, only the allocator is used; options may be NULL.
 * Errors: ARGUMENT, MEMORY, MODEL_*; then *out is NULL. Any thread. */
FOVEA_API fovea_status fovea_model_new(const void *bytes, size_t size, const fovea_options *options, fovea_model **out,
                                       fovea_error *error);

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
 * those. Any thread. */
FOVEA_API fovea_status fovea_upscaler_new(const fovea_model *model, const fovea_options *options, fovea_upscaler **out,
                                          fovea_error *error);

/* Ends the threads and frees; NULL is allowed. */
FOVEA_API void fovea_upscaler_free(fovea_upscaler *up);

typedef struct fovea_upscaler_info {
    size_t struct_size; /* set by the caller to sizeof(fovea_upscaler_info) before the call */
    int32_t scale;
    int32_t threads; /* at work, the calling one included */
    int32_t strip_width; /* source pixels */
    uint32_t cpu; /* fovea_cpu bits in use */
    const char *kernels; /* "plain", "avx2", "avx512vnni", ... : the set of the convolutions */
    uint64_t memory; /* bytes taken from the allocator */
} fovea_upscaler_info;

/* Fills *info up to info->struct_size. Errors: ARGUMENT. */
FOVEA_API fovea_status fovea_upscaler_get_info(const fovea_upscaler *up, fovea_upscaler_info *info);

/* Which window of a picture_w x picture_h source the rectangle rect of the result is made from. rect lies within
 * picture_w*scale x picture_h*scale. Errors: ARGUMENT, LIMIT. */
FOVEA_API fovea_status fovea_rect_source(const fovea_upscaler *up, int32_t picture_w, int32_t picture_h,
                                         fovea_rect rect, fovea_rect *need);

/* The same for a result of result_w x result_h; 0 x 0 as in fovea_source. */
FOVEA_API fovea_status fovea_rect_source_sized(const fovea_upscaler *up, int32_t picture_w, int32_t picture_h,
                                               int32_t result_w, int32_t result_h, fovea_rect rect, fovea_rect *need);

/* Makes the rectangle rect of the result, the very pixels that the whole picture would have there. src must hold at
 * least the window of fovea_rect_source. Takes no memory. Errors: ARGUMENT, LIMIT, CANCELLED. */
FOVEA_API fovea_status fovea_upscale_rect(fovea_upscaler *up, const fovea_source *src, fovea_rect rect,
                                          const fovea_target *dst, fovea_error *error);

/* The same, for rectangles of one picture made one after another from the top down: where rect stands right below the
 * rectangle made last, of the same x and w, with one thread and at most info.strip_width source pixels across, what the
 * rows above left in the upscaler is used instead of made again. The caller answers for its being the same picture. */
FOVEA_API fovea_status fovea_upscale_below(fovea_upscaler *up, const fovea_source *src, fovea_rect rect,
                                           const fovea_target *dst, fovea_error *error);

/* How many rows of the rectangle at work, from its top, have their final values in the target: to be asked within progress,
 * so that somebody can go on with them. 0 outside of it. */
FOVEA_API int32_t fovea_upscaler_finished(const fovea_upscaler *up);

/* The whole result: src must hold the whole picture. Errors: ARGUMENT, LIMIT, CANCELLED. */
FOVEA_API fovea_status fovea_upscale(fovea_upscaler *up, const fovea_source *src, const fovea_target *dst,
                                     fovea_error *error);

/* ---- Measure ----------------------------------------------------------------------------------------------- */

/* Figures about a pair: a small picture, and a larger one that somebody's tool made from it. Any factor from 1 to 64,
 * of its own on each axis. Both are read row by row from the top, in the order that fovea_measure_wants says, so memory
 * does not grow with their height:
 *
 *     fovea_want want;
 *     while ((want = fovea_measure_wants(m)) != FOVEA_WANT_NOTHING)
 *         fovea_measure_row(m, want == FOVEA_WANT_SMALL ? next_small() : next_large());
 *
 * Everything is measured in 8-bit levels (255 is white, whatever the depth), on sample values as they are: no gamma, no
 * colour profile. Alpha: the pictures as seen on white. Y is 0.299 R + 0.587 G + 0.114 B, full range. */
typedef struct fovea_measure fovea_measure;

/* D: how a large picture is shrunk to compare it with the small one (doc/format.md, section 5). */
typedef enum fovea_shrink {
    FOVEA_SHRINK_BICUBIC = 0, /* antialiased, a = -0.5: photographs */
    FOVEA_SHRINK_AREA = 1, /* the average: screens, pixel art */
} fovea_shrink;

/* What a map shows, a value for each pixel of the small picture. */
typedef enum fovea_map {
    FOVEA_MAP_ERROR = 0, /* greatest |D(large) - small| of its channels, levels */
    FOVEA_MAP_INVENTED = 1, /* invented detail under the pixel (fovea_figures.invented), root mean square, levels */
} fovea_map;

typedef struct fovea_pair {
    size_t struct_size; /* sizeof(fovea_pair); set by the macro */
    int32_t small_w, small_h;
    fovea_format small_format;
    int32_t large_w, large_h; /* each side 1 .. 64 times the small one's */
    fovea_format large_format;
    fovea_shrink shrink;
    /* How far the large picture lies right of and below its place, in pixels of the small one, -2 .. 2. D then makes
     * good for it, so the figures are those of the picture moved back. */
    double shift_x, shift_y;
    int32_t brief; /* nonzero: the figures of consistency and shift alone, in a third of the time */
    /* Called from fovea_measure_row for each row of each map, from the top; small_w values. NULL: no maps. */
    void (*map)(void *user, fovea_map what, int32_t y, const float *values);
    void *map_user;
} fovea_pair;

/* As fovea_options(...) does, a pointer to a pair that lasts to the end of the block. */
#define fovea_pair(...) (&(const struct fovea_pair){.struct_size = sizeof(struct fovea_pair), __VA_ARGS__})

typedef enum fovea_want {
    FOVEA_WANT_NOTHING = 0, /* all rows have been seen */
    FOVEA_WANT_SMALL = 1,
    FOVEA_WANT_LARGE = 2,
} fovea_want;

typedef struct fovea_figures {
    size_t struct_size; /* set by the caller to sizeof(fovea_figures) before the call */

    /* Consistency: is D(large), rounded to the small picture's depth, the small picture? Over all samples. The PSNR is
     * 10 log10(255^2 / mean square difference), at most 100, which means no difference. */
    double psnr, psnr_y; /* dB; of R, G, B together and of Y */
    double error_p999, error_max; /* levels: what 99.9 % of the samples do not exceed, to 1/16; the greatest */
    double block_max; /* greatest difference of the means of an 8x8 block, levels: what JPEG noise cannot hide */

    /* Shift: how far the large picture lies right of and below its place, in pixels of the small one, -2 .. 2, with
     * fovea_pair.shift included. Near 0 within a fiftieth, farther off within a third; measured again with that shift
     * given, within a thirtieth. 0 where the picture has nothing to tell it by. */
    double shift_x, shift_y;

    /* Colour drift: CIEDE2000 between each pixel of D(large) and of the small picture, both taken as sRGB. About 1 is
     * what an eye can see side by side. (Sharma, Wu, Dalal 2005.) */
    double drift_mean, drift_p99; /* to 1/40 */

    /* Halo: an edge is a step of 32 levels or more, along a row or a column of the small picture, between two plateaus.
     * A plateau is flat within 2 levels from 2 to 6 pixels beside the edge, and on the lines beside it from 3 to 6; its
     * level is the mean from 3 to 6. Where the small picture itself goes beyond the plateaus by more than 8 % of the
     * step it has a line there, no edge (D makes a sharp step overshoot by up to 7 %). Overshoot is what the result
     * has, up to 4 pixels from the edge, beyond both the plateaus and all that the small picture has there, in percent
     * of the step. Up to 1 level or 1 % is no halo.
     * (Bicubic enlargement of a pixel-sharp step: about 7 %; Lanczos: about 9 %.) */
    uint64_t edges, halos; /* places with an edge; those of them with a halo in some channel */
    double halo_max, halo_p99; /* percent of the step; the latter to 1/16 */

    /* Invented detail: many large pictures shrink to the same small one. The one that needs nothing but D is
     * E(D(large)), E = S D' (D S D')^-1 being the pseudo-inverse of D (D' its transpose, S a diagonal that lets E keep
     * constants; with bicubic D and a whole factor that is a bicubic enlargement which D undoes). large - E(D(large))
     * is what no small picture could tell: right or wrong, it came from the tool. Y alone. The share is
     *     |large - E(D(large))|^2 / (|large - E(D(large))|^2 + |E(D(large)) - its mean over 5x5 small pixels|^2),
     * invented detail out of all detail. It is no fault: a true large photograph has it too. */
    double invented; /* 0 .. 1 */
    double invented_rms; /* root mean square of large - E(D(large)), levels */

    /* Grain: noise that was added where the small picture is flat, i.e. stays within 2 levels in each channel over the
     * 5x5 pixels around. Root of the mean square of Y around the small picture's 3x3 mean, less what the small picture
     * itself has. */
    double grain; /* levels */
    uint64_t flat; /* pixels of the small picture looked at */

    /* Clipped: large pixels with a channel at 0 or 255 while no small pixel of the 5x5 around has it there. */
    double clipped; /* 0 .. 1, of all large pixels */
} fovea_figures;

/* Takes all memory. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one measure, one call at a time. */
FOVEA_API fovea_status fovea_measure_new(const fovea_pair *pair, const fovea_options *options, fovea_measure **out,
                                         fovea_error *error);

/* Frees; NULL is allowed. */
FOVEA_API void fovea_measure_free(fovea_measure *m);

/* Whose next row fovea_measure_row takes. */
FOVEA_API fovea_want fovea_measure_wants(const fovea_measure *m);

/* The next row of the picture that is wanted; read only during the call. Errors: ARGUMENT, also when nothing is. */
FOVEA_API fovea_status fovea_measure_row(fovea_measure *m, const void *pixels);

/* Fills *figures up to figures->struct_size, from the rows seen so far; what was not measured is 0.
 * Errors: ARGUMENT. */
FOVEA_API fovea_status fovea_measure_get_figures(const fovea_measure *m, fovea_figures *figures);

/* ---- Probe ------------------------------------------------------------------------------------------------- */

/* The inner loops by themselves, to be timed by the caller: how much of this processor the engine uses. */
typedef struct fovea_probe {
    size_t struct_size; /* set by the caller to sizeof(fovea_probe) before the call */
    const char *name; /* "dot product", "body 32 > 32", ... */
    const char *kernels; /* the set that ran, as in fovea_upscaler_info */
    uint64_t operations; /* of one round; a multiplication and an addition are two; 0: not known */
} fovea_probe;

/* Runs loop number index rounds >= 0 times and fills *probe up to probe->struct_size. Loop 0 is the processor's dot
 * product on registers alone, which none of the others can exceed; they follow from 1 on, without gaps. Of options, the
 * allocator and cpu_disable are used; it may be NULL. Errors: ARGUMENT, also where there is no loop of that number;
 * MEMORY. Any thread. */
FOVEA_API fovea_status fovea_probe_run(int32_t index, uint64_t rounds, const fovea_options *options,
                                       fovea_probe *probe);

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

typedef struct fovea_shrink_job {
    size_t struct_size; /* sizeof(fovea_shrink_job); set by the macro */
    int32_t source_w, source_h; /* each side 1 .. 64 times the result's; the same size is a copy */
    int32_t result_w, result_h;
    fovea_format source_format, result_format; /* of the same channels; the depth may differ */
    fovea_shrink shrink;
} fovea_shrink_job;

/* As fovea_options(...) does, a pointer to a job that lasts to the end of the block. */
#define fovea_shrink_job(...)                                                                                          \
    (&(const struct fovea_shrink_job){.struct_size = sizeof(struct fovea_shrink_job), __VA_ARGS__})

/* Takes all memory. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one shrinker, one call at a time. */
FOVEA_API fovea_status fovea_shrinker_new(const fovea_shrink_job *job, const fovea_options *options,
                                          fovea_shrinker **out, fovea_error *error);

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

/* ---- Advice ------------------------------------------------------------------------------------------------ */

/* What the command, its man page and the page say before the work. Constant tables: every pointer is to constant ASCII
 * text that is never NULL and is never freed; nothing is computed but whether a line applies. Any thread. Structs may
 * get members at their end. */

/* What a picture is for. */
typedef enum fovea_use {
    FOVEA_USE_ANY = 0, /* nothing said */
    FOVEA_USE_PRODUCT = 1,
    FOVEA_USE_OLD_PHOTO = 2,
    FOVEA_USE_PRINT = 3,
    FOVEA_USE_SOCIAL = 4,
    FOVEA_USE_SCREENSHOT = 5,
    FOVEA_USE_AI_ART = 6,
    FOVEA_USE_REAL_ESTATE = 7,
} fovea_use;
#define FOVEA_USES 8

/* The mode that suits a use. Whether there are nets for it is another question. */
typedef enum fovea_advised_mode {
    FOVEA_ADVISED_FAITHFUL = 0,
    FOVEA_ADVISED_CREATIVE = 1,
    FOVEA_ADVISED_EITHER = 2, /* faithful unless the user wishes otherwise */
} fovea_advised_mode;

/* How the result is best written. */
typedef enum fovea_advised_file {
    FOVEA_ADVISED_SAME = 0, /* as the source is */
    FOVEA_ADVISED_COMPACT = 1, /* for the web: WebP or AVIF at fovea_use_advice.quality */
    FOVEA_ADVISED_EXACT = 2, /* without loss: PNG or TIFF */
} fovea_advised_file;

typedef struct fovea_use_advice {
    fovea_use use;
    const char *name; /* "old-photo": what the command's --for takes; "any" for FOVEA_USE_ANY */
    const char *title; /* "Old family photo": for people */
    fovea_advised_mode mode;
    const char *mode_reason; /* "buyers must see what they will get" */
    int32_t refuses_creative; /* nonzero: a creative result would mislead; only on an explicit order */
    fovea_kind faithful_kind; /* the net that suits it in each mode */
    fovea_kind creative_kind;
    const char *size; /* how large the result should be */
    fovea_advised_file file;
    int32_t quality; /* 1..100 where it is lossy; 0: the format's default */
    const char *file_reason;
} fovea_use_advice;

/* The advice for a use, that of FOVEA_USE_ANY for a value outside the enum. */
FOVEA_API const fovea_use_advice *fovea_advice_use(fovea_use use);

/* Its use for a name, as FOVEA_USE_PRODUCT for "product"; FOVEA_USE_ANY for any other text and for NULL. */
FOVEA_API fovea_use fovea_advice_use_by_name(const char *name);

/* "faithful", "creative", "either"; "unknown" outside the enum. */
FOVEA_API const char *fovea_advice_mode_name(fovea_advised_mode mode);

/* What an automatic choice of the mode comes to for a use: faithful or creative whatever the picture, or EITHER, as
 * fovea_inspect_gain has it. */
FOVEA_API fovea_advised_mode fovea_advice_auto(fovea_use use);

/* A few words for a fovea_gain as an int32_t: "a clean, sharp photograph"; those of UNKNOWN outside the enum. */
FOVEA_API const char *fovea_advice_gain_text(int32_t gain);

/* How good a result of some size can be. */
typedef enum fovea_expectation {
    FOVEA_EXPECT_EXACT = 0, /* no larger than the source: nothing is added */
    FOVEA_EXPECT_EXCELLENT = 1, /* up to 2 times: 1080p to 4K */
    FOVEA_EXPECT_GOOD = 2, /* up to 3 times: 720p to 4K */
    FOVEA_EXPECT_VARIABLE = 3, /* above: 480p to 4K */
} fovea_expectation;

/* By the greater of the two factors. Sides in pixels; a source side below 1 counts as 1. */
FOVEA_API fovea_expectation fovea_advice_expect(int32_t source_w, int32_t source_h, int32_t result_w,
                                                int32_t result_h);
/* "excellent", and a sentence that says what that means; those of VARIABLE outside the enum. */
FOVEA_API const char *fovea_advice_expectation_name(fovea_expectation expectation);
FOVEA_API const char *fovea_advice_expectation_text(fovea_expectation expectation);

/* What is known of a picture and of the wish; zero is "not known" in every member but the sizes. */
typedef struct fovea_advice_facts {
    size_t struct_size; /* sizeof(fovea_advice_facts); set by the macro */
    fovea_use use;
    int32_t source_w, source_h, result_w, result_h; /* pixels; 0: not known, and then nothing that depends on it applies */
    int32_t jpeg_quality; /* 1..100 when the source is a JPEG */
    int32_t was_enlarged; /* nonzero: somebody's tool has enlarged the source before */
    int32_t is_text; /* nonzero: letters and controls: a screen or a document */
    int32_t is_compact; /* nonzero: the result will be written lossy, at a quality of 85 or less */
    int32_t pictures; /* in this run */
    int32_t creative; /* nonzero: a creative net does it */
    int32_t face_side; /* of the smallest face found, pixels (fovea_faces); 0: not looked for, or none */
} fovea_advice_facts;

/* As fovea_options(...) does, a pointer to facts that last to the end of the block. */
#define fovea_advice_facts(...)                                                                                        \
    (&(const struct fovea_advice_facts){.struct_size = sizeof(struct fovea_advice_facts), __VA_ARGS__})

/* What to do for a better result. */
typedef enum fovea_tip {
    FOVEA_TIP_SOURCE = 0, /* start from the best source: JPEG quality below 70, or enlarged before */
    FOVEA_TIP_ORDER = 1, /* enlarge first, edit after: uses that are edited, or none said and no text */
    FOVEA_TIP_COMPRESS = 2, /* compress after: twice the pixels or more, and not compact yet; not for print */
    FOVEA_TIP_TEXT = 3, /* better as SVG: is_text, or a screenshot */
    FOVEA_TIP_BATCH = 4, /* test one before a batch: two pictures or more */
} fovea_tip;
#define FOVEA_TIPS 5

/* What can go wrong, to be looked at in the result. */
typedef enum fovea_pitfall {
    FOVEA_PITFALL_HALOS = 0, /* over-sharpening: where there is text, or a creative net */
    FOVEA_PITFALL_TEXTURE = 1, /* invented texture: beyond 2 times, or a creative net */
    /* A face below 40 pixels; where none is known, no side above 320 pixels, no text, and a use that may show people. */
    FOVEA_PITFALL_FACES = 2,
    FOVEA_PITFALL_FILES = 3, /* exploding files: twice the pixels or more, and not compact */
} fovea_pitfall;
#define FOVEA_PITFALLS 4

/* Which of them apply, as bits 1 << tip; 0 for NULL and for facts without struct_size. */
FOVEA_API uint32_t fovea_advice_tips(const fovea_advice_facts *facts);
FOVEA_API uint32_t fovea_advice_pitfalls(const fovea_advice_facts *facts);

/* "source", and a sentence; those of the first one outside the enum. */
FOVEA_API const char *fovea_advice_tip_name(fovea_tip tip);
FOVEA_API const char *fovea_advice_tip_text(fovea_tip tip);
FOVEA_API const char *fovea_advice_pitfall_name(fovea_pitfall pitfall);
FOVEA_API const char *fovea_advice_pitfall_text(fovea_pitfall pitfall);

/* ---- JPEG -------------------------------------------------------------------------------------------------- */

/* What the bytes of a JPEG file tell before its first scan. Nothing is decoded. */
typedef struct fovea_jpeg {
    size_t struct_size; /* set by the caller to sizeof(fovea_jpeg) before the call */
    int32_t whole; /* 1: everything before the first scan has been seen; 0: the bytes ended sooner */
    int32_t width, height; /* as stored, before any orientation tag; 0: not known */
    int32_t components, depth; /* 1 grey, 3 colour, 4 CMYK; bits of a sample */
    int32_t progressive, lossless; /* 0 or 1 */
    int32_t chroma_x, chroma_y; /* luma samples to one of chroma: 2, 2 is 4:2:0 */
    /* 1 .. 100: how libjpeg would have been told to make the tables of the first and the second component; where it makes
     * no such table (exact is 0), the quality whose table is nearest by the mean ratio of the 64 entries. 0: not known. */
    int32_t quality, chroma_quality;
    int32_t exact;
} fovea_jpeg;

/* Reads the first size bytes of a file; more than its first 64 KiB are needed only where much metadata comes first. Takes
 * no memory. Fills *info up to info->struct_size; on failure everything in it is 0.
 * Errors: ARGUMENT, JPEG. Any thread. Source: ITU-T T.81; the scaling of its tables is libjpeg's. */
FOVEA_API fovea_status fovea_jpeg_read(const void *bytes, size_t size, fovea_jpeg *info, fovea_error *error);

/* ---- Inspect ----------------------------------------------------------------------------------------------- */

/* Figures about one picture, read row by row from the top; memory does not grow with its height:
 *
 *     fovea_inspect *in;
 *     fovea_inspect_new(w, h, FOVEA_FORMAT_RGB8, NULL, &in, &error);
 *     for (y = 0; y < h; y++) fovea_inspect_row(in, next_row());
 *     fovea_inspect_get_traits(in, &traits);
 *
 * In 8-bit levels (255 is white, whatever the depth), on sample values as they are; alpha: the picture as seen on white.
 * All that is counted is whole numbers: every processor tells the same. */
typedef struct fovea_inspect fovea_inspect;

/* What a picture shows. */
typedef enum fovea_content {
    FOVEA_CONTENT_UNKNOWN = 0, /* too small to tell */
    FOVEA_CONTENT_PHOTO = 1,
    FOVEA_CONTENT_SCREEN = 2, /* rendered: user interfaces, text, charts */
    FOVEA_CONTENT_ART = 3, /* drawn: flat colours, lines */
    FOVEA_CONTENT_DOCUMENT = 4, /* paper: scanned or photographed text */
} fovea_content;

typedef struct fovea_traits {
    size_t struct_size; /* set by the caller to sizeof(fovea_traits) before the call */
    int32_t width, height, rows; /* rows: seen so far */
    fovea_content content;
    int32_t was_enlarged; /* 1: somebody's tool has enlarged it before; 0: nothing tells of it */
    double enlarged_score; /* above 0 where was_enlarged; the natural logarithm of the odds */

    int32_t colours; /* distinct colours at 8 bits; 4096: that many or more */
    double common; /* share of the pixels in the 8 commonest colours, of 5 bits a channel */
    double flat; /* share of the pixels that are exactly the one before and the one above */
    double smooth; /* the same within 2 levels of luma */
    double grey, bright, dark; /* shares: channels within 10 levels; pale and luma above 200; luma below 100 */

    /* Edges: neighbours that differ by 24 levels or more, along rows and columns. */
    double strong; /* share of all pairs of neighbours */
    double steps; /* of those: a step of one pixel, flat before and after it */
    double aligned; /* of those: a step that goes on in the next row or column, as borders of boxes do */
    /* Pixels on straight lines along the axes, 32 or more of them with the same step of 6 levels or more across, over
     * width and height together. */
    double straight;
    /* Pixels that the sharpest tenth of the edges of 48 levels or more take: 1 is a hard step, 0: there is no edge. */
    double edge_width;

    double noise; /* standard deviation of luma in the quietest tenth of all 8x8 blocks, levels (Immerkaer 1996) */
    double blocks; /* difference across the 8x8 grid over that beside it: 1 none, JPEG's blocks above */

    /* Mean power at k/32 of the sampling rate, k = 1 .. 16, of rows and columns: ln(levels^2 + 8). */
    double spectrum[16];
    /* ln of the peaks, over the median, of the spectrum of |second difference| by column and row (Gallagher 2005):
     * anywhere but at multiples of 1/8; at 1/4; 3/8; 1/2. Only where has_periods is 1: a side above 130 pixels. */
    double periods[4];
    int32_t has_periods;
} fovea_traits;

/* Takes all memory, about 100 bytes a column. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one fovea_inspect, one call at a time. */
FOVEA_API fovea_status fovea_inspect_new(int32_t picture_w, int32_t picture_h, fovea_format format,
                                         const fovea_options *options, fovea_inspect **out, fovea_error *error);

/* Frees; NULL is allowed. */
FOVEA_API void fovea_inspect_free(fovea_inspect *in);

/* The next row, picture_w pixels without gaps; read only during the call. Errors: ARGUMENT, also after the last row. */
FOVEA_API fovea_status fovea_inspect_row(fovea_inspect *in, const void *pixels);

/* Where all that is wanted to know is whether a picture is a screen, instead of fovea_inspect_row, in a tenth of its time:
 * takes the next row; *no_screen is 1 as soon as the content can't be SCREEN whatever the rows below are (photographs: after
 * three fifths of them), else 0. After all rows still 0: it may be one, and takes a new fovea_inspect to tell. One object is
 * either glanced at or looked at. Errors: ARGUMENT, also after the last row. */
FOVEA_API fovea_status fovea_inspect_glance(fovea_inspect *in, const void *pixels, int32_t *no_screen);

/* Fills *traits up to traits->struct_size, from the rows seen so far. Errors: ARGUMENT, also after a glance. */
FOVEA_API fovea_status fovea_inspect_get_traits(const fovea_inspect *in, fovea_traits *traits);

/* Whether a picture gains more from a creative net than it loses, and what tells so. */
typedef enum fovea_gain {
    FOVEA_GAIN_UNKNOWN = 0, /* it does not: nothing is known of it */
    FOVEA_GAIN_CLEAN = 1, /* nor does a photograph without damage */
    FOVEA_GAIN_SCREEN = 2, /* nor these two: their letters must stay what they are */
    FOVEA_GAIN_DOCUMENT = 3,
    FOVEA_GAIN_DRAWN = 4, /* from here on it does */
    FOVEA_GAIN_COMPRESSED = 5, /* a photograph, and of those the first that holds: JPEG of a quality below 75 */
    FOVEA_GAIN_BLOCKS = 6, /* JPEG's blocks show */
    FOVEA_GAIN_ENLARGED = 7,
    FOVEA_GAIN_SOFT = 8, /* its sharpest edges are 2 pixels wide or more */
    FOVEA_GAIN_NOISY = 9, /* 3 levels or more */
    FOVEA_GAIN_OLD = 10, /* without colour, no side above 1000 pixels */
} fovea_gain;
#define FOVEA_GAINS 11

/* By the traits of all rows of a picture (NULL: not looked at) and the quality of its JPEG file, 0 where there is none or
 * it does not tell. Any thread. */
FOVEA_API fovea_gain fovea_inspect_gain(const fovea_traits *traits, int32_t jpeg_quality);

/* ---- Faces ------------------------------------------------------------------------------------------------- */

/* Where a picture shows faces that look at the camera, from about 20 pixels a side on:
 *
 *     fovea_faces *faces;
 *     fovea_face list[FOVEA_FACES];
 *     fovea_faces_new(w, h, FOVEA_FORMAT_RGB8, NULL, &faces, &error);
 *     for (y = 0; y < h; y++) fovea_faces_row(faces, next_row());
 *     fovea_faces_get(faces, list, FOVEA_FACES, &count);
 *
 * A grey copy is kept, reduced by a whole number where the picture has more than 3 million pixels; the smallest face
 * that is found grows with that number. It finds most and not all, and now and then what is none: good enough to be
 * careful with a region, not to count people, and it knows nobody. Every processor finds the same. Source: the cascade
 * of Viola and Jones (2001) as trained by Lienhart. */
typedef struct fovea_faces fovea_faces;

#define FOVEA_FACES 64 /* at most so many of a picture, the surest */

typedef struct fovea_face {
    fovea_rect rect; /* a square from the brows to the chin, within the picture; hair and ears are outside */
    int32_t score; /* windows that saw it; above 0, and higher is surer */
} fovea_face;

/* Takes all memory, at most about 6 MB. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one fovea_faces, one call at a time. */
FOVEA_API fovea_status fovea_faces_new(int32_t picture_w, int32_t picture_h, fovea_format format,
                                       const fovea_options *options, fovea_faces **out, fovea_error *error);

/* Frees; NULL is allowed. */
FOVEA_API void fovea_faces_free(fovea_faces *faces);

/* The next row, picture_w pixels without gaps; read only during the call. Errors: ARGUMENT, also after the last row. */
FOVEA_API fovea_status fovea_faces_row(fovea_faces *faces, const void *pixels);

/* Writes the first room faces, the surest first, and to *count how many there are. The first call searches, which takes
 * about a tenth of a second a million pixels. list may be NULL where room is 0. Errors: ARGUMENT, also before the last row
 * has come. */
FOVEA_API fovea_status fovea_faces_get(fovea_faces *faces, fovea_face *list, int32_t room, int32_t *count);

#ifdef __cplusplus
}
#endif
#endif
