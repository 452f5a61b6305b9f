/* SPDX-License-Identifier: MIT
 *
 * Everything below the target's folder is done relative to a descriptor of that folder, so a folder renamed while we
 * work does not lead the result astray. A temporary with a name is locked (flock) by the run it belongs to: one that
 * can be locked belongs to a run that is dead, and is swept away. */
#define _GNU_SOURCE 1
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEMPORARY_PREFIX ".fovea-"
#define TEMPORARY_SUFFIX ".part"
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

enum outcome output_outcome(int error)
{
    const bool lacks = error == ENOSPC || error == EDQUOT || error == EFBIG || error == ENOMEM || error == EMFILE ||
                       error == ENFILE;
    return lacks ? OUTCOME_RESOURCES : OUTCOME_FAILED;
}

bool output_write(int fd, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t more = write(fd, (const char *)bytes + done, size - done);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0) return false;
        done += (size_t)more;
    }
    return true;
}

char *output_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

const char *output_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static char *unguessable_name(void)
{
    unsigned char random[12];
    char *name = malloc(sizeof TEMPORARY_PREFIX + 2 * sizeof random + sizeof TEMPORARY_SUFFIX);
    if (!name || getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        free(name);
        return NULL;
    }
    char *at = stpcpy(name, TEMPORARY_PREFIX);
    for (size_t i = 0; i < sizeof random; i++) {
        *at++ = "0123456789abcdef"[random[i] >> 4];
        *at++ = "0123456789abcdef"[random[i] & 15];
    }
    strcpy(at, TEMPORARY_SUFFIX);
    return name;
}

/* A nameless file can only be given a name through /proc (linkat with AT_EMPTY_PATH needs a capability). */
static int open_nameless(int folder, mode_t mode)
{
#ifdef O_TMPFILE
    if (access("/proc/self/fd", X_OK) == 0) return openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
#else
    (void)folder;
    (void)mode;
#endif
    errno = EOPNOTSUPP;
    return -1;
}

/* Is it ours by now? Another run's sweep may have been quicker than we: then the file is about to be removed, or is. */
static bool lock_named(int fd)
{
    struct stat about;
    return (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && fstat(fd, &about) == 0 && about.st_nlink > 0;
}

static int open_named(int folder, mode_t mode, char **name)
{
    for (int tries = 0; tries < 8; tries++) {
        *name = unguessable_name();
        const int fd = *name ? openat(folder, *name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode) : -1;
        if (fd >= 0 && lock_named(fd)) return fd;
        const int error = !*name ? ENOMEM : fd < 0 ? errno : EAGAIN;
        if (fd >= 0) close(fd);
        free(*name);
        *name = NULL;
        errno = error;
        if (error != EAGAIN) return -1;
    }
    return -1;
}

static bool give_up(struct output *output, struct failure *failure, const char *doing)
{
    int error = errno;
    failure_set(failure, output_outcome(error), "%s: %s", doing, strerror(error));
    output_discard(output);
    return false;
}

static bool is_temporary(const char *name)
{
    size_t length = strlen(name), prefix = strlen(TEMPORARY_PREFIX), suffix = strlen(TEMPORARY_SUFFIX);
    return length == prefix + 24 + suffix && !memcmp(name, TEMPORARY_PREFIX, prefix) &&
           strspn(name + prefix, "0123456789abcdef") == 24 && !strcmp(name + length - suffix, TEMPORARY_SUFFIX);
}

/* Removes what a run killed by force left in this folder, on file systems without O_TMPFILE. */
static void sweep(int folder)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = again >= 0 ? fdopendir(again) : NULL;
    if (!list) {
        if (again >= 0) close(again);
        return;
    }
    for (struct dirent *entry; (entry = readdir(list));) {
        if (!is_temporary(entry->d_name)) continue;
        int fd = openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) unlinkat(folder, entry->d_name, 0);
        close(fd);
    }
    closedir(list);
}

/* When the folder is not the one of last time: most runs write to one folder, or to one after another. */
static void sweep_once(int folder)
{
    static struct stat last;
    struct stat about;
    if (fstat(folder, &about) == 0 && (about.st_dev != last.st_dev || about.st_ino != last.st_ino)) {
        sweep(folder);
        last = about;
    }
}

bool output_open(struct output *output, char *path, mode_t mode, bool overwrite, struct failure *failure)
{
    *output = (struct output){.fd = -1, .folder = -1, .path = path, .base = output_base(path), .overwrite = overwrite};
    char *folder = output_folder(path);
    output->folder = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int error = folder ? errno : ENOMEM;
    free(folder);
    errno = error;
    if (output->folder < 0) return give_up(output, failure, "can't open the folder to write to");
    /* A copy must not be readable by more people than its source. */
    mode = (mode & 0666) | 0200;
    output->fd = open_nameless(output->folder, mode);
    if (output->fd < 0 && errno != EACCES && errno != EROFS && errno != ENOSPC && errno != EDQUOT)
        output->fd = open_named(output->folder, mode, &output->temporary);
    if (output->fd < 0) return give_up(output, failure, "can't write there");
    if (overwrite && !output->temporary)
        flock(output->fd, LOCK_EX | LOCK_NB); /* it has a temporary's name for a moment: name_over */
    if (overwrite || output->temporary) sweep_once(output->folder);
    return true;
}

