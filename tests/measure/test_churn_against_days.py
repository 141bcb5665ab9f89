"""Any history: the ledger in SQL and a count of every day in plain Python must agree."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_worlds import fact, rate, traits, world

from oracles.ledger_by_day import Rules, World, churn_months
from tenure.base.months import Months
from tenure.measure.churn import churn_by_month
from tenure.measure.rules import RuleSet

JAN, LAST = date(2025, 1, 1), date(2025, 5, 1)
FIRST = datetime(2024, 12, 28, tzinfo=UTC)
ACCOUNTS = ("ada", "bob", "cyd")
HOURS = (0, 7, 23)
RATES = [
    (date(2024, 12, 1), "EUR", "USD", 1.25),
    (date(2025, 2, 11), "EUR", "USD", 1.1),
    (date(2025, 3, 20), "USD", "EUR", 0.8),
]
RULES = {
    "tenure": (RuleSet(), Rules()),
    "stripe": (
        RuleSet(
            name="stripe",
            churn_recognised="notice",
            joined_and_left_in_rates=True,
            denominator="start_plus_new",
        ),
        Rules(at_notice=True, all_in_rates=True, plus_new=True),
    ),
    "strict": (
        RuleSet(name="strict", past_due_days=10, paused_counts=False, reactivation_within_days=20),
        Rules(past_due_days=10, paused_counts=False, reactivation_within=20),
    ),
    "trials": (
        RuleSet(name="trials", trial_counts=True, past_due_days=0, churn_recognised="notice"),
        Rules(trial_counts=True, past_due_days=0, at_notice=True),
    ),
}

moments = st.builds(
    lambda days, hour: FIRST + timedelta(days=days, hours=hour),
    st.integers(0, 130),
    st.sampled_from(HOURS),
)


@st.composite
def subscriptions(draw):
    """Versions of one to five subscriptions with what ends, pauses and announces their end."""
    facts = []
    for number in range(draw(st.integers(1, 5))):
        account = draw(st.sampled_from(ACCOUNTS))
        base = {"subscription_id": f"s{number}"}
        for version in range(draw(st.integers(1, 3))):
            starts = draw(moments)
            facts.append(
                fact(
                    "start", account, starts, **base, version_key=f"v{version}",
                    status=draw(st.sampled_from(["active", "active", "past_due", "trialing", None])),
                    mrr_minor=draw(st.sampled_from([0, 999, 1000, 2001, None, 1000])),
                    currency=draw(st.sampled_from(["USD", "USD", "EUR", None])),
                    plan=draw(st.sampled_from(["pro", "basic", None])),
                    seats=draw(st.sampled_from(["few", "many"])),
                    known_at=starts + timedelta(days=version),
                )
            )  # fmt: skip
            if draw(st.booleans()):
                facts.append(fact("end", account, draw(moments), **base, version_key=f"v{version}"))
        for kind in draw(
            st.lists(st.sampled_from(["end", "notice", "notice", "pause", "resume"]), max_size=3)
        ):
            when = draw(moments)
            columns = {}
            if kind in ("notice", "pause") and draw(st.booleans()):
                columns["ends_at"] = when + timedelta(days=draw(st.integers(1, 60)))
            facts.append(fact(kind, account, when, **base, **columns))
    return unique(facts)


@st.composite
def invoice_lines(draw):
    """Lines of one account whose subscriptions carry no amount, some periods touching."""
    facts = []
    if draw(st.booleans()):
        starts = draw(moments)
        facts.append(
            fact("start", "dee", starts, subscription_id="t0", version_key="v", plan="pro")
        )
    starts = draw(moments)
    for _ in range(draw(st.integers(0, 4))):
        ends = starts + timedelta(days=draw(st.integers(0, 31)))
        facts.append(
            fact(
                "invoice_line", "dee", starts, subscription_id="t0", ends_at=ends, currency="USD",
                mrr_minor=draw(st.sampled_from([500, 700, 0, -200])),
            )
        )  # fmt: skip
        starts = ends + draw(
            st.sampled_from(
                [timedelta(), timedelta(seconds=1), timedelta(days=1), timedelta(days=9)]
            )
        )
    return unique(facts)


def unique(facts):
    """One fact a key: what is said twice of one thing is the lake's business."""
    return list({one["fact_key"]: one for one in facts}.values())


TRAITS = {"ada": {"country": "DE"}, "bob": {"country": "FR"}}
EVENTS = [traits(account, **values) for account, values in TRAITS.items()] + [
    rate(from_, to, value, f"{when}T12:00") for when, from_, to, value in RATES
]
ASKED = [
    (None, None),
    ("plan", None),
    ("seats", None),
    ("account.country", None),
    (None, "EUR"),
    ("plan", "EUR"),
    ("account.country", "EUR"),
]


@pytest.mark.parametrize("named", RULES)
@settings(max_examples=20, deadline=None)
@given(
    facts=st.one_of(subscriptions(), invoice_lines(), st.tuples(subscriptions(), invoice_lines()).map(lambda two: two[0] + two[1])),
    zone=st.sampled_from(["UTC", "America/Los_Angeles", "Asia/Shanghai"]),
    asked=st.sampled_from(ASKED),
)  # fmt: skip
def test_every_figure_of_every_month_is_what_counting_the_days_gives(named, facts, zone, asked):
    if not facts:
        return
    by, currency = asked
    rules, plain_rules = RULES[named]
    by = by if by != "seats" or any("seats" in f["attributes"] for f in facts) else None
    expected = churn_months(
        World(facts, ZoneInfo(zone), plain_rules, TRAITS, RATES), JAN, 5, by=by, into=currency
    )

    with world(facts, EVENTS, time_zone=zone) as reader:
        found = churn_by_month(reader, Months(JAN, LAST), rules=rules, by=by, currency=currency)

    shown = {}
    for one in found:
        row = asdict(one)
        key = (row.pop("month"), row.pop("currency"), row.pop("group"))
        assert key not in shown
        if any(row.values()):
            shown[key] = row
    wanted = {key: row for key, row in expected.items() if any(row.values())}
    assert shown == wanted
