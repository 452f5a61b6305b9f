// SPDX-License-Identifier: MIT
// A picture made smaller, by the core's exact resampler as the command's --allow-shrink does it: on one worker of its own, from
// the top, without a net.

import { BAND_ROWS, coreFormat, sourceBand } from './look.js';

export const bandsOf = ({ height }) => Math.ceil(height / BAND_ROWS);

// Fills result, which has width, height, format and no tiles yet, calling onBand(tile or null) for each of bandsOf(picture).
// net: the one of the picture's kind, whose way of shrinking is taken. Ends early when signal aborts.
export async function shrinkPicture(engine, picture, result, net, signal, onBand) {
  const worker = await engine.spare();
  const end = () => worker.end();
  if (signal.aborted) { // meanwhile: no event will tell
    end();
    return;
  }
  signal.addEventListener('abort', end);
  try {
    const { width, height, canvas } = picture;
    const [format, areas] = [picture.format, net.keeps === 'areas'];
    await worker.ask({ command: 'shrinkStart', width, height, resultWidth: result.width, resultHeight: result.height, format, canvas, areas });
    for (let [y, made] = [0, 0]; y < height; y += BAND_ROWS) {
      const { bytes } = sourceBand(picture, y);
      const band = await worker.ask({ command: 'shrinkRows', bytes, rows: Math.min(BAND_ROWS, height - y) }, [bytes]);
      onBand(band.rows ? tileOf(band, made, result) : null);
      made += band.rows;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    end();
  }
}

function tileOf({ rows, rgba, exact }, y, result) {
  const tile = { x: 0, y, w: result.width, h: rows, rgba: new Uint8ClampedArray(rgba), exact: exact && new Uint16Array(exact) };
  result.tiles.push(tile);
  return tile;
}
