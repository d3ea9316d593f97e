"""Loading a bundle while the server serves: the same anew, a damaged one, and calls meanwhile."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from server import Server

import rankwire
from rankwire.v1 import model_service_pb2, model_service_pb2_grpc


@pytest.fixture
def shelf(bundle: Path, tmp_path: Path) -> Path:
    """A directory with three bundles: one good, a copy of it, one with a byte turned."""
    for name in ("first", "second", "damaged"):
        shutil.copytree(bundle, tmp_path / name)
    weights = tmp_path / "damaged" / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    return tmp_path


@pytest.fixture
def own_server(
    shelf: Path, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("reload"), shelf / "first", store)
    yield running
    running.stop()


@pytest.fixture
def models(own_server: Server) -> Iterator[model_service_pb2_grpc.ModelServiceStub]:
    with grpc.insecure_channel(own_server.tcp) as channel:
        yield model_service_pb2_grpc.ModelServiceStub(channel)


def _reload(
    models: model_service_pb2_grpc.ModelServiceStub, name: str
) -> model_service_pb2.ReloadModelResponse:
    return models.ReloadModel(model_service_pb2.ReloadModelRequest(name=name), timeout=60)


def test_bundles_beside_the_loaded_one_are_listed(
    models: model_service_pb2_grpc.ModelServiceStub
) -> None:
    listed = models.ListModels(model_service_pb2.ListModelsRequest(), timeout=30).models
    assert [model.name for model in listed] == ["damaged", "first", "second"]
    assert all(len(model.bundle_version) == 64 and model.serving for model in listed)


def test_calls_are_answered_alike_while_bundles_take_over(
    own_server: Server, models: model_service_pb2_grpc.ModelServiceStub
) -> None:
    with rankwire.Client(own_server.tcp, timeout_seconds=30) as client:
        expected = client.classify_intent("where is my order").intents[0]
        over, wrong, answered = threading.Event(), [], [0]

        def ask() -> None:
            while not over.is_set():
                first = client.classify_intent("where is my order").intents[0]
                answered[0] += 1
                if first != expected:
                    wrong.append(first)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for name in ("second", "first", ""):
                reply = _reload(models, name)
                assert reply.bundle_version == reply.previous_bundle_version
                assert reply.item_count == 60
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert answered[0] > 0 and not wrong


def test_a_damaged_bundle_changes_nothing_and_says_why(
    own_server: Server, models: model_service_pb2_grpc.ModelServiceStub
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        _reload(models, "damaged")
    assert raised.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert "SHA-256" in raised.value.details()
    own_server.answers()


@pytest.mark.parametrize("name", ["third", "..", "first/../second", "/etc", ".hidden"])
def test_only_listed_names_are_loaded(
    models: model_service_pb2_grpc.ModelServiceStub, name: str
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        _reload(models, name)
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND
