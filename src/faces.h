/* SPDX-License-Identifier: MIT
 *
 * State of fovea_faces, shared by its two halves: the reduced grey picture and what was found in it (faces.c), and the
 * cascade that judges one window of it (faces_cascade.c), whose numbers are in faces_table.c.
 *
 * The detector is that of Viola and Jones (2001) with the features of Lienhart and Maydt (2002): a window of 20x20
 * pixels goes through stages, each a sum over small trees of two questions; the first stage whose sum is too small ends
 * it. A question compares a weighted sum of two or three rectangles with a threshold times the window's contrast. All in
 * integers, so every processor finds the same faces. */
#ifndef FV_FACES_H
#define FV_FACES_H

#include "base.h"

/* ---- The table: train/faces.py writes it. Thresholds, leaves and stages are in units of 1 / 32768. ---- */

enum { FV_FACES_STAGES = 20, FV_FACES_TREES = 1047, FV_FACES_WORDS = 3488 };

typedef struct fv_faces_stage {
    int32_t trees, least; /* a sum of the trees' leaves below least ends it */
} fv_faces_stage;

extern const fv_faces_stage fv_faces_stages[FV_FACES_STAGES];

/* For each tree, bits from the lowest:
 *     16, 16, 16: the leaf of the first question, the second's below and not below its threshold, signed
 *     1: whether the first question's leaf is for "below"; on the other answer the second question is asked
 * then for each of the two questions:
 *     20, 20: two rectangles, each x, y, w, h of 5 bits; the first has weight -1
 *     16: threshold, signed; 2: weight of the second rectangle; 2: of the third; 0: there is none
 *     and, where there is one, a word with the third rectangle */
extern const uint64_t fv_faces_words[FV_FACES_WORDS];

/* ---- A tile of a level of the pyramid ---- */

enum {
    FV_FACE = 20, /* a window's side */
    FV_FACE_STEP = 2, /* between windows, along and down */
    FV_FACE_TILE_W = 256,
    FV_FACE_TILE_H = 128, /* samples of a tile's integral pictures */
    FV_FACE_ACROSS = (FV_FACE_TILE_W - 1 - FV_FACE) / FV_FACE_STEP + 1, /* windows in a row of a tile, 118 */
    FV_FACE_DOWN = (FV_FACE_TILE_H - 1 - FV_FACE) / FV_FACE_STEP + 1, /* rows of them, 54 */
};

/* Where sample (x, y) of an integral picture is: the even columns first, then the odd ones, so that the samples of
 * neighbouring windows, which are FV_FACE_STEP apart, lie side by side. */
static inline int fv_face_at(int x, int y) { return y * FV_FACE_TILE_W + x % 2 * (FV_FACE_TILE_W / 2) + x / 2; }

typedef struct fv_feature {
    uint16_t at[3][4]; /* corners of the rectangles relative to the window's first sample */
    int8_t weight[3]; /* the first is -1 */
    int16_t threshold;
} fv_feature;

typedef struct fv_tree {
    fv_feature first, second;
    int16_t leaf, below, above; /* of the first question; of the second */
    int16_t leaf_below; /* 1 or 0: which answer to the first question is the leaf */
} fv_tree;

/* Sums of all pixels above and left of a sample; modulo 2^32, differences are right. */
typedef struct fv_face_tile {
    uint32_t sums[FV_FACE_TILE_H * FV_FACE_TILE_W], squares[FV_FACE_TILE_H * FV_FACE_TILE_W];
} fv_face_tile;

/* faces_cascade.c: (FV_FACES_TREES) trees from the table. */
void fv_faces_unpack(fv_tree *trees);

/* The windows at (FV_FACE_STEP * i, y), i < count <= FV_FACE_ACROSS: writes the i that hold a face, how many. */
int fv_faces_judge(const fv_tree *trees, const fv_face_tile *tile, int y, int count, uint8_t *found);

#endif
