"""Signals and an account's card as people meet them: keys, news while one reads, both schemes."""

import re
import sys

import pytest
from console_browser import DESK, PHONE, Visitor, faults_of
from console_home import run
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

_RAISE = """
import tenure.app.cli as cli
cli.prepare_django()
from datetime import timedelta
from django.conf import settings
from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.signals.models import Signal
from tenure.signals.telling import tell_signals
now = system_clock()
for number, card in enumerate(AccountCard.objects.filter(status="paying").order_by("-mrr_minor")[:6]):
    Signal.objects.create(
        key=f"{PREFIX}{number}", kind="cancel_intent", account_id=card.pk, happened_at=now,
        raised_at=now, last_evidence_at=now, urgency="now", params={"what": "page"},
        next_step="call_before_they_decide",
        evidence=[{"what": "page", "at": now.isoformat(), "person_id": "", "page": "/cancel"}],
    )
tell_signals(settings.TENURE_HOME, now)
"""


@pytest.fixture(scope="module")
def inbox(company):
    raise_signals(company, "a")
    return company


def raise_signals(served, prefix: str) -> None:
    run(served.home, sys.executable, "-c", _RAISE.replace("{PREFIX}", prefix))


def faults_at(path: str, visitor: Visitor) -> list[str]:
    return [f"{path}: {fault}" for fault in faults_of(visitor)]


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", DESK), ("dark", DESK), ("dark", PHONE), ("light", PHONE)]
)
def test_every_page_is_sound_in_both_schemes_and_widths(browser, inbox, scheme, width):
    with Visitor.signed_in(browser, inbox, scheme, width, "en") as visitor:
        faults = []
        page = visitor.open("/signals?kind=cancel_intent")
        account = page.locator(".signal-account a").first.get_attribute("href")
        signal = page.locator("[data-signal] a[data-drawer]").first.get_attribute("href")
        faults += faults_at("/signals", visitor)
        page.locator("[data-act=e]").first.click()
        faults += faults_at("/signals with a menu", visitor)
        visitor.open(account)
        page.locator(".all-columns > summary").click()
        faults += faults_at(account, visitor)
        person = page.locator(".people a").first.get_attribute("href")
        for path in (
            signal,
            person,
            "/signals?kind=no-such",
            "/signals?state=done",
            "/cards/account/stage",
        ):
            visitor.open(path)
            faults += faults_at(path, visitor)
        assert faults == []


def test_by_keyboard_a_signal_is_taken_put_off_and_closed(browser, inbox):
    with Visitor.signed_in(browser, inbox, "light", DESK, "en") as visitor:
        page = visitor.open("/signals?kind=cancel_intent&owner=nobody")
        rows = page.locator("[data-signal]")
        count = rows.count()
        in_a_row = page.locator("[data-signal] :focus")
        in_the_second = rows.nth(1).locator(":focus")

        page.keyboard.press("j")
        page.keyboard.press("ArrowDown")
        expect(in_the_second).to_have_count(1)
        taken = rows.nth(1).get_attribute("data-signal")
        page.keyboard.press("t")
        expect(rows).to_have_count(count - 1)
        expect(page.locator("#inbox [role=status]").first).to_contain_text("owner has this task")
        expect(in_the_second).to_have_count(1)

        page.keyboard.press("k")
        expect(in_a_row).to_have_count(1)
        page.keyboard.press("e")
        # What is typed before would be keys of the page.
        expect(page.locator("input:focus, select:focus, textarea:focus")).to_have_count(1)
        page.keyboard.type("They stay")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(count - 2)
        expect(in_a_row).to_have_count(1)
        page.keyboard.press("s")
        expect(page.locator("[open] :focus")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(rows).to_have_count(count - 3)

        page.keyboard.press("?")
        expect(page.locator("#keys")).to_contain_text("Take the signal")
        page.keyboard.press("Escape")
        visitor.open("/signals?owner=me")
        expect(page.locator(f'[data-signal="{taken}"]')).to_be_visible()
        assert visitor.errors == []


def test_news_comes_by_itself_and_leaves_the_focus_where_it_is(browser, inbox):
    with Visitor.signed_in(browser, inbox, "light", DESK, "en") as visitor:
        page = visitor.open("/signals?kind=cancel_intent")
        before = page.locator(".signal-account").count()
        shown = page.locator("[data-signal]").count()
        page.keyboard.press("j")
        link = page.locator("[data-signal] a:focus").get_attribute("id")

        raise_signals(inbox, "b")

        expect(page.locator("[data-signal]")).not_to_have_count(shown, timeout=25_000)
        expect(page.locator(".signal-account").nth(before - 1)).to_be_attached()
        expect(page.locator(f"[id='{link}']")).to_be_focused()
        assert visitor.errors == []


def test_a_past_card_is_asked_for_in_place_and_stays_in_the_link(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open(visitor.first_account())
        day = page.evaluate("new Date(Date.now() - 60 * 864e5).toISOString().slice(0, 10)")
        page.locator("input[name=as_of]").fill(day)

        expect(page.locator("#card-title")).to_contain_text("As known at the end of")
        expect(page).to_have_url(re.compile(f"as_of={day}"))
        page.locator(".all-columns > summary").click()
        expect(page.locator(".column-table .has-changed").first).to_be_visible()
        page.locator(".card-tile a").first.click()
        expect(page.locator("#drawer-body")).to_contain_text("At which point of its life")
        page.keyboard.press("Escape")
        page.locator(".as-of a").click()
        expect(page.locator("#card-title")).to_have_text("How it stands")
        assert visitor.errors == []


def test_without_script_a_signal_is_closed_and_its_account_is_read(browser, inbox):
    raise_signals(inbox, "c")
    with Visitor.signed_in(
        browser, inbox, "light", PHONE, "en", java_script_enabled=False
    ) as visitor:
        page = visitor.open("/signals?kind=cancel_intent")
        signal = page.locator("[data-signal]").first
        number = signal.get_attribute("data-signal")
        signal.locator("[data-act=e]").click()
        signal.get_by_role("button", name="Helped", exact=True).click()
        expect(page.locator(".notes")).to_contain_text("Closed: Helped.")
        expect(page.locator(f'[data-signal="{number}"]')).to_have_count(0)
        expect(page).to_have_url(re.compile("kind=cancel_intent"))

        page.locator("[data-signal] a[data-drawer]").first.click()
        expect(page.locator("main")).to_contain_text("Why it is a signal")
        page.locator("dl.kv a").first.click()
        expect(page.locator("#card-title")).to_have_text("How it stands")
        page.get_by_role("link", name="What they want from us").click()
        expect(page.locator("h1")).to_contain_text("wants from us")
