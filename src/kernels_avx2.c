/* SPDX-License-Identifier: MIT
 *
 * The kernels with AVX2, and the convolutions with AVX-VNNI, which is the same code with one instruction in place of
 * three. Activations have seven bits so that vpmaddubsw, which saturates at 16, never does: 2 * 127 * 127 < 2^15.
 *
 * As in kernels_avx512.c, lanes are output channels and a tile of p pixels keeps its sums in registers, here two vectors
 * of 8 channels each: 12 of the 16 registers at p = 6. One step of the inner loop takes four input channels of one tap;
 * the three taps of a row are one run of steps. */
#include "kernels_faithful.h"
#include "kernels_rows.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define ISA TARGET("avx2")

#define WG_ISA ISA
#include "kernels_winograd.h"

#ifndef FV_VNNI_PREFIX
#define FV_VNNI_PREFIX "%{vex%} " /* "%{evex%} " lets the tests run this path on a processor that has only AVX512-VNNI */
#endif

enum { BLOCK = 16, PIXELS = 6, CHANNELS_MAX = 48 };

/* The sums are variables: gcc would keep an array of them in memory. Conditions on i are decided by the compiler. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5)

typedef enum job { HEAD, BODY, TAIL } job;

/* What is known when a kernel is compiled, or at least the same for a whole row. */
typedef struct shape {
    job job;
    bool vnni;
    int pixel; /* bytes of an input pixel */
    int cout_pad;
} shape;

typedef struct rows {
    const uint8_t *in[3];
    const uint8_t *add;
    uint8_t *out;
    int32_t *tail; /* of this tile: (p, cout_pad) */
} rows;

static ALWAYS_INLINE ISA __m256i dot(const shape s, __m256i sum, __m256i a, __m256i w)
{
    if (s.vnni) { /* assembler: the intrinsics would need their own copy of this file's functions */
        if (s.job == HEAD)
            __asm__(FV_VNNI_PREFIX "vpdpwssd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(w));
        else
            __asm__(FV_VNNI_PREFIX "vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(w));
        return sum;
    }
    if (s.job == HEAD) return _mm256_add_epi32(sum, _mm256_madd_epi16(a, w));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, w), _mm256_set1_epi16(1)));
}

static ALWAYS_INLINE ISA __m256i load(const void *p) { return _mm256_loadu_si256(p); }

static ALWAYS_INLINE ISA __m256i broadcast(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, 4);
    return _mm256_set1_epi32(four);
}

static ALWAYS_INLINE ISA __m256i rounded(const fv_conv *c, __m256i acc, int o)
{
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(acc), _mm256_loadu_ps(c->scale + o)));
}

/* An activation below 128 and a multiplier of 16 bits, each in the low half of a lane. */
static ALWAYS_INLINE ISA __m256i skipped(const fv_conv *c, __m256i acc, int o, const uint8_t *add)
{
    const __m256i a = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)add));
    return _mm256_add_epi32(acc, _mm256_madd_epi16(a, load(c->skip + o)));
}

/* Saturation to 16 bits keeps what is far off where it is far off; to bytes it clamps at 0. */
static ALWAYS_INLINE ISA void put_bytes(const fv_conv *c, __m256i low, __m256i high, int o, uint8_t *out)
{
    const __m256i mixed = _mm256_packs_epi32(rounded(c, low, o), rounded(c, high, o + 8));
    const __m256i q = _mm256_adds_epi16(_mm256_permute4x64_epi64(mixed, 0xd8), _mm256_set1_epi16((int16_t)c->zp));
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
    _mm_storeu_si128((void *)out, _mm_min_epu8(bytes, _mm_set1_epi8(127)));
}

static ALWAYS_INLINE ISA void put_sums(const fv_conv *c, __m256i low, __m256i high, int o, int32_t *out)
{
    _mm256_storeu_si256((void *)out, rounded(c, low, o));
    _mm256_storeu_si256((void *)(out + 8), rounded(c, high, o + 8));
}

