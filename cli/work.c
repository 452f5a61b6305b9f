/* SPDX-License-Identifier: MIT
 *
 * The child's own work, from the open file to the result. It says what it has to say, the result last, through the pipe. */
#define _GNU_SOURCE 1
#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "estimate.h"
#include "heads.h"
#include "look.h"
#include "picture.h"
#include "png_chunks.h"
#include "room.h"
#include "sandbox.h"
#include "stream.h"
#include "tiff.h"

#define PROGRESS_EVERY 0.1 /* seconds */

static int report_pipe = -1;

/* ---- What the child says ----------------------------------------------------------------------------------- */

static void say(const struct worker_message *message)
{
    while (write(report_pipe, message, sizeof *message) < 0 && errno == EINTR) continue;
}

static void say_note(const char *text)
{
    struct worker_message message = {.said = WORKER_NOTE};
    snprintf(message.text, sizeof message.text, "%s", text);
    say(&message);
}

_Noreturn void work_without_memory(void)
{
    struct worker_message message = {.said = WORKER_RESULT, .outcome = OUTCOME_RESOURCES, .text = "no memory"};
    say(&message);
    _exit(0);
}

struct progress {
    const struct stream_job *stream;
    int32_t from, to, rows; /* of the band being made */
    double last;
};

static void begin_band(void *user, int32_t from, int32_t to, int32_t rows)
{
    struct progress *progress = user;
    progress->from = from;
    progress->to = to;
    progress->rows = rows;
}

static int within_band(void *user, uint64_t done, uint64_t total)
{
    struct progress *progress = user;
    double time = clock_seconds();
    stream_hand_over(progress->stream);
    if (time - progress->last < PROGRESS_EVERY || progress->rows == 0 || total == 0) return 0;
    progress->last = time;
    double rows = progress->from + (double)(progress->to - progress->from) * (double)done / (double)total;
    struct worker_message message = {.said = WORKER_PROGRESS, .done = (uint32_t)rows, .total = (uint32_t)progress->rows};
    say(&message);
    return 0;
}

/* ---- What the child does ----------------------------------------------------------------------------------- */

static void say_depth(const struct picture_info *info, int from, int to)
{
    char text[80];
    if (info->format < FOVEA_FORMAT_G16 || from <= to) return;
    snprintf(text, sizeof text, "%d bits a channel become %d: the format holds no more", from, to);
    say_note(text);
}

/* What the format of the result can't hold of this picture: said before it is lost. */
static void say_losses(const struct worker_job *job, const struct picture_info *info)
{
    if (!job->strip && job->source_format == FORMAT_TIFF && tiff_look(job->source) & TIFF_CAMERA)
        say_note("without its camera data, author and date: they are not taken out of TIFF files");
    const struct format_info *about = format_about(job->target_format);
    say_depth(info, format_about(job->source_format)->bits == 12 ? 12 : 16, about->bits);
    if ((int)info->format % 2 == 0 && !about->alpha) say_note("transparency becomes white: the format holds none");
    if (job->strip) return;
    struct png_chunks chunks = {.text = false};
    if (job->source_format == FORMAT_PNG && job->target_format != FORMAT_PNG) png_chunks_read(job->source, &chunks);
    free(chunks.bytes);
    if (chunks.colours)
        say_note("its colours will look different: what gAMA, cHRM or cICP say of them is not written in this format");
    int lost = info->metadata & ~about->metadata;
    if (!lost && !chunks.text) return;
    char text[80];
    snprintf(text, sizeof text, "without its%s%s%s%s: not written in this format", lost & METADATA_EXIF ? " EXIF" : "",
             lost & METADATA_XMP ? " XMP" : "", lost & METADATA_IPTC ? " IPTC" : "", chunks.text ? " text" : "");
    say_note(text);
}

/* A size that is no enlargement: only on demand, and then without a net. */
static void check_shrink(const struct worker_job *job, const struct picture_info *info, int64_t w, int64_t h,
                         struct failure *failure)
{
    if (!job->allow_shrink)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is no larger than the picture, which has %dx%d (see --allow-shrink)",
                    (long long)w, (long long)h, info->width, info->height);
    else if (64 * w < info->width || 64 * h < info->height)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is less than a 64th of the picture", (long long)w, (long long)h);
}

