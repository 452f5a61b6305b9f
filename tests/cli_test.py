#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cli_test.py FOVEA [NAME...]: the command on good, odd and broken pictures (NAME: only the groups whose name has it). See harness.py,
whose tools it uses."""
import json
import os
import pty
import re
import resource
import shutil
import stat
import struct
import subprocess
import sys
import zlib

import harness
from harness import Folder, Picture, as_png, check, chunk, difference, large_png, one_line, png, run, skip

# ---- What comes out ----------------------------------------------------------------------------------------------


def test_sizes():
    for width, height in ((1, 1), (2, 1), (1, 3), (7, 5), (64, 64), (257, 33), (1, 700), (900, 1)):
        with Folder() as folder:
            result = run(folder.put("a.png", png(width, height)))
            got = Picture(folder.get("a-2x.png")) if "a-2x.png" in folder.names() else None
            check("%dx%d becomes twice as large" % (width, height),
                  result.status == 0 and got and (got.width, got.height) == (2 * width, 2 * height), result)


def test_channels():
    for channels in (1, 2, 3, 4):
        for depth in (8, 16):
            top = (1 << depth) - 1
            colour = tuple(top * (3 + c) // 9 for c in range(channels))
            with Folder() as folder:
                result = run(folder.put("a.png", png(20, 30, channels, depth, lambda x, y: colour)))
                name = "%d channels of %d bits" % (channels, depth)
                if not check(name + " work", result.status == 0 and folder.names() == ["a-2x.png", "a.png"], result):
                    continue
                got = Picture(folder.get("a-2x.png"))
                check(name + " are kept", (got.channels, got.depth) == (channels, depth),
                      (got.channels, got.depth))
                check(name + ": one colour comes back exactly", all(row == colour * 40 for row in got.rows),
                      (colour, got.rows[0][:8]))


def test_depth():
    with Folder() as folder:
        run(folder.put("a.png", png(256, 256, 1, 16, lambda x, y: (x * 257 % 65536 // 256 * 256 + y,))))
        levels = len(Picture(folder.get("a-2x.png")).samples())
        check("a 16 bit gradient keeps more than 60000 levels", levels > 60000, levels)


def test_many_bands():
    with Folder() as folder:
        source = png(40, 3000, 3, 8, lambda x, y: (y * 255 // 3000, 255 - y * 255 // 3000, x * 6))
        result = run(folder.put("a.png", source))
        got = Picture(folder.get("a-2x.png"))
        off = max(abs(got.rows[y][3 * 40] - y * 255 // 6000) for y in range(6000))
        check("a tall picture has all its rows in their places", result.status == 0 and off <= 2, (result, off))


def test_jpeg():
    with Folder() as folder:
        for name in ("photo_smallface_alla.jpg", "gray8.jpg", "progressive.jpg", "cmyk_noicc.jpg"):
            folder.copy(name)
            before = as_png(folder, name) if name != "cmyk_noicc.jpg" else None
            result = run(folder(name))
            target = name[:-4] + "-2x.jpg"
            if not check(name + " works", result.status == 0 and target in folder.names(), result):
                continue
            got = as_png(folder, target)
            if not before:
                check("CMYK becomes RGB, and that is said", got.channels == 3 and b"sRGB" in result.err, result)
                continue
            check(name + " keeps its channels", got.channels == before.channels, got.channels)
            subprocess.run(["vips", "shrink", folder(target), folder("back.png"), "2", "2"], check=True)
            far = difference(Picture(folder.get("back.png")), before)
            check(name + " shrunk again is the source", far < 3, far)


def test_formats_in():
    with Folder() as folder:
        result = run(folder.copy("palette_alpha.gif"))
        check("GIF in, PNG out", result.status == 0 and "palette_alpha-2x.png" in folder.names(), result)
        result = run(folder.copy("odd_257x129.webp"))
        got = as_png(folder, "odd_257x129-2x.webp")
        check("WebP in and out", result.status == 0 and (got.width, got.height) == (514, 258), result)
        result = run(folder.copy("anim.webp"))
        check("moving WebP is refused in one line", result.status == 1 and one_line(result), result)
        apng = png(8, 8, extra=chunk(b"acTL", struct.pack(">II", 2, 0)))
        result = run(folder.put("moving.png", apng))
        check("moving PNG is refused in one line", result.status == 1 and one_line(result), result)
        folder.put("tall.png", png(8, 16))
        for saver, name in (("gifsave", "two.gif"), ("tiffsave", "two.tif")):
            subprocess.run(["vips", saver, folder("tall.png"), folder(name), "--page-height", "8"], check=True)
        result = run(folder("two.gif"))
        check("a GIF of two frames is refused", result.status == 1 and b"2 frames" in result.err, result)
        result = run(folder("two.tif"))
        check("of a TIFF of two pictures it says that it takes one", result.status == 0 and b"first of its 2 pictures" in result.err, result)
        folder.put("a.png", png(31, 17))
        for extension in ("tif", "ppm"):
            subprocess.run(["vips", "copy", folder("a.png"), folder("b." + extension)], check=True)
            result = run(folder("b." + extension))
            target = "b-2x." + ("tif" if extension == "tif" else "png")
            check(extension + " is read", result.status == 0 and target in folder.names(), result)
        result = run(folder.put("c.bmp", b"BM" + bytes(100)))
        check("BMP is refused in one line", result.status == 3 and one_line(result), result)


def test_sniffing():
    with Folder() as folder:
        result = run(folder.put("a.jpg", png(9, 9)))
        check("a PNG called .jpg is a PNG", result.status == 0 and "a-2x.png" in folder.names(), folder.names())
        result = run(folder.put("b", png(9, 9)))
        check("a name without extension gets one", result.status == 0 and "b-2x.png" in folder.names(), folder.names())
        folder.copy("photo_smallface_alla.jpg")
        os.rename(folder("photo_smallface_alla.jpg"), folder("c.JPEG"))
        result = run(folder("c.JPEG"))
        check("the extension's own spelling is kept", "c-2x.JPEG" in folder.names(), folder.names())


def test_conversion():
    with Folder() as folder:
        source = folder.put("a.png", png(40, 30, 4, 16))
        result = run(source, "-o", folder("a.jpg"))
        got = as_png(folder, "a.jpg")
        check("-o NAME.jpg writes a JPEG", folder.get("a.jpg")[:3] == b"\xff\xd8\xff")
        check("what JPEG can't hold is said", result.status == 0 and b"16 bits" in result.err and
              b"transparency" in result.err, result)
        check("no alpha in it", (got.channels, got.depth, got.width) == (3, 8, 80))
        clear = folder.put("clear.png", png(20, 20, 4, 8, lambda x, y: (200, 0, 0, 0)))
        run(clear, "-f", "jpg")
        check("transparent becomes white", min(as_png(folder, "clear-2x.jpg").samples()) >= 250)
        result = run(source, "-f", "tiff", "-o", folder("x.png"))
        check("-f and -o that contradict each other are refused", result.status == 2 and one_line(result), result)
        result = run(source, "-o", folder("x.xyz"))
        check("an unknown extension is refused", result.status == 2 and one_line(result), result)
        run(source, "-f", "jpg", "-q", "20", "-o", folder("q20.jpg"))
        run(source, "-f", "jpg", "-q", "98", "-o", folder("q98.jpg"))
        check("-q changes the size", os.path.getsize(folder("q20.jpg")) < os.path.getsize(folder("q98.jpg")))


def test_formats_out():
    with Folder() as folder:
        deep, clear = folder.put("deep.png", png(40, 30, 3, 16)), folder.put("clear.png", png(40, 30, 4, 8))
        wants = {"webp": b"WEBP", "tif": b"II*", "jxl": b"", "avif": b"ftypavif", "png": b"PNG"}
        for extension, magic in wants.items():
            for source in (deep, clear):
                target = "%s-out.%s" % (os.path.basename(source)[:-4], extension)
                result = run(source, "-o", folder(target))
                if not check("%s is written" % target, result.status == 0 and magic in folder.get(target)[:16], result):
                    continue
                got = as_png(folder, target)
                check("%s has its channels and depth" % target, (got.channels, got.depth) ==
                      (3 if source == deep else 4, 16 if source == deep and extension != "webp" else 8),
                      (got.channels, got.depth))
        run(clear, "-o", folder("exact.png"))
        exact = as_png(folder, "exact.png")
        for extension in ("webp", "jxl", "tif"):
            run(clear, "--lossless", "-o", folder("l." + extension))
            got = as_png(folder, "l." + extension)
            worst = max(abs(a - b) for r, q in zip(got.rows, exact.rows) for a, b, alpha in
                        zip(r, q, [q[i | 3] for i in range(len(q))]) if alpha)
            check("--lossless %s" % extension, worst == 0, worst)
        subprocess.run(["vips", "copy", folder.put("full.png", png(40, 30, 3, 8)), folder("exact-source.webp[lossless]")], check=True)
        for words, same in (([], True), (["-q", "80"], False)):
            run(folder("exact-source.webp"), *words, "-o", folder("l2.webp"), "--overwrite")
            run(folder("exact-source.webp"), "-o", folder("l2.png"), "--overwrite")
            check("WebP without loss stays so%s" % (", but for -q" if words else ""),
                  (as_png(folder, "l2.webp").rows == as_png(folder, "l2.png").rows) == same)
        for extension in ("jpg", "avif"):
            result = run(clear, "--lossless", "-o", folder("l." + extension))
            check("--lossless %s is refused" % extension, result.status == 1 and one_line(result), result)


# ---- Files -------------------------------------------------------------------------------------------------------


def test_existing():
    with Folder() as folder:
        source = folder.put("a.png", png(10, 10))
        folder.put("a-2x.png", b"precious")
        result = run(source)
        check("an existing result is an error", result.status == 1 and one_line(result), result)
        check("and is not touched", folder.get("a-2x.png") == b"precious")
        result = run(source, "--skip-existing")
        check("--skip-existing passes it", result.status == 0 and folder.get("a-2x.png") == b"precious", result)
        result = run(source, "--overwrite")
        check("--overwrite replaces it", result.status == 0 and Picture(folder.get("a-2x.png")).width == 20, result)
        check("nothing else is there", folder.names() == ["a-2x.png", "a.png"], folder.names())
        result = run(source, "--overwrite", "--skip-existing")
        check("both together are refused", result.status == 2 and one_line(result), result)


def test_same_file():
    with Folder() as folder:
        data = png(10, 10)
        source = folder.put("a.png", data)
        os.link(source, folder("hard.png"))
        os.symlink("a.png", folder("soft.png"))
        os.mkdir(folder("sub"))
        for target in ("a.png", "hard.png", "soft.png", "sub/../a.png"):
            result = run(source, "--overwrite", "-o", folder(target))
            check("-o %s is the source: refused" % target, result.status == 1 and one_line(result), result)
        folder.put("b-2x.png", data)
        folder.put("b.png", data)
        result = run(folder("b.png"), folder("b-2x.png"), "--overwrite")
        check("a later source is not overwritten", result.status == 1 and folder.get("b-2x.png") == data, result)
        check("the source is untouched", folder.get("a.png") == data)
        os.symlink("nowhere", folder("a-2x.png"))
        result = run(source)
        check("a broken link in the way is an error", result.status == 1 and not os.path.exists(folder("nowhere")),
              result)
        os.mkfifo(folder("pipe.png"))
        result = run(source, "--overwrite", "-o", folder("pipe.png"))
        check("what is not a file is not replaced",
              result.status == 1 and stat.S_ISFIFO(os.stat(folder("pipe.png")).st_mode), result)


def test_folders():
    with Folder() as folder:
        names = [folder.put(name, png(8, 8)) for name in ("a.png", "b.png")]
        os.mkdir(folder("there"))
        result = run(*names, "-o", folder("there"))
        check("-o FOLDER", result.status == 0 and sorted(os.listdir(folder("there"))) == ["a-2x.png", "b-2x.png"],
              result)
        result = run(names[0], "-o", folder("new/"))
        check("-o NEW/ makes the folder", result.status == 0 and os.listdir(folder("new")) == ["a-2x.png"], result)
        result = run(*names, "-o", folder("newer"))
        check("several pictures make -o a folder", result.status == 0 and len(os.listdir(folder("newer"))) == 2, result)
        result = run(*names, "-o", names[0])
        check("several pictures into one file are refused", result.status == 2 and one_line(result), result)
        result = run(names[0], "-o", folder("missing/x.png"))
        check("a missing folder is one line", result.status == 1 and one_line(result), result)
        result = run(names[0], "-o", "/proc/fovea-x.png")
        check("an unwritable folder is one line", result.status == 1 and one_line(result), result)
        if os.geteuid() != 0:
            os.mkdir(folder("locked"), 0o555)
            result = run(names[0], "-o", folder("locked/x.png"))
            check("a locked folder is one line", result.status == 1 and one_line(result), result)
        result = run(folder.path)
        check("a folder as picture is one line", result.status in (1, 3) and one_line(result), result)
        result = run(names[0], "--suffix", "-large")
        check("--suffix", result.status == 0 and "a-large.png" in folder.names(), result)


def test_permissions():
    with Folder() as folder:
        source = folder.put("a.png", png(8, 8))
        os.chmod(source, 0o600)
        run(source)
        mode = stat.S_IMODE(os.stat(folder("a-2x.png")).st_mode)
        check("a private picture stays private", mode == 0o600, oct(mode))


def test_names():
    hard = (b"with space.png", b"new\nline.png", b"esc\x1b[31mred.png", b"\xff\xfe not utf8.png", "\u00fcml\u00e4ut.png".encode(),
            b"quote\"'$(x).png", b"opt[Q=1,strip].png", b"a.jpg[0]", b"bidi\xe2\x80\xae.png", b"%s%n.png", b"c1\xc2\x9b.png",
            b".hidden.png", b"-dash.png", b"x" * 240 + b".png")
    for name in hard:
        with Folder() as folder:
            source = folder.put(name, png(5, 4))
            if name.startswith(b"-"):
                result = run("--", name, cwd=folder.path)
            else:
                result = run(source)
            stem = name[:-4] if name.endswith(b".png") else name.rsplit(b".", 1)[0]
            good = os.path.exists(folder(stem + b"-2x.png"))
            check("a file called %s" % ascii(name[:40]), result.status == 0 and good, result)
            raw = re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae", result.err)
            check("and its name is harmless when printed", not raw and result.err.count(b"\n") == 1, result)
    with Folder() as folder:
        result = run(folder(b"no\x1b]0;title\x07such.png"))
        check("errors escape names", result.status == 3 and one_line(result), result)
        result = run("--no\x1b[31msuch")
        check("usage errors escape words", result.status == 2 and one_line(result), result)


def test_standard_streams():
    with Folder() as folder:
        result = run("-", "-o", "-", stdin=png(12, 7))
        check("- to -", result.status == 0 and Picture(result.out).width == 24, result)
        result = run("-", "-o", folder("x.jpg"), stdin=png(12, 7))
        check("- to a file", result.status == 0 and folder.get("x.jpg")[:2] == b"\xff\xd8", result)
        result = run(folder.put("a.png", png(12, 7)), "-o", "-", "-f", "tiff")
        check("a file to - as TIFF", result.status == 0 and result.out[:4] == b"II*\0", result)
        result = run("-", "-o", "-", stdin=png(12, 7)[:60])
        check("nothing half-written on standard output", result.status == 3 and result.out == b"", result)
        result = run("-", "-o", "-", stdin=b"")
        check("nothing on standard input is one line", result.status == 3 and one_line(result), result)
        result = run(folder("a.png"), folder("a.png"), "-o", "-")
        check("two pictures to - are refused", result.status == 2 and one_line(result), result)
        os.mkfifo(folder("pipe"))
        feeder = subprocess.Popen(["cp", folder("a.png"), folder("pipe")])
        result = run(folder("pipe"), "-o", folder("piped.png"))
        feeder.wait()
        check("a named pipe as picture", result.status == 0 and Picture(folder.get("piped.png")).width == 24, result)


# ---- What goes wrong ---------------------------------------------------------------------------------------------


def test_broken():
    whole = png(300, 200)
    photo = open(os.path.join(harness.FILES, "photo_smallface_alla.jpg"), "rb").read()
    moving = open(os.path.join(harness.FILES, "progressive.jpg"), "rb").read()
    webp = open(os.path.join(harness.FILES, "odd_257x129.webp"), "rb").read()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x55
    broken = {
        "empty.jpg": b"",
        "text.jpg": b"this is no picture\n" * 30,
        "cut.png": whole[:len(whole) // 2],
        "cut-head.png": whole[:20],
        "flipped.png": bytes(flipped),
        "cut.jpg": photo[:len(photo) * 6 // 10],
        "cut-head.jpg": photo[:200],
        "cut-progressive.jpg": moving[:len(moving) // 2],
        "cut.webp": webp[:len(webp) // 2],
        "signature.png": b"\x89PNG\r\n\x1a\n",
        "huge.png": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0x7fffffff, 0x7fffffff, 8, 2, 0, 0, 0)),
        "bomb.png": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 900000, 900000, 8, 2, 0, 0, 0)) +
                    chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""),
    }
    for name, data in broken.items():
        with Folder() as folder:
            result = run(folder.put(name, data))
            check("%s is one line" % name, result.status in (1, 3) and one_line(result), result)
            check("%s leaves nothing" % name, folder.names() == [name], folder.names())


def test_batch_goes_on():
    with Folder() as folder:
        names = [folder.put("a.png", png(8, 8)), folder.put("b.png", b"junk"), folder.put("c.png", png(9, 9)),
                 folder("missing.png")]
        result = run(*names)
        check("a bad picture doesn't stop the rest",
              result.status == 1 and folder.names() == ["a-2x.png", "a.png", "b.png", "c-2x.png", "c.png"], result)
        check("and the end says how it went", b"2 done, 0 skipped, 2 failed" in result.err, result)
        result = run(names[1], names[3])
        check("nothing readable is status 3", result.status == 3, result)


def test_limits():
    with Folder() as folder:
        source = folder.put("a.png", png(40, 30))
        result = run(source, "--max-pixels", "1000")
        check("--max-pixels", result.status == 1 and one_line(result) and b"--max-pixels" in result.err, result)

        def small_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

        result = run(folder.put("b.png", large_png(200, 200)), preexec=small_files)
        check("no room for the result is status 4", result.status == 4 and one_line(result), result)
        check("and nothing is left", "b-2x.png" not in folder.names() and len(folder.names()) == 2, folder.names())
        if harness.SANITIZED:
            skip("--max-memory", "sanitizers need more")
        else:
            result = run(folder.put("c.png", large_png(4000, 400)), "--max-memory", "3M")
            check("no memory is status 4", result.status == 4 and one_line(result), result)
        wide = folder.put("wide.png", png(9000, 1))
        result = run(wide, "-f", "webp")
        check("a format's own limit is one line, before the work",
              result.status == 1 and one_line(result) and b"16383" in result.err, result)


# ---- What is said ------------------------------------------------------------------------------------------------


def test_progress():
    with Folder() as folder:
        source = folder.put("a.png", large_png(1500, 1500))
        lines = run("--progress", "plain", source, quiet=False).err.decode().splitlines()
        shares = [line for line in lines if re.fullmatch(r"\d+\.\d\d%", line)]
        check("plain progress", shares and shares[-1] == "100.00%", lines)
        check("rises", [float(s[:-1]) for s in shares] == sorted(float(s[:-1]) for s in shares), shares)
        lines = run("--progress", "auto", "--overwrite", source, quiet=False).err.decode().splitlines()
        check("auto is plain when not on a terminal", "100.00%" in lines, lines)
        lines = run("--progress", "json", "--overwrite", source, quiet=False).err.decode().splitlines()
        parsed = [json.loads(line) for line in lines if line.startswith("{")]
        check("JSON progress", parsed and parsed[-1]["percent"] == 100, lines)
        lines = run("--progress", "none", "--overwrite", source, quiet=False).err.decode().splitlines()
        check("none", len(lines) == 1, lines)


def on_terminal(*words):
    """What the command writes to a terminal on standard error."""
    master, slave = pty.openpty()
    process = subprocess.Popen([harness.FOVEA] + list(words), stderr=slave)
    os.close(slave)
    text = b""
    while True:
        try:
            more = os.read(master, 65536)
        except OSError:
            break
        if not more:
            break
        text += more
    os.close(master)
    return process.wait(harness.TIMEOUT), text


def test_terminal():
    with Folder() as folder:
        status, text = on_terminal(folder.put(b"esc\x1b[2J.png", large_png(1500, 1500)))
        check("a bar on a terminal", status == 0 and b"\r[" in text and b"%" in text and b"left" in text, text[-300:])
        check("without control characters but the line's own", not re.search(rb"[^\x20-\x7e\r\n]", text), text[-300:])
        check("and cleared at the end", b"100.0%" not in text.split(b"\r")[-2], text[-300:])


def test_pnm_white():
    """A sample is a part of what the file's head calls white."""
    with Folder() as folder:
        for name, data, grey in (("a.pgm", b"P5 # so\n4 4\n100\n" + bytes([50] * 16), 128), ("b.pgm", b"P5 4 4 1000\n" + b"\1\xf4" * 16, 32768),
                                 ("c.pgm", b"P2\n4 4\n2\n" + b"1 " * 16, 128), ("d.ppm", b"P6 4 4 100\n" + bytes([100] * 48), 255)):
            result = run(folder.put(name, data), "-o", folder(name + ".png"))
            rows = Picture(folder.get(name + ".png")).rows if result.status == 0 else []
            check("one grey of %s" % name, rows and all(set(row) == {grey} for row in rows), (rows[:1], result))