/* Pixels x ... x + p - 1, output channels o ... o + 15. */
static ALWAYS_INLINE ISA void tile(const fv_conv *c, const rows *r, int x, int o, const int p, const shape s)
{
#define START(i) __m256i low##i = load(c->bias + o), high##i = load(c->bias + o + 8);
    EACH(START)

    const uint8_t *w = (const uint8_t *)c->weights + 4 * o;
    for (int ky = 0; ky < 3; ky++) {
        const uint8_t *a = r->in[ky] + (ptrdiff_t)x * s.pixel;
        const uint8_t *const end = a + 3 * s.pixel;
        do {
            const __m256i w0 = load(w), w1 = load(w + 32);
#define STEP(i) \
    if (i < p) { \
        const __m256i four = broadcast(a + i * s.pixel); \
        low##i = dot(s, low##i, four, w0); \
        high##i = dot(s, high##i, four, w1); \
    }
            EACH(STEP)
            w += 4 * s.cout_pad;
            a += 4;
        } while (a != end);
    }

#define AT(i) ((ptrdiff_t)(x + i) * s.cout_pad + o)
#define SKIP(i) \
    if (i < p) { \
        low##i = skipped(c, low##i, o, r->add + AT(i)); \
        high##i = skipped(c, high##i, o + 8, r->add + AT(i) + 8); \
    }
    if (s.job == BODY && r->add) {
        EACH(SKIP)
    }

#define PUT(i) \
    if (i < p && s.job == TAIL) put_sums(c, low##i, high##i, o, r->tail + i * s.cout_pad + o); \
    if (i < p && s.job != TAIL) put_bytes(c, low##i, high##i, o, r->out + AT(i));
    EACH(PUT)
}

/* Head and body. A row that is no multiple of PIXELS ends with a tile moved back over pixels already done, which come
 * out the same. */
static ALWAYS_INLINE ISA void all(const fv_conv *c, const rows *r, int n, const shape s)
{
    const int few = 2;
    for (int o = 0; o < s.cout_pad; o += BLOCK) {
        int x = 0;
        for (; n >= PIXELS && n - x > few; x += PIXELS) tile(c, r, fv_min(x, n - PIXELS), o, PIXELS, s);
        for (; n >= few && n > x; x += few) tile(c, r, fv_min(x, n - few), o, few, s);
        if (n > x) tile(c, r, x, o, 1, s);
    }
}

static ALWAYS_INLINE ISA void tail(const fv_conv *c, const rows *r, int32_t *const out[4], int n, const bool vnni,
                                   const int pixel)
{
    const int s = c->cout == 12 ? 2 : c->cout == 27 ? 3 : 4;
    int32_t t[PIXELS * CHANNELS_MAX + 4];
    rows to = *r;
    to.tail = t;
    const shape sh = {TAIL, vnni, pixel, c->cout_pad};
    const int p = n >= PIXELS ? PIXELS : 1;
    for (int x = 0; x < n; x += p) {
        const int first = fv_min(x, n - p);
        for (int o = 0; o < c->cout_pad; o += BLOCK)
            if (p == PIXELS)
                tile(c, &to, first, o, PIXELS, sh);
            else
                tile(c, &to, first, o, 1, sh);
        rows_tail_put(t, c->cout_pad, s, out, first, p);
    }
}

/* ---- Instances: the shapes of the nets, and one for all others ---- */

#define INSTANCES(set, vnni) \
    static ISA void head_##set(const fv_conv *c, const uint16_t *const in[3], uint8_t *out, int n) \
    { \
        const rows r = {{(const uint8_t *)in[0], (const uint8_t *)in[1], (const uint8_t *)in[2]}, NULL, out, NULL}; \
        all(c, &r, n, (shape){HEAD, vnni, 8, c->cout_pad}); \
    } \
    static ISA void body_##set(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, add, out, NULL}; \
        if (c->cin == 32 && c->cout == 32) \
            all(c, &r, n, (shape){BODY, vnni, 32, 32}); \
        else if (c->cin == 64 && c->cout == 64) \
            all(c, &r, n, (shape){BODY, vnni, 64, 64}); \
        else \
            all(c, &r, n, (shape){BODY, vnni, c->cin, c->cout}); \
    } \
    static ISA void tail_##set(const fv_conv *c, const uint8_t *const in[3], int32_t *const out[4], int n) \
    { \
        const rows r = {{in[0], in[1], in[2]}, NULL, NULL, NULL}; \
        if (c->cin == 32) \
            tail(c, &r, out, n, vnni, 32); \
        else if (c->cin == 64) \
            tail(c, &r, out, n, vnni, 64); \
        else \
            tail(c, &r, out, n, vnni, c->cin); \
    }

INSTANCES(avx2, false)
INSTANCES(avxvnni, true)

/* ---- Four rows of a body at once ----
 *
 * vpmaddwd takes half of what vpmaddubsw takes, but needs no second instruction to widen its sums, and only a quarter of the
 * products are left: up to three times as fast. With AVX-VNNI one instruction takes half of what the other takes. */

/* Assembler, because gcc makes all products before it adds them up and runs out of registers. */
static ALWAYS_INLINE ISA __m256i dot_words(const bool vnni, __m256i sum, __m256i a, __m256i w)
{
    __m256i products;
    if (vnni)
        __asm__(FV_VNNI_PREFIX "vpdpwssd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(w));
    else
        __asm__("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sum), "=&x"(products) : "x"(a), "x"(w));
    return sum;
}

/* p tiles' sums of 16 channels, as in tile(): two vectors each. */
static ALWAYS_INLINE ISA void multiply_few(const int16_t *v, const int16_t *u, uint32_t *sums, int cin, const int p,
                                           const bool vnni)
{
#define ZERO(i) __m256i low##i = _mm256_setzero_si256(), high##i = low##i;
    EACH(ZERO)
    const int16_t *end = v + cin;
    WG_FORGET(end);
    for (; v != end; v += 2, u += 2 * WG_BLOCK) {
        const __m256i u0 = load(u), u1 = load(u + WG_BLOCK);
#define PAIR(i) \
    if (i < p) { \
        const __m256i two = broadcast((const uint8_t *)(v + i * cin)); \
        low##i = dot_words(vnni, low##i, two, u0); \
        high##i = dot_words(vnni, high##i, two, u1); \
    }
        EACH(PAIR)
    }
#define KEEP(i) \
    if (i < p) { \
        _mm256_storeu_si256((void *)(sums + i * WG_BLOCK), low##i); \
        _mm256_storeu_si256((void *)(sums + i * WG_BLOCK + 8), high##i); \
    }
    EACH(KEEP)
}

static ALWAYS_INLINE ISA void multiply(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin, const bool vnni)
{
    const int p = tiles >= PIXELS ? PIXELS : 1;
    for (int t = 0; t < tiles; t += p) {
        const int first = fv_min(t, tiles - p);
        if (p == PIXELS)
            multiply_few(v + first * cin, u, sums + first * WG_BLOCK, cin, PIXELS, vnni);
        else
            multiply_few(v + first * cin, u, sums + first * WG_BLOCK, cin, 1, vnni);
    }
}

static ALWAYS_INLINE ISA void multiply_avx2(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin)
{
    multiply(v, u, sums, tiles, cin, false);
}

static ALWAYS_INLINE ISA void multiply_avxvnni(const int16_t *v, const int16_t *u, uint32_t *sums, int tiles, int cin)
{
    multiply(v, u, sums, tiles, cin, true);
}

static ALWAYS_INLINE ISA void put_pixel(const fv_conv *c, const int32_t *sums, int o, const uint8_t *add, uint8_t *out)
{
    __m256i low = _mm256_add_epi32(load(sums), load(c->bias + o)),
            high = _mm256_add_epi32(load(sums + 8), load(c->bias + o + 8));
    if (add) {
        low = skipped(c, low, o, add);
        high = skipped(c, high, o + 8, add + 8);
    }
    put_bytes(c, low, high, o, out);
}

static ALWAYS_INLINE ISA void round_pixel(const fv_conv *c, const int32_t *sums, int o, int32_t *out)
{
    put_sums(c, _mm256_add_epi32(load(sums), load(c->bias + o)), _mm256_add_epi32(load(sums + 8), load(c->bias + o + 8)), o,
             out);
}

FV_WINOGRAD_KERNELS(ISA, avx2, multiply_avx2, NULL, NULL)
FV_WINOGRAD_KERNELS(ISA, avxvnni, multiply_avxvnni, NULL, NULL)

/* ---- Rows ---- */

/* Three channels. A result pixel takes two loads: the first and second tap, the third and fourth; the shuffle puts the
 * two samples of a channel side by side for vpmaddwd. That one is signed, so samples go in less 2^15, which the weights,
 * whose sum is 4096, turn into 2^27. Four values are stored, the last of them overwritten by the next pixel, so the
 * last pixel is left to the plain loop. */
static ISA void anchor_row_avx2(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels,
                                int32_t *out, int n)
{
    if (channels != 3) {
        rows_anchor_row(in, w, base, s, channels, out, n);
        return;
    }
    const __m128i pairs = _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 4, 5, 10, 11);
    const __m128i sign = _mm_set1_epi16(INT16_MIN), round = _mm_set1_epi32((4096 << 15) + 32);
    __m128i w01[4], w23[4];
    for (int d = 0; d < s; d++) {
        int32_t w32[2];
        memcpy(w32, w[d], 8);
        w01[d] = _mm_set1_epi32(w32[0]);
        w23[d] = _mm_set1_epi32(w32[1]);
    }
    for (int i = 0; i < n - 1; i++)
        for (int d = 0; d < s; d++) {
            const uint16_t *p = in + (i + base[d]) * 3;
            const __m128i a = _mm_xor_si128(_mm_loadu_si128((const void *)p), sign);
            const __m128i b = _mm_xor_si128(_mm_loadu_si128((const void *)(p + 6)), sign);
            const __m128i sum = _mm_add_epi32(_mm_madd_epi16(_mm_shuffle_epi8(a, pairs), w01[d]),
                                              _mm_madd_epi16(_mm_shuffle_epi8(b, pairs), w23[d]));
            _mm_storeu_si128((void *)(out + (i * s + d) * 3), _mm_srai_epi32(_mm_add_epi32(sum, round), 6));
        }
    rows_anchor_row(in + (n - 1) * 3, w, base, s, 3, out + (ptrdiff_t)(n - 1) * s * 3, 1);
}

static ISA void anchor_column_avx2(const int32_t *const h[4], const int16_t w[4], const int32_t *t, int32_t *out, int n)
{
    rows_anchor_column(h, w, t, out, n);
}

static ISA void round8_avx2(const int32_t *in, uint8_t *out, int n) { rows_round8(in, out, n); }
static ISA void round16_avx2(const int32_t *in, uint16_t *out, int n) { rows_round16(in, out, n); }
static ISA void narrow8_avx2(const uint16_t *in, uint8_t *out, int n) { rows_narrow8(in, out, n); }

FV_FAITHFUL_KERNELS(ISA, avx2);

/* ---- The faithful guarantee in 16 bits ----
 *
 * As in kernels_avx512.c: vpmaddwd multiplies two neighbours by two weights and adds both products, so rows are taken two at a
 * time, their values interleaved. The last values of a row are left to the plain loops. */

enum { WORDS = 16 };

static ALWAYS_INLINE ISA __m256i load_words(const void *p) { return _mm256_loadu_si256(p); }

static ALWAYS_INLINE ISA __m256i two_weights(int first, int second)
{
    return _mm256_set1_epi32((int32_t)((uint32_t)(uint16_t)first | (uint32_t)second << 16));
}

/* sum + the products of the lower or upper halves of the lanes of two rows. */
static ALWAYS_INLINE ISA __m256i add_low(__m256i sum, __m256i a, __m256i b, __m256i w)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), w));
}

