// SPDX-License-Identifier: MIT
// The pictures of a visit and the work on them, one picture at a time. Knows nothing of the page but two callbacks:
// onChange() when anything that is shown may differ, onTile(item, tile) when a tile has come.
//
// item: {id, file, state: waiting | working | done | failed | cancelled, picture, result, kept, error, done, total, ...}
// Only the selected item keeps its pixels; of the others their finished file is kept, if there are several.
// kept: {blob, size, way, choice, current}: that file, how it was made, and whether that is what is wished for now. One that is not
// stays until another takes its place, so that no wish throws away what took long, and is right again when the wish comes back.

import { chooseNet, wantsLook } from './advice.js';
import { LoadError } from './assets.js';
import { maxResultPixels, openPicture, PictureError } from './decode.js';
import { canWrite, encodeResult, formatFor, formatOf, isLossy, resultName } from './encode.js';
import { faceRects, facesOf, traitsOf } from './look.js';
import { measurePair } from './measure.js';
import { bandsOf, shrinkPicture } from './shrink.js';
import { isNoLarger, resultSize, sizeSuffix, whyNotSize } from './size.js';
import { tilesOf } from './tiles.js';

const TIME_LEFT_AFTER = 0.4; // seconds of work before the time left is worth saying
const PASSING = ['memory', 'core', 'loading', 'writing']; // errors that may not come again

// Has it failed for good, whatever is wished for? Can it be tried again as it is?
export const isHopeless = (item) => item.state === 'failed' && item.error.code !== 'size' && !PASSING.includes(item.error.code);
export const mayTryAgain = (item) => item.state === 'failed' && PASSING.includes(item.error.code);

// Is there a file of it as it is wished for, or all that makes one? While it is made again to be looked at, its file stays.
export const isFinished = (item) => item.state === 'done' || Boolean(item.kept?.current);

// Or at least one as it was wished for before?
export const hasFile = (item) => item.state === 'done' || Boolean(item.kept);

const cannotBeWritten = (item) => item.state === 'failed' && item.error.code === 'writing';

// Would it be lost with the page? saved is set by whoever saves it.
export const isUnsaved = (item) => (item.state === 'working' && !isFinished(item)) || (hasFile(item) && !item.saved);

export class Session {
  // core, the page's own Core, is set when it is there; ready when all is there that the work needs.
  constructor({ engine, nets, onChange, onShow, onTile, order }) {
    Object.assign(this, { engine, nets, onChange, onShow, onTile, order });
    this.items = [];
    this.selected = null;
    this.ready = false;
    this.everything = false; // sharpen all, or only what is selected
    this.batches = 0; // that came to their end
    this.settings = { use: 'any', mode: null, size: '2x', smaller: false, effort: null, strength: 100, faces: true };
    this.choice = { format: 'webp', quality: 80, keepExif: true };
    this.nextId = 1;
    this.made = 0; // rises when finished files are no longer what is wanted
  }

  // ---- What is there ----

  add(files) {
    const fresh = [...files].map((file) => ({ id: this.nextId++, file, name: file.name || 'picture', state: 'waiting' }));
    if (!fresh.length) return;
    this.items.push(...fresh);
    this.select(fresh[0]);
  }

  remove(item) {
    this.stop(item);
    this.items = this.items.filter((other) => other !== item);
    if (this.selected === item) {
      this.selected = null;
      if (this.items.length) this.select(this.items[0]);
    }
    this.onChange();
  }

  select(item) {
    if (this.selected === item) return;
    const before = this.selected;
    this.selected = item;
    if (before) this.letGo(before);
    if (!item.result && (item.state !== 'failed' || cannotBeWritten(item))) this.makeNext(item);
    else this.show(item);
    if (item.state === 'done' && !item.figures && !item.measuring) this.measure(item);
    this.onChange();
    this.pump();
  }

  // What is looked at comes before what is only to be made some time, unless that is but to be written.
  makeNext(item) {
    this.again(item);
    for (const other of this.items)
      if (other !== item && other.state === 'working' && (!other.total || other.done < other.total)) this.again(other);
  }

