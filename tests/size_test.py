#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""size_test.py FOVEA: every form of -s and --to gives exactly the promised pixels, the same with any number of threads.

Needs Python's standard library and Debian's libvips-tools. Ends with "N passed, N failed"."""
import os
import subprocess
import sys
import tempfile

counts = {"passed": 0, "failed": 0}


def check(name, good, detail=""):
    counts["passed" if good else "failed"] += 1
    print(("ok" if good else "not ok") + " - " + name + ("" if good else "  # %s" % detail), flush=True)


def run(fovea, *words):
    done = subprocess.run([fovea, "--progress", "none", *words], capture_output=True, timeout=300, text=True)
    return done.returncode, done.stderr


def size(path):
    fields = [subprocess.run(["vipsheader", "-f", f, path], capture_output=True, text=True).stdout.strip()
              for f in ("width", "height")]
    return tuple(int(f) for f in fields) if all(f.isdigit() for f in fields) else None


def pixels(path):
    return subprocess.run(["vips", "rawsave_fd", path, "1"], capture_output=True, check=True).stdout


def picture(folder, name, width, height, bands=3, suffix=".png"):
    """Smooth shapes and noise, made by vips."""
    path = os.path.join(folder, name + suffix)
    scene = os.path.join(folder, "scene.v")
    subprocess.run(["vips", "perlin", scene, str(width), str(height), "--cell-size", "16", "--uchar", "--seed", "7"], check=True)
    subprocess.run(["vips", "bandjoin", " ".join([scene] * bands), path], check=True)
    return path


WORDS = [  # source, words, result or None for a refusal
    ((60, 40), ["-s", "2"], (120, 80)),
    ((60, 40), ["-s", "1.5"], (90, 60)),
    ((61, 41), ["-s", "1.33"], (81, 55)),
    ((60, 40), ["-s", "3"], (180, 120)),
    ((60, 40), ["-s", "4"], (240, 160)),
    ((17, 9), ["-s", "7.3"], (124, 66)),
    ((5, 3), ["-s", "16"], (80, 48)),
    ((1, 1), ["-s", "2.4"], (2, 2)),
    ((480, 270), ["--to", "4k"], (3840, 2160)),
    ((270, 480), ["--to", "4k"], (2160, 3840)),
    ((300, 300), ["--to", "4k"], (2160, 2160)),
    ((600, 100), ["--to", "4k"], (3840, 640)),
    ((700, 500), ["--to", "8k"], (6048, 4320)),
    ((60, 40), ["--to", "100x100"], (100, 67)),
    ((40, 60), ["--to", "100x100"], (67, 100)),
    ((60, 40), ["--to", "long=111"], (111, 74)),
    ((60, 40), ["--to", "short=50"], (75, 50)),
    ((60, 40), ["--to", "width=95"], (95, 63)),
    ((60, 40), ["--to", "height=79"], (119, 79)),
    ((300, 200), ["--to", "mp=0.24"], (600, 400)),
    ((100, 150), ["--to", "10x15cm@50"], (197, 295)),
    ((150, 100), ["--to", "10x15cm@50"], (295, 197)),
    ((100, 80), ["--to", "5x4in@30"], (150, 120)),
    ((60, 40), ["--to", "width=60"], None),
    ((60, 40), ["--to", "width=30"], None),
    ((60, 40), ["--to", "width=960"], (960, 640)),
    ((60, 40), ["--to", "width=961"], None),
    ((60, 40), ["--to", "width=2000"], None),
]
SHRUNK = [
    ((60, 40), ["--to", "width=30"], (30, 20)),
    ((61, 41), ["--to", "long=40"], (40, 27)),
    ((480, 270), ["--to", "100x100"], (100, 56)),
    ((600, 100), ["--to", "width=10"], (10, 2)),
    ((600, 100), ["--to", "width=9"], None),
    ((60, 40), ["--to", "4k"], None),
    ((480, 270), ["--to", "4k"], (3840, 2160)),
]
REFUSED = ["-s 1", "-s 16.1", "-s 0x2", "-s nan", "-s 2x", "-s -2", "--to 0x5", "--to 4K4", "--to long=", "--to long=1.5",
           "--to mp=0", "--to 30x20cm", "--to 30x20mm@300", "--to 30x20cm@0", "--to width=99999999", "--to 1e3x1e3"]


def main(fovea):
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for i, (source, words, wanted) in enumerate(WORDS):
            if source not in sources:
                sources[source] = picture(folder, "%dx%d" % source, *source)
            out = os.path.join(folder, "out%d.png" % i)
            status, err = run(fovea, sources[source], "-o", out, *words)
            got = size(out) if os.path.exists(out) else None
            good = status == 0 and got == wanted if wanted else status != 0 and got is None and err.count("\n") <= 2
            check("%dx%d %s" % (*source, " ".join(words)), good, "%s %s %s" % (status, got, err))
        for words in REFUSED:
            status, err = run(fovea, sources[60, 40], "-o", os.path.join(folder, "no.png"), *words.split())
            check(words + " is refused", status == 2 and err.count("\n") == 1, err)

        for source, words, wanted in SHRUNK:
            if source not in sources:
                sources[source] = picture(folder, "%dx%d" % source, *source)
            out = os.path.join(folder, "small.png")
            status, err = run(fovea, sources[source], "-o", out, *words, "--overwrite", "--allow-shrink")
            good = status == 0 and size(out) == wanted if wanted else status == 1 and err.count("\n") == 1
            check("%dx%d --allow-shrink %s" % (*source, " ".join(words)), good, "%s %s" % (status, err))
        copy = os.path.join(folder, "copy.png")
        run(fovea, sources[60, 40], "-o", copy, "--to", "width=60", "--allow-shrink")
        check("the picture's own size is a copy", pixels(copy) == pixels(sources[60, 40]))
        status, err = run(fovea, sources[60, 40], "-o", copy, "--to", "width=30", "--allow-shrink", "--overwrite", "--strict")
        check("--strict has nothing against a smaller picture", status == 0, err)
        run(fovea, sources[480, 270], "-o", copy, "--to", "width=160", "--allow-shrink", "--overwrite")
        ideal = os.path.join(folder, "ideal.png")
        subprocess.run(["vips", "resize", sources[480, 270], ideal, "0.3333333333", "--kernel", "cubic"], check=True)
        off = max(abs(a - b) for a, b in zip(pixels(copy), pixels(ideal)))
        check("as libvips shrinks, within 3 levels", size(copy) == size(ideal) and off <= 3, off)

        deep = picture(folder, "deep", 150, 120, 4)
        for words in (["-s", "3.7"], ["--to", "long=400"], ["-s", "1.1"]):
            results = []
            for threads in ("1", "2", "3"):
                out = os.path.join(folder, "t%s%s.png" % (threads, words[1]))
                run(fovea, deep, "-o", out, "-j", threads, *words)
                results.append(open(out, "rb").read() if os.path.exists(out) else threads.encode())
            check("%s: the same with 1, 2 and 3 threads" % " ".join(words), results[0] == results[1] == results[2])
        status, err = run(fovea, sources[60, 40], "-s", "2.5", "-o", folder)
        check("the result of -s 2.5 is called -2.5x", os.path.exists(os.path.join(folder, "60x40-2.5x.png")), err)
        status, err = run(fovea, sources[480, 270], "--to", "long=1000", "-o", folder)
        check("the result of --to long=1000 is called -long1000", os.path.exists(os.path.join(folder, "480x270-long1000.png")), err)
        status, err = run(fovea, sources[60, 40], "-s", "5", "-o", folder)
        check("several passes are told", "2 passes of 3x" in err, err)
        for times, passes in (("4", ""), ("4.1", "2 passes of 3x"), ("9", "2 passes of 3x"), ("9.1", "2 passes of 4x"), ("16", "2 passes of 4x")):
            status, err = run(fovea, sources[60, 40], "--dry-run", "-s", times, "-o", os.path.join(folder, "n.png"))
            check("-s %s: %s" % (times, passes or "one pass"), status == 0 and (passes in err if passes else "passes" not in err), err)
    print("size: %d passed, %d failed" % (counts["passed"], counts["failed"]))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
