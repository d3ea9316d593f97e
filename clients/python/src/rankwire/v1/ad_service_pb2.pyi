import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from rankwire.v1 import common_pb2 as _common_pb2
from rankwire.v1 import scoring_service_pb2 as _scoring_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Pricing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRICING_UNSPECIFIED: _ClassVar[Pricing]
    PRICING_CLICK: _ClassVar[Pricing]
    PRICING_IMPRESSION: _ClassVar[Pricing]
    PRICING_CONVERSION: _ClassVar[Pricing]

class Pacing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PACING_UNSPECIFIED: _ClassVar[Pacing]
    PACING_EVEN: _ClassVar[Pacing]
    PACING_FRONT_LOADED: _ClassVar[Pacing]

class TargetingField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TARGETING_FIELD_UNSPECIFIED: _ClassVar[TargetingField]
    TARGETING_FIELD_SEGMENT: _ClassVar[TargetingField]
    TARGETING_FIELD_ATTRIBUTE: _ClassVar[TargetingField]
    TARGETING_FIELD_REGION: _ClassVar[TargetingField]
    TARGETING_FIELD_DEVICE: _ClassVar[TargetingField]
    TARGETING_FIELD_CHANNEL: _ClassVar[TargetingField]
    TARGETING_FIELD_PLACEMENT: _ClassVar[TargetingField]
    TARGETING_FIELD_HOUR: _ClassVar[TargetingField]
    TARGETING_FIELD_WEEKDAY: _ClassVar[TargetingField]
    TARGETING_FIELD_CATEGORY: _ClassVar[TargetingField]

class NoBidReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NO_BID_REASON_UNSPECIFIED: _ClassVar[NoBidReason]
    NO_BID_REASON_UNSUPPORTED_DEVICE: _ClassVar[NoBidReason]
    NO_BID_REASON_UNMATCHED_USER: _ClassVar[NoBidReason]
    NO_BID_REASON_USER_CAP_MET: _ClassVar[NoBidReason]
    NO_BID_REASON_INSUFFICIENT_TIME: _ClassVar[NoBidReason]
    NO_BID_REASON_CAMPAIGN_NOT_RUNNING: _ClassVar[NoBidReason]
    NO_BID_REASON_CURRENCY_MISMATCH: _ClassVar[NoBidReason]
    NO_BID_REASON_BELOW_FLOOR: _ClassVar[NoBidReason]
    NO_BID_REASON_UNMATCHED_CONTEXT: _ClassVar[NoBidReason]
    NO_BID_REASON_BUDGET_SPENT: _ClassVar[NoBidReason]
    NO_BID_REASON_PACED: _ClassVar[NoBidReason]

class AudienceOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIENCE_OUTCOME_UNSPECIFIED: _ClassVar[AudienceOutcome]
    AUDIENCE_OUTCOME_CLICK: _ClassVar[AudienceOutcome]
    AUDIENCE_OUTCOME_CONVERSION: _ClassVar[AudienceOutcome]
PRICING_UNSPECIFIED: Pricing
PRICING_CLICK: Pricing
PRICING_IMPRESSION: Pricing
PRICING_CONVERSION: Pricing
PACING_UNSPECIFIED: Pacing
PACING_EVEN: Pacing
PACING_FRONT_LOADED: Pacing
TARGETING_FIELD_UNSPECIFIED: TargetingField
TARGETING_FIELD_SEGMENT: TargetingField
TARGETING_FIELD_ATTRIBUTE: TargetingField
TARGETING_FIELD_REGION: TargetingField
TARGETING_FIELD_DEVICE: TargetingField
TARGETING_FIELD_CHANNEL: TargetingField
TARGETING_FIELD_PLACEMENT: TargetingField
TARGETING_FIELD_HOUR: TargetingField
TARGETING_FIELD_WEEKDAY: TargetingField
TARGETING_FIELD_CATEGORY: TargetingField
NO_BID_REASON_UNSPECIFIED: NoBidReason
NO_BID_REASON_UNSUPPORTED_DEVICE: NoBidReason
NO_BID_REASON_UNMATCHED_USER: NoBidReason
NO_BID_REASON_USER_CAP_MET: NoBidReason
NO_BID_REASON_INSUFFICIENT_TIME: NoBidReason
NO_BID_REASON_CAMPAIGN_NOT_RUNNING: NoBidReason
NO_BID_REASON_CURRENCY_MISMATCH: NoBidReason
NO_BID_REASON_BELOW_FLOOR: NoBidReason
NO_BID_REASON_UNMATCHED_CONTEXT: NoBidReason
NO_BID_REASON_BUDGET_SPENT: NoBidReason
NO_BID_REASON_PACED: NoBidReason
AUDIENCE_OUTCOME_UNSPECIFIED: AudienceOutcome
AUDIENCE_OUTCOME_CLICK: AudienceOutcome
AUDIENCE_OUTCOME_CONVERSION: AudienceOutcome

