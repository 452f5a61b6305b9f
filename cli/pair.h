/* SPDX-License-Identifier: MIT
 *
 * Two picture files measured against each other (fovea_measure.h), whoever made the larger one. */
#ifndef FOVEA_CLI_PAIR_H
#define FOVEA_CLI_PAIR_H

#include "apart.h"

#include <stdbool.h>
#include <stdint.h>

#include "fovea.h"

struct pair_job {
    int small, large; /* files that can seek */
    uint64_t max_pixels;
    struct apart_limits limits;
    bool known;         /* what it keeps is `keeps` and the large picture is in its place: one pass does */
    fovea_keeps keeps;
    int map;            /* a file for the heat map (PNG), or -1 */
    bool has_invented;  /* invented: a file that tells what was (invented.h), in place of what is measured */
    int invented;
};

struct pair_result {
    int32_t small_w, small_h, large_w, large_h;
    bool enlargement; /* large is no smaller than small and not beyond 64 times; otherwise nothing else is set */
    fovea_shrink shrink; /* the D of the figures */
    bool blocks;         /* only the means of blocks were promised, or can be */
    bool large_lossy;    /* the large picture is a JPEG, a lossy WebP or an AVIF file */
    bool damaged;        /* one of both is (picture_was_damaged) */
    double other_psnr;   /* of the other D; 0: not measured */
    double unmoved_psnr; /* before a shift was made good for; 0: there was none */
    fovea_figures figures;
};

/* Opens both files and loads what decodes them, before anything forks. 0, or an exit status after a line for each that is none;
 * what is open in fds, which were -1, is the caller's either way. */
int pair_open(char *const names[2], int fds[2]);

/* In a process of its own (apart.h). false: reason set. The first only begins: what it finds out is at result after apart_end. */
bool pair_begin(const struct pair_job *job, struct apart *apart, struct pair_result *result, struct failure *failure);
bool pair_measure(const struct pair_job *job, struct pair_result *result, struct failure *failure);

#endif
