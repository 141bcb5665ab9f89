"""What is a silence, measured by hand and by another calculation."""

import math
import random
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from signals.signal_worlds import at
from tenure.signals.days import Calendar, Days, micros
from tenure.signals.rhythm import quiet_after, was_silent_last_year
from tenure.signals.rules import Rhythm

RULE = Rhythm(likely_percent=1.0, least_days=8, least_span_days=28, least_silence_days=3)


def days_of(ordinals):
    days = Days()
    for each in ordinals:
        days.add(each, 430)
    return days


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1000, 1429), min_size=1, max_size=80), st.randoms())
def test_days_are_a_set_whatever_the_order(ordinals, chance):
    shuffled = [*ordinals, *chance.sample(ordinals, len(ordinals) // 2)]
    chance.shuffle(shuffled)
    days = days_of(shuffled)

    assert days.between(0, 5000) == sorted(set(ordinals))
    assert days.count(1100, 1200) == len({each for each in ordinals if 1100 <= each <= 1200})


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1000, 1150), min_size=9, max_size=100))
def test_the_limit_is_that_of_an_independent_calculation(ordinals):
    ordinals = sorted(ordinals)
    answer = quiet_after(days_of(ordinals), RULE)
    if ordinals[-1] - ordinals[0] < 28:
        assert answer is None
        return
    span = range(ordinals[0], ordinals[-1] + 1)
    share = {
        weekday: Fraction(
            sum(d % 7 == weekday for d in ordinals),
            max(1, sum(d % 7 == weekday for d in span)),
        )
        for weekday in range(7)
    }
    gaps = [
        sum(share[d % 7] for d in range(a + 1, b))
        for a, b in zip(ordinals, ordinals[1:], strict=False)
    ]
    ranked, n = sorted(gaps, reverse=True), len(gaps)
    if math.floor(0.01 * (n + 1)) >= 1:
        limit = ranked[math.floor(0.01 * (n + 1)) - 1]
    else:
        middle = (ranked[n // 2] + ranked[(n - 1) // 2]) / 2
        over = [gap - middle for gap in gaps if gap > middle]
        excess = max(1.0, float(sum(over) / len(over))) if over else 1.0
        limit = float(ranked[0]) + excess * math.log(100 / (n + 1))
    missed, expected = Fraction(0), None
    for day in range(ordinals[-1] + 1, ordinals[-1] + 200):
        missed += share[day % 7]
        if missed > limit + 1e-9 and day - ordinals[-1] >= 3:
            expected = day
            break
    assert answer == expected


def test_of_silences_like_those_before_about_one_in_a_hundred_is_told():
    """Gaps drawn from one distribution, far from any that the rule knows: false alarms stay rare."""
    chance = random.Random(5)
    alarms = trials = 0
    for _ in range(400):
        day, ordinals = 1000, []
        while len(ordinals) < 60:
            ordinals.append(day)
            day += 1 + min(30, int(chance.paretovariate(1.6)) - 1)
        history, following = ordinals[:-1], ordinals[-1]
        days = days_of(history[-150:])
        quiet = quiet_after(days, RULE)
        trials += 1
        alarms += quiet is not None and quiet < following
    assert alarms / trials < 0.04


def test_the_same_days_of_last_year_are_a_season():
    active = [*range(1000, 1100), *range(1130, 1464)]
    days = days_of(active)

    assert was_silent_last_year(days, 1464 + 0, 1464 + 25)
    assert not was_silent_last_year(days_of(range(1000, 1464)), 1464, 1489)


def test_a_day_is_cut_where_the_company_is():
    calendar = Calendar("Asia/Taipei")
    day = calendar.day_of(micros(at("2026-03-02 16:30")))

    assert day == calendar.day_of(micros(at("2026-03-03 15:59")))
    assert calendar.starts_at(day) == micros(at("2026-03-02 16:00"))
    assert calendar.month_of(micros(at("2026-02-28 16:00"))) == "2026-03"
