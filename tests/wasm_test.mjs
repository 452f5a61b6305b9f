// SPDX-License-Identifier: MIT
// What of the page runs in Node. The simd128 file as web/worker.js runs it, against every picture of tests/golden/good,
// compared with ==, whole and cut into rectangles (the relaxed file is tested in a browser, by web_test.mjs: Node 20
// miscompiles it); and the rules by which the page chooses a net.
// Usage: node tests/wasm_test.mjs [folder with the built page, web/dist]
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { fileURLToPath } from 'node:url';

import { chooseNet, resultSize, scaleFor } from '../web/advice.js';
import { crc32 } from '../web/png.js';
import { words } from '../web/strings.js';

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
vm.runInNewContext(fs.readFileSync(path.join(dist, 'worker.js'), 'utf8'), { self, WebAssembly, atob, console });

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

// Parts of the result, as samples in the picture's own format.
async function upscale(picture, size, rects) {
  const { width, height, channels, deep } = picture;
  const sizes = { width, height, resultWidth: size.width, resultHeight: size.height };
  const { windows, error } = await ask({ command: 'windows', ...sizes, rects });
  if (error) throw new Error(error);
  const parts = [];
  for (const [i, rect] of rects.entries()) {
    const pixels = Uint8Array.from(cutOut(picture, windows[i], deep ? 2 : 1));
    const answer = await ask({ command: 'run', ...sizes, rect, window: windows[i], pixels: pixels.buffer, canvas: false,
      format: channels + (deep ? 16 : 0) });
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
  const wanted = readPicture(path.join(good, name));
  const source = readPicture(path.join(good, name.replace(/\.(out|faithful)\./, '.in.')));
  const { width, height } = wanted;
  const cuts = [[0, 0, 1, 1], [0.2, 0.3, 0.9, 0.8], [0.5, 0, 1, 0.6], [0, 0.7, 0.4, 1]];
  const rects = cuts.map(([x0, y0, x1, y1]) => {
    const [x, y] = [Math.floor(x0 * width), Math.floor(y0 * height)];
    return { x, y, w: Math.ceil(x1 * width) - x, h: Math.ceil(y1 * height) - y };
  });
  const parts = await upscale(source, wanted, rects);
  parts.forEach((part, i) => check(`${name} at ${rects[i].x},${rects[i].y}`, same(part, cutOut(wanted, rects[i]))));
}

// ---- Rules ----

function checkNets() {
  const net = (name) => {
    const [, kind, effort, scale] = /^(.*)-(fast|standard|best)-x(\d)$/.exec(name);
    return { name, kind, effort, scale: Number(scale) };
  };
  const all = ['photo-best-x2', 'photo-fast-x2', 'photo-standard-x2', 'screen-fast-x2', 'creative-photo-best-x2'].map(net);
  const few = ['photo-best-x2', 'photo-fast-x2'].map(net);
  const chosen = (nets, use, effort, mode) => {
    const { net: { name }, instead } = chooseNet(nets, { use, effort, mode, size: '2x' }, { width: 100, height: 50 });
    return `${name} ${instead}`;
  };
  check('the wanted effort', chosen(all, 'any', 'best') === 'photo-best-x2 null');
  check('the next best effort', chosen(few, 'any', 'standard') === 'photo-fast-x2 null');
  check('the use decides', chosen(all, 'screenshot', 'standard') === 'screen-fast-x2 null');
  check('and the mode with it', chosen(all, 'old-photo', 'fast') === 'creative-photo-best-x2 null');
  check('unless told otherwise', chosen(all, 'old-photo', 'fast', 'faithful') === 'photo-fast-x2 null');
  const hd = { width: 1920, height: 1080 };
  check('4K of 1080p', same(Object.values(resultSize(hd, '4k')), [3840, 2160]) && scaleFor(few, hd, '4k') === 2);
  check('4K upright', same(Object.values(resultSize({ width: 1500, height: 2000 }, '4k')), [2160, 2880]));
  check('no 8K of 1080p by 2x', scaleFor(few, hd, '8k') === null && scaleFor(few, { width: 4000, height: 100 }, '4k') === null);
  check('what is missing is said', chosen(few, 'ai-art', 'fast') === 'photo-fast-x2 creative-art');
}

// The page's words for the uses are the core's, in its order.
async function checkAdvice(module) {
  const { exports: core } = await WebAssembly.instantiate(module);
  const text = (at) => {
    const bytes = new Uint8Array(core.memory.buffer, at);
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  };
  Object.entries(words.uses).forEach(([name, title], use) => {
    check(`use ${name}`, text(core.web_use_text(use, 0)) === name);
    check(`title of ${name}`, text(core.web_use_text(use, 1)) === title);
  });
  check('only uses that the page has', core.web_use_number(Object.keys(words.uses).length, 4) === core.web_use_number(0, 4));
  check('social media are compact', core.web_use_number(4, 4) === 1 && core.web_use_number(4, 5) === 80);
  check('real estate refuses', core.web_use_number(7, 1) === 1 && core.web_use_number(2, 1) === 0);
  core.web_advise(5, 640, 360, 1920, 1080, 60, 1, 0, 3, 0);
  check('expectation', text(core.web_expectation()).startsWith('up to 3x'));
  check('tips', core.web_tips() === 0b11101 && text(core.web_tip_text(3)).includes('SVG'));
  check('pitfalls', core.web_pitfalls() === 0b1011 && text(core.web_pitfall_text(3)).startsWith('large files'));
}

async function main() {
  check('crc32', crc32(Uint8Array.from('123456789', (c) => c.charCodeAt(0))) === 0xcbf43926);
  checkNets();
  const module = await WebAssembly.compile(fs.readFileSync(path.join(dist, 'fovea-simd128.wasm')));
  await checkAdvice(module);
  const tests = JSON.parse(fs.readFileSync(path.join(dist, 'selftest.json')));
  const wrong = await ask({ command: 'start', module, tests: tests.map((t) => ({ ...t, crc: t.crc ^ 1 })) });
  check('a wrong answer is noticed', wrong.right === false);
  const started = await ask({ command: 'start', module, tests });
  check('the self-test passes', started.right === true);
  const damaged = await ask({ command: 'net', net: new Uint8Array(100).buffer });
  check('a damaged net is refused', Boolean(damaged.error));

  const files = fs.readdirSync(good);
  for (const net of files.filter((name) => name.endsWith('.fovea')).sort()) {
    const bytes = fs.readFileSync(path.join(good, net));
    for (const [word, mode] of Object.entries(MODES)) {
      const loaded = await ask({ command: 'net', net: Uint8Array.from(bytes).buffer, mode });
      check(`${net} runs on simd128`, !loaded.error && loaded.kernels === 'simd128');
      const stem = (name) => name.replace(/-(g|ga|rgb|rgba)(8|16)-.*/, '');
      for (const name of files.filter((n) => n.includes(`.${word}.`) && stem(n) === net.slice(0, -6))) await testPicture(name);
    }
  }
}

await main().catch((error) => check(error.stack, false));
console.log(`wasm_test: ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
