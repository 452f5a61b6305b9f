/* SPDX-License-Identifier: MIT */
#ifndef FV_CPU_H
#define FV_CPU_H

#include "base.h"

/* fovea_cpu bits of what this processor has and the operating system saves. Any thread. */
uint32_t fv_cpu_detect(void);

/* Processors this process may use, at least 1. */
int fv_cpu_count(void);

#endif
