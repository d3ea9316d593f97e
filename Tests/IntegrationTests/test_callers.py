"""Who may call what: tokens, certificates, rights, budgets, and what a refusal tells."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from certificates import Authority
from server import SERVER, Server, must, tool

import rankwire
from rankwire import errors
from rankwire.v1 import (
    ad_service_pb2,
    admin_service_pb2,
    catalog_service_pb2,
    common_pb2,
    intent_service_pb2,
    model_service_pb2,
    profile_service_pb2,
    profile_service_pb2_grpc,
    scoring_service_pb2,
    scoring_service_pb2_grpc,
)

WAIT_SECONDS = 30
RPCS = [
    f"/{service.full_name}/{method.name}"
    for file in (
        scoring_service_pb2, ad_service_pb2, intent_service_pb2, model_service_pb2,
        profile_service_pb2, catalog_service_pb2, admin_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
] + ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"]
# No pattern means it: who may have lists of people is named with it.
AUDIENCE = "/rankwire.v1.AdService/SelectAudience"
HEALTH = "/grpc.health.v1.Health/Check"

# name -> (what is granted, what that means)
GRANTS: dict[str, tuple[list[str], list[str]]] = {
    "bidder": (["AdService/ScoreAds"], ["/rankwire.v1.AdService/ScoreAds"]),
    "shop": (
        ["ScoringService/*", "rankwire.v1.IntentService/ClassifyIntent"],
        [rpc for rpc in RPCS if "ScoringService" in rpc or rpc.endswith("/ClassifyIntent")]),
    "reflector": (["grpc.reflection.v1.ServerReflection/*"], RPCS[-1:]),
    "operator": (["*"], [rpc for rpc in RPCS if rpc != AUDIENCE]),
    "planner": (["AdService/SelectAudience"], [AUDIENCE]),
}


def digest(token: str) -> str:
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def line(name: str, rpcs: list[str], **fields: object) -> str:
    return json.dumps({
        "name": name, "class": "interactive", "rpcs": rpcs, "tokens": [digest(f"{name}-secret")],
        **fields})


LINES = [line(name, granted) for name, (granted, _) in GRANTS.items()] + [
    line("certified", ["AdService/*"], certificates=["spiffe://shop/certified"]),
    line("by-name", ["ModelService/GetModelCard"], certificates=["common-name"]),
    line("slow", ["ModelService/*"], requestsPerSecond=1, requestBurst=3),
    line("drip", ["ScoringService/*"], requestsPerSecond=1, requestBurst=3),
    line("brief", ["IntentService/*"], tokensPerSecond=1, tokenBurst=20),
] + [
    line(f"sees-{name}", ["ProfileService/GetProfile", "ScoringService/ScoreItems"], **fields)
    for name, fields in {
        "nothing": {}, "activity": {"labels": ["activity"]},
        "age": {"labels": ["demographic"]},
        "all": {"labels": ["activity", "spend", "text", "demographic", "financial", "location",
                           "tag", "sensitive"]},
    }.items()
]


class GuardedServer(Server):
    """A server with a file of callers."""

    def __init__(self, folder: Path, bundle: Path, store: Path, *options: str) -> None:
        self.file = folder / "callers.jsonl"
        self.file.write_text("\n".join(LINES) + "\n\n", encoding="utf-8")
        super().__init__(folder, bundle, store, "--callers-file", str(self.file), *options)

    def waits_for(self, said: str, count: int = 1) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while self.text().count(said) < count:
            assert time.monotonic() < until, f"never said {said!r}:\n{self.text()}"
            time.sleep(0.02)


@pytest.fixture(scope="module")
def guarded(
    bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GuardedServer]:
    running = GuardedServer(tmp_path_factory.mktemp("guarded"), bundle, store)
    yield running
    running.stop()
    assert "-secret" not in running.text()
    assert not re.search(r"[0-9a-f]{64}", running.text()), "not even hashes are logged"


@dataclass
class Answer:
    code: grpc.StatusCode
    reason: str
    retry_after_seconds: float | None
    text: str


def call(channel: grpc.Channel, path: str, token: str | None, message: bytes = b"") -> Answer:
    """Calls any RPC with any message; the bytes of the answer do not matter."""
    metadata = [("authorization", token)] if token is not None else []
    try:
        if path.endswith(("Stream", "ReflectionInfo")):
            stream = channel.stream_stream(path)
            list(stream(iter([message]), metadata=metadata, timeout=WAIT_SECONDS))
        else:
            channel.unary_unary(path)(message, metadata=metadata, timeout=WAIT_SECONDS)
    except grpc.RpcError as error:
        failure = errors.from_rpc_error(error)
        return Answer(
            failure.code, failure.reason, failure.retry_after_seconds, failure.message)
    return Answer(grpc.StatusCode.OK, "", None, "")


@pytest.fixture
def channel(guarded: GuardedServer) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(guarded.tcp) as connected:
        yield connected


@pytest.mark.parametrize("rpc", RPCS)
@pytest.mark.parametrize("name", [*GRANTS, None])
def test_a_caller_may_call_what_it_was_granted(
    channel: grpc.Channel, name: str | None, rpc: str
) -> None:
    answer = call(channel, rpc, f"Bearer {name}-secret" if name else None)
    if name is None:
        assert (answer.code, answer.reason) == (
            grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING")
    elif rpc in GRANTS[name][1]:
        assert answer.code not in (
            grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED), answer
    else:
        assert (answer.code, answer.reason) == (
            grpc.StatusCode.PERMISSION_DENIED, "RPC_NOT_GRANTED")
        assert name not in answer.text


def test_health_is_for_everyone(channel: grpc.Channel) -> None:
    assert call(channel, HEALTH, None).code == grpc.StatusCode.OK


def test_calls_of_several_callers_share_a_connection(channel: grpc.Channel) -> None:
    for _ in range(3):
        for name in ("bidder", "shop"):
            allowed = call(channel, "/rankwire.v1.AdService/ScoreAds", f"bearer {name}-secret")
            refused = allowed.code == grpc.StatusCode.PERMISSION_DENIED
            assert refused == (name == "shop")


def test_a_rate_is_kept_and_says_when(channel: grpc.Channel) -> None:
    rpc = "/rankwire.v1.ModelService/GetModelCard"
    answers = [call(channel, rpc, "Bearer slow-secret") for _ in range(6)]
    refused = [answer for answer in answers if answer.code != grpc.StatusCode.OK]
    assert 1 <= len(refused) <= 3
    for answer in refused:
        assert (answer.code, answer.reason) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_EXCEEDED")
        assert answer.retry_after_seconds is not None
        assert 0 < answer.retry_after_seconds <= 1.1


def test_requests_of_a_stream_count_one_by_one(channel: grpc.Channel) -> None:
    requests = [
        scoring_service_pb2.ScoreItemsStreamRequest(
            request_id=str(number), request=scoring_service_pb2.ScoreItemsRequest(
                user=common_pb2.User(user_id="cats"), item_ids=["felina-4"]))
        for number in range(8)]
    stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
    answers = list(stub.ScoreItemsStream(
        iter(requests), timeout=WAIT_SECONDS, metadata=[("authorization", "Bearer drip-secret")]))
    assert {answer.request_id for answer in answers} == {str(number) for number in range(8)}
    # Its opening was one request; what is refused fails alone.
    refused = [answer for answer in answers if answer.HasField("error")]
    assert 1 <= len(refused) <= 6
    exhausted = grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
    assert {answer.error.code for answer in refused} == {exhausted}


def test_a_budget_of_tokens_is_kept(channel: grpc.Channel) -> None:
    rpc = "/rankwire.v1.IntentService/ClassifyIntent"
    text = b"where is the parcel that I ordered last week"
    message = b"\x0a" + bytes([len(text)]) + text
    answers = [call(channel, rpc, "Bearer brief-secret", message) for _ in range(4)]
    assert answers[0].code == grpc.StatusCode.OK
    assert (answers[-1].code, answers[-1].reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED, "TOKEN_BUDGET_EXCEEDED")


@pytest.mark.parametrize(
    ("name", "seen"),
    [("nothing", set()), ("activity", {"items"}), ("age", {"age"}), ("all", {"items", "age"})])
def test_labels_decide_what_is_seen_and_used(
    channel: grpc.Channel, name: str, seen: set[str]
) -> None:
    metadata = [("authorization", f"Bearer sees-{name}-secret")]
    profile = profile_service_pb2_grpc.ProfileServiceStub(channel).GetProfile(
        profile_service_pb2.GetProfileRequest(user_id="cats"), timeout=WAIT_SECONDS,
        metadata=metadata).profile
    found = {"items"} if profile.recent_items else set()
    found |= {"age"} if "age" in profile.attributes else set()
    assert found == seen
    assert ("attributes.age" in profile.left_out) == ("age" not in seen)
    ranking = scoring_service_pb2_grpc.ScoringServiceStub(channel).ScoreItems(
        scoring_service_pb2.ScoreItemsRequest(
            user=common_pb2.User(user_id="cats"), item_ids=["felina-4", "spade-1"],
            explain=2), timeout=WAIT_SECONDS, metadata=metadata)
    assert bool(ranking.explanation.left_out) == (name != "all")
    assert ("nearest_item_similarity" in ranking.explanation.left_out) == ("items" not in seen)


def test_certificates_name_callers(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    own = authority.sign("server")
    server = GuardedServer(
        tmp_path, bundle, store, "--tls-certificate-file", str(own.file), "--tls-key-file",
        str(own.key), "--tls-client-ca-file", str(authority.file), "--tls-client-certificate",
        "optional")
    ads, card = "/rankwire.v1.AdService/ScoreAds", "/rankwire.v1.ModelService/GetModelCard"
    unauthenticated = grpc.StatusCode.UNAUTHENTICATED
    denied = grpc.StatusCode.PERMISSION_DENIED
    try:
        for client, token, ads_refused, card_refused in [
            (None, None, unauthenticated, unauthenticated),
            (authority.sign("x", "URI:spiffe://shop/certified"), None, None, denied),
            (authority.sign("common-name"), None, denied, None),
            (authority.sign("nobody"), None, unauthenticated, unauthenticated),
            # A token that is given counts, not the certificate beside it.
            (authority.sign("common-name"), "Bearer bidder-secret", None, denied),
            (authority.sign("common-name"), "Bearer wrong", unauthenticated, unauthenticated),
        ]:
            credentials = grpc.ssl_channel_credentials(
                authority.own.chain(),
                *((client.private_key(), client.chain()) if client else ()))
            with grpc.secure_channel(server.tcp, credentials) as channel:
                for rpc, refused in ((ads, ads_refused), (card, card_refused)):
                    code = call(channel, rpc, token).code
                    if refused:
                        assert code == refused
                    else:
                        assert code not in (unauthenticated, denied)
    finally:
        server.stop()


def test_guessing_is_slowed_down_and_logged_once(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = GuardedServer(tmp_path, bundle, store)
    rpc = "/rankwire.v1.ModelService/GetModelCard"
    try:
        with (
            grpc.insecure_channel(server.tcp) as known,
            grpc.insecure_channel(
                server.tcp, [("grpc.use_local_subchannel_pool", 1)]) as guessing,
        ):
            assert call(known, rpc, "Bearer operator-secret").code == grpc.StatusCode.OK
            answers = [call(guessing, rpc, f"Bearer guess-{n}") for n in range(60)]
            reasons = {answer.reason for answer in answers}
            assert reasons == {"CREDENTIALS_UNKNOWN", "TOO_MANY_ATTEMPTS"}
            limited = [a for a in answers if a.reason == "TOO_MANY_ATTEMPTS"]
            assert len(limited) > 30
            assert all(a.code == grpc.StatusCode.RESOURCE_EXHAUSTED for a in limited)
            assert not any("guess-" in answer.text for answer in answers)
            # Who was recognised before is not locked out by a neighbour.
            assert call(known, rpc, "Bearer operator-secret").code == grpc.StatusCode.OK
        assert server.text().count("unknown credentials from 127.0.0.1") == 1
        assert "guess-" not in server.text()
    finally:
        server.stop()


def test_callers_are_read_again(bundle: Path, store: Path, tmp_path: Path) -> None:
    server = GuardedServer(tmp_path, bundle, store)
    rpc = "/rankwire.v1.ModelService/GetModelCard"
    try:
        with grpc.insecure_channel(server.tcp) as channel:
            assert call(channel, rpc, "Bearer operator-secret").code == grpc.StatusCode.OK
            server.file.write_text(LINES[0] + "\n{broken", encoding="utf-8")
            server.process.send_signal(signal.SIGHUP)
            server.waits_for("the callers stay as they were")
            assert "line 2" in server.text()
            assert call(channel, rpc, "Bearer operator-secret").code == grpc.StatusCode.OK
            server.file.write_text(
                line("operator", ["*"], tokens=[digest("new")]), encoding="utf-8")
            server.process.send_signal(signal.SIGHUP)
            server.waits_for("callers read again: 1")
            # The connection is the same; what it was allowed is not.
            assert call(channel, rpc, "Bearer operator-secret").reason == "CREDENTIALS_UNKNOWN"
            assert call(channel, rpc, "Bearer new").code == grpc.StatusCode.OK
    finally:
        server.stop()


def test_the_tool_makes_tokens_and_calls_with_them(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    made = must("caller", "hash-token")
    token, hashed = re.findall(r"^(?:token|hash)\s+(\S+)$", made, re.MULTILINE)
    assert hashed == digest(token)
    file = tmp_path / "token"
    file.write_text(token + "\n", encoding="utf-8")
    assert must("caller", "hash-token", "--token-file", file).split()[-1] == hashed
    assert must("caller", "hash-token") != made
    server = GuardedServer(tmp_path, bundle, store)
    try:
        refused = tool("status", "--server", server.tcp, "--token-file", file)
        assert refused.returncode == 77
        assert token not in refused.stderr
        server.file.write_text(line("me", ["*"], tokens=[hashed]), encoding="utf-8")
        server.process.send_signal(signal.SIGHUP)
        server.waits_for("callers read again: 1")
        must("status", "--server", server.tcp, "--token-file", file)
    finally:
        server.stop()


def start(*options: object) -> subprocess.CompletedProcess[str]:
    """A server that does not get far."""
    return subprocess.run(
        [str(SERVER), *map(str, options)], capture_output=True, text=True,
        timeout=WAIT_SECONDS, check=False)


@pytest.mark.parametrize(("text", "named"), [
    ("{", "line 1: line: is not a JSON object"),
    (LINES[0] + "\n" + LINES[0], "line 2: name: another line has the same"),
    (line("a", ["*"], color="red"), "color: there is no such field"),
    (line("a", ["ScoringService/Score"]), "ScoringService/Score: there is no such RPC"),
    (line("a", []), "rpcs"),
    (line("a", ["*"], tokens=["hunter2"]), "tokens: holds"),
    (line("a", ["*"], requestsPerSecond=0), "requestsPerSecond"),
    (line("a", ["*"], requestBurst=5), "requestBurst: needs requestsPerSecond"),
    (line("a", ["*"], **{"class": "royal"}), "class: is bidding, interactive or bulk"),
    (line("a", ["*"]) + "\n" + line("b", ["*"], tokens=[digest("a-secret")]), "line 2: tokens"),
    ('{"name": "a", "class": "bulk", "rpcs": ["*"]}', "neither tokens nor certificates"),
])
def test_a_bad_file_is_refused_with_line_and_field(
    tmp_path: Path, text: str, named: str
) -> None:
    file = tmp_path / "callers.jsonl"
    file.write_text(text, encoding="utf-8")
    done = start("--listen", "127.0.0.1:0", "--callers-file", file, "--bundle", "x", "--store", "x")
    assert done.returncode == 1
    assert named in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_without_callers_only_this_machine_may_call(bundle: Path, store: Path) -> None:
    done = start("--listen", "0.0.0.0:0", "--bundle", bundle, "--store", f"sqlite:{store}")
    assert done.returncode == 1
    assert "listen: 0.0.0.0 can be reached from other machines" in done.stderr
    assert "callersFile" in done.stderr


def test_the_client_package_calls_with_a_token(guarded: GuardedServer) -> None:
    with (
        rankwire.Client(guarded.tcp, timeout_seconds=30, token="shop-secret") as shop,
        rankwire.Client(guarded.tcp, timeout_seconds=30, token="wrong") as stranger,
    ):
        assert shop.score_items("cats", item_ids=["felina-4"]).items
        with pytest.raises(rankwire.RankwireError) as refused:
            stranger.score_items("cats", item_ids=["felina-4"])
    assert refused.value.code == grpc.StatusCode.UNAUTHENTICATED
