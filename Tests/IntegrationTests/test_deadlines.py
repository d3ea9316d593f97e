"""Deadlines and cancellation: the caller is told in time, and the server is well afterwards.

The long calls here carry texts that take the encoder seconds, so that they are under way when their
deadline passes or their caller goes.
"""

from __future__ import annotations

import itertools
import time

import grpc
import pytest
from server import Server

import rankwire
from rankwire.v1 import common_pb2, scoring_service_pb2, scoring_service_pb2_grpc

LONG_ITEMS = 900
_fresh = itertools.count()


def long_request() -> scoring_service_pb2.ScoreItemsRequest:
    """Texts of some 200 tokens, no two the same, now or earlier, so that no cache helps."""
    items = []
    for number in range(LONG_ITEMS):
        words = " ".join(f"{next(_fresh)} sock" for _ in range(90))
        items.append(rankwire.Item(item_id=f"i{number}", title=words))
    return scoring_service_pb2.ScoreItemsRequest(
        user=common_pb2.User(user_id="runner"), items=items)


@pytest.mark.parametrize("seconds", [0.3, 0.02, 0.001])
def test_a_deadline_that_passes_is_told(
    server: Server, channel: grpc.Channel, seconds: float
) -> None:
    stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
    with pytest.raises(grpc.RpcError) as caught:
        stub.ScoreItems(long_request(), timeout=seconds)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    server.answers()


def test_the_server_itself_ends_a_late_call(server: Server, channel: grpc.Channel) -> None:
    # The header is the caller's word to the server; without `timeout` grpcio sets no timer.
    stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
    with pytest.raises(grpc.RpcError) as caught:
        stub.ScoreItems(long_request(), metadata=(("grpc-timeout", "150m"),))
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    server.answers()


def test_a_cancelled_call_ends_and_leaves_the_server_well(
    server: Server, channel: grpc.Channel
) -> None:
    stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
    call = stub.ScoreItems.future(long_request(), timeout=60)
    time.sleep(0.2)
    assert call.cancel()
    assert call.code() == grpc.StatusCode.CANCELLED
    server.answers()


def test_many_cancelled_calls_do_not_keep_others_waiting(
    server: Server, channel: grpc.Channel
) -> None:
    stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
    calls = [stub.ScoreItems.future(long_request(), timeout=60) for _ in range(20)]
    time.sleep(0.2)
    for call in calls:
        call.cancel()
    server.answers()


def test_a_lost_connection_is_a_cancelled_call(server: Server) -> None:
    channel = grpc.insecure_channel(server.tcp)
    scoring_service_pb2_grpc.ScoringServiceStub(channel).ScoreItems.future(
        long_request(), timeout=60)
    time.sleep(0.2)
    channel.close()
    server.answers()
