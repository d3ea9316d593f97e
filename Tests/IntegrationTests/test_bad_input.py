"""Requests that are wrong: each gets a clear status that names the field."""

from __future__ import annotations

import math
from collections.abc import Iterator

import grpc
import pytest
import shop
from google.protobuf.message import Message
from server import Server

import rankwire
from rankwire import errors
from rankwire.v1 import ad_service_pb2, common_pb2, intent_service_pb2, scoring_service_pb2

SCORE_ITEMS = "/rankwire.v1.ScoringService/ScoreItems"
SCORE_ADS = "/rankwire.v1.AdService/ScoreAds"
CLASSIFY = "/rankwire.v1.IntentService/ClassifyIntent"

CATS = common_pb2.User(user_id="cats")
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def well_afterwards(server: Server) -> Iterator[None]:
    yield
    server.answers()


def ask(channel: grpc.Channel, method: str, request: Message | bytes) -> bytes:
    """The reply's bytes; raises the package's typed error."""
    data = request if isinstance(request, bytes) else request.SerializeToString()
    try:
        return channel.unary_unary(method)(data, timeout=60)
    except grpc.RpcError as error:
        raise errors.from_rpc_error(error) from error


def score(**fields: object) -> scoring_service_pb2.ScoreItemsRequest:
    return scoring_service_pb2.ScoreItemsRequest(**{"user": CATS, **fields})


def inline(**fields: object) -> scoring_service_pb2.ScoreItemsRequest:
    user = common_pb2.User(inline=common_pb2.InlineUser(**fields))
    return scoring_service_pb2.ScoreItemsRequest(user=user, item_ids=["felina-0"])


def score_ads(**fields: object) -> ad_service_pb2.ScoreAdsRequest:
    return ad_service_pb2.ScoreAdsRequest(**{"user": CATS, **fields})


PURCHASE = common_pb2.EVENT_TYPE_PURCHASE
AD = common_pb2.Item(title="x")
USD = common_pb2.Money(micros=1, currency_code="USD")

# What is wrong, the method, the request, and the start of the field's path that must be named.
FAULTY = [
    ("no user", SCORE_ITEMS, scoring_service_pb2.ScoreItemsRequest(item_ids=["felina-0"]), "user"),
    ("empty request", SCORE_ITEMS, scoring_service_pb2.ScoreItemsRequest(), ""),
    ("empty ad request", SCORE_ADS, ad_service_pb2.ScoreAdsRequest(), ""),
    ("empty sentence", CLASSIFY, intent_service_pb2.ClassifyIntentRequest(), "text"),
    ("no candidates", SCORE_ITEMS, score(), "item"),
    ("no ads", SCORE_ADS, score_ads(), "ad"),
    ("empty user id", SCORE_ITEMS, score(user=common_pb2.User(user_id=""), item_ids=["a"]), "user"),
    ("long user id", SCORE_ITEMS,
     score(user=common_pb2.User(user_id="u" * 257), item_ids=["a"]), "user.user_id"),
    ("10,001 candidates", SCORE_ITEMS,
     score(item_ids=[str(n) for n in range(10_001)]), "item"),
    ("10,001 ads", SCORE_ADS,
     score_ads(ad_bids=[ad_service_pb2.AdBid(ad_id=str(n)) for n in range(10_001)]), "ad"),
    ("1,001 items described", SCORE_ITEMS,
     score(items=[rankwire.Item(item_id=str(n), title="x") for n in range(1_001)]), "items"),
    ("1,001 explanations", SCORE_ITEMS, score(item_ids=["felina-0"], explain=1_001), "explain"),
    ("100 KB sentence", CLASSIFY,
     intent_service_pb2.ClassifyIntentRequest(text="parcel " * 15_000), "text"),
    ("100 KB user text", SCORE_ITEMS, inline(text="cats " * 20_000), "user.inline.text"),
    ("2 MB of texts", SCORE_ITEMS,
     score(items=[
         rankwire.Item(item_id=str(n), title="cat food " * 5_000) for n in range(50)]), "items"),
    ("1,001 events", SCORE_ITEMS,
     inline(events=[rankwire.Event(item_id="felina-0", type=PURCHASE)] * 1_001),
     "user.inline.events"),
    ("65 attributes", SCORE_ITEMS,
     inline(attributes={str(n): "x" for n in range(65)}), "user.inline.attributes"),
    ("negative floor", SCORE_ADS,
     score_ads(ad_bids=[ad_service_pb2.AdBid(ad_id="ad-cats")],
               floor=common_pb2.Money(micros=-1, currency_code="USD")), "floor"),
    ("floor without currency", SCORE_ADS,
     score_ads(ad_bids=[ad_service_pb2.AdBid(ad_id="ad-cats")],
               floor=common_pb2.Money(micros=1, currency_code="dollars")), "floor"),
]


