"""The faithful guarantee (doc/format.md, section 5) as a layer that gradients pass: what a net is trained through, so that it
learns what the passes do not do anyway.

Tensors are (N, 3, H, W), pixels 0..1. The passes are the page's, not rounded to whole numbers; which samples the halo guard
limits, and to what, is exactly the page's. faithful.py is the page in numpy.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

import faithful
import simulate

OWN = 0.1  # share of the loss that is on the net's own result: what the passes undo must not drift
NONE = -1000  # levels: below every sample
RIM = 2  # source samples at a patch's borders that the passes see falsely: what lay behind them was cut off


def matrix(rows: int, columns: int, entries: list[tuple[int, int, float]]) -> torch.Tensor:
    """(rows, columns) from (row, column, value); columns outside are the nearest one inside, values that meet are added."""
    dense = torch.zeros(rows, columns)
    for row, column, value in entries:
        dense[row, min(max(column, 0), columns - 1)] += value
    return dense


def shrinking(side: int, scale: int, kind: int) -> torch.Tensor:
    """(side, side * scale): D along one axis."""
    first, weights = faithful.shrinking(scale, kind)
    return matrix(side, side * scale, [(i, i * scale + first + j, w / 16384) for i in range(side) for j, w in enumerate(weights)])


def enlarging(side: int, scale: int, sharp: bool) -> torch.Tensor:
    """(side * scale, side): U along one axis."""
    phases = (simulate.SHARP if sharp else simulate.ANCHOR)[scale]
    return matrix(side * scale, side, [(i * scale + phase, i + first + j - 1, w / 4096)
                                       for i in range(side) for phase, (first, taps) in enumerate(phases) for j, w in enumerate(taps)])


def beside(p: torch.Tensor, dim: int, before: int, behind: int, value: int | None = None) -> torch.Tensor:
    """p with so many samples more on each side: the edges repeated, or of one value."""
    shape = list(p.shape)

    def more(edge: int, count: int) -> torch.Tensor:
        shape[dim] = count
        return p.narrow(dim, edge, 1).expand(shape) if value is None else p.new_full(shape, value)

    return torch.cat([more(0, before), p, more(p.shape[dim] - 1, behind)], dim)


def greatest_of(p: torch.Tensor, dim: int, count: int) -> torch.Tensor:
    """Greatest of each run of `count` samples: (..., n, ...) -> (..., n - count + 1, ...)."""
    have = 1
    while have < count:
        step = min(have, count - have)
        left = p.shape[dim] - step
        p = torch.maximum(p.narrow(dim, 0, left), p.narrow(dim, step, left))
        have += step
    return p


def greatest(p: torch.Tensor, dim: int, reach: int) -> torch.Tensor:
    """Greatest of the samples up to so many places away, edges repeated."""
    return greatest_of(beside(p, dim, reach, reach), dim, 2 * reach + 1)


def contrast7(p: torch.Tensor, dim: int) -> torch.Tensor:
    """Greatest less least of the seven samples around each."""
    return greatest(p, dim, faithful.CONTRAST_REACH) + greatest(-p, dim, faithful.CONTRAST_REACH)


def is_level(p: torch.Tensor, dim: int) -> torch.Tensor:
    """Which samples are like a plateau or between two, looking along a dimension."""
    first, last = faithful.PLATEAU_STARTS
    flat = greatest_of(p, dim, 4) + greatest_of(-p, dim, 4) <= faithful.FLAT // faithful.LEVEL

    def highest(levels: torch.Tensor) -> torch.Tensor:
        """Of the plateaus that start from first to last; below every sample where there is none."""
        starts = levels.narrow(dim, 0, flat.shape[dim]).masked_fill(~flat, NONE)
        return greatest_of(beside(starts, dim, -first, last + 3, NONE), dim, last - first + 1)

    slack = contrast7(p, dim) >> 3
    high, low = highest(p), -highest(-p)
    return (p >= low - slack) & (p <= high + slack) & (high > NONE)


def thin(p: torch.Tensor, dim: int) -> torch.Tensor:
    """Which samples stand out from both their neighbours."""
    padded, length = beside(p, dim, 1, 1), p.shape[dim]
    before, behind = padded.narrow(dim, 0, length), padded.narrow(dim, 2, length)
    out = torch.maximum(p - torch.maximum(before, behind), torch.minimum(before, behind) - p)
    return out >= faithful.THIN // faithful.LEVEL


@torch.no_grad()
def bounds(source: torch.Tensor, scale: int, kind: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The halo guard of 8-bit sources: least and greatest allowed of each sample, pixels 0..1. In levels of 8 bits, as the page's
    limits are whole ones."""
    p = torch.round(source * 255).short()
    lowest, highest = -greatest(greatest(-p, 2, 2), 3, 2), greatest(greatest(p, 2, 2), 3, 2)
    spread = highest - lowest
    tolerance = (1 + (spread >= faithful.GREAT_STEP // faithful.LEVEL).short()) * (spread > 0) * (kind != faithful.AREA)
    down, across = is_level(p, 2), is_level(p, 3)
    edge = faithful.EDGE // faithful.LEVEL
    edge_down = (contrast7(p, 2) >= edge) & ~thin(p, 3)
    edge_across = (contrast7(p, 3) >= edge) & ~thin(p, 2)
    guarded = (spread == 0) | (down & across) | (down & edge_down) | (across & edge_across)
    low = (lowest - tolerance).clamp(min=0).masked_fill(~guarded, 0)
    high = (highest + tolerance).clamp(max=255).masked_fill(~guarded, 255)
    return tuple(enlarged(bound.float() / 255, scale) for bound in (low, high))


def enlarged(p: torch.Tensor, scale: int) -> torch.Tensor:
    """Each sample as a square of them."""
    n, c, height, width = p.shape
    return p[..., None, :, None].expand(n, c, height, scale, width, scale).reshape(n, c, height * scale, width * scale)


def along_both(p: torch.Tensor, down: torch.Tensor, across: torch.Tensor) -> torch.Tensor:
    """Each column multiplied by a matrix, and each row by another."""
    return F.linear(F.linear(p, across).transpose(2, 3), down).transpose(2, 3)


def inside(large: torch.Tensor, scale: int) -> torch.Tensor:
    """A patch without the rim."""
    rim = RIM * scale
    return large[..., rim:-rim, rim:-rim]


class Guarantee(nn.Module):
    """(result, source) -> result within the guarantee of a net with this D and this many passes."""

    def __init__(self, scale: int, kind: int, passes: int) -> None:
        super().__init__()
        if kind == faithful.BLOCKS:
            raise ValueError("the passes for blocks are not made for training")
        self.scale, self.kind, self.passes = scale, kind, passes
        self.made: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def matrices(self, side: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """D and U along an axis of so many source samples."""
        if side not in self.made:
            pair = shrinking(side, self.scale, self.kind), enlarging(side, self.scale, self.kind == faithful.BICUBIC)
            self.made[side] = tuple(m.to(device) for m in pair)
        return self.made[side]

    def limits(self, source: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The halo guard's."""
        return bounds(source, self.scale, self.kind)

    def missing(self, result: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        """What D misses of the source."""
        (down, _), (across, _) = (self.matrices(side, source.device) for side in source.shape[2:])
        return source - along_both(result, down, across).clamp(0, 1)

    def correction(self, missing: torch.Tensor, last: bool) -> torch.Tensor:
        """It enlarged."""
        if self.kind == faithful.AREA and last:
            return enlarged(missing, self.scale)
        (_, down), (_, across) = (self.matrices(side, missing.device) for side in missing.shape[2:])
        return along_both(missing, down, across)

    def forward(self, result: torch.Tensor, source: torch.Tensor, limits: tuple[torch.Tensor, torch.Tensor] | None = None) -> torch.Tensor:
        """limits: what self.limits(source) gave, where one source has several results."""
        low, high = limits or self.limits(source)
        for turn in range(self.passes):
            moved = result + self.correction(self.missing(result, source), turn == self.passes - 1)
            result = torch.minimum(torch.maximum(moved, low), high)
        return result


def of_degradation(scale: int, name: str, passes: int) -> Guarantee | None:
    """That of the nets trained on a degradation (degrade.py); None for no passes."""
    if not passes:
        return None
    kinds = {"clean": faithful.BICUBIC, "screen": faithful.AREA}
    if name not in kinds:
        raise SystemExit(f"--passes: nets for {name} sources are not trained through the guarantee")
    return Guarantee(scale, kinds[name], passes)
