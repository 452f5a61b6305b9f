#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How well enlargers do on rendered screens: held-out pages of train/screens.py, 1x to 2x.

    python measure.py HELD 'photo=build/fovea {in} -s 2 -o {out}' 'screen=build/fovea {in} -s 2 --source screen -o {out}'

HELD holds aligned/ and default/. Rows `bicubic` (Pillow's, a = -0.5), `nearest` and `true` (the browser's own 2x render, the
floor of text recognition) come along. Needs numpy and pillow; tesseract with English for the column of character errors.

  rgb, luma   PSNR in dB against the true 2x render, mean of the pages: of R, G, B; of BT.601 luma 16..235. All pixels.
  errors      character error rate: edits that turn what tesseract reads (one line at a time, --psm 7) into what stands
              there, over the characters that stand there, all pages together.
  flat5/25    share of the result's pixels that are exactly the colour of the 1x pixel, where the 5x5 (25x25) pixels of the
              1x render around it are of one colour.

With --shrink the 1x pictures are the true renders, made smaller: screens as they are once somebody has resized them.
"""
from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

import numpy as np
from PIL import Image

SCALE = 2
MARGIN = 4  # 1x pixels around a line of text


def load(path: Path) -> np.ndarray:
    """(H, W, 3) uint8."""
    return np.asarray(Image.open(path).convert("RGB"))


def luma(picture: np.ndarray) -> np.ndarray:
    """BT.601 luma, 16..235, not rounded."""
    return 16 + picture.astype(np.float32) @ np.array([65.481, 128.553, 24.966], np.float32) / 255


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """dB of two pictures of values 0..255; 99 when they are equal."""
    error = float(np.mean((a.astype(np.float32) - b) ** 2, dtype=np.float64))
    return 10 * np.log10(255**2 / error) if error else 99.0


def window_sums(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Sum of each height x width window, (H-height+1, W-width+1)."""
    total = np.pad(values.astype(np.int32).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return total[height:, width:] - total[:-height, width:] - total[height:, :-width] + total[:-height, :-width]


def flat_pixels(small: np.ndarray, side: int) -> np.ndarray:
    """(H, W) bool: the side x side pixels around are of one colour; nothing so near the border."""
    steps_right = (small[:, 1:] != small[:, :-1]).any(-1)
    steps_down = (small[1:] != small[:-1]).any(-1)
    flat = (window_sums(steps_right, side, side - 1) == 0) & (window_sums(steps_down, side - 1, side) == 0)
    return np.pad(flat, side // 2)


def kept_flat(small: np.ndarray, result: np.ndarray, side: int) -> tuple[int, int]:
    """(pixels kept, pixels looked at) of the result."""
    flat = flat_pixels(small, side)
    wanted = small.repeat(SCALE, 0).repeat(SCALE, 1)
    looked = flat.repeat(SCALE, 0).repeat(SCALE, 1)
    return int(((wanted == result).all(-1) & looked).sum()), int(looked.sum())


def edits(read: str, stands: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(stands) + 1))
    for i, a in enumerate(read, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(stands, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def read_lines(result: np.ndarray, lines: list[dict], folder: Path) -> list[str]:
    """What tesseract reads on each marked line of an enlarged page."""
    names = []
    for n, line in enumerate(lines):
        left, top, right, bottom = line["box"]
        x0, y0 = (max(0, int(v) - MARGIN) * SCALE for v in (left, top))
        x1, y1 = ((int(v) + 1 + MARGIN) * SCALE for v in (right, bottom))
        names.append(folder / f"line{n}.png")
        Image.fromarray(result[y0:y1, x0:x1]).save(names[-1])
    if not names:
        return []
    (folder / "list.txt").write_text("".join(f"{name}\n" for name in names))
    command = ["tesseract", str(folder / "list.txt"), "-", "--psm", "7", "--dpi", "192", "-l", "eng"]
    # Its threads fight over one small line of text.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return [" ".join(part.split()) for part in text.split("\f")][: len(names)]


class Enlarger:
    """A row of the table: a name of our own or NAME=COMMAND with {in} and {out}."""

    def __init__(self, text: str) -> None:
        self.name, _, command = text.partition("=")
        self.words = shlex.split(command)
        if not self.words and self.name not in ("nearest", "bicubic", "true"):
            sys.exit(f"measure.py: {text} is not NAME=COMMAND")

    def __call__(self, small: Path, true: np.ndarray, folder: Path) -> np.ndarray:
        """The page enlarged, (2H, 2W, 3) uint8."""
        if self.name == "true":
            return true
        if not self.words:
            kernel = {"bicubic": Image.Resampling.BICUBIC, "nearest": Image.Resampling.NEAREST}[self.name]
            picture = Image.open(small).convert("RGB")
            return np.asarray(picture.resize((picture.width * SCALE, picture.height * SCALE), kernel))
        result = folder / "result.png"
        result.unlink(missing_ok=True)
        subprocess.run([w.replace("{in}", str(small)).replace("{out}", str(result)) for w in self.words], check=True,
                       stdout=subprocess.DEVNULL)
        return load(result)


KERNELS = {"area": Image.BOX, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def shrunk(true: np.ndarray, kernel: str, path: Path) -> Path:
    """The 1x picture made of the true render, written to path."""
    picture = Image.fromarray(true)
    picture.resize((picture.width // SCALE, picture.height // SCALE), KERNELS[kernel]).save(path)
    return path


def measure(pages: list[Path], enlarge: Enlarger, read: bool, kernel: str | None = None) -> list[str]:
    """The row of one enlarger on the pages of one mode."""
    rgb, grey, flat, wrong, total = [], [], np.zeros((2, 2), np.int64), 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for page in pages:
            true = load(page.with_name(page.name.replace("-1x", f"-{SCALE}x")))
            source = shrunk(true, kernel, folder / "shrunk.png") if kernel else page
            small, result = load(source), enlarge(source, true, folder)
            if result.shape != true.shape:
                sys.exit(f"measure.py: {enlarge.name}: result of {page} is {result.shape}, not {true.shape}")
            rgb.append(psnr(result, true))
            grey.append(psnr(luma(result), luma(true)))
            flat += [kept_flat(small, result, side) for side in (5, 25)]
            lines = json.loads(page.with_name(page.name.replace("-1x.png", ".json")).read_text())["lines"]
            if read:
                for line, text in zip(lines, read_lines(result, lines, folder), strict=True):
                    wrong += edits(text, line["text"])
                    total += len(line["text"])
    shares = [f"{kept / max(1, looked):.2%}" for kept, looked in flat]
    dB = ["-", "-"] if enlarge.name == "true" else [f"{np.mean(rgb):.2f}", f"{np.mean(grey):.2f}"]
    return [*dB, f"{wrong / total:.2%}" if total else "-", *(["-", "-"] if enlarge.name == "true" else shares)]


def main() -> None:
    """A Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("held", type=Path)
    parser.add_argument("enlargers", nargs="*", help="NAME=COMMAND, with {in} and {out}")
    parser.add_argument("--own", default="nearest,bicubic,true", help="rows of this script's own (nearest,bicubic,true)")
    parser.add_argument("--pages", type=int, default=None, help="only the first so many pages")
    parser.add_argument("--no-errors", action="store_true", help="do not read the text, which is slow")
    parser.add_argument("--modes", default="aligned,default")
    parser.add_argument("--shrink", choices=KERNELS, help="make the 1x pictures of the true renders")
    args = parser.parse_intermixed_args()
    read = not args.no_errors and which("tesseract") is not None
    if not read and not args.no_errors:
        print("measure.py: no tesseract, character errors are left out", file=sys.stderr)
    print("| pages | enlarger | rgb | luma | errors | flat5 | flat25 |\n| --- | --- | --- | --- | --- | --- | --- |")
    for mode in args.modes.split(","):
        pages = sorted((args.held / mode).glob("*-1x.png"))[: args.pages]
        if not pages:
            sys.exit(f"measure.py: no pages in {args.held / mode}")
        for text in [*args.own.split(","), *args.enlargers]:
            enlarge = Enlarger(text)
            print(f"| {mode} | {enlarge.name} | {' | '.join(measure(pages, enlarge, read, args.shrink))} |", flush=True)


if __name__ == "__main__":
    main()
