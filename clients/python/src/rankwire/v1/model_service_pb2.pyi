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
    __slots__ = ("bundle_version", "source", "dimension", "max_tokens", "instruction_set", "mean_cosine", "minimum_cosine", "item_count", "ad_count", "intent_count", "profile_count", "server_version", "ranking_head")
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
    def __init__(self, bundle_version: _Optional[str] = ..., source: _Optional[str] = ..., dimension: _Optional[int] = ..., max_tokens: _Optional[int] = ..., instruction_set: _Optional[str] = ..., mean_cosine: _Optional[float] = ..., minimum_cosine: _Optional[float] = ..., item_count: _Optional[int] = ..., ad_count: _Optional[int] = ..., intent_count: _Optional[int] = ..., profile_count: _Optional[int] = ..., server_version: _Optional[str] = ..., ranking_head: _Optional[str] = ...) -> None: ...
