"""A ranking head from events to answers: trained, promoted, taken by a running server, refused when
damaged; and the server's features are those of the evaluation, bit for bit."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
import shop
from google.protobuf import timestamp_pb2
from server import Server, must, tool

import rankwire
from rankwire.v1 import (
    common_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    profile_service_pb2,
    profile_service_pb2_grpc,
    scoring_service_pb2,
    scoring_service_pb2_grpc,
)

START = datetime(2024, 1, 1, 8, tzinfo=UTC)
DAYS = 330
TRAIN_UNTIL, TEST_FROM = START + timedelta(days=240), START + timedelta(days=280)
# About six visits of each are asked about: more than 10,000 requests in the long check.
USERS = 2_200 if "LONG_CHECKS" in os.environ else 40
CANDIDATES = 12


@dataclass(frozen=True)
class Shop:
    """A shop's files, and the store that knows what was before the test."""

    bundle: Path
    store: Path
    events: Path


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_events(folder: Path) -> tuple[Path, Path]:
    """Users who buy a few things again and again: all events, and those before the test."""
    draw = random.Random(7)
    items = [row["item"] for row in csv.DictReader(shop.write_items(folder).open())]
    rows = []
    for user in range(USERS):
        staples = draw.sample(items, 4)
        day = draw.randrange(7)
        while day < DAYS:
            moment = START + timedelta(days=day, seconds=user)
            basket = {item for item in staples if draw.random() < 0.7} | {draw.choice(items)}
            rows += [
                (moment, f"user{user}", item, "purchase", "web" if user % 2 else "store")
                for item in sorted(basket)]
            day += draw.randint(4, 9)
    rows.sort()
    whole, before = folder / "events.csv", folder / "before.csv"
    for path, end in ((whole, None), (before, TEST_FROM)):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("user", "item", "type", "time", "event_id", "channel"))
            for moment, user, item, kind, channel in rows:
                if end is None or moment < end:
                    writer.writerow(
                        (user, item, kind, _stamp(moment), f"{user}-{_stamp(moment)}-{item}",
                         channel))
    return whole, before


