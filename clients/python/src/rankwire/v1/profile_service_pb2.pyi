import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from rankwire.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChurnLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHURN_LEVEL_UNSPECIFIED: _ClassVar[ChurnLevel]
    CHURN_LEVEL_UNKNOWN: _ClassVar[ChurnLevel]
    CHURN_LEVEL_LOW: _ClassVar[ChurnLevel]
    CHURN_LEVEL_MEDIUM: _ClassVar[ChurnLevel]
    CHURN_LEVEL_HIGH: _ClassVar[ChurnLevel]

class TrendDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TREND_DIRECTION_UNSPECIFIED: _ClassVar[TrendDirection]
    TREND_DIRECTION_UNKNOWN: _ClassVar[TrendDirection]
    TREND_DIRECTION_RISING: _ClassVar[TrendDirection]
    TREND_DIRECTION_STEADY: _ClassVar[TrendDirection]
    TREND_DIRECTION_FALLING: _ClassVar[TrendDirection]
CHURN_LEVEL_UNSPECIFIED: ChurnLevel
CHURN_LEVEL_UNKNOWN: ChurnLevel
CHURN_LEVEL_LOW: ChurnLevel
CHURN_LEVEL_MEDIUM: ChurnLevel
CHURN_LEVEL_HIGH: ChurnLevel
TREND_DIRECTION_UNSPECIFIED: TrendDirection
TREND_DIRECTION_UNKNOWN: TrendDirection
TREND_DIRECTION_RISING: TrendDirection
TREND_DIRECTION_STEADY: TrendDirection
TREND_DIRECTION_FALLING: TrendDirection

class UserEvent(_message.Message):
    __slots__ = ("user_id", "event")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    event: _common_pb2.Event
    def __init__(self, user_id: _Optional[str] = ..., event: _Optional[_Union[_common_pb2.Event, _Mapping]] = ...) -> None: ...

class IngestEventsRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[UserEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[UserEvent, _Mapping]]] = ...) -> None: ...

class IngestEventsResponse(_message.Message):
    __slots__ = ("stored_count", "duplicate_count", "unknown_item_count", "rejected", "rejection_counts")
    STORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    REJECTION_COUNTS_FIELD_NUMBER: _ClassVar[int]
    stored_count: int
    duplicate_count: int
    unknown_item_count: int
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedEvent]
    rejection_counts: _containers.RepeatedCompositeFieldContainer[RejectionCount]
    def __init__(self, stored_count: _Optional[int] = ..., duplicate_count: _Optional[int] = ..., unknown_item_count: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[RejectedEvent, _Mapping]]] = ..., rejection_counts: _Optional[_Iterable[_Union[RejectionCount, _Mapping]]] = ...) -> None: ...

