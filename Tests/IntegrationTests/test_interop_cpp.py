"""gRPC's published interop cases with stock gRPC C++, by the program in interop/client.cc."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import interop_server
import pytest

CASES = (
    "empty_unary", "large_unary", "client_compressed_unary", "server_compressed_unary",
    "client_streaming", "client_compressed_streaming", "server_streaming",
    "server_compressed_streaming", "ping_pong", "empty_stream", "custom_metadata",
    "status_code_and_message", "special_status_message", "unimplemented_method",
    "unimplemented_service", "cancel_after_begin", "cancel_after_first_response",
    "timeout_on_sleeping_server")

pytestmark = pytest.mark.skipif(
    shutil.which("grpc_cpp_plugin") is None,
    reason="gRPC C++ is missing: apt install libgrpc++-dev protobuf-compiler-grpc")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cpp")
    subprocess.run(
        ["make", "--silent", "-C", str(interop_server.PROTO), f"OUT={folder}"], check=True)
    return folder / "interop_client"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = interop_server.InteropServer(tmp_path_factory.mktemp("interop"))
    yield running.address
    running.stop()


@pytest.mark.parametrize("case", CASES)
def test_case(client: Path, address: str, case: str) -> None:
    done = subprocess.run(
        [str(client), address, case], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
