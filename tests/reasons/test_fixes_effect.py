"""What came of a fix: counted by hand beside what is told, and silence where nothing is known."""

from datetime import date

import pytest

from reasons.fix_worlds import PRODUCT, account_months, drawn, effect_on, names
from reasons.reason_worlds import at, seen
from tenure.definitions.store import put_in_force
from tenure.proof.rates import rate_of, time_needed
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes import LEVEL
from tenure.reasons.fixes_recorded import FixGiven, record_fix

pytestmark = pytest.mark.django_db
TODAY = "2025-10-01"
MISSING = {"code": "missing_feature"}
BY_HAND = {"code": "missing_feature", "detail": "by_hand", "source": "followed_up"}


def fix_for(code="missing_feature", shipped="2025-07-01", **more) -> Fix:
    given = FixGiven("A thing", code=code, shipped_on=date.fromisoformat(shipped), **more)
    return record_fix(given, now=at("2025-07-01"), by="ada")


def leaving(accounts, first, reason=MISSING, every=4):
    """One leaves every few days, for that reason."""
    start = date.fromisoformat(first).toordinal()
    return {
        account: (date.fromordinal(start + n * every).isoformat(), reason)
        for n, account in enumerate(accounts)
    }


def test_leavings_and_account_months_are_those_that_are_counted_by_hand(home):
    began = dict.fromkeys(names(60), "2023-01-01") | dict.fromkeys(names(6, "b"), "2025-06-10")
    left = leaving(names(60)[:20], "2025-04-03") | leaving(names(60)[20:22], "2025-07-20")
    left |= {"b00": ("2025-07-03", {"code": "price_value"})}
    ground = drawn(began, left, TODAY)

    told = effect_on(home, fix_for(), TODAY, ground)

    assert (told.window.days, told.window.is_look) == (90, True)
    assert (told.window.first_on, told.window.before_on) == (date(2025, 4, 2), date(2025, 9, 29))
    assert (told.before.events, told.after.events) == (20, 2)
    decided = {account: day for account, (day, _) in left.items()}
    by_hand = account_months(began, decided, "2025-04-02", "2025-07-01")
    assert told.before.time == pytest.approx(by_hand)
    assert told.after.time == pytest.approx(
        account_months(began, decided, "2025-07-01", "2025-09-29")
    )
    alone = rate_of(20, by_hand, LEVEL)
    assert (told.before.low, told.before.high) == (alone.low, alone.high)
    assert told.verdict == "fell"
    assert told.ratio.high < 1
    assert told.said_before == 20
    assert {each.account_id for each in told.leavings} == set(names(60)[:22])


def test_the_same_rate_after_as_before_is_said_to_be_unclear_with_what_it_would_take(home):
    began = dict.fromkeys(names(50), "2023-01-01")
    left = leaving(names(50)[:4], "2025-04-10", every=20)
    left |= leaving(names(50)[4:8], "2025-07-10", every=20)
    ground = drawn(began, left, TODAY)

    told = effect_on(home, fix_for(), TODAY, ground)

    assert (told.before.events, told.after.events, told.verdict) == (4, 4, "unclear")
    assert told.ratio.low < 1 < told.ratio.high
    rate = told.ratio.expected / told.after.time
    assert told.needs_months == round(time_needed(rate, 0.5, LEVEL) - told.after.time)
    by_day = told.after.time / 90
    assert told.needs_days == pytest.approx(told.needs_months / by_day, abs=1)


def test_more_leavings_than_before_are_said_as_well(home):
    began = dict.fromkeys(names(50), "2023-01-01")
    left = leaving(names(50)[:1], "2025-05-10") | leaving(names(50)[10:30], "2025-07-05")
    ground = drawn(began, left, TODAY)

    assert effect_on(home, fix_for(), TODAY, ground).verdict == "rose"


def test_nothing_is_claimed_before_the_first_look_nor_without_a_time_before(home):
    began = dict.fromkeys(names(20), "2025-06-20")
    ground = drawn(began, leaving(names(20)[:3], "2025-06-25"), TODAY)

    early = effect_on(home, fix_for(shipped="2025-09-10"), TODAY, ground)
    young = effect_on(home, fix_for(shipped="2025-07-01"), TODAY, ground)
    planned = effect_on(home, Fix(title="Later", code="missing_feature"), TODAY, ground)
    none = effect_on(home, fix_for("defects", "2025-08-15"), TODAY, ground)

    assert (early.verdict, early.needs_days) == ("too_early", 9)
    assert (young.verdict, young.window.days, young.window.is_look) == ("no_history", 11, False)
    assert (planned.verdict, planned.window) == ("planned", None)
    assert (none.verdict, none.before.events) == ("none_before", 0)


