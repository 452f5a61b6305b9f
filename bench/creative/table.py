#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The creative mode beside the plain enlargement, our faithful mode and published nets, at 2x or 4x: figures and sheets.

    table.py --peers PEERS --bench BENCH --valid VALID [--scale 4] [--sheets FOLDER] [--no-slow]

README.md tells what the folders hold. Sets with a truth are ruined by train/damage.py, seed 11; those of BENCH/real are as they
are. Prints one table a set in Markdown. Run it in the environment of train/ with ncnn besides."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "train"), str(HERE), str(HERE.parent / "faithful")]

import backbone  # noqa: E402
import damage  # noqa: E402
import degrade  # noqa: E402
import evaluate  # noqa: E402
import niqe  # noqa: E402
import others  # noqa: E402

FIGURES = ("distance", "NIQE", "PSNR", "consistency", "dE2000", "halo %", "grain", "seconds")
REAL = {
    "old scans": ("oldscan_portrait_bw_small.jpg", "oldscan_ruins_bw_small.png", "oldscan_wwii_kodachrome_loc1.jpg", "oldscan_army0.jpg"),
    "poor JPEGs": ("photo_lowq_workshop1.jpg", "photo_lowq_workshop2.jpg", "photo_tiny_libjpeg_testorig.jpg", "jpeg_q25.jpg"),
    "AI art": ("aiart_rhinoceros_small.jpg", "aiart_wolf_small.png"),
    "small faces": ("photo_smallface_alla.jpg", "photo_smallface_amber.jpg", "photo_smallface_afeld.jpg"),
}


@dataclass
class Sample:
    """A small picture and, where it is known, what it was before."""

    name: str
    small: np.ndarray
    truth: np.ndarray | None = None
    source: str = "auto"  # "jpeg" where it was cut out of a JPEG file that the command would take its JPEG net for


Upscale = Callable[[Sample], np.ndarray]


@dataclass
class Column:
    """What one method made of a set."""

    figures: list[dict[str, float]] = field(default_factory=list)
    results: list[np.ndarray] = field(default_factory=list)

    def mean(self, name: str) -> float:
        values = [f[name] for f in self.figures if name in f]
        return float(np.mean(values)) if values else float("nan")


