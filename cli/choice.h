/* SPDX-License-Identifier: MIT
 *
 * What is done with one picture: the mode and the nets, each with the reason, from what was wished and what the look at
 * the picture found. */
#ifndef FOVEA_CLI_CHOICE_H
#define FOVEA_CLI_CHOICE_H

#include "failure.h"
#include "look.h"
#include "net.h"

struct choice {
    const struct net_choice *net;      /* the faithful one */
    const struct net_choice *creative; /* blended into it, of its scale; NULL: the result is faithful */
    const struct net_choice *face;     /* for the faces of a creative result, of the same scale; NULL: they are kept out of */
    const struct net_choice *later;    /* what goes on with a result that is not large enough yet; faithful */
    bool stands_in;                    /* net is of another kind than the picture asks for, as reason says */
    char reason[120];                  /* why this faithful net */
    char mode_reason[120];             /* why creative or not; empty: nobody asked */
};

/* For a picture that shall become so many times larger. false: there is no net for it; reason set. */
bool choice_make(struct choice *choice, const struct net_set *nets, const struct net_wish *wish, double times,
                 const struct look *look, struct failure *failure);

#endif
