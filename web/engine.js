// SPDX-License-Identifier: MIT
// The core, once per processor core: each worker has its own wasm instance and takes tiles of the picture, the ones the
// view asks for first. Which wasm file runs is decided by the browser's validation and by known answers, and told.

import { assetBytes, assetJson, assetText } from './assets.js';

const RGB = 3; // FOVEA_FORMAT_RGB8
const CORES = ['relaxed', 'simd128'];
const MAX_WORKERS = 16;
const MAX_TILE = 1024; // pixels of a side
const TILES_EACH = 4; // of a picture, for each worker
const AT_ONCE = 0.1; // seconds: a picture that is done sooner is not cut further than into one part for each worker
const SOON = 0.03; // seconds that the first tiles may take
const LARGE = 192; // source pixels of a side: below, tiles stay whole
const LEAST = 64; // and quarters are not quartered further
const WARM_SIDE = 64; // source pixels
const IN_FLIGHT = 2; // tiles sent to a worker: it computes one while the other is on its way

class CoreWorker {
  constructor(url) {
    this.waiting = new Map();
    this.next = 1;
    this.worker = new Worker(url);
    this.worker.onmessage = ({ data }) => this.settle(data);
    this.worker.onerror = (event) => this.fail(new Error(event.message || 'the worker stopped'));
  }

  ask(message, moved = []) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...message }, moved);
    });
  }

  settle(data) {
    const { resolve, reject } = this.waiting.get(data.id);
    this.waiting.delete(data.id);
    if (data.error) reject(new Error(data.error));
    else resolve(data);
  }

  fail(error) {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  end() {
    this.worker.terminate();
    this.fail(new Error('ended'));
  }
}

// One try with one wasm file: a worker, or null and why not.
async function tryCore(name, url, tests) {
  const bytes = await assetBytes(`fovea-${name}.wasm`);
  if (!WebAssembly.validate(bytes)) return { reason: 'unsupported' };
  const module = await WebAssembly.compile(bytes);
  const worker = new CoreWorker(url);
  const { right } = await worker.ask({ command: 'start', module, tests });
  if (right) return { worker, module };
  worker.end();
  return { reason: 'wrong' };
}

export class Engine {
  // Starts all workers of the first of `cores` that works, and one more, eyes, which looks at pictures. Sets core ('relaxed' or
  // 'simd128'), its module, and passedOver ([{name, reason}]).
  async start(cores = CORES) {
    const source = await assetText('worker.js');
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const tests = await assetJson('selftest.json');
    this.passedOver = [];
    Object.assign(this, { url, tests });
    for (const name of cores) {
      const { worker, module, reason } = await tryCore(name, url, tests);
      if (worker) {
        Object.assign(this, { core: name, module });
        await this.addWorkers(worker);
        return;
      }
      this.passedOver.push({ name, reason });
    }
    throw new Error('no core');
  }

  async addWorkers(first) {
    const count = Math.min(Math.max(navigator.hardwareConcurrency || 2, 1), MAX_WORKERS);
    const [eyes, ...others] = await Promise.all(Array.from({ length: count }, () => this.spare()));
    Object.assign(this, { eyes, workers: [first, ...others] });
  }

  // Another worker with the same core, for the caller to end.
  async spare() {
    const worker = new CoreWorker(this.url);
    const { right } = await worker.ask({ command: 'start', module: this.module, tests: this.tests });
    if (!right) throw new Error('a worker computes wrongly');
    return worker;
  }

  // choice: {net, creative, later, strength, protect}: entries of contents.json and what worker.js's loadNets says of them; all
  // but net may be missing. Loads them into every worker, unless they are there already.
  async use({ net, creative, later, strength, protect }) {
    const key = JSON.stringify([net.file, creative && [creative.file, strength, protect], later?.file]);
    if (this.used === key) return;
    this.used = null;
    const [first, other, next] = await Promise.all([net, creative, later].map((one) => one && assetBytes(one.file)));
    const copy = (bytes) => bytes?.slice().buffer;
    const load = () => ({ command: 'net', net: copy(first), creative: copy(other), later: copy(next), strength, protect });
    const answers = await Promise.all(this.workers.map((worker) => worker.ask(load())));
    ({ scale: this.scale, kernels: this.kernels, macs: this.macs } = answers[0]);
    this.speed = 0;
    this.used = key;
  }

  // Source pixels a second of a worker with the nets in use, the best seen so far: browsers compile well what has run for a while.
  noteSpeed({ w, h }, { seconds }) {
    if (seconds > 0) this.speed = Math.max(this.speed, (w * h) / seconds);
  }

