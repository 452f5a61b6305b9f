// SPDX-License-Identifier: MIT
// The page's pixels against those of build/fovea, compared with ==, and its words for a size.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { resultSize, sizeSuffix, whyNotSize } from '../../web/size.js';
import {
  check, checkEqual, drawPng, drawScreen, example, fovea, give, launch, open, pick, scratch, sizeOptions, soak,
  waitText,
} from './tools.mjs';

// Each gets the browser and the host's address.
export default {
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
    for (const [name, at, query, some] of [['relaxed', browser, '?core=relaxed', forms], ['simd128', browser, '?core=simd128', few],
      ['relaxed, no VNNI', other, '?core=relaxed', few], ['simd128, no VNNI', other, '?core=simd128', few]]) {
      const page = await open(at, url + query);
      check(`${name}: the core is named`, (await page.textContent('#engine')).startsWith(name.startsWith('relaxed') ? 'relaxed SIMD' : 'SIMD'));
      for (const [from, size] of soak ? forms : some) await checkEqual(`${name}, ${path.basename(from)} ${size}`, page, from, size);
      check(`${name}: no errors`, !page.problems.length, page.problems);
      await page.context().close();
    }
    await other.close();
  },

  // The relaxed file has two sets of kernels, and which of them run is a matter of time: the bytes are the same.
  async tuned(browser, url) {
    const page = await open(browser, url);
    const { kernels, same, without } = await page.evaluate(async () => {
      const { Engine } = await import('./engine.js');
      const engine = new Engine();
      await engine.start(['relaxed']);
      const net = { file: 'photo-fast-x2.fovea' };
      const [width, height] = [75, 45];
      const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251);
      const kernels = [];
      const results = [];
      for (engine.without of [0, 128]) {
        await engine.use({ net });
        kernels.push(engine.kernels);
        const tile = { x: 0, y: 0, w: 2 * width, h: 2 * height };
        const result = { width: tile.w, height: tile.h, tiles: [tile] };
        await engine.run({ width, height, pixels, format: 3, canvas: false }, result, () => [0, 0], new AbortController().signal, () => {});
        results.push(tile.rgba);
      }
      await engine.tune();
      return { kernels: kernels.join(), without: engine.without, same: results[0].every((v, i) => v === results[1][i]) };
    });
    check('two sets of kernels', kernels === 'relaxed,simd128', kernels);
    check('of the same bytes', same);
    check('one of which is chosen', without === 0 || without === 128, without);
    await page.context().close();
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

  // Made smaller: refused until the box is ticked, then as the command's --allow-shrink does it.
  async smaller(browser, url) {
    const page = await open(browser, url);
    const from = await drawPng('rgb8.png', 203, 117, 3, 8);
    await give(page, from);
    await pick(page, 'size', 'other');
    await page.fill('#other-size', 'long=100');
    await page.press('#other-size', 'Enter');
    await waitText(page, '#other-note', 'no larger');
    await page.locator('#smaller').check();
    await waitText(page, '#status', '^Smaller in');
    check('the box makes it do', (await page.textContent('#sizes')).endsWith('100 × 58') && !(await page.textContent('#other-note')).includes('no larger'));
    check('and the report says how', /shrunk exactly, nothing is added/.test(await page.textContent('#report')) && !/net,/.test(await page.textContent('#report')));
    const sizes = ['long=100', 'width=203', '37x37'];
    for (const [i, [name, channels, depth]] of [['rgb8', 3, 8], ['rgba8', 4, 8], ['g8', 1, 8], ['rgba16', 4, 16]].entries())
      for (const size of soak ? sizes : [sizes[i % sizes.length]])
        await checkEqual(`${name} to ${size}`, page, await drawPng(`${name}.png`, 203, 117, channels, depth), size, ['--allow-shrink']);
    await checkEqual('a screen, by areas', page, await drawScreen('screen.png', 240, 130), 'long=90', ['--allow-shrink']);
    await checkEqual('still larger', page, from, 'long=300', ['--allow-shrink']);
    await page.fill('#other-size', 'long=3');
    await page.press('#other-size', 'Enter');
    await waitText(page, '#other-note', '64th');
    await page.locator('#smaller').uncheck();
    await page.fill('#other-size', 'long=50');
    await page.press('#other-size', 'Enter');
    await waitText(page, '#other-note', 'no larger');
    check('and back', (await page.textContent('#sizes')).endsWith('300 × 173'));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },
};
