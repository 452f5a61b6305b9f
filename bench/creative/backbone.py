"""A deep-feature distance of two pictures, without a hub: MobileNetV2 as the npm package nsfwjs ships it (models/mobilenet_v2,
8-bit weights, MIT; trained on ImageNet, then finetuned). No creative net was trained with it.

The distance is LPIPS's without its learned weights (R. Zhang et al., 2018, "The unreasonable effectiveness of deep features as a
perceptual metric"): at each of the stages the features of a place are scaled to length 1, the squared differences summed over
channels, averaged over places; the stages are added.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

STAGES = ("Conv1_relu", "block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu")

UNPACK = """
const folder = process.argv[1] + '/dist/models/mobilenet_v2/';
const model = require(folder + 'model.min.js'), part = require(folder + 'group1-shard1of1.min.js');
const text = (x) => (typeof x === 'string' ? x : x.default || Object.values(x)[0]);
process.stdout.write(JSON.stringify({ model: model.modelTopology ? model : model.default || model, weights: text(part) }));
"""


def unpack(package: Path) -> tuple[dict, dict[str, torch.Tensor]]:
    """(topology, name -> weights) of the package folder."""
    import base64

    said = json.loads(subprocess.run(["node", "-e", UNPACK, str(package.resolve())], check=True, capture_output=True).stdout)
    raw, tensors, at = base64.b64decode(said["weights"]), {}, 0
    for entry in (e for group in said["model"]["weightsManifest"] for e in group["weights"]):
        packed = entry.get("quantization")
        kind = np.dtype(packed["dtype"] if packed else entry["dtype"])
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(raw, kind, count, at).astype(np.float32).reshape(entry["shape"])
        at += count * kind.itemsize
        tensors[entry["name"]] = torch.from_numpy(values * packed["scale"] + packed["min"] if packed else values)
    return said["model"]["modelTopology"], tensors


class Backbone:
    """The package's net, run layer by layer as its topology says, up to the last stage."""

    def __init__(self, package: Path) -> None:
        topology, self.weights = unpack(package)
        self.layers = self.flat(topology["model_config"]["config"]["layers"])

    def flat(self, layers: list[dict]) -> list[dict]:
        """Layers of nested models in one list."""
        found = []
        for layer in layers:
            inner = layer["config"].get("layers") if layer["class_name"] in ("Model", "Functional", "Sequential") else None
            found += self.flat(inner) if inner else [layer]
        return found

    def weight(self, layer: str, name: str) -> torch.Tensor:
        """The one tensor that ends in layer/name."""
        return next(t for key, t in self.weights.items() if key == f"{layer}/{name}" or key.endswith(f"/{layer}/{name}"))

    def convolve(self, x: torch.Tensor, layer: dict) -> torch.Tensor:
        """Conv2D and DepthwiseConv2D, without bias, padded as Keras does."""
        config, name, deep = layer["config"], layer["config"]["name"], layer["class_name"] == "DepthwiseConv2D"
        kernel = self.weight(name, "depthwise_kernel" if deep else "kernel")
        kernel = kernel.permute(2, 3, 0, 1) if deep else kernel.permute(3, 2, 0, 1)
        stride, side = config["strides"][0], kernel.shape[-1]
        if config["padding"] == "same":
            total = [max((-(-n // stride) - 1) * stride + side - n, 0) for n in x.shape[2:]]
            x = F.pad(x, (total[1] // 2, total[1] - total[1] // 2, total[0] // 2, total[0] - total[0] // 2))
        return F.conv2d(x, kernel, stride=stride, groups=x.shape[1] if deep else 1)

    def normalise(self, x: torch.Tensor, layer: dict) -> torch.Tensor:
        """BatchNormalization at rest."""
        name = layer["config"]["name"]
        mean, variance = self.weight(name, "moving_mean"), self.weight(name, "moving_variance")
        return F.batch_norm(x, mean, variance, self.weight(name, "gamma"), self.weight(name, "beta"), eps=layer["config"]["epsilon"])

    @torch.no_grad()
    def stages(self, picture: np.ndarray) -> list[torch.Tensor]:
        """(H, W, 3) uint8 -> features (1, C, H', W') of each stage."""
        outputs: dict[str, torch.Tensor] = {}
        pixels = torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        for layer in self.layers:
            kind, name = layer["class_name"], layer["config"]["name"]
            inputs = [outputs.get(node[0], pixels) for node in (layer["inbound_nodes"] or [[]])[0]] or [pixels]
            x = inputs[0]
            if kind in ("Conv2D", "DepthwiseConv2D"):
                x = self.convolve(x, layer)
            elif kind == "BatchNormalization":
                x = self.normalise(x, layer)
            elif kind == "ReLU":
                x = x.clamp(0, 6)
            elif kind == "Add":
                x = inputs[0] + inputs[1]
            elif kind == "ZeroPadding2D":
                (top, bottom), (left, right) = layer["config"]["padding"]
                x = F.pad(x, (left, right, top, bottom))
            elif kind != "InputLayer":
                raise ValueError(f"no {kind} expected")
            outputs[name] = x
            if name == STAGES[-1]:
                return [outputs[stage] for stage in STAGES]
        raise ValueError(f"{STAGES[-1]} not found")

    def distance(self, picture: np.ndarray, truth: np.ndarray) -> float:
        """Of two (H, W, 3) uint8 pictures; 0 for equal ones."""
        pairs = zip(self.stages(picture), self.stages(truth))
        return sum(float((F.normalize(a, dim=1) - F.normalize(b, dim=1)).square().sum(1).mean()) for a, b in pairs)
