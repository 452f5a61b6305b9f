/* SPDX-License-Identifier: MIT
 *
 * The parent opens files and names the sheet; a child (apart.h) reads the pictures and draws. */
#define _GNU_SOURCE 1
#include "compare.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "apart.h"
#include "crops.h"
#include "output.h"
#include "pair.h"
#include "picture.h"
#include "report.h"
#include "sheet.h"

#define SIDE_PNG 192
#define SIDE_HTML 384
#define COUNT 6

struct job {
    int fds[2], sheet;
    const char *names[2];
    bool html;
    uint64_t max_pixels;
};

struct result {
    int32_t crops;
    double difference; /* of the crop where it is greatest, levels */
};

static bool work(void *user, void *out, struct failure *failure)
{
    const struct job *job = user;
    struct result *result = out;
    struct crops crops;
    bool good = crops_make(&crops, job->fds[0], job->fds[1], job->html ? SIDE_HTML : SIDE_PNG, COUNT, job->max_pixels, failure);
    if (good) good = (job->html ? sheet_write_html : sheet_write_png)(&crops, job->names, job->sheet, failure);
    *result = (struct result){.crops = crops.count};
    for (int i = 0; i < crops.count; i++)
        if (crops.crops[i].difference > result->difference) result->difference = crops.crops[i].difference;
    crops_free(&crops);
    return good;
}

/* PNG or a page? false: a line was printed. */
static bool choose_kind(const char *path, bool *html)
{
    const char *dot = strrchr(path, '.');
    *html = dot && (!strcasecmp(dot, ".html") || !strcasecmp(dot, ".htm"));
    if (*html || (dot && !strcasecmp(dot, ".png"))) return true;
    report_error("-o %s: the sheet must be a .png or a .html", path);
    return false;
}

static int make(struct job *job, const char *path, const struct options *options)
{
    struct failure failure = FAILURE_NONE;
    struct output sheet = {.fd = -1, .folder = -1};
    struct result result;
    char detail[80];
    if (output_open_named(&sheet, path, options->overwrite, job->fds, &failure)) {
        job->sheet = sheet.fd;
        if (apart_run(work, job, apart_limits_of(options), &result, sizeof result, &failure)) output_publish(&sheet, &failure);
        output_discard(&sheet);
    }
    if (failure.outcome != OUTCOME_DONE) {
        report_line(failure.picture ? job->names[failure.picture - 1] : path, failure.text);
        return outcome_status(failure.outcome);
    }
    snprintf(detail, sizeof detail, "%d places, up to %.1f levels apart", result.crops, result.difference);
    report_line(path, detail);
    return 0;
}

int compare_run(const struct options *options)
{
    const char *path = options->output ? options->output : "compare.png";
    struct job job = {.fds = {-1, -1}, .max_pixels = options->max_pixels};
    if (!choose_kind(path, &job.html)) return 2;
    if (!picture_start("fovea")) {
        report_error("no memory");
        return 4;
    }
    for (int i = 0; i < 2; i++) job.names[i] = options->pictures[i];
    int status = pair_open(options->pictures, job.fds);
    if (!status) status = make(&job, path, options);
    for (int i = 0; i < 2; i++)
        if (job.fds[i] >= 0) close(job.fds[i]);
    return status;
}
