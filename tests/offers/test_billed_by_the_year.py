"""Who pays by the year, or otherwise for longer than a month, is offered prices of their bill."""

import random
from datetime import date

import pytest

from offers.offer_worlds import (
    BOTH_SIDES,
    PRODUCT,
    book,
    considered,
    discount,
    history,
    offer,
    product,
    wanted,
    why_not,
)
from tenure.offers.choosing import choose
from tenure.offers.learned import NOTHING
from tenure.offers.wording import said

DURING = (
    "{{ price_during }} {{ per_bill }} until {{ ends_on }}, then {{ price_after }} {{ per_bill }}"
)
YEARLY = {
    "billing_interval": "year", "mrr_minor": 24167, "bill_minor": 290001,
    "price_to_list_share": 0.833, "renews_on": date(2027, 2, 1),
}  # fmt: skip
YEAR_LIST = PRODUCT.replace(
    "list_price_minor = { EUR = 1500 }",
    "list_price_minor = { EUR = 1500 }\nlist_price_year_minor = { EUR = 15000 }",
)
NEXT_YEAR = offer(
    "less", "discount", "percent_off = 10\nmonths = 12", commitments=BOTH_SIDES,
    terms=DURING,
)  # fmt: skip
DOWN_BY_BILL = offer(
    "down", "cheaper_plan", 'because = ["cancel_visit"]',
    terms="{{ plan }}: {{ price_after }} {{ per_bill }}, {{ saving }} {{ per_bill }} less",
)  # fmt: skip


def test_who_pays_by_the_year_gets_a_year_less_with_the_figures_of_the_bill():
    _, shown = considered(NEXT_YEAR, changed=YEARLY)

    # As billing has it, to the unit: twelve times the MRR would be 2,900.04.
    assert (shown.terms["price_before_minor"], shown.terms["price_during_minor"]) == (
        290001,
        261001,
    )
    assert (shown.terms["starts_on"], shown.terms["ends_on"]) == ("2027-02-01", "2028-02-01")
    assert shown.terms["bill_months"] == 12
    assert shown.cost_minor == 290001 - 261001
    assert shown.terms_text == "€2,610.01 a year until February 1, 2028, then €2,900.01 a year"


def test_a_year_in_a_cheaper_plan_costs_what_the_list_says_of_a_year():
    _, shown = considered(DOWN_BY_BILL, changed=YEARLY, sold=product(YEAR_LIST))

    assert shown.terms_text == "Starter: €1,500 a year, €1,400.01 a year less"
    assert shown.terms["starts_on"] == "2027-02-01"


def test_without_a_list_of_years_twelve_months_are_a_year_only_for_who_pays_just_that():
    assert why_not(DOWN_BY_BILL, changed=YEARLY) == ["price_not_known"]
    whole = {**YEARLY, "mrr_minor": 29000, "bill_minor": 12 * 29000}
    _, shown = considered(DOWN_BY_BILL, changed=whole)
    assert shown.terms_text == "Starter: €1,800 a year, €1,680 a year less"


def test_a_year_below_its_list_price_is_a_discount_already():
    sold = product(
        YEAR_LIST.replace(
            "{ EUR = 2900 }", "{ EUR = 2900 }\nlist_price_year_minor = { EUR = 29000 }"
        )
    )
    less = {**YEARLY, "bill_minor": 250000}
    assert why_not(NEXT_YEAR, changed=YEARLY, sold=sold) == []
    assert why_not(NEXT_YEAR, changed=less, sold=sold) == ["discount_running"]


def test_words_of_a_month_are_shown_to_nobody_who_is_billed_otherwise():
    by_month = discount(more="percent_off = 5\nmonths = 12")
    assert why_not(by_month, changed=YEARLY) == ["price_by_month"]
    # It costs the same to have it said for any bill.
    assert why_not(NEXT_YEAR, changed=YEARLY) == []


def test_a_free_month_is_for_who_is_billed_within_it():
    free = offer("free", "free_months", "months = 1", commitments=BOTH_SIDES,
                 terms="until {{ ends_on }}, then {{ price_after }} {{ per_bill }}")  # fmt: skip
    assert why_not(free, changed=YEARLY) == ["prepaid"]
    _, shown = considered(free, changed={**YEARLY, "renews_on": date(2026, 12, 10)})
    assert shown.terms_text == "until January 10, 2027, then €2,900.01 a year"
    assert shown.cost_minor == 24167  # a twelfth of the bill


def test_money_back_of_a_year_is_the_bill_of_the_year_and_over_budget_as_such():
    back = offer("back", "refund", "percent = 100\nwithin_days = 30", commitments=BOTH_SIDES)
    assert "below_margin_floor" in why_not(back, changed=YEARLY)
    part = offer("back", "refund", "percent = 10\nwithin_days = 30", commitments=BOTH_SIDES,
                 terms="{{ amount }}; {{ price_after }} {{ per_bill }}")  # fmt: skip
    assert considered(part, changed=YEARLY)[1].terms_text == "€290; €2,900.01 a year"


def test_the_shipped_book_has_a_lower_price_for_the_next_year():
    yearly = {**YEARLY, "first_value_on": date(2025, 6, 1)}
    asked = wanted("price_value", follow_up="cheaper_elsewhere", changed=yearly)
    found = choose(asked, book(), history(), NOTHING, random.Random(1))

    fits = {each.name for each in found.considered if not each.why_not}
    assert "discount_10_next_year" in fits
    assert "discount_20_3_months" not in fits


@pytest.mark.parametrize(
    ("months", "language", "words"),
    [
        (None, "en", "a month"), (12, "en", "a year"), (3, "en", "every 3 months"),
        (24, "en", "every 2 years"), (None, "zh-hans", "每月"), (12, "zh-hant", "每年"),
        (3, "zh-hans", "每3个月"), (3, "zh-hant", "每 3 個月"), (12, "de", "/ 1 Jahr"),
    ],
)  # fmt: skip
def test_for_how_long_a_price_is_is_said_in_the_language(months, language, words):
    assert said("per_bill", {"bill_months": months} if months else {}, language) == words
