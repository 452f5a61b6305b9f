/* SPDX-License-Identifier: MIT
 *
 * What a worker does between its start and its end: decode, choose, enlarge, encode. */
#ifndef FOVEA_CLI_WORK_H
#define FOVEA_CLI_WORK_H

#include "worker.h"

/* Does the job in this process and says all that a worker says (worker.h) through pipe_end, the result last. Once a process,
 * from its only thread. */
void work(const struct worker_job *job, int pipe_end);

/* For picture_on_no_memory: the result is "no memory", and the process ends. Only while `work` runs. */
_Noreturn void work_without_memory(void);

#endif
