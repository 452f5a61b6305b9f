"""3x3 convolutions with ReLU and skip for training on CPUs, by train/winograd.c: several times as fast as PyTorch's own.

The C file is compiled by the machine's compiler when first asked for, beside nothing of the product. Works on float32 tensors
(N, C, H, W) in channels-last order.
"""

from __future__ import annotations

import ctypes
import functools
import subprocess
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F


@functools.cache
def library() -> ctypes.CDLL:
    """winograd.c, compiled for this very CPU into a folder that goes when the process ends."""
    library.folder = tempfile.TemporaryDirectory(prefix="winograd-")
    out = Path(library.folder.name) / "winograd.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["cc", "-std=gnu11", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC", "-o", out, source], check=True)
    return ctypes.CDLL(str(out))


def address(tensor: torch.Tensor | None) -> ctypes.c_void_p:
    """Where a tensor's numbers are; NULL for None."""
    return ctypes.c_void_p(tensor.data_ptr() if tensor is not None else None)


def in_order(x: torch.Tensor) -> torch.Tensor:
    """x with its channels last in memory."""
    return x.contiguous(memory_format=torch.channels_last)


class Convolution(torch.autograd.Function):
    """relu?(x * weight + bias + skip), borders of zeros or repeated."""

    @staticmethod
    def forward(ctx, x, weight, bias, skip, relu: bool, repeat: bool) -> torch.Tensor:
        x, weight = in_order(x), weight.contiguous()
        skip = in_order(skip) if skip is not None else None
        n, cin, height, width = x.shape
        y = torch.empty((n, weight.shape[0], height, width), memory_format=torch.channels_last)
        library().winograd_forward(address(x), address(weight), address(bias.contiguous()), address(skip), n, height, width, cin,
                                   weight.shape[0], int(relu), int(repeat), torch.get_num_threads(), address(y))
        ctx.save_for_backward(x, weight, y)
        ctx.settings = (relu, repeat, skip is not None)
        return y

    @staticmethod
    def backward(ctx, dy: torch.Tensor) -> tuple:
        x, weight, y = ctx.saved_tensors
        relu, repeat, skips = ctx.settings
        dx, dw, db, dz = backward(x, weight, y, dy, relu, repeat, ctx.needs_input_grad[0])
        return dx, dw, db, dz if skips else None, None, None


def backward(x: torch.Tensor, weight: torch.Tensor, y: torch.Tensor, dy: torch.Tensor, relu: bool, repeat: bool, all_the_way: bool) -> tuple:
    """The gradients of a layer's input (None unless all_the_way), weight and bias, and dy where the ReLU lets it through."""
    dy = in_order(dy)
    n, cin, height, width = x.shape
    dz, dx = torch.empty_like(y), torch.empty_like(x) if all_the_way else None
    dw, db = torch.empty_like(weight), torch.empty(weight.shape[0])
    library().winograd_backward(address(x), address(weight), address(y), address(dy), n, height, width, cin, weight.shape[0],
                                int(relu), int(repeat), torch.get_num_threads(), address(dz), address(dx), address(dw), address(db))
    return dx, dw, db, dz


def gradients(x: torch.Tensor, weight: torch.Tensor, dy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradients of x and weight of a plain convolution with repeated edges, however its result was found. cin a multiple of
    the library's step."""
    missing = -weight.shape[0] % library().winograd_step()
    wide, more = F.pad(weight, (0, 0) * 3 + (0, missing)).contiguous(), in_order(F.pad(dy, (0, 0) * 2 + (0, missing)))
    dx, dw, _, _ = backward(in_order(x), wide, more, more, False, True, True)
    return dx, dw[: weight.shape[0]]


def convolution(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, skip: torch.Tensor | None = None, relu: bool = False,
                repeat: bool = True) -> torch.Tensor:
    """A 3x3 layer: x (N, cin, H, W), weight (cout, cin, 3, 3), cin a multiple of the library's step (16 or 32); outputs are padded to one and cut. The
    gradient that flows into a repeated border is left out."""
    missing = -weight.shape[0] % library().winograd_step()
    if not missing:
        return Convolution.apply(x, weight, bias, skip, relu, repeat)
    wide = F.pad(skip, (0, 0) * 2 + (0, missing)) if skip is not None else None
    return Convolution.apply(x, F.pad(weight, (0, 0) * 3 + (0, missing)), F.pad(bias, (0, missing)), wide, relu, repeat)[:, : weight.shape[0]]
