/* SPDX-License-Identifier: MIT
 *
 * The public interface at its edges: memory that runs out, progress and cancelling, arguments that make no sense,
 * signals. */
#define _POSIX_C_SOURCE 200809L
#include <fenv.h>
#include <signal.h>
#include <unistd.h>

#include "picture.h"

/* ---- Memory that runs out ---- */

typedef struct counter {
    long calls, fail_at, alive;
    size_t bytes;
} counter;

static void *count_alloc(void *user, size_t size)
{
    counter *c = user;
    if (++c->calls == c->fail_at) return NULL;
    c->alive++;
    c->bytes += size;
    return malloc(size);
}

static void count_free(void *user, void *memory)
{
    counter *c = user;
    c->alive--;
    free(memory);
}

static fovea_status build_and_run(const net_bytes *n, counter *c)
{
    const fovea_options *options = fovea_options(.allocator = {count_alloc, count_free, c}, .threads = 2);
    fovea_model *model = NULL;
    fovea_upscaler *up = NULL;
    fovea_error error;
    fovea_status status = fovea_model_new(n->bytes, n->size, options, &model, &error);
    if (!status) status = fovea_upscaler_new(model, options, &up, &error);
    fovea_model_free(model); /* the upscaler holds its own copy */
    if (!status) {
        const long before = c->calls;
        picture src = random_picture(FOVEA_FORMAT_RGB8, 9, 9), out = upscale(up, &src);
        TAP_CHECK(c->calls == before, "memory taken during a run");
        free(src.pixels), free(out.pixels);
    }
    TAP_CHECK(status == FOVEA_OK || (status == FOVEA_ERROR_MEMORY && !up), "%s", fovea_status_name(status));
    fovea_upscaler_free(up);
    TAP_CHECK(c->alive == 0, "%ld blocks lost", c->alive);
    return status;
}

static void test_memory(void)
{
    net_bytes n = net_make((net_shape){.scale = 2, .channels = 16, .layers = 4, .zp = 0}, 3);
    counter c = {0};
    TAP_CHECK(build_and_run(&n, &c) == FOVEA_OK, "with memory");
    const long calls = c.calls;
    TAP_CHECK(calls >= 4, "%ld allocations", calls);
    for (long i = 1; i <= calls; i++) {
        c = (counter){.fail_at = i};
        TAP_CHECK(build_and_run(&n, &c) == FOVEA_ERROR_MEMORY, "allocation %ld failed unseen", i);
    }
    fovea_model *model;
    fovea_upscaler *up;
    TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &model, NULL) == FOVEA_OK, "model");
    c = (counter){0};
    const fovea_options *little = fovea_options(.max_memory = 1000, .allocator = {count_alloc, count_free, &c});
    TAP_CHECK(fovea_upscaler_new(model, little, &up, NULL) == FOVEA_ERROR_LIMIT && !up, "limit");
    TAP_CHECK(c.bytes <= 1000, "%zu bytes taken before the limit was seen", c.bytes);
    c = (counter){0};
    const fovea_options *counted = fovea_options(.allocator = {count_alloc, count_free, &c}, .threads = 3);
    TAP_CHECK(fovea_upscaler_new(model, counted, &up, NULL) == FOVEA_OK, "counted");
    fovea_upscaler_info info = {.struct_size = sizeof info};
    TAP_CHECK(!fovea_upscaler_get_info(up, &info) && info.memory <= c.bytes && c.bytes - info.memory < 128 * (size_t)c.calls,
              "%llu bytes told, %zu taken", (unsigned long long)info.memory, c.bytes);
    fovea_upscaler_free(up);
    for (int less = 0; less < 2; less++) {
        const fovea_options *limited = fovea_options(.threads = 3, .max_memory = info.memory - (uint64_t)less);
        TAP_CHECK(fovea_upscaler_new(model, limited, &up, NULL) == (less ? FOVEA_ERROR_LIMIT : FOVEA_OK), "limit less %d",
                  less);
        fovea_upscaler_free(up);
    }
    fovea_model_free(model);
    free(n.bytes);
}

/* ---- Strange nets ---- */

