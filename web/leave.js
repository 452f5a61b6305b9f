// SPDX-License-Identifier: MIT
// The browser asks before the page goes with what is in it. A listener is there only while there is something to lose: a page that
// has one is not kept by browsers for who comes back.

let asks = false;

const ask = (event) => event.preventDefault();

export function askBeforeLeaving(needed) {
  if (asks === needed) return;
  asks = needed;
  if (needed) addEventListener('beforeunload', ask);
  else removeEventListener('beforeunload', ask);
}
