"""Rates of few events and their ratio, beside published figures and beside counting by hand."""

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.proof.rates import Stratum, rate_of, ratio_of, time_needed


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390),
     (100, 81.364, 121.627)],
)  # fmt: skip
def test_a_rate_has_the_interval_of_the_published_table(events, low, high):
    """Exact limits of a Poisson mean at 95 %, as tables have printed them since Garwood 1936."""
    found = rate_of(events, 1.0)

    assert (found.low, found.high) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))
    assert found.value == events


def test_a_ratio_has_the_interval_of_the_published_example():
    """Breast cancer after fluoroscopy (Boice & Monson 1977): 41 cases in 28,010 woman-years beside
    15 in 19,017. Rothman's example; Stata's manual prints 1.855759 with 1.005684 to 3.6093, exact.
    """
    found = ratio_of([Stratum(15, 19017, 41, 28010)])

    assert found.value == pytest.approx(1.855759, abs=1e-6)
    assert (found.low, found.high) == (pytest.approx(1.005684, abs=1e-6),
                                       pytest.approx(3.6093, abs=1e-4))  # fmt: skip
    assert found.is_known


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(0, 3), st.integers(1, 9)),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=40, deadline=None)
def test_at_the_ends_of_an_interval_the_tails_counted_one_by_one_are_a_fortieth(drawn):
    strata = [Stratum(*each) for each in drawn]
    found = ratio_of(strata)
    after = sum(each.after for each in strata)

    if found.low:
        assert tail(strata, found.low, lambda x: x >= after) == pytest.approx(0.025, abs=1e-6)
    if found.high is not None:
        assert tail(strata, found.high, lambda x: x <= after) == pytest.approx(0.025, abs=1e-6)
    if found.value:
        assert mean(strata, found.value) == pytest.approx(after, abs=1e-6)


def chances(strata, ratio):
    """Every way in which the events of each stratum may fall, and how likely it is."""
    for falls in product(*(range(each.before + each.after + 1) for each in strata)):
        chance = 1.0
        for x, each in zip(falls, strata, strict=True):
            of = each.before + each.after
            share = ratio * each.after_time / (each.before_time + ratio * each.after_time)
            chance *= math.comb(of, x) * share**x * (1 - share) ** (of - x)
        yield sum(falls), chance


def tail(strata, ratio, counts):
    return math.fsum(chance for x, chance in chances(strata, ratio) if counts(x))


def mean(strata, ratio):
    return math.fsum(x * chance for x, chance in chances(strata, ratio))


def test_accounts_of_one_age_are_compared_with_accounts_of_that_age():
    """Simpson: twice as many left after, and yet of each age as many as before."""
    young, old = Stratum(10, 100.0, 40, 400.0), Stratum(4, 400.0, 1, 100.0)

    crude = ratio_of([Stratum(14, 500.0, 41, 500.0)])
    by_age = ratio_of([young, old])

    assert crude.value == pytest.approx(41 / 14, rel=1e-6)
    assert crude.is_known
    assert by_age.value == pytest.approx(1.0, abs=1e-6)
    assert by_age.expected == 41.0
    assert not by_age.is_known


def test_a_stratum_that_was_there_on_one_side_only_tells_nothing():
    both = Stratum(5, 100.0, 2, 100.0)
    alone = Stratum(0, 0.0, 9, 50.0)

    assert ratio_of([both, alone]) == ratio_of([both])
    assert ratio_of([alone]).value is None
    assert ratio_of([]).expected is None


def test_nothing_is_certain_of_nothing():
    none_after, none_before = ratio_of([Stratum(3, 1, 0, 1)]), ratio_of([Stratum(0, 1, 3, 1)])

    assert (none_after.value, none_after.low) == (0.0, 0.0)
    # The chance that all three fell before is (1 / (1 + r))³: a fortieth where r is this.
    assert none_after.high == pytest.approx(0.025 ** (-1 / 3) - 1, rel=1e-6)
    assert (none_before.value, none_before.high) == (None, None)
    assert not none_before.is_known
    assert ratio_of([Stratum(0, 1, 0, 1)]).low is None


def test_thousands_of_events_are_no_trouble():
    found = ratio_of([Stratum(3000, 1e5, 1500, 1e5), Stratum(1000, 1e4, 500, 1e4)])

    assert found.value == pytest.approx(0.5, rel=1e-3)
    usual = math.exp(-1.96 * math.sqrt(1 / 4000 + 1 / 2000)) / 2
    assert found.low == pytest.approx(usual, rel=2e-3)
    assert rate_of(5000, 1.0).low == pytest.approx(5000 - 1.96 * math.sqrt(5000), rel=2e-3)


def test_as_much_time_as_it_takes_makes_a_halving_known():
    rate = 0.05
    needed = time_needed(rate, 0.5)

    assert needed is not None
    usual = abs(math.log(0.5)) / math.sqrt(1 / (rate * needed) + 1 / (0.5 * rate * needed))
    assert usual == pytest.approx(1.96, abs=1e-3)
    assert time_needed(0.0, 0.5) is None
    assert time_needed(rate, 1.0) is None
    assert time_needed(rate, 0.0) == time_needed(rate, 0.1)


def test_less_than_nothing_is_refused():
    with pytest.raises(InvalidInput) as refused:
        rate_of(-1, 1.0)
    assert refused.value.field == "events"
