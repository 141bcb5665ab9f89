"""The cards of a simulated company, held against what its life shows afterwards."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from tenure.base.home import Company
from tenure.card.models import AccountCard
from tenure.card.refresh import refresh_cards
from tenure.collect.rejects import keep_rejected
from tenure.customers.follow import follow
from tenure.demo.installing import DemoSettings, declare_product, write_settings
from tenure.demo.telling import tell_company
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import derived_relations, reading, sql_packages
from tenure.lake.refresh import refresh
from tenure.lake.shipping import ship

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2025, 6, 18, 9, tzinfo=UTC)
DEMO = DemoSettings(accounts=220, months=18, seed=3, starts_on=date(2023, 12, 1))


@pytest.fixture
def fernhill(home):
    write_settings(home, DEMO)
    declare_product(NOW)
    inbox = open_inbox(home)
    try:
        tell_company(home, inbox, DEMO, date(2025, 6, 18), NOW)
        ship(home, inbox, {}, keep_rejected, NOW, max_seconds=120)
    finally:
        inbox.close()
    follow(home, NOW)
    refresh(home, NOW)
    refresh_cards(home, NOW)
    assert home.company == Company("Fernhill", "Europe/Berlin", "EUR")
    return home


def cards(home, as_of=None) -> dict[str, dict]:
    with reading(home, as_of) as reader:
        return {
            row["account_id"]: row
            for row in reader.rows(derived_relations(sql_packages(None))["account_card"])
        }


def payments(home) -> dict[str, list[date]]:
    """The days on which each account was first asked for a payment, in order."""
    with reading(home) as reader:
        rows = reader.relation("billing_fact").to_pylist()
    days: dict[str, list[date]] = {}
    for row in sorted(rows, key=lambda row: row["effective_at"]):
        if row["kind"].startswith("payment") and '"attempt": 1' in row["attributes"]:
            local = row["effective_at"] + timedelta(hours=2)
            days.setdefault(row["account_key"], []).append(local.date())
    return days


def test_the_cards_of_a_company_are_what_its_life_shows(fernhill):
    now = cards(fernhill)
    stages = Counter(row["stage"] for row in now.values())
    statuses = {key: row["status"] for key, row in now.items()}

    assert {key for key, row in now.items() if row["stage"] == "leaving"} == {
        key for key, status in statuses.items() if status == "leaving"
    }
    assert statuses == dict(AccountCard.objects.values_list("account_id", "status"))
    assert all(now[key]["stage"] == "left" for key, each in statuses.items() if each == "left")
    paying = [row for row in now.values() if row["status"] == "paying"]
    in_use = [row for row in paying if row["stage"] == "active"]
    assert len(in_use) > 0.7 * len(paying), stages
    assert stages["fading"] < 0.2 * len(paying), stages
    # Nearly every column is told of somebody; few are of what happens to nobody on this very day.
    empty = {
        name for name in next(iter(now.values())) if all(row[name] is None for row in now.values())
    }
    assert len(empty) <= 10, empty


def test_a_renewal_date_is_the_next_day_of_payment(fernhill):
    """Asked forty days before the end: who is still there was charged on that very day."""
    asked_at = NOW - timedelta(days=40)
    charged = payments(fernhill)
    found = cards(fernhill, asked_at)

    due = {
        key: row["renews_on"]
        for key, row in found.items()
        if row["renews_on"] and row["renews_on"] < date(2025, 6, 17) and not row["is_paused"]
    }
    following = {
        key: next((day for day in charged[key] if day > asked_at.date()), None) for key in due
    }
    # Fernhill charges nobody after the 28th of a month.
    due = {key: min(day, day.replace(day=28)) for key, day in due.items()}
    # Who left before, or paused, is charged no more.
    kept = {key: day for key, day in following.items() if day is not None}
    right = [key for key, day in kept.items() if day == due[key]]

    assert len(kept) > 40
    assert len(right) / len(kept) > 0.97, {k: (due[k], kept[k]) for k in kept if k not in right}
