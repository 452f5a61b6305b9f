/* SPDX-License-Identifier: MIT
 *
 * A result's name is the template's, "{name}{suffix}.{ext}" when there is none. It goes beside its source, or below
 * the folder of -o in the same tree as its source. */
#define _GNU_SOURCE 1
#include "place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "output.h"
#include "report.h"

#define DEFAULT_TEMPLATE "{name}{suffix}.{ext}"
#define SUFFIX_SIZE 40

/* The part of a file name before its extension; a dot in front belongs to the name. */
static size_t stem_size(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - name) : strlen(name);
}

static enum format named_format(const char *path)
{
    const char *dot = strrchr(output_base(path), '.');
    return dot ? format_by_extension(dot + 1) : FORMAT_UNKNOWN;
}

static enum format demanded_format(const struct options *options)
{
    if (options->format != FORMAT_UNKNOWN) return options->format;
    if (options->output && !options->output_is_folder) return named_format(options->output);
    return options->template ? named_format(options->template) : FORMAT_UNKNOWN;
}

bool place_names_format(const struct options *options) { return demanded_format(options) != FORMAT_UNKNOWN; }

enum format place_format(const struct options *options, enum format source)
{
    enum format demanded = demanded_format(options);
    if (demanded == FORMAT_UNKNOWN && options->keeps_format && format_about(source)->write) return source;
    return demanded != FORMAT_UNKNOWN ? demanded : use_format(options, source);
}

/* ---- Names ------------------------------------------------------------------------------------------------- */

struct words {
    const char *name;
    int name_size;
    const char *suffix;
    const char *extension;
    int extension_size;
    const char *scale; /* "2", "2.5"; otherwise what the suffix says */
    int scale_size;
    const char *from; /* the source's extension, where it has none what its format's is */
    int from_size;
};

/* The word "{...}" at text, without its braces, to out. Its length in the template, 0: there is no such word. */
static size_t put_word(const char *text, const struct words *words, FILE *out)
{
    static const char *const names[] = {"{name}", "{suffix}", "{ext}", "{scale}", "{from}"};
    size_t which = 0, size = 0;
    for (; which < sizeof names / sizeof *names; which++)
        if (!strncmp(text, names[which], size = strlen(names[which]))) break;
    if (which == sizeof names / sizeof *names) return 0;
    if (which == 0 && words)
        fwrite(words->name, 1, (size_t)words->name_size, out);
    else if (which == 1 && words)
        fputs(words->suffix, out);
    else if (which == 2 && words)
        fwrite(words->extension, 1, (size_t)words->extension_size, out);
    else if (which == 3 && words)
        fwrite(words->scale, 1, (size_t)words->scale_size, out);
    else if (words)
        fwrite(words->from, 1, (size_t)words->from_size, out);
    return size;
}

const char *place_check_template(const char *text)
{
    if (strchr(text, '/')) return "must not hold a slash: -r with -o DIR keeps the tree";
    if (!*text) return "must not be empty";
    while (*text) {
        size_t size = *text == '{' ? put_word(text, NULL, NULL) : 1;
        if (!size) return "knows {name} {suffix} {ext} {scale} {from}";
        text += size;
    }
    return NULL;
}

static void put_name(const char *template, const struct words *words, FILE *out)
{
    for (const char *at = template; *at;) {
        size_t size = *at == '{' ? put_word(at, words, out) : 0;
        if (!size) putc(*at, out);
        at += size ? size : 1;
    }
}

static void put_folder(const struct options *options, const struct input *input, FILE *out)
{
    const char *base = output_base(input->path), *output = options->output;
    if (output) {
        fputs(output, out);
        if (*output && output[strlen(output) - 1] != '/') putc('/', out);
        fputs(input->below, out);
    } else if (strcmp(input->path, "-")) {
        fwrite(input->path, 1, (size_t)(base - input->path), out);
    }
}

/* The source's own way of writing the extension (JPG, jpeg) is kept when the format is. */
char *place_path(const struct options *options, const struct input *input, enum format source)
{
    if (options->output && !options->output_is_folder) return strdup(options->output);
    enum format format = place_format(options, source);
    const char *base = strcmp(input->path, "-") ? output_base(input->path) : "stdin";
    const char *own = base + stem_size(base), *known = format_about(format)->extensions;
    bool keep = source == format && *own && format_by_extension(own + 1) == format;
    char suffix[SUFFIX_SIZE], *path = NULL;
    size_t size;
    size_suffix(&options->size, suffix, sizeof suffix);
    struct words words = {
        .name = base,
        .name_size = (int)stem_size(base),
        .suffix = options->suffix ? options->suffix : suffix,
        .extension = keep ? own + 1 : known,
        .extension_size = keep ? (int)strlen(own + 1) : (int)strcspn(known, " "),
        .scale = suffix + 1,
        .scale_size = (int)strlen(suffix + 1) - (options->size.kind == SIZED_FACTOR),
        .from = *own ? own + 1 : format_about(source)->extensions,
        .from_size = (int)(*own ? strlen(own + 1) : strcspn(format_about(source)->extensions, " ")),
    };
    FILE *out = open_memstream(&path, &size);
    if (!out) return NULL;
    put_folder(options, input, out);
    put_name(options->template ? options->template : DEFAULT_TEMPLATE, &words, out);
    if (fflush(out) == 0 && named_format(path) != format) fprintf(out, ".%.*s", words.extension_size, words.extension);
    if (fclose(out)) {
        free(path);
        return NULL;
    }
    return path;
}

