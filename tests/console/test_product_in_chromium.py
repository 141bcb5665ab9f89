"""The product page and its editor as people meet them, in a real browser."""

import pytest
from console_browser import DESK, PHONE, Visitor, faults_of
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

SETTINGS = [("light", DESK, "en"), ("dark", PHONE, "zh-hans")]


@pytest.mark.parametrize(("scheme", "width", "language"), SETTINGS)
def test_the_pages_are_sound_in_every_scheme_width_and_language(
    browser, company, scheme, width, language
):
    with Visitor.signed_in(browser, company, scheme, width, language) as visitor:
        account = visitor.first_account().rpartition("/")[2]
        faults = []
        for path in [
            "/product",
            "/product/edit?draft",
            "/product/accounts?feature=reports",
            f"/outcome?account={account}",
        ]:
            visitor.open(path)
            faults += [f"{path}: {fault}" for fault in faults_of(visitor)]
        assert faults == []


def test_an_empty_installation_is_led_to_the_draft(browser, empty):
    with Visitor.signed_in(browser, empty, "dark", PHONE, "en") as visitor:
        page = visitor.open("/product")
        assert faults_of(visitor) == []
        page.get_by_role("link", name="Propose a first draft").click()
        expect(page.get_by_role("textbox", name="product.toml")).to_have_value(
            "# Nothing has been seen yet to make a draft from. What can stand here:\n"
            "# titles, which features set the product apart from rivals, what to do next.\n"
            "# docs/product.md says what each field means.\n\n"
            '[product]\nname = "Fresh"\n'
        )
        assert faults_of(visitor) == []


def test_a_count_opens_the_accounts_behind_it(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open("/product")
        row = page.locator("#features tbody tr").first
        count = row.locator("td").first.inner_text()
        row.locator("th a").click()
        drawer = page.locator("#drawer")
        expect(drawer.get_by_text(f"{count} accounts")).to_be_visible()
        assert faults_of(visitor) == []


def test_the_text_is_checked_while_it_is_written_then_put_in_force_and_restored(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open("/product/edit")
        area = page.get_by_role("textbox", name="product.toml")
        before = area.input_value()
        expect(page.get_by_text("nothing would change")).to_be_visible()

        area.fill(before.replace('plans = ["Business"]', 'plans = ["Bussiness"]', 1))
        expect(
            page.get_by_text("there is no plan 'Bussiness'; did you mean 'Business'?")
        ).to_be_visible()
        line = before[: before.index('plans = ["Business"]')].count("\n") + 1
        expect(page.get_by_text(f"Line {line}:")).to_be_visible()
        expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
        assert faults_of(visitor) == []

        area.fill(before.replace('name = "Fernhill"', 'name = "Fernhill Tools"', 1))
        expect(page.locator(".diff-added")).to_contain_text("Fernhill Tools")
        assert faults_of(visitor) == []
        page.get_by_role("button", name="Put in force").click()
        page.wait_for_url("**/product")
        expect(page.get_by_text("The product file is in force")).to_be_visible()

        page = visitor.open("/product/edit")
        page.locator("#versions tbody tr").last.locator("a").click()
        expect(page.get_by_role("textbox", name="product.toml")).to_have_value(before)
        page.get_by_role("button", name="Put in force").click()
        page.wait_for_url("**/product")
        assert visitor.errors == []


def test_the_editor_works_without_script(browser, company):
    with Visitor.signed_in(
        browser, company, "light", PHONE, "en", java_script_enabled=False
    ) as visitor:
        page = visitor.open("/product/edit")
        area = page.get_by_role("textbox", name="product.toml")
        area.fill(area.input_value() + "\n[[reach]]\n")
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text("reach[3].event: this is missing; add it")).to_be_visible()
        area.fill(area.input_value() + 'event = "Invoice Sent"\nproperty = "line_count"\n')
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_role("button", name="Put in force")).to_be_visible()
