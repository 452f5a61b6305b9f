#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the guarantee means in practice: the same figures for fovea, plain enlargements and any other tool.

    bench/faithful/figures.py FOLDER [--scale 2] [--truth] [--fovea build/fovea] [--sheets DIR] [--json FILE]
                              [--tool 'NAME=COMMAND {in} {out}']...

Every picture of FOLDER is enlarged by each tool and measured with `fovea verify`. With --truth, pictures are taken for true
large ones: each is cut to a multiple of the scale and shrunk by D (antialiased bicubic, a = -0.5) first, and the truth itself is
measured too. Prints one table row a tool. --sheets draws, for each tool, the places where its results are the least faithful.

Needs numpy, Pillow and the command vips (Debian: libvips-tools). README.md tells how peers are run."""
import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import worst
from pictures import lanczos, read, resize, write


def enlarge(name, command, source, result, scale, scratch):
    """Makes result of source; false where the tool fails."""
    if command:
        words = [word.replace("{in}", str(source)).replace("{out}", str(result)).replace("{scale}", str(scale))
                 for word in shlex.split(command)]
        done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0 and result.exists()
    pixels = read(source, scratch)
    height, width = pixels.shape[0] * scale, pixels.shape[1] * scale
    if name == "nearest":
        write(result, pixels.repeat(scale, 0).repeat(scale, 1))
    elif name == "bicubic":
        write(result, resize(pixels, width, height))
    else:
        write(result, resize(pixels, width, height, lanczos, 3))
    return True


def verify(fovea, small, large):
    out = subprocess.run([fovea, "verify", "--json", str(small), str(large)], stdout=subprocess.PIPE).stdout
    return json.loads(out) if out else None


def row(name, answers):
    """One line of the table."""
    good = [a for a in answers if a and "consistency" in a]
    if not good:
        return "| %s | - |" % name
    mean = lambda get: sum(map(get, good)) / len(good)  # noqa: E731
    psnr = [a["consistency"]["psnr"] for a in good]
    edges, halos = sum(a["halo"]["edges"] for a in good), sum(a["halo"]["halos"] for a in good)
    return "| %s | %d of %d | %.1f | %.1f | %.0f | %.1f | %.1f | %.2f | %.2f | %.1f | %.2f | %.3f |" % (
        name, sum(a["faithful"] for a in good), len(answers), min(psnr), sum(psnr) / len(psnr),
        max(a["consistency"]["p999"] for a in good), 100 * halos / max(edges, 1), max(a["halo"]["p99"] for a in good),
        mean(lambda a: a["colour"]["mean"]), max(a["colour"]["p99"] for a in good),
        100 * mean(lambda a: a["invented"]["share"]), mean(lambda a: a["grain"]["sigma"]), 100 * mean(lambda a: a["clipped"]))


HEAD = """| tool | faithful | dB least | dB mean | levels off, worst | % of edges with halo | overshoot %, worst p99 | dE mean | \
dE p99 worst | invented % | grain | clipped % |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def prepare(path, args, scratch):
    """The source, and the truth where there is one."""
    source = Path(scratch, path.stem + ".png")
    pixels = read(path, scratch)
    if not args.truth:
        write(source, pixels)
        return source, None
    height, width = pixels.shape[0] // args.scale, pixels.shape[1] // args.scale
    truth = Path(scratch, path.stem + "-truth.png")
    pixels = pixels[:height * args.scale, :width * args.scale]
    write(truth, pixels)
    write(source, resize(pixels, width, height))
    return source, truth


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--truth", action="store_true")
    parser.add_argument("--fovea", default="build/fovea")
    parser.add_argument("--tool", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    tools = {"fovea": args.fovea + " {in} -o {out} -s {scale} --progress none", "nearest": "", "bicubic": "", "lanczos": ""}
    tools.update(tool.split("=", 1) for tool in args.tool)
    sheets = worst.Sheets(args.scale)
    answers = {name: {} for name in (["truth"] if args.truth else []) + list(tools)}
    for path in sorted(p for p in args.folder.iterdir() if p.is_file()):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                source, truth = prepare(path, args, scratch)
            except (subprocess.CalledProcessError, ValueError, AttributeError) as error:
                print("# %s: passed over (%s)" % (path.name, error), file=sys.stderr)
                continue
            results = {"truth": truth} if truth else {}
            for name, command in tools.items():
                result = Path(scratch, "%s-%s.png" % (path.stem, name))
                results[name] = result if enlarge(name, command, source, result, args.scale, scratch) else None
            for name, result in results.items():
                answers[name][path.name] = verify(args.fovea, source, result) if result else None
            if args.sheets:
                sheets.look(path.stem, read(source, scratch), {name: read(result, scratch) for name, result in results.items() if result})
    if args.sheets:
        sheets.draw(args.sheets)
    print(HEAD)
    for name, by_picture in answers.items():
        print(row(name, list(by_picture.values())))
    if args.json:
        args.json.write_text(json.dumps(answers, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
