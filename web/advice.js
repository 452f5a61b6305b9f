// SPDX-License-Identifier: MIT
// Which net a wish leads to, and what the report says about a picture. Rules only; the words are in strings.js.

import { words } from './strings.js';

export const USES = Object.keys(words.uses);
export const EFFORTS = ['fast', 'standard', 'best'];

// The kinds of net that suit a use in each mode, best first; 'photo' ends every list, so there is always one.
const FAITHFUL = { screenshot: ['screen'] };
const CREATIVE = { 'ai-art': ['creative-art', 'creative-photo'] };
const CREATIVE_USES = new Set(['old-photo', 'ai-art']);
const BY_DEFAULT = ['standard', 'fast', 'best']; // the effort, where the one wanted is not there

const TEXTS = new Set(['screenshot']);
const EDITED_AFTER = new Set(['product', 'print', 'social', 'real-estate']);

const POOR_JPEG = 70;
const SMALL_SIDE = 320;
const FACES = new Set(['any', 'old-photo', 'social']);

// The sizes a result can have: a factor, or the screen it has to fit into, upright or not.
const SCREENS = { '4k': [3840, 2160], '8k': [7680, 4320] };

export const sizesOf = (scales) => [...scales.map((scale) => `${scale}x`), ...Object.keys(SCREENS)];

// {width, height} of the result.
export function resultSize({ width, height }, size) {
  const screen = SCREENS[size];
  if (!screen) return { width: width * parseInt(size, 10), height: height * parseInt(size, 10) };
  const [w, h] = width >= height ? screen : [...screen].reverse();
  const factor = Math.min(w / width, h / height);
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

// The scale of the nets that make it: the smallest that reaches it; null if none does, or if it is no enlargement.
export function scaleFor(nets, picture, size) {
  const { width, height } = resultSize(picture, size);
  if (width < picture.width || height < picture.height) return null;
  const enough = (scale) => picture.width * scale >= width && picture.height * scale >= height;
  const scales = nets.map((net) => net.scale).filter(enough);
  return scales.length ? Math.min(...scales) : null;
}

export const isCreative = (net) => net.kind.startsWith('creative');

// The mode wished for, or the one that the use suggests.
export const modeOf = ({ use, mode }) => mode || (CREATIVE_USES.has(use) ? 'creative' : 'faithful');

function kindsFor(settings) {
  if (modeOf(settings) === 'creative') return CREATIVE[settings.use] || ['creative-photo'];
  return FAITHFUL[settings.use] || [];
}

// {net, instead}: the net to run, and the kind that would suit better but is not there. Null where the size cannot be.
export function chooseNet(nets, settings, picture) {
  const scale = scaleFor(nets, picture, settings.size);
  if (!scale) return null;
  const scaled = nets.filter((n) => n.scale === scale);
  const wanted = kindsFor(settings);
  const kind = [...wanted, 'photo', scaled[0].kind].find((k) => scaled.some((n) => n.kind === k));
  const candidates = scaled.filter((n) => n.kind === kind);
  const effort = [settings.effort, ...BY_DEFAULT].find((e) => candidates.some((n) => n.effort === e));
  const net = candidates.find((n) => n.effort === effort);
  return { net, instead: wanted.length && !wanted.includes(kind) ? wanted[0] : null };
}

function notesOf(picture) {
  const notes = [...picture.notes];
  if (picture.format > 16) notes.push('deep');
  if (picture.colorSpace !== 'srgb') notes.push('wide');
  if (picture.alpha) notes.push('alpha');
  if (picture.exif) notes.push('exif');
  return notes.map((key) => ({ text: words.notes[key] }));
}

function tipsFor(picture, use, factor, count) {
  const tips = [];
  const { quality, width, height } = picture;
  if (quality && quality < POOR_JPEG) tips.push({ text: words.tips.source(quality), mark: 'care' });
  if (Math.max(width, height) < SMALL_SIDE && FACES.has(use)) tips.push({ text: words.tips.faces });
  if (TEXTS.has(use)) tips.push({ text: words.tips.text });
  if (EDITED_AFTER.has(use)) tips.push({ text: words.tips.after });
  if (count > 1) tips.push({ text: words.tips.batch });
  if (factor > 1.4) tips.push({ text: words.tips.compress(factor * factor) });
  return tips;
}

const MIN_EDGES = 20; // fewer say nothing about a picture
const PROMISED_PSNR = 45; // of a faithful net, for clean photographs

function measuredLines({ psnr, error, edges, halos, halo_max: most, invented, brief }) {
  const kept = psnr >= PROMISED_PSNR;
  const lines = [{ text: words.measured[kept ? 'consistency' : 'unlike'](psnr, error), mark: kept ? 'first' : 'care' }];
  if (brief) return lines;
  if (edges >= MIN_EDGES) lines.push({ text: words.measured.halos(edges, halos, most), mark: halos > edges / 100 ? 'care' : 'first' });
  lines.push({ text: words.measured.invented(invented) });
  return lines;
}

// Lines {text, mark} of the report on an item of the session; mark is 'first' or 'care' or nothing.
export function reportFor({ picture, figures, result }, { use }, instead, count) {
  const factor = result.width / picture.width;
  const lines = [
    { text: words.expect[Math.min(Math.max(Math.ceil(factor), 2), 4)], mark: 'first' },
    { text: words.modeReasons[use] },
  ];
  if (instead) lines.push({ text: words.instead[instead], mark: 'care' });
  if (figures) lines.push(...measuredLines(figures));
  return [...lines, ...tipsFor(picture, use, factor, count), ...notesOf(picture)];
}
