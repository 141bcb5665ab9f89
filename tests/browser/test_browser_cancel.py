"""`tenure.cancel` over a host's page: how it sits there, and on without us when we fail."""

import json
import os
import secrets
import subprocess
import sys
import time

import pytest
from browser_world import until
from leaving_world import signed
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
_MAKE_ACME = """
from tenure.app.cli import prepare_django
prepare_django()
from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.offboard.keys import create_cancel_key
now = system_clock()
values = {
    "required_outcome": "Invoices go out faster", "outcome_stated_on": "2026-02-01",
    "began_on": "2026-01-10", "first_value_on": "2026-02-10", "people_active_90_days": 7,
    "stage": "active", "renews_on": "2099-01-01",
}
AccountCard.objects.create(account_id="acme", name="Acme", status="paying", plan="Team",
    billing_interval="month", mrr_minor=29000, currency="EUR", values=values)
key = create_cancel_key("Web app", now)
print(key.key_id, key.secret)
"""
LISTENERS = ["onSaved", "onCanceled", "onAbandoned"]


@pytest.fixture(scope="module")
def key(tenure_home, tenure):
    made = subprocess.run(
        [sys.executable, "-c", _MAKE_ACME],
        env=os.environ | {"TENURE_HOME": str(tenure_home.root)},
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.split()


def token(key, **said):
    payload = {
        "account": "acme",
        "subscription": "sub-1",
        "mode": "test",
        "exp": int(time.time()) + 3600,
        "nonce": secrets.token_urlsafe(16),
        **said,
    }
    return signed(payload, key)


class Leaver:
    """Somebody on the host's page who presses its cancel button."""

    def __init__(self, visit, how, *, policy="", width=1200, **context):
        listeners = "".join(f"{name}: (r) => heard.push(['{name}', r])," for name in LISTENERS)
        call = f"""<button id="go">Cancel plan</button><script>
            window.heard = [];
            document.getElementById('go').onclick = () => {{
                window.ended = tenure.cancel({{{listeners} {how}}});
            }};
        </script>"""
        html = visit.html(body=call, page="false", intent="false")
        visit.add("<!doctype html><title>The host's own way</title>", "/plain-cancel")
        headers = [("Content-Security-Policy", policy)] if policy else []
        self.page = visit.context.new_page()
        self.page.set_viewport_size({"width": width, "height": 844})
        self.faults = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(visit.add(html, headers=headers))
        self.page.wait_for_function("() => window.tenure && tenure.version")
        self.page.locator("#go").click()

    def sees(self, screen):
        expect(self.page.locator("[data-screen]")).to_have_attribute("data-screen", screen)
        return self

    def presses(self, action):
        self.page.locator(f"button[name=action][value={json.dumps(action)}]").first.click()
        return self

    def says(self, reason):
        self.page.locator(f"input[value={reason}] + label").click()
        return self

    def result(self):
        return self.page.evaluate("ended")

    def heard(self):
        return [name for name, _ in self.page.evaluate("heard")]


def quoted(token):
    return f"token: '{token}', cancelUrl: '/plain-cancel'"


def at_why(visit, key, **more):
    return Leaver(visit, quoted(token(key)), **more).sees("why")


def test_from_the_reason_to_the_end(visit, key):
    leaver = at_why(visit, key).says("missing_feature").presses("answer").sees("value")
    leaver.presses("next").sees("offers").presses("leave").sees("confirm").presses("leave")
    leaver.sees("left")

    until(leaver.heard, ["onCanceled"])
    leaver.page.keyboard.press("Escape")
    result = leaver.result()
    assert (result["outcome"], result["reason"]) == ("canceled", "missing_feature")
    assert (result["decision"], result["mode"]) == ("declined", "test")
    assert result["offers_shown"] and leaver.faults == []
    expect(leaver.page.locator("tenure-cancel")).to_have_count(0)
    expect(leaver.page.locator("#go")).to_be_focused()


@pytest.mark.parametrize("how", ["Escape", "close"])
def test_closing_it_is_neither_staying_nor_leaving(visit, key, how):
    leaver = at_why(visit, key)
    if how == "Escape":
        leaver.page.keyboard.press("Escape")
    else:
        leaver.page.locator(".shut").click()

    assert leaver.result()["outcome"] == "abandoned"
    assert leaver.heard() == ["onAbandoned"]


def test_the_keyboard_is_enough_and_stays_inside(visit, key):
    leaver = at_why(visit, key)
    keyboard = leaver.page.keyboard
    expect(leaver.page.locator("#screen-title")).to_be_focused()
    inside = "() => document.activeElement.tagName === 'TENURE-CANCEL' || document.activeElement === document.body"
    for _ in range(25):
        keyboard.press("Tab")
        assert leaver.page.evaluate(inside)

    leaver.page.locator("button[value=leave]").focus()
    keyboard.press("Enter")
    leaver.sees("confirm")
    expect(leaver.page.locator("#screen-title")).to_be_focused()


def test_what_was_wrong_is_said_where_it_is(visit, key):
    leaver = at_why(visit, key)
    leaver.page.locator("textarea[name=text]").fill("long " * 3000)
    leaver.presses("answer")

    expect(leaver.page.locator("#problem")).to_be_focused()
    expect(leaver.page.locator("#problem")).to_contain_text("too long")
    leaver.page.locator("textarea[name=text]").fill("short")
    leaver.presses("answer").sees("value")


def test_a_token_may_be_fetched_when_it_is_needed(visit, key):
    fetched = f"token: () => Promise.resolve('{token(key)}')"

    leaver = Leaver(visit, fetched).sees("why")

    assert leaver.faults == []


def test_under_a_policy_that_demands_trusted_types_and_no_inline_style(visit, key):
    policy = (
        f"default-src 'none'; script-src 'unsafe-inline' {visit.host}; "
        f"connect-src {visit.host}; require-trusted-types-for 'script'"
    )
    leaver = at_why(visit, key, policy=policy)

    width = leaver.page.locator("dialog").bounding_box()["width"]
    assert width == 680 and leaver.faults == []


def test_on_a_phone_it_fills_the_screen_and_nothing_is_wider(visit, key):
    leaver = at_why(visit, key, width=390)

    assert leaver.page.locator("dialog").bounding_box()["width"] == 390
    assert leaver.page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_second_click_changes_nothing(visit_by_gateway, gateway, key):
    leaver = at_why(visit_by_gateway, key).presses("leave").sees("confirm")
    leaver.page.evaluate("""() => {
        const root = document.querySelector('tenure-cancel').shadowRoot;
        const button = root.querySelector('button[value=leave]');
        button.click(); button.click(); button.click();
    }""")
    leaver.sees("left")

    steps = [body for path, _, body in gateway.posts if path == "/v1/cancel/step"]
    assert [json.loads(body)["action"] for body in steps] == ["leave", "leave"]


def test_an_answer_that_was_lost_is_asked_for_again_and_counts_once(visit_by_gateway, gateway, key):
    leaver = at_why(visit_by_gateway, key).presses("leave").sees("confirm")
    gateway.deeds.append("lose")
    leaver.presses("leave").sees("left")

    until(leaver.heard, ["onCanceled"])
    bodies = [body for path, _, body in gateway.posts if path == "/v1/cancel/step"]
    assert len(bodies) >= 3 and bodies[-1] == bodies[-2]  # the very same step again


@pytest.mark.parametrize("deed", ["hang", "break", ("answer", 503, {})])
def test_when_tenure_cannot_answer_the_hosts_own_way_goes_on(visit_by_gateway, gateway, key, deed):
    gateway.deeds += [deed, deed]
    began = time.monotonic()
    leaver = Leaver(visit_by_gateway, quoted(token(key)))

    leaver.page.wait_for_url("**/plain-cancel")
    if deed == "hang":
        assert time.monotonic() - began > 1.4  # it was given its time


def test_when_tenure_stops_half_way_the_hosts_own_way_goes_on(visit_by_gateway, gateway, key):
    leaver = at_why(visit_by_gateway, key)
    gateway.deeds += [("answer", 503, {})] * 2  # it asks once more
    leaver.presses("leave")

    leaver.page.wait_for_url("**/plain-cancel")
    assert gateway.deeds == []


def test_the_host_may_do_something_else_when_we_fail(visit, key):
    how = "token: 'tenure1.no.such.token', cancelUrl: '/plain-cancel', onError: (r) => { heard.push(['onError', r]); return false }"
    leaver = Leaver(visit, how)

    until(leaver.heard, ["onError"])
    assert leaver.result()["outcome"] == "error"
    assert "plain-cancel" not in leaver.page.url


def test_neither_key_nor_consent_is_needed_to_leave(visit, key):
    page = visit.context.new_page()
    page.goto(
        visit.add(
            f"<!doctype html><title>Acme</title><body><script src='{visit.host}/tenure.js' "
            "data-consent='required'></script>"
        )
    )
    page.evaluate(f"() => {{ tenure.cancel({{token: '{token(key)}'}}) }}")

    expect(page.locator("[data-screen=why]")).to_be_visible()
    assert visit.rows() == []
