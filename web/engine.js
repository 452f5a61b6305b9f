// SPDX-License-Identifier: MIT
// The core, once per processor core: each worker has its own wasm instance and takes tiles of the picture (tiles.js). Which wasm file runs is decided by the browser's validation and by known answers, and told.

import { assetBytes, assetJson, assetText } from './assets.js';
import { Shares } from './tiles.js';

const RGB = 3; // FOVEA_FORMAT_RGB8
const CORES = ['relaxed', 'simd128'];
const MAX_WORKERS = 16;
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

// A worker that computes rightly, or null.
async function started(url, module, tests) {
  const worker = new CoreWorker(url);
  const { right } = await worker.ask({ command: 'start', module, tests }).catch((error) => console.error(error) || {});
  if (right) return worker;
  worker.end();
  return null;
}

// One try with one wasm file: a worker, or null and why not.
async function tryCore(name, url, tests) {
  const bytes = await assetBytes(`fovea-${name}.wasm`);
  if (!WebAssembly.validate(bytes)) return { reason: 'unsupported' };
  const module = await WebAssembly.compile(bytes);
  const worker = await started(url, module, tests);
  return worker ? { worker, module } : { reason: 'wrong' };
}

export class Engine {
  // Starts all workers of the first of `cores` that works, and one more, eyes, which looks at pictures. Sets core ('relaxed' or
  // 'simd128'), its module, and passedOver ([{name, reason}]).
  async start(cores = CORES) {
    const source = await assetText('worker.js');
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const tests = await assetJson('selftest.json');
    this.passedOver = [];
    Object.assign(this, { url, tests, without: 0 });
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
    const worker = await started(this.url, this.module, this.tests);
    if (!worker) throw new Error('a worker computes wrongly');
    return worker;
  }

  // Finds out, in a worker of its own, which of the relaxed file's kernels are faster on this processor: nets that are loaded from
  // then on use them. The bytes are the same.
  async tune() {
    if (this.core !== 'relaxed') return;
    const worker = await this.spare();
    try {
      ({ without: this.without } = await worker.ask({ command: 'fastest' }));
    } finally {
      worker.end();
    }
  }

  // choice: {net, creative, later, strength, protect}: entries of contents.json and what worker.js's loadNets says of them; all
  // but net may be missing. Loads them into every worker, unless they are there already. One call after another: of two at a time
  // either could be the last to arrive.
  use(choice) {
    const before = this.using || Promise.resolve();
    this.using = before.catch(() => {}).then(() => this.load(choice));
    return this.using;
  }

  async load({ net, creative, later, strength, protect }) {
    const { without } = this;
    const key = JSON.stringify([without, net.file, creative && [creative.file, strength, protect], later?.file]);
    if (this.used === key) return;
    this.used = null;
    const [first, other, next] = await Promise.all([net, creative, later].map((one) => one && assetBytes(one.file)));
    const copy = (bytes) => bytes?.slice().buffer;
    const load = () => ({ command: 'net', without, net: copy(first), creative: copy(other), later: copy(next), strength, protect });
    const answers = await Promise.all(this.workers.map((worker) => worker.ask(load())));
    ({ scale: this.scale, kernels: this.kernels, macs: this.macs, strip: this.strip } = answers[0]);
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

  // Computes result from picture, calling onTile(tile) for each. order(tile): as Shares has it. Resolves to true when all are done,
  // to false when signal aborted it. The net must be in use.
  async run(picture, result, order, signal, onTile) {
    const sizes = { width: picture.width, height: picture.height, resultWidth: result.width, resultHeight: result.height };
    const rects = result.tiles.map(({ x, y, w, h }) => ({ x, y, w, h }));
    const { windows } = await this.workers[0].ask({ command: 'windows', ...sizes, rects });
    const jobs = new Map(result.tiles.map((tile, i) => [tile, { ...sizes, rect: rects[i], window: windows[i] }]));
    const sourceOf = ({ w, h }) => ({ w: (w * picture.width) / result.width, h: (h * picture.height) / result.height });
    const shares = new Shares(result.tiles, this.workers.length, order);
    let failed = false; // at one tile: then the others are for nothing
    const ended = () => signal.aborted || failed;
    const make = (worker, job) =>
      runTile(worker, picture, job).catch((error) => {
        failed = true;
        throw error;
      });
    const work = async (worker, i) => {
      for (let next = shares.take(i); next && !ended(); next = shares.take(i)) {
        const { tile, below } = next;
        const answer = await make(worker, { ...jobs.get(tile), below });
        if (below && tile.y + tile.h < result.height) this.noteSpeed(sourceOf(tile), answer); // no first or last one
        if (ended()) return;
        tile.rgba = new Uint8ClampedArray(answer.rgba);
        tile.exact = answer.exact && new Uint16Array(answer.exact);
        onTile(tile);
      }
    };
    // Each worker gets one before any gets two.
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.workers.map(work)).flat());
    return !signal.aborted;
  }
}

async function runTile(worker, picture, job) {
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
