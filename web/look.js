// SPDX-License-Identifier: MIT
// A picture is looked at before it is enlarged, as the command does it (cli/look.h): by the head of a JPEG, and by what all of
// its pixels do. From that comes the kind of net it needs, and what the report says of the source.

import { RGBA8 } from './decode.js';
import { CONTENTS } from './core.js';

export const BAND_ROWS = 64;

const GOOD_JPEG = 90; // one of a lower quality goes to the net that removes blocks

// How the pixels of an opened picture stand in memory.
export const coreFormat = (picture) => (picture.canvas ? RGBA8 : picture.format);

// A copy of BAND_ROWS rows from row y on: {bytes, next}.
export function sourceBand(picture, y) {
  const row = (picture.pixels.length / picture.height) | 0;
  const rows = picture.pixels.slice(y * row, Math.min(y + BAND_ROWS, picture.height) * row);
  return { bytes: rows.buffer, next: y + BAND_ROWS };
}

// {content, enlarged, noise, edgeWidth, flat, colours} (fovea_traits), by the engine's spare worker, one picture at a time.
export function traitsOf(engine, picture) {
  const before = looking.get(engine) || Promise.resolve();
  const traits = before.then(() => inspect(engine, picture));
  looking.set(engine, traits.catch(() => {}));
  return traits;
}

const looking = new WeakMap();

async function inspect(engine, picture) {
  const { width, height } = picture;
  const { eyes } = engine;
  await eyes.ask({ command: 'inspectStart', width, height, format: coreFormat(picture) });
  for (let y = 0; y < height; ) {
    const { bytes, next } = sourceBand(picture, y);
    await eyes.ask({ command: 'inspectRows', bytes }, [bytes]);
    y = next;
  }
  const { traits } = await eyes.ask({ command: 'inspectEnd' });
  return { ...traits, content: CONTENTS[traits.content], enlarged: traits.enlarged === 1, edgeWidth: traits.edge_width };
}

// Does the file's head alone decide?
export const headDecides = ({ quality }) => quality > 0 && quality < GOOD_JPEG;

// The kind of net a picture needs. Without traits: as far as its head tells.
export function kindOf({ quality, traits }) {
  if (headDecides({ quality })) return 'photo-jpeg';
  return traits?.content === 'screen' ? 'screen' : 'photo';
}
