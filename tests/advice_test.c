/* SPDX-License-Identifier: MIT
 *
 * The advice: that the tables are whole and sayable, and that each line applies under its condition and no other. */
#include <stddef.h>
#include <string.h>

#include "fovea.h"
#include "tap.h"

/* One line of printable ASCII that ends without a full stop. */
static int is_line(const char *text, size_t most)
{
    const size_t length = text ? strlen(text) : 0;
    if (length < 3 || length > most || text[length - 1] == '.') return 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~') return 0;
    return 1;
}

static void test_uses(void)
{
    static const char *const names[] = {"any",    "product",    "old-photo", "print",
                                        "social", "screenshot", "ai-art",    "real-estate"};
    static const fovea_advised_mode modes[] = {FOVEA_ADVISED_FAITHFUL, FOVEA_ADVISED_FAITHFUL, FOVEA_ADVISED_CREATIVE,
                                               FOVEA_ADVISED_FAITHFUL, FOVEA_ADVISED_EITHER,   FOVEA_ADVISED_FAITHFUL,
                                               FOVEA_ADVISED_CREATIVE, FOVEA_ADVISED_FAITHFUL};
    for (int i = 0; i < FOVEA_USES; i++) {
        const fovea_use_advice *a = fovea_advice_use((fovea_use)i);
        TAP_CHECK((int)a->use == i && !strcmp(a->name, names[i]), "%d is %s", i, a->name);
        TAP_CHECK(fovea_advice_use_by_name(names[i]) == (fovea_use)i, "%s", names[i]);
        TAP_CHECK(a->mode == modes[i], "%s: mode %s", a->name, fovea_advice_mode_name(a->mode));
        TAP_CHECK(is_line(a->title, 30) && is_line(a->mode_reason, 100) && is_line(a->size, 110) &&
                      is_line(a->file_reason, 100),
                  "%s: its words", a->name);
        TAP_CHECK(!a->refuses_creative || a->mode == FOVEA_ADVISED_FAITHFUL, "%s", a->name);
        TAP_CHECK(a->refuses_creative == (i == FOVEA_USE_PRODUCT || i == FOVEA_USE_REAL_ESTATE), "%s", a->name);
        TAP_CHECK(a->faithful_kind <= FOVEA_KIND_SCREEN && a->creative_kind >= FOVEA_KIND_CREATIVE_PHOTO, "%s", a->name);
        TAP_CHECK((a->quality == (a->refuses_creative ? 92 : 80)) == (a->file == FOVEA_ADVISED_COMPACT), "%s: quality %d",
                  a->name, a->quality);
    }
    TAP_CHECK(fovea_advice_use(FOVEA_USE_SCREENSHOT)->faithful_kind == FOVEA_KIND_SCREEN, "screens have their net");
    TAP_CHECK(fovea_advice_use(FOVEA_USE_PRINT)->file == FOVEA_ADVISED_EXACT, "print is exact");
    TAP_CHECK(fovea_advice_use((fovea_use)99)->use == FOVEA_USE_ANY, "outside");
    TAP_CHECK(fovea_advice_use((fovea_use)-1)->use == FOVEA_USE_ANY, "outside");
    static const char *const strange[] = {"", "prin", "printer", "Print", "none"};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        TAP_CHECK(fovea_advice_use_by_name(strange[i]) == FOVEA_USE_ANY, "'%s'", strange[i]);
    TAP_CHECK(fovea_advice_use_by_name(NULL) == FOVEA_USE_ANY, "NULL");
    TAP_CHECK(!strcmp(fovea_advice_mode_name((fovea_advised_mode)3), "unknown"), "a mode outside");
}

