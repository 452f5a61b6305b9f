#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kept_test.py FOVEA [NAME...]: what a picture carries besides its pixels, compared tag by tag with exiftool; 16 bits with a
profile; edges of transparency. See harness.py, whose tools it uses."""
import json
import re
import struct
import subprocess
import sys
import zlib

import harness
from harness import Folder, Picture, as_png, check, chunk, difference, exif, png, run

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


def test_orientation():
    with Folder() as folder:
        for number in range(1, 9):
            run(folder.copy("exif_orientation%d.jpg" % number))
        upright = as_png(folder, "exif_orientation1-2x.jpg")
        for number in range(1, 9):
            name = "exif_orientation%d-2x.jpg" % number
            tags, got = exif(folder(name)), as_png(folder, name)
            shape = (got.width, got.height) == (upright.width, upright.height)
            check("orientation %d is upright" % number, shape and difference(got, upright) < 6, shape)
            check("orientation %d: the tag says so" % number,
                  str(tags.get("IFD0:Orientation", 1)) in ("1", "Horizontal (normal)"), tags.get("IFD0:Orientation"))


def test_metadata():
    with Folder() as folder:
        name = "exif_orientation6_real_portrait"
        run(folder.copy(name + ".jpg"))
        before, after = exif(folder(name + ".jpg")), exif(folder(name + "-2x.jpg"))
        for tag in ("IPTC:Keywords", "IFD0:Artist", "XMP-dc:Description", "XMP-dc:Title"):
            if tag in before:
                check(tag + " is kept", before[tag] == after.get(tag), after.get(tag))
        check("EXIF tells the new size", (after.get("ExifIFD:ExifImageWidth"), after.get("ExifIFD:ExifImageHeight")) ==
              (after["File:ImageWidth"], after["File:ImageHeight"]))
        check("no thumbnail", not any("Thumbnail" in tag for tag in after))
        run(folder(name + ".jpg"), "--strip", "-o", folder("stripped.jpg"))
        check("--strip leaves nothing", not any(tag.split(":")[0] in ("IFD0", "IPTC", "XMP-dc", "ExifIFD")
                                                for tag in exif(folder("stripped.jpg"))))


def test_metadata_between_formats():
    with Folder() as folder:
        source = folder.copy("exif_orientation6.jpg")
        subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP-tiff:Orientation#=6", "-XMP-tiff:ImageWidth=150",
                        "-XMP-exif:ExifImageWidth=150", "-XMP-dc:Title=hello", "-IPTC:Keywords=one", "-IPTC:Keywords=two",
                        "-EXIF:Artist=somebody", source], check=True)
        for extension in ("jpg", "tif", "png", "webp", "avif", "jxl"):
            result = run(source, "-o", folder("x." + extension))
            tags = exif(folder("x." + extension))
            if extension == "jxl":
                check("what JPEG XL loses is said", b"EXIF XMP IPTC" in result.err, result)
                continue
            check("XMP survives in %s" % extension, result.status == 0 and tags.get("XMP-dc:Title") == "hello", tags)
            check("and tells the new size and that it is upright (%s)" % extension,
                  (tags.get("XMP-tiff:Orientation"), tags.get("XMP-tiff:ImageWidth"), tags.get("XMP-exif:ExifImageWidth"))
                  in ((1, 452, 452), ("Horizontal (normal)", 452, 452)), tags)
            if extension in ("jpg", "tif"):
                check("IPTC survives in %s" % extension, tags.get("IPTC:Keywords") == ["one", "two"],
                      tags.get("IPTC:Keywords"))
            if extension == "tif":
                check("what TIFF loses is said", b"its EXIF:" in result.err, result)
            else:
                check("EXIF survives in %s" % extension, tags.get("IFD0:Artist") == "somebody", tags.get("IFD0:Artist"))
        run(folder("x.tif"), "-o", folder("back.jpg"))
        check("IPTC comes back from a TIFF", exif(folder("back.jpg")).get("IPTC:Keywords") == ["one", "two"])


def test_profile_and_density():
    with Folder() as folder:
        run(folder.copy("icc_displayp3.jpg"))
        before, after = exif(folder("icc_displayp3.jpg")), exif(folder("icc_displayp3-2x.jpg"))
        check("the colour profile is kept", before["ICC_Profile:ProfileDescription"] ==
              after.get("ICC_Profile:ProfileDescription"))
        run(folder("icc_displayp3.jpg"), "-f", "png", "-o", folder("p3.png"))
        profile = Picture(folder.get("p3.png")).chunks.get(b"iCCP")
        source = folder.get("icc_displayp3.jpg")
        check("the profile is the same byte for byte",
              profile and zlib.decompress(profile[profile.index(b"\0") + 2:]) in source)
        dense = png(9, 9, extra=chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)))
        run(folder.put("dense.png", dense))
        got = struct.unpack(">IIB", Picture(folder.get("dense-2x.png")).chunks.get(b"pHYs", bytes(9)))
        check("dots per inch are kept", abs(got[0] - 11811) <= 1 and got[2] == 1, got)


def test_what_formats_lack():
    with Folder() as folder:
        dense = folder.put("dense.png", png(9, 9, extra=chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1))))
        check("dots that JPEG XL loses are told of", b"without its dots per inch" in run(dense, "-f", "jxl").err)
        check("and not where there are none", b"dots" not in run(folder.put("a.png", png(9, 9)), "-f", "jxl").err)
        run(dense, "--strip", "-o", folder("bare.png"))
        dots = struct.unpack(">IIB", Picture(folder.get("bare.png")).chunks.get(b"pHYs", bytes(9)))[0]
        check("--strip leaves what screens have", dots == 0 or abs(dots - 2835) <= 1, dots)
        result = run(folder.copy("icc_displayp3.jpg"), "--strip", "-o", folder("p3.png"))
        check("--strip says that colours will look different", b"is left out" in result.err, result)
        white = (0xf6d6, 0x10000, 0xd32d)
        profile = (struct.pack(">I4xI4s4s4s12x4s24xI3I48x", 164, 0x02100000, b"mntr", b"GRAY", b"XYZ ", b"acsp", 0, *white) +
                   struct.pack(">I4sII4s4x3I", 1, b"wtpt", 144, 20, b"XYZ ", *white))
        grey = folder.put("grey.png", png(9, 9, 1, extra=chunk(b"iCCP", b"grey\0\0" + zlib.compress(profile, 0))))
        for extension in ("png", "webp", "avif"):
            result, is_kept = run(grey, "-o", folder("g." + extension)), extension == "png"
            held = exif(folder("g." + extension)).get("ICC-header:ColorSpaceData")
            check("a profile for grey pixels stays with grey pixels (%s)" % extension, result.status == 0 and
                  (held is not None) == is_kept and (b"without its profile" in result.err) != is_kept, (result, held))


def test_previews():
    """Every preview of what was is left out: in EXIF, in Photoshop's blocks, in XMP."""
    preview = b"\xff\xd8\xff\xe0PREVIEW OF WHAT WAS\xff\xd9"
    block = b"8BIM\x04\x0c\0\0" + struct.pack(">I", 28 + len(preview)) + bytes(28) + preview + bytes(len(preview) % 2)
    title = b"8BIM\x04\x04\0\0" + struct.pack(">I", 10) + b"\x1c\x02\x05\0\x05title"
    photoshop = b"Photoshop 3.0\0" + block + title
    xmp = (b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
           b"<rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:CreatorTool='somebody'><xmp:Thumbnails><rdf:Alt><rdf:li>"
           b"PREVIEW OF WHAT WAS</rdf:li></rdf:Alt></xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>")
    with Folder() as folder:
        bare = run(folder.put("a.png", png(16, 12)), "-o", folder("bare.jpg"), "--strip") and folder.get("bare.jpg")
        segments = b"".join(marker + struct.pack(">H", 2 + len(body)) + body for marker, body in ((b"\xff\xed", photoshop), (b"\xff\xe1", xmp)))
        source = folder.put("s.jpg", bare[:2] + segments + bare[2:])
        for extension in ("jpg", "png", "webp", "tif"):
            result = run(source, "-o", folder("r." + extension))
            check("no preview in %s" % extension, result.status == 0 and b"PREVIEW" not in folder.get("r." + extension), result)
        after = exif(folder("r.jpg"))
        check("and the rest is there", (after.get("IPTC:ObjectName"), after.get("XMP-xmp:CreatorTool")) == ("title", "somebody"), after)


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
        small = run(folder.put("small.png", png(16, 12, pixel=lambda x, y: (x * 9, y * 9, 77))), "-o", folder("small.jpg"), "--strip")
        subprocess.run(["exiftool", "-q", "-overwrite_original", *TAGS, "-ThumbnailImage<=" + folder("small.jpg"), source], check=True)
        thumbnail = folder.get("small.jpg")
        check("the source has a thumbnail", small.status == 0 and thumbnail in folder.get("icc_displayp3.jpg"))
        before = {key: value for key, value in tags(source).items() if not key.startswith("IFD1")}
        check("the source has its tags", sum(key.startswith(("IFD0", "ExifIFD", "GPS", "XMP", "IPTC")) for key in before) >= 15,
              before)
        for extension, groups in GROUPS.items():
            target = folder("x." + extension)
            result = run(source, "-o", target)
            after = tags(target) if result.status == 0 else {}
            wanted = {key: value for key, value in before.items() if key.startswith(groups)}
            off = {key: (value, after.get(key)) for key, value in wanted.items() if not same(value, after.get(key))}
            check("%s keeps %d tags" % (extension, len(wanted)), len(wanted) >= 8 and not off, off)
            check("%s has no thumbnail" % extension, not any("Thumbnail" in key for key in after) and
                  thumbnail[200:] not in folder.get("x." + extension), after)
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
        for sheet, width in (("4k", 1920), ("8k", 3840)):
            wide = folder.put("wide.png", png(width, 4, 1, extra=chunk(b"pHYs", (11811).to_bytes(4, "big") * 2 + b"\1")))
            run(wide, "--to", sheet, "-o", folder(sheet + ".png"))
            got = Picture(folder.get(sheet + ".png"))
            check("--to %s says nothing of dots" % sheet, got.width == 2 * width and
                  got.chunks[b"pHYs"] == (11811).to_bytes(4, "big") * 2 + b"\1", (got.width, got.chunks[b"pHYs"]))


