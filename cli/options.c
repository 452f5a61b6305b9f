/* SPDX-License-Identifier: MIT
 *
 * A parser of its own, because the table has to be ours anyway and getopt prints file names raw. Short options bundle
 * (-vs3), long ones take "--scale 2" and "--scale=2", "--" ends them. */
#define _GNU_SOURCE 1
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "net.h"
#include "place.h"
#include "report.h"
#include "sample.h"

#define MAX_PIXELS_DEFAULT 500000000
#define TIMEOUT_DEFAULT 900

enum id {
    /* clang-format off */
    ID_OUTPUT, ID_SCALE, ID_TO, ID_ALLOW_SHRINK, ID_MODE, ID_STRENGTH, ID_FORCE_CREATIVE, ID_FACES, ID_FOR, ID_EFFORT,
    ID_SOURCE, ID_FORMAT, ID_QUALITY, ID_LOSSLESS, ID_STRIP, ID_RECURSIVE, ID_SKIP_EXISTING, ID_OVERWRITE, ID_SUFFIX,
    ID_NAME, ID_DRY_RUN, ID_SAMPLE, ID_SHARD, ID_REPORT, ID_JSON, ID_MAP, ID_STRICT, ID_THREADS, ID_PROGRESS,
    ID_MAX_PIXELS, ID_MAX_MEMORY, ID_TIMEOUT, ID_INPUT, ID_VERBOSE, ID_HELP, ID_VERSION,
    /* clang-format on */
};

const char *const command_names[COMMAND_VERSION] = {"upscale", "verify", "compare", "inspect", "models", "bench", "help"};

/* Whom an option concerns. */
enum {
    U = 1 << COMMAND_UPSCALE,
    V = 1 << COMMAND_VERIFY,
    C = 1 << COMMAND_COMPARE,
    I = 1 << COMMAND_INSPECT,
    B = 1 << COMMAND_BENCH,
    ALL = ~0,
};

