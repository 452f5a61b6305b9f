/* SPDX-License-Identifier: MIT
 *
 * A net is chosen by its header. Reading one means checking all of it, and of the many a run needs one or two, so that waits until
 * they are used: small pictures would wait longer for the others than for their own pixels. */
#define _GNU_SOURCE 1
#include "net.h"

#include "nets.h"

#include <stdlib.h>
#include <string.h>

const char *net_effort_name(int effort)
{
    static const char *const names[] = {"fast", "standard", "best"};
    return effort >= 0 && effort < 3 ? names[effort] : "default";
}

const char *net_kind_name(int kind)
{
    static const char *const names[] = {
        [FOVEA_KIND_PHOTO] = "photo",
        [FOVEA_KIND_PHOTO_JPEG] = "photo-jpeg",
        [FOVEA_KIND_SCREEN] = "screen",
        [FOVEA_KIND_CREATIVE_PHOTO] = "creative-photo",
        [FOVEA_KIND_CREATIVE_ART] = "creative-art",
        [FOVEA_KIND_CREATIVE_FACE] = "creative-face",
    };
    const int count = sizeof names / sizeof *names;
    return kind >= 0 && kind < count && names[kind] ? names[kind] : "unknown";
}

/* ---- The set ----------------------------------------------------------------------------------------------- */

bool net_set_open(struct net_set *set, int effort, struct failure *failure)
{
    fovea_error error;
    *set = (struct net_set){.list = calloc(nets_count + 1, sizeof *set->list), .effort = effort};
    set->models = calloc(nets_count + 1, sizeof(fovea_model *));
    if (!set->list || !set->models) {
        failure_set(failure, OUTCOME_RESOURCES, "no memory");
        return false;
    }
    for (; (size_t)set->count < nets_count; set->count++) {
        const struct net *file = &nets[set->count];
        struct net_choice *choice = &set->list[set->count];
        *choice = (struct net_choice){file, &set->models[set->count], {.struct_size = sizeof choice->info}};
        if (fovea_model_peek(file->bytes, file->size, &choice->info, &error)) {
            failure_set(failure, OUTCOME_FAILED, "the embedded net %s is damaged: %s", file->name, error.message);
            return false;
        }
    }
    return true;
}

void net_set_close(struct net_set *set)
{
    for (int i = 0; i < set->count; i++) fovea_model_free(set->models[i]);
    free(set->models);
    free(set->list);
    *set = (struct net_set){.list = NULL};
}

struct net_set net_set_any(const struct net_set *set)
{
    struct net_set any = *set;
    any.effort = NET_EFFORT_DEFAULT;
    return any;
}

const fovea_model *net_model(const struct net_choice *choice, struct failure *failure)
{
    fovea_error error;
    const struct net *file = choice->file;
    const fovea_status status = *choice->model ? FOVEA_OK
                                               : fovea_model_new(file->bytes, file->size, NULL, choice->model, &error);
    if (status == FOVEA_ERROR_MEMORY)
        failure_set(failure, OUTCOME_RESOURCES, "%s (%s)", error.message, fovea_status_name(status));
    else if (status)
        failure_set(failure, OUTCOME_FAILED, "the embedded net %s is damaged: %s", file->name, error.message);
    return *choice->model;
}

/* ---- The choice -------------------------------------------------------------------------------------------- */

/* Beyond 4 it takes two passes, of which the second has the square of the scale times the pixels to do: up to 9 times
 * 3x and 3x do, for half the work of 4x and 4x. */
static int whole_scale(double times) { return times > 9 ? 4 : times > 4 ? 3 : times > 3 ? 4 : times > 2 ? 3 : 2; }

/* How far a net's effort is from the one demanded; negative: of no use. The default would rather wait less than more; who wants the
 * best takes a standard net where there is no better one, but who wants it fast or standard would not wait for another. */
static int effort_distance(fovea_effort has, int demanded)
{
    static const int by_default[] = {[FOVEA_EFFORT_FAST] = 1, [FOVEA_EFFORT_STANDARD] = 0, [FOVEA_EFFORT_BEST] = 2};
    if (demanded == NET_EFFORT_DEFAULT) return by_default[has];
    if (demanded == FOVEA_EFFORT_BEST && has == FOVEA_EFFORT_STANDARD) return 1;
    return (int)has == demanded ? 0 : -1;
}

/* How far a net is from what is wanted; negative: of no use. One that makes too much, which is then shrunk exactly, does less work
 * than two passes. */
static int distance(const fovea_model_info *info, int scale, fovea_kind kind, int effort)
{
    const int dear = effort_distance(info->effort, effort);
    if (info->kind != kind || dear < 0) return -1;
    int off = info->scale == scale ? 0 : info->scale > scale ? 1 : info->scale == 2 ? 2 : 3;
    return 4 * off + dear;
}

const struct net_choice *net_choose(const struct net_set *set, double times, fovea_kind kind)
{
    const struct net_choice *best = NULL;
    int nearest = 0;
    for (int i = 0; i < set->count; i++) {
        int far = distance(&set->list[i].info, whole_scale(times), kind, set->effort);
        if (far < 0 || (best && far >= nearest)) continue;
        best = &set->list[i];
        nearest = far;
    }
    return best;
}

bool net_exists(const struct net_set *set, fovea_kind kind) { return net_choose(set, 2, kind) != NULL; }

void net_explain(const struct net_set *set, double times, fovea_kind kind, struct failure *failure)
{
    if (set->effort == NET_EFFORT_DEFAULT)
        failure_set(failure, OUTCOME_FAILED, "-s %d: there is no %s net for that yet; see fovea models", whole_scale(times),
                    net_kind_name((int)kind));
    else
        failure_set(failure, OUTCOME_FAILED, "--effort %s: there is no such %s net for -s %d yet; see fovea models",
                    net_effort_name(set->effort), net_kind_name((int)kind), whole_scale(times));
}

/* ---- Lists ------------------------------------------------------------------------------------------------- */

static fovea_model *open_net(const struct net *net, fovea_model_info *info, fovea_error *error)
{
    fovea_model *model;
    *info = (fovea_model_info){.struct_size = sizeof *info};
    if (fovea_model_new(net->bytes, net->size, NULL, &model, error)) return NULL;
    if (fovea_model_get_info(model, info)) {
        fovea_model_free(model);
        return NULL;
    }
    return model;
}

int net_count(void) { return (int)nets_count; }

fovea_model *net_open(int i, fovea_model_info *info, const char **name)
{
    fovea_error error;
    *name = nets[i].name;
    return open_net(&nets[i], info, &error);
}

bool net_list(FILE *out)
{
    bool good = true;
    fprintf(out, "%-26s %5s  %-14s %-9s %6s  %s\n", "net", "scale", "kind", "effort", "layers", "multiply-adds/pixel");
    for (size_t i = 0; i < nets_count; i++) {
        fovea_model_info info;
        fovea_error error = {.message = ""};
        fovea_model *model = open_net(&nets[i], &info, &error);
        if (model)
            fprintf(out, "%-26s %4dx  %-14s %-9s %6d  %llu\n", nets[i].name, info.scale, net_kind_name((int)info.kind),
                    net_effort_name((int)info.effort), info.layers, (unsigned long long)info.macs_per_pixel);
        else
            fprintf(out, "%-26s damaged: %s\n", nets[i].name, error.message);
        good = good && model;
        fovea_model_free(model);
    }
    return good;
}
