/* SPDX-License-Identifier: MIT
 *
 * "P5", width, height, and what stands for white, with white space between them and comments from # to the line's end. */
#define _GNU_SOURCE 1
#include "pnm.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define HEAD 4096 /* longer comments are nobody's */

/* The number that comes next, and where it ends; NULL: none that a picture has. */
static const char *take_number(const char *at, int *number)
{
    while (isspace((unsigned char)*at) || *at == '#')
        if (*at++ == '#') at += strcspn(at, "\r\n");
    if (!isdigit((unsigned char)*at)) return NULL;
    for (*number = 0; isdigit((unsigned char)*at); at++) {
        if (*number > 100000000) return NULL;
        *number = *number * 10 + (*at - '0');
    }
    return at;
}

int pnm_white(int fd)
{
    char head[HEAD + 1] = "";
    int numbers[3] = {0};
    if (pread(fd, head, HEAD, 0) < 3 || head[0] != 'P' || !strchr("2356", head[1])) return 0;
    const char *at = head + 2;
    for (int i = 0; i < 3; i++)
        if (!(at = take_number(at, &numbers[i]))) return 0;
    return numbers[2] <= 65535 ? numbers[2] : 0;
}
