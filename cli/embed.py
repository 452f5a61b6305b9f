#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embed.py OUT.c MODEL.fovea...: writes the C file that makes the nets part of the command (see nets.h).

Bytes go out as string literals with octal escapes: compilers read those many times faster than lists of numbers."""
import os
import sys

LINE = 4096  # bytes a literal; C promises that 4095 characters work, gcc and clang take any length


def literal(data):
    return '"' + "".join("\\%03o" % byte for byte in data) + '"'


def main(out, models):
    parts = ['/* Written by embed.py; do not edit. */\n#include "nets.h"\n']
    rows = []
    for number, path in enumerate(sorted(models)):
        with open(path, "rb") as file:
            data = file.read()
        if not data:
            sys.exit("embed.py: %s is empty" % path)
        lines = [literal(data[at:at + LINE]) for at in range(0, len(data), LINE)]
        # No room for the terminating zero: C allows that for arrays of char, so the size is the file's.
        parts.append("static const unsigned char net_%d[%d] =\n%s;\n" % (number, len(data), "\n".join(lines)))
        name = os.path.splitext(os.path.basename(path))[0]
        if not all(c.isascii() and (c.isalnum() or c in "-_.") for c in name):
            sys.exit("embed.py: odd name: %r" % path)
        rows.append('    {"%s", net_%d, sizeof net_%d},\n' % (name, number, number))
    parts.append("const struct net nets[] = {\n%s    {0, 0, 0},\n};\n" % "".join(rows))
    parts.append("const size_t nets_count = %d;\n" % len(models))
    with open(out, "w", encoding="ascii") as file:
        file.write("\n".join(parts))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: embed.py OUT.c MODEL.fovea...")
    main(sys.argv[1], sys.argv[2:])
