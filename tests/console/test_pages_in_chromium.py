"""Pages as people meet them: a real browser, both schemes, two widths, three languages."""

import re

import pytest
from console_browser import DESK, LANGUAGES, PHONE, Visitor, faults_of
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

# Each scheme, width and language occurs, and each scheme at each width; all 12 would add nothing.
SETTINGS = [
    ("light", DESK, "en"),
    ("dark", DESK, "zh-hant"),
    ("light", PHONE, "zh-hans"),
    ("dark", PHONE, "en"),
]


@pytest.mark.parametrize(("scheme", "width", "language"), SETTINGS)
def test_every_page_is_sound_in_every_scheme_width_and_language(
    browser, company, scheme, width, language
):
    with Visitor.signed_in(browser, company, scheme, width, language) as visitor:
        faults = []
        account = visitor.first_account()
        for path in [
            *("/", "/accounts", account, "/data", "/you", "/movements?kind=churn"),
            *("/tasks?whose=all", "/tasks/new", "/messages"),
        ]:
            visitor.open(path)
            faults += [f"{path}: {fault}" for fault in faults_of(visitor)]
        assert faults == []
        expect(visitor.page.locator("html")).to_have_attribute("lang", LANGUAGES[language])


@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", PHONE)])
def test_pages_without_data_teach_the_next_step(browser, empty, scheme, width):
    with Visitor.signed_in(browser, empty, scheme, width, "en") as visitor:
        for path in ["/", "/accounts"]:
            visitor.open(path)
            assert faults_of(visitor) == []
            expect(visitor.page.get_by_text("tenure --home demo-home demo")).to_be_visible()
        visitor.open("/data")
        assert faults_of(visitor) == []
        visitor.page.get_by_label("Name of the source").fill("Web app")
        visitor.page.get_by_role("button", name="Create key").click()
        expect(visitor.page.get_by_text("Your new write key")).to_be_visible()
        assert faults_of(visitor) == []
        visitor.page.reload()
        expect(visitor.page.get_by_text("Your new write key")).to_have_count(0)


def test_a_bar_opens_the_accounts_behind_it_by_click_and_by_keyboard(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open("/")
        bars = page.locator('.chart[data-chart="spec-mrr"] [role=link]')
        expect(bars.first).to_be_visible()

        bars.nth(1).click()
        drawer = page.locator("#drawer")
        expect(drawer.locator("tbody tr").first).to_be_visible()
        expect(page).to_have_url(re.compile(r"/movements\?month="))
        assert faults_of(visitor) == []
        page.keyboard.press("Escape")
        expect(drawer).not_to_be_visible()
        expect(page).not_to_have_url(re.compile("/movements"))

        bars.first.focus()
        page.keyboard.press("ArrowRight")
        expect(bars.first).not_to_be_focused()
        label = page.locator(".chart [role=link]:focus").get_attribute("aria-label")
        page.keyboard.press("Enter")
        expect(drawer.locator("h2")).to_contain_text(label.split(",")[0].split()[-1])
        page.go_back()
        expect(drawer).not_to_be_visible()


def test_a_figure_explains_itself_down_to_the_line_that_said_so(browser, company):
    with Visitor.signed_in(browser, company, "dark", DESK, "en") as visitor:
        page = visitor.open("/?compare=year")
        page.get_by_role("link", name="How is this computed? Account churn rate").click()
        drawer = page.locator("#drawer")

        expect(drawer.locator("h2")).to_contain_text("Account churn rate in")
        expect(drawer.get_by_text("accounts_at_start", exact=False).first).to_be_visible()
        drawer.locator(".sql-files summary").first.click()
        expect(drawer.locator(".sql-files pre").first).to_contain_text("select")
        assert faults_of(visitor) == []


def test_accounts_are_searched_sorted_and_walked_through_by_keyboard(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open("/accounts")
        first = page.locator("tbody th a").first.inner_text()
        page.keyboard.press("/")
        expect(page.locator("main input[type=search]")).to_be_focused()
        page.keyboard.type(first)
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page).to_have_url(re.compile("q="))
        page.go_back()
        expect(page.locator("tbody tr").nth(3)).to_be_visible()

        page.get_by_role("link", name="Account", exact=True).click()
        page.wait_for_url("**sort=name**")
        expect(page.locator("th[aria-sort=ascending]")).to_have_text("Account")
        names = page.locator("tbody th a").all_inner_texts()
        assert names == sorted(names)
        page.locator("tbody th a").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/accounts/*")
        expect(page.locator(".timeline .entry").first).to_be_visible()


def test_anything_is_found_from_anywhere(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open("/data")
        page.keyboard.press("Control+k")
        expect(page.locator("dialog[open] input")).to_be_focused()
        page.keyboard.type("over")
        expect(page.locator("#found a").first).to_contain_text("Overview")
        assert faults_of(visitor) == []
        page.keyboard.press("Enter")
        page.wait_for_url(f"{company.url}/")
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url("**/accounts")


def test_without_script_the_figures_and_their_doors_are_there(browser, company):
    with Visitor.signed_in(
        browser, company, "light", PHONE, "en", java_script_enabled=False
    ) as visitor:
        page = visitor.open("/")
        expect(page.locator("img.chart-fallback").first).to_be_visible()
        door = page.locator('[data-metric="accounts_churned"]').first.get_attribute("href")
        # The last month may have lost nobody; a year has lost somebody.
        year = re.sub(
            r"month=(\d+)-(\d+)", lambda m: f"from={int(m[1]) - 1}-{m[2]}&to={m[1]}-{m[2]}", door
        )
        page = visitor.open(year)
        expect(page.locator("h1")).to_contain_text("stopped paying")
        page.locator("tbody th a").first.click()
        page.get_by_role("link", name="Show what happened").click()
        expect(page.locator(".entry").first).to_be_visible()
        visitor.open("/accounts?q=zzzz")
        expect(page.get_by_text("No account fits")).to_be_visible()


def test_the_scheme_and_the_language_are_chosen_and_stay(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        page = visitor.open("/accounts")
        document = page.locator("html")
        page.locator(".me > summary").click()
        page.get_by_role("button", name="Dark").click()
        expect(document).to_have_attribute("data-theme", "dark")
        page.locator(".me > summary").click()
        page.get_by_role("button", name="繁體中文").click()
        expect(document).to_have_attribute("lang", "zh-hant")
        visitor.open("/")
        expect(document).to_have_attribute("lang", "zh-hant")
        expect(document).to_have_attribute("data-theme", "dark")
        expect(document).not_to_have_css("background-color", "rgb(255, 255, 255)")


def test_overview_and_account_cost_a_few_times_what_the_plainest_page_costs(browser, company):
    with Visitor.signed_in(browser, company, "light", DESK, "en") as visitor:
        account = visitor.first_account()
        least = visitor.usable_ms("/you")
        # Measured: 2 to 3 times, and 4 to 7 times, whatever else the machine did.
        assert visitor.usable_ms("/") < 10 * least
        assert visitor.usable_ms(account) < 20 * least
