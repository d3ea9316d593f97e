"""HTTP/2 frames by hand (RFC 9113), for what no decent client sends."""

from __future__ import annotations

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS = 1, 4


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """One frame (section 4.1)."""
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
    return head + struct.pack(">I", stream) + payload


def literal(name: str, value: str) -> bytes:
    """A header field that no table indexes (RFC 7541, section 6.2.2); both under 127 bytes."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def request_headers(method: str, **others: str) -> bytes:
    """The header block of a gRPC call; `others` replace or add, `_` for `-`."""
    fields = {
        ":method": "POST", ":scheme": "http", ":path": method, ":authority": "test",
        "content-type": "application/grpc", "te": "trailers"}
    fields.update({name.replace("_", "-"): value for name, value in others.items()})
    return b"".join(literal(name, value) for name, value in fields.items())


def message(data: bytes) -> bytes:
    """A gRPC message, not compressed."""
    return b"\x00" + struct.pack(">I", len(data)) + data


def exchange(port: int, data: bytes, *, half_close: bool = True) -> bytes:
    """Sends the bytes and reads what comes until the server closes or is silent."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(0.3)
            while chunk := connection.recv(65536):
                received += chunk
        except OSError:
            pass
    return received


def answered(received: bytes) -> bool:
    """Whether the server's bytes hold a message and, after it, trailers that end a stream."""
    frames, position = [], 0
    while position + 9 <= len(received):
        frames.append((received[position + 3], received[position + 4]))
        position += 9 + int.from_bytes(received[position : position + 3], "big")
    kinds = [kind for kind, _ in frames]
    ends = [place for place, (kind, flags) in enumerate(frames)
            if kind == HEADERS and flags & END_STREAM]
    return DATA in kinds and bool(ends) and ends[0] > kinds.index(DATA)
