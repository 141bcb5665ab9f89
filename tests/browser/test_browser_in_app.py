"""What is shown in the product, in a real browser: each kind, gently, and never over the way out."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_world import until
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parents[1]
ASKED = """() => performance.getEntriesByType('resource').some(
  (each) => each.name.endsWith('/v1/in-app') && each.responseEnd)"""
HOST_PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><title>Acme</title>
<meta name="viewport" content="width=device-width">{head}
<body><main><h1>Projects</h1><button id="new-project">New project</button>{body}</main>
<div aria-modal="true" hidden>A dialog that is not open</div>
<script async src="{host}/{script}" data-key="{key}" data-interval="50" {data}></script>
<script>window.tenure = {{q: [['on', ['error', (e) => window.wrong = String(e)]],
  ['inApp', [{how}]]]}}</script>"""


@pytest.fixture(scope="module")
def key(tenure_home, tenure):
    """What their server signs with; everybody's messages wait by then."""
    made = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("in_app_home.py"))],
        env=os.environ
        | {"TENURE_HOME": str(tenure_home.root), "PYTHONPATH": f"{TESTS}:{TESTS / 'messages'}"},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(made.stdout.splitlines()[-1])


def token(key, person, **said):
    """As docs/in-app.md says, by the standard library alone."""
    words = {"person": person, "exp": int(time.time()) + 3600, **said}
    signed = f"tenureperson1.{key[0]}.{encoded(json.dumps(words).encode())}"
    return f"{signed}.{encoded(hmac.digest(key[1].encode(), signed.encode(), hashlib.sha256))}"


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Somebody:
    """A person on a page of the host's, who is shown something or nothing."""

    def __init__(self, visit, key, person, *, policy="", width=1200, **page):
        self.visit, self.key, self.person = visit, key, person
        said = {
            "lang": "en", "dir": "ltr", "head": "", "body": "", "data": "", "script": "tenure.js",
            "host": visit.host, "how": f"{{token: '{token(key, person)}'}}", **page,
        }  # fmt: skip
        html = HOST_PAGE.format(key=visit.key, **said)
        headers = [("Content-Security-Policy", policy)] if policy else []
        self.url = visit.add(html, name=page.get("name"), headers=headers)
        self.page = visit.context.new_page()
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        self.page.goto(self.url)

    @property
    def box(self):
        return self.page.locator("tenure-in-app .box")

    def sees(self, title):
        expect(self.box.locator("h2")).to_have_text(title)
        return self

    def sees_nothing(self, *, once_asked=True):
        if once_asked:
            self.page.wait_for_function(ASKED)
        self.page.wait_for_timeout(150)
        expect(self.box).to_have_count(0)
        return self

    def waits(self):
        """What the server would still show them."""
        body = json.dumps({"token": token(self.key, self.person)}).encode()
        request = urllib.request.Request(f"{self.visit.host.split('/assets')[0]}/v1/in-app", body)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return [each["kind"] for each in json.loads(reply.read())["messages"]]

    def told(self):
        """The events of this person, once they are in the lake."""
        rows = self.visit.arrived.rows("tenure")
        return [row["name"] for row in rows if row["user_id"] == self.person]

    def faults(self):
        return {
            (each["id"], node["html"])
            for each in Axe().run(self.page).response["violations"]
            for node in each["nodes"]
        }


def test_a_banner_leads_where_it_says_and_is_gone(visit, key):
    one = Somebody(visit, key, "ann-banner").sees("Reports come by themselves")
    expect(one.box).to_contain_text("Hello Ann <b>, two minutes are enough.")
    assert one.faults() == set()
    assert one.page.evaluate("document.activeElement === document.body")  # it takes no focus
    link = one.box.get_by_role("link", name="Open reports")
    assert link.get_attribute("href").startswith("https://app.example.com/reports?for=Acme%20%26")
    one.page.route("https://app.example.com/**", lambda route: route.fulfill(body="Reports"))
    link.click()
    one.page.wait_for_url("https://app.example.com/**")
    until(one.waits, [])
    until(lambda: sorted(one.told()), ["In-app Clicked", "In-app Shown"])


