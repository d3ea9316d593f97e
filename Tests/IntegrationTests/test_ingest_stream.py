"""IngestEventsStream over stock grpcio: chunks in, an acknowledgement for each that is durable."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import shop
from test_profiles import Shop, copied, event

from rankwire.v1 import profile_service_pb2 as messages


@pytest.fixture
def live(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(tmp_path / "run", bundle, copied(store, tmp_path))
    yield running
    running.close()


def chunk(name: str, *events: messages.UserEvent) -> messages.IngestEventsStreamRequest:
    return messages.IngestEventsStreamRequest(
        chunk_id=name, request=messages.IngestEventsRequest(events=events))


def views(user: str, start: int, count: int) -> list[messages.UserEvent]:
    return [event(user, "VIEW", f"{user}-{n}", item_id="felina-0")
            for n in range(start, start + count)]


class Producer:
    """A stream that is written to while its acknowledgements are read."""

    def __init__(self, live: Shop) -> None:
        self.outgoing: queue.Queue[messages.IngestEventsStreamRequest | None] = queue.Queue()
        self.call = live.profiles.IngestEventsStream(iter(self.outgoing.get, None), timeout=120)

    def send(self, request: messages.IngestEventsStreamRequest) -> None:
        self.outgoing.put(request)

    def receive(self) -> messages.IngestEventsStreamResponse:
        return next(self.call)

    def end(self) -> None:
        self.outgoing.put(None)
        assert list(self.call) == []


def test_every_chunk_is_acknowledged_and_stored_once(live: Shop) -> None:
    chunks = [chunk(f"c{n}", *views(f"u{n % 5}", 100 * n, 100)) for n in range(60)]
    for stored in (100, 0):
        answers = {a.chunk_id: a.response
                   for a in live.profiles.IngestEventsStream(iter(chunks), timeout=120)}
        assert set(answers) == {f"c{n}" for n in range(60)}
        for answer in answers.values():
            assert (answer.stored_count, answer.duplicate_count) == (stored, 100 - stored)


def test_what_is_acknowledged_is_read_by_the_next_request(live: Shop) -> None:
    producer = Producer(live)
    kinds = sorted({row[1] for row in shop.ITEMS.values()})
    for number, kind in enumerate(kinds * 3):
        user = f"visitor-{number}"
        items = [item for item, row in shop.ITEMS.items() if row[1] == kind]
        producer.send(chunk(
            user, *[event(user, "PURCHASE", item_id=item) for item in items[:2]]))
        assert producer.receive().response.stored_count == 2
        assert live.best(user) == kind
    producer.end()


def test_what_is_acknowledged_survives_a_kill(bundle: Path, store: Path, tmp_path: Path) -> None:
    path = copied(store, tmp_path)
    first = Shop(tmp_path / "first", bundle, path)
    producer = Producer(first)
    acknowledged = 0
    for number in range(2_000):
        producer.send(chunk(str(number), *views("crash", 10 * number, 10)))
    while acknowledged < 50:
        assert producer.receive().response.stored_count == 10
        acknowledged += 1
    first.server.process.kill()
    first.server.process.wait()
    first.channel.close()
    second = Shop(tmp_path / "second", bundle, path)
    # Chunks of one stream may become durable in another order; two are under way at most.
    reply = second.ingest(*views("crash", 0, 10 * (acknowledged - 1)))
    assert reply.stored_count <= 10
    assert reply.duplicate_count >= 10 * (acknowledged - 2)
    second.close()


def test_a_bad_chunk_does_not_end_the_stream(live: Shop) -> None:
    good = views("u", 0, 3)
    answers = {a.chunk_id: a for a in live.profiles.IngestEventsStream(iter([
        chunk("empty"), chunk("good", *good),
        messages.IngestEventsStreamRequest(chunk_id="unset"),
        chunk("mixed", event("u", "VIEW"), *views("u", 3, 1))]), timeout=60)}
    for name in ("empty", "unset"):
        assert answers[name].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert answers["good"].response.stored_count == 3
    mixed = answers["mixed"].response
    assert (mixed.stored_count, len(mixed.rejected)) == (1, 1)
    assert mixed.rejected[0].status.message.startswith("events[0].event.item_id")
    with pytest.raises(grpc.RpcError) as refused:
        list(live.profiles.IngestEventsStream(iter([chunk("x" * 257, *good)]), timeout=60))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_rejects_are_counted_and_the_first_are_named(live: Shop) -> None:
    bad = [event("u", "VIEW", "e" * 256) for _ in range(5_000)]
    alone = live.ingest(*bad)
    assert [row.count for row in alone.rejection_counts] == [5_000]
    assert len(alone.rejected) == 1_000
    assert [row.index for row in alone.rejected] == list(range(1_000))
    streamed = next(live.profiles.IngestEventsStream(iter([chunk("bad", *bad)]), timeout=60))
    assert streamed.response == alone


def test_a_producer_that_does_not_read_is_slowed_down(live: Shop) -> None:
    sent = 0
    done = threading.Event()

    def chunks() -> Iterator[messages.IngestEventsStreamRequest]:
        nonlocal sent
        # Every acknowledgement is large, so that those unread fill what is buffered.
        bad = [event("u", "VIEW", "e" * 256) for _ in range(1_000)]
        while not done.is_set() and sent < 20_000:
            sent += 1
            yield chunk(str(sent), *bad)

    call = live.profiles.IngestEventsStream(chunks(), timeout=120)
    next(call)
    before = -1
    while before != sent:
        before = sent
        done.wait(1.0)
    assert sent < 2_000
    live.server.answers()
    done.set()
    call.cancel()
