/* SPDX-License-Identifier: MIT
 *
 * The parent's side: it opens the files, names them, listens to the workers and gives results their names. It looks
 * at no more of a picture than the few bytes that tell its format.
 *
 * As many pictures are at work as there are processors, a thread each: that keeps every core busy without one waiting
 * for another, decoding and encoding included. Towards the end of a run, when fewer are left, each gets more threads. */
#define _GNU_SOURCE 1
#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "format.h"
#include "inputs.h"
#include "interrupt.h"
#include "job.h"
#include "output.h"
#include "picture.h"
#include "place.h"
#include "proof.h"
#include "report.h"
#include "sample.h"
#include "source.h"
#include "target.h"
#include "use.h"
#include "worker.h"

#define MAX_SLOTS 32
#define UNNEEDED 6 /* descriptors of a slot, at most */
#define SLOT_MEMORY ((uint64_t)512 << 20) /* pictures at work at once: no more than the machine has times this */

/* A picture at work. */
struct slot {
    pid_t pid; /* of its worker; 0: it is done */
    int pipe;
    struct proof proof; /* under way where that has a pid */
    const char *name;
    struct target target;
    int source; /* kept open for the proof, or -1 */
    struct worker_job job;
    double heard; /* when */
    double share; /* done of it */
    bool has_result;
    struct worker_message result;
};

struct batch {
    const struct options *options;
    const struct net_set *nets;
    const struct net_choice *net; /* where the picture says nothing */
    int invented; /* for --map: where the worker leaves what was, or -1 */
    struct inputs inputs;
    struct report report;
    struct slot *slots;
    int *unneeded; /* room for unneeded_by */
    int slots_count, threads;
    struct sources sources; /* no result may land on one */
    int next, finished;
    int unfaithful;
    int undrawn; /* maps that came to nothing */
    sigset_t unblocked; /* the signals' mask while waiting */
    bool explained; /* what --for and -m come to */
    int counts[OUTCOME_RESOURCES + 1];
};

static bool is_measured(const struct slot *slot) { return slot->proof.apart.pid > 0; }

static bool is_free(const struct slot *slot) { return !slot->pid && !is_measured(slot); }

/* ---- Results ----------------------------------------------------------------------------------------------- */

/* The net that a worker says it used. */
static const struct net_choice *chosen(const struct batch *batch, const struct worker_message *result)
{
    return result->net >= 0 && result->net < batch->nets->count ? &batch->nets->list[result->net] : batch->net;
}

/* The creative one; NULL: the result is faithful. */
static const struct net_choice *creative(const struct batch *batch, const struct worker_message *result)
{
    return result->creative >= 0 && result->creative < batch->nets->count ? &batch->nets->list[result->creative] : NULL;
}

/* Otherwise no net was needed. */
static bool is_larger(const struct worker_message *result)
{
    return result->width > result->source_width || result->height > result->source_height;
}

/* The one for faces; NULL: it did none. */
static const struct net_choice *face_net(const struct batch *batch, const struct worker_message *result)
{
    return result->face >= 0 && result->face < batch->nets->count ? &batch->nets->list[result->face] : NULL;
}

static const char *shown(const struct slot *slot) { return slot->target.to_stdout ? "-" : slot->target.path; }

