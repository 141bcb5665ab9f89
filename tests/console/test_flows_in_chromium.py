"""The editor of flows and the compliance log as people meet them, in a real browser."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from console_browser import DESK, PHONE, Visitor
from console_home import SET_PASSWORD, Served, run, serve
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
SETTINGS = [("light", DESK, "en"), ("dark", PHONE, "zh-hans")]
# Two visits, one of a flow that is in force no more: what the pages are full of.
_SEED = (
    SET_PASSWORD
    + """
from datetime import timedelta
from tenure.base.clock import system_clock
from tenure.base.ids import digest
from tenure.card.models import AccountCard
from tenure.definitions.store import put_in_force
from tenure.offboard.event import VisitEvent, Whose
from tenure.offboard.flow import built_in_text
from tenure.offboard.log import append_to_log
now = system_clock()
AccountCard.objects.create(account_id="acme", name="Acme Works", status="paying",
    values={"plan": "Team", "status": "paying", "use_days": 212, "began_on": "2025-01-10"})
text = built_in_text().replace('title = "Default"', 'title = "Teams"', 1)
text = text.replace('where = ""', "where = \\"plan = 'Team'\\"", 1).replace("priority = 0", "priority = 5", 1)
put_in_force("flow", "teams", text, now=now, by="ada")
view = {"title": "Why do you leave?", "ways": [{"label": "Cancel subscription"}]}
append_to_log([VisitEvent(digest("m", str(n)), name, now - timedelta(minutes=9 - n),
    Whose("v1", "acme", "s", "ada"), said) for n, (name, said) in enumerate([
        ("Visit Opened", {"flow": "teams", "shape": "full"}),
        ("Screen Shown", {"screen": "why", "view": view}),
        ("Visit Answered", {"reason": "closing", "action": "answer"}),
        ("Leaving Confirmed", {"billing": "pending"})])])
