"""Client of Rankwire: ranks products, ads and answers for a person, and says why.

    from rankwire import Client

    with Client("127.0.0.1:7420") as client:
        ranking = client.score_items("1029", item_ids=["938849", "956486"], explain=2)
        for item in ranking.items:
            print(item.rank, item.item_id, item.probability, item.contributions)

Errors are `RankwireError` and its subclasses. The messages of the wire are in `rankwire.v1`; those
that describe a person or a candidate in a request are exported here.
"""

from .client import Client
from .errors import (
    DeadlineExceeded,
    FieldViolation,
    InvalidArgument,
    NotFound,
    RankwireError,
    ResourceExhausted,
    Unavailable,
)
from .results import (
    AdRanking,
    CandidateFailure,
    FoundItem,
    FoundItems,
    Intent,
    IntentAnswer,
    ItemRanking,
    NoBid,
    ScoredAd,
    ScoredItem,
)
from .v1.ad_service_pb2 import Ad
from .v1.common_pb2 import Event, EventType, InlineUser, Item, Money
from .v1.recommendation_pb2 import ItemBoost, ItemFilter, ItemRules, PastItems
from .values import money

__all__ = [
    "Ad",
    "AdRanking",
    "CandidateFailure",
    "Client",
    "DeadlineExceeded",
    "Event",
    "EventType",
    "FieldViolation",
    "FoundItem",
    "FoundItems",
    "InlineUser",
    "Intent",
    "IntentAnswer",
    "InvalidArgument",
    "Item",
    "ItemBoost",
    "ItemFilter",
    "ItemRanking",
    "ItemRules",
    "Money",
    "NoBid",
    "NotFound",
    "PastItems",
    "RankwireError",
    "ResourceExhausted",
    "ScoredAd",
    "ScoredItem",
    "Unavailable",
    "money",
]