/* Passes of the nets until w x h is reached. */
static int count_passes(const struct worker_job *job, const struct picture_info *info, int64_t w, int64_t h,
                        struct failure *failure)
{
    int64_t reach = 1;
    int passes = 0;
    for (; passes < STREAM_MAX_PASSES && (w > reach * info->width || h > reach * info->height); passes++)
        reach *= (passes ? job->choice.later : job->choice.net)->info.scale;
    if (w > reach * info->width || h > reach * info->height || w > SIZE_MOST_TIMES * (int64_t)info->width ||
        h > SIZE_MOST_TIMES * (int64_t)info->height)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is more than %d times the picture", (long long)w, (long long)h,
                    SIZE_MOST_TIMES);
    return passes;
}

/* The result's size, and in how many passes the net reaches it; 0: it is no enlargement. */
static bool plan_size(const struct worker_job *job, const struct picture_info *info, int32_t *width, int32_t *height,
                      int *passes, struct failure *failure)
{
    const struct format_info *about = format_about(job->target_format);
    int64_t w, h;
    size_of(&job->size, info->width, info->height, &w, &h);
    *passes = 0;
    if (w < info->width || h < info->height || (w == info->width && h == info->height))
        check_shrink(job, info, w, h, failure);
    else
        *passes = count_passes(job, info, w, h, failure);
    if ((w > h ? w : h) > about->max_side)
        failure_set(failure, OUTCOME_FAILED, "%lldx%lld is more than the %d pixels a side that %s holds; use -f %s",
                    (long long)w, (long long)h, about->max_side, about->name,
                    format_for_side(job->target_format, w > h ? w : h));
    *width = (int32_t)w;
    *height = (int32_t)h;
    return failure->outcome == OUTCOME_DONE;
}

static void say_passes(const struct choice *choice, int passes)
{
    char text[120], how[40] = ", the first one creative";
    if (!choice->creative) snprintf(how, sizeof how, " of %dx each", choice->net->info.scale);
    snprintf(text, sizeof text, "in %d passes%s: beyond the first more is invented than preserved", passes, how);
    say_note(text);
}

static bool plan_target(const struct worker_job *job, const struct picture_info *info, struct picture_target *target,
                        int *passes, struct failure *failure)
{
    const struct format_info *about = format_about(job->target_format);
    int32_t width, height;
    if (!plan_size(job, info, &width, &height, passes, failure)) return false;
    if (job->lossless && !about->lossless) {
        failure_set(failure, OUTCOME_FAILED, "--lossless: %s is not written without loss; use -f png, webp, jxl or tiff",
                    about->name);
        return false;
    }
    bool deep = info->format >= FOVEA_FORMAT_G16 && about->bits > 8;
    int channels = (int)info->format % (FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8);
    *target = (struct picture_target){
        .fd = job->target,
        .format = job->target_format,
        .quality = job->quality,
        .lossless = job->lossless ||
                    (job->keeps_lossless && job->target_format == FORMAT_WEBP && format_is_lossless_webp(job->source)),
        .strip = job->strip,
        .dots = job->size.dots,
        .width = width,
        .height = height,
        .rows = (enum fovea_format)(channels + (deep ? FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8 : 0)),
    };
    if (*passes > 1) say_passes(&job->choice, *passes);
    say_losses(job, info);
    return true;
}

/* The same resampler as everywhere, of the net's kind: what D makes of the picture. */
static bool make_shrinker(const struct worker_job *job, const struct picture_info *info, const struct picture_target *target,
                          struct stream_job *stream, struct failure *failure)
{
    fovea_error error;
    stream->passes = 1;
    fovea_status status = fovea_shrinker_new(
        fovea_shrink_job(.source_w = info->width, .source_h = info->height, .result_w = target->width,
                         .result_h = target->height, .source_format = info->format, .result_format = target->rows,
                         .shrink = job->choice.net->info.keeps == FOVEA_KEEPS_AREAS ? FOVEA_SHRINK_AREA : FOVEA_SHRINK_BICUBIC),
        fovea_options(.max_memory = job->max_memory), &stream->shrinker, &error);
    if (status)
        failure_set(failure, status == FOVEA_ERROR_ARGUMENT ? OUTCOME_FAILED : OUTCOME_RESOURCES, "%s (%s)", error.message,
                    fovea_status_name(status));
    return !status;
}

/* ---- What to expect ---------------------------------------------------------------------------------------- */

