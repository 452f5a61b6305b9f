// SPDX-License-Identifier: MIT
// What has the focus and goes out of sight hands it on: left alone it would fall to the page's beginning, and who goes by the
// keyboard would have to come all the way back.

import { $ } from './dom.js';

// Who follows whom, by ids, in this order; of all others and at last whatever is there of AT_LAST.
const HEIRS = { cancel: ['download'], all: ['zip'], zip: ['all'], smaller: ['other-size'] };
const AT_LAST = ['stage', 'add', 'choose'];

let last = null; // what had the focus, unless the visitor put it away

const isThere = (element) => element.isConnected && !element.disabled && element.checkVisibility();

document.addEventListener('focusin', (event) => {
  last = event.target;
});

document.addEventListener('focusout', (event) => {
  if (!event.relatedTarget && isThere(event.target)) last = null;
});

// To be called when things may have gone.
export function keepFocus() {
  const { activeElement } = document;
  const focused = activeElement === document.body ? last : activeElement;
  if (!focused || isThere(focused)) return;
  const heirs = [...(HEIRS[focused.id] || []), ...AT_LAST].map($);
  heirs.find(isThere)?.focus({ preventScroll: true });
}
