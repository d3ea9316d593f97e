"""What ads learn from feedback: offline, while the server serves, and after it was killed."""

from __future__ import annotations

import csv
import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from server import must, tool
from test_profiles import Shop, copied, event

from rankwire.v1 import model_service_pb2, model_service_pb2_grpc, profile_service_pb2

# 2026-02-01, in Unix seconds: after the shop's own events.
START = 1_769_904_000
DAY = 86_400
CAMPAIGNS = 9
PEOPLE = 240
WAIT_SECONDS = 60
# Windows that close while a test waits.
QUICK = (
    "--set", "ads.clickWindowSeconds=2", "--set", "ads.conversionWindowSeconds=2",
    "--set", "ads.learningIntervalMs=50", "--set", "ads.checkIntervalMs=100")


def _write(path: Path, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


@pytest.fixture(scope="module")
def coupon_store(bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop with campaigns of coupons: who buys with coupons redeems them, the others do not."""
    folder = tmp_path_factory.mktemp("coupons")
    path = copied(store, folder)
    draw = random.Random(7)
    ads: list[tuple[object, ...]] = [
        ("ad", "campaign", "title", "category", "bid", "bid_currency", "start", "end",
         "campaign_type")]
    events: list[tuple[object, ...]] = [("user", "item", "type", "time", "value", "currency",
                                         "coupon_discount")]
    targets: list[tuple[object, ...]] = [("user", "campaign")]
    for person in range(PEOPLE):
        for purchase in range(4):
            discount = "0.50" if person % 4 == 0 else ""
            events.append((f"h{person}", f"felina-{purchase}", "purchase",
                           START - 10 * DAY + purchase * DAY + person, "3.00", "USD", discount))
    for number in range(CAMPAIGNS):
        start = START + number * 10 * DAY
        for coupon in range(3):
            ads.append((f"k{number}-{coupon}", f"k{number}", f"Coupon {coupon}", "Pets > Cat food",
                        "0.10", "USD", start, start + 9 * DAY, f"Type {number % 2}"))
        for person in range(PEOPLE):
            if draw.random() < 0.3:
                targets.append((f"h{person}", f"k{number}"))
                if draw.random() < (0.6 if person % 4 == 0 else 0.05):
                    events.append((f"h{person}", f"k{number}-{draw.randrange(3)}", "redemption",
                                   start + 3 * DAY + person, "", "", ""))
    # The events go on after the last campaign: what it came to is known.
    events.append(("h0", "felina-0", "purchase", START + CAMPAIGNS * 10 * DAY, "3.00", "USD", ""))
    must("import", "ads", _write(folder / "ads.csv", ads), "--store", f"sqlite:{path}",
         "--bundle", bundle)
    must("import", "events", _write(folder / "events.csv", events), "--store", f"sqlite:{path}")
    _write(folder / "campaigns.csv", targets)
    return path


def _arguments(coupon_store: Path) -> tuple[object, ...]:
    return ("--store", f"sqlite:{coupon_store}", "--campaigns",
            coupon_store.with_name("campaigns.csv"))


def test_training_finds_who_uses_coupons(coupon_store: Path, tmp_path: Path) -> None:
    """Order and calibration on campaigns it has not seen, and the best tenth catches far more
    than lot."""
    export = tmp_path / "examples.csv"
    report = json.loads(must(
        "evaluate", "ads", *_arguments(coupon_store), "--json", "--online", "--export", export))
    assert report["train_campaigns"] == 6 and report["test_campaigns"] == 3
    area = report["test"]["area_under_curve"]
    assert area["low"] <= area["value"] <= area["high"] and area["value"] > 0.75
    assert report["test"]["relative_log_loss"]["value"] < 0.9
    assert 0.7 < report["test"]["calibration"] < 1.4
    assert report["audience"]["model"] > 2 * report["audience"]["random"]
    assert report["online"]["online_log_loss"] < 1.1 * report["online"]["batch_log_loss"]
    with export.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["part"] for row in rows} == {"train", "test"}
    assert len([row for row in rows if row["part"] == "test"]) == report["test"]["example_count"]
    blind = json.loads(must(
        "evaluate", "ads", *_arguments(coupon_store), "--json", "--labels", "demographic"))
    assert blind["test"]["area_under_curve"]["value"] < 0.65
    assert "area under the curve" in must("evaluate", "ads", *_arguments(coupon_store))


def test_nothing_to_learn_from_says_so(store: Path, tmp_path: Path) -> None:
    done = tool("train", "ads", "--store", f"sqlite:{store}", "--output", tmp_path / "ads.head")
    assert done.returncode != 0
    assert "nothing to learn from" in done.stderr
    assert not (tmp_path / "ads.head").exists()


class AdShop(Shop):
    """A server that learns quickly."""

    def __init__(self, folder: Path, bundle: Path, store: Path) -> None:
        super().__init__(folder, bundle, store, *QUICK)
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)

    def card(self) -> model_service_pb2.AdModelCard:
        return self.models.GetModelCard(
            model_service_pb2.GetModelCardRequest(), timeout=30).ad_model

    def wait(
        self, what: str, holds: Callable[[model_service_pb2.AdModelCard], bool]
    ) -> model_service_pb2.AdModelCard:
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            card = self.card()
            if holds(card):
                return card
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come to hold:\n{card}\n{self.server.text()}")


@pytest.fixture
def own(bundle: Path, store: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A bundle and a store of the test's own."""
    shutil.copytree(bundle, tmp_path / "bundle")
    yield tmp_path / "bundle", copied(store, tmp_path)


def impressions(
    count: int, clicked: int, name: str, ad: str = "ad-cats"
) -> list[profile_service_pb2.UserEvent]:
    """So many people see the ad now, the first of them click."""
    seen = [event(f"{name}{n}", "IMPRESSION", f"i{n}", item_id=ad, age_seconds=0)
            for n in range(count)]
    return seen + [event(f"{name}{n}", "CLICK", f"c{n}", item_id=ad, age_seconds=0)
                   for n in range(clicked)]


def test_feedback_is_learnt_and_nonsense_is_counted(
    own: tuple[Path, Path], tmp_path: Path
) -> None:
    running = AdShop(tmp_path / "run", *own)
    assert running.card().version == "hand-set"
    running.ingest(*impressions(40, 10, "p"))
    # The same again; clicks of who saw nothing; of an ad nobody has; long after the impression.
    assert running.ingest(*impressions(40, 10, "p")).duplicate_count == 50
    running.ingest(*[event(f"p{n}", "CLICK", f"again{n}", item_id="ad-cats", age_seconds=0)
                     for n in range(5)])
    running.ingest(*[event(f"stranger{n}", "CLICK", "c", item_id="ad-cats", age_seconds=0)
                     for n in range(7)])
    running.ingest(*[event(f"forger{n}", kind, kind, item_id="no-such-ad", age_seconds=0)
                     for n in range(3) for kind in ("IMPRESSION", "REDEMPTION")])
    running.ingest(
        event("late", "IMPRESSION", "i", item_id="ad-coffee", age_seconds=1),
        event("late", "CLICK", "c", item_id="ad-coffee", age_seconds=-3))
    card = running.wait(
        "learning", lambda card: card.click_example_count >= 41
        and card.feedback.late_count == 1 and card.feedback.without_impression_count == 7)
    counts = card.feedback
    assert (counts.impression_count, counts.click_count, counts.repeated_count) == (41, 10, 5)
    assert counts.unknown_ad_count == 3 + 3 and counts.conversion_count == 0
    assert card.click_example_count == 41 and card.conversion_example_count == 41
    card = running.wait("publishing", lambda card: card.promoted_count > 0)
    assert card.version != "hand-set"
    running.server.answers()
    running.close()


def test_a_kill_loses_no_acknowledged_feedback(own: tuple[Path, Path], tmp_path: Path) -> None:
    running = AdShop(tmp_path / "first", *own)
    running.ingest(*impressions(30, 6, "early"))
    running.wait("learning", lambda card: card.promoted_count > 0)
    running.ingest(*impressions(25, 5, "later"))
    running.server.process.kill()
    running.server.process.wait()
    again = AdShop(tmp_path / "second", *own)
    card = again.wait("learning again", lambda card: card.click_example_count >= 55)
    assert card.click_example_count == 55
    # The first ones are in the snapshot, the others came from the journal.
    assert card.feedback.impression_count == 25 and card.feedback.click_count == 5
    again.wait("publishing", lambda card: card.promoted_count > 0)
    again.close()
    third = AdShop(tmp_path / "third", *own)
    assert third.card().click_example_count == 55
    third.close()


def test_a_damaged_snapshot_is_learnt_again(own: tuple[Path, Path], tmp_path: Path) -> None:
    bundle, store = own
    running = AdShop(tmp_path / "first", bundle, store)
    running.ingest(*impressions(30, 6, "p"))
    running.wait("learning", lambda card: card.promoted_count > 0)
    running.close()
    snapshot = store.with_name(store.name + ".ads")
    content = bytearray(snapshot.read_bytes())
    content[len(content) // 2] ^= 1
    snapshot.write_bytes(content)
    again = AdShop(tmp_path / "second", bundle, store)
    assert "checksum does not fit" in again.server.text()
    assert again.card().version == "hand-set"
    again.server.answers()
    again.close()


def test_a_trained_model_is_taken_over_and_a_damaged_one_is_not(
    bundle: Path, coupon_store: Path, tmp_path: Path
) -> None:
    own_bundle = tmp_path / "bundle"
    shutil.copytree(bundle, own_bundle)
    running = AdShop(tmp_path / "run", own_bundle, copied(coupon_store, tmp_path))
    assert running.card().version == "hand-set"
    report = json.loads(must(
        "train", "ads", *_arguments(coupon_store), "--bundle", own_bundle, "--json"))
    assert report["conversions"] > 100 and report["campaign_count"] == CAMPAIGNS
    reload = model_service_pb2.ReloadModelRequest()
    running.models.ReloadModel(reload, timeout=60)
    card = running.card()
    assert card.version == report["version"]
    assert card.conversion_example_count == report["example_count"]
    head = own_bundle / "ads.head"
    content = bytearray(head.read_bytes())
    content[len(content) // 2] ^= 1
    head.write_bytes(content)
    with pytest.raises(grpc.RpcError) as raised:
        running.models.ReloadModel(reload, timeout=60)
    assert raised.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert "checksum" in raised.value.details()
    assert running.card().version == report["version"]
    running.server.answers()
    running.close()