  // Has every worker compute something, so that the browser has compiled its code well before the first picture comes.
  async warm() {
    const [side, size] = [WARM_SIDE, WARM_SIDE * this.scale];
    const picture = { width: side, height: side, format: RGB, canvas: true };
    const rect = { x: 0, y: 0, w: size, h: size };
    const job = { ...picture, resultWidth: size, resultHeight: size, rect, window: { x: 0, y: 0, w: side, h: side } };
    const ask = (worker) => worker.ask({ command: 'run', ...job, pixels: new ArrayBuffer(4 * side * side) });
    for (const answer of await Promise.all(this.workers.map(ask))) this.noteSpeed(job.window, answer);
  }

  // Computes result from picture, calling onTile(tile) for each. The tile with the least order(tile) is taken next. Resolves to
  // true when all are done, to false when signal aborted it. The net must be in use.
  async run(picture, result, order, signal, onTile) {
    const sizes = { width: picture.width, height: picture.height, resultWidth: result.width, resultHeight: result.height };
    const rects = result.tiles.map(({ x, y, w, h }) => ({ x, y, w, h }));
    const { windows } = await this.workers[0].ask({ command: 'windows', ...sizes, rects });
    const jobs = new Map(result.tiles.map((tile, i) => [tile, { ...sizes, rect: rects[i], window: windows[i] }]));
    const left = new Set(result.tiles);
    const take = () => {
      let best = null;
      let least = Infinity;
      for (const tile of left) {
        const at = order(tile);
        if (at < least || !best) [best, least] = [tile, at];
      }
      left.delete(best);
      return best;
    };
    const work = async (worker) => {
      while (left.size && !signal.aborted) {
        const tile = take();
        const answer = await runTile(worker, picture, jobs.get(tile));
        this.noteSpeed(jobs.get(tile).window, answer);
        if (signal.aborted) return;
        tile.rgba = new Uint8ClampedArray(answer.rgba);
        tile.exact = answer.exact && new Uint16Array(answer.exact);
        onTile(tile);
      }
    };
    const hands = Array.from({ length: IN_FLIGHT }, () => this.workers).flat(); // each worker gets one before any gets two
    await Promise.all(hands.map(work));
    return !signal.aborted;
  }
}

function runTile(worker, picture, job) {
  const pixels = cut(picture, job.window);
  return worker.ask({ command: 'run', ...job, format: picture.format, canvas: picture.canvas, pixels }, [pixels]);
}

// The window's bytes, row after row.
function cut(picture, window) {
  const size = (picture.pixels.length / (picture.width * picture.height)) | 0;
  const samples = size * window.w;
  const out = new picture.pixels.constructor(samples * window.h);
  for (let y = 0; y < window.h; y++) {
    const from = ((window.y + y) * picture.width + window.x) * size;
    out.set(picture.pixels.subarray(from, from + samples), y * samples);
  }
  return out.buffer;
}

// The result's rectangles: small enough that all workers have some, large enough that the margins, which are computed twice (a
// standard net sees 18 pixels far), do not count. Towards the middle, on the side that is shown sharp, they are quartered, so that
// the first come at once. speed: that of the engine, 0 where it is not known.
export function tilesOf(width, height, factor, workers, speed = 0) {
  const seconds = (width * height) / (factor * factor) / workers / speed;
  const rows = Math.ceil(height / workers);
  if (seconds <= AT_ONCE && rows >= factor * LEAST && width <= 2 * MAX_TILE) return grid(0, 0, width, height, width, rows);
  const each = Math.min(Math.ceil(seconds / AT_ONCE), TILES_EACH);
  const wanted = Math.sqrt((width * height) / (workers * each)) / factor;
  const source = Math.min(Math.max(Math.round(wanted / 32) * 32, 96), 256);
  const side = Math.min(Math.round((factor * source) / 4) * 4, MAX_TILE);
  const soon = factor * Math.max(Math.sqrt(SOON * speed), LEAST);
  const quarter = (tile, size) => {
    const [x, y] = [tile.x + tile.w / 2 - width / 2, tile.y + tile.h / 2 - height / 2];
    if (size <= soon || size < factor * 2 * LEAST || x < -size / 4 || x >= size || Math.abs(y) >= size) return [tile];
    return grid(tile.x, tile.y, tile.w, tile.h, size / 2).flatMap((part) => quarter(part, size / 2));
  };
  const tiles = grid(0, 0, width, height, side);
  return source < LARGE ? tiles : tiles.flatMap((tile) => quarter(tile, side));
}

function grid(left, top, width, height, w, h = w) {
  const tiles = [];
  for (let y = 0; y < height; y += h)
    for (let x = 0; x < width; x += w)
      tiles.push({ x: left + x, y: top + y, w: Math.min(w, width - x), h: Math.min(h, height - y) });
  return tiles;
}
