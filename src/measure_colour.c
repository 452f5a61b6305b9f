/* SPDX-License-Identifier: MIT
 *
 * How different two colours look: CIEDE2000 (Sharma, Wu, Dalal 2005, kL = kC = kH = 1) of sRGB values (IEC 61966-2-1)
 * through CIE Lab under D65. */
#include "measure.h"
#include "measure_math.h"

/* ---- sRGB to Lab ---- */

static double linear_of(double v) { return v <= 0.04045 ? v / 12.92 : fv_pow((v + 0.055) / 1.055, 2.4); }

void fv_colour_table(float *table)
{
    for (int i = 0; i <= FV_COLOUR_STEPS; i++) table[i] = (float)linear_of((double)i / FV_COLOUR_STEPS);
}

/* v: 0 .. 65535. Between the steps a straight line. */
static double look_up(const float *table, float v)
{
    const double at = (double)v * FV_COLOUR_STEPS / 65535;
    const int i = fv_clamp((int)at, 0, FV_COLOUR_STEPS - 1);
    return table[i] + (at - i) * (table[i + 1] - table[i]);
}

static double lab_curve(double t) { return t > 216.0 / 24389 ? fv_cbrt(t) : (24389.0 / 27 * t + 16) / 116; }

fv_lab fv_lab_of(const float *table, const float rgb[3])
{
    const double r = look_up(table, rgb[0]), g = look_up(table, rgb[1]), b = look_up(table, rgb[2]);
    const double x = lab_curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    const double y = lab_curve(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    const double z = lab_curve((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    return (fv_lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

/* ---- CIEDE2000 ---- */

static double seventh(double v)
{
    const double cube = v * v * v;
    return cube * cube * v;
}

/* sqrt(c^7 / (c^7 + 25^7)): how colourful, from 0 to 1. */
static double colourful(double c) { return fv_sqrt(seventh(c) / (seventh(c) + 6103515625.0)); }

/* Differences and means of hues, in degrees; a grey has no hue of its own. */
static double hue_difference(double h1, double h2, bool grey)
{
    const double d = h2 - h1;
    return grey ? 0 : d > 180 ? d - 360 : d < -180 ? d + 360 : d;
}

static double hue_mean(double h1, double h2, bool grey)
{
    const double sum = h1 + h2;
    if (grey) return sum;
    return fv_abs(h1 - h2) <= 180 ? sum / 2 : sum < 360 ? (sum + 360) / 2 : (sum - 360) / 2;
}

double fv_colour_difference(fv_lab p, fv_lab q)
{
    const double c_mean = (fv_sqrt(p.a * p.a + p.b * p.b) + fv_sqrt(q.a * q.a + q.b * q.b)) / 2;
    const double stretch = 1 + 0.5 * (1 - colourful(c_mean));
    const double a1 = p.a * stretch, a2 = q.a * stretch;
    const double c1 = fv_sqrt(a1 * a1 + p.b * p.b), c2 = fv_sqrt(a2 * a2 + q.b * q.b);
    const double h1 = fv_direction(p.b, a1), h2 = fv_direction(q.b, a2);
    const bool grey = !(c1 * c2 > 0);

    const double dl = q.l - p.l, dc = c2 - c1;
    const double dh = 2 * fv_sqrt(c1 * c2) * fv_sin(hue_difference(h1, h2, grey) / 2);
    const double l = (p.l + q.l) / 2 - 50, c = (c1 + c2) / 2, h = hue_mean(h1, h2, grey);

    const double t = 1 - 0.17 * fv_cos(h - 30) + 0.24 * fv_cos(2 * h) + 0.32 * fv_cos(3 * h + 6) - 0.20 * fv_cos(4 * h - 63);
    const double sl = 1 + 0.015 * l * l / fv_sqrt(20 + l * l), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
    const double around_blue = (h - 275) / 25, rotation = 60 * fv_exp(-around_blue * around_blue);
    const double rt = -fv_sin(rotation) * 2 * colourful(c);
    const double vl = dl / sl, vc = dc / sc, vh = dh / sh;
    return fv_sqrt(vl * vl + vc * vc + vh * vh + rt * vc * vh);
}
