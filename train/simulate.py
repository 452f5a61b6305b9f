"""A second decoder: a `.fovea` file and a picture -> every layer and the result, by doc/format.md alone.

Written to be read. Convolutions run in float64 on integers, which is exact below 2^53. Arrays are (H, W, C).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable

import numpy as np
import torch
import torch.nn.functional as F

import faithful
import modelfile

ANCHOR = {
    2: [(-1, (-96, 928, 3552, -288)), (0, (-288, 3552, 928, -96))],
    3: [(-1, (-152, 1365, 3186, -303)), (0, (0, 4096, 0, 0)), (0, (-303, 3186, 1365, -152))],
    4: [(-1, (-180, 1596, 2980, -300)), (-1, (-28, 372, 3948, -196)), (0, (-196, 3948, 372, -28)),
        (0, (-300, 2980, 1596, -180))],
}
SHARP = {  # the same places, Keys' cubic with a = -2
    2: [(-1, (-384, 1792, 3840, -1152)), (0, (-1152, 3840, 1792, -384))],
    3: [(-1, (-607, 2276, 3641, -1214)), (0, (0, 4096, 0, 0)), (0, (-1214, 3641, 2276, -607))],
    4: [(-1, (-720, 2496, 3520, -1200)), (-1, (-112, 960, 4032, -784)), (0, (-784, 4032, 960, -112)),
        (0, (-1200, 3520, 2496, -720))],
}


@dataclass
class Simulation:
    """activations: output of each layer, (H, W, cout), uint8 for head and body, int32 for the tail, of an ensemble those of the net as
    it is in the file; result: the picture."""

    activations: list[np.ndarray]
    result: np.ndarray


def convolve(layer: modelfile.IntegerLayer, a: np.ndarray) -> np.ndarray:
    """Bias plus 3x3 sums with repeated edges: (H, W, cin) -> (H, W, cout) int64."""
    plane = torch.from_numpy(a.astype(np.float64)).permute(2, 0, 1)[None]
    weight = torch.from_numpy(layer.weight.astype(np.float64)).permute(0, 3, 1, 2).contiguous()
    sums = F.conv2d(F.pad(plane, (1, 1, 1, 1), mode="replicate"), weight)[0].permute(1, 2, 0)
    return sums.numpy().astype(np.int64) + layer.bias


def apply_layer(layer: modelfile.IntegerLayer, a: np.ndarray, skipped: np.ndarray | None) -> np.ndarray:
    """One layer: (H, W, cin) -> (H, W, cout), uint8, or int32 for the tail."""
    acc = convolve(layer, a)
    if skipped is not None:
        acc = acc + layer.multiplier.astype(np.int64) * skipped
    r = acc.astype(np.float32) * layer.scale
    if layer.kind == modelfile.TAIL:
        return np.rint(r).astype(np.int32)
    zp = np.float32(layer.zero_point)
    return (np.rint(np.clip(r, -zp, np.float32(127) - zp)) + zp).astype(np.uint8)


def run_layers(net: modelfile.IntegerNet, a: np.ndarray) -> list[np.ndarray]:
    """All layers on 12-bit pixels (H, W, 3)."""
    outputs: list[np.ndarray] = []
    for i, layer in enumerate(net.layers):
        skipped = outputs[i - layer.skip].astype(np.int64) if layer.skip else None
        outputs.append(apply_layer(layer, a, skipped))
        a = outputs[-1]
    return outputs


def mirrored(square: np.ndarray, way: int) -> np.ndarray:
    """(n, n, ...) whose two first axes are mirrored in one of eight ways: by bits of `way` left to right, top to bottom, swapped."""
    y, x = np.mgrid[: square.shape[0], : square.shape[0]]
    y = square.shape[0] - 1 - y if way & 2 else y
    x = square.shape[0] - 1 - x if way & 1 else x
    return square[x, y] if way & 4 else square[y, x]


def mirrored_net(net: modelfile.IntegerNet, way: int) -> modelfile.IntegerNet:
    """The net with its taps, and the tail's phases, mirrored."""

    def by_phase(values: np.ndarray) -> np.ndarray:
        phases = values.reshape(net.scale, net.scale, 3, *values.shape[1:])
        return mirrored(phases, way).reshape(values.shape)

    layers = []
    for layer in net.layers:
        weight = mirrored(layer.weight.transpose(1, 2, 0, 3), way).transpose(2, 0, 1, 3)
        if layer.kind == modelfile.TAIL:
            layers.append(replace(layer, weight=by_phase(weight), bias=by_phase(layer.bias), scale=by_phase(layer.scale)))
        else:
            layers.append(replace(layer, weight=weight))
    return replace(net, layers=layers)


def tail_of(net: modelfile.IntegerNet, a: np.ndarray) -> np.ndarray:
    """What the net adds, (H, W, 3*s*s) int64, on 12-bit pixels: its tail, or of an ensemble the mean of all eight."""
    if not net.ensemble:
        return run_layers(net, a)[-1].astype(np.int64)
    return (sum(run_layers(mirrored_net(net, way), a)[-1].astype(np.int64) for way in range(8)) + 4) >> 3


def constant_tail(net: modelfile.IntegerNet) -> np.ndarray:
    """The tail's answer to a constant picture, (3*s*s) int32: zero in a file that a loader accepts."""
    return run_layers(net, np.zeros((1, 1, 3)))[-1][0, 0]


