/* SPDX-License-Identifier: MIT
 *
 *     decoder thread -> bands -> pass (window, upscaler) -> bands -> ... -> last pass, on the calling thread -> bands
 *     -> encoder thread
 *
 * A pass's window holds the rows that the band of its result being made is computed from: the upscaler says which
 * (fovea_rect_source_sized). Neighbouring bands share rows at their seam, so rows stay in it until no later band needs
 * them.
 *
 * At each seam the net's first layers compute some rows twice. A band is therefore many times higher than the rows it
 * shares, as far as memory allows, and the encoder gets its rows while it is still being made. */
#define _GNU_SOURCE 1
#include "stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bands.h"
#include "room.h"

#define SOURCE_BANDS 3 /* at least; as many as SOURCE_BYTES hold, so that a pass finds what it needs for its next band */
#define SOURCE_BYTES ((size_t)4 << 20)
#define RESULT_BANDS 2
#define SOURCE_BAND_ROWS 32
#define RESULT_BAND_BYTES ((size_t)24 << 20) /* a band is kept below this, as long as it has MIN_ROWS */
#define MIN_ROWS 32
#define MAX_ROWS 4096
#define SEAMS 96 /* a band is this many times as high as the rows it shares with one neighbour */

/* Rows [first, first + count) of what comes in. */
struct window {
    unsigned char *rows;
    size_t stride;
    int32_t first, count, capacity;
};

struct pass {
    struct stream *stream;
    fovea_upscaler *upscaler, *over; /* the latter for what is made anew, or NULL */
    int32_t width, height, result_width, result_height;
    enum fovea_format format, result_format;
    size_t result_stride;
    int32_t band_rows; /* rows of the result in a band */
    struct bands *in, *out;
    struct window window;
    unsigned char *beside; /* first pass: a band of the other result, or NULL */
    unsigned char *anew;   /* what of a band is made anew, or NULL */
    struct failure failure;
    int32_t early; /* rows of the band at work that may go on before all of it is there */
    bool last;
};

struct stream {
    const struct stream_job *job;
    struct pass passes[STREAM_MAX_PASSES];
    struct bands bands[STREAM_MAX_PASSES + 1]; /* bands[i]: what pass i reads */
    struct failure decoding, computing, encoding;
    bool written; /* the encoder has had all rows and is content */
};

/* Whoever fails or is done for stops everybody. */
static void stop(struct stream *stream)
{
    for (int i = 0; i <= stream->job->passes; i++) bands_abort(&stream->bands[i]);
}

/* ---- Decoder ----------------------------------------------------------------------------------------------- */

static void *decode(void *user)
{
    struct stream *stream = user;
    struct bands *bands = &stream->bands[0];
    int32_t height = stream->passes[0].height;
    for (int32_t y = 0; y < height; y += SOURCE_BAND_ROWS) {
        struct band *band = bands_empty(bands);
        if (!band) break;
        band->y = y;
        band->rows = height - y < SOURCE_BAND_ROWS ? height - y : SOURCE_BAND_ROWS;
        if (!picture_read(stream->job->source, band->rows, band->pixels, &stream->decoding)) {
            stop(stream);
            break;
        }
        bands_filled(bands);
    }
    bands_end(bands);
    picture_thread_end();
    return NULL;
}

/* ---- Encoder ----------------------------------------------------------------------------------------------- */

static bool next_row(void *user, int32_t y, unsigned char *pixels)
{
    struct stream *stream = user;
    struct bands *bands = &stream->bands[stream->job->passes];
    size_t stride = stream->passes[stream->job->passes - 1].result_stride;
    struct band *band = bands_row(bands, y);
    if (!band) return false;
    memcpy(pixels, band->pixels + (size_t)(y - band->y) * stride, stride);
    if (y == band->y + band->rows - 1) bands_taken(bands);
    return true;
}