size_t place_source_size(const char *name)
{
    const size_t stem = stem_size(name);
    const char *dash = memrchr(name, '-', stem);
    if (!dash || dash == name) return 0;
    return size_is_suffix(dash + 1, (size_t)(name + stem - dash - 1)) ? (size_t)(dash - name) : 0;
}

size_t place_own_source_size(const struct options *options, const char *name)
{
    char standard[SUFFIX_SIZE];
    size_suffix(&options->size, standard, sizeof standard);
    const char *suffix = options->suffix ? options->suffix : standard;
    const size_t size = strlen(suffix), stem = stem_size(name);
    return size && stem > size && !memcmp(name + stem - size, suffix, size) ? stem - size : 0;
}

/* ---- Folders ----------------------------------------------------------------------------------------------- */

static bool prepare_standard_output(const struct options *options)
{
    if (options->pictures_count > 1 || options->recursive)
        report_error("-o -: one picture at a time");
    else if (isatty(STDOUT_FILENO))
        report_error("-o -: a terminal can't show a picture; send it to a file or a pipe");
    else
        return true;
    return false;
}

static bool prepare_file(const struct options *options)
{
    enum format named = named_format(options->output);
    if (options->format == FORMAT_UNKNOWN && named == FORMAT_UNKNOWN)
        report_error("-o %s: the name doesn't say a format that can be written (jpg png webp avif tiff jxl); add -f",
                     options->output);
    else if (options->format != FORMAT_UNKNOWN && named != FORMAT_UNKNOWN && named != options->format)
        report_error("-o %s and -f %s contradict each other", options->output, format_about(options->format)->name);
    else if (options->template || options->suffix)
        report_error("-o %s is the name already: --name and --suffix go with a folder", options->output);
    else
        return true;
    return false;
}

/* A dry run only looks whether it could. false: errno says why. */
static bool make_folder(const char *path, bool dry_run)
{
    if (!dry_run) return mkdir(path, 0777) == 0;
    char *name = strdup(path);
    for (size_t end = name ? strlen(name) : 0; end > 1 && name[end - 1] == '/';) name[--end] = 0;
    char *parent = name ? output_folder(name) : NULL;
    const bool could = parent && access(parent, W_OK | X_OK) == 0;
    const int error = parent ? errno : ENOMEM;
    free(parent);
    free(name);
    errno = error;
    return could;
}

/* -o names a folder when it is one, ends like one, or has to be one for several pictures; then it is made. */
int place_prepare(struct options *options)
{
    struct stat about;
    const char *output = options->output;
    if (!output) return 0;
    if (!strcmp(output, "-")) return prepare_standard_output(options) ? 0 : 2;
    bool exists = stat(output, &about) == 0, is_folder = exists && S_ISDIR(about.st_mode);
    size_t length = strlen(output);
    const bool ends_like_one = length && output[length - 1] == '/';
    options->output_is_folder = is_folder || ends_like_one || options->pictures_count > 1 || options->recursive;
    if (!exists && !ends_like_one && options->output_is_folder && named_format(output) != FORMAT_UNKNOWN) {
        report_error("-o %s: is the name of one picture, and there may be several; a folder ends in /", output);
        return 2;
    }
    if (!options->output_is_folder) return prepare_file(options) ? 0 : 2;
    if (exists && !is_folder) {
        report_error("%s: is not a folder, and there may be several pictures", output);
        return 2;
    }
    if (exists || make_folder(output, options->dry_run)) return 0;
    const int error = errno;
    report_error("%s: can't be made: %s", output, strerror(error));
    return outcome_status(output_outcome(error));
}

bool place_make_folders(const struct options *options, const char *path, struct failure *failure)
{
    size_t start = options->output ? strlen(options->output) : 0;
    char *folder = start && options->output_is_folder ? strdup(path) : NULL;
    for (char *slash = folder ? strchr(folder + start, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(folder, 0777) && errno != EEXIST)
            failure_set(failure, output_outcome(errno), "can't make its folder: %s", strerror(errno));
        *slash = '/';
    }
    free(folder);
    return failure->outcome == OUTCOME_DONE;
}
