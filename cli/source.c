/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "tiff.h"

const char *source_temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

/* Until there is something to read, or the end. */
static bool await(int fd, struct source_wait wait)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    const time_t whole = (time_t)wait.timeout;
    const struct timespec most = {.tv_sec = whole, .tv_nsec = (long)((wait.timeout - (double)whole) * 1e9)};
    int ready = ppoll(&one, 1, &most, wait.signals);
    if (ready == 0) errno = ETIMEDOUT;
    return ready > 0;
}

/* Standard input and pipes can't seek: they are read to their end into a nameless file. */
static int spool(int from, struct source_wait wait, struct failure *failure)
{
    const char *folder = source_temporary_folder();
    const int to = output_scratch(folder);
    if (to < 0) {
        failure_set(failure, output_outcome(errno), "no temporary file in %.100s: %s", folder, strerror(errno));
        return -1;
    }
    char buffer[65536];
    bool kept = true;
    ssize_t got = 1;
    while (got > 0 && kept) {
        got = await(from, wait) ? read(from, buffer, sizeof buffer) : -1;
        if (got < 0 && errno == EAGAIN)
            got = 1;
        else
            kept = got <= 0 || output_write(to, buffer, (size_t)got);
    }
    if (got == 0 && lseek(to, 0, SEEK_SET) == 0) return to;
    if (kept)
        failure_set(failure, OUTCOME_UNREADABLE, "can't be read: %s", strerror(errno));
    else
        failure_set(failure, output_outcome(errno), "no temporary file in %.100s: %s", folder, strerror(errno));
    close(to);
    return -1;
}

int source_open(const char *name, struct stat *about, struct source_wait wait, struct failure *failure)
{
    bool standard = !strcmp(name, "-");
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, about)) {
        failure_set(failure, OUTCOME_UNREADABLE, "can't be opened: %s", strerror(errno));
    } else if (S_ISDIR(about->st_mode)) {
        failure_set(failure, OUTCOME_UNREADABLE, "is a folder: -r takes the pictures in it");
    } else if (!S_ISREG(about->st_mode)) {
        int copy = spool(fd, wait, failure);
        close(fd);
        about->st_mode = 0666;
        return copy;
    } else if (about->st_size == 0) {
        failure_set(failure, OUTCOME_UNREADABLE, "is empty");
    } else {
        return fd;
    }
    if (fd >= 0) close(fd);
    return -1;
}

bool source_check(int fd, enum format format, struct failure *failure)
{
    const struct format_info *about = format_about(format);
    if (format == FORMAT_UNKNOWN)
        failure_set(failure, OUTCOME_UNREADABLE, "is not a picture of a kind that can be read");
    else if (!about->read)
        failure_set(failure, OUTCOME_UNREADABLE, "%s is not read: convert it to PNG or TIFF first", about->name);
    else if (format == FORMAT_TIFF && tiff_look(fd) & TIFF_RAW)
        failure_set(failure, OUTCOME_UNREADABLE,
                    "is a camera's raw file, and only a preview in it could be read: develop it first");
    else if (format == FORMAT_PNG && format_is_animated_png(fd))
        failure_set(failure, OUTCOME_FAILED, "moving pictures are not enlarged");
    return failure->outcome == OUTCOME_DONE;
}

int source_open_file(const char *name, struct failure *failure)
{
    struct stat about;
    if (stat(name, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) {
        failure_set(failure, OUTCOME_UNREADABLE, "is not a file that can be read twice");
        return -1;
    }
    const int fd = source_open(name, &about, (struct source_wait){.timeout = 0}, failure);
    if (fd < 0 || source_check(fd, format_of_file(fd), failure)) return fd;
    close(fd);
    return -1;
}
