/* SPDX-License-Identifier: MIT
 *
 * Everything here is a constant; the few conditions are on whole numbers, so the core needs no floating point for it.
 * Whoever changes a sentence changes it for the command, the man page and the page at once. */
#include "base.h"

/* Below this libjpeg's tables show blocks and rings that an enlargement makes larger. */
#define POOR_JPEG 70
/* With the longer side below it a face has some 40 pixels: too few to be told from its neighbour's. */
#define SMALL_SIDE 320
#define SMALL_FACE 40

/* ---- Uses -------------------------------------------------------------------------------------------------- */

#define MODE(what, why) .mode = FOVEA_ADVISED_##what, .mode_reason = why
#define FILE_AS(what, level, why) .file = FOVEA_ADVISED_##what, .quality = level, .file_reason = why
#define KINDS(faithful, creative) .faithful_kind = FOVEA_KIND_##faithful, .creative_kind = FOVEA_KIND_##creative

static const fovea_use_advice uses[FOVEA_USES] = {
    {.use = FOVEA_USE_ANY,
     .name = "any",
     .title = "Just make it larger",
     KINDS(PHOTO, CREATIVE_PHOTO),
     MODE(FAITHFUL, "it adds only detail that the pixels imply; colours and composition stay"),
     .size = "2x is the sweet spot; beyond it more is invented than preserved",
     FILE_AS(SAME, 0, "a result is of its source's kind")},
    {.use = FOVEA_USE_PRODUCT,
     .name = "product",
     .title = "Product photo",
     KINDS(PHOTO, CREATIVE_PHOTO),
     MODE(FAITHFUL, "buyers must see what they will get"),
     .refuses_creative = 1,
     .size = "2x, or as large as the shop's zoom shows, such as --to long=2500",
     FILE_AS(COMPACT, 92, "pages load quickly and quality 92 keeps the colours")},
    {.use = FOVEA_USE_OLD_PHOTO,
     .name = "old-photo",
     .title = "Old family photo",
     KINDS(PHOTO, CREATIVE_PHOTO),
     MODE(CREATIVE, "detail brings an old picture to life"),
     .size = "2x; scan again at a finer setting if there is still a print, small faces suffer beyond 2x",
     FILE_AS(SAME, 0, "what is kept for later stays as it was kept so far")},
    {.use = FOVEA_USE_PRINT,
     .name = "print",
     .title = "Print",
     KINDS(PHOTO, CREATIVE_PHOTO),
     MODE(FAITHFUL, "paper shows every deviation"),
     .size = "300 pixels to an inch of paper, such as --to 30x20cm@300; 150 do for a poster seen from afar",
     FILE_AS(EXACT, 0, "paper shows compression, and 16 bits a channel are kept")},
    {.use = FOVEA_USE_SOCIAL,
     .name = "social",
     .title = "Social media",
     KINDS(PHOTO, CREATIVE_PHOTO),
     MODE(EITHER, "impact counts more than pixel truth"),
     .size = "no larger than the site shows, often --to long=2048: it shrinks what is larger, and less well",
     FILE_AS(COMPACT, 80, "sites compress again, so a small file loses nothing")},
    {.use = FOVEA_USE_SCREENSHOT,
     .name = "screenshot",
     .title = "Screenshot or UI",
     KINDS(SCREEN, CREATIVE_ART),
     MODE(FAITHFUL, "glyphs and controls must stay crisp"),
     .size = "2x, 3x or 4x: whole factors keep thin lines even",
     FILE_AS(EXACT, 0, "flat areas stay small without loss, and lossy formats blur letters")},
    {.use = FOVEA_USE_AI_ART,
     .name = "ai-art",
     .title = "AI-generated art",
     KINDS(PHOTO, CREATIVE_ART),
     MODE(CREATIVE, "it looks sharp on high-resolution displays"),
     .size = "2x, or the screen it will be seen on, such as --to 4k",
     FILE_AS(SAME, 0, "a result is of its source's kind")},
    {.use = FOVEA_USE_REAL_ESTATE,
     .name = "real-estate",
     .title = "Real estate",
     KINDS(PHOTO, CREATIVE_PHOTO),
     MODE(FAITHFUL, "a misleading picture of a property is a legal risk"),
     .refuses_creative = 1,
     .size = "2x, or as large as the listing shows, often --to long=2048",
     FILE_AS(COMPACT, 92, "pages load quickly and quality 92 keeps the colours")},
};

const fovea_use_advice *fovea_advice_use(fovea_use use)
{
    const uint32_t i = (uint32_t)use;
    return &uses[i < FOVEA_USES ? i : 0];
}

