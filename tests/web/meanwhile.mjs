// SPDX-License-Identifier: MIT
// What happens while something else is going on: choices during the writing, pictures during the start, looks at others.
import fs from 'node:fs';
import path from 'node:path';
import {
  allDone, asRgba, check, dist, download, drawPng, drawScreen, example, file, finished, give, native, open, pick, pngOf, resize,
  same, scratch, states, waitText, zipped,
} from './tools.mjs';

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);

// The file of a click on Download that a click on something else follows at once.
async function downloadThen(page, selector) {
  const [got] = await Promise.all([page.waitForEvent('download'), page.evaluate((s) => {
    document.getElementById('download').click();
    document.querySelector(s).click();
  }, selector)]);
  const to = path.join(scratch, got.suggestedFilename());
  await got.saveAs(to);
  return { name: got.suggestedFilename(), bytes: fs.readFileSync(to) };
}

// Each gets the browser and the host's address.
export default {
  async 'chosen while writing'(browser, url) {
    const page = await open(browser, url);
    await give(page, example('cat.png'));
    const webp = await downloadThen(page, '#format input[value=jpeg]');
    check('another format: the file is what was asked for', webp.name === 'cat-2x.webp' && webp.bytes.toString('latin1', 8, 12) === 'WEBP', webp.name);
    const jpeg = await downloadThen(page, '#size input[value="3x"]');
    check('another size: likewise', jpeg.name === 'cat-2x.jpg' && jpeg.bytes[0] === 0xff, jpeg.name);
    await finished(page);
    const { name } = await download(page);
    await waitText(page, '#saved', '^Saved');
    check('and then the new one', name === 'cat-3x.jpg', name);
    await pick(page, 'size', '4x');
    await finished(page);
    check('what was saved is not said of another size', (await page.textContent('#saved')) === '');
    // Writing goes on in turns with the rest of the page, or Stop would come too late.
    const ended = await page.evaluate(async () => {
      const { writePng } = await import('./png.js');
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 0);
      const row = new Uint8Array(3000);
      return writePng({ width: 1000, height: 2000, channels: 3, depth: 8 }, () => row, controller.signal).then(() => 'whole', (error) => error.name);
    });
    check('a PNG that is being written can be stopped', ended === 'AbortError', ended);
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // One of a batch is too wide for WebP: that one is a PNG, whole, and called so.
  async 'too wide among others'(browser, url) {
    const page = await open(browser, url);
    await give(page, example('cat.png'), await drawPng('wide.png', 9000, 24, 3, 8), file('gray8.jpg'));
    await page.click('#all');
    await allDone(page, 3);
    const files = await zipped(page);
    check('only that one is a PNG', Object.keys(files).join(' ') === 'cat-2x.webp wide-2x.png gray8-2x.webp', Object.keys(files).join(' '));
    const wide = Buffer.from(files['wide-2x.png'] || '', 'latin1');
    check('and whole', wide.length > 24 && wide.readUInt32BE(16) === 18000);
    check('it is said', /One picture is a PNG/.test(await page.textContent('#saved')), await page.textContent('#saved'));
    await page.locator('.thumb').nth(1).click();
    await waitText(page, '#name', 'wide');
    await finished(page);
    check('looking at it changes nothing for the others', (await states(page)) === 'done done done' && (await page.isChecked('#format input[value=png]')), await states(page));
    await page.locator('.thumb').nth(0).click();
    await waitText(page, '#name', 'cat');
    await finished(page);
    check('which stay WebP', await page.isChecked('#format input[value=webp]'));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // A picture that comes before the start is over waits, and gets the net of its own kind.
  async 'before the start is over'(browser, url) {
    let free;
    const gate = new Promise((resolve) => { free = resolve; });
    const prepare = async (context) => {
      await context.route('**/photo-standard-x2.fovea', async (route) => { await gate; await route.continue(); });
      await context.addInitScript(() => {
        const made = WebAssembly.instantiate;
        WebAssembly.instantiate = async (...what) => { await new Promise((resolve) => { setTimeout(resolve, 700); }); return made.apply(WebAssembly, what); };
      });
    };
    const page = await open(browser, url, { prepare, serviceWorkers: 'block', until: 'body[data-listening]' });
    const from = await drawScreen('early.png', 240, 130);
    await waitText(page, '#engine', 'worker');
    await page.setInputFiles('#files', [from]);
    await page.waitForTimeout(1500);
    check('it waits', (await page.textContent('#status')) === 'Getting ready…' && !(await page.isVisible('#error')), await page.textContent('#status'));
    free();
    await finished(page);
    const [mine, theirs] = [await pngOf((await download(page, 'png')).bytes), await pngOf(fs.readFileSync(native(from)))];
    check('and is what it should be', same(asRgba(mine), asRgba(theirs)));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async 'a look at another'(browser, url) {
    const page = await open(browser, url);
    await give(page, await drawPng('one.png', 900, 900, 3, 8));
    // Another one comes, and the first is chosen again before its file is written.
    await page.evaluate(() => {
      const watch = new MutationObserver(() => {
        if (document.querySelectorAll('.thumb').length < 2) return;
        watch.disconnect();
        document.querySelector('.thumb').click();
      });
      watch.observe(document.getElementById('items'), { childList: true });
    });
    await page.setInputFiles('#files', [example('cat.png'), file('gray8.jpg')]);
    await page.waitForFunction(() => document.querySelectorAll('.thumb').length === 3);
    await waitText(page, '#name', 'one');
    await finished(page);
    await waitText(page, '#report', 'Measured');
    check('it is measured again', true);
    await page.click('#all');
    await allDone(page, 3);
    await page.locator('.thumb').nth(2).click();
    await waitText(page, '#name', 'gray8');
    await finished(page);
    await page.locator('.thumb').nth(0).click();
    const files = Object.keys(await zipped(page));
    check('one that is made again to be looked at is in the zip', files.length === 3, files.join(' '));
    const { files: others, lost } = await page.evaluate(async () => {
      const { Session } = await import('./session.js');
      const items = ['a', 'b', 'c'].map((name) => ({ name, state: 'done' }));
      const file = async ({ name }) => (name === 'b' ? Promise.reject(new Error('no')) : { name });
      return Session.prototype.finishedFiles.call({ items, file });
    });
    check('one that cannot be written leaves the others', others.map(({ name }) => name).join('') === 'ac' && lost === 1, others);
    check('and counted', /^3 of 3/.test(await page.textContent('#queue-text')), await page.textContent('#queue-text'));
    await page.locator('.thumb').nth(2).click();
    await waitText(page, '#name', 'gray8');
    await finished(page);
    check('left half way it is done as before', (await states(page)) === 'done done done', await states(page));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // What is chosen while all are made comes first.
  async 'chosen while all are made'(browser, url) {
    const page = await open(browser, url);
    await give(page, example('cat.png'), await drawPng('large1.png', 1500, 1200, 3, 8), await drawPng('large2.png', 1500, 1200, 3, 8));
    await page.click('#all');
    await page.waitForSelector('.thumb[data-state=working]');
    await page.locator('.thumb').nth(2).click();
    await waitText(page, '#name', 'large2');
    await waitText(page, '#status', '^Sharpening');
    check('the chosen one is being made', (await states(page)) === 'done waiting working', await states(page));
    await page.locator('.thumb').nth(0).click();
    await waitText(page, '#name', 'cat');
    check('nothing is said to be done that is not in sight', !/100 %/.test(await page.textContent('#status')), await page.textContent('#status'));
    await finished(page);
    await allDone(page, 3);
    check('and all of them get done', true);
    await page.context().close();
  },

  async 'zoom and place'(browser, url) {
    const page = await open(browser, url);
    await give(page, example('coffee.png'));
    await page.focus('#stage');
    for (const key of ['1', '+', '+', '+', 'ArrowRight']) await page.keyboard.press(key);
    const before = Number.parseInt(await page.textContent('#zoom-text'), 10);
    await resize(page, example('coffee.png'), '3x');
    const after = Number.parseInt(await page.textContent('#zoom-text'), 10);
    check('another size shows the same place as large as before', Math.abs(after * 1.5 - before) <= 2, `${before} ${after}`);
    await give(page, example('cat.png'));
    check('another picture is shown whole', Number.parseInt(await page.textContent('#zoom-text'), 10) !== after);
    await page.context().close();
  },

  // The memory was short once: the picture can be tried again.
  async 'try again'(browser, url) {
    const source = fs.readFileSync(path.join(dist, 'worker.js'), 'utf8');
    const failing = source.replace('function run(job) {', "function run(job) {\n  if (job.width === 900 && !self.failed) { self.failed = true; throw new Error('no memory'); }");
    const prepare = async (context) => {
      await context.route('**/worker.js', (route) => route.fulfill({ contentType: 'text/javascript', body: failing }));
      await context.addInitScript(() => Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 1 })); // one failure
    };
    const page = await open(browser, url, { prepare, serviceWorkers: 'block' });
    await page.setInputFiles('#files', [await drawPng('heavy.png', 900, 600, 3, 8)]);
    await page.waitForFunction(() => !document.getElementById('error').hidden);
    check('it says what is wrong', /memory/.test(await page.textContent('#error')) && (await page.textContent('#cancel')) === 'Start again');
    await page.click('#cancel');
    await finished(page);
    check('and then it works', (await page.textContent('#sizes')).endsWith('1,800 × 1,200') && !(await page.isDisabled('#download')));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // What goes out of sight hands on the focus.
  async focus(browser, url) {
    const page = await open(browser, url);
    await page.focus('#example');
    await page.keyboard.press('Enter');
    await finished(page);
    check('the example: to the picture', (await focused(page)) === 'stage', await focused(page));
    await page.setInputFiles('#files', [await drawPng('focus.png', 1200, 900, 3, 8), example('cat.png')]);
    await waitText(page, '#name', 'focus');
    await waitText(page, '#status', 'Sharpening');
    await page.focus('#cancel');
    await finished(page);
    await page.waitForTimeout(200);
    check('Stop, when it is done: to Download', (await focused(page)) === 'download', await focused(page));
    await page.keyboard.press('Enter');
    await waitText(page, '#saved', '^Saved');
    check('Download keeps it', (await focused(page)) === 'download', await focused(page));
    await page.focus('#all');
    await page.keyboard.press('Enter');
    await allDone(page, 3);
    await page.waitForTimeout(300);
    check('Sharpen all, when all is done: to the zip', (await focused(page)) === 'zip', await focused(page));
    await page.context().close();
  },
};
