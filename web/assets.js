// SPDX-License-Identifier: MIT
// Where the page's other files come from: its own folder, or, in the single file, the text that build.py put in front.

export const inOneFile = Boolean(globalThis.foveaFiles);

export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// One of the page's own files did not come: the connection's fault, or the host's, not the browser's.
export class LoadError extends Error {}

export async function assetBytes(name) {
  if (inOneFile) return fromBase64(globalThis.foveaFiles[name]);
  try {
    const answer = await fetch(`./${name}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    throw new LoadError(`${name}: ${error.message}`);
  }
}

export const assetText = async (name) => new TextDecoder().decode(await assetBytes(name));

export async function assetJson(name) {
  const text = await assetText(name);
  try {
    return JSON.parse(text);
  } catch {
    throw new LoadError(`${name}: something else came`); // the page of a network that wants a login, for one
  }
}
