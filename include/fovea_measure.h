/* SPDX-License-Identifier: MIT
 *
 * Figures: about a pair of pictures, and about how fast the inner loops are. Part of fovea.h, which includes it. */
#ifndef FOVEA_MEASURE_H
#define FOVEA_MEASURE_H

#include "fovea.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Measure ----------------------------------------------------------------------------------------------- */

/* Figures about a pair: a small picture, and a larger one that somebody's tool made from it. Any factor from 1 to 64,
 * of its own on each axis. Both are read row by row from the top, in the order that fovea_measure_wants says, so memory
 * does not grow with their height:
 *
 *     fovea_want want;
 *     while ((want = fovea_measure_wants(m)) != FOVEA_WANT_NOTHING)
 *         fovea_measure_row(m, want == FOVEA_WANT_SMALL ? next_small() : next_large());
 *
 * Everything is measured in 8-bit levels (255 is white, whatever the depth), on sample values as they are: no gamma, no
 * colour profile. Alpha: the pictures as seen on white. Y is 0.299 R + 0.587 G + 0.114 B, full range. */
typedef struct fovea_measure fovea_measure;

/* What a map shows, a value for each pixel of the small picture. */
typedef enum fovea_map {
    FOVEA_MAP_ERROR = 0, /* greatest |D(large) - small| of its channels, levels */
    FOVEA_MAP_INVENTED = 1, /* invented detail under the pixel (fovea_figures.invented), root mean square, levels */
} fovea_map;

typedef struct fovea_pair {
    size_t struct_size; /* sizeof(fovea_pair); set by the macro */
    int32_t small_w, small_h;
    fovea_format small_format;
    int32_t large_w, large_h; /* each side 1 .. 64 times the small one's */
    fovea_format large_format;
    fovea_shrink shrink; /* D: how the large picture is shrunk to compare it (doc/format.md, section 5) */
    /* How far the large picture lies right of and below its place, in pixels of the small one, -2 .. 2. D then makes
     * good for it, so the figures are those of the picture moved back. */
    double shift_x, shift_y;
    int32_t brief; /* nonzero: the figures of consistency and shift alone, in a third of the time */
    /* Called from fovea_measure_row for each row of each map, from the top; small_w values. NULL: no maps. */
    void (*map)(void *user, fovea_map what, int32_t y, const float *values);
    void *map_user;
} fovea_pair;

/* As fovea_options(...) does, a pointer to a pair that lasts to the end of the block. */
#ifndef __cplusplus
#define fovea_pair(...) (&(const struct fovea_pair){.struct_size = sizeof(struct fovea_pair), __VA_ARGS__})
#endif

typedef enum fovea_want {
    FOVEA_WANT_NOTHING = 0, /* all rows have been seen */
    FOVEA_WANT_SMALL = 1,
    FOVEA_WANT_LARGE = 2,
} fovea_want;

