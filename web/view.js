// SPDX-License-Identifier: MIT
// Before and after on one canvas: the plain enlargement everywhere, the sharp tiles over it on the right of a divider.
// Zoom z is device pixels for each pixel of the result, so z = 1 is the 100 % view. (cx, cy) is the result's pixel in
// the middle. Two levels of each side are kept: the full one, and a small one for views from far.

import { context2d, makeCanvas } from './decode.js';

const PREVIEW_SIDE = 2048; // or that of the canvas, where it is larger
const MAX_ZOOM = 32;
const KEPT_PIXELS = 1 << 24; // of drawn tiles that are kept as canvases, where there are no more in sight
const MOST_IN_SIGHT = 1 << 26; // pixels of the result that are drawn from the full level
const GLINT_MS = 420; // a tile that has just come in shines for a moment
const SMALL_SIDES_MS = 150;
const DIVIDER_STEP = 0.02;

const clamp = (v, low, high) => Math.min(Math.max(v, low), high);

export class View {
  // onMove(): zoom or position changed. text(percent): what a screen reader says of the divider.
  constructor({ stage, canvas, divider, onMove, text }) {
    Object.assign(this, { stage, canvas, divider, onMove, text });
    this.context = context2d(canvas, matchMedia('(color-gamut: p3)').matches ? 'display-p3' : 'srgb');
    this.split = 0.5;
    this.forgetBitmaps();
    this.calm = matchMedia('(prefers-reduced-motion: reduce)');
    new ResizeObserver(() => this.resize()).observe(stage);
    this.listen();
    this.setSplit(0.5);
  }

  // ---- What is shown ----

  // Where one looks, in a result of this width, and still when that has gone; null before the first.
  get spot() {
    if (!this.result) return this.spotLeft || null;
    const { result, fitted, cx, cy, z } = this;
    return { width: result.width, fitted, cx, cy, z };
  }

  // Shows a picture and its coming result, all of it as a plain enlargement. Keeps zoom and place if asked.
  show(picture, result, keepPlace) {
    const { width, fitted, cx, cy, z } = (keepPlace && this.spot) || { fitted: true };
    this.stage.style.setProperty('--shape', result.width / result.height);
    Object.assign(this, { picture, result, scale: result.width / picture.width });
    this.forgetBitmaps();
    const side = Math.max(PREVIEW_SIDE, this.canvas.width, this.canvas.height);
    this.factor = Math.min(1, side / Math.max(result.width, result.height));
    this.small = null;
    clearTimeout(this.soon);
    this.soon = 0;
    if (result.tiles.some((tile) => tile.rgba)) this.makeSmallSidesSoon();
    this.pattern = picture.alpha ? this.context.createPattern(checkerboard(), 'repeat') : null;
    if (fitted) return this.fit();
    const ratio = result.width / width;
    Object.assign(this, { cx: cx * ratio, cy: cy * ratio, z: z / ratio });
    return this.moved();
  }

  // Nothing to see: the picture is being opened, or cannot be.
  showNothing() {
    this.spotLeft = this.spot;
    this.picture = this.result = null;
    this.forgetBitmaps();
    this.dirty();
  }

  // The small sides cost more than the first tile does, so they come after it. Until then all is drawn from the full ones.
  makeSmallSidesSoon() {
    const { result } = this;
    this.soon ||= setTimeout(() => {
      this.soon = 0;
      if (result !== this.result) return;
      this.small = { before: this.makeSmall(), after: this.makeSmall() };
      for (const tile of result.tiles) if (tile.rgba) this.intoSmall(tile);
      this.dirty();
    }, SMALL_SIDES_MS);
  }

