"""ScoreItemsStream and Health.Watch: streams over stock grpcio."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import shop
from grpc_health.v1 import health_pb2, health_pb2_grpc
from server import Server

from rankwire.v1 import common_pb2, scoring_service_pb2, scoring_service_pb2_grpc

CATS = common_pb2.User(user_id="cats")


def envelope(number: int, **request: object) -> scoring_service_pb2.ScoreItemsStreamRequest:
    return scoring_service_pb2.ScoreItemsStreamRequest(
        request_id=str(number),
        request=scoring_service_pb2.ScoreItemsRequest(**{"user": CATS, **request}))


@pytest.fixture
def stub(channel: grpc.Channel) -> scoring_service_pb2_grpc.ScoringServiceStub:
    return scoring_service_pb2_grpc.ScoringServiceStub(channel)


def test_every_request_of_a_stream_is_answered_once_as_it_would_be_alone(
    stub: scoring_service_pb2_grpc.ScoringServiceStub,
) -> None:
    items = list(shop.ITEMS)
    requests = [envelope(n, item_ids=items[n % 7:n % 7 + 20]) for n in range(300)]
    answers = {a.request_id: a for a in stub.ScoreItemsStream(iter(requests), timeout=60)}
    assert len(answers) == 300
    for request in requests[:10]:
        alone = stub.ScoreItems(request.request, timeout=30)
        streamed = answers[request.request_id].response
        assert [(i.item_id, i.logit) for i in streamed.items] == [
            (i.item_id, i.logit) for i in alone.items]


def test_a_bad_request_does_not_end_the_stream(
    stub: scoring_service_pb2_grpc.ScoringServiceStub,
) -> None:
    requests = [
        envelope(0, item_ids=["felina-0"]),
        envelope(1),
        envelope(2, user=common_pb2.User(user_id="nobody"), item_ids=["felina-0"]),
        scoring_service_pb2.ScoreItemsStreamRequest(request_id="3"),
        envelope(4, item_ids=["felina-0"]),
    ]
    answers = {a.request_id: a for a in stub.ScoreItemsStream(iter(requests), timeout=30)}
    codes = {n: a.error.code for n, a in answers.items() if a.HasField("error")}
    assert codes == {
        "1": grpc.StatusCode.INVALID_ARGUMENT.value[0], "2": grpc.StatusCode.NOT_FOUND.value[0],
        "3": grpc.StatusCode.INVALID_ARGUMENT.value[0]}
    assert len(answers["4"].response.items) == 1


def test_a_reader_that_stops_stops_the_server_from_reading(
    stub: scoring_service_pb2_grpc.ScoringServiceStub, server: Server,
) -> None:
    sent = 0
    done = threading.Event()

    def requests() -> Iterator[scoring_service_pb2.ScoreItemsStreamRequest]:
        nonlocal sent
        while not done.is_set() and sent < 200_000:
            sent += 1
            yield envelope(sent, item_ids=list(shop.ITEMS), explain=60)

    call = stub.ScoreItemsStream(requests(), timeout=60)
    next(call)
    # Wait until the writer has stood still for a while: flow control has reached it.
    before = -1
    while before != sent:
        before = sent
        done.wait(1.0)
    assert sent < 20_000
    server.answers()
    done.set()
    call.cancel()


def test_a_watch_hears_of_the_drain(bundle: Path, store: Path, tmp_path: Path) -> None:
    server = Server(tmp_path, bundle, store)
    with grpc.insecure_channel(server.tcp) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service=""), timeout=60)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        unknown = health.Watch(health_pb2.HealthCheckRequest(service="no.Such"), timeout=60)
        assert next(unknown).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        server.terminate()
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.RpcError) as ended:
            next(watch)
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE
    server.stop()
