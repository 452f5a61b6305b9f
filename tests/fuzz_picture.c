/* SPDX-License-Identifier: MIT
 *
 * libFuzzer target for the way of a picture: any bytes as a file, decoded, enlarged with the smallest net there is and
 * encoded, in one process, by the very functions that the command's workers run. The last byte chooses the format of the
 * result; decoders pay no heed to it. A result that is told to be whole must be a picture of the promised size. */
#define _GNU_SOURCE 1
#include "work.c" /* for what work() does */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "format.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(cond) \
    do { \
        if (!(cond)) { \
            dprintf(2, "fuzz_picture: line %d: %s\n", __LINE__, #cond); \
            abort(); \
        } \
    } while (0)

enum { MAX_PIXELS = 10000 };

static struct net_set nets;

static int nameless(void)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    EXPECT(fd >= 0);
    return fd;
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct failure failure = FAILURE_NONE;
    (void)count;
    (void)words;
    EXPECT(picture_start("fuzz_picture"));
    for (int format = 0; format < FORMAT_COUNT; format++) picture_prepare((enum format)format);
    EXPECT(net_set_open(&nets, FOVEA_EFFORT_FAST, &failure));
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    EXPECT(nowhere >= 0);
    say_through(nowhere);
    return 0;
}

static void check_result(int fd, enum format format, const struct worker_message *said)
{
    struct failure failure = FAILURE_NONE;
    struct picture_info info;
    EXPECT(format_of_file(fd) == format);
    struct picture *again = picture_open(fd, format, -1, 1 << 24, &failure);
    EXPECT(again);
    picture_get_info(again, &info);
    EXPECT(info.width == said->width && info.height == said->height);
    unsigned char *row = malloc((size_t)info.width * fovea_format_size(info.format));
    for (int32_t y = 0; row && y < info.height; y++) EXPECT(picture_read(again, 1, row, &failure));
    free(row);
    picture_close(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum format targets[] = {FORMAT_PNG, FORMAT_JPEG, FORMAT_WEBP, FORMAT_TIFF};
    if (!size) return 0;
    struct failure failure = FAILURE_NONE;
    struct worker_message result = {.said = WORKER_RESULT};
    struct worker_job job = {
        .source = nameless(),
        .target = nameless(),
        .scratch = -1,
        .target_format = targets[data[size - 1] % 4],
        .nets = &nets,
        .wish = {.kind = FOVEA_KIND_PHOTO, .open = true},
        .room = UINT64_MAX,
        .size = {SIZED_FACTOR, data[size - 1] & 64 ? 1.5 : 2, 0, 0},
        .threads = 1,
        .max_pixels = MAX_PIXELS,
    };
    EXPECT(write(job.source, data, size) == (ssize_t)size && lseek(job.source, 0, SEEK_SET) == 0);
    job.source_format = format_of_file(job.source);
    if (job.source_format != FORMAT_UNKNOWN && format_about(job.source_format)->read) {
        struct picture *picture = picture_open(job.source, job.source_format, -1, job.max_pixels, &failure);
        struct look look;
        EXPECT((picture != NULL) == (failure.outcome == OUTCOME_DONE));
        look_head(&look, job.source, job.source_format);
        if (picture && (!wants_look(&job, &look) || look_at(&job, picture, &look, &failure)))
            resize(&job, picture, &look, &result, &failure);
        picture_close(picture);
        if (failure.outcome == OUTCOME_DONE)
            check_result(job.target, job.target_format, &result);
        else
            EXPECT(*failure.text);
    }
    close(job.source);
    close(job.target);
    return 0;
}
