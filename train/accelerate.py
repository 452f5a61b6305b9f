"""Train a float net on an accelerator, then its integer form: a whole step, from drawing the patches to the new weights, is one
captured graph, and the schedule is one of minutes.

    python accelerate.py DATA --work WORK --effort best --scale 2 --minutes 8
    python accelerate.py DATA --work WORK --start WORK/master.safetensors --integers --minutes 2

The first writes WORK/master.safetensors and WORK/log.txt as train.py does, the second WORK/quantised.pt as quantise.py does. With
--device cpu the same runs without a graph, for trials. Nets without skips only. What is saved can be started from, but a run is
not resumed.

All crops lie in the accelerator's memory, the enlargement already taken off: nets learn the residual, and borders of patches,
where convolutions saw zeros, are left out of the loss. With --taught most of the loss is against what the net given by --start makes
of each crop in the eight ways to mirror it, averaged (teach.py has why), made here before the first step.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data
import evaluate
import guarantee
import master
import nets
import quantise
from train import loss_of, orthogonal

aten = torch.ops.aten


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of original crops")
    parser.add_argument("--work", type=Path, required=True, help="folder for the net and the log")
    parser.add_argument("--cache", type=Path, help="folder for decoded crops (default: WORK/../cache)")
    parser.add_argument("--bench", type=Path, help="folder with Set5, Set14, BSD100: measured at the end, never trained on")
    parser.add_argument("--effort", choices=sorted(nets.EFFORTS), default="best")
    parser.add_argument("--scale", type=int, choices=(2, 3, 4), default=2)
    parser.add_argument("--layers", type=int, help="layers of the body, instead of the effort's")
    parser.add_argument("--degradation", choices=("clean", "mild", "jpeg", "screen", "creative"), default="clean")
    parser.add_argument("--start", type=Path, help="master .safetensors to start from, of any scale; a shallower one is grown")
    parser.add_argument("--integers", action="store_true", help="quantisation-aware, from --start")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--patch", type=int, default=96, help="side of the low-resolution patch")
    parser.add_argument("--rim", type=int, default=6, help="pixels of it, at its border, that the loss leaves out")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--final-rate", type=float, default=5e-6)
    parser.add_argument("--cooling", type=float, default=0.7, help="share of the minutes, at their end, in which the rate falls")
    parser.add_argument("--expand", type=int, default=128, help="channels of the collapsible expansion")
    parser.add_argument("--average", type=float, default=0.999, help="decay of the weight average")
    parser.add_argument("--fft", type=float, default=0.05, help="weight of the spectrum's L1")
    parser.add_argument("--luma", type=float, default=0.0, help="share of the loss that is on luma alone, 0..1, as in train.py")
    parser.add_argument("--teacher", type=float, default=0.5, help="with --integers: share of the loss against the float net")
    parser.add_argument("--taught", type=float, default=0.0, help="share of the loss against the mirrored results of --start, instead of --teacher")
    parser.add_argument("--passes", type=int, default=0, help="train through the guarantee, as in train.py")
    parser.add_argument("--bias-rate", type=float, default=0.1, help="rate of the biases, as a multiple")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.taught and not args.start:
        parser.error("--taught needs --start")
    return args


def mirrored(pictures: torch.Tensor, way: int) -> torch.Tensor:
    """(N, C, H, W) in one of the eight ways, 0 as it is."""
    pictures = pictures.flip([dim for dim, bit in ((2, 1), (3, 2)) if way & bit])
    return pictures.transpose(2, 3) if way & 4 else pictures


def mirrored_back(pictures: torch.Tensor, way: int) -> torch.Tensor:
    """The inverse."""
    pictures = pictures.transpose(2, 3) if way & 4 else pictures
    return pictures.flip([dim for dim, bit in ((2, 1), (3, 2)) if way & bit])


class Crops:
    """The crops of the most frequent size on the device: small (N, p, p, 3) uint8 and residual (N, sp, sp, 3) float16, what the
    original has beyond the plain enlargement, in pixels 0..1; taught, as residual, if there is a teacher."""

    def __init__(self, shelves: list[data.Shelf], scale: int, device: str, shuffle_colours: bool) -> None:
        shelf = max(shelves, key=lambda s: len(s.hr))
        self.scale, self.shuffle_colours = scale, shuffle_colours
        side = shelf.lr.shape[1] * scale
        self.small = torch.from_numpy(np.array(shelf.lr)).to(device)
        self.residual = torch.empty((len(shelf.hr), side, side, 3), dtype=torch.float16, device=device)
        anchor = nets.Anchor(scale).to(device)
        for i in range(0, len(shelf.hr), 32):
            large = torch.from_numpy(np.array(shelf.hr[i : i + 32, :side, :side])).to(device).float() / 255
            enlarged = anchor(self.small[i : i + 32].permute(0, 3, 1, 2).float() / 255)
            self.residual[i : i + 32] = (large - enlarged.permute(0, 2, 3, 1)).half()
        self.cumulative = torch.from_numpy(np.cumsum(np.sqrt(shelf.energy + 1.0, dtype=np.float64))).to(device)
        self.taught: torch.Tensor | None = None

    @torch.no_grad()
    def teach(self, teacher: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """teacher: (n, 3, p, p) whole numbers 0..255 -> residual. Makes `taught`, the mean over the eight ways."""
        self.taught = torch.empty_like(self.residual)
        for i in range(0, len(self.small), 4):
            small = self.small[i : i + 4].permute(0, 3, 1, 2).float()
            mean = sum(mirrored_back(teacher(mirrored(small, way).contiguous()), way) for way in range(8)) / 8
            self.taught[i : i + 4] = mean.permute(0, 2, 3, 1).half()

    def batch(self, count: int, patch: int) -> list[torch.Tensor]:
        """Small (count, 3, patch, patch) float32, whole numbers 0..255; the residual, (count, 3, patch*scale, patch*scale), float32; and
        what is taught, if it is: crops as Sampler draws them, turned, flipped, colours shuffled if asked. Device work only."""
        device, s = self.small.device, self.scale

        def whole(end: int) -> torch.Tensor:
            return (torch.rand(count, device=device) * end).long().clamp(max=end - 1)

        place = torch.rand(count, device=device, dtype=torch.float64) * self.cumulative[-1]
        which = torch.searchsorted(self.cumulative, place).clamp(max=len(self.small) - 1)
        room = self.small.shape[1] - patch + 1
        y, x, turn = whole(room), whole(room), whole(8)
        order = (torch.rand((count, 3), device=device).argsort(dim=1) if self.shuffle_colours else
                 torch.arange(3, device=device).expand(count, 3))[:, None, None, :]
        return [self.cut(pictures, which, y * times, x * times, patch * times, turn, order)
                for pictures, times in ((self.small, 1), (self.residual, s), (self.taught, s)) if pictures is not None]

    @staticmethod
    def cut(pictures: torch.Tensor, which: torch.Tensor, y: torch.Tensor, x: torch.Tensor, side: int, turn: torch.Tensor,
            order: torch.Tensor) -> torch.Tensor:
        """(n, 3, side, side) float32 patches at (y, x) of pictures[which], each in its own one of eight turns and flips and its own
        order of colours."""
        steps = torch.arange(side, device=pictures.device)
        rows = torch.where((turn & 1 > 0)[:, None], y[:, None] + side - 1 - steps, y[:, None] + steps)
        columns = torch.where((turn & 2 > 0)[:, None], x[:, None] + side - 1 - steps, x[:, None] + steps)
        swap = (turn & 4 > 0)[:, None, None]
        down = torch.where(swap, rows[:, None, :], rows[:, :, None])
        along = torch.where(swap, columns[:, :, None], columns[:, None, :])
        patches = pictures[which[:, None, None], down, along]
        return patches.gather(3, order.expand(patches.shape)).permute(0, 3, 1, 2).float()


class Rectified(torch.autograd.Function):
    """relu(x * weight + bias) in float16 with borders of zeros: what is saved for the way back is the result alone."""

    @staticmethod
    def forward(ctx, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        if x.is_cuda:
            y = torch.cudnn_convolution_relu(x, weight, bias.to(x.dtype), (1, 1), (1, 1), (1, 1), 1)
        else:
            y = F.relu(F.conv2d(x, weight, bias.to(x.dtype), padding=1))
        ctx.save_for_backward(x, weight, y)
        return y

    @staticmethod
    def backward(ctx, dy: torch.Tensor) -> tuple:
        x, weight, y = ctx.saved_tensors
        dz = aten.threshold_backward(dy.contiguous(memory_format=torch.channels_last), y, 0)
        dx, dw, _ = aten.convolution_backward(dz, x, weight, None, (1, 1), (1, 1), (1, 1), False, (0, 0), 1, (True, True, False))
        return dx, dw, dz.sum(dim=(0, 2, 3), dtype=torch.float32)


class Stack(nn.Module):
    """A nets.Net without skips, in training form; the layers of its body, all of one shape, lie in one tensor each."""

    def __init__(self, net: nets.Net) -> None:
        super().__init__()
        self.arch = net.arch
        self.head, *body, self.tail = net.layers
        for name in ("direct", "inner", "outer", "bias"):
            setattr(self, name, nn.Parameter(torch.stack([getattr(layer, name).detach() for layer in body])))
        self.register_buffer("centre", torch.zeros_like(self.direct[0]))
        if body[0].identity:
            self.centre[:, :, 1, 1] = torch.eye(self.arch.width)

    def body(self) -> torch.Tensor:
        """(layers, cout, cin, 3, 3)"""
        return self.direct + torch.bmm(self.outer, self.inner.flatten(2)).view_as(self.direct) + self.centre

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(N, 3, H, W) whole numbers 0..255 -> residual (N, 3, sH, sW) in pixels 0..1. The head, which takes small differences of
        pixels, in float32, the rest in float16."""
        a = F.relu(F.conv2d(pixels, self.head.effective() / 255, self.head.bias, padding=1)).half()
        weights = self.body().half().permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
        for weight, bias in zip(weights.unbind(), self.bias.unbind()):
            a = Rectified.apply(a, weight, bias)
        tail = self.tail.effective().half().contiguous(memory_format=torch.channels_last)
        return F.pixel_shuffle(F.conv2d(a, tail, padding=1).float() + self.tail.bias.view(1, -1, 1, 1), self.arch.scale)

    def plain(self) -> master.Weights:
        """Effective (weight, bias) of every layer, on the CPU."""
        with torch.no_grad():
            body = zip(self.body(), self.bias)
            pairs = [(self.head.effective(), self.head.bias), *body, (self.tail.effective(), self.tail.bias)]
            return [(weight.detach().cpu().clone(), bias.detach().cpu().clone()) for weight, bias in pairs]


