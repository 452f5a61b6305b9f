#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sample_test.py FOVEA [NAME...]: --sample, one picture before the batch. See harness.py, whose tools it uses."""
import os
import pty
import re
import struct
import subprocess
import sys

import harness
from harness import Folder, check, one_line, png, run

GAP, TOP = 12, 68  # of the sheet, pixels


def size_of(data):
    return struct.unpack(">II", data[16:24])


def area(folder, name, x, y, width, height):
    """Raw samples of a part of a picture."""
    out = folder("area.raw")
    subprocess.run(["vips", "extract_area", folder(name), folder("area.v"), *map(str, (x, y, width, height))], check=True)
    subprocess.run(["vips", "rawsave", folder("area.v"), out], check=True)
    with open(out, "rb") as file:
        return file.read()


def detailed(width, height, left):
    """Flat, but for what lies to the right of column `left`."""
    def pixel(x, y):
        v = (x * x * 7 + y * 13 + x * y) % 200 if x >= left else 100
        return (v, 250 - v, (v + x) % 256)
    return png(width, height, 3, 8, pixel)


def test_sheet():
    with Folder() as folder:
        folder.put("a.png", detailed(700, 560, 160))
        folder.put("b.png", png(70, 50))
        result = run(folder("a.png"), folder("b.png"), "--sample")
        place = re.search(rb"a\.png, 512x512 at (\d+),(\d+)", result.err)
        check("without a terminal it stops after the sheet", result.status == 0 and result.out == b"" and
              folder.names() == ["a.png", "b.png", "fovea-sample.png"] and b"stopped" in result.err, result)
        check("it says what all would take",
              re.search(rb"2 pictures, 0\.4 megapixels to 1\.6: about \d+ s faithful, \d+ s creative with \d+ threads?, about [\d.]+ [KM]B of [\d.]+ .B free", result.err), result)
        if not check("the part is where the detail is", place and int(place.group(1)) in range(160, 189), result.err):
            return
        x, y = int(place.group(1)), int(place.group(2))
        width, height = size_of(folder.get("fovea-sample.png"))
        check("before and after in both modes, side by side", (width, height) == (4 * GAP + 3 * 1024, TOP + 1024 + GAP), (width, height))
        run(folder("a.png"), "-o", folder("whole.png"))
        after = area(folder, "fovea-sample.png", 2 * GAP + 1024, TOP, 1024, 1024)
        check("what is shown is what the result has there", after == area(folder, "whole.png", 2 * x, 2 * y, 1024, 1024))
        check("and not what is shown before it", after != area(folder, "fovea-sample.png", GAP, TOP, 1024, 1024))


def test_sizes():
    for words in (["-s", "1.5"], ["-s", "6"], ["--to", "width=90"], ["--to", "width=20", "--allow-shrink"]):
        with Folder() as folder:
            result = run(folder.put("a.png", png(60, 40)), "--sample", *words)
            check("a sample with " + " ".join(words), result.status == 0 and "fovea-sample.png" in folder.names(), result)


def test_again():
    with Folder() as folder:
        os.mkdir(folder("t"))
        folder.put("t/a.png", png(9, 9))
        for _ in range(2):
            run("-r", folder("t"), "--sample")
        check("a sheet replaces none", sorted(os.listdir(folder("t"))) == ["a.png", "fovea-sample-2.png", "fovea-sample.png"])
        result = run("-r", folder("t"))
        check("a sheet is no picture of the batch", result.status == 0 and sorted(os.listdir(folder("t"))) ==
              ["a-2x.png", "a.png", "fovea-sample-2.png", "fovea-sample.png"], result)
        result = run("-r", folder("t"), "--sample", "--skip-existing")
        check("nothing is sampled where all is done", result.status == 0 and one_line(result) and
              b"nothing to be done" in result.err and len(os.listdir(folder("t"))) == 4, result)


def test_others():
    with Folder() as folder:
        os.mkdir(folder("t"))
        os.mkdir(folder("t/deep"))
        folder.put("t/a.png", b"\x89PNG\r\n\x1a\nbroken")
        source = folder.put("t/deep/b\x1b\n.png", png(9, 9))
        os.chmod(source, 0o600)
        result = run("-r", folder("t"), "-o", folder("out"), "--sample", "-f", "webp")
        check("a broken picture is passed over for the next", result.status == 0 and b"a.png: " in result.err and
              os.listdir(folder("out")) == ["deep"] and os.listdir(folder("out/deep")) == ["fovea-sample.png"], result)
        check("it is counted", b"1 of 2 looked at can't be enlarged" in result.err, result)
        check("control characters of names are escaped", not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", result.err), result.err)
        check("the sheet is for those who may read the picture", os.stat(folder("out/deep/fovea-sample.png")).st_mode & 0o777 == 0o600)
        result = run(folder("t/a.png"), "--sample")
        check("nothing but a broken picture", result.status == 3 and one_line(result), result)
    for words in (["-", "--sample"], ["a.png", "-o", "-", "--sample"], ["a.png", "--dry-run", "--sample"]):
        result = run(*words)
        check("%s is refused" % " ".join(words), result.status == 2 and one_line(result), result)


def answered(answer, *words):
    """Runs the command on a terminal and answers its question. Status and what it said."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(harness.FOVEA, [harness.FOVEA, "--progress", "none", *words])
    said = b""
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            more = b""
        if not more:
            break
        said += more
        if b"[y/N] " in said and answer:
            os.write(terminal, answer)
            answer = b""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


def test_question():
    for answer, made in ((b"n\n", False), (b"\n", False), (b"y\n", True)):
        with Folder() as folder:
            folder.put("a.png", png(9, 9))
            folder.put("b.png", png(9, 9))
            status, said = answered(answer, folder("a.png"), folder("b.png"), "--sample")
            check("on a terminal it asks, and %r is heeded" % answer, status == 0 and b"go on with all of them" in said and
                  ("b-2x.png" in folder.names()) == made and "fovea-sample.png" in folder.names(), (status, said))


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