/* A net whose tail answers with nearly as much as a loader accepts, 2^30, in one direction. */
static net_bytes extreme_net(void)
{
    enum { CHANNELS = 16, TAIL = 12, FILTER = 9 * CHANNELS, WEIGHT = 100 };
    net_bytes n = {0};
    const uint8_t header[64] = {0x89, 'F', 'O', 'V', 'E', 'A', '\r', '\n', 1, [20] = 2, [26] = 2, [32] = 'e'};
    const uint8_t head[8] = {1, 0, 0, 0, 3, 0, CHANNELS, 0}, tail[8] = {3, 0, 0, 0, CHANNELS, 0, TAIL, 0};
    int8_t differences[CHANNELS * 27] = {0}, sums[TAIL * FILTER];
    const int32_t bias[CHANNELS] = {0};
    float one[CHANNELS], largest[TAIL];
    for (int o = 0; o < CHANNELS; o++)
        for (int c = 0; c < 3; c++) differences[27 * o + 15 + c] = 10, differences[27 * o + 9 + c] = -10;
    memset(sums, WEIGHT, sizeof sums);
    for (int o = 0; o < CHANNELS; o++) one[o] = 1;
    for (int o = 0; o < TAIL; o++) largest[o] = 1.07e9f / (FILTER * WEIGHT * 127.0f);
    net_put(&n, header, sizeof header);
    net_put(&n, head, sizeof head), net_put(&n, differences, sizeof differences);
    net_put(&n, bias, sizeof bias), net_put(&n, one, sizeof one);
    net_put(&n, tail, sizeof tail), net_put(&n, sums, sizeof sums);
    net_put(&n, bias, TAIL * sizeof *bias), net_put(&n, largest, sizeof largest);
    net_seal(&n);
    return n;
}

/* Grey is the weighted sum of three such answers, and white it is where the net says so. */
static void test_extreme_net(void)
{
    net_bytes n = extreme_net();
    fovea_model *model;
    fovea_upscaler *up;
    TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &model, NULL) == FOVEA_OK, "the loader accepts it");
    TAP_CHECK(fovea_upscaler_new(model, fovea_options(.threads = 1), &up, NULL) == FOVEA_OK, "upscaler");
    picture src = random_picture(FOVEA_FORMAT_G8, 16, 16);
    for (int i = 0; i < 256; i++) src.pixels[i] = (uint8_t)(i % 16 * 16);
    picture out = upscale(up, &src);
    TAP_CHECK(out.pixels[16 * 32 + 16] == 255, "grey %d", out.pixels[16 * 32 + 16]);
    free(src.pixels), free(out.pixels);
    fovea_upscaler_free(up);
    fovea_model_free(model);
    free(n.bytes);
}

/* ---- Loops to be timed ---- */

