// SPDX-License-Identifier: MIT
// The page in headless Chromium: what a visitor does, what comes out, that nothing goes out. Its pixels are compared
// with ==, with what build/fovea makes of the same file.
//
//     apt-get install --no-install-recommends chromium
//     npm install --no-save --no-package-lock playwright-core axe-core     (in the repository; node_modules is ignored)
//     node tests/web_test.mjs [folder with the built page, web/dist] [word of the tests to run]
//
// $FOVEA_BUILD names the build folder (build), $FOVEA_NODE another folder with node_modules, $CHROMIUM the browser.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { exifOrientation, fileFacts } from '../web/metadata.js';
import { PNG_XMP, pngChunks, pngHeader, readPng, writePng } from '../web/png.js';
import { resultSize, sizeSuffix, whyNotSize } from '../web/size.js';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.resolve(process.argv[2] || path.join(root, 'web/dist'));
const only = process.argv[3] || '';
const soak = Boolean(process.env.FOVEA_SOAK);
const fovea = path.resolve(root, process.env.FOVEA_BUILD || 'build', 'fovea');
const need = createRequire(process.env.FOVEA_NODE ? path.join(process.env.FOVEA_NODE, 'x') : import.meta.url);
const { chromium } = need('playwright-core');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'fovea-web-'));
const file = (name) => path.join(root, 'tests/files', name);
const example = (name) => path.join(root, 'examples', name);

let passed = 0;
let failed = 0;

function check(what, fine, detail = '') {
  if (fine) return void passed++;
  failed++;
  console.log(`not ok: ${what} ${detail}`);
}

const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

// ---- A host that any static host is like, and the browser ----

const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', wasm: 'application/wasm' };

function serve() {
  const server = http.createServer((request, response) => {
    const name = request.url.split('?')[0].slice(1) || 'index.html';
    const from = path.join(dist, path.basename(name));
    if (!fs.existsSync(from)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[name.split('.').pop()] || 'application/octet-stream' });
    return response.end(fs.readFileSync(from));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const netLog = path.join(scratch, 'net.json');
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-default-apps', '--no-pings'];

const launch = (...more) =>
  chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: [...ARGS, ...more] });

const requests = [];

async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, acceptDownloads: true, ...options });
  context.on('request', (request) => requests.push(request.url()));
  const page = await context.newPage();
  page.setDefaultTimeout(180000);
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
  if (options.prepare) await options.prepare(context, page);
  await page.goto(url);
  await page.waitForSelector('body[data-ready], body[data-broken]');
  return page;
}

const waitText = (page, selector, pattern) =>
  page.waitForFunction(([s, p]) => new RegExp(p).test(document.querySelector(s).textContent), [selector, pattern]);

const finished = (page) => waitText(page, '#status', '^Sharp in');

// The text of an element that has stopped changing.
async function settled(page, selector) {
  let text = '';
  for (let now = null; text !== now; now = await page.textContent(selector)) {
    text = await page.textContent(selector);
    await page.waitForTimeout(1500);
  }
  return text;
}

async function give(page, ...files) {
  await page.setInputFiles('#files', files);
  await waitText(page, '#name', path.basename(files[0]).replace(/[^\w]/g, '.'));
  await finished(page);
}

const pick = (page, name, value) => page.locator(`#${name} input[value="${value}"]`).check({ force: true });

async function download(page, format, button = '#download') {
  if (format) await pick(page, 'format', format);
  await page.waitForSelector(`${button}:not([disabled])`);
  const [got] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  const to = path.join(scratch, got.suggestedFilename());
  await got.saveAs(to);
  return { name: got.suggestedFilename(), path: to, bytes: fs.readFileSync(to) };
}

const decodedSize = (page, bytes) =>
  page.evaluate(async (data) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]));
    return `${bitmap.width}x${bitmap.height}`;
  }, bytes.toString('base64'));

const pngOf = async (bytes) => readPng(pngChunks(new Uint8Array(bytes)));

// ---- Pictures of our own ----