/* Bytes that the result's file will have, about. */
static uint64_t predict(const struct worker_job *job, const struct look *look, const struct picture_info *info,
                        const struct picture_target *target)
{
    struct stat about = {0};
    fstat(job->source, &about);
    const int deep = FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8;
    struct estimate_side source = {.format = job->source_format,
                                   .width = info->width,
                                   .height = info->height,
                                   .channels = (int)info->format % deep,
                                   .bits = info->format >= FOVEA_FORMAT_G16 ? 16 : 8,
                                   .lossless = format_is_lossless_webp(job->source)};
    struct estimate_side result = {.format = target->format,
                                   .width = target->width,
                                   .height = target->height,
                                   .channels = (int)target->rows % deep,
                                   .bits = target->rows >= FOVEA_FORMAT_G16 ? 16 : 8,
                                   .quality = target->quality,
                                   .lossless = target->lossless};
    if (!result.quality) result.quality = format_about(result.format)->quality;
    if (look->is_jpeg) source.quality = look->jpeg.quality;
    return estimate_bytes(&source, (uint64_t)about.st_size, &result);
}

/* Before any work: is there room, and what will come of it? */
static bool foresee(const struct worker_job *job, const struct look *look, const struct picture_info *info,
                    const struct picture_target *target, uint64_t *bytes, struct failure *failure)
{
    char needed[24], room[24], text[200];
    *bytes = predict(job, look, info, target);
    estimate_words(*bytes, needed, sizeof needed);
    estimate_words(job->room, room, sizeof room);
    if (*bytes > job->room) {
        failure_set(failure, OUTCOME_RESOURCES, "the result would fill the disk: about %s are needed, %s are free", needed,
                    room);
        return false;
    }
    fovea_expectation expected = fovea_advice_expect_of(
        fovea_advice_facts(.source_w = info->width, .source_h = info->height, .result_w = target->width,
                           .result_h = target->height, .jpeg_quality = look_quality(look),
                           .was_enlarged = look->has_traits && look->traits.was_enlarged));
    snprintf(text, sizeof text, "%dx%d, about %s; expect %s: %s", target->width, target->height, needed,
             fovea_advice_expectation_name(expected), fovea_advice_expectation_text(expected));
    if (job->curious) say_note(text);
    return true;
}

static bool make_upscaler(const struct worker_job *job, const struct net_choice *net, fovea_options options,
                          fovea_upscaler **out, struct failure *failure)
{
    fovea_error error;
    const fovea_model *model = net_model(net, failure);
    if (!model) return false;
    options.struct_size = sizeof options;
    options.threads = job->threads;
    options.max_memory = job->max_memory;
    options.allocator = room_allocator;
    fovea_status status = fovea_upscaler_new(model, &options, out, &error);
    if (status)
        failure_set(failure, status == FOVEA_ERROR_MEMORY || status == FOVEA_ERROR_LIMIT ? OUTCOME_RESOURCES : OUTCOME_FAILED,
                    "%s (%s)", error.message, fovea_status_name(status));
    return !status;
}

/* A creative net beside the faithful one, but for these faces. */
static bool make_creative(const struct worker_job *job, const struct net_choice *net, const struct heads *heads,
                          fovea_options *options, struct failure *failure)
{
    options->creative = net_model(net, failure);
    options->strength = job->strength;
    options->protect = heads->kept;
    options->protect_count = heads->kept_count;
    return options->creative != NULL;
}

/* An upscaler for each pass; only the last tells of its progress. The first one may be creative, another then does the
 * faces that are to be enhanced; and where it is to be known what was invented, the faithful one works beside it. */
static bool make_upscalers(const struct worker_job *job, const struct heads *heads, struct stream_job *stream,
                           struct progress *progress, struct failure *failure)
{
    const struct choice *choice = &job->choice;
    bool good = true;
    for (int i = 0; i < stream->passes && good; i++) {
        fovea_options options = {.progress = i == stream->passes - 1 ? within_band : NULL, .progress_user = progress};
        if (i == 0 && choice->creative) good = make_creative(job, choice->creative, heads, &options, failure);
        good = good && make_upscaler(job, i ? choice->later : choice->net, options, &stream->upscalers[i], failure);
    }
    if (good && heads->enhanced_count) {
        fovea_options options = {.progress = NULL};
        good = make_creative(job, choice->face, heads, &options, failure) &&
               make_upscaler(job, choice->net, options, &stream->over, failure);
    }
    if (good && choice->creative && job->measures)
        good = make_upscaler(job, choice->net, (fovea_options){.progress = NULL}, &stream->faithful, failure);
    return good;
}

