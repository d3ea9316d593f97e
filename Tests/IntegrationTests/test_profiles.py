"""Events in: stored once, known to the next request, there after a crash."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import shop
from google.protobuf import timestamp_pb2
from server import Server

from rankwire.v1 import (
    common_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    profile_service_pb2,
    profile_service_pb2_grpc,
    scoring_service_pb2,
    scoring_service_pb2_grpc,
)

DAY_SECONDS = 86_400
# `make check-long` sets LONG_CHECKS.
IS_LONG = "LONG_CHECKS" in os.environ
KILLS = 100 if IS_LONG else 10
INTERLEAVINGS = 10_000 if IS_LONG else 600


def event(
    user: str, kind: str, event_id: str = "", *, age_seconds: float = 60, **fields: object
) -> profile_service_pb2.UserEvent:
    at = timestamp_pb2.Timestamp()
    at.FromNanoseconds(int((time.time() - age_seconds) * 1e9))
    return profile_service_pb2.UserEvent(
        user_id=user, event=common_pb2.Event(
            type=common_pb2.EventType.Value(f"EVENT_TYPE_{kind}"), time=at, event_id=event_id,
            **fields))


class Shop:
    """A server on a store of its own, with stubs."""

    def __init__(
        self, folder: Path, bundle: Path, store: Path, *options: str,
        environment: dict[str, str] | None = None
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.server = Server(folder, bundle, store, *options, environment=environment)
        self.channel = grpc.insecure_channel(self.server.tcp)
        self.profiles = profile_service_pb2_grpc.ProfileServiceStub(self.channel)
        self.scoring = scoring_service_pb2_grpc.ScoringServiceStub(self.channel)

    def ingest(
        self, *events: profile_service_pb2.UserEvent
    ) -> profile_service_pb2.IngestEventsResponse:
        return self.profiles.IngestEvents(
            profile_service_pb2.IngestEventsRequest(events=events), timeout=60)

    def best(self, user: str, items: list[str] | None = None) -> str:
        """The category of the user's first item."""
        reply = self.scoring.ScoreItems(
            scoring_service_pb2.ScoreItemsRequest(
                user=common_pb2.User(user_id=user), item_ids=items or list(shop.ITEMS), limit=1),
            timeout=60)
        return shop.ITEMS[reply.items[0].item_id][1]

    def close(self) -> None:
        self.channel.close()
        self.server.stop()


def copied(store: Path, folder: Path) -> Path:
    """The store with its keys, to be changed."""
    for file in store.parent.glob(store.name + "*"):
        shutil.copy(file, folder / file.name)
    return folder / store.name


@pytest.fixture
def live(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(tmp_path / "run", bundle, copied(store, tmp_path))
    yield running
    running.close()


def test_a_new_user_is_known_by_the_next_request(live: Shop) -> None:
    with pytest.raises(grpc.RpcError) as unknown:
        live.best("newcomer")
    assert unknown.value.code() == grpc.StatusCode.NOT_FOUND
    bought = [event("newcomer", "PURCHASE", f"e{n}", item_id=f"echo-{n}", quantity=1)
              for n in range(3)]
    reply = live.ingest(*bought)
    assert (reply.stored_count, reply.duplicate_count, len(reply.rejected)) == (3, 0, 0)
    assert live.best("newcomer") == "Electronics > Audio"
    again = live.ingest(*bought)
    assert (again.stored_count, again.duplicate_count) == (0, 3)


def test_searches_and_chat_count(live: Shop) -> None:
    # Of what nobody has bought, so that popularity has no say.
    unsold = [item for item, row in shop.ITEMS.items()
              if row[1] not in shop.USERS.values() and row[1] != "Grocery > Coffee"]
    live.ingest(event("searcher", "SEARCH", query="bread rolls and baguette"))
    assert live.best("searcher", unsold) == "Grocery > Bread"
    live.ingest(event("talker", "CHAT", text="I need baby wipes and diapers for my baby"))
    assert live.best("talker", unsold) == "Baby > Care"


def test_what_is_wrong_is_refused_alone(live: Shop) -> None:
    wrong = {
        1: (event("u", "VIEW", "future", item_id="felina-0", age_seconds=-3 * DAY_SECONDS),
            "events[1].event.time"),
        2: (event("u", "VIEW", "ancient", item_id="felina-0", age_seconds=50 * 365 * DAY_SECONDS),
            "events[2].event.time"),
        3: (event("u", "PURCHASE", "negative", item_id="felina-0", quantity=-2),
            "events[3].event.quantity"),
        4: (event("u", "VIEW", "nothing"), "events[4].event.item_id"),
        5: (event("", "VIEW", item_id="felina-0"), "events[5].user_id"),
        6: (event("u", "RATING", "stars", item_id="felina-0", rating=9.0),
            "events[6].event.rating"),
        7: (profile_service_pb2.UserEvent(user_id="u"), "events[7].event"),
    }
    reply = live.ingest(
        event("u", "VIEW", "right", item_id="felina-0"),
        *[wrong[n][0] for n in sorted(wrong)],
        event("u", "VIEW", "unknown", item_id="never-heard-of"))
    assert (reply.stored_count, reply.unknown_item_count) == (2, 1)
    assert [row.index for row in reply.rejected] == sorted(wrong)
    for row in reply.rejected:
        assert row.status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
        assert row.status.message.startswith(wrong[row.index][1]), row.status.message
    counts = {row.field: row.count for row in reply.rejection_counts}
    assert counts == {
        "event.time": 2, "event.quantity": 1, "event.item_id": 1, "user_id": 1, "event.rating": 1,
        "event": 1}
    assert reply.rejection_counts[0].field == "event.time"


def test_calls_are_bounded(live: Shop) -> None:
    many = [event(f"u{n % 50}", "VIEW", f"m{n}", item_id="felina-0") for n in range(10_001)]
    with pytest.raises(grpc.RpcError) as refused:
        live.ingest(*many)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.RpcError) as empty:
        live.ingest()
    assert empty.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert live.ingest(*many[:10_000]).stored_count == 10_000


