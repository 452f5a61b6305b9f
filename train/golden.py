"""Write tests/golden: nets and pictures with the values of their layers (good), and files a loader must refuse (bad).

    python golden.py ../tests/golden --model ../models/photo-fast-x2.fovea --picture ORIGINAL.png

Everything is seeded: the same command writes the same bytes. What the files hold is said in tests/golden/README.md.
"""

from __future__ import annotations

import argparse
import struct
from pathlib import Path

import numpy as np
from PIL import Image

import faithful
import golden_bad
import modelfile
import resize
import simulate

# name -> (scale, cout of head and body, {body layer index: skip}, zero points?, extreme weights?)
TINY = {
    "c16-x2-head-tail": (2, (16,), {}, False, False),
    "c16-x2": (2, (16, 16), {}, False, False),
    "c32-x2-zp": (2, (32, 32, 32), {}, True, False),
    "c48-x3-skip1": (3, (48, 48), {1: 1}, True, False),
    "c16-x4-skip23": (4, (16, 16, 16, 16), {2: 2, 3: 3}, True, False),
    "c16-x2-skip123": (2, (16, 16, 16, 16), {1: 1, 2: 2, 3: 3}, True, False),
    "c64-x2-skip2": (2, (64, 64, 64), {2: 2}, False, False),
    "c16-48-32-x2": (2, (16, 48, 32, 48), {3: 2}, True, False),
    "c16-x3-extreme": (3, (16, 16), {1: 1}, False, True),
}
# nets for section 5: name -> (scale, cout of head and body, D, K)
FAITHFUL = {
    "c16-x2-bicubic4": (2, (16,), faithful.BICUBIC, 4),
    "c16-x2-area2": (2, (16,), faithful.AREA, 2),
    "c16-x3-bicubic1": (3, (16,), faithful.BICUBIC, 1),
    "c16-x3-area4": (3, (16,), faithful.AREA, 4),
    "c16-x4-bicubic2": (4, (16,), faithful.BICUBIC, 2),
    "c16-x4-area1": (4, (16,), faithful.AREA, 1),
    "c16-x2-blocks3": (2, (16,), faithful.BLOCKS, 3),
    "c16-x3-blocks2": (3, (16,), faithful.BLOCKS, 2),
    "c16-x4-blocks1": (4, (16,), faithful.BLOCKS, 1),
    "c16-x2-ensemble-bicubic1": (2, (16, 16), faithful.BICUBIC, 1),
    "c16-x3-ensemble-area1": (3, (16, 16), faithful.AREA, 1),
    "c32-x4-ensemble-bicubic2": (4, (32, 32), faithful.BICUBIC, 2),
}
BAD = (2, (16, 16, 16, 16), {2: 2, 3: 3}, True, False)
FAITHFUL_KINDS = (("flat", 1, 1), ("steps", 13, 1), ("plateaus", 1, 12), ("steps", 5, 4), ("plateaus", 16, 8), ("rough", 15, 7),
                  ("lines", 14, 9), ("edge", 12, 6), ("flat", 3, 6), ("noise", 9, 5), ("brink", 60, 1), ("brink", 1, 48))
REAL_KINDS = (("steps", 24, 9), ("plateaus", 17, 9), ("lines", 13, 11), ("noise", 7, 6), ("scene", 32, 24))
SIZES = [(1, 1), (3, 2), (7, 5), (17, 11), (33, 20)]
FORMATS = [("g", 1), ("ga", 2), ("rgb", 3), ("rgba", 4)]


def filters(rng: np.random.Generator, cout: int, cin: int, extreme: bool) -> np.ndarray:
    """Random weights (cout, 3, 3, cin)."""
    if extreme:
        return rng.choice([-127, 127], (cout, 3, 3, cin)).astype(np.int64)
    return np.clip(np.rint(rng.normal(0, 30, (cout, 3, 3, cin))), -127, 127).astype(np.int64)


