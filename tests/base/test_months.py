"""Months as people write them."""

import pytest

from tenure.base.months import read_month


@pytest.mark.parametrize(
    "text", ["2025-3", "2025-13", "2025-03-01", "march", "", "9999-12", "0001-01"]
)
def test_what_is_no_month_of_business_is_refused(text):
    with pytest.raises(ValueError, match="month"):
        read_month(text)


def test_a_month_is_its_first_day():
    assert read_month("2025-03").isoformat() == "2025-03-01"
