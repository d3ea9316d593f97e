"""What a call can fail with, read from the `google.rpc.Status` that the server sends along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_DETAILS_KEY = "grpc-status-details-bin"


@dataclass(frozen=True)
class FieldViolation:
    """A field of the request, as a path in proto names, and what is wrong with it."""

    field: str
    description: str


@dataclass(frozen=True)
class Details:
    """What a status carries beside code and message."""

    reason: str = ""
    field_violations: tuple[FieldViolation, ...] = ()
    retry_after_seconds: float | None = None


class RankwireError(Exception):
    """A call that failed.

    `reason` is for programs: upper snake case, stable, "" when the server could not be asked.
    `retry_after_seconds` is set when the server said when to try again.
    """

    def __init__(self, code: grpc.StatusCode, message: str, details: Details) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.reason = details.reason
        self.field_violations = details.field_violations
        self.retry_after_seconds = details.retry_after_seconds


class InvalidArgument(RankwireError):
    """A field is wrong: `field_violations` names it."""


class NotFound(RankwireError):
    """The user, or the service asked about, is not known."""


class DeadlineExceeded(RankwireError):
    """The answer did not come in time."""


class ResourceExhausted(RankwireError):
    """The server is full, or the request or reply too large."""


class Unavailable(RankwireError):
    """No server there, or it is going down."""


_CLASSES: dict[grpc.StatusCode, type[RankwireError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
}


def unpack(details: Iterable[any_pb2.Any]) -> Details:
    """Reads the details this package knows; others, and damaged ones, are passed over."""
    reason, violations, retry = "", [], None
    for detail in details:
        try:
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                reason = error_details_pb2.ErrorInfo.FromString(detail.value).reason
            elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                bad = error_details_pb2.BadRequest.FromString(detail.value)
                violations += [FieldViolation(v.field, v.description) for v in bad.field_violations]
            elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                delay = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay
                retry = delay.seconds + delay.nanos / 1e9
        except DecodeError:
            continue
    return Details(reason, tuple(violations), retry)


def from_rpc_error(error: grpc.RpcError) -> RankwireError:
    """The typed error of a failed call."""
    if not isinstance(error, grpc.Call):
        return RankwireError(grpc.StatusCode.UNKNOWN, str(error), Details())
    details = Details()
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                details = unpack(status_pb2.Status.FromString(value).details)
            except DecodeError:
                pass
    code = error.code()
    return _CLASSES.get(code, RankwireError)(code, error.details() or "", details)
