"""Nothing is lost and nothing counts twice: failures, offline, leaving, tabs, no storage."""

import json
import re
import time

import pytest
from browser_world import until

pytestmark = pytest.mark.slow
# Where each request counts: an answer that is slow to come is no failure.
PATIENT = {"timeout": 10_000}


def waiting(visit, page):
    return [name for name in visit.stored(page) if name.startswith("tenure.q.")]


def test_ten_events_leave_at_once_and_fewer_after_a_while_in_one_request(visit_by_gateway, gateway):
    visit = visit_by_gateway
    page = visit.open(page="false", interval=60_000, **PATIENT)
    page.evaluate("for (let i = 0; i < 9; i++) tenure.track('Nine')")
    page.wait_for_timeout(250)
    assert gateway.posts == []

    page.evaluate("tenure.track('Tenth')")
    visit.await_names(*["Nine"] * 9, "Tenth")

    [(path, headers, body)] = gateway.posts
    assert path == "/v1/b"
    # Neither a preflight nor the host's cookies.
    assert headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert "Cookie" not in headers and "Authorization" not in headers
    assert json.loads(body).keys() == {"writeKey", "sentAt", "batch"}
    until(lambda: waiting(visit, page), [])


def test_what_failed_comes_again_and_counts_once(visit_by_gateway, gateway):
    visit = visit_by_gateway
    page = visit.open(page="false", timeout=2_000)  # the hung one is awaited so long
    deeds = [("answer", status, {}) for status in (408, 410, 429, 500, 503)]
    deeds += ["break", "lose", "hang"]
    for number, deed in enumerate(deeds):
        gateway.deeds.append(deed)
        page.evaluate(f"tenure.track('E{number}')")
        until(lambda: len(gateway.posts), 2 * (number + 1))
    visit.await_names(*[f"E{number}" for number in range(len(deeds))])

    assert gateway.names() == [f"E{number // 2}" for number in range(2 * len(deeds))]
    ids = [body["batch"][0]["messageId"] for body in gateway.bodies()]
    assert ids[::2] == ids[1::2]


def test_retry_after_holds_for_the_next_page_too(visit_by_gateway, gateway):
    visit = visit_by_gateway
    gateway.deeds.append(("answer", 429, {"Retry-After": "2"}))
    page = visit.open(page="false", **PATIENT)
    page.evaluate("tenure.track('Refused')")
    until(lambda: gateway.posts)
    refused_at = time.monotonic()
    until(lambda: "tenure.retry" in visit.stored(page))
    page.reload()
    until(lambda: len(gateway.posts), 2)

    assert time.monotonic() - refused_at > 1.8
    visit.await_names("Refused")


def test_what_the_server_will_never_take_is_not_sent_again(visit_by_gateway, gateway):
    visit = visit_by_gateway
    page = visit.open(page="false", **PATIENT)
    page.evaluate("() => { tenure.on('refused', (seen) => { window.refused = seen }) }")
    statuses = [400, 401, 403, 404, 413, 422, 501, 505]
    for status in statuses:
        gateway.deeds.append(("answer", status, {}))
        page.evaluate("window.refused = null; tenure.track('Bad')")
        page.wait_for_function("() => window.refused")
        assert page.evaluate("window.refused") == {"status": status, "events": 1}
    page.evaluate("tenure.track('Good')")
    visit.await_names("Good")

    assert gateway.names() == ["Bad"] * len(statuses) + ["Good"]
    assert "tenure.retry" not in visit.stored(page)


def test_a_batch_that_is_too_large_is_halved(visit_by_gateway, gateway):
    visit = visit_by_gateway
    gateway.deeds.append(("answer", 413, {}))
    page = visit.open(page="false", **PATIENT)
    page.evaluate("for (const name of 'abcd') tenure.track(name)")

    visit.await_names(*"abcd")

    assert [len(body["batch"]) for body in gateway.bodies()] == [4, 2, 2]


def test_what_happens_offline_is_sent_later_in_order_and_dated_when_it_happened(visit):
    page = visit.open(page="false")
    visit.context.set_offline(True)
    page.evaluate("tenure.track('First'); tenure.track('Second')")
    page.wait_for_timeout(900)
    visit.context.set_offline(False)

    rows = visit.await_names("First", "Second")

    assert rows["First"]["occurred_at"] <= rows["Second"]["occurred_at"]
    late = rows["First"]["received_at"] - rows["First"]["occurred_at"]
    assert late.total_seconds() > 0.8


def test_what_could_not_be_sent_before_the_page_went_is_sent_by_the_next_one(
    visit_by_gateway, gateway
):
    visit = visit_by_gateway
    gateway.deeds += ["break", "break", "break"]
    page = visit.open(page="false")
    page.evaluate("tenure.track('Left behind')")
    until(lambda: gateway.posts)
    page.goto("about:blank")
    assert visit.rows() == []

    visit.open(page="false")

    rows = visit.await_names("Left behind")

    [tried] = gateway.bodies()[0]["batch"]
    assert rows["Left behind"]["message_id"] == tried["messageId"]


@pytest.mark.parametrize("leave", ["close", "away", "reload"])
def test_what_is_said_as_the_page_goes_arrives(visit_by_gateway, leave):
    visit = visit_by_gateway
    page = visit.open(page="false", interval=60_000)
    page.evaluate("addEventListener('pagehide', () => tenure.track('Last word'), true)")
    page.evaluate("tenure.track('Word')")
    if leave == "close":
        page.close(run_before_unload=True)
    elif leave == "away":
        page.goto("about:blank")
    else:
        page.reload()

    rows = visit.await_names("Word", "Last word")

    assert rows["Word"]["occurred_at"] <= rows["Last word"]["occurred_at"]
    assert rows["Word"]["anonymous_id"] == rows["Last word"]["anonymous_id"]


