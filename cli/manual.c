/* SPDX-License-Identifier: MIT
 *
 * Only what the table says of an option is said of it anywhere. */
#define _GNU_SOURCE 1
#include "manual.h"

#include <string.h>

#include "fovea.h"
#include "heads.h"
#include "options.h"
#include "use.h"

/* ---- The screen -------------------------------------------------------------------------------------------- */

/* "-o, --output FILE|DIR"; without the letter "--output FILE|DIR", unless there is no other name. */
static void usage_of(const struct option_row *row, bool letter, char *usage, size_t size)
{
    char first[8] = "";
    if (letter || !row->name) snprintf(first, sizeof first, "-%c%s", row->letter, row->name ? ", " : "");
    if (!row->letter) snprintf(first, sizeof first, "%s", letter ? "    " : "");
    snprintf(usage, size, "%s%s%s%s%s", first, row->name ? "--" : "", row->name ? row->name : "",
             row->value && row->value[0] != '[' ? " " : "", row->value ? row->value : "");
}

static void print_screen(FILE *out)
{
    char usage[48];
    int column = 5;
    fputs("fovea [upscale] PICTURE... [-o FILE|DIR]    make pictures larger and sharp\n"
          "fovea verify SMALL LARGE [--map FILE]      is LARGE faithful to SMALL?\n"
          "fovea compare A B [-o SHEET.png|.html]     the same crops side by side\n"
          "fovea inspect PICTURE... [--json]          what it is, what to expect\n"
          "fovea models | fovea bench                 the nets | their speed here\n\n",
          out);
    for (int i = 0; i < option_rows_count; i++)
        if (option_rows[i].common) {
            usage_of(&option_rows[i], true, usage, sizeof usage);
            fprintf(out, "  %-24s %s\n", usage, option_rows[i].help);
        }
    fputs("Also:", out);
    for (int i = 0; i < option_rows_count; i++) {
        if (option_rows[i].common) continue;
        usage_of(&option_rows[i], false, usage, sizeof usage);
        int size = (int)strlen(usage);
        if (column + 1 + size > 79) {
            fputs("\n     ", out);
            column = 5;
        }
        fprintf(out, " %s", usage);
        column += 1 + size;
    }
    fputs("\n\n\"-\" is standard input or output. In full: fovea --help=man. Exit: 0 done,\n"
          "1 some failed, 2 usage, 3 nothing readable, 4 no memory or disk, 5 not faithful.\n",
          out);
}

/* ---- The man page ------------------------------------------------------------------------------------------ */

static void put_roff(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '-' || *text == '\\') putc('\\', out);
        putc(*text, out);
    }
}

static void print_man_option(const struct option_row *row, FILE *out)
{
    fputs(".TP\n", out);
    if (row->letter) fprintf(out, "\\fB\\-%c\\fR%s", row->letter, row->name ? ", " : "");
    if (row->name) {
        fputs("\\fB\\-\\-", out);
        put_roff(row->name, out);
        fputs("\\fR", out);
    }
    if (row->value) {
        fputs(row->value[0] == '[' ? "\\fI" : " \\fI", out);
        put_roff(row->value, out);
        fputs("\\fR", out);
    }
    putc('\n', out);
    put_roff(row->help, out);
    putc('\n', out);
}

static void print_man_term(const char *term, FILE *out)
{
    fputs(".TP\n.B ", out);
    put_roff(term, out);
    putc('\n', out);
}

static void print_man_line(const char *before, const char *text, const char *after, FILE *out)
{
    put_roff(before, out);
    put_roff(text, out);
    put_roff(after, out);
    putc('\n', out);
}

