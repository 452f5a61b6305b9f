/* SPDX-License-Identifier: MIT
 *
 * The chunks of a PNG file that libvips does not hand on as they are: texts (it takes all for Latin-1 or all for UTF-8) and
 * what the samples mean as colours (gAMA, cHRM, sRGB, cICP and the like). From PNG to PNG they can stay, byte for byte. */
#ifndef FOVEA_CLI_PNG_CHUNKS_H
#define FOVEA_CLI_PNG_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>

struct png_chunks {
    unsigned char *bytes; /* whole chunks, one after another, those of colours first; to be freed; NULL: none */
    size_t size;
    bool text;    /* somebody's words are among them, not only a program's name and times */
    bool colours; /* without them the samples would be seen otherwise: neither sRGB nor told by a profile */
};

/* Where they belong in a PNG file: right behind the signature and IHDR. */
enum { PNG_CHUNKS_OFFSET = 33 };

/* Reads them from the PNG file on fd, whose position stays where it is. Left out: chunks whose checksum is wrong, XMP, and what is
 * beyond 16 MiB. Leaves *chunks empty for other files. */
void png_chunks_read(int fd, struct png_chunks *chunks);

#endif
