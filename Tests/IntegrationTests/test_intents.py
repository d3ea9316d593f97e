"""Intents beyond the first answer: entities, facts, turns, batches, languages, trained heads."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import chinese_model
import grpc
import pytest
from conftest import INTENTS
from server import Server, must, tool
from test_profiles import Shop, copied

from rankwire.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    intent_service_pb2,
    intent_service_pb2_grpc,
    model_service_pb2,
    model_service_pb2_grpc,
)

Request = intent_service_pb2.ClassifyIntentRequest


@pytest.fixture
def intents(channel: grpc.Channel) -> intent_service_pb2_grpc.IntentServiceStub:
    return intent_service_pb2_grpc.IntentServiceStub(channel)


def test_entities_fill_the_answer_and_facts_go_before_them(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    text = "I would like to cancel order #48213 that I placed yesterday"
    reply = intents.ClassifyIntent(Request(text=text), timeout=30)
    assert reply.intents[0].intent == "cancel_order"
    assert [(entity.kind, entity.value) for entity in reply.entities] == [
        ("order_number", "48213"), ("date", "yesterday")]
    entity = reply.entities[0]
    assert text.encode()[entity.start_byte:entity.end_byte] == b"48213"
    assert "{" not in reply.answer
    template = next(
        row["answer"] for row in map(json.loads, INTENTS.read_text().splitlines())
        if row["intent"] == "cancel_order")
    names = {part.split("}")[0] for part in template.split("{")[1:]}
    facts = {name: f"<{name}>" for name in names}
    filled = intents.ClassifyIntent(Request(text=text, facts=facts), timeout=30)
    assert filled.answer == template.replace("{", "<").replace("}", ">")
    assert not filled.missing_facts


def test_a_missing_fact_becomes_a_question(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    reply = intents.ClassifyIntent(Request(text="where is my parcel"), timeout=30)
    assert "order_number" in reply.missing_facts
    assert reply.answer.endswith("?") and "{" not in reply.answer


def test_probabilities_are_probabilities(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    reply = intents.ClassifyIntent(Request(text="where is my parcel", top_k=1000), timeout=30)
    assert sum(score.probability for score in reply.intents) == pytest.approx(1, abs=1e-4)
    assert 0 <= reply.out_of_scope_probability <= 0.5


def test_words_say_what_mattered(intents: intent_service_pb2_grpc.IntentServiceStub) -> None:
    reply = intents.ClassifyIntent(
        Request(text="hello, please refund my money", explain_words=True), timeout=30)
    assert [word.word for word in reply.words] == ["hello", "please", "refund", "my", "money"]
    assert max(reply.words, key=lambda word: word.importance).word in {"refund", "money"}


def test_earlier_turns_help_where_the_text_alone_does_not(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    alone = intents.ClassifyIntent(Request(text="the green one"), timeout=30)
    assert alone.out_of_scope and alone.hand_over == "out_of_scope"
    turns = ["I want to exchange a jacket for another colour"]
    reply = intents.ClassifyIntent(
        Request(text="the green one", previous_turns=turns), timeout=30)
    assert reply.used_previous_turns and not reply.out_of_scope
    assert reply.intents[0].intent == "exchange_item"
    with pytest.raises(grpc.RpcError) as caught:
        intents.ClassifyIntent(Request(text="x", previous_turns=["y"] * 9), timeout=30)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "previous_turns" in caught.value.details()


def test_a_person_is_called_when_asked_for_or_needed(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    asked = intents.ClassifyIntent(Request(text="let me talk to a human please"), timeout=30)
    assert asked.hand_over == "customer_asked"
    angry = intents.ClassifyIntent(
        Request(text="Terrible shop, the worst! My parcel is damaged, I am furious!!"), timeout=30)
    assert angry.hand_over == "customer_angry" and angry.sentiment < -0.6


@pytest.mark.parametrize("text", ["我的包裹在哪里？", "где моя посылка", "أين طردي"])
def test_a_language_the_model_cannot_read_is_said(
    intents: intent_service_pb2_grpc.IntentServiceStub, text: str
) -> None:
    reply = intents.ClassifyIntent(Request(text=text), timeout=30)
    assert reply.unsupported_language and reply.out_of_scope
    assert reply.hand_over == "unsupported_language" and reply.answer == ""


def test_chinese_is_read_once_a_bundle_reads_it(tmp_path: Path) -> None:
    model = chinese_model.write_model(tmp_path / "model")
    bundle, store = tmp_path / "bundle", tmp_path / "store.sqlite"
    must("model", "import", model, "--output", bundle)
    texts = chinese_model.TEXTS
    lines = [
        {"intent": "track_order", "examples": texts[:3], "answer": "订单{order_number}在路上。"},
        {"intent": "refund_status", "examples": texts[3:6], "answer": "三天内退款。"}]
    file = tmp_path / "intents.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    must("import", "intents", file, "--store", f"sqlite:{store}", "--bundle", bundle)
    folder = tmp_path / "run"
    folder.mkdir()
    running = Server(folder, bundle, store)
    try:
        with grpc.insecure_channel(running.tcp) as channel:
            intents = intent_service_pb2_grpc.IntentServiceStub(channel)
            track = intents.ClassifyIntent(Request(text=texts[6]), timeout=30)
            assert not track.unsupported_language and not track.out_of_scope
            assert track.intents[0].intent == "track_order"
            assert track.missing_facts == ["order_number"]
            refund = intents.ClassifyIntent(Request(text=texts[7]), timeout=30)
            assert refund.intents[0].intent == "refund_status"
            assert refund.answer == "三天内退款。" and refund.hand_over == ""
            russian = intents.ClassifyIntent(Request(text="где моя посылка"), timeout=30)
            assert russian.unsupported_language and russian.out_of_scope
    finally:
        running.stop()


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_a_text_of_nothing_is_refused(
    intents: intent_service_pb2_grpc.IntentServiceStub, text: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        intents.ClassifyIntent(Request(text=text), timeout=30)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "text" in caught.value.details()


def test_a_text_of_ten_thousand_words_is_read_as_far_as_the_model_reads(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    rng = random.Random(4)
    words = ["".join(rng.choices("abcdefghij", k=5)) for _ in range(10_000)]
    reply = intents.ClassifyIntent(Request(text=" ".join(words)), timeout=30)
    assert reply.text.truncated and reply.text.token_count <= 512
    assert reply.out_of_scope and not reply.answer
    asked = intents.ClassifyIntent(
        Request(text="where is my parcel " + "please " * 9_000), timeout=30)
    assert asked.text.truncated


def test_what_customers_write_is_not_in_the_log(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    running = Server(folder, bundle, store, "--log-level", "trace")
    secrets = ["jane.q.public@mail.example", "4929 1234 5678 9012", "Kofi Mensah-Horvat"]
    try:
        with grpc.insecure_channel(running.tcp) as channel:
            intents = intent_service_pb2_grpc.IntentServiceStub(channel)
            for secret in secrets:
                intents.ClassifyIntent(
                    Request(
                        text=f"my parcel, I am {secret}", previous_turns=[f"hello, {secret}"],
                        facts={"carrier": secret}, explain_words=True), timeout=30)
                intents.ClassifyIntents(
                    intent_service_pb2.ClassifyIntentsRequest(texts=[secret, " "]), timeout=30)
                with pytest.raises(grpc.RpcError):
                    intents.ClassifyIntent(Request(text="x", user_id=secret), timeout=30)
    finally:
        running.stop()
    for secret in secrets:
        for part in (secret, secret.replace(" ", "")):
            assert part not in running.text()


@pytest.mark.parametrize(("text", "reason"), [
    ("I want to speak to a real person", "customer_asked"),
    ("This is a disgrace, worst shop ever, I hate you, terrible scam!!!", "customer_angry"),
    ("who won the chess championship of 1972", "out_of_scope"),
    ("где моя посылка", "unsupported_language"),
    ("how many loyalty points do I have", "facts_missing"),
    ("where is my order", "")])
def test_hand_over_has_its_reason(
    intents: intent_service_pb2_grpc.IntentServiceStub, text: str, reason: str
) -> None:
    assert intents.ClassifyIntent(Request(text=text), timeout=30).hand_over == reason


def test_an_unknown_user_is_named(intents: intent_service_pb2_grpc.IntentServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        intents.ClassifyIntent(Request(text="where is it", user_id="nobody"), timeout=30)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_batch_answers_as_single_calls_do_and_a_bad_text_fails_alone(
    intents: intent_service_pb2_grpc.IntentServiceStub
) -> None:
    texts = ["where is my parcel", " ", "refund please", "what sizes are there"] * 20
    reply = intents.ClassifyIntents(
        intent_service_pb2.ClassifyIntentsRequest(texts=texts, top_k=2, explain=True), timeout=60)
    assert len(reply.results) == len(texts)
    assert [failure.index for failure in reply.failures] == list(range(1, len(texts), 4))
    assert not reply.results[1].intents
    for index in (0, 2, 3):
        single = intents.ClassifyIntent(
            Request(text=texts[index], top_k=2, explain=True), timeout=30)
        assert reply.results[index].intents == single.intents
        assert reply.results[index].answer == single.answer
    for count in (0, 257):
        with pytest.raises(grpc.RpcError) as caught:
            intents.ClassifyIntents(
                intent_service_pb2.ClassifyIntentsRequest(texts=["a"] * count), timeout=30)
        assert "texts" in caught.value.details()


@pytest.fixture(scope="module")
def trained(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of its own with a head trained on the project's intents."""
    path = tmp_path_factory.mktemp("trained") / "bundle"
    shutil.copytree(bundle, path)
    report = json.loads(must(
        "train", "intents", INTENTS, "--bundle", path, "--members", "2", "--epochs", "8",
        "--json"))
    assert report["intent_count"] >= 30 and report["sentence_count"] >= 450
    return path


