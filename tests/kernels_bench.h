/* SPDX-License-Identifier: MIT
 *
 * kernels_test --bench: how fast each kernel is, in billions of operations a second (a multiplication and an addition are
 * two), and which share that is of the set's own dot product instruction run on registers alone. Processor time of this
 * thread, the best of many runs. */
#ifndef KERNELS_BENCH_H
#define KERNELS_BENCH_H

enum { BENCH_N = 192 };

static double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double ceiling(uint32_t cpu)
{
    double best = 0;
    for (int i = 0; i < 200; i++) {
        const double start = bench_now(), work = 20 * (double)fv_probe_ceiling(cpu, 20), rate = work / (bench_now() - start);
        if (rate > best) best = rate;
    }
    return best / 1e9;
}

static void bench_line(const char *set, const char *what, double ops_per_pixel, double seconds, double ceiling_now)
{
    const double rate = ops_per_pixel * BENCH_N / seconds / 1e9;
    printf("%-11s %-18s %8.2f ns/px", set, what, seconds * 1e9 / BENCH_N);
    if (ops_per_pixel > 0) printf(" %8.1f GOP/s", rate);
    if (ops_per_pixel > 0 && ceiling_now > 0) printf(" %5.1f %%", 100 * rate / ceiling_now);
    printf("\n");
}

/* The shortest of the runs of a statement. */
#define BEST(seconds, statement) \
    double seconds = 1e9; \
    for (int run_ = 0; run_ < 60; run_++) { \
        const double start_ = bench_now(); \
        for (int i_ = 0; i_ < 4; i_++) statement; \
        const double took_ = (bench_now() - start_) / 4; \
        if (took_ < seconds) seconds = took_; \
    }

static void bench_conv(const fv_kernels *k, job kind, int cin, int cout, bool skip, double ceiling_now)
{
    const size_t mark = page_mark();
    conv_fill(&net, kind, cin, cout, skip, RANDOM);
    const fv_conv packed = conv_pack(&net, k->pack);
    const uint8_t *in[3];
    for (int i = 0; i < 3; i++) {
        uint8_t *row = page_take((BENCH_N + 2) * 128, FV_ALIGN, FV_SLACK);
        for (int j = 0; j < (BENCH_N + 2) * 128; j++) row[j] = kind == HEAD && j % 2 ? rnd() % 16 : rnd() % 128;
        in[i] = row;
    }
    const uint16_t *const in16[3] = {(const void *)in[0], (const void *)in[1], (const void *)in[2]};
    const uint8_t *add = skip ? in[1] : NULL;
    uint8_t *out = page_take(BENCH_N * 128, FV_ALIGN, 0);
    int32_t *rows[4];
    for (int i = 0; i < 4; i++) rows[i] = page_take(BENCH_N * 48, FV_ALIGN, FV_SLACK);
    char what[64];
    snprintf(what, sizeof what, "%s %d>%d%s", job_name[kind], cin, cout, skip ? " skip" : "");
    BEST(seconds, (kind == HEAD   ? k->head(&packed, in16, out, BENCH_N)
                   : kind == BODY ? k->body(&packed, in, add, out, BENCH_N)
                                  : k->tail(&packed, in, rows, BENCH_N)))
    bench_line(k->name, what, 2.0 * 9 * cin * cout, seconds, ceiling_now);
    page_back(mark);
}

