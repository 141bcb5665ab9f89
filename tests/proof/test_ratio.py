"""Whether as many were left alone as chance should have left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from tenure.base.errors import InvalidInput
from tenure.proof.ratio import sample_ratio, sample_ratio_of

FIFTH = {"treated": 0.8, "hold_out": 0.2}


def test_the_published_mismatch_is_found():
    # Kohavi, Tang & Xu 2020, Trustworthy Online Controlled Experiments, chapter 3: p = 1.8e-6.
    ratio = sample_ratio({"control": 821_588, "other": 815_482}, {"control": 0.5, "other": 0.5})

    assert ratio.p_at_one_look == pytest.approx(1.8e-6, rel=0.02)
    assert ratio.is_alarm


def test_what_chance_makes_is_no_alarm():
    assert not sample_ratio({"treated": 430, "hold_out": 86}, FIFTH).is_alarm


def test_a_broken_hold_out_is_an_alarm():
    assert sample_ratio({"treated": 300, "hold_out": 30}, FIFTH).is_alarm


def test_an_arm_that_nobody_can_be_in_is_an_alarm_when_somebody_is():
    assert sample_ratio({"treated": 9, "hold_out": 1}, {"treated": 1, "hold_out": 0}).is_alarm


def test_a_change_of_the_share_is_no_mismatch():
    half = {"treated": 0.5, "hold_out": 0.5}
    groups = [({"treated": 160, "hold_out": 40}, FIFTH), ({"treated": 100, "hold_out": 100}, half)]

    assert not sample_ratio_of(groups).is_alarm
    assert sample_ratio({"treated": 260, "hold_out": 140}, FIFTH).is_alarm


@given(st.integers(0, 500), st.integers(1, 500), st.floats(0.05, 0.95))
@settings(max_examples=100, deadline=None)
def test_one_look_is_the_chi_square_test(held, treated, share):
    n = held + treated
    ratio = sample_ratio({"h": held, "t": treated}, {"h": share, "t": 1 - share})
    squares = (held - n * share) ** 2 / (n * share * (1 - share))

    assert ratio.p_at_one_look == pytest.approx(chi2.sf(squares, 1), rel=1e-6, abs=1e-12)


def test_somebody_who_looks_each_day_is_seldom_alarmed():
    """Over 1,000 accounts, at every tenth: at most as often as promised, which is 1 %."""
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(400):
        held = np.cumsum(rng.random(1000) < 0.2)
        looks = ((int(held[n - 1]), n) for n in range(10, 1001, 10))
        alarms += any(
            sample_ratio({"treated": n - h, "hold_out": h}, FIFTH).is_alarm for h, n in looks
        )

    assert alarms <= 0.02 * 400


def test_shares_of_other_arms_are_refused():
    with pytest.raises(InvalidInput, match="same arms"):
        sample_ratio({"a": 1}, {"b": 1.0})
    with pytest.raises(InvalidInput, match="sum to 1"):
        sample_ratio({"a": 1, "b": 1}, {"a": 0.5, "b": 0.4})
