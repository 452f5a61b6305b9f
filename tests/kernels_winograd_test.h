/* SPDX-License-Identifier: MIT
 *
 * Bodies four rows at a time against plain C row by row, up to the largest sums that are allowed (part of kernels_test.c). */
#ifndef KERNELS_WINOGRAD_TEST_H
#define KERNELS_WINOGRAD_TEST_H

enum { ROWS = FV_GROUP, ROWS_READ = FV_GROUP + 2 };

/* No channel's weights of either sign sum to more than the limit; where there are enough of them, the first channel's positive
 * and the second one's negative ones to the very limit. */
static void limit_sums(conv *c)
{
    const int taps = 9 * c->cin;
    for (int o = 0; o < c->cout; o++) {
        int8_t *w = c->w + o * taps;
        for (int i = 0; o < 2 && i < taps; i++) w[i] = (int8_t)(o ? -127 : 127);
        for (int sign = -1; sign <= 1; sign += 2) {
            int32_t sum = 0;
            for (int i = 0; i < taps; i++) {
                if (w[i] * sign <= 0) continue;
                const int32_t room = FV_WINOGRAD_SUM_MAX - sum, own = w[i] * sign;
                w[i] = (int8_t)((own < room ? own : room) * sign);
                sum += w[i] * sign;
            }
        }
    }
}

/* (cout / 16, 36, cin / 2, 16, 2): along one axis 6 g0, -(g0 + g1 + g2), -(g0 - g1 + g2), g0 + 2 g1 + 4 g2, g0 - 2 g1 + 4 g2, 6 g2. */
static void six_of(const int g[3], int to[6])
{
    const int a = g[0] + g[2], b = g[0] + 4 * g[2];
    const int six[6] = {6 * g[0], -a - g[1], g[1] - a, b + 2 * g[1], b - 2 * g[1], 6 * g[2]};
    memcpy(to, six, sizeof six);
}

static int16_t *pack_points(const conv *c)
{
    const size_t bytes = (size_t)36 * 2 * (size_t)(c->cin * c->cout_pad);
    int16_t *to = page_take(bytes, FV_ALIGN, 0);
    memset(to, 0, bytes);
    for (int o = 0; o < c->cout; o++)
        for (int i = 0; i < c->cin; i++) {
            int along[3][6], points[6];
            for (int ky = 0; ky < 3; ky++) {
                int g[3];
                for (int kx = 0; kx < 3; kx++) g[kx] = c->w[(o * 9 + 3 * ky + kx) * c->cin + i];
                six_of(g, along[ky]);
            }
            for (int x = 0; x < 6; x++) {
                const int g[3] = {along[0][x], along[1][x], along[2][x]};
                six_of(g, points);
                for (int y = 0; y < 6; y++)
                    to[(((o / 16 * 36 + 6 * y + x) * (c->cin / 2) + i / 2) * 16 + o % 16) * 2 + i % 2] = (int16_t)points[y];
            }
        }
    return to;
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    while (n && *a == *b) a++, b++, n--;
    return n == 0;
}

static void rows_run(const fv_kernels *k, const fv_kernels *plain, const fv_conv *packed, const fv_conv *plain_packed, int n,
                     int count, bool full)
{
    const size_t mark = page_mark(), in_size = (size_t)((n + 2) * packed->cin), out_size = (size_t)(n * packed->cout);
    const uint8_t *in[ROWS_READ], *add[ROWS] = {NULL};
    uint8_t *out[ROWS] = {NULL};
    guarded g[ROWS];
    for (int i = 0; i < ROWS_READ; i++) {
        uint8_t *row = page_take(in_size, 1, FV_SLACK);
        for (size_t j = 0; j < in_size; j++) row[j] = full ? 127 : rnd() % 128;
        in[i] = i <= count + 1 ? row : in[count + 1];
    }
    for (int i = 0; i < count; i++) {
        out[i] = guard_take(&g[i], out_size, 1, 0);
        uint8_t *row = packed->skip ? page_take(out_size, 1, FV_SLACK) : NULL;
        for (size_t j = 0; row && j < out_size; j++) row[j] = rnd() % 128;
        add[i] = row;
    }
    k->body_rows(packed, in, add, out, count, n, page_take(FV_WINOGRAD_WORK(packed->cin), FV_ALIGN, 0));
    uint8_t *want_row = page_take(out_size, 1, 0);
    for (int i = 0; i < count; i++) {
        plain->body(plain_packed, in + i, add[i], want_row, n);
        CHECK(guard_whole(&g[i]), "%s: %d rows, %d>%d, n %d: wrote outside row %d", k->name, count, packed->cin, packed->cout,
              n, i);
        CHECK(same_bytes(out[i], want_row, out_size), "%s: row %d of %d, %d>%d, n %d%s: not plain C's", k->name, i, count,
              packed->cin, packed->cout, n, full ? ", largest sums" : "");
    }
    page_back(mark);
}

