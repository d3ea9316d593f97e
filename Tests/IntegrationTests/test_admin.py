"""The admin address: metrics that count right, by Debian's own Prometheus, and health."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from admin import WAIT_SECONDS, AdminServer, ask, total
from server import SERVER
from test_callers import GRANTS, LINES, call, digest, line

import rankwire
from rankwire.v1 import common_pb2, scoring_service_pb2, scoring_service_pb2_grpc

SCORE = "rankwire.v1.ScoringService/ScoreItems"
DURATION = "rpc_server_call_duration_seconds"


@pytest.fixture(scope="module")
def watched(
    bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AdminServer]:
    running = AdminServer(tmp_path_factory.mktemp("watched"), bundle, store, "--loops", "2")
    yield running
    running.stop()


@pytest.fixture
def caller(watched: AdminServer) -> Iterator[rankwire.Client]:
    with rankwire.Client(watched.tcp, timeout_seconds=30) as connected:
        yield connected


def increase(before: dict, after: dict, name: str, **labels: str) -> float:
    return total(after, name, **labels) - total(before, name, **labels)


def test_calls_are_counted_by_method_and_status(
    watched: AdminServer, caller: rankwire.Client
) -> None:
    before = watched.metrics()
    for _ in range(7):
        caller.score_items("cats", item_ids=["felina-4", "spade-1"])
    for _ in range(3):
        with pytest.raises(rankwire.NotFound):
            caller.score_items("nobody-there", item_ids=["felina-4"])
    after = watched.metrics()
    labels = {"rpc_system_name": "grpc", "rpc_method": SCORE}
    assert increase(
        before, after, DURATION + "_count", **labels, rpc_response_status_code="OK") == 7
    assert increase(
        before, after, DURATION + "_count", **labels, rpc_response_status_code="NOT_FOUND") == 3
    ok = {**labels, "rpc_response_status_code": "OK"}
    assert increase(before, after, DURATION + "_bucket", **ok, le="+Inf") == 7
    assert 0 < increase(before, after, DURATION + "_sum", **ok) < 7 * 30
    buckets = [
        (float(dict(has)["le"]), value) for (name, has), value in after.items()
        if name == DURATION + "_bucket" and set(ok.items()) <= has]
    assert [value for _, value in sorted(buckets)] == sorted(value for _, value in buckets)
    # OpenTelemetry's advice, and finer ones.
    assert {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10} <= {
        bound for bound, _ in buckets}
    assert increase(before, after, "rankwire_calls_started_total") == 10
    assert increase(before, after, "rankwire_sent_bytes_total") > 0


def test_a_method_that_is_none_makes_no_series(watched: AdminServer) -> None:
    with grpc.insecure_channel(watched.tcp) as channel:
        for number in range(3):
            assert call(channel, f"/made.up/Number{number}", None).code == (
                grpc.StatusCode.UNIMPLEMENTED)
    text = ask(watched.admin + "/metrics")[1]
    assert "made.up" not in text
    assert total(
        watched.metrics(), DURATION + "_count", rpc_method="_OTHER",
        rpc_response_status_code="UNIMPLEMENTED") == 3


def test_texts_and_batches_are_counted(watched: AdminServer, caller: rankwire.Client) -> None:
    before = watched.metrics()
    for _ in range(2):
        caller.classify_intent("where is the parcel that I am waiting for")
    after = watched.metrics()
    assert increase(before, after, "rankwire_texts_total", source="encoder") == 1
    assert increase(before, after, "rankwire_texts_total", source="cache") == 1
    assert increase(before, after, "rankwire_batch_tokens_count") == 1
    tokens = increase(before, after, "rankwire_batch_tokens_sum")
    assert 8 <= tokens <= 16
    assert increase(before, after, "rankwire_encoded_tokens_total") == tokens
    assert increase(before, after, "rankwire_saved_tokens_total", reason="cached") == tokens
    for stage, count in {"tokenize": 2, "encode": 1, "queue": 1, "score": 2}.items():
        found = increase(before, after, "rankwire_stage_duration_seconds_count", stage=stage)
        assert found == count, stage
    assert total(after, "rankwire_queue_tokens") == 0
    assert total(after, "rankwire_vector_cache_bytes") > 0


def test_profiles_and_connections_are_counted(
    watched: AdminServer, caller: rankwire.Client
) -> None:
    caller.score_items("cats", item_ids=["felina-4"])
    before = watched.metrics()
    for _ in range(4):
        caller.score_items("cats", item_ids=["felina-4"])
    after = watched.metrics()
    assert increase(before, after, "rankwire_profile_lookups_total", source="memory") == 4
    assert increase(before, after, "rankwire_profile_lookups_total", source="store") == 0
    assert total(after, "rankwire_profiles_cached") >= 1
    assert total(after, "rankwire_connections_open") >= 1
    assert total(after, "rankwire_event_loops") == 2
    assert total(after, "process_resident_memory_bytes") > 50_000_000
    assert total(after, "process_open_fds") > 5
    assert abs(total(after, "process_start_time_seconds") - time.time()) < 3600


def test_what_callers_do_past_a_limit_is_counted(watched: AdminServer) -> None:
    before = watched.metrics()
    with grpc.insecure_channel(watched.tcp) as channel:
        stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
        with pytest.raises(grpc.RpcError):
            stub.ScoreItems(
                scoring_service_pb2.ScoreItemsRequest(
                    user=common_pb2.User(user_id="x" * 5_000_000)), timeout=WAIT_SECONDS)
    after = watched.metrics()
    assert increase(before, after, "rankwire_limits_hit_total", limit="message_bytes") == 1
    assert increase(before, after, "rankwire_calls_ended_early_total", reason="rejected") == 1


def test_no_identifier_is_in_the_exposition(
    watched: AdminServer, caller: rankwire.Client
) -> None:
    caller.score_items("cats", item_ids=["felina-4"])
    text = ask(watched.admin + "/metrics")[1]
    assert "cats" not in text
    assert "felina" not in text


def test_promtool_finds_nothing_wrong(watched: AdminServer, caller: rankwire.Client) -> None:
    caller.score_items("cats", item_ids=["felina-4"])
    text = ask(watched.admin + "/metrics")[1]
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout + done.stderr == ""


class Prometheus:
    """Debian's, scraping one address every half a second."""

    def __init__(self, folder: Path, target: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        configuration = folder / "prometheus.yml"
        configuration.write_text(json.dumps({
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
            "scrape_configs": [
                {"job_name": "rankwire", "static_configs": [{"targets": [target]}]}]}))
        self.log = (folder / "prometheus.log").open("w")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={configuration}",
             f"--storage.tsdb.path={folder / 'data'}",
             f"--web.listen-address={self.url.removeprefix('http://')}"],
            stdout=self.log, stderr=subprocess.STDOUT)

    def query(self, text: str) -> float | None:
        """Of one number; nil while there is none."""
        try:
            status, body = ask(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': text})}")
        except OSError:
            return None
        if status != 200:
            return None
        result = json.loads(body)["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    def until(self, text: str, wanted: float) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while (found := self.query(text)) != wanted:
            assert time.monotonic() < until, f"{text} is {found}, not {wanted}"
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(WAIT_SECONDS)
        self.log.close()


def test_prometheus_scrapes_the_right_numbers(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = AdminServer(tmp_path, bundle, store)
    prometheus = Prometheus(tmp_path, server.admin.removeprefix("http://"))
    try:
        with rankwire.Client(server.tcp, timeout_seconds=30) as client:
            for _ in range(42):
                client.score_items("cats", item_ids=["felina-4", "spade-1"])
        calls = f'{DURATION}_count{{rpc_method="{SCORE}",rpc_response_status_code="OK"}}'
        prometheus.until(f"sum({calls})", 42)
        prometheus.until('up{job="rankwire"}', 1)
        prometheus.until("rankwire_ready", 1)
        prometheus.until(
            f'{DURATION}_bucket{{rpc_method="{SCORE}",rpc_response_status_code="OK",le="10"}}', 42)
        quantile = prometheus.query(
            f"histogram_quantile(0.5, sum by (le) ({DURATION}_bucket))")
        assert quantile is not None
        assert 0 < quantile < 1
        assert prometheus.query("rankwire_build_info") == 1
    finally:
        prometheus.stop()
        server.stop()


def test_callers_are_counted_by_their_name(bundle: Path, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "callers.jsonl"
    file.write_text("\n".join(LINES), encoding="utf-8")
    server = AdminServer(tmp_path, bundle, store, "--callers-file", str(file))
    card, ads = "/rankwire.v1.ModelService/GetModelCard", GRANTS["bidder"][1][0]
    try:
        with grpc.insecure_channel(server.tcp) as channel:
            for _ in range(3):
                assert call(channel, card, "Bearer operator-secret").code == grpc.StatusCode.OK
            for _ in range(2):
                call(channel, card, "Bearer bidder-secret")
            call(channel, ads, "Bearer bidder-secret")
            call(channel, card, None)
            call(channel, card, "Bearer wrong-secret")
        metrics = server.metrics()
        assert total(metrics, "rankwire_caller_requests_total", caller="operator") == 3
        assert total(metrics, "rankwire_caller_requests_total", caller="bidder") == 1
        assert total(
            metrics, "rankwire_caller_refused_total", caller="bidder", reason="rights") == 2
        assert total(
            metrics, "rankwire_unauthenticated_total", reason="credentials_missing") == 1
        assert total(
            metrics, "rankwire_unauthenticated_total", reason="credentials_unknown") == 1
        # They go on when the file is read again.
        file.write_text(line("operator", ["*"], tokens=[digest("operator-secret")]))
        server.process.send_signal(1)
        server.waits_for("callers read again: 1")
        metrics = server.metrics()
        assert total(metrics, "rankwire_caller_requests_total", caller="operator") == 3
        assert total(metrics, "rankwire_caller_requests_total", caller="bidder") == 0
        text = ask(server.admin + "/metrics")[1]
        assert "secret" not in text
        assert not re.search(r"[0-9a-f]{64}", text)
    finally:
        server.stop()


def test_a_server_that_drains_lives_and_is_not_ready(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = AdminServer(tmp_path, bundle, store, "--set", "drainDelayMs=20000")
    assert ask(server.admin + "/livez") == (200, "alive\n")
    assert ask(server.admin + "/readyz") == (200, "ready\n")
    with rankwire.Client(server.tcp, timeout_seconds=30) as client:
        assert client.healthy()
        server.terminate()
        server.waits_for("draining")
        assert ask(server.admin + "/readyz") == (503, "draining\n")
        assert ask(server.admin + "/livez") == (200, "alive\n")
        assert total(server.metrics(), "rankwire_ready") == 0
        # Until load balancers have heard of it, it goes on.
        assert not client.healthy()
        assert client.score_items("cats", item_ids=["felina-4"]).items
    with rankwire.Client(server.tcp, timeout_seconds=30) as late:
        assert late.score_items("cats", item_ids=["felina-4"]).items
    server.process.kill()
    server.process.wait()


@pytest.mark.parametrize(("host", "status"), [
    ("127.0.0.1", 200), ("localhost:7421", 200), ("[::1]:80", 200), ("10.1.2.3:9", 200),
    ("metrics.example", 200), ("rebound.example", 421), ("127.0.0.1.rebound.example", 421),
])
def test_names_of_strangers_are_not_answered(
    bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory, host: str, status: int,
    named: AdminServer,
) -> None:
    for path in ("/metrics", "/readyz", "/"):
        assert ask(named.admin + path, headers={"Host": host})[0] == status


@pytest.fixture(scope="module")
def named(
    bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AdminServer]:
    running = AdminServer(
        tmp_path_factory.mktemp("named"), bundle, store, "--set", "admin.hosts=metrics.example")
    yield running
    running.stop()


def frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


@pytest.mark.parametrize(("headers", "status"), [
    ({}, 200), ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "http://evil.example"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Content-Type": "text/plain"}, 403),
], ids=["own", "own in a browser", "another origin", "another site", "a form's type"])
def test_pages_of_others_cannot_call(
    named: AdminServer, headers: dict[str, str], status: int
) -> None:
    url = named.admin + "/call/rankwire.v1.ModelService/GetModelCard"
    headers = {"Content-Type": "application/grpc-web+proto", **headers}
    assert ask(url, frame(b""), headers)[0] == status


def test_only_what_reads_is_called_from_the_page(named: AdminServer) -> None:
    headers = {"Content-Type": "application/grpc-web+proto"}
    for method, body, status in [
        ("rankwire.v1.ModelService/ReloadModel", frame(b""), 404),
        ("rankwire.v1.CatalogService/DeleteItem", frame(b""), 404),
        ("rankwire.v1.ModelService/GetModelCard", b"", 400),
        ("rankwire.v1.ModelService/GetModelCard", frame(b"x" * 300_000), 400),
    ]:
        assert ask(f"{named.admin}/call/{method}", body, headers)[0] == status, method
    status, text = ask(
        named.admin + "/call/rankwire.v1.ScoringService/ScoreItems", frame(b""), headers)
    assert status == 200
    assert "grpc-status: 3" in text


def test_slow_pages_do_not_fill_the_server(named: AdminServer) -> None:
    """Connections that say nothing leave room for those that do."""
    port = int(named.admin.rpartition(":")[2])
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(named.admin + "/livez")[0]))
        for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    for connection in silent:
        connection.close()
    assert answers == [200] * 8


@pytest.mark.parametrize(("options", "problem"), [
    (["--admin-listen", "0.0.0.0:0"], "admin.exposed=1"),
    (["--admin-listen", "nowhere"], "is not ADDRESS:PORT"),
    (["--set", "admin.page=maybe"], "neither auto, on nor off"),
    (["--log-format", "xml"], "neither text nor json"),
    (["--log-level", "loud"], "is not a level"),
])
def test_settings_that_are_wrong_are_named(options: list[str], problem: str) -> None:
    done = subprocess.run(
        [str(SERVER), "--check-config", *options], capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert problem in done.stderr


def test_others_get_metrics_but_no_page(bundle: Path, store: Path, tmp_path: Path) -> None:
    server = AdminServer(
        tmp_path, bundle, store, "--admin-listen", "0.0.0.0:0", "--set", "admin.exposed=1")
    try:
        assert ask(server.admin + "/metrics")[0] == 200
        assert ask(server.admin + "/")[0] == 404
        assert ask(
            server.admin + "/call/rankwire.v1.ModelService/GetModelCard", frame(b""),
            {"Content-Type": "application/grpc-web+proto"})[0] == 404
    finally:
        server.stop()
