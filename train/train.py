"""Train a float net. Resumable and deterministic given the seed and the number of threads.

    python train.py DATA --work WORK --effort fast --scale 2 --iterations 40000

writes WORK/checkpoint.pt (everything needed to go on), WORK/master.safetensors (plain effective weights of the averaged net)
and WORK/log.txt. Started again with the same WORK it goes on where it stopped. With --cooling below 1, WORK/hot.pt is the
checkpoint from before the rate fell: as WORK/checkpoint.pt and with more --iterations a run goes on as if it had never ended.
"""

from __future__ import annotations

import argparse
import copy
import math
import shutil
import time
from pathlib import Path

import numpy as np
import torch

import data
import evaluate
import guarantee
import master
import nets

LUMA = (65.481 / 219, 128.553 / 219, 24.966 / 219)  # of red, green, blue


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of original crops")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and log")
    parser.add_argument("--cache", type=Path, nargs="+", help="folders of decoded crops, one or more (default: WORK/../cache)")
    parser.add_argument("--bench", type=Path, help="folder with Set5, Set14, BSD100: measured, never trained on")
    parser.add_argument("--effort", choices=sorted(nets.EFFORTS), default="fast")
    parser.add_argument("--scale", type=int, choices=(2, 3, 4), default=2)
    parser.add_argument("--degradation", choices=("clean", "mild", "jpeg", "fine", "screen", "creative"), default="clean")
    parser.add_argument("--start", type=Path, help="master .safetensors to start from, of any scale; a shallower one is grown")
    parser.add_argument("--iterations", type=int, default=40000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--patch", type=int, default=60, help="side of the low-resolution patch")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--final-rate", type=float, default=1e-5)
    parser.add_argument("--cooling", type=float, default=1.0, help="share of the schedule, at its end, in which the rate falls")
    parser.add_argument("--optimiser", choices=("adam", "muon"), default="adam")
    parser.add_argument("--average", type=float, default=0.999, help="decay of the weight average")
    parser.add_argument("--expand", type=int, default=0, help="channels of the collapsible expansion, 0 none")
    parser.add_argument("--identity", action="store_true", help="fold a short residual into body weights")
    parser.add_argument("--revive", action="store_true", help="start channels anew that hardly ever answer")
    parser.add_argument("--bias-rate", type=float, default=0.1, help="rate of the biases under muon, as a multiple")
    parser.add_argument("--skips", type=int, nargs="+", help="skip of each body layer, instead of the effort's")
    parser.add_argument("--long-skip", action="store_true", help="last body layer also adds the head's output")
    parser.add_argument("--no-zero-sum", action="store_true", help="only to measure what the zero-sum head costs")
    parser.add_argument("--borders", choices=("valid", "replicate", "zeros"), default="valid",
                        help="no padding, as the engine does, or (only to measure) with zeros")
    parser.add_argument("--luma", type=float, default=0.0, help="share of the loss that is on luma alone, 0..1")
    parser.add_argument("--lessons", choices=data.LESSONS, help="made of which small pictures (default: as --degradation)")
    parser.add_argument("--taught", type=float, default=0.0, help="share of the loss against what better nets made (teach.py), 0..1")
    parser.add_argument("--passes", type=int, default=0, help="train through the guarantee with so many passes; wants padded borders")
    parser.add_argument("--fft", type=float, default=0.05, help="weight of the spectrum's L1")
    parser.add_argument("--square-from", type=float, default=1.0, help="share of the schedule after which the loss is squared")
    parser.add_argument("--float32", action="store_true", help="no bfloat16 in body and tail")
    parser.add_argument("--winograd", action="store_true", help="body and tail by winograd.c: faster on CPUs; wants --float32 and padded borders")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=500)
    parser.add_argument("--score-every", type=int, default=2000)
    args = parser.parse_args()
    if args.passes and args.borders == "valid":
        parser.error("--passes wants --borders replicate")
    seen = len(architecture(args).layers)
    if args.borders == "valid" and args.patch <= 2 * seen:
        parser.error(f"a patch of {args.patch} has no middle that {seen} layers leave without borders: --borders replicate, or a larger --patch")
    return args


