"""Computes the demo's tables from the source's: products with prices, ads, events, candidates."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc

from . import text
from .source import Source

CURRENCY = "USD"
BID_SHARE = 0.05
LEAST_BID, HIGHEST_BID = 0.05, 1.00
CANDIDATE_ITEMS = 200
CANDIDATE_ADS = 80
# Purchases without which an item is no candidate: the lists should look like a shop's.
CANDIDATE_PURCHASES = 100
# Campaigns that run on this day give the candidate ads.
CANDIDATE_DAY = "2017-11-20"
NOT_GOODS = {
    "CHARITABLE CONT", "CNTRL/STORE SUP", "COUPON", "FUEL", "MISCELLANEOUS", "PROD-WHS SALES"}
SEED = 2017

Row = tuple[str, ...]


@dataclass(frozen=True)
class Product:
    """A product as the tables need it."""

    department: str
    category: str
    type: str
    manufacturer: str
    title: str
    full_category: str
    label: str
    price: float | None


def unit_prices(source: Source) -> dict[int, float]:
    """Median of sales value over quantity, of the purchases where both are positive."""
    paid = source.table("transactions", ["product_id", "quantity", "sales_value"])
    paid = paid.filter((pc.field("quantity") > 0) & (pc.field("sales_value") > 0))
    unit = pc.divide(paid["sales_value"], pc.cast(paid["quantity"], pa.float64()))
    lines = pa.table({"product": paid["product_id"], "price": unit})
    lines = lines.sort_by([("product", "ascending"), ("price", "ascending")])
    counts = pc.value_counts(lines["product"])
    products, prices, start = [], lines["price"].combine_chunks(), 0
    middles: list[tuple[int, int]] = []
    for entry in counts:
        count = entry["counts"].as_py()
        products.append(entry["values"].as_py())
        middles.append((start + (count - 1) // 2, start + count // 2))
        start += count
    lower = prices.take(pa.array([low for low, _ in middles])).to_pylist()
    upper = prices.take(pa.array([high for _, high in middles])).to_pylist()
    return {
        product: round((low + high) / 2, 2) for product, low, high in zip(products, lower, upper)}


def products(source: Source) -> dict[int, Product]:
    """Every product by its number, in the source's order."""
    prices = unit_prices(source)
    names = [
        "product_id", "manufacturer_id", "department", "brand", "product_category",
        "product_type", "package_size"]
    columns = source.table("products", names).to_pydict()
    found: dict[int, Product] = {}
    for number, maker, department, brand, kind, subkind, size in zip(*(columns[n] for n in names)):
        fallback = text.readable(kind) or text.readable(department)
        found[number] = Product(
            department or "", kind or "", subkind or "", str(maker),
            text.title(subkind, size, fallback), text.category(department, kind),
            (brand or "").lower(), prices.get(number))
    return found


def item_rows(catalogue: dict[int, Product]) -> list[Row]:
    """Rows of items.csv. A price under a cent (fuel, sold by the thousandth) is left out."""
    rows: list[Row] = [("item", "title", "category", "brand", "price", "currency", "label")]
    for number, product in catalogue.items():
        priced = product.price is not None and product.price > 0
        rows.append((
            str(number), product.title, product.full_category, product.manufacturer,
            f"{product.price:.2f}" if priced else "", CURRENCY if priced else "", product.label))
    return rows


def user_rows(source: Source) -> list[Row]:
    """Rows of users.csv: every household that bought, with its description where there is one."""
    names = [
        "household_id", "age", "income", "home_ownership", "marital_status", "household_size",
        "household_comp", "kids_count"]
    described = source.table("demographics", names).to_pydict()
    known = {row[0]: row[1:] for row in zip(*described.values())}
    buyers = pc.unique(source.table("transactions", ["household_id"])["household_id"]).to_pylist()
    blank = (None,) * (len(names) - 1)
    rows: list[Row] = [("user", *names[1:])]
    for household in sorted(buyers):
        rows.append((str(household), *(value or "" for value in known.get(household, blank))))
    return rows


def ad_id(campaign: int, coupon: int) -> str:
    """The identifier of a coupon's ad in a campaign."""
    return f"c{campaign}-{coupon}"


def ad_rows(source: Source, catalogue: dict[int, Product]) -> list[Row]:
    """Rows of ads.csv."""
    campaigns = {
        row["campaign_id"]: row
        for row in source.table(
            "campaign_descriptions", ["campaign_id", "campaign_type", "start_date", "end_date"]
        ).to_pylist()}
    covered: defaultdict[tuple[int, int], dict[int, Product]] = defaultdict(dict)
    coupons = source.table("coupons", ["campaign_id", "coupon_upc", "product_id"]).to_pydict()
    for campaign, coupon, number in zip(*coupons.values()):
        if number in catalogue:
            covered[campaign, coupon][number] = catalogue[number]
    rows: list[Row] = [(
        "ad", "campaign", "title", "description", "category", "brand", "price", "currency", "bid",
        "start", "end", "campaign_type")]
    for (campaign, coupon), goods in sorted(covered.items()):
        facts = campaigns[campaign]
        # The last day belongs to the campaign.
        end = facts["end_date"].date().toordinal() + 1
        rows.append((
            ad_id(campaign, coupon), str(campaign), *_creative(list(goods.values())),
            f"{facts['start_date']:%Y-%m-%d}T00:00:00Z",
            f"{facts['end_date'].date().fromordinal(end):%Y-%m-%d}T00:00:00Z",
            facts["campaign_type"]))
    return rows


