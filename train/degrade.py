"""Shrinking and spoiling pictures: how low-resolution inputs are made from high-resolution originals.

Pictures are float32 or uint8 arrays of shape (H, W, C), values 0..255. The benchmark degradation is `shrink`: antialiased
bicubic, a = -0.5, symmetric borders, as MATLAB's imresize does it, rounded to 8 bits.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image


def keys(t: np.ndarray, a: float = -0.5) -> np.ndarray:
    """Keys' cubic kernel (R. Keys, 1981, "Cubic convolution interpolation for digital image processing")."""
    t = np.abs(t)
    near = (a + 2) * t**3 - (a + 3) * t**2 + 1
    far = a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def triangle(t: np.ndarray) -> np.ndarray:
    """Bilinear kernel."""
    return np.maximum(0.0, 1.0 - np.abs(t))


def box(t: np.ndarray) -> np.ndarray:
    """Area-average kernel."""
    return ((t >= -0.5) & (t < 0.5)).astype(np.float64)


def lanczos3(t: np.ndarray) -> np.ndarray:
    """Lanczos kernel with three lobes."""
    return np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0.0)


KERNELS = {"bicubic": (keys, 2.0), "bilinear": (triangle, 1.0), "area": (box, 0.5), "lanczos": (lanczos3, 3.0)}


@lru_cache(maxsize=512)
def shrink_matrix(n: int, m: int, kernel: str = "bicubic") -> np.ndarray:
    """(m, n) float64 matrix that resamples n samples to m with the kernel stretched by n/m, symmetric borders."""
    function, support = KERNELS[kernel]
    ratio = max(n / m, 1.0)
    centre = (np.arange(m) + 0.5) * n / m - 0.5
    reach = int(np.ceil(support * ratio)) + 1
    taps = np.floor(centre)[:, None] + np.arange(-reach, reach + 1)[None, :]
    weights = function((taps - centre[:, None]) / ratio)
    weights /= weights.sum(axis=1, keepdims=True)
    mirrored = np.mod(taps.astype(np.int64), 2 * n)
    mirrored = np.where(mirrored < n, mirrored, 2 * n - 1 - mirrored)
    matrix = np.zeros((m, n))
    np.add.at(matrix, (np.arange(m)[:, None].repeat(taps.shape[1], 1), mirrored), weights)
    return matrix


def resample(picture: np.ndarray, height: int, width: int, kernel: str = "bicubic") -> np.ndarray:
    """(H, W, C) -> (height, width, C) float32, not rounded, not clipped."""
    rows = shrink_matrix(picture.shape[0], height, kernel).astype(np.float32)
    columns = shrink_matrix(picture.shape[1], width, kernel).astype(np.float32)
    planes = picture.astype(np.float32).transpose(2, 0, 1)
    return np.ascontiguousarray((rows @ planes @ columns.T).transpose(1, 2, 0))


def to_bytes(picture: np.ndarray) -> np.ndarray:
    """Round to 8 bits and clip."""
    return np.clip(np.floor(picture + 0.5), 0, 255).astype(np.uint8)


def shrink(picture: np.ndarray, scale: int, kernel: str = "bicubic") -> np.ndarray:
    """(H, W, C) uint8 -> (H/scale, W/scale, C) uint8; H and W are multiples of scale."""
    return to_bytes(resample(picture, picture.shape[0] // scale, picture.shape[1] // scale, kernel))


def gaussian_blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Separable Gaussian, edge repeated; sigma in pixels."""
    reach = max(1, int(np.ceil(3 * sigma)))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps /= taps.sum()
    padded = np.pad(picture.astype(np.float32), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    height, width = picture.shape[:2]
    rows = sum(tap * padded[i : i + height] for i, tap in enumerate(taps))
    return sum(tap * rows[:, i : i + width] for i, tap in enumerate(taps))


def to_linear(picture: np.ndarray) -> np.ndarray:
    """sRGB 0..255 -> linear light 0..255 (IEC 61966-2-1)."""
    v = np.clip(picture, 0, 255) / 255
    return 255 * np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def to_srgb(picture: np.ndarray) -> np.ndarray:
    """Linear light 0..255 -> sRGB 0..255 (IEC 61966-2-1)."""
    v = np.clip(picture, 0, 255) / 255
    return 255 * np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


def jpeg(picture: np.ndarray, quality: int, full_chroma: bool, phase: tuple[int, int]) -> np.ndarray:
    """Through JPEG and back; `phase` (y, x) moves the 8x8 grid."""
    y, x = phase
    padded = np.pad(picture, ((y, 0), (x, 0), (0, 0)), mode="edge")
    buffer = io.BytesIO()
    Image.fromarray(padded).save(buffer, "JPEG", quality=quality, subsampling=0 if full_chroma else 2)
    return np.asarray(Image.open(buffer).convert("RGB"))[y:, x:]


def mild(picture: np.ndarray, scale: int, rng: np.random.Generator, compressed: float = 0.5) -> np.ndarray:
    """(H, W, 3) uint8 -> one plausible small original: a random shrinking, sometimes in linear light or after a slight
    blur, then with probability `compressed` sensor noise (sigma 0..4 levels) and JPEG (quality 75..98)."""
    linear = rng.random() < 0.3
    work = to_linear(picture) if linear else picture.astype(np.float32)
    if rng.random() < 0.3:
        work = gaussian_blur(work, rng.uniform(0.3, 0.9) * scale / 2)
    kernel = rng.choice(["bicubic", "bicubic", "lanczos", "area", "bilinear"])
    small = resample(work, picture.shape[0] // scale, picture.shape[1] // scale, str(kernel))
    if linear:
        small = to_srgb(small)
    if rng.random() < compressed:
        small = small + rng.normal(0, rng.uniform(0, 4), small.shape)
        phase = (int(rng.integers(8)), int(rng.integers(8)))
        return jpeg(to_bytes(small), int(rng.integers(75, 99)), bool(rng.random() < 0.5), phase)
    return to_bytes(small)


def compressed(picture: np.ndarray, scale: int, rng: np.random.Generator, bound: int = 85) -> np.ndarray:
    """(H, W, 3) uint8 -> one plausible small JPEG: shrunk (four fifths bicubic), sometimes a little sensor noise (sigma
    0..2.5 levels), quality 35..98, two thirds of them from `bound` on, where what is to be kept is most easily lost; four
    fifths with halved chroma."""
    kernel = rng.choice(["bicubic"] * 8 + ["lanczos", "area"])
    small = resample(picture, picture.shape[0] // scale, picture.shape[1] // scale, str(kernel))
    if rng.random() < 0.1:
        small = small + rng.normal(0, rng.uniform(0, 2.5), small.shape)
    quality = int(rng.integers(bound, 99) if rng.random() < 0.65 else rng.integers(35, bound))
    return jpeg(to_bytes(small), quality, bool(rng.random() < 0.2), (0, 0))


def fine(picture: np.ndarray, scale: int, rng: np.random.Generator) -> np.ndarray:
    """As compressed, with more of the good ones: two thirds of quality 92..98."""
    return compressed(picture, scale, rng, bound=92)
