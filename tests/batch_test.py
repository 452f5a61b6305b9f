#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""batch_test.py FOVEA [NAME...]: the command on many pictures, and interrupted (NAME: only the groups whose
name has it). See harness.py, whose tools it uses."""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import harness
from harness import Folder, check, children_of, large_png, one_line, png, run, skip

# ---- Many pictures -----------------------------------------------------------------------------------------------


def tree(folder):
    """A folder with pictures in folders, and with what is no picture."""
    for name in ("t", "t/a", "t/a/b", "t/.hidden", "t/empty"):
        os.mkdir(folder(name))
    for name in ("t/1.png", "t/a/2.png", "t/a/b/3.png", "t/.hidden/4.png", "t/a/.5.png"):
        folder.put(name, png(6, 5))
    folder.put("t/notes.txt", b"no picture")
    folder.put("t/a/nothing", b"")
    os.symlink("..", folder("t/a/loop"))
    return folder("t")


def files_in(path):
    return sorted(os.path.relpath(os.path.join(root, name), path) for root, _, names in os.walk(path) for name in names)


def test_recursive():
    with Folder() as folder:
        top = tree(folder)
        result = run("-r", top, "-o", folder("out"))
        check("-r keeps the tree", result.status == 0 and
              files_in(folder("out")) == ["1-2x.png", "a/2-2x.png", "a/b/3-2x.png"], (result, files_in(folder("out"))))
        before = len(files_in(top))
        result = run("-r", top)
        check("-r beside the sources", result.status == 0 and len(files_in(top)) == before + 3, result)
        result = run("-r", top, "--skip-existing")
        check("again: nothing to do, and results are no sources",
              result.status == 0 and len(files_in(top)) == before + 3 and b"0 done, 3 skipped" in result.err, result)
        result = run("-r", top, "-o", os.path.join(top, "out"))
        result = run("-r", top, "-o", os.path.join(top, "out"), "--skip-existing")
        check("a folder of results inside the tree is left out", b"out" not in b"".join(
            name.encode() for name in os.listdir(os.path.join(top, "out"))), files_in(top))
        result = run("-r", folder("t/empty"))
        check("an empty folder is no error", result.status == 0, result)
        result = run("-r", folder("missing"))
        check("a missing folder is one", result.status == 3, result)
        for name in ("lost.jpg", "lost.txt"):
            os.symlink("nowhere", folder("t/empty/" + name))
        result = run("-r", folder("t/empty"))
        check("a link of a picture's name that leads nowhere is told of", result.status == 3 and b"lost.jpg: can't be opened" in result.err
              and b"lost.txt" not in result.err, result)


def test_twins():
    with Folder() as folder:
        for name in ("a.png", "a.PNG", "b.png"):
            folder.put(name, png(6, 5))
        result = run("-r", folder.path, "-f", "tiff", "--overwrite", "-o", folder("out"))
        check("two results of one name: one is refused, none is lost",
              result.status == 1 and files_in(folder("out")) == ["a-2x.tif", "b-2x.tif"] and b"--name" in result.err, result)


def test_name_template():
    with Folder() as folder:
        source = folder.put("a b.png", png(6, 5))
        for template, expected in (("{name}_big.{ext}", "a b_big.png"), ("x{scale}{name}", "x2a b.png"),
                                   ("{name}{suffix}{suffix}.{ext}", "a b-2x-2x.png"), ("{name}3.{from}", "a b3.png"),
                                   ("{name}4.gif", "a b4.gif.png"), ("{name}5.webp", "a b5.webp"), ("{ext}-{name}6", "png-a b6.png"),
                                   ("{name}7.{ext}.bak", "a b7.png.bak.png")):
            result = run(source, "--name", template)
            check("--name " + template, result.status == 0 and expected in folder.names(), (result, folder.names()))
        check("a template's extension is the format", folder.get("a b5.webp")[8:12] == b"WEBP", folder.names())
        for template in ("{nam}", "a/b", "", "{name"):
            result = run(source, "--name", template)
            check("--name %r is refused" % template, result.status == 2 and one_line(result), result)
        result = run(source, "--name", "{name}.{ext}")
        check("a template that names the source is refused", result.status == 1 and one_line(result), result)


def test_dry_run():
    with Folder() as folder:
        top = tree(folder)
        before = files_in(folder.path)
        result = run("-r", top, "-o", folder("out"), "--dry-run")
        check("--dry-run tells", result.status == 0 and b"3.png" in result.err and b"12x10" in result.err, result)
        check("and does nothing", files_in(folder.path) == before and not os.path.exists(folder("out")))
        result = run(folder.put("cut.png", png(60, 50)[:30]), "--dry-run")
        check("and finds what can't be read", result.status == 3, result)
        for target in ("missing/b.png", "missing/folder/"):
            promised, made = (run(os.path.join(top, "1.png"), "-o", folder(target), *words) for words in (("--dry-run",), ()))
            check("it promises no %s" % target, promised.status == made.status == 1 and one_line(promised), (promised, made))


def test_shards():
    with Folder() as folder:
        os.mkdir(folder("t"))
        names = ["%03d.png" % i for i in range(30)]
        for name in names:
            folder.put("t/" + name, png(2, 2))
        seen = []
        for index in (1, 2, 3):
            result = run("-r", folder("t"), "-o", folder("out%d" % index), "--shard", "%d/3" % index)
            part = files_in(folder("out%d" % index))
            check("shard %d of 3 has its share" % index, result.status == 0 and 3 <= len(part) <= 17, len(part))
            seen += part
        check("every picture is in one shard", sorted(seen) == [name[:-4] + "-2x.png" for name in names], len(seen))
        folder.put("t/new.png", png(2, 2))
        run("-r", folder("t"), "-o", folder("again"), "--shard", "2/3")
        check("a new file moves no other", set(files_in(folder("again"))) - {"new-2x.png"} == set(files_in(folder("out2"))))
        for wrong in ("0/3", "4/3", "1", "a/b", "1/0"):
            check("--shard %s is refused" % wrong, run("x.png", "--shard", wrong).status == 2)
        slurm = {"SLURM_ARRAY_TASK_ID": "12", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_MAX": "14",
                 "SLURM_ARRAY_TASK_STEP": "2", "SLURM_ARRAY_TASK_COUNT": "3"}
        aws = {"AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "3"}
        for what, variables, words in (("Slurm", slurm, ()), ("AWS", aws, ()),
                                       ("Kubernetes", {"JOB_COMPLETION_INDEX": "1"}, ("--shard", "/3"))):
            os.environ.update(variables)
            result = run("-r", folder("t"), "-o", folder(what), *words)
            for name in variables:
                del os.environ[name]
            check("the variables of %s choose the shard" % what, files_in(folder(what)) == files_in(folder("again")),
                  result)


def test_other_shards():
    with Folder() as folder:
        os.mkdir(folder("t"))
        for i in range(8):
            folder.put("t/%d.jpg" % i, open(os.path.join(harness.FILES, "gray8.jpg"), "rb").read())
            folder.put("t/%d.png" % i, png(6, 5))
        before = {name: folder.get("t/" + name) for name in os.listdir(folder("t"))}
        for index in (1, 2):
            result = run("-r", folder("t"), "-f", "png", "--suffix", "", "--overwrite", "--shard", "%d/2" % index)
        check("no result replaces a source, in whatever shard that is",
              result.status == 1 and before == {name: folder.get("t/" + name) for name in os.listdir(folder("t"))}, result)


def test_passed_over():
    """What is named like a result, and has a source beside it, is not enlarged again."""
    with Folder() as folder:
        os.mkdir(folder("t"))
        folder.put("t/a.png", png(6, 5))
        folder.put("t/logo-2x.png", png(6, 5))
        folder.put("t/cake.png", png(6, 5))
        run("-r", folder("t"), "--sample")
        for words in (("--to", "long=40"), ("--to", "30x30"), ("--to", "mp=0.01"), ("--suffix", "e")):
            run("-r", folder("t"), *words)
        result = run("-r", folder("t"), "-o", folder("out"), "-v")
        check("of any size and suffix", files_in(folder("out")) == ["a-2x.png", "ae-2x.png", "cake-2x.png", "cakee-2x.png",
              "logo-2x-2x.png", "logo-2xe-2x.png"], (files_in(folder("t")), files_in(folder("out"))))
        check("and -v names it", b"a-long40.png: passed over" in result.err and b"fovea-sample.png: passed over" in result.err, result)
        result = run("-r", folder("t"), "--suffix", "e", "--skip-existing")
        check("a suffix alone makes no result", b"3 skipped" in result.err and "cakee.png" in files_in(folder("t")), result)


def test_pipe_among_others():
    with Folder() as folder:
        folder.put("a.png", png(12, 7))
        os.mkfifo(folder("pipe"))
        feeder = subprocess.Popen(["cp", folder("a.png"), folder("pipe")])
        result = run(folder("pipe"), folder("a.png"), "-o", folder("out") + "/", "--timeout", "20")
        check("a named pipe among others", result.status == 0 and feeder.wait() == 0 and
              files_in(folder("out")) == ["a-2x.png", "pipe-2x.png"], result)


def test_no_temporary_file():
    with Folder() as folder:
        for what, words, place in (("no folder", {}, folder("missing")), ("no room", {"preexec": lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (1000, 1000))}, folder.path)):
            os.environ["TMPDIR"] = place
            result = run("-", "-o", folder("x.png"), stdin=large_png(300, 200), **words)
            del os.environ["TMPDIR"]
            check("standard input and %s for it" % what, result.status == (4 if words else 1) and one_line(result) and
                  os.fsencode(place) in result.err, result)


def test_smaller():
    with Folder() as folder:
        folder.put("a.png", png(60, 50))
        result = run(folder("a.png"), "--to", "30x25", "--allow-shrink", "--report", "--map", folder("m.png"), "-o", folder("s.png"))
        check("a result that is no larger is not measured, and that is said", result.status == 1 and
              b"not measured" in result.err and folder.names() == ["a.png", "s.png"], result)


def test_report():
    with Folder() as folder:
        folder.put("a.png", png(6, 5))
        folder.put("b.png", b"junk")
        odd = folder.put(b"\xff\n.png", png(3, 3))
        result = run(folder("a.png"), folder("b.png"), odd, "--report=json")
        records = [json.loads(line) for line in result.out.splitlines()]
        check("--report=json is a line a picture", result.status == 1 and len(records) == 3, result.out)
        by_name = {os.fsencode(record["small"]["file"]): record for record in records}
        good = by_name.get(os.fsencode(folder("a.png")), {})
        check("with sizes", good.get("status") == "done" and good["small"]["width"] == 6 and good["large"]["height"] == 10
              and good.get("bytes") == os.path.getsize(folder("a-2x.png")), good)
        check("with figures", "faithful" in good and "consistency" in good, good)
        check("with what went wrong", by_name[os.fsencode(folder("b.png"))]["status"] == "unreadable")
        check("with names of any bytes", os.fsencode(by_name[odd]["large"]["file"]) == folder(b"\xff\n-2x.png"))
        result = run(folder("a.png"), "--report", "--overwrite")
        check("--report is for people", result.status == 0 and b" -> " in result.err, result)


def test_many():
    with Folder() as folder:
        os.mkdir(folder("t"))
        for i in range(60):
            folder.put("t/%02d.png" % i, png(20, 20) if i % 10 else b"\x89PNG\r\n\x1a\nbroken")
        result = run("-r", folder("t"), "-o", folder("out"), "-j", "4")
        check("sixty pictures, six of them broken", result.status == 1 and len(files_in(folder("out"))) == 54 and
              b"54 done, 0 skipped, 6 failed" in result.err, result)


# ---- Interruptions -----------------------------------------------------------------------------------------------


def started(folder, *words, wrap=()):
    """Starts the command on a large picture and waits until it is at work. The process, and its progress so far."""
    source = folder.put("large.png", large_png(2500, 2500))
    process = subprocess.Popen(list(wrap) + [harness.FOVEA, "--progress", "plain", source] + list(words),
                               stderr=subprocess.PIPE)
    line = process.stderr.readline()
    return process, line


def is_gone(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_signal_while_measuring():
    with Folder() as folder:
        process, line = started(folder, "--report", "--effort", "fast")
        first, now = children_of(process.pid), []
        while process.poll() is None and (not now or now == first):
            now = children_of(process.pid)
        measured = process.poll() is None and now != first
        process.send_signal(signal.SIGINT)
        process.communicate()
        if not measured:
            return skip("an interruption while the result is measured", "it was too quick")
        check("interrupted while its result was measured", process.returncode == -signal.SIGINT and
              files_in(folder.path) == ["large.png"] and all(is_gone(pid) for pid in now), (process.returncode, files_in(folder.path)))


def test_signals():
    for number, name in ((signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT"), (signal.SIGHUP, "SIGHUP"),
                         (signal.SIGKILL, "SIGKILL")):
        with Folder() as folder:
            process, line = started(folder)
            workers = children_of(process.pid)
            check("at work (%s)" % name, re.match(rb"\d+\.\d\d%\n$", line) and len(workers) >= 1, line)
            process.send_signal(number)
            process.stderr.read()
            check("%s ends it" % name, process.wait(harness.TIMEOUT) == -number, process.returncode)
            deadline = time.time() + 10
            while time.time() < deadline and not all(is_gone(worker) for worker in workers):
                time.sleep(0.05)
            check("%s leaves no process" % name, all(is_gone(worker) for worker in workers))
            check("%s leaves no file" % name, folder.names() == ["large.png"], folder.names())


def test_stalled_output():
    """Standard output that nobody reads: a signal still ends the command."""
    with Folder() as folder:
        folder.put("a.png", large_png(300, 200))
        process = subprocess.Popen([harness.FOVEA, folder("a.png"), "-o", "-", "-f", "tiff", "--progress", "none"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        first = process.stdout.read(100)
        time.sleep(1)
        stuck = process.poll() is None
        process.terminate()
        check("a signal ends what waits for a reader", first and stuck and process.wait(20) == -signal.SIGTERM, process.returncode)
        process.stdout.close()


def test_named_temporaries():
    """Without /proc a nameless file can't get a name: the way that file systems without O_TMPFILE take."""
    if os.geteuid() != 0 or harness.SANITIZED or not shutil.which("unshare"):
        skip("temporaries with names", "needs root and unshare, and no sanitizer")
        return
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    with Folder() as folder:
        source = folder.put("a.png", png(9, 9))
        done = subprocess.run(hide + [harness.FOVEA, source], stderr=subprocess.PIPE)
        if b"mount" in done.stderr or b"unshare" in done.stderr:
            skip("temporaries with names", "can't mount here")
            return
        check("without O_TMPFILE it works", done.returncode == 0 and folder.names() == ["a-2x.png", "a.png"], done)
        done = subprocess.run(hide + [harness.FOVEA, source], stderr=subprocess.PIPE)
        check("and replaces nothing", done.returncode == 1 and folder.names() == ["a-2x.png", "a.png"], done)
        done = subprocess.run(hide + [harness.FOVEA, source, "--overwrite"], stderr=subprocess.PIPE)
        check("unless told to", done.returncode == 0 and folder.names() == ["a-2x.png", "a.png"], done)
    with Folder() as folder:
        process, _ = started(folder, wrap=hide)
        names = [name for name in folder.names() if re.match(r"\.fovea-[0-9a-f]{24}\.part$", name)]
        check("the temporary is beside the target", len(names) == 1, folder.names())
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        process.wait(harness.TIMEOUT)
        check("SIGTERM removes it", folder.names() == ["large.png"], folder.names())


