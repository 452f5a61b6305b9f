// SPDX-License-Identifier: MIT
// EXIF blocks: what is read of them, and what has to change for a result. (EXIF 2.3, which is TIFF 6.0: a directory of entries of
// twelve bytes, tag, type, count, and the value or where it stands.)

const ORIENTATION = 0x0112;
const X_RESOLUTION = 0x011a;
const Y_RESOLUTION = 0x011b;
const RESOLUTION_UNIT = 0x0128;
const EXIF_DIRECTORY = 0x8769;
const PIXEL_WIDTH = 0xa002;
const PIXEL_HEIGHT = 0xa003;

const THUMBNAILS = [[0x0201, 0x0202], [0x0111, 0x0117]]; // tags of where it stands and how long it is

const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;

export const INCH_METRES = 0.0254;
const INCHES = 2; // values of the unit
const UNIT_METRES = { [INCHES]: INCH_METRES, 3: 0.01 };
const FINE = 1000; // parts of a pixel an inch

const EMPTY = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0); // a directory of nothing

// A block to read, and to write to.
class Tiff {
  constructor(bytes) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.little = bytes[0] === 0x49;
  }

  u16(at) {
    return this.data.getUint16(at, this.little);
  }

  u32(at) {
    return this.data.getUint32(at, this.little);
  }

  put16(at, value) {
    this.data.setUint16(at, value, this.little);
  }

  put32(at, value) {
    this.data.setUint32(at, value, this.little);
  }

  get first() {
    return this.u32(4);
  }

  // Where the entries of a directory stand.
  entries(directory) {
    return Array.from({ length: this.u16(directory) }, (_, i) => directory + 2 + 12 * i);
  }

  find(directory, tag) {
    return this.entries(directory).find((at) => this.u16(at) === tag);
  }

  // The number of an entry, undefined where there is none, and of a fraction over nothing.
  number(directory, tag) {
    const at = this.find(directory, tag);
    if (at === undefined) return undefined;
    const type = this.u16(at + 2);
    if (type === RATIONAL) {
      const place = this.u32(at + 8);
      const under = this.u32(place + 4);
      return under ? this.u32(place) / under : undefined;
    }
    return type === SHORT ? this.u16(at + 8) : this.u32(at + 8);
  }

  putNumber(directory, tag, value) {
    const at = directory && this.find(directory, tag);
    if (!at) return;
    this.put16(at + 2, LONG);
    this.put32(at + 8, value);
  }
}

const read = (exif, how) => {
  try {
    return exif ? how(new Tiff(exif)) : undefined;
  } catch {
    return undefined; // beyond its end: it makes no sense
  }
};

// 1 ... 8; 1 where the block says nothing sensible.
export function exifOrientation(exif) {
  const value = read(exif, (tiff) => tiff.number(tiff.first, ORIENTATION));
  return value >= 1 && value <= 8 ? value : 1;
}

// {x, y} in pixels a metre, or null.
export function exifResolution(exif) {
  const [x, y, unit] = [X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT].map((tag) => read(exif, (tiff) => tiff.number(tiff.first, tag)));
  return x > 0 && y > 0 && UNIT_METRES[unit] ? { x: x / UNIT_METRES[unit], y: y / UNIT_METRES[unit] } : null;
}

// ---- For the result ----

// The bytes of the thumbnail, a JPEG file or a strip of pixels: a picture of what was, of which nothing shall be found.
function wipeThumbnail(tiff) {
  const second = tiff.u32(tiff.first + 2 + 12 * tiff.u16(tiff.first));
  if (!second) return;
  const one = (tag) => {
    const at = tiff.find(second, tag);
    return at !== undefined && tiff.u32(at + 4) === 1 ? tiff.number(second, tag) : 0; // several strips stand elsewhere
  };
  for (const [place, size] of THUMBNAILS) if (one(place)) tiff.bytes.fill(0, one(place), one(place) + one(size));
}

// A first directory behind all that is there, with `entries` ([{tag, type, value}], of a rational in thousandths) in place of those
// of the same tags. It leads to no second one: that describes the thumbnail.
function withFirst(bytes, entries) {
  const from = new Tiff(bytes);
  const tags = new Set(entries.map(({ tag }) => tag));
  const kept = from.entries(from.first).map((at) => ({ tag: from.u16(at), at })).filter(({ tag }) => !tags.has(tag));
  const all = [...kept, ...entries].sort((a, b) => a.tag - b.tag);
  const start = bytes.length + (bytes.length & 1);
  let behind = start + 2 + 12 * all.length + 4;
  const to = new Tiff(new Uint8Array(behind + 8 * entries.filter(({ type }) => type === RATIONAL).length));
  to.bytes.set(bytes);
  to.little = from.little;
  read(to.bytes, wipeThumbnail); // where nothing leads to one, or into nowhere, the rest is kept all the same
  to.put32(4, start);
  to.put16(start, all.length);
  for (const [i, { tag, at, type, value }] of all.entries()) {
    const place = start + 2 + 12 * i;
    if (at) {
      to.bytes.set(bytes.subarray(at, at + 12), place);
      continue;
    }
    to.put16(place, tag);
    to.put16(place + 2, type);
    to.put32(place + 4, 1);
    if (type === SHORT) to.put16(place + 8, value);
    else {
      to.put32(place + 8, behind);
      to.put32(behind, Math.round(value * FINE));
      to.put32(behind + 4, FINE);
      behind += 8;
    }
  }
  return to.bytes;
}

// A block like exif (null: an empty one) for a result of this size, which stands upright; resolution as in exifResolution, or null.
// Null if exif makes no sense.
export function exifFor(exif, { width, height }, resolution) {
  const entries = [{ tag: ORIENTATION, type: SHORT, value: 1 }];
  if (resolution)
    entries.push({ tag: X_RESOLUTION, type: RATIONAL, value: resolution.x * INCH_METRES },
      { tag: Y_RESOLUTION, type: RATIONAL, value: resolution.y * INCH_METRES }, { tag: RESOLUTION_UNIT, type: SHORT, value: INCHES });
  return read(exif || EMPTY, ({ bytes }) => {
    const tiff = new Tiff(withFirst(bytes, entries));
    const inner = tiff.number(tiff.first, EXIF_DIRECTORY);
    tiff.putNumber(inner, PIXEL_WIDTH, width);
    tiff.putNumber(inner, PIXEL_HEIGHT, height);
    return tiff.bytes;
  }) || null;
}
