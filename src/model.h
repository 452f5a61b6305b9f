/* SPDX-License-Identifier: MIT
 *
 * A model file after all distrust: validated layers. */
#ifndef FV_MODEL_H
#define FV_MODEL_H

#include "base.h"

enum { FV_MAX_LAYERS = 128, FV_MAX_CHANNELS = 128, FV_MAX_SKIP = 8 };

enum { FV_ENSEMBLE = 8 }; /* the ways to mirror a square */

typedef enum fv_layer_type {
    FV_LAYER_HEAD = 1,
    FV_LAYER_BODY = 2,
    FV_LAYER_TAIL = 3,
} fv_layer_type;

/* One layer as in doc/format.md; the arrays belong to the model. */
typedef struct fv_layer {
    fv_layer_type type;
    int zp;
    int skip; /* 0: none; n: adds the output of the layer n before this one */
    int cin, cout;
    const int8_t *weights; /* (cout, 3, 3, cin) */
    const int32_t *bias; /* (cout) */
    const float *scale; /* (cout) */
    const int16_t *m; /* (cout), NULL without a skip */
} fv_layer;

struct fovea_model {
    fovea_allocator allocator;
    int scale;
    fovea_kind kind;
    fovea_effort effort;
    fovea_keeps keeps; /* the file's D */
    int passes; /* the file's K */
    int ways; /* FV_ENSEMBLE where the file's T says that its mirrored forms are averaged, otherwise 1 */
    char name[32];
    int layers;
    fv_layer layer[]; /* (layers), followed in the same block by their arrays */
};

#endif
