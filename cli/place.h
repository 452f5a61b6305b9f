/* SPDX-License-Identifier: MIT
 *
 * Where a result goes and what it is called. */
#ifndef FOVEA_CLI_PLACE_H
#define FOVEA_CLI_PLACE_H

#include <stdbool.h>

#include "failure.h"
#include "inputs.h"
#include "options.h"

/* The part after the last slash. */
const char *place_base(const char *path);

/* Do -f or -o say a format? */
bool place_names_format(const struct options *options);

/* The format of the result of a picture of this format. */
enum format place_format(const struct options *options, enum format source);

/* The path of the result, to be freed; NULL: no memory. */
char *place_path(const struct options *options, const struct input *input, enum format source);

/* Does a file of this name look like a result of this very command? */
bool place_is_result(const struct options *options, const char *name);

/* Is -o in order? Decides options->output_is_folder. false: a line was printed. */
bool place_prepare(struct options *options);

/* Makes the folders of the tree below -o that a result needs. */
bool place_make_folders(const struct options *options, const char *path, struct failure *failure);

/* What is wrong with a template for names, NULL: nothing. */
const char *place_check_template(const char *text);

#endif
