/* SPDX-License-Identifier: MIT
 *
 * The inner loops by themselves, for whoever wants to know how much of a processor they use. The first is no loop of the
 * engine but the set's dot product on registers alone, in chains enough to hide its latency: what nothing can exceed that takes
 * all products. Kernels that do with a quarter of them (kernels_winograd.h) are counted as if they took all. */
#include "cpu.h"
#include "kernels.h"
#include "probe.h"

enum { PIXELS = 192, CHANNELS = 128, CHAINS = 12, CEILING_STEPS = 1000 };

typedef enum job { CEILING, HEAD, BODY, TAIL } job;

static const struct {
    const char *name;
    job job;
    int cin, cout; /* of the head, cin counts the channel of zeros */
    bool skip;
} probes[] = {
    {"dot product", CEILING, 0, 0, false},  {"head 3 > 32", HEAD, 4, 32, false},    {"head 3 > 64", HEAD, 4, 64, false},
    {"body 32 > 32", BODY, 32, 32, false},  {"body 32 + skip", BODY, 32, 32, true}, {"body 64 > 64", BODY, 64, 64, false},
    {"body 64 + skip", BODY, 64, 64, true}, {"tail 32 > 12", TAIL, 32, 12, false},  {"tail 32 > 27", TAIL, 32, 27, false},
    {"tail 32 > 48", TAIL, 32, 48, false},  {"tail 64 > 12", TAIL, 64, 12, false},
};

/* ---- The ceiling ---- */

#define TWELVE(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

#if defined(__x86_64__) && defined(__GNUC__)
#ifndef FV_VNNI_PREFIX
#define FV_VNNI_PREFIX "%{vex%} " /* as in kernels_avx2.c */
#endif
#define CLOBBER \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", \
        "xmm14", "xmm15"
#define ZMM_DOT(i) "vpdpbusd %%zmm15, %%zmm15, %%zmm" #i "\n"
#define YMM_DOT(i) FV_VNNI_PREFIX "vpdpbusd %%ymm15, %%ymm15, %%ymm" #i "\n"
#define YMM_THREE(i) \
    "vpmaddubsw %%ymm15, %%ymm15, %%ymm12\n vpmaddwd %%ymm14, %%ymm12, %%ymm12\n vpaddd %%ymm12, %%ymm" #i ", %%ymm" #i "\n"

/* Bytes that one instruction, or its equivalent, multiplies. */
static int ceiling_lanes(uint32_t cpu)
{
    return cpu & FOVEA_CPU_AVX512VNNI ? 64 : cpu & (FOVEA_CPU_AVXVNNI | FOVEA_CPU_AVX2) ? 32 : 0;
}

static void ceiling_step(uint32_t cpu)
{
    if (cpu & FOVEA_CPU_AVX512VNNI)
        __asm__ volatile(TWELVE(ZMM_DOT)::: CLOBBER);
    else if (cpu & FOVEA_CPU_AVXVNNI)
        __asm__ volatile(TWELVE(YMM_DOT)::: CLOBBER);
    else if (cpu & FOVEA_CPU_AVX2)
        __asm__ volatile(TWELVE(YMM_THREE)::: CLOBBER);
}
#elif defined(__aarch64__) && defined(__GNUC__)
#define CLOBBER "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v15"
#define SDOT(i) "sdot v" #i ".4s, v15.16b, v15.4b[0]\n"
#define SMMLA(i) "smmla v" #i ".4s, v15.16b, v15.16b\n"
#define SMULL(i) "smull v12.8h, v15.8b, v15.8b\n sadalp v" #i ".4s, v12.8h\n"

static int ceiling_lanes(uint32_t cpu)
{
    return cpu & FOVEA_CPU_I8MM ? 32 : cpu & FOVEA_CPU_DOTPROD ? 16 : cpu & FOVEA_CPU_NEON ? 8 : 0;
}

static void ceiling_step(uint32_t cpu)
{
    if (cpu & FOVEA_CPU_I8MM)
        __asm__ volatile(".arch armv8.2-a+i8mm\n" TWELVE(SMMLA)::: CLOBBER);
    else if (cpu & FOVEA_CPU_DOTPROD)
        __asm__ volatile(".arch armv8.2-a+dotprod\n" TWELVE(SDOT)::: CLOBBER);
    else if (cpu & FOVEA_CPU_NEON)
        __asm__ volatile(TWELVE(SMULL)::: CLOBBER);
}
#else
static int ceiling_lanes(uint32_t cpu)
{
    UNUSED(cpu);
    return 0;
}
static void ceiling_step(uint32_t cpu) { UNUSED(cpu); }
#endif

uint64_t fv_probe_ceiling(uint32_t cpu, uint64_t rounds)
{
    if (ceiling_lanes(cpu))
        for (uint64_t i = 0; i < rounds * CEILING_STEPS; i++) ceiling_step(cpu);
    return (uint64_t)2 * CHAINS * CEILING_STEPS * (uint64_t)ceiling_lanes(cpu);
}

/* ---- Convolutions ---- */

/* What a kernel reads and writes. The time does not depend on the values, so they are whatever is easy. */
typedef struct bench {
    fv_conv conv;
    uint8_t *in[FV_GROUP + 2], *out[FV_GROUP];
    int32_t *rows[4];
    void *work;
} bench;

