"""The peers' models, made from the same weights, and one class an engine with `run(ids, mask)`.

Settings are those each project's documentation recommends for int8 BERT on a CPU, one thread:
ONNX Runtime ("Quantize ONNX models": dynamic, for transformers; per channel; no reduced range where
VNNI is there; its transformers optimiser first), OpenVINO/NNCF ("Basic Quantization Flow": model
type TRANSFORMER, mixed preset, SmoothQuant on by default; LATENCY hint; shapes made static where a
workload has one), CTranslate2 (int8; without MKL, which is slower on AMD).
"""

import os
from pathlib import Path

os.environ["CT2_USE_MKL"] = "0"

import numpy as np
import onnx

from model_graph import BertGraph


def prepare(weights, directory, calibration):
    """Writes every peer's model below `directory` unless it is there.

    `calibration` is a list of token id lists that no measurement uses."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    plain = directory / "fp32.onnx"
    if not plain.exists():
        onnx.save(BertGraph(weights).model(), plain)
    _onnxruntime(plain, weights, directory)
    _openvino(plain, directory, calibration)
    _ctranslate2(weights, directory / "ctranslate2")


def _onnxruntime(plain, weights, directory):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process
    from onnxruntime.transformers import optimizer

    prepared, fused = directory / "prepared.onnx", directory / "fused.onnx"
    if not fused.exists():
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        # Level 0: the optimiser's own fusions. Higher levels, which only prepare graphs that torch
        # exported, need torch; the session applies the rest when it loads the model.
        optimised = optimizer.optimize_model(
            str(plain), "bert", num_heads=weights.heads, hidden_size=weights.width, opt_level=0)
        print("ONNX Runtime's optimiser fused", optimised.get_fused_operator_statistics())
        optimised.save_model_to_file(str(fused))
    for source, name in ((prepared, "ort_int8.onnx"), (fused, "ort_fused_int8.onnx")):
        if not (directory / name).exists():
            quantize_dynamic(
                str(source), str(directory / name), per_channel=True, reduce_range=False,
                weight_type=QuantType.QInt8,
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


def _openvino(plain, directory, calibration):
    import nncf
    import openvino

    def inputs(ids):
        return {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), np.int64)}

    if not (directory / "ov_int8.xml").exists():
        model = openvino.convert_model(str(plain))
        quantised = nncf.quantize(
            model, nncf.Dataset(calibration, inputs), preset=nncf.QuantizationPreset.MIXED,
            model_type=nncf.ModelType.TRANSFORMER, subset_size=len(calibration))
        openvino.save_model(quantised, str(directory / "ov_int8.xml"), compress_to_fp16=False)
    if not (directory / "ov_weights.xml").exists():
        compressed = nncf.compress_weights(
            openvino.convert_model(str(plain)), mode=nncf.CompressWeightsMode.INT8_ASYM)
        openvino.save_model(compressed, str(directory / "ov_weights.xml"), compress_to_fp16=False)


def _ctranslate2(weights, directory):
    if (directory / "model.bin").exists():
        return
    from ctranslate2.specs import common_spec, transformer_spec

    spec = transformer_spec.TransformerEncoderSpec(
        weights.layers, weights.heads, pre_norm=False, activation=common_spec.Activation.GELU,
        layernorm_embedding=True, num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD)
    spec.scale_embeddings = False

    def linear(target, *names):
        target.weight = np.concatenate([weights[f"{name}.weight"] for name in names])
        target.bias = np.concatenate([weights[f"{name}.bias"] for name in names])

    def norm(target, name):
        target.gamma, target.beta = (array.copy() for array in weights.norm(name))

    # Copies: CTranslate2 quantises some arrays in place.
    def embedding(kind):
        return weights[f"embeddings.{kind}_embeddings.weight"].copy()

    spec.embeddings[0].weight = embedding("word")
    spec.embeddings[1].weight = embedding("token_type")
    spec.position_encodings.encodings = embedding("position")
    norm(spec.layernorm_embedding, "embeddings.LayerNorm")
    for index, layer in enumerate(spec.layer):
        name = f"encoder.layer.{index}"
        own = f"{name}.attention.self"
        linear(layer.self_attention.linear[0], f"{own}.query", f"{own}.key", f"{own}.value")
        linear(layer.self_attention.linear[1], f"{name}.attention.output.dense")
        norm(layer.self_attention.layer_norm, f"{name}.attention.output.LayerNorm")
        linear(layer.ffn.linear_0, f"{name}.intermediate.dense")
        linear(layer.ffn.linear_1, f"{name}.output.dense")
        norm(layer.ffn.layer_norm, f"{name}.output.LayerNorm")
    model = transformer_spec.TransformerEncoderModelSpec(spec)
    size = len(weights["embeddings.word_embeddings.weight"])
    model.register_vocabulary([str(index) for index in range(size)])
    model.config.unk_token = "100"
    model.validate()
    model.optimize(quantization="int8")
    directory.mkdir(exist_ok=True)
    model.save(str(directory))


class ONNXRuntime:
    def __init__(self, path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"])

    def for_shape(self, shape):
        return self

    def run(self, ids, mask):
        return self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


class OpenVINO:
    def __init__(self, path, **properties):
        import openvino

        self.openvino = openvino
        self.core = openvino.Core()
        self.path = path
        self.properties = {
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1,
            **properties}
        self.requests = {}

    def for_shape(self, shape):
        if shape not in self.requests:
            model = self.core.read_model(str(self.path))
            if shape:
                model.reshape({name: list(shape) for name in ("input_ids", "attention_mask")})
            compiled = self.core.compile_model(model, "CPU", self.properties)
            self.requests[shape] = compiled.create_infer_request()
        request = self.requests[shape]
        return _OpenVINORequest(request)


class _OpenVINORequest:
    def __init__(self, request):
        self.request = request

    def run(self, ids, mask):
        return self.request.infer(
            {"input_ids": ids, "attention_mask": mask}, share_inputs=True, share_outputs=True)[0]


class CTranslate2:
    def __init__(self, path):
        import ctranslate2

        self.ctranslate2 = ctranslate2
        self.encoder = ctranslate2.Encoder(
            str(path), device="cpu", compute_type="int8", intra_threads=1, inter_threads=1)

    def for_shape(self, shape):
        return self

    def run(self, ids, mask):
        view = self.ctranslate2.StorageView.from_array
        lengths = mask.sum(1).astype(np.int32)
        output = self.encoder.forward_batch(
            view(ids.astype(np.int32)), view(lengths), np.zeros_like(ids).tolist())
        hidden = np.array(output.last_hidden_state)
        total = (hidden * mask[:, :, None]).sum(1) / lengths[:, None]
        return total / np.linalg.norm(total, axis=1, keepdims=True)


def engines(directory):
    directory = Path(directory)
    return {
        "ONNX Runtime int8": ONNXRuntime(directory / "ort_int8.onnx"),
        "ONNX Runtime int8, optimiser": ONNXRuntime(directory / "ort_fused_int8.onnx"),
        "OpenVINO int8": OpenVINO(directory / "ov_int8.xml"),
        "OpenVINO int8 weights": OpenVINO(
            directory / "ov_weights.xml", DYNAMIC_QUANTIZATION_GROUP_SIZE=384),
        "CTranslate2 int8": CTranslate2(directory / "ctranslate2"),
    }


def reference(directory):
    return ONNXRuntime(Path(directory) / "fp32.onnx")
