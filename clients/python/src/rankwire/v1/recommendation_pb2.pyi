from rankwire.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CandidateSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANDIDATE_SOURCE_UNSPECIFIED: _ClassVar[CandidateSource]
    CANDIDATE_SOURCE_INTERESTS: _ClassVar[CandidateSource]
    CANDIDATE_SOURCE_NEIGHBOURS: _ClassVar[CandidateSource]
    CANDIDATE_SOURCE_POPULARITY: _ClassVar[CandidateSource]
    CANDIDATE_SOURCE_REPEAT_PURCHASES: _ClassVar[CandidateSource]
    CANDIDATE_SOURCE_QUERY_MEANING: _ClassVar[CandidateSource]
    CANDIDATE_SOURCE_QUERY_WORDS: _ClassVar[CandidateSource]
    CANDIDATE_SOURCE_VIEWED: _ClassVar[CandidateSource]

class UserKnowledge(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USER_KNOWLEDGE_UNSPECIFIED: _ClassVar[UserKnowledge]
    USER_KNOWLEDGE_BEHAVIOUR: _ClassVar[UserKnowledge]
    USER_KNOWLEDGE_NO_BEHAVIOUR: _ClassVar[UserKnowledge]
    USER_KNOWLEDGE_UNKNOWN_USER: _ClassVar[UserKnowledge]

class PastItems(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAST_ITEMS_UNSPECIFIED: _ClassVar[PastItems]
    PAST_ITEMS_NOT_BOUGHT: _ClassVar[PastItems]
    PAST_ITEMS_VIEWED_NOT_BOUGHT: _ClassVar[PastItems]
CANDIDATE_SOURCE_UNSPECIFIED: CandidateSource
CANDIDATE_SOURCE_INTERESTS: CandidateSource
CANDIDATE_SOURCE_NEIGHBOURS: CandidateSource
CANDIDATE_SOURCE_POPULARITY: CandidateSource
CANDIDATE_SOURCE_REPEAT_PURCHASES: CandidateSource
CANDIDATE_SOURCE_QUERY_MEANING: CandidateSource
CANDIDATE_SOURCE_QUERY_WORDS: CandidateSource
CANDIDATE_SOURCE_VIEWED: CandidateSource
USER_KNOWLEDGE_UNSPECIFIED: UserKnowledge
USER_KNOWLEDGE_BEHAVIOUR: UserKnowledge
USER_KNOWLEDGE_NO_BEHAVIOUR: UserKnowledge
USER_KNOWLEDGE_UNKNOWN_USER: UserKnowledge
PAST_ITEMS_UNSPECIFIED: PastItems
PAST_ITEMS_NOT_BOUGHT: PastItems
PAST_ITEMS_VIEWED_NOT_BOUGHT: PastItems

class RecommendRequest(_message.Message):
    __slots__ = ("user", "rules", "count", "page_token", "diversity", "explain", "sources", "include_titles", "context")
    USER_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DIVERSITY_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TITLES_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    user: _common_pb2.User
    rules: ItemRules
    count: int
    page_token: str
    diversity: float
    explain: int
    sources: _containers.RepeatedScalarFieldContainer[CandidateSource]
    include_titles: bool
    context: _common_pb2.RequestContext
    def __init__(self, user: _Optional[_Union[_common_pb2.User, _Mapping]] = ..., rules: _Optional[_Union[ItemRules, _Mapping]] = ..., count: _Optional[int] = ..., page_token: _Optional[str] = ..., diversity: _Optional[float] = ..., explain: _Optional[int] = ..., sources: _Optional[_Iterable[_Union[CandidateSource, str]]] = ..., include_titles: _Optional[bool] = ..., context: _Optional[_Union[_common_pb2.RequestContext, _Mapping]] = ...) -> None: ...

class RecommendResponse(_message.Message):
    __slots__ = ("items", "next_page_token", "explanation", "user_knowledge", "candidate_count", "timings", "bundle_version", "user_text", "left_out")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    USER_KNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    USER_TEXT_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[FoundItem]
    next_page_token: str
    explanation: _common_pb2.Explanation
    user_knowledge: UserKnowledge
    candidate_count: int
    timings: _common_pb2.Timings
    bundle_version: str
    user_text: _common_pb2.TextInfo
    left_out: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, items: _Optional[_Iterable[_Union[FoundItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., explanation: _Optional[_Union[_common_pb2.Explanation, _Mapping]] = ..., user_knowledge: _Optional[_Union[UserKnowledge, str]] = ..., candidate_count: _Optional[int] = ..., timings: _Optional[_Union[_common_pb2.Timings, _Mapping]] = ..., bundle_version: _Optional[str] = ..., user_text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ..., left_out: _Optional[_Iterable[str]] = ...) -> None: ...

class SearchItemsRequest(_message.Message):
    __slots__ = ("user", "rules", "count", "page_token", "diversity", "explain", "sources", "include_titles", "query", "context")
    USER_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DIVERSITY_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TITLES_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    user: _common_pb2.User
    rules: ItemRules
    count: int
    page_token: str
    diversity: float
    explain: int
    sources: _containers.RepeatedScalarFieldContainer[CandidateSource]
    include_titles: bool
    query: str
    context: _common_pb2.RequestContext
    def __init__(self, user: _Optional[_Union[_common_pb2.User, _Mapping]] = ..., rules: _Optional[_Union[ItemRules, _Mapping]] = ..., count: _Optional[int] = ..., page_token: _Optional[str] = ..., diversity: _Optional[float] = ..., explain: _Optional[int] = ..., sources: _Optional[_Iterable[_Union[CandidateSource, str]]] = ..., include_titles: _Optional[bool] = ..., query: _Optional[str] = ..., context: _Optional[_Union[_common_pb2.RequestContext, _Mapping]] = ...) -> None: ...

class SearchItemsResponse(_message.Message):
    __slots__ = ("items", "next_page_token", "explanation", "user_knowledge", "candidate_count", "timings", "bundle_version", "user_text", "query_text", "left_out")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    USER_KNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    USER_TEXT_FIELD_NUMBER: _ClassVar[int]
    QUERY_TEXT_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[FoundItem]
    next_page_token: str
    explanation: _common_pb2.Explanation
    user_knowledge: UserKnowledge
    candidate_count: int
    timings: _common_pb2.Timings
    bundle_version: str
    user_text: _common_pb2.TextInfo
    query_text: _common_pb2.TextInfo
    left_out: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, items: _Optional[_Iterable[_Union[FoundItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., explanation: _Optional[_Union[_common_pb2.Explanation, _Mapping]] = ..., user_knowledge: _Optional[_Union[UserKnowledge, str]] = ..., candidate_count: _Optional[int] = ..., timings: _Optional[_Union[_common_pb2.Timings, _Mapping]] = ..., bundle_version: _Optional[str] = ..., user_text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ..., query_text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ..., left_out: _Optional[_Iterable[str]] = ...) -> None: ...

class FoundItem(_message.Message):
    __slots__ = ("item_id", "probability", "logit", "rank", "sources", "title")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    LOGIT_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    probability: float
    logit: float
    rank: int
    sources: _containers.RepeatedScalarFieldContainer[CandidateSource]
    title: str
    def __init__(self, item_id: _Optional[str] = ..., probability: _Optional[float] = ..., logit: _Optional[float] = ..., rank: _Optional[int] = ..., sources: _Optional[_Iterable[_Union[CandidateSource, str]]] = ..., title: _Optional[str] = ...) -> None: ...

class ItemRules(_message.Message):
    __slots__ = ("filters", "boosts", "excluded_item_ids", "past_items")
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    BOOSTS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    PAST_ITEMS_FIELD_NUMBER: _ClassVar[int]
    filters: _containers.RepeatedCompositeFieldContainer[ItemFilter]
    boosts: _containers.RepeatedCompositeFieldContainer[ItemBoost]
    excluded_item_ids: _containers.RepeatedScalarFieldContainer[str]
    past_items: PastItems
    def __init__(self, filters: _Optional[_Iterable[_Union[ItemFilter, _Mapping]]] = ..., boosts: _Optional[_Iterable[_Union[ItemBoost, _Mapping]]] = ..., excluded_item_ids: _Optional[_Iterable[str]] = ..., past_items: _Optional[_Union[PastItems, str]] = ...) -> None: ...

class ItemFilter(_message.Message):
    __slots__ = ("categories", "brands", "min_price", "max_price", "attributes", "item_ids", "inverted")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    BRANDS_FIELD_NUMBER: _ClassVar[int]
    MIN_PRICE_FIELD_NUMBER: _ClassVar[int]
    MAX_PRICE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    INVERTED_FIELD_NUMBER: _ClassVar[int]
    categories: _containers.RepeatedScalarFieldContainer[str]
    brands: _containers.RepeatedScalarFieldContainer[str]
    min_price: _common_pb2.Money
    max_price: _common_pb2.Money
    attributes: _containers.ScalarMap[str, str]
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    inverted: bool
    def __init__(self, categories: _Optional[_Iterable[str]] = ..., brands: _Optional[_Iterable[str]] = ..., min_price: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., max_price: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., attributes: _Optional[_Mapping[str, str]] = ..., item_ids: _Optional[_Iterable[str]] = ..., inverted: _Optional[bool] = ...) -> None: ...

class ItemBoost(_message.Message):
    __slots__ = ("filter", "logits")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    LOGITS_FIELD_NUMBER: _ClassVar[int]
    filter: ItemFilter
    logits: float
    def __init__(self, filter: _Optional[_Union[ItemFilter, _Mapping]] = ..., logits: _Optional[float] = ...) -> None: ...
