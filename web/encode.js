// SPDX-License-Identifier: MIT
// The result becomes a file. WebP and JPEG are written by the browser, PNG by png.js (16 bits, straight alpha, any size),
// AVIF by avif.js.
//
// result: {width, height, format, colorSpace, alpha, carried, tiles}; a tile has x, y, w, h, rgba and, of 16-bit pictures,
// exact: its samples in the result's own format.

import { encodeAvif } from './avif.js';
import { withMetadata } from './carry.js';
import { context2d, makeCanvas, takesPixels } from './decode.js';
import { pngChunks, pngProfile, writePng } from './png.js';

export const FORMATS = ['webp', 'avif', 'png', 'jpeg'];
export const isLossy = (format) => format !== 'png';

// Longest side a format can have here: WebP's own limit, and that of a canvas.
const MAX_SIDE = { webp: 16383, avif: 65535, jpeg: 16384, png: Infinity };
const SIDE_REASON = { webp: 'webpSide', avif: 'avifSide', jpeg: 'canvasSide' };
const MAX_AVIF_PIXELS = 50e6; // its encoder takes some 20 bytes for each
const MAX_CANVAS_PIXELS = 16384 * 16384;

const writable = { png: true };

// The formats to offer: all but what this page was built without.
export const offered = () => FORMATS.filter((format) => format !== 'avif' || writable.avif);

export const canWrite = (format) => writable[format] !== false;

// Some browsers write PNG where they cannot write what was asked for, without a word. avif: is its encoder in this page?
export async function probeFormats(avif) {
  writable.avif = avif;
  for (const format of ['webp', 'jpeg']) {
    const canvas = makeCanvas(1, 1);
    canvas.getContext('2d');
    const blob = await toBlob(canvas, format, 80).catch(() => null);
    writable[format] = blob?.type === `image/${format}`;
  }
}

// Why a result of this size cannot be written in a format: a key of words.formatReasons, or null if it can.
export function whyNot(format, { width, height }) {
  if (!canWrite(format)) return 'notHere';
  if (Math.max(width, height) > MAX_SIDE[format]) return SIDE_REASON[format];
  if (format === 'avif') return width * height > MAX_AVIF_PIXELS ? 'avifPixels' : null;
  if (format !== 'png' && width * height > MAX_CANVAS_PIXELS) return 'canvasSide';
  return null;
}

// The format a result is written in: the one wished for, or, where that cannot hold it, PNG, which has no limits.
export const formatFor = (format, result) => (whyNot(format, result) ? 'png' : format);

// The format of a file that encodeResult made.
export const formatOf = (blob) => blob.type.replace('image/', '');

function toBlob(canvas, format, quality) {
  const type = `image/${format}`;
  if (canvas.convertToBlob) return canvas.convertToBlob({ type, quality: quality / 100 });
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality / 100));
}

// The tiles on a canvas with (left, top) at its corner; JPEG knows no alpha, so there it lies on white.
function assemble(result, tiles, left, top, width, height, format) {
  const canvas = makeCanvas(width, height);
  const context = context2d(canvas, result.colorSpace, { willReadFrequently: true });
  if (!takesPixels(context, width, height)) throw new Error('canvas');
  for (const tile of tiles) {
    const image = new ImageData(tile.rgba, tile.w, tile.h, { colorSpace: result.colorSpace });
    context.putImageData(image, tile.x - left, tile.y - top);
  }
  if (format === 'jpeg' && result.alpha) {
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
  }
  return canvas;
}

async function encodeByCanvas(result, tiles, area, format, quality) {
  const canvas = assemble(result, tiles, area.x, area.y, area.w, area.h, format);
  const blob = await toBlob(canvas, format, quality);
  if (blob?.type !== `image/${format}`) throw new Error('encoder');
  return blob;
}

// ---- AVIF ----

function rgbaOf(tiles, area) {
  const rgba = new Uint8ClampedArray(area.w * area.h * 4);
  for (const tile of tiles) {
    const size = tile.w * 4;
    for (let y = 0; y < tile.h; y++)
      rgba.set(tile.rgba.subarray(y * size, (y + 1) * size), ((tile.y - area.y + y) * area.w + tile.x - area.x) * 4);
  }
  return rgba;
}

async function encodeByAvif({ colorSpace }, tiles, area, quality) {
  const profile = await ownProfile(colorSpace);
  return encodeAvif({ rgba: rgbaOf(tiles, area), width: area.w, height: area.h, colorSpace, profile }, quality);
}

// ---- PNG ----

