// SPDX-License-Identifier: MIT
// How large the result shall be, in the words of the command's -s and --to (cli/size.h), and what that is for one picture.
//
// size: {kind, a, b}: factor (a times), box (fits inside a x b), sheet (or inside b x a, as the picture stands), long, short,
// width, height (that side is a pixels), mp (as near to a pixels in all as whole sides come).

const LONGEST = 1e6; // pixels of a side that is asked for
const MOST = 1e12; // pixels in all
const FINEST = 10000; // pixels to an inch
const MOST_TIMES = 16;
const LEAST_TIMES = 64; // as small a part of the picture
const INCH = { cm: 2.54, in: 1 };

export const PRESETS = ['2x', '3x', '4x', '4k', '8k'];

const NUMBER = '(\\d+\\.?\\d*|\\.\\d+)';
const FACTOR = new RegExp(`^${NUMBER}\\s*[x×]?$`, 'i');
const SIDE = new RegExp(`^(long|short|width|height|mp)=${NUMBER}$`, 'i');
const BOX = new RegExp(`^${NUMBER}\\s*[x×]\\s*${NUMBER}(?:(cm|in)@${NUMBER})?$`, 'i');
const SCREENS = { '4k': [3840, 2160], '8k': [7680, 4320] };

const isSide = (value) => Number.isInteger(value) && value >= 1 && value <= LONGEST;

function parseBox([, w, h, unit, dots]) {
  if (!unit) return { kind: 'box', a: Number(w), b: Number(h) };
  if (!(Number(dots) > 0 && Number(dots) <= FINEST)) return null;
  const pixels = (side) => Math.floor((Number(side) / INCH[unit.toLowerCase()]) * Number(dots) + 0.5);
  return { kind: 'sheet', a: pixels(w), b: pixels(h) };
}

// The size that a text means, or null: 2x 2.5 4k 8k 1200x800 long=3000 mp=24 30x20cm@300 12x8in@300.
export function parseSize(text) {
  const wish = text.trim().toLowerCase();
  if (SCREENS[wish]) return { kind: 'sheet', a: SCREENS[wish][0], b: SCREENS[wish][1] };
  const factor = FACTOR.exec(wish);
  if (factor) return Number(factor[1]) > 1 && Number(factor[1]) <= MOST_TIMES ? { kind: 'factor', a: Number(factor[1]) } : null;
  const side = SIDE.exec(wish);
  if (side) {
    const [kind, a] = [side[1], Number(side[2]) * (side[1] === 'mp' ? 1e6 : 1)];
    return (kind === 'mp' ? a >= 1 && a <= MOST : isSide(a)) ? { kind, a } : null;
  }
  const box = BOX.exec(wish);
  const size = box && parseBox(box);
  return size && isSide(size.a) && isSide(size.b) ? size : null;
}

function factorOf({ kind, a, b }, width, height) {
  const turned = kind === 'sheet' && a > b !== width > height;
  const inside = () => Math.min((turned ? b : a) / width, (turned ? a : b) / height);
  return {
    factor: () => a,
    box: inside,
    sheet: inside,
    long: () => a / Math.max(width, height),
    short: () => a / Math.min(width, height),
    width: () => a / width,
    height: () => a / height,
    mp: () => Math.sqrt(a / (width * height)),
  }[kind]();
}

// {width, height} of the result: the picture's own proportions in whole pixels.
export function resultSize({ width, height }, text) {
  const times = factorOf(parseSize(text), width, height);
  const side = (pixels) => Math.max(Math.floor(pixels * times + 0.5), 1);
  return { width: side(width), height: side(height) };
}

// How many times larger, by which a net is chosen.
export function timesOf(picture, text) {
  const size = parseSize(text);
  if (size.kind === 'factor') return size.a;
  const { width, height } = resultSize(picture, text);
  return Math.max(width / picture.width, height / picture.height);
}

// Is that no enlargement (as cli/work.c has it)?
export function isNoLarger(picture, { width, height }) {
  return width < picture.width || height < picture.height || (width === picture.width && height === picture.height);
}

// Why a picture cannot have this size: a key of words.sizeReasons, or null if it can. most: pixels this device can hold;
// smaller: may it become smaller?
export function whyNotSize(picture, text, most, smaller = false) {
  if (!parseSize(text)) return 'unclear';
  const { width, height } = resultSize(picture, text);
  if (isNoLarger(picture, { width, height })) {
    if (!smaller) return 'noLarger';
    return LEAST_TIMES * width < picture.width || LEAST_TIMES * height < picture.height ? 'tooSmall' : null;
  }
  if (width > MOST_TIMES * picture.width || height > MOST_TIMES * picture.height) return 'tooFar';
  return width * height > most ? 'tooLarge' : null;
}

// As the command's %g, but no power of ten.
const brief = (value) => String(value < 1e6 ? Number(value.toPrecision(6)) : Math.round(value));

// "2x", "2.5x", "3840x2160", "long3000": what a result is called by.
export function sizeSuffix(text) {
  const { kind, a, b } = parseSize(text);
  if (kind === 'factor') return `${brief(a)}x`;
  if (kind === 'box' || kind === 'sheet') return `${brief(a)}x${brief(b)}`;
  return `${kind}${brief(kind === 'mp' ? a / 1e6 : a)}`;
}