def test_help():
    for word in ("-h", "--help"):
        result = run(word, quiet=False)
        lines = result.out.decode("ascii").splitlines()
        check("%s fits a screen" % word, result.status == 0 and len(lines) <= 24 and max(map(len, lines)) <= 80,
              (len(lines), max(map(len, lines))))
    result = run("--version", quiet=False)
    check("--version", result.status == 0 and re.fullmatch(rb"fovea \d+\.\d+\.\d+\n", result.out), result.out)
    result = run("--version", "-v", quiet=False)
    check("--version -v tells kernels and nets", b"kernels:" in result.out and b"photo" in result.out, result.out)
    result = run("bench", "-j", "1", quiet=False)
    words = result.out.decode().split()
    check("bench", result.status == 0 and "product" in words and "photo-fast-x2" in words, result.out)
    check("bench takes no pictures", run("bench", "a.png", quiet=False).status == 2)
    result = run("models", quiet=False)
    check("models", result.status == 0 and b"fast" in result.out, result.out)


def test_manual():
    page = run("--help=man", quiet=False)
    check("--help=man", page.status == 0 and page.out.startswith(b".TH FOVEA 1") and b"skip" in page.out)
    for option in re.findall(rb"--[a-z-]+", run("-h", quiet=False).out):
        check("the man page has %s" % option.decode(), option.replace(b"-", b"\\-") in page.out)
    for shell in ("bash", "zsh", "fish"):
        script = run("--help=" + shell, quiet=False)
        good = script.status == 0 and b"skip-existing" in script.out
        if good and shutil.which(shell):
            good = subprocess.run([shell, "-n"], input=script.out, stderr=subprocess.PIPE).returncode == 0
        check("--help=%s" % shell, good, script)


