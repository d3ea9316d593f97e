"""Calls of Rankwire, gRPC C++ and grpc-go side by side: the echo of each, and ScoreItems.

Each server has one core, the load (h2load) another. The servers take turns, so that what else the
machine does meets all of them; medians are printed. Besides calls per second there is CPU time per
call, which a busy machine disturbs far less.

ScoreItems asks a rankwired on a copy of the demo's store for ten known items of a stored user; its
answers are checked before and after with stock grpcio, and h2load's replies by their size.

Needs Debian's nghttp2-client, libgrpc++-dev, golang-google-grpc-dev and golang-go, `make prepare`,
and for --instructions valgrind. Run it with .venv/bin/python.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import rankwire
from rankwire.v1 import common_pb2, scoring_service_pb2

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = "0", "1"
SCORING_PORT = 11016
ECHO_PATH = "/rankwire.bench.Echo/Unary"


@dataclass
class Question:
    """What h2load asks, and the least that a good answer to it has in body bytes."""

    path: str
    body: Path
    answer_bytes: int


def framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def h2load(
    port: int, calls: int, connections: int, streams: int, question: Question,
    scheme: str = "http",
) -> float:
    """Calls per second of one run, all of which must succeed."""
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "h2load", "-n", str(calls), "-c", str(connections), "-m",
         str(streams), "-t", "1", "-d", str(question.body), "-H",
         "content-type: application/grpc", "-H", "te: trailers",
         f"{scheme}://127.0.0.1:{port}{question.path}"],
        capture_output=True, text=True, check=True)
    assert f"{calls} succeeded" in done.stdout, done.stdout
    received = int(re.search(r"\((\d+)\) data", done.stdout)[1])
    assert received >= calls * question.answer_bytes, f"answers are missing:\n{done.stdout}"
    return float(re.search(r"([\d.]+) req/s", done.stdout)[1])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


class Peer:
    """A server that is running, and its results: (streams) -> [(calls/s, CPU us/call)]."""

    def __init__(
        self, name: str, port: int, command: list[str], question: Question
    ) -> None:
        self.name = name
        self.port = port
        self.question = question
        self.results: dict[int, list[tuple[float, float]]] = {}
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL)

    def settle(self, seconds: int) -> None:
        """Until it computes nothing of its own, as one does that catches up after its start."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            before = cpu_seconds(self.process.pid)
            time.sleep(2)
            if cpu_seconds(self.process.pid) - before < 0.05:
                return
        raise TimeoutError(f"{self.name} does not come to rest")

    def measure(self, calls: int, streams: int) -> None:
        before = cpu_seconds(self.process.pid)
        rate = h2load(self.port, calls, 4, streams, self.question)
        spent = (cpu_seconds(self.process.pid) - before) / calls * 1e6
        self.results.setdefault(streams, []).append((rate, spent))

    def median(self, streams: int) -> tuple[float, float]:
        rates, costs = zip(*self.results[streams], strict=True)
        return statistics.median(rates), statistics.median(costs)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Scoring:
    """ScoreItems for ten items of the demo's catalogue: the server's command and the question."""

    def __init__(self, options: argparse.Namespace) -> None:
        store = options.out / "store.sqlite"
        for leftover in ("-wal", "-shm"):  # of a server that was killed: not this copy's
            Path(f"{store}{leftover}").unlink(missing_ok=True)
        for suffix in ("", ".key", ".keys"):
            shutil.copy2(f"{options.demo}/store.sqlite{suffix}", f"{store}{suffix}")
        self.command = [
            str(options.bin / "rankwired"), "--bundle", str(options.demo / "bundle"), "--store",
            f"sqlite:{store}"]
        with (options.demo / "data" / "candidates_items.csv").open() as file:
            self.items = [row["item"] for row in csv.DictReader(file)][:10]
        self.user = options.user
        self.address = f"127.0.0.1:{SCORING_PORT}"
        request = scoring_service_pb2.ScoreItemsRequest(
            user=common_pb2.User(user_id=self.user), item_ids=self.items)
        body = options.out / "score_items.body"
        body.write_bytes(framed(request.SerializeToString()))
        self.question = Question("/rankwire.v1.ScoringService/ScoreItems", body, 0)

    def listen(self, port: int) -> list[str]:
        return [*self.command, "--listen", f"127.0.0.1:{port}"]

    def check(self) -> str:
        """Asks once, which must rank all ten; a hash of what was answered, timings apart."""
        with rankwire.Client(self.address, timeout_seconds=60) as client:
            ranking = client.score_items(self.user, item_ids=self.items)
        assert len(ranking.items) == 10 and not ranking.failures, ranking
        rows = b"".join(
            struct.pack("<Iff", row.index, row.probability, row.logit) + row.item_id.encode()
            for row in ranking.items)
        # A row has at least its item, two floats and their tags; an error has no body at all.
        self.question.answer_bytes = len(rows)
        answer = 0xCBF29CE484222325  # FNV-1a, as `rankwire-bench rpc --server` prints it
        for byte in rows:
            answer = (answer ^ byte) * 0x100000001B3 % 2**64
        return f"{answer:016x}"


