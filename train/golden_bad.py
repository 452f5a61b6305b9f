"""Files that a loader must refuse, one for each rule of doc/format.md, with the status and the byte offset it must name.

EXPECTED.tsv: file, status, offset. Size and CRC are made right again after each mutation unless they are the rule.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Callable

import numpy as np

import modelfile

HEADER, LAYER, VALUE = "HEADER", "LAYER", "VALUE"


class Layout:
    """Where the parts of a good file lie: for each layer its start and the starts of its arrays."""

    def __init__(self, content: bytes) -> None:
        self.net = modelfile.read(content)
        self.start, self.weight, self.bias, self.scale, self.multiplier = [], [], [], [], []
        at = 64
        for layer in self.net.layers:
            cout, _, _, cin = layer.weight.shape
            self.start.append(at)
            self.weight.append(at + 8)
            self.bias.append(at + 8 + cout * 9 * cin)
            self.scale.append(self.bias[-1] + 4 * cout)
            self.multiplier.append(self.scale[-1] + 4 * cout)
            at = self.multiplier[-1] + (2 * cout if layer.skip else 0)


class Shelf:
    """The bad files written so far."""

    def __init__(self, folder: Path, good: bytes) -> None:
        self.folder = folder
        self.good = good
        self.lines = ["file\tstatus\toffset"]

    def put(self, rule: str, content: bytes, status: str, offset: int) -> None:
        """Write one file as it is."""
        (self.folder / f"{rule}.bad.fovea").write_bytes(content)
        self.lines.append(f"{rule}.bad.fovea\tFOVEA_ERROR_MODEL_{status}\t{offset}")

    def change(self, rule: str, at: int, block: bytes, status: str, offset: int | None = None) -> None:
        """Overwrite bytes at `at`; the fault lies there unless an offset is given."""
        content = bytearray(self.good)
        content[at : at + len(block)] = block
        self.put(rule, modelfile.sealed(content), status, at if offset is None else offset)

    def rebuild(self, rule: str, alter: Callable[[modelfile.IntegerNet], None], status: str, offset: int) -> None:
        """Alter the net and write it again."""
        net = modelfile.read(self.good)
        alter(net)
        self.put(rule, modelfile.write(net), status, offset)


def whole_file(shelf: Shelf) -> None:
    """Faults of the file as such."""
    good = shelf.good
    for size in (0, 1, 63):
        shelf.put(f"truncated-{size}", good[:size], "TRUNCATED", size)
    shelf.put("truncated-end", good[:-1], "SIZE", 12)
    shelf.put("truncated-header-only", good[:64], "SIZE", 12)
    shelf.put("magic-first", b"\x88" + good[1:], "MAGIC", 0)
    shelf.put("magic-newline", good[:6] + b"\n" + good[7:], "MAGIC", 0)
    for version in (0, 2):
        shelf.put(f"version-{version}", good[:8] + struct.pack("<I", version) + good[12:], "VERSION", 8)
    for word, size in (("small", len(good) - 4), ("large", len(good) + 4), ("zero", 0), ("huge", 2**32 - 1)):
        shelf.put(f"size-{word}", good[:12] + struct.pack("<I", size) + good[16:], "SIZE", 12)
    shelf.put("crc-field", good[:16] + bytes([good[16] ^ 1]) + good[17:], "CRC", 16)
    shelf.put("crc-last-byte", good[:-1] + bytes([good[-1] ^ 128]), "CRC", 16)
    shelf.put("crc-header", good[:33] + bytes([good[33] ^ 1]) + good[34:], "CRC", 16)
    shelf.put("trailing", modelfile.sealed(bytearray(good + bytes(4))), "TRAILING", len(good))
    shelf.put("trailing-one", modelfile.sealed(bytearray(good + b"\x01")), "TRAILING", len(good))


def header(shelf: Shelf) -> None:
    """Header fields out of range."""
    fields = [("scale-1", 20, 1), ("scale-5", 20, 5), ("source-6", 21, 6), ("effort-3", 22, 3), ("shrinking-3", 23, 3),
              ("passes-5", 24, 5), ("ensemble-2", 25, 2), ("header-reserved-28", 28, 1), ("header-reserved-31", 31, 255)]
    for rule, at, value in fields:
        shelf.change(rule, at, bytes([value]), HEADER)
    shelf.change("layers-1", 26, struct.pack("<H", 1), HEADER)
    shelf.change("layers-129", 26, struct.pack("<H", 129), HEADER)
    shelf.change("name-empty", 32, bytes(32), HEADER)
    shelf.change("name-control", 33, b"\n", HEADER)
    shelf.change("name-high", 33, b"\xe9", HEADER)
    shelf.change("name-unterminated", 32, b"n" * 32, HEADER, 63)
    shelf.change("name-after-end", 60, b"x", HEADER)


def layer_fields(shelf: Shelf, layout: Layout) -> None:
    """Layer header fields out of range. The good net: 0 head, 1 body, 2 body skip 2, 3 body skip 3, 4 tail."""
    start, last = layout.start, len(layout.start) - 1
    for rule, i, at, value in [
        ("type-head-0", 0, 0, 0), ("type-head-body", 0, 0, 2), ("type-body-head", 1, 0, 1), ("type-body-tail", 1, 0, 3),
        ("type-tail-body", last, 0, 2), ("type-4", 2, 0, 4), ("zero-point-128", 1, 1, 128), ("zero-point-tail", last, 1, 1),
        ("skip-head", 0, 2, 1), ("skip-tail", last, 2, 1), ("skip-beyond-head", 1, 2, 2), ("skip-9", 3, 2, 9),
        ("layer-reserved", 1, 3, 1),
    ]:
        shelf.change(rule, start[i] + at, bytes([value]), LAYER)
    for rule, i, at, value in [
        ("cin-head-1", 0, 4, 1), ("cin-body-32", 1, 4, 32), ("cin-tail-0", last, 4, 0), ("cout-0", 0, 6, 0),
        ("cout-24", 1, 6, 24), ("cout-144", 1, 6, 144), ("cout-tail-27", last, 6, 27), ("cout-tail-64", last, 6, 64),
    ]:
        shelf.change(rule, start[i] + at, struct.pack("<H", value), LAYER)


def mismatched_skip(shelf: Shelf) -> None:
    """A skip between 16 and 32 channels."""
    net = modelfile.read(shelf.good)
    old = net.layers[1]
    wide = modelfile.IntegerLayer(modelfile.BODY, np.repeat(old.weight, 2, 0), np.repeat(old.bias, 2),
                                  np.repeat(old.scale, 2), old.zero_point, 1, np.ones(32, np.int16))
    net.layers[1] = wide
    content = modelfile.write(net)
    shelf.put("skip-channels", content, LAYER, Layout(shelf.good).start[1] + 2)


def truncated_layers(shelf: Shelf, layout: Layout) -> None:
    """The file ends within a layer, with a size field that agrees."""
    last = len(layout.start) - 1
    for rule, end, i in [("layer-missing", layout.start[last], last), ("layer-half-header", layout.start[1] + 4, 1),
                         ("layer-no-weights", layout.weight[2], 2), ("layer-half-weights", layout.weight[2] + 40, 2),
                         ("layer-no-multiplier", layout.multiplier[3], 3), ("layer-last-entry", len(shelf.good) - 4, last)]:
        shelf.put(rule, modelfile.sealed(bytearray(shelf.good[:end])), "TRUNCATED", layout.start[i])
    shelf.change("layers-one-more", 26, struct.pack("<H", len(layout.start) + 1), LAYER, layout.start[last])
    shelf.change("layers-one-less", 26, struct.pack("<H", last), LAYER, layout.start[last - 1])


def values(shelf: Shelf, layout: Layout) -> None:
    """Weights, scales and limits."""
    last = len(layout.start) - 1
    shelf.change("weight-128-head", layout.weight[0] + 5, b"\x80", VALUE)
    shelf.change("weight-128-body", layout.weight[2] + 100, b"\x80", VALUE)
    shelf.change("weight-128-tail", layout.bias[last] - 1, b"\x80", VALUE)
    for word, bits in [("zero", 0), ("negative-zero", 0x80000000), ("subnormal", 0x007FFFFF), ("negative", 0xBF800000),
                       ("infinite", 0x7F800000), ("nan", 0x7FC00000)]:
        shelf.change(f"scale-{word}", layout.scale[1] + 8, struct.pack("<I", bits), VALUE)
    shelf.change("scale-tail-nan", layout.scale[last] + 4, struct.pack("<I", 0x7F800001), VALUE)
    for word, i, o, bias in [("head", 0, 3, 2**24), ("body", 1, 15, -(2**24)), ("least", 2, 0, -(2**31)),
                             ("greatest", 2, 1, 2**31 - 1), ("tail", last, 7, 2**24)]:
        row = layout.net.layers[i].weight[o].size
        shelf.change(f"accumulator-{word}", layout.bias[i] + 4 * o, struct.pack("<i", bias), VALUE, layout.weight[i] + o * row)
    exact_limit(shelf, layout)
    byte = shelf.good[layout.weight[0] + 30]
    shelf.change("head-sum", layout.weight[0] + 30, bytes([(byte + 1) % 256 if byte != 127 else 126]), VALUE,
                 layout.weight[0] + 27)
    shelf.change("tail-2-30", layout.scale[last] + 8, struct.pack("<f", 1e9), VALUE)
    reach = 127 * np.abs(layout.net.layers[last].weight[2].astype(np.int64)).sum() + abs(int(layout.net.layers[last].bias[2]))
    ensemble = bytearray(shelf.good)
    ensemble[25] = 1
    struct.pack_into("<f", ensemble, layout.scale[last] + 8, 2**28 / float(reach))
    shelf.put("tail-2-27", modelfile.sealed(ensemble), VALUE, layout.scale[last] + 8)
    shelf.change("tail-overflow", layout.scale[last] + 12, struct.pack("<f", 3e38), VALUE)


def exact_limit(shelf: Shelf, layout: Layout) -> None:
    """A sum of exactly 2^24, with a multiplier in it."""
    layer, o = layout.net.layers[3], 4
    used = int(np.abs(layer.weight[o].astype(np.int64)).sum()) * 127 + abs(int(layer.multiplier[o])) * 127
    shelf.change("accumulator-exactly", layout.bias[3] + 4 * o, struct.pack("<i", 2**24 - used), VALUE,
                 layout.weight[3] + o * layer.weight[o].size)


def constants(shelf: Shelf, layout: Layout) -> None:
    """A constant picture would not come back: the tail's bias moved until one channel rounds to 1, or to -1."""
    last = len(layout.start) - 1
    tail = layout.net.layers[last]
    for word, o, sign in (("up", 1, 1), ("down", 2, -1)):
        step = int(np.ceil(1.6 / float(tail.scale[o])))
        bias = int(tail.bias[o]) + sign * step
        shelf.change(f"constant-{word}", layout.bias[last] + 4 * o, struct.pack("<i", bias), VALUE)


def write(folder: Path, small: bytes, good: bytes) -> None:
    """All of them, made from two good files: a small one for what concerns no layer, and one with skips."""
    shelf, layout = Shelf(folder, small), Layout(good)
    whole_file(shelf)
    header(shelf)
    shelf.good = good
    layer_fields(shelf, layout)
    mismatched_skip(shelf)
    truncated_layers(shelf, layout)
    values(shelf, layout)
    constants(shelf, layout)
    (folder / "EXPECTED.tsv").write_text("\n".join(shelf.lines) + "\n")
