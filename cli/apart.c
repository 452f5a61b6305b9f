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
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "output.h"
#include "picture.h"
#include "sandbox.h"

/* ---- The child --------------------------------------------------------------------------------------------- */

static int result_pipe = -1;

static _Noreturn void die_without_memory(void)
{
    struct failure failure = {.outcome = OUTCOME_RESOURCES, .text = "no memory"};
    output_write(result_pipe, &failure, sizeof failure);
    _exit(0);
}

static _Noreturn void child(apart_work *work, void *job, const struct apart_limits *limits, void *result, size_t size,
                            pid_t parent)
{
    static const int nobodys[] = {-1};
    struct failure failure = FAILURE_NONE;
    child_settle(parent, limits->unneeded ? limits->unneeded : nobodys, limits->max_memory, false);
    picture_on_no_memory(die_without_memory);
    if ((sandbox_enter_worker() & limits->protections) != limits->protections)
        failure_set(&failure, OUTCOME_FAILED, SANDBOX_LESS);
    else if (!work(job, result, &failure))
        failure_set(&failure, OUTCOME_FAILED, "failed for no reason given");
    _exit(output_write(result_pipe, &failure, sizeof failure) && output_write(result_pipe, result, size) ? 0 : 1);
}

/* ---- The parent -------------------------------------------------------------------------------------------- */

struct apart_limits apart_limits_of(const struct options *options)
{
    return (struct apart_limits){options->timeout, options->max_memory, options->protections, NULL};
}

bool apart_start(struct apart *apart, apart_work *work, void *job, struct apart_limits limits, void *result, size_t size,
                 struct failure *failure)
{
    int ends[2] = {-1, -1};
    *apart = (struct apart){.pid = -1, .pipe = -1, .result = result, .size = size, .memory_limited = limits.max_memory != 0};
    apart->said = malloc(sizeof(struct failure) + size + 1);
    if (!apart->said)
        failure_set(failure, OUTCOME_RESOURCES, "no memory");
    else if (pipe2(ends, O_CLOEXEC))
        failure_set(failure, OUTCOME_RESOURCES, "no pipe: %s", strerror(errno));
    else {
        const pid_t parent = getpid();
        apart->pid = fork();
        if (apart->pid == 0) {
            close(ends[0]);
            result_pipe = ends[1];
            child(work, job, &limits, result, size, parent);
        }
        close(ends[1]);
        apart->pipe = ends[0];
        apart->end = clock_seconds() + limits.timeout;
        if (apart->pid < 0) failure_set(failure, OUTCOME_RESOURCES, "no new process: %s", strerror(errno));
    }
    if (apart->pid > 0) return true;
    if (apart->pipe >= 0) close(apart->pipe);
    free(apart->said);
    *apart = (struct apart){.pid = 0};
    return false;
}

bool apart_listen(struct apart *apart)
{
    const size_t room = sizeof(struct failure) + apart->size + 1; /* a byte too many is one too many */
    const ssize_t got = read(apart->pipe, apart->said + apart->heard, room - apart->heard);
    if (got < 0) return errno != EINTR;
    apart->heard += (size_t)got;
    apart->has_ended = got == 0;
    return got == 0 || apart->heard == room;
}

/* What it said, as far as it can be believed: its own failure, or none and its result. false: no such thing. */
static bool understand(const struct apart *apart, struct failure *said)
{
    const size_t whole = sizeof *said + apart->size;
    if (apart->heard < sizeof *said || apart->heard > whole) return false;
    memcpy(said, apart->said, sizeof *said);
    said->text[sizeof said->text - 1] = 0;
    if (said->picture < 1 || said->picture > 2) said->picture = 0;
    /* After a failure, too, unless it had no memory even for that. */
    if (apart->heard == whole) memcpy(apart->result, apart->said + sizeof *said, apart->size);
    return apart->heard == whole || (apart->heard == sizeof *said && said->outcome != OUTCOME_DONE);
}

bool apart_end(struct apart *apart, struct failure *failure)
{
    struct failure said;
    int status = 0;
    const bool whole = understand(apart, &said), mad = apart->heard > sizeof said + apart->size;
    kill(apart->pid, SIGKILL); /* at its end anyway, too late, or mad */
    while (waitpid(apart->pid, &status, 0) < 0 && errno == EINTR) continue;
    if (mad || (whole && (said.outcome < OUTCOME_DONE || said.outcome > OUTCOME_RESOURCES)))
        failure_set(failure, OUTCOME_FAILED, "its decoder told nonsense");
    else if (!apart->has_ended)
        failure_set(failure, OUTCOME_FAILED, "given up: it took longer than --timeout");
    else if (!whole || (said.outcome == OUTCOME_DONE && status != 0))
        child_death(status, apart->memory_limited, failure);
    else if (said.outcome != OUTCOME_DONE && failure->outcome == OUTCOME_DONE)
        *failure = said;
    close(apart->pipe);
    free(apart->said);
    *apart = (struct apart){.pid = 0};
    return failure->outcome == OUTCOME_DONE;
}

/* Until there is something to read or the pipe is closed; false: it was too late before. */
static bool wait_for(const struct apart *apart)
{
    const double most = INT_MAX / 1000;
    for (double left = apart->end - clock_seconds(); left > 0; left = apart->end - clock_seconds()) {
        struct pollfd pipe = {.fd = apart->pipe, .events = POLLIN};
        if (poll(&pipe, 1, (int)(1000 * (left < most ? left : most)) + 1) > 0) return true;
    }
    return false;
}

bool apart_run(apart_work *work, void *job, struct apart_limits limits, void *result, size_t size, struct failure *failure)
{
    struct apart apart;
    if (!apart_start(&apart, work, job, limits, result, size, failure)) return false;
    while (wait_for(&apart) && !apart_listen(&apart)) continue;
    return apart_end(&apart, failure);
}
