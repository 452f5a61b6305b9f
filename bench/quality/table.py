# SPDX-License-Identifier: MIT
"""Luma PSNR of the whole family on folders of true large pictures, beside plain enlargements and any other tool.

    python table.py FOLDER... [--scales 2 3 4] [--fovea build/fovea] [--no-integer] [--sheets DIR]
                    [--tool 'NAME=COMMAND -s {scale} {in} {out}']...

The protocol is train/evaluate.py's. For each net of models/ there are three rows: the float net, the integer net alone (through the
second decoder, slow) and the command, which is the C engine with the guarantee. --sheets draws, for each picture, the place where
the results differ most, at 100 %: the truth, and each result beside it.

Needs what train/ needs: torch, numpy, pillow, safetensors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "train"))
import degrade
import evaluate
import master
import nets

SIDE = 160  # of a crop on a sheet, pixels of the result
Rows = dict[str, evaluate.Upscale]


def lanczos(scale: int) -> evaluate.Upscale:
    """Plain Lanczos enlargement."""
    return lambda picture: degrade.to_bytes(
        degrade.resample(picture, picture.shape[0] * scale, picture.shape[1] * scale, "lanczos"))


def family(scale: int, fovea: str, integer: bool) -> Rows:
    """Three rows for each effort that has a photo net at this scale."""
    rows: Rows = {}
    for effort in nets.EFFORTS:
        stem = ROOT / "models" / f"photo-{effort}-x{scale}"
        if not stem.with_suffix(".fovea").exists():
            continue
        rows[f"{effort}, float"] = evaluate.float_upscale(nets.plain_net(*master.load(stem.with_suffix(".safetensors"))))
        if integer:
            rows[f"{effort}, integer alone"] = evaluate.integer_upscale(stem.with_suffix(".fovea").read_bytes())
        rows[f"fovea --effort {effort}"] = evaluate.command_upscale(
            f"{fovea} {{in}} -o {{out}} -s {scale} --effort {effort} --source clean --progress none")
    return rows


def everything(scale: int, args: argparse.Namespace) -> Rows:
    """All rows of the table at one scale."""
    rows: Rows = {"bicubic": evaluate.float_upscale(nets.Anchor(scale)), "Lanczos": lanczos(scale)}
    rows |= family(scale, args.fovea, not args.no_integer)
    for tool in args.tool:
        name, command = tool.split("=", 1)
        rows[name] = evaluate.command_upscale(command.replace("{scale}", str(scale)))
    return rows


def worst_place(results: dict[str, np.ndarray]) -> tuple[int, int]:
    """Top and left of the SIDE x SIDE square in which the results vary most from one another."""
    lumas = np.stack([evaluate.luma(r) for r in results.values()])
    spread = np.pad(lumas.var(axis=0).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    height, width = min(SIDE, lumas.shape[1]), min(SIDE, lumas.shape[2])
    sums = spread[height:, width:] - spread[:-height, width:] - spread[height:, :-width] + spread[:-height, :-width]
    top, left = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(top), int(left)


def sheet(results: dict[str, np.ndarray], path: Path) -> None:
    """One strip of crops with their names under them."""
    top, left = worst_place(results)
    strip = Image.new("RGB", ((SIDE + 4) * len(results), SIDE + 16), "white")
    draw = ImageDraw.Draw(strip)
    for i, (name, picture) in enumerate(results.items()):
        strip.paste(Image.fromarray(picture[top : top + SIDE, left : left + SIDE]), (i * (SIDE + 4), 0))
        draw.text((i * (SIDE + 4) + 2, SIDE + 2), name[:26], "black")
    path.parent.mkdir(parents=True, exist_ok=True)
    strip.save(path)


def measure(folder: Path, rows: Rows, scale: int, sheets: Path | None) -> dict[str, float]:
    """Mean PSNR by row; writes the sheets."""
    totals: dict[str, list[float]] = {name: [] for name in rows}
    for name, truth in evaluate.originals(folder, scale):
        small = degrade.shrink(truth, scale)
        results = {row: upscale(small) for row, upscale in rows.items()}
        for row, result in results.items():
            totals[row].append(evaluate.psnr(result, truth, scale))
        if sheets:
            shown = {row: r for row, r in results.items() if not row.endswith(("float", "alone"))}
            sheet({"truth": truth} | shown, sheets / f"{folder.name}-{Path(name).stem}-x{scale}.png")
    return {row: float(np.mean(values)) for row, values in totals.items()}


def main() -> None:
    """One Markdown table a scale: rows are enlargements, columns folders, dB."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of true large pictures")
    parser.add_argument("--scales", type=int, nargs="+", choices=(2, 3, 4), default=[2, 3, 4])
    parser.add_argument("--fovea", default=str(ROOT / "build/fovea"), help="the command")
    parser.add_argument("--tool", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--no-integer", action="store_true", help="leave out the second decoder")
    parser.add_argument("--sheets", type=Path, help="folder for side-by-side crops")
    args = parser.parse_args()
    for scale in args.scales:
        rows = everything(scale, args)
        columns = [measure(folder, rows, scale, args.sheets) for folder in args.folders]
        print(f"\n| {scale}x | " + " | ".join(folder.name for folder in args.folders) + " |")
        print("| --- |" + " --- |" * len(columns))
        for row in rows:
            print(f"| {row} | " + " | ".join(f"{column[row]:.3f}" for column in columns) + " |", flush=True)


if __name__ == "__main__":
    main()
