/* SPDX-License-Identifier: MIT
 *
 * The command fovea. Where to look: options.c reads the command line, batch.c runs the pictures, worker.c is the
 * process that does one of them, stream.c the way of its rows from decoder to encoder, picture.c the file formats.
 * inputs.c finds the pictures, place.c names the results, output.c makes their files, net.c chooses the net,
 * sandbox.c gives up what decoders must not have, report.c says what happened. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "batch.h"
#include "bench.h"
#include "compare.h"
#include "net.h"
#include "options.h"
#include "picture.h"
#include "place.h"
#include "report.h"
#include "sandbox.h"
#include "verify.h"

#include "fovea.h"

static int flush_out(void) {
    if (fflush(stdout) || ferror(stdout)) {
        report_error("can't write to standard output");
        return 4;
    }
    return 0;
}

static void print_cpu(uint32_t cpu) {
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {FOVEA_CPU_AVX2, "avx2"},       {FOVEA_CPU_AVXVNNI, "avxvnni"}, {FOVEA_CPU_AVX512VNNI, "avx512vnni"},
        {FOVEA_CPU_NEON, "neon"},       {FOVEA_CPU_DOTPROD, "dotprod"}, {FOVEA_CPU_I8MM, "i8mm"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (cpu & names[i].bit)
            printf(" %s", names[i].name);
}

/* The net of the next whole factor, or where there is none that of 2x, which works in passes. */
static bool choose_kind(const struct options *options, fovea_kind kind, struct net_choice *net, struct failure *failure) {
    const double times = options->size.kind == SIZED_FACTOR ? options->size.a : 2;
    struct failure first = {OUTCOME_DONE, ""};
    int scale = times > 3 ? 4 : times > 2 ? 3 : 2;
    return net_choose(net, scale, kind, options->effort, &first) || net_choose(net, 2, kind, options->effort, failure);
}

/* The net that the wish asks for; what --source demands must be there, what a use or a mode prefers need not. */
static bool choose_net(const struct options *options, struct net_choice *net, struct failure *failure) {
    const fovea_kind faithful = use_kind(options, false);
    struct failure first = {OUTCOME_DONE, ""}, second = {OUTCOME_DONE, ""};
    if (use_is_creative(options) && choose_kind(options, use_kind(options, true), net, &first))
        return true;
    if (options->source == SOURCE_AUTO && faithful != FOVEA_KIND_PHOTO && choose_kind(options, faithful, net, &second))
        return true;
    return choose_kind(options, options->source == SOURCE_AUTO ? FOVEA_KIND_PHOTO : faithful, net, failure);
}

/* What would run here: asked of an upscaler, as nothing else knows. */
static void print_kernels(const struct options *options) {
    struct failure failure = {OUTCOME_DONE, ""};
    struct net_choice net;
    fovea_upscaler *upscaler;
    fovea_upscaler_info info = {.struct_size = sizeof info};
    if (!choose_net(options, &net, &failure)) {
        printf("kernels: none (%s)\n", failure.text);
        return;
    }
    if (!fovea_upscaler_new(net.model, fovea_options(.threads = options->threads), &upscaler, NULL) &&
        !fovea_upscaler_get_info(upscaler, &info)) {
        printf("kernels: %s, %d threads; processor:", info.kernels, info.threads);
        print_cpu(info.cpu);
        putchar('\n');
    }
    fovea_upscaler_free(upscaler);
    fovea_model_free(net.model);
}

static int version(const struct options *options) {
    printf("fovea %s\n", fovea_version());
    if (options->verbose) {
        printf("protections: ");
        sandbox_describe(sandbox_probe(true), stdout);
        putchar('\n');
        if (picture_start("fovea"))
            printf("pictures: %s\n", picture_library());
        print_kernels(options);
        net_list(stdout);
    }
    return flush_out();
}

/* false: --strict forbids to go on. */
static bool protect(const struct options *options, int *holds) {
    *holds = sandbox_probe(false);
    sandbox_enter_private();
    if (*holds == SANDBOX_ALL)
        return true;
    fputs("fovea: less protected than it should be: ", stderr);
    sandbox_describe(*holds, stderr);
    fputs(options->strict ? "; not done because of --strict\n" : "\n", stderr);
    return !options->strict;
}

static int upscale(struct options *options) {
    struct failure failure = {OUTCOME_DONE, ""};
    struct net_choice net;
    int holds;
    if (!choose_net(options, &net, &failure)) {
        report_error("%s", failure.text);
        return 2;
    }
    if (net.fell_back && options->verbose)
        report_error("there is no standard net for this yet: %s does it", net_effort_name((int)net.info.effort));
    int status = !place_prepare(options) ? 2 : !protect(options, &holds) ? 5 : batch_run(options, &net, holds);
    fovea_model_free(net.model);
    return status;
}

int main(int count, char **words) {
    struct options options;
    int status = 2, holds;
    /* Descriptors 0 to 2 must be taken, or a picture could get one of their numbers. */
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return 4;
    if (options_parse(&options, count, words)) {
        switch (options.command) {
        case COMMAND_HELP:
            manual_print(options.manual, stdout);
            status = flush_out();
            break;
        case COMMAND_MODELS:
            status = net_list(stdout) ? flush_out() : 1;
            break;
        case COMMAND_BENCH:
            status = bench_run(options.threads) ? flush_out() : 4;
            break;
        case COMMAND_VERSION:
            status = version(&options);
            break;
        case COMMAND_VERIFY:
            status = !protect(&options, &holds) ? 5 : verify_run(&options);
            break;
        case COMMAND_COMPARE:
            status = !protect(&options, &holds) ? 5 : compare_run(&options);
            break;
        case COMMAND_UPSCALE:
            status = upscale(&options);
            break;
        }
    }
    free(options.pictures);
    return status;
}
