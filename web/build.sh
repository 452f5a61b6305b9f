#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the page: web/build.sh [OUTDIR], web/dist by default. OUTDIR is then a folder that any static host can serve,
# and OUTDIR/fovea.html the same page as one file that works from disk. Needs clang-19, wasm-ld-19 and python3.
set -eu
cd "$(dirname "$0")/.."
out=${1:-web/dist}
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
mkdir -p "$out"

# Linked with wasm-ld itself: clang would run whatever wasm-opt it finds on PATH.
build_wasm() {
    local name=$1 files=()
    shift
    mkdir "$objects/$name"
    for file in src/*.c web/glue*.c; do
        local object=$objects/$name/$(basename "$file" .c).o
        clang-19 --target=wasm32-unknown-unknown -std=c11 -ffreestanding -O3 "$@" -mbulk-memory -ffp-contract=off \
            -Wall -Wextra -Werror -Iinclude -Isrc -c "$file" -o "$object"
        files+=("$object")
    done
    wasm-ld-19 --no-entry --stack-first -z stack-size=65536 --gc-sections --strip-all "${files[@]}" \
        -o "$out/fovea-$name.wasm"
}

build_wasm simd128 -msimd128
build_wasm relaxed -msimd128 -mrelaxed-simd
python3 web/build.py "$out"