@pytest.fixture
def served(
    trained: Path, store: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Path]]:
    """A server that starts without a head, and the bundle it loads."""
    path = tmp_path / "bundle"
    shutil.copytree(trained, path, ignore=shutil.ignore_patterns("intents.head"))
    running = Server(tmp_path_factory.mktemp("served"), path, store)
    yield running, path
    running.stop()


def test_a_head_takes_over_by_reload_and_a_damaged_one_does_not(
    served: tuple[Server, Path], trained: Path
) -> None:
    server, path = served
    head = path / "intents.head"
    whole = (trained / "intents.head").read_bytes()
    question = Request(text="where is my parcel", top_k=1)
    with grpc.insecure_channel(server.tcp) as channel:
        intents = intent_service_pb2_grpc.IntentServiceStub(channel)
        models = model_service_pb2_grpc.ModelServiceStub(channel)
        by_prototypes = intents.ClassifyIntent(question, timeout=30).intents[0]
        assert by_prototypes.score <= 1
        head.write_bytes(whole)
        models.ReloadModel(model_service_pb2.ReloadModelRequest(), timeout=60)
        by_head = intents.ClassifyIntent(question, timeout=30).intents[0]
        assert by_head.score != by_prototypes.score
        assert "track" in by_head.intent or "deliver" in by_head.intent
        for damaged in (whole[: len(whole) // 2], b"not a head", whole[:-1] + b"0" * 2):
            head.write_bytes(damaged)
            with pytest.raises(grpc.RpcError) as caught:
                models.ReloadModel(model_service_pb2.ReloadModelRequest(), timeout=60)
            assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
            assert "intents.head" in caught.value.details()
            assert intents.ClassifyIntent(question, timeout=30).intents[0] == by_head


@pytest.mark.parametrize("head", [True, False], ids=["head", "prototypes"])
def test_what_was_added_is_known_to_the_next_sentence(
    trained: Path, store: Path, tmp_path: Path, head: bool
) -> None:
    """Whether a trained head answers or prototypes: no restart, no reload, no training."""
    bundle = tmp_path / "bundle"
    shutil.copytree(
        trained, bundle, ignore=None if head else shutil.ignore_patterns("intents.head"))
    folder = tmp_path / "store"
    folder.mkdir()
    live = Shop(tmp_path / "run", bundle, copied(store, folder))
    try:
        intents = intent_service_pb2_grpc.IntentServiceStub(live.channel)
        catalog = catalog_service_pb2_grpc.CatalogServiceStub(live.channel)

        def best(text: str) -> intent_service_pb2.ClassifyIntentResponse:
            return intents.ClassifyIntent(Request(text=text, top_k=1), timeout=30)

        def upsert(intent: catalog_service_pb2.Intent) -> None:
            reply = catalog.UpsertIntents(
                catalog_service_pb2.UpsertIntentsRequest(intents=[intent]), timeout=60)
            assert reply.stored_count == 1

        # An intent that nobody had.
        text = "can you engrave a name on the ring"
        assert best(text).intents[0].intent != "engraving"
        engraving = catalog_service_pb2.Intent(
            intent="engraving", answer="We engrave up to {letters} letters.",
            examples=["I want my initials engraved on the ring", "do you engrave jewellery"])
        upsert(engraving)
        reply = best(text)
        assert reply.intents[0].intent == "engraving" and not reply.out_of_scope
        assert reply.missing_facts == ["letters"]
        # One more example of it, which lies far from the others.
        text = "could the watch's back bear our wedding date"
        assert best(text).intents[0].intent != "engraving" or best(text).out_of_scope
        engraving.examples.append("could the back of the watch bear our wedding date")
        upsert(engraving)
        reply = best(text)
        assert reply.intents[0].intent == "engraving" and not reply.out_of_scope
        # And what the head was trained on is as it was.
        assert best("cancel my order please").intents[0].intent == "cancel_order"
        catalog.DeleteIntent(
            catalog_service_pb2.DeleteIntentRequest(intent="engraving"), timeout=60)
        assert best(text).intents[0].intent != "engraving"
    finally:
        live.close()


def test_evaluate_prints_what_it_measured(bundle: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in INTENTS.read_text().splitlines()][:4]
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    strange = tmp_path / "strange.txt"
    quoted = [
        (f'"{text}"'.replace("\\", ""), row["intent"]) for row in rows for text in row["examples"]
        if '"' not in text]
    train.write_text(
        "text,category\n" + "".join(f"{t},{i}\n" for k, (t, i) in enumerate(quoted) if k % 4))
    test.write_text(
        "text,category\n" + "".join(f"{t},{i}\n" for k, (t, i) in enumerate(quoted) if not k % 4))
    strange.write_text("the moon is far\nwho wrote hamlet\n")
    report = json.loads(must(
        "evaluate", "intents", "--train", train, "--test", test, "--test-out-of-scope", strange,
        "--bundle", bundle, "--members", "2", "--epochs", "8", "--seeds", "2", "--json"))
    assert len(report["runs"]) == 2
    assert report["mean"]["accuracy"] > 0.5
    assert report["mean"]["out_of_scope_count"] == 2
    done = tool("evaluate", "intents", "--train", tmp_path / "none.csv", "--test", test,
                "--bundle", bundle)
    assert done.returncode != 0 and "none.csv" in done.stderr
