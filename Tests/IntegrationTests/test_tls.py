"""TLS as clients meet it: openssl's own, stock grpcio and the command line."""

from __future__ import annotations

import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from certificates import Authority, Certificate, openssl, self_signed
from server import SERVER, Server, tool

import rankwire

BAD_CONFIGURATION = 78
WAIT_SECONDS = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def own(authority: Authority) -> Certificate:
    """The server's."""
    return authority.sign("server")


class SecureServer(Server):
    """A server with TLS whose files are copies that a test may replace."""

    def __init__(
        self, folder: Path, bundle: Path, store: Path, certificate: Certificate,
        authority: Path | None = None, *options: str,
    ) -> None:
        self.certificate = Certificate(folder / "live.pem", folder / "live.key")
        self.authorities = folder / "live-authorities.pem"
        self.use(certificate)
        flags = [
            "--tls-certificate-file", str(self.certificate.file), "--tls-key-file",
            str(self.certificate.key)]
        if authority:
            shutil.copy(authority, self.authorities)
            flags += ["--tls-client-ca-file", str(self.authorities)]
        super().__init__(folder, bundle, store, *flags, *options)

    def use(self, certificate: Certificate) -> None:
        shutil.copy(certificate.file, self.certificate.file)
        shutil.copy(certificate.key, self.certificate.key)

    def reload(self, said: str) -> None:
        """Sends SIGHUP and waits until the server has said so once more."""
        before = self.text().count(said)
        self.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + WAIT_SECONDS
        while self.text().count(said) == before:
            assert time.monotonic() < until, f"never said {said!r}:\n{self.text()}"
            time.sleep(0.02)

    def answers(self) -> None:
        raise NotImplementedError("needs credentials")


@pytest.fixture(scope="module")
def secure(
    bundle: Path, store: Path, own: Certificate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecureServer]:
    running = SecureServer(tmp_path_factory.mktemp("secure"), bundle, store, own)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def mutual(
    bundle: Path, store: Path, own: Certificate, authority: Authority,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SecureServer]:
    running = SecureServer(
        tmp_path_factory.mktemp("mutual"), bundle, store, own, authority.file)
    yield running
    running.stop()


def asks(
    server: Server, authority: Authority, certificate: Certificate | None = None,
) -> bool:
    """Whether a call by stock grpcio over a new connection is answered."""
    credentials = grpc.ssl_channel_credentials(
        authority.own.chain(), *(
            (certificate.private_key(), certificate.chain()) if certificate else ()))
    with rankwire.Client(server.tcp, timeout_seconds=30, credentials=credentials) as client:
        try:
            return bool(client.score_items("cats", item_ids=["felina-4", "spade-1"]).items)
        except rankwire.RankwireError as error:
            assert error.code == grpc.StatusCode.UNAVAILABLE, error
            return False


