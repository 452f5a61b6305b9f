/* SPDX-License-Identifier: MIT
 *
 *     decoder thread -> source bands -> window -> upscaler (calling thread and its workers) -> result bands -> encoder
 *
 * The window holds the source rows that the band of the result being made is computed from: the upscaler says which
 * (fovea_rect_source). Neighbouring bands share rows at their seam, so rows stay in it until no later band needs them.
 *
 * At each seam the net's first layers compute some rows twice. A band is therefore many times higher than the rows it
 * shares (few are lost), but no higher (memory, and the encoder should start early). */
#define _GNU_SOURCE 1
#include "stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bands.h"

#define SOURCE_BANDS 3
#define RESULT_BANDS 2
#define SOURCE_BAND_ROWS 32
#define RESULT_BAND_BYTES ((size_t)24 << 20) /* a band is kept below this, as long as it has MIN_ROWS */
#define MIN_ROWS 16
#define MAX_ROWS 512
#define SEAMS 24 /* a band is this many times as high as the rows it shares with one neighbour */

/* Source rows [first, first + count) of the picture. */
struct window {
    unsigned char *rows;
    size_t stride;
    int32_t first, count, capacity;
};

struct stream {
    const struct stream_job *job;
    struct picture_info info;
    int32_t scale;
    int32_t band_rows; /* rows of the result in a band */
    size_t result_stride;
    struct window window;
    struct bands source, result;
    struct failure decoding, computing, encoding;
    bool written; /* the encoder has had all rows and is content */
};

/* Whoever fails or is done for stops everybody. */
static void stop(struct stream *stream) {
    bands_abort(&stream->source);
    bands_abort(&stream->result);
}

/* ---- Decoder ----------------------------------------------------------------------------------------------- */

static void *decode(void *user) {
    struct stream *stream = user;
    for (int32_t y = 0; y < stream->info.height; y += SOURCE_BAND_ROWS) {
        struct band *band = bands_empty(&stream->source);
        if (!band)
            break;
        band->y = y;
        band->rows = stream->info.height - y < SOURCE_BAND_ROWS ? stream->info.height - y : SOURCE_BAND_ROWS;
        if (!picture_read(stream->job->source, band->rows, band->pixels, &stream->decoding)) {
            stop(stream);
            break;
        }
        bands_filled(&stream->source);
    }
    bands_end(&stream->source);
    picture_thread_end();
    return NULL;
}

/* ---- Encoder ----------------------------------------------------------------------------------------------- */

static bool next_row(void *user, int32_t y, unsigned char *pixels) {
    struct stream *stream = user;
    struct band *band = bands_next(&stream->result);
    if (!band)
        return false;
    memcpy(pixels, band->pixels + (size_t)(y - band->y) * stream->result_stride, stream->result_stride);
    if (y == band->y + band->rows - 1)
        bands_taken(&stream->result);
    return true;
}

static void *encode(void *user) {
    struct stream *stream = user;
    stream->written = picture_write(stream->job->source, stream->job->target, next_row, stream, &stream->encoding);
    if (!stream->written)
        stop(stream);
    picture_thread_end();
    return NULL;
}

/* ---- Upscaler ---------------------------------------------------------------------------------------------- */

/* Makes the window start at row first, or a little earlier, and reach at least to row end. */
static bool window_move(struct stream *stream, int32_t first, int32_t end) {
    struct window *window = &stream->window;
    int32_t old = first - window->first;
    if (old > 0 && old <= window->count) {
        window->count -= old;
        window->first = first;
        memmove(window->rows, window->rows + (size_t)old * window->stride, (size_t)window->count * window->stride);
    }
    while (window->first + window->count < end) {
        struct band *band = bands_next(&stream->source);
        if (!band || window->count + band->rows > window->capacity)
            return false;
        memcpy(window->rows + (size_t)window->count * window->stride, band->pixels,
               (size_t)band->rows * window->stride);
        window->count += band->rows;
        bands_taken(&stream->source);
    }
    return true;
}

static bool compute_band(struct stream *stream, struct band *band) {
    const struct picture_info *info = &stream->info;
    const struct window *window = &stream->window;
    fovea_rect rect = {0, band->y, stream->job->target->width, band->rows}, need;
    fovea_error error = {.message = "odd rectangle"};
    fovea_target target = {band->pixels, stream->result_stride, stream->job->target->rows};
    fovea_status status =
        fovea_rect_source(stream->job->upscaler, info->width, info->height, rect, &need);
    if (!status) {
        if (!window_move(stream, need.y, need.y + need.h))
            return false;
        fovea_source source = {window->rows, window->stride, info->format, 0, window->first,
                               info->width,  window->count,  info->width,  info->height, 0, 0};
        status = fovea_upscale_rect(stream->job->upscaler, &source, rect, &target, &error);
    }
    if (status)
        failure_set(&stream->computing, status == FOVEA_ERROR_MEMORY ? OUTCOME_RESOURCES : OUTCOME_FAILED,
                    "can't be enlarged: %s (%s)", error.message, fovea_status_name(status));
    return status == FOVEA_OK;
}