  makeSmall() {
    const { picture, result, factor } = this;
    const canvas = makeCanvas(Math.max(1, Math.round(result.width * factor)), Math.max(1, Math.round(result.height * factor)));
    const context = context2d(canvas, picture.colorSpace);
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture.shown, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  tileArrived(tile) {
    tile.cameAt = performance.now();
    if (this.small) this.intoSmall(tile);
    else this.makeSmallSidesSoon();
    this.dirty();
  }

  intoSmall(tile) {
    const { factor } = this;
    const context = context2d(this.small.after, this.picture.colorSpace);
    const [x, y] = [Math.round(tile.x * factor), Math.round(tile.y * factor)];
    const w = Math.round((tile.x + tile.w) * factor) - x;
    const h = Math.round((tile.y + tile.h) * factor) - y;
    context.clearRect(x, y, w, h);
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.bitmapOf(tile), x, y, w, h);
  }

  // The tile as something that can be drawn; the least recently used are let go.
  bitmapOf(tile) {
    let bitmap = this.bitmaps.get(tile);
    this.bitmaps.delete(tile);
    if (!bitmap) {
      const { colorSpace } = this.picture;
      bitmap = makeCanvas(tile.w, tile.h);
      context2d(bitmap, colorSpace).putImageData(new ImageData(tile.rgba, tile.w, tile.h, { colorSpace }), 0, 0);
      this.kept += tile.w * tile.h;
    }
    this.bitmaps.set(tile, bitmap);
    for (const [old] of this.bitmaps) {
      if (this.kept <= this.room || old === tile) break;
      this.bitmaps.delete(old);
      this.kept -= old.w * old.h;
    }
    return bitmap;
  }

  forgetBitmaps() {
    this.bitmaps = new Map();
    this.kept = 0; // pixels
    this.room = KEPT_PIXELS;
  }

  // For the engine, [rank, distance]: tiles in sight first, right of the divider before left, from the middle outwards.
  order(tile) {
    const [x, y] = [tile.x + tile.w / 2, tile.y + tile.h / 2];
    const seen = this.sight();
    const out = tile.x > seen.right || tile.x + tile.w < seen.left || tile.y > seen.bottom || tile.y + tile.h < seen.top;
    const hidden = x < this.cx + ((this.split - 0.5) * this.canvas.width) / this.z;
    return [out ? 2 : hidden ? 1 : 0, Math.hypot(x - this.cx, y - this.cy)];
  }

  // ---- Zoom and place ----

  sight() {
    const [w, h] = [this.canvas.width / this.z / 2, this.canvas.height / this.z / 2];
    return { left: this.cx - w, right: this.cx + w, top: this.cy - h, bottom: this.cy + h };
  }

  get fitZoom() {
    const { width, height } = this.result;
    const most = 4 * devicePixelRatio; // tiny pictures are not blown up to the window's size
    return Math.min((this.canvas.width - 2) / width, (this.canvas.height - 2) / height, most);
  }

  get fitted() {
    return Math.abs(this.z / this.fitZoom - 1) < 1e-6;
  }

  fit() {
    if (!this.result) return;
    this.z = this.fitZoom;
    this.cx = this.result.width / 2;
    this.cy = this.result.height / 2;
    this.moved();
  }

  // Zooms to z with the point (x, y) of the canvas, in device pixels, staying where it is.
  zoomTo(z, x = this.canvas.width / 2, y = this.canvas.height / 2) {
    if (!this.result) return;
    z = clamp(z, Math.min(this.fitZoom, 1), MAX_ZOOM);
    const [dx, dy] = [x - this.canvas.width / 2, y - this.canvas.height / 2];
    this.cx += dx / this.z - dx / z;
    this.cy += dy / this.z - dy / z;
    this.z = z;
    this.moved();
  }

  panBy(dx, dy) {
    if (!this.result) return;
    this.cx -= dx / this.z;
    this.cy -= dy / this.z;
    this.moved();
  }