  // The pixels of an item that is out of sight go. What was being done begins anew later; what is done becomes a file.
  async letGo(item) {
    this.stop(item);
    if (item.state === 'working') this.again(item);
    if (item.state === 'done' && !item.kept?.current) {
      const { result } = item;
      const [kept, error] = await this.written(item).then((file) => [file], (why) => [null, why]);
      if (item === this.selected || item.state === 'working' || item.result !== result) return;
      if (kept) item.kept = kept;
      else this.failed(item, this.notWritten(item, error));
      this.onChange();
    }
    item.picture = item.result = null;
    this.settle(item);
  }

  // The state of an item that is out of sight goes by its file: where that is right, it was only made again to be looked at.
  settle(item) {
    if (item.kept?.current) {
      if (item.state === 'working') this.again(item);
      item.state = 'done';
    } else if (item.state === 'done' && !item.result) item.state = 'waiting';
  }

  again(item) {
    this.stop(item);
    item.result = item.figures = item.unwritten = null;
    item.done = item.total = 0;
    item.state = 'waiting';
  }

  stop(item) {
    item.controller?.abort();
    item.controller = null;
    item.measuring?.abort();
    item.measuring = null;
  }

  show(item) {
    if (item === this.selected && item.picture && item.result) this.onShow(item);
  }

  // ---- Wishes ----

  // Why a picture cannot have the size wished for: a key of words.sizeReasons, or null.
  whyNot(picture, size = this.settings.size) {
    return whyNotSize(picture, size, maxResultPixels(), this.settings.smaller);
  }

  choose(picture) {
    return chooseNet(this.nets, this.settings, picture, this.core);
  }

  // Is there all that the choice of the nets needs?
  isKnown(picture) {
    return Boolean(picture.traits) || !wantsLook(this.nets, this.settings, picture, this.core);
  }

  // What a result depends on, as a text to compare.
  wayOf({ net, creative, later }) {
    const { size, strength, faces } = this.settings;
    return [size, net.file, ...(creative ? [creative.file, later?.file, strength, faces] : [])].join(' ');
  }

  // That of its result as it is wished for now; null where that cannot be, or cannot be told.
  wishedWay({ dims }) {
    return !this.whyNot(dims) && this.isKnown(dims) ? this.wayOf(this.choose(dims)) : null;
  }

  // And what its file depends on beside that.
  choiceText() {
    const { format, quality, keepExif } = this.choice;
    return [format, isLossy(format) ? quality : '', keepExif].join(' ');
  }

  // Is its file still right, or right again?
  judge(item) {
    const { kept } = item;
    if (kept) kept.current = kept.choice === this.choiceText() && kept.way === this.wishedWay(item);
    if (item !== this.selected) this.settle(item);
  }

  // Another net or size: what was made otherwise is made again.
  set(settings) {
    Object.assign(this.settings, settings);
    this.made++;
    for (const item of this.items) {
      if (!item.dims) continue;
      this.judge(item);
      if (isHopeless(item) || (item !== this.selected && (item.kept?.current || item.state === 'cancelled'))) continue;
      if (!item.way || item.way !== this.wishedWay(item)) this.again(item);
    }
    this.onChange();
    this.pump();
  }

  // Another kind of file. Where all were made, all are made again; where only some were, they wait for that. settled: it is not still
  // being chosen, as with a slider under the hand, which is of interest for what is in sight only.
  setChoice(choice, settled = true) {
    const complete = this.items.length > 1 && this.items.every((item) => isFinished(item) || item.state === 'failed');
    Object.assign(this.choice, choice);
    if (!canWrite(this.choice.format)) this.choice.format = 'png'; // of no picture; what only one is too large for is formatFor's
    this.made++;
    for (const item of this.items) {
      if (item !== this.selected && !settled) continue;
      if (cannotBeWritten(item)) this.again(item);
      item.unwritten = null;
      this.judge(item);
    }
    if (complete && this.items.some((item) => item.state === 'waiting')) this.everything = true;
    this.onChange();
    this.pump();
  }

  cancel(item) {
    this.stop(item);
    if (item.state === 'working' || item.state === 'waiting') item.state = 'cancelled';
    this.onChange();
  }

  resume(item) {
    this.again(item);
    this.onChange();
    this.pump();
  }

