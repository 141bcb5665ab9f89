"""What vendors publish about their own numbers, each under the vendor's own rules.

The numbers E01, E02 … are those under which the examples are collected in the project's notes on
metrics; the source is named in each test.
"""

from dataclasses import dataclass
from datetime import date

import pytest
from ledger_worlds import fact, rate, spells, world

from tenure.base.months import Months
from tenure.measure.churn import ChurnMonth, churn_by_month
from tenure.measure.movements import movements
from tenure.measure.mrr import mrr_by_month
from tenure.measure.rules import DEFAULT_RULES, RuleSet, load_rules

JAN, FEB, MAR = (date(2025, month, 1) for month in (1, 2, 3))


@dataclass
class Asked:
    months: list[ChurnMonth]

    def __getitem__(self, month: date) -> ChurnMonth:
        [found] = [one for one in self.months if one.month == month]
        return found


def churn(facts, first=JAN, last=MAR, rules: RuleSet = DEFAULT_RULES, events=(), **asked) -> Asked:
    with world(facts, events) as reader:
        return Asked(churn_by_month(reader, Months(first, last), rules=rules, **asked))


def mrr_at_end(drawing: str, month: date = JAN) -> int:
    with world(spells(drawing)) as reader:
        [found] = mrr_by_month(reader, Months(month, month))
        return found.mrr_at_end_minor


def many(count: int, line: str) -> str:
    """The same line for `count` accounts, each with a subscription of its own."""
    return "\n".join(line.format(n=n) for n in range(count))


# What a price is worth a month


@pytest.mark.parametrize(
    ("source", "drawing", "expected"),
    [
        ("E01 Baremetrics", many(10, "a{n} s{n} 2025-01-01 - 10"), 100_00),
        ("E02 Baremetrics, Chargify", "a s 2025-01-01 - 120/year", 10_00),
        ("E03 Stripe", "a s 2025-01-01 - 1200/year", 100_00),
        (
            "E04 Stripe",
            many(100, "m{n} s{n} 2025-01-01 - 100")
            + "\n"
            + many(50, "y{n} t{n} 2025-01-01 - 600/year"),
            12_500_00,
        ),
        ("E05 ChartMogul", "a s 2025-01-01 - 90/3month", 30_00),
        ("E06 ChartMogul, four seats at 500", "a s 2025-01-01 - 2000/year", 166_67),
        ("E07 Chargify, base and widgets", "a s 2025-01-01 - 20", 20_00),
        ("E09 Polar", "a s 2025-01-01 - 300/3month", 100_00),
        ("E09 Polar", "a s 2025-01-01 - 2400/2year", 100_00),
        ("E12 ProfitWell, 10 % off 120", "a s 2025-01-01 - 108/year", 9_00),
        ("E14 Baremetrics, half of 10 for life", "a s 2025-01-01 - 5", 5_00),
        ("E16 Polar, half of 100", "a s 2025-01-01 - 50", 50_00),
    ],
)
def test_a_price_becomes_the_mrr_that_its_vendor_says(source, drawing, expected):
    assert mrr_at_end(drawing) == expected


def test_metered_charges_do_not_move_mrr():
    """E08 Chargify: 10 a month and 20, then 15, of metered use; a metered line carries no MRR."""
    facts = spells("a s 2025-01-01 - 10")
    for month, amount in ((JAN, 20_00), (FEB, 15_00)):
        facts.append(
            fact("invoice_line", "a", month, subscription_id="s", amount_minor=amount, ends_at=MAR)
        )

    found = churn(facts, last=FEB)

    assert [one.mrr_at_end_minor for one in found.months] == [10_00, 10_00]


def test_arpa_is_mrr_over_paying_accounts():
    """E11 Polar: 100 a month and 1,000 a year are MRR 183.33 and 91.67 each."""
    with world(spells("a s 2025-01-01 - 100\nb t 2025-01-01 - 1000/year")) as reader:
        [found] = mrr_by_month(reader, Months(JAN, JAN))

    assert (found.mrr_at_end_minor, found.arpa_minor) == (183_33, 91_67)


