"""Signals judged by who then left: small companies whose every number can be counted by hand."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.home import Home
from tenure.signals.leavings import Spell
from tenure.signals.replay_report import Alarm, Period, judge
from tenure.signals.risk_ratio import share_interval
from tenure.signals.truth_report import against_truth

YEAR = Period(date(2024, 1, 1), date(2025, 1, 1), date(2025, 1, 1), 60, "UTC")


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spell(line):
    """`ada 2024-01-01 2024-06-01 2024-07-01`: account, first day, notice or `-`, end or `-`."""
    account, starts, notice, ended = line.split()
    decided = notice if notice != "-" else ended
    return Spell(
        account,
        date.fromisoformat(starts),
        None if decided == "-" else date.fromisoformat(decided[:10]),
        None if decided == "-" else instant(decided),
        None if ended == "-" else date.fromisoformat(ended),
    )


def spells(text):
    return [spell(line) for line in text.strip().splitlines()]


def alarms(text):
    return [
        Alarm(kind, account, instant(at))
        for kind, account, at in (line.split() for line in text.strip().splitlines())
    ]


COMPANY = """
ada 2024-01-01 2024-06-01T12:00 2024-07-01
bob 2024-01-01 -                -
cid 2024-01-01 -                2024-05-01
dot 2024-01-01 2024-12-20T09:00 -
eve 2024-03-01 -                -
"""


def one(kind, raised, company=COMPANY, period=YEAR):
    return {report.kind: report for report in judge(alarms(raised), spells(company), period)}[kind]


def test_a_signal_is_right_wrong_open_late_or_of_nobody_at_risk():
    report = one(
        "gone_quiet",
        """
        gone_quiet ada 2024-05-20T08:00
        gone_quiet ada 2024-06-01T12:01
        gone_quiet bob 2024-05-01
        gone_quiet cid 2024-04-30
        gone_quiet cid 2024-05-02
        gone_quiet bob 2024-12-01
        gone_quiet eve 2024-02-01
        gone_quiet zoe 2024-02-01
        """,
    )

    assert (report.raised, report.accounts) == (8, 5)
    assert (report.right, report.wrong, report.open, report.late) == (2, 1, 1, 1)
    assert report.not_at_risk == 3  # cid has gone, eve is not there yet, nobody knows zoe
    assert report.precision == pytest.approx(2 / 3)


def test_who_decides_while_the_days_still_run_tells_nothing_yet():
    """Counting those that left already, and not those that may yet, would flatter."""
    report = one("gone_quiet", "gone_quiet dot 2024-12-10\ngone_quiet bob 2024-12-10")

    assert (report.open, report.precision, report.verdict) == (2, None, "too_few")


def test_leavings_are_warned_of_by_their_first_signal_within_the_days():
    report = one(
        "near_limit",
        """
        near_limit ada 2024-01-15
        near_limit ada 2024-05-02T12:00
        near_limit ada 2024-05-30
        near_limit cid 2024-04-21
        """,
    )

    assert (report.leavings, report.warned, report.recall) == (3, 2, pytest.approx(2 / 3))
    assert (report.lead_days_quartile_1, report.lead_days_median) == (15.0, 20.0)  # 10 and 30 days
    assert (report.right, report.wrong) == (3, 1)


def test_chance_is_as_many_accounts_at_risk_on_the_same_days():
    """On 2 April four accounts are at risk and one leaves within 60 days (cid; ada on day 60)."""
    report = one("hand_over", "hand_over bob 2024-04-02\nhand_over eve 2024-04-03")

    # ada, bob, cid, dot and eve are there; ada and cid decide by 1 and 2 June.
    assert report.chance == pytest.approx(2 / 5)
    assert report.chance_low == 0.0
    assert report.chance_high == 1.0
    assert (report.lift, report.precision) == (0.0, 0.0)


def random_company(seed, accounts=300):
    """Each account leaves on a random day of the year, or stays."""
    rng = random.Random(seed)
    found = []
    for number in range(accounts):
        leaves = date(2024, 1, 2) + timedelta(days=rng.randrange(0, 730))
        is_told = leaves < date(2025, 1, 1)
        end = leaves.isoformat() if is_told else "-"
        found.append(spell(f"a{number:03d} 2024-01-01 - {end}"))
    return found, rng


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_signals_by_chance_are_as_good_as_chance(seed):
    found, rng = random_company(seed)
    raised = []
    while len(raised) < 120:
        day = date(2024, 1, 2) + timedelta(days=rng.randrange(0, 250))
        account = rng.choice(found)
        if account.decided_on is None or account.decided_on > day:
            raised.append(Alarm("dice", account.account_id, instant(f"{day}T00:00:01")))
    (report,) = judge(raised, found, YEAR)

    # An account is drawn as often as another, so the share of right ones is that of chance.
    low, high = share_interval(report.right, report.right + report.wrong)
    assert low - 0.06 < report.chance < high + 0.06
    assert report.verdict in ("no_difference", "too_few", "better", "worse")
    assert report.chance_low <= report.chance <= report.chance_high


def test_random_signals_hardly_ever_pass_for_good_ones():
    better = 0
    for seed in range(40):
        found, rng = random_company(seed)
        day = date(2024, 4, 1)
        there = [s for s in found if s.decided_on is None or s.decided_on > day]
        raised = [
            Alarm("dice", s.account_id, instant(f"{day}T10:00")) for s in rng.sample(there, 60)
        ]
        (report,) = judge(raised, found, YEAR)
        better += report.verdict == "better"

    assert better <= 4  # of 40, where 1 is expected


def test_a_kind_that_sees_who_leaves_is_better_than_chance():
    found, rng = random_company(3)
    seen = [
        s for s in found if s.decided_on and date(2024, 3, 1) < s.decided_on < date(2024, 11, 1)
    ]
    raised = [
        Alarm(
            "good", s.account_id, instant(f"{s.decided_on - timedelta(days=rng.randrange(2, 50))}")
        )
        for s in seen[:40]
    ] + [Alarm("good", s.account_id, instant("2024-05-01")) for s in found if s.decided_on is None][
        :20
    ]
    (report,) = judge(raised, found, YEAR)

    assert report.verdict == "better"
    assert report.lift_low > 2
    assert report.needs_more is None


def test_ten_signals_of_one_account_are_not_ten_proofs():
    found, _ = random_company(3)
    leaver = next(s for s in found if s.decided_on and s.decided_on > date(2024, 3, 1))
    raised = [
        Alarm("loud", leaver.account_id, instant(f"{leaver.decided_on - timedelta(days=n)}"))
        for n in range(1, 15)
    ]
    (report,) = judge(raised, found, YEAR)

    assert (report.right, report.wrong) == (14, 0)
    assert report.verdict == "too_few"
    assert report.needs_more >= 1
    assert report.precision_low < 0.3


def test_all_kinds_together_are_judged_too():
    reports = judge(
        alarms("a ada 2024-05-20\nb bob 2024-05-20\nb ada 2024-05-25"), spells(COMPANY), YEAR
    )

    assert [(report.kind, report.raised, report.warned) for report in reports] == [
        ("a", 1, 1),
        ("b", 2, 1),
        ("all", 3, 1),
    ]


def test_signals_outside_the_period_are_left_out():
    assert judge(alarms("a ada 2023-12-31T23:59\na ada 2025-01-01"), spells(COMPANY), YEAR) == []


def test_the_same_question_has_the_same_answer():
    found, rng = random_company(8)
    raised = [Alarm("dice", s.account_id, instant("2024-04-01")) for s in rng.sample(found, 50)]

    assert judge(raised, found, YEAR) == judge(raised, found, YEAR)


TRUTH = {
    "leavings": [
        {"account": "ada", "was": "paying", "is_voluntary": True, "true_cause": "competitor",
         "notice_at": "2024-06-01T12:00:00Z", "left_at": "2024-07-01T00:00:00Z"},
        {"account": "bob", "was": "paying", "is_voluntary": True, "true_cause": "competitor",
         "notice_at": None, "left_at": "2024-05-01T00:00:00Z"},
        {"account": "cid", "was": "paying", "is_voluntary": False, "true_cause": "card_failed",
         "notice_at": None, "left_at": "2024-05-01T00:00:00Z"},
        {"account": "dot", "was": "trial", "is_voluntary": True, "true_cause": "competitor",
         "notice_at": None, "left_at": "2024-05-01T00:00:00Z"},
    ]
}  # fmt: skip


def test_against_the_truth_each_kind_is_counted_by_true_cause(tmp_path):
    home = Home(tmp_path)
    home.truth_file.write_text(json.dumps(TRUTH), "utf-8")
    raised = alarms(
        """
        gone_quiet ada 2024-05-20
        gone_quiet ada 2024-05-25
        gone_quiet bob 2024-01-20
        payment_trouble cid 2024-04-20
        payment_trouble ada 2024-06-02
        """
    )

    told = {
        (row.kind, row.true_cause): (row.leavings, row.warned, row.is_voluntary)
        for row in against_truth(home, raised, YEAR)
    }

    assert told == {
        ("gone_quiet", "competitor"): (2, 1, True),
        ("gone_quiet", "card_failed"): (1, 0, False),
        ("payment_trouble", "competitor"): (2, 0, True),
        ("payment_trouble", "card_failed"): (1, 1, False),
    }


def test_a_real_company_has_no_truth_to_compare_with(tmp_path):
    assert against_truth(Home(tmp_path), alarms("a ada 2024-05-20"), YEAR) == []
