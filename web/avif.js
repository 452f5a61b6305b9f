// SPDX-License-Identifier: MIT
// AVIF, which no browser writes: libavif's encoder in a worker, one file and one wasm file that are loaded when AVIF is first
// asked for. Where the page was built without them there is no AVIF.

import { assetBytes } from './assets.js';
import { withItems } from './boxes.js';

const FAST_ABOVE = 2e6; // pixels; then speed counts more than the last tenth of the size
const OPTIONS = { qualityAlpha: -1, denoiseLevel: 0, tileColsLog2: 0, tileRowsLog2: 0, subsample: 1, chromaDeltaQ: false,
  sharpness: 0, tune: 0, enableSharpYUV: false, bitDepth: 8, lossless: false };

let starting = null;

async function startEncoder() {
  const [script, wasm] = await Promise.all([assetBytes('avif-encoder.js'), assetBytes('avif-encoder.wasm').then(WebAssembly.compile)]);
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  const waiting = new Map();
  // An encoder that failed once, for want of memory mostly, is not asked again: the next job gets a new one.
  const end = (message) => {
    worker.terminate();
    URL.revokeObjectURL(url);
    starting = null;
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
  };
  worker.onmessage = ({ data }) => {
    if (data.error) return end(data.error);
    waiting.get(data.id).resolve(new Uint8Array(data.bytes));
    return waiting.delete(data.id);
  };
  worker.onerror = (event) => end(event.message || 'the AVIF encoder stopped');
  let next = 1;
  return (job) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, wasm, ...job }, [job.pixels]);
    });
}

// ITU-T H.273: the encoder leaves primaries and transfer unsaid.
const PRIMARIES = { srgb: 1, 'display-p3': 12 };
const SRGB_TRANSFER = 13;

function nameColours(bytes, colorSpace) {
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const at = head.indexOf('colrnclx') + 8;
  if (at < 8) return;
  bytes.set([0, PRIMARIES[colorSpace], 0, SRGB_TRANSFER], at);
}

// rgba: straight alpha; it is handed over. profile: an ICC profile, or null.
export async function encodeAvif({ rgba, width, height, colorSpace, profile }, quality) {
  starting ||= startEncoder();
  const encode = await starting.catch((error) => {
    starting = null; // offline: it may work later
    throw error;
  });
  const speed = width * height > FAST_ABOVE ? 10 : 8;
  const bytes = await encode({ pixels: rgba.buffer, width, height, options: { ...OPTIONS, quality, speed } });
  nameColours(bytes, colorSpace);
  return new Blob(profile ? withItems(bytes, { profile }) : [bytes], { type: 'image/avif' });
}
