import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListModelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models",)
    MODELS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "bundle_version", "serving")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVING_FIELD_NUMBER: _ClassVar[int]
    name: str
    bundle_version: str
    serving: bool
    def __init__(self, name: _Optional[str] = ..., bundle_version: _Optional[str] = ..., serving: _Optional[bool] = ...) -> None: ...

class ReloadModelRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ReloadModelResponse(_message.Message):
    __slots__ = ("bundle_version", "previous_bundle_version", "item_count", "duration_ms")
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    bundle_version: str
    previous_bundle_version: str
    item_count: int
    duration_ms: int
    def __init__(self, bundle_version: _Optional[str] = ..., previous_bundle_version: _Optional[str] = ..., item_count: _Optional[int] = ..., duration_ms: _Optional[int] = ...) -> None: ...

class GetModelCardRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetModelCardResponse(_message.Message):
    __slots__ = ("bundle_version", "source", "dimension", "max_tokens", "instruction_set", "mean_cosine", "minimum_cosine", "item_count", "ad_count", "intent_count", "profile_count", "server_version", "ranking_head", "ad_model")
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_SET_FIELD_NUMBER: _ClassVar[int]
    MEAN_COSINE_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_COSINE_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    AD_COUNT_FIELD_NUMBER: _ClassVar[int]
    INTENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROFILE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    RANKING_HEAD_FIELD_NUMBER: _ClassVar[int]
    AD_MODEL_FIELD_NUMBER: _ClassVar[int]
    bundle_version: str
    source: str
    dimension: int
    max_tokens: int
    instruction_set: str
    mean_cosine: float
    minimum_cosine: float
    item_count: int
    ad_count: int
    intent_count: int
    profile_count: int
    server_version: str
    ranking_head: str
    ad_model: AdModelCard
    def __init__(self, bundle_version: _Optional[str] = ..., source: _Optional[str] = ..., dimension: _Optional[int] = ..., max_tokens: _Optional[int] = ..., instruction_set: _Optional[str] = ..., mean_cosine: _Optional[float] = ..., minimum_cosine: _Optional[float] = ..., item_count: _Optional[int] = ..., ad_count: _Optional[int] = ..., intent_count: _Optional[int] = ..., profile_count: _Optional[int] = ..., server_version: _Optional[str] = ..., ranking_head: _Optional[str] = ..., ad_model: _Optional[_Union[AdModelCard, _Mapping]] = ...) -> None: ...

class AdModelCard(_message.Message):
    __slots__ = ("version", "click_example_count", "conversion_example_count", "learnt_through", "promoted_count", "refused_count", "feedback")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CLICK_EXAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONVERSION_EXAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEARNT_THROUGH_FIELD_NUMBER: _ClassVar[int]
    PROMOTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    version: str
    click_example_count: int
    conversion_example_count: int
    learnt_through: _timestamp_pb2.Timestamp
    promoted_count: int
    refused_count: int
    feedback: AdFeedbackCounts
    def __init__(self, version: _Optional[str] = ..., click_example_count: _Optional[int] = ..., conversion_example_count: _Optional[int] = ..., learnt_through: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., promoted_count: _Optional[int] = ..., refused_count: _Optional[int] = ..., feedback: _Optional[_Union[AdFeedbackCounts, _Mapping]] = ...) -> None: ...

class AdFeedbackCounts(_message.Message):
    __slots__ = ("impression_count", "click_count", "conversion_count", "repeated_count", "late_count", "without_impression_count", "unknown_ad_count")
    IMPRESSION_COUNT_FIELD_NUMBER: _ClassVar[int]
    CLICK_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONVERSION_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPEATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    LATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_IMPRESSION_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_AD_COUNT_FIELD_NUMBER: _ClassVar[int]
    impression_count: int
    click_count: int
    conversion_count: int
    repeated_count: int
    late_count: int
    without_impression_count: int
    unknown_ad_count: int
    def __init__(self, impression_count: _Optional[int] = ..., click_count: _Optional[int] = ..., conversion_count: _Optional[int] = ..., repeated_count: _Optional[int] = ..., late_count: _Optional[int] = ..., without_impression_count: _Optional[int] = ..., unknown_ad_count: _Optional[int] = ...) -> None: ...
