#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""enhance_test.py FOVEA [NAME...]: --faces enhance of the command, with the nets that it has. See harness.py, whose tools it uses.

The net for faces is mixed over the creative result inside of the head's rectangle and nowhere else; small faces are the faithful
result's."""
import subprocess
import sys

import harness
from harness import Folder, Picture, check, run
from mode_test import PHOTO, records
from sample_test import area

CREATIVE = ("-m", "creative")
ENHANCE = (*CREATIVE, "--faces", "enhance")


def vips(*words):
    subprocess.run(["vips", *map(str, words)], check=True)


def faces_of(path):
    return records(run("inspect", "--json", path, quiet=False))[0]["faces"]


def square(face):
    return tuple(face[name] for name in ("x", "y", "width", "height"))


def head(face, width, height):
    """The face with its hair, ears and chin: left, top, right, bottom."""
    x, y, side, _ = square(face)
    return (max(x - side * 30 // 100, 0), max(y - side * 45 // 100, 0), min(x + side + side * 30 // 100, width),
            min(y + side + side * 25 // 100, height))


def twice(box):
    return tuple(2 * v for v in box)


def made(folder, source, *words):
    """The result's pixels, and what is told of it."""
    result = run(*words, source, "-o", folder("made.png"), "--overwrite", "--report=json")
    told = records(result)
    check("%s: done" % " ".join(words), result.status == 0 and len(told) == 1 and told[0]["status"] == "done", result)
    return Picture(folder.get("made.png")), told[0]


def part(picture, left, top, right, bottom):
    return [row[picture.channels * left:picture.channels * right] for row in picture.rows[top:bottom]]


def difference(a, b):
    """Mean absolute, of rows of samples."""
    return sum(abs(p - q) for r, s in zip(a, b) for p, q in zip(r, s)) / sum(map(len, a))


def outside(picture, left, top, right, bottom):
    unit = picture.channels
    return [row if not top <= y < bottom else row[:unit * left] + row[unit * right:] for y, row in enumerate(picture.rows)]


def test_large():
    with Folder() as folder:
        source = folder.copy(PHOTO)
        (face,) = faces_of(source)
        box = twice(head(face, 250, 250))
        same, _ = made(folder, source, *CREATIVE, "--faces", "same")
        result, told = made(folder, source, *ENHANCE)
        faithful, _ = made(folder, source)
        check("what surrounds the head is the creative result", outside(result, *box) == outside(same, *box))
        core, seam = twice(square(face)), (box[0], box[1] + 100, box[0] + 1, box[3] - 100)
        core = (core[0], core[1], core[0] + core[2], core[1] + core[3])
        check("the face is another's than either result's", difference(part(result, *core), part(same, *core)) > 0.5 and
              difference(part(result, *core), part(faithful, *core)) > 0.5)
        check("it is nearer to what is there than the creative net's", difference(part(result, *core), part(faithful, *core)) <
              difference(part(same, *core), part(faithful, *core)))
        check("and sets in softly", difference(part(result, *seam), part(same, *seam)) < 0.25)
        creative = told["creative"]
        check("JSON tells of it", (creative["faces"], creative["faces_enhanced"], creative["face_net"]) ==
              (0, 1, "creative-face-standard-x2"), creative)


def test_words():
    with Folder() as folder:
        source = folder.copy(PHOTO)
        result = run(*ENHANCE, "-v", "--report", source, "-o", folder("a.png"))
        check("the report says what was done with the faces", b"; 1 face found: 1 enhanced; creative results are not evidence" in result.err,
              result)
        check("and which net did it", b" and creative-face-standard-x2 (" in result.err, result)
        result = run(*CREATIVE, "--report", source, "-o", folder("b.png"))
        check("unasked they are protected", b"; 1 face found and kept out of (what is not found is not); " in result.err, result)
        none = folder.put("none.png", harness.png(60, 50))
        result = run(*ENHANCE, "--report", none, "-o", folder("c.png"))
        check("there may be none", b"; no faces found; " in result.err, result)


def test_small():
    """A large face and the same one small, beside each other."""
    with Folder() as folder:
        portrait, source = folder.copy(PHOTO), folder("two.png")
        for side in (30, 70):
            vips("resize", portrait, folder("small.v"), side / 114)
            vips("join", portrait, folder("small.v"), source, "horizontal", "--expand")
            picture = Picture(folder.get("two.png"))
            found = faces_of(source)
            (small,), large = [face for face in found if face["x"] > 250], max(found, key=lambda face: face["width"])
            check("they are found", large["width"] >= 80 and small["width"] <= side, found)
            faithful, _ = made(folder, source)
            result, told = made(folder, source, *ENHANCE)
            box = twice(head(small, picture.width, picture.height))
            check("one of %d pixels is the faithful result's" % side, part(result, *box) == part(faithful, *box))
            x, y, w, h = twice(square(large))
            check("the other is not", part(result, x, y, x + w, y + h) != part(faithful, x, y, x + w, y + h))
            kept = len(found) - 1
            check("both are told of", (told["creative"]["faces"], told["creative"]["faces_enhanced"]) == (kept, 1), told["creative"])
            result = run(*ENHANCE, "--report", source, "-o", folder("words.png"), "--overwrite")
            words = b"; %d faces found: 1 enhanced, %d kept out of; " % (len(found), kept)
            check("in words too", words in result.err, result)


def test_unsure():
    """Where --faces enhance finds none to enhance, the result is that of protect."""
    with Folder() as folder:
        vips("resize", folder.copy(PHOTO), folder("small.png"), 0.6)
        result, told = made(folder, folder("small.png"), *ENHANCE)
        protected, _ = made(folder, folder("small.png"), *CREATIVE)
        check("a face of 70 pixels is protected", result.rows == protected.rows and told["creative"]["faces"] == 1 and
              "face_net" not in told["creative"], told["creative"])


def test_strength():
    with Folder() as folder:
        source = folder.copy(PHOTO)
        (face,) = faces_of(source)
        x, y, w, h = twice(square(face))
        results = {strength: part(made(folder, source, *ENHANCE, "--strength", str(strength))[0], x, y, x + w, y + h)
                   for strength in (0, 40, 100)}
        faithful = part(made(folder, source)[0], x, y, x + w, y + h)
        check("strength 0 is the faithful result", results[0] == faithful)
        weak, strong = difference(results[40], faithful), difference(results[100], faithful)
        check("strength holds for faces too", strong > 0.5 and abs(weak / strong - 0.4) < 0.1, (weak, strong))


def test_sizes():
    """One pass at another size, several passes; any number of threads."""
    with Folder() as folder:
        source = folder.copy(PHOTO)
        for words, size in (([], 500), (["-s", "1.5"], 375), (["-s", "3"], 750), (["-s", "5"], 1250)):
            one, told = made(folder, source, *ENHANCE, *words, "-j", "1")
            three, _ = made(folder, source, *ENHANCE, *words, "-j", "3")
            same, _ = made(folder, source, *CREATIVE, "--faces", "same", *words)
            check("%d pixels: any number of threads gives the same" % size, one.rows == three.rows and one.width == size)
            check("and the face is enhanced", one.rows != same.rows and told["creative"]["faces_enhanced"] == 1, told["creative"])


def test_formats():
    with Folder() as folder:
        source = folder("plain.png")
        vips("copy", folder.copy(PHOTO), source)
        (face,) = faces_of(source)
        x, y, w, h = twice(square(face))
        plain = part(made(folder, source, *ENHANCE)[0], x, y, x + w, y + h)
        vips("cast", source, folder("wide.v"), "ushort")
        vips("linear", folder("wide.v"), folder("deep.v"), 257, 0)
        vips("copy", folder("deep.v"), folder("rgb.v"), "--interpretation", "rgb16")
        vips("cast", folder("rgb.v"), folder("deep.png"), "ushort")
        vips("bandjoin_const", source, folder("alpha.png"), 255)
        deep, _ = made(folder, folder("deep.png"), *ENHANCE)
        eight = [[(v + 128) // 257 for v in row] for row in part(deep, x, y, x + w, y + h)]
        check("16 bits are the same picture", deep.depth == 16 and difference(plain, eight) < 0.02 and
              max(abs(p - q) for r, s in zip(plain, eight) for p, q in zip(r, s)) <= 1)
        alpha, _ = made(folder, folder("alpha.png"), *ENHANCE)
        colours = [tuple(v for i, v in enumerate(row) if i % 4 < 3) for row in part(alpha, x, y, x + w, y + h)]
        opaque = all(v == 255 for row in alpha.rows for v in row[3::4])
        check("so it is with alpha", alpha.channels == 4 and colours == plain and opaque)


def test_bands():
    """So tall that it is done in bands, with a face across each seam: each is the same as in a picture of its own."""
    with Folder() as folder:
        source, count = folder("one-source.png"), 20
        vips("copy", folder.copy(PHOTO), source)
        (face,) = faces_of(source)
        x, y, side, _ = square(face)
        vips("replicate", source, folder("tall.png"), 1, count)
        options = (*ENHANCE, "--source", "clean")  # alone it shows that it was a JPEG, the column is off its grid
        result = run(*options, "-j", "2", folder("tall.png"), "-o", folder("large.png"), "--report=json")
        told = records(result)[0]["creative"]
        check("all of them are enhanced", told["faces_enhanced"] >= count - 1, told)
        run(*options, source, "-o", folder("one.png"))
        # Well within it, however large the finder takes it for.
        core = (2 * x + 70, 2 * y + 70, 2 * side - 140, 2 * side - 140)
        truth = area(folder, "one.png", *core)
        for i in range(1, count - 1):
            check("number %d" % i, area(folder, "large.png", core[0], core[1] + 500 * i, *core[2:]) == truth)
        run(*options, "-j", "1", folder("tall.png"), "-o", folder("again.png"))
        check("any number of threads gives the same", folder.get("large.png") == folder.get("again.png"))


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
