/* SPDX-License-Identifier: MIT
 *
 * Every form of --to is one of the kinds of size.h: 4k is the sheet of 3840 x 2160 pixels, 30x20cm@300 the sheet of as
 * many pixels as 300 to an inch make. A side that the words fix comes out exactly; the other follows. */
#include "size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 1e6  /* pixels of a side that is asked for */
#define MOST 1e12    /* pixels in all */
#define FINEST 10000 /* pixels to an inch */

/* A decimal number without sign, exponent or hexadecimal; the rest of the text, or NULL. */
static const char *number(const char *text, double *value)
{
    size_t digits = strspn(text, "0123456789."), length = strlen(text);
    char copy[32];
    char *end;
    if (digits == 0 || digits >= sizeof copy || length < digits) return NULL;
    memcpy(copy, text, digits);
    copy[digits] = 0;
    *value = strtod(copy, &end);
    return *end || !(*value > 0) ? NULL : text + digits;
}

static bool whole(double value) { return value == floor(value); }

bool size_parse_factor(const char *text, struct size *size)
{
    size->dots = 0;
    const char *rest = number(text, &size->a);
    size->kind = SIZED_FACTOR;
    return rest && !*rest && size->a > 1 && size->a <= SIZE_MOST_TIMES;
}

/* "cm@300" or "in@300" after the two sides of a sheet. */
static bool parse_paper(const char *text, struct size *size)
{
    double dots;
    double inch = !strncmp(text, "cm@", 3) ? 2.54 : !strncmp(text, "in@", 3) ? 1 : 0;
    const char *rest = inch > 0 ? number(text + 3, &dots) : NULL;
    if (!rest || *rest || dots > FINEST) return false;
    size->kind = SIZED_SHEET;
    size->dots = dots;
    size->a = floor(size->a / inch * dots + 0.5);
    size->b = floor(size->b / inch * dots + 0.5);
    return true;
}

static bool parse_sides(const char *text, struct size *size)
{
    const char *rest = number(text, &size->a);
    if (!rest || (*rest != 'x' && *rest != 'X') || !(rest = number(rest + 1, &size->b))) return false;
    size->kind = SIZED_BOX;
    if (*rest && !parse_paper(rest, size)) return false;
    return whole(size->a) && whole(size->b) && size->a >= 1 && size->b >= 1 && size->a <= LONGEST && size->b <= LONGEST;
}

bool size_parse_target(const char *text, struct size *size)
{
    static const struct {
        const char *name;
        enum size_kind kind;
    } words[] = {{"long=", SIZED_LONG},
                 {"short=", SIZED_SHORT},
                 {"width=", SIZED_WIDTH},
                 {"height=", SIZED_HEIGHT},
                 {"mp=", SIZED_PIXELS}};
    if (!strcmp(text, "4k") || !strcmp(text, "4K")) return *size = (struct size){SIZED_SHEET, 3840, 2160, 0}, true;
    if (!strcmp(text, "8k") || !strcmp(text, "8K")) return *size = (struct size){SIZED_SHEET, 7680, 4320, 0}, true;
    size->dots = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].name);
        if (strncmp(text, words[i].name, length)) continue;
        const char *rest = number(text + length, &size->a);
        size->kind = words[i].kind;
        if (size->kind == SIZED_PIXELS) size->a *= 1e6;
        return rest && !*rest && size->a >= 1 && size->a <= (size->kind == SIZED_PIXELS ? MOST : LONGEST) &&
               (size->kind == SIZED_PIXELS || whole(size->a));
    }
    return parse_sides(text, size);
}

static double factor(const struct size *size, double width, double height)
{
    double longer = fmax(width, height), shorter = fmin(width, height);
    bool turned = size->kind == SIZED_SHEET && (size->a > size->b) != (width > height);
    switch (size->kind) {
    case SIZED_FACTOR: return size->a;
    case SIZED_BOX:
    case SIZED_SHEET: return fmin((turned ? size->b : size->a) / width, (turned ? size->a : size->b) / height);
    case SIZED_LONG: return size->a / longer;
    case SIZED_SHORT: return size->a / shorter;
    case SIZED_WIDTH: return size->a / width;
    case SIZED_HEIGHT: return size->a / height;
    case SIZED_PIXELS: return sqrt(size->a / (width * height));
    }
    return 1;
}

void size_of(const struct size *size, int32_t width, int32_t height, int64_t *result_width, int64_t *result_height)
{
    double times = factor(size, width, height);
    *result_width = (int64_t)fmax(floor(width * times + 0.5), 1);
    *result_height = (int64_t)fmax(floor(height * times + 0.5), 1);
}

static const char *const names[] = {
    [SIZED_LONG] = "long", [SIZED_SHORT] = "short", [SIZED_WIDTH] = "width", [SIZED_HEIGHT] = "height", [SIZED_PIXELS] = "mp"};

/* How many of these characters a number has. */
static size_t number_length(const char *text, size_t most)
{
    size_t n = 0;
    while (n < most && (text[n] == '.' || (text[n] >= '0' && text[n] <= '9'))) n++;
    return n;
}

bool size_is_suffix(const char *text, size_t length)
{
    const size_t across = number_length(text, length);
    if (across)
        return across < length && text[across] == 'x' &&
               across + 1 + number_length(text + across + 1, length - across - 1) == length;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t word = names[i] ? strlen(names[i]) : 0;
        if (word && word < length && !strncmp(text, names[i], word))
            return word + number_length(text + word, length - word) == length;
    }
    return false;
}

/* Six digits, as "%g" has them, but no power of ten. */
static void put_number(char *text, size_t room, double value) { snprintf(text, room, value < 1e6 ? "%g" : "%.0f", value); }

void size_suffix(const struct size *size, char *suffix, size_t room)
{
    char a[32], b[32];
    put_number(a, sizeof a, size->kind == SIZED_PIXELS ? size->a / 1e6 : size->a);
    put_number(b, sizeof b, size->b);
    if (size->kind == SIZED_FACTOR)
        snprintf(suffix, room, "-%sx", a);
    else if (size->kind <= SIZED_SHEET)
        snprintf(suffix, room, "-%sx%s", a, b);
    else
        snprintf(suffix, room, "-%s%s", names[size->kind], a);
}
