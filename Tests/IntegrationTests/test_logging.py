"""What the server says: slow calls with their trace and their timings, and never a secret."""

from __future__ import annotations

import base64
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import grpc
import pytest
from admin import AdminServer, ask
from certificates import Authority
from server import SERVER, Server, must
from test_callers import GuardedServer, call

import rankwire
from rankwire.v1 import intent_service_pb2, intent_service_pb2_grpc

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SENTENCE = "a sentence that nobody but its writer should read"


def lines(server: Server) -> list[dict]:
    """The log of a server that writes JSON: every line is."""
    return [json.loads(line) for line in server.text().splitlines()]


def classify(server: Server, traceparent: str | None) -> None:
    metadata = [("traceparent", traceparent)] if traceparent is not None else []
    with grpc.insecure_channel(server.tcp) as channel:
        intent_service_pb2_grpc.IntentServiceStub(channel).ClassifyIntent(
            intent_service_pb2.ClassifyIntentRequest(text=SENTENCE, user_id="cats"),
            metadata=metadata, timeout=30)


def calls(server: Server) -> list[dict]:
    return [line for line in lines(server) if line["message"] in ("call", "slow call")]


def waits_for_calls(server: Server, count: int) -> list[dict]:
    until = time.monotonic() + 30
    while len(found := calls(server)) < count:
        assert time.monotonic() < until, server.text()
        time.sleep(0.02)
    return found


@pytest.mark.parametrize(("traceparent", "taken"), [
    (f"00-{TRACE}-{PARENT}-01", True), (f"42-{TRACE}-{PARENT}-00-more", True),
    (None, False), (f"00-{'0' * 32}-{PARENT}-01", False), (f"ff-{TRACE}-{PARENT}-01", False),
    (f"00-{TRACE.upper()}-{PARENT}-01", False), (f"00-{TRACE}-{PARENT}-01-more", False),
    ("nonsense", False),
], ids=["valid", "a later version", "none", "zeros", "version ff", "upper case", "long", "junk"])
def test_a_call_is_logged_with_its_trace(
    quiet: Server, traceparent: str | None, taken: bool
) -> None:
    before = len(calls(quiet))
    classify(quiet, traceparent)
    said = waits_for_calls(quiet, before + 1)[before]
    assert said["rpc_method"] == "rankwire.v1.IntentService/ClassifyIntent"
    assert said["status"] == "OK"
    assert re.fullmatch("[0-9a-f]{32}", said["trace_id"])
    assert (said["trace_id"] == TRACE) == taken
    assert said.get("parent_id") == (PARENT if taken else None)


