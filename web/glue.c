/* SPDX-License-Identifier: MIT
 *
 * The core as a WebAssembly instance that worker.js drives: one net (in creative mode two), an upscaler for each pass, one
 * window of a picture and one rectangle of the result, each in a buffer that JavaScript reads and writes in place. There is
 * no C library: memory is a stack of blocks over memory.grow, emptied whenever another net is loaded. */
#include "glue.h"

#include <stdbool.h>

#define DEEP (FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8) /* the bit of a fovea_format that says 16 bits */

/* ---- Memory ---- */

enum { PAGE = 65536, ALIGN = 16 };

extern unsigned char __heap_base; /* placed by wasm-ld after the stack and the data */

static uintptr_t top; /* first free byte; 0: nothing was taken yet */

static void *take(size_t size)
{
    if (!top) top = (uintptr_t)&__heap_base;
    const uintptr_t start = (top + ALIGN - 1) / ALIGN * ALIGN;
    if (size > UINTPTR_MAX - PAGE - start) return NULL;
    const uintptr_t end = start + size;
    const uintptr_t have = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE; /* 4 GiB reads as 0: then nothing is left */
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == SIZE_MAX) return NULL;
    top = end;
    return (void *)start;
}

static void *block_alloc(void *user, size_t size)
{
    (void)user;
    return take(size);
}

/* Blocks go all together, when the next net comes. */
static void block_free(void *user, void *memory)
{
    (void)user;
    (void)memory;
}

/* ---- What JavaScript reads back ---- */

enum { MAX_PASSES = 4 }; /* 16 times, by 2x */

/* What makes upscalers: first for the first pass, later for those after it. */
typedef struct maker {
    const fovea_model *model;
    fovea_options options;
    int scale;
} maker;

static maker first, later;
static uint32_t without; /* fovea_cpu bits that the upscalers of nets loaded from now on don't use */
static fovea_upscaler *upscalers[MAX_PASSES]; /* each pass its own, so that each can go on where it was; made when needed */
static fovea_model_info net;
static fovea_upscaler_info engine;
static fovea_error failure;

typedef struct buffer {
    void *bytes;
    size_t size;
} buffer;

static buffer source, result, between[MAX_PASSES - 1];

/* Memory never moves within the stack: a buffer that has to grow starts again at the top. */
static void *reserve(buffer *b, size_t size)
{
    if (size <= b->size) return b->bytes;
    void *bytes = take(size);
    if (bytes) *b = (buffer){bytes, size};
    return bytes;
}

/* ---- The nets ---- */

/* Forgets everything and returns room for the bytes of a .fovea file, NULL if there is none. */
void *EXPORT(web_net_room)(size_t size)
{
    top = (uintptr_t)&__heap_base;
    source = result = (buffer){NULL, 0};
    for (int i = 0; i < MAX_PASSES - 1; i++) between[i] = (buffer){NULL, 0};
    for (int i = 0; i < MAX_PASSES; i++) upscalers[i] = NULL;
    return take(size);
}

/* Room beside what is there, for another net or for rectangles. */
void *EXPORT(web_more_room)(size_t size) { return take(size); }

/* A model from bytes, freed with everything else. NULL: failure says why. */
static fovea_model *open_model(const void *bytes, size_t size)
{
    fovea_model *model;
    const fovea_options *options = fovea_options(.allocator = {block_alloc, block_free, NULL});
    return fovea_model_new(bytes, size, options, &model, &failure) ? NULL : model;
}

static int make_upscaler(const maker *m, fovea_upscaler **out)
{
    return (int)fovea_upscaler_new(m->model, &m->options, out, &failure);
}

static maker maker_of(const fovea_model *model, const fovea_options *options)
{
    fovea_model_info info = {.struct_size = sizeof info};
    fovea_model_get_info(model, &info);
    return (maker){model, *options, info.scale};
}

/* Later passes are made like the first, unless told otherwise. Returns a fovea_status. */
static int start_with(const fovea_model *model, const fovea_options *options)
{
    first = later = maker_of(model, options);
    const int status = make_upscaler(&first, &upscalers[0]);
    if (status) return status;
    net.struct_size = sizeof net;
    engine.struct_size = sizeof engine;
    fovea_model_get_info(model, &net);
    fovea_upscaler_get_info(upscalers[0], &engine);
    return FOVEA_OK;
}

