#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""grain.py FOLDER: how many clean pictures pass for noisy, by `noise` alone and by `grain`, and how many noisy ones do.

Of every second picture there are versions with normal noise, the same in all channels, as they are and through JPEG. Needs numpy and
Pillow; $FOVEA_LIBRARY as for traits.py."""
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from traits import traits

NOISY = 3  # levels, FOVEA_NOISY


def with_noise(picture, deviation, quality, rng):
    pixels = np.asarray(picture).astype(float)
    noisy = Image.fromarray(np.clip(pixels + rng.normal(0, deviation, pixels.shape[:2])[..., None], 0, 255).round().astype(np.uint8))
    if not quality:
        return noisy
    file = io.BytesIO()
    noisy.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def tell(what, pictures):
    found = [traits(picture) for picture in pictures]
    print("| %s | %d | %d | %d |" % (what, len(found), sum(t.noise >= NOISY for t in found), sum(t.grain >= NOISY for t in found)), flush=True)


def main():
    pictures = [Image.open(path).convert("RGB") for path in sorted(Path(sys.argv[1]).glob("*.png"))]
    rng = np.random.default_rng(1)
    print("| pictures | count | noise | grain |\n| --- | --- | --- | --- |")
    tell("as they are", pictures)
    for deviation in (4, 6, 10):
        for quality in (0, 92):
            kind = "noise of %d levels%s" % (deviation, ", JPEG %d" % quality if quality else "")
            tell(kind, [with_noise(picture, deviation, quality, rng) for picture in pictures[1::2]])


main()
