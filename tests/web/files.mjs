// SPDX-License-Identifier: MIT
// What goes in and out: formats, colours, sizes, what cannot be opened.
import fs from 'node:fs';
import path from 'node:path';
import { chunk, pngChunks } from '../../web/png.js';
import {
  check, decodedSize, dist, download, drawPng, example, file, finished, give, native, open, pick, pngOf, requests,
  scratch, settled, tagsOf, waitText,
} from './tools.mjs';

// The first encoder has no memory; the next one is another.
async function encoderThatFails(browser, url) {
  const body = 'self.onmessage = ({ data }) => self.postMessage({ id: data.id, error: "no memory" });';
  const prepare = (context) => context.route('**/avif-encoder.js', (route) => route.fulfill({ contentType: 'text/javascript', body }), { times: 1 });
  const page = await open(browser, url, { prepare, serviceWorkers: 'block' });
  await give(page, example('cat.png'));
  await pick(page, 'format', 'avif');
  await page.click('#download');
  await waitText(page, '#saved', 'could not write|^Saved');
  const { bytes } = await download(page);
  check('an AVIF encoder that failed is not asked again', bytes.toString('latin1', 4, 12) === 'ftypavif');
  await page.context().close();
}

// Each gets the browser and the host's address.
export default {
  async choose(browser, url) {
    const page = await open(browser, url);
    check('the relaxed core runs and is named', /^relaxed SIMD · \d+ worker/.test(await page.textContent('#engine')));
    await give(page, example('flower.jpg'));
    check('sizes are told', (await page.textContent('#sizes')) === '512 × 384 → 1,024 × 768');
    check('the report says what to expect', /nearly indistinguishable/.test(await page.textContent('#report')));
    check('and what was done', /The JPEG photo net, standard, 2×/.test(await page.textContent('#report')));
    check('the page loads nothing for AVIF unasked', !requests.some((url) => /avif-encoder/.test(url)));
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
      const wide = await download(page, 'avif');
      check('Display P3 in AVIF', wide.bytes.includes(Buffer.from('colrnclx\0\x0c\0\x0d', 'latin1')));
      const reds = [wide.path, native(file('icc_displayp3.jpg'), '2x', [], 'avif')].map((from) => tagsOf(from)['ICC_Profile:RedMatrixColumn'].split(' '));
      check('with its profile, as the command has it', reds[0].every((v, i) => Math.abs(v - reds[1][i]) < 0.001), reds);
      check('and it opens', (await decodedSize(page, wide.bytes)) === (await decodedSize(page, (await download(page, 'png')).bytes)));
      check('no errors', !page.problems.length, page.problems);
    }
    await page.context().close();
    if (avif) await encoderThatFails(browser, url);
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
      'film.mp4': [Buffer.concat([Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42'), Buffer.alloc(400)]), /not a picture/],
      'phone.heic': [Buffer.concat([Buffer.from('\0\0\0\x18ftypmif1\0\0\0\0mif1heic'), Buffer.alloc(400)]), /cannot open HEIC/],
      'old.tif': [Buffer.from('II*\0 and so on, for a while'), /cannot open TIFF/],
    };
    for (const [name, [buffer, pattern]] of Object.entries(cases)) {
      await page.setInputFiles('#files', [{ name, buffer, mimeType: 'image/x' }]);
      await waitText(page, '#name', name.replace('.', '\\.'));
      await page.waitForSelector('#error:not([hidden])');
      const text = await page.textContent('#error');
      check(`${name} gives one clear line`, pattern.test(text) && !text.includes('\n'), text);
    }
    check('another try would not help', !(await page.isVisible('#cancel')));
    const clear = Buffer.concat([png.subarray(0, 33), Buffer.from(chunk('tRNS', Uint8Array.of(1))), png.subarray(33)]);
    await give(page, { name: 'clear.png', buffer: clear, mimeType: 'image/png' });
    check('a transparent colour that is cut short means nothing', (await pngOf((await download(page, 'png')).bytes)).channels === 3);
    await give(page, example('cat.png'));
    check('and then a whole one works', !(await page.isVisible('#error')));
    await page.context().close();
  },

  async colour(browser, url) {
    const page = await open(browser, url);
    await give(page, file('icc_displayp3.jpg'));
    check('Display P3 is noted', /P3/.test(await page.textContent('#report')));
    const chunks = pngChunks(new Uint8Array((await download(page, 'png')).bytes));
    check('a P3 result carries a profile', chunks.iCCP || chunks.cICP);
    await page.context().close();
  },

  async wide(browser, url) {
    const page = await open(browser, url);
    await give(page, await drawPng('wide.png', 12000, 24, 3, 8));
    check('what WebP and JPEG cannot hold is said', /16,383/.test(await page.textContent('#format-note')));
    check('they cannot be chosen', await page.isDisabled('#format input[value=webp]'));
    check('so it is PNG, and only this one', (await page.isChecked('#format input[value=png]')) && /WebP stays/.test(await page.textContent('#format-note')));
    const { bytes, name } = await download(page);
    check('it is said when saved', /^Saved, .*One picture is a PNG/.test(await page.textContent('#saved')));
    check('PNG holds it', name === 'wide-2x.png' && (await pngOf(bytes)).width === 24000);
    check('4K of it is not offered', (await page.locator('#size input[value="4k"]').count()) === 0);
    check('whole factors are', (await page.locator('#size input[value="2x"]').count()) === 1);
    await give(page, await drawPng('strip.png', 2000, 24, 3, 8));
    check('the next picture is WebP again', await page.isChecked('#format input[value=webp]'));
    await pick(page, 'size', '4k');
    await waitText(page, '#sizes', '3,840 × 46');
    await finished(page);
    const fitted = await download(page, 'webp');
    check('4K fits the screen', fitted.name === 'strip-3840x2160.webp' && (await decodedSize(page, fitted.bytes)) === '3840x46');
    await page.context().close();
  },
};