def test_accounts_that_are_all_older_now_are_not_compared_with_what_they_were(home):
    began = dict.fromkeys(names(30), "2025-01-01")
    ground = drawn(began, leaving(names(30)[:5], "2025-05-01"), TODAY)

    told = effect_on(home, fix_for(), TODAY, ground)

    assert (told.before.events, told.after.events, told.verdict) == (5, 0, "none_alike")


def test_young_accounts_that_come_after_it_shipped_are_not_held_against_it(home):
    """Of those who are new one in two leaves within weeks, before as after; many more are new."""
    old = dict.fromkeys(names(40), "2024-01-01")
    few, many = names(8, "n"), names(40, "m")
    began = old | dict.fromkeys(few, "2025-05-01") | dict.fromkeys(many, "2025-07-20")
    left = {account: ("2025-05-20", MISSING) for account in few[:4]}
    left |= {account: ("2025-08-08", MISSING) for account in many[:20]}
    ground = drawn(began, left, TODAY)

    told = effect_on(home, fix_for(), TODAY, ground)

    assert (told.before.events, told.after.events) == (4, 20)
    assert told.after.low > told.before.value  # the crude rates would say that it did harm
    assert told.ratio.expected == pytest.approx(20, rel=0.1)
    assert told.verdict == "unclear"
    cohorts = {each.began_on: (each.before.leavings, each.after.leavings) for each in told.cohorts}
    assert cohorts == {date(2024, 1, 1): (0, 0), date(2025, 4, 1): (4, 0),
                       date(2025, 7, 1): (0, 20)}  # fmt: skip


def test_only_the_need_that_was_named_counts_for_a_narrow_fix(home):
    began = dict.fromkeys(names(20), "2025-01-01")
    left = {"a00": ("2025-06-01", BY_HAND), "a01": ("2025-06-02", MISSING),
            "a02": ("2025-06-03", {"code": "other", "rival": "Toggl"}),
            "a03": ("2025-06-04", {}),
            "a04": ("2025-06-05", {"code": "missing_feature", "seen": True}),
            "a05": ("2025-06-06", {"code": "missing_feature", "seen": True, "is_weak": True})}  # fmt: skip
    ground = drawn(began, left, TODAY)

    whole = effect_on(home, fix_for(), TODAY, ground)
    narrow = effect_on(home, fix_for(detail="by_hand"), TODAY, ground)
    rival = effect_on(home, fix_for(code="", rival="toggl"), TODAY, ground)

    assert {each.account_id: each.how for each in whole.leavings} == {
        "a00": "said", "a01": "said", "a04": "seen",
    }  # fmt: skip
    assert {each.account_id for each in narrow.leavings} == {"a00"}
    assert {each.account_id for each in rival.leavings} == {"a02"}


def test_days_of_use_and_days_without_are_told_apart_and_nobody_uses_it_before_he_begins(home):
    began = dict.fromkeys(names(20), "2025-01-01")
    left = leaving(names(20)[:6], "2025-05-01") | {"a10": ("2025-08-20", MISSING)}
    use = "\n".join(
        f"2025-07-11 10:00  bea@{account}  Template Used" for account in names(20)[8:18]
    )
    seen(home, use, TODAY)
    ground = drawn(began, left, TODAY)
    fix = fix_for(adoption_event="Template Used")

    told = effect_on(home, fix, TODAY, ground)

    until = {account: "2025-07-10" for account in names(20)[8:18]}
    decided = {account: day for account, (day, _) in left.items()}
    assert told.others.time == pytest.approx(
        account_months(began, decided | until, "2025-07-01", "2025-09-29")
    )
    assert told.users.time + told.others.time == pytest.approx(told.after.time)
    assert (told.users.events, told.others.events) == (1, 0)
    assert told.adoption.all.part == 9  # a10 is leaving
    assert told.adoption.weeks[0].all == 0
    assert told.adoption.weeks[1].all == 9
    assert told.adoption.weeks[-1].until_on == date(2025, 9, 30)


