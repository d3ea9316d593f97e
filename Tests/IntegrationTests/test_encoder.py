"""The encoder in a release build: its memory, which debug builds say nothing of."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from pathlib import Path

import pytest
from server import BIN, ROOT

COUNTER = ROOT / "Benchmarks" / "encoder" / "count_allocations.c"
# The benchmark's own list of times doubles now and then.
MOST_ALLOCATIONS = 32


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that counts allocations and prints them when the process ends."""
    path = tmp_path_factory.mktemp("counter") / "counter.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", path, COUNTER], check=True)
    return path


def test_encoding_does_not_allocate(bundle: Path, counter: Path, tmp_path: Path) -> None:
    numbers = random.Random(7)
    ids = tmp_path / "ids"
    ids.write_text("".join(
        " ".join(str(numbers.randint(5, 30_000)) for _ in range(numbers.randint(1, 40))) + "\n"
        for _ in range(64)), encoding="utf-8")

    def count(seconds: float) -> tuple[int, int]:
        """Passes over the file, and allocations."""
        done = subprocess.run(
            [BIN / "rankwire-bench", "encoder", "--bundle", bundle, "--ids", ids, "--json",
             "--seconds", str(seconds)],
            env={**os.environ, "LD_PRELOAD": str(counter)}, capture_output=True, text=True,
            check=True)
        found = re.search(r"^allocations (\d+)", done.stderr, re.MULTILINE)
        assert found, done.stderr
        return json.loads(done.stdout)["passes"], int(found[1])

    few, few_allocations = count(0)
    many, many_allocations = count(1)
    assert many > few
    assert many_allocations - few_allocations <= MOST_ALLOCATIONS, f"{many - few} passes"
