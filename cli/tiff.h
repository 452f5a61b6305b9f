/* SPDX-License-Identifier: MIT
 *
 * What the first directory of a TIFF file tells beside its picture: libvips hands none of it on. */
#ifndef FOVEA_CLI_TIFF_H
#define FOVEA_CLI_TIFF_H

/* TIFF_CAMERA: tags of camera, author, date or place. TIFF_RAW: a camera's raw file (DNG, NEF, ARW, CR2), whose first picture is a
 * preview of one that nobody here can read. */
enum { TIFF_CAMERA = 1, TIFF_RAW = 2 };

/* Of the TIFF or BigTIFF file on fd; 0: neither, or no such file. Leaves its position alone. */
int tiff_look(int fd);

#endif
