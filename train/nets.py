"""The float nets: plain 3x3 convolutions at input resolution, ReLU, optional skips, pixel shuffle, bicubic anchor.

Tensors are (N, C, H, W). Pixels are 0..1. The training form of a layer may have more parameters than the shipped one; its
`effective` weight is always one plain 3x3 convolution, which is all that is exported and quantised.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

import winograd


def multiplies_bfloat16() -> bool:
    """Whether this CPU does. Older PyTorch, such as Debian 12's 1.13, can't tell; there it is not made use of."""
    known = getattr(torch.cpu, "_is_avx512_bf16_supported", None) if hasattr(torch, "cpu") else None
    return bool(known and known())


@dataclass(frozen=True)
class Architecture:
    """width: channels of head and body; skips[i]: how many layers before body layer i lies the one whose output it adds
    (0 none). Layer 0 is the head, layers 1..len(skips) the body, the last the tail with 3*scale**2 channels."""

    scale: int
    width: int
    skips: tuple[int, ...]

    @property
    def layers(self) -> list[tuple[int, int, int]]:
        """(input channels, output channels, skip) of every layer in order."""
        body = [(self.width, self.width, skip) for skip in self.skips]
        return [(3, self.width, 0), *body, (self.width, 3 * self.scale**2, 0)]

    @property
    def macs(self) -> int:
        """Multiply-adds per input pixel."""
        return sum(9 * cin * cout for cin, cout, _ in self.layers)


EFFORTS = {"fast": (32, (0,) * 5), "standard": (32, (0,) * 15), "best": (64, (0,) * 32)}


def architecture(effort: str, scale: int) -> Architecture:
    """The family's net of one effort at one scale."""
    width, skips = EFFORTS[effort]
    return Architecture(scale, width, skips)


def keys(t: float) -> float:
    """Keys' cubic kernel, a = -0.5."""
    t = abs(t)
    return 1.5 * t**3 - 2.5 * t**2 + 1 if t <= 1 else (-0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0)


def anchor_taps(scale: int) -> torch.Tensor:
    """(scale, 5): weights of the source samples x-2..x+2 for each phase of the enlargement."""
    taps = torch.zeros(scale, 5)
    for phase in range(scale):
        centre = (2 * phase + 1 - scale) / (2 * scale)
        for k in range(5):
            taps[phase, k] = keys(k - 2 - centre)
    return taps


class Anchor(nn.Module):
    """Bicubic enlargement (N, 3, H, W) -> (N, 3, sH, sW); with `valid` the 2-pixel rim of the source is given up."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.taps = anchor_taps(scale).tolist()

    def rows(self, x: torch.Tensor) -> torch.Tensor:
        """(..., W + 4) -> (..., W * scale), the last dimension enlarged."""
        width = x.shape[-1] - 4
        phases = [sum(tap * x[..., k : k + width] for k, tap in enumerate(taps) if tap) for taps in self.taps]
        return torch.stack(phases, dim=-1).flatten(-2)

    def forward(self, x: torch.Tensor, valid: bool = False) -> torch.Tensor:
        padded = x if valid else F.pad(x, (2, 2, 2, 2), mode="replicate")
        wide = self.rows(padded.contiguous())
        return self.rows(wide.transpose(2, 3).contiguous()).transpose(2, 3)


class Layer(nn.Module):
    """One 3x3 convolution in its training form.

    effective weight = direct + (1x1 after 3x3 through `expand` channels, composed in weight space) + identity on the
    centre tap; with `zero_sum` the mean of the nine taps of each (output, input) pair is then subtracted.
    (S. Bhardwaj et al., 2021, "Collapsible linear blocks for super-efficient super resolution".)
    """

    def __init__(self, cin: int, cout: int, expand: int, identity: bool, zero_sum: bool, gain: float = 1.0) -> None:
        super().__init__()
        self.zero_sum = zero_sum
        self.direct = nn.Parameter(torch.empty(cout, cin, 3, 3))
        self.bias = nn.Parameter(torch.zeros(cout))
        nn.init.kaiming_normal_(self.direct)
        with torch.no_grad():
            self.direct.mul_(gain)
        if expand:
            self.inner = nn.Parameter(torch.empty(expand, cin, 3, 3))
            self.outer = nn.Parameter(torch.empty(cout, expand))
            nn.init.normal_(self.inner, std=(2 / (9 * cin)) ** 0.5)
            nn.init.normal_(self.outer, std=gain * (1 / expand) ** 0.5)
            with torch.no_grad():
                self.direct.mul_(0.5)
                self.outer.mul_(0.5)
        self.expand = expand
        self.identity = identity

    def effective(self) -> torch.Tensor:
        """(cout, cin, 3, 3)"""
        weight = self.direct
        if self.expand:
            weight = weight + (self.outer @ self.inner.flatten(1)).view_as(weight)
        if self.identity:
            centre = torch.zeros_like(weight)
            centre[:, :, 1, 1] = torch.eye(weight.shape[0], device=weight.device)
            weight = weight + centre
        if self.zero_sum:
            weight = weight - weight.mean(dim=(2, 3), keepdim=True)
        return weight


def middle(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Cut the rim of x so that it has the height and width of `like`."""
    rim = (x.shape[2] - like.shape[2]) // 2
    return x[:, :, rim : x.shape[2] - rim, rim : x.shape[3] - rim] if rim else x


