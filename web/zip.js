// SPDX-License-Identifier: MIT
// Many files as one zip, stored as they are (pictures are compressed already). What comes out are parts for a Blob, in order:
// the files themselves are among them and are never copied together in memory. Above 4 GB in the zip64 format.
// (APPNOTE.TXT 6.3.10, sections 4.3 to 4.5; of each file less than 4 GB.)

import { crc32 } from './png.js';

const UTF8_NAMES = 0x0800;
const FULL = 0xffffffff; // the value is in the zip64 fields
const MOST_FILES = 0xfffe;
const VERSION = 45; // that can read it: zip64

async function blobCrc(blob) {
  let crc = 0;
  for (const reader = blob.stream().getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return crc;
    crc = crc32(value, crc);
  }
}

// [width in bytes, value] ... as bytes, low ones first.
function record(...fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  const data = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) data.setUint16(at, value, true);
    else if (width === 4) data.setUint32(at, value, true);
    else data.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

// Two seconds exact, from 1980 on.
function dosTime(date) {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return [[2, time], [2, ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()]];
}

// The fields that a file's own header and its entry in the directory share.
const shared = ({ crc, blob, name }, date, extra) => [[2, VERSION], [2, UTF8_NAMES], [2, 0], ...dosTime(date), [4, crc],
  [4, blob.size], [4, blob.size], [2, name.length], [2, extra]];

const fileHeader = (file, date) => record([4, 0x04034b50], ...shared(file, date, 0));

function entry(file, date, offset) {
  const far = offset >= FULL;
  const head = record([4, 0x02014b50], [2, VERSION], ...shared(file, date, far ? 12 : 0), [2, 0], [2, 0], [2, 0], [4, 0],
    [4, far ? FULL : offset]);
  return far ? [head, file.name, record([2, 1], [2, 8], [8, offset])] : [head, file.name];
}

function ending(count, size, offset) {
  const far = offset + size >= FULL || count > MOST_FILES;
  const end = record([4, 0x06054b50], [2, 0], [2, 0], [2, far ? 0xffff : count], [2, far ? 0xffff : count], [4, far ? FULL : size],
    [4, far ? FULL : offset], [2, 0]);
  if (!far) return [end];
  const end64 = record([4, 0x06064b50], [8, 44], [2, VERSION], [2, VERSION], [4, 0], [4, 0], [8, count], [8, count], [8, size], [8, offset]);
  return [end64, record([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]), end];
}

// Names that occur twice get a number, also where they differ in the size of letters alone: on most desks they are one.
function uniqueNames(files) {
  const seen = new Set();
  return files.map(({ name, ...file }) => {
    let unique = name;
    for (let n = 2; seen.has(unique.toLowerCase()); n++) unique = name.replace(/(\.[^.]*)?$/, ` (${n})$1`);
    seen.add(unique.toLowerCase());
    return { ...file, name: new TextEncoder().encode(unique) };
  });
}

// files: [{name, blob}], with crc where it is known.
export async function zipParts(files, date = new Date()) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const file of uniqueNames(files)) {
    if (file.blob.size >= FULL) throw new Error('a file of 4 GB');
    file.crc ??= await blobCrc(file.blob);
    parts.push(fileHeader(file, date), file.name, file.blob);
    directory.push(...entry(file, date, offset));
    offset += 30 + file.name.length + file.blob.size;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  return [...parts, ...directory, ...ending(files.length, size, offset)];
}

export const zip = async (files) => new Blob(await zipParts(files), { type: 'application/zip' });
