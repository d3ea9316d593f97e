"""all-MiniLM-L6-v2 and its kin as an ONNX graph, and as plain numpy to check that graph against.

The graph has the operators and shapes that PyTorch's exporter gives for Hugging Face's BertModel
(torch itself, gigabytes, is not needed), because ONNX Runtime's and OpenVINO's fusions look for
those. Mean pooling and normalisation are part of the graph: no engine pays for them in Python.
"""

import json
import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file


class BertWeights:
    def __init__(self, directory):
        with open(f"{directory}/config.json") as file:
            config = json.load(file)
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.width = config["hidden_size"]
        self.epsilon = config["layer_norm_eps"]
        tensors = load_file(f"{directory}/model.safetensors")
        self.tensors = {
            name.removeprefix("bert."): value.astype(np.float32) if value.dtype.kind == "f" else value
            for name, value in tensors.items()
        }

    def __getitem__(self, name):
        return self.tensors[name]

    def linear(self, name):
        """Weights as [inputs, outputs], and biases."""
        return np.ascontiguousarray(self[f"{name}.weight"].T), self[f"{name}.bias"]

    def norm(self, name):
        return self[f"{name}.weight"], self[f"{name}.bias"]

    def positions(self):
        """Sequences have one segment: its vector is part of every position's."""
        return (self["embeddings.position_embeddings.weight"]
                + self["embeddings.token_type_embeddings.weight"][0])