/* The library's advice, whole: what a result can be expected to be, and what --for means. */
static void print_man_advice(FILE *out)
{
    fputs(".SH USES\n.B \\-\\-for\ndecides what is not said otherwise;\n.B \\-\\-dry\\-run\ntells it with the reasons.\n", out);
    for (int i = 1; i < FOVEA_USES; i++) {
        const fovea_use_advice *advice = fovea_advice_use((fovea_use)i);
        char words[64];
        print_man_term(advice->name, out);
        print_man_line(fovea_advice_mode_name(advice->mode), ": ", advice->mode_reason, out);
        print_man_line(".br\nsize: ", advice->size, "", out);
        use_file_words(advice->use, words, sizeof words);
        print_man_line(".br\nfile: ", words, "", out);
    }
    fputs(".SH \"WHAT TO EXPECT\"\n", out);
    for (int i = FOVEA_EXPECT_EXCELLENT; i <= FOVEA_EXPECT_LIMITED; i++) {
        print_man_term(fovea_advice_expectation_name((fovea_expectation)i), out);
        print_man_line(fovea_advice_expectation_text((fovea_expectation)i), "", "", out);
    }
    fputs(".SH TIPS\n", out);
    for (int i = 0; i < FOVEA_TIPS; i++) {
        print_man_term(fovea_advice_tip_name((fovea_tip)i), out);
        print_man_line(fovea_advice_tip_text((fovea_tip)i), "", "", out);
    }
    fputs(".SH PITFALLS\n", out);
    for (int i = 0; i < FOVEA_PITFALLS; i++) {
        print_man_term(fovea_advice_pitfall_name((fovea_pitfall)i), out);
        print_man_line(fovea_advice_pitfall_text((fovea_pitfall)i), "", "", out);
    }
}

static void print_man_faces(FILE *out)
{
    fprintf(
        out,
        ".SH FACES\n"
        "A creative result has faces as the faithful net has them. With\n.B \\-\\-faces enhance\na net made for faces does\n"
        "those that are clearly seen and have %d pixels or more from the brows to the chin, with a soft border; of smaller\n"
        "ones too little is left, and they stay faithful. With\n.B \\-\\-faces same\nnobody looks for faces. Not every one is\n"
        "found: look at the result.\n",
        HEADS_SAFE_SIDE);
}