void EXPORT(web_set_without)(uint32_t bits) { without = bits; }

/* Makes the upscaler from the bytes put there; mode is a fovea_mode. Returns a fovea_status. */
int EXPORT(web_net_load)(const void *bytes, size_t size, int mode)
{
    const fovea_options *options =
        fovea_options(.allocator = {block_alloc, block_free, NULL}, .threads = 1, .cpu_disable = without, .mode = (fovea_mode)mode);
    const fovea_model *model = open_model(bytes, size);
    return model ? start_with(model, options) : (int)failure.status;
}

/* The same for creative mode: the faithful net, the creative one of its scale, and strength and protected rectangles
 * (count of them) as in fovea_options. */
int EXPORT(web_creative_load)(const void *bytes, size_t size, const void *other, size_t other_size, int strength,
                              const fovea_rect *protect, int count)
{
    const fovea_model *model = open_model(bytes, size);
    const fovea_model *creative = model ? open_model(other, other_size) : NULL;
    if (!creative) return (int)failure.status;
    return start_with(model, fovea_options(.allocator = {block_alloc, block_free, NULL}, .threads = 1, .cpu_disable = without,
                                           .creative = creative,
                                           .strength = strength, .protect = count ? protect : NULL,
                                           .protect_count = count));
}

/* After either: a faithful net for all passes but the first. */
int EXPORT(web_later_load)(const void *bytes, size_t size)
{
    const fovea_model *model = open_model(bytes, size);
    if (!model) return (int)failure.status;
    later = maker_of(model, fovea_options(.allocator = {block_alloc, block_free, NULL}, .threads = 1, .cpu_disable = without));
    return FOVEA_OK;
}

int EXPORT(web_net_scale)(void) { return net.scale; }
int EXPORT(web_strip_width)(void) { return engine.strip_width; } /* source pixels that go on side by side */
double EXPORT(web_net_macs)(void) { return (double)net.macs_per_pixel; }
const char *EXPORT(web_kernels)(void) { return engine.kernels; }
const char *EXPORT(web_message)(void) { return failure.message; }

/* ---- Rectangles ----
 *
 * A result larger than the net's scale takes passes, each enlarging what the one before made, all but the last by the
 * whole scale and in 16 bits. A rectangle of the result is followed backwards through them to the window of the source.
 * What a pass made stays in its buffer, so that for the rectangle below only the rows that are new are made. */

typedef struct pass {
    fovea_upscaler *up;
    int32_t w, h, result_w, result_h; /* what comes in and what goes out, all of it */
    fovea_rect rect, need; /* the part that is made, and what it is made from, which is the rect of the pass before */
} pass;

static pass passes[MAX_PASSES];
static int pass_count;
static fovea_rect made[MAX_PASSES]; /* what stands in the buffer of each */

/* As many passes as reach the result; 0 if none do or there is no memory. */
static int plan_passes(int w, int h, int result_w, int result_h)
{
    for (int i = 0; i < MAX_PASSES; i++) {
        const maker *m = i ? &later : &first;
        if (!upscalers[i] && make_upscaler(m, &upscalers[i])) return 0;
        const bool enough = result_w <= w * m->scale && result_h <= h * m->scale;
        passes[i] = (pass){.up = upscalers[i], .w = w, .h = h, .result_w = enough ? result_w : w * m->scale,
                           .result_h = enough ? result_h : h * m->scale};
        if (enough) return i + 1;
        w = passes[i].result_w;
        h = passes[i].result_h;
    }
    return 0;
}

/* Down to where the pass before, of this scale, can stop to go on later. */
static void end_whole(fovea_rect *need, int scale) { need->h += (scale - (need->y + need->h) % scale) % scale; }

/* The source window that a rectangle of a result of result_w x result_h needs, as x, y, w, h; NULL if there is no such
 * rectangle, no such result or no memory. The picture is at most 16384 on a side, so the sizes of all passes fit. */
