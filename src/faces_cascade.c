/* SPDX-License-Identifier: MIT
 *
 * The cascade. Most windows end in the first two stages, which are computed for whole rows of windows in loops that
 * compilers vectorise; the rest go on one by one. */
#include "faces.h"

enum {
    ONE = 1 << 15,
    EARLY = 2, /* stages for whole rows */
    INNER = FV_FACE - 2, /* contrast is measured without the window's border */
    QUIET = 8, /* levels of standard deviation below which nothing is a face */
};

/* ---- The table ---- */

static void unpack_rectangle(uint32_t bits, uint16_t at[4])
{
    const int x = bits & 31, y = bits >> 5 & 31, w = bits >> 10 & 31, h = bits >> 15 & 31;
    at[0] = (uint16_t)fv_face_at(x, y);
    at[1] = (uint16_t)fv_face_at(x + w, y);
    at[2] = (uint16_t)fv_face_at(x, y + h);
    at[3] = (uint16_t)fv_face_at(x + w, y + h);
}

static const uint64_t *unpack_feature(const uint64_t *word, fv_feature *f)
{
    *f = (fv_feature){.weight = {-1, (int8_t)(*word >> 56 & 3), (int8_t)(*word >> 58 & 3)},
                      .threshold = (int16_t)(*word >> 40 & 0xffff)};
    unpack_rectangle((uint32_t)(*word & 0xfffff), f->at[0]);
    unpack_rectangle((uint32_t)(*word >> 20 & 0xfffff), f->at[1]);
    word++;
    if (f->weight[2]) unpack_rectangle((uint32_t)*word++, f->at[2]);
    return word;
}

void fv_faces_unpack(fv_tree *trees)
{
    const uint64_t *word = fv_faces_words;
    for (fv_tree *t = trees; t < trees + FV_FACES_TREES; t++) {
        t->leaf = (int16_t)(*word & 0xffff);
        t->below = (int16_t)(*word >> 16 & 0xffff);
        t->above = (int16_t)(*word >> 32 & 0xffff);
        t->leaf_below = (int16_t)(*word++ >> 48 & 1);
        word = unpack_feature(word, &t->first);
        word = unpack_feature(word, &t->second);
    }
}

/* ---- One window ---- */

static ALWAYS_INLINE int32_t area(const uint32_t *s, const uint16_t at[4])
{
    return (int32_t)(s[at[0]] - s[at[1]] - s[at[2]] + s[at[3]]);
}

/* s: the window's first sample. contrast: standard deviation times the pixels of the inner window, below 2^16, so the
 * product stays below 2^31. */
static ALWAYS_INLINE bool is_below(const fv_feature *f, const uint32_t *s, int32_t contrast)
{
    int32_t value = f->weight[1] * area(s, f->at[1]) - area(s, f->at[0]);
    if (f->weight[2]) value += f->weight[2] * area(s, f->at[2]);
    return value < (f->threshold * contrast + ONE - 1) >> 15;
}

/* The leaf for two answers, each -1 or 0. */
static ALWAYS_INLINE int32_t choose(const fv_tree *t, int32_t one, int32_t two)
{
    const int32_t is_leaf = one ^ (t->leaf_below - 1);
    return (t->leaf & is_leaf) | (((t->below & two) | (t->above & ~two)) & ~is_leaf);
}

/* Both questions are always asked: a wrongly predicted branch costs more. */
static ALWAYS_INLINE int32_t answer(const fv_tree *t, const uint32_t *s, int32_t contrast)
{
    const int32_t one = -(int32_t)is_below(&t->first, s, contrast), two = -(int32_t)is_below(&t->second, s, contrast);
    return choose(t, one, two);
}

/* The stages after the early ones; trees: theirs. */
static bool passes(const fv_tree *trees, const uint32_t *s, int32_t contrast)
{
    for (int stage = EARLY; stage < FV_FACES_STAGES; stage++) {
        const fv_tree *end = trees + fv_faces_stages[stage].trees;
        int32_t sum = 0;
        for (; trees < end; trees++) sum += answer(trees, s, contrast);
        if (sum < fv_faces_stages[stage].least) return false;
    }
    return true;
}

