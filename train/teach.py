"""What better nets make of the training pictures, for nets to learn from: train.py --taught, quantise.py --taught.

    python teach.py DATA ../models/photo-best-x2.fovea --turns 4

writes CACHE/taught-P-xS-NAME.npy: each small crop enlarged in the faithful mode, turned and flipped in some of the eight ways, the
results turned back and averaged. The average over all eight is better than the net (R. Timofte et al., 2016, "Seven ways to
improve example-based single image super resolution"), so a net can also learn from itself. Such targets hold none of what no
net can know, the chance in which original was shrunk: small batches learn more from them.

Enlarges by the C engine: $FOVEA_LIBRARY names the shared library, ../build/libfovea.so by default.
"""

from __future__ import annotations

import argparse
import ctypes
import os
from pathlib import Path

import numpy as np

import data
import modelfile

RGB8 = 3  # FOVEA_FORMAT_RGB8


class Source(ctypes.Structure):
    """fovea_source of ../include/fovea.h."""

    _fields_ = [("pixels", ctypes.c_void_p), ("stride", ctypes.c_size_t), ("format", ctypes.c_int)]
    _fields_ += [(name, ctypes.c_int32) for name in "x y w h picture_w picture_h result_w result_h".split()]


class Target(ctypes.Structure):
    """fovea_target."""

    _fields_ = [("pixels", ctypes.c_void_p), ("stride", ctypes.c_size_t), ("format", ctypes.c_int)]


class Engine:
    """A model file in the C engine, on all processors: (H, W, 3) uint8 -> (sH, sW, 3) uint8, faithful."""

    def __init__(self, content: bytes, scale: int) -> None:
        path = os.environ.get("FOVEA_LIBRARY", str(Path(__file__).parents[1] / "build/libfovea.so"))
        self.library, self.scale = ctypes.CDLL(path), scale
        model, self.upscaler = ctypes.c_void_p(), ctypes.c_void_p()
        if self.library.fovea_model_new(content, ctypes.c_size_t(len(content)), None, ctypes.byref(model), None):
            raise SystemExit("the library refuses this model file")
        if self.library.fovea_upscaler_new(model, None, ctypes.byref(self.upscaler), None):
            raise SystemExit("the library can't make an upscaler of it")

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        small = np.ascontiguousarray(picture)
        height, width, _ = small.shape
        large = np.empty((height * self.scale, width * self.scale, 3), np.uint8)
        source = Source(small.ctypes.data, width * 3, RGB8, 0, 0, width, height, width, height, 0, 0)
        target = Target(large.ctypes.data, large.shape[1] * 3, RGB8)
        if self.library.fovea_upscale(self.upscaler, ctypes.byref(source), ctypes.byref(target), None):
            raise SystemExit("the library can't enlarge a crop")
        return large


def turned(picture: np.ndarray, way: int) -> np.ndarray:
    """One of the eight ways, 0 the picture itself. Every second one is a reflection, so that few of them differ much."""
    return np.rot90(picture[:, ::-1] if way % 2 else picture, (way + 1) // 2)


def turned_back(picture: np.ndarray, way: int) -> np.ndarray:
    """The inverse of turned."""
    picture = np.rot90(picture, -((way + 1) // 2))
    return picture[:, ::-1] if way % 2 else picture


def lesson(engine: Engine, small: np.ndarray, ways: int) -> np.ndarray:
    """The mean of the results over so many ways, uint8."""
    total = sum(turned_back(engine(turned(small, way)), way).astype(np.uint16) for way in range(ways))
    return np.rint(total / ways).astype(np.uint8)


def write_lessons(path: Path, shelf: data.Shelf, engine: Engine, ways: int) -> None:
    """The shelf's file, whole or not at all."""
    part = path.with_suffix(".part")
    taught = np.lib.format.open_memmap(part, "w+", np.uint8, shelf.hr.shape)
    for large, small in zip(taught, shelf.lr):
        made = lesson(engine, small, ways)
        large[: made.shape[0], : made.shape[1]] = made
    taught.flush()
    part.replace(path)


def main() -> None:
    """Write the lessons that the cache lacks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of original crops")
    parser.add_argument("model", type=Path, help="the teacher, a .fovea file")
    parser.add_argument("--cache", type=Path, required=True, help="folder for decoded crops, as in train.py")
    parser.add_argument("--degradation", choices=data.LESSONS, default="clean")
    parser.add_argument("--turns", type=int, choices=range(1, 9), default=8, help="in how many of the eight ways")
    args = parser.parse_args()
    content = args.model.read_bytes()
    scale = modelfile.read(content).scale
    engine = Engine(content, scale)
    for shelf in data.open_shelves(args.data, args.cache, scale, args.degradation):
        path = data.taught_path(args.cache, shelf.hr.shape[1], scale, args.degradation)
        if not path.exists():
            write_lessons(path, shelf, engine, args.turns)


if __name__ == "__main__":
    main()
