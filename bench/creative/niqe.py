"""NIQE: how unlike the statistics of pristine photographs a picture is, without a truth to compare with; lower is better.

A. Mittal, R. Soundararajan, A. C. Bovik, 2013, "Making a completely blind image quality analyzer". The pristine parameters are those
of the authors, as PyPI's basicsr ships them (metrics/niqe_pris_params.npz).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

BLOCK = 96
SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
SHAPES = np.arange(0.2, 10.001, 0.001)
GAMMA = np.vectorize(math.gamma)
RATIOS = GAMMA(2 / SHAPES) ** 2 / (GAMMA(1 / SHAPES) * GAMMA(3 / SHAPES))


def luma(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> (H, W) float64, BT.601, whole levels."""
    return np.round(16 + picture.astype(np.float64) @ np.array([65.481, 128.553, 24.966]) / 255)


def smooth(plane: np.ndarray) -> np.ndarray:
    """7x7 Gaussian, sigma 7/6, borders repeated."""
    taps = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
    taps /= taps.sum()
    padded = np.pad(plane, 3, mode="edge")
    rows = sum(t * padded[i : i + plane.shape[0]] for i, t in enumerate(taps))
    return sum(t * rows[:, i : i + plane.shape[1]] for i, t in enumerate(taps))


def contrast_normalised(plane: np.ndarray) -> np.ndarray:
    """Mean subtracted, divided by the local deviation + 1."""
    mean = smooth(plane)
    return (plane - mean) / (np.sqrt(np.abs(smooth(plane**2) - mean**2)) + 1)


def asymmetric_fit(values: np.ndarray) -> tuple[float, float, float]:
    """(shape, left scale, right scale) of the asymmetric generalised Gaussian with the same moments."""
    left = math.sqrt(np.mean(values[values < 0] ** 2)) if (values < 0).any() else 1e-9
    right = math.sqrt(np.mean(values[values > 0] ** 2)) if (values > 0).any() else 1e-9
    g = left / right
    ratio = np.mean(np.abs(values)) ** 2 / (np.mean(values**2) + 1e-12) * (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
    shape = SHAPES[np.argmin((RATIOS - ratio) ** 2)]
    scale = math.sqrt(math.gamma(1 / shape) / math.gamma(3 / shape))
    return shape, left * scale, right * scale


def features(block: np.ndarray) -> list[float]:
    """18 figures of one block of contrast-normalised luma."""
    shape, left, right = asymmetric_fit(block)
    found = [shape, (left + right) / 2]
    for shift in SHIFTS:
        shape, left, right = asymmetric_fit(block * np.roll(block, shift, axis=(0, 1)))
        found += [shape, (right - left) * math.gamma(2 / shape) / math.gamma(1 / shape), left, right]
    return found


def halved(plane: np.ndarray) -> np.ndarray:
    """Antialiased bicubic, as bench and training shrink."""
    import degrade

    return degrade.resample(plane[..., None], plane.shape[0] // 2, plane.shape[1] // 2)[..., 0].astype(np.float64)


def niqe(picture: np.ndarray, parameters: Path) -> float:
    """Of one (H, W, 3) uint8 picture of at least two blocks."""
    known = np.load(parameters)
    plane = luma(picture)
    plane = plane[: plane.shape[0] // BLOCK * BLOCK, : plane.shape[1] // BLOCK * BLOCK]
    scales = []
    for level in (1, 2):
        even, side = contrast_normalised(plane), BLOCK // level
        scales.append([features(even[y : y + side, x : x + side]) for y in range(0, even.shape[0], side) for x in range(0, even.shape[1], side)])
        plane = halved(plane)
    found = np.hstack(scales)
    difference = np.ravel(known["mu_pris_param"]) - np.nanmean(found, axis=0)
    covariance = (known["cov_pris_param"] + np.cov(found[~np.isnan(found).any(axis=1)], rowvar=False)) / 2
    return float(np.sqrt(difference @ np.linalg.pinv(covariance) @ difference))
