"""Which weights of words and category beside meaning find most on the tuning part of queries.tsv.

Ranks what SearchItems explains anew by meaning + ratio * words + weight * category, on a grid, and
prints NDCG@10. The category's value is the share of the ten best without it that are of the item's
category. `QueryRelevance` has the chosen numbers. The other queries are not read.

    python Benchmarks/search/tune.py --bin .build/release --bundle .demo/bundle \\
        --items .demo/data/items.csv
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import Counter
from pathlib import Path

import evaluate
import grpc

from rankwire.v1 import recommendation_pb2, scoring_service_pb2_grpc

RATIOS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1]
WEIGHTS = [0, 0.1, 0.2, 0.3, 0.4, 0.6]
VOTERS = 10


def candidates(
    stub: scoring_service_pb2_grpc.ScoringServiceStub, query: str
) -> list[tuple[str, float, float]]:
    """Identifier, meaning and words of each."""
    reply = stub.SearchItems(
        recommendation_pb2.SearchItemsRequest(query=query, count=1_000, explain=1_000))
    names = list(reply.explanation.feature_names)
    width = len(names)
    meaning, words = names.index("query_meaning"), names.index("query_words")
    found = []
    for row, item in enumerate(reply.items):
        values = reply.explanation.values[row * width:(row + 1) * width]
        found.append((item.item_id, values[meaning], values[words]))
    return found


def ranked(
    rows: list[tuple[str, float, float]], by_id: dict[str, evaluate.Description],
    ratio: float, weight: float,
) -> list[evaluate.Description]:
    """The best of one query."""
    near = sorted(((m + ratio * w, by_id[item]) for item, m, w in rows), key=lambda r: -r[0])
    votes = Counter(item.category for _, item in near[:VOTERS])
    share = weight / max(len(near[:VOTERS]), 1)
    best = sorted(near, key=lambda r: -(r[0] + share * votes[r[1].category]))
    return [item for _, item in best[:evaluate.TOP]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=Path, required=True, help="where rankwire and rankwired are")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--items", type=Path, required=True, help="the demo's items.csv")
    arguments = parser.parse_args()
    items = evaluate.read_items(arguments.items)
    by_id = {item.item_id: item for item in items}
    path = Path(__file__).with_name("queries.tsv")
    queries = [query for query in evaluate.read_queries(path) if query.half == "tuning"]
    with tempfile.TemporaryDirectory() as folder:
        server, address = evaluate.serve(arguments, items, Path(folder))
        try:
            stub = scoring_service_pb2_grpc.ScoringServiceStub(grpc.insecure_channel(address))
            found = [candidates(stub, query.text) for query in queries]
        finally:
            server.terminate()
            server.wait()
    print("ratio " + "".join(f"  category {weight:3}" for weight in WEIGHTS))
    for ratio in RATIOS:
        means = [
            math.fsum(
                evaluate.ndcg(query, ranked(rows, by_id, ratio, weight), items)
                for query, rows in zip(queries, found)) / len(queries)
            for weight in WEIGHTS]
        print(f"{ratio:5} " + "".join(f"  {mean:12.4f}" for mean in means))


if __name__ == "__main__":
    main()