static void tell(struct batch *batch, const struct slot *slot, enum outcome outcome, const char *why, const struct proof *proof)
{
    const struct options *options = batch->options;
    const struct worker_message *result = &slot->result;
    bool measured = proof && proof->failure.outcome == OUTCOME_DONE;
    struct report_record record = {
        .source = slot->name,
        .target = shown(slot),
        .outcome = outcome,
        .why = why,
        .source_format = slot->job.source_format == FORMAT_UNKNOWN ? NULL : format_about(slot->job.source_format)->name,
        .target_format = slot->job.target_format == FORMAT_UNKNOWN ? NULL : format_about(slot->job.target_format)->name,
        .source_width = result->source_width,
        .source_height = result->source_height,
        .width = result->width,
        .height = result->height,
        .seconds = result->seconds,
        .bytes = result->bytes,
        .net = is_larger(result) ? chosen(batch, result)->info.name : NULL,
        .net_kind = is_larger(result) ? net_kind_name((int)chosen(batch, result)->info.kind) : NULL,
        .net_reason = is_larger(result) ? result->reason : "",
        .creative_net = creative(batch, result) ? creative(batch, result)->info.name : NULL,
        .mode_reason = result->mode_reason,
        .strength = slot->job.strength,
        .faces = result->faces,
        .enhanced = result->enhanced,
        .face_net = face_net(batch, result) ? face_net(batch, result)->info.name : NULL,
        .invention = result->invention,
        .kernels = result->kernels,
        .threads = result->threads,
        .dry_run = options->dry_run,
        .verbose = options->verbose > 0,
        .figures = measured ? &proof->pair : NULL,
    };
    report_clear(&batch->report);
    report_picture(&record);
    if (options->report == REPORT_JSON) report_record(&record, slot->target.to_stdout ? stderr : stdout);
    if (record.creative_net && outcome == OUTCOME_DONE && options->report == REPORT_WORDS) report_invention(&record);
    if (proof && !proof_tell(proof, options, shown(slot))) batch->unfaithful++;
    const bool smaller = !proof && outcome == OUTCOME_DONE && slot->source >= 0;
    if (smaller) report_line(slot->name, "not measured: the result is no larger");
    batch->undrawn += options->map && (smaller || (proof && !measured));
}

static void show_progress(struct batch *batch)
{
    double finished = batch->finished;
    const char *name = "";
    for (int i = 0; i < batch->slots_count; i++)
        if (!is_free(&batch->slots[i])) {
            finished += batch->slots[i].share;
            name = batch->slots[i].name;
        }
    report_progress(&batch->report, finished, name);
}

static void settle(struct batch *batch, const struct slot *slot, const struct failure *failure, const struct proof *proof)
{
    batch->finished++;
    batch->counts[failure->outcome]++;
    if (failure->outcome == OUTCOME_DONE || batch->inputs.count > 1) show_progress(batch);
    tell(batch, slot, failure->outcome, failure->text, proof);
}

/* To standard output, no more at once than a pipe that polls as ready takes: signals are let in only while we wait. Gives up
 * when one came. */
static void copy_out(int from, const sigset_t *unblocked, struct failure *failure)
{
    char buffer[PIPE_BUF];
    off_t offset = 0;
    while (!interrupt_came()) {
        struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
        ssize_t got = pread(from, buffer, sizeof buffer, offset), done = got;
        if (got == 0) return;
        if (got > 0) done = ppoll(&out, 1, NULL, unblocked) < 0 ? -1 : write(STDOUT_FILENO, buffer, (size_t)got);
        if (done < 0 && errno != EINTR && errno != EAGAIN) {
            failure_set(failure, output_outcome(errno), "can't write: %s", strerror(errno));
            return;
        }
        offset += done > 0 ? done : 0;
    }
}

/* All that a slot holds, given back. */
static void leave(struct slot *slot)
{
    target_leave(&slot->target);
    if (slot->source >= 0) close(slot->source);
    slot->source = -1;
}

/* All is known: the result gets its name, or goes where it is wanted. */
static void conclude(struct batch *batch, struct slot *slot, struct failure *failure, const struct proof *proof)
{
    if (failure->outcome == OUTCOME_DONE && slot->target.to_stdout) {
        copy_out(slot->target.output.fd, &batch->unblocked, failure);
        if (interrupt_came()) return leave(slot);
    }
    if (failure->outcome == OUTCOME_DONE && !slot->target.to_stdout && !batch->options->dry_run)
        output_publish(&slot->target.output, failure);
    batch->unfaithful += slot->result.damaged != 0 && failure->outcome == OUTCOME_DONE;
    settle(batch, slot, failure, failure->outcome == OUTCOME_DONE ? proof : NULL);
    leave(slot);
}

