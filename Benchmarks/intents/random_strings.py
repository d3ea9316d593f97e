"""How many strings that are nobody's question get an intent all the same.

Sends 10,000 random strings of several kinds to a running server, prints the share of each kind that
came back in scope, and, where the server's log is named, looks for the personal data in it.

    python Benchmarks/intents/random_strings.py 127.0.0.1:7420 [--log server.log]
"""

from __future__ import annotations

import argparse
import random
import string
from pathlib import Path

import grpc

from rankwire.v1 import intent_service_pb2, intent_service_pb2_grpc

COUNT = 10_000
BATCH = 100
SCRIPTS = [(0x4E00, 0x9FA5), (0x0410, 0x044F), (0x0621, 0x064A), (0x3041, 0x3096),
           (0xAC00, 0xD7A3), (0x0905, 0x0939), (0x0E01, 0x0E2E), (0x03B1, 0x03C9)]
LATIN = """la vie est belle quand le soleil brille sur la mer bleue;
 der schnelle braune fuchs springt
 über den faulen hund am fluss; el cielo de la ciudad estaba gris aquella tarde de otoño; nel mezzo
 del cammin di nostra vita mi ritrovai per una selva oscura; o mar salgado quanto do teu sal são
 lágrimas; het regent vandaag en de straten zijn leeg; det var en gång en liten flicka som bodde i
 skogen; dawno temu za siedmioma górami mieszkał król; bir varmış bir yokmuş evvel zaman içinde;
 olipa kerran pieni punainen tupa; byl jednou jeden starý mlynář a měl tři syny"""
PHRASES = [phrase.split() for phrase in LATIN.split(";")]
NAMES = ["Ana Duarte", "Kofi Mensah", "Liv Berg", "Raj Patel", "Eva Horvat", "Tom Baker"]


def letters(rng: random.Random) -> str:
    return " ".join("".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 12)))
                    for _ in range(rng.randint(1, 10)))


def signs(rng: random.Random) -> str:
    return "".join(rng.choices(string.printable.strip(), k=rng.randint(1, 60)))


def other_script(rng: random.Random) -> str:
    low, high = rng.choice(SCRIPTS)
    return "".join(chr(rng.randint(low, high)) + (" " if rng.random() < 0.15 else "")
                   for _ in range(rng.randint(4, 40)))


def other_language(rng: random.Random) -> str:
    words = rng.choice(PHRASES)
    start = rng.randrange(max(1, len(words) - 4))
    return " ".join(words[start : start + rng.randint(3, 12)])


def empty(rng: random.Random) -> str:
    return " " * rng.randint(0, 5) + "\n" * rng.randint(0, 2)


def long_text(rng: random.Random) -> str:
    return " ".join("".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 8)))
                    for _ in range(10_000))[:65_000]


def personal(rng: random.Random) -> str:
    name = rng.choice(NAMES)
    return rng.choice([
        f"{name} {rng.randint(1, 99)} {rng.choice(['Hill', 'Mill', 'Park'])} Road",
        f"{name.lower().replace(' ', '.')}.{rng.randint(1000, 9999)}@mail.example",
        f"+{rng.randint(10, 99)} {rng.randint(100, 999)} {rng.randint(10**6, 10**7 - 1)}",
        " ".join(str(rng.randint(1000, 9999)) for _ in range(4)),
    ])


KINDS = {"letters": (letters, 2_500), "signs": (signs, 2_000),
         "other scripts": (other_script, 2_000), "other languages": (other_language, 1_700),
         "personal data": (personal, 1_500),
         "empty": (empty, 200), "10,000 words": (long_text, 100)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    assert sum(count for _, count in KINDS.values()) == COUNT
    total, secrets = 0, []
    with grpc.insecure_channel(arguments.server) as channel:
        stub = intent_service_pb2_grpc.IntentServiceStub(channel)
        for kind, (make, count) in KINDS.items():
            texts = [make(rng) for _ in range(count)]
            if make is personal:
                secrets = texts
            batch = 10 if make is long_text else BATCH
            found = []
            for start in range(0, count, batch):
                request = intent_service_pb2.ClassifyIntentsRequest(
                    texts=texts[start : start + batch], top_k=1)
                reply = stub.ClassifyIntents(request, timeout=120)
                failed = {failure.index for failure in reply.failures}
                found += [
                    texts[start + i] for i, result in enumerate(reply.results)
                    if i not in failed and not result.out_of_scope]
            total += len(found)
            example = f"  e.g. {found[0][:50]!r}" if found else ""
            share = len(found) / count
            print(f"{kind:16} {len(found):5} of {count:5} in scope ({share:.2%}){example}")
    print(f"{'all':16} {total:5} of {COUNT:5} in scope ({total / COUNT:.2%})")
    if arguments.log:
        log = arguments.log.read_text()
        leaked = sum(secret in log for secret in secrets)
        print(f"{leaked} of {len(secrets)} strings of personal data are in the log")


if __name__ == "__main__":
    main()