class ExactHead(quantise.QuantisedNet):
    """Where convolutions run in TensorFloat-32, which holds the whole numbers of the body but not the head's 12 bits. Borders are
    zeros: layers of one size share one choice of kernel, and padding costs no pass over memory."""

    def sums(self, i: int, a: torch.Tensor, weight: torch.Tensor, valid: bool) -> torch.Tensor:
        with torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=i > 0):
            return F.conv2d(a, weight, padding=1)


class Group:
    """Parameters and how they are moved: Muon for weights, Adam for the rest; `factor` multiplies the rate. Device work only, so that
    it can be captured."""

    def __init__(self, parameters: list[nn.Parameter], kind: str, factor: float = 1.0) -> None:
        self.parameters, self.kind, self.factor = parameters, kind, factor
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters] if kind == "adam" else []

    @torch.no_grad()
    def move(self, gradients: list[torch.Tensor], rate: torch.Tensor, count: torch.Tensor) -> None:
        """One step; rate and count (steps so far, this one included) are on the device."""
        rate = rate * self.factor
        if self.kind == "adam":
            torch._foreach_lerp_(self.first, gradients, 0.1)
            torch._foreach_lerp_(self.second, torch._foreach_mul(gradients, gradients), 0.01)
            even = (1 - 0.99**count).sqrt() / (1 - 0.9**count)
            for p, m, v in zip(self.parameters, self.first, self.second):
                p.sub_(rate * even * m / (v.sqrt() + 1e-8))
            return
        torch._foreach_lerp_(self.first, gradients, 0.05)
        for p, g, m in zip(self.parameters, gradients, self.first):
            update = g.lerp(m, 0.95)
            rows = update.flatten(1).unsqueeze(0) if p.dim() == 4 or p.dim() == 2 else update.flatten(2)
            p.sub_(rate * orthogonal(rows).view_as(p))


