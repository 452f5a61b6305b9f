/* SPDX-License-Identifier: MIT
 *
 * What --for and -m come to: the mode, the net, the format. The advice itself is the library's (fovea_advice.h);
 * whatever the user said in so many words wins over it. */
#ifndef FOVEA_CLI_USE_H
#define FOVEA_CLI_USE_H

#include <stdbool.h>
#include <stdio.h>

#include "fovea.h"

#include "format.h"
#include "net.h"

struct options;

/* -m; unsaid leaves it to the use, auto to the picture where the use allows both. */
enum mode { MODE_UNSAID, MODE_FAITHFUL, MODE_CREATIVE, MODE_AUTO };

/* --faces: what a creative result does with them. Unsaid is protect. */
enum faces { FACES_UNSAID, FACES_PROTECT, FACES_ENHANCE, FACES_SAME };

/* Do -m, --for and --force-creative go together? false: a line was printed. */
bool use_check(const struct options *options);

/* Is a result to be creative, as far as the options say? */
enum net_creative use_creative(const struct options *options);

/* Is there any net that makes a result creative? One of another kind or effort stands in. */
bool use_has_creative(const struct net_set *nets);

/* Is there one for faces, which --faces enhance can't do without? */
bool use_has_face(const struct net_set *nets);

/* How much of the creative net's result; 100 where nothing was said. */
int use_strength(const struct options *options);
#define USE_STRENGTH_UNSAID (-1)

/* The nets to look for; what --source demands must be there, what a use or a mode prefers need not. */
struct net_wish use_wish(const struct options *options, const struct net_set *nets);

/* The format of a result, where neither -f nor -o says one. */
enum format use_format(const struct options *options, enum format source);

/* "PNG (TIFF stays TIFF)": the format that a use brings, into words, room bytes. */
void use_file_words(fovea_use use, char *words, size_t room);

/* The quality of a result in this format; 0: its default. */
int use_quality(const struct options *options, enum format format);

/* Is WebP without loss written so again? Unless a quality or a use says otherwise. */
bool use_keeps_lossless(const struct options *options);

/* Must anything be said before the work? Something was wished that is not there, or the user asked for words. */
bool use_has_words(const struct options *options, const struct net_set *nets, const struct net_choice *net);

/* Says it: what is done instead of what was wished; with --dry-run or -v what --for means, with the reasons. */
void use_explain(const struct options *options, const struct net_set *nets, const struct net_choice *net, FILE *out);

#endif
