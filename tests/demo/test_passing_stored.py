"""Some dozens of simulated customers through the real doors: HTTP, inbox, lake, worker, billing.

The years of `test_passing_year.py` leave the storage out. Here the same people do the same things
with it, and the report from the store has to be the one from memory.
"""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from customers.arriving import arrive
from offboard.visit_worlds import PROMOTED, SECRET, an_exit
from tenure.base.clock import system_clock
from tenure.billing.kinds import later
from tenure.card.models import AccountCard
from tenure.customers.models import Account
from tenure.demo.catalogue import PLANS
from tenure.demo.installing import declare_product
from tenure.demo.leavers import draw_leavers
from tenure.demo.offering import fernhill_offering
from tenure.demo.passing import Passer
from tenure.demo.year_of_leaving import EXPERIMENT, Year, live_both, rows_on
from tenure.lake.inbox import Arrival
from tenure.lake.refresh import refresh
from tenure.lake.rows import KIND, pack_facts
from tenure.offboard.report import report
from tenure.offboard.report_counting import Frame, report_of
from tenure.offboard.report_rows import rows_of
from tenure.proof.assignment import held_arm
from tenure.proof.models import Assignment
from tenure.saves.models import Save
from tenure.saves.proving import prove

PEOPLE = 48
HORIZON = 183
TOML = """time_zone = "Europe/Berlin"
[demo]
accounts = 1
months = 1
seed = 1
starts_on = 2025-01-01
events_scale = 1.0
[billing]
system = "demo"
"""


@pytest.fixture
def way_out(home, db, settings):
    settings.SECRET_KEY = SECRET
    exit_ = an_exit(home, billing=TOML)
    exit_.clock.now = system_clock().replace(hour=10, minute=0, second=0, microsecond=0)
    declare_product(exit_.clock.now)
    return exit_


def people(today: date):
    """Everybody comes today; what they pay for ends on a day that every month has."""
    found = []
    for leaver in draw_leavers(2, accounts=130)[:PEOPLE]:
        ends_on = today + timedelta(leaver.period_left_days + 10)
        left = leaver.period_left_days + 10 - max(0, ends_on.day - 28)
        found.append(replace(leaver, day=0, period_left_days=left, country="US"))
    return found


def keep_card(leaver, today: date) -> None:
    """As refresh keeps it in state: without nulls, days as texts."""
    said = {name: value for name, value in leaver.card(today).items() if value is not None}
    Account.objects.create(
        account_id=leaver.account_id, name=leaver.account_id, source="web",
        created_at=system_clock(), first_seen_at=system_clock(),
    )  # fmt: skip
    AccountCard.objects.create(
        account_id=leaver.account_id,
        name=leaver.account_id,
        **{name: said[name] for name in PROMOTED - {"account_id", "name"}},
        values={
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in said.items()
        },
    )


def start_fact(leaver, today: date) -> dict:
    renews_on = today + timedelta(leaver.period_left_days)
    begins_on = later(renews_on, -12 if leaver.is_annual else -4)
    at = datetime.combine(begins_on, time(9), UTC)
    interval = "year" if leaver.is_annual else "month"
    amount = leaver.mrr_minor * 12 if leaver.is_annual else leaver.mrr_minor
    return _fact(leaver, "start", at, at) | {
        "version_key": "v1", "status": "active", "plan": PLANS[leaver.plan].name,
        "billing_interval": interval, "billing_interval_count": 1, "quantity": leaver.seats,
        "amount_minor": amount, "mrr_minor": leaver.mrr_minor, "currency": "EUR",
        "attributes": json.dumps({"discount_percent": 0}),
    }  # fmt: skip


def end_fact(leaver, ends_on: date, known_at: datetime) -> dict:
    at = datetime.combine(ends_on, time(9), UTC)
    return _fact(leaver, "end", at, known_at) | {"attributes": "{}"}


