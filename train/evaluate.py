"""PSNR of nets on folders of originals, by the protocol of the super-resolution literature.

Originals are cut to a multiple of the scale, shrunk (degrade.shrink), rounded to 8 bits, enlarged, rounded; `scale` pixels
are shaved off each side; the error is that of the BT.601 luma, 16..235.
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

import degrade

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


def float_upscale(net: torch.nn.Module) -> Upscale:
    """The float net as picture -> picture."""

    def upscale(picture: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return to_picture(net(to_tensor(picture)))

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


def score(pictures: list[tuple[str, np.ndarray]], upscale: Upscale, scale: int) -> list[float]:
    """PSNR of each picture after shrinking and enlarging it."""
    return [psnr(upscale(degrade.shrink(picture, scale)), picture, scale) for _, picture in pictures]


def mean_score(folder: Path, upscale: Upscale, scale: int) -> float:
    """Mean PSNR over a folder."""
    return float(np.mean(score(originals(folder, scale), upscale, scale)))