static const char man_head[] =
    ".SH NAME\nfovea \\- make pictures larger and sharp, on this machine alone\n"
    ".SH SYNOPSIS\n.B fovea\n[\\fBupscale\\fR] [\\fIOPTION\\fR]... \\fIPICTURE\\fR...\n.br\n"
    ".B fovea verify\n\\fISMALL LARGE\\fR [\\fB\\-\\-map\\fR \\fIFILE\\fR] [\\fB\\-\\-json\\fR]\n.br\n"
    ".B fovea compare\n\\fIA B\\fR [\\fB\\-o\\fR \\fISHEET.png\\fR|\\fISHEET.html\\fR]\n.br\n"
    ".B fovea inspect\n\\fIPICTURE\\fR... [\\fB\\-\\-json\\fR]\n.br\n"
    ".B fovea models\n"
    ".br\n"
    ".B fovea bench\n"
    ".SH DESCRIPTION\n"
    "Enlarges pictures with a small neural net on the processor. The result goes beside its source as\n"
    ".I NAME\\-2x.EXT\nunless\n.B \\-o\nsays otherwise; an existing file is never replaced unasked.\n"
    "Reads JPEG, PNG, WebP, TIFF, AVIF, HEIC, JPEG XL, GIF and PNM, told by their content;\n"
    "writes JPEG, PNG, WebP, TIFF, AVIF and JPEG XL. A camera's raw files are to be developed first.\n"
    "Colour profile, EXIF, XMP, IPTC and dots per inch are kept (of TIFF files no EXIF), the picture is turned upright.\n"
    ".PP\n"
    ".B fovea verify\nsays whether a large picture, whoever made it, is a faithful enlargement of a small one;\n"
    ".B fovea compare\ndraws the same crops of two pictures side by side;\n"
    ".B fovea inspect\ntells what a picture is, which net it needs, what to expect at which size, and the tips that apply.\n"
    ".PP\n"
    "The same picture gives the same bytes on every processor and with any number of threads.\n"
    "Pictures are decoded in a process that can open no socket, start no program, write no file and read none but the system's.\n"
    ".SH SIZES\n"
    ".B \\-\\-to\ntakes a box to fit into (a picture keeps its proportions): 4k (3840x2160), 8k, 3000x2000 (width and\n"
    "height), 30x20cm@300 or 12x8in@300 (paper and dots per inch, which the result is given). 4k, 8k and paper are turned\n"
    "where the picture is upright; the result's name says 3840x2160 all the same.\n"
    "Or it fixes one side and the other follows: width=3000, height=3000, long=3000 (the longer one), short=3000.\n"
    "mp=24 is so many million pixels, as near as sides rounded to whole pixels come.\n"
    ".SH NAMES\n"
    ".B \\-\\-name\ntakes {name} (the source's name without its extension), {suffix} (\\-2x, or that of\n.B \\-\\-suffix\\fR),\n"
    "{ext} (the extension of the result's format), {scale} (2, or what the suffix says) and {from} (the source's extension).\n"
    "Where the name ends in an extension of its own, such as {name}.webp, that is the format unless\n.B \\-f\nsays another;\n"
    "where it ends in none that fits the format, that of the format is added.\n"
    "A picture that another one's result would replace counts as one that somebody wants to keep: with\n"
    ".B \\-\\-overwrite\nand both named, the other is refused.\n"
    ".SH MODES\n"
    ".TP\n.B faithful\nadds only detail that the pixels imply: shrunk again, a result of 2, 3 or 4 times is the source. (Sizes between are\n"
    "made from these by an exact shrink, and lose some of that in sharp graphics; so do dithered pictures.)\n"
    ".TP\n.B creative\nblends in what a second net makes up, at most\n.B \\-\\-strength\nper cent of it; colours of areas, flat\n"
    "areas and letters stay as the faithful net has them, but for letters on grainy paper. It restores and looks sharp, and is no evidence of anything.\n"
    "Beyond the creative net's factor faithful passes go on.\n"
    ".TP\n.B auto\nis creative for photographs that are compressed, soft, noisy, enlarged before, or small, without colour and grainy, and for\n"
    "drawings that were made smaller; it is faithful for clean photographs, screens, documents and drawings as they were drawn, and where\n.B \\-\\-for\nhas an opinion it has that.\n";

static const char man_end[] =
    ".SH \"EXIT STATUS\"\n"
    ".TP\n0\nall done\n.TP\n1\nsome pictures failed\n.TP\n2\nwrong usage\n.TP\n3\nnothing readable\n"
    ".TP\n4\nno memory, or no room on the disk\n.TP\n5\nnot faithful, as\n.B verify\nor\n.B \\-\\-strict\nfound\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B TMPDIR\nwhere standard input and output are kept meanwhile\n"
    ".TP\n.B SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX, JOB_COMPLETION_INDEX\n"
    "and what goes with them choose the part of the pictures, as\n.B \\-\\-shard\ndoes, when\n.B \\-r\nis given\n"
    ".SH EXAMPLES\n"
    ".TP\n.B fovea photo.jpg\nmakes photo\\-2x.jpg\n"
    ".TP\n.B fovea \\-r holiday \\-o large \\-f webp \\-\\-skip\\-existing\n"
    "does a folder, and goes on where it was stopped\n"
    ".TP\n.B fovea \\- \\-o \\- < small.png > large.png\nworks in a pipe\n";

static void print_man(FILE *out)
{
    fprintf(out, ".TH FOVEA 1 \"\" \"fovea %s\" \"User Commands\"\n", fovea_version());
    fputs(man_head, out);
    print_man_faces(out);
    fputs(".SH OPTIONS\n", out);
    for (int i = 0; i < option_rows_count; i++) print_man_option(&option_rows[i], out);
    print_man_advice(out);
    fputs(man_end, out);
}