/* ---- A row of windows ---- */

/* Largest whole number whose square is not above v < 2^31: digit by digit, the same for all. */
static ALWAYS_INLINE uint32_t root_of(uint32_t v)
{
    uint32_t root = 0;
    for (uint32_t bit = 1u << 30; bit; bit >>= 2) {
        const uint32_t trial = root + bit, take = v >= trial ? ~0u : 0;
        v -= trial & take;
        root = (root >> 1) + (bit & take);
    }
    return root;
}

/* n * (sum of squares) - (sum)^2 over the inner window is the square of n times the standard deviation. */
static void measure_contrast(const fv_face_tile *tile, int first, int count, int32_t *contrast)
{
    const int a = fv_face_at(1, 1), b = fv_face_at(1 + INNER, 1), c = fv_face_at(1, 1 + INNER),
              d = fv_face_at(1 + INNER, 1 + INNER);
    const uint32_t *s = tile->sums + first, *q = tile->squares + first;
    for (int i = 0; i < count; i++) {
        const uint32_t sum = s[a + i] - s[b + i] - s[c + i] + s[d + i], square = q[a + i] - q[b + i] - q[c + i] + q[d + i];
        contrast[i] = (int32_t)(INNER * INNER * square - sum * sum);
    }
    for (int i = 0; i < count; i++) contrast[i] = (int32_t)root_of((uint32_t)contrast[i]);
}

/* below[i]: -1 or 0, the answers of a row of windows. */
static void ask(const fv_feature *f, const uint32_t *s, const int32_t *contrast, int count, int32_t *below)
{
    const uint32_t *a = s + f->at[0][0], *b = s + f->at[0][1], *c = s + f->at[0][2], *d = s + f->at[0][3];
    const uint32_t *e = s + f->at[1][0], *g = s + f->at[1][1], *h = s + f->at[1][2], *k = s + f->at[1][3];
    const uint32_t weight = (uint32_t)f->weight[1];
    int32_t value[FV_FACE_ACROSS];
    for (int i = 0; i < count; i++) value[i] = (int32_t)(weight * (e[i] - g[i] - h[i] + k[i]) - (a[i] - b[i] - c[i] + d[i]));
    if (f->weight[2])
        for (int i = 0; i < count; i++) value[i] += f->weight[2] * area(s + i, f->at[2]);
    for (int i = 0; i < count; i++) below[i] = -(value[i] < (f->threshold * contrast[i] + ONE - 1) >> 15);
}

/* fails[i] becomes nonzero where the stage ends a window. */
static void early_stage(const fv_tree *trees, const fv_faces_stage *stage, const uint32_t *s, const int32_t *contrast,
                        int count, int32_t *fails)
{
    int32_t one[FV_FACE_ACROSS], two[FV_FACE_ACROSS], sums[FV_FACE_ACROSS] = {0};
    for (const fv_tree *t = trees; t < trees + stage->trees; t++) {
        ask(&t->first, s, contrast, count, one);
        ask(&t->second, s, contrast, count, two);
        for (int i = 0; i < count; i++) sums[i] += choose(t, one[i], two[i]);
    }
    for (int i = 0; i < count; i++) fails[i] |= -(int32_t)(sums[i] < stage->least);
}

int fv_faces_judge(const fv_tree *trees, const fv_face_tile *tile, int y, int count, uint8_t *found)
{
    int32_t contrast[FV_FACE_ACROSS], fails[FV_FACE_ACROSS];
    const int first = fv_face_at(0, y);
    const uint32_t *s = tile->sums + first;
    int faces = 0;
    measure_contrast(tile, first, count, contrast);
    for (int i = 0; i < count; i++) fails[i] = -(int32_t)(contrast[i] < QUIET * INNER * INNER);
    for (int stage = 0; stage < EARLY; trees += fv_faces_stages[stage++].trees)
        early_stage(trees, &fv_faces_stages[stage], s, contrast, count, fails);
    for (int i = 0; i < count; i++)
        if (!fails[i] && passes(trees, s + i, contrast[i])) found[faces++] = (uint8_t)i;
    return faces;
}
