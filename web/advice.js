// SPDX-License-Identifier: MIT
// Which net a wish leads to (as cli/net.h and cli/use.h have it), and what the report says about a picture. Rules only: the
// advice is the core's (core.js), the other words are in strings.js.

import { kindOf } from './look.js';
import { timesOf } from './size.js';
import { words } from './strings.js';

export const EFFORTS = ['fast', 'standard', 'best'];

// settings: {use, mode, size, effort}; mode and effort are null where the visitor has not chosen.
// picture: {width, height, quality, traits}, as far as it is known.

export const isCreative = (net) => net.kind.startsWith('creative');

// The mode wished for, or the one that the use suggests.
export const modeOf = ({ use, mode }, core) => mode || (core.uses[use].mode === 'creative' ? 'creative' : 'faithful');

// ---- The net ----

const wholeScale = (times) => (times > 3 ? 4 : times > 2 ? 3 : 2);

const BY_EFFORT = { standard: 0, fast: 1, best: 2 }; // the default would rather wait less than more

// The net of a kind nearest to what is wanted: first the scale, or that of 2x, in passes; then the effort.
function nearest(nets, times, kind, effort) {
  const scale = wholeScale(times);
  const off = (net) => (net.scale === scale ? 0 : net.scale === 2 ? 1 : net.scale > scale ? 2 : 3);
  const distance = (net) => 4 * off(net) + BY_EFFORT[net.effort];
  const fit = nets.filter((net) => net.kind === kind && (!effort || net.effort === effort));
  return fit.sort((a, b) => distance(a) - distance(b))[0] || null;
}

// The kind that a wish asks for, and whether the picture itself may decide otherwise.
function wishOf(nets, settings, core) {
  const use = core.uses[settings.use];
  const has = (kind) => nets.some((net) => net.kind === kind);
  if (modeOf(settings, core) === 'creative' && has(use.creative)) return { kind: use.creative };
  if (use.faithful !== 'photo' && has(use.faithful)) return { kind: use.faithful };
  return { kind: 'photo', open: true };
}

// {net, kind}: the net to run, and the kind that suits the picture, which may not be there.
export function chooseNet(nets, settings, picture, core) {
  const times = timesOf(picture, settings.size);
  const wish = wishOf(nets, settings, core);
  const kind = wish.open ? kindOf(picture) : wish.kind;
  const choose = (effort) => nearest(nets, times, kind, effort) || nearest(nets, times, wish.kind, effort);
  return { net: (settings.effort && choose(settings.effort)) || choose(null), kind };
}

// What a use asks of the file: {format, quality}, or null where any will do.
export function fileFor(use, core) {
  const { file, quality } = core.uses[use];
  return file === 'compact' ? { format: 'webp', quality } : file === 'exact' ? { format: 'png' } : null;
}

// ---- The report: groups {title, lines: [{text, mark}]}; mark is 'good' or 'care' or nothing ----

const line = (text, mark) => ({ text, mark });

const NOISY = 4; // levels
const SOFT = 1.5; // pixels that the sharpest edges take
const BLURRED = 2.5;
const FINE_JPEG = 90;
const POOR_JPEG = 70;

function sourceLines(picture, pitfalls) {
  const { quality, traits } = picture;
  const lines = [];
  if (quality && quality < FINE_JPEG) lines.push(line(words.source.jpeg(quality), quality < POOR_JPEG ? 'care' : ''));
  if (traits?.enlarged) lines.push(line(words.source.enlarged, 'care'));
  if (traits?.noise > NOISY) lines.push(line(words.source.noisy(traits.noise), 'care'));
  if (traits?.edgeWidth > BLURRED) lines.push(line(words.source.blurred(traits.edgeWidth), 'care'));
  else if (traits?.edgeWidth > SOFT) lines.push(line(words.source.soft(traits.edgeWidth)));
  lines.push(...pitfalls.filter(({ name }) => name === 'faces').map(({ text }) => line(words.fromCore(text), 'care')));
  if (traits && !lines.length) lines.push(line(words.source.fine, 'good'));
  return lines;
}

const MIN_EDGES = 20; // fewer say nothing about a picture
const PROMISED_PSNR = { pixels: 45, areas: 40 }; // dB, of a faithful net, for clean pictures
const MOST_DRIFT = 2; // CIEDE2000 of 99 % of the pixels

function measuredLines({ psnr, error, drift, edges, halos, halo_max: most, invented, block, brief }, net) {
  const lines = [];
  if (net.keeps === 'blocks') lines.push(line(words.measured.blocks(block), block <= 1 ? 'good' : 'care'));
  else {
    const kept = psnr >= PROMISED_PSNR[net.keeps];
    lines.push(line(words.measured[kept ? 'consistency' : 'unlike'](psnr, error), kept ? 'good' : 'care'));
  }
  if (brief) return lines;
  if (drift <= MOST_DRIFT) lines.push(line(words.measured.colours, 'good'));
  if (edges >= MIN_EDGES) lines.push(line(words.measured.halos(edges, halos, most), halos > edges / 100 ? 'care' : 'good'));
  lines.push(line(words.measured.invented(invented)));
  return lines;
}

function keptLines(picture) {
  const keys = [...picture.notes];
  if (picture.format > 16) keys.push('deep');
  if (picture.colorSpace !== 'srgb') keys.push('wide');
  if (picture.alpha) keys.push('alpha');
  if (picture.exif || picture.xmp) keys.push('exif');
  return keys.map((key) => line(words.notes[key]));
}

function adviceFor({ picture, result, net }, settings, choice, count, core) {
  return core.advise({
    use: settings.use,
    source: picture,
    result,
    quality: picture.quality,
    wasEnlarged: Boolean(picture.traits?.enlarged),
    isText: ['screen', 'document'].includes(picture.traits?.content),
    isCompact: choice.format !== 'png' && choice.quality <= 85,
    pictures: count,
    creative: isCreative(net),
  });
}

// item of the session; count: pictures of this visit.
export function reportFor(item, { settings, choice, count, core }) {
  const { picture, figures, net, kind, passes } = item;
  const use = core.uses[settings.use];
  const advice = adviceFor(item, settings, choice, count, core);
  const { name: grade, text: expectation } = advice.expectation;
  const expected = [line(words.fromCore(expectation), grade === 'variable' ? 'care' : 'good'), line(words.modeReason(use.mode, use.modeReason))];
  if (passes > 1) expected.push(line(words.passes(passes, net.scale)));
  expected.push(line(words.netUsed(net), ''));
  if (modeOf(settings, core) === 'creative' && !isCreative(net)) expected.push(line(words.noCreative, 'care'));
  else if (net.kind !== kind) expected.push(line(words.instead(kind, net.kind), 'care'));
  const pitfalls = advice.pitfalls.filter(({ name }) => name !== 'faces' && name !== 'files');
  const tips = [...advice.tips, ...pitfalls].map(({ text }) => line(words.fromCore(text)));
  if (settings.use !== 'any') tips.unshift(line(words.sizeAdvice(use.size)));
  return [
    { title: words.groups.expected, lines: expected },
    { title: words.groups.measured, lines: figures ? measuredLines(figures, net) : [] },
    { title: words.groups.source, lines: sourceLines(picture, advice.pitfalls) },
    { title: words.groups.kept, lines: keptLines(picture) },
    { title: words.groups.tips, lines: tips },
  ].filter(({ lines }) => lines.length);
}
