// SPDX-License-Identifier: MIT
// Pictures of the page in each state, wide, phone and dark, for doc/ and for looking at: what is ugly shows here.
// Usage: node web/shots.mjs FOLDER [folder with the built page]. Needs what tests/web_test.mjs needs.
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const [out, dist = path.join(root, 'web/dist')] = process.argv.slice(2);
const need = createRequire(process.env.FOVEA_NODE ? path.join(process.env.FOVEA_NODE, 'x') : import.meta.url);
const { chromium } = need('playwright-core');
const pictures = ['flower.jpg', 'coffee.png', 'cat.png'].map((name) => path.join(root, 'examples', name));

const FORMS = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  wide: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
};

const finished = (tab) => tab.waitForFunction(() => document.getElementById('status').textContent.startsWith('Sharp in'), null, { timeout: 300000 });

async function states(tab, shot) {
  await shot('welcome');
  await tab.setInputFiles('#files', pictures[0]);
  await finished(tab);
  await tab.locator('#size input[value="3x"]').check({ force: true });
  await tab.waitForFunction(() => document.getElementById('progress').value > 0.3, null, { timeout: 300000 });
  await shot('working');
  await tab.locator('#size input[value="other"]').check({ force: true });
  await tab.fill('#other-size', '2.5');
  await tab.press('#other-size', 'Enter');
  await finished(tab);
  await shot('size');
  await tab.fill('#other-size', 'long=300');
  await tab.press('#other-size', 'Enter');
  await tab.locator('#smaller').check();
  await tab.waitForFunction(() => document.getElementById('status').textContent.startsWith('Smaller in'), null, { timeout: 300000 });
  await shot('smaller');
  await tab.locator('#smaller').uncheck();
  await tab.locator('#size input[value="2x"]').check({ force: true });
  if (await tab.isVisible('#mode-field')) {
    await tab.locator('#mode input[value="creative"]').check({ force: true });
    await finished(tab);
    await shot('creative');
    await tab.locator('#mode input[value="auto"]').check({ force: true });
    await finished(tab);
    await shot('automatic');
    await tab.locator('#mode input[value="faithful"]').check({ force: true });
  }
  await finished(tab);
  await tab.waitForFunction(() => document.getElementById('report').textContent.includes('Measured'), null, { timeout: 300000 });
  await tab.waitForTimeout(2500); // the predicted size
  await shot('done');
  await tab.locator('#report-box').scrollIntoViewIfNeeded();
  await tab.evaluate(() => document.querySelector('.work').scrollTo(0, 1e5));
  await shot('report');
  await tab.setInputFiles('#files', pictures);
  await tab.waitForFunction(() => document.querySelectorAll('.thumb[data-state=done]').length === 2, null, { timeout: 300000 });
  await tab.waitForTimeout(500);
  await shot('queue');
  await tab.setInputFiles('#files', [{ name: 'torn.png', mimeType: 'image/png', buffer: fs.readFileSync(pictures[1]).subarray(0, 9000) }]);
  await tab.waitForSelector('#error:not([hidden])');
  await shot('error');
  await tab.click('#privacy');
  await tab.waitForTimeout(200);
  await shot('private');
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'] });
fs.mkdirSync(out, { recursive: true });
const server = http.createServer((request, response) => {
  const name = path.basename(request.url.split('?')[0]) || 'index.html';
  const from = path.join(dist, name);
  if (!fs.existsSync(from)) return response.writeHead(404).end();
  const types = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
  response.writeHead(200, { 'content-type': types[name.split('.').pop()] || 'application/octet-stream' });
  return response.end(fs.readFileSync(from));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
for (const [form, options] of Object.entries(FORMS)) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  const tab = await context.newPage();
  await tab.goto(url);
  await tab.waitForSelector('body[data-ready]');
  const atTop = () => tab.evaluate(() => document.querySelector('.work').scrollTo(0, 0));
  await states(tab, async (state) => {
    if (state !== 'report') await atTop();
    await tab.waitForTimeout(400); // what moves has come to rest
    await tab.screenshot({ path: path.join(out, `${state}-${form}.jpg`), type: 'jpeg', quality: 82 });
  });
  await context.close();
}
await browser.close();
server.closeAllConnections();
server.close();