/* clang-format off */
const struct option_row option_rows[] = {
    {ID_OUTPUT, 'o', "output", "FILE|DIR", NULL, "where to (NAME-2x.EXT beside the picture)", true, U | C},
    {ID_SCALE, 's', "scale", "N", "2 3 4", "how many times larger, above 1, up to 16 (2)", true, U},
    {ID_TO, 0, "to", "SIZE", "4k 8k", "fit into 4k 8k WxH 30x20cm@300; or long=N width=N ...", true, U},
    {ID_ALLOW_SHRINK, 0, "allow-shrink", NULL, NULL, "--to may also make a picture smaller", false, U},
    {ID_MODE, 'm', "mode", "MODE", "faithful creative auto", "faithful, creative or auto: by the picture (faithful)", true, U},
    {ID_STRENGTH, 0, "strength", "0..100", NULL, "creative: how much of what is invented (100)", false, U},
    {ID_FORCE_CREATIVE, 0, "force-creative", NULL, NULL, "-m creative even where --for forbids it", false, U},
    {ID_FACES, 0, "faces", "HOW", "protect enhance same", "creative: faces stay faithful, get a net of their own, or are as all else (protect)", false, U},
    {ID_FOR, 0, "for", "USE", "product old-photo print social screenshot ai-art real-estate", "old-photo, product, print, social ...: mode and file", true, U | I},
    {ID_EFFORT, 0, "effort", "EFFORT", "fast standard best", "fast, standard or best (standard)", false, U | I},
    {ID_SOURCE, 0, "source", "KIND", "auto clean jpeg screen", "auto, clean, jpeg or screen: what the picture is (auto)", false, U},
    {ID_FORMAT, 'f', "format", "FORMAT", "same jpg png webp avif tiff jxl", "same jpg png webp avif tiff jxl (same)", true, U},
    {ID_QUALITY, 'q', "quality", "1..100", NULL, "where it is lossy (JPEG, JXL 90; WebP, AVIF 80)", true, U},
    {ID_LOSSLESS, 0, "lossless", NULL, NULL, "keep every pixel in WebP and JXL", false, U},
    {ID_STRIP, 0, "strip", NULL, NULL, "leave out all metadata, the colour profile too", false, U},
    {ID_RECURSIVE, 'r', "recursive", NULL, NULL, "take the pictures in folders, keep the tree", true, U | I},
    {ID_SKIP_EXISTING, 0, "skip-existing", NULL, NULL, "pass over pictures whose result is there", false, U},
    {ID_OVERWRITE, 0, "overwrite", NULL, NULL, "replace results that are there", true, U | V | C},
    {ID_SUFFIX, 0, "suffix", "TEXT", NULL, "in place of -2x", false, U},
    {ID_NAME, 0, "name", "TEMPLATE", NULL, "name of the results: {name}{suffix}.{ext}; also {scale} {from}", false, U},
    {ID_DRY_RUN, 0, "dry-run", NULL, NULL, "say what would be done, and do nothing", false, U},
    {ID_SAMPLE, 0, "sample", NULL, NULL, "show a part of one picture first, and what all would take; then ask", false, U},
    {ID_SHARD, 0, "shard", "I/N", NULL, "do part I of N (from 1) of the pictures, for many machines", false, U},
    {ID_REPORT, 0, "report", "[=json]", "json", "say how faithful each result is, in words or as JSON", false, U | V | I},
    {ID_JSON, 0, "json", NULL, NULL, "verify, inspect: the answer as JSON", false, U | V | I},
    {ID_MAP, 0, "map", "FILE", NULL, "draw where detail was invented, as a PNG", false, U | V},
    {ID_STRICT, 0, "strict", NULL, NULL, "exit 5 where a result is not faithful, or a protection is missing", false, U | V | C | I},
    {ID_THREADS, 'j', "threads", "N", NULL, "threads at work (one a processor)", false, U | B},
    {ID_PROGRESS, 0, "progress", "STYLE", "auto plain json none", "auto, plain, json or none (auto)", false, U},
    {ID_MAX_PIXELS, 0, "max-pixels", "N", NULL, "refuse larger pictures (500000000)", false, U | V | C | I},
    {ID_MAX_MEMORY, 0, "max-memory", "BYTES", NULL, "memory a picture may take; K, M, G (all there is)", false, U | V | C | I},
    {ID_TIMEOUT, 0, "timeout", "S", NULL, "give up after S seconds without progress; verify and its kin after S in all (900)", false, U | V | C | I},
    {ID_INPUT, 'i', NULL, "PICTURE", NULL, "the same as PICTURE, as in other tools", false, ALL},
    {ID_VERBOSE, 'v', "verbose", NULL, NULL, "say more", false, ALL},
    {ID_HELP, 'h', "help", "[=WHAT]", "man bash zsh fish", "this; the man page, completions for a shell", false, ALL},
    {ID_VERSION, 0, "version", NULL, NULL, "the version; with -v kernels, nets and protections", false, ALL},
};
/* clang-format on */
const int option_rows_count = sizeof option_rows / sizeof *option_rows;

/* ---- Values ------------------------------------------------------------------------------------------------ */

static bool wrong(const struct option_row *row, const char *value, const char *why)
{
    if (row->name)
        report_error("--%s %s: %s", row->name, value, why);
    else
        report_error("-%c %s: %s", row->letter, value, why);
    return false;
}

static bool take_whole(const struct option_row *row, const char *value, int low, int high, int *number)
{
    char *end;
    errno = 0;
    long parsed = strtol(value, &end, 10);
    if (end == value || *end || errno || parsed < low || parsed > high) {
        char why[64];
        snprintf(why, sizeof why, "must be a whole number from %d to %d", low, high);
        return wrong(row, value, why);
    }
    *number = (int)parsed;
    return true;
}

/* "500000000", "2G": powers of 1024 for bytes. */
static bool take_large(const struct option_row *row, const char *value, bool bytes, uint64_t *number)
{
    char *end;
    errno = 0;
    uint64_t parsed = strtoull(value, &end, 10), factor = 1;
    if (end != value && *end && !end[1] && bytes) {
        const char *units = "KMG", *unit = strchr(units, *end & ~0x20);
        if (unit) factor = (uint64_t)1 << (10 * (unit - units + 1)), end++;
    }
    if (end == value || *end || errno || value[0] == '-' || parsed == 0 || parsed > (uint64_t)INT64_MAX / factor)
        return wrong(row, value, bytes ? "must be a number of bytes such as 800M or 2G" : "must be a whole number");
    *number = parsed * factor;
    return true;
}

