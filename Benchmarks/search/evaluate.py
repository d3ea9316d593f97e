"""How well SearchItems finds what a shopper means, beside BM25 and vectors alone.

Takes the distinct descriptions of the demo's items (title and category), serves them, and asks the
queries of queries.tsv: NDCG@10, an item counting 1 when its category is one of the query's, or
its title without the size one that answers it in any category, and 2 when its title also has the
size asked for. The judgements were made by hand from the lists of categories and of titles that
have all of a query's words. Some of the queries are for tuning, the others were looked at for the
figures alone. BM25 reads the same texts as Rankwire.

    python Benchmarks/search/evaluate.py --bin .build/release --bundle .demo/bundle \\
        --items .demo/data/items.csv
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bm25s
import grpc
import Stemmer
from rank_bm25 import BM25Okapi

from rankwire.v1 import recommendation_pb2, scoring_service_pb2_grpc

TOP = 10
RESAMPLES = 2_000
MEANING = recommendation_pb2.CANDIDATE_SOURCE_QUERY_MEANING
WORDS = recommendation_pb2.CANDIDATE_SOURCE_QUERY_WORDS


@dataclass(frozen=True)
class Description:
    """An item that stands for all with its title and category."""

    item_id: str
    title: str
    category: str

    @property
    def text(self) -> str:
        return f"{self.title}. {self.category.replace(' > ', ' ')}"


@dataclass(frozen=True)
class Query:
    """A query, the size in it, and the categories and titles that answer it."""

    half: str
    text: str
    size: str
    categories: frozenset[str]
    titles: frozenset[str]

    def gain(self, item: Description) -> int:
        name = re.sub(r", [^,]*\d[^,]*$", "", item.title)
        if item.category not in self.categories and name not in self.titles:
            return 0
        if not self.size:
            return 1
        number, unit = self.size.split()
        found = re.search(rf"(?<![\d.]){number} ?{unit}\b", item.title.lower())
        return 2 if found else 1


def read_items(path: Path) -> list[Description]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = {(r["title"], r["category"]): r["item"] for r in csv.DictReader(file)}
    return [Description(item, title, category) for (title, category), item in rows.items()]


def read_queries(path: Path) -> list[Query]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Query(r["half"], r["query"], r["size"], frozenset(r["categories"].split("|")),
                  frozenset(r["titles"].split("|")) - {""})
            for r in csv.DictReader(file, delimiter="\t")]


def ndcg(query: Query, found: list[Description], items: list[Description]) -> float:
    def discounted(gains: list[int]) -> float:
        return math.fsum(
            gain / math.log2(place + 2) for place, gain in enumerate(gains[:TOP]))

    ideal = sorted((query.gain(item) for item in items), reverse=True)
    return discounted([query.gain(item) for item in found]) / discounted(ideal)


def serve(arguments: argparse.Namespace, items: list[Description], folder: Path) -> tuple[
        subprocess.Popen[bytes], str]:
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["item", "title", "category"])
        writer.writerows([item.item_id, item.title, item.category] for item in items)
    store = f"sqlite:{folder / 'store.sqlite'}"
    subprocess.run(
        [arguments.bin / "rankwire", "import", "items", folder / "items.csv", "--store", store,
         "--bundle", arguments.bundle], check=True, stdout=subprocess.DEVNULL)
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(
        [arguments.bin / "rankwired", "--listen", "127.0.0.1:0", "--bundle", arguments.bundle,
         "--store", store], stdout=log, stderr=subprocess.STDOUT)
    for _ in range(1_200):
        found = re.search(
            r"listening on (127\.0\.0\.1:\d+)", (folder / "server.log").read_text("utf-8"))
        if found:
            return server, found[1]
        time.sleep(0.1)
    server.kill()
    raise SystemExit((folder / "server.log").read_text("utf-8"))


def rankwire_searches(
    address: str, items: list[Description]
) -> dict[str, Callable[[str], list[Description]]]:
    scoring = scoring_service_pb2_grpc.ScoringServiceStub(grpc.insecure_channel(address))
    by_id = {item.item_id: item for item in items}

    def search(*sources: int) -> Callable[[str], list[Description]]:
        def ask(query: str) -> list[Description]:
            reply = scoring.SearchItems(
                recommendation_pb2.SearchItemsRequest(query=query, count=TOP, sources=sources))
            return [by_id[item.item_id] for item in reply.items]
        return ask

    return {
        "Rankwire, hybrid": search(), "Rankwire, vectors alone": search(MEANING),
        "Rankwire, words alone": search(WORDS)}


def bm25_searches(items: list[Description]) -> dict[str, Callable[[str], list[Description]]]:
    texts = [item.text for item in items]
    stemmer = Stemmer.Stemmer("english")

    def tokens(text: str) -> list[str]:
        return [stemmer.stemWord(word) for word in re.findall(r"[a-z0-9.]+", text.lower())]

    okapi = BM25Okapi([tokens(text) for text in texts])
    index = bm25s.BM25()
    index.index(
        bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False),
        show_progress=False)

    def ask_okapi(query: str) -> list[Description]:
        scores = okapi.get_scores(tokens(query))
        return [items[i] for i in sorted(range(len(items)), key=lambda i: (-scores[i], i))[:TOP]]

    def ask_bm25s(query: str) -> list[Description]:
        words = bm25s.tokenize(query, stopwords="en", stemmer=stemmer, show_progress=False)
        found, _ = index.retrieve(words, k=TOP, show_progress=False)
        return [items[i] for i in found[0]]

    return {"BM25 (bm25s, stemmed)": ask_bm25s, "BM25 (rank-bm25, stemmed)": ask_okapi}


def interval(values: list[float], rng: random.Random) -> tuple[float, float]:
    means = sorted(
        math.fsum(rng.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=Path, required=True, help="where rankwire and rankwired are")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--items", type=Path, required=True, help="the demo's items.csv")
    parser.add_argument("--json", action="store_true", help="print JSON, with each query's value")
    arguments = parser.parse_args()
    items = read_items(arguments.items)
    queries = read_queries(Path(__file__).with_name("queries.tsv"))
    with tempfile.TemporaryDirectory() as folder:
        server, address = serve(arguments, items, Path(folder))
        try:
            searches = rankwire_searches(address, items) | bm25_searches(items)
            values = {
                name: {q.text: ndcg(q, search(q.text), items) for q in queries}
                for name, search in searches.items()}
        finally:
            server.terminate()
            server.wait()
    rng = random.Random(1)
    report = {}
    for name, by_query in values.items():
        report[name] = {}
        for half in ("tuning", "test"):
            numbers = [by_query[q.text] for q in queries if q.half == half]
            low, high = interval(numbers, rng)
            report[name][half] = {
                "ndcg": math.fsum(numbers) / len(numbers), "low": low, "high": high}
    if arguments.json:
        print(json.dumps({"means": report, "queries": values}, indent=2))
        return
    print(f"{len(items)} descriptions, {len(queries)} queries, NDCG@{TOP} with 95% intervals")
    for name, halves in report.items():
        cells = "   ".join(
            f"{half} {h['ndcg']:.3f} ({h['low']:.3f} to {h['high']:.3f})"
            for half, h in halves.items())
        print(f"{name:28} {cells}")


if __name__ == "__main__":
    main()
