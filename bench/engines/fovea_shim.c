/* SPDX-License-Identifier: MIT
 *
 * fovea as peers.py calls it: two functions without structs. Built by compare.py together with src/. */
#include "fovea.h"

fovea_upscaler *shim_open(const void *bytes, size_t size, int threads)
{
    fovea_model *model;
    fovea_upscaler *up = NULL;
    if (fovea_model_new(bytes, size, NULL, &model, NULL)) return NULL;
    fovea_upscaler_new(model, fovea_options(.threads = threads), &up, NULL);
    fovea_model_free(model);
    return up;
}

int shim_run(fovea_upscaler *up, const void *pixels, void *result, int w, int h, int scale)
{
    const size_t stride = 3 * (size_t)w;
    const fovea_source src = {pixels, stride, FOVEA_FORMAT_RGB8, 0, 0, w, h, w, h};
    const fovea_target dst = {result, stride * (size_t)scale, FOVEA_FORMAT_RGB8};
    return (int)fovea_upscale(up, &src, &dst, NULL);
}
