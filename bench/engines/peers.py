"""peers.py ENGINE FOLDER NAME WIDTH HEIGHT THREADS RUNS: a net in one engine; JSON with the seconds of each run on the clock
and the seconds of processor time of all its threads.

One engine a process, so that none meets another's threads. The picture lies in memory as the engine likes it best; the
first run, which is not counted, warms up. ENGINE: see ENGINES.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from pathlib import Path
from typing import Callable

import numpy as np


def picture(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 4095, (1, 3, height, width)).astype(np.float32)


def fovea_run(path: Path, pixels: np.ndarray, threads: int) -> Callable[[], object]:
    library = ctypes.CDLL(path.with_name("fovea.so").resolve())
    library.shim_open.restype = ctypes.c_void_p
    content = path.with_suffix(".fovea").read_bytes()
    up = ctypes.c_void_p(library.shim_open(content, ctypes.c_size_t(len(content)), threads))
    _, _, height, width = pixels.shape
    source = np.ascontiguousarray((pixels[0] / 16).astype(np.uint8).transpose(1, 2, 0))
    result = np.zeros((2 * height, 2 * width, 3), np.uint8)
    pointers = source.ctypes.data_as(ctypes.c_void_p), result.ctypes.data_as(ctypes.c_void_p)

    def run() -> object:
        assert library.shim_run(up, *pointers, width, height, 2) == 0
        return result

    return run


def ncnn_run(path: Path, pixels: np.ndarray, threads: int, bf16: bool) -> Callable[[], object]:
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads, net.opt.use_vulkan_compute = threads, False
    net.opt.use_bf16_storage = bf16
    if net.load_param(f"{path}.param") or net.load_model(f"{path}.bin"):
        raise SystemExit("ncnn does not load it")
    mat = ncnn.Mat(np.ascontiguousarray(pixels[0]))

    def run() -> object:
        extractor = net.create_extractor()
        extractor.input("t0", mat)
        status, out = extractor.extract("out")
        assert status == 0 and out.w == 2 * pixels.shape[3]
        return out

    return run


def ort_run(path: Path, pixels: np.ndarray, threads: int) -> Callable[[], object]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(f"{path}.onnx", options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"in": pixels})


def openvino_run(path: Path, pixels: np.ndarray, threads: int, precision: str) -> Callable[[], object]:
    import openvino

    core = openvino.Core()
    model = core.read_model(f"{path}.onnx")
    model.reshape(list(pixels.shape))
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    request.set_input_tensor(openvino.Tensor(pixels))
    return lambda: request.infer()


def torch_run(path: Path, pixels: np.ndarray, threads: int, bf16: bool) -> Callable[[], object]:
    import torch
    import torch.nn.functional as F

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "train"))
    import modelfile

    torch.set_num_threads(threads)
    kind = torch.bfloat16 if bf16 else torch.float32
    net = modelfile.read(path.with_suffix(".fovea").read_bytes())
    layers = []
    for layer in net.layers:
        weight = layer.weight.transpose(0, 3, 1, 2) * layer.scale[:, None, None, None]
        weight = torch.tensor(weight, dtype=kind).to(memory_format=torch.channels_last)
        layers.append((weight, torch.tensor(layer.bias * layer.scale, dtype=kind), layer.skip, layer.kind == modelfile.TAIL))
    x = torch.tensor(pixels, dtype=kind).to(memory_format=torch.channels_last)

    def run() -> object:
        with torch.inference_mode():
            outputs = [x]
            for weight, bias, skip, last in layers:
                t = F.conv2d(outputs[-1], weight, bias, padding=1)
                if skip:
                    t += outputs[-skip]
                outputs.append(t if last else t.relu_())
                if len(outputs) > 3:
                    outputs[-4] = None
            return F.pixel_shuffle(outputs[-1], net.scale)

    return run


ENGINES: dict[str, Callable[[Path, np.ndarray, int], Callable[[], object]]] = {
    "fovea": fovea_run,
    "ncnn fp32": lambda path, pixels, threads: ncnn_run(path, pixels, threads, False),
    "ncnn bf16": lambda path, pixels, threads: ncnn_run(path, pixels, threads, True),
    "ncnn int8": lambda path, pixels, threads: ncnn_run(Path(f"{path}.int8"), pixels, threads, False),
    "onnxruntime fp32": ort_run,
    "onnxruntime int8": lambda path, pixels, threads: ort_run(Path(f"{path}.int8"), pixels, threads),
    "openvino fp32": lambda path, pixels, threads: openvino_run(path, pixels, threads, "f32"),
    "openvino bf16": lambda path, pixels, threads: openvino_run(path, pixels, threads, "bf16"),
    "openvino int8": lambda path, pixels, threads: openvino_run(Path(f"{path}.int8"), pixels, threads, "f32"),
    "pytorch fp32": lambda path, pixels, threads: torch_run(path, pixels, threads, False),
    "pytorch bf16": lambda path, pixels, threads: torch_run(path, pixels, threads, True),
}


def main() -> None:
    engine, folder, name, width, height, threads, runs = sys.argv[1:]
    run = ENGINES[engine](Path(folder) / name, picture(int(width), int(height)), int(threads))
    run()
    clock, processor = [], []
    for _ in range(int(runs)):
        start, used = time.perf_counter(), time.process_time()
        run()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    print(json.dumps({"clock": clock, "processor": processor}))


if __name__ == "__main__":
    main()
