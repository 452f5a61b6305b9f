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
    const bool asks = options->strength != USE_STRENGTH_UNSAID || options->faces != FACES_UNSAID;
    if (options->force_creative && options->mode != MODE_CREATIVE)
        report_error("--force-creative goes with -m creative");
    else if (options->mode == MODE_CREATIVE && advice->refuses_creative && !options->force_creative)
        report_error("--for %s is never creative: %s (--force-creative does it all the same)", advice->name,
                     advice->mode_reason);
    else if (asks && use_creative(options) == NET_CREATIVE_NEVER)
        report_error("--%s goes with the creative mode: -m creative or -m auto",
                     options->strength != USE_STRENGTH_UNSAID ? "strength" : "faces");
    else
        return true;
    return false;
}

enum net_creative use_creative(const struct options *options)
{
    const fovea_use_advice *advice = advice_of(options);
    static const enum net_creative automatic[] = {[FOVEA_ADVISED_FAITHFUL] = NET_CREATIVE_NEVER,
                                                  [FOVEA_ADVISED_CREATIVE] = NET_CREATIVE_ALWAYS,
                                                  [FOVEA_ADVISED_EITHER] = NET_CREATIVE_BY_PICTURE};
    switch (options->mode) {
    case MODE_FAITHFUL: return NET_CREATIVE_NEVER;
    case MODE_CREATIVE: return NET_CREATIVE_ALWAYS;
    case MODE_UNSAID: return advice->mode == FOVEA_ADVISED_CREATIVE ? NET_CREATIVE_ALWAYS : NET_CREATIVE_NEVER;
    case MODE_AUTO: break;
    }
    return automatic[fovea_advice_auto(options->use)];
}

int use_strength(const struct options *options) { return options->strength == USE_STRENGTH_UNSAID ? 100 : options->strength; }

/* The kind of net that suits the use in either mode; the faithful one is as --source says. */
static fovea_kind use_kind(const struct options *options, bool creative)
{
    static const fovea_kind kinds[] = {FOVEA_KIND_PHOTO, FOVEA_KIND_PHOTO, FOVEA_KIND_PHOTO_JPEG, FOVEA_KIND_SCREEN};
    if (creative) return advice_of(options)->creative_kind;
    return options->source == SOURCE_AUTO ? advice_of(options)->faithful_kind : kinds[options->source];
}

static struct net_wish faithful_wish(const struct options *options, const struct net_set *nets)
{
    const fovea_kind faithful = use_kind(options, false);
    if (options->source != SOURCE_AUTO) return (struct net_wish){.kind = faithful, .reason = "--source"};
    if (faithful != FOVEA_KIND_PHOTO && net_exists(nets, faithful))
        return (struct net_wish){.kind = faithful, .reason = "--for"};
    return (struct net_wish){.kind = FOVEA_KIND_PHOTO, .open = true, .reason = ""};
}

static const char *creative_reason(const struct options *options)
{
    if (options->mode == MODE_UNSAID && options->use == FOVEA_USE_ANY) return "";
    if (options->mode == MODE_UNSAID || options->mode == MODE_AUTO) return "--for";
    return options->mode == MODE_CREATIVE ? "-m creative" : "-m faithful";
}

bool use_has_creative(const struct net_set *nets)
{
    const struct net_set any = net_set_any(nets);
    return net_exists(&any, FOVEA_KIND_CREATIVE_PHOTO) || net_exists(&any, FOVEA_KIND_CREATIVE_ART);
}

bool use_has_face(const struct net_set *nets)
{
    const struct net_set any = net_set_any(nets);
    return net_exists(&any, FOVEA_KIND_CREATIVE_FACE);
}

