/* SPDX-License-Identifier: MIT
 *
 * What became of a picture, and the one line that says why. Text here is ASCII of our own or of a library; whoever prints
 * it escapes it all the same (report.c), because libraries quote what they read. */
#ifndef FOVEA_CLI_FAILURE_H
#define FOVEA_CLI_FAILURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* In rising order of what the command's exit code makes of them (batch.c). */
enum outcome {
    OUTCOME_DONE,
    OUTCOME_SKIPPED,    /* the result was already there, as --skip-existing wants it */
    OUTCOME_UNREADABLE, /* the source could not be read, or is no whole picture */
    OUTCOME_FAILED,     /* anything else that concerns this picture alone */
    OUTCOME_RESOURCES,  /* no memory, no room on the disk */
};

/* A batch may end otherwise: it has many. */
static inline int outcome_status(enum outcome outcome)
{
    return outcome == OUTCOME_DONE ? 0 : outcome == OUTCOME_UNREADABLE ? 3 : outcome == OUTCOME_RESOURCES ? 4 : 1;
}

/* In the records of doc/report.md. */
static inline const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = {"done", "skipped", "unreadable", "failed", "no-resources"};
    return names[outcome];
}

struct failure {
    enum outcome outcome;
    char text[240];
    int32_t picture; /* which of several it is about, from 1; 0: not said */
};

#define FAILURE_NONE {.outcome = OUTCOME_DONE}

/* The first failure wins: what follows is usually its consequence. */
__attribute__((format(printf, 3, 4))) static inline void failure_set(struct failure *failure, enum outcome outcome,
                                                                     const char *format, ...)
{
    if (failure->outcome != OUTCOME_DONE) return;
    failure->outcome = outcome;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->text, sizeof failure->text, format, arguments);
    va_end(arguments);
}

/* What one of several pictures, counted from 1, is to blame for. false. */
static inline bool failure_blame(struct failure *failure, int32_t picture, const struct failure *own)
{
    if (failure->outcome == OUTCOME_DONE) *failure = *own, failure->picture = picture;
    return false;
}

#endif
