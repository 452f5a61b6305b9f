#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What nobody wants to find out too late: pictures that a map or a sheet would replace, files that are damaged, a command
that can't be stopped while it waits, a second run over its own results, a result that went nowhere, paper of the wrong size.

    python3 tests/safe_test.py build/fovea"""
import os
import signal
import struct
import subprocess
import sys
import time

import harness
from harness import Folder, check, one_line, png, run


def refused(name, folder, words, keep, status=1):
    """The command fails with one line and leaves everything as it was."""
    before = {file: folder.get(file) for file in folder.names()}
    result = run(*words, quiet=words[0] not in ("verify", "compare"))
    same = {file: folder.get(file) for file in folder.names()} == before
    check(name, result.status == status and one_line(result) and same and keep in before, (result, folder.names()))


def test_pictures_stay():
    with Folder() as folder:
        a = folder.put("a.png", png(9, 7))
        run(a, "-o", folder("large.png"))
        large, new = folder("large.png"), folder("new.png")
        refused("a map on the source", folder, (a, "-o", new, "--map", a, "--overwrite"), "a.png")
        refused("a map on the result", folder, (a, "-o", new, "--map", os.path.join(folder.path, ".", "new.png")), "a.png")
        refused("verify's map on the small picture", folder, ("verify", a, large, "--map", a, "--overwrite"), "a.png")
        refused("verify's map on the large picture", folder, ("verify", a, large, "--map", large, "--overwrite"), "large.png")
        refused("compare's sheet on a picture", folder, ("compare", a, large, "-o", large, "--overwrite"), "large.png")
        refused("a map that is there", folder, (a, "-o", new, "--map", large), "large.png")
        refused("a map in no folder", folder, (a, "-o", new, "--map", folder("no/map.png")), "a.png")
        refused("a map to -", folder, (a, "-o", new, "--map", "-"), "a.png", 2)
        refused("verify from -", folder, ("verify", a, "-"), "a.png", 2)
        refused("one name for several pictures", folder, (a, large, "-o", folder("out.jpg")), "a.png", 2)
        refused("-s and --to", folder, (a, "-s", "2", "--to", "4k"), "a.png", 2)
        refused("--lossless and -q", folder, (a, "--lossless", "-q", "80", "-f", "webp"), "a.png", 2)
        refused("too long a name, before the work", folder, (a, "--suffix", "l" * 260), "a.png")
        os.mkdir(folder("empty"))
        result = run("-r", folder("empty"))
        check("a folder without pictures is said to be one", result.status == 0 and b"no pictures" in result.err, result)


def test_damage():
    with Folder() as folder:
        whole = open(os.path.join(harness.FILES, "gray8.jpg"), "rb").read()
        hole = bytearray(whole)
        hole[len(whole) // 2:len(whole) // 2 + 300] = bytes(300)
        for name, data in (("cut.jpg", whole[:len(whole) // 2] + b"\xff\xd9"), ("hole.jpg", bytes(hole))):
            source = folder.put(name, data)
            result = run(source, "-o", folder("large.png"), "--overwrite")
            check(name + " is said to be damaged", result.status == 0 and b"damaged" in result.err, result)
            result = run(source, "-o", folder("strict.png"), "--overwrite", "--strict")
            check(name + " is not well under --strict", result.status == 5, result)
            check("inspect says so of " + name, b"damaged" in run("inspect", source, quiet=False).out)
            check("verify says so of " + name, b"damaged" in run("verify", source, folder("large.png"), quiet=False).err)
        result = run(folder.put("more.jpg", whole[:-2] + b"\0\0\0\xff\xd9"), "-o", folder("more.png"))
        check("bytes too many are no damage", result.status == 0 and b"damaged" not in result.err, result)
        check("nor is a whole file", b"damaged" not in run("inspect", folder.copy("gray8.jpg"), quiet=False).out)


def test_again():
    """The same command again, and with another size, over its own results."""
    with Folder() as folder:
        names = [folder.put(name, png(8, 6)) for name in ("a.png", "b.png")]
        run(*names)
        everything = [folder(name) for name in folder.names()]
        result = run(*everything, "--skip-existing")
        check("results are passed over", result.status == 0 and len(folder.names()) == 4 and b"2 named like results" in result.err,
              (result, folder.names()))
        result = run(*everything)
        check("and never replaced", result.status == 1 and len(folder.names()) == 4, (result, folder.names()))
        run("-r", folder.path, "-s", "3")
        check("results of another size are no sources", folder.names() ==
              ["a-2x.png", "a-3x.png", "a.png", "b-2x.png", "b-3x.png", "b.png"], folder.names())
        run("-r", folder.path, "--to", "32x32")
        run("-r", folder.path, "-o", folder("out"))
        check("nor in another folder", sorted(os.listdir(folder("out"))) == ["a-2x.png", "b-2x.png"], os.listdir(folder("out")))
        os.rename(folder("a.png"), folder("c-2x.png"))
        run("-r", folder.path, "-s", "4")
        check("a picture that only looks like a result is done", "c-2x-4x.png" in folder.names(), folder.names())
    with Folder() as folder:
        for name in ("a.png", "b.png"):
            folder.put(name, png(8, 6))
        for _ in range(2):
            result = run("-r", folder.path, "--name", "{name}_big", "--skip-existing")
        check("results by --name are passed over", result.status == 0 and
              folder.names() == ["a.png", "a_big.png", "b.png", "b_big.png"], (result, folder.names()))
    with Folder() as folder:
        a, b = folder.put("x.png", png(8, 6)), folder.copy("gray8.jpg")
        os.rename(b, folder("x.jpg"))
        result = run(a, folder("x.jpg"), "-f", "webp", "--name", "{name}_{from}", "-o", folder("out"))
        check("{from} keeps twins apart", sorted(os.listdir(folder("out"))) == ["x_jpg.webp", "x_png.webp"], result)
        run(a, "--name", "y.png")
        check("--name with an extension gets no second one", "y.png" in folder.names(), folder.names())


def ended_by(process, seconds=20):
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return None


def test_waiting():
    with Folder() as folder:
        os.mkfifo(folder("pipe"))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen([harness.FOVEA, folder("pipe"), "-o", folder("x.png")], stderr=subprocess.DEVNULL)
            time.sleep(0.5)
            process.send_signal(number)
            check("signal %d ends the wait for a pipe" % number, ended_by(process) == -number, process.returncode)
        process = subprocess.Popen([harness.FOVEA, "-", "-o", folder("x.png"), "--timeout", "1"], stdin=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        check("--timeout ends the wait for standard input", ended_by(process) == 3, process.returncode)
        process = subprocess.Popen([harness.FOVEA, "-", "-o", folder("slow.png"), "--timeout", "0.9"], stdin=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        process.stdin.write(png(9, 7))
        process.stdin.close()
        check("and a part of a second is one", ended_by(process) == 0 and "slow.png" in folder.names(), process.returncode)
        for words in (("verify", folder("pipe"), folder("pipe")), ("compare", folder("pipe"), folder("pipe"))):
            process = subprocess.Popen([harness.FOVEA, *words], stderr=subprocess.DEVNULL)
            check("%s does not wait for a pipe" % words[0], ended_by(process) not in (None, 0), process.returncode)
        source = folder.put("large.png", harness.large_png(700, 700))
        process = subprocess.Popen(["nohup", harness.FOVEA, "--progress", "plain", source], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        process.stderr.read()
        check("nohup holds", ended_by(process, harness.TIMEOUT) == 0 and "large-2x.png" in folder.names(), folder.names())


def test_nowhere():
    with Folder() as folder:
        source = folder.put("a.png", png(9, 7))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.FOVEA, source, "--report=json"], stdout=full, stderr=subprocess.PIPE)
        check("a report that is lost is a failure", done.returncode == 4, done)
        done = subprocess.run(["sh", "-c", 'exec "$0" "$1" -o - >&-', harness.FOVEA, source], stderr=subprocess.PIPE)
        check("so is a picture sent to a closed output", done.returncode == 1, done)
        done = subprocess.run(["sh", "-c", 'exec "$0" - -o "$1" <&-', harness.FOVEA, folder("b.png")], stderr=subprocess.PIPE)
        check("a closed input can't be read", done.returncode == 3 and b"read" in done.stderr, done)
        result = run("nothing.jpg", quiet=False)
        check("a failure is one line, also where progress is shown", result.status == 3 and one_line(result), result)


def exif(path, *tags):
    return subprocess.run(["exiftool", "-s3", *tags, path], stdout=subprocess.PIPE, check=True).stdout.split(b"\n")[:-1]


def test_paper():
    with Folder() as folder:
        source = folder.copy("gray8.jpg")
        run(source, "--to", "6x4cm@300", "-o", folder("paper.jpg"))
        check("paper has its dots", exif(folder("paper.jpg"), "-XResolution", "-YResolution") == [b"300", b"300"])
        run(source, "-f", "png", "-o", folder("plain.png"))
        check("and a JPEG's colours are sRGB's", exif(folder("paper.jpg"), "-ColorSpace") == [b"sRGB"])
        run(folder.put("plain.png", png(9, 7)), "-f", "tiff", "-o", folder("plain.tif"))
        across = float(exif(folder("plain.tif"), "-XResolution")[0])
        unit = exif(folder("plain.tif"), "-ResolutionUnit")[0]
        check("no poster of a picture without dots", abs(across * (2.54 if unit == b"cm" else 1) - 72) < 0.1, (across, unit))
        turned = folder.copy("exif_orientation6.jpg")
        subprocess.run(["exiftool", "-q", "-overwrite_original", "-XResolution=300", "-YResolution=150", turned], check=True)
        run(turned, "-o", folder("turned.jpg"))
        check("dots turn with the picture", exif(folder("turned.jpg"), "-XResolution", "-YResolution") == [b"150", b"300"])


def test_tiff_camera_data():
    with Folder() as folder:
        subprocess.run(["vips", "copy", folder.put("a.png", png(9, 7)), folder("a.tif")], check=True)
        check("nothing is missed of a plain TIFF", b"camera" not in run(folder("a.tif"), "-o", folder("b.tif")).err)
        subprocess.run(["exiftool", "-q", "-overwrite_original", "-Artist=Me", folder("a.tif")], check=True)
        check("an author is", b"author" in run(folder("a.tif"), "-o", folder("c.tif")).err)
        check("not with --strip", b"author" not in run(folder("a.tif"), "--strip", "-o", folder("d.tif")).err)
        cut = struct.pack("<2sHIH", b"II", 42, 8, 65535)
        check("a directory cut short ends", run(folder.put("cut.tif", cut)).status == 3)


def tiff(order, entries, place=8, between=b""):
    """A grey TIFF of 4x4 pixels with these entries (tag: long) besides."""
    pixels = 8 + len(between)
    place = max(place, pixels + 16)
    tags = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 273: pixels, 277: 1, 278: 4, 279: 16, **entries}
    directory = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    head = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, place) + between
    return (head + bytes(range(16))).ljust(place, b"\0") + struct.pack(order + "H", len(tags)) + directory + bytes(4)


def test_camera_raw():
    """Of these libtiff reads a preview of some 160 pixels, which is not what was asked for."""
    with Folder() as folder:
        for name, order, entries in (("dng", "<", {50706: 0x0401}), ("nef", ">", {254: 1, 330: 8})):
            result = run(folder.put("a." + name, tiff(order, entries)))
            check("%s: 3, one line" % name, result.status == 3 and one_line(result) and b"raw" in result.err, result)
        canon = struct.pack("<2sHI4sI", b"II", 42, 16, b"CR\2\0", 0) + tiff("<", {}, 24)[24:]
        result = run(folder.put("a.cr2", canon))
        check("cr2: 3, one line", result.status == 3 and one_line(result) and b"raw" in result.err, result)
        for order, entries in (("<", {}), (">", {}), ("<", {254: 1}), ("<", {330: 8}), (">", {254: 2, 330: 8})):
            result = run(folder.put("a.tif", tiff(order, entries)), "--overwrite")
            check("a TIFF that is none is read: %s %s" % (order, entries), result.status == 0, result)


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