@pytest.fixture(scope="module")
def trained(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("ranking")
    own = folder / "bundle"
    shutil.copytree(bundle, own)
    whole, before = _write_events(folder)
    users = folder / "people.csv"
    users.write_text(
        "user,age\n" + "".join(f"user{user},{'old' if user % 3 else 'young'}\n"
                               for user in range(USERS)))
    store = folder / "store.sqlite"
    for kind, file in (("items", folder / "items.csv"), ("users", users), ("events", before)):
        must("import", kind, file, "--store", f"sqlite:{store}", "--bundle", own)
    return Shop(own, store, whole)


def _arguments(trained: Shop) -> list[object]:
    return ["--store", f"sqlite:{trained.store}", "--bundle", trained.bundle,
            "--train-until", _stamp(TRAIN_UNTIL), "--test-from", _stamp(TEST_FROM)]


@pytest.fixture
def server(trained: Shop, tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path, trained.bundle, trained.store)
    yield running
    running.stop()


def _numbers(path: Path, code: str) -> list[float]:
    """A .npy file's numbers, flat."""
    content = path.read_bytes()
    start = 10 + int.from_bytes(content[8:10], "little")
    size = struct.calcsize(code)
    return list(struct.unpack(f"<{(len(content) - start) // size}{code}", content[start:]))


Question = tuple[str, int, list[str], list[list[float]]]


def _questions(folder: Path, events: Path) -> list[Question]:
    """User, moment, candidates and features of the test's visits, in order of time."""
    names = json.loads((folder / "features.json").read_text())
    features = _numbers(folder / "test_features.npy", "f")
    starts = _numbers(folder / "test_starts.npy", "q")
    users = _numbers(folder / "test_users.npy", "i")
    times = _numbers(folder / "test_times.npy", "q")
    items = _numbers(folder / "test_items.npy", "i")
    order = list(dict.fromkeys(row["user"] for row in csv.DictReader(events.open())))
    catalogue = json.loads((folder / "items.json").read_text())
    width = len(names)
    questions = []
    for index, (user, moment) in enumerate(zip(users, times, strict=True)):
        rows = range(int(starts[index]), int(starts[index + 1]))
        questions.append((
            order[int(user)], int(moment), [catalogue[int(items[row])] for row in rows],
            [features[row * width:(row + 1) * width] for row in rows]))
    return sorted(questions, key=lambda question: question[1])


class _Past:
    """Lets the server know what a user did before a moment: what came after the test began."""

    def __init__(self, trained: Shop, channel: grpc.Channel) -> None:
        self._profiles = profile_service_pb2_grpc.ProfileServiceStub(channel)
        self._waiting: dict[str, deque[dict[str, str]]] = {}
        for row in csv.DictReader(trained.events.open()):
            if row["time"] >= _stamp(TEST_FROM):
                self._waiting.setdefault(row["user"], deque()).append(row)

    def reach(self, user: str, moment: int) -> None:
        stamp = _stamp(datetime.fromtimestamp(moment / 1e9, UTC))
        waiting = self._waiting.get(user, deque())
        request = profile_service_pb2.IngestEventsRequest()
        while waiting and waiting[0]["time"] < stamp:
            row = waiting.popleft()
            event = common_pb2.Event(
                item_id=row["item"], type=common_pb2.EVENT_TYPE_PURCHASE,
                event_id=row["event_id"], channel=row["channel"])
            event.time.FromJsonString(row["time"])
            request.events.add(user_id=row["user"], event=event)
        if request.events:
            reply = self._profiles.IngestEvents(request, timeout=30)
            assert reply.stored_count == len(request.events)


def _ask(
    connection: grpc.Channel, user: str, moment: int, ids: list[str], channel: str = "", **more: int
) -> scoring_service_pb2.ScoreItemsResponse:
    seconds, nanos = divmod(moment, 1_000_000_000)
    request = scoring_service_pb2.ScoreItemsRequest(
        user=common_pb2.User(user_id=user), item_ids=ids, explain=len(ids),
        context=common_pb2.RequestContext(
            time=timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos), channel=channel), **more)
    return scoring_service_pb2_grpc.ScoringServiceStub(connection).ScoreItems(request, timeout=30)


@pytest.mark.parametrize("kind", ["additive", "perceptron"])
def test_the_server_reads_the_features_of_the_evaluation(
    trained: Shop, tmp_path: Path, kind: str
) -> None:
    store = tmp_path / "store.sqlite"
    for file in trained.store.parent.glob("store.sqlite*"):
        shutil.copy(file, tmp_path)
    must("train", "ranking", *_arguments(trained), "--head", kind)
    must("model", "promote", "--bundle", trained.bundle)
    rows = tmp_path / "rows"
    must("evaluate", "ranking", *_arguments(trained), "--events", trained.events, "--head", kind,
         "--explanations", 100, "--export", rows)
    names = json.loads((rows / "features.json").read_text())
    server = Server(tmp_path, trained.bundle, store)
    requests = values_seen = 0
    try:
        with grpc.insecure_channel(server.tcp) as connection:
            past = _Past(trained, connection)
            for user, moment, ids, features in _questions(rows, trained.events):
                past.reach(user, moment)
                by = "web" if int(user.removeprefix("user")) % 2 else "store"
                reply = _ask(connection, user, moment, ids, by)
                explanation = reply.explanation
                width = len(explanation.feature_names)
                for row, item in enumerate(reply.items):
                    cells = slice(row * width, (row + 1) * width)
                    values = dict(
                        zip(explanation.feature_names, explanation.values[cells], strict=True))
                    expected = dict(zip(names, features[item.index], strict=True))
                    for name, value in values.items():
                        if name != "vectors":
                            assert value == expected[name], f"{user} {item.item_id} {name}"
                            values_seen += 1
                    logit = explanation.bias + sum(explanation.contributions[cells])
                    assert abs(logit - item.logit) <= 1e-5
                requests += 1
    finally:
        server.stop()
    assert requests >= (10_000 if "LONG_CHECKS" in os.environ else 100)
    assert values_seen > 100 * requests


