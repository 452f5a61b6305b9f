/* SPDX-License-Identifier: MIT
 *
 * A picture is looked at before it is enlarged: what its file's head tells, and what its pixels do (a PNG may have been a
 * JPEG for most of its life). From that comes the kind of net it needs, with the reason; never from its name. */
#ifndef FOVEA_CLI_LOOK_H
#define FOVEA_CLI_LOOK_H

#include "failure.h"
#include "format.h"
#include "picture.h"

#include <stdbool.h>
#include <stddef.h>

#include "fovea.h"

/* JPEG of a lower quality goes to the net that removes blocks and is nearer to the truth there; from here on it gains so little
 * that the other's promise, which holds for each pixel, is worth more (models/README.md). */
#define LOOK_CLEAN_JPEG 93
/* The same for lossy WebP. */
#define LOOK_CLEAN_WEBP 83
/* Of a quality below this no JPEG goes to the net for screens, so the head alone decides. */
#define LOOK_GOOD_JPEG 90

struct look {
    bool is_jpeg; /* and jpeg is set */
    fovea_jpeg jpeg;
    int32_t webp_quality; /* fovea_webp_quality; 0: none */
    bool no_screen; /* its pixels rule that out */
    int32_t saved_quality; /* fovea_traits', also where there is nothing but a glance */
    bool has_traits; /* its pixels were looked at */
    fovea_traits traits;
    bool has_faces; /* and they were looked for */
    int32_t face_count;
    fovea_face faces[FOVEA_FACES];
};

/* The head of the file on fd. Leaves its position alone. */
void look_head(struct look *look, int fd, enum format format);

/* Does the head alone decide? */
bool look_head_decides(const struct look *look);

/* All pixels of a picture just opened, which is then at its end; for its faces too when asked. false: reason set. */
bool look_pixels(struct look *look, struct picture *picture, bool faces, struct failure *failure);

/* The same as far as look_kind needs it, which is seldom all of the pixels and never as much work for a photograph. */
bool look_for_kind(struct look *look, struct picture *picture, struct failure *failure);

/* What the picture is to be treated for: the quality of its JPEG file or of an earlier one; 0: not known. */
int look_quality(const struct look *look);

/* The quality of a JPEG file that lost about as much, lossy WebP files counted in; 0: not known. */
int look_losses(const struct look *look);

/* Did it lose so much that only the means of blocks are certain? Then the net for JPEG pictures takes it, if it is no screen. */
bool look_is_poor(const struct look *look);

/* Pixels of a side of the smallest face; 0: there is none. */
int32_t look_smallest_face(const struct look *look);

/* The kind of net for it; reason: a few words that say why. */
fovea_kind look_kind(const struct look *look, char *reason, size_t room);

/* Does it gain more from invention than it loses: is it soft, noisy, compressed, a small old photograph, or drawn? Never
 * a screen, a document, or what is not known. reason: likewise. */
bool look_is_creative(const struct look *look, char *reason, size_t room);

/* The kind of creative net for it, where nothing in it says otherwise the given one. */
fovea_kind look_creative_kind(const struct look *look, fovea_kind otherwise);

/* "photo", "screen", "art", "document", "unknown". */
const char *look_content_name(fovea_content content);

#endif
