// SPDX-License-Identifier: MIT
// The page in headless Chromium: what a visitor does, what comes out, that nothing goes out. Its pixels are compared
// with ==, with what build/fovea makes of the same file. The tests are in web/, by what they look at.
//
//     apt-get install --no-install-recommends chromium libimage-exiftool-perl
//     npm install --no-save --no-package-lock playwright-core@1.60 axe-core @jsquash/avif@2    (in the repository; node_modules is ignored)
//     node tests/web_test.mjs [folder with the built page, web/dist] [word of the tests to run]
//
// $FOVEA_BUILD names the build folder (build), $FOVEA_NODE another folder with node_modules, $CHROMIUM the browser,
// $FOVEA_VERBOSE tells the time each takes.
import fs from 'node:fs';

import batch from './web/batch.mjs';
import files from './web/files.mjs';
import hands from './web/hands.mjs';
import meanwhile from './web/meanwhile.mjs';
import metadata from './web/metadata.mjs';
import modes from './web/modes.mjs';
import pixels from './web/pixels.mjs';
import promises from './web/promises.mjs';
import sources from './web/sources.mjs';
import { check, launch, netLog, requests, scratch, serve, tally } from './web/tools.mjs';

const only = process.argv[3] || '';
const tests = { ...files, ...sources, ...metadata, ...pixels, ...modes, ...hands, ...meanwhile, ...batch, ...promises };

// ---- Nothing leaves: every request of the whole browser, by its own log ----

function checkNetLog(own) {
  const text = fs.readFileSync(netLog, 'utf8').trimEnd();
  const log = JSON.parse(text.endsWith('}') ? text : `${text.replace(/,$/, '')}]}`);
  // What the browser asks for of its own accord (updates) has no origin for an initiator; what a page starts has one.
  const started = log.events.map((event) => event.params || {}).filter((p) => p.url && p.initiator);
  const urls = started.filter((p) => p.initiator !== 'not an origin').map((p) => p.url);
  const strange = [...new Set(urls.filter((url) => !/^http:\/\/127\.0\.0\.1[:/]/.test(url)))];
  check('the browser logged its requests', only || urls.some((url) => url.startsWith(own)));
  check('no request left this machine', !strange.length, strange.join(' '));
  const asked = requests.filter((url) => !/^(blob:|data:|file:)/.test(url) && !/elsewhere\.example/.test(url));
  check('pages asked for their own files only', (only || asked.length > 0) && asked.every((url) => /^http:\/\/127\.0\.0\.1:/.test(url)));
}

async function main() {
  const server = await serve();
  const url = `http://127.0.0.1:${server.address().port}/`;
  const browser = await launch(`--log-net-log=${netLog}`);
  try {
    for (const [name, test] of Object.entries(tests)) {
      if (!name.includes(only)) continue;
      const started = Date.now();
      await test(browser, url).catch((error) => check(name, false, error.stack));
      if (process.env.FOVEA_VERBOSE) console.log(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
      for (const context of browser.contexts()) await context.close();
    }
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
  checkNetLog(url);
}

await main().catch((error) => check('the tests', false, error.stack));
fs.rmSync(scratch, { recursive: true, force: true });
console.log(`web_test: ${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed || !tally.passed ? 1 : 0);
