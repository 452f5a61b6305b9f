// SPDX-License-Identifier: MIT
// A file becomes a picture: upright, with straight alpha, in the colours it was made in, as far as the browser allows.
//
// picture: {name, kind, fileSize, width, height, format, canvas, pixels, shown, colorSpace, alpha, quality, lowQuality,
//   carried, notes}
//   format      what the core runs: 1 G, 2 GA, 3 RGB, 4 RGBA, +16 for 16 bits
//   canvas      pixels are RGBA bytes whatever the format is
//   shown       a canvas with the picture, for drawing
//   quality     of a JPEG, 1 ... 100; 0 or undefined: not known. lowQuality: by its low frequencies alone (fovea_jpeg)
//   webpQuality about that of a lossy WebP; 0: it is none
//   carried     {exif, xmp, iptc, texts, resolution} as the file has them, for the result's file; each may be missing
//   colours     what those of the file are, as in profile.js
//   notes       keys of strings.js: what the browser could not keep, for the report

import { bytesOf } from './bytes.js';
import { exifOrientation, exifResolution } from './exif.js';
import { fileFacts, sniff } from './metadata.js';
import { pngChunks, pngColours, pngHead, pngHeader, pngResolution, pngTexts, pngXmp, readPng } from './png.js';

export const G8 = 1;
export const GA8 = 2;
export const RGB8 = 3;
export const RGBA8 = 4;

const MAX_CANVAS_SIDE = 16384;
const HEAD_BYTES = 1 << 18;

// Decoded, enlarged by 2x and drawn, a picture takes about 24 bytes a source pixel at 2x; phones end a page at about 1 GB.
export function maxSourcePixels() {
  const phone = matchMedia('(pointer: coarse)').matches;
  const memory = navigator.deviceMemory || (phone ? 4 : 8);
  return memory >= 8 && !phone ? 64e6 : memory >= 4 ? 16e6 : 12e6;
}

export const maxResultPixels = () => 4 * maxSourcePixels();

