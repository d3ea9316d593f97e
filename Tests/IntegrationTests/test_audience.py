"""Audiences: who suits an ad or a description, and that nobody in them can be told apart."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from server import must, tool
from test_profiles import Shop, copied

from rankwire.v1 import ad_service_pb2, ad_service_pb2_grpc

# 2026-01-10, in Unix seconds.
START = 1_768_003_200
LEAST = 20
PEOPLE = 300


class AudienceShop(Shop):
    def __init__(self, folder: Path, bundle: Path, store: Path) -> None:
        super().__init__(folder, bundle, store)
        self.ads = ad_service_pb2_grpc.AdServiceStub(self.channel)

    def select(
        self, **fields: object
    ) -> tuple[ad_service_pb2.AudienceSummary, list[ad_service_pb2.AudienceUser]]:
        parts = list(self.ads.SelectAudience(
            ad_service_pb2.SelectAudienceRequest(**fields), timeout=60))
        assert [part.WhichOneof("part") for part in parts] == ["summary"] + ["users"] * (
            len(parts) - 1)
        return parts[0].summary, [user for part in parts[1:] for user in part.users.users]


@pytest.fixture(scope="module")
def crowd(
    bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AudienceShop]:
    """Three hundred more: a third buys cat food by phone at nine, a third coffee in the shop at
    six, the rest books at hours of their own."""
    folder = tmp_path_factory.mktemp("crowd")
    path = copied(store, folder)
    rows: list[tuple[object, ...]] = [("user", "item", "type", "time", "value", "currency",
                                       "channel")]
    for person in range(PEOPLE):
        brand, hour, channel = [
            ("felina", 9, "phone"), ("roast", 18, "shop"), ("press", person % 24, f"c{person % 40}")
        ][person % 3]
        for purchase in range(5):
            rows.append((f"x{person}", f"{brand}-{purchase}", "purchase",
                         START + purchase * 86_400 + hour * 3_600 + person, "4.00", "USD", channel))
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    must("import", "events", folder / "events.csv", "--store", f"sqlite:{path}")
    must("segments", "build", "--store", f"sqlite:{path}", "--count", 3)
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("user",), *((f"x{n}",) for n in range(PEOPLE))])
    shop = AudienceShop(folder / "run", bundle, path)
    shop.people = folder / "people.csv"
    shop.path = path
    yield shop
    shop.close()


def check_alike(users: list[ad_service_pb2.AudienceUser]) -> None:
    """What is said of a user is said of at least so many."""
    said = Counter((user.segment_id, user.best_hour, user.best_channel) for user in users)
    assert all(count >= LEAST for count in said.values()), said


def test_a_description_finds_who_buys_such_things(crowd: AudienceShop) -> None:
    summary, users = crowd.select(
        text="people with a cat, who buy cat food", max_users=90, reach_thresholds=[-1, 0.3, 0.999])
    assert summary.considered_count >= PEOPLE
    assert len(users) == summary.selected_count <= 90
    assert summary.least_audience == LEAST
    scores = [user.score for user in users]
    assert scores == sorted(scores, reverse=True)
    assert all(len(user.pseudonym) == 32 for user in users)
    check_alike(users)
    # Cat people shop by phone at nine.
    assert Counter(user.best_channel for user in users).most_common(1)[0][0] == "phone"
    assert Counter(user.best_hour for user in users).most_common(1)[0][0] == 9
    assert [row.threshold for row in summary.reach] == pytest.approx([-1, 0.3, 0.999])
    everybody, _, nobody = (row.user_count for row in summary.reach)
    assert everybody >= PEOPLE and nobody == 0
    assert sum(part.user_count for part in summary.segments) == len(users)
    assert all(part.user_count >= LEAST for part in summary.segments)


def test_who_is_like_nobody_is_not_told_apart(crowd: AudienceShop) -> None:
    _, users = crowd.select(text="crime novels and detective stories", max_users=100)
    check_alike(users)
    # Readers have hours and channels of their own: neither is said.
    assert Counter(user.best_channel for user in users).most_common(1)[0][0] == ""
    summary, users = crowd.select(text="cat food", max_users=LEAST - 1)
    assert users == [] and summary.selected_count == 0
    assert summary.withheld_count == LEAST - 1 and not summary.segments


def test_an_ad_and_a_campaign_select_by_probability(crowd: AudienceShop) -> None:
    for brief in ({"ad_id": "ad-cats"}, {"campaign_id": "camp-4"}):
        summary, users = crowd.select(
            **brief, outcome=ad_service_pb2.AUDIENCE_OUTCOME_CLICK, max_users=80)
        # Hand-set, or what the server has learnt from the crowd's answers by now.
        assert summary.ad_model_version
        assert all(0 < user.score < 1 for user in users)
        assert Counter(user.best_channel for user in users).most_common(1)[0][0] == "phone"
    _, all_users = crowd.select(
        ad_id="ad-cats", outcome=ad_service_pb2.AUDIENCE_OUTCOME_CLICK)
    cut = all_users[len(all_users) // 2].score
    _, chosen = crowd.select(
        ad_id="ad-cats", outcome=ad_service_pb2.AUDIENCE_OUTCOME_CLICK, threshold=cut)
    assert 0 < len(chosen) < len(all_users)
    assert min(user.score for user in chosen) >= cut


@pytest.mark.parametrize(("fields", "code", "what"), [
    ({}, grpc.StatusCode.INVALID_ARGUMENT, "brief"),
    ({"text": ""}, grpc.StatusCode.INVALID_ARGUMENT, "text"),
    ({"text": "x", "threshold": float("nan")}, grpc.StatusCode.INVALID_ARGUMENT, "threshold"),
    ({"text": "x", "reach_thresholds": [0.1] * 101}, grpc.StatusCode.INVALID_ARGUMENT, "reach"),
    ({"ad_id": "none"}, grpc.StatusCode.NOT_FOUND, "ad"),
    ({"campaign_id": "none"}, grpc.StatusCode.NOT_FOUND, "campaign")])
def test_what_cannot_be_selected_says_why(
    crowd: AudienceShop, fields: dict[str, object], code: grpc.StatusCode, what: str
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        crowd.select(**fields)
    assert raised.value.code() == code
    assert what in raised.value.details()


def test_the_tool_names_users_where_it_has_the_key(crowd: AudienceShop, tmp_path: Path) -> None:
    asked = ("audience", "--server", crowd.server.tcp, "--text", "cat food", "--size", 60)
    plain = json.loads(must(*asked, "--json"))
    assert plain["users"] and all(user.get("user") is None for user in plain["users"])
    output = tmp_path / "users.csv"
    text = must(*asked, "--users", crowd.people, "--store", f"sqlite:{crowd.path}",
                "--output", output)
    assert "score at least" in text
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(plain["users"])
    named = [row["user"] for row in rows if row["user"]]
    assert sum(int(name[1:]) % 3 == 0 for name in named) > 0.9 * len(named)
    assert tool("audience", "--server", crowd.server.tcp).returncode == 64
