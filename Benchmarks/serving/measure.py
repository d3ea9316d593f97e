#!/usr/bin/env python3
"""Measures the serving path on an otherwise idle machine and writes down what it found.

usage: measure.py --bin .build/release --bundle DIR --model DIR --store sqlite:PATH --output DIR
                  [--seconds 10] [--python PYTHON] [--mixed-minutes 10]

One worker, no cache, texts of 4 to 40 tokens. In order:
  saturation  requests a second of a saturated server against `rankwire-bench encoder` on the same
              token ids, in turn, several times, so that whoever else uses the machine disturbs both
  latency     Poisson at 30, 50, 70 and 90% of that, beside what the scheduler's simulator gives
  overload    150% with a deadline: answers in time, refusals
  python      batching_server.py (PYTHON needs requirements.txt and the client package), saturated,
              and both servers at the same rates
  mixed       bursts at 80% with deadlines and cancelled calls, memory and throughput by the minute
Results: summary.json, JSON and SVG of each part; the noise of the machine is in summary.json too.
"""

import argparse
import contextlib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
CLIENTS = HERE.parent.parent / "clients" / "python" / "src"
TEXTS = 2_000
DEADLINE_MS = 50


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, port, log, env=None):
    """A server from when it takes connections to the end of the block."""
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=env)
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None:
                    sys.exit(f"{command[0]} ended: see {log}")
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()
            process.wait(30)