/* The place of value among the row's words. */
static bool take_word(const struct option_row *row, const char *value, int *place)
{
    size_t length = strlen(value);
    *place = 0;
    for (const char *word = row->words; *word; (*place)++) {
        size_t size = strcspn(word, " ");
        if (size == length && !memcmp(word, value, size)) return true;
        word += size + strspn(word + size, " ");
    }
    char why[100];
    snprintf(why, sizeof why, "must be one of: %s", row->words);
    return wrong(row, value, why);
}

static bool take_scale(const struct option_row *row, const char *value, struct size *size)
{
    return size_parse_factor(value, size) || wrong(row, value, "must be a number above 1 and up to 16");
}

static bool take_target(const struct option_row *row, const char *value, struct size *size)
{
    return size_parse_target(value, size) ||
           wrong(row, value,
                 "must be like 4k, 8k, 3000x2000, long=3000, short=, width=, height=, mp=24, 30x20cm@300 or 12x8in@300");
}

static bool take_mode(const struct option_row *row, const char *value, enum mode *mode)
{
    static const char *const words[] = {[MODE_FAITHFUL] = "faithful", [MODE_CREATIVE] = "creative", [MODE_AUTO] = "auto"};
    struct stat about;
    for (*mode = MODE_FAITHFUL; *mode <= MODE_AUTO; ++*mode)
        if (!strcmp(value, words[*mode])) return true;
    if (strchr(value, '/') || (!stat(value, &about) && S_ISDIR(about.st_mode)))
        return wrong(row, value, "-m is the mode here, not a folder of models: the nets are built in (see fovea models)");
    return wrong(row, value, "must be one of: faithful creative auto");
}

static bool take_use(const struct option_row *row, const char *value, fovea_use *use)
{
    int place;
    *use = fovea_advice_use_by_name(value);
    return *use != FOVEA_USE_ANY || take_word(row, value, &place);
}

static bool take_format(const struct option_row *row, const char *value, struct options *options)
{
    int place;
    options->keeps_format = !strcmp(value, "same");
    options->format = options->keeps_format ? FORMAT_UNKNOWN : format_by_extension(value);
    return options->keeps_format || options->format != FORMAT_UNKNOWN || take_word(row, value, &place);
}

static bool take_suffix(const struct option_row *row, const char *value, const char **suffix)
{
    if (strchr(value, '/')) return wrong(row, value, "must not hold a slash");
    *suffix = value;
    return true;
}

static bool take_template(const struct option_row *row, const char *value, const char **template)
{
    const char *why = place_check_template(value);
    *template = value;
    return !why || wrong(row, value, why);
}

static bool take_report(const struct option_row *row, const char *value, enum report_style *style)
{
    if (value && strcmp(value, "json")) return wrong(row, value, "must be json, or nothing");
    *style = value ? REPORT_JSON : REPORT_WORDS;
    return true;
}

/* "2/8", or "/8" where a scheduler's variable tells which. */
static bool take_shard(const struct option_row *row, const char *value, struct options *options)
{
    int used = 0, index = 0, count = 0;
    bool good = *value == '/' ? sscanf(value, "/%d%n", &count, &used) == 1
                              : sscanf(value, "%d/%d%n", &index, &count, &used) == 2 && index >= 1 && index <= count;
    if (!good || value[used] || count < 1 || count > 1000000) return wrong(row, value, "must be I/N with I from 1 to N");
    options->shard_index = index - 1;
    options->shard_count = count;
    return true;
}

static bool take_timeout(const struct option_row *row, const char *value, double *seconds)
{
    char *end;
    *seconds = strtod(value, &end);
    if (end == value || *end || !(*seconds > 0 && *seconds < 1e9)) return wrong(row, value, "must be a number of seconds");
    return true;
}

/* ---- Parsing ----------------------------------------------------------------------------------------------- */

