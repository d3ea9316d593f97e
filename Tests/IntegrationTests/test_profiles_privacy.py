"""What is stored of a person is shown, handed out and erased, by the tool and on the wire."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from server import must, tool
from test_profiles import Shop, copied, event

from rankwire.v1 import profile_service_pb2


@pytest.fixture
def live(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(tmp_path / "run", bundle, copied(store, tmp_path))
    yield running
    running.close()


def test_a_profile_is_shown(live: Shop) -> None:
    live.ingest(event("cats", "SEARCH", query="kitten food"))
    profile = live.profiles.GetProfile(
        profile_service_pb2.GetProfileRequest(user_id="cats"), timeout=30).profile
    assert profile.event_count == 6
    assert profile.purchases.count == 5
    assert profile.purchases.total.currency_code == "USD"
    assert profile.categories[0].name == "Pets > Cat food"
    assert [search.query for search in profile.recent_searches] == ["kitten food"]
    assert dict(profile.attributes) == {"age": "35-44"}
    shown = must("profile", "show", "cats", "--server", live.server.tcp)
    assert "Pets > Cat food" in shown and "kitten food" in shown
    report = json.loads(must("profile", "show", "cats", "--json", "--server", live.server.tcp))
    assert report["event_count"] == 6 and report["purchases"]["count"] == 5


def test_an_unknown_user_is_said_to_be_unknown(live: Shop) -> None:
    with pytest.raises(grpc.RpcError) as unknown:
        live.profiles.GetProfile(
            profile_service_pb2.GetProfileRequest(user_id="nobody"), timeout=30)
    assert unknown.value.code() == grpc.StatusCode.NOT_FOUND
    assert tool("profile", "show", "nobody", "--server", live.server.tcp).returncode != 0
    assert "nothing" in must("profile", "delete", "nobody", "--server", live.server.tcp)


def test_every_event_is_handed_out(live: Shop) -> None:
    sent = [event("many", "VIEW", f"v{n:04}", item_id="felina-0", channel="web")
            for n in range(2_500)]
    live.ingest(*sent)
    lines = [json.loads(line) for line in must(
        "profile", "export", "many", "--server", live.server.tcp).splitlines()]
    assert lines[0]["event_count"] == 2_500
    assert [row["event_id"] for row in lines[1:]] == [f"v{n:04}" for n in range(2_500)]
    assert {row["channel"] for row in lines[1:]} == {"web"}


def test_nothing_of_an_erased_user_is_left(live: Shop, tmp_path: Path) -> None:
    live.ingest(
        event("reader", "CHAT", "reader-secret", text="my name is Erasmus of Rotterdam"),
        event("reader", "VIEW", "reader-view", item_id="press-0"))
    key = bytes.fromhex((tmp_path / "store.sqlite.key").read_text().strip())
    pseudonym = hmac.new(key, b"reader", hashlib.sha256).digest()
    files = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert any(pseudonym in f.read_bytes() for f in files)
    assert "erased" in must("profile", "delete", "reader", "--server", live.server.tcp)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            for secret in (pseudonym, b"Erasmus", b"reader-"):
                assert secret not in data, f"{file} has {secret!r}"
    with pytest.raises(grpc.RpcError) as gone:
        live.best("reader")
    assert gone.value.code() == grpc.StatusCode.NOT_FOUND
    # Others are as they were, and the user may come back.
    assert live.best("cats") == "Pets > Cat food"
    assert live.ingest(event("reader", "VIEW", "new", item_id="echo-0")).stored_count == 1
