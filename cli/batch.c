/* SPDX-License-Identifier: MIT
 *
 * The parent's side: it opens the files, names them, listens to the workers and gives results their names. It looks
 * at no more of a picture than the few bytes that tell its format. */
#define _GNU_SOURCE 1
#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format.h"
#include "output.h"
#include "picture.h"
#include "proof.h"
#include "report.h"
#include "worker.h"

#define SLOTS 1

/* A picture at work. */
struct slot {
    pid_t pid; /* 0: the slot is free */
    int pipe;
    const char *name;
    struct output output;
    int source; /* kept open for the proof, or -1 */
    bool to_stdout;
    double heard; /* when */
    double share; /* done of it */
    bool has_result;
    struct worker_message result;
};

struct file_id {
    dev_t device;
    ino_t inode;
};

struct batch {
    const struct options *options;
    const struct net_choice *net;
    struct report report;
    struct slot slots[SLOTS];
    struct file_id *sources; /* sorted: no result may land on one */
    int sources_count;
    int next, finished;
    int unfaithful;
    int counts[OUTCOME_RESOURCES + 1];
    bool output_is_folder;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
    interrupted = number;
}

/* ---- Results ----------------------------------------------------------------------------------------------- */

static void settle(struct batch *batch, const char *name, enum outcome outcome, const char *text) {
    batch->finished++;
    batch->counts[outcome]++;
    if (text && (outcome != OUTCOME_SKIPPED || batch->options->verbose)) {
        report_clear(&batch->report);
        report_line(name, text);
    }
}

static void report_done(struct batch *batch, const struct slot *slot, const char *target, const struct proof *proof) {
    const struct worker_message *result = &slot->result;
    char detail[200];
    int used = snprintf(detail, sizeof detail, "%dx%d, %.2f s", result->width, result->height, result->seconds);
    if (batch->options->verbose)
        snprintf(detail + used, sizeof detail - (size_t)used, "; from %dx%d, net %s, %s kernels, %d threads",
                 result->source_width, result->source_height, batch->net->info.name, result->kernels, result->threads);
    report_clear(&batch->report);
    report_result(slot->name, slot->to_stdout ? "-" : target, detail);
    if (proof && !proof_tell(proof, batch->options, slot->name, slot->to_stdout ? "-" : target)) batch->unfaithful++;
    settle(batch, slot->name, OUTCOME_DONE, NULL);
}

static bool copy_out(int from, struct failure *failure) {
    char buffer[65536];
    off_t offset = 0;
    for (ssize_t got; (got = pread(from, buffer, sizeof buffer, offset)) != 0; offset += got) {
        if (got < 0 && errno == EINTR && (got = 0, true))
            continue;
        for (ssize_t done = 0, more; got > 0 && done < got; done += more > 0 ? more : 0)
            if ((more = write(STDOUT_FILENO, buffer + done, (size_t)(got - done))) < 0 && errno != EINTR)
                got = -1;
        if (got < 0) {
            failure_set(failure, errno == ENOSPC ? OUTCOME_RESOURCES : OUTCOME_FAILED, "can't write: %s",
                        strerror(errno));
            return false;
        }
    }
    return true;
}

