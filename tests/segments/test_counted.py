"""A condition that counts events, asked of counts that somebody has made already."""

from zoneinfo import ZoneInfo

import pytest

from segments.segment_worlds import TODAY, ZONE, condition
from tenure.segments.counted import Count, counted_as_columns
from tenure.segments.of_one_card import asked_of_one_card, counts_events

TEXT = "did('Export', 30) >= 2 and (last('Export') < 5 or did('Export', 30) > 9) and plan = 'Pro'"


def test_each_count_is_a_column_however_often_it_is_asked_for():
    plain, counts = counted_as_columns(condition(TEXT))

    assert counts == {"did_0": Count("Export", 30), "last_1": Count("Export", None)}
    assert {column.name for column in plain.columns} == {"did_0", "last_1", "plan"}
    assert not counts_events(plain)


@pytest.mark.parametrize(
    ("did", "last", "expected"),
    [(2, 4, True), (1, 4, False), (9, 5, False), (10, 5, True), (2, None, None), (10, None, True)],
)
def test_the_columns_answer_as_the_events_would(did, last, expected):
    plain, _ = counted_as_columns(condition(TEXT))
    values = {"did_0": did, "last_1": last, "plan": "Pro"}

    assert asked_of_one_card(plain)(values, TODAY, ZoneInfo(ZONE)) is expected


def test_what_counts_nothing_stays_as_it_is():
    asked = condition("plan = 'Pro'")

    assert counted_as_columns(asked) == (asked, {})