def test_usage():
    with Folder() as folder:
        source = folder.put("a.png", png(8, 8))
        os.mkdir(folder("models"))
        wrong = (
            (), ("--nonsense", source), ("-Z", source), ("-s", "1", source), ("-s", "x", source), ("-s", "17", source),
            ("-s",), (source, "-o"), ("-q", "0", source), ("-q", "101", source), ("-f", "bmp", source),
            ("--effort", "lazy", source), ("-j", "0", source), ("--overwrite=yes", source), ("-m", "wild", source),
            ("-m", folder("models"), source), ("--progress", "loud", source), ("--timeout", "x", source),
            ("--max-memory", "1X", source), ("--report=xml", source), ("--help=html",), ("-r", source, "-o", "-"), ("--suffix", "a/b", source), ("--source", "moon", source), ("verify", source),
            ("--force-creative", source), ("inspect",), ("compare", source),
        )
        for words in wrong:
            result = run(*words, quiet=False)
            shown = " ".join(os.path.basename(word) for word in words)
            check("refused: fovea %s" % shown, result.status == 2 and one_line(result), result)
        check("and nothing was made", folder.names() == ["a.png", "models"], folder.names())
        result = run("upscale", source, quiet=False)
        check("fovea upscale PICTURE", result.status == 0, result)
        result = run("-i", source, "-o", folder("ncnn.png"), "-s2", "-j1")
        check("-i IN -o OUT -s2 -j1", result.status == 0 and "ncnn.png" in folder.names(), result)
        result = run(source, "-v", "-j", "1", "-o", folder("v.png"))
        check("-v tells net, kernels and threads", re.search(
            rb"8x8 PNG to 16x16 PNG, [0-9.]+ s; net photo-standard-x2 \(.+\), [a-z0-9]+ kernels, 1 thread\)\n", result.err), result)
        folder.put("inspect", png(8, 8))
        result = run("./inspect", cwd=folder.path)
        check("./inspect is a file", result.status == 0 and "inspect-2x.png" in folder.names(), result)
        result = run(source, "-m", "faithful", "-o", folder("m.png"))
        check("-m faithful", result.status == 0, result)


def test_same_bytes():
    with Folder() as folder:
        source = folder.put("a.png", png(333, 222))
        results = set()
        for threads in ("1", "2", "5"):
            run(source, "-j", threads, "-o", folder(threads + ".png"))
            results.add(folder.get(threads + ".png"))
        check("any number of threads gives the same bytes", len(results) == 1)


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
