"""The page for people in a real browser: it loads, asks and draws, on a desk and on a phone."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from admin import AdminServer
from browser import Browser

import rankwire

SIZES = {"desk": (1280, 900, False), "phone": (390, 844, True)}
# Where screenshots are kept for people to look at.
KEPT = os.environ.get("SCREENSHOTS")


@pytest.fixture(scope="module")
def shown(
    bundle: Path, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AdminServer]:
    running = AdminServer(tmp_path_factory.mktemp("shown"), bundle, store)
    with rankwire.Client(running.tcp, timeout_seconds=30) as client:
        for number in range(60):
            client.score_items("cats", item_ids=["felina-4", "spade-1"])
            client.classify_intent(f"where is my parcel number {number}")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


def click(browser: Browser, selector: str) -> None:
    browser.evaluate(f"document.querySelector({selector!r}).click()")


def asks(browser: Browser, kind: str) -> None:
    """Turns to a kind of question, asks it and waits for what is drawn."""
    click(browser, f"[data-kind={kind}]")
    if kind != "intent":
        browser.until("document.getElementById('candidates').value.length > 0")
    click(browser, "#ask")
    browser.until("document.getElementById('took').textContent.startsWith('answered')")


@pytest.mark.parametrize("size", SIZES)
def test_the_page_loads_asks_and_draws(
    shown: AdminServer, browser: Browser, tmp_path: Path, size: str
) -> None:
    browser.size(*SIZES[size])
    browser.open(shown.admin + "/")
    assert browser.until("document.getElementById('state').textContent") in ("asking", "ready")
    browser.until("document.getElementById('state').textContent === 'ready'")
    browser.until("document.querySelectorAll('.figure').length === 9")
    assert browser.until("document.querySelectorAll('#latency rect').length > 1")
    assert browser.until("document.querySelectorAll('#batches rect').length > 1")
    browser.until("document.querySelectorAll('#throughput polyline').length === 1")
    browser.until("document.querySelectorAll('#model tr').length > 5")
    # Long names may break after the slash, where a space of no width is.
    methods = browser.evaluate("document.getElementById('methods').innerText")
    methods = methods.replace("\u200b", "")
    assert "ScoringService/ScoreItems" in methods
    assert "IntentService/ClassifyIntent" in methods
    for kind in ("items", "ads", "intent"):
        asks(browser, kind)
        assert browser.evaluate("document.querySelectorAll('.answer .fault').length") == 0
        assert browser.evaluate("document.querySelectorAll('.answer .row').length") > 1
        assert browser.evaluate("document.querySelectorAll('.answer .bar i').length") > 2
        wide = browser.evaluate(
            "[...document.querySelectorAll('.answer .bar i')].some(i => i.offsetWidth > 20)")
        assert wide, "bars that show something"
        file = Path(KEPT or tmp_path) / f"{size}-{kind}.png"
        browser.screenshot(file)
        assert file.stat().st_size > 20_000
    assert browser.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), "nothing sticks out to the right"
    assert not browser.problems


def test_what_is_drawn_adds_up(shown: AdminServer, browser: Browser) -> None:
    """The bars are the explanation: with the bias they are the logit of the probability."""
    browser.open(shown.admin + "/")
    browser.until("document.getElementById('candidates').value.length > 0")
    browser.evaluate("document.getElementById('user').value = 'cats'")
    click(browser, "#ask")
    browser.until("document.querySelectorAll('.answer .row').length > 0")
    numbers = browser.evaluate("""
        [...document.querySelector('.answer .row').querySelectorAll('.why .number')]
            .map(n => Number(n.textContent.replace('−', '-')))""")
    shown_percent = browser.evaluate("""
        document.querySelector('.answer .row .title > .number:last-child').textContent""")
    probability = 1 / (1 + math.exp(-sum(numbers)))
    # Numbers of two digits; contributions below 0.0005 are left out.
    assert abs(100 * probability - float(shown_percent.rstrip("%"))) < 1


def test_answers_are_text_and_never_markup(shown: AdminServer, browser: Browser) -> None:
    browser.open(shown.admin + "/")
    browser.until("document.getElementById('state').textContent === 'ready'")
    click(browser, "[data-kind=intent]")
    browser.evaluate(
        "document.getElementById('sentence').value ="
        " '<img src=x onerror=\"window.hurt = true\"> where is my parcel'")
    click(browser, "#ask")
    browser.until("document.querySelectorAll('.answer .row').length > 0")
    assert not browser.evaluate("window.hurt")
    assert browser.evaluate("document.querySelectorAll('.answer img').length") == 0


def test_a_mistake_is_said(shown: AdminServer, browser: Browser) -> None:
    browser.open(shown.admin + "/")
    browser.until("document.getElementById('candidates').value.length > 0")
    browser.evaluate("document.getElementById('user').value = 'nobody-there'")
    click(browser, "#ask")
    said = browser.until("document.querySelector('.answer .fault')?.textContent")
    assert "user" in said
