"""The client against a server of stock grpcio that answers by the book.

What the real server answers is tested in Tests/IntegrationTests.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from concurrent import futures
from decimal import Decimal

import grpc
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

import rankwire
from rankwire.v1 import (
    ad_service_pb2,
    ad_service_pb2_grpc,
    common_pb2,
    intent_service_pb2,
    intent_service_pb2_grpc,
    scoring_service_pb2,
    scoring_service_pb2_grpc,
)


def packed(message: object) -> any_pb2.Any:
    wrapped = any_pb2.Any()
    wrapped.Pack(message)
    return wrapped


def refuse(context: grpc.ServicerContext, code: grpc.StatusCode, *details: object) -> None:
    status = status_pb2.Status(
        code=code.value[0], message="refused", details=[packed(detail) for detail in details])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, "refused")


class Scoring(scoring_service_pb2_grpc.ScoringServiceServicer):
    """Answers by the name of the user."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def ScoreItems(self, request, context):
        user = request.user.user_id
        if user == "bad":
            violation = error_details_pb2.BadRequest.FieldViolation(
                field="item_ids", description="at least one candidate")
            refuse(
                context, grpc.StatusCode.INVALID_ARGUMENT,
                error_details_pb2.ErrorInfo(reason="INVALID_FIELD", domain="rankwire"),
                error_details_pb2.BadRequest(field_violations=[violation]))
        if user == "full":
            delay = duration_pb2.Duration(nanos=250_000_000)
            refuse(
                context, grpc.StatusCode.RESOURCE_EXHAUSTED,
                error_details_pb2.RetryInfo(retry_delay=delay))
        if user == "slow":
            self.released.wait(10)
        if user == "damaged":
            context.set_trailing_metadata((("grpc-status-details-bin", b"\xff\xff"),))
            context.abort(grpc.StatusCode.INTERNAL, "broken")
        reply = scoring_service_pb2.ScoreItemsResponse(bundle_version="v1")
        for place, item_id in enumerate(request.item_ids):
            reply.items.add(
                index=place, item_id=item_id, rank=place + 1, probability=0.5, logit=0.0)
        failure = reply.failures.add(index=9, id="lost")
        failure.status.code = 5
        failure.status.message = "no such item"
        failure.status.details.append(packed(error_details_pb2.ErrorInfo(reason="NOT_FOUND")))
        if request.explain:
            reply.explanation.CopyFrom(common_pb2.Explanation(
                feature_names=["a", "b"], bias=-1.0, values=[1, 2, 3, 4],
                contributions=[0.25, 0.75, 0.5, 0.5], row_count=2))
        return reply


class Ads(ad_service_pb2_grpc.AdServiceServicer):
    def ScoreAds(self, request, context):
        reply = ad_service_pb2.ScoreAdsResponse()
        reply.ads.add(
            index=0, ad_id=request.ad_bids[1].ad_id, click_probability=0.5,
            ecpm=common_pb2.Money(micros=int(request.ad_bids[1].bid * 500e6), currency_code="USD"))
        reply.no_bids.add(
            index=0, ad_id=request.ad_bids[0].ad_id, reason="NO_BID_REASON_CAMPAIGN_NOT_RUNNING")
        reply.no_bids.add(index=2, ad_id=str(request.time.seconds), reason=777)
        return reply