class Ad(_message.Message):
    __slots__ = ("ad_id", "campaign_id", "creative", "bid", "start_time", "end_time", "pricing", "targeting", "daily_budget", "pacing")
    AD_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    CREATIVE_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PRICING_FIELD_NUMBER: _ClassVar[int]
    TARGETING_FIELD_NUMBER: _ClassVar[int]
    DAILY_BUDGET_FIELD_NUMBER: _ClassVar[int]
    PACING_FIELD_NUMBER: _ClassVar[int]
    ad_id: str
    campaign_id: str
    creative: _common_pb2.Item
    bid: _common_pb2.Money
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    pricing: Pricing
    targeting: Targeting
    daily_budget: _common_pb2.Money
    pacing: Pacing
    def __init__(self, ad_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., creative: _Optional[_Union[_common_pb2.Item, _Mapping]] = ..., bid: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pricing: _Optional[_Union[Pricing, str]] = ..., targeting: _Optional[_Union[Targeting, _Mapping]] = ..., daily_budget: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., pacing: _Optional[_Union[Pacing, str]] = ...) -> None: ...

class Targeting(_message.Message):
    __slots__ = ("rules", "frequency_cap")
    RULES_FIELD_NUMBER: _ClassVar[int]
    FREQUENCY_CAP_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[TargetingRule]
    frequency_cap: FrequencyCap
    def __init__(self, rules: _Optional[_Iterable[_Union[TargetingRule, _Mapping]]] = ..., frequency_cap: _Optional[_Union[FrequencyCap, _Mapping]] = ...) -> None: ...

class TargetingRule(_message.Message):
    __slots__ = ("field", "attribute", "values", "exclude")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    field: TargetingField
    attribute: str
    values: _containers.RepeatedScalarFieldContainer[str]
    exclude: bool
    def __init__(self, field: _Optional[_Union[TargetingField, str]] = ..., attribute: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ..., exclude: _Optional[bool] = ...) -> None: ...

class FrequencyCap(_message.Message):
    __slots__ = ("impressions", "hours")
    IMPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    impressions: int
    hours: int
    def __init__(self, impressions: _Optional[int] = ..., hours: _Optional[int] = ...) -> None: ...

class AdBid(_message.Message):
    __slots__ = ("ad_id", "bid")
    AD_ID_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ad_id: str
    bid: float
    def __init__(self, ad_id: _Optional[str] = ..., bid: _Optional[float] = ...) -> None: ...