@pytest.mark.parametrize(
    ("method", "request_message", "field"), [row[1:] for row in FAULTY],
    ids=[row[0] for row in FAULTY])
def test_a_faulty_request_is_refused_and_its_field_named(
    channel: grpc.Channel, method: str, request_message: Message, field: str
) -> None:
    with pytest.raises(rankwire.InvalidArgument) as caught:
        ask(channel, method, request_message)
    assert caught.value.reason
    assert caught.value.field_violations
    assert caught.value.field_violations[0].field.startswith(field)
    assert caught.value.field_violations[0].description


# Wrong in one element: either the call is refused, naming it, or it comes back among the failures
# with INVALID_ARGUMENT.
FAULTY_ELEMENTS = [
    *((f"bid {bid}", score_ads(ad_bids=[ad_service_pb2.AdBid(ad_id="ad-cats", bid=bid)]))
      for bid in (math.nan, math.inf, -math.inf, -1.0, 1e300)),
    ("negative bid in money", score_ads(ads=[
        ad_service_pb2.Ad(
            ad_id="a", creative=AD, bid=common_pb2.Money(micros=-5, currency_code="USD"))])),
    ("ad without bid", score_ads(ads=[ad_service_pb2.Ad(ad_id="a", creative=AD)])),
    ("ad without id", score_ads(ads=[ad_service_pb2.Ad(creative=AD, bid=USD)])),
    ("item without id", score(items=[rankwire.Item(title="x")])),
    ("long item id", score(item_ids=["x" * 257])),
    ("negative price", score(items=[rankwire.Item(
        item_id="x", title="x", price=common_pb2.Money(micros=-1, currency_code="USD"))])),
    ("currency that is none", score(items=[rankwire.Item(
        item_id="x", title="x", price=common_pb2.Money(micros=1, currency_code="$"))])),
    ("65 attributes", score(items=[rankwire.Item(
        item_id="x", title="x", attributes={str(n): "x" for n in range(65)})])),
]


@pytest.mark.parametrize(
    "request_message", [row[1] for row in FAULTY_ELEMENTS], ids=[row[0] for row in FAULTY_ELEMENTS])
def test_a_faulty_element_is_pointed_at(
    channel: grpc.Channel, request_message: Message
) -> None:
    is_ad = isinstance(request_message, ad_service_pb2.ScoreAdsRequest)
    kind = ad_service_pb2.ScoreAdsResponse if is_ad else scoring_service_pb2.ScoreItemsResponse
    try:
        reply = kind.FromString(
            ask(channel, SCORE_ADS if is_ad else SCORE_ITEMS, request_message))
    except rankwire.InvalidArgument as error:
        assert error.field_violations and "[0]" in error.field_violations[0].field
    else:
        assert not (reply.ads if is_ad else reply.items)
        (failure,) = reply.failures
        assert failure.index == 0
        assert failure.status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
        assert failure.status.message


