/* SPDX-License-Identifier: MIT
 *
 * The page is one file: crops are PNG inside it, its policy lets it load nothing, and its few lines of script move a
 * clip. A pixel of a crop is a pixel of the screen, also where the screen counts two as one. */
#define _GNU_SOURCE 1
#include "sheet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "output.h"

#define GAP 12
#define CAPTION 20
#define HEAD 28

/* ---- PNG --------------------------------------------------------------------------------------------------- */

static const struct colour paper = {24, 24, 24}, ink = {235, 235, 235}, faint = {150, 150, 150};

/* The end of a name tells more than its beginning. */
static void put_name(struct drawing *sheet, int32_t x, int32_t y, int32_t width, char letter, const char *name, bool enlarged)
{
    char text[4400];
    int room = width / 12;
    snprintf(text, sizeof text, "%s%s", name, enlarged ? " (enlarged)" : "");
    int size = (int)strlen(text), skip = size > room - 3 ? size - (room - 3) : 0;
    char label[4] = {letter, ' ', 0};
    drawing_text(sheet, x, y, 2, label, faint);
    drawing_text(sheet, x + 24, y, 2, text + skip, ink);
}

static void put_crop(struct drawing *sheet, const struct crop *crop, int32_t x, int32_t y)
{
    char text[80];
    snprintf(text, sizeof text, "%d,%d: %.1f levels apart", crop->x, crop->y, crop->difference);
    drawing_text(sheet, x, y + 2, 2, text, faint);
    drawing_copy(sheet, x, y + CAPTION, &crop->a);
    drawing_copy(sheet, x + crop->a.w + 2, y + CAPTION, &crop->b);
}

bool sheet_write_png(const struct crops *crops, const char *const names[2], int fd, struct failure *failure)
{
    struct drawing sheet;
    int32_t columns = crops->count > 2 && crops->side_w < 1000 ? 2 : 1, lines = (crops->count + columns - 1) / columns;
    int32_t pair_w = 2 * crops->side_w + 2 + GAP, pair_h = crops->side_h + CAPTION + GAP;
    int32_t w = columns * pair_w + GAP, least = 400;
    w = w > least ? w : least;
    if (!drawing_new(&sheet, w, 2 * HEAD + lines * pair_h + GAP, paper, failure)) return false;
    for (int i = 0; i < 2; i++) put_name(&sheet, GAP, GAP + i * HEAD, w - 2 * GAP, i ? 'B' : 'A', names[i], crops->enlarged[i]);
    for (int i = 0; i < crops->count; i++)
        put_crop(&sheet, &crops->crops[i], GAP + i % columns * pair_w, GAP + 2 * HEAD + i / columns * pair_h - GAP / 2);
    bool good = drawing_write(&sheet, fd, failure);
    drawing_free(&sheet);
    return good;
}

/* ---- HTML -------------------------------------------------------------------------------------------------- */

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
    "'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
    "<title>fovea compare</title>\n<style>\n"
    ":root { --dots: 1; color-scheme: dark }\n"
    "body { background: #181818; color: #ddd; font: 15px/1.5 system-ui, sans-serif; margin: 24px }\n"
    "main { display: flex; flex-wrap: wrap; gap: 24px }\n"
    "figure { margin: 0 } figcaption { color: #999 } b { color: #fff }\n"
    ".pair { position: relative; --at: 50%; touch-action: pan-y }\n"
    ".pair img { position: absolute; inset: 0; width: 100%; height: 100%; image-rendering: pixelated; user-select: "
    "none }\n"
    ".pair img + img { clip-path: inset(0 0 0 var(--at)) }\n"
    ".pair i { position: absolute; top: 0; bottom: 0; left: var(--at); width: 2px; margin-left: -1px; background: "
    "#fff; box-shadow: 0 0 3px #000; pointer-events: none }\n"
    ".pair input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize "
    "}\n"
    ".pair:focus-within { outline: 2px solid #6af }\n"
    "</style>\n";