static void *encode(void *user)
{
    struct stream *stream = user;
    stream->written = picture_write(stream->job->source, stream->job->target, next_row, stream, &stream->encoding);
    if (!stream->written) stop(stream);
    picture_thread_end();
    return NULL;
}

/* ---- A pass ------------------------------------------------------------------------------------------------ */

/* Makes the window start at row first, or a little earlier, and reach at least to row end. */
static bool window_move(struct pass *pass, int32_t first, int32_t end)
{
    struct window *window = &pass->window;
    int32_t old = first - window->first;
    if (old > 0 && old <= window->count) {
        window->count -= old;
        window->first = first;
        memmove(window->rows, window->rows + (size_t)old * window->stride, (size_t)window->count * window->stride);
    }
    while (window->first + window->count < end) {
        struct band *band = bands_next(pass->in);
        if (!band || window->count + band->rows > window->capacity) return false;
        memcpy(window->rows + (size_t)window->count * window->stride, band->pixels, (size_t)band->rows * window->stride);
        window->count += band->rows;
        bands_taken(pass->in);
    }
    return true;
}

/* The faithful result of the rectangle, shown beside the one in target. It never needs more of the source. */
static fovea_status compute_beside(struct pass *pass, const fovea_source *source, fovea_rect rect, const fovea_target *target,
                                   fovea_error *error)
{
    const struct stream_job *job = pass->stream->job;
    fovea_target beside = {pass->beside, target->stride, target->format};
    fovea_status status = fovea_upscale_rect(job->faithful, source, rect, &beside, error);
    if (!status) job->beside(job->beside_user, rect.y, rect.h, target->pixels, pass->beside, target->stride);
    return status;
}

static fovea_rect common(fovea_rect a, fovea_rect b)
{
    int32_t x = a.x > b.x ? a.x : b.x, right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    int32_t y = a.y > b.y ? a.y : b.y, bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    return right > x && bottom > y ? (fovea_rect){x, y, right - x, bottom - y} : (fovea_rect){0, 0, 0, 0};
}

/* What of the rectangle is made anew, mixed over the result in target. */
static fovea_status compute_over(struct pass *pass, const fovea_source *source, fovea_rect rect, const fovea_target *target,
                                 fovea_error *error)
{
    const struct stream_job *job = pass->stream->job;
    size_t pixel = fovea_format_size(target->format);
    fovea_status status = FOVEA_OK;
    for (int i = 0; i < job->feathers_count && !status; i++) {
        fovea_rect part = common(job->feathers[i].rect, rect);
        fovea_target over = {pass->anew, (size_t)part.w * pixel, target->format};
        if (part.h == 0) continue;
        status = fovea_upscale_rect(pass->over, source, part, &over, error);
        if (!status)
            feather_mix(&job->feathers[i], part, target->format, over.pixels, over.stride,
                        (unsigned char *)target->pixels + (size_t)(part.y - rect.y) * target->stride + (size_t)part.x * pixel,
                        target->stride);
    }
    return status;
}

/* Rows of a band that stay as the upscaler makes them, from its top. */
static int32_t rows_before_over(const struct pass *pass, const struct band *band)
{
    const struct stream_job *job = pass->stream->job;
    int32_t rows = band->rows;
    for (int i = 0; pass->over && i < job->feathers_count; i++) {
        fovea_rect part = common(job->feathers[i].rect, (fovea_rect){0, band->y, pass->result_width, rows});
        if (part.h > 0) rows = part.y - band->y;
    }
    return rows;
}

/* The window of the source that a rectangle of the result is made from, what is made anew included. */
static fovea_status source_of(const struct pass *pass, fovea_rect rect, fovea_rect *need)
{
    fovea_rect other;
    fovea_status status = fovea_rect_source_sized(pass->upscaler, pass->width, pass->height, pass->result_width,
                                                  pass->result_height, rect, need);
    if (!status && pass->over)
        status = fovea_rect_source_sized(pass->over, pass->width, pass->height, pass->result_width, pass->result_height, rect,
                                         &other);
    if (!status && pass->over && other.h > need->h) *need = other; /* which holds the other one: both reach as far up as down */
    return status;
}

