// SPDX-License-Identifier: MIT
// The page beside what else runs in a browser. README.md says what is installed and what the table means.
// Usage: node bench/web/bench.mjs NETS [--page web/dist] [--packages FOLDER] [--originals FOLDER] [--size 256x256] [--runs 5]
//            [--only first,one,alone,all,upscaler,quality] [--flags "--js-flags=..."]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options, positionals: [nets] } = parseArgs({
  allowPositionals: true,
  options: {
    page: { type: 'string', default: path.join(root, 'web/dist') },
    packages: { type: 'string', default: root },
    originals: { type: 'string' },
    size: { type: 'string', default: '256x256' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: 'first,one,alone,all,upscaler,quality' },
    flags: { type: 'string', default: '' },
  },
});
const need = createRequire(path.join(options.packages, 'x'));
const { chromium } = need('playwright-core');
const fovea = path.join(root, 'build/fovea');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'fovea-bench-'));
const wants = (part) => options.only.split(',').includes(part);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const run = (...args) => execFileSync(fovea, [...args, '--overwrite', '--progress', 'none'], { stdio: 'pipe' });

// A plain static host: no headers for isolation, so no peer has threads. The page's modules find their files under /page/.
const FOLDERS = { bench: path.join(root, 'bench/web'), page: options.page, nets, npm: path.join(options.packages, 'node_modules'), pictures: scratch };
const TYPES = { html: 'text/html', js: 'text/javascript', mjs: 'text/javascript', css: 'text/css', wasm: 'application/wasm', json: 'application/json' };

function answer(request, response) {
  const [, folder, ...rest] = decodeURIComponent(request.url.split('?')[0]).split('/');
  const name = path.join(FOLDERS[folder] || FOLDERS.page, ...(FOLDERS[folder] ? rest : [folder]), request.url === '/' ? 'index.html' : '');
  const inBench = !FOLDERS[folder] && !fs.existsSync(name) ? path.join(nets, folder) : name; // a net that the engine asks for
  if (!fs.existsSync(inBench)) return response.writeHead(404).end();
  return response.writeHead(200, { 'content-type': TYPES[inBench.split('.').pop()] || 'application/octet-stream' }).end(fs.readFileSync(inBench));
}

const server = http.createServer(answer);
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const home = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--no-first-run', ...options.flags.split(' ').filter(Boolean)] });

async function inPage(work, ...args) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(600000);
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(`${home}/bench/bench.html`);
  await page.waitForSelector('html[data-ready]');
  const result = await page.evaluate(work, args);
  await page.context().close();
  return result;
}

const time = (...args) => inPage((a) => globalThis.bench.time(...a), ...args, Number(options.runs));
const timeOnce = (...args) => inPage((a) => globalThis.bench.time(...a), ...args, 1);
const quality = (...args) => inPage((a) => globalThis.bench.quality(...a), ...args);

const shortest = (timed) => ({ ...timed, seconds: [Math.min(...timed.seconds)] });

function table(title, rows) {
  const base = median(rows[0][1].seconds);
  console.log(`\n${title}\n\n| | seconds | times fovea | |\n| --- | --- | --- | --- |`);
  for (const [name, { seconds, about, macs, pixels }] of rows) {
    const speed = macs ? `, ${((2 * macs * pixels) / median(seconds) / 1e9).toFixed(0)} GOP/s` : '';
    console.log(`| ${name} | ${median(seconds).toFixed(3)} | ${(median(seconds) / base).toFixed(1)} | ${about}${speed} |`);
  }
}

const ANY = { file: 'standard.fovea', scale: 2 };
const REAL = { file: 'photo-standard-x2.fovea', scale: 2 };

