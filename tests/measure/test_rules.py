"""Rule sets: what each choice changes, and what a wrong file says."""

from datetime import date

import pytest
from ledger_worlds import fact, spells, world

from tenure.base.errors import BadDefinition, BadUsage
from tenure.measure.movements import movements
from tenure.measure.rules import DEFAULT_RULES, RuleSet, load_rules, read_rules, rule_sets

YEAR = {"first_on": date(2025, 1, 1), "before_on": date(2026, 1, 1)}


def moves(facts, rules: RuleSet) -> list[tuple]:
    with world(facts) as reader:
        found = movements(reader, rules=rules, **YEAR)
    return [(one.kind, str(one.moved_on), one.delta_minor) for one in found]


def test_a_past_due_spell_counts_for_its_days_over_all_its_versions():
    facts = spells("""
        ada  s  2025-01-01  2025-02-01  10
        ada  s  2025-02-01  2025-02-20  10  status=past_due
        ada  s  2025-02-20  2025-04-01  12  status=past_due
        ada  s  2025-04-01  -           12
    """)

    found = moves(facts, RuleSet(past_due_days=30))

    assert found == [
        ("new", "2025-01-01", 1000),
        ("expansion", "2025-02-20", 200),
        ("churn", "2025-03-03", -1200),  # the 31st day
        ("reactivation", "2025-04-01", 1200),
    ]


def test_no_day_past_due_at_all():
    facts = spells("ada s 2025-01-01 2025-02-01 10\nada s 2025-02-01 - 10 status=past_due")

    assert moves(facts, RuleSet(past_due_days=0)) == [
        ("new", "2025-01-01", 1000),
        ("churn", "2025-02-01", -1000),
    ]


def test_pauses_that_do_not_count_leave_holes():
    facts = spells("ada s 2025-01-01 2025-06-01 10") + [
        fact(kind, "ada", when, subscription_id="s")
        for kind, when in (
            ("pause", "2025-02-01"),
            ("resume", "2025-02-10"),
            ("pause", "2025-03-01"),
            ("resume", "2025-03-10"),
            ("pause", "2025-05-01"),
        )
    ]

    found = moves(facts, RuleSet(paused_counts=False))

    assert [(kind, day) for kind, day, _ in found] == [
        ("new", "2025-01-01"),
        ("churn", "2025-02-01"),
        ("reactivation", "2025-02-10"),
        ("churn", "2025-03-01"),
        ("reactivation", "2025-03-10"),
        ("churn", "2025-05-01"),
    ]
    assert moves(facts, DEFAULT_RULES)[-1] == ("churn", "2025-06-01", -1000)


def test_a_pause_of_another_subscription_is_nobody_elses():
    facts = spells("ada s 2025-01-01 - 10\nada t 2025-01-01 - 20")
    facts.append(fact("pause", "ada", "2025-02-01", subscription_id="t"))

    assert moves(facts, RuleSet(paused_counts=False))[-1] == ("contraction", "2025-02-01", -2000)


def test_trials_can_count_with_the_price_they_will_have():
    facts = spells("ada s 2025-01-01 2025-01-15 10 status=trialing\nada s 2025-01-15 - 10")

    assert moves(facts, RuleSet(trial_counts=True)) == [("new", "2025-01-01", 1000)]
    assert moves(facts, DEFAULT_RULES) == [("new", "2025-01-15", 1000)]


@pytest.mark.parametrize(
    ("days", "kind"), [(28, "new"), (29, "reactivation"), (-1, "reactivation")]
)
def test_a_late_return_can_be_new_business(days, kind):
    facts = spells("ada s 2025-01-01 2025-02-01 10\nada s 2025-03-02 - 10")

    assert moves(facts, RuleSet(reactivation_within_days=days))[-1][:2] == (kind, "2025-03-02")


def test_a_notice_that_was_withdrawn_never_counts():
    facts = spells("ada s 2025-01-01 - 10")
    facts.append(fact("notice", "ada", "2025-02-01", subscription_id="s", ends_at="2025-03-01"))
    facts.append(fact("notice", "ada", "2025-02-05", subscription_id="s"))

    assert moves(facts, RuleSet(churn_recognised="notice")) == [("new", "2025-01-01", 1000)]


def test_the_default_set_is_the_first_and_every_set_explains_itself():
    sets = rule_sets()

    assert [one.name for one in sets][0] == DEFAULT_RULES.name == "tenure"
    assert {"stripe", "recurly", "baremetrics", "chargify"} <= {one.name for one in sets}
    assert all(one.title and one.description and one.source for one in sets)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 1", "x.toml: name: 1 is not text"),
        ("title = 'x'", "x.toml: name: a rule set needs a name"),
        (
            "name = 'x'\npast_due = 3",
            "past_due: there is no such choice; did you mean past_due_days",
        ),
        ("name = 'x'\npast_due_days = '3'", "past_due_days: '3' is not a whole number"),
        ("name = 'x'\npaused_counts = 1", "paused_counts: 1 is not true or false"),
        (
            "name = 'x'\ndenominator = 'end'",
            "denominator: 'end' is not one of start, start_plus_new",
        ),
        ("name = ", "x.toml: "),
    ],
)
def test_a_wrong_rule_file_says_where_and_what(text, message):
    with pytest.raises(BadDefinition) as caught:
        read_rules("x.toml", text)

    assert message in caught.value.message


def test_an_unknown_rule_set_names_those_there_are():
    with pytest.raises(BadUsage, match="'strip'; did you mean stripe"):
        load_rules("strip")
    with pytest.raises(BadUsage, match=r"no rule file ./none.toml"):
        load_rules("./none.toml")


def test_a_rule_set_of_ones_own_is_a_file(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text("name = 'ours'\npast_due_days = 14\n")

    assert load_rules(str(path)) == RuleSet(name="ours", past_due_days=14)
