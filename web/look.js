// SPDX-License-Identifier: MIT
// A picture is looked at before it is enlarged, as the command does it (cli/look.h): by the head of a JPEG, and by what all of
// its pixels do. From that comes the kind of net it needs, and what the report says of the source.

import { RGBA8 } from './decode.js';
import { CONTENTS } from './core.js';

export const BAND_ROWS = 64;

// One of a quality below CLEAN_JPEG goes to the net that removes blocks; below GOOD_JPEG whatever its pixels show (cli/look.h).
const CLEAN_JPEG = 93;
const GOOD_JPEG = 90;
const CLEAN_WEBP = 83; // the same for lossy WebP

// How the pixels of an opened picture stand in memory.
export const coreFormat = (picture) => (picture.canvas ? RGBA8 : picture.format);

// A copy of BAND_ROWS rows from row y on: {bytes, next}.
export function sourceBand(picture, y) {
  const row = (picture.pixels.length / picture.height) | 0;
  const rows = picture.pixels.slice(y * row, Math.min(y + BAND_ROWS, picture.height) * row);
  return { bytes: rows.buffer, next: y + BAND_ROWS };
}

// {content, enlarged, grain, edgeWidth, flat, colours, rendered} (fovea_traits), saved (quality of a worse JPEG file that it was before, or 0)
// and gain (fovea_gain).
export async function traitsOf(engine, picture) {
  const { traits } = await look(engine, picture, 'inspect');
  return { ...traits, content: CONTENTS[traits.content], enlarged: traits.enlarged === 1, edgeWidth: traits.edge_width };
}

// Rectangles of the faces that look at the camera (fovea_face), from the brows to the chin.
export const facesOf = async (engine, picture) => (await look(engine, picture, 'faces')).faces;

const looking = new WeakMap();

// By the engine's spare worker, one after another.
function look(engine, picture, what) {
  const before = looking.get(engine) || Promise.resolve();
  const found = before.then(() => feed(engine.eyes, picture, what));
  looking.set(engine, found.catch(() => {}));
  return found;
}

async function feed(eyes, picture, what) {
  const { width, height } = picture;
  await eyes.ask({ command: 'lookStart', what, width, height, format: coreFormat(picture) });
  for (let y = 0; y < height; ) {
    const { bytes, next } = sourceBand(picture, y);
    await eyes.ask({ command: 'lookRows', bytes }, [bytes]);
    y = next;
  }
  return eyes.ask({ command: 'lookEnd', what, quality: picture.quality || 0, lowQuality: picture.lowQuality || 0, like: lossesOf(picture) });
}

// Around a found face, in percent of its side: hair, ears, chin (as in cli/heads.c).
const [HAIR, EARS, CHIN] = [45, 30, 25];

// Where a creative net is kept out for the faces' sake, within the picture.
export function faceRects(faces, { width, height }) {
  return faces.map(({ x, y, w, h }) => {
    const side = Math.max(w, h);
    const part = (percent) => Math.trunc((side * percent) / 100);
    const [left, top] = [Math.max(x - part(EARS), 0), Math.max(y - part(HAIR), 0)];
    const [right, bottom] = [Math.min(x + side + part(EARS), width), Math.min(y + side + part(CHIN), height)];
    return { x: left, y: top, w: right - left, h: bottom - top };
  });
}

// Does the file's head alone decide?
export const headDecides = ({ quality }) => quality > 0 && quality < GOOD_JPEG;

// The quality of a JPEG file that lost about as much (look_losses in cli/look.c); 0: not known.
export function lossesOf({ quality, webpQuality, traits }) {
  const worse = traits?.saved || quality || 0;
  const like = webpQuality ? Math.min(webpQuality + CLEAN_JPEG - CLEAN_WEBP, 100) : 0;
  return like && !(worse && worse < like) ? like : worse;
}

export const isPoorWebp = (quality) => quality > 0 && quality < CLEAN_WEBP;

// The kind of net a picture needs. Without traits: as far as its head tells.
export function kindOf({ quality, webpQuality, traits }) {
  if (headDecides({ quality })) return 'photo-jpeg';
  const losses = lossesOf({ quality, webpQuality, traits });
  const poor = losses > 0 && losses < CLEAN_JPEG;
  if (traits?.rendered && (traits.content === 'screen' || !poor)) return 'screen';
  return poor ? 'photo-jpeg' : 'photo';
}
