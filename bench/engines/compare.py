"""compare.py FOLDER [--nets fast,standard] [--size 960x540] [--threads 1,2] [--rounds 5] [--runs 3]: fovea and its peers on
the nets that nets.py wrote to FOLDER, as a table in Markdown.

Every round runs each engine once, in turn, so that a busy minute of the machine hits them all; the figure is the median of
all runs of all rounds. For one thread there is also processor time, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path

import peers

ROOT = Path(__file__).resolve().parents[2]


def build(folder: Path) -> None:
    """src/ as a library for peers.py."""
    flags = ["-std=c11", "-O3", "-ffp-contract=off", "-shared", "-fPIC", "-pthread", f"-I{ROOT}/include", f"-I{ROOT}/src"]
    sources = [ROOT / "bench/engines/fovea_shim.c", *sorted((ROOT / "src").glob("*.c"))]
    subprocess.run(["cc", *flags, *sources, "-o", folder / "fovea.so"], check=True)


def run(engine: str, folder: Path, net: str, size: str, threads: int, runs: int) -> dict[str, list[float]]:
    width, height = size.split("x")
    command = [sys.executable, peers.__file__, engine, str(folder), net, width, height, str(threads), str(runs)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{engine}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return {"clock": [], "processor": []}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nets", default="fast,standard,best")
    parser.add_argument("--size", default="960x540")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--engines", default=",".join(peers.ENGINES))
    options = parser.parse_args()
    build(options.folder)

    threads, engines = [int(t) for t in options.threads.split(",")], options.engines.split(",")
    versions = [f"{name} {metadata.version(name)}" for name in ("ncnn", "onnxruntime", "openvino", "torch")]
    print(f"{platform.machine()}, {', '.join(versions)}, Python {platform.python_version()}\n")
    for net in options.nets.split(","):
        clock, processor = defaultdict(list), defaultdict(list)
        for _ in range(options.rounds):
            for engine in engines:
                for t in threads:
                    seconds = run(engine, options.folder, net, options.size, t, options.runs)
                    clock[engine, t] += seconds["clock"]
                    processor[engine, t] += seconds["processor"]
        print(f"### {net} x2, {options.size}\n")
        heads = [f"{t} thread{'s' * (t > 1)} | fovea is faster" for t in threads] + ["processor time, 1 thread | fovea needs less"]
        print(f"| engine | {' | '.join(heads)} |\n| --- |{' --- |' * 2 * len(heads)}")
        for engine in engines:
            cells = []
            for times, t in [(clock, t) for t in threads] + [(processor, 1)]:
                if not times[engine, t] or not times["fovea", t]:
                    cells.append("– | –")
                    continue
                mine, theirs = statistics.median(times["fovea", t]), statistics.median(times[engine, t])
                cells.append(f"{theirs:.3f} s | {theirs / mine:.2f}x" if engine != "fovea" else f"{mine:.3f} s | ")
            print(f"| {engine} | {' | '.join(cells)} |")
        print(flush=True)


if __name__ == "__main__":
    main()