static const char page_foot[] =
    "</main>\n<script>\n"
    "const fit = () => document.documentElement.style.setProperty('--dots', devicePixelRatio || 1)\n"
    "addEventListener('resize', fit)\nfit()\n"
    "for (const pair of document.querySelectorAll('.pair'))\n"
    "  pair.querySelector('input').addEventListener('input', e => pair.style.setProperty('--at', e.target.value / 10 + "
    "'%'))\n"
    "</script>\n</html>\n";

static void put_text(const char *text, FILE *out)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            putc('?', out);
        else if (strchr("&<>\"'", c))
            fprintf(out, "&#%d;", c);
        else
            putc(c, out);
    }
}

static void put_base64(const unsigned char *data, size_t size, FILE *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned v = (unsigned)data[i] << 16 | (i + 1 < size ? (unsigned)data[i + 1] << 8 : 0) |
                     (i + 2 < size ? data[i + 2] : 0);
        putc(digits[v >> 18], out);
        putc(digits[v >> 12 & 63], out);
        putc(i + 1 < size ? digits[v >> 6 & 63] : '=', out);
        putc(i + 2 < size ? digits[v & 63] : '=', out);
    }
}

/* The PNG goes through a file in memory, since the encoder wants one. */
static bool put_image(const struct drawing *drawing, const char *name, FILE *out, struct failure *failure)
{
    int fd = memfd_create("crop", MFD_CLOEXEC);
    bool good = fd >= 0 && drawing_write(drawing, fd, failure);
    off_t size = good ? lseek(fd, 0, SEEK_END) : -1;
    unsigned char *data = size > 0 ? malloc((size_t)size) : NULL;
    good = data && pread(fd, data, (size_t)size, 0) == size;
    if (good) {
        fprintf(out, "<img alt=\"%s\" draggable=\"false\" src=\"data:image/png;base64,", name);
        put_base64(data, (size_t)size, out);
        fputs("\">\n", out);
    }
    free(data);
    if (fd >= 0) close(fd);
    if (!good) failure_set(failure, OUTCOME_RESOURCES, "no memory");
    return good;
}

static bool put_figure(const struct crop *crop, FILE *out, struct failure *failure)
{
    fprintf(out,
            "<figure>\n<div class=\"pair\" style=\"width: calc(%dpx / var(--dots)); height: calc(%dpx / "
            "var(--dots))\">\n",
            crop->a.w, crop->a.h);
    if (!put_image(&crop->a, "A", out, failure) || !put_image(&crop->b, "B", out, failure)) return false;
    fprintf(out,
            "<i></i><input type=\"range\" min=\"0\" max=\"1000\" value=\"500\" aria-label=\"how much of A is "
            "seen\">\n</div>\n<figcaption>at %d, %d: %.1f levels apart%s</figcaption>\n</figure>\n",
            crop->x, crop->y, crop->difference, crop->for_detail ? ", much detail" : "");
    return true;
}

bool sheet_write_html(const struct crops *crops, const char *const names[2], int fd, struct failure *failure)
{
    int copy = dup(fd);
    FILE *out = copy >= 0 ? fdopen(copy, "w") : NULL;
    bool good = out != NULL;
    if (!out) {
        failure_set(failure, OUTCOME_RESOURCES, "can't write: %s", strerror(errno));
        if (copy >= 0) close(copy);
        return false;
    }
    fputs(page_head, out);
    for (int i = 0; i < 2; i++) {
        fprintf(out, "<div><b>%s</b> ", i ? "B, right:" : "A, left:");
        put_text(names[i], out);
        fputs(crops->enlarged[i] ? " (enlarged plainly to the other's size)</div>\n" : "</div>\n", out);
    }
    fputs("<p>Drag across a picture, or use the arrow keys.</p>\n<main>\n", out);
    for (int i = 0; good && i < crops->count; i++) good = put_figure(&crops->crops[i], out, failure);
    fputs(page_foot, out);
    bool written = !ferror(out);
    if (fclose(out) || !written) {
        failure_set(failure, output_outcome(errno), "can't write: %s", strerror(errno));
        good = false;
    }
    return good;
}