def zero_summed(weight: np.ndarray, extreme: bool) -> np.ndarray:
    """Head weights whose nine taps sum to 0 per output and input channel; extremes are four of each sign and a 0."""
    flat = weight.reshape(weight.shape[0], 9, weight.shape[3])
    if extreme:
        signs = np.array([127, -127, 127, -127, 0, -127, 127, -127, 127])
        return np.broadcast_to(signs[None, :, None], flat.shape).copy().reshape(weight.shape)
    flat = np.clip(flat, -13, 13)
    flat[:, 4] -= flat.sum(axis=1)
    return flat.reshape(weight.shape)


def random_layer(rng: np.random.Generator, kind: int, cout: int, cin: int, extreme: bool) -> modelfile.IntegerLayer:
    """A layer whose accumulators, at random inputs, reach about twice the range of the activations."""
    weight = filters(rng, cout, cin, extreme)
    if kind == modelfile.HEAD:
        weight = zero_summed(weight, extreme)
    spread = np.sqrt((weight.astype(np.float64) ** 2).sum(axis=(1, 2, 3))) * (1200 if kind == modelfile.HEAD else 45)
    target = 300000.0 if kind == modelfile.TAIL else 64.0
    scale = (target / spread * rng.uniform(0.7, 1.4, cout)).astype(np.float32)
    bias = np.rint(rng.normal(0, 0.3, cout) * spread).astype(np.int64)
    return modelfile.IntegerLayer(kind, weight.astype(np.int8), bias.astype(np.int32), scale)


def fold_zero_point(layer: modelfile.IntegerLayer, before: int, skipped: int) -> None:
    """Take the zero points of a layer's inputs out of its bias."""
    layer.bias -= (before * layer.weight.astype(np.int64).sum(axis=(1, 2, 3))).astype(np.int32)
    if layer.multiplier is not None:
        layer.bias -= layer.multiplier.astype(np.int32) * skipped


def settle_constant(net: modelfile.IntegerNet) -> None:
    """Choose the tail's biases so that a constant picture comes back; odd channels to the very edge of what rounds to 0."""
    tail = net.layers[-1]
    tail.bias[:] = 0
    vector = simulate.run_layers(net, np.zeros((1, 1, 3)))[-2].astype(np.int64)
    tail.bias[:] = -simulate.convolve(tail, vector)[0, 0]
    slack = np.floor(0.499 / tail.scale.astype(np.float64)).astype(np.int32)
    tail.bias[1::2] += slack[1::2]


def tiny_net(name: str, seed: int) -> modelfile.IntegerNet:
    """One of TINY, or BAD, which the bad files are made from."""
    scale, widths, skips, points, extreme = TINY.get(name, BAD)
    net = modelfile.IntegerNet(name, scale, seed % 5, seed % 3, seed % 2, seed % 5)
    return filled_net(net, seed, widths, skips, points, extreme)


def faithful_net(name: str, seed: int) -> modelfile.IntegerNet:
    """One of FAITHFUL."""
    scale, widths, shrinking, passes = FAITHFUL[name]
    return filled_net(modelfile.IntegerNet(name, scale, 0, 0, shrinking, passes, "ensemble" in name), seed, widths, {}, False, False)


def filled_net(net: modelfile.IntegerNet, seed: int, widths: tuple[int, ...], skips: dict[int, int], points: bool,
               extreme: bool) -> modelfile.IntegerNet:
    """Random layers put into a net that has none."""
    rng = np.random.default_rng(seed)
    scale, name = net.scale, net.name
    channels = [3, *widths, 3 * scale * scale]
    for i, (cin, cout) in enumerate(zip(channels, channels[1:])):
        kind = modelfile.HEAD if i == 0 else modelfile.TAIL if i == len(widths) else modelfile.BODY
        layer = random_layer(rng, kind, cout, cin, extreme)
        if i in skips:
            layer.skip = skips[i]
            layer.multiplier = np.rint(rng.normal(0, 0.5, cout) / layer.scale).clip(-32768, 32767).astype(np.int16)
            if extreme:
                layer.multiplier[:2] = (-32768, 32767)
        if points and kind != modelfile.TAIL:
            layer.zero_point = int((0, 1, 40, 64, 126, 127)[rng.integers(6)])
        if i:
            skipped = net.layers[i - layer.skip].zero_point if layer.skip else 0
            fold_zero_point(layer, net.layers[i - 1].zero_point, skipped)
        net.layers.append(layer)
    settle_constant(net)
    faults = modelfile.limit_faults(net)
    if faults or simulate.constant_tail(net).any():
        raise SystemExit(f"{name}: {faults}")
    return net


