/* SPDX-License-Identifier: MIT
 *
 * Each picture is decoded and looked at in a process of its own; what comes back is a struct of numbers. Words are the
 * library's (fovea_advice.h). */
#define _GNU_SOURCE 1
#include "describe.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "inputs.h"
#include "look.h"
#include "net.h"
#include "picture.h"
#include "report.h"
#include "source.h"
#include "use.h"

#include "fovea.h"

#define SCALE 2 /* recommended: beyond it more is invented than preserved */
#define MOST_SIDE (INT32_MAX / 4)

struct job {
    int fd, scratch;
    enum format format;
    uint64_t max_pixels;
};

struct found {
    struct picture_info info;
    struct look look;
    bool has_profile;
    char profile[64];
};

/* ---- In the child ------------------------------------------------------------------------------------------ */

static bool examine(void *user, void *result, struct failure *failure)
{
    const struct job *job = user;
    struct found *found = result;
    *found = (struct found){.has_profile = false};
    look_head(&found->look, job->fd, job->format);
    struct picture *picture = picture_open(job->fd, job->format, job->scratch, job->max_pixels, failure);
    if (picture) {
        picture_get_info(picture, &found->info);
        found->has_profile = picture_profile(picture, found->profile, sizeof found->profile);
        look_pixels(&found->look, picture, true, failure);
        picture_close(picture);
        if (picture_was_damaged()) snprintf(found->info.note, sizeof found->info.note, "%s", PICTURE_DAMAGED);
    }
    return failure->outcome == OUTCOME_DONE;
}

/* What the child says is believed as far as it makes sense: text ends, sizes are sizes. */
static bool is_sane(struct found *found)
{
    found->profile[sizeof found->profile - 1] = 0;
    found->info.note[sizeof found->info.note - 1] = 0;
    const struct picture_info *info = &found->info;
    if (found->look.face_count < 0 || found->look.face_count > FOVEA_FACES) return false;
    for (int32_t i = 0; i < found->look.face_count; i++)
        if (found->look.faces[i].rect.w < 1 || found->look.faces[i].rect.h < 1) return false;
    return info->width > 0 && info->height > 0 && info->width <= MOST_SIDE && info->height <= MOST_SIDE &&
           fovea_format_size(info->format) && found->look.jpeg.quality <= 100 && found->look.webp_quality >= 0 &&
           found->look.webp_quality <= 100 && found->look.saved_quality >= 0 && found->look.saved_quality <= 100 &&
           isfinite(found->look.traits.noise) && isfinite(found->look.traits.grain) &&
           isfinite(found->look.traits.edge_width) && isfinite(found->look.traits.blocks) &&
           isfinite(found->look.traits.enlarged_score) && isfinite(found->look.traits.rings);
}

/* ---- What follows ------------------------------------------------------------------------------------------ */

struct answer {
    const char *name;
    enum format format;
    const struct found *found;
    fovea_kind kind; /* of the net that it needs */
    char reason[120];
    const struct net_choice *net; /* the one that does it; NULL: there is none */
    const fovea_use_advice *use;
    fovea_expectation expected[3]; /* at 2, 3, 4 times */
    uint32_t tips;
    bool small_faces; /* fewer pixels than a face needs */
};

static fovea_expectation expect(const fovea_advice_facts *known, int scale)
{
    fovea_advice_facts facts = *known;
    facts.result_w = scale * facts.source_w;
    facts.result_h = scale * facts.source_h;
    return fovea_advice_expect_of(&facts);
}

static struct answer answer_of(const struct options *options, const struct net_set *nets, const char *name, enum format format,
                               const struct found *found, int pictures)
{
    const struct picture_info *info = &found->info;
    const fovea_traits *t = &found->look.traits;
    struct answer a = {.name = name, .format = format, .found = found};
    const bool screen = t->content == FOVEA_CONTENT_SCREEN;
    const struct net_wish wish = use_wish(options, nets);
    a.kind = look_kind(&found->look, a.reason, sizeof a.reason);
    if (!wish.open) {
        a.kind = wish.kind;
        snprintf(a.reason, sizeof a.reason, "%s", wish.reason);
    }
    a.net = net_choose(nets, SCALE, a.kind);
    if (!a.net) a.net = net_choose(nets, SCALE, FOVEA_KIND_PHOTO);
    a.use = fovea_advice_use(options->use != FOVEA_USE_ANY ? options->use : screen ? FOVEA_USE_SCREENSHOT : FOVEA_USE_ANY);
    const fovea_advice_facts *facts = fovea_advice_facts(.use = a.use->use, .source_w = info->width, .source_h = info->height,
                                                         .result_w = SCALE * info->width, .result_h = SCALE * info->height,
                                                         .jpeg_quality = look_losses(&found->look),
                                                         .was_enlarged = t->was_enlarged,
                                                         .is_text = screen || t->content == FOVEA_CONTENT_DOCUMENT,
                                                         .pictures = pictures, .face_side = look_smallest_face(&found->look),
                                                         .is_noisy = t->grain >= FOVEA_NOISY);
    a.tips = fovea_advice_tips(facts);
    for (int i = 0; i < 3; i++) a.expected[i] = expect(facts, 2 + i);
    a.small_faces = found->look.face_count && fovea_advice_pitfalls(facts) >> FOVEA_PITFALL_FACES & 1;
    return a;
}

