// SPDX-License-Identifier: MIT
// What of the page runs in Node. The simd128 file as web/worker.js runs it, against every picture of tests/golden/good,
// compared with ==, whole and cut into rectangles (the relaxed file is tested in a browser, by web_test.mjs: Node 20
// miscompiles it); the rules by which the page chooses a net and what it says; and what the page weighs.
// Usage: node tests/wasm_test.mjs [folder with the built page, web/dist]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { chooseNet, fileFor, reportFor, wantsLook } from '../web/advice.js';
import { Core } from '../web/core.js';
import { exifResolution } from '../web/exif.js';
import { faceRects } from '../web/look.js';
import { crc32 } from '../web/png.js';
import { parseSize, resultSize, sizeSuffix, whyNotSize } from '../web/size.js';
import { Shares, tilesOf } from '../web/tiles.js';
import { zipParts } from '../web/zip.js';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.resolve(process.argv[2] || path.join(root, 'web/dist'));
const good = path.join(root, 'tests/golden/good');

let passed = 0;
let failed = 0;

function check(what, fine) {
  if (fine) passed++;
  else {
    failed++;
    console.log(`not ok: ${what}`);
  }
}

const MODES = { faithful: 0, out: 1 }; // the goldens' word for what the core calls a mode

const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

// ---- worker.js without a browser ----

let answered;
const self = { postMessage: (data) => answered(data) };
vm.runInNewContext(fs.readFileSync(path.join(dist, 'worker.js'), 'utf8'), { self, WebAssembly, atob, console, performance });

async function ask(message) {
  const answer = new Promise((resolve) => (answered = resolve));
  self.onmessage({ data: { id: 1, ...message } });
  return answer;
}

// ---- Netpbm ----

function header(bytes) {
  const text = bytes.toString('latin1', 0, 200);
  if (text.startsWith('P7')) {
    const value = (key) => Number(new RegExp(`${key} (\\d+)`).exec(text)[1]);
    return { start: text.indexOf('ENDHDR\n') + 7, width: value('WIDTH'), height: value('HEIGHT'),
      channels: value('DEPTH'), most: value('MAXVAL') };
  }
  const [all, kind, width, height, most] = /^P([56])\s+(\d+)\s+(\d+)\s+(\d+)\s/.exec(text);
  return { start: all.length, width: Number(width), height: Number(height), channels: kind === '5' ? 1 : 3,
    most: Number(most) };
}

function readPicture(file) {
  const bytes = fs.readFileSync(file);
  const { start, width, height, channels, most } = header(bytes);
  const deep = most > 255;
  const raw = bytes.subarray(start);
  const pixels = deep
    ? Uint16Array.from({ length: raw.length / 2 }, (_, i) => raw.readUInt16BE(2 * i))
    : Uint8Array.from(raw);
  return { width, height, channels, deep, pixels };
}

// ---- Running it ----

// Parts of the result, as samples in the picture's own format; down: each goes on below the one before.
async function upscale(picture, size, rects, down = false) {
  const { width, height, channels, deep } = picture;
  const sizes = { width, height, resultWidth: size.width, resultHeight: size.height };
  const { windows, error } = await ask({ command: 'windows', ...sizes, rects });
  if (error) throw new Error(error);
  const parts = [];
  for (const [i, rect] of rects.entries()) {
    const pixels = Uint8Array.from(cutOut(picture, windows[i], deep ? 2 : 1));
    const answer = await ask({ command: 'run', ...sizes, rect, window: windows[i], pixels: pixels.buffer, canvas: false,
      format: channels + (deep ? 16 : 0), below: down && i > 0 });
    if (answer.error) throw new Error(answer.error);
    parts.push(deep ? new Uint16Array(answer.exact) : fromRgba(new Uint8Array(answer.rgba), channels));
  }
  return parts;
}

function fromRgba(rgba, channels) {
  const places = { 1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3] }[channels];
  const out = new Uint8Array((rgba.length / 4) * channels);
  for (let i = 0, at = 0; i < rgba.length; i += 4) for (const place of places) out[at++] = rgba[i + place];
  return out;
}