/* All of them run, with every set of instructions that there is. Operations: two for each weight and pixel of the 192. */
static void test_probe(void)
{
    static const struct {
        const char *name;
        uint64_t weights;
    } loops[] = {{"dot product", 0},
                 {"head 3 > 32", 9 * 3 * 32},
                 {"head 3 > 64", 9 * 3 * 64},
                 {"body 32 > 32", 9 * 32 * 32},
                 {"body 32 + skip", 9 * 32 * 32},
                 {"body 64 > 64", 9 * 64 * 64},
                 {"body 64 + skip", 9 * 64 * 64},
                 {"tail 32 > 12", 9 * 32 * 12},
                 {"tail 32 > 27", 9 * 32 * 27},
                 {"tail 32 > 48", 9 * 32 * 48},
                 {"tail 64 > 12", 9 * 64 * 12}};
    const int count = sizeof loops / sizeof *loops;
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0});
    for (int i = -1; i < 32; i++) {
        const uint32_t off = i < 0 ? ~0u : i == 0 ? 0 : 1u << i;
        counter c = {0};
        const fovea_options *options = fovea_options(.allocator = {count_alloc, count_free, &c}, .cpu_disable = off);
        fovea_upscaler *up = upscaler(model, options);
        fovea_upscaler_info info = {.struct_size = sizeof info};
        fovea_upscaler_get_info(up, &info);
        fovea_upscaler_free(up);
        for (int k = 0; k < count; k++) {
            fovea_probe probe = {.struct_size = sizeof probe};
            TAP_CHECK(!fovea_probe_run(k, 2, options, &probe) && c.alive == 0, "loop %d", k);
            TAP_CHECK(!strcmp(probe.name, loops[k].name) && !strcmp(probe.kernels, info.kernels), "loop %d: %s by %s", k,
                      probe.name, probe.kernels);
            const uint64_t row = 2 * 192 * (uint64_t)loops[k].weights; /* some sets take four at once, but no head */
            TAP_CHECK(k == 0 || probe.operations == row || (k > 2 && probe.operations == 4 * row), "%s: %llu operations",
                      probe.name, (unsigned long long)probe.operations);
        }
    }
    fovea_model_free(model);
    fovea_probe probe = {.struct_size = sizeof(size_t), .operations = 77};
    TAP_CHECK(!fovea_probe_run(1, 0, NULL, &probe) && probe.operations == 77, "no room but for the size");
    TAP_CHECK(fovea_probe_run(-1, 0, NULL, &probe) == FOVEA_ERROR_ARGUMENT, "loop -1");
    TAP_CHECK(fovea_probe_run(count, 0, NULL, &probe) == FOVEA_ERROR_ARGUMENT, "loop %d", count);
    TAP_CHECK(fovea_probe_run(0, 0, NULL, NULL) == FOVEA_ERROR_ARGUMENT, "no probe");
    probe.struct_size--;
    TAP_CHECK(fovea_probe_run(0, 0, NULL, &probe) == FOVEA_ERROR_ARGUMENT, "a struct without room for its size");
    probe.struct_size = sizeof probe;
    counter none = {.fail_at = 1};
    TAP_CHECK(fovea_probe_run(1, 0, fovea_options(.allocator = {count_alloc, count_free, &none}), &probe) == FOVEA_ERROR_MEMORY,
              "without memory");
}

/* ---- Progress ---- */

typedef struct progress {
    uint64_t last, total;
    int calls, cancel_at, wrong;
} progress;

static int on_progress(void *user, uint64_t done, uint64_t total)
{
    progress *p = user;
    p->wrong |= (p->calls ? done <= p->last : done != 0) || done > total || (p->calls && total != p->total);
    p->last = done;
    p->total = total;
    return ++p->calls == p->cancel_at;
}

static void test_progress(void)
{
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0});
    picture src = random_picture(FOVEA_FORMAT_G8, 60, 1000), out = new_picture(FOVEA_FORMAT_G8, 120, 2000, 0);
    fovea_source source = whole_of(&src);
    fovea_target target = target_of(&out);
    for (int threads = 1; threads <= 2; threads++) {
        progress p = {0};
        fovea_upscaler *up = upscaler(model, fovea_options(.threads = threads, .progress = on_progress, .progress_user = &p));
        TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_OK, "run");
        TAP_CHECK(p.calls > 1 && p.last == p.total && !p.wrong, "%d calls, wrong %d", p.calls, p.wrong);
        for (int at = 1; at <= 2; at++) {
            p = (progress){.cancel_at = at};
            TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_ERROR_CANCELLED, "not cancelled");
        }
        p = (progress){0};
        TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_OK, "run after a cancel");
        progress other = {0};
        p = (progress){0};
        fovea_upscaler_set_progress(up, on_progress, &other);
        TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_OK && other.calls > 1 && !p.calls, "another callback");
        other = (progress){0};
        fovea_upscaler_set_progress(up, NULL, NULL);
        TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_OK && !other.calls, "no callback any more");
        fovea_upscaler_set_progress(NULL, NULL, NULL);
        fovea_upscaler_free(up);
    }
    free(src.pixels), free(out.pixels);
    fovea_model_free(model);
}

/* ---- Arguments ---- */