def architecture(args: argparse.Namespace) -> nets.Architecture:
    """The net asked for."""
    arch = nets.architecture(args.effort, args.scale)
    if args.skips:
        arch = nets.Architecture(arch.scale, arch.width, tuple(args.skips))
    if args.long_skip:
        arch = nets.Architecture(arch.scale, arch.width, (*arch.skips[:-1], len(arch.skips)))
    return arch


def cooling_from(args: argparse.Namespace) -> int:
    """The step at which the rate begins to fall."""
    return round(args.iterations * (1 - args.cooling))


def rate_at(step: int, args: argparse.Namespace) -> float:
    """Even, then a cosine from rate to final-rate, as a factor of rate, after 200 steps of warming up."""
    low = args.final_rate / args.rate
    begin = cooling_from(args)
    done = min(max(step - begin, 0) / max(args.iterations - begin, 1), 1.0)
    return (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * done))) * min(1.0, (step + 1) / 200)


def loss_of(result: torch.Tensor, large: torch.Tensor, square: bool, luma: float, fft: float) -> torch.Tensor:
    """L1 (or mean square) of RGB and luma, and L1 of the spectrum."""
    error = result - large
    luminance = sum(share * error[:, i] for i, share in enumerate(LUMA)) if luma else error.new_zeros(())
    if square:
        return 20 * ((1 - luma) * error.square().mean() + luma * luminance.square().mean())
    loss = (1 - luma) * error.abs().mean() + luma * luminance.abs().mean()
    if fft:
        loss = loss + fft * torch.view_as_real(torch.fft.rfft2(luminance if luma else error, norm="ortho")).abs().mean()
    return loss


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal by five Newton-Schulz steps (K. Jordan, 2024), for matrices
    (cout, cin*9); everything of one dimension goes to Adam instead."""

    def __init__(self, parameters: list[torch.nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            alike: dict[torch.Size, list[tuple[torch.nn.Parameter, torch.Tensor]]] = {}
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(state["momentum"], group["momentum"]).flatten(1)
                alike.setdefault(update.shape, []).append((p, update))
            for pairs in alike.values():
                for (p, _), update in zip(pairs, orthogonal(torch.stack([u for _, u in pairs]))):
                    p.add_(update.view_as(p), alpha=-group["lr"])


def orthogonal(updates: torch.Tensor) -> torch.Tensor:
    """The nearest matrix to each of (N, rows, columns) with singular values near 1, scaled to a mean square of about 1/rows-ish
    of Adam's. In bfloat16 where that is the faster: the steps correct each other."""
    x = updates / (updates.norm(dim=(1, 2), keepdim=True) + 1e-12)
    if updates.is_cuda or nets.multiplies_bfloat16():
        x = x.bfloat16()
    for _ in range(5):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.float() * 0.2 * max(updates.shape[1:]) ** 0.5


def optimisers(net: nets.Net, args: argparse.Namespace) -> list[torch.optim.Optimizer]:
    """Adam on everything, or Muon on the weights and Adam on the biases."""
    if args.optimiser == "adam":
        return [torch.optim.Adam(net.parameters(), lr=args.rate, betas=(0.9, 0.99))]
    weights = [p for p in net.parameters() if p.dim() > 1]
    biases = [p for p in net.parameters() if p.dim() == 1]
    return [Muon(weights, lr=args.rate), torch.optim.Adam([{"params": biases, "multiple": args.bias_rate}], lr=args.rate, betas=(0.9, 0.99))]


