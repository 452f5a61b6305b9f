/* SPDX-License-Identifier: MIT
 *
 * The child never returns from worker_start. It reports its result before it ends; a result "done" counts only when
 * the exit status is 0 as well. */
#define _GNU_SOURCE 1
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "picture.h"
#include "work.h"

pid_t worker_start(const struct worker_job *job, int *pipe_end, const int *unneeded, struct failure *failure)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) {
        failure_set(failure, OUTCOME_RESOURCES, "no pipe: %s", strerror(errno));
        return -1;
    }
    picture_prepare(job->source_format);
    picture_prepare(job->target_format);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child_settle(parent, unneeded, job->max_memory, job->talkative);
        picture_on_no_memory(work_without_memory);
        work(job, ends[1]);
        _exit(0);
    }
    if (pid < 0) {
        failure_set(failure, OUTCOME_RESOURCES, "no new process: %s", strerror(errno));
        close(ends[0]);
    }
    close(ends[1]);
    *pipe_end = ends[0];
    return pid;
}

/* Messages are written in one piece, so they come in one piece: anything else is a child gone mad, and waiting for the
 * rest of it would let it stop us. */
bool worker_hear(int pipe_end, struct worker_message *message)
{
    ssize_t got;
    do got = read(pipe_end, message, sizeof *message);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof *message) return false;
    message->text[sizeof message->text - 1] = 0;
    message->kernels[sizeof message->kernels - 1] = 0;
    message->reason[sizeof message->reason - 1] = 0;
    message->mode_reason[sizeof message->mode_reason - 1] = 0;
    if (!(message->invention.rms >= 0 && message->invention.rms <= 255 && message->invention.unchanged >= 0 &&
          message->invention.unchanged <= 1))
        message->invention.is_known = 0;
    return message->said >= WORKER_PROGRESS && message->said <= WORKER_RESULT && message->outcome >= OUTCOME_DONE &&
           message->outcome <= OUTCOME_RESOURCES;
}
