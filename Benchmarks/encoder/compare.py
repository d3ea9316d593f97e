"""Rankwire's encoder and its peers on one core, interleaved: speed, fidelity, the machine's peak.

    Benchmarks/encoder/run.sh --model DIRECTORY --bundle DIRECTORY [--texts FILE] [--rounds N]

Every round runs every engine on every workload; the table has medians over the rounds, and ratios
are medians of the rounds' own ratios, so that a busy machine's noise meets all alike.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import peers
import plot
from model_graph import BertWeights, encode_in_numpy
from workloads import Workload, standard_workloads

OURS = "Rankwire"
ROOT = Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="the Hugging Face directory")
    parser.add_argument("--bundle", required=True, help="Rankwire's bundle of the same model")
    parser.add_argument("--bench", default=str(ROOT / ".build/release/rankwire-bench"))
    parser.add_argument("--texts", help="sentences to measure on, one a line")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4, help="an engine, workload and round")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--work", default=str(ROOT / ".build/encoder-peers"))
    parser.add_argument("--engines", default="", help="only peers whose name has this in it")
    parser.add_argument("--workloads", default="", help="only workloads with this in their name")
    parser.add_argument("--plot", help="write an SVG here")
    return parser.parse_args()


def committed_texts():
    """The example questions that ship with Rankwire."""
    path = ROOT / "Sources/Intents/Resources/ecommerce_intents.jsonl"
    return [text for line in path.read_text().splitlines() if line.strip()
            for text in json.loads(line)["examples"]]


class Rankwire:
    def __init__(self, options, directory):
        self.options, self.directory = options, Path(directory)
        # By workload: speed against the bare products' on as many rows, a round each.
        self.shares = {}

    def run(self, workload, threads=1, embeddings=None, seconds=None, cores=None):
        ids = self.directory / f"{abs(hash(workload.name))}.txt"
        if not ids.exists():
            lines = (" ".join(map(str, sequence)) for sequence in workload.sequences)
            ids.write_text("\n".join(lines) + "\n")
        command = [
            self.options.bench, "encoder", "--bundle", self.options.bundle, "--ids", str(ids),
            "--batch", str(workload.batch), "--threads", str(threads), "--json",
            "--seconds", str(self.options.seconds if seconds is None else seconds)]
        if embeddings:
            command += ["--embeddings", str(embeddings)]
        output = subprocess.run(
            command, check=True, capture_output=True, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores or {self.options.core})).stdout
        report = json.loads(output)
        if report.get("bareMultiplyAddsPerSecond"):
            share = report["multiplyAddsPerSecond"] / report["bareMultiplyAddsPerSecond"]
            self.shares.setdefault(workload.name, []).append(share)
        return report["sequencesPerSecond"]

    def embed(self, workload):
        path = self.directory / "embeddings.npy"
        self.run(workload, embeddings=path, seconds=0)
        return np.load(path)

    def peak(self):
        output = subprocess.run(
            [self.options.bench, "peak", "--json", "--seconds", "0.3"], check=True,
            capture_output=True, text=True).stdout
        return json.loads(output)


def peer_rate(engine, workload, seconds):
    """Sequences a second: the median pass, after one that warms up."""
    batches = workload.batches()
    runner = engine.for_shape(workload.static_shape())
    for ids, mask in batches:
        runner.run(ids, mask)
    times, start = [], time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        for ids, mask in batches:
            runner.run(ids, mask)
        times.append(time.perf_counter() - before)
    return len(workload.sequences) / statistics.median(times)


def embed(engine, sequences):
    rows = []
    for sequence in sequences:
        ids = np.array([sequence])
        rows.append(np.array(engine.for_shape(None).run(ids, np.ones_like(ids))[0]))
    return np.stack(rows)


def fidelity(reference, found):
    cosines = np.sort((reference * found).sum(1) / np.linalg.norm(found, axis=1))

    def neighbours(vectors):
        scores = vectors @ vectors.T
        np.fill_diagonal(scores, -2)
        return np.argpartition(-scores, 10, axis=1)[:, :10]

    shared = [len(np.intersect1d(a, b)) for a, b in zip(neighbours(reference), neighbours(found))]
    return {"mean": cosines.mean(), "p1": cosines[len(cosines) // 100], "min": cosines[0],
            "top10": sum(shared) / (10 * len(shared))}


def check_reference(weights, engine, sequences):
    """The graph all peers come from is the model: numpy says so."""
    for sequence in sequences:
        ids = np.array([sequence])
        found = engine.run(ids, np.ones_like(ids))[0]
        if np.abs(found - encode_in_numpy(weights, sequence)).max() > 1e-5:
            sys.exit("the ONNX graph does not compute the model")


def measure(options, ours, engines, workloads, cores):
    rates = {name: {w.name: [] for w in workloads} for name in [OURS, *engines]}
    two_threads = []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for workload in workloads:
            rates[OURS][workload.name].append(ours.run(workload))
            for name, engine in engines.items():
                rates[name][workload.name].append(peer_rate(engine, workload, options.seconds))
        mixed = next((w for w in workloads if "arrival" in w.name), None)
        if mixed and len(cores) > 1:
            two_threads.append(ours.run(mixed, threads=2, cores=cores) / ours.run(mixed))
    return rates, two_threads


def print_table(rates, shares, workloads, weights, peak):
    names = list(rates)
    print(f"| one thread, sequences/s | {' | '.join(names)} | against the best peer | "
          "of int8 peak | of bare products |")
    print("|---" * (len(names) + 4) + "|")
    ratios = {}
    for workload in workloads:
        medians = [statistics.median(rates[name][workload.name]) for name in names]
        rounds = zip(*(rates[name][workload.name] for name in names))
        ratios[workload.name] = statistics.median(r[0] / max(r[1:]) for r in rounds)
        share = medians[0] * workload.multiply_adds(weights) / len(workload.sequences) / peak
        print(f"| {workload.name} | {' | '.join(f'{m:,.0f}' for m in medians)} | "
              f"{ratios[workload.name]:.2f}x | {share:.0%} | "
              f"{statistics.median(shares[workload.name]):.0%} |")
    return ratios


def main():
    options = arguments()
    # Before any engine starts threads: they inherit it.
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {options.core})
    weights = BertWeights(options.model)
    tokenizer = Tokenizer.from_file(f"{options.model}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    texts = committed_texts()
    calibration = [tokenizer.encode(text).ids for text in texts[::2]]
    measured = (Path(options.texts).read_text().splitlines() if options.texts else texts[1::2])
    sequences = [tokenizer.encode(text).ids for text in measured]
    peers.prepare(weights, options.work, calibration)

    reference = peers.reference(options.work)
    check_reference(weights, reference, sequences[:5])
    workloads = [w for w in standard_workloads(sequences) if options.workloads in w.name]
    with tempfile.TemporaryDirectory() as directory:
        ours = Rankwire(options, directory)
        engines = {name: engine for name, engine in peers.engines(options.work).items()
                   if options.engines in name}
        peak = ours.peak()
        rates, two_threads = measure(options, ours, engines, workloads, cores)
        expected = embed(reference, sequences)
        fidelities = {OURS: fidelity(expected, ours.embed(Workload("fidelity", sequences, 32)))}
        for name, engine in engines.items():
            fidelities[name] = fidelity(expected, embed(engine, sequences))

    print(f"\nint8 peak {peak['int8Peak']:.0f} billion multiply-adds/s; "
          f"medians of {options.rounds} interleaved rounds\n")
    print_table(rates, ours.shares, workloads, weights, peak["int8Peak"] * 1e9)
    if two_threads:
        print(f"\nTwo threads, mixed: {statistics.median(two_threads):.2f}x one thread.")
    print(f"\n| against fp32 on {len(sequences)} sentences | mean cosine | 1st percentile | "
          "minimum | top-10 overlap |\n|---|---|---|---|---|")
    for name, f in fidelities.items():
        print(f"| {name} | {f['mean']:.4f} | {f['p1']:.4f} | {f['min']:.4f} | {f['top10']:.3f} |")
    rows = ", ".join(f"{rows}: {rate:.0f}" for rows, rate in sorted(
        peak["bareProducts"].items(), key=lambda pair: int(pair[0])))
    print(f"\nBare products, billion multiply-adds/s by token rows: {rows}")
    if options.plot:
        Path(options.plot).write_text(plot.svg(rates, workloads))
    wrong = [name for name, f in fidelities.items() if f["mean"] < 0.98]
    if wrong:
        sys.exit(f"too far from fp32 to be the same model: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
