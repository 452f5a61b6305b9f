/* SPDX-License-Identifier: MIT
 *
 * What saving as a JPEG file does to a block of grey pixels, in the plainest way. No code of src/ is used. */
#ifndef TESTS_JPEG_BLOCK_H
#define TESTS_JPEG_BLOCK_H

#include <math.h>
#include <stdint.h>

static double basis(int k, int i) { return (k ? 0.5 : sqrt(0.125)) * cos((2 * i + 1) * k * 3.14159265358979 / 16); }

/* libjpeg's steps for luma at a quality. */
static int luma_step(int v, int u, int quality)
{
    static const uint8_t table[8][8] = {{16, 11, 10, 16, 24, 40, 51, 61},     {12, 12, 14, 19, 26, 58, 60, 55},
                                        {14, 13, 16, 24, 40, 57, 69, 56},     {14, 17, 22, 29, 51, 87, 80, 62},
                                        {18, 22, 37, 56, 68, 109, 103, 77},   {24, 35, 55, 64, 81, 104, 113, 92},
                                        {49, 64, 78, 87, 103, 121, 120, 101}, {72, 92, 95, 98, 112, 100, 103, 99}};
    const int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality, step = (table[v][u] * percent + 50) / 100;
    return step < 1 ? 1 : step > 255 ? 255 : step;
}

/* The block that begins at p as a JPEG file would keep it. */
static void jpeg_block(uint8_t *p, int stride, int quality)
{
    double kept[8][8] = {{0}};
    for (int v = 0; v < 8; v++)
        for (int u = 0; u < 8; u++) {
            double sum = 0;
            for (int j = 0; j < 8; j++)
                for (int i = 0; i < 8; i++) sum += basis(v, j) * basis(u, i) * (p[j * stride + i] - 128);
            kept[v][u] = luma_step(v, u, quality) * floor(sum / luma_step(v, u, quality) + 0.5);
        }
    for (int j = 0; j < 8; j++)
        for (int i = 0; i < 8; i++) {
            double value = 128.5;
            for (int v = 0; v < 8; v++)
                for (int u = 0; u < 8; u++) value += basis(v, j) * basis(u, i) * kept[v][u];
            p[j * stride + i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
}

#endif
