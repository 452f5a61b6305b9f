"""Finetune a float net against judges: the last stage of a creative net. Resumable, deterministic given the seed and threads.

    python adversarial.py DATA --work WORK --start FIDELITY.safetensors --iterations 4000

The start is a net trained on the same ruined pictures by train.py (--degradation creative). Writes what train.py writes:
WORK/checkpoint.pt, WORK/master.safetensors (the averaged net) and WORK/log.txt, besides WORK/sheet.png now and then: source,
start, result and truth of held-out crops, to be looked at.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import damage
import data
import degrade
import evaluate
import judges
import master
import nets
from train import rate_at

PARTS = ("pixels", "features", "judges", "artefacts", "verdict")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of original crops")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and log")
    parser.add_argument("--start", type=Path, required=True, help="float master of the fidelity net")
    parser.add_argument("--cache", type=Path, help="folder for decoded crops (default: WORK/../cache)")
    parser.add_argument("--valid", type=Path, help="folder of held-out crops for sheet.png")
    parser.add_argument("--iterations", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--patch", type=int, default=56, help="side of the low-resolution patch")
    parser.add_argument("--rim", type=int, default=8, help="low-resolution pixels at its border that nobody judges")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--final-rate", type=float, default=2e-5)
    parser.add_argument("--cooling", type=float, default=0.4, help="share of the schedule, at its end, in which the rate falls")
    parser.add_argument("--average", type=float, default=0.999, help="decay of the weight average")
    parser.add_argument("--pixels", type=float, default=1.0, help="weight of L1")
    parser.add_argument("--features", type=float, default=0.03, help="weight of the deep features")
    parser.add_argument("--judges", type=float, default=0.005, help="weight of the discriminators")
    parser.add_argument("--artefacts", type=float, default=1.0, help="weight of the artefact loss")
    parser.add_argument("--grey", type=float, default=0.1, help="share of grey pictures")
    parser.add_argument("--quiet", type=float, default=0.9, help="crops of more grain, sigma in levels, are left out: it would be invented")
    parser.add_argument("--degradation", choices=("creative", "mild", "jpeg"), default="creative")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=250)
    return parser.parse_args()


class Run:
    """The state of a finetuning."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        torch.manual_seed(args.seed)
        arch, weights = master.load(args.start)
        self.start = nets.plain_net(arch, weights)
        self.net, self.average = copy.deepcopy(self.start), copy.deepcopy(self.start)
        for net in (self.net, self.average):
            net.border, net.winograd = "constant", True  # padded for free; the rim is not judged
        cache = args.cache or args.work.parent / "cache"
        shelves = data.open_shelves(args.data, cache, arch.scale, args.degradation)
        self.sampler = data.Sampler(shelves, arch.scale, args.seed, weights=data.quiet(shelves, cache, args.quiet))
        self.bench, self.features = judges.Bench(), judges.Features()
        self.optimisers = [torch.optim.Adam(m.parameters(), lr=args.rate, betas=(0.9, 0.99)) for m in (self.net, self.bench)]
        self.step = 0
        self.path = args.work / "checkpoint.pt"
        if self.path.exists():
            self.load()

    def state(self) -> dict:
        """What a checkpoint holds, but for optimisers and random numbers."""
        return {"net": self.net, "average": self.average, "bench": self.bench}

    def load(self) -> None:
        """Go on from the checkpoint."""
        saved = torch.load(self.path, weights_only=False)
        for name, module in self.state().items():
            module.load_state_dict(saved[name])
        for optimiser, state in zip(self.optimisers, saved["optimisers"]):
            optimiser.load_state_dict(state)
        self.sampler.set_state(saved["rng"])
        self.step = saved["step"]

    def save(self) -> None:
        """Write the checkpoint, whole or not at all, and the master."""
        saved = {name: module.state_dict() for name, module in self.state().items()}
        saved |= {"optimisers": [o.state_dict() for o in self.optimisers], "rng": self.sampler.state(), "step": self.step}
        torch.save(saved, self.path.with_suffix(".part"))
        self.path.with_suffix(".part").replace(self.path)
        master.save(self.args.work / "master.safetensors", self.net.arch, self.average.plain(), {"step": str(self.step)})

    def pair(self) -> tuple[torch.Tensor, torch.Tensor]:
        """A batch; some pairs are grey, as old pictures are."""
        small, large = self.sampler.batch(self.args.batch, self.args.patch)
        for i in np.flatnonzero(self.sampler.rng.random(self.args.batch) < self.args.grey):
            for picture in (small, large):
                picture[i] = picture[i].mean(0, keepdim=True)
        return small, large

    def inner(self, x: torch.Tensor) -> torch.Tensor:
        """Without the rim, (N, 3, sH, sW)."""
        rim = self.args.rim * self.net.arch.scale
        return x[..., rim:-rim, rim:-rim]

    def teach_net(self, small: torch.Tensor, large: torch.Tensor) -> tuple[torch.Tensor, list[float]]:
        """One step of the net; its result and the parts of its loss."""
        args = self.args
        result = self.inner(self.net(small))
        with torch.no_grad():
            steady = self.inner(self.average(small))
        shift = tuple(int(n) for n in self.sampler.rng.integers(0, 2, 2))
        wild = judges.artefacts(result, steady, large)
        self.bench.requires_grad_(False)
        parts = [(result - large).abs().mean(), self.features(result, large, shift),
                 self.bench.verdict(result, true=True), (wild * (result - large).abs()).mean()]
        self.bench.requires_grad_(True)
        loss = sum(weight * part for weight, part in zip((args.pixels, args.features, args.judges, args.artefacts), parts))
        self.net.zero_grad(set_to_none=True)
        loss.backward()
        self.optimisers[0].step()
        return result.detach(), [float(part.detach()) for part in parts]

    def teach_judges(self, result: torch.Tensor, large: torch.Tensor) -> float:
        """One step of the judges; near 0.69 they can't tell, near 0 they always can."""
        loss = (self.bench.verdict(large, true=True) + self.bench.verdict(result, true=False)) / 2
        self.bench.zero_grad(set_to_none=True)
        loss.backward()
        self.optimisers[1].step()
        return float(loss.detach())

    def iterate(self) -> np.ndarray:
        """One step; the losses, as PARTS names them."""
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.args.rate * rate_at(self.step, self.args)
        small, large = self.pair()
        large = self.inner(large)
        result, parts = self.teach_net(small, large)
        verdict = self.teach_judges(result, large)
        decay = min(self.args.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.net.parameters()):
                mean.lerp_(now, 1 - decay)
        self.step += 1
        return np.array([*parts, verdict])

    def sheet(self) -> None:
        """Held-out crops, ruined: enlarged plainly, by the start, by the net; the truth."""
        if not self.args.valid:
            return
        scale, rng, rows = self.net.arch.scale, np.random.default_rng(7), []
        average = nets.plain_net(self.net.arch, self.average.plain())  # with true borders
        start, now = evaluate.float_upscale(self.start), evaluate.float_upscale(average)
        for path in sorted(self.args.valid.glob("*.webp"))[::12]:
            large = np.asarray(Image.open(path).convert("RGB"))[: 32 * 8, : 32 * 8]
            small = damage.ruined(large, scale, rng)
            plain = degrade.to_bytes(degrade.resample(small, *large.shape[:2]))
            rows.append(np.hstack([plain, start(small), now(small), large]))
        Image.fromarray(np.vstack(rows)).save(self.args.work / "sheet.png")


def main() -> None:
    """Finetune to the end of the schedule."""
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    run = Run(args)
    log = (args.work / "log.txt").open("a", buffering=1)
    print(f"# {vars(args)}", file=log)
    begun, total, count = time.time(), np.zeros(len(PARTS)), 0
    while run.step < args.iterations:
        total, count = total + run.iterate(), count + 1
        if run.step % args.save_every == 0 or run.step == args.iterations:
            run.save()
            run.sheet()
            means = "  ".join(f"{name} {value:.5f}" for name, value in zip(PARTS, total / count))
            print(f"{time.strftime('%H:%M:%S', time.gmtime())} {run.step} {means}  {(time.time() - begun) / count:.3f} s/it", file=log)
            begun, total, count = time.time(), np.zeros(len(PARTS)), 0


if __name__ == "__main__":
    main()
