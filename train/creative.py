"""Creative mode, doc/format.md section 8, in numpy, by the page alone; and its goldens.

    python creative.py ../tests/golden/creative

Written to be read. Arrays are int64 (rows, columns, colours); `faithful` and `creative` are F and C of the page, 16-bit values.
Everything is seeded: the same command writes the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import faithful as guarantee
import golden
import modelfile
import resize
import simulate

Rect = tuple[int, int, int, int]  # x, y, w, h

TENT = 7  # source samples to each side that the drift is smoothed over
NEAR = 4  # that decide whether a sample is flat or a stroke's
AROUND = 8  # that are counted
FADE = 8  # source samples in which a rectangle's protection ends
FULL = 256
LEVEL = 257

# ---- Colours ----


def drift(faithful: np.ndarray, creative: np.ndarray, scale: int) -> np.ndarray:
    """m: the rounded mean of F - C at each source sample."""
    rows, columns, colours = faithful.shape
    blocks = (faithful - creative).reshape(rows // scale, scale, columns // scale, scale, colours)
    return (blocks.sum(axis=(1, 3)) + scale * scale // 2) // (scale * scale)


def tent(v: np.ndarray) -> np.ndarray:
    """Along the first axis, edges repeated."""
    weights = [1 + TENT - abs(o) for o in range(-TENT, TENT + 1)]
    return sum(w * part for w, part in zip(weights, guarantee.neighbours(v, TENT)))


def turned(v: np.ndarray) -> np.ndarray:
    """Rows for columns."""
    return v.transpose(1, 0, 2)


def in_colours_of(faithful: np.ndarray, creative: np.ndarray, scale: int) -> np.ndarray:
    """C': C with F's low frequencies."""
    smooth = (tent(turned(tent(turned(drift(faithful, creative, scale))))) + 2048) >> 12
    rows = simulate.enlarge_rows(smooth, scale, 2048, 12)
    return np.clip(creative + turned(simulate.enlarge_rows(turned(rows), scale, 2048, 12)), 0, 65535)


# ---- Protected ----


def extremes(v: np.ndarray, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of v(i + first) ... v(i + last) along the first axis, edges repeated."""
    places = np.arange(v.shape[0])
    stack = [v[np.clip(places + o, 0, v.shape[0] - 1)] for o in range(first, last + 1)]
    return np.min(stack, axis=0), np.max(stack, axis=0)


