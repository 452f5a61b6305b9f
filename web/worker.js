// SPDX-License-Identifier: MIT
// One core at work: an instance of the wasm file and a net; rectangles come in, pixels go out. A classic script, so that
// it can start from a blob: URL, which inherits the page's Content-Security-Policy.
'use strict';

const RGBA8 = 4;
let core; // the exports
let scale = 2;

const bytesAt = (at, size) => new Uint8Array(core.memory.buffer, at, size);

function textAt(at) {
  const bytes = new Uint8Array(core.memory.buffer, at);
  return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
}

function check(status) {
  if (status) throw new Error(textAt(core.web_message()));
}

const FAITHFUL = 0;

// Bytes into the core's memory, beside what is there; returns where.
function put(bytes, room = core.web_more_room) {
  const at = room(bytes.byteLength);
  if (!at) throw new Error('no memory');
  bytesAt(at, bytes.byteLength).set(new Uint8Array(bytes));
  return at;
}

// One net, or the two of creative mode with strength and protect (rectangles of the source); later is the net of all passes
// but the first, where that is another.
function loadNets({ net, mode = FAITHFUL, creative, strength, protect = [], later }) {
  const at = put(net, core.web_net_room);
  if (creative) {
    const rects = put(Int32Array.from(protect.flatMap(({ x, y, w, h }) => [x, y, w, h])).buffer);
    check(core.web_creative_load(at, net.byteLength, put(creative), creative.byteLength, strength, rects, protect.length));
  } else check(core.web_net_load(at, net.byteLength, mode));
  if (later) check(core.web_later_load(put(later), later.byteLength));
  scale = core.web_net_scale();
}

const formatChannels = (format) => format & 7;
const formatSize = (format) => formatChannels(format) * (format > 16 ? 2 : 1);

// picture: width, height, and of the result resultWidth, resultHeight
function windowOf(picture, rect) {
  const { width, height, resultWidth, resultHeight } = picture;
  const at = core.web_window(width, height, resultWidth, resultHeight, rect.x, rect.y, rect.w, rect.h);
  if (!at) throw new Error(textAt(core.web_message()));
  const [x, y, w, h] = new Int32Array(core.memory.buffer, at, 4);
  return { x, y, w, h };
}

// Upscales the window last asked for, whose pixels are in place; returns where the bytes of rect stand, in its own format.
function upscale(rect, format, below = false) {
  const at = core.web_result_room(rect.w * rect.h * Math.max(RGBA8, formatSize(format)));
  if (!at) throw new Error('no memory');
  check(core.web_upscale(format, format, below));
  return at;
}

// job: the sizes as above; rect of the result; below: it goes on where the last job's ended; window of the source and its pixels,
// which are RGBA where job.canvas is true, otherwise in the format that the core runs.
function run(job) {
  const { rect, format } = job;
  const window = windowOf(job, rect);
  if (window.w !== job.window.w || window.h !== job.window.h) throw new Error('a wrong window');
  const room = core.web_source_room(job.pixels.byteLength);
  if (!room) throw new Error('no memory');
  bytesAt(room, job.pixels.byteLength).set(new Uint8Array(job.pixels));
  if (job.canvas && format !== RGBA8) core.web_pack(format, job.pixels.byteLength / 4);

  const begun = performance.now();
  const at = upscale(rect, format, job.below);
  const seconds = (performance.now() - begun) / 1000;
  return { seconds, ...handOut(at, rect.w * rect.h, format) };
}

