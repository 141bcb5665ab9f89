"""Somebody thinks of leaving: what counts as evidence, and what joins what."""

from datetime import timedelta

import pytest

from signals.signal_worlds import at, live, rows_of, ship_rows, signals, told
from tenure.signals.watch import Watcher
from tenure.tasks import work

pytestmark = pytest.mark.django_db(transaction=True)


def evidence(signal):
    return [(each["at"][:10], each["what"]) for each in signal.evidence]


def test_a_cancel_page_seen_is_a_signal_with_its_evidence(home):
    [signal] = live(
        home,
        """
        2026-03-02 09:00  ada@acme  Report Exported
        2026-03-03 10:30  ada@acme  Cancel Page Viewed  {"path": "/billing/cancel"}
        """,
        "2026-03-04",
    )

    assert told([signal]) == ["2026-03-03 cancel_intent acme"]
    assert (signal.urgency, signal.person_id, signal.next_step) == (
        "now",
        "ada",
        "call_before_they_decide",
    )
    assert evidence(signal) == [("2026-03-03", "page")]
    assert signal.task.title and signal.task.account_id == "acme"


def test_evidence_within_two_weeks_of_the_last_joins_and_later_evidence_is_another_signal(home):
    found = live(
        home,
        """
        2026-03-01 09:00  ada@acme  Data Exported
        2026-03-10 09:00  ben@acme  Cancel Button Hovered
        2026-03-24 09:00  ada@acme  page  {"path": "/account/cancel"}
        2026-04-08 09:00  ada@acme  Cancel Page Viewed
        """,
        "2026-04-09",
    )

    assert told(found) == ["2026-03-01 cancel_intent acme", "2026-04-08 cancel_intent acme"]
    assert evidence(found[0]) == [
        ("2026-03-01", "export"),
        ("2026-03-10", "page"),
        ("2026-03-24", "page"),
    ]
    # An export alone is not urgent; a button hovered is.
    assert found[0].urgency == "now"


def test_what_comes_after_somebody_closed_the_task_is_a_signal_again(home):
    watcher = Watcher(home)
    [first] = live(home, "2026-03-01 09:00  ada@acme  Cancel Page Viewed", "2026-03-01 23:59",
                   watcher=watcher)  # fmt: skip
    work.close(first.task, "reached", now=at("2026-03-02"), by="ann")

    found = live(home, "2026-03-05 09:00  ada@acme  Cancel Page Viewed", "2026-03-06",
                 watcher=watcher)  # fmt: skip

    assert told(found) == ["2026-03-01 cancel_intent acme", "2026-03-05 cancel_intent acme"]
    assert len({signal.task_id for signal in found}) == 2


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            '2026-03-03 10:30  ada@acme  ticket: Ticket Opened  '
            '{"text": "Please cancel our subscription."}',
            "words",
        ),
        ('2026-03-03 10:30  ada@acme  ticket: Ticket Opened  {"text": "我们想取消订阅"}', "words"),
        (
            '2026-03-03 10:30  -@acme  system: Call Logged  {"intent": "cancel"}',
            "noted",
        ),
        ('2026-03-03 10:30  ada@acme  Account Data Exported', "export"),
        ('2026-03-03 10:30  ada@acme  page  {"url": "https://x.test/cancel?step=1"}', "page"),
    ],
)  # fmt: skip
def test_each_source_says_so(home, line, what):
    [signal] = live(home, line, "2026-03-04")

    assert evidence(signal) == [("2026-03-03", what)]


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-03 10:30  ada@acme  Report Exported",
        '2026-03-03 10:30  ada@acme  page  {"path": "/help/cancelled-meetings"}',
        '2026-03-03 10:30  ada@acme  ticket: Ticket Opened  {"text": "We are not cancelling."}',
        '2026-03-03 10:30  ada@acme  signal: cancel_intent  {"key": "x"}',
        '2026-03-03 10:30  ada@acme  ticket: Ticket Opened  {"text": null}',
    ],
)
def test_what_does_not_say_so_is_no_signal(home, line):
    assert live(home, line, "2026-03-04") == []


def test_a_widget_that_fell_silent_is_evidence_until_it_is_alive_again(home):
    world = """
        every 1 2026-03-01..2026-03-20 08:00  -@acme  Widget Alive  {"widget": "calendar"}
        """
    found = live(home, world, "2026-03-26")

    # Alive each day for 20 days: 19 gaps of nothing, so that one missed day is unusual beyond
    # 0 + 1 * ln(100 / 20) = 1.6 days: two whole days, and told when the second is over.
    assert told(found) == ["2026-03-23 cancel_intent acme"]
    assert found[0].evidence[0]["widget"] == "calendar"

    events, _ = rows_of('2026-03-27 08:00  -@acme  Widget Alive  {"widget": "calendar"}')
    ship_rows(home, events, [], at("2026-03-27 08:00"))
    Watcher(home).watch(at("2026-03-27 08:01"))

    assert told(signals()) == ["2026-03-23 cancel_intent acme over 2026-03-27"]
    assert signals()[0].task.outcome == "resolved_itself"


def test_somebody_whom_nobody_knows_yet_waits_until_their_account_is_known(home):
    watcher = Watcher(home)
    events, _ = rows_of("2026-03-03 10:30  eve  Cancel Page Viewed")
    ship_rows(home, events, [], at("2026-03-03 10:30"), watcher.take)
    watcher.watch(at("2026-03-03 10:31"))
    assert signals() == []

    # Another process goes on after a crash; what waited is in state, not in memory.
    watcher = Watcher(home)
    events, _ = rows_of("2026-03-03 11:00  eve@acme  group")
    ship_rows(home, events, [], at("2026-03-03 11:00"), watcher.take)
    watcher.watch(at("2026-03-03 11:01"))

    assert told(signals()) == ["2026-03-03 cancel_intent acme"]


def test_who_stays_unknown_for_a_day_is_let_go(home):
    watcher = Watcher(home)
    events, _ = rows_of("2026-03-03 10:30  eve  Cancel Page Viewed")
    ship_rows(home, events, [], at("2026-03-03 10:30"), watcher.take)
    watcher.watch(at("2026-03-03 10:31"))
    watcher.watch(at("2026-03-04 10:32"))

    events, _ = rows_of("2026-03-04 11:00  eve@acme  group")
    ship_rows(home, events, [], at("2026-03-04 11:00"), watcher.take)
    watcher.watch(at("2026-03-04 11:01") + timedelta(seconds=1))

    assert signals() == []
