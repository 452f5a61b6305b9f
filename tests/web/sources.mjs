// SPDX-License-Identifier: MIT
// What files may be like before they are enlarged: lying down, in other colours, too large, cut short, moving.
import fs from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { fileFacts } from '../../web/metadata.js';
import { chunk, pngChunks, readPng } from '../../web/png.js';
import { coloursOfProfile } from '../../web/profile.js';
import { check, checkEqual, download, drawPng, example, file, give, native, open, pngOf, scratch, soak, waitText } from './tools.mjs';

const be = (size, value) => Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex');

const written = (name, bytes) => {
  const to = path.join(scratch, name);
  fs.writeFileSync(to, bytes);
  return to;
};

const exifWith = (orientation) => Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);

// ---- WebP ----

function riff(name, body) {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
}

const HAS_ALPHA = 16;
const HAS_EXIF = 8;

// A lossless WebP of the command, lying as this orientation tells; the EXIF block stands behind the picture.
function lyingWebp(name, from, orientation, flags = 0) {
  const webp = fs.readFileSync(native(from, '2x', ['--lossless'], 'webp'));
  const { width, height } = fileFacts('webp', new Uint8Array(webp));
  const at = webp.indexOf('VP8L');
  const picture = webp.subarray(at, at + 8 + webp.readUInt32LE(at + 4));
  const side = (value) => [(value - 1) & 255, (value - 1) >> 8, 0];
  const head = riff('VP8X', Buffer.from([HAS_EXIF | flags, 0, 0, 0, ...side(width), ...side(height)]));
  const body = [Buffer.from('WEBP'), head, riff('VP8L', picture.subarray(8)), riff('EXIF', exifWith(orientation))];
  return written(name, riff('RIFF', Buffer.concat(body)));
}

// ---- Profiles ----

const fixed = (value) => be(4, Math.round(value * 65536) >>> 0);

const PRIMARIES = {
  srgb: [0.4361, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7141],
  p3: [0.5151, 0.2412, -0.0011, 0.292, 0.6922, 0.0419, 0.1571, 0.0666, 0.7841],
  adobe: [0.6097, 0.3111, 0.0195, 0.2053, 0.6257, 0.0609, 0.1492, 0.0632, 0.7446],
};
const SRGB_CURVE = Buffer.concat([Buffer.from('para'), be(4, 0), be(2, 3), be(2, 0), ...[2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045].map(fixed)]);
const GAMMA_22 = Buffer.concat([Buffer.from('curv'), be(4, 0), be(4, 1), be(2, 563), be(2, 0)]);

function profileOf(primaries, curve, space = 'RGB ') {
  const xyz = (values) => Buffer.concat([Buffer.from('XYZ '), be(4, 0), ...values.map(fixed)]);
  const text = Buffer.concat([Buffer.from('mluc'), be(4, 0), be(4, 0), be(4, 12)]);
  const tags = [['desc', text], ['cprt', text], ['wtpt', xyz([0.9642, 1, 0.8249])],
    ...(space === 'GRAY' ? [['kTRC', curve]] : ['r', 'g', 'b'].flatMap((c, i) => [[`${c}XYZ`, xyz(primaries.slice(3 * i, 3 * i + 3))], [`${c}TRC`, curve]]))];
  let at = 132 + 12 * tags.length;
  const list = tags.map(([name, body]) => {
    const entry = Buffer.concat([Buffer.from(name), be(4, at), be(4, body.length)]);
    at += body.length;
    return entry;
  });
  const head = Buffer.alloc(128);
  head.writeUInt32BE(at, 0);
  head.writeUInt32BE(0x04300000, 8);
  head.write(`mntr${space}XYZ `, 12, 'latin1');
  head.write('acsp', 36, 'latin1');
  Buffer.concat([0.9642, 1, 0.8249].map(fixed)).copy(head, 68);
  return Buffer.concat([head, be(4, tags.length), ...list, ...tags.map(([, body]) => body)]);
}

const iccp = (profile) => ['iCCP', Buffer.concat([Buffer.from('p\0\0'), deflateSync(profile)])];

// ---- Large in the head, small on disk ----