static void compute(struct stream *stream) {
    const struct stream_job *job = stream->job;
    int32_t height = job->target->height;
    for (int32_t y = 0; y < height; y += stream->band_rows) {
        struct band *band = bands_empty(&stream->result);
        if (!band)
            break;
        band->y = y;
        band->rows = height - y < stream->band_rows ? height - y : stream->band_rows;
        if (job->progress)
            job->progress(job->user, y, y + band->rows, height);
        if (!compute_band(stream, band)) {
            stop(stream);
            break;
        }
        bands_filled(&stream->result);
    }
    bands_end(&stream->result);
}

/* ---- The whole --------------------------------------------------------------------------------------------- */

/* Source rows beyond a band's own that it needs on one side. */
static int32_t margin(const struct stream *stream) {
    fovea_rect need, middle = {0, stream->job->target->height / 2, 1, 1};
    if (fovea_rect_source(stream->job->upscaler, stream->info.width, stream->info.height, middle, &need))
        return 0;
    return need.h / 2 + 1;
}

/* Bands of equal height, so that the last one is not a sliver with a band's overhead. */
static int32_t choose_band_rows(const struct stream *stream) {
    int32_t rows = margin(stream) * SEAMS;
    rows = rows > MAX_ROWS ? MAX_ROWS : rows;
    size_t affordable = RESULT_BAND_BYTES / (stream->result_stride * (size_t)stream->scale);
    if ((size_t)rows > affordable)
        rows = (int32_t)affordable;
    rows = rows < MIN_ROWS ? MIN_ROWS : rows;
    int32_t height = stream->info.height, bands = (height + rows - 1) / rows;
    return (height + bands - 1) / bands * stream->scale;
}

static bool prepare(struct stream *stream) {
    const struct stream_job *job = stream->job;
    picture_get_info(job->source, &stream->info);
    stream->scale = job->target->width / stream->info.width;
    stream->result_stride = (size_t)job->target->width * fovea_format_size(job->target->rows);
    stream->band_rows = choose_band_rows(stream);
    struct window *window = &stream->window;
    window->stride = (size_t)stream->info.width * fovea_format_size(stream->info.format);
    window->capacity = stream->band_rows / stream->scale + 2 * margin(stream) + 2 * SOURCE_BAND_ROWS;
    window->rows = malloc((size_t)window->capacity * window->stride);
    if (window->rows && bands_make(&stream->source, SOURCE_BANDS, SOURCE_BAND_ROWS * window->stride) &&
        bands_make(&stream->result, RESULT_BANDS, (size_t)stream->band_rows * stream->result_stride))
        return true;
    failure_set(&stream->computing, OUTCOME_RESOURCES, "no memory for a picture %d pixels wide", stream->info.width);
    return false;
}

static void run(struct stream *stream) {
    pthread_t decoder, encoder;
    if (pthread_create(&decoder, NULL, decode, stream)) {
        failure_set(&stream->computing, OUTCOME_RESOURCES, "can't start a thread");
        return;
    }
    if (pthread_create(&encoder, NULL, encode, stream) == 0) {
        compute(stream);
        pthread_join(encoder, NULL);
    } else {
        failure_set(&stream->computing, OUTCOME_RESOURCES, "can't start a thread");
    }
    stop(stream); /* a decoder of which nobody wants any more rows */
    pthread_join(decoder, NULL);
}

bool stream_run(const struct stream_job *job, struct failure *failure) {
    struct stream stream = {.job = job};
    if (prepare(&stream))
        run(&stream);
    free(stream.window.rows);
    bands_free(&stream.source);
    bands_free(&stream.result);
    const struct failure *parts[] = {&stream.decoding, &stream.computing, &stream.encoding};
    for (int i = 0; i < 3; i++)
        if (parts[i]->outcome != OUTCOME_DONE)
            failure_set(failure, parts[i]->outcome, "%s", parts[i]->text);
    if (!stream.written)
        failure_set(failure, OUTCOME_FAILED, "stopped for no reason given");
    return failure->outcome == OUTCOME_DONE;
}
