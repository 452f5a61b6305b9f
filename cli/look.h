/* SPDX-License-Identifier: MIT
 *
 * A picture is looked at before it is enlarged: what its file's head tells, and what its pixels do. From that comes the
 * kind of net it needs, with the reason; never from its name. */
#ifndef FOVEA_CLI_LOOK_H
#define FOVEA_CLI_LOOK_H

#include "failure.h"
#include "format.h"
#include "picture.h"

#include <stdbool.h>
#include <stddef.h>

#include "fovea.h"

/* JPEG of a lower quality goes to the net that removes blocks. */
#define LOOK_GOOD_JPEG 90

struct look {
    bool is_jpeg; /* and jpeg is set */
    fovea_jpeg jpeg;
    bool has_traits; /* its pixels were looked at */
    fovea_traits traits;
};

/* The head of the file on fd. Leaves its position alone. */
void look_head(struct look *look, int fd, enum format format);

/* Does the head alone decide? */
bool look_head_decides(const struct look *look);

/* All pixels of a picture just opened, which is then at its end. false: reason set. */
bool look_pixels(struct look *look, struct picture *picture, struct failure *failure);

/* The kind of net for it; reason: a few words that say why. */
fovea_kind look_kind(const struct look *look, char *reason, size_t room);

/* "photo", "screen", "art", "document", "unknown". */
const char *look_content_name(fovea_content content);

#endif
