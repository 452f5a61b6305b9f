/* SPDX-License-Identifier: MIT
 *
 * The kernels with AVX-512 VNNI. Its dot product multiplies 64 pairs of bytes and adds them to 16 sums in one instruction.
 *
 * The lanes of a vector are 16 output channels. A tile of p pixels x z vectors is kept in registers as sums. One step of
 * the inner loop takes four input channels of one tap: z vectors of weights are loaded once, each pixel's four
 * activations are broadcast from memory and multiplied with all of them. The three taps of a row are neighbours in
 * memory, pixels and channels alike, so one row of the filter is one run of 3 * cin / 4 steps in which the activations
 * move on by four bytes and the packed weights by one step's worth. The head is the same loop, its four bytes being two
 * 16-bit samples.
 *
 * p * z is 24 of the 32 registers: enough sums under way to hide the latency, and few loads for each multiplication. A
 * tile takes its last steps for four sums at a time and then makes them bytes, so that the processor has products to add
 * up while it rounds. A row that is no multiple of p ends with smaller tiles, and with one moved back over pixels that
 * are already done: they come out the same. */
#include "kernels_faithful.h"
#include "kernels_rows.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define ISA TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")

#define WG_AVX512
#define WG_ISA ISA
#include "kernels_winograd.h"

enum { LANES = 16, SUMS = 24, LATE = 3 };

/* The sums are SUMS variables: gcc would keep an array of them in memory. Conditions on k are decided by the compiler. */
#define EACH_FOUR(DO) \
    DO(0, 1, 2, 3) \
    DO(4, 5, 6, 7) \
    DO(8, 9, 10, 11) \
    DO(12, 13, 14, 15) \
    DO(16, 17, 18, 19) \
    DO(20, 21, 22, 23)
#define EACH(DO) \
    DO(0) \
    DO(1) \
    DO(2) \
    DO(3) \
    DO(4) \
    DO(5) \
    DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15) DO(16) DO(17) DO(18) DO(19) DO(20) DO(21) DO(22) DO(23)

typedef enum job { HEAD, BODY, TAIL } job;

/* What is known when a kernel is compiled, or at least the same for a whole row. */
typedef struct shape {
    job job;
    int pixel; /* bytes of an input pixel */
    int cout_pad;
    bool skip; /* of the body */
    int s; /* of the tail */
} shape;

typedef struct rows {
    const uint8_t *in[3];
    const uint8_t *add;
    uint8_t *out;
    int32_t *const *tail;
} rows;

/* Assembler, because gcc 12 copies each sum before and after the intrinsic, at half the speed. */
static ALWAYS_INLINE ISA __m512i dot(job kind, __m512i sum, __m512i a, __m512i w)
{
    if (kind == HEAD)
        __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(w));
    else
        __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(w));
    return sum;
}

static ALWAYS_INLINE ISA __m512i broadcast(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, 4);
    return _mm512_set1_epi32(four);
}

/* An activation below 128 and a multiplier of 16 bits, each in the low half of a lane. */
static ALWAYS_INLINE ISA __m512i skipped(const fv_conv *c, __m512i acc, int o, const uint8_t *add)
{
    const __m512i a = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)add));
    return _mm512_dpwssd_epi32(acc, a, _mm512_loadu_si512(c->skip + o));
}

static ALWAYS_INLINE ISA __m512i rounded(const fv_conv *c, __m512i acc, int o)
{
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(acc), _mm512_loadu_ps(c->scale + o)));
}

/* Head and body: 16 channels of a pixel. */
static ALWAYS_INLINE ISA void put_16(const fv_conv *c, __m512i acc, int o, uint8_t *out)
{
    const __m128i q = _mm512_cvtsepi32_epi8(rounded(c, acc, o));
    const __m128i above = _mm_max_epi8(q, _mm_set1_epi8((int8_t)-c->zp));
    _mm_storeu_si128((void *)out, _mm_adds_epi8(above, _mm_set1_epi8((int8_t)c->zp)));
}

/* Head and body: four vectors. Saturation at either end of 8 bits clamps: at 127 after the zero point is added, and at -128 so
 * that -zp can be put right when 64 values are in one vector. */
