"""gRPC's published interop cases with stock grpcio (grpc/doc/interop-test-descriptions.md).

Each test is one case, named as the descriptions name it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import grpc
import interop_server
import pytest

DEADLINE_SECONDS = 20


@dataclass
class Interop:
    """A channel, its stub and the messages."""

    pb: ModuleType
    grpc: ModuleType
    channel: grpc.Channel
    stub: object

    def payload(self, size: int) -> object:
        return self.pb.Payload(body=b"\0" * size)

    def parameters(self, size: int, **more: object) -> object:
        return self.pb.ResponseParameters(size=size, **more)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModuleType, ModuleType]:
    return interop_server.generate(tmp_path_factory.mktemp("proto"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = interop_server.InteropServer(tmp_path_factory.mktemp("interop"))
    yield running.address
    running.stop()


@pytest.fixture
def interop(address: str, modules: tuple[ModuleType, ModuleType]) -> Iterator[Interop]:
    with grpc.insecure_channel(address) as channel:
        messages, services = modules
        yield Interop(messages, services, channel, services.TestServiceStub(channel))


def test_empty_unary(interop: Interop) -> None:
    reply = interop.stub.EmptyCall(interop.pb.Empty(), timeout=DEADLINE_SECONDS)
    assert reply == interop.pb.Empty()


def test_large_unary(interop: Interop) -> None:
    reply = interop.stub.UnaryCall(
        interop.pb.SimpleRequest(response_size=314159, payload=interop.payload(271828)),
        timeout=DEADLINE_SECONDS)
    assert reply.payload.body == b"\0" * 314159


def test_client_compressed_unary(interop: Interop) -> None:
    # The probe: a server that does not look would take it.
    with pytest.raises(grpc.RpcError) as error:
        interop.stub.UnaryCall(
            interop.pb.SimpleRequest(
                expect_compressed=interop.pb.BoolValue(value=True), response_size=314159,
                payload=interop.payload(271828)), timeout=DEADLINE_SECONDS)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    for packed in (True, False):
        reply = interop.stub.UnaryCall(
            interop.pb.SimpleRequest(
                expect_compressed=interop.pb.BoolValue(value=packed), response_size=314159,
                payload=interop.payload(271828)),
            compression=grpc.Compression.Gzip if packed else grpc.Compression.NoCompression,
            timeout=DEADLINE_SECONDS)
        assert len(reply.payload.body) == 314159


def test_server_compressed_unary(interop: Interop) -> None:
    for packed in (True, False):
        reply, call = interop.stub.UnaryCall.with_call(
            interop.pb.SimpleRequest(
                response_compressed=interop.pb.BoolValue(value=packed), response_size=314159,
                payload=interop.payload(271828)), timeout=DEADLINE_SECONDS)
        assert reply.payload.body == b"\0" * 314159
        assert call.code() is grpc.StatusCode.OK


def test_client_streaming(interop: Interop) -> None:
    sizes = (27182, 8, 1828, 45904)
    reply = interop.stub.StreamingInputCall(
        (interop.pb.StreamingInputCallRequest(payload=interop.payload(size)) for size in sizes),
        timeout=DEADLINE_SECONDS)
    assert reply.aggregated_payload_size == 74922


def test_client_compressed_streaming(interop: Interop) -> None:
    probe = interop.pb.StreamingInputCallRequest(
        expect_compressed=interop.pb.BoolValue(value=True), payload=interop.payload(27182))
    with pytest.raises(grpc.RpcError) as error:
        interop.stub.StreamingInputCall(iter([probe]), timeout=DEADLINE_SECONDS)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    # grpcio packs a whole call or nothing of it, so that the case's two messages are two calls.
    for packed, size in ((True, 27182), (False, 45904)):
        request = interop.pb.StreamingInputCallRequest(
            expect_compressed=interop.pb.BoolValue(value=packed), payload=interop.payload(size))
        reply = interop.stub.StreamingInputCall(
            iter([request]),
            compression=grpc.Compression.Gzip if packed else grpc.Compression.NoCompression,
            timeout=DEADLINE_SECONDS)
        assert reply.aggregated_payload_size == size


def test_server_streaming(interop: Interop) -> None:
    sizes = (31415, 9, 2653, 58979)
    replies = interop.stub.StreamingOutputCall(
        interop.pb.StreamingOutputCallRequest(
            response_parameters=[interop.parameters(size) for size in sizes]),
        timeout=DEADLINE_SECONDS)
    assert tuple(len(reply.payload.body) for reply in replies) == sizes


def test_server_compressed_streaming(interop: Interop) -> None:
    replies = interop.stub.StreamingOutputCall(
        interop.pb.StreamingOutputCallRequest(
            response_parameters=[
                interop.parameters(31415, compressed=interop.pb.BoolValue(value=True)),
                interop.parameters(92653, compressed=interop.pb.BoolValue(value=False)),
            ]), timeout=DEADLINE_SECONDS)
    assert [len(reply.payload.body) for reply in replies] == [31415, 92653]


class Turns:
    """Requests handed out one at a time, and the end when it is asked for."""

    def __init__(self) -> None:
        self._pending: list[object] = []
        self._ended = False

    def __iter__(self) -> Turns:
        return self

    def __next__(self) -> object:
        until = time.monotonic() + DEADLINE_SECONDS
        while not self._pending:
            if self._ended or time.monotonic() > until:
                raise StopIteration
            time.sleep(0.001)
        return self._pending.pop(0)

    def add(self, request: object) -> None:
        self._pending.append(request)

    def end(self) -> None:
        self._ended = True


def test_ping_pong(interop: Interop) -> None:
    turns = Turns()
    replies = interop.stub.FullDuplexCall(turns, timeout=DEADLINE_SECONDS)
    for sent, wanted in ((27182, 31415), (8, 9), (1828, 2653), (45904, 58979)):
        turns.add(
            interop.pb.StreamingOutputCallRequest(
                response_parameters=[interop.parameters(wanted)],
                payload=interop.payload(sent)))
        assert len(next(replies).payload.body) == wanted
    turns.end()
    assert list(replies) == []


def test_half_duplex(interop: Interop) -> None:
    requests = [
        interop.pb.StreamingOutputCallRequest(response_parameters=[interop.parameters(size)])
        for size in (5, 7)]
    replies = interop.stub.HalfDuplexCall(iter(requests), timeout=DEADLINE_SECONDS)
    assert [len(reply.payload.body) for reply in replies] == [5, 7]


def test_empty_stream(interop: Interop) -> None:
    assert list(interop.stub.FullDuplexCall(iter(()), timeout=DEADLINE_SECONDS)) == []


METADATA = (
    ("x-grpc-test-echo-initial", "test_initial_metadata_value"),
    ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"))


def _has_echo(call: grpc.Call) -> bool:
    return METADATA[0] in [tuple(entry) for entry in call.initial_metadata()] and METADATA[1] in [
        tuple(entry) for entry in call.trailing_metadata()]


def test_custom_metadata(interop: Interop) -> None:
    _, call = interop.stub.UnaryCall.with_call(
        interop.pb.SimpleRequest(response_size=314159, payload=interop.payload(271828)),
        metadata=METADATA, timeout=DEADLINE_SECONDS)
    assert _has_echo(call)
    stream = interop.stub.FullDuplexCall(
        iter([
            interop.pb.StreamingOutputCallRequest(
                response_parameters=[interop.parameters(314159)],
                payload=interop.payload(271828))]),
        metadata=METADATA, timeout=DEADLINE_SECONDS)
    assert len(list(stream)) == 1
    assert _has_echo(stream)


@pytest.mark.parametrize("message", [
    "test status message", "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"],
    ids=["status_code_and_message", "special_status_message"])
def test_status(interop: Interop, message: str) -> None:
    status = interop.pb.EchoStatus(code=2, message=message)
    with pytest.raises(grpc.RpcError) as error:
        interop.stub.UnaryCall(
            interop.pb.SimpleRequest(response_status=status), timeout=DEADLINE_SECONDS)
    assert error.value.code() is grpc.StatusCode.UNKNOWN
    assert error.value.details() == message
    stream = interop.stub.FullDuplexCall(
        iter([interop.pb.StreamingOutputCallRequest(response_status=status)]),
        timeout=DEADLINE_SECONDS)
    with pytest.raises(grpc.RpcError) as error:
        list(stream)
    assert error.value.code() is grpc.StatusCode.UNKNOWN
    assert error.value.details() == message


def test_unimplemented_method(interop: Interop) -> None:
    with pytest.raises(grpc.RpcError) as error:
        interop.stub.UnimplementedCall(interop.pb.Empty(), timeout=DEADLINE_SECONDS)
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_unimplemented_service(interop: Interop) -> None:
    stub = interop.grpc.UnimplementedServiceStub(interop.channel)
    with pytest.raises(grpc.RpcError) as error:
        stub.UnimplementedCall(interop.pb.Empty(), timeout=DEADLINE_SECONDS)
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_cancel_after_begin(interop: Interop) -> None:
    call = interop.stub.StreamingInputCall.future(Turns(), timeout=DEADLINE_SECONDS)
    call.cancel()
    assert call.code() is grpc.StatusCode.CANCELLED


def test_cancel_after_first_response(interop: Interop) -> None:
    turns = Turns()
    replies = interop.stub.FullDuplexCall(turns, timeout=DEADLINE_SECONDS)
    turns.add(
        interop.pb.StreamingOutputCallRequest(
            response_parameters=[interop.parameters(31415)], payload=interop.payload(27182)))
    assert len(next(replies).payload.body) == 31415
    replies.cancel()
    with pytest.raises(grpc.RpcError):
        next(replies)
    assert replies.code() is grpc.StatusCode.CANCELLED
    turns.end()


def test_timeout_on_sleeping_server(interop: Interop) -> None:
    turns = Turns()
    turns.add(
        interop.pb.StreamingOutputCallRequest(
            response_parameters=[interop.parameters(9, interval_us=1_000_000)],
            payload=interop.payload(27182)))
    replies = interop.stub.FullDuplexCall(turns, timeout=0.001)
    with pytest.raises(grpc.RpcError) as error:
        next(replies)
    assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    turns.end()
