"""The compliance log as a page: every entry in words, filters in the link, checked and exported."""

import asyncio
import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.test import AsyncRequestFactory, Client
from django.test.utils import CaptureQueriesContext

from tenure.base.ids import digest
from tenure.card.models import AccountCard
from tenure.console.download import csv_reply
from tenure.console.streamed import streamed_reply
from tenure.offboard.event import VisitEvent, Whose
from tenure.offboard.log import append_to_log, forget_in_log
from tenure.offboard.log_checking import export_log
from tenure.offboard.models import LogEntry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
VIEW = {
    "title": "Why do you leave <us>?",
    "fields": [{"label": "Reason", "options": [{"label": "Too dear"}]}],
    "ways": [{"label": "Cancel subscription"}],
}


def entry(number: int, name: str, said: dict, account: str = "acme", visit: str = "v1") -> None:
    at = NOW + timedelta(days=number)
    whose = Whose(visit, account, "sub_1", "ada")
    append_to_log([VisitEvent(digest("m", visit, str(number)), name, at, whose, said)])


@pytest.fixture
def log(visitor: Client) -> Client:
    """Six entries: a visit of Acme, and the beginning of one of Bolt."""
    AccountCard.objects.create(account_id="acme", name="Acme Works")
    AccountCard.objects.create(account_id="bolt", name="Bolt")
    entry(1, "Visit Opened", {"flow": "default", "shape": "direct", "share": 0.8})
    entry(2, "Screen Shown", {"screen": "why", "language": "en", "view": VIEW})
    entry(
        3,
        "Visit Answered",
        {"screen": "why", "action": "answer", "reason": "price_value", "text": "<b>dear</b>"},
    )
    entry(4, "Leaving Confirmed", {"billing": "pending", "ends_on": "2026-03-31"})
    entry(5, "Billing Changed", {"billing": "done"})
    entry(6, "Visit Opened", {"flow": "default"}, account="bolt", visit="v2")
    return visitor  # fmt: skip


def html(reply) -> str:
    assert reply.status_code == 200, reply.status_code
    return unescape(reply.content.decode())


def listed(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="entry-(\d+)"', page)]


def page(log: Client, query: str = "") -> str:
    return html(log.get(f"/leaving/log{query}"))


def test_an_empty_log_says_when_there_will_be_something(visitor):
    shown = page(visitor)

    assert "Nothing has been written into the log yet" in shown
    assert 'href="/leaving/flows"' in shown


def test_every_entry_is_told_in_words_the_newest_first(log):
    shown = page(log)

    assert "6 entries, each sealed by the next" in shown
    assert listed(shown) == [6, 5, 4, 3, 2, 1]
    said = ["Billing answered", "Done in billing", "Confirmed that they leave",
            "Waiting for billing", "Answered", "Why do you leave <us>?", "Reason: Too dear",
            "[Cancel subscription]"]  # fmt: skip
    entries = shown.partition("log-entries")[2]
    places = [entries.index(each) for each in said] + [entries.rindex("Opened")]
    assert places == sorted(places)
    assert "Acme Works" in shown
    assert "<dt>Chance of the arm</dt><dd>0.8</dd>" in shown


def test_what_they_wrote_is_text_and_nothing_else(log):
    raw = log.get("/leaving/log").content.decode()

    assert "<b>dear" not in raw
    assert "&lt;b&gt;dear" in raw
    assert "leave <us>" not in raw


def test_digests_are_short_to_see_and_whole_to_copy(log):
    shown = page(log)

    for held in LogEntry.objects.all():
        assert (
            f'<code id="digest-{held.number}" title="{held.digest}">{held.digest}</code>' in shown
        )
        assert f'data-copy="digest-{held.number}"' in shown
        if held.previous:
            assert f'<code id="previous-{held.number}" title="{held.previous}">' in shown


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?account=bolt", [6]), ("?visit=v1", [5, 4, 3, 2, 1]),
        ("?kind=Visit+Opened", [6, 1]), ("?kind=Visit+Opened&account=acme", [1]),
        ("?from=2026-03-05&to=2026-03-06", [3, 2]), ("?to=2026-03-04", [1]),
        ("?from=2026-03-09&to=2026-03-08", [6, 5]), ("?before=3", [2, 1]), ("?after=4", [6, 5]),
        ("?account=nobody", []), ("?kind=odd", [6, 5, 4, 3, 2, 1]),
        ("?before=x&from=y&visit=%00", [6, 5, 4, 3, 2, 1]), ("?from=0001-01-01", [6, 5, 4, 3, 2, 1]),
    ],
)  # fmt: skip
def test_the_link_says_which_entries_are_shown(log, query, numbers):
    assert listed(page(log, query)) == numbers


def test_pages_lead_on_and_back_without_leaving_an_entry_out(log):
    append_to_log(
        [
            VisitEvent(digest("x", str(n)), "Visit Answered", NOW, Whose("v3", "acme"), {})
            for n in range(120)
        ]
    )
    seen, query = [], "?account=acme"
    while query:
        shown = page(log, query)
        seen += listed(shown)
        found = re.search(r'rel="next" href="/leaving/log(\?[^"#]+)', shown)
        query = found and found[1]

    expected = LogEntry.objects.filter(account_id="acme").order_by("-number")
    assert seen == list(expected.values_list("number", flat=True))
    back = re.search(r'rel="prev" href="/leaving/log(\?[^"#]+)', shown)[1]
    shown_last = listed(shown)
    at = seen.index(shown_last[0])
    assert listed(page(log, back)) == seen[at - 50 : at]


