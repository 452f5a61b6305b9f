/* SPDX-License-Identifier: MIT
 *
 * Reading and writing picture files, row by row from the top. The only door to libvips: nothing of it shows here. */
#ifndef FOVEA_CLI_PICTURE_H
#define FOVEA_CLI_PICTURE_H

#include "failure.h"
#include "format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fovea.h"

/* Loads the library. Starts no thread, so the process may still fork. Once, before any other call. */
bool picture_start(const char *program);

/* Loads what this format needs beyond that, if anything: to be called before one is read or written, and best before the
 * fork, so that many processes share it. What can't be loaded is found out by who needs it. Starts no thread. */
void picture_prepare(enum format format);

/* What to do when the library finds no memory where it can't report that: it would end the process. */
void picture_on_no_memory(void (*end)(void));

/* Whether a decoder of this process had to make up parts of a picture, as it does of damaged JPEG files. */
bool picture_was_damaged(void);
#define PICTURE_DAMAGED "it is damaged: parts of it are missing, and its decoder made them up"

const char *picture_library(void); /* "libvips 8.14.1" */

struct picture;

struct picture_info {
    int32_t width, height;       /* upright: after the orientation tag */
    enum fovea_format format;    /* of the rows */
    int metadata;                /* METADATA_* that it holds */
    char note[160];              /* what the user should know of how it was read; may be empty */
};

/* Opens the picture on fd, which can seek. scratch: a nameless file for a picture that lies on its side and is too
 * large for memory, or -1. max_pixels: more than that is refused before decoding. NULL: reason set. */
struct picture *picture_open(int fd, enum format format, int scratch, uint64_t max_pixels, struct failure *failure);
void picture_close(struct picture *picture);

/* Before the first picture_read, where picture_rewind will follow: rows are kept, if they are not too many, so that none
 * has to be decoded twice. */
void picture_keep(struct picture *picture);

/* Reading begins again with the first row, on whatever thread it goes on. false: reason set. */
bool picture_rewind(struct picture *picture, struct failure *failure);
void picture_get_info(const struct picture *picture, struct picture_info *info);

/* What its colour profile calls itself; false: it has none. */
bool picture_profile(const struct picture *picture, char *name, size_t room);

/* Enlarges what will be read to width x height, plainly (bicubic). Before the first picture_read. false: reason set. */
bool picture_enlarge(struct picture *picture, int32_t width, int32_t height, struct failure *failure);

/* The next rows from the top, one after another without gaps, at pixels. false: reason set. */
bool picture_read(struct picture *picture, int32_t rows, unsigned char *pixels, struct failure *failure);

struct picture_target {
    int fd; /* can seek; written from its start */
    enum format format;
    int quality; /* 0: the format's default */
    bool lossless, strip;
    int32_t width, height;
    double dots; /* to an inch; 0: as the source says */
    enum fovea_format rows; /* what row gives; fovea's formats of the source's channels */
};

/* Where picture_write gets its rows from: called in order, once for each row, on one thread. false: give up. */
typedef bool picture_row(void *user, int32_t y, unsigned char *pixels);

/* Can a lossy JPEG XL of this picture be read in its own colours again? */
bool picture_jxl_keeps_profile(const struct picture *source);

/* Writes a picture with the metadata of source, which may be NULL where target strips them. Reads of source may go on meanwhile on
 * another thread. */
bool picture_write(const struct picture *source, const struct picture_target *target, picture_row *row, void *user,
                   struct failure *failure);

/* To be called at the end of every thread that called the above, the first one excepted. */
void picture_thread_end(void);

#endif
