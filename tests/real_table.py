#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""real_table.py FOVEA FOLDER [OPTION...]: runs the command on every file of a folder of odd pictures and prints a table.
With --for every as options it does so for each use, and prints what is wrong alone.

Each file must become a whole picture, or give one clear line and nothing else. What is neither (a crash, a hang above
300 s, a half-written or leftover file, an undocumented exit status) is marked, and makes the exit status 1."""
import os
import subprocess
import sys
import tempfile
import time

HANG = 300


def size_of(path):
    """Width x height of a picture that decodes to its end, else None."""
    head = subprocess.run(["vipsheader", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    whole = subprocess.run(["vips", "avg", path + "[fail_on=warning]"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if head.returncode or whole.returncode:
        return None
    return head.stdout.rsplit(": ", 1)[1].split()[0]


def judge(status, made, lines):
    """What is wrong, as a list of words."""
    wrong = []
    if status not in (0, 1, 2, 3, 4, 5):
        wrong.append("CRASH %d" % status)
    if any("died" in line or "ended with" in line for line in lines):
        wrong.append("DEAD WORKER")
    if status == 0 and len(made) != 1:
        wrong.append("%d FILES" % len(made))
    if status != 0 and made:
        wrong.append("LEFTOVER")
    if status != 0 and len(lines) != 1:
        wrong.append("%d LINES" % len(lines))
    return wrong


def row(fovea, source, options):
    with tempfile.TemporaryDirectory() as folder:
        begin = time.time()
        try:
            done = subprocess.run([fovea, "--progress", "none", *options, "-o", folder + "/", source],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HANG)
        except subprocess.TimeoutExpired:
            return "-", "", HANG, ["HANG"]
        seconds = time.time() - begin
        made = os.listdir(folder)
        lines = done.stderr.decode("utf-8", "backslashreplace").splitlines()
        wrong = judge(done.returncode, made, lines)
        text = lines[-1].split(": ", 1)[-1] if lines else "(silent)"
        if done.returncode == 0 and len(made) == 1:
            size = size_of(os.path.join(folder, made[0]))
            if not size:
                wrong.append("NOT WHOLE")
            text = "%s %s" % (os.path.splitext(made[0])[1][1:], size)
            notes = [line.split(": ", 1)[-1] for line in lines if " -> " not in line]
            text += "".join("; " + note for note in notes)
        return done.returncode, text, seconds, wrong


USES = ("product", "old-photo", "print", "social", "screenshot", "ai-art", "real-estate")


def every_use(fovea, folder, files, options):
    """The number of wrong ones, a line for each and for each use."""
    bad = 0
    for use in USES:
        good = refused = 0
        for name in files:
            status, text, _, wrong = row(fovea, os.path.join(folder, name), ["--for", use, *options])
            if wrong:
                print("--for %s %s: %s, exit %s, %s" % (use, name, ", ".join(wrong), status, text))
            bad += bool(wrong)
            good += status == 0 and not wrong
            refused += status != 0 and not wrong
        print("--for %s: %d files, %d results, %d refused in one line" % (use, len(files), good, refused))
        sys.stdout.flush()
    return bad


def main(words):
    if len(words) < 2:
        sys.exit(__doc__)
    fovea, folder, options = os.path.abspath(words[0]), words[1], words[2:]
    files = sorted(name for name in os.listdir(folder) if not name.startswith("README"))
    bad = 0
    if options[:2] == ["--for", "every"]:
        bad = every_use(fovea, folder, files, options[2:])
        print("%d uses x %d files, %d wrong" % (len(USES), len(files), bad))
        return 1 if bad or not files else 0
    print("| file | exit | result | seconds |\n| --- | --- | --- | --- |")
    for name in files:
        status, text, seconds, wrong = row(fovea, os.path.join(folder, name), options)
        bad += bool(wrong)
        mark = " **%s**" % ", ".join(wrong) if wrong else ""
        print("| %s | %s | %s%s | %.2f |" % (name, status, text.replace("|", "\\|"), mark, seconds))
        sys.stdout.flush()
    print("\n%d files, %d wrong" % (len(files), bad))
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
