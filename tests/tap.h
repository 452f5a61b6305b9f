/* SPDX-License-Identifier: MIT
 *
 * Checks for the tests in C. Silent while all is well:
 *
 *     #include "tap.h"
 *     int main(void)
 *     {
 *         TAP_CHECK(1 + 1 == 2, "one and one are %d", 1 + 1);
 *         return tap_done("arithmetic");
 *     }
 *
 * A check that fails prints `not ok: file:line: (condition) message`. tap_done prints `arithmetic: 1 passed, 0 failed`,
 * which `./dev test` reads, and returns the exit status: 0 only when something was checked and nothing failed.
 * Call from one thread. Include in one .c file of a test only.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__GNUC__)
#define TAP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args), unused))
#define TAP_UNUSED __attribute__((unused))
#else
#define TAP_PRINTF(fmt, args)
#define TAP_UNUSED
#endif

enum { TAP_MAX_PRINTED = 40 }; /* failures told in full; all are counted */

static long tap_passed, tap_failed;

/* TAP_CHECK(condition, "format", ...): counts; gives 1 when the condition holds, 0 otherwise. */
#define TAP_CHECK(cond, ...) ((cond) ? tap_pass() : tap_fail(__FILE__, __LINE__, #cond, __VA_ARGS__))

TAP_UNUSED static int tap_pass(void)
{
    tap_passed++;
    return 1;
}

TAP_PRINTF(4, 5) static int tap_fail(const char *file, int line, const char *cond, const char *format, ...)
{
    tap_failed++;
    if (tap_failed <= TAP_MAX_PRINTED) {
        va_list args;
        fflush(stdout);
        fprintf(stderr, "not ok: %s:%d: (%s) ", file, line, cond);
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
        fputc('\n', stderr);
    } else if (tap_failed == TAP_MAX_PRINTED + 1) {
        fputs("not ok: ... further failures are only counted\n", stderr);
    }
    return 0;
}

/* A remark, such as the seed in use: `# seed 17`. */
TAP_PRINTF(1, 2) static void tap_note(const char *format, ...)
{
    va_list args;
    fputs("# ", stdout);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* Nonzero when `./dev soak` asks for the full counts. */
TAP_UNUSED static int tap_soak(void)
{
    const char *s = getenv("FOVEA_SOAK");
    return s != NULL && s[0] != '\0' && s[0] != '0';
}

/* How often to do something: `few` times, in the soak `many`; of the many an eighth where a sanitizer makes it ten times slower. */
TAP_UNUSED static int tap_rounds(int few, int many)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    many = many / 8 > few ? many / 8 : few;
#endif
    return tap_soak() ? many : few;
}

/* Nonzero where the full counts are not asked for and each step takes twenty times as long: under ThreadSanitizer, where what runs on
 * one thread has no race to find, and with FOVEA_BRIEF on an emulated processor. */
TAP_UNUSED static int tap_brief(void)
{
#if defined(__SANITIZE_THREAD__)
    return !tap_soak();
#else
    return getenv("FOVEA_BRIEF") != NULL && !tap_soak();
#endif
}

/* Nonzero under AddressSanitizer, likewise. */
TAP_UNUSED static int tap_slowed(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return !tap_soak();
#else
    return 0;
#endif
}

/* Prints the counts; the exit status of the test. */
TAP_UNUSED static int tap_done(const char *suite)
{
    printf("%s: %ld passed, %ld failed\n", suite, tap_passed, tap_failed);
    fflush(stdout);
    return tap_failed != 0 || tap_passed == 0;
}

#endif