def test_dead_decoder():
    with Folder() as folder:
        process, _ = started(folder)
        for worker in children_of(process.pid):
            os.kill(worker, signal.SIGUSR2)  # not SIGSEGV: sanitizers catch that
        err = process.stderr.read()
        last = [line for line in err.split(b"\n") if line and b"%" not in line]
        check("a decoder that dies is one line", process.wait(harness.TIMEOUT) == 1 and len(last) == 1 and b"signal 12" in last[0],
              (process.returncode, err))
        check("and leaves nothing", folder.names() == ["large.png"], folder.names())


def test_timeout():
    with Folder() as folder:
        process, _ = started(folder, "--timeout", "2")
        for worker in children_of(process.pid):
            os.kill(worker, signal.SIGSTOP)
        err = process.stderr.read()
        check("a decoder that hangs is given up", process.wait(harness.TIMEOUT) == 1 and b"--timeout" in err, err)
        check("and leaves nothing", folder.names() == ["large.png"], folder.names())
        for words in (["inspect"], ["verify", folder("large.png")], ["compare", "-o", folder("sheet.png"), folder("large.png")]):
            result = harness.run(*words, folder("large.png"), "--timeout", "0.001", quiet=False)
            check("%s is given up too" % words[0], result.status == 1 and b"given up" in result.err, result)
        check("and leaves nothing either", folder.names() == ["large.png"], folder.names())


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