static ALWAYS_INLINE ISA __m256i add_high(__m256i sum, __m256i a, __m256i b, __m256i w)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), w));
}

/* Samples go in less 2^15, which the sum of the weights makes up for. */
static ISA void shrink_column_words(const uint16_t *const *from, const int16_t *w, int taps, int32_t *out, int n)
{
    const __m256i sign = _mm256_set1_epi16(INT16_MIN);
    const uint16_t *rest[FV_MAX_SHRINK_TAPS];
    int32_t sum = 0, i = 0;
    for (int j = 0; j < taps; j++) sum += w[j];
    for (; i <= n - WORDS; i += WORDS) {
        __m256i low = _mm256_set1_epi32(8192 + 32768 * sum), high = low;
        for (int j = 0; j < taps; j += 2) {
            const bool both = j + 1 < taps;
            const __m256i a = _mm256_xor_si256(sign, load_words(from[j] + i));
            const __m256i b = _mm256_xor_si256(sign, load_words(from[both ? j + 1 : j] + i));
            const __m256i two = two_weights(w[j], both ? w[j + 1] : 0);
            low = add_low(low, a, b, two);
            high = add_high(high, a, b, two);
        }
        low = _mm256_srai_epi32(low, 14);
        high = _mm256_srai_epi32(high, 14);
        _mm256_storeu_si256((void *)(out + i), _mm256_permute2x128_si256(low, high, 0x20));
        _mm256_storeu_si256((void *)(out + i + WORDS / 2), _mm256_permute2x128_si256(low, high, 0x31));
    }
    for (int j = 0; j < taps; j++) rest[j] = from[j] + i;
    shrink_column_avx2(rest, w, taps, out + i, n - i);
}