/* The descriptors of everybody else, which a process must not have. */
static const int *unneeded_by(const struct batch *batch, const struct slot *slot)
{
    int count = 0;
    for (int i = 0; i < batch->slots_count; i++) {
        const struct slot *other = &batch->slots[i];
        const struct output *result = &other->target.output, *map = &other->proof.map;
        const bool measured = is_measured(other);
        const int theirs[UNNEEDED] = {result->folder,          result->fd,
                                      other->source,           measured ? other->proof.apart.pipe : other->pipe,
                                      measured ? map->fd : -1, measured ? map->folder : -1};
        const int most = other == slot ? 1 : is_free(other) ? 0 : UNNEEDED; /* of its own only the folder */
        for (int j = 0; j < most; j++)
            if (theirs[j] >= 0) batch->unneeded[count++] = theirs[j];
    }
    batch->unneeded[count] = -1;
    return batch->unneeded;
}

/* The worker is gone: what became of its picture? */
static void finish(struct batch *batch, struct slot *slot)
{
    const struct worker_message *result = &slot->result;
    struct failure failure = FAILURE_NONE;
    int status = 0;
    close(slot->pipe);
    while (waitpid(slot->pid, &status, 0) < 0 && errno == EINTR) continue;
    slot->pid = 0;
    slot->share = 1;
    job_judge(&slot->job, slot->has_result ? result : NULL, status, &failure);
    if (failure.outcome != OUTCOME_DONE || slot->source < 0 || !is_larger(result))
        conclude(batch, slot, &failure, NULL);
    else if (!proof_begin(&slot->proof, batch->options, slot->source, slot->target.output.fd, chosen(batch, result)->info.keeps,
                          creative(batch, result) ? batch->invented : -1, unneeded_by(batch, slot)))
        conclude(batch, slot, &failure, &slot->proof);
}

static void finish_proof(struct batch *batch, struct slot *slot)
{
    struct failure failure = FAILURE_NONE;
    proof_end(&slot->proof);
    conclude(batch, slot, &failure, &slot->proof);
}

static void end_worker(struct batch *batch, struct slot *slot, const char *why)
{
    kill(slot->pid, SIGKILL);
    slot->has_result = true;
    slot->result = (struct worker_message){.outcome = OUTCOME_FAILED};
    snprintf(slot->result.text, sizeof slot->result.text, "%s", why);
    finish(batch, slot);
}

/* ---- Starting a picture ------------------------------------------------------------------------------------ */

/* All processors are shared among the pictures at work and those that can still come to them. */
static int threads_for(const struct batch *batch)
{
    int at_work = 1 + batch->inputs.count - batch->next;
    for (int i = 0; i < batch->slots_count; i++) at_work += !is_free(&batch->slots[i]);
    at_work = at_work < batch->slots_count ? at_work : batch->slots_count;
    return batch->threads / at_work > 1 ? batch->threads / at_work : 1;
}

static bool start_worker(struct batch *batch, struct slot *slot, int source, struct failure *failure)
{
    const struct options *options = batch->options;
    const char *path = slot->target.path;
    char *folder = path ? output_folder(path) : strdup(source_temporary_folder());
    int scratch = folder && !options->dry_run ? output_scratch(folder) : -1;
    slot->job.source = source;
    slot->job.target = slot->target.output.fd;
    slot->job.scratch = scratch;
    slot->job.map = batch->invented;
    slot->job.threads = threads_for(batch);
    slot->job.room = output_room(slot->target.output.fd, folder);
    slot->pid = worker_start(&slot->job, &slot->pipe, unneeded_by(batch, slot), failure);
    if (scratch >= 0) close(scratch);
    free(folder);
    return slot->pid > 0;
}

