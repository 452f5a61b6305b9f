#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The core without a build system: one line, any compiler, as a shared library and into a program.
. tests/tap.sh

check 'one line makes the shared library' cc -std=c11 -O3 -Iinclude -Isrc -shared -fPIC src/*.c -o "$scratch/libfovea.so" -pthread
check 'and a program uses it' cc -Iinclude examples/upscale.c -L"$scratch" -lfovea -Wl,-rpath,"$scratch" -o "$scratch/upscale-cc"
check 'one line makes a program' clang-14 -std=c11 -O3 -Iinclude -Isrc src/*.c examples/upscale.c -o "$scratch/upscale-clang-14" -pthread
model=$(ls models/*.fovea 2>/dev/null | head -n 1)
if [ -n "$model" ]; then
    { printf 'P6 7 5 255\n' && head -c 105 LICENSE; } >"$scratch/in.ppm"
    for cc in cc clang-14; do
        check "$cc: the program works" sh -c "'$scratch/upscale-$cc' '$model' < '$scratch/in.ppm' > '$scratch/$cc.ppm'"
    done
    check 'both compilers give the same picture' cmp "$scratch/cc.ppm" "$scratch/clang-14.ppm"
    { printf 'P6 # by\n#hand\n7 5\n255\n' && head -c 105 LICENSE; } >"$scratch/comments.ppm"
    check 'comments in its head change nothing' sh -c "'$scratch/upscale-cc' '$model' < '$scratch/comments.ppm' | cmp - '$scratch/cc.ppm'"
    check 'a text is no picture' sh -c "! '$scratch/upscale-cc' '$model' < LICENSE 2>/dev/null"
    check 'the result is larger' test "$(wc -c <"$scratch/cc.ppm")" -gt 420
    check 'no model, no picture' sh -c "! '$scratch/upscale-cc' '$scratch/in.ppm' < '$scratch/in.ppm'"
fi
tap_done compile_test
