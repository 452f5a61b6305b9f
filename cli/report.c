/* SPDX-License-Identifier: MIT
 *
 * Progress goes to standard error: a bar that redraws itself on a terminal, else lines such as "12.34%" that graphical
 * front ends of other upscalers read, or one JSON object a line. */
#define _GNU_SOURCE 1
#include "report.h"

#include "clock.h"
#include "estimate.h"
#include "figures.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_EVERY 0.1   /* seconds */
#define LINES_EVERY 0.5 /* seconds */

/* ---- Escaping ---------------------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at text, 0 when it is none. */
static int utf8_size(const unsigned char *text, uint32_t *code)
{
    int size = text[0] < 0x80                      ? 1
               : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
               : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
               : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                   : 0;
    *code = size <= 1 ? text[0] : text[0] & (0x7fu >> size);
    for (int i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    bool overlong = (size == 3 && *code < 0x800) || (size == 4 && *code < 0x10000);
    return overlong || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : size;
}

/* Control characters, and those that turn the direction of a line or break it. */
static bool is_safe(uint32_t code)
{
    return code >= 0x20 && code != 0x7f && !(code >= 0x80 && code < 0xa0) && !(code >= 0x200e && code <= 0x200f) &&
           !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff;
}

static void put_escaped(const char *text, FILE *out)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        uint32_t code;
        int size = utf8_size(at, &code);
        if (size && is_safe(code)) {
            fwrite(at, 1, (size_t)size, out);
            at += size;
            continue;
        }
        for (int i = 0; i < (size ? size : 1); i++) fprintf(out, "\\x%02x", at[i]);
        at += size ? size : 1;
    }
}

void report_text(const char *text, FILE *out) { put_escaped(text, out); }

void report_json(const char *text, FILE *out)
{
    const unsigned char *at = (const unsigned char *)text;
    putc('"', out);
    while (*at) {
        uint32_t code;
        int size = utf8_size(at, &code);
        if (!size)
            fprintf(out, "\\udc%02x", *at);
        else if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (is_safe(code))
            fwrite(at, 1, (size_t)size, out);
        else
            fprintf(out, "\\u%04x", code);
        at += size ? size : 1;
    }
    putc('"', out);
}

void report_error(const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    flockfile(stderr);
    fputs("fovea: ", stderr);
    put_escaped(text, stderr);
    putc('\n', stderr);
    funlockfile(stderr);
}

void report_line(const char *name, const char *text)
{
    flockfile(stderr);
    put_escaped(name, stderr);
    fputs(": ", stderr);
    put_escaped(text, stderr);
    putc('\n', stderr);
    funlockfile(stderr);
}

/* ---- Pictures ---------------------------------------------------------------------------------------------- */

static void put_sizes(const struct report_record *record, FILE *out)
{
    fprintf(out, "%dx%d %s to %dx%d %s", record->source_width, record->source_height, record->source_format, record->width,
            record->height, record->target_format);
}

/* "; net a with b (why), avx2 kernels, 2 threads": words of the worker's among them. */
static void put_nets(const struct report_record *record, FILE *out)
{
    if (!record->net) {
        fputs("; shrunk, without a net", out);
        return;
    }
    fprintf(out, "; net %s", record->net);
    if (record->creative_net) fprintf(out, " with %s", record->creative_net);
    if (record->face_net) fprintf(out, " and %s", record->face_net);
    fputs(" (", out);
    put_escaped(record->net_reason, out);
    fputs("), ", out);
    put_escaped(record->kernels, out);
    fprintf(out, " kernels, %d %s", record->threads, record->threads == 1 ? "thread" : "threads");
}