/* Names the file without ever replacing one: EEXIST where there is one already. */
static int name_new(const struct output *output, const char *name)
{
    if (!output->temporary) {
        char link[40];
        snprintf(link, sizeof link, "/proc/self/fd/%d", output->fd);
        return linkat(AT_FDCWD, link, output->folder, name, AT_SYMLINK_FOLLOW);
    }
    if (syscall(SYS_renameat2, output->folder, output->temporary, output->folder, name, RENAME_NOREPLACE) == 0) return 0;
    if (errno == EEXIST) return -1;
    if (linkat(output->folder, output->temporary, output->folder, name, 0) == 0)
        return unlinkat(output->folder, output->temporary, 0);
    if (errno == EEXIST) return -1;
    /* Neither call (FAT and the like): take the name with an empty file that only we can have made, then replace it. It is there
     * for a moment; killed just then, it stays. */
    int fd = openat(output->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    close(fd);
    if (renameat(output->folder, output->temporary, output->folder, name) == 0) return 0;
    const int error = errno;
    unlinkat(output->folder, name, 0);
    errno = error;
    return -1;
}

static int name_over(struct output *output)
{
    if (!output->temporary) {
        char *name = unguessable_name();
        if (!name || name_new(output, name)) {
            free(name);
            return -1;
        }
        output->temporary = name;
    }
    return renameat(output->folder, output->temporary, output->folder, output->base);
}

/* What its folder is. */
static bool stat_folder(const char *path, struct stat *about)
{
    char *folder = output_folder(path);
    bool good = folder && stat(folder, about) == 0 && S_ISDIR(about->st_mode);
    free(folder);
    return good;
}

bool output_same_place(const char *a, const char *b)
{
    struct stat one, two;
    return !strcmp(output_base(a), output_base(b)) && stat_folder(a, &one) && stat_folder(b, &two) &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

bool output_may_name(const char *path, bool overwrite, const int pictures[2], struct failure *failure)
{
    struct stat about, picture;
    bool exists = stat(path, &about) == 0;
    for (int i = 0; exists && i < 2; i++)
        if (pictures[i] >= 0 && fstat(pictures[i], &picture) == 0 && picture.st_dev == about.st_dev &&
            picture.st_ino == about.st_ino)
            failure_set(failure, OUTCOME_FAILED, "%s would replace a picture", path);
    if (failure->outcome != OUTCOME_DONE) return false;
    if (exists && !S_ISREG(about.st_mode))
        failure_set(failure, OUTCOME_FAILED, "%s is not a file", path);
    else if (!overwrite && lstat(path, &about) == 0)
        failure_set(failure, OUTCOME_FAILED, "%s is there already (--overwrite replaces it)", path);
    else if (!stat_folder(path, &about))
        failure_set(failure, OUTCOME_FAILED, "%s: there is no such folder", path);
    return failure->outcome == OUTCOME_DONE;
}

bool output_open_named(struct output *output, const char *path, bool overwrite, const int pictures[2], struct failure *failure)
{
    if (!output_may_name(path, overwrite, pictures, failure)) return false;
    char *copy = strdup(path);
    if (copy) return output_open(output, copy, 0666, overwrite, failure);
    failure_set(failure, OUTCOME_RESOURCES, "no memory");
    return false;
}

bool output_publish(struct output *output, struct failure *failure)
{
    if (output->overwrite ? name_over(output) : name_new(output, output->base)) {
        if (errno == EEXIST)
            failure_set(failure, output->skip ? OUTCOME_SKIPPED : OUTCOME_FAILED,
                        output->skip ? "skipped: its result is there"
                                     : "already exists (--overwrite replaces it, --skip-existing passes)");
        return give_up(output, failure, "can't name the result");
    }
    free(output->temporary);
    output->temporary = NULL;
    output_discard(output);
    return true;
}

void output_discard(struct output *output)
{
    if (output->temporary) unlinkat(output->folder, output->temporary, 0);
    if (output->fd >= 0) close(output->fd);
    if (output->folder >= 0) close(output->folder);
    free(output->temporary);
    free(output->path);
    *output = (struct output){.fd = -1, .folder = -1};
}

int output_scratch(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -1;
    char *name = NULL;
    int fd = open_nameless(folder, 0600);
    if (fd < 0) fd = open_named(folder, 0600, &name);
    if (name) unlinkat(folder, name, 0);
    free(name);
    close(folder);
    return fd;
}

uint64_t output_room(int fd, const char *folder)
{
    struct statvfs about;
    if (fd >= 0 ? fstatvfs(fd, &about) : !folder || statvfs(folder, &about)) return UINT64_MAX;
    return (uint64_t)about.f_bavail * about.f_frsize;
}
