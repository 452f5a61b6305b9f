/* SPDX-License-Identifier: MIT */
#ifndef FOVEA_CLI_CLOCK_H
#define FOVEA_CLI_CLOCK_H

#include <time.h>

/* Seconds of a clock that nobody sets. For files with _GNU_SOURCE. */
static inline double clock_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#endif
