#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fit.py FOLDER [COUNT]: the weights of enlarged_score in src/inspect_judge.c, from COUNT (350) pictures of FOLDER that
were never enlarged. Needs numpy and Pillow, and build/libfovea.so (traits.py)."""
import glob
import os
import random
import sys

import numpy as np
from PIL import Image

from sets import enlarged_variants
from traits import spectral, traits


def fit(rows, labels, ridge=3e-4):
    """Both classes count the same; Newton's method. The 20 weights and the constant, for rows as they are."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-9
    a = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    balance = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    w = np.zeros(a.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-a @ w))
        gradient = a.T @ ((p - labels) * balance) / len(rows) + ridge * w
        hessian = (a * (p * (1 - p) * balance)[:, None]).T @ a / len(rows) + ridge * np.eye(len(w))
        w -= np.linalg.solve(hessian, gradient)
    return w[:-1] / spread, w[-1] - (mean * w[:-1] / spread).sum()


def main(folder, count):
    paths = sorted(p for p in glob.glob(os.path.join(folder, "*")) if p.endswith((".png", ".webp")))
    random.Random(1).shuffle(paths)
    rng, rows, labels = random.Random(1), [], []
    for path in paths[:count]:
        for label, _, picture in enlarged_variants(Image.open(path).convert("RGB"), rng):
            rows.append(spectral(traits(picture)))
            labels.append(label)
    weights, constant = fit(np.array(rows), np.array(labels))
    print("spectrum", [round(float(w), 4) for w in weights[:16]])
    print("periods", [round(float(w), 4) for w in weights[16:]])
    print("constant", round(float(constant), 4))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 350)
