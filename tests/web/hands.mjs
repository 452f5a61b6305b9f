// SPDX-License-Identifier: MIT
// What a visitor does: by keyboard, mouse, touch; one picture and many.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { check, download, drawPng, example, file, finished, give, launch, open, pick, waitText } from './tools.mjs';

// Each gets the browser and the host's address.
export default {
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

  // Of visitors who have asked their browser for letters twice as large.
  async 'large letters'(browser, url) {
    const other = await launch('--blink-settings=defaultFontSize=32');
    const page = await open(other, url);
    await give(page, example('cat.png'));
    for (const [width, height] of [[1280, 800], [390, 844], [1700, 1000]]) {
      await page.setViewportSize({ width, height });
      const [size, out] = await page.evaluate(() => {
        const edge = document.documentElement.clientWidth;
        const inside = (element) => {
          const { left, right } = element.getBoundingClientRect();
          return left >= 0 && right <= edge && element.scrollWidth <= Math.max(element.clientWidth, 1) + 1;
        };
        const out = [...document.querySelectorAll('.bar *, .zoom, .panel span, .panel h1, .panel p, .panel button, .report li')]
          .filter((element) => element.clientWidth > 1 && !inside(element));
        return [getComputedStyle(document.body).fontSize, out.map((element) => element.id || element.className || element.textContent)];
      });
      check(`${width} x ${height}: letters are as large as asked for`, size === '32px', size);
      check(`${width} x ${height}: nothing is cut off`, !out.length, out.join());
    }
    await other.close();
  },

  // However many tiles are in sight, what is drawn of them is kept, and goes when they are out of sight.
  async 'tiles in sight'(browser, url) {
    const page = await open(browser, url);
    const [again, kept, left, far] = await page.evaluate(async () => {
      const { View } = await import('./view.js');
      const sized = (tag, width, height) => {
        const element = document.createElement(tag);
        element.style.cssText = `position: fixed; width: ${width}px; height: ${height}px`;
        document.body.append(element);
        return element;
      };
      const canvas = sized('canvas', 10, 10);
      const view = new View({ stage: sized('div', 2600, 1900), canvas, divider: sized('div', 1, 1), onMove: () => {}, text: String });
      const picture = { width: 2500, height: 1800, shown: new OffscreenCanvas(2500, 1800), colorSpace: 'srgb' };
      picture.shown.getContext('2d');
      const tiles = Array.from({ length: 450 }, (_, i) => ({ x: 200 * (i % 25), y: 200 * Math.floor(i / 25), w: 200, h: 200, rgba: new Uint8ClampedArray(160000) }));
      view.resize();
      view.show(picture, { width: 5000, height: 3600, tiles });
      clearTimeout(view.soon);
      view.draw();
      const before = new Set(view.bitmaps.values());
      view.draw();
      const again = [...view.bitmaps.values()].filter((bitmap) => !before.has(bitmap)).length;
      const kept = view.bitmaps.size;
      view.zoomTo(8);
      view.draw();
      const left = view.bitmaps.size * 40000;
      const result = { width: 20000, height: 14400, tiles: [] };
      Object.assign(view, { result, small: {} });
      const far = [0.2, 0.4].map((z) => Object.assign(view, { z, factor: 0.1 }).far);
      return [again, kept, left, far.join()];
    });
    check('all in sight are kept', kept === 450 && again === 0, `${kept} ${again}`);
    check('not all for ever', left <= 1 << 24, left);
    check('more than a device can hold twice is drawn from the small level', far === 'true,false', far);
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

  // One hand on a narrow screen: what is touched is large enough, and the file is saved from wherever one is.
  async phone(browser, url) {
    const page = await open(browser, url, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
    await give(page, example('cat.png'), ...['gray8.jpg', 'odd_257x129.webp', 'palette_alpha.gif', 'icc_displayp3.jpg'].map(file), example('flower.jpg'));
    await page.locator('.thumb').last().click({ force: true });
    await waitText(page, '#name', 'flower');
    await finished(page);
    const list = await page.locator('#items').boundingBox();
    const thumb = await page.locator('.thumb[aria-current=true]').boundingBox();
    check('the chosen picture is in sight', thumb.x >= list.x && thumb.x + thumb.width <= list.x + list.width, JSON.stringify([list, thumb]));
    const small = await page.evaluate(() => [...document.querySelectorAll('button, select, input:not([type=checkbox]), .check')].filter((one) => one.checkVisibility())
      .map((one) => ({ name: one.id || one.className || one.value, least: one.className === 'remove' ? 24 : 44, box: one.getBoundingClientRect() }))
      .filter(({ least, box }) => box.height < least || box.width < least).map(({ name, box }) => `${name} ${box.width}x${box.height}`));
    check('nothing is too small for a finger', !small.length, small.join(', '));
    check('nothing reaches beyond the screen', await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const button = await page.locator('#download').boundingBox();
    check('the download is where the thumb is', button.y > 700 && button.y + button.height <= 844, JSON.stringify(button));
    const seen = [];
    await page.evaluate(() => document.getElementById('zip').focus());
    for (let i = 0; i < 12 && seen.at(-1)?.name !== 'download'; i++) {
      await page.keyboard.press('Tab');
      seen.push(await page.evaluate(() => {
        const one = document.activeElement;
        const { x, y, width, height } = one.getBoundingClientRect();
        const top = document.elementFromPoint(x + width / 2, y + height / 2);
        return { name: one.id || one.name, covered: !top || !(one.contains(top) || top.contains(one)) };
      }));
    }
    const names = seen.map(({ name }) => name);
    check('the focus goes as the eye does', names[0] === 'format' && names.indexOf('quality') < names.indexOf('use') && names.at(-1) === 'download', names.join(' '));
    check('and is never covered', seen.every(({ covered }) => !covered), JSON.stringify(seen));
    await pick(page, 'mode', 'creative');
    await finished(page);
    for (const name of ['Quality', 'Strength', 'Divider between before and after'])
      check(`a slider named "${name}"`, (await page.getByRole('slider', { name, exact: true }).count()) === 1);
    await page.locator('.remove').last().focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('.thumb').length === 5);
    check('a removed picture hands on the focus', await page.evaluate(() => document.activeElement.matches('li:last-child .thumb')));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },
};