// Smooth colours with edges and noise, alpha from 0 to full: what makes a wrong decoder or a wrong kernel show.
async function drawPng(name, width, height, channels, depth, extra = []) {
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

async function drawScreen(name, width, height) {
  const row = (y) => Uint8Array.from(Array.from({ length: width }, (_, x) => screenPixel(x, y)).flat());
  const blob = await writePng({ width, height, channels: 3, depth: 8 }, row);
  const to = path.join(scratch, name);
  fs.writeFileSync(to, Buffer.from(await blob.arrayBuffer()));
  return to;
}

// The options of the command that mean the same as what the page's size field takes.
const sizeOptions = (size) => (/^[\d.]+x?$/.test(size) ? ['-s', size.replace('x', '')] : ['--to', size]);

function native(from, size = '2x', more = []) {
  const to = path.join(scratch, `native-${path.basename(from)}.png`);
  execFileSync(fovea, [from, '-o', to, ...sizeOptions(size), ...more, '--overwrite', '--progress', 'none', '-j', '1'], { stdio: 'pipe' });
  return fs.readFileSync(to);
}

// What differs is how the channels are stored (an opaque alpha, a grey as RGB): compare what they mean.
function asRgba({ pixels, channels, depth }) {
  const full = depth === 16 ? 65535 : 255;
  const out = [];
  for (let i = 0; i < pixels.length; i += channels) {
    const grey = channels < 3;
    out.push(pixels[i], pixels[i + (grey ? 0 : 1)], pixels[i + (grey ? 0 : 2)], channels % 2 ? full : pixels[i + channels - 1]);
  }
  return out;
}

// Chooses a size, by its button or in the field.
async function resize(page, from, size) {
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

const readHead = (from) => pngHeader(pngChunks(new Uint8Array(fs.readFileSync(from))));

async function checkEqual(what, page, from, size, more) {
  if (size && (await page.isVisible('#size'))) await pick(page, 'size', '2x'); // not first at the size of the picture before
  await give(page, from);
  if (size) await resize(page, from, size);
  const [mine, theirs] = [await pngOf((await download(page, 'png')).bytes), await pngOf(native(from, size, more))];
  check(`${what}: size and depth`, mine.width === theirs.width && mine.height === theirs.height && mine.depth === theirs.depth);
  check(`${what}: pixels equal to build/fovea`, same(asRgba(mine), asRgba(theirs)));
}

// ---- Tests: each gets the browser and the host's address ----

const tests = {
  async choose(browser, url) {
    const page = await open(browser, url);
    check('the relaxed core runs and is named', /^relaxed SIMD · \d+ worker/.test(await page.textContent('#engine')));
    await give(page, example('flower.jpg'));
    check('sizes are told', (await page.textContent('#sizes')) === '512 × 384 → 1,024 × 768');
    check('the report says what to expect', /nearly indistinguishable/.test(await page.textContent('#report')));
    check('and what was done', /The JPEG photo net, standard, 2×/.test(await page.textContent('#report')));
    check('nothing for AVIF was loaded unasked', !requests.some((url) => /avif-encoder/.test(url)));
    await waitText(page, '#report', 'Measured');
    check('and how true it is', /8×8 block is your picture’s, within one level/.test(await page.textContent('#report')));
    await waitText(page, '#predicted', 'about');
    const predicted = Number(/([\d.]+) KB/.exec(await settled(page, '#predicted'))[1]) * 1e3; // guessed anew as tiles come
    const webp = await download(page);
    check('WebP by default', webp.name === 'flower-2x.webp' && webp.bytes.toString('latin1', 8, 12) === 'WEBP');
    check('WebP has the right size', (await decodedSize(page, webp.bytes)) === '1024x768');
    check('the predicted size is near', Math.abs(predicted / webp.bytes.length - 1) < 0.5, `${predicted} ${webp.bytes.length}`);
    const jpeg = await download(page, 'jpeg');
    check('JPEG', jpeg.name === 'flower-2x.jpg' && jpeg.bytes[0] === 0xff && (await decodedSize(page, jpeg.bytes)) === '1024x768');
    const png = await download(page, 'png');
    check('PNG', png.bytes[1] === 0x50 && (await decodedSize(page, png.bytes)) === '1024x768');
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async pixels(browser, url) {
    const page = await open(browser, url);
    for (const [name, channels, depth] of [['rgb8', 3, 8], ['rgba8', 4, 8], ['g8', 1, 8], ['ga8', 2, 8], ['rgb16', 3, 16],
      ['rgba16', 4, 16], ['g16', 1, 16]])
      await checkEqual(name, page, await drawPng(`${name}.png`, 203, 117, channels, depth));
    const alpha = path.join(scratch, 'alpha.webp');
    execFileSync(fovea, [path.join(scratch, 'rgba8.png'), '-o', alpha, '--lossless', '--progress', 'none'], { stdio: 'pipe' });
    await checkEqual('lossless WebP with alpha', page, alpha);
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // Every form of size in each of the four ways to compute it (the browser's compiler has one for processors with AVX-VNNI and
  // one for those without). All of them in all ways in the soak; otherwise all in one, a few in the others.
  async sizes(browser, url) {
    const small = await drawPng('small.png', 61, 45, 3, 8);
    const deep = await drawPng('deep.png', 61, 45, 4, 16);
    const strip = await drawPng('strip.png', 1930, 26, 3, 8);
    const forms = [[small, '3x'], [deep, '3x'], [small, '4x'], [deep, '4x'], [small, '2.5'], [deep, '1.37'], [small, '16'], [small, '200x130'],
      [small, 'long=333'], [deep, 'short=100'], [small, 'width=100'], [small, 'height=91'], [small, 'mp=0.03'], [deep, '2x1.5cm@300'],
      [small, '1x0.7in@200'], [strip, '4k'], [strip, '8k']];
    const few = [[small, '2x'], [deep, '1.37'], [small, '8']];
    const other = await launch('--js-flags=--no-enable-avx-vnni');
    for (const [name, at, query, some] of [['relaxed', browser, '', forms], ['simd128', browser, '?core=simd128', few],
      ['relaxed, no VNNI', other, '', few], ['simd128, no VNNI', other, '?core=simd128', few]]) {
      const page = await open(at, url + query);
      check(`${name}: the core is named`, (await page.textContent('#engine')).startsWith(query ? 'SIMD' : 'relaxed SIMD'));
      for (const [from, size] of soak ? forms : some) await checkEqual(`${name}, ${path.basename(from)} ${size}`, page, from, size);
      check(`${name}: no errors`, !page.problems.length, page.problems);
      await page.context().close();
    }
    await other.close();
  },

  async 'size words'(browser, url) {
    for (const size of ['2', '2.5', '16', '4k', '8k', '1200x800', '800x1200', 'long=1003', 'short=777', 'width=801', 'height=600', 'mp=1.7',
      '30x20cm@90', '3.5x5in@150'])
      for (const [name, width, height] of [['a.png', 226, 150], ['b.png', 150, 226], ['c.png', 211, 211]]) {
        const from = path.join(scratch, name);
        if (!fs.existsSync(from)) await drawPng(name, width, height, 1, 8);
        if (whyNotSize({ width, height }, size, 1e12)) continue; // more than 16 times
        const said = execFileSync(fovea, [from, ...sizeOptions(size), '--dry-run', '--report=json', '--progress', 'none'], { stdio: 'pipe' });
        const { large } = JSON.parse(said);
        const mine = resultSize({ width, height }, size);
        check(`${size} of ${name}`, mine.width === large.width && mine.height === large.height, JSON.stringify([mine, large]));
        check(`${size} of ${name}: its name`, large.file.endsWith(`-${sizeSuffix(size)}.png`), large.file);
      }
    const page = await open(browser, url);
    await give(page, example('cat.png'));
    await pick(page, 'size', 'other');
    check('the field says what it takes', /30x20cm@300/.test(await page.textContent('#other-note')));
    for (const [size, reason] of [['large', /not a size/], ['17', /not a size/], ['100x100', /no larger/], ['long=9000', /16 times/]]) {
      await page.fill('#other-size', size);
      await page.press('#other-size', 'Enter');
      await waitText(page, '#other-note', reason.source);
      check(`${size} is refused in words`, (await page.getAttribute('#other-size', 'aria-invalid')) === 'true');
    }
    check('and the result stays', (await page.textContent('#sizes')).endsWith('452 × 300') && !(await page.isDisabled('#download')));
    await page.context().close();
  },

  // What the picture is decides the net, as in the command.
  async 'which net'(browser, url) {
    const page = await open(browser, url);
    await checkEqual('a screenshot', page, await drawScreen('screen.png', 240, 130));
    check('a screen is seen to be one', /The screen net/.test(await page.textContent('#report')), await page.textContent('#report'));
    const poor = path.join(scratch, 'poor.jpg');
    execFileSync(fovea, [example('cat.png'), '-o', poor, '-q', '60', '--progress', 'none'], { stdio: 'pipe' });
    await give(page, poor);
    check('a poor JPEG gets its net', /The JPEG photo net/.test(await page.textContent('#report')));
    await waitText(page, '#report', '8×8 block');
    check('its quality is told', /JPEG of about quality 60/.test(await page.textContent('#report')));
    check('and where to start from', /best copy/.test(await page.textContent('#report')));
    await page.selectOption('#use', 'product');
    await finished(page);
    check('a use has its reason', /buyers must see/.test(await page.textContent('#report')));
    check('and brings its format', await page.isChecked('#format input[value=webp]'));
    await page.selectOption('#use', 'print');
    await finished(page);
    check('print is without loss', await page.isChecked('#format input[value=png]'));
    await page.context().close();
  },

  // With a pair of small nets in place of the page's own: the wish reaches the core, and what is protected stays faithful.
  async creative(browser, url) {
    const folder = path.join(root, 'tests/golden/creative');
    const nets = [['x2-bicubic.fovea', 'photo'], ['x2-bicubic.creative.fovea', 'creative-photo']]
      .map(([name, kind]) => ({ file: name, name, kind, scale: 2, effort: 'standard', keeps: 'pixels' }));
    const prepare = async (context) => {
      await context.route('**/contents.json', (route) => route.fulfill({ json: { nets, avif: false } }));
      await context.route('**/x2-bicubic*.fovea', (route) => route.fulfill({ path: path.join(folder, path.basename(route.request().url())) }));
    };
    const page = await open(browser, url, { prepare, serviceWorkers: 'block' });
    const result = async () => (await pngOf((await download(page, 'png')).bytes)).pixels;
    const apply = async (change) => {
      await change();
      await waitText(page, '#status', '^Sharp in');
    };
    const slide = (value) => page.locator('#strength').evaluate((e, v) => { e.value = v; e.dispatchEvent(new Event('change')); }, value);
    await give(page, example('cat.png'));
    check('both modes are offered', await page.isVisible('#mode-field') && !(await page.isVisible('#creative-field')));
    const faithful = await result();
    await apply(() => pick(page, 'mode', 'creative'));
    check('strength comes with it', await page.isVisible('#creative-field') && (await page.textContent('#strength-text')) === '100');
    const full = await result();
    check('a creative result differs', !same(full, faithful));
    check('and the report says so', /creative photo net, standard, at strength 100/.test(await page.textContent('#report')));
    await apply(() => slide(50));
    const half = await result();
    check('half the strength is another', !same(half, full) && !same(half, faithful));
    await apply(() => slide(0));
    check('none is the faithful result', same(await result(), faithful));
    await apply(() => slide(100));
    await give(page, file('photo_smallface_alla.jpg'));
    check('faces are looked for', /[Ff]aces?/.test(await page.textContent('#report')));
    await page.selectOption('#use', 'real-estate');
    await finished(page);
    check('real estate is never creative', await page.isDisabled('#mode input[value=creative]') && await page.isChecked('#mode input[value=faithful]'));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async 'creative as the command'(browser, url) {
    const { nets } = JSON.parse(fs.readFileSync(path.join(dist, 'contents.json')));
    const page = await open(browser, url);
    await give(page, example('cat.png'));
    const there = nets.some(({ kind }) => kind.startsWith('creative'));
    check('offered where its nets are', (await page.isVisible('#mode-field')) === there);
    if (there) {
      await pick(page, 'mode', 'creative');
      await page.locator('#strength').evaluate((e) => { e.value = 60; e.dispatchEvent(new Event('change')); });
      const small = await drawPng('small.png', 61, 45, 3, 8);
      await checkEqual('creative', page, small, '2x', ['-m', 'creative', '--strength', '60']);
      await checkEqual('creative, in passes', page, small, '3.5', ['-m', 'creative', '--strength', '60']);
    }
    await page.context().close();
  },

  async avif(browser, url) {
    const { avif } = JSON.parse(fs.readFileSync(path.join(dist, 'contents.json')));
    const page = await open(browser, url);
    await give(page, example('cat.png'));
    check('AVIF is offered where its encoder is there', (await page.locator('#format input[value=avif]').count()) === Number(avif));
    if (avif) {
      await pick(page, 'format', 'avif');
      await waitText(page, '#predicted', 'about');
      const { name, bytes } = await download(page);
      check('an AVIF file', name === 'cat-2x.avif' && bytes.toString('latin1', 4, 12) === 'ftypavif');
      check('of the right size', (await decodedSize(page, bytes)) === '452x300');
      check('in sRGB, and saying so', bytes.includes(Buffer.from('colrnclx\0\x01\0\x0d', 'latin1')));
      await give(page, file('icc_displayp3.jpg'));
      check('Display P3 in AVIF', (await download(page, 'avif')).bytes.includes(Buffer.from('colrnclx\0\x0c\0\x0d', 'latin1')));
      check('no errors', !page.problems.length, page.problems);
    }
    await page.context().close();
  },

  // From the first Tab to the file on disk, without a mouse.
  async keyboard(browser, url) {
    const page = await open(browser, url);
    const tabTo = async (selector) => {
      for (let i = 0; i < 40; i++) {
        if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return true;
        await page.keyboard.press('Tab');
      }
      return false;
    };
    check('the choice can be reached', await tabTo('#choose'));
    const coming = page.waitForEvent('filechooser');
    await page.waitForTimeout(300); // until the browser knows that it is awaited
    await page.keyboard.press('Enter');
    const chooser = await coming;
    await chooser.setFiles(example('cat.png'));
    await waitText(page, '#name', 'cat');
    await finished(page);
    check('the divider can be reached', await tabTo('#divider'));
    await page.keyboard.press('ArrowLeft');
    check('and moved', (await page.getAttribute('#divider', 'aria-valuenow')) === '48');
    check('the size can be reached', await tabTo('#size input'));
    await page.keyboard.press('ArrowRight');
    await waitText(page, '#sizes', '678 × 450');
    await finished(page);
    check('and keeps its focus', await page.evaluate(() => document.activeElement.matches('#size input[value="3x"]')));
    check('the download can be reached', await tabTo('#download'));
    const [got] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    check('and saves', got.suggestedFilename() === 'cat-3x.webp');
    await waitText(page, '#live', 'Done');
    check('a screen reader was told', true);
    await page.context().close();
  },

  async 'drop and paste'(browser, url) {
    const page = await open(browser, url);
    const data = fs.readFileSync(example('cat.png')).toString('base64');
    const send = (kind, name) =>
      page.evaluate(([k, n, d]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(d), (c) => c.charCodeAt(0))], n, { type: 'image/png' }));
        const event = k === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true })
          : new DragEvent(k, { dataTransfer: transfer, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
      }, [kind, name, data]);
    await send('dragover', 'a.png');
    check('a picture over the page is welcome', await page.isVisible('#veil'));
    await send('drop', 'dropped.png');
    await waitText(page, '#name', 'dropped.png');
    await finished(page);
    check('dropped', (await page.textContent('#sizes')) === '226 × 150 → 452 × 300' && !(await page.isVisible('#veil')));
    await send('paste', 'pasted.png');
    await waitText(page, '#name', 'pasted.png');
    await finished(page);
    check('pasted, and both are in the queue', (await page.locator('.thumb').count()) === 2);
    await page.context().close();
  },

  async 'divider and zoom'(browser, url) {
    const page = await open(browser, url);
    await give(page, example('cat.png'));
    const value = () => page.getAttribute('#divider', 'aria-valuenow');
    await page.focus('#divider');
    await page.keyboard.press('ArrowRight');
    check('arrow moves the divider', (await value()) === '52');
    await page.keyboard.press('Home');
    check('Home', (await value()) === '0');
    await page.keyboard.press('End');
    check('End', (await value()) === '100' && /100 % before/.test(await page.getAttribute('#divider', 'aria-valuetext')));
    const box = await page.locator('#stage').boundingBox();
    await page.keyboard.press('Home');
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + 200, { steps: 3 });
    await page.mouse.up();
    check('the mouse drags the divider', (await value()) === '25', await value());
    const alpha = await page.evaluate(() => document.getElementById('canvas').getContext('2d').getImageData(400, 300, 1, 1).data[3]);
    check('something is drawn', alpha === 255);
    await page.focus('#stage');
    await page.keyboard.press('1');
    check('1 is the 100 % view', (await page.textContent('#zoom-text')) === '100 %');
    await page.keyboard.press('+');
    check('+ zooms in', (await page.textContent('#zoom-text')) === '125 %');
    await page.keyboard.press('0');
    check('0 fits', (await page.textContent('#zoom-text')) !== '125 %');
    await page.mouse.move(box.x + 300, box.y + 300);
    await page.mouse.wheel(0, -240);
    const wheeled = Number.parseInt(await page.textContent('#zoom-text'), 10);
    await page.evaluate(() => {
      const send = (type, id, x) =>
        document.getElementById('stage').dispatchEvent(
          new PointerEvent(type, { pointerId: id, pointerType: 'touch', clientX: x, clientY: 300, bubbles: true }));
      document.getElementById('stage').setPointerCapture = () => {}; // these pointers are not real
      send('pointerdown', 7, 300);
      send('pointerdown', 8, 400);
      send('pointermove', 8, 350);
      send('pointerup', 7, 300);
      send('pointerup', 8, 350);
    });
    const pinched = Number.parseInt(await page.textContent('#zoom-text'), 10);
    check('two fingers pinch', Math.abs(pinched / wheeled - 0.5) < 0.02, `${wheeled} ${pinched}`);
    check('the wheel zooms', wheeled > 200);
    await page.context().close();
  },

  async cancel(browser, url) {
    const page = await open(browser, url);
    await page.setInputFiles('#files', [await drawPng('large.png', 1500, 1000, 3, 8)]);
    await waitText(page, '#status', 'Sharpening');
    await page.click('#cancel');
    await waitText(page, '#status', '^Stopped');
    const part = await page.evaluate(() => document.getElementById('progress').value);
    await page.waitForTimeout(600);
    check('stopped is stopped', part < 1 && (await page.evaluate(() => document.getElementById('progress').value)) === part);
    check('nothing half done can be saved', await page.isDisabled('#download'));
    check('it can start again', (await page.textContent('#cancel')) === 'Start again');
    await give(page, example('cat.png'));
    check('the next picture works', (await page.textContent('#sizes')).endsWith('452 × 300'));
    await page.context().close();
  },

  async queue(browser, url) {
    const page = await open(browser, url);
    await give(page, example('cat.png'), file('gray8.jpg'), example('cat.png'));
    await page.waitForTimeout(300);
    check('the first one is the sample', (await page.locator('.thumb[data-state=done]').count()) === 1);
    check('and it says so', /all 3/.test(await page.textContent('#queue-text')));
    await page.click('#all');
    await page.waitForFunction(() => document.querySelectorAll('.thumb[data-state=done]').length === 3);
    const zip = await download(page, null, '#zip');
    const names = execFileSync('python3', ['-c',
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), *z.namelist(), sep="|")', zip.path]);
    check('the zip is whole', String(names).trim() === 'None|cat-2x.webp|gray8-2x.webp|cat-2x (2).webp', names);
    await page.locator('.thumb').nth(1).click();
    await waitText(page, '#name', 'gray8');
    await finished(page);
    check('another one can be looked at', (await page.textContent('#sizes')).startsWith('451 × 300'));
    await page.locator('.remove').nth(1).click({ force: true });
    await page.waitForFunction(() => document.querySelectorAll('.thumb').length === 2);
    check('one can be removed', (await page.textContent('#name')) === 'cat.png');
    await page.context().close();
  },

  async broken(browser, url) {
    const page = await open(browser, url);
    const png = fs.readFileSync(example('cat.png'));
    const cases = {
      'truncated.png': [png.subarray(0, 40000), /damaged/],
      'flipped.png': [Buffer.concat([png.subarray(0, 5000), Buffer.from([png[5000] ^ 1]), png.subarray(5001)]), /damaged/],
      'truncated.jpg': [fs.readFileSync(example('flower.jpg')).subarray(0, 300), /damaged/],
      'text.jpg': [Buffer.from('no picture at all'), /not a picture/],
      'drawing.svg': [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG/],
      'old.tif': [Buffer.from('II*\0 and so on, for a while'), /cannot open TIFF/],
    };
    for (const [name, [buffer, pattern]] of Object.entries(cases)) {
      await page.setInputFiles('#files', [{ name, buffer, mimeType: 'image/x' }]);
      await waitText(page, '#name', name.replace('.', '\\.'));
      await page.waitForSelector('#error:not([hidden])');
      const text = await page.textContent('#error');
      check(`${name} gives one clear line`, pattern.test(text) && !text.includes('\n'), text);
    }
    await give(page, example('cat.png'));
    check('and then a whole one works', !(await page.isVisible('#error')));
    await page.context().close();
  },

  async orientation(browser, url) {
    const page = await open(browser, url);
    let upright;
    for (let n = 1; n <= 8; n++) {
      await give(page, file(`exif_orientation${n}.jpg`));
      const png = await pngOf((await download(page, 'png')).bytes);
      upright ||= png;
      let sum = 0;
      for (let i = 0; i < png.pixels.length; i++) sum += Math.abs(png.pixels[i] - upright.pixels[i]);
      check(`EXIF orientation ${n}`, png.width === 452 && png.height === 300 && sum / png.pixels.length < 4, sum / png.pixels.length);
    }
    for (const format of ['webp', 'jpeg', 'png']) {
      const { bytes } = await download(page, format);
      const exif = format === 'png' ? pngChunks(new Uint8Array(bytes)).eXIf : fileFacts(format, new Uint8Array(bytes)).exif;
      check(`${format} carries the EXIF block, upright`, exif && exifOrientation(exif) === 1);
      check(`${format} still opens`, (await decodedSize(page, bytes)) === '452x300');
    }
    await page.locator('#exif').uncheck();
    const { bytes } = await download(page, 'jpeg');
    check('or leaves it', !fileFacts('jpeg', new Uint8Array(bytes)).exif);
    const exif = Uint8Array.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
    await checkEqual('a PNG on its side', page, await drawPng('side.png', 60, 40, 3, 8, [['eXIf', exif]]));
    const xmp = (n) => `<x:xmpmeta><rdf:Description tiff:Orientation="${n}" dc:rights="Ada"/></x:xmpmeta>`;
    await give(page, await drawPng('rights.png', 40, 30, 3, 8, [['iTXt', Buffer.from(`${PNG_XMP}\0\0\0\0${xmp(6)}`)]]));
    await page.locator('#exif').check();
    for (const format of ['webp', 'jpeg', 'png']) {
      const { bytes } = await download(page, format);
      check(`${format} carries XMP, upright`, bytes.includes(xmp(1)));
      check(`${format} with XMP still opens`, (await decodedSize(page, bytes)) === '80x60');
    }
    const jpeg = fs.readFileSync(file('gray8.jpg'));
    const resources = Buffer.from('Photoshop 3.0\0' + '8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ada\0', 'latin1'); // its by-line
    const record = Buffer.concat([Buffer.of(0xff, 0xed, 0, resources.length + 2), resources]);
    const credited = path.join(scratch, 'credit.jpg');
    fs.writeFileSync(credited, Buffer.concat([jpeg.subarray(0, 2), record, jpeg.subarray(2)]));
    await give(page, credited);
    for (const format of ['jpeg', 'webp', 'png']) {
      const { bytes } = await download(page, format);
      check(`${format} ${format === 'jpeg' ? 'carries' : 'has no place for'} IPTC`, bytes.includes(record) === (format === 'jpeg'));
    }
    await page.context().close();
  },

  async colour(browser, url) {
    const page = await open(browser, url);
    await give(page, file('icc_displayp3.jpg'));
    check('Display P3 is noted', /P3/.test(await page.textContent('#report')));
    const chunks = pngChunks(new Uint8Array((await download(page, 'png')).bytes));
    check('a P3 result carries a profile', chunks.iCCP || chunks.cICP);
    await give(page, file('palette_alpha.gif'));
    check('the first picture of an animation', /first picture/i.test(await page.textContent('#report')));
    await page.context().close();
  },

  async wide(browser, url) {
    const page = await open(browser, url);
    await give(page, await drawPng('wide.png', 12000, 24, 3, 8));
    check('what WebP and JPEG cannot hold is said', /16,383/.test(await page.textContent('#format-note')));
    check('they cannot be chosen', await page.isDisabled('#format input[value=webp]'));
    const { bytes, name } = await download(page);
    check('PNG holds it', name === 'wide-2x.png' && (await pngOf(bytes)).width === 24000);
    check('4K of it is not offered', (await page.locator('#size input[value="4k"]').count()) === 0);
    check('whole factors are', (await page.locator('#size input[value="2x"]').count()) === 1);
    await give(page, await drawPng('strip.png', 2000, 24, 3, 8));
    await pick(page, 'size', '4k');
    await waitText(page, '#sizes', '3,840 × 46');
    await finished(page);
    const fitted = await download(page, 'webp');
    check('4K fits the screen', fitted.name === 'strip-3840x2160.webp' && (await decodedSize(page, fitted.bytes)) === '3840x46');
    await page.context().close();
  },

  async 'one file'(browser) {
    const page = await open(browser, `file://${dist}/fovea.html`);
    await give(page, example('cat.png'));
    const { bytes } = await download(page);
    check('fovea.html works from disk', (await decodedSize(page, bytes)) === '452x300');
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async offline(browser) {
    const server = await serve();
    const page = await open(browser, `http://127.0.0.1:${server.address().port}/`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await page.reload();
    await page.waitForSelector('body[data-ready]');
    await give(page, example('cat.png'));
    check('works with the host gone', (await page.textContent('#sizes')).endsWith('452 × 300'));
    await page.context().close();
  },

  async 'other cores'(browser, url) {
    const broken = { prepare: (c) => c.route('**/fovea-relaxed.wasm', (route) => route.fulfill({ body: 'nothing' })) };
    const slower = await open(browser, url, broken);
    check('without relaxed SIMD the page says so', /^SIMD \(slower\)/.test(await slower.textContent('#engine')));
    await slower.context().close();
    const answers = JSON.parse(fs.readFileSync(path.join(dist, 'selftest.json'))).map((t) => ({ ...t, crc: 1 }));
    const wrong = { prepare: (c) => c.route('**/selftest.json', (route) => route.fulfill({ json: answers })) };
    const refused = await open(browser, url, wrong);
    check('a core that computes wrongly is refused', /self-test/.test(await refused.textContent('#broken')));
    await refused.context().close();
  },

  async private(browser, url) {
    const page = await open(browser, url);
    const tried = await page.evaluate(async () => {
      const elsewhere = 'https://elsewhere.example/';
      const blocked = [];
      document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
      const went = await fetch(elsewhere).then(() => 'fetch', () => '');
      navigator.sendBeacon(elsewhere, 'x');
      try { new WebSocket('wss://elsewhere.example/'); } catch { /* refused at once */ }
      new Image().src = `${elsewhere}x.png`;
      const code = `fetch('${elsewhere}').then(() => postMessage('went'), () => postMessage('blocked'))`;
      const worker = new Worker(URL.createObjectURL(new Blob([code])));
      const fromWorker = await new Promise((resolve) => { worker.onmessage = (event) => resolve(event.data); });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { went, fromWorker, blocked };
    });
    check('the policy stops fetch', !tried.went);
    check('and fetch in workers', tried.fromWorker === 'blocked');
    check('and beacons, sockets, pictures', tried.blocked.filter((d) => d === 'connect-src').length >= 3 && tried.blocked.includes('img-src'), tried.blocked);
    await page.context().close();
  },

  async accessible(browser, url) {
    const axe = fs.readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(browser, url, { colorScheme, reducedMotion: 'reduce' });
      const violations = async () => {
        await page.evaluate(axe);
        const { violations: found } = await page.evaluate(() => globalThis.axe.run());
        return found.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`);
      };
      const welcome = await violations();
      check(`axe on the welcome, ${colorScheme}`, !welcome.length, welcome.join('\n'));
      await give(page, example('cat.png'), file('gray8.jpg'));
      const work = await violations();
      check(`axe on the work, ${colorScheme}`, !work.length, work.join('\n'));
      await page.context().close();
    }
  },
};

// ---- Nothing leaves: every request of the whole browser, by its own log ----

function checkNetLog(own) {
  const text = fs.readFileSync(netLog, 'utf8').trimEnd();
  const log = JSON.parse(text.endsWith('}') ? text : `${text.replace(/,$/, '')}]}`);
  // What the browser asks for of its own accord (updates) has no origin for an initiator; what a page starts has one.
  const started = log.events.map((event) => event.params || {}).filter((p) => p.url && p.initiator);
  const urls = started.filter((p) => p.initiator !== 'not an origin').map((p) => p.url);
  const strange = [...new Set(urls.filter((url) => !/^http:\/\/127\.0\.0\.1[:/]/.test(url)))];
  check('the browser logged its requests', only || urls.some((url) => url.startsWith(own)));
  check('no request left this machine', !strange.length, strange.join(' '));
  const asked = requests.filter((url) => !/^(blob:|data:|file:)/.test(url) && !/elsewhere\.example/.test(url));
  check('pages asked for their own files only', (only || asked.length > 0) && asked.every((url) => /^http:\/\/127\.0\.0\.1:/.test(url)));
}

async function main() {
  const server = await serve();
  const url = `http://127.0.0.1:${server.address().port}/`;
  const browser = await launch(`--log-net-log=${netLog}`);
  try {
    for (const [name, test] of Object.entries(tests)) {
      if (!name.includes(only)) continue;
      const started = Date.now();
      await test(browser, url).catch((error) => check(name, false, error.stack));
      if (process.env.FOVEA_VERBOSE) console.log(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
      for (const context of browser.contexts()) await context.close();
    }
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
  checkNetLog(url);
}

await main().catch((error) => check('the tests', false, error.stack));
fs.rmSync(scratch, { recursive: true, force: true });
console.log(`web_test: ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
