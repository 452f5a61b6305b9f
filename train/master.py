"""The float master of a net: a .safetensors file with `layers.I.weight` (cout, cin, 3, 3) and `layers.I.bias` (cout), the
plain effective convolutions in units of pixels 0..1, and the architecture in its metadata."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

import nets

Weights = list[tuple[torch.Tensor, torch.Tensor]]


def save(path: Path, arch: nets.Architecture, weights: Weights, facts: dict[str, str]) -> None:
    """Write a master, whole or not at all."""
    tensors = {}
    for i, (weight, bias) in enumerate(weights):
        tensors[f"layers.{i}.weight"] = weight.float().contiguous()
        tensors[f"layers.{i}.bias"] = bias.float().contiguous()
    shape = {"scale": arch.scale, "width": arch.width, "skips": list(arch.skips)}
    part = path.with_suffix(".part")
    save_file(tensors, part, {"architecture": json.dumps(shape), **facts})
    part.chmod(0o644)
    part.replace(path)


def load(path: Path) -> tuple[nets.Architecture, Weights]:
    """Read a master."""
    with safe_open(path, "pt") as file:
        shape = json.loads(file.metadata()["architecture"])
        arch = nets.Architecture(shape["scale"], shape["width"], tuple(shape["skips"]))
        weights = [(file.get_tensor(f"layers.{i}.weight"), file.get_tensor(f"layers.{i}.bias")) for i in range(len(arch.layers))]
    return arch, weights
