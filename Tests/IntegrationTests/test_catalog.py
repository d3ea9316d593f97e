"""The catalogue changes while the server runs, and requests rank by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import shop
from server import must, tool
from test_profiles import Shop, copied, event

from rankwire.v1 import (
    ad_service_pb2,
    ad_service_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    common_pb2,
    intent_service_pb2,
    intent_service_pb2_grpc,
)


class Catalog:
    """The service's stub with its messages."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = catalog_service_pb2_grpc.CatalogServiceStub(channel)

    def upsert(self, *items: common_pb2.Item) -> catalog_service_pb2.UpsertItemsResponse:
        return self.stub.UpsertItems(
            catalog_service_pb2.UpsertItemsRequest(items=items), timeout=60)

    def get(self, item_id: str) -> common_pb2.Item:
        return self.stub.GetItem(
            catalog_service_pb2.GetItemRequest(item_id=item_id), timeout=60).item

    def delete(self, item_id: str) -> None:
        self.stub.DeleteItem(catalog_service_pb2.DeleteItemRequest(item_id=item_id), timeout=60)

    def pages(self, size: int) -> Iterator[list[str]]:
        token = ""
        while True:
            page = self.stub.ListItems(
                catalog_service_pb2.ListItemsRequest(page_size=size, page_token=token), timeout=60)
            yield [item.item_id for item in page.items]
            token = page.next_page_token
            if not token:
                return