// One row of an RLE bitmap that goes on and on.
function bmp(width, height, old) {
  const head = Buffer.alloc(old ? 26 : 54 + 8);
  head.write('BM');
  head.writeUInt32LE(head.length, 10);
  head.writeUInt32LE(old ? 12 : 40, 14);
  if (old) {
    [width, height, 1, 24].forEach((value, i) => head.writeUInt16LE(value, 18 + 2 * i));
    return head;
  }
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  [1, 8].forEach((value, i) => head.writeUInt16LE(value, 26 + 2 * i));
  head.writeUInt32LE(1, 30); // RLE8
  head.writeUInt32LE(2, 46);
  return Buffer.concat([head, Buffer.alloc(4000, Buffer.from([255, 1])), Buffer.from([0, 1])]);
}

function avifSaying(from, width, height) {
  const bytes = fs.readFileSync(native(from, '2x', [], 'avif'));
  for (let at = bytes.indexOf('ispe'); at >= 0; at = bytes.indexOf('ispe', at + 4)) {
    bytes.writeUInt32BE(width, at + 8);
    bytes.writeUInt32BE(height, at + 12);
  }
  return bytes;
}

// A GIF of one colour, with as many pictures.
function gif(images) {
  const comment = Buffer.from('\x21\xfe\x02,,\0', 'latin1'); // what looks like a picture is not always one
  const one = Buffer.from('\x2c\0\0\0\0\x08\0\x08\0\0\x02\x0a\x84\x8f\xa9\xcb\xed\x0f\xa3\x9c\xb4\x05\0', 'latin1');
  return Buffer.concat([Buffer.from('GIF89a\x08\0\x08\0\x80\0\0\x20\x40\x60\xff\xff\xff', 'latin1'), comment, ...Array(images).fill(one), Buffer.from(';')]);
}

const report = (page) => page.textContent('#report');

