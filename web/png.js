// SPDX-License-Identifier: MIT
// PNG in and out, because a canvas cannot: it has 8 bits a channel and multiplies colours by alpha. Reads every colour
// type, depth and interlacing into straight 8- or 16-bit samples; writes 8 or 16 bits. Knows nothing of canvases.

import { ascii, bytesOf, dataOf, joined } from './bytes.js';
import { coloursOfPrimaries, coloursOfProfile } from './profile.js';

// The keyword of an XMP block, and the end of it.
export const PNG_XMP = 'XML:com.adobe.xmp\0';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }; // by colour type
const COLOUR_TYPE = { 1: 0, 2: 4, 3: 2, 4: 6 }; // by channels
// Adam7: x, y of the first pixel and the steps of each pass.
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = (n >>> 1) ^ (n & 1 ? 0xedb88320 : 0);
  return n;
});

export function crc32(bytes, crc = 0) {
  crc = ~crc;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

const damaged = () => new Error('damaged');

// After what else waits for its turn: clicks, drawing. Not by a timer, which browsers slow down where a page is out of sight.
const nextTask = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

// ---- Reading ----

// {IHDR: bytes, PLTE: bytes, ..., IDAT: [bytes], texts: [[name, bytes]]}. Checks the lengths and checksums of what is read for pixels.
export function pngChunks(bytes) {
  const chunks = { IDAT: [], texts: [] };
  const data = dataOf(bytes);
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const size = data.getUint32(at);
    if (size > bytes.length - at - 12) throw damaged();
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const critical = !(bytes[at + 4] & 32);
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (critical && crc32(bytes.subarray(at + 4, at + 8 + size)) !== data.getUint32(at + 8 + size)) throw damaged();
    if (name === 'IDAT') chunks.IDAT.push(body);
    else if (['tEXt', 'zTXt', 'iTXt'].includes(name)) chunks.texts.push([name, body]);
    else chunks[name] = body;
    at += 12 + size;
    if (name === 'IEND') break;
  }
  if (!chunks.IHDR || chunks.IHDR.length !== 13) throw damaged();
  return chunks;
}

// {width, height, exif} as the first bytes of a file have them; nothing where they have not.
export function pngHead(bytes) {
  if (bytes.length < 24) return {};
  const data = dataOf(bytes);
  const head = { width: data.getUint32(16), height: data.getUint32(20) };
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; at += 12 + data.getUint32(at))
    if (ascii(bytes, at + 4, 4) === 'eXIf') head.exif ||= bytes.subarray(at + 8, at + 8 + data.getUint32(at));
  return head;
}

export function pngHeader(chunks) {
  const data = dataOf(chunks.IHDR);
  const [depth, type, , , interlaced] = chunks.IHDR.subarray(8);
  const head = { width: data.getUint32(0), height: data.getUint32(4), depth, type, interlaced };
  if (!head.width || !head.height || !(type in CHANNELS) || ![1, 2, 4, 8, 16].includes(depth)) throw damaged();
  return head;
}

const rowBytes = (width, head) => Math.ceil((width * CHANNELS[head.type] * head.depth) / 8);

// The filtered rows of the picture, or of all its passes, in one array.
async function inflate(parts, size) {
  const out = new Uint8Array(size);
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  let have = 0;
  try {
    while (have < size) {
      const { done, value } = await reader.read();
      if (done) throw damaged();
      out.set(value.subarray(0, size - have), have);
      have += value.length;
    }
  } catch {
    throw damaged();
  }
  reader.cancel().catch(() => {});
  return out;
}

// All of it, of a length that is not known before; an error where it is more than `most` bytes.
async function inflateAll(part, most) {
  const reader = new Blob([part]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const parts = [];
  let have = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    have += value.length;
    parts.push(value);
    if (have > most) throw damaged();
  }
  return joined(parts);
}

