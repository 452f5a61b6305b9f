// SPDX-License-Identifier: MIT
// What a file tells beside its pixels, in the result's file: as the command has it, by another reader's word (exiftool).
import fs from 'node:fs';
import path from 'node:path';
import { exifFor, exifOrientation } from '../../web/exif.js';
import { avifFacts } from '../../web/items.js';
import { fileFacts } from '../../web/metadata.js';
import { PNG_XMP, pngChunks } from '../../web/png.js';
import {
  check, checkEqual, decodedSize, download, drawPng, file, give, native, open, pngOf, scratch, settled, tagsOf,
} from './tools.mjs';

const FORMATS = ['png', 'jpeg', 'webp', 'avif'];

const offered = async (page, formats) => {
  const there = await page.locator('#format input').evaluateAll((inputs) => inputs.map((input) => input.value));
  return formats.filter((format) => there.includes(format));
};

// A little-endian TIFF block of these [tag, type, value], with a directory of the picture's sides behind it.
function exifBlock(...entries) {
  const all = [...entries, [0x8769, 4, 0]];
  const inner = 10 + 12 * all.length + 4;
  const bytes = Buffer.alloc(inner + 2 + 24 + 4 + 8 * entries.length);
  let behind = inner + 30;
  bytes.write('II*\0\b\0\0\0', 0, 'latin1');
  const put = (at, [tag, type, value]) => {
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(1, at + 4);
    bytes.writeUInt32LE(type === 5 ? behind : value, at + 8);
    if (type === 5) {
      bytes.writeUInt32LE(value, behind);
      bytes.writeUInt32LE(1, behind + 4);
      behind += 8;
    }
  };
  bytes.writeUInt16LE(all.length, 8);
  all.forEach((entry, i) => put(10 + 12 * i, entry[0] === 0x8769 ? [0x8769, 4, inner] : entry));
  bytes.writeUInt16LE(2, inner);
  put(inner + 2, [0xa002, 3, 40]);
  put(inner + 14, [0xa003, 3, 30]);
  return bytes;
}

function phys(x, y, unit = 1) {
  const body = Buffer.alloc(9, unit);
  body.writeUInt32BE(x);
  body.writeUInt32BE(y, 4);
  return ['pHYs', body];
}

// A JPEG with a JFIF segment of this unit and density, and an EXIF block or none.
function jpegWith(name, unit, density, exif) {
  const jpeg = fs.readFileSync(file('gray8.jpg'));
  const jfif = Buffer.from([0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, unit, density >> 8, density & 255, density >> 8, density & 255, 0, 0]);
  const app1 = exif ? [Buffer.of(0xff, 0xe1, (exif.length + 8) >> 8, (exif.length + 8) & 255), Buffer.from('Exif\0\0', 'latin1'), exif] : [];
  let at = 2;
  while ([0xe0, 0xe1, 0xec, 0xed, 0xee].includes(jpeg[at + 1])) at += 2 + jpeg.readUInt16BE(at + 2);
  const to = path.join(scratch, name);
  fs.writeFileSync(to, Buffer.concat([jpeg.subarray(0, 2), jfif, ...app1, jpeg.subarray(at)]));
  return to;
}

// {x, y} in pixels an inch, of EXIF or, in a PNG, of its own chunk.
function resolutionOf(from) {
  const tags = tagsOf(from);
  if (tags['PNG-pHYs:PixelsPerUnitX']) return { x: tags['PNG-pHYs:PixelsPerUnitX'] * 0.0254, y: tags['PNG-pHYs:PixelsPerUnitY'] * 0.0254 };
  const unit = tags['IFD0:ResolutionUnit'] === 3 ? 2.54 : 1;
  return { x: tags['IFD0:XResolution'] * unit, y: tags['IFD0:YResolution'] * unit };
}

// ---- AVIF files, without a picture, in every way that their items may be written ----

const be = (size, value) => Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex');
const box = (type, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([be(4, body.length + 8), Buffer.from(type), body]);
};
const full = (type, version, ...parts) => box(type, be(4, version * 2 ** 24), ...parts);