class ScoreAdsRequest(_message.Message):
    __slots__ = ("user", "ad_bids", "ads", "time", "floor", "limit", "explain", "ad_ids", "placement", "channel", "device", "region", "categories", "utc_offset_minutes", "tmax_ms", "dry_run")
    USER_FIELD_NUMBER: _ClassVar[int]
    AD_BIDS_FIELD_NUMBER: _ClassVar[int]
    ADS_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    FLOOR_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    AD_IDS_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    UTC_OFFSET_MINUTES_FIELD_NUMBER: _ClassVar[int]
    TMAX_MS_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    user: _common_pb2.User
    ad_bids: _containers.RepeatedCompositeFieldContainer[AdBid]
    ads: _containers.RepeatedCompositeFieldContainer[Ad]
    time: _timestamp_pb2.Timestamp
    floor: _common_pb2.Money
    limit: int
    explain: int
    ad_ids: _containers.RepeatedScalarFieldContainer[str]
    placement: str
    channel: str
    device: str
    region: str
    categories: _containers.RepeatedScalarFieldContainer[str]
    utc_offset_minutes: int
    tmax_ms: int
    dry_run: bool
    def __init__(self, user: _Optional[_Union[_common_pb2.User, _Mapping]] = ..., ad_bids: _Optional[_Iterable[_Union[AdBid, _Mapping]]] = ..., ads: _Optional[_Iterable[_Union[Ad, _Mapping]]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., floor: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., limit: _Optional[int] = ..., explain: _Optional[int] = ..., ad_ids: _Optional[_Iterable[str]] = ..., placement: _Optional[str] = ..., channel: _Optional[str] = ..., device: _Optional[str] = ..., region: _Optional[str] = ..., categories: _Optional[_Iterable[str]] = ..., utc_offset_minutes: _Optional[int] = ..., tmax_ms: _Optional[int] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class ScoreAdsResponse(_message.Message):
    __slots__ = ("ads", "no_bids", "failures", "explanation", "timings", "bundle_version", "user_text", "partial", "no_bid_reason")
    ADS_FIELD_NUMBER: _ClassVar[int]
    NO_BIDS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    USER_TEXT_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    NO_BID_REASON_FIELD_NUMBER: _ClassVar[int]
    ads: _containers.RepeatedCompositeFieldContainer[ScoredAd]
    no_bids: _containers.RepeatedCompositeFieldContainer[NoBid]
    failures: _containers.RepeatedCompositeFieldContainer[_scoring_service_pb2.CandidateFailure]
    explanation: _common_pb2.Explanation
    timings: _common_pb2.Timings
    bundle_version: str
    user_text: _common_pb2.TextInfo
    partial: bool
    no_bid_reason: NoBidReason
    def __init__(self, ads: _Optional[_Iterable[_Union[ScoredAd, _Mapping]]] = ..., no_bids: _Optional[_Iterable[_Union[NoBid, _Mapping]]] = ..., failures: _Optional[_Iterable[_Union[_scoring_service_pb2.CandidateFailure, _Mapping]]] = ..., explanation: _Optional[_Union[_common_pb2.Explanation, _Mapping]] = ..., timings: _Optional[_Union[_common_pb2.Timings, _Mapping]] = ..., bundle_version: _Optional[str] = ..., user_text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ..., partial: _Optional[bool] = ..., no_bid_reason: _Optional[_Union[NoBidReason, str]] = ...) -> None: ...

class ScoredAd(_message.Message):
    __slots__ = ("index", "ad_id", "campaign_id", "click_probability", "logit", "ecpm", "rank", "text", "conversion_probability", "pricing", "pass_probability")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    AD_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    CLICK_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    LOGIT_FIELD_NUMBER: _ClassVar[int]
    ECPM_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONVERSION_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    PRICING_FIELD_NUMBER: _ClassVar[int]
    PASS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    index: int
    ad_id: str
    campaign_id: str
    click_probability: float
    logit: float
    ecpm: _common_pb2.Money
    rank: int
    text: _common_pb2.TextInfo
    conversion_probability: float
    pricing: Pricing
    pass_probability: float
    def __init__(self, index: _Optional[int] = ..., ad_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., click_probability: _Optional[float] = ..., logit: _Optional[float] = ..., ecpm: _Optional[_Union[_common_pb2.Money, _Mapping]] = ..., rank: _Optional[int] = ..., text: _Optional[_Union[_common_pb2.TextInfo, _Mapping]] = ..., conversion_probability: _Optional[float] = ..., pricing: _Optional[_Union[Pricing, str]] = ..., pass_probability: _Optional[float] = ...) -> None: ...

class NoBid(_message.Message):
    __slots__ = ("index", "ad_id", "reason", "excluded_by")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    AD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_BY_FIELD_NUMBER: _ClassVar[int]
    index: int
    ad_id: str
    reason: NoBidReason
    excluded_by: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, index: _Optional[int] = ..., ad_id: _Optional[str] = ..., reason: _Optional[_Union[NoBidReason, str]] = ..., excluded_by: _Optional[_Iterable[str]] = ...) -> None: ...

class SelectAudienceRequest(_message.Message):
    __slots__ = ("ad_id", "campaign_id", "text", "outcome", "threshold", "max_users", "reach_thresholds", "time")
    AD_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MAX_USERS_FIELD_NUMBER: _ClassVar[int]
    REACH_THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ad_id: str
    campaign_id: str
    text: str
    outcome: AudienceOutcome
    threshold: float
    max_users: int
    reach_thresholds: _containers.RepeatedScalarFieldContainer[float]
    time: _timestamp_pb2.Timestamp
    def __init__(self, ad_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., text: _Optional[str] = ..., outcome: _Optional[_Union[AudienceOutcome, str]] = ..., threshold: _Optional[float] = ..., max_users: _Optional[int] = ..., reach_thresholds: _Optional[_Iterable[float]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SelectAudienceResponse(_message.Message):
    __slots__ = ("summary", "users")
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    summary: AudienceSummary
    users: AudienceUsers
    def __init__(self, summary: _Optional[_Union[AudienceSummary, _Mapping]] = ..., users: _Optional[_Union[AudienceUsers, _Mapping]] = ...) -> None: ...

class AudienceSummary(_message.Message):
    __slots__ = ("considered_count", "selected_count", "withheld_count", "least_audience", "mean_score", "reach", "segments", "bundle_version", "ad_model_version")
    CONSIDERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SELECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEAST_AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_FIELD_NUMBER: _ClassVar[int]
    REACH_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    AD_MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    considered_count: int
    selected_count: int
    withheld_count: int
    least_audience: int
    mean_score: float
    reach: _containers.RepeatedCompositeFieldContainer[AudienceReach]
    segments: _containers.RepeatedCompositeFieldContainer[AudienceSegment]
    bundle_version: str
    ad_model_version: str
    def __init__(self, considered_count: _Optional[int] = ..., selected_count: _Optional[int] = ..., withheld_count: _Optional[int] = ..., least_audience: _Optional[int] = ..., mean_score: _Optional[float] = ..., reach: _Optional[_Iterable[_Union[AudienceReach, _Mapping]]] = ..., segments: _Optional[_Iterable[_Union[AudienceSegment, _Mapping]]] = ..., bundle_version: _Optional[str] = ..., ad_model_version: _Optional[str] = ...) -> None: ...

class AudienceReach(_message.Message):
    __slots__ = ("threshold", "user_count")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    USER_COUNT_FIELD_NUMBER: _ClassVar[int]
    threshold: float
    user_count: int
    def __init__(self, threshold: _Optional[float] = ..., user_count: _Optional[int] = ...) -> None: ...

class AudienceSegment(_message.Message):
    __slots__ = ("segment_id", "name", "user_count", "mean_score", "best_hour", "best_channel")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_FIELD_NUMBER: _ClassVar[int]
    BEST_HOUR_FIELD_NUMBER: _ClassVar[int]
    BEST_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    name: str
    user_count: int
    mean_score: float
    best_hour: int
    best_channel: str
    def __init__(self, segment_id: _Optional[str] = ..., name: _Optional[str] = ..., user_count: _Optional[int] = ..., mean_score: _Optional[float] = ..., best_hour: _Optional[int] = ..., best_channel: _Optional[str] = ...) -> None: ...

class AudienceUsers(_message.Message):
    __slots__ = ("users",)
    USERS_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[AudienceUser]
    def __init__(self, users: _Optional[_Iterable[_Union[AudienceUser, _Mapping]]] = ...) -> None: ...

class AudienceUser(_message.Message):
    __slots__ = ("pseudonym", "score", "segment_id", "best_hour", "best_channel")
    PSEUDONYM_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    BEST_HOUR_FIELD_NUMBER: _ClassVar[int]
    BEST_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    pseudonym: bytes
    score: float
    segment_id: str
    best_hour: int
    best_channel: str
    def __init__(self, pseudonym: _Optional[bytes] = ..., score: _Optional[float] = ..., segment_id: _Optional[str] = ..., best_hour: _Optional[int] = ..., best_channel: _Optional[str] = ...) -> None: ...