def test_a_modal_keeps_the_focus_goes_by_escape_and_never_comes_back(visit, key):
    one = Somebody(visit, key, "ann-modal", lang="zh-CN", data='data-consent=""')
    one.sees("Your first project is done")
    assert one.faults() == set()
    expect(one.box.locator("h2")).to_be_focused()
    for _ in range(6):
        one.page.keyboard.press("Tab")
        assert one.page.evaluate(
            "['TENURE-IN-APP', 'BODY'].includes(document.activeElement.tagName)"
        )
    one.page.keyboard.press("Escape")
    expect(one.box).to_have_count(0)
    until(one.waits, [])
    one.page.reload()
    one.sees_nothing()
    assert one.told().count("In-app Dismissed") == 1


def test_a_checklist_is_ticked_by_what_they_do_and_by_hand(visit, key):
    one = Somebody(visit, key, "ann-checklist").sees("First steps")
    expect(one.box.locator(".count")).to_have_text("0/2")
    assert one.faults() == set()
    one.page.evaluate("tenure.track('Project Created')")
    expect(one.box.locator(".count")).to_have_text("1/2")
    one.box.locator("summary").click()
    # A browser tells of it a moment after; who reloads at once is faster than any hand.
    one.page.wait_for_function("(sessionStorage.getItem('tenure.in-app.shut') || '[]') !== '[]'")
    one.page.reload()
    one.sees("First steps")
    assert one.box.locator("details").get_attribute("open") is None  # folded up it stays
    one.box.locator("summary").click()
    one.box.get_by_role("button", name="Mark as done: Tell a colleague").click()
    expect(one.box.get_by_role("status")).to_have_text("All done")
    until(one.waits, [])


def test_a_tour_step_points_to_what_it_speaks_of(visit, key):
    room = "<div style='height:1500px'></div>"
    body = f"{room}<button id='new-project'>Deep down</button>{room}"
    one = Somebody(visit, key, "ann-tour_step", body=body).sees("New projects start here")
    target = one.page.locator("#new-project").first.bounding_box()
    box, ring = one.box.bounding_box(), one.page.locator(".ring").bounding_box()
    assert (box["y"], ring["x"]) == (target["y"] + target["height"] + 12, target["x"] - 4)
    assert one.faults() == set()
    one.page.mouse.wheel(0, 1500)
    expect(one.page.locator(".box.away")).to_have_count(1)  # what it points to is out of sight
    one.page.mouse.wheel(0, -1500)
    one.box.get_by_role("button", name="Got it").click()
    until(one.waits, [])


def test_a_survey_by_keyboard(visit, key):
    one = Somebody(visit, key, "ann-survey").sees("One question")
    assert one.faults() == set()
    one.box.get_by_role("button", name="Send").click()
    expect(one.box).to_have_count(1)  # the score is asked for
    one.box.get_by_role("radio", name="0", exact=True).focus()
    for _ in range(3):
        one.page.keyboard.press("ArrowRight")
    one.box.get_by_label("Why?").fill("It is <slow>")
    one.box.get_by_role("button", name="Send").click()
    expect(one.box.locator("h2")).to_have_text("Thank you.")
    until(lambda: one.told().count("Survey Answered"), 2)
    said = {
        row["properties"]["question"]: row["properties"]
        for row in visit.arrived.rows("tenure")
        if row["name"] == "Survey Answered" and row["user_id"] == "ann-survey"
    }
    assert (said["score"]["score"], said["why"]["text"]) == (3, "It is <slow>")


@pytest.mark.parametrize("kind", ["banner", "survey"])
def test_on_a_phone_in_the_dark_nothing_is_wider_than_the_screen(
    browser, site, tenure, arrived, sources, key, kind
):
    from browser_world import visiting

    more = {"color_scheme": "dark", "reduced_motion": "reduce"}
    with visiting(browser, site, tenure, arrived, next(sources), **more) as visit:
        head = "<meta name='color-scheme' content='light dark'>"
        one = Somebody(visit, key, f"phone-{kind}", width=390, head=head)
        one.box.wait_for()
        box = one.box.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert one.page.evaluate("document.documentElement.scrollWidth") == 390
        assert one.box.evaluate("(box) => getComputedStyle(box).animationName") == "none"
        assert one.faults() == set()


@pytest.mark.parametrize("kind", ["modal", "survey"])
def test_under_a_policy_that_demands_trusted_types_and_allows_no_style(visit, key, kind):
    policy = (
        f"default-src 'none'; script-src 'unsafe-inline' {visit.host}; "
        f"connect-src {visit.host}; require-trusted-types-for 'script'"
    )
    one = Somebody(visit, key, f"policy-{kind}", policy=policy)
    one.box.wait_for()
    assert one.box.evaluate("(box) => getComputedStyle(box).position") == "fixed"
    assert one.page.evaluate("window.wrong") is None


