// SPDX-License-Identifier: MIT
// What was dropped: files, and the pictures inside folders.

const PICTURE = /\.(png|jpe?g|jfif|webp|avif|gif|bmp|hei[cf])$/i;

function readSome(reader) {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

// Adds to found: {files, lost: how many files and folders could not be read}.
async function collect(entry, found) {
  try {
    if (entry.isFile) found.files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    else await collectInside(entry.createReader(), found);
  } catch {
    found.lost++; // the others are still wanted
  }
}

async function collectInside(reader, found) {
  for (let some = await readSome(reader); some.length; some = await readSome(reader))
    for (const inner of some) if (inner.isDirectory || PICTURE.test(inner.name)) await collect(inner, found);
}

// {files, lost}. Entries must be asked for before the first await; a transfer made by a script has none.
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = { files: [], lost: 0 };
  if (!entries.some((entry) => entry.isDirectory)) return { ...found, files: [...transfer.files] };
  for (const entry of entries) await collect(entry, found);
  return found;
}