async function main() {
  const [width, height] = options.size.split('x').map(Number);
  const picture = path.join(scratch, 'picture.png');
  execFileSync('python3', [path.join(root, 'bench/picture.py'), picture, String(width), String(height)]);
  const url = '/pictures/picture.png';
  console.log(`${os.cpus()[0].model}, ${os.cpus().length} processors; Chromium ${browser.version()}; ${width}x${height} to ${2 * width}x${2 * height}, medians of ${options.runs}`);
  if (wants('one'))
    table('One worker, one thread, the same graph (random weights, the standard net\'s layers, no guarantee)', [
      ['fovea', await time('fovea', [ANY, { workers: 1 }], url)],
      ['fovea, simd128', await time('fovea', [ANY, { workers: 1, core: 'simd128' }], url)],
      ['onnxruntime-web, float', await time('onnx', ['standard.onnx'], url)],
      ['onnxruntime-web, int8', await time('onnx', ['standard.int8.onnx'], url)],
    ]);
  if (wants('alone'))
    table('fovea alone, the shortest of the runs: photo-standard-x2 with its guarantee', [
      ['one worker, as the page chooses', shortest(await time('fovea', [REAL, { workers: 1 }], url))],
      ['one worker, relaxed SIMD', shortest(await time('fovea', [REAL, { workers: 1, core: 'relaxed' }], url))],
      ['one worker, SIMD', shortest(await time('fovea', [REAL, { workers: 1, core: 'simd128' }], url))],
    ]);
  if (wants('all'))
    table('What a visitor gets from a host without special headers', [
      ['fovea, photo-standard-x2 with its guarantee', await time('fovea', [REAL, {}], url)],
      ['onnxruntime-web, float, the same layers', await time('onnx', ['standard.onnx'], url)],
    ]);
  if (wants('upscaler'))
    table('The same, beside UpscalerJS: one run, for it takes long', [
      ['fovea, photo-standard-x2 with its guarantee', await time('fovea', [REAL, {}], url)],
      ['UpscalerJS esrgan-slim 2x', await timeOnce('upscaler', [], url)],
    ]);
  if (wants('first')) await firstSharp();
  if (wants('quality') && options.originals) await qualityTable();
}

// From the choice of a file to the first tile in sight: decoding, looking at it and the net.
async function firstSharp() {
  const photo = path.join(scratch, 'photo.jpg');
  execFileSync('python3', [path.join(root, 'bench/picture.py'), path.join(scratch, 'photo.png'), '1000', '1000']);
  run(path.join(scratch, 'photo.png'), '--to', '999x999', '--allow-shrink', '-o', photo, '-q', '92');
  const seconds = [];
  for (let i = 0; i < Number(options.runs); i++) {
    const page = await (await browser.newContext()).newPage(); // of somebody who comes for the first time
    await page.goto(`${home}/`);
    await page.waitForSelector('body[data-ready]');
    await page.waitForTimeout(2000); // and looks for a picture
    await page.setInputFiles('#files', photo);
    await page.waitForFunction(() => performance.getEntriesByName('fovea-first-sharp').length > 0);
    seconds.push((await page.evaluate(() => performance.getEntriesByName('fovea-first-sharp')[0].duration)) / 1000);
    await page.context().close();
  }
  console.log(`\nFirst sharp pixels of a 999x999 JPEG, on a page just opened: ${median(seconds).toFixed(3)} s`);
}

// Originals are cut to even sides, shrunk by the exact bicubic resampler, and enlarged again.
async function qualityTable() {
  const pairs = fs.readdirSync(options.originals).filter((name) => name.endsWith('.png')).map((name, i) => {
    const from = path.join(options.originals, name);
    const head = fs.readFileSync(from).subarray(16, 24);
    const [w, h] = [head.readUInt32BE(0) & ~1, head.readUInt32BE(4) & ~1];
    execFileSync('vips', ['crop', from, path.join(scratch, `large${i}.png`), '0', '0', String(w), String(h)]);
    run(path.join(scratch, `large${i}.png`), '--to', `${w / 2}x${h / 2}`, '--allow-shrink', '-o', path.join(scratch, `small${i}.png`));
    return { small: `/pictures/small${i}.png`, large: `/pictures/large${i}.png` };
  });
  const mean = (values) => (values.reduce((sum, v) => sum + v, 0) / values.length).toFixed(2);
  console.log(`\nPSNR of Y at 2x, ${pairs.length} pictures: fovea ${mean(await quality('fovea', [REAL, {}], pairs))} dB, ` +
    `UpscalerJS esrgan-slim ${mean(await quality('upscaler', [], pairs))} dB`);
}

await main().finally(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
  fs.rmSync(scratch, { recursive: true, force: true });
});
