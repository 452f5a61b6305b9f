/* SPDX-License-Identifier: MIT
 *
 * The convolutions with AVX-512 VNNI, which multiplies 64 pairs of bytes and adds them to 16 sums in one instruction.
 *
 * The lanes of a vector are 16 output channels. A tile of P pixels x Z vectors of channels is kept in registers as
 * accumulators; one step of the inner loop takes four input channels of one tap: Z vectors of weights are loaded once,
 * and each of the P pixels' four activations is broadcast from memory and multiplied with all of them. The three taps of
 * a row are neighbours in memory, pixels and channels alike, so a row of the filter is one run of 3 * cin / 4 steps, in
 * which the activations move on by 4 bytes and the packed weights by one step's worth. The head is the same loop with
 * 16-bit pairs instead of bytes in fours.
 *
 * P x Z is 24 of the 32 registers: enough sums in flight to hide the latency, and few loads for each multiplication. A row
 * that is no multiple of P ends in a tile moved back over pixels that are already done: they come out the same. */
#include "kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define ISA TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 24")
#endif

enum { LANES = 16, SUMS = 24 };

typedef enum { BYTES, WORDS } element; /* what four bytes of input are: four activations or two 16-bit samples */

/* What is known when a kernel is compiled. */
typedef struct shape {
    element kind;
    int pixel; /* bytes of an input pixel */
    int cout_pad;
} shape;

static ALWAYS_INLINE ISA __m512i dot(element kind, __m512i sum, __m512i a, __m512i w)
{
    if (kind == BYTES) __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(w));
    else __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(w));
    return sum;
}

static ALWAYS_INLINE ISA __m512i broadcast(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, 4);
    return _mm512_set1_epi32(four);
}

static ALWAYS_INLINE ISA __m128i requantise(__m512i acc, const float *scale, int zp)
{
    const __m512 low = _mm512_set1_ps((float)-zp), high = _mm512_set1_ps((float)(127 - zp));
    const __m512 r = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), _mm512_loadu_ps(scale));
    const __m512i q = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(r, low), high));
    return _mm512_cvtepi32_epi8(_mm512_add_epi32(q, _mm512_set1_epi32(zp)));
}

static ALWAYS_INLINE ISA __m512i skip(__m512i acc, const uint8_t *add, const int32_t *m)
{
    /* an activation below 128 and a multiplier of 16 bits, both in the low half of their lanes */
    return _mm512_dpwssd_epi32(acc, _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)add)), _mm512_loadu_si512(m));
}

/* Pixels x ... x + p - 1, output channels o ... o + 16 z - 1. */
static ALWAYS_INLINE ISA void tile(const fv_conv *c, const void *const in[3], const uint8_t *add, uint8_t *out, int x,
                                   int o, const int p, const int z, const shape s)
{
    __m512i sum[SUMS];
    UNROLL for (int k = 0; k < p * z; k++) sum[k] = _mm512_loadu_si512(c->bias + o + LANES * (k % z));
    const int steps = 3 * s.pixel / 4;
    const uint8_t *w = (const uint8_t *)c->weights + 4 * o;
    for (int ky = 0; ky < 3; ky++) {
        const uint8_t *a = (const uint8_t *)in[ky] + (ptrdiff_t)x * s.pixel;
        const uint8_t *end = a + 4 * steps;
        do {
            __m512i weights[4];
            UNROLL for (int j = 0; j < z; j++) weights[j] = _mm512_loadu_si512(w + 4 * LANES * j);
            UNROLL for (int k = 0; k < p * z; k++) sum[k] = dot(s.kind, sum[k], broadcast(a + k / z * s.pixel), weights[k % z]);
            w += 4 * s.cout_pad;
            a += 4;
        } while (a != end);
    }
    UNROLL for (int k = 0; k < p * z; k++)
    {
        const int ok = o + LANES * (k % z);
        const ptrdiff_t at = (ptrdiff_t)(x + k / z) * s.cout_pad + ok;
        if (add) sum[k] = skip(sum[k], add + at, c->skip + ok);
        _mm_storeu_si128((void *)(out + at), requantise(sum[k], c->scale + ok, c->zp));
    }
}

/* z vectors of output channels of a whole row. */
static ALWAYS_INLINE ISA void row(const fv_conv *c, const void *const in[3], const uint8_t *add, uint8_t *out, int n,
                                  int o, const int z, const shape s)
{
    const int p = SUMS / z, few = 4;
    int x = 0;
    for (; x + p <= n; x += p) tile(c, in, add, out, x, o, p, z, s);
    if (n - x > few && n >= p) {
        tile(c, in, add, out, n - p, o, p, z, s);
        return;
    }
    for (; x < n && n >= few; x += few) tile(c, in, add, out, fv_min(x, n - few), o, few, z, s);
    for (; x < n; x++) tile(c, in, add, out, x, o, 1, z, s);
}
static ALWAYS_INLINE ISA void rows(const fv_conv *c, const void *const in[3], const uint8_t *add, uint8_t *out, int n,
                                   const shape s)
{
    int o = 0;
    for (; o + 4 * LANES <= s.cout_pad; o += 4 * LANES) row(c, in, add, out, n, o, 4, s);
    for (; o + 2 * LANES <= s.cout_pad; o += 2 * LANES) row(c, in, add, out, n, o, 2, s);
    if (o < s.cout_pad) row(c, in, add, out, n, o, 1, s);
}
ISA void body_32(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n)
{
    const void *const rows3[3] = {in[0], in[1], in[2]};
    rows(c, rows3, add, out, n, (shape){BYTES, 32, 32});
}
ISA void body_64(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n)
{
    const void *const rows3[3] = {in[0], in[1], in[2]};
    rows(c, rows3, add, out, n, (shape){BYTES, 64, 64});
}
#endif
