/* SPDX-License-Identifier: MIT
 *
 * The command line. One table (options.c) feeds the parser, the help, the man page and the completions. */
#ifndef FOVEA_CLI_OPTIONS_H
#define FOVEA_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "format.h"
#include "size.h"
#include "manual.h"
#include "use.h"

enum command {
    COMMAND_UPSCALE,
    COMMAND_VERIFY,
    COMMAND_COMPARE,
    COMMAND_INSPECT,
    COMMAND_MODELS,
    COMMAND_BENCH,
    COMMAND_HELP,
    COMMAND_VERSION, /* has no word, only an option */
};
enum progress_style { PROGRESS_AUTO, PROGRESS_PLAIN, PROGRESS_JSON, PROGRESS_NONE };
enum report_style { REPORT_NONE, REPORT_WORDS, REPORT_JSON };
enum source_kind { SOURCE_AUTO, SOURCE_CLEAN, SOURCE_JPEG, SOURCE_SCREEN };

#define OPTIONS_MOST_THREADS 64 /* of an upscaler (fovea.h) */

struct options {
    enum command command;
    char **pictures; /* NULL at the end */
    int pictures_count;
    const char *output; /* NULL: beside the source */
    struct size size;
    bool scaled, fitted; /* -s, --to was given */
    int effort; /* fovea_effort or NET_EFFORT_DEFAULT */
    enum source_kind source;
    fovea_use use;
    enum mode mode;
    bool force_creative;
    int strength; /* 0 .. 100 or USE_STRENGTH_UNSAID */
    enum faces faces;
    bool allow_shrink; /* results at or below the source's size */
    enum format format; /* FORMAT_UNKNOWN: not said, or the source's */
    bool keeps_format;  /* the source's, said so */
    int quality;        /* 0: the format's default */
    bool lossless, strip;
    bool overwrite, skip_existing;
    const char *suffix;   /* NULL: "-2x" and so on */
    const char *template; /* NULL: the default */
    bool recursive, dry_run, sample;
    bool strict; /* a promise not kept is a failure */
    bool output_is_folder;        /* decided by place_prepare */
    int shard_index, shard_count; /* from 0; index -1: a scheduler says which; count 0: nothing said */
    enum report_style report; /* of the figures of each result, or of verify */
    const char *map;          /* where the heat map goes; NULL: none */
    int threads;
    enum progress_style progress;
    uint64_t max_pixels, max_memory;
    double timeout; /* seconds without progress */
    int protections; /* those that hold here, and so must in every process that decodes (sandbox.h); main.c finds out */
    int verbose;
    enum manual manual; /* which help */
    uint64_t given;     /* bit i: the option of that id was there */
};

/* false: a line was printed to standard error; exit status 2. options->pictures is to be freed. */
bool options_parse(struct options *options, int count, char **words);

/* ---- The table, for what is generated from it ---- */

struct option_row {
    int id;
    char letter;         /* 0: none */
    const char *name;    /* without the dashes; NULL: none */
    const char *value;   /* what it takes, for the help; NULL: nothing */
    const char *words;   /* the values it can take, separated by spaces, when it is one of a few; for completions */
    const char *help;    /* a few words, starting small */
    bool common;         /* has a line of its own in --help */
    int commands;        /* bit i: concerns the enum command i */
};

extern const char *const command_names[COMMAND_VERSION]; /* by enum command */
extern const struct option_row option_rows[];
extern const int option_rows_count;

#endif