def test_a_name_that_is_not_signed_is_shown_nothing(visit, key):
    theirs = token(key, "gone-banner")
    payload = encoded(json.dumps({"person": "gone-modal", "exp": 4_000_000_000}).encode())
    prefix, key_id, _, signature = theirs.split(".")
    forged = f"{prefix}.{key_id}.{payload}.{signature}"
    one = Somebody(visit, key, "gone-modal", how=f"{{token: '{forged}'}}")
    one.page.wait_for_function("() => window.wrong && window.wrong.includes('401')")
    one.sees_nothing(once_asked=False)
    assert one.waits() == ["modal"]


def test_one_at_a_time_and_the_next_one_on_the_next_page(visit, key):
    one = Somebody(visit, key, "both").sees("Your first project is done")
    one.box.get_by_role("button", name="Show the next step").click()
    expect(one.box).to_have_count(0)
    one.sees_nothing()
    one.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # back in its tab
    one.sees_nothing()
    one.page.evaluate("history.pushState({}, '', location.pathname + '/next')")
    one.sees("Reports come by themselves")
    assert visit.await_names("page", "page", "Next Step Wanted")
    one.page.evaluate("tenure.reset()")  # they sign out
    expect(one.box).to_have_count(0)


def test_it_waits_for_its_page(visit, key):
    one = Somebody(visit, key, "paged").sees_nothing()
    one.page.evaluate("history.pushState({}, '', location.pathname + '/deep')")
    one.sees("Reports come by themselves")
    assert one.box.count() == 1


def test_it_never_lies_over_the_way_out(visit, key):
    low = "<a href='/cancel' style='position:fixed;bottom:20px;left:50%'>Cancel plan</a>"
    one = Somebody(visit, key, "out-1", body=low).sees("Reports come by themselves")
    assert one.box.bounding_box()["y"] == 12  # above, where it lies over nothing
    both = low + low.replace("bottom", "top")
    Somebody(visit, key, "out-2", body=both).sees_nothing()
    modal = Somebody(visit, key, "out-3", body=low).sees_nothing()
    modal.page.evaluate("document.querySelector('a').remove()")
    modal.sees("Your first project is done")


def test_it_gives_way_to_who_leaves_and_to_another_question(visit, key):
    body = "<tenure-question></tenure-question>"
    one = Somebody(visit, key, "asked", body=body).sees_nothing()
    one.page.evaluate("document.querySelector('tenure-question').remove()")
    one.sees("Reports come by themselves")
    one.page.evaluate("document.body.append(document.createElement('tenure-cancel'))")
    one.page.reload()
    one.page.evaluate("document.body.append(document.createElement('tenure-cancel'))")
    one.sees_nothing()
    assert one.box.count() == 0


def test_below_a_prefix_and_by_any_name(visit, key):
    host = f"{visit.host}/assets/x9"
    data = 'data-path="app.js"'
    one = Somebody(visit, key, "prefix", host=host, script="app.js", data=data)
    one.sees("Reports come by themselves")
    scripts = one.page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert f"{host}/app-in-app.js" in scripts
    one.box.get_by_role("button", name="Close").click()
    until(one.waits, [])


def test_without_consent_nothing_is_asked_and_a_no_takes_it_away(visit, key):
    one = Somebody(visit, key, "off", data='data-consent="required"')
    one.sees_nothing(once_asked=False)
    one.page.evaluate("tenure.consent(true)")
    one.sees("Reports come by themselves")
    one.page.evaluate("tenure.consent(false)")
    expect(one.box).to_have_count(0)
    assert one.page.evaluate("Object.keys(sessionStorage)") == []


@pytest.mark.parametrize(
    ("person", "lang", "way"), [("ar", "ar", "rtl"), ("zh-hans", "zh-CN", "ltr")]
)
def test_it_reads_as_its_language_does(visit, key, person, lang, way):
    one = Somebody(visit, key, person, lang=lang, dir=way)
    one.box.wait_for()
    assert (one.box.get_attribute("lang"), one.box.get_attribute("dir")) == (person, way)
    shut = one.box.locator(".shut").bounding_box()
    box = one.box.bounding_box()
    is_left = shut["x"] < box["x"] + box["width"] / 2
    assert is_left == (way == "rtl")
    assert one.faults() == set()