class RejectionCount(_message.Message):
    __slots__ = ("field", "count")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    field: str
    count: int
    def __init__(self, field: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class IngestEventsStreamRequest(_message.Message):
    __slots__ = ("chunk_id", "request")
    CHUNK_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    chunk_id: str
    request: IngestEventsRequest
    def __init__(self, chunk_id: _Optional[str] = ..., request: _Optional[_Union[IngestEventsRequest, _Mapping]] = ...) -> None: ...

class IngestEventsStreamResponse(_message.Message):
    __slots__ = ("chunk_id", "response", "error")
    CHUNK_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    chunk_id: str
    response: IngestEventsResponse
    error: _status_pb2.Status
    def __init__(self, chunk_id: _Optional[str] = ..., response: _Optional[_Union[IngestEventsResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class RejectedEvent(_message.Message):
    __slots__ = ("index", "event_id", "status")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    index: int
    event_id: str
    status: _status_pb2.Status
    def __init__(self, index: _Optional[int] = ..., event_id: _Optional[str] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class GetProfileRequest(_message.Message):
    __slots__ = ("user_id",)
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ...) -> None: ...

class GetProfileResponse(_message.Message):
    __slots__ = ("profile",)
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    profile: Profile
    def __init__(self, profile: _Optional[_Union[Profile, _Mapping]] = ...) -> None: ...

class Profile(_message.Message):
    __slots__ = ("event_count", "last_event_time", "recent_items", "recent_searches", "categories", "brands", "typical_price", "purchases", "attributes", "interests", "price_bands", "activity", "segment", "attribute_labels", "left_out")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class AttributeLabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    RECENT_ITEMS_FIELD_NUMBER: _ClassVar[int]
    RECENT_SEARCHES_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    BRANDS_FIELD_NUMBER: _ClassVar[int]
    TYPICAL_PRICE_FIELD_NUMBER: _ClassVar[int]
    PURCHASES_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    INTERESTS_FIELD_NUMBER: _ClassVar[int]
    PRICE_BANDS_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_LABELS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    event_count: int
    last_event_time: _timestamp_pb2.Timestamp
    recent_items: _containers.RepeatedCompositeFieldContainer[RecentItem]
    recent_searches: _containers.RepeatedCompositeFieldContainer[RecentSearch]
    categories: _containers.RepeatedCompositeFieldContainer[InterestShare]
    brands: _containers.RepeatedCompositeFieldContainer[InterestShare]
    typical_price: float
    purchases: Purchases
    attributes: _containers.ScalarMap[str, str]
    interests: _containers.RepeatedCompositeFieldContainer[Interest]
    price_bands: _containers.RepeatedCompositeFieldContainer[InterestShare]
    activity: Activity
    segment: ProfileSegment
    attribute_labels: _containers.ScalarMap[str, str]
    left_out: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, event_count: _Optional[int] = ..., last_event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recent_items: _Optional[_Iterable[_Union[RecentItem, _Mapping]]] = ..., recent_searches: _Optional[_Iterable[_Union[RecentSearch, _Mapping]]] = ..., categories: _Optional[_Iterable[_Union[InterestShare, _Mapping]]] = ..., brands: _Optional[_Iterable[_Union[InterestShare, _Mapping]]] = ..., typical_price: _Optional[float] = ..., purchases: _Optional[_Union[Purchases, _Mapping]] = ..., attributes: _Optional[_Mapping[str, str]] = ..., interests: _Optional[_Iterable[_Union[Interest, _Mapping]]] = ..., price_bands: _Optional[_Iterable[_Union[InterestShare, _Mapping]]] = ..., activity: _Optional[_Union[Activity, _Mapping]] = ..., segment: _Optional[_Union[ProfileSegment, _Mapping]] = ..., attribute_labels: _Optional[_Mapping[str, str]] = ..., left_out: _Optional[_Iterable[str]] = ...) -> None: ...

class Interest(_message.Message):
    __slots__ = ("item_id", "item_count", "share")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    item_count: int
    share: float
    def __init__(self, item_id: _Optional[str] = ..., item_count: _Optional[int] = ..., share: _Optional[float] = ...) -> None: ...

class Activity(_message.Message):
    __slots__ = ("hours", "weekdays", "types", "channels", "devices", "weeks")
    HOURS_FIELD_NUMBER: _ClassVar[int]
    WEEKDAYS_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    hours: _containers.RepeatedScalarFieldContainer[int]
    weekdays: _containers.RepeatedScalarFieldContainer[int]
    types: _containers.RepeatedCompositeFieldContainer[NamedCount]
    channels: _containers.RepeatedCompositeFieldContainer[NamedCount]
    devices: _containers.RepeatedCompositeFieldContainer[NamedCount]
    weeks: _containers.RepeatedCompositeFieldContainer[ActivityWeek]
    def __init__(self, hours: _Optional[_Iterable[int]] = ..., weekdays: _Optional[_Iterable[int]] = ..., types: _Optional[_Iterable[_Union[NamedCount, _Mapping]]] = ..., channels: _Optional[_Iterable[_Union[NamedCount, _Mapping]]] = ..., devices: _Optional[_Iterable[_Union[NamedCount, _Mapping]]] = ..., weeks: _Optional[_Iterable[_Union[ActivityWeek, _Mapping]]] = ...) -> None: ...

class NamedCount(_message.Message):
    __slots__ = ("name", "count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    count: int
    def __init__(self, name: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class ActivityWeek(_message.Message):
    __slots__ = ("event_count", "purchase_count", "spent_micros")
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SPENT_MICROS_FIELD_NUMBER: _ClassVar[int]
    event_count: int
    purchase_count: int
    spent_micros: int
    def __init__(self, event_count: _Optional[int] = ..., purchase_count: _Optional[int] = ..., spent_micros: _Optional[int] = ...) -> None: ...

class ProfileSegment(_message.Message):
    __slots__ = ("segment_id", "name")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    name: str
    def __init__(self, segment_id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class RecentItem(_message.Message):
    __slots__ = ("item_id", "time")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, item_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecentSearch(_message.Message):
    __slots__ = ("query", "time")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    query: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, query: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InterestShare(_message.Message):
    __slots__ = ("name", "share")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    name: str
    share: float
    def __init__(self, name: _Optional[str] = ..., share: _Optional[float] = ...) -> None: ...

class Purchases(_message.Message):
    __slots__ = ("count", "last_time", "total", "average", "day_count", "first_time", "quintiles")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_FIELD_NUMBER: _ClassVar[int]
    DAY_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    QUINTILES_FIELD_NUMBER: _ClassVar[int]
    count: int
    last_time: _timestamp_pb2.Timestamp
    total: _common_pb2.Money
    average: _common_pb2.Money
    day_count: int
    first_time: _timestamp_pb2.Timestamp
    quintiles: Quintiles
    def __init__(self, count: _Optional[int] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., total: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., average: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., day_count: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., quintiles: _Optional[_Union[Quintiles, _Mapping]] = ...) -> None: ...

class Quintiles(_message.Message):
    __slots__ = ("recency", "frequency", "monetary")
    RECENCY_FIELD_NUMBER: _ClassVar[int]
    FREQUENCY_FIELD_NUMBER: _ClassVar[int]
    MONETARY_FIELD_NUMBER: _ClassVar[int]
    recency: int
    frequency: int
    monetary: int
    def __init__(self, recency: _Optional[int] = ..., frequency: _Optional[int] = ..., monetary: _Optional[int] = ...) -> None: ...

class ExportProfileRequest(_message.Message):
    __slots__ = ("user_id", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ExportProfileResponse(_message.Message):
    __slots__ = ("profile", "events", "next_page_token")
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    profile: Profile
    events: _containers.RepeatedCompositeFieldContainer[_common_pb2.Event]
    next_page_token: str
    def __init__(self, profile: _Optional[_Union[Profile, _Mapping]] = ..., events: _Optional[_Iterable[_Union[_common_pb2.Event, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteProfileRequest(_message.Message):
    __slots__ = ("user_id",)
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ...) -> None: ...

class DeleteProfileResponse(_message.Message):
    __slots__ = ("existed",)
    EXISTED_FIELD_NUMBER: _ClassVar[int]
    existed: bool
    def __init__(self, existed: _Optional[bool] = ...) -> None: ...

class GetUserReportRequest(_message.Message):
    __slots__ = ("user_id", "as_of")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, user_id: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetUserReportResponse(_message.Message):
    __slots__ = ("profile", "summary", "interests", "churn_risk", "trend", "as_of")
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    INTERESTS_FIELD_NUMBER: _ClassVar[int]
    CHURN_RISK_FIELD_NUMBER: _ClassVar[int]
    TREND_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    profile: Profile
    summary: _containers.RepeatedScalarFieldContainer[str]
    interests: _containers.RepeatedCompositeFieldContainer[ReportedInterest]
    churn_risk: ChurnRisk
    trend: Trend
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, profile: _Optional[_Union[Profile, _Mapping]] = ..., summary: _Optional[_Iterable[str]] = ..., interests: _Optional[_Iterable[_Union[ReportedInterest, _Mapping]]] = ..., churn_risk: _Optional[_Union[ChurnRisk, _Mapping]] = ..., trend: _Optional[_Union[Trend, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReportedInterest(_message.Message):
    __slots__ = ("item_id", "title", "category", "item_count", "share")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    title: str
    category: str
    item_count: int
    share: float
    def __init__(self, item_id: _Optional[str] = ..., title: _Optional[str] = ..., category: _Optional[str] = ..., item_count: _Optional[int] = ..., share: _Optional[float] = ...) -> None: ...

class ChurnRisk(_message.Message):
    __slots__ = ("level", "days_since_purchase", "usual_days")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DAYS_SINCE_PURCHASE_FIELD_NUMBER: _ClassVar[int]
    USUAL_DAYS_FIELD_NUMBER: _ClassVar[int]
    level: ChurnLevel
    days_since_purchase: float
    usual_days: float
    def __init__(self, level: _Optional[_Union[ChurnLevel, str]] = ..., days_since_purchase: _Optional[float] = ..., usual_days: _Optional[float] = ...) -> None: ...

class Trend(_message.Message):
    __slots__ = ("direction", "recent_weekly_events", "earlier_weekly_events")
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    RECENT_WEEKLY_EVENTS_FIELD_NUMBER: _ClassVar[int]
    EARLIER_WEEKLY_EVENTS_FIELD_NUMBER: _ClassVar[int]
    direction: TrendDirection
    recent_weekly_events: float
    earlier_weekly_events: float
    def __init__(self, direction: _Optional[_Union[TrendDirection, str]] = ..., recent_weekly_events: _Optional[float] = ..., earlier_weekly_events: _Optional[float] = ...) -> None: ...

class ListSegmentsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSegmentsResponse(_message.Message):
    __slots__ = ("segments", "user_count", "buyer_count", "as_of")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    USER_COUNT_FIELD_NUMBER: _ClassVar[int]
    BUYER_COUNT_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    user_count: int
    buyer_count: int
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., user_count: _Optional[int] = ..., buyer_count: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("segment_id", "name", "user_count", "share", "days_since_purchase", "purchase_count", "average_purchase", "categories")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    DAYS_SINCE_PURCHASE_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_COUNT_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_PURCHASE_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    name: str
    user_count: int
    share: float
    days_since_purchase: float
    purchase_count: float
    average_purchase: float
    categories: _containers.RepeatedCompositeFieldContainer[SegmentCategory]
    def __init__(self, segment_id: _Optional[str] = ..., name: _Optional[str] = ..., user_count: _Optional[int] = ..., share: _Optional[float] = ..., days_since_purchase: _Optional[float] = ..., purchase_count: _Optional[float] = ..., average_purchase: _Optional[float] = ..., categories: _Optional[_Iterable[_Union[SegmentCategory, _Mapping]]] = ...) -> None: ...

class SegmentCategory(_message.Message):
    __slots__ = ("name", "share", "share_of_all")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    SHARE_OF_ALL_FIELD_NUMBER: _ClassVar[int]
    name: str
    share: float
    share_of_all: float
    def __init__(self, name: _Optional[str] = ..., share: _Optional[float] = ..., share_of_all: _Optional[float] = ...) -> None: ...
