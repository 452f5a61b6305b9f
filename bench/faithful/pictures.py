# SPDX-License-Identifier: MIT
"""Pictures as arrays: in and out of files by way of the command vips, and plain resampling."""
import re
import subprocess
from pathlib import Path

import numpy as np


def read(path, scratch):
    subprocess.run(["vips", "copy", str(path), scratch + "/read.ppm"], check=True, stderr=subprocess.DEVNULL)
    data = Path(scratch, "read.ppm").read_bytes()
    head = re.match(rb"P([56])\s(?:#[^\n]*\n)*(\d+) (\d+)\s(\d+)\s", data)
    kind, width, height, top = (int(v) for v in head.groups())
    if top != 255:
        raise ValueError("16 bits")
    pixels = np.frombuffer(data, np.uint8, offset=head.end()).reshape(height, width, 3 if kind == 6 else 1)
    return np.repeat(pixels, 3, axis=2) if kind == 5 else pixels


def write(path, pixels):
    ppm = str(path) + ".ppm"
    Path(ppm).write_bytes(b"P6\n%d %d\n255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.astype(np.uint8).tobytes())
    subprocess.run(["vips", "copy", ppm, str(path)], check=True)
    Path(ppm).unlink()


def keys(t):
    t = abs(t)
    return np.where(t <= 1, (1.5 * t - 2.5) * t * t + 1, np.where(t < 2, ((-0.5 * t + 2.5) * t - 4) * t + 2, 0))


def lanczos(t):
    return np.where(abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0)


def resize_rows(pixels, size, kernel, reach):
    """Along the first axis, borders repeated; widened when shrinking."""
    old = pixels.shape[0]
    stretch, out = max(old / size, 1), np.empty((size,) + pixels.shape[1:])
    for i in range(size):
        centre = (i + 0.5) * old / size - 0.5
        at = np.arange(int(np.floor(centre - reach * stretch)), int(np.ceil(centre + reach * stretch)) + 1)
        weights = kernel((at - centre) / stretch)
        out[i] = np.tensordot(weights / weights.sum(), pixels[np.clip(at, 0, old - 1)], 1)
    return out


def resize(pixels, width, height, kernel=keys, reach=2):
    down = resize_rows(pixels.astype(float), height, kernel, reach)
    both = resize_rows(down.transpose(1, 0, 2), width, kernel, reach).transpose(1, 0, 2)
    return np.clip(np.floor(both + 0.5), 0, 255)