class Trainer:
    """A module, its loss, its parameters' groups and their average; `step` is all of one iteration and never waits for the host.
    scale: what the loss is multiplied with on the way back, so that float16 holds the gradients."""

    def __init__(self, module: nn.Module, loss: Callable[[], torch.Tensor], groups: list[Group], average: float, scale: float,
                 device: str) -> None:
        self.module, self.loss, self.groups, self.scale = module, loss, groups, scale
        self.parameters = [p for group in groups for p in group.parameters]
        self.means = [p.detach().clone() for p in self.parameters]
        self.rate = torch.zeros((), device=device)
        self.count = torch.zeros((), device=device)
        self.total = torch.zeros((), device=device)
        self.lost = torch.zeros((), device=device)
        self.average = average
        self.graph = self.captured() if device.startswith("cuda") else None

    def step(self) -> None:
        """One iteration. A step whose gradients are not finite moves nothing (float16 can overflow)."""
        loss = self.loss()
        gradients = list(torch.autograd.grad(loss * self.scale, self.parameters))
        with torch.no_grad():
            norms = torch.stack(torch._foreach_norm(gradients))
            good = torch.isfinite(norms).all()
            gradients = [torch.where(good, g / self.scale, 0.0) for g in gradients]
            self.count.add_(1)
            self.total.add_(loss.detach())
            self.lost.add_((~good).float())
            left = gradients
            for group in self.groups:
                group.move(left[: len(group.parameters)], self.rate, self.count)
                left = left[len(group.parameters) :]
            decay = torch.minimum(self.count / (self.count + 10), self.count.new_full((), self.average))
            for mean, now in zip(self.means, self.parameters):
                mean.lerp_(now, 1 - decay)

    def captured(self) -> torch.cuda.CUDAGraph:
        """The step as a graph, after some on the side that choose the kernels (at a rate of 0)."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(4):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        return graph

    def run(self, steps: int) -> float:
        """So many steps; their mean loss. Waits for the device once, at the end."""
        self.total.zero_()
        for _ in range(steps):
            self.graph.replay() if self.graph else self.step()
        return float(self.total) / steps

    def averaged(self) -> nn.Module:
        """The module, its averaged weights put in: the end of a run."""
        with torch.no_grad():
            for p, mean in zip(self.parameters, self.means):
                p.copy_(mean)
        return self.module


def inner(x: torch.Tensor, rim: int) -> torch.Tensor:
    """Without so many pixels at each border."""
    return x[..., rim:-rim, rim:-rim] if rim else x


def first_net(args: argparse.Namespace) -> nets.Net:
    """A fresh net, or one that starts at a master."""
    arch = nets.architecture(args.effort, args.scale)
    if args.layers:
        arch = nets.Architecture(arch.scale, arch.width, (0,) * args.layers)
    if not args.start:
        return nets.Net(arch, args.expand, identity=True)
    source, weights = master.load(args.start)
    return nets.plain_net(arch, nets.grown(arch, source, nets.rescaled(arch, weights, source.scale)), args.expand, identity=True)


class Measure:
    """The loss of residuals in pixels 0..1, without the rim; with --passes most of it as the guarantee leaves them."""

    def __init__(self, args: argparse.Namespace, scale: int, fft: float) -> None:
        self.luma, self.fft, self.rim = args.luma, fft, args.rim * scale
        self.layer = guarantee.of_degradation(scale, args.degradation, args.passes)
        self.anchor = nets.Anchor(scale).to(args.device)

    def kept(self, residual: torch.Tensor, small: torch.Tensor) -> torch.Tensor:
        """What the guarantee makes of it; small: whole numbers 0..255."""
        base = self.anchor(small / 255)
        return self.layer(base + residual, small / 255) - base

    def apart(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """The loss itself."""
        return loss_of(inner(a, self.rim), inner(b, self.rim), False, self.luma, self.fft)

    def __call__(self, result: torch.Tensor, wanted: torch.Tensor, small: torch.Tensor, taught: bool = False) -> torch.Tensor:
        """taught: what is wanted is another net's, whose result the guarantee changes too."""
        if not self.layer:
            return self.apart(result, wanted)
        kept = self.apart(self.kept(result, small), self.kept(wanted, small) if taught else wanted)
        return guarantee.OWN * self.apart(result, wanted) + (1 - guarantee.OWN) * kept


