/* SPDX-License-Identifier: MIT
 *
 * Which of the embedded nets does the work. Nets are asked what they are for; their names are for people only.
 *
 * The order in which one stands in for another: first the kind, then the scale, then the effort. A kind of which there
 * is no net falls back to photo (the caller says so). Of a kind, the net of the next whole scale (beyond 4 times the one
 * that gets there in two passes with the least work); else a larger one, and the exact shrink; else that of 2x, in
 * passes. Of that scale, the effort that was demanded and no other, but for best, which standard stands in for; or where
 * none was, standard, else fast, else best. */
#ifndef FOVEA_CLI_NET_H
#define FOVEA_CLI_NET_H

#include "failure.h"

#include <stdbool.h>

#include "fovea.h"

#define NET_EFFORT_DEFAULT (-1) /* standard, or the nearest there is */

struct net; /* nets.h */

/* One of the nets of a set. */
struct net_choice {
    const struct net *file;
    fovea_model **model; /* its place; NULL there until net_model is asked */
    fovea_model_info info; /* of the header alone: macs_per_pixel is 0 */
};

/* Is a creative net blended in? */
enum net_creative { NET_CREATIVE_NEVER, NET_CREATIVE_ALWAYS, NET_CREATIVE_BY_PICTURE };

/* What is wished of the nets, whatever the picture is. */
struct net_wish {
    fovea_kind kind; /* of the faithful one */
    bool open; /* that is for the picture to say, and kind is what it is taken for when it says nothing */
    const char *reason; /* why it is not open */
    enum net_creative creative;
    fovea_kind creative_kind; /* when the picture doesn't say */
    const char *creative_reason; /* why always or never; empty: nobody asked */
    bool face; /* one made for faces does those of a creative result */
};

/* All embedded nets. */
struct net_set {
    struct net_choice *list;
    int count;
    int effort; /* what is demanded: a fovea_effort or NET_EFFORT_DEFAULT */
    fovea_model **models; /* (count) */
};

/* Their headers. false: reason set; net_set_close is allowed all the same. */
bool net_set_open(struct net_set *set, int effort, struct failure *failure);
void net_set_close(struct net_set *set);

/* The same set, of which no effort is demanded. */
struct net_set net_set_any(const struct net_set *set);

/* The net for pictures of this kind that shall become so many times larger (any factor above 0). NULL: there is none of
 * this kind, or none of the effort demanded. */
const struct net_choice *net_choose(const struct net_set *set, double times, fovea_kind kind);

/* The net itself, which is read and checked when it is first asked for, in each process by itself; the set's. NULL: damaged, reason
 * set. Not for two threads at a time. */
const fovea_model *net_model(const struct net_choice *choice, struct failure *failure);

/* Is there any net of this kind? */
bool net_exists(const struct net_set *set, fovea_kind kind);

/* Why net_choose gave nothing. */
void net_explain(const struct net_set *set, double times, fovea_kind kind, struct failure *failure);

const char *net_effort_name(int effort);
const char *net_kind_name(int kind);

/* How many there are, and number i < net_count() of them, to be freed. NULL: it is damaged. */
int net_count(void);
fovea_model *net_open(int i, fovea_model_info *info, const char **name);

/* A line for each net. false: one of them is damaged. */
bool net_list(FILE *out);

#endif