def test_a_head_takes_over_and_a_damaged_one_does_not(
    trained: Shop, server: Server, tmp_path: Path
) -> None:
    head = trained.bundle / "ranking.head"
    must("train", "ranking", *_arguments(trained))
    moment = int(TEST_FROM.timestamp()) * 1_000_000_000
    items = ["felina-4", "spade-1", "rex-2", "mill-3"]
    head.unlink(missing_ok=True)
    must("model", "promote", "--bundle", trained.bundle, "--reload", "--server", server.tcp)
    with grpc.insecure_channel(server.tcp) as channel:
        models = model_service_pb2_grpc.ModelServiceStub(channel)
        card = models.GetModelCard(model_service_pb2.GetModelCardRequest(), timeout=30)
        assert card.ranking_head == "additive"
        expected = [item.logit for item in _ask(channel, "user3", moment, items).items]
        good = head.read_bytes()
        for bad in (good[:-1], good[: len(good) // 2], good[:100] + b"x" + good[101:], b""):
            head.write_bytes(bad)
            with pytest.raises(grpc.RpcError) as failed:
                models.ReloadModel(model_service_pb2.ReloadModelRequest(), timeout=60)
            assert failed.value.code() == grpc.StatusCode.FAILED_PRECONDITION
            assert "ranking head" in failed.value.details()
            assert [i.logit for i in _ask(channel, "user3", moment, items).items] == expected
        damaged = tmp_path / "damaged.head"
        damaged.write_bytes(good[:-1])
        refused = tool("model", "promote", "--bundle", trained.bundle, "--head", damaged)
        assert refused.returncode == 65 and "truncated" in refused.stderr
        head.write_bytes(good)
        models.ReloadModel(model_service_pb2.ReloadModelRequest(), timeout=60)
    with rankwire.Client(server.tcp, timeout_seconds=30) as client:
        assert client.score_items("user3", item_ids=items).items


def test_an_answer_says_what_is_behind_it(trained: Shop, server: Server) -> None:
    must("train", "ranking", *_arguments(trained))
    must("model", "promote", "--bundle", trained.bundle, "--reload", "--server", server.tcp)
    rows = list(csv.DictReader(trained.events.open()))
    own = [row["item"] for row in rows if row["user"] == "user3"][:30]
    items = list(dict.fromkeys(own))[:CANDIDATES]
    moment = int(TEST_FROM.timestamp()) * 1_000_000_000
    with grpc.insecure_channel(server.tcp) as channel:
        reply = _ask(channel, "user3", moment, items, counterfactual_rank=2)
    explanation = reply.explanation
    assert len(explanation.reasons) == len(explanation.counterfactuals) == len(items)
    assert any(reasons.similar_item_id for reasons in explanation.reasons)
    assert not any(reasons.new_user for reasons in explanation.reasons)
    changes = [change for change in explanation.counterfactuals if change.feature_name]
    assert changes and all(change.from_value != change.to_value for change in changes)
    request = scoring_service_pb2.ScoreItemsRequest(
        user=common_pb2.User(inline=common_pb2.InlineUser()), item_ids=items, explain=1)
    with grpc.insecure_channel(server.tcp) as channel:
        stranger = scoring_service_pb2_grpc.ScoringServiceStub(channel).ScoreItems(
            request, timeout=30)
    assert stranger.explanation.reasons[0].new_user


def test_what_cannot_be_learnt_from_is_said(trained: Shop, tmp_path: Path) -> None:
    late = ["--store", f"sqlite:{trained.store}", "--bundle", trained.bundle]
    refused = tool("train", "ranking", *late, "--train-until", "2030-01-01")
    assert refused.returncode == 65 and "before the test" in refused.stderr
    refused = tool("train", "ranking", *late, "--train-until", "soon")
    assert refused.returncode == 65 and "2017-10-02T04:00:00Z" in refused.stderr
    empty = tmp_path / "events.csv"
    empty.write_text("user,item,type,time\n")
    refused = tool("train", "ranking", *_arguments(trained), "--events", empty)
    assert refused.returncode == 65 and "no user came to buy" in refused.stderr
