/* SPDX-License-Identifier: MIT
 *
 * The kernel table: every inner loop of the engine as a function pointer, held in the upscaler. Plain C
 * (kernels.c) fills it and defines what is right; each instruction set the processor has then overwrites what it does
 * faster. All of them give the same bytes (doc/format.md, section 2). Kernels know nothing of models, plans or threads.
 *
 * Promises, for every kernel:
 *   - n >= 1 pixels are computed; any n, any alignment of rows to one element (kernels may be faster on 64 bytes);
 *   - exactly the n pixels of the output are written, except where FV_SLACK is named;
 *   - FV_SLACK bytes after the last input pixel may be read, never used;
 *   - input and output rows do not overlap; no state; any thread. */
#ifndef FV_KERNELS_H
#define FV_KERNELS_H

#include "base.h"

#define FV_SLACK 64

/* How weights are laid out for the dot product of a set. All hold cout_pad output channels, a multiple of 16, the ones
 * above cout being 0, and are aligned to FV_ALIGN. */
typedef enum fv_pack {
    FV_PACK_S8X4, /* s8  [ky][kx][cin/4][cout_pad][4] */
    FV_PACK_S8X8, /* s8  [ky][kx][cin/8][cout_pad][8] */
    FV_PACK_S16X2, /* s16 [ky][kx][cin/2][cout_pad][2] */
} fv_pack;

/* The scale of a head or body is at most this. A larger one means the same: any sum but 0 ends at 0 or 127. But as sums
 * are less than 2^24, no product then exceeds 32 bits. */
#define FV_SCALE_MAX 128.0f

/* One 3x3 convolution, ready to run. The head has 4 input channels, the last with weights 0, and always FV_PACK_S16X2. */
typedef struct fv_conv {
    int cin; /* 4 in the head, otherwise a multiple of 16 */
    int cout; /* as in the model */
    int cout_pad; /* cout rounded up to a multiple of 16; equal to cout in head and body */
    int zp; /* zero point of the output, 0 .. 127; tail: 0 */
    const void *weights; /* packed; not looked at in groups of rows, NULL then */
    const int32_t *bias; /* (cout_pad) */
    const float *scale; /* (cout_pad), 1 above cout; head and body: at most FV_SCALE_MAX */
    const int32_t *skip; /* (cout_pad) multipliers of the skip, or NULL: no skip */
    const int16_t *winograd; /* body, tail: the same for groups of rows (kernels_winograd.h), or NULL: not of this layer */
} fv_conv;

/* In all three, in[k] is row y + k - 1 and points at pixel x - 1 for the first output pixel x: n + 2 pixels are read. */

/* in: (n + 2, 4) 12-bit samples; out: (n, cout) 0 .. 127. */
typedef void fv_head_fn(const fv_conv *c, const uint16_t *const in[3], uint8_t *out, int n);

/* in: (n + 2, cin); add: (n, cout), the skip's row from pixel x on, NULL exactly when c->skip is; out: (n, cout). */
typedef void fv_body_fn(const fv_conv *c, const uint8_t *const in[3], const uint8_t *add, uint8_t *out, int n);

/* FV_GROUP rows at once, of which the first `count` are written: in[k] is row y + k - 1; those that no wanted row reads may be any.
 * add[k]: of row y + k, NULL exactly when c->skip is; work: FV_WINOGRAD_WORK(c->cin) bytes, aligned to FV_ALIGN. Only of layers
 * that have c->winograd. */
enum {
    FV_GROUP = 4,
    FV_WINOGRAD_SUM_MAX = 29356, /* times 127 * 576 is below 2^31: what the weights of either sign of a channel may sum to */
};
#define FV_WINOGRAD_WORK(cin) ((size_t)36 * 12 * (2 * (size_t)(cin) + 2 * 64) + (size_t)4 * 48 * 48 * 4)
typedef void fv_body_rows_fn(const fv_conv *c, const uint8_t *const in[FV_GROUP + 2], const uint8_t *const add[FV_GROUP],
                             uint8_t *const out[FV_GROUP], int count, int n, void *work);