@pytest.fixture(scope="module")
def quiet(bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Logs every call, as JSON."""
    running = Server(
        tmp_path_factory.mktemp("quiet"), bundle, store, "--log-format", "json", "--log-level",
        "debug", "--slow-call-ms", "0")
    yield running
    running.stop()
    lines(running)
    for private in (SENTENCE, SENTENCE.split()[0] + " sentence", "cats"):
        assert private not in running.text()


def test_what_is_slow_is_said_with_its_timings(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path, bundle, store, "--log-format", "json", "--slow-call-ms", "1")
    text = " ".join(f"word{number}" for number in range(120))
    try:
        with rankwire.Client(server.tcp, timeout_seconds=30) as client:
            client.healthy()
            client.classify_intent(text)
        slow = next(
            line for line in waits_for_calls(server, 1) if "Classify" in line["rpc_method"])
        assert slow["message"] == "slow call"
        assert slow["level"] == "notice"
        assert slow["duration_ms"] >= 1
        assert slow["encode_ms"] > 0.1
        parts = sum(slow.get(f"{part}_ms", 0) for part in ("tokenize", "queue", "encode", "score"))
        assert parts <= slow["duration_ms"]
        assert "word1" not in server.text()
    finally:
        server.stop()


def test_the_level_is_read_again(bundle: Path, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "rankwired.json"
    file.write_text(json.dumps({"logLevel": "info", "slowCallMs": 60000}))
    server = Server(tmp_path, bundle, store, "--config", str(file), "--log-format", "json")

    def reload(level: str, said: str) -> None:
        before = server.text().count(said)
        file.write_text(json.dumps({"logLevel": level, "slowCallMs": 60000}))
        server.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        while server.text().count(said) == before:
            assert time.monotonic() < until, server.text()
            time.sleep(0.02)

    try:
        classify(server, None)
        assert not calls(server)
        reload("debug", "log level debug")
        classify(server, f"00-{TRACE}-{PARENT}-01")
        said = waits_for_calls(server, 1)
        assert [(line["message"], line["level"]) for line in said] == [("call", "debug")]
        reload("nonsense", "the settings stay as they were")
        reload("info", "log level info")
        count = len(calls(server))
        classify(server, None)
        assert len(calls(server)) == count
    finally:
        server.stop()


def test_the_tool_shows_how_the_server_is_set_up(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = Server(
        tmp_path, bundle, store, "--set", "limits.maxCandidates=7777",
        environment={"RANKWIRE_SLOW_CALL_MS": "250"})
    try:
        shown = json.loads(must("status", "--server", server.tcp, "--settings", "--json"))
        settings = {row["key"]: (row["value"], row["source"]) for row in shown["settings"]}
        assert settings["limits.maxCandidates"] == ("7777", "flag")
        assert settings["slowCallMs"] == ("250", "environment")
        assert "default" not in {source for _, source in settings.values()}
        everything = must("status", "--server", server.tcp, "--all-settings")
        assert re.search(r"connection\.maxHandshakes\s+512\s+default", everything)
        assert "settings" not in json.loads(must("status", "--server", server.tcp, "--json"))
    finally:
        server.stop()


def core_of(process: subprocess.Popen[bytes], folder: Path) -> bytes:
    """Makes the process fall and returns the core it leaves."""
    process.send_signal(signal.SIGABRT)
    process.wait(60)
    cores = list(folder.glob("core*"))
    assert len(cores) == 1, cores
    return cores[0].read_bytes()


@pytest.mark.skipif(
    not Path("/proc/sys/kernel/core_pattern").read_text().startswith("core"),
    reason="cores go elsewhere on this machine")
@pytest.mark.parametrize("dumps", ["0", "1"])
def test_a_core_dump_holds_no_key(
    bundle: Path, store: Path, tmp_path: Path, dumps: str
) -> None:
    """Tokens, the store's master key and the certificate's: none is in the core, unless memory is
    asked for, which shows that the test would find them."""
    own = tmp_path / "store"
    own.mkdir()
    for file in store.parent.glob(store.name + "*"):
        shutil.copy(file, own / file.name)
    master = os.urandom(32)
    # The store's own key file is hexadecimal or raw; it is looked for in both forms.
    key_file = own / (store.name + ".key")
    if key_file.exists():
        text = key_file.read_bytes().strip()
        master = bytes.fromhex(text.decode()) if re.fullmatch(rb"[0-9a-f]+", text) else text
    authority = Authority(tmp_path)
    certificate = authority.sign("server")
    callers = tmp_path / "callers.jsonl"
    callers.write_text(json.dumps({
        "name": "x", "class": "bulk", "rpcs": ["*"],
        "tokens": ["sha256:" + "ab" * 32]}))
    token = "a-token-that-is-looked-for-" + os.urandom(8).hex()
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [str(SERVER), "--listen", "127.0.0.1:0", "--unix-socket", str(tmp_path / "s"),
         "--bundle", str(bundle), "--store", f"sqlite:{own / store.name}",
         "--callers-file", str(callers), "--tls-certificate-file", str(certificate.file),
         "--tls-key-file", str(certificate.key), "--set", f"coreDumpsMemory={dumps}"],
        cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT,
        # Swift's own backtrace takes the first signal for itself, where a toolchain is installed.
        env={**os.environ, "SWIFT_BACKTRACE": "enable=no"},
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
    try:
        until = time.monotonic() + 120
        while b"listening on unix" not in (tmp_path / "log").read_bytes():
            assert time.monotonic() < until
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.05)
        with grpc.insecure_channel(f"unix:{tmp_path / 's'}") as channel:
            answer = call(channel, "/rankwire.v1.ModelService/GetModelCard", f"Bearer {token}")
            assert answer.reason == "CREDENTIALS_UNKNOWN"
            core = core_of(process, tmp_path)
    finally:
        if process.poll() is None:
            process.kill()
        log.close()
    secrets = {
        "master key": master, "master key in hexadecimal": master.hex().encode(),
        "caller's hash": bytes.fromhex("ab" * 32)}
    found = {name for name, secret in secrets.items() if secret in core}
    if dumps == "1":
        assert {"master key", "caller's hash"} & found, "the test finds nothing in a whole core"
    else:
        assert not found
        assert b"a-token-that-is-looked-for" not in core
        assert len(core) < 4_000_000


def test_no_secret_is_printed(bundle: Path, store: Path, tmp_path: Path) -> None:
    """The log at its most talkative, errors, the configuration: no token, hash or key."""
    authority = Authority(tmp_path)
    own = authority.sign("server")
    key = base64.b64encode(os.urandom(32)).decode()
    server = GuardedServer(
        tmp_path, bundle, store, "--log-level", "trace", "--slow-call-ms", "1",
        "--tls-certificate-file", str(own.file), "--tls-key-file", str(own.key))
    credentials = grpc.ssl_channel_credentials(authority.own.chain())
    try:
        with grpc.secure_channel(server.tcp, credentials) as channel:
            said = [
                call(channel, "/rankwire.v1.AdminService/GetConfiguration", f"Bearer {token}")
                for token in ("operator-secret", "bidder-secret", "guessed-secret")]
            raw = channel.unary_unary("/rankwire.v1.AdminService/GetConfiguration")(
                b"", metadata=[("authorization", "Bearer operator-secret")], timeout=30)
        server.process.send_signal(signal.SIGHUP)
        server.waits_for("callers read again")
        checked = subprocess.run(
            [str(SERVER), "--check-config", "--tls-certificate-file", str(own.file),
             "--tls-key-file", str(own.key), "--store", "sqlite:/x"],
            capture_output=True, text=True, check=False,
            env={**os.environ, "RANKWIRE_MASTER_KEY": key})
    finally:
        server.stop()
    body = own.key.read_text().splitlines()[1]
    everything = (
        server.text() + checked.stdout + checked.stderr + raw.decode(errors="replace")
        + "".join(answer.text for answer in said))
    for secret in ("-secret", body, key):
        assert secret not in everything
    assert not re.search(r"[0-9a-f]{64}", everything)


def test_an_address_password_is_hidden() -> None:
    done = subprocess.run(
        [str(SERVER), "--check-config", "--store", "redis://user:hunter2@127.0.0.1:6379/0"],
        capture_output=True, text=True, check=False)
    assert "redis://user:***@127.0.0.1:6379/0" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_the_page_keeps_its_secrets(bundle: Path, store: Path, tmp_path: Path) -> None:
    server = AdminServer(tmp_path, bundle, store)
    try:
        status, page = ask(server.admin + "/")
        assert status == 200
        assert not re.search(r"(src|href)=\"(?!data:)", page), "nothing comes from elsewhere"
    finally:
        server.stop()
