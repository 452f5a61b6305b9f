// SPDX-License-Identifier: MIT
// What was dropped: files, and the pictures inside folders.

const PICTURE = /\.(png|jpe?g|jfif|webp|avif|gif|bmp|hei[cf])$/i;

function readSome(reader) {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const files = [];
  for (let some = await readSome(reader); some.length; some = await readSome(reader))
    for (const inner of some) if (inner.isDirectory || PICTURE.test(inner.name)) files.push(...(await filesOf(inner)));
  return files;
}

// Entries must be asked for before the first await; a transfer made by a script has none.
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const all = await Promise.all(entries.map((entry) => filesOf(entry).catch(() => [])));
  return all.flat();
}
