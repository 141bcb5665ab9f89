"""Why somebody is in a segment: each part with its value, in words."""

import pytest

from segments.segment_worlds import PEOPLE, TODAY, condition, tables
from tenure.base.errors import NotFound
from tenure.segments.why import why


@pytest.fixture
def world(tmp_path):
    with tables(tmp_path) as found:
        found.accounts(
            [
                {"account_id": "a", "plan": "Pro", "days_since_seen": 21, "is_annual": True,
                 "unused_features": ["api", "sso"], "mrr_minor": 500},
                {"account_id": "b", "plan": "Team", "mrr_minor": 100},
            ]
        )  # fmt: skip
        found.people([{"person_id": "p", "role": "buyer"}, {"person_id": "q"}], [("p", "a")])
        found.uses([("a", "p", "Invite Sent", TODAY, 3)])
        yield found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("days_since_seen > 14", "days_since_seen is 21, and 21 > 14 holds"),
        ("days_since_seen > 30", "days_since_seen is 21, and 21 > 30 does not hold"),
        ("plan = 'Pro'", "plan is 'Pro', as asked"),
        ("plan = 'Team'", "plan is 'Pro', not 'Team'"),
        ("did('Invite Sent', 30) = 0", "did('Invite Sent', 30) is 3, and 3 = 0 does not hold"),
        ("last('Never') < 3", "last('Never') is null, and whether null < 3 is unknown"),
        ("renews_on is null", "renews_on is null, and null is null holds"),
        ("is_annual", "is_annual is true, and true holds"),
        ("has(unused_features, 'api')",
         "unused_features is ['api', 'sso'], and has(['api', 'sso'], 'api') holds"),
        ("mrr_minor / 100 + 1 >= 6", "mrr_minor is 500, and ((500 / 100) + 1) >= 6 holds"),
        ("plan in ('Pro', 'Team')", "plan is 'Pro', and 'Pro' in ('Pro', 'Team') holds"),
    ],
)  # fmt: skip
def test_a_reason_in_words(world, text, sentence):
    [reason] = why(world, condition(text), "a").reasons

    assert reason.sentence() == sentence


def test_every_part_is_told_and_whether_it_speaks_for_it(world):
    found = why(world, condition("plan = 'Pro' and not (mrr_minor < 1000 or is_annual)"), "a")

    assert found.holds is False
    assert [(r.text, r.holds, r.is_negated, r.helps) for r in found.reasons] == [
        ("plan = 'Pro'", True, False, True),
        ("mrr_minor < 1000", True, True, False),
        ("is_annual", True, True, False),
    ]


def test_an_unknown_answer_is_told_as_unknown(world):
    assert why(world, condition("days_since_seen > 14"), "b").holds is None


def test_of_a_person_the_account_is_named(world):
    found = why(world, condition("account.plan = 'Pro' and role = 'buyer'", PEOPLE), "p")

    assert found.holds is True
    assert found.account_id == "a"
    assert why(world, condition("account.plan is null", PEOPLE), "q").holds is True


def test_nobody_of_that_id_is_not_found(world):
    with pytest.raises(NotFound):
        why(world, condition("plan = 'Pro'"), "zzz")
