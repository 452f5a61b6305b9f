#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py kinds LABEL=GLOB... | enlarged GLOB... | quality GLOB... | saved GLOB... | cropped GLOB... | resampled GLOB...: how often inspect is right.

kinds: a confusion table; a later LABEL wins for a file that several globs name. enlarged: pictures that were never
enlarged go in, sets.py makes the rest. quality: pictures are saved by libjpeg at 12 qualities, and fovea_jpeg_read is asked.
resampled: pages NAME-1x.png with NAME-2x.png beside them (train/screens.py --held) go in, and are made smaller or compressed.
saved: the middle of pictures that were never JPEG files is saved by libjpeg and asked for by its pixels alone.
cropped: the same, cut out off the corner of the 8x8 grid once it is saved.
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
        "whole width height components depth progressive lossless chroma_x chroma_y quality chroma_quality exact low_quality").split()]


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


def as_jpeg(picture, quality):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("RGB")


def as_webp(picture, quality):
    data = io.BytesIO()
    picture.save(data, "WEBP", quality=quality)
    return Image.open(data).convert("RGB")


def middle(picture, side):
    left, top = ((n - side) // 2 for n in picture.size)
    return picture.crop((left, top, left + side, top + side))


# What is done to a picture, one after another, and what the table calls that.
CHAINS = [("never", "", [])] + [(str(q), "", [(as_jpeg, q)]) for q in (10, 30, 50, 75, 85, 89)]
CHAINS += [(str(q), "JPEG %d" % then, [(as_jpeg, q), (as_jpeg, then)]) for q, then in ((50, 95), (75, 95), (75, 90), (85, 92))]
CHAINS += [(str(q), "WebP 95", [(as_jpeg, q), (as_webp, 95)]) for q in (30, 50, 75)]


CUT = 3, 5  # columns and rows that the cut-out picture leaves away


def cut(picture, _):
    return picture.crop((*CUT, *picture.size))


def chained(words, chains, margin):
    """The table of the middles, larger by a margin, after these chains."""
    pictures = [opened(path).convert("RGB") for path in sorted(p for word in words for p in glob.glob(word))]
    pictures = [picture for picture in pictures if min(picture.size) >= 256 + margin]
    print("%d pictures\n\n| saved at | then | 64x64 | 128x128 | 256x256 |\n| --- | --- | --- | --- | --- |" % len(pictures))
    for first, then, steps in chains:
        cells = []
        for side in (64, 128, 256):
            told = []
            for picture in pictures:
                part = middle(picture, side + margin)
                for save, level in steps:
                    part = save(part, level)
                told.append(traits(part).saved_quality)
            found = sorted(t for t in told if 0 < t < 93)
            cells.append("%.0f %%" % (100 * len(found) / len(told)) + (", %d" % found[len(found) // 2] if found else ""))
        print("| %s | %s | %s |" % (first, then, " | ".join(cells)))


def saved(words):
    chained(words, CHAINS, 0)


def cropped(words):
    chained(words, [(first, then, steps[:1] + [(cut, 0)] + steps[1:]) for first, then, steps in CHAINS], max(CUT))


# What becomes of a page drawn at 2x (`large`) or 1x (`small`) on its way.
WAYS = [("as drawn", lambda small, large: small)]
WAYS += [("%s to %d %%" % (name, 200 * factor), lambda small, large, how=how, factor=factor: scaled(large, factor, how))
         for name, how in (("area", Image.BOX), ("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC), ("Lanczos", Image.LANCZOS))
         for factor in (0.5, 0.4, 0.25)]
WAYS += [("JPEG %d" % q, lambda small, large, q=q: as_jpeg(small, q)) for q in (90, 93, 96)]
WAYS += [("WebP %d" % q, lambda small, large, q=q: as_webp(small, q)) for q in (75, 90)]


def scaled(picture, factor, how):
    return picture.resize(tuple(int(factor * n) for n in picture.size), how)


def resampled(words):
    pages = [(opened(path).convert("RGB"), opened(path.replace("-1x", "-2x")).convert("RGB")) for path in sorted(
        p for word in words for p in glob.glob(word))]
    print("%d pages\n\n| page | rings, least | half have more than | most | not as drawn |\n| --- | --- | --- | --- | --- |" % len(pages))
    for name, way in WAYS:
        told = sorted((t.rings, t.rendered) for t in (traits(way(small, large)) for small, large in pages))
        print("| %s | %.3f | %.3f | %.3f | %d |" % (name, told[0][0], told[len(told) // 2][0], told[-1][0], sum(not r for _, r in told)))


if __name__ == "__main__":
    {"kinds": kinds, "enlarged": enlarged, "quality": quality, "saved": saved, "cropped": cropped, "resampled": resampled}[sys.argv[1]](sys.argv[2:])
