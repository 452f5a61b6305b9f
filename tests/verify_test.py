#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""verify_test.py FOVEA [NAME...]: fovea verify, compare, --report, --map and --strict on pairs with known answers (NAME:
only the groups whose name has it).

Needs Python's standard library alone. Prints a line for each check and "N passed, N failed" at the end."""
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import harness
from harness import Folder, Picture, check, png, run

W, H = 48, 40


# ---- Pictures: functions of (x, y) that give a colour ------------------------------------------------------------


def scene(x, y):
    """Flat areas, a step, a gradient, some detail: whatever a figure looks at."""
    if y < 14:
        return (40, 60, 80) if x < 20 else (200, 190, 180)
    if y < 26:
        return (3 * x % 200 + 20, 2 * y + 60, 120)
    return ((x * 37 + y * 91) % 97 + 60, (x * 53 + y * 17) % 89 + 60, (x * 11 + y * 71) % 83 + 60)


def nearest(pixel, sx, sy=None):
    return lambda x, y: pixel(x // sx, y // (sy or sx))


def moved(pixel, right, down, w, h):
    return lambda x, y: pixel(min(max(x - right, 0), w - 1), min(max(y - down, 0), h - 1))


def tinted(pixel, r, g, b):
    return lambda x, y: tuple(min(max(v + d, 0), 255) for v, d in zip(pixel(x, y), (r, g, b)))


def ringing(pixel, factor):
    """A bright line on the bright side of the step, a dark one on the dark side."""
    def with_halo(x, y):
        r, g, b = pixel(x, y)
        if y < 14 * factor and x in (20 * factor, 20 * factor + 1):
            return (r + 25, g + 25, b + 25)
        return (r, g, b) if y >= 14 * factor or x not in (20 * factor - 1, 20 * factor - 2) else (r - 25, g - 25, b - 25)
    return with_halo


def made(folder, name, w, h, pixel, **more):
    return folder.put(name, png(w, h, pixel=pixel, **more))


def command(*words):
    """Without the --progress that run() puts first: the name of the command must be."""
    return run(*words, quiet=False)


def verify(*words):
    result = command("verify", "--json", *words)
    lines = result.out.split(b"\n")
    result.json = json.loads(lines[0]) if result.out else None
    return result


# ---- verify ------------------------------------------------------------------------------------------------------


def test_exact():
    with Folder() as folder:
        small = made(folder, "small.png", W, H, scene)
        for factor in (1, 2, 3, 5):
            large = made(folder, "large.png", W * factor, H * factor, nearest(scene, factor))
            result = verify(small, large)
            answer = result.json
            check("%dx nearest neighbour shrinks back" % factor, result.status == 0 and answer["faithful"], result)
            check("%dx all is kept" % factor, all(answer["kept"].values()), answer)
            check("%dx 100 dB, no error" % factor, answer["consistency"]["psnr"] == 100 and
                  answer["consistency"]["max"] == 0 and answer["colour"]["mean"] == 0, answer)
            check("%dx sizes" % factor, answer["small"] == {"file": small, "width": W, "height": H} and
                  answer["large"]["width"] == W * factor, answer)
            check("%dx no halo, some edges" % factor, answer["halo"]["edges"] > 5 and answer["halo"]["halos"] == 0, answer)
        check("stretched evenly by rounding alone", verify(small, made(folder, "odd.png", 2 * W + 1, 2 * H,
              lambda x, y: scene(min(x * 2 // 4, W - 1), y // 2))).json["kept"]["shape"])
        words = command("verify", small, large)
        check("in words", words.status == 0 and words.out.startswith(b"yes: ") and b"exactly your picture" in words.out and
              not words.err and max(map(len, words.out.split(b"\n"))) < 160, words)
        told = re.findall(rb"^  ok  (the same shape|in its place|shrinks back|no halos|colours unchanged)", words.out, re.M)
        check("a line for all that is kept", len(told) == 5 and words.out.count(b"  ok  ") == 5, words.out)
        check("each with its figures", all(words.out.count(part) == 1 for part in (
            b"(shift ", b"(100.0 dB", b" edges; overshoot up to 0.0 % of the step, 99 % below 0.0 %)",
            b"(CIEDE2000 mean 0.00, 99 % below 0.00)")), words.out)


def test_not_exact():
    with Folder() as folder:
        small = made(folder, "small.png", W, H, scene)
        base = nearest(scene, 3)
        cases = (
            ("colours", "colours", tinted(base, 6, -4, 0)),
            ("brightness", "consistency", tinted(base, 12, 12, 12)),
            ("halos", "halos", ringing(base, 3)),
            ("place", "place", moved(base, 2, -1, 3 * W, 3 * H)),
        )
        for name, part, pixel in cases:
            result = verify(small, made(folder, name + ".png", 3 * W, 3 * H, pixel))
            check("%s changed: no" % name, result.status == 5 and not result.json["faithful"] and
                  not result.json["kept"][part], result.json)
            words = command("verify", small, folder(name + ".png"))
            kept = result.json["kept"]
            check("%s changed: in words" % name, words.status == 5 and words.out.startswith(b"no: ") and
                  words.out.count(b"  NO ") == list(kept.values()).count(False) and
                  words.out.count(b"  ok ") == 5 - words.out.count(b"  NO "), words.out)
        shift = verify(small, folder("place.png")).json["shift"]
        check("the shift is found", abs(shift["x"] - 2 / 3) < 0.1 and abs(shift["y"] + 1 / 3) < 0.1, shift)
        check("and told in words", re.search(rb"shifted by 0\.[67]\d pixels to the right and 0\.[34]\d up",
              command("verify", small, folder("place.png")).out), command("verify", small, folder("place.png")).out)
        halo = verify(small, folder("halos.png")).json["halo"]
        check("the overshoot is found", abs(halo["max"] - 100 * 25 / 100) < 1, halo)
        stretched = verify(small, made(folder, "wide.png", 3 * W, 2 * H, nearest(scene, 3, 2)))
        check("stretched: no", stretched.status == 5 and not stretched.json["kept"]["shape"], stretched.json)
        swapped = verify(folder("wide.png"), small)
        check("swapped: no enlargement, and nothing else is said", swapped.status == 5 and "consistency" not in swapped.json and
              not any(swapped.json["kept"].values()) and not swapped.json["faithful"], swapped.json)
        other = verify(small, made(folder, "other.png", 2 * W, 2 * H, lambda x, y: (x * y % 251, x % 256, y % 256)))
        check("another picture: no", other.status == 5 and not other.json["kept"]["consistency"], other.json)


def test_any_picture():
    """Depths, channels, formats may differ within a pair."""
    with Folder() as folder:
        small = made(folder, "small.png", W, H, lambda x, y: (x * 4 + 20,) * 3)
        deep = made(folder, "deep.png", 2 * W, 2 * H, lambda x, y: ((x // 2 * 4 + 20) * 257,) * 3, depth=16)
        grey = made(folder, "grey.png", 2 * W, 2 * H, lambda x, y: (x // 2 * 4 + 20,), channels=1)
        alpha = made(folder, "alpha.png", 2 * W, 2 * H, lambda x, y: (x // 2 * 4 + 20,) * 3 + (255,), channels=4)
        for name in (deep, grey, alpha):
            result = verify(small, name)
            check("8-bit RGB and %s" % os.path.basename(name), result.status == 0 and
                  result.json["consistency"]["max"] == 0, result)
        tiny = made(folder, "tiny.png", 1, 1, lambda x, y: (1, 2, 3))
        result = verify(tiny, made(folder, "t.png", 4, 3, lambda x, y: (1, 2, 3)))
        check("one pixel", result.json["consistency"]["psnr"] == 100, result)
        strange = made(folder, "a b\n\"\xe9.png", W, H, scene)
        result = verify(strange, strange)
        check("a strange name comes through JSON", result.json["small"]["file"] == strange, result)


def test_poor_jpeg():
    """Of a poor JPEG only the means of blocks are certain, so they will do; but not for what its noise cannot explain."""
    with Folder() as folder:
        flower = os.path.join(harness.HERE, "..", "examples", "flower.jpg")
        subprocess.run(["vips", "crop", flower, folder("small.jpg[Q=50]"), "64", "64", "256", "224"], check=True)
        subprocess.run(["vips", "copy", folder("small.jpg"), folder("small.png")], check=True)
        subprocess.run(["vips", "resize", folder("small.jpg"), folder("plain.png"), "2"], check=True)
        run(folder("small.jpg"), "-o", folder("ours.png"))
        for small in ("small.jpg", "small.png"):
            answer = verify(folder(small), folder("ours.png")).json
            check("%s: our own result" % small, answer["faithful"] and answer["consistency"]["psnr"] < 45 and
                  answer["consistency"]["block_max"] <= 1, answer)
            other = verify(folder(small), folder("plain.png"))
            check("%s: a plain enlargement is not" % small, other.status == 5 and not other.json["kept"]["consistency"], other.json)
        result = run(flower, "-o", folder("ours.jpg"), "--strict")
        answer = verify(flower, folder("ours.jpg")).json
        check("our own result as a JPEG file, whose steps are coarser", result.status == 0 and answer["faithful"] and
              1 < answer["consistency"]["block_max"] <= 2.4, (result, answer))
        result = run(flower, "-o", folder("coarse.jpg"), "-q", "60", "--strict")
        check("one of quality 60: no, and why", result.status == 5 and b"the mean of a block is" in result.err, result)
        check("in words", b"less its compression's noise" in command("verify", folder("small.jpg"), folder("ours.png")).out)
        pixels = harness.as_png(folder, "small.jpg").rows
        chequered = made(folder, "chequered.png", 512, 448, lambda x, y: tuple(
            min(max(pixels[y // 2][x // 2 * 3 + c], 24) + (x // 2 + y // 2) % 2 * 48 - 24, 255) for c in range(3)))
        answer = verify(folder("small.jpg"), chequered).json
        check("the same blocks with another texture are not", not answer["kept"]["consistency"], answer)


def test_verify_errors():
    with Folder() as folder:
        small = made(folder, "small.png", W, H, scene)
        broken = folder.put("broken.png", png(W, H)[:-300])
        text = folder.put("text.png", b"no picture at all")
        for words in (("missing.png", small), (small, "missing.png"), (small, text), (text, small), (small, broken)):
            result = command("verify", *words)
            check("verify %s: one line, status 3" % " ".join(map(os.path.basename, words)),
                  result.status == 3 and harness.one_line(result) and not result.out, result)
            check("the very one", os.path.basename([name for name in words if name != small][0]).encode() in result.err, result)
        tiny, huge = made(folder, "tiny.png", 4, 4, scene), made(folder, "huge.png", 258, 258, scene)
        check("more than 64 times is no enlargement, and no failure", command("verify", tiny, huge).status == 5)
        for words in ((), (small,), (small, small, small)):
            check("%d pictures: usage" % len(words), command("verify", *words).status == 2)


def test_map():
    with Folder() as folder:
        small = made(folder, "small.png", W, H, scene)
        checkered = nearest(scene, 4)
        large = made(folder, "large.png", 4 * W, 4 * H, lambda x, y: tuple(
            v + (20 if (x + y) % 2 else -20) * (x < 2 * W) for v in checkered(x, y)))
        result = command("verify", small, large, "--map", folder("map.png"))
        picture = Picture(folder.get("map.png"))
        times = picture.width // W
        check("a map", times >= 1 and picture.height > times * H, (result, picture.width, picture.height))
        glow = [sum(row[0:3 * times * W // 2:3]) for row in picture.rows[: times * H]]
        dark = [sum(row[3 * times * W // 2:3 * times * W:3]) for row in picture.rows[: times * H]]
        check("it glows where detail was added", sum(glow) > 2 * sum(dark), (sum(glow), sum(dark)))
        again = command("verify", small, large, "--map", folder("map.png"))
        check("a map that is there stays", again.status == 1 and harness.one_line(again), again)
        check("unless --overwrite", command("verify", small, large, "--map", folder("map.png"), "--overwrite").status in (0, 5))
        check("nothing else was left", folder.names() == ["large.png", "map.png", "small.png"], folder.names())


# ---- The upscale command -----------------------------------------------------------------------------------------


def test_report():
    with Folder() as folder:
        source = made(folder, "a.png", W, H, scene)
        plain = run(source, "-o", folder("plain.png"))
        result = run(source, "-o", folder("b.png"), "--report=json")
        answer = json.loads(result.out)
        check("--report=json", result.status == 0 and answer["large"] == {"file": folder("b.png"), "width": 2 * W,
              "height": 2 * H} and answer["consistency"]["psnr"] > 20, result)
        check("the result is the same with and without", plain.status == 0 and
              folder.get("plain.png") == folder.get("b.png"))
        check("verify finds the same", abs(verify(source, folder("b.png")).json["invented"]["rms"] -
              answer["invented"]["rms"]) < 1e-3 or answer["consistency"]["psnr"] < 45)
        result = run(source, "-o", folder("c.png"), "--report")
        lines = result.err.decode().splitlines()
        check("--report: a sentence", result.status == 0 and len(lines) == 2 and lines[1].startswith(folder("c.png") + ": ")
              and "shrink" in lines[1] and lines[1].count("; ") >= 2 and not result.out, result)
        result = run(source, "-o", folder("d.png"), "--map", folder("map.png"))
        check("--map", result.status == 0 and Picture(folder.get("map.png")).width >= W, result)
        result = run(source, "-o", "-", "--report=json")
        check("-o -: the picture alone on standard output", Picture(result.out).width == 2 * W and
              any(line.startswith(b"{") and json.loads(line) for line in result.err.split(b"\n")), result)
        check("--map for two pictures: usage", run(source, folder("b.png"), "--map", "m.png").status == 2)
        check("--report=no: usage", run(source, "--report=no").status == 2)


def test_strict():
    with Folder() as folder:
        smooth = made(folder, "smooth.png", W, H, lambda x, y: (100 + x, 80 + y, 120))
        result = run(smooth, "-o", folder("a.png"), "--strict")
        check("--strict on a gradient: kept", result.status == 0, result)
        noisy = made(folder, "noisy.png", W, H, scene)
        result = run(noisy, "-o", folder("b.jpg"), "-q", "5", "--strict")
        check("--strict at JPEG quality 5: status 5", result.status == 5 and os.path.exists(folder("b.jpg")), result)
        check("and says what is not kept", b"b.jpg: does not shrink back" in result.err, result)
        check("without --strict: status 0", run(noisy, "-o", folder("c.jpg"), "-q", "5").status == 0)


# ---- compare -----------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Tags and what they would load."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.loads, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href", "action", "poster", "srcset")]

    def handle_data(self, data):
        self.text += data


def test_compare():
    with Folder() as folder:
        one = made(folder, "one.png", 300, 200, scene)
        spot = made(folder, "spot.png", 300, 200, lambda x, y: (255, 0, 0) if 280 <= x < 290 and 180 <= y < 190 else scene(x, y))
        result = command("compare", one, spot, "-o", folder("sheet.png"))
        sheet = Picture(folder.get("sheet.png"))
        check("a sheet", result.status == 0 and sheet.width >= 2 * 192 and sheet.height >= 192, result)
        red = sum(row[i:i + 3] == (255, 0, 0) for row in sheet.rows for i in range(0, 3 * sheet.width, 3))
        check("it shows the place that differs, once", red == 100, red)
        result = command("compare", one, spot, "-o", folder("sheet.html"))
        text = folder.get("sheet.html").decode()
        page = Page(text)
        check("a page with dividers", result.status == 0 and page.tags.count("img") == 2 * page.tags.count("figure") > 0 and
              page.tags.count("input") == page.tags.count("figure"), page.tags)
        check("that loads nothing", all(value.startswith("data:image/png;base64,") for value in page.loads), page.loads[:3])
        check("and may load nothing", "default-src 'none'" in text and "http:" not in text and "https:" not in text)
        check("and names both", "one.png" in page.text and "spot.png" in page.text)
        small = made(folder, "<b>&.png", 150, 100, scene)
        result = command("compare", small, spot, "-o", folder("sizes.html"))
        page = Page(folder.get("sizes.html").decode())
        check("sizes that differ", result.status == 0 and "enlarged" in page.text, result)
        check("a name is no markup", "<b>&.png" in page.text, page.text[:300])
        result = command("compare", one, one, "-o", folder("same.png"))
        check("the same picture twice: its detail", result.status == 0 and b"0.0 levels" in result.err, result)
        tiny = made(folder, "tiny.png", 1, 1, lambda x, y: (9, 9, 9))
        check("one pixel", command("compare", tiny, tiny, "-o", folder("tiny-sheet.png")).status == 0)
        for words, status in (((one,), 2), ((one, spot, "-o", folder("sheet.gif")), 2), ((one, "missing"), 3),
                              ((one, spot, "-o", folder("sheet.png")), 1)):
            result = command("compare", *words)
            check("compare %s: one line, status %d" % (" ".join(map(os.path.basename, words)), status),
                  result.status == status and harness.one_line(result), result)
        check("--overwrite", command("compare", one, spot, "-o", folder("sheet.png"), "--overwrite").status == 0)
        if harness.SANITIZED:
            harness.skip("--max-memory", "a sanitizer takes more than any limit")
        for words in () if harness.SANITIZED else (("verify", one, spot), ("compare", one, spot, "-o", folder("poor.png")), ("inspect", one)):
            check("%s: --max-memory" % words[0], command(*words, "--max-memory", "1M").status == 4 and
                  command(*words, "--max-memory", "2G").status in (0, 5))
        junk = folder.put("junk.png", png(9, 9)[:60])
        for words in ((junk, one), (one, junk)):
            result = command("compare", *words, "-o", folder("none.png"))
            check("what can't be read is named, not the sheet",
                  result.status == 3 and harness.one_line(result) and b"junk.png: " in result.err, result)
        flat, tall = made(folder, "flat.png", 90, 4, scene), made(folder, "tall.png", 4, 90, scene)
        result = command("compare", flat, tall, "-o", folder("none.png"))
        check("nothing of other shapes", result.status == 1 and harness.one_line(result) and b"shapes" in result.err, result)


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