// The samples of a part; with bytes = 2 as bytes, low one first.
function cutOut(picture, rect, bytes = 1) {
  const { width, channels, pixels } = picture;
  const samples = [];
  for (let y = rect.y; y < rect.y + rect.h; y++)
    samples.push(...pixels.subarray((y * width + rect.x) * channels, (y * width + rect.x + rect.w) * channels));
  return bytes === 2 ? samples.flatMap((v) => [v & 255, v >> 8]) : samples;
}

async function testPicture(name) {
  await testRects(name, readPicture(path.join(good, name)), readPicture(path.join(good, name.replace(/\.(out|faithful)\./, '.in.'))));
}

async function testRects(name, wanted, source) {
  const { width, height } = wanted;
  const cuts = [[0, 0, 1, 1], [0.2, 0.3, 0.9, 0.8], [0.5, 0, 1, 0.6], [0, 0.7, 0.4, 1]];
  const rects = cuts.map(([x0, y0, x1, y1]) => {
    const [x, y] = [Math.floor(x0 * width), Math.floor(y0 * height)];
    return { x, y, w: Math.ceil(x1 * width) - x, h: Math.ceil(y1 * height) - y };
  });
  const parts = await upscale(source, wanted, rects);
  parts.forEach((part, i) => check(`${name} at ${rects[i].x},${rects[i].y}`, same(part, cutOut(wanted, rects[i]))));
}

// Going down in columns, in one pass and in several, is the same as all at once.
async function testBelow(name) {
  await ask({ command: 'net', without: 0, net: Uint8Array.from(fs.readFileSync(path.join(good, name))).buffer, mode: MODES.faithful });
  const [width, height, channels] = [37, 52, 3];
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => ((i * 7919) % 101) + ((i >> 7) % 3) * 60);
  const source = { width, height, channels, deep: false, pixels };
  for (const times of [1.5, 2, 3, 4, 8, 16]) {
    const size = { width: Math.round(width * times), height: height * times };
    const [whole] = await upscale(source, size, [{ x: 0, y: 0, w: size.width, h: size.height }]);
    const result = { ...source, ...size, pixels: whole };
    const half = Math.ceil(size.width / 2);
    for (const x of [0, half]) {
      const w = Math.min(half, size.width - x);
      const rects = [];
      for (let y = 0; y < size.height; y += 6 * times) rects.push({ x, y, w, h: Math.min(6 * times, size.height - y) });
      const parts = await upscale(source, size, rects, true);
      parts.forEach((part, i) => check(`${name}, ${times}x, down from ${x},${rects[i].y}`, same(part, cutOut(result, rects[i]))));
    }
  }
}

// Creative mode, with strength and protected rectangles, whole and at other sizes.
async function testCreative() {
  const folder = path.join(root, 'tests/golden/creative');
  const bytes = (name) => Uint8Array.from(fs.readFileSync(path.join(folder, name))).buffer;
  const files = fs.readdirSync(folder);
  for (const name of files.filter((n) => /\.(out|sized)\./.test(n))) {
    const pair = name.split('-').slice(0, 2).join('-');
    const [[strength], ...rects] = fs.readFileSync(path.join(folder, name.replace(/\.(out|sized)\..*/, '.wish')), 'utf8').trim().split('\n')
      .map((line) => line.split(' ').map(Number));
    const protect = rects.map(([x, y, w, h]) => ({ x, y, w, h }));
    const { error } = await ask({ command: 'net', without: 0, net: bytes(`${pair}.fovea`), creative: bytes(`${pair}.creative.fovea`), strength, protect });
    check(`${pair} loads${error || ''}`, !error);
    await testRects(name, readPicture(path.join(folder, name)), readPicture(path.join(folder, name.replace(/\.(out|sized)\./, '.in.'))));
  }
}

// Faces: a square becomes hair, ears and chin, within the picture.
function checkFaces() {
  const [rect, edge] = faceRects([{ x: 100, y: 100, w: 40, h: 40 }, { x: 0, y: 5, w: 20, h: 20 }], { width: 150, height: 400 });
  check('a face with hair, ears and chin', same(Object.values(rect), [88, 82, 62, 68]));
  check('within the picture', same(Object.values(edge), [0, 0, 26, 30]));
}

// ---- Rules ----

const net = (name) => {
  const [, kind, effort, scale] = /^(.*)-(fast|standard|best)-x(\d)$/.exec(name);
  return { name, kind, effort, scale: Number(scale), keeps: 'pixels' };
};