def test_dots_turn():
    """300 dots an inch across and 150 down: those of a picture that is turned on its side change places, in any format."""
    with Folder() as folder:
        for number in range(1, 9):
            name = "exif_orientation%d.jpg" % number
            folder.copy(name)
            subprocess.run(["exiftool", "-q", "-overwrite_original", "-XResolution=300", "-YResolution=150", "-ResolutionUnit=inches",
                            folder(name)], check=True)
            run(folder(name), "-o", folder("o.png"), "--overwrite")
            across, down, unit = struct.unpack(">IIB", Picture(folder.get("o.png")).chunks[b"pHYs"])
            check("orientation %d: dots an inch" % number, unit == 1 and
                  (round(across * .0254), round(down * .0254)) == ((150, 300) if number >= 5 else (300, 150)), (across, down))


def test_deep_with_profile():
    with Folder() as folder:
        folder.copy("icc_displayp3.jpg")
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
        strange = data  # the profile with a transfer function that JPEG XL has no name for
        for at in (found.start() for found in re.finditer(b"para", data)):
            strange = strange[: at + 12] + struct.pack(">i", 124518) + strange[at + 16 :]
        odd = folder.put("odd.png", png(40, 40, 3, 8, lambda x, y: (x * 6, y * 6, 90), chunk(b"iCCP", b"P\0\0" + zlib.compress(strange))))
        for source, whole in ((odd, True), (folder.copy("icc_displayp3.jpg"), False)):
            result = run(source, "-f", "jxl")
            check("lossy JPEG XL would lose the profile: %s" % whole, result.status == 0 and (b"without loss" in result.err) == whole, result)
        run(folder("odd-2x.jxl"), "-s", "3", "-o", folder("odd.tif"))
        out = subprocess.run(["exiftool", "-b", "-ICC_Profile", folder("odd.tif")], stdout=subprocess.PIPE).stdout
        check("and has it", out == strange, len(out))
        for words, said in (((deep, "-f", "avif"), b"16 bits a channel become 12"), ((folder("deep-2x.avif"),), None),
                            ((folder("deep-2x.avif"), "-f", "jpg"), b"12 bits a channel become 8"), ((deep, "-f", "jxl"), None)):
            result = run(*words)
            check("%s: a loss of bits is said, no other" % (" ".join(words[-2:])),
                  result.status == 0 and (said in result.err if said else b"become" not in result.err), result)


