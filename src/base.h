/* SPDX-License-Identifier: MIT
 *
 * The only door from the core to the outside: memory, copying, checked arithmetic, compiler words. Everything else in
 * src/ is arithmetic on what its caller hands it, so the core builds freestanding (WebAssembly) as it stands. */
#ifndef FV_BASE_H
#define FV_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fovea.h"

#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#else
#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset
#endif

/* Every float operation is rounded on its own, to nearest (doc/format.md). */
#if defined(__FAST_MATH__)
#error "fovea's results are exact: no -ffast-math"
#elif defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__) && !defined(__STRICT_ANSI__) && (defined(__FMA__) || defined(__aarch64__)) && \
    !defined(FOVEA_NO_CONTRACTION)
#error "gcc would fuse multiplications and additions: -std=c11, or -ffp-contract=off -DFOVEA_NO_CONTRACTION"
#endif

/* A function compiled for more than the base instruction set. On the function, not on the file: `cc src/(all).c` builds
 * everything, and gcc's pragma form does not compile in clang. */
#define TARGET(isa) __attribute__((target(isa)))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNUSED(x) ((void)(x))

/* Memory from the core is aligned to a cache line, which is also the widest vector. */
#define FV_ALIGN 64

static inline int fv_min(int a, int b) { return a < b ? a : b; }
static inline int fv_max(int a, int b) { return a > b ? a : b; }
static inline int fv_clamp(int v, int low, int high) { return fv_min(fv_max(v, low), high); }
static ALWAYS_INLINE uint16_t fv_least(uint16_t a, uint16_t b) { return a < b ? a : b; }
static ALWAYS_INLINE uint16_t fv_most(uint16_t a, uint16_t b) { return a > b ? a : b; }
static inline size_t fv_round_up(size_t v, size_t unit) { return (v + unit - 1) / unit * unit; }

/* *sum += count * size, false where it does not fit. */
static inline bool fv_add_size(size_t *sum, size_t count, size_t size)
{
    size_t bytes;
    return !__builtin_mul_overflow(count, size, &bytes) && !__builtin_add_overflow(*sum, bytes, sum);
}

/* Of a number that an int64_t can hold, without a library. */
static inline double fv_floor(double v)
{
    const double whole = (double)(int64_t)v;
    return whole > v ? whole - 1 : whole;
}

/* ---- The float part of the arithmetic (doc/format.md, section 2), one value at a time ---- */

/* roundeven without a library: adding 2^23 to a float below 2^23 leaves no fraction, rounded as the standard mode does,
 * to nearest, ties to even. From 2^23 on every float is whole. |r| < 2^31. */
static inline int32_t fv_round_even(float r)
{
    const float magic = 8388608.0f;
    const float size = r < 0 ? -r : r;
    if (size >= magic) return (int32_t)r;
    const volatile float sum = size + magic; /* volatile: rounded to binary32 before the difference, even on x87 */
    const int32_t whole = (int32_t)(sum - magic);
    return r < 0 ? -whole : whole;
}

/* Whoever set another mode in the calling thread would get other bytes. */
static inline bool fv_rounds_to_nearest(void)
{
    volatile float one = 1, tiny = 1.0f / 1073741824;
    const volatile float more = one + tiny, less = one - tiny;
    return more <= one && less >= one;
}

static inline uint8_t fv_requantise(int32_t acc, float scale, int zp)
{
    const float low = (float)-zp, high = (float)(127 - zp);
    float r = (float)acc * scale;
    r = r < low ? low : r > high ? high : r;
    return (uint8_t)(fv_round_even(r) + zp);
}

/* ---- Errors ---- */

static inline fovea_status fv_fail_at(fovea_error *error, fovea_status status, uint64_t offset, const char *message)
{
    if (error) *error = (fovea_error){status, offset, message};
    return status;
}

static inline fovea_status fv_fail(fovea_error *error, fovea_status status, const char *message)
{
    return fv_fail_at(error, status, 0, message);
}

static inline fovea_status fv_fail_rounding(fovea_error *error)
{
    return fv_fail(error, FOVEA_ERROR_ARGUMENT, "this thread does not round to nearest (fegetround)");
}

static inline fovea_status fv_ok(fovea_error *error) { return fv_fail(error, FOVEA_OK, "no error"); }

/* ---- Structs of the caller, which begin with their size: a size_t, maybe of another version of this library ---- */

static inline size_t fv_struct_size(const void *caller)
{
    size_t size;
    memcpy(&size, caller, sizeof size);
    return size;
}

static inline bool fv_struct_usable(const void *caller) { return caller && fv_struct_size(caller) >= sizeof(size_t); }

/* The members of the caller's struct that both versions have; `out`, of `size` bytes, keeps its own size and the others. */
static inline void fv_struct_take(const void *caller, void *out, size_t size)
{
    const size_t theirs = fv_struct_size(caller), common = theirs < size ? theirs : size;
    if (common > sizeof size) memcpy((char *)out + sizeof size, (const char *)caller + sizeof size, common - sizeof size);
}

