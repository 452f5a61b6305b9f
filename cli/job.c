/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "report.h"
#include "use.h"

struct worker_job job_of(const struct options *options, const struct net_set *nets, enum format from, enum format to)
{
    return (struct worker_job){
        .source = -1,
        .target = -1,
        .scratch = -1,
        .source_format = from,
        .target_format = to,
        .quality = use_quality(options, to),
        .lossless = options->lossless,
        .keeps_lossless = use_keeps_lossless(options),
        .strip = options->strip,
        .sandbox = options->protections,
        .talkative = options->verbose > 1,
        .allow_shrink = options->allow_shrink,
        .dry_run = options->dry_run,
        .nets = nets,
        .wish = use_wish(options, nets),
        .strength = use_strength(options),
        .keeps_faces = options->faces != FACES_SAME,
        .map = -1,
        .measures = options->report != REPORT_NONE || options->map,
        .shows_net = options->verbose > 0 || options->report != REPORT_NONE,
        .size = options->size,
        .threads = 1,
        .max_pixels = options->max_pixels,
        .max_memory = options->max_memory,
        .room = UINT64_MAX,
        .curious = options->dry_run || options->verbose,
    };
}

void job_judge(const struct worker_job *job, const struct worker_message *result, int wait_status, struct failure *failure)
{
    if (result && result->outcome != OUTCOME_DONE)
        failure_set(failure, (enum outcome)result->outcome, "%s", result->text);
    else if (!result || wait_status != 0)
        child_death(wait_status, job->max_memory != 0, failure);
}

/* Until its last word, or its death, or timeout seconds without a word. */
static bool listen_to(int pipe_end, double timeout, struct worker_message *result, struct failure *failure)
{
    bool has_result = false;
    for (double heard = clock_seconds(); clock_seconds() - heard < timeout;) {
        struct pollfd pipe = {.fd = pipe_end, .events = POLLIN};
        struct worker_message message;
        if (poll(&pipe, 1, 1000) <= 0) continue;
        if (!worker_hear(pipe_end, &message)) return has_result;
        heard = clock_seconds();
        if (message.said == WORKER_RESULT) {
            *result = message;
            has_result = true;
        }
    }
    failure_set(failure, OUTCOME_FAILED, "given up: no progress for longer than --timeout");
    return has_result;
}

bool job_run(const struct worker_job *job, double timeout, struct worker_message *result, struct failure *failure)
{
    static const int nobodys[] = {-1};
    int pipe_end, status = 0;
    pid_t pid = worker_start(job, &pipe_end, nobodys, failure);
    if (pid < 0) return false;
    const bool has_result = listen_to(pipe_end, timeout, result, failure);
    kill(pid, SIGKILL); /* at its end anyway, too late, or mad */
    close(pipe_end);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    job_judge(job, has_result ? result : NULL, status, failure);
    return failure->outcome == OUTCOME_DONE;
}