/* The worker is gone: what became of its picture? */
static void finish(struct batch *batch, struct slot *slot) {
    struct failure failure = {OUTCOME_DONE, ""};
    int status = 0;
    close(slot->pipe);
    while (waitpid(slot->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (slot->has_result && slot->result.outcome != OUTCOME_DONE) {
        failure_set(&failure, (enum outcome)slot->result.outcome, "%s", slot->result.text);
    } else if (!slot->has_result || status != 0) {
        worker_death(status, batch->options->max_memory != 0, &failure);
    }
    char *target = slot->output.path ? strdup(slot->output.path) : NULL;
    struct proof proof;
    bool proven = failure.outcome == OUTCOME_DONE && slot->source >= 0;
    if (proven) proof_make(&proof, batch->options, slot->source, slot->output.fd, net_shrink(batch->net));
    if (failure.outcome != OUTCOME_DONE)
        output_discard(&slot->output);
    else if (slot->to_stdout && copy_out(slot->output.fd, &failure))
        output_discard(&slot->output);
    else if (!slot->to_stdout)
        output_publish(&slot->output, &failure);
    if (failure.outcome == OUTCOME_DONE)
        report_done(batch, slot, target ? target : "", proven ? &proof : NULL);
    else
        settle(batch, slot->name, failure.outcome, failure.text);
    output_discard(&slot->output);
    free(target);
    if (slot->source >= 0) close(slot->source);
    slot->pid = 0;
}

static void end_worker(struct batch *batch, struct slot *slot, const char *why) {
    kill(slot->pid, SIGKILL);
    slot->has_result = true;
    slot->result = (struct worker_message){.outcome = OUTCOME_FAILED};
    snprintf(slot->result.text, sizeof slot->result.text, "%s", why);
    finish(batch, slot);
}

/* ---- Names ------------------------------------------------------------------------------------------------- */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The part of a file name before its extension; a dot in front belongs to the name. */
static size_t stem_size(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - name) : strlen(name);
}

static enum format choose_format(const struct batch *batch, enum format source) {
    const struct options *options = batch->options;
    if (options->format != FORMAT_UNKNOWN)
        return options->format;
    if (options->output && !batch->output_is_folder) {
        const char *dot = strrchr(base_name(options->output), '.');
        enum format named = dot ? format_by_extension(dot + 1) : FORMAT_UNKNOWN;
        if (named != FORMAT_UNKNOWN)
            return named;
    }
    return format_about(source)->write ? source : FORMAT_PNG;
}

/* "photos/a.jpg" -> "photos/a-2x.jpg", or into the folder of -o. The source's own way of writing the extension (JPG,
 * jpeg) is kept when the format is. */
static char *default_path(const struct batch *batch, const char *name, enum format source, enum format format) {
    const struct options *options = batch->options;
    const char *base = strcmp(name, "-") ? base_name(name) : "stdin", *extension = base + stem_size(base);
    char suffix[16], *path = NULL;
    snprintf(suffix, sizeof suffix, "-%dx", options->scale);
    const char *known = format_about(format)->extensions;
    bool keep = source == format && *extension && format_by_extension(extension + 1) == format;
    int folder = options->output ? (int)strlen(options->output) : (int)(base - name);
    if (!strcmp(name, "-"))
        folder = options->output ? folder : 0;
    bool slash = options->output && folder > 0 && options->output[folder - 1] != '/';
    if (asprintf(&path, "%.*s%s%.*s%s.%.*s", folder, options->output ? options->output : name, slash ? "/" : "",
                 (int)stem_size(base), base, options->suffix ? options->suffix : suffix,
                 keep ? (int)strlen(extension + 1) : (int)strcspn(known, " "), keep ? extension + 1 : known) < 0)
        return NULL;
    return path;
}

/* ---- Files ------------------------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b) {
    const struct file_id *one = a, *two = b;
    if (one->device != two->device)
        return one->device < two->device ? -1 : 1;
    return one->inode < two->inode ? -1 : one->inode > two->inode;
}

static void note_sources(struct batch *batch) {
    for (int i = 0; i < batch->options->pictures_count; i++) {
        struct stat about;
        if (stat(batch->options->pictures[i], &about) == 0)
            batch->sources[batch->sources_count++] = (struct file_id){about.st_dev, about.st_ino};
    }
    qsort(batch->sources, (size_t)batch->sources_count, sizeof *batch->sources, compare_ids);
}

/* Is there anything at path that must not or need not be replaced? */
static bool check_target(const struct batch *batch, const char *path, struct failure *failure) {
    struct stat about;
    if (stat(path, &about)) {
        if (lstat(path, &about) == 0)
            failure_set(failure, OUTCOME_FAILED, "the result's name is taken by a broken link");
        return failure->outcome == OUTCOME_DONE;
    }
    struct file_id id = {about.st_dev, about.st_ino};
    if (bsearch(&id, batch->sources, (size_t)batch->sources_count, sizeof id, compare_ids))
        failure_set(failure, OUTCOME_FAILED, "the result would replace a source: choose another name with -o or --suffix");
    else if (!S_ISREG(about.st_mode))
        failure_set(failure, OUTCOME_FAILED, "the result's name is taken by something that is not a file");
    else if (batch->options->skip_existing)
        failure_set(failure, OUTCOME_SKIPPED, "skipped: its result is there");
    else if (!batch->options->overwrite)
        failure_set(failure, OUTCOME_FAILED, "its result is there already (--overwrite replaces it, --skip-existing passes)");
    return failure->outcome == OUTCOME_DONE;
}

/* Standard input and pipes can't seek: they are read to their end into a nameless file. */
static int spool(int from, struct failure *failure) {
    const char *folder = getenv("TMPDIR");
    int to = output_scratch(folder && *folder ? folder : "/tmp");
    char buffer[65536];
    ssize_t got = to < 0 ? -1 : 1;
    while (got > 0 && (got = read(from, buffer, sizeof buffer)) != 0) {
        if (got < 0 && errno == EINTR && (got = 1, true))
            continue;
        if (got > 0 && write(to, buffer, (size_t)got) != got)
            got = -1;
    }
    if (got == 0 && lseek(to, 0, SEEK_SET) == 0)
        return to;
    failure_set(failure, errno == ENOSPC ? OUTCOME_RESOURCES : OUTCOME_UNREADABLE, "can't be read: %s",
                strerror(errno));
    if (to >= 0)
        close(to);
    return -1;
}

static int open_source(const char *name, struct stat *about, struct failure *failure) {
    bool standard = !strcmp(name, "-");
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, about)) {
        failure_set(failure, OUTCOME_UNREADABLE, "can't be opened: %s", strerror(errno));
    } else if (S_ISDIR(about->st_mode)) {
        failure_set(failure, OUTCOME_UNREADABLE, "is a folder: name the pictures in it");
    } else if (!S_ISREG(about->st_mode)) {
        int copy = spool(fd, failure);
        close(fd);
        about->st_mode = 0666;
        return copy;
    } else if (about->st_size == 0) {
        failure_set(failure, OUTCOME_UNREADABLE, "is empty");
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool check_source(int fd, enum format format, struct failure *failure) {
    const struct format_info *about = format_about(format);
    if (format == FORMAT_UNKNOWN)
        failure_set(failure, OUTCOME_UNREADABLE, "is not a picture of a kind that can be read");
    else if (!about->read)
        failure_set(failure, OUTCOME_UNREADABLE, "%s is not read: convert it to PNG or TIFF first", about->name);
    else if (format == FORMAT_PNG && format_is_animated_png(fd))
        failure_set(failure, OUTCOME_FAILED, "moving pictures are not enlarged");
    return failure->outcome == OUTCOME_DONE;
}

/* ---- Starting a picture ------------------------------------------------------------------------------------ */

static bool open_target(struct batch *batch, struct slot *slot, enum format source, enum format format, mode_t mode,
                        struct failure *failure) {
    const struct options *options = batch->options;
    slot->to_stdout = options->output && !strcmp(options->output, "-");
    if (slot->to_stdout) {
        const char *folder = getenv("TMPDIR");
        slot->output = (struct output){.folder = -1};
        slot->output.fd = output_scratch(folder && *folder ? folder : "/tmp");
        if (slot->output.fd < 0)
            failure_set(failure, OUTCOME_RESOURCES, "no temporary file: %s", strerror(errno));
        return slot->output.fd >= 0;
    }
    char *path = options->output && !batch->output_is_folder ? strdup(options->output)
                                                            : default_path(batch, slot->name, source, format);
    if (!path)
        failure_set(failure, OUTCOME_RESOURCES, "no memory");
    if (!path || !check_target(batch, path, failure)) {
        free(path);
        return false;
    }
    return output_open(&slot->output, path, mode, options->overwrite, failure);
}

static bool start_worker(struct batch *batch, struct slot *slot, int source, enum format from, enum format to,
                         struct failure *failure) {
    const struct options *options = batch->options;
    char *folder = output_folder(slot->output.path ? slot->output.path : "/tmp/");
    int scratch = folder ? output_scratch(folder) : -1;
    free(folder);
    struct worker_job job = {
        .source = source,
        .target = slot->output.fd,
        .scratch = scratch,
        .source_format = from,
        .target_format = to,
        .quality = options->quality,
        .lossless = options->lossless,
        .strip = options->strip,
        .verbose = options->verbose > 1,
        .net = batch->net,
        .threads = options->threads,
        .max_pixels = options->max_pixels,
        .max_memory = options->max_memory,
    };
    int unneeded[2 * SLOTS + 2], count = 0;
    for (int i = 0; i < SLOTS; i++)
        if (batch->slots[i].pid) {
            unneeded[count++] = batch->slots[i].pipe;
            unneeded[count++] = batch->slots[i].output.fd;
        }
    if (slot->output.folder >= 0)
        unneeded[count++] = slot->output.folder;
    unneeded[count] = -1;
    slot->pid = worker_start(&job, &slot->pipe, unneeded, failure);
    if (scratch >= 0)
        close(scratch);
    return slot->pid > 0;
}

static void start(struct batch *batch, struct slot *slot, const char *name) {
    struct failure failure = {OUTCOME_DONE, ""};
    struct stat about;
    *slot = (struct slot){.name = name, .output = {.fd = -1, .folder = -1}, .source = -1, .heard = report_now()};
    int source = open_source(name, &about, &failure);
    if (source >= 0) {
        enum format from = format_of_file(source), to = choose_format(batch, from);
        bool good = check_source(source, from, &failure) &&
                    open_target(batch, slot, from, to, about.st_mode, &failure) &&
                    start_worker(batch, slot, source, from, to, &failure);
        if (good && proof_wanted(batch->options))
            slot->source = source;
        else
            close(source);
        if (good)
            return;
    }
    slot->pid = 0;
    output_discard(&slot->output);
    settle(batch, name, failure.outcome, failure.text);
}

/* ---- Listening --------------------------------------------------------------------------------------------- */

static void hear(struct batch *batch, struct slot *slot) {
    struct worker_message message;
    if (!worker_hear(slot->pipe, &message)) {
        kill(slot->pid, SIGKILL); /* at its end anyway, or mad */
        finish(batch, slot);
        return;
    }
    slot->heard = report_now();
    if (message.said == WORKER_PROGRESS) {
        slot->share = message.total && message.done < message.total ? (double)message.done / message.total : 0;
    } else if (message.said == WORKER_NOTE) {
        report_clear(&batch->report);
        report_line(slot->name, message.text);
    } else {
        slot->has_result = true;
        slot->result = message;
    }
}

static void listen_to_workers(struct batch *batch, const sigset_t *unblocked) {
    struct pollfd pipes[SLOTS];
    for (int i = 0; i < SLOTS; i++)
        pipes[i] = (struct pollfd){.fd = batch->slots[i].pid ? batch->slots[i].pipe : -1, .events = POLLIN};
    struct timespec wait = {.tv_sec = 1};
    if (ppoll(pipes, SLOTS, &wait, unblocked) < 0)
        return;
    for (int i = 0; i < SLOTS; i++) {
        struct slot *slot = &batch->slots[i];
        if (!slot->pid)
            continue;
        if (pipes[i].revents)
            hear(batch, slot);
        else if (report_now() - slot->heard > batch->options->timeout)
            end_worker(batch, slot, "given up: no progress for longer than --timeout");
    }
}

static void show_progress(struct batch *batch) {
    double finished = batch->finished;
    const char *name = "";
    for (int i = 0; i < SLOTS; i++)
        if (batch->slots[i].pid) {
            finished += batch->slots[i].share;
            name = batch->slots[i].name;
        }
    report_progress(&batch->report, finished, name);
}

/* ---- The run ----------------------------------------------------------------------------------------------- */

/* Ends as the signal would have ended us, so that a shell sees it. */
static void abandon(struct batch *batch, const sigset_t *unblocked) {
    for (int i = 0; i < SLOTS; i++) {
        struct slot *slot = &batch->slots[i];
        if (!slot->pid)
            continue;
        kill(slot->pid, SIGKILL);
        while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        output_discard(&slot->output);
    }
    report_clear(&batch->report);
    signal(interrupted, SIG_DFL);
    sigprocmask(SIG_SETMASK, unblocked, NULL);
    raise(interrupted);
}

/* SIGINT and its like are only let in while we wait, so none is missed between a look at the flag and the wait. */
static void catch_signals(sigset_t *before) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = interrupt};
    sigset_t ours;
    sigemptyset(&ours);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaction(numbers[i], &action, NULL);
        sigaddset(&ours, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &ours, before);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void summarise(struct batch *batch) {
    const int *counts = batch->counts;
    int failed = counts[OUTCOME_UNREADABLE] + counts[OUTCOME_FAILED] + counts[OUTCOME_RESOURCES];
    report_clear(&batch->report);
    if (batch->options->pictures_count > 1)
        fprintf(stderr, "%d done, %d skipped, %d failed\n", counts[OUTCOME_DONE], counts[OUTCOME_SKIPPED], failed);
}

