#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""measure.py COMMAND...: runs it; prints `SECONDS PEAK_MIB` on the last line of standard error, after what it said itself.

The peak is that of all its processes together: the sum of each one's largest resident size (VmHWM), read again and again
while they live. Pages that two processes share count twice, so the figure is rather too high than too low."""
import subprocess
import sys
import time
from pathlib import Path


def family(root):
    """The process and everything below it."""
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                todo += [int(child) for child in task.read_text().split()]
            except OSError:
                pass
    return found


def high_water(pid):
    """Largest resident size so far, in KiB."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def main():
    start = time.monotonic()
    process = subprocess.Popen(sys.argv[1:])
    peaks = {}
    while process.poll() is None:
        for pid in family(process.pid):
            peaks[pid] = max(peaks.get(pid, 0), high_water(pid))
        time.sleep(0.002)
    seconds = time.monotonic() - start
    print(f"{seconds:.3f} {sum(peaks.values()) / 1024:.1f}", file=sys.stderr)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


if __name__ == "__main__":
    sys.exit(main())