/* in: (n + 2, cin); out[dy]: (n, 3s) in 1/64 of a 16-bit level, s = 2, 3 or 4 with cout = 3 s^2: the tail's channels
 * dy*3s .. dy*3s + 3s - 1. FV_SLACK bytes after the n pixels of each out[dy] may be written. */
typedef void fv_tail_fn(const fv_conv *c, const uint8_t *const in[3], int32_t *const out[4], int n);

/* Likewise in groups; out[k]: of row y + k, as out above. */
typedef void fv_tail_rows_fn(const fv_conv *c, const uint8_t *const in[FV_GROUP + 2], int32_t *const out[FV_GROUP][4],
                             int count, int n, void *work);

/* The anchor along a row. in: (n + 4, channels) 16-bit samples from pixel x - 2 on; w: (s, 4) weights, each phase's
 * summing to 4096 as the format's do; base: (s) b + 1, so that result pixel s*i + d reads in[i + base[d]] ..
 * in[i + base[d] + 3]; out: (n, s, channels) in 1/64 level. channels is 1 or 3. */
typedef void fv_anchor_row_fn(const uint16_t *in, const int16_t w[][4], const uint8_t *base, int s, int channels, int32_t *out,
                              int n);

/* The anchor down the columns plus the net. h: four rows of (n) values in 1/64 level; w: their weights; t: (n) the
 * tail's values, or NULL for none; out: (n) in 1/64 level, not clipped. n counts values, not pixels. */
typedef void fv_anchor_column_fn(const int32_t *const h[4], const int16_t w[4], const int32_t *t, int32_t *out, int n);

/* 1/64 level to samples, rounded and clipped. n counts values. */
typedef void fv_round8_fn(const int32_t *in, uint8_t *out, int n);
typedef void fv_round16_fn(const int32_t *in, uint16_t *out, int n);

/* Samples of 16 bits to the nearest of 8. n counts values. */
typedef void fv_narrow8_fn(const uint16_t *in, uint8_t *out, int n);

/* ---- The faithful guarantee (faithful.c; doc/format.md, section 5); rows of (n, 3) colours ---- */

enum {
    FV_MAX_SHRINK_TAPS = 24,
    FV_SMALL = 16384, /* a quarter of what 16 bits hold: the weights' magnitudes sum to less than 2 * 4096 */
};

/* D down the columns: out = (sum over j < taps of w[j] * rows[j] + 8192) >> 14; 1 <= taps <= FV_MAX_SHRINK_TAPS. n counts
 * values. */
typedef void fv_shrink_column_fn(const uint16_t *const *rows, const int16_t *w, int taps, int32_t *out, int n);

/* D along the row, and what is missing of the source x: out = x - clip((sum over j < taps of w[j] * rows[j] + 8192) >> 14).
 * n counts values. */
typedef void fv_shrink_row_fn(const int32_t *const *rows, const int16_t *w, int taps, const uint16_t *x, int32_t *out, int n);

/* A row of a result of another size (store.c), from samples that are weighted down the columns: for each of `channels` (1 to 4)
 * out[i] = clip((sum over j < taps of w[i][j] * in[at[i] + j] + 8192) >> 14). at: (n) index of the first tap's pixel; w: (n, taps).
 * n counts pixels; FV_SLACK bytes after the n of out may be written. */
typedef void fv_resize_row_fn(const int32_t *in, int channels, const int32_t *at, const int16_t *w, int taps, uint16_t *out,
                              int n);

/* One phase of the enlargement along a row, of differences: in: (n/3 + 3, 3) from the first tap on;
 * out = (sum over j < 4 of w[j] * in[3 j] + 2048) >> 12. n counts values. */
typedef void fv_enlarge_row_fn(const int32_t *in, const int16_t w[4], int32_t *out, int n);

/* Whether all of n differences are small: within -FV_SMALL .. FV_SMALL - 1, so that 16 bits hold them enlarged. */
typedef bool fv_all_small_fn(const int32_t *in, int n);

/* As above, of small differences; where they aren't, anything. */
typedef void fv_enlarge_small_fn(const int32_t *in, const int16_t w[4], int16_t *out, int n);