def chunks_of(data, *names):
    """All chunks of these names, in order, with their bodies."""
    found, at = [], 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind in names:
            found.append((kind, data[at + 8:at + 8 + size]))
        at += 12 + size
    return found


TEXTS = (b"tEXt", b"zTXt", b"iTXt")
COLOURS = (b"cICP", b"sRGB", b"gAMA", b"cHRM")
PRIMARIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


def test_png_chunks():
    """Texts in both encodings, compressed and after the pixels, and what the samples mean."""
    texts = [(b"tEXt", b"Comment\0caf\xe9"), (b"zTXt", b"Long\0\0" + zlib.compress(b"word " * 9000)),
             (b"iTXt", b"parameters\0\0\0zh\0\xe5\x8f\x82\0" + "桜, steps: 20".encode()), (b"tEXt", b"Software\0something")]
    colours = [(b"cICP", b"\x09\x10\0\1"), (b"gAMA", struct.pack(">I", 100000)), (b"cHRM", PRIMARIES)]
    xmp = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf="
           b"'http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>")
    broken = chunk(b"tEXt", b"Broken\0sum")[:-1] + b"x"
    with Folder() as folder:
        data = png(24, 16, extra=b"".join(chunk(*c) for c in colours + texts[:2] + [xmp]) + broken)
        data = data[:-12] + b"".join(chunk(*c) for c in texts[2:]) + data[-12:]
        source = folder.put("a.png", data)
        result = run(source, "-o", folder("o.png"))
        got = folder.get("o.png")
        kept = [c for c in chunks_of(got, *TEXTS) if not c[1].startswith(b"XML:")]
        check("texts are the same bytes", result.status == 0 and kept == texts, (result, kept))
        check("XMP stays, once", sum(body.startswith(b"XML:com.adobe.xmp\0") for _, body in chunks_of(got, *TEXTS)) == 1)
        check("so are gamma and colours", chunks_of(got, *COLOURS) == colours, chunks_of(got, *COLOURS))
        order = [kind for kind, _ in chunks_of(got, b"IHDR", b"IDAT", *COLOURS)]
        check("which stand before the pixels", order[0] == b"IHDR" and order[-1] == b"IDAT", order)
        check("it is a PNG of that size", (Picture(got).width, Picture(got).height) == (48, 32))
        check("and others read it", subprocess.run(["vips", "avg", folder("o.png")], stdout=subprocess.PIPE).returncode == 0)
        result = run("-", "-o", "-", stdin=data)
        check("through a pipe, too", result.out == got, (result.status, len(result.out), len(got)))

        check("--strip leaves none", run(source, "--strip", "-o", folder("s.png")).status == 0 and
              not chunks_of(folder.get("s.png"), *TEXTS, *COLOURS))
        result = run(source, "-o", folder("o.webp"))
        check("another format: it is said", b"without its text" in result.err, result)
        check("of colours, too", b"colours will look different" in result.err, result)


def test_png_of_no_note():
    """What says sRGB, and what programs say of themselves, is not missed; a profile outranks gamma."""
    srgb = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    own = chunk(b"tEXt", b"Software\0something")
    cases = [("gamma 1/2.2", chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"cHRM", srgb) + own, False),
             ("sRGB before gamma", chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 100000)), False),
             ("linear", chunk(b"gAMA", struct.pack(">I", 100000)), True),
             ("other primaries", chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"cHRM", PRIMARIES), True),
             ("cICP of sRGB", chunk(b"cICP", b"\1\x0d\0\1"), False), ("HDR", chunk(b"cICP", b"\x09\x10\0\1"), True)]
    with Folder() as folder:
        for name, extra, told in cases:
            result = run(folder.put("a.png", png(16, 16, extra=extra)), "-o", folder("o.jpg"), "--overwrite")
            check("%s: %s" % (name, "said" if told else "nothing said"),
                  result.status == 0 and (b"look different" in result.err) == told and b"text" not in result.err, result)


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
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
