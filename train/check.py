"""Checks of the training code on itself: python check.py prints one line each and exits 1 when one fails.

What matters most: float32 convolutions on whole numbers are exact (no reduced precision, no Winograd), quantised training
and the second decoder agree, and constants come back.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
import torch.nn.functional as F

import accelerate
import browser
import data
import degrade
import faithful
import golden
import guarantee
import modelfile
import nets
import quantise
import screens
import simulate
import teach
import winograd


def edge_repeated(x: torch.Tensor) -> torch.Tensor:
    """x with a border of one that repeats the edge as a constant: no gradient flows into it."""
    return F.pad(x, (1, 1, 1, 1)) + F.pad(x, (1, 1, 1, 1), mode="replicate").detach() * (1 - F.pad(torch.ones_like(x), (1, 1, 1, 1)))


def close(pairs: list[tuple[torch.Tensor, torch.Tensor]]) -> bool:
    """Whether two float32 ways came to the same, relative to the largest number."""
    return all(float((a - b).detach().abs().max() / a.detach().abs().max()) <= 2e-5 for a, b in pairs)


def quick_convolutions() -> bool:
    """winograd.py against PyTorch, result and gradients, odd sizes and both borders; relative to the largest number."""
    torch.manual_seed(3)
    for count, cin, cout, height, width, repeat in ((3, 32, 32, 13, 22, True), (2, 16, 48, 48, 48, False), (1, 32, 12, 1, 5, True)):
        x = torch.randn(count, cin, height, width).requires_grad_()
        weight, bias = torch.randn(cout, cin, 3, 3).requires_grad_(), torch.randn(cout).requires_grad_()
        skip = torch.randn(count, cout, height, width).requires_grad_() if cout % 16 == 0 else None
        leaves = [t for t in (x, weight, bias, skip) if t is not None]
        wanted = F.conv2d(edge_repeated(x) if repeat else F.pad(x, (1, 1, 1, 1)), weight, bias)
        wanted = F.relu(wanted if skip is None else wanted + skip)
        got = winograd.convolution(x, weight, bias, skip, True, repeat)
        upstream = torch.randn(wanted.shape) * (wanted.abs() > 1e-3)  # where a rounding decides for or against the ReLU, nothing
        pairs = [(wanted, got), *zip(torch.autograd.grad(wanted, leaves, upstream), torch.autograd.grad(got, leaves, upstream))]
        if not close(pairs):
            return False
    return True


def quick_gradients() -> bool:
    """quantise.RepeatedSums: its sums exactly PyTorch's, its gradients nearly."""
    torch.manual_seed(4)
    for cout in (32, 12):
        a, weight = (torch.randint(low, 128, shape).float().requires_grad_() for low, shape in ((0, (2, 32, 9, 14)), (-127, (cout, 32, 3, 3))))
        wanted, got = F.conv2d(edge_repeated(a), weight), quantise.RepeatedSums.apply(a, weight)
        upstream = torch.randn(wanted.shape)
        if not torch.equal(wanted, got) or not close(list(zip(*(torch.autograd.grad(s, (a, weight), upstream) for s in (wanted, got))))):
            return False
    return True


def exact_convolutions() -> bool:
    """float32 conv2d against int64 sums at the extremes of the format, channels last and not."""
    rng = np.random.default_rng(3)
    for cin, cout, top in ((3, 32, 4095), (32, 32, 127), (64, 64, 127), (32, 12, 127)):
        a = rng.choice([0, top, top - 1], (37, 41, cin)).astype(np.int64)
        w = rng.choice([-127, 127, 126], (cout, 3, 3, cin)).astype(np.int64)
        padded = np.pad(a, ((1, 1), (1, 1), (0, 0)), mode="edge")
        wanted = sum(padded[y : y + 37, x : x + 41] @ w[:, y, x].T for y in range(3) for x in range(3))
        plane = F.pad(torch.from_numpy(a).permute(2, 0, 1)[None].float(), (1, 1, 1, 1), mode="replicate")
        weight = torch.from_numpy(w).permute(0, 3, 1, 2).float()
        for layout in (torch.contiguous_format, torch.channels_last):
            got = F.conv2d(plane.contiguous(memory_format=layout), weight.contiguous(memory_format=layout))
            if not np.array_equal(got[0].permute(1, 2, 0).numpy().astype(np.int64), wanted):
                return False
    return True


