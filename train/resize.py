"""A result of any size, doc/format.md section 6, in numpy, by the page alone."""

from __future__ import annotations

import math

import numpy as np

TOP = 65535


def cubic(t: float) -> float:
    """Keys' cubic, a = -0.5, in the page's order of operations."""
    t = abs(t)
    if t <= 1:
        return (1.5 * t - 2.5) * t * t + 1
    if t < 2:
        return ((-0.5 * t + 2.5) * t - 4) * t + 2
    return 0.0


def covered(t: float, factor: float) -> float:
    """The part of a sample at t, one wide, that a result sample `factor` wide covers."""
    return max(min(t + 0.5, factor / 2) - max(t - 0.5, -factor / 2), 0.0)


def taps(there: int, wanted: int, i: int, area: bool) -> tuple[int, list[int]]:
    """First sample and weights, which sum to 16384, of sample i of `wanted` out of `there`."""
    factor = there / wanted
    centre = (i + 0.5) * factor - 0.5
    if area:
        first = math.floor(centre - factor / 2 + 0.5)
        exact = [covered(first + k - centre, factor) for k in range(math.floor(factor) + 2)]
    else:
        first = math.floor(centre - 2 * factor + 0.5)
        exact = [cubic((first + k - centre) / factor) for k in range(math.floor(4 * factor) + 2)]
    total = 0.0
    for weight in exact:
        total += weight
    weights = [math.floor(weight / total * 16384 + 0.5) for weight in exact]
    weights[weights.index(max(weights))] += 16384 - sum(weights)
    return first, weights


def weigh_rows(picture: np.ndarray, wanted: int, area: bool) -> np.ndarray:
    """(rows, ...) int64 -> (wanted, ...), not yet cut to 16 bits; samples beyond the border repeat it."""
    rows = []
    for i in range(wanted):
        first, weights = taps(picture.shape[0], wanted, i, area)
        inside = np.clip(np.arange(first, first + len(weights)), 0, picture.shape[0] - 1)
        rows.append((sum(w * picture[row] for w, row in zip(weights, inside)) + 8192) >> 14)
    return np.stack(rows)


def resize(result: np.ndarray, width: int, height: int, wide: bool, area: bool) -> np.ndarray:
    """A 16-bit result (rows, columns, channels) at another size, by area averages or bicubic, as u16 or, not wide, as u8."""
    down = weigh_rows(result.astype(np.int64), height, area)
    across = weigh_rows(down.transpose(1, 0, 2), width, area).transpose(1, 0, 2)
    cut = np.clip(across, 0, TOP)
    return cut.astype(np.uint16) if wide else ((cut + 128) // 257).astype(np.uint8)