static void test_arguments(void)
{
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0});
    fovea_upscaler *up;
    TAP_CHECK(fovea_upscaler_new(NULL, NULL, &up, NULL) == FOVEA_ERROR_ARGUMENT && !up, "no model");
    TAP_CHECK(fovea_upscaler_new(model, NULL, NULL, NULL) == FOVEA_ERROR_ARGUMENT, "nowhere to put it");
    const fovea_options *bad_options[] = {
        fovea_options(.threads = -1),      fovea_options(.threads = 65),       fovea_options(.strip_width = 15),
        fovea_options(.strip_width = -16), fovea_options(.strip_width = 8193), fovea_options(.mode = (fovea_mode)2),
    };
    for (size_t i = 0; i < sizeof bad_options / sizeof *bad_options; i++)
        TAP_CHECK(fovea_upscaler_new(model, bad_options[i], &up, NULL) == FOVEA_ERROR_ARGUMENT && !up, "bad options %zu", i);
    fovea_upscaler_free(upscaler(model, fovea_options(.threads = 64, .strip_width = 16)));
    up = upscaler(model, fovea_options(.strip_width = 8192));
    fovea_upscaler_info info = {.struct_size = sizeof(size_t), .scale = 77};
    TAP_CHECK(fovea_upscaler_get_info(up, &info) == FOVEA_OK && info.scale == 77, "no room but for the size");
    info.struct_size--;
    TAP_CHECK(fovea_upscaler_get_info(up, &info) == FOVEA_ERROR_ARGUMENT, "not even that");
    TAP_CHECK(fovea_upscaler_get_info(up, NULL) == FOVEA_ERROR_ARGUMENT, "no info");
    TAP_CHECK(fovea_upscaler_get_info(NULL, &(fovea_upscaler_info){.struct_size = sizeof info}) == FOVEA_ERROR_ARGUMENT,
              "of none");

    uint8_t pixels[64 * 64 * 3] = {0}, result[128 * 128 * 3];
    const fovea_source src = {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 64, 64, 0, 0};
    const fovea_target dst = {result, 384, FOVEA_FORMAT_RGB8};
    const fovea_source bad_sources[] = {
        {NULL, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 64, 64, 0, 0},
        {pixels, 191, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 64, 64, 0, 0},
        {pixels, SIZE_MAX, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 64, 64, 0, 0},
        {pixels, PTRDIFF_MAX / 64 + 1, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 64, 64, 0, 0},
        {pixels, 192, (fovea_format)0, 0, 0, 64, 64, 64, 64, 0, 0},
        {pixels, 192, (fovea_format)5, 0, 0, 64, 64, 64, 64, 0, 0},
        {pixels, 192, (fovea_format)35, 0, 0, 64, 64, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, -1, 0, 64, 64, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 0, 64, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 65, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 1, 0, 64, 64, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 0, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 65, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, -1, 64, 64, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 0, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 1, 64, 64, 64, 64, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 64, 0, 0, 0},
        {pixels, 192, FOVEA_FORMAT_RGB8, 0, 0, 64, 64, 64, 65, 0, 0},
    };
    for (size_t i = 0; i < sizeof bad_sources / sizeof *bad_sources; i++)
        TAP_CHECK(fovea_upscale(up, &bad_sources[i], &dst, NULL) == FOVEA_ERROR_ARGUMENT, "bad source %zu", i);
    const fovea_target bad_targets[] = {
        {NULL, 384, FOVEA_FORMAT_RGB8},    {result, 383, FOVEA_FORMAT_RGB8}, {result, SIZE_MAX, FOVEA_FORMAT_RGB8},
        {result, 512, FOVEA_FORMAT_RGBA8}, {result, 384, FOVEA_FORMAT_G8},
    };
    for (size_t i = 0; i < sizeof bad_targets / sizeof *bad_targets; i++)
        TAP_CHECK(fovea_upscale(up, &src, &bad_targets[i], NULL) == FOVEA_ERROR_ARGUMENT, "bad target %zu", i);
    const fovea_rect bad_rects[] = {
        {-1, 0, 4, 4}, {0, 0, 0, 4}, {0, 0, 129, 4}, {127, 127, 2, 1}, {0, 2147483647, 1, 2147483647}};
    fovea_rect need;
    for (size_t i = 0; i < sizeof bad_rects / sizeof *bad_rects; i++) {
        TAP_CHECK(fovea_upscale_rect(up, &src, bad_rects[i], &dst, NULL) == FOVEA_ERROR_ARGUMENT, "bad rect %zu", i);
        TAP_CHECK(fovea_rect_source(up, 64, 64, bad_rects[i], &need) == FOVEA_ERROR_ARGUMENT, "bad rect %zu", i);
    }
    fovea_source window = src;
    window.w = window.h = 32;
    TAP_CHECK(fovea_upscale_rect(up, &window, (fovea_rect){60, 0, 4, 4}, &dst, NULL) == FOVEA_ERROR_ARGUMENT, "small window");
    TAP_CHECK(fovea_upscale(NULL, &src, &dst, NULL) == FOVEA_ERROR_ARGUMENT, "no upscaler");
    TAP_CHECK(fovea_upscale(up, NULL, &dst, NULL) == FOVEA_ERROR_ARGUMENT, "no source");
    TAP_CHECK(fovea_upscale(up, &src, NULL, NULL) == FOVEA_ERROR_ARGUMENT, "no target");
    const fovea_rect one = {0, 0, 1, 1};
    TAP_CHECK(fovea_upscale_rect(NULL, &src, one, &dst, NULL) == FOVEA_ERROR_ARGUMENT, "no upscaler for a rectangle");
    TAP_CHECK(fovea_rect_source(NULL, 64, 64, one, &need) == FOVEA_ERROR_ARGUMENT, "no upscaler to ask");
    TAP_CHECK(fovea_rect_source(up, 64, 64, one, NULL) == FOVEA_ERROR_ARGUMENT, "no place for the window");
    TAP_CHECK(fovea_rect_source(up, 0, 64, one, &need) == FOVEA_ERROR_ARGUMENT, "no width");
    TAP_CHECK(fovea_rect_source(up, 64, 0, one, &need) == FOVEA_ERROR_ARGUMENT, "no height");
    fovea_upscaler_free(up);
    fovea_upscaler_free(NULL);
    fovea_model_free(model);
}