static void put_done(const struct report_record *record, FILE *out)
{
    put_escaped(record->source, out);
    fputs(" -> ", out);
    put_escaped(record->target ? record->target : "-", out);
    fputs(" (", out);
    if (record->dry_run || record->verbose)
        put_sizes(record, out);
    else
        fprintf(out, "%dx%d", record->width, record->height);
    if (record->dry_run) {
        char words[24];
        estimate_words(record->bytes, words, sizeof words);
        fprintf(out, ", about %s", words);
    } else {
        fprintf(out, ", %.2f s", record->seconds);
    }
    if (!record->dry_run && record->verbose) put_nets(record, out);
    if (*record->mode_reason && (record->dry_run || record->verbose)) {
        fprintf(out, "; %s: ", record->creative_net ? "creative" : "faithful");
        put_escaped(record->mode_reason, out);
    }
    fputs(")\n", out);
}

/* "; 3 faces found: 1 enhanced, 2 kept out of"; one beside an eye may be all that is found of a face, so it claims no more */
static void put_faces(const struct report_record *record, char *text, size_t room)
{
    const int32_t all = record->faces + record->enhanced;
    if (record->faces < 0) return;
    int used = all ? snprintf(text, room, "; %d face%s found", all, all == 1 ? "" : "s")
                   : snprintf(text, room, "; no faces found");
    if (record->enhanced) used += snprintf(text + used, room - (size_t)used, ": %d enhanced", record->enhanced);
    if (record->enhanced && record->faces)
        snprintf(text + used, room - (size_t)used, ", %d kept out of", record->faces);
    else if (record->faces)
        snprintf(text + used, room - (size_t)used, " and kept out of (what is not found is not)");
}

void report_invention(const struct report_record *record)
{
    char text[240];
    const struct invention *invention = &record->invention;
    int used = snprintf(text, sizeof text, "creative, strength %d", record->strength);
    if (invention->is_known)
        used += snprintf(text + used, sizeof text - (size_t)used,
                         ": %.1f levels of it are invented, %.0f %% of its pixels are the faithful result's", invention->rms,
                         100 * invention->unchanged);
    put_faces(record, text + used, sizeof text - (size_t)used);
    used += (int)strlen(text + used);
    snprintf(text + used, sizeof text - (size_t)used, "; creative results are not evidence");
    report_line(record->target ? record->target : "-", text);
}

void report_picture(const struct report_record *record)
{
    if (record->outcome == OUTCOME_DONE)
        put_done(record, stderr);
    else if (record->outcome != OUTCOME_SKIPPED || record->verbose)
        report_line(record->source, record->why);
}

static void put_field(const char *name, const char *text, FILE *out)
{
    fprintf(out, ",\"%s\":", name);
    if (text && *text)
        report_json(text, out);
    else
        fputs("null", out);
}

static void put_file(const char *name, const char *file, int32_t width, int32_t height, FILE *out)
{
    fprintf(out, "\"%s\":{\"file\":", name);
    report_json(file, out);
    if (width) fprintf(out, ",\"width\":%d,\"height\":%d", width, height);
    putc('}', out);
}

/* Which mode, why; what a creative net had to do with it. */
static void put_mode(const struct report_record *record, FILE *out)
{
    const struct invention *invention = &record->invention;
    put_field("mode", record->creative_net ? "creative" : "faithful", out);
    put_field("mode_reason", record->mode_reason, out);
    if (!record->creative_net) return;
    fputs(",\"creative\":{\"net\":", out);
    report_json(record->creative_net, out);
    fprintf(out, ",\"strength\":%d,\"evidence\":false", record->strength);
    if (invention->is_known) fprintf(out, ",\"invented_rms\":%.3f,\"unchanged\":%.4f", invention->rms, invention->unchanged);
    if (record->faces >= 0) fprintf(out, ",\"faces\":%d", record->faces);
    if (record->face_net)
        fprintf(out, ",\"faces_enhanced\":%d", record->enhanced), put_field("face_net", record->face_net, out);
    putc('}', out);
}

