#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What creative mode takes beside published nets, on one thread: wall time of the whole command, with both its nets, to JPEG, and
of the published nets in ncnn (loading not counted), which give 4x. They take turns; medians.

    times.py PEERS PICTURE... [--scale 2] [--rounds 5]

PEERS as in table.py. Let nothing else run."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "faithful"))

import others  # noqa: E402

FOVEA = HERE.parents[1] / "build" / "fovea"
PEERS = {"realesr-general-x4v3": "realesrgan-x4fast"}


def seconds(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--scale", choices=("2", "4"), default="2")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    peers = {name: others.NcnnNet(str(args.peers / stem)) for name, stem in PEERS.items()}
    print("| picture | fovea -m creative | " + " | ".join(f"{n} | x" for n in peers) + " |\n|" + " --- |" * (2 + 2 * len(peers)))
    for path in args.pictures:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        taken: dict[str, list[float]] = {name: [] for name in ("fovea", *peers)}
        with tempfile.TemporaryDirectory() as folder:
            command = [FOVEA, path, "-s", args.scale, "-m", "creative", "-j", "1", "-o", f"{folder}/out.jpg", "--overwrite", "--progress", "none"]
            for _ in range(args.rounds):
                taken["fovea"].append(seconds(lambda: subprocess.run(command, check=True, capture_output=True)))
                for name, peer in peers.items():
                    taken[name].append(seconds(lambda: peer(pixels)))
        ours = median(taken["fovea"])
        cells = [f"{median(taken[n]):.2f} s | {median(taken[n]) / ours:.1f}" for n in peers]
        print(f"| {pixels.shape[1]}x{pixels.shape[0]} | {ours:.3f} s | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