static void start(struct batch *batch, struct slot *slot, const struct input *input)
{
    const struct options *options = batch->options;
    struct failure failure = FAILURE_NONE;
    struct stat about;
    *slot = (struct slot){.name = input->path, .target = target_none, .source = -1};
    int source = source_open(input->path, &about, (struct source_wait){&batch->unblocked, options->timeout}, &failure);
    if (interrupt_came()) {
        if (source >= 0) close(source);
        return;
    }
    if (source >= 0) {
        enum format from = format_of_file(source);
        slot->job = job_of(options, batch->nets, from, place_format(options, from));
        bool good = source_check(source, from, &failure) &&
                    target_open(&slot->target, &batch->sources, options, input, from, about.st_mode, &failure) &&
                    proof_may_draw(options, source, slot->target.path, &failure) && start_worker(batch, slot, source, &failure);
        slot->heard = clock_seconds(); /* not before: a source that is a pipe may have taken its time */
        if (good && proof_wanted(options) && !options->dry_run)
            slot->source = source;
        else
            close(source);
        if (good) return;
    }
    slot->pid = 0;
    settle(batch, slot, &failure, NULL);
    leave(slot);
}

/* ---- Listening --------------------------------------------------------------------------------------------- */

/* Once, when the first picture is found to be one: an error is one line and no more. */
static void explain(struct batch *batch)
{
    if (batch->explained || !use_has_words(batch->options, batch->nets, batch->net)) return;
    batch->explained = true;
    report_clear(&batch->report);
    use_explain(batch->options, batch->nets, batch->net, stderr);
}

static void hear(struct batch *batch, struct slot *slot)
{
    struct worker_message message;
    if (!worker_hear(slot->pipe, &message)) {
        kill(slot->pid, SIGKILL); /* at its end anyway, or mad */
        finish(batch, slot);
        return;
    }
    slot->heard = clock_seconds();
    if (message.said != WORKER_RESULT || message.outcome == OUTCOME_DONE) explain(batch);
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

static void hear_proof(struct batch *batch, struct slot *slot, bool ready)
{
    struct apart *apart = &slot->proof.apart;
    if (ready ? apart_listen(apart) : clock_seconds() > apart->end) finish_proof(batch, slot);
}

static bool can_start(const struct batch *batch)
{
    for (int i = 0; i < batch->slots_count; i++)
        if (is_free(&batch->slots[i])) return batch->next < batch->inputs.count;
    return false;
}

static void listen_to_workers(struct batch *batch)
{
    struct pollfd pipes[MAX_SLOTS];
    struct slot *slots[MAX_SLOTS]; /* theirs: ppoll refuses more places than files may be open, used or not */
    int count = 0;
    for (int i = 0; i < batch->slots_count; i++) {
        struct slot *slot = &batch->slots[i];
        if (is_free(slot)) continue;
        pipes[count] = (struct pollfd){.fd = is_measured(slot) ? slot->proof.apart.pipe : slot->pipe, .events = POLLIN};
        slots[count++] = slot;
    }
    struct timespec wait = {.tv_sec = can_start(batch) ? 0 : 1};
    if (ppoll(pipes, (nfds_t)count, &wait, &batch->unblocked) < 0) return;
    for (int i = 0; i < count; i++) {
        struct slot *slot = slots[i];
        if (is_measured(slot))
            hear_proof(batch, slot, pipes[i].revents);
        else if (pipes[i].revents)
            hear(batch, slot);
        else if (clock_seconds() - slot->heard > batch->options->timeout)
            end_worker(batch, slot, "given up: no progress for longer than --timeout");
    }
}

/* ---- The run ----------------------------------------------------------------------------------------------- */

static void abandon(struct batch *batch)
{
    for (int i = 0; i < batch->slots_count; i++) {
        struct slot *slot = &batch->slots[i];
        if (is_free(slot)) continue;
        if (is_measured(slot)) {
            proof_abandon(&slot->proof);
        } else {
            kill(slot->pid, SIGKILL);
            while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR) continue;
        }
        target_leave(&slot->target);
    }
    report_clear(&batch->report);
    interrupt_obey(&batch->unblocked);
}