static void *take(uint8_t **at, size_t bytes)
{
    uint8_t *start = *at;
    *at += fv_round_up(bytes + FV_SLACK, FV_ALIGN);
    return start;
}

enum {
    WEIGHTS = 9 * CHANNELS * CHANNELS * 2,
    ROW = (PIXELS + 2) * CHANNELS,
    POINTS = 36 * CHANNELS * CHANNELS * 2,
    ROWS = FV_GROUP + 2 + FV_GROUP + 4,
    MEMORY = WEIGHTS + POINTS + FV_WINOGRAD_WORK(CHANNELS) + 3 * 4 * CHANNELS + ROWS * ROW + 32 * (FV_SLACK + FV_ALIGN),
};

static bench make_bench(int index, uint8_t *memory)
{
    const int cout_pad = (probes[index].cout + 15) / 16 * 16;
    bench b = {.work = NULL};
    void *weights = take(&memory, WEIGHTS), *points = take(&memory, POINTS);
    int32_t *bias = take(&memory, 4 * CHANNELS), *skip = take(&memory, 4 * CHANNELS);
    float *scale = take(&memory, 4 * CHANNELS);
    memset(weights, 1, WEIGHTS);
    memset(points, 1, POINTS);
    for (int i = 0; i < CHANNELS; i++) {
        scale[i] = 0.01f;
        skip[i] = 3;
    }
    for (int i = 0; i < FV_GROUP + 2; i++) {
        b.in[i] = take(&memory, ROW);
        memset(b.in[i], 5, ROW);
    }
    for (int i = 0; i < FV_GROUP; i++) b.out[i] = take(&memory, ROW);
    b.work = take(&memory, FV_WINOGRAD_WORK(CHANNELS));
    for (int i = 0; i < 4; i++) b.rows[i] = take(&memory, ROW);
    b.conv = (fv_conv){.cin = probes[index].cin,
                       .cout = probes[index].cout,
                       .cout_pad = cout_pad,
                       .weights = weights,
                       .bias = bias,
                       .scale = scale,
                       .skip = probes[index].skip ? skip : NULL,
                       .winograd = points};
    return b;
}

/* As many rows as the set takes at once. */
static void run_body(const fv_kernels *k, const bench *b, const uint8_t *add)
{
    const uint8_t *const *in = (const uint8_t *const *)b->in;
    const uint8_t *const adds[FV_GROUP] = {add, add, add, add};
    if (k->body_rows)
        k->body_rows(&b->conv, in, adds, b->out, FV_GROUP, PIXELS, b->work);
    else
        k->body(&b->conv, in, add, b->out[0], PIXELS);
}

static void run_tail(const fv_kernels *k, const bench *b)
{
    const uint8_t *const *in = (const uint8_t *const *)b->in;
    int32_t *const *rows = b->rows;
    int32_t *const out[FV_GROUP][4] = {{rows[0], rows[1], rows[2], rows[3]},
                                       {rows[0], rows[1], rows[2], rows[3]},
                                       {rows[0], rows[1], rows[2], rows[3]},
                                       {rows[0], rows[1], rows[2], rows[3]}};
    if (k->tail_rows)
        k->tail_rows(&b->conv, in, out, FV_GROUP, PIXELS, b->work);
    else
        k->tail(&b->conv, in, rows, PIXELS);
}

static void run_conv(const fv_kernels *k, int index, const bench *b, uint64_t rounds)
{
    const uint8_t *const in[3] = {b->in[0], b->in[1], b->in[2]};
    const uint16_t *const samples[3] = {(const void *)in[0], (const void *)in[1], (const void *)in[2]};
    const uint8_t *add = probes[index].skip ? b->in[1] : NULL;
    for (uint64_t i = 0; i < rounds; i++) switch (probes[index].job) {
        case HEAD: k->head(&b->conv, samples, b->out[0], PIXELS); break;
        case BODY: run_body(k, b, add); break;
        case TAIL: run_tail(k, b); break;
        case CEILING: break;
        }
}

fovea_status fovea_probe_run(int32_t index, uint64_t rounds, const fovea_options *options, fovea_probe *probe)
{
    fovea_options o;
    if (!fv_struct_usable(probe) || !fv_options_read(options, &o)) return FOVEA_ERROR_ARGUMENT;
    if (index < 0 || index >= (int32_t)(sizeof probes / sizeof *probes)) return FOVEA_ERROR_ARGUMENT;
    fv_kernels k;
    fv_kernels_init(&k, fv_cpu_detect() & ~o.cpu_disable);
    fovea_probe full = {.name = probes[index].name, .kernels = k.name};
    if (probes[index].job == CEILING) {
        full.operations = fv_probe_ceiling(k.cpu, rounds);
    } else {
        const int cin = probes[index].job == HEAD ? 3 : probes[index].cin;
        uint8_t *memory = fv_new(&o.allocator, MEMORY);
        if (!memory) return FOVEA_ERROR_MEMORY;
        const bench b = make_bench(index, memory);
        run_conv(&k, index, &b, rounds);
        fv_delete(&o.allocator, memory);
        const int rows = probes[index].job != HEAD && k.body_rows ? FV_GROUP : 1;
        full.operations = (uint64_t)(2 * 9 * PIXELS * rows) * (uint64_t)cin * (uint64_t)probes[index].cout;
    }
    fv_struct_give(&full, sizeof full, probe);
    return FOVEA_OK;
}
