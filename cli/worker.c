/* SPDX-License-Identifier: MIT
 *
 * The child never returns from worker_start. It reports its result before it ends; a result "done" counts only when
 * the exit status is 0 as well. */
#define _GNU_SOURCE 1
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "picture.h"
#include "sandbox.h"
#include "work.h"

/* ---- The child's surroundings ------------------------------------------------------------------------------ */

void worker_limit(int what, uint64_t value)
{
    struct rlimit now_is;
    if (getrlimit((__rlimit_resource_t)what, &now_is)) return;
    if (now_is.rlim_max != RLIM_INFINITY && value > now_is.rlim_max) value = now_is.rlim_max;
    now_is.rlim_cur = value;
    setrlimit((__rlimit_resource_t)what, &now_is);
}

/* As before the parent caught it; what was ignored stays so. */
static void end_by(int number)
{
    struct sigaction found;
    if (sigaction(number, NULL, &found) || found.sa_handler != SIG_IGN) signal(number, SIG_DFL);
}

static void settle(const struct worker_job *job, pid_t parent, const int *unneeded)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    signal(SIGINT, SIG_IGN); /* the terminal's ^C reaches us too: the parent decides */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    end_by(SIGTERM);
    end_by(SIGHUP);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (; *unneeded >= 0; unneeded++) close(*unneeded);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        if (!job->talkative) dup2(nowhere, STDERR_FILENO); /* decoders talk a lot; what matters comes through the pipe */
        if (nowhere > STDERR_FILENO) close(nowhere);
    }
    sandbox_volunteer();
    worker_limit(RLIMIT_CORE, 0); /* a dump would hold somebody's picture */
    if (job->max_memory) worker_limit(RLIMIT_DATA, job->max_memory);
    picture_on_no_memory(work_without_memory);
}

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
        settle(job, parent, unneeded);
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

/* ---- What the parent hears --------------------------------------------------------------------------------- */

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

/* By ulimit and its like, which processes inherit. */
static bool memory_is_limited(void)
{
    struct rlimit space, data;
    return (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) ||
           (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY);
}

void worker_death(int status, bool memory_limited, struct failure *failure)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    /* Libraries that can't say "no memory" abort, or use what they did not get. */
    bool in_want = number == SIGABRT || number == SIGTRAP || number == SIGSEGV;
    bool starved = number == SIGKILL || (in_want && (memory_limited || memory_is_limited()));
    if (starved)
        failure_set(failure, OUTCOME_RESOURCES, "its decoder or encoder was ended, most likely for want of memory");
    else if (number)
        failure_set(failure, OUTCOME_FAILED, "its decoder or encoder died of signal %d (%s)", number, strsignal(number));
    else
        failure_set(failure, OUTCOME_FAILED, "its decoder or encoder ended with status %d", WEXITSTATUS(status));
}