function checkNets(core) {
  const all = ['photo-best-x2', 'photo-fast-x2', 'photo-standard-x2', 'photo-fast-x4', 'screen-fast-x2', 'creative-photo-best-x2'].map(net);
  const few = ['photo-best-x2', 'photo-fast-x2'].map(net);
  const chosen = (nets, settings, facts = {}) => {
    const wish = { use: 'any', effort: null, mode: null, size: '2x', ...settings };
    const { net: { name }, creative, later, kind } = chooseNet(nets, wish, { width: 100, height: 50, ...facts }, core);
    return [name, kind, ...(creative ? [creative.name, later?.name] : [])].filter(Boolean).join(' ');
  };
  check('the wanted effort', chosen(all, { effort: 'best' }) === 'photo-best-x2 photo');
  check('the best of this scale before the best of another', chosen([...all, net('photo-standard-x4')], { effort: 'best', size: '4x' }) === 'photo-standard-x4 photo');
  check('a kind that has no best', chosen([...all, net('screen-standard-x2')], { effort: 'best', use: 'screenshot' }) === 'screen-standard-x2 screen');
  check('standard is the default', chosen(all, {}) === 'photo-standard-x2 photo');
  check('where there is none, fast', chosen(few, {}) === 'photo-fast-x2 photo');
  check('the scale counts more than the effort', chosen(all, { size: '4x' }) === 'photo-fast-x4 photo');
  check('an effort demanded counts more than the scale', chosen(all, { size: '4x', effort: 'standard' }) === 'photo-standard-x2 photo');
  check('a target is a scale', chosen(all, { size: 'long=350' }) === 'photo-fast-x4 photo');
  check('no 3x net: a larger one, shrunk', chosen(all, { size: '3x' }) === 'photo-fast-x4 photo');
  check('nor a larger one: 2x in passes', chosen(few, { size: '3x' }) === 'photo-fast-x2 photo');
  check('the use decides', chosen(all, { use: 'screenshot' }) === 'screen-fast-x2 screen');
  check('and the picture', chosen(all, {}, { traits: { content: 'screen', rendered: 1 } }) === 'screen-fast-x2 screen');
  check('creative: both nets', chosen(all, { mode: 'creative' }, { traits: { content: 'screen', rendered: 1 } }) === 'screen-fast-x2 screen creative-photo-best-x2');
  check('a screen that was made smaller is none', chosen(all, {}, { traits: { content: 'screen', rendered: 0 } }) === 'photo-standard-x2 photo');
  check('a drawing is one', chosen(all, {}, { traits: { content: 'art', rendered: 1 } }) === 'screen-fast-x2 screen');
  check('unless it was a poorer JPEG', chosen(all, {}, { quality: 92, traits: { content: 'art', rendered: 1 } }) === 'photo-standard-x2 photo-jpeg');
  check('or invention is wished for', chosen([...all, net('creative-art-best-x2')], { mode: 'creative' }, { traits: { content: 'art', rendered: 1 } })
    === 'photo-standard-x2 photo creative-art-best-x2');
  check('a poor JPEG', chosen(all, {}, { quality: 89, traits: { content: 'screen', rendered: 1 } }) === 'photo-standard-x2 photo-jpeg');
  check('a better one', chosen(all, {}, { quality: 92 }) === 'photo-standard-x2 photo-jpeg');
  check('unless it is a screen', chosen(all, {}, { quality: 90, traits: { content: 'screen', rendered: 1 } }) === 'screen-fast-x2 screen');
  check('a good one', chosen(all, {}, { quality: 93 }) === 'photo-standard-x2 photo');
  check('that was a poor one before', chosen(all, {}, { quality: 95, traits: { content: 'photo', saved: 50 } }) === 'photo-standard-x2 photo-jpeg');
  check('a PNG that was one', chosen(all, {}, { traits: { content: 'photo', saved: 92 } }) === 'photo-standard-x2 photo-jpeg');
  check('a PNG that was a good one', chosen(all, {}, { traits: { content: 'photo', saved: 93 } }) === 'photo-standard-x2 photo');
  check('old photos are creative', chosen(all, { use: 'old-photo' }) === 'photo-standard-x2 photo creative-photo-best-x2');
  check('in passes: a faithful one goes on', chosen(all, { use: 'old-photo', size: '8x' }) === 'photo-standard-x2 photo creative-photo-best-x2 photo-fast-x4');
  check('unless told otherwise', chosen(all, { use: 'old-photo', mode: 'faithful' }) === 'photo-standard-x2 photo');
  const [noisy, clean] = [{ traits: { content: 'photo', gain: 9 } }, { traits: { content: 'photo', gain: 1 } }];
  check('automatic: the picture decides', chosen(all, { mode: 'auto' }, noisy).includes('creative') && !chosen(all, { mode: 'auto' }, clean).includes('creative'));
  check('or the use', !chosen(all, { mode: 'auto', use: 'product' }, noisy).includes('creative') && chosen(all, { mode: 'auto', use: 'old-photo' }, clean).includes('creative'));
  check('nothing known: faithful', !chosen(all, { mode: 'auto' }).includes('creative'));
  check('made smaller: faithful', !chosen(all, { mode: 'creative', size: 'long=50' }).includes('creative'));
  const looks = (settings, facts) => wantsLook(all, { use: 'any', mode: null, faces: true, strength: 100, ...settings }, facts, core);
  check('the head of a poor JPEG does', !looks({}, { quality: 80 }) && looks({}, { quality: 90 }) && looks({}, {}));
  check('but not for automatic, nor for faces', looks({ mode: 'auto' }, { quality: 80 }) && looks({ mode: 'creative' }, { quality: 80 }));
  check('nor without need', !looks({ mode: 'creative', faces: false }, { quality: 80 }) && !looks({ mode: 'auto', use: 'print' }, { quality: 80 }));
  check('or where there is no such net', chosen(few, { use: 'old-photo' }) === 'photo-fast-x2 photo');
}

