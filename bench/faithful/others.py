#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Enlarges a picture with a published net, for figures.py --tool. README.md tells where the nets come from.

    others.py ncnn STEM IN OUT                       the net in STEM.param and STEM.bin
    others.py upscalerjs MODULES MODEL SCALE IN OUT  one of UpscalerJS's: MODULES is npm's folder of packages

The whole picture in one piece, on one thread: no seams of tiles. Needs numpy, Pillow and ncnn or Node."""
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image


class NcnnNet:
    """A net whose blobs are called data and output, loaded once: (h, w, 3) bytes -> (h s, w s, 3) of them."""

    def __init__(self, stem):
        import ncnn

        self.ncnn, self.net = ncnn, ncnn.Net()
        self.net.opt.num_threads, self.net.opt.use_vulkan_compute = 1, False
        if self.net.load_param(stem + ".param") or self.net.load_model(stem + ".bin"):
            raise SystemExit("ncnn does not load " + stem)

    def __call__(self, pixels):
        extractor = self.net.create_extractor()
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32) / np.float32(255)  # ncnn keeps no copy
        extractor.input("data", self.ncnn.Mat(planes))
        status, out = extractor.extract("output")
        if status:
            raise SystemExit("ncnn fails")
        return np.clip(np.rint(np.array(out) * 255), 0, 255).astype(np.uint8).transpose(1, 2, 0)


def ncnn_net(stem, pixels):
    return NcnnNet(stem)(pixels)


def upscalerjs_net(modules, model, scale, pixels):
    script = Path(__file__).with_name("upscalerjs.cjs")
    height, width = pixels.shape[:2]
    out = subprocess.run(["node", str(script), modules, model, scale, str(width), str(height)], input=pixels.tobytes(),
                         stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(out, np.uint8).reshape(height * int(scale), width * int(scale), 3)


def main(words):
    if len(words) < 4 or words[0] not in ("ncnn", "upscalerjs"):
        sys.exit(__doc__)
    run = ncnn_net if words[0] == "ncnn" else upscalerjs_net
    pixels = np.asarray(Image.open(words[-2]).convert("RGB"))
    Image.fromarray(run(*words[1:-2], pixels)).save(words[-1])


if __name__ == "__main__":
    main(sys.argv[1:])
