/* SPDX-License-Identifier: MIT
 *
 * Words are for people and go where the other lines go, to standard error. JSON is a matter of report.c. */
#define _GNU_SOURCE 1
#include "proof.h"

#include <string.h>
#include <unistd.h>

#include "figures.h"
#include "output.h"
#include "report.h"

bool proof_wanted(const struct options *options) { return options->report != REPORT_NONE || options->map || options->strict; }

bool proof_may_draw(const struct options *options, int source, const char *result, struct failure *failure)
{
    if (!options->map) return true;
    if (result && output_same_place(options->map, result))
        failure_set(failure, OUTCOME_FAILED, "--map %s is where the result goes", options->map);
    else if (!output_may_name(options->map, options->overwrite, (const int[2]){source, -1}, failure))
        return false;
    return failure->outcome == OUTCOME_DONE;
}

bool proof_begin(struct proof *proof, const struct options *options, int source, int result, fovea_keeps keeps, int invented,
                 const int *unneeded)
{
    const struct format_info *about = format_about(format_of_file(result));
    *proof = (struct proof){.failure = FAILURE_NONE, .map = {.fd = -1, .folder = -1}};
    if (about->quality && !options->lossless && !format_is_lossless_webp(result)) proof->lossy = about->name;
    if (options->map &&
        !output_open_named(&proof->map, options->map, options->overwrite, (const int[2]){source, result}, &proof->failure))
        return false;
    struct pair_job job = {.small = source,
                           .large = result,
                           .max_pixels = UINT64_MAX,
                           .limits = apart_limits_of(options),
                           .known = true,
                           .keeps = keeps,
                           .map = proof->map.fd,
                           .has_invented = invented >= 0,
                           .invented = invented};
    job.limits.unneeded = unneeded;
    if (pair_begin(&job, &proof->apart, &proof->pair, &proof->failure)) return true;
    output_discard(&proof->map);
    return false;
}

void proof_end(struct proof *proof)
{
    if (apart_end(&proof->apart, &proof->failure) && proof->map.fd >= 0) output_publish(&proof->map, &proof->failure);
    output_discard(&proof->map);
}

void proof_abandon(struct proof *proof)
{
    struct failure failure = FAILURE_NONE;
    apart_end(&proof->apart, &failure);
    output_discard(&proof->map);
}

bool proof_tell(const struct proof *proof, const struct options *options, const char *result)
{
    char text[400];
    if (proof->failure.outcome != OUTCOME_DONE) {
        snprintf(text, sizeof text, "could not be measured: %s", proof->failure.text);
        report_line(result, text);
        return false;
    }
    bool faithful = figures_judge(&proof->pair).faithful;
    if (options->report == REPORT_WORDS || (options->strict && !faithful)) {
        figures_sentence(&proof->pair, text, sizeof text);
        size_t used = strlen(text);
        if (!faithful && proof->lossy)
            snprintf(text + used, sizeof text - used, "; measured as written: %s loses some (try -f png, or a higher -q)",
                     proof->lossy);
        report_line(result, text);
    }
    if (options->report == REPORT_WORDS && options->verbose) figures_lines(&proof->pair, stderr);
    return faithful;
}