function checkSizes() {
  const hd = { width: 1920, height: 1080 };
  check('4K of 1080p', same(Object.values(resultSize(hd, '4k')), [3840, 2160]));
  check('4K upright', same(Object.values(resultSize({ width: 1500, height: 2000 }, '4K')), [2160, 2880]));
  check('8K of 4000x100', whyNotSize({ width: 4000, height: 100 }, '4k', 1e9) === 'noLarger');
  check('smaller where that is wished', whyNotSize(hd, 'long=1000', 1e9, true) === null && whyNotSize(hd, 'width=1920', 1e9, true) === null);
  check('but not to nothing', whyNotSize(hd, 'long=29', 1e9, true) === 'tooSmall' && whyNotSize(hd, 'long=30', 1e9, true) === null);
  check('too far', whyNotSize(hd, 'width=40000', 1e12) === 'tooFar' && whyNotSize(hd, '16', 1e12) === null);
  check('too large for the device', whyNotSize(hd, '8x', 100e6) === 'tooLarge');
  for (const text of ['', 'x', '1', '16.1', '0x5', '2x3cm', '2x3cm@0', '2x3cm@20000', 'long=1.5', 'long=0', 'mp=0', 'wide=5', '1e3', '-2', '2..5', '5x'.repeat(20)])
    check(`"${text}" is no size`, parseSize(text) === null);
  for (const [text, suffix] of [['2', '2x'], ['2.50X', '2.5x'], ['4K', '3840x2160'], ['30x20cm@300', '3543x2362'], ['LONG=3000', 'long3000'], ['mp=24', 'mp24']])
    check(`the name of ${text}`, sizeSuffix(text) === suffix);
}

