// SPDX-License-Identifier: MIT
// What an AVIF file tells beside its picture: EXIF, XMP and colours (ISO/IEC 14496-12 for the boxes, 23008-12 for items and
// properties). The bytes are anybody's: what makes no sense ends the reading, and nothing large is made of it.

import { ascii, dataOf, joined } from './bytes.js';
import { coloursOfPrimaries, coloursOfProfile } from './profile.js';

const MOST_BOXES = 4096; // looked at within one
const MOST_EXTENTS = 64; // of an item
const ITEM_BYTES = 4 << 20; // the largest item that is read

const FULL_HEAD = 4; // bytes of the version and flags of a full box

// Reads big-endian numbers one after another; throws a RangeError beyond the end.
class Cursor {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at, data: dataOf(bytes) });
  }

  // size: bytes, 0 ... 8; of none the number is 0
  number(size) {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.data.getUint8(this.at++);
    return value;
  }

  // Up to a zero byte or the end.
  text() {
    const end = this.bytes.indexOf(0, this.at);
    const text = ascii(this.bytes.subarray(this.at, end < 0 ? undefined : end), 0, 256);
    this.at = end < 0 ? this.bytes.length : end + 1;
    return text;
  }
}

// {type, body} of each box, as long as they make sense.
function* boxesOf(bytes) {
  let at = 0;
  for (let count = 0; count < MOST_BOXES && at + 8 <= bytes.length; count++) {
    const cursor = new Cursor(bytes, at);
    let size = cursor.number(4);
    const type = ascii(bytes, at + 4, 4);
    cursor.at += 4;
    if (size === 1 && at + 16 <= bytes.length) size = cursor.number(8);
    if (size === 0) size = bytes.length - at; // the last one
    if (at + size > bytes.length || cursor.at > at + size) return;
    yield { type, body: bytes.subarray(cursor.at, at + size) };
    at += size;
  }
}

// The body of the first box of each type.
function bodies(bytes) {
  const found = {};
  for (const { type, body } of boxesOf(bytes)) found[type] ||= body;
  return found;
}

// The number of the first item that the test (of its type and, of files, of their content type) holds for.
function findItem(iinf, test) {
  for (const { type, body } of boxesOf(iinf.subarray(FULL_HEAD + (iinf[0] ? 4 : 2)))) {
    if (type !== 'infe' || body[0] < 2) continue;
    const cursor = new Cursor(body, FULL_HEAD);
    const id = cursor.number(body[0] === 2 ? 2 : 4);
    const hidden = cursor.number(2); // encrypted
    const kind = ascii(body, cursor.at, 4);
    cursor.at += 4;
    cursor.text(); // its name
    const content = kind === 'mime' ? cursor.text() : '';
    const coding = kind === 'mime' ? cursor.text() : '';
    if (!hidden && !coding && test(kind, content)) return id;
  }
  return null;
}

const IN_FILE = 0; // construction methods
const IN_META = 1;

// Where an item stands: {method, extents: [{offset, length}]}, or null.
function placeOf(iloc, wanted) {
  const version = iloc[0];
  if (version > 2) return null;
  const cursor = new Cursor(iloc, FULL_HEAD);
  const sizes = cursor.number(2);
  const [offsetSize, lengthSize, baseSize, indexSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15, version ? sizes & 15 : 0];
  const count = cursor.number(version < 2 ? 2 : 4);
  for (let i = 0; i < count; i++) {
    const id = cursor.number(version < 2 ? 2 : 4);
    const method = version ? cursor.number(2) & 15 : IN_FILE;
    const elsewhere = cursor.number(2); // in another file
    const base = cursor.number(baseSize);
    const parts = cursor.number(2);
    if (id !== wanted) {
      cursor.at += parts * (indexSize + offsetSize + lengthSize);
      continue;
    }
    if (elsewhere || parts > MOST_EXTENTS) return null;
    const extents = Array.from({ length: parts }, () => {
      cursor.number(indexSize);
      return { offset: base + cursor.number(offsetSize), length: cursor.number(lengthSize) };
    });
    return { method, extents };
  }
  return null;
}

// The item's bytes, or null.
function itemAt(file, { iloc, idat }, id) {
  const place = placeOf(iloc, id);
  const source = place && { [IN_FILE]: file, [IN_META]: idat }[place.method];
  if (!source) return null;
  const parts = [];
  let size = 0;
  for (const { offset, length } of place.extents) {
    const end = length ? offset + length : source.length;
    size += end - offset;
    if (offset > end || end > source.length || size > ITEM_BYTES) return null;
    parts.push(source.subarray(offset, end));
  }
  return joined(parts);
}

// What `make` makes of the item that the test holds for; undefined where there is none or it makes no sense.
function readItem(file, parts, test, make = (bytes) => bytes) {
  try {
    const id = findItem(parts.iinf, test);
    const bytes = id === null ? null : itemAt(file, parts, id);
    return bytes ? make(bytes) : undefined;
  } catch {
    return undefined; // beyond the end
  }
}

// The TIFF block of an Exif item, in front of which stands where it begins.
function tiffOf(bytes) {
  const tiff = bytes.subarray(4 + new Cursor(bytes).number(4));
  return ['II*\0', 'MM\0*'].includes(ascii(tiff, 0, 4)) ? tiff : undefined;
}

// {colours, width, height} by the properties: those of the largest picture, which is the one that is shown. The others are its tiles, its
// alpha and previews.
function lookOf(iprp) {
  const facts = {};
  let profile;
  for (const { type, body } of boxesOf(bodies(iprp).ipco || new Uint8Array(0))) {
    const kind = type === 'colr' ? ascii(body, 0, 4) : '';
    if (kind === 'prof' || kind === 'rICC') profile ||= body.subarray(4);
    if (kind === 'nclx' && body.length >= 6) facts.colours ??= coloursOfPrimaries(new Cursor(body, 4).number(2));
    if (type !== 'ispe' || body.length < FULL_HEAD + 8) continue;
    const cursor = new Cursor(body, FULL_HEAD);
    const [width, height] = [cursor.number(4), cursor.number(4)];
    if (!facts.width || width * height > facts.width * facts.height) Object.assign(facts, { width, height });
  }
  return profile ? { ...facts, colours: coloursOfProfile(profile) } : facts;
}

// {exif, xmp, colours, width, height} of an AVIF file: what is there.
export function avifFacts(file) {
  const { meta } = bodies(file);
  if (!meta) return {};
  const parts = bodies(meta.subarray(FULL_HEAD));
  const facts = parts.iprp ? lookOf(parts.iprp) : {};
  if (!parts.iinf || !parts.iloc) return facts;
  const exif = readItem(file, parts, (kind) => kind === 'Exif', tiffOf);
  const xmp = readItem(file, parts, (kind, content) => kind === 'mime' && content === 'application/rdf+xml');
  return { ...facts, exif, xmp };
}
