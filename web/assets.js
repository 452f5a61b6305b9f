// SPDX-License-Identifier: MIT
// Where the page's other files come from: its own folder, or, in the single file, the text that build.py put in front.

export const inOneFile = Boolean(globalThis.foveaFiles);

export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

export async function assetBytes(name) {
  if (inOneFile) return fromBase64(globalThis.foveaFiles[name]);
  const answer = await fetch(`./${name}`);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

export const assetText = async (name) => new TextDecoder().decode(await assetBytes(name));

export const assetJson = async (name) => JSON.parse(await assetText(name));
