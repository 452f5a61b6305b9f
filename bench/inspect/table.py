#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py kinds LABEL=GLOB... | enlarged GLOB... | quality GLOB...: how often inspect is right.

kinds: a confusion table; a later LABEL wins for a file that several globs name. enlarged: pictures that were never
enlarged go in, sets.py makes the rest. quality: pictures are saved by libjpeg at 12 qualities, and fovea_jpeg_read is asked.
Needs numpy and Pillow, and build/libfovea.so (traits.py)."""
import collections
import ctypes
import glob
import io
import os
import random
import sys

from PIL import Image

from sets import enlarged_variants
from traits import CONTENTS, library, traits


def opened(path):
    try:
        picture = Image.open(path)
        picture.load()
    except (OSError, SyntaxError) as error:
        print("left out: %s: %s" % (os.path.basename(path), error), file=sys.stderr)
        return None
    if picture.mode.startswith("I"):
        return picture.point(lambda v: v / 256).convert("L")
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def kinds(words):
    labels = {}
    for word in words:
        label, pattern = word.split("=", 1)
        labels.update((path, label) for path in glob.glob(pattern))
    table = collections.defaultdict(collections.Counter)
    for path, label in sorted(labels.items()):
        picture = opened(path)
        if picture and label != "none":
            told = CONTENTS[traits(picture).content]
            table[label][told] += 1
            if told != label:
                print("%s is taken for %s: %s" % (label, told, os.path.basename(path)))
    names = CONTENTS[1:] + CONTENTS[:1]
    print("| is \\ taken for | %s | right |\n|%s" % (" | ".join(names), " --- |" * (len(names) + 2)))
    for label in CONTENTS[1:]:
        row, total = table[label], sum(table[label].values())
        if total:
            print("| %s | %s | %.1f %% |" % (label, " | ".join(str(row[n]) for n in names), 100 * row[label] / total))
    right = sum(table[label][label] for label in table)
    print("all: %d of %d" % (right, sum(sum(row.values()) for row in table.values())))


def enlarged(words):
    rng, right, all_of = random.Random(2), collections.Counter(), collections.Counter()
    for path in sorted(p for word in words for p in glob.glob(word)):
        picture = opened(path)
        if picture:
            for label, name, variant in enlarged_variants(picture.convert("RGB"), rng):
                for key in (name, "all enlarged" if label else "all untouched"):
                    all_of[key] += 1
                    right[key] += traits(variant).was_enlarged == label
    for name in sorted(all_of):
        print("| %s | %d | %.1f %% |" % (name, all_of[name], 100 * right[name] / all_of[name]))


class Jpeg(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t)] + [(name, ctypes.c_int32) for name in (
        "whole width height components depth progressive lossless chroma_x chroma_y quality chroma_quality exact").split()]


def quality(words):
    worst, count = 0, 0
    for path in sorted(p for word in words for p in glob.glob(word)):
        for true in (1, 5, 10, 25, 40, 50, 60, 75, 85, 90, 95, 100):
            data = io.BytesIO()
            opened(path).convert("RGB").save(data, "JPEG", quality=true)
            told = Jpeg(struct_size=ctypes.sizeof(Jpeg))
            library.fovea_jpeg_read(data.getvalue(), ctypes.c_size_t(len(data.getvalue())), ctypes.byref(told), None)
            worst, count = max(worst, abs(told.quality - true)), count + 1
    print("%d files, greatest error %d" % (count, worst))


if __name__ == "__main__":
    {"kinds": kinds, "enlarged": enlarged, "quality": quality}[sys.argv[1]](sys.argv[2:])