const fovea_rect *EXPORT(web_window)(int picture_w, int picture_h, int result_w, int result_h, int x, int y, int w, int h)
{
    failure.message = "a rectangle outside the picture";
    pass_count = plan_passes(picture_w, picture_h, result_w, result_h);
    fovea_rect rect = {x, y, w, h};
    for (int i = pass_count - 1; i >= 0; i--) {
        pass *p = &passes[i];
        p->rect = rect;
        if (fovea_rect_source_sized(p->up, p->w, p->h, p->result_w, p->result_h, rect, &p->need)) return NULL;
        if (i) end_whole(&p->need, i > 1 ? later.scale : first.scale);
        rect = p->need;
    }
    return pass_count ? &passes[0].need : NULL;
}

void *EXPORT(web_source_room)(size_t size) { return reserve(&source, size); }
void *EXPORT(web_result_room)(size_t size) { return reserve(&result, size); }

/* How many rows of the rectangle of pass i the one that stands in its buffer holds. */
static int rows_there(int i)
{
    const fovea_rect now = passes[i].rect, was = made[i];
    const int rows = was.y + was.h - now.y;
    return now.x == was.x && now.w == was.w && now.y >= was.y && rows >= 0 && rows <= now.h ? rows : 0;
}

/* The rectangle of pass i into its buffer, out of pixels, which are those that it needs. */
static int run_pass(int i, const void *pixels, fovea_format format, buffer *to, fovea_format out_format, bool below)
{
    const pass *p = &passes[i];
    const size_t stride = (size_t)p->rect.w * fovea_format_size(out_format);
    const void *before = to->bytes;
    unsigned char *out = reserve(to, stride * (size_t)p->rect.h);
    if (!out) {
        failure.message = "no memory";
        return FOVEA_ERROR_MEMORY;
    }
    const int have = below && out == before ? rows_there(i) : 0;
    __builtin_memmove(out, out + (size_t)(p->rect.y - made[i].y) * stride * (have > 0), (size_t)have * stride);
    made[i] = p->rect;
    if (have == p->rect.h) return FOVEA_OK;
    const fovea_source src = {.pixels = pixels, .stride = (size_t)p->need.w * fovea_format_size(format), .format = format,
                              .x = p->need.x, .y = p->need.y, .w = p->need.w, .h = p->need.h, .picture_w = p->w,
                              .picture_h = p->h, .result_w = p->result_w, .result_h = p->result_h};
    const fovea_target dst = {.pixels = out + (size_t)have * stride, .stride = stride, .format = out_format};
    const fovea_rect rect = {p->rect.x, p->rect.y + have, p->rect.w, p->rect.h - have};
    return (int)(below ? fovea_upscale_below : fovea_upscale_rect)(p->up, &src, rect, &dst, &failure);
}

/* Upscales the window last asked for, which stands in the source buffer without padding, into the result buffer, also
 * without. below: its rectangle is of the same picture as the one made last, right below it and as wide. Returns a
 * fovea_status. */
int EXPORT(web_upscale)(int format, int result_format, int below)
{
    const fovea_format deep = (fovea_format)(format | DEEP);
    const void *from = source.bytes;
    fovea_format from_format = (fovea_format)format;
    for (int i = 0; i < pass_count; i++) {
        const bool last = i == pass_count - 1;
        buffer *to = last ? &result : &between[i];
        const int status = run_pass(i, from, from_format, to, last ? (fovea_format)result_format : deep, below);
        if (status) return status;
        from = to->bytes;
        from_format = deep;
    }
    return FOVEA_OK;
}

/* count 16-bit samples in the result buffer become 8-bit ones, in place. */
void EXPORT(web_narrow)(size_t count)
{
    const uint16_t *from = result.bytes;
    unsigned char *to = result.bytes;
    for (size_t i = 0; i < count; i++) to[i] = (unsigned char)((from[i] + 128u) / 257u);
}

/* ---- Canvas pixels: always RGBA, while the core is spared channels that say nothing ---- */

/* count RGBA pixels in the source buffer become pixels of an 8-bit format, in place. */
void EXPORT(web_pack)(int format, size_t count)
{
    unsigned char *to = source.bytes;
    const unsigned char *from = source.bytes;
    for (size_t i = 0; i < count; i++, from += 4) {
        *to++ = from[0];
        if (format == FOVEA_FORMAT_RGB8) {
            *to++ = from[1];
            *to++ = from[2];
        }
        if (format == FOVEA_FORMAT_GA8) *to++ = from[3];
    }
}

