// SPDX-License-Identifier: MIT
//
// kernels_test.c in WebAssembly, in Node. Build it, without a C library, and run it:
//
//   clang-19 --target=wasm32-unknown-unknown -std=c11 -ffreestanding -O3 -ffp-contract=off -msimd128 -mbulk-memory \
//       [-mrelaxed-simd] -Iinclude -Isrc -c tests/kernels_test.c src/kernels*.c src/cpu.c
//   wasm-ld-19 --no-entry --stack-first -z stack-size=262144 *.o -o kernels_test.wasm
//   node tests/kernels_test.mjs kernels_test.wasm [SEED] [--bench]
//
// The relaxed file needs `node --no-liftoff --experimental-wasm-relaxed-simd`: the first compiler stage of Node 20 gets
// the relaxed dot product wrong.

import { readFile } from 'node:fs/promises';

const [file, ...options] = process.argv.slice(2);
const bench = options.includes('--bench');
const seed = Number(options.find((o) => !o.startsWith('-')) ?? Date.now() % 1e6);

const env = { failed: (line) => console.error(`not ok: kernels_test.c:${line}, seed ${seed}`) };
const { instance } = await WebAssembly.instantiate(await readFile(file), { env });

const ROWS = 4;

// Microseconds of the shortest of the runs: of the processor, not of the clock on the wall, others may be working.
function shortest(...job) {
  let best = Infinity;
  for (let run = 0; run < 12; run++) {
    const start = process.cpuUsage().user;
    instance.exports.kernels_bench(...job);
    best = Math.min(best, process.cpuUsage().user - start);
  }
  return best;
}

function speed(channels, atOnce) {
  const pixels = 192, times = 400;
  const ready = shortest(channels, pixels, 0, atOnce);
  return (2 * 9 * channels * channels * pixels * ROWS * times) / (shortest(channels, pixels, times, atOnce) - ready) / 1e3;
}

if (bench) {
  for (const channels of [32, 64]) {
    const [direct, rows] = [speed(channels, 0), speed(channels, 1)];
    console.log(`${channels}>${channels}: body ${direct.toFixed(1)} GOP/s, four rows at once ${rows.toFixed(1)}, ${(rows / direct).toFixed(2)} times`);
  }
} else {
  const result = instance.exports.kernels_test(seed);
  console.log(`# seed ${seed}`);
  console.log(`kernels (wasm): ${Math.max(result, 0)} passed, ${Math.max(-result, 0)} failed`);
  process.exitCode = result > 0 ? 0 : 1;
}
