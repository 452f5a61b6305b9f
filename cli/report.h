/* SPDX-License-Identifier: MIT
 *
 * All that the command says. Names of files and texts of libraries are escaped here, so that no control character of
 * theirs reaches a terminal; our own text is ASCII. */
#ifndef FOVEA_CLI_REPORT_H
#define FOVEA_CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"
#include "invented.h"
#include "options.h"
#include "pair.h"

/* "fovea: " and the text, escaped, as one line on standard error. */
__attribute__((format(printf, 1, 2))) void report_error(const char *format, ...);

/* name: text, as one line on standard error. */
void report_line(const char *name, const char *text);

/* Text of others, escaped. */
void report_text(const char *text, FILE *out);

/* What became of a picture. */
struct report_record {
    const char *source, *target; /* target NULL: not known */
    enum outcome outcome;
    const char *why;
    const char *source_format, *target_format;
    int32_t source_width, source_height, width, height; /* 0: not known */
    double seconds;
    uint64_t bytes;
    const char *net, *kernels;
    const char *net_kind, *net_reason; /* what it is for, and why it was chosen */
    const char *creative_net; /* blended in; NULL: the result is faithful */
    const char *mode_reason;  /* why it is creative or not; empty: nobody asked */
    int strength;             /* of the creative net's result */
    int32_t faces;            /* it has been kept out of; -1: they were not looked for */
    int32_t enhanced;         /* faces that the net for faces did */
    const char *face_net;     /* NULL: it did none */
    struct invention invention;
    int32_t threads;
    bool dry_run, verbose;
    const struct pair_result *figures; /* NULL: not measured */
};

/* A line for people, to standard error. Pictures passed over are only told of when verbose. */
void report_picture(const struct report_record *record);

/* A line about what the creative net made up, and what such a result is no good for. */
void report_invention(const struct report_record *record);

/* A JSON object on one line: doc/report.md, and what became of the picture. */
void report_record(const struct report_record *record, FILE *out);

/* A JSON string. Bytes that are no UTF-8 become \udc80..\udcff, as Python's surrogateescape has it, so that a reader
 * can get the very name back. */
void report_json(const char *text, FILE *out);

/* How far the whole run is. */
struct report {
    enum progress_style style; /* PROGRESS_AUTO: the bar */
    int total;                 /* pictures */
    double begin, last;        /* seconds */
    double shown;              /* per cent; negative: nothing yet */
    int bar;                   /* columns that the bar on the terminal takes now */
};

void report_begin(struct report *report, enum progress_style style, int total);

/* finished: pictures, and parts of those at work. name: one of those. */
void report_progress(struct report *report, double finished, const char *name);

/* Clears the bar, so that a line can be printed. */
void report_clear(struct report *report);

#endif
