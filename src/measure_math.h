/* SPDX-License-Identifier: MIT
 *
 * The few functions of mathematics that figures need, since the core has no library (base.h). For figures only: results
 * that pixels depend on use none of them. Each says how near it comes; arguments are finite. */
#ifndef FV_MEASURE_MATH_H
#define FV_MEASURE_MATH_H

#include "base.h"

#define FV_PI 3.14159265358979323846

static inline uint64_t fv_bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline double fv_of_bits(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double fv_abs(double v) { return v < 0 ? -v : v; }

/* Relative error below 1e-15; 0 for what is not positive. Halving the exponent is within 6 %, and each step of Newton
 * doubles the digits. */
static inline double fv_sqrt(double v)
{
    if (!(v > 1e-300)) return 0;
    double root = fv_of_bits((fv_bits_of(v) >> 1) + ((uint64_t)1023 << 51));
    for (int i = 0; i < 4; i++) root = 0.5 * (root + v / root);
    return root;
}

/* v >= 0; relative error below 1e-15. A third of the exponent, then Halley's steps, which treble the digits. */
static inline double fv_cbrt(double v)
{
    if (!(v > 1e-300)) return 0;
    double root = fv_of_bits(fv_bits_of(v) / 3 + 0x2a9f76253119d328u);
    for (int i = 0; i < 3; i++) {
        const double cube = root * root * root;
        root *= (cube + 2 * v) / (2 * cube + v);
    }
    return root;
}

/* Natural logarithm of v > 0, normal; absolute error below 1e-14. v = m 2^k with m near 1, and the series of
 * artanh((m - 1) / (m + 1)). */
static inline double fv_ln(double v)
{
    uint64_t bits = fv_bits_of(v);
    int k = (int)(bits >> 52) - 1023;
    double m = fv_of_bits((bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1023 << 52);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    const double s = (m - 1) / (m + 1), square = s * s;
    double sum = 0;
    for (int n = 19; n > 0; n -= 2) sum = sum * square + 1.0 / n;
    return 2 * s * sum + k * 0.69314718055994531;
}

/* Relative error below 1e-14; 0 below -700; v <= 700. */
static inline double fv_exp(double v)
{
    if (v < -700) return 0;
    const double k = fv_floor(v / 0.69314718055994531 + 0.5), r = v - k * 0.69314718055994531;
    double sum = 1;
    for (int n = 14; n > 0; n--) sum = 1 + sum * r / n;
    return sum * fv_of_bits((uint64_t)((int64_t)k + 1023) << 52);
}

/* a > 0. */
static inline double fv_pow(double a, double b) { return fv_exp(b * fv_ln(a)); }

/* Angles are in degrees, as the colour formulas have them. Absolute error below 1e-12. */
static inline double fv_sin(double degrees)
{
    double t = degrees / 360;
    t -= fv_floor(t);
    const double sign = t > 0.5 ? -1 : 1;
    if (t > 0.5) t -= 0.5;
    if (t > 0.25) t = 0.5 - t;
    const double x = 2 * FV_PI * t;
    double term = x, sum = x;
    for (int k = 1; k < 10; k++) {
        term *= -x * x / (2 * k * (2 * k + 1));
        sum += term;
    }
    return sign * sum;
}

static inline double fv_cos(double degrees) { return fv_sin(degrees + 90); }

/* The direction of (x, y), 0 .. 360; 0 for (0, 0). Absolute error below 1e-11. */
static inline double fv_direction(double y, double x)
{
    const double ax = fv_abs(x), ay = fv_abs(y), high = ax > ay ? ax : ay, low = ax > ay ? ay : ax;
    if (!(high > 0)) return 0;
    const double t = low / high, turn = 0.57735026918962576; /* tan 30 degrees: leaves |u| < 0.27 for the series */
    const bool far = t > 0.26794919243112271;
    const double u = far ? (t - turn) / (1 + t * turn) : t, square = u * u;
    double sum = 0;
    for (int n = 21; n > 0; n -= 2) sum = 1.0 / n - sum * square;
    double angle = sum * u * (180 / FV_PI) + (far ? 30 : 0);
    if (ay > ax) angle = 90 - angle;
    if (x < 0) angle = 180 - angle;
    return y < 0 && angle > 0 ? 360 - angle : angle;
}

#endif