function paeth(a, b, c) {
  const pa = Math.abs(b - c);
  const pb = Math.abs(a - c);
  const pc = Math.abs(a + b - 2 * c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// Undoes the filter of one row, in place. step: bytes of a pixel, at least 1.
function unfilter(filter, row, above, step) {
  const n = row.length;
  if (filter === 1) for (let i = step; i < n; i++) row[i] += row[i - step];
  else if (filter === 2) for (let i = 0; i < n; i++) row[i] += above[i];
  else if (filter === 3) {
    for (let i = 0; i < n; i++) row[i] += ((i < step ? 0 : row[i - step]) + above[i]) >> 1;
  } else if (filter === 4) {
    for (let i = 0; i < step && i < n; i++) row[i] += above[i];
    for (let i = step; i < n; i++) row[i] += paeth(row[i - step], above[i], above[i - step]);
  } else if (filter) throw damaged();
}

const BREATH_MS = 50; // of work on a large picture; then the page has its turn

// Calls put(row bytes, y) for each row of a width x height (sub)picture that starts at byte `at`; returns where it ends.
async function unfilterRows(data, at, width, height, head, put) {
  const size = rowBytes(width, head);
  const step = Math.max(1, (CHANNELS[head.type] * head.depth) >> 3);
  let above = new Uint8Array(size);
  let pause = performance.now() + BREATH_MS;
  for (let y = 0; y < height; y++) {
    if (performance.now() > pause) {
      await nextTask();
      pause = performance.now() + BREATH_MS;
    }
    const row = data.subarray(at + 1, at + 1 + size);
    unfilter(data[at], row, above, step);
    put(row, y);
    above = row;
    at += 1 + size;
  }
  return at;
}

// Samples of one row as numbers 0 ... 2^depth - 1. Plain loops: from() with a function takes seconds for a large picture.
function unpackRow(row, depth, count) {
  if (depth === 8) return row;
  if (depth === 16) {
    const samples = new Uint16Array(count);
    for (let i = 0; i < count; i++) samples[i] = (row[2 * i] << 8) | row[2 * i + 1];
    return samples;
  }
  const samples = new Uint8Array(count);
  const mask = (1 << depth) - 1;
  for (let [i, bit] = [0, 0]; i < count; i++, bit += depth) samples[i] = (row[bit >> 3] >> (8 - depth - (bit & 7))) & mask;
  return samples;
}

// The colour that a grey or RGB picture has for transparent. Of other pictures, or too short for one, the chunk means nothing.
function transparentSample(head, tRNS) {
  if (![0, 2].includes(head.type) || !(tRNS?.length >= 2 * CHANNELS[head.type])) return null;
  const mask = (1 << head.depth) - 1;
  return Array.from({ length: CHANNELS[head.type] }, (_, i) => dataOf(tRNS).getUint16(2 * i) & mask);
}

// How one row of raw samples becomes `channels` output samples a pixel, written every `step` pixels.
function expander(head, chunks) {
  const { PLTE, tRNS } = chunks;
  if (head.type === 3) {
    if (!PLTE) throw damaged();
    const channels = tRNS ? 4 : 3;
    return {
      channels,
      put(row, out, at, step, count) {
        for (let i = 0; i < count; i++, at += step * channels) {
          const entry = row[i];
          if (3 * entry + 2 >= PLTE.length) throw damaged();
          for (let c = 0; c < 3; c++) out[at + c] = PLTE[3 * entry + c];
          if (tRNS) out[at + 3] = entry < tRNS.length ? tRNS[entry] : 255;
        }
      },
    };
  }
  const from = CHANNELS[head.type];
  const clear = transparentSample(head, tRNS);
  const channels = from + (clear ? 1 : 0);
  const times = head.depth < 8 ? 255 / ((1 << head.depth) - 1) : 1;
  const full = head.depth === 16 ? 65535 : 255;
  return {
    channels,
    put(row, out, at, step, count) {
      if (!clear && step === 1 && times === 1) {
        out.set(row.subarray(0, count * from), at);
        return;
      }
      for (let i = 0; i < count; i++, at += step * channels) {
        let same = true;
        for (let c = 0; c < from; c++) {
          const sample = row[i * from + c];
          out[at + c] = sample * times;
          same &&= clear && sample === clear[c];
        }
        if (clear) out[at + from] = same ? 0 : full;
      }
    },
  };
}

// {width, height, channels, depth: 8 or 16, pixels: Uint8Array or Uint16Array, straight alpha}
export async function readPng(chunks) {
  const head = pngHeader(chunks);
  const { width, height } = head;
  const passes = head.interlaced ? PASSES : [[0, 0, 1, 1]];
  const sized = passes
    .map(([x, y, dx, dy]) => ({ x, y, dx, dy, w: Math.ceil((width - x) / dx), h: Math.ceil((height - y) / dy) }))
    .filter((p) => p.w > 0 && p.h > 0);
  const size = sized.reduce((sum, p) => sum + p.h * (1 + rowBytes(p.w, head)), 0);
  const data = await inflate(chunks.IDAT, size);

  const { channels, put } = expander(head, chunks);
  const depth = head.depth === 16 ? 16 : 8;
  const pixels = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * channels);
  let at = 0;
  for (const p of sized)
    at = await unfilterRows(data, at, p.w, p.h, head, (row, y) => {
      const samples = unpackRow(row, head.depth, p.w * CHANNELS[head.type]);
      put(samples, pixels, ((p.y + y * p.dy) * width + p.x) * channels, p.dx, p.w);
    });
  return { width, height, channels, depth, pixels };
}

const XMP_KEY = bytesOf(PNG_XMP); // with the zero behind it
const isXmp = ([, body]) => XMP_KEY.every((c, i) => body[i] === c);
const MOST_XMP = 1 << 24; // bytes

// The XMP block of a PNG file: an iTXt chunk, uncompressed as the standard wants it, or zTXt, as libvips writes it. undefined if it has
// none that can be read.
export async function pngXmp({ texts }) {
  const [name, body] = texts.find(isXmp) || [];
  if (name === 'iTXt' && !body[XMP_KEY.length]) return body.subarray(XMP_KEY.length + 4); // flag, method, no language, no translated name
  return name === 'zTXt' ? inflateAll(body.subarray(XMP_KEY.length + 1), MOST_XMP).catch(() => undefined) : undefined;
}

// Its other texts, [[name, bytes]].
export const pngTexts = ({ texts }) => texts.filter((text) => !isXmp(text)).map(([name, body]) => [name, body.slice()]);

// Texts that programs write about themselves.
const DULL = ['Software', 'date:create', 'date:modify', 'date:timestamp'];

// Whether somebody's words are among them.
export const saysSomething = (texts) => texts.some(([, body]) => !DULL.some((key) => ascii(body, 0, key.length + 1) === `${key}\0`));

const SRGB_GAMMA = 45455;
const SRGB_PRIMARIES = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];
const P3_PRIMARIES = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000];
const NEARLY = 100; // of 100,000
const SRGB_CURVE = 13; // of cICP
const MOST_PROFILE = 1 << 22; // bytes

