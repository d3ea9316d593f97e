"""Restarts behind Debian's HAProxy while calls run: none is lost."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import grpc
from admin import WAIT_SECONDS
from server import SERVER, START_SECONDS

from rankwire.v1 import common_pb2, scoring_service_pb2, scoring_service_pb2_grpc

RESTARTS = 6 if os.environ.get("LONG_CHECKS") else 2
CALLERS = 6


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Backend:
    """A server on ports that stay, which can be started anew."""

    def __init__(
        self, folder: Path, bundle: Path, store: Path, port: int, admin: int, *options: str
    ) -> None:
        self.command = [
            str(SERVER), "--listen", f"127.0.0.1:{port}", "--admin-listen",
            f"127.0.0.1:{admin}", "--bundle", str(bundle), "--store", f"sqlite:{store}", *options]
        self.log = folder / f"backend-{port}.log"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        said = self.text().count("admin on")
        with self.log.open("ab") as log:
            process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + START_SECONDS
        while self.text().count("admin on") == said:
            assert process.poll() is None, self.text()
            assert time.monotonic() < until
            time.sleep(0.02)
        return process

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WAIT_SECONDS) == 0, self.text()


class Balancer:
    """HAProxy, HTTP/2 on both sides, asking the backends' readiness."""

    def __init__(self, folder: Path, port: int, backends: list[tuple[int, int]]) -> None:
        servers = "\n".join(
            f"    server s{place} 127.0.0.1:{port} proto h2 check port {admin} check-proto h1 "
            "inter 100ms rise 1 fall 1"
            for place, (port, admin) in enumerate(backends))
        configuration = folder / "haproxy.cfg"
        configuration.write_text(f"""
global
    maxconn 1000
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    retries 3
    option redispatch
frontend rpc
    bind 127.0.0.1:{port} proto h2
    default_backend rankwire
backend rankwire
    balance roundrobin
    option httpchk GET /readyz
    http-check send hdr Host 127.0.0.1
{servers}
""")
        self.log = folder / "haproxy.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["haproxy", "-db", "-f", str(configuration)], stdout=log,
                stderr=subprocess.STDOUT)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(WAIT_SECONDS)


class Load:
    """Callers who call and call, and count. No client here tries anything twice."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.stop_asking = threading.Event()
        self.counts = [0] * CALLERS
        self.failures: list[str] = []
        self.threads = [
            threading.Thread(target=self.run, args=(place,)) for place in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def run(self, place: int) -> None:
        options = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(self.address, options) as channel:
            ask = channel.unary_unary("/rankwire.v1.IntentService/ClassifyIntent")
            while not self.stop_asking.is_set():
                text = f"where is parcel {place} of {self.counts[place]}".encode()
                try:
                    ask(b"\x0a" + bytes([len(text)]) + text, timeout=20)
                    self.counts[place] += 1
                except grpc.RpcError as error:
                    self.failures.append(f"{error.code()}: {error.details()}")

    def goes_on(self) -> None:
        """Waits until every caller has been answered ten times more."""
        before = list(self.counts)
        until = time.monotonic() + WAIT_SECONDS
        while any(now < then + 10 for now, then in zip(self.counts, before, strict=True)):
            assert time.monotonic() < until, (self.counts, before, self.failures)
            time.sleep(0.02)

    def end(self) -> None:
        self.stop_asking.set()
        for thread in self.threads:
            thread.join(WAIT_SECONDS)


def test_two_backends_are_restarted_and_no_call_is_lost(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    """Not ready first, the balancer turns to the other one, then GOAWAY and the end."""
    front, *ports = free_ports(5)
    places = [(ports[0], ports[1]), (ports[2], ports[3])]
    backends = [
        Backend(tmp_path, bundle, store, port, admin, "--set", "drainDelayMs=1000",
                "--set", "workers=1")
        for port, admin in places]
    balancer = Balancer(tmp_path, front, places)
    waits_for_port(front)
    load = Load(f"127.0.0.1:{front}")
    try:
        load.goes_on()
        for _ in range(RESTARTS):
            for backend in backends:
                backend.stop()
                load.goes_on()
                backend.process = backend.start()
                load.goes_on()
    finally:
        load.end()
        balancer.stop()
        for backend in backends:
            backend.stop()
    assert not load.failures, f"{len(load.failures)} of {sum(load.counts)}: {load.failures[:5]}"


def test_the_next_server_takes_over_the_port_and_no_call_is_lost(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    """One backend: the next one listens on the same port before the first one goes."""
    front, port, *admins = free_ports(4)
    options = ["--set", "connection.sharesPort=1", "--set", "workers=1"]
    old = Backend(tmp_path, bundle, store, port, admins[0], *options)
    balancer = Balancer(tmp_path, front, [(port, admins[0])])
    # Two processes have the port: the health of the one on it says nothing of the other.
    configuration = (tmp_path / "haproxy.cfg").read_text()
    balancer.stop()
    (tmp_path / "haproxy.cfg").write_text(re.sub(r" check port .*", "", configuration))
    balancer.process = subprocess.Popen(["haproxy", "-db", "-f", str(tmp_path / "haproxy.cfg")])
    waits_for_port(front)
    load = Load(f"127.0.0.1:{front}")
    try:
        load.goes_on()
        for turn in range(RESTARTS):
            new = Backend(tmp_path, bundle, store, port, admins[(turn + 1) % 2], *options)
            old.stop()
            load.goes_on()
            old = new
    finally:
        load.end()
        balancer.stop()
        old.stop()
    assert not load.failures, f"{len(load.failures)} of {sum(load.counts)}: {load.failures[:5]}"


def waits_for_port(port: int) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_a_call_that_runs_while_its_server_goes_is_answered(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    """A stream in the middle: the drain lets it finish, through the balancer too."""
    front, port, admin = free_ports(3)
    backend = Backend(tmp_path, bundle, store, port, admin)
    balancer = Balancer(tmp_path, front, [(port, admin)])
    waits_for_port(front)
    go_on = threading.Event()

    def requests():
        for number in range(6):
            if number == 3:
                go_on.wait(WAIT_SECONDS)
            yield scoring_service_pb2.ScoreItemsStreamRequest(
                request_id=str(number), request=scoring_service_pb2.ScoreItemsRequest(
                    user=common_pb2.User(user_id="cats"), item_ids=["felina-4"]))

    try:
        with grpc.insecure_channel(f"127.0.0.1:{front}") as channel:
            time.sleep(0.5)
            stream = scoring_service_pb2_grpc.ScoringServiceStub(channel).ScoreItemsStream(
                requests(), timeout=WAIT_SECONDS)
            answers = [next(stream).request_id for _ in range(3)]
            backend.process.send_signal(signal.SIGTERM)
            until = time.monotonic() + WAIT_SECONDS
            while "draining" not in backend.text():
                assert time.monotonic() < until
                time.sleep(0.02)
            go_on.set()
            answers += [answer.request_id for answer in stream]
        assert sorted(answers) == [str(number) for number in range(6)]
        assert backend.process.wait(WAIT_SECONDS) == 0
    finally:
        balancer.stop()
        if backend.process.poll() is None:
            backend.process.kill()
