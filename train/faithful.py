"""The faithful guarantee, doc/format.md section 5: consistency passes and the halo guard, in numpy, by the page alone.

Written to be read. Pictures are int64 arrays (rows, columns, colours) of 16-bit values: `source` is x of the page, `large` y.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Callable

import numpy as np

BICUBIC, AREA, BLOCKS = 0, 1, 2
BLOCK = 8  # source samples of a block's side
LEVEL = 257  # of 8 bits
LOOSE = 128  # what a block's mean may be off, half a level
TOP = 65535
CONTRAST_REACH = 3  # samples to each side in which an edge is looked for
PLATEAU_STARTS = (-7, 4)  # from where to where a plateau may start
EDGE = 6168  # least contrast of an edge, 24 of 255 levels
THIN = 12336  # by how much a thin line stands out, 48 levels
FLAT = 514  # most that four samples of a plateau differ, 2 levels
GREAT_STEP = 61680  # a range with twice the tolerance
TOLERANCE = LEVEL

Enlarge = Callable[[np.ndarray, int, int, int, bool], np.ndarray]


def keys_cubic(t: Fraction) -> Fraction:
    """Keys' cubic, a = -0.5, at t >= 0."""
    if t <= 1:
        return Fraction(3, 2) * t**3 - Fraction(5, 2) * t**2 + 1
    if t < 2:
        return -Fraction(1, 2) * t**3 + Fraction(5, 2) * t**2 - 4 * t + 2
    return Fraction(0)


def overlap(t: Fraction, scale: int) -> Fraction:
    """The part of the sample at t, one wide, that lies under a large sample's square at 0."""
    half = Fraction(1, 2)
    return max(Fraction(0), min(t + half, Fraction(scale, 2)) - max(t - half, -Fraction(scale, 2)))


