import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_TYPE_UNSPECIFIED: _ClassVar[EventType]
    EVENT_TYPE_VIEW: _ClassVar[EventType]
    EVENT_TYPE_CLICK: _ClassVar[EventType]
    EVENT_TYPE_CART: _ClassVar[EventType]
    EVENT_TYPE_PURCHASE: _ClassVar[EventType]
    EVENT_TYPE_RATING: _ClassVar[EventType]
    EVENT_TYPE_IMPRESSION: _ClassVar[EventType]
    EVENT_TYPE_REDEMPTION: _ClassVar[EventType]
    EVENT_TYPE_SEARCH: _ClassVar[EventType]
    EVENT_TYPE_DWELL: _ClassVar[EventType]
    EVENT_TYPE_SHARE: _ClassVar[EventType]
    EVENT_TYPE_REVIEW: _ClassVar[EventType]
    EVENT_TYPE_CHAT: _ClassVar[EventType]
EVENT_TYPE_UNSPECIFIED: EventType
EVENT_TYPE_VIEW: EventType
EVENT_TYPE_CLICK: EventType
EVENT_TYPE_CART: EventType
EVENT_TYPE_PURCHASE: EventType
EVENT_TYPE_RATING: EventType
EVENT_TYPE_IMPRESSION: EventType
EVENT_TYPE_REDEMPTION: EventType
EVENT_TYPE_SEARCH: EventType
EVENT_TYPE_DWELL: EventType
EVENT_TYPE_SHARE: EventType
EVENT_TYPE_REVIEW: EventType
EVENT_TYPE_CHAT: EventType

class Money(_message.Message):
    __slots__ = ("micros", "currency_code")
    MICROS_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    micros: int
    currency_code: str
    def __init__(self, micros: _Optional[int] = ..., currency_code: _Optional[str] = ...) -> None: ...

class Item(_message.Message):
    __slots__ = ("item_id", "title", "description", "category", "brand", "price", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    title: str
    description: str
    category: str
    brand: str
    price: Money
    attributes: _containers.ScalarMap[str, str]
    def __init__(self, item_id: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., category: _Optional[str] = ..., brand: _Optional[str] = ..., price: _Optional[_Union[Money, _Mapping]] = ..., attributes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("item_id", "type", "time", "event_id", "quantity", "value", "rating", "channel", "device", "query", "text", "position", "dwell_millis", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    DWELL_MILLIS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    type: EventType
    time: _timestamp_pb2.Timestamp
    event_id: str
    quantity: int
    value: Money
    rating: float
    channel: str
    device: str
    query: str
    text: str
    position: int
    dwell_millis: int
    attributes: _containers.ScalarMap[str, str]
    def __init__(self, item_id: _Optional[str] = ..., type: _Optional[_Union[EventType, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_id: _Optional[str] = ..., quantity: _Optional[int] = ..., value: _Optional[_Union[Money, _Mapping]] = ..., rating: _Optional[float] = ..., channel: _Optional[str] = ..., device: _Optional[str] = ..., query: _Optional[str] = ..., text: _Optional[str] = ..., position: _Optional[int] = ..., dwell_millis: _Optional[int] = ..., attributes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class InlineUser(_message.Message):
    __slots__ = ("text", "events", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    text: str
    events: _containers.RepeatedCompositeFieldContainer[Event]
    attributes: _containers.ScalarMap[str, str]
    def __init__(self, text: _Optional[str] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., attributes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class User(_message.Message):
    __slots__ = ("user_id", "inline")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    inline: InlineUser
    def __init__(self, user_id: _Optional[str] = ..., inline: _Optional[_Union[InlineUser, _Mapping]] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ("feature_names", "bias", "values", "contributions", "row_count", "left_out", "reasons", "counterfactuals")
    FEATURE_NAMES_FIELD_NUMBER: _ClassVar[int]
    BIAS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUALS_FIELD_NUMBER: _ClassVar[int]
    feature_names: _containers.RepeatedScalarFieldContainer[str]
    bias: float
    values: _containers.RepeatedScalarFieldContainer[float]
    contributions: _containers.RepeatedScalarFieldContainer[float]
    row_count: int
    left_out: _containers.RepeatedScalarFieldContainer[str]
    reasons: _containers.RepeatedCompositeFieldContainer[ItemReasons]
    counterfactuals: _containers.RepeatedCompositeFieldContainer[Counterfactual]
    def __init__(self, feature_names: _Optional[_Iterable[str]] = ..., bias: _Optional[float] = ..., values: _Optional[_Iterable[float]] = ..., contributions: _Optional[_Iterable[float]] = ..., row_count: _Optional[int] = ..., left_out: _Optional[_Iterable[str]] = ..., reasons: _Optional[_Iterable[_Union[ItemReasons, _Mapping]]] = ..., counterfactuals: _Optional[_Iterable[_Union[Counterfactual, _Mapping]]] = ...) -> None: ...

class ItemReasons(_message.Message):
    __slots__ = ("bought_item_ids", "similar_item_id", "new_user", "new_item")
    BOUGHT_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    SIMILAR_ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    NEW_USER_FIELD_NUMBER: _ClassVar[int]
    NEW_ITEM_FIELD_NUMBER: _ClassVar[int]
    bought_item_ids: _containers.RepeatedScalarFieldContainer[str]
    similar_item_id: str
    new_user: bool
    new_item: bool
    def __init__(self, bought_item_ids: _Optional[_Iterable[str]] = ..., similar_item_id: _Optional[str] = ..., new_user: _Optional[bool] = ..., new_item: _Optional[bool] = ...) -> None: ...

class Counterfactual(_message.Message):
    __slots__ = ("feature_name", "from_value", "to_value")
    FEATURE_NAME_FIELD_NUMBER: _ClassVar[int]
    FROM_VALUE_FIELD_NUMBER: _ClassVar[int]
    TO_VALUE_FIELD_NUMBER: _ClassVar[int]
    feature_name: str
    from_value: float
    to_value: float
    def __init__(self, feature_name: _Optional[str] = ..., from_value: _Optional[float] = ..., to_value: _Optional[float] = ...) -> None: ...

class RequestContext(_message.Message):
    __slots__ = ("time", "channel", "device")
    TIME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    channel: str
    device: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channel: _Optional[str] = ..., device: _Optional[str] = ...) -> None: ...

class TextInfo(_message.Message):
    __slots__ = ("token_count", "truncated")
    TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    token_count: int
    truncated: bool
    def __init__(self, token_count: _Optional[int] = ..., truncated: _Optional[bool] = ...) -> None: ...

class Timings(_message.Message):
    __slots__ = ("queue_nanos", "tokenize_nanos", "encode_nanos", "score_nanos", "total_nanos")
    QUEUE_NANOS_FIELD_NUMBER: _ClassVar[int]
    TOKENIZE_NANOS_FIELD_NUMBER: _ClassVar[int]
    ENCODE_NANOS_FIELD_NUMBER: _ClassVar[int]
    SCORE_NANOS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_NANOS_FIELD_NUMBER: _ClassVar[int]
    queue_nanos: int
    tokenize_nanos: int
    encode_nanos: int
    score_nanos: int
    total_nanos: int
    def __init__(self, queue_nanos: _Optional[int] = ..., tokenize_nanos: _Optional[int] = ..., encode_nanos: _Optional[int] = ..., score_nanos: _Optional[int] = ..., total_nanos: _Optional[int] = ...) -> None: ...
