/* SPDX-License-Identifier: MIT */
#include "kernels.h"

void fv_kernels_init_avx512(fv_kernels *k, uint32_t cpu)
{
    UNUSED(k);
    UNUSED(cpu);
}
