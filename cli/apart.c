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

/* Until there is something to read or the pipe is closed; false: it was `end` before. */
static bool wait_until(int from, double end)
{
    const double most = INT_MAX / 1000;
    for (double left = end - clock_seconds(); left > 0; left = end - clock_seconds()) {
        struct pollfd pipe = {.fd = from, .events = POLLIN};
        if (poll(&pipe, 1, (int)(1000 * (left < most ? left : most)) + 1) > 0) return true;
    }
    return false;
}

static bool receive_all(int from, double end, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        const ssize_t got = wait_until(from, end) ? read(from, at, size) : 0;
        if (got == 0 || (got < 0 && errno != EINTR)) return false;
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Is there nothing more to come? */
static bool is_closed(int from, double end)
{
    char more;
    return wait_until(from, end) && read(from, &more, 1) == 0;
}

/* All that the child has to say until `end`, and its death. */
static bool hear(int from, pid_t pid, double end, bool memory_limited, void *result, size_t size, struct failure *failure)
{
    struct failure said;
    int status = 0;
    bool whole = receive_all(from, end, &said, sizeof said);
    /* after a failure, too, unless it had no memory even for that */
    const bool has_result = whole && receive_all(from, end, result, size);
    if (whole && said.outcome == OUTCOME_DONE) whole = has_result;
    if (!is_closed(from, end)) failure_set(failure, OUTCOME_FAILED, "given up: it took longer than --timeout");
    kill(pid, SIGKILL); /* at its end anyway, too late, or mad */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (whole && (said.outcome < OUTCOME_DONE || said.outcome > OUTCOME_RESOURCES)) {
        failure_set(failure, OUTCOME_FAILED, "its decoder told nonsense");
    } else if (whole && said.outcome != OUTCOME_DONE) {
        said.text[sizeof said.text - 1] = 0;
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
    const double end = clock_seconds() + limits.timeout;
    const bool good = pid > 0 && hear(ends[0], pid, end, limits.max_memory != 0, result, size, failure);
    if (pid < 0) failure_set(failure, OUTCOME_RESOURCES, "no new process: %s", strerror(errno));
    close(ends[0]);
    return good;
}
