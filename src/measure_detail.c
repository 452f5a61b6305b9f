/* SPDX-License-Identifier: MIT
 *
 * E = S D' (D S D')^-1, the enlargement that needs nothing but D, one axis after the other as D itself. D S D' is
 * banded and well conditioned (its condition number is about 2 for bicubic D, whatever the factor), so its inverse
 * falls off fast: horizontally it is solved exactly, by a Cholesky factorisation of the band; vertically, where rows
 * still to come would be needed, in a window of FV_SOLVE_REACH rows on each side.
 *
 * S divides each large sample by the sum of its weights in D. So S D' 1 = 1, and with D 1 = 1 also E 1 = 1: without S
 * the repeated borders would make a flat picture look invented. */
#include "measure.h"
#include "measure_math.h"

enum { WINDOW = 2 * FV_SOLVE_REACH + 1 };

/* ---- D S D' ---- */

/* S of large sample `at`: the lines around `middle` are those that touch it. */
static double column(const fv_lines *l, int64_t middle, int64_t at)
{
    double sum = 0;
    for (int64_t i = middle - FV_COVER - 1; i <= middle + FV_COVER + 1; i++)
        if (i >= 0 && i < l->made) sum += fv_line_at(l, i, at);
    return sum > 1e-6 ? 1 / sum : 0;
}

static int64_t small_at(const fv_lines *l, int64_t at)
{
    return (int64_t)fv_floor(((double)at + 0.5) * (double)l->axis.out / (double)l->axis.in - l->axis.shift);
}

/* (D S D')[i][i - back] */
static double product(const fv_lines *l, int64_t i, int back)
{
    const int64_t j = i - back;
    if (j < 0) return 0;
    double sum = 0;
    for (int64_t at = fv_line_first(l, i); at < fv_line_end(l, j); at++)
        sum += fv_line_at(l, i, at) * fv_line_at(l, j, at) * column(l, small_at(l, at), at);
    return sum;
}

/* The band of L D L', in place of the matrix: [i][0] is 1 / D, [i][k] is L[i][i - k]. */
static void factorise(float *band, int n)
{
    const int width = FV_OVERLAP + 1;
    for (int i = 0; i < n; i++) {
        double row[FV_OVERLAP + 1];
        for (int k = 0; k < width; k++) row[k] = band[i * width + k];
        for (int k = FV_OVERLAP; k >= 1; k--) { /* row[k] becomes L[i][i - k] D[i - k] */
            if (i - k < 0) continue;
            for (int o = k + 1; o < width && i - o >= 0; o++) row[k] -= row[o] * (double)band[(i - k) * width + o - k];
        }
        for (int k = 1; k < width && i - k >= 0; k++) {
            const double l = row[k] * (double)band[(i - k) * width];
            row[0] -= l * row[k];
            band[i * width + k] = (float)l;
        }
        band[i * width] = (float)(row[0] > 1e-9 ? 1 / row[0] : 0);
    }
}

void fv_detail_prepare(fovea_measure *m)
{
    for (int at = 0; at < m->lw; at++) m->columns[at] = (float)column(&m->x, small_at(&m->x, at), at);
    for (int i = 0; i < m->sw; i++)
        for (int k = 0; k <= FV_OVERLAP; k++) m->band[i * (FV_OVERLAP + 1) + k] = (float)product(&m->x, i, k);
    factorise(m->band, m->sw);
}

/* ---- Solving ---- */

void fv_detail_shrunk(fovea_measure *m, int y)
{
    const int n = m->sw, width = FV_OVERLAP + 1;
    const size_t at = (size_t)(y % FV_SHRUNK_ROWS) * (size_t)n;
    float *v = m->coefficients + at;
    memcpy(v, m->shrunk_y + at, (size_t)n * sizeof *v);
    for (int i = 0; i < n; i++)
        for (int k = 1; k <= FV_OVERLAP && k <= i; k++) v[i] -= m->band[i * width + k] * v[i - k];
    for (int i = 0; i < n; i++) v[i] *= m->band[i * width];
    for (int i = n - 1; i >= 0; i--)
        for (int k = 1; k <= FV_OVERLAP && i + k < n; k++) v[i] -= m->band[(i + k) * width + k] * v[i + k];
}

static double pair_at(const fovea_measure *m, int i, int j)
{
    const int late = fv_max(i, j), back = late - fv_min(i, j);
    return back > FV_OVERLAP ? 0 : m->pairs[late % FV_LINES * (FV_OVERLAP + 1) + back];
}

/* Row y of the inverse of D S D' of the vertical axis, of which g[0] stands at row `from`. n <= WINDOW. Elimination
 * without a search for pivots: the matrix is positive definite. */
static void inverse_row(const fovea_measure *m, int y, int from, int n, double *g)
{
    double a[WINDOW][WINDOW];
    for (int i = 0; i < n; i++) {
        g[i] = from + i == y;
        for (int j = 0; j < n; j++) a[i][j] = pair_at(m, from + i, from + j);
    }
    for (int k = 0; k < n; k++)
        for (int i = k + 1; i < n && i <= k + FV_OVERLAP; i++) {
            const double share = a[k][k] > 1e-9 ? a[i][k] / a[k][k] : 0;
            for (int j = k; j < n; j++) a[i][j] -= share * a[k][j];
            g[i] -= share * g[k];
        }
    for (int i = n - 1; i >= 0; i--) {
        for (int j = i + 1; j < n; j++) g[i] -= a[i][j] * g[j];
        g[i] = a[i][i] > 1e-9 ? g[i] / a[i][i] : 0;
    }
}

