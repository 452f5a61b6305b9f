/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

/* As far as it may. what: RLIMIT_DATA and its kin. */
static void limit(int what, uint64_t value)
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

void child_settle(pid_t parent, const int *unneeded, uint64_t max_memory, bool talkative)
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
        if (!talkative) dup2(nowhere, STDERR_FILENO); /* decoders talk a lot; what matters comes through the pipe */
        if (nowhere > STDERR_FILENO) close(nowhere);
    }
    sandbox_volunteer();
    limit(RLIMIT_CORE, 0); /* a dump would hold somebody's picture */
    if (max_memory) limit(RLIMIT_DATA, max_memory);
}

/* By ulimit and its like, which processes inherit. */
static bool memory_is_limited(void)
{
    struct rlimit space, data;
    return (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) ||
           (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY);
}

void child_death(int status, bool memory_limited, struct failure *failure)
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
