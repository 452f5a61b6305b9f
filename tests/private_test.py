#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""private_test.py FOVEA [NAME...]: what a decoder that has been taken over can do, and what is asked of the network: nothing. See
harness.py, whose tools it uses."""
import errno
import os
import re
import shutil
import subprocess
import sys

import harness
from harness import Folder, check, children_of, large_png, one_line, png, run, skip

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

INTRUDER = r"""
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
/* In place of a function of libvips that the worker calls to decode: a decoder that has been taken over. */
void *vips_source_new_from_descriptor(int fd) {
    char *const arguments[] = {"true", NULL};
    const pid_t other = getppid();
    const struct timespec times[2] = {{1, 0}, {1, 0}};
    struct rlimit limit;
    const struct { const char *what; long result; int error; } tried[] = {
#define TRY(what, call) {what, call, errno}
        TRY("a socket", socket(AF_INET, SOCK_STREAM, 0)), TRY("a local socket", socket(AF_UNIX, SOCK_DGRAM, 0)),
        TRY("a program", execv("/bin/true", arguments)), TRY("a process", fork()),
        TRY("reading a file", open(SECRET, O_RDONLY)), TRY("making a file", open(VICTIM, O_WRONLY | O_CREAT, 0600)),
        TRY("removing a file", unlink(SECRET)), TRY("cutting a file", truncate(SECRET, 0)),
        TRY("renaming a file", rename(SECRET, VICTIM)), TRY("opening a file up", chmod(SECRET, 0666)),
        TRY("another's file", chown(SECRET, 1, 1)), TRY("an older file", utimensat(AT_FDCWD, SECRET, times, 0)),
        TRY("a signal", kill(other, 0)), TRY("a signal with a word", sigqueue(other, 0, (union sigval){0})),
        TRY("a signal to a thread", syscall(SYS_tgkill, other, other, 0)),
        TRY("another's limits", prlimit(other, RLIMIT_NOFILE, NULL, &limit)), TRY("a call unheard of", syscall(452, -1, "", 0, 0)),
    };
    for (unsigned i = 0; i < sizeof tried / sizeof *tried; i++)
        fprintf(stderr, "tried %s: %d\n", tried[i].what, tried[i].result < 0 ? tried[i].error : 0);
    return ((void *(*)(int))dlsym(RTLD_NEXT, "vips_source_new_from_descriptor"))(fd);
}
"""


LIAR = r"""
#define _GNU_SOURCE 1
#include <sys/stat.h>
#include <unistd.h>
/* As above, but it tells the parent a failure that does not exist (cli/failure.h), or half of one and then nothing. */
void *vips_source_new_from_descriptor(int fd) {
    struct { int outcome; char text[240]; int picture; } failure = {1000000, "not a failure", 3};
    struct stat about;
    for (int i = 3; i < 64; i++)
        if (i != fd && !fstat(i, &about) && S_ISFIFO(about.st_mode) && write(i, &failure, HALF ? 9 : sizeof failure) > 0) {
            if (HALF) pause();
            _exit(0);
        }
    return 0;
}
"""


MANY = r"""
#define _GNU_SOURCE 1
#include <sched.h>
/* A machine of 96 processors. */
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
    CPU_ZERO_S(size, set);
    for (int i = 0; i < 96; i++) CPU_SET_S(i, size, set);
    return 0;
}
"""


def preloaded(folder, code, *definitions):
    """code as a library to be put in front of the command's own."""
    subprocess.run([COMPILER, "-shared", "-fPIC", folder.put("i.c", code.encode()), "-o", folder("i.so"), *definitions, "-ldl"], check=True)
    return {"LD_PRELOAD": folder("i.so")}


def test_many_processors():
    if harness.SANITIZED or not COMPILER:
        return skip("more processors than an upscaler has threads", "needs a compiler, and no sanitizer")
    with Folder() as folder:
        many = preloaded(folder, MANY)
        result = run(folder.put("a.png", png(6, 5)), environment=many)
        check("more processors than an upscaler has threads", result.status == 0, result)


