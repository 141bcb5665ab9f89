"""The Segments pages as people use them: written, checked, saved, changed, shared, deleted."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from console_browser import DESK, PHONE, Visitor, faults_of
from console_home import run
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

WRONG = "status = 'paying'\n  and last_seen_day > 14"


@pytest.fixture
def visitor(browser, company) -> Iterator[Visitor]:
    with Visitor.signed_in(browser, company, "light", DESK, "en") as found:
        yield found


def editor(**query: str) -> str:
    return "/segments/editor?" + urlencode(query)


def asked_in(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", PHONE)])
def test_every_page_is_sound_in_both_schemes_and_widths(browser, company, scheme, width):
    with Visitor.signed_in(browser, company, scheme, width, "en") as visitor:
        faults = []
        for path in [
            "/segments",
            "/segments/stage_active",
            "/segments/editor",
            editor(where=WRONG, title="Quiet"),
            editor(where="status = 'paying'", title="They pay"),
            editor(where="account.status = 'paying'", over="person"),
        ]:
            visitor.open(path)
            faults += [f"{path}: {fault}" for fault in faults_of(visitor)]
        assert faults == []


def test_the_count_follows_what_is_typed_and_the_link_holds_it(visitor):
    page = visitor.open("/segments/editor")

    page.locator("#where").press_sequentially("status = 'paying'")

    expect(page.locator(".answer-count")).to_contain_text(re.compile(r"\d+ accounts"))
    expect(page.locator(".answer-count")).to_contain_text("MRR")
    expect(page.locator(".sample tbody tr")).to_have_count(10)
    page.wait_for_url(lambda url: asked_in(url) == {"where": "status = 'paying'"})


def test_a_mistake_is_underlined_and_mended_by_a_click(visitor):
    page = visitor.open(editor(where=WRONG))
    expect(page.locator(".condition-marks .wrong")).to_have_text("last_seen_day")
    expect(page.locator("#segment-answer")).to_contain_text(
        "no column `last_seen_day`; did you mean `days_since_seen`?"
    )

    page.get_by_role("link", name="Write days_since_seen").click()

    expect(page.locator("#where")).to_have_value("status = 'paying'\n  and days_since_seen > 14")
    expect(page.locator(".answer-count")).to_be_visible()
    expect(page.locator(".wrong")).to_have_count(0)


def test_the_place_is_right_behind_letters_of_two_units(visitor):
    page = visitor.open(editor(where="plan = '𝔓𝔯𝔬' and pln = 'x'"))

    expect(page.locator(".condition-marks .wrong")).to_have_text("pln")


def test_columns_and_events_are_found_and_written_by_a_click(visitor):
    page = visitor.open("/segments/editor")

    page.get_by_role("searchbox", name="Search columns").fill("quiet")
    page.get_by_role("searchbox", name="Search columns").fill("nobody knows")
    expect(page.locator("#columns-list li:visible")).to_have_count(0)
    page.get_by_role("searchbox", name="Search columns").fill("days_since_seen")
    page.locator("#columns-list .name:visible").first.click()
    page.locator("#where").press_sequentially(" > 3 or")
    page.get_by_role("button", name="Signed In").click()

    expect(page.locator("#where")).to_have_value("days_since_seen > 3 or did('Signed In', 30) >= 1")
    expect(page.locator(".answer-count")).to_be_visible()


def test_a_segment_is_saved_followed_changed_and_deleted(visitor, company):
    page = visitor.open(editor(where="status = 'paying' and mrr_minor > 0"))
    page.get_by_label("Title").fill("They really pay")
    page.get_by_role("button", name="Save as a segment").click()
    page.wait_for_url("**/segments/they-really-pay")
    expect(page.locator("main")).to_contain_text("has not been looked at yet")

    refreshed(company)
    page = visitor.open("/segments/they-really-pay")
    expect(page.locator("h1")).to_have_text(re.compile(r"They really pay: \d+ accounts"))
    page.locator("#segment-members tbody a[data-drawer]").first.click()
    expect(page.locator("#drawer-body")).to_contain_text("status is 'paying', as asked")
    expect(page.locator("#drawer-body")).to_contain_text("holds")

    page = visitor.open("/segments/editor?name=they-really-pay")
    page.locator("#where").fill("status = 'paying' and mrr_minor > 100000000")
    expect(page.locator("#segment-answer")).to_contain_text("0 come")
    expect(page.locator(".diff-added")).to_contain_text("100000000")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/segments/they-really-pay")
    expect(page.locator(".version-list > li")).to_have_count(2)
    refreshed(company)
    page = visitor.open("/segments/they-really-pay")
    expect(page.locator("#segment-members")).to_contain_text("Nobody is in it now")

    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Delete this segment").click()
    page.wait_for_url("**/segments")
    expect(page.locator("main")).to_contain_text("is deleted")
    assert visitor.errors == []


def test_without_script_a_button_checks_and_the_place_is_shown(browser, company):
    with Visitor.signed_in(
        browser, company, "light", DESK, "en", java_script_enabled=False
    ) as visitor:
        page = visitor.open("/segments/editor")
        page.locator("#where").fill(WRONG)
        page.get_by_role("button", name="Check", exact=True).click()
        expect(page.locator(".pointed .wrong")).to_have_text("last_seen_day")

        page.get_by_role("link", name="Write days_since_seen").click()

        expect(page.locator(".answer-count")).to_be_visible()


def test_what_comes_with_tenure_is_copied_and_not_changed(visitor):
    page = visitor.open("/segments/stage_active")
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)

    page.get_by_role("link", name="Copy and change").click()

    expect(page.locator("#where")).to_have_value("stage = 'active'")
    expect(page.locator(".answer-count")).to_be_visible()


def refreshed(company) -> None:
    import sys

    run(company.home, sys.executable, "-m", "tenure.app", "refresh")