/* And back, in the result buffer, which has room for RGBA: from the last pixel on, so nothing is overwritten unread. */
void EXPORT(web_unpack)(int format, size_t count)
{
    const size_t size = fovea_format_size((fovea_format)format);
    const int colours = format == FOVEA_FORMAT_RGB8 ? 3 : 1;
    unsigned char *const bytes = result.bytes;
    for (size_t i = count; i-- > 0;) {
        const unsigned char *from = bytes + i * size;
        const unsigned char r = from[0], g = from[colours > 1], b = from[colours > 1 ? 2 : 0];
        const unsigned char a = format == FOVEA_FORMAT_GA8 ? from[1] : 255;
        unsigned char *to = bytes + i * 4;
        to[0] = r;
        to[1] = g;
        to[2] = b;
        to[3] = a;
    }
}

/* ---- Measuring a pair of pictures, in an instance of its own ---- */

static fovea_measure *measure;
static fovea_figures figures;

int EXPORT(web_measure_start)(int small_w, int small_h, int small_format, int large_w, int large_h, int large_format,
                              int shrink, int brief)
{
    const fovea_options *options = fovea_options(.allocator = {block_alloc, block_free, NULL});
    const fovea_pair *pair = fovea_pair(.small_w = small_w, .small_h = small_h,
                                        .small_format = (fovea_format)small_format, .large_w = large_w,
                                        .large_h = large_h, .large_format = (fovea_format)large_format,
                                        .shrink = (fovea_shrink)shrink, .brief = brief);
    web_net_room(0);
    return (int)fovea_measure_new(pair, options, &measure, &failure);
}

int EXPORT(web_measure_wants)(void) { return (int)fovea_measure_wants(measure); }
int EXPORT(web_measure_row)(const void *pixels) { return (int)fovea_measure_row(measure, pixels); }

int EXPORT(web_measure_end)(void)
{
    figures.struct_size = sizeof figures;
    return (int)fovea_measure_get_figures(measure, &figures);
}

double EXPORT(web_figure_psnr)(void) { return figures.psnr; }
double EXPORT(web_figure_error)(void) { return figures.error_p999; }
double EXPORT(web_figure_drift)(void) { return figures.drift_p99; }
double EXPORT(web_figure_block)(void) { return figures.block_max; }
double EXPORT(web_figure_edges)(void) { return (double)figures.edges; }
double EXPORT(web_figure_halos)(void) { return (double)figures.halos; }
double EXPORT(web_figure_halo_max)(void) { return figures.halo_max; }
double EXPORT(web_figure_invented)(void) { return figures.invented; }

/* ---- Making a picture smaller, in an instance of its own ---- */

static fovea_shrinker *shrinker;

/* format: of the source and of the result; shrink: a fovea_shrink. */
int EXPORT(web_shrink_start)(int w, int h, int result_w, int result_h, int format, int shrink)
{
    const fovea_options *options = fovea_options(.allocator = {block_alloc, block_free, NULL});
    const fovea_shrink_job *job =
        fovea_shrink_job(.source_w = w, .source_h = h, .result_w = result_w, .result_h = result_h,
                         .source_format = (fovea_format)format, .result_format = (fovea_format)format,
                         .shrink = (fovea_shrink)shrink);
    web_net_room(0);
    return (int)fovea_shrinker_new(job, options, &shrinker, &failure);
}

int EXPORT(web_shrink_ready)(void) { return fovea_shrinker_ready(shrinker); }
int EXPORT(web_shrink_put)(const void *row) { return (int)fovea_shrinker_put(shrinker, row); }
int EXPORT(web_shrink_take)(void *row) { return (int)fovea_shrinker_take(shrinker, row); }

/* ---- Looking at one picture, in an instance of its own ---- */

static fovea_inspect *inspect;
static fovea_traits traits;

int EXPORT(web_inspect_start)(int w, int h, int format)
{
    const fovea_options *options = fovea_options(.allocator = {block_alloc, block_free, NULL});
    web_net_room(0);
    return (int)fovea_inspect_new(w, h, (fovea_format)format, options, &inspect, &failure);
}

