// SPDX-License-Identifier: MIT
// The page: elements, events, and what is shown of the session. Everything that is said comes from strings.js.

import { chooseNet, reportFor } from './advice.js';
import { assetBytes, assetJson, inOneFile, LoadError } from './assets.js';
import { Core } from './core.js';
import { $, make, setText } from './dom.js';
import { droppedFiles } from './drop.js';
import { canWrite, probeFormats } from './encode.js';
import { Engine } from './engine.js';
import { keepFocus } from './focus.js';
import { askBeforeLeaving } from './leave.js';
import { Queue } from './queue.js';
import { isFinished, isHopeless, isUnsaved, mayTryAgain, Session } from './session.js';
import { Settings } from './settings.js';
import { words } from './strings.js';
import { View } from './view.js';
import { zip } from './zip.js';

const WARM_ROUNDS = 4; // of a few hundredths of a second, as long as no picture is there
const KEEP_LATER_MS = 3000; // after the start, when what is seldom wanted is kept for visits offline

const engine = new Engine();
let session;
let settings;
let queue;
let sight;
let exampleFile = null; // ours: nobody would miss it

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
  if (item) {
    renderHead(item);
    renderChoices(item);
    renderReport(item);
    queue.render(saved.writing);
    forgetSaved();
  }
  askBeforeLeaving(session.items.some((one) => one.file !== exampleFile && isUnsaved(one)));
  keepFocus();
}

function renderHead(item) {
  setText('name', item.name);
  setText('sizes', item.picture && item.result ? words.sizes(item.picture, item.result) : '');
  const part = item.total ? item.done / item.total : 0;
  $('progress').value = item.state === 'done' ? 1 : part;
  setText('status', statusText(item, part));
  const stopped = canStart(item);
  $('cancel').hidden = !stopped && item.state !== 'working' && item.state !== 'waiting';
  setText('cancel', stopped ? words.resume : words.cancel);
  $('download').disabled = !isFinished(item);
  $('download').setAttribute('aria-disabled', String(saved.writing));
  $('error').hidden = item.state !== 'failed';
  setText('error', item.error ? words.errors[item.error.code](item.error.facts) : '');
  const nothing = item.state === 'failed' || !item.result;
  if (nothing && sight.result) sight.showNothing();
  $('stage').classList.toggle('blank', nothing);
  const failed = item.state === 'failed';
  $('save').hidden = $('progress').hidden = failed;
  $('act').hidden = failed && !isFinished(item);
  $('state').hidden = failed && !stopped;
  $('how').hidden = isHopeless(item);
  $('report-box').hidden = !item.picture || !item.result;
  speakOf(item, part);
}

const canStart = (item) => item.state === 'cancelled' || mayTryAgain(item);

function statusText(item, part) {
  if (item.state === 'done') return words.finished(item.seconds, item.passes);
  if (item.state === 'cancelled') return words.cancelled;
  if (item.state === 'failed' || isBroken()) return '';
  if (!session.ready) return words.starting;
  if (item.state === 'waiting') return words.waiting;
  return item.total ? words.working(Math.floor(part * 100), session.timeLeft(item)) : words.opening;
}

// Each quarter once, not every tile.
function speakOf(item, part) {
  const step = item.state === 'working' ? (item.total ? Math.floor(part * 4) : -1) : item.state;
  if (item.spoken === step) return;
  item.spoken = step;
  if (item.state === 'done') speak(words.spoken.done(item.passes));
  else if (item.state === 'cancelled') speak(words.spoken.cancelled);
  else if (step === 0) speak(words.spoken.opened(item.name));
  else if (step > 0) speak(words.spoken.quarter(step * 25));
}

function renderReport(item) {
  if (!item.picture || !item.result) return;
  const groups = reportFor(item, { ...session, choice: session.choiceFor(item.result), count: session.items.length });
  const key = JSON.stringify(groups);
  if ($('report').dataset.key === key) return;
  $('report').dataset.key = key;
  const row = ({ text, mark }) => make('li', { textContent: text, className: mark || '' });
  $('report').replaceChildren(...groups.map(({ title, lines }) =>
    make('section', {}, make('h3', { textContent: title }), make('ul', {}, ...lines.map(row)))));
}

let chosenFor = [null]; // the item that the choices were last shown for, and what of it they depend on

// The choices go by the picture in sight, and by why it failed.
function renderChoices(item) {
  const now = [item, item.state === 'failed', item.unwritten || null];
  if (item !== chosenFor[0]) settings.turn();
  else if (now.some((part, i) => part !== chosenFor[i])) settings.show();
  chosenFor = now;
}

let shown = null; // the item that was shown last

