/* SPDX-License-Identifier: MIT
 *
 * One rectangle of the result through a plan, row by row. Takes no memory. */
#ifndef FV_RUN_H
#define FV_RUN_H

#include "plan.h"

/* For tests: called with every row that a head, body or tail makes. x, y, n: which source pixels; row: (n, cout) u8, or
 * of a tail the s rows of (n, 3s) s32, `stride` bytes apart. */
typedef struct fv_tap {
    void (*row)(void *user, int layer, int x, int y, int n, const void *row, size_t stride);
    void *user;
} fv_tap;

/* rect: pixels of the result, covering at most plan->strip_width source pixels across; src holds what it needs; dst's
 * first byte is rect's top left pixel; scratch: plan->scratch_size bytes, aligned to FV_ALIGN, one a thread, any
 * content; tap may be NULL. */
void fv_run(const fv_plan *p, const fovea_source *src, fovea_rect rect, const fovea_target *dst, uint8_t *scratch,
            const fv_tap *tap);

#endif
