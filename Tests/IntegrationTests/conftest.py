"""A bundle, a store of a small shop and a running server, made once for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import shop
from server import ROOT, Server, must

import rankwire

INTENTS = ROOT / "Sources" / "Intents" / "Resources" / "ecommerce_intents.jsonl"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder as the server loads it, imported by the tool."""
    model = os.environ.get("RANKWIRE_MODEL_DIR", "")
    assert model, "RANKWIRE_MODEL_DIR is not set: run the tests by `make test`"
    path = tmp_path_factory.mktemp("bundle") / "bundle"
    must("model", "import", model, "--output", path)
    return path


@pytest.fixture(scope="session")
def store(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, imported by the tool."""
    folder = tmp_path_factory.mktemp("shop")
    path = folder / "store.sqlite"
    files = [
        ("items", shop.write_items(folder)), ("users", shop.write_users(folder)),
        ("events", shop.write_events(folder)), ("ads", shop.write_ads(folder)),
        ("intents", INTENTS)]
    for kind, file in files:
        must("import", kind, file, "--store", f"sqlite:{path}", "--bundle", bundle)
    return path


@pytest.fixture(scope="session")
def server(
    bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"), bundle, store)
    yield running
    running.stop()


@pytest.fixture(params=["tcp", "unix"])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[rankwire.Client]:
    """A client over each kind of socket."""
    with rankwire.Client(getattr(server, request.param), timeout_seconds=30) as connected:
        yield connected


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    """A channel of stock grpcio."""
    with grpc.insecure_channel(server.tcp) as connected:
        yield connected
