#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many faces fovea_faces finds, and what it takes for faces. Needs numpy, opencv-python-headless 4, mediapipe 0.

    figures.py truth OUT.json PICTURE...      faces by BlazeFace: found by both of its models, or by one that is sure
    figures.py measure LIBFOVEA.so TRUTH.json [PICTURE...] [--reduce 1,2,4] [--cascade FILE.xml]

measure prints, for each reduction: pictures; faces of 20 pixels or more that lie in the picture, and how many of them are
found; what was found where the truth has nothing, and in how many pictures; seconds a million pixels; the same of OpenCV
with the published cascade; and how many of its hits are ours too, and the other way round. Without PICTURE: all of the truth.
"""
import argparse
import ctypes
import json
import os
import time

import cv2
import numpy as np

NEIGHBOURS = 3  # OpenCV's default
SMALLEST = 20


class Face(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("x", "y", "w", "h", "score")]


def ours(library):
    lib = ctypes.CDLL(os.path.abspath(library))

    def find(grey):
        handle, count, faces = ctypes.c_void_p(), ctypes.c_int32(), (Face * 64)()
        status = lib.fovea_faces_new(grey.shape[1], grey.shape[0], 1, None, ctypes.byref(handle), None)
        assert status == 0, status
        for row in grey:
            lib.fovea_faces_row(handle, row.ctypes.data_as(ctypes.c_void_p))
        lib.fovea_faces_get(handle, faces, 64, ctypes.byref(count))
        lib.fovea_faces_free(handle)
        return [(f.x, f.y, f.w, f.h) for f in faces[: count.value]]

    return find


def opencv(cascade):
    cv2.setNumThreads(1)
    detector = cv2.CascadeClassifier(cascade)
    return lambda grey: [tuple(map(int, r)) for r in detector.detectMultiScale(grey, 1.1, NEIGHBOURS, minSize=(SMALLEST, SMALLEST))]


def overlap(a, b):
    """Intersection over union."""
    w = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    h = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def is_same(hit, face):
    """Is the face's middle in it, and their sizes alike?"""
    x, y = face[0] + face[2] / 2, face[1] + face[3] / 2
    return hit[0] < x < hit[0] + hit[2] and hit[1] < y < hit[1] + hit[3] and 0.5 < hit[2] / face[2] < 2.2


def inside(face, width, height):
    """Share of it that is in the picture."""
    w = min(face[0] + face[2], width) - max(face[0], 0)
    h = min(face[1] + face[3], height) - max(face[1], 0)
    return max(0, w) * max(0, h) / (face[2] * face[3])


def make_truth(out, pictures):
    import mediapipe

    models = [mediapipe.solutions.face_detection.FaceDetection(model_selection=i, min_detection_confidence=0.6) for i in (0, 1)]
    truth = {}
    for path in pictures:
        picture = cv2.imread(path)
        height, width = picture.shape[:2]
        found, faces = [], []
        for model in models:
            for one in model.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).detections or []:
                box = one.location_data.relative_bounding_box
                found.append((box.xmin * width, box.ymin * height, box.width * width, box.height * height, one.score[0]))
        for i, face in enumerate(found):
            sure = face[4] > 0.8 or any(j != i and overlap(face, other) > 0.35 for j, other in enumerate(found))
            if sure and not any(overlap(face, other) > 0.35 for other in faces):
                faces.append(face[:4])
        truth[path] = faces
    json.dump(truth, open(out, "w"))


def measure(args):
    truth = json.load(open(args.truth))
    finders = {"fovea": ours(args.library)} | ({"OpenCV": opencv(args.cascade)} if args.cascade else {})
    print("| reduced | finder | pictures | faces | found | elsewhere | in pictures | s/MP |\n|" + " --- |" * 8)
    for reduce in map(int, args.reduce.split(",")):
        hits = {name: [] for name in finders}
        for name, find in finders.items():
            faces = found = elsewhere = pictures = pixels = 0
            seconds = 0.0
            for path in args.pictures or truth:
                grey = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
                grey = cv2.resize(grey, (grey.shape[1] // reduce, grey.shape[0] // reduce), interpolation=cv2.INTER_AREA)
                begin = time.process_time()
                got = find(np.ascontiguousarray(grey))
                seconds += time.process_time() - begin
                pixels += grey.size
                all_faces = [[v / reduce for v in face] for face in truth.get(path, [])]
                whole = [f for f in all_faces if f[2] >= SMALLEST and inside(f, grey.shape[1], grey.shape[0]) > 0.9]
                wrong = sum(not any(is_same(hit, face) for face in all_faces) for hit in got)
                faces += len(whole)
                found += sum(any(is_same(hit, face) for hit in got) for face in whole)
                elsewhere += wrong
                pictures += wrong > 0
                hits[name].append(got)
            share = f"{100 * found / faces:.0f} %" if faces else "-"
            count = len(hits[name])
            print(f"| {reduce} | {name} | {count} | {faces} | {share} | {elsewhere} | {100 * pictures / count:.1f} % | {seconds / pixels * 1e6:.2f} |", flush=True)
        if len(hits) == 2:
            pairs = list(zip(hits["fovea"], hits["OpenCV"]))
            shared = [sum(any(is_same(a, b) for a in us) for b in them) for us, them in pairs]
            back = [sum(any(is_same(b, a) for b in them) for a in us) for us, them in pairs]
            print(f"of OpenCV's {sum(len(t) for _, t in pairs)} hits {sum(shared)} are ours too; of our {sum(len(u) for u, _ in pairs)} "
                  f"{sum(back)} are its", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    truth = commands.add_parser("truth")
    truth.add_argument("out")
    truth.add_argument("pictures", nargs="+")
    measuring = commands.add_parser("measure")
    measuring.add_argument("library")
    measuring.add_argument("truth")
    measuring.add_argument("pictures", nargs="*")
    measuring.add_argument("--reduce", default="1")
    measuring.add_argument("--cascade")
    args = parser.parse_args()
    make_truth(args.out, args.pictures) if args.command == "truth" else measure(args)


if __name__ == "__main__":
    main()
