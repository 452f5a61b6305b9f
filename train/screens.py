"""Training pairs of screens: pages rendered by Chromium at device scale factors 1 and S, cut into crops.

    python screens.py CACHE                     # crops for train.py ANY --cache CACHE --degradation screen --scale 2
    python screens.py HELD --held 24            # whole held-out pages: HELD/{aligned,default}/NAME-{1x,2x}.png and NAME.json

Needs numpy, pillow, Debian's packages of `python screens.py --packages`, no network. The same seed, Chromium and fonts give
the same bytes.

A crop's small picture is one of three: the 1x render without hinting and with glyphs where the layout says ("aligned"), the
Sx render made smaller ("shrunk": averaged, or by a softer or sharper kernel, as pictures of screens are on their way into
articles), or the 1x render as browsers ship it ("default"). For training the Sx render is the
1x layout drawn under `transform: scale(S)`: at a device scale factor of S Chromium lays the page out anew, and a line of text
may come to lie half a pixel elsewhere, which no net can know. Rendered pairs are kept only where the two renders agree: in
nearly every block the Sx render moved by one of its pixels must not fit better than unmoved.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Sequence

import numpy as np
from PIL import Image

import browser
import degrade
import pages
import words
from data import gradient_energy

SIDE = 256  # of a crop of the large render
WINDOW = (960, 640)  # CSS pixels
CHUNK = 24  # pages a browser renders before the next look is taken
A_PAGE = 8  # crops of one kind from one page
BLOCK = 16  # side of the blocks that are compared, in small pixels
SHARES = {"aligned": 0.45, "shrunk": 0.30, "default": 0.25}
STYLES = (browser.Style(True, False), browser.Style(False, False), browser.Style(True, True), browser.Style(True, False),
          browser.Style(False, True))
DENSE = (1, 2, 1, 1.5, 1, 1, 3)  # device pixels to a CSS pixel of the small picture, chunk by chunk
SHRINKERS = ("area", "area", "area", "bilinear", "bilinear", "bicubic", "lanczos")
LEAST = {"aligned": 24.0, "default": 27.0}  # dB over a crop: below it the pair is two drawings of the text
AGREE = 0.97  # share of a crop's blocks
SCALED = "html{{transform:scale({scale});transform-origin:0 0;width:{width}px;height:{height}px}}</style>"
Page = tuple[np.ndarray, np.ndarray, list]  # small, large, marked lines of text
OCR_LINES = """[...document.querySelectorAll('[data-ocr]')].map(e => {const r = e.getBoundingClientRect(),
p = e.closest('.panel').getBoundingClientRect(); return {text: e.textContent, box: [r.left, r.top, r.right, r.bottom],
whole: r.right < p.right - 4 && r.bottom < p.bottom - 4 && r.bottom < innerHeight && r.right < innerWidth}})
.filter(l => l.whole).map(l => ({text: l.text, box: l.box}))"""


def area(large: np.ndarray, scale: int) -> np.ndarray:
    """(H*scale, W*scale, C) uint8 -> (H, W, C) float32, the mean of each square."""
    height, width = large.shape[0] // scale * scale, large.shape[1] // scale * scale
    total = np.zeros((height // scale, width // scale, large.shape[2]), np.uint16)
    for y in range(scale):
        for x in range(scale):
            total += large[y:height:scale, x:width:scale]
    return total.astype(np.float32) / scale**2


def block_errors(small: np.ndarray, large: np.ndarray, scale: int) -> np.ndarray:
    """Mean squared error of grey in the small render against the shrunk large one in each block, (9, rows, columns): first
    unmoved, then with the large one moved by one of its pixels in eight directions."""
    small, large = (((p[..., :1].astype(np.uint16) + 2 * p[..., 1:2] + p[..., 2:]) // 4).astype(np.uint8) for p in (small, large))
    moves = [(0, 0)] + [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    rows, columns = small.shape[0] // BLOCK, small.shape[1] // BLOCK
    errors = []
    for move in moves:
        difference = (area(np.roll(large, move, (0, 1)), scale) - small)[: rows * BLOCK, : columns * BLOCK] ** 2
        errors.append(difference.reshape(rows, BLOCK, columns, BLOCK).mean((1, 3)))
    return np.stack(errors)


def agreeing(errors: np.ndarray) -> np.ndarray:
    """Blocks in which nothing but the drawing of edges differs: (rows, columns) bool."""
    return (errors[0] < 20) | (errors[0] <= 1.05 * errors[1:].min(0))


def flat_share(picture: np.ndarray) -> float:
    """Share of the 8x8 squares that are of one colour."""
    squares = picture.reshape(picture.shape[0] // 8, 8, -1, 8, 3)
    return float((squares.max((1, 3)) == squares.min((1, 3))).all(-1).mean())


def render(style: browser.Style, scale: int, seeds: Sequence[int], held: bool, dense: float = 1,
           size: tuple[int, int] = WINDOW) -> list[Page]:
    """The pages, small ones of `size` pixels, the large picture of the small one's layout. dense: device pixels to a CSS pixel in the
    small one; only where it is 1 are lines of text marked."""
    width, height = (round(side / dense) for side in size)
    results = []
    with browser.Browser(1, style, words.families(words.TRAINED if held else words.HELD)) as window:
        for seed in seeds:
            html = pages.page(seed, held, width, height, style.aligned)
            shots, lines = [], []
            for factor in (dense, dense * scale):
                drawn = html
                if factor != 1:
                    drawn = html.replace("</style>", SCALED.format(scale=factor, width=width, height=height), 1)
                window.show(drawn, round(width * factor), round(height * factor))
                shots.append(window.picture())
                if factor == 1:
                    lines = window.run(OCR_LINES)
            results.append((*shots, lines))
    return results


def render_factors(style: browser.Style, scale: int, seeds: Sequence[int]) -> list[Page]:
    """Held-out pages as two screens would show them: device scale factors 1 and `scale`, each laid out on its own."""
    shots, lines = {}, {}
    for factor in (1, scale):
        with browser.Browser(factor, style, words.families(words.TRAINED)) as window:
            for seed in seeds:
                window.show(pages.page(seed, True, *WINDOW, style.aligned), *WINDOW)
                shots[factor, seed] = window.picture()
                if factor == 1:
                    lines[seed] = window.run(OCR_LINES)
    return [(shots[1, seed], shots[scale, seed], lines[seed]) for seed in seeds]


class Harvest:
    """The crops so far, by kind."""

    def __init__(self, count: int, scale: int, seed: int) -> None:
        self.scale = scale
        self.wanted = {kind: round(count * share) for kind, share in SHARES.items()}
        self.crops: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {kind: [] for kind in SHARES}
        self.rng = random.Random(seed)
        self.seen = {"aligned": [0, 0], "default": [0, 0]}

    def lacks(self, kind: str) -> bool:
        """Whether more of this kind is wanted."""
        return len(self.crops[kind]) < self.wanted[kind]

    def fits(self, small: np.ndarray, large: np.ndarray, agree: np.ndarray, kind: str) -> bool:
        """Whether the two renders of a crop are of the same drawing."""
        error = float(np.mean((area(large, self.scale) - small) ** 2))
        good = float(agree.mean()) >= AGREE and error <= 255**2 / 10 ** (LEAST[kind] / 10)
        self.seen[kind][0] += good
        self.seen[kind][1] += 1
        return good

    def take(self, small: np.ndarray, large: np.ndarray, kind: str) -> None:
        """Cut a page, kind "aligned" or "default", into crops."""
        s, part = self.scale, SIDE // self.scale
        agree = agreeing(block_errors(small, large, s))
        top, left = (self.rng.randrange((have - part) % part + 1) for have in small.shape[:2])
        spots = [(y, x) for y in range(top, small.shape[0] - part + 1, part) for x in range(left, small.shape[1] - part + 1, part)]
        self.rng.shuffle(spots)
        room = {kind: A_PAGE, "shrunk": A_PAGE // 2}
        for y, x in spots:
            little = small[y : y + part, x : x + part]
            big = large[y * s : y * s + SIDE, x * s : x * s + SIDE]
            if big.shape[:2] != (SIDE, SIDE):
                continue
            flat = flat_share(big)
            if flat > 0.995 or (flat > 0.93 and self.rng.random() > 0.1):
                continue
            blocks = agree[y // BLOCK : -(-(y + part) // BLOCK), x // BLOCK : -(-(x + part) // BLOCK)]
            fits = self.fits(little, big[: part * s, : part * s], blocks, kind)
            use = kind if fits and self.lacks(kind) and room[kind] else "shrunk"
            if use == "shrunk":
                little = degrade.shrink(big, s, self.rng.choice(SHRINKERS))
            if self.lacks(use) and room[use]:
                room[use] -= 1
                self.crops[use].append((little, big))

    def save(self, folder: Path) -> None:
        """The cache of data.py, kinds mixed."""
        pairs = [pair for kind in SHARES for pair in self.crops[kind]]
        self.rng.shuffle(pairs)
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"hr-{SIDE}.npy", np.stack([large for _, large in pairs]))
        np.save(folder / f"lr-{SIDE}-x{self.scale}-screen.npy", np.stack([small for small, _ in pairs]))
        np.save(folder / f"energy-{SIDE}.npy", np.array([gradient_energy(large) for _, large in pairs], np.float32))
        (folder / "complete").touch()


def build_cache(folder: Path, count: int, scale: int, seed: int) -> None:
    """Render page after page until every kind has its share."""
    harvest, chunk = Harvest(count, scale, seed), 0
    while any(harvest.lacks(kind) for kind in SHARES):
        style = STYLES[chunk % len(STYLES)]
        kind = "aligned" if style.aligned else "default"
        if harvest.lacks(kind) or harvest.lacks("shrunk"):
            first = seed * 1_000_000 + chunk * CHUNK
            dense = DENSE[chunk % len(DENSE)]
            for small, large, _ in render(style, scale, range(first, first + CHUNK), held=False, dense=dense):
                harvest.take(small, large, kind)
            print(chunk, style, dense, {k: len(v) for k, v in harvest.crops.items()}, harvest.seen, flush=True)
        chunk += 1
    harvest.save(folder)


def build_held(folder: Path, count: int, scale: int) -> None:
    """Whole held-out pages: "aligned" of one layout, "default" of two device scale factors; every fourth with coloured edges."""
    for aligned in (True, False):
        place = folder / ("aligned" if aligned else "default")
        place.mkdir(parents=True, exist_ok=True)
        for coloured in (False, True):
            style = browser.Style(aligned, coloured)
            chosen = [n for n in range(count) if (n % 4 == 3) == coloured]
            done = render(style, scale, chosen, True) if aligned else render_factors(style, scale, chosen)
            for n, (small, large, lines) in zip(chosen, done):
                Image.fromarray(small).save(place / f"page{n:02}-1x.png")
                Image.fromarray(large).save(place / f"page{n:02}-{scale}x.png")
                (place / f"page{n:02}.json").write_text(json.dumps({"coloured": coloured, "lines": lines}, indent=1))


def missing_fonts() -> list[str]:
    """Families that the pages name and this machine lacks."""
    if not shutil.which("fc-list"):
        return ["(fontconfig is missing: fc-list)"]
    listing = subprocess.run(["fc-list", ":", "family"], check=True, capture_output=True, text=True).stdout
    have = {name.strip().replace("\\", "") for line in listing.splitlines() for name in line.split(",")}
    return [name for name in (*words.families(words.TRAINED), *words.families(words.HELD)) if name not in have]


def main() -> None:
    """Build what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="folder to write")
    parser.add_argument("--packages", action="store_true", help="print the Debian packages that are needed")
    parser.add_argument("--held", type=int, default=0, help="write this many held-out pages instead of training crops")
    parser.add_argument("--count", type=int, default=3000, help="training crops")
    parser.add_argument("--scale", type=int, choices=(2, 3, 4), default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.packages:
        print(*words.PACKAGES)
        return
    if not args.folder:
        parser.error("a folder is needed")
    if not browser.chromium():
        sys.exit("screens.py: no chromium; apt-get install $(python screens.py --packages)")
    if missing := missing_fonts():
        sys.exit(f"screens.py: fonts are missing: {', '.join(missing)}; apt-get install $(python screens.py --packages)")
    if args.held:
        build_held(args.folder, args.held, args.scale)
    else:
        build_cache(args.folder, args.count, args.scale, args.seed)


if __name__ == "__main__":
    main()
