"""Fixes, interviews and the public survey in a real browser: sound, by keyboard, without script."""

import re
import sqlite3
import sys
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from console_browser import DESK, PHONE, Visitor, faults_of
from console_home import run
from playwright.sync_api import expect

from tenure.base.clock import system_clock

pytestmark = pytest.mark.slow
SETTINGS = [("light", DESK, "en"), ("dark", PHONE, "zh-hans"), ("dark", DESK, "zh-hant")]


@pytest.fixture(scope="module")
def fixes(company, company_home) -> dict[str, str]:
    """Fixes of the demo company, one of them for what most left for, and an account of it."""

    def tenure(*command: str) -> str:
        return run(company_home, sys.executable, "-m", "tenure.app", *command).strip()

    month = str(system_clock().date() - timedelta(days=120))
    reason = tenure("fixes", "record", "Guided set-up", "--reason", "hard_start", "--shipped",
                    month, "--event", "Project Created")  # fmt: skip
    step = tenure("fixes", "record", "Templates", "--step", "first_project", "--shipped", month)
    state = sqlite3.connect(company_home / "state.sqlite3")
    (code,) = state.execute(
        "select code from reasons_reasonrecord where mode = 'live' and superseded_by = '' "
        "and rank = 1 and code <> 'other' group by code order by count(*) desc, code limit 1"
    ).fetchone()
    most = tenure("fixes", "record", "What most left for", "--reason", code, "--shipped", month)
    (account,) = state.execute("select account_id from customers_account limit 1").fetchone()
    return {
        "reason": reason,
        "step": step,
        "most": most,
        "account": account,
        "link": tenure("interviews", "link", account),
    }


@pytest.mark.parametrize(("scheme", "width", "language"), SETTINGS)
def test_the_pages_are_sound(browser, company, fixes, scheme, width, language):
    with Visitor.signed_in(browser, company, scheme, width, language) as visitor:
        faults = []
        for path in (
            "/leaving/fixes",
            f"/leaving/fixes/{fixes['reason']}",
            f"/leaving/fixes/{fixes['step']}",
            "/leaving/new-fix?reason=missing_feature",
            "/leaving/interviews",
            f"/leaving/interviews/sheet/{fixes['account']}",
        ):
            visitor.open(path)
            faults += [f"{path}: {fault}" for fault in faults_of(visitor)]
        assert faults == []


def test_a_bar_of_a_fix_opens_the_accounts_behind_it(browser, company, fixes):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open(f"/leaving/fixes/{fixes['most']}")
        bars = page.locator('.chart[data-chart="spec-fix"] [role=link]')
        expect(bars.first).to_be_visible()
        bars.first.click()
        expect(page.locator("#drawer")).to_be_visible()
        expect(page.locator("#drawer h2")).to_contain_text("left for it")
        assert faults_of(visitor) == []


@pytest.mark.parametrize(("scheme", "width", "locale"), [("light", PHONE, "zh-CN"),
                                                         ("dark", DESK, "en")])  # fmt: skip
def test_the_survey_by_keyboard_without_script(browser, company, fixes, scheme, width, locale):
    path = re.search(r"/interview/\S+", fixes["link"])[0]
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, locale=locale,
        java_script_enabled=False,
    )  # fmt: skip
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(company.url + path)

    first = page.locator("h1").inner_text()
    for _ in range(20):  # to the first field, and through it
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('textarea, input')"):
            break
    assert page.evaluate("document.activeElement.matches('textarea, input')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert first
    assert complaints == []
    assert not context.cookies()
    context.close()


def test_axe_finds_nothing_on_any_page_of_the_survey(browser, company, company_home, fixes):
    account = fixes["account"]
    link = run(company_home, sys.executable, "-m", "tenure.app", "interviews", "link", account,
               "--test").strip()  # fmt: skip
    context = browser.new_context(viewport={"width": PHONE, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(company.url + re.search(r"/interview/\S+", link)[0])
    seen = []
    for _ in range(8):
        seen.append(page.title())
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found] == [], page.title()
        if not page.locator("button.main").count():
            break
        if page.locator("input[type=radio]").count():
            page.locator("input[type=radio]").first.check()
        else:
            page.locator("#text").fill("A thing that we wanted to reach with it, in a sentence.")
        page.keyboard.press("Tab")
        page.locator("button.main").press("Enter")
    assert "Thank you" in seen[-1]
    assert len(seen) >= 4
    context.close()