struct net_wish use_wish(const struct options *options, const struct net_set *nets)
{
    struct net_wish wish = faithful_wish(options, nets);
    wish.creative = use_has_creative(nets) ? use_creative(options) : NET_CREATIVE_NEVER;
    wish.creative_kind = use_kind(options, true);
    wish.creative_reason = use_has_creative(nets) ? creative_reason(options) : "";
    wish.face = options->faces == FACES_ENHANCE;
    return wish;
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

bool use_keeps_lossless(const struct options *options) { return !options->quality && options->use == FOVEA_USE_ANY; }

/* ---- Words ------------------------------------------------------------------------------------------------- */

/* Creative was wished, and there is no net for it. */
static bool lacks_creative(const struct options *options, const struct net_set *nets)
{
    return use_creative(options) == NET_CREATIVE_ALWAYS && !use_has_creative(nets);
}

/* Something else is done than what was wished. */
static bool falls_back(const struct options *options, const struct net_set *nets, const struct net_choice *net)
{
    return lacks_creative(options, nets) || net->info.kind != use_kind(options, false);
}

static bool is_curious(const struct options *options) { return options->dry_run || options->verbose; }

bool use_has_words(const struct options *options, const struct net_set *nets, const struct net_choice *net)
{
    return falls_back(options, nets, net) || (options->use != FOVEA_USE_ANY && is_curious(options));
}

static void explain_fallback(const struct options *options, const struct net_set *nets, const struct net_choice *net, FILE *out)
{
    const fovea_use_advice *advice = advice_of(options);
    if (!lacks_creative(options, nets))
        fprintf(out, "fovea: this version has no %s%s%s net: the %s net does it\n",
                nets->effort == NET_EFFORT_DEFAULT ? "" : net_effort_name(nets->effort),
                nets->effort == NET_EFFORT_DEFAULT ? "" : " ", net_kind_name((int)use_kind(options, false)),
                net_kind_name((int)net->info.kind));
    else if (options->mode == MODE_CREATIVE)
        fprintf(out, "fovea: -m creative: this version has no creative net: the result is faithful instead\n");
    else
        fprintf(out, "fovea: --for %s is best creative (%s), but this version has no creative net: the result is faithful\n",
                advice->name, advice->mode_reason);
}

void use_file_words(fovea_use use, char *words, size_t room)
{
    const fovea_use_advice *advice = fovea_advice_use(use);
    switch (advice->file) {
    case FOVEA_ADVISED_COMPACT: snprintf(words, room, "WebP (AVIF stays AVIF) at quality %d", advice->quality); break;
    case FOVEA_ADVISED_EXACT: snprintf(words, room, "PNG (TIFF stays TIFF)"); break;
    default: snprintf(words, room, "the source's format");
    }
}

static const char *mode_here(const struct options *options, const struct net_set *nets)
{
    const enum net_creative creative = use_has_creative(nets) ? use_creative(options) : NET_CREATIVE_NEVER;
    return creative == NET_CREATIVE_ALWAYS ? "creative" : creative == NET_CREATIVE_NEVER ? "faithful" : "as the picture wants";
}

static void explain_use(const struct options *options, const struct net_set *nets, const struct net_choice *net, FILE *out)
{
    const fovea_use_advice *advice = advice_of(options);
    const bool creative = use_wish(options, nets).creative == NET_CREATIVE_ALWAYS;
    char words[64];
    fprintf(out, "for %s\n  mode: %s, because %s\n", advice->name, fovea_advice_mode_name(advice->mode), advice->mode_reason);
    if (creative != (advice->mode == FOVEA_ADVISED_CREATIVE) || advice->mode == FOVEA_ADVISED_EITHER)
        fprintf(out, "        %s here\n", mode_here(options, nets));
    if (advice->refuses_creative) fputs("        never creative without --force-creative\n", out);
    fprintf(out, "  net:  %s (%s)%s\n", net_kind_name((int)net->info.kind), net->info.name,
            use_wish(options, nets).open ? ", unless the picture itself asks for another" : "");
    fprintf(out, "  size: %s\n", advice->size);
    use_file_words(advice->use, words, sizeof words);
    fprintf(out, "  file: %s, because %s\n", words, advice->file_reason);
    if (place_names_format(options) || options->keeps_format) fputs("        here as -f, -o or --name says\n", out);
}

void use_explain(const struct options *options, const struct net_set *nets, const struct net_choice *net, FILE *out)
{
    if (options->use != FOVEA_USE_ANY && is_curious(options)) explain_use(options, nets, net, out);
    if (falls_back(options, nets, net)) explain_fallback(options, nets, net, out);
}
