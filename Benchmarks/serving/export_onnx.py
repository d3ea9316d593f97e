#!/usr/bin/env python3
"""Writes the int8 ONNX model that batching_server.py runs, from the weights that Rankwire imports.

usage: export_onnx.py MODEL_DIRECTORY OUTPUT.onnx

Quantised as ONNX Runtime's documentation advises for transformers: dynamically, per channel. The
graph is the encoder benchmark's.
"""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "encoder"))

import onnx  # noqa: E402
from model_graph import BertGraph, BertWeights  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402
from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: E402


def main() -> None:
    directory, output = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        plain, prepared = f"{scratch}/plain.onnx", f"{scratch}/prepared.onnx"
        onnx.save(BertGraph(BertWeights(directory)).model(), plain)
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared, output, per_channel=True, reduce_range=False, weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


if __name__ == "__main__":
    main()
