// SPDX-License-Identifier: MIT
// Which net a wish leads to (as cli/net.h and cli/use.h have it), and what the report says about a picture. Rules only: the
// advice is the core's (core.js), the other words are in strings.js.

import { tooLongForJpeg } from './carry.js';
import { INCH_METRES } from './exif.js';
import { headDecides, isPoorWebp, kindOf, lossesOf } from './look.js';
import { saysSomething } from './png.js';
import { isNoLarger, resultSize, timesOf } from './size.js';
import { words } from './strings.js';

export const EFFORTS = ['fast', 'standard', 'best'];

// settings: {use, mode, size, smaller, effort, strength, faces}; mode ('faithful', 'creative', 'auto') and effort are null where the
// visitor has not chosen; smaller: may a result be smaller than its picture? strength of the creative net, 0 ... 100; faces: are they
// kept out of its reach?
// picture: {width, height, quality, traits, faces}, as far as it is known.

export const isCreative = (net) => net.kind.startsWith('creative');

// The mode wished for, or the one that the use suggests: 'faithful', 'creative', or 'auto'.
export const modeOf = ({ use, mode }, core) => mode || (core.uses[use].mode === 'creative' ? 'creative' : 'faithful');

// 'faithful', 'creative', or 'either' where the picture is to decide (as in cli/use.h).
export const decided = (settings, core) => (modeOf(settings, core) === 'auto' ? core.uses[settings.use].auto : modeOf(settings, core));

const isCreativeFor = (settings, picture, core) => {
  const mode = decided(settings, core);
  return mode === 'either' ? core.gainOf(picture.traits).creative : mode === 'creative';
};

// Must all of a picture's pixels be looked at before its nets are chosen, or does its file's head do (as in cli/work.c)?
export function wantsLook(nets, settings, picture, core) {
  const mode = nets.some(isCreative) ? decided(settings, core) : 'faithful';
  return mode === 'either' || !headDecides(picture) || (mode === 'creative' && settings.faces && settings.strength > 0);
}

// ---- The net ----

// Beyond 4 times it takes two passes: up to 9 times 3x and 3x do, for half the work of 4x and 4x.
const wholeScale = (times) => (times > 9 ? 4 : times > 4 ? 3 : times > 3 ? 4 : times > 2 ? 3 : 2);

// How far a net's effort is from the one demanded; below 0: of no use. The default would rather wait less than more; who wants the best
// takes a standard net where there is no better one (as in cli/net.c).
const BY_DEFAULT = { standard: 0, fast: 1, best: 2 };
const BY_BEST = { best: 0, standard: 1, fast: -1 };
const effortDistance = (has, demanded) => (!demanded ? BY_DEFAULT[has] : demanded === 'best' ? BY_BEST[has] : has === demanded ? 0 : -1);

// The net of a kind nearest to what is wanted: first the scale, or a larger one, or that of 2x, in passes; then the effort.
function nearest(nets, times, kind, effort) {
  const scale = wholeScale(times);
  const off = (net) => (net.scale === scale ? 0 : net.scale > scale ? 1 : net.scale === 2 ? 2 : 3);
  const distance = (net) => 4 * off(net) + effortDistance(net.effort, effort);
  const fit = nets.filter((net) => net.kind === kind && effortDistance(net.effort, effort) >= 0);
  return fit.sort((a, b) => distance(a) - distance(b))[0] || null;
}

// The kind of faithful net that a wish asks for, and whether the picture itself may decide otherwise.
function wishOf(nets, settings, core) {
  const { faithful } = core.uses[settings.use];
  const there = faithful !== 'photo' && nets.some(({ kind }) => kind === faithful);
  return there ? { kind: faithful } : { kind: 'photo', open: true };
}

// The creative net, of the kind that suits or of the other; of the effort wished for, or of any.
function creativeNet(nets, settings, picture, times, core) {
  const kind = picture.traits?.content === 'art' ? 'creative-art' : core.uses[settings.use].creative;
  const other = kind === 'creative-art' ? 'creative-photo' : 'creative-art';
  return nearest(nets, times, kind, settings.effort) || nearest(nets, times, kind, null) || nearest(nets, times, other, null);
}

