/* SPDX-License-Identifier: MIT
 *
 * The core's advice as core.js reads it: constant text, and which of it applies. */
#include "glue.h"

int EXPORT(web_uses)(void) { return FOVEA_USES; }

/* 0 name, 1 title, 2 reason of the mode, 3 advice on the size, 4 reason of the file. */
const char *EXPORT(web_use_text)(int use, int what)
{
    const fovea_use_advice *a = fovea_advice_use((fovea_use)use);
    return what == 0 ? a->name : what == 1 ? a->title : what == 2 ? a->mode_reason : what == 3 ? a->size : a->file_reason;
}

/* 0 fovea_advised_mode, 1 whether creative is refused, 2 and 3 fovea_kind of the faithful and of the creative net,
 * 4 fovea_advised_file, 5 quality, 6 what an automatic choice of the mode comes to, a fovea_advised_mode. */
int EXPORT(web_use_number)(int use, int what)
{
    const fovea_use_advice *a = fovea_advice_use((fovea_use)use);
    const int numbers[] = {(int)a->mode, a->refuses_creative, (int)a->faithful_kind,
                           (int)a->creative_kind, (int)a->file, a->quality, (int)fovea_advice_auto((fovea_use)use)};
    return what >= 0 && what < 7 ? numbers[what] : 0;
}

const char *EXPORT(web_gain_text)(int gain) { return fovea_advice_gain_text(gain); }

static fovea_advice_facts facts;

/* Takes what is known; the functions below answer for that. */
void EXPORT(web_advise)(int use, int source_w, int source_h, int result_w, int result_h, int jpeg_quality,
                        int was_enlarged, int is_noisy, int is_text, int is_compact, int pictures, int creative)
{
    facts = *fovea_advice_facts(.use = (fovea_use)use, .source_w = source_w, .source_h = source_h,
                                .result_w = result_w, .result_h = result_h, .jpeg_quality = jpeg_quality,
                                .was_enlarged = was_enlarged, .is_noisy = is_noisy, .is_text = is_text, .is_compact = is_compact, .pictures = pictures,
                                .creative = creative);
}

static fovea_expectation expectation(void)
{
    return fovea_advice_expect_of(&facts);
}

const char *EXPORT(web_expectation_name)(void) { return fovea_advice_expectation_name(expectation()); }
const char *EXPORT(web_expectation_text)(void) { return fovea_advice_expectation_text(expectation()); }

int EXPORT(web_tips)(void) { return (int)fovea_advice_tips(&facts); } /* bits */
int EXPORT(web_pitfalls)(void) { return (int)fovea_advice_pitfalls(&facts); }
const char *EXPORT(web_tip_name)(int tip) { return fovea_advice_tip_name((fovea_tip)tip); }
const char *EXPORT(web_pitfall_name)(int pitfall) { return fovea_advice_pitfall_name((fovea_pitfall)pitfall); }
const char *EXPORT(web_tip_text)(int tip) { return fovea_advice_tip_text((fovea_tip)tip); }
const char *EXPORT(web_pitfall_text)(int pitfall) { return fovea_advice_pitfall_text((fovea_pitfall)pitfall); }