// Each gets the browser and the host's address.
export default {
  async 'orientation of WebP'(browser, url) {
    const page = await open(browser, url);
    const from = await drawPng('lying.png', 20, 14, 3, 8);
    for (const n of soak ? [2, 3, 4, 5, 6, 7, 8] : [2, 5, 6, 8]) await checkEqual(`WebP of orientation ${n}`, page, lyingWebp(`webp${n}.webp`, from, n));
    const clear = lyingWebp('clear.webp', await drawPng('clear.png', 20, 14, 4, 8), 6, HAS_ALPHA);
    await checkEqual('with alpha', page, clear);
    const row = Uint8Array.from({ length: 40 * 3 }, (_, i) => (i < 60 ? [255, 0, 0] : [0, 0, 255])[i % 3]);
    const idat = deflateSync(Buffer.concat(Array(40).fill(Buffer.concat([Buffer.of(0), row]))));
    const ihdr = Buffer.concat([be(4, 40), be(4, 40), Buffer.from([8, 2, 0, 0, 0])]);
    const sides = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...[['IHDR', ihdr], ['IDAT', idat], ['IEND', Buffer.alloc(0)]].map(([name, body]) => chunk(name, body))]);
    const halves = lyingWebp('halves.webp', written('halves.png', sides), 6); // red on the left, which is above when upright
    const colours = await page.evaluate(async (data) => {
      const { paintThumb } = await import('./thumb.js');
      const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 40 });
      await paintThumb(canvas, new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]));
      return [2, 37].map((y) => [...canvas.getContext('2d').getImageData(20, y, 1, 1).data]);
    }, fs.readFileSync(halves).toString('base64'));
    check('its thumbnail stands upright', colours[0][0] > 200 && colours[0][2] < 50 && colours[1][2] > 200 && colours[1][0] < 50, JSON.stringify(colours));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async 'colours of PNG'(browser, url) {
    const page = await open(browser, url);
    const srgb = iccp(profileOf(PRIMARIES.srgb, SRGB_CURVE));
    for (const [name, channels, depth] of [['rgb16', 3, 16], ['rgba8', 4, 8]]) {
      await checkEqual(`${name} with an sRGB profile`, page, await drawPng(`icc-${name}.png`, 40, 30, channels, depth, [srgb]));
      check(`${name} with an sRGB profile is sRGB`, !/P3|hands out/.test(await report(page)));
      check('and so is its file', !pngChunks(new Uint8Array((await download(page, 'png')).bytes)).iCCP);
    }
    await give(page, await drawPng('icc-p3.png', 40, 30, 3, 8, [iccp(profileOf(PRIMARIES.p3, SRGB_CURVE)), ['eXIf', exifWith(6)]]));
    check('Display P3 is kept', /Display P3 colours are kept/.test(await report(page)));
    const { width, height } = await pngOf((await download(page, 'png')).bytes);
    check('and it stands upright', width === 60 && height === 80, `${width} ${height}`);
    await give(page, await drawPng('icc-adobe.png', 40, 30, 3, 8, [iccp(profileOf(PRIMARIES.adobe, GAMMA_22))]));
    check('others are converted', /converted to Display P3/.test(await report(page)) && !/colours are kept/.test(await report(page)), await report(page));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  async 'words for profiles'() {
    const [srgb, p3, adobe] = [PRIMARIES.srgb, PRIMARIES.p3, PRIMARIES.adobe];
    const table = Buffer.concat([Buffer.from('curv'), be(4, 0), be(4, 1024),
      ...Array.from({ length: 1024 }, (_, i) => be(2, Math.round(65535 * (i / 1023 > 0.04045 ? ((i / 1023 + 0.055) / 1.055) ** 2.4 : i / 1023 / 12.92))))]);
    for (const [name, profile, wanted] of [['sRGB', profileOf(srgb, SRGB_CURVE), 'srgb'], ['by a table', profileOf(srgb, table), 'srgb'],
      ['a gamma of 2.2', profileOf(srgb, GAMMA_22), 'narrow'], ['P3', profileOf(p3, SRGB_CURVE), 'p3'], ['Adobe RGB', profileOf(adobe, GAMMA_22), 'wide'],
      ['grey', profileOf([], SRGB_CURVE, 'GRAY'), 'srgb'], ['other grey', profileOf([], GAMMA_22, 'GRAY'), 'narrow']]) {
      check(`${name} is ${wanted}`, coloursOfProfile(new Uint8Array(profile)) === wanted, coloursOfProfile(new Uint8Array(profile)));
      let strange = 0;
      for (let size = 0; size < profile.length; size += 7) strange += ['srgb', wanted, 'narrow'].includes(coloursOfProfile(new Uint8Array(profile.subarray(0, size)))) ? 0 : 1;
      check(`${name}, cut short`, !strange, strange);
    }
  },

  // By the head alone: nobody decodes them.
  async 'too large to decode'(browser, url) {
    const page = await open(browser, url);
    const small = avifSaying(example('cat.png'), 16384, 16384);
    const files = { 'a.bmp': bmp(20000, 20000), 'down.bmp': bmp(20000, -20000), 'old.bmp': bmp(20000, 20000, true), 'a.avif': small };
    for (const [name, bytes] of Object.entries(files)) {
      const [code, thumb, decoded] = await page.evaluate(async (data) => {
        const { openPicture, quickLook } = await import('./decode.js');
        const decode = globalThis.createImageBitmap;
        let count = 0;
        globalThis.createImageBitmap = () => Promise.reject(new Error(count++));
        const there = new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]);
        const code = await openPicture(there, {}).catch((error) => error.code);
        const thumb = await quickLook(there, {}).catch(String);
        globalThis.createImageBitmap = decode;
        return [code, thumb, count];
      }, bytes.toString('base64'));
      check(`${name} is refused unseen`, code === 'tooLarge' && thumb === null && !decoded, JSON.stringify([code, thumb, decoded]));
    }
    await page.context().close();
    const facts = (kind, bytes) => fileFacts(kind, new Uint8Array(bytes));
    check('BMP sizes', facts('bmp', bmp(7, -5)).height === 5 && facts('bmp', bmp(7, 5, true)).width === 7 && !facts('bmp', bmp(7, 5).subarray(0, 20)).width);
    let strange = 0;
    for (let size = 0; size < small.length; size += 3) {
      const { width = 16384, height = 16384 } = facts('avif', small.subarray(0, size));
      strange += width === 16384 && height === 16384 ? 0 : 1;
    }
    check('an AVIF that is cut short tells its size or none', !strange, strange);
  },

  async 'cut short or moving'(browser, url) {
    const page = await open(browser, url);
    const avif = fs.readFileSync(native(example('cat.png'), '2x', [], 'avif'));
    await page.setInputFiles('#files', [{ name: 'cut.avif', buffer: avif.subarray(0, avif.length / 2), mimeType: 'image/avif' }]);
    await waitText(page, '#name', 'cut');
    await page.waitForSelector('#error:not([hidden])');
    check('an AVIF that is cut short is damaged', /damaged/.test(await page.textContent('#error')), await page.textContent('#error'));
    await give(page, file('palette_alpha.gif'));
    check('a GIF that stands still is no animation', !/first picture/i.test(await report(page)));
    for (const images of [1, 2]) {
      await give(page, { name: `gif${images}.gif`, buffer: gif(images), mimeType: 'image/gif' });
      check(`a GIF of ${images}`, /first picture/i.test(await report(page)) === images > 1);
    }
    await page.context().close();
    const endless = Buffer.concat([gif(1).subarray(0, 25), Buffer.alloc(1 << 20, 0xff)]);
    check('a GIF without an end is read to its end', fileFacts('gif', new Uint8Array(endless)).moving === false);
  },

  // While a large picture is read, the page has its turn every now and then: by a clock that runs fast.
  async 'a PNG in pieces'() {
    const { now } = performance;
    const { MessageChannel } = globalThis;
    let [time, turns] = [0, 0];
    for (const depth of [1, 2, 4, 16]) {
      const [width, height] = [37, 20];
      const size = Math.ceil((width * depth) / 8);
      const rows = Array.from({ length: height }, (_, y) => Buffer.from([0, ...Array.from({ length: size }, (_, i) => (i * 89 + y * 7) & 255)]));
      const header = Buffer.concat([be(4, width), be(4, height), Buffer.from([depth, 0, 0, 0, 0])]);
      performance.now = () => (time += 30);
      globalThis.MessageChannel = class extends MessageChannel {
        constructor() {
          super();
          turns++;
        }
      };
      const { pixels } = await readPng({ IHDR: new Uint8Array(header), IDAT: [new Uint8Array(deflateSync(Buffer.concat(rows)))] }).finally(() => {
        performance.now = now;
        globalThis.MessageChannel = MessageChannel;
      });
      const most = 2 ** depth - 1;
      const sample = (x, y) => {
        if (depth === 16) return rows[y].readUInt16BE(1 + 2 * x);
        return (((rows[y][1 + ((x * depth) >> 3)] >> (8 - depth - ((x * depth) & 7))) & most) * 255) / most;
      };
      check(`samples of ${depth} bits`, pixels.every((v, i) => v === sample(i % width, Math.floor(i / width))));
    }
    check('the page has its turn', turns > 20, turns);
  },

  // What comes of a drop where the browser gives folders.
  async 'dropped folders'(browser, url) {
    const page = await open(browser, url);
    const drop = (name) => page.evaluate(([which, data]) => {
      const picture = new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], 'inside.png', { type: 'image/png' });
      const fileEntry = (name, file) => ({ isFile: true, name, file: (give, fail) => (file ? give(file) : fail(new Error('NotFound'))) });
      const folder = (...inner) => ({ isDirectory: true, name: 'folder', createReader: () => ({ readEntries: (give) => give(inner.splice(0)) }) });
      const dropped = {
        'one lost': folder(fileEntry('gone.png'), fileEntry('inside.png', picture)),
        none: folder(fileEntry('scan.tif', picture), fileEntry('photo.jxl', picture)),
      }[which];
      const transfer = dropped
        ? { types: ['Files'], items: [{ webkitGetAsEntry: () => dropped }], files: [] }
        : { types: ['Files'], items: [], files: which === 'empty' ? [new File([], 'nothing')] : [] };
      const event = new DragEvent('drop', { bubbles: true, cancelable: true });
      Object.defineProperty(event, 'dataTransfer', { value: transfer });
      document.body.dispatchEvent(event);
    }, [name, fs.readFileSync(example('cat.png')).toString('base64')]);
    await drop('none');
    await waitText(page, '#broken', 'No picture that this page opens');
    check('nothing in it: it is said', (await page.isVisible('#broken')) && (await page.isVisible('#welcome')));
    await drop('one lost');
    await waitText(page, '#name', 'inside.png');
    await waitText(page, '#broken', '^One file');
    check('one that cannot be read does not cost the others', await page.isVisible('#broken'));
    await drop('empty');
    await waitText(page, '#name', '^nothing');
    await waitText(page, '#error', 'empty');
    check('an empty file is told of, and the banner is gone', !(await page.isVisible('#broken')));
    await page.context().close();
  },
};
