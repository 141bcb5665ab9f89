"""Told live, in whatever parts and however often, the same signals come as from all of history."""

import json
import random
import shutil
from datetime import timedelta
from itertools import pairwise
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signals.signal_worlds import at, ship_rows, signals
from signals.test_kinds import PRODUCT
from tenure.customers.follow import follow
from tenure.customers.models import Account, FollowCursor, Membership, Person
from tenure.definitions.store import put_in_force
from tenure.signals.days import instant
from tenure.signals.models import (
    AccountWatch,
    Signal,
    Stale,
    WaitingRow,
    WatchCursor,
)
from tenure.signals.outcomes import Joined, Raised, Resolved
from tenure.signals.replay import replay
from tenure.signals.saying import readable
from tenure.signals.watch import Watcher, watch
from tenure.tasks.models import Task, TaskChange

pytestmark = pytest.mark.django_db(transaction=True)

START = at("2026-01-05")
EVENTS = [
    ("track", "Report Exported", {}),
    ("track", "Report Exported", {}),
    ("track", "Project Created", {}),
    ("track", "API Called", {"calls": 3}),
    ("track", "Cancel Page Viewed", {}),
    ("track", "Data Exported", {}),
    ("track", "Widget Alive", {"widget": "w"}),
    ("page", "Pricing", {"path": "/billing/cancel"}),
    ("ticket", "Ticket Opened", {"text": "please cancel our subscription"}),
    ("track", "Email Bounced", {}),
    ("track", "Account Removed User", {}),
]
FACTS = [
    ("start", {"plan": "Starter"}),
    ("start", {"plan": "Team"}),
    ("end", {}),
    ("payment_failed", {}),
    ("payment_succeeded", {}),
]

happening = st.tuples(
    st.floats(0, 70, allow_nan=False),  # days since the start
    st.sampled_from([0, 0, 0, 0.5, 3]),  # days until it was known
    st.sampled_from(["acme", "bolt"]),
    st.sampled_from(["ada", "ben", None]),
    st.integers(0, len(EVENTS) + len(FACTS) - 1),
)


@st.composite
def worlds(draw):
    """Rows of two accounts, one of which is there each weekday until some day.

    Beside them a company of six more, and some days on which nothing is heard of any account.
    """
    last = draw(st.integers(10, 60))
    rows = [(day + 0.4, 0, "acme", "ada", 0) for day in range(last) if day % 7 < 5]
    crowd = draw(st.sampled_from([(), ("c1", "c2", "c3", "c4", "c5", "c6")]))
    rows += [(day + 0.5, 0, each, each, 0) for day in range(70) if day % 7 < 5 for each in crowd]
    rows += draw(st.lists(happening, max_size=25))
    first, days = draw(st.integers(21, 60)), draw(st.integers(0, 15))
    return [row for row in rows if not first <= row[0] + row[1] < first + days]


def rows_of(world):
    events, facts = [], []
    for number, (days, late, account, person, what) in enumerate(world):
        when = START + timedelta(minutes=round(days * 1440))
        known = when + timedelta(days=late)
        row = {
            "message_id": f"m{number}",
            "source": "app",
            "known_at": known,
            "received_at": known,
            "account_key": account,
        }
        if what < len(EVENTS):
            type, name, said = EVENTS[what]
            row |= {"type": type, "name": name, "occurred_at": when, "user_id": person}
            events.append(row | {"properties": json.dumps(said)})
            continue
        kind, said = FACTS[what - len(EVENTS)]
        version = f"v{number}" if kind == "start" else None
        facts.append(
            row
            | {"kind": kind, "effective_at": when, "is_void": False, "subscription_id": "s"}
            | {"version_key": version, "fact_key": f"{kind}/{number}", "attributes": "{}"}
            | {"status": "active", "mrr_minor": 5000}
            | said
        )
    return events, facts


def of_database():
    return {
        each.key: (
            each.kind,
            each.account_id,
            each.happened_at,
            each.resolved_at,
            sorted(json.dumps(one, sort_keys=True) for one in each.evidence),
        )
        for each in signals()
    }


