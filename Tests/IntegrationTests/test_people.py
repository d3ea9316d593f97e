"""People and groups: reports of a user, segments, and what all users did over time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import shop
from google.protobuf import timestamp_pb2
from server import must, tool
from test_profiles import Shop, copied, event

from rankwire.v1 import profile_service_pb2

# 2026-01-01, in Unix seconds.
FIRST_DAY = 1_767_225_600
DAYS = 84
SPIKE_DAY = 40


@pytest.fixture(scope="module")
def busy_store(bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop with forty more users: half buy bread every other day, half cat food twice. On one
    day everybody searches for barbecues. One more only talks."""
    folder = tmp_path_factory.mktemp("people")
    path = copied(store, folder)
    rows: list[tuple[object, ...]] = [
        ("user", "item", "type", "time", "value", "currency", "query", "channel",
         "text")]
    for user in range(40):
        for day in range(0, DAYS, 2 if user < 20 else 80):
            item = f"mill-{day % 6}" if user < 20 else f"felina-{user % 6}"
            rows.append((
                f"p{user}", item, "purchase", FIRST_DAY + day * 86_400 + 36_000 + user, "4.50",
                "USD", "", "web", ""))
        for number in range(6):
            rows.append((
                f"p{user}", "", "search",
                FIRST_DAY + SPIKE_DAY * 86_400 + 40_000 + 60 * number, "", "", "Barbecue", "", ""))
    rows.append((
        "talker", "", "chat", FIRST_DAY, "", "", "", "",
        "I need baby wipes and diapers for my baby"))
    events = folder / "events.csv"
    with events.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    must("import", "events", events, "--store", f"sqlite:{path}", "--bundle", bundle)
    return path


@pytest.fixture
def live(bundle: Path, busy_store: Path, tmp_path: Path) -> Iterator[Shop]:
    path = copied(busy_store, tmp_path)
    built = json.loads(must(
        "segments", "build", "--store", f"sqlite:{path}", "--count", 2, "--json"))
    assert built["user_count"] == 45
    running = Shop(tmp_path / "run", bundle, path)
    yield running
    running.close()


def test_segments_are_listed_and_shown_in_profiles(live: Shop) -> None:
    reply = live.profiles.ListSegments(profile_service_pb2.ListSegmentsRequest(), timeout=30)
    assert (reply.user_count, reply.buyer_count) == (45, 44)
    assert len(reply.segments) == 2 and sum(s.user_count for s in reply.segments) == 45
    frequent = next(s for s in reply.segments if s.user_count == 20)
    assert "frequent" in frequent.name.lower() and frequent.categories[0].name == "Grocery"
    profile = live.profiles.GetProfile(
        profile_service_pb2.GetProfileRequest(user_id="p3"), timeout=30).profile
    assert profile.segment.segment_id == frequent.segment_id
    assert profile.purchases.quintiles.frequency == 4 and profile.purchases.day_count == 42
    assert not profile.left_out
    assert frequent.name in must("segments", "list", "--server", live.server.tcp)
    # Made anew from the same profiles, they are the same.
    listed = json.loads(must("segments", "list", "--json", "--server", live.server.tcp))
    assert [row["segment_id"] for row in listed["segments"]] == [
        s.segment_id for s in reply.segments]


def test_a_user_is_put_into_words(live: Shop) -> None:
    report = live.profiles.GetUserReport(
        profile_service_pb2.GetUserReportRequest(user_id="p3"), timeout=30)
    assert report.churn_risk.level == profile_service_pb2.CHURN_LEVEL_LOW
    assert report.churn_risk.usual_days == pytest.approx(2)
    assert report.trend.direction == profile_service_pb2.TREND_DIRECTION_STEADY
    titles = {row[0] for row in shop.ITEMS.values()}
    assert report.interests and report.interests[0].title in titles
    assert report.profile.activity.hours[10] == 42
    assert [row.name for row in report.profile.activity.channels] == ["web"]
    assert [row.name for row in report.profile.price_bands] == ["2-5"]
    assert any("every 2 days" in sentence for sentence in report.summary)
    later = timestamp_pb2.Timestamp(seconds=report.as_of.seconds + 30 * 86_400)
    gone = live.profiles.GetUserReport(
        profile_service_pb2.GetUserReportRequest(user_id="p3", as_of=later), timeout=30)
    assert gone.churn_risk.level == profile_service_pb2.CHURN_LEVEL_HIGH
    shown = must("profile", "report", "p3", "--server", live.server.tcp)
    assert report.summary[0] in shown and "price bands" in shown and "hours of the day" in shown
    words = json.loads(must("profile", "report", "p3", "--json", "--server", live.server.tcp))
    assert words["churn_risk"]["level"] == "low" and words["profile"]["activity"]["hours"][10] == 42
    with pytest.raises(grpc.RpcError) as unknown:
        live.profiles.GetUserReport(
            profile_service_pb2.GetUserReportRequest(user_id="nobody"), timeout=30)
    assert unknown.value.code() == grpc.StatusCode.NOT_FOUND


def test_a_report_follows_the_next_event(live: Shop) -> None:
    live.ingest(event("cats", "CLICK", item_id="felina-0", channel="app", device="phone"))
    profile = live.profiles.GetProfile(
        profile_service_pb2.GetProfileRequest(user_id="cats"), timeout=30).profile
    assert [row.name for row in profile.activity.devices] == ["phone"]
    assert {row.name: row.count for row in profile.activity.types} == {"purchase": 5, "click": 1}
    assert dict(profile.attribute_labels) == {"age": "demographic"}


def test_imported_words_count_as_live_ones_do(live: Shop) -> None:
    profile = live.profiles.GetProfile(
        profile_service_pb2.GetProfileRequest(user_id="p0"), timeout=30).profile
    assert [row.query for row in profile.recent_searches] == ["Barbecue"] * 6
    # Of what nobody has bought, so that popularity has no say.
    unsold = [item for item, row in shop.ITEMS.items()
              if row[1] not in {*shop.USERS.values(), "Grocery > Coffee", "Grocery > Bread"}]
    assert live.best("talker", unsold) == "Baby > Care"


def test_a_planted_spike_is_reported(busy_store: Path) -> None:
    report = json.loads(must("report", "--store", f"sqlite:{busy_store}", "--json"))
    assert report["window"] == "day" and report["user_count"] == 45
    assert sum(row["counts"]["search"] for row in report["windows"]) == 240
    spikes = [row for row in report["spikes"] if row["type"] == "search"]
    assert [(row["count"], row["query"]) for row in spikes] == [(240, "barbecue")]
    shown = must("report", "--store", f"sqlite:{busy_store}", "--window", "week", "--rows", 3)
    assert "purchase" in shown and "Grocery" in shown
    assert tool("report", "--store", "sqlite:/nowhere/at/all").returncode == 65
    assert tool("report", "--store", f"sqlite:{busy_store}", "--window", "year").returncode == 64
