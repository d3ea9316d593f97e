"""What TLS costs: echo calls beside the same calls in the clear, and handshakes beside nginx's.

Each server has one core, h2load another; they take turns, and medians are printed. Handshakes are
whole ones, TLS 1.3 with a P-256 certificate, each with one request after it. As h2load's side of a
handshake costs more than the server's, a server's handshakes a second are counted by its CPU time.

Needs Debian's nghttp2-client, nginx-light and openssl, and
`swift build -c release --product rankwire-bench`.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from run import ECHO_PATH, ROOT, Peer, Question, cpu_seconds, framed, h2load

CONNECTIONS = 400
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {folder}/own.pem; ssl_certificate_key {folder}/own.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {{ return 200 "ok"; }}
  }}
}}
"""


def make_certificate(folder: Path) -> tuple[Path, Path]:
    file, key = folder / "own.pem", folder / "own.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", str(key), "-out", str(file), "-days", "2", "-subj", "/CN=localhost"],
        check=True, capture_output=True)
    return file, key


def children_cpu_seconds(pid: int) -> float:
    """Of a process and what it has started: nginx works in a child."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_seconds(pid) + sum(cpu_seconds(int(child)) for child in found)


def handshakes(port: int, pid: int, body: Path) -> tuple[float, float]:
    """Handshakes a second of one run, and microseconds of the server's CPU for each."""
    before = children_cpu_seconds(pid)
    done = subprocess.run(
        ["taskset", "-c", "1", "h2load", "-n", str(CONNECTIONS), "-c", str(CONNECTIONS), "-m", "1",
         "-t", "1", "-d", str(body), "-H", "content-type: application/grpc", "-H", "te: trailers",
         f"https://127.0.0.1:{port}{ECHO_PATH}"], capture_output=True, text=True, check=True)
    assert f"{CONNECTIONS} succeeded" in done.stdout, done.stdout
    spent = (children_cpu_seconds(pid) - before) / CONNECTIONS * 1e6
    return float(re.search(r"([\d.]+) req/s", done.stdout)[1]), spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, default=ROOT / ".build/release/rankwire-bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=400_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    file, key = make_certificate(folder)
    body = folder / "body"
    body.write_bytes(framed(b"x" * 60))
    echo = Question(ECHO_PATH, body, 65)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=11022))
    bench = [str(options.bench), "echo-server", "--port"]
    clear = Peer("clear", 11020, [*bench, "11020"], echo)
    secure = Peer(
        "TLS", 11021,
        [*bench, "11021", "--certificate-file", str(file), "--key-file", str(key)], echo)
    nginx = Peer("nginx", 11022, ["nginx", "-c", str(folder / "nginx.conf")], echo)
    try:
        time.sleep(1)
        for _ in range(options.rounds):
            for peer, scheme in ((clear, "http"), (secure, "https")):
                before = cpu_seconds(peer.process.pid)
                rate = h2load(peer.port, options.calls, 4, 32, echo, scheme)
                spent = (cpu_seconds(peer.process.pid) - before) / options.calls * 1e6
                peer.results.setdefault(32, []).append((rate, spent))
            for peer in (secure, nginx):
                peer.results.setdefault(0, []).append(
                    handshakes(peer.port, peer.process.pid, body))
        print(f"4 connections x 32 streams, 60 bytes, medians of {options.rounds}")
        for peer in (clear, secure):
            rate, cost = peer.median(32)
            print(f"  {peer.name:9} {rate:9.0f} calls/s  {cost:6.2f} us of CPU a call")
        ratios = [a[0] / b[0] for a, b in zip(secure.results[32], clear.results[32], strict=True)]
        print(f"  TLS / clear: {statistics.median(ratios):.2f}")
        print(f"handshakes, {CONNECTIONS} at once, medians of {options.rounds}")
        for name, peer in (("rankwire", secure), ("nginx", nginx)):
            rate, cost = peer.median(0)
            print(
                f"  {name:9} {rate:9.0f} a second seen, {cost:6.0f} us of CPU each: "
                f"{1e6 / cost:.0f} a second on one core")
    finally:
        for peer in (clear, secure, nginx):
            peer.process.terminate()
            peer.process.wait()


if __name__ == "__main__":
    main()
