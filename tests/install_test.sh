#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `meson install` into a folder, and a program built against what arrived there through pkg-config, both ways.
. tests/tap.sh

check 'meson install' env DESTDIR="$scratch/root" meson install -C "$build" --no-rebuild
pc=$(find "$scratch/root" -name fovea.pc | head -n 1)
check 'fovea.pc arrives' test -n "$pc"
config() {
    PKG_CONFIG_SYSROOT_DIR=$scratch/root PKG_CONFIG_PATH=$(dirname "$pc") pkg-config "$@" fovea
}
check 'the version is the header'"'"'s' test "$(config --modversion)" = "$(awk '/#define FOVEA_VERSION_(MAJOR|MINOR|PATCH)/ {
    v = v sep $3; sep = "."} END {print v}' include/fovea.h)"
libdir=$(dirname "$(dirname "$pc")")
warn='-std=c11 -Wall -Wextra -pedantic -Werror'
check 'a program with the shared library' gcc $warn examples/upscale.c $(config --cflags --libs) -o "$scratch/shared"
check 'it asks for the shared library' sh -c "readelf -d '$scratch/shared' | grep -q 'libfovea[.]so[.]0'"
check 'a program with the static library' gcc $warn -static examples/upscale.c $(config --static --cflags --libs) -o "$scratch/static"
nets=$scratch/root$(config --variable=netsdir | sed "s|^$scratch/root||")
check 'all nets arrive where the .pc says' diff <(cd models && ls ./*.fovea) <(cd "$nets" && ls ./*.fovea)
model=$nets/photo-fast-x2.fovea
{ printf 'P6 7 5 255\n' && head -c 105 LICENSE; } >"$scratch/in.ppm"
check 'the shared one runs' sh -c "LD_LIBRARY_PATH='$libdir' '$scratch/shared' '$model' <'$scratch/in.ppm' >'$scratch/a.ppm'"
check 'the static one runs' sh -c "'$scratch/static' '$model' <'$scratch/in.ppm' >'$scratch/b.ppm'"
check 'and they agree' cmp "$scratch/a.ppm" "$scratch/b.ppm"
check 'the command arrives' sh -c "find '$scratch/root' -path '*/bin/fovea' | grep -q ."
check 'no file of ours elsewhere' sh -c "! find '$scratch/root' -type f | grep -vE '/(libfovea[.][a-z0-9.]+|fovea(_[a-z]+)?[.]h|fovea[.]pc|bin/fovea|share/fovea/[a-z0-9-]+[.]fovea|share/doc/fovea/(format[.]md|upscale[.]c))\$'"
tap_done install_test