class Intents(intent_service_pb2_grpc.IntentServiceServicer):
    def ClassifyIntent(self, request, context):
        reply = intent_service_pb2.ClassifyIntentResponse(answer=request.text, threshold=0.5)
        reply.intents.add(
            intent="track_order", score=0.75, probability=0.5).nearest_examples.add(
            text="where is it", similarity=0.5)
        return reply


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(4))
    scoring = Scoring()
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(scoring, server)
    ad_service_pb2_grpc.add_AdServiceServicer_to_server(Ads(), server)
    intent_service_pb2_grpc.add_IntentServiceServicer_to_server(Intents(), server)
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    servicer.set("draining", health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    scoring.released.set()
    server.stop(None).wait()


@pytest.fixture
def client(address: str) -> Iterator[rankwire.Client]:
    with rankwire.Client(address) as connected:
        yield connected


def test_rows_carry_their_own_contributions(client: rankwire.Client) -> None:
    ranking = client.score_items("u", item_ids=["x", "y", "z"], explain=2)
    first, second, third = ranking.items
    assert first.contributions is not None and second.contributions is not None
    assert {n: c.value for n, c in first.contributions.items()} == {"a": 1.0, "b": 2.0}
    assert {n: c.logit for n, c in second.contributions.items()} == {"a": 0.5, "b": 0.5}
    assert third.contributions is None
    assert ranking.bias == -1.0
    assert ranking.message.bundle_version == "v1"


def test_without_explanation_there_is_no_bias(client: rankwire.Client) -> None:
    ranking = client.score_items("u", item_ids=["x"])
    assert ranking.bias is None
    assert ranking.items[0].contributions is None


def test_a_failed_candidate_has_its_own_status(client: rankwire.Client) -> None:
    (failure,) = client.score_items("u", item_ids=["x"]).failures
    assert (failure.index, failure.id, failure.code, failure.reason) == (
        9, "lost", grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


def test_a_bad_field_is_named(client: rankwire.Client) -> None:
    with pytest.raises(rankwire.InvalidArgument) as caught:
        client.score_items("bad")
    assert caught.value.reason == "INVALID_FIELD"
    assert caught.value.field_violations == (
        rankwire.FieldViolation("item_ids", "at least one candidate"),)


def test_a_full_server_says_when_to_come_back(client: rankwire.Client) -> None:
    with pytest.raises(rankwire.ResourceExhausted) as caught:
        client.score_items("full")
    assert caught.value.retry_after_seconds == 0.25


def test_damaged_details_do_not_hide_the_error(client: rankwire.Client) -> None:
    with pytest.raises(rankwire.RankwireError, match="INTERNAL: broken"):
        client.score_items("damaged")


def test_the_deadline_is_the_calls(client: rankwire.Client) -> None:
    with pytest.raises(rankwire.DeadlineExceeded):
        client.score_items("slow", timeout_seconds=0.05)


def test_no_server_is_unavailable() -> None:
    with rankwire.Client("unix:/nonexistent/socket") as client:
        with pytest.raises(rankwire.Unavailable):
            client.healthy()


def test_ads_come_with_money_and_reasons(client: rankwire.Client) -> None:
    time = datetime.datetime(2017, 11, 20, tzinfo=datetime.timezone.utc)
    ranking = client.score_ads("u", ad_ids=["a"], bids={"b": 0.25}, time=time)
    assert ranking.ads[0].ad_id == "b"
    assert ranking.ads[0].ecpm == Decimal("125")
    assert [bid.reason for bid in ranking.no_bids] == ["CAMPAIGN_NOT_RUNNING", "777"]
    assert ranking.no_bids[1].ad_id == "1511136000"


def test_a_time_without_a_zone_is_refused(client: rankwire.Client) -> None:
    with pytest.raises(ValueError, match="zone"):
        client.score_ads("u", ad_ids=["a"], time=datetime.datetime(2017, 11, 20))


def test_intents_come_with_their_nearest_examples(client: rankwire.Client) -> None:
    answer = client.classify_intent("where is my order")
    assert answer.answer == "where is my order"
    assert answer.intents == [rankwire.Intent("track_order", 0.75, 0.5, [("where is it", 0.5)])]
    assert not answer.out_of_scope


def test_health_of_server_and_services(client: rankwire.Client) -> None:
    assert client.healthy()
    assert not client.healthy("draining")
    with pytest.raises(rankwire.NotFound):
        client.healthy("nobody")


@pytest.mark.parametrize(
    ("amount", "micros"),
    [("1.99", 1_990_000), (0.1, 100_000), (Decimal("0.0000005"), 0), ("0.0000015", 2)])
def test_money_is_exact_to_a_millionth(amount: Decimal | float | str, micros: int) -> None:
    assert rankwire.money(amount, "USD") == rankwire.Money(micros=micros, currency_code="USD")
