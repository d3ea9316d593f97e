"""The transport under load and abuse: nothing is left over, and memory stays where it is.

The servers are `rankwire-bench`'s, whose methods cost nothing: what is seen is the transport.
"""

from __future__ import annotations

import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import interop_server
import pytest

ECHO = "/rankwire.bench.Echo/Unary"
CONNECTIONS = 10_000
CALLS = 1_000_000


@pytest.fixture(scope="module", autouse=True)
def files() -> Iterator[None]:
    """Room for both ends of all connections; the servers inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[interop_server.InteropServer]:
    running = interop_server.InteropServer(tmp_path, "echo-server")
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def interop(tmp_path: Path) -> Iterator[interop_server.InteropServer]:
    running = interop_server.InteropServer(tmp_path)
    yield running
    if running.process.poll() is None:
        running.stop()


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def field(name: str, value: str) -> bytes:
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def call(stream: int, path: str, message: bytes, ends: bool = True) -> bytes:
    """HEADERS and DATA of one call with one message."""
    head = [
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"),
        ("te", "trailers"), ("content-type", "application/grpc")]
    body = b"\0" + struct.pack(">I", len(message)) + message
    return frame(1, 4, stream, b"".join(field(*entry) for entry in head)) + frame(
        0, int(ends), stream, body)


GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")


def answers(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        echo = channel.unary_unary(ECHO, lambda b: b, lambda b: b)
        assert echo(b"x" * 60, timeout=20) == b"x" * 60


def test_ten_thousand_connections_at_once(echo: interop_server.InteropServer) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < CONNECTIONS + 200:
        pytest.skip(f"the system allows {hard} open files only")
    before = echo.resident_kilobytes()
    sockets = []
    for _ in range(CONNECTIONS):
        opened = socket.create_connection(("127.0.0.1", echo.port), timeout=30)
        opened.sendall(GREETING + call(1, ECHO, b"m" * 60))
        sockets.append(opened)
    for opened in sockets:
        received = b""
        while b"m" * 60 not in received:
            piece = opened.recv(4096)
            assert piece, "a connection was closed"
            received += piece
    grown = echo.resident_kilobytes() - before
    assert grown < CONNECTIONS * 40, f"{grown / CONNECTIONS:.1f} KB a connection"
    for opened in sockets[:10]:
        opened.sendall(call(3, ECHO, b"n" * 60))
        received = b""
        while b"n" * 60 not in received:
            received += opened.recv(4096)
    # One more is refused, and there is room again once one has gone.
    extra = socket.create_connection(("127.0.0.1", echo.port), timeout=30)
    assert extra.recv(1) == b""
    for opened in sockets:
        opened.close()
    answers(echo.address)
    echo.stop()
    counts = echo.counts()
    assert counts["calls"] == counts["finished"] == CONNECTIONS + 11
    assert counts["connections"] == counts["closed"]
    assert counts["refused"] == 1


@pytest.mark.skipif(shutil.which("h2load") is None, reason="apt install nghttp2-client")
def test_a_million_calls_leave_memory_where_it_is(
    echo: interop_server.InteropServer, tmp_path: Path
) -> None:
    body = tmp_path / "message"
    body.write_bytes(b"\0" + struct.pack(">I", 60) + b"x" * 60)

    def load(count: int) -> None:
        done = subprocess.run(
            ["h2load", "-n", str(count), "-c", "4", "-m", "32", "-d", str(body), "-H",
             "content-type: application/grpc", "-H", "te: trailers",
             f"http://{echo.address}{ECHO}"], capture_output=True, text=True, check=True)
        assert f"{count} succeeded" in done.stdout, done.stdout

    load(CALLS // 10)
    before = echo.resident_kilobytes()
    load(CALLS)
    grown = echo.resident_kilobytes() - before
    assert grown < 1024, f"{grown} KB more after {CALLS} calls"
    echo.stop()
    assert echo.counts()["finished"] == CALLS + CALLS // 10


def test_a_client_that_reads_a_byte_a_second(interop: interop_server.InteropServer) -> None:
    before = interop.resident_kilobytes()
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", interop.port))
    # response_parameters {size: 1000000}, sixteen times: 16 MB, and windows that allow it.
    asked = b"\x12\x04\x08\xc0\x84\x3d" * 16
    windows = frame(4, 0, 0, b"\0\x04" + struct.pack(">I", 2**31 - 1)) + frame(
        8, 0, 0, struct.pack(">I", 2**30))
    request = call(1, "/grpc.testing.TestService/StreamingOutputCall", asked)
    slow.sendall(GREETING + windows + request)
    for _ in range(3):
        assert slow.recv(1)
        time.sleep(1)
        with grpc.insecure_channel(interop.address) as channel:
            empty = channel.unary_unary(
                "/grpc.testing.TestService/EmptyCall", lambda b: b, lambda b: b)
            assert empty(b"", timeout=5) == b""
    assert interop.resident_kilobytes() - before < 12_000
    slow.close()
    interop.stop()
    counts = interop.counts()
    assert counts["cancelled"] == 1
    assert counts["calls"] == counts["finished"] + counts["cancelled"]


KILLED = """
import random, sys, threading, grpc
random.seed(int(sys.argv[2]))
raw = lambda b: b
channel = grpc.insecure_channel(sys.argv[1])
service = "/grpc.testing.TestService/"
up = channel.stream_unary(service + "StreamingInputCall", raw, raw)
down = channel.unary_stream(service + "StreamingOutputCall", raw, raw)
both = channel.stream_stream(service + "FullDuplexCall", raw, raw)
asked = b"\\x12\\x07\\x08\\xe8\\x07\\x10\\xe8\\x07" * 200
def forever():
    while True:
        yield asked
for kind in range(12):
    if kind % 3 == 0: threading.Thread(target=lambda: up(forever()), daemon=True).start()
    if kind % 3 == 1: threading.Thread(target=lambda: list(down(asked)), daemon=True).start()
    if kind % 3 == 2: threading.Thread(target=lambda: list(both(forever())), daemon=True).start()
print("started", flush=True)
threading.Event().wait()
"""


def test_clients_killed_in_the_middle_of_calls(interop: interop_server.InteropServer) -> None:
    random.seed(7)
    memory = []
    for round_number in range(4):
        clients = [
            subprocess.Popen(
                [sys.executable, "-c", KILLED, interop.address, str(number)],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for number in range(3)]
        for client in clients:
            client.stdout.readline()
        for client in clients:
            time.sleep(random.uniform(0, 0.4))
            client.send_signal(signal.SIGKILL)
            client.wait()
            client.stdout.close()
        if round_number > 0:
            memory.append(interop.resident_kilobytes())
    assert memory[-1] - memory[0] < 8_000, memory
    # Draining ends at once only if no call is left.
    begun = time.monotonic()
    interop.stop()
    assert time.monotonic() - begun < 1.5
    counts = interop.counts()
    assert counts["calls"] > 0
    assert counts["calls"] == counts["finished"] + counts["cancelled"]
    assert counts["connections"] == counts["closed"]
