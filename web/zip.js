// SPDX-License-Identifier: MIT
// Many files as one zip, stored as they are (pictures are compressed already). The browser keeps the parts of a Blob on
// disk, so nothing is copied together in memory. Up to 4 GB and 65,535 files: the plain format.

import { crc32 } from './png.js';

const UTF8_NAMES = 0x0800;
const NO_DATE = 0x21; // 1 January 1980

async function blobCrc(blob) {
  let crc = 0;
  for (const reader = blob.stream().getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return crc;
    crc = crc32(value, crc);
  }
}

// The fields that a file's own header and its entry in the directory share.
function commonFields(file) {
  const bytes = new Uint8Array(26);
  const data = new DataView(bytes.buffer);
  data.setUint16(0, 20, true); // version that can read it
  data.setUint16(2, UTF8_NAMES, true);
  data.setUint16(8, NO_DATE, true);
  data.setUint32(10, file.crc, true);
  data.setUint32(14, file.blob.size, true);
  data.setUint32(18, file.blob.size, true);
  data.setUint16(22, file.name.length, true);
  return bytes;
}

const SIGNATURES = { file: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 };

function signature(kind) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, SIGNATURES[kind], true);
  return bytes;
}

function directoryTail(offset) {
  const bytes = new Uint8Array(14);
  new DataView(bytes.buffer).setUint32(10, offset, true);
  return bytes;
}

function endRecord(count, size, offset) {
  const bytes = new Uint8Array(18);
  const data = new DataView(bytes.buffer);
  data.setUint16(4, count, true);
  data.setUint16(6, count, true);
  data.setUint32(8, size, true);
  data.setUint32(12, offset, true);
  return bytes;
}

// Names that occur twice get a number.
function uniqueNames(files) {
  const seen = new Set();
  return files.map(({ name, blob }) => {
    let unique = name;
    for (let n = 2; seen.has(unique); n++) unique = name.replace(/(\.[^.]*)?$/, ` (${n})$1`);
    seen.add(unique);
    return { name: new TextEncoder().encode(unique), blob };
  });
}

// files: [{name, blob}]
export async function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const file of uniqueNames(files)) {
    file.crc = await blobCrc(file.blob);
    const fields = commonFields(file);
    parts.push(signature('file'), fields, file.name, file.blob);
    directory.push(signature('entry'), Uint8Array.of(20, 0), fields, directoryTail(offset), file.name);
    offset += 30 + file.name.length + file.blob.size;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = endRecord(files.length, size, offset);
  return new Blob([...parts, ...directory, signature('end'), end], { type: 'application/zip' });
}
