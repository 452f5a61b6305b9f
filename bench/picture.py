#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""picture.py OUT.png WIDTH HEIGHT: a picture to measure with: soft colours, hard edges, a little noise. No library."""
import random
import struct
import sys
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main(out, width, height):
    random.seed(1)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        noise = random.randbytes(width)
        for x in range(width):
            edge = 60 if (x // 40 + y // 30) % 3 == 0 or ((x - 300) ** 2 + (y - 200) ** 2) % 40000 < 9000 else 0
            grain = noise[x] & 7
            rows += bytes((x * 150 // width + edge + grain, y * 150 // height + edge + grain, 180 - edge + grain))
    with open(out, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
