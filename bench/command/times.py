#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""times.py FOVEA ENGINE PICTURE.jpg [RUNS]: the wall time of the whole command, from its start to its end, JPEG to JPEG at
2x with two threads, beside the two things it can't be faster than: the engine alone (build/engine, two threads, faithful) and
the codecs alone (libvips' command reading the same picture and writing one of the result's size). Runs take turns, so that
what disturbs one disturbs all; the engine's are three at the beginning and three at the end. Medians, and the fastest in
brackets; milliseconds."""
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

MODELS = Path(__file__).resolve().parents[2] / "models"
NETS = {  # and the options that make the command take each
    "photo-fast-x2": ("--effort", "fast", "--source", "clean"),
    "photo-standard-x2": ("--effort", "standard", "--source", "clean"),
    "photo-jpeg-standard-x2": ("--effort", "standard", "--source", "jpeg"),
}


def timed(*words):
    start = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return 1000 * (time.monotonic() - start)


def engine_alone(engine, net, width, height):
    said = subprocess.run([engine, str(MODELS / f"{net}.fovea"), width, height, "3"], check=True, capture_output=True, text=True).stdout
    return 1000 * float(re.search(r"faithful +2 threads +median ([0-9.]+) s", said)[1])


def main(fovea, engine, picture, runs="15"):
    header = {field: subprocess.run(["vipsheader", "-f", field, picture], check=True, capture_output=True, text=True).stdout.strip()
              for field in ("width", "height")}
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out.jpg")
        for run in range(int(runs)):
            times.setdefault("codecs", []).append(timed("vips", "replicate", picture, out + "[Q=90]", "2", "2"))
            for net, options in NETS.items():
                if run in (0, int(runs) - 1):
                    times.setdefault(f"{net}: engine", []).append(engine_alone(engine, net, header["width"], header["height"]))
                times.setdefault(f"{net}: command", []).append(
                    timed(fovea, picture, "-o", out, "--overwrite", "-j", "2", "--progress", "none", *options))
    for name, list_of_times in times.items():
        list_of_times.sort()
        print(f"{name:31} {median(list_of_times):6.0f} ({list_of_times[0]:.0f})")


if __name__ == "__main__":
    main(*sys.argv[1:])