def random_net(effort: str, scale: int) -> quantise.QuantisedNet:
    """An untrained net, calibrated on noise."""
    torch.manual_seed(5)
    arch = nets.architecture(effort, scale)
    plain = nets.Net(arch).plain()
    net = quantise.from_master(arch, plain)
    quantise.calibrate(net, plain, torch.rand(2, 3, 40, 40) * 255)
    return net


def decoders_agree() -> bool:
    """Quantised training against simulate.py on noise, three scales, with and without skips."""
    rng = np.random.default_rng(4)
    for effort, scale in (("fast", 2), ("fast", 3), ("fast", 4), ("standard", 2)):
        net = random_net(effort, scale)
        content = modelfile.write(quantise.to_integer(net, "check", "photo", effort, 2))
        if modelfile.limit_faults(modelfile.read(content)):
            return False
        picture = rng.integers(0, 256, (23, 19, 3), dtype=np.uint8)
        if not np.array_equal(simulate.simulate(content, picture).result, quantise.whole_upscale(net)(picture)):
            return False
    return True


def constants_return() -> bool:
    """Random colours through a random net, 8 and 16 bits."""
    rng = np.random.default_rng(5)
    content = modelfile.write(quantise.to_integer(random_net("standard", 2), "check", "photo", "standard", 2))
    for wide in (np.uint8, np.uint16):
        for _ in range(20):
            colour = rng.integers(0, int(np.iinfo(wide).max) + 1, 3).astype(wide)
            result = simulate.simulate(content, np.broadcast_to(colour, (3, 2, 3))).result
            if (result != colour).any():
                return False
    return True


def anchors_agree() -> bool:
    """The float anchor against the integer one: within half an 8-bit level in a thousand."""
    picture = np.random.default_rng(6).integers(0, 256, (31, 17, 3)).astype(np.uint8)
    for scale in (2, 3, 4):
        whole = simulate.anchor(picture.astype(np.int64) * 257, scale) * quantise.RESULT_STEP
        plane = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        smooth = nets.Anchor(scale)(plane)[0].permute(1, 2, 0).numpy()
        if np.abs(whole - smooth).max() > 1.5e-3:
            return False
    return True


def valid_agrees() -> bool:
    """A training patch without borders gives the middle of what the whole picture gives."""
    for effort in ("fast", "standard"):
        torch.manual_seed(1)
        net = nets.Net(nets.architecture(effort, 2), expand=8, identity=True)
        x = torch.rand(1, 3, 56, 52)
        with torch.no_grad():
            inner = net(x, valid=True)
            if (nets.middle(net(x), inner) - inner).abs().max() > 1e-4:
                return False
    return True