class Net(nn.Module):
    """(N, 3, H, W) -> (N, 3, sH, sW). With `valid` the convolutions do not pad and the result is smaller by
    2*scale*len(layers) pixels: training on patches without false borders. border: how F.pad pads ("constant" only to
    measure what repeating the edge costs). winograd: body and tail by winograd.py, where neither `valid` nor `half`."""

    def __init__(self, arch: Architecture, expand: int = 0, identity: bool = False, zero_sum: bool = True) -> None:
        super().__init__()
        self.arch = arch
        self.border = "replicate"
        self.winograd = False
        self.anchor = Anchor(arch.scale)
        last = len(arch.layers) - 1
        self.layers = nn.ModuleList(
            Layer(cin, cout, expand, identity and 0 < i < last and skip == 0, zero_sum and i == 0,
                  0.1 if i == last else (0.3 if skip or (identity and i) else 1.0))
            for i, (cin, cout, skip) in enumerate(arch.layers)
        )

    def residual(self, x: torch.Tensor, valid: bool = False, half: bool = False, answers: list[torch.Tensor] | None = None) -> torch.Tensor:
        """What the net adds to the anchor. With `half` body and tail run in bfloat16 (the head, which takes small
        differences of pixels, never does). answers: gets the result of each layer."""
        outputs: list[torch.Tensor] = [] if answers is None else answers
        a = x
        for i, (layer, (_, _, skip)) in enumerate(zip(self.layers, self.arch.layers)):
            weight, bias = layer.effective(), layer.bias
            last = i == len(self.layers) - 1
            if self.winograd and i and not valid and not half:
                a = winograd.convolution(a, weight, bias, outputs[i - skip] if skip else None, not last, self.border == "replicate")
                outputs.append(a)
                continue
            if half and i:
                weight, bias = weight.bfloat16(), bias.bfloat16()
            weight = weight.contiguous(memory_format=torch.channels_last)
            if valid or self.border != "constant":
                a = F.conv2d(a if valid else F.pad(a, (1, 1, 1, 1), mode=self.border), weight, bias)
            else:
                a = F.conv2d(a, weight, bias, padding=1)
            if skip:
                a = a + middle(outputs[i - skip], a)
            if not last:
                a = F.relu(a)
                if half and i == 0:
                    a = a.bfloat16()
                outputs.append(a)
        return F.pixel_shuffle(a.float(), self.arch.scale)

    def forward(self, x: torch.Tensor, valid: bool = False, half: bool = False) -> torch.Tensor:
        t = self.residual(x, valid, half)
        return t + middle(self.anchor(x, valid), t)

    def plain(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Effective (weight, bias) of every layer, detached."""
        return [(layer.effective().detach().clone(), layer.bias.detach().clone()) for layer in self.layers]


def plain_net(arch: Architecture, weights: list[tuple[torch.Tensor, torch.Tensor]], expand: int = 0,
              identity: bool = False) -> Net:
    """A net whose effective weights are the given ones. Extra parameters of the training form start where `Net` starts
    them; the direct weight takes up the difference."""
    net = Net(arch, expand, identity)
    with torch.no_grad():
        for layer, (weight, bias) in zip(net.layers, weights):
            layer.direct.add_(weight - layer.effective())
            layer.bias.copy_(bias)
    return net


def grown(arch: Architecture, source: Architecture, weights: list[tuple[torch.Tensor, torch.Tensor]]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weights of a deeper net that computes what a shallower one of the same width does. The new layers are the identity
    (outputs are never negative, so ReLU(x) = x) and spread evenly between the old ones; neither net has skips."""
    if arch.skips == source.skips:
        return weights
    deep, shallow = len(arch.skips), len(source.skips)
    if any(arch.skips) or any(source.skips) or deep < shallow or arch.width != source.width:
        raise ValueError("can only grow a net without skips into a deeper one of the same width")
    body = [(torch.zeros(arch.width, arch.width, 3, 3), torch.zeros(arch.width)) for _ in range(deep)]
    for weight, _ in body:
        weight[:, :, 1, 1] = torch.eye(arch.width)
    for i, layer in enumerate(weights[1:-1]):
        body[(2 * i + 1) * deep // (2 * shallow)] = layer
    return [weights[0], *body, weights[-1]]


def rescaled(arch: Architecture, weights: list[tuple[torch.Tensor, torch.Tensor]], scale: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weights trained at `scale` with the tail made for arch.scale: each phase is mixed from the nearest ones (linear in the
    place of its centre)."""
    if scale == arch.scale:
        return weights
    mix = torch.zeros(arch.scale, scale)
    for phase in range(arch.scale):
        place = min(max((phase + 0.5) * scale / arch.scale - 0.5, 0.0), scale - 1.0)
        below = min(int(place), scale - 2)
        mix[phase, below], mix[phase, below + 1] = below + 1 - place, place - below
    weight, bias = weights[-1]
    spread = torch.einsum("yp,xq,cpq...->cyx...", mix, mix, weight.unflatten(0, (3, scale, scale))).flatten(0, 2)
    return [*weights[:-1], (spread, torch.einsum("yp,xq,cpq->cyx", mix, mix, bias.view(3, scale, scale)).flatten())]


@torch.no_grad()
def silent(net: Net, pixels: torch.Tensor, share: float = 0.005) -> list[int]:
    """How many channels of each layer but the last answer at fewer than `share` of the places in `pixels` (N, 3, H, W)."""
    answers: list[torch.Tensor] = []
    net.residual(pixels, answers=answers)
    return [int(((a > 0).float().mean(dim=(0, 2, 3)) < share).sum()) for a in answers[: len(net.layers) - 1]]


@torch.no_grad()
def revived(arch: Architecture, weights: list[tuple[torch.Tensor, torch.Tensor]], pixels: torch.Tensor,
            share: float = 0.02) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weights in which each channel that answers at fewer than `share` of the places in `pixels` (N, 3, H, W) starts
    anew: random taps as strong as its neighbours', a bias that lets 40 % through, and nothing yet of it in the next layer,
    so that the rest of the net goes on as before. Nets without skips only."""
    if any(arch.skips):
        raise ValueError("only nets without skips")
    fresh = [(weight.clone(), bias.clone()) for weight, bias in weights]
    a = pixels
    for i, (weight, bias) in enumerate(fresh[:-1]):
        padded = F.pad(a, (1, 1, 1, 1), mode="replicate")
        dead = (F.conv2d(padded, weight, bias) > 0).float().mean(dim=(0, 2, 3)) < share
        norms = weight.flatten(1).norm(dim=1)
        taps = torch.randn_like(weight)
        if i == 0:
            taps -= taps.mean(dim=(2, 3), keepdim=True)
        taps *= (norms[~dead].median() / taps.flatten(1).norm(dim=1)).view(-1, 1, 1, 1)
        weight[dead] = taps[dead]
        z = F.conv2d(padded, weight).transpose(0, 1).flatten(1)
        bias[dead] = -z.kthvalue(int(0.6 * z.shape[1]), dim=1).values[dead]
        fresh[i + 1][0][:, dead] = 0
        a = F.relu(F.conv2d(padded, weight, bias))
    return fresh
