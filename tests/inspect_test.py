#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""inspect_test.py FOVEA [NAME...]: what fovea inspect tells, and which net a picture gets. See harness.py, whose tools it
uses. For the nets, the command is linked anew with stand-ins: nets of the golden files under other headers."""
import glob
import json
import os
import random
import struct
import subprocess
import sys
import zlib

import harness
from harness import Folder, check, one_line, png, run

ROOT = os.path.dirname(harness.HERE)


def vips(*words):
    subprocess.run(("vips",) + words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def inspect(*words, **more):
    result = run("inspect", "--json", *words, quiet=False, **more)
    return result, [json.loads(line) for line in result.out.decode("utf-8").splitlines()]


# ---- Pictures ----


def photo(folder, name="photo.png"):
    vips("copy", folder.copy("icc_displayp3.jpg"), folder(name))
    return folder(name)


def never_jpeg(folder, name="never.png"):
    """One that lies on no grid of a JPEG file."""
    vips("resize", folder.copy("icc_displayp3.jpg"), folder(name), "0.9")
    return folder(name)


def screen_pixel(x, y):
    """A window: a bar, two boxes, a table, letters of upright strokes."""
    if y < 14:
        return (40, 90, 200)
    if x in (10, 150) and 24 <= y < 110 or y in (24, 44, 66, 88, 109) and 10 <= x <= 150:
        return (120, 120, 120)
    if 28 <= y % 22 + 24 < 38 and 16 <= x < 140 and (x * 7 + y // 22 * 3) % 5 == 0:
        return (20, 20, 20)
    return (225, 235, 245) if x > 160 and y > 30 else (255, 255, 255)


def art_pixel(x, y):
    for cx, cy, r, colour in ((60, 60, 35, (200, 60, 40)), (120, 90, 45, (40, 160, 80)), (40, 120, 25, (230, 200, 40))):
        if (x - cx) ** 2 + (y - cy) ** 2 < r * r:
            return colour
    return (90, 140, 220)


def document(folder):
    """Rows of short strokes on pale paper, with grain."""
    rng = random.Random(3)

    def pixel(x, y):
        ink = y % 18 < 11 and 12 < x < 220 and (x * 5 + y // 18 * 7) % 11 < 4 and (y % 18 in (0, 5, 10) or x % 4 < 2)
        value = (60 if ink else 236) + rng.randrange(-7, 8)
        return (value, value, value - 6)
    return folder.put("document.png", png(232, 300, pixel=pixel))


# ---- fovea inspect ----


def test_quality():
    with Folder() as folder:
        source = photo(folder)
        for quality in (5, 20, 40, 60, 75, 90, 92, 93, 96):
            name = folder("q%d.jpg" % quality)
            vips("jpegsave", source, name, "--Q", str(quality))
            result, (told,) = inspect(name)
            check("quality %d within 3" % quality, result.status == 0 and abs(told["jpeg"]["quality"] - quality) <= 3, told)
            check("quality %d: net" % quality, told["net_kind"] == ("photo-jpeg" if quality < 93 else "photo"), told)
            tips = [tip["name"] for tip in told["tips"]]
            check("quality %d: the tip about sources" % quality, ("source" in tips) == (quality < 70), tips)
        _, (told,) = inspect(folder.copy("progressive.jpg"))
        check("progressive, sampling", told["jpeg"]["progressive"] and told["jpeg"]["sampling"] == "4:2:0", told)
        _, (told,) = inspect(source)
        check("a PNG has no JPEG figures", told["jpeg"] is None and told["format"] == "PNG", told)
        check("the profile's name", told["profile"] and "P3" in told["profile"], told)


def test_saved_before():
    with Folder() as folder:
        never = never_jpeg(folder)
        _, (told,) = inspect(never)
        check("never a JPEG", told["saved_quality"] == 0 and told["net_kind"] == "photo", told)
        for quality in (30, 50, 75, 85, 95):
            jpeg, kept, again = (folder("q%d.%s" % (quality, name)) for name in ("jpg", "png", "again.jpg"))
            vips("jpegsave", never, jpeg, "--Q", str(quality))
            vips("copy", jpeg, kept)
            vips("jpegsave", jpeg, again, "--Q", "96")
            _, (told,) = inspect(kept)
            poor = quality < 93
            check("a PNG of quality %d" % quality, abs(told["saved_quality"] - quality) <= 3 or not poor and not told["saved_quality"], told)
            check("quality %d: net, grade" % quality, told["net_kind"] == ("photo-jpeg" if poor else "photo") and
                  told["expect"][0]["grade"] == ("limited" if quality < 70 else "excellent"), told)
            _, (told,) = inspect(again)
            check("quality %d, then 96" % quality, told["net_kind"] == ("photo-jpeg" if poor else "photo"), told)
        def told_of(name):
            return inspect(folder(name))[1][0]["saved_quality"]
        vips("crop", folder("q50.jpg"), folder("cut.png"), "3", "5", str(told["width"] - 3), str(told["height"] - 5))
        _, (told,) = inspect(folder("cut.png"))
        check("cut out beside the grid", abs(told["saved_quality"] - 50) <= 3 and told["net_kind"] == "photo-jpeg", told)
        text = run("inspect", folder("q50.png"), quiet=False).out.decode("ascii")
        check("in words", "before:    a JPEG of quality about %d" % told_of("q50.png") in text, text)
        for name in ("jpg", "png"):
            result = run("-s", "2", folder("q50." + name), "-o", folder(name + ".png"))
            check("%s enlarged" % name, result.status == 0, result)
        same = subprocess.run(("vips", "subtract", folder("jpg.png"), folder("png.png"), folder("difference.v")), check=True)
        most = subprocess.run(("vips", "max", folder("difference.v")), check=True, capture_output=True).stdout
        check("a PNG of a JPEG comes to the same pixels", same.returncode == 0 and float(most) == 0, most)


def test_kinds():
    with Folder() as folder:
        pictures = {
            "screen": [folder.put("s.png", png(240, 130, pixel=screen_pixel))],
            "art": [folder.put("a.png", png(200, 160, pixel=art_pixel))],
            "document": [document(folder)],
            "photo": [photo(folder)] + [folder.copy(name) for name in (
                "gray8.jpg", "exif_orientation6.jpg", "photo_smallface_alla.jpg", "odd_257x129.webp", "palette_alpha.gif",
                "exif_orientation6_real_portrait.jpg", "cmyk_noicc.jpg")],
            "unknown": [folder.put("u.png", png(9, 7))],
        }
        for kind, names in pictures.items():
            for name in names:
                result, (told,) = inspect(name)
                check("%s is a %s" % (os.path.basename(name), kind), result.status == 0 and told["kind"] == kind, told)
        _, (told,) = inspect(pictures["screen"][0])
        check("a screen: net, use, tip", (told["net_kind"], told["use"]) == ("screen", "screenshot") and
              "text" in [tip["name"] for tip in told["tips"]], told)
        for source, net in (("clean", "photo"), ("screen", "screen")): # by bicubic, which rings, and by area, which does not
            small = folder("small-%s.png" % source)
            run(pictures["screen"][0], "--to", "120x65", "--allow-shrink", "--source", source, "-o", small)
            _, (told,) = inspect(small)
            check("a screen made smaller (%s): the net" % source, (told["kind"], told["net_kind"]) == ("screen", net) and
                  ("made smaller" in told["net_reason"]) == (net == "photo") == (told["rings"] >= 0.15), told)
        alpha = folder.put("alpha.png", png(240, 130, 4, pixel=lambda x, y: screen_pixel(x, y) + (255,)))
        deep = folder.put("deep.png", png(240, 130, 3, 16, pixel=lambda x, y: tuple(257 * v for v in screen_pixel(x, y))))
        same = [{key: inspect(name)[1][0][key] for key in ("kind", "flat", "colours", "noise", "enlarged_score")}
                for name in (pictures["screen"][0], alpha, deep)]
        check("with alpha or 16 bits the figures are the same", same[0] == same[1] == same[2], same)


def test_faces():
    with Folder() as folder:
        name = folder.copy("photo_smallface_alla.jpg")
        _, (told,) = inspect(name)
        face = told["faces"][0] if told["faces"] else {}
        check("a portrait has one face", len(told["faces"]) == 1 and not told["pitfalls"], told)
        check("where it is", 60 < face["x"] < 100 and 30 < face["y"] < 65 and 90 < face["width"] < 140 and face["score"] > 5, face)
        vips("resize", name, folder("tiny.png"), "0.3")
        result, (told,) = inspect(folder("tiny.png"))
        check("a small one is warned of", len(told["faces"]) == 1 and told["faces"][0]["width"] < 40 and
              [pitfall["name"] for pitfall in told["pitfalls"]] == ["faces"], told)
        text = run("inspect", folder("tiny.png"), quiet=False).out.decode("ascii")
        check("in words", "faces:     1, " in text and "pitfall:   faces" in text, text)
        vips("crop", name, folder("none.png"), "0", "0", "60", "60")
        _, (told,) = inspect(folder("none.png"))
        check("no face", told["faces"] == [] and told["pitfalls"] == [], told)


def test_enlarged():
    with Folder() as folder:
        source = photo(folder)
        vips("resize", source, folder("small.png"), "0.75")
        _, (told,) = inspect(folder("small.png"))
        check("shrunk is not enlarged", not told["enlarged_before"], told)
        for factor, kernel in (("1.6", "cubic"), ("2", "cubic"), ("2.5", "lanczos3"), ("3", "cubic"), ("4", "lanczos3")):
            name = folder("large.png")
            vips("resize", folder("small.png"), name, factor, "--kernel", kernel)
            _, (told,) = inspect(name)
            check("%s times by %s is seen" % (factor, kernel), told["enlarged_before"], told)
            check("and the tip about sources", "source" in [tip["name"] for tip in told["tips"]], told)


def test_words_and_status():
    with Folder() as folder:
        source, empty = photo(folder), folder.put("empty.png", b"")
        result = run("inspect", source, quiet=False)
        text = result.out.decode("ascii")
        check("words", result.status == 0 and not result.err and "451x300 PNG" in text and "kind:      photo" in text, result)
        for scale, grade in ((2, "excellent"), (3, "good"), (4, "variable")):
            check("what to expect at %dx" % scale, "%dx:        %dx%d, %s" % (scale, 451 * scale, 300 * scale, grade) in text, text)
        result, told = inspect(source, source)
        check("two pictures: the tip about batches", "batch" in [tip["name"] for tip in told[1]["tips"]], told)
        result, told = inspect(source, empty)
        check("one bad of two: 1", result.status == 1 and [t["status"] for t in told] == ["done", "unreadable"], result)
        result = run("inspect", empty, quiet=False)
        check("nothing readable: 3, one line", result.status == 3 and one_line(result) and not result.out, result)
        result = run("inspect", folder.put("junk.jpg", b"\xff\xd8\xff\xdb" + b"\0" * 50), quiet=False)
        check("a broken JPEG: 3, one line", result.status == 3 and one_line(result), result)
        result = run("inspect", folder.copy("anim.webp"), quiet=False)
        check("a moving picture: 1, one line", result.status == 1 and one_line(result), result)
        result = run("inspect", "--max-pixels", "1000", source, quiet=False)
        check("--max-pixels", result.status == 1 and one_line(result), result)
        with open(source, "rb") as file:
            result, told = inspect("-", stdin=file.read())
        check("standard input", result.status == 0 and told[0]["file"] == "-" and told[0]["width"] == 451, result)
        odd = folder.put(b"a\n\xff.png", png(20, 20))
        result = run("inspect", odd, quiet=False)
        check("an odd name is escaped", result.status == 0 and b"a\\x0a\\xff.png" in result.out, result)
        result, told = inspect(odd)
        check("and in JSON", told[0]["file"].encode("utf-8", "surrogateescape").endswith(b"a\n\xff.png"), told)


# ---- The choice of the net ----


def stand_in(source, name, kind, effort):
    """The bytes of a golden net under another header."""
    with open(os.path.join(ROOT, source), "rb") as file:
        data = bytearray(file.read())
    data[21], data[22] = kind, effort
    data[32:64] = name.encode().ljust(32, b"\0")
    data[16:20] = struct.pack("<I", zlib.crc32(bytes(data[20:])))
    return bytes(data)


def link(folder, nets):
    """The command with these nets: {name: (golden file, kind, effort)}. Its path, or None without a compiler."""
    build = os.path.dirname(harness.FOVEA)
    objects = [o for o in glob.glob(os.path.join(build, "fovea.p", "*.o")) if "nets.c" not in o]
    paths = [folder.put(name + ".fovea", stand_in(source, name, kind, effort)) for name, (source, kind, effort) in nets.items()]
    subprocess.run([sys.executable, os.path.join(ROOT, "cli", "embed.py"), folder("nets.c")] + paths, check=True)
    libraries = subprocess.run(["pkg-config", "--libs", "vips", "gmodule-no-export-2.0"], check=True, stdout=subprocess.PIPE).stdout.decode().split()
    subprocess.run(["gcc", "-I", os.path.join(ROOT, "cli"), "-o", folder("fovea"), folder("nets.c")] + objects +
                   [os.path.join(build, "libfovea.a")] + libraries + ["-lm", "-pthread"], check=True)
    return folder("fovea")


PHOTO, PHOTO_JPEG, SCREEN = 0, 1, 2
FAST, STANDARD = 0, 1
X2, X3 = "tests/golden/good/c16-x2.fovea", "tests/golden/good/c16-x3-bicubic1.fovea"
FAMILY = {"p-fast-x2": (X2, PHOTO, FAST), "p-standard-x2": (X2, PHOTO, STANDARD), "p-standard-x3": (X3, PHOTO, STANDARD),
          "j-standard-x2": (X2, PHOTO_JPEG, STANDARD), "s-standard-x2": (X2, SCREEN, STANDARD)}


def with_nets(nets, test):
    """test(folder, chosen): chosen(words...) is the report of the one picture, and its note lines."""
    with Folder() as folder:
        before, harness.FOVEA = harness.FOVEA, link(folder, nets)
        try:
            def chosen(*words):
                result = run("--report=json", "--overwrite", "-o", folder("out.png"), *words)
                return (json.loads(result.out) if result.status == 0 else {}), result
            test(folder, chosen)
        finally:
            harness.FOVEA = before


def test_many_at_once():
    with Folder() as folder:
        os.mkdir(folder("t"))
        for name in ("a.png", "a-2x.png", "t/b.png", "t/b-2x.png"):
            folder.put(name, png(20, 20))
        check("what looks like a result is a picture like any other", len(inspect(folder("a.png"), folder("a-2x.png"))[1]) == 2)
        result = run("inspect", "-r", folder.path, "--json", quiet=False)
        check("-r takes the pictures in folders", result.status == 0 and len(result.out.splitlines()) == 4, result)


def test_poor_webp():
    """Lossy WebP counts as a JPEG that lost as much."""
    with Folder() as folder:
        source = folder.put("a.png", png(200, 160, pixel=lambda x, y: ((x * 7 + y * y // 9) % 256, (x * x // 50 + y) % 256, (x ^ y) % 256)))
        vips("webpsave", source, folder("a.webp"), "--Q", "10")
        told = inspect(folder("a.webp"))[1][0]
        check("a ruined WebP promises little", [one["grade"] for one in told["expect"]][0] == "limited" and
              "source" in [tip["name"] for tip in told["tips"]], told)
        result = run(folder("a.webp"), "-m", "auto", "--dry-run")
        check("and gains from invention", b"creative: " in result.err and b"WebP quality about" in result.err, result)


def test_webp_quality():
    with Folder() as folder:
        source = never_jpeg(folder)
        for quality, within in ((20, 12), (50, 12), (75, 10), (80, 5), (85, 5), (90, 5), (95, 5), (100, 0)):
            vips("webpsave", source, folder("a.webp"), "--Q", str(quality))
            told = inspect(folder("a.webp"))[1][0]["webp_quality"]
            check("WebP quality %d is told within %d" % (quality, within), abs(told - quality) <= within, told)
        check("none of a lossless one, nor of another format", inspect(source)[1][0]["webp_quality"] == 0)


def test_choice():
    def choices(folder, chosen):
        clean, screen = never_jpeg(folder, "screenshot.png"), folder.put("photo.png", png(240, 130, pixel=screen_pixel))
        poor, good = folder("poor.jpg"), folder("good.jpg")
        vips("jpegsave", clean, poor, "--Q", "75")
        vips("jpegsave", clean, good, "--Q", "95")
        for quality in (60, 90):
            vips("webpsave", clean, folder("q%d.webp" % quality), "--Q", str(quality))
        vips("webpsave", clean, folder("lossless.webp"), "--lossless")
        for what, words, net, kind, reason in (
                ("a clean picture, called screenshot", (clean,), "p-standard-x2", "photo", "no compressed source"),
                ("a clean picture 3x", (clean, "-s", "3"), "p-standard-x3", "photo", "no compressed source"),
                ("a clean picture to a size", (clean, "--to", "width=1200"), "p-standard-x3", "photo", "no compressed"),
                ("a picture 4x, of which there is none", (clean, "-s", "4"), "p-standard-x2", "photo", "no compressed"),
                ("JPEG quality 75", (poor,), "j-standard-x2", "photo-jpeg", "JPEG quality 75, below 93"),
                ("JPEG quality 75, 3x", (poor, "-s", "3"), "j-standard-x2", "photo-jpeg", "JPEG quality 75"),
                ("JPEG quality 95", (good,), "p-standard-x2", "photo", "JPEG quality 95"),
                ("WebP quality 60", (folder("q60.webp"),), "j-standard-x2", "photo-jpeg", ", below 83"),
                ("WebP quality 90", (folder("q90.webp"),), "p-standard-x2", "photo", "no compressed source"),
                ("lossless WebP", (folder("lossless.webp"),), "p-standard-x2", "photo", "no compressed source"),
                ("a screen, called photo", (screen,), "s-standard-x2", "screen", "a screen: "),
                ("a screen, --source clean", (screen, "--source", "clean"), "p-standard-x2", "photo", "--source"),
                ("a clean picture, --source jpeg", (clean, "--source", "jpeg"), "j-standard-x2", "photo-jpeg", "--source"),
                ("a clean picture, --source screen", (clean, "--source", "screen"), "s-standard-x2", "screen", "--source"),
                ("a screen, --for screenshot", (clean, "--for", "screenshot"), "s-standard-x2", "screen", "--for"),
                ("a poor JPEG, fast", (poor, "--effort", "fast"), "p-fast-x2", "photo", "no photo-jpeg fast net yet"),
                ("a screen, fast", (screen, "--effort", "fast"), "p-fast-x2", "photo", "no screen fast net yet")):
            told, result = chosen(*words)
            check("%s: %s" % (what, net), told.get("net") == net and told["net_kind"] == kind and reason in told["net_reason"],
                  (told.get("net"), told.get("net_reason"), result))
        _, result = chosen(poor, "-s", "3", "-v")
        check("passes are said", b"in 2 passes of 2x" in result.err, result)
        check("-v tells net and reason", b"net j-standard-x2 (JPEG quality 75, below 93)" in result.err, result)
        _, result = chosen(screen, "--source", "screen", "--effort", "fast")
        check("what is demanded must be there: 2, one line", result.status == 2 and one_line(result), result)
        result = run(poor, screen, clean, "--overwrite", "-v", "-o", folder("many/"))
        check("each picture of a run its own net", result.status == 0 and all(
            name in result.err for name in (b"j-standard-x2", b"s-standard-x2", b"p-standard-x2")), result)
    with_nets(FAMILY, choices)


def test_choice_without():
    def choices(folder, chosen):
        poor, screen = folder.copy("gray8.jpg"), folder.put("a.png", png(240, 130, pixel=screen_pixel))
        for name, kind in ((poor, "photo-jpeg"), (screen, "screen")):
            told, result = chosen(name, "-v")
            check("without a %s net the photo net does it, and -v says so" % kind, told.get("net") == "p-fast-x2" and
                  ("there is no %s net yet" % kind).encode() in result.err, result)
            result = run(name, "--overwrite", "-o", folder("out.png"))
            check("without -v, too, where the file itself tells", result.status == 0 and
                  (b"done by the photo net" in result.err) == (name == poor), result)
    with_nets({"p-fast-x2": (X2, PHOTO, FAST)}, choices)


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
