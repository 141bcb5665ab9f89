"""Members by day, against counting every day by itself."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tenure.segments.history import membership_history, moves_since
from tenure.segments.models import SegmentMember

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 3, 20, tzinfo=UTC)
ZONE = "America/New_York"  # its clocks change on the 8th of March and the 1st of November
hours = st.integers(0, 20 * 24)
a_stay = st.tuples(hours, st.none() | hours, st.sampled_from(["change", "start", "definition"]))


def keep(rows) -> None:
    SegmentMember.objects.bulk_create(
        SegmentMember(
            segment="s", over="account", subject_id=f"a{n}", entered_at=FIRST + timedelta(hours=at),
            entered_because=because, entered_digest="d",
            left_at=None if stay is None else FIRST + timedelta(hours=at + stay),
        )
        for n, (at, stay, because) in enumerate(rows)
    )  # fmt: skip


class HistoryOfAnySegment(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(st.lists(a_stay, max_size=12), st.integers(-3, 25))
    def test_each_day_is_as_counted_by_itself(self, rows, since):
        keep(rows)
        since_on = FIRST.date() + timedelta(days=since)
        until_on = FIRST.date() + timedelta(days=25)
        zone = ZoneInfo(ZONE)

        for day in membership_history("s", since_on, until_on, ZONE):
            spans = [
                (
                    (FIRST + timedelta(hours=at)).astimezone(zone).date(),
                    date.max if stay is None
                    else (FIRST + timedelta(hours=at + stay)).astimezone(zone).date(),
                    because,
                )
                for at, stay, because in rows
            ]  # fmt: skip
            assert day.members == sum(came <= day.day < went for came, went, _ in spans)
            assert day.left == sum(went == day.day for _, went, _ in spans)
            assert day.entered == sum(
                came == day.day and because != "start" for came, _, because in spans
            )


def test_the_days_are_all_from_the_first_entry_to_the_last_day_asked():
    keep([(24 * 5, None, "change")])

    days = membership_history("s", date(2026, 3, 1), date(2026, 3, 30))

    assert [day.day for day in days] == [date(2026, 3, 25) + timedelta(days=n) for n in range(6)]
    assert membership_history("nobody", date(2026, 3, 1), date(2026, 3, 30)) == []


def test_moves_leave_out_who_was_there_already():
    keep([(0, 3, "start"), (1, None, "change"), (2, 1, "definition"), (3, None, "change")])

    moves = moves_since(FIRST)["s"]

    assert (moves.entered, moves.left) == (3, 2)
