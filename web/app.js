// SPDX-License-Identifier: MIT
// The page: elements, events, and what is shown of the session. Everything that is said comes from strings.js.

import { chooseNet, reportFor } from './advice.js';
import { assetBytes, assetJson, inOneFile } from './assets.js';
import { Core } from './core.js';
import { $, make, setText } from './dom.js';
import { droppedFiles } from './drop.js';
import { probeFormats } from './encode.js';
import { Engine } from './engine.js';
import { Session } from './session.js';
import { Settings } from './settings.js';
import { words } from './strings.js';
import { View } from './view.js';
import { zip } from './zip.js';

const WARM_ROUNDS = 4; // of a few hundredths of a second, as long as no picture is there

const engine = new Engine();
let session;
let settings;
let sight;

// ---- Words into the page ----

function fillWords() {
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = words[element.dataset.word];
  for (const element of document.querySelectorAll('[data-label]'))
    element.setAttribute('aria-label', words[element.dataset.label]);
  $('privacy-text').replaceChildren(...words.privacyText.map((text) => make('p', { textContent: text })));
}

// For screen readers, said once.
function speak(text) {
  $('live').textContent = text;
}

// ---- What the session says ----

let frame = 0;

function changed() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    render();
  });
}

function render() {
  const item = session.selected;
  const state = item ? 'work' : 'empty';
  if (document.body.dataset.state !== state) {
    document.body.dataset.state = state;
    $('welcome').hidden = state !== 'empty';
    $('work').hidden = state !== 'work';
    sight.resize();
  }
  if (!item) return;
  renderHead(item);
  renderReport(item);
  renderQueue();
}

function renderHead(item) {
  setText('name', item.name);
  setText('sizes', item.picture && item.result ? words.sizes(item.picture, item.result) : '');
  const part = item.total ? item.done / item.total : 0;
  $('progress').value = item.state === 'done' ? 1 : part;
  setText('status', statusText(item, part));
  const stopped = item.state === 'cancelled';
  $('cancel').hidden = !stopped && item.state !== 'working' && item.state !== 'waiting';
  setText('cancel', stopped ? words.resume : words.cancel);
  $('download').disabled = item.state !== 'done' || Boolean(session.encoding);
  $('error').hidden = item.state !== 'failed';
  setText('error', item.error ? words.errors[item.error.code](item.error.facts) : '');
  const nothing = item.state === 'failed' || !item.result;
  if (nothing && sight.result) sight.showNothing();
  $('stage').classList.toggle('blank', nothing);
  const failed = item.state === 'failed';
  $('save').hidden = $('act').hidden = $('progress').hidden = $('state').hidden = failed;
  $('how').hidden = failed && item.error.code !== 'size';
  $('report-box').hidden = !item.picture || !item.result;
  speakOf(item, part);
}

function statusText(item, part) {
  if (item.state === 'done') return words.finished(item.seconds, item.passes);
  if (item.state === 'cancelled') return words.cancelled;
  if (item.state === 'failed') return '';
  if (!engine.workers) return words.starting;
  return item.total ? words.working(Math.floor(part * 100), session.timeLeft(item)) : words.opening;
}

// Each quarter once, not every tile.
function speakOf(item, part) {
  const step = item.state === 'working' ? (item.total ? Math.floor(part * 4) : -1) : item.state;
  if (item.spoken === step) return;
  item.spoken = step;
  if (item.state === 'done') speak(words.spoken.done);
  else if (item.state === 'cancelled') speak(words.spoken.cancelled);
  else if (step === 0) speak(words.spoken.opened(item.name));
  else if (step > 0) speak(words.spoken.quarter(step * 25));
}

function renderReport(item) {
  if (!item.picture || !item.result) return;
  const groups = reportFor(item, { ...session, count: session.items.length });
  const key = JSON.stringify(groups);
  if ($('report').dataset.key === key) return;
  $('report').dataset.key = key;
  const row = ({ text, mark }) => make('li', { textContent: text, className: mark || '' });
  $('report').replaceChildren(...groups.map(({ title, lines }) =>
    make('section', {}, make('h3', { textContent: title }), make('ul', {}, ...lines.map(row)))));
}