/* What rounds differently would give other bytes, or refuse good nets for a wrong reason. */
static void test_rounding(void)
{
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    net_bytes n = net_make((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0}, 3);
    fovea_model *model, *none;
    fovea_upscaler *up, *no_up;
    fovea_shrinker *shrinker;
    fovea_error error;
    TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &model, NULL) == FOVEA_OK, "a good net");
    up = upscaler(model, NULL);
    picture src = random_picture(FOVEA_FORMAT_RGB8, 9, 9), out = new_picture(FOVEA_FORMAT_RGB8, 18, 18, 0);
    const fovea_source source = whole_of(&src);
    const fovea_target target = target_of(&out);
    const fovea_shrink_job *job = fovea_shrink_job(.source_w = 9, .source_h = 9, .result_w = 5, .result_h = 5,
                                                   .source_format = FOVEA_FORMAT_G8, .result_format = FOVEA_FORMAT_G8);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        fesetround(modes[i]);
        const fovea_status made = fovea_model_new(n.bytes, n.size, NULL, &none, &error);
        const char *message = error.message;
        const fovea_status ready = fovea_upscaler_new(model, NULL, &no_up, NULL),
                           ran = fovea_upscale(up, &source, &target, NULL),
                           shrunk = fovea_shrinker_new(job, NULL, &shrinker, NULL);
        fesetround(FE_TONEAREST);
        TAP_CHECK(made == FOVEA_ERROR_ARGUMENT && !none && strstr(message, "nearest"), "mode %zu: %s", i, message);
        TAP_CHECK(ready == FOVEA_ERROR_ARGUMENT && !no_up && ran == ready && shrunk == ready && !shrinker, "mode %zu", i);
    }
    TAP_CHECK(fovea_upscale(up, &source, &target, NULL) == FOVEA_OK, "and to nearest again");
    free(src.pixels), free(out.pixels);
    fovea_upscaler_free(up);
    fovea_model_free(model);
    free(n.bytes);
}

/* A program made for a later version finds nothing but zeros where this one knows nothing. */
static void test_longer_struct(void)
{
    struct {
        fovea_model_info info;
        uint64_t later;
    } given;
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0, .passes = 2});
    memset(&given, 0xAA, sizeof given);
    given.info.struct_size = sizeof given;
    TAP_CHECK(fovea_model_get_info(model, &given.info) == FOVEA_OK && given.info.scale == 2 && !given.later, "not cleared");
    TAP_CHECK(given.info.passes == 2, "%d passes", given.info.passes);
    fovea_model_free(model);
}

