"""The client: one method for each call, with deadlines and typed errors."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from . import errors, results, values
from .v1 import (
    ad_service_pb2,
    ad_service_pb2_grpc,
    common_pb2,
    intent_service_pb2,
    intent_service_pb2_grpc,
    model_service_pb2,
    model_service_pb2_grpc,
    recommendation_pb2,
    scoring_service_pb2,
    scoring_service_pb2_grpc,
)

DEFAULT_TIMEOUT_SECONDS = 5.0
# A reply of 10,000 rows, 1,000 of them explained, stays far below.
MAX_REPLY_BYTES = 64 * 1024 * 1024


class Client:
    """A connection to a Rankwire server.

    `address` is `host:port` or `unix:/path`. The connection is made by the first call and comes
    back by itself after a loss. May be used by several threads at once. Every method takes
    `timeout_seconds`, the call's deadline (else the client's), and raises `RankwireError`.
    `credentials` switch TLS on; `token` is the caller's bearer token.
    """

    def __init__(
        self, address: str, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        credentials: grpc.ChannelCredentials | None = None, token: str | None = None,
    ) -> None:
        options = [("grpc.max_receive_message_length", MAX_REPLY_BYTES)]
        self._timeout_seconds = timeout_seconds
        self._metadata = [("authorization", f"Bearer {token}")] if token is not None else []
        self._channel = (
            grpc.insecure_channel(address, options) if credentials is None
            else grpc.secure_channel(address, credentials, options))
        self._scoring = scoring_service_pb2_grpc.ScoringServiceStub(self._channel)
        self._ads = ad_service_pb2_grpc.AdServiceStub(self._channel)
        self._intents = intent_service_pb2_grpc.IntentServiceStub(self._channel)
        self._model = model_service_pb2_grpc.ModelServiceStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)

    def score_items(
        self, user: str | common_pb2.InlineUser, *, item_ids: Iterable[str] = (),
        items: Sequence[common_pb2.Item] = (), limit: int = 0, explain: int = 0,
        counterfactual_rank: int = 0, context: common_pb2.RequestContext | None = None,
        timeout_seconds: float | None = None,
    ) -> results.ItemRanking:
        """Ranks items for a stored user, by identifier, or for one described here.

        Candidates are the catalogue's (`item_ids`), described here (`items`), or both. `limit` is
        how many to return, 0 for all; `explain` how many of those to explain, with
        `counterfactual_rank` what would move each across that rank (in the reply's `message`).
        `context` says when and how the user comes; absent: now.
        """
        request = scoring_service_pb2.ScoreItemsRequest(
            user=_user(user), item_ids=item_ids, items=items, limit=limit, explain=explain,
            counterfactual_rank=counterfactual_rank, context=context)
        return results.item_ranking(
            self._call(self._scoring.ScoreItems, request, timeout_seconds))

    def recommend(
        self, user: str | common_pb2.InlineUser, *, count: int = 0, page_token: str = "",
        rules: recommendation_pb2.ItemRules | None = None, diversity: float = 0,
        explain: int = 0, include_titles: bool = False, timeout_seconds: float | None = None,
    ) -> results.FoundItems:
        """Finds items of the catalogue for a user. A user nobody knows is recommended what is
        popular; `user_knowledge` of the reply says so.

        `count` is how many a page, 0 for the server's number; `page_token` the last page's
        `next_page_token`; `diversity` 0 to 1 how much items shall differ.
        """
        request = recommendation_pb2.RecommendRequest(
            user=_user(user), rules=rules, count=count, page_token=page_token,
            diversity=diversity, explain=explain, include_titles=include_titles)
        return results.found_items(self._call(self._scoring.Recommend, request, timeout_seconds))

    def search_items(
        self, query: str, *, user: str | common_pb2.InlineUser | None = None, count: int = 0,
        page_token: str = "", rules: recommendation_pb2.ItemRules | None = None,
        diversity: float = 0, explain: int = 0, include_titles: bool = False,
        timeout_seconds: float | None = None,
    ) -> results.FoundItems:
        """Finds items by words, for a user or for nobody. The rest as in `recommend`."""
        request = recommendation_pb2.SearchItemsRequest(
            query=query, user=None if user is None else _user(user), rules=rules, count=count,
            page_token=page_token, diversity=diversity, explain=explain,
            include_titles=include_titles)
        return results.found_items(self._call(self._scoring.SearchItems, request, timeout_seconds))

    def score_ads(
        self, user: str | common_pb2.InlineUser, *, ad_ids: Iterable[str] = (),
        bids: Mapping[str, float] | None = None, ads: Sequence[ad_service_pb2.Ad] = (),
        time: datetime.datetime | None = None, floor: common_pb2.Money | None = None,
        limit: int = 0, explain: int = 0, timeout_seconds: float | None = None,
    ) -> results.AdRanking:
        """Ranks ads by what a thousand impressions are expected to earn.

        `ad_ids` are ads of the catalogue with their stored bids, `bids` such ads with a bid for
        this request (units of the currency for one click), `ads` are described here. Rows' `index`
        counts them in that order. `time` is the moment, with its zone; absent: the server's clock.
        """
        named = [ad_service_pb2.AdBid(ad_id=ad_id) for ad_id in ad_ids]
        named += [ad_service_pb2.AdBid(ad_id=ad_id, bid=bid) for ad_id, bid in (bids or {}).items()]
        request = ad_service_pb2.ScoreAdsRequest(
            user=_user(user), ad_bids=named, ads=ads, limit=limit, explain=explain,
            time=None if time is None else values.timestamp(time), floor=floor)
        return results.ad_ranking(self._call(self._ads.ScoreAds, request, timeout_seconds))

    def classify_intent(
        self, text: str, *, top_k: int = 0, explain: bool = False,
        previous_turns: Sequence[str] = (), user_id: str = "",
        facts: Mapping[str, str] | None = None, explain_words: bool = False,
        timeout_seconds: float | None = None,
    ) -> results.IntentAnswer:
        """Says what a customer's sentence asks for. `top_k` 0 leaves the number to the server;
        `facts` and the attributes of the user fill the answer."""
        request = intent_service_pb2.ClassifyIntentRequest(
            text=text, top_k=top_k, explain=explain, previous_turns=previous_turns,
            user_id=user_id, facts=facts, explain_words=explain_words)
        return results.intent_answer(
            self._call(self._intents.ClassifyIntent, request, timeout_seconds))

    def model_card(
        self, *, timeout_seconds: float | None = None
    ) -> model_service_pb2.GetModelCardResponse:
        """The model that answers, and what the server has loaded."""
        request = model_service_pb2.GetModelCardRequest()
        card: model_service_pb2.GetModelCardResponse = self._call(
            self._model.GetModelCard, request, timeout_seconds)
        return card

    def healthy(self, service: str = "", *, timeout_seconds: float | None = None) -> bool:
        """Whether a service, or the server as a whole, may be called. Raises `NotFound` for a
        service that the server does not have."""
        request = health_pb2.HealthCheckRequest(service=service)
        reply = self._call(self._health.Check, request, timeout_seconds)
        return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)

    def close(self) -> None:
        """Ends the connection; calls under way are cancelled."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _call(
        self, method: Callable[..., Any], request: object, timeout_seconds: float | None
    ) -> Any:
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        try:
            return method(request, timeout=timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            raise errors.from_rpc_error(error) from error


def _user(user: str | common_pb2.InlineUser) -> common_pb2.User:
    return common_pb2.User(user_id=user) if isinstance(user, str) else common_pb2.User(inline=user)