@pytest.fixture
def live(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(tmp_path / "run", bundle, copied(store, tmp_path))
    yield running
    running.close()


@pytest.fixture
def catalog(live: Shop) -> Catalog:
    return Catalog(live.channel)


KITTEN = common_pb2.Item(
    item_id="new-kitten", title="Kitten food with rabbit", category="Pets > Cat food",
    brand="felina", price=common_pb2.Money(micros=3_000_000, currency_code="USD"),
    attributes={"shelf": "b"})


def code(error: pytest.ExceptionInfo[grpc.RpcError]) -> grpc.StatusCode:
    return error.value.code()


def test_a_new_item_is_ranked_by_the_next_request(live: Shop, catalog: Catalog) -> None:
    reply = catalog.upsert(KITTEN)
    assert (reply.stored_count, reply.unchanged_count, len(reply.rejected)) == (1, 0, 0)
    assert catalog.get("new-kitten") == KITTEN
    live.ingest(event("fresh", "PURCHASE", item_id="new-kitten"))
    unsold = ["spade-0", "echo-0", "felina-5", "mill-0"]
    assert live.best("fresh", unsold) == "Pets > Cat food"
    again = catalog.upsert(KITTEN)
    assert (again.stored_count, again.unchanged_count) == (0, 1)


def test_a_changed_item_is_other_at_once(catalog: Catalog) -> None:
    catalog.upsert(KITTEN)
    changed = common_pb2.Item()
    changed.CopyFrom(KITTEN)
    changed.title = "Garden gnome"
    changed.price.micros = 5_000_000
    assert catalog.upsert(changed).stored_count == 1
    assert catalog.get("new-kitten") == changed


def test_what_is_wrong_is_rejected_alone(catalog: Catalog) -> None:
    reply = catalog.upsert(
        common_pb2.Item(title="no id"), KITTEN, common_pb2.Item(item_id="no-title"),
        common_pb2.Item(item_id="price", title="x", price=common_pb2.Money(micros=-1)))
    assert reply.stored_count == 1
    assert [row.index for row in reply.rejected] == [0, 2, 3]
    for row, field in zip(
        reply.rejected, ["items[0].item_id", "items[2].title", "items[3].price"], strict=True
    ):
        assert row.status.message.startswith(field)
    with pytest.raises(grpc.RpcError) as many:
        catalog.upsert(*[KITTEN] * 1_001)
    assert code(many) == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("size", [1, 7, 60, 1_000])
def test_pages_hold_every_item_once(catalog: Catalog, size: int) -> None:
    pages = list(catalog.pages(size))
    assert [item for page in pages for item in page] == sorted(shop.ITEMS)
    assert max(map(len, pages)) <= size


def test_deleting_between_pages_skips_nobody(catalog: Catalog) -> None:
    seen: list[str] = []
    for page in catalog.pages(10):
        seen += page
        catalog.delete(page[-1])
    assert seen == sorted(shop.ITEMS)


def test_a_deleted_item_is_gone(live: Shop, catalog: Catalog) -> None:
    catalog.delete("felina-0")
    with pytest.raises(grpc.RpcError) as gone:
        catalog.get("felina-0")
    assert code(gone) == grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as twice:
        catalog.delete("felina-0")
    assert code(twice) == grpc.StatusCode.NOT_FOUND
    # Who bought it still likes its kind.
    assert live.best("cats", ["felina-5", "spade-0", "mill-0"]) == "Pets > Cat food"


def test_changes_are_there_after_a_crash(bundle: Path, store: Path, tmp_path: Path) -> None:
    path = copied(store, tmp_path)
    first = Shop(tmp_path / "first", bundle, path)
    Catalog(first.channel).upsert(KITTEN)
    first.server.process.kill()
    first.server.process.wait()
    first.channel.close()
    second = Shop(tmp_path / "second", bundle, path)
    assert Catalog(second.channel).get("new-kitten") == KITTEN
    second.close()


# Ads and intents go the same way; what differs is what they are for.

AD = ad_service_pb2.Ad(
    ad_id="ad-kitten", campaign_id="camp-9",
    creative=common_pb2.Item(
        item_id="ad-kitten", title="Kitten food, half price", category="Pets > Cat food",
        brand="felina"),
    bid=common_pb2.Money(micros=900_000, currency_code="USD"),
    pricing=ad_service_pb2.PRICING_CLICK)
INTENT = catalog_service_pb2.Intent(
    intent="adopt_cat", answer="Our shelter is open on Sundays.",
    examples=["I would like to adopt a kitten", "Can I take home a cat from the shelter?"])


def classify(live: Shop, text: str) -> intent_service_pb2.ClassifyIntentResponse:
    return intent_service_pb2_grpc.IntentServiceStub(live.channel).ClassifyIntent(
        intent_service_pb2.ClassifyIntentRequest(text=text), timeout=60)


def score_ads(live: Shop, *ads: str) -> ad_service_pb2.ScoreAdsResponse:
    return ad_service_pb2_grpc.AdServiceStub(live.channel).ScoreAds(
        ad_service_pb2.ScoreAdsRequest(
            user=common_pb2.User(user_id="cats"),
            ad_bids=[ad_service_pb2.AdBid(ad_id=ad) for ad in ads]), timeout=60)


def test_a_new_ad_bids_in_the_next_auction_until_it_is_deleted(
    live: Shop, catalog: Catalog,
) -> None:
    reply = catalog.stub.UpsertAds(
        catalog_service_pb2.UpsertAdsRequest(ads=[AD, AD]), timeout=60)
    assert (reply.stored_count, reply.unchanged_count) == (1, 1)
    assert catalog.stub.GetAd(
        catalog_service_pb2.GetAdRequest(ad_id="ad-kitten"), timeout=60).ad == AD
    assert [ad.ad_id for ad in score_ads(live, "ad-coffee", "ad-kitten").ads][0] == "ad-kitten"
    cheap = ad_service_pb2.Ad()
    cheap.CopyFrom(AD)
    cheap.bid.micros = 1
    catalog.stub.UpsertAds(catalog_service_pb2.UpsertAdsRequest(ads=[cheap]), timeout=60)
    assert [ad.ad_id for ad in score_ads(live, "ad-coffee", "ad-kitten").ads][0] == "ad-coffee"
    catalog.stub.DeleteAd(catalog_service_pb2.DeleteAdRequest(ad_id="ad-kitten"), timeout=60)
    after = score_ads(live, "ad-coffee", "ad-kitten")
    assert [row.id for row in after.failures] == ["ad-kitten"]


def test_a_new_intent_answers_the_next_sentence(live: Shop, catalog: Catalog) -> None:
    sentence = "How do I adopt a kitten from you?"
    assert classify(live, sentence).answer != INTENT.answer
    catalog.stub.UpsertIntents(
        catalog_service_pb2.UpsertIntentsRequest(intents=[INTENT]), timeout=60)
    best = classify(live, sentence)
    assert (best.intents[0].intent, best.answer) == ("adopt_cat", INTENT.answer)
    assert catalog.stub.GetIntent(
        catalog_service_pb2.GetIntentRequest(intent="adopt_cat"), timeout=60).intent == INTENT
    catalog.stub.DeleteIntent(
        catalog_service_pb2.DeleteIntentRequest(intent="adopt_cat"), timeout=60)
    assert "adopt_cat" not in [i.intent for i in classify(live, sentence).intents]


def test_a_new_example_is_in_effect_at_once(live: Shop, catalog: Catalog) -> None:
    catalog.stub.UpsertIntents(
        catalog_service_pb2.UpsertIntentsRequest(intents=[INTENT]), timeout=60)
    sentence = "Do reptiles bite?"
    before = classify(live, sentence)
    taught = catalog_service_pb2.Intent()
    taught.CopyFrom(INTENT)
    taught.examples.append("Do your reptiles bite")
    catalog.stub.UpsertIntents(
        catalog_service_pb2.UpsertIntentsRequest(intents=[taught]), timeout=60)
    scores = {i.intent: i.score for i in classify(live, sentence).intents}
    assert scores["adopt_cat"] > {i.intent: i.score for i in before.intents}.get("adopt_cat", -1)


def test_bad_ads_and_intents_are_rejected_alone(catalog: Catalog) -> None:
    no_bid, over = ad_service_pb2.Ad(), ad_service_pb2.Ad()
    no_bid.CopyFrom(AD)
    no_bid.bid.micros = 0
    over.CopyFrom(AD)
    over.start_time.seconds, over.end_time.seconds = 2_000, 1_000
    ads = catalog.stub.UpsertAds(
        catalog_service_pb2.UpsertAdsRequest(ads=[no_bid, AD, over]), timeout=60)
    assert ads.stored_count == 1
    assert [row.status.message.split(":")[0] for row in ads.rejected] == [
        "ads[0].bid", "ads[2].end_time"]
    intents = catalog.stub.UpsertIntents(
        catalog_service_pb2.UpsertIntentsRequest(intents=[
            catalog_service_pb2.Intent(intent="empty"), INTENT,
            catalog_service_pb2.Intent(intent="blank", examples=["  "]),
            catalog_service_pb2.Intent(intent="many", examples=["x"] * 1_001)]), timeout=60)
    assert intents.stored_count == 1
    assert [row.status.message.split(":")[0] for row in intents.rejected] == [
        "intents[0].examples", "intents[2].examples[0]", "intents[3].examples"]


def test_every_kind_is_paged_alike_and_tokens_are_of_their_kind(catalog: Catalog) -> None:
    def listed(method: grpc.UnaryUnaryMultiCallable, request: type, field: str, key: str) -> list:
        found, token = [], ""
        while True:
            page = method(request(page_size=2, page_token=token), timeout=60)
            found += [getattr(entry, key) for entry in getattr(page, field)]
            token = page.next_page_token
            if not token:
                return found

    ads = listed(
        catalog.stub.ListAds, catalog_service_pb2.ListAdsRequest, "ads", "ad_id")
    assert ads == sorted(ad[0] for ad in shop.ADS)
    intents = listed(
        catalog.stub.ListIntents, catalog_service_pb2.ListIntentsRequest, "intents", "intent")
    assert intents == sorted(intents) and len(set(intents)) == len(intents) > 20
    token = catalog.stub.ListAds(
        catalog_service_pb2.ListAdsRequest(page_size=1), timeout=60).next_page_token
    assert token and ads[0] not in token
    for bad in [token, "ad:ad-cats", "%", "e"]:
        with pytest.raises(grpc.RpcError) as refused:
            catalog.stub.ListItems(
                catalog_service_pb2.ListItemsRequest(page_token=bad), timeout=60)
        assert code(refused) == grpc.StatusCode.INVALID_ARGUMENT
        assert "page_token" in refused.value.details()


def test_a_thousand_items_in_a_call(live: Shop, catalog: Catalog) -> None:
    items = [
        common_pb2.Item(item_id=f"bulk-{n}", title=f"Bulk article {n % 7}") for n in range(1_000)]
    assert catalog.upsert(*items).stored_count == 1_000
    assert catalog.upsert(*items).unchanged_count == 1_000
    assert catalog.get("bulk-999").title == items[999].title


def test_the_command_line_reads_and_changes_all_kinds(live: Shop, tmp_path: Path) -> None:
    server = ["--server", live.server.tcp]
    for kind, one in [("items", "felina-0"), ("ads", "ad-over"), ("intents", None)]:
        lines = must("catalog", "list", kind, "--json", *server)
        one = one or json.loads(lines.splitlines()[0])["intent"]
        before = must("catalog", "get", kind, one, *server)
        file = tmp_path / f"{kind}.jsonl"
        file.write_text(lines, encoding="utf-8")
        count = len(lines.splitlines())
        assert f"0 new or changed, {count} unchanged" in must(
            "catalog", "upsert", kind, file, *server)
        must("catalog", "delete", kind, one, *server)
        gone = tool("catalog", "get", kind, one, *server)
        assert gone.returncode == 65 and "NOT_FOUND" in gone.stderr
        assert f"1 new or changed, {count - 1} unchanged" in must(
            "catalog", "upsert", kind, file, *server)
        assert must("catalog", "get", kind, one, *server) == before
        assert len(must("catalog", "list", kind, "--limit", "3", *server).splitlines()) == 3
    bad = tmp_path / "bad.csv"
    bad.write_text("item,title,price,currency\nx,Good,1.00,USD\ny,Bad,cheap,USD\n")
    done = tool("catalog", "upsert", "items", bad, *server)
    assert done.returncode == 65
    assert "line 3" in done.stderr and "1 new or changed" in done.stdout


def test_a_restart_maps_the_vectors(bundle: Path, store: Path, tmp_path: Path) -> None:
    path = copied(store, tmp_path)
    segment = tmp_path / (path.name + ".vectors")
    segment.unlink(missing_ok=True)
    for folder in ["made", "mapped", "damaged"]:
        if folder == "damaged":
            content = bytearray(segment.read_bytes())
            content[len(content) // 2] ^= 1
            segment.write_bytes(content)
        running = Shop(tmp_path / folder, bundle, path)
        said = running.server.text()
        assert ("made anew" in said) == (folder != "mapped"), said
        total, mapped = re.search(r"(\d+) vectors, (\d+) of them mapped", said).groups()
        assert int(total) == int(mapped) > len(shop.ITEMS)
        assert running.best("cats") == "Pets > Cat food"
        running.close()