def test_what_is_acknowledged_is_read(live: Shop) -> None:
    """Interleavings of ingest and score, each connection with users of its own."""
    kinds = sorted({row[1] for row in shop.ITEMS.values()})

    def visit(thread: int) -> None:
        random_ = random.Random(thread)
        with grpc.insecure_channel(live.server.tcp, [("grpc.use_local_subchannel_pool", 1)]) as own:
            profiles = profile_service_pb2_grpc.ProfileServiceStub(own)
            for step in range(-(-INTERLEAVINGS // 6)):
                user, kind = f"visitor-{thread}-{step}", random_.choice(kinds)
                items = [item for item, row in shop.ITEMS.items() if row[1] == kind]
                profiles.IngestEvents(
                    profile_service_pb2.IngestEventsRequest(events=[
                        event(user, "PURCHASE", item_id=item) for item in items[:2]]), timeout=60)
                assert live.best(user) == kind

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(visit, range(6)))


def test_nothing_acknowledged_is_lost_by_kill(bundle: Path, store: Path, tmp_path: Path) -> None:
    """Killed while several connections ingest; what was in flight is sent again, as callers do."""
    path = copied(store, tmp_path)
    acknowledged: dict[str, set[str]] = {}
    for kill in range(KILLS):
        running = Shop(tmp_path / f"kill-{kill}", bundle, path)
        stop = threading.Event()
        unsure: list[tuple[str, list[str]]] = []

        def load(
            thread: int, running: Shop = running, stop: threading.Event = stop, kill: int = kill,
            unsure: list[tuple[str, list[str]]] = unsure
        ) -> None:
            number = 0
            while not stop.is_set():
                user = f"crash-{thread}"
                ids = [f"{kill}-{number}-{n}" for n in range(5)]
                number += 1
                batch = [event(user, "VIEW", i, item_id="felina-0") for i in ids]
                try:
                    running.ingest(*batch)
                except grpc.RpcError:
                    unsure.append((user, ids))
                    return
                acknowledged.setdefault(user, set()).update(ids)

        threads = [threading.Thread(target=load, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(random.Random(kill).uniform(0.05, 0.5))
        running.server.process.kill()
        running.server.process.wait()
        stop.set()
        for thread in threads:
            thread.join()
        running.channel.close()

        again = Shop(tmp_path / f"check-{kill}", bundle, path)
        for user, ids in unsure:
            reply = again.ingest(
                *[event(user, "VIEW", i, item_id="felina-0") for i in ids])
            # A commit is whole or not at all.
            assert (reply.stored_count, reply.duplicate_count) in {(5, 0), (0, 5)}
            acknowledged.setdefault(user, set()).update(ids)
        for user, ids in acknowledged.items():
            everything = [event(user, "VIEW", i, item_id="felina-0") for i in sorted(ids)]
            for start in range(0, len(everything), 5_000):
                part = everything[start:start + 5_000]
                reply = again.ingest(*part)
                assert (reply.stored_count, reply.duplicate_count) == (0, len(part))
        again.close()
    assert sum(map(len, acknowledged.values())) > 0


def test_the_card_counts_new_users(live: Shop) -> None:
    card = model_service_pb2_grpc.ModelServiceStub(live.channel)
    before = card.GetModelCard(model_service_pb2.GetModelCardRequest(), timeout=30).profile_count
    live.ingest(event("one-more", "VIEW", item_id="felina-0"))
    after = card.GetModelCard(model_service_pb2.GetModelCardRequest(), timeout=30).profile_count
    assert after == before + 1
