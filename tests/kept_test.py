#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kept_test.py FOVEA [NAME...]: what a picture carries besides its pixels, compared tag by tag with exiftool; 16 bits with a
profile; edges of transparency. See cli_test.py, whose tools it uses."""
import json
import subprocess
import sys
import zlib

import cli_test
from cli_test import Folder, Picture, as_png, check, chunk, png, run

# Facts of a file, not of the picture, and what must change with the size.
OF_FILE = ("System", "File", "ExifTool", "JFIF", "Composite", "PNG", "RIFF", "SourceFile", "Adobe", "APP14", "QuickTime", "Meta",
           "PNG-pHYs", "ICC-header", "MPF0", "Ducky")
SIZES = ("ImageWidth", "ImageHeight", "ImageLength", "ExifImageWidth", "ExifImageHeight", "Orientation", "PixelXDimension")
OF_ENCODER = ("Photoshop:IPTCDigest", "IFD0:YCbCrPositioning", "XMP-x:XMPToolkit", "IFD0:XResolution", "IFD0:YResolution",
              "IFD0:ResolutionUnit", "ExifIFD:ComponentsConfiguration", "ExifIFD:FlashpixVersion", "ExifIFD:ColorSpace",
              "ExifIFD:ExifVersion")
TAGS = ["-EXIF:Artist=somebody", "-EXIF:Copyright=(c) somebody", "-EXIF:Model=Camera 7", "-EXIF:DateTimeOriginal=2020:02:03 04:05:06",
        "-EXIF:ExposureTime=1/125", "-EXIF:FNumber=5.6", "-EXIF:ISO=400", "-EXIF:GPSLatitude=52.5", "-EXIF:GPSLatitudeRef=N",
        "-EXIF:UserComment=a comment", "-XMP-dc:Title=hello", "-XMP-dc:Creator=one", "-XMP-dc:Creator=two", "-XMP-xmp:Rating=4",
        "-XMP-photoshop:City=Bonn", "-IPTC:Keywords=one", "-IPTC:Keywords=two", "-IPTC:City=Bonn", "-IPTC:Caption-Abstract=text"]
GROUPS = {"jpg": ("IFD0", "ExifIFD", "GPS", "XMP", "IPTC", "ICC"), "png": ("IFD0", "ExifIFD", "GPS", "XMP", "ICC"),
          "webp": ("IFD0", "ExifIFD", "GPS", "XMP", "ICC"), "avif": ("IFD0", "ExifIFD", "GPS", "XMP", "ICC"), "tif": ("XMP", "IPTC", "ICC")}


def tags(path):
    """What exiftool tells of the picture, without what belongs to the file alone."""
    out = subprocess.run(["exiftool", "-j", "-a", "-n", "-G1", path], stdout=subprocess.PIPE, check=True).stdout
    return {key: value for key, value in json.loads(out)[0].items()
            if key.split(":")[0] not in OF_FILE and key.split(":")[-1] not in SIZES and key not in OF_ENCODER}


def same(one, two):
    if isinstance(one, float) or isinstance(two, float):
        return abs(float(one) - float(two)) <= 1e-4 * max(1, abs(float(one)))
    return str(one) == str(two)


def test_tag_by_tag():
    with Folder() as folder:
        source = folder.copy("icc_displayp3.jpg")
        subprocess.run(["exiftool", "-q", "-overwrite_original", *TAGS, source], check=True)
        before = tags(source)
        check("the source has its tags", sum(key.startswith(("IFD0", "ExifIFD", "GPS", "XMP", "IPTC")) for key in before) >= 15,
              before)
        for extension, groups in GROUPS.items():
            target = folder("x." + extension)
            result = run(source, "-o", target)
            after = tags(target) if result.status == 0 else {}
            wanted = {key: value for key, value in before.items() if key.startswith(groups)}
            off = {key: (value, after.get(key)) for key, value in wanted.items() if not same(value, after.get(key))}
            check("%s keeps %d tags" % (extension, len(wanted)), len(wanted) >= 8 and not off, off)
            check("%s has no thumbnail" % extension, not any("Thumbnail" in key for key in after), after)
            if not all(group in groups for group in ("IFD0", "IPTC")):
                check("%s says what it can't hold" % extension, b"without its" in result.err, result)
            result = run(source, "-o", folder("s." + extension), "--strip")
            left = [key for key in tags(folder("s." + extension)) if key.startswith(("ExifIFD", "GPS", "XMP", "IPTC", "ICC"))
                    or key in ("IFD0:Artist", "IFD0:Model", "IFD0:Copyright")]
            check("--strip leaves nothing in %s" % extension, result.status == 0 and not left, left)


def test_dots_per_inch():
    with Folder() as folder:
        dense = folder.put("dense.png", png(16, 16, extra=chunk(b"pHYs", (11811).to_bytes(4, "big") * 2 + b"\1")))
        for extension in ("jpg", "png", "tif"):
            run(dense, "-o", folder("d." + extension))
            out = subprocess.run(["exiftool", "-j", "-n", "-XResolution", "-ResolutionUnit", "-PixelsPerUnitX", folder("d." + extension)],
                                 stdout=subprocess.PIPE, check=True).stdout
            got = json.loads(out)[0]
            inch = got["PixelsPerUnitX"] * 0.0254 if "PixelsPerUnitX" in got else \
                got["XResolution"] * (2.54 if got.get("ResolutionUnit") == 3 else 1)
            check("300 dots an inch in %s" % extension, abs(inch - 300) < 1.01, got)


def test_deep_with_profile():
    with Folder() as folder:
        folder.copy("icc_displayp3.jpg")
        profile = folder("p3.icc")
        subprocess.run(["exiftool", "-q", "-b", "-ICC_Profile", "-w", folder("p3") + "%0f.icc", folder("icc_displayp3.jpg")], check=True)
        data = folder.get("p3.icc")
        check("there is a profile to keep", len(data) > 100)

        packed = b"P3\0\0" + zlib.compress(data)
        deep = folder.put("deep.png", png(128, 128, 3, 16, lambda x, y: (x * 512 + y, y * 512 + x, (x + y) * 256),
                                          chunk(b"iCCP", packed)))
        for extension in ("png", "tif"):
            result = run(deep, "-o", folder("o." + extension))
            got = as_png(folder, "o." + extension)
            check("16 bits with a profile stay 16 bits in %s" % extension, result.status == 0 and got.depth == 16, result)
            out = subprocess.run(["exiftool", "-b", "-ICC_Profile", folder("o." + extension)], stdout=subprocess.PIPE).stdout
            check("with the very profile in %s" % extension, out == data, len(out))
            check("and in its own colours (%s)" % extension, abs(got.rows[128][3 * 128] - (64 * 512 + 64)) < 600, got.rows[128][384])


def test_fringes():
    """Opaque colour beside transparent pixels of another one, with a soft edge between, as premultiplied art has it."""
    def pixel(x, y):
        alpha = max(0, min(255, (x - 20) * 32))
        return (255, 64, 0, alpha) if alpha else (0, 0, 0, 0)

    with Folder() as folder:
        source = folder.put("a.png", png(48, 24, 4, 8, pixel))
        for words in ([], ["-s", "3"], ["-s", "1.7"], ["--to", "width=30", "--allow-shrink"]):
            result = run(source, "-o", folder("o.png"), "--overwrite", *words)
            got = Picture(folder.get("o.png"))
            seen = [row[4 * i:4 * i + 4] for row in got.rows for i in range(got.width) if row[4 * i + 3]]
            off = max(abs(a - b) for p in seen for a, b in zip(p, (255, 64, 0)))
            soft = sum(0 < p[3] < 255 for p in seen)
            check("no fringe above 2 levels %s" % " ".join(words), result.status == 0 and off <= 2 and soft > 0, (off, soft))


if __name__ == "__main__":
    sys.exit(cli_test.main(sys.argv[1:], globals(), __doc__))
