// SPDX-License-Identifier: MIT
// What a picture file says about itself, read from its bytes before anything is decoded: kind, size, colours,
// resolution, EXIF, XMP and IPTC blocks. (Size and quality of a JPEG are for the core to say.) Everything here is a hint or a limit;
// the decoders check the file for real.

import { ascii, dataOf, joined } from './bytes.js';
import { exifResolution, INCH_METRES } from './exif.js';
import { avifFacts } from './items.js';
import { coloursOfProfile } from './profile.js';

const AVIF_BRANDS = ['avif', 'avis'];
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1'];
const MOST_BRANDS = 32;

// Of a file that begins with an ftyp box, by its brands: films have such a box, too.
function sniffBrands(bytes) {
  const end = Math.min(dataOf(bytes).getUint32(0), bytes.length, 16 + 4 * MOST_BRANDS);
  const brands = [ascii(bytes, 8, 4)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(ascii(bytes, at, 4));
  const has = (some) => brands.some((brand) => some.includes(brand));
  return has(AVIF_BRANDS) ? 'avif' : has(HEIC_BRANDS) ? 'heic' : null;
}

// 'png', 'jpeg', ... or null.
export function sniff(bytes) {
  if (bytes[0] === 0x89 && ascii(bytes, 1, 3) === 'PNG') return 'png';
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'jpeg';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') return 'webp';
  if (ascii(bytes, 0, 3) === 'GIF') return 'gif';
  if (ascii(bytes, 0, 2) === 'BM') return 'bmp';
  if (ascii(bytes, 4, 4) === 'ftyp') return sniffBrands(bytes);
  if (['II*\0', 'MM\0*'].includes(ascii(bytes, 0, 4))) return 'tiff';
  if ((bytes[0] === 0xff && bytes[1] === 0x0a) || ascii(bytes, 4, 4) === 'JXL ') return 'jxl';
  if (/^\s*(<\?xml|<svg|<!--)/.test(ascii(bytes, 0, 64))) return 'svg';
  return null;
}

// ---- JPEG ----

export const XMP_NAME = 'http://ns.adobe.com/xap/1.0/\0'; // before an XMP block in JPEG
export const IPTC_NAME = 'Photoshop 3.0\0'; // before the resources that hold the IPTC record

function* jpegSegments(bytes) {
  const data = dataOf(bytes);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const size = data.getUint16(at + 2);
    if (marker === 0xda || size < 2 || at + 2 + size > bytes.length) return;
    yield { marker, body: bytes.subarray(at + 4, at + 2 + size) };
    at += 2 + size;
  }
}

export const JFIF_NAME = 'JFIF\0';
const PER_METRE = { 1: 1 / INCH_METRES, 2: 100 }; // of JFIF's units, inch and centimetre; unit 0 is but the shape of a pixel

function jfifResolution(body) {
  const data = dataOf(body);
  const [x, y] = [data.getUint16(8), data.getUint16(10)];
  const unit = PER_METRE[body[7]];
  return unit && x && y ? { x: x * unit, y: y * unit } : null;
}

function jpegFacts(bytes) {
  const facts = {};
  const profile = [];
  for (const { marker, body } of jpegSegments(bytes)) {
    if (marker === 0xe0 && body.length >= 12 && ascii(body, 0, JFIF_NAME.length) === JFIF_NAME) facts.resolution ||= jfifResolution(body);
    if (marker === 0xe1 && ascii(body, 0, 6) === 'Exif\0\0') facts.exif ||= body.subarray(6);
    if (marker === 0xe1 && ascii(body, 0, XMP_NAME.length) === XMP_NAME) facts.xmp ||= body.subarray(XMP_NAME.length);
    if (marker === 0xed && ascii(body, 0, IPTC_NAME.length) === IPTC_NAME) facts.iptc ||= body.subarray(IPTC_NAME.length);
    if (marker === 0xe2 && ascii(body, 0, 12) === 'ICC_PROFILE\0') profile.push(body.subarray(14));
  }
  if (profile.length) facts.colours = coloursOfProfile(profile[0]); // all that is asked of it stands at its beginning
  return facts;
}

// ---- WebP ----