def test_a_withdrawn_fix_is_judged_until_it_was_withdrawn(home):
    began = dict.fromkeys(names(30), "2025-01-01")
    left = leaving(names(30)[:6], "2025-05-01") | leaving(names(30)[8:12], "2025-08-20")
    ground = drawn(began, left, TODAY)

    told = effect_on(home, fix_for(withdrawn_on=date(2025, 8, 10)), TODAY, ground)

    assert told.is_withdrawn
    assert (told.window.days, told.after.events) == (30, 0)


def test_nothing_more_is_waited_for_once_a_fix_was_withdrawn_before_its_first_look(home):
    ground = drawn(dict.fromkeys(names(5), "2025-01-01"), {}, TODAY)

    told = effect_on(home, fix_for(withdrawn_on=date(2025, 7, 10)), TODAY, ground)

    assert (told.verdict, told.needs_months, told.needs_days) == ("too_early", None, None)


def test_a_step_counts_who_left_while_they_stood_before_it_and_who_got_stuck(home):
    put_in_force("product", "", PRODUCT, now=at("2025-01-01"), by="ada")
    early, late = names(20, "e"), names(20, "l")
    began = dict.fromkeys(early, "2025-05-01") | dict.fromkeys(late, "2025-07-05")
    lines = [
        "2025-01-02 09:00  bea@old  Looked Round",
        "2025-01-05 09:00  bea@old  Project Created",
    ]
    lines += [f"2025-05-01 09:00  bea@{each}  Looked Round" for each in early]
    lines += [f"2025-07-05 09:00  bea@{each}  Looked Round" for each in late]
    lines += [f"2025-05-06 09:00  bea@{each}  Project Created" for each in early[:4]]
    lines += [f"2025-07-08 09:00  bea@{each}  Project Created" for each in late[:18]]
    lines += ["2025-08-30 09:00  bea@l18  Project Created"]
    left = leaving(early[8:13], "2025-05-12", {}) | {"e00": ("2025-05-13", {})}
    seen(home, "\n".join(lines), TODAY)
    ground = drawn(began, left, TODAY)
    given = FixGiven("Templates", step="first_project", shipped_on=date(2025, 7, 1))
    fix = record_fix(given, now=at("2025-07-01"), by="ada")

    told = effect_on(home, fix, TODAY, ground)

    assert {each.account_id for each in told.leavings} == set(early[8:13])  # e00 had taken it
    # Within ten days: 16 of the 20 of May had not, two of the 20 of July.
    stuck = told.stuck
    assert (stuck.days_given, stuck.window_days) == (10, 60)
    assert (stuck.before.part, stuck.before.of) == (16, 20)
    assert (stuck.after.part, stuck.after.of) == (2, 20)
    assert stuck.is_known
    assert stuck.difference[0] == pytest.approx(2 / 20 - 16 / 20)
    at_step = account_months(
        dict.fromkeys(early, "2025-05-01"),
        dict.fromkeys(early[:4], "2025-05-05")
        | {account: day for account, (day, _) in left.items() if account != "e00"},
        told.window.first_on.isoformat(),
        "2025-07-01",
    )
    assert told.before.time == pytest.approx(at_step)


def test_months_add_up_to_what_is_shown(home):
    began = dict.fromkeys(names(30), "2025-01-10")
    left = leaving(names(30)[:8], "2025-05-01") | leaving(names(30)[10:13], "2025-08-01")
    ground = drawn(began, left, TODAY)

    told = effect_on(home, fix_for(shipped="2025-07-15"), TODAY, ground)

    assert sum(each.tally.leavings for each in told.months) == len(told.leavings) == 11
    decided = {account: day for account, (day, _) in left.items()}
    assert sum(each.tally.account_months for each in told.months) == pytest.approx(
        account_months(began, decided, "2025-01-01", TODAY)
    )
    halves = [each for each in told.months if each.first_on >= date(2025, 7, 1)][:2]
    assert [(each.first_on, each.is_after) for each in halves] == [
        (date(2025, 7, 1), False), (date(2025, 7, 15), True),
    ]  # fmt: skip
