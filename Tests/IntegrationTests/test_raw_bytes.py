"""Bytes that no gRPC client sends. Whatever comes, the same process answers the next good call."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import http2
import pytest
from server import Server

START = http2.PREFACE + http2.frame(http2.SETTINGS)
CLASSIFY = "/rankwire.v1.IntentService/ClassifyIntent"
SENTENCE = b"\x0a\x12where is my parcel"
HEAD = http2.frame(http2.HEADERS, http2.END_HEADERS, 1, http2.request_headers(CLASSIFY))
RANDOM = random.Random(7)


def data(payload: bytes, flags: int = 0, stream: int = 1) -> bytes:
    return http2.frame(http2.DATA, flags, stream, payload)


def head(flags: int = http2.END_HEADERS, **others: str) -> bytes:
    block = http2.request_headers(CLASSIFY, **others)
    return http2.frame(http2.HEADERS, flags, 1, block)


WHOLE = data(http2.message(SENTENCE), http2.END_STREAM)

STREAMS = {
    "nothing": b"",
    "one byte": b"\x00",
    "HTTP/1.1": b"GET / HTTP/1.1\r\nHost: test\r\n\r\n",
    "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + RANDOM.randbytes(500),
    "noise": RANDOM.randbytes(65536),
    "preface, then noise": START + RANDOM.randbytes(65536),
    "half a preface": http2.PREFACE[:10],
    "frame longer than allowed": START + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + b"x" * 65536,
    "DATA on stream 0": START + data(b"x", stream=0),
    "DATA on a stream that is not open": START + data(b"x", stream=5),
    "even stream": START + http2.frame(
        http2.HEADERS, http2.END_HEADERS, 2, http2.request_headers(CLASSIFY)),
    "headers that are no HPACK": START + http2.frame(
        http2.HEADERS, http2.END_HEADERS, 1, b"\xff" * 100),
    "headers cut off": START + HEAD[:-20],
    "headers without end": START + http2.frame(
        http2.HEADERS, 0, 1, http2.request_headers(CLASSIFY)),
    "continuations without end": START + http2.frame(
        http2.HEADERS, 0, 1, http2.request_headers(CLASSIFY)) + http2.frame(
        http2.CONTINUATION, 0, 1, http2.literal("a", "b")) * 2000,
    "too many headers": START + http2.frame(
        http2.HEADERS, 0, 1, http2.request_headers(CLASSIFY)) + b"".join(
        http2.frame(http2.CONTINUATION, 0, 1, http2.literal("a", "b" * 120) * 100)
        for _ in range(4)) + http2.frame(http2.CONTINUATION, http2.END_HEADERS, 1),
    "pings": START + http2.frame(http2.PING, payload=b"12345678") * 5000,
    "settings": START + http2.frame(http2.SETTINGS) * 5000,
    "window overflow": START + http2.frame(http2.WINDOW_UPDATE, payload=b"\x7f\xff\xff\xff") * 2,
    "rapid resets": START + b"".join(
        http2.frame(http2.HEADERS, http2.END_HEADERS, stream, http2.request_headers(CLASSIFY))
        + http2.frame(http2.RST_STREAM, 0, stream, b"\x00\x00\x00\x08")
        for stream in range(1, 4001, 2)),
    "more streams than allowed": START + b"".join(
        http2.frame(http2.HEADERS, http2.END_HEADERS, stream, http2.request_headers(CLASSIFY))
        for stream in range(1, 1201, 2)),
    "head only": START + HEAD,
    "half a message": START + HEAD + data(http2.message(SENTENCE)[:9]),
    "half a message, ended": START + HEAD + data(http2.message(SENTENCE)[:9], http2.END_STREAM),
    "half a length, ended": START + HEAD + data(b"\x00\x00", http2.END_STREAM),
    "no message, ended": START + HEAD + data(b"", http2.END_STREAM),
    "length of 4 GB": START + HEAD + data(b"\x00\xff\xff\xff\xffxx", http2.END_STREAM),
    "two messages": START + HEAD + data(http2.message(SENTENCE) * 2, http2.END_STREAM),
    "compressed without a name": START + HEAD + data(
        b"\x01" + http2.message(SENTENCE)[1:], http2.END_STREAM),
    "compressed, and is not": START + head(grpc_encoding="gzip") + data(
        b"\x01" + http2.message(SENTENCE)[1:], http2.END_STREAM),
    "unknown compression": START + head(grpc_encoding="zip") + data(
        b"\x01" + http2.message(SENTENCE)[1:], http2.END_STREAM),
    "flag that is none": START + HEAD + data(
        b"\x07" + http2.message(SENTENCE)[1:], http2.END_STREAM),
    "reset in the middle": START + HEAD + data(b"\x00") + http2.frame(
        http2.RST_STREAM, 0, 1, b"\x00\x00\x00\x08") + data(b"x"),
    "reset after the end": START + HEAD + WHOLE + http2.frame(
        http2.RST_STREAM, 0, 1, b"\x00\x00\x00\x08"),
}


@pytest.fixture(autouse=True)
def well_afterwards(server: Server) -> Iterator[None]:
    yield
    server.answers()


@pytest.mark.parametrize("sent", STREAMS.values(), ids=STREAMS.keys())
@pytest.mark.parametrize("half_close", [True, False], ids=["closed", "open"])
def test_the_server_survives(server: Server, sent: bytes, half_close: bool) -> None:
    http2.exchange(server.port, sent, half_close=half_close)


def test_frames_by_hand_are_answered_when_they_are_right(server: Server) -> None:
    assert http2.answered(http2.exchange(server.port, START + HEAD + WHOLE, half_close=False))


def test_a_message_in_single_bytes_is_answered(server: Server) -> None:
    pieces = [data(bytes([byte])) for byte in http2.message(SENTENCE)]
    sent = START + HEAD + b"".join(pieces) + data(b"", http2.END_STREAM)
    assert http2.answered(http2.exchange(server.port, sent, half_close=False))


@pytest.mark.parametrize(
    "others", [{"grpc_timeout": "soon"}, {"grpc_timeout": "-1S"}, {"grpc_timeout": "123456789S"},
               {"content_type": "text/html"}, {":method": "GET"}, {"grpc_encoding": "zip"}],
    ids=str)
def test_headers_that_are_wrong_are_survived(server: Server, others: dict[str, str]) -> None:
    http2.exchange(server.port, START + head(**others) + WHOLE)


def test_clients_that_come_and_go(server: Server) -> None:
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(START + HEAD)


def test_clients_that_reset_their_connection(server: Server) -> None:
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            connection.sendall(START + HEAD + WHOLE)
