/* SPDX-License-Identifier: MIT
 *
 * What the figures of a pair mean: the promise they are held against, plain words, JSON (doc/report.md). */
#ifndef FOVEA_CLI_FIGURES_H
#define FOVEA_CLI_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "pair.h"

/* Consistency that is promised, dB, when D is bicubic or area. */
#define FIGURES_PSNR_BICUBIC 45.0
#define FIGURES_PSNR_AREA 40.0
/* And the least, beside the means of blocks, where the small picture has the noise of JPEG. Our own results have 34.9 or more. */
#define FIGURES_PSNR_JPEG 34.0

/* Each part of the promise: kept? */
struct verdict {
    bool enlargement, shape, place, consistent, halos, colours;
    bool faithful; /* all of them */
};

struct verdict figures_judge(const struct pair_result *pair);

/* Is a stranger's result as faithful as one can be to the small picture if that has the noise of JPEG? */
bool figures_keep_blocks(const struct pair_result *pair);

/* "shrinks back to your picture within 3 levels; no halos; colours unchanged" */
void figures_sentence(const struct pair_result *pair, char *text, size_t size);

/* A line for each part, with its numbers. */
void figures_lines(const struct pair_result *pair, FILE *out);

/* The members of a JSON object, without its braces. */
void figures_members(const struct pair_result *pair, const char *small, const char *large, FILE *out);

/* One JSON object on one line. */
void figures_json(const struct pair_result *pair, const char *small, const char *large, FILE *out);

#endif
