"""Shares, their difference, and survival: as published, and where there is little to go by."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.proof.shares import difference_of_shares, share_of
from tenure.proof.survival import kaplan_meier


# Newcombe 1998, Statistics in Medicine 17, 857–872, table I, method 3.
@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_shares_have_the_intervals_that_newcombe_printed(part, of, low, high):
    share = share_of(part, of)

    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


# Newcombe 1998, Statistics in Medicine 17, 873–890, table II, method 10.
@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_differences_have_the_intervals_that_newcombe_printed(one, other, low, high):
    _, found_low, found_high = difference_of_shares(share_of(*one), share_of(*other))

    assert found_low == pytest.approx(low, abs=5e-5)
    assert found_high == pytest.approx(high, abs=5e-5)


def test_of_nobody_nothing_is_said():
    nobody = share_of(0, 0)

    assert (nobody.value, nobody.low, nobody.high) == (None, None, None)
    assert difference_of_shares(nobody, share_of(1, 2)) is None


def test_a_part_is_not_more_than_the_whole():
    with pytest.raises(InvalidInput, match="3 of 2"):
        share_of(3, 2)


# Freireich et al. 1963, weeks in remission under 6-MP; a plus is one still in remission. Survival
# and its standard error as in Klein & Moeschberger, Survival Analysis, 2nd ed., table 4.1.
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PRINTED = {
    6: (0.857, 0.0764),
    7: (0.807, 0.0869),
    10: (0.753, 0.0963),
    13: (0.690, 0.1068),
    16: (0.627, 0.1141),
    22: (0.538, 0.1282),
    23: (0.448, 0.1346),
}


def remission(at_days):
    weeks = REMISSION.split()
    days = [float(each.strip("+")) for each in weeks]
    return kaplan_meier(days, ["+" not in each for each in weeks], at_days)


def test_survival_is_as_printed():
    for point, (share, error) in zip(remission(PRINTED), PRINTED.values(), strict=True):
        assert point.share == pytest.approx(share, abs=6e-4)
        # The interval on the log-log scale, from the printed error.
        theta = 1.959964 * error / (share * abs(math.log(share)))
        assert point.low == pytest.approx(share ** math.exp(theta), abs=2e-3)
        assert point.high == pytest.approx(share ** math.exp(-theta), abs=2e-3)


def test_between_two_ends_nothing_changes():
    seven, eight = remission([7, 8.5])

    assert (seven.share, seven.low) == (eight.share, eight.low)
    assert (seven.at_risk, eight.at_risk) == (17, 16)


def test_after_the_last_day_that_anybody_was_watched_nothing_is_known():
    (point,) = remission([36])

    assert (point.share, point.low, point.high) == (None, None, None)


def test_where_all_have_ended_nobody_is_left():
    (point,) = kaplan_meier([1, 2, 3], [True] * 3, [5])

    assert (point.share, point.low) == (0.0, 0.0)
    assert 0 < point.high < 1


def test_where_nobody_has_ended_the_interval_still_has_a_lower_end():
    (point,) = kaplan_meier([9.0] * 20, [False] * 20, [5])

    # Wilson's upper end of 0 of 20, from the other side.
    assert (point.share, point.high) == (1.0, 1.0)
    assert point.low == pytest.approx(1 - 0.1611, abs=5e-5)


def test_lists_of_different_length_are_refused():
    with pytest.raises(InvalidInput, match="has_ended"):
        kaplan_meier([1.0], [], [1])


lives = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


@given(lives)
@settings(max_examples=100, deadline=None)
def test_survival_falls_and_lies_in_its_interval(lives):
    days, ended = [day for day, _ in lives], [each for _, each in lives]
    points = [p for p in kaplan_meier(days, ended, range(25)) if p.share is not None]

    assert all(p.low <= p.share <= p.high for p in points)
    assert all(a.share >= b.share for a, b in zip(points, points[1:], strict=False))


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_without_anybody_unfinished_it_is_the_plain_share(days, at):
    (point,) = kaplan_meier(days, [True] * len(days), [at])

    assert point.share == pytest.approx(sum(day > at for day in days) / len(days))