/* The same the other way: what was found out, into the caller's struct as far as it reaches; 0 into what this version does not know. */
static inline void fv_struct_give(const void *full, size_t size, void *caller)
{
    const size_t theirs = fv_struct_size(caller), common = theirs < size ? theirs : size;
    memcpy((char *)caller + sizeof size, (const char *)full + sizeof size, common - sizeof size);
    memset((char *)caller + common, 0, theirs - common);
}

/* fv_struct_take, where nothing asked for may be lost: false for a struct shorter than `least` bytes, and for a newer one
 * whose extra members are not zero. */
static inline bool fv_struct_read(const void *caller, size_t least, void *out, size_t size)
{
    if (!caller || fv_struct_size(caller) < least) return false;
    for (size_t i = size; i < fv_struct_size(caller); i++)
        if (((const unsigned char *)caller)[i]) return false;
    fv_struct_take(caller, out, size);
    return true;
}

/* ---- Options and memory ---- */

#if __STDC_HOSTED__
static inline void *fv_default_alloc(void *user, size_t size)
{
    UNUSED(user);
    return malloc(size);
}

static inline void fv_default_free(void *user, void *memory)
{
    UNUSED(user);
    free(memory);
}
#endif

/* A full copy of what the caller gave, which may be NULL. */
static inline bool fv_options_read(const fovea_options *given, fovea_options *out)
{
    *out = (fovea_options){.struct_size = sizeof *out};
    if (given && !fv_struct_read(given, offsetof(fovea_options, threads), out, sizeof *out)) return false;
    if (!out->allocator.alloc != !out->allocator.free) return false;
#if __STDC_HOSTED__
    if (!out->allocator.alloc) out->allocator = (fovea_allocator){fv_default_alloc, fv_default_free, NULL};
#endif
    return out->allocator.alloc != NULL;
}

/* What every reader of a whole picture asks first: what is wrong with a picture of this size and format, or with the options, which
 * are read into `out`; FOVEA_OK if nothing. */
static inline fovea_status fv_reader_check(int32_t picture_w, int32_t picture_h, fovea_format format,
                                           const fovea_options *options, fovea_options *out, fovea_error *error)
{
    if (!fv_options_read(options, out)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "options of a form that is not known");
    if (picture_w < 1 || picture_h < 1 || !fovea_format_size(format))
        return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no picture, or an unknown pixel format");
    if (picture_w > FOVEA_MAX_SIDE || picture_h > FOVEA_MAX_SIDE)
        return fv_fail(error, FOVEA_ERROR_LIMIT, "a side above FOVEA_MAX_SIDE");
    return FOVEA_OK;
}

/* size bytes aligned to FV_ALIGN and set to zero, or NULL. The block's start is kept in front of what is returned. */
static inline void *fv_new(const fovea_allocator *a, size_t size)
{
    size_t total = FV_ALIGN + sizeof(void *);
    if (!fv_add_size(&total, 1, size)) return NULL;
    unsigned char *block = a->alloc(a->user, total);
    if (!block) return NULL;
    unsigned char *memory = block + sizeof(void *);
    memory += (FV_ALIGN - (uintptr_t)memory % FV_ALIGN) % FV_ALIGN;
    memcpy(memory - sizeof(void *), &block, sizeof(void *));
    memset(memory, 0, size);
    return memory;
}

static inline void fv_delete(const fovea_allocator *a, void *memory)
{
    if (!memory) return;
    void *block;
    memcpy(&block, (unsigned char *)memory - sizeof(void *), sizeof(void *));
    a->free(a->user, block);
}

/* Parts of one block, an object and its tables. Until there is a base they are only counted, so the same calls run twice. */
typedef struct fv_arena {
    uint8_t *base;
    size_t used;
    bool fits; /* so far: in a size_t */
} fv_arena;

/* Counts, after an object of `object` bytes. */
static inline fv_arena fv_arena_counts(size_t object) { return (fv_arena){.used = object, .fits = true}; }

static inline void *fv_take(fv_arena *a, int64_t count, size_t size)
{
    a->fits &= a->used <= SIZE_MAX - FV_ALIGN && count >= 0 && (uint64_t)count < SIZE_MAX / 2;
    if (!a->fits) return NULL;
    a->used = fv_round_up(a->used, FV_ALIGN);
    void *memory = a->base ? a->base + a->used : NULL;
    a->fits = fv_add_size(&a->used, (size_t)count, size);
    return memory;
}

/* What was counted, as a block set to zero; the parts after the object are handed out from the start again. The block is the
 * caller's, to be freed with fv_delete. Errors: MEMORY, LIMIT. */
static inline fovea_status fv_arena_open(fv_arena *a, size_t object, const fovea_options *o, fovea_error *error)
{
    if (!a->fits) return fv_fail(error, FOVEA_ERROR_MEMORY, "more memory than there can be");
    if (o->max_memory && a->used > o->max_memory) return fv_fail(error, FOVEA_ERROR_LIMIT, "more than max_memory");
    a->base = fv_new(&o->allocator, a->used);
    a->used = object;
    return a->base ? FOVEA_OK : fv_fail(error, FOVEA_ERROR_MEMORY, "no memory");
}

#endif
