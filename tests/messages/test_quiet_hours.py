"""When somebody may be written to, against a clock that is read minute by minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.messages.hours import Hours, next_open

ZONES = [
    "America/New_York", "Pacific/Auckland", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "Europe/London", "UTC",
]  # fmt: skip
# Days on which a clock was set: each in some of the zones.
CHANGES = [
    datetime(2026, 3, 8, tzinfo=UTC),  # New York, at 02:00
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC),  # Auckland, at 03:00; Lord Howe, by half an hour
    datetime(2026, 9, 26, tzinfo=UTC),
    datetime(2018, 11, 4, tzinfo=UTC),  # São Paulo, at midnight: the day began at 01:00
    datetime(2018, 2, 17, tzinfo=UTC),
    datetime(2011, 12, 29, tzinfo=UTC),  # Apia had no 30 December, a Friday
    datetime(2026, 2, 14, tzinfo=UTC),  # Casablanca goes back for Ramadan
]
walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))


def open_by_the_clock(moment: datetime, zone: str, hours: Hours) -> bool:
    """Read off a clock on the wall: minutes since midnight and the name of the day."""
    shown = moment.astimezone(ZoneInfo(zone)).strftime("%a %H:%M")
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    if names.index(shown[:3]) in hours.quiet_days:
        return False
    if hours.quiet_from is None:
        return True
    at, begins, ends = shown[4:], f"{hours.quiet_from:%H:%M}", f"{hours.quiet_until:%H:%M}"
    if begins < ends:
        return not begins <= at < ends
    return ends <= at < begins


def walked(moment: datetime, zone: str, hours: Hours) -> datetime:
    while not open_by_the_clock(moment, zone, hours):
        moment += timedelta(minutes=1)
    return moment


@st.composite
def quiet(draw) -> Hours:
    begins, ends = draw(st.one_of(st.none(), walls)), draw(walls)
    days = draw(st.frozensets(st.integers(0, 6), max_size=2))
    if begins is None or begins == ends:
        return Hours(quiet_days=days)
    return Hours(begins, ends, days)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ZONES), st.sampled_from(CHANGES), st.integers(-1_500, 2_900), quiet()
)  # fmt: skip
@example("America/Sao_Paulo", CHANGES[4], 0, Hours(time(23), time(0, 30)))
@example("Pacific/Apia", CHANGES[6], 1_000, Hours(quiet_days=frozenset({3, 5})))
@example("America/New_York", CHANGES[1], 200, Hours(time(0), time(1, 30)))
def test_the_first_open_minute_is_the_one_a_walk_comes_to(zone, change, minutes, hours):
    now = change + timedelta(minutes=minutes)
    found = next_open(now, ZoneInfo(zone), hours)
    assert found == walked(now, zone, hours)
    assert next_open(found, ZoneInfo(zone), hours) == found


@pytest.mark.parametrize(
    ("zone", "now", "opens"),
    [
        # 21:00 to 08:00 is quiet. What is written down is what a wall clock there shows.
        ("America/New_York", "2026-03-08T02:30+00:00", "2026-03-08T12:00+00:00"),  # EDT by 08:00
        ("America/New_York", "2026-11-01T02:30+00:00", "2026-11-01T13:00+00:00"),  # EST by 08:00
        ("Pacific/Auckland", "2026-04-04T09:00+00:00", "2026-04-04T20:00+00:00"),  # NZST
        ("Pacific/Auckland", "2026-09-26T09:00+00:00", "2026-09-26T19:00+00:00"),  # NZDT
        ("America/Sao_Paulo", "2018-11-04T01:00+00:00", "2018-11-04T10:00+00:00"),  # UTC-2
        ("America/Sao_Paulo", "2026-11-04T01:00+00:00", "2026-11-04T11:00+00:00"),  # UTC-3, no DST
        ("Asia/Shanghai", "2026-11-04T01:00+00:00", "2026-11-04T01:00+00:00"),  # 09:00 already
    ],
)
def test_the_morning_is_eight_on_their_clock_when_it_was_set_in_the_night(zone, now, opens):
    hours = Hours(time(21), time(8))
    found = next_open(datetime.fromisoformat(now), ZoneInfo(zone), hours)
    assert found == datetime.fromisoformat(opens)


def test_a_weekend_is_theirs_not_ours():
    hours = Hours(quiet_days=frozenset({5, 6}))
    friday_in_london = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert next_open(friday_in_london, ZoneInfo("Europe/London"), hours) == friday_in_london
    # In Auckland it is Saturday by then, and Monday begins on Sunday 11:00 UTC.
    assert next_open(friday_in_london, ZoneInfo("Pacific/Auckland"), hours) == datetime(
        2026, 11, 22, 11, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "given",
    [
        {"quiet_from": time(21)},
        {"quiet_from": time(8), "quiet_until": time(8)},
        {"quiet_days": frozenset(range(7))},
        {"quiet_days": frozenset({7})},
    ],
)
def test_hours_that_never_open_are_refused(given):
    with pytest.raises(InvalidInput) as refused:
        Hours(**given)
    assert "quiet" in refused.value.message