def wait_for(port: int, seconds: int) -> None:
    """Until a server takes connections."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens at port {port}")


def allocations(
    command: list[str], port: int, out: Path, question: Question
) -> dict[str, float]:
    """Allocations per call by the library that makes them, in the steady state."""
    log = out / "allocations.log"
    calls = 50_000
    with log.open("w") as errors:
        server = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors,
            env={**os.environ, "LD_PRELOAD": str(out / "count_allocations.so")})
        wait_for(port, 60)
        reports = []
        for _ in range(2):
            h2load(port, calls, 4, 32, question)
            server.send_signal(signal.SIGUSR1)
            time.sleep(0.5)
            text = log.read_text().split("end\n")[len(reports)]
            counts = re.findall(r"^(\S+) (\d+)$", text, re.MULTILINE)
            reports.append({name: int(count) for name, count in counts})
        server.kill()
        server.wait()
    first, second = reports
    return {name: (count - first.get(name, 0)) / calls for name, count in second.items()}


def instructions(command: list[str], port: int, out: Path, question: Question) -> float:
    """Instructions per call in user space of the threads that serve, by callgrind; it has no
    AVX-512, so vectors are compared by the AVX2 kernels."""
    calls = 5_000
    file, program = out / "callgrind.out", out / "stripped"
    for old in out.glob("callgrind.out*"):
        old.unlink()
    # Valgrind 3.19 does not understand Swift's debug information.
    subprocess.run(["strip", "--strip-debug", "-o", str(program), command[0]], check=True)
    server = subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--separate-threads=yes",
         f"--callgrind-out-file={file}", str(program),
         *command[1:]],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "LD_PRELOAD": str(out / "sigsuspend.so")})
    wait_for(port, 600)
    h2load(port, calls, 4, 32, question)
    control = ["callgrind_control", "--zero", str(server.pid)]
    subprocess.run(control, check=True, capture_output=True)
    h2load(port, calls, 4, 32, question)
    control[1] = "--dump"
    subprocess.run(control, check=True, capture_output=True)
    server.kill()
    server.wait()
    # What else a server does at its start, such as reading journals, is another thread's.
    serving = [
        text for dump in out.glob("callgrind.out.*")
        if "nghttp2_session_mem_recv" in (text := dump.read_text())]
    totals = [
        int(total) for text in serving
        for total in re.findall(r"^(?:summary|totals): (\d+)$", text, re.MULTILINE)[:1]]
    return sum(totals) / calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=Path, default=ROOT / ".build/release")
    parser.add_argument("--demo", type=Path, default=ROOT / ".demo", help="made by make prepare")
    parser.add_argument("--user", default="1935", help="whom ScoreItems ranks for")
    parser.add_argument("--out", type=Path, default=ROOT / ".build/benchmark-rpc")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--calls", type=int, default=200_000, help="with 32 streams; a fifth with 1")
    parser.add_argument("--instructions", action="store_true", help="count them with callgrind")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    subprocess.run(["make", "-s", "-C", str(HERE), f"OUT={options.out}"], check=True)
    body = Path(tempfile.mkstemp()[1])
    body.write_bytes(framed(b"x" * 60))
    echo = Question(ECHO_PATH, body, 65)
    scoring = Scoring(options)
    bench, out = str(options.bin / "rankwire-bench"), options.out
    peers = [
        Peer("rankwire", 11011, [bench, "echo-server", "--port", "11011"], echo),
        Peer("gRPC C++ callback", 11012, [str(out / "cpp_echo"), "11012", "callback"], echo),
        Peer("gRPC C++ async", 11013, [str(out / "cpp_echo"), "11013", "async"], echo),
        Peer("grpc-go", 11014, [str(out / "go_echo"), "11014", "0"], echo),
        Peer("grpc-go, workers", 11015, [str(out / "go_echo"), "11015", "2"], echo),
        Peer(
            "rankwire ScoreItems", SCORING_PORT, scoring.listen(SCORING_PORT), scoring.question),
    ]
    try:
        for peer in peers:
            wait_for(peer.port, 60)
        for peer in peers:
            peer.settle(300)
        answer = scoring.check()
        for peer in peers:
            h2load(peer.port, 10_000, 4, 32, peer.question)
        for number in range(options.rounds):
            # Another begins each round: who comes after whom is chance, too.
            first = number % len(peers)
            for streams, calls in ((32, options.calls), (1, options.calls // 5)):
                for peer in peers[first:] + peers[:first]:
                    peer.measure(calls, streams)
        assert scoring.check() == answer, "answers changed while they were measured"
        report(peers, options.rounds)
        print(f"ScoreItems ranked 10 of 10 items, before and after: answers {answer}")
    finally:
        for peer in peers:
            peer.stop()
    servers = [
        ("echo", [bench, "echo-server", "--port", "11019"], echo),
        ("ScoreItems", scoring.listen(11019), scoring.question),
    ]
    for name, command, question in servers:
        for library, count in allocations(command, 11019, out, question).items():
            if count > 0:
                print(f"{name}: {count:.3f} allocations a call in {library}")
        if options.instructions:
            print(f"{name}: {instructions(command, 11019, out, question):.0f} instructions a call")
    body.unlink()


def report(peers: list[Peer], rounds: int) -> None:
    for streams in (32, 1):
        ours = peers[0].median(streams)
        print(f"4 connections x {streams} streams, 60 bytes, medians of {rounds}")
        for peer in peers:
            rate, cost = peer.median(streams)
            print(
                f"  {peer.name:19} {rate:9.0f} calls/s ({ours[0] / rate:5.2f}x)  "
                f"{cost:6.2f} us of CPU a call ({cost / ours[1]:5.2f}x)")
        best = max(peer.median(streams)[0] for peer in peers if "C++" in peer.name)
        ratio = peers[-1].median(streams)[0] / best
        print(f"  ScoreItems is {ratio:.2f} times gRPC C++'s best echo")


if __name__ == "__main__":
    main()
