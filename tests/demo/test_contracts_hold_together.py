"""Whatever the seed, each subscription's facts tell one life that is possible."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.demo.contracts import (
    Contract,
    after_months,
    note_end,
    note_notice,
    note_payment,
    note_version,
)
from tenure.demo.journal import Journal
from tenure.demo.seasons import Calendar
from tenure.demo.simulate import Scenario, live

BERLIN = ZoneInfo("Europe/Berlin")


def lives(seed, accounts=60, months=9):
    """Facts by subscription, in the order they were noted within an instant."""
    until = datetime(2024, 1 + months, 20, tzinfo=BERLIN)
    scenario = Scenario(
        accounts=accounts,
        seed=seed,
        starts_on=date(2024, 1, 1),
        ends_on=date(2024, 2 + months, 1),
        until_at=int(until.timestamp()),
        events_scale=0,
    )
    told = {}
    for lived in live(scenario, lambda done, total: None):
        for fact in lived.block.journal.facts:
            told.setdefault((fact.account, fact.subscription), []).append(fact)
    return {key: sorted(facts, key=lambda fact: fact.at) for key, facts in told.items()}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_subscription_starts_once_changes_in_order_and_ends_at_most_once(seed):
    for facts in lives(seed).values():
        kinds = [fact.kind for fact in facts]
        starts = [fact for fact in facts if fact.kind == "start"]
        whole_ends = [fact for fact in facts if fact.kind == "end" and fact.version is None]

        assert kinds[0] == "start"
        assert [fact.version for fact in starts] == list(range(1, len(starts) + 1))
        assert [fact.at for fact in starts] == sorted({fact.at for fact in starts})
        assert len(whole_ends) <= 1
        if whole_ends:
            assert facts[-1].at == whole_ends[0].at
            assert facts[-1] == whole_ends[0]
        for earlier, later in zip(starts, starts[1:], strict=False):
            closing = [f for f in facts if f.kind == "end" and f.version == earlier.version]
            assert [fact.at for fact in closing] == [later.at]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_an_account_has_one_subscription_at_a_time(seed):
    told = lives(seed)
    for account in {account for account, _ in told}:
        numbers = sorted(number for owner, number in told if owner == account)
        assert numbers == list(range(1, len(numbers) + 1))
        for before, after in zip(numbers, numbers[1:], strict=False):
            last, first = told[account, before][-1], told[account, after][0]
            assert last.kind == "end" and last.version is None
            assert last.at <= first.at


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_notice_is_kept_or_taken_back_and_pauses_are_resumed_or_ended(seed):
    for facts in lives(seed).values():
        said_to_end_at = None
        for fact in facts:
            if said_to_end_at is not None:
                assert fact.at <= said_to_end_at, "it outlived its notice"
            if fact.kind == "notice":
                assert (fact.ends_at is None) == (said_to_end_at is not None)
                said_to_end_at = fact.ends_at
        paused = False
        for fact in facts:
            if fact.kind == "pause":
                assert not paused
                paused = True
            elif fact.kind == "resume":
                assert paused
                paused = False
            elif fact.kind in ("payment_failed", "payment_succeeded", "start"):
                assert not paused


@pytest.fixture
def contract():
    return Contract(
        account=0, number=1, currency="EUR", status="active", plan=1, seats=4, interval="month",
        started_at=0, changed_at=0,
    )  # fmt: skip


def test_a_change_of_terms_closes_one_version_and_opens_the_next(contract):
    journal = Journal()
    note_version(journal, contract, 100)
    contract.seats = 6
    note_version(journal, contract, 200)
    note_payment(journal, contract, 250, succeeded=True)
    note_notice(journal, contract, 300, 400)
    note_end(journal, contract, 400, "cancellation_requested")

    assert [(fact.kind, fact.key, fact.at) for fact in journal.facts] == [
        ("start", "v1/start", 100),
        ("end", "v1/end", 200),
        ("start", "v2/start", 200),
        ("payment_succeeded", "payment_succeeded/250", 250),
        ("notice", "notice/300", 300),
        ("end", "end", 400),
    ]
    assert [fact.mrr_minor for fact in journal.facts if fact.kind == "start"] == [6000, 9000]


def test_a_year_costs_ten_months(contract):
    contract.interval = "year"

    assert contract.amount_minor == 60_000
    assert contract.mrr_minor == 5_000


def test_a_trial_has_a_price_and_no_mrr(contract):
    contract.status = "trialing"

    assert (contract.amount_minor, contract.mrr_minor) == (6_000, 0)


def test_renewals_fall_on_the_contracts_day_at_its_time():
    calendar = Calendar(date(2024, 1, 1), date(2026, 1, 1), seed=1)
    at = int(datetime.fromisoformat("2024-01-31T13:30:00+00:00").timestamp())

    def renewal(months):
        renews_at = after_months(calendar, at, months, anchor_day=28)
        return datetime.fromtimestamp(renews_at, ZoneInfo("UTC")).isoformat()

    assert renewal(1) == "2024-02-28T13:30:00+00:00"
    assert renewal(12) == "2025-01-28T13:30:00+00:00"