// Tiles cover a result once, however it is cut.
function checkTiles() {
  for (const [width, height, factor, workers, speed] of [[512, 512, 2, 1, 0], [512, 512, 2, 1, 1e6], [512, 511, 2, 2, 1e6], [640, 300, 2, 16, 1e7], [2000, 3000, 2, 2, 1e6],
    [999, 1501, 1.5, 4, 3e5], [24000, 48, 2, 2, 1e6]]) {
    const tiles = tilesOf(width, height, factor, workers, { speed });
    const fine = tiles.every(({ x, y, w, h }) => x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= width && y + h <= height);
    check(`${tiles.length} tiles of ${width}x${height}`, fine && tiles.reduce((sum, { w, h }) => sum + w * h, 0) === width * height);
    const whole = tiles.every(({ y, h }) => y + h === height || !Number.isInteger(factor) || (y + h) % factor === 0);
    check(`${width}x${height}: they end below whole source pixels`, whole);
  }
  const widths = (...way) => [...new Set(tilesOf(...way).map(({ w }) => w))];
  check('bands of a square, columns of a strip', same(widths(2000, 2000, 2, 2), [2000]) && widths(2000, 400, 2, 2)[0] === 1000);
  check('no wider than the core goes down', widths(2000, 2000, 2, 2, { strip: 512 }).every((w) => w <= 992));
  check('narrower where it is slow', widths(2000, 2000, 2, 2, { speed: 8e4 })[0] === 666);
  const [first] = tilesOf(4000, 3000, 2, 4, { speed: 1e5 });
  check('the first is small', ((first.w / 2) * (first.h / 2 + 24)) / 1e5 < 0.3);
}

// Who gets which tiles when every worker takes equally long for each: [[worker, tile, below] ...]
function handedOut(tiles, workers, order) {
  const shares = new Shares(tiles, workers, order);
  const steps = [];
  for (let taken = true; taken; ) {
    taken = false;
    for (let i = 0; i < workers; i++) {
      const next = shares.take(i);
      if (next) steps.push([i, next.tile, next.below]);
      taken ||= Boolean(next);
    }
  }
  return steps;
}

function checkShares() {
  const anyOrder = () => [0, 0];
  for (const [tiles, workers] of [[tilesOf(2000, 2000, 2, 2), 2], [tilesOf(3000, 900, 3, 5), 5], [tilesOf(100, 20, 2, 8), 8], [tilesOf(9000, 4000, 2, 3), 3]]) {
    const steps = handedOut(tiles, workers, anyOrder);
    check(`${tiles.length} tiles for ${workers}: each once`, steps.length === tiles.length && new Set(steps.map(([, tile]) => tile)).size === tiles.length);
    const last = [];
    const right = steps.every(([i, tile, below]) => {
      const above = last[i];
      last[i] = tile;
      return below === Boolean(above && tile.x === above.x && tile.y === above.y + above.h);
    });
    check(`${tiles.length} tiles for ${workers}: told where one goes on`, right);
    const counts = Array.from({ length: workers }, (_, i) => steps.filter(([who]) => who === i).length);
    check(`${tiles.length} tiles for ${workers}: they end together`, Math.max(...counts) - Math.min(...counts) <= 2);
  }
  const band = tilesOf(2000, 2000, 2, 2);
  check('two go down half a picture each', handedOut(band, 2, anyOrder).filter(([, , below]) => !below).length === 2);

  // In sight is what lies between rows 1000 and 1400: first that, from its top, then the rest.
  let seen = { top: 1000, bottom: 1400 };
  const order = ({ y, h }) => [y + h > seen.top && y < seen.bottom ? 0 : 1, Math.abs(y + h / 2 - 1200)];
  const steps = handedOut(band, 1, order);
  const ranks = steps.map(([, tile]) => order(tile)[0]);
  check('what is in sight comes first', same(ranks, [...ranks].sort()));
  check('from its top down', steps[0][1].y <= 1000 && steps.slice(1, ranks.indexOf(1)).every(([, , below]) => below));
  const shares = new Shares(band, 1, order);
  shares.take(0);
  seen = { top: 0, bottom: 100 };
  check('and when the view moves, the worker does', shares.take(0).tile.y < 100);
}

// What a visitor loads before the first picture is sharp, as any host would compress it.
function checkWeight() {
  const sizes = fs.readdirSync(dist).filter((name) => /\.(html|css|js|json|svg|webmanifest)$/.test(name) && !/^(fovea\.html|avif-encoder\.js|sw\.js)$/.test(name));
  const files = [...sizes, 'fovea-relaxed.wasm', 'photo-standard-x2.fovea'];
  const bytes = files.reduce((sum, name) => sum + gzipSync(fs.readFileSync(path.join(dist, name)), { level: 9 }).length, 0);
  console.log(`page, core and standard net: ${bytes} bytes compressed`);
  check('page, core and standard net: at most 400 KB', bytes <= 400e3);
}

