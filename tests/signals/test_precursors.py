"""Rare precursors of leaving, in companies whose truth is drawn here."""

import random
from datetime import date, timedelta

import pytest

from measure.ledger_worlds import event, fact, spells, world
from tenure.signals.leavings import Risk, Spell
from tenure.signals.leavings import spells as read_spells
from tenure.signals.precursors import propose

UNTIL = date(2025, 1, 1)


def track(account, name, when, type="track", **properties):
    return event(type, name, str(when), properties=properties, account_key=account, user_id="u")


def daily_use(account, starts, ends):
    """One ordinary event every ten days, so that there are active months to be rare among."""
    day = starts
    while day < ends:
        yield track(account, "Report Exported", day)
        day += timedelta(days=10)


def company(rng, accounts=120):
    """(account, starts, leaves or None) over 2024; a third leaves, at a time of its own."""
    for number in range(accounts):
        starts = date(2024, 1, 1) + timedelta(days=rng.randrange(0, 90))
        leaves = starts + timedelta(days=rng.randrange(60, 240)) if number % 3 == 0 else None
        yield f"a{number:03d}", starts, leaves


def asked(facts, events, **more):
    with world(facts, events) as reader:
        found = read_spells(reader, until_on=UNTIL, time_zone="UTC")
        proposals = propose(reader, found, until_on=UNTIL, time_zone="UTC", **more)
    return {(one.what, one.name): one for one in proposals}


@pytest.fixture(scope="module")
def lived():
    rng = random.Random(5)
    facts, events = [], []
    for account, starts, leaves in company(rng):
        facts += spells(f"{account} s-{account} {starts} {leaves or '-'} 10")
        ends = leaves or UNTIL
        events += daily_use(account, starts, ends)
        if leaves:
            noticed = leaves - timedelta(days=10)
            facts.append(
                fact("notice", account, noticed, subscription_id=f"s-{account}", ends_at=leaves)
            )
            events.append(track(account, "Farewell Checklist", noticed + timedelta(days=1)))
            if rng.random() < 0.6:
                events.append(track(account, "Seats Counted", noticed - timedelta(days=20)))
                help_page = {"path": f"/help/export/{rng.randrange(10_000)}?q=1"}
                events.append(
                    track(account, "Help", noticed - timedelta(days=15), "page", **help_page)
                )
            if rng.random() < 0.5:
                events.append(track(account, "Cancel Page Viewed", f"{noticed} 00:00:00"))
        elif rng.random() < 0.08:
            events.append(track(account, "Seats Counted", starts + timedelta(days=100)))
        # By chance, at any time of a life: whoever lives longer does it more often.
        for day in range((ends - starts).days):
            if rng.random() < 0.003:
                events.append(track(account, "Theme Changed", starts + timedelta(days=day)))
    return asked(facts, events)


def test_what_leavers_do_before_is_proposed_with_its_evidence(lived):
    found = lived["event", "Seats Counted"]

    assert found.verdict == "propose"
    assert found.ratio is not None and found.ratio.low > 2
    assert found.leavers >= 15
    assert found.lead_days_median == 20
    assert found.false_discovery_rate is not None and found.false_discovery_rate < 0.01


def test_a_page_is_proposed_whatever_ids_and_queries_its_address_has(lived):
    found = lived["page", "/help/export/*"]

    assert (found.verdict, found.lead_days_median) == ("propose", 15)
    assert 'page = "/help/export/*"' in found.toml()


def test_what_is_done_after_notice_counts_for_nothing(lived):
    found = lived["event", "Farewell Checklist"]

    assert (found.verdict, found.account_months, found.toml()) == ("too_few", 0, "")


def test_what_is_done_in_the_very_moment_of_notice_counts_for_nothing(lived):
    assert lived["event", "Cancel Page Viewed"].account_months == 0


def test_who_lives_longer_does_more_and_yet_nothing_is_found(lived):
    """Without landmarks those who stay would have had more time to do it: a ratio far below 1."""
    found = lived["event", "Theme Changed"]

    assert found.verdict == "no"
    assert found.ratio is not None
    assert found.ratio.low < 1 < found.ratio.high
    assert 0.5 < found.ratio.value < 1.7


