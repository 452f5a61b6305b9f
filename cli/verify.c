/* SPDX-License-Identifier: MIT
 *
 * The answer goes to standard output, as lines or as JSON (doc/report.md); what went wrong to standard error. */
#define _GNU_SOURCE 1
#include "verify.h"

#include <stdlib.h>
#include <unistd.h>

#include "figures.h"
#include "output.h"
#include "pair.h"
#include "picture.h"
#include "report.h"

enum { UNFAITHFUL = 5 };

static void answer(const struct options *options, const struct pair_result *pair)
{
    struct verdict verdict = figures_judge(pair);
    if (pair->damaged) report_line("one of both", PICTURE_DAMAGED);
    if (options->report == REPORT_JSON) {
        figures_json(pair, options->pictures[0], options->pictures[1], stdout);
        return;
    }
    printf("%s: the large picture (%dx%d) %s a faithful enlargement of the small one (%dx%d)\n",
           verdict.faithful ? "yes" : "no", pair->large_w, pair->large_h, verdict.faithful ? "is" : "is not", pair->small_w,
           pair->small_h);
    figures_lines(pair, stdout);
}

static int measure(const struct options *options, int small, int large)
{
    struct failure failure = FAILURE_NONE;
    struct pair_result result;
    struct output map = {.fd = -1, .folder = -1};
    struct pair_job job = {
        .small = small, .large = large, .max_pixels = options->max_pixels, .limits = apart_limits_of(options), .map = -1};
    if (!options->map || output_open_named(&map, options->map, options->overwrite, (const int[2]){small, large}, &failure)) {
        job.map = map.fd;
        if (pair_measure(&job, &result, &failure) && options->map && result.enlargement) output_publish(&map, &failure);
        output_discard(&map);
    }
    if (failure.outcome != OUTCOME_DONE) {
        report_line(options->pictures[failure.picture == 2], failure.text);
        return outcome_status(failure.outcome);
    }
    answer(options, &result);
    if (fflush(stdout) || ferror(stdout)) {
        report_error("can't write to standard output");
        return 4;
    }
    return figures_judge(&result).faithful ? 0 : UNFAITHFUL;
}

int verify_run(const struct options *options)
{
    int fds[2] = {-1, -1};
    if (!picture_start("fovea")) {
        report_error("no memory");
        return 4;
    }
    int status = pair_open(options->pictures, fds);
    if (!status) status = measure(options, fds[0], fds[1]);
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0) close(fds[i]);
    return status;
}
