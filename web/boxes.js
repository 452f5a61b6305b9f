// SPDX-License-Identifier: MIT
// EXIF, XMP and a colour profile into a finished AVIF file (ISO/IEC 14496-12 for the boxes, 23008-12 for items and properties).
// The file is that of the page's own encoder: a meta box that holds all, then the coded picture, with 32-bit places.

import { ascii, bytesOf, dataOf, joined } from './bytes.js';

const u8 = (...values) => Uint8Array.from(values);
const u16 = (value) => u8(value >> 8, value & 255);
const u32 = (value) => u8(value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);

const boxOf = (type, ...parts) => {
  const body = joined(parts);
  return joined([u32(body.length + 8), bytesOf(type), body]);
};

const fullBox = (type, version, ...parts) => boxOf(type, u32(version << 24), ...parts); // its flags are 0

// [{type, bytes: the box, body}]
function boxesIn(bytes) {
  const boxes = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = dataOf(bytes).getUint32(at);
    if (size < 8 || at + size > bytes.length) throw new Error('an AVIF file of another kind');
    boxes.push({ type: ascii(bytes, at + 4, 4), bytes: bytes.subarray(at, at + size), body: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

const FLAGS = 4; // bytes of version and flags

// ---- The boxes of meta, each with what is new. item: {id, data, info: its infe box}; data stands at item.at ----

function moreInfos(body, items) {
  const count = dataOf(body).getUint16(FLAGS);
  return fullBox('iinf', 0, u16(count + items.length), body.subarray(FLAGS + 2), ...items.map(({ info }) => info));
}

// Who describes whom.
function moreReferences(body, items, primary) {
  return fullBox('iref', 0, body.subarray(FLAGS), ...items.map(({ id }) => boxOf('cdsc', u16(id), u16(1), u16(primary))));
}

// Places: those that are there move on by `shift`.
function morePlaces(body, items, shift) {
  const [version, sizes, base] = [body[0], body[FLAGS], body[FLAGS + 1]];
  if (version || sizes !== 0x44 || base) throw new Error('an AVIF file of another kind');
  const places = body.slice(FLAGS + 4);
  const data = dataOf(places);
  let count = 0;
  for (let at = 0; at < places.length; count++) {
    const extents = data.getUint16(at + 4);
    at += 6;
    for (let i = 0; i < extents; i++, at += 8) data.setUint32(at, data.getUint32(at) + shift);
  }
  const fresh = items.map(({ id, at, data: bytes }) => joined([u16(id), u16(0), u16(1), u32(at), u32(bytes.length)]));
  return fullBox('iloc', 0, u8(sizes, 0), u16(count + items.length), places, ...fresh);
}

// The profile becomes a property, the last one, and the picture gets it.
function moreProperties(body, profile, primary) {
  const [list, owners] = ['ipco', 'ipma'].map((type) => boxesIn(body).find((one) => one.type === type).body);
  const place = boxesIn(list).length + 1;
  const count = dataOf(owners).getUint32(FLAGS);
  const entries = [];
  for (let [i, at] = [0, FLAGS + 4]; i < count; i++) {
    const size = owners[at + 2];
    const given = owners.subarray(at + 3, at + 3 + size);
    const mine = dataOf(owners).getUint16(at) === primary;
    entries.push(owners.subarray(at, at + 2), u8(size + (mine ? 1 : 0)), given, mine ? u8(place) : u8());
    at += 3 + size;
  }
  return boxOf('iprp', boxOf('ipco', list, boxOf('colr', bytesOf('prof'), profile)), fullBox('ipma', 0, u32(count), ...entries));
}

// ---- All together ----

function itemsOf({ exif, xmp }, firstId) {
  const items = [];
  const add = (data, type, ...rest) => {
    const id = firstId + items.length;
    items.push({ id, data, info: fullBox('infe', 2, u16(id), u16(0), bytesOf(type), ...rest) });
  };
  if (exif) add(joined([u32(0), exif]), 'Exif', bytesOf('\0')); // where in it the TIFF starts
  if (xmp) add(xmp, 'mime', bytesOf('\0'), bytesOf('application/rdf+xml\0'));
  return items;
}

function metaWith(children, items, profile, primary, shift) {
  const parts = children.map(({ type, bytes, body }) => {
    if (type === 'iinf') return moreInfos(body, items);
    if (type === 'iref') return moreReferences(body, items, primary);
    if (type === 'iloc') return morePlaces(body, items, shift);
    return type === 'iprp' && profile ? moreProperties(body, profile, primary) : bytes;
  });
  if (items.length && !children.some(({ type }) => type === 'iref')) parts.push(moreReferences(new Uint8Array(FLAGS), items, primary));
  return fullBox('meta', 0, ...parts);
}

// file: bytes of an AVIF file; {exif: a TIFF block, xmp, profile: an ICC profile}, each may be missing. Returns parts for a Blob.
export function withItems(file, { exif, xmp, profile }) {
  const boxes = boxesIn(file);
  const meta = boxes.find(({ type }) => type === 'meta');
  const children = boxesIn(meta.body.subarray(FLAGS));
  const childBody = (type) => children.find((child) => child.type === type).body;
  const primary = dataOf(childBody('pitm')).getUint16(FLAGS);
  const infos = boxesIn(childBody('iinf').subarray(FLAGS + 2));
  const items = itemsOf({ exif, xmp }, 1 + Math.max(...infos.map(({ body }) => dataOf(body).getUint16(FLAGS))));
  const grown = metaWith(children, items, profile, primary, 0).length - meta.bytes.length;
  let at = file.length + grown + 8;
  for (const item of items) {
    item.at = at;
    at += item.data.length;
  }
  const fresh = metaWith(children, items, profile, primary, grown);
  const rest = boxes.map((one) => (one === meta ? fresh : one.bytes));
  return items.length ? [...rest, boxOf('mdat', ...items.map(({ data }) => data))] : rest;
}
