"""What billing facts say of a save: here, paying, gone, kept."""

from datetime import date, timedelta

import pytest
from saves_worlds import accepted, drawn, fact, failed, judged, link, notice, paid, paused

from tenure.saves.models import Lost

MONTHLY = "s1  2025-01-10  -  10"
YEARLY = "s1  2025-01-10  -  120/year  billing_interval=year"


def passes(found, at_days: int) -> bool:
    answer = found.answers[at_days]
    return answer.is_active and answer.is_paying and not answer.is_leaving


def test_who_goes_on_paying_by_the_month_is_kept_after_180_days():
    before = judged(drawn(MONTHLY), today="2025-07-31")
    after = judged(drawn(MONTHLY), today="2025-08-01")

    assert (before.kept_on, after.kept_on) == (None, date(2025, 7, 31))
    assert after.renewal_on == date(2025, 2, 10)
    assert all(passes(after, at) for at in (0, 7, 30, 90, 180))
    assert after.gone is None


def test_a_check_is_answered_once_its_day_is_over():
    assert set(judged(drawn(MONTHLY), today="2025-02-08").answers) == set()
    assert set(judged(drawn(MONTHLY), today="2025-02-09").answers) == {7}
    assert set(judged(drawn(MONTHLY), today="2025-03-04").answers) == {0, 7, 30}


def test_who_pays_by_the_year_passes_180_days_by_doing_nothing_and_is_kept_at_the_renewal():
    at_180 = judged(drawn(YEARLY), today="2025-08-10")
    renewed = judged(drawn(YEARLY), today="2026-01-11")

    assert passes(at_180, 180) and at_180.kept_on is None
    assert at_180.renewal_on == date(2026, 1, 10)
    assert renewed.kept_on == date(2026, 1, 10)


def test_a_yearly_contract_that_ends_at_its_renewal_was_never_kept():
    ended = drawn("s1  2025-01-10  2026-01-10  120/year  billing_interval=year")
    found = judged(ended, today="2026-02-01")

    assert passes(found, 180)
    assert (found.kept_on, found.gone.on, found.gone.because) == (
        None, date(2026, 1, 10), Lost.ENDED,
    )  # fmt: skip
    assert not found.answers[0].is_active
    assert found.answers[0].evidence[0]["what"] == "end"


def test_a_month_that_becomes_a_year_decides_again_when_that_year_is_over():
    world = drawn(
        """s1  2025-01-10  2025-02-05  10
           s1  2025-02-05  -           96/year  billing_interval=year"""
    )

    assert judged(world, today="2025-09-01").renewal_on == date(2026, 2, 5)


def test_notice_after_accepting_loses_it_at_once_though_it_is_still_there():
    found = judged([*drawn(MONTHLY), notice("2025-02-05T09:00", "2025-03-10")], today="2025-02-09")

    assert (found.gone.on, found.gone.because) == (date(2025, 2, 5), Lost.CANCELED)
    assert found.answers[7].is_active and found.answers[7].is_leaving
    assert not passes(found, 7)


def test_notice_given_before_the_save_is_not_held_against_it():
    world = [
        *drawn(MONTHLY),
        notice("2025-02-01T13:00", "2025-03-10"),
        notice("2025-02-01T14:05", None),
    ]

    assert judged(world, today="2025-08-02").kept_on == date(2025, 7, 31)


def test_taking_the_notice_back_is_a_return_and_never_a_save():
    world = [
        *drawn(MONTHLY),
        notice("2025-03-05T09:00", "2025-04-10"),
        notice("2025-03-20T09:00", None),
    ]
    found = judged(world, today="2025-09-02")

    assert (found.kept_on, found.gone.on) == (None, date(2025, 3, 5))
    assert found.returned_on == date(2025, 3, 20)
    assert passes(found, 90)


def test_a_notice_that_was_a_mistake_and_taken_out_of_the_books_was_never_given():
    mistaken = notice("2025-03-05T09:00", "2025-04-10")
    voided = {**mistaken, "message_id": "void", "is_void": True, "batch": 2}

    assert judged([*drawn(MONTHLY), mistaken], today="2025-09-02").gone is not None
    assert judged([*drawn(MONTHLY), mistaken, voided], today="2025-09-02").gone is None