// What goes on with a result that is not large enough yet: nothing is invented upon what was invented, and what a creative
// net made shows no compression any more.
function laterNet(nets, net, times, effort) {
  if (times <= net.scale) return null;
  const kind = net.kind === 'photo-jpeg' ? 'photo' : net.kind;
  return nearest(nets, times / net.scale, kind, effort) || nearest(nets, times / net.scale, kind, null) || net;
}

// The nets to run (as cli/choice.h has it): {net, creative, later, kind}. net is the faithful one and kind the one that suits the
// picture, which may not be there; creative is blended into it; later is for all passes but the first. Null: there is none.
export function chooseNet(nets, settings, picture, core) {
  const times = timesOf(picture, settings.size);
  const wish = wishOf(nets, settings, core);
  let kind = wish.open ? kindOf(picture) : wish.kind;
  const wanted = isCreativeFor(settings, picture, core) && !isNoLarger(picture, resultSize(picture, settings.size));
  let creative = wanted ? creativeNet(nets, settings, picture, times, core) : null;
  // Beside each creative net there is a faithful one for photographs, but none for screens: drawings take that.
  if (creative?.kind === 'creative-art' && kind === 'screen') kind = 'photo';
  const goal = creative ? creative.scale : times;
  const choose = (effort) => nearest(nets, goal, kind, effort) || nearest(nets, goal, wish.kind, effort);
  const net = (settings.effort && choose(settings.effort)) || choose(null);
  if (creative && creative.scale !== net.scale) creative = creativeNet(nets, settings, picture, net.scale, core);
  if (!creative || creative.scale !== net.scale) return { net, creative: null, later: null, kind };
  return { net, creative, later: laterNet(nets, net, times, settings.effort), kind };
}

// What a use asks of the file: {format, quality}, or null where any will do.
export function fileFor(use, core) {
  const { file, quality } = core.uses[use];
  return file === 'compact' ? { format: 'webp', quality } : file === 'exact' ? { format: 'png' } : null;
}

// ---- The report: groups {title, lines: [{text, mark}]}; mark is 'good' or 'care' or nothing ----

const line = (text, mark) => ({ text, mark });

const NOISY = 3; // levels, FOVEA_NOISY of the core
const SOFT = 1.5; // pixels that the sharpest edges take
const BLURRED = 2.5;
const FINE_JPEG = 93;
const POOR_JPEG = 70;

function sourceLines(picture, pitfalls) {
  const { quality, traits } = picture;
  const lines = [];
  const worst = traits?.saved || quality;
  if (worst && worst < FINE_JPEG) lines.push(line(words.source[traits?.saved ? 'saved' : 'jpeg'](worst), worst < POOR_JPEG ? 'care' : ''));
  else if (isPoorWebp(picture.webpQuality)) lines.push(line(words.source.webp(picture.webpQuality)));
  if (traits?.enlarged) lines.push(line(words.source.enlarged, 'care'));
  if (traits?.grain >= NOISY) lines.push(line(words.source.noisy(traits.grain), 'care'));
  if (traits?.edgeWidth > BLURRED) lines.push(line(words.source.blurred(traits.edgeWidth), 'care'));
  else if (traits?.edgeWidth > SOFT) lines.push(line(words.source.soft(traits.edgeWidth)));
  lines.push(...pitfalls.filter(({ name }) => name === 'faces').map(({ text }) => line(words.fromCore(text), 'care')));
  if (traits && !lines.length) lines.push(line(words.source.fine, 'good'));
  return lines;
}

const MIN_EDGES = 20; // fewer say nothing about a picture
const PROMISED_PSNR = { pixels: 45, areas: 40 }; // dB, of a faithful net, for clean pictures
const MOST_DRIFT = 2; // CIEDE2000 of 99 % of the pixels

