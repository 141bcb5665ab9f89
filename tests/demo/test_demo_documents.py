"""docs/demo.md says what the rules are, and so does nothing else."""

import re
from dataclasses import fields
from pathlib import Path

from tenure.demo.catalogue import FEATURES, OUTCOMES, PLANS, amount_minor
from tenure.demo.companies import CHANNELS, COUNTRIES
from tenure.demo.names import company_name, mail_address, person_name
from tenure.demo.rules import RULES
from tenure.demo.seasons import INDUSTRIES

PAGE = Path(__file__).parents[2] / "docs" / "demo.md"


def test_each_parameter_is_documented_with_its_value():
    text = PAGE.read_text("utf-8")
    documented = {
        name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", text, re.M)
    }

    assert documented == {field.name: getattr(RULES, field.name) for field in fields(RULES)}


def test_shares_add_up_to_one():
    assert round(sum(share for share, *_ in COUNTRIES.values()), 9) == 1
    assert round(sum(share for share, *_ in CHANNELS.values()), 9) == 1
    assert {kind for _, kind, _ in CHANNELS.values()} == {"online", "offline"}


def test_every_outcome_can_be_reached_on_a_paid_plan():
    for needed in OUTCOMES.values():
        assert all(0 <= FEATURES[index].plan_rank < len(PLANS) for index in needed)


def test_prices_are_seats_at_list_price_less_the_discount():
    assert amount_minor(1, 4, "EUR", "month", discount_percent=20) == 4800
    assert amount_minor(2, 10, "USD", "year", discount_percent=0) == 320_000


def test_every_account_has_a_name_and_a_domain_of_its_own():
    for country in ("DE", "US", "CN"):
        named = [company_name(number, country, INDUSTRIES[number % 11]) for number in range(5000)]
        domains = {domain for _, domain in named}

        assert len(domains) == 5000
        assert all(domain.endswith(".example") for domain in domains)
    first = [company_name(number, "DE", "agency")[0] for number in range(84 * 4)]
    assert len(set(first)) == len(first)


def test_the_people_of_an_account_have_different_names():
    for language in ("de", "en", "fr", "nl", "es", "zh"):
        mails = {mail_address(person_name(n * 3, language), n, "a.example") for n in range(44)}
        assert len(mails) == 44