def learn(crops: Crops, stack: Stack, measure: Measure) -> None:
    """Has the crops hold what a net makes of them, through the guarantee if there is one."""
    crops.teach(lambda small: measure.kept(stack(small), small) if measure.layer else stack(small))


def float_trainer(args: argparse.Namespace, crops: Crops) -> Trainer:
    """L1 and the spectrum's L1, as train.py."""
    stack = Stack(first_net(args)).to(args.device)
    measure = Measure(args, args.scale, args.fft)
    if args.taught:
        learn(crops, stack, measure)

    def loss() -> torch.Tensor:
        small, *wanted = crops.batch(args.batch, args.patch)
        result = stack(small)
        return sum(share * measure(result, large, small) for share, large in zip((1 - args.taught, args.taught), wanted))

    named = list(stack.named_parameters())
    groups = [Group([p for name, p in named if not name.endswith("bias")], "muon"),
              Group([p for name, p in named if name.endswith("bias")], "adam", args.bias_rate)]
    values = args.batch * 3 * ((args.patch - 2 * args.rim) * args.scale) ** 2
    return Trainer(stack, loss, groups, args.average, values / 32, args.device)


def integer_trainer(args: argparse.Namespace, crops: Crops) -> Trainer:
    """Exact integers forward, as quantise.py."""
    arch, plain = master.load(args.start)
    net = quantise.from_master(arch, plain, ExactHead)
    stack = Stack(nets.plain_net(arch, plain, 1, identity=True)).to(args.device)
    quantise.calibrate(net, plain, crops.batch(16, min(96, crops.small.shape[1]))[0])
    net.to(args.device)
    measure = Measure(args, arch.scale, 0.0)
    if args.taught:
        learn(crops, stack, measure)

    def loss() -> torch.Tensor:
        small, residual, *taught = crops.batch(args.batch, args.patch)
        result = net(small) * quantise.RESULT_STEP
        if taught:
            return (1 - args.taught) * measure(result, residual, small) + args.taught * measure(result, taught[0], small)
        with torch.no_grad():
            answer = stack(small)
        return (1 - args.teacher) * measure(result, residual, small) + args.teacher * measure(result, answer, small, taught=True)

    groups = [Group([*net.weights, *net.biases], "adam"), Group(list(net.steps), "adam", 10.0)]
    return Trainer(net, loss, groups, args.average, 1.0, args.device)


