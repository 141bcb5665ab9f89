"""A watch that is stopped at any statement, and gone on with by another process."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from signals.signal_worlds import at, put, rows_of, ship_rows, signals
from signals.test_kinds import PRODUCT
from signals.test_live_is_replay import start_over
from tenure.customers.follow import follow
from tenure.kit.sql_file import load
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.shipping import ship
from tenure.signals.models import AccountWatch, Signal, WaitingRow
from tenure.signals.state import unpack
from tenure.signals.watch import Watcher, watch
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)

NOW = at("2026-03-04 12:00")
# Starter allows five projects: three by the batches before, and the fourth is 80 %.
FIRST = """
    2026-03-02 08:00  -@acme   fact: start  {"plan": "Starter"}
    2026-03-03 09:00  ada@acme  Project Created
    2026-03-03 10:00  ada@acme  Project Created
    2026-03-03 11:00  ada@bolt  Project Created
    2026-03-03 12:00  eve  Cancel Page Viewed
    2026-03-03 13:00  -@acme   fact: payment_failed
    """
SECOND = """
    2026-03-04 09:00  ada@acme  Project Created
    2026-03-04 09:30  ben@bolt  Cancel Page Viewed
    2026-03-04 10:00  eve@cody  group
    2026-03-04 11:00  -@acme   fact: payment_succeeded
    """


class Stopped(BaseException):
    """The process ends here."""


class StopAt:
    """Lets so many writing statements pass."""

    def __init__(self, statements):
        self.left = statements

    def __call__(self, execute, sql, params, many, context):
        if not sql.lstrip().lower().startswith("select"):
            if self.left == 0:
                raise Stopped
            self.left -= 1
        return execute(sql, params, many, context)


def ship_both(home, watcher):
    for text in (FIRST, SECOND):
        events, facts = rows_of(text)
        ship_rows(home, events, facts, NOW, watcher.take)


def outcome(home):
    """What everybody can see in the end: signals, tasks, events, and the exact count."""
    inbox = open_inbox(home)
    try:
        ship(home, inbox, {}, lambda batch, rejected: pytest.fail(str(rejected)), NOW)
    finally:
        inbox.close()
    with reading(home, fresh=True) as reader:
        events = reader.rows(load("tenure.signals", "watched_event"), after_batch=0, last_batch=99)
    own = Counter(row["name"] for row in events if row["type"] == "signal")
    counts = unpack(AccountWatch.objects.get(account_id="acme").state).memory["near_limit"]
    return (
        sorted((s.kind, s.account_id, bool(s.resolved_at), len(s.evidence)) for s in signals()),
        sorted(Task.objects.values_list("key", "status")),
        dict(own),
        json.dumps(counts["counts"], sort_keys=True),
        WaitingRow.objects.count(),
    )


@pytest.mark.slow
def test_stopped_at_any_statement_it_ends_the_same(home):
    start_over(home)
    watcher = Watcher(home)
    ship_both(home, watcher)
    watch(home, NOW)
    expected = outcome(home)
    assert [kind for kind, *_ in expected[0]] == [
        "cancel_intent",
        "cancel_intent",
        "payment_trouble",
    ]
    assert expected[3] == '{"projects": {"ever": 3}}'

    statements = 0
    while True:
        start_over(home)
        watcher = Watcher(home)
        ship_both(home, watcher)
        try:
            with connection.execute_wrapper(StopAt(statements)):
                watcher.watch(NOW)
            whole = True
        except Stopped:
            whole = False
        # The same process goes on after an error, another one after a kill.
        (watcher if statements % 2 else Watcher(home)).watch(NOW + timedelta(seconds=1))
        watch(home, NOW + timedelta(seconds=2))
        assert outcome(home) == expected, f"stopped at statement {statements}"
        if whole:
            break
        statements += 1
    assert statements > 10


def test_a_repeated_batch_and_a_repeated_fold_count_once(home):
    start_over(home)
    put("product", PRODUCT)
    watcher = Watcher(home)
    events, facts = rows_of(FIRST)
    ship_rows(home, events, facts, NOW, watcher.take)
    ship_rows(home, events, facts, NOW, watcher.take)
    watcher.watch(NOW)
    follow(home, NOW)
    watch(home, NOW)

    counts = unpack(AccountWatch.objects.get(account_id="acme").state).memory["near_limit"]
    assert counts["counts"] == {"projects": {"ever": 2}}
    assert Signal.objects.filter(kind="payment_trouble").count() == 1
