/* SPDX-License-Identifier: MIT
 *
 * The man page and the completions of shells, made from the option table: fovea --help=man|bash|zsh|fish. */
#ifndef FOVEA_CLI_MANUAL_H
#define FOVEA_CLI_MANUAL_H

#include <stdio.h>

enum manual { MANUAL_SCREEN, MANUAL_MAN, MANUAL_BASH, MANUAL_ZSH, MANUAL_FISH };

void manual_print(enum manual what, FILE *out);

#endif
