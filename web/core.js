// SPDX-License-Identifier: MIT
// The core on the page's own thread, for what takes no time: its advice (src/advice.c, the words that the command and its
// man page use too) and what the head of a JPEG file tells.

const HEAD_FIRST = 64 << 10; // bytes of a JPEG that nearly always hold its head
const HEAD_MOST = 16 << 20;

// In the order of the core's enums.
export const KINDS = ['photo', 'photo-jpeg', 'screen', 'creative-photo', 'creative-art'];
export const CONTENTS = ['unknown', 'photo', 'screen', 'art', 'document'];
const MODES = ['faithful', 'creative', 'either'];
const FILES = ['same', 'compact', 'exact'];
const TIPS = 6;
const PITFALLS = 4;

export class Core {
  // module: the WebAssembly.Module that the engine runs.
  static async open(module) {
    const core = new Core();
    core.exports = (await WebAssembly.instantiate(module, {})).exports;
    core.uses = core.readUses();
    return core;
  }

  text(at) {
    const bytes = new Uint8Array(this.exports.memory.buffer, at);
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  }

  // Uses by name, in the order to offer them: {index, name, title, modeReason, size, fileReason, mode, refusesCreative,
  // faithful, creative, file, quality, auto}; faithful and creative are kinds of net; auto is what an automatic choice of the
  // mode comes to, 'either' where the picture decides.
  readUses() {
    const { web_use_text: text, web_use_number: number, web_uses: count } = this.exports;
    const uses = {};
    for (let index = 0; index < count(); index++) {
      const [name, title, modeReason, size, fileReason] = [0, 1, 2, 3, 4].map((what) => this.text(text(index, what)));
      const [mode, refusesCreative, faithful, creative, file, quality, auto] = [0, 1, 2, 3, 4, 5, 6].map((what) => number(index, what));
      uses[name] = { index, name, title, modeReason, size, fileReason, mode: MODES[mode], refusesCreative: refusesCreative !== 0,
        faithful: KINDS[faithful], creative: KINDS[creative], file: FILES[file], quality, auto: MODES[auto] };
    }
    return uses;
  }

  // What a picture's traits say of the creative mode: {creative, text}; without traits: nothing is known.
  gainOf(traits) {
    const gain = traits?.gain || 0;
    return { creative: this.exports.web_gain_is_creative(gain) === 1, text: this.text(this.exports.web_gain_text(gain)) };
  }

  // facts: {use, source: {width, height}, result: {width, height}, quality, wasEnlarged, isNoisy, isText, isCompact, pictures, creative}.
  // What holds of them: {expectation: {name, text}, tips: [{name, text}], pitfalls: likewise}.
  advise(facts) {
    const { exports: e } = this;
    const { source, result } = facts;
    const flags = [facts.wasEnlarged, facts.isNoisy, facts.isText, facts.isCompact].map(Number);
    e.web_advise(this.uses[facts.use].index, source.width, source.height, result.width, result.height, facts.quality || 0, ...flags,
      facts.pictures, Number(facts.creative));
    const set = (bits, count, name, text) =>
      Array.from({ length: count }, (_, i) => i).filter((i) => (bits >> i) & 1)
        .map((i) => ({ name: this.text(name(i)), text: this.text(text(i)) }));
    return {
      expectation: { name: this.text(e.web_expectation_name()), text: this.text(e.web_expectation_text()) },
      tips: set(e.web_tips(), TIPS, e.web_tip_name, e.web_tip_text),
      pitfalls: set(e.web_pitfalls(), PITFALLS, e.web_pitfall_name, e.web_pitfall_text),
    };
  }

  // The first bytes of a file to where the core reads them; how many, 0 without memory.
  putHead(bytes, most) {
    const size = Math.min(most, bytes.length);
    const room = this.exports.web_source_room(size);
    if (!room) return 0;
    new Uint8Array(this.exports.memory.buffer, room, size).set(bytes.subarray(0, size));
    return size;
  }

  // {width, height, quality, lowQuality, exact} of a JPEG file, 0 where it does not tell; null if it is none.
  jpeg(bytes) {
    const { exports: e } = this;
    for (const most of [HEAD_FIRST, HEAD_MOST]) {
      const size = this.putHead(bytes, most);
      if (!size || e.web_jpeg_read(size)) return null;
      if (e.web_jpeg_whole() || size >= Math.min(HEAD_MOST, bytes.length)) break;
    }
    return { width: e.web_jpeg_width(), height: e.web_jpeg_height(), quality: e.web_jpeg_quality(),
      lowQuality: e.web_jpeg_low_quality(), exact: e.web_jpeg_exact() === 1 };
  }

  // About the quality of a lossy WebP file (fovea_webp_quality); 0: it is none.
  webpQuality(bytes) {
    return this.exports.web_webp_quality(this.putHead(bytes, HEAD_FIRST)) || this.exports.web_webp_quality(this.putHead(bytes, HEAD_MOST));
  }
}