static bool compute_band(struct pass *pass, struct band *band)
{
    const struct window *window = &pass->window;
    fovea_rect rect = {0, band->y, pass->result_width, band->rows}, need;
    fovea_error error = {.message = "odd rectangle"};
    fovea_target target = {band->pixels, pass->result_stride, pass->result_format};
    fovea_status status = source_of(pass, rect, &need);
    if (!status) {
        if (!window_move(pass, need.y, need.y + need.h)) return false;
        fovea_source source = {window->rows,  window->stride,     pass->format,       0,
                               window->first, pass->width,        window->count,      pass->width,
                               pass->height,  pass->result_width, pass->result_height};
        status = fovea_upscale_rect(pass->upscaler, &source, rect, &target, &error);
        if (!status && pass->over) status = compute_over(pass, &source, rect, &target, &error);
        if (!status && pass->beside) status = compute_beside(pass, &source, rect, &target, &error);
    }
    if (status)
        failure_set(&pass->failure, status == FOVEA_ERROR_MEMORY ? OUTCOME_RESOURCES : OUTCOME_FAILED,
                    "can't be enlarged: %s (%s)", error.message, fovea_status_name(status));
    return status == FOVEA_OK;
}

static void *compute(void *user)
{
    struct pass *pass = user;
    const struct stream_job *job = pass->stream->job;
    int32_t height = pass->result_height;
    for (int32_t y = 0; y < height; y += pass->band_rows) {
        struct band *band = bands_empty(pass->out);
        if (!band) break;
        band->y = y;
        band->rows = height - y < pass->band_rows ? height - y : pass->band_rows;
        pass->early = rows_before_over(pass, band);
        pass->early -= pass->early == band->rows;
        if (pass->last && job->progress) job->progress(job->user, y, y + band->rows, height);
        if (!compute_band(pass, band)) {
            stop(pass->stream);
            break;
        }
        bands_filled(pass->out);
    }
    bands_end(pass->out);
    return NULL;
}

/* ---- The pass that shrinks --------------------------------------------------------------------------------- */

/* The next row of what comes in, out of *band, which is taken when it is used up. NULL: none is to be had. */
static const unsigned char *row_of_band(struct pass *pass, struct band **band, int32_t *used)
{
    if (*band && *used == (*band)->rows) {
        bands_taken(pass->in);
        *band = NULL;
    }
    if (!*band) {
        *band = bands_next(pass->in);
        *used = 0;
    }
    return *band ? (*band)->pixels + (size_t)(*used)++ * pass->window.stride : NULL;
}

static bool shrink_rows(struct pass *pass, struct band *out, struct band **in, int32_t *used)
{
    fovea_shrinker *shrinker = pass->stream->job->shrinker;
    for (int32_t i = 0; i < out->rows; i++) {
        while (!fovea_shrinker_ready(shrinker)) {
            const unsigned char *row = row_of_band(pass, in, used);
            if (!row) return false;
            if (fovea_shrinker_put(shrinker, row)) {
                failure_set(&pass->failure, OUTCOME_FAILED, "can't be shrunk");
                return false;
            }
        }
        fovea_shrinker_take(shrinker, out->pixels + (size_t)i * pass->result_stride);
    }
    return true;
}

static void *shrink(void *user)
{
    struct pass *pass = user;
    const struct stream_job *job = pass->stream->job;
    struct band *in = NULL;
    int32_t used = 0;
    for (int32_t y = 0; y < pass->result_height; y += pass->band_rows) {
        struct band *band = bands_empty(pass->out);
        if (!band) break;
        band->y = y;
        band->rows = pass->result_height - y < pass->band_rows ? pass->result_height - y : pass->band_rows;
        if (job->progress) job->progress(job->user, y, y + band->rows, pass->result_height);
        if (!shrink_rows(pass, band, &in, &used)) {
            stop(pass->stream);
            break;
        }
        bands_filled(pass->out);
    }
    bands_end(pass->out);
    return NULL;
}