static void summarise(struct batch *batch)
{
    const int *counts = batch->counts;
    int failed = counts[OUTCOME_UNREADABLE] + counts[OUTCOME_FAILED] + counts[OUTCOME_RESOURCES];
    report_clear(&batch->report);
    if (batch->inputs.count != 1)
        fprintf(stderr, "%d %s, %d skipped, %d failed, %.1f s\n", counts[OUTCOME_DONE],
                batch->options->dry_run ? "to be done" : "done", counts[OUTCOME_SKIPPED], failed,
                clock_seconds() - batch->report.begin);
    if (batch->inputs.passed) fprintf(stderr, "%d named like results passed over\n", batch->inputs.passed);
}

static int exit_status(const struct batch *batch, int unreadable_folders)
{
    const int *counts = batch->counts;
    if (counts[OUTCOME_RESOURCES]) return 4;
    int unreadable = counts[OUTCOME_UNREADABLE] + unreadable_folders;
    if (unreadable && !counts[OUTCOME_DONE] && !counts[OUTCOME_SKIPPED] && !counts[OUTCOME_FAILED]) return 3;
    if (unreadable || counts[OUTCOME_FAILED] || batch->undrawn) return 1;
    return batch->options->strict && batch->unfaithful ? 5 : 0;
}

static int processors(void)
{
    cpu_set_t set; /* too small on the largest machines: then all that there are */
    const long count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > OPTIONS_MOST_THREADS ? OPTIONS_MOST_THREADS : (int)count;
}

static bool make_slots(struct batch *batch)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    int count = (int)(memory / SLOT_MEMORY < MAX_SLOTS ? memory / SLOT_MEMORY : MAX_SLOTS);
    batch->threads = batch->options->threads ? batch->options->threads : processors();
    count = count < batch->threads ? count : batch->threads;
    count = count < batch->inputs.count ? count : batch->inputs.count;
    batch->slots_count = count > 1 ? count : 1;
    batch->slots = calloc((size_t)batch->slots_count, sizeof *batch->slots);
    batch->unneeded = calloc((size_t)batch->slots_count * UNNEEDED + 1, sizeof *batch->unneeded);
    return batch->slots && batch->unneeded;
}

static void run(struct batch *batch)
{
    interrupt_catch(&batch->unblocked);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    report_begin(&batch->report, batch->options->progress, batch->inputs.count);
    while (batch->finished < batch->inputs.count && !interrupt_came()) {
        for (int i = 0; i < batch->slots_count; i++)
            if (is_free(&batch->slots[i]) && batch->next < batch->inputs.count)
                start(batch, &batch->slots[i], &batch->inputs.list[batch->next++]);
        if (batch->finished == batch->inputs.count) break;
        show_progress(batch);
        listen_to_workers(batch);
    }
    if (interrupt_came()) abandon(batch);
    summarise(batch);
}

int batch_run(const struct options *options, const struct net_set *nets)
{
    struct batch batch = {.options = options, .nets = nets, .invented = -1};
    batch.net = net_choose(nets, options->size.kind == SIZED_FACTOR ? options->size.a : 2, use_wish(options, nets).kind);
    if (options->map && use_creative(options) != NET_CREATIVE_NEVER) batch.invented = memfd_create("invented", MFD_CLOEXEC);
    int unreadable_folders = 0, status = 4;
    /* All of them, before a shard is chosen: no result may land on another shard's source either. */
    bool good = inputs_collect(&batch.inputs, options, &unreadable_folders) && sources_note(&batch.sources, &batch.inputs);
    if (good && !batch.inputs.count && !batch.inputs.passed && !unreadable_folders) report_error("no pictures are there");
    if (good && !inputs_shard(&batch.inputs, options)) {
        status = 2;
    } else if (good && make_slots(&batch) && picture_start("fovea")) {
        if (!options->sample || sample_run(options, nets, batch.threads, &batch.inputs, &batch.sources, &status)) {
            run(&batch);
            status = exit_status(&batch, unreadable_folders);
        }
    } else {
        report_error("no memory");
    }
    if (batch.invented >= 0) close(batch.invented);
    free(batch.slots);
    free(batch.unneeded);
    sources_free(&batch.sources);
    inputs_free(&batch.inputs);
    return status;
}
