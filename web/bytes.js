// SPDX-License-Identifier: MIT
// Small helpers over bytes, for the modules that read and write files.

export const ascii = (bytes, at, n) => String.fromCharCode(...bytes.subarray(at, at + n));

export const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

export const dataOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function joined(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