  moved() {
    const { width, height } = this.result;
    const half = [this.canvas.width / this.z / 2, this.canvas.height / this.z / 2];
    const keep = (c, size, h) => (size <= 2 * h ? size / 2 : clamp(c, h, size - h));
    this.cx = keep(this.cx, width, half[0]);
    this.cy = keep(this.cy, height, half[1]);
    this.onMove();
    this.dirty();
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    const [w, h] = [Math.round(this.stage.clientWidth * ratio), Math.round(this.stage.clientHeight * ratio)];
    if (!w || !h || (w === this.canvas.width && h === this.canvas.height)) return;
    const wasFitted = this.result && this.fitted;
    this.canvas.width = w;
    this.canvas.height = h;
    if (!this.result) return;
    if (wasFitted) this.fit();
    else this.moved();
    this.draw();
  }

  // ---- The divider ----

  setSplit(split) {
    this.split = clamp(split, 0, 1);
    const percent = Math.round(this.split * 100);
    this.divider.style.left = `${this.split * 100}%`;
    this.divider.setAttribute('aria-valuenow', percent);
    this.divider.setAttribute('aria-valuetext', this.text(percent));
    this.dirty();
  }

  // ---- Drawing ----

  dirty() {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { context: c, canvas, result } = this;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    if (!result) return;
    const at = Math.round(this.split * canvas.width);
    this.half(0, at, () => this.drawBefore());
    this.half(at, canvas.width - at, () => this.drawAfter());
  }

  half(x, w, draw) {
    const c = this.context;
    c.save();
    c.beginPath();
    c.rect(x, 0, w, this.canvas.height);
    c.clip();
    c.imageSmoothingEnabled = true;
    c.imageSmoothingQuality = this.small ? 'high' : 'low'; // at first, the sooner the better
    draw();
    c.restore();
  }

  // A rectangle of the result in device pixels. Edges are rounded one by one, so that neighbours meet without a seam.
  place(x, y, w, h) {
    const px = (v) => Math.round((v - this.cx) * this.z + this.canvas.width / 2);
    const py = (v) => Math.round((v - this.cy) * this.z + this.canvas.height / 2);
    return [px(x), py(y), px(x + w) - px(x), py(y + h) - py(y)];
  }

  whole() {
    return this.place(0, 0, this.result.width, this.result.height);
  }

  clear(rect) {
    if (!this.pattern) return;
    this.context.fillStyle = this.pattern;
    this.context.fillRect(...rect);
  }

  get far() {
    const [w, h] = [this.canvas.width / this.z, this.canvas.height / this.z];
    const much = Math.min(w, this.result.width) * Math.min(h, this.result.height) > MOST_IN_SIGHT;
    return this.small && (much || this.z <= this.factor);
  }

  drawBefore() {
    const rect = this.whole();
    this.clear(rect);
    this.context.drawImage(this.far ? this.small.before : this.picture.shown, ...rect);
  }

  drawAfter() {
    if (this.far) {
      const rect = this.whole();
      this.clear(rect);
      this.context.drawImage(this.small.after, ...rect);
    } else {
      this.drawBefore();
      this.context.imageSmoothingEnabled = this.z < 4;
      const tiles = this.tilesInSight();
      this.room = Math.max(KEPT_PIXELS, tiles.reduce((sum, { w, h }) => sum + w * h, 0)); // with less, each would be made anew each time
      for (const tile of tiles) this.drawTile(tile);
    }
    if (!this.calm.matches) this.drawGlints();
  }

  tilesInSight() {
    const seen = this.sight();
    return this.result.tiles.filter(
      (t) => t.rgba && t.x < seen.right && t.x + t.w > seen.left && t.y < seen.bottom && t.y + t.h > seen.top,
    );
  }

  drawTile(tile) {
    const rect = this.place(tile.x, tile.y, tile.w, tile.h);
    this.clear(rect);
    this.context.drawImage(this.bitmapOf(tile), ...rect);
  }

