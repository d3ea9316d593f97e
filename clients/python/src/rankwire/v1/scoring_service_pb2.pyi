from google.rpc import status_pb2 as _status_pb2
from rankwire.v1 import common_pb2 as _common_pb2
from rankwire.v1 import recommendation_pb2 as _recommendation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScoreItemsStreamRequest(_message.Message):
    __slots__ = ("request_id", "request")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    request: ScoreItemsRequest
    def __init__(self, request_id: _Optional[str] = ..., request: _Optional[_Union[ScoreItemsRequest, _Mapping]] = ...) -> None: ...

class ScoreItemsStreamResponse(_message.Message):
    __slots__ = ("request_id", "response", "error")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    response: ScoreItemsResponse
    error: _status_pb2.Status
    def __init__(self, request_id: _Optional[str] = ..., response: _Optional[_Union[ScoreItemsResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class ScoreItemsRequest(_message.Message):
    __slots__ = ("user", "item_ids", "items", "limit", "explain", "context", "counterfactual_rank")
    USER_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_RANK_FIELD_NUMBER: _ClassVar[int]
    user: _common_pb2.User
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    items: _containers.RepeatedCompositeFieldContainer[_common_pb2.Item]
    limit: int
    explain: int
    context: _common_pb2.RequestContext
    counterfactual_rank: int
    def __init__(self, user: _Optional[_Union[_common_pb2.User, _Mapping]] = ..., item_ids: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[_Union[_common_pb2.Item, _Mapping]]] = ..., limit: _Optional[int] = ..., explain: _Optional[int] = ..., context: _Optional[_Union[_common_pb2.RequestContext, _Mapping]] = ..., counterfactual_rank: _Optional[int] = ...) -> None: ...

class ScoreItemsResponse(_message.Message):
    __slots__ = ("items", "failures", "explanation", "timings", "bundle_version", "user_text")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    USER_TEXT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ScoredItem]
    failures: _containers.RepeatedCompositeFieldContainer[CandidateFailure]
    explanation: _common_pb2.Explanation
    timings: _common_pb2.Timings
    bundle_version: str
    user_text: _common_pb2.TextInfo
    def __init__(self, items: _Optional[_Iterable[_Union[ScoredItem, _Mapping]]] = ..., failures: _Optional[_Iterable[_Union[CandidateFailure, _Mapping]]] = ..., explanation: _Optional[_Union[_common_pb2.Explanation, _Mapping]] = ..., timings: _Optional[_Union[_common_pb2.Timings, _Mapping]] = ..., bundle_version: _Optional[str] = ..., user_text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ...) -> None: ...

class ScoredItem(_message.Message):
    __slots__ = ("index", "item_id", "probability", "logit", "rank", "text")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    LOGIT_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    index: int
    item_id: str
    probability: float
    logit: float
    rank: int
    text: _common_pb2.TextInfo
    def __init__(self, index: _Optional[int] = ..., item_id: _Optional[str] = ..., probability: _Optional[float] = ..., logit: _Optional[float] = ..., rank: _Optional[int] = ..., text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ...) -> None: ...

class CandidateFailure(_message.Message):
    __slots__ = ("index", "id", "status")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    index: int
    id: str
    status: _status_pb2.Status
    def __init__(self, index: _Optional[int] = ..., id: _Optional[str] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
