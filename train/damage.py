"""What happens to pictures before someone wants them rescued: the second-order chain that creative nets learn to undo.

After X. Wang et al., 2021, "Real-ESRGAN: training real-world blind super-resolution with pure synthetic data" and K. Zhang et
al., 2021, "Designing a practical degradation model for deep blind image super-resolution" (shuffled order), with the marks of
old prints besides. Pictures are (H, W, 3) arrays, 0..255. Means of areas stay: no step moves a colour.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

import degrade

Rng = np.random.Generator
SHRINKERS = ("bicubic", "bicubic", "area", "bilinear", "lanczos")


def blurred(picture: np.ndarray, rng: Rng, strongest: float) -> np.ndarray:
    """A Gaussian of its own width along each axis, in half of the cases the same (sigma 0.2..strongest pixels)."""
    first = rng.uniform(0.2, strongest)
    second = first if rng.random() < 0.5 else rng.uniform(0.2, strongest)
    across = degrade.gaussian_blur(picture, first)
    if second == first:
        return across
    turned = degrade.gaussian_blur(picture.transpose(1, 0, 2), second).transpose(1, 0, 2)
    return (across + turned) / 2


def resized(picture: np.ndarray, height: int, width: int, rng: Rng) -> np.ndarray:
    """By one of the usual kernels."""
    return degrade.resample(picture, height, width, str(rng.choice(SHRINKERS)))


def noisy(picture: np.ndarray, rng: Rng, strongest: float) -> np.ndarray:
    """Sensor noise, sigma 0..strongest levels: in grey or in colour, in a third of the cases growing with the brightness."""
    sigma = rng.uniform(0, strongest)
    channels = 1 if rng.random() < 0.4 else 3
    noise = rng.standard_normal((*picture.shape[:2], channels), np.float32) * sigma
    if rng.random() < 0.33:
        noise = noise * np.sqrt(np.clip(picture.mean(axis=2, keepdims=True), 0, 255) / 128)
    return picture + noise


def coded(picture: np.ndarray, rng: Rng, worst: int) -> np.ndarray:
    """Through JPEG or, in a sixth of the cases, WebP, quality worst..95."""
    quality = int(rng.integers(worst, 96))
    whole = degrade.to_bytes(picture)
    if rng.random() < 1 / 6:
        buffer = io.BytesIO()
        Image.fromarray(whole).save(buffer, "WEBP", quality=quality, method=0)
        return np.asarray(Image.open(buffer).convert("RGB")).astype(np.float32)
    phase = (int(rng.integers(8)), int(rng.integers(8)))
    return degrade.jpeg(whole, quality, bool(rng.random() < 0.3), phase).astype(np.float32)


def grain(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Film or paper grain: grey noise with a size, sigma 2..9 levels."""
    noise = degrade.gaussian_blur(rng.standard_normal((*picture.shape[:2], 1), np.float32), rng.uniform(0.4, 1.0))
    return picture + noise * (rng.uniform(2, 9) / noise.std())


def halftone(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """A faint printing screen: a turned grid of dots of 2.5..5 pixels, 2..10 levels deep, as a scanner softens it."""
    angle, period = rng.uniform(0, np.pi / 2), rng.uniform(2.5, 5)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32) * (2 * np.pi / period)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return picture + (np.cos(u) * np.cos(v) * rng.uniform(2, 10))[..., None].astype(np.float32)


def first_life(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Taking, shrinking and saving it the first time, at any size from 0.45 to 1.1."""
    if rng.random() < 0.7:
        picture = blurred(picture, rng, 1.6)
    factor = float(np.exp(rng.uniform(np.log(0.45), np.log(1.1))))
    picture = resized(picture, max(8, round(picture.shape[0] * factor)), max(8, round(picture.shape[1] * factor)), rng)
    if rng.random() < 0.7:
        picture = noisy(picture, rng, 10)
    return coded(picture, rng, 40) if rng.random() < 0.6 else picture


def print_marks(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """What paper and scanner leave."""
    picture = grain(picture, rng) if rng.random() < 0.8 else halftone(picture, rng)
    return degrade.gaussian_blur(picture, rng.uniform(0.3, 0.8))


def ruined(picture: np.ndarray, scale: int, rng: Rng) -> np.ndarray:
    """(H, W, 3) uint8 -> (H/scale, W/scale, 3) uint8: a first life, a second in shuffled order, in 15 % of the cases on
    paper between them; every tenth picture is only shrunk, so that the net lets good ones be."""
    height, width = picture.shape[0] // scale, picture.shape[1] // scale
    if rng.random() < 0.1:
        return degrade.to_bytes(resized(picture, height, width, rng))
    work = first_life(picture.astype(np.float32), rng)
    if rng.random() < 0.15:
        work = print_marks(work, rng)
    steps = ["size"] + [name for name, share in (("blur", 0.3), ("noise", 0.4), ("code", 0.7)) if rng.random() < share]
    for name in rng.permutation(steps):
        if name == "size":
            work = resized(work, height, width, rng)
        elif name == "blur":
            work = blurred(work, rng, 0.8)
        elif name == "noise":
            work = noisy(work, rng, 5)
        else:
            work = coded(work, rng, 45)
    return degrade.to_bytes(work)
