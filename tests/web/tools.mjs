// SPDX-License-Identifier: MIT
// What the tests of the page share: checks, a host, the browser, pictures of our own, and the command beside them.
// See ../web_test.mjs, which runs them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pngChunks, pngHeader, readPng, writePng } from '../../web/png.js';
import { resultSize } from '../../web/size.js';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const dist = path.resolve(process.argv[2] || path.join(root, 'web/dist'));
export const soak = Boolean(process.env.FOVEA_SOAK);
export const fovea = path.resolve(root, process.env.FOVEA_BUILD || 'build', 'fovea');
export const need = createRequire(process.env.FOVEA_NODE ? path.join(process.env.FOVEA_NODE, 'x') : import.meta.url);
const { chromium } = need('playwright-core');
export const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'fovea-web-'));
export const file = (name) => path.join(root, 'tests/files', name);
export const example = (name) => path.join(root, 'examples', name);

export const tally = { passed: 0, failed: 0 };

export function check(what, fine, detail = '') {
  if (fine) return void tally.passed++;
  tally.failed++;
  console.log(`not ok: ${what} ${detail}`);
}

export const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

// ---- A host that any static host is like, and the browser ----

const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', wasm: 'application/wasm' };

// altered: {name: bytes} that are not as built.
export function serve(altered = {}) {
  const server = http.createServer((request, response) => {
    const name = request.url.split('?')[0].slice(1) || 'index.html';
    const from = path.join(dist, path.basename(name));
    if (!fs.existsSync(from)) return response.writeHead(404).end();
    const bytes = altered[name] ?? fs.readFileSync(from);
    response.writeHead(200, { 'content-type': TYPES[name.split('.').pop()] || 'application/octet-stream' });
    return response.end(bytes);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export const netLog = path.join(scratch, 'net.json');
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-default-apps', '--no-pings'];

export const launch = (...more) =>
  chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: [...ARGS, ...more] });

export const requests = [];

export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, acceptDownloads: true, ...options });
  context.on('request', (request) => requests.push(request.url()));
  const page = await context.newPage();
  page.setDefaultTimeout(180000);
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
  if (options.prepare) await options.prepare(context, page);
  await page.goto(url);
  await page.waitForSelector(options.until || 'body[data-ready], body[data-broken]');
  return page;
}

export const waitText = (page, selector, pattern) =>
  page.waitForFunction(([s, p]) => new RegExp(p).test(document.querySelector(s).textContent), [selector, pattern]);

export const finished = (page) => waitText(page, '#status', '^(Sharp|Smaller) in');

// The text of an element that has stopped changing.
export async function settled(page, selector) {
  let text = '';
  for (let now = null; text !== now; now = await page.textContent(selector)) {
    text = await page.textContent(selector);
    await page.waitForTimeout(1500);
  }
  return text;
}

export async function give(page, ...files) {
  await page.setInputFiles('#files', files);
  await waitText(page, '#name', path.basename(files[0].name || files[0]).replace(/[^\w]/g, '.'));
  await finished(page);
}

// A file from the clipboard; resolves when the page has shown what comes of it.
export const paste = (page, name, bytes) =>
  page.evaluate(async ([n, data]) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], n, { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  }, [name, Buffer.from(bytes).toString('base64')]);

export const pick = (page, name, value) => page.locator(`#${name} input[value="${value}"]`).check({ force: true });

export async function download(page, format, button = '#download') {
  if (format) await pick(page, 'format', format);
  await page.waitForSelector(`${button}:not([disabled])`);
  const [got] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  const to = path.join(scratch, got.suggestedFilename());
  await got.saveAs(to);
  return { name: got.suggestedFilename(), path: to, bytes: fs.readFileSync(to) };
}

// ---- Of several pictures ----

export const states = (page) => page.locator('.thumb').evaluateAll((all) => all.map((one) => one.dataset.state).join(' '));
export const allDone = (page, count) => page.waitForFunction((n) => document.querySelectorAll('.thumb[data-state=done]').length === n, count);

// {name: the first bytes} of a zip's files.
export async function zipped(page) {
  const { path: from } = await download(page, null, '#zip');
  const list = 'import sys, json, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps({n: z.read(n)[:32].decode("latin1") for n in z.namelist()}))';
  return JSON.parse(execFileSync('python3', ['-c', list, from]));
}

export const decodedSize = (page, bytes) =>
  page.evaluate(async (data) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]));
    return `${bitmap.width}x${bitmap.height}`;
  }, bytes.toString('base64'));

export const pngOf = async (bytes) => readPng(pngChunks(new Uint8Array(bytes)));

// ---- Pictures of our own ----

