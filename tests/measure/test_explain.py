"""From a figure to the accounts, movements and lines behind it."""

from datetime import date

import pytest
from ledger_worlds import fact, rate, spells, traits, world

from tenure.base.errors import BadUsage
from tenure.base.months import Months
from tenure.measure.churn import churn_by_month
from tenure.measure.definitions import DEFINITIONS
from tenure.measure.explain import Explanation, Figure, accounts_behind, explain
from tenure.measure.mrr import mrr_by_month
from tenure.measure.rules import load_rules

FEB = date(2025, 2, 1)
WORLD = """
    ada  s1  2025-01-10  -           10  plan=Pro
    bob  s2  2025-01-05  2025-02-15  20  plan=Basic
    bob  s2  2025-02-15  -           35  plan=Pro
    cyd  s3  2025-01-01  2025-02-10  50  plan=Pro
    dee  s4  2025-02-03  2025-02-09  15  plan=Basic
    eve  s5  2025-01-20  2025-02-03  0   status=trialing
    fay  s6  2025-02-20  -           5   plan=Basic
"""


def explained(field: str, **more) -> Explanation:
    with world(spells(WORLD), [traits("cyd", country="DE")]) as reader:
        return explain(reader, Figure(field, FEB, "USD", **more))


def behind(explanation: Explanation) -> dict:
    return {one.account_id: one.part_minor for one in explanation.accounts}


def moved(explanation: Explanation) -> list:
    return [(one.movement.account_id, one.movement.delta_minor) for one in explanation.movements]


@pytest.mark.parametrize(
    ("field", "value", "accounts", "movements"),
    [
        ("accounts_at_start", 3, {"ada": 1000, "bob": 2000, "cyd": 5000}, []),
        ("accounts_new", 2, {"dee": 1500, "fay": 500}, [("dee", 1500), ("fay", 500)]),
        ("accounts_churned", 2, {"cyd": -5000, "dee": -1500}, [("cyd", -5000), ("dee", -1500)]),
        ("account_churn_rate", 1 / 3, {"cyd": -5000}, [("cyd", -5000)]),
        ("account_acquisition_rate", 1 / 3, {"fay": 500}, [("fay", 500)]),
        ("free_accounts_lost", 1, {"eve": 0}, []),
        ("mrr_expansion_minor", 1500, {"bob": 1500}, [("bob", 1500)]),
        (
            "mrr_churned_minor",
            -6500,
            {"cyd": -5000, "dee": -1500},
            [("cyd", -5000), ("dee", -1500)],
        ),
        ("gross_mrr_churn_rate", 0.625, {"cyd": -5000}, [("cyd", -5000)]),
        (
            "net_mrr_churn_rate",
            0.4375,
            {"cyd": -5000, "bob": 1500},
            [("cyd", -5000), ("bob", 1500)],
        ),
        ("grr", 0.375, {"cyd": -5000}, [("cyd", -5000)]),
        ("nrr", 0.5625, {"cyd": -5000, "bob": 1500}, [("cyd", -5000), ("bob", 1500)]),
        ("accounts", 3, {"ada": 1000, "bob": 3500, "fay": 500}, None),
        ("arpa_minor", 1667, {"ada": 1000, "bob": 3500, "fay": 500}, None),
    ],
)
def test_a_figure_leads_to_who_makes_it(field, value, accounts, movements):
    found = explained(field)

    assert found.value == value
    assert behind(found) == accounts
    assert found.accounts_count == len(accounts)
    if movements is not None:
        assert moved(found) == movements
        assert found.movements_count == len(movements)


@pytest.mark.parametrize("field", DEFINITIONS)
def test_every_figure_has_words_a_formula_and_its_sql(field):
    found = explained(field)

    assert found.definition.title
    assert str(found.definition.meaning).endswith(".")
    assert found.definition.formula
    assert found.sql[0].name == "subscription_period"
    assert all(file.text for file in found.sql)