static void test_auto(void)
{
    for (int i = 0; i < FOVEA_USES; i++) {
        const fovea_advised_mode mode = fovea_advice_auto((fovea_use)i);
        const int by_picture = i == FOVEA_USE_ANY || i == FOVEA_USE_SOCIAL;
        TAP_CHECK(mode == (by_picture ? FOVEA_ADVISED_EITHER : fovea_advice_use((fovea_use)i)->mode), "use %d: %d", i,
                  (int)mode);
    }
    TAP_CHECK(fovea_advice_auto((fovea_use)77) == FOVEA_ADVISED_EITHER, "outside");
    for (int i = 0; i < FOVEA_GAINS; i++) {
        TAP_CHECK(is_line(fovea_advice_gain_text(i), 60), "gain %d", i);
        for (int k = 0; k < i; k++)
            TAP_CHECK(strcmp(fovea_advice_gain_text(i), fovea_advice_gain_text(k)), "gains %d and %d", i, k);
    }
    TAP_CHECK(fovea_advice_gain_text(-1) == fovea_advice_gain_text(0) &&
                  fovea_advice_gain_text(FOVEA_GAINS) == fovea_advice_gain_text(0),
              "outside");
}

static void test_expectations(void)
{
    static const struct {
        int32_t w, h, to_w, to_h;
        fovea_expectation grade;
    } cases[] = {
        {1920, 1080, 3840, 2160, FOVEA_EXPECT_EXCELLENT},
        {1280, 720, 3840, 2160, FOVEA_EXPECT_GOOD},
        {853, 480, 3840, 2160, FOVEA_EXPECT_VARIABLE},
        {100, 100, 100, 100, FOVEA_EXPECT_EXACT},
        {100, 100, 50, 50, FOVEA_EXPECT_EXACT},
        {100, 100, 101, 100, FOVEA_EXPECT_EXCELLENT},
        {100, 100, 200, 201, FOVEA_EXPECT_GOOD},
        {100, 100, 300, 300, FOVEA_EXPECT_GOOD},
        {100, 100, 301, 300, FOVEA_EXPECT_VARIABLE},
        {0, -5, 2, 2, FOVEA_EXPECT_EXCELLENT},
        {2000000000, 1, 2147483647, 1, FOVEA_EXPECT_EXCELLENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fovea_expectation got = fovea_advice_expect(cases[i].w, cases[i].h, cases[i].to_w, cases[i].to_h);
        TAP_CHECK(got == cases[i].grade, "case %zu: %s", i, fovea_advice_expectation_name(got));
    }
    for (int i = 0; i < 5; i++)
        TAP_CHECK(is_line(fovea_advice_expectation_name((fovea_expectation)i), 12) &&
                      is_line(fovea_advice_expectation_text((fovea_expectation)i), 110),
                  "expectation %d", i);
    TAP_CHECK(!strcmp(fovea_advice_expectation_name((fovea_expectation)7), "variable"), "outside");
}

static void test_lines(void)
{
    for (int i = 0; i < FOVEA_TIPS; i++)
        TAP_CHECK(is_line(fovea_advice_tip_name((fovea_tip)i), 12) && is_line(fovea_advice_tip_text((fovea_tip)i), 110),
                  "tip %d", i);
    for (int i = 0; i < FOVEA_PITFALLS; i++)
        TAP_CHECK(is_line(fovea_advice_pitfall_name((fovea_pitfall)i), 12) &&
                      is_line(fovea_advice_pitfall_text((fovea_pitfall)i), 110),
                  "pitfall %d", i);
    TAP_CHECK(!strcmp(fovea_advice_tip_name((fovea_tip)-1), "source"), "outside");
    TAP_CHECK(!strcmp(fovea_advice_pitfall_name((fovea_pitfall)4), "halos"), "outside");
}

/* Of a poor source no promise is made that only a good one can keep. */
static void test_poor_sources(void)
{
    static const fovea_expectation clean[] = {FOVEA_EXPECT_EXACT, FOVEA_EXPECT_EXCELLENT, FOVEA_EXPECT_GOOD,
                                              FOVEA_EXPECT_VARIABLE};
    for (int times = 1; times <= 4; times++)
        for (int quality = 0; quality <= 100; quality++)
            for (int enlarged = 0; enlarged <= 1; enlarged++) {
                const int noisy = enlarged && quality % 2, own = enlarged && !noisy; /* the one or the other */
                const int poor = enlarged || (quality > 0 && quality < 70), promised = times == 2 || times == 3;
                const fovea_expectation got = fovea_advice_expect_of(
                    fovea_advice_facts(.source_w = 90, .source_h = 70, .result_w = 90 * times, .result_h = 70 * times,
                                       .jpeg_quality = quality, .was_enlarged = own, .is_noisy = noisy));
                TAP_CHECK(got == (poor && promised ? FOVEA_EXPECT_LIMITED : clean[times - 1]),
                          "%dx of quality %d, enlarged %d: %s", times, quality, enlarged, fovea_advice_expectation_name(got));
            }
    TAP_CHECK(fovea_advice_expect_of(NULL) == FOVEA_EXPECT_VARIABLE, "no facts");
}

#define TIP(what) (1u << FOVEA_TIP_##what)
#define PITFALL(what) (1u << FOVEA_PITFALL_##what)
#define SIZES(w, h, times) .source_w = w, .source_h = h, .result_w = w * times, .result_h = h * times

/* One condition at a time, from a picture about which there is nothing to say. */
static void test_conditions(void)
{
    static const struct {
        fovea_advice_facts facts;
        uint32_t tips, pitfalls;
    } cases[] = {
        {{.use = FOVEA_USE_AI_ART}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, .jpeg_quality = 69}, TIP(SOURCE), 0},
        {{.use = FOVEA_USE_AI_ART, .jpeg_quality = 70}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, .was_enlarged = 1}, TIP(SOURCE), 0},
        {{.use = FOVEA_USE_AI_ART, .is_noisy = 1}, TIP(NOISE), 0},
        {{.use = FOVEA_USE_ANY}, TIP(ORDER), 0},
        {{.use = FOVEA_USE_ANY, .is_text = 1}, TIP(TEXT), PITFALL(HALOS)},
        {{.use = FOVEA_USE_PRODUCT}, TIP(ORDER), 0},
        {{.use = FOVEA_USE_SOCIAL}, TIP(ORDER), 0},
        {{.use = FOVEA_USE_REAL_ESTATE}, TIP(ORDER), 0},
        {{.use = FOVEA_USE_OLD_PHOTO}, 0, 0},
        {{.use = FOVEA_USE_SCREENSHOT}, TIP(TEXT), PITFALL(HALOS)},
        {{.use = FOVEA_USE_AI_ART, .pictures = 1}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, .pictures = 2}, TIP(BATCH), 0},
        {{.use = FOVEA_USE_AI_ART, .creative = 1}, 0, PITFALL(HALOS) | PITFALL(TEXTURE)},
        {{.use = FOVEA_USE_AI_ART, SIZES(1000, 700, 2)}, TIP(COMPRESS), PITFALL(FILES)},
        {{.use = FOVEA_USE_AI_ART, SIZES(1000, 700, 2), .is_compact = 1}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, SIZES(1000, 700, 1)}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, SIZES(1000, 700, 3), .is_compact = 1}, 0, PITFALL(TEXTURE)},
        {{.use = FOVEA_USE_AI_ART, SIZES(320, 200, 2), .is_compact = 1}, 0, PITFALL(FACES)},
        {{.use = FOVEA_USE_AI_ART, SIZES(320, 200, 2), .is_compact = 1, .face_side = 40}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, SIZES(3200, 2000, 2), .is_compact = 1, .face_side = 39}, 0, PITFALL(FACES)},
        {{.use = FOVEA_USE_AI_ART, SIZES(200, 320, 2), .is_compact = 1}, 0, PITFALL(FACES)},
        {{.use = FOVEA_USE_AI_ART, SIZES(1, 1, 1)}, 0, PITFALL(FACES)},
        {{.use = FOVEA_USE_AI_ART, SIZES(321, 200, 2), .is_compact = 1}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, SIZES(200, 321, 2), .is_compact = 1}, 0, 0},
        {{.use = FOVEA_USE_AI_ART, SIZES(320, 200, 2), .is_compact = 1, .is_text = 1}, TIP(TEXT), PITFALL(HALOS)},
        {{.use = FOVEA_USE_REAL_ESTATE, SIZES(320, 200, 2), .is_compact = 1}, TIP(ORDER), 0},
        {{.use = FOVEA_USE_PRINT, SIZES(1000, 700, 2)}, TIP(ORDER), PITFALL(FILES)},
        {{.use = FOVEA_USE_AI_ART, SIZES(1073741823, 2147483647 / 2, 2)}, TIP(COMPRESS), PITFALL(FILES)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fovea_advice_facts facts = cases[i].facts;
        TAP_CHECK(!fovea_advice_tips(&facts) && !fovea_advice_pitfalls(&facts), "case %zu: without struct_size", i);
        facts.struct_size = sizeof facts;
        TAP_CHECK(fovea_advice_tips(&facts) == cases[i].tips, "case %zu: tips %#x", i, fovea_advice_tips(&facts));
        TAP_CHECK(fovea_advice_pitfalls(&facts) == cases[i].pitfalls, "case %zu: pitfalls %#x", i,
                  fovea_advice_pitfalls(&facts));
    }
    TAP_CHECK(!fovea_advice_tips(NULL) && !fovea_advice_pitfalls(NULL), "NULL");
    TAP_CHECK(fovea_advice_tips(fovea_advice_facts(.pictures = 2)) == (TIP(ORDER) | TIP(BATCH)), "by the macro");
    fovea_advice_facts old = {.struct_size = offsetof(fovea_advice_facts, pictures), .is_text = 1, .pictures = 9};
    TAP_CHECK(fovea_advice_tips(&old) == TIP(TEXT), "members that an older caller does not know are not read");
}

