// SPDX-License-Identifier: MIT
// The right-hand panel's choices: use, mode, size, effort, and the file's format and quality with its predicted size.

import { chooseNet, decided, EFFORTS, fileFor, isCreative, modeOf } from './advice.js';
import { $, make, setText } from './dom.js';
import { formatFor, isLossy, offered, predictSize, whyNot } from './encode.js';
import { PRESETS } from './size.js';
import { words } from './strings.js';

const OTHER = 'other';
const USUAL = { width: 1500, height: 1000 }; // taken for the picture before one is there

// A row of radio buttons. options: [{value, text, reason}]; one with a reason cannot be chosen.
function segments(id, options, value, onPick) {
  const key = JSON.stringify([options, value]);
  if ($(id).dataset.key === key) return; // what has not changed keeps its focus
  const focused = $(id).contains(document.activeElement) && document.activeElement.value;
  $(id).dataset.key = key;
  const choices = options.map(({ value: v, text, reason }) => {
    const input = make('input', { type: 'radio', name: id, value: v, checked: v === value, disabled: Boolean(reason) });
    input.addEventListener('change', () => onPick(v));
    return make('label', { title: reason || '' }, input, make('span', { textContent: text }));
  });
  $(id).replaceChildren(...choices);
  if (focused) $(id).querySelector(`input[value="${focused}"]`)?.focus();
}

export class Settings {
  constructor(session) {
    this.session = session;
    this.typing = false; // another size is being entered
    this.refusal = null; // why that cannot be had
    this.timer = 0;
    $('strength').addEventListener('change', () => this.wish({ strength: Number($('strength').value) }));
    $('strength').addEventListener('input', () => setText('strength-text', $('strength').value));
    $('faces').addEventListener('change', () => this.wish({ faces: $('faces').checked }));
    $('smaller').addEventListener('change', () => this.wishSmaller());
    $('use').addEventListener('change', () => this.wishUse($('use').value));
    $('quality').addEventListener('input', () => this.choose({ quality: Number($('quality').value) }, false));
    $('quality').addEventListener('change', () => this.choose({ quality: Number($('quality').value) }));
    $('exif').addEventListener('change', () => session.setChoice({ keepExif: $('exif').checked }));
    $('other-size').addEventListener('change', () => this.wishOther());
    $('other-size').addEventListener('keydown', (event) => event.key === 'Enter' && this.wishOther());
  }

  // ---- What is made ----

  // Another picture is in sight: what was refused was refused to the one before.
  turn() {
    this.refusal = null;
    this.typing = false;
    $('other-size').value = this.session.settings.size;
    this.sayOther(null);
    this.show();
  }

  show() {
    const { core, session } = this;
    if (!core) return;
    const { nets, settings } = session;
    const picture = session.selected?.dims || USUAL;
    if (!$('use').options.length)
      $('use').replaceChildren(...Object.values(core.uses).map(({ name, title }) => make('option', { value: name, textContent: title })));
    $('use').value = settings.use;
    $('mode-field').hidden = !nets.some(isCreative);
    const { refusesCreative, modeReason } = core.uses[settings.use];
    const reasons = { creative: refusesCreative ? words.refused(modeReason) : null };
    const modes = ['faithful', 'creative', 'auto'].map((mode) => ({ value: mode, text: words.modes[mode], reason: reasons[mode] }));
    segments('mode', modes, modeOf(settings, core), (mode) => this.wish({ mode }));
    $('creative-field').hidden = $('mode-field').hidden || decided(settings, core) === 'faithful';
    setText('strength-text', String(settings.strength));
    this.showSizes(picture);
    this.showEfforts(picture);
    this.showFormats();
  }

  showSizes(picture) {
    const { session } = this;
    const { size } = session.settings;
    const isOther = this.typing || !PRESETS.includes(size);
    const fitting = PRESETS.filter((preset) => !session.whyNot(picture, preset) || preset === size); // others would be noise
    const options = [...fitting.map((value) => ({ value, text: words.sizeText(value) })), { value: OTHER, text: words.otherSize }];
    segments('size', options, isOther ? OTHER : size, (value) => this.pickSize(value));
    $('other-field').hidden = !isOther;
    this.showSmaller(this.refusal || session.whyNot(picture));
  }