def test_a_discount_that_runs_out_is_expansion():
    """E13 ProfitWell: 10 a month with 10 % off for a term is 9 during it and 10 after."""
    found = churn(spells("a s 2025-01-01 2025-02-15 9\na s 2025-02-15 - 10"))

    assert (found[JAN].mrr_at_end_minor, found[FEB].mrr_expansion_minor) == (9_00, 1_00)
    assert found[FEB].mrr_at_end_minor == 10_00


# Movements


def test_growth_is_the_sum_of_the_movements_and_the_exchange_rate():
    """E19 Stripe: 1,000 + 100 new + 50 expansion - 40 contraction - 60 churn - 5 FX = 1,045."""
    facts = spells("""
        rest     s1  2025-01-01  -           690
        grower   s2  2025-01-01  2025-02-10  100
        grower   s2  2025-02-10  -           150
        shrinker s3  2025-01-01  2025-02-10  100
        shrinker s3  2025-02-10  -           60
        leaver   s4  2025-01-01  2025-02-10  60
        abroad   s5  2025-01-01  -           50  currency=EUR
        joiner   s6  2025-01-20  2025-02-10  100  status=trialing
        joiner   s6  2025-02-10  -           100
    """)
    rates = [rate("EUR", "USD", 1.0, "2025-01-01"), rate("EUR", "USD", 0.9, "2025-02-20")]

    found = churn(facts, events=rates, currency="USD")[FEB]

    assert found.mrr_at_start_minor == 1000_00
    assert found.mrr_new_minor == 100_00
    assert found.mrr_expansion_minor == 50_00
    assert found.mrr_contraction_minor == -40_00
    assert found.mrr_churned_minor == -60_00
    assert found.mrr_fx_minor == -5_00
    assert found.mrr_at_end_minor == 1045_00


def test_a_price_that_is_worth_less_abroad_is_no_contraction():
    """E50 Stripe: worth 100 last period and 95 now is an FX adjustment of -5."""
    facts = spells("a s 2025-01-01 - 100 currency=EUR")
    rates = [rate("EUR", "USD", 1.0, "2025-01-01"), rate("EUR", "USD", 0.95, "2025-02-14")]

    found = churn(facts, events=rates, currency="USD")[FEB]

    assert (found.mrr_fx_minor, found.mrr_contraction_minor) == (-5_00, 0)
    assert (found.grr, found.nrr, found.gross_mrr_churn_rate) == (1.0, 1.0, 0.0)


def test_one_customer_with_two_subscriptions_through_two_years():
    """E20 ChartMogul's script: New, Expansion, Contraction, Churn at the end of the paid year."""
    facts = spells("""
        syn gold    2023-01-10  2024-01-10  2000/year
        syn silver  2023-03-01  2023-03-20  60
        syn again   2024-06-01  -           150
    """)

    with world(facts) as reader:
        found = movements(reader, first_on=date(2023, 1, 1), before_on=date(2025, 1, 1))

    assert [(one.kind, one.delta_minor, one.moved_on) for one in found] == [
        ("new", 166_67, date(2023, 1, 10)),
        ("expansion", 60_00, date(2023, 3, 1)),
        ("contraction", -60_00, date(2023, 3, 20)),
        ("churn", -166_67, date(2024, 1, 10)),
        ("reactivation", 150_00, date(2024, 6, 1)),
    ]


def test_a_switch_of_plan_is_one_movement():
    """E21 ChartMogul: Bronze at 100, Gold at 250 from February: MRR 250, movement +150."""
    facts = spells("a s 2025-01-01 2025-02-01 100 plan=Bronze\na s 2025-02-01 - 250 plan=Gold")

    found = churn(facts)[FEB]

    assert (found.mrr_expansion_minor, found.mrr_at_end_minor) == (150_00, 250_00)
    assert found.accounts_churned == found.accounts_new == 0


