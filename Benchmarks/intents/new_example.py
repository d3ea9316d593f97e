"""How long it takes until a running server knows an intent or an example that was added.

Adds one intent and then example after example to it, and asks at once for a sentence that only the
new one covers: prints the time of the acknowledged change and until the first answer that knows it.
The intent is taken out at the end. The server's store must be one that may be changed.

    python Benchmarks/intents/new_example.py 127.0.0.1:7420 [--rounds 20]
"""

from __future__ import annotations

import argparse
import statistics
import time

import grpc

from rankwire.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    intent_service_pb2,
    intent_service_pb2_grpc,
)

NAME = "zz_benchmark_intent"
THINGS = ["ring", "watch", "trophy", "pen", "knife", "bracelet", "lighter", "spoon", "flask", "tag"]
MOTTOS = ["our initials", "a short poem"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    changes, totals, known = [], [], 0
    with grpc.insecure_channel(arguments.server) as channel:
        intents = intent_service_pb2_grpc.IntentServiceStub(channel)
        catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        intent = catalog_service_pb2.Intent(intent=NAME, answer="Yes.")
        pairs = [(thing, motto) for thing in THINGS for motto in MOTTOS]
        for thing, motto in pairs[: arguments.rounds]:
            text = f"please engrave {motto} on the {thing}"
            intent.examples.append(text)
            start = time.perf_counter()
            catalog.UpsertIntents(
                catalog_service_pb2.UpsertIntentsRequest(intents=[intent]), timeout=60)
            changed = time.perf_counter()
            reply = intents.ClassifyIntent(
                intent_service_pb2.ClassifyIntentRequest(text=text, top_k=1), timeout=60)
            totals.append(time.perf_counter() - start)
            changes.append(changed - start)
            known += reply.intents[0].intent == NAME and not reply.out_of_scope
        catalog.DeleteIntent(catalog_service_pb2.DeleteIntentRequest(intent=NAME), timeout=60)
    print(f"known to the next sentence: {known} of {len(totals)}")
    for what, values in (("change acknowledged", changes), ("change and answer", totals)):
        print(f"{what:20} median {statistics.median(values) * 1e3:6.1f} ms, "
              f"most {max(values) * 1e3:6.1f} ms")


if __name__ == "__main__":
    main()