// count pixels of the result buffer, as RGBA bytes to show and, of 16-bit ones, as they are.
function handOut(at, count, format) {
  const shown = formatChannels(format);
  let exact = null;
  if (format > 16) {
    exact = bytesAt(at, count * formatSize(format)).slice().buffer;
    core.web_narrow(count * shown);
  }
  if (shown !== RGBA8) core.web_unpack(shown, count);
  return { rgba: bytesAt(at, count * 4).slice().buffer, exact };
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// Nets with extreme weights whose results are known: an engine that miscomputes one is not used.
function selfTest(cases) {
  for (const known of cases) {
    loadNets({ net: fromBase64(known.net).buffer, mode: known.mode });
    const rect = { x: 0, y: 0, w: known.width * scale, h: known.height * scale };
    windowOf({ ...known, resultWidth: rect.w, resultHeight: rect.h }, rect);
    const pixels = fromBase64(known.pixels);
    bytesAt(core.web_source_room(pixels.length), pixels.length).set(pixels);
    const at = upscale(rect, known.format);
    if (crc32(bytesAt(at, rect.w * rect.h * formatSize(known.format))) !== known.crc) return false;
  }
  return true;
}

async function start({ module, tests }) {
  const instance = await WebAssembly.instantiate(module, {});
  core = instance.exports;
  return { right: selfTest(tests) };
}

// without: a bit of fovea_cpu that is not to be used, or 0.
function useNets({ without, ...nets }) {
  core.web_set_without(without);
  loadNets(nets);
  return { scale, macs: core.web_net_macs(), strip: core.web_strip_width(), kernels: textAt(core.web_kernels()) };
}

const RELAXED_SIMD = 1 << 7; // of fovea_cpu
const PROBE_MS = 500; // browsers compile well what has run for a while
const PROBE_ROUNDS = 64; // some milliseconds, so that coarse clocks do

// Without relaxed SIMD the core takes four rows at once with a quarter of the products (src/kernels_winograd.h). Whether that is
// faster depends on whether the processor multiplies bytes in fours, which no browser tells.
function fastest() {
  const rivals = [0, RELAXED_SIMD].map((without) => ({ without, speed: 0 }));
  const end = performance.now() + PROBE_MS;
  while (performance.now() < end)
    for (const rival of rivals) {
      const begun = performance.now();
      const operations = core.web_probe(rival.without, PROBE_ROUNDS);
      rival.speed = Math.max(rival.speed, operations / (performance.now() - begun));
    }
  return { without: rivals[1].speed > rivals[0].speed ? RELAXED_SIMD : 0 };
}

// The page cuts the windows out itself, so it asks which ones.
function windows(job) {
  return { windows: job.rects.map((rect) => windowOf(job, rect)) };
}

// ---- Measuring: rows of both pictures come in bands, and are taken in the order the core wants them ----

const SMALL = 1;
let pair;

function measureStart({ small, large, shrink, brief }) {
  check(core.web_measure_start(small.width, small.height, small.format, large.width, large.height, large.format, shrink,
    brief));
  const side = ({ width, format }) => ({ row: width * formatSize(format), bytes: new Uint8Array(0), at: 0 });
  pair = { small: side(small), large: side(large), room: 0 };
  pair.room = core.web_source_room(Math.max(pair.small.row, pair.large.row));
  if (!pair.room) throw new Error('no memory');
  return { wants: core.web_measure_wants() };
}

// Another band of the side that was wanted. Answers which side is wanted next, 0 for none.
function measureRows({ bytes }) {
  const sideOf = (wants) => (wants === SMALL ? pair.small : pair.large);
  let wants = core.web_measure_wants();
  Object.assign(sideOf(wants), { bytes: new Uint8Array(bytes), at: 0 });
  for (; wants; wants = core.web_measure_wants()) {
    const side = sideOf(wants);
    if (side.at >= side.bytes.length) return { wants };
    bytesAt(pair.room, side.row).set(side.bytes.subarray(side.at, side.at + side.row));
    side.at += side.row;
    check(core.web_measure_row(pair.room));
  }
  return { wants: 0 };
}

function measureEnd() {
  check(core.web_measure_end());
  const names = ['psnr', 'error', 'drift', 'block', 'edges', 'halos', 'halo_max', 'invented'];
  return { figures: Object.fromEntries(names.map((name) => [name, core[`web_figure_${name}`]()])) };
}

// ---- Making a picture smaller: its rows come in bands, from the top, and those of the result leave as they get ready ----

let small; // {format, canvas, row: bytes of a source row, width: of the result}

function shrinkStart({ width, height, resultWidth, resultHeight, format, canvas, areas }) {
  check(core.web_shrink_start(width, height, resultWidth, resultHeight, format, areas ? 1 : 0));
  small = { format, canvas, row: width * formatSize(format), width: resultWidth };
  return {};
}

// bytes: RGBA where canvas was true, otherwise of the format. Answers the rows they made ready, as run does.
function shrinkRows({ bytes, rows }) {
  const { format, canvas, row, width } = small;
  const from = core.web_source_room(bytes.byteLength);
  const to = core.web_result_room((rows + 1) * width * Math.max(RGBA8, formatSize(format)));
  if (!from || !to) throw new Error('no memory');
  bytesAt(from, bytes.byteLength).set(new Uint8Array(bytes));
  if (canvas && format !== RGBA8) core.web_pack(format, bytes.byteLength / 4);
  let made = 0;
  for (let y = 0; y < rows; y++) {
    check(core.web_shrink_put(from + y * row));
    for (; core.web_shrink_ready(); made++) check(core.web_shrink_take(to + made * width * formatSize(format)));
  }
  return { rows: made, ...(made && handOut(to, made * width, format)) };
}

// ---- Looking at a picture, for what it is ('inspect') or for faces: its rows come in bands, from the top ----

let rowSize = 0;
let addRow;

function lookStart({ what, width, height, format }) {
  check(core[`web_${what}_start`](width, height, format));
  rowSize = width * formatSize(format);
  addRow = core[`web_${what}_row`];
  return {};
}

function lookRows({ bytes }) {
  const room = core.web_source_room(bytes.byteLength);
  if (!room) throw new Error('no memory');
  bytesAt(room, bytes.byteLength).set(new Uint8Array(bytes));
  for (let at = 0; at < bytes.byteLength; at += rowSize) check(addRow(room + at));
  return {};
}

const NAMES = ['content', 'enlarged', 'grain', 'edge_width', 'flat', 'colours', 'rendered'];
const FACE = 5; // numbers: x, y, w, h, score

// quality, lowQuality: of a JPEG file, 0 where it is none.
// like: lossesOf the picture, without its traits.
function lookEnd({ what, quality, lowQuality, like }) {
  if (what === 'inspect') {
    check(core.web_inspect_end());
    const saved = core.web_saved_quality(quality, lowQuality);
    const figures = Object.fromEntries(NAMES.map((name) => [name, core[`web_trait_${name}`]()]));
    return { traits: { ...figures, saved, gain: core.web_gain(saved && like ? Math.min(saved, like) : saved || like) } };
  }
  const count = core.web_faces_end();
  if (count < 0) throw new Error('the search for faces failed');
  const numbers = new Int32Array(core.memory.buffer, core.web_faces_list(), count * FACE);
  return { faces: Array.from({ length: count }, (_, i) => { const [x, y, w, h] = numbers.subarray(i * FACE); return { x, y, w, h }; }) };
}

const commands = { start, fastest, net: useNets, windows, run, measureStart, measureRows, measureEnd, shrinkStart, shrinkRows,
  lookStart, lookRows, lookEnd };

self.onmessage = async ({ data }) => {
  try {
    const answer = await commands[data.command](data);
    const moved = [answer.rgba, answer.exact].filter(Boolean);
    self.postMessage({ id: data.id, ...answer }, moved);
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error.message || error) });
  }
};
