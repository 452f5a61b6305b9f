// SPDX-License-Identifier: MIT
// Which colours a file's numbers mean, by its ICC profile (ICC.1) or by a number of ITU-T H.273. What is told is one of
//   srgb    just those; nothing has to be done
//   narrow  none outside sRGB, as far as can be told, but other numbers for them
//   p3      those of Display P3
//   wide    others that reach outside sRGB

import { ascii, dataOf } from './bytes.js';

const MOST_TAGS = 100;

// X, Y and Z of red, green and blue, adapted to D50.
const SRGB = [0.4361, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7141];
const P3 = [0.5151, 0.2412, -0.0011, 0.292, 0.6922, 0.0419, 0.1571, 0.0666, 0.7841];
const SAME = 0.005;
const LIKE = 0.02;

const near = (values, wanted, most) => values.every((value, i) => Math.abs(value - wanted[i]) <= most);

// Where the content of each tag begins. What lies beyond the end throws when it is read.
function profileTags(data, profile) {
  const tags = {};
  for (let i = 0; i < Math.min(data.getUint32(128), MOST_TAGS); i++) {
    const at = 132 + 12 * i;
    tags[ascii(profile, at, 4)] ??= data.getUint32(at + 4);
  }
  return tags;
}

const fixed = (data, at) => data.getInt32(at) / 65536;

function xyzAt(data, at) {
  if (!at) throw new RangeError('no such tag');
  return [8, 12, 16].map((by) => fixed(data, at + by));
}

// The curve of a tag as a function of 0 ... 1; null where it is of another kind.
function curveAt(data, profile, at) {
  if (ascii(profile, at, 4) === 'curv') return tableAt(data, at + 8);
  if (ascii(profile, at, 4) !== 'para') return null;
  const kind = data.getUint16(at + 8);
  if (![0, 3, 4].includes(kind)) return null;
  const count = { 0: 1, 3: 5, 4: 7 }[kind];
  const numbers = Array.from({ length: count }, (_, i) => fixed(data, at + 12 + 4 * i));
  const [gamma, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers;
  return (x) => (x >= d ? (a * x + b) ** gamma + e : c * x + f);
}

function tableAt(data, at) {
  const count = data.getUint32(at);
  if (!count) return (x) => x;
  if (count === 1) return (x) => x ** (data.getUint16(at + 4) / 256);
  const entry = (i) => data.getUint16(at + 4 + 2 * i) / 65535;
  return (x) => {
    const below = Math.min(Math.floor(x * (count - 1)), count - 2);
    const part = x * (count - 1) - below;
    return entry(below) * (1 - part) + entry(below + 1) * part;
  };
}

const PROBES = [0.02, 0.1, 0.25, 0.5, 0.75, 1];
const CLOSE = 0.002; // a plain power of 2.2 is further away
const srgbCurve = (x) => (x > 0.04045 ? ((x + 0.055) / 1.055) ** 2.4 : x / 12.92);

const curvesAreSrgb = (data, profile, places) =>
  places.every((at) => {
    const curve = at && curveAt(data, profile, at);
    return curve && PROBES.every((x) => Math.abs(curve(x) - srgbCurve(x)) <= CLOSE);
  });

function coloursIn(profile) {
  const data = dataOf(profile);
  const tags = profileTags(data, profile);
  if (ascii(profile, 16, 4) === 'GRAY') return curvesAreSrgb(data, profile, [tags.kTRC]) ? 'srgb' : 'narrow';
  const primaries = ['rXYZ', 'gXYZ', 'bXYZ'].flatMap((tag) => xyzAt(data, tags[tag]));
  const greenLike = (wanted) => near(primaries.slice(3, 5), wanted.slice(3, 5), LIKE);
  if (greenLike(SRGB)) {
    const exact = !tags.A2B0 && near(primaries, SRGB, SAME); // a table would rank before all that is read here
    try {
      return exact && curvesAreSrgb(data, profile, [tags.rTRC, tags.gTRC, tags.bTRC]) ? 'srgb' : 'narrow';
    } catch {
      return 'narrow'; // a curve that ends too soon
    }
  }
  return near(primaries, P3, LIKE) ? 'p3' : 'wide';
}

export function coloursOfProfile(profile) {
  try {
    return coloursIn(profile);
  } catch {
    return 'narrow'; // not a profile of primaries and curves
  }
}

const NARROW_NUMBERS = [1, 2, 5, 6, 7]; // of ITU-R BT.709 and its like, or unsaid
const P3_NUMBERS = [11, 12];

// By the number of the primaries.
export const coloursOfPrimaries = (number) => (P3_NUMBERS.includes(number) ? 'p3' : NARROW_NUMBERS.includes(number) ? 'narrow' : 'wide');
