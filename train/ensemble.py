"""A shipped net as an ensemble: the mean of its eight mirrored forms (doc/format.md, section 2), eight times its work.

    python ensemble.py ../models/photo-standard-x4.fovea photo-best-x4

writes photo-best-x4.fovea beside it: the same layers, of effort best. Needs no training.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

import modelfile


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a .fovea file")
    parser.add_argument("name", help="of the ensemble")
    args = parser.parse_args()
    net = replace(modelfile.read(args.model.read_bytes()), name=args.name, effort=modelfile.EFFORTS.index("best"), ensemble=True)
    faults = modelfile.limit_faults(net)
    if faults:
        raise SystemExit("; ".join(faults))
    path = args.model.with_name(f"{args.name}.fovea")
    path.write_bytes(modelfile.write(net))
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path.name)


if __name__ == "__main__":
    main()
