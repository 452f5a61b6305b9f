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
#include "describe.h"
#include "net.h"
#include "options.h"
#include "picture.h"
#include "place.h"
#include "report.h"
#include "sandbox.h"
#include "verify.h"

#include "fovea.h"

static int flush_out(void)
{
    if (fflush(stdout) || ferror(stdout)) {
        report_error("can't write to standard output");
        return 4;
    }
    return 0;
}

static void print_cpu(uint32_t cpu)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {FOVEA_CPU_AVX2, "avx2"}, {FOVEA_CPU_AVXVNNI, "avxvnni"}, {FOVEA_CPU_AVX512VNNI, "avx512vnni"},
        {FOVEA_CPU_NEON, "neon"}, {FOVEA_CPU_DOTPROD, "dotprod"}, {FOVEA_CPU_I8MM, "i8mm"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (cpu & names[i].bit) printf(" %s", names[i].name);
}

/* All nets; false: none can do what is wished. */
static bool open_nets(const struct options *options, struct net_set *nets, struct failure *failure)
{
    const double times = options->size.kind == SIZED_FACTOR ? options->size.a : 2;
    if (!net_set_open(nets, options->effort, failure)) return false;
    const struct net_wish wish = use_wish(options, nets);
    if (!net_choose(nets, times, wish.kind))
        net_explain(nets, times, wish.kind, failure);
    else if (wish.face && !use_has_face(nets))
        failure_set(failure, OUTCOME_FAILED, "--faces enhance: there is no net for faces yet; protect and same are there");
    return failure->outcome == OUTCOME_DONE;
}

/* What would run here: asked of an upscaler, as nothing else knows. */
static void print_kernels(const struct options *options)
{
    struct failure failure = FAILURE_NONE;
    struct net_set nets;
    fovea_upscaler *upscaler = NULL;
    fovea_upscaler_info info = {.struct_size = sizeof info};
    const fovea_model *model = NULL;
    if (open_nets(options, &nets, &failure)) model = net_model(net_choose(&nets, 2, use_wish(options, &nets).kind), &failure);
    if (!model)
        printf("kernels: none (%s)\n", failure.text);
    else if (!fovea_upscaler_new(model, fovea_options(.threads = options->threads), &upscaler, NULL) &&
             !fovea_upscaler_get_info(upscaler, &info)) {
        printf("kernels: %s, %d threads; processor:", info.kernels, info.threads);
        print_cpu(info.cpu);
        putchar('\n');
    }
    fovea_upscaler_free(upscaler);
    net_set_close(&nets);
}

static int version(const struct options *options)
{
    printf("fovea %s\n", fovea_version());
    if (options->verbose) {
        printf("protections: ");
        sandbox_describe(sandbox_probe(true), stdout);
        putchar('\n');
        if (picture_start("fovea")) printf("pictures: %s\n", picture_library());
        print_kernels(options);
        net_list(stdout);
    }
    return flush_out();
}

/* false: --strict forbids to go on. */
static bool protect(struct options *options)
{
    options->protections = sandbox_probe(false);
    sandbox_enter_private();
    if (options->protections == SANDBOX_ALL) return true;
    fputs("fovea: less protected than it should be: ", stderr);
    sandbox_describe(options->protections, stderr);
    fputs(options->strict ? "; not done because of --strict\n" : "\n", stderr);
    return !options->strict;
}

static int upscale(struct options *options)
{
    struct failure failure = FAILURE_NONE;
    struct net_set nets;
    int status = 2;
    if (!open_nets(options, &nets, &failure))
        report_error("%s", failure.text);
    else if (!(status = place_prepare(options)))
        status = protect(options) ? batch_run(options, &nets) : 5;
    net_set_close(&nets);
    return status;
}

int main(int count, char **words)
{
    struct options options;
    int status = 2;
    /* Descriptors 0 to 2 must be taken, or a picture could get one of their numbers. */
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        /* one that was closed must stay of no use, so that nobody takes what went nowhere for written */
        const int unfit[] = {O_WRONLY, O_RDONLY, O_RDWR};
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", unfit[fd]) != fd) return 4;
    }
    if (options_parse(&options, count, words)) {
        switch (options.command) {
        case COMMAND_HELP:
            manual_print(options.manual, stdout);
            status = flush_out();
            break;
        case COMMAND_MODELS: status = net_list(stdout) ? flush_out() : 1; break;
        case COMMAND_BENCH: status = bench_run(options.threads) ? flush_out() : 4; break;
        case COMMAND_VERSION: status = version(&options); break;
        case COMMAND_VERIFY: status = !protect(&options) ? 5 : verify_run(&options); break;
        case COMMAND_COMPARE: status = !protect(&options) ? 5 : compare_run(&options); break;
        case COMMAND_INSPECT: status = !protect(&options) ? 5 : describe_run(&options); break;
        case COMMAND_UPSCALE:
            status = upscale(&options);
            if (!status) status = flush_out();
            break;
        }
    }
    free(options.pictures);
    return status;
}