class Measurement:
    def __init__(self, options):
        self.options = options
        self.output = pathlib.Path(options.output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.bin = pathlib.Path(options.bin)
        self.texts = str(self.output / "texts.txt")
        self.ids = str(self.output / "ids.txt")
        subprocess.run(
            [sys.executable, HERE / "make_texts.py", f"{options.bundle}/vocab.txt", str(TEXTS),
             self.texts, self.ids], check=True)
        self.summary = {"load average at start": os.getloadavg()}

    def rankwired(self, port):
        return running(
            [self.bin / "rankwired", "--listen", f"127.0.0.1:{port}", "--bundle",
             self.options.bundle, "--store", self.options.store, "--workers", "1", "--set",
             "limits.maxVectorCacheBytes=0"], port, self.output / "rankwired.log")

    def python(self, port):
        model = self.output / "int8.onnx"
        if not model.exists():
            subprocess.run(
                [self.options.python, HERE / "export_onnx.py", self.options.model, model],
                check=True)
        return running(
            [self.options.python, HERE / "batching_server.py", "--model", model, "--tokenizer",
             f"{self.options.model}/tokenizer.json", "--port", str(port)], port,
            self.output / "python.log", {**os.environ, "PYTHONPATH": str(CLIENTS)})

    def load(self, port, *arguments, seconds=None):
        result = subprocess.run(
            [self.bin / "rankwire-bench", "load", "--server", f"127.0.0.1:{port}", "--texts",
             self.texts, "--json", "--seconds", str(seconds or self.options.seconds), *arguments],
            check=True, stdout=subprocess.PIPE)
        return json.loads(result.stdout)

    def encoder(self):
        result = subprocess.run(
            [self.bin / "rankwire-bench", "encoder", "--bundle", self.options.bundle, "--ids",
             self.ids, "--batch", "32", "--threads", "1", "--seconds", "2", "--json"],
            check=True, stdout=subprocess.PIPE)
        return json.loads(result.stdout)["sequencesPerSecond"]

    # --- The parts

    def saturation(self, port):
        pairs = []
        for _ in range(5):
            alone = self.encoder()
            served = self.load(port, "--saturate", "64", seconds=3)[0]["answeredPerSecond"]
            pairs.append((alone, served))
        best = max(served for _, served in pairs)
        self.summary["saturation"] = {
            "pairs (encoder alone, served), texts a second": pairs,
            "served / encoder, best of each": best / max(alone for alone, _ in pairs),
            "served / encoder, median of pairs": statistics.median(b / a for a, b in pairs),
        }
        return statistics.median(served for _, served in pairs)

    def latency(self, port, capacity):
        rates = ",".join(str(round(capacity * share)) for share in (0.3, 0.5, 0.7, 0.9))
        reports = self.load(
            port, "--rate", rates, "--bundle", self.options.bundle, "--svg",
            str(self.output / "rankwire"))
        self.keep("latency", reports)
        self.summary["latency"] = [
            {**self.brief(report), "simulator p99 ms": report["forecast"]["p99Ms"],
             "ratio": report["answered"]["p99Ms"] / report["forecast"]["p99Ms"],
             "generator's p99 delay ms": report["sendDelay"]["p99Ms"]} for report in reports]

    def overload(self, port, capacity):
        report = self.load(
            port, "--rate", str(round(1.5 * capacity)), "--deadline-ms", str(DEADLINE_MS))[0]
        self.keep("overload", [report])
        self.summary["overload"] = {
            **self.brief(report), "capacity a second": capacity,
            "in time / capacity": report["inTimePerSecond"] / capacity,
            "refused p99 ms": report["refused"]["p99Ms"], "statuses": report["statuses"]}

    def peers(self):
        rows = {}
        rankwire, python = free_port(), free_port()
        with self.rankwired(rankwire), self.python(python):
            most = {}
            for name, port in (("rankwire", rankwire), ("python", python)) * 2:
                report = self.load(port, "--saturate", "64", seconds=3)[0]
                most[name] = max(most.get(name, 0), report["answeredPerSecond"])
            rows["saturated, texts a second"] = most
            for share in (0.3, 0.6, 0.9):
                rate = str(round(share * most["python"]))
                rows[f"at {rate}/s"] = {
                    name: self.brief(self.load(port, "--rate", rate)[0])
                    for name, port in (("rankwire", rankwire), ("python", python))}
        self.summary["python"] = rows

    def mixed(self, minutes):
        port = free_port()
        rows = []
        with self.rankwired(port) as process:
            most = self.load(port, "--saturate", "64", seconds=3)[0]["answeredPerSecond"]
            for minute in range(minutes):
                report = self.load(
                    port, "--rate", str(round(0.8 * most)), "--arrivals", "bursty",
                    "--deadline-ms", "100", "--cancel-percent", "5", "--seed", str(minute),
                    seconds=60)[0]
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                resident = next(
                    line for line in status.splitlines() if line.startswith("VmRSS"))
                rows.append({
                    **self.brief(report), "statuses": report["statuses"],
                    "unaccounted": round(
                        report["offeredPerSecond"] * 60 - sum(report["statuses"].values())),
                    "resident KiB": int(resident.split()[1])})
        self.summary["mixed, by the minute"] = rows

    @staticmethod
    def brief(report):
        return {
            "offered a second": report["offeredPerSecond"],
            "answered a second": report["answeredPerSecond"],
            "p50 ms": report["answered"]["p50Ms"], "p99 ms": report["answered"]["p99Ms"]}

    def keep(self, name, reports):
        (self.output / f"{name}.json").write_text(json.dumps(reports, indent=1))

    def write(self):
        """After each part, so that a later one that fails takes nothing away."""
        self.summary["load average at end"] = os.getloadavg()
        text = json.dumps(self.summary, indent=1)
        (self.output / "summary.json").write_text(text + "\n")
        return text


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bin", "bundle", "model", "store", "output"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--python")
    parser.add_argument("--mixed-minutes", type=int, default=0)
    measurement = Measurement(parser.parse_args())
    port = free_port()
    with measurement.rankwired(port):
        capacity = measurement.saturation(port)
        measurement.latency(port, capacity)
        measurement.overload(port, capacity)
    measurement.write()
    if measurement.options.python:
        measurement.peers()
        measurement.write()
    if measurement.options.mixed_minutes:
        measurement.mixed(measurement.options.mixed_minutes)
    print(measurement.write())


if __name__ == "__main__":
    main()
