#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is the promise kept on every picture? One line a picture, the furthest from its promise first, and a line for all of them.

    bench/faithful/promise.py [--truth] [--scale 2] [--fovea build/fovea] [--least DB] FOLDER|PICTURE... [-- OPTION...]

With --truth, pictures are taken for true large ones, and shrunk by D (antialiased bicubic, a = -0.5) first. OPTIONs go to
fovea. Exit status 1 when a picture stays below --least. Needs numpy and the command vips."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from pictures import read, resize, write

HEAD = "| picture | net | dB | 99.9 % of samples within | block means within | edges | halos | dE mean | dE p99 | faithful |\n" + 10 * "| --- " + "|"


def shrunk(path, scale, folder, scratch):
    """path, cut to a multiple of the scale and shrunk by D."""
    pixels = read(path, scratch)
    height, width = pixels.shape[0] // scale, pixels.shape[1] // scale
    source = Path(folder, path.stem + ".png")
    write(source, resize(pixels[:height * scale, :width * scale], width, height))
    return source


def enlarge(fovea, sources, scale, options):
    """What fovea reports of each, and the number of those it refused."""
    with tempfile.TemporaryDirectory() as out:
        words = [fovea, *map(str, sources), "-o", out + "/", "-s", str(scale), "-f", "png", "--report=json", "--progress", "none"]
        lines = subprocess.run(words + options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines()
    answers = [json.loads(line) for line in lines]
    done = [answer for answer in answers if answer["status"] == "done" and "consistency" in answer]
    return done, len(answers) - len(done)


def row(a):
    c = a["consistency"]
    return "| %s | %s | %.1f | %.1f | %.2f | %d | %d | %.2f | %.2f | %s |" % (
        Path(a["small"]["file"]).name, a["net"], c["psnr"], c["p999"], c["block_max"], a["halo"]["edges"], a["halo"]["halos"],
        a["colour"]["mean"], a["colour"]["p99"], "yes" if a["faithful"] else "no")


def summary(answers, refused):
    psnr = [a["consistency"]["psnr"] for a in answers]
    print("\n%d pictures%s: dB least %.2f, mean %.2f; block means within %.2f levels; dE mean at most %.2f, p99 at most %.2f; "
          "%d of %d edges with a halo; faithful %d" % (
              len(answers), " (%d refused)" % refused if refused else "", min(psnr), sum(psnr) / len(psnr),
              max(a["consistency"]["block_max"] for a in answers), max(a["colour"]["mean"] for a in answers),
              max(a["colour"]["p99"] for a in answers), sum(a["halo"]["halos"] for a in answers),
              sum(a["halo"]["edges"] for a in answers), sum(a["faithful"] for a in answers)))


def main():
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--truth", action="store_true")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--fovea", default="build/fovea")
    parser.add_argument("--least", type=float, default=0)
    args = parser.parse_args(words[:cut])
    sources = sorted(p for given in args.pictures for p in (given.iterdir() if given.is_dir() else [given]))
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        if args.truth:
            sources = [shrunk(path, args.scale, folder, scratch) for path in sources]
        answers, refused = enlarge(args.fovea, sources, args.scale, words[cut + 1:])
    if not answers:
        sys.exit("no picture was enlarged")
    answers.sort(key=lambda a: a["consistency"]["psnr"])
    print(HEAD)
    for answer in answers:
        print(row(answer))
    summary(answers, refused)
    return 1 if answers[0]["consistency"]["psnr"] < args.least else 0


if __name__ == "__main__":
    sys.exit(main())
