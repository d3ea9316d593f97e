"""The command-line client: what people read, what machines read, exit codes, helpful errors."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
import shop
from server import Server, must, tool

# BSD's sysexits.h.
USAGE, REFUSED, NO_SERVER = 64, 65, 69


@pytest.fixture(params=["tcp", "unix"])
def address(request: pytest.FixtureRequest, server: Server) -> str:
    return str(getattr(server, request.param))


@pytest.fixture(scope="module")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candidates") / "items.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("item", "title"))
        writer.writerows((item_id, row[0]) for item_id, row in shop.ITEMS.items())
    return path


@pytest.fixture(scope="module")
def ads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ads") / "ads.csv"
    path.write_text(
        "ad,title\n" + "".join(f'{ad[0]},"{ad[2]}"\n' for ad in shop.ADS), encoding="utf-8")
    return path


def test_score_shows_titles_and_reasons(address: str, candidates: Path) -> None:
    shown = must(
        "score", "--server", address, "--user", "cats", "--candidates", candidates,
        "--limit", 3, "--explain", 2)
    assert sum(shop.ITEMS[item_id][0] in shown for item_id in shop.CAT_FOOD) == 3
    assert "\x1b" not in shown, "colours belong in a terminal only"


def test_score_for_machines(address: str, candidates: Path) -> None:
    reply = json.loads(must(
        "score", "--server", address, "--user", "cats", "--candidates", candidates,
        "--limit", 5, "--explain", 2, "--json"))
    ids = [item["item_id"] for item in reply["items"]]
    assert len(ids) == 5 and set(ids[:3]) <= set(shop.CAT_FOOD)
    for item in reply["items"][:2]:
        parts = [term["contribution"] for term in item["explanation"]["terms"]]
        assert math.isclose(
            item["explanation"]["bias"] + math.fsum(parts), item["logit"], abs_tol=1e-4)
    assert "explanation" not in reply["items"][2]


def test_items_on_the_command_line(address: str) -> None:
    reply = json.loads(must(
        "score", "--server", address, "--user", "runner", "--item", "spade-0", "--item",
        "stride-4", "--json"))
    assert [item["item_id"] for item in reply["items"]] == ["stride-4", "spade-0"]


def test_ad_says_who_bids_and_who_does_not(address: str, ads: Path) -> None:
    shown = must("ad", "--server", address, "--user", "cats", "--candidates", ads)
    assert shown.index("Cat food, two for one") < shown.index("Coffee week")
    assert "no bid: 1 whose campaign does not run" in shown
    assert "no bid: 1 with a bid in another currency" in shown


def test_ad_for_machines(address: str) -> None:
    reply = json.loads(must(
        "ad", "--server", address, "--user", "cats", "--ad", "ad-cats", "--ad", "ad-over",
        "--json"))
    assert [ad["ad_id"] for ad in reply["ads"]] == ["ad-cats"]
    assert [bid["reason"] for bid in reply["no_bids"]] == [500]


def test_ad_at_another_moment(address: str) -> None:
    reply = json.loads(must(
        "ad", "--server", address, "--user", "cats", "--ad", "ad-over", "--time",
        "2016-01-15T00:00:00Z", "--json"))
    assert [ad["ad_id"] for ad in reply["ads"]] == ["ad-over"]


def test_intent(address: str) -> None:
    sentence = "where is my parcel"
    reply = json.loads(must("intent", "--server", address, sentence, "--json"))
    assert not reply.get("out_of_scope")
    assert reply["intents"][0]["intent"] in must("intent", "--server", address, sentence)


def test_status_and_model(address: str) -> None:
    assert "serving" in must("status", "--server", address).lower()
    json.loads(must("status", "--server", address, "--json"))
    assert "384" in must("model", "card", "--server", address)
    card = json.loads(must("model", "card", "--server", address, "--json"))
    assert card["dimension"] == 384


@pytest.mark.parametrize(
    "arguments",
    [("score", "--user", "cats", "--item", "felina-0"), ("ad", "--user", "cats", "--ad", "ad-cats"),
     ("intent", "hello"), ("status",)],
    ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("where", ["127.0.0.1:1", "unix:/nonexistent/socket"])
def test_without_a_server_it_says_so(arguments: tuple[str, ...], where: str) -> None:
    done = tool(*arguments, "--server", where)
    assert done.returncode == NO_SERVER
    assert done.stdout == ""
    assert where in done.stderr
    assert "make serve" in done.stderr


def test_an_unknown_user_is_said_in_words(address: str) -> None:
    done = tool("score", "--server", address, "--user", "nobody", "--item", "felina-0")
    assert done.returncode == REFUSED
    assert "no such user" in done.stderr


def test_an_unknown_item_is_said_and_the_rest_ranked(address: str) -> None:
    done = tool(
        "score", "--server", address, "--user", "cats", "--item", "felina-0", "--item", "nothing")
    assert done.returncode == 0
    assert "nothing" in done.stdout + done.stderr


def test_an_invalid_field_is_named(address: str) -> None:
    done = tool("intent", "--server", address, "")
    assert done.returncode == REFUSED
    assert "text" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("score",), ("score", "--user"), ("nothing",), ("ad", "--limit", "many")],
    ids=str)
def test_a_wrong_command_line_shows_the_usage(arguments: tuple[str, ...]) -> None:
    done = tool(*arguments)
    assert done.returncode == USAGE
    assert "usage" in done.stderr.lower()


def test_a_missing_candidates_file_is_named(address: str) -> None:
    done = tool(
        "score", "--server", address, "--user", "cats", "--candidates", "/nonexistent/file.csv")
    assert done.returncode != 0
    assert "/nonexistent/file.csv" in done.stderr


def test_help_names_the_commands() -> None:
    shown = must("--help")
    assert all(command in shown for command in ("score", "ad", "intent", "status", "model"))
