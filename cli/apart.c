/* SPDX-License-Identifier: MIT
 *
 * The kin of worker.c for commands that end with a few numbers instead of a picture. The child sends its failure, then
 * its result; anything shorter is a child that died. */
#define _GNU_SOURCE 1
#include "apart.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "output.h"
#include "picture.h"
#include "sandbox.h"
#include "worker.h"

static int result_pipe = -1; /* in the child */

static bool receive_all(int from, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        ssize_t got = read(from, at, size);
        if (got == 0 || (got < 0 && errno != EINTR)) return false;
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

static _Noreturn void die_without_memory(void)
{
    struct failure failure = {.outcome = OUTCOME_RESOURCES, .text = "no memory"};
    output_write(result_pipe, &failure, sizeof failure);
    _exit(0);
}

static void settle(const struct apart_limits *limits, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sandbox_volunteer();
    worker_limit(RLIMIT_CORE, 0); /* a dump would hold somebody's picture */
    if (limits->max_memory) worker_limit(RLIMIT_DATA, limits->max_memory);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; nowhere >= 0 && fd <= STDERR_FILENO; fd++) dup2(nowhere, fd); /* decoders talk a lot */
    picture_on_no_memory(die_without_memory);
    sandbox_enter_worker(); /* what holds was told before */
}

static _Noreturn void child(apart_work *work, void *job, const struct apart_limits *limits, void *result, size_t size,
                            pid_t parent)
{
    struct failure failure = FAILURE_NONE;
    settle(limits, parent);
    if (!work(job, result, &failure)) failure_set(&failure, OUTCOME_FAILED, "failed for no reason given");
    _exit(output_write(result_pipe, &failure, sizeof failure) && output_write(result_pipe, result, size) ? 0 : 1);
}

struct apart_limits apart_limits_of(const struct options *options)
{
    return (struct apart_limits){options->timeout, options->max_memory};
}

/* Waits until the child says something or dies. false: it took longer than that. */
static bool wait_for(int from, double timeout)
{
    const double most = INT_MAX / 1000, end = clock_seconds() + timeout;
    for (double left = timeout; left > 0; left = end - clock_seconds()) {
        struct pollfd pipe = {.fd = from, .events = POLLIN};
        if (poll(&pipe, 1, (int)(1000 * (left < most ? left : most)) + 1) > 0) return true;
    }
    return false;
}

/* The child is at its end: did it say all it had to? */
static bool hear(int from, pid_t pid, bool memory_limited, void *result, size_t size, struct failure *failure)
{
    struct failure said;
    int status = 0;
    bool whole = receive_all(from, &said, sizeof said);
    if (whole && said.outcome == OUTCOME_DONE) whole = receive_all(from, result, size);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    said.text[sizeof said.text - 1] = 0;
    if (whole && (said.outcome < OUTCOME_DONE || said.outcome > OUTCOME_RESOURCES)) {
        failure_set(failure, OUTCOME_FAILED, "its decoder told nonsense");
    } else if (whole && said.outcome != OUTCOME_DONE) {
        failure_set(failure, said.outcome, "%s", said.text);
        failure->picture = said.picture >= 1 && said.picture <= 2 ? said.picture : 0;
    } else if (!whole || status != 0) {
        worker_death(status, memory_limited, failure);
    }
    return failure->outcome == OUTCOME_DONE;
}

bool apart_run(apart_work *work, void *job, struct apart_limits limits, void *result, size_t size, struct failure *failure)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) {
        failure_set(failure, OUTCOME_RESOURCES, "no pipe: %s", strerror(errno));
        return false;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close(ends[0]);
        result_pipe = ends[1];
        child(work, job, &limits, result, size, parent);
    }
    close(ends[1]);
    bool late = pid > 0 && !wait_for(ends[0], limits.timeout);
    if (late) {
        kill(pid, SIGKILL);
        failure_set(failure, OUTCOME_FAILED, "given up: it took longer than --timeout");
    }
    bool good = pid > 0 && hear(ends[0], pid, limits.max_memory != 0, result, size, failure) && !late;
    if (pid < 0) failure_set(failure, OUTCOME_RESOURCES, "no new process: %s", strerror(errno));
    close(ends[0]);
    return good;
}
