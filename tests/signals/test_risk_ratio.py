"""Risk ratios, false discovery rates and intervals, against published examples and definitions."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.signals.risk_ratio import (
    Counts,
    false_discovery_rates,
    risk_ratio,
    share_interval,
)


def test_one_stratum_is_the_plain_ratio_with_katz_interval():
    """Heart attacks under placebo and aspirin: Agresti, Categorical Data Analysis, section 3.1."""
    ratio = risk_ratio([Counts(11034, 189, 11037, 104)])

    assert ratio is not None
    assert round(ratio.value, 2) == 1.82
    assert (round(ratio.low, 2), round(ratio.high, 2)) == (1.43, 2.31)  # printed as 2.30
    assert ratio.p < 1e-5


def katz(a, n1, b, n0):
    log = math.log((a / n1) / (b / n0))
    error = math.sqrt(1 / a - 1 / n1 + 1 / b - 1 / n0)
    return [math.exp(log + z * error) for z in (0, -1.959964, 1.959964)]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 500), st.integers(1, 500))
def test_katz_by_hand(a, b, more, more_without):
    ratio = risk_ratio([Counts(a + more, a, b + more_without, b)])

    assert ratio is not None
    assert [ratio.value, ratio.low, ratio.high] == pytest.approx(
        katz(a, a + more, b, b + more_without), rel=1e-5
    )


def test_strata_undo_what_mixing_them_made_up():
    """Both strata have a ratio of 2; taken together, the old accounts hide it."""
    young, old = Counts(10, 4, 100, 20), Counts(200, 4, 100, 1)
    crude = risk_ratio([Counts(210, 8, 200, 21)])
    common = risk_ratio([young, old])

    assert crude is not None and common is not None
    assert crude.value < 1
    assert common.value == pytest.approx(2)
    # Greenland and Robins, each sum by hand.
    up = 4 * 100 / 110 + 4 * 100 / 300
    down = 20 * 10 / 110 + 1 * 200 / 300
    spread = (10 * 100 * 24 - 4 * 20 * 110) / 110**2 + (200 * 100 * 5 - 4 * 1 * 300) / 300**2
    error = math.sqrt(spread / (up * down))
    assert common.low == pytest.approx(math.exp(math.log(up / down) - 1.959964 * error), rel=1e-5)


def test_nobody_left_without_it_is_still_an_answer():
    ratio = risk_ratio([Counts(20, 10, 500, 0)])

    assert ratio is not None
    assert ratio.value == pytest.approx((10.5 / 21) / (0.5 / 501))
    assert ratio.low > 1


def test_one_arm_alone_tells_nothing():
    assert risk_ratio([Counts(20, 10, 0, 0), Counts(0, 0, 30, 3)]) is None
    assert risk_ratio([]) is None


@pytest.mark.parametrize(
    ("p_values", "rates"),
    [
        # The examples of stdlib.js's padjust, method "bh".
        ([0.319, 0.201, 0.4, 0.374, 0.113], [0.4, 0.4, 0.4, 0.4, 0.4]),
        ([0.008, 0.03, 0.123, 0.6, 0.2], [0.04, 0.075, 0.205, 0.6, 0.25]),
        ([], []),
        ([0.03], [0.03]),
    ],
)
def test_published_false_discovery_rates(p_values, rates):
    assert false_discovery_rates(p_values) == pytest.approx(rates)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30), st.sampled_from([0.01, 0.05, 0.1, 0.25]))
def test_what_the_procedure_of_benjamini_and_hochberg_rejects(p_values, level):
    """Step up: with the largest k for which p(k) <= k/m level, reject the k smallest."""
    ordered, count = sorted(p_values), len(p_values)
    passing = [k for k in range(1, count + 1) if ordered[k - 1] * count / k <= level]
    rejected = ordered[: max(passing, default=0)]
    rates = false_discovery_rates(p_values)

    found = sorted(p for p, rate in zip(p_values, rates, strict=True) if rate <= level)
    assert found == rejected


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals_of_shares(hits, of, low, high):
    assert share_interval(hits, of) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_any_share_may_be_true():
    assert share_interval(0, 0) == (0.0, 1.0)
