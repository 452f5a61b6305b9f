#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes src/faces_table.c of a published cascade of Haar features, in OpenCV's XML format:

    python3 train/faces.py haarcascade_frontalface_alt2.xml > src/faces_table.c

The file is in Debian's package opencv-data, for one; its own licence notice goes into the table. What the table holds
is said in src/faces.h; what is not used there (tilted features, other shapes of trees) is refused here.
"""
import re
import sys
import xml.etree.ElementTree as ET

ONE = 1 << 15  # thresholds, leaves and stages are in units of 1 / ONE
EPSILON = 1e-5  # as OpenCV lowers its stages' thresholds
PER_LINE = 6


def fixed(value, what):
    number = round(float(value) * ONE)
    assert -ONE < number < ONE, f"{what} {value} does not fit"
    return number


def rectangle(text, weight):
    x, y, w, h, given = text.split()
    x, y, w, h = int(x), int(y), int(w), int(h)
    assert max(x + w, y + h) <= 20 and min(w, h) > 0 and float(given) in weight, text
    return x | y << 5 | w << 10 | h << 15, int(float(given))


def node_words(feature, threshold):
    assert (feature.findtext("tilted") or "0").strip() == "0", "tilted features are not known"
    rects = [r.text for r in feature.find("rects")]
    whole, _ = rectangle(rects[0], (-1,))
    part, weight = rectangle(rects[1], (2, 3))
    other, other_weight = rectangle(rects[2], (2,)) if len(rects) == 3 else (0, 0)
    word = whole | part << 20 | (fixed(threshold, "a threshold") & 0xFFFF) << 40 | weight << 56 | other_weight << 58
    return [word, other] if other_weight else [word]


def tree_words(weak, features):
    """Two nodes and three leaves. A child above 0 is a node, from 0 down a leaf."""
    nodes = weak.findtext("internalNodes").split()
    leaves = weak.findtext("leafValues").split()
    assert len(nodes) == 8 and len(leaves) == 3, "trees of two nodes are expected"
    below, above = int(nodes[0]), int(nodes[1])
    assert (below == 1) != (above == 1), "the first node must lead to the second"
    leaf_below = int(above == 1)
    first = -(below if leaf_below else above)
    word = leaf_below << 48
    for place, leaf in enumerate((first, -int(nodes[4]), -int(nodes[5]))):
        word |= (fixed(leaves[leaf], "a leaf") & 0xFFFF) << 16 * place
    return [word] + node_words(features[int(nodes[2])], nodes[3]) + node_words(features[int(nodes[6])], nodes[7])


def main():
    text = open(sys.argv[1]).read()
    notice = re.search(r"<!--(.*?)-->", text, re.S).group(1).strip("\n")
    assert "Redistribution" in notice, "a notice with a licence is expected"
    cascade = ET.fromstring(text)[0]
    assert cascade.findtext("width") == cascade.findtext("height") == "20"
    features = list(cascade.find("features"))
    stages, words = [], []
    for stage in cascade.find("stages"):
        trees = list(stage.find("weakClassifiers"))
        stages.append((len(trees), int((float(stage.findtext("stageThreshold")) - EPSILON) * ONE // 1)))
        for tree in trees:
            words += tree_words(tree, features)
    print("/* SPDX-License-Identifier: MIT AND BSD-3-Clause")
    print(" *\n * Made by train/faces.py; do not edit. The data are a published cascade, under this notice:\n *")
    for line in notice.split("\n"):
        print((" * " + line.replace("/*", "").replace("*/", "").replace("/" * 88, "-" * 88)).rstrip())
    print(' */\n#include "faces.h"\n\n/* clang-format off */')
    print(f"const fv_faces_stage fv_faces_stages[FV_FACES_STAGES] = {{")
    for first in range(0, len(stages), 8):
        print("    " + " ".join(f"{{{n}, {t}}}," for n, t in stages[first:first + 8]))
    print(f"}};\n\nconst uint64_t fv_faces_words[FV_FACES_WORDS] = {{")
    for first in range(0, len(words), PER_LINE):
        print(" " + " ".join(f"{w:#x}," for w in words[first:first + PER_LINE]))
    print("};")
    print(f"{len(stages)} stages, {sum(n for n, _ in stages)} trees, {len(words)} words", file=sys.stderr)


main()