static int exit_status(const struct batch *batch) {
    const int *counts = batch->counts;
    if (counts[OUTCOME_RESOURCES])
        return 4;
    if (counts[OUTCOME_UNREADABLE] == batch->options->pictures_count)
        return 3;
    if (counts[OUTCOME_UNREADABLE] || counts[OUTCOME_FAILED])
        return 1;
    return batch->options->strict && batch->unfaithful ? 5 : 0;
}

/* -o names a folder when it is one, ends like one, or has to be one for several pictures; then it is made. */
static bool prepare_output(struct batch *batch) {
    const struct options *options = batch->options;
    struct stat about;
    const char *output = options->output;
    size_t length = output ? strlen(output) : 0;
    if (!output)
        return true;
    if (!strcmp(output, "-")) {
        if (options->pictures_count > 1)
            report_error("-o -: one picture at a time");
        else if (isatty(STDOUT_FILENO))
            report_error("-o -: a terminal can't show a picture; send it to a file or a pipe");
        return options->pictures_count == 1 && !isatty(STDOUT_FILENO);
    }
    bool exists = stat(output, &about) == 0;
    batch->output_is_folder =
        (exists && S_ISDIR(about.st_mode)) || (length && output[length - 1] == '/') || options->pictures_count > 1;
    if (batch->output_is_folder && (exists ? !S_ISDIR(about.st_mode) : mkdir(output, 0777))) {
        report_error("%s: %s", output, exists ? "is not a folder, and there are several pictures" : strerror(errno));
        return false;
    }
    const char *dot = strrchr(base_name(output), '.');
    enum format named = dot ? format_by_extension(dot + 1) : FORMAT_UNKNOWN;
    if (batch->output_is_folder || (options->format == FORMAT_UNKNOWN && named != FORMAT_UNKNOWN))
        return true;
    if (options->format == FORMAT_UNKNOWN)
        report_error("-o %s: the name doesn't say a format that can be written (jpg png webp avif tiff jxl); add -f",
                     output);
    else if (named != FORMAT_UNKNOWN && named != options->format)
        report_error("-o %s and -f %s contradict each other", output, format_about(options->format)->name);
    else
        return true;
    return false;
}

int batch_run(const struct options *options, const struct net_choice *net) {
    struct batch batch = {.options = options, .net = net};
    sigset_t before;
    if (!prepare_output(&batch))
        return 2;
    batch.sources = calloc((size_t)options->pictures_count, sizeof *batch.sources);
    if (!batch.sources || !picture_start("fovea")) {
        report_error("no memory");
        free(batch.sources);
        return 4;
    }
    note_sources(&batch);
    catch_signals(&before);
    report_begin(&batch.report, options->progress, options->pictures_count);
    while (batch.finished < options->pictures_count && !interrupted) {
        for (int i = 0; i < SLOTS; i++)
            if (!batch.slots[i].pid && batch.next < options->pictures_count)
                start(&batch, &batch.slots[i], options->pictures[batch.next++]);
        show_progress(&batch);
        if (batch.finished < options->pictures_count)
            listen_to_workers(&batch, &before);
    }
    if (interrupted)
        abandon(&batch, &before);
    show_progress(&batch);
    summarise(&batch);
    free(batch.sources);
    return exit_status(&batch);
}
