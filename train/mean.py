"""The mean of two quantised checkpoints of one shape, weight by weight: often better than either, where one went on from the other.

    python mean.py RUNS/a/quantised.pt RUNS/b/quantised.pt 0.8 RUNS/mean/quantised.pt

writes a checkpoint of four fifths of b that export.py takes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch


def main() -> None:
    """Write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("share", type=float, help="of the second, 0..1")
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    first, second = (torch.load(path, weights_only=False) for path in (args.first, args.second))
    if first["arch"] != second["arch"]:
        raise SystemExit("the two are not of one shape")
    share = args.share
    average = {name: value * (1 - share) + second["average"][name] * share for name, value in first["average"].items()}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"average": average, "arch": first["arch"]}, args.out)


if __name__ == "__main__":
    main()
