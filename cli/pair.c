/* SPDX-License-Identifier: MIT
 *
 * Nothing is known of a stranger's result, so it is measured in passes over both files. A brief one for each D tells
 * which fits and whether the picture is shifted; a shift is measured again with itself given, since only near 0
 * it is found exactly. The last pass takes all figures. What is not faithful by them may still be so to a JPEG picture, of
 * which only the means of blocks are certain. */
#define _GNU_SOURCE 1
#include "pair.h"

#include <math.h>
#include <unistd.h>

#include "apart.h"
#include "figures.h"
#include "heatmap.h"
#include "invented.h"
#include "look.h"
#include "report.h"
#include "rows.h"
#include "source.h"

#define NOTICED 0.08     /* a shift of so many small pixels is worth a pass */
#define WORTH 1.0        /* and is believed when it brings so many dB */
#define REFINEMENTS 2

/* ---- A pass ------------------------------------------------------------------------------------------------ */

struct pass {
    const struct pair_job *job;
    struct rows small, large;
    fovea_measure *measures[2];
    int count;
    struct heatmap *map; /* NULL: none */
};

static bool pass_open(struct pass *pass, const struct pair_job *job, struct failure *failure)
{
    *pass = (struct pass){.job = job};
    if (!rows_open(&pass->small, job->small, job->max_pixels, 0, 0, failure)) return false;
    struct failure own = FAILURE_NONE;
    return rows_open(&pass->large, job->large, job->max_pixels, 0, 0, &own) || failure_blame(failure, 2, &own);
}

static void pass_close(struct pass *pass)
{
    rows_close(&pass->small);
    rows_close(&pass->large);
    for (int i = 0; i < pass->count; i++) fovea_measure_free(pass->measures[i]);
}

static bool pass_add(struct pass *pass, fovea_shrink shrink, bool brief, double x, double y, struct failure *failure)
{
    fovea_error error;
    const struct picture_info *small = &pass->small.info, *large = &pass->large.info;
    fovea_pair pair = {
        sizeof pair, small->width, small->height, small->format, large->width, large->height, large->format, shrink, x,
        y,           brief,        NULL,          NULL};
    if (pass->map) {
        pair.map = heatmap_values;
        pair.map_user = pass->map;
    }
    fovea_status status = fovea_measure_new(&pair, NULL, &pass->measures[pass->count], &error);
    if (status)
        failure_set(failure, status == FOVEA_ERROR_ARGUMENT ? OUTCOME_FAILED : OUTCOME_RESOURCES, "%s", error.message);
    else
        pass->count++;
    return status == FOVEA_OK;
}

static bool pass_run(struct pass *pass, struct failure *failure)
{
    fovea_want want;
    while ((want = fovea_measure_wants(pass->measures[0])) != FOVEA_WANT_NOTHING) {
        bool small = want == FOVEA_WANT_SMALL;
        struct failure own = FAILURE_NONE;
        const unsigned char *row = rows_next(small ? &pass->small : &pass->large, &own);
        if (!row) return failure_blame(failure, small ? 1 : 2, &own);
        if (small && pass->map) heatmap_ground(pass->map, pass->small.next - 1, row, pass->small.info.format);
        for (int i = 0; i < pass->count; i++) fovea_measure_row(pass->measures[i], row);
    }
    return true;
}

/* ---- Passes ------------------------------------------------------------------------------------------------ */

static fovea_figures figures_of(const fovea_measure *measure)
{
    fovea_figures figures = {.struct_size = sizeof figures};
    fovea_measure_get_figures(measure, &figures);
    return figures;
}

/* Bicubic, unless the promise is kept by area alone: figures of different tools should mean the same. */
static bool choose_shrink(const struct pair_job *job, struct pair_result *result, struct failure *failure)
{
    double psnr[2];
    fovea_figures figures[2];
    for (int i = 0; i < 2; i++) {
        struct pass pass;
        bool good = pass_open(&pass, job, failure) && pass_add(&pass, (fovea_shrink)i, true, 0, 0, failure) &&
                    pass_run(&pass, failure);
        if (good) figures[i] = figures_of(pass.measures[0]);
        pass_close(&pass);
        if (!good) return false;
        psnr[i] = figures[i].psnr;
    }
    bool area = psnr[0] < FIGURES_PSNR_BICUBIC && psnr[1] >= FIGURES_PSNR_AREA && psnr[1] > psnr[0];
    result->shrink = area ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC;
    result->other_psnr = psnr[1 - (int)result->shrink];
    result->figures = figures[result->shrink];
    return true;
}

static bool measure_moved(const struct pair_job *job, fovea_shrink shrink, double x, double y, fovea_figures *figures,
                          struct failure *failure)
{
    struct pass pass;
    bool good = pass_open(&pass, job, failure) && pass_add(&pass, shrink, true, x, y, failure) && pass_run(&pass, failure);
    if (good) *figures = figures_of(pass.measures[0]);
    pass_close(&pass);
    return good;
}

