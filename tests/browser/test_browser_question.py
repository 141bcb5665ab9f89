"""The question in a corner of the page: what somebody came for, asked once and calmly."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_world import await_script, visiting
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
OFFERED = (
    "outcomes: [{name: 'faster', title: 'Invoices go out faster'}, {name: 'hours', title: 'Hours'}]"
)
PRODUCT = """
[[outcome]]
name = "faster"
title = "Invoices go out faster"
events = ["Invoice Sent"]
[[outcome]]
name = "capacity"
title = "No one is overbooked"
events = ["Plan Shared"]
"""
_APPLY = """
import sys
from tenure.app.cli import prepare_django
prepare_django()
from tenure.base.clock import system_clock
from tenure.definitions.store import put_in_force
put_in_force("product", "", sys.argv[1], now=system_clock(), by="ada")
"""
_HISTORY = """
import json, sys
from tenure.app.cli import prepare_django
prepare_django()
from django.conf import settings
from tenure.base.clock import system_clock
from tenure.card.outcomes import outcome_history
from tenure.customers.follow import follow
from tenure.lake.reading import reading
follow(settings.TENURE_HOME, system_clock())
with reading(settings.TENURE_HOME, fresh=True) as reader:
    said = outcome_history(reader, sys.argv[1])
print(json.dumps([[o.outcome, o.title, o.role, o.said_by, o.person_id, o.text] for o in said]))
"""


def in_home(home, script, *words):
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env=os.environ | {"TENURE_HOME": str(home.root)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def declared(tenure_home, tenure):
    """The product file is in force, and the web process no longer remembers that there was none."""
    in_home(tenure_home, _APPLY, PRODUCT)


def ask(page, more="", offered=OFFERED):
    page.evaluate(f"void tenure.ask({{{offered}{', ' if offered and more else ''}{more}}})")
    return page.get_by_role("dialog")


def expect_question(page):
    expect(page.get_by_role("dialog")).to_have_count(1)


def expect_no_question(page):
    """Nor once it has had the time to come."""
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_timeout(150)
    assert page.get_by_role("dialog").count() == 0


def age(page, days):
    """What is kept of questions was kept so many days ago."""
    page.evaluate(
        """(ms) => Object.keys(localStorage).filter((n) => n.startsWith('tenure.asked.'))
            .forEach((n) => localStorage.setItem(n, localStorage[n][0] + (localStorage[n].slice(1) - ms)))""",
        days * 86_400_000,
    )


def test_an_answer_by_keyboard_arrives_and_is_not_asked_for_again(visit):
    page = visit.open(page="false", body="<button id=own>Own</button>")
    page.evaluate("tenure.identify('u1'); tenure.group('acme')")
    page.focus("#own")
    dialog = ask(page, "role: 'buyer', onAnswer: (said) => (window.said = said)")
    expect(dialog).to_be_visible()
    expect(page.locator("#own")).to_be_focused()  # nothing is taken away

    for key in ("Tab", "Tab", "Space", "ArrowDown", "Tab"):  # the close button comes first
        page.keyboard.press(key)
    page.keyboard.type("no more chasing")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("Thank you.")
    expect(page.locator("#own")).to_be_focused()
    said = {"outcome": "hours", "role": "buyer", "text": "no more chasing"}
    assert page.evaluate("window.said") == said
    row = visit.await_names("identify", "group", "Outcome Stated")["Outcome Stated"]
    assert row["properties"] == said | {"by": "in-app"}
    assert (row["user_id"], row["account_key"]) == ("u1", "acme")

    page.reload()
    await_script(page)
    ask(page, "role: 'buyer'")
    expect_no_question(page)
    kept = [n for n in visit.stored(page) if n.startswith("tenure.asked.")]
    assert len(kept) == 1 and "u1" not in kept[0] and "acme" not in kept[0]
    age(page, 100)
    ask(page, "role: 'buyer', again_days: 101")
    expect_no_question(page)
    ask(page, "role: 'buyer', again_days: 99")
    expect_question(page)


def test_something_else_needs_words_and_they_are_the_outcome(visit):
    page = visit.open(page="false")
    dialog = ask(page)
    dialog.get_by_role("button", name="Send").click()
    dialog.get_by_label("Something else").check()
    dialog.get_by_role("textbox").fill("  ")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.wait_for_timeout(250)
    assert visit.rows() == []
    dialog.get_by_role("textbox").fill("Sleep better")
    dialog.get_by_role("button", name="Send").click()

    properties = visit.await_names("Outcome Stated")["Outcome Stated"]["properties"]
    assert properties == {
        "outcome": "Sleep better", "role": "", "by": "in-app", "text": "Sleep better",
    }  # fmt: skip


def test_a_dismissal_holds_for_thirty_days_and_for_this_person_alone(visit):
    page = visit.open(page="false")
    page.evaluate("tenure.identify('u1')")
    page.keyboard.press("Escape")
    dialog = ask(page)
    dialog.get_by_label("Hours").focus()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    ask(page)
    expect_no_question(page)
    age(page, 29)
    ask(page)
    expect_no_question(page)
    age(page, 2)
    dialog = ask(page)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)

    page.evaluate("tenure.identify('u2')")
    ask(page)
    expect_question(page)
    page.evaluate("tenure.reset()")  # who was asked has left
    expect_no_question(page)
    visit.await_names("identify", "identify")


def test_nothing_is_asked_before_consent_nor_against_a_wish_and_a_no_takes_it_away(visit):
    page = visit.open(page="false", consent="required")
    ask(page)
    expect_no_question(page)
    assert not [name for name in visit.stored(page) if name.startswith("tenure")]
    page.evaluate("tenure.consent(true)")
    expect_question(page)
    page.evaluate("tenure.consent(false)")
    expect_no_question(page)

    visit.context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
    )
    page = visit.open(page="false")
    ask(page)
    expect_no_question(page)


def test_what_the_product_file_declares_is_offered_and_the_answer_is_in_the_accounts_history(
    visit, declared, tenure_home, tenure
):
    page = visit.open(page="false", host=tenure + "/t")
    page.evaluate("tenure.identify('ann'); tenure.group('fernhill')")
    dialog = ask(page, "role: 'user', after: 0.1", offered="")
    expect(dialog.get_by_role("radio")).to_have_count(3)
    dialog.get_by_label("No one is overbooked").check()
    dialog.get_by_role("textbox").fill("plan the week")
    dialog.get_by_role("button", name="Send").click()
    visit.await_names("identify", "group", "Outcome Stated")

    assert json.loads(in_home(tenure_home, _HISTORY, "fernhill")) == [
        ["capacity", "No one is overbooked", "user", "in-app", "ann", "plan the week"]
    ]


def test_the_list_is_for_keys_that_may_write(tenure, declared, sources):
    key = next(sources)[1]
    with urllib.request.urlopen(f"{tenure}/outcomes?key={key}", timeout=10) as reply:
        told, cached = json.loads(reply.read()), reply.headers["cache-control"]
    assert [set(one) for one in told["outcomes"]] == [{"name", "title"}] * 2
    assert cached == "private, max-age=300"
    for query in ("?key=wrong", ""):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{tenure}/outcomes{query}", timeout=10)
        assert (refused.value.code, refused.value.headers["cache-control"]) == (401, "no-store")
        refused.value.close()


def test_a_list_that_does_not_come_asks_nothing_and_harms_nothing(visit):
    page = visit.open(page="false", key="wrong")
    ask(page, offered="")
    expect_no_question(page)
    ask(page)
    expect_question(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("old", [False, True], ids=["", "without constructable sheets"])
def test_it_is_sound_under_a_strict_policy_in_both_schemes(visit, tenure, scheme, old):
    policy = f"default-src 'none'; script-src {tenure}; connect-src {tenure}; require-trusted-types-for 'script'"
    if old:
        visit.context.add_init_script("delete window.CSSStyleSheet")
    address = visit.add(
        visit.html(page="false", head="<meta name=color-scheme content='light dark'>").replace(
            "<!doctype html>", "<!doctype html><html lang=en>"
        ),
        headers=[("Content-Security-Policy", policy)],
    )
    page = visit.context.new_page()
    errors = []
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    await_script(page)
    dialog = ask(page)
    expect(dialog).to_have_css("position", "fixed")
    expect(page.get_by_role("status")).not_to_be_empty()  # all of it is there

    faults = faults_in(page)

    assert (faults, errors) == ([], [])


def faults_in(page):
    """What axe finds, but for what it finds in the bare page of the test."""
    found = Axe().run(page).response["violations"]
    bare = ("landmark-one-main", "page-has-heading-one")
    return [(fault["id"], fault["nodes"]) for fault in found if fault["id"] not in bare]


def test_it_fits_a_phone_right_to_left_in_the_language_of_the_page(
    browser, site, tenure, arrived, sources
):
    phone = {"viewport": {"width": 320, "height": 480}, "has_touch": True, "is_mobile": True}
    with visiting(browser, site, tenure, arrived, next(sources), **phone) as visit:
        html = visit.html(page="false", head="<meta name=viewport content='width=device-width'>")
        html = html.replace("<!doctype html>", "<!doctype html><html lang=zh-TW dir=rtl>")
        page = visit.open(visit.add(html))
        dialog = ask(page)
        expect(dialog).to_have_attribute("aria-label", "您希望在這裡達成什麼目標？")
        box = dialog.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320
        assert box["y"] >= 0 and box["y"] + box["height"] <= 480
        close = dialog.get_by_role("button", name="關閉")
        corner = close.bounding_box()
        assert corner["x"] < 160 < dialog.get_by_role("radio").first.bounding_box()["x"]
        assert min(corner["width"], corner["height"]) >= 24
        close.tap()
        expect(dialog).to_have_count(0)

        dialog = ask(page, "role: 'user', title: 'Why?', texts: {send: 'Go'}")
        expect(dialog).to_have_attribute("aria-label", "Why?")
        expect(dialog.get_by_role("button", name="Go")).to_be_visible()