def test_prorated_lines_add_up_to_the_new_price():
    """E22 Stripe: from 10 to 20 at half period gives the lines -5 and +10, of half a month each."""
    facts = [
        fact("invoice_line", "a", when, subscription_id="s", ends_at=MAR, mrr_minor=mrr, n=number)
        | {"fact_key": f"line{number}", "message_id": f"line{number}"}
        for number, (when, mrr) in enumerate(
            [(FEB, 10_00), (date(2025, 2, 15), -10_00), (date(2025, 2, 15), 20_00)]
        )
    ]

    found = churn(facts, last=FEB)[FEB]

    assert (found.mrr_new_minor, found.mrr_expansion_minor) == (10_00, 10_00)
    assert found.mrr_at_end_minor == 20_00


def test_paying_less_is_contraction_and_loses_no_customer():
    """E23 Chargebee: from 100 to 70. E24 Recurly: from 100 to 80."""
    found = churn(
        spells("""
        a s 2025-01-01 2025-02-10 100
        a s 2025-02-10 -          70
        b t 2025-01-01 2025-02-10 100
        b t 2025-02-10 -          80
        """)
    )[FEB]

    assert (found.account_churn_rate, found.mrr_contraction_minor) == (0.0, -50_00)


def test_cancelled_subscriptions_lose_what_they_paid():
    """E25 Chargebee: five subscriptions of 100."""
    found = churn(spells(many(5, "a{n} s{n} 2025-01-01 2025-02-10 100")))[FEB]

    assert (found.mrr_churned_minor, found.accounts_churned) == (-500_00, 5)


def test_lost_mrr_is_told_apart_by_why():
    """E26 Chargebee: 15 voluntary and 10 involuntary of 10 each are 150 and 100."""
    facts = spells(
        many(15, "v{n} s{n} 2025-01-01 2025-02-10 10 why=voluntary")
        + "\n"
        + many(10, "i{n} t{n} 2025-01-01 2025-02-10 10 why=involuntary")
    )

    found = churn(facts, by="why").months

    lost = {one.group: one.mrr_churned_minor for one in found if one.month == FEB}
    assert lost == {"voluntary": -150_00, "involuntary": -100_00}


def test_an_upgrade_on_the_first_day_is_part_of_the_new_business():
    """E27 ChartMogul: an upgrade 55 minutes after the start is one New Business movement.

    ChartMogul's window is 60 minutes; a day's state is that at its end, so here it is the day.
    """
    facts = [
        fact("start", "a", "2025-01-10T10:00", subscription_id="s", mrr_minor=10_00),
        fact("start", "a", "2025-01-10T10:55", subscription_id="s", mrr_minor=30_00),
    ]

    found = churn(facts)[JAN]

    assert (found.mrr_new_minor, found.mrr_expansion_minor) == (30_00, 0)


def test_new_business_lifts_the_waterfall_month_by_month():
    """E28 Tidemill: +5000 in January and +3000 in February."""
    found = churn(spells("a s 2025-01-05 - 50\nb t 2025-02-05 - 30"))

    steps = [(m.mrr_at_start_minor, m.mrr_at_end_minor) for m in found.months[:2]]
    assert steps == [(0, 50_00), (50_00, 80_00)]


# Rates


def of_a_hundred() -> list[dict]:
    """E31 ChartMogul: 100 at the start, 12 churned, of whom 1 came back and 1 had just joined."""
    return spells(
        many(89, "stay{n} s{n} 2025-01-01 - 10")
        + "\n"
        + many(10, "leave{n} t{n} 2025-01-01 2025-02-10 10")
        + "\nback u 2025-01-01 2025-02-03 10\nback u 2025-02-20 - 10"
        + "\nbrief v 2025-02-04 2025-02-22 10"
    )


def test_who_joins_and_leaves_or_leaves_and_returns_is_not_in_the_churn_rate():
    """E31 ChartMogul: 12 churned of 100, less 1 that returned and 1 that had joined: 10 %."""
    found = churn(of_a_hundred())[FEB]

    assert (found.accounts_at_start, found.accounts_churned) == (100, 12)
    assert found.account_churn_rate == (12 - 1 - 1) / 100
    assert (found.accounts_new, found.accounts_reactivated) == (1, 1)
    assert found.account_acquisition_rate == 0.0