def shrinking(scale: int, kind: int) -> tuple[int, list[int]]:
    """First sample (of source coordinate 0) and integer weights of D along one axis, which sum to 16384."""
    centre = Fraction(scale - 1, 2)
    exact = {}
    for k in range(-3 * scale, 4 * scale):
        t = k - centre
        exact[k] = overlap(t, scale) if kind == AREA else keys_cubic(abs(t) / scale)
    used = [k for k, weight in exact.items() if weight]
    exact = {k: exact[k] for k in range(used[0], used[-1] + 1)}
    total = sum(exact.values())
    weights = [int((weight / total * 16384 + Fraction(1, 2)) // 1) for weight in exact.values()]
    weights[weights.index(max(weights))] += 16384 - sum(weights)
    return used[0], weights


def shrink_rows(large: np.ndarray, scale: int, kind: int) -> np.ndarray:
    """D down the columns: (s*n, ...) -> (n, ...), edges repeated, not yet cut to 16 bits."""
    first, weights = shrinking(scale, kind)
    start = np.arange(large.shape[0] // scale) * scale + first
    total = sum(w * large[np.clip(start + j, 0, large.shape[0] - 1)] for j, w in enumerate(weights))
    return (total + 8192) >> 14


def shrink(large: np.ndarray, scale: int, kind: int) -> np.ndarray:
    """D: down the columns, then along the rows."""
    columns = shrink_rows(large, scale, kind)
    return np.clip(shrink_rows(columns.transpose(1, 0, 2), scale, kind).transpose(1, 0, 2), 0, TOP)


def block_offsets(source: np.ndarray, large: np.ndarray, low: np.ndarray, high: np.ndarray, scale: int) -> np.ndarray:
    """For each sample of y what its block must move, where the mean is off by more than LOOSE."""
    offsets = np.zeros_like(large)
    for y in range(0, source.shape[0], BLOCK):
        for x in range(0, source.shape[1], BLOCK):
            given = source[y : y + BLOCK, x : x + BLOCK]
            there = np.s_[scale * y : scale * (y + BLOCK), scale * x : scale * (x + BLOCK)]
            made = np.clip(large[there], low[there], high[there])
            count = made.shape[0] * made.shape[1]
            missing = scale * scale * given.sum(axis=(0, 1)) - made.sum(axis=(0, 1))
            beyond = np.maximum(np.abs(missing) - LOOSE * count, 0)
            room = np.where(missing > 0, (made < high[there]).sum(axis=(0, 1)), (made > low[there]).sum(axis=(0, 1)))
            moved = np.minimum((beyond + room - 1) // np.maximum(room, 1), TOP)
            offsets[there] = np.where(room > 0, np.sign(missing) * moved, 0)
    return offsets


def missing_enlarged(source: np.ndarray, large: np.ndarray, scale: int, kind: int, enlarge_rows: Enlarge) -> np.ndarray:
    """What D misses of the source, enlarged."""
    rows = enlarge_rows(source - shrink(large, scale, kind), scale, 2048, 12, kind == BICUBIC)
    return enlarge_rows(rows.transpose(1, 0, 2), scale, 2048, 12, kind == BICUBIC).transpose(1, 0, 2)


def neighbours(p: np.ndarray, reach: int) -> np.ndarray:
    """p(i - reach) ... p(i + reach) along the first axis, edges repeated, stacked in front."""
    places = np.arange(p.shape[0])
    return np.stack([p[np.clip(places + o, 0, p.shape[0] - 1)] for o in range(-reach, reach + 1)])


def range_5x5(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of the 5x5 samples around each."""
    least = neighbours(neighbours(p, 2).min(axis=0).transpose(1, 0, 2), 2).min(axis=0).transpose(1, 0, 2)
    greatest = neighbours(neighbours(p, 2).max(axis=0).transpose(1, 0, 2), 2).max(axis=0).transpose(1, 0, 2)
    return least, greatest


def contrast7(p: np.ndarray) -> np.ndarray:
    """Greatest less least of the seven samples around each, along the first axis."""
    near = neighbours(p, CONTRAST_REACH)
    return near.max(axis=0) - near.min(axis=0)


def is_level(p: np.ndarray) -> np.ndarray:
    """Which samples are like a plateau or between two, looking along the first axis."""
    length = p.shape[0]
    contrast = contrast7(p)
    found = np.zeros(p.shape, bool)
    for i in range(length):
        levels = []
        for start in range(max(i + PLATEAU_STARTS[0], 0), min(i + PLATEAU_STARTS[1], length - 4) + 1):
            four = p[start : start + 4]
            flat = four.max(axis=0) - four.min(axis=0) <= FLAT
            levels.append(np.where(flat, four[0], -1))
        if levels:
            highest = np.max(levels, axis=0)
            lowest = np.min([np.where(level < 0, TOP + 1, level) for level in levels], axis=0)
            slack = contrast[i] >> 3
            found[i] = (highest >= 0) & (p[i] >= lowest - slack) & (p[i] <= highest + slack)
    return found


def thin(p: np.ndarray) -> np.ndarray:
    """Which samples stand out from both their neighbours along the first axis."""
    before, _, behind = neighbours(p, 1)
    return (p - np.maximum(before, behind) >= THIN) | (np.minimum(before, behind) - p >= THIN)


def bounds(source: np.ndarray, scale: int, kind: int) -> tuple[np.ndarray, np.ndarray]:
    """The halo guard: least and greatest allowed of each sample of y, limited where it belongs to a source sample in a flat
    area or on the flat side of an edge."""
    least, greatest = range_5x5(source)
    spread = greatest - least
    tolerance = np.where(spread == 0, 0, np.where(spread >= GREAT_STEP, 2 * TOLERANCE, TOLERANCE)) * (kind != AREA)
    turned = source.transpose(1, 0, 2)
    down, across = is_level(source), is_level(turned).transpose(1, 0, 2)
    edge_down = (contrast7(source) >= EDGE) & ~thin(turned).transpose(1, 0, 2)
    edge_across = (contrast7(turned).transpose(1, 0, 2) >= EDGE) & ~thin(source)
    guarded = (greatest == least) | (down & across) | (down & edge_down) | (across & edge_across)
    low = np.where(guarded, np.clip(least - tolerance, 0, TOP), 0)
    high = np.where(guarded, np.clip(greatest + tolerance, 0, TOP), TOP)
    return low.repeat(scale, axis=0).repeat(scale, axis=1), high.repeat(scale, axis=0).repeat(scale, axis=1)


def faithful(source: np.ndarray, z: np.ndarray, scale: int, kind: int, passes: int, enlarge_rows: Enlarge) -> np.ndarray:
    """The colours' z of section 2, in 1/64 of a 16-bit level -> z = 64 y after the passes, each within the guard.

    enlarge_rows is simulate.enlarge_rows: the anchor's taps, or sharper ones, along a row.
    """
    large = np.clip((z + 32) >> 6, 0, TOP)
    low, high = bounds(source, scale, kind)
    for turn in range(passes):
        if kind == BLOCKS:
            correction = block_offsets(source, large, low, high, scale)
        elif kind == AREA and turn == passes - 1:
            correction = (source - shrink(large, scale, kind)).repeat(scale, axis=0).repeat(scale, axis=1)
        else:
            correction = missing_enlarged(source, large, scale, kind, enlarge_rows)
        large = np.clip(large + correction, low, high)
    return 64 * large
