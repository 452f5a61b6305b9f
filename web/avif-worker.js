// SPDX-License-Identifier: MIT
// The end of dist/avif-encoder.js, behind libavif's encoder (npm @jsquash/avif), which defines Module. A module worker that starts from
// a blob: URL, so that it inherits the page's Content-Security-Policy.

let encoder;

// Module itself would wait for ever for an instance that cannot be made.
const begin = (wasm) =>
  new Promise((resolve, reject) => {
    Module({
      noInitialRun: true,
      locateFile: (name) => name, // never fetched; without it a blob: URL is taken for a base, which it cannot be
      instantiateWasm: (imports, done) => {
        WebAssembly.instantiate(wasm, imports).then(done).catch(reject);
        return {};
      },
    }).then(resolve, reject);
  });

self.onmessage = async ({ data: { id, wasm, pixels, width, height, options } }) => {
  try {
    encoder ||= await begin(wasm);
    const bytes = encoder.encode(new Uint8Array(pixels), width, height, options);
    if (!bytes) throw new Error('the encoder gave nothing');
    self.postMessage({ id, bytes: bytes.slice().buffer });
  } catch (error) {
    self.postMessage({ id, error: String(error.message || error) });
  }
};