class BertGraph:
    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.initializers = []

    def constant(self, name, value):
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, operator, inputs, name, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def linear(self, x, source, name, scale=None):
        weights, biases = self.weights.linear(source)
        product = self.node("MatMul", [x, self.constant(f"{name}.w", weights)], f"{name}.product")
        return self.node("Add", [self.constant(f"{name}.b", biases), product], f"{name}.sum")

    def norm(self, x, source, name):
        scale, shift = self.weights.norm(source)
        return self.node(
            "LayerNormalization",
            [x, self.constant(f"{name}.g", scale), self.constant(f"{name}.s", shift)], name,
            axis=-1, epsilon=self.weights.epsilon)

    def heads(self, x, name, order):
        shape = self.constant(
            f"{name}.heads",
            np.array([0, 0, self.weights.heads, self.weights.width // self.weights.heads]))
        split = self.node("Reshape", [x, shape], f"{name}.split")
        return self.node("Transpose", [split], f"{name}.turned", perm=order)

    def embeddings(self):
        length = self.node(
            "Gather", [self.node("Shape", ["input_ids"], "ids.shape"),
                       self.constant("one", np.array(1))], "ids.length", axis=0)
        length = self.node("Unsqueeze", [length, self.constant("axis0", np.array([0]))], "length")
        positions = self.node(
            "Slice", [self.constant("position_ids", np.arange(512)[None]),
                      self.constant("start", np.array([0])), length,
                      self.constant("axis1", np.array([1]))], "positions")
        words = self.node(
            "Gather", [self.constant("words", self.weights["embeddings.word_embeddings.weight"]),
                       "input_ids"], "word_vectors", axis=0)
        places = self.node(
            "Gather", [self.constant("places", self.weights.positions()), positions],
            "position_vectors", axis=0)
        total = self.node("Add", [words, places], "embedding_sum")
        return self.norm(total, "embeddings.LayerNorm", "embedding")

    def additive_mask(self):
        mask = self.node("Unsqueeze", ["attention_mask", "axis1"], "mask.1")
        mask = self.node("Unsqueeze", [mask, self.constant("axis2", np.array([2]))], "mask.2")
        mask = self.node("Cast", [mask], "mask.float", to=TensorProto.FLOAT)
        inverse = self.node(
            "Sub", [self.constant("float_one", np.float32(1)), mask], "mask.inverse")
        return self.node(
            "Mul", [inverse, self.constant("lowest", np.float32(-10000))], "mask.additive")

    def attention(self, x, mask, source, name):
        query, key, value = (
            self.linear(x, f"{source}.self.{part}", f"{name}.{part}")
            for part in ("query", "key", "value"))
        width = self.weights.width // self.weights.heads
        scores = self.node(
            "MatMul", [self.heads(query, f"{name}.q", [0, 2, 1, 3]),
                       self.heads(key, f"{name}.k", [0, 2, 3, 1])], f"{name}.dots")
        scores = self.node(
            "Div", [scores, self.constant(f"{name}.root", np.float32(math.sqrt(width)))],
            f"{name}.scores")
        scores = self.node("Add", [scores, mask], f"{name}.masked")
        shares = self.node("Softmax", [scores], f"{name}.shares", axis=-1)
        mixed = self.node(
            "MatMul", [shares, self.heads(value, f"{name}.v", [0, 2, 1, 3])], f"{name}.mixed")
        mixed = self.node("Transpose", [mixed], f"{name}.back", perm=[0, 2, 1, 3])
        mixed = self.node(
            "Reshape", [mixed, self.constant(f"{name}.flat", np.array([0, 0, self.weights.width]))],
            f"{name}.context")
        return self.linear(mixed, f"{source}.output.dense", f"{name}.out")

    def gelu(self, x, name):
        root = self.constant(f"{name}.root2", np.float32(math.sqrt(2)))
        error = self.node("Erf", [self.node("Div", [x, root], f"{name}.div")], f"{name}.erf")
        plus = self.node("Add", [error, "float_one"], f"{name}.plus")
        product = self.node("Mul", [x, plus], f"{name}.mul")
        return self.node(
            "Mul", [product, self.constant(f"{name}.half", np.float32(0.5))], f"{name}.gelu")

    def layer(self, x, mask, index):
        source, name = f"encoder.layer.{index}", f"layer{index}"
        out = self.attention(x, mask, f"{source}.attention", f"{name}.attention")
        x = self.norm(self.node("Add", [out, x], f"{name}.residual1"),
                      f"{source}.attention.output.LayerNorm", f"{name}.norm1")
        wide = self.gelu(self.linear(x, f"{source}.intermediate.dense", f"{name}.up"), name)
        down = self.linear(wide, f"{source}.output.dense", f"{name}.down")
        return self.norm(self.node("Add", [down, x], f"{name}.residual2"),
                         f"{source}.output.LayerNorm", f"{name}.norm2")

    def pooled(self, x):
        mask = self.node("Cast", ["attention_mask"], "pool.mask2", to=TensorProto.FLOAT)
        mask = self.node("Unsqueeze", [mask, "axis2"], "pool.mask")
        total = self.node(
            "ReduceSum", [self.node("Mul", [x, mask], "pool.kept"), "axis1"], "pool.total",
            keepdims=0)
        count = self.node("ReduceSum", [mask, "axis1"], "pool.count", keepdims=0)
        mean = self.node("Div", [total, count], "pool.mean")
        return self.node("LpNormalization", [mean], "embedding_out", axis=-1, p=2)

    def model(self):
        mask, x = self.additive_mask(), self.embeddings()
        for index in range(self.weights.layers):
            x = self.layer(x, mask, index)
        output = self.pooled(x)
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
                  for name in ("input_ids", "attention_mask")]
        result = helper.make_tensor_value_info(
            output, TensorProto.FLOAT, ["batch", self.weights.width])
        graph = helper.make_graph(self.nodes, "bert", inputs, [result], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def encode_in_numpy(weights, ids, pooling="mean"):
    """One sequence's unit vector, as the papers write it."""
    from math import erf

    def norm(x, name):
        scale, shift = weights.norm(name)
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + weights.epsilon) * scale + shift

    def linear(x, name):
        w, b = weights.linear(name)
        return x @ w + b

    def split(x):
        return x.reshape(len(ids), weights.heads, -1).transpose(1, 0, 2)

    x = norm(weights["embeddings.word_embeddings.weight"][ids] + weights.positions()[:len(ids)],
             "embeddings.LayerNorm")
    for index in range(weights.layers):
        name = f"encoder.layer.{index}"
        query, key, value = (
            split(linear(x, f"{name}.attention.self.{part}")) for part in ("query", "key", "value"))
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        context = (shares @ value).transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(x + linear(context, f"{name}.attention.output.dense"),
                 f"{name}.attention.output.LayerNorm")
        wide = linear(x, f"{name}.intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(erf)(wide / math.sqrt(2)))
        x = norm(x + linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    pooled = x.mean(0) if pooling == "mean" else x[0]
    return pooled / np.linalg.norm(pooled)