def square(v: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of the square around each sample."""
    least, greatest = extremes(v, -reach, reach)
    return extremes(least.T, -reach, reach)[0].T, extremes(greatest.T, -reach, reach)[1].T


def strokes(g: np.ndarray, darkest: np.ndarray, lightest: np.ndarray) -> np.ndarray:
    """Which samples are a stroke's, looking along the first axis."""
    before, behind = extremes(g, -NEAR, -1), extremes(g, 1, NEAR)
    light, dark = np.minimum(before[1], behind[1]), np.maximum(before[0], behind[0])
    return ((light - g >= 48 * LEVEL) & (lightest - light <= 12 * LEVEL)) | (
        (g - dark >= 48 * LEVEL) & (dark - darkest <= 12 * LEVEL))


def added_up(v: np.ndarray) -> np.ndarray:
    """The sum of the square of 17 x 17 around each sample, edges repeated."""
    rows = guarantee.neighbours(v, AROUND).sum(axis=0)
    return guarantee.neighbours(rows.T, AROUND).sum(axis=0).T


def found(source: np.ndarray) -> np.ndarray:
    """q of what the source shows, (rows, columns)."""
    g = (source[..., 0] + 2 * source[..., 1] + source[..., 2] + 2) >> 2
    least, greatest = square(g, 2)
    flat = np.clip((1542 - (greatest - least)) >> 3, 0, 128)
    darkest, lightest = square(g, NEAR)
    written = strokes(g, darkest, lightest) | strokes(g.T, darkest.T, lightest.T).T
    flats = (added_up(flat) - 20608) >> 6
    texts = 8 * (added_up(written.astype(np.int64)) - 16)
    return np.clip(np.maximum(flats, texts), 0, FULL)


def outside(count: int, start: int, size: int) -> np.ndarray:
    """How far each of 0 ... count - 1 is from start ... start + size - 1."""
    places = np.arange(count)
    return np.maximum(np.maximum(start - places, places - (start + size - 1)), 0)


def given(shape: tuple[int, int], rects: list[Rect]) -> np.ndarray:
    """q of the rectangles, (rows, columns)."""
    q = np.zeros(shape, np.int64)
    for x, y, w, h in rects:
        far = np.maximum(outside(shape[0], y, h)[:, None], outside(shape[1], x, w)[None, :])
        q = np.maximum(q, np.maximum(FULL - FULL // FADE * far, 0))
    return q


def protection(source: np.ndarray, rects: list[Rect]) -> np.ndarray:
    """q, 0 ... 256, (rows, columns)."""
    return np.maximum(found(source), given(source.shape[:2], rects))


def calm(source: np.ndarray, rects: list[Rect]) -> np.ndarray:
    """c times 256 - the rectangles' part of q, 0 ... 65536, (rows, columns)."""
    g = (source[..., 0] + 2 * source[..., 1] + source[..., 2] + 2) >> 2
    least, greatest = square(g, 2)
    return np.clip(771 - (greatest - least), 0, FULL) * (FULL - given(g.shape, rects))


# ---- The whole ----


def spread(mix: np.ndarray, scale: int) -> np.ndarray:
    """A weight for each source sample as one for each of the result's."""
    return mix.repeat(scale, axis=0).repeat(scale, axis=1)[..., None]


def blend(source: np.ndarray, faithful: np.ndarray, creative: np.ndarray, scale: int, strength: int,
          rects: list[Rect]) -> np.ndarray:
    """r: the creative result, 16-bit values."""
    mix = spread((strength * (FULL - protection(source, rects)) * 16 + 50) // 100, scale)
    both = faithful + ((mix * (in_colours_of(faithful, creative, scale) - faithful) + 2048) >> 12)
    plain = np.clip((simulate.anchor(source, scale) + 32) >> 6, 0, 65535)
    return both + ((spread((strength * calm(source, rects) + 800) // 1600, scale) * (plain - both) + 2048) >> 12)


def net_colours(net: modelfile.IntegerNet, p: np.ndarray) -> np.ndarray:
    """z of section 2, three colours in 1/64 level."""
    return simulate.anchor(p, net.scale) + simulate.shuffle(simulate.tail_of(net, p >> 4), net.scale)


def create(first: bytes, second: bytes, picture: np.ndarray, strength: int, rects: list[Rect]) -> np.ndarray:
    """The creative result of a faithful and a creative file for a picture as simulate.simulate takes it."""
    net, other = modelfile.read(first), modelfile.read(second)
    scale, channels, wide = net.scale, picture.shape[2], picture.dtype == np.uint16
    colour, alpha = picture.astype(np.int64) * (1 if wide else LEVEL), None
    if channels in (2, 4):
        colour, alpha = colour[..., :-1], colour[..., -1:]
        colour = simulate.fill_hidden(colour, alpha[..., 0])
    p = colour if colour.shape[2] == 3 else np.repeat(colour, 3, axis=2)

    def sure_of(p: np.ndarray) -> np.ndarray:
        return guarantee.faithful(p, net_colours(net, p), scale, net.shrinking, net.passes, simulate.enlarge_rows)

    free = np.clip((net_colours(other, p) + 32) >> 6, 0, 65535)
    z = 64 * blend(p, sure_of(p) >> 6, free, scale, strength, rects)
    if colour.shape[2] == 1:
        z = simulate.to_grey(z)
    if alpha is not None:
        z = simulate.with_alpha(z, alpha, sure_of, scale)
    return simulate.rounded(z, wide)


# ---- Goldens ----

# name -> scale; F's widths, D and K; C's widths and skips
PAIRS = {
    "x2-bicubic": (2, (16, 16), guarantee.BICUBIC, 2, (16,), {}),
    "x2-blocks": (2, (16,), guarantee.BLOCKS, 1, (16,) * 16, {4: 2, 9: 4}),
    "x3-area": (3, (16,), guarantee.AREA, 1, (32, 16, 16), {2: 1}),
    "x4-bicubic": (4, (16, 16), guarantee.BICUBIC, 1, (16, 16), {}),
}
KINDS = (("noise", 1, 1), ("flat", 3, 6), ("noise", 9, 5), ("writing", 40, 1), ("scene", 30, 26), ("writing", 46, 40),
         ("page", 52, 35))


def writing(rng: np.random.Generator, width: int, height: int, channels: int) -> np.ndarray:
    """Strokes about as strong as, or a little weaker than, writing must be, dark and light, on paper as even as it must be."""
    paper = int(rng.integers(20000, 46000)) + rng.integers(0, 4 * LEVEL, (height, width, channels))
    depth = int(rng.choice([48, 49, 60])) * LEVEL * int(rng.choice([-1, 1]))
    for x in range(2, width, int(rng.integers(4, 7))):
        paper[rng.integers(0, max(1, height // 3)) :, x] += depth
    for y in range(3, height, 11):
        paper[y, width // 4 :] -= depth
    return np.clip(paper, 0, 65535)


def page(rng: np.random.Generator, width: int, height: int, channels: int) -> np.ndarray:
    """A flat field beside noise, with a little less and a little more unrest than flat is, and writing in a corner."""
    picture = rng.integers(0, 65536, (height, width, channels))
    picture[:, : width * 2 // 3] = int(rng.integers(3000, 60000)) + rng.integers(0, 1000, (height, width * 2 // 3, channels))
    picture[:, : width // 3] = picture[:1, :1]
    picture[height // 2 :, width // 2 :] = writing(rng, width - width // 2, height - height // 2, channels)
    return picture


def golden_picture(kind: str, seed: int, width: int, height: int, channels: int, wide: bool) -> np.ndarray:
    """golden.guarded_picture's kinds, and two of our own."""
    if kind not in ("writing", "page"):
        return golden.guarded_picture(kind, seed, width, height, channels, wide)
    rng = np.random.default_rng(seed)
    made = {"writing": writing, "page": page}[kind](rng, width, height, channels)
    if channels in (2, 4):
        made[..., -1] = np.where(rng.random((height, width)) < 0.15, 0, rng.integers(0, 65536, (height, width)))
    return (made if wide else made // LEVEL).astype(np.uint16 if wide else np.uint8)


def nets(name: str, seed: int) -> tuple[bytes, bytes]:
    """The pair's files."""
    scale, widths, shrinking, passes, other, skips = PAIRS[name]
    first = golden.filled_net(modelfile.IntegerNet(name, scale, 0, 0, shrinking, passes), seed, widths, {}, False, False)
    free = modelfile.IntegerNet(name, scale, 3 + seed % 2, 1, 0, seed % 3)
    return modelfile.write(first), modelfile.write(golden.filled_net(free, seed + 50, other, skips, True, False))


def rectangles(rng: np.random.Generator, count: int, width: int, height: int) -> list[Rect]:
    """Some of them beyond the picture."""
    return [(int(rng.integers(-width // 2, width)), int(rng.integers(-height // 2, height)), int(rng.integers(1, 12)),
             int(rng.integers(1, 12))) for _ in range(count)]


def cases(folder: Path, name: str, seed: int) -> None:
    """A pair's nets and pictures; formats, depths, strengths and rectangles take turns."""
    first, second = nets(name, seed)
    (folder / f"{name}.fovea").write_bytes(first)
    (folder / f"{name}.creative.fovea").write_bytes(second)
    scale = modelfile.read(first).scale
    for turn, (kind, width, height) in enumerate(KINDS, 11 * seed):
        rng = np.random.default_rng(900 + turn)
        layout, channels = golden.FORMATS[turn % 4]
        picture = golden_picture(kind, 600 + turn, width, height, channels, turn // 4 % 2 == 1)
        strength, rects = (100, 100, 63, 1)[turn % 4], rectangles(rng, turn % 3, width, height)
        case = f"{name}-{layout}{16 if picture.dtype == np.uint16 else 8}-{width}x{height}-{kind}"
        golden.write_picture(folder / f"{case}.in", picture)
        golden.write_picture(folder / f"{case}.out", create(first, second, picture, strength, rects))
        words = [f"{strength}"] + [" ".join(map(str, rect)) for rect in rects]
        (folder / f"{case}.wish").write_text("\n".join(words) + "\n", encoding="ascii")
        if kind == "scene":
            wide = picture if picture.dtype == np.uint16 else picture.astype(np.uint16) * LEVEL
            full = create(first, second, wide, strength, rects)
            wanted = (width * (scale + 1) // 2 + 1, height * scale - 2)
            area = modelfile.read(first).shrinking == guarantee.AREA
            golden.write_picture(folder / f"{case}.sized", resize.resize(full, *wanted, picture.dtype == np.uint16, area))


def main() -> None:
    """Write everything anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="tests/golden/creative")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.iterdir()):
        old.unlink()
    for seed, name in enumerate(PAIRS, 1):
        cases(folder, name, seed)


if __name__ == "__main__":
    main()