export class PictureError extends Error {
  // code: a key of words.errors
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

// The key of words.errors, or null.
function sizeError(width, height) {
  if (width * height > maxSourcePixels()) return 'tooLarge';
  return Math.max(width, height) > MAX_CANVAS_SIDE ? 'tooLong' : null;
}

function checkSize(width, height) {
  const code = sizeError(width, height);
  if (code) throw new PictureError(code, { width, height });
}

const factsOf = (kind, bytes, core) => ({ ...fileFacts(kind, bytes), ...(kind === 'jpeg' && core?.jpeg(bytes)) });

// For a thumbnail: the browser's picture of a file and the EXIF orientation that is still to be applied. Null of a file that
// openPicture will refuse for its size, as far as its head tells.
export async function quickLook(file, core) {
  const bytesTo = async (end) => new Uint8Array(await file.slice(0, end).arrayBuffer());
  let bytes = await bytesTo(HEAD_BYTES);
  const kind = sniff(bytes);
  if (['webp', 'avif'].includes(kind)) bytes = await bytesTo(); // what they tell may stand behind the picture
  const facts = kind === 'png' ? pngHead(bytes) : factsOf(kind, bytes, core);
  if (sizeError(facts.width || 1, facts.height || 1)) return null;
  const { plain, orientation } = asItLies(file, kind, facts.exif);
  return { bitmap: await createImageBitmap(plain), orientation };
}

// core: a Core, which knows the heads of JPEG files.
export async function openPicture(file, core) {
  const bytes = new Uint8Array(await file.arrayBuffer().catch(() => {
    throw new PictureError('unreadable'); // a folder, or gone since
  }));
  if (!bytes.length) throw new PictureError('empty');
  const kind = sniff(bytes);
  if (!kind) throw new PictureError('unknown');
  if (kind === 'svg') throw new PictureError('svg');
  const facts = factsOf(kind, bytes, core);
  if (facts.width) checkSize(facts.width, facts.height);
  const picture = kind === 'png' ? await openPng(file, bytes) : await openByBrowser(file, kind, facts);
  picture.name = file.name || 'picture';
  picture.kind = kind;
  picture.fileSize = file.size;
  picture.quality = facts.quality;
  picture.lowQuality = facts.lowQuality;
  picture.webpQuality = kind === 'webp' ? core.webpQuality(bytes) : 0;
  picture.carried ||= carriedOf(facts);
  if (facts.moving) picture.notes.push('firstFrame');
  return picture;
}

// Copies, so that the file's bytes can go.
const carriedOf = ({ exif, xmp, iptc, resolution }) => ({ exif: exif?.slice(), xmp: xmp?.slice(), iptc: iptc?.slice(), resolution });

// ---- PNG: our own reader, for 16 bits and colours under alpha. One of other colours than sRGB's is the browser's. ----

async function openPng(file, bytes) {
  try {
    const chunks = pngChunks(bytes);
    const { width, height, depth } = pngHeader(chunks);
    checkSize(width, height);
    const colours = await pngColours(chunks);
    const picture = colours === 'srgb' ? await openPlain(chunks) : await openProfiled(file, depth, { colours, exif: chunks.eXIf });
    const resolution = exifResolution(chunks.eXIf) || pngResolution(chunks);
    picture.carried = { ...carriedOf({ exif: chunks.eXIf, xmp: await pngXmp(chunks), resolution }), texts: pngTexts(chunks) };
    if (chunks.acTL) picture.notes.push('firstFrame');
    return picture;
  } catch (error) {
    if (error.message === 'damaged') throw new PictureError('damaged');
    throw error;
  }
}

async function openProfiled(file, depth, facts) {
  const picture = await openByBrowser(file, 'png', facts);
  if (depth === 16) picture.notes.push('eightBits');
  return picture;
}

async function openPlain(chunks) {
  const png = turn(await readPng(chunks), exifOrientation(chunks.eXIf));
  const alpha = (png.channels === 2 || png.channels === 4) && !isOpaque(png);
  const picture = {
    width: png.width,
    height: png.height,
    format: png.channels + (png.depth === 16 ? 16 : 0),
    canvas: false,
    pixels: png.pixels,
    colorSpace: 'srgb',
    colours: 'srgb',
    alpha,
    notes: [],
  };
  picture.shown = paint(toRgba(png), png.width, png.height, 'srgb');
  return picture;
}

function isOpaque({ pixels, channels, depth }) {
  const full = depth === 16 ? 65535 : 255;
  for (let i = channels - 1; i < pixels.length; i += channels) if (pixels[i] !== full) return false;
  return true;
}

export function toRgba({ pixels, channels, depth }) {
  const count = pixels.length / channels;
  const out = new Uint8ClampedArray(count * 4);
  const colours = channels > 2 ? 3 : 1;
  const shift = depth === 16 ? 8 : 0;
  for (let i = 0, from = 0, to = 0; i < count; i++, from += channels, to += 4) {
    out[to] = pixels[from] >> shift;
    out[to + 1] = pixels[from + (colours > 1)] >> shift;
    out[to + 2] = pixels[from + (colours > 1 ? 2 : 0)] >> shift;
    out[to + 3] = channels > colours ? pixels[from + colours] >> shift : 255;
  }
  return out;
}

// Of EXIF's orientations 2 ... 8: the pixel of a w x h file where the upright picture begins, and how far it is from there to its
// next one to the right, and to the one below.
const TURNS = {
  2: (w) => [w - 1, -1, w],
  3: (w, h) => [w * h - 1, -1, -w],
  4: (w, h) => [w * (h - 1), 1, -w],
  5: (w) => [0, w, 1],
  6: (w, h) => [w * (h - 1), -w, 1],
  7: (w, h) => [w * h - 1, -w, -1],
  8: (w) => [w - 1, w, -1],
};

function turn(lying, orientation) {
  if (orientation === 1) return lying;
  const { width: w, height: h, channels, pixels } = lying;
  const [width, height] = orientation > 4 ? [h, w] : [w, h];
  const [start, right, down] = TURNS[orientation](w, h);
  const out = new pixels.constructor(pixels.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (start + x * right + y * down) * channels;
      for (let c = 0; c < channels; c++) out[at++] = pixels[from + c];
    }
  return { ...lying, width, height, pixels: out };
}

// ---- Everything else: the browser's decoder, which applies colour profiles, and the orientation of a JPEG ----

export function makeCanvas(width, height) {
  if (globalThis.OffscreenCanvas) return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

export function context2d(canvas, colorSpace, options = {}) {
  return canvas.getContext('2d', { colorSpace, ...options }) || canvas.getContext('2d', options);
}

// A canvas that is too large for the browser takes no pixels, and says nothing.
export function takesPixels(context, width, height) {
  context.fillRect(width - 1, height - 1, 1, 1);
  const [, , , alpha] = context.getImageData(width - 1, height - 1, 1, 1).data;
  context.clearRect(width - 1, height - 1, 1, 1);
  return alpha === 255;
}

function paint(rgba, width, height, colorSpace) {
  const canvas = makeCanvas(width, height);
  const context = context2d(canvas, colorSpace, { willReadFrequently: true });
  if (!takesPixels(context, width, height)) throw new PictureError('tooLarge', { width, height });
  context.putImageData(new ImageData(rgba, width, height, { colorSpace }), 0, 0);
  return canvas;
}

// Of these some browsers obey an EXIF block's orientation and some do not, so they get the file without one, and we turn what they read.
const TURNED_HERE = ['webp', 'png'];
const TIFF_MARK = 4; // bytes, without which an EXIF block is none

// {plain, orientation}: a file that every browser shows as it lies, and how to turn that.
function asItLies(file, kind, exif) {
  const orientation = TURNED_HERE.includes(kind) ? exifOrientation(exif) : 1;
  if (orientation === 1) return { plain: file, orientation };
  const at = exif.byteOffset; // exif is a part of all the bytes
  return { plain: new Blob([file.slice(0, at), new Uint8Array(TIFF_MARK), file.slice(at + TIFF_MARK)]), orientation };
}

// An AVIF picture of 2 x 2.
const TINY_AVIF = `AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEA
AAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAAB0AAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAAIAAAACAAAA
EHBpeGkAAAAAAwgICAAAAAxhdjFDgQ0MAAAAABNjb2xybmNseAACAAIAAYAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAACVtZGF0EgAKCBgANogQEAwgMg8f8D///8WfhwB8+ErK42A=`;

// Does this browser open such files at all, whatever it says of one of them?
async function opens(kind) {
  if (kind !== 'avif') return ['jpeg', 'png', 'webp', 'gif', 'bmp'].includes(kind);
  const tiny = new Blob([bytesOf(atob(TINY_AVIF))]);
  return createImageBitmap(tiny).then(() => true, () => false);
}

async function openByBrowser(file, kind, { colours = 'srgb', exif }) {
  const { plain, orientation } = asItLies(file, kind, exif);
  let bitmap;
  try {
    bitmap = await createImageBitmap(plain);
  } catch {
    throw new PictureError((await opens(kind)) ? 'damaged' : 'notHere', { kind });
  }
  const { width, height } = bitmap;
  checkSize(width, height);
  const colorSpace = ['p3', 'wide'].includes(colours) ? 'display-p3' : 'srgb';
  const shown = makeCanvas(width, height);
  const context = context2d(shown, colorSpace, { willReadFrequently: true });
  if (!takesPixels(context, width, height)) throw new PictureError('tooLarge', { width, height });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  let { data } = context.getImageData(0, 0, width, height, { colorSpace });
  const kinds = channelsUsed(data);
  const notes = [];
  if (kinds.alpha) {
    const straight = await straightPixels(plain, width, height, colorSpace);
    if (straight) data = straight;
    else notes.push('premultiplied');
  }
  const format = kinds.grey ? (kinds.alpha ? GA8 : G8) : kinds.alpha ? RGBA8 : RGB8;
  const picture = { width, height, format, canvas: true, pixels: data, shown, colorSpace, colours, alpha: kinds.alpha, notes };
  return orientation === 1 ? picture : turned(picture, orientation);
}

const wordsOf = (data) => new Uint32Array(data.buffer, data.byteOffset, data.length / 4);

function turned(picture, orientation) {
  const { width, height, pixels } = turn({ ...picture, channels: 1, pixels: wordsOf(picture.pixels) }, orientation);
  const rgba = new Uint8ClampedArray(pixels.buffer);
  return { ...picture, width, height, pixels: rgba, shown: paint(rgba, width, height, picture.colorSpace) };
}

// What the pixels make use of. One word a pixel, since this runs over all of them.
function channelsUsed(data) {
  const words = wordsOf(data);
  let all = 0xffffffff;
  for (let i = 0; i < words.length; i++) all &= words[i];
  const grey = words.every((v) => ((v ^ (v >>> 8)) & 0xffff) === 0);
  return { alpha: all >>> 24 !== 255, grey };
}

// ---- Straight alpha: a canvas holds colours multiplied by alpha, and 8 bits of that ruin them where alpha is low ----

// The file's pixels by another way; null where this browser has none.
async function straightPixels(file, width, height, colorSpace) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { premultiplyAlpha: 'none' });
    if (bitmap.width !== width || bitmap.height !== height) return null;
    return byHalfFloats(bitmap, colorSpace) || (colorSpace === 'srgb' ? byTexture(bitmap) : null);
  } catch {
    return null;
  } finally {
    bitmap?.close();
  }
}

// Eleven significant bits survive the multiplication.
function byHalfFloats(bitmap, colorSpace) {
  const { width, height } = bitmap;
  const context = context2d(makeCanvas(width, height), colorSpace, { colorType: 'float16', willReadFrequently: true });
  if (context.getContextAttributes?.().colorType !== 'float16') return null;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height, { colorSpace }).data;
}

// A texture is not multiplied at all.
function byTexture(bitmap) {
  const { width, height } = bitmap;
  const gl = makeCanvas(1, 1).getContext('webgl2');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return null;
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const pixels = new Uint8ClampedArray(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pixels.buffer));
  const fine = gl.getError() === gl.NO_ERROR;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return fine ? pixels : null;
}
