/* SPDX-License-Identifier: MIT
 *
 * What kernels_test.c stands on: random numbers, memory that ends at a forbidden page, outputs between guard bytes, and
 * the list of instruction sets. In WebAssembly there is no C library and no page protection: what is read too far goes
 * unseen there, what is written too far does not. */
#ifndef KERNELS_TEST_H
#define KERNELS_TEST_H

#if __STDC_HOSTED__

#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

#define CHECK TAP_CHECK
#define CHECK_QUIET(cond, ...) ((cond) ? 1 : tap_fail(__FILE__, __LINE__, #cond, __VA_ARGS__)) /* counts failures only */
#define text snprintf

static bool soak(void) { return tap_soak(); }
static bool same_text(const char *a, const char *b) { return strcmp(a, b) == 0; }

#else

__attribute__((import_module("env"), import_name("failed"))) void failed(int line);
static long checks, failures;

static inline int check_at(bool good, int line, const char *format, ...)
{
    UNUSED(format);
    if (!good && ++failures <= 40) failed(line);
    return good;
}

#define CHECK(cond, ...) (checks++, check_at((cond), __LINE__, __VA_ARGS__))
#define CHECK_QUIET(cond, ...) check_at((cond), __LINE__, __VA_ARGS__)

static inline void text(char *out, size_t size, const char *format, ...)
{
    UNUSED(size);
    UNUSED(format);
    out[0] = 0;
}

static bool soak(void) { return false; }
static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

#endif

/* ---- Random numbers: xorshift64* ---- */

static uint64_t rnd_state = 1;

static void rnd_seed(uint64_t seed)
{
    rnd_state = seed * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x1234567);
    if (!rnd_state) rnd_state = 1;
}

static uint32_t rnd(void)
{
    rnd_state ^= rnd_state >> 12;
    rnd_state ^= rnd_state << 25;
    rnd_state ^= rnd_state >> 27;
    return (uint32_t)((rnd_state * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

/* ---- Memory: a stack of blocks of whole pages, a forbidden page between any two ---- */

enum { POOL = 1 << 24 };

static uint8_t *pool;
static size_t pool_page = 4096, pool_used;

static void pool_protect(size_t from, size_t to, bool allow)
{
#if __STDC_HOSTED__
    if (from < to && mprotect(pool + from, to - from, allow ? PROT_READ | PROT_WRITE : PROT_NONE) != 0) abort();
#else
    UNUSED(from);
    UNUSED(to);
    UNUSED(allow);
#endif
}

static void pool_open(void)
{
#if __STDC_HOSTED__
    pool_page = (size_t)sysconf(_SC_PAGESIZE);
    void *memory = mmap(NULL, POOL, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) abort();
    pool = memory;
#else
    static _Alignas(4096) uint8_t memory[POOL];
    pool = memory;
#endif
}

/* Whole pages for size bytes, filled with a byte. */
static uint8_t *page_block(size_t size, uint8_t fill, size_t *length)
{
    *length = (size + pool_page - 1) / pool_page * pool_page;
    if (pool_used + *length + 2 * pool_page > POOL) __builtin_trap();
    uint8_t *block = pool + pool_used + pool_page;
    pool_protect(pool_used + pool_page, pool_used + pool_page + *length, true);
    memset(block, fill, *length);
    pool_used += pool_page + *length;
    return block;
}

/* size bytes and slack, aligned to align and no more than that, at either end of their pages. */
static void *page_take(size_t size, size_t align, size_t slack)
{
    size_t length;
    uint8_t *block = page_block(size + slack, (uint8_t)rnd(), &length);
    return rnd() % 4 == 0 ? block : block + (length - size - slack) / align * align;
}

static size_t page_mark(void) { return pool_used; }

static void page_back(size_t mark)
{
    pool_protect(mark, pool_used, false);
    pool_used = mark;
}

/* size bytes that may be written and slack, among bytes that may not. */
typedef struct guarded {
    uint8_t *block;
    size_t length, first, last;
} guarded;

enum { GUARD = 64, GUARD_BYTE = 0xa5 };

static void *guard_take(guarded *g, size_t size, size_t align, size_t slack)
{
    g->block = page_block(size + slack + 2 * GUARD, GUARD_BYTE, &g->length);
    const size_t room = g->length - size - slack - 2 * GUARD;
    g->first = GUARD + (rnd() % 2 ? room : rnd() % (room + 1)) / align * align;
    g->last = g->first + size + slack;
    return g->block + g->first;
}

static bool guard_whole(const guarded *g)
{
    for (size_t i = 0; i < g->first; i++)
        if (g->block[i] != GUARD_BYTE) return false;
    for (size_t i = g->last; i < g->length; i++)
        if (g->block[i] != GUARD_BYTE) return false;
    return true;
}

/* ---- Instruction sets: plain C and each that this processor has ---- */

typedef struct sets {
    int count;
    fv_kernels k[10];
    const char *name[10];
    uint32_t cpu[10];
} sets;

static sets sets_make(uint32_t have)
{
    static const struct {
        uint32_t cpu;
        const char *name;
    } each[] = {
        {0, "plain"},
        {FOVEA_CPU_AVX2, "avx2"},
        {FOVEA_CPU_AVX2 | FOVEA_CPU_AVXVNNI, "avxvnni"},
        {FOVEA_CPU_AVX2 | FOVEA_CPU_AVX512VNNI, "avx512vnni"},
        {FOVEA_CPU_NEON, "neon"},
        {FOVEA_CPU_NEON | FOVEA_CPU_DOTPROD, "dotprod"},
        {FOVEA_CPU_NEON | FOVEA_CPU_DOTPROD | FOVEA_CPU_I8MM, "i8mm"},
        {FOVEA_CPU_SIMD128, "simd128"},
        {FOVEA_CPU_SIMD128 | FOVEA_CPU_RELAXED_SIMD, "relaxed"},
    };
#ifdef KERNELS_TEST_FORCE
    have |= KERNELS_TEST_FORCE; /* bits fv_cpu_detect does not find, for builds made to run them nevertheless */
#endif
    sets all = {0};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if ((each[i].cpu & ~have) == 0) {
            fv_kernels_init(&all.k[all.count], each[i].cpu);
            all.name[all.count] = each[i].name;
            all.cpu[all.count++] = each[i].cpu;
        }
    return all;
}

#endif