def of_replay(home, until):
    found = {}
    for each in replay(home, until):
        for outcome in each.outcomes:
            if isinstance(outcome, Raised):
                found[outcome.key] = [
                    outcome.kind,
                    outcome.account_id,
                    instant(outcome.happened_at),
                    None,
                    [json.dumps(one, sort_keys=True) for one in readable(outcome.evidence)],
                ]
            elif isinstance(outcome, Joined):
                found[outcome.key][4] += [
                    json.dumps(one, sort_keys=True) for one in readable(outcome.evidence)
                ]
            elif isinstance(outcome, Resolved):
                found[outcome.key][3] = instant(outcome.at)
    return {
        key: (kind, account, happened, over, sorted(set(evidence)))
        for key, (kind, account, happened, over, evidence) in found.items()
    }


def start_over(home):
    shutil.rmtree(home.root)
    home.root.mkdir()
    for model in (Signal, AccountWatch, Stale, WaitingRow, WatchCursor, TaskChange, Task,
                  Membership, Person, Account, FollowCursor):  # fmt: skip
        model.objects.all().delete()
    put_in_force("product", "", dedent(PRODUCT), now=START, by="test")


@pytest.mark.slow
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    world=worlds(),
    cuts=st.lists(st.floats(0, 75), max_size=6),
    chance=st.integers(0, 2**16),
)
def test_live_in_parts_is_replay_of_the_whole(home, world, cuts, chance):
    start_over(home)
    draw = random.Random(chance)
    events, facts = rows_of(world)
    until = START + timedelta(days=80)
    # Two days at most between two parts: what is older when it is looked at is history.
    days = sorted({*range(0, 80, 2), *cuts})
    watcher, sent = Watcher(home), []
    for first, last in pairwise([-1, *days]):
        since, before = START + timedelta(days=first), START + timedelta(days=last)
        new = [
            [row for row in rows if since <= row["known_at"] < before] for rows in (events, facts)
        ]
        again = draw.sample(sent, min(len(sent), 2))
        sent += new[0]
        batch = [*new[0], *again]
        draw.shuffle(batch)
        if batch or new[1]:
            ship_rows(home, batch, new[1], before, watcher.take if draw.random() < 0.6 else None)
        watcher.watch(before)
        if draw.random() < 0.3:
            watcher = Watcher(home)  # the process ended, and another one goes on
    watch(home, until)
    follow(home, until)

    assert of_database() == of_replay(home, until)
    told = signals()
    assert all(each.told_at for each in told)
    assert Task.objects.count() == len(told)


def test_history_that_comes_at_once_gives_what_is_not_over_of_the_last_thirty_days(home):
    """An import, in no order: the state is that of the whole, and nothing old is raised."""
    start_over(home)
    world = [(day + 0.4, 0, "acme", "ada", 0) for day in range(60) if day % 7 < 5]
    world += [(20.0, 0, "acme", "ada", 4), (58.0, 0, "acme", "ada", 4), (56.0, 0, "bolt", None, 14)]
    events, facts = rows_of(world)
    now = START + timedelta(days=62)
    for row in [*events, *facts]:
        row["received_at"] = now
    random.Random(7).shuffle(events)
    ship_rows(home, events[::2], [], now)
    ship_rows(home, events[1::2], facts, now)
    follow(home, now)
    watch(home, now)

    raised = [(each.kind, each.account_id, each.happened_at) for each in signals()]
    assert ("cancel_intent", "acme", START + timedelta(days=58)) in raised
    assert ("cancel_intent", "acme", START + timedelta(days=20)) not in raised
    assert ("payment_trouble", "bolt", START + timedelta(days=56)) in raised
    whole = of_replay(home, now)
    assert {each.key for each in signals()} <= whole.keys()

    # What is live afterwards goes on from there.
    late = START + timedelta(days=63)
    events, _ = rows_of([(62.5, 0, "acme", "ben", 7)])
    ship_rows(home, [row | {"message_id": "x"} for row in events], [], late)
    watch(home, late)
    assert [each.kind for each in signals()].count("cancel_intent") == 1