/* Where the large picture lies, 0 unless moving it back makes it fit better. */
static bool find_shift(const struct pair_job *job, struct pair_result *result, double shift[2], struct failure *failure)
{
    fovea_figures moved = result->figures;
    shift[0] = shift[1] = 0;
    if (fabs(moved.shift_x) < NOTICED && fabs(moved.shift_y) < NOTICED) return true;
    for (int i = 0; i < REFINEMENTS; i++) {
        double x = moved.shift_x, y = moved.shift_y;
        if (!measure_moved(job, result->shrink, x, y, &moved, failure)) return false;
        if (moved.psnr > result->figures.psnr + WORTH) {
            shift[0] = moved.shift_x;
            shift[1] = moved.shift_y;
        }
    }
    if (fabs(shift[0]) > 0 || fabs(shift[1]) > 0) result->unmoved_psnr = result->figures.psnr;
    return true;
}

static bool measure_all(const struct pair_job *job, struct pair_result *result, const double shift[2], struct failure *failure)
{
    struct pass pass;
    struct heatmap map;
    bool good = pass_open(&pass, job, failure);
    if (good && job->map >= 0)
        good = heatmap_new(&map, result->small_w, result->small_h, failure), pass.map = good ? &map : NULL;
    good = good && pass_add(&pass, result->shrink, false, shift[0], shift[1], failure) && pass_run(&pass, failure);
    if (good) result->figures = figures_of(pass.measures[0]);
    if (good && pass.map && (map.is_creative = job->has_invented))
        good = invented_read(job->invented, map.invented, (size_t)map.w * (size_t)map.h, failure);
    if (good && pass.map) good = heatmap_write(&map, job->map, failure);
    if (pass.map) heatmap_free(&map);
    pass_close(&pass);
    return good;
}

/* Is the small picture a JPEG or WebP file, or was it a JPEG before, that the command would take its net for JPEG pictures for? */
static bool look_at_small(const struct pair_job *job, bool *poor, struct failure *failure)
{
    struct rows small;
    struct look look;
    look_head(&look, job->small, format_of_file(job->small));
    bool good = rows_open(&small, job->small, job->max_pixels, 0, 0, failure) &&
                (look_head_decides(&look) || look_for_kind(&look, small.picture, failure));
    rows_close(&small);
    *poor = good && look_is_poor(&look);
    return good;
}

/* The map is drawn once more where the figures turn out to be those of another D: as the command's own, they are bicubic's. */
static bool allow_blocks(const struct pair_job *job, struct pair_result *result, const double shift[2], struct failure *failure)
{
    if (figures_judge(result).faithful || !figures_keep_blocks(result)) return true;
    if (!look_at_small(job, &result->blocks, failure)) return false;
    if (!result->blocks || result->shrink == FOVEA_SHRINK_BICUBIC) return true;
    result->other_psnr = result->figures.psnr;
    result->shrink = FOVEA_SHRINK_BICUBIC;
    if (job->map >= 0 && (ftruncate(job->map, 0) || lseek(job->map, 0, SEEK_SET))) {
        failure_set(failure, OUTCOME_FAILED, "can't draw the map again");
        return false;
    }
    return measure_all(job, result, shift, failure);
}

static bool get_sizes(const struct pair_job *job, struct pair_result *result, struct failure *failure)
{
    struct pass pass;
    bool good = pass_open(&pass, job, failure);
    if (good) {
        result->small_w = pass.small.info.width;
        result->small_h = pass.small.info.height;
        result->large_w = pass.large.info.width;
        result->large_h = pass.large.info.height;
    }
    pass_close(&pass);
    result->enlargement = result->large_w >= result->small_w && result->large_h >= result->small_h &&
                          result->large_w <= 64 * (int64_t)result->small_w && result->large_h <= 64 * (int64_t)result->small_h;
    return good;
}

static bool is_lossy(int fd)
{
    const enum format format = format_of_file(fd);
    return format == FORMAT_JPEG || format == FORMAT_AVIF || (format == FORMAT_WEBP && !format_is_lossless_webp(fd));
}

static bool work(void *user, void *out, struct failure *failure)
{
    const struct pair_job *job = user;
    struct pair_result *result = out;
    double shift[2] = {0, 0};
    *result = (struct pair_result){.shrink = job->keeps == FOVEA_KEEPS_AREAS ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC,
                                   .blocks = job->keeps == FOVEA_KEEPS_BLOCKS,
                                   .large_lossy = is_lossy(job->large)};
    if (!get_sizes(job, result, failure)) return false;
    if (!result->enlargement) return true;
    if (!job->known && (!choose_shrink(job, result, failure) || !find_shift(job, result, shift, failure))) return false;
    bool good = measure_all(job, result, shift, failure) && (job->known || allow_blocks(job, result, shift, failure));
    result->damaged = picture_was_damaged();
    return good;
}

int pair_open(char *const names[2], int fds[2])
{
    int status = 0;
    for (int i = 0; i < 2; i++) {
        struct failure failure = FAILURE_NONE;
        fds[i] = source_open_file(names[i], &failure);
        if (fds[i] >= 0) {
            picture_prepare(format_of_file(fds[i]));
            continue;
        }
        report_line(names[i], failure.text);
        status = outcome_status(failure.outcome);
    }
    return status;
}

bool pair_begin(const struct pair_job *job, struct apart *apart, struct pair_result *result, struct failure *failure)
{
    struct pair_job copy = *job;
    return apart_start(apart, work, &copy, job->limits, result, sizeof *result, failure);
}

bool pair_measure(const struct pair_job *job, struct pair_result *result, struct failure *failure)
{
    struct pair_job copy = *job;
    return apart_run(work, &copy, job->limits, result, sizeof *result, failure);
}
