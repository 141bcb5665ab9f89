"""Months, ids and the home folder."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.base.errors import BadDefinition, InvalidInput
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.base.months import Months, month_of, next_month, previous_month, read_month

firsts = st.dates(date(1971, 1, 1), date(2200, 12, 31)).map(month_of)


@given(firsts)
def test_the_month_before_the_next_month_is_this_month(month):
    assert previous_month(next_month(month)) == month
    assert next_month(month) > month


def test_a_span_of_months_holds_both_ends():
    span = Months(date(2024, 11, 1), date(2025, 2, 1))

    assert [f"{month:%Y-%m}" for month in span] == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert span.ends_on == date(2025, 3, 1)


@pytest.mark.parametrize("text", ["2025", "2025-13", "jan", "2025-1", "2025-01-01"])
def test_a_bad_month_says_how_to_write_one(text):
    with pytest.raises(ValueError, match="write it as 2025-03"):
        read_month(text)


@given(st.lists(st.text(), min_size=2, max_size=4))
def test_a_digest_knows_where_one_part_ends(parts):
    assert digest(*parts) != digest("".join(parts))


def test_a_home_without_settings_has_defaults(home):
    assert (home.company.time_zone, home.company.currency) == ("UTC", "USD")


@pytest.mark.parametrize(
    "text", ['[company]\nfoo = "bar"\n', "[company\n", "[company]\ntime_zone = 1"]
)
def test_bad_settings_are_refused_with_the_files_name(home, text):
    home.settings_file.write_text(text)

    with pytest.raises(BadDefinition, match=r"tenure\.toml"):
        _ = home.company


def test_every_error_has_the_one_shape():
    shape = InvalidInput("the plan is empty; name one", field="plan").as_json()

    assert shape == {
        "success": False,
        "code": "invalid_input",
        "message": "the plan is empty; name one",
        "field": "plan",
    }


def test_a_home_knows_its_files(tmp_path):
    assert Home(tmp_path).inbox_file == tmp_path / "inbox.sqlite3"