function renderQueue() {
  const { items, selected, everything } = session;
  $('queue').hidden = items.length < 2;
  if (items.length < 2) return;
  for (const item of items) item.button ||= makeThumb(item);
  const rows = items.map((item) => item.button.parentElement);
  if (rows.length !== $('items').children.length || rows.some((row, i) => row !== $('items').children[i]))
    $('items').replaceChildren(...rows);
  for (const item of items) {
    item.button.dataset.state = item.state;
    item.button.setAttribute('aria-current', String(item === selected));
    item.button.setAttribute('aria-label', words.itemLabel(item.name, item.state));
  }
  if (selected !== inSight) bringIntoSight(selected.button.parentElement);
  inSight = selected;
  const done = items.filter((item) => item.state === 'done').length;
  const waiting = items.some((item) => item.state === 'waiting' || item.state === 'cancelled');
  setText('queue-text', everything || !waiting ? words.queueProgress(done, items.length) : words.sampleFirst(items.length));
  $('all').hidden = !everything && !waiting;
  setText('all', everything ? words.stopAll : words.sharpenAll(items.length));
  $('zip').disabled = !done || Boolean(session.encoding);
}

let inSight = null; // the item that the queue was last scrolled to

// Sideways only: the page stays where it is.
function bringIntoSight(row) {
  const list = $('items');
  const [left, right] = [row.offsetLeft, row.offsetLeft + row.offsetWidth];
  list.scrollLeft = Math.min(left, Math.max(list.scrollLeft, right - list.clientWidth));
}

// The focus goes to what is beside it.
function removeFromQueue(item) {
  const row = item.button.parentElement;
  const beside = row.nextElementSibling || row.previousElementSibling;
  session.remove(item);
  render();
  ($('queue').hidden ? $('add') : beside.querySelector('.thumb')).focus();
}

function makeThumb(item) {
  const canvas = makeVisibleCanvas(136, 136);
  const button = make('button', { type: 'button', className: 'thumb', title: item.name }, canvas);
  button.addEventListener('click', () => session.select(item));
  const remove = make('button', { type: 'button', className: 'remove', textContent: '✕' });
  remove.setAttribute('aria-label', words.remove(item.name));
  remove.addEventListener('click', () => removeFromQueue(item));
  make('li', {}, button, remove);
  thumbs = thumbs.then(() => paintThumb(item, canvas));
  return button;
}

let thumbs = Promise.resolve(); // one after another: a hundred decoders at once would hold up the first picture

const makeVisibleCanvas = (width, height) => make('canvas', { width, height });

async function paintThumb(item, canvas) {
  try {
    const bitmap = await createImageBitmap(item.file);
    const { width, height } = bitmap;
    const side = Math.min(width, height);
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, (width - side) / 2, (height - side) / 2, side, side, 0, 0, canvas.width, canvas.height);
    bitmap.close();
  } catch {
    // the item itself will say what is wrong
  }
}

function showItem(item) {
  sight.show(item.picture, item.result, true);
  setText('predicted', ''); // until there is a tile to tell by
  settings.show();
  settings.settleFormat();
}

let predictedAt = null;

function tileCame(item, tile) {
  if (item === session.selected && item.result.tiles.includes(tile)) {
    sight.tileArrived(tile);
    const first = predictedAt !== item;
    if (first || item.done === item.total) settings.predictSoon();
    predictedAt = item;
  }
  changed();
}

// ---- Saving ----

