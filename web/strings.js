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

const spentText = (seconds) => (seconds < 10 ? `${number(seconds, 1)} s` : timeText(seconds));

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
  working: (percent, left) => `Sharpening · ${percent} %${left === null ? '' : ` · ${timeText(left)} left`}`,
  finished: (seconds) => `Sharp in ${spentText(seconds)}`,
  cancelled: 'Stopped',
  cancel: 'Stop',
  resume: 'Start again',
  progressLabel: 'Progress',
  sizes: (from, to) => `${sizeText(from)} → ${sizeText(to)}`,
  spoken: {
    opened: (name) => `${name} opened. Sharpening.`,
    quarter: (percent) => `${percent} percent done`,
    done: 'Done. The picture is sharp and ready to download.',
    cancelled: 'Stopped.',
  },

  // Settings
  use: 'What is it for?',
  uses: {
    any: 'Just make it larger',
    product: 'Product photo',
    'old-photo': 'Old family photo',
    print: 'Print',
    social: 'Social media',
    screenshot: 'Screenshot or UI',
    'ai-art': 'AI-generated art',
    'real-estate': 'Real estate',
  },
  mode: 'Mode',
  modes: { faithful: 'Faithful', creative: 'Creative' },
  size: 'Size',
  sizeText: (size) => (size.endsWith('x') ? `${parseInt(size, 10)}×` : size.toUpperCase()),
  sizeReason: (size) => `${words.sizeText(size)} is not between this picture’s size and the largest that the nets here make.`,
  effort: 'Effort',
  efforts: { fast: 'Fast', standard: 'Standard', best: 'Best' },

  // Download
  save: 'Save',
  format: 'Format',
  formats: { webp: 'WebP', png: 'PNG', jpeg: 'JPEG' },
  quality: 'Quality',
  keepExif: 'Keep camera data (date, place)',
  download: 'Download',
  downloadAs: (format) => `Download ${words.formats[format]}`,
  predicted: (bytes) => `about ${bytesText(bytes)}`,
  encoding: 'Writing…',
  saved: (bytes) => `Saved, ${bytesText(bytes)}`,
  saveFailed: 'The browser could not write this file. PNG works for every size.',
  formatReasons: {
    notHere: (format) => `This browser cannot write ${words.formats[format]}.`,
    webpSide: () => 'WebP ends at 16,383 pixels a side; PNG has no limit.',
    canvasSide: (format) => `Browsers write ${words.formats[format]} only up to 16,384 pixels a side; PNG has no limit.`,
  },

  // Queue
  queue: 'Pictures',
  sampleFirst: (count) => `Happy with the first? Then sharpen all ${count}.`,
  sharpenAll: (count) => `Sharpen all ${count}`,
  queueProgress: (done, count) => `${done} of ${count} done`,
  stopAll: 'Stop',
  downloadZip: 'Download all (zip)',
  remove: (name) => `Remove ${name}`,
  itemStates: { waiting: 'waiting', working: 'working', done: 'done', failed: 'cannot be opened', cancelled: 'stopped' },
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
    size: ({ size: wanted }) => words.sizeReason(wanted),
    memory: () => 'The browser gave no more memory. Close other tabs, or use the fovea command.',
    core: ({ message }) => `The upscaler stopped: ${message}.`,
  },

  // Report
  report: 'Good to know',
  expect: {
    2: 'Up to 2× expect an excellent result, nearly indistinguishable from a picture that was born this large.',
    3: 'Up to 3× expect a good result: a visible gain that still looks natural.',
    4: 'At 4× results vary: simple pictures do well, complex scenes struggle, and more is invented than preserved.',
  },
  measured: {
    consistency: (psnr, error) =>
      `Measured: shrunk back, it is your picture again: 99.9 % of all values within ${levels(error)} of 255 (${number(psnr, 1)} dB).`,
    unlike: (psnr, error) =>
      `Measured: shrunk back, it differs from your picture: 99.9 % of all values are within ${levels(error)} of 255 (${number(psnr, 1)} dB).`,
    halos: (edges, halos, most) =>
      halos
        ? `Measured: ${number(halos)} of ${number(edges)} clean edges have a halo, at most ${number(most)} %.`
        : `Measured: no halo at any of ${number(edges)} clean edges.`,
    invented: (share) =>
      `${number(share * 100)} % of the detail is the net’s own. It fits your pixels, but nothing can prove that it is right.`,
  },
  modeReasons: {
    any: 'Faithful: adds only detail that your pixels imply; colours and composition stay.',
    product: 'Faithful: buyers must see what they will get.',
    'old-photo': 'Creative suits old pictures: detail brings them to life.',
    print: 'Faithful: paper shows every deviation.',
    social: 'Either mode is fine: impact counts more than pixel truth.',
    screenshot: 'Faithful: glyphs and controls must stay crisp.',
    'ai-art': 'Creative suits generated art: it looks sharp on high-resolution displays.',
    'real-estate': 'Faithful: a misleading picture of a property is a legal risk.',
  },
  instead: {
    screen: 'A net trained on screens is not in this build yet; the photo net is used.',
    'creative-photo': 'No creative net is in this build yet; the faithful photo net is used.',
    'creative-art': 'No creative net is in this build yet; the faithful photo net is used.',
  },
  tips: {
    source: (quality) =>
      `The source is a JPEG of about quality ${quality}. If you have a better copy, start from it: no upscaler recovers heavy compression.`,
    faces: 'Faces in very small pictures can come out distorted; look closely before you use them.',
    after: 'Enlarge first; crop, grade and watermark afterwards.',
    compress: (times) => `The result has ${number(times, 1)} times the pixels. WebP at quality 80 keeps the file small.`,
    text: 'Text-heavy pictures are better as SVG, or rendered again at the larger size.',
    batch: 'Look at one picture closely before you do the whole batch.',
  },
  notes: {
    deep: '16 bits a channel: kept in PNG; WebP and JPEG have 8.',
    wide: 'Display P3 colours are kept.',
    alpha: 'Transparency is kept in PNG and WebP; PNG keeps it exactly. JPEG puts white behind it.',
    eightBits: 'A 16-bit PNG with a colour profile: the browser hands out 8 bits of it.',
    premultiplied: 'The browser rounds colours under strong transparency in this kind of file; a PNG source keeps them.',
    firstFrame: 'Only the first picture of an animation is enlarged.',
    exif: 'Camera data is carried over unless you switch it off; the picture already stands upright.',
  },

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
