/* SPDX-License-Identifier: MIT
 *
 * The head of a PNM file: libvips hands out its samples as they stand, whatever they are parts of. */
#ifndef FOVEA_CLI_PNM_H
#define FOVEA_CLI_PNM_H

/* What stands for white in the PNM file on fd, 1 .. 65535; 0: bits (P1, P4), or not to be read. Leaves its position alone. */
int pnm_white(int fd);

#endif
