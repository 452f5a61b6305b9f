/* SPDX-License-Identifier: MIT
 *
 * The creative net is chosen first, because of those there are fewer; the faithful one then has to be of its scale, and where
 * no such one suits the picture the creative one is chosen anew, of the scale that there is. What is larger goes on from
 * there with a faithful net: nothing is invented upon what was invented. */
#define _GNU_SOURCE 1
#include "choice.h"

#include <stdio.h>
#include <string.h>

static void add_reason(char *reason, size_t room, const char *text)
{
    const size_t used = strlen(reason);
    snprintf(reason + used, room - used, "%s%s", used ? "; " : "", text);
}

static void say_missing(char *reason, size_t room, const struct net_set *nets, fovea_kind kind)
{
    char text[64];
    const bool any = nets->effort == NET_EFFORT_DEFAULT;
    snprintf(text, sizeof text, "there is no %s%s%s net yet", net_kind_name((int)kind), any ? "" : " ",
             any ? "" : net_effort_name(nets->effort));
    add_reason(reason, room, text);
}

/* ---- Creative? ---- */

static bool wants_creative(const struct net_wish *wish, const struct look *look, char *reason, size_t room)
{
    if (wish->creative == NET_CREATIVE_BY_PICTURE) return look_is_creative(look, reason, room);
    snprintf(reason, room, "%s", wish->creative_reason);
    return wish->creative == NET_CREATIVE_ALWAYS;
}

/* The one of this kind, or of the other creative kind; of the effort demanded, or of any. */
static const struct net_choice *choose_creative(struct choice *choice, const struct net_set *nets, fovea_kind kind,
                                                double times)
{
    const struct net_set any = net_set_any(nets);
    const fovea_kind other = kind == FOVEA_KIND_CREATIVE_ART ? FOVEA_KIND_CREATIVE_PHOTO : FOVEA_KIND_CREATIVE_ART;
    const fovea_kind kinds[] = {kind, kind, other};
    for (int i = 0; i < 3; i++) {
        const struct net_choice *net = net_choose(i == 0 ? nets : &any, times, kinds[i]);
        if (!net) continue;
        if (i > 0) say_missing(choice->mode_reason, sizeof choice->mode_reason, i == 1 ? nets : &any, kind);
        return net;
    }
    return NULL;
}

/* Of any effort, as the creative one. */
static const struct net_choice *choose_face(struct choice *choice, const struct net_set *nets)
{
    const struct net_set any = net_set_any(nets);
    const int32_t scale = choice->creative->info.scale;
    const struct net_choice *net = net_choose(&any, scale, FOVEA_KIND_CREATIVE_FACE);
    if (net && net->info.scale == scale) return net;
    add_reason(choice->mode_reason, sizeof choice->mode_reason, "there is no net for faces of its scale");
    return NULL;
}

/* ---- Faithful ---- */

static const struct net_choice *choose_faithful(struct choice *choice, const struct net_set *nets, fovea_kind kind,
                                                fovea_kind otherwise, double times)
{
    const struct net_choice *net = net_choose(nets, times, kind);
    if (!net && (net = net_choose(nets, times, otherwise))) {
        say_missing(choice->reason, sizeof choice->reason, nets, kind);
        choice->stands_in = true;
    }
    if (net && nets->effort == NET_EFFORT_DEFAULT && net->info.effort != FOVEA_EFFORT_STANDARD)
        add_reason(choice->reason, sizeof choice->reason, "there is no standard net for it yet");
    if (net && nets->effort == FOVEA_EFFORT_BEST && net->info.effort != FOVEA_EFFORT_BEST)
        add_reason(choice->reason, sizeof choice->reason, "there is no best net for it yet");
    return net;
}

/* What a creative net made shows no compression any more. */
static const struct net_choice *choose_later(const struct choice *choice, const struct net_set *nets, double times)
{
    const fovea_model_info *first = &choice->net->info;
    if (!choice->creative || times <= first->scale) return choice->net;
    const fovea_kind kind = first->kind == FOVEA_KIND_PHOTO_JPEG ? FOVEA_KIND_PHOTO : first->kind;
    const struct net_choice *net = net_choose(nets, times / first->scale, kind);
    return net ? net : choice->net;
}

bool choice_make(struct choice *choice, const struct net_set *nets, const struct net_wish *wish, double times,
                 const struct look *look, struct failure *failure)
{
    *choice = (struct choice){.net = NULL};
    fovea_kind kind = wish->kind;
    if (wish->open)
        kind = look_kind(look, choice->reason, sizeof choice->reason);
    else
        add_reason(choice->reason, sizeof choice->reason, wish->reason);
    if (wants_creative(wish, look, choice->mode_reason, sizeof choice->mode_reason))
        choice->creative = choose_creative(choice, nets, look_creative_kind(look, wish->creative_kind), times);
    if (choice->creative && choice->creative->info.kind == FOVEA_KIND_CREATIVE_ART && kind == FOVEA_KIND_SCREEN)
        kind = FOVEA_KIND_PHOTO; /* a drawing: beside each creative net there is one of these, but none for screens */
    choice->net = choose_faithful(choice, nets, kind, wish->kind, choice->creative ? choice->creative->info.scale : times);
    if (choice->creative && choice->net && choice->net->info.scale != choice->creative->info.scale)
        choice->creative = choose_creative(choice, nets, choice->creative->info.kind, choice->net->info.scale);
    if (choice->creative && (!choice->net || choice->net->info.scale != choice->creative->info.scale)) {
        add_reason(choice->mode_reason, sizeof choice->mode_reason, "but no faithful net is of the creative net's scale");
        choice->creative = NULL;
    }
    if (choice->creative && wish->face) choice->face = choose_face(choice, nets);
    if (!choice->net) {
        net_explain(nets, times, kind, failure);
        return false;
    }
    choice->later = choose_later(choice, nets, times);
    return true;
}