def _fact(leaver, kind: str, at: datetime, known_at: datetime) -> dict:
    key = f"{leaver.account_id}-s1/{kind}"
    return {
        "source": "billing", "account_key": leaver.account_id, "kind": kind, "fact_key": key,
        "message_id": f"demo:{key}", "subscription_id": f"{leaver.account_id}-s1",
        "effective_at": at, "known_at": known_at, "received_at": known_at,
    }  # fmt: skip


def pass_through(way_out, visit):
    """The same visit over HTTP, step by step as it was in memory."""
    ask = visit.passage.ask
    token = way_out.token(
        account=ask.account, subscription=ask.subscription, person=None, nonce=ask.nonce
    )  # fmt: skip
    reply = way_out.open(token)
    for step in visit.steps:
        assert reply.status == 200, reply.body
        reply = way_out.step(reply, step.action, dict(step.values))
    assert reply.status == 200, reply.body
    assert reply.json["visit"] == visit.visit_id
    assert reply.json["screen"]["name"] == visit.passage.screen


@pytest.mark.slow
def test_the_report_from_the_store_is_the_one_from_memory(way_out, home):
    clock = way_out.clock
    began = clock.now
    today = began.date()
    leavers = people(today)
    arrive(home, [], [start_fact(each, today) for each in leavers])
    for each in leavers:
        keep_card(each, today)
    passer = Passer(fernhill_offering(), today, key_id=way_out.key.key_id)
    share = fernhill_offering().flow.hold_out_share
    year = Year(starts_on=today)
    for each in leavers:
        arm = held_arm(EXPERIMENT, each.account_id, share)
        year.accounts.append(live_both(passer, each, arm))

    visits = sorted(
        (visit for each in year.accounts for visit in each.lived.visits), key=lambda v: v.at
    )
    for visit in visits:
        clock.now = max(clock.now, visit.at)
        pass_through(way_out, visit)
        clock.passes(minutes=1)
        if visit.passage.chosen or visit.at.date() > today:
            way_out.ship()
    clock.passes(minutes=40)
    way_out.ship()
    way_out.ship()

    _live_on(way_out, year, today)
    then = began + timedelta(HORIZON)
    clock.now = then
    way_out.ship()
    refresh(home, then)
    prove(home, then)
    found = report(home, None, then.date(), now=then, by=("reason",))
    passed, watched = rows_on(year, HORIZON)
    expected = report_of(
        passed, watched, Frame(None, then.date(), "EUR", year.gross_margin_share, ("reason",))
    )

    assert Assignment.objects.count() == len(leavers)
    assert Save.objects.filter(kind="save").count() == expected.counts.accepted
    assert found.counts == replace(
        expected.counts, cost_minor=pytest.approx(expected.counts.cost_minor)
    )
    assert found.ratio == expected.ratio
    assert found.save_rates == expected.save_rates
    stored = rows_of(home, None, then.date(), currency="EUR", now=then).watched
    assert {e.account_id: e.paying for e in stored} == {e.account_id: e.paying for e in watched}
    for claim in ("paying_30", "paying_180"):
        assert found.claim(claim).lift == expected.claim(claim).lift
    margin, twin = found.claim("margin_180").lift, expected.claim("margin_180").lift
    assert margin.treated_mean == pytest.approx(twin.treated_mean, rel=0.02)
    assert margin.control_mean == pytest.approx(twin.control_mean, rel=0.02)
    assert [(each.key, each.counts.visits) for each in found.slices] == [
        (each.key, each.counts.visits) for each in expected.slices
    ]
    assert found.saved == expected.saved


def _live_on(way_out, year, today: date) -> None:
    """Who stayed, and left at a later decision: Fernhill's billing says so."""
    rows = []
    for each in year.accounts:
        day, mrr = each.lived.life.prices[-1]
        if mrr == 0 and not each.lived.leaves:
            rows.append(end_fact(each.leaver, today + timedelta(day), way_out.clock.now))
    way_out.door.inbox.append(
        [Arrival(KIND, "billing", way_out.clock.now, pack_facts(rows), {})] if rows else []
    )
