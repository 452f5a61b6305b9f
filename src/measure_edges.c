/* SPDX-License-Identifier: MIT
 *
 * The large picture beside the small one, a small row at a time: what stands out beside edges, noise where the small
 * picture is flat, channels at the end of the range. Definitions: include/fovea_measure.h, fovea_figures.
 *
 * An edge lies between small samples c and c + 1 of a row or a column. Seen along that line, its profile is samples
 * c - 5 .. c + 6, PROFILE of them; lanes are the lines beside it. */
#include "measure.h"
#include "measure_math.h"

enum {
    PROFILE = FV_EDGE_ABOVE + FV_EDGE_BELOW + 1,
    NEAR = 3, /* result samples are looked at under small samples c - NEAR .. c + 1 + NEAR */
    FLAT = 2 * 257, /* two levels */
    STEP = 32 * 257,
};

/* What D itself makes a sharp step overshoot, of the step, rounded up. */
#define OWN 0.08

/* ---- Least and most of 5x5 ---- */

static void widen_range(fovea_measure *m, int y)
{
    const int n = 3 * m->sw;
    const uint16_t *first = fv_small_row(m, fv_max(y - 2, 0));
    memcpy(m->least, first, (size_t)n * sizeof *first);
    memcpy(m->most, first, (size_t)n * sizeof *first);
    for (int k = fv_max(y - 1, 0); k <= fv_min(y + 2, m->sh - 1); k++) {
        const uint16_t *row = fv_small_row(m, k);
        for (int i = 0; i < n; i++) {
            m->least[i] = row[i] < m->least[i] ? row[i] : m->least[i];
            m->most[i] = row[i] > m->most[i] ? row[i] : m->most[i];
        }
    }
}

static void widen_across(uint16_t *row, uint16_t *copy, int w, bool most)
{
    memcpy(copy, row, 3 * (size_t)w * sizeof *row);
    for (int x = 0; x < w; x++)
        for (int i = fv_max(x - 2, 0); i <= fv_min(x + 2, w - 1); i++)
            for (int c = 0; c < 3; c++) {
                const uint16_t v = copy[3 * i + c];
                if (most ? v > row[3 * x + c] : v < row[3 * x + c]) row[3 * x + c] = v;
            }
}

/* ---- Grain and clipping ---- */

static bool is_flat(const fovea_measure *m, int x)
{
    for (int c = 0; c < 3; c++)
        if (m->most[3 * x + c] - m->least[3 * x + c] > FLAT) return false;
    return true;
}

static double mean_3x3(const fovea_measure *m, int x, int y)
{
    double sum = 0;
    for (int j = -1; j <= 1; j++) {
        const float *row = fv_small_y_row(m, fv_clamp(y + j, 0, m->sh - 1));
        for (int i = -1; i <= 1; i++) sum += (double)row[fv_clamp(x + i, 0, m->sw - 1)];
    }
    return sum / 9;
}

/* The large pixels under small pixel (x, y), rows from .. to - 1. */
static void add_grain(fovea_measure *m, int x, int y, int64_t from, int64_t to)
{
    const double mean = mean_3x3(m, x, y), own = (double)fv_small_y_row(m, y)[x] - mean;
    double squares = 0;
    for (int64_t at = from; at < to; at++) {
        const uint16_t *row = fv_large_row(m, (int)at);
        for (int64_t i = m->under[x]; i < m->under[x + 1]; i++) {
            const double d = (double)fv_luma(row + 3 * i) * (1 / FV_LEVEL) - mean;
            squares += d * d;
        }
    }
    const int64_t n = (to - from) * (m->under[x + 1] - m->under[x]);
    if (n < 1) return;
    m->sums.grain_large += squares / (double)n;
    m->sums.grain_small += own * own;
    m->sums.flat++;
}

static void count_clipped(fovea_measure *m, int64_t at)
{
    const uint16_t *row = fv_large_row(m, (int)at);
    for (int x = 0; x < m->sw; x++)
        for (int64_t i = m->under[x]; i < m->under[x + 1]; i++) {
            bool clipped = false;
            for (int c = 0; c < 3; c++) {
                const uint16_t v = row[3 * i + c];
                clipped |= (v == 0 && m->least[3 * x + c] > 0) || (v == 65535 && m->most[3 * x + c] < 65535);
            }
            m->sums.clipped += clipped;
        }
}

/* ---- Halos ---- */

/* A line of the small picture: sample k of lane l of channel c is at row y + k * dy + l * dx, column x + k * dx + l *
 * dy; (dx, dy) is (1, 0) along a row and (0, 1) along a column. */
typedef struct edge {
    int x, y, dx, dy, channel;
    double left, right, step; /* plateaus, of 16 bits */
    double least, most; /* of the small picture around it */
} edge;

static int sample(const fovea_measure *m, const edge *e, int k, int lane)
{
    const int y = e->y + k * e->dy + lane * e->dx, x = e->x + k * e->dx + lane * e->dy;
    return fv_small_row(m, fv_clamp(y, 0, m->sh - 1))[3 * fv_clamp(x, 0, m->sw - 1) + e->channel];
}