def movers() -> str:
    """Ten accounts of 10: one leaves, one pays nothing like as much, one more."""
    return (
        many(7, "same{n} s{n} 2025-01-01 - 10")
        + "\nleaver t 2025-01-01 2025-02-10 10"
        + "\nless u 2025-01-01 2025-02-10 10.50\nless u 2025-02-10 - 0.50"
        + "\nmore v 2025-01-01 2025-02-10 9.50\nmore v 2025-02-10 - 19.50"
    )


def test_gross_and_net_mrr_churn():
    """E32, E33 ChartMogul: 100 at start, 10 churn, 10 contraction, 10 expansion: 20 % and 10 %."""
    found = churn(spells(movers()))[FEB]

    assert found.mrr_at_start_minor == 100_00
    assert found.gross_mrr_churn_rate == 0.20
    assert found.net_mrr_churn_rate == 0.10
    assert (found.grr, found.nrr) == (0.80, 0.90)


def test_retention_is_capped_for_each_account_and_not_in_total():
    """X3: what one account pays more must not hide in GRR what another pays less."""
    found = churn(
        spells("a s 2025-01-01 2025-02-10 50\nb t 2025-01-01 2025-02-10 50\nb t 2025-02-10 - 100")
    )[FEB]

    assert (found.grr, found.nrr) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("rules", "expected"), [("stripe", 100 / 1100), ("tenure", 0.1), ("recurly", 0.1)]
)
def test_the_denominator_is_the_rule_sets(rules, expected):
    """E34 Stripe: 1,000 at the start, 100 new, 100 churned: 9.1 %, and 10 % with the others."""
    facts = spells(
        many(900, "stay{n} s{n} 2025-01-01 - 10")
        + "\n"
        + many(100, "leave{n} t{n} 2025-01-01 2025-02-10 10")
        + "\n"
        + many(100, "join{n} u{n} 2025-02-05 - 10")
    )

    found = churn(facts, rules=load_rules(rules))[FEB]

    assert found.account_churn_rate == expected


@pytest.mark.parametrize(
    ("rules", "churned_on"), [("tenure", date(2025, 6, 15)), ("stripe", date(2025, 6, 8))]
)
def test_notice_is_one_day_and_churn_another(rules, churned_on):
    """E35 ProfitWell: 10 from 15 April, cancelled on 8 June, paid up to 15 June."""
    facts = spells("a s 2025-04-15 2025-06-15 10")
    facts.append(fact("notice", "a", "2025-06-08", subscription_id="s", ends_at="2025-06-15"))

    with world(facts) as reader:
        found = movements(
            reader,
            first_on=date(2025, 6, 1),
            before_on=date(2025, 7, 1),
            rules=load_rules(rules),
        )

    assert [(one.kind, one.delta_minor, one.moved_on) for one in found] == [
        ("churn", -10_00, churned_on)
    ]


def test_who_joins_and_leaves_in_one_month_churns_nothing_from_the_rates():
    """E36 ProfitWell: pays 100 on 5 December and is gone in December."""
    drawing = "rest s 2024-11-01 - 100\nbrief t 2024-12-05 2024-12-20 100"
    december = date(2024, 12, 1)

    found = churn(spells(drawing), december, december)[december]

    assert (found.account_churn_rate, found.gross_mrr_churn_rate) == (0.0, 0.0)
    assert (found.accounts_churned, found.mrr_churned_minor) == (1, -100_00)


def test_only_the_last_subscription_that_ends_is_churn():
    """E38 Stripe, ChartMogul, Recurly: the first of two is a downgrade."""
    found = churn(spells("a s 2025-01-01 2025-02-10 10\na t 2025-01-01 2025-03-10 20"))

    assert (found[FEB].mrr_contraction_minor, found[FEB].accounts_churned) == (-10_00, 0)
    assert (found[MAR].mrr_churned_minor, found[MAR].accounts_churned) == (-20_00, 1)


