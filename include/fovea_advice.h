/* SPDX-License-Identifier: MIT
 *
 * Words: what the command, its man page and the page say before the work. Part of fovea.h, which includes it. */
#ifndef FOVEA_ADVICE_H
#define FOVEA_ADVICE_H

#include "fovea.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Advice ------------------------------------------------------------------------------------------------ */

/* Constant tables: every pointer is to constant ASCII text that is never NULL and is never freed; nothing is computed but
 * whether a line applies. Any thread. Structs may get members at their end. */

/* What a picture is for. */
typedef enum fovea_use {
    FOVEA_USE_ANY = 0, /* nothing said */
    FOVEA_USE_PRODUCT = 1,
    FOVEA_USE_OLD_PHOTO = 2,
    FOVEA_USE_PRINT = 3,
    FOVEA_USE_SOCIAL = 4,
    FOVEA_USE_SCREENSHOT = 5,
    FOVEA_USE_AI_ART = 6,
    FOVEA_USE_REAL_ESTATE = 7,
} fovea_use;
#define FOVEA_USES 8

/* The mode that suits a use. Whether there are nets for it is another question. */
typedef enum fovea_advised_mode {
    FOVEA_ADVISED_FAITHFUL = 0,
    FOVEA_ADVISED_CREATIVE = 1,
    FOVEA_ADVISED_EITHER = 2, /* faithful unless the user wishes otherwise */
} fovea_advised_mode;

/* How the result is best written. */
typedef enum fovea_advised_file {
    FOVEA_ADVISED_SAME = 0, /* as the source is */
    FOVEA_ADVISED_COMPACT = 1, /* for the web: WebP or AVIF at fovea_use_advice.quality */
    FOVEA_ADVISED_EXACT = 2, /* without loss: PNG or TIFF */
} fovea_advised_file;

typedef struct fovea_use_advice {
    fovea_use use;
    const char *name; /* "old-photo": what the command's --for takes; "any" for FOVEA_USE_ANY */
    const char *title; /* "Old family photo": for people */
    fovea_advised_mode mode;
    const char *mode_reason; /* "buyers must see what they will get" */
    int32_t refuses_creative; /* nonzero: a creative result would mislead; only on an explicit order */
    fovea_kind faithful_kind; /* the net that suits it in each mode */
    fovea_kind creative_kind;
    const char *size; /* how large the result should be */
    fovea_advised_file file;
    int32_t quality; /* 1..100 where it is lossy; 0: the format's default */
    const char *file_reason;
} fovea_use_advice;

/* The advice for a use, that of FOVEA_USE_ANY for a value outside the enum. */
FOVEA_API const fovea_use_advice *fovea_advice_use(fovea_use use);

/* Its use for a name, as FOVEA_USE_PRODUCT for "product"; FOVEA_USE_ANY for any other text and for NULL. */
FOVEA_API fovea_use fovea_advice_use_by_name(const char *name);

/* "faithful", "creative", "either"; "unknown" outside the enum. */
FOVEA_API const char *fovea_advice_mode_name(fovea_advised_mode mode);

/* What an automatic choice of the mode comes to for a use: faithful or creative whatever the picture, or EITHER, as
 * fovea_inspect_gain has it. */
FOVEA_API fovea_advised_mode fovea_advice_auto(fovea_use use);

/* A few words for a fovea_gain as an int32_t: "a clean, sharp photograph"; those of UNKNOWN outside the enum. */
FOVEA_API const char *fovea_advice_gain_text(int32_t gain);

/* How good a result of some size can be. */
typedef enum fovea_expectation {
    FOVEA_EXPECT_EXACT = 0, /* no larger than the source: nothing is added */
    FOVEA_EXPECT_EXCELLENT = 1, /* up to 2 times: 1080p to 4K */
    FOVEA_EXPECT_GOOD = 2, /* up to 3 times: 720p to 4K */
    FOVEA_EXPECT_VARIABLE = 3, /* above: 480p to 4K */
    FOVEA_EXPECT_LIMITED = 4, /* up to 3 times, of a source too poor for either promise */
} fovea_expectation;

