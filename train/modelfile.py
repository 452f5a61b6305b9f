"""The `.fovea` file: bytes <-> integer layers, byte by byte as doc/format.md says."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np

MAGIC = b"\x89FOVEA\r\n"
HEAD, BODY, TAIL = 1, 2, 3
KINDS = {"photo": 0, "photo-jpeg": 1, "screen": 2, "creative-photo": 3, "creative-art": 4, "creative-face": 5}
EFFORTS = ("fast", "standard", "best")
KEEPS = {"photo-jpeg": 2, "screen": 1}  # the D of a kind of source, where it is not 0


@dataclass
class IntegerLayer:
    """weight (cout, 3, 3, cin) int8, bias (cout) int32, scale (cout) float32, multiplier (cout) int16 when skip > 0."""

    kind: int
    weight: np.ndarray
    bias: np.ndarray
    scale: np.ndarray
    zero_point: int = 0
    skip: int = 0
    multiplier: np.ndarray | None = None


@dataclass
class IntegerNet:
    """A whole net: header facts and layers in order."""

    name: str
    scale: int
    source: int = 0
    effort: int = 0
    shrinking: int = 0
    passes: int = 2
    ensemble: bool = False
    layers: list[IntegerLayer] = field(default_factory=list)


def padded(block: bytes) -> bytes:
    """The block followed by zeros to a multiple of 4 bytes."""
    return block + bytes(-len(block) % 4)


def layer_bytes(layer: IntegerLayer) -> bytes:
    """One layer of the file."""
    cout, _, _, cin = layer.weight.shape
    parts = [
        struct.pack("<BBBBHH", layer.kind, layer.zero_point, layer.skip, 0, cin, cout),
        padded(layer.weight.astype("<i1").tobytes()),
        layer.bias.astype("<i4").tobytes(),
        layer.scale.astype("<f4").tobytes(),
    ]
    if layer.skip:
        parts.append(padded(layer.multiplier.astype("<i2").tobytes()))
    return b"".join(parts)


def sealed(content: bytearray) -> bytes:
    """The file with its size and CRC fields made right."""
    struct.pack_into("<I", content, 12, len(content))
    struct.pack_into("<I", content, 16, zlib.crc32(bytes(content[20:])))
    return bytes(content)


def write(net: IntegerNet) -> bytes:
    """Net -> file."""
    name = net.name.encode("ascii")
    header = MAGIC + struct.pack("<III", 1, 0, 0)
    header += struct.pack("<BBBBBBH4x", net.scale, net.source, net.effort, net.shrinking, net.passes, net.ensemble, len(net.layers))
    header += name + bytes(32 - len(name))
    return sealed(bytearray(header + b"".join(layer_bytes(layer) for layer in net.layers)))


class Reader:
    """Takes arrays off the front of a file, in order."""

    def __init__(self, content: bytes, offset: int) -> None:
        self.content = content
        self.offset = offset

    def take(self, kind: str, count: int) -> np.ndarray:
        """The next `count` numbers of a little-endian numpy type, and past the padding."""
        array = np.frombuffer(self.content, kind, count, self.offset)
        self.offset += (array.nbytes + 3) // 4 * 4
        return array.copy()


def read(content: bytes) -> IntegerNet:
    """File -> net. For files we trust: only size and CRC are checked here (the refusals of a loader are in src/model.c)."""
    version, size, crc = struct.unpack_from("<III", content, 8)
    if content[:8] != MAGIC or version != 1 or size != len(content) or crc != zlib.crc32(content[20:]):
        raise ValueError("not a whole .fovea file of version 1")
    scale, source, effort, shrinking, passes, ensemble, count = struct.unpack_from("<BBBBBBH", content, 20)
    name = content[32:64].split(b"\0")[0].decode("ascii")
    net = IntegerNet(name, scale, source, effort, shrinking, passes, bool(ensemble))
    reader = Reader(content, 64)
    for _ in range(count):
        kind, zero_point, skip, _, cin, cout = struct.unpack_from("<BBBBHH", content, reader.offset)
        reader.offset += 8
        weight = reader.take("<i1", cout * 9 * cin).reshape(cout, 3, 3, cin)
        bias, factor = reader.take("<i4", cout), reader.take("<f4", cout)
        multiplier = reader.take("<i2", cout) if skip else None
        net.layers.append(IntegerLayer(kind, weight, bias, factor, zero_point, skip, multiplier))
    if reader.offset != len(content):
        raise ValueError("bytes after the last layer")
    return net


def limit_faults(net: IntegerNet) -> list[str]:
    """What of doc/format.md's "Limits that make the arithmetic exact" the net breaks, in words; empty when none (the
    constant rule is simulate.constant_tail's)."""
    faults = []
    for i, layer in enumerate(net.layers):
        absolute = np.abs(layer.weight.astype(np.int64)).sum(axis=(1, 2, 3))
        reach = absolute * (4095 if layer.kind == HEAD else 127) + np.abs(layer.bias.astype(np.int64))
        limit = 27 if net.ensemble else 30
        if layer.kind == TAIL and not (reach.astype(np.float32) * layer.scale < np.float32(2**limit)).all():
            faults.append(f"layer {i}: tail reaches 2^{limit}")
        if layer.multiplier is not None:
            reach = reach + np.abs(layer.multiplier.astype(np.int64)) * 127
        if not (reach < 2**24).all():
            faults.append(f"layer {i}: accumulator reaches 2^24")
        if layer.weight.min() < -127:
            faults.append(f"layer {i}: weight -128")
        if not (np.isfinite(layer.scale) & (layer.scale >= np.finfo(np.float32).tiny)).all():
            faults.append(f"layer {i}: scale not normal")
        if layer.kind == HEAD and layer.weight.astype(np.int64).sum(axis=(1, 2)).any():
            faults.append(f"layer {i}: head does not sum to zero")
    return faults
