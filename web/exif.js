// SPDX-License-Identifier: MIT
// Puts an EXIF block (date, camera, place) into a finished JPEG, PNG or WebP file.

import { crc32 } from './png.js';

const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

// Right after the file's start, which is where readers look first.
function intoJpeg(blob, exif) {
  const size = exif.length + 8;
  if (size > 65535) return blob; // larger than a JPEG segment can be
  const head = Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, size >> 8, size & 255);
  return new Blob([head, bytesOf('Exif\0\0'), exif, blob.slice(2)], { type: blob.type });
}

const PNG_HEADER_END = 33; // signature and IHDR

function intoPng(blob, exif) {
  const bytes = new Uint8Array(12 + exif.length);
  const data = new DataView(bytes.buffer);
  data.setUint32(0, exif.length);
  bytes.set(bytesOf('eXIf'), 4);
  bytes.set(exif, 8);
  data.setUint32(8 + exif.length, crc32(bytes.subarray(4, 8 + exif.length)));
  return new Blob([blob.slice(0, PNG_HEADER_END), bytes, blob.slice(PNG_HEADER_END)], { type: blob.type });
}

function webpChunk(name, body) {
  const bytes = new Uint8Array(8 + body.length + (body.length & 1));
  bytes.set(bytesOf(name));
  new DataView(bytes.buffer).setUint32(4, body.length, true);
  bytes.set(body, 8);
  return bytes;
}

const HAS_ALPHA = 0x10;
const HAS_EXIF = 0x08;

// A plain WebP file becomes an extended one: VP8X in front, EXIF behind the pixels.
async function intoWebp(blob, exif, { width, height, alpha }) {
  const head = new Uint8Array(await blob.slice(12, 30).arrayBuffer());
  const extended = String.fromCharCode(...head.subarray(0, 4)) === 'VP8X';
  const flags = (extended ? head[8] : alpha ? HAS_ALPHA : 0) | HAS_EXIF;
  const [w, h] = [width - 1, height - 1];
  const body = [flags, 0, 0, 0, w & 255, (w >> 8) & 255, w >> 16, h & 255, (h >> 8) & 255, h >> 16];
  const parts = [bytesOf('WEBP'), webpChunk('VP8X', Uint8Array.from(body)), blob.slice(extended ? 30 : 12),
    webpChunk('EXIF', exif)];
  const size = new Uint8Array(4);
  const inside = new Blob(parts);
  new DataView(size.buffer).setUint32(0, inside.size, true);
  return new Blob([bytesOf('RIFF'), size, inside], { type: blob.type });
}

// size: {width, height, alpha} of the picture in the file.
export async function withExif(blob, format, exif, size) {
  if (format === 'jpeg') return intoJpeg(blob, exif);
  return format === 'png' ? intoPng(blob, exif) : intoWebp(blob, exif, size);
}