def s_client(server: Server, *options: object, typed: str = "") -> tuple[str, int]:
    """What openssl's client says, and its exit code; `typed` goes in when it is connected."""
    with subprocess.Popen(
        ["openssl", "s_client", "-connect", server.tcp, *map(str, options)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdin
        if typed:
            time.sleep(0.5)
            process.stdin.write(typed.encode())
            process.stdin.flush()
        else:
            process.stdin.close()
            process.stdin = None
        said, _ = process.communicate(timeout=WAIT_SECONDS)
    return said.decode(errors="replace"), process.returncode


@pytest.mark.parametrize("version", ["1_2", "1_3"])
def test_openssl_agrees_on_http2(
    secure: SecureServer, authority: Authority, version: str
) -> None:
    said, code = s_client(secure, f"-tls{version}", "-alpn", "h2", "-CAfile", authority.file)
    assert code == 0, said
    assert "ALPN protocol: h2" in said
    assert f"New, TLSv{version.replace('_', '.')}, Cipher is" in said
    assert "Verification: OK" in said


@pytest.mark.parametrize(("options", "reason"), [
    (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-alpn", "h2"], "alert protocol version"),
    ([], "alert no application protocol"),
    (["-alpn", "http/1.1"], "alert no application protocol"),
    (["-tls1_2", "-alpn", "h2", "-cipher", "AES128-GCM-SHA256"], "alert handshake failure"),
], ids=["TLS 1.1", "no ALPN", "another protocol", "no forward secrecy"])
def test_what_http2_forbids_is_refused(
    secure: SecureServer, options: list[str], reason: str
) -> None:
    said, code = s_client(secure, *options)
    assert code != 0
    assert reason in said


def test_renegotiation_ends_the_connection(secure: SecureServer, authority: Authority) -> None:
    said, code = s_client(
        secure, "-tls1_2", "-alpn", "h2", "-CAfile", authority.file, typed="R\n")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said
    assert code != 0


def test_a_session_is_resumed(
    secure: SecureServer, authority: Authority, tmp_path: Path
) -> None:
    session = tmp_path / "session.pem"
    common = ["-alpn", "h2", "-CAfile", authority.file, "-tls1_2"]
    s_client(secure, *common, "-sess_out", session)
    said, _ = s_client(secure, *common, "-sess_in", session)
    assert "Reused, TLSv1.2" in said


def test_stock_grpc_is_served(secure: SecureServer, authority: Authority) -> None:
    assert asks(secure, authority)


def test_bytes_that_are_no_tls_harm_nobody(secure: SecureServer, authority: Authority) -> None:
    with rankwire.Client(secure.tcp, timeout_seconds=2) as client:
        assert not client_answers(client)
    assert asks(secure, authority)


def client_answers(client: rankwire.Client) -> bool:
    try:
        return bool(client.healthy())
    except rankwire.RankwireError:
        return False


def status(server: Server, *options: object) -> subprocess.CompletedProcess[str]:
    return tool("status", "--server", server.tcp, "--timeout-ms", 5000, *options)


def test_the_tool_verifies_the_servers_name(
    secure: SecureServer, authority: Authority, folder: Path
) -> None:
    good = ["--tls", "--ca-file", authority.file]
    assert status(secure, *good).returncode == 0
    assert status(secure, *good, "--server-name", "localhost").returncode == 0
    wrong = status(secure, *good, "--server-name", "elsewhere.example")
    assert wrong.returncode == 69
    assert "hostname mismatch" in wrong.stderr.lower()
    stranger = Authority(folder, "another-authority")
    unknown = status(secure, "--tls", "--ca-file", stranger.file)
    assert unknown.returncode == 69
    assert "certificate" in unknown.stderr
    assert status(secure).returncode == 69, "without TLS there is no answer"


def test_an_address_must_be_in_the_certificate(
    bundle: Path, store: Path, authority: Authority, tmp_path: Path
) -> None:
    named = authority.sign("named-only", "DNS:localhost")
    server = SecureServer(tmp_path, bundle, store, named)
    try:
        refused = status(server, "--tls", "--ca-file", authority.file)
        assert refused.returncode == 69
        assert "ip address mismatch" in refused.stderr.lower()
        assert not asks(server, authority), "grpcio looks at names too"
    finally:
        server.stop()


def test_a_client_with_a_certificate_is_served(
    mutual: SecureServer, authority: Authority
) -> None:
    client = authority.sign("client")
    assert asks(mutual, authority, client)
    done = status(
        mutual, "--tls", "--ca-file", authority.file, "--certificate-file", client.file,
        "--key-file", client.key)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("make", [
    lambda authority: None,
    lambda authority: authority.sign("expired", days=-1),
    lambda authority: self_signed(authority.folder, "self-signed"),
    lambda authority: Authority(authority.folder, "stranger").sign("strange"),
], ids=["none", "expired", "self-signed", "another authority's"])
def test_a_client_that_proves_nothing_is_refused(
    mutual: SecureServer, authority: Authority,
    make: Callable[[Authority], Certificate | None],
) -> None:
    assert not asks(mutual, authority, make(authority))


def test_an_authority_that_is_removed_counts_no_more(
    mutual: SecureServer, authority: Authority, folder: Path
) -> None:
    second = Authority(folder, "second")
    client = second.sign("second-client")
    assert not asks(mutual, authority, client)
    mutual.authorities.write_bytes(authority.file.read_bytes() + second.file.read_bytes())
    mutual.reload("certificate read again")
    assert asks(mutual, authority, client)
    mutual.authorities.write_bytes(authority.file.read_bytes())
    mutual.reload("certificate read again")
    assert not asks(mutual, authority, client)
    assert asks(mutual, authority, authority.sign("client"))


def test_open_connections_do_not_outlive_their_authority(
    bundle: Path, store: Path, own: Certificate, authority: Authority, tmp_path: Path
) -> None:
    """Who stays is moved without a failed call; who is gone cannot come again."""
    second = Authority(tmp_path, "second")
    both = tmp_path / "both.pem"
    both.write_bytes(authority.file.read_bytes() + second.file.read_bytes())
    server = SecureServer(tmp_path, bundle, store, own, both)

    def connect(client: Certificate) -> rankwire.Client:
        credentials = grpc.ssl_channel_credentials(
            authority.own.chain(), client.private_key(), client.chain())
        return rankwire.Client(server.tcp, timeout_seconds=30, credentials=credentials)

    stays, goes = connect(authority.sign("stays")), connect(second.sign("goes"))
    try:
        for client in (stays, goes):
            assert client.score_items("cats", item_ids=["felina-4"]).items
        server.authorities.write_bytes(authority.file.read_bytes())
        server.reload("other authorities count")
        until = time.monotonic() + WAIT_SECONDS
        while True:
            assert stays.score_items("cats", item_ids=["felina-4"]).items
            try:
                goes.score_items("cats", item_ids=["felina-4"], timeout_seconds=2)
            except rankwire.RankwireError as error:
                assert error.code == grpc.StatusCode.UNAVAILABLE
                break
            assert time.monotonic() < until
        assert stays.score_items("cats", item_ids=["felina-4"]).items
    finally:
        stays.close()
        goes.close()
        server.stop()


def test_a_certificate_may_be_optional(
    bundle: Path, store: Path, own: Certificate, authority: Authority, tmp_path: Path
) -> None:
    server = SecureServer(
        tmp_path, bundle, store, own, authority.file, "--tls-client-certificate", "optional")
    try:
        assert asks(server, authority)
        assert asks(server, authority, authority.sign("client"))
        assert not asks(server, authority, self_signed(authority.folder, "self-signed"))
    finally:
        server.stop()


def test_a_bad_new_certificate_changes_nothing(
    secure: SecureServer, own: Certificate, authority: Authority
) -> None:
    secure.certificate.file.write_text("no certificate", encoding="ascii")
    secure.reload("the certificate stays as it was")
    assert asks(secure, authority)
    secure.use(own)
    other = authority.sign("other")
    shutil.copy(other.key, secure.certificate.key)
    secure.reload("the certificate stays as it was")
    assert asks(secure, authority)
    secure.use(own)


def test_rotation_under_load_fails_no_call(
    secure: SecureServer, own: Certificate, authority: Authority
) -> None:
    stop = threading.Event()
    failures: list[object] = []
    counts = [0, 0]

    def load(kind: int) -> None:
        # One keeps its connection, the other opens a new one for each call.
        credentials = grpc.ssl_channel_credentials(authority.own.chain())
        kept = rankwire.Client(secure.tcp, timeout_seconds=30, credentials=credentials)
        while not stop.is_set():
            try:
                if kind == 0:
                    kept.score_items("cats", item_ids=["felina-4"])
                elif not asks(secure, authority):
                    failures.append("refused")
                counts[kind] += 1
            except rankwire.RankwireError as error:
                failures.append(error)
        kept.close()

    threads = [threading.Thread(target=load, args=(kind,)) for kind in (0, 1)]
    for thread in threads:
        thread.start()
    for number in range(5):
        secure.use(authority.sign(f"rotated-{number}"))
        secure.reload("certificate read again")
        # Both have called since.
        before = list(counts)
        until = time.monotonic() + WAIT_SECONDS
        while any(a == b for a, b in zip(counts, before, strict=True)):
            assert time.monotonic() < until, failures
            time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert not failures
    said, _ = s_client(secure, "-alpn", "h2", "-CAfile", authority.file)
    assert "CN = rotated-4" in said
    secure.use(own)
    secure.reload("certificate read again")


def test_handshakes_are_few_at_once_and_have_a_deadline(
    bundle: Path, store: Path, own: Certificate, authority: Authority, tmp_path: Path
) -> None:
    server = SecureServer(
        tmp_path, bundle, store, own, None, "--set", "connection.maxHandshakes=2", "--set",
        "connection.handshakeTimeoutMs=2000")
    try:
        # A connection's time begins with it, however long the server has slept.
        time.sleep(2.2)
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        for connection in silent:
            connection.settimeout(WAIT_SECONDS)
        assert silent[2].recv(1) == b"", "the third is one too many"
        time.sleep(0.2)
        assert not select.select(silent[:2], [], [], 0)[0], "the others may still speak"
        assert [connection.recv(1) for connection in silent[:2]] == [b"", b""]
        assert asks(server, authority)
        for connection in silent:
            connection.close()
    finally:
        server.stop()


def start(*options: object) -> subprocess.CompletedProcess[str]:
    """A server that does not get far."""
    return subprocess.run(
        [str(SERVER), "--listen", "127.0.0.1:0", "--bundle", "/nonexistent", "--store",
         "sqlite:/nonexistent", *map(str, options)],
        capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)


@pytest.mark.parametrize(("options", "named"), [
    (["--tls-certificate-file", "a.pem"], "tls.keyFile"),
    (["--tls-client-ca-file", "a.pem"], "tls.clientCaFile"),
    (["--tls-client-certificate", "maybe"], "maybe"),
])
def test_settings_that_do_not_fit_are_named(options: list[str], named: str) -> None:
    done = start(*options)
    assert done.returncode == BAD_CONFIGURATION
    assert named in done.stderr


def test_files_that_are_wrong_are_named_and_not_quoted(
    own: Certificate, authority: Authority, folder: Path
) -> None:
    locked = folder / "locked.key"
    openssl("ec", "-in", own.key, "-aes256", "-passout", "pass:secret", "-out", locked)
    expired = authority.sign("expired-server", days=-1)
    for certificate, key, named in [
        (folder / "missing.pem", own.key, "missing.pem"),
        (own.file, folder / "missing.key", "missing.key"),
        (own.file, authority.own.key, "key values mismatch"),
        (own.file, locked, "locked.key"),
        (expired.file, expired.key, "it has expired"),
    ]:
        done = start("--tls-certificate-file", certificate, "--tls-key-file", key)
        assert done.returncode == 1
        assert named in done.stderr, done.stderr
        assert "BEGIN" not in done.stdout + done.stderr