  // All means those, too, that were stopped.
  doAll(everything) {
    this.everything = everything;
    if (everything) for (const item of this.items) if (item.state === 'cancelled') this.again(item);
    if (!everything) for (const item of this.items) if (item.state === 'working' && item !== this.selected) this.again(item);
    this.onChange();
    this.pump();
  }

  // ---- The work ----

  next() {
    if (this.selected?.state === 'waiting') return this.selected;
    return this.everything ? this.items.find((item) => item.state === 'waiting') : null;
  }

  // One pump at a time; a stopped item's work ends soon and the pump goes on with what is wanted then.
  async pump() {
    if (this.pumping || !this.ready) return;
    this.pumping = true;
    for (let item = this.next(); item; item = this.next()) await this.process(item);
    this.pumping = false;
    if (this.items.every((item) => item.state !== 'waiting')) {
      if (this.everything) this.batches++;
      this.everything = false;
    }
    this.onChange();
  }

  async process(item) {
    const controller = (item.controller = new AbortController());
    item.state = 'working';
    Object.assign(item, { done: 0, total: 0, started: performance.now(), error: null });
    this.onChange();
    try {
      item.picture ||= await openPicture(item.file, this.core);
      if (!this.isKnown(item.picture)) await this.look(item);
      if (!controller.signal.aborted) await this.sharpen(item, controller.signal);
      if (!controller.signal.aborted) await this.finish(item, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) this.failed(item, error);
    }
    const writing = item.state === 'done' && !item.kept?.current; // letGo is at it
    if (item !== this.selected && !writing) item.picture = item.result = null;
    this.onChange();
  }

  async sharpen(item, signal) {
    const { picture } = item;
    const { size } = this.settings;
    const { width, height, quality, webpQuality, traits } = picture;
    item.dims = { width, height, quality, webpQuality, traits };
    const reason = this.whyNot(picture);
    if (reason) throw new PictureError('size', { size, reason });
    const choice = this.choose(picture);
    const { format, colorSpace, alpha, carried } = picture;
    const result = { ...resultSize(picture, size), format, colorSpace, alpha, carried, tiles: [] };
    Object.assign(item, { ...choice, way: this.wayOf(choice), size });
    await (isNoLarger(picture, result) ? this.shrink(item, result, signal) : this.enlarge(item, result, signal));
  }

  // item has the nets that shall do it.
  async enlarge(item, result, signal) {
    const { engine } = this;
    const { picture, net, creative, later } = item;
    await engine.use({ net, creative, later, ...(creative && (await this.creativeWish(picture))) });
    if (signal.aborted) return;
    const { width, height } = result;
    const times = Math.max(width / picture.width, height / picture.height);
    const passes = 1 + Math.max(0, Math.ceil(Math.log(times / net.scale) / Math.log((later || net).scale) - 1e-9));
    const last = passes > 1 ? times / (later || net).scale : 1; // how much larger the source of the last pass is
    const way = { strip: engine.strip / last, speed: engine.speed / last ** 2 };
    result.tiles = tilesOf(width, height, times, engine.workers.length, way);
    this.begin(item, result, passes, result.tiles.length);
    const order = (tile) => (item === this.selected ? this.order(tile) : [0, 0]);
    await engine.run(picture, result, order, signal, (tile) => {
      item.done++;
      if (item.done === 1) performance.measure('fovea-first-sharp', { start: item.started });
      this.onTile(item, tile);
    });
  }

  async shrink(item, result, signal) {
    this.begin(item, result, 0, bandsOf(item.picture));
    await shrinkPicture(this.engine, item.picture, result, item.net, signal, (tile) => {
      item.done++;
      if (tile) this.onTile(item, tile);
    });
  }

  // passes: of the nets, 0 where they do nothing; total: parts that will come.
  begin(item, result, passes, total) {
    Object.assign(item, { result, passes, total, began: performance.now() });
    this.show(item);
    this.onChange();
  }

  async creativeWish(picture) {
    const { strength, faces } = this.settings;
    if (faces) picture.faces ||= await facesOf(this.engine, picture);
    return { strength, protect: faces ? faceRects(picture.faces, picture) : [] };
  }