/* ---- The whole --------------------------------------------------------------------------------------------- */

/* Rows beyond a band's own that it needs on one side. */
static int32_t margin(const struct pass *pass)
{
    fovea_rect need, middle = {0, pass->result_height / 2, 1, 1};
    if (source_of(pass, middle, &need)) return 0;
    return need.h / 2 + 1;
}

/* Bands of equal height, so that the last one is not a sliver with a band's overhead. */
static int32_t choose_band_rows(const struct pass *pass)
{
    const int64_t wished = (int64_t)margin(pass) * SEAMS * pass->result_height / pass->height;
    int32_t rows = wished > MAX_ROWS ? MAX_ROWS : (int32_t)wished;
    size_t affordable = RESULT_BAND_BYTES / pass->result_stride;
    if ((size_t)rows > affordable) rows = (int32_t)affordable;
    rows = rows < MIN_ROWS ? MIN_ROWS : rows;
    int32_t bands = (pass->result_height + rows - 1) / rows;
    rows = (pass->result_height + bands - 1) / bands;
    return rows + rows % 2;
}

/* What pass i reads and makes, known from the picture, the target and the passes before. */
static void plan_pass(struct stream *stream, int i)
{
    const struct stream_job *job = stream->job;
    struct pass *pass = &stream->passes[i], *before = i > 0 ? pass - 1 : NULL;
    struct picture_info info;
    fovea_upscaler_info about = {.struct_size = sizeof about};
    picture_get_info(job->source, &info);
    if (!job->shrinker) fovea_upscaler_get_info(job->upscalers[i], &about);
    *pass = (struct pass){.stream = stream, .upscaler = job->upscalers[i], .last = i == job->passes - 1};
    pass->over = before ? NULL : job->over;
    pass->width = before ? before->result_width : info.width;
    pass->height = before ? before->result_height : info.height;
    pass->format = before ? before->result_format : info.format;
    pass->result_width = pass->last ? job->target->width : pass->width * about.scale;
    pass->result_height = pass->last ? job->target->height : pass->height * about.scale;
    /* Between passes there are 16 bits, so that nothing is rounded twice. */
    pass->result_format = pass->last ? job->target->rows
                                     : (enum fovea_format)((int)info.format | (FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8));
    pass->result_stride = (size_t)pass->result_width * fovea_format_size(pass->result_format);
    pass->band_rows = job->shrinker ? MIN_ROWS : choose_band_rows(pass);
    pass->in = &stream->bands[i];
    pass->out = &stream->bands[i + 1];
}

/* Room for the largest part of a band that is made anew. */
static bool prepare_over(struct pass *pass)
{
    const struct stream_job *job = pass->stream->job;
    int32_t widest = 0;
    for (int k = 0; k < job->feathers_count; k++) widest = job->feathers[k].rect.w > widest ? job->feathers[k].rect.w : widest;
    if (!pass->over) return true;
    pass->anew = room_new((size_t)pass->band_rows * (size_t)widest * fovea_format_size(pass->result_format));
    return pass->anew != NULL;
}

static bool prepare_pass(struct stream *stream, int i)
{
    plan_pass(stream, i);
    struct pass *pass = &stream->passes[i];
    struct window *window = &pass->window;
    int32_t coming = i > 0 ? pass[-1].band_rows : SOURCE_BAND_ROWS;
    int32_t own = (int32_t)((int64_t)pass->band_rows * pass->height / pass->result_height) + 1;
    window->stride = (size_t)pass->width * fovea_format_size(pass->format);
    window->capacity = stream->job->shrinker ? 0 : own + 2 * margin(pass) + 2 * coming;
    window->rows = window->capacity ? room_new((size_t)window->capacity * window->stride) : NULL;
    size_t band_bytes = (size_t)pass->band_rows * pass->result_stride;
    bool beside = i == 0 && stream->job->faithful;
    pass->beside = beside ? room_new(band_bytes) : NULL;
    return (window->rows || !window->capacity) && (pass->beside || !beside) && prepare_over(pass) &&
           bands_make(pass->out, RESULT_BANDS, band_bytes);
}