/* y goes into the sums as y * 4096 + 2048. */
static ISA void correct_small_words(uint16_t *y, const int16_t *const h[4], const int16_t w[4], const uint16_t *low,
                                    const uint16_t *high, int n)
{
    const __m256i half = _mm256_set1_epi16(INT16_MIN), w01 = two_weights(w[0], w[1]), w23 = two_weights(w[2], w[3]);
    int i = 0;
    for (; i <= n - WORDS; i += WORDS) {
        const __m256i own = load_words(y + i), h0 = load_words(h[0] + i), h1 = load_words(h[1] + i);
        const __m256i h2 = load_words(h[2] + i), h3 = load_words(h[3] + i);
        const __m256i a = _mm256_srli_epi32(_mm256_unpacklo_epi16(half, own), 4);
        const __m256i b = _mm256_srli_epi32(_mm256_unpackhi_epi16(half, own), 4);
        const __m256i sum = _mm256_packus_epi32(_mm256_srai_epi32(add_low(add_low(a, h0, h1, w01), h2, h3, w23), 12),
                                                _mm256_srai_epi32(add_high(add_high(b, h0, h1, w01), h2, h3, w23), 12));
        const __m256i limited = _mm256_min_epu16(_mm256_max_epu16(sum, load_words(low + i)), load_words(high + i));
        _mm256_storeu_si256((void *)(y + i), limited);
    }
    const int16_t *const rest[4] = {h[0] + i, h[1] + i, h[2] + i, h[3] + i};
    correct_small_avx2(y + i, rest, w, low + i, high + i, n - i);
}

