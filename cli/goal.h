/* SPDX-License-Identifier: MIT
 *
 * What a picture's result shall be: its size, in how many passes the nets reach it, its file; and the word about what that
 * file can't hold of the picture. */
#ifndef FOVEA_CLI_GOAL_H
#define FOVEA_CLI_GOAL_H

#include "failure.h"
#include "picture.h"
#include "worker.h"

/* Sets target and passes (0: no enlargement, and that was allowed), out of the job with the nets chosen; says what is to be
 * known of them (say.h). false: reason set. */
bool goal_set(const struct worker_job *job, const struct picture_info *info, const struct picture *picture,
              struct picture_target *target, int *passes, struct failure *failure);

#endif
