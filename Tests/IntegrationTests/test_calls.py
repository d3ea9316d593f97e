"""What the calls answer, through stock grpcio, over TCP and a Unix socket."""

from __future__ import annotations

import datetime
import math

import grpc
import pytest
import shop
from server import Server

import rankwire
from rankwire.results import Contribution

# Sums of float32 in another order than the server's.
TOLERANCE = 1e-5


def adds_up(bias: float | None, parts: dict[str, Contribution] | None, logit: float) -> bool:
    assert bias is not None and parts
    return math.isclose(
        bias + math.fsum(part.logit for part in parts.values()), logit, abs_tol=TOLERANCE)


def logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def test_items_come_best_first(client: rankwire.Client) -> None:
    ranking = client.score_items("cats", item_ids=shop.ITEMS)
    assert sorted(item.item_id for item in ranking.items) == sorted(shop.ITEMS)
    logits = [item.logit for item in ranking.items]
    assert logits == sorted(logits, reverse=True)
    assert [item.rank for item in ranking.items] == list(range(1, len(shop.ITEMS) + 1))
    assert not ranking.failures
    assert ranking.message.bundle_version
    assert ranking.message.timings.total_nanos > 0


@pytest.mark.parametrize(("user", "category"), [(u, c) for u, c in shop.USERS.items() if c])
def test_what_a_user_buys_ranks_first(server: Server, user: str, category: str) -> None:
    with rankwire.Client(server.tcp, timeout_seconds=30) as client:
        best = client.score_items(user, item_ids=shop.ITEMS, limit=3).items
    assert [shop.ITEMS[item.item_id][1] for item in best] == [category] * 3


def test_index_is_the_place_in_the_request(client: rankwire.Client) -> None:
    ids = ["spade-0", "felina-0", "echo-0"]
    inline = [rankwire.Item(item_id="new", title="Cat food with rabbit", category="Pets")]
    ranking = client.score_items("cats", item_ids=ids, items=inline)
    assert {item.index: item.item_id for item in ranking.items} == dict(enumerate([*ids, "new"]))


def test_contributions_add_up_to_the_logit(client: rankwire.Client) -> None:
    ranking = client.score_items("cats", item_ids=shop.ITEMS, explain=20)
    for item in ranking.items[:20]:
        assert adds_up(ranking.bias, item.contributions, item.logit)
    for item in ranking.items:
        assert math.isclose(item.probability, logistic(item.logit), abs_tol=TOLERANCE)
    assert all(item.contributions is None for item in ranking.items[20:])


def test_limit_bounds_what_is_returned_and_explained(client: rankwire.Client) -> None:
    whole = client.score_items("runner", item_ids=shop.ITEMS)
    ranking = client.score_items("runner", item_ids=shop.ITEMS, limit=4, explain=10)
    assert [i.item_id for i in ranking.items] == [i.item_id for i in whole.items[:4]]
    assert ranking.message.explanation.row_count == 4


def test_the_same_question_has_the_same_answer(client: rankwire.Client) -> None:
    def ask() -> list[tuple[str, float]]:
        found = client.score_items(
            rankwire.InlineUser(text="a quiet evening with a good crime novel"),
            item_ids=shop.ITEMS)
        return [(item.item_id, item.logit) for item in found.items]

    assert ask() == ask()


def test_a_user_described_in_the_request(client: rankwire.Client) -> None:
    user = rankwire.InlineUser(text="food for my cat")
    ranking = client.score_items(user, item_ids=shop.ITEMS, limit=3)
    assert all(item.item_id in shop.CAT_FOOD for item in ranking.items)
    assert ranking.message.user_text.token_count > 2
    assert not ranking.message.user_text.truncated


def test_events_in_the_request_count_like_stored_ones(client: rankwire.Client) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    events = [
        rankwire.Event(item_id=item_id, type=rankwire.EventType.EVENT_TYPE_PURCHASE, time=now)
        for item_id in shop.CAT_FOOD[:4]]
    ranking = client.score_items(
        rankwire.InlineUser(events=events), item_ids=shop.ITEMS, limit=3)
    assert all(item.item_id in shop.CAT_FOOD for item in ranking.items)


def test_a_known_user_who_did_nothing_is_answered(client: rankwire.Client) -> None:
    ranking = client.score_items("quiet", item_ids=shop.ITEMS, explain=1)
    assert len(ranking.items) == len(shop.ITEMS)
    assert adds_up(ranking.bias, ranking.items[0].contributions, ranking.items[0].logit)


def test_a_long_text_says_it_was_cut(client: rankwire.Client) -> None:
    item = rankwire.Item(item_id="long", title="Cat food", description="with tuna " * 1000)
    (row,) = client.score_items("cats", items=[item]).message.items
    assert row.text.truncated
    assert row.text.token_count >= 128