  // Asked only when it matters: reason is why a size was refused, or null.
  showSmaller(reason) {
    $('smaller-field').hidden = !this.session.settings.smaller && reason !== 'noLarger';
  }

  pickSize(value) {
    this.refusal = null;
    this.typing = value === OTHER;
    if (!this.typing) return this.wish({ size: value });
    $('other-size').value = this.session.settings.size;
    this.sayOther(null, words.otherHint);
    this.show();
    $('other-size').focus();
    return $('other-size').select();
  }

  // The hint goes once it was understood.
  sayOther(error, hint = '') {
    setText('other-note', error || hint);
    $('other-note').classList.toggle('bad', Boolean(error));
    $('other-size').setAttribute('aria-invalid', String(Boolean(error)));
  }

  // A size that was refused may do now.
  wishSmaller() {
    this.session.set({ smaller: $('smaller').checked });
    this.show();
    if (this.typing) this.wishOther();
  }

  wishOther() {
    const size = $('other-size').value.trim();
    const picture = this.session.selected?.dims || USUAL;
    this.refusal = size ? this.session.whyNot(picture, size) : null;
    this.sayOther(this.refusal && words.sizeReasons[this.refusal](size));
    this.showSmaller(this.refusal);
    if (size && !this.refusal) this.wish({ size });
  }

  showEfforts(picture) {
    const { core, session } = this;
    const { nets, settings } = session;
    if (session.whyNot(picture)) return;
    const { net } = chooseNet(nets, settings, picture, core);
    const there = EFFORTS.filter((effort) => nets.some((n) => n.kind === net.kind && n.effort === effort));
    $('effort-field').hidden = there.length < 2;
    segments('effort', there.map((e) => ({ value: e, text: words.efforts[e] })), net.effort, (effort) => this.wish({ effort }));
  }

  wish(settings) {
    this.session.set(settings);
    this.show();
  }

  // A use brings its mode and its file along.
  wishUse(use) {
    const file = fileFor(use, this.core);
    this.session.set({ use, mode: null });
    if (file) this.session.setChoice(file);
    $('quality').value = this.session.choice.quality;
    this.show();
  }

  // ---- The file ----

  showFormats() {
    const result = this.session.selected?.result;
    const reasonOf = (format) => {
      const key = result && whyNot(format, result);
      return key ? words.formatReasons[key](format) : null;
    };
    const options = offered().map((f) => ({ value: f, text: words.formats[f], reason: reasonOf(f) }));
    const { format: wished } = this.session.choice;
    const shown = result ? formatFor(wished, result) : wished;
    segments('format', options, shown, (format) => {
      setText('predicted', ''); // that of another format is wrong by more than nothing
      this.choose({ format });
    });
    const reasons = options.map(({ reason }) => reason).filter(Boolean);
    if (shown !== wished) reasons.push(words.formatInstead(wished, shown));
    if (result && this.session.selected.unwritten) reasons.push(words.errors.writing({ format: this.session.selected.unwritten }));
    $('format-note').hidden = !reasons.length;
    setText('format-note', reasons.join(' '));
    this.showChoice();
  }

  choose(choice, settled = true) {
    this.session.setChoice(choice, settled);
    this.showFormats();
  }

  showChoice() {
    const { selected, choice } = this.session;
    const { format, quality } = selected?.result ? this.session.choiceFor(selected.result) : choice;
    $('quality-field').hidden = !isLossy(format);
    const { exif, xmp, iptc, texts } = selected?.picture?.carried || {};
    $('exif-field').hidden = !(exif || xmp || (format === 'jpeg' && iptc) || (format === 'png' && texts?.length));
    setText('quality-text', String(quality));
    setText('download-text', words.downloadAs(format));
    this.predictSoon();
  }

  predictSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.predict(), 250);
  }

  async predict() {
    const { selected: item, choice } = this.session;
    if (!item?.result) return setText('predicted', '');
    const { result } = item;
    const [asked, wished] = [this.session.choiceFor(result), choice.format];
    const bytes = await predictSize(result, asked).catch(() => null);
    const stale = item !== this.session.selected || result !== item.result || wished !== choice.format || asked.quality !== choice.quality;
    return stale ? undefined : setText('predicted', bytes ? words.predicted(bytes) : '');
  }
}
