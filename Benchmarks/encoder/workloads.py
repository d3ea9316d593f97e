"""What is encoded: the shapes of the table, from real sentences where length allows."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Workload:
    name: str
    sequences: list
    batch: int

    def batches(self):
        """Padded ids and masks, made before any clock runs."""
        result = []
        for first in range(0, len(self.sequences), self.batch):
            chosen = self.sequences[first:first + self.batch]
            longest = max(map(len, chosen))
            ids = np.zeros((len(chosen), longest), np.int64)
            mask = np.zeros_like(ids)
            for row, sequence in enumerate(chosen):
                ids[row, :len(sequence)] = sequence
                mask[row, :len(sequence)] = 1
            result.append((ids, mask))
        return result

    def static_shape(self):
        shapes = {ids.shape for ids, _ in self.batches()}
        return shapes.pop() if len(shapes) == 1 else None

    def multiply_adds(self, weights):
        """Of the matrix products, attention's included, without padding."""
        width = weights.width
        inner = weights["encoder.layer.0.intermediate.dense.weight"].shape[0]
        return sum(
            weights.layers * len(s) * (4 * width**2 + 2 * width * inner + 2 * len(s) * width)
            for s in self.sequences)


def standard_workloads(sequences, seed=7):
    """`sequences` are real ones, [CLS] and [SEP] included; fixed lengths are cut from their joined
    inner tokens."""
    inner = np.concatenate([sequence[1:-1] for sequence in sequences])
    first, last = sequences[0][0], sequences[0][-1]
    generator = np.random.default_rng(seed)

    def fixed(length, count):
        starts = generator.integers(0, len(inner) - length, count)
        return [[first, *inner[s:s + length - 2].tolist(), last] for s in starts]

    # Lengths of short customer texts: 4 to 40 tokens, mean 13.3.
    lengths = np.clip(4 + generator.gamma(1.6, 5.9, 512), 4, 40).astype(int)
    mixed = [fixed(int(length), 1)[0] for length in lengths]
    return [
        Workload("batch 1, 8 tokens", fixed(8, 32), 1),
        Workload("batch 1, 16 tokens", fixed(16, 32), 1),
        Workload("batch 32, 16 tokens", fixed(16, 96), 32),
        Workload("batch 32, 32 tokens", fixed(32, 64), 32),
        Workload("batch 8, 128 tokens", fixed(128, 16), 8),
        Workload("batch 32, 128 tokens", fixed(128, 32), 32),
        Workload("mixed 4-40, batch 32, arrival order", mixed, 32),
        Workload("mixed 4-40, batch 32, sorted", sorted(mixed, key=len), 32),
    ]
