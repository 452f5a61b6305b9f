// SPDX-License-Identifier: MIT
// Several pictures and what becomes of them: nothing that took long is thrown away, and no way ends in a wall.
import fs from 'node:fs';
import path from 'node:path';
import {
  allDone, check, download, drawPng, example, file, finished, give, open, pick, scratch, states, waitText, zipped,
} from './tools.mjs';

// The page's encoders of pictures that are no samples: they wait while `held`, and fail while `failing` is their type, or all of them.
async function overEncoders(context) {
  await context.addInitScript(() => {
    const { convertToBlob } = OffscreenCanvas.prototype;
    let free = Promise.resolve();
    let open = null;
    globalThis.hold = () => { free = new Promise((resolve) => { open = resolve; }); };
    globalThis.letGo = () => open();
    OffscreenCanvas.prototype.convertToBlob = async function encode(options) {
      const { failing } = globalThis;
      if (this.width > 100) await free;
      if (this.width > 100 && (failing === options.type || failing === 'all')) throw new DOMException('Encoding of the source image has failed.', 'EncodingError');
      return convertToBlob.call(this, options);
    };
    const { CompressionStream } = globalThis;
    globalThis.CompressionStream = function Stream(...kind) {
      if (globalThis.failing === 'all') throw new Error('no memory');
      return new CompressionStream(...kind);
    };
  });
}

const openHeld = (browser, url) => open(browser, url, { prepare: overEncoders });

const frames = (page) => page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));

const names = async (page) => Object.keys(await zipped(page)).join(' ');

const asksBeforeLeaving = async (page) => {
  await frames(page);
  return page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));
};