int EXPORT(web_inspect_row)(const void *pixels) { return (int)fovea_inspect_row(inspect, pixels); }

int EXPORT(web_inspect_end)(void)
{
    traits.struct_size = sizeof traits;
    return (int)fovea_inspect_get_traits(inspect, &traits);
}

/* What fovea_inspect_gain makes of it and the quality that it is to be treated for; does that speak for a creative net? */
int EXPORT(web_gain)(int worse_quality) { return (int)fovea_inspect_gain(&traits, worse_quality); }
int EXPORT(web_gain_is_creative)(int gain) { return gain >= (int)FOVEA_GAIN_DRAWN; }

/* The quality that its pixels were saved at before, where that is worse than the file's own; else 0. */
int EXPORT(web_saved_quality)(int quality, int low_quality)
{
    const fovea_jpeg file = {.struct_size = sizeof file, .quality = quality, .low_quality = low_quality};
    const int worse = fovea_inspect_worse_quality(&file, traits.saved_quality);
    return worse != quality ? worse : 0;
}

double EXPORT(web_trait_content)(void) { return traits.content; }
double EXPORT(web_trait_enlarged)(void) { return traits.was_enlarged; }
double EXPORT(web_trait_grain)(void) { return traits.grain; }
double EXPORT(web_trait_edge_width)(void) { return traits.edge_width; }
double EXPORT(web_trait_flat)(void) { return traits.flat; }
double EXPORT(web_trait_colours)(void) { return traits.colours; }
double EXPORT(web_trait_rendered)(void) { return traits.rendered; }

static fovea_faces *finder;
static fovea_face faces[FOVEA_FACES];

int EXPORT(web_faces_start)(int w, int h, int format)
{
    const fovea_options *options = fovea_options(.allocator = {block_alloc, block_free, NULL});
    web_net_room(0);
    return (int)fovea_faces_new(w, h, (fovea_format)format, options, &finder, &failure);
}

int EXPORT(web_faces_row)(const void *pixels) { return (int)fovea_faces_row(finder, pixels); }

/* How many there are in web_faces_list, the surest first; -1 on failure. */
int EXPORT(web_faces_end)(void)
{
    int32_t count;
    if (fovea_faces_get(finder, faces, FOVEA_FACES, &count)) return -1;
    return count < FOVEA_FACES ? count : FOVEA_FACES;
}

const fovea_face *EXPORT(web_faces_list)(void) { return faces; } /* x, y, w, h, score of each, as int32 */

static fovea_jpeg jpeg;

/* Of the first size bytes of a file in the source buffer. Returns a fovea_status. */
int EXPORT(web_jpeg_read)(size_t size)
{
    jpeg.struct_size = sizeof jpeg;
    return (int)fovea_jpeg_read(source.bytes, size, &jpeg, &failure);
}

int EXPORT(web_webp_quality)(size_t size) { return fovea_webp_quality(source.bytes, size); }

int EXPORT(web_jpeg_whole)(void) { return jpeg.whole; }
int EXPORT(web_jpeg_width)(void) { return jpeg.width; }
int EXPORT(web_jpeg_height)(void) { return jpeg.height; }
int EXPORT(web_jpeg_quality)(void) { return jpeg.quality; }
int EXPORT(web_jpeg_low_quality)(void) { return jpeg.low_quality; }
int EXPORT(web_jpeg_exact)(void) { return jpeg.exact; }

/* ---- Which kernels are fast, in an instance of its own ---- */

enum { BODY = 3 }; /* fovea_probe_run's loop: 32 channels to 32 */

/* A body's inner loop, rounds times, without these fovea_cpu bits, for JavaScript to time. Returns its operations. */
double EXPORT(web_probe)(uint32_t bits, int rounds)
{
    fovea_probe probe = {.struct_size = sizeof probe};
    const fovea_options *options = fovea_options(.allocator = {block_alloc, block_free, NULL}, .cpu_disable = bits);
    web_net_room(0);
    return fovea_probe_run(BODY, (uint64_t)rounds, options, &probe) ? 0 : (double)probe.operations * rounds;
}
