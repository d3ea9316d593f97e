"""Which weight of words beside meaning finds most on the tuning half of queries.tsv.

Ranks what SearchItems explains anew by meaning + ratio * words + share * preference, on a grid, and
prints NDCG@10. `QueryRelevance` has the chosen numbers. The other half of the queries is not read.

    python Benchmarks/search/tune.py --bin .build/release --bundle .demo/bundle \\
        --items .demo/data/items.csv
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import evaluate
import grpc

from rankwire.v1 import recommendation_pb2, scoring_service_pb2_grpc

RATIOS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.625, 0.75, 1, 1.5, 2, 4]
PREFERENCES = [0, 0.01, 0.02, 0.05, 0.1]


def candidates(
    stub: scoring_service_pb2_grpc.ScoringServiceStub, query: str
) -> list[tuple[str, float, float, float]]:
    """Identifier, meaning, words and the head's contributions of each."""
    reply = stub.SearchItems(
        recommendation_pb2.SearchItemsRequest(query=query, count=1_000, explain=1_000))
    names = list(reply.explanation.feature_names)
    width = len(names)
    meaning, words = names.index("query_meaning"), names.index("query_words")
    found = []
    for row, item in enumerate(reply.items):
        values = reply.explanation.values[row * width:(row + 1) * width]
        terms = reply.explanation.contributions[row * width:(row + 1) * width]
        preference = math.fsum(terms) - terms[meaning] - terms[words]
        found.append((item.item_id, values[meaning], values[words], preference))
    return found


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
    print("ratio " + "".join(f"  pref {share:4}" for share in PREFERENCES))
    for ratio in RATIOS:
        cells = []
        for share in PREFERENCES:
            values = []
            for query, rows in zip(queries, found):
                ranked = sorted(rows, key=lambda r: -(r[1] + ratio * r[2] + share * r[3]))
                top = [by_id[row[0]] for row in ranked[:evaluate.TOP]]
                values.append(evaluate.ndcg(query, top, items))
            cells.append(f"  {math.fsum(values) / len(values):9.4f}")
        print(f"{ratio:5} " + "".join(cells))


if __name__ == "__main__":
    main()