// A reader of rows, in order, for writePng over tiles that leave no gap.
function rowReader(result, tiles, area) {
  const channels = result.format & 7;
  const deep = result.format > 16;
  const kept = channels === 4 && !result.alpha ? 3 : channels === 2 && !result.alpha ? 1 : channels;
  const size = kept * (deep ? 2 : 1);
  let band = []; // the tiles that row y meets, as long as they all do
  let bandEnd = 0;
  const readRow = (y) => {
    const row = new Uint8Array(area.w * size);
    if (y >= bandEnd) {
      band = tiles.filter((tile) => y + area.y >= tile.y && y + area.y < tile.y + tile.h);
      bandEnd = Math.min(...band.map((tile) => tile.y + tile.h - area.y));
    }
    for (const tile of band) {
      const from = y + area.y - tile.y;
      const at = (tile.x - area.x) * size;
      if (deep) putDeep(tile, from, channels, kept, row, at);
      else putBytes(tile, from, kept, row, at);
    }
    return row;
  };
  return { channels: kept, depth: deep ? 16 : 8, readRow };
}

function putBytes(tile, y, kept, row, at) {
  const { rgba, w } = tile;
  let from = y * w * 4;
  const alphaAt = kept === 2 ? 3 : 1;
  for (let i = 0; i < w; i++, from += 4) {
    row[at++] = rgba[from];
    if (kept > 1) row[at++] = rgba[from + alphaAt];
    if (kept > 2) row[at++] = rgba[from + 2];
    if (kept > 3) row[at++] = rgba[from + 3];
  }
}

function putDeep(tile, y, channels, kept, row, at) {
  for (let i = 0; i < tile.w; i++)
    for (let c = 0; c < kept; c++) {
      const sample = tile.exact[(y * tile.w + i) * channels + c];
      row[at++] = sample >> 8;
      row[at++] = sample & 255;
    }
}

// The chunks of a PNG that the browser writes in this colour space.
async function ownChunks(colorSpace) {
  const canvas = makeCanvas(1, 1);
  context2d(canvas, colorSpace).fillRect(0, 0, 1, 1);
  const blob = await toBlob(canvas, 'png', 100);
  return pngChunks(new Uint8Array(await blob.arrayBuffer()));
}

// What tells of a wide colour space in a PNG.
async function profileChunk(colorSpace) {
  if (colorSpace === 'srgb') return [];
  const chunks = await ownChunks(colorSpace);
  return ['cICP', 'iCCP'].filter((name) => chunks[name]).map((name) => [name, chunks[name]]);
}

// Its ICC profile, for other files; null where the browser has none, and for sRGB, which needs none.
async function ownProfile(colorSpace) {
  const chunks = colorSpace === 'srgb' ? {} : await ownChunks(colorSpace);
  return chunks.iCCP ? pngProfile(chunks) : null;
}

async function encodePng(result, tiles, area, signal) {
  const { channels, depth, readRow } = rowReader(result, tiles, area);
  const extra = await profileChunk(result.colorSpace);
  return writePng({ width: area.w, height: area.h, channels, depth, extra }, readRow, signal);
}

// ---- ----

function encodeArea(result, tiles, area, { format, quality }, signal) {
  if (format === 'png') return encodePng(result, tiles, area, signal);
  if (format === 'avif') return encodeByAvif(result, tiles, area, quality);
  return encodeByCanvas(result, tiles, area, format, quality);
}

// choice: {format, quality, keepExif}, as it is now: what is chosen while the file is written is for the next one. The file is in
// formatFor(format, result), and its type says so.
export async function encodeResult(result, { format: wished, quality, keepExif }, signal) {
  const format = formatFor(wished, result);
  const area = { x: 0, y: 0, w: result.width, h: result.height };
  const blob = await encodeArea(result, result.tiles, area, { format, quality }, signal);
  const { carried } = result;
  return withMetadata(blob, format, { ...result, carried: keepExif ? carried : { resolution: carried.resolution } });
}

const WRITTEN_WHOLE = 1.5e6; // pixels that are written at once
const SAMPLED = 6; // tiles

// About how many bytes the file will have: a small one is written, of others a few finished tiles; null where there is none yet.
// choice: its format can hold the result.
export async function predictSize(result, choice) {
  const done = result.tiles.filter((tile) => tile.rgba);
  if (!done.length) return null;
  const { width, height } = result;
  if (done.length === result.tiles.length && width * height <= WRITTEN_WHOLE) return (await encodeResult(result, choice)).size;
  const some = Array.from({ length: SAMPLED }, (_, i) => done[Math.floor(((i + 0.5) * done.length) / SAMPLED)]);
  let bytes = 0;
  let pixels = 0;
  for (const tile of new Set(some)) {
    const blob = await encodeArea(result, [tile], tile, choice);
    bytes += blob.size;
    pixels += tile.w * tile.h;
  }
  return (bytes / pixels) * width * height;
}

export function resultName(name, suffix, format) {
  const stem = name.replace(/\.[A-Za-z0-9]{1,5}$/, '') || 'picture';
  return `${stem}-${suffix}.${format === 'jpeg' ? 'jpg' : format}`;
}