def test_a_subscription_made_anew_on_another_plan_without_a_gap_goes_on():
    world = drawn(
        """s1  2025-01-10  2025-03-10  10
           s2  2025-03-10  -           7"""
    )
    found = judged(world, today="2025-08-02")

    assert found.gone is None and found.kept_on == date(2025, 7, 31)
    assert found.answers[90].price_minor == 700


def test_another_subscription_of_the_account_does_not_keep_what_was_about_this_one():
    world = drawn(
        """s1  2025-01-10  2025-03-10  10
           s2  2025-01-10  -           7"""
    )
    found = judged(world, today="2025-08-02")

    assert (found.gone.on, found.gone.because) == (date(2025, 3, 10), Lost.ENDED)


def test_coming_back_after_a_gap_is_a_return():
    world = drawn(
        """s1  2025-01-10  2025-03-10  10
           s2  2025-04-01  -           10"""
    )
    found = judged(world, today="2025-08-02")

    assert found.gone.on == date(2025, 3, 10)
    assert found.returned_on == date(2025, 4, 1)
    assert found.kept_on is None


PAUSE = {"starts_on": "2025-02-10", "resumes_on": "2025-05-10", "price_after_minor": 1000}


def test_a_pause_is_not_retained_before_it_is_paid_again():
    world = [*drawn(MONTHLY), paused("2025-02-10", "2025-05-10")]
    save = accepted(kind="pause", terms=PAUSE)
    found = judged(world, save, today="2025-08-02")

    assert [found.answers[at].is_paying for at in (7, 30, 90, 180)] == [False, False, False, True]
    assert [found.answers[at].is_paused for at in (7, 30, 90, 180)] == [True, True, True, False]
    assert found.answers[30].price_minor == 0
    assert found.renewal_on == date(2025, 5, 10)
    assert found.kept_on == date(2025, 7, 31)


def test_a_pause_that_still_lasts_at_180_days_waits_for_the_first_bill_after_it():
    world = [*drawn(MONTHLY), paused("2025-02-10", "2025-10-10")]
    terms = {**PAUSE, "resumes_on": "2025-10-10"}
    save = accepted(kind="pause", terms=terms)

    waiting, resumed = (judged(world, save, today=day) for day in ("2025-10-01", "2025-10-11"))

    assert waiting.kept_on is None and waiting.gone is None
    assert resumed.kept_on == date(2025, 10, 10)


def test_where_payments_are_told_a_pause_is_over_with_the_first_of_them():
    world = [*drawn(MONTHLY), paused("2025-02-10", "2025-05-10"), paid("2025-01-10")]
    save = accepted(kind="pause", terms=PAUSE)

    assert not judged(world, save, today="2025-08-02").answers[180].is_paying
    paid_again = judged([*world, paid("2025-05-12")], save, today="2025-08-02")
    assert paid_again.answers[180].is_paying
    assert paid_again.renewal_paid_on == date(2025, 5, 12)


def test_free_months_are_not_payment_whatever_billing_calls_them():
    terms = {"starts_on": "2025-02-10", "ends_on": "2025-05-10", "price_after_minor": 1000}
    found = judged(drawn(MONTHLY), accepted(kind="free_months", terms=terms), today="2025-06-01")

    assert [found.answers[at].is_paying for at in (7, 30, 90)] == [False, False, False]
    assert found.renewal_on == date(2025, 5, 10)


def test_who_falls_to_a_free_plan_pays_nothing_and_is_lost():
    world = drawn(
        """s1  2025-01-10  2025-04-10  10
           s1  2025-04-10  -           0"""
    )
    found = judged(world, today="2025-08-02")

    assert (found.gone.on, found.gone.because) == (date(2025, 4, 10), Lost.UNPAID)
    assert found.answers[90].is_active and not found.answers[90].is_paying


def test_after_a_rest_there_are_thirty_days_to_pay_again():
    world = drawn(
        """s1  2025-01-10  2025-02-10  10
           s1  2025-02-10  -           0"""
    )
    save = accepted(kind="free_months", terms={"ends_on": "2025-05-10", "price_after_minor": 1000})

    assert judged(world, save, today="2025-06-09").gone is None
    assert judged(world, save, today="2025-06-10").gone.on == date(2025, 5, 10)