def test_unknown_items_do_not_fail_the_rest(client: rankwire.Client) -> None:
    ranking = client.score_items("cats", item_ids=["felina-0", "nothing", "spade-0", "nowhere"])
    assert len(ranking.items) == 2
    assert [(f.index, f.id, f.code, f.reason) for f in ranking.failures] == [
        (1, "nothing", grpc.StatusCode.NOT_FOUND, "ITEM_NOT_FOUND"),
        (3, "nowhere", grpc.StatusCode.NOT_FOUND, "ITEM_NOT_FOUND")]


def test_ads_are_ranked_by_what_they_earn(client: rankwire.Client) -> None:
    ids = [ad[0] for ad in shop.ADS]
    ranking = client.score_ads("cats", ad_ids=ids, explain=2)
    assert [ad.ad_id for ad in ranking.ads] == ["ad-cats", "ad-coffee"]
    assert {bid.ad_id: bid.reason for bid in ranking.no_bids} == {
        "ad-over": "CAMPAIGN_NOT_RUNNING", "ad-euro": "CURRENCY_MISMATCH"}
    for ad in ranking.ads:
        assert adds_up(ranking.bias, ad.contributions, ad.logit)
        assert math.isclose(ad.click_probability, logistic(ad.logit), abs_tol=TOLERANCE)
        assert math.isclose(float(ad.ecpm), 1000 * ad.click_probability * 0.4, rel_tol=1e-4)
        assert ad.currency_code == "USD"


def test_a_bid_of_the_request_counts(client: rankwire.Client) -> None:
    stored = client.score_ads("cats", ad_ids=["ad-coffee"]).ads[0]
    raised = client.score_ads("cats", bids={"ad-coffee": 0.80}).ads[0]
    assert math.isclose(float(raised.ecpm), 2 * float(stored.ecpm), rel_tol=1e-4)


def test_the_moment_of_the_question_decides_what_runs(client: rankwire.Client) -> None:
    then = datetime.datetime(2016, 1, 15, tzinfo=datetime.timezone.utc)
    ranking = client.score_ads("cats", ad_ids=["ad-over"], time=then)
    assert [ad.ad_id for ad in ranking.ads] == ["ad-over"]


def test_below_the_floor_an_ad_does_not_bid(client: rankwire.Client) -> None:
    ranking = client.score_ads(
        "cats", ad_ids=["ad-coffee"], floor=rankwire.money(1_000_000, "USD"))
    assert not ranking.ads
    assert ranking.no_bids[0].reason == "BELOW_FLOOR"


def test_an_ad_described_in_the_request(client: rankwire.Client) -> None:
    ad = rankwire.Ad(
        ad_id="mine", campaign_id="c", bid=rankwire.money("0.25", "USD"),
        creative=rankwire.Item(title="Running shoes", category="Sports > Running"))
    (row,) = client.score_ads("runner", ads=[ad]).ads
    assert (row.index, row.ad_id, row.campaign_id) == (0, "mine", "c")


@pytest.mark.parametrize(
    ("sentence", "word"),
    [("Where is my parcel? It should have been here on Monday.", "order"),
     ("I want to send this back and get my money", "re")])
def test_a_sentence_has_an_intent_and_an_answer(
    client: rankwire.Client, sentence: str, word: str
) -> None:
    answer = client.classify_intent(sentence, top_k=3, explain=True)
    scores = [intent.score for intent in answer.intents]
    assert len(scores) == 3 and scores == sorted(scores, reverse=True)
    assert not answer.out_of_scope and scores[0] >= answer.threshold
    assert word in answer.intents[0].name
    assert answer.answer
    assert answer.intents[0].nearest_examples


def test_a_sentence_about_nothing_here_is_out_of_scope(client: rankwire.Client) -> None:
    answer = client.classify_intent("the mitochondrion divides before the nucleus does")
    assert answer.out_of_scope
    assert answer.answer == ""


def test_the_model_card_counts_what_is_loaded(client: rankwire.Client) -> None:
    card = client.model_card()
    assert (card.item_count, card.ad_count) == (len(shop.ITEMS), len(shop.ADS))
    assert card.profile_count == len(shop.USERS)
    assert card.intent_count >= 25
    assert card.dimension == 384
    assert card.mean_cosine >= 0.998


def test_compressed_requests_are_read(server: Server) -> None:
    with grpc.insecure_channel(server.tcp, compression=grpc.Compression.Gzip) as channel:
        ask = channel.unary_unary("/rankwire.v1.IntentService/ClassifyIntent")
        assert ask(b"\x0a\x12" + b"where is my parcel", timeout=30)
