"""Somebody at the way out in a real browser: over a host's page, and on the hosted page.

Both show the same screens, so both are walked by the same words: sees, says, presses, accepts.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from browser_world import Site
from playwright.sync_api import expect

from billing.billing_worlds import KEY, TERMS, Host
from tenure.bench.processes import new_home, running

PROGRAM = Path(__file__).with_name("leaving_home.py")
WITHIN_MS = 20_000
_AXE = Axe().axe_script
LISTENERS = ("onSaved", "onCanceled", "onReturned", "onAbandoned", "onError")
HOST_PAGE = """<!doctype html><html lang="en"><title>Acme's account</title>
<body><h1>Your account</h1><button id="go">Cancel plan</button>
<script src="{script}" data-page="false" data-intent="false"></script>
<script>
  window.start = (how, listened) => {{
    window.heard = [];
    for (const name of listened) how[name] = (result) => {{ heard.push([name, result]); }};
    document.getElementById('go').onclick = () => {{ window.ended = tenure.cancel(how); }};
  }};
</script>"""


@dataclass
class Leaving:
    """A Tenure whose accounts are at the way out, and the billing that it asks."""

    url: str
    root: Path
    key: list
    held: str
    billing: Host
    site: Site
    used: dict = field(default_factory=dict)

    def account(self, kind="team"):
        """One that nobody was at yet."""
        number = self.used[kind] = self.used.get(kind, -1) + 1
        return f"{kind}-{number}"

    def token(self, account=None, **said):
        """Signed as docs/cancel-embedding.md says, by the standard library alone."""
        payload = {
            "account": account or self.account(),
            "subscription": "sub_1",
            "mode": "live",
            "person": "ann",
            "exp": int(time.time()) + 3600,
            "nonce": secrets.token_urlsafe(16),
            "country": "JP",
            "is_consumer": False,
            "return_url": self.site.url + "/account",
            **said,
        }
        return signed(
            {name: value for name, value in payload.items() if value is not None}, self.key
        )

    def forget(self):
        """Billing as it was, and honest."""
        self.billing.terms = {**TERMS, "cancels_on": None}
        self.billing.lies = False
        self.billing.before = self.billing.after = lambda asked: None
        self.billing.requests.clear()
        self.billing.effects.clear()


def signed(payload, key):
    name, secret = key
    # Letters beyond ASCII as they are, which is what most languages do by themselves.
    said = json.dumps(payload, ensure_ascii=False).encode()
    text = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
    whole = f"tenure1.{name}.{text}"
    mac = hmac.new(secret.encode(), whole.encode(), hashlib.sha256).digest()
    return f"{whole}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@contextmanager
def leaving_home(root, billing):
    """(home, what its program printed): an installation that asks `billing`."""
    new_home(root)
    settings = root / "tenure.toml"
    secret = base64.b64encode(KEY).decode()
    settings.write_text(
        '[company]\nname = "Fernhill"\ncurrency = "EUR"\n'
        '[tracking]\nprefixes = ["/t", "/assets/x9"]\n'
        f'[billing]\nsystem = "webhook"\nurl = "{billing.url}"\nsecret = "whsec_{secret}"\n'
    )
    made = subprocess.run(
        [sys.executable, str(PROGRAM)],
        env=os.environ | {"TENURE_HOME": str(root), "PYTHONPATH": str(Path(__file__).parents[1])},
        check=True,
        capture_output=True,
        text=True,
    )
    yield json.loads(made.stdout.splitlines()[-1])


@contextmanager
def leaving_running(root, billing, site):
    with leaving_home(root, billing) as made, running(root, "web") as (port, _, _):
        url = f"http://127.0.0.1:{port}"
        yield Leaving(url, root, made["key"], made["held"], billing, site)


def axe_faults(page, scope=None):
    """What axe finds; the script is put into each document once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    ran = page.evaluate(
        "(scope) => axe.run(scope || document, {resultTypes: ['violations']})", scope
    )
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in ran["violations"]]


class Walk:
    """Somebody on the way. Every step waits for the screen that it leads to."""

    def __init__(self, page):
        self.page = page
        page.set_default_timeout(WITHIN_MS)
        expect.set_options(timeout=WITHIN_MS)

    @property
    def screen(self):
        return self.page.locator("[data-screen]")

    @property
    def text(self):
        return self.screen.inner_text()

    def sees(self, name):
        expect(self.screen).to_have_attribute("data-screen", name)
        return self

    def way(self, action):
        return self.page.locator(f"button[name=action][value={json.dumps(action)}]").first

    def presses(self, action):
        self.way(action).click()
        return self

    def says(self, reason, follow_up="", text=""):
        self.page.locator(f"input[name=reason][value={reason}]").check()
        if follow_up:
            self.page.locator(f"input[name='follow_up.{reason}'][value={follow_up}]").check()
        if text:
            self.page.locator("textarea[name=text]").fill(text)
        return self

    def to_offers(self, reason="missing_feature"):
        self.sees("why").says(reason).presses("answer").sees("value").presses("next")
        return self.sees("offers")

    def accepts(self, name):
        return self.presses(f"accept:{name}").sees("accepted")

    def leaves(self):
        """In two clicks from anywhere, and by way of `confirm`."""
        if self.screen.get_attribute("data-screen") != "confirm":
            self.presses("leave")
        return self.sees("confirm").presses("leave").sees("left")

    def links(self):
        links = self.screen.locator("a[href^=http]")
        return {each.inner_text(): each.get_attribute("href") for each in links.all()}


class OnPage(Walk):
    """On the hosted page."""

    def __init__(self, page, world, token=None, **said):
        super().__init__(page)
        self.world = world
        self.reply = page.goto(f"{world.url}/leave/{token or world.token(**said)}")


class Embedded(Walk):
    """Over a page of the host."""

    def __init__(self, page, world, token=None, how="", script=None, **said):
        super().__init__(page)
        self.world = world
        self.token = token or world.token(**said)
        script = script or world.url + "/tenure.js"
        if page.url != world.site.url + "/account" or script not in page.content():
            world.site.pages["/account"] = HOST_PAGE.format(script=script)
            page.goto(world.site.url + "/account")
        page.evaluate("window.ended && ended.close()")  # what a test before left open
        page.evaluate(
            f"([token, listened]) => start({{ token, {how} }}, listened)", [self.token, LISTENERS]
        )
        page.evaluate("() => { const go = document.getElementById('go'); go.focus(); go.click(); }")

    def closes(self):
        """Escape, and the result."""
        self.page.keyboard.press("Escape")
        return self.result()

    def result(self):
        return self.page.evaluate("ended")

    def heard(self):
        return self.page.evaluate("heard.map(([name, result]) => [name, result.outcome])")
