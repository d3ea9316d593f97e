"""Rules, caps, budgets and deadlines of ads, as a bidder meets them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import shop
from server import BIN, ROOT, SERVER, tool
from test_profiles import Shop, copied, event

from rankwire.v1 import (
    ad_service_pb2,
    ad_service_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    common_pb2,
)

Reason = ad_service_pb2.NoBidReason.DESCRIPTOR.values_by_number


def rule(field: str, *values: str, attribute: str = "", exclude: bool = False
         ) -> ad_service_pb2.TargetingRule:
    return ad_service_pb2.TargetingRule(
        field=ad_service_pb2.TargetingField.Value(f"TARGETING_FIELD_{field}"), values=values,
        attribute=attribute, exclude=exclude)


def ad(name: str, *rules: ad_service_pb2.TargetingRule, campaign: str = "", micros: int = 400_000,
       cap: tuple[int, int] | None = None, budget: int = 0, pricing: str = "CLICK"
       ) -> ad_service_pb2.Ad:
    made = ad_service_pb2.Ad(
        ad_id=name, campaign_id=campaign or f"of-{name}",
        creative=common_pb2.Item(item_id=name, title="Coffee week", category="Grocery > Coffee"),
        bid=common_pb2.Money(micros=micros, currency_code="USD"),
        pricing=ad_service_pb2.Pricing.Value(f"PRICING_{pricing}"),
        targeting=ad_service_pb2.Targeting(rules=rules) if rules or cap else None)
    if cap:
        made.targeting.frequency_cap.impressions, made.targeting.frequency_cap.hours = cap
    if budget:
        made.daily_budget.CopyFrom(common_pb2.Money(micros=budget, currency_code="USD"))
        made.pacing = ad_service_pb2.PACING_EVEN
    return made


class Ads:
    """A server with ads of its own."""

    def __init__(self, live: Shop, metadata: list[tuple[str, str]] | None = None) -> None:
        self.live = live
        self.stub = ad_service_pb2_grpc.AdServiceStub(live.channel)
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(live.channel)
        self.metadata = metadata

    def put(self, *ads: ad_service_pb2.Ad) -> None:
        reply = self.catalog.UpsertAds(
            catalog_service_pb2.UpsertAdsRequest(ads=ads), timeout=60)
        assert (reply.stored_count, list(reply.rejected)) == (len(ads), [])

    def ask(self, *ads: str, user: str = "cats", **fields: object
            ) -> ad_service_pb2.ScoreAdsResponse:
        return self.stub.ScoreAds(
            ad_service_pb2.ScoreAdsRequest(
                user=common_pb2.User(user_id=user), ad_ids=ads, **fields),
            timeout=60, metadata=self.metadata)

    def outcome(self, *ads: str, user: str = "cats", **fields: object) -> dict[str, str]:
        """`bid`, or why not, by ad."""
        reply = self.ask(*ads, user=user, **fields)
        found = {row.ad_id: "bid" for row in reply.ads}
        found |= {row.ad_id: Reason[row.reason].name.removeprefix("NO_BID_REASON_")
                  for row in reply.no_bids}
        return found


@pytest.fixture
def live(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(tmp_path / "run", bundle, copied(store, tmp_path))
    yield running
    running.close()


@pytest.fixture
def ads(live: Shop) -> Ads:
    return Ads(live)


def test_rules_decide_and_a_dry_run_names_them(ads: Ads) -> None:
    ads.put(
        ad("phones", rule("DEVICE", "Phone", "tablet")),
        ad("old", rule("ATTRIBUTE", "45-54", attribute="age")),
        ad("young", rule("ATTRIBUTE", "18-24", attribute="age", exclude=True)),
        ad("pets", rule("CATEGORY", "Pets"), rule("REGION", "DE-BY", exclude=True)))
    names = ["phones", "old", "young", "pets"]
    assert ads.outcome(*names, device="phone", categories=["Pets > Cats"]) == {
        "phones": "bid", "old": "UNMATCHED_USER", "young": "bid", "pets": "bid"}
    assert ads.outcome(*names, device="tv", categories=["Pets"], region="de-by") == {
        "phones": "UNSUPPORTED_DEVICE", "old": "UNMATCHED_USER", "young": "bid",
        "pets": "UNMATCHED_CONTEXT"}
    dry = ads.ask(*names, region="de-by", dry_run=True)
    assert {row.ad_id: list(row.excluded_by) for row in dry.no_bids} == {
        "phones": ["device is phone or tablet: it is not known"],
        "old": ["attribute age is 45-54: it is 35-44"],
        "pets": ["category is pets: it is not known", "region is not de-by: it is de-by"]}


def test_rules_follow_their_ads(ads: Ads) -> None:
    ads.put(ad("a", rule("DEVICE", "phone")), ad("b"), ad("c", rule("DEVICE", "tv")))
    assert ads.outcome("a", "b", "c", device="tv") == {
        "a": "UNSUPPORTED_DEVICE", "b": "bid", "c": "bid"}
    ads.put(ad("a"), ad("c", rule("CHANNEL", "web")))
    assert ads.outcome("a", "b", "c", device="tv") == {
        "a": "bid", "b": "bid", "c": "UNMATCHED_CONTEXT"}
    ads.catalog.DeleteAd(catalog_service_pb2.DeleteAdRequest(ad_id="a"), timeout=60)
    assert ads.outcome("b", "c", channel="web") == {"b": "bid", "c": "bid"}


def test_an_attribute_the_caller_may_not_see_is_not_known(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    def line(name: str, **fields: object) -> str:
        token = "sha256:" + hashlib.sha256(f"{name}-secret".encode()).hexdigest()
        return json.dumps({
            "name": name, "class": "bidding", "rpcs": ["AdService/*", "CatalogService/*"],
            "tokens": [token], **fields})

    callers = tmp_path / "callers.jsonl"
    callers.write_text("\n".join(
        [line("blind"), line("seeing", labels=["demographic", "activity"])]) + "\n")
    live = Shop(
        tmp_path / "run", bundle, copied(store, tmp_path), "--callers-file", str(callers))
    seeing = Ads(live, [("authorization", "Bearer seeing-secret")])
    blind = Ads(live, [("authorization", "Bearer blind-secret")])
    seeing.catalog.UpsertAds(
        catalog_service_pb2.UpsertAdsRequest(ads=[
            ad("aged", rule("ATTRIBUTE", "35-44", attribute="age")),
            ad("capped", cap=(1, 24))]),
        timeout=60, metadata=seeing.metadata)
    assert seeing.outcome("aged", "capped") == {"aged": "bid", "capped": "bid"}
    assert blind.outcome("aged", "capped") == {
        "aged": "UNMATCHED_USER", "capped": "USER_CAP_MET"}
    live.close()


def test_a_stranger_is_no_error(ads: Ads) -> None:
    ads.put(ad("aged", rule("ATTRIBUTE", "35-44", attribute="age")))
    assert ads.outcome("aged", "ad-coffee", user="nobody") == {
        "aged": "UNMATCHED_USER", "ad-coffee": "bid"}


def test_a_cap_counts_the_impressions_of_the_campaign(ads: Ads) -> None:
    ads.put(ad("one", campaign="c", cap=(2, 1)), ad("two", campaign="c", cap=(3, 1)))
    shown = [event("cats", "IMPRESSION", f"i{n}", item_id="one") for n in range(2)]
    assert ads.outcome("one", "two") == {"one": "bid", "two": "bid"}
    ads.live.ingest(shown[0])
    # The same event again is the same impression.
    ads.live.ingest(shown[0])
    assert ads.outcome("one", "two") == {"one": "bid", "two": "bid"}
    ads.live.ingest(shown[1], event("reader", "IMPRESSION", "i9", item_id="one"))
    assert ads.outcome("one", "two") == {"one": "USER_CAP_MET", "two": "bid"}
    assert ads.outcome("one", user="reader") == {"one": "bid"}


def test_what_is_spent_survives_a_kill(bundle: Path, store: Path, tmp_path: Path) -> None:
    path = copied(store, tmp_path)
    live = Shop(tmp_path / "run", bundle, path)
    ads = Ads(live)
    # Both have a budget of ten clicks; a dry run is not throttled, and says what is spent.
    ads.put(ad("spent", micros=100, budget=1_000), ad("rich", micros=100, budget=1_000),
            ad("shown", micros=100_000, budget=1_000, pricing="IMPRESSION"))
    names = ["spent", "rich", "shown"]
    clicks = [event("cats", "CLICK", f"c{n}", item_id="spent") for n in range(10)]
    reply = live.ingest(*clicks, *clicks[:3], event("cats", "CLICK", "r", item_id="rich"),
                        event("cats", "IMPRESSION", "s", item_id="spent"))
    assert (reply.stored_count, reply.duplicate_count) == (12, 3)
    # A bid of 0.10 for a thousand impressions: 100 micros each; and a price that was paid.
    live.ingest(*[event("cats", "IMPRESSION", f"s{n}", item_id="shown") for n in range(4)],
                event("cats", "IMPRESSION", "paid", item_id="shown",
                      value=common_pb2.Money(micros=501, currency_code="USD")))
    expected = {"spent": "BUDGET_SPENT", "rich": "bid", "shown": "BUDGET_SPENT"}

    def spent() -> list[str]:
        return [sentence for row in ads.ask(*names, dry_run=True).no_bids
                for sentence in row.excluded_by]

    assert ads.outcome(*names, dry_run=True) == expected
    sentences = ["daily budget: 1000 of 1000 micros are spent",
                 "daily budget: 901 of 1000 micros are spent"]
    assert spent() == sentences
    live.channel.close()
    live.server.process.kill()
    live.server.process.wait()
    live = Shop(tmp_path / "again", bundle, path)
    ads = Ads(live)
    assert ads.outcome(*names, dry_run=True) == expected
    assert spent() == sentences
    # Events that are sent again after the crash cost nothing.
    assert live.ingest(*clicks).duplicate_count == 10
    assert spent() == sentences
    live.close()


def test_a_budget_is_throttled_by_what_is_left_of_its_day(ads: Ads) -> None:
    ads.put(ad("paced", micros=100, budget=1_000_000_000))
    # Nothing is spent, so it bids; with the day's target spent it sits out.
    row = ads.ask("paced").ads
    assert not row or row[0].pass_probability > 0
    ads.live.ingest(event("cats", "CLICK", "big", item_id="paced",
                          value=common_pb2.Money(micros=999_000_000, currency_code="USD")))
    seen = {ads.outcome("paced")["paced"] for _ in range(5)}
    # In the last seconds of a day the target allows even that.
    assert seen <= {"PACED", "bid"} and seen


def test_at_the_deadline_the_answer_goes_out(ads: Ads) -> None:
    # Less than the network's reserve: nothing can be looked at.
    late = ads.ask("ad-coffee", tmax_ms=1)
    assert late.partial and late.no_bid_reason == ad_service_pb2.NO_BID_REASON_INSUFFICIENT_TIME
    assert not late.ads and not late.no_bids
    # Texts that take longer than there is time.
    described = [
        ad_service_pb2.Ad(
            ad_id=f"d{n}", campaign_id="c", bid=common_pb2.Money(micros=1, currency_code="USD"),
            creative=common_pb2.Item(title=f"words number {n} " + "and more of them " * 60))
        for n in range(200)]
    waiting = ads.stub.ScoreAds(
        ad_service_pb2.ScoreAdsRequest(
            user=common_pb2.User(user_id="cats"), ads=described, tmax_ms=20), timeout=60)
    assert waiting.partial and not waiting.ads
    # In time everything is looked at, however many there are.
    whole = ads.ask(*["ad-coffee"] * 10_000, tmax_ms=60_000, limit=3)
    assert not whole.partial and len(whole.ads) == 3


def test_events_and_bids_that_are_no_money_name_their_field(ads: Ads) -> None:
    bad = [ad("x", rule("HOUR", "24")), ad("x", rule("DEVICE")), ad("x", cap=(0, 1)),
           ad("x", rule("DEVICE", "a"), rule("DEVICE", "b"))]
    other = ad("x", budget=5)
    other.daily_budget.currency_code = "EUR"
    reply = ads.catalog.UpsertAds(
        catalog_service_pb2.UpsertAdsRequest(ads=[*bad, other]), timeout=60)
    assert [row.status.message.split(":")[0] for row in reply.rejected] == [
        "ads[0].targeting.rules[0]", "ads[1].targeting.rules[0]",
        "ads[2].targeting.frequency_cap", "ads[3].targeting.rules[1]", "ads[4].daily_budget"]


def test_the_command_line_says_which_rule_excludes(live: Shop, tmp_path: Path) -> None:
    file = tmp_path / "ads.csv"
    file.write_text(
        "ad,campaign,title,bid,bid_currency,pricing,daily_budget,pacing,target.device\n"
        "tv,c,Coffee,0.5,USD,impression,100,front_loaded,tv|console\n"
        "any,c,Coffee,0.5,USD,,,,\n")
    server = ["--server", live.server.tcp]
    assert tool("catalog", "upsert", "ads", file, *server).returncode == 0
    shown = tool("catalog", "get", "ads", "tv", *server).stdout
    assert "target.device" in shown and "tv|console" in shown and "front_loaded" in shown
    dry = tool("ad", "--user", "cats", "--ad", "tv", "--ad", "any", "--device", "phone",
               "--dry-run", *server)
    assert dry.returncode == 0, dry.stderr
    assert "device is tv or console: it is phone" in dry.stdout
    asked = json.loads(tool(
        "ad", "--user", "cats", "--ad", "tv", "--device", "phone", "--tmax-ms", "1", "--json",
        *server).stdout)
    assert asked["is_partial"] is True


@pytest.mark.skipif(
    shutil.which("grpc_cpp_plugin") is None,
    reason="gRPC C++ is missing: apt install libgrpc++-dev protobuf-compiler-grpc")
def test_the_bidder_in_cpp(live: Shop, tmp_path: Path) -> None:
    subprocess.run(
        ["make", "--silent", "-C", str(ROOT / "clients" / "cpp"), f"OUT={tmp_path}",
         "CXXFLAGS=-std=c++17 -O0 -Wall -Wextra -Werror"], check=True)
    ids = [part for row in shop.ADS for part in ("--ad", row[0])]

    def bid(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(tmp_path / "bidder"), live.server.tcp, "--user", "cats", *ids, *options],
            capture_output=True, text=True, timeout=60, check=False)

    done = bid("--requests", "20", "--tmax-ms", "5000")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(" ms ")[1] for line in lines[:20]] == ["bids 1 no_bids 2 partial 0"] * 20
    assert lines[20].startswith("bid camp-4 ad-cats: eCPM ")
    # Without time for any candidate the answer says so and is no failure; a call that the server
    # cannot answer in time ends by its own deadline.
    hurried = bid("--tmax-ms", "1")
    assert "partial 1" in hurried.stdout or "failed 4" in hurried.stdout, hurried.stdout


def test_the_benchmark_of_ads_runs_small(bundle: Path, store: Path, tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("user\n" + "\n".join(shop.USERS) + "\n")
    done = subprocess.run(
        [str(BIN / "rankwire-bench"), "ads", "--store", f"sqlite:{copied(store, tmp_path)}",
         "--bundle", str(bundle), "--users", str(users), "--rankwired", str(SERVER), "--ads",
         "300", "--candidates", "100", "--rate", "50", "--seconds", "0.5", "--tmax-ms", "1000",
         "--json"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    reports = json.loads(done.stdout)
    assert len(reports) == 3
    for report in reports:
        answered = report["whole"] + report["partial"] + report["refused"] + report["late"]
        assert report["sent"] > 0 and answered >= report["sent"] and report["failed"] == 0
