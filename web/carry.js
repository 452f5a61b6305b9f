// SPDX-License-Identifier: MIT
// Puts EXIF (date, camera, place), XMP (title, author, rights) and the resolution into a finished file, and the IPTC record (caption,
// credit) into a JPEG: the others have no place for it. A PNG has a place of its own for the resolution, the others tell it in
// EXIF, as the command's do.

import { withItems } from './boxes.js';
import { ascii, bytesOf, dataOf } from './bytes.js';
import { exifFor, INCH_METRES } from './exif.js';
import { IPTC_NAME, iptcFor, JFIF_NAME, XMP_NAME, xmpFor } from './metadata.js';
import { chunk, PNG_XMP } from './png.js';

const MOST_BYTES = 65535; // of a JPEG segment, with the two that tell its size
const EXIF_NAME = 'Exif\0\0';

// A segment of a JPEG file, or nothing where it is larger than one can be.
function segment(marker, name, body) {
  const size = name.length + body.length + 2;
  return size > MOST_BYTES ? [] : [Uint8Array.of(0xff, marker, size >> 8, size & 255), bytesOf(name), body];
}

// What of {exif, xmp} is too long for a JPEG of this result: names. Only long blocks are written for trial: one never doubles.
export function tooLongForJpeg({ exif, xmp, resolution }, result) {
  const isLong = (block) => block?.length > MOST_BYTES / 2;
  const fits = (name, body) => !body || segment(0xe1, name, body).length > 0;
  return [
    ...(isLong(exif) && !fits(EXIF_NAME, exifFor(exif, result, resolution)) ? ['exif'] : []),
    ...(isLong(xmp) && !fits(XMP_NAME, xmpFor(xmp, result)) ? ['xmp'] : []),
  ];
}

const JFIF_UNIT = 13; // where the browser's JFIF segment, the first of the file, has unit and density

// The file's start, with the resolution where it has a place for it: in pixels an inch.
async function jpegStart(blob, { x, y }) {
  const start = new Uint8Array(await blob.slice(0, JFIF_UNIT + 5).arrayBuffer());
  if (start[3] !== 0xe0 || ascii(start, 6, JFIF_NAME.length) !== JFIF_NAME) return start;
  start[JFIF_UNIT] = 1;
  for (const [i, density] of [x, y].entries()) dataOf(start).setUint16(JFIF_UNIT + 1 + 2 * i, Math.min(Math.round(density * INCH_METRES), 65535));
  return start;
}

// Right after the file's start, which is where readers look first.
async function intoJpeg(blob, { exif, xmp, iptc, resolution }) {
  const start = resolution ? await jpegStart(blob, resolution) : new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const parts = [...(exif ? segment(0xe1, EXIF_NAME, exif) : []), ...(xmp ? segment(0xe1, XMP_NAME, xmp) : []),
    ...(iptc ? segment(0xed, IPTC_NAME, iptc) : [])];
  return new Blob([start.subarray(0, 2), ...parts, start.subarray(2), blob.slice(start.length)], { type: blob.type });
}

const PNG_HEADER_END = 33; // signature and IHDR

function resolutionChunk({ x, y }) {
  const body = new Uint8Array(9);
  dataOf(body).setUint32(0, Math.round(x));
  dataOf(body).setUint32(4, Math.round(y));
  body[8] = 1; // a metre
  return chunk('pHYs', body);
}

function intoPng(blob, { exif, xmp, texts, resolution }) {
  const parts = [...(exif ? [chunk('eXIf', exif)] : []), ...(texts || []).map(([name, body]) => chunk(name, body))];
  if (resolution) parts.push(resolutionChunk(resolution));
  if (xmp) {
    const body = new Uint8Array(PNG_XMP.length + 4 + xmp.length);
    body.set(bytesOf(PNG_XMP));
    body.set(xmp, PNG_XMP.length + 4);
    parts.push(chunk('iTXt', body));
  }
  return new Blob([blob.slice(0, PNG_HEADER_END), ...parts, blob.slice(PNG_HEADER_END)], { type: blob.type });
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
const HAS_XMP = 0x04;

// A plain WebP file becomes an extended one: VP8X in front, EXIF and XMP behind the pixels.
async function intoWebp(blob, { exif, xmp }, { width, height, alpha }) {
  const head = new Uint8Array(await blob.slice(12, 30).arrayBuffer());
  const extended = String.fromCharCode(...head.subarray(0, 4)) === 'VP8X';
  const flags = (extended ? head[8] : alpha ? HAS_ALPHA : 0) | (exif ? HAS_EXIF : 0) | (xmp ? HAS_XMP : 0);
  const [w, h] = [width - 1, height - 1];
  const body = [flags, 0, 0, 0, w & 255, (w >> 8) & 255, w >> 16, h & 255, (h >> 8) & 255, h >> 16];
  const parts = [bytesOf('WEBP'), webpChunk('VP8X', Uint8Array.from(body)), blob.slice(extended ? 30 : 12),
    ...(exif ? [webpChunk('EXIF', exif)] : []), ...(xmp ? [webpChunk('XMP ', xmp)] : [])];
  const size = new Uint8Array(4);
  const inside = new Blob(parts);
  new DataView(size.buffer).setUint32(0, inside.size, true);
  return new Blob([bytesOf('RIFF'), size, inside], { type: blob.type });
}

async function intoAvif(blob, carried) {
  return new Blob(withItems(new Uint8Array(await blob.arrayBuffer()), carried), { type: blob.type });
}

const INTO = { jpeg: intoJpeg, png: intoPng, webp: intoWebp, avif: intoAvif };

// A file of a result, {width, height, alpha, carried}, with all of that which the format has a place for.
export async function withMetadata(blob, format, result) {
  const { exif, xmp, iptc, texts = [], resolution } = result.carried;
  const toldInExif = exif || (resolution && format !== 'png');
  const fitting = {
    exif: toldInExif ? exifFor(exif, result, resolution) : null,
    xmp: xmp ? xmpFor(xmp, result) : null,
    iptc: format === 'jpeg' && iptc ? iptcFor(iptc) : null,
    texts: format === 'png' && texts.length ? texts : null,
    resolution,
  };
  return Object.values(fitting).some(Boolean) ? INTO[format](blob, fitting, result) : blob;
}
