/* SPDX-License-Identifier: MIT
 *
 * A layer packed for a kernel set. */
#ifndef FV_PACK_H
#define FV_PACK_H

#include "kernels.h"
#include "model.h"

/* Whether the kernels take this layer in groups of rows. */
bool fv_packed_in_groups(const fv_layer *l, const fv_kernels *k);

/* Bytes that a packed layer takes, a multiple of FV_ALIGN. */
size_t fv_packed_size(const fv_layer *l, const fv_kernels *k);

/* Packs it, mirrored in one of the FV_ENSEMBLE ways (0: as it is), into so many bytes at `to`, aligned to FV_ALIGN and all 0, which
 * the result points into. */
fv_conv fv_pack_layer(const fv_layer *l, int way, const fv_kernels *k, uint8_t *to);

#endif
