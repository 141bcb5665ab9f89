"""The telecom operator: monthly bills as MRR, every month against the raw files."""

import csv
import gzip
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from imported_homes import churn, imported

from oracles.churn_of_spells import Spell
from oracles.churn_of_spells import churn as count_days

pytestmark = pytest.mark.slow

NEVER = datetime.fromisoformat("9999-01-01")
FIRST, LAST = date(2016, 6, 1), date(2017, 12, 1)


@pytest.fixture(scope="module")
def tariff(tmp_path_factory, shared_data: Path) -> Path:
    return imported(tmp_path_factory.mktemp("tariff") / "home", shared_data, "tariff")


def rows(shared_data: Path, table: str) -> list[dict]:
    with gzip.open(
        shared_data / "tariff" / f"{table}.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def spells(shared_data: Path) -> list[Spell]:
    """A bill is a spell of one calendar month, on the plan that its first moment was on."""
    plans: dict[str, list[tuple[datetime, datetime, str]]] = {}
    for row in rows(shared_data, "Tariff_plans_change"):
        ends = row["END_DTTM"]
        over = NEVER if ends == "$null$" else datetime.fromisoformat(ends) + timedelta(seconds=1)
        start = datetime.fromisoformat(row["START_DTTM"])
        plans.setdefault(row["SUBSCRIBER_ID"], []).append((start, over, row["TARIFF_PLAN_ID"]))
    for held in plans.values():
        held.sort()
    bills = []
    for row in rows(shared_data, "Charges"):
        month = date.fromisoformat(row["BILL_MONTH"])
        after = (month + timedelta(days=31)).replace(day=1)
        minor = int((Decimal(row["CHARGES"]) * 100).quantize(Decimal(1), ROUND_HALF_UP))
        plan = plan_at(plans.get(row["SUBSCRIBER_ID"], []), month, after)
        bills.append(
            Spell(row["SUBSCRIBER_ID"], month, after, minor, row["BILL_MONTH"], {"plan": plan})
        )
    return bills


def plan_at(held, month: date, after: date) -> str | None:
    """The first plan of those held at any moment of the month; the next one cuts a plan short."""
    begins, stops = (datetime.fromisoformat(str(day)) for day in (month, after))
    for number, (start, over, plan) in enumerate(held):
        if number + 1 < len(held):
            over = min(over, held[number + 1][0])
        if start < stops and over > begins and over > start:
            return f"Plan {plan}"
    return None


def test_every_month_is_there_and_says_what_the_days_say(tariff, spells):
    found = churn(tariff)

    expected = count_days(spells, FIRST, LAST)
    assert [row["month"] for row in found] == sorted(f"{month:%Y-%m}" for month, _ in expected)
    for row in found:
        assert row.pop("currency") == "USD"
        month = date.fromisoformat(row.pop("month") + "-01")
        assert row == expected[month, None], month


def test_every_plan_says_what_the_days_say(tariff, spells):
    found = churn(tariff, "--by", "plan")

    expected = count_days(spells, FIRST, LAST, lambda account, held: held[0].columns["plan"])
    shown = {}
    for row in found:
        del row["currency"]
        shown[date.fromisoformat(row.pop("month") + "-01"), row.pop("plan")] = row
    assert shown == expected


def test_nobody_is_billed_for_the_month_after_the_last_bill(tariff):
    """Asked for, it is told as it is known: everybody's paid service has run out."""
    [after] = churn(tariff, "--from", "2018-01", "--to", "2018-01")

    assert after["accounts_at_end"] == 0
    assert after["accounts_churned"] == after["accounts_at_start"] > 5000
