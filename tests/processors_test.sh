#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The suites in C on processors that are not here: x86-64 without AVX2 and with AVX2 only, where an instruction that slipped
# through is an illegal one; 64-bit ARM with and without the dot product; and AVX-VNNI in AVX-512's encoding, if this
# processor has that. Needs qemu-user and gcc-aarch64-linux-gnu; minutes, because emulated vectors are slow.
. tests/tap.sh

flags=(-std=c11 -O2 -Iinclude -Isrc -Itests)
suites=(kernels_test model_test golden_test upscale_test)

make_suites() { # LABEL COMPILER
    local file objects=$scratch/$1
    mkdir "$objects"
    for file in src/*.c; do
        "$2" "${flags[@]}" -c "$file" -o "$objects/$(basename "$file" .c).o" || return 1
    done
    for file in "${suites[@]}"; do
        "$2" "${flags[@]}" -static "tests/$file.c" "$objects"/*.o -pthread -o "$scratch/$file-$1" || return 1
    done
}

check 'builds for x86-64' make_suites x86 cc
check 'builds for ARM' make_suites arm aarch64-linux-gnu-gcc
for suite in kernels_test model_test golden_test; do
    for model in Nehalem Haswell; do
        check "$suite on $model" qemu-x86_64 -cpu "$model" "$scratch/$suite-x86"
    done
    for model in cortex-a53 max; do
        check "$suite on $model" qemu-aarch64 -cpu "$model" "$scratch/$suite-arm"
    done
done
check 'upscale_test on ARM' env FOVEA_BRIEF=1 qemu-aarch64 "$scratch/upscale_test-arm"

if grep -q avx512_vnni /proc/cpuinfo; then
    check 'AVX-VNNI builds' cc "${flags[@]}" '-DFV_VNNI_PREFIX="%{evex%} "' -DKERNELS_TEST_FORCE=FOVEA_CPU_AVXVNNI \
        tests/kernels_test.c src/kernels*.c src/probe.c src/cpu.c -o "$scratch/avxvnni"
    check 'AVX-VNNI' "$scratch/avxvnni"
fi
tap_done processors_test