/* By the greater of the two factors. Sides in pixels; a source side below 1 counts as 1. */
FOVEA_API fovea_expectation fovea_advice_expect(int32_t source_w, int32_t source_h, int32_t result_w, int32_t result_h);
/* "excellent", and a sentence that says what that means; those of VARIABLE outside the enum. */
FOVEA_API const char *fovea_advice_expectation_name(fovea_expectation expectation);
FOVEA_API const char *fovea_advice_expectation_text(fovea_expectation expectation);

/* The same by all that is known: LIMITED instead of EXCELLENT and GOOD where FOVEA_TIP_SOURCE or _NOISE applies. VARIABLE for NULL, for
 * facts without struct_size and where a size is not known. */
struct fovea_advice_facts;
FOVEA_API fovea_expectation fovea_advice_expect_of(const struct fovea_advice_facts *facts);

/* What is known of a picture and of the wish; zero is "not known" in every member but the sizes. */
typedef struct fovea_advice_facts {
    size_t struct_size; /* sizeof(fovea_advice_facts); set by the macro */
    fovea_use use;
    int32_t source_w, source_h, result_w, result_h; /* pixels; 0: not known, and then nothing that depends on it applies */
    int32_t jpeg_quality; /* 1..100 when the source is a JPEG, or was (fovea_inspect_worse_quality) */
    int32_t was_enlarged; /* nonzero: somebody's tool has enlarged the source before */
    int32_t is_text; /* nonzero: letters and controls: a screen or a document */
    int32_t is_compact; /* nonzero: the result will be written lossy, at a quality of 92 or less */
    int32_t pictures; /* in this run */
    int32_t creative; /* nonzero: a creative net does it */
    int32_t face_side; /* of the smallest face found, pixels (fovea_faces); 0: not looked for, or none */
    int32_t is_noisy; /* nonzero: grain of 3 levels or more (fovea_traits) */
} fovea_advice_facts;

/* As fovea_options(...) does, a pointer to facts that last to the end of the block. */
#ifndef __cplusplus
#define fovea_advice_facts(...) \
    (&(const struct fovea_advice_facts){.struct_size = sizeof(struct fovea_advice_facts), __VA_ARGS__})
#endif

/* What to do for a better result. */
typedef enum fovea_tip {
    FOVEA_TIP_SOURCE = 0, /* start from the best source: JPEG quality below 70, or enlarged before */
    FOVEA_TIP_ORDER = 1, /* enlarge first, edit after: uses that are edited, or none said and no text */
    FOVEA_TIP_COMPRESS = 2, /* compress after: twice the pixels or more, and not compact yet; not for print */
    FOVEA_TIP_TEXT = 3, /* better as SVG: is_text, or a screenshot */
    FOVEA_TIP_BATCH = 4, /* test one before a batch: two pictures or more */
    FOVEA_TIP_NOISE = 5, /* noise is enlarged, too: is_noisy */
} fovea_tip;
#define FOVEA_TIPS 6

/* What can go wrong, to be looked at in the result. */
typedef enum fovea_pitfall {
    FOVEA_PITFALL_HALOS = 0, /* over-sharpening: where there is text, or a creative net */
    FOVEA_PITFALL_TEXTURE = 1, /* invented texture: beyond 2 times, or a creative net */
    /* A face below 40 pixels; where none is known, no side above 320 pixels, no text, and a use that may show people. */
    FOVEA_PITFALL_FACES = 2,
    FOVEA_PITFALL_FILES = 3, /* exploding files: twice the pixels or more, and not compact */
} fovea_pitfall;
#define FOVEA_PITFALLS 4

/* Which of them apply, as bits 1 << tip; 0 for NULL and for facts without struct_size. */
FOVEA_API uint32_t fovea_advice_tips(const fovea_advice_facts *facts);
FOVEA_API uint32_t fovea_advice_pitfalls(const fovea_advice_facts *facts);

/* "source", and a sentence; those of the first one outside the enum. */
FOVEA_API const char *fovea_advice_tip_name(fovea_tip tip);
FOVEA_API const char *fovea_advice_tip_text(fovea_tip tip);
FOVEA_API const char *fovea_advice_pitfall_name(fovea_pitfall pitfall);
FOVEA_API const char *fovea_advice_pitfall_text(fovea_pitfall pitfall);

#ifdef __cplusplus
}
#endif
#endif