void report_record(const struct report_record *record, FILE *out)
{
    bool done = record->outcome == OUTCOME_DONE;
    fprintf(out, "{\"status\":\"%s\"", done && record->dry_run ? "to-do" : outcome_name(record->outcome));
    put_field("why", done ? NULL : record->why, out);
    put_field("source_format", record->source_format, out);
    put_field("result_format", record->target_format, out);
    if (done && record->dry_run) fprintf(out, ",\"bytes_predicted\":%llu", (unsigned long long)record->bytes);
    if (done && !record->dry_run) {
        fprintf(out, ",\"bytes\":%llu,\"seconds\":%.3f,\"threads\":%d", (unsigned long long)record->bytes, record->seconds,
                record->threads);
        put_field("net", record->net, out);
        put_field("net_kind", record->net_kind, out);
        put_field("net_reason", record->net_reason, out);
        put_field("kernels", record->kernels, out);
    }
    if (done) put_mode(record, out);
    putc(',', out);
    if (record->figures) {
        figures_members(record->figures, record->source, record->target ? record->target : "-", out);
    } else {
        put_file("small", record->source, record->source_width, record->source_height, out);
        putc(',', out);
        put_file("large", record->target ? record->target : "-", record->width, record->height, out);
    }
    fputs("}\n", out);
    fflush(out);
}

/* ---- Progress ---------------------------------------------------------------------------------------------- */

void report_begin(struct report *report, enum progress_style style, int total)
{
    if (style == PROGRESS_AUTO) style = isatty(STDERR_FILENO) ? PROGRESS_AUTO : PROGRESS_PLAIN;
    double time = clock_seconds();
    *report = (struct report){.style = style, .total = total, .begin = time, .last = time, .shown = -1};
}

void report_clear(struct report *report)
{
    if (report->bar) fprintf(stderr, "\r%*s\r", report->bar, "");
    report->bar = 0;
}

static double seconds_left(const struct report *report, double share)
{
    return share > 0 ? (clock_seconds() - report->begin) * (1 - share) / share : 0;
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20) return 80;
    return size.ws_col;
}

static void draw_bar(struct report *report, double share, double finished)
{
    char line[160], left[16];
    int room = 30, filled = (int)(share * room);
    int seconds = (int)(seconds_left(report, share) + 0.5);
    if (seconds >= 3600)
        snprintf(left, sizeof left, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        snprintf(left, sizeof left, "%d:%02d", seconds / 60, seconds % 60);
    int used = snprintf(line, sizeof line, "[%.*s%*s] %5.1f%%", filled, "##############################", room - filled, "",
                        share * 100);
    if (report->total > 1) used += snprintf(line + used, sizeof line - (size_t)used, "  %d/%d", (int)finished, report->total);
    if (share > 0) used += snprintf(line + used, sizeof line - (size_t)used, "  %s left", left);
    int width = terminal_width() - 1;
    used = used < width ? used : width;
    int blank = report->bar > used ? report->bar - used : 0;
    fprintf(stderr, "\r%.*s%*s", used, line, blank, "");
    if (blank) fprintf(stderr, "\r%.*s", used, line);
    fflush(stderr);
    report->bar = used;
}

void report_progress(struct report *report, double finished, const char *name)
{
    double share = report->total ? finished / report->total : 1, percent = share * 100, time = clock_seconds();
    if (report->style == PROGRESS_NONE || percent <= report->shown) return;
    if (percent < 100 && time - report->last < (report->style == PROGRESS_AUTO ? BAR_EVERY : LINES_EVERY)) return;
    report->last = time;
    report->shown = percent;
    if (report->style == PROGRESS_AUTO) {
        draw_bar(report, share, finished);
    } else if (report->style == PROGRESS_PLAIN) {
        fprintf(stderr, "%.2f%%\n", percent);
    } else {
        fprintf(stderr, "{\"percent\":%.2f,\"seconds_left\":%.1f,\"picture\":", percent, seconds_left(report, share));
        report_json(name, stderr);
        fputs("}\n", stderr);
    }
}