function measuredLines({ psnr, error, drift, edges, halos, halo_max: most, invented, block, brief }, net, creative) {
  const lines = [];
  if (creative) lines.push(line(words.measured.creative(psnr), psnr >= PROMISED_PSNR.pixels ? '' : 'care'));
  else if (net.keeps === 'blocks') lines.push(line(words.measured.blocks(block), block <= 1 ? 'good' : 'care'));
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

// What the result's file tells of the picture, by what there is and what was chosen.
function carriedLines({ carried }, result, { format, keepExif }) {
  const { exif, xmp, iptc } = carried;
  const text = saysSomething(carried.texts || []);
  if (!keepExif) return exif || xmp || iptc || text ? [line(words.notes.left)] : [];
  const long = format === 'jpeg' ? tooLongForJpeg(carried, result) : [];
  const kept = [exif && !long.includes('exif'), xmp && !long.includes('xmp'), iptc && format === 'jpeg'];
  return [
    ...(kept.some(Boolean) ? [line(words.notes.exif)] : []),
    ...long.map((name) => line(words.notes[`${name}TooLong`], 'care')),
    ...(iptc && format !== 'jpeg' ? [line(words.notes.iptcJpeg)] : []),
    ...(text ? [line(words.notes[format === 'png' ? 'texts' : 'textsPng'])] : []),
  ];
}

function keptLines(picture, result, choice) {
  const keys = [...picture.notes];
  if (picture.format > 16) keys.push('deep');
  if (picture.colorSpace !== 'srgb') keys.push(picture.colours === 'p3' ? 'wide' : 'converted');
  if (picture.alpha) keys.push('alpha');
  const lines = [...keys.map((key) => line(words.notes[key])), ...carriedLines(picture, result, choice)];
  const { resolution } = picture.carried;
  return resolution ? [...lines, line(words.resolution(resolution.x * INCH_METRES))] : lines;
}

function adviceFor({ picture, result, creative }, settings, choice, count, core) {
  return core.advise({
    use: settings.use,
    source: picture,
    result,
    quality: lossesOf(picture),
    wasEnlarged: Boolean(picture.traits?.enlarged),
    isNoisy: picture.traits?.grain >= NOISY,
    isText: ['screen', 'document'].includes(picture.traits?.content),
    isCompact: choice.format !== 'png' && choice.quality <= 92,
    pictures: count,
    creative: Boolean(creative),
  });
}

function facesLine({ picture }, { faces }) {
  if (!faces || !picture.faces) return [];
  return [line(words.facesKept(picture.faces.length), picture.faces.length ? 'good' : '')];
}

function modeLine({ picture, creative }, settings, core) {
  const { mode, modeReason } = core.uses[settings.use];
  const chosen = isCreativeFor(settings, picture, core);
  if (modeOf(settings, core) !== 'auto') return !creative || mode !== 'faithful' ? [line(words.modeReason(mode, modeReason))] : [];
  const reason = decided(settings, core) === 'either' ? core.gainOf(picture.traits).text : modeReason;
  return [line(words.autoMode(chosen ? 'creative' : 'faithful', reason))];
}

function expectedLines(item, { name: grade, text }, settings, core) {
  const { picture, net, creative, kind, passes } = item;
  const lines = [line(words.fromCore(text), ['variable', 'limited'].includes(grade) ? 'care' : 'good')];
  if (!passes) return lines; // made smaller, which takes no net
  lines.push(...modeLine(item, settings, core));
  if (passes > 1) lines.push(line(words.passes(passes)));
  lines.push(line(words.netUsed(net)));
  if (creative) lines.push(line(words.creativeUsed(creative, settings.strength)), ...facesLine(item, settings));
  if (isCreativeFor(settings, picture, core) && !creative) lines.push(line(words.noCreative, 'care'));
  else if (net.kind !== kind) lines.push(line(words.instead(kind, net.kind), 'care'));
  return lines;
}

// item of the session; choice: {format, quality, keepExif} of its file; count: pictures of this visit.
export function reportFor(item, { settings, choice, count, core }) {
  const { picture, result, figures, net, creative } = item;
  const advice = adviceFor(item, settings, choice, count, core);
  const pitfalls = advice.pitfalls.filter(({ name }) => name !== 'faces' && name !== 'files');
  const tips = [...advice.tips, ...pitfalls].map(({ text }) => line(words.fromCore(text)));
  if (settings.use !== 'any') tips.unshift(line(words.sizeAdvice(core.uses[settings.use].size)));
  return [
    { title: words.groups.expected, lines: expectedLines(item, advice.expectation, settings, core) },
    { title: words.groups.measured, lines: figures ? measuredLines(figures, net, creative) : [] },
    { title: words.groups.source, lines: sourceLines(picture, advice.pitfalls) },
    { title: words.groups.kept, lines: keptLines(picture, result, choice) },
    { title: words.groups.tips, lines: tips },
  ].filter(({ lines }) => lines.length);
}
