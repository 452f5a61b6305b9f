"""Training pictures: decoded once into a cache, then drawn as random patches.

The cache folder holds, for each crop size P found in the data folder, `hr-P.npy` (N, P, P, 3) uint8, and for each scale and
degradation `lr-P-xS-NAME.npy` (N, P/S, P/S, 3) uint8; `energy-P.npy` (N,) float32, the mean absolute gradient; and, where it
was asked for, `grain-P.npy` likewise; `taught-P-xS-NAME.npy`, shaped as hr, where teach.py was asked to make it. A cache of
screens, degradation "screen", is made whole by screens.py.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import damage
import degrade


@dataclass
class Shelf:
    """Crops of one size: hr (N, P, P, 3) and lr (N, P/S, P/S, 3) uint8; taught, as hr, is what better nets made of lr."""

    hr: np.ndarray
    lr: np.ndarray
    energy: np.ndarray
    taught: np.ndarray | None = None


def gradient_energy(picture: np.ndarray) -> float:
    """Mean absolute difference of neighbouring green samples, in 8-bit levels."""
    green = picture[..., 1].astype(np.int16)
    return float(np.abs(np.diff(green, axis=0)).mean() + np.abs(np.diff(green, axis=1)).mean())


def grain(picture: np.ndarray) -> float:
    """Noise of the quietest tenth of a picture's 8x8 squares, sigma in 8-bit levels (J. Immerkaer, 1996, "Fast noise variance
    estimation")."""
    grey = picture.astype(np.float32).mean(axis=2)
    rows = grey[:-2] - 2 * grey[1:-1] + grey[2:]
    second = np.abs(rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:])
    height, width = (side // 8 * 8 for side in second.shape)
    squares = second[:height, :width].reshape(height // 8, 8, width // 8, 8).mean((1, 3))
    return float(np.quantile(squares, 0.1) * np.sqrt(np.pi / 2) / 6)


def decode(path: Path) -> np.ndarray:
    """(H, W, 3) uint8"""
    return np.asarray(Image.open(path).convert("RGB"))


def decode_all(folder: Path) -> dict[int, list[np.ndarray]]:
    """Every square picture of the folder, by size; anything that is not square is cut to its middle square."""
    shelves: dict[int, list[np.ndarray]] = {}
    paths = sorted(p for p in folder.iterdir() if p.suffix in (".webp", ".png", ".jpg"))
    with ThreadPoolExecutor() as pool:
        pictures = list(pool.map(decode, paths))
    for picture in pictures:
        side = min(picture.shape[:2]) // 48 * 48 if min(picture.shape[:2]) != 256 else 256
        top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
        shelves.setdefault(side, []).append(picture[top : top + side, left : left + side])
    return shelves


def even_side(side: int, scale: int) -> int:
    """The largest multiple of the scale that fits."""
    return side // scale * scale


def build_cache(folder: Path, cache: Path) -> None:
    """Decode the data folder into `cache/hr-P.npy` and `cache/energy-P.npy`."""
    cache.mkdir(parents=True, exist_ok=True)
    for side, pictures in decode_all(folder).items():
        np.save(cache / f"energy-{side}.npy", np.array([gradient_energy(p) for p in pictures], np.float32))
        np.save(cache / f"hr-{side}.npy", np.stack(pictures))
    (cache / "complete").touch()


LESSONS = ("clean", "mild", "jpeg", "fine", "screen")  # of which teach.py makes any
SPOILERS = {"mild": degrade.mild, "jpeg": degrade.compressed, "fine": degrade.fine, "creative": damage.ruined}


def small_picture(picture: np.ndarray, scale: int, name: str, seed: list[int]) -> np.ndarray:
    """One crop through one degradation: "clean" (the benchmarks') or one of SPOILERS."""
    if name == "clean":
        return degrade.shrink(picture, scale)
    return SPOILERS[name](picture, scale, np.random.default_rng(seed))


def shrunk(hr: np.ndarray, scale: int, name: str, seed: int) -> np.ndarray:
    """All crops of a shelf through one degradation, each with random numbers of its own."""
    if name == "screen":
        raise FileNotFoundError(f"this cache has no screens at scale {scale}; screens.py makes one")
    side, count = even_side(hr.shape[1], scale), len(hr)
    crops = (picture[:side, :side] for picture in hr)
    with ProcessPoolExecutor() as pool:
        seeds = ([seed, i] for i in range(count))
        return np.stack(list(pool.map(small_picture, crops, repeat(scale), repeat(name), seeds, chunksize=16)))


def taught_path(cache: Path, side: int, scale: int, name: str) -> Path:
    """Where teach.py puts the results that nets are to learn from."""
    return cache / f"taught-{side}-x{scale}-{name}.npy"


def open_shelves(folder: Path, cache: Path, scale: int, name: str = "clean", seed: int = 1, taught: str | None = None) -> list[Shelf]:
    """The shelves of a data folder at one scale; builds what the cache lacks. taught: the degradation whose lessons (teach.py), which must
    be there, come along."""
    if not (cache / "complete").exists():
        build_cache(folder, cache)
    shelves = []
    for path in sorted(cache.glob("hr-*.npy")):
        side = int(path.stem.split("-")[1])
        hr = np.load(path, mmap_mode="r")  # several trainings share one copy in memory
        low = cache / f"lr-{side}-x{scale}-{name}.npy"
        if not low.exists():
            np.save(low, shrunk(hr, scale, name, seed))
        lessons = np.load(taught_path(cache, side, scale, taught), mmap_mode="r") if taught else None
        shelves.append(Shelf(hr, np.load(low, mmap_mode="r"), np.load(cache / f"energy-{side}.npy"), lessons))
    return shelves


def quiet(shelves: list[Shelf], cache: Path, most: float) -> list[np.ndarray]:
    """Weights for Sampler, 1 for the crops of at most so much grain, 0 for the others."""
    weights = []
    for shelf in shelves:
        path = cache / f"grain-{shelf.hr.shape[1]}.npy"
        if not path.exists():
            np.save(path, np.array([grain(p) for p in shelf.hr], np.float32))
        weights.append((np.load(path) <= most).astype(np.float64))
    return weights


class Sampler:
    """Draws batches of patch pairs: crops with probability ~ energy**0.5, the place in the crop uniform, one of the
    eight turns and flips, the colours in random order. weights: a factor for each crop of each shelf. Deterministic given the seed."""

    def __init__(self, shelves: list[Shelf], scale: int, seed: int, shuffle_colours: bool = True,
                 weights: list[np.ndarray] | None = None) -> None:
        self.shelves = shelves
        self.scale = scale
        self.shuffle_colours = shuffle_colours
        self.rng = np.random.default_rng(seed)
        self.index = [(s, i) for s, shelf in enumerate(shelves) for i in range(len(shelf.hr))]
        weight = np.concatenate([np.sqrt(shelf.energy + 1) * shelf.hr.shape[1] ** 2 for shelf in shelves])
        if weights is not None:
            weight *= np.concatenate(weights)
        self.cumulative = np.cumsum(weight / weight.sum())

    def state(self) -> dict:
        """Where the random numbers are."""
        return self.rng.bit_generator.state

    def set_state(self, state: dict) -> None:
        """Go on from there."""
        self.rng.bit_generator.state = state

    def largest_patch(self) -> int:
        """Side of the largest low-resolution patch that every crop has."""
        return min(shelf.lr.shape[1] for shelf in self.shelves)

    def pictures(self, patch: int) -> list[np.ndarray]:
        """(patch, patch, 3) small and (patch*scale, patch*scale, 3) large, uint8; a second large one where lessons are there."""
        rng, s = self.rng, self.scale
        place = min(int(np.searchsorted(self.cumulative, rng.random())), len(self.index) - 1)
        shelf_number, number = self.index[place]
        shelf = self.shelves[shelf_number]
        y, x = rng.integers(0, shelf.lr.shape[1] - patch + 1, 2)
        large = [crops[number, y * s : (y + patch) * s, x * s : (x + patch) * s] for crops in (shelf.hr, shelf.taught) if crops is not None]
        found = [shelf.lr[number, y : y + patch, x : x + patch], *large]
        turn = int(rng.integers(8))
        if turn & 4:
            found = [picture[:, ::-1] for picture in found]
        found = [np.rot90(picture, turn & 3) for picture in found]
        if self.shuffle_colours:
            order = rng.permutation(3)
            found = [picture[..., order] for picture in found]
        return found

    def batch(self, count: int, patch: int) -> list[torch.Tensor]:
        """Small (count, 3, patch, patch) and large (count, 3, patch*scale, patch*scale), float32 0..1, channels last; and what is
        taught, as large, where the shelves have it."""
        drawn = [self.pictures(patch) for _ in range(count)]
        return [torch.from_numpy(np.stack(alike)).permute(0, 3, 1, 2).float() / 255 for alike in zip(*drawn)]
