"""When something is wrong at the way out: tokens that are not right, a Tenure that is stopped in
the middle, a backend that fails, is slow, answers twice or lies; and under any path."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from browser_world import Gateway, until
from leaving_world import Embedded, OnPage, signed
from playwright.sync_api import expect

from billing.billing_worlds import hangs_up, only, says, sleeps
from tenure.app.serving import free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def plain(browser):
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def refuses(world, page, plain, token):
    """What the embed's listener and the hosted page say of a token."""
    walk = Embedded(page, world, token=token, how="onError: null,")
    until(walk.heard, [["onError", "error"]])
    error = walk.page.evaluate("heard[0][1].error.code")
    assert walk.page.locator("tenure-cancel").count() == 0
    shown = OnPage(plain, world, token=token)
    assert shown.screen.get_attribute("data-screen") == "failed"
    return error, shown.reply.status, shown.text


def changed(token, **said):
    """The token with another payload under the old signature."""
    head, name, text, mac = token.split(".")
    payload = json.loads(base64.urlsafe_b64decode(text + "=="))
    text = base64.urlsafe_b64encode(json.dumps(payload | said).encode()).rstrip(b"=").decode()
    return ".".join((head, name, text, mac))


def test_tokens_that_are_not_right_open_nothing_and_say_why(world, page, plain):
    right = world.token()
    late = world.token(exp=int(time.time()) - 5)
    other = world.token(account="team-99")
    swapped = right.rpartition(".")[0] + "." + other.rpartition(".")[2]
    theirs = signed({"account": "team-99"}, [world.key[0], "cs_guessed"])
    found = {
        name: refuses(world, page, plain, token)[:2]
        for name, token in {
            "another account": changed(right, account="team-99"),
            "test made live": changed(world.token(mode="test"), mode="live"),
            "more offers": changed(world.token(offers=[]), offers=["money_back"]),
            "acts that nobody signed": changed(right, host_acts=["discount"]),
            "swapped": swapped,
            "guessed": theirs,
            "expired": late,
            "nonsense": "nonsense",
        }.items()
    }

    forged, expired = ("token_forged", 401), ("token_expired", 401)
    assert found == {
        "another account": forged,
        "test made live": forged,
        "more offers": forged,
        "acts that nobody signed": forged,
        "swapped": forged,
        "guessed": forged,
        "expired": expired,
        "nonsense": ("token_malformed", 400),
    }
    assert world.billing.requests == []


def test_a_token_is_for_one_visit(world, page, plain):
    token = world.token()
    OnPage(plain, world, token=token).sees("why").leaves()

    error, status, text = refuses(world, page, plain, token)

    assert (error, status) == ("token_used", 409)
    assert "Your cancellation was received" in text
    assert sum(world.billing.effects.values()) == 1


def test_a_screen_that_was_swapped_or_changed_on_its_way_is_refused(world, plain):
    mine = OnPage(plain, world).sees("why").presses("leave").sees("confirm")
    sealed = plain.locator("input[name=passage]").get_attribute("value")
    for wrong in (sealed[:-2] + "AA", "x" + sealed, sealed.swapcase(), ""):
        reply = plain.request.post(world.url + "/leave", form={"passage": wrong, "action": "leave"})
        assert reply.status in (400, 401)

    assert world.billing.requests == []
    mine.presses("leave").sees("left")


def test_a_form_that_is_sent_three_times_cancels_once(world, plain):
    OnPage(plain, world).sees("why").presses("leave").sees("confirm")
    sealed = plain.locator("input[name=passage]").get_attribute("value")

    form = {"passage": sealed, "action": "leave"}
    replies = [plain.request.post(world.url + "/leave", form=form) for _ in range(3)]

    assert {reply.status for reply in replies} == {200}
    assert ["Your subscription is cancelled" in reply.text() for reply in replies] == [True] * 3
    assert sum(world.billing.effects.values()) == 1


# --- the host's backend


@pytest.mark.parametrize(
    ("trouble", "effects"),
    [
        (only("cancel_at_period_end", says(500, "oh")), 0),
        (only("cancel_at_period_end", hangs_up), 0),
        (only("cancel_at_period_end", sleeps(6)), 0),
        (only("cancel_at_period_end", says(200, "not json")), 0),
    ],
    ids=["fails", "hangs up", "is slow", "says nonsense"],
)
def test_a_backend_in_trouble_keeps_nobody_and_the_page_says_what_holds(
    world, plain, trouble, effects
):
    world.billing.before = trouble
    began = time.monotonic()

    walk = OnPage(plain, world).sees("why").leaves()

    assert "Your cancellation was received" in walk.text and "It counts from" in walk.text
    assert "Billing has not confirmed it yet" in walk.text
    assert time.monotonic() - began < 15
    assert sum(world.billing.effects.values()) == effects


