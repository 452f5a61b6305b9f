// SPDX-License-Identifier: MIT
// The small picture of a file in the queue.

import { quickLook } from './decode.js';

// The canvas's axes for each of EXIF's orientations, about its middle: where a step to the right goes, and one down.
const AXES = {
  1: [1, 0, 0, 1],
  2: [-1, 0, 0, 1],
  3: [-1, 0, 0, -1],
  4: [1, 0, 0, -1],
  5: [0, 1, 1, 0],
  6: [0, 1, -1, 0],
  7: [0, -1, -1, 0],
  8: [0, -1, 1, 0],
};

// Fills a square canvas with the middle of the file's picture. One that cannot be opened leaves it empty: its item will say why.
export async function paintThumb(canvas, file, core) {
  const look = await quickLook(file, core).catch(() => null);
  if (!look) return;
  const { bitmap, orientation } = look;
  const side = Math.min(bitmap.width, bitmap.height);
  const half = canvas.width / 2;
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.setTransform(...AXES[orientation], half, half);
  context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, -half, -half, 2 * half, 2 * half);
  bitmap.close();
}
