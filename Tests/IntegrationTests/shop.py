"""A small shop for the tests: 60 items, 5 users, their events, 4 ads, written as import files."""

from __future__ import annotations

import csv
from pathlib import Path

KINDS = {
    "Pets > Cat food": (
        "felina", ["Dry cat food chicken", "Wet cat food tuna", "Cat treats salmon",
                   "Kitten food turkey", "Senior cat food", "Cat food pouches"]),
    "Pets > Dog food": (
        "rex", ["Dry dog food beef", "Dog biscuits", "Puppy food", "Dog chew sticks",
                "Wet dog food lamb", "Grain free dog food"]),
    "Garden > Tools": (
        "spade", ["Garden hose", "Pruning shears", "Watering can", "Garden rake", "Wheelbarrow",
                  "Hedge trimmer"]),
    "Kitchen > Baking": (
        "oven", ["Baking tray", "Rolling pin", "Cake tin", "Whisk", "Mixing bowl", "Muffin tin"]),
    "Grocery > Bread": (
        "mill", ["Sourdough bread", "Rye bread", "Baguette", "Wholewheat toast", "Bagels",
                 "Burger buns"]),
    "Grocery > Coffee": (
        "roast", ["Espresso beans", "Ground coffee", "Decaf coffee", "Coffee capsules",
                  "Instant coffee", "Cold brew"]),
    "Books > Crime": (
        "press", ["A murder in the village", "The detective returns", "Cold case files",
                  "The stolen painting", "Death on the ferry", "The last witness"]),
    "Sports > Running": (
        "stride", ["Running shoes", "Running socks", "Sports watch", "Running jacket",
                   "Hydration belt", "Reflective vest"]),
    "Baby > Care": (
        "tiny", ["Baby wipes", "Diapers size 3", "Baby shampoo", "Baby lotion", "Pacifier",
                 "Baby bottle"]),
    "Electronics > Audio": (
        "echo", ["Wireless headphones", "Bluetooth speaker", "Record player", "Earbuds",
                 "Microphone", "Audio cable"]),
}

# Each user's favourite kind; "quiet" is known but has done nothing.
USERS = {
    "cats": "Pets > Cat food",
    "runner": "Sports > Running",
    "baker": "Kitchen > Baking",
    "reader": "Books > Crime",
    "quiet": None,
}

ITEMS = {
    f"{brand}-{number}": (title, category, brand, 2 + 3 * number)
    for category, (brand, titles) in KINDS.items() for number, title in enumerate(titles)
}
CAT_FOOD = [item_id for item_id, row in ITEMS.items() if row[1] == "Pets > Cat food"]

# One runs for ever, one is over, one is paid in another currency, one sells what "cats" likes.
ADS = [
    ("ad-coffee", "camp-1", "Coffee week", "Grocery > Coffee", "roast", "USD", "0.40", "", ""),
    ("ad-over", "camp-2", "Last year's hoses", "Garden > Tools", "spade", "USD", "0.50",
     "2016-01-01T00:00:00Z", "2016-02-01T00:00:00Z"),
    ("ad-euro", "camp-3", "Headphones", "Electronics > Audio", "echo", "EUR", "0.60", "", ""),
    ("ad-cats", "camp-4", "Cat food, two for one", "Pets > Cat food", "felina", "USD", "0.40",
     "", ""),
]


def _write(path: Path, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def write_items(folder: Path) -> Path:
    """items.csv"""
    rows: list[tuple[object, ...]] = [
        ("item", "title", "category", "brand", "price", "currency", "shelf")]
    rows += [
        (item_id, title, category, brand, f"{price}.00", "USD", "a")
        for item_id, (title, category, brand, price) in ITEMS.items()]
    return _write(folder / "items.csv", rows)


def write_users(folder: Path) -> Path:
    """users.csv"""
    rows: list[tuple[object, ...]] = [("user", "age")]
    return _write(folder / "users.csv", rows + [(user, "35-44") for user in USERS])


def write_events(folder: Path) -> Path:
    """events.csv: each user bought the first four of the favourite kind, and one coffee."""
    rows: list[tuple[object, ...]] = [
        ("user", "item", "type", "time", "event_id", "quantity", "value", "currency")]
    for user, category in USERS.items():
        if category is None:
            continue
        bought = [item_id for item_id, row in ITEMS.items() if row[1] == category][:4]
        for number, item_id in enumerate([*bought, "roast-0"]):
            rows.append((
                user, item_id, "purchase", f"2026-01-{number + 1:02}T10:00:00Z",
                f"{user}-{number}", 1, f"{ITEMS[item_id][3]}.00", "USD"))
    return _write(folder / "events.csv", rows)


def write_ads(folder: Path) -> Path:
    """ads.csv"""
    rows: list[tuple[object, ...]] = [
        ("ad", "campaign", "title", "category", "brand", "currency", "bid", "start", "end")]
    return _write(folder / "ads.csv", rows + list(ADS))
