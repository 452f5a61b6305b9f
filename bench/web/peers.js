// SPDX-License-Identifier: MIT
// In the page that bench.mjs opens: fovea's own modules and the peers, each made ready once, then timed by globalThis.bench.
import { Engine } from '/page/engine.js';
import { tilesOf } from '/page/tiles.js';

const clock = async (work) => {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, result };
};

async function pixelsOf(url) {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

const script = (url) =>
  new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('script'), { src: url, onload: resolve, onerror: reject }));
  });

// PSNR of Y (ITU-R BT.601, as papers have it), without a border of 2 pixels.
function psnr(a, b) {
  const luma = (data, i) => 16 + (65.481 * data[i] + 128.553 * data[i + 1] + 24.966 * data[i + 2]) / 255;
  let sum = 0;
  let count = 0;
  for (let y = 2; y < b.height - 2; y++)
    for (let x = 2; x < b.width - 2; x++, count++) {
      const i = 4 * (y * b.width + x);
      sum += (luma(a.data, i) - luma(b.data, i)) ** 2;
    }
  return 10 * Math.log10((255 * 255 * count) / sum);
}

const WARM_ROUNDS = 4; // as the page does it while it waits for a picture (web/app.js)

// ---- fovea: 8-bit pixels in, 8-bit pixels out, by the page's own engine ----

async function fovea(net, { workers, core }) {
  const engine = new Engine();
  await engine.start(core ? [core] : undefined);
  if (workers) engine.workers = engine.workers.slice(0, workers);
  if (!core) await engine.tune(); // as the page does it
  await engine.use({ net });
  for (let i = 0; i < WARM_ROUNDS; i++) await engine.warm();
  const run = async (picture) => {
    const [width, height] = [picture.width * 2, picture.height * 2];
    const result = { width, height, tiles: tilesOf(width, height, 2, engine.workers.length, engine) };
    const source = { ...picture, width: picture.width, height: picture.height, pixels: picture.data, canvas: true, format: 3 };
    await engine.run(source, result, () => [0, 0], new AbortController().signal, () => {});
    return result;
  };
  const draw = ({ width, height, tiles }) => {
    const data = new Uint8ClampedArray(width * height * 4);
    for (const t of tiles)
      for (let y = 0; y < t.h; y++) data.set(t.rgba.subarray(4 * y * t.w, 4 * (y + 1) * t.w), 4 * ((t.y + y) * width + t.x));
    return new ImageData(data, width, height);
  };
  return { run, draw, about: `${engine.core} running ${engine.kernels}, ${engine.workers.length} worker(s)`, macs: engine.macs };
}

// ---- onnxruntime-web: floats that lie ready in, floats out ----

async function onnx(file) {
  const ort = await import('/npm/onnxruntime-web/dist/ort.wasm.min.mjs');
  ort.env.wasm.wasmPaths = '/npm/onnxruntime-web/dist/';
  const session = await ort.InferenceSession.create(`/nets/${file}`, { executionProviders: ['wasm'] });
  const run = async ({ width, height, data }) => {
    const plane = width * height;
    const floats = Float32Array.from({ length: 3 * plane }, (_, i) => data[4 * (i % plane) + Math.floor(i / plane)]);
    return { feed: new ort.Tensor('float32', floats, [1, 3, height, width]) };
  };
  return {
    prepare: run,
    run: ({ feed }) => session.run({ in: feed }),
    about: `wasm, ${ort.env.wasm.numThreads || 1} thread(s), isolated: ${crossOriginIsolated}`,
  };
}

// ---- UpscalerJS with esrgan-slim ----

async function upscaler(backend) {
  await script('/npm/@tensorflow/tfjs/dist/tf.min.js');
  await script('/npm/@upscalerjs/default-model/dist/umd/index.min.js');
  await script('/npm/upscaler/dist/browser/umd/upscaler.min.js');
  await script('/npm/@upscalerjs/esrgan-slim/dist/umd/models/esrgan-slim/src/x2/index.min.js');
  const { tf, Upscaler, ESRGANSlim2x } = globalThis;
  if (backend) await tf.setBackend(backend);
  await tf.ready();
  const up = new Upscaler({ model: { ...ESRGANSlim2x, path: '/npm/@upscalerjs/esrgan-slim/models/x2/model.json' } });
  await up.ready;
  const run = async (picture) => {
    const tensor = await up.upscale(tf.browser.fromPixels(picture), { output: 'tensor' });
    await tensor.data();
    return tensor;
  };
  const draw = async (tensor) => {
    const [height, width] = tensor.shape;
    return new ImageData(await tf.browser.toPixels(tensor.clipByValue(0, 255).cast('int32')), width, height);
  };
  return { run, draw, about: `tfjs ${tf.version.tfjs}, ${tf.getBackend()}` };
}

const makers = { fovea, onnx, upscaler };

globalThis.bench = {
  // Medians are the caller's: seconds of each of `runs` runs after one that does not count.
  async time(maker, args, picture, runs) {
    const peer = await makers[maker](...args);
    const image = await pixelsOf(picture);
    const input = peer.prepare ? await peer.prepare(image) : image;
    await peer.run(input);
    const seconds = [];
    for (let i = 0; i < runs; i++) seconds.push((await clock(() => peer.run(input))).seconds);
    return { seconds, about: peer.about, macs: peer.macs, pixels: image.width * image.height };
  },
  // PSNR of each picture's enlargement against its original.
  async quality(maker, args, pairs) {
    const peer = await makers[maker](...args);
    const figures = [];
    for (const { small, large } of pairs) figures.push(psnr(await peer.draw(await peer.run(await pixelsOf(small))), await pixelsOf(large)));
    return figures;
  },
};
document.documentElement.dataset.ready = '';
