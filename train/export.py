"""A quantised checkpoint -> models/NAME.fovea and models/NAME.safetensors, checked against simulate.py.

    python export.py WORK/quantised.pt --master WORK/master.safetensors --name photo-fast-x2 --effort fast --models ../models
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch

import master
import modelfile
import quantise
import simulate


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="quantised.pt")
    parser.add_argument("--master", type=Path, required=True, help="the float net it came from")
    parser.add_argument("--name", required=True)
    parser.add_argument("--source", choices=modelfile.KINDS, default="photo")
    parser.add_argument("--effort", choices=modelfile.EFFORTS, default="fast")
    parser.add_argument("--passes", type=int, default=2, help="K, consistency passes in faithful mode")
    parser.add_argument("--models", type=Path, required=True, help="folder for the two files")
    parser.add_argument("--data-note", default="see train/DATA.md")
    return parser.parse_args()


def load_quantised(path: Path) -> quantise.QuantisedNet:
    """The averaged net of a checkpoint."""
    state = torch.load(path, weights_only=False)
    empty = [(torch.zeros(cout, cin, 3, 3), torch.zeros(cout)) for cin, cout, _ in state["arch"].layers]
    net = quantise.QuantisedNet(state["arch"], empty)
    net.load_state_dict(state["average"])
    return net


def check(content: bytes, net: quantise.QuantisedNet) -> None:
    """Refuse to ship a file that breaks a limit, or whose second decoder disagrees with training."""
    read = modelfile.read(content)
    faults = modelfile.limit_faults(read)
    if faults:
        raise SystemExit("; ".join(faults))
    if simulate.constant_tail(read).any():
        raise SystemExit("a constant picture would not come back")
    rng = np.random.default_rng(7)
    upscale = quantise.whole_upscale(net)
    for height, width in ((1, 1), (2, 3), (17, 11), (64, 48)):
        picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        if not np.array_equal(simulate.simulate(content, picture).result, upscale(picture)):
            raise SystemExit(f"simulation and training disagree at {width}x{height}")


def main() -> None:
    """Write the two files."""
    args = arguments()
    net = load_quantised(args.checkpoint)
    content = modelfile.write(quantise.to_integer(net, args.name, args.source, args.effort, args.passes))
    check(content, net)
    arch, plain = master.load(args.master)
    facts = {"name": args.name, "licence": "CC0-1.0", "data": args.data_note, "degradation": "see models/README.md"}
    (args.models / f"{args.name}.fovea").write_bytes(content)
    master.save(args.models / f"{args.name}.safetensors", arch, plain, facts)
    for suffix in ("fovea", "safetensors"):
        path = args.models / f"{args.name}.{suffix}"
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path.name)


if __name__ == "__main__":
    main()
