"""Quantisation-aware training: the forward pass is the integer arithmetic of doc/format.md, exactly; gradients go straight
through the roundings.

Everything between the pixels and the tail holds whole numbers in float32 tensors, exact because the format keeps every sum
below 2^24. Learned: the float weights and biases, and one logarithmic step per activation channel (as LSQ: S. Esser et al.,
2020, "Learned step size quantization"). Weight steps follow from the weights: the greatest one becomes 127.

    python quantise.py DATA --start MASTER.safetensors --work WORK --iterations 4000
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data
import evaluate
import guarantee
import master
import modelfile
import nets
import simulate
import winograd
from train import loss_of

PIXEL_STEP = 16 / 65535  # one 12-bit level, in pixels 0..1
RESULT_STEP = 1 / (65535 * 64)  # 1/64 of a 16-bit level, in pixels 0..1


def straight(x: torch.Tensor) -> torch.Tensor:
    """Round half to even; the gradient passes unchanged."""
    return x + (torch.round(x) - x).detach()


def zero_sum_fix(exact: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    """What to add to the rounded head weights (cout, cin, 3, 3) so that each nine taps sum to 0: one unit on as many taps
    as are missing, those with the largest rounding error in the right direction first."""
    error = (exact - whole).flatten(2)
    surplus = whole.sum(dim=(2, 3))[..., None]
    rank = error.argsort(dim=2).argsort(dim=2)
    fix = (rank >= 9 + surplus).float() - (rank < surplus).float()
    return fix.view_as(whole)


class Sums(torch.autograd.Function):
    """The sums of products of whole numbers up to 127, exact; on the way back the gradient, and it alone, is rounded to bfloat16, which
    takes half the time where the CPU multiplies it. `valid` as in QuantisedNet.forward."""

    FAST = nets.multiplies_bfloat16()

    @staticmethod
    def forward(ctx, a: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(a.bfloat16(), weight.bfloat16())
        return F.conv2d(a, weight)

    @staticmethod
    def backward(ctx, dy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        a, weight = ctx.saved_tensors
        da, dw, _ = torch.ops.aten.convolution_backward(dy.bfloat16(), a, weight, None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1,
                                                        (True, True, False))
        return da.float(), dw.float()


class RepeatedSums(torch.autograd.Function):
    """The same sums where a's edge repeats (N, C, H, W) -> (N, cout, H, W), for CPUs that don't multiply bfloat16: on the way back
    winograd.c, whose roundings are those of any float32."""

    @staticmethod
    def forward(ctx, a: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(a, weight)
        return F.conv2d(F.pad(a, (1, 1, 1, 1), mode="replicate"), weight)

    @staticmethod
    def backward(ctx, dy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return winograd.gradients(*ctx.saved_tensors, dy)


class Rounded(torch.autograd.Function):
    """round(clamp((sums + bias) * scale, 0, 127)), bias and scale (1, C, 1, 1); the gradient passes the rounding unchanged. What
    autograd would do in three times as many passes over memory."""

    @staticmethod
    def forward(ctx, sums: torch.Tensor, bias: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        acc = sums + bias
        ctx.save_for_backward(acc, scale)
        return (acc * scale).clamp_(0, 127).round_()

    @staticmethod
    def backward(ctx, dy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        acc, scale = ctx.saved_tensors
        dr = torch.ops.aten.hardtanh_backward(dy, acc * scale, 0, 127)
        dscale = ((dr * acc).sum(dim=(0, 2, 3)) if dy.is_cuda else torch.einsum("nchw,nchw->c", dr, acc)).view_as(scale)
        dacc = dr * scale
        return dacc, dacc.sum(dim=(0, 2, 3)).view_as(scale), dscale


class QuantisedNet(nn.Module):
    """Integer forward of a net; `plain` weights as master.load gives them, (cout, cin, 3, 3) in units of pixels 0..1."""

    def __init__(self, arch: nets.Architecture, plain: master.Weights) -> None:
        super().__init__()
        self.arch = arch
        self.weights = nn.ParameterList(nn.Parameter(w.clone()) for w, _ in plain)
        self.biases = nn.ParameterList(nn.Parameter(b.clone()) for _, b in plain[:-1])
        self.steps = nn.ParameterList(nn.Parameter(torch.zeros(w.shape[0])) for w, _ in plain[:-1])

    def input_step(self, i: int) -> torch.Tensor:
        """Value of one unit of layer i's input, per input channel."""
        return self.weights[0].new_full((3,), PIXEL_STEP) if i == 0 else self.steps[i - 1].exp()

    @torch.no_grad()
    def least_unit(self, i: int) -> torch.Tensor:
        """The least accumulator unit, (cout), with which bias and skip multiplier of layer i fit: of a channel that takes
        nearly all from its skip the weights are too small to set it."""
        least = self.weights[i].new_full((self.weights[i].shape[0],), 1e-12)
        if i < len(self.biases):
            least = least.maximum(self.biases[i].abs() / 2**22)
        skip = self.arch.layers[i][2]
        return least.maximum(self.steps[i - skip].exp() / 32000) if skip else least

    def integer_weight(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Whole weights (cout, cin, 3, 3) of layer i and the float32 value of one accumulator unit, (cout)."""
        folded = self.weights[i] * self.input_step(i).view(1, -1, 1, 1)
        if i == 0:
            folded = folded - folded.mean(dim=(2, 3), keepdim=True)
        unit = (folded.detach().abs().amax(dim=(1, 2, 3)) / (125 if i == 0 else 127)).maximum(self.least_unit(i))
        exact = (folded / unit.view(-1, 1, 1, 1)).clamp(-127, 127)
        whole = straight(exact)
        if i == 0:
            whole = whole + zero_sum_fix(exact.detach(), whole.detach())
        return whole, unit

    def integer_layers(self) -> list[dict[str, torch.Tensor]]:
        """weight, bias, scale and multiplier of every layer, whole numbers in float32, with gradients. The tail's bias is
        minus its answer to the constant vector, so that a constant picture gives exactly 0."""
        layers: list[dict[str, torch.Tensor]] = []
        constant: list[torch.Tensor] = []
        for i, (_, _, skip) in enumerate(self.arch.layers):
            weight, unit = self.integer_weight(i)
            layer = {"weight": weight}
            answer = weight.sum(dim=(2, 3)) @ constant[-1] if i else weight.new_zeros(weight.shape[0])
            if i == len(self.arch.layers) - 1:
                layers.append({**layer, "bias": -answer, "scale": (unit / RESULT_STEP).float()})
                break
            layer["bias"] = straight(self.biases[i] / unit)
            layer["scale"] = unit / self.steps[i].exp()
            answer = answer + layer["bias"]
            if skip:
                layer["multiplier"] = straight((self.steps[i - skip].exp() / unit).clamp(max=32767))
                answer = answer + layer["multiplier"] * constant[i - skip]
            constant.append(straight((answer * layer["scale"]).clamp(0, 127)))
            layers.append(layer)
        return layers

    def sums(self, i: int, a: torch.Tensor, weight: torch.Tensor, valid: bool) -> torch.Tensor:
        """Layer i's sums of products, whole numbers below 2^24."""
        if not valid and i and not Sums.FAST:
            return RepeatedSums.apply(a, weight)
        padded = a if valid else F.pad(a, (1, 1, 1, 1), mode="replicate")
        return Sums.apply(padded, weight) if Sums.FAST and i else F.conv2d(padded, weight)

    def forward(self, pixels: torch.Tensor, valid: bool = False) -> torch.Tensor:
        """8-bit pixels (N, 3, H, W) as float32 0..255 -> tail (N, 3, sH, sW) in 1/64 of a 16-bit level."""
        outputs: list[torch.Tensor] = []
        a = torch.floor(pixels * 257 / 16)
        layers = self.integer_layers()
        for i, layer in enumerate(layers):
            weight = layer["weight"].contiguous(memory_format=torch.channels_last)
            sums, bias, scale = self.sums(i, a, weight, valid), layer["bias"].view(1, -1, 1, 1), layer["scale"].view(1, -1, 1, 1)
            if "multiplier" in layer:
                skipped = outputs[i - self.arch.layers[i][2]]
                sums = sums + layer["multiplier"].view(1, -1, 1, 1) * nets.middle(skipped, sums)
            if i == len(layers) - 1:
                return self.shuffled(straight((sums + bias) * scale))
            a = Rounded.apply(sums, bias, scale)
            outputs.append(a)
        raise AssertionError("no tail")

    def shuffled(self, t: torch.Tensor) -> torch.Tensor:
        """(N, s*s*3, H, W) with channel (dy*s + dx)*3 + c -> (N, 3, sH, sW)."""
        n, _, height, width = t.shape
        s = self.arch.scale
        colours_first = t.view(n, s * s, 3, height, width).transpose(1, 2).reshape(n, 3 * s * s, height, width)
        return F.pixel_shuffle(colours_first, s)

    def picture(self, pixels: torch.Tensor, valid: bool = False) -> torch.Tensor:
        """8-bit pixels as float32 0..255 -> result in pixels 0..1, before the last rounding; the anchor in whole numbers."""
        t = self(pixels, valid)
        whole = pixels.permute(0, 2, 3, 1).numpy().astype(np.int64) * 257
        base = np.stack([simulate.anchor(p, self.arch.scale) for p in whole])
        v = torch.from_numpy(base).permute(0, 3, 1, 2).float()
        return (nets.middle(v, t) + t) * RESULT_STEP


def whole_upscale(net: QuantisedNet) -> evaluate.Upscale:
    """The integer net as picture -> picture, 8-bit RGB; simulate.simulate on the exported file gives the same."""

    def upscale(picture: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            t = net(torch.round(evaluate.to_tensor(picture) * 255))[0].permute(1, 2, 0).numpy().astype(np.int64)
        return simulate.rounded(simulate.anchor(picture.astype(np.int64) * 257, net.arch.scale) + t, False)

    return upscale


def tail_order(scale: int) -> torch.Tensor:
    """Index of the float net's tail channel (c*s*s + dy*s + dx) for each channel (dy*s + dx)*3 + c of the file."""
    return torch.arange(3 * scale**2).view(3, scale**2).T.reshape(-1)


def from_master(arch: nets.Architecture, plain: master.Weights, kind: type[QuantisedNet] = QuantisedNet) -> QuantisedNet:
    """A quantised net that starts at a float master."""
    order = tail_order(arch.scale)
    weight, bias = plain[-1]
    return kind(arch, [*plain[:-1], (weight[order], bias[order])])


@torch.no_grad()
def calibrate(net: QuantisedNet, plain: master.Weights, pixels: torch.Tensor, share: float = 0.9999) -> None:
    """Set the activation steps so that `share` of each channel's values on `pixels` (N, 3, H, W) 0..255 fit into 127. Works where the
    pixels are."""
    a, outputs = pixels / 255, []
    for i, (weight, bias) in enumerate(plain[:-1]):
        a = F.conv2d(F.pad(a, (1, 1, 1, 1), mode="replicate"), weight.to(a.device), bias.to(a.device))
        skip = net.arch.layers[i][2]
        if skip:
            a = a + outputs[i - skip]
        a = F.relu(a)
        outputs.append(a)
        values = a.transpose(0, 1).flatten(1)
        top = values.kthvalue(int(share * (values.shape[1] - 1)) + 1, dim=1).values
        net.steps[i].copy_((top.clamp(min=1e-4 * float(top.max()) + 1e-8) / 127).log())


@torch.no_grad()
def to_integer(net: QuantisedNet, name: str, source: str, effort: str, passes: int) -> modelfile.IntegerNet:
    """The shipped form."""
    kinds = [modelfile.HEAD] + [modelfile.BODY] * len(net.arch.skips) + [modelfile.TAIL]
    result = modelfile.IntegerNet(name, net.arch.scale, modelfile.KINDS[source], modelfile.EFFORTS.index(effort),
                                  modelfile.KEEPS.get(source, 0), passes)
    for kind, layer, (_, _, skip) in zip(kinds, net.integer_layers(), net.arch.layers):
        multiplier = layer["multiplier"].numpy().astype(np.int16) if skip else None
        result.layers.append(modelfile.IntegerLayer(
            kind, layer["weight"].permute(0, 2, 3, 1).numpy().astype(np.int8), layer["bias"].numpy().astype(np.int32),
            layer["scale"].numpy().astype(np.float32), 0, skip, multiplier))
    return result


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of original crops")
    parser.add_argument("--start", type=Path, required=True, help="float master (.safetensors)")
    parser.add_argument("--steps", type=Path, help="checkpoint of an integer net of this shape, to begin with its activation steps")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoint and log")
    parser.add_argument("--cache", type=Path, help="folder for decoded crops (default: WORK/../cache)")
    parser.add_argument("--bench", type=Path, help="folder with Set5, Set14, BSD100: measured, never trained on")
    parser.add_argument("--degradation", choices=("clean", "mild", "jpeg", "fine", "screen", "creative"), default="clean")
    parser.add_argument("--iterations", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--patch", type=int, default=48, help="side of the low-resolution patch")
    parser.add_argument("--replicate", type=float, default=0.15, help="share of batches with true borders")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--final-rate", type=float, default=1e-6)
    parser.add_argument("--step-rate", type=float, default=10.0, help="rate of the activation steps, as a multiple")
    parser.add_argument("--teacher", type=float, default=0.2, help="share of the loss against the float net")
    parser.add_argument("--lessons", choices=data.LESSONS, help="as in train.py")
    parser.add_argument("--taught", action="store_true", help="the teacher is what better nets made (teach.py) instead of the float net")
    parser.add_argument("--luma", type=float, default=0.0, help="share of the loss that is on luma alone, 0..1, as in train.py")
    parser.add_argument("--passes", type=int, default=0, help="train through the guarantee, as in train.py; borders are the true ones")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=1000)
    return parser.parse_args()


class Run:
    """The state of a quantisation."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        torch.manual_seed(args.seed)
        arch, self.plain = master.load(args.start)
        self.teacher = nets.plain_net(arch, self.plain)
        self.teacher.winograd = not nets.multiplies_bfloat16()
        shelves = data.open_shelves(args.data, args.cache or args.work.parent / "cache", arch.scale, args.degradation,
                                    taught=(args.lessons or args.degradation) if args.taught else None)
        self.sampler = data.Sampler(shelves, arch.scale, args.seed, shuffle_colours=args.luma == 0)
        self.net = from_master(arch, self.plain)
        self.guarantee = guarantee.of_degradation(arch.scale, args.degradation, args.passes)
        calibrate(self.net, self.plain, self.sampler.batch(16, min(96, self.sampler.largest_patch()))[0] * 255)
        if args.steps:
            self.take_steps(torch.load(args.steps, weights_only=False)["average"])
        weights = [*self.net.weights, *self.net.biases]
        self.optimiser = torch.optim.Adam([{"params": weights, "factor": 1.0},
                                           {"params": list(self.net.steps), "factor": args.step_rate}],
                                          lr=args.rate, betas=(0.9, 0.99))
        self.average = copy.deepcopy(self.net)
        self.step = 0
        self.path = args.work / "quantised.pt"
        if self.path.exists():
            self.resume(torch.load(self.path, weights_only=False))

    @torch.no_grad()
    def take_steps(self, trained: dict[str, torch.Tensor]) -> None:
        """The activation steps of another net, which have been trained."""
        for i, step in enumerate(self.net.steps):
            step.copy_(trained[f"steps.{i}"])

    def resume(self, state: dict) -> None:
        """Go on from a checkpoint; from one of accelerate.py, which is the averaged net alone, with a schedule of its own."""
        self.average.load_state_dict(state["average"])
        self.net.load_state_dict(state.get("net", state["average"]))
        if "optimiser" in state:
            self.optimiser.load_state_dict(state["optimiser"])
            self.sampler.set_state(state["rng"])
            self.step = state["step"]

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state = {"net": self.net.state_dict(), "average": self.average.state_dict(), "arch": self.net.arch,
                 "optimiser": self.optimiser.state_dict(), "rng": self.sampler.state(), "step": self.step}
        torch.save(state, self.path.with_suffix(".part"))
        self.path.with_suffix(".part").replace(self.path)

    def loss_of(self, result: torch.Tensor, large: torch.Tensor, taught: torch.Tensor) -> torch.Tensor:
        """Against the original, and as far as asked against the float net's result."""
        luma, teacher = self.args.luma, self.args.teacher
        loss = loss_of(result, large, False, luma, 0)
        return (1 - teacher) * loss + teacher * loss_of(result, taught, False, luma, 0) if teacher else loss

    def lessons(self, small: torch.Tensor, stored: list[torch.Tensor], valid: bool, result: torch.Tensor) -> torch.Tensor:
        """What the teacher makes of a batch, as large as the result."""
        if stored:
            return nets.middle(stored[0], result)
        with torch.no_grad():
            return self.teacher(small, valid=valid)

    def iterate(self) -> float:
        """One step; the loss."""
        args = self.args
        low = args.final_rate / args.rate
        rate = args.rate * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * self.step / args.iterations)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        small, large, *lessons = self.sampler.batch(args.batch, args.patch)
        valid = not self.guarantee and bool(self.sampler.rng.random() >= args.replicate)
        result = self.net.picture(torch.round(small * 255), valid)
        large = nets.middle(large, result)
        taught = self.lessons(small, lessons, valid, result) if args.teacher else large
        loss = self.loss_of(result, large, taught)
        if self.guarantee:
            limits = self.guarantee.limits(small)
            with torch.no_grad():
                taught = taught if args.taught else self.guarantee(taught, small, limits)
            kept = (guarantee.inside(t, self.net.arch.scale) for t in (self.guarantee(result, small, limits), large, taught))
            loss = guarantee.OWN * loss + (1 - guarantee.OWN) * self.loss_of(*kept)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.net.parameters()):
                mean.lerp_(now, 1 - min(0.998, (self.step + 1) / (self.step + 10)))
        self.step += 1
        return float(loss.detach())

    def scores(self) -> str:
        """PSNR of the averaged integer net on the benchmarks."""
        if not self.args.bench:
            return ""
        upscale = whole_upscale(self.average)
        names = ("Set5", "Set14", "BSD100")
        return " / ".join(f"{evaluate.mean_score(self.args.bench / n, upscale, self.net.arch.scale):.3f}" for n in names)


def main() -> None:
    """Train to the end of the schedule."""
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    run = Run(args)
    log = (args.work / "log.txt").open("a", buffering=1)
    print(f"# {vars(args)}\nbefore training: {run.scores()}", file=log)
    begun, total, count = time.time(), 0.0, 0
    while run.step < args.iterations:
        total, count = total + run.iterate(), count + 1
        if run.step % args.save_every == 0 or run.step == args.iterations:
            run.save()
            stamp = time.strftime("%H:%M:%S", time.gmtime())
            speed = (time.time() - begun) / count
            print(f"{stamp} {run.step} loss {total / count:.7f} {speed:.4f} s/it  {run.scores()}", file=log)
            begun, total, count = time.time(), 0.0, 0


if __name__ == "__main__":
    main()
