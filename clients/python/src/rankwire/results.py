"""What the calls return: plain values, with each row's contributions by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import grpc

from . import errors, values
from .v1 import (
    ad_service_pb2,
    common_pb2,
    intent_service_pb2,
    recommendation_pb2,
    scoring_service_pb2,
)

_CODES = {code.value[0]: code for code in grpc.StatusCode}


@dataclass(frozen=True)
class Contribution:
    """A feature's value and what it adds to the logit."""

    value: float
    logit: float


@dataclass(frozen=True)
class ScoredItem:
    """A ranked item. `contributions` is None for a row that was not explained; else its logits and
    the ranking's `bias` add up to `logit`."""

    index: int
    item_id: str
    rank: int
    probability: float
    logit: float
    contributions: dict[str, Contribution] | None


@dataclass(frozen=True)
class ScoredAd:
    """A ranked ad. `ecpm` is for a thousand impressions, in units of `currency_code`."""

    index: int
    ad_id: str
    campaign_id: str
    rank: int
    click_probability: float
    logit: float
    ecpm: Decimal
    currency_code: str
    contributions: dict[str, Contribution] | None


@dataclass(frozen=True)
class NoBid:
    """An ad that does not bid, and why, as the name in the protocol without its prefix."""

    index: int
    ad_id: str
    reason: str


@dataclass(frozen=True)
class CandidateFailure:
    """A candidate that could not be scored."""

    index: int
    id: str
    code: grpc.StatusCode
    message: str
    reason: str


@dataclass(frozen=True)
class ItemRanking:
    """Items, best first. `bias` is None when nothing was explained; `message` is the reply."""

    items: list[ScoredItem]
    failures: list[CandidateFailure]
    bias: float | None
    message: scoring_service_pb2.ScoreItemsResponse


@dataclass(frozen=True)
class FoundItem:
    """An item that was found, with the names of all that brought it, as in the protocol without
    their prefix, in lower case. `title` is "" where it was not asked for."""

    item_id: str
    rank: int
    probability: float
    logit: float
    sources: frozenset[str]
    title: str
    contributions: dict[str, Contribution] | None


@dataclass(frozen=True)
class FoundItems:
    """A page of found items, best first. `next_page_token` is "" on the last one; `user_knowledge`
    is the protocol's name without its prefix."""

    items: list[FoundItem]
    next_page_token: str
    user_knowledge: str
    bias: float | None
    message: recommendation_pb2.RecommendResponse | recommendation_pb2.SearchItemsResponse


@dataclass(frozen=True)
class AdRanking:
    """Ads, best eCPM first, and those that do not bid."""

    ads: list[ScoredAd]
    no_bids: list[NoBid]
    failures: list[CandidateFailure]
    bias: float | None
    message: ad_service_pb2.ScoreAdsResponse


@dataclass(frozen=True)
class Intent:
    """An intent, its score and probability, and the nearest examples with their cosines, if asked
    for."""

    name: str
    score: float
    probability: float
    nearest_examples: list[tuple[str, float]]


@dataclass(frozen=True)
class IntentAnswer:
    """What a sentence asks for, best first. `answer` is "" when `out_of_scope`, a question where
    the template's facts are not known. `hand_over` says why a person should take over."""

    intents: list[Intent]
    out_of_scope: bool
    out_of_scope_probability: float
    threshold: float
    answer: str
    missing_facts: list[str]
    hand_over: str
    message: intent_service_pb2.ClassifyIntentResponse


def _explained(explanation: common_pb2.Explanation) -> list[dict[str, Contribution]]:
    """One dictionary for each explained row, from the flat arrays."""
    names = list(explanation.feature_names)
    rows = []
    for start in range(0, explanation.row_count * len(names), max(1, len(names))):
        cells = zip(
            explanation.values[start : start + len(names)],
            explanation.contributions[start : start + len(names)])
        rows.append({name: Contribution(*cell) for name, cell in zip(names, cells)})
    return rows


def _failures(found: Iterable[scoring_service_pb2.CandidateFailure]) -> list[CandidateFailure]:
    return [
        CandidateFailure(
            failure.index, failure.id,
            _CODES.get(failure.status.code, grpc.StatusCode.UNKNOWN), failure.status.message,
            errors.unpack(failure.status.details).reason)
        for failure in found]


def _bias(reply: scoring_service_pb2.ScoreItemsResponse | ad_service_pb2.ScoreAdsResponse
          | recommendation_pb2.RecommendResponse | recommendation_pb2.SearchItemsResponse
          ) -> float | None:
    return reply.explanation.bias if reply.HasField("explanation") else None


def item_ranking(reply: scoring_service_pb2.ScoreItemsResponse) -> ItemRanking:
    """From the wire."""
    explained = _explained(reply.explanation)
    items = [
        ScoredItem(
            row.index, row.item_id, row.rank, row.probability, row.logit,
            explained[place] if place < len(explained) else None)
        for place, row in enumerate(reply.items)]
    return ItemRanking(items, _failures(reply.failures), _bias(reply), reply)


def found_items(
    reply: recommendation_pb2.RecommendResponse | recommendation_pb2.SearchItemsResponse
) -> FoundItems:
    """From the wire."""
    explained = _explained(reply.explanation)
    items = [
        FoundItem(
            row.item_id, row.rank, row.probability, row.logit,
            frozenset(_source(number) for number in row.sources), row.title,
            explained[place] if place < len(explained) else None)
        for place, row in enumerate(reply.items)]
    knowledge = recommendation_pb2.UserKnowledge.DESCRIPTOR.values_by_number
    name = knowledge[reply.user_knowledge].name.removeprefix("USER_KNOWLEDGE_").lower()
    return FoundItems(items, reply.next_page_token, name, _bias(reply), reply)


def _source(number: int) -> str:
    known = recommendation_pb2.CandidateSource.DESCRIPTOR.values_by_number
    if number not in known:
        return str(number)
    return known[number].name.removeprefix("CANDIDATE_SOURCE_").lower()


def ad_ranking(reply: ad_service_pb2.ScoreAdsResponse) -> AdRanking:
    """From the wire."""
    explained = _explained(reply.explanation)
    ads = [
        ScoredAd(
            row.index, row.ad_id, row.campaign_id, row.rank, row.click_probability, row.logit,
            values.decimal_amount(row.ecpm), row.ecpm.currency_code,
            explained[place] if place < len(explained) else None)
        for place, row in enumerate(reply.ads)]
    no_bids = [NoBid(row.index, row.ad_id, _reason(row.reason)) for row in reply.no_bids]
    return AdRanking(ads, no_bids, _failures(reply.failures), _bias(reply), reply)


def _reason(number: int) -> str:
    known = ad_service_pb2.NoBidReason.DESCRIPTOR.values_by_number
    return known[number].name.removeprefix("NO_BID_REASON_") if number in known else str(number)


def intent_answer(reply: intent_service_pb2.ClassifyIntentResponse) -> IntentAnswer:
    """From the wire."""
    intents = [
        Intent(
            row.intent, row.score, row.probability,
            [(near.text, near.similarity) for near in row.nearest_examples])
        for row in reply.intents]
    return IntentAnswer(
        intents, reply.out_of_scope, reply.out_of_scope_probability, reply.threshold, reply.answer,
        list(reply.missing_facts), reply.hand_over, reply)