def plateaus(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(H, W, 3) uint8 in which the halo guard has all to judge: flat areas, edges, thin lines, ramps, noise."""
    picture = rng.integers(0, 256, (height // 7 + 1, width // 9 + 1, 3)).repeat(7, axis=0).repeat(9, axis=1)[:height, :width]
    picture[:, width // 2] = 255 - picture[:, width // 2]
    picture[height // 2 :, : width // 3] = np.arange(height - height // 2)[:, None, None] * 3
    return (picture + rng.integers(-1, 2, picture.shape) * rng.integers(0, 2, (height, width, 1))).clip(0, 255).astype(np.uint8)


def guarantees_agree() -> bool:
    """guarantee.py against faithful.py: the guard's limits exactly, the result but for the roundings it leaves out."""
    rng = np.random.default_rng(6)
    for kind in (faithful.BICUBIC, faithful.AREA):
        for scale in (2, 3, 4):
            height, width = 37, 29
            small = plateaus(rng, height, width)
            source = small.astype(np.int64) * faithful.LEVEL
            noise = rng.integers(-9000, 9000, (height * scale, width * scale, 3))
            made = (source.repeat(scale, axis=0).repeat(scale, axis=1) + noise).clip(0, faithful.TOP)
            pixels = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255
            large = torch.from_numpy(made).permute(2, 0, 1)[None].float() / faithful.TOP
            layer = guarantee.Guarantee(scale, kind, 3)
            whole = [np.rint(t[0].permute(1, 2, 0).numpy() * faithful.TOP) for t in (*layer.limits(pixels), layer(large, pixels))]
            wanted = faithful.faithful(source, made * 64, scale, kind, 3, simulate.enlarge_rows) // 64
            if any((a != b).any() for a, b in zip(whole, faithful.bounds(source, scale, kind))) or np.abs(whole[2] - wanted).max() > 8:
                return False
    return True


def ensembles_mirror() -> bool:
    """Each mirrored form of a net makes of a picture what the net makes of the mirrored picture, mirrored back."""
    net = golden.filled_net(modelfile.IntegerNet("c", 3), 5, (16, 16), {1: 1}, True, False)
    picture = np.random.default_rng(5).integers(0, 4096, (9, 9, 3))

    def result(form: modelfile.IntegerNet, a: np.ndarray) -> np.ndarray:
        return simulate.shuffle(simulate.run_layers(form, a)[-1], net.scale)

    for way in range(8):
        back = (0, 1, 2, 3, 4, 6, 5, 7)[way]  # a quarter turn's inverse is the other one
        made = simulate.mirrored(result(net, simulate.mirrored(picture, back)), way)
        if not np.array_equal(result(simulate.mirrored_net(net, way), picture), made):
            return False
    return True


def lessons_match() -> bool:
    """The eight ways of teach.py differ and come back, and what is taught is drawn from where the original is."""
    rng = np.random.default_rng(8)
    picture = rng.integers(0, 256, (12, 10, 3)).astype(np.uint8)
    ways = [teach.turned(picture, way) for way in range(8)]
    if len({way.tobytes() for way in ways}) < 8 or any((teach.turned_back(p, way) != picture).any() for way, p in enumerate(ways)):
        return False
    large = rng.integers(0, 256, (3, 48, 48, 3)).astype(np.uint8)
    shelf = data.Shelf(large, large[:, ::2, ::2], np.ones(3), 255 - large)
    _, originals, lessons = data.Sampler([shelf], 2, 1).batch(16, 8)
    return bool(((originals + lessons) * 255).round().eq(255).all())


def accelerated_lessons_match() -> bool:
    """Likewise accelerate.py's: a teacher that leaves pixels as they are teaches them, wherever patches are cut and however turned."""
    large = torch.randint(0, 256, (3, 48, 48, 3), generator=torch.Generator().manual_seed(9), dtype=torch.uint8)
    ways = [accelerate.mirrored(large, way).numpy().tobytes() for way in range(8)]
    shelf = data.Shelf(large.numpy(), large[:, ::2, ::2].numpy(), np.ones(3))
    crops = accelerate.Crops([shelf], 2, "cpu", True)
    crops.teach(lambda small: small.repeat_interleave(2, 2).repeat_interleave(2, 3))
    small, _, taught = crops.batch(16, 8)
    return len(set(ways)) == 8 and torch.equal(taught[..., ::2, ::2], small) and torch.equal(taught[..., 1::2, 1::2], small)


def shrinking_keeps_constants() -> bool:
    """Every kernel shrinks a constant to itself."""
    flat = np.full((24, 36, 3), 77, np.uint8)
    return all((degrade.shrink(flat, s, k) == 77).all() for s in (2, 3, 4) for k in degrade.KERNELS)


def screens_agree() -> bool:
    """One small page rendered twice is the same to the byte, and its 1x and 2x renders are of one drawing, in both modes."""
    for style in (browser.Style(True, False), browser.Style(False, True)):
        first, second = (screens.render(style, 2, range(7, 8), False, size=(320, 240))[0] for _ in range(2))
        if not all(np.array_equal(a, b) for a, b in zip(first[:2], second[:2])):
            return False
        small, large, _ = first
        if small.shape != (240, 320, 3) or large.shape != (480, 640, 3) or screens.flat_share(large) > 0.9:
            return False
        if screens.agreeing(screens.block_errors(small, large, 2)).mean() < 0.9:
            return False
        if screens.agreeing(screens.block_errors(small, np.roll(large, 1, 0), 2)).mean() > 0.9:
            return False
    return True


def main() -> None:
    """Run all of them; pages only where Chromium and the fonts are."""
    rendering = bool(browser.chromium()) and not screens.missing_fonts()
    if not rendering:
        print("left out: screens_agree (no Chromium, or fonts are missing: python screens.py --packages)")
    checks = (*([screens_agree] if rendering else []),
              exact_convolutions, quick_convolutions, quick_gradients, decoders_agree, constants_return, anchors_agree, valid_agrees, lessons_match,
              accelerated_lessons_match, ensembles_mirror, shrinking_keeps_constants, guarantees_agree)
    failed = 0
    for check in checks:
        passed = check()
        failed += not passed
        print("ok" if passed else "FAILED", check.__name__, flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
