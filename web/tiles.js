// SPDX-License-Identifier: MIT
// How a result is cut into tiles, and which worker makes which. A worker that goes down a column, tile by tile, makes no pixel twice:
// the core goes on where the tile above ended. What it costs to begin somewhere else is the net's margin, about as much as a tile.

const SOON = 0.03; // seconds that a tile may take
const ROWS = { least: 16, most: 64, unknown: 32 }; // source rows of a tile
const FIRST_SOON = 0.2; // seconds that the first tile of a column may take, which has to wait for about RUN_UP rows of its margin
const RUN_UP = 24;
const WIDEST = 1024; // source pixels of a column
const SLOW_WIDEST = 256; // where the first tile takes longer than that
const NARROWEST = 128; // where nothing but the number of workers asks for more columns
const SPARE = 16; // source pixels by which a column is narrower than what the core goes down at once

// n + 1 places that cut size into n parts, as even as whole units allow.
const cuts = (size, n, unit) => Array.from({ length: n + 1 }, (_, i) => (i < n ? Math.round((i * size) / n / unit) * unit : size));

const between = (v, low, high) => Math.min(Math.max(v, low), high);

// As many columns as the core's width and the first tile ask for, or more where that makes the cuts between the workers' shares
// shorter: with n columns they are n - 1 times the height and workers - n times the width of a column.
function columnsOf(w, h, workers, speed, strip) {
  const soon = speed ? (FIRST_SOON * speed) / (ROWS.least + RUN_UP) : WIDEST;
  let n = Math.ceil(w / Math.min(between(soon, SLOW_WIDEST, WIDEST), strip - SPARE));
  while (n < workers && n * (n + 1) * h < workers * w && w / (n + 1) >= NARROWEST) n++;
  return n;
}

// The tiles of a result `factor` times as large as its source, column by column and from the top of each. speed, strip: the engine's;
// 0 where the speed is not known.
export function tilesOf(width, height, factor, workers, { speed = 0, strip = WIDEST } = {}) {
  const unit = Number.isInteger(factor) ? factor : 1; // a tile ends below whole source pixels
  const [w, h] = [width / factor, height / factor];
  const columns = columnsOf(w, h, workers, speed, strip);
  const rows = speed ? between((SOON * speed * columns) / w, ROWS.least, ROWS.most) : ROWS.unknown;
  const shares = Math.ceil(workers / columns); // of a column
  const [xs, ys] = [cuts(width, columns, unit), cuts(height, shares * Math.ceil(h / rows / shares), unit)];
  const tiles = [];
  for (let i = 0; i < columns; i++)
    for (let j = 0; j + 1 < ys.length; j++)
      if (ys[j + 1] > ys[j]) tiles.push({ x: xs[i], y: ys[j], w: xs[i + 1] - xs[i], h: ys[j + 1] - ys[j] });
  return tiles;
}

const isBelow = (tile, above) => Boolean(above) && tile.x === above.x && tile.w === above.w && tile.y === above.y + above.h;

// Hands out the tiles: the workers go down stretches of columns, and who has nothing left takes half of another's.
export class Shares {
  // order(tile): [rank, distance], asked anew whenever a choice is made. A lower rank comes first; a worker that goes down leaves its
  // stretch for a lower rank only, and begins one at the first tile of the rank that drew it there.
  constructor(tiles, workers, order) {
    this.order = order;
    this.own = Array.from({ length: workers }, () => []);
    this.last = [];
    const columns = [];
    for (const tile of tiles) isBelow(tile, columns.at(-1)?.at(-1)) ? columns.at(-1).push(tile) : columns.push([tile]);
    const parts = Math.ceil(workers / columns.length);
    this.left = columns.flatMap((column) => {
      const at = cuts(column.length, Math.min(parts, column.length), 1);
      return at.slice(1).map((end, i) => column.slice(at[i], end));
    });
  }

  // The next tile of this worker (its number), and whether it stands right below the one before; null when there is none.
  take(worker) {
    if (this.shouldLeave(worker)) this.left.push(this.own[worker].splice(0));
    if (!this.own[worker].length) this.own[worker] = this.nearest() || this.halfOfAnother();
    const tile = this.own[worker].shift();
    if (!tile) return null;
    const below = isBelow(tile, this.last[worker]);
    this.last[worker] = tile;
    return { tile, below };
  }

  shouldLeave(worker) {
    const [next] = this.own[worker];
    const rank = next ? this.order(next)[0] : 0;
    return rank > 0 && this.left.some((stretch) => stretch.some((tile) => this.order(tile)[0] < rank));
  }

  // The stretch with the tile that comes first, from the first tile of its rank on. What is above stays.
  nearest() {
    let best = null;
    for (const stretch of this.left)
      for (const [i, tile] of stretch.entries()) {
        const [rank, distance] = this.order(tile);
        if (!best || rank < best.rank || (rank === best.rank && distance < best.distance)) best = { stretch, i, rank, distance };
      }
    if (!best) return null;
    let { stretch, i } = best;
    while (i > 0 && this.order(stretch[i - 1])[0] === best.rank) i--;
    this.left.splice(this.left.indexOf(stretch), 1, ...(i ? [stretch.slice(0, i)] : []));
    return stretch.slice(i);
  }

  halfOfAnother() {
    const most = this.own.reduce((a, b) => (b.length > a.length ? b : a));
    return most.splice(Math.ceil(most.length / 2));
  }
}