/* y, in place, becomes y + ((sum over j < 4 of w[j] * h[j] + 2048) >> 12), limited to low .. high; both NULL: to 0 .. 65535.
 * n counts values. */
typedef void fv_correct_fn(uint16_t *y, const int32_t *const h[4], const int16_t w[4], const uint16_t *low,
                           const uint16_t *high, int n);

/* As above, always limited. */
typedef void fv_correct_small_fn(uint16_t *y, const int16_t *const h[4], const int16_t w[4], const uint16_t *low,
                                 const uint16_t *high, int n);

/* Sums of `phases` samples each, limited to low .. high: sum = (sum over p of limited y[p]); room = how many of them are
 * below high, plus 65536 times how many are above low. phases <= 16; low <= high. n counts values. */
typedef void fv_add_limited_fn(const uint16_t *const *y, int phases, const uint16_t *low, const uint16_t *high, int32_t *sum,
                               int32_t *room, int n);

/* y, in place, becomes y + by, limited to low .. high. |by| <= 65535. n counts values. */
typedef void fv_move_fn(uint16_t *y, const int32_t *by, const uint16_t *low, const uint16_t *high, int n);

/* Creative mode (blend.c; doc/format.md, section 8): to, in place, becomes to + ((mix * (from - to) + 2048) >> 12);
 * mix: 0 .. 4096. n counts values. */
typedef void fv_mix_fn(uint16_t *to, const uint16_t *from, const uint16_t *mix, int n);

/* The halo guard's range of each source value; it goes beyond what is around by the tolerance, by none where that is flat, and
 * by two where it is of full contrast. rows[k]: row y + k - 7 of the source from pixel x - 7 on, (n/3 + 14, 3), so the own pixel
 * of value i stands at rows[7][i + 21]; inside: likewise, 0xffff within the picture, 0 beyond; within[k]: 0xffff if rows k ..
 * k + 3 are all within the picture, otherwise 0; low, high: (n). n counts values. */
typedef void fv_bounds_fn(const uint16_t *const rows[15], const uint16_t *inside, const uint16_t within[12], uint16_t tolerance,
                          uint16_t *low, uint16_t *high, int n);

typedef struct fv_kernels {
    const char *name; /* of the set that does the convolutions */
    uint32_t cpu; /* fovea_cpu bits in use */
    fv_pack pack; /* of body and tail */
    fv_head_fn *head;
    fv_body_fn *body;
    fv_body_rows_fn *body_rows; /* NULL: body is faster */
    fv_tail_fn *tail;
    fv_tail_rows_fn *tail_rows; /* NULL exactly when body_rows is */
    fv_anchor_row_fn *anchor_row;
    fv_anchor_column_fn *anchor_column;
    fv_round8_fn *round8;
    fv_round16_fn *round16;
    fv_narrow8_fn *narrow8;
    fv_shrink_column_fn *shrink_column;
    fv_shrink_row_fn *shrink_row;
    fv_resize_row_fn *resize_row;
    fv_enlarge_row_fn *enlarge_row;
    fv_all_small_fn *all_small;
    fv_enlarge_small_fn *enlarge_small;
    fv_correct_fn *correct;
    fv_correct_small_fn *correct_small;
    fv_add_limited_fn *add_limited;
    fv_move_fn *move;
    fv_mix_fn *mix;
    fv_bounds_fn *bounds;
} fv_kernels;

/* The best table for these fovea_cpu bits. */
void fv_kernels_init(fv_kernels *k, uint32_t cpu);

/* Each set overwrites the entries it has, if its bits are in cpu. A file for another processor has an empty one. */
void fv_kernels_init_plain(fv_kernels *k);
void fv_kernels_init_avx2(fv_kernels *k, uint32_t cpu); /* AVX2 and AVX-VNNI */
void fv_kernels_init_avx512(fv_kernels *k, uint32_t cpu);
void fv_kernels_init_neon(fv_kernels *k, uint32_t cpu);
void fv_kernels_init_wasm(fv_kernels *k, uint32_t cpu);

#endif
