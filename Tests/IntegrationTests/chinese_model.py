"""A model that reads Chinese signs, for tests of what does not depend on what a model has learned.

Its weights are random: texts that share signs come out alike, which is all a test may ask of it.
"""

from __future__ import annotations

import json
import random
import struct
from array import array
from pathlib import Path

WIDTH = 384
SIGNS = 2_500
POSITIONS = 128


def write_model(folder: Path) -> Path:
    """A directory as `rankwire model import` takes it; equal every time."""
    folder.mkdir()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    # The commonest signs lie scattered over the block, so all that tests write come first.
    signs = sorted({sign for text in TEXTS for sign in text if "\u4e00" <= sign <= "\u9fff"})
    rest = (chr(0x4E00 + index) for index in range(20_000))
    signs += [sign for sign in rest if sign not in set(signs)][: SIGNS - len(signs)]
    pieces += signs + list("？，。abcdefghijklmnopqrstuvwxyz0123456789")
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    _write(folder / "config.json", {
        "model_type": "bert", "hidden_size": WIDTH, "num_hidden_layers": 1,
        "num_attention_heads": 12, "intermediate_size": 4 * WIDTH, "vocab_size": len(pieces),
        "max_position_embeddings": POSITIONS, "layer_norm_eps": 1e-12, "hidden_act": "gelu"})
    _write(folder / "1_Pooling" / "config.json", {
        "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True})
    _write(folder / "tokenizer_config.json", {"do_lower_case": True})
    _write_tensors(folder / "model.safetensors", _tensors(len(pieces)))
    return folder


TEXTS = [
    "我的包裹在哪里", "我的包裹到哪里了", "查询我的包裹物流信息", "我要退款", "请把钱退给我",
    "我想申请退款可以吗", "我的包裹现在在哪里？", "我想退款，请退给我"]


def _write(path: Path, value: dict[str, object]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))


def _tensors(vocabulary: int) -> dict[str, tuple[list[int], array[float]]]:
    rng = random.Random(5)
    tensors: dict[str, tuple[list[int], array[float]]] = {}

    def add(name: str, *shape: int, deviation: float, mean: float = 0) -> None:
        count = 1
        for size in shape:
            count *= size
        # Uniform, of that deviation.
        width = deviation * 12**0.5
        start = mean - width / 2
        draw = rng.random
        values = array("f", (start + width * draw() for _ in range(count)))
        tensors[name] = (list(shape), values)

    def norm(name: str) -> None:
        add(f"{name}.weight", WIDTH, deviation=0.1, mean=1)
        add(f"{name}.bias", WIDTH, deviation=0.1)

    def linear(name: str, depth: int, channels: int) -> None:
        add(f"{name}.weight", channels, depth, deviation=depth**-0.5)
        add(f"{name}.bias", channels, deviation=0.1)

    add("embeddings.word_embeddings.weight", vocabulary, WIDTH, deviation=1)
    add("embeddings.position_embeddings.weight", POSITIONS, WIDTH, deviation=0.1)
    add("embeddings.token_type_embeddings.weight", 2, WIDTH, deviation=0.1)
    norm("embeddings.LayerNorm")
    layer = "encoder.layer.0"
    for part in ("self.query", "self.key", "self.value", "output.dense"):
        linear(f"{layer}.attention.{part}", WIDTH, WIDTH)
    norm(f"{layer}.attention.output.LayerNorm")
    linear(f"{layer}.intermediate.dense", WIDTH, 4 * WIDTH)
    linear(f"{layer}.output.dense", 4 * WIDTH, WIDTH)
    norm(f"{layer}.output.LayerNorm")
    return tensors


def _write_tensors(path: Path, tensors: dict[str, tuple[list[int], array[float]]]) -> None:
    header, offset = {}, 0
    for name, (shape, values) in tensors.items():
        end = offset + 4 * len(values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, values in tensors.values():
            file.write(values.tobytes())