static bool take(struct options *options, const struct option_row *row, char *value)
{
    int place = 0;
    options->given |= (uint64_t)1 << row->id;
    switch ((enum id)row->id) {
    case ID_OUTPUT: options->output = value; return true;
    case ID_SCALE: options->scaled = true; return take_scale(row, value, &options->size);
    case ID_TO: options->fitted = true; return take_target(row, value, &options->size);
    case ID_ALLOW_SHRINK: return options->allow_shrink = true;
    case ID_MODE: return take_mode(row, value, &options->mode);
    case ID_STRENGTH: return take_whole(row, value, 0, 100, &options->strength);
    case ID_FACES: return take_word(row, value, &place) && (options->faces = (enum faces)(place + 1), true);
    case ID_FORCE_CREATIVE: return options->force_creative = true;
    case ID_FOR: return take_use(row, value, &options->use);
    case ID_EFFORT: return take_word(row, value, &options->effort);
    case ID_SOURCE: return take_word(row, value, &place) && (options->source = (enum source_kind)place, true);
    case ID_FORMAT: return take_format(row, value, options);
    case ID_QUALITY: return take_whole(row, value, 1, 100, &options->quality);
    case ID_LOSSLESS: return options->lossless = true;
    case ID_STRIP: return options->strip = true;
    case ID_RECURSIVE: return options->recursive = true;
    case ID_NAME: return take_template(row, value, &options->template);
    case ID_DRY_RUN: return options->dry_run = true;
    case ID_SAMPLE: return options->sample = true;
    case ID_SHARD: return take_shard(row, value, options);
    case ID_REPORT: return take_report(row, value, &options->report);
    case ID_JSON: options->report = REPORT_JSON; return true;
    case ID_MAP: options->map = value; return true;
    case ID_STRICT: return options->strict = true;
    case ID_SKIP_EXISTING: return options->skip_existing = true;
    case ID_OVERWRITE: return options->overwrite = true;
    case ID_SUFFIX: return take_suffix(row, value, &options->suffix);
    case ID_THREADS: return take_whole(row, value, 1, OPTIONS_MOST_THREADS, &options->threads);
    case ID_PROGRESS: return take_word(row, value, &place) && (options->progress = (enum progress_style)place, true);
    case ID_MAX_PIXELS: return take_large(row, value, false, &options->max_pixels);
    case ID_MAX_MEMORY: return take_large(row, value, true, &options->max_memory);
    case ID_TIMEOUT: return take_timeout(row, value, &options->timeout);
    case ID_INPUT: options->pictures[options->pictures_count++] = value; return true;
    case ID_VERBOSE: options->verbose++; return true;
    case ID_HELP:
        options->command = COMMAND_HELP;
        options->manual = MANUAL_SCREEN;
        return !value || (take_word(row, value, &place) && (options->manual = (enum manual)(place + 1), true));
    case ID_VERSION: options->command = COMMAND_VERSION; return true;
    default: return false;
    }
}

static const struct option_row *find(char letter, const char *name, size_t length)
{
    for (int i = 0; i < option_rows_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (letter ? row->letter == letter : row->name && strlen(row->name) == length && !memcmp(row->name, name, length))
            return row;
    }
    return NULL;
}

static bool take_long(struct options *options, char ***words)
{
    char *word = **words + 2, *equals = strchr(word, '=');
    const struct option_row *row = find(0, word, equals ? (size_t)(equals - word) : strlen(word));
    if (!row) {
        report_error("%s: no such option; see fovea --help", **words);
        return false;
    }
    bool optional = row->value && row->value[0] == '[';
    if (equals && !row->value) {
        report_error("--%s takes no value", row->name);
        return false;
    }
    char *value = equals ? equals + 1 : NULL;
    if (row->value && !optional && !value && !(value = *++*words)) {
        report_error("--%s needs %s after it", row->name, row->value);
        return false;
    }
    return take(options, row, value);
}

static bool take_bundle(struct options *options, char ***words)
{
    for (char *letter = **words + 1; *letter; letter++) {
        const struct option_row *row = find(*letter, NULL, 0);
        if (!row) {
            report_error("-%c: no such option; see fovea --help", *letter);
            return false;
        }
        char *value = NULL;
        bool takes = row->value && row->value[0] != '[';
        if (takes && !*(value = letter + 1) && !(value = *++*words)) {
            report_error("-%c needs %s after it", row->letter, row->value);
            return false;
        }
        if (!take(options, row, value)) return false;
        if (value) break;
    }
    return true;
}

static bool take_words(struct options *options, char **words)
{
    for (; *words; words++) {
        if (!strcmp(*words, "--")) {
            while (*++words) options->pictures[options->pictures_count++] = *words;
            return true;
        }
        if ((*words)[0] != '-' || !(*words)[1]) {
            options->pictures[options->pictures_count++] = *words;
            continue;
        }
        if (!((*words)[1] == '-' ? take_long(options, &words) : take_bundle(options, &words))) return false;
    }
    return true;
}

