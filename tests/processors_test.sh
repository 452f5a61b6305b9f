#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The suites in C on processors that are not here: x86-64 without AVX2 and with AVX2 only, where an instruction that slipped
# through is an illegal one; 64-bit ARM with and without the dot product; and AVX-VNNI in AVX-512's encoding, if this
# processor has that. For x86-64 it is the library that is built, in $FOVEA_BUILD (build). Needs qemu-user and gcc-aarch64-linux-gnu;
# minutes, because emulated vectors are slow.
. tests/tap.sh

flags=(-std=c11 -O2 -Iinclude -Isrc -Itests)
suites=(kernels_test model_test golden_test upscale_test)

# LABEL COMPILER LIBRARY
make_suites() {
    local file
    for file in "${suites[@]}"; do
        "$2" "${flags[@]}" -static "tests/$file.c" "$3" -pthread -o "$scratch/$file-$1" || return 1
    done
}

make_arm() {
    local file objects=$scratch/arm
    mkdir "$objects"
    for file in src/*.c; do
        aarch64-linux-gnu-gcc "${flags[@]}" -c "$file" -o "$objects/$(basename "$file" .c).o" || return 1
    done
    aarch64-linux-gnu-ar rcs "$scratch/arm.a" "$objects"/*.o && make_suites arm aarch64-linux-gnu-gcc "$scratch/arm.a"
}

check 'builds for x86-64' make_suites x86 cc "${FOVEA_BUILD:-build}/libfovea.a"
check 'builds for ARM' make_arm
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
