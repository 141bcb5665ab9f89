"""Simulated years of leaving with known truth: does the report say what is so, and no more?

Seeds are fixed, so each of these is the same on every run. Of 20 seeds "at least 93 %" is 19, and
"at most 7 %" is 1.
"""

from datetime import date
from math import ceil, floor

import pytest

from tenure.bench.proof import CLAIMS, END_DAY, see_world
from tenure.demo.answering import leaves
from tenure.demo.leavers import draw_leavers
from tenure.demo.year_of_leaving import live_a_year, rows_on, watched_on
from tenure.offboard.passage import ENDS
from tenure.offboard.report_counting import Frame, claims_of, counts_of, paying_lift, ratio_of
from tenure.offboard.report_save_rates import save_rates

SEEDS = range(1, 21)
HOLDS_AT_LEAST = ceil(0.93 * len(SEEDS))
CLAIMED_AT_MOST = floor(0.07 * len(SEEDS))


@pytest.fixture(scope="module")
def year():
    return live_a_year(3, accounts=500)


@pytest.fixture(scope="module")
def idle_year():
    """Nothing that is offered makes any difference."""
    return live_a_year(3, accounts=500, effect=0.0)


@pytest.mark.slow
def test_the_interval_holds_the_true_lift():
    world = see_world(SEEDS, 1.0)

    for claim in CLAIMS:
        assert sum(year.claims[claim].covers for year in world.years) >= HOLDS_AT_LEAST, claim
    # And it is worth having: most years are long enough to tell.
    assert world.share("paying_180", "is_known") > 0.8


@pytest.mark.slow
def test_where_there_is_no_effect_hardly_ever_is_one_claimed():
    world = see_world(SEEDS, 0.0)

    for claim in CLAIMS:
        assert all(year.claims[claim].true_lift == 0 for year in world.years)
        assert sum(year.claims[claim].is_known for year in world.years) <= CLAIMED_AT_MOST, claim
        assert sum(year.claims[claim].covers for year in world.years) >= HOLDS_AT_LEAST, claim
    assert not any(year.has_ratio_alarm for year in world.years)


def test_the_same_seed_is_the_same_year(year):
    again = live_a_year(3, accounts=500)

    assert watched_on(again, END_DAY) == watched_on(year, END_DAY)


def test_everybody_passes_through_the_flow_to_an_end(year):
    for each in year.accounts:
        for visit in (*each.treated.visits, *each.alone.visits):
            passage = visit.passage
            assert passage.screen in ENDS or visit.outcome == "abandoned"
            assert (
                {s.name for s in passage.shown}
                <= {c.name for c in visit.choice.considered if c.fits}
                if visit.choice
                else not passage.shown
            )


def test_who_is_left_alone_is_offered_nothing(year):
    for each in year.accounts:
        assert not any(visit.choice or visit.accepted for visit in each.alone.visits)


def test_all_four_kinds_of_people_come(year):
    kinds = {(each.alone.leaves, each.treated.leaves) for each in year.accounts}

    assert kinds == {(True, False), (False, False), (True, True), (False, True)}


def test_left_alone_they_do_what_their_luck_says(year):
    assert all(each.alone.leaves == each.leaver.leaves_alone for each in year.accounts)


def test_treated_they_do_what_their_hidden_type_says(year):
    for each in year.accounts:
        last = next(visit for visit in reversed(each.treated.visits) if not visit.passage.is_repeat)
        assert each.treated.leaves == leaves(each.leaver, last.passage)


def test_people_accept_and_then_cancel_and_that_is_a_cancellation(year):
    passed, _ = rows_on(year, END_DAY)
    both = [each for each in passed if each.accepted and each.outcome == "canceled"]

    assert both
    counts = counts_of(passed)
    assert counts.confirmed == counts.accepted - len(both)


def test_by_the_end_of_the_year_offers_are_chosen_by_what_was_learned(year):
    how = [v.choice.how for each in year.accounts for v in each.treated.visits if v.choice]

    assert how[0] == "rules"
    assert "learned" in how[-20:]
    ruled = live_a_year(3, accounts=500, learns=False)
    assert {v.choice.how for e in ruled.accounts for v in e.treated.visits if v.choice} <= {
        "rules",
        "season",
    }


def test_without_any_effect_both_lives_are_the_same(idle_year):
    for each in idle_year.accounts:
        assert each.treated.life.prices == each.alone.life.prices


def test_without_any_effect_others_still_count_many_saves(idle_year):
    """What all those save rates are worth: nobody is kept, and up to a third are "saved"."""
    passed, watched = rows_on(idle_year, END_DAY)
    rates = {rate.of: rate.share.value for rate in reversed(save_rates(passed))}

    assert rates["Churnkey"] > 0.25
    assert rates["LostChurn"] > 0.08
    assert idle_year.true_lift("paying_180") == 0
    assert not paying_lift(watched, 180).is_known


def test_what_is_not_over_is_left_out_of_both_arms(year):
    day = 300
    watched = watched_on(year, day)
    known = [each for each in watched if each.paying[180] is not None]

    assert 0 < len(known) < len(watched)
    assert len(known) == sum(each.leaver.day + 180 < day for each in year.accounts)
    passed, _ = rows_on(year, day)
    claim = next(each for each in claims_of(passed, watched, _frame()) if each.name == "paying_180")
    assert claim.not_over == len(watched) - len(known)
    assert claim.lift.treated + claim.lift.control == len(known)


def test_a_hold_out_that_changes_in_midyear_is_no_alarm_and_misleads_nobody():
    year = live_a_year(4, accounts=500, hold_out_shares=[0.2] * 6 + [0.5] * 6)
    watched = watched_on(year, END_DAY)
    lift = paying_lift(watched, 180)

    assert {each.hold_out_share for each in watched} == {0.2, 0.5}
    assert not ratio_of(watched).is_alarm
    assert lift.low <= year.true_lift("paying_180") <= lift.high


def test_a_hold_out_that_loses_people_raises_the_alarm(year):
    """Such as when who is held out is not followed, once they left."""
    watched = [
        each
        for each in watched_on(year, END_DAY)
        if each.arm == "treated" or each.paying[180] or each.account_id.endswith("1")
    ]

    assert ratio_of(watched).is_alarm


def test_what_tenure_knows_of_them_tells_nothing_hidden():
    leaver = draw_leavers(3, accounts=100)[0]
    hidden = {"chance", "luck", "effects", "draws", "skill", "fit", "worth_minor"}

    assert not hidden & set(leaver.card(_frame().before_on))


def _frame():
    return Frame(None, date(2026, 7, 1), "EUR", 0.8)
