#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""files_test.py FOVEA [NAME...]: the size of a result's file, predicted and kept in bounds. See harness.py, whose tools
it uses."""
import json
import os
import subprocess
import sys

import harness
from harness import Folder, check, large_png, one_line, png, run, skip

EXAMPLES = os.path.join(harness.HERE, "..", "examples")
PICTURES = ["photo_smallface_alla.jpg", "gray8.jpg", "progressive.jpg", "icc_displayp3.jpg", "odd_257x129.webp",
            "palette_alpha.gif"]
WISHES = [("jpg", []), ("jpg", ["-q", "60"]), ("png", []), ("webp", []), ("webp", ["--lossless"]), ("tif", [])]
SLOW_WISHES = [("avif", []), ("jxl", []), ("jxl", ["--lossless"]), ("webp", ["-q", "95"]), ("png", ["-s", "1.5"]),
               ("png", ["-s", "4"]), ("jpg", ["-s", "3", "-q", "95"])]


def predicted(*words):
    result = run("--dry-run", "--report=json", *words)
    return json.loads(result.out)["bytes_predicted"] if result.status == 0 else 0


def test_prediction():
    soak = os.environ.get("FOVEA_SOAK", "0") not in ("", "0")
    with Folder() as folder:
        sources = [folder.copy(name) for name in PICTURES]
        for name in ("cat.png", "coffee.png", "flower.jpg"):
            sources.append(folder.put(name, open(os.path.join(EXAMPLES, name), "rb").read()))
        for i, source in enumerate(sources):
            for k, (extension, words) in enumerate(WISHES + SLOW_WISHES):
                if k >= len(WISHES) and i != k % len(sources) and not soak:
                    continue
                target = folder("out%d-%d.%s" % (i, k, extension))
                guess = predicted(source, "-o", target, *words)
                result = run(source, "-o", target, *words)
                size = os.path.getsize(target) if result.status == 0 else 1
                check("%s to %s %s within a factor of 2" % (os.path.basename(source), extension, " ".join(words)),
                      size / 2 <= guess <= size * 2, (guess, size))
        result = run(sources[0], "-o", folder("said.png"), "-v")
        check("-v says it before the work", b"500x500, about" in result.err.split(b" -> ")[0], result)
        result = run(sources[0], "-o", folder("said2.png"), "--dry-run")
        check("--dry-run says it, and what to expect", b"about" in result.err and b"expect excellent" in result.err, result)
        check("nothing is said unasked", b"about" not in run(sources[0], "-o", folder("said3.png")).err)


def test_disk():
    with Folder() as folder, Folder() as disk:
        source, small = folder.put("a.png", large_png(400, 400)), folder.put("b.png", png(8, 8))
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk.path],
                                               stderr=subprocess.DEVNULL).returncode:
            skip("a disk with little room", "needs root")
            return
        try:
            for words in ([], ["--dry-run"]):
                result = run(source, "-o", disk("a.png"), *words)
                check("a result that would fill the disk is refused %s" % " ".join(words), result.status == 4 and
                      one_line(result) and b"fill the disk" in result.err and b"are free" in result.err, result)
            check("and nothing is left", disk.names() == [], disk.names())
            disk.put("a.png", b"precious" * 20000)
            result = run(source, "-o", disk("a.png"), "--overwrite")
            check("what --overwrite would replace stays", result.status == 4 and len(disk.get("a.png")) == 160000, result)
            result = run(source, small, "-o", disk.path)
            check("the rest goes on", result.status == 4 and "b-2x.png" in disk.names(), (result, disk.names()))
        finally:
            subprocess.run(["umount", disk.path], check=True)


def test_containers():
    with Folder() as folder:
        for width, words, limit, other in ((40000, ["-f", "jpg"], b"65535", b"-f png"),
                                           (9000, ["-f", "webp"], b"16383", b"-f jpg"),
                                           (9000, ["-f", "avif"], b"16384", b"-f jpg"),
                                           (40000, ["-f", "webp"], b"16383", b"-f png"),
                                           (600000, ["-f", "png"], b"1000000", b"-f tiff"),
                                           (600000, ["-f", "jxl"], b"1048576", b"-f tiff"),
                                           (9000, ["--for", "product"], b"16383", b"-f jpg")):
            source = folder.put("w%d.png" % width, png(width, 1, 1, 8, lambda x, y: (x % 251,)))
            result = run(source, *words)
            check("%d pixels wide, %s: one line with the limit and a way out" % (width, " ".join(words)),
                  result.status == 1 and one_line(result) and limit in result.err and other in result.err, result)
        result = run(folder("w9000.png"), "-f", "jpg")
        check("the way out is one", result.status == 0 and "w9000-2x.jpg" in folder.names(), result)
        result = run(folder("w40000.png"), "-f", "png")
        check("and the other", result.status == 0 and "w40000-2x.png" in folder.names(), result)


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