static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

fovea_use fovea_advice_use_by_name(const char *name)
{
    for (int i = 1; name && i < FOVEA_USES; i++)
        if (same_text(uses[i].name, name)) return uses[i].use;
    return FOVEA_USE_ANY;
}

const char *fovea_advice_mode_name(fovea_advised_mode mode)
{
    static const char *const names[] = {"faithful", "creative", "either"};
    return (uint32_t)mode < 3 ? names[(uint32_t)mode] : "unknown";
}

/* A use that cares says so; of the others none knows better than the picture. */
fovea_advised_mode fovea_advice_auto(fovea_use use)
{
    const fovea_use_advice *advice = fovea_advice_use(use);
    return advice->use == FOVEA_USE_ANY ? FOVEA_ADVISED_EITHER : advice->mode;
}

const char *fovea_advice_gain_text(int32_t gain)
{
    static const char *const texts[FOVEA_GAINS] = {
        "nothing is known of it",
        "a clean, sharp photograph",
        "a screen: letters must stay what they are",
        "a document: letters must stay what they are",
        "drawn at this size: its lines stay what they are",
        "drawn",
        "compressed",
        "compressed: its blocks show",
        "soft: it was enlarged before",
        "soft",
        "noisy",
        "a small photograph without colour, grainy or soft",
    };
    return texts[(uint32_t)gain < FOVEA_GAINS ? gain : FOVEA_GAIN_UNKNOWN];
}

/* ---- Lines ------------------------------------------------------------------------------------------------- */

typedef struct line {
    const char *name, *text;
} line;

static const line expectations[] = {
    {"exact", "not larger than the source: shrunk exactly, nothing is added"},
    {"excellent", "up to 2x, such as 1080p to 4K: nearly indistinguishable from a picture born this large"},
    {"good", "up to 3x, such as 720p to 4K: a visible gain that still looks natural"},
    {"variable", "beyond 3x, such as 480p to 4K: struggles with complex scenes, more is invented than preserved"},
    {"limited", "a poor source: larger, but what noise, compression or an earlier enlargement took stays lost"},
};

static const line tips[FOVEA_TIPS] = {
    {"source", "start from the best copy there is: no upscaler recovers heavy compression or an earlier enlargement"},
    {"order", "enlarge first; crop, grade and watermark afterwards"},
    {"compress", "compress afterwards: WebP or AVIF at quality 80 keeps the file small"},
    {"text", "letters and drawings are better as SVG, or rendered again at the larger size"},
    {"batch", "look at one picture closely before doing the whole batch"},
    {"noise", "noise is enlarged, too, and becomes coarser: take it away before, where the picture was developed"},
};

static const line pitfalls[FOVEA_PITFALLS] = {
    {"halos", "over-sharpening: look for bright or dark rims along text and other edges of high contrast"},
    {"texture", "invented texture: look for grain on smooth surfaces and for patterns on fabric"},
    {"faces", "faces made of few pixels come out distorted: look closely, nets made for faces do better"},
    {"files", "large files: 2x is 4 times the pixels, so compress afterwards"},
};

static const line *line_at(const line *lines, uint32_t count, uint32_t i, uint32_t otherwise)
{
    return &lines[i < count ? i : otherwise];
}

static const line *expectation_line(fovea_expectation expectation)
{
    return line_at(expectations, 5, (uint32_t)expectation, FOVEA_EXPECT_VARIABLE);
}

const char *fovea_advice_expectation_name(fovea_expectation expectation) { return expectation_line(expectation)->name; }
const char *fovea_advice_expectation_text(fovea_expectation expectation) { return expectation_line(expectation)->text; }
const char *fovea_advice_tip_name(fovea_tip tip) { return line_at(tips, FOVEA_TIPS, (uint32_t)tip, 0)->name; }
const char *fovea_advice_tip_text(fovea_tip tip) { return line_at(tips, FOVEA_TIPS, (uint32_t)tip, 0)->text; }

const char *fovea_advice_pitfall_name(fovea_pitfall pitfall)
{
    return line_at(pitfalls, FOVEA_PITFALLS, (uint32_t)pitfall, 0)->name;
}

const char *fovea_advice_pitfall_text(fovea_pitfall pitfall)
{
    return line_at(pitfalls, FOVEA_PITFALLS, (uint32_t)pitfall, 0)->text;
}

/* ---- What applies ------------------------------------------------------------------------------------------ */

/* Is either side more than times times as long? */
static bool exceeds(int32_t source_w, int32_t source_h, int32_t result_w, int32_t result_h, int64_t times)
{
    const int64_t w = source_w > 1 ? source_w : 1, h = source_h > 1 ? source_h : 1;
    return result_w > times * w || result_h > times * h;
}

