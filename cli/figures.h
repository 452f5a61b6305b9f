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

/* Each part of the promise: kept? */
struct verdict {
    bool enlargement, shape, place, consistent, halos, colours;
    bool faithful; /* all of them */
};

struct verdict figures_judge(const struct pair_result *pair);

/* "shrinks back to your picture within 3 levels; no halos; colours unchanged" */
void figures_sentence(const struct pair_result *pair, char *text, size_t size);

/* A line for each part, with its numbers. */
void figures_lines(const struct pair_result *pair, FILE *out);

/* The members of a JSON object, without its braces. */
void figures_members(const struct pair_result *pair, const char *small, const char *large, FILE *out);

/* One JSON object on one line. */
void figures_json(const struct pair_result *pair, const char *small, const char *large, FILE *out);

#endif