// A zip of more than 4 GB, without its pictures.
async function checkZip() {
  const large = { size: 4e9 };
  const parts = await zipParts([{ name: 'a', blob: large, crc: 1 }, { name: 'b', blob: large, crc: 1 }, { name: 'c', blob: new Blob(['hello']) }]);
  const to = path.join(os.tmpdir(), `fovea-${process.pid}.zip`);
  const fd = fs.openSync(to, 'w'); // with holes
  let at = 0;
  for (const part of parts) {
    const bytes = part === large ? null : part instanceof Blob ? new Uint8Array(await part.arrayBuffer()) : part;
    if (bytes) fs.writeSync(fd, bytes, 0, bytes.length, at);
    at += bytes ? bytes.length : part.size;
  }
  fs.closeSync(fd);
  const said = execFileSync('python3', ['-c', 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(len(z.namelist()), z.read("c"))', to]);
  fs.unlinkSync(to);
  check('a zip above 4 GB', String(said).trim() === "3 b'hello'");
}

async function checkZipNames() {
  const files = ['IMG.jpg', 'img.jpg', 'img (2).jpg', 'IMG.JPG'].map((name) => ({ name, blob: new Blob(['x']) }));
  const parts = await zipParts(files);
  const names = parts.filter((_, i) => i < 3 * files.length && i % 3 === 1).map((name) => new TextDecoder().decode(name));
  check('names in a zip differ by more than the size of letters', new Set(names.map((name) => name.toLowerCase())).size === files.length);
  check('and the first keeps its own', names[0] === 'IMG.jpg' && names.every((name) => /\.jpg$/i.test(name)));
}

// An EXIF block of 72 over `under` dots an inch.
function resolutionOver(under) {
  const block = new DataView(new ArrayBuffer(8 + 2 + 3 * 12 + 4 + 8));
  const entries = [[0x11a, 5, 50], [0x11b, 5, 50], [0x128, 3, 2]];
  block.setUint32(0, 0x49492a00);
  block.setUint32(4, 8, true);
  block.setUint16(8, entries.length, true);
  entries.forEach(([tag, type, value], i) => {
    block.setUint16(10 + 12 * i, tag, true);
    block.setUint16(12 + 12 * i, type, true);
    block.setUint32(14 + 12 * i, 1, true);
    block.setUint32(18 + 12 * i, value, true);
  });
  block.setUint32(50, 72, true);
  block.setUint32(54, under, true);
  return exifResolution(new Uint8Array(block.buffer));
}

// The core's advice as the page reads it.
function checkAdvice(core) {
  check('all uses', same(Object.keys(core.uses), ['any', 'product', 'old-photo', 'print', 'social', 'screenshot', 'ai-art', 'real-estate']));
  check('a title', core.uses['old-photo'].title === 'Old family photo');
  check('social media are compact', same(Object.values(fileFor('social', core)), ['webp', 80]) && core.uses.social.mode === 'either');
  check('print is exact', fileFor('print', core).format === 'png' && fileFor('any', core) === null);
  check('real estate refuses', core.uses['real-estate'].refusesCreative && !core.uses['old-photo'].refusesCreative);
  const facts = { use: 'screenshot', source: { width: 640, height: 360 }, result: { width: 1920, height: 1080 }, quality: 60,
    wasEnlarged: false, isText: true, isCompact: false, pictures: 3, creative: false };
  const { expectation, tips, pitfalls } = core.advise(facts);
  check('expectation', expectation.name === 'limited' && expectation.text.startsWith('a poor source'));
  check('of a good source', core.advise({ ...facts, quality: 95 }).expectation.name === 'good');
  check('tips', same(tips.map(({ name }) => name), ['source', 'compress', 'text', 'batch']) && tips[2].text.includes('SVG'));
  check('pitfalls', same(pitfalls.map(({ name }) => name), ['halos', 'texture', 'files']));
  const enlarged = core.advise({ ...facts, quality: 0, wasEnlarged: true });
  check('enlarged before', enlarged.tips[0].name === 'source');
  const jpeg = core.jpeg(fs.readFileSync(path.join(root, 'tests/files/progressive.jpg')));
  check('a JPEG head', jpeg.width > 0 && jpeg.quality > 0 && jpeg.quality <= 100);
  check('no JPEG', core.jpeg(new Uint8Array(100)) === null);
}

// The report's groups for one picture.
function checkReport(core) {
  const item = { picture: { width: 200, height: 100, quality: 60, notes: [], format: 3, colorSpace: 'srgb', carried: { exif: [1], resolution: { x: 11811, y: 11811 } },
    traits: { content: 'photo', enlarged: true, grain: 5.2, edgeWidth: 3.1 } }, result: { width: 800, height: 400 }, net: net('photo-fast-x2'),
    kind: 'photo-jpeg', passes: 2, figures: { psnr: 51, error: 1, drift: 0.4, block: 0.5, edges: 100, halos: 0, halo_max: 0, invented: 0.1 } };
  const wish = { settings: { use: 'any', mode: null, size: '4x', effort: null }, choice: { format: 'webp', quality: 80 }, count: 1, core };
  const text = reportFor(item, wish).map(({ title, lines }) => `${title}: ${lines.map((l) => l.text).join(' ')}`).join('\n');
  for (const said of ['Beyond 3x', '2 passes', 'JPEG photo net would suit', 'your picture again', 'no drift', 'No halo', '10 % of the detail',
    'quality 60', 'enlarged before', 'grainy', 'blurred', 'Faces made of few pixels', 'Camera data', '300 pixels to an inch', 'best copy'])
    check(`the report says "${said}"`, text.includes(said));
  check('nothing of a choice that nobody asked for', !text.includes('Automatic'));
  const auto = { ...wish, settings: { ...wish.settings, mode: 'auto' } };
  check('automatic says why', JSON.stringify(reportFor({ ...item, picture: { ...item.picture, traits: { gain: 1 } } }, auto)).includes('Automatic chose faithful: a clean, sharp photograph.'));
  const smaller = JSON.stringify(reportFor({ ...item, passes: 0, result: { width: 100, height: 50 } }, auto));
  check('made smaller: no net is told', smaller.includes('shrunk exactly') && !/net, |Automatic/.test(smaller));
  item.net.keeps = 'blocks';
  check('a JPEG net keeps blocks', JSON.stringify(reportFor(item, wish)).includes('8×8 block'));
}

async function main() {
  check('crc32', crc32(Uint8Array.from('123456789', (c) => c.charCodeAt(0))) === 0xcbf43926);
  checkSizes();
  checkTiles();
  checkShares();
  checkWeight();
  await checkZip();
  await checkZipNames();
  check('a resolution of EXIF', Math.abs(resolutionOver(1).x - 72 / 0.0254) < 1e-6);
  check('one over nothing is none', resolutionOver(0) === null);
  const module = await WebAssembly.compile(fs.readFileSync(path.join(dist, 'fovea-simd128.wasm')));
  const core = await Core.open(module);
  checkAdvice(core);
  checkNets(core);
  checkReport(core);
  checkFaces();
  const tests = JSON.parse(fs.readFileSync(path.join(dist, 'selftest.json')));
  const wrong = await ask({ command: 'start', module, tests: tests.map((t) => ({ ...t, crc: t.crc ^ 1 })) });
  check('a wrong answer is noticed', wrong.right === false);
  const started = await ask({ command: 'start', module, tests });
  check('the self-test passes', started.right === true);
  const damaged = await ask({ command: 'net', without: 0, net: new Uint8Array(100).buffer });
  check('a damaged net is refused', Boolean(damaged.error));

  const files = fs.readdirSync(good);
  for (const net of files.filter((name) => name.endsWith('.fovea')).sort()) {
    const bytes = fs.readFileSync(path.join(good, net));
    for (const [word, mode] of Object.entries(MODES)) {
      const loaded = await ask({ command: 'net', without: 0, net: Uint8Array.from(bytes).buffer, mode });
      check(`${net} runs on simd128`, !loaded.error && loaded.kernels === 'simd128');
      const stem = (name) => name.replace(/-(g|ga|rgb|rgba)(8|16)-.*/, '');
      for (const name of files.filter((n) => n.includes(`.${word}.`) && stem(n) === net.slice(0, -6))) await testPicture(name);
    }
  }
  await testBelow('c16-48-32-x2.fovea');
  await testCreative();
}

await main().catch((error) => check(error.stack, false));
console.log(`wasm_test: ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