fovea_expectation fovea_advice_expect(int32_t source_w, int32_t source_h, int32_t result_w, int32_t result_h)
{
    int grade = FOVEA_EXPECT_EXACT;
    while (grade < FOVEA_EXPECT_VARIABLE && exceeds(source_w, source_h, result_w, result_h, grade + 1)) grade++;
    return (fovea_expectation)grade;
}

/* The caller's facts, with zero for members that its version did not have. */
static bool take_facts(const fovea_advice_facts *given, fovea_advice_facts *facts)
{
    *facts = (fovea_advice_facts){0};
    if (!fv_struct_usable(given)) return false;
    fv_struct_take(given, facts, sizeof *facts);
    facts->use = fovea_advice_use(facts->use)->use;
    return true;
}

/* Bits of a set of uses. */
#define USE(what) (1u << FOVEA_USE_##what)

static bool is_one_of(fovea_use use, uint32_t set) { return (set >> use & 1) != 0; }

static bool is_text(const fovea_advice_facts *f) { return f->is_text || f->use == FOVEA_USE_SCREENSHOT; }

static bool has_sizes(const fovea_advice_facts *f)
{
    return f->source_w > 0 && f->source_h > 0 && f->result_w > 0 && f->result_h > 0;
}

/* Twice the pixels or more, and nothing done about it. Products of two sides fit 64 bits, twice them too. */
static bool explodes(const fovea_advice_facts *f)
{
    return has_sizes(f) && !f->is_compact && (int64_t)f->result_w * f->result_h >= 2 * ((int64_t)f->source_w * f->source_h);
}

static bool is_poor(const fovea_advice_facts *f)
{
    return (f->jpeg_quality > 0 && f->jpeg_quality < POOR_JPEG) || f->was_enlarged;
}

fovea_expectation fovea_advice_expect_of(const fovea_advice_facts *given)
{
    fovea_advice_facts f;
    if (!take_facts(given, &f)) return FOVEA_EXPECT_VARIABLE;
    if (!has_sizes(&f)) return FOVEA_EXPECT_VARIABLE;
    const fovea_expectation grade = fovea_advice_expect(f.source_w, f.source_h, f.result_w, f.result_h);
    const bool promises = grade == FOVEA_EXPECT_EXCELLENT || grade == FOVEA_EXPECT_GOOD;
    return promises && (is_poor(&f) || f.is_noisy) ? FOVEA_EXPECT_LIMITED : grade;
}

uint32_t fovea_advice_tips(const fovea_advice_facts *given)
{
    fovea_advice_facts f;
    if (!take_facts(given, &f)) return 0;
    const int edited = is_one_of(f.use, USE(PRODUCT) | USE(PRINT) | USE(SOCIAL) | USE(REAL_ESTATE)) ||
                       (f.use == FOVEA_USE_ANY && !f.is_text);
    return (uint32_t)is_poor(&f) << FOVEA_TIP_SOURCE | (uint32_t)edited << FOVEA_TIP_ORDER |
           (uint32_t)(explodes(&f) && f.use != FOVEA_USE_PRINT) << FOVEA_TIP_COMPRESS |
           (uint32_t)is_text(&f) << FOVEA_TIP_TEXT | (uint32_t)(f.pictures > 1) << FOVEA_TIP_BATCH |
           (uint32_t)(f.is_noisy != 0) << FOVEA_TIP_NOISE;
}

uint32_t fovea_advice_pitfalls(const fovea_advice_facts *given)
{
    fovea_advice_facts f;
    if (!take_facts(given, &f)) return 0;
    const int far = has_sizes(&f) && fovea_advice_expect(f.source_w, f.source_h, f.result_w, f.result_h) >= FOVEA_EXPECT_GOOD;
    const int small = has_sizes(&f) && f.source_w <= SMALL_SIDE && f.source_h <= SMALL_SIDE;
    const int people = !is_text(&f) && is_one_of(f.use, USE(ANY) | USE(OLD_PHOTO) | USE(PRINT) | USE(SOCIAL) | USE(AI_ART));
    const int faces = f.face_side > 0 ? f.face_side < SMALL_FACE : small && people;
    return (uint32_t)(is_text(&f) || f.creative) << FOVEA_PITFALL_HALOS |
           (uint32_t)(far || f.creative) << FOVEA_PITFALL_TEXTURE | (uint32_t)faces << FOVEA_PITFALL_FACES |
           (uint32_t)explodes(&f) << FOVEA_PITFALL_FILES;
}