# Strings that are not UTF-8, where protobuf-c looks away: field 1 of User in field 1, field 2 of
# the request, and the sentence.
NOT_TEXT = [
    ("user id", SCORE_ITEMS, b"\x0a\x04\x0a\x02\xff\xfe\x12\x01a"),
    ("item id", SCORE_ITEMS, b"\x0a\x06\x0a\x04cats\x12\x02\xc3\x28"),
    ("sentence", CLASSIFY, b"\x0a\x03a\xff\xfe"),
    ("overlong form", CLASSIFY, b"\x0a\x02\xc0\xaf"),
    ("surrogate", CLASSIFY, b"\x0a\x03\xed\xa0\x80"),
]


@pytest.mark.parametrize(
    ("method", "data"), [row[1:] for row in NOT_TEXT], ids=[row[0] for row in NOT_TEXT])
def test_text_that_is_not_utf8_is_refused(
    channel: grpc.Channel, method: str, data: bytes
) -> None:
    with pytest.raises(rankwire.InvalidArgument) as caught:
        ask(channel, method, data)
    assert caught.value.field_violations


@pytest.mark.parametrize("method", [SCORE_ITEMS, SCORE_ADS, CLASSIFY])
@pytest.mark.parametrize(
    "data", [b"\xff" * 10, b"\x0a\x7f", b"\x0a\xff\xff\xff\xff\x0f", b"\x08", b"\x0b" * 1000],
    ids=["bad key", "short field", "huge length", "no value", "groups"])
def test_bytes_that_are_no_message_are_refused(
    channel: grpc.Channel, method: str, data: bytes
) -> None:
    with pytest.raises(rankwire.InvalidArgument):
        ask(channel, method, data)


@pytest.mark.parametrize(
    ("method", "request_message"),
    [(CLASSIFY, intent_service_pb2.ClassifyIntentRequest(text="x" * 5 * MEGABYTE)),
     (SCORE_ITEMS, inline(text="x" * 5 * MEGABYTE))],
    ids=["sentence", "user text"])
def test_a_message_over_the_limit_is_refused(
    channel: grpc.Channel, method: str, request_message: Message
) -> None:
    with pytest.raises((rankwire.ResourceExhausted, rankwire.InvalidArgument)) as caught:
        ask(channel, method, request_message)
    assert caught.value.message


def test_a_small_message_that_grows_huge_is_refused(channel: grpc.Channel) -> None:
    """Each element takes two bytes on the wire and over a hundred when decoded."""
    with pytest.raises((rankwire.ResourceExhausted, rankwire.InvalidArgument)):
        ask(channel, SCORE_ITEMS, b"\x1a\x00" * 2_000_000)


def test_an_unknown_user_is_not_found(channel: grpc.Channel) -> None:
    with pytest.raises(rankwire.NotFound) as caught:
        ask(channel, SCORE_ITEMS,
            score(user=common_pb2.User(user_id="nobody"), item_ids=["felina-0"]))
    assert caught.value.reason
    assert "nobody" not in caught.value.message


def test_unknown_candidates_are_failures_not_an_error(server: Server) -> None:
    with rankwire.Client(server.tcp, timeout_seconds=60) as client:
        items = client.score_items("cats", item_ids=["nothing", "", "nowhere"])
        ads = client.score_ads("cats", ad_ids=["nothing"])
    assert not items.items and not ads.ads
    assert {f.code for f in [*items.failures, *ads.failures]} == {grpc.StatusCode.NOT_FOUND}


def test_ten_thousand_candidates_are_answered(server: Server) -> None:
    ids = list(shop.ITEMS) * 170
    with rankwire.Client(server.tcp, timeout_seconds=60) as client:
        assert len(client.score_items("cats", item_ids=ids[:10_000]).items) == 10_000


@pytest.mark.parametrize(
    "method", ["/rankwire.v1.ScoringService/Nothing", "/rankwire.v1.Nothing/ScoreItems",
               "/nothing", "//", "/rankwire.v1.ScoringService/ScoreItems/more"])
def test_an_unknown_method_is_unimplemented(channel: grpc.Channel, method: str) -> None:
    with pytest.raises(rankwire.RankwireError) as caught:
        ask(channel, method, b"")
    assert caught.value.code == grpc.StatusCode.UNIMPLEMENTED