static void free_upscalers(struct stream_job *stream)
{
    fovea_upscaler_free(stream->over);
    fovea_upscaler_free(stream->faithful);
    for (int i = 0; i < stream->passes; i++) fovea_upscaler_free(stream->upscalers[i]);
}

/* On the disk before it gets its name: a power cut must not leave a name without its content. */
static void finish_file(int fd, struct worker_message *result, struct failure *failure)
{
    struct stat about;
    if (fsync(fd) && errno != EINVAL && errno != EROFS)
        failure_set(failure, OUTCOME_RESOURCES, "can't write the result: %s", strerror(errno));
    if (fstat(fd, &about) == 0) result->bytes = (uint64_t)about.st_size;
}

/* ---- The net ---- */

static bool wants_faces(const struct worker_job *job)
{
    return job->keeps_faces && job->strength > 0 && !job->dry_run && job->wish.creative != NET_CREATIVE_NEVER;
}

/* Must the pixels be looked at, to choose or for the faces? For a dry run the head has to do, but for the mode. */
static bool wants_look(const struct worker_job *job, const struct look *look)
{
    if (job->wish.creative == NET_CREATIVE_BY_PICTURE || wants_faces(job)) return true;
    return job->wish.open && !job->dry_run && !look_head_decides(look) &&
           (job->shows_net || net_exists(job->nets, FOVEA_KIND_SCREEN));
}

/* Creative mode has use for all figures. */
static bool look_at(const struct worker_job *job, struct picture *picture, struct look *look, struct failure *failure)
{
    picture_keep(picture);
    bool seen = job->wish.creative == NET_CREATIVE_NEVER ? look_for_kind(look, picture, failure)
                                                         : look_pixels(look, picture, wants_faces(job), failure);
    return seen && picture_rewind(picture, failure);
}

static double times_of(const struct worker_job *job, const struct picture_info *info)
{
    int64_t w, h;
    if (job->size.kind == SIZED_FACTOR) return job->size.a;
    size_of(&job->size, info->width, info->height, &w, &h);
    double x = (double)w / info->width, y = (double)h / info->height;
    return x > y ? x : y;
}

/* Mode and nets, and in result which and why. */
static bool choose(struct worker_job *job, const struct look *look, const struct picture_info *info,
                   struct worker_message *result, struct failure *failure)
{
    struct choice *choice = &job->choice;
    if (!choice_make(choice, job->nets, &job->wish, times_of(job, info), look, failure)) return false;
    result->net = (int32_t)(choice->net - job->nets->list);
    snprintf(result->reason, sizeof result->reason, "%s", choice->reason);
    snprintf(result->mode_reason, sizeof result->mode_reason, "%s", choice->mode_reason);
    return true;
}

/* What is done with the faces, and in result how many there are of each. */
static void sort_faces(const struct worker_job *job, const struct look *look, const struct picture_info *info,
                       struct heads *heads, struct worker_message *result)
{
    const struct choice *choice = &job->choice;
    *heads = (struct heads){.kept_count = 0};
    if (!choice->creative || !look->has_faces) return;
    heads_sort(heads, look, info->width, info->height, choice->face != NULL);
    result->faces = heads->kept_count;
    result->enhanced = heads->enhanced_count;
    if (heads->enhanced_count) result->face = (int32_t)(choice->face - job->nets->list);
}

/* Where the enhanced faces go in the first pass's result. */
static void place_faces(const struct heads *heads, const struct picture_info *info, struct feather feathers[FOVEA_FACES],
                        struct stream_job *stream)
{
    int32_t w, h;
    fovea_format format;
    if (!stream->over) return;
    stream_first_result(stream, &w, &h, &format);
    for (int i = 0; i < heads->enhanced_count; i++)
        feathers[i] = (struct feather){heads_in_result(heads->enhanced[i], info->width, info->height, w, h), w, h};
    stream->feathers = feathers;
    stream->feathers_count = heads->enhanced_count;
}

