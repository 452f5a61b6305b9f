/* SPDX-License-Identifier: MIT
 *
 * What fovea compare makes of crops: a picture, or a page with dividers to drag. */
#ifndef FOVEA_CLI_SHEET_H
#define FOVEA_CLI_SHEET_H

#include "crops.h"

/* Into the file fd, from its start. names: of the two pictures, as shown. false: reason set. */
bool sheet_write_png(const struct crops *crops, const char *const names[2], int fd, struct failure *failure);
bool sheet_write_html(const struct crops *crops, const char *const names[2], int fd, struct failure *failure);

#endif
