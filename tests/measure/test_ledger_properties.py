"""What holds for any history, whatever the figures are."""

import random
from collections import defaultdict
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_worlds import fact, rate, traits, world

from tenure.base.months import Months, next_month
from tenure.measure.churn import ChurnMonth, churn_by_month
from tenure.measure.movements import movements
from tenure.measure.mrr import mrr_by_month
from tenure.measure.rules import rule_sets

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
SPAN = Months(date(2025, 1, 1), date(2025, 7, 1))
EVENTS = [
    rate("EUR", "USD", 1.1, "2024-12-01"),
    rate("EUR", "USD", 0.93, "2025-02-17"),
    rate("JPY", "USD", 0.0067, "2024-12-01"),
    rate("EUR", "JPY", 161.5, "2024-12-01"),
    traits("a", country="DE", size="3"),
    traits("b", country="FR"),
    traits("c", country="DE"),
]
ADDITIVE = [
    field.name
    for field in fields(ChurnMonth)
    if field.name.startswith(("accounts_", "mrr_", "free_"))
]

days = st.integers(0, 170)


@st.composite
def histories(draw) -> list[dict]:
    """Up to six subscriptions of four accounts, in three currencies, overlapping as they like."""
    facts = []
    for number in range(draw(st.integers(1, 6))):
        account = draw(st.sampled_from("abcd"))
        starts = draw(days)
        facts += one(draw, account, f"s{number}", starts)
        if draw(st.booleans()):
            facts += one(draw, account, f"s{number}", starts + draw(st.integers(1, 60)), "v2")
    return facts


def one(draw, account: str, subscription: str, starts: int, version: str = "v1") -> list[dict]:
    at = FIRST + timedelta(days=starts, hours=draw(st.integers(0, 23)))
    facts = [
        fact(
            "start", account, at, subscription_id=subscription, version_key=version,
            mrr_minor=draw(st.sampled_from([0, 1, 999, 5000])),
            status=draw(st.sampled_from(["active", "active", "past_due", "trialing"])),
            plan=draw(st.sampled_from(["Pro", "Basic", None])),
            currency=draw(st.sampled_from(["USD", "EUR", "JPY"])),
        )
    ]  # fmt: skip
    if draw(st.booleans()):
        ends = at + timedelta(days=draw(st.integers(0, 80)))
        facts.append(fact("end", account, ends, subscription_id=subscription, version_key=version))
    return facts


def moved(month: ChurnMonth) -> int:
    return sum(
        getattr(month, f"mrr_{kind}_minor")
        for kind in ("new", "expansion", "contraction", "churned", "reactivated", "fx")
    )


@settings(max_examples=12, deadline=None)
@given(facts=histories(), rules=st.sampled_from(rule_sets()))
def test_start_and_movements_are_the_end_in_every_currency_and_month(facts, rules):
    with world(facts, EVENTS) as reader:
        for asked in ({}, {"currency": "USD"}, {"currency": "JPY"}):
            found = churn_by_month(reader, SPAN, rules=rules, **asked)
            ends: dict = {}
            for month in found:
                joined = month.accounts_new + month.accounts_reactivated - month.accounts_churned
                assert month.mrr_at_start_minor + moved(month) == month.mrr_at_end_minor
                assert month.accounts_at_start + joined == month.accounts_at_end
                assert month.mrr_fx_minor == 0 or asked
                if month.currency in ends:
                    assert ends[month.currency] == (
                        month.accounts_at_start,
                        month.mrr_at_start_minor,
                    )
                ends[month.currency] = (month.accounts_at_end, month.mrr_at_end_minor)


@settings(max_examples=12, deadline=None)
@given(facts=histories(), rules=st.sampled_from(rule_sets()))
def test_groups_add_up_to_the_whole(facts, rules):
    with world(facts, EVENTS) as reader:
        for by in ("plan", "country"):
            for currency in (None, "USD"):
                whole = churn_by_month(reader, SPAN, rules=rules, currency=currency)
                parts = churn_by_month(reader, SPAN, rules=rules, currency=currency, by=by)
                sums: dict = defaultdict(int)
                for part in parts:
                    for name in ADDITIVE:
                        sums[part.month, part.currency, name] += getattr(part, name)
                for month in whole:
                    for name in ADDITIVE:
                        key = (month.month, month.currency, name)
                        assert sums[key] == getattr(month, name), (by, currency, key)