/* 16-bit samples stand at even bytes, in the source and in the target. */
static void test_odd_bytes(void)
{
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0});
    fovea_upscaler *up = upscaler(model, NULL);
    uint16_t pixels[8 * 8] = {0}, result[16 * 17];
    for (int odd = 0; odd < 5; odd++) {
        const fovea_source src = {(uint8_t *)pixels + (odd == 1), odd == 2 ? 15 : 14, FOVEA_FORMAT_G16, 0, 0, 7, 7, 7, 7, 0, 0};
        const fovea_target dst = {(uint8_t *)result + (odd == 3), odd == 4 ? 31 : 30, FOVEA_FORMAT_G16};
        TAP_CHECK(fovea_upscale(up, &src, &dst, NULL) == (odd ? FOVEA_ERROR_ARGUMENT : FOVEA_OK), "case %d", odd);
    }
    fovea_upscaler_free(up);
    fovea_model_free(model);
}

/* Pictures as wide or high as the largest side, and one above; and results from the picture's own size to the net's. */
static void test_limits(void)
{
    enum { MOST = FOVEA_MAX_SIDE };
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0});
    fovea_upscaler *up = upscaler(model, fovea_options(.threads = 1));
    uint8_t pixels[64 * 64] = {0}, result[8 * 8];
    const fovea_target dst = {result, 8, FOVEA_FORMAT_G8};
    const fovea_rect one = {0, 0, 1, 1};
    fovea_rect need;
    for (int above = 0; above < 2; above++)
        for (int high = 0; high < 2; high++) {
            const int32_t w = high ? 64 : MOST + above, h = high ? MOST + above : 64;
            const fovea_source src = {pixels, 64, FOVEA_FORMAT_G8, 0, 0, 64, 64, w, h, 0, 0};
            const fovea_status expected = above ? FOVEA_ERROR_LIMIT : FOVEA_OK;
            TAP_CHECK(fovea_rect_source(up, w, h, one, &need) == expected, "the window of %dx%d", w, h);
            TAP_CHECK(fovea_upscale_rect(up, &src, one, &dst, NULL) == expected, "a part of %dx%d", w, h);
            TAP_CHECK(!above || fovea_upscale(up, &src, &dst, NULL) == FOVEA_ERROR_LIMIT, "all of %dx%d", w, h);
        }
    static const struct {
        int32_t w, h;
        bool good;
    } sizes[] = {{9, 9, true}, {18, 18, true}, {8, 9, false}, {9, 8, false}, {19, 18, false}, {18, 19, false}, {0, 9, false}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        TAP_CHECK(fovea_rect_source_sized(up, 9, 9, sizes[i].w, sizes[i].h, one, &need) ==
                      (sizes[i].good ? FOVEA_OK : FOVEA_ERROR_ARGUMENT),
                  "a result of %dx%d", sizes[i].w, sizes[i].h);
    fovea_upscaler_free(up);
    fovea_model_free(model);
}

/* ---- Signals ---- */

static volatile sig_atomic_t handled;

static void handle(int signal) { handled = signal; }

/* Of an application that blocks a signal in its own threads none of the library's may take it. */
static void test_signals(void)
{
    const struct sigaction action = {.sa_handler = handle};
    sigset_t usual, now, mine;
    sigemptyset(&mine), sigaddset(&mine, SIGUSR1);
    sigaction(SIGUSR1, &action, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &usual);
    fovea_model *model = random_model((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0});
    fovea_upscaler *up = upscaler(model, fovea_options(.threads = 4));
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    TAP_CHECK(sigismember(&now, SIGUSR1) == sigismember(&usual, SIGUSR1), "making threads changed the caller's mask");
    pthread_sigmask(SIG_BLOCK, &mine, NULL);
    kill(getpid(), SIGUSR1);
    picture src = random_picture(FOVEA_FORMAT_RGB8, 90, 90), out = upscale(up, &src);
    sigpending(&now);
    TAP_CHECK(!handled && sigismember(&now, SIGUSR1), "a thread of the library took a signal");
    pthread_sigmask(SIG_SETMASK, &usual, NULL);
    TAP_CHECK(handled == SIGUSR1, "the signal went astray");
    free(src.pixels), free(out.pixels);
    fovea_upscaler_free(up);
    fovea_model_free(model);
}

int main(void)
{
    test_memory();
    test_extreme_net();
    test_probe();
    test_progress();
    test_arguments();
    test_rounding();
    test_longer_struct();
    test_odd_bytes();
    test_limits();
    test_signals();
    return tap_done("api");
}