void fv_kernels_init_avx2(fv_kernels *k, uint32_t cpu)
{
    if (!(cpu & FOVEA_CPU_AVX2)) return;
    k->name = "avx2";
    k->cpu |= FOVEA_CPU_AVX2;
    k->pack = FV_PACK_S8X4;
    k->head = head_avx2;
    k->body = body_avx2;
    k->body_rows = body_rows_avx2;
    k->tail = tail_avx2;
    k->tail_rows = tail_rows_avx2;
    k->anchor_row = anchor_row_avx2;
    k->anchor_column = anchor_column_avx2;
    k->round8 = round8_avx2;
    k->round16 = round16_avx2;
    k->narrow8 = narrow8_avx2;
    init_faithful_avx2(k);
    k->shrink_column = shrink_column_words;
    k->correct_small = correct_small_words;
    if (!(cpu & FOVEA_CPU_AVXVNNI)) return;
    k->name = "avxvnni";
    k->cpu |= FOVEA_CPU_AVXVNNI;
    k->head = head_avxvnni;
    k->body = body_avxvnni;
    k->body_rows = body_rows_avxvnni;
    k->tail = tail_avxvnni;
    k->tail_rows = tail_rows_avxvnni;
}

#else

void fv_kernels_init_avx2(fv_kernels *k, uint32_t cpu)
{
    UNUSED(k);
    UNUSED(cpu);
}

#endif
