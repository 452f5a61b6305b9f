/* SPDX-License-Identifier: MIT
 *
 * libFuzzer target for what the user types and what files are called: any bytes, a word a line, as a command line; where
 * it is accepted, the template, suffix and folder make the name of a result from the last word taken as a picture's.
 * What is printed or reported of any of it must hold no control character. */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "output.h"
#include "place.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS = 24 };

#define EXPECT(cond) \
    do { \
        if (!(cond)) { \
            dprintf(2, "fuzz_options: line %d: %s\n", __LINE__, #cond); \
            abort(); \
        } \
    } while (0)

/* Whole lines, no control character, and one line at most where one is promised. */
static void expect_harmless(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) EXPECT((unsigned char)text[i] >= ' ' || (text[i] == '\n' && i + 1 == size));
}

static void check_names(const struct options *options, char *picture)
{
    const struct input input = {.path = picture, .below = (char *)"a/b/"};
    char *path = place_path(options, &input, FORMAT_JPEG), *json = NULL;
    size_t size;
    EXPECT(path);
    if (!options->output) { /* beside its source, whatever the template says */
        const size_t folder = (size_t)(output_base(picture) - picture);
        EXPECT(!strcmp(picture, "-") || (!strncmp(path, picture, folder) && !strchr(path + folder, '/')));
    }
    place_own_source_size(options, output_base(picture));
    place_source_size(output_base(picture));
    FILE *out = open_memstream(&json, &size);
    EXPECT(out);
    report_json(path, out);
    fclose(out);
    expect_harmless(json, size);
    EXPECT(size >= 2 && json[0] == '"' && json[size - 1] == '"');
    free(json);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *words[WORDS + 2] = {(char *)"fovea"}, *said = NULL;
    size_t length;
    int count = 1;
    struct options options;
    memcpy(text, data, size);
    text[size] = 0;
    for (char *word = text, *end; count <= WORDS && word < text + size; word = end + 1) {
        end = word + strcspn(word, "\n");
        *end = 0;
        words[count++] = word;
    }

    FILE *screen = stderr;
    stderr = open_memstream(&said, &length);
    EXPECT(stderr);
    const bool good = options_parse(&options, count, words);
    fflush(stderr);
    EXPECT(good == (length == 0)); /* one line says what is wrong */
    expect_harmless(said, length);
    if (good && options.command == COMMAND_UPSCALE) {
        int64_t w, h;
        size_of(&options.size, 640, 480, &w, &h);
        EXPECT(w >= 1 && h >= 1);
        EXPECT(options.pictures_count >= 1 && options.pictures_count < count);
        options.output_is_folder = true;
        check_names(&options, options.pictures[options.pictures_count - 1]);
    }
    const size_t before = length;
    report_line(words[count - 1], words[count / 2]);
    fclose(stderr);
    stderr = screen;
    expect_harmless(said + before, length - before);
    free(options.pictures);
    free(said);
    free(text);
    return 0;
}