function showItem(item) {
  sight.show(item.picture, item.result, item === shown);
  shown = item;
  setText('predicted', ''); // until there is a tile to tell by
  settings.show();
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

// writing: a file, now; the buttons stay where the focus may be, but do nothing. by: what the note about it was said of, or null.
const saved = { writing: false, by: null };

const wishes = () => `${session.selected?.id} ${session.made}`;

// The note is about the file that was wished for then.
function forgetSaved() {
  if (saved.writing || saved.by === null || saved.by === wishes()) return;
  saved.by = null;
  setText('saved', '');
}

async function saving(makeFile) {
  if (saved.writing) return;
  saved.writing = true;
  setText('saved', words.encoding);
  changed();
  try {
    const { blob, name, note, items } = await makeFile();
    saveBlob(blob, name);
    for (const item of items) item.saved = true;
    setText('saved', [words.saved(blob.size), note].filter(Boolean).join('. '));
  } catch (error) {
    console.error(error);
    setText('saved', error instanceof LoadError ? words.errors.loading() : words.saveFailed);
  }
  Object.assign(saved, { writing: false, by: wishes() });
  changed();
}

const noteOf = (instead) => (instead.length ? words.savedInstead(instead.length, instead[0]) : '');

async function saveOne() {
  const item = session.selected;
  const { blob, name, instead } = await session.file(item);
  return { blob, name, note: noteOf(instead ? [instead] : []), items: [item] };
}

async function saveAll() {
  const all = session.items.length;
  const { files, lost } = await session.finishedFiles();
  const older = files.filter((file) => file.older).length;
  const note = [
    files.length + lost < all && words.savedPart(files.length, all),
    older && words.savedOlder(older),
    lost && words.savedWithout(lost),
    noteOf(files.map(({ instead }) => instead).filter(Boolean)),
  ];
  return { blob: await zip(files), name: 'fovea.zip', note: note.filter(Boolean).join(' '), items: files.map(({ item }) => item) };
}

// ---- Pictures in ----

function addFiles(files) {
  if (isBroken()) return;
  $('broken').hidden = true; // it told of what is past
  session.add(files);
}

async function addExample() {
  const bytes = await assetBytes('example.jpg');
  exampleFile = new File([bytes], 'flower.jpg', { type: 'image/jpeg' });
  addFiles([exampleFile]);
}

function listenForFiles() {
  const choose = () => $('files').click();
  $('choose').addEventListener('click', choose);
  $('add').addEventListener('click', choose);
  $('example').addEventListener('click', () => addExample().catch(() => showBanner(words.loadFailed)));
  $('files').addEventListener('change', () => {
    addFiles($('files').files);
    $('files').value = '';
  });
  addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) addFiles(event.clipboardData.files);
  });
  addEventListener('dragover', (event) => {
    event.preventDefault();
    if (event.dataTransfer.types.includes('Files') && !isBroken()) $('veil').hidden = false;
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) $('veil').hidden = true;
  });
  addEventListener('drop', async (event) => {
    event.preventDefault();
    $('veil').hidden = true;
    if (!event.dataTransfer.types.includes('Files')) return; // a text, a link
    const { files, lost } = await droppedFiles(event.dataTransfer);
    addFiles(files);
    if (isBroken()) return;
    if (lost) showBanner(words.dropLost(lost));
    else if (!files.length) showBanner(words.dropNothing);
  });
}

// ---- Everything else that can be pressed ----

function listen() {
  listenForFiles();
  $('cancel').addEventListener('click', () => {
    const item = session.selected;
    if (canStart(item)) session.resume(item);
    else session.cancel(item);
  });
  $('download').addEventListener('click', () => isFinished(session.selected) && saving(saveOne));
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

function showBanner(text) {
  setText('broken', text);
  $('broken').hidden = false;
}

const isBroken = () => 'broken' in document.body.dataset;

// Nothing can be done on this page.
function showBroken(text) {
  document.body.dataset.broken = '';
  setText('engine', '');
  showBanner(text);
  for (const id of ['choose', 'example', 'add']) $(id).disabled = true;
}

// The net that will be wanted, most likely.
const useLikely = () => engine.use(chooseNet(session.nets, session.settings, { width: 1, height: 1 }, session.core));

async function startEngine() {
  const asked = new URLSearchParams(location.search).get('core'); // ?core=simd128 or relaxed, to compare
  setText('engine', words.starting);
  try {
    await engine.start(asked ? [asked] : undefined);
    showEngine();
    session.core = settings.core = await Core.open(engine.module);
    queue.coreIsThere();
    settings.show();
    await useLikely();
  } catch (error) {
    console.error(error);
    showBroken(error instanceof LoadError ? words.loadFailed : words.engineFailed);
    changed();
    return;
  }
  document.body.dataset.ready = engine.core;
  session.ready = true;
  session.pump();
  changed();
  if (!asked) await tuneEngine();
  for (let i = 0; i < WARM_ROUNDS && !session.selected; i++) await engine.warm();
}

async function tuneEngine() {
  try {
    await engine.tune();
    if (!session.selected) await useLikely();
  } catch (error) {
    console.error(error); // it goes on as it was
  }
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
  queue = new Queue({ session, onRemove: render, onEnd: speak });
  listen();
  document.body.dataset.listening = '';
  await Promise.all([probeFormats(avif), startEngine()]);
  if (!canWrite(session.choice.format)) session.setChoice({});
  settings.show();
  if (!inOneFile && 'serviceWorker' in navigator) keepForOffline().catch(console.error);
}

// The page's files at once, the large and seldom wanted ones when nothing else is to do, unless the visitor saves data.
async function keepForOffline() {
  await navigator.serviceWorker.register('sw.js');
  const { active } = await navigator.serviceWorker.ready;
  if (navigator.connection?.saveData) return;
  const idle = globalThis.requestIdleCallback || ((then) => then());
  setTimeout(() => idle(() => active.postMessage('keep later')), KEEP_LATER_MS);
}

start().catch((error) => {
  console.error(error);
  showBroken(words.loadFailed);
});
