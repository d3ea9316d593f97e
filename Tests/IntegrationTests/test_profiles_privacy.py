"""What is stored of a person is shown, handed out and erased, by the tool and on the wire."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from server import SERVER, must, tool
from test_profiles import Shop, copied, event

from rankwire.v1 import profile_service_pb2


def wrapped_keys(store: Path) -> dict[bytes, bytes]:
    """Pseudonyms and their wrapped keys, as they lie in the store's file of keys."""
    with contextlib.closing(sqlite3.connect(f"{store}.keys")) as keys:
        return dict(keys.execute("SELECT pseudonym, box FROM user_keys").fetchall())


def refusal(bundle: Path, store: Path, *options: str, **environment: str) -> str:
    """What a server says that does not start."""
    done = subprocess.run(
        [str(SERVER), "--listen", "127.0.0.1:0", "--bundle", str(bundle), "--store",
         f"sqlite:{store}", *options], env={**os.environ, **environment}, capture_output=True,
        text=True, timeout=60)
    assert done.returncode in {1, 78}, done.stderr
    return done.stderr


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
    assert sorted(row["event_id"] for row in lines[1:]) == [f"v{n:04}" for n in range(2_500)]
    assert {row["channel"] for row in lines[1:]} == {"web"}


def test_nothing_of_an_erased_user_is_left(live: Shop, tmp_path: Path) -> None:
    live.ingest(
        event("reader", "CHAT", "reader-secret", text="my name is Erasmus of Rotterdam"),
        event("reader", "VIEW", "reader-view", item_id="press-0"))
    before = wrapped_keys(tmp_path / "store.sqlite")
    assert "erased" in must("profile", "delete", "reader", "--server", live.server.tcp)
    after = wrapped_keys(tmp_path / "store.sqlite")
    # The pseudonym and its wrapped key are in the files before, and nobody else's went.
    ((pseudonym, key),) = before.items() - after.items()
    assert len(after) == len(before) - 1
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            for secret in (pseudonym, key, b"Erasmus", b"reader-"):
                assert secret not in data, f"{file} has {secret!r}"
    with pytest.raises(grpc.RpcError) as gone:
        live.best("reader")
    assert gone.value.code() == grpc.StatusCode.NOT_FOUND
    # Others are as they were, and the user may come back.
    assert live.best("cats") == "Pets > Cat food"
    assert live.ingest(event("reader", "VIEW", "new", item_id="echo-0")).stored_count == 1


def test_what_is_stored_of_people_is_sealed(live: Shop, tmp_path: Path) -> None:
    live.ingest(event("talker", "CHAT", "talk-1", text="my name is Erasmus of Rotterdam"))
    assert live.profiles.GetProfile(
        profile_service_pb2.GetProfileRequest(user_id="talker"), timeout=30).profile.event_count
    for file in tmp_path.glob("store.sqlite*"):
        data = file.read_bytes()
        for secret in (b"Erasmus", b"talk-1", b"35-44"):
            assert secret not in data, f"{file} has {secret!r}"


def test_a_server_does_not_start_without_the_master_key(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    path = copied(store, tmp_path)
    key = tmp_path / "store.sqlite.key"
    good = key.read_text(encoding="ascii").strip()
    key.unlink()
    assert "store.sqlite.key: No such file" in refusal(bundle, path)
    other = secrets.token_hex(32)
    assert "not the one this store is sealed under" in refusal(
        bundle, path, RANKWIRE_MASTER_KEY=other)
    assert "64 hexadecimal digits" in refusal(bundle, path, RANKWIRE_MASTER_KEY="abc")
    named = tmp_path / "elsewhere"
    named.write_text(good, encoding="ascii")
    named.chmod(0o644)
    assert "chmod 600" in refusal(bundle, path, "--master-key-file", str(named))
    assert "one way" in refusal(
        bundle, path, "--master-key-file", str(named), RANKWIRE_MASTER_KEY=good)
    named.chmod(0o600)
    for number, (options, environment) in enumerate([
        (("--master-key-file", str(named)), {}), ((), {"RANKWIRE_MASTER_KEY": good}),
        ((), {"RANKWIRE_MASTER_KEY_FILE": str(named)}),
    ]):
        running = Shop(tmp_path / f"run-{number}", bundle, path, *options, environment=environment)
        assert running.best("cats") == "Pets > Cat food"
        assert good not in running.server.text()
        running.close()
    (tmp_path / "store.sqlite.keys").unlink()
    assert "store.sqlite.keys are missing" in refusal(bundle, path, RANKWIRE_MASTER_KEY=good)


def test_the_master_key_is_rotated(bundle: Path, store: Path, tmp_path: Path) -> None:
    path = copied(store, tmp_path)
    key = tmp_path / "store.sqlite.key"
    old = key.read_text(encoding="ascii").strip()
    running = Shop(tmp_path / "before", bundle, path)
    in_use = tool("store", "rotate-key", "--store", f"sqlite:{path}")
    assert in_use.returncode != 0 and "stop" in in_use.stderr
    assert running.best("cats") == "Pets > Cat food"
    running.close()
    before = wrapped_keys(path)
    assert f"{len(before)} users" in must("store", "rotate-key", "--store", f"sqlite:{path}")
    after = wrapped_keys(path)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    assert key.read_text(encoding="ascii").strip() != old and key.stat().st_mode & 0o777 == 0o600
    assert "not the one" in refusal(bundle, path, RANKWIRE_MASTER_KEY=old)
    again = Shop(tmp_path / "after", bundle, path)
    assert again.best("cats") == "Pets > Cat food"
    assert again.ingest(event("cats", "VIEW", "n", item_id="echo-0")).stored_count == 1
    again.close()
