/* SPDX-License-Identifier: MIT
 *
 * What a worker is told about a picture: the options, made into a job. And a job done by itself, outside of a batch. */
#ifndef FOVEA_CLI_JOB_H
#define FOVEA_CLI_JOB_H

#include "options.h"
#include "worker.h"

/* All that follows from the options; files, threads, protections and room are the caller's to fill in. */
struct worker_job job_of(const struct options *options, const struct net_set *nets, enum format from, enum format to);

/* Does it and waits for its end; what it has to say on the way is not shown. false: reason set. */
bool job_run(const struct worker_job *job, double timeout, struct worker_message *result, struct failure *failure);

/* What became of it: result is the worker's last word (NULL: it had none), wait_status how it ended. */
void job_judge(const struct worker_job *job, const struct worker_message *result, int wait_status, struct failure *failure);

#endif