function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = make('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

async function saving(makeFile) {
  session.encoding = true;
  setText('saved', words.encoding);
  changed();
  try {
    const { blob, name } = await makeFile();
    saveBlob(blob, name);
    setText('saved', words.saved(blob.size));
  } catch (error) {
    console.error(error);
    setText('saved', words.saveFailed);
  }
  session.encoding = false;
  changed();
}

const saveOne = async () => {
  const item = session.selected;
  return { blob: await session.encode(item), name: session.fileName(item) };
};

const saveAll = async () => ({ blob: await zip(await session.finishedFiles()), name: 'fovea.zip' });

// ---- Pictures in ----

function addFiles(files) {
  const pictures = [...files].filter((file) => file.size || file.type);
  setText('saved', '');
  session.add(pictures);
}

async function addExample() {
  const bytes = await assetBytes('example.jpg');
  addFiles([new File([bytes], 'flower.jpg', { type: 'image/jpeg' })]);
}

function listenForFiles() {
  const choose = () => $('files').click();
  $('choose').addEventListener('click', choose);
  $('add').addEventListener('click', choose);
  $('example').addEventListener('click', addExample);
  $('files').addEventListener('change', () => {
    addFiles($('files').files);
    $('files').value = '';
  });
  addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) addFiles(event.clipboardData.files);
  });
  addEventListener('dragover', (event) => {
    event.preventDefault();
    if (event.dataTransfer.types.includes('Files')) $('veil').hidden = false;
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) $('veil').hidden = true;
  });
  addEventListener('drop', async (event) => {
    event.preventDefault();
    $('veil').hidden = true;
    addFiles(await droppedFiles(event.dataTransfer));
  });
}

// ---- Everything else that can be pressed ----

function listen() {
  listenForFiles();
  $('cancel').addEventListener('click', () => {
    const item = session.selected;
    if (item.state === 'cancelled') session.resume(item);
    else session.cancel(item);
  });
  $('download').addEventListener('click', () => saving(saveOne));
  $('zip').addEventListener('click', () => saving(saveAll));
  $('all').addEventListener('click', () => session.doAll(!session.everything));
  $('zoom-in').addEventListener('click', () => sight.zoomTo(sight.z * 1.5));
  $('zoom-out').addEventListener('click', () => sight.zoomTo(sight.z / 1.5));
  $('zoom-fit').addEventListener('click', () => sight.fit());
  $('zoom-one').addEventListener('click', () => sight.zoomTo(1));
  $('privacy').addEventListener('click', () => $('privacy-dialog').showModal());
}

// ---- Start ----

function showEngine() {
  const notes = engine.passedOver.map(({ name, reason }) => words.passedOver[reason](name));
  const text = words.engineText(engine.core, engine.workers.length, notes.length > 0);
  setText('engine', text);
  $('engine').title = notes.join(' ');
  setText('core-text', [text, ...notes].join('. '));
}

async function startEngine() {
  setText('engine', words.starting);
  try {
    const asked = new URLSearchParams(location.search).get('core'); // ?core=simd128, to compare
    await engine.start(asked ? [asked] : undefined);
    showEngine();
    session.core = settings.core = await Core.open(engine.module);
    settings.show();
    await engine.use(chooseNet(session.nets, session.settings, { width: 1, height: 1 }, session.core)); // most likely this one
  } catch (error) {
    console.error(error);
    engine.workers = null;
    document.body.dataset.broken = '';
    setText('engine', '');
    setText('broken', words.engineFailed);
    $('broken').hidden = false;
    return;
  }
  document.body.dataset.ready = engine.core;
  session.pump();
  for (let i = 0; i < WARM_ROUNDS && !session.selected; i++) await engine.warm();
}

async function start() {
  fillWords();
  sight = new View({
    stage: $('stage'),
    canvas: $('canvas'),
    divider: $('divider'),
    onMove: () => setText('zoom-text', words.zoomText(sight.z)),
    text: words.dividerText,
  });
  const order = (tile) => sight.order(tile);
  session = new Session({ engine, nets: [], onChange: changed, onShow: showItem, onTile: tileCame, order });
  const { nets, avif } = await assetJson('contents.json');
  session.nets = nets;
  settings = new Settings(session);
  listen();
  document.body.dataset.listening = '';
  await Promise.all([probeFormats(avif), startEngine()]);
  settings.show();
  if (!inOneFile && 'serviceWorker' in navigator) navigator.serviceWorker.register('sw.js').catch(console.error);
}

start();
