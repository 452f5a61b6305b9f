// SPDX-License-Identifier: MIT
// Which nets do it: by the picture, by the mode, as in the command.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { writePng } from '../../web/png.js';
import {
  check, checkEqual, dist, download, drawPng, drawScreen, example, file, finished, fovea, give, open, pick, pngOf,
  root, same, scratch, waitText,
} from './tools.mjs';

async function drawNoise(name, width, height) {
  let state = 5;
  const next = () => 60 + ((state = (state * 1103515245 + 12345) % 2147483648) >> 16) % 140;
  const blob = await writePng({ width, height, channels: 3, depth: 8 }, () => Uint8Array.from({ length: 3 * width }, next));
  fs.writeFileSync(path.join(scratch, name), Buffer.from(await blob.arrayBuffer()));
  return path.join(scratch, name);
}

// Of the report: all, the mode, the reason.
async function automatic(page, from) {
  await give(page, from);
  return /Automatic chose (\w+): ([^.]*)\./.exec(await page.textContent('#report')) || [];
}

// What the command would do: {mode, mode_reason}.
const said = (from) =>
  JSON.parse(execFileSync(fovea, [from, '-m', 'auto', '--dry-run', '--report=json', '--progress', 'none', '-o', path.join(scratch, 'never.png')], { stdio: 'pipe' }));

// Each gets the browser and the host's address.
export default {
  // What the picture is decides the net, as in the command.
  async 'which net'(browser, url) {
    const page = await open(browser, url);
    await checkEqual('a screenshot', page, await drawScreen('screen.png', 240, 130));
    check('a screen is seen to be one', /The screen net/.test(await page.textContent('#report')), await page.textContent('#report'));
    const smaller = path.join(scratch, 'smaller.png');
    execFileSync(fovea, [path.join(scratch, 'screen.png'), '--source', 'clean', '--to', '120x65', '--allow-shrink', '-o', smaller, '--progress', 'none'],
      { stdio: 'pipe' });
    await checkEqual('a screenshot that was made smaller', page, smaller);
    check('it takes the net for photographs', /The photo net/.test(await page.textContent('#report')), await page.textContent('#report'));
    const poor = path.join(scratch, 'poor.jpg');
    execFileSync(fovea, [example('cat.png'), '-o', poor, '-q', '60', '--progress', 'none'], { stdio: 'pipe' });
    await give(page, poor);
    check('a poor JPEG gets its net', /The JPEG photo net/.test(await page.textContent('#report')));
    await waitText(page, '#report', '8×8 block');
    check('its quality is told', /JPEG of about quality 60/.test(await page.textContent('#report')));
    for (const [quality, net] of [[50, 'JPEG photo'], [92, 'photo']]) {
      const webp = path.join(scratch, `q${quality}.webp`);
      execFileSync(fovea, [example('cat.png'), '-o', webp, '-q', String(quality), '--progress', 'none'], { stdio: 'pipe' });
      await give(page, webp);
      const told = await page.textContent('#report');
      check(`a WebP of quality ${quality} gets the ${net} net`, told.includes(`The ${net} net`), told);
      check('and its quality is told if it is poor', /A WebP of about quality/.test(told) === quality < 83, told);
    }
    const kept = path.join(scratch, 'kept.png');
    execFileSync('vips', ['copy', poor, kept], { stdio: 'pipe' });
    await checkEqual('a PNG that was a poor JPEG', page, kept);
    await waitText(page, '#report', '8×8 block');
    check('it gets the net of JPEGs', /The JPEG photo net/.test(await page.textContent('#report')));
    check('what it was is told', /was a JPEG of about quality \d\d before/.test(await page.textContent('#report')), await page.textContent('#report'));
    check('and where to start from', /best copy/.test(await page.textContent('#report')));
    await page.selectOption('#use', 'product');
    await waitText(page, '#report', 'buyers must see');
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

  // The mode and its reason are the command's, and so is the result.
  async automatic(browser, url) {
    const { nets } = JSON.parse(fs.readFileSync(path.join(dist, 'contents.json')));
    const page = await open(browser, url);
    await give(page, example('cat.png'));
    if (nets.some(({ kind }) => kind.startsWith('creative'))) {
      await pick(page, 'mode', 'auto');
      const poor = path.join(scratch, 'poor-flower.jpg');
      execFileSync(fovea, [example('flower.jpg'), '-o', poor, '--to', 'long=300', '--allow-shrink', '-q', '50', '--progress', 'none'], { stdio: 'pipe' });
      for (const from of [example('cat.png'), example('flower.jpg'), example('coffee.png'), file('gray8.jpg'), file('photo_smallface_alla.jpg'), poor,
        await drawScreen('screen.png', 240, 130), await drawPng('small.png', 61, 45, 3, 8), await drawPng('tiny.png', 7, 5, 3, 8)]) {
        const [, mode, reason] = await automatic(page, from);
        const told = said(from);
        check(`${path.basename(from)} is ${told.mode}`, mode === told.mode && told.mode_reason.startsWith(reason), `${mode} ${reason} ${JSON.stringify(told)}`);
      }
      await checkEqual('one that gains', page, await drawNoise('noise.png', 90, 70), '2x', ['-m', 'auto']);
      check('and is known to', /chose creative: noisy/.test(await page.textContent('#report')));
      await checkEqual('one that does not', page, await drawScreen('screen.png', 240, 130), '2x', ['-m', 'auto']);
      await page.selectOption('#use', 'product');
      await pick(page, 'mode', 'auto');
      await waitText(page, '#report', 'Automatic chose faithful: buyers must see');
      check('a use may decide before the picture', !(await page.isVisible('#creative-field')));
    }
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },
};
