"""Numbers, money and dates as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel.numbers import format_currency
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tenure.base.money import exponent
from tenure.console import format as written

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


def test_what_is_missing_is_a_dash_and_not_a_zero():
    missing = [
        written.money(None, "EUR"),
        written.share(None),
        written.number(None),
        written.day(None),
    ]

    assert missing == ["–"] * 4
    assert written.money(0, "EUR") == "€0"
    assert written.share(0.0).startswith("0.0")
    assert written.share(0.0002).startswith("<0.1")


@pytest.mark.parametrize(
    ("minor", "currency", "read", "exact"),
    [
        (123_456, "EUR", "€1,235", "€1,234.56"),
        (-250, "USD", "\u2212$2", "\u2212$2.50"),
        (1_500, "JPY", "¥1,500", "¥1,500"),
        (1_234_567, "KWD", "KWD1,235", "KWD1,234.567"),
    ],
)
def test_money_is_whole_for_reading_and_exact_on_demand(minor, currency, read, exact):
    assert written.money(minor, currency) == read
    assert written.money(minor, currency, whole=False) == exact


@given(st.integers(-(10**14), 10**14), st.sampled_from(["EUR", "USD", "JPY", "KWD", "CNY"]))
def test_exact_money_keeps_every_digit_that_babel_keeps(minor, currency):
    value = written.amount(minor, currency)

    digits = [sign for sign in written.money(minor, currency, whole=False) if sign.isdigit()]

    expected = format_currency(value, currency, locale="en_US", decimal_quantization=False)
    plain = expected if "." in expected or exponent(currency) == 0 else f"{expected}.00"
    assert "".join(digits).rstrip("0") == "".join(s for s in plain if s.isdigit()).rstrip("0")


def test_a_loss_has_a_real_minus_and_a_gain_a_plus_where_signs_are_asked_for():
    assert written.money(-100_00, "EUR", sign=True) == "\u2212€100"
    assert written.money(100_00, "EUR", sign=True) == "+€100"
    assert written.number(-3, sign=True) == "\u22123"
    assert written.points(-0.0123) == "\u22121.2 points"


def test_each_language_writes_months_shares_and_days_its_own_way():
    with translation.override("zh-hans"):
        assert written.month(date(2025, 5, 1)) == "2025年5月"
        assert written.month_name(date(2025, 5, 1)) == "5月"
        assert written.share(0.031) == "3.1%"
    with translation.override("en"):
        assert written.month(date(2025, 5, 1)) == "May 2025"
        assert written.share(0.031) == "3.1\u202f%"


def test_days_are_cut_in_the_zone_of_the_company():
    late = datetime(2025, 5, 31, 23, 30, tzinfo=UTC)

    assert written.day(late, "UTC") == "May 31, 2025"
    assert written.day(late, "Europe/Berlin") == "Jun 1, 2025"
    assert written.instant(late, "Asia/Tokyo") == "Jun 1, 2025 08:30"


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(seconds=10), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=1, hours=3), "1 day ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=200), "6 months ago"),
    ],
)
def test_the_past_is_told_in_the_one_unit_that_matters(back, words):
    assert written.ago(NOW - back, NOW) == words


def test_who_was_never_seen_was_seen_never():
    assert written.ago(None, NOW) == "never"
