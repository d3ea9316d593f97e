"""Help articles: imported, changed while the server runs, and offered where no intent fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from server import ROOT, must, tool
from test_profiles import Shop, copied

from rankwire.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    intent_service_pb2,
    intent_service_pb2_grpc,
)

ARTICLES = ROOT / "Sources" / "Intents" / "Resources" / "ecommerce_articles.jsonl"
QUESTIONS = ROOT / "Tests" / "Fixtures" / "article_questions.tsv"


@pytest.fixture(scope="module")
def library(store: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop's store with the project's own articles."""
    path = copied(store, tmp_path_factory.mktemp("library"))
    for stored in ("22 new or changed", "0 new or changed"):
        assert stored in must(
            "import", "articles", ARTICLES, "--store", f"sqlite:{path}", "--bundle", bundle)
    return path


@pytest.fixture
def live(bundle: Path, library: Path, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(tmp_path / "run", bundle, copied(library, tmp_path))
    yield running
    running.close()


@pytest.fixture
def intents(live: Shop) -> intent_service_pb2_grpc.IntentServiceStub:
    return intent_service_pb2_grpc.IntentServiceStub(live.channel)


def ask(
    intents: intent_service_pb2_grpc.IntentServiceStub, text: str
) -> intent_service_pb2.ClassifyIntentResponse:
    return intents.ClassifyIntent(
        intent_service_pb2.ClassifyIntentRequest(text=text), timeout=30)


def test_a_question_that_no_intent_covers_is_answered_from_an_article(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    reply = ask(intents, "can my woollen sweater go in the tumble dryer")
    assert reply.out_of_scope and reply.answer == ""
    best = reply.passages[0]
    assert best.article_id == "washing-wool" and best.title == "Washing wool and merino"
    assert list(best.labels) == ["care", "clothing"]
    sentence = best.text.encode()[best.best_sentence_start_byte:best.best_sentence_end_byte]
    assert b"tumble dryer shrinks wool" in sentence
    assert reply.hand_over == ""
    scores = [passage.score for passage in reply.passages]
    assert scores == sorted(scores, reverse=True) and len(scores) <= 3


def test_questions_find_their_articles_and_strangers_none(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    rows = [line.split("\t") for line in QUESTIONS.read_text().splitlines()]
    asked, right, offered = 0, 0, 0
    for article, text in rows:
        reply = ask(intents, text)
        if article == "-":
            offered += bool(reply.passages)
        elif reply.out_of_scope:
            asked += 1
            right += bool(reply.passages) and reply.passages[0].article_id == article
        else:
            assert not reply.passages
    assert asked >= 30 and right >= 0.85 * asked
    assert offered <= 1


def test_gibberish_and_other_scripts_are_offered_nothing(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    for text in ("qwe rtzu iop", "我的包裹在哪里？", "4711 0815"):
        reply = ask(intents, text)
        assert reply.out_of_scope and not reply.passages and reply.hand_over


def test_articles_change_while_the_server_runs(
    live: Shop, intents: intent_service_pb2_grpc.IntentServiceStub, bundle: Path, tmp_path: Path
) -> None:
    catalog = catalog_service_pb2_grpc.CatalogServiceStub(live.channel)
    question = "may I bring my parrot into the fitting room"

    def offered(intents: intent_service_pb2_grpc.IntentServiceStub) -> list[str]:
        return [passage.article_id for passage in ask(intents, question).passages]

    assert "parrots" not in offered(intents)
    parrots = catalog_service_pb2.Article(
        article_id="parrots", title="Parrots and other pets in our stores",
        body="Parrots may come into the fitting room in a cage. Dogs wait outside.",
        labels=["stores"])
    upsert = catalog_service_pb2.UpsertArticlesRequest(articles=[parrots])
    assert catalog.UpsertArticles(upsert, timeout=60).stored_count == 1
    assert catalog.UpsertArticles(upsert, timeout=60).unchanged_count == 1
    assert offered(intents)[0] == "parrots"
    get = catalog_service_pb2.GetArticleRequest(article_id="parrots")
    assert catalog.GetArticle(get, timeout=60).article == parrots
    page = catalog.ListArticles(
        catalog_service_pb2.ListArticlesRequest(page_size=5), timeout=60)
    assert len(page.articles) == 5 and page.next_page_token
    live.server.stop()
    again = Shop(tmp_path / "again", bundle, tmp_path / "store.sqlite")
    intents = intent_service_pb2_grpc.IntentServiceStub(again.channel)
    assert offered(intents)[0] == "parrots"
    catalog = catalog_service_pb2_grpc.CatalogServiceStub(again.channel)
    catalog.DeleteArticle(
        catalog_service_pb2.DeleteArticleRequest(article_id="parrots"), timeout=60)
    assert "parrots" not in offered(intents)
    with pytest.raises(grpc.RpcError) as caught:
        catalog.GetArticle(get, timeout=60)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    again.close()


@pytest.mark.parametrize(("change", "field"), [
    ({"article_id": ""}, "article_id"), ({"title": " "}, "title"), ({"body": " \n "}, "body"),
    ({"body": "x" * 65_537}, "body"), ({"labels": ["a,b"]}, "labels"),
    ({"url": "x" * 1_025}, "url")])
def test_an_article_that_is_wrong_is_rejected_alone(
    live: Shop, change: dict[str, object], field: str
) -> None:
    good = {"article_id": "a", "title": "A", "body": "Something to say about it."}
    reply = catalog_service_pb2_grpc.CatalogServiceStub(live.channel).UpsertArticles(
        catalog_service_pb2.UpsertArticlesRequest(articles=[
            catalog_service_pb2.Article(**good),
            catalog_service_pb2.Article(**{**good, "article_id": "b", **change})]), timeout=60)
    assert reply.stored_count == 1
    assert [row.index for row in reply.rejected] == [1]
    assert field in reply.rejected[0].status.message


def test_the_command_line_shows_what_helps(live: Shop, tmp_path: Path) -> None:
    server = live.server.tcp
    shown = must("intent", "how do I align the finder of my telescope", "--server", server)
    assert "help: Setting up a telescope" in shown and "finder's screws" in shown
    report = json.loads(must(
        "intent", "how do I align the finder of my telescope", "--server", server, "--json"))
    assert report["passages"][0]["article"] == "telescope-setup"
    listed = must("catalog", "list", "articles", "--server", server, "--json")
    lines = tmp_path / "articles.jsonl"
    lines.write_text(listed)
    assert len(listed.splitlines()) == 22
    again = must("catalog", "upsert", "articles", lines, "--server", server)
    assert "0 new or changed, 22 unchanged" in again
    assert must("catalog", "delete", "articles", "spare-parts", "--server", server)
    gone = tool("catalog", "get", "articles", "spare-parts", "--server", server)
    assert gone.returncode == 65 and "article" in gone.stderr