// items: [{type, content, parts: [Buffer]}], numbered from 1. way: {version: of iloc, inMeta, size: of its numbers, long: ids of 32 bits}
function avifOf(items, { version, inMeta, size, long }) {
  const ids = version < 2 ? 2 : 4;
  const infos = items.map(({ type, content }, i) => full('infe', long ? 3 : 2, be(long ? 4 : 2, i + 1), be(2, 0), Buffer.from(type), Buffer.from(`its name\0${content ? `${content}\0` : ''}`)));
  const data = Buffer.concat(items.flatMap(({ parts }) => parts));
  const metaAt = (at) => {
    let from = at;
    const places = items.map(({ parts }, i) => Buffer.concat([be(ids, i + 1), ...(version ? [be(2, inMeta ? 1 : 0)] : []), be(2, 0), be(size, at), be(2, parts.length),
      ...parts.map((part) => {
        const place = Buffer.concat([be(size, from - at), be(size, part.length)]);
        from += part.length;
        return place;
      })]));
    return full('meta', 0, full('iinf', long ? 1 : 0, be(long ? 4 : 2, items.length), ...infos),
      full('iloc', version, be(1, size * 17), be(1, size * 16), be(ids, items.length), ...places), ...(inMeta ? [box('idat', data)] : []));
  };
  const head = box('ftyp', Buffer.from('avif\0\0\0\0'));
  const at = inMeta ? 0 : head.length + metaAt(0).length + 16;
  const large = Buffer.concat([be(4, 1), Buffer.from('mdat'), be(8, data.length + 16), data]); // a box with a long size
  return Buffer.concat([head, metaAt(at), ...(inMeta ? [] : [large])]);
}

const splitAt = (bytes, at) => [bytes.subarray(0, at), bytes.subarray(at)];

// Does the report come to hold this text?
const reported = (page, text) =>
  page.waitForFunction((part) => document.getElementById('report').textContent.includes(part), text, { timeout: 20000 }).then(() => true, () => false);

