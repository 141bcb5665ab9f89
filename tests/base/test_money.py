"""Money: published normalisations, and the currencies whose minor unit is not a hundredth."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.base.money import monthly_minor, read_minor


# Reference 3.1: Baremetrics E02, Stripe E03, ChartMogul E05 and E06, Polar E09.
@pytest.mark.parametrize(
    ("amount_minor", "interval", "count", "monthly"),
    [
        (120_00, "year", 1, 10_00),
        (1_200_00, "year", 1, 100_00),
        (90_00, "month", 3, 30_00),
        (4 * 500_00, "year", 1, 166_67),
        (300_00, "month", 3, 100_00),
        (2_400_00, "year", 2, 100_00),
        (300_00, "quarter", 1, 100_00),
    ],
)
def test_an_interval_is_normalised_to_a_month(amount_minor, interval, count, monthly):
    assert monthly_minor(amount_minor, interval, count) == monthly


# Kill Bill, TestBusinessSubscription.catalogMapping (E10): annual price, monthly at scale 4.
@pytest.mark.parametrize(
    ("annual", "monthly"),
    [("29.95", "2.4958"), ("149.95", "12.4958"), ("239.90", "19.9917"), ("2299", "191.5833")],
)
def test_annual_prices_agree_with_kill_bill(annual, monthly):
    minor = monthly_minor(read_minor(annual, "USD"), "year")

    assert abs(Decimal(minor) / 100 - Decimal(monthly)) <= Decimal("0.005")


def test_a_week_is_twelve_fifty_seconds_of_a_month():
    assert monthly_minor(12_00, "week") == 52_00


@given(st.integers(-(10**9), 10**9), st.sampled_from(["day", "week", "month", "year"]))
def test_a_credit_is_a_charge_turned_round(amount_minor, interval):
    assert monthly_minor(-amount_minor, interval) == -monthly_minor(amount_minor, interval)


@given(st.integers(0, 10**9), st.integers(1, 36))
def test_rounding_is_never_off_by_more_than_half_a_minor_unit(amount_minor, count):
    exact = Fraction(amount_minor, count)

    assert abs(monthly_minor(amount_minor, "month", count) - exact) <= Fraction(1, 2)


# ISO 4217: the yen has no minor unit, the Kuwaiti dinar has three places.
@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.34", "EUR", 1234), ("1200", "JPY", 1200), ("1.5", "KWD", 1500), ("-0.005", "USD", -1)],
)
def test_an_amount_is_read_in_its_currencys_minor_unit(text, currency, minor):
    assert read_minor(text, currency) == minor


@pytest.mark.parametrize("text", ["", "twelve", "NaN", "Infinity", "1,5"])
def test_what_is_not_an_amount_is_refused_by_value(text):
    with pytest.raises(ValueError, match="is not an amount"):
        read_minor(text, "USD")


def test_an_unknown_interval_names_the_known_ones():
    with pytest.raises(ValueError, match="fortnight.*month"):
        monthly_minor(100, "fortnight")
