#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""use_test.py FOVEA [NAME...]: --for and -m: what they choose, what they say, what wins over them, with FOVEA-faithful, which has no
creative net (mode_test.py has the other case). See harness.py, whose tools it uses."""
import os
import subprocess
import sys

import harness
from harness import Folder, check, one_line, png, run

USES = {  # use: extension of the result of a JPEG, reason of the mode
    "product": ("webp", "buyers must see"),
    "old-photo": ("jpg", "brings an old picture to life"),
    "print": ("png", "paper shows every deviation"),
    "social": ("webp", "impact counts"),
    "screenshot": ("png", "glyphs and controls"),
    "ai-art": ("jpg", "high-resolution displays"),
    "real-estate": ("webp", "legal risk"),
}
CREATIVE = ("old-photo", "ai-art")
REFUSING = ("product", "real-estate")


def test_every_use():
    with Folder() as folder:
        source = folder.copy("gray8.jpg")
        for use, (extension, reason) in USES.items():
            result = run("--for", use, source, "-o", folder(use + "/"))
            made = os.listdir(folder(use)) if os.path.isdir(folder(use)) else []
            check("--for %s writes %s" % (use, extension), result.status == 0 and made == ["gray8-2x." + extension],
                  (result, made))
            said = result.err.count(b"\n")
            expected = 2 if use in CREATIVE else 1
            check("--for %s says no more than it must" % use, said == expected, result)
            if use in CREATIVE:
                check("--for %s says that it is not creative" % use,
                      b"no creative net" in result.err and b"faithful" in result.err, result)
            result = run("--for", use, source, "--dry-run", "-o", folder("none/"))
            text = result.err.decode("ascii")
            check("--for %s --dry-run gives the reason" % use, result.status == 0 and reason in text, text)
            check("--for %s --dry-run speaks of size and file" % use, "size: " in text and "file: " in text, text)
            check("and makes nothing", not os.path.exists(folder("none")))



def test_what_wins():
    with Folder() as folder:
        source = folder.copy("photo_smallface_alla.jpg")
        run("--for", "social", source, "-f", "png", "-o", folder("a/"))
        check("-f wins over --for", os.listdir(folder("a")) == ["photo_smallface_alla-2x.png"], os.listdir(folder("a")))
        run("--for", "social", source, "-o", folder("b.tif"))
        check("-o NAME.EXT wins over --for", folder.get("b.tif")[:4] == b"II*\0")
        run("--for", "social", source, "-o", folder("plain.webp"))
        run("--for", "social", "-q", "80", source, "-o", folder("q80.webp"))
        run("--for", "social", "-q", "30", source, "-o", folder("q30.webp"))
        check("web uses are of quality 80", folder.get("plain.webp") == folder.get("q80.webp"))
        run("--for", "product", source, "-o", folder("product.webp"), "--report")
        run("--for", "product", "-q", "92", source, "-o", folder("q92.webp"))
        check("but where colours are promised, of 92", folder.get("product.webp") == folder.get("q92.webp"))
        result = run("verify", source, folder("product.webp"), quiet=False)
        check("which is faithful", result.status == 0, result)
        check("-q wins over --for", len(folder.get("q30.webp")) < len(folder.get("q80.webp")))
        run("--for", "social", source, "-o", folder("social.jpg"))
        run(source, "-o", folder("plain.jpg"))
        check("a format of the user's own has its own quality", folder.get("social.jpg") == folder.get("plain.jpg"))
        subprocess.run(["vips", "copy", source, folder("c.tif")], check=True)
        run("--for", "print", folder("c.tif"))
        check("--for print keeps TIFF", "c-2x.tif" in folder.names(), folder.names())
        run("--for", "product", folder("plain.webp"), "-o", folder("d/"))
        result = run("--for", "product", folder.put("kept.png", png(8, 8)), "-f", "same", "-o", folder("same/"))
        check("-f same is said, and --for decides only what is not", os.listdir(folder("same")) == ["kept-2x.png"], result)
        check("--for product keeps WebP", os.listdir(folder("d")) == ["plain-2x.webp"], os.listdir(folder("d")))
        result = run("--for", "screenshot", "--source", "clean", source, "-o", folder("e.png"))
        check("--source wins over --for", result.status == 0 and b"screen" not in result.err, result)
        wide = folder.put("wide.png", png(9000, 1))
        result = run("--for", "social", wide)
        check("a side that WebP can't hold is one line that names another format",
              result.status == 1 and one_line(result) and b"16383" in result.err and b"-f jpg" in result.err, result)


def test_modes():
    with Folder() as folder:
        source = folder.put("a.png", png(20, 20))
        plain = run(source, "-o", folder("plain.png"))
        for words in (["-m", "faithful"], ["-m", "auto"], ["-m", "creative"], ["--for", "old-photo"],
                      ["--for", "old-photo", "-m", "auto"], ["--for", "old-photo", "-m", "faithful"]):
            name = "-".join(words).replace("--", "") + ".png"
            result = run(*words, source, "-o", folder(name))
            told = b"no creative net" in result.err and b"faithful" in result.err
            wants = "creative" in words or words[1:] in (["old-photo"], ["old-photo", "-m", "auto"])
            check("%s: the faithful result" % " ".join(words),
                  result.status == 0 and folder.get(name) == folder.get("plain.png"), result)
            check("%s: told when it is not what was wished" % " ".join(words), told == wants, result)
        check("nothing to tell without a wish", plain.err.count(b"\n") == 1, plain)
        for use in USES:
            result = run("--for", use, "-m", "creative", source, "-o", folder("c.png"), "--overwrite")
            if use in REFUSING:
                check("--for %s -m creative is refused with the reason" % use, result.status == 2 and one_line(result) and
                      USES[use][1].encode() in result.err and b"--force-creative" in result.err, result)
                result = run("--for", use, "-m", "creative", "--force-creative", source, "-o", folder("c.png"), "--overwrite")
            check("--for %s -m creative can be had" % use, result.status == 0 and b"no creative net" in result.err, result)
        for words in (["--force-creative"], ["--force-creative", "-m", "faithful"], ["--for", "moon"], ["--for"],
                      ["--for", "product", "--force-creative"]):
            result = run(source, *words)
            check("refused: %s" % " ".join(words), result.status == 2 and one_line(result), result)


def test_said_once():
    with Folder() as folder:
        names = [folder.put("%d.png" % i, png(9, 9)) for i in range(4)]
        result = run("--for", "ai-art", *names)
        check("what is done instead is said once", result.status == 0 and result.err.count(b"no creative net") == 1, result)
        result = run("--for", "ai-art", folder.put("bad.png", b"junk" * 9))
        check("an error stays one line", result.status == 3 and one_line(result), result)


def test_manual():
    page = run("--help=man", quiet=False).out.decode("ascii").replace("\\-", "-")
    for use, (_, reason) in USES.items():
        check("the man page tells of %s" % use, "\n.B %s\n" % use in page and reason in page)
    for heading in ("USES", '"WHAT TO EXPECT"', "TIPS", "PITFALLS"):
        check("the man page has %s" % heading, "\n.SH %s\n" % heading in page)
    for grade in ("excellent", "good", "variable", "limited"):
        check("the man page tells of %s" % grade, "\n.B %s\n" % grade in page)
    check("and its sentences", "nearly indistinguishable" in page and "better as SVG" in page and "grain" in page)


if __name__ == "__main__":
    sys.exit(harness.main([word + "-faithful" if i == 0 else word for i, word in enumerate(sys.argv[1:])], globals(), __doc__))