static void add_rows(float *to, const float *from, double weight, int n)
{
    const float w = (float)weight;
    for (int i = 0; i < n; i++) to[i] += w * from[i];
}

static void solve_row(fovea_measure *m, int y)
{
    const int from = fv_max(y - FV_SOLVE_REACH, 0), to = fv_min(y + FV_SOLVE_REACH, m->sh - 1);
    double g[WINDOW];
    for (; m->paired <= to; m->paired++)
        for (int k = 0; k <= FV_OVERLAP; k++)
            m->pairs[m->paired % FV_LINES * (FV_OVERLAP + 1) + k] = product(&m->y, m->paired, k);
    inverse_row(m, y, from, to - from + 1, g);
    float *row = m->solution + (size_t)(y % FV_SHRUNK_ROWS) * (size_t)m->sw;
    memset(row, 0, (size_t)m->sw * sizeof *row);
    for (int i = from; i <= to; i++)
        add_rows(row, m->coefficients + (size_t)(i % FV_SHRUNK_ROWS) * (size_t)m->sw, g[i - from], m->sw);
}

/* ---- Comparing ---- */

/* 5x5 means of the D rows around y, into m->mean. */
static void make_mean(fovea_measure *m, int y)
{
    memset(m->mix, 0, (size_t)m->sw * sizeof *m->mix);
    for (int k = -2; k <= 2; k++)
        add_rows(m->mix, m->shrunk_y + (size_t)(fv_clamp(y + k, 0, m->sh - 1) % FV_SHRUNK_ROWS) * (size_t)m->sw, 0.2, m->sw);
    for (int x = 0; x < m->sw; x++) {
        float sum = 0;
        for (int k = -2; k <= 2; k++) sum += m->mix[fv_clamp(x + k, 0, m->sw - 1)];
        m->mean[x] = 0.2f * sum;
    }
}

/* Row `at` of E(D(large)), which lies under small row y. */
static void enlarge_row(fovea_measure *m, int y, int64_t at)
{
    const double s = column(&m->y, y, at);
    memset(m->mix, 0, (size_t)m->sw * sizeof *m->mix);
    for (int i = fv_max(y - FV_COVER, 0); i <= fv_min(y + FV_COVER, m->sh - 1); i++) {
        const double w = s * fv_line_at(&m->y, i, at);
        if (w < 0 || w > 0) add_rows(m->mix, m->solution + (size_t)(i % FV_SHRUNK_ROWS) * (size_t)m->sw, w, m->sw);
    }
    memset(m->enlarged, 0, (size_t)m->lw * sizeof *m->enlarged);
    for (int i = 0; i < m->sw; i++) {
        float *to = m->enlarged + fv_line_first(&m->x, i);
        const int16_t *w = fv_line_w(&m->x, i);
        const float v = m->mix[i] * (1.0f / FV_RESIZE_ONE);
        for (int j = 0; j < m->x.count[i]; j++) to[j] += (float)w[j] * v;
    }
    for (int x = 0; x < m->lw; x++) m->enlarged[x] *= m->columns[x];
}

/* Adds the squares of the large row to the sums and, by small pixel, to m->map_row. */
static void compare_large_row(fovea_measure *m, int64_t at)
{
    const uint16_t *large = fv_large_row(m, (int)at);
    double invented = 0, determined = 0;
    for (int i = 0; i < m->sw; i++) {
        float squares = 0;
        for (int64_t x = m->under[i]; x < m->under[i + 1]; x++) {
            const float n = fv_luma(large + 3 * x) * (float)(1 / FV_LEVEL) - m->enlarged[x];
            const float d = m->enlarged[x] - m->mean[i];
            squares += n * n;
            determined += (double)(d * d);
        }
        m->map_row[i] += squares;
        invented += (double)squares;
    }
    m->sums.invented += invented;
    m->sums.determined += determined;
    m->sums.detail_pixels += (uint64_t)(m->under[m->sw] - m->under[0]);
}

static void compare_band(fovea_measure *m, int y)
{
    const int64_t from = fv_lines_under(&m->y, y), to = fv_lines_under(&m->y, y + 1);
    make_mean(m, y);
    for (int i = 0; i < m->sw; i++) m->map_row[i] = 0;
    for (int64_t at = from; at < to; at++) {
        enlarge_row(m, y, at);
        compare_large_row(m, at);
    }
    if (!m->pair.map) return;
    for (int i = 0; i < m->sw; i++) {
        const double n = (double)((to - from) * (m->under[i + 1] - m->under[i]));
        m->map_row[i] = n > 0 ? (float)fv_sqrt((double)m->map_row[i] / n) : 0;
    }
    m->pair.map(m->pair.map_user, FOVEA_MAP_INVENTED, y, m->map_row);
}

bool fv_detail_step(fovea_measure *m)
{
    if (m->detailed < m->sh && m->solved > fv_min(m->detailed + FV_COVER, m->sh - 1)) {
        compare_band(m, m->detailed++);
        return true;
    }
    if (m->solved < m->sh && m->shrunk > fv_min(m->solved + FV_SOLVE_REACH, m->sh - 1)) {
        solve_row(m, m->solved++);
        return true;
    }
    return false;
}
