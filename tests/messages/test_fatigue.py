"""Which moment is left for a message, against every seven days looked at hour by hour."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.messages.fatigue import Spent, Week, Wish, allowance_of, place

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
WEEK_HOURS, LOOK_HOURS = 168, 800


def hour(n: int) -> datetime:
    return MONDAY + n * HOUR


def opens_at_eight(moment: datetime) -> datetime:
    """Open from 08:00 to 20:00."""
    at = moment
    while not 8 <= at.hour < 20:
        at = at.replace(minute=0) + HOUR
    return at


def first_by_looking(wish: Wish, taken: list[tuple[int, int]], allowance: int) -> int | None:
    """The first open hour from 0 at which no seven days come to more, each of them added up."""
    for at in range(LOOK_HOURS):
        if wish.lost_at is not None and hour(at) >= wish.lost_at:
            return None
        if wish.opens(hour(at)) != hour(at):
            continue
        both = [*taken, (at, wish.points)]
        over = [
            ends
            for ends in range(at, at + WEEK_HOURS)
            if sum(p for h, p in both if ends - WEEK_HOURS < h <= ends) > allowance
        ]
        if not over:
            return at
    return None


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-200, 300), st.sampled_from([1, 2, 3])), max_size=6),
    st.sampled_from([1, 2, 3]),
    st.integers(3, 9),
    st.sampled_from([None, 5, 60, 200, 600]),
    st.booleans(),
)
def test_the_first_moment_that_is_left_is_the_one_that_looking_finds(
    taken, points, allowance, lost, has_hours
):
    # What is taken was itself placed within the allowance.
    fitting: list[tuple[int, int]] = []
    for at, cost in taken:
        both = [*fitting, (at, cost)]
        ends = {h for h, _ in both}
        if all(sum(p for h, p in both if e - WEEK_HOURS < h <= e) <= allowance for e in ends):
            fitting.append((at, cost))
    wish = Wish(
        key=1,
        points=points,
        priority=50,
        since=MONDAY,
        opens=opens_at_eight if has_hours else lambda at: at,
        lost_at=hour(lost) if lost is not None else None,
    )
    found = place(wish, [Week([Spent(hour(at), cost) for at, cost in fitting], allowance)], MONDAY)
    expected = first_by_looking(wish, fitting, allowance)
    assert found == (None if expected is None else hour(expected))


def test_a_message_above_the_whole_allowance_has_no_moment():
    wish = Wish(1, 3, 50, MONDAY, lambda at: at)
    assert place(wish, [Week([], 2)], MONDAY) is None
    assert place(wish, [Week([], 3)], MONDAY) == MONDAY


def test_what_fits_into_two_weeks_fits_into_each_of_them():
    wish = Wish(1, 3, 50, MONDAY, lambda at: at)
    person, account = Week([Spent(MONDAY, 3)], 5), Week([Spent(MONDAY + HOUR, 9)], 10)
    assert place(wish, [person], MONDAY) == MONDAY + timedelta(days=7)
    assert place(wish, [person, account], MONDAY) == MONDAY + timedelta(days=7) + HOUR


def test_an_allowance_halves_with_what_somebody_lets_go_by_down_to_one_mail():
    assert [allowance_of(9, ignored, 5, 3) for ignored in (0, 4, 5, 9, 10, 15, 999)] == [
        9, 9, 4, 4, 3, 3, 3,
    ]  # fmt: skip
    assert allowance_of(9, 999, 0, 3) == 9
    assert allowance_of(2, 5, 5, 3) == 2  # who allows less than a mail is not given more