static bool prepare(struct stream *stream)
{
    struct picture_info info;
    picture_get_info(stream->job->source, &info);
    size_t stride = (size_t)info.width * fovea_format_size(info.format);
    size_t affordable = SOURCE_BYTES / (SOURCE_BAND_ROWS * stride);
    int count = affordable < SOURCE_BANDS ? SOURCE_BANDS : affordable < BANDS_MOST ? (int)affordable : BANDS_MOST;
    bool ready = bands_make(&stream->bands[0], count, SOURCE_BAND_ROWS * stride);
    for (int i = 0; i < stream->job->passes && ready; i++) ready = prepare_pass(stream, i);
    if (!ready) failure_set(&stream->computing, OUTCOME_RESOURCES, "no memory for a picture %d pixels wide", info.width);
    return ready;
}

static void run(struct stream *stream)
{
    pthread_t encoder, others[STREAM_MAX_PASSES];
    int started = 0, last = stream->job->passes - 1;
    if (pthread_create(&encoder, NULL, encode, stream)) {
        failure_set(&stream->computing, OUTCOME_RESOURCES, "can't start a thread");
        return;
    }
    bool all = pthread_create(&others[started], NULL, decode, stream) == 0;
    started += all;
    for (int i = 0; i < last && all; i++) {
        all = pthread_create(&others[started], NULL, compute, &stream->passes[i]) == 0;
        started += all;
    }
    if (all) {
        (stream->job->shrinker ? shrink : compute)(&stream->passes[last]);
    } else {
        failure_set(&stream->computing, OUTCOME_RESOURCES, "can't start a thread");
        stop(stream);
    }
    pthread_join(encoder, NULL);
    stop(stream); /* those of whom nobody wants any more rows */
    for (int i = 0; i < started; i++) pthread_join(others[i], NULL);
}

void stream_first_result(const struct stream_job *job, int32_t *w, int32_t *h, fovea_format *format)
{
    struct stream stream = {.job = job};
    plan_pass(&stream, 0);
    *w = stream.passes[0].result_width;
    *h = stream.passes[0].result_height;
    *format = stream.passes[0].result_format;
}

void stream_hand_over(const struct stream_job *job)
{
    const struct pass *last = job->running ? &job->running->passes[job->passes - 1] : NULL;
    int32_t rows = last ? fovea_upscaler_finished(last->upscaler) : 0;
    if (last && rows > last->early) rows = last->early;
    if (rows > 0) bands_ready(last->out, rows);
}

bool stream_run(struct stream_job *job, struct failure *failure)
{
    struct stream stream = {.job = job};
    job->running = &stream;
    if (prepare(&stream)) run(&stream);
    for (int i = 0; i <= job->passes; i++) bands_free(&stream.bands[i]);
    job->running = NULL;
    const struct failure *first = &stream.decoding;
    if (first->outcome != OUTCOME_DONE) failure_set(failure, first->outcome, "%s", first->text);
    for (int i = 0; i < job->passes; i++) {
        free(stream.passes[i].window.rows);
        free(stream.passes[i].beside);
        free(stream.passes[i].anew);
        if (stream.passes[i].failure.outcome != OUTCOME_DONE)
            failure_set(failure, stream.passes[i].failure.outcome, "%s", stream.passes[i].failure.text);
    }
    const struct failure *others[] = {&stream.computing, &stream.encoding};
    for (int i = 0; i < 2; i++)
        if (others[i]->outcome != OUTCOME_DONE) failure_set(failure, others[i]->outcome, "%s", others[i]->text);
    if (!stream.written) failure_set(failure, OUTCOME_FAILED, "stopped for no reason given");
    return failure->outcome == OUTCOME_DONE;
}
