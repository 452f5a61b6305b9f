"""nets.py FOLDER: the family's three nets at 2x with random weights, once for fovea and once for every peer.

For each effort: NAME.fovea, NAME.onnx (float), NAME.int8.onnx (QDQ: 8-bit weights per channel, 8-bit activations),
NAME.param with NAME.bin (ncnn, float) and NAME.int8.param with NAME.int8.bin (ncnn, requantising from layer to layer).
Same layers, same weights. Peers are spared what only fovea does besides: no anchor, no rounding to bytes, borders of zeros
instead of repeated edges, skips without a multiplier.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "train"))
import golden
import modelfile

SCALE = 2
WIDTHS = {"fast": (32,) * 6, "standard": (32,) * 16, "best": (64,) * 33}  # head and body
SKIPS: dict[str, dict[int, int]] = {"fast": {}, "standard": {}, "best": {}}
INPUT_TOP = 4095.0  # what the head reads, and activations reach 127


def integer_net(effort: str) -> modelfile.IntegerNet:
    """A valid net of this effort; no passes, so only the net is measured."""
    net = modelfile.IntegerNet(f"random-{effort}-x{SCALE}", SCALE, 0, modelfile.EFFORTS.index(effort), 0, 0)
    return golden.filled_net(net, 1, WIDTHS[effort], SKIPS[effort], False, False)


class Onnx:
    """A graph under construction; quantised: with a pair of QuantizeLinear and DequantizeLinear at every tensor."""

    def __init__(self, quantised: bool) -> None:
        self.quantised = quantised
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        out = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        return out

    def squeezed(self, tensor: str, scale: float, signed: bool = False) -> str:
        """The tensor through 8 bits."""
        if not self.quantised:
            return tensor
        step = self.constant(f"step{len(self.nodes)}", np.float32(scale))
        zero = self.constant(f"zero{len(self.nodes)}", np.int8(0) if signed else np.uint8(0))
        return self.node("DequantizeLinear", [self.node("QuantizeLinear", [tensor, step, zero]), step, zero])

    def convolution(self, i: int, layer: modelfile.IntegerLayer, tensor: str, step: float) -> str:
        weight = np.ascontiguousarray(layer.weight.transpose(0, 3, 1, 2))
        if self.quantised:
            scale = self.constant(f"ws{i}", layer.scale)
            w = self.node("DequantizeLinear", [self.constant(f"w{i}", weight), scale,
                                               self.constant(f"wz{i}", np.zeros(len(layer.scale), np.int8))], axis=0)
            bias_scale = self.constant(f"bs{i}", (layer.scale * step).astype(np.float32))
            whole = np.rint(layer.bias / step).astype(np.int32)
            b = self.node("DequantizeLinear", [self.constant(f"b{i}", whole), bias_scale], axis=0)
        else:
            w = self.constant(f"w{i}", weight * layer.scale[:, None, None, None])
            b = self.constant(f"b{i}", (layer.bias * layer.scale).astype(np.float32))
        return self.node("Conv", [tensor, w, b], kernel_shape=[3, 3], pads=[1, 1, 1, 1])


def onnx_net(net: modelfile.IntegerNet, quantised: bool, path: Path) -> None:
    graph = Onnx(quantised)
    steps, outputs = [INPUT_TOP / 255], [graph.squeezed("in", INPUT_TOP / 255)]
    for i, layer in enumerate(net.layers):
        t = graph.convolution(i, layer, outputs[-1], steps[-1])
        if layer.skip:
            t = graph.node("Add", [graph.squeezed(t, 2.0, signed=True), outputs[-layer.skip]])
        if layer.kind != modelfile.TAIL:
            t = graph.squeezed(graph.node("Relu", [t]), 0.5)
        outputs.append(t)
        steps.append(0.5)
    graph.node("DepthToSpace", [outputs[-1]], blocksize=net.scale, mode="DCR")
    graph.nodes[-1].output[0] = "out"
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, None, None]) for name in ("in", "out")]
    made = helper.make_graph(graph.nodes, net.name, ends[:1], ends[1:], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def ncnn_net(net: modelfile.IntegerNet, quantised: bool, path: Path) -> None:
    """ncnn's text of layers and file of weights. A tensor that is read twice goes through a Split."""
    lines, blobs, weights = ["Input in 0 1 t0"], 1, []
    readers = [1] * (len(net.layers) + 1)
    for i, layer in enumerate(net.layers):
        if layer.skip:
            readers[i + 1 - layer.skip] += 1
    outputs = [["t0"]]
    for i, layer in enumerate(net.layers):
        cout, _, _, cin = layer.weight.shape
        weight = np.ascontiguousarray(layer.weight.transpose(0, 3, 1, 2))
        last, alone = layer.kind == modelfile.TAIL, not layer.skip
        flat = quantised and alone and not last and readers[i + 1] == 1  # bytes go to the next layer as they are
        mode = f" 8={102 if flat else 2}" if quantised else ""
        relu = " 9=1" if alone and not last else ""
        lines.append(f"Convolution conv{i} 1 1 {outputs[i].pop()} c{i} 0={cout} 1=3 4=1 5=1 6={weight.size}{relu}{mode}")
        blobs += 1
        bias = (layer.bias * layer.scale).astype("<f4").tobytes()
        if quantised:
            weights += [struct.pack("<I", 0x000D4B38), modelfile.padded(weight.astype("i1").tobytes()), bias]
            weights += [(1 / layer.scale).astype("<f4").tobytes(), struct.pack("<f", 127 / INPUT_TOP if i == 0 else 1.0)]
            weights += [struct.pack("<f", 1.0)] if flat else []
        else:
            weights += [bytes(4), (weight * layer.scale[:, None, None, None]).astype("<f4").tobytes(), bias]
        tensor = f"c{i}"
        if layer.skip:
            lines += [f"BinaryOp add{i} 2 1 {tensor} {outputs[i + 1 - layer.skip].pop()} a{i} 0=0", f"ReLU relu{i} 1 1 a{i} r{i}"]
            blobs, tensor = blobs + 2, f"r{i}"
        names = [tensor]
        if readers[i + 1] > 1 and not last:
            names = [f"s{i}_{k}" for k in range(readers[i + 1])]
            lines.append(f"Split split{i} 1 {len(names)} {tensor} {' '.join(names)}")
            blobs += len(names)
        outputs.append(names)
    lines.append(f"PixelShuffle shuffle 1 1 {outputs[-1].pop()} out 0={net.scale}")
    path.with_suffix(".param").write_text(f"7767517\n{len(lines)} {blobs + 1}\n" + "\n".join(lines) + "\n")
    path.with_suffix(".bin").write_bytes(b"".join(weights))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for effort in WIDTHS:
        net = integer_net(effort)
        (folder / f"{effort}.fovea").write_bytes(modelfile.write(net))
        onnx_net(net, False, folder / f"{effort}.onnx")
        onnx_net(net, True, folder / f"{effort}.int8.onnx")
        ncnn_net(net, False, folder / f"{effort}.param")
        ncnn_net(net, True, folder / f"{effort}.int8.param")


if __name__ == "__main__":
    main()
