"""Each call of tenure.js is an event, with who, where and when."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from browser_world import PAGE, await_script

from tenure.console.pages.data.snippets import snippets

pytestmark = pytest.mark.slow
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_every_call_arrives_as_an_event_with_its_fields(visit):
    page = visit.open(page="false")
    page.evaluate("""() => {
        tenure.track('Looked Around');
        tenure.identify('u1', {email: 'ann@acme.test'});
        tenure.group('acme', {name: 'Acme', plan: 'Pro'});
        tenure.track('Report Exported', {rows: 3, format: 'csv'});
        tenure.page('Pricing', {section: 'x'});
        tenure.outcome('invoices_out_faster', {role: 'buyer'});
    }""")

    rows = visit.await_names(
        "Looked Around", "identify", "group", "Report Exported", "Pricing", "Outcome Stated"
    )

    [anonymous] = {row["anonymous_id"] for row in rows.values()}
    assert re.fullmatch(UUID, anonymous)
    who = {name: (row["type"], row["user_id"], row["account_key"]) for name, row in rows.items()}
    assert who == {
        "Looked Around": ("track", None, None),
        "identify": ("identify", "u1", None),
        "group": ("group", "u1", "acme"),
        "Report Exported": ("track", "u1", "acme"),
        "Pricing": ("page", "u1", "acme"),
        "Outcome Stated": ("track", "u1", "acme"),
    }
    what = {name: row["properties"] for name, row in rows.items()}
    path = page.evaluate("location.pathname")
    assert what.pop("Pricing") == {
        "section": "x", "path": path, "referrer": "", "search": "", "title": "Acme",
        "url": page.url,
    }  # fmt: skip
    assert what == {
        "Looked Around": {},
        "identify": {"email": "ann@acme.test"},
        "group": {"name": "Acme", "plan": "Pro"},
        "Report Exported": {"rows": 3, "format": "csv"},
        "Outcome Stated": {"outcome": "invoices_out_faster", "role": "buyer", "by": "u1"},
    }
    assert visit.arrived.rejected == []


def test_an_event_says_where_and_when_it_happened(visit):
    address = visit.add(visit.html()) + "?utm_source=news&utm_campaign=spring&q=1"
    page = visit.open(address)

    row = visit.await_names("page")["page"]

    context = row["context"]
    assert context["library"] == {"name": "tenure.js", "version": page.evaluate("tenure.version")}
    assert context["campaign"] == {"source": "news", "name": "spring"}
    assert context["page"]["url"] == address
    assert context["page"]["search"] == "?utm_source=news&utm_campaign=spring&q=1"
    assert context["locale"] == page.evaluate("navigator.language")
    assert context["timezone"] == page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert context["screen"]["width"] == 1280
    assert "Chrome" in context["userAgent"]
    now = datetime.now(UTC)
    for name in ("occurred_at", "original_at", "sent_at"):
        assert timedelta(0) <= now - row[name] < timedelta(seconds=20)
    assert row["original_at"] <= row["sent_at"]


def test_calls_before_the_script_has_come_are_kept(visit):
    stub = re.search(r"```html\n(<script>\n.*?</script>)", PAGE.read_text("utf-8"), re.S)[1]
    before = f"{stub}<script>tenure.identify('u7'); tenure.track('Early'); tenure.ready(() => "
    before += "{ window.wasReady = tenure.who().userId })</script>"
    page = visit.open(before=before)

    rows = visit.await_names("identify", "Early", "page")

    assert {row["user_id"] for row in rows.values()} == {"u7"}
    assert page.evaluate("window.wasReady") == "u7"


def test_load_says_what_a_tag_without_a_key_left_open(visit):
    body = f"""<script>addEventListener('load', () => tenure.load({{key: '{visit.key}',
        page: false, interval: 50, account: 42}}))</script>"""
    page = visit.open(visit.add(visit.html(key=None, body=body)))
    page.evaluate("tenure.track('Loaded')")

    assert visit.await_names("Loaded")["Loaded"]["account_key"] == "42"


def test_ids_stay_through_a_reload_and_end_with_reset(visit):
    page = visit.open(page="false")
    page.evaluate("tenure.identify('u1'); tenure.group('acme')")
    before = page.evaluate("tenure.who()")
    page.reload()
    await_script(page)

    assert page.evaluate("tenure.who()") == before
    assert (before["userId"], before["groupId"]) == ("u1", "acme")

    after = page.evaluate("tenure.reset(), tenure.who()")
    assert (after["userId"], after["groupId"]) == (None, None)
    assert after["anonymousId"] != before["anonymousId"]


def test_another_person_at_the_same_browser_has_another_anonymous_id_and_no_account_yet(visit):
    page = visit.open(page="false")
    page.evaluate("tenure.identify('ann'); tenure.group('acme'); tenure.identify('ann')")
    ann = page.evaluate("tenure.who()")
    bob = page.evaluate("tenure.identify('bob'), tenure.who()")

    assert (ann["userId"], ann["groupId"]) == ("ann", "acme")
    assert (bob["userId"], bob["groupId"]) == ("bob", None)
    assert bob["anonymousId"] != ann["anonymousId"]


def test_a_listener_sees_every_event_and_may_change_or_drop_it(visit):
    page = visit.open(page="false")
    page.evaluate("""() => {
        const off = tenure.on('event', (event) => {
            if (event.event === 'Secret') return false;
            event.properties.seen = true;
        });
        tenure.track('Secret'); tenure.track('Open');
        off();
        tenure.on('event', () => { throw new Error('of the host') });
        tenure.track('After');
    }""")

    rows = visit.await_names("Open", "After")

    assert rows["Open"]["properties"] == {"seen": True}
    assert rows["After"]["properties"] == {}


def test_nothing_that_a_page_passes_makes_a_call_throw(visit):
    page = visit.open(page="false")
    page.evaluate("""() => {
        const circle = {}; circle.circle = circle;
        tenure.track('Circle', circle); tenure.track('Big', {n: 10n});
        tenure.track(); tenure.identify(); tenure.group(); tenure.group(null); tenure.page(null);
        tenure.on(); tenure.ready(); tenure.consent; tenure.outcome(); tenure.load(null);
        tenure.track('Odd', {get x() { throw new Error('mine') }});
        tenure.track('Late', {at: new Date(0), no: undefined, fn() {}}, {timestamp: 'yesterday'});
        tenure.track('Fine', {text: '\\ud83d\\ude00 \\ud800 中文', at: new Date(0)});
    }""")

    until = visit.await_names("Fine", "Late", "identify", "page", "Outcome Stated")

    assert until["Fine"]["properties"]["at"] == "1970-01-01T00:00:00.000Z"
    assert until["Fine"]["properties"]["text"].endswith("中文")
    # What names nothing is kept, and shown under Data.
    assert {row.code for row in visit.arrived.rejected} <= {"no_event_name"}


def test_the_consoles_snippet_sends_as_it_stands(visit, tenure):
    [text] = [each.text for each in snippets(visit.key, tenure) if each.anchor == "browser"]
    page = visit.context.new_page()
    page.goto(visit.add(f"<!doctype html><title>Acme</title>{text}"))
    await_script(page)
    page.evaluate("tenure.flush()")

    rows = visit.await_names("identify", "group", "page")

    assert {(row["user_id"], row["account_key"]) for row in rows.values()} >= {("u-1", "acme")}
