"""Conversions between Python's values and the wire's."""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from google.protobuf import timestamp_pb2

from .v1 import common_pb2

MICROS = 1_000_000


def money(amount: Decimal | float | str, currency_code: str) -> common_pb2.Money:
    """An amount in units of its currency: `money("1.99", "USD")`. Rounded to millionths."""
    micros = (Decimal(str(amount)) * MICROS).to_integral_value(ROUND_HALF_EVEN)
    return common_pb2.Money(micros=int(micros), currency_code=currency_code)


def decimal_amount(value: common_pb2.Money) -> Decimal:
    """The amount in units of its currency, exactly."""
    return Decimal(value.micros) / MICROS


def timestamp(time: datetime.datetime) -> timestamp_pb2.Timestamp:
    """A moment on the wire. Raises ValueError for a time without a zone."""
    if time.tzinfo is None:
        raise ValueError("the time has no zone: say datetime.timezone.utc if that is meant")
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(time.astimezone(datetime.timezone.utc))
    return message