  drawGlints() {
    const now = performance.now();
    for (const tile of this.tilesInSight()) {
      const age = (now - tile.cameAt) / GLINT_MS;
      if (!(age < 1)) continue;
      this.context.fillStyle = `rgb(255 255 255 / ${0.28 * (1 - age) ** 2})`;
      this.context.fillRect(...this.place(tile.x, tile.y, tile.w, tile.h));
      this.dirty();
    }
  }

  // ---- Hands: mouse, touch, pen, keyboard ----

  listen() {
    const { stage, divider } = this;
    this.pointers = new Map();
    stage.addEventListener('pointerdown', (event) => this.press(event));
    stage.addEventListener('pointermove', (event) => this.drag(event));
    for (const name of ['pointerup', 'pointercancel'])
      stage.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    stage.addEventListener('dblclick', (event) => this.toggleZoom(event));
    stage.addEventListener('keydown', (event) => this.key(event));
    divider.addEventListener('keydown', (event) => this.dividerKey(event));
  }

  point(event) {
    const box = this.stage.getBoundingClientRect();
    const ratio = this.canvas.width / box.width;
    return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
  }

  press(event) {
    if (event.button || event.target.closest('button')) return;
    this.stage.setPointerCapture(event.pointerId);
    this.onDivider = this.pointers.size === 0 && Boolean(event.target.closest('[role=slider]'));
    this.pointers.set(event.pointerId, this.point(event));
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.point(event);
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.onDivider) this.setSplit(now.x / this.canvas.width);
    else this.panBy(now.x - before.x, now.y - before.y);
    this.pointers.set(event.pointerId, now);
  }

  pinch(id, before, now) {
    const [, other] = [...this.pointers].find(([key]) => key !== id);
    const distance = (p) => Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
    this.zoomTo((this.z * distance(now)) / distance(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  wheel(event) {
    if (!this.result) return;
    event.preventDefault();
    const { x, y } = this.point(event);
    const lines = event.deltaMode ? event.deltaY * 16 : event.deltaY;
    this.zoomTo(this.z * Math.exp(-clamp(lines, -240, 240) * 0.002), x, y);
  }

  toggleZoom(event) {
    if (!this.result || event.target.closest('button, [role=slider]')) return;
    const { x, y } = this.point(event);
    if (this.fitted) this.zoomTo(1, x, y);
    else this.fit();
  }

  key(event) {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 80 * devicePixelRatio;
    const actions = {
      ArrowLeft: () => this.panBy(step, 0),
      ArrowRight: () => this.panBy(-step, 0),
      ArrowUp: () => this.panBy(0, step),
      ArrowDown: () => this.panBy(0, -step),
      '+': () => this.zoomTo(this.z * 1.25),
      '=': () => this.zoomTo(this.z * 1.25),
      '-': () => this.zoomTo(this.z / 1.25),
      0: () => this.fit(),
      1: () => this.zoomTo(1),
    };
    this.act(event, actions);
  }

  dividerKey(event) {
    const actions = {
      ArrowLeft: () => this.setSplit(this.split - DIVIDER_STEP),
      ArrowDown: () => this.setSplit(this.split - DIVIDER_STEP),
      ArrowRight: () => this.setSplit(this.split + DIVIDER_STEP),
      ArrowUp: () => this.setSplit(this.split + DIVIDER_STEP),
      PageDown: () => this.setSplit(this.split - 0.1),
      PageUp: () => this.setSplit(this.split + 0.1),
      Home: () => this.setSplit(0),
      End: () => this.setSplit(1),
    };
    this.act(event, actions);
  }

  act(event, actions) {
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }
}

function checkerboard() {
  const canvas = makeCanvas(16, 16);
  const context = canvas.getContext('2d');
  context.fillStyle = '#d9d9d9';
  context.fillRect(0, 0, 16, 16);
  context.fillStyle = '#f4f4f4';
  context.fillRect(0, 0, 8, 8);
  context.fillRect(8, 8, 8, 8);
  return canvas;
}
