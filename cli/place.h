/* SPDX-License-Identifier: MIT
 *
 * Where a result goes and what it is called. */
#ifndef FOVEA_CLI_PLACE_H
#define FOVEA_CLI_PLACE_H

#include <stdbool.h>

#include "failure.h"
#include "inputs.h"
#include "options.h"

/* Does -f, -o or --name say a format? */
bool place_names_format(const struct options *options);

/* The format of the result of a picture of this format. */
enum format place_format(const struct options *options, enum format source);

/* The path of the result, to be freed; NULL: no memory. */
char *place_path(const struct options *options, const struct input *input, enum format source);

/* How much of a file's name is its source's, without what size.h's "-2x", "-800x600" and "-long3000" add and the extension; 0: it ends in
 * neither. */
size_t place_source_size(const char *name);

/* The same for the suffix of this very command. */
size_t place_own_source_size(const struct options *options, const char *name);

/* Is -o in order? Decides options->output_is_folder. 0, or the exit status and a line was printed. */
int place_prepare(struct options *options);

/* Makes the folders of the tree below -o that a result needs. */
bool place_make_folders(const struct options *options, const char *path, struct failure *failure);

/* What is wrong with a template for names, NULL: nothing. */
const char *place_check_template(const char *text);

#endif