def random_picture(rng: np.random.Generator, width: int, height: int, channels: int, wide: bool) -> np.ndarray:
    """Half noise, half smooth, with black, white and (alpha) clear holes."""
    top = 65535 if wide else 255
    noise = rng.random((height, width, channels))
    ramp = (np.arange(width)[None, :, None] + np.arange(height)[:, None, None]) / (width + height)
    picture = np.where(rng.random((height, width, 1)) < 0.5, noise, ramp)
    picture = np.where(rng.random((height, width, 1)) < 0.1, np.round(noise), picture)
    if channels in (2, 4):
        clear = (rng.random((height, width)) < 0.15) | (ramp[..., 0] > 0.8)
        picture[..., -1] = np.where(clear, 0, picture[..., -1])
    return np.rint(picture * top).astype(np.uint16 if wide else np.uint8)


def blocks(rng: np.random.Generator, width: int, height: int, channels: int, jitter: int) -> np.ndarray:
    """Rectangles of levels of their own, 16 bits, none smaller than 3, each with noise of a few levels, up to jitter."""
    picture = np.zeros((height, width, channels), np.int64)
    level = rng.integers(0, 65536, channels)
    for top in range(0, height, 8):
        left = 0
        while left < width:
            wide = int(rng.integers(3, 10))
            step = rng.choice([300, 5000, 6167, 6168, 6500, 12000, 33000, 50000], channels) * rng.choice([-1, 1], channels)
            level = np.where((level + step < 0) | (level + step > 65535), level - step, level + step)
            picture[top : top + 8, left : left + wide] = level
            left += wide
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    return np.clip(picture + rng.integers(0, jitter + 1, picture.shape), 0, 65535)


def brink(rng: np.random.Generator, width: int, height: int, channels: int) -> np.ndarray:
    """Plateau, sample, rough side; contrast, flatness and distance each just within what the guard asks for, or just not."""
    line = np.zeros((max(width, height) + 12, channels), np.int64)
    for c in range(channels):
        for start in range(0, max(width, height), 12):
            contrast = rng.choice([6167, 6168, 6168, 6175, 9999, 61679, 61680])
            spread, beyond = rng.choice([514, 514, 515]), rng.choice([0, 0, 1])
            place = [3, spread, 0, 9, 3 + (contrast >> 3) + beyond] + [contrast, contrast - 700] * 3 + [contrast]
            lowest = rng.integers(600, 65536 - 600 - contrast)
            line[start : start + 12, c] = lowest + (np.array(place) if start % 24 else contrast - np.array(place))
    line = line[: max(width, height)]
    return line[None].repeat(height, axis=0) if width > height else line[:, None].repeat(width, axis=1)