/* The first word may be a command; "./inspect" names a file called inspect. */
static void take_command(struct options *options, char ***words)
{
    const char *word = **words;
    for (int i = 0; word && i < COMMAND_VERSION; i++)
        if (!strcmp(word, command_names[i])) {
            options->command = (enum command)i;
            (*words)++;
            return;
        }
}

/* The map is drawn as a PNG, whatever it is called; so it is called one, and replaces nothing else by mistake. */
static bool names_a_map(const char *value)
{
    const char *dot = value ? strrchr(value, '.') : NULL;
    if (!value || (dot && !strcasecmp(dot, ".png"))) return true;
    report_error("--map %s: the map must be a .png", value);
    return false;
}

/* NULL is well. */
static bool names_a_file(const char *option, const char *value)
{
    if (!value || strcmp(value, "-")) return true;
    report_error("%s -: takes the name of a file", option);
    return false;
}

/* Every option that was given concerns the command: one that is passed over in silence looks like a promise. */
static bool concerned(const struct options *options)
{
    if (options->command >= COMMAND_HELP) return true;
    for (int i = 0; i < option_rows_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->commands >> options->command & 1 || !(options->given >> row->id & 1)) continue;
        report_error("--%s is not for fovea %s", row->name, command_names[options->command]);
        return false;
    }
    return true;
}

static bool check_pair(const struct options *options)
{
    const bool verify = options->command == COMMAND_VERIFY;
    const char *name = command_names[options->command];
    if (options->pictures_count != 2) {
        report_error("fovea %s takes two pictures: %s", name, verify ? "SMALL LARGE" : "A B");
        return false;
    }
    if (!strcmp(options->pictures[0], "-") || !strcmp(options->pictures[1], "-")) {
        report_error("-: fovea %s reads each picture more than once, so from files", name);
        return false;
    }
    return names_a_file("--map", options->map) && names_a_map(options->map) && (verify || names_a_file("-o", options->output));
}

static bool contradict(const char *one, const char *other)
{
    report_error("%s and %s contradict each other", one, other);
    return false;
}

static bool check_upscale(struct options *options)
{
    if (options->map && (options->pictures_count > 1 || options->recursive)) {
        report_error("--map: one picture at a time");
        return false;
    }
    if (!options->pictures_count) {
        report_error("no picture given; see fovea --help");
        return false;
    }
    if (options->overwrite && options->skip_existing) return contradict("--overwrite", "--skip-existing");
    if (options->lossless && options->quality) return contradict("--lossless", "-q");
    if (options->scaled && options->fitted) return contradict("-s", "--to");
    return names_a_file("--map", options->map) && names_a_map(options->map) && sample_check(options) && use_check(options);
}

static bool check_alone(const struct options *options)
{
    if (options->pictures_count) report_error("fovea %s takes no pictures", command_names[options->command]);
    return !options->pictures_count;
}

static bool check(struct options *options)
{
    if (!concerned(options)) return false;
    switch (options->command) {
    case COMMAND_UPSCALE: return check_upscale(options);
    case COMMAND_VERIFY:
    case COMMAND_COMPARE: return check_pair(options);
    case COMMAND_INSPECT:
        if (!options->pictures_count) report_error("fovea inspect takes pictures");
        return options->pictures_count > 0;
    case COMMAND_MODELS:
    case COMMAND_BENCH: return check_alone(options);
    case COMMAND_HELP:
    case COMMAND_VERSION: break;
    }
    return true;
}

bool options_parse(struct options *options, int count, char **words)
{
    *options = (struct options){.size = {SIZED_FACTOR, 2, 0, 0},
                                .effort = NET_EFFORT_DEFAULT,
                                .strength = USE_STRENGTH_UNSAID,
                                .max_pixels = MAX_PIXELS_DEFAULT,
                                .timeout = TIMEOUT_DEFAULT};
    options->pictures = calloc((size_t)count + 1, sizeof *options->pictures);
    if (!options->pictures) {
        report_error("no memory");
        return false;
    }
    words += count > 0;
    take_command(options, &words);
    return take_words(options, words) && check(options);
}
