"""Who stands on the list of who is worth saving, in which order, and how the chance is counted."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from reasons.reason_worlds import at
from reasons.review_worlds import STAYS, case, judged, somebody
from tenure.measure.notices import Notice
from tenure.reasons.models import LeavingReview, WorthVerdict
from tenure.reasons.reviews_commands import worth as worth_command
from tenure.reasons.worth_chance import History, history
from tenure.reasons.worth_deciding import overrule
from tenure.reasons.worth_follow import follow_worth
from tenure.reasons.worth_ladder import begin, refuse
from tenure.reasons.worth_listed import WorthChoice, capacity, chosen_cases, this_week
from tenure.reasons.worth_rules import worth_rules
from tenure.signals.leavings import Spell
from tenure.signals.models import Signal

ANN = "ann"
LEAVES = """
2026-06-01 08:00  @acme  fact: notice  {"ends_at": "2026-06-30"}
2026-06-01 08:05  ada@acme  reason: Reason Given  {"reason": "price_value"}
2026-06-30 08:00  @acme  fact: end
"""
HALF_OF_IT = """
2026-01-01 08:00  @base  fact: start  {"mrr_minor": 2500, "subscription": "base"}
2026-06-15 08:00  @base  fact: end  {"subscription": "base"}
2026-06-15 09:00  bob@base  reason: Reason Given  {"reason": "closing"}
"""


@pytest.mark.django_db
def test_the_list_follows_who_leaves_until_they_said_no_or_are_back(home):
    judged(home, STAYS + LEAVES + HALF_OF_IT, "2026-07-02")
    first = [(each.account_id, each.occasion, each.code) for each in chosen_cases(WorthChoice())]
    overrule(case("base"), "yes", "They go on elsewhere.", seen_at=None, by=ANN,
             now=at("2026-07-02"))  # fmt: skip
    begin(case(), somebody(ANN), today=date(2026, 7, 2), now=at("2026-07-02"), by=ANN)
    back = '2026-07-10 08:00  @acme  fact: start  {"mrr_minor": 7000, "version": "v2"}\n'
    judged(home, back, "2026-07-11")

    # MRR 5,000 and 2,500, twelve months at .8: twice as much is expected of the first.
    assert first == [("acme", "left", "yes"), ("base", "left", "gone")]
    assert case().closed_because == "came_back"
    assert list(case().rungs.values_list("outcome", "task__status")) == [("dropped", "dropped")]
    assert (case("base").code, case("base").held_code, case("base").closed_at) == (
        "gone", "yes", None,
    )  # fmt: skip

    refuse("base", now=at("2026-07-12"), by=ANN)
    follow_worth(home, at("2026-07-12"))
    follow_worth(home, at("2026-07-13"))
    assert case("base").closed_because == "said_no"
    assert chosen_cases(WorthChoice()).count() == 0
    printed = CliRunner().invoke(worth_command, ["--format", "json", "--state", "over"])
    assert printed.exit_code == 0, printed.output
    assert {row["account_id"] for row in json.loads(printed.stdout)} == {"acme", "base"}
    assert "1 said no and are not asked" in printed.stderr


@pytest.mark.django_db
def test_who_is_at_risk_is_a_case_that_goes_on_when_they_leave(home):
    judged(home, STAYS, "2026-05-30")
    Signal.objects.create(
        key="s1", kind="gone_quiet", account_id="acme", happened_at=at("2026-05-29"),
        raised_at=at("2026-05-29"), last_evidence_at=at("2026-05-29"), urgency="soon",
        next_step="ask_what_changed",
    )  # fmt: skip
    follow_worth(home, at("2026-05-30"))
    at_risk = case()
    begin(at_risk, somebody(ANN), today=date(2026, 5, 30), now=at("2026-05-30"), by=ANN)
    judged(home, LEAVES.replace("2026-06-30 08:00  @acme  fact: end", ""), "2026-06-02")

    assert (at_risk.occasion, at_risk.grounds[0]["what"]) == ("at_risk", "no_reason")
    leaving = case()
    assert (leaving.pk, leaving.occasion, leaving.reason) == (at_risk.pk, "leaving", "price_value")
    assert leaving.rungs.count() == 1
    assert (capacity(worth_rules()).under_way, this_week(worth_rules())) == (1, [])


@pytest.mark.django_db
def test_as_many_as_fit_into_the_hours_of_a_week_are_to_be_taken_up(home):
    for number in range(9):
        WorthVerdict.objects.create(
            key=f"c{number}", account_key=f"a{number}", account_id=f"a{number}", occasion="left",
            since_at=at("2026-06-01"), code="yes" if number else "gone", expected_minor=number,
            judged_at=at("2026-06-01"),
        )  # fmt: skip
    now_due = [WorthVerdict.objects.get(pk=pk).account_id for pk in this_week(worth_rules())]

    # 8 hours a week at 1.5 hours each: five, the most worth first.
    assert now_due == ["a8", "a7", "a6", "a5", "a4"]


def notice_of(account_id: str, ends_on: date) -> Notice:
    noticed_on = ends_on - timedelta(days=30)
    return Notice(account_id, "app", "sub", at(noticed_on.isoformat()), noticed_on, ends_on,
                  False, "EUR", 100, None)  # fmt: skip


@pytest.mark.django_db
def test_a_notice_was_taken_back_where_they_still_pay_a_month_after_its_end():
    began, today = date(2025, 1, 1), date(2026, 7, 1)
    spells = [
        Spell("stays", began, None, None, None),
        Spell("goes", began, date(2026, 3, 1), at("2026-03-01"), date(2026, 3, 1)),
        Spell("later", began, date(2026, 5, 1), at("2026-05-01"), date(2026, 5, 1)),
    ]
    told = [
        notice_of("stays", date(2026, 2, 1)),
        notice_of("goes", date(2026, 3, 1)),
        notice_of("later", date(2026, 2, 1)),
        notice_of("stays", date(2026, 6, 20)),  # too early to tell
    ]
    past = history(spells, told, within_days=180, today=today, now=at("2026-07-01"))

    assert past.counts["leaving"] == {"": (2, 3)}
    assert History.of_text(past.as_text()) == past


@pytest.mark.django_db
def test_of_who_was_at_risk_each_account_counts_once_and_only_while_it_paid():
    began, goes_at = date(2025, 1, 1), at("2025-10-01")
    spells = [
        Spell("stays", began, None, None, None),
        Spell("goes", began, date(2025, 10, 1), goes_at, date(2025, 10, 1)),
    ]
    raised = [
        ("stays", "gone_quiet", "2025-03-01"),
        ("stays", "gone_quiet", "2025-05-01"),
        ("stays", "near_limit", "2025-05-02"),  # warns of nothing
        ("goes", "gone_quiet", "2025-09-01"),
        ("goes", "champion_left", "2025-10-05"),  # it had decided
        ("trial", "gone_quiet", "2025-05-01"),  # it never paid
        ("stays", "champion_left", "2026-06-01"),  # too early to tell
    ]
    for number, (account_id, kind, day) in enumerate(raised):
        Signal.objects.create(
            key=str(number), kind=kind, account_id=account_id, happened_at=at(day),
            raised_at=at(day), last_evidence_at=at(day), urgency="soon",
            next_step="ask_what_changed",
        )  # fmt: skip
    LeavingReview.objects.create(
        key="goes", account_key="goes", account_id="goes", since_on=began, decided_at=goes_at,
        decided_on=goes_at.date(), prepared_at=goes_at,
    )  # fmt: skip

    past = history(spells, [], within_days=180, today=date(2026, 7, 1), now=at("2026-07-01"))

    assert past.counts["at_risk"] == {"": (1, 2), "gone_quiet": (1, 2)}


class ComingBack(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["price_value", "defects"]),
                st.integers(0, 720),  # days since they ended
                st.one_of(st.none(), st.integers(1, 400)),  # and days until they were back
            ),
            max_size=12,
        )
    )
    def test_who_came_back_is_counted_once_all_of_the_time_is_over(self, lives):
        today = date(2026, 7, 1)
        LeavingReview.objects.bulk_create(
            LeavingReview(
                key=str(number), account_key=str(number), account_id=str(number),
                since_on=date(2020, 1, 1), decided_at=at("2024-01-01"), decided_on=date(2024, 1, 1),
                ended_on=today - timedelta(days=ended), reason=reason,
                returned_on=None if back is None else today - timedelta(days=ended - back),
                prepared_at=at("2024-01-01"),
            )
            for number, (reason, ended, back) in enumerate(lives)
        )  # fmt: skip
        past = history([], [], within_days=180, today=today, now=at("2026-07-01"))

        due = [(reason, back) for reason, ended, back in lives if ended >= 180]
        for group in ("price_value", "defects"):
            of = [back for reason, back in due if reason == group]
            part = sum(back is not None and back <= 180 for back in of)
            self.assertEqual(past.counts["left"].get(group, (0, 0)), (part, len(of)))
        share, group = past.chance("left", "defects", too_few=3)
        own = sum(reason == "defects" for reason, _ in due)
        assert (group == "defects") == (own >= 3)
        assert share.of == (own if own >= 3 else len(due))