def enlarge_rows(p: np.ndarray, scale: int, add: int, shift: int, sharp: bool = False) -> np.ndarray:
    """(H, W, C) int64 -> (H, W*scale, C): four taps along the row, edges repeated."""
    width = p.shape[1]
    large = np.empty((p.shape[0], width * scale, p.shape[2]), np.int64)
    for phase, (first, taps) in enumerate((SHARP if sharp else ANCHOR)[scale]):
        total = sum(tap * p[:, np.clip(np.arange(width) + first + j - 1, 0, width - 1)] for j, tap in enumerate(taps))
        large[:, phase::scale] = (total + add) >> shift
    return large


def anchor(p: np.ndarray, scale: int) -> np.ndarray:
    """(H, W, C) 16-bit values -> (sH, sW, C) int64 in 1/64 of a 16-bit level."""
    rows = enlarge_rows(p.astype(np.int64), scale, 32, 6)
    return enlarge_rows(rows.transpose(1, 0, 2), scale, 2048, 12).transpose(1, 0, 2)


def alpha_kinds(alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the 3x3 values around each of (H, W) are one value, and where they are the stairs of a mask without soft edges."""
    height, width = alpha.shape
    padded = np.pad(alpha, 1, mode="edge")
    around = np.array([[padded[j : j + height, k : k + width] for k in range(3)] for j in range(3)])
    flat = (around == around[0, 0]).all(axis=(0, 1))
    hard = ((around == 0) | (around == 65535)).all(axis=(0, 1))
    straight = (around == around[:1]).all(axis=(0, 1)) | (around == around[:, :1]).all(axis=(0, 1))
    return flat, hard & ~straight


def fill_hidden(p: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """16-bit colours (H, W, C) with those under alpha 0 replaced by the mean of their visible neighbours; alpha (H, W)."""
    filled = p.astype(np.int64).copy()
    visible = alpha > 0
    for y, x in np.argwhere(~visible):
        filled[y, x] = 0
        for r in range(1, 5):
            window = (slice(max(0, y - r), y + r + 1), slice(max(0, x - r), x + r + 1))
            n = int(visible[window].sum())
            if n:
                filled[y, x] = (p[window][visible[window]].astype(np.int64).sum(axis=0) + n // 2) // n
                break
    return filled


def rounded(z: np.ndarray, wide: bool) -> np.ndarray:
    """1/64 of a 16-bit level -> uint16 or uint8."""
    if wide:
        return np.clip((z + 32) >> 6, 0, 65535).astype(np.uint16)
    return ((np.clip(z, 0, 4194240) + 8224) // 16448).astype(np.uint8)


def shuffle(t: np.ndarray, scale: int) -> np.ndarray:
    """(H, W, 3*s*s) -> (sH, sW, 3), channel (dy*s + dx)*3 + c."""
    height, width, _ = t.shape
    blocks = t.reshape(height, width, scale, scale, 3).transpose(0, 2, 1, 3, 4)
    return blocks.reshape(height * scale, width * scale, 3)


def with_alpha(z: np.ndarray, alpha: np.ndarray, enlarge: Callable[[np.ndarray], np.ndarray], scale: int) -> np.ndarray:
    """z of the colours with that of alpha (H, W, 1) behind it; enlarge gives z of three colours, here of a grey picture."""
    flat, stair = (kind.repeat(scale, axis=0).repeat(scale, axis=1)[..., None] for kind in alpha_kinds(alpha[..., 0]))
    own = to_grey(enlarge(np.repeat(alpha, 3, axis=2)))
    same = 64 * alpha.repeat(scale, axis=0).repeat(scale, axis=1)
    return np.concatenate([z, np.where(flat, same, np.where(stair, anchor(alpha, scale), own))], axis=2)


def to_grey(z: np.ndarray) -> np.ndarray:
    """(H, W, 3) -> (H, W, 1)"""
    return (z[..., 0:1] + 2 * z[..., 1:2] + z[..., 2:3] + 2) >> 2


def simulate(content: bytes, picture: np.ndarray, net_alone: bool = True) -> Simulation:
    """Run a file on a picture (H, W, C), uint8 or uint16, C = 1 grey, 2 grey+alpha, 3 RGB, 4 RGB+alpha.

    net_alone: what the net gives, as training sees it. Otherwise the faithful mode of the format's section 5, if K > 0.
    """
    net = modelfile.read(content)
    scale, channels, wide = net.scale, picture.shape[2], picture.dtype == np.uint16
    colour, alpha = picture.astype(np.int64) * (1 if wide else 257), None
    if channels in (2, 4):
        colour, alpha = colour[..., :-1], colour[..., -1:]
        colour = fill_hidden(colour, alpha[..., 0])
    p = colour if colour.shape[2] == 3 else np.repeat(colour, 3, axis=2)
    activations = run_layers(net, p >> 4)

    def enlarge(p: np.ndarray, tail: np.ndarray | None = None) -> np.ndarray:
        tail = tail_of(net, p >> 4) if tail is None or net.ensemble else tail.astype(np.int64)
        z = anchor(p, scale) + shuffle(tail, scale)
        return z if net_alone or not net.passes else faithful.faithful(p, z, scale, net.shrinking, net.passes, enlarge_rows)

    z = enlarge(p, activations[-1])
    if colour.shape[2] == 1:
        z = to_grey(z)
    if alpha is not None:
        z = with_alpha(z, alpha, enlarge, scale)
    return Simulation(activations, rounded(z, wide))
