"""RavenStack: every month and every field against a count of days from the raw files."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest
from imported_homes import churn, imported

from oracles.churn_of_spells import Spell, leading
from oracles.churn_of_spells import churn as count_days

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def raven(tmp_path_factory, shared_data: Path) -> Path:
    return imported(tmp_path_factory.mktemp("raven") / "home", shared_data, "ravenstack")


def rows(shared_data: Path, table: str) -> list[dict]:
    path = shared_data / "ravenstack" / f"ravenstack_{table}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def spells(shared_data: Path) -> list[Spell]:
    return [
        Spell(
            row["account_id"],
            date.fromisoformat(row["start_date"]),
            date.fromisoformat(row["end_date"]) if row["end_date"] else None,
            0 if row["is_trial"] == "True" else int(row["mrr_amount"]) * 100,
            row["subscription_id"],
            {"plan": row["plan_tier"], "seats": row["seats"]},
        )
        for row in rows(shared_data, "subscriptions")
    ]


FIRST, LAST = date(2023, 1, 1), date(2024, 12, 1)


def test_every_month_is_there_and_says_what_the_days_say(raven, spells):
    found = churn(raven)

    expected = count_days(spells, FIRST, LAST)
    assert [row["month"] for row in found] == sorted(f"{month:%Y-%m}" for month, _ in expected)
    for row in found:
        assert row.pop("currency") == "USD"
        month = date.fromisoformat(row.pop("month") + "-01")
        assert row == expected[month, None], month


@pytest.mark.parametrize("by", ["plan", "country", "industry"])
def test_every_group_says_what_the_days_say(raven, spells, shared_data, by):
    if by == "plan":

        def group_of(account, held):
            return leading(held).columns["plan"]
    else:
        accounts = {row["account_id"]: row[by] for row in rows(shared_data, "accounts")}

        def group_of(account, held):
            return accounts[account]

    found = churn(raven, "--by", by)

    expected = count_days(spells, FIRST, LAST, group_of)
    shown = {}
    for row in found:
        del row["currency"]
        shown[date.fromisoformat(row.pop("month") + "-01"), row.pop(by)] = row
    assert shown == expected


def test_an_earlier_day_does_not_know_what_came_later(raven, spells):
    found = churn(raven, "--as-of", "2023-12-31", "--to", "2023-12")

    known = [spell for spell in spells if spell.starts <= date(2023, 12, 31)]
    expected = count_days(known, FIRST, date(2023, 12, 1))
    for row in found:
        del row["currency"]
        month = date.fromisoformat(row.pop("month") + "-01")
        assert row == expected[month, None], month