// The colours that its samples mean, as in profile.js: by a profile, or by gAMA and cHRM where nothing outranks them.
export async function pngColours({ iCCP, cICP, sRGB, gAMA, cHRM }) {
  if (cICP) return cICP[0] === 1 && cICP[1] === SRGB_CURVE ? 'srgb' : coloursOfPrimaries(cICP[0]);
  if (iCCP) return pngProfile({ iCCP }).then(coloursOfProfile, () => 'narrow');
  const numbers = (body) => Array.from({ length: body.length >> 2 }, (_, i) => dataOf(body).getUint32(4 * i));
  const differs = (body, wanted) => Boolean(body) && numbers(body).some((v, i) => Math.abs(v - wanted[i]) > NEARLY);
  const primaries = cHRM?.subarray(0, 32);
  if (!sRGB && differs(primaries, SRGB_PRIMARIES)) return differs(primaries, P3_PRIMARIES) ? 'wide' : 'p3';
  return !sRGB && differs(gAMA?.subarray(0, 4), [SRGB_GAMMA]) ? 'narrow' : 'srgb';
}

// {x, y} in pixels a metre, null where it tells none.
export function pngResolution({ pHYs }) {
  if (pHYs?.length !== 9 || pHYs[8] !== 1) return null;
  const [x, y] = [dataOf(pHYs).getUint32(0), dataOf(pHYs).getUint32(4)];
  return x && y ? { x, y } : null;
}