// Each gets the browser and the host's address.
export default {
  // The thumbnail shows what was, perhaps what has been cut off since: neither it nor its bytes are in the result's block.
  'a thumbnail': async () => {
    const exif = exifBlock([0x0112, 3, 6]);
    const second = exif.length;
    const thumbnail = Buffer.alloc(40, 0xab);
    const directory = Buffer.alloc(2 + 24 + 4);
    directory.writeUInt16LE(2);
    [[0x0201, second + directory.length], [0x0202, thumbnail.length]].forEach(([tag, value], i) => {
      directory.writeUInt16LE(tag, 2 + 12 * i);
      directory.writeUInt16LE(4, 4 + 12 * i);
      directory.writeUInt32LE(1, 6 + 12 * i);
      directory.writeUInt32LE(value, 10 + 12 * i);
    });
    const block = Buffer.concat([exif, directory, thumbnail]);
    block.writeUInt32LE(second, 10 + 12 * 2);
    const made = exifFor(new Uint8Array(block), { width: 80, height: 60 }, null);
    check('the block is there, upright', made && exifOrientation(made) === 1);
    check('without the thumbnail', !Buffer.from(made).includes(thumbnail.subarray(0, 4)));
    block.writeUInt32LE(1 << 30, 10 + 12 * 2);
    const lost = exifFor(new Uint8Array(block), { width: 80, height: 60 }, null);
    check('one that leads nowhere costs nothing else', lost && exifOrientation(lost) === 1);
  },

  async orientation(browser, url) {
    const page = await open(browser, url);
    let upright;
    for (let n = 1; n <= 8; n++) {
      await give(page, file(`exif_orientation${n}.jpg`));
      const png = await pngOf((await download(page, 'png')).bytes);
      upright ||= png;
      let sum = 0;
      for (let i = 0; i < png.pixels.length; i++) sum += Math.abs(png.pixels[i] - upright.pixels[i]);
      check(`EXIF orientation ${n}`, png.width === 452 && png.height === 300 && sum / png.pixels.length < 4, sum / png.pixels.length);
    }
    for (const format of ['webp', 'jpeg', 'png']) {
      const { bytes } = await download(page, format);
      const exif = format === 'png' ? pngChunks(new Uint8Array(bytes)).eXIf : fileFacts(format, new Uint8Array(bytes)).exif;
      check(`${format} carries the EXIF block, upright`, exif && exifOrientation(exif) === 1);
      check(`${format} still opens`, (await decodedSize(page, bytes)) === '452x300');
    }
    await page.locator('#exif').uncheck();
    const { bytes } = await download(page, 'jpeg');
    check('or leaves it', !fileFacts('jpeg', new Uint8Array(bytes)).exif);
    const exif = Uint8Array.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
    await checkEqual('a PNG on its side', page, await drawPng('side.png', 60, 40, 3, 8, [['eXIf', exif]]));
    const xmp = (n) => `<x:xmpmeta><rdf:Description tiff:Orientation="${n}" dc:rights="Ada"/></x:xmpmeta>`;
    await give(page, await drawPng('rights.png', 40, 30, 3, 8, [['iTXt', Buffer.from(`${PNG_XMP}\0\0\0\0${xmp(6)}`)]]));
    await page.locator('#exif').check();
    for (const format of ['webp', 'jpeg', 'png']) {
      const { bytes } = await download(page, format);
      check(`${format} carries XMP, upright`, bytes.includes(xmp(1)));
      check(`${format} with XMP still opens`, (await decodedSize(page, bytes)) === '80x60');
    }
    const jpeg = fs.readFileSync(file('gray8.jpg'));
    const resources = Buffer.from('Photoshop 3.0\0' + '8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ada\0', 'latin1'); // its by-line
    const record = Buffer.concat([Buffer.of(0xff, 0xed, 0, resources.length + 2), resources]);
    const credited = path.join(scratch, 'credit.jpg');
    fs.writeFileSync(credited, Buffer.concat([jpeg.subarray(0, 2), record, jpeg.subarray(2)]));
    await give(page, credited);
    for (const format of ['jpeg', 'webp', 'png']) {
      const { bytes } = await download(page, format);
      check(`${format} ${format === 'jpeg' ? 'carries' : 'has no place for'} IPTC`, bytes.includes(record) === (format === 'jpeg'));
    }
    await page.context().close();
  },

  async resolution(browser, url) {
    const page = await open(browser, url);
    const fine = [[0x11a, 5, 240], [0x11b, 5, 200], [0x128, 3, 2]];
    const cases = {
      'a PNG of 300': await drawPng('phys.png', 40, 30, 3, 8, [phys(11811, 11811)]),
      'a PNG of two': await drawPng('both.png', 40, 30, 3, 8, [phys(11811, 11811), ['eXIf', exifBlock(...fine)]]),
      'a PNG whose EXIF has none': await drawPng('lacks.png', 40, 30, 3, 8, [phys(11811, 5906), ['eXIf', exifBlock([0x112, 3, 1])]]),
      'a JPEG in centimetres': jpegWith('jfif.jpg', 2, 118),
      'a JPEG of two': jpegWith('both.jpg', 1, 72, exifBlock(...fine)),
    };
    for (const [what, from] of Object.entries(cases)) {
      await give(page, from);
      check(`${what}: it is told`, /pixels to an inch/.test(await page.textContent('#report')));
      const formats = FORMATS.filter((format) => format !== 'avif' || from.endsWith('.png')); // of the larger pictures it takes long
      for (const format of await offered(page, formats)) {
        const mine = resolutionOf((await download(page, format)).path);
        const theirs = resolutionOf(native(from, '2x', [], format));
        check(`${what} as ${format}: as the command`, Math.abs(mine.x - theirs.x) < 0.02 && Math.abs(mine.y - theirs.y) < 0.02, JSON.stringify([mine, theirs]));
      }
    }
    const jfif = tagsOf((await download(page, 'jpeg')).path);
    check('and JFIF agrees', jfif['JFIF:XResolution'] === 240 && jfif['JFIF:YResolution'] === 200);
    const shapes = { 'a PNG of a shape': await drawPng('shape.png', 40, 30, 3, 8, [phys(2, 1, 0)]), 'a JPEG of one': jpegWith('shape.jpg', 0, 1) };
    for (const [what, from] of Object.entries(shapes)) {
      await give(page, from);
      check(`${what}: nothing is told`, !/pixels to an inch/.test(await page.textContent('#report')));
      for (const format of ['png', 'jpeg']) check(`${what}: nothing is made up in ${format}`, !(resolutionOf((await download(page, format)).path).x > 0));
    }
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // EXIF and XMP in every format, of pictures with and without alpha: as the command's, and the sides are those of the result.
  async carried(browser, url) {
    const page = await open(browser, url);
    const exif = exifBlock([0x10f, 3, 7], [0x112, 3, 6], [0x11a, 5, 240], [0x11b, 5, 240], [0x128, 3, 2]);
    const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
      'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" tiff:Orientation="6" tiff:ImageWidth="40" photoshop:Credit="Ada"/></rdf:RDF></x:xmpmeta>';
    const extra = [['eXIf', exif], ['iTXt', Buffer.from(`${PNG_XMP}\0\0\0\0${xmp}`)]];
    const tags = ['IFD0:Orientation', 'IFD0:XResolution', 'ExifIFD:ExifImageWidth', 'ExifIFD:ExifImageHeight', 'XMP-tiff:Orientation',
      'XMP-tiff:ImageWidth', 'XMP-photoshop:Credit'];
    for (const channels of [3, 4]) {
      const from = await drawPng(`told${channels}.png`, 40, 30, channels, 8, extra);
      await give(page, from);
      const plain = await pngOf((await download(page, 'png')).bytes);
      for (const format of await offered(page, FORMATS.filter((name) => channels === 3 || name !== 'jpeg'))) {
        const { path: to, bytes } = await download(page, format);
        const [mine, theirs] = [tagsOf(to), tagsOf(native(from, '2x', [], format))];
        for (const tag of tags)
          check(`${channels} channels, ${format}: ${tag}`, mine[tag] === theirs[tag] && mine[tag] !== undefined, `${mine[tag]} ${theirs[tag]}`);
        check(`${channels} channels, ${format} opens`, (await decodedSize(page, bytes)) === `${plain.width}x${plain.height}`);
      }
    }
    await page.locator('#exif').uncheck();
    check('what is left out is told', await reported(page, 'Camera data is left out'));
    for (const format of await offered(page, FORMATS)) {
      const { path: to } = await download(page, format);
      const left = tagsOf(to);
      check(`or leaves all of it, ${format}`, ['IFD0:Make', 'ExifIFD:ExifImageWidth', 'XMP-photoshop:Credit'].every((tag) => left[tag] === undefined));
      check(`but for the resolution, ${format}`, Math.abs(resolutionOf(to).x - 240) < 0.02, JSON.stringify(resolutionOf(to)));
    }
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },

  // The report says what the file of this format will not have.
  async 'not carried'(browser, url) {
    const page = await open(browser, url);
    const report = () => settled(page, '#report');
    const long = Buffer.concat([exifBlock([0x10f, 3, 7]), Buffer.alloc(65500)]);
    await give(page, await drawPng('long.png', 40, 30, 3, 8, [['eXIf', long]]));
    for (const [format, fits] of [['jpeg', false], ['webp', true]]) {
      const { path: to } = await download(page, format);
      await page.waitForTimeout(100);
      check(`${format} ${fits ? 'carries' : 'cannot carry'} a long EXIF block`, (tagsOf(to)['IFD0:Make'] !== undefined) === fits);
      check(`${format}: the report says so`, /too long for a JPEG/.test(await report()) === !fits && /is carried over unless/.test(await report()) === fits, await report());
    }
    const jpeg = fs.readFileSync(file('gray8.jpg'));
    const record = Buffer.from('\xff\xed\0\x26Photoshop 3.0\0' + '8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ada\0', 'latin1');
    await give(page, { name: 'credit.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat([jpeg.subarray(0, 2), record, jpeg.subarray(2)]) });
    check('IPTC alone: WebP does not have it', /into a JPEG only/.test(await report()) && !/is carried over unless/.test(await report()), await report());
    await page.context().close();
  },

  // Previews of what was, in Photoshop's blocks and in XMP, are in no result.
  async previews(browser, url) {
    const page = await open(browser, url);
    const segment = (marker, text) => {
      const body = Buffer.from(text, 'latin1');
      return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
    };
    const photoshop = segment(0xed, 'Photoshop 3.0\0' + '8BIM\x04\x0c\0\0\0\0\0\x07PREVIEW\0' + '8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ada');
    const xmp = segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
      '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Ada"><xmp:Thumbnails>PREVIEW</xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>');
    const jpeg = fs.readFileSync(file('gray8.jpg'));
    await give(page, { name: 'previews.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat([jpeg.subarray(0, 2), photoshop, xmp, jpeg.subarray(2)]) });
    for (const format of await offered(page, FORMATS)) {
      const { path: to, bytes } = await download(page, format);
      check(`no preview in ${format}`, !bytes.includes('PREVIEW'));
      check(`but the rest of ${format}`, tagsOf(to)['XMP-xmp:CreatorTool'] === 'Ada' && (format !== 'jpeg' || tagsOf(to)['IPTC:By-line'] === 'Ada'));
    }
    await page.context().close();
  },

  async 'AVIF items'() {
    const exif = exifBlock([0x10f, 3, 7]);
    const xmp = Buffer.from('<x:xmpmeta/>');
    const items = [{ type: 'av01', parts: [Buffer.alloc(9)] }, { type: 'mime', content: 'text/plain', parts: [Buffer.from('no')] },
      { type: 'Exif', parts: splitAt(Buffer.concat([be(4, 6), Buffer.from('Exif\0\0'), exif]), 21) }, { type: 'mime', content: 'application/rdf+xml', parts: splitAt(xmp, 5) }];
    const told = (bytes) => {
      const facts = avifFacts(new Uint8Array(bytes));
      return [facts.exif, facts.xmp].map((block) => block && Buffer.from(block));
    };
    for (const way of [0, 1, 2].flatMap((version) => [4, 8].flatMap((size) => [false, true].map((inMeta) => ({ version, size, inMeta: inMeta && version > 0, long: version > 1 }))))) {
      const file = avifOf(items, way);
      const what = JSON.stringify(way);
      const [gotExif, gotXmp] = told(file);
      check(`${what}: EXIF`, gotExif?.equals(exif));
      check(`${what}: XMP`, gotXmp?.equals(xmp));
      let strange = 0;
      for (let length = 0; length < file.length; length++) {
        const [cutExif, cutXmp] = told(file.subarray(0, length));
        strange += (cutExif && !cutExif.equals(exif)) || (cutXmp && !cutXmp.equals(xmp)) ? 1 : 0;
      }
      check(`${what}, cut short: all of a block or nothing`, strange === 0, strange);
      for (let at = 0, seed = 1; at < file.length; at++) {
        const hurt = Buffer.from(file);
        for (let i = 0; i < 3; i++, seed = (seed * 48271) % 2147483647) hurt[i ? seed % file.length : at] = seed >> 8;
        const size = told(hurt).reduce((sum, block) => sum + (block?.length || 0), 0);
        strange += size > 2 * file.length ? 1 : 0;
      }
      check(`${what}, damaged: nothing is made up`, strange === 0, strange);
    }
    const greedy = full('iloc', 2, be(1, 0), be(1, 0), be(4, 0xffffffff), Buffer.alloc(2e6, Buffer.concat([be(4, 7), be(4, 0), be(2, 0xffff)])));
    const info = full('iinf', 0, be(2, 1), full('infe', 2, be(2, 1), be(2, 0), Buffer.from('Exif\0')));
    const started = Date.now();
    check('billions of extents of nothing are not counted', told(Buffer.concat([box('ftyp', Buffer.from('avif\0\0\0\0')), full('meta', 0, info, greedy)]))[0] === undefined && Date.now() - started < 2000);
    const large = Buffer.concat([be(4, 0), exif, Buffer.alloc(8 << 20)]);
    check('an item of 8 MB is left', told(avifOf([{ type: 'Exif', parts: [large] }], { version: 0, size: 4 }))[0] === undefined);
  },

  // Texts of a PNG stay byte for byte in a PNG; a gamma of its own is seen in every format.
  async 'PNG texts and gamma'(browser, url) {
    const page = await open(browser, url);
    const texts = [['tEXt', Buffer.from('Comment\0caf\xe9', 'latin1')], ['iTXt', Buffer.from('parameters\0\0\0zh\0\0桜, steps: 20')]];
    await give(page, await drawPng('told.png', 40, 30, 3, 8, texts));
    await page.locator('#format input[value=png]').check();
    check('the texts are told of', await reported(page, 'The texts in it are carried over'));
    const same = ([name, body], [other, wanted]) => name === other && Buffer.from(body).equals(wanted);
    const kept = pngChunks(new Uint8Array((await download(page, 'png')).bytes)).texts;
    check('texts are the same bytes', kept.length === 2 && kept.every((text, i) => same(text, texts[i])));
    await download(page, 'webp');
    check('what leaves them out says so', await reported(page, 'fit into a PNG only'));
    await page.locator('#format input[value=png]').check();
    await page.locator('#exif').uncheck();
    check('without them, if that is wished', !pngChunks(new Uint8Array((await download(page, 'png')).bytes)).texts.length);
    await page.locator('#exif').check();

    const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
      'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Ada"/></rdf:RDF></x:xmpmeta>';
    await give(page, native(await drawPng('credit.png', 40, 30, 3, 8, [['iTXt', Buffer.from(`${PNG_XMP}\0\0\0\0${xmp}`)]])));
    check('XMP that the command wrote is read', tagsOf((await download(page, 'webp')).path)['XMP-photoshop:Credit'] === 'Ada');

    const gamma = Buffer.alloc(4);
    const mean = async (value) => {
      gamma.writeUInt32BE(value);
      await give(page, await drawPng(`gamma${value}.png`, 40, 30, 3, 8, [['gAMA', gamma]]));
      const { pixels } = await pngOf((await download(page, 'png')).bytes);
      return pixels.reduce((sum, v) => sum + v, 0) / pixels.length;
    };
    const [usual, linear] = [await mean(45455), await mean(100000)];
    check('a linear gamma is seen, as the browser sees it', linear > usual + 15, `${usual} ${linear}`);
    check('no errors', !page.problems.length, page.problems);
  },

  // What an AVIF picture tells goes into every format, as the command has it; its colours are seen.
  async 'AVIF source'(browser, url) {
    const page = await open(browser, url);
    const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
      'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Ada"/></rdf:RDF></x:xmpmeta>';
    const extra = [['eXIf', exifBlock([0x10f, 3, 7], [0x11a, 5, 240], [0x11b, 5, 240], [0x128, 3, 2])], ['iTXt', Buffer.from(`${PNG_XMP}\0\0\0\0${xmp}`)]];
    const from = native(await drawPng('source.png', 40, 30, 3, 8, extra), '2x', [], 'avif');
    await give(page, from);
    check('its resolution is told', /240 pixels to an inch/.test(await page.textContent('#report')));
    for (const format of await offered(page, FORMATS)) {
      const [mine, theirs] = [tagsOf((await download(page, format)).path), tagsOf(native(from, '2x', [], format))];
      for (const tag of ['IFD0:XResolution', 'ExifIFD:ExifImageWidth', 'XMP-photoshop:Credit'])
        check(`${format}: ${tag}`, mine[tag] === theirs[tag] && mine[tag] !== undefined, `${mine[tag]} ${theirs[tag]}`);
    }
    const webp = native(from, '2x', [], 'webp');
    check('the command has the resolution from an AVIF file, too', Math.abs(resolutionOf(webp).x - 240) < 0.02);
    check('and from a WebP one', Math.abs(resolutionOf(native(webp, '2x', [], 'png')).x - 240) < 0.02);
    check('sRGB is not taken for more', !/P3/.test(await page.textContent('#report')));
    await give(page, native(file('icc_displayp3.jpg'), '2x', [], 'avif'));
    check('the colours of Display P3 are kept', /P3/.test(await page.textContent('#report')));
    check('no errors', !page.problems.length, page.problems);
    await page.context().close();
  },
};
