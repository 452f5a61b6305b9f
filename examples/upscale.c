/* SPDX-License-Identifier: MIT
 *
 * upscale MODEL.fovea < IN.ppm > OUT.ppm: the whole use of the library in one page. Reads and writes 8-bit PPM (P6).
 *
 *     cc upscale.c $(pkg-config --cflags --libs fovea) -o upscale */
#include <stdio.h>
#include <stdlib.h>

#include <fovea.h>

static void check(fovea_status status, const fovea_error *error)
{
    if (status == FOVEA_OK) return;
    fprintf(stderr, "upscale: %s (%s)\n", error->message, fovea_status_name(status));
    exit(1);
}

/* The next number of the head, past comments; 0 where there is none. */
static int number(void)
{
    int n = 0, c;
    while (scanf("%d", &n) == 0 && (c = getchar()) == '#')
        while (c != '\n' && c != EOF) c = getchar();
    return n;
}

int main(int argc, char **argv)
{
    static unsigned char bytes[1 << 22]; /* the model */
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    const size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;

    fovea_error error;
    fovea_model *model;
    fovea_upscaler *up;
    fovea_model_info info = {.struct_size = sizeof info};
    check(fovea_model_new(bytes, size, NULL, &model, &error), &error);
    check(fovea_upscaler_new(model, NULL, &up, &error), &error); /* fovea_options(.threads = 1) to be modest */
    check(fovea_model_get_info(model, &info), &error);

    const int s = info.scale, is_ppm = getchar() == 'P' && getchar() == '6', w = number(), h = number();
    if (!is_ppm || w < 1 || h < 1 || w > 30000 || h > 30000 || number() != 255 || getchar() == EOF) {
        fprintf(stderr, "upscale: no 8-bit PPM (P6) of at most 30000 x 30000 pixels\n");
        return 1;
    }
    const size_t row = (size_t)w * 3, large_row = row * (size_t)s, rows = (size_t)h;
    unsigned char *small = malloc(row * rows), *large = malloc(large_row * rows * (size_t)s);
    if (!small || !large || fread(small, row, rows, stdin) != rows) return 1;

    const fovea_source src = {small, row, FOVEA_FORMAT_RGB8, 0, 0, w, h, w, h, 0, 0};
    const fovea_target dst = {large, large_row, FOVEA_FORMAT_RGB8};
    check(fovea_upscale(up, &src, &dst, &error), &error);

    printf("P6\n%d %d\n255\n", w * s, h * s);
    if (fwrite(large, large_row, rows * (size_t)s, stdout) != rows * (size_t)s) return 1;
    free(small);
    free(large);
    fovea_upscaler_free(up);
    fovea_model_free(model);
    return 0;
}
