// SPDX-License-Identifier: MIT
// Pictures of the page in each state, wide, phone and dark, for doc/ and for looking at: what is ugly shows here.
// Usage: node web/shots.mjs FOLDER [built fovea.html]. Needs what tests/web_test.mjs needs.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const [out, page = path.join(root, 'web/dist/fovea.html')] = process.argv.slice(2);
const need = createRequire(process.env.FOVEA_NODE ? path.join(process.env.FOVEA_NODE, 'x') : import.meta.url);
const { chromium } = need('playwright-core');
const pictures = ['flower.jpg', 'coffee.png', 'cat.png'].map((name) => path.join(root, 'examples', name));

const FORMS = {
  wide: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};

async function states(tab, shot) {
  await shot('welcome');
  await tab.setInputFiles('#files', pictures[0]);
  await tab.waitForFunction(() => document.getElementById('report').textContent.includes('Measured'));
  await tab.waitForTimeout(500);
  await shot('work');
  await tab.setInputFiles('#files', pictures);
  await tab.waitForFunction(() => document.querySelectorAll('.thumb[data-state=done]').length === 2);
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
for (const [form, options] of Object.entries(FORMS)) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  const tab = await context.newPage();
  await tab.goto(`file://${path.resolve(page)}`);
  await tab.waitForSelector('body[data-ready]');
  await states(tab, (state) => tab.screenshot({ path: path.join(out, `page-${state}-${form}.png`) }));
  await context.close();
}
await browser.close();