  async look(item) {
    item.picture.traits ||= await traitsOf(this.engine, item.picture);
  }

  async finish(item, signal) {
    item.seconds = (performance.now() - item.began) / 1000;
    const isNew = !item.kept?.current;
    if (isNew && this.items.length > 1) await this.keepFile(item, signal);
    if (signal.aborted) return;
    if (isNew) item.saved = false;
    item.controller = null;
    item.state = 'done';
    if (item === this.selected) this.measure(item);
  }

  // Where it cannot be written: what is in sight has its pixels all the same, and may be written as something else.
  async keepFile(item, signal) {
    try {
      const kept = await this.written(item, signal);
      if (!signal.aborted) item.kept = kept;
    } catch (error) {
      if (signal.aborted) return;
      const failure = this.notWritten(item, error);
      if (item === this.selected) item.unwritten = failure.facts?.format;
      else throw failure;
    }
  }

  // What to say of a file that could not be written: of the writing, not of the upscaler.
  notWritten({ result }, error) {
    console.warn(error);
    return error instanceof LoadError ? error : new PictureError('writing', { format: formatFor(this.choice.format, result) });
  }

  // In the background: the figures come when they come.
  async measure(item) {
    const controller = (item.measuring = new AbortController());
    const { picture, result, net } = item;
    await this.look(item).catch(console.error);
    if (controller.signal.aborted) return;
    this.onChange();
    const figures = item.passes && (await measurePair(this.engine, picture, result, net, controller.signal).catch(console.error));
    if (controller.signal.aborted) return;
    item.figures = figures || null;
    item.measuring = null;
    this.onChange();
  }

  failed(item, error) {
    const memory = error instanceof RangeError || /memory/i.test(error.message);
    const known = error instanceof PictureError ? error : null;
    const code = memory ? 'memory' : error instanceof LoadError ? 'loading' : 'core';
    item.state = 'failed';
    item.error = known ? { code: known.code, facts: known.facts } : { code, facts: { message: error.message } };
    item.picture = item.result = item.way = null;
  }

  // Seconds, or null as long as it cannot be told.
  timeLeft(item) {
    const spent = (performance.now() - item.began) / 1000;
    return item.done && spent > TIME_LEFT_AFTER ? (spent / item.done) * (item.total - item.done) : null;
  }

  // ---- Files ----

  // The choice, with the format that this result will be written in.
  choiceFor(result) {
    return { ...this.choice, format: formatFor(this.choice.format, result) };
  }

  // A result as a file. What takes the browser too much memory at once is a PNG, which is written row by row.
  async encoded(result, signal) {
    const choice = { ...this.choice };
    try {
      return await encodeResult(result, choice, signal);
    } catch (error) {
      if (signal?.aborted || error instanceof LoadError || formatFor(choice.format, result) === 'png') throw error;
      console.warn(error);
      return encodeResult(result, { ...choice, format: 'png' }, signal);
    }
  }

  // What to keep of a result, as it is wished for by the time it is written.
  async written(item, signal) {
    const { result, way, size } = item;
    for (;;) {
      const { made } = this;
      const choice = this.choiceText();
      const blob = await this.encoded(result, signal);
      if (made === this.made || item.result !== result || signal?.aborted) return { blob, size, way, choice, current: true };
    }
  }

  // {item, name, blob, instead, older}. instead: the format wished for that could not hold it; older: it is as it was wished for before.
  async file(item) {
    const { kept } = item;
    const { format } = this.choice;
    const made = item.state === 'done' && item.result && !kept?.current;
    const { size } = made ? item : kept;
    const older = !made && !kept.current;
    const blob = made ? await this.encoded(item.result) : kept.blob;
    const is = formatOf(blob);
    const name = resultName(item.name, sizeSuffix(size), is);
    return { item, name, blob, instead: older || is === format ? null : format, older };
  }

  // Those of all that have one: {files, lost}. lost: how many could not be written. Rejects where that is all of them.
  async finishedFiles() {
    const made = await Promise.allSettled(this.items.filter(hasFile).map((item) => this.file(item)));
    const files = made.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
    if (!files.length) throw made[0].reason;
    return { files, lost: made.length - files.length };
  }
}