typedef struct fovea_figures {
    size_t struct_size; /* set by the caller to sizeof(fovea_figures) before the call */

    /* Consistency: is D(large), rounded to the small picture's depth, the small picture? Over all samples. The PSNR is
     * 10 log10(255^2 / mean square difference), at most 100, which means no difference. */
    double psnr, psnr_y; /* dB; of R, G, B together and of Y */
    double error_p999, error_max; /* levels: what 99.9 % of the samples do not exceed, to 1/16; the greatest */
    double block_max; /* greatest difference between the mean of an 8x8 block and that of the area of the large picture that
                         stands for it, levels: what JPEG noise cannot hide. Neither D nor rounding has a part in it. */

    /* Shift: how far the large picture lies right of and below its place, in pixels of the small one, -2 .. 2, with
     * fovea_pair.shift included. Near 0 within a fiftieth, farther off within a third; measured again with that shift
     * given, within a thirtieth. 0 where the picture has nothing to tell it by. */
    double shift_x, shift_y;

    /* Colour drift: CIEDE2000 between each pixel of D(large) and of the small picture, both taken as sRGB. About 1 is
     * what an eye can see side by side. (Sharma, Wu, Dalal 2005.) */
    double drift_mean, drift_p99; /* to 1/40 */

    /* Halo: an edge is a step of 32 levels or more, along a row or a column of the small picture, between two plateaus.
     * A plateau is flat within 2 levels from 2 to 6 pixels beside the edge, and on the lines beside it from 3 to 6; its
     * level is the mean from 3 to 6. Where the small picture itself goes beyond the plateaus by more than 8 % of the
     * step it has a line there, no edge (D makes a sharp step overshoot by up to 7 %). Overshoot is what the result
     * has, up to 4 pixels from the edge, beyond both the plateaus and all that the small picture has there, in percent
     * of the step. Up to 1 level or 1 % is no halo.
     * (Bicubic enlargement of a pixel-sharp step: about 7 %; Lanczos: about 9 %.) */
    uint64_t edges, halos; /* places with an edge; those of them with a halo in some channel */
    double halo_max, halo_p99; /* percent of the step; the latter to 1/16 */

    /* Invented detail: many large pictures shrink to the same small one. The one that needs nothing but D is
     * E(D(large)), E = S D' (D S D')^-1 being the pseudo-inverse of D (D' its transpose, S a diagonal that lets E keep
     * constants; with bicubic D and a whole factor that is a bicubic enlargement which D undoes). large - E(D(large))
     * is what no small picture could tell: right or wrong, it came from the tool. Y alone. The share is
     *     |large - E(D(large))|^2 / (|large - E(D(large))|^2 + |E(D(large)) - its mean over 5x5 small pixels|^2),
     * invented detail out of all detail. It is no fault: a true large photograph has it too. */
    double invented; /* 0 .. 1 */
    double invented_rms; /* root mean square of large - E(D(large)), levels */

    /* Grain: noise that was added where the small picture is flat, i.e. stays within 2 levels in each channel over the
     * 5x5 pixels around. Root of the mean square of Y around the small picture's 3x3 mean, less what the small picture
     * itself has. */
    double grain; /* levels */
    uint64_t flat; /* pixels of the small picture looked at */

    /* Clipped: large pixels with a channel at 0 or 255 while no small pixel of the 5x5 around has it there. */
    double clipped; /* 0 .. 1, of all large pixels */
} fovea_figures;

/* Takes all memory. Of options, the allocator and max_memory are used; they may be NULL.
 * Errors: ARGUMENT, MEMORY, LIMIT; then *out is NULL. Any thread; one measure, one call at a time. */
FOVEA_API fovea_status fovea_measure_new(const fovea_pair *pair, const fovea_options *options, fovea_measure **out,
                                         fovea_error *error);

/* Frees; NULL is allowed. */
FOVEA_API void fovea_measure_free(fovea_measure *m);

/* Whose next row fovea_measure_row takes. */
FOVEA_API fovea_want fovea_measure_wants(const fovea_measure *m);

/* The next row of the picture that is wanted; read only during the call. Errors: ARGUMENT, also when nothing is. */
FOVEA_API fovea_status fovea_measure_row(fovea_measure *m, const void *pixels);

/* Fills *figures up to figures->struct_size, from the rows seen so far; what was not measured is 0, but psnr and psnr_y (100)
 * and the shift, which are those of two equal pictures where fovea_pair put them.
 * Errors: ARGUMENT. */
FOVEA_API fovea_status fovea_measure_get_figures(const fovea_measure *m, fovea_figures *figures);

/* ---- Probe ------------------------------------------------------------------------------------------------- */

/* The inner loops by themselves, to be timed by the caller: how much of this processor the engine uses. */
typedef struct fovea_probe {
    size_t struct_size; /* set by the caller to sizeof(fovea_probe) before the call */
    const char *name; /* "dot product", "body 32 > 32", ... */
    const char *kernels; /* the set that ran, as in fovea_upscaler_info */
    /* Of one round; a multiplication and an addition are two; those of the formula, not fewer. 0: not known. */
    uint64_t operations;
} fovea_probe;

/* Runs loop number index rounds >= 0 times and fills *probe up to probe->struct_size. Loop 0 is the processor's dot
 * product on registers alone, which no loop exceeds but those that need fewer products than their formula has (Winograd); they follow from 1 on, without gaps. Of options, the
 * allocator and cpu_disable are used; it may be NULL. Errors: ARGUMENT, also where there is no loop of that number;
 * MEMORY. Any thread. */
FOVEA_API fovea_status fovea_probe_run(int32_t index, uint64_t rounds, const fovea_options *options, fovea_probe *probe);

#ifdef __cplusplus
}
#endif
#endif