/* ---- What gains from a creative net ---- */

static void test_gain(void)
{
    const fovea_traits clean = {.struct_size = sizeof clean,
                                .width = 3000,
                                .height = 2000,
                                .content = FOVEA_CONTENT_PHOTO,
                                .blocks = 1,
                                .edge_width = 1.5,
                                .noise = 1};
    fovea_traits t = clean;
    TAP_CHECK(fovea_inspect_gain(NULL, 50) == FOVEA_GAIN_UNKNOWN, "not looked at");
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_CLEAN && fovea_inspect_gain(&t, 75) == FOVEA_GAIN_CLEAN, "clean");
    static const fovea_gain by_content[] = {FOVEA_GAIN_UNKNOWN, FOVEA_GAIN_COMPRESSED, FOVEA_GAIN_SCREEN, FOVEA_GAIN_DRAWN,
                                            FOVEA_GAIN_DOCUMENT};
    for (int i = 0; i < 5; i++) {
        t.content = (fovea_content)i;
        TAP_CHECK(fovea_inspect_gain(&t, 74) == by_content[i], "content %d", i);
    }
    t = clean, t.content = FOVEA_CONTENT_ART, t.rendered = 1;
    TAP_CHECK(fovea_inspect_gain(&t, 74) == FOVEA_GAIN_CRISP, "drawn at this size");
    t = clean, t.blocks = 1.4;
    TAP_CHECK(fovea_inspect_gain(&t, 90) == FOVEA_GAIN_BLOCKS, "blocks");
    t = clean, t.was_enlarged = 1, t.grain = 9;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_ENLARGED, "enlarged");
    t = clean, t.edge_width = 2, t.grain = 9;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_SOFT, "soft");
    t = clean, t.noise = 3;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_CLEAN, "fine texture");
    t.grain = 3;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_NOISY, "noisy");
    t = clean, t.grey = 0.95;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_CLEAN, "large and grey");
    t.width = t.height = 1000;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_OLD, "small, grey and soft");
    t.edge_width = 1.4;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_CLEAN, "small and grey");
    t.grain = 1;
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_OLD, "small, grey and grainy");
    t.struct_size = offsetof(fovea_traits, content);
    TAP_CHECK(fovea_inspect_gain(&t, 0) == FOVEA_GAIN_UNKNOWN, "an older caller");
}

int main(void)
{
    test_uses();
    test_auto();
    test_expectations();
    test_poor_sources();
    test_lines();
    test_conditions();
    test_gain();
    return tap_done("advice_test");
}