def shrunk(picture: np.ndarray, scale: int) -> np.ndarray:
    """A 4x result as one of the scale, by antialiased bicubic."""
    return picture if scale == 4 else degrade.shrink(picture, 4 // scale)


def methods(args: argparse.Namespace) -> dict[str, Upscale]:
    """Name -> sample to picture of `scale` times the size."""
    scale = args.scale

    def fovea(sample: Sample, options: str) -> np.ndarray:
        command = f"{ROOT / 'build' / 'fovea'} {{in}} -s {scale} -o {{out}} --progress none --source {sample.source} {options}"
        return evaluate.command_upscale(command)(sample.small)

    found: dict[str, Upscale] = {
        "bicubic": lambda s: degrade.to_bytes(degrade.resample(s.small, scale * s.small.shape[0], scale * s.small.shape[1])),
        "fovea faithful": lambda s: fovea(s, ""),
        "fovea creative": lambda s: fovea(s, "-m creative"),
    }
    found["realesr-general-x4v3"] = lambda s: shrunk(others.ncnn_net(str(args.peers / "realesrgan-x4fast"), s.small), scale)
    if not args.no_slow:
        found["RealESRGAN_x4plus"] = lambda s: shrunk(others.ncnn_net(str(args.peers / "realesrgan-x4plus"), s.small), scale)
    return found


def ruined(folder: Path, every: int, most: int, side: int, scale: int = 2) -> list[Sample]:
    """Every so manyth picture of a folder, its middle of at most `side` pixels, ruined."""
    rng, found = np.random.default_rng(11), []
    for name, whole in evaluate.originals(folder, 8)[::every][:most]:
        height, width = min(side, whole.shape[0]), min(side, whole.shape[1])
        y, x = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
        truth = whole[y : y + height, x : x + width]
        found.append(Sample(name, damage.ruined(truth, scale, rng), truth))
    return found


def source_of(path: Path) -> str:
    """"jpeg" where the command takes its JPEG net for the file."""
    said = subprocess.run([ROOT / "build" / "fovea", "inspect", "--json", path], check=True, capture_output=True).stdout
    return "jpeg" if json.loads(said)["net_kind"] == "photo-jpeg" else "auto"


def real(folder: Path, names: tuple[str, ...], most: int = 200) -> list[Sample]:
    """Pictures as they are, cut to their middle, whole blocks of JPEG files."""
    found = []
    for name in names:
        whole = np.asarray(Image.open(folder / name).convert("RGB"))
        y, x = (max(0, (side - most) // 2) // 16 * 16 for side in whole.shape[:2])
        found.append(Sample(name, whole[y : y + most, x : x + most], source=source_of(folder / name)))
    return found


def verified(small: np.ndarray, large: np.ndarray) -> dict[str, float]:
    """What `fovea verify` says of a pair."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("small.png", "large.png")]
        for path, picture in zip(paths, (small, large)):
            Image.fromarray(picture).save(path)
        said = json.loads(subprocess.run([ROOT / "build" / "fovea", "verify", *paths, "--json"], capture_output=True).stdout)
    return {"consistency": said["consistency"]["psnr"], "dE2000": said["colour"]["mean"],
            "halo %": said["halo"]["p99"], "grain": said["grain"]["sigma"]}


def measure(sample: Sample, result: np.ndarray, seconds: float, deep: backbone.Backbone, parameters: Path) -> dict[str, float]:
    """All figures that apply."""
    found = {"seconds": seconds, "NIQE": niqe.niqe(result, parameters), **verified(sample.small, result)}
    if sample.truth is not None:
        found |= {"distance": deep.distance(result, sample.truth), "PSNR": evaluate.psnr(result, sample.truth, result.shape[0] // sample.small.shape[0])}
    return found


def judge(samples: list[Sample], upscale: Upscale, deep: backbone.Backbone, parameters: Path) -> Column:
    """One method on one set."""
    column = Column()
    for sample in samples:
        begun = time.time()
        result = upscale(sample)
        column.figures.append(measure(sample, result, time.time() - begun, deep, parameters))
        column.results.append(result)
    return column


def print_table(name: str, samples: list[Sample], columns: dict[str, Column]) -> None:
    print(f"\n### {name} ({len(samples)})\n\n| | " + " | ".join(FIGURES) + " |\n|" + " --- |" * (len(FIGURES) + 1))
    for method, column in columns.items():
        cells = ["" if np.isnan(v := column.mean(f)) else f"{v:.{2 if f in ('PSNR', 'consistency', 'seconds') else 3}f}" for f in FIGURES]
        print(f"| {method} | " + " | ".join(cells) + " |", flush=True)


def most_telling(sample: Sample, side: int) -> tuple[int, int]:
    """(y, x) of the small picture's most detailed window."""
    grey = sample.small.mean(axis=2)
    energy = np.abs(np.diff(grey, axis=0))[:, :-1] + np.abs(np.diff(grey, axis=1))[:-1]
    total = np.pad(energy, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    side = min(side, *energy.shape)
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    y, x = np.unravel_index(sums.argmax(), sums.shape)
    return int(y), int(x)


def sheet(path: Path, samples: list[Sample], columns: dict[str, Column], side: int = 128) -> None:
    """The same window of each sample by each method, at 100 %, labelled."""
    rows, scale = [], next(iter(columns.values())).results[0].shape[0] // samples[0].small.shape[0]
    shown = 2 * side
    for i, sample in enumerate(samples):
        y, x = (scale * n for n in most_telling(sample, shown // scale))
        views = [c.results[i] for c in columns.values()] + ([sample.truth] if sample.truth is not None else [])
        tiles = [np.pad(v[y : y + shown, x : x + shown], ((0, max(0, shown - v[y:].shape[0])), (0, 4), (0, 0)))[:, : shown + 4] for v in views]
        tiles = [np.pad(t, ((0, 4), (0, max(0, shown + 4 - t.shape[1])), (0, 0))) for t in tiles]
        rows.append(np.hstack(tiles))
    whole = Image.fromarray(np.pad(np.vstack(rows), ((16, 0), (0, 0), (0, 0)), constant_values=255))
    draw = ImageDraw.Draw(whole)
    for i, name in enumerate([*columns, "truth"] if samples[0].truth is not None else columns):
        draw.text((i * (shown + 4) + 4, 2), name, fill=(0, 0, 0))
    whole.save(path, quality=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, required=True, help="folder with the peers' nets, nsfwjs and NIQE's parameters")
    parser.add_argument("--bench", type=Path, required=True, help="folder with Set14, BSD100, real")
    parser.add_argument("--valid", type=Path, required=True, help="folder of held-out crops")
    parser.add_argument("--scale", type=int, choices=(2, 4), default=2)
    parser.add_argument("--sheets", type=Path, help="where sheets go")
    parser.add_argument("--no-slow", action="store_true", help="without RealESRGAN_x4plus")
    args = parser.parse_args()
    folders = {"Set14": (args.bench / "Set14", 3), "BSD100": (args.bench / "BSD100", 20), "held-out crops": (args.valid, 18)}
    sets = {f"ruined {name}": ruined(folder, every, 5, 384, args.scale) for name, (folder, every) in folders.items()}
    sets |= {name: real(args.bench / "real", names) for name, names in REAL.items()}
    deep, parameters = backbone.Backbone(args.peers / "nsfwjs"), args.peers / "niqe_pris_params.npz"
    for name, samples in sets.items():
        columns = {method: judge(samples, upscale, deep, parameters) for method, upscale in methods(args).items()}
        print_table(name, samples, columns)
        if args.sheets:
            args.sheets.mkdir(parents=True, exist_ok=True)
            sheet(args.sheets / f"{name.replace(' ', '-').lower()}.jpg", samples, columns)


if __name__ == "__main__":
    main()
