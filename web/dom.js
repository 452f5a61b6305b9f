// SPDX-License-Identifier: MIT
// Three small helpers over the document.

export const $ = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Only when it differs: a status that is set again would be read out again.
export function setText(id, text) {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
}
