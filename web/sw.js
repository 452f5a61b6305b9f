// SPDX-License-Identifier: MIT
// Offline after the first visit: keeps the page's own files and answers from them. The list and the version, which is a
// hash of all files, are written by build.py; a new version replaces the old one whole and each file has its hash, so files
// never mix, not even where a server has the old and the new ones at once.

const VERSION = '@VERSION@';
const FILES = { '@FILES@': '' };
const LATER = { '@LATER@': '' }; // large and seldom wanted: kept when nothing else is to do, or when first asked for

self.addEventListener('install', (event) => {
  const fresh = Object.entries(FILES).map(([file, integrity]) => new Request(file, { cache: 'reload', integrity }));
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(fresh)));
});

self.addEventListener('activate', (event) => {
  const dropOld = async () => {
    for (const name of await caches.keys()) if (name.startsWith('fovea-') && name !== VERSION) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(dropOld());
});

// One of this very version: the server may have the next one's by now.
const askLater = (file) => fetch(new Request(file, { cache: 'reload', integrity: LATER[file] }));

async function keepLater() {
  const cache = await caches.open(VERSION);
  for (const file of Object.keys(LATER)) if (!(await cache.match(file))) await cache.put(file, await askLater(file));
}

self.addEventListener('message', (event) => {
  if (event.data === 'keep later') event.waitUntil(keepLater());
});

self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).origin !== self.location.origin || event.request.method !== 'GET') return;
  const answer = async () => {
    const cache = await caches.open(VERSION);
    const kept = await cache.match(event.request, { ignoreSearch: true });
    if (kept) return kept;
    const later = Object.keys(LATER).find((file) => event.request.url.endsWith(`/${file}`));
    if (!later) return fetch(event.request);
    const fresh = await askLater(later);
    if (fresh.ok) await cache.put(event.request, fresh.clone());
    return fresh;
  };
  event.respondWith(answer());
});
