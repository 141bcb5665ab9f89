"""`--by`: which columns there are, and which group an account counts in."""

from datetime import date

import pytest
from ledger_worlds import fact, link, spells, traits, world

from tenure.base.errors import BadUsage
from tenure.base.months import Months
from tenure.measure.churn import churn_by_month
from tenure.measure.grouping import known_columns

JAN, FEB, MAR = (date(2025, month, 1) for month in (1, 2, 3))


def groups(drawing: str, by: str, events=(), links=(), months=None) -> dict:
    """{(month, group): (accounts at start, at end)}"""
    with world(spells(drawing), events, links) as reader:
        found = churn_by_month(reader, months or Months(JAN, MAR), by=by)
    return {(one.month, one.group): (one.accounts_at_start, one.accounts_at_end) for one in found}


def test_the_largest_subscription_stands_for_the_account():
    found = groups(
        """
        ada  s1  2025-01-01  -           10  plan=Basic
        ada  s2  2025-01-10  2025-02-20  25  plan=Pro
        """,
        "plan",
    )

    assert found == {(JAN, "Basic"): (0, 1), (FEB, "Pro"): (1, 1), (MAR, "Basic"): (1, 1)}


def test_of_two_equals_the_earlier_stands_for_the_account():
    found = groups(
        """
        ada  s9  2025-01-01  -  10  plan=Old
        ada  s1  2025-01-02  -  10  plan=Young
        bob  s3  2025-01-01  -  10  plan=Lesser
        bob  s4  2025-01-01  -  10  plan=Greater
        """,
        "plan",
        months=Months(FEB, FEB),
    )

    assert found == {(FEB, "Old"): (1, 1), (FEB, "Lesser"): (1, 1)}


def test_who_joins_counts_where_it_first_pays():
    found = groups(
        """
        ada  s1  2025-01-05  2025-01-15  10  plan=Basic
        ada  s1  2025-01-15  -           25  plan=Pro
        """,
        "plan",
    )

    assert found == {(JAN, "Basic"): (0, 1), (FEB, "Pro"): (1, 1), (MAR, "Pro"): (1, 1)}


def test_who_had_only_a_credit_before_counts_where_it_first_pays():
    lines = [("2024-12-28", "2025-01-01", -200), ("2025-01-02", "2025-01-03", 500)]
    facts = [
        fact("invoice_line", "ada", starts, ends_at=ends, mrr_minor=mrr, plan="Pro", currency="USD")
        for starts, ends, mrr in lines
    ]

    with world(facts) as reader:
        [month] = churn_by_month(reader, Months(JAN, JAN), by="plan")

    assert (month.group, month.accounts_new, month.accounts_churned) == ("Pro", 1, 1)


def test_a_switch_at_the_same_price_moves_the_account_and_no_mrr():
    drawing = """
        ada  s1  2025-01-01  2025-01-20  10  plan=Old
        ada  s1  2025-01-20  -           10  plan=New
    """

    assert groups(drawing, "plan") == {
        (JAN, "Old"): (0, 1),
        (FEB, "New"): (1, 1),
        (MAR, "New"): (1, 1),
    }


def test_a_trait_is_the_latest_that_was_said():
    events = [
        traits("ada", "2025-01-01", country="DE", size=3),
        traits("ada", "2025-06-01", country="FR"),
    ]
    drawing = "ada s1 2025-01-01 - 10"

    assert groups(drawing, "country", events, months=Months(JAN, JAN)) == {(JAN, "FR"): (0, 1)}
    assert groups(drawing, "size", events, months=Months(JAN, JAN)) == {(JAN, "3"): (0, 1)}


def test_traits_of_a_merged_account_are_those_of_the_winner():
    found = groups(
        "old s1 2025-01-01 - 10",
        "country",
        [traits("ada", country="DE")],
        [link("old", "ada")],
        Months(JAN, JAN),
    )

    assert found == {(JAN, "DE"): (0, 1)}


def test_accounts_without_a_value_are_a_group_too():
    found = groups(
        "ada s1 2025-01-01 - 10\nbob s2 2025-01-01 - 10",
        "country",
        [traits("ada", country="DE")],
        months=Months(JAN, JAN),
    )

    assert found == {(JAN, "DE"): (0, 1), (JAN, None): (0, 1)}


def test_a_name_of_both_is_the_subscriptions_unless_said_otherwise():
    events = [traits("ada", plan="Trait", region="north")]
    drawing = "ada s1 2025-01-01 - 10 plan=Column region=south"
    month = Months(JAN, JAN)

    assert list(groups(drawing, "plan", events, months=month)) == [(JAN, "Column")]
    assert list(groups(drawing, "account.plan", events, months=month)) == [(JAN, "Trait")]
    assert list(groups(drawing, "region", events, months=month)) == [(JAN, "north")]
    assert list(groups(drawing, "subscription.region", events, months=month)) == [(JAN, "south")]


@pytest.mark.parametrize("name", ["it's", 'a "quoted" one', "with.dots", "größe", "a b"])
def test_any_name_of_a_column_can_be_asked_for(name):
    events = [traits("ada", **{name: "here"})]

    found = groups("ada s1 2025-01-01 - 10", name, events, months=Months(JAN, JAN))

    assert found == {(JAN, "here"): (0, 1)}


def test_free_accounts_are_in_groups_as_well():
    events = [traits("ada", country="DE")]
    drawing = "ada s1 2025-01-01 2025-01-15 0 status=trialing plan=Pro"

    with world(spells(drawing), events) as reader:
        for by, group in (("country", "DE"), ("plan", "Pro")):
            [found] = churn_by_month(reader, Months(JAN, JAN), by=by)
            assert (found.group, found.free_accounts_lost) == (group, 1)


@pytest.mark.parametrize("again", ["2025-02-03  -  0  status=trialing", "2025-02-03  -  10"])
def test_a_trial_that_ended_is_lost_until_the_account_holds_something_again(again):
    drawing = f"""
        ada  s1  2025-01-01  2025-01-15  0  status=trialing
        ada  s2  {again}
        """

    def lost_as_seen_on(day: date | None) -> int:
        found = churn_by_month(reader, Months(JAN, JAN), until_on=day)
        return sum(one.free_accounts_lost for one in found)

    with world(spells(drawing)) as reader:
        seen = [lost_as_seen_on(day) for day in (date(2025, 1, 14), date(2025, 1, 15))]
        later = [lost_as_seen_on(day) for day in (date(2025, 2, 2), date(2025, 2, 3), None)]

    assert seen == [0, 1]
    assert later == [1, 0, 0]


def test_an_unknown_column_names_those_that_are_like_it():
    with world(spells("ada s1 2025-01-01 - 10"), [traits("ada", country="DE")]) as reader:
        with pytest.raises(BadUsage, match=r"'contry'; did you mean country\?"):
            churn_by_month(reader, Months(JAN, JAN), by="contry")
        with pytest.raises(BadUsage, match=r"there are .*billing_interval, country, plan"):
            churn_by_month(reader, Months(JAN, JAN), by="zzz")
        with pytest.raises(BadUsage, match="did you mean plan"):
            churn_by_month(reader, Months(JAN, JAN), by="account.plan")


def test_every_column_can_be_listed():
    facts = spells("ada s1 2025-01-01 - 10 region=south")

    with world(facts, [traits("ada", country="DE", name="Ada Ltd")]) as reader:
        found = known_columns(reader)

    assert found["account"] == ["country", "name"]
    assert {"plan", "region", "quantity", "source"} <= set(found["subscription"])