def test_as_many_queries_for_fifty_entries_as_for_six(log):
    page(log)
    with CaptureQueriesContext(connection) as few:
        page(log)
    for number in range(10, 60):
        entry(number, "Visit Answered", {"reason": "closing"}, account=f"a{number}", visit="v9")
    with CaptureQueriesContext(connection) as many:
        page(log)

    assert len(many) <= len(few) + 1


def test_who_was_forgotten_is_named_nowhere_and_the_log_still_holds(log):
    forget_in_log(["acme"], ["ada"], NOW + timedelta(days=9))
    shown = page(log)

    assert "Acme" not in shown
    assert "sub_1" not in shown
    assert "What named somebody here was blanked when they were forgotten." in shown
    assert "6 entries say no more whom they were about" in shown
    assert "The log holds." in html(log.post("/leaving/log/check"))
    assert "It may have been of an account that was forgotten" in unescape(
        log.get("/leaving/visits/v1").content.decode()
    )


def test_an_untouched_log_is_said_to_hold_with_its_last_digest(log):
    shown = html(log.post("/leaving/log/check"))

    assert "6 entries were looked at; each is as it was written" in shown
    assert LogEntry.objects.get(number=6).digest in shown


def test_a_changed_log_leads_to_the_first_broken_entry(log):
    LogEntry.objects.filter(number=3).update(body={"reason": "other"})
    shown = html(log.post("/leaving/log/check"))

    assert "The log does not hold together." in shown
    first = re.search(r'<li><a[^>]* href="(/leaving/log\?before=6#entry-3)">Entry 3</a>: (.*?)</li>',
                      shown)  # fmt: skip
    assert first[2] == "it was changed: its digest is another"
    assert 3 in listed(page(log, "?before=6"))


@pytest.mark.parametrize(
    "harm",
    [
        {"body": [1, 2]}, {"body": "x"}, {"private": ["x"]}, {"private": {"view": "x"}},
        {"private": {"view": {"blocks": [3]}}}, {"body": {"outcome": ["a"], "screen": {"b": 1}}},
        {"body": {"action": 7, "reason": {}, "offer": [[]], "language": ["en"]}},
        {"kind": "Somebody Forgotten", "body": {"entries": [[1, 10**15], ["x"]]}},
        {"kind": "Somebody Forgotten", "body": {"entries": 5}}, {"kind": "<script>"},
    ],
)  # fmt: skip
def test_a_row_that_somebody_wrote_over_is_still_shown_and_found(log, harm):
    LogEntry.objects.filter(number=3).update(**harm)

    assert listed(page(log)) == [6, 5, 4, 3, 2, 1]
    checked = html(log.post("/leaving/log/check"))
    assert "The log does not hold together." in checked
    assert "Entry 3</a>" in checked


def test_a_check_beside_the_page_goes_on_by_itself(log):
    reply = log.post("/leaving/log/check", HTTP_HX_TARGET="log-checked", HTTP_HX_REQUEST="true")

    assert "The log holds." in html(reply)
    assert "<!doctype" not in reply.content.decode()
    assert log.post("/leaving/log/check", {"state": "forged"}).status_code == 422


def test_an_export_is_what_the_command_writes(log):
    for fmt in ("jsonl", "csv"):
        out = io.StringIO()
        export_log(out, fmt)
        reply = log.get(f"/leaving/log.{fmt}")

        assert b"".join(reply.streaming_content).decode() == out.getvalue()
        assert f'filename="leaving-log.{fmt}"' in reply.headers["Content-Disposition"]


def test_an_export_of_what_is_shown_has_just_that(log):
    reply = log.get("/leaving/log.jsonl?account=bolt")
    rows = [json.loads(line) for line in b"".join(reply.streaming_content).splitlines()]

    assert [row["number"] for row in rows] == [6]
    assert "leaving-log-part.jsonl" in reply.headers["Content-Disposition"]
    table = b"".join(log.get("/leaving/log.csv?visit=v1").streaming_content).decode()
    assert [row["number"] for row in csv.DictReader(io.StringIO(table))] == list("12345")
    assert log.get("/leaving/log.exe").status_code == 404


def test_an_asynchronous_server_sends_it_part_by_part():
    drawn = []

    def parts():
        for number in range(3):
            drawn.append(number)
            yield f"{number}\n"

    async def received() -> list[tuple[bytes, int]]:
        request: ASGIRequest = AsyncRequestFactory().get("/leaving/log.jsonl")
        reply = streamed_reply(request, "x.jsonl", parts(), "text/plain")
        return [(part, len(drawn)) async for part in reply]

    assert asyncio.run(received()) == [(b"0\n", 1), (b"1\n", 2), (b"2\n", 3)]


def test_a_table_is_sent_while_its_rows_are_read_too():
    drawn = []

    def rows():
        for number in range(1_200):
            drawn.append(number)
            yield [number, "=1+1"]

    async def received() -> list[tuple[int, int]]:
        request: ASGIRequest = AsyncRequestFactory().get("/accounts.csv")
        reply = csv_reply(request, "accounts.csv", ["number", "text"], rows())
        return [(part.count(b"\n"), len(drawn)) async for part in reply]

    assert asyncio.run(received()) == [(500, 499), (500, 999), (201, 1_200)]


def test_signed_out_or_from_another_site_nothing_is_told(log, ann):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    stranger = Client()

    for path in ("/leaving/log", "/leaving/log.jsonl", "/leaving/log/check"):
        assert stranger.get(path).status_code == 302
    assert strict.post("/leaving/log/check").status_code == 403
