// SPDX-License-Identifier: MIT
// Is the result still the picture? The core's own figures about the pair, in a worker of their own, so that the next
// picture need not wait.

import { BAND_ROWS, coreFormat, sourceBand } from './look.js';
import { RGBA8 } from './decode.js';

const FULL_PIXELS = 12e6; // of the result; above that only what is quick to measure

const SMALL = 1;

// Rows of the result out of its tiles: RGBA bytes, or the exact samples of a 16-bit picture.
function largeBand(result, y) {
  const deep = result.format > 16;
  const channels = deep ? result.format & 7 : 4;
  const end = Math.min(y + BAND_ROWS, result.height);
  const out = new (deep ? Uint16Array : Uint8Array)((end - y) * result.width * channels);
  for (const tile of result.tiles) {
    const pixels = deep ? tile.exact : tile.rgba;
    const row = tile.w * channels;
    for (let ty = Math.max(tile.y, y); ty < Math.min(tile.y + tile.h, end); ty++) {
      const from = (ty - tile.y) * row;
      out.set(pixels.subarray(from, from + row), ((ty - y) * result.width + tile.x) * channels);
    }
  }
  return { bytes: out.buffer, next: end };
}

// net: the entry of the net that made it. {psnr, error, drift, block, edges, halos, halo_max, invented, brief}, or null when signal aborted it.
export async function measurePair(engine, picture, result, net, signal) {
  const shrink = net.keeps === 'areas' ? 1 : 0; // a fovea_shrink
  const worker = await engine.spare();
  const end = () => worker.end();
  if (signal.aborted) { // meanwhile: no event will tell
    end();
    return null;
  }
  signal.addEventListener('abort', end);
  try {
    const brief = result.width * result.height > FULL_PIXELS ? 1 : 0;
    const small = { width: picture.width, height: picture.height, format: coreFormat(picture) };
    const large = { width: result.width, height: result.height, format: result.format > 16 ? result.format : RGBA8 };
    let { wants } = await worker.ask({ command: 'measureStart', small, large, shrink, brief });
    for (let [ys, yl] = [0, 0]; wants; ) {
      const band = wants === SMALL ? sourceBand(picture, ys) : largeBand(result, yl);
      if (wants === SMALL) ys = band.next;
      else yl = band.next;
      ({ wants } = await worker.ask({ command: 'measureRows', bytes: band.bytes }, [band.bytes]));
    }
    const { figures } = await worker.ask({ command: 'measureEnd' });
    return { ...figures, brief };
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    end();
  }
}
