// SPDX-License-Identifier: MIT
// Puts EXIF (date, camera, place) and XMP (title, author, rights) into a finished JPEG, PNG or WebP file, and the IPTC record
// (caption, credit) into a JPEG: the others have no place for it.

import { IPTC_NAME, XMP_NAME } from './metadata.js';
import { chunk, PNG_XMP } from './png.js';

const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

const MOST_BYTES = 65533; // bytes of a JPEG segment

// A segment of a JPEG file, or nothing where it is larger than one can be.
function segment(marker, name, body) {
  const size = name.length + body.length + 2;
  return size > MOST_BYTES ? [] : [Uint8Array.of(0xff, marker, size >> 8, size & 255), bytesOf(name), body];
}

// Right after the file's start, which is where readers look first.
function intoJpeg(blob, { exif, xmp, iptc }) {
  const parts = [...(exif ? segment(0xe1, 'Exif\0\0', exif) : []), ...(xmp ? segment(0xe1, XMP_NAME, xmp) : []),
    ...(iptc ? segment(0xed, IPTC_NAME, iptc) : [])];
  return new Blob([Uint8Array.of(0xff, 0xd8), ...parts, blob.slice(2)], { type: blob.type });
}

const PNG_HEADER_END = 33; // signature and IHDR

function intoPng(blob, { exif, xmp }) {
  const parts = exif ? [chunk('eXIf', exif)] : [];
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

// carried: {exif, xmp, iptc}, each may be missing. size: {width, height, alpha} of the picture in the file.
export async function withMetadata(blob, format, carried, size) {
  if (format === 'jpeg') return intoJpeg(blob, carried);
  if (!carried.exif && !carried.xmp) return blob;
  return format === 'png' ? intoPng(blob, carried) : intoWebp(blob, carried, size);
}