def target_rows(source: Source) -> list[Row]:
    """Rows of campaigns.csv: who was sent which campaign."""
    sent = source.table("campaigns", ["household_id", "campaign_id"]).to_pydict()
    pairs = sorted(zip(sent["campaign_id"], sent["household_id"]))
    return [("user", "campaign"), *((str(user), str(campaign)) for campaign, user in pairs)]


def _creative(goods: list[Product]) -> Row:
    """Title, description, category, brand, price, currency and bid of a coupon's ad."""
    def commonest(counted: Counter[tuple[str, ...]], limit: int) -> list[tuple[str, ...]]:
        ordered = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
        return [value for value, _ in ordered[:limit]]

    department, category = commonest(Counter((g.department, g.category) for g in goods), 1)[0]
    kinds = [
        text.readable(kind) for (kind,) in commonest(
            Counter((g.type or g.category or g.department,) for g in goods), 4)]
    (brand,) = commonest(Counter((g.manufacturer,) for g in goods), 1)[0]
    prices = [g.price for g in goods if g.price]
    price = median(prices) if prices else None
    bid = min(HIGHEST_BID, max(LEAST_BID, BID_SHARE * price)) if price else LEAST_BID
    return (
        f"Coupon for {kinds[0][:1].lower()}{kinds[0][1:]}", ", ".join(kinds[1:]),
        text.category(department, category), brand, f"{price:.2f}" if price else "", CURRENCY,
        f"{bid:.2f}")


def events(source: Source) -> pa.Table:
    """events.csv: purchases and redemptions, oldest first."""
    bought = source.table("transactions", [
        "household_id", "basket_id", "product_id", "quantity", "sales_value", "coupon_disc",
        "transaction_timestamp"])
    used = source.table("coupon_redemptions", [
        "household_id", "coupon_upc", "campaign_id", "redemption_date"])

    def words(column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.cast(column, pa.string())

    item = words(bought["product_id"])
    purchases = pa.table({
        "user": bought["household_id"], "item": item,
        "type": pa.repeat("purchase", bought.num_rows), "time": bought["transaction_timestamp"],
        "event_id": pc.binary_join_element_wise(words(bought["basket_id"]), item, "-"),
        "quantity": bought["quantity"], "value": pc.round(bought["sales_value"], 2),
        "currency": pa.repeat(CURRENCY, bought.num_rows),
        "coupon_discount": pc.if_else(
            pc.greater(bought["coupon_disc"], 0), pc.round(bought["coupon_disc"], 2), None)})
    ad = pc.binary_join_element_wise(
        pc.binary_join_element_wise("c", words(used["campaign_id"]), ""),
        words(used["coupon_upc"]), "-")
    redemptions = pa.table({
        "user": used["household_id"], "item": ad,
        "type": pa.repeat("redemption", used.num_rows), "time": used["redemption_date"],
        "event_id": pc.binary_join_element_wise(
            "r", ad, pc.strftime(used["redemption_date"], format="%Y%m%d"), "-"),
        "quantity": pa.nulls(used.num_rows, pa.int64()),
        "value": pa.nulls(used.num_rows, pa.float64()),
        "currency": pa.nulls(used.num_rows, pa.string()),
        "coupon_discount": pa.nulls(used.num_rows, pa.float64())})
    merged = pa.concat_tables([purchases, redemptions]).sort_by(
        [("time", "ascending"), ("user", "ascending"), ("event_id", "ascending")])
    seconds = pc.cast(merged["time"], pa.timestamp("s"), safe=False)
    return merged.set_column(3, "time", pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%SZ"))


def candidate_item_rows(source: Source, catalogue: dict[int, Product]) -> list[Row]:
    """A seeded draw among goods that sell, no two with the same title."""
    bought = pc.value_counts(source.table("transactions", ["product_id"])["product_id"])
    popular = sorted(
        entry["values"].as_py() for entry in bought
        if entry["counts"].as_py() >= CANDIDATE_PURCHASES)
    goods = [n for n in popular if n in catalogue and catalogue[n].department not in NOT_GOODS]
    random.Random(SEED).shuffle(goods)
    by_title = {catalogue[number].title: number for number in reversed(goods)}
    drawn = [number for number in goods if by_title[catalogue[number].title] == number]
    return [("item", "title"), *((str(n), catalogue[n].title) for n in drawn[:CANDIDATE_ITEMS])]


def candidate_ad_rows(ads: list[Row]) -> list[Row]:
    """A seeded draw among the ads whose campaigns run on the candidates' day."""
    running = [row for row in ads[1:] if row[9] <= CANDIDATE_DAY < row[10]]
    random.Random(SEED).shuffle(running)
    return [("ad", "title"), *((row[0], row[2]) for row in running[:CANDIDATE_ADS])]
