#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""survive_test.py FOVEA [NAME...]: a batch that is killed, runs out of disk or out of memory (NAME: only the groups whose
name has it). With $FOVEA_SOAK the full counts. See harness.py, whose tools it uses. The random moments come from a seed
that is printed; $FOVEA_SEED sets it."""
import os
import random
import resource
import shutil
import subprocess
import sys
import time

import harness
from harness import Folder, Picture, check, large_png, png, run, skip

SOAK = bool(os.environ.get("FOVEA_SOAK"))
PICTURES, KILLS = (2000, 20) if SOAK else (60, 4)
DEADLINE = 7200  # seconds

# ---- Killed ------------------------------------------------------------------------------------------------------


def small_pictures(folder, first, end):
    """Pictures number `first` to `end` (not included), of three sizes and kinds, so that not all take equally long. The names
    of their results."""
    kinds = [png(90, 60), large_png(150, 110), png(33, 77, 1, 16)]
    for i in range(first, end):
        folder.put("t/%04d.png" % i, kinds[i % len(kinds)])
    return {"%04d-2x.png" % i for i in range(first, end)}


class Outputs:
    """What a folder of results holds; notices when one is made a second time."""

    def __init__(self, path):
        self.path, self.seen, self.again, self.broken, self.strange = path, {}, [], [], []

    def count(self):
        return len(os.listdir(self.path)) if os.path.isdir(self.path) else 0

    def look(self, expected):
        for name in os.listdir(self.path) if os.path.isdir(self.path) else ():
            path = os.path.join(self.path, name)
            about = os.stat(path)
            mark = (about.st_ino, about.st_mtime_ns, about.st_size)
            if name not in expected:
                self.strange.append(name)
            elif name not in self.seen:
                self.seen[name] = mark
                with open(path, "rb") as file:
                    try:
                        Picture(file.read())  # decodes all of it
                    except Exception as error:
                        self.broken.append((name, repr(error)))
            elif self.seen[name] != mark:
                self.again.append(name)


def kill_at_random(command, outputs, most, chance):
    """Starts the command and kills it and all it started at a random moment, soon after it has made a number of results more
    that is at most `most`. True: it was at work when it was killed; on a fast machine it may have been done."""
    until = outputs.count() + chance.randrange(most + 1)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while outputs.count() < until and process.poll() is None:
        time.sleep(0.005)
    time.sleep(chance.random() * 0.1)
    at_work = process.poll() is None
    process.kill()
    process.wait()
    return at_work


def workers_gone(binary):
    """Workers die with their parent: waits for that, as they might still be writing."""
    for _ in range(1000):
        alive = 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                alive += os.readlink("/proc/%s/exe" % pid) == binary and os.stat("/proc/" + pid).st_uid == os.getuid()
            except OSError:
                pass
        if not alive:
            return True
        time.sleep(0.01)
    return False


def test_killed():
    seed = int(os.environ.get("FOVEA_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 30)
    chance, end = random.Random(seed), time.time() + DEADLINE
    print("# seed %d" % seed)
    with Folder() as folder:
        os.mkdir(folder("t"))
        expected = small_pictures(folder, 0, PICTURES)
        binary = shutil.copy(harness.FOVEA, folder("fovea"))  # a name of its own, to know its workers by
        command = [binary, "-r", folder("t"), "-o", folder("out"), "--skip-existing", "--progress", "none"]
        outputs, kills = Outputs(folder("out")), 0
        while kills < KILLS and time.time() < end:
            if len(expected) - len(outputs.seen) < PICTURES // 2:  # always enough left for the next to be killed at work
                expected |= small_pictures(folder, len(expected), len(expected) + PICTURES)
            kills += kill_at_random(command, outputs, PICTURES // (2 * KILLS), chance)
            check("a killed command leaves no process behind", workers_gone(binary))
            outputs.look(expected)
        check("killed %d times at work" % KILLS, kills == KILLS, (kills, len(outputs.seen)))
        last = subprocess.run(command, stderr=subprocess.PIPE)
        done = len(outputs.seen)
        outputs.look(expected)
        check("the last run ends well", last.returncode == 0, last.stderr[-300:])
        check("it does what is missing and no more",
              b"%d done, %d skipped, 0 failed" % (len(expected) - done, done) in last.stderr, last.stderr[-300:])
        check("nothing is missing", set(outputs.seen) == expected, len(outputs.seen))
        check("every result is whole", not outputs.broken, outputs.broken[:3])
        check("nothing is done twice", not outputs.again, outputs.again[:3])
        check("no temporaries, ever", not outputs.strange, outputs.strange[:3])


# ---- Too little --------------------------------------------------------------------------------------------------


def mixed(folder):
    """A picture that needs much, between some that need little."""
    os.mkdir(folder("t"))
    for name in ("a", "b", "y", "z"):
        folder.put("t/%s.png" % name, png(40, 30))
    folder.put("t/large.png", large_png(3000, 500))
    return ["-r", folder("t"), "-o", folder("out")]


def said(result):
    """The lines that are not about a picture that was done, nor the count at the end."""
    return [line for line in result.err.splitlines() if b" -> " not in line and b" done, " not in line]


def survived(what, result, folder):
    lines = said(result)
    check(what + ": status 4", result.status == 4, result)
    check(what + ": one clear line", len(lines) == 1 and b"large.png: " in lines[0], lines)
    check(what + ": the rest is done, and nothing half-made is there", sorted(os.listdir(folder("out"))) ==
          ["a-2x.png", "b-2x.png", "y-2x.png", "z-2x.png"], result)


def test_full_disk():
    with Folder() as folder:
        words = mixed(folder)
        os.mkdir(folder("out"))
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder("out")],
                                               stderr=subprocess.DEVNULL).returncode:
            skip("a full disk", "nothing can be mounted here")
            return
        try:
            survived("a full disk", run(*words), folder)
        finally:
            subprocess.run(["umount", folder("out")], check=True)


def limited(bytes_, what=resource.RLIMIT_AS):
    return lambda: resource.setrlimit(what, (bytes_, bytes_))


def test_open_files():
    """ulimit -n, with more workers asked for than files may be open."""
    with Folder() as folder:
        os.mkdir(folder("t"))
        results = small_pictures(folder, 0, 6)
        for files in (8, 10, 14, 20, 200):
            result = run("-r", folder("t"), "-o", folder("out"), "-j", "16", preexec=limited(files, resource.RLIMIT_NOFILE))
            made = set(os.listdir(folder("out"))) if os.path.isdir(folder("out")) else set()
            whole = made <= results and all(Picture(open(os.path.join(folder("out"), name), "rb").read()) for name in made)
            check("ulimit -n %d: whole results, and a line for each other" % files, whole and
                  result.err.count(b"Too many open files") == 6 - len(made), result)
            check("ulimit -n %d: a status that fits" % files, result.status == (0 if len(made) == 6 else 4), result)
            shutil.rmtree(folder("out"), ignore_errors=True)
        check("enough is enough", len(made) == 6, made)


def test_address_space():
    """ulimit -v, from what is not enough to start up to what is enough for all."""
    if harness.SANITIZED:
        skip("ulimit -v", "sanitizers need more")
        return
    with Folder() as folder:
        words, statuses = mixed(folder), []
        for megabytes in (150, 190, 210, 4000):
            result = run(*words, preexec=limited(megabytes << 20))
            made = sorted(os.listdir(folder("out"))) if os.path.isdir(folder("out")) else []
            check("ulimit -v %d MiB: a status that fits" % megabytes, result.status in (0, 4, 127), result)
            check("ulimit -v %d MiB: lines and not a crash" % megabytes, result.status == 127 or
                  len(said(result)) == 5 - len(made) or made == [] and len(said(result)) == 1, result)
            for name in made:
                if name.startswith("large"):
                    continue  # takes Python a minute
                Picture(open(os.path.join(folder("out"), name), "rb").read())
            shutil.rmtree(folder("out"), ignore_errors=True)
            statuses.append(result.status)
        check("enough is enough", statuses[-1] == 0, statuses)


def control_group(name, bytes_):
    """A control group with a limit of memory. Its folder, or None where that can't be had."""
    for top, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        path = os.path.join(top, name)
        try:
            os.mkdir(path)
        except OSError:
            continue
        try:
            with open(os.path.join(path, limit), "w") as file:
                file.write(str(bytes_))
            return path
        except OSError:
            os.rmdir(path)
    return None


def leave_group(path):
    for _ in range(200):
        try:
            return os.rmdir(path)
        except OSError:
            time.sleep(0.02)


def test_control_group():
    group = None if harness.SANITIZED else control_group("fovea-test-%d" % os.getpid(), 40 << 20)
    if not group:
        skip("a control group with little memory", "no control group can be made here, or a sanitizer needs more")
        return

    def join():
        with open(os.path.join(group, "cgroup.procs"), "w") as file:
            file.write(str(os.getpid()))

    try:
        with Folder() as folder:
            survived("a control group of 40 MiB", run(*mixed(folder), "-j", "2", preexec=join), folder)
    finally:
        leave_group(group)


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
