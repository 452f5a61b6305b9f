#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""options_test.py FOVEA [GROUP ...]: the values that options take, up to the last one and none beyond; what contradicts itself.

A refusal has status 2 and one line; anything else means that the words were understood. Needs what harness.py needs."""
import sys

import harness
from harness import Folder, check, one_line, png, run

VALUES = (
    # option, accepted, refused
    ("-s", ("1.001", "16", "2.", "1.5"), ("1", "16.001", "0", "-2", "1e1", "0x2", "2x", "", ".", "1.2.3", "inf", "nan")),
    ("--to", ("4k", "4K", "8k", "8K", "1000000x1", "1X1000000", "width=1", "height=1000000", "long=16", "short=16", "mp=1000000",
              "mp=0.000001", "1x1in@10000", "2.54x2.54cm@1"),
     ("2k", "4kk", "1000001x1", "1x1000001", "0x5", "5x", "x5", "5", "5x5x", "1.5x2", "width=0", "width=1.5", "long=1000001",
      "wide=5", "width=", "width=5p", "mp=0", "mp=1000001", "mp=0.0000009", "9x9in@10001", "9x9in@", "9x9mm@300", "9x9in@300x",
      "0.001x1in@1", "9x9 in@300")),
    ("--strength", ("0", "100"), ("-1", "101", "5%", "", " ")),
    ("-q", ("1", "100"), ("0", "101", "-1", "9.5", "99999999999999999999")),
    ("-j", ("1", "64"), ("0", "65")),
    ("--timeout", ("0.001", "999999999"), ("0", "-1", "1000000000", "5s", "", "nan", "inf")),
    ("--shard", ("1/1", "3/3", "1/1000000"), ("0/3", "4/3", "1/0", "1/1000001", "1/3x", "1", "/0", "x/3", "1/", "-1/3")),
    ("--max-pixels", ("1", "9223372036854775807"), ("0", "-1", "1K", "9223372036854775808", "18446744073709551616", "x", "")),
    ("--max-memory", ("900M", "2G", "2g", "8589934591G", "9007199254740991K"),
     ("0", "-1", "1X", "1KK", "8589934592G", "9007199254740992K", "K", "0K", "")),
    ("--effort", ("fast", "standard", "best"), ("", "fas", "fastest", "fast standard", "Fast")),
    ("--source", ("auto", "clean", "jpeg", "screen"), ("jpg", "")),
    ("--faces", ("protect", "enhance", "same"), ("none", "")),
    ("-f", ("same", "jpg", "jpeg", "tif"), ("bmp", "", "jp")),
    ("--suffix", ("", "-x"), ("a/b", "/")),
)


def test_values():
    with Folder() as folder:
        source = folder.put("a.png", png(8, 8))
        for option, accepted, refused in VALUES:
            creative = ("-m", "creative") if option in ("--strength", "--faces") else ()
            for value in accepted:
                result = run(source, "--dry-run", *creative, option, value)
                check("%s %s is understood" % (option, value), result.status != 2, result)
            for value in refused:
                result = run(source, "--dry-run", *creative, option, value)
                check("%s %r is refused" % (option, value), result.status == 2 and one_line(result), result)


WRONG = (
    (("a.png", "--overwrite", "--skip-existing"), b"contradict"), (("a.png", "--lossless", "-q", "5"), b"contradict"),
    (("a.png", "-s", "2", "--to", "4k"), b"contradict"), (("a.png", "--map", "-"), b"--map -"),
    (("a.png", "a.png", "--map", "m.png"), b"one picture"), (("-r", ".", "--map", "m.png"), b"one picture"),
    (("verify", "a.png"), b"SMALL LARGE"), (("verify", "a.png", "a.png", "a.png"), b"SMALL LARGE"),
    (("verify", "-", "a.png"), b"from files"), (("verify", "a.png", "-"), b"from files"), (("compare", "a.png"), b"A B"),
    (("compare", "a.png", "-"), b"from files"), (("compare", "a.png", "a.png", "-o", "-"), b"-o -"),
    (("verify", "a.png", "a.png", "--map", "-"), b"--map -"), (("models", "a.png"), b"models takes no pictures"),
    (("bench", "a.png"), b"bench takes no pictures"), (("a.png", "--strip=1"), b"--strip takes no value"),
    (("a.png", "--scale"), b"--scale needs N"), (("a.png", "-vs"), b"-s needs N"), (("a.png", "--scal", "2"), b"no such option"),
    (("a.png", "--scales", "2"), b"no such option"), (("a.png", "-vZ"), b"-Z: no such option"),
    (("a.png", "--report=json2"), b"must be json"), (("a.png", "-m", "wild"), b"one of: faithful creative auto"),
    (("verify", "--effort", "best", "a.png", "a.png"), b"--effort is not for fovea verify"),
    (("compare", "a.png", "a.png", "--map", "m.png"), b"--map is not for fovea compare"),
    (("verify", "-r", "."), b"--recursive is not for fovea verify"), (("a.png", "--map", "a.jpg"), b"must be a .png"),
    (("verify", "-j", "2", "a.png", "a.png"), b"--threads is not for fovea verify"), (("bench", "-s", "2"), b"--scale is not for fovea bench"),
    (("models", "-o", "list.txt"), b"--output is not for fovea models"),
    (("a.png", "-m", "."), b"the nets are built in"), (("a.png", "-m", "models/x"), b"the nets are built in"),
)
RIGHT = (
    ("a.png", "-vs2", "-o", "b.png"), ("a.png", "--scale=2", "-ob.png"), ("-vvs", "2", "a.png"), ("--", "a.png"), ("--to=16x16", "a.png"),
    ("a.png", "-q", "5", "-f", "webp"), ("a.png", "--report"), ("a.png", "--report=json"), ("a.png", "--json", "-s", "2"),
)


def test_words():
    with Folder() as folder:
        folder.put("a.png", png(8, 8))
        for words, why in WRONG:
            result = run(*words, cwd=folder.path, quiet=False)
            check("refused: %s" % " ".join(words), result.status == 2 and one_line(result) and why in result.err, result)
        for words in RIGHT:
            result = run("--dry-run", *words, cwd=folder.path, quiet=False)
            check("understood: %s" % " ".join(words), result.status == 0, result)
        check("and nothing was made", folder.names() == ["a.png"], folder.names())


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
