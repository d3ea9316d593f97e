#!/usr/bin/env python3
"""Prints texts and the ids that the PyPI package `tokenizers` gives for them, a case a line:

    lowercase stripAccents splitChinese maxTokens TAB text as hex UTF-8 TAB ids TAB truncated

stripAccents is `-` where it follows lowercase. Seeded, so that a failure can be had again.
`tokenizer_golden.tsv` is `tokenizer_reference.py --count 700 --seed 7`.
"""

import argparse
import os
import random
import unicodedata

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

VOCABULARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vocab.txt")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
ASSIGNED = [c for c in CODE_POINTS if unicodedata.category(chr(c)) not in ("Cn", "Co")]
MARKS = [c for c in ASSIGNED if unicodedata.combining(chr(c))]
DECOMPOSING = [c for c in ASSIGNED if unicodedata.decomposition(chr(c))]
CASED = [c for c in ASSIGNED if chr(c).lower() != chr(c)]
CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x200D, 0x2028, 0x2029, 0x3000, 0xFEFF,
            0xFFFD, 0xFFFE, 0xE000, 0xE0001, 0x10FFFF]
EMOJI = [*range(0x1F300, 0x1F650), 0x200D, 0xFE0F, *range(0x1F3FB, 0x1F400),
         *range(0x1F1E6, 0x1F200)]
IDEOGRAPHS = [*range(0x4E00, 0x9FFF), *range(0x3400, 0x4DBF), *range(0x20000, 0x20100),
              *range(0xF900, 0xFB00), *range(0x2F800, 0x2FA1E)]
WORDS = [w.strip() for w in open(VOCABULARY, encoding="utf-8")]


def characters(rng, pool, low=1, high=24):
    return "".join(chr(rng.choice(pool)) for _ in range(rng.randint(low, high)))


def words(rng):
    out = []
    for _ in range(rng.randint(1, 14)):
        word = rng.choice(WORDS).removeprefix("##")
        change = rng.random()
        if change < 0.2:
            word = word.title()
        elif change < 0.3:
            word += rng.choice(WORDS).removeprefix("##")
        elif change < 0.4:
            word += rng.choice(".,;:!?'\"-/$%&()+")
        out.append(word)
    return rng.choice([" ", " ", "  ", "\t", "\u00a0", ""]).join(out)


def block(start, count):
    return [c for c in range(start, start + count) if not 0xD800 <= c <= 0xDFFF] or [0x41]


def mixture(rng):
    pools = [CONTROLS, EMOJI, IDEOGRAPHS, MARKS, DECOMPOSING, CASED, range(0x20, 0x7F), ASSIGNED]
    parts = [characters(rng, rng.choice(pools), 1, 6) for _ in range(rng.randint(1, 6))]
    if rng.random() < 0.3:
        parts.append(rng.choice(SPECIAL + ["[sep]", "[SEP", "[[CLS]]", "SEP]", "[CLS ]"]))
    if rng.random() < 0.5:
        parts.append(words(rng))
    rng.shuffle(parts)
    return "".join(parts)


def one_text(rng, number):
    kind = number % 10
    if kind == 0:
        return words(rng)
    if kind == 1:
        # Block by block over all of Unicode, in turn.
        return characters(rng, block(number // 10 * 97 % 0x1100 * 256, 256))
    if kind == 2:
        return characters(rng, block(rng.choice(ASSIGNED) & ~0x7F, 128))
    if kind == 3:
        return "".join(chr(rng.choice([rng.choice(ASSIGNED), 0x61])) + characters(rng, MARKS, 1, 5)
                       for _ in range(rng.randint(1, 4)))
    if kind == 4:
        return characters(rng, DECOMPOSING + CASED + MARKS)
    if kind == 5:
        return characters(rng, rng.choice([IDEOGRAPHS, EMOJI, range(0xAC00, 0xD7A4)]), 1, 12)
    if kind == 6 and rng.random() < 0.1:
        letter = rng.choice(["a", "É", "각", "u\u0323\u0302", "\U0001d15f", "x\ufffd", "中"])
        return letter * rng.randint(20, 140) + rng.choice(["", " tail", "!"])
    if kind == 7 and rng.random() < 0.1:
        return " ".join(words(rng) for _ in range(20))
    return mixture(rng)


def every_code_point():
    """Each code point in a word, beside its neighbours, 24 at a time."""
    for start in range(0, len(CODE_POINTS), 24):
        yield " ".join(f"a{chr(c)}b" for c in CODE_POINTS[start:start + 24])


def character_vocabulary(path):
    """A piece for each character at the start of a word and one inside: ids then spell out what
    the normaliser made of a text, which real vocabularies hide behind [UNK]."""
    kept = [chr(c) for c in ASSIGNED if c not in (0x0A, 0x0D)]
    pieces = SPECIAL + kept + ["##" + c for c in kept]
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write("".join(piece + "\n" for piece in pieces))
    return {piece: number for number, piece in enumerate(pieces)}


class Reference:
    def __init__(self, model):
        self.model = model
        self.made = {}

    def encode(self, options, text):
        if options not in self.made:
            lowercase, strip, chinese = options
            tokenizer = Tokenizer(self.model)
            tokenizer.normalizer = normalizers.BertNormalizer(True, chinese, strip, lowercase)
            tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
            tokenizer.add_special_tokens(SPECIAL)
            tokenizer.post_processor = processors.TemplateProcessing(
                single="[CLS] $A [SEP]",
                special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")])
            self.made[options] = tokenizer
        return self.made[options].encode(text).ids


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=24000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--every-code-point", action="store_true")
    arguments.add_argument("--character-vocabulary", metavar="FILE")
    asked = arguments.parse_args()
    settings = {"unk_token": "[UNK]", "max_input_chars_per_word": 100}
    if asked.character_vocabulary:
        vocabulary = character_vocabulary(asked.character_vocabulary)
        model = models.WordPiece(vocabulary, **settings)
    else:
        model = models.WordPiece.from_file(VOCABULARY, **settings)
    rng, reference = random.Random(asked.seed), Reference(model)
    texts = [one_text(rng, number) for number in range(asked.count)]
    if asked.every_code_point:
        texts += every_code_point()
    for number, text in enumerate(texts):
        options, most = (True, None, True), 256
        if number < asked.count and number % 4 == 3:
            options = (rng.random() < 0.5, rng.choice([None, True, False]), rng.random() < 0.5)
            most = rng.choice([3, 4, 8, 16, 256])
        ids = reference.encode(options, text)
        cut = len(ids) > most
        ids = ids[:most - 1] + ids[-1:] if cut else ids
        strip = "-" if options[1] is None else int(options[1])
        print(f"{int(options[0])} {strip} {int(options[2])} {most}", text.encode().hex(),
              " ".join(map(str, ids)), int(cut), sep="\t")


if __name__ == "__main__":
    main()
