// SPDX-License-Identifier: MIT
// The row of pictures, if there are several, and what is done to all of them. It is one stop of the Tab key, however many they are:
// within it the arrow keys go from one to the next.

import { $, make, setText } from './dom.js';
import { hasFile, isFinished, isHopeless } from './session.js';
import { words } from './strings.js';
import { paintThumb } from './thumb.js';

const THUMB = 136; // pixels of a side

export class Queue {
  // onRemove() when one was taken away: all is to be shown anew at once. onEnd(text) when all that could be made are made.
  constructor({ session, onRemove, onEnd }) {
    Object.assign(this, { session, onRemove, onEnd });
    this.inSight = null; // the item that the row was last scrolled to
    this.stop = null; // the one that the Tab key comes to
    this.ended = 0; // how many times the end was told
    // One after another: a hundred decoders at once would hold up the first picture. Without the core nobody knows how large a JPEG
    // file is before decoding it.
    this.thumbs = new Promise((resolve) => (this.coreIsThere = resolve));
    $('items').addEventListener('keydown', (event) => this.keyDown(event));
    $('items').addEventListener('focusin', ({ target }) => this.stopAt(session.items[this.indexOf(target)]));
  }

  // writing: a file, now.
  render(writing) {
    const { items, selected } = this.session;
    $('queue').hidden = items.length < 2;
    if (items.length < 2) return;
    for (const item of items) item.button ||= this.makeThumb(item);
    const rows = items.map((item) => item.button.parentElement);
    if (rows.length !== $('items').children.length || rows.some((row, i) => row !== $('items').children[i]))
      $('items').replaceChildren(...rows);
    for (const item of items) {
      item.button.dataset.state = item.state;
      item.button.setAttribute('aria-current', String(item === selected));
      item.button.setAttribute('aria-label', words.itemLabel(item.name, isHopeless(item) ? 'hopeless' : item.state));
    }
    if (selected !== this.inSight || !items.includes(this.stop)) this.stopAt(selected);
    if (selected !== this.inSight) bringIntoSight(selected.button.parentElement);
    this.inSight = selected;
    this.renderActions(writing);
  }

  renderActions(writing) {
    const { items, everything, batches } = this.session;
    const unfinished = items.filter((item) => !isFinished(item));
    const failed = unfinished.filter((item) => item.state === 'failed');
    const unopened = failed.filter(isHopeless).length;
    const progress = words.queueProgress(items.length - unfinished.length, items.length, unopened, failed.length - unopened);
    const waiting = unfinished.some((item) => item.state === 'waiting' || item.state === 'cancelled');
    setText('queue-text', everything || !waiting ? progress : words.sampleFirst(items.length));
    $('all').hidden = !everything && !waiting;
    setText('all', everything ? words.stopAll : words.sharpenAll(items.length));
    $('zip').disabled = !items.some(hasFile);
    $('zip').setAttribute('aria-disabled', String(writing));
    if (batches !== this.ended) this.onEnd(progress);
    this.ended = batches;
  }

  makeThumb(item) {
    const canvas = make('canvas', { width: THUMB, height: THUMB });
    const button = make('button', { type: 'button', className: 'thumb', title: item.name, tabIndex: -1 }, canvas);
    button.addEventListener('click', () => this.session.select(item));
    const remove = make('button', { type: 'button', className: 'remove', textContent: '✕', tabIndex: -1 });
    remove.setAttribute('aria-label', words.remove(item.name));
    remove.addEventListener('click', () => this.remove(item));
    make('li', {}, button, remove);
    this.thumbs = this.thumbs.then(() => paintThumb(canvas, item.file, this.session.core));
    return button;
  }

  // ---- By the keyboard ----

  indexOf(element) {
    return [...$('items').children].indexOf(element.closest('li'));
  }

  stopAt(item) {
    this.stop = item;
    for (const { button } of this.session.items) if (button) button.tabIndex = button === item?.button ? 0 : -1;
  }

  keyDown(event) {
    const { items } = this.session;
    const at = this.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: items.length - 1 }[event.key];
    const removes = event.key === 'Delete' || event.key === 'Backspace';
    if (to === undefined && !removes) return;
    event.preventDefault();
    if (removes) this.remove(items[at]);
    else items[to]?.button.focus();
  }

  // The focus goes to what is beside it.
  remove(item) {
    const row = item.button.parentElement;
    const beside = row.nextElementSibling || row.previousElementSibling;
    this.session.remove(item);
    this.onRemove();
    ($('queue').hidden ? $('add') : beside.querySelector('.thumb')).focus();
  }
}

// Sideways only: the page stays where it is.
function bringIntoSight(row) {
  const list = $('items');
  const [left, right] = [row.offsetLeft, row.offsetLeft + row.offsetWidth];
  list.scrollLeft = Math.min(left, Math.max(list.scrollLeft, right - list.clientWidth));
}