@settings(max_examples=12, deadline=None)
@given(facts=histories())
def test_the_ledger_of_a_churned_account_adds_up_to_nothing(facts):
    with world(facts, EVENTS) as reader:
        found = movements(reader, first_on=date.min, before_on=date.max)

    balance: dict = defaultdict(int)
    for movement in found:
        unit = (movement.account_id, movement.currency)
        assert balance[unit] == movement.mrr_before_minor
        balance[unit] += movement.delta_minor
        assert balance[unit] == movement.mrr_after_minor
        assert (movement.kind == "churn") == (balance[unit] == 0)
        assert (movement.delta_minor < 0) == (movement.kind in ("churn", "contraction"))


@settings(max_examples=12, deadline=None)
@given(facts=histories(), chance=st.randoms(use_true_random=False))
def test_order_and_repetition_of_the_facts_change_nothing(facts, chance: random.Random):
    again = facts + chance.sample(facts, chance.randint(0, len(facts)))
    chance.shuffle(again)

    with world(facts, EVENTS) as once, world(again, EVENTS) as often:
        for asked in ({}, {"by": "plan"}, {"currency": "USD"}):
            assert churn_by_month(often, SPAN, **asked) == churn_by_month(once, SPAN, **asked)


@settings(max_examples=12, deadline=None)
@given(facts=histories(), cut=st.integers(20, 150))
def test_what_becomes_known_later_changes_nothing_before(facts, cut):
    as_of = FIRST + timedelta(days=cut)
    known = [one for one in facts if one["known_at"] <= as_of]

    with world(facts, EVENTS, as_of=as_of) as then, world(known, EVENTS) as alone:
        assert churn_by_month(then, SPAN) == churn_by_month(alone, SPAN)
        assert churn_by_month(then, SPAN, by="plan") == churn_by_month(alone, SPAN, by="plan")


@settings(max_examples=12, deadline=None)
@given(facts=histories(), months=st.integers(0, 5))
def test_a_longer_span_says_the_same_of_its_months(facts, months):
    first = date(2025, 1 + months, 1)

    with world(facts, EVENTS) as reader:
        for asked in ({}, {"by": "plan"}, {"currency": "USD"}, {"by": "plan", "currency": "USD"}):
            long = {
                (row.month, row.currency, row.group): row
                for row in churn_by_month(reader, SPAN, **asked)
            }
            for row in churn_by_month(reader, Months(first, first), **asked):
                assert long[row.month, row.currency, row.group] == row


@settings(max_examples=12, deadline=None)
@given(facts=histories(), cut=days)
def test_a_month_told_up_to_a_day_is_that_of_the_facts_until_then(facts, cut):
    """Ends and starts that are known beforehand do not count before they come."""
    until_on = (FIRST + timedelta(days=cut)).date()
    month = until_on.replace(day=1)
    came = [one for one in facts if one["effective_at"].date() <= until_on]

    with world(facts, EVENTS) as all_known, world(came, EVENTS) as so_far:
        for asked in ({}, {"by": "plan"}, {"currency": "USD"}):
            found = churn_by_month(all_known, Months(month, month), until_on=until_on, **asked)
            plain = churn_by_month(so_far, Months(month, month), until_on=until_on, **asked)
            assert [row for row in map(asdict, found) if has_any(row)] == [
                row for row in map(asdict, plain) if has_any(row)
            ]


def has_any(row: dict) -> bool:
    return any(row[name] for name in ADDITIVE)


@settings(max_examples=12, deadline=None)
@given(facts=histories())
def test_mrr_and_churn_tell_the_same_story(facts):
    with world(facts, EVENTS) as reader:
        churn, mrr = churn_by_month(reader, SPAN), mrr_by_month(reader, SPAN)

    assert [
        (one.month, one.currency, one.accounts_at_end, one.mrr_at_end_minor) for one in churn
    ] == [(one.month, one.currency, one.accounts, one.mrr_at_end_minor) for one in mrr]
    for one in mrr:
        assert next_month(one.month) > one.month
        assert (one.arpa_minor is None) == (one.accounts == 0)