def rate_at(done: float, args: argparse.Namespace) -> float:
    """The rate after a share 0..1 of the minutes: a short rise, even, then a cosine."""
    cold = min(max((done - 1 + args.cooling) / args.cooling, 0.0), 1.0)
    return (args.final_rate + (args.rate - args.final_rate) * 0.5 * (1 + math.cos(math.pi * cold))) * min(1.0, done / 0.01 + 0.02)


def save(args: argparse.Namespace, trainer: Trainer) -> None:
    """The averaged net, in the form of train.py or quantise.py."""
    module, facts = trainer.averaged(), {"step": str(int(trainer.count))}
    if isinstance(module, Stack):
        master.save(args.work / "master.safetensors", module.arch, module.plain(), facts)
    else:
        module.cpu()
        torch.save({"average": module.state_dict(), "arch": module.arch, "step": int(trainer.count)}, args.work / "quantised.pt")


def score(args: argparse.Namespace, trainer: Trainer) -> str:
    """PSNR of what was saved."""
    if not args.bench:
        return ""
    if isinstance(trainer.module, Stack):
        upscale = evaluate.float_upscale(nets.plain_net(*master.load(args.work / "master.safetensors")))
    else:
        upscale = quantise.whole_upscale(trainer.module)
    names = ("Set5", "Set14", "BSD100")
    return " / ".join(f"{evaluate.mean_score(args.bench / n, upscale, trainer.module.arch.scale):.3f}" for n in names if (args.bench / n).exists())


def main() -> None:
    """Train for the minutes given, start and end included."""
    started = time.time()
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = args.integers  # whole numbers up to 2047 are exact in it, and so are their sums in float32
    torch.backends.cuda.matmul.allow_tf32 = False
    scale = master.load(args.start)[0].scale if args.integers else args.scale
    crops = Crops(data.open_shelves(args.data, args.cache or args.work.parent / "cache", scale, args.degradation), scale, args.device, args.luma == 0)
    trainer = (integer_trainer if args.integers else float_trainer)(args, crops)
    log = (args.work / "log.txt").open("a", buffering=1)
    print(f"# {vars(args)}\n# ready after {time.time() - started:.1f} s", file=log)
    begun, spoken = time.time(), time.time()
    minutes = args.minutes - (begun - started) / 60
    if minutes <= 0:
        raise SystemExit("all minutes went by before the first step")
    while (done := (time.time() - begun) / 60 / minutes) < 1:
        trainer.rate.fill_(rate_at(done, args))
        mean = trainer.run(20)
        if time.time() - spoken > 15:
            spoken = time.time()
            print(f"{done:.3f} {int(trainer.count)} loss {mean:.6f} lost {int(trainer.lost)}", file=log)
    save(args, trainer)
    steps = int(trainer.count)
    print(f"1.000 {steps} steps, {(time.time() - begun) / max(steps, 1):.5f} s/it  {score(args, trainer)}", file=log)


if __name__ == "__main__":
    main()
