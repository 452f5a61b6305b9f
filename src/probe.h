/* SPDX-License-Identifier: MIT
 *
 * What the fastest loop on this processor could reach. */
#ifndef FV_PROBE_H
#define FV_PROBE_H

#include "base.h"

/* Runs the dot product of the best of these fovea_cpu bits on registers alone; the operations of one round, a
 * multiplication and an addition being two; 0 where no set is known. Any thread. */
uint64_t fv_probe_ceiling(uint32_t cpu, uint64_t rounds);

#endif