def test_a_backend_that_is_not_there_is_under_way(world, plain):
    world.billing.before = only("cancel_at_period_end", says(503))

    walk = OnPage(plain, world).sees("why").leaves()

    assert "Your subscription is cancelled" in walk.text  # nothing was done, and it is asked again


def test_a_backend_that_lies_is_not_believed(world, page):
    world.billing.lies = True
    walk = Embedded(page, world, offers=["pause_2_months"]).to_offers()

    walk.accepts("pause_2_months")

    assert "It is being set up." in walk.text
    assert walk.closes()["billing"] == "pending"


def test_a_backend_that_did_it_and_lost_its_answer_did_it_once(world, page):
    world.billing.after = only("pause", hangs_up)
    walk = Embedded(page, world, offers=["pause_2_months"]).to_offers()
    walk.accepts("pause_2_months")
    walk.presses("leave").sees("confirm").presses("leave").sees("left")

    assert world.billing.kinds().count("cancel_at_period_end") == 1
    assert set(world.billing.effects.values()) == {1}


# --- under any path


@pytest.mark.parametrize("below", ["/t", "/assets/x9", "/any/path"])
def test_below_any_path_script_flow_and_hosted_page_stay_there(world, browser, below):
    with Gateway(int(world.url.rpartition(":")[2])).open() as gateway:
        context = browser.new_context()
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        name = "app.js" if below == "/assets/x9" else "tenure.js"
        walk = Embedded(page, world, script=f"{gateway.url}{below}/{name}", offers=["training"])
        walk.to_offers().accepts("training").leaves()
        ours = [url.removeprefix(gateway.url) for url in asked if url.startswith(gateway.url)]
        assert ours[0] == f"{below}/{name}"
        assert set(ours[1:]) == {f"{below}/v1/cancel/open", f"{below}/v1/cancel/step"}

        page.goto(f"{gateway.url}{below}/leave/{world.token()}")
        form = page.locator("form.steps").get_attribute("action")
        walk = OnPage.__new__(OnPage)
        walk.page = page
        if below != "/any/path":  # a proxy that changes paths says nothing of it
            assert form == f"{below}/leave"
            walk.sees("why").leaves()
        context.close()


# --- Tenure itself


@contextmanager
def a_web_of_its_own(world, port):
    """Another `tenure web` on the same home, which may be killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tenure.app", "--home", str(world.root), "web", "--port", str(port)],
        env={k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: answers(port))
    try:
        yield process
    finally:
        if process.poll() is None:
            killed(process)


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False


def killed(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_tenure_is_killed_in_the_middle_and_the_hosts_own_way_goes_on(world, browser):
    port = free_port("127.0.0.1", 0)
    own = "<!doctype html><title>The host's own way</title>"
    world.site.pages["/k%C3%BCndigen"] = own
    context = browser.new_context()
    page, hosted = context.new_page(), context.new_page()
    with a_web_of_its_own(world, port) as process:
        url = f"http://127.0.0.1:{port}"
        walk = Embedded(
            page, world, script=url + "/tenure.js", cancel_url=world.site.url + "/kündigen"
        ).sees("why")
        hosted.goto(f"{url}/leave/{world.token()}")
        on_page = OnPage.__new__(OnPage)
        on_page.page = hosted
        on_page.sees("why").presses("leave").sees("confirm")
        killed(process)

        walk.presses("leave")
        page.wait_for_url("**/k%C3%BCndigen")
    assert world.billing.requests == []

    with a_web_of_its_own(world, port):  # started again: the page that stood open goes on
        on_page.presses("leave").sees("left")
    assert world.billing.kinds() == ["cancel_at_period_end", "read_back"]
    context.close()


def test_an_answer_that_takes_too_long_leads_to_the_hosts_own_way(world, browser):
    world.site.pages["/own"] = "<!doctype html><title>The host's own way</title>"
    with Gateway(int(world.url.rpartition(":")[2])).open() as gateway:
        gateway.deeds.append("hang")
        context = browser.new_context()
        page = context.new_page()
        began = time.monotonic()
        Embedded(
            page, world, script=gateway.url + "/tenure.js",
            how=f"cancelUrl: '{world.site.url}/own', ",
        )  # fmt: skip
        page.wait_for_url("**/own")
        assert 1.4 < time.monotonic() - began < 10
        expect(page).to_have_title("The host's own way")
        context.close()


# --- the host's own page


BREAKS = "() => { throw new Error('the host broke'); }"


def test_a_listener_that_breaks_harms_nobody(world, page):
    walk = Embedded(page, world, how=f"onStep: {BREAKS}, ", offers=["training"]).to_offers()

    assert walk.accepts("training").closes()["outcome"] == "saved"


def test_a_fallback_that_breaks_ends_the_call_all_the_same(world, page):
    walk = Embedded(page, world, token="nonsense", how=f"fallback: {BREAKS}, ")

    assert walk.page.evaluate("ended.then((result) => result.outcome)") == "error"
    assert Embedded(page, world).sees("why").closes()["outcome"] == "abandoned"
