from rankwire.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClassifyIntentRequest(_message.Message):
    __slots__ = ("text", "top_k", "explain")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    text: str
    top_k: int
    explain: bool
    def __init__(self, text: _Optional[str] = ..., top_k: _Optional[int] = ..., explain: _Optional[bool] = ...) -> None: ...

class ClassifyIntentResponse(_message.Message):
    __slots__ = ("intents", "out_of_scope", "threshold", "answer", "text", "timings", "bundle_version")
    INTENTS_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_SCOPE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    intents: _containers.RepeatedCompositeFieldContainer[IntentScore]
    out_of_scope: bool
    threshold: float
    answer: str
    text: _common_pb2.TextInfo
    timings: _common_pb2.Timings
    bundle_version: str
    def __init__(self, intents: _Optional[_Iterable[_Union[IntentScore, _Mapping]]] = ..., out_of_scope: _Optional[bool] = ..., threshold: _Optional[float] = ..., answer: _Optional[str] = ..., text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ..., timings: _Optional[_Union[_common_pb2.Timings, _Mapping]] = ..., bundle_version: _Optional[str] = ...) -> None: ...

class IntentScore(_message.Message):
    __slots__ = ("intent", "score", "nearest_examples")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    NEAREST_EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    intent: str
    score: float
    nearest_examples: _containers.RepeatedCompositeFieldContainer[IntentExample]
    def __init__(self, intent: _Optional[str] = ..., score: _Optional[float] = ..., nearest_examples: _Optional[_Iterable[_Union[IntentExample, _Mapping]]] = ...) -> None: ...

class IntentExample(_message.Message):
    __slots__ = ("text", "similarity")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    text: str
    similarity: float
    def __init__(self, text: _Optional[str] = ..., similarity: _Optional[float] = ...) -> None: ...