OLDER = """
delete Request.prototype.keepalive;
Object.defineProperty(crypto, 'randomUUID', {value: undefined});
"""


def test_an_older_browser_leaves_by_beacon(visit_by_gateway, gateway):
    visit = visit_by_gateway
    visit.context.add_init_script(OLDER)
    page = visit.open(page="false", interval=60_000)
    page.evaluate("tenure.track('Last word')")
    page.close(run_before_unload=True)

    row = visit.await_names("Last word")["Last word"]

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["anonymous_id"])
    assert gateway.posts[0][1]["Content-Type"] == "text/plain;charset=UTF-8"


def test_in_a_sandbox_without_an_origin_it_works_from_memory(visit):
    inner = visit.add(visit.html(cookie_domain="acme.test"))
    frame = f'<iframe sandbox="allow-scripts" src="{inner}"></iframe>'
    page = visit.context.new_page()
    page.goto(visit.add(f"<!doctype html>{frame}"))

    rows = visit.await_names("page")

    assert rows["page"]["properties"]["path"] == inner.removeprefix(visit.site.url)
    assert len(rows["page"]["anonymous_id"]) == 36


def test_much_that_waits_leaves_in_parts_that_a_leaving_page_may_send(visit_by_gateway, gateway):
    visit = visit_by_gateway
    page = visit.open(page="false", interval=60_000, size=1_000)
    page.evaluate("""() => {
        for (let i = 0; i < 90; i++) tenure.track('Long', {text: '中'.repeat(900)});
        tenure.flush();
    }""")

    visit.await_names(*["Long"] * 90)

    assert max(len(body) for _, _, body in gateway.posts) <= 64 * 1024
    assert len(gateway.names()) == 90


def test_only_so_much_waits_and_the_oldest_goes(visit):
    page = visit.open(page="false", keep=30)
    visit.context.set_offline(True)
    page.evaluate("for (let i = 0; i < 70; i++) tenure.track('E' + i)")
    visit.context.set_offline(False)
    until(lambda: visit.rows() and not waiting(visit, page))

    names = visit.names()
    assert len(names) < 60
    assert names == [f"E{number}" for number in range(70 - len(names), 70)]


def test_two_tabs_share_what_waits_and_nothing_counts_twice(visit_by_gateway, gateway):
    visit = visit_by_gateway
    address = visit.add(visit.html(page="false", **PATIENT))
    one, two = visit.open(address), visit.open(address)
    # What one tab stores, a tab in another process sees a moment later.
    until(lambda: one.evaluate("tenure.who()") == two.evaluate("tenure.who()"))
    two.evaluate("tenure.identify('u1')")
    until(lambda: one.evaluate("tenure.who().userId") == "u1")
    for number in range(20):
        (one, two)[number % 2].evaluate(f"tenure.track('E{number}')")

    visit.await_names("identify", *[f"E{number}" for number in range(20)])

    until(lambda: waiting(visit, one), [])
    ids = [event["messageId"] for body in gateway.bodies() for event in body["batch"]]
    assert len(ids) == len(set(ids)) == 21


def test_a_tab_that_hung_does_not_keep_its_events_from_the_other(visit_by_gateway, gateway):
    visit = visit_by_gateway
    gateway.deeds.append("hang")
    address = visit.add(visit.html(page="false"))
    one, two = visit.open(address), visit.open(address)
    one.evaluate("tenure.track('Stuck')")
    until(lambda: gateway.posts)
    # What one tab stores, a tab in another process sees a moment later.
    until(lambda: "tenure.anonymous" in visit.stored(two))
    one.goto("about:blank")
    two.evaluate("tenure.track('Other')")

    rows = visit.await_names("Stuck", "Other")

    [tried] = gateway.bodies()[0]["batch"]
    assert rows["Stuck"]["message_id"] == tried["messageId"]
    assert rows["Stuck"]["anonymous_id"] == rows["Other"]["anonymous_id"]


NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
NULL = "Object.defineProperty(window, 'localStorage', {value: null})"


@pytest.mark.parametrize("broken", [NO_STORAGE, FULL, NULL], ids=["none", "full", "null"])
def test_without_storage_events_arrive_while_the_page_is_there(visit_by_gateway, gateway, broken):
    visit = visit_by_gateway
    gateway.deeds.append(("answer", 500, {}))
    visit.context.add_init_script(broken)
    page = visit.open(page="false")
    page.evaluate("tenure.identify('u1'); tenure.track('Kept')")

    rows = visit.await_names("identify", "Kept")

    assert rows["Kept"]["user_id"] == "u1"
    assert len({row["anonymous_id"] for row in rows.values()}) == 1
    page.evaluate("tenure.track('Last')")
    page.close(run_before_unload=True)
    visit.await_names("identify", "Kept", "Last")


def test_what_others_wrote_into_the_storage_harms_nothing(visit):
    page = visit.open(page="false", interval=60_000)
    page.evaluate("tenure.track('Good')")
    [name] = waiting(visit, page)
    start = name[: len(f"tenure.q.{visit.key}.")]
    page.evaluate(
        """start => {
        localStorage.setItem(start + '0', 'rubbish');
        localStorage.setItem(start + '1', '0|{"half');
        localStorage.setItem(start + '2', '99999999999999|{"type":"track","event":"Far","userId":"u"}');
        localStorage.setItem('tenure.retry', '99999999999999x');
        tenure.flush();
    }""",
        start,
    )

    rows = visit.await_names("Good", "Far")

    assert rows.keys() == {"Good", "Far"}
    assert rows["Far"]["user_id"] == "u"
    until(lambda: waiting(visit, page), [])