class Run:
    """The state of a training."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        torch.manual_seed(args.seed)
        arch = architecture(args)
        caches = args.cache or [args.work.parent / "cache"]
        lessons = (args.lessons or args.degradation) if args.taught else None
        shelves = [shelf for cache in caches
                   for shelf in data.open_shelves(args.data, cache, args.scale, args.degradation, taught=lessons)]
        self.shelves = shelves
        self.sampler = data.Sampler(shelves, args.scale, args.seed, shuffle_colours=args.luma == 0)
        if args.start:
            self.net = nets.plain_net(arch, self.start_weights(arch), args.expand, args.identity)
        else:
            self.net = nets.Net(arch, args.expand, args.identity, not args.no_zero_sum)
        self.net.border = "constant" if args.borders == "zeros" else "replicate"
        self.net.winograd = args.winograd
        self.guarantee = guarantee.of_degradation(args.scale, args.degradation, args.passes)
        self.average = copy.deepcopy(self.net)
        self.optimisers = optimisers(self.net, args)
        self.step = 0
        self.path = args.work / "checkpoint.pt"
        if self.path.exists():
            self.load()

    def start_weights(self, arch: nets.Architecture) -> master.Weights:
        """The master to start from, its tail made for this scale, grown and revived as asked."""
        source, weights = master.load(self.args.start)
        weights = nets.grown(arch, source, nets.rescaled(arch, weights, source.scale))
        if not self.args.revive:
            return weights
        return nets.revived(arch, weights, self.sampler.batch(64, 64)[0])

    def load(self) -> None:
        """Go on from the checkpoint."""
        state = torch.load(self.path, weights_only=False)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)
        self.sampler.set_state(state["rng"])
        self.step = state["step"]

    def save(self) -> None:
        """Write the checkpoint, whole or not at all, and the master."""
        state = {"net": self.net.state_dict(), "average": self.average.state_dict(), "step": self.step,
                 "optimisers": [o.state_dict() for o in self.optimisers], "rng": self.sampler.state()}
        torch.save(state, self.path.with_suffix(".part"))
        self.path.with_suffix(".part").replace(self.path)
        if self.step == cooling_from(self.args):
            shutil.copy(self.path, self.path.with_name("hot.pt"))
        master.save(self.args.work / "master.safetensors", self.net.arch, self.average.plain(), {"step": str(self.step)})

    def loss_of(self, result: torch.Tensor, targets: list[torch.Tensor]) -> torch.Tensor:
        """Against the originals, and as far as asked against what is taught."""
        args, shares = self.args, [1 - self.args.taught, self.args.taught]
        square = self.step >= args.square_from * args.iterations
        return sum(share * loss_of(result, target, square, args.luma, args.fft) for share, target in zip(shares, targets))

    def iterate(self) -> float:
        """One step; the loss."""
        args = self.args
        factor = rate_at(self.step, args)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = args.rate * factor * group.get("multiple", 1.0)
        small, *targets = self.sampler.batch(args.batch, args.patch)
        result = self.net(small, valid=args.borders == "valid", half=not args.float32)
        targets = [nets.middle(target, result) for target in targets]
        loss = self.loss_of(result, targets)
        if self.guarantee:
            kept, *targets = (guarantee.inside(t, args.scale) for t in (self.guarantee(result, small), *targets))
            loss = guarantee.OWN * loss + (1 - guarantee.OWN) * self.loss_of(kept, targets)
        self.net.zero_grad(set_to_none=True)
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        decay = min(args.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.net.parameters()):
                mean.lerp_(now, 1 - decay)
        self.step += 1
        return float(loss.detach())

    def scores(self) -> str:
        """PSNR of the averaged net on the benchmarks, and within the guarantee where that is trained for."""
        if not self.args.bench:
            return ""
        upscale = evaluate.float_upscale(self.average, self.guarantee)
        names = ("Set5", "Set14", "BSD100")
        values = [evaluate.mean_score(self.args.bench / name, upscale, self.args.scale) for name in names]
        return " / ".join(f"{value:.3f}" for value in values)

    def silence(self) -> str:
        """The channels that hardly ever answer, of each layer: a block whose inner channels all fell silent does nothing, and
        no gradient brings it back."""
        shelf = self.shelves[0]
        pixels = torch.from_numpy(np.array(shelf.lr[:: max(len(shelf.lr) // 24, 1)][:24])).permute(0, 3, 1, 2).float() / 255
        return "silent " + " ".join(map(str, nets.silent(self.average, pixels)))


def main() -> None:
    """Train to the end of the schedule."""
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    run = Run(args)
    log = (args.work / "log.txt").open("a", buffering=1)
    print(f"# {vars(args)}", file=log)
    begun = time.time()
    total, count = 0.0, 0
    while run.step < args.iterations:
        total, count = total + run.iterate(), count + 1
        if run.step % args.save_every == 0 or run.step in (cooling_from(args), args.iterations):
            run.save()
            scored = run.step % args.score_every == 0 or run.step == args.iterations
            scores = f"{run.scores()}  {run.silence()}" if scored else ""
            speed = (time.time() - begun) / count
            stamp = time.strftime("%H:%M:%S", time.gmtime())
            print(f"{stamp} {run.step} loss {total / count:.6f} {speed:.4f} s/it  {scores}", file=log)
            begun, total, count = time.time(), 0.0, 0


if __name__ == "__main__":
    main()