/* What the first pass invents is kept account of, where that is wanted. */
static bool watch(const struct picture_info *info, struct stream_job *stream, struct invented *invented,
                  struct failure *failure)
{
    if (!stream->faithful) return true;
    int32_t w, h;
    fovea_format format;
    stream_first_result(stream, &w, &h, &format);
    stream->beside = invented_rows;
    stream->beside_user = invented;
    return invented_new(invented, info->width, info->height, w, h, format, failure);
}

/* A file that nobody reads rightly would be no result. */
static void keep_profile(const struct picture *picture, struct picture_target *target)
{
    if (target->format != FORMAT_JXL || target->lossless || target->strip || picture_jxl_keeps_profile(picture)) return;
    target->lossless = true;
    say_note("without loss, and so larger: a lossy JPEG XL would be read without its colour profile");
}

static void enlarge(const struct worker_job *general, struct picture *picture, const struct look *look,
                    struct worker_message *result, struct failure *failure)
{
    struct worker_job chosen = *general;
    const struct worker_job *job = &chosen; /* with the net for this picture */
    struct picture_info info;
    struct picture_target target;
    struct progress progress = {0};
    struct invented invented = {.w = 0};
    picture_get_info(picture, &info);
    result->source_width = info.width;
    result->source_height = info.height;
    if (*info.note) say_note(info.note);
    struct stream_job stream = {.source = picture, .target = &target, .progress = begin_band, .user = &progress};
    progress.stream = &stream;
    if (!choose(&chosen, look, &info, result, failure) || !plan_target(job, &info, &target, &stream.passes, failure)) return;
    keep_profile(picture, &target);
    result->width = target.width;
    result->height = target.height;
    if (stream.passes == 0) chosen.choice.creative = NULL;
    result->creative = chosen.choice.creative ? (int32_t)(chosen.choice.creative - job->nets->list) : -1;
    struct heads heads;
    struct feather feathers[FOVEA_FACES];
    sort_faces(job, look, &info, &heads, result);
    if (!foresee(job, look, &info, &target, &result->bytes, failure) || job->dry_run) return;
    result->bytes = 0;
    if (stream.passes == 0) {
        snprintf(result->kernels, sizeof result->kernels, "plain");
        result->threads = 1;
        if (make_shrinker(job, &info, &target, &stream, failure) && stream_run(&stream, failure))
            finish_file(job->target, result, failure);
        fovea_shrinker_free(stream.shrinker);
        return;
    }
    if (make_upscalers(job, &heads, &stream, &progress, failure) && watch(&info, &stream, &invented, failure)) {
        fovea_upscaler_info about = {.struct_size = sizeof about};
        fovea_upscaler_get_info(stream.upscalers[0], &about);
        place_faces(&heads, &info, feathers, &stream);
        snprintf(result->kernels, sizeof result->kernels, "%s", about.kernels);
        result->threads = about.threads;
        if (stream_run(&stream, failure)) {
            result->invention = invented_sum(&invented);
            invented_write(&invented, job->map, failure);
            finish_file(job->target, result, failure);
        }
    }
    invented_free(&invented);
    free_upscalers(&stream);
}

void work(const struct worker_job *job, int pipe_end)
{
    report_pipe = pipe_end;
    struct worker_message result = {.said = WORKER_RESULT, .net = -1, .creative = -1, .face = -1, .faces = -1};
    struct look look;
    struct failure failure = FAILURE_NONE;
    double begin = clock_seconds();
    /* Not earlier: decoders must be loaded. Not later: nothing has been decoded so far. */
    if ((sandbox_enter_worker() & job->sandbox) != job->sandbox)
        failure_set(&failure, OUTCOME_FAILED, "not decoded: a protection that held before does not hold now");
    struct picture *picture = failure.outcome != OUTCOME_DONE
                                  ? NULL
                                  : picture_open(job->source, job->source_format, job->scratch, job->max_pixels, &failure);
    look_head(&look, job->source, job->source_format);
    if (picture && (!wants_look(job, &look) || look_at(job, picture, &look, &failure)))
        enlarge(job, picture, &look, &result, &failure);
    picture_close(picture);
    if (failure.outcome == OUTCOME_DONE && picture_was_damaged()) {
        result.damaged = 1;
        say_note(PICTURE_DAMAGED);
    }
    result.seconds = clock_seconds() - begin;
    result.outcome = (int32_t)failure.outcome;
    snprintf(result.text, sizeof result.text, "%s", failure.text);
    say(&result);
}
