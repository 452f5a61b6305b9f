/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "forecast.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "job.h"
#include "place.h"
#include "source.h"

#define LOOKED_AT 64 /* heads; a few milliseconds each */

/* Is there anything to be done for this picture? */
static bool is_due(const struct options *options, const struct input *input, const struct sources *sources)
{
    struct failure failure = FAILURE_NONE;
    int fd = open(input->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return false;
    enum format format = format_of_file(fd);
    char *path = format == FORMAT_UNKNOWN || input->twin ? NULL : place_path(options, input, format);
    bool due = path && target_check(sources, options, path, &failure);
    free(path);
    close(fd);
    return due;
}

/* A dry run of one picture. */
static void look_at(struct forecast *forecast, const struct options *options, const struct net_set *nets,
                    const struct input *input)
{
    struct failure failure = FAILURE_NONE;
    struct worker_message result;
    struct stat about;
    int source = source_open(input->path, &about, (struct source_wait){NULL, options->timeout}, &failure);
    enum format from = source < 0 ? FORMAT_UNKNOWN : format_of_file(source);
    forecast->looked_at++;
    if (source >= 0 && source_check(source, from, &failure)) {
        struct worker_job job = job_of(options, nets, from, place_format(options, from));
        job.source = source;
        job.dry_run = true;
        if (job_run(&job, options->timeout, &result, &failure)) {
            forecast->pixels += (double)result.source_width * result.source_height;
            forecast->result_pixels += (double)result.width * result.height;
            forecast->bytes += (double)result.bytes;
        }
    }
    forecast->failed += failure.outcome != OUTCOME_DONE;
    if (source >= 0) close(source);
}

void forecast_make(struct forecast *forecast, const struct options *options, const struct net_set *nets,
                   const struct inputs *inputs, const struct sources *sources)
{
    const struct input **due = calloc((size_t)inputs->count + 1, sizeof *due);
    *forecast = (struct forecast){.pictures = 0};
    for (int i = 0; due && i < inputs->count; i++)
        if (is_due(options, &inputs->list[i], sources)) due[forecast->pictures++] = &inputs->list[i];
    const int count = forecast->pictures < LOOKED_AT ? forecast->pictures : LOOKED_AT;
    for (int i = 0; i < count; i++) look_at(forecast, options, nets, due[(int64_t)i * forecast->pictures / count]);
    const double more = count ? (double)forecast->pictures / count : 0;
    forecast->pixels *= more;
    forecast->result_pixels *= more;
    forecast->bytes *= more;
    free(due);
}

void forecast_time(double seconds, char *words, int room)
{
    const double minutes = seconds / 60;
    if (seconds < 99.5)
        snprintf(words, (size_t)room, "%.0f s", seconds < 1 ? 1 : seconds);
    else if (minutes < 99.5)
        snprintf(words, (size_t)room, "%.0f min", minutes);
    else
        snprintf(words, (size_t)room, "%.0f h %02d min", (double)(int64_t)(minutes / 60), (int)((int64_t)minutes % 60));
}