def test_a_failed_payment_waits_for_the_next_try_and_is_lost_after_sixty_days_of_none():
    world = [*drawn(MONTHLY), paid("2025-01-10"), failed("2025-02-10")]

    waiting = judged(world, today="2025-03-15")
    assert not waiting.answers[30].is_paying and waiting.gone is None
    assert waiting.renewal_paid_on is None
    assert judged([*world, paid("2025-02-20")], today="2025-03-15").answers[30].is_paying
    lost = judged(world, today="2025-04-11")
    assert (lost.gone.on, lost.gone.because) == (date(2025, 2, 10), Lost.UNPAID)


DISCOUNT = {
    "starts_on": "2025-02-10", "ends_on": "2025-05-10",
    "price_before_minor": 1000, "price_during_minor": 700, "price_after_minor": 1000,
}  # fmt: skip


def test_the_price_of_a_day_stands_beside_the_one_that_was_promised():
    world = drawn(
        """s1  2025-01-10  2025-02-10  10
           s1  2025-02-10  2025-05-10  7
           s1  2025-05-10  -           10"""
    )
    found = judged(world, accepted(kind="discount", terms=DISCOUNT), today="2025-08-02")
    prices = {at: (each.price_minor, each.promised_minor) for at, each in found.answers.items()}

    assert prices[7] == (1000, 1000)
    assert prices[30] == (700, 700)
    assert prices[180] == (1000, 1000)


def test_who_takes_more_seats_chose_another_price_than_the_promised_one():
    world = drawn(
        """s1  2025-01-10  2025-02-20  10  quantity=2
           s1  2025-02-20  -           15  quantity=3"""
    )
    found = judged(world, accepted(kind="discount", terms=DISCOUNT), today="2025-08-02")

    assert found.answers[7].promised_minor == 1000
    assert found.answers[30].promised_minor is None


def test_an_account_that_was_merged_is_followed_where_its_facts_went():
    world = drawn(MONTHLY, account="ada ltd".replace(" ", "-"))
    found = judged(
        world, accepted(account="ada"), today="2025-08-02", links=[link("ada", "ada-ltd")]
    )

    assert found.kept_on == date(2025, 7, 31)


def test_of_an_account_that_billing_does_not_know_nothing_is_said():
    found = judged([], today="2025-08-02")

    assert not found.is_known and found.answers == {} and found.gone is None


def test_cancelling_with_us_counts_before_billing_shows_it():
    save = accepted(canceled_on=date(2025, 2, 3))
    found = judged(drawn(MONTHLY), save, today="2025-02-04")

    assert (found.gone.on, found.gone.because) == (date(2025, 2, 3), Lost.CANCELED)


def test_who_leaves_after_it_was_kept_was_kept():
    world = [*drawn("s1  2025-01-10  2025-12-10  10")]
    found = judged(world, today="2026-01-01")

    assert found.kept_on == date(2025, 7, 31) and found.gone.on == date(2025, 12, 10)


@pytest.mark.parametrize("at_days", [7, 30, 90, 180])
def test_what_happens_after_a_check_does_not_change_its_answer(at_days):
    """As if later facts had been deleted: the answer stands on what took effect by then."""
    world = [
        *drawn(
            """s1  2025-01-10  2025-04-10  10
               s1  2025-04-10  2025-09-10  7
               s2  2025-09-10  -           5"""
        ),
        failed("2025-03-10"), paid("2025-03-20"), paused("2025-05-01", "2025-06-01"),
        notice("2025-08-20T09:00", "2025-09-10"),
    ]  # fmt: skip
    due_on = date(2025, 2, 1) + timedelta(days=at_days)
    until_then = [row for row in world if row["effective_at"].date() <= due_on]

    whole = judged(world, today="2026-01-01").answers[at_days]
    then = judged(until_then, today=due_on + timedelta(days=1)).answers[at_days]

    assert whole == then


def test_every_answer_names_the_fact_that_it_rests_on():
    end = fact("end", "ada", "2025-03-10", subscription_id="s1", version_key=None)
    found = judged([*drawn(MONTHLY), end], today="2025-08-02")

    assert found.answers[7].evidence == (
        {"what": "period", "fact": "ada/s1/v0/start/2025-01-10 00:00:00+00:00", "on": "2025-01-10"},
    )
    assert found.answers[90].evidence == (
        {"what": "end", "fact": end["fact_key"], "on": "2025-03-10"},
    )
