#!/usr/bin/env python3
"""Measures the serving path on an otherwise idle machine and writes down what it found.

usage: measure.py --bin .build/release --bundle DIR --model DIR --store sqlite:PATH --output DIR
                  [--parts saturation,latency,...] [--seconds 10] [--python PYTHON]
                  [--mixed-minutes 10]

One worker with a core to itself (but beside the Python server), no cache, texts of 4 to 40 tokens.
The parts, in order; one may be run by itself, and reads what earlier ones found from summary.json in
the output:
  saturation  requests a second of a saturated server against `rankwire-bench encoder` on the same
              token ids, in turn, several times, so that whoever else uses the machine disturbs both
  latency     Poisson at 30, 50, 70 and 90% of what the server could do just before, beside what the
              scheduler's simulator gives for the same arrivals from what batches cost in the run;
              three times in turn, medians
  overload    150% with a deadline: answers in time against what the server could do just before,
              refusals, what reached the encoder; three times, medians
  python      batching_server.py (PYTHON needs requirements.txt), saturated, and both servers at the
              same rates
  reload      half load before, while (with PYTHON) one reload follows another, and after
  mixed       bursts at 80% with deadlines, cancelled calls and (with PYTHON) a reload every ten
              seconds: memory and throughput by the minute, and whether the counters add up
Results: summary.json, JSON and SVG of each part.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys

import servers

TEXTS = 2_000
ROUNDS = 3
DEADLINE_MS = 50
PARTS = ("saturation", "latency", "overload", "python", "reload", "mixed")


class Measurement:
    def __init__(self, options):
        self.options = options
        self.output = pathlib.Path(options.output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.bin = pathlib.Path(options.bin)
        self.texts = str(self.output / "texts.txt")
        self.ids = str(self.output / "ids.txt")
        subprocess.run(
            [sys.executable, servers.HERE / "make_texts.py", f"{options.bundle}/vocab.txt",
             str(TEXTS), self.texts, self.ids], check=True)
        self.written = self.output / "summary.json"
        self.summary = json.loads(self.written.read_text()) if self.written.exists() else {}

    @property
    def capacity(self):
        """Texts a second that the server answers when saturated."""
        if "saturation" not in self.summary:
            sys.exit("what the server can do is not known: run the part saturation first")
        return self.summary["saturation"]["served, texts a second"]

    @contextlib.contextmanager
    def rankwired(self, pinned=True):
        with servers.rankwired(
            self.bin, self.options.bundle, self.options.store, self.output / "rankwired.log"
        ) as server:
            if pinned:
                server.pin()
            yield server

    def load(self, server, *arguments, seconds=None):
        result = subprocess.run(
            [self.bin / "rankwire-bench", "load", "--server", f"127.0.0.1:{server.port}",
             "--texts", self.texts, "--json", "--seconds", str(seconds or self.options.seconds),
             *arguments], check=True, stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, server.askers_cores))
        return json.loads(result.stdout)

    def at(self, server, share, *arguments, seconds=None):
        """One report, at a share of the capacity."""
        rate = str(round(share * self.capacity))
        return self.load(server, "--rate", rate, *arguments, seconds=seconds)[0]

    def most(self, server):
        return self.load(server, "--saturate", "64", seconds=3)[0]["answeredPerSecond"]

    def encoder(self):
        result = subprocess.run(
            [self.bin / "rankwire-bench", "encoder", "--bundle", self.options.bundle, "--ids",
             self.ids, "--batch", "32", "--threads", "1", "--seconds", "2", "--json"],
            check=True, stdout=subprocess.PIPE)
        return json.loads(result.stdout)["sequencesPerSecond"]

    # --- The parts

    def saturation(self):
        with self.rankwired() as server:
            pairs = [(self.encoder(), self.most(server)) for _ in range(3)]
        self.summary["saturation"] = {
            "pairs (encoder alone, served), texts a second": pairs,
            "served, texts a second": statistics.median(served for _, served in pairs),
            "served / encoder, median of pairs": statistics.median(b / a for a, b in pairs),
        }

    def latency(self):
        rounds = []
        with self.rankwired() as server:
            for seed in range(ROUNDS):
                most = self.most(server)
                rates = ",".join(str(round(most * share)) for share in (0.3, 0.5, 0.7, 0.9))
                rounds.append(self.load(
                    server, "--rate", rates, "--forecast", server.batch_tokens(), "--seed",
                    str(seed), "--svg", str(self.output / "rankwire")))
        self.keep("latency", rounds)
        self.summary["latency"] = [self.beside_forecast(reports) for reports in zip(*rounds)]

    def beside_forecast(self, reports):
        """What the rounds of one rate gave, and the median of how they compare."""
        rows = [
            {"offered a second": report["offeredPerSecond"],
             "p99 ms": report["answered"]["p99Ms"],
             "simulator p99 ms": report["forecast"]["latency"]["p99Ms"],
             "ratio": report["answered"]["p99Ms"] / report["forecast"]["latency"]["p99Ms"],
             "there and back p50 ms": report["forecast"]["pathP50Ms"],
             "generator's p99 delay ms": report["sendDelay"]["p99Ms"]} for report in reports]
        return {
            **{name: statistics.median(row[name] for row in rows) for name in rows[0]},
            "ratios": [row["ratio"] for row in rows]}

    def overload(self):
        with self.rankwired() as server:
            rounds = [
                (self.most(server), self.at(server, 1.5, "--deadline-ms", str(DEADLINE_MS)))
                for _ in range(ROUNDS)]
        reports = [report for _, report in rounds]
        self.keep("overload", reports)
        in_time = [report["inTimePerSecond"] / most for most, report in rounds]
        refused = [report["refused"]["p99Ms"] for report in reports]
        self.summary["overload"] = {
            **self.brief(reports[0]),
            "in time / most just before": statistics.median(in_time),
            "refused p99 ms": statistics.median(refused), "rounds": [in_time, refused],
            "scheduler": server.scheduler()}

    def python(self):
        if not self.options.python:
            return
        peer = servers.python(
            self.options.python, self.options.model, self.output / "int8.onnx",
            self.output / "python.log")
        with self.rankwired(pinned=False) as rankwire, peer as python:
            both = (("rankwire", rankwire), ("python", python))
            most = {name: max(self.most(server), self.most(server)) for name, server in both}
            rows = {"saturated, texts a second": most}
            for share in (0.3, 0.6, 0.9):
                rate = str(round(share * most["python"]))
                rows[f"at {rate}/s"] = {
                    name: self.brief(self.load(server, "--rate", rate)[0])
                    for name, server in both}
        self.summary["python"] = rows

    def reload(self):
        if not self.options.python:
            return
        rows = {}
        log = self.output / "reloads.log"
        with self.rankwired() as server:
            rows["before"] = self.brief(self.at(server, 0.5))
            with servers.reloading(self.options.python, server, 0, log):
                rows["while"] = self.brief(self.at(server, 0.5))
            rows["after"] = self.brief(self.at(server, 0.5))
        self.summary["reload"] = {
            "half load": rows, "reloads": log.read_text().splitlines()}

    def mixed(self):
        rows = []
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(self.rankwired())
            if self.options.python:
                stack.enter_context(servers.reloading(
                    self.options.python, server, 10, self.output / "reloads.log"))
            for minute in range(self.options.mixed_minutes):
                report = self.at(
                    server, 0.8, "--arrivals", "bursty", "--deadline-ms", "100",
                    "--cancel-percent", "5", "--seed", str(minute), seconds=60)
                rows.append({
                    **self.brief(report), "statuses": report["statuses"],
                    "unaccounted": round(
                        report["offeredPerSecond"] * 60 - sum(report["statuses"].values())),
                    "resident KiB": server.memory_kib()})
                self.summary["mixed, by the minute"] = rows
                self.write()
        counters = server.scheduler()
        self.summary["mixed, the scheduler's counters"] = {
            **counters, "unaccounted": counters["offered"] - sum(
                counters[name]
                for name in ("answered", "refused", "expired", "cancelled", "failed"))}

    @staticmethod
    def brief(report):
        return {
            "offered a second": report["offeredPerSecond"],
            "answered a second": report["answeredPerSecond"],
            "p50 ms": report["answered"]["p50Ms"], "p99 ms": report["answered"]["p99Ms"],
            "max ms": report["answered"]["maxMs"]}

    def keep(self, name, reports):
        (self.output / f"{name}.json").write_text(json.dumps(reports, indent=1))

    def write(self):
        """After each part, so that a later one that fails takes nothing away."""
        self.written.write_text(json.dumps(self.summary, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bin", "bundle", "model", "store", "output"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--python")
    parser.add_argument("--mixed-minutes", type=int, default=0)
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    measurement = Measurement(options)
    for part in parts:
        getattr(measurement, part)()
        measurement.write()
        print(json.dumps({
            name: value for name, value in measurement.summary.items()
            if name.startswith(part)}, indent=1))


if __name__ == "__main__":
    main()
