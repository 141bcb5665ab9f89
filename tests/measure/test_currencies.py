"""Several currencies as one."""

from datetime import date
from itertools import product
from string import ascii_uppercase

import pytest
from ledger_worlds import event, rate, spells, world

from tenure.base.errors import BadUsage
from tenure.base.money import exponent
from tenure.base.months import Months
from tenure.kit.sql_file import load
from tenure.measure.churn import churn_by_month

JAN, FEB = date(2025, 1, 1), date(2025, 2, 1)


def january(drawing: str, rates, currency: str = "USD"):
    with world(spells(drawing), rates) as reader:
        [found] = churn_by_month(reader, Months(JAN, JAN), currency=currency)
    return found


def test_a_second_currency_is_expansion_and_only_the_last_one_lost_is_churn():
    facts = spells("""
        ada  s1  2025-01-01  2025-02-10  10
        ada  s2  2025-01-20  2025-02-20  20  currency=EUR
    """)

    with world(facts, [rate("EUR", "USD", 2, "2025-01-01")]) as reader:
        january, february = churn_by_month(reader, Months(JAN, FEB), currency="USD")

    assert (january.accounts_new, january.mrr_new_minor, january.mrr_expansion_minor) == (
        1,
        1000,
        4000,
    )
    assert (february.accounts_churned, february.mrr_contraction_minor) == (1, -1000)
    assert february.mrr_churned_minor == -4000


def test_changing_the_currency_one_pays_in_is_neither_churn_nor_new():
    drawing = """
        ada  s1  2024-12-01  2025-01-10  10
        ada  s2  2025-01-10  -           10  currency=EUR
    """

    found = january(drawing, [rate("EUR", "USD", 1.1, "2024-12-01")])

    assert (found.accounts_new, found.accounts_churned) == (0, 0)
    assert found.mrr_expansion_minor == 100


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("EUR", "USD", 1.25), 1250),
        (("USD", "EUR", 0.8), 1250),  # the other way round
        (("eur", "usd", 1.25), 1250),
    ],
)
def test_a_rate_serves_in_both_directions(given, expected):
    found = january("ada s 2025-01-01 - 10 currency=EUR", [rate(*given, "2025-01-01")])

    assert found.mrr_at_end_minor == expected


def test_minor_units_are_those_of_each_currency():
    """10,000 yen have no decimal places: 10000 minor units are 67 dollars."""
    drawing = "ada s 2025-01-01 - 100 currency=JPY"  # 10000 minor units

    found = january(drawing, [rate("JPY", "USD", 0.0067, "2025-01-01")])
    back = january("ada s 2025-01-01 - 67", [rate("JPY", "USD", 0.0067, "2025-01-01")], "JPY")

    assert found.mrr_at_end_minor == 67_00
    assert back.mrr_at_end_minor == 10_000


def test_the_minor_units_in_sql_are_those_of_the_program():
    with world() as reader:
        listed = {
            r["currency"]: r["places"] for r in reader.rows(load("tenure.measure", "minor_unit"))
        }

    codes = map("".join, product(ascii_uppercase, repeat=3))
    assert {code: exponent(code) for code in codes if exponent(code) != 2} == listed


def test_the_latest_rate_on_or_before_the_day_holds():
    rates = [
        rate("EUR", "USD", 1.0, "2024-12-01"),
        rate("EUR", "USD", 2.0, "2025-01-10"),
        rate("EUR", "USD", 9.0, "2025-02-01"),
    ]

    found = january("ada s 2025-01-10 - 10 currency=EUR", rates)

    assert (found.mrr_new_minor, found.mrr_fx_minor, found.mrr_at_end_minor) == (2000, 0, 2000)


def test_a_missing_rate_names_the_pair_and_the_day():
    with (
        world(
            spells("ada s 2025-01-05 - 10 currency=EUR"), [rate("EUR", "USD", 1, "2025-03-01")]
        ) as reader,
        pytest.raises(
            BadUsage, match="from EUR to USD on or before 2025-01-05; the first there is holds from"
        ),
    ):
        churn_by_month(reader, Months(JAN, JAN), currency="USD")


def test_only_the_days_that_are_asked_about_need_a_rate():
    facts = spells(
        "ada s 2024-01-05 2025-06-01 10 currency=EUR\nbob t 2024-01-01 2024-06-01 1 currency=GBP"
    )

    with world(facts, [rate("EUR", "USD", 2, "2024-12-31")]) as reader:
        [found] = churn_by_month(reader, Months(JAN, JAN), currency="USD")

    assert found.mrr_at_start_minor == 2000


@pytest.mark.parametrize("currency", ["usd", "US", "dollars", "U$D"])
def test_a_currency_is_three_capital_letters(currency):
    with world(spells("ada s 2025-01-01 - 10")) as reader, pytest.raises(BadUsage, match="EUR"):
        churn_by_month(reader, Months(JAN, JAN), currency=currency)


@pytest.mark.parametrize("value", ["nonsense", None, 0, -1])
def test_a_rate_that_is_none_is_left_aside(value):
    bad = event(
        "metric", "fx_rate", "2025-01-02", properties={"from": "EUR", "to": "USD", "value": value}
    )

    found = january(
        "ada s 2025-01-03 - 10 currency=EUR", [rate("EUR", "USD", 2, "2025-01-01"), bad]
    )

    assert found.mrr_at_end_minor == 2000
