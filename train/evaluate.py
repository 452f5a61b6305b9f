"""PSNR of nets on folders of originals, by the protocol of the super-resolution literature.

Originals are cut to a multiple of the scale, shrunk (degrade.shrink), rounded to 8 bits, enlarged, rounded; `scale` pixels
are shaved off each side; the error is that of the BT.601 luma, 16..235. With --ruin they are ruined instead of shrunk.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from PIL import Image

import damage
import degrade
import guarantee
import master
import nets
import simulate

Upscale = Callable[[np.ndarray], np.ndarray]
SUFFIXES = (".png", ".webp", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".ppm")


def luma(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) 0..255 -> (H, W) BT.601 luma 16..235, as MATLAB's rgb2ycbcr, not rounded."""
    return 16 + picture.astype(np.float64) @ np.array([65.481, 128.553, 24.966]) / 255


def psnr(result: np.ndarray, original: np.ndarray, shave: int) -> float:
    """Luma PSNR in dB of two uint8 pictures."""
    error = (luma(result) - luma(original))[shave:-shave, shave:-shave]
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def originals(folder: Path, scale: int) -> list[tuple[str, np.ndarray]]:
    """(name, RGB uint8) of each picture, cut to a multiple of the scale."""
    found = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        picture = np.asarray(Image.open(path).convert("RGB"))
        height, width = picture.shape[0] // scale * scale, picture.shape[1] // scale * scale
        found.append((path.name, picture[:height, :width]))
    return found


def to_tensor(picture: np.ndarray) -> torch.Tensor:
    """(H, W, 3) uint8 -> (1, 3, H, W) float32 0..1"""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255


def to_picture(tensor: torch.Tensor) -> np.ndarray:
    """(1, 3, H, W) 0..1 -> (H, W, 3) uint8"""
    return degrade.to_bytes(tensor[0].permute(1, 2, 0).numpy() * 255)


def float_upscale(net: torch.nn.Module, layer: guarantee.Guarantee | None = None) -> Upscale:
    """The float net as picture -> picture, within the guarantee where its layer is given."""

    def upscale(picture: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            small = to_tensor(picture)
            result = net(small)
            return to_picture(layer(result, small) if layer else result)

    return upscale


def command_upscale(command: str) -> Upscale:
    """An outside upscaler as picture -> picture; `command` holds {in} and {out} for the two PNG files."""

    def upscale(picture: np.ndarray) -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            source, result = Path(folder, "in.png"), Path(folder, "out.png")
            Image.fromarray(picture).save(source)
            words = [w.replace("{in}", str(source)).replace("{out}", str(result)) for w in command.split()]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return np.asarray(Image.open(result).convert("RGB"))

    return upscale


def score(pictures: list[tuple[str, np.ndarray]], upscale: Upscale, scale: int, seed: int | None = None) -> list[float]:
    """PSNR of each picture after shrinking, or with a seed ruining, and enlarging it."""
    rng = np.random.default_rng(seed)
    return [psnr(upscale(degrade.shrink(picture, scale) if seed is None else damage.ruined(picture, scale, rng)), picture, scale)
            for _, picture in pictures]


def mean_score(folder: Path, upscale: Upscale, scale: int) -> float:
    """Mean PSNR over a folder."""
    return float(np.mean(score(originals(folder, scale), upscale, scale)))


def integer_upscale(content: bytes) -> Upscale:
    """A .fovea file through the second decoder as picture -> picture."""
    return lambda picture: simulate.simulate(content, picture).result


def columns(args: argparse.Namespace) -> dict[str, Upscale]:
    """What was asked to be measured, by the name of its column."""
    found: dict[str, Upscale] = {}
    if args.bicubic:
        found["bicubic"] = float_upscale(nets.Anchor(args.scale))
    if args.master:
        found["float"] = float_upscale(nets.plain_net(*master.load(args.master)))
    if args.model:
        found["integer"] = integer_upscale(args.model.read_bytes())
    if args.command:
        found["command"] = command_upscale(args.command)
    return found


def main() -> None:
    """One line a picture (with --each) and one a folder: luma PSNR in dB by column, tab-separated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of original pictures")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--master", type=Path, help="float net, .safetensors")
    parser.add_argument("--model", type=Path, help="integer net, .fovea, through simulate.py")
    parser.add_argument("--command", help="outside upscaler, e.g. 'build/fovea {in} -s 2 -o {out}'")
    parser.add_argument("--bicubic", action="store_true", help="also the plain bicubic enlargement")
    parser.add_argument("--ruin", type=int, metavar="SEED", help="ruin the pictures, as creative nets learn it")
    parser.add_argument("--each", action="store_true", help="a line for every picture")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    measured = columns(args)
    print("\t".join(["picture", *measured]))
    for folder in args.folders:
        pictures = originals(folder, args.scale)
        table = np.array([score(pictures, upscale, args.scale, args.ruin) for upscale in measured.values()]).T
        if args.each:
            for (name, _), row in zip(pictures, table):
                print("\t".join([f"{folder.name}/{name}", *(f"{value:.3f}" for value in row)]))
        print("\t".join([folder.name, *(f"{value:.3f}" for value in table.mean(axis=0))]), flush=True)


if __name__ == "__main__":
    main()