/* The same of a tail: (n, 3 s) values in s rows for each. */
static void tails_run(const fv_kernels *k, const fv_kernels *plain, const fv_conv *packed, const fv_conv *plain_packed, int n,
                      int count)
{
    const size_t mark = page_mark(), in_size = (size_t)((n + 2) * packed->cin);
    const int s = packed->cout == 12 ? 2 : packed->cout == 27 ? 3 : 4;
    const size_t out_size = (size_t)(n * 3 * s) * 4;
    const uint8_t *in[ROWS_READ];
    int32_t *out[ROWS][4] = {{NULL}}, *want_rows[4];
    guarded g[ROWS][4];
    for (int i = 0; i < ROWS_READ; i++) {
        uint8_t *row = page_take(in_size, 1, FV_SLACK);
        for (size_t j = 0; j < in_size; j++) row[j] = rnd() % 128;
        in[i] = i <= count + 1 ? row : in[count + 1];
    }
    for (int i = 0; i < count; i++)
        for (int dy = 0; dy < s; dy++) out[i][dy] = guard_take(&g[i][dy], out_size, 4, FV_SLACK);
    for (int dy = 0; dy < s; dy++) want_rows[dy] = page_take(out_size, 4, FV_SLACK);
    k->tail_rows(packed, in, out, count, n, page_take(FV_WINOGRAD_WORK(packed->cin), FV_ALIGN, 0));
    for (int i = 0; i < count; i++) {
        plain->tail(plain_packed, in + i, want_rows, n);
        for (int dy = 0; dy < s; dy++) {
            CHECK(guard_whole(&g[i][dy]), "%s: tail %d>%d, n %d: wrote outside row %d", k->name, packed->cin, packed->cout, n,
                  i);
            CHECK(same_bytes((const uint8_t *)out[i][dy], (const uint8_t *)want_rows[dy], out_size),
                  "%s: row %d of %d, %d of the tail %d>%d, n %d: not plain C's", k->name, i, count, dy, packed->cin,
                  packed->cout, n);
        }
    }
    page_back(mark);
}

static void tails_check(const sets *all, int cin, int cout, style how)
{
    const size_t mark = page_mark();
    conv_fill(&net, TAIL, cin, cout, false, how);
    limit_sums(&net);
    const fv_conv plain_packed = conv_pack(&net, all->k[0].pack);
    for (int i = 0; i < all->count; i++) {
        const fv_kernels *k = &all->k[i];
        CHECK(!k->tail_rows == !k->body_rows, "%s: groups of one kind only", k->name);
        if (!k->tail_rows) continue;
        fv_conv packed = conv_pack(&net, k->pack);
        packed.winograd = pack_points(&net);
        for (int n = 1; n <= 56; n += how == RANDOM ? 1 : 11)
            tails_run(k, &all->k[0], &packed, &plain_packed, n, 1 + (n + i) % ROWS);
        tails_run(k, &all->k[0], &packed, &plain_packed, 57 + (int)(rnd() % 64), ROWS);
    }
    page_back(mark);
}

static void rows_check(const sets *all, int cin, int cout, bool skip, style how)
{
    const size_t mark = page_mark();
    conv_fill(&net, BODY, cin, cout, skip, how);
    if (how == EXTREME) limit_sums(&net);
    const fv_conv plain_packed = conv_pack(&net, all->k[0].pack);
    for (int i = 0; i < all->count; i++) {
        const fv_kernels *k = &all->k[i];
        if (!k->body_rows) continue;
        fv_conv packed = conv_pack(&net, k->pack);
        packed.winograd = pack_points(&net);
        for (int n = 1; n <= 56; n += how == RANDOM ? 1 : 11)
            rows_run(k, &all->k[0], &packed, &plain_packed, n, 1 + (n + i) % ROWS, how == EXTREME && n % 2);
        rows_run(k, &all->k[0], &packed, &plain_packed, 57 + (int)(rnd() % 64), ROWS, false);
    }
    page_back(mark);
}

static void four_rows(const sets *all)
{
    static const int tails[] = {12, 27, 48};
    for (int round = 0; round < (soak() ? 10 : 1); round++)
        for (int channels = 32; channels <= 64; channels += 32)
            for (style how = RANDOM; how < STYLES; how++) {
                for (int skip = 0; skip < 2; skip++) rows_check(all, channels, channels, skip, how);
                for (int i = 0; i < 3; i++) tails_check(all, channels, tails[i], how);
            }
}

#endif
