"""What a running server offers from its help articles to questions that no intent covers.

The server's store holds Sources/Intents/Resources/ecommerce_articles.jsonl, and intents if it likes:
a question that one of them takes is counted apart. Prints how many questions get the right article,
first and at all, how many of those that no article answers are offered something, and the same at
higher floors.

    python Benchmarks/intents/articles.py 127.0.0.1:7420 [--questions FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import grpc

from rankwire.v1 import intent_service_pb2, intent_service_pb2_grpc

QUESTIONS = Path(__file__).parents[2] / "Tests" / "Fixtures" / "article_questions.tsv"
FLOORS = [0.35, 0.40, 0.45, 0.50]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("--questions", type=Path, default=QUESTIONS,
                        help="article, tab, question a line; - where no article answers")
    arguments = parser.parse_args()
    rows = [line.split("\t") for line in arguments.questions.read_text().splitlines()]
    first: list[float] = []
    found, covered, strange = 0, 0, []
    with grpc.insecure_channel(arguments.server) as channel:
        stub = intent_service_pb2_grpc.IntentServiceStub(channel)
        for article, text in rows:
            reply = stub.ClassifyIntent(
                intent_service_pb2.ClassifyIntentRequest(text=text), timeout=30)
            covered += not reply.out_of_scope
            passages = reply.passages
            if article == "-":
                strange.append(passages[0].score if passages else -1.0)
            elif reply.out_of_scope:
                right = [passage.article_id == article for passage in passages]
                found += any(right)
                first.append(passages[0].score if right and right[0] else -1.0)
    print(f"{covered} of {len(rows)} questions are covered by an intent")
    print(f"of {len(first)} others that an article answers, {found} are offered it")
    for floor in FLOORS:
        print(f"floor {floor:.2f}: the right one first for {sum(s >= floor for s in first)}, "
              f"something offered to {sum(s >= floor for s in strange)} of {len(strange)} "
              "that none answers")


if __name__ == "__main__":
    main()
