/* SPDX-License-Identifier: MIT
 *
 * engine MODEL.fovea [WIDTH HEIGHT] [RUNS]: what the engine alone takes, no files, no decoding. One line for each number
 * of threads and each mode: the median of the runs, the fastest, and result pixels a second. Public header only. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fovea.h"

enum { MAX_RUNS = 101, MAX_MODEL = 1 << 26 };

static void die(const char *message)
{
    fprintf(stderr, "engine: %s\n", message);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static fovea_model *load(const char *path)
{
    fovea_model *model = NULL;
    fovea_error error;
    unsigned char *bytes = malloc(MAX_MODEL);
    FILE *file = fopen(path, "rb");
    if (!bytes || !file) die("can't read the model");
    const size_t size = fread(bytes, 1, MAX_MODEL, file);
    if (fclose(file) || fovea_model_new(bytes, size, NULL, &model, &error)) die("not a model");
    free(bytes);
    return model;
}

/* A picture with edges, slopes and noise; the engine's time does not depend on it. */
static void draw(unsigned char *p, int w, int h)
{
    unsigned noise = 1;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < 3 * w; x++) {
            noise = noise * 1664525u + 1013904223u;
            *p++ = (unsigned char)(((x * x + y * y) >> 9 & 255) / 2 + (x / 90 + y / 30) % 2 * 96 + (int)(noise >> 27));
        }
}

static void measure(const fovea_model *model, int threads, fovea_mode mode, int runs, const fovea_source *src,
                    const fovea_target *dst)
{
    fovea_upscaler *up = NULL;
    fovea_error error;
    if (fovea_upscaler_new(model, fovea_options(.threads = threads, .mode = mode), &up, &error)) die(error.message);
    fovea_upscaler_info info = {.struct_size = sizeof info};
    fovea_upscaler_get_info(up, &info);

    double seconds[MAX_RUNS];
    for (int i = -1; i < runs; i++) { /* the first warms up */
        const double start = now();
        if (fovea_upscale(up, src, dst, &error)) die(error.message);
        if (i >= 0) seconds[i] = now() - start;
    }
    qsort(seconds, (size_t)runs, sizeof *seconds, by_value);
    const double pixels = (double)src->w * src->h * info.scale * info.scale;
    printf("%-9s  %d thread%s  median %.3f s  best %.3f s  %6.1f Mpx/s of result  engine memory %.1f MiB  kernels %s\n",
           mode == FOVEA_MODE_FAITHFUL ? "faithful" : "net alone", info.threads, info.threads == 1 ? " " : "s",
           seconds[runs / 2], seconds[0], pixels / seconds[runs / 2] / 1e6, (double)info.memory / 1048576, info.kernels);
    fovea_upscaler_free(up);
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 4 && argc != 5) die("usage: engine MODEL.fovea [WIDTH HEIGHT [RUNS]]");
    const int w = argc > 2 ? atoi(argv[2]) : 1920, h = argc > 2 ? atoi(argv[3]) : 1080;
    const int runs = argc > 4 ? atoi(argv[4]) : 7;
    if (w < 1 || h < 1 || w > 32768 || h > 32768 || runs < 1 || runs > MAX_RUNS) die("a size or count out of range");

    fovea_model *model = load(argv[1]);
    fovea_model_info info = {.struct_size = sizeof info};
    fovea_model_get_info(model, &info);
    const size_t s = (size_t)info.scale, stride = 3 * (size_t)w, rows = (size_t)h;
    unsigned char *small = malloc(stride * rows), *large = malloc(stride * rows * s * s);
    if (!small || !large) die("no memory for the pictures");
    draw(small, w, h);

    const fovea_source src = {small, stride, FOVEA_FORMAT_RGB8, 0, 0, w, h, w, h, 0, 0};
    const fovea_target dst = {large, stride * s, FOVEA_FORMAT_RGB8};
    printf("%s: %dx%d -> %zux%zu, %llu multiply-adds a source pixel, %d runs\n", info.name, w, h, (size_t)w * s, rows * s,
           (unsigned long long)info.macs_per_pixel, runs);
    for (int threads = 1; threads <= 2; threads++) {
        measure(model, threads, FOVEA_MODE_FAITHFUL, runs, &src, &dst);
        measure(model, threads, FOVEA_MODE_NET_ALONE, runs, &src, &dst);
    }
    free(small);
    free(large);
    fovea_model_free(model);
    return 0;
}
