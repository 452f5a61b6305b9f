/* SPDX-License-Identifier: MIT
 *
 * Reading a net means checking all of it, so it is done once, by the parent, before the first picture. */
#define _GNU_SOURCE 1
#include "net.h"

#include "nets.h"

#include <stdlib.h>
#include <string.h>

const char *net_effort_name(int effort) {
    static const char *const names[] = {"fast", "standard", "best"};
    return effort >= 0 && effort < 3 ? names[effort] : "default";
}

const char *net_kind_name(int kind) {
    static const char *const names[] = {"photo", "photo-jpeg", "screen", "creative-photo", "creative-art"};
    return kind >= 0 && kind < 5 ? names[kind] : "unknown";
}

static fovea_model *open_net(const struct net *net, fovea_model_info *info, fovea_error *error) {
    fovea_model *model;
    *info = (fovea_model_info){.struct_size = sizeof *info};
    if (fovea_model_new(net->bytes, net->size, NULL, &model, error))
        return NULL;
    if (fovea_model_get_info(model, info)) {
        fovea_model_free(model);
        return NULL;
    }
    return model;
}

/* How far a net is from the effort wanted; negative: of no use. The default would rather wait less than more. */
static int distance(const fovea_model_info *info, int scale, fovea_kind kind, int effort) {
    if (info->scale != scale || info->kind != kind)
        return -1;
    if (effort != NET_EFFORT_DEFAULT)
        return (int)info->effort == effort ? 0 : -1;
    return info->effort == FOVEA_EFFORT_STANDARD ? 0 : info->effort == FOVEA_EFFORT_FAST ? 1 : 2;
}

static void explain(struct failure *failure, int scale, fovea_kind kind, int effort) {
    if (effort == NET_EFFORT_DEFAULT)
        failure_set(failure, OUTCOME_FAILED, "-s %d: there is no %s net for that yet; see fovea models", scale,
                    net_kind_name((int)kind));
    else
        failure_set(failure, OUTCOME_FAILED, "--effort %s: there is no such %s net for -s %d yet; see fovea models",
                    net_effort_name(effort), net_kind_name((int)kind), scale);
}

bool net_choose(struct net_choice *choice, int scale, fovea_kind kind, int effort, struct failure *failure) {
    int best = -1;
    fovea_error error = {.message = ""};
    *choice = (struct net_choice){0};
    for (size_t i = 0; i < nets_count; i++) {
        fovea_model_info info;
        fovea_model *model = open_net(&nets[i], &info, &error);
        if (!model) {
            failure_set(failure, OUTCOME_FAILED, "the embedded net %s is damaged: %s", nets[i].name, error.message);
            break;
        }
        int far = distance(&info, scale, kind, effort);
        if (far < 0 || (best >= 0 && far >= best)) {
            fovea_model_free(model);
            continue;
        }
        fovea_model_free(choice->model);
        *choice = (struct net_choice){model, info, far > 0};
        best = far;
    }
    if (failure->outcome != OUTCOME_DONE) {
        fovea_model_free(choice->model);
        choice->model = NULL;
    } else if (!choice->model) {
        explain(failure, scale, kind, effort);
    }
    return choice->model != NULL;
}

int net_count(void) { return (int)nets_count; }

bool net_open(int i, struct net_choice *choice, const char **name) {
    fovea_error error;
    *choice = (struct net_choice){0};
    *name = nets[i].name;
    choice->model = open_net(&nets[i], &choice->info, &error);
    return choice->model != NULL;
}

bool net_list(FILE *out) {
    bool good = true;
    fprintf(out, "%-24s %5s  %-14s %-9s %6s  %s\n", "net", "scale", "kind", "effort", "layers", "multiply-adds/pixel");
    for (size_t i = 0; i < nets_count; i++) {
        fovea_model_info info;
        fovea_error error = {.message = ""};
        fovea_model *model = open_net(&nets[i], &info, &error);
        if (model)
            fprintf(out, "%-24s %4dx  %-14s %-9s %6d  %llu\n", nets[i].name, info.scale, net_kind_name((int)info.kind),
                    net_effort_name((int)info.effort), info.layers, (unsigned long long)info.macs_per_pixel);
        else
            fprintf(out, "%-24s damaged: %s\n", nets[i].name, error.message);
        good = good && model;
        fovea_model_free(model);
    }
    return good;
}
