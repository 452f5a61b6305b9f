#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""batch.py FOVEA PHOTOS COUNT [--ncnn STEM] [--folder FOLDER] [OPTION...]: many small JPEGs, 2x, to WebP.

Makes COUNT JPEGs of 500 pixels (longer side, quality 85) from the pictures below PHOTOS, has FOVEA enlarge them all on all
processors it may use, and prints a row: pictures a second, how busy the processors were, the memory of all processes together
(proportional set size) in the first and the second half. OPTIONs go to FOVEA as they are. --ncnn: the first few of them by a
published net in ncnn too (STEM.param and STEM.bin, blobs called data and output), read and written by Pillow, WebP at the
same quality; needs numpy, Pillow and ncnn. Needs libvips' vips. --folder keeps the JPEGs for another run."""
from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from measure import family  # noqa: E402

KINDS = {".jpg", ".jpeg", ".png", ".webp", ".tif"}
NCNN_PICTURES = 3


def make_pictures(photos: Path, folder: Path, count: int) -> None:
    sources = sorted(path for path in photos.rglob("*") if path.suffix.lower() in KINDS)
    folder.mkdir(exist_ok=True)
    for i in range(count):
        to = folder / f"{i:04}.jpg"
        if not to.exists():  # more pictures than photos: the same once more
            subprocess.run(["vips", "thumbnail", sources[i * len(sources) // count if count < len(sources) else i % len(sources)],
                            f"{to}[Q=85]", "500"], check=True)


def set_size(pid: int) -> float:
    """Proportional set size in MiB: pages that processes share count once in all."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def run_fovea(fovea: str, options: list[str], pictures: Path, out: Path) -> tuple[float, float, list[float]]:
    """Seconds, processor seconds, memory at moments evenly spaced."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start, memory = time.monotonic(), []
    process = subprocess.Popen([fovea, "-r", pictures, "-o", out, "-f", "webp", "--progress", "none", *options],
                               stderr=subprocess.DEVNULL)
    while process.poll() is None:
        memory.append(sum(map(set_size, family(process.pid))))
        time.sleep(0.25)
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"fovea ended with status {process.returncode}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory


def run_ncnn(stem: str, pictures: list[Path], out: Path, threads: int) -> float:
    """Seconds for each picture; the first one, which warms up, is not counted."""
    import ncnn
    import numpy as np
    from PIL import Image

    net = ncnn.Net()
    net.opt.num_threads, net.opt.use_vulkan_compute = threads, False
    if net.load_param(stem + ".param") or net.load_model(stem + ".bin"):
        sys.exit("ncnn does not load it")

    def one(path: Path) -> None:
        planes = np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1)
        extractor = net.create_extractor()
        extractor.input("data", ncnn.Mat(np.ascontiguousarray(planes, np.float32) / np.float32(255)))
        status, result = extractor.extract("output")
        assert status == 0
        pixels = np.clip(np.array(result) * 255 + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0)
        Image.fromarray(pixels).save(out / (path.stem + ".webp"), quality=80)

    one(pictures[0])
    start = time.monotonic()
    for path in pictures[1:]:
        one(path)
    return (time.monotonic() - start) / (len(pictures) - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fovea")
    parser.add_argument("photos", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--ncnn")
    parser.add_argument("--folder", type=Path)
    known, options = parser.parse_known_args()
    processors = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = known.folder or Path(scratch) / "in", Path(scratch) / "out"
        make_pictures(known.photos, folder, known.count)
        seconds, busy, memory = run_fovea(known.fovea, options, folder, out)
        count = len(list(folder.iterdir()))
        halves = memory[2:len(memory) // 2] or memory, memory[len(memory) // 2:-1] or memory
        print(f"fovea: {count} pictures in {seconds:.1f} s: {count / seconds:.2f} a second; {processors} processors "
              f"{100 * busy / seconds / processors:.0f} % busy ({busy / count:.3f} s of one a picture); memory at most "
              f"{max(halves[0]):.0f} MiB in the first half, {max(halves[1]):.0f} in the second", flush=True)
        if known.ncnn:
            each = run_ncnn(known.ncnn, sorted(folder.iterdir())[:NCNN_PICTURES + 1], Path(scratch), processors)
            print(f"ncnn: {1 / each:.3f} a second ({NCNN_PICTURES} pictures, {processors} threads)")


if __name__ == "__main__":
    main()
