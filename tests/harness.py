# SPDX-License-Identifier: MIT
"""What the tests of the command share: running it, folders and pictures of one's own, counting checks.

Needs Python's standard library and, of Debian, libvips-tools (vips) and libimage-exiftool-perl (exiftool). main() prints a line
for each check and "N passed, N failed" at the end; the exit status is 1 when one failed or none ran. What needs root
or a tool that is not there is skipped, and says so."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "files")
FOVEA = ""
SANITIZED = False
SANITIZER_STATUS = 86
TIMEOUT = 300
counts = {"passed": 0, "failed": 0, "skipped": 0}


def check(name, good, detail=""):
    good = bool(good)
    counts["passed" if good else "failed"] += 1
    print(("ok" if good else "not ok") + " - " + name + ("" if good or detail == "" else "  # " + ascii(detail)))
    sys.stdout.flush()
    return good


def skip(name, why):
    counts["skipped"] += 1
    print("ok - %s # skip: %s" % (name, why))


# ---- Running ----------------------------------------------------------------------------------------------------


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return "status %d, stderr %r" % (self.status, self.err[-400:])


def run(*words, stdin=b"", cwd=None, preexec=None, quiet=True, environment=None):
    """Runs the command; words may be bytes. Adds --progress none unless quiet is off. environment: what is added to ours."""
    command = [FOVEA] + (["--progress", "none"] if quiet else []) + list(words)
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd,
                          preexec_fn=preexec, timeout=TIMEOUT, env={**os.environ, **(environment or {})})
    # A worker's standard error goes nowhere: its death is all that shows of a sanitizer's finding.
    died = re.search(rb"its decoder or encoder (died|ended with).*", done.stderr)
    if died or done.returncode == SANITIZER_STATUS:
        check("no process dies of %s" % ascii(words), False, (done.returncode, done.stderr[-4000:]))
    return Result(done.returncode, done.stdout, done.stderr)


def one_line(result):
    """Exactly one line of printable ASCII or UTF-8, and no more."""
    lines = result.err.split(b"\n")
    return len(lines) == 2 and lines[1] == b"" and lines[0] and not re.search(rb"[\x00-\x1f\x7f]", lines[0])


class Folder:
    """A folder of its own for each test; knows what is in it."""

    def __init__(self, where=None):
        self.path = tempfile.mkdtemp(prefix="fovea-test-", dir=where)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for root, folders, _ in os.walk(self.path):
            for folder in folders:
                os.chmod(os.path.join(root, folder), 0o755)
        shutil.rmtree(os.fsencode(self.path))

    def __call__(self, name):
        if isinstance(name, bytes):
            return os.path.join(os.fsencode(self.path), name)
        return os.path.join(self.path, name)

    def names(self):
        return sorted(os.listdir(self.path))

    def put(self, name, data):
        with open(self(name), "wb") as file:
            file.write(data)
        return self(name)

    def get(self, name):
        with open(self(name), "rb") as file:
            return file.read()

    def copy(self, name):
        return self.put(name, open(os.path.join(FILES, name), "rb").read())


# ---- Pictures of our own -----------------------------------------------------------------------------------------

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, channels=3, depth=8, pixel=None, extra=b""):
    """A PNG. pixel(x, y) gives a tuple of samples; without it, something smooth with a few edges."""
    top = (1 << depth) - 1

    def smooth(x, y):
        edge = top // 4 if (x // 7 + y // 5) % 2 else 0
        return tuple(((x * (3 + c) + y * (7 - c)) * top // (10 * (width + height)) + edge) % (top + 1)
                     for c in range(channels))

    pixel = pixel or smooth
    code = ">%dB" % (width * channels) if depth == 8 else ">%dH" % (width * channels)
    rows = b"".join(b"\0" + struct.pack(code, *[s for x in range(width) for s in pixel(x, y)]) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, depth, COLOUR_TYPES[channels], 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows, 1)) +
            chunk(b"IEND", b""))


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def large_png(width, height):
    """Made fast, slow to enlarge: rows of noise."""
    rows = b"".join(b"\0" + os.urandom(width * 3) for _ in range(min(height, 64)))
    rows = (rows * (height // 64 + 1))[:height * (width * 3 + 1)]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


class Picture:
    """A decoded PNG: width, height, channels, depth, rows of samples, chunks by name."""

    def __init__(self, data):
        assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
        self.chunks, at, packed = {}, 8, b""
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + size]
            assert struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body), "CRC"
            self.chunks[kind] = body
            packed += body if kind == b"IDAT" else b""
            at += 12 + size
        assert kind == b"IEND", "no end"
        self.width, self.height, self.depth, colour = struct.unpack(">IIBB", self.chunks[b"IHDR"][:10])
        self.channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
        self.rows = self.unfilter(zlib.decompress(packed))

    def unfilter(self, raw):
        unit = self.channels * self.depth // 8
        size, above, rows = self.width * unit, bytearray(self.width * unit), []
        assert len(raw) == (size + 1) * self.height, "size"
        for y in range(self.height):
            kind, row = raw[y * (size + 1)], bytearray(raw[y * (size + 1) + 1:(y + 1) * (size + 1)])
            if kind:
                for i in range(size):
                    a, b, c = row[i - unit] if i >= unit else 0, above[i], above[i - unit] if i >= unit else 0
                    p = a + b - c
                    nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                    row[i] = (row[i] + (0, a, b, (a + b) // 2, nearest)[kind]) & 255
            above = row
            rows.append(struct.unpack(">%d%s" % (self.width * self.channels, "BH"[self.depth == 16]), row))
        return rows

    def samples(self):
        return set(s for row in self.rows for s in row)


def as_png(folder, name):
    """Any picture as a Picture, by way of the vips command."""
    out = folder("as-png-%d.png" % len(folder.names()))
    subprocess.run(["vips", "copy", folder(name), out], check=True, stdout=subprocess.DEVNULL)
    with open(out, "rb") as file:
        data = file.read()
    os.unlink(out)
    return Picture(data)


def difference(one, two):
    """Mean absolute difference of two pictures of the same shape."""
    total = sum(abs(a - b) for r, s in zip(one.rows, two.rows) for a, b in zip(r, s))
    return total / (one.width * one.height * one.channels)


def exif(path):
    out = subprocess.run(["exiftool", "-j", "-a", "-G1", "-b", path], stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)[0]


def main(words, tests, about):
    """Runs the groups among tests: a module's names."""
    global FOVEA, SANITIZED
    if not words:
        sys.exit(about)
    FOVEA = os.path.abspath(words[0])
    with open(FOVEA, "rb") as file:
        data = file.read()
        SANITIZED = b"__asan_init" in data or b"__tsan_init" in data
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        os.environ[name] = "exitcode=%d:" % SANITIZER_STATUS + os.environ.get(name, "")
    for tool in ("vips", "exiftool"):
        if not shutil.which(tool):
            sys.exit("the tests of the command need %s" % tool)
    for name, test in list(tests.items()):
        if not name.startswith("test_") or (words[1:] and not any(word in name for word in words[1:])):
            continue
        print("# " + name)
        try:
            test()
        except Exception as error:  # a test that breaks is a test that failed; the others still count
            check("%s ran to its end" % name, False, repr(error))
    print("%d passed, %d failed" % (counts["passed"], counts["failed"]) +
          (", %d skipped" % counts["skipped"] if counts["skipped"] else ""))
    return 1 if counts["failed"] or not counts["passed"] else 0