static int bits_of(const struct picture_info *info) { return info->format >= FOVEA_FORMAT_G16 ? 16 : 8; }

static const char *channels_of(const struct picture_info *info)
{
    static const char *const names[] = {"", "grey", "grey with alpha", "colour", "colour with alpha"};
    return names[(int)info->format % (FOVEA_FORMAT_G16 - FOVEA_FORMAT_G8)];
}

static const char *sampling_of(const fovea_jpeg *jpeg)
{
    return jpeg->components < 3                         ? ""
           : jpeg->chroma_x == 2 && jpeg->chroma_y == 2 ? "4:2:0"
           : jpeg->chroma_x == 2 && jpeg->chroma_y == 1 ? "4:2:2"
           : jpeg->chroma_x == 1 && jpeg->chroma_y == 2 ? "4:4:0"
           : jpeg->chroma_x == 4                        ? "4:1:1"
           : jpeg->chroma_x == 1                        ? "4:4:4"
                                                        : "unusual";
}

static const char *sharpness_of(const fovea_traits *t)
{
    return t->edge_width < 0.5 ? "no clear edges" : t->edge_width < 1.5 ? "sharp" : t->edge_width < 2.5 ? "soft" : "blurred";
}

/* Were its pixels a worse file before? */
static bool is_saved_worse(const struct look *look) { return look_quality(look) != (look->is_jpeg ? look->jpeg.quality : 0); }

/* ---- Words ------------------------------------------------------------------------------------------------- */

static void say_file(const struct answer *a, FILE *out)
{
    const struct picture_info *info = &a->found->info;
    const fovea_jpeg *jpeg = &a->found->look.jpeg;
    report_text(a->name, out);
    fprintf(out, ": %dx%d %s, %s, %d bits\n", info->width, info->height, format_about(a->format)->name, channels_of(info),
            bits_of(info));
    fputs("  profile:   ", out);
    report_text(a->found->has_profile ? a->found->profile : "none, so taken as sRGB", out);
    putc('\n', out);
    if (a->found->look.is_jpeg && jpeg->quality)
        fprintf(out, "  JPEG:      quality %s%d%s%s%s\n", jpeg->exact ? "" : "about ", jpeg->quality,
                *sampling_of(jpeg) ? ", " : "", sampling_of(jpeg), jpeg->progressive ? ", progressive" : "");
    if (is_saved_worse(&a->found->look))
        fprintf(out, "  before:    a JPEG of quality about %d\n", look_quality(&a->found->look));
    if (*info->note) {
        fputs("  note:      ", out);
        report_text(info->note, out);
        putc('\n', out);
    }
}

static void say_faces(const struct look *look, FILE *out)
{
    const int32_t count = look->face_count;
    int32_t most = 0;
    for (int32_t i = 0; i < count; i++)
        if (look->faces[i].rect.w > most) most = look->faces[i].rect.w;
    if (count == 0)
        fputs("none found", out);
    else if (count == 1)
        fprintf(out, "1, %d pixels wide", most);
    else
        fprintf(out, "%s%d, %d to %d pixels wide", count == FOVEA_FACES ? "at least " : "", count, look_smallest_face(look),
                most);
}

static void say_pixels(const struct answer *a, FILE *out)
{
    const fovea_traits *t = &a->found->look.traits;
    fprintf(out, "  kind:      %s\n", look_content_name(t->content));
    if (t->noise < 1 || t->grain > 0)
        fprintf(out, "  noise:     %.1f levels\n", t->noise);
    else
        fprintf(out, "  noise:     not told from texture, which is as fine everywhere (%.1f levels)\n", t->noise);
    fprintf(out, "  sharpness: %s", sharpness_of(t));
    if (t->edge_width > 0) fprintf(out, ", the sharpest edges are %.1f pixels wide", t->edge_width);
    fputs("\n  faces:     ", out);
    say_faces(&a->found->look, out);
    fprintf(out, "\n  enlarged before: %s\n", t->was_enlarged ? "yes, it looks like it" : "no sign of it");
}