// The ICC profile of an iCCP chunk: behind a name, its end and a zero.
export const pngProfile = ({ iCCP }) => inflateAll(iCCP.subarray(iCCP.indexOf(0) + 2), MOST_PROFILE);

// ---- Writing ----

export function chunk(name, body) {
  const bytes = new Uint8Array(12 + body.length);
  dataOf(bytes).setUint32(0, body.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(body, 8);
  dataOf(bytes).setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)));
  return bytes;
}

// The filter whose output is smallest in sum, judged by every 13th byte: all of them would take longer than deflating.
function chooseFilter(row, above, step) {
  let [none, sub, up, best] = [0, 0, 0, 0];
  const size = (v) => ((v << 24) >> 24 < 0 ? -((v << 24) >> 24) : (v << 24) >> 24);
  for (let i = step; i < row.length; i += 13) {
    const [v, a, b, c] = [row[i], row[i - step], above[i], above[i - step]];
    none += size(v);
    sub += size(v - a);
    up += size(v - b);
    best += size(v - paeth(a, b, c));
  }
  const least = Math.min(none, sub, up, best);
  return least === none ? 0 : least === sub ? 1 : least === up ? 2 : 4;
}

function filterRow(row, above, step, out, at) {
  const filter = chooseFilter(row, above, step);
  const n = row.length;
  out[at++] = filter;
  if (filter === 0) out.set(row, at);
  else if (filter === 1) for (let i = 0; i < n; i++) out[at + i] = row[i] - (i < step ? 0 : row[i - step]);
  else if (filter === 2) for (let i = 0; i < n; i++) out[at + i] = row[i] - above[i];
  else
    for (let i = 0; i < n; i++)
      out[at + i] = row[i] - (i < step ? above[i] : paeth(row[i - step], above[i], above[i - step]));
}

const BLOCK_BYTES = 1 << 18; // that are filtered at once

// Rows come from readRow(y) as bytes (16 bits high byte first). extra: [[name, bytes]] chunks before the pixels.
// Written row by row, so no second copy of the picture is made.
export async function writePng({ width, height, channels, depth, extra = [] }, readRow, signal) {
  const header = new Uint8Array(13);
  dataOf(header).setUint32(0, width);
  dataOf(header).setUint32(4, height);
  header[8] = depth;
  header[9] = COLOUR_TYPE[channels];
  const step = (channels * depth) / 8;
  const size = width * step;

  const deflate = new CompressionStream('deflate');
  const parts = [Uint8Array.from(SIGNATURE), chunk('IHDR', header), ...extra.map(([n, body]) => chunk(n, body))];
  const collected = (async () => {
    for (const reader = deflate.readable.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      parts.push(chunk('IDAT', value));
    }
  })();

  const writer = deflate.writable.getWriter();
  const together = Math.max(1, Math.min(height, Math.floor(BLOCK_BYTES / size)));
  let above = new Uint8Array(size);
  for (let y = 0; y < height; y += together) {
    await nextTask();
    signal?.throwIfAborted();
    const rows = Math.min(together, height - y);
    const out = new Uint8Array(rows * (size + 1));
    for (let i = 0; i < rows; i++) {
      const row = readRow(y + i);
      filterRow(row, above, step, out, i * (size + 1));
      above = row;
    }
    await writer.write(out);
  }
  await writer.close();
  await collected;
  parts.push(chunk('IEND', new Uint8Array(0)));
  return new Blob(parts, { type: 'image/png' });
}