// Smooth colours with edges and noise, alpha from 0 to full: what makes a wrong decoder or a wrong kernel show.
export async function drawPng(name, width, height, channels, depth, extra = []) {
  const most = depth === 16 ? 65535 : 255;
  const row = (y) => {
    const bytes = [];
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const alpha = channels % 2 === 0 && c === channels - 1;
        const wave = alpha ? Math.max(0, Math.sin(x / 9) + Math.cos(y / 7)) / 2 : 0.5 + 0.45 * Math.sin((x * (c + 1) + y * 2) / 11);
        const noise = alpha ? 0 : (((x * 7919 + y * 104729 + c * 31) % 97) / 97) * 0.05;
        const value = Math.round(Math.min(1, ((x >> 4) + (y >> 4)) % 3 ? wave + noise : 1 - wave) * most);
        bytes.push(...(depth === 16 ? [value >> 8, value & 255] : [value]));
      }
    return Uint8Array.from(bytes);
  };
  const blob = await writePng({ width, height, channels, depth, extra }, row);
  const to = path.join(scratch, name);
  fs.writeFileSync(to, Buffer.from(await blob.arrayBuffer()));
  return to;
}

// A window: a bar, two boxes, a table, letters of upright strokes (as in inspect_test.py).
function screenPixel(x, y) {
  if (y < 14) return [40, 90, 200];
  if (((x === 10 || x === 150) && y >= 24 && y < 110) || ([24, 44, 66, 88, 109].includes(y) && x >= 10 && x <= 150)) return [120, 120, 120];
  const ink = (y % 22) + 24 >= 28 && (y % 22) + 24 < 38 && x >= 16 && x < 140 && (x * 7 + Math.floor(y / 22) * 3) % 5 === 0;
  return ink ? [20, 20, 20] : x > 160 && y > 30 ? [225, 235, 245] : [255, 255, 255];
}

export async function drawScreen(name, width, height) {
  const row = (y) => Uint8Array.from(Array.from({ length: width }, (_, x) => screenPixel(x, y)).flat());
  const blob = await writePng({ width, height, channels: 3, depth: 8 }, row);
  const to = path.join(scratch, name);
  fs.writeFileSync(to, Buffer.from(await blob.arrayBuffer()));
  return to;
}

// The options of the command that mean the same as what the page's size field takes.
export const sizeOptions = (size) => (/^[\d.]+x?$/.test(size) ? ['-s', size.replace('x', '')] : ['--to', size]);

// The command's result.
export function native(from, size = '2x', more = [], format = 'png') {
  const to = path.join(scratch, `native-${path.basename(from)}.${format}`);
  execFileSync(fovea, [from, '-o', to, ...sizeOptions(size), ...more, '--overwrite', '--progress', 'none', '-j', '1'], { stdio: 'pipe' });
  return to;
}

// What differs is how the channels are stored (an opaque alpha, a grey as RGB): compare what they mean.
export function asRgba({ pixels, channels, depth }) {
  const full = depth === 16 ? 65535 : 255;
  const out = [];
  for (let i = 0; i < pixels.length; i += channels) {
    const grey = channels < 3;
    out.push(pixels[i], pixels[i + (grey ? 0 : 1)], pixels[i + (grey ? 0 : 2)], channels % 2 ? full : pixels[i + channels - 1]);
  }
  return out;
}

// Chooses a size, by its button or in the field.
export async function resize(page, from, size) {
  const { width, height } = resultSize(readHead(from), size);
  if (await page.locator(`#size input[value="${size}"]`).count()) await pick(page, 'size', size);
  else {
    await pick(page, 'size', 'other');
    await page.fill('#other-size', size);
    await page.press('#other-size', 'Enter');
  }
  await waitText(page, '#sizes', `→ ${width.toLocaleString('en')} × ${height.toLocaleString('en')}$`);
  await finished(page);
}

export const readHead = (from) => pngHeader(pngChunks(new Uint8Array(fs.readFileSync(from))));

export async function checkEqual(what, page, from, size, more) {
  if (size && (await page.isVisible('#size'))) await pick(page, 'size', '2x'); // not first at the size of the picture before
  await give(page, from);
  if (size) await resize(page, from, size);
  const [mine, theirs] = [await pngOf((await download(page, 'png')).bytes), await pngOf(fs.readFileSync(native(from, size, more)))];
  check(`${what}: size and depth`, mine.width === theirs.width && mine.height === theirs.height && mine.depth === theirs.depth);
  check(`${what}: pixels equal to build/fovea`, same(asRgba(mine), asRgba(theirs)));
}

// What exiftool reads of a file: {'GROUP:TAG': value, a number where it is one}.
export const tagsOf = (from) => JSON.parse(execFileSync('exiftool', ['-j', '-n', '-G1', '-struct', from], { stdio: 'pipe' }))[0];
