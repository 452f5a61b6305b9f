/* SPDX-License-Identifier: MIT
 *
 * The sheet of --sample: a part of a picture, enlarged plainly and by fovea, side by side. */
#ifndef FOVEA_CLI_PANELS_H
#define FOVEA_CLI_PANELS_H

#include "excerpt.h"

enum { PANELS_MOST = 3 };

struct panels_job {
    int excerpt, results[PANELS_MOST]; /* files that can seek */
    const char *names[PANELS_MOST];    /* of the results: "faithful" */
    int count;                         /* of results */
    const char *picture;               /* its name, as shown */
    const struct excerpt *about;
    int sheet; /* becomes a PNG */
};

/* In a process of its own (apart.h); answers nothing. false: reason set. */
bool panels_draw(void *job, void *nothing, struct failure *failure);

#endif