static ALWAYS_INLINE ISA __m512i bytes_64(const fv_conv *c, __m512i a0, int o0, __m512i a1, int o1, __m512i a2, int o2,
                                          __m512i a3, int o3)
{
    const __m512i q01 = _mm512_packs_epi32(rounded(c, a0, o0), rounded(c, a1, o1));
    const __m512i q23 = _mm512_packs_epi32(rounded(c, a2, o2), rounded(c, a3, o3));
    const __m512i q = _mm512_max_epi8(_mm512_packs_epi16(q01, q23), _mm512_set1_epi8((int8_t)-c->zp));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_adds_epi8(_mm512_permutexvar_epi32(order, q), _mm512_set1_epi8((int8_t)c->zp));
}

/* Tail: 16 channels from o on belong to one or two rows of the result. More is stored than they are; what is too much on
 * the right is overwritten by the next vector or pixel, or is slack. Stores within one cache line are faster, so a row of
 * six values takes half a vector. */
static ALWAYS_INLINE ISA void put_rows(const fv_conv *c, __m512i acc, int o, int32_t *const *out, int x, int s)
{
    const int row = 3 * s, dy = o / row, at = o % row;
    const __m512i t = rounded(c, acc, o);
    if (s == 2) {
        _mm256_storeu_si256((void *)(out[0] + (ptrdiff_t)x * row), _mm512_castsi512_si256(t));
        _mm256_storeu_si256((void *)(out[1] + (ptrdiff_t)x * row), _mm512_castsi512_si256(_mm512_alignr_epi32(t, t, 6)));
        return;
    }
    _mm512_storeu_si512(out[dy] + (ptrdiff_t)x * row + at, t);
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i next = _mm512_add_epi32(lane, _mm512_set1_epi32(row - at));
    _mm512_storeu_si512(out[dy + 1] + (ptrdiff_t)x * row, _mm512_permutexvar_epi32(next, t));
}

/* Pixels x ... x + p - 1, output channels o ... o + 16 z - 1. */
static ALWAYS_INLINE ISA void tile(const fv_conv *c, const rows *r, int x, int o, const int p, const int z, const shape s)
{
#define START(k) __m512i sum##k = k < p * z ? _mm512_loadu_si512(c->bias + o + LANES * (k % z)) : _mm512_setzero_si512();
    EACH(START)

    const int late = s.job == TAIL ? 0 : LATE; /* the tail gains nothing by it */
    const uint8_t *w = (const uint8_t *)c->weights + 4 * o, *a = NULL;
    for (int ky = 0; ky < 3; ky++) {
        a = r->in[ky] + (ptrdiff_t)x * s.pixel;
        for (const uint8_t *const end = a + 3 * s.pixel - (ky == 2 ? 4 * late : 0); a != end; a += 4) {
            const __m512i w0 = _mm512_loadu_si512(w);
            const __m512i w1 = z > 1 ? _mm512_loadu_si512(w + 4 * LANES) : w0;
            const __m512i w2 = z > 2 ? _mm512_loadu_si512(w + 8 * LANES) : w0;
            const __m512i w3 = z > 3 ? _mm512_loadu_si512(w + 12 * LANES) : w0;
#define STEP(k) \
    if (k < p * z) \
        sum##k = dot(s.job, sum##k, broadcast(a + k / z * s.pixel), k % z == 0 ? w0 : k % z == 1 ? w1 : k % z == 2 ? w2 : w3);
            EACH(STEP)
            w += 4 * s.cout_pad;
        }
    }

#define CHANNEL(k) (o + LANES * (k % z))
#define AT(k) ((ptrdiff_t)(x + k / z) * s.cout_pad + CHANNEL(k))
#define LATE_STEP(k) \
    if (k < p * z) \
        sum##k = dot(s.job, sum##k, broadcast(a + 4 * j + k / z * s.pixel), \
                     _mm512_loadu_si512(w + 4 * (s.cout_pad * j + LANES * (k % z))));
#define SKIP(k) \
    if (s.skip && k < p * z) sum##k = skipped(c, sum##k, CHANNEL(k), r->add + AT(k));
