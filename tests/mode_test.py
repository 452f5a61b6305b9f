#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mode_test.py FOVEA [NAME...]: creative mode of the command, with FOVEA-creative, which has a creative net of random numbers
besides. See harness.py, whose tools it uses."""
import json
import random
import subprocess
import sys

import harness
from harness import Folder, Picture, check, difference, one_line, png, run
from sample_test import area

PHOTO = "photo_smallface_alla.jpg"
NEVER = ("product", "real-estate", "print", "screenshot")


def noisy_png(width, height):
    numbers = random.Random(5)
    return png(width, height, pixel=lambda x, y: tuple(numbers.randrange(60, 200) for _ in range(3)))


def screen_png():
    """Lines of glyphs in boxes."""
    numbers = random.Random(3)
    glyphs = [[numbers.randrange(1 << 5) for _ in range(7)] for _ in range(30)]

    def pixel(x, y):
        if y % 40 in (0, 39) or x % 100 in (0, 99):
            return (120, 120, 130)
        if 5 < y % 40 < 13 and 8 < x % 100 < 90 and x % 6 < 5 and glyphs[(x // 6 + y // 40 * 7) % 30][y % 40 - 6] >> x % 6 & 1:
            return (20, 20, 20)
        return (250, 250, 250) if y % 40 < 20 else (225, 235, 250)

    return png(300, 200, pixel=pixel)


def boxes_png():
    return png(200, 160, pixel=lambda x, y: (40, 90, 200) if x % 50 < 9 and y % 30 < 9 else (250, 250, 250))


def shrunk_boxes(folder):
    """The same at three times the size, made smaller by a filter with negative lobes."""
    large = folder.put("large.png", png(600, 480, pixel=lambda x, y: (40, 90, 200) if x % 150 < 27 and y % 90 < 27 else (240, 240, 240)))
    subprocess.run(["vips", "resize", large, folder("shrunk.png"), "0.31", "--kernel", "lanczos3"], check=True)
    return folder("shrunk.png")


def leaves_png(width, height):
    """As strong as noise of some 10 levels, but each pixel has something of its neighbours."""
    grains = random.Random(7)
    rows = [[grains.randrange(240) for _ in range(width + 1)] for _ in range(height + 1)]
    return png(width, height, pixel=lambda x, y: 3 * ((rows[y][x] + rows[y][x + 1] + rows[y + 1][x] + rows[y + 1][x + 1]) // 4 + 5,))


def records(result):
    return [json.loads(line) for line in result.out.decode().splitlines()]


def test_modes():
    with Folder() as folder:
        source = folder.copy(PHOTO)
        plain = run(source, "-o", folder("plain.png"))
        check("nothing is said, and nothing invented, unless asked for", plain.status == 0 and b"creative" not in plain.err, plain)
        for words, creative in ((["-m", "faithful"], False), (["-m", "creative"], True), (["--for", "old-photo"], True),
                                (["--for", "ai-art", "-m", "auto"], True), (["--for", "old-photo", "-m", "faithful"], False),
                                (["--for", "social"], False), (["-m", "creative", "--strength", "0"], False),
                                (["-m", "creative", "--effort", "fast"], True)):
            name = "-".join(words).replace("--", "") + ".png"
            effort = words[-2:] if "--effort" in words else []
            run(*effort, source, "-o", folder("faithful.png"), "--overwrite")
            result = run(*words, source, "-o", folder(name))
            check("%s is %s" % (" ".join(words), "creative" if creative else "faithful"),
                  result.status == 0 and (folder.get(name) != folder.get("faithful.png")) == creative, result)
        for use in NEVER:
            result = run("--for", use, "-m", "auto", "--dry-run", source)
            check("--for %s -m auto is faithful" % use, result.status == 0 and b"faithful: --for" in result.err, result)


def test_strength():
    with Folder() as folder:
        source = folder.copy(PHOTO)
        rms = []
        for strength in ("1", "40", "100"):
            result = run("-m", "creative", "--strength", strength, "--report=json", source, "-o", folder(strength + ".png"))
            rms.append(records(result)[0]["creative"]["invented_rms"])
        check("more strength invents more", 0 < rms[0] < rms[1] < rms[2] and abs(rms[1] / rms[2] - 0.4) < 0.05, rms)
        run("-m", "creative", source, "-o", folder("unsaid.png"))
        check("100 where nothing is said", folder.get("unsaid.png") == folder.get("100.png"))


def test_auto():
    with Folder() as folder:
        pictures = {
            "clean.jpg": (folder.copy(PHOTO), "faithful", "clean, sharp"),
            "noisy.png": (folder.put("noisy.png", noisy_png(150, 140)), "creative", "noisy"),
            "drawn.png": (folder.put("drawn.png", boxes_png()), "faithful", "drawn at this size"),
            "shrunk.png": (shrunk_boxes(folder), "creative", "drawn; there is no creative-art net yet"),
            "leaves.png": (folder.put("leaves.png", leaves_png(150, 140)), "faithful", "clean, sharp"),
            "screen.png": (folder.put("screen.png", screen_png()), "faithful", "a screen"),
            "tiny.png": (folder.put("tiny.png", png(7, 5)), "faithful", "nothing is known"),
        }
        result = run("-m", "auto", "--report=json", *[made[0] for made in pictures.values()], "-o", folder("large/"))
        for record, (name, (_, mode, reason)) in zip(sorted(records(result), key=lambda r: r["small"]["file"]),
                                                     sorted(pictures.items(), key=lambda item: item[1][0])):
            check("-m auto: %s is %s" % (name, mode), record["status"] == "done" and record["mode"] == mode and
                  reason in record["mode_reason"], record)
            check("and has what goes with it", ("creative" in record) == (mode == "creative"), record)
        result = run("-m", "auto", "--dry-run", pictures["noisy.png"][0])
        check("a dry run says why", b"creative: noisy" in result.err, result)


def test_larger():
    with Folder() as folder:
        source = folder.put("a.png", noisy_png(31, 22))
        for words, size in ((["-s", "1.5"], (47, 33)), (["-s", "3"], (93, 66)), (["-s", "4"], (124, 88)), (["-s", "6"], (186, 132)),
                            (["--to", "width=100"], (100, 71))):
            result = run("-m", "creative", *words, source, "-o", folder("b.png"), "--overwrite", "--report=json")
            made = Picture(folder.get("b.png"))
            record = records(result)[0]
            check("-m creative %s" % " ".join(words), (made.width, made.height) == size and record["mode"] == "creative" and
                  record["creative"]["invented_rms"] > 0, record)
            said = b"the first one creative" in result.err
            check("and says when it takes passes", said == (size[0] > 62), result)
        a, b = folder("one.png"), folder("two.png")
        run("-m", "creative", "-j", "1", source, "-o", a)
        run("-m", "creative", "-j", "3", source, "-o", b)
        check("any number of threads gives the same", folder.get("one.png") == folder.get("two.png"))


def test_later_passes():
    """What a creative net has made shows no compression any more, so what comes after it takes the net for clean pictures."""
    with Folder() as folder:
        source, half, whole = folder.copy("gray8.jpg"), folder("half.png"), folder("whole.png")
        run("-m", "creative", "--source", "jpeg", "-s", "4", source, "-o", whole)
        run("-m", "creative", "--source", "jpeg", "-s", "2", source, "-o", half)
        off = []
        for kind in ("clean", "jpeg"):
            run("--source", kind, "-s", "2", half, "-o", folder(kind + ".png"))
            off.append(difference(Picture(folder.get("whole.png")), Picture(folder.get(kind + ".png"))))
        check("a second pass takes the net for clean pictures", off[0] < off[1] / 2, off)


def test_report():
    with Folder() as folder:
        source = folder.copy(PHOTO)
        result = run("-m", "creative", "--report", source, "-o", folder("b.png"))
        check("the report says what it is no good for", b"creative results are not evidence" in result.err and
              b"levels of it are invented" in result.err, result)
        result = run("-m", "creative", "--map", folder("map.png"), source, "-o", folder("c.png"))
        run("--map", folder("faithful.png"), source, "-o", folder("d.png"))
        check("a map", result.status == 0 and folder.get("map.png")[:4] == b"\x89PNG" and
              folder.get("map.png") != folder.get("faithful.png"), result)
        result = run("-m", "creative", "--strict", source, "-o", folder("e.png"))
        check("a creative result is not faithful", result.status == 5, result)


def test_refusals():
    with Folder() as folder:
        source = folder.put("a.png", png(9, 9))
        for words in (["--strength", "50"], ["--strength", "50", "-m", "faithful"], ["--faces", "same"], ["-m", "creative", "--strength"],
                      ["-m", "creative", "--strength", "101"], ["-m", "creative", "--strength", "-1"], ["-m", "creative", "--strength", "x"],
                      ["-m", "creative", "--faces", "none"], ["--for", "product", "-m", "creative"],
                      ["--for", "print", "-m", "auto", "--strength", "3"]):
            result = run(*words, source)
            check("refused: %s" % " ".join(words), result.status == 2 and one_line(result), result)
        result = run("-m", "creative", "--faces", "enhance", source)
        check("there is no net for faces", result.status == 2 and one_line(result) and b"no net for faces" in result.err, result)


def test_faces():
    with Folder() as folder:
        source = folder.copy(PHOTO)
        run(source, "-o", folder("faithful.png"))
        (face,) = records(run("inspect", "--json", source, quiet=False))[0]["faces"]
        where = tuple(2 * face[name] for name in ("x", "y", "width", "height"))
        truth = area(folder, "faithful.png", *where)
        for words, kept in (([], True), (["--faces", "protect"], True), (["--faces", "same"], False), (["--effort", "fast"], None)):
            result = run("-m", "creative", *words, source, "-o", folder("creative.png"), "--overwrite", "--report=json")
            told = records(result)[0]
            check("%s: a face is told of when it is kept" % words, told["creative"].get("faces") == (None if kept is False else 1), told)
            if kept is not None:
                same = area(folder, "creative.png", *where) == truth
                check("%s: the face is %s" % (words, "the faithful one" if kept else "a creative one"), same == kept)
                check("%s: the rest is not" % words, folder.get("creative.png") != folder.get("faithful.png"))


if __name__ == "__main__":
    sys.exit(harness.main([word + "-creative" if i == 0 else word for i, word in enumerate(sys.argv[1:])], globals(), __doc__))