function webpFacts(bytes) {
  const facts = {};
  const data = dataOf(bytes);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = ascii(bytes, at, 4);
    const size = data.getUint32(at + 4, true);
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (name === 'VP8X' && body.length >= 10) {
      facts.width = 1 + (body[4] | (body[5] << 8) | (body[6] << 16));
      facts.height = 1 + (body[7] | (body[8] << 8) | (body[9] << 16));
      facts.moving = Boolean(body[0] & 2);
    }
    if (name === 'VP8 ' && body.length >= 10 && !facts.width) {
      facts.width = (body[6] | (body[7] << 8)) & 0x3fff;
      facts.height = (body[8] | (body[9] << 8)) & 0x3fff;
    }
    if (name === 'VP8L' && body.length >= 5 && !facts.width) {
      const bits = dataOf(body).getUint32(1, true);
      facts.width = 1 + (bits & 0x3fff);
      facts.height = 1 + ((bits >> 14) & 0x3fff);
    }
    if (name === 'EXIF') facts.exif = ascii(body, 0, 6) === 'Exif\0\0' ? body.subarray(6) : body;
    if (name === 'XMP ') facts.xmp = body;
    if (name === 'ICCP') facts.colours = coloursOfProfile(body);
    at += 8 + size + (size & 1);
  }
  return facts;
}

// ---- GIF ----

const GIF_EXTENSION = 0x21;
const GIF_IMAGE = 0x2c;

// Bytes of the table of colours that these flags tell of.
const tableBytes = (flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);

// Behind the sub-blocks at a place: each has its length before it, and one of nothing ends them.
function behindBlocks(bytes, at) {
  while (bytes[at]) at += 1 + bytes[at];
  return at + 1;
}

function gifFacts(bytes) {
  if (bytes.length < 13) return {};
  let images = 0;
  for (let at = 13 + tableBytes(bytes[10]); at < bytes.length && images < 2; ) {
    if (bytes[at] === GIF_EXTENSION) at = behindBlocks(bytes, at + 2);
    else if (bytes[at] === GIF_IMAGE) {
      images++;
      at = behindBlocks(bytes, at + 11 + tableBytes(bytes[at + 9]));
    } else break;
  }
  return { width: bytes[6] | (bytes[7] << 8), height: bytes[8] | (bytes[9] << 8), moving: images > 1 };
}

// ---- BMP ----

const OLD_HEADER = 12; // bytes of it

function bmpFacts(bytes) {
  const data = dataOf(bytes);
  if (data.getUint32(14, true) === OLD_HEADER) return { width: data.getUint16(18, true), height: data.getUint16(20, true) };
  return { width: data.getInt32(18, true), height: Math.abs(data.getInt32(22, true)) }; // from the top where it is negative
}

// {width, height, exif, xmp, iptc, resolution, colours, moving}: what is known. Width and height are those before orientation;
// colours: as in profile.js; resolution: {x, y} in pixels a metre, that of the EXIF block before that of the file.
export function fileFacts(kind, bytes) {
  const readers = { jpeg: jpegFacts, webp: webpFacts, gif: gifFacts, bmp: bmpFacts, avif: avifFacts };
  try {
    const facts = readers[kind]?.(bytes) || {};
    return { ...facts, resolution: exifResolution(facts.exif) || facts.resolution };
  } catch {
    return {}; // the decoder will say what is wrong
  }
}

// ---- XMP, of which what tells of size and orientation has to follow the result, and previews show what was (as in cli/metadata.c) ----

export function xmpFor(xmp, { width, height }) {
  const facts = { 'tiff:Orientation': 1, 'tiff:ImageWidth': width, 'tiff:ImageLength': height, 'exif:PixelXDimension': width,
    'exif:PixelYDimension': height };
  const pattern = new RegExp(`(${Object.keys(facts).join('|')})(=["']|>)\\d+`, 'g');
  const text = new TextDecoder().decode(xmp).replace(/<(xmp|xap):Thumbnails>.*?<\/\1:Thumbnails>/gs, '');
  return new TextEncoder().encode(text.replace(pattern, (all, name, before) => `${name}${before}${facts[name]}`));
}

// ---- Photoshop's blocks, among them the IPTC record: all but the thumbnails of what was (as in cli/metadata.c) ----

const PHOTOSHOP_THUMBNAILS = [1033, 1036];

export function iptcFor(blocks) {
  const data = dataOf(blocks);
  const kept = [];
  let at = 0;
  while (at + 12 <= blocks.length && ascii(blocks, at, 4) === '8BIM') {
    const content = at + 6 + ((blocks[at + 6] + 2) & ~1) + 4; // behind a Pascal string, padded, and the length
    const size = content <= blocks.length ? data.getUint32(content - 4) : Infinity;
    if (content + size > blocks.length) break;
    const next = Math.min(content + size + (size & 1), blocks.length);
    if (!PHOTOSHOP_THUMBNAILS.includes(data.getUint16(at + 4))) kept.push(blocks.subarray(at, next));
    at = next;
  }
  return joined([...kept, blocks.subarray(at)]);
}