// Each gets the browser and the host's address.
export default {
  // All are made; then another kind of file is chosen.
  async 'another kind for all'(browser, url) {
    const page = await openHeld(browser, url);
    await give(page, example('cat.png'), await drawPng('b.png', 120, 90, 3, 8), await drawPng('c.png', 90, 120, 3, 8));
    await page.click('#all');
    await allDone(page, 3);
    await page.evaluate(() => globalThis.hold());
    await pick(page, 'format', 'jpeg');
    await waitText(page, '#all', '^Stop');
    check('the others are made again by themselves', /^1 of 3/.test(await page.textContent('#queue-text')), await page.textContent('#queue-text'));
    await pick(page, 'format', 'webp');
    await allDone(page, 3);
    check('what was made is right when the choice comes back', /^3 of 3/.test(await page.textContent('#queue-text')));
    await pick(page, 'format', 'jpeg');
    await waitText(page, '#all', '^Stop');
    await page.click('#all');
    await waitText(page, '#all', '^Sharpen all 3');
    await page.evaluate(() => globalThis.letGo());
    check('stopped: nothing is lost', (await names(page)) === 'cat-2x.jpg b-2x.webp c-2x.webp', await names(page));
    check('and what is otherwise is said', /2 are still as they were chosen before/.test(await page.textContent('#saved')) && !/PNG/.test(await page.textContent('#saved')), await page.textContent('#saved'));
    await page.click('#all');
    await allDone(page, 3);
    check('in the end all are what was chosen', (await names(page)) === 'cat-2x.jpg b-2x.jpg c-2x.jpg', await names(page));
    check('another size leaves them, too', (await pick(page, 'size', '3x'), await finished(page), (await names(page)) === 'cat-3x.jpg b-2x.jpg c-2x.jpg'));
    await pick(page, 'size', '2x');
    await finished(page);
    await allDone(page, 3);
    await page.evaluate(() => {
      const slider = document.getElementById('quality');
      slider.value = 50;
      slider.dispatchEvent(new Event('input'));
    });
    await frames(page);
    check('a slider under the hand is about what is in sight', (await states(page)) === 'done done done' && (await page.textContent('#quality-text')) === '50', await states(page));
    await page.evaluate(() => document.getElementById('quality').dispatchEvent(new Event('change')));
    await waitText(page, '#queue-text', '^1 of 3');
    await allDone(page, 3);
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async 'what cannot be written'(browser, url) {
    const page = await openHeld(browser, url);
    await give(page, example('cat.png'), file('gray8.jpg'));
    await download(page, null, '#zip');
    await waitText(page, '#saved', '1 of 2 pictures is in it'); // a zip of what is there says so
    await page.evaluate(() => { globalThis.failing = 'image/webp'; });
    await page.click('#all');
    await allDone(page, 2);
    check('what WebP fails at is a PNG', (await names(page)) === 'cat-2x.webp gray8-2x.png', await names(page));
    check('it is said', /One picture is a PNG/.test(await page.textContent('#saved')));
    await page.evaluate(() => {
      globalThis.failing = 'all';
      document.querySelector('#format input[value=jpeg]').click();
    });
    await page.waitForSelector('.thumb[data-state=failed]');
    await waitText(page, '#queue-text', '1 could not be made');
    await page.locator('.thumb').nth(1).click();
    await waitText(page, '#name', 'gray8');
    await finished(page);
    check('what cannot be written can be looked at', (await page.isHidden('#error')) && (await page.isVisible('#format')));
    await waitText(page, '#format-note', 'could not write this picture as JPEG, nor as PNG');
    await page.evaluate(() => {
      globalThis.failing = '';
      document.querySelector('#format input[value=png]').click();
    });
    await allDone(page, 2);
    check('another kind will do', (await names(page)) === 'cat-2x.png gray8-2x.png' && (await page.isHidden('#format-note')), await names(page));
    const said = await page.evaluate(async () => (await import('./strings.js')).words.errors.core({ message: 'It broke.' }));
    check('one full stop is enough', said === 'The upscaler stopped: It broke.', said);
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async 'stopped ones'(browser, url) {
    const page = await openHeld(browser, url);
    await give(page, example('cat.png'), file('gray8.jpg'));
    await page.evaluate(() => globalThis.hold());
    await page.locator('.thumb').nth(1).click();
    await waitText(page, '#name', 'gray8');
    await page.click('#cancel');
    await waitText(page, '#status', '^Stopped');
    await page.evaluate(() => globalThis.letGo());
    await page.click('#all');
    await allDone(page, 2);
    check('Sharpen all means what was stopped, too', true);
    await page.context().close();
  },

  // What was refused to one picture is nothing to another, and the box that is spoken of is there.
  async 'a refusal'(browser, url) {
    const page = await open(browser, url);
    await give(page, await drawPng('small.png', 120, 90, 3, 8));
    await pick(page, 'size', 'other');
    await page.fill('#other-size', 'long=200');
    await page.press('#other-size', 'Enter');
    await waitText(page, '#sizes', '200 × 150');
    await finished(page);
    await page.setInputFiles('#files', [await drawPng('larger.png', 240, 180, 3, 8)]);
    await page.waitForSelector('#error:not([hidden])');
    check('the box that helps is there', /Tick the box/.test(await page.textContent('#error')) && (await page.isVisible('#smaller')), await page.textContent('#error'));
    await page.locator('.thumb').nth(0).click();
    await finished(page);
    await page.fill('#other-size', 'long=30');
    await page.press('#other-size', 'Enter');
    await waitText(page, '#other-note', 'no larger');
    await page.fill('#other-size', 'large');
    await page.press('#other-size', 'Enter');
    await waitText(page, '#other-note', 'not a size');
    await page.locator('.thumb').nth(1).click();
    await waitText(page, '#name', 'larger');
    check('a refusal stays with its picture', (await page.textContent('#other-note')) === '' && (await page.inputValue('#other-size')) === 'long=200', await page.textContent('#other-note'));
    await page.locator('#smaller').check();
    await waitText(page, '#status', '^Smaller in');
    check('the box helps', (await page.textContent('#sizes')).endsWith('200 × 150') && (await page.isHidden('#error')));
    await page.context().close();
  },

  async leaving(browser, url) {
    const page = await openHeld(browser, url);
    await page.click('#example');
    await finished(page);
    check('the example: nothing to lose', !(await asksBeforeLeaving(page)));
    await page.locator('#files').setInputFiles([example('cat.png')]);
    await waitText(page, '#name', 'cat');
    await finished(page);
    check('what is not saved is not lost without a question', await asksBeforeLeaving(page));
    await download(page);
    await waitText(page, '#saved', '^Saved');
    check('what is saved may go', !(await asksBeforeLeaving(page)));
    await page.evaluate(() => globalThis.hold());
    await pick(page, 'size', '3x');
    await waitText(page, '#sizes', '678 × 450');
    check('what is being made may not', await asksBeforeLeaving(page));
    await page.evaluate(() => globalThis.letGo());
    await finished(page);
    await page.locator('.thumb').nth(0).click();
    await waitText(page, '#name', 'flower');
    await finished(page);
    await download(page, null, '#zip');
    await waitText(page, '#saved', '^Saved');
    check('a zip saves them all', !(await asksBeforeLeaving(page)));
    // Looked at again.
    await page.evaluate(() => globalThis.hold());
    const again = await page.evaluate(async () => {
      document.querySelectorAll('.thumb')[1].click();
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      return [document.getElementById('name').textContent, document.getElementById('download').disabled].join(' ');
    });
    check('its file can be saved while it is made to be looked at', again === 'cat.png false', again);
    const { name } = await download(page);
    check('and is that file', name === 'cat-3x.webp', name);
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // However many pictures: one stop of the Tab key.
  async 'keys of the queue'(browser, url) {
    const page = await open(browser, url);
    const torn = path.join(scratch, 'torn.png');
    fs.writeFileSync(torn, fs.readFileSync(example('cat.png')).subarray(0, 9000));
    await give(page, example('cat.png'), torn, file('gray8.jpg'));
    await page.click('#all');
    await waitText(page, '#live', '^2 of 3 done, 1 cannot be opened$');
    check('the end is said and shown', (await page.textContent('#queue-text')) === '2 of 3 done, 1 cannot be opened', await page.textContent('#queue-text'));
    const at = () => page.evaluate(() => document.activeElement.title || document.activeElement.id);
    const stops = () => page.locator('#items button').evaluateAll((all) => all.filter((one) => one.tabIndex === 0).map((one) => one.title).join(' '));
    check('one stop', (await stops()) === 'cat.png', await stops());
    await page.locator('.thumb').nth(0).focus();
    await page.keyboard.press('ArrowRight');
    check('an arrow goes on', (await at()) === 'torn.png' && (await stops()) === 'torn.png', await at());
    await page.keyboard.press('End');
    check('End', (await at()) === 'gray8.jpg');
    await page.keyboard.press('ArrowRight');
    check('not beyond it', (await at()) === 'gray8.jpg');
    await page.keyboard.press('Home');
    await page.keyboard.press('Tab');
    check('Tab leaves', (await at()) === 'zip', await at());
    await page.keyboard.press('Shift+Tab');
    check('and comes back', (await at()) === 'cat.png');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Delete');
    check('Delete removes', (await page.locator('.thumb').count()) === 2 && (await at()) === 'gray8.jpg', await at());
    const look = await page.evaluate(() => ['zip', 'add'].map((id) => {
      document.getElementById('zip').disabled = true;
      return getComputedStyle(document.getElementById(id)).backgroundColor;
    }));
    check('what cannot be pressed looks so', look[0] !== look[1], look);
    await page.context().close();
  },
};