/* ---- Completions ------------------------------------------------------------------------------------------- */

static void print_names(FILE *out)
{
    for (int i = 0; i < option_rows_count; i++) {
        if (option_rows[i].letter) fprintf(out, "-%c ", option_rows[i].letter);
        if (option_rows[i].name) fprintf(out, "--%s ", option_rows[i].name);
    }
}

static void print_bash(FILE *out)
{
    fputs("# bash completion of fovea\n_fovea() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n    case $before in\n",
          out);
    for (int i = 0; i < option_rows_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (!row->words || row->value[0] == '[') continue;
        fputs("    ", out);
        if (row->letter) fprintf(out, "-%c|", row->letter);
        fprintf(out, "--%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", row->name, row->words);
    }
    fputs("    esac\n    case $word in\n    -*) COMPREPLY=($(compgen -W '", out);
    print_names(out);
    fputs("' -- \"$word\")); return ;;\n    esac\n    compopt -o filenames\n    COMPREPLY=($(compgen -f -- \"$word\"))\n"
          "    [ \"$COMP_CWORD\" -eq 1 ] && COMPREPLY+=($(compgen -W '",
          out);
    for (int i = 0; i < COMMAND_VERSION; i++) fprintf(out, "%s ", command_names[i]);
    fputs("' -- \"$word\"))\n}\ncomplete -F _fovea fovea\n", out);
}

/* Inside '...[...]': brackets and colons mean something, quotes end it. */
static void put_zsh(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text)) putc('\\', out);
        if (*text != '\'') putc(*text, out);
    }
}

static void print_zsh(FILE *out)
{
    fputs("#compdef fovea\n_arguments -s \\\n", out);
    for (int i = 0; i < option_rows_count; i++) {
        const struct option_row *row = &option_rows[i];
        for (int form = 0; form < 2; form++) {
            if (form == 0 ? !row->letter : !row->name) continue;
            bool optional = row->value && row->value[0] == '[';
            if (form == 0)
                fprintf(out, "  '*-%c[", row->letter);
            else
                fprintf(out, "  '*--%s%s[", row->name, !row->value ? "" : optional ? "=-" : "=");
            put_zsh(row->help, out);
            putc(']', out);
            if (row->value && !(form == 0 && optional))
                fprintf(out, "%s:value:%s%s%s", optional ? ":" : "", row->words ? "(" : "_files", row->words ? row->words : "",
                        row->words ? ")" : "");
            fputs("' \\\n", out);
        }
    }
    fputs("  '*:picture:_files'\n", out);
}

static void print_fish(FILE *out)
{
    for (int i = 0; i < COMMAND_VERSION; i++)
        fprintf(out, "complete -c fovea -n __fish_use_subcommand -a %s\n", command_names[i]);
    for (int i = 0; i < option_rows_count; i++) {
        const struct option_row *row = &option_rows[i];
        fputs("complete -c fovea", out);
        if (row->letter) fprintf(out, " -s %c", row->letter);
        if (row->name) fprintf(out, " -l %s", row->name);
        if (row->value && row->value[0] != '[') fputs(row->words ? " -x" : " -r", out);
        if (row->words) fprintf(out, " -a '%s'", row->words);
        fputs(" -d '", out);
        for (const char *at = row->help; *at; at++)
            if (*at != '\'') putc(*at, out);
        fputs("'\n", out);
    }
}

void manual_print(enum manual what, FILE *out)
{
    switch (what) {
    case MANUAL_SCREEN: print_screen(out); break;
    case MANUAL_MAN: print_man(out); break;
    case MANUAL_BASH: print_bash(out); break;
    case MANUAL_ZSH: print_zsh(out); break;
    case MANUAL_FISH: print_fish(out); break;
    }
}
