"""Turns the till's capitals and abbreviations into words that a language model knows.

Only abbreviations whose meaning is certain are written out; all others stay as they are.
"""

from __future__ import annotations

import re

WORDS = {
    "bkd": "baked",
    "brkfst": "breakfast",
    "btl": "bottle",
    "ckys": "cookies",
    "cleang": "cleaning",
    "cndy": "candy",
    "conc": "concentrate",
    "crkr": "crackers",
    "dnr": "dinner",
    "dnrs": "dinners",
    "drnk": "drink",
    "drnks": "drinks",
    "drsng": "dressing",
    "dsh": "dish",
    "fd": "food",
    "fem": "feminine",
    "flvrd": "flavored",
    "frz": "frozen",
    "frzn": "frozen",
    "gds": "goods",
    "hygn": "hygiene",
    "incl": "including",
    "jce": "juice",
    "misc": "miscellaneous",
    "mixs": "mixes",
    "mx": "mix",
    "mxs": "mixes",
    "pckgd": "packaged",
    "pkgd": "packaged",
    "pickld": "pickled",
    "pkld": "pickled",
    "prem": "premium",
    "pwdr": "powder",
    "refrgratd": "refrigerated",
    "refrig": "refrigerated",
    "sald": "salad",
    "sft": "soft",
    "sherbts": "sherbets",
    "snks": "snacks",
    "sndwch": "sandwich",
    "sprd": "spread",
    "supppplies": "supplies",
    "suppplies": "supplies",
    "tiss": "tissue",
    "trsh": "trash",
    "veg": "vegetable",
    "wtr": "water",
}

PHRASES = {
    "drug gm": "drugstore and general merchandise",
    "meat-pckgd": "packaged meat",
    "seafood-pckgd": "packaged seafood",
    "pnt btr": "peanut butter",
}

_WORD = re.compile(r"[a-z]+")
_SPACES = re.compile(r"\s+")


def readable(text: str | None) -> str:
    """Sentence case, single spaces, known abbreviations written out; "" for None."""
    if not text:
        return ""
    lowered = _SPACES.sub(" ", text.strip().lower())
    for short, long in PHRASES.items():
        lowered = lowered.replace(short, long)
    words = _WORD.sub(lambda match: WORDS.get(match[0], match[0]), lowered)
    return words[:1].upper() + words[1:]


def size(text: str | None) -> str:
    """A package size in lower case, but for the litre: "12 oz", "2 L"."""
    lowered = _SPACES.sub(" ", (text or "").strip().lower())
    return re.sub(r"(?<=\d )l\b", "L", lowered)


def title(product_type: str | None, package_size: str | None, fallback: str) -> str:
    """Type and size; the fallback where the type is unknown."""
    parts = (readable(product_type) or fallback, size(package_size))
    return ", ".join(part for part in parts if part)


def category(department: str | None, product_category: str | None) -> str:
    """Levels, the broadest first: "Grocery > Frozen pizza"."""
    return " > ".join(part for part in (readable(department), readable(product_category)) if part)
