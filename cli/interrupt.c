/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int number) { interrupted = number; }

/* What was ignored stays so: nohup, or a script's background. */
void interrupt_catch(sigset_t *unblocked)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = interrupt}, found;
    sigset_t ours;
    sigemptyset(&ours);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (sigaction(numbers[i], NULL, &found) == 0 && found.sa_handler == SIG_IGN) continue;
        sigaction(numbers[i], &action, NULL);
        sigaddset(&ours, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &ours, unblocked);
}

bool interrupt_came(void) { return interrupted; }

void interrupt_obey(const sigset_t *unblocked)
{
    signal(interrupted, SIG_DFL);
    sigprocmask(SIG_SETMASK, unblocked, NULL);
    raise(interrupted);
}
