"""Who is left alone is chance, and stays so."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.customers.models import IdentityLink
from tenure.proof.assignment import (
    HOLD_OUT,
    TREATED,
    Arm,
    assign,
    held_arm,
    point,
    record,
    recorded_arms,
)
from tenure.proof.forgetting import forget_in_proof
from tenure.proof.models import Assignment

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
ACCOUNTS = [f"acct-{number}" for number in range(4000)]


@given(st.text(max_size=30), st.text(max_size=30), st.floats(0, 1), st.text(max_size=10))
@settings(max_examples=100, deadline=None)
def test_the_same_account_is_in_the_same_arm_each_time(experiment, account, share, salt):
    assert assign(experiment, account, share, salt) == assign(experiment, account, share, salt)


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_a_larger_share_leaves_nobody_out_who_was_held_out(one, other):
    small, large = sorted((one, other))

    for account in ACCOUNTS[:100]:
        if assign("flow", account, small, "s").name == HOLD_OUT:
            assert assign("flow", account, large, "s").name == HOLD_OUT


def test_as_many_are_held_out_as_the_share_says():
    held = sum(assign("flow", each, 0.2, "salt").name == HOLD_OUT for each in ACCOUNTS)

    # Four standard deviations of a binomial count.
    assert abs(held - 800) < 4 * (4000 * 0.2 * 0.8) ** 0.5


def test_points_are_evenly_spread():
    points = sorted(point("flow", each, "salt") for each in ACCOUNTS)

    # Kolmogorov and Smirnov's distance to even, at one in a thousand.
    furthest = max(abs(at - number / 4000) for number, at in enumerate(points))
    assert furthest < 1.95 / 4000**0.5


def test_two_experiments_are_independent():
    both = sum(
        assign("one", each, 0.5, "s").name == assign("two", each, 0.5, "s").name == HOLD_OUT
        for each in ACCOUNTS
    )

    assert abs(both - 1000) < 4 * (4000 * 0.25 * 0.75) ** 0.5


def test_an_arm_says_with_which_chance_it_came():
    arms = {assign("flow", each, 0.2, "s") for each in ACCOUNTS[:200]}

    assert arms == {Arm(HOLD_OUT, 0.2), Arm(TREATED, 0.8)}
    assert {arm.hold_out_share for arm in arms} == {0.2}


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(InvalidInput, match="hold_out_share"):
        assign("flow", "acme", share, "s")


@pytest.mark.django_db
class TestRecorded:
    def test_deciding_writes_nothing(self):
        held_arm("flow", "acme", 0.5)

        assert not Assignment.objects.exists()

    def test_who_was_exposed_stays_when_the_share_changes(self):
        arm = held_arm("flow", "acme", 0.2)
        record("flow", "acme", arm, NOON)

        assert held_arm("flow", "acme", 0.0) == arm
        assert held_arm("flow", "acme", 1.0) == arm

    def test_the_first_word_holds(self):
        record("flow", "acme", Arm(TREATED, 0.8), NOON)

        assert record("flow", "acme", Arm(HOLD_OUT, 0.2), NOON) == Arm(TREATED, 0.8)
        assert Assignment.objects.count() == 1

    def test_of_merged_accounts_the_one_exposed_first_counts(self):
        record("flow", "winner", Arm(TREATED, 0.8), NOON)
        record("flow", "loser", Arm(HOLD_OUT, 0.2), NOON.replace(hour=9))
        IdentityLink.objects.create(
            kind="account", raw_id="loser", joined_id="winner", canonical_id="winner",
            because="operator", made_at=NOON, known_at=NOON, changed_at=NOON,
        )  # fmt: skip

        assert held_arm("flow", "winner", 0.5) == Arm(HOLD_OUT, 0.2)

    def test_many_at_once_have_the_arms_that_each_has_by_itself(self):
        record("flow", "winner", Arm(TREATED, 0.8), NOON)
        record("flow", "loser", Arm(HOLD_OUT, 0.2), NOON.replace(hour=9))
        IdentityLink.objects.create(
            kind="account", raw_id="loser", joined_id="winner", canonical_id="winner",
            because="operator", made_at=NOON, known_at=NOON, changed_at=NOON,
        )  # fmt: skip
        ids = ["winner", "acme", "bell"]
        alone = {id: held_arm("flow", id, 0.5) for id in ids}

        assert recorded_arms("flow", ids, 0.5, NOON) == alone
        assert recorded_arms("flow", ids, 0.9, NOON) == alone
        assert Assignment.objects.count() == 4

    def test_no_arm_of_another_name_is_recorded(self):
        with pytest.raises(InvalidInput, match="arm"):
            record("flow", "acme", Arm("control", 0.2), NOON)

    def test_nothing_of_a_forgotten_account_stays(self):
        record("flow", "acme", Arm(TREATED, 0.8), NOON)
        record("flow", "bell", Arm(TREATED, 0.8), NOON)

        assert forget_in_proof(["acme"]) == 1
        assert Assignment.objects.get().account_id == "bell"
