"""The next wall time on somebody's own clock.

The first three are the cases in which another product's code, ported to Python, is wrong; the
right answers stand in calendars. What is asked of every zone is a property.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.plays.moments import at_wall, days_later, next_wall

WORKDAYS = (0, 1, 2, 3, 4)
ZONES = [
    "America/New_York", "Pacific/Auckland", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Pacific/Apia", "Europe/Kyiv", "Asia/Shanghai", "Africa/Casablanca",
]  # fmt: skip


def _next(zone: str, local: str, wall: str, weekdays: tuple[int, ...] = ()) -> str:
    there = ZoneInfo(zone)
    moment = datetime.fromisoformat(local).replace(tzinfo=there).astimezone(UTC)
    found = next_wall(moment, time.fromisoformat(wall), there, weekdays)
    return found.astimezone(there).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("zone", "local", "wall", "weekdays", "found"),
    [
        ("America/New_York", "2026-03-07 11:00", "09:00", (), "Sun 2026-03-08 09:00"),
        ("Pacific/Auckland", "2026-06-05 12:00", "09:00", WORKDAYS, "Mon 2026-06-08 09:00"),
        ("America/Los_Angeles", "2026-06-05 19:30", "20:00", WORKDAYS, "Fri 2026-06-05 20:00"),
        ("Europe/Berlin", "2026-03-29 01:00", "02:30", (), "Sun 2026-03-29 03:30"),
        ("Pacific/Apia", "2011-12-29 12:00", "09:00", (4,), "Fri 2012-01-06 09:00"),
        ("Australia/Lord_Howe", "2026-10-03 12:00", "02:15", (), "Sun 2026-10-04 02:45"),
        ("Asia/Shanghai", "2026-03-01 09:00", "09:00", (), "Sun 2026-03-01 09:00"),
    ],
)
def test_a_wall_time_comes_when_the_clock_there_shows_it(
    zone: str, local: str, wall: str, weekdays: tuple[int, ...], found: str
) -> None:
    assert _next(zone, local, wall, weekdays) == found


def test_a_wall_time_that_comes_twice_is_its_first() -> None:
    found = at_wall(date(2026, 11, 1), time(1, 30), ZoneInfo("America/New_York"))
    assert found == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_two_days_later_it_is_as_late_as_now_where_the_clock_has_changed() -> None:
    zone = ZoneInfo("America/New_York")
    before = datetime(2026, 3, 7, 9, tzinfo=zone).astimezone(UTC)
    later = days_later(before, 2, zone)
    assert later - before == timedelta(hours=47)
    assert later.astimezone(zone).strftime("%d %H:%M") == "09 09:00"


def test_an_eighth_weekday_is_refused() -> None:
    with pytest.raises(InvalidInput, match="outside of 0 to 6") as refused:
        next_wall(datetime(2026, 3, 1, tzinfo=UTC), time(9), ZoneInfo("UTC"), (7,))
    assert refused.value.code == "invalid_input"


@given(
    moment=st.integers(2 * 10**9 // 2, 21 * 10**8).map(lambda s: datetime.fromtimestamp(s, UTC)),
    wall=st.times().map(lambda said: said.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    weekdays=st.sets(st.integers(0, 6)),
)
@settings(max_examples=300, deadline=None)
def test_it_is_never_early_never_on_a_wrong_day_and_never_passes_one_over(
    moment: datetime, wall: time, zone: ZoneInfo, weekdays: set[int]
) -> None:
    found = next_wall(moment, wall, zone, tuple(weekdays))
    there = found.astimezone(zone)
    assert found >= moment
    assert not weekdays or there.weekday() in weekdays
    shown = there.time().replace(tzinfo=None) == wall
    naive = datetime.combine(there.date(), wall)
    assert shown or _is_skipped(naive, zone) or _is_skipped(naive - timedelta(days=1), zone)
    # No minute of the day before it shows this time on a day that was allowed.
    at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    at += (found - at) // timedelta(days=1) * timedelta(days=1) - timedelta(days=1)
    while at < found:
        here = at.astimezone(zone)
        is_shown = here.time().replace(tzinfo=None) == wall and here.fold == 0
        assert not (at >= moment and is_shown and (not weekdays or here.weekday() in weekdays))
        at += timedelta(minutes=1)


def _is_skipped(naive: datetime, zone: ZoneInfo) -> bool:
    back = naive.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return back.replace(tzinfo=None) != naive
