#!/usr/bin/env python3
"""Writes texts of 4 to 40 tokens, all different, and the same as token ids.

usage: make_texts.py VOCABULARY COUNT TEXTS IDS

Words are whole entries of the model's vocabulary: a word is a token, and the two files agree.
"""

import random
import sys

SHORTEST, LONGEST = 4, 40


def main() -> None:
    vocabulary, count, texts_path, ids_path = sys.argv[1:]
    with open(vocabulary, encoding="utf-8") as file:
        pieces = [line.rstrip("\n") for line in file]
    words = [
        (piece, number)
        for number, piece in enumerate(pieces)
        if len(piece) > 2 and piece.isascii() and piece.isalpha() and piece.islower()
    ]
    first, last = pieces.index("[CLS]"), pieces.index("[SEP]")
    source = random.Random(20_240_501)
    with open(texts_path, "w", encoding="utf-8") as texts, open(ids_path, "w") as ids:
        for _ in range(int(count)):
            chosen = source.choices(words, k=source.randint(SHORTEST, LONGEST) - 2)
            print(" ".join(word for word, _ in chosen), file=texts)
            print(first, *(number for _, number in chosen), last, file=ids)


if __name__ == "__main__":
    main()