def test_sandbox():
    holds = run("--version", "-v", quiet=False).out
    check("--version -v tells which protections hold", b"protections: " in holds, holds)
    if b"NOT" in holds:
        result = run("--strict", "x.png")
        check("--strict exits 5 without them", result.status == 5, result)
        skip("a decoder that has been taken over", "not all protections hold here")
        return
    if harness.SANITIZED or not COMPILER:
        skip("a decoder that has been taken over", "needs a compiler, and no sanitizer")
        return
    with Folder() as folder:
        source, secret = folder.put("a.png", png(6, 5)), folder.put("secret", b"1234")
        taken_over = preloaded(folder, INTRUDER, "-DSECRET=\"%s\"" % secret, "-DVICTIM=\"%s\"" % folder("victim"))
        result = run(source, "-v", "-v", "--strict", environment=taken_over)
        tried = re.findall(rb"tried (.*): (\d+)\n", result.err)
        for what, error in tried:
            check("a decoder that has been taken over: %s is refused" % what.decode(),
                  int(error) in (errno.EPERM, errno.EACCES) + (errno.ENOSYS,) * (what == b"a call unheard of"), error)
        check("and all were tried, nothing came of it, and the picture was made",
              len(tried) == 17 and result.status == 0 and folder.get("secret") == b"1234", result)
        liar = preloaded(folder, LIAR, "-DHALF=0")
        result = run("inspect", "--json", source, quiet=False, environment=liar)
        check("what it says of itself is not believed", result.status == 1 and one_line(result) and b"not a failure" not in result.err, result)
        liar = preloaded(folder, LIAR, "-DHALF=1")
        result = run("inspect", source, "--timeout", "2", quiet=False, environment=liar)
        check("nor is it waited for", result.status == 1 and one_line(result) and b"--timeout" in result.err, result)


def settled_children(pid):
    """What each child that is in its sandbox by now has open: the files' names."""
    for child in children_of(pid):
        try:
            with open("/proc/%d/status" % child) as file:
                filters = re.search(r"Seccomp_filters:\s+(\d+)", file.read())
            if filters and int(filters[1]) > 1:
                yield {os.path.basename(os.readlink("/proc/%d/fd/%s" % (child, fd))) for fd in os.listdir("/proc/%d/fd" % child)}
        except OSError:
            continue  # it has ended


def test_apart():
    """Nobody who looks at one picture has another one open, whether it makes or measures a result."""
    with Folder() as folder:
        names = {name for name in ("a.png", "b.png", "c.png") if folder.put(name, large_png(700, 700))}
        process = subprocess.Popen([harness.FOVEA, *sorted(folder(name) for name in names), "-j", "3", "--report", "--effort", "fast",
                                    "-o", folder("")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seen, mixed = set(), []
        while process.poll() is None:
            for files in settled_children(process.pid):
                seen |= files & names
                mixed += [files] * (len(files & names) > 1)
        if not seen:
            return skip("a process for each picture", "the kernel doesn't tell how many filters a process has")
        check("no process has two pictures open", not mixed and process.returncode == 0, mixed[:3])


def test_trace():
    if not shutil.which("strace") or harness.SANITIZED:
        skip("no call to the network", "needs strace, and no sanitizer")
        return
    with Folder() as folder:
        source = folder.put("a.png", png(300, 200))
        done = subprocess.run(["strace", "-f", "-o", folder("log"), "-e", "trace=%network,execve,execveat", harness.FOVEA, source,
                               "-f", "jpg"], stderr=subprocess.PIPE)
        calls = [line for line in folder.get("log").splitlines() if b"(" in line and b"+++" not in line and b"---" not in line]
        check("no socket, no connection, no program", done.returncode == 0 and len(calls) == 1 and b"execve" in calls[0],
              calls[:5])


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
