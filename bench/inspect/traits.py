# SPDX-License-Identifier: MIT
"""fovea_inspect of the library, for Python: traits(picture) of a Pillow picture. Needs numpy and Pillow.

$FOVEA_LIBRARY names the shared library, build/libfovea.so by default."""
import ctypes
import os

import numpy as np

CONTENTS = ["unknown", "photo", "screen", "art", "document"]


class Traits(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("width", ctypes.c_int32), ("height", ctypes.c_int32),
                ("rows", ctypes.c_int32), ("content", ctypes.c_int32), ("was_enlarged", ctypes.c_int32),
                ("enlarged_score", ctypes.c_double), ("colours", ctypes.c_int32)]
    _fields_ += [(name, ctypes.c_double) for name in (
        "common flat smooth grey bright dark strong steps aligned straight edge_width noise blocks").split()]
    _fields_ += [("spectrum", ctypes.c_double * 16), ("periods", ctypes.c_double * 4), ("has_periods", ctypes.c_int32),
                 ("saved_quality", ctypes.c_int32),
                 ("texture", ctypes.c_double), ("rings", ctypes.c_double), ("rendered", ctypes.c_int32), ("grain", ctypes.c_double)]


library = ctypes.CDLL(os.environ.get("FOVEA_LIBRARY", "build/libfovea.so"))
library.fovea_inspect_new.argtypes = [ctypes.c_int32, ctypes.c_int32, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
library.fovea_inspect_row.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
library.fovea_inspect_get_traits.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
library.fovea_inspect_free.argtypes = [ctypes.c_void_p]
library.fovea_inspect_free.restype = None


def traits(picture):
    picture = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    rows = np.ascontiguousarray(np.asarray(picture))
    height, width, channels = rows.shape
    handle = ctypes.c_void_p()
    if library.fovea_inspect_new(width, height, channels, None, ctypes.byref(handle), None):
        raise ValueError("fovea_inspect_new refused")
    for row in rows:
        library.fovea_inspect_row(handle, row.ctypes.data)
    result = Traits(struct_size=ctypes.sizeof(Traits))
    library.fovea_inspect_get_traits(handle, ctypes.byref(result))
    library.fovea_inspect_free(handle)
    return result


def spectral(t):
    """What the decision about an earlier enlargement rests on: 20 numbers."""
    return np.array(list(t.spectrum) + list(t.periods))
