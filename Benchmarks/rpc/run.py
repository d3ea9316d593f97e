"""Echo calls of Rankwire, gRPC C++ and grpc-go side by side.

Each server has one core, the load (h2load) another. The servers take turns, so that what else the
machine does meets all of them; medians are printed. Besides calls per second there is CPU time per
call, which a busy machine disturbs far less.

Needs Debian's nghttp2-client, libgrpc++-dev, golang-google-grpc-dev and golang-go, and
`swift build -c release --product rankwire-bench`.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATH = "/rankwire.bench.Echo/Unary"
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def h2load(
    port: int, calls: int, connections: int, streams: int, body: Path, core: int,
    scheme: str = "http",
) -> float:
    """Calls per second of one run, all of which must succeed."""
    done = subprocess.run(
        ["taskset", "-c", str(core), "h2load", "-n", str(calls), "-c", str(connections), "-m",
         str(streams), "-t", "1", "-d", str(body), "-H", "content-type: application/grpc", "-H",
         "te: trailers", f"{scheme}://127.0.0.1:{port}{PATH}"],
        capture_output=True, text=True, check=True)
    assert f"{calls} succeeded" in done.stdout, done.stdout
    return float(re.search(r"([\d.]+) req/s", done.stdout)[1])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


class Peer:
    """A server that is running, and its results: (streams) -> [(calls/s, CPU us/call)]."""

    def __init__(self, name: str, port: int, command: list[str], cores: str) -> None:
        self.name = name
        self.port = port
        self.results: dict[int, list[tuple[float, float]]] = {}
        self.process = subprocess.Popen(
            ["taskset", "-c", cores, *command], stdout=subprocess.DEVNULL)

    def measure(self, calls: int, streams: int, body: Path, core: int) -> None:
        before = cpu_seconds(self.process.pid)
        rate = h2load(self.port, calls, 4, streams, body, core)
        spent = (cpu_seconds(self.process.pid) - before) / calls * 1e6
        self.results.setdefault(streams, []).append((rate, spent))

    def median(self, streams: int) -> tuple[float, float]:
        rates, costs = zip(*self.results[streams], strict=True)
        return statistics.median(rates), statistics.median(costs)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def allocations(bench: Path, out: Path, body: Path) -> dict[str, float]:
    """Allocations per call by the library that makes them, in the steady state."""
    log = out / "allocations.log"
    calls = 50_000
    with log.open("w") as errors:
        server = subprocess.Popen(
            [str(bench), "echo-server", "--port", "11019"], stdout=subprocess.DEVNULL,
            stderr=errors, env={**os.environ, "LD_PRELOAD": str(out / "count_allocations.so")})
        time.sleep(1)
        reports = []
        for runs in (1, 1):
            for _ in range(runs):
                h2load(11019, calls, 4, 32, body, 1)
            server.send_signal(signal.SIGUSR1)
            time.sleep(0.5)
            text = log.read_text().split("end\n")[len(reports)]
            reports.append({k: int(v) for k, v in (line.split() for line in text.splitlines())})
        server.kill()
        server.wait()
    first, second = reports
    return {name: (count - first.get(name, 0)) / calls for name, count in second.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, default=ROOT / ".build/release/rankwire-bench")
    parser.add_argument("--out", type=Path, default=ROOT / ".build/benchmark-rpc")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--calls", type=int, default=200_000, help="with 32 streams; a fifth with 1")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    subprocess.run(["make", "-s", "-C", str(HERE), f"OUT={options.out}"], check=True)
    body = Path(tempfile.mkstemp()[1])
    body.write_bytes(b"\0" + (60).to_bytes(4, "big") + b"x" * 60)
    bench, out = str(options.bench), options.out
    peers = [
        Peer("rankwire", 11011, [bench, "echo-server", "--port", "11011"], "0"),
        Peer("gRPC C++ callback", 11012, [str(out / "cpp_echo"), "11012", "callback"], "0"),
        Peer("gRPC C++ async", 11013, [str(out / "cpp_echo"), "11013", "async"], "0"),
        Peer("grpc-go", 11014, [str(out / "go_echo"), "11014", "0"], "0"),
        Peer("grpc-go, workers", 11015, [str(out / "go_echo"), "11015", "2"], "0"),
    ]
    try:
        time.sleep(2)
        for peer in peers:
            h2load(peer.port, 10_000, 4, 32, body, 1)
        for _ in range(options.rounds):
            for streams, calls in ((32, options.calls), (1, options.calls // 5)):
                for peer in peers:
                    peer.measure(calls, streams, body, 1)
        for streams in (32, 1):
            ours = peers[0].median(streams)
            print(f"4 connections x {streams} streams, 60 bytes, medians of {options.rounds}")
            for peer in peers:
                rate, cost = peer.median(streams)
                print(
                    f"  {peer.name:18} {rate:9.0f} calls/s ({ours[0] / rate:5.2f}x)  "
                    f"{cost:6.2f} us of CPU a call ({cost / ours[1]:5.2f}x)")
        for name, count in allocations(options.bench, out, body).items():
            print(f"  allocations a call, {name}: {count:.3f}")
    finally:
        for peer in peers:
            peer.stop()
        body.unlink()


if __name__ == "__main__":
    main()
