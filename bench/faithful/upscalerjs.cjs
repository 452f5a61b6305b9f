// SPDX-License-Identifier: MIT
// upscalerjs.cjs MODULES MODEL SCALE WIDTH HEIGHT: bytes of RGB on standard input, enlarged by a net of UpscalerJS on standard
// output. What UpscalerJS does around it is this alone: the range, and a clip. The layers are TensorFlow.js's, on the processor.
const fs = require("fs");
const path = require("path");

const [modules, model, scale, width, height] = process.argv.slice(2);
const at = (name) => path.resolve(modules, name);
const tf = require(at("@tensorflow/tfjs"));
require(at("@tensorflow/tfjs-backend-wasm"));

async function main() {
  await tf.setBackend("wasm");
  await tf.ready();
  const folder = at(`@upscalerjs/${model}`);
  const file = [`x${scale}/model.json`, "model.json"].map((name) => path.join(folder, "models", name)).find(fs.existsSync);
  const module_ = require(path.join(folder, "dist/cjs/models", model, "src", file.includes(`x${scale}`) ? `x${scale}` : "", "index.js"));
  let about = module_.default ?? Object.values(module_)[0];
  if (typeof about === "function") about = about(tf);
  about.setup?.(tf);
  const json = JSON.parse(fs.readFileSync(file));
  const weights = Buffer.concat(json.weightsManifest.flatMap((group) => group.paths).map((name) => fs.readFileSync(path.join(file, "..", name))));
  const net = await tf.loadLayersModel(tf.io.fromMemory({
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  }));
  const [low, high] = about.inputRange, [low_out, high_out] = about.outputRange;
  const bytes = tf.tensor(new Uint8Array(fs.readFileSync(0)), [1, +height, +width, 3], "float32");
  const result = net.predict(bytes.div(255 / (high - low)).add(low)).sub(low_out).mul(255 / (high_out - low_out));
  const rounded = result.round().clipByValue(0, 255);
  if (rounded.shape[1] !== height * scale) throw new Error(`a result of ${rounded.shape}`);
  process.stdout.write(Uint8Array.from(await rounded.data()));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