def test_a_cancellation_is_not_yet_churn():
    """E41 Polar: cancelled on 15 February, over on 1 March: rate 0, then 0.5."""
    facts = spells("a s 2025-01-01 - 10\nb t 2025-01-01 2025-03-01 10")
    facts.append(fact("notice", "b", "2025-02-15", subscription_id="t", ends_at="2025-03-01"))

    found = churn(facts)

    assert (found[FEB].accounts_churned, found[FEB].accounts_at_end) == (0, 2)
    assert (found[FEB].account_churn_rate, found[MAR].account_churn_rate) == (0.0, 0.5)
    assert (found[MAR].accounts_churned, found[MAR].accounts_at_end) == (1, 1)


@pytest.mark.parametrize("until_on", [date(2025, 3, 15), date(2025, 3, 31), None])
def test_mrr_of_a_month_does_not_depend_on_when_one_asks(until_on):
    """E42 Polar: 100, 200, 100, at whatever clock; committed MRR drops with the notice."""
    facts = spells("a s 2025-01-01 - 100\nb t 2025-02-01 2025-03-01 100")
    facts.append(fact("notice", "b", "2025-02-01", subscription_id="t", ends_at="2025-03-01"))
    committed = RuleSet(name="committed", churn_recognised="notice")

    plain = churn(facts, until_on=until_on).months
    agreed = churn(facts, until_on=until_on, rules=committed).months

    assert [one.mrr_at_end_minor for one in plain] == [100_00, 200_00, 100_00]
    assert [one.mrr_at_end_minor for one in agreed] == [100_00, 100_00, 100_00]


@pytest.mark.parametrize(
    ("rules", "expected"), [("tenure", (20_00, 2, 1)), ("recurly", (10_00, 1, 2))]
)
def test_a_pause_is_not_churn_unless_the_rules_say_so(rules, expected):
    """E43 Polar: two of 10, one of them paused, and a third that really left."""
    facts = spells("a s 2025-01-01 - 10\nb t 2025-01-01 - 10\nc u 2025-01-01 2025-02-10 10")
    facts.append(fact("pause", "b", "2025-02-05", subscription_id="t"))

    found = churn(facts, rules=load_rules(rules))[FEB]

    assert (found.mrr_at_end_minor, found.accounts_at_end, found.accounts_churned) == expected


def test_a_full_discount_on_a_payer_is_churn():
    """E17 Baremetrics: a customer at MRR 0 has churned, and is back when the coupon ends."""
    found = churn(
        spells("a s 2025-01-01 2025-02-01 10\na s 2025-02-01 2025-03-01 0\na s 2025-03-01 - 10")
    )

    assert (found[FEB].accounts_churned, found[MAR].accounts_reactivated) == (1, 1)


# dbt Labs, mrr-playbook: what its history contains, drawn anew


def test_a_gap_in_a_customers_life_is_churn_and_then_reactivation():
    found = churn(spells("a s 2024-12-01 2025-02-01 25\na s 2025-03-01 - 50"))

    assert (found[FEB].mrr_churned_minor, found[MAR].mrr_reactivated_minor) == (-25_00, 50_00)
    assert found[FEB].accounts_at_end == 0


def test_two_periods_at_one_price_without_a_gap_are_no_movement():
    with world(spells("a s 2025-01-01 2025-02-01 25\na s 2025-02-01 - 25")) as reader:
        found = movements(reader, first_on=date(2025, 1, 1), before_on=date(2026, 1, 1))

    assert [one.kind for one in found] == ["new"]


def test_churn_is_of_the_month_after_the_last_one_paid():
    found = churn(spells("a s 2025-01-01 2025-02-01 25"))

    assert (found[JAN].accounts_churned, found[FEB].accounts_churned) == (0, 1)


def test_a_history_that_began_before_the_span_is_not_new_in_it():
    found = churn(spells("a s 2020-01-01 - 25"))

    assert (found[JAN].accounts_at_start, found[JAN].accounts_new) == (1, 0)
