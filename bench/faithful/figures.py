#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the guarantee means in practice: the same figures for fovea, plain enlargements and any other tool.

    bench/faithful/figures.py FOLDER [--scale 2] [--truth] [--fovea build/fovea] [--sheets DIR] [--json FILE]
                              [--tool 'NAME=COMMAND {in} {out}']...

Every picture of FOLDER is enlarged by each tool and measured with `fovea verify`. With --truth, pictures are taken for true
large ones: each is cut to a multiple of the scale and shrunk by D (antialiased bicubic, a = -0.5) first, and the truth itself is
measured too. Prints one table row a tool. --sheets draws fovea beside each other tool where they differ most.

Needs numpy and the command vips (Debian: libvips-tools). README.md tells how peers are run."""
import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def read(path, scratch):
    subprocess.run(["vips", "copy", str(path), scratch + "/read.ppm"], check=True, stderr=subprocess.DEVNULL)
    data = Path(scratch, "read.ppm").read_bytes()
    head = re.match(rb"P([56])\s(?:#[^\n]*\n)*(\d+) (\d+)\s(\d+)\s", data)
    kind, width, height, top = (int(v) for v in head.groups())
    if top != 255:
        raise ValueError("16 bits")
    pixels = np.frombuffer(data, np.uint8, offset=head.end()).reshape(height, width, 3 if kind == 6 else 1)
    return np.repeat(pixels, 3, axis=2) if kind == 5 else pixels


def write(path, pixels):
    ppm = str(path) + ".ppm"
    Path(ppm).write_bytes(b"P6\n%d %d\n255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.astype(np.uint8).tobytes())
    subprocess.run(["vips", "copy", ppm, str(path)], check=True)
    Path(ppm).unlink()


def keys(t):
    t = abs(t)
    return np.where(t <= 1, (1.5 * t - 2.5) * t * t + 1, np.where(t < 2, ((-0.5 * t + 2.5) * t - 4) * t + 2, 0))


def lanczos(t):
    return np.where(abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0)


def resize_rows(pixels, size, kernel, reach):
    """Along the first axis, borders repeated; widened when shrinking."""
    old = pixels.shape[0]
    stretch, out = max(old / size, 1), np.empty((size,) + pixels.shape[1:])
    for i in range(size):
        centre = (i + 0.5) * old / size - 0.5
        at = np.arange(int(np.floor(centre - reach * stretch)), int(np.ceil(centre + reach * stretch)) + 1)
        weights = kernel((at - centre) / stretch)
        out[i] = np.tensordot(weights / weights.sum(), pixels[np.clip(at, 0, old - 1)], 1)
    return out


def resize(pixels, width, height, kernel=keys, reach=2):
    down = resize_rows(pixels.astype(float), height, kernel, reach)
    both = resize_rows(down.transpose(1, 0, 2), width, kernel, reach).transpose(1, 0, 2)
    return np.clip(np.floor(both + 0.5), 0, 255)


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
            if args.sheets and results["fovea"]:
                args.sheets.mkdir(parents=True, exist_ok=True)
                for name, result in results.items():
                    if result and name != "fovea":
                        sheet = args.sheets / ("%s-%s.png" % (path.stem, name))
                        subprocess.run([args.fovea, "compare", str(result), str(results["fovea"]), "-o", str(sheet),
                                        "--overwrite"], stderr=subprocess.DEVNULL)
    print(HEAD)
    for name, by_picture in answers.items():
        print(row(name, list(by_picture.values())))
    if args.json:
        args.json.write_text(json.dumps(answers, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