def lines(rng: np.random.Generator, width: int, height: int, channels: int) -> np.ndarray:
    """Lines and dots, 1 to 3 wide, on a flat field."""
    picture = np.full((height, width, channels), rng.integers(0, 65536, channels))
    for _ in range(1 + width * height // 60):
        thick, x, y = int(rng.integers(1, 4)), int(rng.integers(width)), int(rng.integers(height))
        place = ((slice(None), slice(x, x + thick)), (slice(y, y + thick), slice(None)), (slice(y, y + 1), slice(x, x + 1)))
        picture[place[rng.integers(3)]] = rng.integers(0, 65536, channels)
    return picture


def soft_edge(width: int, height: int, channels: int) -> np.ndarray:
    """A slanted edge, as soft as a photograph's, between black and white, the other way round in the second colour."""
    place = np.arange(width)[None, :] - 0.3 * np.arange(height)[:, None]
    edge = np.rint(65535 / (1 + np.exp(-2.2 * (place - place.mean())))).astype(np.int64)
    return np.stack([edge if c % 2 == 0 else 65535 - edge for c in range(channels)], axis=2)


def scene(rng: np.random.Generator, width: int, height: int, channels: int) -> np.ndarray:
    """Everything that the guard looks at, in patches: blocks, lines, a soft edge, a flat field, noise."""
    w, h = width // 2, height // 2
    flat = np.full((height - h, w, channels), rng.integers(0, 65536, channels))
    flat[:, w // 2 :] = rng.choice([0, 65535], channels)
    right = np.concatenate([soft_edge(width - w, h, channels), rng.integers(0, 65536, (height - h, 7, channels))
                            .repeat((width - w + 6) // 7, axis=1)[:, : width - w]])
    left = np.concatenate([blocks(rng, w, h, channels, 514), flat])
    picture = np.concatenate([left, right], axis=1)
    strip = lines(rng, width, height // 4, channels)
    picture[h - len(strip) // 2 : h - len(strip) // 2 + len(strip)] = strip
    return picture


def guarded_picture(kind: str, seed: int, width: int, height: int, channels: int, wide: bool) -> np.ndarray:
    """A picture of one of the kinds that decide what the halo guard does; alpha has clear holes."""
    rng = np.random.default_rng(seed)
    made = {
        "steps": lambda: blocks(rng, width, height, channels, 0),
        "plateaus": lambda: blocks(rng, width, height, channels, 514),
        "rough": lambda: blocks(rng, width, height, channels, 530),
        "lines": lambda: lines(rng, width, height, channels),
        "brink": lambda: brink(rng, width, height, channels),
        "edge": lambda: soft_edge(width, height, channels),
        "flat": lambda: np.full((height, width, channels), rng.integers(0, 65536, channels)),
        "noise": lambda: rng.integers(0, 65536, (height, width, channels)),
        "scene": lambda: scene(rng, width, height, channels),
    }[kind]()
    if channels in (2, 4):
        made[..., -1] = np.where(rng.random((height, width)) < 0.15, 0, made[..., -1])
    return (made if wide else made // 257).astype(np.uint16 if wide else np.uint8)


def write_picture(path: Path, picture: np.ndarray) -> Path:
    """P5, P6 or P7 by the number of channels; the path with its suffix."""
    height, width, channels = picture.shape
    top = 65535 if picture.dtype == np.uint16 else 255
    body = picture.astype(">u2" if top > 255 else "u1").tobytes()
    if channels in (1, 3):
        header = f"P{5 if channels == 1 else 6}\n{width} {height}\n{top}\n"
        path = path.with_name(path.name + (".pgm" if channels == 1 else ".ppm"))
    else:
        kind = "GRAYSCALE_ALPHA" if channels == 2 else "RGB_ALPHA"
        header = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {channels}\nMAXVAL {top}\nTUPLTYPE {kind}\nENDHDR\n"
        path = path.with_name(path.name + ".pam")
    path.write_bytes(header.encode("ascii") + body)
    return path


def write_layers(path: Path, activations: list[np.ndarray]) -> None:
    """u32 count; per layer u32 channels and the values, u8, or s32 in the tail."""
    parts = [struct.pack("<I", len(activations))]
    for a in activations:
        parts += [struct.pack("<I", a.shape[2]), a.astype("<i4" if a.dtype == np.int32 else "u1").tobytes()]
    path.write_bytes(b"".join(parts))


def write_case(folder: Path, name: str, content: bytes, picture: np.ndarray, kind: str = "") -> None:
    """One picture through one net: what the net gives, every layer unless the picture is of a kind (they are for section 5
    and would be large), the faithful result if the net has passes, and of a scene that at another size."""
    height, width, channels = picture.shape
    layout = dict((n, f) for f, n in FORMATS)[channels]
    case = f"{name}-{layout}{16 if picture.dtype == np.uint16 else 8}-{width}x{height}{kind and '-'}{kind}"
    done = simulate.simulate(content, picture)
    write_picture(folder / f"{case}.in", picture)
    write_picture(folder / f"{case}.out", done.result)
    if not kind:
        write_layers(folder / f"{case}.layers", done.activations)
    net = modelfile.read(content)
    if net.passes:
        write_picture(folder / f"{case}.faithful", simulate.simulate(content, picture, net_alone=False).result)
    if kind == "scene":
        wide = picture if picture.dtype == np.uint16 else picture.astype(np.uint16) * 257
        full = simulate.simulate(content, wide, net_alone=False).result
        wanted = (width * (net.scale + 1) // 2 + 1, height * net.scale - 2)
        write_picture(folder / f"{case}.sized", resize.resize(full, *wanted, picture.dtype == np.uint16, net.shrinking == faithful.AREA))


def tiny_cases(folder: Path) -> None:
    """Every tiny net on a few random pictures; sizes, formats and depths take turns."""
    turn = 0
    for seed, name in enumerate(TINY):
        content = modelfile.write(tiny_net(name, seed))
        (folder / f"{name}.fovea").write_bytes(content)
        rng = np.random.default_rng(100 + seed)
        for width, height in SIZES:
            if width == 33 and name != "c16-x2-skip123":
                continue
            channels, wide = FORMATS[turn % 4][1], turn // 4 % 2 == 1
            write_case(folder, name, content, random_picture(rng, width, height, channels, wide))
            turn += 1


def guarded_cases(folder: Path, name: str, content: bytes, cases: tuple[tuple[str, int, int], ...], turn: int) -> None:
    """Pictures of guarded_picture; formats and depths take turns."""
    for i, (kind, width, height) in enumerate(cases, turn):
        picture = guarded_picture(kind, 300 + i, width, height, FORMATS[i % 4][1], i // 4 % 2 == 1 or kind == "brink")
        write_case(folder, name, content, picture, kind)


def faithful_cases(folder: Path) -> None:
    """Nets for every scale and D, each with about the same pictures in formats of their own."""
    for seed, name in enumerate(FAITHFUL):
        content = modelfile.write(faithful_net(name, 200 + seed))
        (folder / f"{name}.fovea").write_bytes(content)
        large = {2: (40, 30), 3: (24, 17), 4: (19, 15)}[FAITHFUL[name][0]]
        guarded_cases(folder, name, content, FAITHFUL_KINDS + (("scene", *large),), 11 * seed)


def real_cases(folder: Path, model: Path, picture: Path) -> None:
    """The shipped net on crops of a real picture."""
    content = model.read_bytes()
    (folder / model.name).write_bytes(content)
    full = np.asarray(Image.open(picture).convert("RGB"))
    for width, height, wide in ((1, 1, False), (2, 3, True), (7, 5, False), (33, 20, False)):
        crop = full[40 : 40 + height, 40 : 40 + width]
        write_case(folder, model.stem, content, crop.astype(np.uint16) * 257 if wide else crop)
    guarded_cases(folder, model.stem, content, REAL_KINDS, 2)


def main() -> None:
    """Write everything anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="tests/golden")
    parser.add_argument("--model", type=Path, help="a shipped net")
    parser.add_argument("--picture", type=Path, help="a picture for it")
    args = parser.parse_args()
    good, bad = args.folder / "good", args.folder / "bad"
    for folder in (good, bad):
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.iterdir()):
            old.unlink()
    tiny_cases(good)
    faithful_cases(good)
    if args.model:
        real_cases(good, args.model, args.picture)
    golden_bad.write(bad, modelfile.write(tiny_net("c16-x2-head-tail", 7)), modelfile.write(tiny_net("bad", 50)))


if __name__ == "__main__":
    main()
