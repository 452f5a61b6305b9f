#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The core builds for WebAssembly as it stands: no C library, no threads, both instruction sets. Linked with wasm-ld
# itself: clang would run whatever wasm-opt it finds.
. tests/tap.sh

exports=$(gcc -E -P -Iinclude include/fovea.h | tr '\n' ' ' | grep -oE '\bfovea_[a-z_0-9]+ *\(' | tr -d '( ' | sort -u |
    sed 's/^/--export=/')
for isa in '-msimd128' '-msimd128 -mrelaxed-simd'; do
    objects=
    for file in src/*.c; do
        object=$scratch/$(basename "$file" .c).o
        check "$file for wasm32 $isa" clang-19 --target=wasm32-unknown-unknown -std=c11 -ffreestanding -O3 $isa \
            -mbulk-memory -ffp-contract=off -Wall -Wextra -Werror -Iinclude -Isrc -c "$file" -o "$object"
        objects="$objects $object"
    done
    check "links for wasm32 $isa" wasm-ld-19 --no-entry --stack-first -z stack-size=65536 --strip-all $exports $objects \
        -o "$scratch/fovea.wasm"
    check "a wasm file $isa" test -s "$scratch/fovea.wasm"
done
tap_done freestanding_test
