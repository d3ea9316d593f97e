#!/usr/bin/env python3
"""Writes UnicodeTableData.swift: what BERT's normaliser does to every Unicode code point.

The reference is the PyPI package `tokenizers` itself, asked one code point at a time, because its
Unicode tables are of several ages (marks and control characters far older than lower case) and no
single Unicode version describes it. Run from anywhere:

    python3 Sources/Inference/Tokenizer/generate_unicode_tables.py

How a text's result follows from its code points' (checked below, exhaustively):
  cleaned -> spaces around ideographs -> NFD without nonspacing marks -> lower case -> split
  * Cleaning, lower case (no final sigma, no locale) and the split are per code point.
  * NFD is per code point but for the canonical order of combining marks. Marks stay where the
    reference's list of nonspacing marks is too old to know them, so their combining classes are
    kept; a class is found by where NFD puts the mark among marks of known class.

Format, after base64: bytes of unsigned LEB128 numbers, "signed" ones zigzag.
  recordCount, then records: flags, signed lowerDelta, combiningClass, expansionCount, expansion...
  stage1: number of 256-entry blocks, then a block index for each of 0x1100 blocks, as runs
  stage2: the blocks' record indices, as runs
  A run: count * 2 + ascending, signed difference of its first value to the last value written.
"""

import base64
import os
import unicodedata

from tokenizers import __version__, normalizers, pre_tokenizers

REMOVED, SPACE, IDEOGRAPH, PUNCTUATION, MARK, HANGUL = 1, 2, 4, 8, 16, 32
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]

clean = normalizers.BertNormalizer(True, False, False, False).normalize_str
ideographs = normalizers.BertNormalizer(False, True, False, False).normalize_str
stripped = normalizers.BertNormalizer(False, False, True, False).normalize_str
lowered = normalizers.BertNormalizer(False, False, False, True).normalize_str
everything = normalizers.BertNormalizer(True, False, True, True).normalize_str
decomposed = normalizers.NFD().normalize_str
split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str

# One mark of each canonical combining class, lowest class first.
MARKS_BY_CLASS = sorted(
    {unicodedata.combining(chr(c)): c for c in reversed(range(0x300, 0x20000))
     if unicodedata.combining(chr(c)) and decomposed(chr(c)) == chr(c)}.items())


def combining_class(char):
    """The reference's combining class of `char`, from the order NFD gives it; 0 for a starter."""
    if decomposed(char) != char:
        return 0
    low, high = chr(MARKS_BY_CLASS[0][1]), chr(MARKS_BY_CLASS[-1][1])
    if decomposed(char + low) == char + low and decomposed(high + char) == high + char:
        return unicodedata.combining(char) if char in (low, high) else 0
    for number, mark in MARKS_BY_CLASS:
        if decomposed(chr(mark) + char) == chr(mark) + char:
            best = number
        else:
            break
    return best


def split_class(char):
    pieces = [piece for piece, _ in split("a" + char + "a")]
    if pieces == ["a", char, "a"]:
        return PUNCTUATION
    return SPACE if pieces == ["a", "a"] else 0


def record(code):
    char = chr(code)
    flags, delta, expansion = 0, 0, ()
    cleaned = clean(char)
    if cleaned == "":
        return (REMOVED, 0, 0, ())
    if cleaned == " ":
        return (SPACE, 0, 0, ())
    assert cleaned == char
    flags |= split_class(char)
    assert flags != SPACE, hex(code)
    if ideographs(char) != char:
        assert ideographs(char) == f" {char} "
        flags |= IDEOGRAPH
    small = lowered(char)
    bare = stripped(char)
    if len(small) == 1:
        delta = ord(small) - code
        assert split_class(small) == split_class(char), hex(code)
    else:
        # The one code point whose lower case is two; with marks stripped it never gets there.
        assert code == 0x130 and small == "i\u0307" and bare == "I"
    if bare == "":
        # A mark itself, or made of nothing but marks.
        flags |= MARK
        expansion = () if decomposed(char) == char else tuple(map(ord, decomposed(char)))
    elif 0xAC00 <= code <= 0xD7A3:
        flags |= HANGUL
    elif decomposed(char) != char:
        expansion = tuple(map(ord, decomposed(char)))
    return (flags, delta, combining_class(char), expansion)


def unsigned(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value):
    return unsigned(value * 2 if value >= 0 else -value * 2 - 1)


def runs(values):
    out, last, i = bytearray(), 0, 0
    while i < len(values):
        same = rising = 1
        while i + same < len(values) and values[i + same] == values[i]:
            same += 1
        while i + rising < len(values) and values[i + rising] == values[i] + rising:
            rising += 1
        ascending = rising > same
        count = max(same, rising)
        out += unsigned(count * 2 + ascending) + signed(values[i] - last)
        last = values[i + count - 1]
        i += count
    return bytes(out)


def check(records, index):
    """The records, composed as the Swift code composes them, give the reference's answers."""
    def expand(code):
        flags, _, _, expansion = records[index[code]]
        if flags & HANGUL:
            return list(map(ord, decomposed(chr(code))))
        return list(expansion) or [code]

    def lower(code):
        return code + records[index[code]][1]

    for code in CODE_POINTS:
        flags = records[index[code]][0]
        if flags & REMOVED:
            want = ""
        elif flags & SPACE:
            want = " "
        else:
            kept = [c for c in expand(code) if not records[index[c]][0] & MARK]
            want = "".join(chr(lower(c)) for c in kept)
        assert everything(chr(code)) == want, hex(code)


def main():
    numbers, records, index = {}, [], [0] * 0x110000
    for code in CODE_POINTS:
        one = record(code)
        if one not in numbers:
            numbers[one] = len(records)
            records.append(one)
        index[code] = numbers[one]
    check(records, index)

    blocks, stage1, stage2 = {}, [], []
    for start in range(0, 0x110000, 256):
        block = tuple(index[start:start + 256])
        if block not in blocks:
            blocks[block] = len(blocks)
            stage2 += block
        stage1.append(blocks[block])

    data = bytearray(unsigned(len(records)))
    for flags, delta, combining, expansion in records:
        data += unsigned(flags) + signed(delta) + unsigned(combining) + unsigned(len(expansion))
        for code in expansion:
            data += unsigned(code)
    data += unsigned(len(blocks)) + runs(stage1) + runs(stage2)

    text = base64.b64encode(bytes(data)).decode()
    lines = [text[i:i + 92] for i in range(0, len(text), 92)]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "UnicodeTableData.swift")
    with open(path, "w", encoding="ascii") as out:
        out.write("// Generated by generate_unicode_tables.py from tokenizers "
                  f"{__version__}; do not edit.\n\n")
        out.write("/// Base64; the generator's docstring gives the format.\n")
        out.write('let unicodeTableData: StaticString = """\n')
        out.write("\n".join(f"    {line}\\" for line in lines[:-1]) + f"\n    {lines[-1]}\n")
        out.write('    """\n')
    print(f"{len(records)} records, {len(blocks)} blocks, {len(data)} bytes -> {path}")


if __name__ == "__main__":
    main()