def test_what_is_common_is_no_candidate(lived):
    assert ("event", "Report Exported") not in lived


def test_what_a_kind_hears_already_is_not_proposed_again():
    facts, events = [], []
    for account, starts, leaves in company(random.Random(1)):
        facts += spells(f"{account} s-{account} {starts} {leaves or '-'} 10")
        events += daily_use(account, starts, leaves or UNTIL)
        if leaves:
            events.append(track(account, "Cancel Page Viewed", leaves - timedelta(days=30)))
    found = asked(facts, events, is_known=lambda what, name: name == "Cancel Page Viewed")

    assert found["event", "Cancel Page Viewed"].verdict == "known"
    assert found["event", "Cancel Page Viewed"].toml() == ""


def test_a_few_accounts_are_not_enough_to_tell():
    facts, events = [], []
    for number in range(30):
        account = f"a{number:02d}"
        leaves = "2024-09-01" if number < 4 else "-"
        facts += spells(f"{account} s-{account} 2024-01-01 {leaves} 10")
        events += daily_use(account, date(2024, 1, 1), date(2024, 8, 30))
        if number < 4:
            events.append(track(account, "Seats Counted", "2024-08-01"))
    found = asked(facts, events)["event", "Seats Counted"]

    assert (found.verdict, found.accounts, found.leavers) == ("too_few", 4, 4)
    assert found.ratio is None


def test_a_company_without_history_has_no_proposals():
    assert asked([], []) == {}
    assert asked([], [track("a", "Theme Changed", "2024-05-01")]) == {}


def test_what_cannot_be_followed_yet_counts_for_nothing():
    facts, events = [], []
    for account, starts, _ in company(random.Random(2), accounts=40):
        facts += spells(f"{account} s-{account} {starts} - 10")
        events += daily_use(account, starts, UNTIL)
        events.append(track(account, "Seats Counted", "2024-12-10"))

    found = asked(facts, events).get(("event", "Seats Counted"))

    assert found is not None
    assert found.account_months == 0


def test_a_name_that_needs_quoting_is_quoted(lived):
    from dataclasses import replace

    quoted = replace(lived["event", "Seats Counted"], name='Say "no" \\ go')

    assert 'event = "Say \\"no\\" \\\\ go"' in quoted.toml()


SPELLS = """
ada s1 2024-01-01 2024-03-01 10
ada s2 2024-03-01 2024-06-01 12
ada s3 2024-09-01 -          12
bob s4 2024-01-01 2024-12-24 10
"""


def test_a_spell_lasts_while_anything_is_paid_and_ends_with_the_first_kept_notice():
    facts = spells(SPELLS) + [
        fact("notice", "bob", "2024-03-01T09:00", subscription_id="s4", ends_at="2024-04-01"),
        fact("notice", "bob", "2024-03-05T09:00", subscription_id="s4"),
        fact("notice", "bob", "2024-12-01T09:00", subscription_id="s4", ends_at="2024-12-24"),
    ]
    with world(facts) as reader:
        found = read_spells(reader, until_on=UNTIL, time_zone="UTC")

    assert [
        (s.account_id, str(s.starts_on), str(s.decided_on), str(s.ended_on)) for s in found
    ] == [
        ("ada", "2024-01-01", "2024-06-01", "2024-06-01"),
        ("ada", "2024-09-01", "None", "None"),
        ("bob", "2024-01-01", "2024-12-01", "2024-12-24"),
    ]
    risk = Risk(found)
    assert risk.spell_on("ada", date(2024, 7, 1)) is None
    assert risk.spell_on("bob", date(2024, 12, 20)) == found[2]
    assert risk.spell_on("cid", date(2024, 7, 1)) is None
    assert risk.share_that_decides(date(2024, 5, 1), 60) == 1 / 2
    assert isinstance(found[0], Spell)
