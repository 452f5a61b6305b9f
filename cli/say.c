/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int report_pipe = -1;

void say_through(int pipe_end) { report_pipe = pipe_end; }

void say(const struct worker_message *message)
{
    while (write(report_pipe, message, sizeof *message) < 0 && errno == EINTR) continue;
}

void say_note(const char *text)
{
    struct worker_message message = {.said = WORKER_NOTE};
    snprintf(message.text, sizeof message.text, "%s", text);
    say(&message);
}
