from rankwire.v1 import common_pb2 as _common_pb2
from rankwire.v1 import scoring_service_pb2 as _scoring_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClassifyIntentRequest(_message.Message):
    __slots__ = ("text", "top_k", "explain", "previous_turns", "user_id", "facts", "explain_words")
    class FactsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_TURNS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_WORDS_FIELD_NUMBER: _ClassVar[int]
    text: str
    top_k: int
    explain: bool
    previous_turns: _containers.RepeatedScalarFieldContainer[str]
    user_id: str
    facts: _containers.ScalarMap[str, str]
    explain_words: bool
    def __init__(self, text: _Optional[str] = ..., top_k: _Optional[int] = ..., explain: _Optional[bool] = ..., previous_turns: _Optional[_Iterable[str]] = ..., user_id: _Optional[str] = ..., facts: _Optional[_Mapping[str, str]] = ..., explain_words: _Optional[bool] = ...) -> None: ...

class ClassifyIntentsRequest(_message.Message):
    __slots__ = ("texts", "top_k", "explain")
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    texts: _containers.RepeatedScalarFieldContainer[str]
    top_k: int
    explain: bool
    def __init__(self, texts: _Optional[_Iterable[str]] = ..., top_k: _Optional[int] = ..., explain: _Optional[bool] = ...) -> None: ...

class ClassifyIntentsResponse(_message.Message):
    __slots__ = ("results", "failures", "timings", "bundle_version")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ClassifyIntentResponse]
    failures: _containers.RepeatedCompositeFieldContainer[_scoring_service_pb2.CandidateFailure]
    timings: _common_pb2.Timings
    bundle_version: str
    def __init__(self, results: _Optional[_Iterable[_Union[ClassifyIntentResponse, _Mapping]]] = ..., failures: _Optional[_Iterable[_Union[_scoring_service_pb2.CandidateFailure, _Mapping]]] = ..., timings: _Optional[_Union[_common_pb2.Timings, _Mapping]] = ..., bundle_version: _Optional[str] = ...) -> None: ...

class ClassifyIntentResponse(_message.Message):
    __slots__ = ("intents", "out_of_scope", "threshold", "answer", "text", "timings", "bundle_version", "out_of_scope_probability", "entities", "sentiment", "urgency", "hand_over", "missing_facts", "words", "unsupported_language", "used_previous_turns", "passages")
    INTENTS_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_SCOPE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_SCOPE_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    SENTIMENT_FIELD_NUMBER: _ClassVar[int]
    URGENCY_FIELD_NUMBER: _ClassVar[int]
    HAND_OVER_FIELD_NUMBER: _ClassVar[int]
    MISSING_FACTS_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    UNSUPPORTED_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    USED_PREVIOUS_TURNS_FIELD_NUMBER: _ClassVar[int]
    PASSAGES_FIELD_NUMBER: _ClassVar[int]
    intents: _containers.RepeatedCompositeFieldContainer[IntentScore]
    out_of_scope: bool
    threshold: float
    answer: str
    text: _common_pb2.TextInfo
    timings: _common_pb2.Timings
    bundle_version: str
    out_of_scope_probability: float
    entities: _containers.RepeatedCompositeFieldContainer[IntentEntity]
    sentiment: float
    urgency: float
    hand_over: str
    missing_facts: _containers.RepeatedScalarFieldContainer[str]
    words: _containers.RepeatedCompositeFieldContainer[IntentWord]
    unsupported_language: bool
    used_previous_turns: bool
    passages: _containers.RepeatedCompositeFieldContainer[HelpPassage]
    def __init__(self, intents: _Optional[_Iterable[_Union[IntentScore, _Mapping]]] = ..., out_of_scope: _Optional[bool] = ..., threshold: _Optional[float] = ..., answer: _Optional[str] = ..., text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ..., timings: _Optional[_Union[_common_pb2.Timings, _Mapping]] = ..., bundle_version: _Optional[str] = ..., out_of_scope_probability: _Optional[float] = ..., entities: _Optional[_Iterable[_Union[IntentEntity, _Mapping]]] = ..., sentiment: _Optional[float] = ..., urgency: _Optional[float] = ..., hand_over: _Optional[str] = ..., missing_facts: _Optional[_Iterable[str]] = ..., words: _Optional[_Iterable[_Union[IntentWord, _Mapping]]] = ..., unsupported_language: _Optional[bool] = ..., used_previous_turns: _Optional[bool] = ..., passages: _Optional[_Iterable[_Union[HelpPassage, _Mapping]]] = ...) -> None: ...

class HelpPassage(_message.Message):
    __slots__ = ("article_id", "title", "url", "labels", "text", "score", "best_sentence_start_byte", "best_sentence_end_byte")
    ARTICLE_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    BEST_SENTENCE_START_BYTE_FIELD_NUMBER: _ClassVar[int]
    BEST_SENTENCE_END_BYTE_FIELD_NUMBER: _ClassVar[int]
    article_id: str
    title: str
    url: str
    labels: _containers.RepeatedScalarFieldContainer[str]
    text: str
    score: float
    best_sentence_start_byte: int
    best_sentence_end_byte: int
    def __init__(self, article_id: _Optional[str] = ..., title: _Optional[str] = ..., url: _Optional[str] = ..., labels: _Optional[_Iterable[str]] = ..., text: _Optional[str] = ..., score: _Optional[float] = ..., best_sentence_start_byte: _Optional[int] = ..., best_sentence_end_byte: _Optional[int] = ...) -> None: ...

class IntentEntity(_message.Message):
    __slots__ = ("kind", "value", "start_byte", "end_byte")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    START_BYTE_FIELD_NUMBER: _ClassVar[int]
    END_BYTE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    value: str
    start_byte: int
    end_byte: int
    def __init__(self, kind: _Optional[str] = ..., value: _Optional[str] = ..., start_byte: _Optional[int] = ..., end_byte: _Optional[int] = ...) -> None: ...

class IntentWord(_message.Message):
    __slots__ = ("word", "importance")
    WORD_FIELD_NUMBER: _ClassVar[int]
    IMPORTANCE_FIELD_NUMBER: _ClassVar[int]
    word: str
    importance: float
    def __init__(self, word: _Optional[str] = ..., importance: _Optional[float] = ...) -> None: ...

class IntentScore(_message.Message):
    __slots__ = ("intent", "score", "nearest_examples", "probability")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    NEAREST_EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    intent: str
    score: float
    nearest_examples: _containers.RepeatedCompositeFieldContainer[IntentExample]
    probability: float
    def __init__(self, intent: _Optional[str] = ..., score: _Optional[float] = ..., nearest_examples: _Optional[_Iterable[_Union[IntentExample, _Mapping]]] = ..., probability: _Optional[float] = ...) -> None: ...

class IntentExample(_message.Message):
    __slots__ = ("text", "similarity")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    text: str
    similarity: float
    def __init__(self, text: _Optional[str] = ..., similarity: _Optional[float] = ...) -> None: ...
