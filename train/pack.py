"""Split a folder of crops into tar files of a size that can be carried to a machine with an accelerator.

    python pack.py DATA PARTS [--mib 55]

writes PARTS/crops-0.tar, crops-1.tar, ... of files as they are, in the order of their names. Unpacked into one folder they are
DATA again.
"""

from __future__ import annotations

import argparse
import tarfile
from pathlib import Path


def parts(files: list[Path], limit: int) -> list[list[Path]]:
    """The files in runs of at most `limit` bytes each, tar's own blocks counted in; a larger file has a part of its own."""
    found: list[list[Path]] = [[]]
    size = 1024
    for path in files:
        block = 512 + -(-path.stat().st_size // 512) * 512
        if found[-1] and size + block > limit:
            found.append([])
            size = 1024
        found[-1].append(path)
        size += block
    return found


def main() -> None:
    """Write the parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("parts", type=Path)
    parser.add_argument("--mib", type=int, default=55)
    args = parser.parse_args()
    args.parts.mkdir(parents=True, exist_ok=True)
    files = sorted(p for p in args.data.iterdir() if p.suffix in (".webp", ".png", ".jpg"))
    for i, part in enumerate(parts(files, args.mib << 20)):
        with tarfile.open(args.parts / f"crops-{i}.tar", "w") as tar:
            for path in part:
                tar.add(path, path.name, recursive=False)
        print(f"crops-{i}.tar", len(part), "files", (args.parts / f"crops-{i}.tar").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