def test_a_movement_leads_to_the_lines_that_said_so():
    [bob] = explained("mrr_expansion_minor").movements

    assert [(fact.kind, fact.plan) for fact in bob.facts] == [("end", None), ("start", "Pro")]
    assert all(fact.source_ref.startswith("facts.csv:bob/s2/") for fact in bob.facts)


def test_a_movement_on_a_day_without_facts_leads_to_the_last_ones_before():
    facts = spells("ada s 2025-01-01 2025-02-01 10\nada s 2025-02-01 - 10 status=past_due")
    rules = load_rules("baremetrics")

    with world(facts) as reader:
        found = explain(
            reader, Figure("accounts_churned", date(2025, 3, 1), "USD", rules=rules), limit=5
        )

    [churn] = found.movements
    assert churn.movement.moved_on == date(2025, 3, 3)
    assert {fact.takes_effect_on for fact in churn.facts} == {date(2025, 2, 1)}


def test_a_figure_of_a_group_leads_to_that_group_alone():
    of_pro = explained("mrr_churned_minor", by="plan", group="Pro")
    of_none = explained("mrr_churned_minor", by="country", group=None)

    assert (of_pro.value, behind(of_pro), moved(of_pro)) == (
        -5000,
        {"cyd": -5000},
        [("cyd", -5000)],
    )
    assert (of_none.value, behind(of_none)) == (-1500, {"dee": -1500})


def test_a_row_that_is_not_printed_has_nothing_behind_it():
    found = explained("accounts_churned", by="plan", group="Enterprise")

    assert (found.value, found.accounts, found.movements) == (0, (), ())


def test_the_list_is_cut_and_the_count_is_not():
    with world(spells(WORLD)) as reader:
        found, count = accounts_behind(reader, Figure("accounts_at_start", FEB, "USD"), limit=1)

    assert [one.account_id for one in found] == ["cyd"]
    assert count == 3


def test_a_month_is_explained_up_to_the_day_that_was_asked():
    found = explained("accounts_churned", until_on=date(2025, 2, 9))

    assert (found.value, behind(found)) == (1, {"dee": -1500})


def test_a_converted_figure_shows_what_each_account_pays_in_its_own_currency():
    facts = spells("ada s 2025-01-01 2025-02-10 10 currency=EUR\nbob t 2025-01-01 - 10")

    with world(facts, [rate("EUR", "USD", 2, "2025-01-01")]) as reader:
        found = explain(reader, Figure("mrr_churned_minor", FEB, "USD", is_converted=True))

    assert found.value == -2000
    assert moved(found) == [("ada", -2000)]
    assert [(one.currency, one.part_minor) for one in found.accounts] == [("EUR", -1000)]


def test_what_explains_a_figure_adds_up_to_it():
    """For every additive field, the parts of the accounts behind it, or their number."""
    with world(spells(WORLD)) as reader:
        [churn] = churn_by_month(reader, Months(FEB, FEB))
        [mrr] = mrr_by_month(reader, Months(FEB, FEB))
        for name, meant in DEFINITIONS.items():
            row = mrr if name in ("accounts", "arpa_minor") else churn
            found, count = accounts_behind(reader, Figure(name, FEB, "USD"))
            if meant.unit == "accounts":
                assert count == getattr(row, name), name
            elif meant.unit == "minor" and name != "arpa_minor":
                assert sum(one.part_minor for one in found) == getattr(row, name), name


def test_every_movement_behind_a_bill_is_a_bill():
    facts = [
        fact("invoice_line", "ada", start, subscription_id="s", ends_at=end, mrr_minor=mrr)
        for start, end, mrr in (("2025-01-01", "2025-02-01", 10), ("2025-02-01", "2025-03-01", 12))
    ]

    with world(facts) as reader:
        found = explain(reader, Figure("mrr_expansion_minor", FEB, "USD"))

    [up] = found.movements
    assert [str(one.takes_effect_on) for one in up.facts] == ["2025-01-01", "2025-02-01"]


def test_an_unknown_figure_names_those_there_are():
    with pytest.raises(BadUsage, match="'churn' is no figure; use one of accounts_at_start, "):
        explained("churn")
