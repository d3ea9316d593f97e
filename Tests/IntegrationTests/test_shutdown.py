"""SIGTERM drains: calls under way are answered, new ones are turned away, the process ends well."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
import shop
from server import Server

import rankwire
from rankwire.v1 import common_pb2, scoring_service_pb2, scoring_service_pb2_grpc


def seconds_of_work() -> scoring_service_pb2.ScoreItemsRequest:
    items = [
        rankwire.Item(item_id=str(n), title=" ".join(f"{n} shoe {w}" for w in range(60)))
        for n in range(150)]
    return scoring_service_pb2.ScoreItemsRequest(
        user=common_pb2.User(user_id="runner"), items=items)


def test_a_call_under_way_is_answered_before_the_server_ends(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path, bundle, store)
    with grpc.insecure_channel(server.tcp) as channel:
        grpc.channel_ready_future(channel).result(30)
        stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
        call = stub.ScoreItems.future(seconds_of_work(), timeout=120)
        # A second call that has been answered shows that the first has arrived: one connection,
        # in order.
        stub.ScoreItems(
            scoring_service_pb2.ScoreItemsRequest(
                user=common_pb2.User(user_id="cats"), item_ids=["felina-0"]), timeout=120)
        server.terminate()
        assert len(call.result().items) == 150
    server.stop()
    with rankwire.Client(server.tcp) as client, pytest.raises(rankwire.Unavailable):
        client.healthy()


def test_an_idle_connection_does_not_keep_the_server(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path, bundle, store)
    with rankwire.Client(server.unix) as client:
        client.score_items("cats", item_ids=shop.ITEMS)
        server.terminate()
        server.stop()
    assert not (tmp_path / "s").exists()


def test_what_was_imported_is_there_after_a_restart(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    answers = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        server = Server(folder, bundle, store)
        with rankwire.Client(server.tcp, timeout_seconds=30) as client:
            found = client.score_items("reader", item_ids=shop.ITEMS).items
        answers.append([(item.item_id, item.rank) for item in found])
        server.stop()
    assert answers[0] == answers[1]


def test_loops_share_the_port_and_drain_together(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path, bundle, store, "--loops", "3")
    # A global pool of subchannels would put all channels on one connection.
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.insecure_channel(server.tcp, options) for _ in range(12)]
    request = scoring_service_pb2.ScoreItemsRequest(
        user=common_pb2.User(user_id="cats"), item_ids=["felina-0", "spade-1"])
    for channel in channels:
        stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
        assert len(stub.ScoreItems(request, timeout=30).items) == 2
    server.terminate()
    server.stop()
    for channel in channels:
        channel.close()
