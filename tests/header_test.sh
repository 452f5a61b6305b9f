#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every header compiles alone: the public one as strict C and C++, the core's as C.
. tests/tap.sh

strict='-fsyntax-only -Wall -Wextra -Wshadow -Wconversion -pedantic -Werror -Iinclude'
for cc in gcc clang-14; do
    for header in include/*.h; do
        for std in c99 c11 c17; do
            check "$header is $std for $cc" $cc $strict -std=$std -x c "$header"
        done
        for std in c++11 c++17; do
            check "$header is $std for $cc" $cc $strict -Wold-style-cast -std=$std -x c++ "$header"
        done
    done
    for header in src/*.h; do
        # inline functions that one file alone does not use are no fault
        check "$header stands alone for $cc" $cc -fsyntax-only -Wall -Wextra -Werror -Wno-unused-function -std=c11 \
            -Iinclude -Isrc -x c "$header"
    done
done
tap_done header_test
