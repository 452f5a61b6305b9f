// SPDX-License-Identifier: MIT
// What the page promises: it works from disk and offline, nothing goes out, everybody can use it.
import fs from 'node:fs';
import path from 'node:path';
import { check, decodedSize, dist, download, example, file, fovea, give, need, open, paste, pick, serve } from './tools.mjs';

// Each gets the browser and the host's address.
export default {
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
    const { avif } = JSON.parse(fs.readFileSync(path.join(dist, 'contents.json')));
    const kept = () => page.evaluate(async () => Boolean(await caches.match('avif-encoder.wasm')));
    for (let i = 0; avif && i < 200 && !(await kept()); i++) await page.waitForTimeout(300);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await page.reload();
    await page.waitForSelector('body[data-ready]');
    await give(page, example('cat.png'));
    check('works with the host gone', (await page.textContent('#sizes')).endsWith('452 × 300'));
    if (avif) check('and AVIF, which was not asked for before', (await download(page, 'avif')).bytes.toString('latin1', 4, 12) === 'ftypavif');
    await page.context().close();
  },

  // A host that has one file of another release by mistake, or for a moment.
  async 'half a release'(browser) {
    const altered = { 'style.css': '/* of yesterday */' };
    const server = await serve(altered);
    const page = await open(browser, `http://127.0.0.1:${server.address().port}/`);
    const install = () => page.evaluate(async () => {
      const { installing } = await navigator.serviceWorker.register('sw.js');
      if (installing) await new Promise((resolve) => installing.addEventListener('statechange', resolve));
      return installing?.state;
    });
    check('files of two releases are not kept as one', (await install()) === 'redundant');
    delete altered['style.css'];
    check('those of one are', (await install()) === 'installed');
    await page.context().close();
    server.closeAllConnections();
    server.close();
  },

  // What does not arrive is not laid at the browser's door.
  async 'missing files'(browser, url) {
    for (const name of ['contents.json', 'selftest.json', 'fovea-relaxed.wasm', 'photo-standard-x2.fovea']) {
      const prepare = (context) => context.route(`**/${name}`, (route) => route.fulfill({ status: 503 }));
      const page = await open(browser, url, { prepare, serviceWorkers: 'block' });
      const text = await page.textContent('#broken');
      check(`without ${name} the page says so`, /did not arrive/.test(text) && (await page.isVisible('#broken')) && (await page.isDisabled('#choose')), text);
      await paste(page, 'late.png', fs.readFileSync(example('cat.png')));
      check('and takes nothing in', (await page.isVisible('#broken')) && (await page.isVisible('#choose')) && !page.problems.some((text) => /TypeError/.test(text)), page.problems);
      await page.context().close();
    }
    const page = await open(browser, url, { serviceWorkers: 'block' });
    await page.context().route('**/example.jpg', (route) => route.abort());
    await page.click('#example');
    await page.waitForSelector('#broken:not([hidden])');
    await page.context().unroute('**/example.jpg');
    await page.click('#example');
    await page.waitForSelector('#stage');
    check('what came in the end is not missed any more', await page.isHidden('#broken'));
    await page.context().close();
  },

  // At the width of the smallest phones, and with 400 % zoom; with the colours that a visitor forces.
  async 'narrow and forced colours'(browser, url) {
    const page = await open(browser, url, { viewport: { width: 320, height: 640 }, forcedColors: 'active' });
    await give(page, example('flower.jpg'), example('cat.png'));
    const wide = await page.evaluate(() => [...document.querySelectorAll('html, .bar, .segments, .zoom, .row, .panel, .queue-actions')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => `${one.id || one.className || one.tagName} ${one.scrollWidth} > ${one.clientWidth}`));
    check('nothing reaches beyond 320 pixels', !wide.length, wide.join(', '));
    const lines = await page.evaluate(() => {
      const of = (selector, pseudo) => getComputedStyle(document.querySelector(selector), pseudo);
      return { progress: of('progress').borderTopStyle, download: of('#download').borderTopStyle, chosen: of('.thumb[aria-current=true]').outlineStyle,
        done: of('.thumb[data-state=done]', '::after').backgroundColor, waiting: of('.thumb[data-state=waiting]', '::after').backgroundColor };
    });
    check('forced colours: what backgrounds told is told by lines', [lines.progress, lines.download, lines.chosen].every((style) => style === 'solid'), JSON.stringify(lines));
    check('and states can be told apart', lines.done !== lines.waiting, JSON.stringify(lines));
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
      await pick(page, 'size', 'other');
      await page.fill('#other-size', 'long=100');
      await page.press('#other-size', 'Enter');
      await page.waitForSelector('#smaller-field:not([hidden])');
      const refused = await violations();
      check(`axe on a size refused, ${colorScheme}`, !refused.length, refused.join('\n'));
      await page.context().close();
    }
  },
};
