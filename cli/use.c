/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "use.h"

#include <string.h>

#include "options.h"
#include "place.h"
#include "report.h"

static const fovea_use_advice *advice_of(const struct options *options) { return fovea_advice_use(options->use); }

bool use_check(const struct options *options)
{
    const fovea_use_advice *advice = advice_of(options);
    if (options->force_creative && options->mode != MODE_CREATIVE)
        report_error("--force-creative goes with -m creative");
    else if (options->mode == MODE_CREATIVE && advice->refuses_creative && !options->force_creative)
        report_error("--for %s is never creative: %s (--force-creative does it all the same)", advice->name,
                     advice->mode_reason);
    else
        return true;
    return false;
}

bool use_is_creative(const struct options *options)
{
    if (options->mode == MODE_FAITHFUL || options->mode == MODE_CREATIVE) return options->mode == MODE_CREATIVE;
    return advice_of(options)->mode == FOVEA_ADVISED_CREATIVE;
}

fovea_kind use_kind(const struct options *options, bool creative)
{
    static const fovea_kind kinds[] = {FOVEA_KIND_PHOTO, FOVEA_KIND_PHOTO, FOVEA_KIND_PHOTO_JPEG, FOVEA_KIND_SCREEN};
    if (creative) return advice_of(options)->creative_kind;
    return options->source == SOURCE_AUTO ? advice_of(options)->faithful_kind : kinds[options->source];
}

struct net_wish use_wish(const struct options *options, const struct net_set *nets)
{
    const fovea_kind creative = use_kind(options, true), faithful = use_kind(options, false);
    if (use_is_creative(options) && net_exists(nets, creative))
        return (struct net_wish){creative, false, options->mode == MODE_CREATIVE ? "-m creative" : "--for"};
    if (options->source != SOURCE_AUTO) return (struct net_wish){faithful, false, "--source"};
    if (faithful != FOVEA_KIND_PHOTO && net_exists(nets, faithful)) return (struct net_wish){faithful, false, "--for"};
    return (struct net_wish){FOVEA_KIND_PHOTO, true, ""};
}

enum format use_format(const struct options *options, enum format source)
{
    switch (advice_of(options)->file) {
    case FOVEA_ADVISED_COMPACT: return source == FORMAT_AVIF ? FORMAT_AVIF : FORMAT_WEBP;
    case FOVEA_ADVISED_EXACT: return source == FORMAT_TIFF ? FORMAT_TIFF : FORMAT_PNG;
    default: return format_about(source)->write ? source : FORMAT_PNG;
    }
}

int use_quality(const struct options *options, enum format format)
{
    bool advised = format == FORMAT_WEBP || format == FORMAT_AVIF;
    return options->quality ? options->quality : advised ? advice_of(options)->quality : 0;
}

/* ---- Words ------------------------------------------------------------------------------------------------- */

static bool is_creative_kind(fovea_kind kind) { return kind >= FOVEA_KIND_CREATIVE_PHOTO; }

/* The net is not of the kind that the wish asks for. */
static bool falls_back(const struct options *options, const struct net_choice *net)
{
    return net->info.kind != use_kind(options, use_is_creative(options));
}

static bool is_curious(const struct options *options) { return options->dry_run || options->verbose; }

bool use_has_words(const struct options *options, const struct net_choice *net)
{
    return falls_back(options, net) || (options->use != FOVEA_USE_ANY && is_curious(options));
}

static void explain_fallback(const struct options *options, const struct net_choice *net, FILE *out)
{
    const fovea_use_advice *advice = advice_of(options);
    if (!use_is_creative(options))
        fprintf(out, "fovea: this version has no %s net: the %s net does it\n", net_kind_name((int)use_kind(options, false)),
                net_kind_name((int)net->info.kind));
    else if (options->mode == MODE_CREATIVE)
        fprintf(out, "fovea: -m creative: this version has no creative net: the result is faithful instead\n");
    else
        fprintf(out, "fovea: --for %s is best creative (%s), but this version has no creative net: the result is faithful\n",
                advice->name, advice->mode_reason);
}

const char *use_file_words(fovea_use use)
{
    const fovea_use_advice *advice = fovea_advice_use(use);
    return advice->file == FOVEA_ADVISED_COMPACT ? "WebP (AVIF stays AVIF) at quality 80"
           : advice->file == FOVEA_ADVISED_EXACT ? "PNG (TIFF stays TIFF)"
                                                 : "the source's format";
}

static void explain_use(const struct options *options, const struct net_choice *net, FILE *out)
{
    const fovea_use_advice *advice = advice_of(options);
    fprintf(out, "for %s\n  mode: %s, because %s\n", advice->name, fovea_advice_mode_name(advice->mode),
            advice->mode_reason);
    if (advice->mode == FOVEA_ADVISED_EITHER || options->mode == MODE_FAITHFUL || is_creative_kind(net->info.kind))
        fprintf(out, "        %s here\n", is_creative_kind(net->info.kind) ? "creative" : "faithful");
    if (advice->refuses_creative) fputs("        never creative without --force-creative\n", out);
    fprintf(out, "  net:  %s (%s)\n", net_kind_name((int)net->info.kind), net->info.name);
    fprintf(out, "  size: %s\n", advice->size);
    fprintf(out, "  file: %s, because %s\n", use_file_words(advice->use), advice->file_reason);
    if (place_names_format(options)) fputs("        here as -f or -o says\n", out);
}

void use_explain(const struct options *options, const struct net_choice *net, FILE *out)
{
    if (options->use != FOVEA_USE_ANY && is_curious(options)) explain_use(options, net, out);
    if (falls_back(options, net)) explain_fallback(options, net, out);
}