static void say_advice(const struct answer *a, FILE *out)
{
    fprintf(out, "  net:       %s, because %s\n", net_kind_name((int)a->kind), a->reason);
    if (a->net && a->net->info.kind != a->kind) fprintf(out, "             not there yet: %s does it\n", a->net->info.name);
    fprintf(out, "  do:        -s %d, %s: %s\n", SCALE, fovea_advice_mode_name(a->use->mode), a->use->mode_reason);
    for (int scale = 2; scale <= 4; scale++) {
        const fovea_expectation e = a->expected[scale - 2];
        fprintf(out, "  %dx:        %lldx%lld, %s: %s\n", scale, (long long)scale * a->found->info.width,
                (long long)scale * a->found->info.height, fovea_advice_expectation_name(e), fovea_advice_expectation_text(e));
    }
    for (int i = 0; i < FOVEA_TIPS; i++)
        if (a->tips >> i & 1) fprintf(out, "  tip:       %s\n", fovea_advice_tip_text((fovea_tip)i));
    if (a->small_faces) fprintf(out, "  pitfall:   %s\n", fovea_advice_pitfall_text(FOVEA_PITFALL_FACES));
}

/* ---- JSON -------------------------------------------------------------------------------------------------- */

static void put_text(const char *name, const char *text, FILE *out)
{
    fprintf(out, ",\"%s\":", name);
    if (text)
        report_json(text, out);
    else
        fputs("null", out);
}

static void json_file(const struct answer *a, FILE *out)
{
    const struct picture_info *info = &a->found->info;
    const fovea_jpeg *jpeg = &a->found->look.jpeg;
    fputs("{\"file\":", out);
    report_json(a->name, out);
    fprintf(out, ",\"status\":\"done\",\"width\":%d,\"height\":%d,\"bits\":%d", info->width, info->height, bits_of(info));
    put_text("format", format_about(a->format)->name, out);
    put_text("channels", channels_of(info), out);
    put_text("profile", a->found->has_profile ? a->found->profile : NULL, out);
    put_text("note", *info->note ? info->note : NULL, out);
    fprintf(out, ",\"webp_quality\":%d", a->found->look.webp_quality);
    fputs(",\"jpeg\":", out);
    if (!a->found->look.is_jpeg) {
        fputs("null", out);
        return;
    }
    fprintf(out, "{\"quality\":%d,\"chroma_quality\":%d,\"exact\":%s,\"progressive\":%s", jpeg->quality, jpeg->chroma_quality,
            jpeg->exact ? "true" : "false", jpeg->progressive ? "true" : "false");
    put_text("sampling", *sampling_of(jpeg) ? sampling_of(jpeg) : NULL, out);
    putc('}', out);
}

static void json_pixels(const fovea_traits *t, FILE *out)
{
    put_text("kind", look_content_name(t->content), out);
    fprintf(out, ",\"enlarged_before\":%s,\"enlarged_score\":%.3f,\"noise\":%.3f,\"grain\":%.3f,\"edge_width\":%.3f",
            t->was_enlarged ? "true" : "false", t->enlarged_score, t->noise, t->grain, t->edge_width);
    fprintf(out, ",\"saved_quality\":%d,\"rings\":%.3f", t->saved_quality, t->rings);
    fprintf(out, ",\"blocks\":%.3f,\"colours\":%d,\"flat\":%.4f,\"grey\":%.4f", t->blocks, t->colours, t->flat, t->grey);
}

static void json_faces(const struct look *look, FILE *out)
{
    fputs(",\"faces\":[", out);
    for (int32_t i = 0; i < look->face_count; i++) {
        const fovea_rect r = look->faces[i].rect;
        fprintf(out, "%s{\"x\":%d,\"y\":%d,\"width\":%d,\"height\":%d,\"score\":%d}", i ? "," : "", r.x, r.y, r.w, r.h,
                look->faces[i].score);
    }
    putc(']', out);
}

