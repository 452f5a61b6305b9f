// SPDX-License-Identifier: MIT
// Every word of the page. A second language is a second `words`; what is said with numbers is a function.

const number = (value, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits });
const sizeText = ({ width, height }) => `${number(width)} × ${number(height)}`;

const levels = (error) => (error <= 1 ? 'one level' : `${number(Math.ceil(error))} levels`);

export function bytesText(bytes) {
  if (bytes < 1e3) return `${bytes} bytes`;
  if (bytes < 1e6) return `${number(bytes / 1e3)} KB`;
  return bytes < 1e9 ? `${number(bytes / 1e6, bytes < 1e7 ? 1 : 0)} MB` : `${number(bytes / 1e9, 1)} GB`;
}

export function timeText(seconds) {
  if (seconds < 1) return 'less than a second';
  if (seconds < 90) return `${number(Math.ceil(seconds))} s`;
  return `${number(Math.ceil(seconds / 60))} min`;
}

const spentText = (seconds) =>
  seconds < 0.1 ? 'under 0.1 s' : seconds < 10 ? `${number(seconds, 1)} s` : timeText(seconds);

export const words = {
  // Welcome
  headline: 'Sharper, larger pictures',
  subline: 'Made on your device. Your pictures never leave it.',
  choose: 'Choose pictures',
  orDrop: 'or drop them here, or paste one',
  tryExample: 'Try an example',
  promiseCpu: 'Runs on any processor',
  promiseCpuMore: 'No graphics card, no account, no waiting in line.',
  promisePrivate: 'Private by construction',
  promisePrivateMore: 'The page’s own policy forbids requests to anyone else.',
  promiseExact: 'The same pixels everywhere',
  promiseExactMore: 'Exact arithmetic: phone, laptop and server agree to the last bit.',
  dropHere: 'Let go to open',
  dropNothing: 'No picture that this page opens was in there: it takes PNG, JPEG, WebP, AVIF, GIF, BMP and, in some browsers, HEIC.',
  dropLost: (count) => `${count === 1 ? 'One file or folder' : `${number(count)} files and folders`} of what was dropped could not be read.`,

  // Header
  addMore: 'Add pictures',
  privacy: 'Private',
  core: { relaxed: 'relaxed SIMD', simd128: 'SIMD' },
  starting: 'Getting ready…',
  engineText: (core, workers, slower) =>
    `${words.core[core]}${slower ? ' (slower)' : ''} · ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
  passedOver: {
    unsupported: (core) => `This browser does not have ${words.core[core]}, so a slower core runs. The pixels are the same.`,
    wrong: (core) => `This browser computes ${words.core[core]} wrongly (the self-test caught it), so a slower core runs.`,
  },
  loadFailed: 'A file of this page did not arrive. Check the connection, then load the page again.',
  engineFailed: 'This browser cannot run the upscaler: it needs WebAssembly with SIMD that passes our self-test.',

  // View
  viewLabel: 'Before on the left, after on the right. Arrow keys move, plus and minus zoom, 0 fits, 1 is 100 percent.',
  before: 'Before',
  after: 'After',
  dividerLabel: 'Divider between before and after',
  dividerText: (percent) => `${percent} % before, ${100 - percent} % after`,
  fit: 'Fit',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  hundred: '100 %',
  hundredLabel: '100 %: one result pixel on one screen pixel',
  zoomText: (zoom) => `${number(zoom * 100)} %`,

  // Progress
  opening: 'Opening…',
  waiting: 'Waiting for the picture before it…',
  working: (percent, left) => `Sharpening · ${percent} %${left === null ? '' : ` · ${timeText(left)} left`}`,
  finished: (seconds, passes) => `${passes ? 'Sharp' : 'Smaller'} in ${spentText(seconds)}`,
  cancelled: 'Stopped',
  cancel: 'Stop',
  resume: 'Start again',
  progressLabel: 'Progress',
  sizes: (from, to) => `${sizeText(from)} → ${sizeText(to)}`,
  spoken: {
    opened: (name) => `${name} opened. Sharpening.`,
    quarter: (percent) => `${percent} percent done`,
    done: (passes) => `Done. The picture is ${passes ? 'sharp and ' : 'smaller and '}ready to download.`,
    cancelled: 'Stopped.',
  },

  // Settings
  use: 'What is it for?',
  mode: 'Mode',
  strength: 'Strength',
  keepFaces: 'Keep faces as they are',
  refused: (reason) => `Never creative: ${reason}.`,
  modes: { faithful: 'Faithful', creative: 'Creative', auto: 'Automatic' },
  size: 'Size',
  sizeText: (size) => (/^\d+x$/.test(size) ? `${parseInt(size, 10)}×` : size.toUpperCase()),
  otherSize: 'Other',
  otherLabel: 'Another size',
  smaller: 'It may also become smaller',
  otherHint: 'A factor like 2.5, or 1200x800, long=3000, width=1600, mp=24, 30x20cm@300.',
  sizeReasons: {
    unclear: (size) => `“${size}” is not a size. Try 2.5, 1200x800, long=3000, mp=24 or 30x20cm@300.`,
    noLarger: () => 'That is no larger than the picture itself. Tick the box to make it smaller.',
    tooSmall: () => 'That is less than a 64th of the picture.',
    tooFar: () => 'That is more than 16 times the picture.',
    tooLarge: () => 'A result that large does not fit into a browser tab. The fovea command can make it.',
  },
  effort: 'Effort',
  efforts: { fast: 'Fast', standard: 'Standard', best: 'Best' },

  // Download
  save: 'Save',
  format: 'Format',
  formats: { webp: 'WebP', avif: 'AVIF', png: 'PNG', jpeg: 'JPEG' },
  quality: 'Quality',
  keepExif: 'Keep camera data (date, place)',
  download: 'Download',
  downloadAs: (format) => `Download ${words.formats[format]}`,
  predicted: (bytes) => `about ${bytesText(bytes)}`,
  encoding: 'Writing…',
  saved: (bytes) => `Saved, ${bytesText(bytes)}`,
  savedInstead: (count, format) =>
    count === 1
      ? `One picture is a PNG: it cannot be written as ${words.formats[format]} here.`
      : `${number(count)} pictures are PNG: they cannot be written as ${words.formats[format]} here.`,
  savedWithout: (count) =>
    count === 1
      ? 'One picture is missing: the browser could not write it. PNG works for every size.'
      : `${number(count)} pictures are missing: the browser could not write them. PNG works for every size.`,
  savedPart: (count, all) => `${number(count)} of ${number(all)} pictures ${count === 1 ? 'is' : 'are'} in it.`,
  savedOlder: (count) => (count === 1 ? 'One is still as it was chosen before.' : `${number(count)} are still as they were chosen before.`),
  formatInstead: (wished, format) =>
    `So this picture is written as ${words.formats[format]}; ${words.formats[wished]} stays your choice for the others.`,
  saveFailed: 'The browser could not write this file. PNG works for every size.',
  formatReasons: {
    notHere: (format) => `This browser cannot write ${words.formats[format]}.`,
    webpSide: () => 'WebP ends at 16,383 pixels a side; PNG has no limit.',
    avifSide: () => 'AVIF ends at 65,535 pixels a side; PNG has no limit.',
    avifPixels: () => 'AVIF takes too much memory above 50 megapixels here.',
    canvasSide: (format) => `Browsers write ${words.formats[format]} only up to 16,384 pixels a side; PNG has no limit.`,
  },

  // Queue
  queueLabel: 'Pictures. Arrow keys move, Enter shows, Delete removes.',
  sampleFirst: (count) => `Happy with the first? Then sharpen all ${count}.`,
  sharpenAll: (count) => `Sharpen all ${count}`,
  // unopened: that never will be; unmade: that may be, some time
  queueProgress: (done, count, unopened, unmade) =>
    [`${done} of ${count} done`, unopened && `${unopened} cannot be opened`, unmade && `${unmade} could not be made`].filter(Boolean).join(', '),
  stopAll: 'Stop',
  downloadZip: 'Download all (zip)',
  remove: (name) => `Remove ${name}`,
  itemStates: { waiting: 'waiting', working: 'working', done: 'done', failed: 'could not be made', hopeless: 'cannot be opened', cancelled: 'stopped' },
  itemLabel: (name, state) => `${name}: ${words.itemStates[state]}`,

  // Errors
  errors: {
    unreadable: () => 'This cannot be read: it may be a folder, or have moved.',
    empty: () => 'This file is empty.',
    unknown: () => 'This file is not a picture we know.',
    svg: () => 'This is an SVG: it is sharp at every size already.',
    damaged: () => 'This picture is damaged: it cannot be read to its end.',
    notHere: ({ kind }) => `This browser cannot open ${kind.toUpperCase()} pictures. Save it as PNG or JPEG first.`,
    tooLarge: (s) => `${sizeText(s)} is more than this device can hold as a result. The fovea command has no such limit.`,
    tooLong: (s) => `${sizeText(s)}: browsers cannot hold a side above 16,384 pixels. The fovea command can.`,
    size: ({ size, reason }) => words.sizeReasons[reason](size),
    memory: () => 'The browser gave no more memory. Close other tabs, or use the fovea command.',
    loading: () => 'A file of this page did not arrive. Check the connection, then try again.',
    writing: ({ format }) =>
      `The browser could not write this picture${format === 'png' ? '' : ` as ${words.formats[format]}, nor`} as PNG. Close other tabs, or choose another format or size.`,
    core: ({ message }) => `The upscaler stopped: ${message.replace(/\.$/, '')}.`,
  },

  // Report
  report: 'Good to know',
  groups: {
    expected: 'What to expect',
    measured: 'Measured',
    source: 'Your picture',
    kept: 'Kept',
    tips: 'Tips',
  },
  // The core's advice comes as English clauses without capital or full stop; another language looks them up here.
  fromCore: (text) => `${text[0].toUpperCase()}${text.slice(1)}.`,
  modeReason: (mode, reason) => `${{ faithful: 'Faithful', creative: 'Creative', either: 'Either mode' }[mode]}: ${reason}.`,
  autoMode: (mode, reason) => `Automatic chose ${words.modes[mode].toLowerCase()}: ${reason}.`,
  sizeAdvice: (text) => `Size: ${text.replaceAll('--to ', '')}.`,
  passes: (count) => `Made in ${count} passes: beyond the first, more is invented than preserved.`,
  netUsed: ({ kind, effort, scale }) => `The ${words.kinds[kind]} net, ${words.efforts[effort].toLowerCase()}, ${scale}×.`,
  creativeUsed: ({ kind, effort }, strength) =>
    `With the ${words.kinds[kind]} net, ${words.efforts[effort].toLowerCase()}, at strength ${strength}; flat areas and letters stay faithful.`,
  facesKept: (count) =>
    count ? `${count === 1 ? 'One face' : `${number(count)} faces`} found and kept faithful.` : 'No faces found. If there are some, look at them closely.',
  kinds: {
    photo: 'photo',
    'photo-jpeg': 'JPEG photo',
    screen: 'screen',
    'creative-photo': 'creative photo',
    'creative-art': 'creative art',
  },
  instead: (wanted, used) => `A ${words.kinds[wanted]} net would suit it better; this build has the ${words.kinds[used]} net.`,
  noCreative: 'There is no creative net in this build yet; the result is faithful.',
  measured: {
    consistency: (psnr, error) =>
      `Shrunk back, it is your picture again: 99.9 % of all values within ${levels(error)} of 255 (${number(psnr, 1)} dB).`,
    unlike: (psnr, error) =>
      `Shrunk back, it differs from your picture: 99.9 % of all values are within ${levels(error)} of 255 (${number(psnr, 1)} dB).`,
    creative: (psnr) => `Shrunk back, it agrees with your picture to ${number(psnr, 1)} dB: a creative result promises no more than its colours.`,
    blocks: (most) =>
      `The mean of every 8×8 block is your picture’s, within ${levels(most)} of 255: all that a JPEG leaves certain.`,
    colours: 'Colours are where they were: no drift that an eye could see.',
    halos: (edges, halos, most) =>
      halos
        ? `${number(halos)} of ${number(edges)} clean edges have a halo, at most ${number(most)} %.`
        : `No halo at any of ${number(edges)} clean edges.`,
    invented: (share) =>
      `${number(share * 100)} % of the detail is the net’s own. It fits your pixels, but nothing can prove that it is right.`,
  },
  source: {
    jpeg: (quality) => `A JPEG of about quality ${quality}: its block noise is removed, lost detail stays lost.`,
    webp: (quality) => `A WebP of about quality ${quality}: the noise of its blocks is removed, lost detail stays lost.`,
    saved: (quality) => `It was a JPEG of about quality ${quality} before: that block noise is removed, lost detail stays lost.`,
    enlarged: 'It looks as if it had been enlarged before. The original would give more.',
    noisy: (noise) => `It is grainy (noise of ${number(noise, 1)} levels); the grain is kept.`,
    soft: (width) => `It is a little soft: its sharpest edges take ${number(width, 1)} pixels.`,
    blurred: (width) => `It is blurred: its sharpest edges take ${number(width, 1)} pixels.`,
    fine: 'No weakness found: sharp, clean, never enlarged.',
  },
  notes: {
    deep: '16 bits a channel: kept in PNG; the other formats have 8.',
    wide: 'Display P3 colours are kept.',
    converted: 'Its colours are converted to Display P3; a colour that P3 does not have becomes the nearest one it has.',
    alpha: 'Transparency is kept, in PNG exactly. JPEG puts white behind it.',
    eightBits: 'A 16-bit PNG with a colour profile: the browser hands out 8 bits of it.',
    premultiplied: 'The browser rounds colours under strong transparency in this kind of file; a PNG source keeps them.',
    firstFrame: 'Only the first picture of an animation is enlarged.',
    exif: 'Camera data is carried over unless you switch it off; the picture already stands upright.',
    left: 'Camera data is left out, as you chose.',
    exifTooLong: 'Its camera data is too long for a JPEG and is left out. The other formats can carry it.',
    xmpTooLong: 'Its XMP block (title, rights) is too long for a JPEG and is left out. The other formats can carry it.',
    texts: 'The texts in it are carried over.',
    textsPng: 'The texts in it (comment, prompt) fit into a PNG only.',
    iptcJpeg: 'Its caption and credit (IPTC) fit into a JPEG only.',
  },

  resolution: (dots) => `Its resolution, ${number(dots)} pixels to an inch, is carried over.`,

  // Privacy
  privacyTitle: 'Nothing leaves this device',
  privacyText: [
    'Your pictures are opened, enlarged and saved inside this tab. There is no server to send them to.',
    'A Content-Security-Policy in the page forbids every request except to the place it came from, for its own files, and your browser enforces it. The single file fovea.html may make no request at all.',
    'Check it yourself: open the developer tools, look at the network panel and drop a picture, or switch the network off. After the first visit the page works offline.',
    'One thing a page cannot forbid is a link that you click yourself. This page has none.',
  ],
  close: 'Close',
};
