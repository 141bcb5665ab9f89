"""A visitor in Chromium, signed in, who notes what the browser complains about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

PHONE, DESK = 390, 1440
LANGUAGES = {"en": "en", "zh-hans": "zh-hans", "zh-hant": "zh-hant"}
PASSWORD = "a password for tests"
# Every chart is drawn, and what a page loads after itself has come.
_IS_COMPLETE = """() => !document.querySelector(
    ".chart[data-chart]:not(:has(svg)), [hx-trigger=load]")"""

# By address and home: its first visitor's cookies, with which later ones are signed in as well.
_signed_in: dict[tuple[str, Path], list[Any]] = {}


@dataclass
class Visitor:
    """One browser context. `errors` holds errors of scripts, the policy, and failed requests."""

    page: Page
    url: str
    has_script: bool = True
    errors: list[str] = field(default_factory=list)

    @staticmethod
    @contextmanager
    def signed_in(
        browser: Browser, served: Any, scheme: str, width: int, language: str, **more: Any
    ) -> Iterator["Visitor"]:
        height = 900 if width > 700 else 844
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            **more,
        )
        cookie = {"name": "django_language", "value": language, "url": served.url}
        context.add_cookies([cookie])
        page = context.new_page()
        visitor = Visitor(page, served.url, more.get("java_script_enabled", True))
        page.on("pageerror", lambda error: visitor.errors.append(f"script: {error}"))
        page.on("console", visitor._hear)
        key = served.url, served.home
        if key in _signed_in:
            context.add_cookies(_signed_in[key])
        else:
            visitor.sign_in()
            kept = [each for each in context.cookies() if each["name"] != cookie["name"]]
            _signed_in[key] = kept
        yield visitor
        context.close()

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/sign-in")
        self.page.locator("input[name=username]").fill("owner")
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("form button.primary").click()
        self.page.wait_for_url(f"{self.url}/")

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"console: {message.text}")

    def open(self, path: str) -> Page:
        """The page at `path`, its charts drawn and its parts loaded."""
        self.page.goto(self.url + path)
        if self.has_script:
            self.page.wait_for_function(_IS_COMPLETE)
        return self.page

    def usable_ms(self, path: str) -> float:
        """How soon the page can be used: the best of eight, as the machine may be busy."""
        took = []
        for _ in range(8):
            self.page.goto(self.url + path)
            timing = "performance.getEntriesByType('navigation')[0].domInteractive"
            took.append(self.page.evaluate(timing))
        return min(took)

    def first_account(self) -> str:
        self.open("/accounts")
        href = self.page.locator("tbody th a").first.get_attribute("href")
        assert href
        return href


def faults_of(visitor: Visitor) -> list[str]:
    """Accessibility violations, errors of the console, and content wider than the screen."""
    page = visitor.page
    result = Axe().run(page)
    faults = [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in result.response["violations"]
        for node in violation["nodes"][:3]
    ]
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if wider > 0:
        faults.append(f"{page.url} is {wider} px wider than the screen")
    return faults + visitor.errors