static void json_advice(const struct answer *a, FILE *out)
{
    put_text("use", a->use->name, out);
    put_text("mode", fovea_advice_mode_name(a->use->mode), out);
    put_text("mode_reason", a->use->mode_reason, out);
    put_text("net_kind", net_kind_name((int)a->kind), out);
    put_text("net_reason", a->reason, out);
    put_text("net", a->net ? a->net->info.name : NULL, out);
    fprintf(out, ",\"scale\":%d,\"expect\":[", SCALE);
    for (int scale = 2; scale <= 4; scale++) {
        const fovea_expectation e = a->expected[scale - 2];
        fprintf(out, "%s{\"scale\":%d,\"width\":%lld,\"height\":%lld", scale > 2 ? "," : "", scale,
                (long long)scale * a->found->info.width, (long long)scale * a->found->info.height);
        put_text("grade", fovea_advice_expectation_name(e), out);
        put_text("words", fovea_advice_expectation_text(e), out);
        putc('}', out);
    }
    fputs("],\"tips\":[", out);
    const char *comma = "";
    for (int i = 0; i < FOVEA_TIPS; i++) {
        if (!(a->tips >> i & 1)) continue;
        fprintf(out, "%s{\"name\":\"%s\"", comma, fovea_advice_tip_name((fovea_tip)i));
        put_text("words", fovea_advice_tip_text((fovea_tip)i), out);
        putc('}', out);
        comma = ",";
    }
    fputs("],\"pitfalls\":[", out);
    if (a->small_faces) {
        fprintf(out, "{\"name\":\"%s\"", fovea_advice_pitfall_name(FOVEA_PITFALL_FACES));
        put_text("words", fovea_advice_pitfall_text(FOVEA_PITFALL_FACES), out);
        putc('}', out);
    }
    fputs("]}\n", out);
}

static void say(const struct options *options, const struct answer *a)
{
    if (options->report == REPORT_JSON) {
        json_file(a, stdout);
        json_pixels(&a->found->look.traits, stdout);
        json_faces(&a->found->look, stdout);
        json_advice(a, stdout);
    } else {
        say_file(a, stdout);
        say_pixels(a, stdout);
        say_advice(a, stdout);
    }
}

static void say_failure(const struct options *options, const char *name, const struct failure *failure)
{
    if (options->report == REPORT_JSON) {
        fputs("{\"file\":", stdout);
        report_json(name, stdout);
        fprintf(stdout, ",\"status\":\"%s\"", outcome_name(failure->outcome));
        put_text("why", failure->text, stdout);
        fputs("}\n", stdout);
    }
    report_line(name, failure->text);
}

/* ---- The run ----------------------------------------------------------------------------------------------- */

static bool describe(const struct options *options, const struct net_set *nets, const char *name, int pictures,
                     struct failure *failure)
{
    struct stat about;
    struct found found;
    struct job job = {.scratch = -1, .max_pixels = options->max_pixels};
    job.fd = source_open(name, &about, (struct source_wait){NULL, options->timeout}, failure);
    if (job.fd < 0) return false;
    job.format = format_of_file(job.fd);
    picture_prepare(job.format);
    bool good = source_check(job.fd, job.format, failure) &&
                apart_run(examine, &job, apart_limits_of(options), &found, sizeof found, failure);
    if (good && !is_sane(&found)) failure_set(failure, OUTCOME_FAILED, "its decoder told nonsense");
    if (failure->outcome == OUTCOME_DONE) {
        struct answer answer = answer_of(options, nets, name, job.format, &found, pictures);
        say(options, &answer);
    }
    close(job.fd);
    return failure->outcome == OUTCOME_DONE;
}

static int status_of(const int *counts)
{
    if (counts[OUTCOME_RESOURCES]) return 4;
    if (counts[OUTCOME_UNREADABLE] && !counts[OUTCOME_DONE] && !counts[OUTCOME_FAILED]) return 3;
    return counts[OUTCOME_UNREADABLE] || counts[OUTCOME_FAILED] ? 1 : 0;
}

int describe_run(const struct options *options)
{
    struct failure failure = FAILURE_NONE;
    struct net_set nets = {.list = NULL};
    struct inputs inputs;
    int counts[OUTCOME_RESOURCES + 1] = {0};
    bool good = inputs_collect(&inputs, options, &counts[OUTCOME_UNREADABLE]);
    if (!good || !net_set_open(&nets, options->effort, &failure) || !picture_start("fovea")) {
        report_error("%s", *failure.text ? failure.text : "no memory");
        counts[OUTCOME_RESOURCES]++;
    } else {
        for (int i = 0; i < inputs.count; i++) {
            struct failure one = FAILURE_NONE;
            if (!describe(options, &nets, inputs.list[i].path, inputs.count, &one))
                say_failure(options, inputs.list[i].path, &one);
            counts[one.outcome]++;
        }
        if (fflush(stdout) || ferror(stdout)) {
            report_error("can't write to standard output");
            counts[OUTCOME_RESOURCES]++;
        }
    }
    net_set_close(&nets);
    inputs_free(&inputs);
    return status_of(counts);
}
