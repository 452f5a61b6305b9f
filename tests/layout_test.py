#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The dependency law of doc/design.md, and lists that must not drift apart. Reads the sources, builds nothing."""
import re
import sys
from fnmatch import fnmatch
from pathlib import Path

BASE = {"base.h", "fovea.h"}
# What a file of src/ may include, besides the header of its own stem; the first pattern that fits rules.
# Upward is never allowed: kernels know no model, the model knows no kernel.
LAW = [
    ("base.h", {"fovea.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h"}),
    ("kernels*", BASE | {"kernels.h", "kernels_*.h", "immintrin.h", "arm_neon.h", "wasm_simd128.h"}),
    ("model.*", BASE),
    ("pack.*", BASE | {"model.h", "kernels.h", "kernels_winograd.h"}),
    ("anchor.*", BASE),
    ("resize.*", BASE),
    ("pixels.*", BASE),
    ("jpeg.*", BASE | {"jpeg.h"}),
    ("webp.c", BASE),
    ("probe.*", BASE | {"cpu.h", "kernels.h", "measure_math.h"}),
    ("inspect*", BASE | {"inspect.h", "jpeg.h", "measure_math.h", "pixels.h"}),
    ("faces*", BASE | {"faces.h", "pixels.h"}),
    ("cpu.*", BASE | {"sched.h", "cpuid.h", "sys/auxv.h", "unistd.h"}),
    ("advice.*", BASE),
    ("shrink.*", BASE | {"resize.h", "pixels.h"}),
    ("pool.*", BASE | {"stdatomic.h", "pthread.h", "signal.h"}),
    ("measure*", BASE | {"measure*.h", "resize.h", "pixels.h"}),
    ("plan*", BASE | {"plan.h"} | {"model.h", "kernels.h", "pack.h", "anchor.h", "resize.h", "pixels.h", "faithful.h", "blend.h", "protect.h"}),
    ("run.*|store.*|faithful.*|blocks.*|blend.*|protect.*", BASE | {"run.h", "plan.h", "kernels.h", "anchor.h", "resize.h", "pixels.h", "faithful.h"}),
    ("fovea.c", BASE | {"*.h"}),
]
passed = failed = 0


def check(good, message):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("not ok:", message)


def includes(path):
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


sources = sorted(Path("src").glob("*.[ch]"))
headers = {path.name for path in sources if path.suffix == ".h"}
for path in sources:
    law = next((allowed for pattern, allowed in LAW if any(fnmatch(path.name, p) for p in pattern.split("|"))), None)
    check(law is not None, f"{path} is not in the dependency law of {sys.argv[0]}")
    for name in includes(path):
        own = name == path.stem + ".h"
        allowed = own or any(fnmatch(name, pattern) for pattern in law or ())
        check(allowed and (path.name != "fovea.c" or name in headers | BASE), f"{path} may not include {name}")
    text = path.read_text()
    check("pthread" not in text or path.stem == "pool", f"{path} knows of threads; only pool.c may")
    check(not re.search(r"\b(printf|fopen|exit|abort|assert|errno|getenv)\b\s*[(;]", text), f"{path} talks to the outside")

for path in sorted([*Path("cli").glob("*.[ch]"), *Path("web").glob("*.[ch]"), *Path("bench").glob("*.c"), *Path("examples").glob("*.c")]):
    for name in includes(path):
        check(name not in headers, f"{path} includes {name} of the core; only the public headers are allowed")
        check(not name.startswith("vips") or path.name == "picture_vips.h", f"{path} knows libvips; only picture_vips.h may")
        check(name != "picture_vips.h" or path.stem in ("picture", "picture_metadata", "picture_write"), f"{path} knows libvips; only picture*.c may")

for path in sorted(p for folder in ("include", "src", "cli", "tests", "bench", "train") for p in Path(folder).glob("*.[chp]*")):
    lines = path.read_bytes().count(b"\n")
    check(lines <= 500 or path.name == "faces_table.c", f"{path} has {lines} lines; above 500 it is two ideas")
    check(b"SPDX-License-Identifier: MIT" in path.read_bytes()[:300] or path.suffix == ".py", f"{path} names no licence")

build = Path("meson.build").read_text()
for path in sorted([*Path("src").glob("*.c"), *Path("cli").glob("*.c"), *Path("models").glob("*.fovea")]):
    check(f"'{path}'" in build, f"meson.build does not list {path}")
for path in sorted(Path("tests").glob("*_test.c")):
    check(f"'{path.stem}'" in build, f"meson.build does not list {path.stem}")
version = ".".join(re.findall(r"#define FOVEA_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", Path("include/fovea.h").read_text()))
check(f"version: '{version}'" in build, f"meson.build has another version than include/fovea.h ({version})")
check(version in Path("NEWS.md").read_text(), f"NEWS.md does not tell of {version}")

print(f"layout_test: {passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
