"""Recommend and SearchItems through stock grpcio: sources, rules, pages, labels, tools."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import shop
from server import Server, must, tool
from test_callers import digest
from test_catalog import KITTEN, Catalog
from test_profiles import Shop, copied, event

import rankwire
from rankwire import PastItems
from rankwire.v1 import (
    common_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    profile_service_pb2,
    recommendation_pb2,
    scoring_service_pb2_grpc,
)

TOLERANCE = 1e-5


def rules(**fields: object) -> rankwire.ItemRules:
    return rankwire.ItemRules(filters=[rankwire.ItemFilter(**fields)])


@pytest.fixture
def live(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Shop]:
    """A server on its own store, whose journal was counted."""
    own = copied(store, tmp_path)
    must("neighbours", "build", "--store", f"sqlite:{own}")
    running = Shop(tmp_path / "run", bundle, own)
    yield running
    running.close()


@pytest.fixture
def shopper(live: Shop) -> Iterator[rankwire.Client]:
    with rankwire.Client(live.server.tcp, timeout_seconds=30) as connected:
        yield connected


@pytest.mark.parametrize(("user", "category"), [(u, c) for u, c in shop.USERS.items() if c])
def test_what_a_user_likes_comes_first(server: Server, user: str, category: str) -> None:
    with rankwire.Client(server.tcp, timeout_seconds=30) as client:
        found = client.recommend(user, count=5, include_titles=True)
    assert [shop.ITEMS[item.item_id][1] for item in found.items[:4]] == [category] * 4
    assert [item.rank for item in found.items] == [1, 2, 3, 4, 5]
    assert all(item.title == shop.ITEMS[item.item_id][0] for item in found.items)
    assert all("interests" in item.sources for item in found.items[:4])
    assert found.user_knowledge == "behaviour"
    assert found.message.timings.total_nanos > 0


def test_explanations_add_up(client: rankwire.Client) -> None:
    boost = rankwire.ItemBoost(filter=rankwire.ItemFilter(brands=["felina"]), logits=1.5)
    boosted = rankwire.ItemRules(boosts=[boost])
    for found in (
        client.recommend("runner", explain=10), client.recommend("runner", explain=4),
        client.recommend("runner", explain=10, rules=boosted),
        client.search_items("coffee beans", explain=10),
        client.search_items("coffee beans", user="cats", explain=10, rules=boosted),
    ):
        explained = [item for item in found.items if item.contributions]
        assert len(explained) == found.message.explanation.row_count > 0
        for item in explained:
            assert item.contributions is not None and found.bias is not None
            logit = found.bias + math.fsum(part.logit for part in item.contributions.values())
            assert math.isclose(logit, item.logit, abs_tol=TOLERANCE)
            assert math.isclose(
                item.probability, 1 / (1 + math.exp(-item.logit)), abs_tol=TOLERANCE)


def test_a_stranger_is_recommended_what_is_popular(client: rankwire.Client) -> None:
    found = client.recommend("never-seen", count=20)
    assert found.user_knowledge == "unknown_user"
    assert {source for item in found.items for source in item.sources} == {"popularity"}
    # Everybody bought it.
    assert found.items[0].item_id == "roast-0"
    assert client.recommend("quiet").user_knowledge == "no_behaviour"


def test_a_user_described_in_the_request(client: rankwire.Client) -> None:
    found = client.recommend(rankwire.InlineUser(text="I like to bake cakes"), count=3)
    assert {shop.ITEMS[item.item_id][1] for item in found.items} == {"Kitchen > Baking"}
    assert found.message.user_text.token_count > 2


def test_filters_and_exclusions(client: rankwire.Client) -> None:
    pets = client.recommend("runner", count=100, rules=rules(categories=["Pets"]))
    assert {item.item_id for item in pets.items} == {
        item for item, row in shop.ITEMS.items() if row[1].startswith("Pets > ")}
    cheap = client.recommend(
        "cats", count=100, rules=rules(max_price=rankwire.money("5", "USD"), brands=["felina"]))
    assert {item.item_id for item in cheap.items} == {"felina-0", "felina-1"}
    kept = client.recommend(
        "cats", count=100, rules=rankwire.ItemRules(excluded_item_ids=shop.CAT_FOOD))
    assert not {item.item_id for item in kept.items} & set(shop.CAT_FOOD)


def test_what_was_bought_does_not_come_back(client: rankwire.Client) -> None:
    bought = {f"felina-{n}" for n in range(4)} | {"roast-0"}
    plain = {item.item_id for item in client.recommend("cats", count=100).items}
    assert bought <= plain
    fresh = client.recommend(
        "cats", count=100, rules=rankwire.ItemRules(past_items=PastItems.PAST_ITEMS_NOT_BOUGHT))
    assert plain - {item.item_id for item in fresh.items} == bought


def test_viewed_and_not_bought(live: Shop, shopper: rankwire.Client) -> None:
    live.ingest(
        event("cats", "VIEW", "v1", item_id="felina-0"),
        event("cats", "VIEW", "v2", item_id="echo-3"), event("cats", "CART", "v3", item_id="rex-1"))
    found = shopper.recommend("cats", rules=rankwire.ItemRules(
        past_items=PastItems.PAST_ITEMS_VIEWED_NOT_BOUGHT))
    assert {item.item_id for item in found.items} == {"echo-3", "rex-1"}
    assert all("viewed" in item.sources for item in found.items)


def test_a_search_finds_by_meaning_and_by_words(client: rankwire.Client) -> None:
    # "headset" is a word of no item.
    meant = client.search_items("a headset for music", count=3)
    assert {shop.ITEMS[item.item_id][1] for item in meant.items} == {"Electronics > Audio"}
    assert client.search_items("spade", count=3).items[0].sources >= {"query_words"}
    titles = client.search_items("sourdough", include_titles=True).items
    assert titles[0].title == "Sourdough bread"
    assert titles[0].sources == {"query_meaning", "query_words"}
    assert meant.user_knowledge == "unspecified"
    assert meant.message.query_text.token_count > 3


def test_tastes_count_in_a_search(client: rankwire.Client) -> None:
    def lead(user: str | None) -> float:
        """Of the best cat food before the best dog food, in logits."""
        found = client.search_items("food for my pet", user=user, count=60)
        best = {kind: max(i.logit for i in found.items if shop.ITEMS[i.item_id][1] == kind)
                for kind in ("Pets > Cat food", "Pets > Dog food")}
        return best["Pets > Cat food"] - best["Pets > Dog food"]

    assert lead("cats") > lead("runner")
    assert lead("cats") > lead(None)


def test_sources_may_be_chosen(server: Server) -> None:
    with grpc.insecure_channel(server.tcp) as channel:
        stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
        words = recommendation_pb2.CANDIDATE_SOURCE_QUERY_WORDS
        reply = stub.SearchItems(recommendation_pb2.SearchItemsRequest(
            query="espresso", sources=[words], count=100), timeout=30)
        assert [item.item_id for item in reply.items] == ["roast-0"]
        assert list(reply.items[0].sources) == [words]
        reply = stub.Recommend(recommendation_pb2.RecommendRequest(
            user=common_pb2.User(user_id="cats"), count=100,
            sources=[recommendation_pb2.CANDIDATE_SOURCE_REPEAT_PURCHASES]), timeout=30)
        assert {item.item_id for item in reply.items} == {
            "felina-0", "felina-1", "felina-2", "felina-3", "roast-0"}


def test_neighbours_are_candidates(live: Shop, shopper: rankwire.Client) -> None:
    # Two users put a hose and shears into one day; one of them is asked about later.
    for user in ("gardener-1", "gardener-2", "gardener-3"):
        live.ingest(*(
            event(user, "PURCHASE", f"{user}-{item}", item_id=item, quantity=1)
            for item in ("spade-0", "spade-1", "echo-5")))
    live.ingest(event("new-gardener", "PURCHASE", "n", item_id="spade-0", quantity=1))
    store = next(live.server.log.parent.parent.glob("store.sqlite"))
    said = must("neighbours", "build", "--store", f"sqlite:{store}")
    assert "have neighbours" in said
    model_service_pb2_grpc.ModelServiceStub(live.channel).ReloadModel(
        model_service_pb2.ReloadModelRequest(), timeout=60)
    found = shopper.recommend("new-gardener", count=60)
    brought = {item.item_id for item in found.items if "neighbours" in item.sources}
    assert brought == {"spade-1", "echo-5"}


def pages(client: rankwire.Client, count: int, **fields: object) -> Iterator[list[str]]:
    token = ""
    while True:
        page = client.recommend("cats", count=count, page_token=token, **fields)
        yield [item.item_id for item in page.items]
        token = page.next_page_token
        if not token:
            return


@pytest.mark.parametrize("diversity", [0, 0.5])
def test_pages_are_the_list_in_pieces(client: rankwire.Client, diversity: float) -> None:
    whole = [item.item_id for item in client.recommend(
        "cats", count=100, diversity=diversity).items]
    assert len(whole) == len(shop.ITEMS)
    for count in (7, 30, 59, 60):
        assert [i for page in pages(client, count, diversity=diversity) for i in page] == whole


def test_pages_stay_while_the_user_and_the_catalogue_change(
    live: Shop, shopper: rankwire.Client
) -> None:
    whole = [item.item_id for item in shopper.recommend("cats", count=60).items]
    first = shopper.recommend("cats", count=10, explain=12)
    live.ingest(*(event("cats", "PURCHASE", f"p{n}", item_id=f"echo-{n}", quantity=1)
                  for n in range(6)))
    catalog = Catalog(live.channel)
    gone = whole[11]
    catalog.delete(gone)
    catalog.upsert(KITTEN)
    second = shopper.recommend("cats", count=10, page_token=first.next_page_token)
    expected = [item for item in whole if item != gone][10:20]
    assert [item.item_id for item in second.items] == expected
    # Ranks are those of the list; what was explained then still adds up.
    assert [item.rank for item in second.items][:2] == [11, 13]
    explained = [item for item in second.items if item.contributions]
    assert [item.rank for item in explained] == [11]
    assert explained[0].contributions is not None and second.bias is not None
    assert math.isclose(
        second.bias + math.fsum(part.logit for part in explained[0].contributions.values()),
        explained[0].logit, abs_tol=TOLERANCE)
    # A new list knows the new item and not the old one.
    again = {item.item_id for item in shopper.recommend("cats", count=100).items}
    assert gone not in again


def test_a_new_item_is_found_a_moment_later(live: Shop, shopper: rankwire.Client) -> None:
    Catalog(live.channel).upsert(KITTEN)
    for _ in range(600):
        found = shopper.search_items("kitten food with rabbit", count=1)
        if found.items[0].item_id == KITTEN.item_id:
            break
    assert found.items[0].item_id == KITTEN.item_id
    assert found.items[0].sources == {"query_meaning", "query_words"}


def test_tokens_of_nobody_are_refused(live: Shop, shopper: rankwire.Client) -> None:
    good = shopper.recommend("cats", count=3).next_page_token
    for token in ("x", "-", good[:-1] + "-3", good + "0000", good.replace("-3", "--3"), "0" * 32):
        with pytest.raises(rankwire.InvalidArgument) as refused:
            shopper.recommend("cats", page_token=token)
        assert refused.value.field_violations[0].field == "page_token"
    with pytest.raises(rankwire.InvalidArgument):
        shopper.search_items("x", page_token=good)
    assert shopper.recommend("cats", page_token=good).items
    live.profiles.DeleteProfile(
        profile_service_pb2.DeleteProfileRequest(user_id="cats"), timeout=60)
    with pytest.raises(rankwire.InvalidArgument):
        shopper.recommend("cats", page_token=good)


def test_wrong_fields_are_named(client: rankwire.Client) -> None:
    for field, ask in {
        "query": lambda: client.search_items(""),
        "diversity": lambda: client.recommend("cats", diversity=2),
        "count": lambda: client.recommend("cats", count=100_000),
        "rules.filters[0]": lambda: client.recommend("cats", rules=rules()),
    }.items():
        with pytest.raises(rankwire.InvalidArgument) as refused:
            ask()
        assert refused.value.field_violations[0].field == field


@pytest.mark.parametrize("seconds", [0.0005, 0.002])
def test_a_deadline_that_passes_is_told(server: Server, seconds: float) -> None:
    with rankwire.Client(server.tcp) as client:
        for number in range(20):
            try:
                client.search_items(f"coffee {number}", timeout_seconds=seconds)
            except rankwire.DeadlineExceeded:
                pass
    server.answers()


def test_what_a_caller_may_not_see_is_left_out(bundle: Path, store: Path, tmp_path: Path) -> None:
    callers = tmp_path / "callers.jsonl"
    callers.write_text("".join(
        json.dumps({
            "name": name, "class": "interactive", "rpcs": ["*"],
            "tokens": [digest(f"{name}-secret")], **({"labels": labels} if labels else {})}) + "\n"
        for name, labels in [("blind", []), ("seeing", ["activity"])]), encoding="utf-8")
    folder = tmp_path / "run"
    folder.mkdir()
    server = Server(folder, bundle, store, "--callers-file", str(callers))
    wanted = rankwire.ItemRules(past_items=PastItems.PAST_ITEMS_NOT_BOUGHT)
    try:
        with rankwire.Client(server.tcp, timeout_seconds=30, token="seeing-secret") as seeing:
            found = seeing.recommend("cats", count=100, rules=wanted)
            assert not found.message.left_out and found.user_knowledge == "behaviour"
            assert "felina-0" not in {item.item_id for item in found.items}
            token = seeing.recommend("cats", count=3).next_page_token
        with rankwire.Client(server.tcp, timeout_seconds=30, token="blind-secret") as blind:
            found = blind.recommend("cats", count=100, rules=wanted, explain=1)
            assert list(found.message.left_out) == ["rules.past_items"]
            assert found.user_knowledge == "no_behaviour"
            assert {s for item in found.items for s in item.sources} == {"popularity"}
            assert "felina-0" in {item.item_id for item in found.items}
            assert "interest_similarity" in found.message.explanation.left_out
            # Another's list is not read by its token.
            with pytest.raises(rankwire.InvalidArgument):
                blind.recommend("cats", page_token=token)
    finally:
        server.stop()


def test_the_commands_show_items_and_where_they_are_from(server: Server) -> None:
    shown = must("recommend", "cats", "--server", server.tcp, "--limit", "3", "--explain", "1")
    assert "felina-" in shown and "interests" in shown and "next page: --page" in shown
    assert "nearest_item_similarity" in shown and "bias" in shown
    found = json.loads(must(
        "search", "running shoes", "--server", server.tcp, "--json", "--explain", "1"))
    assert found["items"][0]["title"] == "Running shoes"
    assert found["items"][0]["sources"] == ["query_meaning", "query_words"]
    assert found["items"][0]["explanation"]["terms"][-1]["feature"] == "query_category"
    assert "what is popular counts" in must("recommend", "stranger", "--server", server.tcp)
    described = json.loads(must(
        "recommend", "--text", "crime novels", "--server", server.tcp, "--json", "--category",
        "Books", "--max-price", "10", "--exclude", "press-0", "--boost", "item=press-2:3"))
    assert [item["item_id"] for item in described["items"]] == ["press-2", "press-1"]
    page = json.loads(must("recommend", "cats", "--server", server.tcp, "--json", "--limit", "2"))
    following = json.loads(must(
        "recommend", "cats", "--server", server.tcp, "--json", "--page", page["next_page_token"]))
    assert following["items"][0]["rank"] == 3
    assert tool("search", "x", "--from", "nowhere").returncode == 64
    assert tool("recommend").returncode == 64