"""
)


@pytest.fixture(scope="module")
def written() -> Iterator[Served]:
    """A home with a flow of its own, an account and a log."""
    folder = Path(tempfile.mkdtemp(prefix="tenure-flows-"))
    home = folder / "home"
    run(home, sys.executable, "-m", "tenure.app", "init", "--name", "Fresh")
    run(home, sys.executable, "-c", _SEED)
    yield from serve(home)
    shutil.rmtree(folder)


def faults_of(visitor: Visitor) -> list[str]:
    """As the browser's tests of other pages have it, frames left out: what is in them has tests of
    its own, and may run nothing, a checker neither."""
    page = visitor.page
    found = Axe().run(page, options={"iframes": False}).response["violations"]
    faults = [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return faults + visitor.errors + ([f"{wider} px wider than the screen"] if wider > 0 else [])


def write(page: Page, text: str) -> None:
    """Replace what stands in the editor, as somebody does who writes."""
    page.locator("#definition-text").fill(text)


@pytest.mark.parametrize(("scheme", "width", "language"), SETTINGS)
def test_the_pages_are_sound_in_every_scheme_width_and_language(
    browser, written, scheme, width, language
):
    with Visitor.signed_in(browser, written, scheme, width, language) as visitor:
        faults = []
        for path in [
            "/leaving/flows", "/leaving/new-flow", "/leaving/flows/teams?account=acme&screen=1",
            "/leaving/flows/default?shape=direct&scheme=dark&width=desk",
            "/leaving/flows/teams/screens?scenario=held_out",
            "/leaving/definitions/offers", "/leaving/definitions/reasons", "/leaving/log",
        ]:  # fmt: skip
            visitor.open(path)
            faults += [f"{path}: {fault}" for fault in faults_of(visitor)]
        assert faults == []


def test_a_flow_is_checked_and_seen_while_it_is_written_and_published(browser, written):
    with Visitor.signed_in(browser, written, "light", DESK, "en") as visitor:
        page = visitor.open("/leaving/flows/teams")
        before = page.locator("#definition-text").input_value()
        expect(page.get_by_text("This is what holds; nothing would change.")).to_be_visible()

        write(page, before + '[words]\nkeep = { en = "Last chance" }\n')
        finding = page.locator(".told-error", has_text="pressure")
        expect(finding).to_contain_text("FTC v. Amazon")
        expect(page.get_by_role("button", name="Publish")).to_have_count(0)
        line = before.count("\n") + 2
        expect(page.locator(".gutter .is-wrong").first).to_have_text(f"{line}\n")
        finding.get_by_role("link", name=f"Line {line}").click()
        chosen = "t => t.value.slice(t.selectionStart, t.selectionEnd)"
        assert page.locator("#definition-text").evaluate(chosen).startswith("keep = ")
        assert faults_of(visitor) == []

        words = '\n[words]\nkeep = { en = "Stay with Acme" }\n'
        write(page, before + words)
        expect(page.locator(".told-error", has_text="missing_text").first).to_be_visible()
        write(page, before.replace('["en", "zh-hans", "zh-hant"]', '["en"]') + words)
        frame = page.frame_locator("#preview iframe")
        expect(frame.get_by_role("button", name="Stay with Acme").first).to_be_attached()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Published. It holds for everybody who comes")).to_be_visible()
        expect(page.locator("#versions tbody tr")).to_have_count(2)

        page.locator("#versions tbody tr").last.locator("a").first.click()
        expect(page.locator("#definition-text")).to_have_value(before)
        page.get_by_role("button", name="Publish").click()
        expect(page.locator("#versions tbody tr")).to_have_count(3)
        assert visitor.errors == []


def test_the_preview_follows_language_law_visitor_and_account_by_keyboard(browser, written):
    with Visitor.signed_in(browser, written, "light", DESK, "en") as visitor:
        page = visitor.open("/leaving/flows/teams")
        frame = page.frame_locator("#preview iframe")
        page.locator("#look-language").focus()
        page.locator("#look-language").select_option("zh-hant")
        expect(frame.locator("html")).to_have_attribute("lang", "zh-Hant")
        expect(page.locator("#look-language")).to_be_focused()
        expect(page).to_have_url(re.compile(r"language=zh-hant"))

        page.locator("#look-shape").select_option("direct")
        expect(frame.locator("[data-screen=confirm]")).to_be_visible()
        page.locator("#look-language").select_option("en")
        expect(frame.locator("html")).to_have_attribute("lang", "en")
        page.locator("#look-shape").select_option("full")
        expect(frame.locator("[data-screen=why]")).to_be_visible()
        page.locator("#look-account").focus()
        page.keyboard.type("acme")
        expect(page.locator("#look-accounts option")).to_have_attribute("value", "acme")
        page.keyboard.press("Tab")
        expect(page.get_by_text("As Acme Works would see it today")).to_be_visible()
        page.get_by_role("button", name="What ends").focus()
        page.keyboard.press("Enter")
        expect(frame.locator("[data-screen=value]")).to_contain_text("212")
        page.locator("#look-scheme").select_option("dark")
        expect(frame.locator("body")).to_have_css("background-color", "rgb(22, 24, 29)")
        assert page.locator("#preview iframe").bounding_box()["width"] == 390
        assert faults_of(visitor) == []


def test_without_script_it_is_checked_seen_and_published(browser, written):
    with Visitor.signed_in(
        browser, written, "light", PHONE, "en", java_script_enabled=False
    ) as visitor:
        page = visitor.open("/leaving/new-flow")
        page.get_by_label("Title", exact=True).fill("Small ones")
        page.get_by_role("button", name="Write it").click()
        area = page.locator("#definition-text")
        area.fill(area.input_value().replace("priority = 0", "priority = 1.5"))
        page.get_by_role("button", name="Check and preview").click()
        expect(page.get_by_text("1.5 is not a whole number")).to_be_visible()
        area.fill(area.input_value().replace("priority = 1.5", "priority = 2"))
        page.get_by_role("button", name="Check and preview").click()
        frame = page.frame_locator("#preview iframe")
        expect(frame.locator("[data-screen=why]")).to_be_attached()
        page.get_by_role("button", name="Confirm").click()
        expect(frame.locator("[data-screen=confirm]")).to_be_attached()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Published. It holds for everybody")).to_be_visible()
        page.get_by_role("link", name="Flows", exact=True).first.click()
        expect(page.get_by_role("link", name="Small ones")).to_be_visible()


def test_a_test_visit_opens_the_hosted_page_and_changes_nothing(browser, written):
    with Visitor.signed_in(browser, written, "light", DESK, "en") as visitor:
        page = visitor.open("/leaving/flows/teams?account=acme")
        page.get_by_role("button", name="Create a key").click()
        expect(page.locator("#fresh-key")).to_contain_text("cs_")
        page = visitor.open("/leaving/flows/teams?account=acme")
        with page.expect_popup() as opened:
            page.get_by_role("button", name="Open a test visit").click()
        visit = opened.value
        expect(visit.locator("[data-screen=why]")).to_be_visible()
        expect(visit.locator(".test")).to_be_visible()
        visit.close()
        assert visitor.errors == []


def test_the_log_is_checked_beside_the_page_and_leads_to_what_is_broken(browser, written):
    with Visitor.signed_in(browser, written, "dark", DESK, "en") as visitor:
        page = visitor.open("/leaving/log")
        page.get_by_role("button", name="Check the whole log").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("The log holds.")).to_be_visible()
        page.locator("#entry-2 summary").click()
        expect(page.locator("#entry-2 .log-screen")).to_contain_text("[Cancel subscription]")
        assert faults_of(visitor) == []

        harm = "cli.prepare_django();from tenure.offboard.models import LogEntry;"
        run(written.home, sys.executable, "-c", "import tenure.app.cli as cli;" + harm
            + "LogEntry.objects.filter(number=2).update(body={})")  # fmt: skip
        page = visitor.open("/leaving/log")
        page.get_by_role("button", name="Check the whole log").click()
        expect(page.get_by_role("alert")).to_contain_text("The log does not hold together.")
        page.get_by_role("alert").get_by_role("link", name="Entry 2").click()
        expect(page.locator("#entry-2")).to_be_in_viewport()
        with page.expect_download() as saved:
            page.locator("details.menu summary", has_text="Export").click()
            page.get_by_role("link", name="JSON lines").click()
        assert Path(saved.value.path()).read_text("utf-8").count("\n") == 4
        assert faults_of(visitor) == []