#define PUT(k) \
    if (k < p * z && s.job == TAIL) put_rows(c, sum##k, CHANNEL(k), r->tail, x + k / z, s.s); \
    if (k < p * z && s.job != TAIL) put_16(c, sum##k, CHANNEL(k), r->out + AT(k));
#define FINISH(k0, k1, k2, k3) \
    for (int j = 0; j < late; j++) { \
        LATE_STEP(k0) LATE_STEP(k1) LATE_STEP(k2) LATE_STEP(k3) \
    } \
    SKIP(k0) SKIP(k1) SKIP(k2) SKIP(k3) if (s.job != TAIL && k3 < p * z && (z == 4 || s.cout_pad == LANES * z)) \
    { \
        _mm512_storeu_si512(r->out + AT(k0), bytes_64(c, sum##k0, CHANNEL(k0), sum##k1, CHANNEL(k1), sum##k2, CHANNEL(k2), \
                                                      sum##k3, CHANNEL(k3))); \
    } \
    else \
    { \
        PUT(k0) PUT(k1) PUT(k2) PUT(k3) \
    }
    EACH_FOUR(FINISH)
}

/* z vectors of output channels of n pixels. */
static ALWAYS_INLINE ISA void tiles(const fv_conv *c, const rows *r, int n, int o, const int z, const shape s)
{
    const int p = SUMS / z, few = 8 / z;
    int x = 0;
    for (; n >= p && n - x > 2 * few; x += p) tile(c, r, fv_min(x, n - p), o, p, z, s);
    for (; n >= few && n > x; x += few) tile(c, r, fv_min(x, n - few), o, few, z, s);
    for (; n > x; x++) tile(c, r, x, o, 1, z, s);
}

static ALWAYS_INLINE ISA void all(const fv_conv *c, const rows *r, int n, const shape s)
{
    int o = 0;
    for (; o + 4 * LANES <= s.cout_pad; o += 4 * LANES) tiles(c, r, n, o, 4, s);
    for (; o + 2 * LANES <= s.cout_pad; o += 2 * LANES) tiles(c, r, n, o, 2, s);
    if (o < s.cout_pad) tiles(c, r, n, o, 1, s);
}

/* ---- Instances of the convolutions: the shapes of the nets, and one for all others ---- */

#define HEAD_OF(cout) ((shape){.job = HEAD, .pixel = 8, .cout_pad = cout})
static ISA void head_32(const fv_conv *c, const rows *r, int n) { all(c, r, n, HEAD_OF(32)); }
static ISA void head_64(const fv_conv *c, const rows *r, int n) { all(c, r, n, HEAD_OF(64)); }
static ISA void head_any(const fv_conv *c, const rows *r, int n) { all(c, r, n, HEAD_OF(c->cout_pad)); }

static ISA void head_avx512(const fv_conv *c, const uint16_t *const in[3], uint8_t *out, int n)
{
    const rows r = {{(const uint8_t *)in[0], (const uint8_t *)in[1], (const uint8_t *)in[2]}, NULL, out, NULL};
    (c->cout_pad == 32 ? head_32 : c->cout_pad == 64 ? head_64 : head_any)(c, &r, n);
}

#define BODY_OF(cin, cout, added) ((shape){.job = BODY, .pixel = cin, .cout_pad = cout, .skip = added})
static ISA void body_32(const fv_conv *c, const rows *r, int n) { all(c, r, n, BODY_OF(32, 32, false)); }
static ISA void body_64(const fv_conv *c, const rows *r, int n) { all(c, r, n, BODY_OF(64, 64, false)); }
static ISA void skip_32(const fv_conv *c, const rows *r, int n) { all(c, r, n, BODY_OF(32, 32, true)); }
static ISA void skip_64(const fv_conv *c, const rows *r, int n) { all(c, r, n, BODY_OF(64, 64, true)); }
static ISA void body_any(const fv_conv *c, const rows *r, int n) { all(c, r, n, BODY_OF(c->cin, c->cout_pad, r->add != NULL)); }

static ISA void body_avx512(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n)
{
    const rows r = {{in[0], in[1], in[2]}, add, out, NULL};
    const bool is_32 = c->cin == 32 && c->cout == 32, is_64 = c->cin == 64 && c->cout == 64;
    if (is_32)
        (add ? skip_32 : body_32)(c, &r, n);
    else if (is_64)
        (add ? skip_64 : body_64)(c, &r, n);
    else
        body_any(c, &r, n);
}

#define TAIL_OF(pixel_size, vectors, scale) \
    ((shape){.job = TAIL, .pixel = pixel_size, .cout_pad = LANES * (vectors), .s = scale})
static ALWAYS_INLINE ISA void tail_scale(const fv_conv *c, const rows *r, int n, const int pixel)
{
    if (c->cout == 12)
        tiles(c, r, n, 0, 1, TAIL_OF(pixel, 1, 2));
    else if (c->cout == 27)
        tiles(c, r, n, 0, 2, TAIL_OF(pixel, 2, 3));
    else
        tiles(c, r, n, 0, 3, TAIL_OF(pixel, 3, 4));
}

static ISA void tail_32(const fv_conv *c, const rows *r, int n) { tail_scale(c, r, n, 32); }
static ISA void tail_64(const fv_conv *c, const rows *r, int n) { tail_scale(c, r, n, 64); }
static ISA void tail_any(const fv_conv *c, const rows *r, int n) { tail_scale(c, r, n, c->cin); }

static ISA void tail_avx512(const fv_conv *c, const uint8_t *const in[3], int32_t *const out[4], int n)
{
    const rows r = {{in[0], in[1], in[2]}, NULL, NULL, out};
    (c->cin == 32 ? tail_32 : c->cin == 64 ? tail_64 : tail_any)(c, &r, n);
}

/* ---- Four rows at once ----
 *
 * vpdpwssd multiplies half of what vpdpbusd does, but only a quarter of the products are left. Two blocks at once halve the
 * broadcasts; four pixels at once are rounded as in tile(). */

/* p tiles' sums of z blocks, as in tile(). */
static ALWAYS_INLINE ISA void multiply_few(const int16_t *v, const int16_t *u, uint32_t *sums, int cin, const int p,
                                           const int z)
{
#define ZERO(k) __m512i sum##k = _mm512_setzero_si512();
    EACH(ZERO)
    const int16_t *end = v + cin;
    WG_FORGET(end);
    for (; v != end; v += 2, u += 2 * WG_BLOCK) {
        const __m512i u0 = _mm512_loadu_si512(u);
        const __m512i u1 = z > 1 ? _mm512_loadu_si512(u + (ptrdiff_t)WG_BLOCK * WG_POINTS * cin) : u0;
#define PAIR(k) \
    if (k < p * z) sum##k = dot(HEAD, sum##k, broadcast((const uint8_t *)(v + k / z * cin)), k % z == 0 ? u0 : u1);
        EACH(PAIR)
    }
#define KEEP(k) \
    if (k < p * z) _mm512_storeu_si512(sums + k / z * WG_BLOCK + k % z * WG_NEXT_SUMS, sum##k);
    EACH(KEEP)
}

static ALWAYS_INLINE ISA void multiply_z(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin, const int z)
{
    enum { MANY = SUMS / 2, FEW = 4 };
    const int p = tiles >= MANY ? MANY : tiles >= FEW ? FEW : 1;
    for (int t = 0; t < tiles; t += p) {
        const int first = fv_min(t, tiles - p);
        if (p == MANY)
            multiply_few(v + first * cin, u, sums + first * WG_BLOCK, cin, MANY, z);
        else if (p == FEW)
            multiply_few(v + first * cin, u, sums + first * WG_BLOCK, cin, FEW, z);
        else
            multiply_few(v + first * cin, u, sums + first * WG_BLOCK, cin, 1, z);
    }
}

static ALWAYS_INLINE ISA void multiply_one(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin)
{
    multiply_z(v, u, sums, tiles, cin, 1);
}

static ALWAYS_INLINE ISA void multiply_two(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin)
{
    multiply_z(v, u, sums, tiles, cin, 2);
}

static ALWAYS_INLINE ISA __m512i with_bias(const fv_conv *c, const int32_t *sums, int o)
{
    return _mm512_add_epi32(_mm512_loadu_si512(sums), _mm512_loadu_si512(c->bias + o));
}

static ALWAYS_INLINE ISA void put_pixel(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out)
{
    const __m512i acc = with_bias(c, sums, o);
    put_16(c, add ? skipped(c, acc, o, add) : acc, o, out);
}

static ALWAYS_INLINE ISA void put_four(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out,
                                       ptrdiff_t cout)
{
    __m512i acc[4];
    for (int i = 0; i < 4; i++) {
        acc[i] = with_bias(c, sums + i * LANES, o);
        if (add) acc[i] = skipped(c, acc[i], o, add + i * cout);
    }
    const __m512i bytes = bytes_64(c, acc[0], o, acc[1], o, acc[2], o, acc[3], o);
    _mm_storeu_si128((void *)out, _mm512_castsi512_si128(bytes));
    _mm_storeu_si128((void *)(out + cout), _mm512_extracti32x4_epi32(bytes, 1));
    _mm_storeu_si128((void *)(out + 2 * cout), _mm512_extracti32x4_epi32(bytes, 2));
    _mm_storeu_si128((void *)(out + 3 * cout), _mm512_extracti32x4_epi32(bytes, 3));
}

static ALWAYS_INLINE ISA void round_pixel(const fv_conv *c, const int32_t *sums, int o, int32_t *out)
{
    _mm512_storeu_si512(out, rounded(c, with_bias(c, sums, o), o));
}

FV_WINOGRAD_KERNELS(ISA, avx512, multiply_one, multiply_two, put_four)

/* ---- Rows ---- */

static ISA void anchor_row_avx512(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels,
                                  int32_t *out, int n)
{
    rows_anchor_row(in, w, base, s, channels, out, n);
}

static ISA void anchor_column_avx512(const int32_t *const h[4], const int16_t w[4], const int32_t *t, int32_t *out, int n)
{
    rows_anchor_column(h, w, t, out, n);
}

static ISA void round8_avx512(const int32_t *in, uint8_t *out, int n) { rows_round8(in, out, n); }
static ISA void round16_avx512(const int32_t *in, uint16_t *out, int n) { rows_round16(in, out, n); }
static ISA void narrow8_avx512(const uint16_t *in, uint8_t *out, int n) { rows_narrow8(in, out, n); }

FV_FAITHFUL_KERNELS(ISA, avx512);

/* ---- The faithful guarantee in 16 bits ----
 *
 * VPDPWSSD multiplies two neighbours by two weights and adds both products, so rows are taken two at a time, their values
 * interleaved. It leaves the sums of a vector's 32 values in two: of those in the lower and in the upper halves of its lanes. */

enum { WORDS = 32 };

static ALWAYS_INLINE ISA __mmask32 words(int n) { return n >= WORDS ? UINT32_MAX : (1u << n) - 1; }
static ALWAYS_INLINE ISA __m512i low_halves(__m512i a, __m512i b) { return _mm512_unpacklo_epi16(a, b); }
static ALWAYS_INLINE ISA __m512i high_halves(__m512i a, __m512i b) { return _mm512_unpackhi_epi16(a, b); }

static ALWAYS_INLINE ISA __m512i two_weights(int first, int second)
{
    return _mm512_set1_epi32((int32_t)((uint32_t)(uint16_t)first | (uint32_t)second << 16));
}

/* Those of WORDS words that m names, the others being 0. */
static ALWAYS_INLINE ISA __m512i load_words(const void *p, __mmask32 m)
{
    return m == UINT32_MAX ? _mm512_loadu_si512(p) : _mm512_maskz_loadu_epi16(m, p);
}

/* Samples less 2^15, which the sum of the weights makes up for. */
static ALWAYS_INLINE ISA __m512i signed_words(const uint16_t *p, __mmask32 m)
{
    return _mm512_xor_si512(_mm512_set1_epi16(INT16_MIN), load_words(p, m));
}

/* Two rows and their weights. */
typedef struct row_pair {
    const uint16_t *first, *second;
    __m512i weights;
} row_pair;

static ALWAYS_INLINE ISA void put_shrunk(__m512i low, __m512i high, int32_t *out, __mmask32 m)
{
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    low = _mm512_srai_epi32(low, 14);
    high = _mm512_srai_epi32(high, 14);
    _mm512_mask_storeu_epi32(out, (__mmask16)m, _mm512_permutex2var_epi64(low, first, high));
    _mm512_mask_storeu_epi32(out + LANES, (__mmask16)(m >> LANES), _mm512_permutex2var_epi64(low, second, high));
}

/* 2 * WORDS values from i on, of which m0 and m1 are there. */
static ALWAYS_INLINE ISA void shrink_words(const row_pair *pair, int pairs, __m512i start, int32_t *out, ptrdiff_t i,
                                           __mmask32 m0, __mmask32 m1)
{
    __m512i low0 = start, high0 = start, low1 = start, high1 = start;
    for (const row_pair *p = pair; p < pair + pairs; p++) {
        const __m512i w = p->weights, a0 = signed_words(p->first + i, m0), b0 = signed_words(p->second + i, m0);
        const __m512i a1 = signed_words(p->first + i + WORDS, m1), b1 = signed_words(p->second + i + WORDS, m1);
        low0 = dot(HEAD, low0, low_halves(a0, b0), w);
        high0 = dot(HEAD, high0, high_halves(a0, b0), w);
        low1 = dot(HEAD, low1, low_halves(a1, b1), w);
        high1 = dot(HEAD, high1, high_halves(a1, b1), w);
    }
    put_shrunk(low0, high0, out + i, m0);
    put_shrunk(low1, high1, out + i + WORDS, m1);
}

static ISA void shrink_column_words(const uint16_t *const *from, const int16_t *w, int taps, int32_t *out, int n)
{
    row_pair pair[FV_MAX_SHRINK_TAPS / 2];
    const int pairs = (taps + 1) / 2;
    int32_t sum = 0, i = 0;
    for (int j = 0; j < taps; j++) sum += w[j];
    for (int j = 0; j < taps; j += 2) {
        const bool both = j + 1 < taps;
        pair[j / 2] = (row_pair){from[j], from[both ? j + 1 : j], two_weights(w[j], both ? w[j + 1] : 0)};
    }
    const __m512i start = _mm512_set1_epi32(8192 + 32768 * sum);
    for (; i <= n - 2 * WORDS; i += 2 * WORDS) shrink_words(pair, pairs, start, out, i, UINT32_MAX, UINT32_MAX);
    if (i < n) shrink_words(pair, pairs, start, out, i, words(n - i), words(fv_max(n - i - WORDS, 0)));
}

/* y goes into the sums as y * 4096 + 2048. m: which of the WORDS values are there. */
static ALWAYS_INLINE ISA void correct_words(uint16_t *y, const int16_t *const h[4], __m512i w01, __m512i w23,
                                            const uint16_t *low, const uint16_t *high, int i, __mmask32 m)
{
    const __m512i half = _mm512_set1_epi16(INT16_MIN), own = load_words(y + i, m);
    const __m512i h0 = load_words(h[0] + i, m), h1 = load_words(h[1] + i, m);
    const __m512i h2 = load_words(h[2] + i, m), h3 = load_words(h[3] + i, m);
    __m512i a = _mm512_srli_epi32(low_halves(half, own), 4), b = _mm512_srli_epi32(high_halves(half, own), 4);
    a = dot(HEAD, dot(HEAD, a, low_halves(h0, h1), w01), low_halves(h2, h3), w23);
    b = dot(HEAD, dot(HEAD, b, high_halves(h0, h1), w01), high_halves(h2, h3), w23);
    const __m512i sum = _mm512_packus_epi32(_mm512_srai_epi32(a, 12), _mm512_srai_epi32(b, 12));
    const __m512i limited = _mm512_min_epu16(_mm512_max_epu16(sum, load_words(low + i, m)), load_words(high + i, m));
    _mm512_mask_storeu_epi16(y + i, m, limited);
}

static ISA void correct_small_words(uint16_t *y, const int16_t *const h[4], const int16_t w[4], const uint16_t *low,
                                    const uint16_t *high, int n)
{
    const __m512i w01 = two_weights(w[0], w[1]), w23 = two_weights(w[2], w[3]);
    int i = 0;
    for (; i <= n - WORDS; i += WORDS) correct_words(y, h, w01, w23, low, high, i, UINT32_MAX);
    if (i < n) correct_words(y, h, w01, w23, low, high, i, words(n - i));
}

void fv_kernels_init_avx512(fv_kernels *k, uint32_t cpu)
{
    if (!(cpu & FOVEA_CPU_AVX512VNNI)) return;
    k->name = "avx512vnni";
    k->cpu |= FOVEA_CPU_AVX512VNNI;
    k->pack = FV_PACK_S8X4;
    k->head = head_avx512;
    k->body = body_avx512;
    k->body_rows = body_rows_avx512;
    k->tail = tail_avx512;
    k->tail_rows = tail_rows_avx512;
    k->anchor_row = anchor_row_avx512;
    k->anchor_column = anchor_column_avx512;
    k->round8 = round8_avx512;
    k->round16 = round16_avx512;
    k->narrow8 = narrow8_avx512;
    init_faithful_avx512(k);
    k->shrink_column = shrink_column_words;
    k->correct_small = correct_small_words;
}

#else

void fv_kernels_init_avx512(fv_kernels *k, uint32_t cpu)
{
    UNUSED(k);
    UNUSED(cpu);
}

#endif