/* Is it flat from sample `from` to sample `to` of the middle lane, and from 3 pixels on beside it? */
static bool plateau(const fovea_measure *m, const edge *e, int from, int to, double *level)
{
    const bool left = from < 0;
    int least = 65535, most = 0, sum = 0;
    for (int k = from; k <= to; k++)
        for (int lane = -1; lane <= 1; lane++) {
            const bool nearest = left ? k == to : k == from;
            if (lane && nearest) continue;
            const int v = sample(m, e, k, lane);
            least = fv_min(least, v);
            most = fv_max(most, v);
            if (!lane && !nearest) sum += v;
        }
    *level = sum / 3.0;
    return most - least <= FLAT;
}

/* What the small picture has around the edge, and the plateaus. false: a line beside the step, or something else. */
static bool find_range(const fovea_measure *m, edge *e)
{
    const double low = e->left < e->right ? e->left : e->right, high = e->left < e->right ? e->right : e->left;
    e->least = low;
    e->most = high;
    for (int lane = -2; lane <= 2; lane++)
        for (int k = -FV_EDGE_ABOVE; k <= FV_EDGE_BELOW; k++) {
            const double v = sample(m, e, k, lane);
            e->least = v < e->least ? v : e->least;
            e->most = v > e->most ? v : e->most;
        }
    return e->most - high <= OWN * e->step && low - e->least <= OWN * e->step;
}

static bool find_edge(const fovea_measure *m, edge *e)
{
    const int before = sample(m, e, -2, 0), after = sample(m, e, 3, 0);
    if (before - after < STEP - FLAT && after - before < STEP - FLAT) return false;
    if (!plateau(m, e, -FV_EDGE_ABOVE, -2, &e->left) || !plateau(m, e, 3, FV_EDGE_BELOW, &e->right)) return false;
    e->step = fv_abs(e->right - e->left);
    const double middle = (e->left + e->right) / 2, here = sample(m, e, 0, 0) - middle, next = sample(m, e, 1, 0) - middle;
    const bool here_it_is = e->left < e->right ? here < 0 && next >= 0 : here >= 0 && next < 0;
    return e->step >= STEP && here_it_is && find_range(m, e);
}

/* What the result has beyond that, of 16 bits. */
static double overshoot(const fovea_measure *m, const edge *e)
{
    double over = 0;
    const int left = fv_clamp(e->x - NEAR * e->dx, 0, m->sw - 1), right = fv_clamp(e->x + (NEAR + 1) * e->dx, 0, m->sw - 1);
    const int64_t from = fv_lines_under(&m->y, e->y - NEAR * e->dy), to = fv_lines_under(&m->y, e->y + (NEAR + 1) * e->dy + 1);
    for (int64_t at = from; at < to; at++) {
        const uint16_t *row = fv_large_row(m, (int)at);
        for (int64_t i = m->under[left]; i < m->under[right + 1]; i++) {
            const double v = row[3 * i + e->channel];
            over = v - e->most > over ? v - e->most : over;
            over = e->least - v > over ? e->least - v : over;
        }
    }
    return over;
}

static void look_at(fovea_measure *m, int x, int y, int dx, int dy)
{
    double worst = 0;
    bool found = false, halo = false;
    for (int c = 0; c < 3; c++) {
        edge e = {.x = x, .y = y, .dx = dx, .dy = dy, .channel = c};
        if (!find_edge(m, &e)) continue;
        const double over = overshoot(m, &e), percent = 100 * over / e.step;
        found = true;
        halo |= over > FV_LEVEL && percent > 1;
        worst = percent > worst ? percent : worst;
    }
    if (!found) return;
    m->sums.edges++;
    m->sums.halos += halo;
    m->sums.halo_worst = worst > m->sums.halo_worst ? worst : m->sums.halo_worst;
    fv_count(&m->halo, worst);
}

/* ---- A row ---- */

void fv_edges_row(fovea_measure *m, int y)
{
    const int64_t from = fv_lines_under(&m->y, y), to = fv_lines_under(&m->y, y + 1);
    widen_range(m, y);
    widen_across(m->least, m->window, m->sw, false);
    widen_across(m->most, m->window, m->sw, true);
    for (int x = 0; x < m->sw; x++)
        if (is_flat(m, x)) add_grain(m, x, y, from, to);
    for (int64_t at = from; at < to; at++) count_clipped(m, at);

    if (y >= 1 && y < m->sh - 1)
        for (int x = FV_EDGE_ABOVE; x < m->sw - FV_EDGE_BELOW; x++) look_at(m, x, y, 1, 0);
    if (y >= FV_EDGE_ABOVE && y < m->sh - FV_EDGE_BELOW)
        for (int x = 1; x < m->sw - 1; x++) look_at(m, x, y, 0, 1);
}