/* Four rows at once, against the products that row by row would take: more than the ceiling is no mistake. */
static void bench_body_rows(const fv_kernels *k, int channels, bool skip, double ceiling_now)
{
    if (!k->body_rows) return;
    const size_t mark = page_mark();
    conv_fill(&net, BODY, channels, channels, skip, RANDOM);
    fv_conv packed = conv_pack(&net, k->pack);
    packed.winograd = pack_points(&net);
    const uint8_t *in[ROWS_READ], *add[ROWS] = {NULL};
    uint8_t *out[ROWS];
    for (int i = 0; i < ROWS_READ; i++) {
        uint8_t *row = page_take((size_t)((BENCH_N + 2) * channels), FV_ALIGN, FV_SLACK);
        for (int j = 0; j < (BENCH_N + 2) * channels; j++) row[j] = rnd() % 128;
        in[i] = row;
    }
    for (int i = 0; i < ROWS; i++) {
        out[i] = page_take((size_t)(BENCH_N * channels), FV_ALIGN, 0);
        if (skip) add[i] = in[i];
    }
    void *work = page_take(FV_WINOGRAD_WORK(channels), FV_ALIGN, 0);
    char what[64];
    snprintf(what, sizeof what, "rows %d>%d%s", channels, channels, skip ? " skip" : "");
    BEST(seconds, k->body_rows(&packed, in, add, out, ROWS, BENCH_N, work))
    bench_line(k->name, what, 2.0 * 9 * channels * channels, seconds / ROWS, ceiling_now);
    page_back(mark);
}

static void bench_rows(const fv_kernels *k)
{
    static const int16_t w[4][4] = {
        {-180, 1596, 2980, -300}, {-28, 372, 3948, -196}, {-196, 3948, 372, -28}, {-300, 2980, 1596, -180}};
    static const uint8_t base[4] = {0, 0, 1, 1};
    const size_t mark = page_mark();
    uint16_t *in = page_take((BENCH_N + 4) * 6, FV_ALIGN, FV_SLACK);
    int32_t *h[5];
    for (int i = 0; i < 5; i++) h[i] = page_take(BENCH_N * 48, FV_ALIGN, FV_SLACK);
    const int32_t *const four[4] = {h[0], h[1], h[2], h[3]};
    uint16_t *out = page_take(BENCH_N * 24, FV_ALIGN, 0);
    char what[64];
    for (int s = 2; s <= 4; s++)
        for (int channels = 3; channels >= 1; channels -= 2) {
            BEST(seconds, k->anchor_row(in, w, base, s, channels, h[0], BENCH_N))
            snprintf(what, sizeof what, "anchor_row x%d c%d", s, channels);
            bench_line(k->name, what, 0, seconds, 0);
        }
    const int n = BENCH_N * 12; /* all of a source pixel at 2x */
    BEST(column, k->anchor_column(four, w[0], h[0], h[4], n))
    bench_line(k->name, "anchor_column x2", 0, column, 0);
    BEST(round8, k->round8(h[0], (uint8_t *)out, n))
    bench_line(k->name, "round8 x2", 0, round8, 0);
    BEST(round16, k->round16(h[0], out, n))
    bench_line(k->name, "round16 x2", 0, round16, 0);
    page_back(mark);
}

static int bench(const sets *all)
{
    static const struct {
        job job;
        int cin, cout;
        bool skip;
    } shapes[] = {
        {HEAD, 3, 32, false},  {HEAD, 3, 64, false},  {BODY, 32, 32, false}, {BODY, 32, 32, true},
        {BODY, 64, 64, false}, {BODY, 64, 64, true},  {BODY, 48, 48, false}, {BODY, 16, 16, false},
        {TAIL, 32, 12, false}, {TAIL, 32, 27, false}, {TAIL, 32, 48, false}, {TAIL, 64, 12, false},
    };
    rnd_seed(1);
    for (int i = 0; i < all->count; i++) {
        const fv_kernels *k = &all->k[i];
        for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++) {
            const double now = ceiling(all->cpu[i]); /* measured again each time: the clock of a processor changes */
            if (j == 0 && now > 0) printf("%-11s %-18s %29.1f GOP/s\n", k->name, "ceiling", now);
            bench_conv(k, shapes[j].job, shapes[j].cin, shapes[j].cout, shapes[j].skip, now);
            if (shapes[j].job == BODY && shapes[j].cin % 32 == 0) bench_body_rows(k, shapes[j].cin, shapes[j].skip, now);
        }
        bench_rows(k);
    }
    return 0;
}

#endif
