/* SPDX-License-Identifier: MIT
 *
 * The best of several runs: whatever else the machine does can only make one longer. Each loop's share is of the dot
 * product measured just before it, because a processor's clock changes. */
#define _GNU_SOURCE 1
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "fovea.h"
#include "net.h"
#include "report.h"

#define RUNS 5
#define SHORTEST 0.004 /* seconds of a loop's run */
#define ENOUGH 0.7     /* seconds of a net's runs, after which none more begins: an ensemble takes seconds for each */
#define WIDTH 640
#define HEIGHT 360

/* ---- Loops ------------------------------------------------------------------------------------------------- */

/* Operations a second of a loop, or 0. */
static double loop_rate(int index, fovea_probe *probe)
{
    double best = 0;
    *probe = (fovea_probe){.struct_size = sizeof *probe};
    if (fovea_probe_run(index, 1, NULL, probe) || !probe->operations) return 0;
    unsigned long long rounds = 1;
    for (int run = 0; run < RUNS;) {
        double start = clock_seconds();
        fovea_probe_run(index, rounds, NULL, probe);
        double took = clock_seconds() - start;
        if (took < SHORTEST) {
            rounds *= 2;
            continue;
        }
        double rate = (double)probe->operations * (double)rounds / took;
        best = rate > best ? rate : best;
        run++;
    }
    return best;
}

/* The dot product's operations a second, for the nets' shares; 0: not known. */
static double bench_loops(void)
{
    fovea_probe probe, ceiling_probe;
    double ceiling = 0;
    for (int i = 0; (probe = (fovea_probe){.struct_size = sizeof probe}, !fovea_probe_run(i, 0, NULL, &probe)); i++) {
        double limit = loop_rate(0, &ceiling_probe), rate = i ? loop_rate(i, &probe) : limit;
        ceiling = limit > ceiling ? limit : ceiling;
        if (i == 0) printf("One thread, kernels %s; billions of operations a second (a multiply-add is two)\n", probe.kernels);
        if (rate > 0)
            printf("  %-16s %8.1f", probe.name, rate / 1e9);
        else
            printf("  %-16s %8s", probe.name, "-");
        if (i && limit > 0) printf("  %5.1f %% of the dot product", 100 * rate / limit);
        putchar('\n');
    }
    return ceiling;
}

/* ---- Nets -------------------------------------------------------------------------------------------------- */

/* Slopes and edges; the time does not depend on what is in the picture. */
static void draw(unsigned char *p)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < 3 * WIDTH; x++) *p++ = (unsigned char)((x * x + y * y) / 512 + (x / 90 + y / 30) % 2 * 96);
}

/* Seconds for the whole picture in faithful mode; 0: no memory. threads becomes what there are. */
static double net_seconds(const fovea_model *model, int *threads, const unsigned char *small, unsigned char *large, int scale)
{
    const fovea_source src = {small, 3 * WIDTH, FOVEA_FORMAT_RGB8, 0, 0, WIDTH, HEIGHT, WIDTH, HEIGHT, 0, 0};
    const fovea_target dst = {large, (size_t)(3 * WIDTH * scale), FOVEA_FORMAT_RGB8};
    fovea_upscaler_info info = {.struct_size = sizeof info};
    fovea_upscaler *upscaler;
    double best = 0, spent = 0;
    if (fovea_upscaler_new(model, fovea_options(.threads = *threads), &upscaler, NULL)) return 0;
    fovea_upscaler_get_info(upscaler, &info);
    *threads = info.threads;
    for (int run = 0; run < RUNS && spent < ENOUGH; run++) {
        double start = clock_seconds();
        if (fovea_upscale(upscaler, &src, &dst, NULL)) break;
        double took = clock_seconds() - start;
        best = run == 0 || took < best ? took : best;
        spent += took;
    }
    fovea_upscaler_free(upscaler);
    return best;
}

/* "12.3 (45 %)": megapixels of result a second, and the share of the dot product in all threads. */
static void print_speed(const fovea_model_info *info, double seconds, int threads, double ceiling)
{
    const double pixels = (double)WIDTH * HEIGHT,
                 share = 2.0 * (double)info->macs_per_pixel * pixels / seconds / ceiling / threads;
    printf("  %8.1f", pixels * info->scale * info->scale / seconds / 1e6);
    if (ceiling > 0) printf(" (%2.0f %%)", 100 * share);
}

static bool bench_net(int i, int most, const unsigned char *small, unsigned char *large, double ceiling)
{
    fovea_model_info info;
    const char *name;
    fovea_model *model = net_open(i, &info, &name);
    if (!model) return false;
    int one = 1, all = most;
    double alone = net_seconds(model, &one, small, large, info.scale);
    double together = all == 1 ? alone : net_seconds(model, &all, small, large, info.scale);
    if (alone > 0 && together > 0) {
        printf("  %-26s", name);
        print_speed(&info, alone, 1, ceiling);
        print_speed(&info, together, all, ceiling);
        printf("  x%.2f\n", alone / together);
    }
    fovea_model_free(model);
    return alone > 0 && together > 0;
}

bool bench_run(int threads)
{
    unsigned char *small = malloc((size_t)3 * WIDTH * HEIGHT), *large = malloc((size_t)3 * 16 * WIDTH * HEIGHT);
    bool good = small && large;
    if (good) {
        double ceiling = bench_loops();
        draw(small);
        printf("\nNets, faithful, from %dx%d: megapixels of result a second with 1 thread and with %s\n"
               "(in brackets the share of the dot product that the net's own multiply-adds take)\n",
               WIDTH, HEIGHT, threads ? "as many as asked for" : "one a processor");
        for (int i = 0; good && i < net_count(); i++) good = bench_net(i, threads, small, large, ceiling);
    }
    if (!good) report_error("no memory for the measurement");
    free(small);
    free(large);
    return good;
}
