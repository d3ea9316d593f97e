"""Other shapes: random models are imported and every vector is compared with numpy's.

    check_shapes.py --rankwire .build/release/rankwire --bench .build/release/rankwire-bench

Random weights give activations without a trained model's outliers, so int8 must stay near: what
would show here is a wrong layout, width or pooling, which leaves no likeness at all.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from model_graph import BertWeights, encode_in_numpy

SHAPES = [
    # name, layers, width, heads, vocabulary, pooling, lowercase
    ("4 x 512 x 8 heads, 21,128 cased", 4, 512, 8, 21128, "mean", False),
    ("12 x 384 x 12 heads, CLS", 12, 384, 12, 30522, "cls", True),
    ("12 x 768 x 12 heads", 12, 768, 12, 30522, "mean", True),
]
LEAST_COSINE = 0.995


def write_model(directory, layers, width, heads, vocabulary, pooling, lowercase):
    generator = np.random.default_rng(5)

    def normal(*shape, scale=1.0):
        return generator.standard_normal(shape, np.float32) * np.float32(scale)

    tensors = {
        "embeddings.word_embeddings.weight": normal(vocabulary, width),
        "embeddings.position_embeddings.weight": normal(128, width, scale=0.3),
        "embeddings.token_type_embeddings.weight": normal(2, width, scale=0.1)}

    def norm(name):
        tensors[f"{name}.weight"] = 1 + normal(width, scale=0.1)
        tensors[f"{name}.bias"] = normal(width, scale=0.1)

    def linear(name, depth, channels):
        tensors[f"{name}.weight"] = normal(channels, depth, scale=depth**-0.5)
        tensors[f"{name}.bias"] = normal(channels, scale=0.1)

    norm("embeddings.LayerNorm")
    for index in range(layers):
        name = f"encoder.layer.{index}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{name}.attention.{part}", width, width)
        norm(f"{name}.attention.output.LayerNorm")
        linear(f"{name}.intermediate.dense", width, 4 * width)
        linear(f"{name}.output.dense", 4 * width, width)
        norm(f"{name}.output.LayerNorm")
    save_file(tensors, directory / "model.safetensors")

    def write(name, value):
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))

    write("config.json", {
        "model_type": "bert", "hidden_size": width, "num_hidden_layers": layers,
        "num_attention_heads": heads, "intermediate_size": 4 * width, "vocab_size": vocabulary,
        "max_position_embeddings": 128, "layer_norm_eps": 1e-12, "hidden_act": "gelu"})
    write("1_Pooling/config.json", {
        "pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"})
    write("tokenizer_config.json", {"do_lower_case": lowercase})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    # A third Chinese characters, as such vocabularies have.
    pieces += [chr(0x4E00 + i) for i in range(vocabulary // 3)]
    pieces += [f"w{i}" for i in range(vocabulary - len(pieces))]
    (directory / "vocab.txt").write_text("\n".join(pieces) + "\n")


def check(options, name, *shape):
    pooling, vocabulary = shape[4], shape[3]
    generator = np.random.default_rng(6)
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        source = place / "model"
        source.mkdir()
        write_model(source, *shape)
        texts = [" ".join(chr(0x4E00 + i) for i in generator.integers(0, vocabulary // 3, n))
                 for n in generator.integers(2, 40, 16)]
        (place / "texts").write_text("\n".join(texts) + "\n")
        subprocess.run(
            [options.rankwire, "model", "import", source, "--output", place / "bundle",
             "--samples", place / "texts", "--calibration", place / "texts"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lengths = [1, 2, 17, 64, 100]
        ids = [generator.integers(5, vocabulary, length).tolist() for length in lengths]
        (place / "ids").write_text("\n".join(" ".join(map(str, row)) for row in ids) + "\n")
        subprocess.run(
            [options.bench, "encoder", "--bundle", place / "bundle", "--ids", place / "ids",
             "--seconds", "0", "--embeddings", place / "out.npy"],
            check=True, stdout=subprocess.DEVNULL)
        weights = BertWeights(source)
        expected = np.stack([encode_in_numpy(weights, row, pooling) for row in ids])
        cosines = (np.load(place / "out.npy") * expected).sum(1)
    print(f"{name}: least cosine to numpy {cosines.min():.5f}")
    return cosines.min() >= LEAST_COSINE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rankwire", required=True)
    parser.add_argument("--bench", required=True)
    options = parser.parse_args()
    if not all([check(options, *shape) for shape in SHAPES]):
        sys.exit("a model does not compute what its source does")


if __name__ == "__main__":
    main()
