/* SPDX-License-Identifier: MIT
 *
 * What the kernels for 64-bit ARM share: from sums to bytes. */
#ifndef FV_KERNELS_NEON_H
#define FV_KERNELS_NEON_H

#include "kernels.h"

#if defined(__aarch64__) && defined(__ARM_NEON) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FV_NEON
#include <arm_neon.h>

static ALWAYS_INLINE int32x4_t neon_rounded(const fv_conv *c, int32x4_t acc, int o)
{
    return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(acc), vld1q_f32(c->scale + o)));
}

/* Saturation to 16 bits keeps what is far off where it is far off; to bytes it clamps at 0. */
static ALWAYS_INLINE uint8x8_t neon_bytes(const fv_conv *c, int32x4_t a0, int32x4_t a1, int o)
{
    const int16x8_t q = vcombine_s16(vqmovn_s32(neon_rounded(c, a0, o)), vqmovn_s32(neon_rounded(c, a1, o + 4)));
    return vqmovun_s16(vqaddq_s16(q, vdupq_n_s16((int16_t)c->zp)));
}

/* The sums of 16 channels from o on to bytes; add: of the skip, or NULL. */
static ALWAYS_INLINE void neon_put(const fv_conv *c, int o, const uint8_t *add, uint8_t *out, int32x4_t a0, int32x4_t a1,
                                   int32x4_t a2, int32x4_t a3)
{
    if (add) {
        const uint8x16_t b = vld1q_u8(add);
        const uint16x8_t b0 = vmovl_u8(vget_low_u8(b)), b1 = vmovl_u8(vget_high_u8(b));
        a0 = vmlaq_s32(a0, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(b0))), vld1q_s32(c->skip + o));
        a1 = vmlaq_s32(a1, vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(b0))), vld1q_s32(c->skip + o + 4));
        a2 = vmlaq_s32(a2, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(b1))), vld1q_s32(c->skip + o + 8));
        a3 = vmlaq_s32(a3, vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(b1))), vld1q_s32(c->skip + o + 12));
    }
    vst1q_u8(out, vminq_u8(vcombine_u8(neon_bytes(c, a0, a1, o), neon_bytes(c, a2, a3, o + 8)), vdupq_n_u8(127)));
}

/* The same of a tail, to 16 values. */
static ALWAYS_INLINE void neon_round(const fv_conv *c, int o, int32_t *out, int32x4_t a0, int32x4_t a1, int32x4_t a2,
                                     int32x4_t a3)
{
    vst1q_s32(out, neon_rounded(c, a0, o));
    vst1q_s32(out + 4, neon_rounded(c, a1, o + 4));
    vst1q_s32(out + 8, neon_rounded(c, a2, o + 8));
    vst1q_s32(out + 12, neon_rounded(c, a3, o + 12));
}

/* kernels_neon_rows.c: groups of rows, for processors without a dot product of bytes. */
void fv_kernels_init_neon_rows(fv_kernels *k);

#endif
#endif
